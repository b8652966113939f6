//! Measures the dashboard in a terminal: how soon a change is on the screen, what it uses at rest, and how it does when
//! many sessions write at once, and with a transcript of a gigabyte. PART is `latency`, `rest`, `storm` or `huge`.
//!
//!     cargo run --release -p claudectl-testkit --example dashboard_load -- target/release/claudectl [SECONDS [PART]]
//!
//! Sessions, processes and transcripts are made up, in a world of their own. Each figure stands on a line; the program
//! fails when the screen and `ls --json` say different things at the end.

#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, reason = "it measures, and tells")]

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_testkit::{Cmd, LiveProcess, RegistryRow, Terminal, World, now_ms};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);
/// Lines of the terminal: every session has its own.
const LINES: u16 = 420;

struct Session {
    id: String,
    process: LiveProcess,
    transcript: PathBuf,
    written: u64,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let program = PathBuf::from(arguments.next().expect("the program to measure"));
    let program = program.canonicalize().unwrap();
    let seconds: u64 = arguments.next().map_or(60, |text| text.parse().unwrap());
    let only = arguments.next();
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("latency") {
        latency(&program);
    }
    if wanted("rest") {
        rest(&program, seconds);
    }
    if wanted("storm") {
        storm(&program, seconds.min(30), 50);
        // On a screen with a line for each, to see whether all are right.
        storm(&program, seconds.min(30), LINES);
    }
    if wanted("huge") {
        huge(&program, 1_000_000_000);
    }
}

/// A world with so many sessions that run.
fn world(program: &Path, number: u32) -> (World, Vec<Session>) {
    let world = World::with_bin(program);
    let sessions = (0..number).map(|number| session(&world, number)).collect();
    (world, sessions)
}

fn session(world: &World, number: u32) -> Session {
    let id = format!("{number:08x}-0000-4000-8000-000000000000");
    let cwd = world.work_dir().join(format!("p{}", number % 17));
    std::fs::create_dir_all(&cwd).unwrap();
    let process = LiveProcess::start(&cwd);
    let slug: String =
        cwd.display().to_string().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let transcript = world.config_dir().join("projects").join(slug).join(format!("{id}.jsonl"));
    std::fs::create_dir_all(transcript.parent().unwrap()).unwrap();
    let mut session = Session { id, process, transcript, written: 0 };
    let cwd_text = cwd.display().to_string();
    session.append(&json!({"type": "user", "cwd": cwd_text, "message": {"role": "user", "content": "go"}}));
    session.state(world, "idle");
    session
}

impl Session {
    fn name(&self) -> String {
        format!("s{}", &self.id[4..8])
    }

    fn state(&self, world: &World, status: &str) {
        let row = RegistryRow::new(self.process.pid(), &self.id, world.work_dir()).named(&self.name());
        row.started("2026-11-24T00:00:00Z").status(status).write(&world.config_dir());
    }

    fn append(&mut self, row: &Value) {
        let mut row = row.clone();
        let at = jiff::Timestamp::from_millisecond(now_ms()).unwrap().to_string();
        row["timestamp"] = json!(at);
        row["sessionId"] = json!(self.id);
        row["uuid"] = json!(format!("{}-{}", self.id, self.written));
        self.written += 1;
        let mut file = OpenOptions::new().create(true).append(true).open(&self.transcript).unwrap();
        file.write_all(format!("{row}\n").as_bytes()).unwrap();
    }

    /// A response of the model.
    fn respond(&mut self) {
        let id = format!("msg_{}_{}", &self.id[..8], self.written);
        let message = json!({
            "id": id, "role": "assistant", "model": "claude-haiku-5-5", "stop_reason": "end_turn",
            "content": [{"type": "text", "text": "a line ".repeat(40)}],
            "usage": {"input_tokens": 10, "output_tokens": 50, "cache_read_input_tokens": 20_000,
                      "cache_creation_input_tokens": 100},
        });
        self.append(&json!({"type": "assistant", "message": message}));
    }
}

/// The clock is the real one: `World` pins it.
fn dashboard(world: &World, log: Option<&Path>) -> Cmd {
    let cmd = world.cmd().env("CLAUDECTL_NOW", "");
    match log {
        Some(log) => cmd.args(["-vv", "--log"]).arg(log).arg("dashboard"),
        None => cmd.arg("dashboard"),
    }
}

/// The line of a session on the screen.
fn line<'a>(screen: &'a str, name: &str) -> Option<&'a str> {
    screen.lines().find(|line| line.split_whitespace().any(|word| word == name))
}

fn latency(program: &Path) {
    let (world, sessions) = world(program, 100);
    let terminal = Terminal::start(&dashboard(&world, None), 148, LINES);
    terminal.until(PATIENCE, |screen| screen.contains("100 sessions")).expect("it starts");
    let mut took = Vec::new();
    for round in 0..60_usize {
        let session = &sessions[round * 7 % 100];
        let (status, word) = if round % 2 == 0 { ("busy", "working") } else { ("shell", "background") };
        // Not to meet the rest after the look before.
        assert!(terminal.until(Duration::from_millis(300), |_| false).is_none());
        let name = session.name();
        let before = now_ms();
        session.state(&world, status);
        let shown =
            terminal.until(PATIENCE, |screen| line(screen, &name).is_some_and(|line| line.contains(word)));
        took.push(shown.expect("it is shown") - before);
    }
    took.sort_unstable();
    println!(
        "change to screen, 100 sessions, ms: median {}, p90 {}, most {}",
        took[took.len() / 2],
        took[took.len() * 9 / 10],
        took[took.len() - 1]
    );
}

/// Clock ticks used, and resident kibibytes.
fn usage(pid: u32) -> (u64, u64) {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let number = |at: usize| fields[at].parse::<u64>().unwrap();
    (number(11) + number(12), number(21) * 4)
}

fn megabytes(kib: u64) -> f64 {
    f64::from(u32::try_from(kib).unwrap()) / 1024.0
}

/// Of what is resident, the part that is not the program itself, in kibibytes.
fn own(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn rest(program: &Path, seconds: u64) {
    let (world, _sessions) = world(program, 100);
    let terminal = Terminal::start(&dashboard(&world, None), 160, 50);
    terminal.until(PATIENCE, |screen| screen.contains("100 sessions")).expect("it starts");
    assert!(terminal.until(Duration::from_secs(5), |_| false).is_none());
    let (before, _) = usage(terminal.pid());
    let bytes = terminal.bytes().len();
    assert!(terminal.until(Duration::from_secs(seconds), |_| false).is_none());
    let (after, resident) = usage(terminal.pid());
    #[expect(clippy::cast_precision_loss, reason = "a display value")]
    let percent = (after - before) as f64 / seconds as f64;
    println!(
        "at rest, 100 sessions, {seconds} s: {percent:.2} % of a core, {:.1} MB resident ({:.1} of its own), {} bytes to the terminal",
        megabytes(resident),
        megabytes(own(terminal.pid())),
        terminal.bytes().len() - bytes
    );
}

fn storm(program: &Path, seconds: u64, lines_of_screen: u16) {
    let (world, mut sessions) = world(program, 200);
    let log = world.root().join("log");
    let terminal = Terminal::start(&dashboard(&world, Some(&log)), 148, lines_of_screen);
    terminal.until(PATIENCE, |screen| screen.contains("200 sessions")).expect("it starts");
    let began = now_ms();
    let (before, _) = usage(terminal.pid());
    let mut round: u64 = 0;
    while now_ms() - began < i64::try_from(seconds * 1_000).unwrap() {
        // 20 sessions, 50 lines a second each: a line of each every 20 ms.
        for session in &mut sessions[..20] {
            session.respond();
        }
        if round.is_multiple_of(25) {
            let session = &sessions[usize::try_from(round / 25 % 200).unwrap()];
            session.state(&world, if round.is_multiple_of(2) { "busy" } else { "idle" });
        }
        round += 1;
        let due = began + i64::try_from(round * 20).unwrap();
        let left = u64::try_from(due - now_ms()).unwrap_or(0);
        assert!(terminal.until(Duration::from_millis(left), |_| false).is_none());
    }
    let (after, resident) = usage(terminal.pid());
    let lines = round * 20;
    println!(
        "storm, 200 sessions, {lines_of_screen} lines of screen, 20 of them {} lines/s each: {} % of a core, {:.1} MB resident ({:.1} of its own)",
        lines / 20 / seconds,
        (after - before) / seconds,
        megabytes(resident),
        megabytes(own(terminal.pid()))
    );
    frames(&log);
    if lines_of_screen == LINES {
        agree(&world, &terminal);
    }
}

fn frames(log: &Path) {
    let text = std::fs::read_to_string(log).unwrap();
    let micros = |line: &str| line.split("micros=").nth(1)?.split_whitespace().next()?.parse::<u64>().ok();
    let mut frames: Vec<u64> =
        text.lines().filter(|line| line.contains("frame")).filter_map(micros).collect();
    frames.sort_unstable();
    let last = frames.len() - 1;
    println!(
        "frames: {}, micros: median {}, p99 {}, most {}",
        frames.len(),
        frames[last / 2],
        frames[last * 99 / 100],
        frames[last]
    );
}

/// A session whose transcript is so large, seen for the first time, opened, gone through and searched.
fn huge(program: &Path, bytes: u64) {
    let (world, mut sessions) = world(program, 1);
    let session = &mut sessions[0];
    let mut written = 0;
    while written < bytes {
        for _ in 0..500 {
            session.respond();
            let result = json!({"type": "tool_result", "tool_use_id": "t", "content": "y".repeat(10_000)});
            session.append(&json!({"type": "user", "message": {"role": "user", "content": [result]}}));
        }
        written = std::fs::metadata(&session.transcript).unwrap().len();
    }
    session.append(&json!({"type": "user", "message": {"role": "user", "content": "the needle"}}));
    for _ in 0..2_000 {
        session.respond();
    }
    let mut terminal = Terminal::start(&dashboard(&world, None), 160, 50);
    let mut began = now_ms();
    let mut step = |terminal: &mut Terminal, what: &str, keys: &str, text: &str| {
        terminal.send(keys);
        let shown = terminal.until(PATIENCE, |screen| screen.contains(text));
        let took = shown.unwrap_or_else(|| panic!("{what}\n{}", terminal.screen())) - began;
        println!(
            "transcript of {} MB: {what}: {took} ms, {:.1} MB resident",
            written / 1_000_000,
            megabytes(usage(terminal.pid()).1)
        );
        began = now_ms();
    };
    let name = session.name();
    step(&mut terminal, "how far it is", "", "Reading transcripts: ");
    step(&mut terminal, "listed", "", &name);
    step(&mut terminal, "its cost known", "", "$2");
    step(&mut terminal, "opened", "\r", "overview");
    step(&mut terminal, "transcript tab", "7", "a line a line");
    step(&mut terminal, "text found", "/needle\r", "> the needle");
    step(&mut terminal, "first line", "\u{1b}[H", "> go");
    step(&mut terminal, "last line", "\u{1b}[F", "a line a line");
    let mut peak = 0;
    for _ in 0..200 {
        terminal.send("\u{1b}[5~");
        assert!(terminal.until(Duration::from_millis(20), |_| false).is_none());
        peak = peak.max(usage(terminal.pid()).1);
    }
    println!("200 pages up: at most {:.1} MB resident", megabytes(peak));
}

/// Whether the screen says of every session what the ledger says.
fn agree(world: &World, terminal: &Terminal) {
    let all = world.cmd().env("CLAUDECTL_NOW", "").args(["ls", "--json"]).run().success().json();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 200);
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    let settled = terminal.until(Duration::from_secs(10), |screen| {
        wrong.clear();
        for session in all {
            let name = session["name"].as_str().unwrap();
            let state = session["status"]["state"].as_str().unwrap();
            let cost = format!("${:.2}", session["cost"]["usd"].as_f64().unwrap());
            let shown = line(screen, name).unwrap_or("");
            if !shown.contains(state) || !shown.contains(&cost) {
                wrong.insert(name.to_owned(), format!("{state} {cost}, but the screen has: {shown}"));
            }
        }
        wrong.is_empty()
    });
    assert!(settled.is_some(), "{wrong:#?}");
    println!("screen and ledger agree on all 200 sessions");
}
