//! Containers, clusters, and virtual machines.

use super::{
    ASKS_REMOTE, ASKS_SERVICE, CHANGES_REMOTE, CHANGES_REPOSITORY, CHANGES_SECRETS, CHANGES_SETTINGS,
    DESTROYS_DATA, DESTROYS_REMOTE, INSTALLS, INSTALLS_SYSTEM, LOOKS, PUBLISHES, RUNS_PROJECT, RUNS_UNKNOWN,
    SHOWS_SECRET, WIPES_DATA, WITH_RIGHTS,
};
use super::{Entry, Opt, Slot, Special, Style, flag, optional, program, value, verb};

/// A verb that shows something of the service.
const fn shows(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(ASKS_SERVICE)
}

/// A verb that shows something of images in a registry.
const fn images(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Image).acts(ASKS_SERVICE)
}

/// What shows a container with all that it is started with, secrets of its environment as well.
const INSPECT: Entry = verb("inspect")
    .options(&[value("-f|--format", Slot::Text), value("--type", Slot::Text), flag("-s|--size|-l|--latest")])
    .open()
    .special(Special::Inspect)
    .acts(ASKS_SERVICE)
    .rest(Slot::Text);

/// A verb that changes something of the service.
const fn changes(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(CHANGES_REMOTE)
}

/// A verb that removes something of the service.
const fn destroys(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(DESTROYS_REMOTE)
}

/// A verb that runs what the project says.
const fn runs(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(RUNS_PROJECT)
}

/// A verb that fetches images or charts.
const fn fetches(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(ASKS_REMOTE)
}

/// A verb that publishes.
const fn publishes(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(PUBLISHES)
}

/// A verb that keeps or forgets who the person is.
const fn signs(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(CHANGES_SECRETS)
}

// Docker and its like.

const RUN_OPTIONS: &[Opt] = &[
    flag("--rm|-i|--interactive|-t|--tty|-d|--detach|-P|--publish-all|--init|--no-healthcheck|--oom-kill-disable|--read-only|-q|--quiet|--sig-proxy|--disable-content-trust|--replace|--no-hosts|--tls-verify|--rmi"),
    flag("--privileged").acts(WITH_RIGHTS),
    value("--cap-add|--device|--device-cgroup-rule|--security-opt|--pid|--ipc|--uts|--userns|--cgroupns|--volumes-from|--cgroup-parent|--runtime", Slot::Text).acts(WITH_RIGHTS),
    value("-v|--volume|--mount", Slot::Text),
    value("--env-file|--label-file", Slot::Read),
    value("--cidfile|--iidfile", Slot::Write),
    value("-e|--env|-l|--label|-a|--attach|--add-host|--annotation|--blkio-weight|--cap-drop|--cpus|--cpu-shares|-c|--cpuset-cpus|--dns|--dns-search|--domainname|--entrypoint|--expose|--gpus|--group-add", Slot::Text),
    value("--health-cmd|--health-interval|--health-retries|--health-timeout|--health-start-period|-h|--hostname|--ip|--ip6|--isolation|--link|--log-driver|--log-opt|--mac-address|-m|--memory|--memory-swap|--memory-reservation", Slot::Text),
    value("--name|--network|--net|--network-alias|--oom-score-adj|--pids-limit|--platform|-p|--publish|--pull|--restart|--shm-size|--stop-signal|--stop-timeout|--storage-opt|--sysctl|--tmpfs|--ulimit|-u|--user|-w|--workdir|--arch|--os|--pod|--detach-keys|--authfile|--secret|--timeout|--cpu-period|--cpu-quota", Slot::Text),
];

const EXEC_OPTIONS: &[Opt] = &[
    flag("-i|--interactive|-t|--tty|-d|--detach|-l|--latest|-T|--no-TTY|--no-tty"),
    flag("--privileged").acts(WITH_RIGHTS),
    value("--env-file", Slot::Read),
    value("-e|--env|-u|--user|-w|--workdir|--detach-keys|--index|--cidfile", Slot::Text),
];

const BUILD_OPTIONS: &[Opt] = &[
    value("-f|--file|--ignorefile|--env-file", Slot::Read),
    value("-o|--output|--metadata-file|--iidfile|--sbom-output|--logfile", Slot::Write),
    value(
        "-t|--tag|--build-arg|--label|--target|--platform|--network|--cache-from|--cache-to|--progress|--secret|--ssh|--builder|--add-host|--memory|-m|--shm-size|--ulimit|--attest|--build-context|--call|--provenance|--sbom|--annotation|--isolation|--jobs|--format|--arch|--os|--layers|--set",
        Slot::Text,
    ),
    value("--allow|--cgroup-parent|--security-opt|--cap-add|-v|--volume|--device", Slot::Text)
        .acts(WITH_RIGHTS),
    flag(
        "--no-cache|--pull|-q|--quiet|--rm|--force-rm|--load|--squash|--compress|--check|--no-cache-filter|--disable-content-trust|--debug|-D|--print",
    ),
    flag("--push").acts(PUBLISHES),
];

const EXEC: Entry = verb("exec")
    .style(Style::Posix)
    .options(EXEC_OPTIONS)
    .acts(ASKS_REMOTE)
    .operands(&[Slot::Text])
    .rest(Slot::RemoteCommand);
const RUN: Entry = verb("run|create")
    .style(Style::Posix)
    .options(RUN_OPTIONS)
    .acts(RUNS_UNKNOWN)
    .special(Special::Container)
    .operands(&[Slot::Text])
    .rest(Slot::RemoteCommand);
const BUILD: Entry = verb("build|b|bake").options(BUILD_OPTIONS).acts(RUNS_PROJECT).rest(Slot::Text);
const COPY: Entry = verb("cp")
    .options(&[
        flag("-a|--archive|-L|--follow-link|-q|--quiet|--overwrite|--pause"),
        value("--index", Slot::Text),
    ])
    .acts(ASKS_REMOTE)
    .special(Special::Rsync)
    .rest(Slot::Text);

const COMPOSE_OPTIONS: &[Opt] = &[
    value("-H|--host", Slot::Server).acts(CHANGES_REMOTE),
    value(
        "-f|--file|--env-file|-p|--project-name|--profile|--project-directory|--workdir|--ansi|--progress|--parallel|-c|--context|--log-level|--podman-run-args",
        Slot::Text,
    ),
    flag("--all-resources|--compatibility|--verbose|--no-ansi|--tls|--skip-hostname-check"),
    flag("--dry-run").dry(),
];

static COMPOSE: &[Entry] = &[
    shows("ps|ls|logs|images|top|port|version|events|stats|volumes|help|wait"),
    verb("config|convert")
        .options(&[
            flag("-q|--quiet|--services|--volumes|--images|--profiles|--networks|--models|--hash").dry(),
            flag("--resolve-image-digests|--no-interpolate|--no-normalize|--no-path-resolution|--no-consistency|--environment|--variables|--lock-image-digests|--no-env-resolution"),
            value("--format", Slot::Text),
            value("-o|--output", Slot::Write),
        ])
        .acts(SHOWS_SECRET)
        .rest(Slot::Text),
    verb("run")
        .style(Style::Posix)
        .options(&[
            flag("--rm|-d|--detach|-i|--interactive|-t|--tty|-T|--no-TTY|--no-tty|--build|--no-deps|--service-ports|-P|--use-aliases|-q|--quiet|--quiet-pull|--quiet-build|--remove-orphans"),
            value("-v|--volume", Slot::Text),
            value("--cap-add", Slot::Text).acts(WITH_RIGHTS),
            value("-e|--env|--env-from-file|--entrypoint|-l|--label|--name|-p|--publish|--pull|-u|--user|-w|--workdir|--cap-drop|--index", Slot::Text),
        ])
        .acts(RUNS_PROJECT)
        .special(Special::Container)
        .operands(&[Slot::Text])
        .rest(Slot::RemoteCommand),
    EXEC,
    COPY,
    runs("up|start|restart|build|create|watch|scale|unpause|attach"),
    fetches("pull"),
    publishes("push|publish"),
    verb("down")
        .options(&[
            flag("-v|--volumes").acts(DESTROYS_DATA),
            value("--rmi|-t|--timeout", Slot::Text),
            flag("--remove-orphans"),
        ])
        .acts(CHANGES_REMOTE)
        .rest(Slot::Text),
    verb("rm").options(&[flag("-v|--volumes").acts(DESTROYS_DATA), flag("-f|--force|-s|--stop|-a")]).acts(DESTROYS_REMOTE).rest(Slot::Text),
    destroys("kill"),
    changes("stop|pause|commit|export|alpha|bridge"),
];

static CONTAINER: &[Entry] = &[
    shows("ls|ps|list|logs|top|stats|port|diff|wait|exists|help|healthcheck"),
    INSPECT,
    RUN,
    EXEC,
    COPY,
    verb("rm|remove")
        .options(&[
            flag("-v|--volumes").acts(DESTROYS_DATA),
            flag("-f|--force|-l|--link|-a|--all|--depend|-i|--ignore"),
            value("-t|--time|--filter", Slot::Text),
        ])
        .acts(DESTROYS_REMOTE)
        .rest(Slot::Text),
    destroys("prune|kill|cleanup"),
    verb("export").options(&[value("-o|--output", Slot::Write)]).acts(ASKS_SERVICE).rest(Slot::Text),
    verb("attach").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    changes(
        "start|stop|restart|pause|unpause|rename|update|commit|checkpoint|restore|init|mount|unmount|runlabel|clone",
    ),
];

static IMAGE: &[Entry] = &[
    shows("ls|list|inspect|history|exists|tree|diff|help|search|show"),
    BUILD,
    fetches("pull"),
    publishes("push"),
    verb("save")
        .options(&[
            value("-o|--output", Slot::Write),
            value("--platform|--format", Slot::Text),
            flag("-q|--quiet|--compress|-m"),
        ])
        .acts(ASKS_SERVICE)
        .rest(Slot::Text),
    verb("load|import")
        .options(&[
            value("-i|--input", Slot::Read),
            value("-c|--change|-m|--message|--platform", Slot::Text),
            flag("-q|--quiet"),
        ])
        .acts(CHANGES_REMOTE)
        .rest(Slot::Text),
    destroys("rm|remove|prune|untag"),
    changes("tag|sign|trust|mount|unmount|scp|convert|encrypt|decrypt"),
];

/// Of what has a list, and is made and removed.
static KINDS: &[Entry] = &[
    shows(
        "ls|list|inspect|ps|logs|show|exists|export-show|events|du|help|top|stats|tasks|info|ip|reload-check",
    ),
    verb("prune").options(&[flag("-a|--all|-f|--force"), value("--filter", Slot::Text)]).acts(DESTROYS_DATA),
    verb("rm|remove|delete").open().rest(Slot::Text).acts(DESTROYS_DATA),
    destroys("leave|disable|kill|stop|uninstall"),
    changes("*"),
];

static SYSTEM: &[Entry] = &[
    shows("df|info|events|dial-stdio|connection|check|help"),
    verb("prune")
        .options(&[
            flag("-a|--all"),
            flag("-f|--force|--build|--external"),
            value("--filter", Slot::Text),
            flag("--volumes"),
        ])
        .acts(DESTROYS_DATA)
        .special(Special::Prune),
    verb("reset").open().acts(WIPES_DATA),
    changes("migrate|renumber|service"),
];

static DOCKER: &[Entry] = &[
    shows("ps|images|logs|top|stats|port|diff|version|info|history|events|wait|help|healthcheck-ps"),
    images("search"),
    INSPECT,
    verb("compose").style(Style::Posix).options(COMPOSE_OPTIONS).verbs(COMPOSE),
    verb("container").verbs(CONTAINER),
    verb("image").verbs(IMAGE),
    verb("volume").verbs(KINDS),
    verb("network|config|secret|plugin|node|service|stack|swarm|pod|machine|farm|artifact|trust|namespace")
        .verbs(KINDS),
    verb("system").verbs(SYSTEM),
    verb("context").verbs(&[
        shows("ls|list|inspect|show|help"),
        verb("use|create|update|rm|remove|import|export").open().rest(Slot::Text).acts(CHANGES_SETTINGS),
    ]),
    verb("buildx").options(&[value("--builder", Slot::Text)]).verbs(&[
        BUILD,
        verb("inspect")
            .options(&[flag("--bootstrap").acts(CHANGES_REMOTE), value("--builder|--timeout", Slot::Text)])
            .acts(ASKS_SERVICE)
            .rest(Slot::Text),
        shows("ls|du|version|help|history"),
        verb("imagetools").verbs(&[images("inspect"), publishes("create")]),
        destroys("prune|rm|stop"),
        runs("create|use|install|uninstall|dial-stdio|debug|policy"),
    ]),
    verb("builder").verbs(&[BUILD, destroys("prune"), shows("du")]),
    verb("manifest").verbs(&[
        images("inspect|exists"),
        publishes("push"),
        changes("create|annotate|add"),
        destroys("rm|remove"),
    ]),
    verb("scout").options(&[value("-o|--output", Slot::Write)]).verbs(&[shows(
        "cves|quickview|recommendations|compare|version|help|sbom|config|policy|cache|environment|stream",
    )]),
    verb("generate").verbs(&[shows("kube|systemd|spec")]),
    verb("kube|play").verbs(&[shows("generate"), changes("apply|play|kube"), destroys("down")]),
    verb("unshare").rest(Slot::Command),
    RUN,
    EXEC,
    COPY,
    BUILD,
    fetches("pull"),
    publishes("push"),
    signs("login|logout"),
    verb("save")
        .options(&[
            value("-o|--output", Slot::Write),
            value("--platform|--format", Slot::Text),
            flag("-q|--quiet|--compress|-m"),
        ])
        .acts(ASKS_SERVICE)
        .rest(Slot::Text),
    verb("export").options(&[value("-o|--output", Slot::Write)]).acts(ASKS_SERVICE).rest(Slot::Text),
    verb("load|import")
        .options(&[
            value("-i|--input", Slot::Read),
            value("-c|--change|-m|--message|--platform", Slot::Text),
            flag("-q|--quiet"),
        ])
        .acts(CHANGES_REMOTE)
        .rest(Slot::Text),
    verb("rm")
        .options(&[
            flag("-v|--volumes").acts(DESTROYS_DATA),
            flag("-f|--force|-l|--link|-a|--all|--depend|-i|--ignore"),
            value("-t|--time|--filter", Slot::Text),
        ])
        .acts(DESTROYS_REMOTE)
        .rest(Slot::Text),
    destroys("rmi|kill|untag"),
    changes(
        "start|stop|restart|pause|unpause|rename|update|commit|tag|attach|init|mount|unmount|auto-update|model|mcp|desktop|offload|sandbox|extension|debug",
    ),
];

const DOCKER_OPTIONS: &[Opt] = &[
    value(
        "-c|--context|-l|--log-level|--tlscacert|--tlscert|--tlskey|-n|--namespace|--connection|--root|--runroot|--storage-driver|--storage-opt|--cgroup-manager",
        Slot::Text,
    ),
    // A folder of settings, with programs in it that are run.
    value("--config", Slot::Unknown),
    value("-H|--host|--url|--address", Slot::Server).acts(CHANGES_REMOTE),
    flag("-D|--debug|--tls|--tlsverify|-v|-r|--remote"),
];

// Kubernetes.

const KUBECTL_OPTIONS: &[Opt] = &[
    value(
        "-n|--namespace|--context|--cluster|--user|--request-timeout|--cache-dir|--certificate-authority|--tls-server-name|-v|--v|--vmodule|--log-dir",
        Slot::Text,
    ),
    // It may name programs that are run.
    value("--kubeconfig", Slot::Read).acts(RUNS_UNKNOWN),
    value("-s|--server", Slot::Url),
    value("--profile-output", Slot::Write),
    value("--as|--as-group|--as-uid", Slot::Text).acts(WITH_RIGHTS),
    value("--token|--client-certificate|--client-key|--password|--username", Slot::Text),
    flag("--insecure-skip-tls-verify|--match-server-version|--warnings-as-errors|--disable-compression"),
];

const KUBECTL_SHOWN: &[Opt] = &[
    value("-o|--output", Slot::Text),
    value("--template", Slot::Text),
    value("--raw", Slot::Text),
    value("-f|--filename|-k|--kustomize", Slot::RemoteRead),
    value(
        "-l|--selector|--field-selector|-L|--label-columns|--sort-by|--chunk-size|--subresource|--api-version|--for|--types|--api-group|--verbs|--resource|--revision",
        Slot::Text,
    ),
    flag(
        "-A|--all-namespaces|-w|--watch|--watch-only|--show-labels|--show-kind|--no-headers|--ignore-not-found|-R|--recursive|--show-managed-fields|--output-watch-events|--server-print|--show-events|--use-openapi-print-columns|--allow-missing-template-keys|--export",
    ),
];

static KUBECTL: &[Entry] = &[
    verb("get|g").options(KUBECTL_SHOWN).acts(ASKS_SERVICE).special(Special::Kubernetes).rest(Slot::Text),
    verb("describe").options(KUBECTL_SHOWN).acts(ASKS_SERVICE).rest(Slot::Text),
    shows("logs|log|top|explain|api-resources|api-versions|version|options|events|wait|help|completion|whoami|status|projects"),
    verb("plugin").verbs(&[shows("list")]),
    verb("cluster-info").options(&[value("-o|--output|--namespaces|--pod-running-timeout", Slot::Text), value("--output-directory", Slot::Write), flag("-A|--all-namespaces")]).verbs(&[shows("dump")]).bare(ASKS_SERVICE),
    verb("diff").options(KUBECTL_SHOWN).open().rest(Slot::Text).acts(ASKS_SERVICE),
    verb("kustomize").options(&[flag("--enable-helm|--enable-exec|--enable-alpha-plugins|--network").acts(RUNS_UNKNOWN), value("-o|--output", Slot::Write), value("--load-restrictor|--reorder|-e|--env|--helm-command|--mount", Slot::Text)]).acts(LOOKS).rest(Slot::Read),
    verb("auth").verbs(&[shows("can-i|whoami"), changes("reconcile")]),
    verb("config").verbs(&[
        verb("view").options(&[flag("--raw").acts(SHOWS_SECRET), flag("--minify|--flatten|--merge"), value("-o|--output|--template", Slot::Text)]).acts(LOOKS),
        verb("get-contexts|current-context|get-clusters|get-users").open().rest(Slot::Text).acts(LOOKS),
        verb("use-context|use|set-context|rename-context|set|unset").open().rest(Slot::Text).acts(CHANGES_SETTINGS),
        signs("set-credentials|set-cluster|delete-user|delete-cluster|delete-context"),
    ]),
    verb("rollout").verbs(&[shows("status|history"), changes("pause|resume|restart"), destroys("undo")]),
    verb("exec|rsh").acts(ASKS_REMOTE)
        .options(&[flag("-i|--stdin|-t|--tty|-it|-q|--quiet"), value("-c|--container|-n|--namespace|-f|--filename|--pod-running-timeout", Slot::Text)])
        .operands(&[Slot::Text])
        .rest(Slot::RemoteCommand),
    verb("run").options(RUN_KUBE).acts(CHANGES_REMOTE).operands(&[Slot::Text]).rest(Slot::RemoteCommand),
    verb("debug").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    verb("cp|rsync").options(&[value("-c|--container|--retries", Slot::Text), flag("--no-preserve|-q")]).acts(ASKS_REMOTE).special(Special::Rsync).rest(Slot::Text),
    verb("delete")
        .options(&[
            value("-l|--selector|--field-selector|-f|--filename|-k|--kustomize|--grace-period|--timeout|--cascade|-o|--output|--raw", Slot::Text),
            optional("--dry-run", Slot::Text),
            flag("--all"),
            flag("-A|--all-namespaces|--force|--now|--wait|--ignore-not-found|-R|--recursive|-i|--interactive"),
        ])
        .acts(DESTROYS_REMOTE)
        .special(Special::Kubernetes)
        .rest(Slot::Text),
    destroys("drain|replace|prune"),
    verb("apply").options(&[
        flag("--prune").acts(DESTROYS_REMOTE),
        value("-f|--filename|-k|--kustomize|-l|--selector|--field-manager|-o|--output|--prune-allowlist|--applyset", Slot::Text),
        optional("--dry-run|--validate|--wait|--overwrite|--force|--server-side|--force-conflicts|--cascade", Slot::Text),
        flag("-R|--recursive|--all"),
    ]).verbs(&[shows("view-last-applied"), changes("set-last-applied|edit-last-applied")]).bare(CHANGES_REMOTE),
    changes("create|edit|patch|scale|autoscale|expose|annotate|label|set|taint|cordon|uncordon|certificate|port-forward|proxy|attach|alpha|convert|new-app|new-project|start-build|import-image|policy|process|tag|idle|extract|image|registry|observe|debug"),
    signs("login|logout"),
];

const RUN_KUBE: &[Opt] = &[
    flag("--privileged").acts(WITH_RIGHTS),
    value("--overrides", Slot::Text).acts(WITH_RIGHTS),
    value(
        "--image|--env|--port|-l|--labels|--restart|--image-pull-policy|-f|--filename|--annotations|--override-type|-o|--output|--grace-period|--pod-running-timeout|--field-manager|--timeout",
        Slot::Text,
    ),
    optional("--dry-run|--rm|--command|--attach|--expose|--wait", Slot::Text),
    flag("-i|--stdin|-t|--tty|-it|-q|--quiet"),
];

const HELM_OPTIONS: &[Opt] = &[
    value(
        "-n|--namespace|--kube-context|--kube-as-user|--kube-token|--kube-ca-file|--registry-config|--repository-cache|--repository-config|--burst-limit|--qps",
        Slot::Text,
    ),
    value("--kubeconfig", Slot::Read).acts(RUNS_UNKNOWN),
    value("--kube-apiserver", Slot::Url),
    flag("--debug"),
];

const HELM_CHANGE: &[Opt] = &[
    optional("--dry-run", Slot::Text).dry(),
    value("--post-renderer|--post-renderer-args", Slot::Unknown),
    value(
        "-f|--values|--set|--set-string|--set-file|--set-json|--set-literal|--version|--timeout|--repo|--username|--password|--ca-file|--cert-file|--key-file|--keyring|--description|-o|--output|--history-max|-l|--labels|--name-template",
        Slot::Text,
    ),
    flag(
        "-i|--install|--atomic|--wait|--wait-for-jobs|--create-namespace|--force|--no-hooks|--reuse-values|--reset-values|--reset-then-reuse-values|--cleanup-on-fail|--devel|--verify|--skip-crds|--dependency-update|-g|--generate-name|--replace|--disable-openapi-validation|--render-subchart-notes|--take-ownership|--pass-credentials|--insecure-skip-tls-verify|--plain-http|--enable-dns|--hide-notes|--hide-secret|--recreate-pods|--keep-history|--ignore-not-found|--skip-schema-validation|--rollback-on-failure|--server-side",
    ),
    value("--cascade", Slot::Text),
];

static HELM: &[Entry] = &[
    shows("list|ls|status|history|hist|version|env|help|completion"),
    verb("get").verbs(&[
        shows("notes|hooks|metadata"),
        // With what was set when it was installed, and the secrets that it made.
        verb("values|manifest|all").open().rest(Slot::Text).acts(SHOWS_SECRET),
    ]),
    verb("show|inspect").verbs(&[verb("values|chart|readme|all|crds")
        .options(&[value("--repo", Slot::Url), value("--version", Slot::Text)])
        .open()
        .acts(ASKS_SERVICE)
        .rest(Slot::RemoteRead)]),
    verb("search").verbs(&[shows("repo|hub")]).bare(LOOKS),
    verb("template").options(HELM_TEMPLATE).acts(ASKS_SERVICE).rest(Slot::RemoteRead),
    verb("lint").options(HELM_TEMPLATE).open().rest(Slot::Read).acts(LOOKS),
    verb("verify").open().rest(Slot::Read).acts(LOOKS),
    verb("dependency|dep|dependencies")
        .verbs(&[shows("list|ls"), verb("update|up|build").open().rest(Slot::Text).acts(INSTALLS)]),
    verb("repo").verbs(&[
        verb("list|ls").open().acts(LOOKS),
        verb("add|update|up|index|remove|rm").open().rest(Slot::Text).acts(INSTALLS),
    ]),
    verb("plugin").verbs(&[
        verb("list|ls|verify").open().rest(Slot::Text).acts(LOOKS),
        verb("install|add|update|up|uninstall|rm|remove|package")
            .open()
            .rest(Slot::Text)
            .acts(INSTALLS_SYSTEM),
    ]),
    verb("registry").verbs(&[signs("login|logout")]),
    verb("install|upgrade").options(HELM_CHANGE).acts(CHANGES_REMOTE).rest(Slot::Text),
    verb("uninstall|un|del|delete|rollback").options(HELM_CHANGE).acts(DESTROYS_REMOTE).rest(Slot::Text),
    runs("package|create"),
    fetches("pull|fetch"),
    publishes("push"),
    changes("test"),
];

const HELM_TEMPLATE: &[Opt] = &[
    value("--post-renderer|--post-renderer-args", Slot::Unknown),
    value("--output-dir", Slot::Write),
    value("-f|--values", Slot::RemoteRead),
    value("--repo", Slot::Url),
    // `name=file`.
    value("--set-file", Slot::Unknown),
    value(
        "--set|--set-string|--set-json|--set-literal|--version|--username|--password|--ca-file|--cert-file|--key-file|--keyring|-s|--show-only|-a|--api-versions|--kube-version|--name-template|--release-name|--timeout",
        Slot::Text,
    ),
    flag(
        "--include-crds|--skip-crds|--skip-tests|--validate|--is-upgrade|--no-hooks|--dependency-update|--devel|--verify|-g|--generate-name|--create-namespace|--dry-run|--enable-dns|--insecure-skip-tls-verify",
    ),
];

/// Clusters on this machine, and clusters by one command.
static CLUSTERS: &[Entry] = &[
    shows("version|status|list|ls|ip|logs|help|completion|options|update-check|service-list|license"),
    verb("get").verbs(&[shows("clusters|cluster|nodes|nodegroup|nodegroups|addon|addons|labels|iamserviceaccount|iamidentitymapping|fargateprofile|accessentry|podidentityassociation"), signs("kubeconfig")]),
    verb("addons|image|node|nodepool|cluster|kubeconfig|registry|config").verbs(&[
        shows("list|ls|get|images|view|status"),
        destroys("delete|rm|disable|stop|remove|prune"),
        changes("*"),
    ]),
    verb("utils").verbs(&[shows("describe-*|nodegroup-health|schema"), changes("*")]),
    verb("delete")
        .options(&[
            flag("--all|-A|--purge|--wait|-w|--force|--disable-nodegroup-eviction|--approve|--parallel"),
            value("--name|-n|-p|--profile|--kubeconfig|--region|-r|-f|--config-file|--cluster|--timeout", Slot::Text),
        ])
        .acts(DESTROYS_REMOTE)
        .rest(Slot::Text),
    verb("ssh").style(Style::Posix).options(&[value("-p|--profile|-n|--node", Slot::Text)]).acts(ASKS_REMOTE).rest(Slot::RemoteCommand),
    verb("kubectl").style(Style::None).rest(Slot::Text).acts(CHANGES_REMOTE),
    destroys("stop|unpause|drain"),
    runs("start|create|load|build|export|pause|mount|tunnel|dashboard|service|docker-env|podman-env|cp|update-context|cache|scale|upgrade|set|enable|disable|associate|install|register|anywhere|edit|import"),
];

static MACHINES: &[Entry] = &[
    shows("list|ls|info|status|version|help|get|find|networks|aliases|global-status|port|validate|ssh-config|show|state|operation|warning|query-show|monitor|manpage|recover-list"),
    verb("exec|shell|ssh").acts(ASKS_REMOTE).options(&[value("-c|--command", Slot::RemoteShell), value("--user|--cwd|--env|--mode|-d|--working-directory|--project", Slot::Text), flag("-t|-T|-n|--no-map-working-directory|-p|--plain")]).operands(&[Slot::Text]).rest(Slot::RemoteCommand),
    verb("box|plugin|snapshot|image|remote|profile|storage|network|project|config|cluster|alias|cloud-init|file").verbs(&[
        shows("list|ls|show|info|outdated|get|list-*|device-list"),
        verb("add|install|update|repair|expunge|uninstall|license").open().rest(Slot::Text).acts(INSTALLS_SYSTEM),
        verb("delete|remove|rm|prune|pop|restore").open().rest(Slot::Text).acts(DESTROYS_DATA),
        changes("*"),
    ]),
    verb("destroy|delete|purge|rm").open().rest(Slot::Text).acts(DESTROYS_DATA),
    runs("up|provision|reload|resume|init|launch|start|restart|rsync|rsync-auto|package"),
    changes("halt|suspend|stop|pause|rename|move|copy|transfer|mount|umount|unmount|set|clone|export|import|publish|push|rebuild|edit|cloud|powershell|rdp|share|recover|authenticate|unalias|alias|prefer"),
];

const MACHINE_OPTIONS: &[Opt] = &[
    value("--machine-readable-format|--project|--format|-c|--columns", Slot::Text),
    flag(
        "--debug|-v|--verbose|-q|--quiet|--color|--no-color|--machine-readable|--timestamp|--force-local|--no-tty",
    ),
];

static VIRSH: &[Entry] = &[
    shows("list|dominfo|domstate|domblklist|domblkinfo|domiflist|domifaddr|domstats|vcpuinfo|vcpucount|dumpxml|nodeinfo|nodememstats|nodecpustats|capabilities|sysinfo|hostname|uri|version|help|net-list|net-info|net-dumpxml|net-dhcp-leases|pool-list|pool-info|pool-dumpxml|vol-list|vol-info|vol-path|vol-dumpxml|snapshot-list|snapshot-info|snapshot-dumpxml|iface-list|nodedev-list|nodedev-dumpxml|nwfilter-list|secret-list|domid|domname|domuuid|dommemstat|domjobinfo|freecell|maxvcpus|cpu-stats|event"),
    verb("secret-get-value").open().rest(Slot::Text).acts(SHOWS_SECRET),
    verb("undefine|vol-delete|vol-wipe|pool-delete|snapshot-delete|snapshot-revert|vol-resize|pool-undefine|net-undefine").open().rest(Slot::Text).acts(DESTROYS_DATA),
    destroys("destroy|reset|net-destroy|pool-destroy|*-delete|*-undefine|*-destroy"),
    changes("*"),
];

pub(super) static ENTRIES: &[Entry] = &[
    program("docker|podman|nerdctl|finch|docker.io").style(Style::Posix).options(DOCKER_OPTIONS).verbs(DOCKER),
    program("docker-compose|podman-compose").style(Style::Posix).options(COMPOSE_OPTIONS).verbs(COMPOSE),
    program("buildah").verbs(&[
        shows("images|containers|ps|inspect|version|info|help|ls"),
        BUILD,
        runs("bud|build-using-dockerfile|from|commit|config|add|copy|tag|mount|umount|rename|manifest"),
        verb("run").style(Style::Posix).options(RUN_OPTIONS).acts(RUNS_UNKNOWN).special(Special::Container).operands(&[Slot::Text]).rest(Slot::RemoteCommand),
        verb("unshare").rest(Slot::Command),
        fetches("pull"),
        publishes("push"),
        signs("login|logout"),
        destroys("rm|rmi|prune|delete"),
    ]),
    program("skopeo").options(&[value("--policy|--registries.d|--tmpdir|--command-timeout|--override-arch|--override-os", Slot::Text), flag("--debug|--insecure-policy")]).verbs(&[
        images("inspect|list-tags"),
        shows("manifest-digest|help|standalone-verify"),
        publishes("copy|sync"),
        destroys("delete"),
        signs("login|logout"),
    ]),
    program("crane|gcrane|oras|regctl").verbs(&[
        images("ls|catalog|config|digest|manifest|validate|blob|repo|discover"),
        shows("version|help"),
        verb("pull|export").open().operands(&[Slot::Text]).acts(ASKS_REMOTE).rest(Slot::Write),
        publishes("push|copy|cp|append|mutate|tag|rebase|flatten|index|edit|attach"),
        destroys("delete"),
        signs("auth|login|logout"),
    ]),
    program("trivy|syft")
        .options(&[
            value("--file", Slot::Write),
            // A file, or how it is written and where.
            value("-o|--output", Slot::Write),
            value("-f|--format|-c|--config|-s|--severity|--scanners|--ignorefile|--skip-dirs|--skip-files|--timeout|--scope|--platform|--vuln-type|--pkg-types|--cache-dir|--exit-code|-t|--template|-q|--username|--password", Slot::Text),
            flag("--clear-cache|--reset").acts(CHANGES_REMOTE),
            value("--server", Slot::Url),
        ])
        .open()
        .acts(ASKS_SERVICE)
        .verbs(&[
            verb("plugin|plugins|module|modules").verbs(&[shows("list|info|search"), runs("run"), verb("*").open().rest(Slot::Text).acts(INSTALLS_SYSTEM)]),
            changes("attest|server|registry|login|clean|vex"),
        ])
        .bare(LOOKS)
        .rest(Slot::Text),
    program("dive|grype|dockle")
        .options(&[value("-o|--output|-f|--format|-c|--config|-s|--severity|--fail-on|--scanners|--ignorefile|--skip-dirs|--ignore|-t|--exit-code|--timeout|--scope|--platform|-r|--failure-threshold|--only-fixed|--vuln-type|--cache-dir", Slot::Text), value("--file", Slot::Write), flag("--clear-cache|--reset|-u")])
        .open()
        .acts(ASKS_SERVICE)
        .verbs(&[runs("build"), verb("db").verbs(&[shows("status|check|list|providers|search"), changes("*")])])
        .bare(LOOKS)
        .rest(Slot::Text),
    program("kubectl|oc|kubecolor|microk8s.kubectl").options(KUBECTL_OPTIONS).verbs(KUBECTL),
    program("k3s|microk8s|k0s|rke2").verbs(&[
        verb("kubectl").options(KUBECTL_OPTIONS).verbs(KUBECTL),
        shows("version|help|status|inspect|sysinfo|check-config"),
        changes("*"),
    ]),
    program("helm|helm3").options(HELM_OPTIONS).verbs(HELM),
    program("helmfile").options(&[value("-f|--file|-e|--environment|-n|--namespace|-l|--selector|--kube-context|--state-values-set|--set|-b|--helm-binary|--log-level", Slot::Text), flag("-q|--quiet|--no-color|--debug|-i|--interactive")]).verbs(&[
        runs("list|diff|template|lint|build|status|version|help|show-dag|fetch|deps|repos|write-values|cache|print-env"),
        destroys("destroy|delete"),
        changes("apply|sync|test|charts|init"),
    ]),
    program("kustomize").verbs(&[
        verb("build").options(&[flag("--enable-helm|--enable-exec|--enable-alpha-plugins|--network").acts(RUNS_UNKNOWN), value("-o|--output", Slot::Write), value("--load-restrictor|--reorder|-e|--env|--helm-command|--mount", Slot::Text)]).acts(LOOKS).rest(Slot::Read),
        verb("version|help|completion|cfg|docs").open().rest(Slot::Text).acts(LOOKS),
        verb("edit|create|fn|localize").open().rest(Slot::Text).acts(CHANGES_REPOSITORY),
    ]),
    program("stern|kubetail").options(&[value("--config|--template-file", Slot::Read), value("-n|--namespace|--context|-c|--container|-l|--selector|--since|-t|--template|--tail|-o|--output|-e|--exclude|-i|--include|-E|--exclude-container|--field-selector", Slot::Text), value("--kubeconfig", Slot::Read).acts(RUNS_UNKNOWN)]).open().acts(ASKS_SERVICE).rest(Slot::Text),
    program("kubectx|kubens").options(&[flag("-c|--current").dry(), flag("-d|-u|--unset|-f|--force").acts(CHANGES_SETTINGS)]).verbs(&[verb("*").acts(CHANGES_SETTINGS)]).bare(LOOKS),
    program("kubeconform|kubeval|kube-linter|kube-score|pluto|kubent|popeye|kubesec")
        .options(&[value("--schema-location", Slot::Named), value("--output|-o|--kubernetes-version|-p|--policy|--config|-n|--namespace|--skip|--ignore-filename-pattern", Slot::Text), value("-O|--output-file|--cache", Slot::Write), value("--push-gtwy-url|--s3-bucket|--s3-endpoint", Slot::Text).acts(CHANGES_REMOTE)])
        // Its options have one dash or two.
        .style(Style::Long)
        .open()
        .acts(LOOKS)
        .rest(Slot::Text),
    program("k9s").options(&[flag("--readonly").dry(), value("-n|--namespace|--context|--kubeconfig|-c|--command|-r|--refresh|-l|--logLevel", Slot::Text)]).acts(CHANGES_REMOTE).verbs(&[verb("info|version|help").acts(LOOKS)]).bare(CHANGES_REMOTE),
    program("kind|minikube|k3d|eksctl|ctlptl|talosctl|kops").options(&[value("-p|--profile|--name|-v|--verbosity|--region|--kubeconfig|-o|--output|-n|--nodes|--state|--log_dir|--color|-C", Slot::Text), flag("-q|--quiet|--alsologtostderr")]).verbs(CLUSTERS),
    program("skaffold|tilt|devspace|garden|telepresence").verbs(&[
        runs("build|render|diagnose|schema|lsp|test|init|config|list|version|help|fix|inspect|args|describe|explain|get|logs|doctor|alpha|ci|dump|snapshot|survey|completion|wait|status|print"),
        destroys("delete|down|purge|leave|quit|uninstall|reset"),
        changes("run|dev|debug|deploy|apply|up|trigger|enable|disable|create|edit|patch|connect|intercept|helm|verify|docker|demo"),
    ]),
    // What says which machines there are is code.
    program("vagrant").acts(RUNS_PROJECT).options(MACHINE_OPTIONS).verbs(MACHINES),
    program("multipass|lxc|incus|colima|limactl|tart|orb|orbctl|lima").options(MACHINE_OPTIONS).verbs(MACHINES),
    program("lxd").verbs(&[shows("version|help|--version"), changes("*")]),
    program("virsh").options(&[value("-c|--connect|-d|--debug|-e|--escape|-k|--keepalive-interval|-K|-l|--log", Slot::Text), flag("-r|--readonly|-q|--quiet|-t|--timing")]).verbs(VIRSH),
    program("virt-install|virt-clone|virt-manager|virt-viewer").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    program("qemu-img").verbs(&[
        verb("info|check-only|map|measure|compare").options(&[value("-f|-F|--output|-o|--image-opts|--object", Slot::Text), flag("-U|--force-share|--backing-chain|-q|-p|-s")]).rest(Slot::Read),
        verb("check").options(&[value("-f|--output|-T", Slot::Text), value("-r", Slot::Unknown), flag("-q|-U")]).rest(Slot::Read),
        verb("convert").options(&[value("-f|-O|-o|-S|-t|-T|-m|-l|-B|-s|-r", Slot::Text), flag("-c|-p|-q|-n|-W|-C|-U")]).operands(&[Slot::Read]).rest(Slot::Write),
        verb("create").options(&[value("-f|-o|-b|-F", Slot::Text), flag("-q|-u")]).operands(&[Slot::Write]).rest(Slot::Text),
        verb("resize|snapshot|rebase|commit|amend|bitmap").options(&[value("-f|-l|-a|-c|-d|-b|-F|-o", Slot::Text), flag("--shrink|-q|-p|-U|-u")]).rest(Slot::Edit),
        verb("dd").style(Style::None).special(Special::Dd),
    ]),
    program("VBoxManage|vboxmanage").style(Style::Long).verbs(&[
        shows("list|showvminfo|showhdinfo|showmediuminfo|metrics|--version|help|getextradata").style(Style::Long),
        verb("unregistervm|closemedium").style(Style::Long).options(&[flag("--delete|--delete-all").acts(DESTROYS_DATA)]).acts(DESTROYS_REMOTE).rest(Slot::Text),
        verb("snapshot").style(Style::Long).operands(&[Slot::Text]).rest(Slot::Text).acts(CHANGES_REMOTE),
        verb("guestproperty").style(Style::Long).verbs(&[shows("get|enumerate|wait"), changes("set|delete")]),
        changes("*").style(Style::Long),
    ]),
    program("prlctl|utmctl|vmrun").verbs(&[shows("list|status|info|ip-address"), destroys("delete|destroy|deleteVM|unregister|revertToSnapshot"), changes("*")]),
    program("ctr|crictl").options(&[value("-n|--namespace|-a|--address|-r|--runtime-endpoint|-i|--image-endpoint|-t|--timeout|-c|--config|-o", Slot::Text), flag("--debug|-D")]).verbs(&[
        shows("ps|pods|images|img|inspect|inspecti|inspectp|logs|stats|statsp|info|version|help|metrics|imagefsinfo|events|runtime-config"),
        verb("exec").acts(ASKS_REMOTE).style(Style::Posix).options(&[flag("-i|-t|-s|-it|--interactive|--tty|--sync"), value("--timeout", Slot::Text)]).operands(&[Slot::Text]).rest(Slot::RemoteCommand),
        verb("container|containers|c|image|images|i|task|tasks|t|snapshot|snapshots|content|namespace|namespaces|ns|lease|leases|plugins|sandboxes|events").verbs(&[shows("ls|list|info|check|metrics|ps|usage|tree"), destroys("rm|remove|delete|del|kill|prune"), fetches("pull"), publishes("push"), changes("*")]),
        fetches("pull"),
        destroys("rm|rmi|rmp|stop|stopp"),
        changes("run|runp|create|start|attach|port-forward|update|config|checkpoint"),
    ]),
    program("s2i|pack|ko|kaniko|buildctl|earthly|dagger|act")
        .open()
        .acts(RUNS_PROJECT)
        .rest(Slot::Text),
    program("wsl").options(&[flag("-l|--list|-v|--verbose|--status|--version|--running|--all|-q|--quiet").dry(), value("--unregister|--terminate|-t|--shutdown", Slot::Text).acts(DESTROYS_REMOTE), value("--import|--export|--install|--set-default|-s|--mount", Slot::Text).acts(CHANGES_REMOTE), value("-d|--distribution|-u|--user|--cd", Slot::Text), value("-e|--exec", Slot::Command)]).style(Style::Posix).rest(Slot::Command),
];
