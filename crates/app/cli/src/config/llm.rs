//! `[llm]`: carries each key to its field.

use std::time::Duration;

use claudectl_llm::{Protocol, Settings};

use super::value::Value;
use crate::when;

/// A question may take from so long to so long.
const LEAST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(600);

/// `[llm]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Llm {
    /// As written.
    pub(crate) url: Option<String>,
    pub(crate) model: Option<String>,
    /// `None` to find out.
    pub(crate) protocol: Option<Protocol>,
    pub(crate) timeout_ms: i64,
    /// The variable that holds the key.
    pub(crate) token_env: Option<String>,
    pub(crate) allow_remote: bool,
    /// Passes in the background ask, too.
    pub(crate) annotate: bool,
}

impl Llm {
    pub(super) fn put(&mut self, leaf: &str, value: &Value) -> bool {
        match (leaf, value) {
            ("url", Value::Text(text)) => self.url = Some(text.clone()),
            ("model", Value::Text(text)) => self.model = Some(text.clone()),
            ("protocol", Value::Text(word)) => self.protocol = Protocol::named(word),
            ("timeout", Value::Text(span)) => {
                return when::duration_ms(span).map(|span| self.timeout_ms = span).is_some();
            }
            ("token_env", Value::Text(name)) => self.token_env = Some(name.clone()),
            ("allow_remote", Value::Switch(on)) => self.allow_remote = *on,
            ("annotate", Value::Switch(on)) => self.annotate = *on,
            _ => return false,
        }
        true
    }

    /// How the model is reached; `None` where the person has none.
    pub(crate) fn settings(&self) -> Option<Settings> {
        if self.url.is_none() && self.model.is_none() {
            return None;
        }
        let own = Settings::default();
        let budget = Duration::from_millis(self.timeout_ms.unsigned_abs()).clamp(LEAST, MOST);
        Some(Settings {
            endpoint: self.url.clone().unwrap_or(own.endpoint),
            model: self.model.clone().unwrap_or_default(),
            protocol: self.protocol,
            allow_remote: self.allow_remote,
            token_env: self.token_env.clone(),
            budget,
            ..Settings::default()
        })
    }
}
