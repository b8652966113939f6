//! Who leads, and whether notices arrive.

use claudectl_agents::processes::{Processes, System};
use claudectl_store::Store;
use claudectl_store::notices::State;
use serde_json::{Value, json};

use super::{Check, failed_with};
use crate::app::App;
use crate::error::Result;
use crate::format;
use crate::leader;
use crate::sinks::{self, Configured};

pub(super) fn checks(app: &App) -> Vec<Check> {
    vec![lead(app), sinks(app)]
}

fn lead(app: &App) -> Check {
    let name = "lead";
    let configured = !sinks::all(app, None).is_empty();
    let home = match app.env.state_dir() {
        Ok(home) => home,
        Err(error) => return failed_with(name, error),
    };
    match leader::who(&home) {
        Some(leader) => {
            let message = format!("pid {} leads ({}, since {})", leader.pid, leader.what, leader.since);
            let stopped = System.facts(leader.pid).is_some_and(|facts| facts.stopped);
            let check = match stopped {
                true => Check::warning(
                    name,
                    format!("{message}, but it is stopped: nobody tells anything, and nobody else may"),
                    format!("let it go on (`fg` in its shell, or `kill -CONT {0}`), or end it", leader.pid),
                ),
                false => Check::ok(name, message),
            };
            check.with(json!({ "leader": leader, "stopped": stopped }))
        }
        None if configured => Check::warning(
            name,
            "nobody leads: notices are configured, and nobody tells them",
            "run `claudectl up`, or `claudectl up --install` to have it run from login on",
        )
        .with(json!({ "leader": null })),
        None => Check::ok(name, "nobody leads; no notices are configured, so nobody has to")
            .with(json!({ "leader": null })),
    }
}

fn sinks(app: &App) -> Check {
    let name = "notices";
    let all = sinks::all(app, None);
    if all.is_empty() {
        return Check::ok(name, "none are configured (see [notify] in `claudectl config init`)")
            .with(json!({ "sinks": [] }));
    }
    let lasts = match all.iter().map(|sink| last(app, &sink.name)).collect::<Result<Vec<_>>>() {
        Ok(lasts) => lasts,
        Err(error) => return failed_with(name, error),
    };
    let both = || all.iter().zip(&lasts).map(|(sink, last)| (sink, last.as_ref()));
    let data: Vec<Value> = both().map(|(sink, last)| figures(sink, last)).collect();
    let message = both().map(|(sink, last)| describe(app, sink, last)).collect::<Vec<_>>().join("; ");
    let undelivered = |last| matches!(last, Some(&(State::Failed(_) | State::Pending(_), _)));
    let check = match both().any(|(sink, last)| problem(sink).is_some() || undelivered(last)) {
        true => Check::warning(
            name,
            message,
            "`claudectl notify test` tries each, `claudectl notify ls --state failed,pending` lists what failed",
        ),
        false => Check::ok(name, message),
    };
    check.with(json!({ "sinks": data }))
}

fn figures(sink: &Configured, last: Option<&(State, i64)>) -> Value {
    let last = last.map(|(state, at)| {
        let at = claudectl_fleet::session::rfc3339(*at);
        json!({ "state": state.word(), "reason": state.reason(), "at": at })
    });
    json!({ "name": sink.name, "to": sink.to, "problem": problem(sink), "last": last })
}

/// Why a sink cannot work. Those of the terminal have none here, and do where notices are told.
fn problem(sink: &Configured) -> Option<&str> {
    let of_terminal = matches!(sink.name.as_str(), "bell" | "osc9" | "osc777");
    sink.problem.as_deref().filter(|_| !of_terminal)
}

fn describe(app: &App, sink: &Configured, last: Option<&(State, i64)>) -> String {
    let ago = |at: i64| format::age(app.now.saturating_sub(at));
    let how = match (problem(sink), last) {
        (Some(problem), _) => problem.to_owned(),
        (None, Some((State::Failed(why), at))) => format!("failed {} ago: {why}", ago(*at)),
        (None, Some((State::Pending(why), at))) => {
            format!("not delivered yet, tried {} ago: {why}", ago(*at))
        }
        (None, Some((_, at))) => format!("sent {} ago", ago(*at)),
        (None, None) => "nothing sent yet".to_owned(),
    };
    format!("{} ({how})", sink.name)
}

/// What became of the sink's last delivery, and when.
fn last(app: &App, sink: &str) -> Result<Option<(State, i64)>> {
    let path = app.env.state_dir()?.join("state.db");
    if !path.exists() {
        return Ok(None);
    }
    Ok(Store::open(&path)?.last_delivery(sink)?)
}
