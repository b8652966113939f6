//! What a person may set about the model. All of it is theirs: a repository's configuration has no say in where their
//! messages go.

use std::time::Duration;

use crate::protocol::Protocol;

/// How the model is reached, and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its address, without the path of an API: `http://127.0.0.1:11434`. A trailing `/v1` is taken off.
    pub endpoint: String,
    /// The name by which the endpoint knows the model. Empty: none is chosen, and none is asked.
    pub model: String,
    /// What the endpoint speaks; `None` to find out.
    pub protocol: Option<Protocol>,
    /// It may be on another machine, then by https.
    pub allow_remote: bool,
    /// The variable of the environment that holds the key of the endpoint, which is sent as the bearer's.
    pub token_env: Option<String>,
    /// How long one question may take, with all that is tried again.
    pub budget: Duration,
    /// After so many failures in a row the endpoint is left alone.
    pub failures: u32,
    /// For so long; then it is tried once.
    pub cool_down: Duration,
    /// One in so many questions about a call is a canary. 0: none is.
    pub canary_every: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            endpoint: "http://127.0.0.1:11434".to_owned(),
            model: String::new(),
            protocol: None,
            allow_remote: false,
            token_env: None,
            budget: Duration::from_secs(5),
            failures: 3,
            cool_down: Duration::from_secs(30),
            canary_every: 50,
        }
    }
}
