//! What a token costs: the price of an exact model at a moment, and where that price comes from.
//!
//! A model that is not in the table has no price. It is never given the price of a relative: a guess
//! shown as a figure is worse than "unpriced".

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ledger::{Tokens, Variant};
use crate::money::{self, Usd};

pub use crate::table::{BUILTIN_DATE, builtin};

/// Prompt lengths, in tokens, at which some price or another begins to differ. The ledger keeps
/// responses apart by these, so only these can stand in a price's `long.above`.
pub const LENGTH_STEPS: [u64; 6] = [100_000, 128_000, 200_000, 256_000, 272_000, 500_000];

/// What processing in the United States only costs, in percent of the ordinary price.
/// Source: Claude Code 2.1.330 charged it for `usage.inference_geo == "us"`, for every model; web
/// searches are exempt.
pub const US_ONLY_PERCENT: u32 = 110;

/// USD per token, by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rates {
    /// Uncached prompt tokens.
    #[serde(with = "money::pico")]
    pub input: Usd,
    /// Output tokens.
    #[serde(with = "money::pico")]
    pub output: Usd,
    /// Tokens read from the cache.
    #[serde(with = "money::pico")]
    pub cache_read: Usd,
    /// Tokens written to the cache for five minutes, and writes not said to be for an hour.
    #[serde(with = "money::pico")]
    pub cache_write_5m: Usd,
    /// Tokens written to the cache for one hour.
    #[serde(with = "money::pico")]
    pub cache_write_1h: Usd,
}

/// Where a price was learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The client charged it in a run against a mock of the API.
    Applied,
    /// It was published, and nothing we ran applied it.
    Published,
    /// The person's configuration.
    User,
}

impl Source {
    /// A word for listings and JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Published => "published",
            Self::User => "user",
        }
    }

    /// Whether a figure that rests on it is to be marked.
    #[must_use]
    pub fn unverified(&self) -> bool {
        matches!(self, Self::Published)
    }
}

/// Prices that replace the ordinary ones under a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// The prices.
    pub rates: Rates,
    /// Where they were learned.
    pub source: Source,
}

/// The prices of one model from a date on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The model's id.
    pub model: Cow<'static, str>,
    /// The first day (UTC) it holds for; `None` from the beginning.
    pub from: Option<Date>,
    /// The ordinary prices.
    pub rates: Rates,
    /// Where they were learned.
    pub source: Source,
    /// For requests whose prompt is longer than so many tokens; the whole request pays it.
    pub long: Option<(u64, Alternative)>,
    /// For responses served fast.
    pub fast: Option<Alternative>,
    /// USD per web search.
    #[serde(with = "money::pico")]
    pub web_search: Usd,
}

/// What a group of alike responses costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// The amount.
    pub usd: Usd,
    /// It rests on a price that nothing confirmed.
    pub unverified: bool,
}

/// All prices known, by model id.
#[derive(Debug, Clone, Default)]
pub struct PriceTable {
    /// Each model's prices, latest first.
    by_model: HashMap<Cow<'static, str>, Vec<Price>>,
    /// Other names of a model: dated ids and those of cloud providers.
    names: HashMap<Cow<'static, str>, Cow<'static, str>>,
}

impl PriceTable {
    /// The built-in table.
    #[must_use]
    pub fn builtin() -> Self {
        let mut table = Self::default();
        for (price, names) in builtin() {
            for name in names {
                table.names.insert(Cow::Borrowed(*name), price.model.clone());
            }
            table.insert(price);
        }
        table
    }

    /// Adds a price. One for the same model and date replaces the earlier one.
    pub fn insert(&mut self, price: Price) {
        let prices = self.by_model.entry(price.model.clone()).or_default();
        prices.retain(|old| old.from != price.from);
        prices.push(price);
        prices.sort_by_key(|price| std::cmp::Reverse(price.from));
    }

    /// The id under which a model's prices stand, for any of its names; `None` for an unknown model.
    #[must_use]
    pub fn canonical<'a>(&'a self, model: &'a str) -> Option<&'a str> {
        self.listed(model).or_else(|| self.listed(&plain_name(model))).or_else(|| self.undated(model))
    }

    /// The id for a name that is in the table.
    fn listed<'a>(&'a self, name: &str) -> Option<&'a str> {
        let own = self.by_model.get_key_value(name).map(|(id, _)| &**id);
        // A price that a person gave to an alias does not make it another model.
        self.names.get(name).map(|id| &**id).or(own)
    }

    /// The id for a snapshot of a listed model: its name with a day at the end, `-20260901`.
    fn undated<'a>(&'a self, model: &str) -> Option<&'a str> {
        let name = plain_name(model);
        let (stem, day) = name.rsplit_once('-')?;
        is_day(day).then(|| self.listed(stem)).flatten()
    }

    /// The price of a model (by any of its names) on a day; `None` if there is none.
    ///
    /// A price for the very name that is asked for comes before one for the model.
    #[must_use]
    pub fn get(&self, model: &str, on: Date) -> Option<&Price> {
        let own = self.by_model.get(model);
        let canonical = self.canonical(model).and_then(|id| self.by_model.get(id));
        let on_day = |prices: &'_ &Vec<Price>| {
            prices.iter().position(|price| price.from.is_none_or(|from| from <= on))
        };
        own.iter().chain(&canonical).find_map(|prices| prices.get(on_day(prices)?))
    }

    /// Whether the price of a model rests on the look of its name alone: a snapshot that nobody listed
    /// costs what its model costs, as far as we know.
    #[must_use]
    pub fn is_guessed(&self, model: &str) -> bool {
        let known = self.by_model.contains_key(model) || self.listed(&plain_name(model)).is_some();
        !known && self.listed(model).is_none() && self.undated(model).is_some()
    }

    /// Every price, by model id, latest first.
    #[must_use]
    pub fn all(&self) -> Vec<&Price> {
        let mut all: Vec<_> = self.by_model.values().flatten().collect();
        all.sort_by(|a, b| a.model.cmp(&b.model).then(b.from.cmp(&a.from)));
        all
    }

    /// The other names of a model, sorted.
    #[must_use]
    pub fn names_of(&self, model: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.names.iter().filter(|(_, id)| *id == model).map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names
    }
}

/// A model's name without what says where or how it is served: a `[1m]` suffix, an ARN's path, a
/// provider's region, version and case. What is left must still match exactly.
fn plain_name(model: &str) -> String {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let name = name.split('[').next().unwrap_or_default().to_owned();
    let name = match name.split_once("anthropic.") {
        Some((region, rest)) if region.is_empty() || is_region(region) => rest.to_owned(),
        _ => name,
    };
    let name = name.replace('@', "-");
    match name.rsplit_once("-v") {
        Some((stem, version)) if is_version(version) => stem.to_owned(),
        _ => name,
    }
}

fn is_region(prefix: &str) -> bool {
    matches!(prefix, "us." | "eu." | "apac." | "jp." | "au." | "ca." | "global." | "us-gov.")
}

/// A day as snapshots of models have it: `20251001`.
fn is_day(text: &str) -> bool {
    let day = (text.len() == 8).then(|| Date::strptime("%Y%m%d", text).ok()).flatten();
    day.is_some_and(|day| (2024..2040).contains(&day.year()))
}

/// `1`, `1:0`, `2:0` as Bedrock appends them.
fn is_version(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
}

impl Price {
    /// What tokens of one variant cost.
    #[must_use]
    pub fn cost(&self, tokens: &Tokens, variant: Variant) -> Cost {
        let (rates, source) = self.rates_for(variant);
        let mut usd = rates.input.times(tokens.input)
            + rates.output.times(tokens.output)
            + rates.cache_read.times(tokens.cache_read)
            + rates.cache_write_5m.times(tokens.cache_write_5m + tokens.cache_write_unsplit)
            + rates.cache_write_1h.times(tokens.cache_write_1h);
        if variant.us_only() {
            usd = usd.percent(US_ONLY_PERCENT);
        }
        usd += self.web_search.times(tokens.web_searches);
        Cost {
            usd,
            unverified: source.unverified() || variant.odd_tier() || (variant.fast() && self.fast.is_none()),
        }
    }

    /// Fast comes first: where a model has both, the fast price does not depend on the length.
    fn rates_for(&self, variant: Variant) -> (&Rates, &Source) {
        if let (true, Some(fast)) = (variant.fast(), &self.fast) {
            return (&fast.rates, &fast.source);
        }
        match &self.long {
            Some((above, long)) if variant.longer_than(*above) => (&long.rates, &long.source),
            _ => (&self.rates, &self.source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_transcript::{Speed, Usage};

    fn cost(model: &str, usage: Usage) -> Option<f64> {
        let table = PriceTable::builtin();
        let price = table.get(model, jiff::civil::date(2026, 11, 24))?;
        Some(price.cost(&Tokens::of(&usage), Variant::of(&usage)).usd.dollars())
    }

    fn input(tokens: u64) -> Usage {
        Usage { input: tokens, ..Usage::default() }
    }

    #[test]
    fn known_prices() {
        assert_eq!(cost("claude-opus-4-6", Usage { output: 100_000, ..Usage::default() }), Some(2.5));
        assert_eq!(cost("claude-opus-4-6", Usage { speed: Speed::Fast, ..input(100_000) }), Some(3.0));
        assert_eq!(cost("claude-opus-5", Usage { speed: Speed::Fast, ..input(100_000) }), Some(1.0));
        assert_eq!(cost("claude-opus-5-5", input(1_000_000)), Some(4.0));
        assert_eq!(cost("claude-opus-5-5", Usage { us_only: true, ..input(125_000) }), Some(0.55));
        assert_eq!(cost("claude-opus-5-5", Usage { web_searches: 3, ..Usage::default() }), Some(0.03));
    }

    #[test]
    fn the_whole_request_pays_for_its_length() {
        assert_eq!(cost("claude-haiku-5-5", input(100_000)), Some(0.01));
        assert_eq!(cost("claude-haiku-5-5", input(100_001)), Some(100_001.0 * 0.5 / 1e6));
        let cached = Usage { input: 10_000, cache_read: 250_000, ..Usage::default() };
        assert_eq!(cost("claude-haiku-5-5", cached), Some(0.005 + 0.0125));
    }

    #[test]
    fn cache_writes_by_their_life() {
        let hour = Usage { cache_write: 100_000, cache_write_1h: 100_000, ..Usage::default() };
        assert_eq!(cost("claude-opus-4-6", hour), Some(1.0));
        assert_eq!(cost("claude-opus-4-6", Usage { cache_write: 0, ..hour }), Some(1.0), "no flat total");
        let unsplit = Usage { cache_write: 100_000, ..Usage::default() };
        assert_eq!(cost("claude-opus-4-6", unsplit), Some(0.625));
    }

    #[test]
    fn no_price_for_strangers() {
        for model in ["claude-opus-9", "claude-opus-4-6-turbo", "opus", "gpt-5", "", "claude-opus-5-50"] {
            assert_eq!(cost(model, input(1)), None, "{model}");
        }
    }

    #[test]
    fn other_names_of_a_model() {
        for name in [
            "claude-haiku-4-5",
            "claude-haiku-4-5-20251001",
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "eu.anthropic.claude-haiku-4-5-20251001-v1:0",
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "claude-haiku-4-5@20251001",
            "Claude-Haiku-4-5[1m]",
        ] {
            assert_eq!(cost(name, input(1_000_000)), Some(1.0), "{name}");
        }
    }

    #[test]
    fn an_unlisted_snapshot_is_its_model_but_not_for_sure() {
        let table = PriceTable::builtin();
        assert_eq!(cost("claude-opus-5-5-20260901", input(1_000_000)), Some(4.0));
        assert!(table.is_guessed("claude-opus-5-5-20260901"));
        assert!(table.is_guessed("us.anthropic.claude-opus-5-5-20260901-v1:0"));
        for known in
            ["claude-opus-5-5", "claude-haiku-4-5-20251001", "claude-opus-9", "claude-haiku-4-5@20251001"]
        {
            assert!(!table.is_guessed(known), "{known}");
        }
        for stranger in [
            "claude-opus-5-5-20261332",
            "claude-opus-5-5-20990101",
            "claude-opus-9-20260901",
            "claude-opus-5-5-12345678",
        ] {
            assert_eq!(cost(stranger, input(1)), None, "{stranger}");
        }
    }

    #[test]
    fn a_price_given_to_an_alias_leaves_the_days_before_it_alone() {
        let mut table = PriceTable::builtin();
        let (day, before) = (jiff::civil::date(2026, 11, 22), jiff::civil::date(2026, 11, 21));
        let model = table.get("claude-haiku-4-5", before).unwrap().clone();
        let rates = Rates { input: Usd::per_million(2.0).unwrap(), ..model.rates };
        let alias = "claude-haiku-4-5-20251001";
        let own =
            Price { model: alias.into(), from: Some(day), rates, source: Source::User, ..model.clone() };
        table.insert(own.clone());
        assert_eq!(table.get(alias, before), Some(&model));
        assert_eq!(table.get(alias, day), Some(&own));
        assert_eq!(table.get("claude-haiku-4-5", day), Some(&model), "another name of the model");
        assert_eq!(table.canonical(alias), Some("claude-haiku-4-5"));
    }

    #[test]
    fn a_price_holds_from_its_day() {
        let mut table = PriceTable::builtin();
        let old = table.get("claude-opus-5-5", jiff::civil::date(2026, 1, 1)).unwrap().clone();
        let day = jiff::civil::date(2026, 12, 1);
        let rates = Rates { input: Usd::per_million(1.0).unwrap(), ..old.rates };
        table.insert(Price { from: Some(day), rates, source: Source::User, ..old.clone() });
        assert_eq!(table.get("claude-opus-5-5", jiff::civil::date(2026, 11, 30)), Some(&old));
        assert_eq!(table.get("claude-opus-5-5", day).map(|price| price.rates.input), Some(rates.input));
    }

    #[test]
    fn every_built_in_entry_is_whole() {
        for (price, _) in builtin() {
            assert!(
                price.rates.input > Usd::ZERO && price.rates.output > price.rates.input,
                "{}",
                price.model
            );
            assert!(price.rates.cache_write_1h > price.rates.cache_write_5m, "{}", price.model);
            if let Some((above, _)) = price.long {
                assert!(LENGTH_STEPS.contains(&above), "{}", price.model);
            }
        }
    }
}
