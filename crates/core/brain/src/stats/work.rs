//! What became of calls: by what they run, by who let them, and which ways of reaching a purpose succeed.
//!
//! A call's end says how its *last* command ended. Where that is another one than the one that is asked about (`cargo test |
//! tail`), it says nothing of it, and is counted as masked rather than as a success.

use std::collections::BTreeMap;
use std::collections::HashMap;

use claudectl_fleet::tools::Family;
use claudectl_gate::tools;
use claudectl_shell::facts::{NoFacts, Place};
use claudectl_shell::report::Ran;
use serde_json::json;

use super::answers::by;
use super::figure::{Figure, Metric, Part, Row};
use super::material::{Decided, Did, Material};

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// To see whether it works.
    Test,
    /// To make it.
    Build,
    /// To see whether it is well made.
    Check,
    /// To make it look as agreed.
    Format,
    /// To get what it needs.
    Install,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Test, Self::Build, Self::Check, Self::Format, Self::Install];

    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Build => "build",
            Self::Check => "check",
            Self::Format => "format",
            Self::Install => "install",
        }
    }
}

use Purpose::{Build, Check, Format, Install, Test};

/// Programs that are for one thing, whatever their words.
const PROGRAMS: &[(&str, Purpose)] = &[
    ("pytest|py.test|nose2|tox|nox|jest|vitest|mocha|ava|rspec|phpunit|ctest|bats|playwright|cypress", Test),
    ("tsc|ninja|webpack|rollup|esbuild|gcc|g++|clang|clang++|cc|c++|rustc|javac|cmake|meson", Build),
    (
        "eslint|mypy|pyright|pylint|flake8|shellcheck|golangci-lint|hadolint|yamllint|stylelint|clang-tidy|tflint|actionlint|staticcheck|rubocop",
        Check,
    ),
    ("prettier|black|gofmt|goimports|rustfmt|clang-format|isort|shfmt|taplo", Format),
    ("pip|pip3", Install),
];

/// What a program's word is for.
const WORDS: &[(&str, &str, Purpose)] = &[
    ("cargo", "test|nextest|bench|t", Test),
    ("cargo", "build|b|rustc", Build),
    ("cargo", "check|c|clippy|audit|deny", Check),
    ("cargo", "fmt", Format),
    ("cargo", "install|add|fetch|update|vendor", Install),
    ("go", "test", Test),
    ("go", "build|install", Build),
    ("go", "vet", Check),
    ("go", "fmt", Format),
    ("go", "get|mod", Install),
    ("npm|pnpm|yarn|bun", "test|t|tst", Test),
    ("npm|pnpm|yarn|bun", "build", Build),
    ("npm|pnpm|yarn|bun", "install|i|ci|add|update", Install),
    (
        "make|gmake|just|task|rake|ninja|mvn|gradle|gradlew|./gradlew|mvnw|./mvnw|dotnet|swift|bazel|deno|mix|sbt|composer",
        "test|tests|check|verify",
        Test,
    ),
    (
        "make|gmake|just|task|rake|mvn|gradle|gradlew|./gradlew|mvnw|./mvnw|dotnet|swift|bazel|mix|sbt",
        "build|all|compile|package|assemble|release",
        Build,
    ),
    ("make|gmake|just|task|rake|gradle|deno|mix", "lint|clippy|typecheck|vet", Check),
    ("make|gmake|just|task|rake|dotnet|deno|mix", "fmt|format", Format),
    (
        "make|gmake|just|task|dotnet|bundle|composer|poetry|pdm|conda|gem|apt|apt-get|brew|mix",
        "install|deps|restore|add",
        Install,
    ),
    ("uv", "sync|pip|add|lock", Install),
    ("ruff", "check", Check),
    ("ruff", "format", Format),
    ("biome", "check|lint", Check),
    ("biome", "format", Format),
    ("docker|podman", "build", Build),
];

/// Programs whose next word says which script or target is meant.
const RUNNERS: &[&str] = &["npm", "pnpm", "yarn", "bun", "make", "gmake", "just", "task", "rake", "deno"];

/// Before the name of a script.
const RUN: &str = "run ";

fn is_of(list: &str, word: &str) -> bool {
    list.split('|').any(|one| one == word)
}

/// What is run, in words: a program with its verbs, or the script or target that it is to run.
fn words_of(ran: &Ran) -> Option<(String, Option<String>)> {
    let words: Vec<&str> = ran.words.iter().filter_map(|word| word.literal()).collect();
    let program = words.first()?.rsplit('/').next().filter(|name| !name.is_empty())?;
    let operands = || words[1..].iter().copied().filter(|word| !word.starts_with('-') && !word.contains('='));
    if RUNNERS.contains(&program) {
        let target = operands().find(|word| *word != "run" && *word != "run-script");
        let run = if operands().next() == target { "" } else { RUN };
        return Some((program.to_owned(), target.map(|target| format!("{run}{target}"))));
    }
    let verb = ran.verbs.first().cloned();
    Some((program.to_owned(), verb))
}

fn purpose_of(program: &str, word: Option<&str>) -> Option<Purpose> {
    let by_word = word.and_then(|word| {
        let word = word.strip_prefix(RUN).unwrap_or(word);
        // `test:unit` and `test-all` are tests, too.
        let first = word.split([':', '-', '.', '_']).next().unwrap_or(word);
        WORDS
            .iter()
            .find(|(programs, words, _)| {
                is_of(programs, program) && (is_of(words, word) || is_of(words, first))
            })
            .map(|(.., purpose)| *purpose)
    });
    let by_program =
        || PROGRAMS.iter().find(|(programs, _)| is_of(programs, program)).map(|(_, purpose)| *purpose);
    // A makefile's first target makes the thing.
    let bare = || (word.is_none() && is_of("make|gmake|mvn|gradle", program)).then_some(Build);
    by_word.or_else(by_program).or_else(bare)
}

/// A call, by what it runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kind {
    /// Programs with their verbs, or the tool.
    pub label: String,
    /// What it is for, if it is for one thing.
    pub purpose: Option<Purpose>,
    /// The command that is for that, with its flags.
    pub approach: String,
    /// How it ended is not how that command ended.
    pub masked: bool,
}

/// No label names more commands.
const MOST_NAMED: usize = 3;
/// What only sets the stage for other commands.
const STAGE: &[&str] =
    &["cd", "export", "set", "source", ".", "pushd", "popd", "unset", "umask", "true", ":"];

/// What a call runs, by the line that is kept of it.
#[must_use]
pub fn kind(tool: &str, summary: &str) -> Kind {
    if !Family::Shell.has(tool) {
        return Kind { label: tool.to_owned(), ..Kind::default() };
    }
    let is_cut = summary.contains('…');
    let text = summary.replace(" ⏎ ", "\n");
    let place = Place { home: "/home/person", folder: None, root: None, facts: &NoFacts };
    let report = tools::report("Bash", &json!({ "command": text }), place);
    let ran: Vec<(&Ran, String, Option<String>)> = report
        .commands
        .iter()
        .filter(|ran| !ran.wraps)
        .filter_map(|ran| words_of(ran).map(|(program, word)| (ran, program, word)))
        .filter(|(_, program, _)| !STAGE.contains(&program.as_str()))
        .collect();
    let mut names: Vec<String> = Vec::new();
    for (_, program, word) in &ran {
        let name = word.as_ref().map_or_else(|| program.clone(), |word| format!("{program} {word}"));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Kind { label: tool.to_owned(), ..Kind::default() };
    }
    let more = names.len() > MOST_NAMED;
    names.truncate(MOST_NAMED);
    let label = if more { format!("{}, ...", names.join(", ")) } else { names.join(", ") };
    let meant: Vec<(usize, Purpose)> = ran
        .iter()
        .enumerate()
        .filter_map(|(at, (_, program, word))| Some((at, purpose_of(program, word.as_deref())?)))
        .collect();
    let Some((at, purpose)) = meant.last().copied() else { return Kind { label, ..Kind::default() } };
    if meant.iter().any(|(_, other)| *other != purpose) {
        return Kind { label, ..Kind::default() };
    }
    let (meant, program, word) = &ran[at];
    let mut flags: Vec<&str> = meant
        .words
        .iter()
        .skip(1)
        .filter_map(|flag| flag.literal())
        .filter(|flag| flag.starts_with('-'))
        .collect();
    flags.iter_mut().for_each(|flag| *flag = flag.split('=').next().unwrap_or(flag));
    flags.sort_unstable();
    flags.dedup();
    let approach: Vec<&str> = [Some(program.as_str()), word.as_deref()]
        .into_iter()
        .flatten()
        .chain(flags.iter().copied())
        .collect();
    // What stands in a background, or before a pipe, is not what the shell tells the end of.
    let last_is_it =
        at + 1 == ran.len() && report.commands.last().is_some_and(|last| std::ptr::eq(last, *meant));
    let masked = is_cut || !last_is_it || text.trim_end().ends_with('&') || !report.opaque.is_empty();
    Kind { label, purpose: Some(purpose), approach: approach.join(" "), masked }
}

/// What calls run: those that are the same are looked at once.
struct Kinds<'a>(HashMap<(&'a str, &'a str), Kind>);

impl<'a> Kinds<'a> {
    fn of(calls: impl Iterator<Item = &'a Decided>) -> Self {
        let mut kinds = HashMap::new();
        for call in calls {
            let key = (call.tool.as_str(), call.summary.as_str());
            kinds.entry(key).or_insert_with(|| kind(key.0, key.1));
        }
        Self(kinds)
    }

    fn of_call(&self, call: &Decided) -> Kind {
        self.0.get(&(call.tool.as_str(), call.summary.as_str())).cloned().unwrap_or_default()
    }
}

/// Who let a call run.
fn how(call: &Decided, material: &Material) -> &'static str {
    let by = call.by.as_deref().unwrap_or_default();
    match (call.did(), call.layer.as_str()) {
        (Did::Allowed, "learned") => "learned",
        (Did::Allowed, "effects") => "harmless",
        (Did::Allowed, _) => "rule",
        (Did::Denied, _) => "denied",
        (Did::Asked, _) if by.starts_with("user_") || call.answered_at.is_some() => "prompt",
        (Did::Asked, _) if material.wish(call).is_some_and(|wish| wish.answered) => "prompt",
        (Did::Asked, _) if matches!(by, "config" | "classifier") => "client",
        (Did::Asked, _) => "unknown",
    }
}

/// How long a call took, where no prompt is in that time.
fn took(call: &Decided) -> Option<i64> {
    let began = match (call.did(), call.asked_at, call.answered_at) {
        (_, _, Some(answered)) => answered,
        (Did::Allowed, None, None) => call.at,
        _ => return None,
    };
    let ended = call.ended_at.filter(|_| matches!(call.outcome.as_deref(), Some("ran" | "failed")))?;
    (ended >= began).then(|| ended.saturating_sub(began))
}

fn has_ended(call: &Decided) -> bool {
    call.outcome.is_some()
}

fn failed(call: &Decided) -> bool {
    call.outcome.as_deref() == Some("failed")
}

fn row(label: String, own: &[&Decided], material: &Material) -> Row {
    let ran: Vec<&Decided> = own.iter().copied().filter(|call| call.ran()).collect();
    let is = |is: &dyn Fn(&Decided) -> bool| ran.iter().filter(|call| is(call)).count();
    let taken_back = |call: &Decided| material.wish(call).is_some_and(|wish| wish.reverted);
    let corrected = |call: &Decided| {
        material.wish(call).is_some_and(|wish| wish.corrected_after.is_some() && !wish.wanted)
    };
    let times: Vec<i64> = ran.iter().filter_map(|call| took(call)).collect();
    Row {
        label,
        figures: vec![
            Figure::count("ran", ran.len()),
            Figure::share("failed", is(&failed), ran.len()),
            Figure::share(
                "interrupted",
                is(&|call| call.outcome.as_deref() == Some("interrupted")),
                ran.len(),
            ),
            Figure::share("taken-back", is(&taken_back), ran.len()),
            Figure::share("unwanted", is(&corrected), ran.len()),
            Figure::median("took", &times),
        ],
    }
}

/// What became of calls.
#[must_use]
pub fn outcomes(material: &Material, top: usize) -> Metric {
    let all: Vec<&Decided> = material.calls.iter().filter(|call| call.layer != "error").collect();
    let kinds = Kinds::of(all.iter().copied());
    let ran: Vec<&Decided> = all.iter().copied().filter(|call| call.ran()).collect();
    let ended = all.iter().filter(|call| has_ended(call)).count();
    let total = row(String::new(), &all, material);
    let part = |name: &'static str, key: &dyn Fn(&Decided) -> String| Part {
        by: name,
        rows: by(ran.iter().copied(), key)
            .into_iter()
            .take(top)
            .map(|(label, own)| row(label, &own, material))
            .collect(),
    };
    let kind_of = |call: &Decided| kinds.of_call(call).label;
    Metric {
        figures: std::iter::once(Figure::share("known", ended, all.len())).chain(total.figures).collect(),
        parts: vec![
            part("let", &|call| how(call, material).to_owned()),
            part("kind", &kind_of),
            part("project", &|call| call.project.clone()),
        ],
        unknown: vec![
            "That a call failed is what its tool said: of a command line, that the last command ended with another code than 0. It does not say that it should not have run.".to_owned(),
            "How long it took is only told where nobody was asked, or the answer came from elsewhere: what a prompt waited would be in it.".to_owned(),
            "Taken back is only seen where the same session did it within ten minutes.".to_owned(),
        ],
        ..Metric::default()
    }
}

/// A try.
struct Try<'a> {
    call: &'a Decided,
    kind: Kind,
}

/// Which ways of reaching a purpose succeed. `usd`: what each session cost, as far as that is known.
#[must_use]
pub fn approaches(material: &Material, usd: &HashMap<String, f64>, top: usize) -> Metric {
    let mut calls_of: HashMap<&str, usize> = HashMap::new();
    for call in &material.calls {
        *calls_of.entry(&call.session).or_default() += 1;
    }
    let mut tries: BTreeMap<Purpose, Vec<Try<'_>>> = BTreeMap::new();
    let (mut all, mut masked) = (0, 0);
    let kinds = Kinds::of(material.calls.iter().filter(|call| call.ran()));
    for call in material.calls.iter().filter(|call| call.ran()) {
        let kind = kinds.of_call(call);
        let Some(purpose) = kind.purpose else { continue };
        all += 1;
        // One that failed has failed, whatever else is in it: but only the last command says so.
        if kind.masked {
            masked += 1;
            continue;
        }
        tries.entry(purpose).or_default().push(Try { call, kind });
    }
    let cost = |call: &Decided| Some(usd.get(&call.session)? / *calls_of.get(call.session.as_str())? as f64);
    let parts: Vec<Part> = tries
        .iter()
        .map(|(purpose, tries)| {
            let runs = runs(tries);
            let ways = by(tries, |one| (one.kind.approach.clone(), one.call.project.clone()));
            let mut rows: Vec<Row> = ways
                .into_iter()
                .map(|((approach, project), own)| {
                    let good = own.iter().filter(|one| succeeded(one.call)).count();
                    let times: Vec<i64> = own.iter().filter_map(|one| took(one.call)).collect();
                    let costs: Vec<f64> = own.iter().filter_map(|one| cost(one.call)).collect();
                    let of = (approach.as_str(), project.as_str());
                    let own_runs: Vec<&Run<'_>> =
                        runs.iter().filter(|run| (run.approach, run.project) == of).collect();
                    let first = own_runs.iter().filter(|run| run.tries == Some(1)).count();
                    Row {
                        label: format!("{approach} ({})", claudectl_fleet::project::name(&project)),
                        figures: vec![
                            Figure::share("succeeded", good, own.len()),
                            Figure::share("at-once", first, own_runs.len()),
                            Figure::median("took", &times),
                            Figure::median_usd("cost", &costs),
                        ],
                    }
                })
                .collect();
            // By what is sure: one that went well once is not better than one that did so a hundred times out of 101.
            rows.sort_by(|a, b| b.figures[0].low.unwrap_or(0.0).total_cmp(&a.figures[0].low.unwrap_or(0.0)));
            rows.truncate(top);
            Part { by: purpose.word(), rows }
        })
        .collect();
    let kept: Vec<&Try<'_>> = tries.values().flatten().collect();
    let good = kept.iter().filter(|one| succeeded(one.call)).count();
    let runs: Vec<Run<'_>> = tries.values().flat_map(|tries| runs(tries)).collect();
    let at_once = runs.iter().filter(|run| run.tries == Some(1)).count();
    let reached = runs.iter().filter(|run| run.tries.is_some()).count();
    Metric {
        figures: vec![
            Figure::share("succeeded", good, kept.len()),
            Figure::share("masked", masked, all),
            Figure::share("at-once", at_once, runs.len()),
            Figure::share("reached", reached, runs.len()),
        ],
        parts,
        unknown: vec![
            "A call of which another command says how it ended (behind a pipe, or after it) tells nothing, and is only counted as masked.".to_owned(),
            "A test that fails is no bad approach: it may have been what you wanted to know.".to_owned(),
            "Cost is the session's, shared evenly by its calls that the gate was asked about; what each took of it nobody knows.".to_owned(),
        ],
        ..Metric::default()
    }
}

fn succeeded(call: &Decided) -> bool {
    call.outcome.as_deref() == Some("ran")
}

/// Tries in one session, until one succeeds.
struct Run<'a> {
    approach: &'a str,
    project: &'a str,
    /// So many it took; `None` where it came to nothing.
    tries: Option<usize>,
}

/// By each session and project: what was tried, in its order, until it succeeded.
fn runs<'a>(tries: &'a [Try<'_>]) -> Vec<Run<'a>> {
    let mut open: BTreeMap<(&str, &str), (&'a str, usize)> = BTreeMap::new();
    let mut runs = Vec::new();
    for one in tries {
        let key = (one.call.session.as_str(), one.call.project.as_str());
        let (approach, count) = open.remove(&key).unwrap_or((&one.kind.approach, 0));
        if succeeded(one.call) {
            runs.push(Run { approach, project: &one.call.project, tries: Some(count + 1) });
        } else {
            open.insert(key, (approach, count + 1));
        }
    }
    // The project is that of the key.
    for one in tries.iter().rev() {
        let key = (one.call.session.as_str(), one.call.project.as_str());
        if let Some((approach, _)) = open.remove(&key) {
            runs.push(Run { approach, project: &one.call.project, tries: None });
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::Risk;
    use crate::stats::material::Window;

    #[test]
    fn a_call_is_known_by_what_it_runs() {
        let label = |command: &str| kind("Bash", command).label;
        for (command, expected) in [
            ("cargo test --workspace", "cargo test"),
            ("cd /src/p && cargo test", "cargo test"),
            ("RUST_LOG=debug cargo test", "cargo test"),
            ("timeout 60 cargo test", "cargo test"),
            ("cargo fmt && cargo test", "cargo fmt, cargo test"),
            ("python3 -m pytest tests", "pytest"),
            ("npm run test:unit", "npm run test:unit"),
            ("npm test", "npm test"),
            ("make -j4 lint", "make lint"),
            ("cat a | grep b | sort | uniq", "cat, grep, sort, ..."),
            ("sudo rm -rf x", "rm"),
        ] {
            assert_eq!(label(command), expected, "{command}");
        }
        assert_eq!(kind("Edit", "src/a.rs").label, "Edit");
        assert_eq!(kind("Bash", "").label, "Bash");
        // Nothing is cut in the middle of a letter.
        assert_eq!(label("écho 'déjà vu' | 猫"), "écho, 猫");
    }

    #[test]
    fn what_it_is_for_is_known_and_whether_its_end_is_told() {
        let of = |command: &str| {
            let kind = kind("Bash", command);
            (kind.purpose, kind.masked, kind.approach)
        };
        let yes = |purpose, approach: &str| (Some(purpose), false, approach.to_owned());
        assert_eq!(of("cargo test -p x --workspace"), yes(Test, "cargo test --workspace -p"));
        assert_eq!(of("cd x && cargo test"), yes(Test, "cargo test"));
        assert_eq!(of("python -m pytest -q"), yes(Test, "pytest -q"));
        assert_eq!(of("pytest --maxfail=1"), yes(Test, "pytest --maxfail"));
        assert_eq!(of("npm run build"), yes(Build, "npm run build"));
        assert_eq!(of("make"), yes(Build, "make"));
        assert_eq!(of("make test"), yes(Test, "make test"));
        assert_eq!(of("cargo clippy"), yes(Check, "cargo clippy"));
        assert_eq!(of("npm ci"), yes(Install, "npm ci"));
        for masked in [
            "cargo test | tail -5",
            "cargo test; echo done",
            "cargo test || true",
            "cargo test &",
            "cargo test … b",
        ] {
            let (purpose, masked_, _) = of(masked);
            assert_eq!((purpose, masked_), (Some(Test), true), "{masked}");
        }
        assert_eq!(of("cargo fmt && cargo test").0, None, "it is for two things");
        assert_eq!(of("ls -l").0, None);
    }

    fn call(at: i64, command: &str, outcome: &str) -> Decided {
        Decided {
            at,
            session: "s".to_owned(),
            call: Some(format!("t{at}")),
            project: "/src/p".to_owned(),
            tool: "Bash".to_owned(),
            summary: command.to_owned(),
            verdict: "allow".to_owned(),
            said: Some("allow".to_owned()),
            layer: "rule".to_owned(),
            outcome: Some(outcome.to_owned()),
            ended_at: Some(at + 2_000),
            ..Decided::default()
        }
    }

    fn material(calls: Vec<Decided>) -> Material {
        Material::new(Vec::new(), calls, Window::default(), Risk { alpha: 0.05, delta: 0.02 })
    }

    fn figures(metric: &Metric, by: &str, label: &str) -> Vec<Figure> {
        let part = metric.parts.iter().find(|part| part.by == by).unwrap();
        part.rows.iter().find(|row| row.label == label).unwrap_or_else(|| panic!("{part:?}")).figures.clone()
    }

    #[test]
    fn outcomes_are_told_by_who_let_calls_run() {
        let asked = Decided {
            said: None,
            layer: "effects".to_owned(),
            by: Some("user_temporary".to_owned()),
            asked_at: Some(3),
            ..call(3, "make lint", "failed")
        };
        let calls = vec![
            call(1, "cargo test", "ran"),
            call(2, "cargo test", "failed"),
            asked.clone(),
            Decided { answered_at: Some(1_004), ..Decided { at: 4, ended_at: Some(2_004), ..asked.clone() } },
            Decided { layer: "learned".to_owned(), ..call(5, "make lint", "interrupted") },
            Decided { layer: "effects".to_owned(), ..call(6, "ls", "ran") },
            Decided { by: Some("config".to_owned()), ..Decided { at: 7, call: None, ..asked } },
            Decided { outcome: None, ..call(8, "cargo test", "") },
        ];
        let metric = outcomes(&material(calls), 10);
        assert_eq!((metric.figures[0].count, metric.figures[0].of), (Some(7), Some(8)));
        let rule = figures(&metric, "let", "rule");
        assert_eq!((rule[0].value, rule[1].count, rule[5].value), (Some(2.0), Some(1), Some(2_000.0)));
        let prompt = figures(&metric, "let", "prompt");
        assert_eq!((prompt[0].value, prompt[1].count), (Some(2.0), Some(2)));
        assert_eq!(
            (prompt[5].of, prompt[5].value),
            (Some(1), Some(1_000.0)),
            "what a prompt waited is not in it"
        );
        assert_eq!(figures(&metric, "let", "learned")[2].count, Some(1));
        assert_eq!(figures(&metric, "let", "client")[0].value, Some(1.0));
        assert_eq!(figures(&metric, "kind", "cargo test")[1].of, Some(2));
    }

    #[test]
    fn approaches_are_ranked_by_what_is_sure() {
        let mut calls: Vec<Decided> = (0..20).map(|at| call(at * 10, "cargo test", "ran")).collect();
        calls.push(call(300, "cargo nextest run", "ran"));
        calls.push(call(310, "cargo test -p x", "failed"));
        calls.push(call(320, "cargo test -p x", "failed"));
        calls.push(call(330, "cargo test", "ran"));
        calls.push(call(340, "cargo test | tail", "ran"));
        calls.push(call(350, "cargo test -p x", "failed"));
        let usd = HashMap::from([("s".to_owned(), 2.6)]);
        let metric = approaches(&material(calls), &usd, 10);
        assert_eq!((metric.figures[0].count, metric.figures[0].of), (Some(22), Some(25)));
        assert_eq!((metric.figures[1].count, metric.figures[1].of), (Some(1), Some(26)));
        // 20 and one at once, one run of three, and one that came to nothing.
        assert_eq!((metric.figures[2].count, metric.figures[2].of), (Some(21), Some(23)));
        assert_eq!(metric.figures[3].count, Some(22));
        let labels: Vec<&str> = metric.parts[0].rows.iter().map(|row| row.label.as_str()).collect();
        assert_eq!(labels, ["cargo test (p)", "cargo nextest (p)", "cargo test -p (p)"]);
        let own = figures(&metric, "test", "cargo test -p (p)");
        assert_eq!((own[0].count, own[0].of, own[1].count, own[1].of), (Some(0), Some(3), Some(0), Some(2)));
        assert!((own[3].value.unwrap() - 0.1).abs() < 1e-12, "2.6 dollars, 26 calls");
        assert_eq!(own[2].value, Some(2_000.0));
    }
}
