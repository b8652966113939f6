//! Token usage as the API reports it: one type for what the mock sends and what the builders record, so a
//! test can compare the two without translating.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The `usage` object of a Messages API reply. Fields left out are zero or absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Usage {
    /// Input tokens outside the cache.
    pub input_tokens: u64,
    /// Output tokens, thinking included.
    pub output_tokens: u64,
    /// Tokens written to the cache, both lifetimes together.
    pub cache_creation_input_tokens: u64,
    /// Tokens read from the cache.
    pub cache_read_input_tokens: u64,
    /// Cache writes by lifetime, where the API tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_creation: Option<CacheSplit>,
    /// Calls of tools that run on the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_tool_use: Option<ServerToolUse>,
    /// `standard` or `fast`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<String>,
    /// Where the model ran, such as `us`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inference_geo: Option<String>,
    /// Service tier; `standard` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<String>,
}

/// Cache writes by lifetime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CacheSplit {
    /// Entries that live for five minutes.
    #[serde(rename = "ephemeral_5m_input_tokens")]
    pub five_minutes: u64,
    /// Entries that live for an hour.
    #[serde(rename = "ephemeral_1h_input_tokens")]
    pub one_hour: u64,
}

/// Calls of tools that run on the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerToolUse {
    /// Web searches, priced by the call.
    pub web_search_requests: u64,
    /// Web fetches.
    pub web_fetch_requests: u64,
}

impl Usage {
    /// Plain input and output.
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self { input_tokens, output_tokens, ..Self::default() }
    }

    /// Adds cache reads.
    pub fn read(mut self, tokens: u64) -> Self {
        self.cache_read_input_tokens += tokens;
        self
    }

    /// Adds cache writes without saying how long they live.
    pub fn write(mut self, tokens: u64) -> Self {
        self.cache_creation_input_tokens += tokens;
        self
    }

    /// Adds cache writes of known lifetimes (the flat sum grows with them).
    pub fn write_split(mut self, five_minutes: u64, one_hour: u64) -> Self {
        self.cache_creation_input_tokens += five_minutes + one_hour;
        self.cache_creation = Some(CacheSplit { five_minutes, one_hour });
        self
    }

    /// Adds web searches.
    pub fn web_searches(mut self, requests: u64) -> Self {
        self.server_tool_use = Some(ServerToolUse { web_search_requests: requests, web_fetch_requests: 0 });
        self
    }

    /// Marks the reply as served by fast mode.
    pub fn fast(mut self) -> Self {
        self.speed = Some("fast".to_owned());
        self
    }

    /// Says where the model ran.
    pub fn geo(mut self, geo: &str) -> Self {
        self.inference_geo = Some(geo.to_owned());
        self
    }

    /// The object as the API sends it.
    pub fn wire(&self) -> Value {
        let mut usage = json!(self);
        if self.service_tier.is_none() {
            usage["service_tier"] = json!("standard");
        }
        usage
    }

    /// The object as Claude Code 2.1.330 writes it into a transcript: every key present, in its order.
    pub fn record(&self) -> Value {
        let split = self.cache_creation.unwrap_or_default();
        json!({
            "input_tokens": self.input_tokens,
            "cache_creation_input_tokens": self.cache_creation_input_tokens,
            "cache_read_input_tokens": self.cache_read_input_tokens,
            "output_tokens": self.output_tokens,
            "output_tokens_details": {"thinking_tokens": 0},
            "server_tool_use": self.server_tool_use.unwrap_or_default(),
            "service_tier": self.service_tier.as_deref().unwrap_or("standard"),
            "cache_creation": {
                "ephemeral_1h_input_tokens": split.one_hour,
                "ephemeral_5m_input_tokens": split.five_minutes,
            },
            "inference_geo": self.inference_geo.as_deref().unwrap_or(""),
            "iterations": [],
            "speed": self.speed.as_deref().unwrap_or("standard"),
            "fallback_credit": null,
        })
    }
}
