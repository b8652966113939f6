//! Records the demo for the README: a cast, and a GIF of it, by the keys of a script.
//!
//!     cargo run -p claudectl-testkit --example record_demo -- target/release/claudectl docs
//!
//! The pictures show made-up sessions; the person's own are nowhere near.

#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, reason = "it records, and tells")]

use std::path::PathBuf;
use std::time::Duration;

use claudectl_testkit::{Terminal, World};

const COLUMNS: u16 = 118;
const LINES: u16 = 32;

/// What is pressed, and how long it is looked at, milliseconds.
const SCRIPT: &[(&str, u64)] = &[
    ("", 3_000),
    ("j", 500),
    ("j", 500),
    ("\u{1b}[C", 2_500),
    ("\u{1b}[H", 900),
    ("\r", 3_000),
    ("7", 3_000),
    ("/", 400),
    ("t", 120),
    ("o", 120),
    ("k", 120),
    ("e", 120),
    ("n", 300),
    ("\r", 2_500),
    ("5", 2_500),
    ("\u{1b}", 600),
    ("\u{1b}", 900),
    ("g", 2_500),
    ("g", 700),
    ("$", 3_500),
    ("\u{1b}", 800),
    ("F", 700),
    ("f", 120),
    ("a", 120),
    ("i", 120),
    ("l", 120),
    ("e", 120),
    ("d", 300),
    ("\r", 3_000),
    ("\r", 2_500),
    ("\u{1b}", 700),
    ("\u{1b}", 700),
    ("\u{1b}", 700),
    ("?", 2_000),
    ("z", 600),
    (":", 700),
    ("m", 150),
    ("i", 150),
    ("g", 1_500),
    ("\r", 2_500),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let program = PathBuf::from(arguments.next().expect("the program")).canonicalize().unwrap();
    let folder = PathBuf::from(arguments.next().expect("the folder")).canonicalize().unwrap();
    for end in ["cast", "gif"] {
        let file = folder.join(format!("demo.{end}"));
        // The last picture of it, if there is one: none is replaced by the program itself.
        drop(std::fs::remove_file(&file));
        record(&program, &file);
        println!("{}: {} bytes", file.display(), std::fs::metadata(&file).unwrap().len());
    }
}

fn record(program: &std::path::Path, file: &std::path::Path) {
    let world = World::with_bin(program);
    let cmd = world.cmd().env("CLAUDECTL_NOW", "").args(["demo", "--record"]).arg(file);
    let mut terminal = Terminal::start(&cmd, COLUMNS, LINES);
    terminal.shows("login-fix");
    for (keys, millis) in SCRIPT {
        terminal.send(keys);
        assert!(terminal.until(Duration::from_millis(*millis), |_| false).is_none(), "it goes on");
    }
    terminal.send("\u{1b}\u{1b}q");
    // A GIF takes its time.
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
}
