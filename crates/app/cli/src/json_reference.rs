//! Owns the reference of every JSON document that a command prints.
//!
//! The table is what `docs/json.md` is made from, and a test runs the commands and holds each key they
//! print against it, in both directions: a key cannot be added, renamed or dropped without its line here.
//! A path is written as it is walked: `[]` is each element of an array, `*` each key of a map.

/// One document.
#[derive(Debug)]
pub(crate) struct Document {
    /// The commands that print it, as typed.
    pub(crate) commands: &'static str,
    /// What one is.
    about: &'static str,
    fields: &'static [Field],
}

/// Path, type, meaning.
type Field = (&'static str, &'static str, &'static str);

const TIME: &str = "time?";

const SESSION: &[Field] = &[
    (
        "id",
        "string",
        "The session's id; `pid:N` for a process that has not said which session it runs: its figures are those of no session, 0.",
    ),
    ("name", "string?", "Its name, if it has one."),
    ("agent", "string", "The kind of agent: `claude-code`."),
    ("kind", "string?", "How it runs: `interactive`, `headless`, `background`."),
    (
        "pid",
        "number?",
        "The process, while it lives; of several, the one whose status is shown, the most urgent.",
    ),
    ("project", "string", "The project's short name."),
    ("project_path", "string?", "The project's folder."),
    ("cwd", "string?", "The working folder."),
    ("branch", "string?", "The git branch."),
    ("worktree", "string?", "The worktree that Claude Code made for it."),
    ("model", "string?", "The model of the last response."),
    ("permission_mode", "string?", "Claude Code's permission mode."),
    ("version", "string?", "Claude Code's version."),
    (
        "status.state",
        "string",
        "`needs-permission`, `needs-answer`, `error`, `rate-limited`, `stalled`, `waiting`, `working`, `background`, `idle`, `unknown` or `finished`.",
    ),
    ("status.since", TIME, "Since when."),
    (
        "status.source",
        "string",
        "What says so: `process`, `registry`, `hook`, `transcript`, or `inferred` for a guess.",
    ),
    ("status.detail", "string?", "What it waits for, or what failed."),
    ("started_at", TIME, "When it began."),
    ("last_activity_at", TIME, "When the newest row of its transcript was made."),
    ("context.tokens", "number?", "Tokens that the last request held."),
    ("context.max", "number?", "The context window, if anybody knows it."),
    ("context.pct", "number?", "The part in use, in percent."),
    (
        "context.source",
        "string?",
        "Who says how large the window is: `table`, `observed`, `statusline` or `user`.",
    ),
    ("tokens.input", "number", "Uncached prompt tokens, subagents included (as in all its figures)."),
    ("tokens.output", "number", "Output tokens."),
    ("tokens.cache_read", "number", "Prompt tokens read from the cache."),
    (
        "tokens.cache_write_5m",
        "number",
        "Tokens written to the cache for five minutes, or for no stated time.",
    ),
    ("tokens.cache_write_1h", "number", "Tokens written to the cache for an hour."),
    ("cost.usd", "number", "What the priced responses cost."),
    (
        "cost.burn_usd_per_hour",
        "number?",
        "Dollars an hour over the last fifteen minutes of activity; null when there was none.",
    ),
    ("cost.unpriced_messages", "number", "Responses of models without a price; not in `usd`."),
    ("cost.unverified_usd", "number", "The part of `usd` that rests on prices nothing confirmed."),
    ("cost.budget_usd", "number?", "The session's budget."),
    ("cost.budget_level", "string?", "`ok`, `warning` or `exceeded`."),
    (
        "cost.reported_usd",
        "number?",
        "What Claude Code itself said the session cost, by its status line or when it was closed.",
    ),
    ("messages", "number", "API responses."),
    (
        "prompts",
        "number?",
        "Prompts given. This and the counts of calls and files are null where the transcript is gone and nothing was kept of it.",
    ),
    ("tool_calls", "number?", "Tool calls, those that a fork copied left out."),
    ("errors", "number?", "Of these, failed or turned down."),
    ("pending[].tool_use_id", "string", "A call that waits, or runs: its id."),
    ("pending[].tool", "string", "The tool."),
    ("pending[].summary", "string", "Its telling argument, redacted."),
    ("pending[].since", TIME, "Since when."),
    ("process.cpu_pct", "number?", "Percent of one core, averaged over the process's life."),
    ("process.memory_mb", "number?", "Resident memory, mebibytes."),
    ("process.tty", "string?", "The controlling terminal, `pts/3`."),
    ("process.terminal", "string?", "Where it can be found: a tmux target."),
    ("host", "string?", "The machine."),
    ("recent_errors[].tool", "string", "The latest failures, newest last: the tool."),
    ("recent_errors[].message", "string", "The first line of what it said, redacted."),
    ("recent_errors[].at", TIME, "When."),
    ("subagents[].id", "string", "A subagent's id."),
    ("subagents[].type", "string", "Its kind."),
    ("subagents[].description", "string?", "What it was asked to do, redacted."),
    ("subagents[].state", "string", "`running`, `finished`, or `unknown` for one of a session that is over."),
    ("subagents[].model", "string?", "Its model."),
    ("subagents[].tokens.input", "number", "As `tokens`, of the subagent."),
    ("subagents[].tokens.output", "number", ""),
    ("subagents[].tokens.cache_read", "number", ""),
    ("subagents[].tokens.cache_write_5m", "number", ""),
    ("subagents[].tokens.cache_write_1h", "number", ""),
    ("subagents[].cost_usd", "number", "What that cost."),
    ("subagents[].messages", "number", "API responses."),
    ("background[].id", "string", "A background task that has not reported back: its id."),
    ("background[].summary", "string", "What it does, redacted."),
    ("background[].since", TIME, "Since when."),
    ("files_modified.*", "number", "Changes by file."),
    ("tool_usage.*", "number", "Calls by tool."),
    (
        "conflicts[].kind",
        "string",
        "`worktree`: both work in one git checkout; `file`: both changed one file in the last hour; `session`: another process has this session open, too; `branch`: the branch was changed under this session, and not by it.",
    ),
    ("conflicts[].path", "string", "The checkout, the file, or the transcript."),
    (
        "conflicts[].with",
        "string",
        "The other session's id; `pid N` for another process of this session; `someone else` where no session changed the branch.",
    ),
    (
        "conflicts[].was",
        "string",
        "With `branch` only: the branch that the session was on; `branch` is the one now.",
    ),
    (
        "conflicts[].more",
        "number",
        "Only where not all are named (five of a kind are): how many of this kind there are besides.",
    ),
    (
        "health[].check",
        "string",
        "What was found wrong, the worst first: the check, as `health.off` names it.",
    ),
    ("health[].severity", "string", "`info`, `warning` or `critical`."),
    ("health[].message", "string", "What was found."),
    ("health[].evidence", "string", "The numbers that decided."),
    ("health[].advice", "string", "What to do."),
    ("decay_score", "number?", "How far the session has decayed, 0 to 100; null where no transcript tells."),
    ("gate.installed", "boolean?", "Its settings call our hooks; null for a session that does not run."),
    ("gate.cause", "string?", "Why they do not: a file that sets `disableAllHooks`, for example."),
    ("gate.last_seen", TIME, "When a hook of the session was called last."),
    (
        "gate.gap",
        "object?",
        "How many of its calls hooks heard; null where none ran since hooks are called, or none are.",
    ),
    ("gate.gap.calls", "number", "Its latest calls that ran since hooks are called, up to 32 of each agent."),
    ("gate.gap.seen", "number", "For how many of them a hook was called."),
    ("transcript", "string?", "The transcript's path."),
];

const SPEND_ROW: &[Field] = &[
    (
        "key",
        "string",
        "The local day, ISO week, month, session id, project, model or agent; `total` in `total`.",
    ),
    ("input_tokens", "number", "Uncached prompt tokens."),
    ("output_tokens", "number", "Output tokens."),
    ("cache_read_tokens", "number", "Prompt tokens read from the cache."),
    ("cache_write_5m_tokens", "number", "Cache writes for five minutes, and those below."),
    ("cache_write_1h_tokens", "number", "Cache writes for an hour."),
    (
        "cache_write_unsplit_tokens",
        "number",
        "The part of `cache_write_5m_tokens` that was not said to be for five minutes; billed as such.",
    ),
    ("web_searches", "number", "Web searches."),
    ("messages", "number", "API responses, each counted once however many files repeat it."),
    ("cost_usd", "number", "What the priced ones cost."),
    ("unverified_cost_usd", "number", "The part that rests on prices nothing confirmed."),
    ("unpriced_messages", "number", "Responses of models without a price; not in `cost_usd`."),
    (
        "unfinished_messages",
        "number",
        "Responses whose end was never written: their output is a lower bound.",
    ),
    ("models[]", "string", "The models, by name."),
];

const RATES: &[Field] = &[
    ("input", "number", "Dollars per million uncached prompt tokens."),
    ("output", "number", "Dollars per million output tokens."),
    ("cache_read", "number", "Dollars per million tokens read from the cache."),
    ("cache_write_5m", "number", "Dollars per million tokens written for five minutes."),
    ("cache_write_1h", "number", "Dollars per million tokens written for an hour."),
    (
        "source",
        "string",
        "`applied`: the client charged it in a run of ours; `published`: nothing we ran applied it; `user`: your configuration.",
    ),
    ("unverified", "boolean", "True for `published`."),
];

/// Every document. Fields of a part that repeats are written once and joined by [`fields`].
pub(crate) const DOCUMENTS: &[Document] = &[
    Document {
        commands: "claudectl ls --json",
        about: "An array of sessions, the most urgent first. Without `--all`, those that live and those that ended a short while ago.",
        fields: &[],
    },
    Document {
        commands: "claudectl show SESSION --json",
        about: "One session, with the same keys as in `ls`, and one more.",
        fields: &[(
            "shared_responses.*",
            "number",
            "Responses that stand in this session's transcript and were paid for by another session, by its id.",
        )],
    },
    Document {
        commands: "claudectl spend --json",
        about: "What was spent.",
        fields: &[
            ("rows[].project", "string?", "With `--by session`: the project's short name."),
            ("rows[].name", "string?", "With `--by session`: the session's name."),
            (
                "rows[].reported_cost_usd",
                "number?",
                "With `--by session`: what Claude Code itself said the session cost, by its status line or when it was closed.",
            ),
            ("sessions", "number", "Sessions that spent something."),
            ("unpriced_models[]", "string", "Models without a price."),
            (
                "budget_alerts[].scope",
                "string",
                "A budget that is nearly or wholly spent: `session`, `project`, `day`, `week` or `fanout`.",
            ),
            ("budget_alerts[].subject", "string", "The session, the project, the day, the week."),
            ("budget_alerts[].spent_usd", "number", "What was spent."),
            ("budget_alerts[].limit_usd", "number", "The budget."),
            ("budget_alerts[].level", "string", "`warning` or `exceeded`."),
            (
                "quota[].window",
                "string",
                "A limit of the account, as Claude Code told its status line: `five_hour`, `seven_day`, ...",
            ),
            ("quota[].used_pct", "number", "How much of it is used, in percent."),
            ("quota[].resets_at", TIME, "When it begins anew."),
            ("quota[].told_at", TIME, "When that was told."),
            ("quota[].shares[].session", "string", "A session that may have taken a part of it."),
            (
                "quota[].shares[].estimated_pct",
                "number",
                "How much, in percent of the limit: an estimate by what it cost in the window, among all that is known on this machine.",
            ),
            ("skipped_lines", "number", "Lines that are no rows: torn by a crash, or garbage."),
            ("files", "number", "Transcripts, subagents' included."),
            ("bytes", "number", "Their size."),
        ],
    },
    Document {
        commands: "claudectl prices --json",
        about: "The price table.",
        fields: &[
            ("prices[].model", "string", "The exact model id."),
            ("prices[].other_names[]", "string", "Ids that mean the same model."),
            ("prices[].from", "string?", "The day from which the price holds; null: always."),
            ("prices[].web_search", "number", "Dollars a web search."),
            ("prices[].as_of", "string?", "The day on which the table was made; null for your own prices."),
            ("prices[].fast", "object?", "Rates of requests served fast."),
            ("prices[].long", "object?", "Rates of requests with a long prompt."),
            ("prices[].long.above_prompt_tokens", "number", "Prompts longer than this are long."),
            ("as_of", "string", "The day on which the built-in table was made."),
            ("unit", "string", "What the rates are in."),
        ],
    },
    Document {
        commands: "claudectl history --json",
        about: "An array of past sessions, newest first; those whose transcripts are gone included.",
        fields: &[
            ("[].id", "string", "The session's id."),
            ("[].name", "string?", "Its name."),
            ("[].project", "string?", "The project's short name."),
            ("[].project_path", "string?", "The project's folder."),
            ("[].branch", "string?", "The last git branch."),
            ("[].model", "string?", "The last model."),
            ("[].started_at", TIME, "Its first row."),
            ("[].last_activity_at", TIME, "Its last row."),
            ("[].tokens.input", "number", "Uncached prompt tokens."),
            ("[].tokens.output", "number", "Output tokens."),
            ("[].tokens.cache_read", "number", "Prompt tokens read from the cache."),
            ("[].tokens.cache_write_5m", "number", "Cache writes for five minutes, or for no stated time."),
            ("[].tokens.cache_write_1h", "number", "Cache writes for an hour."),
            ("[].messages", "number", "API responses."),
            ("[].cost_usd", "number", "What the priced ones cost."),
            ("[].unpriced_messages", "number", "Responses of models without a price."),
            ("[].reported_cost_usd", "number?", "What Claude Code itself said."),
            ("[].models[]", "string", "The models."),
        ],
    },
    Document {
        commands: "claudectl health --json",
        about: "What the health checks found. The exit code is 1 when a finding is critical.",
        fields: &[
            ("ok", "boolean", "No finding is critical."),
            ("checked", "number", "Sessions that were checked."),
            ("sessions[].id", "string", "A session with findings, the worst first: its id."),
            ("sessions[].name", "string?", "Its name."),
            ("sessions[].project", "string", "The project's short name."),
            (
                "sessions[].severity",
                "string",
                "How bad its worst finding is: `info`, `warning` or `critical`.",
            ),
            ("sessions[].decay_score", "number?", "How far it has decayed, 0 to 100."),
            ("sessions[].findings[].check", "string", "The check, as `health.off` names it."),
            ("sessions[].findings[].severity", "string", "How much it matters."),
            ("sessions[].findings[].message", "string", "What was found."),
            ("sessions[].findings[].evidence", "string", "The numbers that decided."),
            ("sessions[].findings[].advice", "string", "What to do."),
        ],
    },
    Document {
        commands: "claudectl doctor --json",
        about: "What was checked.",
        fields: &[
            ("ok", "boolean", "No check failed."),
            ("version", "string", "claudectl's version."),
            ("checks[].name", "string", "What was checked."),
            ("checks[].verdict", "string", "`ok`, `warning` or `failed`."),
            ("checks[].message", "string", "What was found."),
            ("checks[].fix", "string?", "What to do."),
            (
                "checks[].data",
                "object?",
                "The figures behind the message; each check has its own. Left out where there are none.",
            ),
        ],
    },
    Document {
        commands: "claudectl stop SESSION --json",
        about: "What was ended, and how. Printed also where something could not be ended, with exit code 3.",
        fields: &[
            ("session", "string", "The session's id."),
            ("name", "string?", "Its name in Claude Code's registry."),
            (
                "result",
                "string",
                "`ended`, `already-ended`, `alive` where something still runs, or `would-end` in a dry run.",
            ),
            ("dry_run", "boolean", "Nothing was signalled."),
            ("processes[].pid", "number", "A process, the client first."),
            ("processes[].name", "string", "Its program's name."),
            ("processes[].role", "string", "`client`, or `started` for what the client has started."),
            (
                "processes[].how",
                "string",
                "`asked`: it ended when asked (TERM). `killed`: it did not. `host`: Claude Code's own `stop` ended it. `gone`: it ended without us. `alive`: it runs.",
            ),
            ("processes[].error", "string?", "What the system says where it could not be signalled."),
            ("notes[]", "string", "What else there is to know, as warnings in the text."),
        ],
    },
    Document {
        commands: "claudectl init --json",
        about: "What was installed. With `--dry-run`, what would be.",
        fields: &[
            ("dry_run", "boolean", "Nothing was changed."),
            ("scope", "string", "Whose settings: `user`, `project` or `local`."),
            ("host.version", "string", "The version of Claude Code that was written for."),
            ("host.known", "boolean", "It was found or named, rather than assumed."),
            ("host.clients[].path", "string", "What may run here: a program, or a registry row."),
            ("host.clients[].running", "boolean", "It is a session that runs."),
            ("host.clients[].version", "string?", "Its version."),
            ("host.clients[].reason", "string?", "Why that is not known."),
            ("form", "string", "`exec`: the program is called with arguments; `shell`: by a shell."),
            ("strict", "boolean", "A tool call is blocked where its hook fails, by one of the files."),
            ("files[].strict", "boolean", "It is by this one."),
            ("files[].was_strict", "boolean", "It was before; that stays but for `--no-strict`."),
            ("events[]", "string", "The events that are installed."),
            ("binary", "string", "The program that the hooks call."),
            ("home", "string", "The state folder in their arguments."),
            ("config", "string", "The configuration file in their arguments."),
            ("plugins[].path", "string", "A plugin folder of the published claudectl."),
            (
                "plugins[].moved_to",
                "string?",
                "Where it is now; null in a dry run, and where it could not be moved.",
            ),
            ("warnings[]", "string", "What you should know."),
        ],
    },
    Document {
        commands: "claudectl uninstall --json",
        about: "What was taken out. With `--dry-run`, what would be.",
        fields: &[
            ("dry_run", "boolean", "Nothing was changed."),
            ("scope", "string", "Whose settings: `user`, `project`, `local` or `all`."),
        ],
    },
    Document {
        commands: "claudectl config show --json",
        about: "An array of keys, and of the environment variables that are set and count; `config get KEY --json` prints one key.",
        fields: &[
            ("[].key", "string", "The key, or the name of the variable."),
            ("[].value", "any", "Its value; null where it is not set."),
            ("[].from", "string", "`built-in`, the file and line that set it, or `environment`."),
        ],
    },
    Document {
        commands: "claudectl config path --json",
        about: "Where things are.",
        fields: &[
            ("user", "string?", "Your configuration file, whether or not it is there."),
            ("projects[]", "string", "The project files that count in this folder, if they are there."),
            ("state", "string?", "The folder of claudectl's own state."),
        ],
    },
    Document {
        commands: "claudectl config check --json",
        about: "Every mistake in the configuration files.",
        fields: &[
            ("ok", "boolean", "There is none."),
            ("errors[].file", "string", "The file."),
            ("errors[].line", "number?", "The line, from 1."),
            ("errors[].column", "number?", "The column, from 1."),
            ("errors[].key", "string?", "The key."),
            ("errors[].message", "string", "What is wrong."),
            ("errors[].why", "string?", "Why that is a mistake."),
            ("errors[].fix", "string?", "What to write."),
        ],
    },
    Document {
        commands: "claudectl config init --json",
        about: "What was written.",
        fields: &[
            ("written", "string", "The file."),
            ("kept", "string?", "Where the one that was there is now."),
        ],
    },
    Document {
        commands: "claudectl search QUERY --json",
        about: "What was found, the sessions with the likeliest hits first. Exits with 1 where nothing was, and prints this all the same. `search --rebuild --json` without a query prints `taken_bytes` and `behind_bytes`.",
        fields: &[
            ("query", "string", "What was typed, redacted."),
            ("hits", "number", "Passages that were found, those that are not shown included."),
            ("sessions", "number", "Sessions that they are in."),
            ("searched", "number", "Passages that were searched."),
            (
                "behind_bytes",
                "number",
                "Bytes of transcripts that were not, as they are not in the index yet.",
            ),
            ("results[].session", "string", "The session's id."),
            ("results[].name", "string?", "Its name, if it has one."),
            ("results[].project", "string?", "The project's short name."),
            ("results[].project_path", "string?", "The project's folder."),
            ("results[].hits", "number", "Passages that were found in it."),
            ("results[].last_hit_at", TIME, "When the newest of them was written."),
            (
                "results[].matches[].role",
                "string",
                "Who said it: `prompt`, `reply`, `thinking`, `call`, `result`, `summary` or `name`.",
            ),
            ("results[].matches[].at", TIME, "When its row was made."),
            ("results[].matches[].failed", "boolean", "A call that failed or was turned down."),
            ("results[].matches[].agent", "string?", "The subagent that it was said in."),
            (
                "results[].matches[].transcript",
                "string?",
                "The transcript; null where it is gone, and the text is known from the index alone.",
            ),
            ("results[].matches[].text", "string", "The lines that tell most of it, redacted."),
            (
                "results[].matches[].marks[][]",
                "number",
                "Where in that text something was found: pairs of the first character and the one behind the last, counted from 0 in code points.",
            ),
        ],
    },
    Document {
        commands: "claudectl config set KEY VALUE --json",
        about: "What was changed; `config unset KEY --json` prints the same.",
        fields: &[
            ("key", "string", "The key."),
            ("file", "string", "The file."),
            ("changed", "boolean", "The file is not as it was."),
        ],
    },
    Document {
        commands: "claudectl tick --json",
        about: "What a pass in the background took in.",
        fields: &[
            ("skipped", "boolean", "Another pass ran, and this one left at once."),
            ("events", "number", "Hook calls."),
            ("torn", "number", "Records of the journal that could not be read."),
            ("unread", "number", "Days of the journal that could not be read; each is told on stderr."),
            ("files", "number", "Transcripts with something new."),
            ("search_taken_bytes", "number", "Bytes of transcripts taken into the index of `search`."),
            ("search_behind_bytes", "number", "Bytes that are left for the next pass."),
        ],
    },
    Document {
        commands: "claudectl clean --state --json",
        about: "What was taken out of claudectl's own state.",
        fields: &[
            ("path", "string", "The state file."),
            ("dry_run", "boolean", "Nothing was changed."),
            ("responses", "number", "Responses summed up by day."),
            ("sessions", "number", "Sessions of which nothing but the sums is kept."),
            (
                "digests",
                "number",
                "Summaries of transcripts, made again when needed while the transcript is there.",
            ),
            ("events", "number", "Hook calls."),
            ("bytes_before", "number", "Size of the state file before."),
            ("bytes_after", "number", "And after."),
            ("search", "object?", "The index of `search`; null where there is none."),
            ("search.transcripts", "number", "Transcripts, gone for long, whose texts were taken out of it."),
            ("search.bytes_before", "number", "Its size before."),
            ("search.bytes_after", "number", "And after."),
        ],
    },
];

/// A settings file in what `init` and `uninstall` print.
const SETTINGS_FILE: &[Field] = &[
    ("path", "string", "The settings file."),
    (
        "outcome",
        "string",
        "`unchanged`, `created`, `edited`, `restored` (to the bytes from before `init`) or `deleted`.",
    ),
    ("added[]", "string", "Events that got a hook."),
    ("updated[]", "string", "Events whose hook was brought up to date."),
    ("removed[]", "string", "Events that lost claudectl's hook."),
    ("leftovers[].event", "string", "A hook of the published claudectl that was taken out: its event."),
    ("leftovers[].command", "string", "Its command, redacted."),
    (
        "status_line",
        "string",
        "What became of the status line: `left`, `odd` (no command, left alone), `installed`, `wrapped` (around your own), `updated`, `removed`, or `other-form` (it calls claudectl, but not as `init` writes it, and is left alone).",
    ),
    ("status_line_command", "string?", "Your own status line's command, redacted."),
    ("backup", "string?", "Where the bytes from before are; null where there were none, or nothing changed."),
    ("diff", "array?", "In a dry run, what would change; null where it was changed."),
    ("diff[]", "string", "The lines of it, redacted."),
];

/// Parts that repeat: where a document takes them from, and under which path.
const JOINED: &[(&str, &str, &[Field])] = &[
    ("claudectl ls --json", "[].", SESSION),
    ("claudectl show SESSION --json", "", SESSION),
    ("claudectl spend --json", "rows[].", SPEND_ROW),
    ("claudectl spend --json", "total.", SPEND_ROW),
    ("claudectl prices --json", "prices[].", RATES),
    ("claudectl prices --json", "prices[].fast.", RATES),
    ("claudectl prices --json", "prices[].long.", RATES),
    ("claudectl init --json", "files[].", SETTINGS_FILE),
    ("claudectl uninstall --json", "files[].", SETTINGS_FILE),
];

/// Every field of a document, with its whole path.
fn fields(document: &Document) -> Vec<(String, &'static str, &'static str)> {
    let own = document.fields.iter().map(|&(path, kind, about)| (path.to_owned(), kind, about));
    let joined = JOINED.iter().filter(|(commands, ..)| *commands == document.commands).flat_map(
        |(_, under, fields)| {
            fields.iter().map(move |&(path, kind, about)| (format!("{under}{path}"), kind, about))
        },
    );
    joined.chain(own).collect()
}

/// `docs/json.md`.
pub(crate) fn markdown() -> String {
    let mut page = "\
# JSON reference

Generated by `claudectl docs`; do not edit. A test runs every command and compares the keys.

Every command that prints something takes `--json` and prints one document. `[]` stands for each element
of an array, `*` for each key of a map, `?` for a value that can be null. A `time` is RFC 3339 in UTC
with milliseconds. Dollars are numbers; keys are added, and neither renamed nor dropped without a line
in the changelog. On an error, standard output stays empty, but for what `init` and `uninstall` had done
in other files, and the exit code says what kind it was: 1 a check failed or nothing was found, 2 a
mistake in the command or the configuration, 3 something outside claudectl failed, 70 a defect of
claudectl.
"
    .to_owned();
    for document in DOCUMENTS {
        page.push_str(&format!("\n## `{}`\n\n{}\n\n", document.commands, document.about));
        page.push_str("| Key | Type | Meaning |\n|---|---|---|\n");
        for (path, kind, about) in fields(document) {
            page.push_str(&format!("| `{path}` | {kind} | {about} |\n"));
        }
    }
    page
}
