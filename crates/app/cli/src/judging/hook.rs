//! The gate on the hot path: a call that a hook was told of, judged by what the last pass has put together.

use std::path::{Path, PathBuf};

use claudectl_fleet::call::one_line;
use claudectl_fleet::hooks::{Event, Judged};
use claudectl_gate::judge::Layer;
use claudectl_gate::rules::Action;
use serde_json::Value;

use super::budget::Meter;
use super::{Answer, Asked, Compiled, Judge};

/// So many effects are kept of a call.
const MOST_EFFECTS: usize = 16;

/// What the gate says of a call; `home` is the state folder.
pub(crate) fn judge(home: &Path, event: &Event, input: Option<&str>) -> Judged {
    let Some(compiled) = Compiled::current(home, event.at) else {
        return unknown("rules and settings were not put together yet (claudectl tick)");
    };
    let Ok(input) = serde_json::from_str::<Value>(input.unwrap_or("null")) else {
        return unknown("what the tool is given cannot be read");
    };
    let asked = Asked {
        tool: event.tool.clone().unwrap_or_default(),
        input,
        folder: event.cwd.as_deref().map(PathBuf::from).unwrap_or_default(),
        mode: event.mode.clone().unwrap_or_default(),
        session: event.session.clone(),
        ..Asked::default()
    };
    let meter = Meter::new(home, event, &compiled);
    let mut judge = Judge { meter: Some(meter), ..Judge::once(event.at, compiled) };
    let judged = kept(&judge.judge(&asked));
    // The process ends: nobody needs its memory back, rule by rule.
    std::mem::forget(judge);
    judged
}

/// Nobody knows: it asks.
pub(crate) fn unknown(why: &str) -> Judged {
    Judged {
        verdict: Action::Ask.word().to_owned(),
        layer: Layer::Opaque.word().to_owned(),
        reason: why.to_owned(),
        ..Judged::default()
    }
}

fn kept(answer: &Answer) -> Judged {
    let mut effects: Vec<String> = Vec::new();
    for deed in answer.report.deeds() {
        let word = format!("{}:{}", deed.act.effect.word(), deed.act.scope.word());
        if effects.len() < MOST_EFFECTS && !effects.contains(&word) {
            effects.push(word);
        }
    }
    let verdict = &answer.verdict;
    Judged {
        verdict: verdict.action.word().to_owned(),
        said: None,
        layer: verdict.layer.word().to_owned(),
        rule: verdict.rule.clone(),
        reason: one_line(&verdict.reason),
        learnable: verdict.learnable,
        effects,
    }
}
