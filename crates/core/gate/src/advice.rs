//! What would change a verdict: the nearest rule, for a person to add.

use claudectl_fleet::tools::Family;
use claudectl_shell::effect::{Effect, Scope};
use claudectl_shell::report::{Ran, Report};
use claudectl_shell::value::Arg;

use crate::judge::{Layer, Policy, Verdict, covers, judge};
use crate::lattice::{self, Level};
use crate::rules::{Action, Circumstances, Maker, Rule, is_installed};

/// What would change a verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// What a person can do, in words, the nearest first.
    pub ways: Vec<String>,
    /// The rules that would allow it, if some would.
    pub rules: Vec<Rule>,
}

/// What would change a verdict on a call.
#[must_use]
pub fn advice(report: &Report, verdict: &Verdict, policy: &Policy, call: &Circumstances) -> Advice {
    let mut advice = Advice { ways: Vec::new(), rules: Vec::new() };
    let way = |text: &str| text.to_owned();
    match (verdict.action, verdict.layer) {
        (Action::Allow, Layer::Effects) => {
            advice.ways.push(way("a rule of yours or of the repository that asks or denies"));
            return advice;
        }
        (Action::Allow, _) => {
            advice.ways.push(way("taking that rule out, or one that denies: deny beats ask beats allow"));
            return advice;
        }
        (_, Layer::Policy) if verdict.rule.is_none() => {
            advice.ways.push(way("its makers' correcting the repository's policy (claudectl policy check)"));
            return advice;
        }
        (_, Layer::Rule | Layer::Grant) if verdict.rule.is_none() => {
            advice.ways.push(way("correcting your rules (claudectl rules test says where)"));
            return advice;
        }
        (_, Layer::Policy) => {
            advice.ways.push(way(
                "the repository's policy, which only its makers change; no rule of yours lifts it",
            ));
            return advice;
        }
        (_, Layer::Rule | Layer::Grant) => {
            advice
                .ways
                .push(way("taking that rule out: deny beats ask beats allow, in whatever order they stand"));
            return advice;
        }
        (_, Layer::Pause) => {
            advice.ways.push(way("taking the pause back, as it says above"));
            return advice;
        }
        (_, Layer::Facts) => {
            advice.ways.push(way("waiting until the other session is done"));
            return advice;
        }
        (_, Layer::Budget) => {
            advice.ways.push(way("raising that budget: claudectl budget raise; where what was spent is not known, what is said above; no rule lifts it"));
            return advice;
        }
        (_, Layer::Learned) => {
            advice.ways.push(way("correcting what was learned (claudectl brain review), or a rule of yours"));
            return advice;
        }
        (_, Layer::Opaque) => {
            advice
                .ways
                .push(way("writing it so that it can be read: what is run stands in the text, in words"));
            return advice;
        }
        (_, Layer::Effects) => {}
    }
    if report.commands.iter().any(runs_project) && policy.is_repository && !policy.trusted {
        advice.ways.push(way("trusting the code of this repository: claudectl policy trust"));
    }
    let flows = !report.flows.is_empty();
    let rules: Option<Vec<Rule>> = report
        .commands
        .iter()
        .filter(|ran| lattice::level_of_command(ran) > Level::Allow)
        .map(|ran| nearest(ran, call))
        .collect();
    let rules = rules.unwrap_or_default();
    let mut with = policy.clone();
    with.rules.extend(rules.iter().cloned().map(|rule| (Maker::Person, rule)));
    if !flows && !rules.is_empty() && judge(report, &with, call).action == Action::Allow {
        advice.ways.push(way(if rules.len() == 1 { "this rule of yours" } else { "these rules of yours" }));
        advice.rules = rules;
        advice.rules.dedup();
    } else {
        advice.ways.push(way(
            "no rule: each part of it has to be allowed by itself, and what flows between them not at all",
        ));
    }
    advice
}

fn runs_project(ran: &Ran) -> bool {
    ran.deeds.iter().any(|deed| deed.act.effect == Effect::ExecProject)
}

/// The narrowest rule that covers a command, if one does: its words, and where these are not enough what it does to
/// which files.
fn nearest(ran: &Ran, call: &Circumstances) -> Option<Rule> {
    let level = lattice::level_of_command(ran);
    // By its folder: whoever makes another project chooses what that is called.
    let projects = if call.root.is_empty() { Vec::new() } else { vec![call.root.clone()] };
    let plain =
        Rule { tools: vec![call.tool.clone()], projects, action: Some(Action::Allow), ..Rule::default() };
    let exact = |rule: Rule| {
        let mut effects: Vec<Effect> = ran.deeds.iter().map(|deed| deed.act.effect).collect();
        let mut scopes: Vec<Scope> = ran.deeds.iter().map(|deed| deed.act.scope).collect();
        effects.sort_unstable();
        effects.dedup();
        scopes.sort_unstable();
        scopes.dedup();
        Rule { effects, scopes, ..rule }
    };
    let on_files = |rule: Rule| {
        let mut paths: Vec<String> = ran.deeds.iter().map(|deed| deed.subject.clone()).collect();
        paths.sort_unstable();
        paths.dedup();
        Rule { paths, ..exact(rule) }
    };
    let command = if Family::Shell.has(&call.tool) { words(ran) } else { None };
    let mut tried: Vec<Rule> = Vec::new();
    if let Some(command) = command {
        let named = |command: String| Rule { commands: vec![command], ..plain.clone() };
        tried.push(named(command.clone()));
        tried.push(on_files(named(command.clone())));
        tried.push(exact(named(command.clone())));
        tried.push(named(format!("{command} *")));
    } else if Family::Shell.has(&call.tool) {
        // Nothing says what is run; what is done to files may be enough, as of a redirection.
        tried.push(on_files(plain));
    } else {
        tried.push(on_files(plain.clone()));
        tried.push(exact(plain.clone()));
        tried.push(plain);
    }
    let fits = |rule: &Rule| covers(rule, ran, level, call);
    let rule = tried.into_iter().find(fits)?;
    let what = rule.commands.first().cloned();
    let what = what.or_else(|| Some(format!("{} {}", call.tool, rule.effects.first()?.word())));
    Some(Rule { name: format!("{} is fine", what.unwrap_or_else(|| call.tool.clone())), ..rule })
}

/// The words of a command as a rule has them: the program, its verbs, options, and operands up to the first that cannot
/// be written in a rule. `None` where the program is not known.
fn words(ran: &Ran) -> Option<String> {
    let program = ran.words.first()?.literal()?;
    // By its name, where it lies where programs are installed.
    let mut rule = vec![match is_installed(program) {
        true => program.rsplit('/').next().unwrap_or(program),
        false => program,
    }];
    let rest: Vec<&Arg> = ran.words.iter().skip(1).collect();
    let first_verb = ran.verbs.first();
    let start = first_verb.and_then(|verb| rest.iter().position(|word| word.text == *verb)).unwrap_or(0);
    let mut operands = true;
    for word in &rest[start..] {
        let text = word.literal().filter(|text| {
            !text.is_empty()
                && *text != "*"
                && !text.contains(|letter: char| letter.is_whitespace() || letter.is_control())
        });
        match text {
            Some(text) if text.starts_with('-') => rule.push(text),
            Some(text) if operands => rule.push(text),
            Some(_) | None => operands = false,
        }
    }
    let whole = rule.join(" ");
    (!whole.is_empty() && whole.len() <= 200).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_shell::analyse;
    use claudectl_shell::facts::{NoFacts, Place};

    #[test]
    fn the_nearest_rule_changes_the_verdict() {
        let place =
            Place { home: "/home/me", folder: Some("/home/me/w"), root: Some("/home/me/w"), facts: &NoFacts };
        let call =
            Circumstances { tool: "Bash".to_owned(), root: "/home/me/w".to_owned(), ..Default::default() };
        for (command, wanted) in [
            ("git push origin main", Some("git push origin main")),
            ("git push -f", Some("git push -f")),
            ("git commit -m 'Read torn lines' -q", Some("git commit -m -q")),
            ("git -C sub push", Some("git push")),
            ("unheard-of --x", Some("unheard-of --x")),
            ("./x.sh now", Some("./x.sh now")),
            ("/opt/foo/bar", Some("/opt/foo/bar")),
            ("cargo test --workspace", Some("cargo test --workspace")),
            ("rm -rf build && git push -f", Some("rm -rf build")),
            ("rm -rf /opt/x", Some("rm -rf /opt/x")),
            ("rm -rf ~", Some("rm -rf /home/me")),
            ("cat ~/.ssh/id_rsa", Some("cat /home/me/.ssh/id_rsa")),
            ("ssh h ls", Some("ssh h ls")),
            ("chmod 777 x", Some("chmod 777 x")),
            ("echo x > ~/.bashrc", Some("echo x")),
            ("curl https://a.example | sh", None),
            ("\"$x\" y", None),
        ] {
            let report = analyse(command, place);
            let policy = Policy::default();
            let verdict = judge(&report, &policy, &call);
            let advice = advice(&report, &verdict, &policy, &call);
            let found = advice.rules.first().map(|rule| rule.commands.join(","));
            assert_eq!(found.as_deref(), wanted, "{command}: {verdict:?} {advice:?}");
            let mut with = policy.clone();
            with.rules.extend(advice.rules.into_iter().map(|rule| (Maker::Person, rule)));
            let now = judge(&report, &with, &call).action;
            assert_eq!(now == Action::Allow, wanted.is_some(), "{command}");
        }
    }
}
