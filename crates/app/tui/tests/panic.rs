//! A dashboard that panics gives the terminal back, and what it said can be read there.
//!
//! The test is its own child: run in a terminal with an argument, it is a dashboard whose world panics at a key.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a broken terminal ends its test, which says so"
)]

use std::sync::mpsc::channel;
use std::time::Duration;

use claudectl_testkit::{Terminal, World};
use claudectl_tui::demo::Demo;
use claudectl_tui::{Ask, Dashboard, Event, Glyphs, Options, Outside, Reply, Sort, Theme};

const CHILD: &str = "--panic-in-a-terminal";

struct Breaks;

impl Outside for Breaks {
    fn now(&self) -> i64 {
        0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn ask(&mut self, ask: Ask) -> Reply {
        panic!("made to panic by {ask:?}");
    }

    fn output(&mut self, _: &[u8], _: (u16, u16)) {}

    fn drawn(&mut self, _: Duration) {}
}

fn child() {
    let (sender, events) = channel();
    let options = Options {
        theme: Theme::Dark,
        glyphs: Glyphs::Full,
        sort: Sort::Status,
        grouped: false,
        high_context: 80.0,
        zone: jiff::tz::TimeZone::UTC,
        home: None,
    };
    sender.send(Event::Look(Box::new(Demo::new(0).look(0))).into()).unwrap();
    claudectl_tui::run(Dashboard::new(options, 0), (sender, events), &mut Breaks, true).unwrap();
}

fn main() {
    if std::env::args().any(|argument| argument == CHILD) {
        return child();
    }
    // What test runners ask of every test.
    if std::env::args().any(|argument| argument == "--list") {
        if !std::env::args().any(|argument| argument == "--ignored") {
            println!("a_panic_gives_the_terminal_back: test");
        }
        return;
    }
    let own = std::env::current_exe().unwrap();
    let world = World::with_bin(own);
    let mut terminal = Terminal::start(&world.cmd().arg(CHILD), 100, 30);
    terminal.shows("login-fix");
    assert!(terminal.is_alternate());
    terminal.send("r");
    assert_ne!(terminal.ends(), 0);
    assert!(!terminal.is_alternate(), "the first screen is back");
    let screen = terminal.screen();
    assert!(screen.contains("made to panic by Look"), "what it said can be read:\n{screen}");
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    for off in ["\u{1b}[?25h", "\u{1b}[?1000l", "\u{1b}[?2004l", "\u{1b}[?1049l"] {
        assert!(bytes.contains(off), "{off:?} is missing");
    }
    println!("a_panic_gives_the_terminal_back ... ok");
}
