//! The person's language model, as commands and passes use it: who asks, what of it is kept from one process to the next,
//! and which calls that are known to be bad it was shown.
//!
//! Nothing here is a verdict. What is said of a call is a [`Note`](claudectl_llm::Note), which can warn and not allow, and
//! is shown as the model's.

pub(crate) mod notes;
pub(crate) mod told;

use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_agents::prompts::random;
use claudectl_llm::canary::{self, CANARIES, Canary, Outcome};
use claudectl_llm::material::{Call, Material};
use claudectl_llm::{
    Answer, BadPrompt, Breaker, Builtin, Client, Endpoint, Folder, NoOpinion, Nonce, Note, Probe, Prompts,
    Question, Settings, Token,
};
use claudectl_store::snapshot;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Kind, Result};
use crate::only;

/// What is kept of the model, below the state folder.
const STATE: &str = "llm.json";
const LOCK: &str = "llm.lock";
/// No longer is a look that a person did not ask for.
const LOOK: Duration = Duration::from_secs(1);
/// No canary is shown sooner after the last one, and one is shown after a day.
const CANARY_PAUSE_MS: i64 = 60 * 60 * 1000;
const CANARY_DAY_MS: i64 = 24 * CANARY_PAUSE_MS;

/// What one process leaves to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Known {
    /// Of which address and model, hashed: of another one nothing is known.
    of: String,
    breaker: Breaker,
    /// How the last question went.
    pub(crate) last: Option<Last>,
    /// Questions about calls so far.
    asked: u64,
    /// What says which of them a canary goes before.
    seed: u64,
    /// When a canary was shown last, whatever came of it.
    shown: Option<i64>,
    /// What the last one proved.
    pub(crate) canary: Option<Proved>,
}

/// How a question went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Last {
    /// Milliseconds since the epoch.
    pub(crate) at: i64,
    /// Why there was no answer; `None` where there was one.
    pub(crate) why: Option<String>,
}

/// What a canary proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proved {
    /// Milliseconds since the epoch.
    pub(crate) at: i64,
    /// Which.
    pub(crate) name: String,
    /// What the model did instead of warning; `None` where it warned.
    pub(crate) alarm: Option<String>,
}

/// The model that the person has configured.
#[derive(Debug)]
pub(crate) struct Model {
    settings: Settings,
    token: Option<Token>,
    home: PathBuf,
    prompts: Folder,
}

/// Why a model that is configured is not asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// Its address is none that may be asked.
    #[error("llm.url: {0}")]
    Endpoint(#[from] claudectl_llm::BadEndpoint),
    /// The variable that holds its key is not set.
    #[error("{0} is not set, which llm.token_env names")]
    NoKey(String),
    /// What it holds is no key.
    #[error("{0}: {1}")]
    BadKey(String, claudectl_llm::BadToken),
}

impl Unusable {
    /// What to do.
    pub(crate) fn fix(&self) -> &'static str {
        match self {
            Self::Endpoint(_) => "name a server on this machine with `claudectl config set llm.url`",
            Self::NoKey(_) => "export it, or `claudectl config unset llm.token_env`",
            Self::BadKey(..) => "put the server's key into it",
        }
    }
}

/// The folder of a person's own templates.
pub(crate) fn folder(home: &Path) -> PathBuf {
    home.join("brain/prompts")
}

impl Model {
    /// The model; `None` where none is configured.
    pub(crate) fn of(app: &App) -> Result<Option<Result<Self, Unusable>>> {
        let Some(settings) = app.config.llm.settings() else { return Ok(None) };
        let home = app.env.state_dir()?;
        Ok(Some(Self::with(app, settings, home)))
    }

    fn with(app: &App, settings: Settings, home: PathBuf) -> Result<Self, Unusable> {
        Endpoint::parse(&settings.endpoint, settings.allow_remote)?;
        let token = match &settings.token_env {
            None => None,
            Some(name) => {
                let text = app.env.variable(name).ok_or_else(|| Unusable::NoKey(name.clone()))?;
                Some(Token::parse(&text).map_err(|bad| Unusable::BadKey(name.clone(), bad))?)
            }
        };
        Ok(Self { settings, token, prompts: Folder(folder(&home)), home })
    }

    /// The model, for a command that cannot do without.
    pub(crate) fn needed(app: &App) -> Result<Self> {
        match Self::of(app)? {
            None => Err(CliError::usage("no language model is configured")
                .why("nothing else can explain or sum up in words")
                .fix(
                    "claudectl config set llm.model NAME (and llm.url, if it is not Ollama on this machine)",
                )),
            Some(Err(why)) => {
                Err(CliError::usage("the language model is not asked").why(&why).fix(why.fix()))
            }
            Some(Ok(model)) if model.settings.model.is_empty() => {
                Err(CliError::usage("no language model is chosen")
                    .why("llm.url alone says where one may be")
                    .fix("claudectl config set llm.model NAME; claudectl doctor lists those it has"))
            }
            Some(Ok(model)) => Ok(model),
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    fn client(&self, breaker: Breaker) -> Result<Client> {
        let client = Client::new(self.settings.clone(), self.token.clone());
        client.map(|client| client.with_breaker(breaker)).map_err(|bad| {
            let bad = Unusable::from(bad);
            CliError::usage("the language model is not asked").why(&bad).fix(bad.fix())
        })
    }

    /// Asks what the server is; no longer than a person waits who did not ask for it, unless they did.
    pub(crate) fn probe(&self, patient: bool) -> Result<Probe> {
        let budget = if patient { self.settings.budget } else { self.settings.budget.min(LOOK) };
        Ok(self.client(Breaker::default())?.probe(budget))
    }

    /// Puts a question. What came of it is known to the next process.
    pub(crate) fn ask<A: Answer>(&self, app: &App, question: &Question<A>) -> Result<Result<A, NoOpinion>> {
        let now = app.env.now_ms()?;
        let cool_down = self.settings.cool_down;
        // It is let in once, for all processes together.
        let (before, entered) = self.change(|known| {
            let before = known.breaker;
            (before, known.breaker.enter(now, cool_down))
        })?;
        if let Err(until) = entered {
            return Ok(Err(NoOpinion::LeftAlone { until }));
        }
        let said = self.client(before)?.ask(question, now);
        let after = app.env.now_ms()?;
        self.change(|known| {
            match &said {
                Err(NoOpinion::Endpoint(_)) => known.breaker.failed(after, self.settings.failures),
                // What the model makes of a question is no fault of the endpoint.
                Ok(_) | Err(NoOpinion::Answer(_) | NoOpinion::LeftAlone { .. }) => known.breaker.succeeded(),
            }
            known.last = Some(Last { at: after, why: said.as_ref().err().map(ToString::to_string) });
        })?;
        Ok(said)
    }

    /// What the model says of a call.
    pub(crate) fn note(
        &self,
        app: &App,
        call: &Call<'_>,
        material: &Material<'_>,
    ) -> Result<Result<Note, NoOpinion>> {
        let question = self.worded(app, |prompts, nonce| prompts.annotate(call, material, nonce))?;
        self.change(|known| known.asked = known.asked.saturating_add(1))?;
        self.ask(app, &question)
    }

    /// Words a question by the person's templates; by ours where theirs have a flaw, and says so.
    pub(crate) fn worded<T>(
        &self,
        app: &App,
        make: impl Fn(&Prompts<'_>, Nonce) -> Result<T, BadPrompt>,
    ) -> Result<T> {
        let bits =
            random().map_err(|error| CliError::external("the system gives no random numbers").why(error))?;
        let nonce = Nonce::new(bits);
        match make(&Prompts::new(&self.prompts), nonce) {
            Ok(made) => Ok(made),
            Err(bad) => {
                app.ui.warn(&format!("{bad}: ours is used in its place (claudectl brain prompts)"));
                make(&Prompts::new(&Builtin), nonce)
                    .map_err(|bad| CliError::new(Kind::Internal, "a template of ours has a flaw").why(bad))
            }
        }
    }

    /// Shows the model a call that is known to be bad, and keeps what that proved.
    pub(crate) fn show_canary(&self, app: &App, canary: &'static Canary) -> Result<Outcome> {
        let question =
            self.worded(app, |prompts, nonce| prompts.canary(canary, &Material::default(), nonce))?;
        let outcome = canary::judge(canary, self.ask(app, &question)?);
        let at = app.env.now_ms()?;
        self.change(|known| {
            known.shown = Some(at);
            let alarm = match &outcome {
                Outcome::Warned => None,
                Outcome::Alarm(alarm) => Some(alarm.missed.to_string()),
                // It proves nothing: what the one before has proved stands.
                Outcome::Unanswered(_) => return,
            };
            known.canary = Some(Proved { at, name: canary.name.to_owned(), alarm });
        })?;
        Ok(outcome)
    }

    /// Some canary: another one from hour to hour.
    pub(crate) fn any_canary(&self) -> Result<&'static Canary> {
        let known = self.known()?;
        let hours = known.shown.unwrap_or_default().unsigned_abs() / CANARY_PAUSE_MS.unsigned_abs();
        let at = known.seed.wrapping_add(known.asked).wrapping_add(hours) % CANARIES.len() as u64;
        Ok(&CANARIES[usize::try_from(at).unwrap_or_default()])
    }

    /// The canary that a pass is to show now, if any. By how much was asked, at a place that only the seed tells; once a
    /// day whatever was asked; after an alarm as soon as another may be shown. Never two within an hour.
    fn due_canary(&self, now: i64) -> Result<Option<&'static Canary>> {
        let known = self.known()?;
        let since = known.shown.map_or(i64::MAX, |at| now.saturating_sub(at).max(0));
        if since < CANARY_PAUSE_MS {
            return Ok(None);
        }
        let by_count = canary::due(known.asked, self.settings.canary_every, known.seed);
        let alarmed = known.canary.as_ref().is_some_and(|proved| proved.alarm.is_some());
        match by_count {
            Some(canary) => Ok(Some(canary)),
            None if since >= CANARY_DAY_MS || alarmed => self.any_canary().map(Some),
            None => Ok(None),
        }
    }

    /// What is known of the model now.
    pub(crate) fn known(&self) -> Result<Known> {
        match read(&self.home, &self.key()) {
            Some(known) => Ok(known),
            None => self.nothing(),
        }
    }

    /// Until when the endpoint is left alone, if it is.
    pub(crate) fn left_alone_until(&self, now: i64) -> Result<Option<i64>> {
        Ok(self.known()?.breaker.open_until(now, self.settings.cool_down))
    }

    fn key(&self) -> String {
        let text = json!([self.settings.endpoint, self.settings.model]).to_string();
        blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
    }

    fn nothing(&self) -> Result<Known> {
        let bits =
            random().map_err(|error| CliError::external("the system gives no random numbers").why(error))?;
        let seed = bits.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        Ok(Known { of: self.key(), seed, ..Known::default() })
    }

    /// Changes what is known. Where it cannot be kept the model is asked all the same: each process goes by itself then.
    fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> Result<T> {
        let lock = only::wait(&self.home, LOCK);
        let before = self.known()?;
        let mut known = before.clone();
        let made = change(&mut known);
        if lock.is_ok() && (known != before || known.of != before.of) {
            let bytes = serde_json::to_vec(&known)
                .map_err(|error| CliError::new(Kind::Internal, "cannot write JSON").why(error))?;
            if let Err(error) = snapshot::write_own(&self.home, STATE, &bytes) {
                tracing::warn!(%error, "what is known of the language model is not kept");
            }
        }
        Ok(made)
    }
}

/// What is known of the model with this key. What cannot be read is nothing.
fn read(home: &Path, key: &str) -> Option<Known> {
    let bytes = snapshot::own_bytes(home, STATE).ok()?;
    serde_json::from_slice::<Known>(&bytes).ok().filter(|known| known.of == key)
}

/// Why what the model says is not to be relied on, if its last canary has shown that; and since when.
pub(crate) fn alarm(app: &App) -> Option<(String, Proved)> {
    let settings = app.config.llm.settings()?;
    let home = app.env.state_dir().ok()?;
    let model = Model { settings, token: None, prompts: Folder(folder(&home)), home };
    let proved = read(&model.home, &model.key())?.canary?;
    let missed = proved.alarm.as_ref()?;
    let name = &model.settings.model;
    let why = format!(
        "the language model {name:?} did not warn of a call that is known to be bad ({}): {missed}",
        proved.name
    );
    Some((why, proved))
}

/// What to do about it.
pub(crate) const ALARM_FIX: &str = "choose a larger model (`claudectl config set llm.model NAME`), and do not rely on what this one says of calls";

/// Why there is no opinion, with when the endpoint is tried again.
pub(crate) fn no_opinion(app: &App, why: &NoOpinion) -> String {
    match why {
        NoOpinion::LeftAlone { until } => {
            let seconds = until.saturating_sub(app.now).max(0) / 1000 + 1;
            format!("{why}: for another {seconds} s (claudectl doctor tells what is wrong)")
        }
        NoOpinion::Endpoint(_) => format!("{why} (claudectl doctor tells more)"),
        NoOpinion::Answer(_) => why.to_string(),
    }
}
