//! Runs the real binary, one module for each command, in the sealed world of the testkit.
//!
//! Figures that a test expects are worked out from what it wrote, by the prices in [`per_million`] or by
//! hand, never taken from output. One crate for all of them, because each test crate is linked anew.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken world ends its test")]

mod advice;
mod approve;
mod attach;
mod bad_input;
mod bare;
mod brain;
mod brain_advice;
mod brain_eval;
mod brain_stats;
mod branch;
mod budget;
mod bundle;
mod clean;
mod completions;
mod config;
mod cuts;
mod dashboard;
mod demo;
mod docs;
mod doctor;
mod full_disk;
mod gate;
mod gate_backtest;
mod gate_files;
mod gate_hooks;
mod health;
mod history;
mod hive;
mod hive_exchange;
mod hive_published;
mod hook;
mod import;
mod init;
mod live;
mod liveness;
mod llm;
mod log;
mod ls;
mod man;
mod migrating;
mod notify;
mod pages;
mod plugin;
mod prices;
mod real_client;
mod real_guard;
mod real_modes;
mod real_screen;
mod real_traces;
mod redaction;
mod reel;
mod report;
mod search;
mod secrets;
mod show;
mod spend;
mod states;
mod statusline;
mod stop;
mod streams;
mod surfaces;
mod tick;
mod traps;
mod triggers;
mod uninstall;
mod up;
mod watch;
mod widening;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use claudectl_testkit::{Transcript, Usage, World};
use serde_json::Value;

const BIN: &str = env!("CARGO_BIN_EXE_claudectl");

/// Session ids that no prefix of one begins another.
const A: &str = "aaaaaaaa-0000-4000-8000-00000000000a";
const B: &str = "bbbbbbbb-0000-4000-8000-00000000000b";
const C: &str = "cccccccc-0000-4000-8000-00000000000c";

/// A world in which claudectl has never run: the state folder is its own to make.
fn world() -> World {
    let world = World::with_bin(BIN);
    std::fs::remove_dir(world.state_dir()).unwrap();
    world
}

/// A transcript of one reply, not yet written.
fn one_reply(world: &World, session: &str, model: &str, usage: Usage) -> Transcript {
    let mut transcript = Transcript::new(session, world.work_dir());
    transcript.model(model).prompt("go").assistant(|m| m.text("done").usage(usage));
    transcript
}

/// Writes a session of one reply.
fn reply(world: &World, session: &str, model: &str, usage: Usage) -> PathBuf {
    one_reply(world, session, model, usage).write(&world.config_dir())
}

/// Standard output of a run that succeeds, as JSON.
#[track_caller]
fn json(world: &World, args: &[&str]) -> Value {
    world.run(args).success().json()
}

/// The row of a report with this key.
#[track_caller]
fn row<'a>(report: &'a Value, key: &str) -> &'a Value {
    let rows = report["rows"].as_array().expect("a report has rows");
    match rows.iter().find(|row| row["key"] == key) {
        Some(row) => row,
        None => panic!("no row {key} in {report:#}"),
    }
}

/// The keys of a report's rows, in their order.
fn keys(report: &Value) -> Vec<&str> {
    let rows = report["rows"].as_array().into_iter().flatten();
    rows.filter_map(|row| row["key"].as_str()).collect()
}

/// The session with this id in a listing.
#[track_caller]
fn session<'a>(listing: &'a Value, id: &str) -> &'a Value {
    let rows = listing.as_array().expect("a listing is an array");
    match rows.iter().find(|row| row["id"] == id) {
        Some(row) => row,
        None => panic!("no session {id} in {listing:#}"),
    }
}

/// The ids of a listing, in its order.
fn ids(listing: &Value) -> Vec<&str> {
    listing.as_array().into_iter().flatten().filter_map(|row| row["id"].as_str()).collect()
}

/// An amount, to a millionth of a cent.
#[track_caller]
fn assert_usd(found: &Value, expected: f64) {
    let amount = found.as_f64().unwrap_or(f64::NAN);
    assert!((amount - expected).abs() < 1e-8, "expected ${expected}, found {found}");
}

/// Total dollars of a world's spend.
#[track_caller]
fn assert_total(world: &World, expected: f64) -> Value {
    let report = json(world, &["spend", "--json"]);
    assert_usd(&report["total"]["cost_usd"], expected);
    report
}

/// What so many tokens cost at a price per million.
fn per_million(tokens: u64, price: f64) -> f64 {
    u32::try_from(tokens).map(f64::from).unwrap_or(f64::NAN) * price / 1e6
}

/// What a session of Opus 5.5 costs by its usage: 4 in, 20 out, 0.20 read, 5 and 8 written.
fn opus_5_5(usage: &Usage) -> f64 {
    let split = usage.cache_creation.unwrap_or_default();
    let rest = usage.cache_creation_input_tokens - split.five_minutes - split.one_hour;
    per_million(usage.input_tokens, 4.0)
        + per_million(usage.output_tokens, 20.0)
        + per_million(usage.cache_read_input_tokens, 0.2)
        + per_million(split.five_minutes + rest, 5.0)
        + per_million(split.one_hour, 8.0)
}

/// Every file below a folder with its content; links are not followed, and pipes not read.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok) {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                // A pass in the background may have put it in the place of another meanwhile.
                match std::fs::read(&path) {
                    Ok(content) => drop(files.insert(path, content)),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => panic!("{}: {error}", path.display()),
                }
            } else {
                files.insert(path, Vec::new());
            }
        }
    }
    files
}

/// A user configuration file.
fn user_config(world: &World, text: &str) -> PathBuf {
    world.write("home/.config/claudectl/config.toml", text)
}
