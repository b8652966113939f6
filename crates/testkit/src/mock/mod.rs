//! A scripted stand-in for the Anthropic Messages API on the loopback. It owns the conversation between a
//! test and the real client: the test says what the model answers, the client believes it, and every
//! request is kept for the test to look at.
//!
//! How a reply is chosen: side requests (titles, summaries ...) are recognised and get a fixed answer or
//! the scenario's own; a conversation follows the scenario of the newest `[[scenario:NAME]]` tag in its
//! user messages; within it a turn pushed by the test comes first, then the rules, then the lane's next
//! turn, then the fallback. Counters are kept per session, scenario, lane and subagent, so that one mock
//! serves many sessions at a time and a resumed session goes on with its script.

mod choose;
mod http;
mod request;
mod scenario;
mod sse;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use choose::Chooser;
pub use request::{Kind, Request};
pub use scenario::{ApiError, Lane, Pattern, Rule, Scenario, ScenarioError, SideKind, ToolUse, Turn};

/// The mock's state, shared by its connections.
#[derive(Debug, Default)]
struct State {
    chooser: Chooser,
    requests: Vec<Request>,
    counted: u64,
}

/// A running mock; it stops on drop, and no thread of it outlives that.
#[derive(Debug)]
pub struct Mock {
    state: Arc<Mutex<State>>,
    server: http::Server,
}

impl Default for Mock {
    fn default() -> Self {
        Self::start()
    }
}

impl Mock {
    /// Starts a mock that knows the scenarios shipped with the testkit; `hello` is the default one.
    #[track_caller]
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State { chooser: Chooser::shipped(), ..State::default() }));
        let server = http::Server::start(Arc::clone(&state));
        Self { state, server }
    }

    /// `http://127.0.0.1:<port>`, for `ANTHROPIC_BASE_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Adds a scenario, or replaces the one of that name.
    pub fn scenario(&self, name: &str, scenario: Scenario) {
        lock(&self.state).chooser.scenarios.insert(name.to_owned(), scenario);
    }

    /// Adds every `<name>.json` of a folder.
    pub fn load_dir(&self, folder: &Path) -> Result<(), ScenarioError> {
        let loaded = Scenario::load_dir(folder)?;
        lock(&self.state).chooser.scenarios.extend(loaded);
        Ok(())
    }

    /// The scenario of conversations that name none.
    pub fn set_default(&self, name: &str) {
        lock(&self.state).chooser.default = name.to_owned();
    }

    /// The next main request of any session gets this turn.
    pub fn push(&self, turn: Turn) {
        lock(&self.state).chooser.pushed.push((None, turn));
    }

    /// The next main request of this session gets this turn.
    pub fn push_for(&self, session: &str, turn: Turn) {
        lock(&self.state).chooser.pushed.push((Some(session.to_owned()), turn));
    }

    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.state).requests.clone()
    }

    /// The requests of conversations and their subagents, oldest first.
    pub fn turns(&self) -> Vec<Request> {
        let turn = |request: &Request| matches!(request.kind, Kind::Main | Kind::Subagent);
        self.requests().into_iter().filter(turn).collect()
    }

    /// Forgets requests, counters and pushed turns; scenarios stay.
    pub fn reset(&self) {
        let mut state = lock(&self.state);
        state.chooser.reset();
        state.requests.clear();
    }
}

impl State {
    /// Numbers and keeps a request.
    fn record(&mut self, mut request: Request) -> u64 {
        self.counted += 1;
        request.n = self.counted;
        self.requests.push(request);
        self.counted
    }

    fn mark_client_gone(&mut self, n: u64) {
        if let Some(request) = self.requests.iter_mut().find(|request| request.n == n) {
            request.client_gone = true;
        }
    }
}

/// A panic of one test thread must not hide the requests from another.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All text of a message's content (a string or blocks), tool results included.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter_map(|block| match block["type"].as_str() {
                Some("text") => Some(block["text"].as_str().unwrap_or_default().to_owned()),
                Some("tool_result") => Some(text_of(&block["content"])),
                _ => None,
            });
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}
