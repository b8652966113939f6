//! Bringing the real client into a state, and knowing that it is there from what it wrote itself.
//!
//! Each driver of [`Drive`] acts as a person at the terminal would, waits until the client's own files say
//! that the state is reached, and returns a [`Reached`]: what has to be shown of it, and the evidence with
//! its times. How it is looked at (a listing, a stream) is the test's own matter.

mod background;
mod files;
mod headless;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Claude, Tmux};
use crate::mock::Mock;
use crate::must::must;
use crate::wait::{now_ms, wait_for};
use crate::world::World;

pub use background::Background;
pub(super) use files::is_over;
use files::{at, calls, is_prompt, is_rejected, process_name, read_json, text};
pub use files::{descendants, kill, rows, transcript};
pub use headless::Headless;

/// Far more than the client needs: reached only when something is wrong.
const LONG: Duration = Duration::from_secs(60);
/// A turn whose dialogs are answered ends within this, or asks again.
const SETTLES: Duration = Duration::from_secs(4);
/// After so long the row of a call that a dialog is about will not come before its answer.
const WITHHELD: Duration = Duration::from_secs(15);
/// How long a dialog has to go when it has taken an answer; after that the key is pressed again.
const TAKEN: Duration = Duration::from_millis(500);
/// The old version takes the first, so a second only comes where something is wrong.
const TAKEN_BY_OLD: Duration = Duration::from_secs(10);

/// A state that the client has reached.
#[derive(Debug, Clone)]
pub struct Reached {
    /// What it is, for messages.
    pub what: &'static str,
    /// The states that are right: one where the client says which, more where nothing tells them apart.
    pub states: &'static [&'static str],
    /// The details that are right; empty where none is due, or where any will do.
    pub details: Vec<String>,
    /// The file whose content decides.
    pub evidence: PathBuf,
    /// The time that the evidence carries, milliseconds since the epoch; of a dead process, when it was killed.
    pub at: i64,
    /// When all evidence had been seen, milliseconds since the epoch.
    pub seen: i64,
}

impl Reached {
    /// With these details, any of which is right.
    fn with(mut self, details: &[&str]) -> Self {
        self.details = details.iter().map(|&detail| detail.to_owned()).collect();
        self
    }
}

/// The command that the permission scenario waits with.
const COMMAND: &str = "Bash: python3 -c 'print(19 + 23)'";
/// The command that its subagents wait with.
const AGENT_COMMAND: &str = "Bash: python3 -c 'print(1 + 1)'";

/// A client in a terminal, driven from state to state.
#[derive(Debug)]
pub struct Drive<'w> {
    world: &'w World,
    terminal: Tmux,
    session: String,
    old: bool,
    /// Its settings have hooks.
    hooked: bool,
}

/// What a dialog is expected to ask.
#[derive(Debug, Clone, Copy)]
pub struct Asks {
    /// As registered.
    pub waiting_for: &'static str,
    /// States that are right.
    pub states: &'static [&'static str],
    /// In the detail.
    pub detail: &'static str,
}

/// Where registry and transcripts stood.
#[derive(Debug, Clone, Copy)]
struct Mark {
    changed: i64,
    rows: usize,
}

impl<'w> Drive<'w> {
    /// Starts a client and waits until it takes a prompt. `None`, loudly, without a terminal.
    #[track_caller]
    pub fn start(
        claude: &Claude,
        world: &'w World,
        mock: &Mock,
        session: &str,
        arguments: &[&str],
    ) -> Option<Self> {
        let mode = if claude.is_old() { "default" } else { "manual" };
        let client = claude.interactive(world, mock).args(["--permission-mode", mode]).args(arguments);
        let terminal = client.env("CLAUDE_CODE_MAX_RETRIES", "1").start_for_tests()?;
        let settings = std::fs::read_to_string(world.config_dir().join("settings.json"));
        let hooked = settings.is_ok_and(|settings| settings.contains("\"Stop\""));
        let this = Self { world, terminal, session: session.to_owned(), old: claude.is_old(), hooked };
        if this.old {
            let ready = ["? for shortcuts", "accept edits on"];
            this.terminal.wait_for(|screen| ready.iter().any(|sign| screen.contains(sign)), LONG);
        } else {
            this.until_row(Mark { changed: 0, rows: 0 }, "idle", None);
        }
        Some(this)
    }

    /// As [`Drive::start`], with a session of this id.
    #[track_caller]
    pub fn start_new(claude: &Claude, world: &'w World, mock: &Mock, session: &str) -> Option<Self> {
        Self::start(claude, world, mock, session, &["--session-id", session])
    }

    /// A client that asks whether the folder is trusted: it has not registered.
    #[track_caller]
    pub fn start_untrusted(claude: &Claude, world: &'w World, mock: &Mock) -> Option<(Tmux, Reached)> {
        let folder = world.root().join("elsewhere");
        must(std::fs::create_dir_all(&folder), folder.display());
        let terminal = claude.interactive(world, mock).cwd_untrusted(&folder).start_for_tests()?;
        terminal.wait_for(|screen| screen.contains("trust this folder"), LONG);
        let file = world.config_dir().join(format!("sessions/{}.json", terminal.pid()));
        assert!(!file.exists(), "a client with an open start-up dialog has not registered");
        let now = now_ms();
        let reached = Reached {
            what: "a start-up dialog",
            states: &["unknown"],
            details: Vec::new(),
            evidence: PathBuf::from(format!("/proc/{}", terminal.pid())),
            at: now,
            seen: now,
        };
        Some((terminal, reached))
    }

    /// The terminal it runs in.
    pub fn terminal(&self) -> &Tmux {
        &self.terminal
    }

    /// The session that the client runs now.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// The client's row in the live registry, as it stands; null where there is none.
    pub fn registry(&self) -> Value {
        read_json(&self.registry_file())
    }

    /// The client's registry file.
    pub fn registry_file(&self) -> PathBuf {
        self.world.config_dir().join(format!("sessions/{}.json", self.terminal.pid()))
    }

    /// The session's transcript.
    pub fn transcript(&self) -> PathBuf {
        transcript(self.world, &self.session)
    }

    /// The transcript's rows.
    pub fn rows(&self) -> Vec<Value> {
        rows(&self.transcript())
    }

    /// The rows of all its subagents.
    pub fn agent_rows(&self) -> Vec<Value> {
        let folder = self.transcript().with_extension("").join("subagents");
        let files = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let files = files.map(|file| file.path());
        files
            .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
            .flat_map(|p| rows(&p))
            .collect()
    }

    /// A turn that runs: the answer comes slowly.
    #[track_caller]
    pub fn working(&self) -> Reached {
        let mark = self.say("take your time [[scenario:long]]");
        match self.old {
            false => self.reached("a turn", &["working"], self.until_row(mark, "busy", None)),
            true => self.told("a turn", &["working"], mark, is_prompt),
        }
    }

    /// Presses Esc in a turn of which no answer has come: the client takes the prompt back, and no row says so.
    #[track_caller]
    pub fn taken_back(&self) -> Reached {
        let mark = self.say("think long [[scenario:silent]]");
        self.until_row(mark, "busy", None);
        let mark = self.mark();
        self.terminal.keys(&["Escape"]);
        let at = self.until_row(mark, "idle", None);
        let reached = self.reached("a prompt that was taken back", &["waiting"], at);
        // It stands in the input line again.
        self.terminal.keys(&["C-u"]);
        self.terminal.wait_for(|screen| !screen.contains("❯ think"), LONG);
        reached
    }

    /// Presses Esc in a turn whose answer has begun.
    #[track_caller]
    pub fn interrupted(&self) -> Reached {
        let begun = if self.old { "…" } else { "A first" };
        self.terminal.wait_for(|screen| screen.contains(begun), LONG);
        let mark = self.mark();
        self.terminal.keys(&["Escape"]);
        self.ended("an interrupt", mark, |row| text(row).starts_with("[Request interrupted by user"))
            .with(&["interrupted"])
    }

    /// Presses Esc while a command runs.
    #[track_caller]
    pub fn interrupted_command(&self) -> Reached {
        let mark = self.mark();
        self.terminal.keys(&["Escape"]);
        self.ended("an interrupted command", mark, |row| {
            text(row).starts_with("[Request interrupted by user")
        })
        .with(&["interrupted"])
    }

    /// A turn that has ended.
    #[track_caller]
    pub fn waiting(&self) -> Reached {
        let mark = self.say("hello [[scenario:hello]]");
        let old = self.old;
        self.ended("the end of a turn", mark, |row| match old {
            false => row["subtype"] == "turn_duration",
            true => row["type"] == "assistant",
        })
    }

    /// The very moment at which the registry says that a turn has ended: the rows that tell how are still to come.
    #[track_caller]
    pub fn just_ended(&self) -> Reached {
        let mark = self.say("answer soon [[scenario:soon]]");
        let begun = self.until_row(mark, "busy", None);
        let at = self.until_since(begun, "idle", None);
        self.reached("a turn that has just ended", &["waiting"], at)
    }

    /// A dialog that the person has opened: nothing that the client asks for.
    #[track_caller]
    pub fn own_dialog(&self) -> Reached {
        let mark = self.say("/status");
        let at = self.until_row(mark, "waiting", Some("dialog open"));
        self.reached("a dialog of one's own", &["waiting"], at)
    }

    /// Closes it.
    #[track_caller]
    pub fn own_dialog_closed(&self) -> Reached {
        let mark = self.mark();
        self.answer(|_| vec!["Escape".to_owned()]);
        let at = self.until_row(mark, "idle", None);
        self.reached("a dialog that was closed", &["waiting"], at)
    }

    /// An open permission prompt for a command.
    #[track_caller]
    pub fn permission(&self) -> Reached {
        self.asks("compute [[scenario:perm]]", COMMAND)
    }

    /// The permission prompt for a command that a prompt comes to.
    ///
    /// On a loaded machine the new version now and then keeps the row of the call to itself for as long as the dialog
    /// is open. That is not the state that is wanted: it is asked again.
    #[track_caller]
    pub fn asks(&self, prompt: &str, command: &str) -> Reached {
        let own = command.strip_prefix("Bash: ").unwrap_or(command);
        let calls = |row: &Value| calls(row, "Bash") && row.to_string().contains(own);
        if self.old {
            let mark = self.say(prompt);
            let reached = self.told("a permission prompt", &["needs-permission", "working"], mark, calls);
            // The row comes before the prompt.
            self.terminal.wait_for(|screen| screen.contains("Do you want to proceed?"), LONG);
            return Reached { seen: now_ms(), ..reached }.with(&[command]);
        }
        for _ in 0..2 {
            let mark = self.say(prompt);
            let at = self.until_row(mark, "waiting", Some("permission prompt"));
            let is_told = || self.rows().iter().skip(mark.rows).any(calls).then_some(());
            if wait_for(WITHHELD, is_told).is_some() {
                return self.reached("a permission prompt", &["needs-permission"], at).with(&[command]);
            }
            self.answered_no();
        }
        panic!("the client keeps the row of its call to itself: {:?}", self.rows());
    }

    /// A command that runs for longer than anybody looks, and not so long that the client refuses it: it lets nobody sleep
    /// for 25 seconds.
    #[track_caller]
    pub fn running_command(&self) -> Reached {
        let mark = self.say("run it [[scenario:run]]");
        let calls = |row: &Value| calls(row, "Bash");
        let (_, at) = self.until_told(mark, calls);
        if cfg!(target_os = "linux") {
            self.until("a child process", || {
                let mut children = descendants(self.terminal.pid()).into_iter();
                children.find_map(|pid| process_name(pid).filter(|name| name == "sleep"))
            });
        }
        let reached = self.reached("a command that runs", &["working"], at);
        match self.old {
            false => reached,
            true => Reached { evidence: self.transcript(), ..reached },
        }
        .with(&["Bash: sleep 24"])
    }

    /// Presses keys until an open dialog has gone. Files are quicker than the screen, a key that is pressed before
    /// the dialog stands is lost, and for a moment after that it takes none.
    #[track_caller]
    fn answer(&self, keys: impl Fn(&str) -> Vec<String>) {
        let signs = ["Esc to cancel", "Esc to close", "Would you like to proceed?", "Exit plan mode?"];
        let open = |screen: &str| signs.iter().any(|sign| screen.contains(sign));
        let mut screen = self.terminal.wait_for(open, LONG);
        for _ in 0..120 {
            // A client that has much to do takes the dialog away before it says so elsewhere.
            if open(&screen) {
                let pressed = keys(&screen);
                self.terminal.keys(&pressed.iter().map(String::as_str).collect::<Vec<_>>());
            }
            let taken = wait_for(if self.old { TAKEN_BY_OLD } else { TAKEN }, || {
                let waits = if self.old {
                    open(&self.terminal.screen())
                } else {
                    self.registry()["status"] == "waiting"
                };
                (!waits).then_some(())
            });
            if taken.is_some() {
                return;
            }
            screen = self.terminal.screen();
        }
        panic!("the dialog takes no answer:\n{screen}");
    }

    /// Chooses "No" in an open permission prompt.
    #[track_caller]
    pub fn answered_no(&self) -> Reached {
        let mark = self.mark();
        self.answer(|screen| {
            let no = screen.lines().find_map(|line| {
                let (number, answer) = line.trim_start_matches([' ', '❯']).split_once(". ")?;
                answer.starts_with("No").then_some((number, line))
            });
            match no {
                // Newer versions only select by number.
                Some((_, line)) if line.contains('❯') => vec!["Enter".to_owned()],
                Some((number, _)) => vec![number.to_owned()],
                None => panic!("the dialog offers no No:\n{screen}"),
            }
        });
        self.ended("the answer No", mark, is_rejected)
    }

    /// Approves an open permission prompt; the turn goes on and ends.
    #[track_caller]
    pub fn answered_yes(&self) -> Reached {
        let mark = self.mark();
        self.answer(|_| vec!["Enter".to_owned()]);
        let old = self.old;
        self.ended("the end of an approved turn", mark, |row| match old {
            false => row["subtype"] == "turn_duration",
            true => row["type"] == "assistant" && row["message"]["content"][0]["type"] == "text",
        })
    }

    /// A question with choices.
    #[track_caller]
    pub fn question(&self) -> Reached {
        let mark = self.say("ask [[scenario:ask]]");
        let calls = |row: &Value| calls(row, "AskUserQuestion");
        let reached = match self.old {
            false => {
                let at = self.until_row(mark, "waiting", Some("input needed"));
                self.until_told(mark, calls);
                self.reached("a question", &["needs-answer"], at)
            }
            true => self.told("a question", &["needs-answer"], mark, calls),
        };
        reached.with(&["AskUserQuestion: Which color?"])
    }

    /// One message with several calls, of which the first is asked for.
    #[track_caller]
    pub fn several(&self, scenario: &str, asks: &Asks) -> Reached {
        let mark = self.say(&format!("do it [[scenario:{scenario}]]"));
        let at = self.until_row(mark, "waiting", Some(asks.waiting_for));
        self.until("both calls", || {
            let rows = self.rows();
            (rows
                .iter()
                .skip(mark.rows)
                .filter(|row| calls(row, "Bash") || calls(row, "AskUserQuestion"))
                .count()
                >= 2)
                .then_some(())
        });
        self.reached("several calls", asks.states, at).with(&[asks.detail])
    }

    /// Turns down all that is asked, one dialog after the other.
    #[track_caller]
    pub fn dismissed(&self) {
        for _ in 0..4 {
            self.answer(|_| vec!["Escape".to_owned()]);
            let idle = || (self.registry()["status"] == "idle").then_some(());
            if wait_for(SETTLES, idle).is_some() {
                return;
            }
        }
        panic!("it asks on and on:\n{}", self.terminal.screen());
    }

    /// Approves what was asked, as late as a person does (a process's start is known to a second), and waits until it
    /// runs.
    #[track_caller]
    pub fn approved(&self, asked: &Reached) -> Reached {
        self.until("the time that a look takes", || (now_ms() - asked.seen > 1_200).then_some(()));
        self.answer(|_| vec!["Enter".to_owned()]);
        self.until("a child process", || {
            let mut children = descendants(self.terminal.pid()).into_iter();
            children.find_map(|pid| process_name(pid).filter(|name| name.starts_with("python3")))
        });
        let at = now_ms();
        Reached { evidence: self.transcript(), ..self.reached("an approved command", &["working"], at) }
    }

    /// Approves what a subagent asks after the turn has ended: it works on.
    #[track_caller]
    pub fn agent_approved(&self) -> Reached {
        let mark = self.mark();
        self.answer(|_| vec!["Enter".to_owned()]);
        let at = self.until_row(mark, "busy", None);
        self.reached("an approved subagent", &["background"], at)
    }

    /// A subagent's prompt for something that takes a minute, after the turn.
    #[track_caller]
    pub fn agent_wait(&self) -> Reached {
        let reached = self.agent_prompt("agentlong", "a subagent's prompt after the turn");
        self.until_told(Mark { changed: 0, rows: 0 }, |row| row["subtype"] == "turn_duration");
        Reached { seen: now_ms(), details: vec!["time.sleep(60)".to_owned()], ..reached }
    }

    /// A prompt of the session's own while its subagent works.
    #[track_caller]
    pub fn permission_beside_agent(&self) -> Reached {
        let mark = self.say("compute this");
        let at = self.until_row(mark, "waiting", Some("permission prompt"));
        self.until_told(mark, |row| calls(row, "Bash"));
        self.reached("a prompt beside a subagent", &["needs-permission"], at).with(&[COMMAND])
    }

    /// A permission prompt for a command that takes a minute.
    #[track_caller]
    pub fn long_permission(&self) -> Reached {
        let mark = self.say("wait [[scenario:longperm]]");
        let reached = self.told("a permission prompt", &["needs-permission"], mark, |row| calls(row, "Bash"));
        self.terminal.wait_for(|screen| screen.contains("Do you want to proceed?"), LONG);
        Reached { seen: now_ms(), ..reached }
    }

    /// A plan to approve. Leaves the client in plan mode.
    #[track_caller]
    pub fn plan(&self) -> Reached {
        self.in_mode("plan mode");
        let mark = self.say("plan it [[scenario:plan]]");
        let at = self.until_row(mark, "waiting", Some("permission prompt"));
        self.until_told(mark, |row| calls(row, "ExitPlanMode"));
        self.reached("a plan", &["needs-answer"], at).with(&["a plan to approve"])
    }

    /// Rejects what is open (a plan, a question, a permission) with Esc.
    #[track_caller]
    pub fn rejected(&self) -> Reached {
        let mark = self.mark();
        self.answer(|_| vec!["Escape".to_owned()]);
        self.ended("a rejection with Esc", mark, is_rejected)
    }

    /// A subagent's permission prompt, opened after the session's own turn has ended.
    #[track_caller]
    pub fn agent_permission(&self) -> Reached {
        let reached = self.agent_prompt("agentperm", "a subagent's prompt after the turn");
        let ended = |row: &Value| row["subtype"] == "turn_duration";
        self.until_told(Mark { changed: 0, rows: 0 }, ended);
        Reached { seen: now_ms(), ..reached }
    }

    /// A subagent's permission prompt, opened while the session's own turn runs.
    #[track_caller]
    pub fn agent_permission_in_turn(&self) -> Reached {
        self.agent_prompt("agentperm_busy", "a subagent's prompt during the turn")
    }

    /// The permission prompt of a subagent that the session's turn waits for.
    #[track_caller]
    pub fn awaited_agent_permission(&self) -> Reached {
        self.agent_prompt("agentperm_sync", "the prompt of a subagent that is waited for")
    }

    #[track_caller]
    fn agent_prompt(&self, scenario: &str, what: &'static str) -> Reached {
        let before = self.agent_rows();
        let mark = self.say(&format!("delegate [[scenario:{scenario}]]"));
        let at = self.until_row(mark, "waiting", Some("permission prompt"));
        self.until("the subagent's call", || {
            let rows = self.agent_rows();
            rows.iter().any(|row| calls(row, "Bash") && !before.contains(row)).then_some(())
        });
        self.reached(what, &["needs-permission"], at).with(&[AGENT_COMMAND])
    }

    /// Turns down what a subagent asks, and waits until all of it has ended.
    #[track_caller]
    pub fn agent_dismissed(&self) {
        let before = self.registry()["statusUpdatedAt"].as_i64().unwrap_or_default();
        self.answer(|_| vec!["Escape".to_owned()]);
        self.until_since(before + 1, "idle", None);
    }

    /// A command that runs on in the background after the turn, for 15 seconds.
    #[track_caller]
    pub fn background_command(&self) -> Reached {
        let mark = self.say("run it [[scenario:bgshell]]");
        let at = self.until_row(mark, "shell", None);
        self.until_told(mark, |row| row["subtype"] == "turn_duration");
        self.reached("a background command", &["background"], at)
    }

    /// A subagent that works on after the turn.
    #[track_caller]
    pub fn background_agent(&self) -> Reached {
        let mark = self.say("delegate [[scenario:bgagent]]");
        let ended = |row: &Value| row["subtype"] == "turn_duration";
        let (_, at) = self.until_told(mark, ended);
        let status = self.registry();
        let since = status["statusUpdatedAt"].as_i64().unwrap_or(i64::MAX);
        assert!(
            status["status"] == "busy" && since < at,
            "busy since before the turn's end at {at}: {status}"
        );
        Reached { evidence: self.transcript(), ..self.reached("a background subagent", &["background"], at) }
    }

    /// A request that fails for good with this HTTP status.
    #[track_caller]
    pub fn failed(&self, status: u16) -> Reached {
        let states: &[&str] = if status == 429 { &["rate-limited"] } else { &["error"] };
        let mark = self.say(&format!("fail [[scenario:fail{status}]]"));
        let failed = |row: &Value| row["isApiErrorMessage"] == true;
        Reached { states, ..self.ended("a failed request", mark, failed) }
    }

    /// `/clear`: the same process, another session. Returns the session that has ended, too.
    #[track_caller]
    pub fn cleared(&mut self) -> (String, Reached) {
        self.terminal.say("/clear");
        let (row, _) = self.until("another session", || {
            let row = self.registry();
            let session = row["sessionId"].as_str()?.to_owned();
            (session != self.session && row["status"] == "idle").then_some((row, session))
        });
        let new = row["sessionId"].as_str().unwrap_or_default().to_owned();
        let old = std::mem::replace(&mut self.session, new);
        let at = row["statusUpdatedAt"].as_i64().unwrap_or_default();
        // The new session's transcript begins with the command, which is no prompt.
        let (_, told) = self.until_told(Mark { changed: 0, rows: 0 }, |row| row["type"] == "system");
        let details = vec!["no prompt yet".to_owned()];
        // For half a second the registry looks as after a first turn, whose rows are still on their way.
        wait_for(LONG, || (now_ms() > at + 600).then_some(()));
        (old, Reached { details, ..self.reached("a cleared session", &["idle"], at.max(told)) })
    }

    /// `/compact`.
    #[track_caller]
    pub fn compacted(&self) -> Reached {
        let mark = self.say("/compact");
        self.ended("a compaction", mark, |row| row["isCompactSummary"] == true)
    }

    /// Kills the client: its registry row stays behind.
    #[track_caller]
    pub fn killed(&self) -> Reached {
        let at = now_ms();
        kill(self.terminal.pid());
        self.terminal.wait_exit(LONG);
        let evidence = PathBuf::from(format!("/proc/{}", self.terminal.pid()));
        Reached {
            what: "a killed client",
            states: &["finished"],
            details: Vec::new(),
            evidence,
            at,
            seen: now_ms(),
        }
    }

    /// What is reached by resuming: nothing has been asked yet of a session with a past.
    #[track_caller]
    pub fn resumed(&self) -> Reached {
        let at = self.until_row(Mark { changed: 0, rows: 0 }, "idle", None);
        self.reached("a resumed session", &["waiting"], at)
    }

    /// What is reached by forking: the fork has no transcript before its first prompt.
    #[track_caller]
    pub fn forked(&self) -> Reached {
        let at = self.until_row(Mark { changed: 0, rows: 0 }, "idle", None);
        self.reached("a fork", &["idle"], at)
    }

    /// Types a line; where registry and transcript stood before.
    #[track_caller]
    fn say(&self, line: &str) -> Mark {
        if self.old && self.hooked {
            self.until("the hooks of a turn's end", || (!self.stops()).then_some(()));
        }
        let mark = self.mark();
        self.terminal.say(line);
        mark
    }

    /// The turn has ended, and the hooks that hear of it still run: what is typed meanwhile is told before that.
    fn stops(&self) -> bool {
        let rows = self.rows();
        let Some(last) = rows.iter().rposition(|row| row["type"] == "assistant") else { return false };
        let calls = rows[last]["message"]["content"]
            .as_array()
            .is_some_and(|blocks| blocks.iter().any(|block| block["type"] == "tool_use"));
        let on = |row: &Value| row["type"] == "user" || row["subtype"] == "stop_hook_summary";
        !calls && !rows[last..].iter().any(on)
    }

    /// Steps through the permission modes until the screen names this one.
    #[track_caller]
    fn in_mode(&self, mode: &str) {
        for _ in 0..6 {
            if self.terminal.screen().contains(mode) {
                return;
            }
            let before = self.terminal.screen();
            self.terminal.keys(&["BTab"]);
            self.terminal.wait_for(|screen| screen != before, LONG);
        }
        panic!("no {mode}:\n{}", self.terminal.screen());
    }

    fn mark(&self) -> Mark {
        let changed = self.registry()["statusUpdatedAt"].as_i64().unwrap_or_default();
        Mark { changed, rows: self.rows().len() }
    }

    /// The end of a turn: the registry says idle, and the transcript has the row that says how.
    #[track_caller]
    fn ended(&self, what: &'static str, mark: Mark, row: impl Fn(&Value) -> bool) -> Reached {
        let (_, told) = self.until_told(mark, row);
        if self.old {
            return Reached { evidence: self.transcript(), ..self.reached(what, &["waiting"], told) };
        }
        // The client may leave out a turn that is over at once, and its row of the end comes last.
        let at = self.until_since(mark.changed, "idle", None);
        self.reached(what, &["waiting"], at.max(told))
    }

    /// A state that only a transcript row tells.
    #[track_caller]
    fn told(
        &self,
        what: &'static str,
        states: &'static [&'static str],
        mark: Mark,
        row: impl Fn(&Value) -> bool,
    ) -> Reached {
        let (_, at) = self.until_told(mark, row);
        Reached { evidence: self.transcript(), ..self.reached(what, states, at) }
    }

    fn reached(&self, what: &'static str, states: &'static [&'static str], at: i64) -> Reached {
        Reached { what, states, details: Vec::new(), evidence: self.registry_file(), at, seen: now_ms() }
    }

    /// Waits until the registry says so, anew; since when it does.
    #[track_caller]
    fn until_row(&self, mark: Mark, status: &str, waiting_for: Option<&str>) -> i64 {
        self.until_since(mark.changed + 1, status, waiting_for)
    }

    #[track_caller]
    fn until_since(&self, since: i64, status: &str, waiting_for: Option<&str>) -> i64 {
        self.until(status, || {
            let row = self.registry();
            let at = row["statusUpdatedAt"].as_i64().filter(|at| *at >= since)?;
            let same = row["status"] == status && row["waitingFor"] == json!(waiting_for);
            same.then_some(at)
        })
    }

    /// Waits for a new row of the transcript; the row, and the time that it carries.
    #[track_caller]
    fn until_told(&self, mark: Mark, is: impl Fn(&Value) -> bool) -> (Value, i64) {
        self.until("a row of the transcript", || {
            let row = self.rows().into_iter().skip(mark.rows).find(|row| is(row))?;
            let at = at(&row);
            Some((row, at))
        })
    }

    #[track_caller]
    fn until<T>(&self, what: &str, probe: impl FnMut() -> Option<T>) -> T {
        match wait_for(LONG, probe) {
            Some(found) => found,
            None => panic!(
                "the client never came to this: {what}; registry {}, last rows {:?}\n{}",
                self.registry(),
                self.rows().iter().rev().take(4).collect::<Vec<_>>(),
                self.terminal.screen()
            ),
        }
    }
}
