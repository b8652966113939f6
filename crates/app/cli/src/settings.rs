//! The configuration in the terms of the core: dollars to amounts, overrides to prices.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use claudectl_fleet::budget::Limits;
use claudectl_fleet::money::Usd;
use claudectl_fleet::prices::{Alternative, Price, PriceTable, Rates, Source};
use claudectl_store::maintenance::Retention;
use jiff::civil::Date;

use crate::config::{self, Config, KnownPrice, PriceOverride};

/// What the configuration's checker asks of the built-in prices.
pub(crate) fn known_price(table: &PriceTable) -> impl Fn(&str) -> Option<KnownPrice> + '_ {
    |model| {
        let price = table.get(model, Date::MAX)?;
        Some(KnownPrice { fast: price.fast.is_some(), long: price.long.is_some() })
    }
}

impl Config {
    /// The budgets that are set.
    pub(crate) fn limits(&self) -> Limits {
        let usd = |dollars: Option<f64>| dollars.and_then(Usd::from_dollars).filter(|usd| *usd > Usd::ZERO);
        let budget = &self.budget;
        Limits {
            session: usd(budget.session_usd),
            project: usd(budget.project_usd),
            day: usd(budget.day_usd),
            week: usd(budget.week_usd),
            fanout: usd(budget.fanout_usd),
            warn_at_percent: budget.warn_at_pct.into(),
        }
    }

    /// The person's prices; what an override leaves out is inherited from the built-in price.
    pub(crate) fn prices(&self, builtin: &PriceTable) -> Vec<Price> {
        let prices =
            self.prices.iter().filter_map(|(model, own)| price(model, own, builtin.get(model, Date::MAX)));
        prices.collect()
    }

    /// The context window that was set for a model.
    pub(crate) fn context_max(&self, model: &str) -> Option<u64> {
        self.context.max.get(model).copied()
    }

    /// How long rows are kept.
    pub(crate) fn retention(&self) -> Retention {
        Retention {
            responses_days: self.retention.responses_days,
            sessions_days: self.retention.sessions_days,
            digests_days: self.retention.digests_days,
            events_days: self.retention.events_days,
        }
    }

    /// The moment before which texts of transcripts that are gone are no longer searched, milliseconds since the epoch;
    /// `None` if they always are.
    pub(crate) fn searched_since(&self, now: i64) -> Option<i64> {
        let days = [self.retention.search_days, self.retention.sessions_days];
        let days = days.into_iter().filter(|days| *days > 0).min()?;
        Some(now.saturating_sub(i64::from(days) * 24 * 60 * 60 * 1000))
    }

    /// Further folders of Claude Code to read.
    pub(crate) fn claude_dirs(&self, home: Option<&Path>) -> Vec<PathBuf> {
        let nowhere = Path::new("/");
        let dirs = self.general.claude_dirs_in(home.unwrap_or(nowhere));
        // Without a home folder, paths in it lead nowhere.
        let usable = |text: &String| home.is_some() || !text.starts_with('~');
        dirs.into_iter()
            .zip(&self.general.claude_dirs)
            .filter(|(_, text)| usable(text))
            .map(|(dir, _)| dir)
            .collect()
    }
}

fn price(model: &str, own: &PriceOverride, base: Option<&Price>) -> Option<Price> {
    let fast = own.fast.as_ref().map(|fast| {
        let inherited = base.and_then(|base| base.fast.as_ref()).map(|fast| &fast.rates);
        Alternative { rates: rates(fast, inherited), source: Source::User }
    });
    let long = own.long.as_ref().and_then(|long| {
        let inherited = base.and_then(|base| base.long.as_ref());
        let above = long.above.or_else(|| inherited.map(|(above, _)| *above))?;
        let rates = rates(&long.rates, inherited.map(|(_, long)| &long.rates));
        Some((above, Alternative { rates, source: Source::User }))
    });
    Some(Price {
        model: Cow::Owned(model.to_owned()),
        from: own.from,
        rates: rates(&own.rates, base.map(|base| &base.rates)),
        source: Source::User,
        long: long.or_else(|| base.and_then(|base| base.long.clone())),
        fast: fast.or_else(|| base.and_then(|base| base.fast.clone())),
        web_search: match own.web_search {
            Some(dollars) => Usd::from_dollars(dollars)?,
            None => base.map(|base| base.web_search).unwrap_or_default(),
        },
    })
}

fn rates(own: &config::Rates, base: Option<&Rates>) -> Rates {
    let pick = |dollars: Option<f64>, inherit: fn(&Rates) -> Usd| {
        dollars.and_then(Usd::per_million).or_else(|| base.map(inherit)).unwrap_or_default()
    };
    Rates {
        input: pick(own.input, |rates| rates.input),
        output: pick(own.output, |rates| rates.output),
        cache_read: pick(own.cache_read, |rates| rates.cache_read),
        cache_write_5m: pick(own.cache_write_5m, |rates| rates.cache_write_5m),
        cache_write_1h: pick(own.cache_write_1h, |rates| rates.cache_write_1h),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_inherits_what_it_leaves_out() {
        let table = PriceTable::builtin();
        let own = PriceOverride {
            rates: config::Rates { input: Some(1.0), output: Some(2.0), ..config::Rates::default() },
            ..PriceOverride::default()
        };
        let base = table.get("claude-opus-5-5", Date::MAX).unwrap();
        let made = price("claude-opus-5-5", &own, Some(base)).unwrap();
        assert_eq!(made.rates.input, Usd::per_million(1.0).unwrap());
        assert_eq!(made.rates.cache_read, base.rates.cache_read);
        assert_eq!((made.fast, made.source), (base.fast.clone(), Source::User));
    }
}
