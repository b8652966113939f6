//! Rules of the published tool of the same name, in the words of this one.
//!
//! Its rules were matched on parts of text, took an action that was missing or misspelt for "approve", and looked only at
//! sessions that waited. What refused becomes a rule that refuses, where its text is plainly a command; what approved is
//! never more than proposed; what acted on a session becomes a trigger, where all of its conditions can be said.

use claudectl_fleet::status::State;
use claudectl_fleet::tools::Family;
use claudectl_shell::analyse;
use claudectl_shell::effect::{Act, Effect, Scope};
use claudectl_shell::facts::{NoFacts, Place};

use crate::file::words::TOOLS;
use crate::lattice::{self, Level};
use crate::rules::{Action, Rule};
use crate::triggers::{Deed, IN_TURN, Trigger};

/// A rule as the published tool had read it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Published {
    /// Its name.
    pub name: String,
    /// `match_status`.
    pub statuses: Option<Vec<String>>,
    /// `match_tool`.
    pub tools: Vec<String>,
    /// `match_command`.
    pub commands: Vec<String>,
    /// `match_project`.
    pub projects: Vec<String>,
    /// `match_cost_above`.
    pub cost_above: Option<f64>,
    /// `match_last_error`.
    pub last_error: Option<bool>,
    /// `match_file_conflict`.
    pub conflict: Option<bool>,
    /// `action`.
    pub action: Option<String>,
    /// `message`.
    pub message: Option<String>,
}

/// What a rule becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Became {
    /// A rule that refuses.
    Rule(Rule),
    /// A rule that allows, if the person says so.
    Proposed(Rule),
    /// A trigger.
    Trigger(Trigger),
    /// Nothing, and why.
    Nothing(String),
    /// Nothing, because it never did anything.
    Inactive(String),
}

/// What a rule becomes, and what is otherwise of its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// What it becomes.
    pub became: Became,
    /// What of a key is lost or other than it was, by the key's name.
    pub notes: Vec<(&'static str, String)>,
}

/// The deed of a rule that was in force.
enum Meant {
    Approve,
    Deny,
    Send,
    Terminate,
}

/// A rule in our words.
#[must_use]
pub fn convert(old: &Published) -> Converted {
    let mut notes = Vec::new();
    let became = match meant(old) {
        Err(why) => Became::Nothing(why),
        Ok(_) if old.statuses.as_ref().is_some_and(|names| !names.iter().any(|name| was_seen(name))) => {
            let why = "it looked only at sessions in Needs Input or Waiting, so it never fitted one";
            Became::Inactive(why.to_owned())
        }
        Ok(_)
            if !old.commands.is_empty()
                && !old.tools.is_empty()
                && !old.tools.iter().any(|tool| is_shell(tool)) =>
        {
            Became::Inactive(
                "only tools with a command matched match_command, and none of its tools has one".to_owned(),
            )
        }
        Ok(Meant::Deny) => deny(old, &mut notes),
        Ok(Meant::Approve) => approve(old, &mut notes),
        Ok(Meant::Send) => trigger(old, Deed::Send, &mut notes),
        Ok(Meant::Terminate) => trigger(old, Deed::Stop, &mut notes),
    };
    Converted { became, notes }
}

fn meant(old: &Published) -> Result<Meant, String> {
    match old.action.as_deref() {
        Some("approve") => Ok(Meant::Approve),
        Some("deny") => Ok(Meant::Deny),
        Some("send") => Ok(Meant::Send),
        Some("terminate" | "kill") => Ok(Meant::Terminate),
        Some(other) => Err(format!(
            "it approved whatever fitted, because {other:?} was no action to it: say what you mean in [[rules]]"
        )),
        None => Err("it approved whatever fitted, because it has no action: say what you mean in [[rules]]"
            .to_owned()),
    }
}

/// A status as it was compared: without regard to case.
fn was_seen(name: &str) -> bool {
    name.eq_ignore_ascii_case("Needs Input") || name.eq_ignore_ascii_case("Waiting")
}

fn is_shell(tool: &str) -> bool {
    Family::Shell.tools().iter().any(|shell| tool.eq_ignore_ascii_case(shell))
}

/// What the rule asks of a call. What of its texts are no commands is told by the second: the texts, and why.
fn of_call(old: &Published, action: Action, notes: &mut Vec<(&'static str, String)>) -> Result<Rule, String> {
    let mut rule = Rule {
        name: old.name.clone(),
        tools: old.tools.iter().map(|tool| tool_name(tool)).collect(),
        projects: old.projects.clone(),
        cost_above: old.cost_above,
        conflict: old.conflict,
        last_error: old.last_error,
        action: Some(action),
        reason: old.message.clone(),
        ..Rule::default()
    };
    let mut left = Vec::new();
    for text in &old.commands {
        match command(text, action) {
            Ok(words) => rule.commands.push(words),
            Err(why) => left.push(format!("{text:?} {why}")),
        }
    }
    if !old.commands.is_empty() {
        if rule.commands.is_empty() {
            return Err(left.join("; "));
        }
        let mut note = "matched by the words of the command, not anywhere in its text".to_owned();
        if !left.is_empty() {
            note += &format!("; left out: {}", left.join("; "));
        }
        notes.push(("match_command", note));
    }
    if old.statuses.is_some() {
        notes.push((
            "match_status",
            "every call is judged before it runs, whatever its session is doing".to_owned(),
        ));
    }
    project_note(old, notes);
    Ok(rule)
}

fn project_note(old: &Published, notes: &mut Vec<(&'static str, String)>) {
    if !old.projects.is_empty() {
        notes.push(("match_project", "by the whole name of the project, not by a part of it".to_owned()));
    }
}

fn deny(old: &Published, notes: &mut Vec<(&'static str, String)>) -> Became {
    match of_call(old, Action::Deny, notes) {
        Err(why) => Became::Nothing(format!(
            "{why}; `claudectl rules add --action deny` takes commands, paths and effects"
        )),
        Ok(rule) if rule.fits_all() => {
            Became::Nothing("it has no condition, so that it would refuse every call".to_owned())
        }
        Ok(rule) => {
            notes.push((
                "action",
                "it only wrote a line into its status bar; from now on it refuses".to_owned(),
            ));
            Became::Rule(rule)
        }
    }
}

fn approve(old: &Published, notes: &mut Vec<(&'static str, String)>) -> Became {
    if old.commands.is_empty() && (old.tools.is_empty() || old.tools.iter().any(|tool| is_shell(tool))) {
        return Became::Nothing("it approved every command, and that is too much to take over".to_owned());
    }
    match of_call(old, Action::Allow, notes) {
        Err(why) => Became::Nothing(format!("{why}, so it is not proposed")),
        Ok(rule) => Became::Proposed(rule),
    }
}

fn trigger(old: &Published, deed: Deed, notes: &mut Vec<(&'static str, String)>) -> Became {
    let lost = [
        ("match_tool", !old.tools.is_empty()),
        ("match_command", !old.commands.is_empty()),
        ("match_last_error", old.last_error.is_some()),
        ("match_file_conflict", old.conflict.is_some()),
    ];
    if let Some((key, _)) = lost.iter().find(|(_, is)| *is) {
        return Became::Nothing(format!(
            "a trigger goes by the session, not by its calls: without {key} it would do more than it did"
        ));
    }
    let named = old.statuses.iter().flatten();
    let mut statuses: Vec<State> = named.flat_map(|name| states(name)).copied().collect();
    if statuses.is_empty() && old.cost_above.is_none() {
        statuses = [states("Needs Input"), states("Waiting")].concat();
    }
    if deed == Deed::Send && !statuses.is_empty() {
        let all = statuses.len();
        statuses.retain(|state| IN_TURN.contains(state));
        if statuses.is_empty() {
            return Became::Nothing(
                "a message is given to the agent at the end of a turn; once it waits for you nothing takes one"
                    .to_owned(),
            );
        }
        if statuses.len() < all {
            notes.push((
                "match_status",
                "not while it waits for you: the end of a turn takes the message".to_owned(),
            ));
        }
    } else if old.statuses.is_none() && statuses.is_empty() {
        notes.push((
            "match_cost_above",
            "it looked only at sessions that waited; this looks at all that run".to_owned(),
        ));
    }
    project_note(old, notes);
    let what = match deed {
        Deed::Send => {
            "it typed the text again and again and never submitted it; this gives it once, at the end of a turn"
        }
        _ => "it sent one kill to a number; this ends the process that is proven to be the session's",
    };
    notes.push(("action", what.to_owned()));
    let message = match deed {
        Deed::Send => Some(old.message.clone().unwrap_or_else(|| "continue".to_owned())),
        _ => old.message.clone(),
    };
    Became::Trigger(Trigger {
        name: old.name.clone(),
        statuses,
        projects: old.projects.clone(),
        cost_above: old.cost_above,
        action: Some(deed),
        message,
        times: 1,
        ..Trigger::default()
    })
}

/// Our states for one that it looked at.
fn states(name: &str) -> &'static [State] {
    match name.to_ascii_lowercase().as_str() {
        "needs input" => &[State::NeedsPermission, State::NeedsAnswer],
        "waiting" => &[State::Waiting],
        _ => &[],
    }
}

/// Names of tools were compared without regard to case.
fn tool_name(tool: &str) -> String {
    let known = TOOLS.iter().find(|known| known.eq_ignore_ascii_case(tool));
    known.map_or(tool, |known| known).to_owned()
}

/// The words of a rule for a text that was looked for anywhere in a command.
///
/// # Errors
/// Why it is none: it is not plainly a program that is known, or, to be allowed, one with a subcommand.
fn command(text: &str, action: Action) -> Result<String, String> {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || " ._+:=/@-".contains(sign);
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(program) =
        words.first().filter(|word| word.starts_with(|first: char| first.is_ascii_lowercase()))
    else {
        return Err("is no command".to_owned());
    };
    if words.len() > 8 || !text.chars().all(plain) {
        return Err("is no plain command".to_owned());
    }
    let place = Place { home: "/", folder: None, root: None, facts: &NoFacts };
    let report = analyse(text, place);
    let unknown = |deed: &claudectl_shell::report::Deed| {
        deed.act == Act::new(Effect::ExecUnknown, Scope::Unknown) && deed.subject == *program
    };
    if report.commands.is_empty() || report.deeds().any(unknown) {
        return Err(format!("begins with no program that is known ({program})"));
    }
    if action == Action::Allow {
        let small = |word: &&str| {
            word.starts_with(|first: char| first.is_ascii_lowercase())
                && word
                    .chars()
                    .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || ":-_".contains(sign))
        };
        if words.len() < 2 || !words[1..].iter().all(small) || report.commands.iter().any(|ran| ran.wraps) {
            return Err("is not plainly a program with a subcommand".to_owned());
        }
        let (level, why) = lattice::of_report(&report);
        if level > Level::Learnable {
            return Err(format!("is nothing to allow without looking ({why})"));
        }
    }
    Ok(words.iter().map(|word| apart(program, word)).collect::<Vec<_>>().join(" "))
}

/// Options that stand together are meant each: `-rf` is `-r -f`.
fn apart(program: &str, word: &str) -> String {
    let letters = word
        .strip_prefix('-')
        .filter(|rest| rest.len() > 1 && rest.bytes().all(|byte| byte.is_ascii_alphabetic()));
    match letters {
        Some(letters) if ["rm", "cp", "mv", "chmod", "chown", "git"].contains(&program) => {
            let options: Vec<String> = letters.chars().map(|letter| format!("-{letter}")).collect();
            options.join(" ")
        }
        _ => word.to_owned(),
    }
}

/// A policy of the published tool: texts of commands and tools that were to be refused. The second says of each text
/// that is left out why.
#[must_use]
pub fn policy(commands: &[String], tools: &[String]) -> (Vec<Rule>, Vec<String>) {
    let (mut rules, mut left) = (Vec::new(), Vec::new());
    let rule = |name: String| Rule { name, action: Some(Action::Deny), ..Rule::default() };
    for text in commands {
        match command(text, Action::Deny) {
            Ok(words) => rules.push(Rule { commands: vec![words], ..rule(format!("no {text}")) }),
            Err(why) => left.push(format!("{text:?} {why}")),
        }
    }
    for tool in tools {
        let tool = tool_name(tool);
        rules.push(Rule { tools: vec![tool.clone()], ..rule(format!("no tool {tool}")) });
    }
    (rules, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old(action: &str) -> Published {
        Published { name: "mine".to_owned(), action: Some(action.to_owned()), ..Published::default() }
    }

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|text| (*text).to_owned()).collect()
    }

    fn why(old: &Published) -> String {
        match convert(old).became {
            Became::Nothing(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn commands_are_taken_by_words_or_not_at_all() {
        for (text, deny, allow) in [
            ("cargo test", Some("cargo test"), Some("cargo test")),
            ("npm run build", Some("npm run build"), Some("npm run build")),
            ("rm -rf", Some("rm -r -f"), None),
            ("rm -rf /", Some("rm -r -f /"), None),
            ("git push --force", Some("git push --force"), None),
            ("git push", Some("git push"), None),
            ("sudo", Some("sudo"), None),
            ("curl", Some("curl"), None),
            ("python3 -c", Some("python3 -c"), None),
            ("DROP TABLE", None, None),
            ("production", None, None),
            ("kindly go on", None, None),
            ("| sh", None, None),
            ("curl x | sh", None, None),
            ("$(rm)", None, None),
            ("", None, None),
        ] {
            assert_eq!(command(text, Action::Deny).ok().as_deref(), deny, "deny {text}");
            assert_eq!(command(text, Action::Allow).ok().as_deref(), allow, "allow {text}");
        }
    }

    #[test]
    fn what_refused_refuses() {
        let all = Published {
            tools: texts(&["bash"]),
            commands: texts(&["rm -rf", "DROP TABLE"]),
            projects: texts(&["api"]),
            message: Some("not here".to_owned()),
            ..old("deny")
        };
        let Converted { became: Became::Rule(rule), notes } = convert(&all) else { panic!() };
        assert_eq!((rule.tools, rule.commands), (texts(&["Bash"]), texts(&["rm -r -f"])));
        assert_eq!((rule.action, rule.reason.as_deref()), (Some(Action::Deny), Some("not here")));
        let note = |key| &notes.iter().find(|(name, _)| *name == key).unwrap().1;
        assert!(note("match_command").contains("left out: \"DROP TABLE\" is no command"), "{notes:?}");
        assert!(note("action").contains("status bar") && note("match_project").contains("whole name"));
        assert!(
            why(&Published { commands: texts(&["DROP TABLE"]), ..old("deny") }).contains("is no command")
        );
        assert!(why(&old("deny")).contains("every call"));
    }

    #[test]
    fn what_approved_is_proposed_at_most() {
        let tests = Published { commands: texts(&["cargo test"]), ..old("approve") };
        let Became::Proposed(rule) = convert(&tests).became else { panic!() };
        assert_eq!((rule.commands, rule.action), (texts(&["cargo test"]), Some(Action::Allow)));
        assert!(matches!(
            convert(&Published { tools: texts(&["read"]), ..old("approve") }).became,
            Became::Proposed(_)
        ));
        for too_much in [
            old("approve"),
            Published { tools: texts(&["Bash"]), ..old("approve") },
            Published { commands: texts(&["ls"]), ..old("approve") },
            Published { commands: texts(&["rm"]), ..old("approve") },
        ] {
            why(&too_much);
        }
        assert!(why(&Published { action: None, ..tests.clone() }).contains("has no action"));
        assert!(
            why(&Published { action: Some("denny".to_owned()), ..tests }).contains("\"denny\" was no action")
        );
    }

    #[test]
    fn what_acted_on_sessions_is_a_trigger() {
        let cap = Published { cost_above: Some(20.0), ..old("terminate") };
        let Became::Trigger(trigger) = convert(&cap).became else { panic!() };
        assert_eq!(
            (trigger.action, trigger.cost_above, trigger.statuses),
            (Some(Deed::Stop), Some(20.0), Vec::new())
        );
        let Became::Trigger(trigger) =
            convert(&Published { projects: texts(&["api"]), ..old("kill") }).became
        else {
            panic!()
        };
        assert_eq!(trigger.statuses, [State::NeedsPermission, State::NeedsAnswer, State::Waiting]);
        let asks = Published { statuses: Some(texts(&["needs input", "Waiting"])), ..old("send") };
        let Converted { became: Became::Trigger(trigger), notes } = convert(&asks) else { panic!() };
        assert_eq!(trigger.statuses, [State::NeedsPermission, State::NeedsAnswer]);
        assert_eq!((trigger.message.as_deref(), trigger.times), (Some("continue"), 1));
        assert!(notes.iter().any(|(key, _)| *key == "match_status"));
        assert!(
            why(&Published { statuses: Some(texts(&["Waiting"])), ..old("send") }).contains("end of a turn")
        );
        assert!(why(&Published { commands: texts(&["rm"]), ..old("kill") }).contains("match_command"));
    }

    #[test]
    fn what_never_did_anything_is_told() {
        let never = |old: Published| matches!(convert(&old).became, Became::Inactive(_));
        assert!(never(Published {
            statuses: Some(texts(&["Processing"])),
            cost_above: Some(1.0),
            ..old("kill")
        }));
        assert!(never(Published { tools: texts(&["Read"]), commands: texts(&["ls"]), ..old("deny") }));
    }

    #[test]
    fn a_policy_is_rules() {
        let (rules, left) = policy(&texts(&["git push --force", "DROP TABLE"]), &texts(&["webfetch"]));
        let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["no git push --force", "no tool WebFetch"]);
        assert_eq!(left, ["\"DROP TABLE\" is no command"]);
    }
}
