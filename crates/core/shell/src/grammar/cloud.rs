//! Clouds, platforms, and what describes and changes infrastructure.

use super::{
    ASKS_REMOTE, ASKS_SERVICE, CHANGES_REMOTE, CHANGES_REPOSITORY, CHANGES_SECRETS, CHANGES_SETTINGS,
    CHANGES_SYSTEM, DESTROYS_DATA, DESTROYS_REMOTE, INSTALLS, INSTALLS_SYSTEM, LOOKS, PUBLISHES,
    RUNS_PROJECT, RUNS_UNKNOWN, SHOWS_SECRET, WIPES_DATA, WIPES_REMOTE,
};
use super::{Entry, Opt, Slot, Special, Style, flag, optional, program, value, verb};

/// A verb that shows something elsewhere, whatever its options are.
const fn shows(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(ASKS_SERVICE)
}

/// A verb that shows a secret.
const fn secret(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(SHOWS_SECRET)
}

/// A verb that changes something elsewhere.
const fn changes(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(CHANGES_REMOTE)
}

/// A verb that destroys something elsewhere.
const fn destroys(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(DESTROYS_REMOTE)
}

/// A verb that only looks at this machine.
const fn local(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(LOOKS)
}

/// A verb that runs the project's code.
const fn runs(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(RUNS_PROJECT)
}

/// A verb that keeps or forgets who the person is.
const fn signs(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(CHANGES_SECRETS)
}

/// A verb that publishes something.
const fn publishes(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(PUBLISHES)
}

/// A verb that writes files in the project.
const fn writes(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(CHANGES_REPOSITORY)
}

// Amazon.

const AWS_OPTIONS: &[Opt] = &[
    value(
        "--profile|--region|--output|--query|--ca-bundle|--cli-read-timeout|--cli-connect-timeout|--color|--cli-binary-format",
        Slot::Text,
    ),
    value(
        "--page-size|--max-items|--starting-token|--cli-input-json|--cli-input-yaml|--cli-error-format",
        Slot::Text,
    ),
    value("--endpoint-url", Slot::Url),
    optional("--generate-cli-skeleton", Slot::Text),
    flag(
        "--debug|--no-verify-ssl|--no-paginate|--no-sign-request|--no-cli-pager|--cli-auto-prompt|--no-cli-auto-prompt",
    ),
];

const AWS_LOOKS: &str = "describe-*|list-*|get-*|head-*|search-*|lookup-*|batch-get-*|batch-describe-*|scan|query|wait|help|ls|tail|simulate-*|estimate-*|validate-*|filter-log-events|transact-get-items|admin-get-*|admin-list-*|decode-authorization-message|can-*|count-*|preview-*|test-dns-answer|test-event-pattern|resolve-*|start-query|batch-check-*|is-*|check-*";
const AWS_DESTROYS: &str = "delete-*|terminate-*|destroy-*|purge-*|deregister-*|remove-*|batch-delete-*|bulk-delete-*|revoke-*|schedule-key-deletion|admin-delete-*|release-*|empty-*|reset-*|disable-*|stop-*|cancel-*|detach-*|disassociate-*|reboot-*";

const AWS_SYNC: &[Opt] = &[
    value(
        "--exclude|--include|--acl|--storage-class|--grants|--sse|--sse-c|--sse-c-key|--sse-kms-key-id|--content-type|--cache-control",
        Slot::Text,
    ),
    value(
        "--content-disposition|--content-encoding|--content-language|--expires|--source-region|--website-redirect|--metadata|--metadata-directive|--expected-size|--request-payer|--copy-props|--checksum-algorithm|--checksum-mode",
        Slot::Text,
    ),
    flag(
        "--recursive|--dryrun|--quiet|--only-show-errors|--no-progress|--follow-symlinks|--no-follow-symlinks|--no-guess-mime-type|--ignore-glacier-warnings|--force-glacier-transfer|--size-only|--exact-timestamps",
    ),
    flag("--delete").grave().acts(DESTROYS_REMOTE),
];

static AWS_S3: &[Entry] = &[
    shows("ls"),
    verb("cp|sync").options(AWS_SYNC).special(Special::Rsync).rest(Slot::Text),
    verb("mv").options(AWS_SYNC).acts(DESTROYS_REMOTE).special(Special::Rsync).rest(Slot::Text),
    verb("rm")
        .options(&[
            flag("--dryrun").dry(),
            flag("--recursive").acts(WIPES_DATA),
            flag("--quiet|--only-show-errors"),
            // Not all of it.
            value("--include|--exclude|--request-payer", Slot::Text),
        ])
        .acts(DESTROYS_DATA)
        .rest(Slot::Text),
    verb("mb").rest(Slot::Text).acts(CHANGES_REMOTE),
    verb("rb").options(&[flag("--force").acts(WIPES_DATA)]).rest(Slot::Text).acts(DESTROYS_REMOTE),
    verb("website").open().rest(Slot::Text).acts(PUBLISHES),
    secret("presign"),
    local("help"),
];

/// What is in a file instead of the options: nobody knows.
const AWS_INPUT: Opt = value("--cli-input-json|--cli-input-yaml", Slot::Unknown);

/// Of all services: what shows, what destroys; everything else changes.
static AWS_ANY: &[Entry] = &[
    verb("get-parameter|get-parameters|get-parameters-by-path|get-parameter-history")
        .options(&[flag("--with-decryption").acts(SHOWS_SECRET), flag("--no-with-decryption"), AWS_INPUT])
        .open()
        .rest(Slot::Text)
        .acts(ASKS_SERVICE),
    verb("get-api-key|get-api-keys")
        .options(&[flag("--include-value|--include-values").acts(SHOWS_SECRET), AWS_INPUT])
        .open()
        .rest(Slot::Text)
        .acts(ASKS_SERVICE),
    verb("get-connection|get-connections")
        .options(&[flag("--hide-password").dry()])
        .open()
        .rest(Slot::Text)
        .acts(SHOWS_SECRET),
    secret("get-secret-value|batch-get-secret-value|get-password-data|get-login-password|get-login|get-authorization-token|get-session-token"),
    secret("get-federation-token|assume-role*|get-web-identity-token|get-credentials*|get-open-id-token*|get-cluster-credentials*|get-role-credentials"),
    secret("get-instance-access*|get-relational-database-master-user-password|get-temporary-*|list-api-keys|get-token|describe-user-pool-client"),
    // With the environment of what it shows.
    secret("get-function|get-function-configuration|batch-get-projects|describe-configuration-settings"),
    secret("get-*-credentials|get-*-token|get-data-access|generate-*-token|generate-data-key*|generate-db-*|decrypt|re-encrypt|export-certificate|export-key"),
    secret("create-*-token|create-access-key|create-key-pair|create-keys-and-certificate|create-service-specific-credential"),
    secret("reset-service-specific-credential|download-default-key-pair|request-upload-credentials|export-credentials"),
    // What comes is written to a file.
    verb("get-object|get-object-torrent|select-object-content|get-export|get-sdk|get-job-output|get-thing-shadow|get-media|get-raw-message-content|get-clip|synthesize-speech|get-configuration|get-latest-configuration|get-snapshot-block")
        .options(&[
            value("--bucket|--key|--version-id|--range|--expression|--expression-type|--input-serialization|--output-serialization|--expected-bucket-owner", Slot::Text),
            value("--rest-api-id|--stage-name|--export-type|--accepts|--parameters|--sdk-type|--account-id|--vault-name|--job-id|--thing-name|--shadow-name", Slot::Text),
            value("--snapshot-id|--block-index|--block-token|--message-id|--text|--output-format|--voice-id|--engine|--application|--environment|--configuration|--client-id|--configuration-token", Slot::Text),
        ])
        .acts(ASKS_SERVICE)
        .rest(Slot::Write),
    verb("execute-statement|batch-execute-statement|start-query-execution|execute-sql")
        .options(&[
            value("--sql|--query-string|--statement", Slot::Sql),
            value("--work-group|--workgroup-name|--query-execution-context|--result-configuration|--client-request-token|--client-token|--execution-parameters|--result-reuse-configuration", Slot::Text),
            value("--resource-arn|--secret-arn|--database|--db-user|--cluster-identifier|--parameters|--schema|--limit|--next-token|--format-records-as|--statement-name", Slot::Text),
            flag("--include-result-metadata|--no-include-result-metadata|--consistent-read|--no-consistent-read"),
            AWS_INPUT,
        ])
        .acts(ASKS_SERVICE),
    verb("execute-command")
        .options(&[
            value("--command", Slot::RemoteShell),
            value("--cluster|--task|--container", Slot::Text),
            flag("--interactive|--non-interactive"),
        ])
        .acts(ASKS_REMOTE),
    shows(AWS_LOOKS),
    verb("delete-db-instance|delete-db-cluster")
        .options(&[flag("--skip-final-snapshot|--delete-automated-backups").acts(WIPES_DATA)])
        .open()
        .rest(Slot::Text)
        .acts(DESTROYS_REMOTE),
    destroys(AWS_DESTROYS),
    changes("*"),
];

static AWS: &[Entry] = &[
    local("help"),
    verb("s3").verbs(AWS_S3),
    verb("configure")
        .verbs(&[
            local("list|list-profiles|help"),
            verb("get").rest(Slot::Setting),
            secret("export-credentials"),
            signs("set|import|sso|sso-session|add-model"),
        ])
        .bare(CHANGES_SECRETS),
    verb("history").verbs(&[local("list|show|help")]),
    verb("sso").verbs(&[secret("get-role-credentials"), shows("list-*|help"), signs("login|logout")]),
    signs("login|logout"),
    verb("*").verbs(AWS_ANY),
];

// Google.

const GCLOUD_OPTIONS: &[Opt] = &[
    value(
        "--output-file|--out-file|--destination|--plaintext-file|--output-path|--config-directory",
        Slot::Write,
    ),
    value(
        "--project|--account|--billing-project|--configuration|--flatten|--format|--impersonate-service-account|--trace-token|--verbosity|--filter|--limit|--page-size|--sort-by",
        Slot::Text,
    ),
    value(
        "--region|--zone|--location|--cluster|--instance|--keyring|--key|--folder|--organization|--database|--environment|--repository|--topic|--subscription|--service|--network|--global-address",
        Slot::Text,
    ),
    value("--access-token-file|--flags-file", Slot::Read),
    optional("--user-output-enabled|--log-http", Slot::Text),
    flag("-q|--quiet"),
    flag("--uri|--global|--no-user-output-enabled|--verbose|--show-deleted"),
];

/// Groups that are no plurals.
const GCLOUD_GROUPS: &str = "alpha|beta|preview|compute|container|sql|storage|dns|iam|kms|pubsub|run|app|auth|config|logging|monitoring|iap|web|source|scheduler|bigtable|spanner|redis|memcache|filestore|dataflow|dataproc|composer|deployment-manager|eventarc|certificate-manager|network-security|network-connectivity|access-context-manager|ai|ai-platform|anthos|apigee|asset|assured|backup-dr|batch|bigquery|bq|billing|bms|cloud-shell|data-catalog|data-fusion|database-migration|datastore|datastream|deploy|developer-connect|dlp|domains|edge-cache|edge-cloud|endpoints|essential-contacts|fleet|firestore|healthcare|ids|immersive-stream|infra-manager|kms|lifesciences|looker|managed-kafka|media|metastore|migration|ml|ml-engine|model-garden|monitoring|netapp|network-management|network-services|notebooks|oracle-database|org-policies|organizations|parametermanager|policy-intelligence|privateca|projects|publicca|recaptcha|recommender|resource-manager|scc|secrets|service-directory|service-extensions|services|telco-automation|tpu|transcoder|transfer|vector-search|video|vmware|workbench|workflows|workspace-add-ons|workstations|tpu-vm|os-config|os-login|sole-tenancy|interconnects|security-policy|memberships|hub|policy|docker|app-profiles|ekm-config|folder|logs|cloud|vpn|multi-cloud|ssl|groups|identity|agent|runtime-config|task|execution";

const GCLOUD_CHANGES: &str = "create|update|patch|add|set|enable|apply|deploy|import|export|submit|start|resume|suspend|restart|scale|resize|move|rename|restore|failover|promote|clone|rollback|attach|copy|upload|call|execute|publish|ack|pull|seek|write|invoke|undelete|upgrade|rotate|replace|run|trigger|approve|reject|retry|init|activate|migrate|connect|ssh|scp|tunnel-through-iap|get-credentials|add-*|set-*|update-*|create-*|enable-*|move-*|recreate-*|start-*|perform-*|change-*|bulk-*|apply-*|import-*|export-*|simulate-*|suspend-*|resume-*|resize-*|attach-*|insert-*|publish-*|modify-*|replace-*|rolling-*|wait-until|grant-*|copy-*|verify-*|request-*";
const GCLOUD_DESTROYS: &str = "delete|remove|destroy|purge|drop|disable|stop|abandon|cancel|kill|reset|drain|detach|revoke|rm|unset|delete-*|remove-*|destroy-*|disable-*|reset-*|stop-*|clear-*|abandon-*|detach-*|revoke-*|invalidate-*|unset-*|cancel-*|purge-*";

static GCLOUD_ANY: [Entry; 9] = [
    shows(
        "list|list-*|describe|describe-*|search|search-*|lookup|read|tail|get-iam-policy|get-server-config|get-ancestors*|get-ancestors-iam-policy|get-health|get-status|get-guest-attributes|get-serial-port-output|get-screenshot|get-shielded-identity|get-nat-mapping-info|get-nat-ip-info|get-xpn-project|get-effective-firewalls|get-diagnostics|get-state|get-project|get-template|get-parent|get|wait|query|analyze-*|get-*-policy|troubleshoot-policy|ls|du|hash|cat-logs|stream-logs|print-settings",
    ),
    secret(
        "access|decrypt|asymmetric-decrypt|raw-decrypt|print-*-token|get-key|get-*-password|reset-windows-password|get-operation-credentials",
    ),
    verb("ssh")
        .options(&[value("--command", Slot::RemoteShell)])
        .open()
        .operands(&[Slot::Host])
        .rest(Slot::Text),
    destroys(GCLOUD_DESTROYS),
    changes(GCLOUD_CHANGES),
    verb("keys").verbs(&GCLOUD_ANY),
    verb(GCLOUD_GROUPS).verbs(&GCLOUD_ANY),
    // Things are plural: what is done with them stands behind.
    verb("*s").verbs(&GCLOUD_ANY),
    local("help"),
];

const COPIES: &[Opt] = &[
    flag(
        "-r|-R|--recursive|-n|--no-clobber|-p|-L|-e|-z|-Z|-j|-J|-v|-c|-C|-U|-D|--dry-run|--continue-on-error|--preserve-posix|--print-created-message|--skip-unsupported|--do-not-decompress|--all-versions|--checksums-only",
    ),
    value(
        "-a|-s|--storage-class|--content-type|--cache-control|-x|--exclude|--canned-acl|--gzip-local|--gzip-in-flight|-i|--cache-control|--predefined-acl",
        Slot::Text,
    ),
    flag("-d|--delete-unmatched-destination-objects").grave().acts(DESTROYS_REMOTE),
];

static GCLOUD: &[Entry] = &[
    local("version|help|info|topic|cheat-sheet|feedback-help"),
    verb("config").verbs(&[
        local("list"),
        verb("get-value|get").rest(Slot::Setting),
        verb("set|unset").open().rest(Slot::Text).acts(CHANGES_SETTINGS),
        verb("configurations").verbs(&[
            local("list|describe"),
            verb("create|activate|delete|rename").open().rest(Slot::Text).acts(CHANGES_SETTINGS),
        ]),
    ]),
    verb("auth").verbs(&[
        local("list"),
        secret("print-access-token|print-identity-token|print-refresh-token"),
        verb("application-default").verbs(&[secret("print-access-token"), signs("login|revoke|set-quota-project")]),
        signs("login|revoke|activate-service-account|configure-docker"),
    ]),
    verb("components").verbs(&[
        local("list"),
        verb("install|update|remove|reinstall|restore|copy-bundled-python|repositories").open().rest(Slot::Text).acts(INSTALLS_SYSTEM),
    ]),
    verb("secrets").verbs(&[
        verb("versions").verbs(&[secret("access"), shows("list|describe"), destroys("destroy|disable"), changes("add|enable")]),
        shows("list|describe|get-iam-policy"),
        destroys("delete"),
        changes("create|update|add-iam-policy-binding|set-iam-policy|replication"),
    ]),
    verb("projects").verbs(&[
        verb("delete").special(Special::Destroys).rest(Slot::Text).acts(DESTROYS_REMOTE),
        shows("list|describe|get-iam-policy|get-ancestors|get-ancestors-iam-policy"),
        changes("create|update|undelete|add-iam-policy-binding|set-iam-policy"),
        destroys("remove-iam-policy-binding"),
    ]),
    verb("storage").verbs(&[
        shows("ls|du|hash|list|cat"),
        verb("cp|rsync").options(COPIES).special(Special::Rsync).rest(Slot::Text),
        verb("mv").options(COPIES).acts(DESTROYS_REMOTE).special(Special::Rsync).rest(Slot::Text),
        verb("rm")
            .options(&[flag("-r|-R|--recursive").acts(WIPES_DATA), flag("-a|--all-versions|--continue-on-error"), value("--exclude-managed-folders|-I|--read-paths-from-stdin", Slot::Text)])
            .acts(DESTROYS_DATA)
            .rest(Slot::Text),
        secret("sign-url"),
        verb("buckets|objects|folders|managed-folders|operations|insights|batch-operations|hmac|intelligence-configs").verbs(&GCLOUD_ANY),
        changes("restore|service-agent"),
    ]),
    verb("compute").verbs(GCLOUD_COMPUTE),
    verb("alpha|beta|preview").verbs(&[verb("compute").verbs(GCLOUD_COMPUTE), verb("*").verbs(&GCLOUD_ANY)]),
    verb("init").open().acts(CHANGES_SETTINGS),
    verb(GCLOUD_GROUPS).verbs(&GCLOUD_ANY),
    verb("*s").verbs(&GCLOUD_ANY),
];

static GCLOUD_COMPUTE: &[Entry] = &[
    verb("ssh")
        .options(&[
            value("--command", Slot::RemoteShell),
            value("--ssh-flag|--ssh-key-file|--ssh-key-expiration|--ssh-key-expire-after|--container|--network|--dest-group|--strict-host-key-checking", Slot::Text),
            flag("--tunnel-through-iap|--internal-ip|--plain|--force-key-file-overwrite|--dry-run|--troubleshoot"),
        ])
        .operands(&[Slot::Host])
        .rest(Slot::Text),
    verb("scp")
        .options(&[
            flag("--recurse|--compress|--tunnel-through-iap|--internal-ip|--plain|--dry-run"),
            value("--port|--scp-flag|--ssh-key-file|--strict-host-key-checking", Slot::Text),
        ])
        .special(Special::Rsync)
        .rest(Slot::Text),
    verb("config-ssh").open().acts(CHANGES_SETTINGS),
    verb("reset-windows-password").open().rest(Slot::Text).acts(SHOWS_SECRET),
    destroys(GCLOUD_DESTROYS),
    changes(GCLOUD_CHANGES),
    verb(GCLOUD_GROUPS).verbs(&GCLOUD_ANY),
    verb("*s").verbs(&GCLOUD_ANY),
];

static GSUTIL: &[Entry] = &[
    shows("ls|du|stat|hash|cat|help|version|getacl"),
    verb("cp|rsync").options(COPIES).special(Special::Rsync).rest(Slot::Text),
    verb("mv").options(COPIES).acts(DESTROYS_REMOTE).special(Special::Rsync).rest(Slot::Text),
    verb("rm")
        .options(&[flag("-r|-R").acts(WIPES_DATA), flag("-a|-f|-I")])
        .acts(DESTROYS_DATA)
        .rest(Slot::Text),
    destroys("rb"),
    verb("acl|defacl|iam|cors|lifecycle|versioning|logging|label|web|retention|notification|kms|requesterpays|ubla|pap|autoclass|rpo|bucketpolicyonly|defstorageclass|hmac").verbs(&[
        shows("get|list"),
        changes("set|ch|create|delete|clear|lock|update|authorize|encryption|serviceaccount|stopchannel|watchbucket|release|event"),
    ]),
    secret("signurl"),
    signs("config"),
    changes("mb|setmeta|compose|rewrite|perfdiag|update"),
];

static BQ: &[Entry] = &[
    shows("ls|show|head|wait|help|info|version|get-iam-policy"),
    verb("query")
        .options(&[
            value("--destination_table|--destination_schema|--schedule", Slot::Unknown),
            flag("--dry_run").dry(),
            optional("--use_legacy_sql|--use_cache|--batch", Slot::Text),
            flag("--nouse_legacy_sql|--nouse_cache|--append_table|--replace"),
            value("--parameter|--max_rows|-n|--maximum_bytes_billed|--label|--start_row|-s|--max_statement_results|--min_completion_ratio", Slot::Text),
        ])
        .acts(ASKS_SERVICE)
        .stdin(Slot::Sql)
        .rest(Slot::Sql),
    verb("rm").options(&[flag("-r|--recursive").acts(WIPES_DATA), flag("-f|--force|-t|-d|-m|--table|--dataset|--model")]).open().acts(DESTROYS_DATA).rest(Slot::Text),
    verb("load").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    verb("extract|cp|mk|mkdef|insert|update|cancel|partition|truncate|undelete|add-iam-policy-binding|set-iam-policy|remove-iam-policy-binding|init|shell").open().rest(Slot::Text).acts(CHANGES_REMOTE),
];

// Microsoft.

const AZ_OPTIONS: &[Opt] = &[
    value("--output-file|--log-file|--output-path", Slot::Write),
    value("-o|--output|--query|--subscription|-g|--resource-group|-n|--name|-l|--location|--ids", Slot::Text),
    flag("--yes|-y"),
    flag("--debug|--verbose|--only-show-errors|--no-wait"),
];
const AZ_LOOKS: &str = "list|list-*|show|show-*|exists|check-*|query|help|what-if|wait|version|find|search|validate|get-versions|get-upgrades|get-instance-view|get-*|export-template|tail|logs|view|stats|summarize|diagnose|usage|status";
const AZ_SECRETS: &str = "list-keys|list-*-keys|list-key|list-secrets|list-connection-strings|list-connection-string|show-connection-string|show-connection-strings|list-publishing-profiles|list-publishing-credentials|list-admin-keys|list-query-keys|get-access-token|list-service-sas|generate-sas|generate-*|show-primary-key|list-credential*|show-access-token|get-credentials|get-connection-string|list-runtime-auth*|show-keys|retrieve-*|list-function-keys|list-syncfunctiontriggerstatus-keys|show-admin-keys|list-access-keys|decrypt|get-function-keys|get-*keys|get-*-key|get-*-secret|get-*-token";
const AZ_DESTROYS: &str = "delete|delete-*|remove|remove-*|purge|purge-*|stop|deallocate|disable|disable-*|reset|reset-*|revoke|revoke-*|cancel|clear|detach|disassociate|unregister|unset|destroy|abandon|uninstall|redeploy|reimage|restart|failover|undeploy|kill|unlink";

const AZ_CHANGES: &str = "create|create-*|update|update-*|set|set-*|add|add-*|start|enable|enable-*|apply|assign|attach|import|restore|resize|scale|move|deploy|invoke|upload|upgrade|copy|renew|rotate|regenerate*|register|swap|sync|open-port|capture|generalize|backup|upload-batch|invoke-action|feedback|configure|publish|run|login|logout";

/// The verbs that all groups have, behind a group's own.
macro_rules! az_group {
    ($($own:expr),* $(,)?) => {
        [
            $($own,)*

    secret(AZ_SECRETS),
    verb("keys|key|credential|credentials|admin-key|query-key|connection-string|appsettings|access-key|secret|secrets|hybrid-connection-key|sas").verbs(&AZ_SECRET),
    verb("run-command").verbs(&[
        shows("list|show|wait"),
        verb("invoke|create|update").options(&[value("--scripts|--script", Slot::RemoteShell)]).open().rest(Slot::Text).acts(CHANGES_REMOTE),
        destroys("delete"),
    ]),
    verb("exec").options(&[value("--exec-command|--command", Slot::RemoteShell)]).open().rest(Slot::Text).acts(ASKS_REMOTE),
    verb("delete-batch").open().rest(Slot::Text).acts(WIPES_DATA),
    shows(AZ_LOOKS),
    destroys(AZ_DESTROYS),
    changes(AZ_CHANGES),
    verb("*").verbs(&AZ_ANY)
        ]
    };
}

static AZ_ANY: [Entry; 9] = az_group![];

/// Below what holds secrets, looking shows them.
static AZ_SECRET: [Entry; 3] = [
    secret("list|show|list-*|show-*|download|backup|renew|export"),
    destroys(AZ_DESTROYS),
    changes("set|create|update|regenerate*|rotate|restore|recover|set-attributes|import"),
];

static AZ: &[Entry] = &[
    local("version|help|find|--version"),
    verb("login|logout").open().acts(CHANGES_SECRETS),
    verb("upgrade").open().acts(INSTALLS_SYSTEM),
    verb("account").verbs(&az_group![
        secret("get-access-token"),
        shows("show|list|list-locations"),
        verb("set|clear").open().acts(CHANGES_SETTINGS),
    ]),
    verb("config").verbs(&[
        verb("get").open().rest(Slot::Setting).acts(LOOKS),
        verb("set|unset").open().rest(Slot::Text).acts(CHANGES_SETTINGS),
    ]),
    verb("configure")
        .options(&[flag("-l|--list-defaults").dry(), value("-d|--defaults|--scope", Slot::Text)])
        .acts(CHANGES_SETTINGS),
    verb("cloud").verbs(&[
        local("list|show|list-profiles"),
        verb("set|register|unregister|update").open().acts(CHANGES_SETTINGS),
    ]),
    verb("extension").verbs(&[
        local("list|show|list-available|list-versions"),
        verb("add|update|remove").open().acts(INSTALLS_SYSTEM),
    ]),
    verb("bicep").verbs(&[
        local("version|list-versions|lint"),
        verb("build|decompile|format|generate-params|restore|publish|decompile-params|build-params")
            .options(&[
                flag("--stdout"),
                value("-f|--file", Slot::Read),
                value("--outfile|--outdir", Slot::Write),
            ])
            .acts(CHANGES_REPOSITORY),
        verb("install|uninstall|upgrade").open().acts(INSTALLS_SYSTEM),
    ]),
    verb("keyvault").verbs(&az_group![
        verb("secret").verbs(&[
            shows("list|list-versions|list-deleted"),
            secret("show|download|backup"),
            destroys("delete|purge"),
            changes("set|set-attributes|recover|restore"),
        ]),
        verb("key").verbs(&[
            shows("list|list-versions|list-deleted|show|show-deleted|get-policy-template"),
            secret("decrypt|backup|download|encrypt|sign"),
            destroys("delete|purge|rotate"),
            changes("create|import|set-attributes|recover|restore|verify|random"),
        ]),
        verb("certificate").verbs(&az_group![
            shows("list|list-versions|list-deleted|show|show-deleted|get-default-policy"),
            secret("download|backup"),
        ]),
        shows("list|show|list-deleted|show-deleted|check-name|wait"),
    ]),
    verb("group").verbs(&[
        verb("delete")
            .options(&[value("-f|--force-deletion-types", Slot::Text)])
            .special(Special::Destroys)
            .acts(DESTROYS_REMOTE),
        shows("list|show|exists|export|wait"),
        changes("create|update"),
        verb("lock").verbs(&AZ_ANY),
    ]),
    verb("aks").verbs(&az_group![
        verb("get-credentials").open().acts(CHANGES_SECRETS),
        verb("command").verbs(&[
            verb("invoke").options(&[value("-c|--command", Slot::RemoteShell)]).open().acts(ASKS_REMOTE),
            shows("result"),
        ]),
        verb("install-cli|install-connector").open().acts(INSTALLS_SYSTEM),
    ]),
    verb("acr").verbs(&az_group![
        signs("login"),
        verb("credential").verbs(&AZ_SECRET),
        verb("build|run").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    ]),
    verb("ad").verbs(&az_group![
        verb("sp").verbs(&az_group![
            secret("create-for-rbac"),
            verb("credential").verbs(&[shows("list"), secret("reset"), destroys("delete")]),
        ]),
        verb("app").verbs(&az_group![verb("credential").verbs(&[
            shows("list"),
            secret("reset"),
            destroys("delete")
        ]),]),
    ]),
    verb("interactive|feedback|rest|next|init|scenario").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    verb("*").verbs(&AZ_ANY),
];

// Other clouds: a service, a thing, a verb.

const SHOWING: &str = "list|ls|list-*|show|show-*|get|describe|describe-*|view|info|inspect|status|search|search-*|tail|events|history|help|exists|whoami|versions|current|find|count|stats|check|health|summary|usage";
const DESTROYING: &str = "delete|del|rm|remove|destroy|purge|terminate|drop|wipe|reset|revoke|disable|stop|kill|suspend|detach|unassign|delete-*|remove-*|bulk-delete|clear|cancel|abort|unlink|disconnect|deactivate|archive|uninstall|poweroff|power-off|shutdown|reboot|rollback|down|off|leave";
const CHANGING: &str = "create|create-*|update|update-*|set|set-*|add|add-*|edit|apply|deploy|start|restart|run|scale|resize|rename|enable|import|upload|push|attach|assign|promote|publish|register|install|open|connect|invoke|send|restore|clone|copy|move|migrate|upgrade|rotate|regenerate|login|put|new|put-*|patch|change|change-*|launch|launch-*|link|bind|unbind|rebuild|duplicate|trigger|redeploy|resume|activate|approve|transfer|sync";

/// Things of services, and what is done with them.
static THINGS: [Entry; 7] = [
    secret(
        "kubeconfig|token|tokens|secret|secrets|credential|credentials|keys|api-keys|api-key|access-key|access-keys|get-*-key|get-*-keys|get-*-token|get-*-secret|password|get-password|connection|connection-string",
    ),
    shows(SHOWING),
    destroys(DESTROYING),
    changes(CHANGING),
    changes("exec|console|ssh|shell|attach|port-forward|proxy|tunnel"),
    verb("*s|*-group|*-groups").verbs(&THINGS),
    verb(THING_NAMES).verbs(&THINGS),
];

const THING_NAMES: &str = "account|app|application|balance|bucket|certificate|cluster|compute|container|container-registry|database|db|dns|domain|droplet|endpoint|environment|firewall|floating-ip|function|group|image|instance|ip|iso|job|kubernetes|load-balancer|location|log|machine|monitoring|network|node|node-pool|nodebalancer|organization|org|page|permission|placement-group|plan|policy|pool|primary-ip|profile|project|queue|record|region|registry|release|repository|resource|role|route|router|rule|schedule|serverless|server|server-type|service|site|snapshot|space|ssh-key|stack|storage|subnet|tag|task|team|template|user|version|volume|vpc|webhook|worker|zone|1-click|datacenter|action|auth0|billing-history|cdn|floatingip|iam|identity|bv|fs|network-load-balancer|lb|os|ce|tenancy|search|audit|limits|object|vnic|boot-volume|availability-domain|compartment|flavor|keypair|security|hypervisor|aggregate|port|quota|catalog|usage|recordset|loadbalancer|backup|share|trait|event|consumer|address|universal-login|ul|attack-protection|protection|ap|bpd|bfp|spid|sit|brute-force-protection|breached-password-detection|suspicious-ip-throttling|prompt|template|branding|email|client-grant|scope|log-stream|custom-domain|quickstart|tenant|api|rule|hook|session|charge|customer|payment|invoice|subscription|price|product|coupon|refund|payout|dispute|source|token-info";

const THING_OPTIONS: &[Opt] = &[
    value(
        "-o|--output|--format|-p|--profile|--region|--context|-c|--config|--config-file|--project|--project-id|-a|--app|--org|--account|--query|--tenant|--auth|--compartment-id|--os-cloud|--team|--scope|--page|--page-size|--max-items",
        Slot::Text,
    ),
    flag("--reveal-secrets|-r").acts(SHOWS_SECRET),
    value("--file|--output-file|--save-to|--out-file", Slot::Write),
    flag(
        "-v|--verbose|-q|--quiet|--no-header|--json|-j|--debug|--no-color|--no-input|--all|--text|--no-headers|--pretty|--delimiter|--csv",
    ),
];

const TERRAFORM_APPLY: &[Opt] = &[
    value("-chdir", Slot::Folder),
    value(
        "-var|-var-file|-target|-replace|-parallelism|-lock-timeout|-state|-state-out|-input|-lock|-refresh|-backup|-exclude",
        Slot::Text,
    ),
    flag("-no-color|-compact-warnings|-json|-refresh-only|-concise|-show-sensitive|-allow-deferral"),
    flag("-auto-approve"),
    flag("-destroy").acts(DESTROYS_REMOTE),
];

const TERRAFORM_DESTROY: &[Opt] = &[
    value("-chdir", Slot::Folder),
    value(
        "-var|-var-file|-target|-replace|-parallelism|-lock-timeout|-state|-state-out|-input|-lock|-refresh|-backup|-exclude",
        Slot::Text,
    ),
    flag("-no-color|-compact-warnings|-json|-refresh-only|-concise|-show-sensitive|-allow-deferral"),
    flag("-auto-approve|-force").acts(WIPES_REMOTE),
];

static TERRAFORM: &[Entry] = &[
    local("version|help|-version|metadata|modules"),
    verb("fmt")
        .style(Style::Long)
        .options(&[flag("-check").dry(), flag("-diff|-recursive|-no-color"), value("-list|-write", Slot::Text)])
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Edit),
    verb("validate|graph").style(Style::Long).open().acts(LOOKS).rest(Slot::Text),
    verb("show").style(Style::Long).options(&[flag("-json|-show-sensitive").acts(SHOWS_SECRET), flag("-no-color"), value("-var|-var-file", Slot::Text)]).acts(LOOKS).rest(Slot::Read),
    verb("output")
        .style(Style::Long)
        .options(&[flag("-json|-raw|-show-sensitive").acts(SHOWS_SECRET), flag("-no-color"), value("-state|-var|-var-file", Slot::Text)])
        .acts(LOOKS)
        .rest(Slot::Setting),
    verb("providers").style(Style::Long).verbs(&[local("schema"), verb("lock|mirror").open().rest(Slot::Text).acts(INSTALLS)]).bare(LOOKS),
    verb("state").style(Style::Long).verbs(&[
        local("list|show|identities"),
        secret("pull"),
        destroys("rm"),
        destroys("push"),
        changes("mv|replace-provider"),
    ]),
    verb("workspace").style(Style::Long).verbs(&[
        local("list|show"),
        verb("select|new").open().rest(Slot::Text).acts(CHANGES_REPOSITORY),
        destroys("delete"),
    ]),
    verb("plan").style(Style::Long).options(&[
        value("-chdir", Slot::Folder),
        value("-out", Slot::Write),
        value("-var|-var-file|-target|-replace|-parallelism|-lock-timeout|-state|-input|-lock|-refresh|-exclude|-generate-config-out", Slot::Text),
        flag("-no-color|-compact-warnings|-json|-detailed-exitcode|-refresh-only|-concise|-destroy"),
    ]).acts(RUNS_PROJECT).rest(Slot::Text),
    verb("apply")
        .style(Style::Long)
        .options(TERRAFORM_APPLY)
        .special(Special::Destroys)
        .acts(CHANGES_REMOTE)
        .rest(Slot::Text),
    verb("destroy").style(Style::Long).options(TERRAFORM_DESTROY).acts(DESTROYS_REMOTE).rest(Slot::Text),
    verb("init|get").style(Style::Long).options(&[
        flag("-migrate-state|-force-copy").acts(DESTROYS_REMOTE),
        flag("-upgrade|-reconfigure|-no-color|-json|-update"),
        value("-backend|-backend-config|-from-module|-get|-input|-lock|-lock-timeout|-plugin-dir|-lockfile|-var|-var-file|-cloud", Slot::Text),
    ]).acts(INSTALLS).rest(Slot::Text),
    runs("test|console|query"),
    changes("import|refresh|taint|untaint"),
    destroys("force-unlock|rpcapi"),
    signs("login|logout"),
];

/// `terragrunt` over many folders at once.
static TERRAGRUNT: &[Entry] = &[
    verb("run-all|run")
        .style(Style::Long)
        .options(&[
            flag("-auto-approve|--auto-approve|--all|--graph"),
            flag("--terragrunt-non-interactive|--non-interactive"),
            value("-var|-var-file|-target|-input|-lock|-chdir", Slot::Text),
            flag("-destroy").acts(DESTROYS_REMOTE),
        ])
        .verbs(&[
            verb("destroy").style(Style::Long).open().rest(Slot::Text).acts(WIPES_REMOTE),
            verb("plan|validate|output|init|show|graph|providers")
                .style(Style::Long)
                .open()
                .rest(Slot::Text)
                .acts(RUNS_PROJECT),
            verb("apply|state|import|taint|untaint|refresh")
                .style(Style::Long)
                .open()
                .rest(Slot::Text)
                .acts(CHANGES_REMOTE),
        ]),
    verb("hclfmt|hcl").open().rest(Slot::Text).acts(CHANGES_REPOSITORY),
    runs(
        "plan|validate|output|output-module-groups|graph-dependencies|render-json|render|validate-inputs|hclvalidate|terragrunt-info|info|find|list|init|show|providers|graph|test|console|dag|stack|catalog|scaffold|plan-all|validate-all",
    ),
    verb("apply")
        .style(Style::Long)
        .options(TERRAFORM_APPLY)
        .special(Special::Destroys)
        .acts(CHANGES_REMOTE)
        .rest(Slot::Text),
    verb("destroy").style(Style::Long).options(TERRAFORM_DESTROY).acts(DESTROYS_REMOTE).rest(Slot::Text),
    verb("destroy-all").open().rest(Slot::Text).acts(WIPES_REMOTE),
    changes("apply-all|import|refresh|taint|untaint|backend|exec"),
    verb("state").verbs(&[
        runs("list|show"),
        secret("pull"),
        destroys("rm|push"),
        changes("mv|replace-provider"),
    ]),
    verb("workspace").verbs(&[runs("list|show|select|new"), destroys("delete")]),
    destroys("force-unlock"),
    local("help|version"),
];

const PULUMI_OPTIONS: &[Opt] = &[
    value(
        "-s|--stack|-C|--cwd|--color|-m|--message|-c|--config|--config-file|-p|--parallel|-t|--target|--replace|--policy-pack|--exclude|-v|--config-passphrase",
        Slot::Text,
    ),
    flag(
        "-d|--diff|-j|--json|--logtostderr|--non-interactive|-e|--emoji|--refresh|-r|--suppress-outputs|--suppress-progress|--show-config|--show-reads|--show-sames|--target-dependents|--debug|--expect-no-changes|--continue-on-error|--skip-preview",
    ),
];

static PULUMI: &[Entry] = &[
    local("version|help|about|gen-completion|whoami|console"),
    runs("preview|pre|watch"),
    verb("up|update").options(&[flag("-y|--yes|-f"), value("-s|--stack|-C|--cwd|-m|--message|-c|--config|-p|--parallel|-t|--target|--replace|--color|--config-file|--policy-pack", Slot::Text), flag("-d|--diff|-j|--json|--skip-preview|-r|--refresh|--non-interactive|--suppress-outputs")]).acts(CHANGES_REMOTE).rest(Slot::Text),
    verb("refresh").open().acts(CHANGES_REMOTE).rest(Slot::Text),
    verb("destroy|down|dn").options(PULUMI_DESTROY).acts(DESTROYS_REMOTE).rest(Slot::Text),
    verb("stack").verbs(&[
        verb("output").options(&[flag("--show-secrets").acts(SHOWS_SECRET), flag("-j|--json|--shell"), value("-s|--stack|-C|--cwd", Slot::Text)]).acts(ASKS_SERVICE).rest(Slot::Text),
        verb("export").options(&[flag("--show-secrets").acts(SHOWS_SECRET), value("--file", Slot::Write), value("-s|--stack|--version|-C|--cwd", Slot::Text)]).acts(ASKS_SERVICE),
        shows("ls|history|graph"),
        verb("select|init|unselect").open().rest(Slot::Text).acts(CHANGES_REPOSITORY),
        verb("tag").verbs(&[shows("ls|get"), changes("set"), destroys("rm")]),
        verb("rm|remove").options(&[flag("-f|--force|-y|--yes"), flag("--preserve-config"), value("-s|--stack|-C", Slot::Text)]).acts(DESTROYS_REMOTE).rest(Slot::Text),
        changes("rename|import|change-secrets-provider"),
    ]).options(&[flag("--show-ids|--show-name|-i|-u|--show-urns"), flag("--show-secrets").acts(SHOWS_SECRET), value("-s|--stack|-C|--cwd", Slot::Text)]).bare(ASKS_SERVICE),
    verb("config").options(&[flag("--show-secrets").acts(SHOWS_SECRET), flag("-j|--json"), value("-s|--stack|--config-file|-C|--cwd", Slot::Text)]).verbs(&[
        verb("get").options(&[flag("--path|-j|--json"), value("-s|--stack", Slot::Text)]).rest(Slot::Setting),
        verb("set|set-all|rm|rm-all|cp|refresh|env").open().rest(Slot::Text).acts(CHANGES_REPOSITORY),
    ]).bare(LOOKS),
    verb("logs").open().acts(ASKS_SERVICE).rest(Slot::Text),
    verb("plugin").verbs(&[local("ls"), verb("install|rm|run").open().rest(Slot::Text).acts(INSTALLS_SYSTEM)]),
    verb("state").verbs(&[destroys("delete|repair|edit"), changes("rename|unprotect|move|upgrade|protect|taint|untaint")]),
    verb("env|org|policy|schema|deployment|template").verbs(&THINGS),
    signs("login|logout"),
    destroys("cancel"),
    changes("import"),
    verb("new|install|convert|package").open().rest(Slot::Text).acts(INSTALLS),
];

const PULUMI_DESTROY: &[Opt] = &[
    flag("-y|--yes|-f").acts(WIPES_REMOTE),
    flag("--preview-only").dry(),
    value(
        "-s|--stack|-C|--cwd|-m|--message|-c|--config|-p|--parallel|-t|--target|--color|--config-file|--exclude",
        Slot::Text,
    ),
    flag(
        "-d|--diff|-j|--json|--skip-preview|-r|--refresh|--non-interactive|--suppress-outputs|--remove|--exclude-protected|--target-dependents|--continue-on-error",
    ),
];

const CDK_OPTIONS: &[Opt] = &[
    value("-a|--app", Slot::Shell),
    value(
        "-c|--context|-p|--plugin|--profile|-r|--role-arn|-o|--output|--build|--ca-bundle-path|--proxy|--notices|--toolkit-stack-name|--require-approval|--outputs-file|--progress|--tags|-t|--parameters|--concurrency|-m|--method",
        Slot::Text,
    ),
    flag(
        "-j|--json|-v|--verbose|--debug|--trace|--strict|--no-color|--ci|--lookups|-i|-q|--quiet|--all|-e|--exclusively|--no-staging|--version-reporting|--path-metadata|--asset-metadata|--fail|--long|-l|--strict|--no-lookups|--no-rollback|--hotswap|--hotswap-fallback",
    ),
];

static CDK: &[Entry] = &[
    runs("list|ls|synth|synthesize|diff|drift|metadata|acknowledge|ack|notices"),
    verb("doctor|docs|doc|version|help").open().acts(LOOKS).rest(Slot::Text),
    verb("context")
        .options(&[
            value("-e|--reset", Slot::Text).acts(CHANGES_REPOSITORY),
            flag("--clear|-f|--force").acts(CHANGES_REPOSITORY),
        ])
        .acts(LOOKS),
    verb("deploy|watch|import|rollback|refactor").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    verb("bootstrap").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    verb("destroy")
        .options(&[flag("-f|--force").acts(WIPES_REMOTE), flag("--all|-e|--exclusively")])
        .acts(DESTROYS_REMOTE)
        .rest(Slot::Text),
    destroys("gc"),
    verb("init|migrate").open().rest(Slot::Text).acts(INSTALLS),
];

const PLATFORM_OPTIONS: &[Opt] = &[
    value(
        "-a|--app|-r|--remote|-t|--token|--auth|-s|--site|--scope|-S|-T|--team|--org|-o|--org-slug|--config|-c|--project|-P|--account|--environment|-e|--service|--region|-A|--local-config|--cwd|--filter|--name|--size|--project-ref|--workdir|--profile|-p|--env|--branch|-b|-n|--num|--tail|--since|--until|--limit|--output|--format",
        Slot::Text,
    ),
    flag("-j|--json|--debug|-d|--verbose|-v|--no-color|--non-interactive|-q|--quiet|--all|-x|--extended|-h"),
];

static HEROKU: &[Entry] = &[
    verb("pg:reset")
        .options(&[
            value("-a|--app|-r|--remote", Slot::Text),
            value("-c|--confirm", Slot::Text).acts(WIPES_DATA),
        ])
        .acts(DESTROYS_DATA)
        .rest(Slot::Text),
    verb("apps:destroy|destroy|apps:delete")
        .options(&[
            value("-a|--app|-r|--remote", Slot::Text),
            value("-c|--confirm", Slot::Text).acts(WIPES_REMOTE),
        ])
        .acts(DESTROYS_REMOTE)
        .rest(Slot::Text),
    secret(
        "config|config:get|config:edit|auth:token|authorizations*|pg:credentials*|redis:credentials|clients*|addons:attach",
    ),
    verb("run|run:detached|run:inside")
        .options(&[
            value("-a|--app|-r|--remote|-s|--size|-e|--env|--type", Slot::Text),
            flag("-x|--exit-code|--no-tty|--no-notify|--no-launcher"),
        ])
        .style(Style::Posix)
        .acts(ASKS_REMOTE)
        .rest(Slot::RemoteCommand),
    verb("pg:psql|psql")
        .options(&[
            value("-c|--command", Slot::Sql),
            value("-f|--file", Slot::Unknown),
            value("-a|--app|-r|--remote|--credential", Slot::Text),
        ])
        .acts(ASKS_SERVICE)
        .rest(Slot::Text)
        .stdin(Slot::Sql),
    shows(
        "apps|apps:info|info|apps:list|list|logs|ps|ps:type|releases|releases:info|releases:output|addons|addons:info|addons:services|addons:plans|domains|domains:info|domains:wait|buildpacks|buildpacks:info|buildpacks:versions|buildpacks:search|certs|certs:info|features|features:info|labs|labs:info|access|members|orgs|teams|pipelines|pipelines:info|pipelines:diff|pg|pg:info|pg:ps|pg:backups|pg:backups:info|pg:backups:schedules|pg:locks|pg:diagnose|pg:bloat|pg:outliers|pg:long-running-queries|pg:index-usage|pg:settings|pg:wait|redis|redis:info|regions|stack|status|version|help|auth:whoami|whoami|notifications|sessions|spaces|spaces:info|drains|maintenance|plugins|reviewapps|webhooks|webhooks:info|git:remote|commands|search|which|ps:autoscale|keys|container|dashboard|local:version",
    ),
    destroys(
        "*:destroy|*:delete|*:remove|*:kill|*:killall|*:stop|*:restart|*:revoke|*:reset|*:unset|*:clear|*:disable|*:rollback|*:detach|*:unlink|rollback|restart|dyno:*|kill|pg:backups:restore|pg:backups:delete|pg:push|pg:pull",
    ),
    runs("local|local:start|local:run"),
    signs("login|logout|auth:login|auth:logout|container:login"),
    publishes("container:push|container:release|git:push"),
    changes("*:*|create|join|leave|open|scale|rename|update"),
];

static FLY: &[Entry] = &[
    verb("ssh").verbs(&[
        verb("console").options(&[value("-C|--command", Slot::RemoteShell), value("-a|--app|-r|--region|-u|--user|-o|--org|-c|--config|--machine|--container", Slot::Text), flag("-s|--select|-q|--quiet|-A|--pty")]).acts(ASKS_REMOTE),
        secret("issue"),
        changes("establish|log|sftp"),
    ]),
    verb("apps").verbs(&[
        verb("destroy").options(&[flag("-y|--yes").acts(WIPES_REMOTE)]).acts(DESTROYS_REMOTE).rest(Slot::Text),
        shows("list|errors|releases|open"),
        changes("create|move|restart|suspend|resume"),
    ]),
    verb("destroy").options(&[flag("-y|--yes").acts(WIPES_REMOTE)]).acts(DESTROYS_REMOTE).rest(Slot::Text),
    verb("secrets").verbs(&[shows("list"), destroys("unset"), changes("set|import|deploy|sync"), secret("keys")]),
    verb("auth").verbs(&[shows("whoami"), secret("token"), signs("login|logout|signup|docker")]),
    secret("tokens"),
    verb("config").verbs(&[shows("show|validate|display"), secret("env"), verb("save").open().acts(CHANGES_REPOSITORY)]),
    verb("machine|machines|m").verbs(&[
        shows("list|status|leases|egress-ip"),
        verb("exec").options(&[value("-a|--app|--timeout", Slot::Text)]).operands(&[Slot::Text]).acts(ASKS_REMOTE).rest(Slot::RemoteShell),
        destroys("destroy|remove|rm|kill|stop|restart|cordon|suspend"),
        changes("run|create|clone|start|update|uncordon|api-proxy|proxy"),
    ]),
    shows("status|logs|releases|checks|doctor|dig|history|info|version|help|docs|ping|dashboard"),
    verb("regions|platform|services|orgs|ips|certs|image|scale|volumes|volume|vol|postgres|pg|wireguard|redis|agent|extensions|ext|tokens|storage").verbs(&[
        shows("list|show|check|status|events|view|ls|regions|vm-sizes"),
        destroys("destroy|delete|remove|release|revoke|reset|failover|detach|restart"),
        changes("*"),
    ]),
    changes("deploy|launch|create|resume|suspend|restart|open|proxy|sftp|console|mysql|move|consul|litefs-cloud|synthetics|mcp|turboku"),
];

static VERCEL: &[Entry] = &[
    verb("remove|rm").options(&[flag("-y|--yes|-s|--safe").acts(DESTROYS_REMOTE)]).acts(DESTROYS_REMOTE).rest(Slot::Text),
    verb("env").verbs(&[shows("ls|list"), secret("pull"), destroys("rm|remove"), changes("add|update"), verb("run").acts(SHOWS_SECRET).rest(Slot::Command)]),
    verb("secrets|secret").verbs(&[shows("ls|list"), destroys("rm|remove"), changes("add|rename")]),
    verb("project|projects|domains|dns|certs|alias|aliases|teams|team|switch|integration|blob|cache|target|targets|rolling-release|microfrontends|edge-config|webhooks").verbs(&[
        shows("ls|list|inspect|fetch"),
        destroys("rm|remove|purge|del|delete|invalidate|dangerously-delete"),
        changes("*"),
    ]),
    shows("ls|list|inspect|logs|log|whoami|help|httpstat|open|activity|metrics"),
    runs("dev|build"),
    publishes("deploy|promote"),
    destroys("rollback|redeploy"),
    signs("login|logout"),
    changes("link|pull|init|git|bisect|install|telemetry|curl|guidance|mcp"),
];

static NETLIFY: &[Entry] = &[
    shows(
        "status|open|sites:list|sites:search|addons:list|env:list|functions:list|blobs:list|blobs:get|logs|logs:function|logs:deploy|help|watch|api-list|teams:list|version|recipes:list|completion|link-info",
    ),
    secret("env:get|env:clone|env:import-list"),
    destroys("*:delete|*:unset|unlink"),
    runs("dev|dev:exec|build|serve|functions:serve|functions:invoke"),
    publishes("deploy|functions:deploy"),
    signs("login|logout|switch"),
    changes("*:*|link|init|api|env|sites|functions|lm|recipes|clone"),
];

static WRANGLER: &[Entry] = &[
    shows("whoami|help|tail|docs|types-check|telemetry-status"),
    secret("auth"),
    publishes("deploy|publish|versions-upload"),
    runs("dev|check|build|types|preview|test"),
    verb("d1").verbs(&[
        verb("execute").options(&[
            value("--command", Slot::Sql),
            value("--file", Slot::Unknown),
            flag("--local|--remote|-y|--yes|--json|--preview"),
            value("--persist-to|--batch-size|-c|--config|-e|--env", Slot::Text),
        ]).operands(&[Slot::Text]).acts(ASKS_SERVICE),
        shows("list|info|insights"),
        verb("migrations").verbs(&[shows("list"), changes("apply|create")]),
        verb("delete").open().rest(Slot::Text).acts(DESTROYS_DATA),
        verb("time-travel").verbs(&[shows("info"), destroys("restore")]),
        changes("create|export|backup"),
    ]),
    verb("kv:*").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    verb("kv|r2|queues|hyperdrive|vectorize|pages|secret|secrets-store|deployments|versions|pubsub|dispatch-namespace|mtls-certificate|cert|workflows|pipelines|ai|containers|vpc|triggers|cloudchamber").verbs(&WRANGLER_THINGS),
    verb("deployments|rollback|delete").open().rest(Slot::Text).acts(DESTROYS_REMOTE),
    signs("login|logout"),
    verb("init|generate|setup").open().rest(Slot::Text).acts(INSTALLS),
];

static WRANGLER_THINGS: [Entry; 7] = [
    shows("list|view|info|status|describe|get-stats|models"),
    verb("get").open().rest(Slot::Text).acts(ASKS_REMOTE),
    verb("dev").open().rest(Slot::Text).acts(RUNS_PROJECT),
    verb("deploy|publish").open().rest(Slot::Text).acts(PUBLISHES),
    destroys("delete|bulk-delete|purge|pause-delivery|remove"),
    verb("namespace|key|bulk|bucket|object|deployment|project|secret|lifecycle|domain|notification|consumer|subscription|instances|sippy|cors|lock|catalog|store|finetune|upload").verbs(&WRANGLER_THINGS),
    changes("create|put|bulk-put|update|upload|insert|upsert|purge|add|send|trigger|enable|disable|set|terminate|pause|resume"),
];

static RAILWAY: &[Entry] = &[
    shows("status|list|logs|whoami|help|docs|open|starship|completion|metrics"),
    secret("variables|vars|variable|connect"),
    verb("run|local").acts(SHOWS_SECRET).rest(Slot::Command),
    verb("ssh")
        .acts(ASKS_REMOTE)
        .options(&[value("-s|--service|-e|--environment|-p|--project", Slot::Text)])
        .rest(Slot::RemoteCommand),
    verb("shell|dev").open().rest(Slot::Text).acts(RUNS_PROJECT),
    destroys("down|delete|unlink|restart|redeploy"),
    publishes("up|deploy"),
    signs("login|logout"),
    verb("environment|env|volume|domain|service|function|functions|project").verbs(&THINGS),
    changes("link|init|add|scale"),
];

static FIREBASE: &[Entry] = &[
    verb("firestore:delete")
        .options(&[
            flag("--all-collections").acts(WIPES_DATA),
            flag("-r|--recursive|-y|-f|--force|--yes|--shallow"),
            value("-P|--project|--database", Slot::Text),
        ])
        .acts(DESTROYS_DATA)
        .rest(Slot::Text),
    secret("functions:secrets:access|functions:config:get|login:ci|functions:config:export|auth:export"),
    shows(
        "projects:list|apps:list|apps:sdkconfig|database:get|database:instances:list|functions:list|functions:log|hosting:sites:list|hosting:sites:get|hosting:channel:list|firestore:indexes|firestore:databases:list|firestore:databases:get|firestore:locations|ext:list|ext:info|help|login:list|remoteconfig:get|remoteconfig:versions:list|emulators:list|functions:secrets:get|appdistribution:testers:list|appcheck:list|open|firestore:backups:list|dataconnect:services:list|apphosting:backends:list|apphosting:backends:get",
    ),
    verb("database:remove|firestore:databases:delete|firestore:backups:delete")
        .open()
        .rest(Slot::Text)
        .acts(DESTROYS_DATA),
    destroys(
        "*:delete|*:remove|*:disable|*:destroy|*:uninstall|*:rollback|*:unset|*:prune|*:clear|hosting:disable|*:update|*:set",
    ),
    runs("emulators:start|emulators:exec|serve|functions:shell|emulators:export"),
    publishes("deploy|hosting:channel:deploy|appdistribution:distribute|hosting:clone"),
    signs("login|logout|login:use|login:add"),
    verb("use|target|target:*").open().rest(Slot::Text).acts(CHANGES_REPOSITORY),
    changes("*:*|init|experiments"),
];

static SUPABASE: &[Entry] = &[
    verb("db").verbs(&[
        verb("reset").options(&[flag("--linked").acts(WIPES_DATA), value("--db-url", Slot::Text).acts(WIPES_DATA), flag("--local|--no-seed|--debug|--yes"), value("--version|--last|--workdir|--sql-paths", Slot::Text)]).acts(DESTROYS_DATA),
        verb("dump").options(&[value("-f|--file", Slot::Write), value("--db-url|-p|--password|-s|--schema|-x|--exclude", Slot::Text), flag("--data-only|--dry-run|--keep-comments|--linked|--local|--role-only|--use-copy")]).acts(ASKS_SERVICE),
        runs("diff|lint|start|test|advisors"),
        changes("push|pull|remote|branch"),
        verb("query").options(&[flag("--linked|--local"), value("--output|-o", Slot::Text)]).acts(ASKS_SERVICE).rest(Slot::Sql),
    ]),
    shows("help|services"),
    secret("status|projects-api-keys"),
    verb("projects").verbs(&[secret("api-keys"), shows("list"), destroys("delete"), changes("create")]),
    verb("secrets|functions|orgs|branches|domains|vanity-subdomains|ssl-enforcement|network-bans|network-restrictions|postgres-config|storage|sso|snippets|backups|config|encryption").verbs(&[
        shows("list|get|download-list|ls"),
        publishes("deploy"),
        runs("serve|new"),
        destroys("delete|unset|remove|rm|disable|restore"),
        changes("*"),
    ]),
    verb("migration|migrations").verbs(&[shows("list"), runs("new|squash|fetch"), changes("up|repair"), verb("down").open().acts(DESTROYS_DATA)]),
    verb("gen").verbs(&[runs("types|signing-key|bearer-jwt|keys")]),
    verb("inspect").verbs(&[verb("db|report").open().rest(Slot::Text).acts(ASKS_SERVICE)]),
    runs("start|init|test|seed|bootstrap|link|unlink"),
    verb("stop").options(&[flag("--no-backup").acts(DESTROYS_DATA), flag("--all"), value("--project-id|--backup", Slot::Text)]).acts(CHANGES_REMOTE),
    signs("login|logout"),
];

static STRIPE: &[Entry] = &[
    local("version|help|completion|open|status|samples"),
    shows("get|logs|events|resources|products-list"),
    verb("listen").options(&[flag("--print-secret").acts(SHOWS_SECRET), value("-f|--forward-to|-c|--forward-connect-to", Slot::Url), value("-e|--events|-H|--headers", Slot::Text), flag("-a|--latest|-l|--live|-j|--print-json|-s|--skip-verify")]).acts(ASKS_REMOTE),
    secret("config"),
    signs("login|logout"),
    verb("delete|post|trigger|fixtures|serve").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    verb("*").verbs(&[
        shows("list|retrieve|search|list_*|retrieve_*|balance_transactions"),
        destroys("delete|cancel|void|void_invoice|expire|detach|close|reject|deactivate|finalize|mark_uncollectible"),
        changes("*"),
    ]),
];

static TWILIO: &[Entry] = &[
    shows("*:list|*:fetch|help|plugins|profiles:list|debugger:logs:list|search"),
    destroys("*:remove|*:delete"),
    signs("login|profiles:*"),
    publishes("serverless:deploy|flex:plugins:deploy"),
    runs("serverless:start|serverless:test"),
    changes("*:*"),
];

static SERVERLESS: &[Entry] = &[
    runs("print|package|info|plugin-list|offline|test|invoke-local|doctor|support|dev|metrics"),
    verb("deploy")
        .open()
        .rest(Slot::Text)
        .verbs(&[verb("list").verbs(&[shows("functions")]).bare(ASKS_SERVICE), changes("function")])
        .acts(CHANGES_REMOTE),
    verb("invoke").verbs(&[runs("local")]).open().rest(Slot::Text).acts(CHANGES_REMOTE),
    shows("logs"),
    local("help|version|slstats"),
    verb("config|login|logout").open().rest(Slot::Text).acts(CHANGES_SECRETS),
    destroys("remove|rollback"),
    verb("plugin")
        .verbs(&[shows("list|search"), verb("install|uninstall").open().rest(Slot::Text).acts(INSTALLS)]),
    verb("create|upgrade").open().rest(Slot::Text).acts(INSTALLS),
];

static SAM: &[Entry] = &[
    runs("build|validate|package-local"),
    verb("local").verbs(&[runs("invoke|start-api|start-lambda|generate-event|execute")]),
    shows("logs|list|traces"),
    local("docs|help"),
    verb("delete")
        .options(&[
            flag("--no-prompts").acts(WIPES_REMOTE),
            value(
                "--stack-name|--region|--profile|--config-file|--config-env|--s3-bucket|--s3-prefix",
                Slot::Text,
            ),
            flag("--debug|--save-params"),
        ])
        .acts(DESTROYS_REMOTE),
    verb("deploy|sync|package|publish|remote|pipeline").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    verb("init").open().rest(Slot::Text).acts(INSTALLS),
];

static AMPLIFY: &[Entry] = &[
    shows("status|diagnose|console|help|version|sandbox-status"),
    verb("delete").options(&[flag("--force|-y|--yes").acts(WIPES_REMOTE)]).acts(DESTROYS_REMOTE),
    verb("env").verbs(&[shows("list|get"), destroys("remove"), changes("add|checkout|pull|import|update")]),
    runs("codegen|mock|serve|build|generate|sandbox"),
    destroys("remove"),
    publishes("publish"),
    changes(
        "push|pull|add|update|init|configure|import|override|export|upgrade|function|api|auth|storage|hosting|notifications",
    ),
];

static EB: &[Entry] = &[
    shows("status|health|events|list|logs|tags-list|appversion-list|platform-list|help"),
    secret("printenv"),
    verb("ssh")
        .options(&[
            value("-c|--command", Slot::RemoteShell),
            value("-i|--instance|-n|--number|-e|--custom|--timeout", Slot::Text),
            flag("--force|--setup|-o|--keep_open"),
        ])
        .acts(ASKS_REMOTE)
        .rest(Slot::Text),
    verb("terminate")
        .options(&[
            flag("--all|--force").acts(WIPES_REMOTE),
            flag("--ignore-links|-nh|--nohang"),
            value("--timeout|-r|--region", Slot::Text),
        ])
        .acts(DESTROYS_REMOTE)
        .rest(Slot::Text),
    destroys("abort|swap|restart"),
    changes(
        "create|deploy|setenv|scale|upgrade|use|init|config|clone|open|tags|appversion|platform|restore|local|codesource|labs|migrate",
    ),
];

static COPILOT: &[Entry] = &[
    verb("app|env|svc|service|job|task|storage|pipeline|secret").verbs(&[
        shows("ls|list|show|status|logs"),
        verb("exec")
            .options(&[
                value("-c|--command", Slot::RemoteShell),
                value("-a|--app|-n|--name|-e|--env|--container|--task-id", Slot::Text),
                flag("--yes"),
            ])
            .acts(ASKS_REMOTE),
        verb("delete")
            .options(&[
                flag("--yes").acts(WIPES_REMOTE),
                value("-a|--app|-n|--name|-e|--env|--env-profiles", Slot::Text),
            ])
            .acts(DESTROYS_REMOTE),
        runs("package|override"),
        destroys("pause|unset"),
        changes("*"),
    ]),
    local("version|docs|help|completion"),
    changes("init|deploy|run"),
];

static PACKER: &[Entry] = &[
    local("version|help"),
    verb("inspect|console|validate")
        .style(Style::Long)
        .options(&[
            flag("-machine-readable|-syntax-only|-evaluate-datasources|-config-type"),
            value(
                "-var|-var-file|-only|-except|-no-warn-undeclared-var|-use-sequential-evaluation",
                Slot::Text,
            ),
        ])
        .acts(LOOKS)
        .rest(Slot::Read),
    verb("fmt")
        .style(Style::Long)
        .options(&[flag("-check").dry(), flag("-diff|-recursive"), value("-write", Slot::Text)])
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Text),
    verb("init|plugins").open().rest(Slot::Text).acts(INSTALLS),
    verb("build").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    runs("fix|hcl2_upgrade"),
];

const VAULT_OPTIONS: &[Opt] = &[
    value(
        "-address|-agent-address|-ca-cert|-ca-path|-client-cert|-client-key|-namespace|-ns|-tls-server-name|-wrap-ttl|-format|-field|-header|-mfa|-output-policy",
        Slot::Text,
    ),
    flag("-tls-skip-verify|-non-interactive|-output-curl-string|-policy-override"),
];

static VAULT: &[Entry] = &[
    shows("status|list|path-help|version|help|version-history|events|monitor").style(Style::Long),
    verb("kv").style(Style::Long).verbs(&[
        shows("list").style(Style::Long),
        verb("metadata").style(Style::Long).verbs(&[shows("get"), destroys("delete"), changes("put|patch")]),
        secret("get").style(Style::Long),
        destroys("delete|destroy|rollback").style(Style::Long),
        changes("put|patch|undelete|enable-versioning").style(Style::Long),
    ]),
    secret("read|unwrap|print|transit|pki|proxy").style(Style::Long),
    verb("secrets|auth|audit|plugin|policy|namespace|lease|operator|debug").style(Style::Long).verbs(&[
        shows("list|info|read|members|raft-list|lookup|diagnose|key-status").style(Style::Long),
        destroys("disable|delete|revoke|seal|step-down|rekey|generate-root|rotate|deregister|init|unseal|migrate|generate-*").style(Style::Long),
        changes("*").style(Style::Long),
    ]),
    verb("token").style(Style::Long).verbs(&[shows("lookup|capabilities").style(Style::Long), secret("create").style(Style::Long), destroys("revoke").style(Style::Long), changes("renew").style(Style::Long)]),
    verb("server").style(Style::Long).open().rest(Slot::Text).acts(RUNS_UNKNOWN),
    signs("login|ssh").style(Style::Long),
    destroys("delete").style(Style::Long),
    changes("write|patch|agent").style(Style::Long),
];

static CONSUL: &[Entry] = &[
    shows("members|info|catalog|rtt|version|help|monitor|validate|operator-raft-list-peers|resource-list").style(Style::Long),
    verb("kv").style(Style::Long).verbs(&[
        verb("get|export").style(Style::Long).open().rest(Slot::Text).acts(ASKS_SERVICE),
        verb("delete").style(Style::Long).open().rest(Slot::Text).acts(DESTROYS_DATA),
        changes("put|import").style(Style::Long),
    ]),
    verb("acl|config|intention|operator|peering|services|snapshot|tls|connect|namespace|partition|troubleshoot|resource").style(Style::Long).verbs(&CONSUL_THINGS),
    secret("keygen|keyring").style(Style::Long),
    verb("exec").style(Style::Long).open().acts(ASKS_REMOTE).rest(Slot::RemoteCommand),
    verb("lock|watch").style(Style::Long).open().rest(Slot::Command),
    destroys("leave|force-leave|maint|reload").style(Style::Long),
    changes("join|event|login|logout|debug|agent").style(Style::Long),
];

static CONSUL_THINGS: [Entry; 4] = [
    shows("list|read|get|inspect|list-peers|check|match|state|stale|exported-services|upstreams|proxy")
        .style(Style::Long),
    destroys("delete|remove-peer|restore|revoke|deregister|rm").style(Style::Long),
    verb("token|policy|role|auth-method|binding-rule|raft|autopilot|area|usage|ca|cert")
        .style(Style::Long)
        .verbs(&CONSUL_THINGS),
    changes("*").style(Style::Long),
];

static NOMAD: &[Entry] = &[
    shows("status|version|help|ui|monitor|agent-info|inspect|validate|plan|logs|node-status|server-members").style(Style::Long),
    verb("alloc|allocs").style(Style::Long).verbs(&[
        shows("status|logs|fs|checks|list").style(Style::Long),
        verb("exec").style(Style::Posix).options(&[value("-task|-e|-job|-address|-namespace|-region|-i|-t", Slot::Text)]).acts(ASKS_REMOTE).operands(&[Slot::Text]).rest(Slot::RemoteCommand),
        destroys("stop|restart|signal|pause").style(Style::Long),
    ]),
    verb("job|node|server|deployment|eval|namespace|quota|operator|volume|service|system|var|acl|plugin|scaling|sentinel|tls|config|recommendation|setup|license").style(Style::Long).verbs(&NOMAD_THINGS),
    destroys("stop").style(Style::Long),
    changes("run|agent|fmt|login|init|exec").style(Style::Long),
];

static NOMAD_THINGS: [Entry; 6] = [
    secret("get|token-create|bootstrap|gossip-keyring|root").style(Style::Long),
    shows("status|list|history|inspect|validate|plan|allocs|deployments|members|info|list-peers|scaling-events|info|read|metrics").style(Style::Long),
    destroys("stop|delete|fail|gc|drain|purge|deregister|remove-peer|force-leave|reconcile|restart|revert|detach|lock|snapshot-restore").style(Style::Long),
    verb("raft|autopilot|snapshot|keyring|policy|token|role|reconcile|scheduler|api|tag|auth-method|binding-rule|ca|cert|summaries|metrics").style(Style::Long).verbs(&NOMAD_THINGS),
    verb("eligibility|dispatch|run|scale|promote|pause|resume|unblock|put|apply|create|register|update|init|periodic|start|action|debug|set-config|save|rotate|self|login").style(Style::Long).open().rest(Slot::Text).acts(CHANGES_REMOTE),
    local("help").style(Style::Long),
];

static BOUNDARY: &[Entry] = &[
    local("version|help"),
    verb("connect|authenticate|logout|login|database|dev|server|daemon|config")
        .open()
        .rest(Slot::Text)
        .acts(CHANGES_REMOTE),
    verb("*").style(Style::Long).verbs(&[
        shows("list|read|search").style(Style::Long),
        destroys("delete|cancel|remove-*").style(Style::Long),
        changes("*").style(Style::Long),
    ]),
];

static ARGOCD: &[Entry] = &[
    verb("app|appset|proj|repo|repocreds|cluster|cert|gpg|account|admin|configure").verbs(&[
        shows("list|get|diff|history|logs|manifests|resources|wait|get-user-info|can-i|actions|list-keys|windows|role|notifications|settings"),
        secret("initial-password|generate-token|bcrypt"),
        verb("delete").options(&[flag("-y|--yes|--cascade"), value("-p|--propagation-policy|-l|--selector|-N|--app-namespace", Slot::Text)]).acts(DESTROYS_REMOTE).rest(Slot::Text),
        destroys("delete-resource|rm|remove-*|terminate-op|rollback|rotate-auth|delete-*"),
        changes("*"),
    ]),
    shows("version|help|completion|context"),
    signs("login|logout|relogin"),
];

static FLUX: &[Entry] = &[
    verb("get|logs|stats|trace|tree|check|events|version|completion|help|export|diff|debug")
        .open()
        .rest(Slot::Text)
        .acts(ASKS_SERVICE),
    runs("build|envsubst"),
    destroys("delete|uninstall|suspend"),
    publishes("push|tag"),
    verb("pull").open().rest(Slot::Text).acts(ASKS_REMOTE),
    verb("list").open().rest(Slot::Text).acts(ASKS_SERVICE),
    changes("create|bootstrap|install|reconcile|resume|migrate"),
];

static MESH: &[Entry] = &[
    shows(
        "version|help|proxy-status|ps|proxy-config|pc|analyze|bug-report|check|stat|top|tap|edges|routes|viz|diagnostics|identity|authz|profile|status|endpoints|completion|dashboard|validate|hubble|sysdump|config-view|bgp",
    ),
    runs(
        "manifest|inject|kube-inject|prune|install-cni|multicluster|mc|remote-clusters|create-remote-secret",
    ),
    destroys("uninstall|uninject|remove-from-mesh"),
    changes(
        "install|upgrade|operator|tag|admin|connectivity|config|clustermesh|kvstoremesh|enable|disable|waypoint|ztunnel-config|upgrade-*|x|experimental",
    ),
];

static VELERO: &[Entry] = &[
    verb("backup|restore|schedule|backup-location|snapshot-location|plugin|repo|client|debug").verbs(&[
        shows("get|describe|logs|download-list"),
        verb("delete")
            .options(&[
                flag("--all").acts(WIPES_DATA),
                flag("--confirm"),
                value("-n|--namespace|-l|--selector", Slot::Text),
            ])
            .acts(DESTROYS_DATA)
            .rest(Slot::Text),
        changes("*"),
    ]),
    shows("get|describe|version|help|completion"),
    destroys("uninstall|delete"),
    changes("create|install|set"),
];

static ANSIBLE_GALAXY: &[Entry] = &[
    verb("role|collection").verbs(&[
        shows("list|info|search|verify|download-list"),
        verb("install|download").open().rest(Slot::Text).acts(INSTALLS),
        publishes("publish|import"),
        writes("init|build|remove|setup"),
        destroys("delete"),
    ]),
    shows("list|info|search|verify"),
    verb("install|download").open().rest(Slot::Text).acts(INSTALLS),
    publishes("publish|import"),
    writes("init|build|remove|setup"),
    signs("login|logout"),
];

pub(super) static ENTRIES: &[Entry] = &[
    program("aws").options(AWS_OPTIONS).verbs(AWS).special(Special::Values),
    program("gcloud").options(GCLOUD_OPTIONS).verbs(GCLOUD),
    program("gsutil").options(&[flag("-m|-q|-D|-DD|-i"), value("-o|-h|-u", Slot::Text)]).verbs(GSUTIL),
    program("bq").options(&[value("--project_id|--location|--dataset_id|--format|--job_id|--bigqueryrc|--api|--apilog", Slot::Text), flag("-q|--quiet|--headless|--sync|--nosync|--synchronous_mode")]).verbs(BQ),
    program("az").options(AZ_OPTIONS).verbs(AZ).special(Special::Values),
    program("doctl|hcloud|linode-cli|oci|ibmcloud|openstack|auth0|okta|vultr-cli|scw|civo|upctl|render|pscale|koyeb|ovhcloud|yc|aliyun|tccli|turso|neonctl|confluent|ccloud|stackit")
        .options(THING_OPTIONS)
        .verbs(CLOUD_ANY),
    program("fly|flyctl").options(PLATFORM_OPTIONS).verbs(FLY),
    program("heroku").options(PLATFORM_OPTIONS).verbs(HEROKU),
    program("vercel|vc").options(PLATFORM_OPTIONS).verbs(VERCEL).bare(PUBLISHES),
    program("netlify|ntl").options(PLATFORM_OPTIONS).verbs(NETLIFY),
    program("wrangler").options(PLATFORM_OPTIONS).verbs(WRANGLER),
    program("railway").options(PLATFORM_OPTIONS).verbs(RAILWAY),
    program("firebase|firebase-tools").options(PLATFORM_OPTIONS).verbs(FIREBASE),
    program("supabase").options(PLATFORM_OPTIONS).verbs(SUPABASE),
    program("stripe").options(&[value("--api-key|--project-name|-p|--color|--config|--log-level|--device-name", Slot::Text)]).verbs(STRIPE),
    program("twilio").options(&[value("-p|--profile|-o|--cli-output-format|-l|--cli-log-level", Slot::Text)]).verbs(TWILIO),
    program("sentry-cli")
        .options(&[value("--url|--auth-token|--header|--log-level|-o|--org|-p|--project", Slot::Text), flag("--quiet|--silent|--allow-failure")])
        .verbs(&[
            shows("info|help"),
            verb("releases|release|projects|organizations|issues|repos|monitors|events|deploys").verbs(&[shows("list|info"), verb("propose-version").acts(LOOKS), destroys("delete|archive|mute|resolve"), changes("*")]),
            publishes("sourcemaps|upload-dif|upload-proguard|debug-files|react-native|send-event|send-envelope|dart-symbol-map|build|upload-dsym"),
            verb("bash-hook").open().acts(LOOKS),
            verb("update|uninstall").open().acts(INSTALLS_SYSTEM),
            signs("login"),
        ]),
    program("datadog-ci|newrelic")
        .options(&[flag("--debug|--plain"), value("--format|--profile|--accountId|-a", Slot::Text)])
        .verbs(&[
            local("version|help|git-metadata-check"),
            verb("junit|sarif|sbom|coverage|trace|measure|tag|git-metadata|dsyms|sourcemaps|flutter-symbols|elf-symbols|pe-symbols|react-native|unity-symbols|gate|deployment|dora|synthetics|lambda|cloud-run|stepfunctions|aas|container-app|plugin").open().rest(Slot::Text).acts(PUBLISHES),
            verb("*").verbs(&THINGS),
        ]),
    program("pulumi").options(PULUMI_OPTIONS).verbs(PULUMI),
    program("cdk").options(CDK_OPTIONS).verbs(CDK),
    program("sam").options(&[flag("--debug"), value("--config-env|--config-file|--profile|--region|--stack-name", Slot::Text)]).verbs(SAM),
    program("serverless|sls|osls").options(&[value("-s|--stage|-r|--region|-c|--config|--aws-profile|--org|--app|--service|-f|--function|--param", Slot::Text), flag("--verbose|--debug")]).verbs(SERVERLESS),
    program("amplify|ampx").verbs(AMPLIFY),
    program("eb").options(&[value("-r|--region|--profile", Slot::Text), flag("-v|--verbose|-q|--quiet|--debug|--no-verify-ssl")]).verbs(EB),
    program("copilot").verbs(COPILOT),
    program("terraform|tofu|opentofu").local().style(Style::Long).options(&[value("-chdir", Slot::Folder), flag("-no-color")]).verbs(TERRAFORM),
    program("terragrunt").style(Style::Long).options(&[
        value("-chdir|--terragrunt-working-dir|--working-dir|--terragrunt-config|--config|--terragrunt-log-level|--log-level|--terragrunt-parallelism|--parallelism|--terragrunt-include-dir|--terragrunt-exclude-dir|--queue-include-dir|--queue-exclude-dir|--terragrunt-download-dir|--terragrunt-iam-role|--terragrunt-source", Slot::Text),
        value("--terragrunt-tfpath|--tf-path", Slot::Unknown),
        flag("--terragrunt-non-interactive|--non-interactive|--terragrunt-no-color|--no-color|--terragrunt-ignore-dependency-errors|--terragrunt-no-auto-init|--terragrunt-ignore-external-dependencies|--terragrunt-include-external-dependencies"),
    ]).verbs(TERRAGRUNT),
    program("tfsec|terrascan|checkov|terraform-docs|cfn-lint|cfn_nag_scan")
        .options(&[
            value("-O|--out|--output-file|--output-file-path|--out-file", Slot::Write),
            flag("--fix").acts(CHANGES_REPOSITORY),
            flag("--init").acts(INSTALLS),
            value("--external-checks-dir|--plugin-dir|--external-checks-git", Slot::Unknown),
            value("--chdir|-f|--format|-c|--config|--config-file|-d|--directory|--framework|--check|--skip-check|--minimum-severity|-e|--exclude|--var|--var-file|--only|--enable-rule|--disable-rule|--output|-o|-i", Slot::Text),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    program("packer").style(Style::Long).options(&[flag("-machine-readable")]).verbs(PACKER),
    program("vault|bao").style(Style::Long).options(VAULT_OPTIONS).verbs(VAULT),
    program("consul").style(Style::Long).options(&[value("-http-addr|-token|-token-file|-datacenter|-namespace|-ca-file|-client-cert|-client-key|-partition", Slot::Text), flag("-stale")]).verbs(CONSUL),
    program("nomad").style(Style::Long).options(&[value("-address|-region|-namespace|-token|-ca-cert|-client-cert|-client-key", Slot::Text), flag("-no-color|-force-color|-tls-skip-verify")]).verbs(NOMAD),
    program("boundary").style(Style::Long).verbs(BOUNDARY),
    program("ansible")
        .options(&[
            flag("--list-hosts").dry(),
            value("-i|--inventory", Slot::Read).acts(RUNS_UNKNOWN),
            value("-m|--module-name|-a|--args|-e|--extra-vars|-f|--forks|-l|--limit|-u|--user|-c|--connection|-T|--timeout|-M|--module-path|--playbook-dir|-B|--background|-P|--poll|-t|--tree|-o|--vault-id|--vault-password-file|--private-key|--key-file|--ssh-common-args|--ssh-extra-args|--become-method|--become-user|--task-timeout", Slot::Text),
            flag("-b|--become|-K|--ask-become-pass|-k|--ask-pass|-C|--check|-D|--diff|-v|-vv|-vvv|-vvvv|--one-line|--flush-cache|-J"),
        ])
        .acts(CHANGES_REMOTE)
        .rest(Slot::Text),
    program("ansible-playbook")
        .options(&[
            flag("--list-hosts|--list-tasks|--list-tags|--syntax-check").dry(),
            // A file of a password may be a program.
            value("--vault-id|--vault-password-file", Slot::Program),
            value("-i|--inventory", Slot::Read).acts(RUNS_UNKNOWN),
            value("-e|--extra-vars|-f|--forks|-l|--limit|-u|--user|-c|--connection|-T|--timeout|-M|--module-path|-t|--tags|--skip-tags|--start-at-task|--private-key|--key-file|--ssh-common-args|--ssh-extra-args|--become-method|--become-user", Slot::Text),
            flag("-b|--become|-K|--ask-become-pass|-k|--ask-pass|-C|--check|-D|--diff|-v|-vv|-vvv|-vvvv|--step|--flush-cache|--force-handlers|-J|--ask-vault-pass"),
        ])
        .acts(CHANGES_REMOTE)
        .rest(Slot::Text),
    program("ansible-doc").options(&[value("-M|--module-path|--playbook-dir|-r|--roles-path", Slot::Unknown), value("-t|--type|-e|--entry-point", Slot::Text)]).open().acts(LOOKS).rest(Slot::Text),
    program("ansible-lint")
        .options(&[
            optional("--fix|--write", Slot::Text).acts(CHANGES_REPOSITORY),
            flag("--generate-ignore").acts(CHANGES_REPOSITORY),
            value("-r|--rules-dir", Slot::Unknown),
            value("-c|--config-file|-f|--format|-t|--tags|-x|--skip-list|-w|--warn-list|--enable-list|--profile|--project-dir|--exclude|-i|--ignore-file|--cache-dir", Slot::Text),
            value("--sarif-file", Slot::Write),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    program("ansible-inventory")
        .options(&[value("--output", Slot::Write), value("-i|--inventory|--host|-l|--limit|--playbook-dir|-e|--extra-vars|--vault-id|--vault-password-file", Slot::Text), flag("--list|--graph|--vars|-y|--yaml|--toml|--export|-v")])
        .acts(RUNS_PROJECT)
        .rest(Slot::Text),
    program("ansible-config").verbs(&[local("list|dump|view|validate"), writes("init")]),
    program("ansible-vault").options(&[value("--vault-id|--vault-password-file|--encrypt-vault-id|--output|-n|--name|--new-vault-password-file|--new-vault-id", Slot::Text), flag("-J|--ask-vault-pass|--stdin-name|-p")]).verbs(&[
        secret("view|decrypt"),
        signs("edit|create|encrypt|encrypt_string|rekey"),
    ]),
    program("ansible-galaxy").verbs(ANSIBLE_GALAXY),
    program("ansible-pull|ansible-console|ansible-connection").open().acts(CHANGES_REMOTE).rest(Slot::Text),
    program("ansible-test|molecule").open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("knife").options(&[value("-c|--config|-E|--environment|-F|--format|-u|--user|-k|--key|-s|--server-url|--profile", Slot::Text), flag("-a|-V|-z|--local-mode|-d|-y|--yes")]).verbs(&[
        verb("ssh").options(&[value("-x|--ssh-user|-i|--identity-file|-A|-a|--attribute|-C|--concurrency|-p", Slot::Text), flag("-m|--manual-list|-G")]).operands(&[Slot::Text]).acts(ASKS_REMOTE).rest(Slot::RemoteShell),
        verb("vault").verbs(&[secret("show"), shows("list"), changes("*")]),
        verb("exec").open().rest(Slot::Text).acts(RUNS_UNKNOWN),
        shows("search|status|diff|list|show|node-list|ssl"),
        verb("*").verbs(&[shows("list|show|search|versions|diff|check"), destroys("delete|bulk|prune"), changes("*")]),
    ]),
    program("chef-client|chef-solo|chef-apply|chef-shell|puppet-apply|cinc-client").options(&[flag("-W|--why-run")]).open().acts(CHANGES_SYSTEM).rest(Slot::Text),
    program("chef").verbs(&[
        local("env|describe-cookbook|help|version|show-policy|diff|gem-list"),
        writes("generate|install|update|export|clean-policy-revisions"),
        verb("exec").rest(Slot::Command),
        destroys("delete-*|clean-*|undelete"),
        publishes("push|push-archive"),
    ]),
    program("cookstyle|foodcritic|puppet-lint").options(&[value("-r|--require|--load|-I|--include", Slot::Unknown), value("-o|--out", Slot::Write), flag("-a|-A|--auto-correct|--autocorrect|--fix|-f").acts(CHANGES_REPOSITORY)]).open().acts(LOOKS).rest(Slot::Read),
    program("inspec").verbs(&[local("version|help|detect|schema|env"), runs("check|json|vendor|archive|exec|init|export"), verb("shell").open().acts(RUNS_UNKNOWN)]),
    program("puppet").options(&[flag("--verbose|--debug"), value("--environment|--confdir|--modulepath", Slot::Text)]).verbs(&[
        local("help|facts|lookup|doc|man|describe|epp|strings"),
        verb("parser").verbs(&[local("validate|dump")]),
        verb("config").verbs(&[verb("print").open().rest(Slot::Setting).acts(LOOKS), verb("set|delete").open().rest(Slot::Text).acts(CHANGES_SYSTEM)]),
        verb("module").verbs(&[shows("list|search|changes"), verb("install|upgrade|uninstall").open().rest(Slot::Text).acts(INSTALLS_SYSTEM), writes("generate|build")]),
        verb("resource|apply|agent|ssl|cert|node|filebucket|script|device|plugin|catalog|generate|key|report").open().rest(Slot::Text).acts(CHANGES_SYSTEM),
    ]),
    program("facter|ohai").options(&[value("--custom-dir|--external-dir|-c|--config|-d|--directory", Slot::Unknown)]).open().acts(LOOKS).rest(Slot::Text),
    program("salt|salt-call|salt-ssh")
        .options(&[
            value("-t|--timeout|-c|--config-dir|-b|--batch|--batch-size|--out|--output|--log-level|-l|-a|--auth|--roster|-i|--state-output", Slot::Text),
            flag("-G|-E|-L|-N|-C|-I|-S|-R|--local|--static|-s|-v|-d|-r|--hide-timeout|-p|--grain|--pcre|--list|--compound|--pillar"),
        ])
        .acts(CHANGES_REMOTE)
        .rest(Slot::Text),
    program("salt-key").options(&[flag("-L|--list-all|-F|--finger-all").dry(), value("-l|--list|-c|--config-dir|-f|--finger", Slot::Text), flag("-D|--delete-all").acts(DESTROYS_REMOTE), value("-a|--accept|-d|--delete|-r|--reject|-p|--print", Slot::Text), flag("-A|--accept-all|-R|--reject-all|-y|--yes")]).acts(CHANGES_REMOTE),
    program("salt-run|salt-cloud|salt-master|salt-minion").open().acts(CHANGES_REMOTE).rest(Slot::Text),
    program("argocd").options(&[value("--server", Slot::Server), value("--auth-token|--config|--grpc-web-root-path|--kube-context|--port-forward-namespace|-N|--app-namespace|--argocd-context", Slot::Text), flag("--grpc-web|--insecure|--core|--plaintext|--port-forward")]).verbs(ARGOCD),
    program("flux").options(KUBE).verbs(FLUX),
    program("istioctl|linkerd|cilium|hubble").options(KUBE).verbs(MESH),
    program("velero").options(KUBE).verbs(VELERO),
];

/// What the tools of clusters have in common.
const KUBE: &[Opt] = &[
    value(
        "-n|--namespace|--context|--kubeconfig|-c|--as|--as-group|--server|-l|--timeout|-i|--istioNamespace|-L|--linkerd-namespace|--cluster",
        Slot::Text,
    ),
    flag("--verbose|-A|--all-namespaces"),
];

/// Of clouds whose command lines are alike.
static CLOUD_ANY: &[Entry] = &[
    local("version|help|completion|about"),
    verb("auth|login|logout").open().rest(Slot::Text).acts(CHANGES_SECRETS),
    // Requests by their address: with data they change something.
    verb("api")
        .options(&[value("-d|--data|--query", Slot::Unknown), flag("--force")])
        .operands(&[Slot::Text])
        .acts(ASKS_SERVICE),
    verb("config|configure")
        .verbs(&[local("list|ls|show|path|current"), verb("get").rest(Slot::Setting)])
        .open()
        .rest(Slot::Text)
        .acts(CHANGES_SETTINGS),
    verb("setup|init|session|ssh|exec|deploy|iam-token|dev").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    secret(
        "kubeconfig|token|secret|secrets|credential|credentials|keys|api-keys|api-key|access-key|access-keys|password|connection|connection-string",
    ),
    destroys(DESTROYING),
    changes(CHANGING),
    shows(SHOWING),
    verb("*s|*-group|*-groups").verbs(&THINGS),
    verb(THING_NAMES).verbs(&THINGS),
];
