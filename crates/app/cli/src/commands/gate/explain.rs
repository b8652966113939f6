//! `claudectl gate explain`: what a call does, part by part, what decided, and what would change it.

use claudectl_gate::advice::Advice;
use claudectl_gate::lattice;
use claudectl_gate::rules::Action;
use claudectl_gate::write;
use claudectl_shell::report::Ran;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Result;
use crate::judging::learned::Learned;
use crate::judging::{Answer, Judge, without_secrets};
use crate::ui::{Style, clean};

pub(super) fn run(app: &mut App, args: &super::CallArgs) -> Result<()> {
    let asked = super::asked(app, args)?;
    let mut judge = Judge::new(app)?.with(Learned::below(&app.env.state_dir()?));
    let answer = judge.judge(&asked);
    let advice = without_secrets(judge.advice(&asked, &answer), &answer);
    super::unheeded(app).iter().for_each(|why| app.ui.warn(why));
    if app.ui.json {
        let mut document = super::document(app, &asked, &answer);
        document["commands"] = answer.report.commands.iter().map(|ran| part(&answer, ran)).collect();
        document["changes"] = json!(advice.ways);
        document["rules"] = advice.rules.iter().map(|rule| json!(rule)).collect();
        return app.ui.document(&document);
    }
    let line =
        format!("{}  {}", super::verdict(app, &answer), super::shown(&answer.told(&answer.verdict.reason)));
    app.ui.line(&line);
    let rule = answer.verdict.rule.as_ref().map(|rule| format!(" {rule}")).unwrap_or_default();
    let learns = if answer.verdict.learnable { "; learnable" } else { "" };
    let by = format!("decided by: {}{}{learns}", answer.verdict.layer.word(), clean(&rule));
    faint(app, &by);
    if answer.said != Some(answer.verdict.action) {
        let said = answer.said.map_or("nothing", Action::word);
        let mode = if asked.mode.is_empty() { "this mode" } else { &asked.mode };
        faint(
            app,
            &format!("in mode {} of the gate, Claude Code in {mode} is told {said}", judge.mode().word()),
        );
    }
    if let Some((said, why)) = super::withheld(app, &asked, &answer) {
        let told = said.map_or("nothing", Action::word);
        let hooks = if answer.withheld.is_none() { " (claudectl gate hooks)" } else { "" };
        let why = super::shown(&answer.told(&why));
        faint(app, &format!("Claude Code is told {told}: {why}{hooks}"));
    }
    for ran in &answer.report.commands {
        print_part(app, &answer, ran);
    }
    for flow in &answer.report.flows {
        let (level, reason) = lattice::of_flow(*flow);
        app.ui.line(&format!("  {:<5} {}: {reason}", level.verdict(), flow.word()));
    }
    for why in &answer.report.opaque {
        app.ui.line(&format!("  ask   not understood: {}", super::shown(&answer.told(why))));
    }
    print_advice(app, &advice);
    Ok(())
}

fn faint(app: &mut App, text: &str) {
    let line = app.ui.paint(Style::Faint, text);
    app.ui.line(&line);
}

fn part(answer: &Answer, ran: &Ran) -> Value {
    let (level, why) = lattice::of_command(ran);
    json!({
        "command": answer.told(&super::words(ran)),
        "level": level.word(),
        "reason": answer.told(&why),
        "wraps": ran.wraps,
        "depth": ran.depth,
        "unproven": ran.unproven.iter().map(|why| answer.told(why)).collect::<Vec<_>>(),
    })
}

/// No command is shown further in.
const DEEPEST: usize = 8;

fn print_part(app: &mut App, answer: &Answer, ran: &Ran) {
    // What a command runs stands below it, further in.
    let within = "    ".repeat(ran.depth.min(DEEPEST));
    let head = app.ui.paint(Style::Name, &super::shown(&answer.told(&super::words(ran))));
    app.ui.line(&format!("{within}{head}"));
    for deed in &ran.deeds {
        let entry = lattice::find(deed.act);
        let grave = if deed.act.grave { ", far-reaching" } else { "" };
        let text = format!(
            "{within}  {:<5} {} {}{grave}: {}  ({})",
            entry.level.verdict(),
            deed.act.effect.word(),
            deed.act.scope.word(),
            answer.told(&deed.subject),
            entry.reason
        );
        app.ui.line(&super::shown(&text));
    }
    for why in &ran.unproven {
        app.ui.line(&super::shown(&format!("{within}  ask   {}", answer.told(why))));
    }
}

fn print_advice(app: &mut App, advice: &Advice) {
    app.ui.line("");
    app.ui.line("What would change it:");
    for way in &advice.ways {
        app.ui.line(&format!("  - {way}"));
    }
    let zone = app.zone.clone();
    for rule in &advice.rules {
        app.ui.line("");
        for line in write::text(rule, &|at| crate::format::moment(at, &zone)).lines() {
            app.ui.line(&super::shown(&format!("    {line}")));
        }
    }
}
