//! Version control, and the services that keep it.

use super::{
    ASKS_REMOTE, ASKS_SERVICE, CHANGES_REMOTE, CHANGES_REPOSITORY, CHANGES_SECRETS, CHANGES_SETTINGS,
    DESTROYS_REMOTE, INSTALLS, INSTALLS_SYSTEM, LOOKS, PERSISTS, PUBLISHES, RUNS_PROJECT, RUNS_UNKNOWN,
    SHOWS_SECRET,
};
use super::{Act, Effect, Entry, Opt, Scope, Slot, Special, Style, flag, optional, program, value, verb};

/// What is remembered is added to or moved, and can be moved back.
const CHANGES_HISTORY: &[Act] = &[Act::new(Effect::VcsHistory, Scope::Repository)];
/// Work that was not committed, or commits, are lost.
const LOSES_WORK: &[Act] = &[Act::grave(Effect::VcsHistory, Scope::Repository)];
/// What is remembered is gone for good.
const DESTROYS_HISTORY: &[Act] = &[Act::grave(Effect::Delete, Scope::Repository)];
/// Files are shown that standard input names.
const READS_ANY: &[Act] = &[Act::new(Effect::Read, Scope::Unknown)];
/// Commits come from another machine.
const FETCHES: &[Act] =
    &[Act::new(Effect::NetworkIn, Scope::Remote), Act::new(Effect::Write, Scope::Repository)];
/// The same, and files of the project change.
const PULLS: &[Act] =
    &[Act::new(Effect::NetworkIn, Scope::Remote), Act::new(Effect::VcsHistory, Scope::Repository)];
/// Something is sent to another machine.
const SENDS: &[Act] = &[Act::new(Effect::NetworkOut, Scope::Remote)];

/// A verb of git: its parser knows `--no-x`.
const fn git(names: &'static str) -> Entry {
    verb(names).style(Style::Undo)
}

/// A verb that only shows, whatever its options are.
const fn shows(names: &'static str) -> Entry {
    git(names).open().acts(LOOKS).rest(Slot::Text)
}

/// What those that show differences have in common.
const DIFF: &[Opt] = &[
    value("--output", Slot::Write),
    flag("--ext-diff").acts(RUNS_UNKNOWN),
    value("-O", Slot::Read),
    value("-L", Slot::Text),
    value(
        "-S|-G|-U|-l|-n|-I|--max-count|--skip|--since|--after|--until|--before|--author|--committer|--grep",
        Slot::Text,
    ),
    value(
        "--date|--diff-filter|--inter-hunk-context|--src-prefix|--dst-prefix|--line-prefix|--rotate-to|--skip-to|--branches-from",
        Slot::Text,
    ),
    value(
        "--find-object|--ignore-matching-lines|--anchored|--ws-error-highlight|--diff-algorithm|--min-parents|--max-parents",
        Slot::Text,
    ),
    optional(
        "-M|-C|-B|--stat|--color|--abbrev|--format|--pretty|--decorate|--dirstat|-X|--word-diff|--relative",
        Slot::Text,
    ),
    flag("-p|-u|--patch|-c|--cc|-m|-r|-t|-z|-R|-a|-b|-w|-i|-E|-F|-P|-g"),
];

const BISECT: &[Entry] = &[
    git("run").style(Style::Posix).acts(CHANGES_HISTORY).rest(Slot::Command),
    shows("log|view|visualize|terms"),
    git("start|good|bad|new|old|skip|next|reset|replay")
        .options(&[
            flag("--first-parent|--no-checkout"),
            value("--term-good|--term-bad|--term-new|--term-old", Slot::Text),
        ])
        .acts(CHANGES_HISTORY)
        .rest(Slot::Text),
];

const STASH: &[Entry] = &[
    git("list").options(DIFF).open().acts(LOOKS).rest(Slot::Text),
    git("show").options(DIFF).open().acts(LOOKS).rest(Slot::Text),
    git("drop|clear").open().acts(LOSES_WORK).rest(Slot::Text),
    git("push|save|apply|pop|branch|create|store|export|import")
        .options(STASH_OPTIONS)
        .acts(CHANGES_HISTORY)
        .rest(Slot::Text),
];

const STASH_OPTIONS: &[Opt] = &[
    flag(
        "-p|--patch|-k|--keep-index|--no-keep-index|-u|--include-untracked|-a|--all|-q|--quiet|-S|--staged|--index|--pathspec-file-nul",
    ),
    value("-m|--message|-U|--unified|--label-ours|--label-theirs|--label-base", Slot::Text),
    value("--pathspec-from-file", Slot::Read),
];

const SUBMODULE: &[Entry] = &[
    shows("status|summary"),
    git("foreach").style(Style::Posix).options(&[flag("--recursive|-q|--quiet")]).rest(Slot::Command),
    git("deinit").options(&[flag("-f|--force").grave(), flag("--all|-q|--quiet")]).acts(CHANGES_HISTORY).rest(Slot::Text),
    git("update")
        .options(&[
            flag("--init|--recursive|-q|--quiet|--remote|--checkout|--rebase|--merge|--no-fetch|-N|--progress|--recommend-shallow|--single-branch"),
            flag("-f|--force").grave(),
            value("--depth|-j|--jobs|--filter|--reference", Slot::Text),
        ])
        .acts(PULLS)
        .rest(Slot::Text),
    git("add|init|set-branch|set-url|sync|absorbgitdirs")
        .options(&[
            flag("-q|--quiet|--recursive|-f|--force|-d|--default"),
            value("-b|--branch|--name|--depth|--reference", Slot::Text),
        ])
        .acts(PULLS)
        .rest(Slot::Text),
];

const WORKTREE: &[Entry] = &[
    shows("list"),
    git("add")
        .options(&[
            flag("--detach|-d|--checkout|--no-checkout|--lock|-q|--quiet|--track|--no-track|--guess-remote|--orphan|--relative-paths"),
            flag("-f|--force").grave(),
            value("-b|--reason", Slot::Text),
            value("-B", Slot::Text).grave(),
        ])
        .acts(CHANGES_HISTORY)
        .operands(&[Slot::Write])
        .rest(Slot::Text),
    git("remove").options(&[flag("-f|--force").grave()]).acts(CHANGES_HISTORY).rest(Slot::Text),
    git("move").options(&[flag("-f|--force").grave()]).acts(CHANGES_HISTORY).rest(Slot::Write),
    git("prune").options(&[flag("-n|--dry-run").dry(), flag("-v|--verbose"), value("--expire", Slot::Text)]).acts(CHANGES_HISTORY),
    git("lock|unlock|repair").options(&[value("--reason", Slot::Text)]).acts(CHANGES_REPOSITORY).rest(Slot::Text),
];

const REMOTE: &[Entry] = &[
    shows("get-url"),
    git("show").options(&[flag("-n|-v")]).acts(ASKS_SERVICE).rest(Slot::Named),
    git("prune").options(&[flag("-n|--dry-run").dry()]).acts(FETCHES).rest(Slot::Text),
    git("update").options(&[flag("-p|--prune")]).acts(FETCHES).rest(Slot::Text),
    git("add")
        .options(&[flag("-f|--fetch|--tags|--no-tags"), value("-t|-m|--mirror", Slot::Text)])
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Text),
    git("rename|remove|rm|set-head|set-branches|set-url")
        .options(&[flag("-a|--auto|-d|--delete|--add|--push|--progress")])
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Text),
];

const REFLOG: &[Entry] = &[
    git("show|list|exists").options(DIFF).open().acts(LOOKS).rest(Slot::Text),
    git("expire")
        .options(&[
            flag("-n|--dry-run").dry(),
            value("--expire|--expire-unreachable", Slot::Text),
            flag("--all|--updateref|--rewrite|--stale-fix|--verbose|--single-worktree"),
        ])
        .acts(LOSES_WORK)
        .rest(Slot::Text),
    git("delete|drop")
        .options(&[flag("-n|--dry-run").dry(), flag("--updateref|--rewrite|--verbose|--all")])
        .acts(LOSES_WORK)
        .rest(Slot::Text),
];

const NOTES: &[Entry] = &[
    shows("list|show|get-ref"),
    git("remove|prune")
        .options(&[flag("-n").dry(), flag("--ignore-missing|--stdin|-v")])
        .acts(LOSES_WORK)
        .rest(Slot::Text),
    git("add|append|edit|copy|merge")
        .options(&[
            flag("-f|--force").grave(),
            flag("--allow-empty|--stdin|--commit|--abort|-q|-v"),
            value("-m|--message|-c|-C|--reuse-message|--reedit-message|-s|--strategy", Slot::Text),
            value("-F|--file", Slot::Read),
        ])
        .acts(CHANGES_HISTORY)
        .rest(Slot::Text),
];

const LFS: &[Entry] = &[
    shows("status|ls-files|env|version|pointer|locks|help"),
    git("fsck")
        .options(&[flag("-d|--dry-run").dry(), flag("--objects|--pointers")])
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Text),
    git("track|untrack")
        .options(&[flag(
            "-l|--lockable|-v|--verbose|-d|--dry-run|--filename|--no-excluded|--no-modify-attrs|--json",
        )])
        .bare(LOOKS)
        .rest(Slot::Write),
    git("fetch|pull|checkout|clone")
        .options(&[
            value("-I|--include|-X|--exclude", Slot::Text),
            flag("-a|--all|-r|--recent|-p|--prune|-d|--dry-run|--refetch"),
        ])
        .acts(FETCHES)
        .rest(Slot::Text),
    git("push")
        .options(&[flag("--dry-run").dry(), flag("--all|--object-id|--stdin")])
        .acts(PUBLISHES)
        .rest(Slot::Text),
    git("prune")
        .options(&[flag("-d|--dry-run").dry(), flag("-f|--force|--recent|--verify-remote|--verbose")])
        .acts(LOSES_WORK),
    git("migrate").verbs(&[
        git("info").open().acts(LOOKS).rest(Slot::Text),
        git("import|export").open().acts(LOSES_WORK).rest(Slot::Text),
    ]),
    git("lock|unlock")
        .options(&[flag("-f|--force|-j|--json"), value("-r|--remote|-i|--id", Slot::Text)])
        .acts(CHANGES_REMOTE)
        .rest(Slot::Text),
    git("install|uninstall|update")
        .options(&[flag(
            "-f|--force|-l|--local|-m|--manual|-s|--skip-smudge|--system|--worktree|--skip-repo",
        )])
        .acts(PERSISTS),
];

const MERGE: &[Opt] = &[
    flag("--abort|--quit").acts(LOSES_WORK),
    flag(
        "--continue|--commit|--no-commit|-e|--edit|--no-edit|--ff|--no-ff|--ff-only|-n|--stat|--no-stat|--squash|--no-squash|--signoff",
    ),
    flag(
        "-v|--verbose|-q|--quiet|--progress|--no-progress|--autostash|--no-autostash|--allow-unrelated-histories|--overwrite-ignore|--verify-signatures|--rerere-autoupdate",
    ),
    flag("--no-verify").grave(),
    optional("-S|--gpg-sign|--log", Slot::Text),
    value("-s|--strategy|-X|--strategy-option|-m|--message|--into-name|--cleanup", Slot::Text),
    value("-F|--file", Slot::Read),
];

const FETCH: &[Opt] = &[
    flag(
        "--all|-a|--append|--atomic|-k|--keep|-p|--prune|-P|--prune-tags|-n|--no-tags|-t|--tags|-j|--jobs|-q|--quiet|-v|--verbose|--progress",
    ),
    flag(
        "--unshallow|--update-shallow|-4|--ipv4|-6|--ipv6|-m|--multiple|--auto-maintenance|--auto-gc|--write-fetch-head|--porcelain|--set-upstream|--refetch|--no-auto-gc",
    ),
    flag("-f|--force|-u|--update-head-ok").grave(),
    flag("--dry-run"),
    optional("--recurse-submodules|--recurse-submodules-default", Slot::Text),
    value(
        "--depth|--deepen|--shallow-since|--shallow-exclude|--filter|--negotiation-tip|--refmap|-o|--server-option|-j",
        Slot::Text,
    ),
    value("--upload-pack", Slot::Shell),
];

const BRANCH_LISTS: Opt =
    flag("-l|--list|--contains|--no-contains|--merged|--no-merged|--points-at").rest(Slot::Text);

const VERBS: &[Entry] = &[
    // Those that show.
    git("status").options(&[value("--pathspec-from-file", Slot::Read)]).open().acts(LOOKS).rest(Slot::Text),
    git("diff|show|whatchanged|diff-tree|diff-index|diff-files|range-diff|diff-pairs").options(DIFF).open().acts(LOOKS).rest(Slot::Read),
    git("log|shortlog|rev-list|cherry|show-branch").options(DIFF).open().acts(LOOKS).rest(Slot::Text),
    git("blame|annotate")
        .options(&[
            value("-L", Slot::Text),
            value("--date|--since|--abbrev", Slot::Text),
            value("--output", Slot::Write),
            value("-S|--contents|--ignore-revs-file", Slot::Read),
            optional("-M|-C|--color", Slot::Text),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    git("grep")
        .options(&[
            value("-e", Slot::Text).rest(Slot::Read),
            value("-f", Slot::Read).rest(Slot::Read),
            optional("-O|--open-files-in-pager", Slot::Shell).acts(RUNS_UNKNOWN),
            value("-A|-B|-C|--after-context|--before-context|--context|--max-depth|--threads|-m|--max-count", Slot::Text),
            optional("--color|--break", Slot::Text),
        ])
        .open()
        .acts(LOOKS)
        .operands(&[Slot::Text])
        .rest(Slot::Read),
    git("cat-file").options(&[optional("--batch|--batch-command", Slot::Text).acts(READS_ANY), optional("--batch-check", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read),
    shows("ls-files|ls-tree|rev-parse|describe|name-rev|show-ref|for-each-ref|merge-base|count-objects|verify-commit|verify-tag|verify-pack|var"),
    shows("check-ignore|check-attr|check-mailmap|check-ref-format|get-tar-commit-id|patch-id|stripspace|column|fmt-merge-msg|version|help|show-index"),
    git("last-modified|blame-tree").open().acts(LOOKS).rest(Slot::Text),
    git("fsck|fsck-objects").options(&[flag("--lost-found").acts(CHANGES_REPOSITORY)]).open().acts(LOOKS).rest(Slot::Text),
    git("merge-tree").open().acts(LOOKS).rest(Slot::Text),
    git("ls-remote")
        .options(&[
            value("--upload-pack|--exec", Slot::Shell),
            value("--sort|-o|--server-option", Slot::Text),
            flag("-h|--heads|-b|--branches|-t|--tags|--refs|-q|--quiet|--exit-code|--get-url|--symref"),
        ])
        .rest(Slot::Text),
    git("request-pull").options(&[flag("-p")]).acts(ASKS_REMOTE).rest(Slot::Text),
    git("reflog").verbs(REFLOG).options(DIFF).open().acts(LOOKS).bare(LOOKS).rest(Slot::Text),
    git("fast-export")
        .options(&[value("--export-marks", Slot::Write), value("--import-marks|--import-marks-if-exists", Slot::Read), optional("--signed-tags|--tag-of-filtered-object|--refspec|--progress|--reencode", Slot::Text)])
        .open()
        .acts(LOOKS)
        .rest(Slot::Text),
    // Branches, tags, remotes, settings: shown or changed.
    git("branch")
        .options(&[
            BRANCH_LISTS,
            flag("-a|--all|-r|--remotes|-v|-vv|--verbose|--show-current|-i|--ignore-case|-q|--quiet|--omit-empty"),
            value("--sort|--format", Slot::Text),
            optional("--color|--column|--abbrev", Slot::Text),
            flag("-d|--delete|-m|--move|-c|--copy").rest(Slot::Ref),
            flag("-D|-M|-C").grave().rest(Slot::Ref),
            flag("-f|--force").grave(),
            flag("--create-reflog|--recurse-submodules"),
            optional("-t|--track", Slot::Text),
            value("-u|--set-upstream-to", Slot::Text).acts(CHANGES_REPOSITORY),
            flag("--unset-upstream|--edit-description").acts(CHANGES_REPOSITORY),
        ])
        .acts(LOOKS)
        .rest(Slot::Ref),
    git("tag")
        .options(&[
            flag("-l|--list|--contains|--no-contains|--merged|--no-merged|--points-at|-v|--verify").rest(Slot::Text),
            optional("-n", Slot::Text).rest(Slot::Text),
            value("--sort|--format", Slot::Text),
            optional("--color|--column", Slot::Text),
            flag("-i|--ignore-case|--omit-empty|-a|--annotate|-s|--sign|--no-sign|-e|--edit|--create-reflog"),
            flag("-d|--delete").rest(Slot::Ref),
            flag("-f|--force").grave().rest(Slot::Ref),
            value("-m|--message|-u|--local-user|--cleanup|--trailer", Slot::Text),
            value("-F|--file", Slot::Read),
        ])
        .acts(LOOKS)
        .rest(Slot::Ref),
    git("stash").verbs(STASH).options(STASH_OPTIONS).bare(CHANGES_HISTORY),
    git("remote").verbs(REMOTE).options(&[flag("-v|--verbose")]).bare(LOOKS),
    git("worktree").verbs(WORKTREE),
    git("notes").verbs(NOTES).options(&[value("--ref", Slot::Text)]).bare(LOOKS),
    git("submodule").verbs(SUBMODULE).options(&[flag("-q|--quiet|--cached")]).bare(LOOKS),
    git("bisect").verbs(BISECT),
    git("config")
        .options(&[
            flag("--get|--get-all|--get-regexp|--get-urlmatch|--get-color|--get-colorbool|-l|--list"),
            flag("--show-origin|--show-scope|--show-names|--name-only|-z|--null|--includes|--bool|--int|--bool-or-int|--bool-or-str|--path|--expiry-date|--fixed-value|--all|--regexp"),
            flag("--global|--system"),
            flag("--local|--worktree"),
            value("--type|--default|--url|--value|--comment", Slot::Text),
            value("-f|--file", Slot::Text),
            value("--blob", Slot::Text),
            flag("--add|--replace-all|--append|--unset|--unset-all|--rename-section|--remove-section|-e|--edit"),
        ])
        .rest(Slot::Text),
    git("replace")
        .options(&[
            flag("-l|--list").rest(Slot::Text),
            value("--format", Slot::Text),
            flag("-d|--delete|--graft|--convert-graft-file|-e|--edit|--raw").acts(CHANGES_HISTORY),
            flag("-f|--force").grave(),
        ])
        .acts(LOOKS)
        .rest(Slot::Ref),
    git("symbolic-ref")
        .options(&[
            flag("-q|--quiet|--short|--recurse|--no-recurse"),
            flag("-d|--delete").rest(Slot::Ref),
            value("-m", Slot::Text),
        ])
        .acts(LOOKS)
        .operands(&[Slot::Text])
        .rest(Slot::Ref),
    git("rerere").verbs(&[shows("status|diff|remaining"), git("clear|forget|gc").acts(CHANGES_REPOSITORY).rest(Slot::Text)]).bare(CHANGES_REPOSITORY),
    git("sparse-checkout")
        .verbs(&[
            shows("list|check-rules"),
            git("set|add|reapply|init|disable|clean").options(&[flag("--cone|--no-cone|--stdin|--sparse-index|--skip-checks")]).acts(CHANGES_HISTORY).rest(Slot::Text),
        ]),
    git("bundle")
        .verbs(&[
            git("verify|list-heads").open().acts(LOOKS).rest(Slot::Read),
            git("create").options(&[flag("-q|--quiet|--progress|--all|--all-progress|--branches|--tags"), value("--version|--since|-n", Slot::Text)]).operands(&[Slot::Write]).rest(Slot::Text),
            git("unbundle").options(&[flag("--progress")]).acts(CHANGES_HISTORY).rest(Slot::Read),
        ]),
    git("archive")
        .options(&[
            value("-o|--output", Slot::Write),
            value("--remote", Slot::Text),
            value("--exec", Slot::Shell),
            value("--format|--prefix|--mtime|--add-virtual-file", Slot::Text),
            value("--add-file", Slot::Read),
            flag("-l|--list|-v|--verbose|--worktree-attributes"),
        ])
        .acts(LOOKS)
        .rest(Slot::Read),
    // Those that change what is being worked on.
    git("add|stage")
        .options(&[
            flag("-n|--dry-run").dry(),
            flag("-v|--verbose|-f|--force|-i|--interactive|-p|--patch|-e|--edit|-A|--all|-u|--update|-N|--intent-to-add|--refresh|--ignore-errors|--ignore-missing|--renormalize|--sparse|--pathspec-file-nul|--no-all|--ignore-removal|--no-warn-embedded-repo"),
            value("--chmod|-U|--unified|--inter-hunk-context", Slot::Text),
            value("--pathspec-from-file", Slot::Read),
        ])
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Text),
    git("commit")
        .options(&[
            flag("--dry-run").dry(),
            flag("-a|--all|-p|--patch|--amend|--no-edit|-e|--edit|-q|--quiet|-v|--verbose|-s|--signoff|--allow-empty|--allow-empty-message|-i|--include|-o|--only"),
            flag("--reset-author|--short|--branch|--porcelain|--long|-z|--null|--status|--no-status|--no-post-rewrite|--no-gpg-sign|--pathspec-file-nul|--interactive|--verify"),
            flag("-n|--no-verify").grave(),
            value("-m|--message|-C|-c|--reuse-message|--reedit-message|--fixup|--squash|--author|--date|--cleanup|--trailer|-U|--unified", Slot::Text),
            value("-F|--file|-t|--template|--pathspec-from-file", Slot::Read),
            optional("-S|--gpg-sign|-u|--untracked-files", Slot::Text),
        ])
        .acts(CHANGES_HISTORY)
        .rest(Slot::Text),
    git("mv").options(&[flag("-n|--dry-run").dry(), flag("-f|--force").grave(), flag("-k|-v|--verbose|--sparse")]).acts(CHANGES_REPOSITORY).rest(Slot::Edit),
    git("rm")
        .options(&[
            flag("-n|--dry-run").dry(),
            flag("-f|--force").acts(LOSES_WORK),
            flag("--cached|-r|-q|--quiet|--ignore-unmatch|--sparse|--pathspec-file-nul"),
            value("--pathspec-from-file", Slot::Read),
        ])
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Text),
    git("checkout|co")
        .options(&[
            flag("-q|--quiet|--progress|--no-progress|-d|--detach|--guess|--no-guess|-l|-m|--merge|--overlay|--overwrite-ignore|--no-track|--ignore-skip-worktree-bits|--pathspec-file-nul|--ignore-other-worktrees"),
            value("-b|--orphan", Slot::Text),
            value("--conflict|-U|--unified|--inter-hunk-context", Slot::Text),
            value("-B", Slot::Text).acts(LOSES_WORK),
            flag("-f|--force").acts(LOSES_WORK),
            flag("-p|--patch|-2|--ours|-3|--theirs|--no-overlay").acts(LOSES_WORK),
            value("--pathspec-from-file", Slot::Read).acts(LOSES_WORK),
            optional("-t|--track|--recurse-submodules", Slot::Text),
        ])
        .acts(CHANGES_HISTORY)
        .rest(Slot::Text),
    git("switch")
        .options(&[
            flag("-q|--quiet|--progress|--no-progress|-d|--detach|--guess|--no-guess|-m|--merge|--no-track|--overwrite-ignore|--ignore-other-worktrees"),
            value("-c|--create|--orphan|--conflict", Slot::Text),
            value("-C|--force-create", Slot::Text).acts(LOSES_WORK),
            flag("-f|--force|--discard-changes").acts(LOSES_WORK),
            optional("-t|--track|--recurse-submodules", Slot::Text),
        ])
        .acts(CHANGES_HISTORY)
        .rest(Slot::Text),
    git("restore")
        .options(&[
            flag("-S|--staged"),
            flag("-W|--worktree"),
            flag("-p|--patch|-2|--ours|-3|--theirs|-m|--merge"),
            flag("-q|--quiet|--progress|--no-progress|--overlay|--no-overlay|--ignore-unmerged|--ignore-skip-worktree-bits|--pathspec-file-nul"),
            value("-s|--source|--conflict|-U|--unified|--inter-hunk-context", Slot::Text),
            value("--pathspec-from-file", Slot::Read),
            optional("--recurse-submodules", Slot::Text),
        ])
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Text),
    git("reset")
        .options(&[
            flag("--hard|--merge|--keep").acts(LOSES_WORK),
            flag("--soft|--mixed|-N|--intent-to-add|-q|--quiet|-p|--patch|--refresh|--no-refresh|--pathspec-file-nul"),
            value("--pathspec-from-file", Slot::Read),
            value("-U|--unified|--inter-hunk-context", Slot::Text),
            optional("--recurse-submodules", Slot::Text),
        ])
        .acts(CHANGES_HISTORY)
        .rest(Slot::Text),
    git("clean")
        .options(&[
            flag("-n|--dry-run").dry(),
            flag("-f|--force"),
            flag("-d|-x|-X|-q|--quiet|-i|--interactive"),
            value("-e|--exclude", Slot::Text),
        ])
        .acts(LOSES_WORK)
        .rest(Slot::Text),
    git("merge").options(MERGE).acts(CHANGES_HISTORY).rest(Slot::Text),
    git("rebase")
        .options(&[
            flag("--show-current-patch").dry(),
            value("-x|--exec", Slot::Shell),
            value("--onto|-s|--strategy|-X|--strategy-option|-C|--whitespace|--empty|--trailer", Slot::Text),
            optional("-S|--gpg-sign|-r|--rebase-merges|--no-rebase-merges", Slot::Text),
            flag("-i|--interactive|--continue|--skip|--abort|--quit|--edit-todo|-q|--quiet|-v|--verbose|-n|--stat|--no-stat|-f|--force-rebase|--no-ff|--fork-point|--no-fork-point|--keep-base|--root"),
            flag("--autosquash|--no-autosquash|--autostash|--no-autostash|-k|--keep-empty|--no-keep-empty|--apply|-m|--merge|--signoff|--verify|--no-verify|--update-refs|--no-update-refs"),
            flag("--committer-date-is-author-date|--ignore-date|--reset-author-date|--ignore-whitespace|--reschedule-failed-exec|--reapply-cherry-picks|--no-reapply-cherry-picks|--allow-empty-message|--rerere-autoupdate"),
        ])
        .acts(LOSES_WORK)
        .rest(Slot::Text),
    git("cherry-pick|revert")
        .options(&[
            flag("--abort|--quit|--skip").acts(LOSES_WORK),
            flag("--continue|-e|--edit|--no-edit|-n|--no-commit|-x|-s|--signoff|--ff|--allow-empty|--allow-empty-message|--keep-redundant-commits|--rerere-autoupdate|--reference"),
            value("-m|--mainline|-X|--strategy-option|--strategy|--cleanup|--empty", Slot::Text),
            optional("-S|--gpg-sign", Slot::Text),
        ])
        .acts(CHANGES_HISTORY)
        .rest(Slot::Text),
    git("am")
        .options(&[
            optional("--show-current-patch", Slot::Text).dry(),
            flag("--abort|--quit|--skip").acts(LOSES_WORK),
            flag("-s|--signoff|-k|--keep|--keep-non-patch|-c|--scissors|--no-scissors|-m|--message-id|-q|--quiet|-u|--utf8|-3|--3way|--no-3way|--ignore-space-change|--ignore-whitespace"),
            flag("-i|--interactive|-r|--resolved|--continue|--allow-empty|--no-verify|-n|--reject|--ignore-date|--committer-date-is-author-date|--keep-cr|--no-keep-cr|--rerere-autoupdate"),
            value("--whitespace|-C|-p|--directory|--exclude|--include|--patch-format|--empty|--quoted-cr", Slot::Text),
            optional("-S|--gpg-sign", Slot::Text),
        ])
        .acts(CHANGES_HISTORY)
        .rest(Slot::Read),
    git("apply")
        .options(&[
            flag("--check|--stat|--numstat|--summary"),
            flag("--apply"),
            flag("--index|--cached|-N|--intent-to-add|-3|--3way|-R|--reverse|--reject|-z|--unidiff-zero|--binary|--allow-binary-replacement|--unsafe-paths|--no-add|--allow-overlap|--inaccurate-eof|-v|--verbose|-q|--quiet|--recount|--ignore-space-change|--ignore-whitespace|--allow-empty|--ours|--theirs|--union"),
            value("-p|-C|--exclude|--include|--whitespace|--directory", Slot::Text),
            value("--build-fake-ancestor", Slot::Write),
        ])
        .acts(LOOKS)
        .rest(Slot::Read),
    git("format-patch")
        .options(&[
            flag("--stdout").dry(),
            value("-o|--output-directory", Slot::Write),
            value("--output", Slot::Write),
            value("--start-number|--subject-prefix|--in-reply-to|-v|--reroll-count|--to|--cc|--base|--notes|--suffix|--signature|--range-diff|--creation-factor|--cover-from-description|--filename-max-length|-U|-O", Slot::Text),
            value("--signature-file|--description-file", Slot::Read),
        ])
        .open()
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Text),
    git("init|init-db")
        .options(&[
            value("-b|--initial-branch|--object-format|--ref-format", Slot::Text),
            value("--template|--separate-git-dir", Slot::Unknown),
            flag("-q|--quiet|--bare"),
            optional("--shared", Slot::Text),
        ])
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Write),
    git("clone")
        .options(&[
            flag("-v|--verbose|-q|--quiet|--progress|-n|--no-checkout|--checkout|--bare|--mirror|-l|--local|--no-local|--no-hardlinks|-s|--shared|--single-branch|--no-single-branch|--no-tags|--tags|--shallow-submodules|--no-shallow-submodules|--remote-submodules|--sparse|--reject-shallow|--dissociate|--also-filter-submodules|-4|-6"),
            value("-b|--branch|-o|--origin|--depth|--shallow-since|--shallow-exclude|--filter|-j|--jobs|--reference|--reference-if-able|--server-option|--ref-format|--bundle-uri|--revision", Slot::Text),
            optional("--recurse-submodules|--recursive", Slot::Text),
            value("--separate-git-dir", Slot::Write),
            value("--template", Slot::Unknown),
            value("-u|--upload-pack", Slot::Shell),
            value("-c|--config", Slot::Unknown),
        ])
        .acts(ASKS_REMOTE)
        .operands(&[Slot::Url, Slot::Write]),
    git("fetch").options(FETCH).acts(FETCHES).rest(Slot::Text),
    git("pull")
        .options(&[
            flag("--all|-a|--append|-k|--keep|-p|--prune|--no-tags|-t|--tags|-q|--quiet|-v|--verbose|--progress|--unshallow|--update-shallow|-4|-6|--set-upstream|--dry-run"),
            flag("--commit|--no-commit|-e|--edit|--no-edit|--ff|--no-ff|--ff-only|-n|--stat|--no-stat|--squash|--signoff|--autostash|--no-autostash|--allow-unrelated-histories|--verify-signatures|--no-rebase"),
            flag("-f|--force|--no-verify").grave(),
            optional("-r|--rebase|--recurse-submodules|-S|--gpg-sign|--log", Slot::Text),
            value("-s|--strategy|-X|--strategy-option|--cleanup|--depth|--deepen|--shallow-since|--shallow-exclude|--filter|--negotiation-tip|--refmap|-o|--server-option|-j|--jobs", Slot::Text),
            value("--upload-pack", Slot::Shell),
        ])
        .acts(PULLS)
        .rest(Slot::Text),
    git("push")
        .options(&[
            flag("-n|--dry-run").dry(),
            flag("-f|--force").acts(LOSES_WORK),
            optional("--force-with-lease", Slot::Text).acts(LOSES_WORK),
            flag("--force-if-includes"),
            flag("-d|--delete").acts(LOSES_WORK),
            flag("--mirror").acts(LOSES_WORK),
            flag("--prune").acts(LOSES_WORK),
            flag("--all|--branches"),
            flag("--no-verify").grave(),
            flag("-u|--set-upstream|--tags|--follow-tags|--no-follow-tags|--porcelain|-q|--quiet|-v|--verbose|--progress|--atomic|--no-atomic|--thin|--no-thin|-4|--ipv4|-6|--ipv6|--verify"),
            optional("--signed|--recurse-submodules", Slot::Text),
            value("-o|--push-option|--repo", Slot::Text),
            value("--receive-pack|--exec", Slot::Shell),
        ])
        .rest(Slot::Text),
    git("send-email|imap-send").open().acts(SENDS).rest(Slot::Upload),
    // Those that rewrite, and clean up.
    git("filter-branch")
        .style(Style::Gnu)
        .options(&[
            value("--setup|--env-filter|--tree-filter|--index-filter|--parent-filter|--msg-filter|--commit-filter|--tag-name-filter", Slot::Shell),
            value("--subdirectory-filter|--original|-d|--state-branch", Slot::Text),
            flag("--prune-empty|-f|--force"),
        ])
        .acts(LOSES_WORK)
        .rest(Slot::Text),
    git("filter-repo")
        .style(Style::Gnu)
        .options(FILTER_REPO)
        .acts(DESTROYS_HISTORY),
    git("gc")
        .options(&[
            optional("--prune", Slot::Text),
            flag("--aggressive|--auto|-q|--quiet|--force|--keep-largest-pack|--cruft|--no-cruft|--detach|--no-detach|--no-prune"),
            value("--expire-to|--max-cruft-size", Slot::Text),
        ])
        .acts(CHANGES_REPOSITORY),
    git("prune").options(&[flag("-n|--dry-run").dry(), flag("-v|--verbose|--progress"), value("--expire", Slot::Text)]).acts(LOSES_WORK).rest(Slot::Text),
    git("repack|pack-refs|prune-packed|update-server-info|multi-pack-index|commit-graph|pack-redundant|backfill").open().acts(CHANGES_REPOSITORY).rest(Slot::Text),
    git("maintenance")
        .verbs(&[
            git("run|is-needed").open().acts(CHANGES_REPOSITORY).rest(Slot::Text),
            git("start|register").open().acts(PERSISTS),
            git("stop|unregister").open().acts(CHANGES_SETTINGS),
        ]),
    git("update-ref")
        .options(&[
            flag("-d|--stdin").acts(LOSES_WORK),
            flag("--no-deref|--create-reflog|-z|--batch-updates"),
            value("-m", Slot::Text),
        ])
        .acts(CHANGES_HISTORY)
        .rest(Slot::Text),
    git("refs").verbs(&[shows("list|verify|exists"), git("migrate|optimize").open().acts(CHANGES_HISTORY)]),
    git("update-index|read-tree|checkout-index|write-tree|commit-tree|mktree|mktag|hash-object|unpack-objects|index-pack|fast-import|merge-file|pack-objects|quiltimport")
        .options(&[value("-m|-p|-F|-t|--index-output|--prefix|--chmod|--cacheinfo|--path|-o|-L", Slot::Text)])
        .open()
        .acts(CHANGES_HISTORY)
        .rest(Slot::Edit),
    git("interpret-trailers")
        .options(&[flag("--in-place").rest(Slot::Edit), value("--trailer|--where|--if-exists|--if-missing", Slot::Text), flag("--trim-empty|--only-trailers|--only-input|--unfold|--parse|--no-divider")])
        .acts(LOOKS)
        .rest(Slot::Read),
    // Those that run others, or wait for them.
    git("difftool")
        .options(&[
            flag("--tool-help").dry(),
            value("-x|--extcmd", Slot::Shell),
            value("-t|--tool", Slot::Text),
            flag("-y|--no-prompt|--prompt|-d|--dir-diff|-g|--gui|--no-gui|--symlinks|--trust-exit-code|--cached|--staged"),
        ])
        .acts(RUNS_UNKNOWN)
        .rest(Slot::Read),
    git("mergetool")
        .options(&[flag("--tool-help").dry(), value("-t|--tool|-O", Slot::Text), flag("-y|--no-prompt|--prompt|-g|--gui|--no-gui")])
        .acts(RUNS_UNKNOWN)
        .rest(Slot::Text),
    git("hook").open().acts(RUNS_UNKNOWN).rest(Slot::Text),
    git("for-each-repo").open().acts(RUNS_UNKNOWN).rest(Slot::Text),
    git("credential|credential-store|credential-cache|credential-manager|credential-osxkeychain|credential-libsecret")
        .options(&[value("--file|--timeout|--socket", Slot::Text)])
        .verbs(&[git("fill|get").acts(SHOWS_SECRET), git("approve|store|reject|erase|exit").acts(CHANGES_SECRETS)]),
    git("lfs").verbs(LFS),
    git("flow").open().acts(LOSES_WORK).rest(Slot::Text),
    git("svn|p4|cvsimport").open().acts(PUBLISHES).rest(Slot::Text),
    git("bugreport|diagnose").options(&[value("-o|--output-directory|-s|--suffix|--mode", Slot::Text)]).acts(CHANGES_REPOSITORY),
];

const FILTER_REPO: &[Opt] = &[
    flag("--dry-run|--analyze").dry(),
    flag(
        "-f|--force|--invert-paths|--use-base-name|--partial|--refs-only|--debug|--quiet|--strip-blobs-with-ids|--no-ff|--sdr|--sensitive-data-removal|--proceed|--preserve-commit-hashes|--preserve-commit-encoding|--no-gc|--replace-refs-none|--use-mailmap",
    ),
    value(
        "--path|--path-glob|--path-regex|--path-rename|--subdirectory-filter|--to-subdirectory-filter|--tag-rename|--refs|--source|--target|--report-dir|--prune-empty|--prune-degenerate|--replace-refs|--state-branch|--max-blob-size|--strip-blobs-bigger-than|--date-format",
        Slot::Text,
    ),
    value("--paths-from-file|--replace-text|--replace-message|--mailmap", Slot::Read),
    value(
        "--filename-callback|--file-info-callback|--message-callback|--name-callback|--email-callback|--refname-callback|--blob-callback|--commit-callback|--tag-callback|--reset-callback|--done-callback",
        Slot::Code(super::Language::Python),
    ),
];

const GIT: &[Opt] = &[
    flag(
        "-p|--paginate|-P|--no-pager|--no-replace-objects|--no-lazy-fetch|--no-optional-locks|--no-advice|--bare|--literal-pathspecs|--glob-pathspecs|--noglob-pathspecs|--icase-pathspecs",
    ),
    flag("-h|-v|--html-path|--man-path|--info-path").dry(),
    value("-C", Slot::Folder),
    value("-c", Slot::Text),
    value("--config-env", Slot::Text),
    value("--git-dir", Slot::Folder),
    value("--work-tree|--namespace|--super-prefix|--attr-source|--list-cmds|--shallow-file", Slot::Text),
    // Where programs of git are found.
    optional("--exec-path", Slot::Unknown),
];

const TELLS: &[Opt] = &[
    value("-F|--body-file|--notes-file|--input", Slot::Upload),
    value("-b|--body|-t|--title|-n|--notes|-m|--message|-R|--repo", Slot::Text),
];

const TAKES: &[Opt] = &[
    value("-D|--dir|-O|--output", Slot::Write),
    value("-n|--name|-p|--pattern|-R|--repo|-b|--branch|-A|--archive", Slot::Text),
];

/// How what is listed is picked out, and of which project it is.
const ASKS: &[Opt] = &[value("-q|--jq", Slot::Query), value("-R|--repo|--hostname", Slot::Forge)];

/// What is listed in a service, or looked at.
const fn asks(names: &'static str) -> Entry {
    verb(names).options(ASKS).open().acts(ASKS_SERVICE).rest(Slot::Forge)
}

/// What is changed in it.
const fn changes(names: &'static str) -> Entry {
    verb(names).options(TELLS).open().acts(CHANGES_REMOTE).rest(Slot::Text)
}

/// What is taken away from it.
const fn destroys(names: &'static str) -> Entry {
    verb(names).open().acts(DESTROYS_REMOTE).rest(Slot::Text)
}

/// What a service makes on this machine: files, branches.
const fn takes(names: &'static str) -> Entry {
    verb(names).options(TAKES).open().acts(PULLS).rest(Slot::Text)
}

const GH: &[Entry] = &[
    verb("api")
        .options(&[
            value("-X|--method", Slot::Text),
            value("-q|--jq", Slot::Query),
            value("--hostname", Slot::Forge),
            value("-t|--template|--cache|-p|--preview", Slot::Text),
            value("-H|--header", Slot::Text),
            value("-f|--raw-field", Slot::Text),
            value("-F|--field", Slot::Text),
            value("--input", Slot::Read),
            flag("-i|--include|--paginate|--silent|--slurp|--verbose"),
        ])
        .special(Special::GhApi)
        .rest(Slot::Text),
    verb("auth").verbs(&[
        verb("status").options(&[flag("-t|--show-token").acts(SHOWS_SECRET), value("-q|--jq", Slot::Query), value("-h|--hostname", Slot::Forge), value("--json", Slot::Text), flag("-a|--active")]).acts(ASKS_SERVICE),
        verb("token").open().acts(SHOWS_SECRET),
        verb("login|logout|refresh|setup-git|switch").open().acts(CHANGES_SECRETS).rest(Slot::Text),
        verb("git-credential").open().acts(SHOWS_SECRET).rest(Slot::Text),
    ]),
    asks("browse|status"),
    verb("codespace|cs").verbs(&[
        asks("list|ls|view|logs"),
        verb("ports").verbs(&[changes("visibility|forward")]).options(&[value("-q|--jq", Slot::Query), value("-c|--codespace|--json|-t|--template|-R|--repo", Slot::Text)]).acts(ASKS_SERVICE).bare(ASKS_SERVICE),
        destroys("delete|stop"),
        changes("create|code|edit|rebuild|jupyter"),
        verb("ssh|cp").open().acts(CHANGES_REMOTE).rest(Slot::Unknown),
    ]),
    verb("gist").verbs(&[
        asks("list|ls|view"),
        verb("create|new").open().acts(PUBLISHES).rest(Slot::Upload),
        verb("edit|rename").open().acts(CHANGES_REMOTE).rest(Slot::Text),
        destroys("delete"),
        takes("clone"),
    ]),
    verb("issue").verbs(&[
        asks("list|ls|view|status"),
        changes("create|new|edit|comment|close|reopen|lock|unlock|pin|unpin|develop"),
        destroys("delete|transfer"),
    ]),
    verb("pr").verbs(&[
        asks("list|ls|view|status|diff|checks"),
        verb("create|new").options(&[flag("--dry-run").dry(), value("-F|--body-file|-T|--template", Slot::Upload)]).open().acts(PUBLISHES).rest(Slot::Text),
        takes("checkout|co"),
        verb("merge|revert|update-branch").open().acts(PUBLISHES).rest(Slot::Text),
        changes("edit|comment|close|reopen|review|ready|lock|unlock"),
    ]),
    verb("project").verbs(&[
        asks("list|ls|view|field-list|item-list"),
        changes("create|edit|close|copy|link|unlink|mark-template|field-create|item-add|item-create|item-edit|item-archive"),
        destroys("delete|field-delete|item-delete"),
    ]),
    verb("release").verbs(&[
        asks("list|ls|view|verify|verify-asset"),
        takes("download"),
        verb("create|new|upload|edit").open().acts(PUBLISHES).operands(&[Slot::Text]).rest(Slot::Upload),
        destroys("delete|delete-asset"),
    ]),
    verb("repo").verbs(&[
        asks("list|ls|view|gitignore|license"),
        verb("autolink").verbs(&[asks("list|ls|view"), changes("create|new"), destroys("delete")]),
        verb("deploy-key").verbs(&[asks("list|ls"), verb("add").open().acts(CHANGES_SECRETS).rest(Slot::Upload), destroys("delete")]),
        takes("clone|sync"),
        verb("set-default").options(&[flag("-v|--view").dry(), flag("-u|--unset")]).acts(CHANGES_REPOSITORY).rest(Slot::Text),
        verb("create|new|fork").open().acts(PUBLISHES).rest(Slot::Text),
        destroys("delete|archive"),
        changes("edit|rename|unarchive"),
    ]),
    verb("run").verbs(&[asks("list|ls|view|watch"), takes("download"), changes("rerun|cancel"), destroys("delete")]),
    verb("workflow").verbs(&[asks("list|ls|view"), changes("run|enable|disable")]),
    verb("cache").verbs(&[asks("list|ls"), destroys("delete")]),
    verb("label").verbs(&[asks("list|ls"), changes("create|edit|clone"), destroys("delete")]),
    verb("ruleset|rs").verbs(&[asks("list|ls|view|check")]),
    verb("org").verbs(&[asks("list|ls")]),
    asks("search"),
    verb("secret").verbs(&[asks("list|ls"), verb("set").open().acts(CHANGES_REMOTE).rest(Slot::Text), destroys("delete|remove")]),
    verb("variable").verbs(&[asks("list|ls|get"), verb("set").options(&[value("-f|--env-file", Slot::Upload)]).open().acts(CHANGES_REMOTE).rest(Slot::Text), destroys("delete|remove")]),
    verb("ssh-key|gpg-key").verbs(&[asks("list|ls"), verb("add").open().acts(CHANGES_SECRETS).rest(Slot::Upload), destroys("delete")]),
    verb("config").verbs(&[
        verb("list|ls").open().acts(LOOKS).rest(Slot::Text),
        verb("get")
            .options(&[value("-h|--host", Slot::Text)])
            .verbs(&[verb("oauth_token").acts(SHOWS_SECRET)])
            .bare(LOOKS)
            .rest(Slot::Text),
        verb("set|clear-cache").open().acts(CHANGES_SETTINGS).rest(Slot::Text),
    ]),
    verb("alias").verbs(&[
        verb("list|ls").open().acts(LOOKS),
        verb("set|import|delete").open().acts(PERSISTS).rest(Slot::Text),
    ]),
    verb("extension|ext|extensions").verbs(&[
        asks("list|ls|search"),
        verb("install|upgrade|create").open().acts(INSTALLS_SYSTEM).rest(Slot::Text),
        verb("remove").open().acts(CHANGES_SETTINGS).rest(Slot::Text),
        verb("exec").open().acts(RUNS_UNKNOWN).rest(Slot::Text),
    ]),
    verb("attestation|at").verbs(&[asks("verify|trusted-root"), takes("download")]),
    verb("preview").open().acts(ASKS_SERVICE).rest(Slot::Text),
    verb("completion|version|help|reference").open().acts(LOOKS).rest(Slot::Text),
    verb("copilot").open().acts(RUNS_UNKNOWN).rest(Slot::Text),
];

const GLAB: &[Entry] = &[
    verb("auth").verbs(&[
        verb("status").options(&[flag("-t|--show-token").acts(SHOWS_SECRET), value("-h|--hostname", Slot::Text), flag("-a|--all")]).acts(ASKS_SERVICE),
        verb("login|logout|configure-docker|dpop-gen").open().acts(CHANGES_SECRETS).rest(Slot::Text),
        verb("git-credential|docker-helper").open().acts(SHOWS_SECRET).rest(Slot::Text),
    ]),
    verb("mr").verbs(&[
        asks("list|ls|view|show|diff|approvers|issues"),
        verb("create|new|merge|accept|rebase|approve|for").open().acts(PUBLISHES).rest(Slot::Text),
        takes("checkout"),
        changes("update|note|close|reopen|revoke|subscribe|unsubscribe|todo"),
        destroys("delete|del"),
    ]),
    verb("issue|incident").verbs(&[
        asks("list|ls|view|show"),
        verb("board").verbs(&[asks("view"), changes("create")]),
        changes("create|new|update|note|close|reopen|subscribe|unsubscribe"),
        destroys("delete|del"),
    ]),
    verb("ci|pipe|pipeline").verbs(&[
        asks("list|ls|view|status|get|stats|trace|lint"),
        verb("config").verbs(&[asks("compile")]),
        takes("artifact"),
        changes("run|retry|cancel|trigger|run-trig"),
        destroys("delete"),
    ]),
    verb("job").verbs(&[takes("artifact")]),
    verb("repo|project").verbs(&[
        asks("list|ls|view|show|search|contributors"),
        takes("clone|archive"),
        verb("create|fork|mirror|publish|transfer").open().acts(PUBLISHES).rest(Slot::Text),
        changes("update|members"),
        destroys("delete"),
    ]),
    verb("release").verbs(&[
        asks("list|ls|view"),
        takes("download"),
        verb("create|upload").open().acts(PUBLISHES).operands(&[Slot::Text]).rest(Slot::Upload),
        destroys("delete"),
    ]),
    verb("label|milestone|schedule|iteration|snippet|changelog|deploy-key|ssh-key|gpg-key|token|user|cluster|securefile|runner").verbs(&[
        asks("list|ls|get|events|view"),
        changes("create|update|edit|run|add|upload|generate"),
        destroys("delete|revoke|rotate"),
    ]),
    verb("variable").verbs(&[
        verb("list|ls|get|export").open().acts(SHOWS_SECRET).rest(Slot::Text),
        verb("set|update").open().acts(CHANGES_REMOTE).rest(Slot::Text),
        destroys("delete"),
    ]),
    verb("config").verbs(&[
        verb("get").open().acts(SHOWS_SECRET).rest(Slot::Text),
        verb("set|edit").open().acts(CHANGES_SETTINGS).rest(Slot::Text),
    ]),
    verb("api").options(&[
            value("-X|--method", Slot::Text),
            value("--hostname|--output", Slot::Text),
            value("-H|--header", Slot::Text),
            value("-f|--raw-field", Slot::Text),
            value("-F|--field", Slot::Text),
            value("--input", Slot::Read),
            flag("-i|--include|--paginate|--silent"),
        ])
        .special(Special::GhApi)
        .rest(Slot::Text),
    verb("alias").verbs(&[verb("list|ls").open().acts(LOOKS), verb("set|delete").open().acts(PERSISTS).rest(Slot::Text)]),
    verb("completion|version|help|check-update").open().acts(LOOKS).rest(Slot::Text),
];

const JJ: &[Entry] = &[
    verb("log|status|st|diff|show|interdiff|evolog|obslog|root|version|help").options(&[value("-r|--revisions|-T|--template|--from|--to|-n|--limit", Slot::Text), value("--tool", Slot::Unknown)]).open().acts(LOOKS).rest(Slot::Read),
    verb("file").verbs(&[verb("list|annotate|search").open().acts(LOOKS).rest(Slot::Text), verb("show").open().acts(LOOKS).rest(Slot::Read), verb("chmod|track|untrack").open().acts(CHANGES_HISTORY).rest(Slot::Text)]),
    verb("operation|op").verbs(&[verb("log|show|diff").open().acts(LOOKS).rest(Slot::Text), verb("restore|undo|revert").open().acts(CHANGES_HISTORY).rest(Slot::Text), verb("abandon").open().acts(LOSES_WORK).rest(Slot::Text)]),
    verb("bookmark|b|branch|tag").verbs(&[verb("list|l").open().acts(LOOKS).rest(Slot::Text), verb("create|c|set|s|move|m|rename|r|track|t|untrack").open().acts(CHANGES_HISTORY).rest(Slot::Text), verb("delete|d|forget|f").open().acts(LOSES_WORK).rest(Slot::Text)]),
    verb("config").verbs(&[verb("list|l|get|g|path|p").open().acts(LOOKS).rest(Slot::Text), verb("set|s|unset|u|edit|e").open().acts(PERSISTS).rest(Slot::Text)]),
    verb("workspace").verbs(&[verb("list|root").open().acts(LOOKS), verb("add|forget|rename|update-stale").open().acts(CHANGES_HISTORY).rest(Slot::Text)]),
    verb("git").verbs(&[
        verb("push").options(&[flag("--dry-run").dry(), flag("--deleted|--all").acts(LOSES_WORK)]).open().acts(PUBLISHES).rest(Slot::Text),
        verb("fetch|import|export|init|colocation").open().acts(FETCHES).rest(Slot::Text),
        verb("clone").open().acts(FETCHES).operands(&[Slot::Url, Slot::Write]),
        verb("root").open().acts(LOOKS),
        verb("remote").verbs(&[verb("list").open().acts(LOOKS), verb("add|remove|rename|set-url").open().acts(CHANGES_REPOSITORY).rest(Slot::Text)]),
    ]),
    verb("new|commit|ci|describe|desc|edit|next|prev|squash|split|rebase|duplicate|parallelize|simplify-parents|absorb|undo|redo|revert|backout|resolve|diffedit|metaedit|sign|unsign|sparse").open().acts(CHANGES_HISTORY).rest(Slot::Text),
    verb("abandon|restore").open().acts(LOSES_WORK).rest(Slot::Text),
    verb("fix|util|run|gerrit").open().acts(RUNS_UNKNOWN).rest(Slot::Text),
];

const HG: &[Entry] = &[
    verb("status|st|log|history|heads|tip|parents|identify|id|branches|tags|summary|sum|manifest|files|locate|paths|root|version|help|annotate|blame|grep|verify|showconfig")
        .options(&[value("-r|--rev|-b|--branch|-l|--limit|-d|--date|-u|--user|-T|--template|-I|--include|-X|--exclude|-k|--keyword", Slot::Text)])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    verb("diff|cat").options(&[value("-o|--output", Slot::Write), value("-r|--rev|-c|--change|-U|-I|--include|-X|--exclude|--from|--to", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read),
    verb("incoming|in|outgoing|out").options(&[value("-e|--ssh|--remotecmd", Slot::Shell), value("--bundle", Slot::Write)]).open().acts(ASKS_SERVICE).rest(Slot::Text),
    verb("add|addremove|remove|rm|forget|move|mv|rename|copy|cp|commit|ci|branch|tag|bookmark|bookmarks|merge|resolve|graft|phase|unshelve|shelve|import|amend|init|backout|unbundle")
        .options(&[flag("-f|--force|-C|--clean").grave(), value("-e|--ssh", Slot::Shell), value("-m|--message|-r|--rev|-u|--user|-d|--date|-I|-X", Slot::Text)])
        .open()
        .acts(CHANGES_HISTORY)
        .rest(Slot::Text),
    verb("update|up|checkout|co").options(&[flag("-C|--clean").acts(LOSES_WORK), value("-r|--rev|-d|--date|-t|--tool", Slot::Text), flag("-c|--check|-m|--merge")]).acts(CHANGES_HISTORY).rest(Slot::Text),
    verb("pull|fetch").options(&[value("-e|--ssh|--remotecmd", Slot::Shell), value("-r|--rev|-b|--branch|-B|--bookmark|-t|--tool", Slot::Text), flag("-u|--update|-f|--force|--insecure|--rebase")]).acts(PULLS).rest(Slot::Text),
    verb("clone").options(&[value("-e|--ssh|--remotecmd", Slot::Shell), value("-r|--rev|-u|--updaterev|-b|--branch", Slot::Text), flag("-U|--noupdate|--pull|--uncompressed|--stream|--insecure")]).acts(ASKS_REMOTE).operands(&[Slot::Url, Slot::Write]),
    verb("push").options(&[flag("-n|--dry-run").dry(), flag("-f|--force").acts(LOSES_WORK), flag("--new-branch|--insecure"), value("-e|--ssh|--remotecmd", Slot::Shell), value("-r|--rev|-b|--branch|-B|--bookmark", Slot::Text)]).acts(PUBLISHES).rest(Slot::Text),
    verb("revert|rollback|purge|clean|rebase|histedit|uncommit|unamend|evolve|prune").options(&[flag("-n|--dry-run|-p|--print").dry()]).open().acts(LOSES_WORK).rest(Slot::Text),
    verb("strip|convert").open().acts(DESTROYS_HISTORY).rest(Slot::Text),
    verb("config").options(&[flag("-e|--edit|-l|--local|-g|--global").acts(PERSISTS)]).open().acts(LOOKS).rest(Slot::Text),
    verb("bisect").options(&[value("-c|--command", Slot::Shell)]).open().acts(CHANGES_HISTORY).rest(Slot::Text),
    verb("bundle|export|archive").options(&[value("-o|--output", Slot::Write)]).open().acts(CHANGES_REPOSITORY).rest(Slot::Write),
];

const SVN: &[Entry] = &[
    verb("status|stat|st|info|list|ls|log|propget|pget|pg|proplist|plist|pl|help|mergeinfo").options(&[flag("--diff"), value("--diff-cmd", Slot::Unknown)]).open().acts(ASKS_SERVICE).rest(Slot::RemoteRead),
    verb("diff|di").options(&[value("--diff-cmd", Slot::Unknown), value("-r|--revision|-c|--change|-x|--extensions|--old|--new|--depth", Slot::Text)]).open().acts(ASKS_SERVICE).rest(Slot::RemoteRead),
    verb("cat|blame|praise|annotate|ann").open().acts(ASKS_SERVICE).rest(Slot::RemoteRead),
    verb("add|changelist|cl|resolve|resolved|cleanup|relocate|switch|sw|update|up|merge|lock|unlock|patch|upgrade|propset|pset|ps|propdel|pdel|pd|propedit|pedit|pe")
        .options(&[value("--diff3-cmd|--editor-cmd", Slot::Unknown), value("-r|--revision|-c|--depth|--set-depth|--accept|-m|-F|--file|--targets", Slot::Text), flag("--remove-unversioned|--remove-ignored").acts(LOSES_WORK)])
        .open()
        .acts(CHANGES_HISTORY)
        .rest(Slot::Text),
    verb("checkout|co|export").options(&[value("-r|--revision|--depth", Slot::Text)]).open().acts(ASKS_REMOTE).operands(&[Slot::Url, Slot::Write]),
    verb("commit|ci|copy|cp|import|mkdir").options(&[value("-m|--message|-r|--revision|--depth", Slot::Text), value("-F|--file|--targets", Slot::Read), value("--editor-cmd", Slot::Unknown)]).open().acts(PUBLISHES).rest(Slot::Text),
    verb("revert").open().acts(LOSES_WORK).rest(Slot::Text),
    verb("delete|del|remove|rm|move|mv|rename|ren").options(&[flag("--force").grave(), value("-m|--message", Slot::Text)]).open().acts(LOSES_WORK).rest(Slot::Text),
];

pub(super) static ENTRIES: &[Entry] = &[
    program("git").style(Style::Posix).options(GIT).verbs(VERBS).bare(LOOKS).local().special(Special::Git),
    program("git-filter-repo").options(FILTER_REPO).acts(DESTROYS_HISTORY),
    program("git-lfs").verbs(LFS).bare(LOOKS),
    program("gitk|tig|gitui|lazygit|git-gui").style(Style::Long).options(&[value("-ucf|--use-config-file", Slot::Unknown)]).acts(CHANGES_HISTORY).rest(Slot::Text),
    program("bfg|bfg-repo-cleaner").open().acts(DESTROYS_HISTORY).rest(Slot::Text),
    program("scalar").open().acts(PERSISTS).rest(Slot::Text),
    program("gh").options(&[value("-R|--repo|--hostname", Slot::Forge)]).verbs(GH).bare(LOOKS),
    program("glab").options(&[value("-R|--repo", Slot::Forge)]).verbs(GLAB).bare(LOOKS),
    program("hub")
        .verbs(&[
            asks("ci-status|browse|compare"),
            verb("issue|pr|release").verbs(&[asks("list|show|view"), changes("create|update|edit"), takes("checkout|download"), destroys("delete")]).bare(ASKS_SERVICE),
            verb("api").open().acts(CHANGES_REMOTE).rest(Slot::Text),
            verb("create|fork|pull-request|push|gist|sync").open().acts(PUBLISHES).rest(Slot::Text),
            verb("delete").open().acts(DESTROYS_REMOTE).rest(Slot::Text),
        ]),
    program("jj").options(&[value("-R|--repository|--at-operation|--at-op|--color", Slot::Text), value("--config|--config-file|--config-toml|--tool", Slot::Unknown), flag("--ignore-working-copy|--quiet|--no-pager|--ignore-immutable|--debug")]).verbs(JJ).bare(LOOKS).local(),
    program("hg|chg").options(&[value("-R|--repository|--encoding|--color|--pager", Slot::Text), value("--cwd", Slot::Folder), value("--config", Slot::Unknown), flag("-y|--noninteractive|-q|--quiet|-v|--verbose|--debug|--hidden|--traceback|--time")]).verbs(HG).bare(LOOKS).local(),
    program("svn").options(&[value("--username|--config-dir", Slot::Text), value("--password", Slot::Text), value("--config-option", Slot::Unknown), flag("--non-interactive|--no-auth-cache|--trust-server-cert|-q|--quiet|-v|--verbose|--force-interactive")]).verbs(SVN).bare(LOOKS),
    program("svnadmin").verbs(&[verb("info|verify|lslocks|lstxns|help|dump").options(&[value("-F|--file", Slot::Write)]).open().acts(LOOKS).rest(Slot::Read), verb("create|hotcopy|load|pack|recover|upgrade").open().acts(CHANGES_HISTORY).rest(Slot::Write), verb("rmtxns|rmlocks|setlog|setrevprop").open().acts(LOSES_WORK).rest(Slot::Text)]),
    program("svnlook|svnversion").open().acts(LOOKS).rest(Slot::Read),
    program("pre-commit")
        .options(&[value("-c|--config", Slot::Read), value("--color", Slot::Text)])
        .verbs(&[
            verb("run|try-repo").open().acts(RUNS_PROJECT).rest(Slot::Text),
            verb("validate-config|validate-manifest|sample-config|help").open().acts(LOOKS).rest(Slot::Read),
            verb("install|install-hooks|init-templatedir|uninstall").open().acts(PERSISTS).rest(Slot::Text),
            verb("autoupdate|migrate-config|clean|gc").open().acts(FETCHES).rest(Slot::Text),
        ])
        .bare(INSTALLS),
    program("husky|lefthook|simple-git-hooks").open().acts(PERSISTS).rest(Slot::Text),
    program("lint-staged|commitlint|nano-staged").open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("cz|commitizen|git-cz|standard-version|semantic-release|release-it|release-please|changeset|auto|np")
        .options(&[flag("--dry-run")])
        .open()
        .acts(PUBLISHES)
        .rest(Slot::Text),
    // Its settings name commands that are run.
    program("git-cliff").options(&[value("-o|--output|-p|--prepend", Slot::Write), value("-c|--config|-w|--workdir|-r|--repository", Slot::Read)]).open().acts(RUNS_PROJECT).rest(Slot::Text),
];
