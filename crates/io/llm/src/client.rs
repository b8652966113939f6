//! Puts questions to the model, within a budget, and says what came of it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::answer::{Answer, BadAnswer};
use crate::breaker::Breaker;
use crate::endpoint::{BadEndpoint, Endpoint, Token};
use crate::http::{Deadline, Failed, Http, Trouble, now};
use crate::prompt::Question;
use crate::protocol::Protocol;
use crate::settings::Settings;

/// How often a question is put, at most.
const ATTEMPTS: u32 = 3;
/// The pause after the first attempt; after the next it is four times as long.
const PAUSE: Duration = Duration::from_millis(150);

/// Why there is no opinion. Whatever it is, things stand as they stood without the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoOpinion {
    /// The endpoint failed again and again, and is not asked for a while.
    #[error("the model failed again and again and is not asked for a while")]
    LeftAlone {
        /// Until when, in milliseconds.
        until: i64,
    },
    /// The endpoint is to blame.
    #[error("the model gave no answer: {0}")]
    Endpoint(#[from] Trouble),
    /// The model is.
    #[error(transparent)]
    Answer(#[from] BadAnswer),
}

/// How an endpoint is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It does not answer, or not as a server of models does.
    Down(Trouble),
    /// It answers, and has no such model: or none is chosen.
    NoModel,
    /// It answers and has the model.
    Ready,
}

/// What was found out about an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// How it is.
    pub state: State,
    /// What it is asked in.
    pub protocol: Option<Protocol>,
    /// All that it speaks.
    pub speaks: Vec<Protocol>,
    /// Its version, where it tells one.
    pub version: Option<String>,
    /// The models it lists.
    pub models: Vec<String>,
    /// How long it took to say so.
    pub took: Duration,
}

/// Who talks to the model.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    http: Http,
    breaker: Mutex<Breaker>,
    /// What the endpoint was found to speak.
    protocol: Mutex<Option<Protocol>>,
}

impl Client {
    /// For these settings. The token is what the environment has under their name.
    ///
    /// # Errors
    ///
    /// When the endpoint is none that may be asked.
    pub fn new(settings: Settings, token: Option<Token>) -> Result<Self, BadEndpoint> {
        let endpoint = Endpoint::parse(&settings.endpoint, settings.allow_remote)?;
        let (breaker, protocol) = (Mutex::default(), Mutex::default());
        Ok(Self { settings, http: Http::new(endpoint, token), breaker, protocol })
    }

    /// With what another process has learned of the endpoint.
    #[must_use]
    pub fn with_breaker(self, breaker: Breaker) -> Self {
        Self { breaker: Mutex::new(breaker), ..self }
    }

    /// What was learned of the endpoint.
    #[must_use]
    pub fn breaker(&self) -> Breaker {
        *held(&self.breaker)
    }

    /// Puts a question, within the budget of the settings. `now` is the time, in milliseconds.
    ///
    /// # Errors
    ///
    /// When there is no opinion, why.
    pub fn ask<A: Answer>(&self, question: &Question<A>, now: i64) -> Result<A, NoOpinion> {
        self.ask_within(question, self.settings.budget, now)
    }

    /// The same within another budget.
    ///
    /// # Errors
    ///
    /// When there is no opinion, why.
    pub fn ask_within<A: Answer>(
        &self,
        question: &Question<A>,
        budget: Duration,
        now: i64,
    ) -> Result<A, NoOpinion> {
        if self.settings.model.is_empty() {
            return Err(Trouble::NoneChosen.into());
        }
        let entered = held(&self.breaker).enter(now, self.settings.cool_down);
        entered.map_err(|until| NoOpinion::LeftAlone { until })?;
        let began = self::now();
        let answer = self.attempts(question, Deadline::after(budget));
        let took = i64::try_from(began.elapsed().as_millis()).unwrap_or_default();
        let mut breaker = held(&self.breaker);
        match answer {
            // What the model makes of a question is no fault of the endpoint.
            Ok(text) => {
                breaker.succeeded();
                let answer = A::parse(&text?)?;
                Ok(if question.is_whole() { answer } else { answer.of_a_part() })
            }
            Err(trouble) => {
                breaker.failed(now.saturating_add(took), self.settings.failures);
                Err(trouble.into())
            }
        }
    }

    /// Asks the endpoint what it is, in both protocols. However often it failed before: a person wants to know.
    #[must_use]
    pub fn probe(&self, budget: Duration) -> Probe {
        let began = now();
        let deadline = Deadline::after(budget);
        let mut found = Vec::new();
        let mut down = None;
        for protocol in [Protocol::Ollama, Protocol::OpenAi] {
            match self.lists(protocol, deadline) {
                Ok(Some(models)) => found.push((protocol, models)),
                Ok(None) => {}
                Err(failed) => {
                    down.get_or_insert(failed.trouble);
                    // It would be as late again.
                    break;
                }
            }
        }
        let speaks = found.iter().map(|(protocol, _)| *protocol).collect();
        let wanted = self.settings.protocol;
        let chosen = found.into_iter().find(|(protocol, _)| wanted.is_none_or(|wanted| wanted == *protocol));
        let version = chosen.as_ref().and_then(|(protocol, _)| self.version(*protocol, deadline));
        let took = began.elapsed();
        match chosen {
            Some((protocol, models)) => {
                let has = models.iter().any(|model| protocol.is(model, &self.settings.model));
                let state = if has { State::Ready } else { State::NoModel };
                *held(&self.protocol) = Some(protocol);
                Probe { state, protocol: Some(protocol), speaks, version, models, took }
            }
            None => {
                let state = State::Down(down.unwrap_or(Trouble::NoProtocol));
                Probe { state, protocol: None, speaks, version, models: Vec::new(), took }
            }
        }
    }

    /// Its version, which it need not tell.
    fn version(&self, protocol: Protocol, deadline: Deadline) -> Option<String> {
        protocol.version(&self.http.get(protocol.version_path(), deadline).ok()?)
    }

    /// The text of the model, or what became of the endpoint.
    fn attempts<A: Answer>(
        &self,
        question: &Question<A>,
        deadline: Deadline,
    ) -> Result<Result<String, BadAnswer>, Trouble> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            let Failed { trouble, again } = match self.attempt(question, deadline) {
                Ok(text) => return Ok(text),
                Err(failed) => failed,
            };
            let wait = again.map(|least| pause.max(least));
            let fits = |wait: &Duration| attempt < ATTEMPTS && deadline.left().is_ok_and(|left| left > *wait);
            let Some(wait) = wait.filter(fits) else { return Err(trouble) };
            rest(wait);
            pause *= 4;
        }
        Err(Trouble::Late)
    }

    fn attempt<A: Answer>(
        &self,
        question: &Question<A>,
        deadline: Deadline,
    ) -> Result<Result<String, BadAnswer>, Failed> {
        let known = *held(&self.protocol);
        let protocol = match known {
            Some(protocol) => protocol,
            None => {
                let (protocol, models) = self.listed(deadline)?;
                let model = &self.settings.model;
                if !models.iter().any(|listed| protocol.is(listed, model)) {
                    return Err(Failed::for_good(Trouble::NoModel(crate::answer::shown(model, 120))));
                }
                *held(&self.protocol) = Some(protocol);
                protocol
            }
        };
        let body = protocol.body(&self.settings.model, question).to_string();
        let answer = self
            .http
            .post(protocol.chat_path(), body.as_bytes(), deadline)
            .and_then(|answer| protocol.text(&answer).ok_or(Failed::for_good(Trouble::Nonsense)));
        if answer.is_err() {
            // Another server may have taken its place.
            *held(&self.protocol) = None;
        }
        answer
    }

    /// What the endpoint speaks, and its models: told by what it lists.
    fn listed(&self, deadline: Deadline) -> Result<(Protocol, Vec<String>), Failed> {
        for protocol in [Protocol::Ollama, Protocol::OpenAi] {
            if self.settings.protocol.is_some_and(|wanted| wanted != protocol) {
                continue;
            }
            if let Some(models) = self.lists(protocol, deadline)? {
                return Ok((protocol, models));
            }
        }
        Err(Failed::for_good(Trouble::NoProtocol))
    }

    /// The models that it lists in a protocol; `None` where it does not speak it.
    fn lists(&self, protocol: Protocol, deadline: Deadline) -> Result<Option<Vec<String>>, Failed> {
        match self.http.get(protocol.models_path(), deadline) {
            Ok(body) => Ok(protocol.models(&body)),
            // It has no such page: it may have the other.
            Err(Failed { trouble: Trouble::Refused { status: 400 | 404 | 405 | 501, .. }, .. }) => Ok(None),
            Err(failed) => Err(failed),
        }
    }
}

/// Whatever a thread that died has left is whole: it is replaced at once.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "the endpoint is given time to recover, within the budget")]
fn rest(pause: Duration) {
    std::thread::sleep(pause);
}
