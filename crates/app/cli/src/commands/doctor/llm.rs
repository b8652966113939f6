//! Whether the person's language model answers, and whether it warns of what is known to be bad.

use claudectl_fleet::session::rfc3339;
use claudectl_llm::canary::Outcome;
use claudectl_llm::{BadAnswer, Endpoint, NoOpinion, Probe, Protocol, State, Trouble};
use serde_json::{Value, json};

use super::{Check, failed_with};
use crate::app::App;
use crate::error::Result;
use crate::format;
use crate::llm::{ALARM_FIX, Model, no_opinion};
use crate::ui::told;

const NAME: &str = "language model";
/// So many models are named.
const NAMED: usize = 5;

/// `None` where none is configured.
pub(super) fn check(app: &App) -> Option<Check> {
    match Model::of(app) {
        Ok(None) => None,
        Ok(Some(Err(why))) => Some(Check::failed(NAME, why.to_string(), why.fix())),
        Ok(Some(Ok(model))) => Some(asked(app, &model).unwrap_or_else(|error| failed_with(NAME, error))),
        Err(error) => Some(failed_with(NAME, error)),
    }
}

/// Asks the server what it is, and the model about a call that is known to be bad.
fn asked(app: &App, model: &Model) -> Result<Check> {
    let settings = model.settings();
    let until = model.left_alone_until(app.now)?;
    let probe = model.probe(true)?;
    let words: Vec<&str> = probe.speaks.iter().map(|protocol| protocol.word()).collect();
    let mut data = json!({
        "url": settings.endpoint,
        "local": Endpoint::parse(&settings.endpoint, true).is_ok_and(|endpoint| endpoint.is_local()),
        "model": settings.model,
        "protocol": probe.protocol.map(Protocol::word),
        "speaks": words,
        "version": probe.version,
        "models": probe.models,
        "ready": probe.state == State::Ready,
        "left_alone_until": until.and_then(rfc3339),
        "structured": Value::Null,
        "canary": Value::Null,
    });
    let server = server(&settings.endpoint, &probe);
    let check = match &probe.state {
        State::Down(why) => {
            let message = format!("{} is not reached: {why}", told(&settings.endpoint));
            Check::warning(NAME, message, down(why))
        }
        State::NoModel => {
            let what = match settings.model.as_str() {
                "" => "no model is chosen".to_owned(),
                name => format!("it has no model {}", told(name)),
            };
            Check::warning(NAME, format!("{server}: {what}; {}", listed(&probe.models)), no_model(&probe))
        }
        State::Ready => {
            let canary = model.any_canary()?;
            let outcome = model.show_canary(app, canary)?;
            let (structured, word) = match &outcome {
                Outcome::Warned => (Some(true), "warned"),
                Outcome::Alarm(_) => (Some(true), "alarm"),
                Outcome::Unanswered(NoOpinion::Answer(BadAnswer::NotTheSchema(_))) => {
                    (Some(false), "unanswered")
                }
                Outcome::Unanswered(_) => (None, "unanswered"),
            };
            data["structured"] = json!(structured);
            data["canary"] = json!({ "name": canary.name, "outcome": word });
            concluded(app, &format!("{server}, {}", told(&settings.model)), &outcome)
        }
    };
    Ok(check.with(data))
}

/// What was reached: which server, of which version, in which protocols.
fn server(endpoint: &str, probe: &Probe) -> String {
    let words: Vec<&str> = probe.speaks.iter().map(|protocol| protocol.word()).collect();
    let version = probe.version.as_ref().map(|version| format!(" {}", told(version))).unwrap_or_default();
    format!("{} ({}{version})", told(endpoint), words.join(" and "))
}

fn concluded(app: &App, model: &str, outcome: &Outcome) -> Check {
    match outcome {
        Outcome::Warned => Check::ok(NAME, format!("{model}: it warned of a call that is known to be bad")),
        Outcome::Alarm(alarm) => {
            Check::failed(NAME, format!("{model}: {}", told(&alarm.to_string())), ALARM_FIX)
        }
        Outcome::Unanswered(why @ NoOpinion::Answer(BadAnswer::NotTheSchema(_))) => Check::warning(
            NAME,
            format!("{model}: {}", told(&why.to_string())),
            "the server does not hold the model to a schema: update it, or try the other `llm.protocol`",
        ),
        Outcome::Unanswered(why @ NoOpinion::Answer(_)) => Check::warning(
            NAME,
            format!("{model}: {}", told(&why.to_string())),
            "a larger model does better: `claudectl config set llm.model NAME`",
        ),
        Outcome::Unanswered(NoOpinion::Endpoint(why)) => {
            Check::warning(NAME, format!("{model}: {}", told(&why.to_string())), down(why))
        }
        Outcome::Unanswered(why @ NoOpinion::LeftAlone { .. }) => Check::warning(
            NAME,
            format!("{model}: {}", told(&no_opinion(app, why))),
            "it is tried again by itself; what failed was: see `claudectl brain status`",
        ),
    }
}

/// What to do about a server that gives no answer.
fn down(why: &Trouble) -> &'static str {
    match why {
        Trouble::Late => {
            "raise `llm.timeout`: the first question loads the model; or see what keeps the server busy"
        }
        Trouble::Unreachable(_) => "start the server (for Ollama: `ollama serve`), or correct `llm.url`",
        Trouble::Refused { status: 401 | 403, .. } => {
            "give it its key: name the variable with `llm.token_env`"
        }
        Trouble::NoModel(_) | Trouble::NoneChosen => "`claudectl config set llm.model NAME`",
        Trouble::Redirects { .. } => "set `llm.url` to where it redirects, if you know that place",
        Trouble::Refused { .. } | Trouble::TooLarge | Trouble::Nonsense | Trouble::NoProtocol => {
            "set `llm.url` to a server of models, without the path of its API, and `llm.protocol` to what it speaks"
        }
    }
}

fn listed(models: &[String]) -> String {
    if models.is_empty() {
        return "it lists none".to_owned();
    }
    let named: Vec<String> = models.iter().take(NAMED).map(|model| told(model)).collect();
    let more = models.len().saturating_sub(NAMED);
    let more =
        if more == 0 { String::new() } else { format!(" and {}", format::plural(more as u64, "other")) };
    format!("it lists {}{more}", named.join(", "))
}

fn no_model(probe: &Probe) -> String {
    match (probe.models.first(), probe.protocol) {
        (Some(_), _) => "`claudectl config set llm.model NAME` with one that it lists".to_owned(),
        (None, Some(Protocol::Ollama)) => {
            "`ollama pull NAME`, then `claudectl config set llm.model NAME`".to_owned()
        }
        (None, _) => "load a model into the server".to_owned(),
    }
}
