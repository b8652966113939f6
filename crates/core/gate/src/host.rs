//! What the host is told of a verdict: in some of its modes, less than all.
//!
//! Claude Code runs what a hook allows even where its own mode would have refused it (seen in `auto`, `dontAsk` and
//! `plan`). There, "allow" is said only of what reads in the repository; of everything else nothing, so that the host
//! goes on as if nobody had been asked. "Deny" and "ask" are said in every mode.

pub mod client;
pub mod seen;
pub mod unasked;

use claudectl_fleet::tools::Family;
use claudectl_shell::effect::{Effect, Scope};
use claudectl_shell::report::{Deed, Report};

use crate::judge::{Layer, Mode, Verdict};
use crate::rules::{Action, Circumstances};

/// What may be allowed in a mode of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Allows {
    /// Whatever the verdict allows.
    All,
    /// Only what reads in the repository.
    Looking,
}

/// A mode of the host, and what may be allowed in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostMode {
    /// Its name in the host's settings and in what hooks are told.
    pub name: &'static str,
    /// What may be allowed.
    pub allows: Allows,
    /// Why, for a person.
    pub reason: &'static str,
}

/// The host's modes. One that is not in it is treated as the strictest.
pub const TABLE: &[HostMode] = &[
    HostMode { name: "default", allows: Allows::All, reason: "it would ask the person" },
    HostMode { name: "acceptEdits", allows: Allows::All, reason: "it would ask the person, but for edits" },
    HostMode { name: "bypassPermissions", allows: Allows::All, reason: "it would run everything" },
    HostMode { name: "auto", allows: Allows::Looking, reason: "its own judge might refuse what we allow" },
    HostMode {
        name: "dontAsk",
        allows: Allows::Looking,
        reason: "it refuses what no rule of its own allows",
    },
    HostMode { name: "plan", allows: Allows::Looking, reason: "nothing is to be changed in it" },
];

/// What may be allowed in a mode, by its name.
#[must_use]
pub fn allows(mode: &str) -> Allows {
    TABLE.iter().find(|row| row.name == mode).map_or(Allows::Looking, |row| row.allows)
}

/// Tools that are a question to the person: an "allow" would answer it.
const QUESTIONS: &[&str] = &["AskUserQuestion", "ExitPlanMode"];

/// Whether a tool is a question to the person.
#[must_use]
pub fn is_question(tool: &str) -> bool {
    QUESTIONS.contains(&tool)
}

/// What is said to the host; `None` is silence, and the host decides as if there were no gate.
///
/// Of one client, there is more to it: [`client::tell`].
#[must_use]
pub fn answer(gate: Mode, call: &Circumstances, verdict: &Verdict, report: &Report) -> Option<Action> {
    // A budget is a person's word, too, and a pause.
    let by_rule =
        matches!(verdict.layer, Layer::Policy | Layer::Rule | Layer::Grant | Layer::Pause | Layer::Budget);
    let said = match gate {
        Mode::Observe => false,
        // What cannot be read may be what is refused, whoever asks in that mode of the host; and with what stands guard
        // changed, nothing that it says holds.
        Mode::Guard => {
            by_rule
                || verdict.action == Action::Deny
                || !report.opaque.is_empty()
                || report.deeds().any(changes_guard)
        }
        Mode::On | Mode::Auto => true,
    };
    let may = match verdict.action {
        Action::Deny | Action::Ask => true,
        Action::Allow => {
            // What a subagent does is judged call by call, but what it is told is the host's to judge.
            let looks = || !Family::Agent.has(&call.tool) && looks(report);
            !is_question(&call.tool) && (allows(&call.mode) == Allows::All || looks())
        }
    };
    (said && may).then_some(verdict.action)
}

/// Whether what stands guard is changed: rules, state, hook settings, the program.
fn changes_guard(deed: &Deed) -> bool {
    deed.act.scope == Scope::Guard && deed.act.effect != Effect::Read
}

/// Whether all that a call does is looking at the repository.
fn looks(report: &Report) -> bool {
    let inside = |scope| {
        matches!(scope, Scope::Nothing | Scope::Build | Scope::Tracked | Scope::Untracked | Scope::Repository)
    };
    report.opaque.is_empty()
        && report.flows.is_empty()
        && report.commands.iter().all(|ran| ran.unproven.is_empty())
        && report.deeds().all(|deed| deed.act.effect == Effect::Read && inside(deed.act.scope) && deed.sure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_shell::analyse;
    use claudectl_shell::facts::{NoFacts, Place};

    fn said(gate: Mode, mode: &str, command: &str) -> &'static str {
        let place =
            Place { home: "/home/me", folder: Some("/home/me/w"), root: Some("/home/me/w"), facts: &NoFacts };
        let report = analyse(command, place);
        let call =
            Circumstances { tool: "Bash".to_owned(), mode: mode.to_owned(), ..Circumstances::default() };
        let verdict = crate::judge::judge(&report, &crate::judge::Policy::default(), &call);
        answer(gate, &call, &verdict, &report).map_or("-", Action::word)
    }

    #[test]
    fn each_mode_of_the_host_is_told_what_holds_in_it() {
        // What reads inside, what reads outside, what only writes build output, what asks, what is refused.
        let commands = ["cat README.md", "ls /usr/lib", "touch target/x", "unheard-of", "rm -rf /"];
        let table = [
            ("default", ["allow", "allow", "allow", "ask", "deny"]),
            ("acceptEdits", ["allow", "allow", "allow", "ask", "deny"]),
            ("bypassPermissions", ["allow", "allow", "allow", "ask", "deny"]),
            ("auto", ["allow", "-", "-", "ask", "deny"]),
            ("dontAsk", ["allow", "-", "-", "ask", "deny"]),
            ("plan", ["allow", "-", "-", "ask", "deny"]),
            ("of-another-version", ["allow", "-", "-", "ask", "deny"]),
        ];
        for (mode, wanted) in table {
            assert_eq!(commands.map(|command| said(Mode::On, mode, command)), wanted, "{mode}");
        }
        assert_eq!(TABLE.len() + 1, table.len());
        assert_eq!(
            commands.map(|command| said(Mode::Guard, "default", command)),
            ["-", "-", "-", "-", "deny"]
        );
        let long = format!("rm -rf ~ #{}", "a".repeat(20_000));
        for unread in [long.as_str(), "rm -rf ~\n(", "rm -rf ~; echo \u{200b}", "eval \"$X\""] {
            for mode in ["default", "bypassPermissions", "auto", "plan"] {
                assert_eq!(said(Mode::Guard, mode, unread), "ask", "{mode} {unread:.20}");
            }
        }
        for change in [
            "echo '{}' > .claude/settings.json",
            "echo x > .claude/settings.local.json",
            "echo '# none' > ~/.config/claudectl/rules.toml",
            "rm -r ~/.claudectl/x",
            "rm /usr/local/bin/claudectl",
            "chmod -x /usr/local/bin/claudectl",
            "CLAUDE_CODE_SIMPLE=1 claude -p x",
            "sed -i /deny/d .claudectl/policy.toml",
        ] {
            for mode in ["default", "acceptEdits", "bypassPermissions", "auto"] {
                assert_eq!(said(Mode::Guard, mode, change), "ask", "{mode} {change}");
            }
        }
        for look in ["cat .claude/settings.json", "ls ~/.claudectl", "CLAUDE_CODE_SIMPLE=0 ls"] {
            assert_eq!(said(Mode::Guard, "default", look), "-", "{look}");
        }
        assert_eq!(commands.map(|command| said(Mode::Observe, "default", command)), ["-"; 5]);
    }

    #[test]
    fn a_subagent_is_allowed_only_where_the_host_would_ask() {
        let said = |mode: &str| {
            let call =
                Circumstances { tool: "Agent".to_owned(), mode: mode.to_owned(), ..Circumstances::default() };
            let verdict = crate::judge::judge(&Report::default(), &crate::judge::Policy::default(), &call);
            answer(Mode::On, &call, &verdict, &Report::default())
        };
        assert_eq!(["default", "auto", "dontAsk", "plan"].map(said), [Some(Action::Allow), None, None, None]);
    }

    #[test]
    fn a_question_to_the_person_is_not_answered() {
        let call = |tool: &str| Circumstances {
            tool: tool.to_owned(),
            mode: "default".to_owned(),
            ..Circumstances::default()
        };
        let report = Report::default();
        let verdict = crate::judge::judge(&report, &crate::judge::Policy::default(), &call("Read"));
        let said = |tool: &str| answer(Mode::On, &call(tool), &verdict, &report);
        assert_eq!(said("ExitPlanMode"), None);
        assert_eq!(said("AskUserQuestion"), None);
        assert_eq!(said("Read"), Some(Action::Allow));
    }
}
