//! What commands of the gate print.

use super::{Document, Field, TIME};

/// An answer to a call.
pub(super) const ANSWER: &[Field] = &[
    ("verdict", "string", "`allow`, `ask` or `deny`."),
    (
        "said",
        "string?",
        "What Claude Code would be told of it, in this mode of the gate and that of the session; null for nothing.",
    ),
    (
        "withheld",
        "string?",
        "Why it would be told nothing of an allow: another hook could change the call; or why hooks do not go by this answer now, and say `said`. Not looked into with `--batch`.",
    ),
    (
        "layer",
        "string",
        "What decided: `policy` (the repository's), `rule` (yours), `grant` (yours, for a while), `opaque` (it could not be understood), `effects` (what it does), `facts` (what other sessions do), `pause` (a trigger of yours has paused the session), `budget` (what was spent), `learned` (what you have answered before).",
    ),
    ("rule", "string?", "The rule that decided, by its name."),
    ("reason", "string", "Why, for a person."),
    ("learnable", "boolean", "Your answers may come to settle it."),
    (
        "thought",
        "object?",
        "What is thought of it, as in `claudectl brain query --json`; null where that has no say, or nothing was learned.",
    ),
    ("effects[].effect", "string", "Something that it does: `read`, `write`, `delete`, ..."),
    ("effects[].scope", "string", "To what: `repo-tracked`, `credential`, `system`, ..."),
    ("effects[].grave", "boolean", "It reaches far, or cannot be undone."),
    ("effects[].subject", "string", "The path, address or program; redacted."),
    (
        "flows[]",
        "string",
        "What goes from one part to another: `secret-to-network`, `download-to-exec`, `decoded-to-exec`.",
    ),
    ("opaque[]", "string", "What of it could not be understood."),
];

/// A rule. Only conditions that are set are there.
pub(super) const RULE: &[Field] = &[
    ("name", "string", "Its name; `g1` for what was allowed for a while."),
    ("tool[]", "string", "Tools that it is about."),
    ("command[]", "string", "Commands, by their words."),
    ("path[]", "string", "Patterns of paths."),
    ("effect[]", "string", "What is done."),
    ("scope[]", "string", "To what."),
    ("project[]", "string", "Projects."),
    ("mode[]", "string", "Claude Code's permission modes."),
    ("session[]", "string", "Sessions."),
    ("cost_above", "number", "Only where the session has cost more than this, in dollars."),
    ("conflict", "boolean", "Only where another session is in the way, or none is."),
    ("last_error", "boolean", "Only where the last call failed, or did not."),
    ("action", "string", "`allow`, `ask` or `deny`."),
    ("reason", "string", "Why."),
    ("expires", TIME, "When it ends."),
    ("expired", "boolean", "It has ended, and counts no more."),
    ("by", "string", "Whose it is: `you`, `policy` (the repository's) or `grant` (yours, for a while)."),
];

/// Mistakes in a file of rules.
pub(super) const CHECKED: &[Field] = &[
    ("file", "string", "The file."),
    ("rules", "number", "Rules in it; 0 where there is a mistake, because then none counts."),
    ("triggers", "number", "Triggers in it."),
    ("mistakes[].line", "number", "Where a mistake is: the line."),
    ("mistakes[].column", "number", "And the column, in characters."),
    ("mistakes[].key", "string?", "The key that it is about."),
    ("mistakes[].what", "string", "What is wrong."),
    ("mistakes[].fix", "string", "What to do."),
];

pub(super) const DOCUMENTS: &[Document] = &[
    Document {
        commands: "claudectl gate check --json",
        about: "The answer to a call. With `--batch`, one such document a line for each line of standard input: `{\"tool\",\"input\",\"cwd\",\"permission_mode\",\"session\"}`, of which only `input` is needed. The exit code is 0 if it is allowed (with `--batch`, if all lines were answered).",
        fields: &[],
    },
    Document {
        commands: "claudectl gate explain --json",
        about: "The same, with its parts and what would change it.",
        fields: &[
            (
                "commands[].command",
                "string",
                "A command that would be run; redacted, `…` for what is not known.",
            ),
            (
                "commands[].level",
                "string",
                "How far it may go by itself: `allow`, `learnable`, `ask` or `deny`.",
            ),
            ("commands[].reason", "string", "Why."),
            ("commands[].depth", "number", "How many of the others run it, one in the other."),
            ("commands[].wraps", "boolean", "It runs others, which stand by themselves."),
            ("commands[].unproven[]", "string", "What is not known of it."),
            ("changes[]", "string", "What would change the verdict, the nearest first."),
            ("rules[].name", "string", "A rule that would allow it: its keys are those of the file."),
            ("rules[].tool[]", "string", "Its tools."),
            ("rules[].command[]", "string", "Its commands."),
            ("rules[].effect[]", "string", "What it covers of what is done."),
            ("rules[].scope[]", "string", "And to what."),
            ("rules[].project[]", "string", "Its projects."),
            ("rules[].action", "string", "`allow`."),
        ],
    },
    Document {
        commands: "claudectl gate log --json",
        about: "An array of what the gate said of calls, the latest first.",
        fields: &[
            ("[].at", TIME, "When."),
            ("[].session", "string", "The session."),
            ("[].agent", "string?", "The subagent, if it was one."),
            ("[].tool", "string", "The tool."),
            ("[].tool_use_id", "string?", "The call's id."),
            ("[].summary", "string", "What the call is about; redacted."),
            ("[].input_hash", "string?", "BLAKE3 of its input's JSON, the first 128 bits in hexadecimal."),
            ("[].permission_mode", "string?", "Claude Code's permission mode."),
            ("[].verdict", "string", "As in `gate check`, with the following."),
            (
                "[].said",
                "string?",
                "What Claude Code was told: `allow`, `ask`, `deny` or `defer`; null for nothing.",
            ),
            (
                "[].withheld",
                "string?",
                "Why it was told nothing of an allow, or deny where the verdict is ask.",
            ),
            ("[].layer", "string", "What decided."),
            ("[].rule", "string?", "The rule that did."),
            ("[].reason", "string", "Why; redacted."),
            ("[].learnable", "boolean", "Your answers may come to settle it."),
            (
                "[].thought",
                "object?",
                "What was thought of it then, as in `claudectl brain query --json`; null where that had no say.",
            ),
            ("[].effects[]", "string", "What the call does: effect and scope, `delete:temp`."),
            ("[].outcome", "object?", "What became of the call; null as long as nobody has said it."),
            (
                "[].outcome.what",
                "string",
                "`ran`, `failed` (it ran, and failed), `interrupted`, `refused` (by Claude Code), `unasked` (so, because nobody could be asked) or `rejected` (by you).",
            ),
            ("[].outcome.at", TIME, "When."),
            ("[].outcome.changed", "boolean", "Another input ran than the one that was judged."),
            (
                "[].decided_by",
                "string?",
                "Who let the call run, or did not, in Claude Code's word (`config`, `user_temporary`, `user_permanent`, `user_reject`, `hook`); as far as the transcript says.",
            ),
        ],
    },
    Document {
        commands: "claudectl gate audit --json",
        about: "An array of what people have told the gate, and of what their triggers have done, the latest first.",
        fields: &[
            ("[].seq", "integer?", "Its number; later deeds have larger ones. Null for a trigger's."),
            ("[].at", TIME, "When."),
            ("[].actor", "string", "Who: `person`, or `trigger`."),
            (
                "[].kind",
                "string",
                "What: `approve`, `deny`, `grant`, `revoke`, `trust`, `distrust`, `vouch`, `disown`, `budget-raise`, `budget-set`, `budget-unset`, `trigger-pause`, `trigger-send` or `trigger-stop`.",
            ),
            ("[].subject", "string", "Of what: a session, a folder, a grant, a hook's hash."),
            (
                "[].state",
                "string",
                "Of `approve` and `deny`: `queued` (for a run without a terminal), `delivered` (to the waiting hook), `confirmed` (the transcript says that it counted) or `too-late` (somebody else decided). Of a trigger's: `done`, `failed` (`why` is in `payload`), or `begun` (nobody has said what came of it). Of anything else: `done`.",
            ),
            ("[].payload", "object", "What it was; redacted."),
            ("[].payload.*", "any", "Its fields depend on the kind."),
        ],
    },
    Document {
        commands: "claudectl approve --json",
        about: "Without a session: an array of the prompts that can be answered, the oldest first.",
        fields: &[
            ("[].session", "string", "The session."),
            ("[].agent", "string?", "The subagent that makes the call."),
            (
                "[].deferred",
                "boolean",
                "No prompt is open: a run without a terminal has ended at the call, and waits to be taken up.",
            ),
            ("[].tool_use_id", "string?", "The call, where it can be told which."),
            ("[].tool", "string", "The tool."),
            ("[].summary", "string", "The call on a line; redacted."),
            ("[].lines[]", "string", "The call as it is, line by line: a command, or a diff; redacted."),
            ("[].input_hash", "string", "What an answer is bound to."),
            ("[].cwd", "string?", "The working folder."),
            ("[].permission_mode", "string?", "Claude Code's permission mode."),
            ("[].reason", "string?", "Why the gate asks; null where Claude Code does."),
            ("[].since", TIME, "Since when."),
            ("[].keepable", "boolean", "A rule could allow the same call again (`--always`, `--for`)."),
        ],
    },
    Document {
        commands: "claudectl approve SESSION --json",
        about: "What became of an answer; the same with `deny`. With `--all` an array of these.",
        fields: &[
            ("session", "string", "The session."),
            ("tool_use_id", "string?", "The call, where it can be told which."),
            ("tool", "string", "The tool."),
            ("summary", "string", "The call on a line; redacted."),
            ("decision", "string", "`allow` or `deny`."),
            ("state", "string", "`confirmed`, `sent`, `delivered`, `queued`, `too-late` or `unknown`."),
            ("rule", "string?", "The rule or grant that was made."),
            ("note", "string?", "More, for a person."),
        ],
    },
    Document {
        commands: "claudectl gate allow --json",
        about: "What is allowed for a while.",
        fields: &[
            ("id", "string", "Its number: `claudectl rules rm g1` ends it."),
            ("rule.name", "string", "Empty: it is called by its number."),
            ("rule.tool[]", "string", "The tool."),
            ("rule.command[]", "string", "What may be run; only there for Bash."),
            ("rule.path[]", "string", "What may be touched; only there with `--tool`."),
            ("rule.project[]", "string", "The project; only there with `--project`."),
            ("rule.session[]", "string", "The session; only there with `--session`."),
            ("rule.action", "string", "`allow`."),
            ("ends_at", TIME, "When it ends."),
        ],
    },
    Document {
        commands: "claudectl gate mode --json",
        about: "How much the gate says.",
        fields: &[
            ("mode", "string", "`observe`, `guard`, `on` or `auto`."),
            ("before", "string", "What it was."),
        ],
    },
    Document {
        commands: "claudectl gate hooks --json",
        about: "An array of the hooks of others that are called before tool calls, and of repositories' in prompts.",
        fields: &[
            ("[].id", "string?", "What it is called in commands; null where nobody can vouch for it."),
            (
                "[].hash",
                "string?",
                "BLAKE3 of what it is and of its scripts, the first 128 bits in hexadecimal.",
            ),
            (
                "[].state",
                "string",
                "`trusted`, `untrusted`, or `never`: nobody can vouch for what a repository brings.",
            ),
            (
                "[].event",
                "string",
                "When it is called: `PreToolUse` (it may change a call), `PermissionRequest` (it may answer a prompt), `env` (no hook, but variables that decide what a command runs), or `unknown`: it cannot be read, and may be any of these.",
            ),
            (
                "[].whose",
                "string",
                "`others`, or `ours`: as `init` writes it into your settings, but for another claudectl or another state folder.",
            ),
            ("[].tools[]", "string", "The tools that it is called for; none stands for any."),
            ("[].what", "string", "What it runs; redacted."),
            ("[].file", "string", "The file that it stands in."),
        ],
    },
    Document {
        commands: "claudectl gate hooks trust --json",
        about: "Whether a hook of somebody else's is trusted now; `distrust` prints the same.",
        fields: &[
            ("hash", "string", "The hook."),
            ("trusted", "boolean", "It is."),
            ("changed", "boolean", "It was otherwise before."),
        ],
    },
    Document {
        commands: "claudectl rules ls --json",
        about: "The rules that count in a folder.",
        fields: &[
            ("error", "string?", "Why rules cannot be followed, so that every call asks."),
            (
                "triggers[].name",
                "string",
                "A trigger's name. Of what follows only that which is set is there.",
            ),
            ("triggers[].status[]", "string", "States of a session."),
            ("triggers[].project[]", "string", "Projects."),
            ("triggers[].cost_above", "number", "The session has cost more than this, in dollars."),
            ("triggers[].context_above", "number", "More of the context window is in use, in percent."),
            ("triggers[].health[]", "string", "Health checks that warn."),
            ("triggers[].for", "string", "For how long it has to have been so."),
            ("triggers[].action", "string", "`notify`, `send`, `pause` or `stop`."),
            ("triggers[].message", "string", "What is sent or told."),
            ("triggers[].times", "number", "How often for one session at most."),
            ("triggers[].done", "number", "How often it was done, over all sessions."),
        ],
    },
    Document {
        commands: "claudectl rules test CALL --json",
        about: "The answer to a call, and which rules fit it.",
        fields: &[("rules[].fits", "boolean", "It fits the call, or a part of it.")],
    },
    Document {
        commands: "claudectl rules test --json",
        about: "Your rules, checked. The exit code is 1 if there is a mistake.",
        fields: &[],
    },
    Document {
        commands: "claudectl rules add --json",
        about: "The rule that was added.",
        fields: &[("file", "string", "The file that it was added to.")],
    },
    Document {
        commands: "claudectl rules rm NAME --json",
        about: "The rule that was removed.",
        fields: &[
            ("removed", "string", "Its name."),
            ("file", "string", "The file that it stood in; not there for what was allowed for a while."),
        ],
    },
    Document {
        commands: "claudectl policy show --json",
        about: "The policies that count in a folder.",
        fields: &[
            ("root", "string?", "The top of its repository."),
            (
                "trust",
                "string",
                "Whether its code is trusted: `trusted`, `not-trusted`, `policy-changed` (it was, with another policy), `no-repository`.",
            ),
            ("policies[].file", "string", "A policy, from the top on."),
            ("policies[].hash", "string", "BLAKE3 of its text, in hexadecimal."),
            (
                "policies[].rules",
                "array?",
                "Its rules, as in `claudectl rules ls`; null where it cannot be followed.",
            ),
            ("policies[].error", "string?", "Why it cannot be followed, so that every call there asks."),
        ],
    },
    Document {
        commands: "claudectl policy check --json",
        about: "An array of the policies that count in a folder, checked. The exit code is 1 if there is a mistake.",
        fields: &[],
    },
    Document {
        commands: "claudectl policy init --json",
        about: "The policy that was written.",
        fields: &[("written", "string", "The file.")],
    },
    Document {
        commands: "claudectl policy trust --json",
        about: "Whether the code of a repository is trusted now.",
        fields: &[
            ("root", "string", "The repository."),
            ("trusted", "boolean", "It is."),
            ("changed", "boolean", "It was not before; with `--revoke`, it was."),
        ],
    },
];
