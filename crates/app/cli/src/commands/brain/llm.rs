//! What `claudectl brain status` tells of the language model.

use claudectl_fleet::session::rfc3339;
use claudectl_llm::State;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Result;
use crate::format;
use crate::llm::{ALARM_FIX, Known, Model, Unusable, alarm};
use crate::ui::{Style, told};

/// How the model is found.
pub(super) struct Look {
    url: String,
    model: String,
    annotates: bool,
    found: Result<Found, Unusable>,
    alarm: Option<String>,
}

struct Found {
    state: State,
    left_alone_until: Option<i64>,
    known: Known,
}

/// Looks for it; `None` where none is configured.
pub(super) fn look(app: &App) -> Result<Option<Look>> {
    let Some(settings) = app.config.llm.settings() else { return Ok(None) };
    let Some(model) = Model::of(app)? else { return Ok(None) };
    let found = match model {
        Err(why) => Err(why),
        Ok(model) => Ok(Found {
            left_alone_until: model.left_alone_until(app.now)?,
            known: model.known()?,
            state: model.probe(false)?.state,
        }),
    };
    Ok(Some(Look {
        url: settings.endpoint,
        model: settings.model,
        annotates: app.config.llm.annotate,
        found,
        alarm: alarm(app).map(|(why, _)| why),
    }))
}

impl Look {
    pub(super) fn document(&self) -> Value {
        let found = self.found.as_ref().ok();
        let known = found.map(|found| &found.known);
        json!({
            "url": self.url,
            "model": self.model,
            "annotates": self.annotates,
            "state": match &self.found {
                Err(_) => "unusable",
                Ok(Found { state: State::Down(_), .. }) => "down",
                Ok(Found { state: State::NoModel, .. }) => "no-model",
                Ok(Found { state: State::Ready, .. }) => "ready",
            },
            "why": self.why(),
            "left_alone_until": found.and_then(|found| found.left_alone_until).and_then(rfc3339),
            "last": known.and_then(|known| known.last.as_ref()).map(|last| json!({
                "at": rfc3339(last.at), "why": last.why,
            })),
            "canary": known.and_then(|known| known.canary.as_ref()).map(|proved| json!({
                "at": rfc3339(proved.at), "name": proved.name, "alarm": proved.alarm,
            })),
        })
    }

    /// Why it is not ready.
    fn why(&self) -> Option<String> {
        match &self.found {
            Err(why) => Some(why.to_string()),
            Ok(Found { state: State::Down(why), .. }) => Some(why.to_string()),
            Ok(Found { state: State::NoModel, .. }) => {
                Some("it has no such model, or none is chosen".to_owned())
            }
            Ok(Found { state: State::Ready, .. }) => None,
        }
    }

    pub(super) fn print(&self, app: &mut App) {
        let name = if self.model.is_empty() { "none is chosen" } else { &self.model };
        let name = format!("Language model: {} at {}", told(name), told(&self.url));
        match self.why() {
            None => app.ui.line(&format!("{name}, reached")),
            Some(why) => {
                let line = app.ui.paint(Style::Notice, &format!("{name}: {} (claudectl doctor)", told(&why)));
                app.ui.line(&line);
            }
        }
        let Ok(Found { left_alone_until, known, .. }) = &self.found else { return };
        if let Some(last) = &known.last {
            let ago = format::age(app.now.saturating_sub(last.at));
            match &last.why {
                None => app.ui.line(&format!("  it answered {ago} ago")),
                Some(why) => app.ui.line(&format!("  the last question, {ago} ago: {}", told(why))),
            }
        }
        if let Some(until) = left_alone_until {
            let wait = format::age(until.saturating_sub(app.now));
            app.ui.line(&format!("  it failed again and again, and is left alone for another {wait}"));
        }
        if let Some(alarm) = &self.alarm {
            let line = app.ui.paint(Style::Alarm, &format!("  {}", told(alarm)));
            app.ui.line(&line);
            app.ui.line(&format!("  {ALARM_FIX}"));
        }
    }
}
