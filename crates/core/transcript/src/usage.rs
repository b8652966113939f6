//! What one API response used: token classes and what changes their price.

/// How the response was served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Speed {
    /// The ordinary price.
    #[default]
    Standard,
    /// `usage.speed == "fast"`: the same model, served faster, at a price of its own.
    Fast,
}

/// `usage.service_tier`: the queue that served the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Tier {
    /// `standard`, or nothing said.
    #[default]
    Standard,
    /// `batch`.
    Batch,
    /// `priority`.
    Priority,
    /// A tier this version has not heard of.
    Other,
}

/// Token counts of one response, in the classes that have a price of their own.
///
/// All figures are tokens, but for `web_searches` (calls). `cache_write` is the flat total that the
/// API reports; the two parts say how much of it was written for five minutes and for one hour.
/// Older gateways leave the parts or the total out, so neither is derived from the other here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Uncached prompt tokens.
    pub input: u64,
    /// Tokens written by the model, thinking included.
    pub output: u64,
    /// Prompt tokens read from the cache.
    pub cache_read: u64,
    /// `cache_creation_input_tokens`: all prompt tokens written to the cache.
    pub cache_write: u64,
    /// `cache_creation.ephemeral_5m_input_tokens`.
    pub cache_write_5m: u64,
    /// `cache_creation.ephemeral_1h_input_tokens`.
    pub cache_write_1h: u64,
    /// `server_tool_use.web_search_requests`.
    pub web_searches: u64,
    /// Standard or fast.
    pub speed: Speed,
    /// `inference_geo == "us"`: processed in the United States only, at a surcharge.
    pub us_only: bool,
    /// The service tier.
    pub tier: Tier,
}

impl Usage {
    /// Cache writes that neither part claims: the flat total less the parts, never below zero.
    #[must_use]
    pub fn cache_write_unsplit(&self) -> u64 {
        self.cache_write.saturating_sub(self.cache_write_5m.saturating_add(self.cache_write_1h))
    }

    /// All prompt tokens of the request, cached or not: the length that price tiers go by.
    #[must_use]
    pub fn prompt_tokens(&self) -> u64 {
        let written = self.cache_write.max(self.cache_write_5m.saturating_add(self.cache_write_1h));
        self.input.saturating_add(self.cache_read).saturating_add(written)
    }

    /// Whether every count is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.prompt_tokens() == 0 && self.output == 0 && self.web_searches == 0
    }

    /// The component-wise larger of two reports of one response.
    ///
    /// Claude Code writes a line per content block, and earlier lines may still hold the counts of
    /// the stream's start; counts of one response only ever grow.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            input: self.input.max(other.input),
            output: self.output.max(other.output),
            cache_read: self.cache_read.max(other.cache_read),
            cache_write: self.cache_write.max(other.cache_write),
            cache_write_5m: self.cache_write_5m.max(other.cache_write_5m),
            cache_write_1h: self.cache_write_1h.max(other.cache_write_1h),
            web_searches: self.web_searches.max(other.web_searches),
            speed: if other.speed == Speed::Fast { Speed::Fast } else { self.speed },
            us_only: self.us_only || other.us_only,
            tier: if self.tier == Tier::Standard { other.tier } else { self.tier },
        }
    }
}
