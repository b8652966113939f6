//! Packages: of languages, of projects, of systems; what runs a project's scripts by them; versions of languages.

use super::{
    ASKS_SERVICE, CHANGES_REMOTE, CHANGES_REPOSITORY, CHANGES_SECRETS, CHANGES_SETTINGS, CHANGES_SYSTEM,
    DESTROYS_REMOTE, DESTROYS_SYSTEM, INSTALLS, INSTALLS_SYSTEM, LOOKS, PERSISTS, PUBLISHES, RUNS_PROJECT,
    RUNS_UNKNOWN, SHOWS_SECRET,
};
use super::{Act, Effect, Entry, Language, Opt, Scope, Slot, Special, Style, flag, program, value, verb};

/// A package that stands nowhere in the project is fetched and run.
const FETCHES_AND_RUNS: &[Act] =
    &[Act::new(Effect::NetworkIn, Scope::Remote), Act::new(Effect::ExecUnknown, Scope::Unknown)];
/// Packages are fetched, not run.
const DOWNLOADS: &[Act] = &[Act::new(Effect::NetworkIn, Scope::Remote)];
/// Build output is removed.
const CLEANS_BUILD: &[Act] = &[Act::grave(Effect::Delete, Scope::Build)];
/// What was fetched or built before is removed; it can be had again.
const CLEANS: &[Act] = &[Act::new(Effect::Delete, Scope::Untracked)];

/// A verb that shows what is here, whatever its options are.
const fn shows(names: &'static str) -> Entry {
    verb(names).open().acts(LOOKS).rest(Slot::Text)
}

/// A verb that asks where packages come from.
const fn asks(names: &'static str) -> Entry {
    verb(names).open().acts(ASKS_SERVICE).rest(Slot::Text)
}

/// A setting that is shown: a token, where it is called so.
const SETTING: Entry = verb("get").open().acts(LOOKS).rest(Slot::Setting);

/// The same, of packages that are named.
const fn names(names: &'static str) -> Entry {
    verb(names).open().acts(ASKS_SERVICE).rest(Slot::Named)
}

/// A verb that does so, whatever stands behind it.
const fn does(names: &'static str, acts: &'static [Act]) -> Entry {
    verb(names).open().acts(acts).rest(Slot::Text)
}

/// A verb behind which a program stands with its arguments.
const fn wraps(names: &'static str) -> Entry {
    verb(names).style(Style::Posix).rest(Slot::Command)
}

// JavaScript.

const SHELL_CALL: &[Opt] = &[
    value("-c|--call", Slot::Shell),
    // Whose program it is, whatever the program is called.
    value("-p|--package", Slot::Text).acts(FETCHES_AND_RUNS),
    value("-w|--workspace|--prefix|--allow-build|-C|--dir", Slot::Text),
    flag(
        "-y|--yes|-n|--no|--no-install|-q|--quiet|-s|--silent|--workspaces|--ignore-existing|--include-workspace-root|--bun|--verbose",
    ),
];

const NPM: &[Entry] = &[
    shows("ls|list|ll|la|explain|why|fund|prefix|root|bin|help|help-search|completion|docs-local|query|sbom"),
    names("view|info|show|v|outdated|docs|home|bugs|issues|repo|diff"),
    asks("search|find|s|se|ping|whoami|doctor|stars"),
    verb("audit").verbs(&[does("fix", INSTALLS), asks("signatures")]).options(&[flag("--fix").acts(INSTALLS)]).open().acts(ASKS_SERVICE).bare(ASKS_SERVICE),
    verb("pkg").verbs(&[shows("get"), does("set|delete|fix", CHANGES_REPOSITORY)]),
    SETTING,
    verb("config|c").verbs(&[SETTING, shows("list|ls"), does("set|delete|edit|fix", CHANGES_SETTINGS)]),
    verb("set").open().acts(CHANGES_SETTINGS).rest(Slot::Text),
    verb("version|verison").bare(LOOKS).open().rest(Slot::Ref),
    verb("cache").verbs(&[shows("ls|verify"), does("add", INSTALLS), does("clean|clear|rm", CLEANS)]),
    verb("dist-tag|dist-tags").verbs(&[asks("ls|list"), does("add|set|rm|remove", PUBLISHES)]).bare(ASKS_SERVICE),
    verb("owner|author").verbs(&[asks("ls|list"), does("add|rm|remove", PUBLISHES)]),
    verb("access").verbs(&[asks("list|ls|get|ls-packages|ls-collaborators"), does("set|grant|revoke|public|restricted|edit|2fa-required|2fa-not-required", PUBLISHES)]),
    verb("org|team").verbs(&[asks("ls|list"), does("set|add|create|rm|remove|destroy", CHANGES_REMOTE)]),
    verb("token").verbs(&[asks("list|ls"), does("create|add|revoke|rm|delete", CHANGES_SECRETS)]).bare(ASKS_SERVICE),
    verb("profile").verbs(&[asks("get"), does("set|enable-2fa|disable-2fa", CHANGES_REMOTE)]),
    verb("hook").verbs(&[asks("ls"), does("add|update|rm", CHANGES_REMOTE)]),
    does("publish|deprecate|undeprecate|star|unstar", PUBLISHES),
    does("unpublish", DESTROYS_REMOTE),
    does("login|adduser|add-user|logout|trust", CHANGES_SECRETS),
    verb("install|i|in|ins|inst|insta|instal|isnt|isnta|isntal|isntall|add|ci|clean-install|ic|install-clean|isntall-clean|install-test|it|install-ci-test|cit|update|up|upgrade|udpate|rebuild|rb|dedupe|ddp|find-dupes|uninstall|un|unlink|remove|rm|r|prune|link|ln|shrinkwrap|approve-scripts")
        .options(&[flag("-g|--global").acts(INSTALLS_SYSTEM), value("--prefix|-w|--workspace|--registry|--tag|--omit|--include|--location", Slot::Text)])
        .open()
        .acts(INSTALLS)
        .rest(Slot::Text),
    verb("run|run-script|rum|urn").options(&[value("-w|--workspace", Slot::Text), value("--prefix", Slot::Text), value("--script-shell", Slot::Text), flag("--workspaces"), flag("--if-present|-s|--silent|--ignore-scripts")]).bare(LOOKS).special(Special::Scripts).operands(&[Slot::Task]).rest(Slot::Text),
    verb("test|t|tst|start|stop|restart").open().acts(RUNS_PROJECT).special(Special::Scripts).rest(Slot::Text),
    verb("exec|x").style(Style::Posix).options(SHELL_CALL).acts(FETCHES_AND_RUNS).rest(Slot::Command),
    verb("explore").style(Style::Posix).operands(&[Slot::Text]).acts(RUNS_PROJECT).rest(Slot::Command),
    does("init|create|innit", FETCHES_AND_RUNS),
    does("pack", RUNS_PROJECT),
    does("edit", RUNS_PROJECT),
];

const PNPM: &[Entry] = &[
    shows("ls|list|la|ll|why|licenses|bin|root|help"),
    verb("cat-file").open().acts(LOOKS).rest(Slot::Text),
    names("view|info|show|outdated"),
    asks("search|whoami|ping|doctor"),
    verb("audit").options(&[flag("--fix").acts(INSTALLS)]).open().acts(ASKS_SERVICE),
    verb("config|c").verbs(&[SETTING, shows("list|ls"), does("set|delete", CHANGES_SETTINGS)]),
    SETTING,
    verb("set").open().acts(CHANGES_SETTINGS).rest(Slot::Text),
    verb("store").verbs(&[shows("status|path"), does("add", INSTALLS), does("prune", CLEANS)]),
    verb("cache").verbs(&[shows("list|list-registries|view"), does("delete", CLEANS)]),
    verb("env").verbs(&[shows("list|ls"), does("use|add|remove|rm", INSTALLS_SYSTEM)]),
    verb("install|i|add|update|up|upgrade|remove|rm|uninstall|un|link|ln|unlink|dislink|import|rebuild|rb|prune|fetch|dedupe|install-test|it|ci|patch|patch-commit|patch-remove|approve-builds|ignored-builds")
        .options(&[flag("-g|--global").acts(INSTALLS_SYSTEM), value("-C|--dir|--filter|-F", Slot::Text)])
        .open()
        .acts(INSTALLS)
        .rest(Slot::Text),
    does("publish|deprecate", PUBLISHES),
    does("login|logout", CHANGES_SECRETS),
    does("pack|deploy", RUNS_PROJECT),
    does("create|init", FETCHES_AND_RUNS),
    does("setup|self-update", INSTALLS_SYSTEM),
    verb("dlx").style(Style::Posix).options(SHELL_CALL).acts(FETCHES_AND_RUNS).rest(Slot::Command),
    verb("exec").style(Style::Posix).options(&[flag("-r|--recursive|--parallel|--no-bail|--report-summary"), flag("-c|--shell-mode"), value("--resume-from|--workspace-concurrency", Slot::Text)]).acts(RUNS_PROJECT).rest(Slot::Command),
    verb("run|run-script|test|t|tst|start|stop|restart").open().acts(RUNS_PROJECT).special(Special::Scripts).rest(Slot::Text),
    // A script of the project by its name alone.
    verb("*").open().acts(RUNS_PROJECT).special(Special::Scripts).rest(Slot::Text),
];

const YARN: &[Entry] = &[
    shows("list|why|licenses|help|bin|check|versions|explain"),
    names("info|outdated"),
    verb("audit").open().acts(ASKS_SERVICE),
    verb("npm").verbs(&[
        names("info|view"),
        asks("whoami|audit"),
        verb("tag").verbs(&[asks("list"), does("add|remove", PUBLISHES)]),
        does("publish", PUBLISHES),
        does("login|logout", CHANGES_SECRETS),
    ]),
    verb("config")
        .verbs(&[SETTING, shows("list|ls"), does("set|unset|delete", CHANGES_SETTINGS)])
        .bare(LOOKS),
    verb("cache").verbs(&[shows("list|dir"), does("clean|clear", CLEANS)]),
    verb("workspaces").verbs(&[
        shows("list|info"),
        does("run|focus", RUNS_PROJECT),
        verb("foreach").style(Style::Posix).open().acts(RUNS_PROJECT).rest(Slot::Text),
    ]),
    does("workspace", RUNS_PROJECT),
    verb("global").verbs(&[shows("list|bin|dir"), does("add|remove|upgrade", INSTALLS_SYSTEM)]),
    does(
        "install|add|remove|upgrade|up|upgrade-interactive|dedupe|import|link|unlink|rebuild|patch|patch-commit|set|plugin|self-update|policies|autoclean|generate-lock-entry|unplug|prune",
        INSTALLS,
    ),
    does("publish|owner|tag|team", PUBLISHES),
    does("login|logout", CHANGES_SECRETS),
    verb("version").open().acts(CHANGES_REPOSITORY).rest(Slot::Text),
    does("create|init|dlx", FETCHES_AND_RUNS),
    verb("exec").style(Style::Posix).acts(RUNS_PROJECT).rest(Slot::Command),
    verb("node").open().acts(RUNS_PROJECT).rest(Slot::Unknown),
    verb("run|test|start").open().acts(RUNS_PROJECT).special(Special::Scripts).rest(Slot::Text),
    does("pack|constraints", RUNS_PROJECT),
    verb("*").open().acts(RUNS_PROJECT).special(Special::Scripts).rest(Slot::Text),
];

const BUN: &[Entry] = &[
    verb("pm").verbs(&[
        shows("ls|list|bin|hash|hash-string|hash-print|cache|whoami|why|view|untrusted|default-trusted"),
        does("trust|migrate|pkg|version|pack", INSTALLS),
    ]),
    asks("outdated|info|audit|why"),
    does("install|i|add|a|remove|rm|update|link|unlink|ci|patch|patch-commit", INSTALLS),
    does("publish", PUBLISHES),
    does("create|c|init", FETCHES_AND_RUNS),
    does("upgrade", INSTALLS_SYSTEM),
    verb("x").style(Style::Posix).options(SHELL_CALL).acts(FETCHES_AND_RUNS).rest(Slot::Command),
    verb("run").open().acts(RUNS_PROJECT).special(Special::Scripts).rest(Slot::Text),
    does("test|dev|build|exec|repl", RUNS_PROJECT),
    shows("completions|discord|help"),
];

const DENO: &[Entry] = &[
    verb("info|doc|types|completions|help").open().acts(ASKS_SERVICE).rest(Slot::Text),
    verb("fmt")
        .options(&[flag("--check").dry(), value("-c|--config|--ext|--ignore", Slot::Text)])
        .open()
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Text),
    verb("lint").options(&[flag("--fix").acts(CHANGES_REPOSITORY)]).open().acts(LOOKS).rest(Slot::Read),
    verb("check").open().acts(INSTALLS).rest(Slot::Text),
    verb("eval")
        .options(&[flag("-p|--print|-T|--ts"), value("--ext", Slot::Text)])
        .open()
        .rest(Slot::Code(Language::JavaScript)),
    verb("run")
        .style(Style::Posix)
        .options(&[value("-c|--config|--import-map|--env-file", Slot::Read)])
        .open()
        .acts(RUNS_PROJECT)
        .operands(&[Slot::CodeFile(Language::JavaScript)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::JavaScript)),
    does("test|bench|task|serve|compile|coverage|bundle|repl|jupyter|lsp", RUNS_PROJECT),
    does("install|i|add|remove|uninstall|cache|vendor|init|update|outdated-update|approve-scripts", INSTALLS),
    asks("outdated|audit"),
    does("publish|deploy", PUBLISHES),
    does("upgrade", INSTALLS_SYSTEM),
    does("clean", CLEANS),
];

// Rust.

const CARGO_OPTIONS: &[Opt] = &[
    flag("-q|--quiet|-v|--verbose|-vv|--locked|--offline|--frozen|--list|-V"),
    value("--color|--manifest-path", Slot::Text),
    value("--index", Slot::Url),
    value("-C", Slot::Folder),
    value("--config|-Z", Slot::Unknown),
    flag("--explain").dry(),
];

const CARGO: &[Entry] = &[
    shows("metadata|tree|locate-project|pkgid|verify-project|read-manifest|version|help"),
    asks("search|info|outdated"),
    verb("audit").verbs(&[does("fix", INSTALLS)]).open().acts(ASKS_SERVICE).bare(ASKS_SERVICE),
    verb("deny").verbs(&[asks("check|list|fetch"), does("init|fix", CHANGES_REPOSITORY)]),
    verb("machete").options(&[flag("--fix").acts(CHANGES_REPOSITORY)]).open().acts(LOOKS).rest(Slot::Read),
    verb("owner").options(&[flag("-l|--list"), value("-a|--add|-r|--remove", Slot::Text).acts(PUBLISHES), value("--registry|--index|--token", Slot::Text)]).acts(ASKS_SERVICE).rest(Slot::Text),
    verb("fmt").style(Style::Posix).options(&[flag("--check").dry(), flag("--|--all|-v|--verbose|-q|--quiet|-l|--files-with-diff|--backup"), value("-p|--package|--manifest-path|--message-format|--edition|--color", Slot::Text)]).acts(CHANGES_REPOSITORY).rest(Slot::Text),
    verb("build|b|check|c|test|t|run|r|bench|doc|d|rustc|rustdoc|clippy|nextest|miri|llvm-cov|tarpaulin|expand|watch|criterion|flamegraph|bloat|asm|insta|mutants|fuzz|hack|make|udeps|msrv|semver-checks|component|wasi|leptos|tauri|pgrx|embed|espflash|ndk|zigbuild|cross|lambda|dist|shear|careful|minimal-versions|public-api")
        .style(Style::Posix)
        .options(&[
            value("-p|--package|--features|-F|--target|--target-dir|--profile|-j|--jobs|--bin|--example|--test|--bench|--exclude|--message-format|--color|--manifest-path|--lockfile-path|-E|-x|-s|-w|-i", Slot::Text),
            value("--config|-Z", Slot::Unknown),
            flag("--fix|--allow-dirty|--allow-staged|--allow-no-vcs").acts(CHANGES_REPOSITORY),
        ])
        .open()
        .acts(RUNS_PROJECT)
        .rest(Slot::Text),
    // It is an alias: its help is the project's, too.
    verb("xtask").style(Style::Posix).options(&[flag("--help|-h|--version|-V").acts(RUNS_PROJECT)]).open().acts(RUNS_PROJECT).rest(Slot::Text),
    verb("fix").open().acts(RUNS_PROJECT).rest(Slot::Text),
    verb("clean").options(&[flag("-n|--dry-run").dry(), value("--target-dir", Slot::Delete), value("--manifest-path", Slot::Text)]).open().acts(CLEANS_BUILD).rest(Slot::Text),
    does("fetch|vendor|generate-lockfile|update|upgrade", INSTALLS),
    does("add|remove|rm|set-version|edit|sort|feature", CHANGES_REPOSITORY),
    verb("new|init").open().acts(CHANGES_REPOSITORY).rest(Slot::Write),
    verb("install|binstall|quickinstall|install-update").options(&[value("--version|--vers|--git|--path|--root|--features|-j|--branch|--tag|--rev|--bin|--registry|--index|--target|--profile", Slot::Text)]).open().acts(INSTALLS_SYSTEM).rest(Slot::Text),
    does("uninstall", CHANGES_SETTINGS),
    does("publish|yank|release|smart-release|workspaces|ws", PUBLISHES),
    verb("package").options(&[flag("-l|--list").dry()]).open().acts(RUNS_PROJECT).rest(Slot::Text),
    does("login|logout", CHANGES_SECRETS),
    does("cache|sweep", CLEANS),
    does("generate", FETCHES_AND_RUNS),
];

const RUSTUP: &[Entry] = &[
    shows("show|which|help|completions|doc|man"),
    asks("check"),
    verb("toolchain")
        .verbs(&[shows("list"), does("install|add|update|uninstall|remove|link", INSTALLS_SYSTEM)]),
    verb("target|component")
        .verbs(&[shows("list"), does("add|install|remove|rm|uninstall", INSTALLS_SYSTEM)]),
    verb("override").verbs(&[shows("list"), does("set|unset|add|remove", CHANGES_SETTINGS)]),
    verb("run")
        .style(Style::Posix)
        .options(&[flag("--install").acts(INSTALLS_SYSTEM)])
        .operands(&[Slot::Text])
        .rest(Slot::Command),
    does("default", CHANGES_SETTINGS),
    does("set", CHANGES_SETTINGS),
    verb("self").verbs(&[does("update|upgrade-data", INSTALLS_SYSTEM), does("uninstall", DESTROYS_SYSTEM)]),
    does("install|update|upgrade|uninstall", INSTALLS_SYSTEM),
];

// Python.

const PIP: &[Entry] = &[
    shows("list|show|check|inspect|debug|help|completion|tree"),
    verb("freeze")
        .options(&[value("-r|--requirement", Slot::Read), value("--path|--exclude", Slot::Text)])
        .open()
        .acts(LOOKS)
        .rest(Slot::Text),
    verb("hash").options(&[value("-a|--algorithm", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read),
    asks("search"),
    verb("index").verbs(&[asks("versions")]),
    verb("config")
        .verbs(&[shows("list|debug|get"), does("set|unset|edit", CHANGES_SETTINGS)])
        .options(&[flag("--global|--user|--site"), value("--editor", Slot::Shell)]),
    verb("cache").verbs(&[shows("dir|info|list"), does("remove|purge", CLEANS)]),
    verb("install")
        .options(&[
            value("-r|--requirement|-c|--constraint|-e|--editable", Slot::Text),
            value("-t|--target|--prefix|--root", Slot::Write),
            value(
                "-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host|--proxy|--python|--report",
                Slot::Text,
            ),
            flag("--user|--break-system-packages").acts(INSTALLS_SYSTEM),
        ])
        .open()
        .acts(INSTALLS)
        .rest(Slot::Text),
    verb("download|wheel|lock")
        .options(&[
            value("-d|--dest|-w|--wheel-dir|-o|--output", Slot::Write),
            value("-r|-c|-i|-f", Slot::Text),
        ])
        .open()
        .acts(INSTALLS)
        .rest(Slot::Text),
    does("uninstall|sync|compile", INSTALLS),
];

const UV_RUN: &[Opt] = &[
    value("--with|--with-requirements|--with-editable", Slot::Text).acts(FETCHES_AND_RUNS),
    value("-p|--python", Slot::Program),
    value(
        "--group|--no-group|--extra|--only-group|--package|--index|--default-index|--index-url|-i|--extra-index-url|-f|--find-links|--project|-P|--refresh-package|--color|--env-file|--no-extra",
        Slot::Text,
    ),
    value("--directory", Slot::Folder),
    value("-m|--module", Slot::Text).acts(RUNS_PROJECT).rest(Slot::Text),
    flag("-s|--script|--gui-script").acts(RUNS_PROJECT).rest(Slot::Text),
    value("--from", Slot::Text),
    flag(
        "--frozen|--locked|--no-sync|--no-project|--isolated|--all-extras|--all-groups|--no-dev|--dev|--only-dev|--offline|-q|--quiet|-v|--verbose|--active|--exact|--all-packages|--no-env-file|--no-config|-U|--upgrade|--refresh|--reinstall|--no-editable|--managed-python|--no-managed-python|--no-progress|--native-tls|-n|--no-cache",
    ),
];

const UV: &[Entry] = &[
    shows("help|generate-shell-completion"),
    // What it needs to know of the project, the project's own build says.
    does("tree", RUNS_PROJECT),
    verb("version")
        .bare(LOOKS)
        .options(&[
            flag("--short|--dry-run"),
            value("--bump|--output-format|--package", Slot::Text).acts(CHANGES_REPOSITORY),
        ])
        .acts(LOOKS)
        .rest(Slot::Ref),
    verb("run").style(Style::Posix).options(UV_RUN).rest(Slot::Command),
    verb("pip").verbs(PIP),
    verb("python").verbs(&[
        shows("find|dir"),
        asks("list"),
        does("install|uninstall|upgrade|update-shell", INSTALLS_SYSTEM),
        does("pin", CHANGES_REPOSITORY),
    ]),
    verb("tool").verbs(&[
        shows("list|dir"),
        verb("run").style(Style::Posix).options(UV_RUN).acts(FETCHES_AND_RUNS).rest(Slot::Text),
        does("install|upgrade|uninstall|update-shell", INSTALLS_SYSTEM),
    ]),
    verb("cache").verbs(&[shows("dir|size"), does("clean|prune", CLEANS)]),
    verb("self").verbs(&[shows("version"), does("update", INSTALLS_SYSTEM)]),
    verb("auth").verbs(&[shows("dir"), does("token", SHOWS_SECRET), does("login|logout", CHANGES_SECRETS)]),
    does("sync|add|remove|lock", INSTALLS),
    verb("export")
        .options(&[value("-o|--output-file", Slot::Write)])
        .open()
        .acts(RUNS_PROJECT)
        .rest(Slot::Text),
    verb("format").options(&[flag("--check|--diff").dry()]).open().acts(CHANGES_REPOSITORY).rest(Slot::Text),
    verb("init").open().acts(CHANGES_REPOSITORY).rest(Slot::Write),
    does("venv", INSTALLS),
    does("build", RUNS_PROJECT),
    does("publish", PUBLISHES),
];

const POETRY: &[Entry] = &[
    shows("show|check|list|about|help"),
    asks("search"),
    verb("version")
        .bare(LOOKS)
        .options(&[flag("-s|--short|--dry-run"), flag("--next-phase")])
        .rest(Slot::Ref),
    verb("env").verbs(&[shows("info|list|activate"), does("use", INSTALLS), does("remove", CLEANS)]),
    verb("config")
        .options(&[flag("--list").acts(LOOKS), flag("--unset|--local|--migrate")])
        .bare(LOOKS)
        .acts(CHANGES_SETTINGS)
        .rest(Slot::Text),
    verb("cache").verbs(&[shows("list"), does("clear", CLEANS)]),
    verb("source").verbs(&[shows("show"), does("add|remove", CHANGES_REPOSITORY)]),
    verb("self").verbs(&[shows("show"), does("add|install|lock|remove|sync|update", INSTALLS_SYSTEM)]),
    verb("export")
        .options(&[
            value("-o|--output", Slot::Write),
            value("-f|--format|--with|--without|--only|-E|--extras", Slot::Text),
        ])
        .open()
        .acts(LOOKS),
    wraps("run"),
    does("install|add|remove|update|lock|sync", INSTALLS),
    does("new|init", CHANGES_REPOSITORY),
    does("build|shell", RUNS_PROJECT),
    does("publish", PUBLISHES),
];

const PDM: &[Entry] = &[
    shows("list|show|info|help"),
    asks("search|outdated"),
    verb("config").bare(LOOKS).open().acts(CHANGES_SETTINGS).rest(Slot::Text),
    verb("run")
        .options(&[flag("-l|--list|-j|--json").dry()])
        .style(Style::Posix)
        .acts(RUNS_PROJECT)
        .rest(Slot::Command),
    does("install|add|remove|update|lock|sync|import|use|venv|python|plugin|self|cache", INSTALLS),
    does("init|new|fix", CHANGES_REPOSITORY),
    verb("export").options(&[value("-o|--output", Slot::Write)]).open().acts(LOOKS).rest(Slot::Text),
    does("build", RUNS_PROJECT),
    does("publish", PUBLISHES),
];

const PIPENV: &[Entry] = &[
    shows("graph|scripts|verify|help"),
    asks("check|audit|requirements"),
    verb("run").style(Style::Posix).acts(RUNS_PROJECT).rest(Slot::Command),
    does("install|uninstall|update|upgrade|lock|sync|clean|shell|open", INSTALLS),
];

const HATCH: &[Entry] = &[
    shows("status|help"),
    verb("version").acts(RUNS_PROJECT).rest(Slot::Ref),
    verb("env").verbs(&[shows("show|find"), does("create|remove|prune|run", RUNS_PROJECT)]),
    verb("dep").verbs(&[does("show|hash", RUNS_PROJECT)]),
    verb("config").verbs(&[shows("find|show|explore"), does("set|restore|update", CHANGES_SETTINGS)]),
    verb("fmt").options(&[flag("--check")]).open().acts(CHANGES_REPOSITORY).rest(Slot::Text),
    verb("run").style(Style::Posix).acts(RUNS_PROJECT).rest(Slot::Command),
    does("build|test|shell|new|clean|project", RUNS_PROJECT),
    does("python|self", INSTALLS_SYSTEM),
    does("publish", PUBLISHES),
];

const RYE: &[Entry] = &[
    shows("show|list|help"),
    verb("version").bare(LOOKS).open().rest(Slot::Ref),
    verb("run|r")
        .style(Style::Posix)
        .options(&[flag("-l|--list").dry()])
        .acts(RUNS_PROJECT)
        .rest(Slot::Command),
    verb("lint").options(&[flag("--fix").acts(CHANGES_REPOSITORY)]).open().acts(LOOKS).rest(Slot::Text),
    does("fmt", CHANGES_REPOSITORY),
    does("sync|lock|add|remove|fetch|init|pin|make-req", INSTALLS),
    does("install|uninstall|toolchain|self|tools|config", INSTALLS_SYSTEM),
    does("build|test", RUNS_PROJECT),
    does("publish", PUBLISHES),
];

const CONDA: &[Entry] = &[
    shows("list|info|help|compare|doctor|notices"),
    asks("search|repoquery"),
    verb("config")
        .options(&[flag("--show|--show-sources|--get|--describe|--validate").dry()])
        .open()
        .acts(CHANGES_SETTINGS)
        .rest(Slot::Text),
    verb("env").verbs(&[
        shows("list"),
        verb("export").options(&[value("-f|--file", Slot::Write)]).open().acts(LOOKS),
        does("create|update", INSTALLS_SYSTEM),
        does("remove", CHANGES_SYSTEM),
        does("config", CHANGES_SETTINGS),
    ]),
    verb("export").options(&[value("-f|--file", Slot::Write)]).open().acts(LOOKS),
    verb("run")
        .style(Style::Posix)
        .options(&[
            value("-n|--name|-p|--prefix", Slot::Text),
            value("--cwd", Slot::Folder),
            flag("--no-capture-output|--live-stream|-v|--dev|--debug-wrapper-scripts"),
        ])
        .rest(Slot::Command),
    does(
        "install|create|update|upgrade|remove|uninstall|clean|init|activate|deactivate|rename|build|pack|index|shell|self-update",
        INSTALLS_SYSTEM,
    ),
];

const PIXI: &[Entry] = &[
    shows("list|ls|info|tree|help|completion"),
    asks("search"),
    verb("task").verbs(&[shows("list|ls"), does("add|remove|rm|alias", CHANGES_REPOSITORY)]),
    verb("run|r")
        .style(Style::Posix)
        .options(&[
            value("-e|--environment|--manifest-path", Slot::Text),
            flag("--frozen|--locked|--clean-env"),
        ])
        .acts(RUNS_PROJECT)
        .rest(Slot::Text),
    verb("exec|x")
        .style(Style::Posix)
        .options(&[value("-s|--spec|-c|--channel", Slot::Text)])
        .acts(FETCHES_AND_RUNS)
        .rest(Slot::Command),
    does(
        "add|remove|install|update|upgrade|lock|init|shell|shell-hook|clean|import|workspace|project|build|reinstall",
        INSTALLS,
    ),
    does("global|self-update|config|auth", INSTALLS_SYSTEM),
    does("upload|publish", PUBLISHES),
];

// Ruby, PHP.

const GEM: &[Entry] = &[
    shows("list|contents|dependency|environment|env|help|which|specification|check|lock|stale"),
    asks("search|query|outdated|info|mirror"),
    verb("sources")
        .options(&[
            flag("-l|--list"),
            value("-a|--add|-r|--remove", Slot::Text).acts(CHANGES_SETTINGS),
            flag("-c|--clear-all|-u|--update").acts(CHANGES_SETTINGS),
        ])
        .acts(LOOKS),
    verb("owner")
        .options(&[value("-a|--add|-r|--remove", Slot::Text).acts(PUBLISHES)])
        .acts(ASKS_SERVICE)
        .rest(Slot::Text),
    does("install|i|update|uninstall|cleanup|pristine|rdoc", INSTALLS_SYSTEM),
    does("fetch|unpack|generate_index", DOWNLOADS),
    verb("exec").style(Style::Posix).acts(FETCHES_AND_RUNS).rest(Slot::Command),
    does("build|open|cert", RUNS_PROJECT),
    does("push|yank", PUBLISHES),
    does("signin|signout", CHANGES_SECRETS),
];

const BUNDLE: &[Entry] = &[
    shows("help|version"),
    does("platform|list|show|info|licenses|doctor|env|outdated|check", RUNS_PROJECT),
    verb("config").verbs(&[SETTING, shows("list"), does("set|unset", CHANGES_SETTINGS)]).bare(LOOKS),
    verb("exec|e")
        .style(Style::Posix)
        .options(&[flag("--keep-file-descriptors|--no-keep-file-descriptors")])
        .acts(RUNS_PROJECT)
        .rest(Slot::Command),
    does(
        "install|i|update|add|remove|lock|cache|package|pack|clean|pristine|binstubs|plugin|inject",
        INSTALLS,
    ),
    does("init|gem|console|open|viz|graph", RUNS_PROJECT),
];

const COMPOSER: &[Entry] = &[
    // The project's plugins are loaded whatever is asked.
    does(
        "show|info|list|about|licenses|depends|why|prohibits|why-not|check-platform-reqs|diagnose|status|validate|help|fund|suggests|completion|search|outdated|audit|browse|home",
        RUNS_PROJECT,
    ),
    verb("config|global-config")
        .options(&[
            flag("-l|--list").dry(),
            flag("-g|--global|--unset|-e|--editor|-a|--auth|--json|-m|--merge|--absolute"),
            value("-f|--file", Slot::Text),
        ])
        .acts(CHANGES_SETTINGS)
        .rest(Slot::Text),
    verb("exec")
        .style(Style::Posix)
        .options(&[flag("-l|--list").dry()])
        .acts(RUNS_PROJECT)
        .rest(Slot::Command),
    verb("run-script|run")
        .options(&[flag("-l|--list").dry()])
        .open()
        .acts(RUNS_PROJECT)
        .special(Special::Scripts)
        .rest(Slot::Text),
    does(
        "install|i|update|u|upgrade|require|r|remove|rm|uninstall|reinstall|create-project|init|bump|dump-autoload|dumpautoload|archive",
        INSTALLS,
    ),
    does("self-update|selfupdate|global", INSTALLS_SYSTEM),
    does("clear-cache|clearcache|cc", CLEANS),
];

// Go, the JVM, .NET, Apple.

const GO: &[Entry] = &[
    shows("version|doc|help"),
    verb("env").options(&[flag("-w|-u").acts(PERSISTS), flag("-json|-changed")]).style(Style::Long).acts(LOOKS).rest(Slot::Text),
    verb("list").style(Style::Long).options(&[value("-mod", Slot::Text), value("-f|-tags|-overlay|-C", Slot::Text), value("-modfile", Slot::Read), value("-toolexec|-exec|-vettool", Slot::Unknown)]).open().special(Special::GoModules).acts(LOOKS).rest(Slot::Text),
    verb("vet").style(Style::Long).options(&[value("-vettool|-toolexec|-exec", Slot::Unknown), value("-mod", Slot::Text), value("-tags|-c|-C", Slot::Text), flag("-fix").acts(CHANGES_REPOSITORY)]).open().special(Special::GoModules).acts(LOOKS).rest(Slot::Text),
    verb("fmt").style(Style::Long).options(&[flag("-n").dry(), flag("-x"), value("-mod", Slot::Text)]).acts(CHANGES_REPOSITORY).rest(Slot::Text),
    verb("mod").verbs(&[
        verb("graph|why|verify").open().acts(LOOKS).rest(Slot::Text),
        verb("edit").style(Style::Long).options(&[flag("-json|-print").dry()]).open().acts(CHANGES_REPOSITORY).rest(Slot::Text),
        does("tidy|download|vendor|init", INSTALLS),
    ]),
    verb("work").verbs(&[does("init|use|edit|sync|vendor", CHANGES_REPOSITORY)]),
    verb("test|build|run|generate|tool")
        .style(Style::Long)
        .options(&[
            value("-o|-coverprofile|-cpuprofile|-memprofile|-blockprofile|-mutexprofile|-trace|-outputdir|-pkgdir", Slot::Write),
            value("-exec|-toolexec|-vettool", Slot::Unknown),
            value("-run|-bench|-count|-timeout|-tags|-ldflags|-gcflags|-asmflags|-mod|-modfile|-p|-parallel|-cpu|-buildmode|-covermode|-coverpkg|-fuzz|-fuzztime|-benchtime|-skip|-shuffle|-list|-vet|-overlay|-C|-compiler|-installsuffix", Slot::Text),
        ])
        .open()
        .acts(RUNS_PROJECT)
        .rest(Slot::Text),
    does("get", INSTALLS),
    does("install", INSTALLS_SYSTEM),
    does("clean", CLEANS),
    does("fix", CHANGES_REPOSITORY),
    does("bug|telemetry", CHANGES_SETTINGS),
];

const DOTNET: &[Entry] = &[
    verb("list").verbs(&[asks("package"), shows("reference|*.sln|*.csproj")]).bare(LOOKS),
    verb("sln").verbs(&[shows("list"), does("add|remove|migrate", CHANGES_REPOSITORY)]),
    verb("nuget").verbs(&[
        shows("why|verify"),
        verb("list").verbs(&[shows("source|client-cert")]),
        does("push|sign", PUBLISHES),
        does("delete", DESTROYS_REMOTE),
        does("add|remove|update|enable|disable|trust|config", CHANGES_SETTINGS),
        verb("locals").options(&[flag("-l|--list").dry(), flag("-c|--clear")]).acts(CLEANS).rest(Slot::Text),
    ]),
    verb("tool").verbs(&[
        shows("list|search"),
        does("install|update|uninstall|restore", INSTALLS),
        does("run|exec", RUNS_PROJECT),
    ]),
    verb("workload").verbs(&[
        shows("list|search"),
        does("install|update|repair|uninstall|restore|clean", INSTALLS_SYSTEM),
    ]),
    verb("package").verbs(&[asks("list|search"), does("add|remove|update|download", INSTALLS)]),
    verb("reference").verbs(&[shows("list"), does("add|remove", CHANGES_REPOSITORY)]),
    verb("user-secrets").verbs(&[does("list", SHOWS_SECRET), does("set|remove|clear|init", CHANGES_SECRETS)]),
    verb("format")
        .options(&[flag("--verify-no-changes")])
        .acts(RUNS_PROJECT)
        .open()
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Text),
    does(
        "build|run|test|publish|pack|msbuild|watch|clean|vstest|exec|ef|script|fsi|build-server|store|aspnet-codegenerator|stryker",
        RUNS_PROJECT,
    ),
    does("add|remove|restore", INSTALLS),
    does("new|help", CHANGES_REPOSITORY),
    does("dev-certs", CHANGES_SECRETS),
    verb("*.dll").open().acts(RUNS_PROJECT).rest(Slot::Text),
];

const SWIFT: &[Entry] = &[
    verb("package").verbs(&[
        does("describe|show-dependencies|dump-package|tools-version|show-executables", RUNS_PROJECT),
        does("resolve|update|reset|clean|edit|unedit|add-dependency|add-target|add-product|init|plugin|purge-cache|archive-source|diagnose-api-breaking-changes", INSTALLS),
    ]),
    does("build|test|run|repl|sdk", RUNS_PROJECT),
    verb("format").options(&[flag("-i|--in-place").rest(Slot::Edit)]).open().acts(LOOKS).rest(Slot::Read),
    shows("help"),
];

const MIX: &[Entry] = &[
    does("deps.*|archive.install|escript.install|local.*|hex.package", INSTALLS),
    does("format", RUNS_PROJECT),
    does("hex.publish|hex.retire|hex.owner", PUBLISHES),
    does("hex.user|hex.organization|hex.config", CHANGES_SECRETS),
    verb("ecto.drop|ecto.reset").open().acts(super::DESTROYS_DATA).rest(Slot::Text),
    does("*", RUNS_PROJECT),
];

// Systems.

/// Formulas by their names: a path, and those of others, are code.
const fn brews(names: &'static str, acts: &'static [Act]) -> Entry {
    verb(names).open().acts(acts).rest(Slot::Program)
}

const BREW: &[Entry] = &[
    brews(
        "list|ls|deps|uses|leaves|config|doctor|dr|commands|help|casks|formulae|formula|missing|shellenv|command|tap-info|which-formula|docs",
        LOOKS,
    ),
    brews("info|abv|search|desc|outdated|home|homepage|cat|log|options|livecheck", ASKS_SERVICE),
    verb("services")
        .verbs(&[shows("list|info"), does("start|stop|restart|run|kill|cleanup", PERSISTS)])
        .bare(LOOKS),
    verb("bundle")
        .verbs(&[
            shows("list|check"),
            does("install|cleanup|dump|add|remove|exec|edit|sh|env|upgrade", INSTALLS_SYSTEM),
        ])
        .options(&[value("--file", Slot::Read)])
        .bare(INSTALLS_SYSTEM),
    verb("tap")
        .bare(LOOKS)
        .options(&[flag("--repair|--force|--custom-remote|--eval-all").acts(INSTALLS_SYSTEM)])
        .rest(Slot::Unknown),
    verb("analytics").verbs(&[shows("state"), does("on|off|regenerate-uuid", CHANGES_SETTINGS)]).bare(LOOKS),
    verb("autoremove|cleanup")
        .options(&[flag("-n|--dry-run").dry()])
        .open()
        .acts(CHANGES_SYSTEM)
        .rest(Slot::Text),
    does(
        "install|reinstall|upgrade|update|uninstall|remove|rm|link|unlink|pin|unpin|untap|fetch|postinstall|post_install|migrate|switch|update-reset|tap-new|create|edit|extract|audit|test|developer|vendor-install|install-bundler-gems",
        INSTALLS_SYSTEM,
    ),
    does("bump|bump-formula-pr|bump-cask-pr|bump-revision|gist-logs|pr-publish|pr-upload|pr-pull", PUBLISHES),
    verb("sh|irb|ruby").open().acts(RUNS_UNKNOWN).rest(Slot::Unknown),
];

const SIMULATES: &[Opt] = &[
    flag("-s|--simulate|--just-print|--dry-run|--recon|--no-act").dry(),
    flag(
        "-y|--yes|--assume-yes|-q|--quiet|-qq|-V|--no-install-recommends|--install-recommends|--fix-broken|-f|-m|--reinstall|--only-upgrade|--purge|-d|--download-only|--allow-unauthenticated|-u|-b|--no-remove|--allow-downgrades|--autoremove|--no-upgrade|--force-yes|--allow-remove-essential|--allow-change-held-packages|--print-uris",
    ),
    value("-t|--target-release|--default-release|-a|--host-architecture|-P", Slot::Text),
    value("-o|--option|-c|--config-file", Slot::Unknown),
];

const APT: &[Entry] = &[
    shows("list|search|show|policy|depends|rdepends|showsrc|help|moo|changelog|showpkg|madison|pkgnames|stats|dump|unmet|dotty|xvcg|why|why-not|versions"),
    asks("check|indextargets"),
    verb("install|reinstall|remove|purge|autoremove|auto-remove|upgrade|full-upgrade|dist-upgrade|update|build-dep|satisfy|edit-sources|autoclean|auto-clean|clean|distclean|markauto|unmarkauto|hold|unhold|safe-upgrade|forget-new")
        .options(SIMULATES)
        .acts(INSTALLS_SYSTEM)
        .rest(Slot::Text),
    verb("source|download").options(SIMULATES).open().acts(DOWNLOADS).rest(Slot::Text),
];

const DNF: &[Entry] = &[
    shows(
        "list|ls|info|search|se|provides|whatprovides|repolist|repoinfo|repoquery|rq|deplist|check|check-update|check-upgrade|updateinfo|help|leaves|needs-restarting|changelog",
    ),
    verb("history")
        .verbs(&[shows("list|info|userinstalled"), does("undo|redo|rollback|replay|store", INSTALLS_SYSTEM)])
        .bare(LOOKS),
    verb("group|groups|grp|module|environment").verbs(&[
        shows("list|info|summary|provides"),
        does("install|remove|upgrade|mark|enable|disable|reset|switch-to", INSTALLS_SYSTEM),
    ]),
    verb("config-manager|config").open().acts(CHANGES_SYSTEM).rest(Slot::Text),
    does(
        "install|in|reinstall|remove|erase|rm|upgrade|update|up|downgrade|distro-sync|autoremove|swap|localinstall|groupinstall|groupremove|mark|builddep|copr|system-upgrade|offline-upgrade|clean|makecache|shell|upgrade-minimal|advisory",
        INSTALLS_SYSTEM,
    ),
    does("download", DOWNLOADS),
];

const ZYPPER: &[Entry] = &[
    shows(
        "search|se|info|if|packages|pa|patches|pch|patterns|pt|products|pd|repos|lr|services|ls|list-updates|lu|list-patches|lp|patch-check|pchk|what-provides|wp|locks|ll|help|licenses|targetos|versioncmp|ps|needs-rebooting",
    ),
    does(
        "install|in|remove|rm|update|up|dist-upgrade|dup|patch|verify|ve|source-install|si|install-new-recommends|inr|addrepo|ar|removerepo|rr|renamerepo|nr|modifyrepo|mr|refresh|ref|clean|cc|addservice|as|removeservice|rs|addlock|al|removelock|rl|cleanlocks|cl|purge-kernels",
        INSTALLS_SYSTEM,
    ),
];

const SNAP: &[Entry] = &[
    shows(
        "list|info|version|services|connections|interfaces|interface|changes|tasks|known|model|warnings|logs|help|get|aliases|saved|debug|validate",
    ),
    asks("find|search|whoami"),
    verb("run").style(Style::Posix).acts(RUNS_UNKNOWN).rest(Slot::Text),
    does(
        "install|remove|refresh|revert|enable|disable|connect|disconnect|start|stop|restart|set|unset|alias|unalias|prefer|save|restore|forget|try|switch|ack|reboot|recovery|create-cohort|quota|set-quota",
        INSTALLS_SYSTEM,
    ),
    does("download", DOWNLOADS),
    does("login|logout|buy", CHANGES_SECRETS),
];

const FLATPAK: &[Entry] = &[
    shows(
        "list|info|history|ps|documents|document-info|permissions|permission-show|remotes|search|remote-ls|remote-info",
    ),
    verb("run|enter|build").open().acts(RUNS_UNKNOWN).rest(Slot::Unknown),
    does(
        "install|update|upgrade|uninstall|remove|mask|pin|repair|remote-add|remote-delete|remote-modify|override|make-current|create-usb|permission-remove|permission-set|permission-reset|kill|config",
        INSTALLS_SYSTEM,
    ),
];

const NIX: &[Entry] = &[
    verb("search").open().acts(ASKS_SERVICE).rest(Slot::Text),
    verb("flake").verbs(&[
        does("show|metadata|info|check", RUNS_PROJECT),
        does("update|lock|init|new|clone|archive|prefetch", INSTALLS),
    ]),
    verb("store").verbs(&[
        shows("ls|cat|info|ping|path-from-hash-part|verify|dump-path"),
        does(
            "gc|delete|optimise|repair|add|add-file|add-path|copy-log|copy-sigs|sign|make-content-addressed",
            CHANGES_SYSTEM,
        ),
    ]),
    verb("path-info|why-depends|log|show-derivation|hash|show-config|doctor|help")
        .open()
        .acts(LOOKS)
        .rest(Slot::Text),
    verb("profile").verbs(&[
        shows("list|history|diff-closures"),
        does("install|add|remove|upgrade|rollback|wipe-history", INSTALLS_SYSTEM),
    ]),
    verb("develop|shell|env|run|build|eval|bundle|print-dev-env|repl|fmt")
        .options(&[
            value("-c|--command", Slot::Command),
            value("-p|--packages|-f|--file|-I|--arg|--argstr|--override-input", Slot::Text),
            value("--expr|-E", Slot::Text),
        ])
        .open()
        .acts(FETCHES_AND_RUNS)
        .rest(Slot::Text),
    does("copy|upgrade-nix|daemon|edit|channel", INSTALLS_SYSTEM),
];

// Versions of languages.

const NVM: &[Entry] = &[
    shows("ls|list|current|which|version|help"),
    asks("ls-remote|list-remote|version-remote"),
    verb("exec|run")
        .style(Style::Posix)
        .options(&[flag("--silent|--lts|--default")])
        .operands(&[Slot::Text])
        .rest(Slot::Command),
    verb("use|deactivate").open().acts(LOOKS).rest(Slot::Text),
    does(
        "install|uninstall|reinstall-packages|install-latest-npm|alias|unalias|set-colors|unload|cache|migrate|default",
        INSTALLS_SYSTEM,
    ),
];

const MISE: &[Entry] = &[
    shows("ls|list|current|where|which|doctor|dr|env|e|bin-paths|version|help|completion|activate"),
    asks("ls-remote|list-all|list-remote|latest|outdated|search|registry|tool"),
    // What is missing is installed first, and the project's settings may run code.
    verb("exec|x|watch|w")
        .style(Style::Posix)
        .acts(RUNS_PROJECT)
        .options(&[
            value("-c|--command", Slot::Shell),
            value("-C|--cd", Slot::Folder),
            value("-j|--jobs|-E|--env", Slot::Text),
            flag("-q|--quiet|-v|--verbose|--raw|-y|--yes"),
        ])
        .rest(Slot::Command),
    verb("tasks|t")
        .verbs(&[shows("ls|info|deps|validate"), does("run|r|add|edit", RUNS_PROJECT)])
        .bare(LOOKS),
    verb("config|settings|plugins|cache|alias")
        .verbs(&[
            shows("ls|list|get"),
            does(
                "set|unset|add|install|i|rm|remove|uninstall|update|clear|prune|generate|link",
                INSTALLS_SYSTEM,
            ),
        ])
        .bare(LOOKS),
    does("run|r", RUNS_PROJECT),
    does("trust", PERSISTS),
    does(
        "install|i|use|u|up|upgrade|uninstall|rm|remove|prune|reshim|implode|self-update|local|global|shell|set|unset|link|ln|sync|generate|global-plugin|plugin|plugin-add|set-path|latest-install|hook-env|direnv",
        INSTALLS_SYSTEM,
    ),
];

const ASDF: &[Entry] = &[
    shows("current|where|which|info|help|version|shimversions"),
    verb("list").verbs(&[asks("all")]).open().acts(LOOKS).rest(Slot::Text),
    asks("list-all|latest"),
    verb("plugin").verbs(&[shows("list"), does("add|remove|update|push|test", INSTALLS_SYSTEM)]),
    verb("exec").style(Style::Posix).rest(Slot::Command),
    verb("env").style(Style::Posix).operands(&[Slot::Text]).rest(Slot::Command),
    does(
        "install|uninstall|global|local|set|shell|reshim|update|plugin-add|plugin-remove|plugin-update|cmd",
        INSTALLS_SYSTEM,
    ),
];

const VOLTA: &[Entry] = &[
    shows("list|ls|which|help|completions"),
    verb("run")
        .style(Style::Posix)
        .options(&[
            value("--node|--npm|--pnpm|--yarn|--env", Slot::Text),
            flag("--bundled-npm|--no-pnpm|--no-yarn"),
        ])
        .rest(Slot::Command),
    does("fetch|install|uninstall|setup|use", INSTALLS_SYSTEM),
    does("pin", CHANGES_REPOSITORY),
];

const FNM: &[Entry] = &[
    shows("list|ls|current|completions|env|help"),
    asks("list-remote|ls-remote"),
    verb("exec").style(Style::Posix).options(&[value("--using", Slot::Text)]).rest(Slot::Command),
    verb("use").open().acts(LOOKS).rest(Slot::Text),
    does("install|uninstall|default|alias|unalias|i|uni", INSTALLS_SYSTEM),
];

pub(super) static ENTRIES: &[Entry] = &[
    program("npm").options(&[value("--registry|--proxy|--https-proxy", Slot::Url), value("--browser|--viewer|--editor|--git|--shell|--script-shell|--node-options|--init-module|--globalconfig|--userconfig", Slot::Unknown), value("--prefix|-C", Slot::Text), value("-w|--workspace", Slot::Text), value("--loglevel|--cache", Slot::Text), flag("--workspaces"), flag("-s|--silent|-q|--quiet|-d|-dd|--json|-g|--global|-l|--long|-v")]).verbs(NPM).bare(LOOKS),
    program("pnpm|pn").options(&[value("--registry", Slot::Url), value("--pnpmfile|--global-pnpmfile|--script-shell|--node-options|--shell", Slot::Unknown), value("-C|--dir", Slot::Text), value("--filter|-F", Slot::Text), value("--loglevel|--reporter", Slot::Text), flag("-r|--recursive"), flag("-w|--workspace-root"), flag("-s|--silent|-v|--json|--stream|--parallel|--if-present|-g|--global")]).verbs(PNPM).bare(LOOKS),
    program("yarn|yarnpkg").local().options(&[value("--registry|--proxy|--https-proxy", Slot::Url), value("--use-yarnrc|--script-shell", Slot::Unknown), value("--cwd", Slot::Folder), flag("-s|--silent|-v|--json|--verbose|--frozen-lockfile|--immutable|--ignore-scripts|--offline|--non-interactive|--pure-lockfile|--no-lockfile|--production|--force|--immutable-cache|--check-files")]).verbs(YARN).bare(INSTALLS),
    program("npx|pnpx|bunx").style(Style::Posix).options(SHELL_CALL).acts(FETCHES_AND_RUNS).rest(Slot::Text),
    program("corepack").verbs(&[does("enable|disable|prepare|install|use|up|pack|hydrate|cache", INSTALLS_SYSTEM)]),
    program("bun").style(Style::Posix).options(&[value("-e|--eval|-p|--print", Slot::Code(Language::JavaScript)), value("-r|--preload|--import", Slot::Unknown), value("--cwd", Slot::Folder), value("--filter|-F", Slot::Text), value("--env-file|-c|--config", Slot::Text), flag("-v|--revision|-b|--bun|--silent|--watch|--hot|--smol|-i")]).verbs(BUN).bare(LOOKS).operands(&[Slot::CodeFile(Language::JavaScript)]).rest(Slot::Text).stdin(Slot::Code(Language::JavaScript)),
    program("deno").verbs(DENO),
    program("nvm").verbs(NVM),
    program("fnm").verbs(FNM),
    program("volta").verbs(VOLTA),
    program("mise|rtx").local().options(&[value("-C|--cd", Slot::Folder), value("-E|--env|-j|--jobs", Slot::Text), flag("-q|--quiet|-v|--verbose|-y|--yes|--no-config|--raw|--locked")]).verbs(MISE),
    program("asdf").verbs(ASDF),
    program("pyenv|rbenv|nodenv|jenv|goenv|phpenv|tfenv|n|sdk|tenv|swiftly|juliaup|ghcup|elan|fvm|phpbrew|nodebrew|proto|vfox|pkgx|chruby|frum|kerl").verbs(&[
        shows("versions|version|which|whence|root|prefix|commands|help|list|ls|current|version-name|version-file|shims|completions|status|show|init"),
        asks("list-remote|list-available|lsr|ls-remote|available"),
        verb("exec").style(Style::Posix).rest(Slot::Command),
        does("install|uninstall|global|local|shell|rehash|update|use|set|default|upgrade|rm|remove|add|link|run|compile|flush|selfupdate|config|lts|latest|stable|tui|gc|prune", INSTALLS_SYSTEM),
    ]),
    program("cargo").local().options(CARGO_OPTIONS).verbs(CARGO).bare(LOOKS).special(Special::Scripts),
    program("cargo-binstall").open().acts(INSTALLS_SYSTEM).rest(Slot::Text),
    program("cargo-nextest|cargo-watch|cargo-clippy|cross|cargo-make|cargo-insta|trunk|wasm-pack|dx").open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("rustup").options(&[flag("-v|--verbose|-q|--quiet")]).verbs(RUSTUP),
    program("rustup-init").open().acts(INSTALLS_SYSTEM),
    program("pip|pip3|pip2|pip3.8|pip3.9|pip3.10|pip3.11|pip3.12|pip3.13|pip3.14")
        .options(&[value("-i|--index-url|--extra-index-url|--proxy|--pypi-url", Slot::Url), value("--python", Slot::Program), value("--log", Slot::Write), value("--cache-dir|--retries|--timeout|--exists-action|--trusted-host|--cert", Slot::Text), flag("-v|--verbose|-q|--quiet|-V|--isolated|--require-virtualenv|--no-cache-dir|--disable-pip-version-check|--no-color|--no-input|--debug")])
        .verbs(PIP)
        .bare(LOOKS),
    // To know what a project needs it is built.
    program("pip-audit").options(&[flag("--fix").acts(INSTALLS), value("-r|--requirement", Slot::Read).acts(INSTALLS), value("-f|--format|-s|--vulnerability-service|--ignore-vuln|--path|--timeout|-S|--skip-editable|--progress-spinner|--desc|--aliases", Slot::Text), value("-o|--output|--cache-dir", Slot::Write), value("-i|--index-url|--extra-index-url|--osv-url", Slot::Url)]).open().acts(ASKS_SERVICE).rest(Slot::Task),
    program("safety").options(&[flag("--fix|--apply-fixes|--apply-remediations").acts(INSTALLS), value("-r|--file|--policy-file", Slot::Read), value("-i|--ignore|--key|--proxy-host|--proxy-port", Slot::Text), value("-o|--output|--save-json|--save-html|--save-as", Slot::Write)]).open().acts(ASKS_SERVICE).rest(Slot::Text),
    program("pip-compile|pip-sync|pip-review|pip-tools").open().acts(INSTALLS).rest(Slot::Text),
    program("pipdeptree|pip-licenses")
        .options(&[
            value("--python", Slot::Program),
            value("--output-file", Slot::Write),
            value("-p|--packages|-e|--exclude|-d|--depth|-o|--output|-w|--warn|-f|--format|--from|--order|-i|--ignore-packages|--fail-on|--allow-only|--path", Slot::Text),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Text),
    program("pipx").verbs(&[
        shows("list|environment|completions|help"),
        verb("run").style(Style::Posix).open().acts(FETCHES_AND_RUNS).rest(Slot::Text),
        does("install|inject|uninject|upgrade|upgrade-all|upgrade-shared|uninstall|uninstall-all|reinstall|reinstall-all|ensurepath|runpip|pin|unpin|install-all|interpreter", INSTALLS_SYSTEM),
    ]),
    program("uv").options(&[value("-i|--index|--default-index|--index-url|--extra-index-url|-f|--find-links", Slot::Url), value("-p|--python", Slot::Program), value("--directory", Slot::Folder), value("--project|--color|--config-file|--cache-dir|--allow-insecure-host", Slot::Text), flag("-q|--quiet|-v|--verbose|--offline|--no-cache|-n|--no-progress|--no-config|--native-tls|-V|--managed-python|--no-managed-python|--no-python-downloads")]).verbs(UV).bare(LOOKS),
    program("uvx").style(Style::Posix).options(UV_RUN).acts(FETCHES_AND_RUNS).rest(Slot::Text),
    program("poetry").local().options(&[value("-C|--directory|-P|--project", Slot::Folder), flag("-q|--quiet|-V|--ansi|--no-ansi|-n|--no-interaction|--no-plugins|--no-cache|-v|-vv|-vvv|--verbose")]).verbs(POETRY).bare(LOOKS),
    program("pdm").options(&[value("-c|--config|-p|--project", Slot::Text), flag("-v|--verbose|-q|--quiet|-V|-n|--non-interactive|-I|--ignore-python")]).verbs(PDM).bare(LOOKS),
    program("pipenv").options(&[flag("--where|--venv|--py|--envs|--support|--man|-q|--quiet|-v|--verbose"), flag("--rm").acts(CLEANS), value("--python", Slot::Text)]).verbs(PIPENV).bare(LOOKS),
    program("hatch").options(&[value("-e|--env|-p|--project", Slot::Text), flag("-v|-q|--color|--no-color")]).verbs(HATCH).bare(LOOKS),
    program("rye").verbs(RYE),
    program("conda|mamba|micromamba").verbs(CONDA),
    program("pixi").options(&[flag("-v|-q|--verbose|--quiet"), value("--color", Slot::Text)]).verbs(PIXI),
    program("virtualenv|venv|pyvenv").open().acts(INSTALLS).rest(Slot::Write),
    program("twine").verbs(&[verb("check").open().acts(LOOKS).rest(Slot::Read), does("upload|register", PUBLISHES)]),
    program("flit|maturin|pyproject-build").open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("gem").options(&[value("-s|--source|-p|--http-proxy", Slot::Url), value("--config-file", Slot::Unknown)]).verbs(GEM),
    program("bundle|bundler").options(&[flag("-r|--retry|--verbose|-V|--no-color")]).verbs(BUNDLE).bare(INSTALLS),
    program("thor|cap").open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("composer").local().options(&[value("-d|--working-dir", Slot::Folder), flag("-q|--quiet|-n|--no-interaction|-v|-vv|-vvv|--verbose|--ansi|--no-ansi|--profile|--no-plugins|--no-scripts|--no-cache|-V")]).verbs(COMPOSER).bare(LOOKS),
    program("go").options(&[value("-C", Slot::Folder)]).verbs(GO).bare(LOOKS),
    program("mvn|mvnw|gradle|gradlew|sbt|lein|ant|mill|bloop|boot|kotlinc-jvm").options(&[flag("-v").dry()]).open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("coursier|cs").verbs(&[asks("search|complete|resolve"), does("fetch", DOWNLOADS), does("launch", FETCHES_AND_RUNS), does("install|setup|update|uninstall|bootstrap|java", INSTALLS_SYSTEM)]),
    program("dotnet").options(&[flag("--info|--list-sdks|--list-runtimes").dry(), flag("-d|--diagnostics")]).verbs(DOTNET).bare(LOOKS),
    program("nuget").style(Style::Long).verbs(&[asks("list|search"), shows("help|verify"), does("install|restore|update", INSTALLS), does("push", PUBLISHES), does("delete", DESTROYS_REMOTE), does("sources|config|setapikey|setApiKey", CHANGES_SETTINGS), does("pack|spec", RUNS_PROJECT)]),
    program("msbuild|xbuild").open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("swift").verbs(SWIFT).rest(Slot::CodeFile(Language::Other)),
    program("xcodebuild").style(Style::Long).options(&[flag("-version|-list|-showsdks|-showdestinations|-showTestPlans|-checkFirstLaunchStatus|-showBuildSettings").dry(), value("-project|-workspace|-scheme|-target|-sdk|-destination|-configuration|-arch|-json", Slot::Text)]).open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("pod").verbs(&[
        shows("help|ipc"),
        asks("search|list"),
        does("env|outdated", RUNS_PROJECT),
        verb("spec").verbs(&[asks("cat|which|lint"), does("create|edit", CHANGES_REPOSITORY)]),
        does("install|update|init|deintegrate|lib|repo|cache|setup|plugins|try", INSTALLS),
        verb("trunk").verbs(&[asks("me|info"), does("push|register|delete|deprecate|add-owner|remove-owner", PUBLISHES)]),
    ]),
    program("carthage").verbs(&[shows("version|help"), asks("outdated"), does("bootstrap|update|checkout|build|fetch|copy-frameworks|validate|archive", INSTALLS)]),
    program("mix").verbs(MIX).bare(RUNS_PROJECT),
    program("rebar3").verbs(&[shows("tree|help|version|report"), does("deps|get-deps|update|upgrade|lock|unlock|plugins", INSTALLS), does("hex", PUBLISHES), does("*", RUNS_PROJECT)]),
    program("stack").verbs(&[shows("path|list|query|help|--numeric-version"), verb("ls").open().acts(LOOKS).rest(Slot::Text), wraps("exec"), does("upload", PUBLISHES), does("install|setup|update|upgrade|uninstall", INSTALLS_SYSTEM), does("new|init|build|test|bench|haddock|run|ghci|repl|clean|purge|eval|script|runghc|ghc|hoogle|unpack|dot|sdist|config|docker|build-plan", RUNS_PROJECT)]),
    program("cabal").verbs(&[shows("info|path|help|check|outdated"), asks("list"), does("upload", PUBLISHES), does("install|update|fetch|get|unpack", INSTALLS_SYSTEM), verb("exec").style(Style::Posix).acts(RUNS_PROJECT).rest(Slot::Command), does("build|run|test|bench|repl|clean|haddock|configure|freeze|init|sdist|gen-bounds|v2-*|new-*", RUNS_PROJECT)]),
    program("opam").verbs(&[
        shows("list|info|show|var|env|help|tree|why"),
        asks("search"),
        verb("switch").verbs(&[shows("list|show|list-available"), does("create|set|remove|import|export|reinstall|link|install|invariant|set-invariant", INSTALLS_SYSTEM)]).bare(LOOKS),
        verb("exec").style(Style::Posix).options(&[value("--switch", Slot::Text)]).rest(Slot::Command),
        does("publish", PUBLISHES),
        does("install|update|upgrade|remove|reinstall|pin|init|repository|remote|source|config|clean|lock|depext|uninstall|lint|build|admin", INSTALLS_SYSTEM),
    ]),
    program("dune").verbs(&[shows("help|installed-libraries"), verb("exec").style(Style::Posix).acts(RUNS_PROJECT).rest(Slot::Text), does("pkg", INSTALLS), does("describe|show|ocaml-index|build|test|runtest|clean|fmt|format-dune-file|init|promote|promotion|utop|top|ocaml|install|uninstall|subst|upgrade|coq|cache|rpc|diagnostics|tools", RUNS_PROJECT)]),
    program("zig").verbs(&[
        shows("version|env|targets|help|libc|zen|std"),
        verb("ast-check").open().rest(Slot::Read),
        verb("build").options(&[flag("--help|-h|-l|--list-steps").acts(RUNS_PROJECT)]).open().acts(RUNS_PROJECT).rest(Slot::Text),
        does("fetch|init", INSTALLS),
        does("*", RUNS_PROJECT),
    ]),
    program("spago|purs|elm|gleam|nimble|shards|crystal|dub|alr|luarocks|cpanm|cpan|raco|conan|vcpkg|xmake|pear|pecl|bower|jspm|lerna|rush|elm-test|dart|flutter|haxelib")
        .verbs(&[
            shows("help|targets|list|search|info|show|outdated|doctor|devices|analyze|ls|which|tree|changed"),
            verb("pub").verbs(&[asks("deps|outdated"), does("get|add|remove|upgrade|downgrade|cache|global|run", INSTALLS), does("publish|lish|uploader", PUBLISHES), does("login|logout|token", CHANGES_SECRETS)]),
            does("publish|upload|push|release", PUBLISHES),
            does("install|add|remove|update|upgrade|get|fetch|uninstall|init|packages|create|new|bootstrap", INSTALLS),
            does("*", RUNS_PROJECT),
        ])
        .bare(RUNS_PROJECT),
    program("brew|linuxbrew")
        .options(&[
            flag("--prefix|--cellar|--caskroom|--cache|--repository|--repo|--env|--taps").acts(LOOKS).rest(Slot::Program),
            flag("--config|--version|-v|-q|--quiet|--verbose|-d|--debug|--formula|--formulae|--cask|--casks|-s|--build-from-source|--force-bottle"),
        ])
        .verbs(BREW)
        .bare(LOOKS)
        .rest(Slot::Unknown),
    program("apt|apt-get|apt-cache|aptitude|nala").options(SIMULATES).verbs(APT),
    program("apt-file").verbs(&[shows("search|find|list|show"), does("update", INSTALLS_SYSTEM)]),
    program("apt-mark").verbs(&[shows("showauto|showmanual|showhold|showinstall|showremove|showpurge"), does("auto|manual|hold|unhold|minimize-manual", CHANGES_SYSTEM)]),
    program("apt-key|add-apt-repository|apt-add-repository|dpkg-divert|ppa-purge|do-release-upgrade|unattended-upgrade|tasksel").options(&[flag("--list|--display|--query|--get-selections|--dry-run").dry()]).open().acts(INSTALLS_SYSTEM).rest(Slot::Text),
    program("dpkg")
        .options(&[
            flag("-l|--list|-L|--listfiles|-s|--status|-S|--search|-p|--print-avail|--print-architecture|--print-foreign-architectures|--get-selections|--compare-versions|-V|--verify|-C|--audit|-c|--contents|-I|--info|-f|--field|--validate-version"),
            flag("-i|--install|-r|--remove|-P|--purge|--configure|--unpack|-a|--pending|--set-selections|--clear-selections|--add-architecture|--remove-architecture|--update-avail|--merge-avail|--clear-avail|--triggers-only").acts(INSTALLS_SYSTEM),
            flag("--no-act|--dry-run|--simulate").dry(),
            value("--admindir|--root|--instdir|--log", Slot::Text).acts(INSTALLS_SYSTEM),
            value("--pre-invoke|--post-invoke", Slot::Shell),
        ])
        .acts(LOOKS)
        .rest(Slot::Text),
    program("dpkg-query").options(&[value("-f|--showformat|--admindir", Slot::Text)]).open().acts(LOOKS).rest(Slot::Text),
    program("dpkg-deb").options(&[flag("-c|--contents|-I|--info|-f|--field|-W|--show"), flag("-x|--extract|-X|--vextract|-e|--control|-R|--raw-extract|-b|--build").acts(CHANGES_REPOSITORY)]).acts(LOOKS).operands(&[Slot::Read]).rest(Slot::Write),
    program("dnf|dnf5|yum|microdnf|tdnf").options(&[flag("-y|--assumeyes|-q|--quiet|-v|--verbose|-C|--cacheonly|--refresh|--best|--nobest|--allowerasing|--skip-broken|--assumeno|--installed|--available|--all|--showduplicates|-b"), value("--setopt|-c|--config|--installroot|--repofrompath|--enableplugin", Slot::Unknown), value("--enablerepo|--disablerepo|--repo|--repoid|-x|--exclude|--releasever|--advisory", Slot::Text), value("-d|-e|-R", Slot::Text)]).verbs(DNF).bare(LOOKS),
    program("rpm")
        .options(&[
            flag("-q|--query|-V|--verify|-K|--checksig"),
            flag("--showrc|--querytags"),
            flag("-i|--info"),
            flag("-a|--all|-l|--list|-f|--file|-p|--package|-R|--requires|--provides|--changelog|--scripts|-c|--configfiles|-d|--docfiles|-s|--state|--last|--whatprovides|--whatrequires|-v|--verbose|--triggers|--conflicts|--obsoletes|--dump"),
            value("--qf|--queryformat", Slot::Text),
            value("-E|--eval|-D|--define", Slot::Unknown),
            value("--pipe", Slot::Shell),
            flag("-U|--upgrade|-e|--erase|-F|--freshen|--install|--reinstall|--import|--rebuilddb|--initdb|--setperms|--setugids|--restore|--force|--nodeps|-h|--hash|--oldpackage|--replacepkgs|--nogpgcheck|--nosignature|--nodigest").acts(INSTALLS_SYSTEM),
            flag("--test").dry(),
        ])
        .special(Special::Packages)
        .acts(LOOKS)
        .rest(Slot::RemoteRead),
    program("rpmbuild|makepkg|debuild|dpkg-buildpackage|abuild").open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("pacman|yay|paru|pamac|trizen|pikaur")
        .options(&[
            flag("-Q|--query|-T|--deptest"),
            flag("-F|--files"),
            // The same letters mean other things with `-R`.
            flag("-s|--search|-i|--info|-l|--list|-p|--print|-g|--groups"),
            flag("-o|--owns|-k|--check|-q|--quiet|-e|--explicit|-d|--deps|-m|--foreign|-n|--native|-t|--unrequired|-u|--upgrades|--file|-c|--changelog|-v|--verbose|-x|--regex|-a"),
            flag("-S|--sync"),
            flag("-R|--remove|-U|--upgrade|-D|--database|-y|--refresh"),
            flag("-w|--downloadonly|--noconfirm|--needed|--overwrite|--asdeps|--asexplicit|--nodeps|--cascade|--recursive|--nosave").acts(INSTALLS_SYSTEM),
            value("--dbpath|-b|-r|--root|--arch|--cachedir|--color|--config|--gpgdir|--hookdir|--logfile", Slot::Unknown),
        ])
        .special(Special::Packages)
        .acts(LOOKS)
        .rest(Slot::Text),
    program("apk").options(&[flag("-q|--quiet|-v|--verbose|--no-cache|-U|--update-cache|--no-progress|--no-network|--allow-untrusted|--force|-f"), flag("-s|--simulate").dry(), value("-X|--repository|-p|--root|--arch|--keys-dir|--wait|-t|--virtual", Slot::Text)]).verbs(&[
        shows("info|list|search|policy|stats|version|dot|query|manifest|verify|audit|help"),
        does("add|del|update|upgrade|fix|cache|fetch|index|mkndx|mkpkg|convdb|adbsign|adbgen", INSTALLS_SYSTEM),
    ]),
    program("zypper").options(&[flag("-n|--non-interactive|-q|--quiet|-v|--verbose|-x|--xmlout|--no-refresh|--no-color|--no-gpg-checks|-t|--terse|-i|--ignore-unknown"), value("-R|--root|-c|--config|-C|--cache-dir|--installroot|--plus-repo|-p", Slot::Unknown)]).verbs(ZYPPER),
    program("snap").verbs(SNAP),
    program("flatpak").options(&[flag("--user|--system|-v|--verbose")]).verbs(FLATPAK),
    program("nix").options(&[value("--extra-experimental-features|--experimental-features|--log-format", Slot::Text), value("--store|--plugin-files|--builders|--post-build-hook|--pre-build-hook|--diff-hook|-f|--file|--expr|--substituters", Slot::Unknown), value("--option", Slot::Unknown), flag("-v|--verbose|--quiet|--offline|--refresh|-L|--print-build-logs|--debug")]).verbs(NIX),
    program("nix-env").options(&[flag("-q|--query|--list-generations"), flag("-a|--available|--installed|-P|--attr-path|-s|--status|--json|--description"), flag("-i|--install|-u|--upgrade|-e|--uninstall|--set|--set-flag|--rollback|-G|--switch-generation|--delete-generations|-A|--switch-profile|-S|-r|--remove-all").acts(INSTALLS_SYSTEM), value("-f|--file|-p|--profile", Slot::Text)]).bare(LOOKS).acts(LOOKS).rest(Slot::Text),
    program("nix-shell").options(&[value("--run|--command", Slot::Shell), value("-p|--packages|-I|-A|--attr|--argstr|--arg|-i|--keep", Slot::Text), value("-E|--expr", Slot::Text), flag("--pure|--impure|--keep-failed|-Q|-v|--verbose|--quiet")]).acts(FETCHES_AND_RUNS).rest(Slot::Text),
    program("nix-build|nix-instantiate|nix-eval-jobs|nixos-container").open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("nixos-rebuild|darwin-rebuild|home-manager|nix-channel|nixos-install|nixos-generate-config|guix|devbox|flox|devenv").verbs(&[shows("list|--list|search|info|help|generations|news|packages|list-generations|describe|show"), does("*", INSTALLS_SYSTEM)]).open().bare(INSTALLS_SYSTEM),
    program("nix-collect-garbage").open().acts(CHANGES_SYSTEM),
    program("nix-store").options(&[flag("-q|--query|--requisites|-R|--references|--referrers|--tree|--graph|--deriver|--hash|--size|--roots|--outputs|--dump|-l|--read-log|--verify|--print-env"), flag("--gc|--delete|--optimise|-r|--realise|--add|--import|--add-fixed|--load-db|--restore|--repair").acts(CHANGES_SYSTEM)]).acts(LOOKS).rest(Slot::Text),
    program("nix-prefetch-url|nix-prefetch-git").open().acts(DOWNLOADS).rest(Slot::Text),
    program("nixfmt|alejandra|nixpkgs-fmt").options(&[flag("-c|--check").dry(), flag("-q|--quiet|-v|--verify|-s")]).rest(Slot::Edit),
    program("statix|deadnix").options(&[flag("-e|--edit").acts(CHANGES_REPOSITORY)]).verbs(&[verb("check").open().acts(LOOKS).rest(Slot::Read), verb("fix|single").open().acts(CHANGES_REPOSITORY).rest(Slot::Edit)]).open().acts(LOOKS).rest(Slot::Read),
    program("port").options(&[flag("-v|-d|-q|-n|-R|-u|-y|-s|-b|-c|-k|-o|-p|-f")]).verbs(&[shows("list|search|info|installed|outdated|deps|dependents|rdeps|rdependents|contents|provides|variants|version|echo|cat|file|dir|work|url|help|livecheck|lint|notes|select|log|leaves|platform"), does("install|uninstall|upgrade|selfupdate|sync|clean|activate|deactivate|reclaim|load|unload|reload|setrequested|unsetrequested|archive|patch|build|test|fetch|checksum|extract|configure|destroot|edit|rev-upgrade|restore|migrate|snapshot", INSTALLS_SYSTEM)]),
    program("choco|scoop|winget|mas").verbs(&[shows("list|info|show|search|find|help|status|outdated|which|account|home|depends|export|version"), does("*", INSTALLS_SYSTEM)]),
    program("pkg|pkgin|pkg_add|pkg_delete|xbps-install|xbps-remove|emerge|eopkg|slackpkg|opkg|swupd|urpmi|tlmgr|installp").verbs(&[shows("info|search|query|list|which|audit|help|version|stats|show"), does("*", INSTALLS_SYSTEM)]).open().bare(INSTALLS_SYSTEM),
    program("xbps-query|pkg_info|equery|qlist|eix|paclist|pactree|pkgfile").open().acts(LOOKS).rest(Slot::Text),
    program("wally|jsr|vsce|ovsx|clawhub").verbs(&[shows("ls|show|search|help"), does("publish|unpublish|package", PUBLISHES), does("login|logout|create-publisher", CHANGES_SECRETS), does("add|install|update|remove|init", INSTALLS)]),
];
