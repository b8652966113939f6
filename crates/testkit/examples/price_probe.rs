//! What the real client charges: runs it once per model and token class against the mock and prints, as
//! JSON, the dollars it counts itself. Prices change with client versions; this is how the price table is
//! checked against the pinned one.
//!
//! ```text
//! cargo run -p claudectl-testkit --example price_probe -- claude-opus-5-5 claude-haiku-5-5
//! ```
//!
//! `CLAUDECTL_CLAUDE_BIN` names a client to use instead of the installed one.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use claudectl_testkit::claude::CLAUDE_VERSION;
use claudectl_testkit::{Claude, Mock, World};
use serde_json::{Map, Value, json};

/// Classes of the `price` scenario: 100 000 tokens each unless the name says otherwise.
const CLASSES: [&str; 12] = [
    "input",
    "output",
    "write_5m",
    "write_1h",
    "write_unsplit",
    "read",
    "web_search_10",
    "fast_input",
    "fast_output",
    "geo_us_input",
    "input_300k",
    "fast_input_300k",
];
const AT_A_TIME: usize = 2;

fn main() -> ExitCode {
    let models = std::env::args().skip(1).collect::<Vec<_>>();
    if models.is_empty() {
        return complain("name the models to probe");
    }
    let claude = match Claude::find() {
        Ok(claude) => claude,
        Err(error) => return complain(error),
    };
    let results = models.iter().map(|model| (model.clone(), Mutex::new(Map::new()))).collect::<Vec<_>>();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    let Some((model, found)) = results.get(job / CLASSES.len()) else { return };
                    let class = CLASSES[job % CLASSES.len()];
                    let answer = probe(&claude, model, class);
                    found
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .insert(class.to_owned(), answer);
                }
            });
        }
    });
    let models = results.into_iter().map(|(model, found)| {
        let mut found = found.into_inner().unwrap_or_default();
        let ordered = CLASSES.iter().filter_map(|class| Some((String::from(*class), found.remove(*class)?)));
        (model, Value::Object(ordered.collect()))
    });
    let report = json!({"client": CLAUDE_VERSION, "usd": models.collect::<Map<_, _>>()});
    match writeln!(std::io::stdout(), "{report:#}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(error),
    }
}

fn complain(error: impl Display) -> ExitCode {
    // Nothing is left to do when standard error is closed too.
    writeln!(std::io::stderr(), "price_probe: {error}").ok();
    ExitCode::FAILURE
}

/// One fresh session with one answer of this class: its cost, or how the client refused.
fn probe(claude: &Claude, model: &str, class: &str) -> Value {
    let (world, mock) = (World::new(), Mock::start());
    let prompt = format!("price:{class} [[scenario:price]]");
    let run = claude
        .headless(&world, &mock)
        .args(["-p", &prompt, "--output-format", "json", "--model", model])
        .run();
    let Ok(result) = serde_json::from_str::<Value>(&run.stdout) else {
        return json!({"refused": run.snapshot()});
    };
    if run.code != 0 || result["is_error"] == true {
        return json!({"refused": result["result"]});
    }
    let asked = mock.turns().into_iter().map(|request| request.model).collect::<Vec<_>>();
    if asked == [model] {
        return result["total_cost_usd"].clone();
    }
    json!({"usd": result["total_cost_usd"], "asked_for": asked})
}
