//! `claudectl brain suggest`: rules that would have spared prompts, each tried on all that was answered.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use claudectl_brain::features::{hash, program};
use claudectl_brain::suggest::{self as choosing, Backtest, Tried};
use claudectl_fleet::session::rfc3339;
use claudectl_fleet::tools::Family;
use claudectl_gate::judge::Layer;
use claudectl_gate::lattice::{self, Level};
use claudectl_gate::rules::{Action, Maker, Rule};
use claudectl_gate::write;
use claudectl_shell::effect::Act;
use claudectl_shell::report::Ran;
use claudectl_store::Store;
use serde_json::{Value, json};

use crate::app::App;
use crate::commands::{gate, rules as rules_commands};
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::format::{self, count, plural};
use crate::ingest;
use crate::judging::learned::Learned;
use crate::judging::{Judge, without_secrets};
use crate::recall::{self, Call, Recalled};
use crate::rules;
use crate::ui::{Style, clean};
use crate::when;

/// Propose rules that would have spared you prompts, each with what it would have done to all that you have answered.
///
/// Each is the narrowest that covers what you answer alike again and again in a project, ends after a while, and is tried
/// on every answer that is known: none is proposed that would have decided a single call otherwise than you. What may not
/// be learned, and what is critical, is never for such a rule. `--apply` writes one into your rules, as `rules add` does.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only this one: its id, or its number in the list.
    #[arg(value_name = "N", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    which: Option<String>,
    /// Write it into your rules.
    #[arg(long, requires = "which")]
    apply: bool,
    /// For how long it is to hold: 30d, 12h.
    #[arg(long = "for", value_name = "TIME", default_value = "90d", value_parser = when::duration)]
    time: Duration,
    /// Only where it would have spared so many prompts.
    #[arg(long, value_name = "N", default_value_t = 5)]
    least: u64,
    /// Only rules for this project (part of its folder).
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    project: Option<String>,
}

/// A rule that may be proposed.
struct Candidate {
    rule: Rule,
    wide: bool,
    /// How often calls were answered of which it is the nearest rule, and the first of them.
    times: u64,
    first: usize,
}

/// So many rules are tried at most, those about the most answers.
const MOST_TRIED: usize = 100;

/// A rule that is proposed.
struct Suggestion {
    id: String,
    rule: Rule,
    found: Backtest,
    /// Different calls, and when the first and the last of them was made.
    calls: usize,
    first_at: i64,
    last_at: i64,
    /// The latest of them.
    example: String,
}

/// What was looked through.
struct Looked {
    answers: usize,
    readable: usize,
    suggestions: Vec<Suggestion>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    if args.time < Duration::from_secs(60) {
        return Err(CliError::usage("the rule would have ended already").fix("for example: --for 30d"));
    }
    let home = app.env.state_dir()?;
    let file = home.join("state.db");
    let looked = match file.exists() {
        true => {
            let mut store = Store::open(&file)?;
            ingest::journal(&mut store, &home)?;
            look(app, &store, args)?
        }
        false => Looked { answers: 0, readable: 0, suggestions: Vec::new() },
    };
    let looked = match &args.which {
        Some(which) => Looked { suggestions: vec![one(looked.suggestions, which)?], ..looked },
        None => looked,
    };
    if args.apply {
        return looked.suggestions.into_iter().try_for_each(|one| apply(app, one));
    }
    if app.ui.json {
        let suggestions: Vec<Value> = looked.suggestions.iter().map(|one| document(app, one)).collect();
        return app.ui.document(&json!({
            "answers": looked.answers,
            "readable": looked.readable,
            "suggestions": suggestions,
        }));
    }
    print(app, &looked, args.least);
    Ok(())
}

/// What is proposed if nothing else is asked for: ids, what each is about, and prompts that it would have spared.
pub(super) fn proposed(app: &App, store: &Store) -> Result<Vec<(String, String, u64)>> {
    let args =
        Args { which: None, apply: false, time: Duration::from_secs(24 * 60 * 60), least: 5, project: None };
    let found = look(app, store, &args)?.suggestions.into_iter();
    Ok(found.map(|one| (one.id, one.rule.name, one.found.saved)).collect())
}

fn look(app: &App, store: &Store, args: &Args) -> Result<Looked> {
    let project = args.project.as_deref().map(str::to_lowercase);
    let mut judge = Judge::new(app)?.with(Learned::nothing(app)?);
    let mut all = recall::answers(app, store, &mut judge, project.as_deref())?;
    all.extend(recall::rejected(app, store, &mut judge, &all, project.as_deref())?);
    let asked: Vec<choosing::Asked> = all.iter().map(said).collect();
    let expires = app.now.saturating_add(i64::try_from(args.time.as_millis()).unwrap_or(i64::MAX));
    // As it is written: in whole seconds.
    let expires = expires.div_euclid(1000) * 1000;
    let mut candidates = narrow(&mut judge, &all);
    let wide = wide(&all, &candidates);
    candidates.retain(|one| one.times >= args.least);
    candidates.extend(wide);
    candidates.sort_by_key(|one| (std::cmp::Reverse(one.times), one.first));
    candidates.truncate(MOST_TRIED);
    let mut tried = Vec::new();
    for candidate in &candidates {
        tried.push(try_out(app, candidate, &all)?);
    }
    let chosen = choosing::choose(&tried, &asked, args.least);
    let suggestions = chosen.into_iter().map(|(at, found)| {
        let (rule, mine) = (&candidates[at].rule, &tried[at].decides);
        let calls: std::collections::BTreeSet<u64> = mine.iter().map(|at| all[*at].features.exact).collect();
        let times = || mine.iter().map(|at| all[*at].answer.made_at);
        let did = if rule.action == Some(Action::Allow) { "allowed" } else { "denied" };
        let reason = format!("you {did} this {} and never otherwise", times_word(found.saved));
        let example = mine.iter().max_by_key(|at| all[**at].answer.made_at);
        Suggestion {
            id: id(rule),
            rule: rules::proposed(Rule { expires: Some(expires), reason: Some(reason), ..rule.clone() }),
            found,
            calls: calls.len(),
            first_at: times().min().unwrap_or_default(),
            last_at: times().max().unwrap_or_default(),
            example: example.map(|at| all[*at].answer.summary.clone()).unwrap_or_default(),
        }
    });
    Ok(Looked {
        answers: all.iter().filter(|one| one.logged).count(),
        readable: all.iter().filter(|one| one.logged && one.call.is_some()).count(),
        suggestions: suggestions.collect(),
    })
}

fn times_word(times: u64) -> String {
    if times == 1 { "once".to_owned() } else { format!("{} times", count(times)) }
}

/// Only prompts that were answered here are for a rule; whatever was said is against one.
fn said(one: &Recalled) -> choosing::Asked {
    choosing::Asked { wanted: one.answer.wanted, counts: one.logged && one.source.is_trial() }
}

/// The nearest rule of each call that was answered.
fn narrow(judge: &mut Judge, all: &[Recalled]) -> Vec<Candidate> {
    let mut of_calls: BTreeMap<(u64, bool), (u64, usize)> = BTreeMap::new();
    for (at, one) in all.iter().enumerate().filter(|(_, one)| said(one).counts && may_be_ruled(one)) {
        of_calls.entry((one.features.exact, one.answer.wanted)).or_insert((0, at)).0 += 1;
    }
    let mut found: BTreeMap<String, Candidate> = BTreeMap::new();
    for ((_, wanted), (times, first)) in of_calls {
        let Some(call) = &all[first].call else { continue };
        let advice = without_secrets(judge.advice(&call.asked, &call.judged), &call.judged);
        let [rule] = &advice.rules[..] else { continue };
        if !is_narrow(rule) {
            continue;
        }
        let action = if wanted { Action::Allow } else { Action::Deny };
        let rule = Rule { name: String::new(), action: Some(action), ..rule.clone() };
        let known = found.entry(id(&rule)).or_insert(Candidate { rule, wide: false, times: 0, first });
        known.times += times;
        known.first = known.first.min(first);
    }
    found.into_values().collect()
}

/// Whether a rule may decide about such calls: the gate asks, for what they do, and may learn.
fn may_be_ruled(one: &Recalled) -> bool {
    one.call.as_ref().is_some_and(|call| {
        let verdict = &call.judged.verdict;
        verdict.action == Action::Ask && verdict.learnable && verdict.layer == Layer::Effects
    })
}

/// Whether a rule is about one thing, in one project, and reaches nothing that is no matter of learning.
fn is_narrow(rule: &Rule) -> bool {
    let in_project =
        rule.projects.iter().all(|project| project.starts_with('/')) && !rule.projects.is_empty();
    let bounded = rule.commands.iter().all(|command| !command.ends_with('*'))
        && (!rule.commands.is_empty() || !rule.paths.is_empty());
    let acts = rule.effects.iter().flat_map(|effect| {
        rule.scopes
            .iter()
            .flat_map(|scope| [false, true].map(|grave| Act { effect: *effect, scope: *scope, grave }))
    });
    in_project && bounded && acts.map(|act| lattice::find(act).level).all(|level| level <= Level::Learnable)
}

/// What makes rules alike: whether they allow, the tool, the project, and the program with its first verb.
type Alike<'a> = (bool, &'a str, &'a str, String);
/// A narrow rule, and the command that it is about.
type Member<'a> = (&'a Candidate, &'a Ran);

/// Rules about what several narrow ones have in common.
fn wide(all: &[Recalled], narrow: &[Candidate]) -> Vec<Candidate> {
    let mut groups: BTreeMap<Alike<'_>, Vec<Member<'_>>> = BTreeMap::new();
    for candidate in narrow {
        let rule = &candidate.rule;
        let call = all[candidate.first].call.as_deref();
        let (Some(call), Some(project)) = (call, rule.projects.first()) else { continue };
        let Some(ran) = decisive(call) else { continue };
        let what = match Family::Shell.has(&call.asked.tool) {
            true => {
                let verb = ran.verbs.first().map(String::as_str).unwrap_or_default();
                let program = rule.commands.first().and_then(|words| words.split(' ').next());
                format!("{} {verb}", program.unwrap_or_default())
            }
            false => String::new(),
        };
        let allows = rule.action == Some(Action::Allow);
        groups.entry((allows, &call.asked.tool, project, what)).or_default().push((candidate, ran));
    }
    let common = |((_, tool, project, what), members): (Alike<'_>, Vec<Member<'_>>)| {
        common(tool, project, &what, &members)
    };
    groups.into_iter().filter_map(common).collect()
}

/// Rules that differ less are not worth another one.
const FEWEST: usize = 3;

/// The narrowest rule about all that is in a group.
fn common(tool: &str, project: &str, what: &str, members: &[Member<'_>]) -> Option<Candidate> {
    if members.len() < FEWEST {
        return None;
    }
    let deeds = || members.iter().flat_map(|(_, ran)| &ran.deeds);
    let mut effects: Vec<_> = deeds().map(|deed| deed.act.effect).collect();
    let mut scopes: Vec<_> = deeds().map(|deed| deed.act.scope).collect();
    effects.sort_unstable();
    effects.dedup();
    scopes.sort_unstable();
    scopes.dedup();
    let rule = Rule {
        tools: vec![tool.to_owned()],
        projects: vec![project.to_owned()],
        effects,
        scopes,
        action: members.first()?.0.rule.action,
        ..Rule::default()
    };
    let rule = match what.is_empty() {
        true => {
            let folder = choosing::common_folder(project, deeds().map(|deed| deed.subject.as_str()))?;
            Rule { paths: vec![format!("{folder}/**")], ..rule }
        }
        false => {
            let words = members.iter().filter_map(|(one, _)| one.rule.commands.first()).map(String::as_str);
            let words = choosing::common_words(words);
            (!words.is_empty() && words.len() >= what.trim_end().len()).then_some(())?;
            Rule { commands: vec![words], ..rule }
        }
    };
    let times = members.iter().map(|(one, _)| one.times).sum();
    let first = members.iter().map(|(one, _)| one.first).min()?;
    is_narrow(&rule).then_some(Candidate { rule, wide: true, times, first })
}

/// The one command that a verdict hangs on, if it is one.
fn decisive(call: &Call) -> Option<&Ran> {
    let mut asks =
        call.judged.report.commands.iter().filter(|ran| lattice::level_of_command(ran) > Level::Allow);
    let first = asks.next()?;
    asks.next().is_none().then_some(first)
}

/// What a rule would have decided.
fn try_out(app: &App, candidate: &Candidate, all: &[Recalled]) -> Result<Tried> {
    let rule = &candidate.rule;
    let allows = rule.action == Some(Action::Allow);
    let mut judge = Judge::new(app)?.with(Learned::nothing(app)?).with_rule(rule.clone());
    let mut tried = Tried { allows, wide: candidate.wide, ..Tried::default() };
    // The same call is decided in the same way.
    let mut known: HashMap<u64, bool> = HashMap::new();
    let mut programs: Vec<u64> = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let Some(call) = &one.call else { continue };
        let decides = *known.entry(one.features.exact).or_insert_with(|| {
            let action = if allows { Action::Allow } else { Action::Deny };
            let decides = call.judged.fits(rule) && judge.judge(&call.asked).verdict.action == action;
            if decides {
                let ran = call.judged.report.commands.iter();
                programs.extend(ran.map(|ran| program(ran, judge.secret(), call.judged.root())));
            }
            decides
        });
        if decides {
            tried.decides.push(at);
        }
    }
    programs.sort_unstable();
    programs.dedup();
    // What cannot be read again, and runs one of these programs here, may be one of these calls.
    let may_be = |one: &&Recalled| {
        one.call.is_none()
            && one.answer.wanted != allows
            && rule.tools.contains(&one.answer.tool)
            && one.features.parts.iter().any(|part| programs.binary_search(part).is_ok())
    };
    tried.doubtful = all.iter().filter(may_be).count() as u64;
    Ok(tried)
}

/// The same for the same rule, whenever it is proposed.
fn id(rule: &Rule) -> String {
    let bare = Rule { name: String::new(), reason: None, expires: None, ..rule.clone() };
    format!("r{:07x}", hash(&json!(bare).to_string()) >> 36)
}

fn document(app: &App, one: &Suggestion) -> Value {
    let rule = rules_commands::ls::document(app, &(Maker::Person, one.rule.clone()));
    json!({
        "id": one.id,
        "action": one.rule.action.map(Action::word),
        "rule": rule,
        "saved": one.found.saved,
        "against": one.found.against,
        "calls": one.calls,
        "first_at": rfc3339(one.first_at),
        "last_at": rfc3339(one.last_at),
        "example": one.example,
    })
}

fn print(app: &mut App, looked: &Looked, least: u64) {
    if looked.suggestions.is_empty() {
        let answers = plural(looked.answers as u64, "answer");
        app.ui.line(&match looked.answers {
            0 => "No rule is proposed: no answer of yours is known yet.".to_owned(),
            _ => format!(
                "No rule is proposed: none would have spared {least} prompts without deciding one of {answers} otherwise than you."
            ),
        });
        app.ui.line(match looked.answers {
            0 => "  claudectl brain learn --history takes in what you have answered in past sessions.",
            _ => "  --least 2 looks for rules that spare fewer.",
        });
        return;
    }
    let zone = app.zone.clone();
    for (number, one) in looked.suggestions.iter().enumerate() {
        let action = one.rule.action.unwrap_or(Action::Ask);
        let word = app.ui.paint(gate::style(action), action.word());
        let id = app.ui.paint(Style::Strong, &one.id);
        app.ui.line(&format!("{:>2}. {id}  {word}  {}", number + 1, told(one)));
        for line in write::text(&one.rule, &|at| format::moment(at, &zone)).lines() {
            app.ui.line(&gate::shown(&format!("      {line}")));
        }
    }
    app.ui.line("");
    app.ui.line("Take one: claudectl brain suggest --apply ID");
}

fn told(one: &Suggestion) -> String {
    let Backtest { saved, against } = one.found;
    let kinds = plural(one.calls as u64, "call");
    match one.rule.action {
        Some(Action::Deny) => format!(
            "would have saved {}, denied {} that you allowed ({kinds})",
            plural(saved, "prompt"),
            count(against)
        ),
        _ => format!(
            "would have saved {}, allowed {} that you denied ({kinds})",
            plural(saved, "prompt"),
            count(against)
        ),
    }
}

/// The one that is meant, by its id or its number.
fn one(all: Vec<Suggestion>, which: &str) -> Result<Suggestion> {
    let number = which.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let at = number.filter(|at| *at < all.len()).or_else(|| all.iter().position(|one| one.id == which));
    at.and_then(|at| all.into_iter().nth(at)).ok_or_else(|| {
        CliError::failed(format!("no rule is proposed as {which:?}"))
            .why("what you have answered since, or a rule that you have, may have changed that")
            .fix("claudectl brain suggest lists what is proposed now")
    })
}

fn apply(app: &mut App, one: Suggestion) -> Result<()> {
    let (rule, file) = rules::keep(app, one.rule, None)?;
    if app.ui.json {
        return app.ui.document(&json!({
            "id": one.id,
            "file": file.display().to_string(),
            "rule": rules_commands::ls::document(app, &(Maker::Person, rule)),
        }));
    }
    rules_commands::print(app, &rule, None);
    let name = shown(&app.env, &file);
    app.ui.line(&clean(&format!("Added to {name}; claudectl rules rm takes it out again.")));
    Ok(())
}
