//! What the real client charges: runs it once per model and token class against the mock and prints, as
//! JSON, the dollars it counts itself. Prices change with client versions; this is how the price table is
//! checked against the pinned one.
//!
//! ```text
//! cargo run -p claudectl-testkit --example price_probe -- claude-opus-5-5 claude-haiku-5-5
//! ```
//!
//! An argument that is a usage object, such as `{"input_tokens": 100001}`, is probed instead of the usual
//! classes. `CLAUDECTL_CLAUDE_BIN` names a client to use instead of the installed one.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use claudectl_testkit::claude::CLAUDE_VERSION;
use claudectl_testkit::{Claude, Mock, Turn, Usage, World};
use serde_json::{Map, Value, json};

/// Classes of the `price` scenario: 100 000 tokens each unless the name says otherwise.
const CLASSES: [&str; 20] = [
    "input",
    "output",
    "write_5m",
    "write_1h",
    "write_unsplit",
    "read",
    "web_search_10",
    "fast_input",
    "fast_output",
    "fast_write_5m",
    "fast_write_1h",
    "fast_read",
    "geo_us_input",
    "geo_us_web_search_10",
    "input_300k",
    "read_300k",
    "write_5m_300k",
    "write_1h_300k",
    "read_300k_output_100k",
    "fast_input_300k",
];
/// A name of [`CLASSES`], or a usage of the caller's.
type Class = (String, Option<Usage>);

const AT_A_TIME: usize = 2;

fn main() -> ExitCode {
    let (own, models): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with('{'));
    let classes =
        match own.iter().map(|usage| Ok((usage.clone(), Some(serde_json::from_str(usage)?)))).collect() {
            Ok(classes) => classes,
            Err(error) => return complain::<serde_json::Error>(error),
        };
    let classes: Vec<Class> =
        if own.is_empty() { CLASSES.map(|name| (name.to_owned(), None)).into() } else { classes };
    if models.is_empty() {
        return complain("name the models to probe");
    }
    let claude = match Claude::find() {
        Ok(claude) => claude,
        Err(error) => return complain(error),
    };
    let jobs =
        models.iter().flat_map(|model| classes.iter().map(move |class| (model, class))).collect::<Vec<_>>();
    let found = jobs.iter().map(|_| OnceLock::new()).collect::<Vec<OnceLock<Value>>>();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some((at, (model, class))) = take(&next, &jobs) {
                    found[at].get_or_init(|| probe(&claude, model, class));
                }
            });
        }
    });
    let mut usd = Map::new();
    for ((model, (name, _)), found) in jobs.into_iter().zip(found) {
        usd.entry(model).or_insert_with(|| json!({}))[name] = found.into_inner().unwrap_or_default();
    }
    match writeln!(std::io::stdout(), "{:#}", json!({"client": CLAUDE_VERSION, "usd": usd})) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(error),
    }
}

fn take<'a, T>(next: &AtomicUsize, jobs: &'a [T]) -> Option<(usize, &'a T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    Some((at, jobs.get(at)?))
}

fn complain<E: Display>(error: E) -> ExitCode {
    // Nothing is left to do when standard error is closed too.
    writeln!(std::io::stderr(), "price_probe: {error}").ok();
    ExitCode::FAILURE
}

/// One fresh session with one answer of this class: its cost, or how the client refused. A price that is not
/// on the client's list for this model says so.
fn probe(claude: &Claude, model: &str, (class, usage): &Class) -> Value {
    let (world, mock) = (World::new(), Mock::start());
    if let Some(usage) = usage {
        mock.push(Turn::text("as told").usage(usage.clone()));
    }
    let prompt = format!("price:{class} [[scenario:price]]");
    let arguments = ["-p", &prompt, "--output-format", "json", "--model", model];
    // Without this the client quietly uses its newest model in place of a retired one.
    let client = claude.headless(&world, &mock).env("CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP", "1");
    let run = client.args(arguments).run();
    let Ok(result) = serde_json::from_str::<Value>(&run.stdout) else {
        return json!({"refused": run.snapshot()});
    };
    if run.code != 0 || result["is_error"] == true {
        return json!({"refused": result["result"]});
    }
    let asked = mock.turns().into_iter().map(|request| request.model).collect::<Vec<_>>();
    let basis = &result["modelUsage"][model]["costBasis"];
    if asked == [model] && basis == "list" {
        return result["total_cost_usd"].clone();
    }
    json!({"usd": result["total_cost_usd"], "asked_for": asked, "cost_basis": basis})
}
