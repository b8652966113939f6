//! Owns what became of everything the published claudectl (0.49 to 0.92) offered: its flags, subcommands,
//! configuration keys, variables and files.
//!
//! One table feeds two readers: [`hint`] answers an old command line with one sentence instead of "unexpected
//! argument", and [`markdown`] writes `docs/migrating.md`. Keeping both on one table is what stops them from
//! telling different stories.
//!
//! When a planned command lands, its entries here turn from `later` to `now` in the same commit. The command line
//! asks [`hint`] only after its own parser has failed, or when no command was named: a stale entry can then never
//! stand in front of a command that works.

use std::ffi::OsString;

use claudectl_shell::own;

/// What sort of thing an entry of the table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A top-level flag.
    Flag,
    /// A subcommand; words after the first narrow it, a word with dashes is a flag of the subcommand.
    Subcommand,
    /// A key of the configuration file, written with its section.
    ConfigKey,
    /// An environment variable.
    Env,
    /// A file or folder.
    Path,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// This version has it.
    Now,
    /// Planned; this version does not have it.
    Later,
    /// It will not come back, for this reason.
    Gone(&'static str),
}

/// Whether a flag was followed by a value, so that the value is not mistaken for a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    OptionalValue,
}

/// One thing of the published tool and what became of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// As it was typed or written.
    pub(crate) old: &'static str,
    /// Other spellings.
    pub(crate) aliases: &'static [&'static str],
    /// What it is.
    pub(crate) kind: Kind,
    /// What to use in its place: a command line, or a section of the configuration file. `None` when gone.
    pub(crate) new: Option<&'static str>,
    /// Whether that exists.
    pub(crate) status: Status,
    /// What to expect; for something gone, what to do in its place.
    pub(crate) note: &'static str,
    takes: Takes,
    /// Place in the published tool's order of dispatch when the flag chose what to do; 0 for a modifier.
    mode: u8,
}

/// A subject of the table, in the order a reader looks for things.
#[derive(Debug)]
pub(crate) struct Group {
    title: &'static str,
    entries: &'static [Entry],
}

/// An old command line recognised: one line each for what, why and how to fix it. Every word comes from the
/// table, none from the command line, so it is safe to print as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    /// What was given.
    pub(crate) what: String,
    /// Why it is not accepted.
    pub(crate) why: String,
    /// What to do.
    pub(crate) fix: String,
}

impl Hint {
    /// The exit code for this hint. The published tool left hooks in Claude Code's settings that call it with its
    /// old flags, and Claude Code reads 2 from a hook as "block this call": a usage error of ours would stop every
    /// tool call and keep a session from ending. Under Claude Code (`CLAUDECODE=1`) it is therefore 1.
    pub(crate) fn exit_code(&self, under_claude_code: bool) -> u8 {
        if under_claude_code { 1 } else { 2 }
    }
}

const fn entry(kind: Kind, old: &'static str) -> Entry {
    Entry {
        old,
        aliases: &[],
        kind,
        new: None,
        status: Status::Gone(""),
        note: "",
        takes: Takes::Nothing,
        mode: 0,
    }
}

const fn flag(old: &'static str) -> Entry {
    entry(Kind::Flag, old)
}

const fn sub(old: &'static str) -> Entry {
    entry(Kind::Subcommand, old)
}

const fn key(old: &'static str) -> Entry {
    entry(Kind::ConfigKey, old)
}

const fn var(old: &'static str) -> Entry {
    entry(Kind::Env, old)
}

const fn path(old: &'static str) -> Entry {
    entry(Kind::Path, old)
}

impl Entry {
    const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn value(mut self) -> Self {
        self.takes = Takes::Value;
        self
    }

    const fn optional_value(mut self) -> Self {
        self.takes = Takes::OptionalValue;
        self
    }

    const fn mode(mut self, order: u8) -> Self {
        self.mode = order;
        self
    }

    const fn now(mut self, new: &'static str) -> Self {
        self.new = Some(new);
        self.status = Status::Now;
        self
    }

    const fn later(mut self, new: &'static str) -> Self {
        self.new = Some(new);
        self.status = Status::Later;
        self
    }

    const fn gone(mut self, reason: &'static str) -> Self {
        self.status = Status::Gone(reason);
        self
    }

    const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }
}

/// Where a subcommand stood in the published tool's order of dispatch.
const SUBCOMMAND_ORDER: u8 = 12;
/// `--json` came before `--list` and after the rest; behind both it changes nothing but how they print.
const JSON_ORDER: u8 = 60;

/// The table.
pub(crate) static TABLE: &[Group] = &[
    Group {
        title: "Seeing sessions",
        entries: &[
            flag("--list")
                .alias(&["-l"])
                .mode(51)
                .now("claudectl ls")
                .note("Statuses have other names, see above."),
            flag("--json").mode(JSON_ORDER).now("claudectl ls --json").note(
                "Alone it listed the sessions. Now it goes with a command and says how that command prints; \
                 the keys are other ones, see above.",
            ),
            flag("--watch")
                .alias(&["-w"])
                .mode(52)
                .now("claudectl watch")
                .note("One JSON object a line; sessions that end are reported too."),
            flag("--format").value().now("claudectl watch --format TEXT").note(
                "Other fields, in braces: `claudectl watch --help` lists them.",
            ),
            flag("--headless")
                .mode(49)
                .now("claudectl up")
                .note("Everything the dashboard does in the background, without a screen."),
            flag("--summary").mode(48).now("claudectl report").note(
                "Of the last 24 hours, or `--since D`; also prompts, failures and what waits. Tokens are in \
                 `claudectl spend --by session`.",
            ),
            flag("--since").value().now("claudectl spend --since D").note(
                "A duration that cannot be read is an error; it used to mean 24 hours, or no limit.",
            ),
        ],
    },
    Group {
        title: "Filtering the list",
        entries: &[
            flag("--filter-status")
                .value()
                .now("claudectl ls --status STATE")
                .note("Statuses have other names, see above."),
            flag("--focus")
                .value()
                .now("claudectl ls --focus WHAT")
                .note("Attention, over budget, high context, conflict."),
            flag("--search")
                .value()
                .now("claudectl ls --search TEXT")
                .note("`claudectl search` is another thing: full text over all transcripts."),
        ],
    },
    Group {
        title: "Dashboard",
        entries: &[
            flag("--interval")
                .alias(&["-i"])
                .value()
                .gone("nothing is polled; the dashboard sees a change when it happens")
                .note("Leave it out."),
            flag("--theme").value().now("claudectl dashboard --theme NAME").note(
                "Or `claudectl config set dashboard.theme NAME`; there is `high-contrast`, too.",
            ),
            flag("--debug")
                .gone("timings belong in the log, not on the screen")
                .note("Use `--log FILE` with `-v`."),
            flag("--demo").now("claudectl demo").note("Never sends a signal to a real process."),
        ],
    },
    Group {
        title: "Starting sessions",
        entries: &[
            flag("--new").mode(47).later("claudectl new").note("Starts Claude Code in a terminal you can see."),
            flag("--cwd").value().later("claudectl new --cwd DIR"),
            flag("--prompt").value().later("claudectl new --prompt TEXT"),
            flag("--resume").value().later("claudectl new --resume ID"),
        ],
    },
    Group {
        title: "Budgets and notifications",
        entries: &[
            flag("--budget").value().now("claudectl config set budget.session_usd USD").note(BUDGET_NOTE),
            flag("--kill-on-budget")
                .later("claudectl config set budget.on_exceed kill")
                .note("Never the default. By hand: `claudectl stop SESSION`."),
            flag("--budget-check")
                .value()
                .mode(10)
                .gone("budgets are looked at by the gate on each tool call")
                .note("Remove the hook that calls it."),
            flag("--notify")
                .now("claudectl config set notify.desktop true")
                .note("Told by `claudectl up`; `claudectl notify test` tries it."),
            flag("--notify-cooldown").value().now("claudectl config set notify.cooldown DURATION").note(
                "Between two notices of the same event and session.",
            ),
            flag("--webhook").value().now("claudectl config set webhooks.NAME.url URL").note(
                "Sent by `claudectl up`, signed if you give it a secret, and tried again when it fails.",
            ),
            flag("--webhook-on").value().now("claudectl config set webhooks.NAME.events LIST").note(
                "Names are those of events, such as `on_needs_input`; `statuses` picks states. The published names never \
                 matched.",
            ),
        ],
    },
    Group {
        title: "Brain and gate",
        entries: &[
            flag("--brain")
                .gone("the learner needs no switch and no model")
                .note("How much it may say is the gate's mode."),
            flag("--auto-run").now("claudectl gate mode auto").note(
                "Only where your own answers prove enough, and never for what cannot be undone.",
            ),
            flag("--url").value().now("claudectl config set llm.url URL").note(
                "A local model explains and warns; it does not answer for you.",
            ),
            flag("--brain-model").value().now("claudectl config set llm.model NAME"),
            flag("--brain-eval").mode(9).now("claudectl brain eval"),
            flag("--brain-prompts").mode(8).now("claudectl brain prompts"),
            flag("--brain-stats").value().mode(11).now("claudectl brain stats NAME").note(
                "Same names, old ones included; each has its formula in the documentation.",
            ),
            flag("--brain-query").mode(13).now("claudectl brain query").note(
                "For hooks it is `claudectl hook`; for people `claudectl gate check` and `claudectl gate explain`.",
            ),
            flag("--tool").value().now("claudectl brain query --tool NAME"),
            flag("--tool-input").value().now("claudectl brain query --input JSON"),
            flag("--project").value().now("claudectl brain briefing --project NAME"),
            flag("--mode").value().mode(18).now("claudectl gate mode MODE").note(
                "The old `on` and `auto` are not the new ones: `observe`, `guard`, `on`, `auto`. The old `off` is \
                 closest to `observe`.",
            ),
            flag("--brain-lite")
                .value()
                .mode(18)
                .gone("nothing is approved because a model did not answer")
                .note("The gate's own proof of a harmless call needs no model."),
            flag("--policy").optional_value().mode(7).now("claudectl policy show").note(
                "`--policy init` is `claudectl policy init`. Multi-line lists are read, unknown keys refused.",
            ),
            flag("--record-outcome").mode(14).now("claudectl hook").note(
                "Outcomes arrive by the hook that `claudectl init` installs.",
            ),
            flag("--exit-code").value().gone("the hook reads the event itself").note("Remove the script."),
            flag("--duration-ms").value().gone("the hook reads the event itself").note("Remove the script."),
            flag("--stderr-tail").value().gone("the hook reads the event itself").note("Remove the script."),
            flag("--session-id").value().gone("the hook reads the event itself").note("Remove the script."),
            flag("--tool-use-id").value().gone("the hook reads the event itself").note("Remove the script."),
            flag("--reap-outcomes")
                .mode(15)
                .gone("an outcome is joined to its call by id when it arrives")
                .note("Nothing needs to be run."),
            flag("--brain-outcomes").mode(16).now("claudectl brain outcomes"),
            flag("--brain-baseline").mode(17).now("claudectl brain approaches"),
            flag("--top").value().now("claudectl brain approaches --top N"),
            flag("--insights").optional_value().mode(19).now("claudectl brain insights"),
            flag("--brain-garden").mode(20).now("claudectl brain garden").note(
                "One block in CLAUDE.md, replaced rather than repeated, shown as a diff first.",
            ),
            flag("--apply").now("claudectl brain garden --apply"),
            flag("--brain-briefing").mode(21).now("claudectl brain briefing"),
            flag("--brain-review").optional_value().mode(11).now("claudectl brain review"),
            flag("--brain-mark-canonical").value().mode(11).now("claudectl brain review").note(
                "A correction there weighs five ordinary answers.",
            ),
            flag("--brain-export").value().mode(11).now("claudectl brain export"),
            flag("--pid").value().now("claudectl brain export --session ID").note(
                "A session is named by its id; pids are reused.",
            ),
        ],
    },
    Group {
        title: "Tasks",
        entries: &[
            flag("--decompose").value().mode(22).later("claudectl task plan TEXT"),
            flag("--run").value().mode(23).later("claudectl task run FILE"),
            flag("--parallel").later("claudectl task run --parallel N").note("With a limit."),
        ],
    },
    Group {
        title: "Recording",
        entries: &[
            flag("--record").value().now("claudectl dashboard --record FILE"),
            flag("--duration").value().now("claudectl dashboard --duration TIME").note("With its unit: `30s`."),
        ],
    },
    Group {
        title: "Cleaning up",
        entries: &[
            flag("--clean").mode(25).now("claudectl clean --older-than AGE").note(
                "Puts transcripts into archives instead of deleting them, and only with `--apply`; what runs is left. \
                 `claudectl clean --state` keeps claudectl's own state small.",
            ),
            flag("--older-than")
                .value()
                .now("claudectl clean --older-than AGE")
                .note("An age that cannot be read is refused; it used to mean 24 hours."),
            flag("--finished").now("claudectl clean --older-than AGE --finished").note(
                "Without it, too, nothing is taken from a session that runs. It leaves those that stopped in the middle of \
                 a turn.",
            ),
            flag("--dry-run")
                .now("claudectl init --dry-run")
                .note("Shows a diff. `claudectl clean` changes nothing without `--apply`."),
        ],
    },
    Group {
        title: "History and diagnosis",
        entries: &[
            flag("--history").mode(26).now("claudectl history").note(
                "Read from the transcripts and kept: complete even for the time claudectl was not running.",
            ),
            flag("--stats").mode(27).now("claudectl spend").note(
                "`--by project`, `--by model`, `--by day` and so on, each as a table, JSON or CSV.",
            ),
            flag("--autopsy").mode(24).now("claudectl brain autopsy"),
            flag("--session").value().now("claudectl brain autopsy SESSION"),
            flag("--config").mode(1).now("claudectl config show").note(
                "Everything in force, with where each value comes from. `--config FILE` names the file to read; \
                 only `--config` with nothing after it is taken for the old flag.",
            ),
            flag("--config-template")
                .mode(2)
                .now("claudectl config schema")
                .note("Each key with its type, default and meaning."),
            flag("--config-validate").mode(3).now("claudectl config check").note(
                "Reads the files as the program does, and fails on an unknown key or a wrong value.",
            ),
            flag("--hooks").mode(5).now("claudectl config show").note(
                "It listed the `[hooks]` table, which is there again; `claudectl notify test` runs each.",
            ),
            flag("--doctor").mode(6).now("claudectl doctor").note("Fails when a check fails; it always succeeded."),
            flag("--log").value().now("claudectl --log FILE").note("As before, before or after the command."),
        ],
    },
    Group {
        title: "Setting up",
        entries: &[
            flag("--init").mode(7).now("claudectl init").note("Takes out what the old one wrote."),
            flag("--uninstall").mode(7).now("claudectl uninstall").note(
                "Takes out this version's hooks; those of the published one go with `claudectl init`.",
            ),
            flag("--scope").alias(&["-s"]).value().now("claudectl init --scope user|project|local").note(
                "What was `project` is `local`; `project` is the file that is shared with others.",
            ),
            flag("--config-init").mode(4).now("claudectl config init").note(
                "Writes your own file, not one into the folder you are in.",
            ),
        ],
    },
    Group {
        title: "Subcommands: setting up and looking",
        entries: &[
            sub("init").now("claudectl init"),
            sub("init --check").now("claudectl doctor").note("What is installed and what has drifted."),
            sub("init --purge").gone("everything claudectl keeps is one folder").note(
                "Delete the state folder that `claudectl config path` names; `claudectl clean --state` only keeps it small.",
            ),
            sub("init --remove").now("claudectl uninstall"),
            sub("init --reset").gone("there is no wizard with a memory").note("Edit the configuration file."),
            sub("init --upgrade").now("claudectl init").note("Running it again brings everything up to date."),
            sub("init --plugin-only").gone("`init` puts hooks and plugin in place together").note("The plugin holds no hooks; `init --no-plugin` leaves it out."),
            sub("init --non-interactive").now("claudectl init").note("It asks nothing to begin with."),
            sub("doctor").now("claudectl doctor"),
            sub("completions").now("claudectl completions"),
            sub("man").now("claudectl man"),
            sub("demo").now("claudectl demo"),
            sub("ingest").now("claudectl hook").note("Installed by `claudectl init`; not for people."),
            sub("access").gone("answering outsiders' questions about a project is not this tool's work"),
            sub("query").gone("answering outsiders' questions about a project is not this tool's work"),
        ],
    },
    Group {
        title: "Subcommands: coordination",
        entries: &[
            sub("coord").later("claudectl coord"),
            sub("coord events").later("claudectl coord events"),
            sub("coord leases").later("claudectl coord leases"),
            sub("coord claim").later("claudectl coord claim").note("An unknown `--mode` will be an error."),
            sub("coord renew").later("claudectl coord renew"),
            sub("coord release").later("claudectl coord release"),
            sub("coord blockers").later("claudectl coord blockers"),
            sub("coord block").later("claudectl coord block"),
            sub("coord unblock").later("claudectl coord unblock"),
            sub("coord handoffs").later("claudectl coord handoffs"),
            sub("coord handoff").later("claudectl coord handoff"),
            sub("coord accept").later("claudectl coord accept"),
            sub("coord interrupts").later("claudectl coord interrupts"),
            sub("coord raise").later("claudectl coord raise"),
            sub("coord ack").later("claudectl coord ack"),
            sub("coord memory").later("claudectl coord memory"),
            sub("coord promote").later("claudectl coord promote"),
            sub("coord context").later("claudectl coord context"),
            sub("coord adapters").gone("`doctor` says what works with your agent"),
            sub("coord metrics").later("claudectl coord metrics"),
            sub("coord eval").gone("those checks are tests of the program itself"),
            sub("coord prune").later("claudectl coord prune"),
            sub("bus").later("claudectl coord").note("Messages between agents live with coordination."),
            sub("bus stdio").later("claudectl mcp"),
            sub("bus stop-hook").later("claudectl hook"),
            sub("bus role").later("claudectl coord role"),
            sub("bus send").later("claudectl coord send"),
            sub("bus inbox").later("claudectl coord inbox"),
            sub("bus whoami").later("claudectl coord whoami"),
            sub("bus owner").later("claudectl coord owner"),
            sub("bus route").later("claudectl coord send"),
            sub("bus prune").later("claudectl coord prune"),
            sub("supervisor").later("claudectl task"),
            sub("supervisor run").later("claudectl task run FILE"),
            sub("supervisor work").later("claudectl up"),
            sub("supervisor init").later("claudectl task init"),
            sub("supervisor validate").later("claudectl task check FILE"),
            sub("supervisor submit").later("claudectl task add"),
            sub("supervisor status").later("claudectl task ls"),
            sub("supervisor logs").later("claudectl task log ID"),
            sub("supervisor cancel").later("claudectl task cancel ID"),
            sub("supervisor pr").later("claudectl task pr ID"),
            sub("supervisor drain").later("claudectl task drain"),
            sub("supervisor undrain").later("claudectl task undrain"),
            sub("supervisor metrics").later("claudectl web"),
        ],
    },
    Group {
        title: "Subcommands: hive",
        entries: &[
            sub("hive").now("claudectl hive"),
            sub("hive on").later("claudectl hive on"),
            sub("hive off").later("claudectl hive off"),
            sub("hive status").later("claudectl hive status"),
            sub("hive preview").later("claudectl hive preview"),
            sub("hive expose").later("claudectl hive expose"),
            sub("hive hide").later("claudectl hive hide"),
            sub("hive knowledge").later("claudectl hive knowledge"),
            sub("hive export")
                .now("claudectl hive export")
                .note("Signed lines for members of a hive, not an array of units."),
            sub("hive import").now("claudectl hive import").note("Bundles of `claudectl hive export` only."),
            sub("hive forget").later("claudectl hive forget"),
            sub("hive trust").later("claudectl hive trust"),
            sub("hive archive").later("claudectl hive archive"),
            sub("hive distill").later("claudectl hive distill"),
            sub("hive curriculum").later("claudectl hive curriculum"),
            sub("hive share").later("claudectl hive share"),
            sub("hive install").alias(&["hive accept"]).later("claudectl hive accept"),
            sub("hive shared").later("claudectl hive shared"),
            sub("hive accept-mode").later("claudectl hive accept-mode"),
            sub("hive pending").later("claudectl hive pending"),
            sub("hive clusters").later("claudectl hive clusters"),
            sub("hive cluster").later("claudectl hive cluster"),
            sub("hive effectiveness").later("claudectl hive effectiveness"),
            sub("hive dead-weight").later("claudectl hive dead-weight"),
            sub("hive peers").now("claudectl hive peer ls").note("Machines and what they are; not how well what they know does."),
            sub("hive review").later("claudectl hive review"),
            sub("hive explore").later("claudectl hive explore"),
            sub("hive experts").later("claudectl hive experts"),
            sub("hive welcome").later("claudectl hive welcome"),
            sub("hive resolutions").later("claudectl hive resolutions"),
            sub("hive convergence").now("claudectl hive convergence").note("Same keys in JSON."),
            sub("hive consent").later("claudectl hive consent"),
            sub("hive identity").now("claudectl hive id"),
            sub("hive discover").later("claudectl relay discover"),
            sub("hive invite").later("claudectl relay invite"),
            sub("hive join").later("claudectl relay join TICKET"),
            sub("hive requests").gone("a person on each side confirms a new machine while it joins"),
        ],
    },
    Group {
        title: "Subcommands: relay",
        entries: &[
            sub("relay").later("claudectl relay").note("Another protocol: machines have to be introduced again."),
            sub("relay serve").later("claudectl relay serve"),
            sub("relay pair").later("claudectl relay invite"),
            sub("relay invite").later("claudectl relay invite"),
            sub("relay accept").later("claudectl relay join TICKET"),
            sub("relay join").later("claudectl relay join TICKET"),
            sub("relay connect").gone("machines that know each other dial by key, not by address"),
            sub("relay disconnect").later("claudectl relay revoke"),
            sub("relay forget").later("claudectl relay forget"),
            sub("relay peers").later("claudectl relay peers"),
            sub("relay prune").later("claudectl relay forget"),
            sub("relay discover").later("claudectl relay discover"),
            sub("relay identity").later("claudectl relay id"),
            sub("relay status").later("claudectl relay doctor"),
            sub("relay delegate").later("claudectl relay delegate PEER TEXT").note("Off until granted to that peer."),
            sub("relay interrupt").later("claudectl relay interrupt TASK"),
            sub("relay fleet").alias(&["relay sessions"]).later("claudectl ls --fleet"),
            sub("relay send-session").gone("a conversation holds secrets; only its place in the list is shared"),
            sub("relay install-agent").later("claudectl up --install").note("What it runs beside notices comes with the relay."),
            sub("relay uninstall-agent").later("claudectl up"),
            sub("relay agent-status").later("claudectl doctor"),
        ],
    },
    Group {
        title: "Configuration: general",
        entries: &[
            key("[defaults] interval").gone("nothing is polled"),
            key("[defaults] notify").now("[notify] desktop"),
            key("[defaults] notify_cooldown_secs").now("[notify] cooldown").note("With its unit: `\"30s\"`."),
            key("[defaults] debug").gone("timings belong in the log").note("`--log FILE` with `-v`."),
            key("[defaults] grouped").now("[dashboard] grouped"),
            key("[defaults] sort").now("[dashboard] sort").note("It was read and never applied."),
            key("[defaults] budget").now("[budget] session_usd").note(BUDGET_NOTE),
            key("[defaults] kill_on_budget").later("[budget] on_exceed"),
            key("[webhook] url").now("[webhooks.name] url").note("Each has a name of your choice."),
            key("[webhook] events").now("[webhooks.name] events").note("Names of events, or `statuses` for states."),
            key("[budget] daily_limit").now("[budget] day_usd").note("A local calendar day, by each reply's own time."),
            key("[budget] weekly_limit").now("[budget] week_usd").note("Monday to Sunday."),
            key("[context] warn_threshold").now("[context] warn_pct"),
            key("[orchestrate] file_conflicts").now("[[rules]] conflict").note("Without a rule, what another session is in the way of is asked about."),
            key("[orchestrate] auto_deny_file_conflicts")
                .now("[[rules]] conflict")
                .note("With `action = \"deny\"`; nothing is typed into a terminal."),
            key("[models.\"name\"] input_per_m").now("[prices.\"model-id\"] input").note(MODEL_NOTE),
            key("[models.\"name\"] output_per_m").now("[prices.\"model-id\"] output").note(MODEL_NOTE),
            key("[models.\"name\"] cache_read_per_m").now("[prices.\"model-id\"] cache_read").note(MODEL_NOTE),
            key("[models.\"name\"] cache_write_per_m").now("[prices.\"model-id\"] cache_write_5m")
                .note("`cache_write_1h` is a price of its own."),
            key("[models.\"name\"] context_max").now("[context.\"model-id\"] max"),
            key("[agents.name] type").gone("such agents could be declared and never ran"),
            key("[agents.name] command").gone("such agents could be declared and never ran"),
            key("[agents.name] capabilities").gone("such agents could be declared and never ran"),
            key("[agents.name] cwd").gone("such agents could be declared and never ran"),
            key("[lifecycle] auto_restart").gone("nothing ever acted on it"),
            key("[lifecycle] restart_threshold_pct").gone("nothing ever acted on it"),
            key("[lifecycle] restart_only_when_idle").gone("nothing ever acted on it"),
            key("[lifecycle] retention_days").later("[coord] retention_days"),
            key("[idle] enabled").gone("no idle task ever ran"),
            key("[idle] after_idle_mins").gone("no idle task ever ran"),
            key("[idle] max_concurrent").gone("no idle task ever ran"),
            key("[idle] max_cost_usd").gone("no idle task ever ran"),
        ],
    },
    Group {
        title: "Configuration: health",
        entries: &[
            key("[health] cache_critical_pct").now("[health] cache_critical_pct").note("Of the latest active hour."),
            key("[health] cache_warning_pct").now("[health] cache_warning_pct"),
            key("[health] cache_min_tokens").now("[health] cache_min_tokens"),
            key("[health] cost_spike_critical").now("[health] cost_spike_critical").note(SPIKE_NOTE),
            key("[health] cost_spike_warning").now("[health] cost_spike_warning").note(SPIKE_NOTE),
            key("[health] loop_max_calls")
                .now("[health] loop_max_calls")
                .note("Counts the same call failing the same way, not all calls of a tool."),
            key("[health] stall_min_cost").now("[health] stall_min_usd").note("Counted since the session last got on."),
            key("[health] stall_min_minutes").now("[health] stall_min_minutes").note("Of activity, since the session last got on; reading something new is getting on."),
            key("[health] context_critical_pct").now("[health] context_critical_pct"),
            key("[health] context_warning_pct").now("[health] context_warning_pct"),
            key("[health] decay_compaction_pct").now("[health] compact_context_pct").note("A part of the context only; the decay score has `decay_*_score`."),
            key("[health] efficiency_critical_factor").now("[health] efficiency_factor").note("Tokens between edits, not sums."),
            key("[health] error_accel_factor").now("[health] error_accel_factor").note("By the times of the rows."),
            key("[health] repetition_threshold").now("[health] repetition_threshold").note("The same part of an unchanged file, or the same search."),
        ],
    },
    Group {
        title: "Configuration: rules and hooks",
        entries: &[
            key("[rules.name] match_tool").now("[[rules]] tool"),
            key("[rules.name] match_command")
                .now("[[rules]] command")
                .note("Matched on the words of the parsed command, not anywhere in its text."),
            key("[rules.name] match_project").now("[[rules]] project"),
            key("[rules.name] match_cost_above").now("[[rules]] cost_above"),
            key("[rules.name] match_status").now("[[triggers]] status").note("For `send` and `terminate`; calls are judged whatever their session is doing."),
            key("[rules.name] match_last_error").now("[[rules]] last_error"),
            key("[rules.name] match_file_conflict").now("[[rules]] conflict"),
            key("[rules.name] action").now("[[rules]] action").note(
                "`claudectl import` takes it over: `deny` as `deny`, `send` and `terminate` as `[[triggers]]` (`send`, `stop`), \
                 `approve` only as a proposal. A missing or misspelt action is an error; it used to mean approve.",
            ),
            key("[rules.name] message").now("[[rules]] reason").note("Of `send`: `[[triggers]] message`."),
            key("[hooks.on_session_start] run").now("[hooks.on_session_start] run").note(TRIGGER_NOTE),
            key("[hooks.on_status_change] run").now("[hooks.on_status_change] run").note(TRIGGER_NOTE),
            key("[hooks.on_needs_input] run").now("[hooks.on_needs_input] run").note(TRIGGER_NOTE),
            key("[hooks.on_finished] run").now("[hooks.on_finished] run").note(TRIGGER_NOTE),
            key("[hooks.on_budget_warning] run").now("[hooks.on_budget_warning] run").note(TRIGGER_NOTE),
            key("[hooks.on_budget_exceeded] run").now("[hooks.on_budget_exceeded] run").note(TRIGGER_NOTE),
            key("[hooks.on_idle] run").now("[hooks.on_idle] run").note(TRIGGER_NOTE),
            key("[hooks.on_context_high] run").now("[hooks.on_context_high] run").note(TRIGGER_NOTE),
            key("[hooks.on_conflict_detected] run").now("[hooks.on_conflict_detected] run").note(TRIGGER_NOTE),
            key("[hooks.on_hive_join_request] run").gone("joining is confirmed by a person on each side"),
            key("[deny] commands").now("[[rules]] command").note(DENY_NOTE),
            key("[deny] tools").now("[[rules]] tool").note(DENY_NOTE),
        ],
    },
    Group {
        title: "Configuration: brain",
        entries: &[
            key("[brain] enabled").gone("the learner needs no switch").note("The gate's mode says what it may do."),
            key("[brain] endpoint")
                .now("[llm] url")
                .note("Only from your own file; a repository cannot set it."),
            key("[brain] model").now("[llm] model"),
            key("[brain] timeout_ms").now("[llm] timeout"),
            key("[brain] auto").now("[gate] mode"),
            key("[brain] max_context_tokens").gone("each field sent to a model has a fixed length limit"),
            key("[brain] few_shot_count").gone("the learner holds no raw text, so there are no examples to send"),
            key("[brain] max_sessions").gone("there is no limit to set"),
            key("[brain] orchestrate").later("[[triggers]]"),
            key("[brain] orchestrate_interval").gone("triggers follow events, not a clock"),
            key("[brain] test_runners").gone("test commands are recognised by parsing them"),
            key("[brain] escalation_model").gone("a model only ever adds a warning, so one is enough"),
            key("[brain] escalation_threshold").gone("a model only ever adds a warning, so one is enough"),
        ],
    },
    Group {
        title: "Configuration: relay and hive",
        entries: &[
            key("[relay] enabled").gone("it was never read").note("Starting the relay is the switch."),
            key("[relay] listen_port").alias(&["[relay] port"]).later("[relay] listen"),
            key("[relay] listen_addr").alias(&["[relay] addr"]).later("[relay] listen"),
            key("[relay] max_peers").later("[relay] max_peers"),
            key("[relay] heartbeat_interval_secs")
                .alias(&["[relay] heartbeat_interval"])
                .gone("the transport keeps links alive by itself"),
            key("[relay] reconnect_max_secs")
                .alias(&["[relay] reconnect_max"])
                .gone("it was never read; waiting times are capped by themselves"),
            key("[relay] auto_connect").gone("it was never read; known machines are dialled by themselves"),
            key("[relay] http_port").later("[web] listen"),
            key("[relay] http_addr").later("[web] listen"),
            key("[relay] auth_token").gone("a token in a configuration file is readable by too many programs"),
            key("[relay] lan_announce").later("[relay] lan"),
            key("[relay] lease_authority").later("[coord] authority"),
            key("[relay] tags").later("[relay] tags"),
            key("[hive] enabled").later("[hive] enabled"),
            key("[hive] default_trust").gone("trust is learned for each author and subject"),
            key("[hive] auto_trust_drift").gone("it was never read; trust is learned"),
            key("[hive] max_propagation").later("[hive] max_hops"),
            key("[hive] export_min_evidence").later("[hive] export_min_evidence"),
            key("[hive] export_min_tool_decisions").later("[hive] export_min_tool_decisions"),
            key("[hive] knowledge_ttl_days").later("[hive] ttl"),
            key("[hive] inject_unverified").gone("what comes from elsewhere can only tighten or suggest"),
            key("[hive] share_categories").later("[hive] share_categories"),
            key("[hive] exclude_tools").later("[hive] exclude_tools"),
            key("[hive] exclude_commands").later("[hive] exclude_commands"),
            key("[hive] exclude_content_types").later("[hive] exclude_content_types"),
            key("[hive] max_units").later("[hive] max_units"),
            key("[hive] max_prompt_units").later("[hive] max_prompt_units"),
            key("[hive] stale_peer_days").later("[hive] stale_peer_days"),
            key("[hive] share_mode").later("[hive] share_mode"),
        ],
    },
    Group {
        title: "Environment",
        entries: &[
            var("NO_COLOR").now("NO_COLOR"),
            var("HOME").now("HOME").note(
                "There is no fallback to the shared temporary folder. \
                 `CLAUDECTL_HOME` names the state folder, and `CLAUDE_CONFIG_DIR`, ignored before, is honoured.",
            ),
            var("CLAUDECTL_BUDGET").now("[budget] session_usd").note(BUDGET_NOTE),
            var("CLAUDECTL_BUS_ROLE").gone("a sender is known by its process, not by what it says"),
            var("CLAUDECTL_PR_AUTO_POST").gone("posting to a pull request is a command, not a side effect"),
            var("CLAUDECTL_SKIP_FIRST_RUN").gone("there is no first-run banner"),
            var("CLAUDECTL_DEMO_SKILLS").gone("the demo needs no switches"),
            var("TMUX").now("claudectl attach").note(TERMINAL_NOTE),
            var("GNOME_TERMINAL_SERVICE").gone(TOLD_NOT_DRIVEN).note(TERMINAL_NOTE),
            var("GNOME_TERMINAL_SCREEN").gone(TOLD_NOT_DRIVEN).note(TERMINAL_NOTE),
            var("WT_SESSION").gone(TOLD_NOT_DRIVEN).note(TERMINAL_NOTE),
            var("WSL_DISTRO_NAME").gone(TOLD_NOT_DRIVEN).note(TERMINAL_NOTE),
            var("WSL_INTEROP").gone(TOLD_NOT_DRIVEN).note(TERMINAL_NOTE),
            var("KITTY_WINDOW_ID").gone(TOLD_NOT_DRIVEN).note(TERMINAL_NOTE),
            var("WEZTERM_EXECUTABLE").gone(TOLD_NOT_DRIVEN).note(TERMINAL_NOTE),
            var("GHOSTTY_RESOURCES_DIR").gone(TOLD_NOT_DRIVEN).note(TERMINAL_NOTE),
            var("TERM_PROGRAM").gone(TOLD_NOT_DRIVEN).note(TERMINAL_NOTE),
        ],
    },
    Group {
        title: "Files and folders",
        entries: &[
            path("~/.config/claudectl/config.toml").now("~/.config/claudectl/config.toml").note(
                "Same place (`XDG_CONFIG_HOME` is honoured), other keys: `claudectl import` shows what can be taken over, \
                 and with `--apply` does it; the old file stays beside.",
            ),
            path(".claudectl.toml").now(".claudectl.toml").note(
                "Comes with a repository, so it may only tighten: anything else in it is an error.",
            ),
            path(".claudectl/policy.toml").now(".claudectl/policy.toml").note(
                "With `[[rules]]` instead of `[deny]`: `claudectl import --policy FILE` prints it.",
            ),
            path("~/.local/share/claudectl/history.csv")
                .now("claudectl import")
                .note(
                    "It was hardly ever written, and held no session ids: kept apart, for `claudectl history --imported`. \
                     `claudectl history` reads the transcripts themselves.",
                ),
            path("~/.claudectl/brain/decisions.jsonl").now("claudectl brain import FILE").note(
                "With the meaning of each answer repaired.",
            ),
            path("~/.claudectl/brain/canonical.jsonl").now("claudectl brain import FILE"),
            path("~/.claudectl/brain/preferences.json")
                .alias(&["~/.claudectl/brain/preferences/"])
                .gone("it counts an accepted refusal as approval")
                .note("It is learned anew from the decisions."),
            path("~/.claudectl/brain/gate-mode").now("[gate] mode"),
            path("~/.claudectl/brain/heuristic-mode").gone("nothing is approved because a model did not answer"),
            path("~/.claudectl/brain/insights-mode").now("claudectl brain insights"),
            path("~/.claudectl/brain/insights.json").gone("insights are computed anew"),
            path("~/.claudectl/brain/prompts/").now("claudectl brain prompts").note("What the published tool's templates ask for is another answer: those of the same name are told, and not used."),
            path("~/.claudectl/brain/evals/").now("claudectl brain eval"),
            path("~/.claudectl/brain/autopsies/").gone("an autopsy is computed when asked for"),
            path("~/.claudectl/brain/checkpoints/").gone("nothing ever wrote one"),
            path("~/.claudectl/brain/mailbox/").later("claudectl coord inbox"),
            path("~/.claudectl/brain/outcomes/").gone("outcomes are read from the transcripts"),
            path("~/.claudectl/coord/coord.db").later("claudectl import"),
            path("~/.claudectl/bus/bus.db").later("claudectl import"),
            path("~/.claudectl/hive/knowledge.jsonl").later("claudectl hive import"),
            path("~/.claudectl/hive/archive.jsonl").later("claudectl hive import"),
            path("~/.claudectl/hive/trust.json").later("claudectl hive import"),
            path("~/.claudectl/hive/sync_state.json").now("claudectl hive convergence").note("Same file, same format."),
            path("~/.claudectl/hive/curriculum.json").gone("it is computed, not stored"),
            path("~/.claudectl/relay/identity").gone("a machine is its key, not its name"),
            path("~/.claudectl/relay/peers/").gone("the old keys were too short to keep").note("Invite again."),
            path("~/.claudectl/onboarding.json").gone("`doctor` looks at what is installed"),
            path("~/.claudectl/.star-prompted").gone("claudectl asks for nothing"),
            path("./.claudectl-runs/").later("claudectl task log ID"),
            path("tasks.toml").later("claudectl task run FILE"),
            path("~/.claude/plugins/claudectl/").now("claudectl init").note(
                "It moves the folder into the backups of claudectl's state folder. The new plugin is in `~/.claude/skills/claudectl`.",
            ),
            path("claudectl hooks in ~/.claude/settings.json")
                .now("claudectl init")
                .note("It shows the old ones and takes them out."),
        ],
    },
];

const BUDGET_NOTE: &str =
    "Past it, the gate asks with each call of the session until `claudectl budget raise`; nothing is killed.";
const MODEL_NOTE: &str = "By exact model id. `claudectl prices` shows the table; \
                          what you leave out keeps its built-in value instead of becoming 0.";
const SPIKE_NOTE: &str = "Over a window of real time, not from one refresh to the next.";
const TOLD_NOT_DRIVEN: &str =
    "a terminal other than tmux is told of, not driven: nothing proves which of its tabs is the session's";
const DENY_NOTE: &str =
    "In `.claudectl/policy.toml`; `claudectl import --policy FILE` prints it in the new words.";
const TRIGGER_NOTE: &str = "A list of arguments, not a line for a shell: `run = [\"program\", \"{project}\"]`. Run by `claudectl up`, and only from your own file.";
const TERMINAL_NOTE: &str = "Found from the session's own process, not from the variables of the terminal you \
                             happen to look from.";

fn entries() -> impl Iterator<Item = &'static Entry> {
    TABLE.iter().flat_map(|group| group.entries)
}

impl Entry {
    fn is_called(&self, name: &str) -> bool {
        self.old == name || self.aliases.contains(&name)
    }

    /// Whether our own command of the same name does the same, so that there is nothing to say.
    fn kept_its_name(&self) -> bool {
        self.status == Status::Now
            && self.new.and_then(|new| new.strip_prefix("claudectl ")).is_some_and(|new| new == self.old)
    }
}

fn flag_called(name: &str) -> Option<&'static Entry> {
    entries().find(|entry| entry.kind == Kind::Flag && entry.is_called(name))
}

/// What became of a key of the published tool's configuration; a chosen name in the section may be any.
pub(crate) fn config_key(section: &str, key: &str) -> Option<&'static Entry> {
    let is_it = |name: &str| {
        let Some((place, own)) = name.strip_prefix('[').and_then(|rest| rest.split_once("] ")) else {
            return false;
        };
        let place = place.replace('"', "");
        let chosen = place.strip_suffix("name").and_then(|place| section.strip_prefix(place));
        own == key
            && (place == section || chosen.is_some_and(|name| place.ends_with(".name") && !name.is_empty()))
    };
    let keys = entries().filter(|entry| entry.kind == Kind::ConfigKey);
    keys.into_iter().find(|entry| is_it(entry.old) || entry.aliases.iter().any(|alias| is_it(alias)))
}

/// Recognises a command line of the published tool, program name left out.
///
/// `None` for everything else, ours included. A flag that both tools have counts only where the old use cannot be
/// ours: `--json` with no command, `--config` with no file.
pub(crate) fn hint(args: &[OsString]) -> Option<Hint> {
    let line = Line::read(args);
    let sub = line.subcommand();
    let mut found = line.flags;
    if line.json && line.rest.is_empty() && !line.asks_help && found.iter().all(|flag| flag.mode == 0) {
        found.extend(flag_called("--json"));
    }
    let flag = found.iter().copied().filter(|flag| flag.mode > 0).min_by_key(|flag| flag.mode);
    match (flag, sub) {
        (Some(flag), Some(_)) if flag.mode < SUBCOMMAND_ORDER => Some(flags_hint(flag, &found, line.json)),
        (_, Some(sub)) => Some(sub.hint(&found)),
        (Some(flag), None) => Some(flags_hint(flag, &found, line.json)),
        (None, None) => Some(flags_hint(found.first()?, &found, line.json)),
    }
}

/// The top-level part of a command line, read the way the published tool would have.
#[derive(Debug, Default)]
struct Line<'a> {
    flags: Vec<&'static Entry>,
    json: bool,
    asks_help: bool,
    /// From the first word that is neither a flag nor the value of one.
    rest: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn read(args: &'a [OsString]) -> Self {
        let mut line = Self::default();
        // What is not Unicode is nobody's flag and nobody's command; it may be the value of one.
        let mut words = args.iter().map(|arg| arg.to_str().unwrap_or("\u{fffd}")).peekable();
        while let Some(word) = words.next() {
            let next_is_value = words.peek().is_some_and(|next| !next.starts_with('-'));
            let takes_next = match word {
                "--" => break,
                "--help" | "--version" | "-h" | "-V" => {
                    line.asks_help = true;
                    false
                }
                "--json" => {
                    line.json = true;
                    false
                }
                "--config" if !next_is_value => {
                    if let Some(flag) = flag_called(word) {
                        line.add(flag);
                    }
                    false
                }
                "--config" | "--log" | "--color" => true,
                _ if word.starts_with("--") => line.long(word, next_is_value),
                _ if word.starts_with('-') && word.len() > 1 => line.short(word),
                _ => {
                    line.rest = std::iter::once(word).chain(words).collect();
                    return line;
                }
            };
            if takes_next {
                words.next();
            }
        }
        line
    }

    fn add(&mut self, flag: &'static Entry) {
        if !self.flags.iter().any(|known| known.old == flag.old) {
            self.flags.push(flag);
        }
    }

    /// Takes `--flag` or `--flag=value`; says whether the next word is its value.
    fn long(&mut self, word: &str, next_is_value: bool) -> bool {
        let (name, inline) = word.split_once('=').map_or((word, false), |(name, _)| (name, true));
        // Our own flags with an inline value; the published tool had none of these in that form.
        if matches!(name, "--json" | "--config" | "--log" | "--color") {
            return false;
        }
        let Some(flag) = flag_called(name) else { return false };
        self.add(flag);
        match flag.takes {
            _ if inline => false,
            Takes::Nothing => false,
            Takes::Value => true,
            Takes::OptionalValue => next_is_value,
        }
    }

    /// Takes `-l` or a cluster such as `-lw` or `-i500`; says whether the next word is a value.
    fn short(&mut self, word: &str) -> bool {
        let mut letters = word.chars().skip(1);
        while let Some(letter) = letters.next() {
            let Some(flag) = flag_called(&format!("-{letter}")) else { continue };
            self.add(flag);
            if flag.takes == Takes::Value {
                return letters.next().is_none();
            }
        }
        false
    }

    /// What the command named here has become, if the published tool or the plan knows it and we do not.
    fn subcommand(&self) -> Option<Sub> {
        let first = *self.rest.first()?;
        let published = entries()
            .filter(|entry| entry.kind == Kind::Subcommand)
            .flat_map(|entry| {
                std::iter::once(entry.old).chain(entry.aliases.iter().copied()).map(move |name| (entry, name))
            })
            .filter(|(_, name)| self.names(name))
            .max_by_key(|(_, name)| name.split(' ').count());
        match published {
            Some((entry, _)) if entry.kept_its_name() => None,
            Some((entry, name)) => Some(Sub::Published(entry, name)),
            None => planned(first).map(Sub::Planned),
        }
    }

    /// Whether the command named here is `name`: its words come first and in order, its flags anywhere.
    fn names(&self, name: &str) -> bool {
        name.split(' ').enumerate().all(|(place, part)| {
            if part.starts_with('-') {
                self.rest.iter().any(|word| word.split('=').next() == Some(part))
            } else {
                self.rest.get(place) == Some(&part)
            }
        })
    }
}

fn command_word(new: &'static str) -> Option<&'static str> {
    new.strip_prefix("claudectl ")?.split(' ').next().filter(|word| !word.starts_with('-'))
}

/// A command that the table promises for later and that nothing of today begins with.
fn planned(word: &str) -> Option<&'static str> {
    let promised = |status: Status| {
        entries().filter(move |entry| entry.status == status).filter_map(|entry| command_word(entry.new?))
    };
    if promised(Status::Now).any(|now| now == word) {
        return None;
    }
    let planned = promised(Status::Later).find(|later| *later == word)?;
    // It may be there before all is that was promised of it.
    (!own::is_command(word)).then_some(planned)
}

/// A command that this version does not have.
#[derive(Debug, Clone, Copy)]
enum Sub {
    Published(&'static Entry, &'static str),
    Planned(&'static str),
}

const SEE_HELP: &str = "`claudectl --help` lists what this version can do";

impl Sub {
    fn hint(self, flags: &[&'static Entry]) -> Hint {
        let (what, why, fix) = match self {
            Self::Planned(word) => (
                format!("`{word}` is a planned command"),
                format!("not in this version yet; it will be `claudectl {word}`"),
                SEE_HELP.to_owned(),
            ),
            Self::Published(entry, name) => (
                format!("`{name}` is a command of an earlier claudectl"),
                why(entry, "the command has another name now"),
                fix(entry, false),
            ),
        };
        Hint { what, why: with_others(why, None, flags), fix }
    }
}

fn flags_hint(lead: &'static Entry, found: &[&'static Entry], json: bool) -> Hint {
    let names: Vec<String> =
        found.iter().filter(|flag| flag.old != "--json").map(|flag| format!("`{}`", flag.old)).collect();
    let what = match names.as_slice() {
        [] => "`--json` is not a command".to_owned(),
        [one] if one == "`--config`" => "`--config` is given no file".to_owned(),
        [one] => format!("{one} is a flag of an earlier claudectl"),
        [first @ .., last] => format!("{} and {last} are flags of an earlier claudectl", first.join(", ")),
    };
    let why = match lead.old {
        "--json" => {
            "`--json` says how a command prints; an earlier claudectl listed the sessions for it".to_owned()
        }
        "--config" => "an earlier claudectl showed its configuration for it".to_owned(),
        _ => why(lead, "what used to be a flag is a command now"),
    };
    Hint { what, why: with_others(why, Some(lead), found), fix: fix(lead, json) }
}

fn why(entry: &Entry, now: &str) -> String {
    match (entry.status, entry.new) {
        (Status::Later, Some(new)) => format!("not in this version yet; it will be `{new}`"),
        (Status::Gone(reason), _) => reason.to_owned(),
        _ => now.to_owned(),
    }
}

fn fix(entry: &Entry, json: bool) -> String {
    match (entry.status, entry.new) {
        (Status::Now, Some(new)) if json && !new.contains("--json") => format!("use `{new} --json`"),
        (Status::Now, Some(new)) => format!("use `{new}`"),
        (Status::Gone(_), _) if !entry.note.is_empty() => clause(entry.note),
        _ => SEE_HELP.to_owned(),
    }
}

/// A sentence of the page as a line of a hint.
fn clause(sentence: &str) -> String {
    let text = sentence.trim_end_matches('.');
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if !text.starts_with("Claude") => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// Adds a clause for each flag beside the one that decided, unless the answer to that one covers it.
fn with_others(mut why: String, lead: Option<&Entry>, found: &[&'static Entry]) -> String {
    let covered = |flag: &Entry| {
        flag.old == "--json"
            || lead.is_some_and(|lead| {
                let same_command = match (lead.new, flag.new) {
                    // What exists is named whole: a filter is worth its own words.
                    (Some(lead), Some(new)) if flag.status == Status::Later => new.starts_with(lead),
                    (lead, new) => lead == new,
                };
                lead.old == flag.old || (lead.status == flag.status && same_command)
            })
    };
    // Of the commands of one group, each has options of its own.
    let is_of_another = |new: &str| {
        let of_brain = |text: &str| text.strip_prefix("claudectl brain ").map(str::to_owned);
        let lead = lead.and_then(|lead| of_brain(lead.new?));
        let first = |text: String| text.split(' ').next().map(str::to_owned);
        lead.zip(of_brain(new)).is_some_and(|(lead, new)| first(lead) != first(new))
    };
    for flag in found.iter().filter(|flag| !covered(flag)) {
        why.push_str(&match (flag.status, flag.new) {
            (Status::Now, Some(new)) if new.contains(flag.old) && !is_of_another(new) => {
                format!("; `{}` goes after the command", flag.old)
            }
            (Status::Now, Some(new)) => format!("; `{}` is now `{new}`", flag.old),
            (Status::Later, Some(new)) => format!("; `{}` will be `{new}`", flag.old),
            _ => format!("; `{}` is gone", flag.old),
        });
    }
    why
}

const INTRODUCTION: &str = r#"# Coming from the published claudectl (0.49 to 0.92)

<!-- Written by crates/app/cli/src/migrating.rs. To change it, change the table there and run
     UPDATE_DOCS=1 cargo test -p claudectl-cli migrating -->

This claudectl has commands where the published one had top-level flags. An old flag given at top level fails with
a hint that names the new command. In the tables below **now** means that this version has it, **later** that it is
planned (the name may still change), **gone** that it will not come back, with the reason.

## Before you switch

The published tool put hooks into Claude Code's settings that call `claudectl` on every tool call, and a plugin into
`~/.claude/plugins`. `claudectl init` shows both and takes them out (`--dry-run` only shows them), in a project that
has them with `--scope local`; `claudectl doctor` says whether any are left. Should an old hook call this version
before that, it answers with the hint and exit code 1, which Claude Code does not read as "block this call".

What its brain has learned is not taken over: it counted its own answers as yours. `claudectl brain learn --history` learns
from your answers in Claude Code's transcripts instead ([brain.md](brain.md)), and `claudectl brain import
~/.claudectl/brain/decisions.jsonl` takes over what its log has of your own answers, turned the right way round
([brain-advice.md](brain-advice.md)). A language model answers nothing here: it explains and warns ([llm.md](llm.md)).

`claudectl import` shows what can be taken over of the published tool's configuration, rules and history, and does it
with `--apply`; what the tool left is never changed.

## Numbers will differ

Totals are usually lower for the main conversation and higher where subagents worked. None of it is a setting.

- **Each reply counts once.** Claude Code writes one line per content block and repeats the token counts on each;
  resumed and forked sessions copy old lines. All lines with one message id are one reply, across all files, and the
  largest count is taken. The published tool added up every line (up to 0.64), or skipped neighbours only (0.92).
- **Subagents are counted**, wherever Claude Code keeps their transcripts, each by its own model, and rolled up into
  the session once. The published tool looked in a folder that Claude Code no longer uses.
- **Cache writes for an hour cost more** than those for five minutes, and Claude Code mostly makes the former. They
  are separate columns with separate prices.
- **An unknown model has no price.** Its replies are counted and shown beside every total as unpriced; they used to
  be priced like some other model. Add a price in the configuration: `[prices."model-id"]`.
- **Each reply is priced by its own model, at the price of its day.** Switching models no longer reprices the past,
  and long prompts and fast mode are priced as such where the model has such prices.
- **A day is your local day**, and a reply belongs to the day it was made, not to the day its session began.
- **Spend outlives transcripts.** Claude Code deletes them after 30 days unless told otherwise; what claudectl has
  read once stays in its own store.

## Statuses and JSON

| Before | Now |
|---|---|
| Processing | `working` |
| Needs Input | `needs-permission`, `needs-answer` |
| Waiting | `waiting`, `background` |
| Idle | `idle`, `stalled` |
| Finished | `finished` |
| Unknown | `unknown`, `rate-limited`, `error` |

A status comes with its source and its time. Nothing is guessed from the processor load alone.

| Key of the old `--json` | In `claudectl ls --json` |
|---|---|
| `pid`, `project` | same; new beside them: `id`, `cwd`, `model`, `branch`, `started_at` |
| `status` (a word) | `status.state`; also `since`, `source`, `detail` |
| `telemetry`, `estimate` | `status.source`, `cost.unpriced_messages` |
| `context_pct` | `context.pct`; also `tokens`, `max` |
| `cost_usd`, `burn_rate_per_hr` | `cost.usd`, `cost.burn_usd_per_hour` |
| `elapsed_secs` | from `started_at` |
| `cpu`, `mem_mb` | `process.cpu_pct`, `process.memory_mb` |
| `tokens_in`, `tokens_out` | `tokens.input`, `tokens.output`; cache tokens are apart and no longer part of the input |
| `subagents`, `active_subagents`, `subagent_breakdown` | `subagents` (a list) |
| `last_error`, `recent_errors` | `recent_errors`, with times |
| `files_modified`, `decay_score` | same |
| `tool_usage.NAME.calls` | `tool_usage.NAME` |
| `worker_origin` | `host` |

## Exit codes

0 done; 1 a check failed, or nothing was found where something was required; 2 wrong usage or configuration;
3 something outside failed; 70 a fault of claudectl itself. `doctor` used to exit with 0 whatever it found.
"#;

/// The text of `docs/migrating.md`.
pub(crate) fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for group in TABLE {
        page.push_str("\n## ");
        page.push_str(group.title);
        page.push_str("\n\n| Before | | Use | What to expect |\n|---|---|---|---|\n");
        for entry in group.entries {
            row(&mut page, entry);
        }
    }
    page
}

fn row(page: &mut String, entry: &Entry) {
    let code = |text: &str| format!("`{}`", text.replace('|', "\\|"));
    let names: Vec<String> =
        std::iter::once(entry.old).chain(entry.aliases.iter().copied()).map(code).collect();
    let (status, new) = match (entry.status, entry.new) {
        (Status::Now, Some(new)) => ("now", code(new)),
        (Status::Later, Some(new)) => ("later", code(new)),
        (Status::Gone(_) | Status::Now | Status::Later, _) => ("gone", "—".to_owned()),
    };
    let expect = match entry.status {
        Status::Gone(reason) => format!("{}. {}", capital(reason), entry.note),
        _ => entry.note.to_owned(),
    };
    page.push_str(&format!(
        "| {} | {status} | {new} | {} |\n",
        names.join(", "),
        expect.trim().replace('|', "\\|")
    ));
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, path::Path};

    use super::*;

    /// Every flag of the published tool's own reference.
    const PUBLISHED_FLAGS: &[&str] = &[
        "--interval",
        "-i",
        "--theme",
        "--debug",
        "--demo",
        "--list",
        "-l",
        "--json",
        "--watch",
        "-w",
        "--headless",
        "--summary",
        "--format",
        "--since",
        "--filter-status",
        "--focus",
        "--search",
        "--new",
        "--cwd",
        "--prompt",
        "--resume",
        "--budget",
        "--kill-on-budget",
        "--notify",
        "--webhook",
        "--webhook-on",
        "--brain",
        "--auto-run",
        "--url",
        "--brain-model",
        "--brain-eval",
        "--brain-prompts",
        "--brain-stats",
        "--brain-query",
        "--tool",
        "--tool-input",
        "--project",
        "--mode",
        "--record-outcome",
        "--exit-code",
        "--duration-ms",
        "--stderr-tail",
        "--session-id",
        "--tool-use-id",
        "--reap-outcomes",
        "--brain-outcomes",
        "--brain-baseline",
        "--top",
        "--insights",
        "--brain-garden",
        "--apply",
        "--brain-briefing",
        "--decompose",
        "--run",
        "--parallel",
        "--record",
        "--duration",
        "--clean",
        "--older-than",
        "--finished",
        "--dry-run",
        "--autopsy",
        "--session",
        "--history",
        "--stats",
        "--config",
        "--config-template",
        "--config-validate",
        "--hooks",
        "--doctor",
        "--log",
        "--init",
        "--uninstall",
        "--scope",
        "-s",
        "--config-init",
    ];

    fn told(line: &str) -> String {
        let args: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        hint(&args)
            .map_or_else(|| "nothing".to_owned(), |hint| format!("{}\n{}\n{}", hint.what, hint.why, hint.fix))
    }

    #[test]
    fn every_published_flag_is_there_exactly_once() {
        for name in PUBLISHED_FLAGS {
            let found = entries().filter(|entry| entry.kind == Kind::Flag && entry.is_called(name)).count();
            assert_eq!(found, 1, "{name}");
        }
    }

    #[test]
    fn nothing_is_there_twice() {
        let mut seen = HashSet::new();
        for entry in entries() {
            for name in std::iter::once(&entry.old).chain(entry.aliases) {
                assert!(seen.insert((format!("{:?}", entry.kind), *name)), "{name}");
            }
        }
    }

    #[test]
    fn an_entry_names_its_successor_unless_it_is_gone() {
        for entry in entries() {
            match entry.status {
                Status::Gone(reason) => {
                    assert!(entry.new.is_none() && !reason.is_empty(), "{}", entry.old);
                    assert!(!reason.ends_with('.'), "{}: a reason is a clause", entry.old);
                }
                Status::Now | Status::Later => assert!(entry.new.is_some(), "{}", entry.old),
            }
            assert!(
                entry.note.is_empty() || entry.note.ends_with('.'),
                "{}: a note is a sentence",
                entry.old
            );
        }
    }

    #[test]
    fn what_exists_now_is_a_command_of_this_stage() {
        let stage = [
            "ls",
            "show",
            "spend",
            "prices",
            "history",
            "doctor",
            "init",
            "uninstall",
            "config",
            "completions",
            "man",
            "clean",
            "hook",
            "watch",
            "dashboard",
            "demo",
            "attach",
            "up",
            "report",
            "import",
            "gate",
            "rules",
            "policy",
            "brain",
            "hive",
        ];
        for entry in entries().filter(|entry| matches!(entry.kind, Kind::Flag | Kind::Subcommand)) {
            let Some(word) = entry.new.filter(|_| entry.status == Status::Now).and_then(command_word) else {
                continue;
            };
            assert!(stage.contains(&word), "{} leads to {word}", entry.old);
        }
    }

    #[test]
    fn each_old_mode_leads_to_its_command() {
        insta::assert_snapshot!(told("--list"), @r"
        `--list` is a flag of an earlier claudectl
        what used to be a flag is a command now
        use `claudectl ls`
        ");
        insta::assert_snapshot!(told("-l"), @r"
        `--list` is a flag of an earlier claudectl
        what used to be a flag is a command now
        use `claudectl ls`
        ");
        insta::assert_snapshot!(told("--json"), @r"
        `--json` is not a command
        `--json` says how a command prints; an earlier claudectl listed the sessions for it
        use `claudectl ls --json`
        ");
        insta::assert_snapshot!(told("--json --list"), @r"
        `--list` is a flag of an earlier claudectl
        what used to be a flag is a command now
        use `claudectl ls --json`
        ");
        insta::assert_snapshot!(told("--json --focus attention"), @r"
        `--focus` is a flag of an earlier claudectl
        `--json` says how a command prints; an earlier claudectl listed the sessions for it; `--focus` goes after the command
        use `claudectl ls --json`
        ");
        insta::assert_snapshot!(told("--history --since 7d --json"), @r"
        `--history` and `--since` are flags of an earlier claudectl
        what used to be a flag is a command now; `--since` goes after the command
        use `claudectl history --json`
        ");
        insta::assert_snapshot!(told("--config"), @r"
        `--config` is given no file
        an earlier claudectl showed its configuration for it
        use `claudectl config show`
        ");
        insta::assert_snapshot!(told("--config-validate"), @r"
        `--config-validate` is a flag of an earlier claudectl
        what used to be a flag is a command now
        use `claudectl config check`
        ");
        insta::assert_snapshot!(told("--init"), @r"
        `--init` is a flag of an earlier claudectl
        what used to be a flag is a command now
        use `claudectl init`
        ");
        insta::assert_snapshot!(told("--watch --json"), @r"
        `--watch` is a flag of an earlier claudectl
        what used to be a flag is a command now
        use `claudectl watch --json`
        ");
        insta::assert_snapshot!(told("--clean --older-than 7d"), @r"
        `--clean` and `--older-than` are flags of an earlier claudectl
        what used to be a flag is a command now
        use `claudectl clean --older-than AGE`
        ");
        insta::assert_snapshot!(told("--reap-outcomes"), @r"
        `--reap-outcomes` is a flag of an earlier claudectl
        an outcome is joined to its call by id when it arrives
        nothing needs to be run
        ");
    }

    #[test]
    fn the_old_order_of_dispatch_decides_among_several() {
        insta::assert_snapshot!(told("--filter-status idle --list"), @r"
        `--filter-status` and `--list` are flags of an earlier claudectl
        what used to be a flag is a command now; `--filter-status` is now `claudectl ls --status STATE`
        use `claudectl ls`
        ");
        insta::assert_snapshot!(told("--brain --brain-query --tool Bash --tool-input ls --project api"), @r"
        `--brain`, `--brain-query`, `--tool`, `--tool-input` and `--project` are flags of an earlier claudectl
        what used to be a flag is a command now; `--brain` is gone; `--tool` goes after the command; `--tool-input` is now `claudectl brain query --input JSON`; `--project` is now `claudectl brain briefing --project NAME`
        use `claudectl brain query`
        ");
        insta::assert_snapshot!(told("--doctor hive status"), @r"
        `--doctor` is a flag of an earlier claudectl
        what used to be a flag is a command now
        use `claudectl doctor`
        ");
    }

    #[test]
    fn values_clusters_and_equals_signs_are_read_as_the_old_parser_did() {
        assert_eq!(told("-lw"), told("-l -w"));
        assert_eq!(told("-i500 -l"), told("-i 500 --list"));
        assert_eq!(told("--since=7d --stats"), told("--since 7d --stats"));
        assert_eq!(told("--insights on"), told("--insights"));
        assert_eq!(told("--list --list"), told("--list"));
        insta::assert_snapshot!(told("--search ls"), @r"
        `--search` is a flag of an earlier claudectl
        what used to be a flag is a command now
        use `claudectl ls --search TEXT`
        ");
    }

    #[test]
    fn commands_this_version_lacks_are_explained() {
        insta::assert_snapshot!(told("ingest --hook Stop"), @r"
        `ingest` is a command of an earlier claudectl
        the command has another name now
        use `claudectl hook`
        ");
        insta::assert_snapshot!(told("--json coord claim --session s --path a"), @r"
        `coord claim` is a command of an earlier claudectl
        not in this version yet; it will be `claudectl coord claim`
        `claudectl --help` lists what this version can do
        ");
        insta::assert_snapshot!(told("bus stop-hook"), @r"
        `bus stop-hook` is a command of an earlier claudectl
        not in this version yet; it will be `claudectl hook`
        `claudectl --help` lists what this version can do
        ");
        insta::assert_snapshot!(told("supervisor run tasks.toml"), @r"
        `supervisor run` is a command of an earlier claudectl
        not in this version yet; it will be `claudectl task run FILE`
        `claudectl --help` lists what this version can do
        ");
        insta::assert_snapshot!(told("relay fleet"), @r"
        `relay fleet` is a command of an earlier claudectl
        not in this version yet; it will be `claudectl ls --fleet`
        `claudectl --help` lists what this version can do
        ");
        insta::assert_snapshot!(told("hive accept ku_1"), @r"
        `hive accept` is a command of an earlier claudectl
        not in this version yet; it will be `claudectl hive accept`
        `claudectl --help` lists what this version can do
        ");
        insta::assert_snapshot!(told("init --purge --yes"), @r"
        `init --purge` is a command of an earlier claudectl
        everything claudectl keeps is one folder
        delete the state folder that `claudectl config path` names; `claudectl clean --state` only keeps it small
        ");
        insta::assert_snapshot!(told("query serve"), @r"
        `query` is a command of an earlier claudectl
        answering outsiders' questions about a project is not this tool's work
        `claudectl --help` lists what this version can do
        ");
    }

    #[test]
    fn our_own_command_lines_are_left_alone() {
        let ours = [
            "",
            "ls",
            "ls --json",
            "--json ls",
            "-v --json ls",
            "--config my.toml ls",
            "--config=my.toml ls",
            "--config my.toml",
            "--log out.txt ls",
            "--log=out.txt",
            "--color never ls",
            "--color=never",
            "-q ls",
            "--help",
            "--json --help",
            "--version",
            "-V",
            "doctor",
            "doctor --json",
            "completions bash",
            "man",
            "clean --state",
            "spend --since 7d --by day",
            "history --list",
            "-- --list",
            "nonsense",
            "--nonsense",
            "--json nonsense",
            "-",
            "-qv",
        ];
        for line in ours {
            assert_eq!(told(line), "nothing", "{line}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_unicode_ends_the_reading() {
        use std::os::unix::ffi::OsStringExt as _;
        let odd = OsString::from_vec(vec![0xff, 0xfe]);
        assert_eq!(hint(&[odd.clone(), "--list".into()]), None);
        assert!(hint(&["--list".into(), odd.clone()]).is_some());
        assert_eq!(hint(&["--config".into(), odd.clone()]), None);
        assert_eq!(hint(&["--config".into(), odd, "ls".into()]), None);
    }

    #[test]
    fn under_claude_code_a_hint_does_not_block_the_call() {
        let hint = hint(&["--json".into()]).unwrap();
        assert_eq!(hint.exit_code(true), 1);
        assert_eq!(hint.exit_code(false), 2);
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the switch that rewrites the page, read by this test alone"
    )]
    fn the_page_is_what_the_table_says() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/migrating.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(page.parent().unwrap()).unwrap();
            std::fs::write(&page, markdown()).unwrap();
        }
        let written = std::fs::read_to_string(&page).unwrap_or_default();
        assert!(written == markdown(), "docs/migrating.md is stale: run this test with UPDATE_DOCS=1");
    }

    #[test]
    fn each_row_has_four_cells() {
        for line in
            markdown().lines().skip_while(|line| *line != "## Seeing sessions").filter(|l| l.starts_with('|'))
        {
            assert_eq!(line.replace("\\|", "").matches('|').count(), 5, "{line}");
        }
    }
}
