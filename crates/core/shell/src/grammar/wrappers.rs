//! Programs that run another one, with other rights, at another time, in other surroundings.

use super::{
    CHANGES_SYSTEM, Entry, Language, PERSISTS, RUNS_UNKNOWN, Slot, Special, Style, WITH_RIGHTS, flag,
    optional, program, value, verb,
};
use super::{DESTROYS_SYSTEM, LOOKS, SHOWS_SECRET, pair};

pub(super) static ENTRIES: &[Entry] = &[
    // With other rights.
    program("sudo")
        .style(Style::Posix)
        .options(&[
            flag("-V|--version|-k|--reset-timestamp|-K|--remove-timestamp|--help").dry(),
            flag("-l|--list|-ll|-A|--askpass|-b|--background|-B|--bell|-E|-H|--set-home|-i|--login|-N|--no-update|-n|--non-interactive"),
            flag("-P|--preserve-groups|-S|--stdin|-s|--shell|-v|--validate"),
            flag("-e|--edit").rest(Slot::Edit),
            optional("--preserve-env", Slot::Text),
            value("-u|--user|-g|--group|-p|--prompt|-C|--close-from|-r|--role|-t|--type|-T|--command-timeout|-U|--other-user|--host|-a|-c", Slot::Text),
            value("-D|--chdir", Slot::Folder),
            value("-R|--chroot", Slot::Text),
        ])
        .acts(WITH_RIGHTS)
        .special(Special::Assigns)
        .rest(Slot::Command),
    program("sudoedit").options(&[flag("-n|-A|-S"), value("-u|-g|-p", Slot::Text)]).acts(WITH_RIGHTS).rest(Slot::Edit),
    program("visudo|vipw|vigr")
        .options(&[flag("-c|--check|-h|--help|-V|--version").dry(), flag("-s|-q|-O|-P"), value("-f|--file", Slot::Edit)])
        .acts(WITH_RIGHTS)
        .rest(Slot::Edit),
    program("doas")
        .style(Style::Posix)
        .options(&[flag("-n|-s|-L"), value("-u|-a", Slot::Text), value("-C", Slot::Read)])
        .acts(WITH_RIGHTS)
        .rest(Slot::Command),
    program("pkexec")
        .style(Style::Posix)
        .options(&[flag("--disable-internal-agent|--keep-cwd"), value("-u|--user", Slot::Text)])
        .acts(WITH_RIGHTS)
        .rest(Slot::Command),
    program("run0")
        .style(Style::Posix)
        .options(&[
            value("-u|--user|-g|--group|--unit|--property|--description|--slice|--nice|--setenv|--background|--machine|-M|--shell-prompt-prefix", Slot::Text),
            value("-D|--chdir", Slot::Folder),
            flag("--no-ask-password|--slice-inherit|--pty|--pipe|--via-shell|-i"),
        ])
        .acts(WITH_RIGHTS)
        .rest(Slot::Command),
    program("gosu|su-exec|setuidgid|chpst|softlimit|s6-setuidgid")
        .style(Style::Posix)
        .options(&[value("-u|-U|-b|-e|-d|-o|-p|-f|-c|-r|-t|-m|-n", Slot::Text), flag("-v|-P|-0|-1|-2")])
        .acts(WITH_RIGHTS)
        .operands(&[Slot::Text])
        .rest(Slot::Command),
    program("su")
        .options(&[
            value("-c|--command|--session-command", Slot::Shell),
            value("-s|--shell|-g|--group|-G|--supp-group|-w|--whitelist-environment", Slot::Text),
            flag("-l|--login|-m|-p|--preserve-environment|-f|--fast|-P|--pty|-T|--no-pty"),
        ])
        .acts(WITH_RIGHTS)
        .rest(Slot::Text),
    program("runuser")
        .options(&[
            value("-u|--user", Slot::Text).rest(Slot::Command),
            value("-c|--command|--session-command", Slot::Shell),
            value("-s|--shell|-g|--group|-G|--supp-group|-w|--whitelist-environment", Slot::Text),
            flag("-l|--login|-m|-p|--preserve-environment|-f|--fast|-P|--pty"),
        ])
        .acts(WITH_RIGHTS)
        .rest(Slot::Text),
    program("setpriv|capsh")
        .style(Style::Posix)
        .options(&[
            flag("-d|--dump|--print").dry(),
            flag("--nnp|--no-new-privs|--clear-groups|--keep-groups|--init-groups|--reset-env"),
            value("--ambient-caps|--inh-caps|--bounding-set|--ruid|--euid|--rgid|--egid|--reuid|--regid|--groups|--securebits|--pdeathsig|--selinux-label|--apparmor-profile", Slot::Text),
        ])
        .acts(WITH_RIGHTS)
        .rest(Slot::Command),
    program("newgrp|sg").style(Style::Posix).options(&[value("-c", Slot::Shell)]).acts(WITH_RIGHTS).operands(&[Slot::Text]).rest(Slot::Shell),
    // In another order, for another time.
    program("nice|gnice")
        .style(Style::Posix)
        .options(&[value("-n|--adjustment", Slot::Text)])
        .acts(LOOKS)
        .rest(Slot::Command),
    program("ionice")
        .style(Style::Posix)
        .options(&[
            value("-c|--class|-n|--classdata", Slot::Text),
            value("-p|--pid|-P|--pgid|-u|--uid", Slot::Process).rest(Slot::Process),
            flag("-t|--ignore"),
        ])
        .acts(LOOKS)
        .rest(Slot::Command),
    program("chrt")
        .style(Style::Posix)
        .options(&[
            flag("-m|--max").dry(),
            value("-T|--sched-runtime|-P|--sched-period|-D|--sched-deadline", Slot::Text),
            flag("-b|--batch|-d|--deadline|-f|--fifo|-i|--idle|-o|--other|-r|--rr|-e|--ext|-R|--reset-on-fork|-v|--verbose|-a|--all-tasks"),
            flag("-p|--pid").rest(Slot::Process),
        ])
        .operands(&[Slot::Text])
        .rest(Slot::Command),
    program("taskset")
        .style(Style::Posix)
        .options(&[
            value("--cpu-list", Slot::Text).rest(Slot::Command),
            flag("-c|-a|--all-tasks"),
            flag("-p|--pid").rest(Slot::Process),
        ])
        .operands(&[Slot::Text])
        .rest(Slot::Command),
    program("nohup|catchsegv|eatmydata|dbus-run-session").style(Style::Posix).acts(LOOKS).rest(Slot::Command),
    program("setsid|unbuffer")
        .style(Style::Posix)
        .options(&[flag("-c|--ctty|-f|--fork|-w|--wait|-p")])
        .acts(LOOKS)
        .rest(Slot::Command),
    program("proxychains|proxychains4")
        .style(Style::Posix)
        .options(&[flag("-q"), value("-f", Slot::Read)])
        .acts(super::TALKS)
        .rest(Slot::Command),
    program("fakeroot")
        .style(Style::Posix)
        .options(&[flag("-u|-h|-v"), value("-i|-s|-l|-b|-f", Slot::Unknown)])
        .rest(Slot::Command),
    program("jc")
        .style(Style::Posix)
        .options(&[flag("-p|-r|-m|-q|-y|-u|-M|-d|-C|-a|-h|-v|--*")])
        .acts(LOOKS)
        .rest(Slot::Command),
    program("caffeinate")
        .style(Style::Posix)
        .options(&[flag("-d|-i|-m|-s|-u"), value("-t", Slot::Text), value("-w", Slot::Text)])
        .acts(LOOKS)
        .rest(Slot::Command),
    program("arch").style(Style::Long).options(&[flag("-arm64|-x86_64|-arm64e|-i386|-64|-32|-c|-h"), value("-e|-d", Slot::Text)]).acts(LOOKS).rest(Slot::Command),
    program("setarch")
        .style(Style::Posix)
        .options(&[flag("-R|--addr-no-randomize|-B|-L|-v|-3|--4gb|-F|-I|-S|-T|-X|-Z")])
        .acts(LOOKS)
        .operands(&[Slot::Text])
        .rest(Slot::Command),
    program("xvfb-run")
        .style(Style::Posix)
        .options(&[flag("-a|--auto-servernum|-l|--listen-tcp"), value("-n|--server-num|-s|--server-args|-e|--error-file|-f|--auth-file|-p|--xauth-protocol|-w|--wait", Slot::Text)])
        .acts(LOOKS)
        .rest(Slot::Command),
    program("stdbuf|gstdbuf")
        .style(Style::Posix)
        .options(&[value("-i|--input|-o|--output|-e|--error", Slot::Text)])
        .rest(Slot::Command),
    program("timeout|gtimeout")
        .style(Style::Posix)
        .options(&[
            value("-k|--kill-after|-s|--signal", Slot::Text),
            flag("-v|--verbose|-p|-f|--foreground|--preserve-status"),
        ])
        .operands(&[Slot::Text])
        .rest(Slot::Command),
    program("time|gtime")
        .style(Style::Posix)
        .options(&[
            value("-f|--format", Slot::Text),
            value("-o|--output", Slot::Write),
            flag("-a|--append|-p|--portability|-v|--verbose|-q|--quiet|-l|-h"),
        ])
        .acts(LOOKS)
        .rest(Slot::Command),
    program("faketime")
        .style(Style::Posix)
        .options(&[flag("-m|-f|--exclude-monotonic"), value("-p|--pid", Slot::Text)])
        .operands(&[Slot::Text])
        .rest(Slot::Command),
    program("prlimit")
        .style(Style::Posix)
        .options(&[
            value("-p|--pid", Slot::Process),
            value("-o|--output", Slot::Text),
            flag("--noheadings|--raw|--verbose"),
            optional("-c|--core|-d|--data|-e|--nice|-f|--fsize|-i|--sigpending|-l|--memlock|-m|--rss|-n|--nofile|-q|--msgqueue|-r|--rtprio|-s|--stack|-t|--cpu|-u|--nproc|-v|--as|-x|--locks|-y|--rttime", Slot::Text),
        ])
        .acts(LOOKS)
        .rest(Slot::Command),
    program("env|genv").style(Style::None).special(Special::Env).rest(Slot::Text),
    program("printenv")
        .options(&[flag("-0|--null")])
        .bare(SHOWS_SECRET)
        .rest(Slot::Setting),
    program("script")
        .style(Style::Posix)
        .options(&[
            value("-c|--command", Slot::Shell).rest(Slot::Write),
            value("-O|--log-out|-I|--log-in|-B|--log-io|-T|--log-timing", Slot::Write),
            optional("-t|--timing", Slot::Write),
            value("-E|--echo|-m|--logging-format|-o|--output-limit", Slot::Text),
            flag("-a|--append|-e|--return|-f|--flush|--force|-q|--quiet|-k|-r|-d|-p|-F"),
        ])
        .operands(&[Slot::Write])
        .rest(Slot::Command),
    program("systemd-run")
        .style(Style::Posix)
        .options(&[
            value("-u|--unit|-p|--property|--description|--slice|--service-type|--uid|--gid|--nice|-E|--setenv|-H|--host|-M|--machine|--background", Slot::Text),
            value("--working-directory", Slot::Folder),
            // Later, by itself.
            value("--on-active|--on-boot|--on-startup|--on-unit-active|--on-unit-inactive|--on-calendar|--timer-property|--path-property|--socket-property", Slot::Text).acts(PERSISTS),
            flag("--scope|--user|--system|-t|--pty|-P|--pipe|-S|--shell|-q|--quiet|--wait|-G|--collect|-r|--remain-after-exit|-d|--same-dir|--send-sighup|--no-block|--no-ask-password|--slice-inherit|--expand-environment"),
        ])
        .acts(CHANGES_SYSTEM)
        .rest(Slot::Command),
    program("systemd-inhibit")
        .style(Style::Posix)
        .options(&[flag("--list").dry(), value("--what|--who|--why|--mode", Slot::Text)])
        .rest(Slot::Command),
    program("chroot")
        .style(Style::Posix)
        .options(&[value("--groups|--userspec|-u|-g|-G", Slot::Text), flag("--skip-chdir|-n")])
        .acts(WITH_RIGHTS)
        .operands(&[Slot::Text])
        .rest(Slot::Command),
    program("unshare")
        .style(Style::Posix)
        .options(&[
            flag("-i|-m|-n|-p|-u|-U|-C|-T|-f|--fork|-r|--map-root-user|-c|--map-current-user|--map-auto|--keep-caps"),
            optional("--ipc|--mount|--net|--pid|--uts|--user|--cgroup|--time|--mount-proc|--kill-child", Slot::Text),
            value("--map-user|--map-group|--map-users|--map-groups|--propagation|--setgroups|-S|--setuid|-G|--setgid|--monotonic|--boottime", Slot::Text),
            value("-R|--root", Slot::Text),
            value("-w|--wd", Slot::Folder),
        ])
        .acts(WITH_RIGHTS)
        .rest(Slot::Command),
    program("nsenter")
        .style(Style::Posix)
        .options(&[
            value("-t|--target|-S|--setuid|-G|--setgid", Slot::Text),
            flag("-a|--all|-F|--no-fork|-Z|--follow-context|--preserve-credentials|-e|--env|-c|--join-cgroup"),
            optional("-m|--mount|-u|--uts|-i|--ipc|-n|--net|-p|--pid|-C|--cgroup|-U|--user|-T|--time|-r|--root|-w|--wd|-W|--wdns", Slot::Text),
        ])
        .acts(WITH_RIGHTS)
        .rest(Slot::Command),
    program("firejail")
        .style(Style::Long)
        .options(&[flag("--list|--tree|--top|--netstats").dry(), flag("--net|--net=none|--noprofile|--quiet|--private|--read-only|--whitelist|--blacklist|--caps.drop|--seccomp|--noroot|--nosound|--no3d|--shell")])
        .operands(&[])
        .rest(Slot::Command),
    program("bwrap")
        .style(Style::Posix)
        .options(&[
            flag("--unshare-*|--share-net|--die-with-parent|--new-session|--as-pid-1|--clearenv|--disable-userns"),
            value("--proc|--dev|--tmpfs|--dir|--chdir|--hostname|--uid|--gid|--unsetenv|--cap-drop|--lock-file|--perms|--size", Slot::Text),
            value("--cap-add", Slot::Text).acts(super::WITH_RIGHTS),
            value("--args|--seccomp|--add-seccomp-fd|--info-fd|--json-status-fd|--block-fd|--userns|--userns2|--pidns", Slot::Unknown),
            value("--chmod", Slot::Unknown),
            pair("--bind|--bind-try|--dev-bind|--dev-bind-try", Slot::Text),
            pair("--ro-bind|--ro-bind-try|--symlink", Slot::Text),
            pair("--setenv", Slot::Text),
            pair("--file|--bind-data|--ro-bind-data", Slot::Unknown),
        ])
        .special(Special::Bubblewrap)
        .rest(Slot::Command),
    program("flock")
        .options(&[
            value("-c|--command", Slot::Shell),
            value("-w|--wait|--timeout|-E|--conflict-exit-code", Slot::Text),
            flag("-s|--shared|-x|-e|--exclusive|-u|--unlock|-n|--nb|--nonblock|-o|--close|-F|--no-fork|--verbose"),
        ])
        .operands(&[Slot::Write])
        .rest(Slot::Command),
    program("watch|gwatch|viddy|hwatch")
        .style(Style::Posix)
        .options(&[
            value("-n|--interval|-q|--equexit", Slot::Text),
            optional("-d|--differences", Slot::Text),
            flag("-b|--beep|-c|--color|-C|--no-color|-e|--errexit|-g|--chgexit|-p|--precise|-r|--no-rerun|-t|--no-title|-w|--no-wrap|-f|--follow"),
            flag("-x|--exec").rest(Slot::Command),
        ])
        .rest(Slot::Words),
    program("entr")
        .style(Style::Posix)
        .options(&[flag("-a|-c|-d|-n|-p|-r|-z|-x"), flag("-s").rest(Slot::Shell)])
        .rest(Slot::Command),
    program("watchexec")
        .style(Style::Posix)
        .options(&[
            value("-w|--watch|-e|--exts|-f|--filter|-i|--ignore|-d|--debounce|-s|--signal|--shell|--on-busy-update|-o|--stop-signal|--stop-timeout|-N|--project-origin|--workdir", Slot::Text),
            flag("-r|--restart|-c|--clear|-q|--quiet|-v|-p|--postpone|-n|--no-vcs-ignore|--no-project-ignore|--no-global-ignore|--poll"),
        ])
        .rest(Slot::Words),
    program("xargs|gxargs")
        .style(Style::Posix)
        .options(&[
            value("-a|--arg-file", Slot::Text),
            value("-I|-J", Slot::Text),
            optional("-i|--replace", Slot::Text),
            value("-d|--delimiter", Slot::Text),
            value("-L|--max-lines-of|-n|--max-args|-s|--max-chars", Slot::Text),
            value("-E|-P|--max-procs|-R|-S|--process-slot-var", Slot::Text),
            optional("-e|--eof|-l|--max-lines", Slot::Text),
            flag("-0|--null"),
            flag("-p|--interactive|-r|--no-run-if-empty|-t|--verbose|-x|--exit|--show-limits"),
        ])
        .special(Special::Xargs)
        .rest(Slot::Command),
    program("parallel|rust-parallel|sem")
        .style(Style::Posix)
        .options(&[
            value("-j|--jobs|-P|--max-procs|-n|--max-args|-N|-I|-d|--delimiter|-C|--colsep|--timeout|--retries|--delay|--load|--memfree|--tagstring|-L|--max-lines|-s|--max-chars|--block|--nice|--termseq|--id", Slot::Text),
            value("-a|--arg-file", Slot::Text),
            value("--joblog|--results|--tmpdir|--tempdir|--return", Slot::Write),
            value("--workdir|--wd", Slot::Folder),
            value("-S|--sshlogin", Slot::Host),
            value("--transferfile|--tf|--basefile|--bf", Slot::Upload),
            value("--env|--halt", Slot::Text),
            // The program by which other machines are reached.
            value("--ssh", Slot::Shell),
            value("--slf|--sshloginfile|--profile|-J", Slot::Unknown),
            flag("--dry-run|--dryrun").dry(),
            flag("-k|--keep-order|-q|--quote|-0|--null|-t|--verbose|-u|--ungroup|-X|-m|-r|--no-run-if-empty|--bar|--eta|--progress|--tag|--group|--line-buffer|--lb|--will-cite|--citation|--pipe|--xapply|--link|--no-notice|--halt-on-error|--resume|-x|--shuf"),
        ])
        .special(Special::Parallel)
        .rest(Slot::Command),
    // Under the eyes of another program.
    program("expect")
        .style(Style::Posix)
        .options(&[value("-c", Slot::Code(Language::Other)), value("-f", Slot::CodeFile(Language::Other)), flag("-d|-D|-i|-n|-N|-b"), flag("-v").dry()])
        .operands(&[Slot::CodeFile(Language::Other)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::Other)),
    program("strace|ltrace|truss|dtruss")
        .style(Style::Posix)
        .options(&[
            value("-e|--trace|-s|--string-limit|-a|--columns|-I|-O|-S|-X|-b|-E|--env|-P|--trace-path|-u|--user|-A|-l|-n|-x", Slot::Text),
            value("-p|--attach", Slot::Process),
            value("-o|--output", Slot::Write),
            flag("-f|-ff|--follow-forks|-c|-C|-d|-D|-i|-k|-q|-qq|-r|-t|-tt|-ttt|-T|-v|-w|-xx|-y|-yy|-z|-Z|-F|-h"),
        ])
        .rest(Slot::Command),
    program("gdb|lldb|cgdb|rust-gdb|rust-lldb")
        .style(Style::Long)
        .options(&[
            flag("--args|--").rest(Slot::Command),
            flag("-q|-quiet|--silent|--batch|-batch-silent|-n|-nx|-nh|-tui|--no-lldbinit|-b"),
            value("-ex|-iex|-eval-command|-o|-O|-one-line|-ix|-x|-command|-s|-S|-source", Slot::Unknown),
            value("-p|-pid|-attach-pid", Slot::Process),
            value("-c|-core", Slot::Read),
            value("-cd|-d|-directory", Slot::Text),
            value("-f|-file", Slot::CodeFile(Language::Other)),
        ])
        .special(Special::Escapes)
        .operands(&[Slot::CodeFile(Language::Other)])
        .rest(Slot::Text)
        .stdin(Slot::Unknown),
    program("valgrind|heaptrack")
        .style(Style::Posix)
        .options(&[
            value("-o", Slot::Write),
            optional("--log-file|--xml-file|--callgrind-out-file|--massif-out-file|--cachegrind-out-file", Slot::Write),
            optional("--suppressions", Slot::Read),
            optional("--tool|--leak-check|--show-leak-kinds|--track-origins|--error-exitcode|--gen-suppressions|--trace-children|--num-callers|--track-fds|--undef-value-errors|--xml|--keep-debuginfo|--errors-for-leak-kinds|--vgdb|--time-stamp", Slot::Text),
            flag("-q|-v|--quiet|--verbose"),
        ])
        .rest(Slot::Command),
    program("perf")
        .verbs(&[
            verb("list|version|help").open().acts(LOOKS).rest(Slot::Text),
            verb("report|annotate|diff|buildid-list|evlist")
                .options(&[
                    value("-i|--input", Slot::Read),
                    value("-s|--sort|-F|--fields|-c|--comms|-d|--dsos|-S|--symbols|--percent-limit|-g|--call-graph", Slot::Text),
                    flag("--stdio|--stdio2|--no-children|--children|-n|-v|-q|-T|-G|--header|--header-only|--stats"),
                ])
                .acts(LOOKS)
                .rest(Slot::Text),
            verb("stat|record|trace")
                .style(Style::Posix)
                .options(&[
                    value("-e|--event|-F|--freq|-c|--count|-r|--repeat|-C|--cpu|-x|-I|--call-graph|-m|--delay|-D|-u|--uid", Slot::Text),
                    value("-p|--pid|-t|--tid", Slot::Process),
                    value("-o|--output", Slot::Write),
                    flag("-a|-g|-d|-v|-q|-s|-i|-B|-A|-n|-b|--all-cpus|--no-big-num|-dd|-ddd"),
                ])
                .rest(Slot::Command),
        ]),
    program("hyperfine")
        .options(&[
            value("-w|--warmup|-m|--min-runs|-M|--max-runs|-r|--runs|-P|--parameter-scan|-D|--parameter-step-size|-u|--time-unit|-n|--command-name|--style|--output|--sort|--input", Slot::Text),
            value("-p|--prepare|-s|--setup|-c|--cleanup|-C|--conclude|--reference", Slot::Shell),
            value("-S|--shell", Slot::Unknown),
            value("--export-csv|--export-json|--export-markdown|--export-asciidoc|--export-orgmode", Slot::Write),
            flag("-i|--ignore-failure|-N|--show-output|--no-color"),
        ])
        .rest(Slot::Shell),
    // With what they put into the environment.
    program("direnv")
        .verbs(&[
            verb("exec").style(Style::Posix).acts(RUNS_UNKNOWN).operands(&[Slot::Text]).rest(Slot::Command),
            verb("status|version|help|show_dump|stdlib").open().acts(LOOKS).rest(Slot::Text),
            verb("allow|permit|grant|reload").acts(PERSISTS).rest(Slot::Text),
            verb("deny|revoke|block|prune").acts(LOOKS).rest(Slot::Text),
            verb("export|dump").acts(SHOWS_SECRET).rest(Slot::Text),
        ]),
    program("dotenv|dotenvx|env-cmd|envchain")
        .style(Style::Posix)
        .options(&[value("-f|--file|-e|--env|-q|--quote|-c|-r", Slot::Text), flag("-o|--override|--no-override|-x")])
        .verbs(&[verb("run").style(Style::Posix).options(&[value("-f|-e|--env", Slot::Text), flag("--overload|--quiet")]).rest(Slot::Command)])
        .rest(Slot::Command),
    program("op")
        .options(&[value("--account|--config|--encoding|--format|--session", Slot::Text), flag("--cache|--debug|--iso-timestamps|--no-color")])
        .verbs(&[
            verb("run").style(Style::Posix).options(&[value("--env-file", Slot::Text), flag("--no-masking")]).rest(Slot::Command),
            verb("read|inject").open().acts(SHOWS_SECRET).rest(Slot::Text),
            verb("whoami|signin|update").acts(LOOKS).open(),
            verb("account|vault|user|group|events-api|service-account|connect|document|item")
                .verbs(&[
                    verb("list|ls").open().acts(super::ASKS_SERVICE),
                    verb("get").open().acts(SHOWS_SECRET).rest(Slot::Text),
                    verb("create|edit|add|move|share|grant|invite|provision").open().acts(super::CHANGES_REMOTE).rest(Slot::Text),
                    verb("delete|rm|forget|revoke|suspend|remove").open().acts(super::DESTROYS_REMOTE).rest(Slot::Text),
                ]),
        ]),
    program("aws-vault|aws-okta|saml2aws|granted|assume")
        .verbs(&[
            verb("exec")
                .style(Style::Posix)
                .options(&[flag("-j|--json|-s|--server|-n|--no-session|--ecs-server|--lazy|--stdout"), value("-d|--duration|--region|-t|--mfa-token|-a|--idp-account|--exec-profile", Slot::Text)])
                .acts(SHOWS_SECRET)
                .operands(&[Slot::Text])
                .rest(Slot::Command),
            verb("list|ls").open().acts(LOOKS),
            verb("export|login").open().acts(SHOWS_SECRET).rest(Slot::Text),
        ]),
    program("chamber|summon")
        .verbs(&[
            verb("exec").style(Style::Posix).options(&[flag("--pristine|--strict")]).acts(SHOWS_SECRET).operands(&[Slot::Text]).rest(Slot::Command),
            verb("list|history|find|env|list-services|read|export").open().acts(SHOWS_SECRET).rest(Slot::Text),
        ]),
    program("teller|doppler|infisical|envconsul|vals")
        .verbs(&[
            verb("exec|run").style(Style::Posix).options(&[flag("--pristine|--strict"), value("-p|--project|-c|--config|--env|--path|--command", Slot::Text)]).acts(SHOWS_SECRET).rest(Slot::Command),
            verb("list|history|find|env|list-services").open().acts(SHOWS_SECRET).rest(Slot::Text),
        ]),
    program("sops")
        .options(&[
            flag("-d|--decrypt").acts(SHOWS_SECRET),
            flag("-i|--in-place|-r|--rotate").rest(Slot::Edit),
            flag("-e|--encrypt|-s|--show-master-keys|--verbose|--ignore-mac"),
            value("--output", Slot::Write),
            value("--extract|--input-type|--output-type|-k|--kms|-p|--pgp|-a|--age|--config|--aws-profile|--encrypted-regex|--encrypted-suffix|--set", Slot::Text),
        ])
        .verbs(&[
            verb("exec-env").style(Style::Posix).options(&[flag("--pristine|--background"), value("--user", Slot::Text)]).acts(SHOWS_SECRET).operands(&[Slot::Text]).rest(Slot::Shell),
            verb("exec-file").style(Style::Posix).options(&[flag("--no-fifo|--background"), value("--user|--filename", Slot::Text)]).acts(SHOWS_SECRET).operands(&[Slot::Text]).rest(Slot::Shell),
            verb("decrypt|edit").open().acts(SHOWS_SECRET).rest(Slot::Read),
            verb("encrypt|filestatus").options(&[flag("-i|--in-place").rest(Slot::Edit)]).rest(Slot::Read),
            verb("updatekeys|rotate|set|unset|groups|publish").open().acts(super::CHANGES_SECRETS).rest(Slot::Text),
        ])
        .rest(Slot::Edit),
    program("busybox|toybox")
        .style(Style::Posix)
        .options(&[flag("--list|--list-full|--list-all|--list-long").dry(), flag("--install|-s").acts(CHANGES_SYSTEM)])
        .acts(LOOKS)
        .rest(Slot::Command),
    // Terminals and times.
    program("tmux|byobu")
        .style(Style::Posix)
        .special(Special::Tmux)
        .options(&[value("-L|-S", Slot::Text), value("-f", Slot::Unknown), value("-c", Slot::Shell), flag("-2|-u|-v|-C|-D|-l|-N"), flag("-V|-h").dry()])
        .bare(RUNS_UNKNOWN)
        .verbs(&[
            verb("ls|list-sessions|lsw|list-windows|lsp|list-panes|lsc|list-clients|list-keys|lsk|list-commands|lscm|list-buffers|lsb|info|show-messages|showmsgs|has-session|has|capture-pane|capturep|display-message|display|show-options|show|show-window-options|showw|show-buffer|showb|server-info|display-panes|displayp|start-server|start")
                .options(&[value("-t|-F|-f|-S|-E|-b|-c|-N|-T|-O", Slot::Text), value("-d", Slot::Text)])
                .open()
                .acts(LOOKS)
                .rest(Slot::Text),
            verb("show-environment|showenv").open().acts(SHOWS_SECRET).rest(Slot::Text),
            verb("send-keys|send").style(Style::Posix).options(&[value("-t|-N|-c", Slot::Text), flag("-F|-H|-K|-l|-M|-R|-X")]).acts(RUNS_UNKNOWN).rest(Slot::Shell),
            verb("run-shell|run|if-shell|if|pipe-pane|pipep").options(&[value("-t|-d|-c", Slot::Text), flag("-b|-C|-F|-I|-O|-o")]).acts(RUNS_UNKNOWN).rest(Slot::Shell),
            verb("new-session|new|new-window|neww|split-window|splitw|respawn-pane|respawnp|respawn-window|respawnw|display-popup|popup")
                .style(Style::Posix)
                .options(&[value("-s|-n|-t|-x|-y|-F|-f|-l|-p|-e|-w|-S|-T", Slot::Text), flag("-d|-A|-D|-E|-P|-X|-v|-h|-k|-a|-b|-B|-C|-Z|-f|-I"), value("-c", Slot::Folder)])
                .bare(RUNS_UNKNOWN)
                .rest(Slot::Words),
            verb("kill-server").acts(super::ENDS),
            verb("kill-session|kill-pane|killp|kill-window|killw").options(&[value("-t", Slot::Process), flag("-a|-C")]).acts(super::ENDS),
        ]),
    program("screen")
        .style(Style::Posix)
        .options(&[
            flag("-ls|-list|-v|-h").dry(),
            value("-S|-r|-R|-x|-t|-T|-s|-e|-p|-h|-d", Slot::Text),
            value("-c|-Logfile", Slot::Unknown),
            value("-dmS|-DmS|-dmSL", Slot::Text),
            flag("-dm|-D|-DR|-dr|-L|-m|-a|-A|-O|-U|-wipe"),
            flag("-X").rest(Slot::Shell).acts(RUNS_UNKNOWN),
        ])
        .bare(RUNS_UNKNOWN)
        .rest(Slot::Command),
    program("at|batch")
        .options(&[flag("-l|-V").dry(), flag("-m|-M|-v|-b|-k"), value("-c", Slot::Text), value("-q|-t", Slot::Text), value("-f", Slot::ShellFile), flag("-d|-r").acts(CHANGES_SYSTEM)])
        .acts(PERSISTS)
        .rest(Slot::Text)
        .stdin(Slot::Shell),
    program("atq").open().acts(LOOKS),
    program("atrm").acts(CHANGES_SYSTEM).rest(Slot::Text),
    program("crontab")
        .options(&[
            flag("-l|-V").dry(),
            flag("-r").acts(DESTROYS_SYSTEM),
            flag("-e|-i|-s|-n"),
            value("-u", Slot::Text),
        ])
        .acts(PERSISTS)
        .special(Special::Crontab)
        .rest(Slot::Read)
        .stdin(Slot::Text),
    program("anacron|run-parts")
        .options(&[flag("--test|--list|-T|-V").dry(), value("-a|-u|--regex|-t|-S", Slot::Text), flag("-v|--verbose|--report|-f|-n|-d|-s|-q")])
        .rest(Slot::CodeFile(Language::Other)),
];
