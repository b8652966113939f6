//! Plays hives. What it prints depends on its arguments and on nothing else.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use claudectl_testkit::hive::{Options, Plan, Report, figures, run, shrink};
use serde_json::{Value, json};

const USAGE: &str = "\
Usage: hive-sim [--nodes N] [--seed S] [--svg FILE] [--json]   how one new claim spreads
       hive-sim --seeds COUNT [--from S] [--nodes N] [--json]  plays so many seeds, and shrinks the first that fails
       hive-sim --story S [--nodes N]                          tells what happens in a seed, and plays it
       hive-sim figures [--claims N] [--json]                  what exchanging costs
";

#[derive(Default)]
struct Arguments {
    figures: bool,
    json: bool,
    svg: Option<String>,
    nodes: Option<usize>,
    seed: Option<u64>,
    seeds: Option<u64>,
    from: Option<u64>,
    story: Option<u64>,
    claims: Option<usize>,
}

impl Arguments {
    fn read() -> Option<Arguments> {
        let mut arguments = Arguments::default();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "figures" => arguments.figures = true,
                "--json" => arguments.json = true,
                "--svg" => arguments.svg = Some(words.next()?),
                "--nodes" => arguments.nodes = Some(words.next()?.parse().ok().filter(|nodes| *nodes >= 2)?),
                "--claims" => arguments.claims = Some(words.next()?.parse().ok()?),
                "--seed" => arguments.seed = Some(words.next()?.parse().ok()?),
                "--seeds" => arguments.seeds = Some(words.next()?.parse().ok()?),
                "--from" => arguments.from = Some(words.next()?.parse().ok()?),
                "--story" => arguments.story = Some(words.next()?.parse().ok()?),
                _ => return None,
            }
        }
        Some(arguments)
    }
}

fn main() -> io::Result<ExitCode> {
    let Some(arguments) = Arguments::read() else {
        io::stderr().write_all(USAGE.as_bytes())?;
        return Ok(ExitCode::from(2));
    };
    let options = Options { nodes: arguments.nodes, sabotage: None };
    let mut out = io::stdout().lock();
    if arguments.figures {
        print_figures(&arguments, &mut out)?;
    } else if let Some(seed) = arguments.story {
        let plan = Plan::of(seed, &options);
        for line in plan.story() {
            writeln!(out, "{line}")?;
        }
        let report = run(&plan);
        for (fault, times) in &report.faults {
            writeln!(out, "{times:>6} links ended: {fault}")?;
        }
        writeln!(out, "{}", outcome(&report))?;
        return Ok(code(report.failure.is_none()));
    } else if let Some(seeds) = arguments.seeds {
        return play(arguments.from.unwrap_or(1), seeds, &options, arguments.json, &mut out);
    } else {
        let (nodes, seed) = (arguments.nodes.unwrap_or(1000), arguments.seed.unwrap_or(7));
        let spread = figures::spread(nodes, seed);
        if let Some(file) = &arguments.svg {
            std::fs::write(file, spread.svg())?;
        }
        if arguments.json {
            writeln!(out, "{}", spread_json(&spread))?;
        } else {
            writeln!(out, "round  have it  (one new claim, {nodes} machines, seed {seed})")?;
            write!(out, "{}", spread.text())?;
            writeln!(out, "{}", spread_line(&spread))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn code(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn outcome(report: &Report) -> String {
    let end =
        report.failure.as_ref().map_or_else(|| "as it should be".to_owned(), |failure| failure.to_string());
    format!(
        "{end}; {} frames, {} bytes, {} touches, {} crashes, {} links ended for a fault, trace {}",
        report.frames,
        report.bytes,
        report.touches,
        report.crashes,
        faults(report),
        report.trace
    )
}

fn faults(report: &Report) -> u64 {
    report.faults.values().sum()
}

/// Plays seeds on all processors.
fn play(from: u64, seeds: u64, options: &Options, json: bool, out: &mut impl Write) -> io::Result<ExitCode> {
    let next = AtomicU64::new(from);
    let reports: Mutex<Vec<(u64, usize, Report)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + seeds {
                        break;
                    }
                    let plan = Plan::of(seed, options);
                    let report = run(&plan);
                    reports.lock().unwrap_or_else(PoisonError::into_inner).push((seed, plan.nodes, report));
                }
            });
        }
    });
    let mut reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
    reports.sort_by_key(|(seed, ..)| *seed);
    let failed: Vec<&(u64, usize, Report)> =
        reports.iter().filter(|(.., report)| report.failure.is_some()).collect();
    let sum = |of: fn(&Report) -> u64| reports.iter().map(|(.., report)| of(report)).sum::<u64>();
    let machines: usize = reports.iter().map(|(_, nodes, _)| nodes).sum();
    if json {
        let failed: Vec<Value> = failed
            .iter()
            .map(|(seed, nodes, report)| {
                json!({"seed": seed, "nodes": nodes, "failure": report.failure.as_ref().map(ToString::to_string)})
            })
            .collect();
        let all = json!({
            "seeds": seeds, "from": from, "machines": machines, "frames": sum(|report| report.frames),
            "bytes": sum(|report| report.bytes), "crashes": sum(|report| report.crashes),
            "faults": sum(faults), "failed": failed,
        });
        writeln!(out, "{all}")?;
    } else {
        writeln!(
            out,
            "{seeds} seeds, {machines} machines, {} frames, {} crashes, {} links ended for a fault: {} failed",
            sum(|report| report.frames),
            sum(|report| report.crashes),
            sum(faults),
            failed.len()
        )?;
        for (seed, nodes, report) in &failed {
            writeln!(out, "seed {seed}, {nodes} machines: {}", outcome(report))?;
        }
        if let Some((seed, ..)) = failed.first() {
            let plan = shrink(&Plan::of(*seed, options), 300);
            writeln!(out, "\nthe first, shrunk:")?;
            for line in plan.story() {
                writeln!(out, "{line}")?;
            }
            writeln!(out, "{}", outcome(&run(&plan)))?;
        }
    }
    Ok(code(failed.is_empty()))
}

fn spread_line(spread: &figures::Spread) -> String {
    let others = spread.nodes as f64 - 1.0;
    format!(
        "{} machines: all have it after {} rounds (2 log2 N = {:.1}); its body was sent {} times ({:.3} (N-1)); {} frames, {} bytes",
        spread.nodes,
        spread.rounds(),
        2.0 * (spread.nodes as f64).log2(),
        spread.bodies,
        spread.bodies as f64 / others,
        spread.frames,
        spread.bytes
    )
}

fn spread_json(spread: &figures::Spread) -> Value {
    json!({
        "nodes": spread.nodes, "rounds": spread.rounds(), "bodies": spread.bodies, "frames": spread.frames,
        "bytes": spread.bytes, "curve": spread.curve,
    })
}

fn print_figures(arguments: &Arguments, out: &mut impl Write) -> io::Result<()> {
    let claims = arguments.claims.unwrap_or(100_000);
    let seed = arguments.seed.unwrap_or(7);
    let spread = figures::spread(arguments.nodes.unwrap_or(1000), seed);
    let changed = |dials, met| figures::changed_head(claims, seed, dials, met);
    let [first, second, third] = figures::withheld(claims, seed);
    let rows = [
        ("one changed head, never met, it dials", changed(0, false)),
        ("one changed head, never met, it is dialled", changed(1, false)),
        ("one changed head, met before, it dials", changed(0, true)),
        ("one changed head, met before, it is dialled", changed(1, true)),
        ("1 % withheld, first", first),
        ("1 % withheld, second", second),
        ("one more withheld", third),
    ];
    if arguments.json {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(what, traffic)| {
                json!({
                    "what": what, "claims": claims, "bytes": traffic.bytes, "without_bodies": traffic.overhead(),
                    "frames": traffic.frames, "identical": traffic.identical,
                })
            })
            .collect();
        return writeln!(out, "{}", json!({"spread": spread_json(&spread), "links": rows}));
    }
    writeln!(out, "{}", spread_line(&spread))?;
    writeln!(out, "two stores of {claims} claims:")?;
    for (what, traffic) in rows {
        writeln!(
            out,
            "  {what:<44} {:>8} bytes without bodies, {:>4} frames, {}",
            traffic.overhead(),
            traffic.frames,
            if traffic.identical { "identical" } else { "not identical" }
        )?;
    }
    Ok(())
}
