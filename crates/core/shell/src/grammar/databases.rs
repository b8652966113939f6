//! Databases, queues, their migrations, and what measures.

use super::{
    ASKS_REMOTE, ASKS_SERVICE, CHANGES_DATA, CHANGES_REMOTE, CHANGES_REPOSITORY, CHANGES_SECRETS,
    CHANGES_SYSTEM, DESTROYS_DATA, INSTALLS_SYSTEM, LOOKS, RUNS_PROJECT, RUNS_UNKNOWN, SHOWS_SECRET,
    WIPES_DATA,
};
use super::{
    Act, Effect, Entry, Language, Opt, Scope, Slot, Special, Style, flag, optional, program, value, verb,
};

const fn shows(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(ASKS_SERVICE)
}

const fn changes(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(CHANGES_DATA)
}

const fn destroys(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(DESTROYS_DATA)
}

const fn runs(names: &'static str) -> Entry {
    verb(names).open().rest(Slot::Text).acts(RUNS_PROJECT)
}

// PostgreSQL.

const PG: &[Opt] = &[
    value("-h|--host", Slot::Server),
    value("-d|--dbname|--maintenance-db", Slot::Database),
    value("-p|--port|-U|--username|--role", Slot::Text),
    flag("-w|--no-password|-W|--password|-e|--echo|-v|--verbose|-V|-i"),
];

const PG_DUMP: &[Opt] = &[
    // With the hashes of passwords.
    flag("-g|--globals-only|-r|--roles-only").acts(SHOWS_SECRET),
    value("-h|--host", Slot::Server),
    value("-d|--dbname", Slot::Database),
    value("-p|--port|-U|--username|--role|-l|--database", Slot::Text),
    value("-f|--file", Slot::Write),
    value(
        "-F|--format|-j|--jobs|-n|--schema|-N|--exclude-schema|-t|--table|-T|--exclude-table|-E|--encoding|-S|--superuser|-Z|--compress|--section|--snapshot|--exclude-table-data|--lock-wait-timeout|--extra-float-digits|--rows-per-insert|--include-foreign-data|-e|--extension|--exclude-database|--filter|--sync-method",
        Slot::Text,
    ),
    flag(
        "-a|--data-only|-s|--schema-only|-c|--clean|-C|--create|-b|--blobs|-B|--no-blobs|-O|--no-owner|-x|--no-privileges|--no-acl|-v|--verbose|-w|--no-password|-W|--password|-o|--tablespaces-only|-t",
    ),
    flag(
        "--inserts|--column-inserts|--if-exists|--no-comments|--no-publications|--no-security-labels|--no-subscriptions|--no-tablespaces|--disable-triggers|--disable-dollar-quoting|--quote-all-identifiers|--serializable-deferrable|--strict-names|--use-set-session-authorization|--enable-row-security|--no-sync|--no-unlogged-table-data|--load-via-partition-root|--on-conflict-do-nothing|--binary-upgrade|--large-objects|--no-role-passwords|--statistics|--no-statistics",
    ),
];

// MySQL.

const MYSQL: &[Opt] = &[
    value("-h|--host", Slot::Server),
    value(
        "-P|--port|-u|--user|-D|--database|-S|--socket|--protocol|--default-character-set|--delimiter|--prompt|--ssl-ca|--ssl-cert|--ssl-key|--ssl-mode|--connect-timeout|--max-allowed-packet|--net-buffer-length|--default-auth|--server-public-key-path|--login-path|--tls-version|--compression-algorithms",
        Slot::Text,
    ),
    optional("-p|--password|--ssl|--skip-ssl", Slot::Text),
    value("-e|--execute", Slot::Sql),
    value("--init-command", Slot::Sql),
    value("--defaults-file|--defaults-extra-file|--plugin-dir|--defaults-group-suffix", Slot::Unknown),
    value("--tee", Slot::Write),
    optional("--pager", Slot::Unknown),
    flag("-?|-I").dry(),
    flag(
        "-A|--no-auto-rehash|-B|--batch|-b|--no-beep|-c|--comments|-C|--compress|-E|--vertical|-f|--force|-G|--named-commands|-H|--html|-i|--ignore-spaces|-L|--skip-line-numbers|-N|--skip-column-names|-n|--unbuffered|-o|--one-database",
    ),
    flag(
        "-q|--quick|-r|--raw|-s|--silent|-t|--table|-U|--safe-updates|--i-am-a-dummy|-v|--verbose|-vv|-vvv|-V|-w|--wait|-X|--xml|--no-defaults|--show-warnings|--skip-pager|--no-pager|--skip-tee|--column-names|--column-type-info|--auto-rehash|--reconnect|--skip-reconnect|--binary-mode|--binary-as-hex|--local-infile|--line-numbers|--sigint-ignore|--syslog|--safe-update|--skip-auto-rehash|--skip-ssl",
    ),
];

const MYSQL_DUMP: &[Opt] = &[
    value("-h|--host", Slot::Server),
    value("-P|--port|-u|--user|-S|--socket|--protocol|--default-character-set|-w|--where|--ignore-table|--compatible|--fields-*|--lines-terminated-by|--set-gtid-purged|--master-data|--source-data|--max-allowed-packet|--net-buffer-length|--ssl-ca|--ssl-mode|--login-path|--column-statistics|--ignore-table-data", Slot::Text),
    optional("-p|--password", Slot::Text),
    value("-r|--result-file|-T|--tab|--log-error", Slot::Write),
    value("--defaults-file|--defaults-extra-file|--plugin-dir", Slot::Unknown),
    flag("-F|--flush-logs|--delete-master-logs|--delete-source-logs|--flush-privileges|--apply-replica-statements|--dump-slave|--dump-replica").acts(CHANGES_DATA),
];

// SQLite.

const SQLITE: &[Opt] = &[
    value("-cmd", Slot::Sql),
    value("-init", Slot::Unknown),
    value(
        "-separator|-newline|-nullvalue|-mode|-vfs|-maxsize|-mmap|-lookaside|-pagecache|-heap|-nonce|-escape",
        Slot::Text,
    ),
    flag(
        "-readonly|-csv|-json|-line|-list|-column|-table|-box|-markdown|-html|-quote|-tabs|-ascii|-header|-noheader|-batch|-bail|-echo|-stats|-safe|-memtrace|-interactive|-deserialize|-nofollow|-append|-zip|-pcachetrace|-unsafe-testing|-no-stdin|-jsonlines|-latex|-trash|-no-color",
    ),
    // DuckDB only.
    value("-c|-s", Slot::Sql),
    value("-f", Slot::Unknown),
    flag("-unsigned|-unredacted").acts(RUNS_UNKNOWN),
    flag("-ui").acts(CHANGES_REMOTE),
    flag("-version").dry(),
];

// MongoDB.

const MONGO: &[Opt] = &[
    value("-h|--host", Slot::Server),
    value(
        "--port|-u|--username|-p|--password|--authenticationDatabase|--authenticationMechanism|--tlsCAFile|--tlsCertificateKeyFile|--tlsCertificateKeyFilePassword|--sslCAFile|--sslPEMKeyFile|--networkMessageCompressors|--apiVersion|--retryWrites|--gssapiServiceName|-d|--db|--uri",
        Slot::Text,
    ),
    value("--eval", Slot::Code(Language::Other)),
    value("-f|--file", Slot::CodeFile(Language::JavaScript)),
    optional("--json", Slot::Text),
    flag(
        "--quiet|--tls|--ssl|--norc|--nodb|--verbose|--tlsAllowInvalidHostnames|--tlsAllowInvalidCertificates|--sslAllowInvalidCertificates|--sslAllowInvalidHostnames|--ipv6|--skipStartupWarnings",
    ),
    flag("--shell"),
];

const MONGO_DUMP: &[Opt] = &[
    value("-h|--host|--uri", Slot::Server),
    value(
        "--port|-u|--username|-p|--password|--authenticationDatabase|-d|--db|-c|--collection|-q|--query|-f|--fields|--type|--sort|--limit|--skip|--readPreference|--excludeCollection|-j|-n|--rowcount|--authenticationMechanism|--numParallelCollections",
        Slot::Text,
    ),
    value("-o|--out|--archive|--outFile", Slot::Write),
    flag(
        "--gzip|-v|--verbose|--quiet|--oplog|--forceTableScan|--jsonArray|--pretty|--noHeaderLine|--dumpDbUsersAndRoles|--json|--all|--discover",
    ),
];

/// A service is asked, and a folder `dump` is made.
const DUMPS: &[Act] = &[super::SERVICE, Act::new(Effect::Write, Scope::Repository)];

// Redis.

const REDIS: &[Opt] = &[
    value("-h|-u", Slot::Server),
    value("-p|-s|-a|-n|--user|--pass|-t|-r|-i|-d|-D|--cacert|--cert|--key|--sni|--pattern|--quoted-pattern|--count|--cacertdir|--tls-ciphers|--show-pushes", Slot::Text),
    value("-X|--rdb|--functions-rdb", Slot::Write),
    value("--eval", Slot::Unknown),
    flag("-x|--pipe|--pipe-timeout|--cluster|--cluster-yes|--ldb|--ldb-sync-mode|--replica|--intrinsic-latency|--lru-test").acts(CHANGES_DATA),
    flag("--scan|--bigkeys|--memkeys|--hotkeys|--stat|--latency|--latency-history|--latency-dist|--vset-recall").dry(),
    flag("-c|-e|-2|-3|-4|-6|--raw|--no-raw|--csv|--json|--quoted-input|--tls|--insecure|--askpass|--no-auth-warning|--verbose|--quoted-json|--keepstats"),
];

// Migrations: the project's own code changes a database.

const MIGRATION: &[Opt] = &[
    // Code that is loaded.
    value(
        "-jarDirs|-driver|-resolvers|-callbacks|-configFiles|--classpath|--driver|--driver-properties-file|--defaults-file|--changelog-parser",
        Slot::Unknown,
    ),
    value(
        "-c|--config|-x|-n|--name|-m|--message|-d|--dir|--env|--environment|-e|-u|--url|--schema|--database|--path|-path|-database|-source|--source|-dir|--migrations-path|--models-path|--seeders-path|--knexfile|--cwd|--client|-s|--migrations-dir|--migrations-table|-table|--schema-path|--from-*|--to-*|--shadow-database-url|--format|-t|--timeout|--directory",
        Slot::Text,
    ),
    flag(
        "-v|--verbose|-h|--debug|--esm|--silent|-allow-missing|-no-versioning|-verbose|--no-dump-schema|--strict|--sql|--help|--trace",
    ),
];

static MIGRATIONS: &[Entry] = &[
    shows(
        "status|db:migrate:status|migrate:status|version|current|history|heads|branches|show|info|validate|check|help|list|migrate:list|format-check|db:version",
    ),
    destroys(
        "reset|drop|down|drop-all|clean|redo|rollback|rollback-*|undo|downgrade|revert|fresh|wipe|purge|force|repair|db:drop|db:drop:all|db:migrate:undo|db:migrate:undo:all|db:seed:undo|db:seed:undo:all|migrate:rollback|migrate:down|migrate:reset|migrate:fresh|migrate:refresh|schema:drop|migration:revert|undo-last|drop-schema|delete|dropAll|update-sql-destroy|restore",
    ),
    verb("migrate")
        .verbs(&[
            shows("status|diff|list"),
            destroys("reset|drop|rollback|down|undo|fresh|refresh|resolve"),
            verb("dev|deploy|up|latest|apply").open().rest(Slot::Text).acts(CHANGES_DATA),
            runs("make|create|new"),
        ])
        .bare(CHANGES_DATA)
        .open(),
    verb("db").verbs(&[
        verb("push")
            .options(&[
                flag("--force-reset|--accept-data-loss").acts(DESTROYS_DATA),
                flag("--skip-generate"),
                value("--schema", Slot::Text),
            ])
            .acts(CHANGES_DATA),
        verb("execute|seed").open().rest(Slot::Text).acts(CHANGES_DATA),
        verb("pull").open().rest(Slot::Text).acts(CHANGES_REPOSITORY),
        destroys("drop|reset"),
    ]),
    runs(
        "generate|studio|create|new|make|init|stamp-check|migration:generate|migration:create|migration:generate|model:generate|seed:generate|seed:make|migrate:make|introspect|dump|snapshot|diff|lint|hash|fix|merge|revision|db:create|export|inspect|pull|format|dev",
    ),
    changes(
        "up|upgrade|up-*|up-to|apply|push|migrate:latest|migrate:up|db:migrate|db:seed|db:seed:all|seed:run|stamp|update|update-*|baseline|goto|set|tag|migration:run|schema:sync|seed|deploy|sync|load|wait|edit|upto|down-to|db:prepare|db:setup",
    ),
];

static RAILS: &[Entry] = &[
    shows(
        "db:migrate:status|db:version|db:abort_if_pending_migrations|about|routes|notes|stats|-T|--tasks|middleware|initializers|time:zones*|zeitwerk:check|db:environment|secret-check|version",
    ),
    destroys(
        "db:drop|db:drop:*|db:reset|db:reset:*|db:purge|db:purge:*|db:rollback|db:rollback:*|db:migrate:reset|db:migrate:down|db:migrate:redo|db:truncate_all|db:schema:load|db:structure:load|db:seed:replant|destroy|d|db:test:purge|db:migrate:down:*|db:migrate:redo:*",
    ),
    verb("secret|secrets:*|credentials:*|encrypted:*").open().rest(Slot::Text).acts(SHOWS_SECRET),
    changes("db:migrate|db:migrate:*|db:setup|db:prepare|db:create|db:create:*|db:seed|db:seed:*|db:*"),
    verb("runner|r").open().operands(&[Slot::Code(Language::Ruby)]).rest(Slot::Text).acts(RUNS_PROJECT),
    verb("dbconsole|db|console|c").open().rest(Slot::Text).acts(RUNS_UNKNOWN),
    runs("*"),
];

/// Django's `manage.py`, when it is called by its path.
static DJANGO: &[Entry] = &[
    destroys(
        "flush|reset_db|sqlflush-run|clearsessions|remove_stale_contenttypes|reset_schema|delete_squashed_migrations|drop_test_database|clean_pyc",
    ),
    changes("migrate|loaddata|createsuperuser|changepassword|createcachetable|syncdb"),
    runs("*"),
];

// Queues.

const KAFKA: &[Opt] = &[
    value("--bootstrap-server|--zookeeper|--broker-list", Slot::Server),
    value(
        "--topic|--partitions|--replication-factor|--command-config|--group|--consumer.config|--producer.config|--property|--from|--max-messages|--timeout-ms|--offset|--partition|--config|--entity-type|--entity-name|--formatter|--time|--topic-list|--to-offset|--to-datetime|--shift-by|--bootstrap-controller|--consumer-property|--reset-offsets-by|--principal|--operation|--cluster|--state-check",
        Slot::Text,
    ),
    value("--offset-json-file|--path-to-json-file|--from-file|--reassignment-json-file", Slot::Read),
    flag(
        "--list|--describe|--version|--from-beginning|--all-groups|--all-topics|--members|--state|--offsets|--verbose|--under-replicated-partitions|--unavailable-partitions|--topics-with-overrides|--all|--exclude-internal|--if-exists|--if-not-exists|--verify|--generate|--dry-run|--isolation-level|--skip-message-on-error|--enable-systest-events",
    ),
    flag("--delete|--delete-offsets|--remove|--reset-offsets").acts(DESTROYS_DATA),
    flag("--create|--alter|--execute|--add|--cancel|--force").acts(CHANGES_DATA),
    value("--delete-config", Slot::Text).acts(CHANGES_DATA),
    value("--add-config|--allow-principal|--deny-principal", Slot::Text).acts(CHANGES_DATA),
];

pub(super) static ENTRIES: &[Entry] = &[
    program("psql")
        .options(&[
            value("-c|--command", Slot::Sql),
            value("-f|--file", Slot::SqlFile),
            value("-o|--output|-L|--log-file", Slot::Write),
            value("-h|--host", Slot::Server),
            value("-d|--dbname", Slot::Database),
            value("-p|--port|-U|--username|-F|--field-separator|-R|--record-separator|-P|--pset|-T|--table-attr", Slot::Text),
            value("-v|--set|--variable", Slot::Text),
            flag("-l|--list|-V|-?").dry(),
            flag("-X|--no-psqlrc"),
            flag("-A|--no-align|-a|--echo-all|-b|--echo-errors|-e|--echo-queries|-E|--echo-hidden|-n|--no-readline|-q|--quiet|-s|--single-step|-S|--single-line|-t|--tuples-only|-x|--expanded|-z|--field-separator-zero|-0|--record-separator-zero|-1|--single-transaction|-w|--no-password|-W|--password|-H|--html|--csv"),
        ])
        .special(Special::Database)
        .stdin(Slot::Sql)
        .rest(Slot::Database),
    program("pg_dump|pg_dumpall").options(PG_DUMP).acts(ASKS_SERVICE).rest(Slot::Database),
    program("pg_restore")
        .options(&[
            flag("-l|--list").dry(),
            flag("-c|--clean").acts(DESTROYS_DATA),
            value("-d|--dbname", Slot::Text).acts(CHANGES_DATA),
            value("-f|--file", Slot::Write),
            value("-h|--host|-p|--port|-U|--username|-F|--format|-j|--jobs|-n|--schema|-N|--exclude-schema|-t|--table|-T|--trigger|-I|--index|-P|--function|-L|--use-list|-S|--superuser|--section|--role", Slot::Text),
            flag("-a|-C|--create|-e|-O|-s|-v|-x|-1|-w|-W|--if-exists|--no-owner|--no-privileges|--data-only|--schema-only|--verbose|--single-transaction|--disable-triggers|--no-acl|--exit-on-error|--no-comments|--no-tablespaces"),
        ])
        .acts(CHANGES_DATA)
        .rest(Slot::Read),
    program("createdb|createuser|reindexdb|vacuumdb|clusterdb").options(PG).open().acts(CHANGES_DATA).rest(Slot::Text),
    program("dropdb").options(PG).options(&[flag("-f|--force|-e|--echo|-w|-W|--if-exists"), flag("-i|--interactive").dry(), value("-h|--host|-p|--port|-U|--username|--maintenance-db", Slot::Text)]).verbs(&[
        // Made for tests.
        verb("test|test_*|*_test|*_test_*|testdb").rest(Slot::Text).acts(DESTROYS_DATA),
        verb("*").rest(Slot::Text).acts(WIPES_DATA),
    ]).bare(WIPES_DATA),
    program("dropuser").options(PG).open().acts(DESTROYS_DATA).rest(Slot::Text),
    program("pg_isready|pg_config|pg_controldata|pg_waldump|pg_amcheck|pg_test_fsync|pg_test_timing|pg_checksums-check|pg_lsclusters|pg_top").options(PG).open().acts(ASKS_SERVICE).rest(Slot::Text),
    program("pg_activity").options(&[value("--output", Slot::Write), value("-h|--host|-p|--port|-U|--username|-d|--dbname|--filter|--refresh|--min-duration|--duration-mode|--verbose-mode", Slot::Text)]).open().acts(ASKS_SERVICE).rest(Slot::Text),
    program("pg_ctl|pg_ctlcluster")
        .options(&[value("-D|--pgdata|-l|--log|-m|--mode|-o|--options|-p|-t|--timeout|-s|--silent|-U|-P|-N", Slot::Text), flag("-w|-W|--wait|--no-wait|-c|-F")])
        .verbs(&[verb("status").acts(LOOKS), verb("kill|stop|restart").open().rest(Slot::Text).acts(CHANGES_SYSTEM), verb("start|reload|promote|init|initdb|logrotate|register|unregister").open().rest(Slot::Text).acts(CHANGES_SYSTEM)]),
    program("initdb|pg_basebackup|pg_upgrade|pg_receivewal|pg_createcluster|pgbench|pg_repack|pgloader|pg_rewind|pg_verifybackup|pg_combinebackup").open().rest(Slot::Text).acts(CHANGES_DATA),
    program("pg_resetwal|pg_dropcluster|pg_archivecleanup|pg_checksums").open().rest(Slot::Text).acts(DESTROYS_DATA),
    program("mysql|mariadb|mycli|pgcli|litecli").options(MYSQL).stdin(Slot::Sql).rest(Slot::Text),
    program("mysqldump|mariadb-dump|mysqlpump").options(MYSQL_DUMP).open().acts(ASKS_SERVICE).rest(Slot::Text),
    program("mysqladmin|mariadb-admin")
        .options(MYSQL_DUMP)
        .options(&[value("-h|--host", Slot::Server), value("-P|--port|-u|--user|-S|--socket|-i|--sleep|-c|--count|-w|--wait|--connect-timeout|--ssl-mode", Slot::Text), optional("-p|--password", Slot::Text), flag("-v|-s|-r|-E|-b|--verbose|--silent|--relative|--vertical")])
        .verbs(&[
            shows("status|extended-status|ping|processlist|variables|version"),
            verb("drop").options(&[flag("-f|--force")]).rest(Slot::Text).acts(WIPES_DATA),
            destroys("kill|shutdown"),
            changes("create|flush-*|reload|refresh|password|old-password|start-*|stop-*|debug"),
        ]),
    program("mysqlslap|mariadb-slap")
        .options(&[
            value("--pre-system|--post-system", Slot::Shell),
            value("-q|--query|--create|--pre-query|--post-query", Slot::Sql),
            value("-h|--host", Slot::Server),
            value("-P|--port|-u|--user|-S|--socket|-c|--concurrency|-i|--iterations|-e|--engine|-x|-y|--number-*|--create-schema|--delimiter|-F|--detach|--commit", Slot::Text),
            optional("-p|--password|--csv", Slot::Write),
        ])
        .open()
        .acts(CHANGES_DATA),
    program("mysqlshow|mysqlcheck|mariadb-show").options(&[value("--defaults-file|--defaults-extra-file|--plugin-dir", Slot::Unknown), value("-h|--host", Slot::Server), value("-P|--port|-u|--user|-S|--socket", Slot::Text), optional("-p|--password", Slot::Text), flag("-r|--repair|-o|--optimize|--auto-repair|--fix-db-names").acts(CHANGES_DATA)]).open().acts(ASKS_SERVICE).rest(Slot::Text),
    program("mysqlimport|mysql_upgrade|mysql_install_db|mysql_secure_installation|mysqld|mariadbd|mysqlbinlog-apply").open().rest(Slot::Text).acts(CHANGES_DATA),
    program("sqlite3|sqlite|duckdb|sqlcipher").style(Style::Long).options(SQLITE).operands(&[Slot::Read]).stdin(Slot::Sql).rest(Slot::Sql),
    program("sqldiff|sqlite3_analyzer").style(Style::Long).options(&[value("-L|-lib", Slot::Unknown)]).open().rest(Slot::Read),
    program("sqlcmd|osql|isql|usql|trino|presto|beeline|hive|spark-sql|bsqlodbc|tsql")
        .options(&[
            value("-Q|-q|-e|--execute|-c|--command", Slot::Sql),
            value("-i|-f|--file", Slot::SqlFile),
            value("-o|--output", Slot::Write),
            value("-S|--server", Slot::Server),
            value("-U|-P|-d|-H|-l|-t|-h|-s|-w|-W|-y|-Y|-v|-n|-u|-p|--catalog|--schema|--user|--output-format|--outputformat", Slot::Text),
            flag("-E|-C|-N|-b|-I|-m|-r|-k|-L|--silent|--debug"),
        ])
        .stdin(Slot::Sql)
        .rest(Slot::Text),
    program("sqlplus|sqlldr|impdp|rman|sql").open().stdin(Slot::Sql).rest(Slot::Text).acts(CHANGES_DATA),
    program("snowsql|snow")
        .options(&[
            value("-q|--query", Slot::Sql),
            value("-f|--filename", Slot::SqlFile),
            value("-o|--option|--config", Slot::Unknown),
            value("-a|--accountname|-u|--username|-d|--dbname|-s|--schemaname|-r|--rolename|-w|--warehouse|-c|--connection|-D|--variable|--region|-p|--port", Slot::Text),
            value("-h|--host", Slot::Server),
        ])
        .stdin(Slot::Sql)
        .rest(Slot::Text),
    program("clickhouse-client|clickhouse-local|chc")
        .options(&[
            value("-q|--query", Slot::Sql),
            value("--queries-file", Slot::SqlFile),
            value("-C|--config-file", Slot::Unknown),
            value("-h|--host", Slot::Server),
            value("--port|-u|--user|--password|-d|--database|-f|--format|-o|--output-format|--param_*|--max_*|--log-level|--input-format|--structure|-S|-N|--table", Slot::Text),
            value("--file", Slot::Read),
            flag("-m|--multiline|-n|--multiquery|-t|--time|-E|--vertical|-s|--secure|--stacktrace|--progress|--echo"),
        ])
        .stdin(Slot::Sql)
        .rest(Slot::Text),
    program("clickhouse").verbs(&[verb("client|local").options(&[value("-q|--query", Slot::Sql), value("-h|--host", Slot::Server), value("--port|-u|--user|--password|-d|--database|-f|--format", Slot::Text)]).stdin(Slot::Sql), changes("server|keeper|install|start|stop|restart|benchmark|copier")]),
    program("cockroach").options(&[value("--host|--url", Slot::Server), value("--certs-dir|-u|--user|-p|--port|-d|--database|--format|--log-dir", Slot::Text), flag("--insecure")]).verbs(&[
        verb("sql").options(&[value("-e|--execute", Slot::Sql), value("-f|--file", Slot::SqlFile), flag("--read-only|--echo-sql"), value("--set|--watch", Slot::Text)]).stdin(Slot::Sql),
        shows("version|gen-check|statement-diag"),
        verb("node|auth-session|userfile|nodelocal").verbs(&[shows("ls|list|status|get"), destroys("decommission|drain|delete|logout"), changes("*")]),
        runs("demo|start-single-node|workload|sqlfmt|init|start"),
        destroys("debug|quit"),
    ]),
    program("cqlsh")
        .options(&[
            value("-e|--execute", Slot::Sql),
            value("-f|--file", Slot::SqlFile),
            value("--cqlshrc", Slot::Unknown),
            value("-u|--username|-p|--password|-k|--keyspace|--encoding|--cqlversion|--protocol-version|--request-timeout|--connect-timeout|--consistency-level", Slot::Text),
            flag("--ssl|-C|--color|--no-color|--debug|-t|--tty"),
        ])
        .stdin(Slot::Sql)
        .operands(&[Slot::Server])
        .rest(Slot::Text),
    program("nodetool").options(&[value("-h|--host", Slot::Server), value("-p|--port|-u|--username|-pw|--password|-pwf", Slot::Text)]).verbs(&[
        shows("status|info|ring|tpstats|tablestats|cfstats|compactionstats|describecluster|describering|getendpoints|netstats|version|gossipinfo|tablehistograms|proxyhistograms|statusgossip|statusbinary|listsnapshots|gettimeout|getlogginglevels|help|viewbuildstatus"),
        destroys("decommission|removenode|assassinate|drain|stopdaemon|clearsnapshot|truncatehints|disable*"),
        changes("*"),
    ]),
    program("mongosh|mongo").options(MONGO).special(Special::Mongo).stdin(Slot::Code(Language::Other)).rest(Slot::Database),
    program("mongodump").options(MONGO_DUMP).acts(DUMPS).rest(Slot::Text),
    program("mongoexport|bsondump|mongostat|mongotop").options(MONGO_DUMP).acts(ASKS_SERVICE).rest(Slot::Text),
    program("mongorestore|mongoimport|mongofiles").options(&[
        flag("--drop").acts(DESTROYS_DATA),
        value("--file|--dir", Slot::Read),
    ]).open().acts(CHANGES_DATA).rest(Slot::Text),
    program("mongod|mongos|redis-server|valkey-server|etcd|postgres|postmaster|influxd|prometheus|alertmanager|grafana-server|loki|promtail|elasticsearch|opensearch|cassandra|memcached|clickhouse-server|rabbitmq-server|minio-server|meilisearch|qdrant|victoria-metrics")
        .acts(RUNS_UNKNOWN)
        .open()
        .rest(Slot::Text),
    program("redis-cli|valkey-cli|keydb-cli|iredis").style(Style::Posix).options(REDIS).special(Special::Redis).stdin(Slot::Unknown).rest(Slot::Text),
    program("redis-benchmark|redis-check-aof|redis-check-rdb|memtier_benchmark").open().rest(Slot::Text).acts(CHANGES_DATA),
    program("etcdctl|etcdutl").options(&[value("--endpoints", Slot::Server), value("--cacert|--cert|--key|--user|--password|-w|--write-out|--command-timeout|--dial-timeout|--discovery-srv", Slot::Text), flag("--insecure-skip-tls-verify|--insecure-transport|--hex|--debug|--cluster")]).verbs(&[
        shows("get|watch|version|help").open(),
        verb("endpoint|member|alarm|lease|user|role|auth|snapshot|check").verbs(&[shows("status|health|hashkv|list|get|timetolive|perf|datascale"), destroys("remove|delete|revoke|disarm|restore|disable|revoke-*"), verb("save").open().acts(ASKS_REMOTE).rest(Slot::Write), changes("*")]),
        verb("del").options(&[flag("--prefix|--from-key").acts(DESTROYS_DATA), flag("--prev-kv|--range")]).special(Special::Prefix).acts(DESTROYS_DATA).rest(Slot::Text),
        destroys("compaction|defrag|move-leader"),
        verb("lock|elect").open().operands(&[Slot::Text]).rest(Slot::Command),
        changes("put|txn|make-mirror|migrate"),
    ]),
    program("influx").options(&[
        value("-execute|--execute", Slot::Sql),
        value("-host|--host|-port|-username|-password|-database|-precision|-format|-t|--token|-o|--org|--org-id|-c|--active-config|--configs-path", Slot::Text),
        flag("-ssl|-unsafeSsl|--skip-verify|--http-debug|-pretty"),
    ]).style(Style::Long).verbs(&[
        shows("ping|version|help"),
        verb("query").open().rest(Slot::Text).acts(ASKS_SERVICE),
        verb("bucket|org|user|task|telegrafs|dashboards|stacks|remote|replication|v1|scripts|bucket-schema").style(Style::Long).verbs(&[shows("list|find|log"), destroys("delete|remove|rm"), changes("*")]),
        verb("auth|config|secret").style(Style::Long).verbs(&[verb("list|ls|create|find").open().rest(Slot::Text).acts(SHOWS_SECRET), destroys("delete|rm"), changes("*")]),
        destroys("delete|restore"),
        changes("write|apply|backup|setup|export|template"),
    ]),
    program("kafka-topics|kafka-topics.sh|kafka-consumer-groups|kafka-consumer-groups.sh|kafka-configs|kafka-configs.sh|kafka-acls|kafka-acls.sh|kafka-broker-api-versions|kafka-broker-api-versions.sh|kafka-get-offsets|kafka-get-offsets.sh|kafka-log-dirs|kafka-log-dirs.sh|kafka-reassign-partitions|kafka-reassign-partitions.sh|kafka-console-consumer|kafka-console-consumer.sh|kafka-cluster|kafka-cluster.sh")
        .options(KAFKA)
        .acts(ASKS_SERVICE)
        .rest(Slot::Text),
    program("kafka-console-producer|kafka-console-producer.sh|kafka-delete-records|kafka-delete-records.sh|kafka-leader-election|kafka-leader-election.sh|kafka-storage|kafka-storage.sh|kafka-server-start|kafka-server-start.sh|kafka-server-stop|kafka-server-stop.sh|kafka-mirror-maker.sh|kafka-producer-perf-test.sh|kafka-streams-application-reset|kafka-streams-application-reset.sh")
        .open()
        .rest(Slot::Text)
        .acts(CHANGES_DATA),
    program("kcat|kafkacat").options(&[flag("-L").dry(), flag("-P").acts(CHANGES_DATA), value("-b", Slot::Server), value("-t|-p|-o|-c|-X|-G|-f|-K|-D|-s|-r|-F|-k|-H|-m", Slot::Text), flag("-C|-Q|-e|-q|-u|-J|-E|-v|-O|-Z")]).acts(ASKS_SERVICE).rest(Slot::Text),
    program("rpk").options(&[value("--brokers|-X|--config|--profile", Slot::Text), flag("-v")]).verbs(&[
        verb("topic|group|cluster|acl|registry|security|transform|connect|profile|redpanda").verbs(&[shows("list|ls|describe|info|health|status|consume|metadata|logdirs|describe-storage"), destroys("delete|seek|trim-prefix|offset-delete"), changes("*")]),
        shows("version|help"),
    ]),
    program("rabbitmqctl|rabbitmq-diagnostics|rabbitmq-queues|rabbitmq-plugins|rabbitmqadmin").options(&[value("-H|--host", Slot::Server), value("-n|--node|-p|--vhost|-t|--timeout|-P|--port|-u|--username|--password|--formatter|-f|--format|-V|-c|--config|-N", Slot::Text), flag("-q|--quiet|-s|--silent|-l|--longnames|--no-table-headers")]).verbs(&[
        shows("list|list_*|status|cluster_status|node_health_check|environment|report|version|help|ping|check_*|show|get-check|server_version|is_*|memory_breakdown|listeners|alarms|runtime_*|os_env|maybe_stuck|observer|tail_log|log_tail|cipher_suites|tls_versions|peers|quorum_status|directories|consume_event_stream"),
        destroys("stop*|shutdown|reset|force_reset|delete|delete_*|purge|purge_*|clear_*|forget_cluster_node|close*|disable|remove_*|rotate_logs|force_boot|eval*|cancel_sync_queue"),
        changes("*"),
    ]),
    program("prometheus-tool|promtool").verbs(&[
        verb("check").verbs(&[verb("config|rules|web-config|service-discovery|metrics|healthy|ready").open().rest(Slot::Read).acts(ASKS_SERVICE)]),
        shows("query|help|promql"),
        verb("test").open().rest(Slot::Read).acts(LOOKS),
        verb("debug|push|tsdb").open().rest(Slot::Text).acts(CHANGES_DATA),
    ]),
    program("amtool").options(&[value("--alertmanager.url|-o|--output|--config.file|--timeout", Slot::Text), flag("-v|--verbose")]).verbs(&[
        verb("alert|silence|config|cluster|template").verbs(&[shows("query|show|routes|test|render"), destroys("expire"), changes("add|update|import")]).bare(ASKS_SERVICE),
        verb("check-config").open().rest(Slot::Read).acts(LOOKS),
    ]),
    program("logcli").options(&[value("--addr|--username|--password|--bearer-token|--org-id|--from|--to|--since|--limit|-o|--output|--tls*|--step|-z|--timezone|-q", Slot::Text)]).verbs(&[
        shows("query|instant-query|labels|series|stats|volume|volume_range|help|fmt|detected-fields|index"),
        destroys("delete"),
    ]),
    program("grafana-cli").options(&[value("--homepath|--config|--pluginsDir|--pluginUrl|--repo", Slot::Text)]).verbs(&[
        verb("plugins").verbs(&[shows("ls|list-remote|list-versions"), verb("install|update|update-all|remove|uninstall").open().rest(Slot::Text).acts(INSTALLS_SYSTEM)]),
        verb("admin").verbs(&[verb("reset-admin-password|data-migration|secrets-migration").open().rest(Slot::Text).acts(CHANGES_SECRETS)]),
    ]),
    program("mc|mcli").options(&[value("-C|--config-dir|--limit-upload|--limit-download", Slot::Text), flag("-q|--quiet|--json|--no-color|--debug|--insecure")]).verbs(&[
        shows("ls|tree|stat|find|du|diff|head|cat|version|ping|ready|watch|help"),
        verb("cp|mirror|mv|put|get").options(&[flag("-r|--recursive|-a|--preserve|--overwrite|--watch|-w|--continue|-c|--zip|--disable-multipart|--skip-errors"), flag("--remove").acts(DESTROYS_DATA), value("--attr|--storage-class|--older-than|--newer-than|--exclude|--tags|--rewind", Slot::Text)]).acts(ASKS_REMOTE).special(Special::Rsync).rest(Slot::Text),
        verb("rm|rb").options(&[flag("--force|-r|--recursive|--dangerous|--versions|--incomplete|--bypass")]).acts(DESTROYS_DATA).rest(Slot::Text),
        verb("alias|admin|share|ilm|policy|anonymous|event|tag|version|encrypt|replicate|retention|legalhold|support|license|idp|cors|batch|quota|mb|pipe|sql|undo|update|od|configure").open().rest(Slot::Text).acts(CHANGES_REMOTE),
    ]),
    program("prisma").options(MIGRATION).verbs(PRISMA),
    program("sequelize|sequelize-cli|knex|typeorm|mikro-orm|db-migrate|drizzle-kit|node-pg-migrate|umzug|graphile-migrate").acts(RUNS_PROJECT).options(MIGRATION).verbs(MIGRATIONS),
    program("alembic|yoyo|aerich").acts(RUNS_PROJECT).options(MIGRATION).style(Style::Long).verbs(MIGRATIONS_LONG),
    program("flyway|liquibase|goose|dbmate|migrate|golang-migrate|atlas|sqitch|sqlx|diesel|sea-orm-cli|refinery|skeema|tern|soda|bytebase|pgroll|sql-migrate").options(MIGRATION).style(Style::Long).verbs(MIGRATIONS_LONG),
    program("rails").acts(RUNS_PROJECT).options(&[flag("-T|--tasks|-A|--all|-P|--prereqs|-W|--where|-D|--describe|--help|--version|-V|-h"), flag("-n|--dry-run|--trace|-v|-q|-s|-t|--verbose|--quiet"), value("-f|--rakefile|-C|--directory|-I|--libdir|-j|--jobs|-e|--environment", Slot::Text), value("-E|--execute-continue|--execute|-p|--execute-print|-r|--require|-R", Slot::Unknown)]).verbs(RAILS).bare(RUNS_PROJECT),
    // Its own version it says without the project.
    program("rake").acts(RUNS_PROJECT).options(&[flag("-T|--tasks|-A|--all|-P|--prereqs|-W|--where|-D|--describe"), flag("-n|--dry-run|--trace|-v|-q|-s|-t|--verbose|--quiet"), value("-f|--rakefile|-C|--directory|-I|--libdir|-j|--jobs|-e|--environment", Slot::Text), value("-E|--execute-continue|--execute|-p|--execute-print|-r|--require|-R", Slot::Unknown)]).verbs(RAILS).bare(RUNS_PROJECT),
    program("manage.py|django-admin|django-admin.py").options(&[value("--settings|--pythonpath|-v|--verbosity", Slot::Text), flag("--traceback|--no-color")]).verbs(DJANGO),
    program("elasticsearch-plugin|opensearch-plugin|logstash-plugin|kibana-plugin").verbs(&[shows("list"), verb("install|remove|update").open().rest(Slot::Text).acts(INSTALLS_SYSTEM)]),
    program("elasticsearch-reset-password|elasticsearch-users|elasticsearch-keystore|elasticsearch-create-enrollment-token|elasticsearch-setup-passwords|elasticsearch-certutil|elasticsearch-service-tokens").open().rest(Slot::Text).acts(CHANGES_SECRETS),
    program("elasticsearch-node|elasticsearch-shard|elasticsearch-sql-cli|elasticdump|multielasticdump").open().rest(Slot::Text).acts(DESTROYS_DATA),
    program("curator|curator_cli").options(&[value("--config|--host|--port", Slot::Text), flag("--dry-run")]).open().rest(Slot::Text).acts(DESTROYS_DATA),
    program("neo4j-admin|cypher-shell|arangosh|couchbase-cli|cbq|tarantool|surreal|aerospike|asadm|dgraph|ldapmodify|ldapdelete|ldapadd|ldappasswd").open().rest(Slot::Text).acts(CHANGES_DATA),
    program("ldapsearch|ldapwhoami|ldapcompare").options(&[value("-y|-f", Slot::Read), value("-T|-tmpdir", Slot::Write), flag("-t|-tt").acts(CHANGES_REPOSITORY)]).open().acts(ASKS_REMOTE).rest(Slot::Text),
];

static PRISMA: &[Entry] = &[
    verb("migrate").verbs(&[
        shows("status"),
        destroys("reset|resolve"),
        verb("diff").options(&[value("-o|--output", Slot::Write)]).open().rest(Slot::Text).acts(ASKS_SERVICE),
        changes("dev|deploy"),
    ]),
    verb("db").verbs(&[
        verb("push")
            .options(&[
                flag("--force-reset|--accept-data-loss").acts(DESTROYS_DATA),
                flag("--skip-generate"),
                value("--schema", Slot::Text),
            ])
            .acts(CHANGES_DATA),
        verb("execute|seed").open().rest(Slot::Text).acts(CHANGES_DATA),
        verb("pull")
            .options(&[flag("--print|--force"), value("--schema", Slot::Text)])
            .acts(CHANGES_REPOSITORY),
    ]),
    shows("validate|version|help|debug|-v"),
    runs("generate|studio|init|dev"),
    verb("format").options(&[flag("--check").dry(), value("--schema", Slot::Text)]).acts(CHANGES_REPOSITORY),
    changes("platform|mcp"),
];

/// The same, of programs with verbs below verbs.
static MIGRATIONS_LONG: &[Entry] = &[
    verb("database|db|migration|migrations|schema|migrate")
        .style(Style::Long)
        .verbs(&[
            shows("status|info|list|validate|lint|inspect|history|pending|diff"),
            destroys("reset|drop|down|revert|redo|rollback|rm|clean|fresh|refresh|undo|rebase|repair|setup"),
            changes("run|up|apply|create|push|set|latest|setup"),
            runs("generate|add|new|create|import|hash|init|fmt|print-schema"),
        ])
        .bare(CHANGES_DATA),
    shows(
        "status|version|current|history|heads|branches|show|info|validate|check|help|list|list-*|diff-report|db-doc|snapshot-show|plan-show|log|verify",
    )
    .style(Style::Long),
    destroys(
        "reset|drop|drop-all|down|clean|redo|rollback|rollback-*|undo|downgrade|revert|force|repair|down-to|fresh|wipe|rebase|reapply",
    ),
    runs(
        "create|new|init|revision|merge|generate|add|fix|dump|inspect|diff|lint|stamp-check|plan|prepare|print-schema|edit|pull|format|init-db",
    ),
    changes(
        "up|up-by-one|up-to|upgrade|apply|update|update-*|stamp|baseline|goto|push|deploy|run|tag|wait|load|change*|clear-checksums|release-locks|mark-next-changeset-ran|checkpoint",
    ),
];
