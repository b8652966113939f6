//! The built-in price table: one entry a model, each with what confirmed it.
//!
//! Figures are USD per million tokens: input, output, cache read, cache write for five minutes and
//! for one hour. `Applied` means that Claude Code 2.1.330 charged it in a run of ours against a mock
//! of the API; `Catalog` that it stands in that client's model catalogue.

use std::borrow::Cow;

use crate::money::Usd;
use crate::prices::{Alternative, Price, Rates, Source};
use Source::{Applied, Published};

/// The day the table was last compared with the client.
pub const BUILTIN_DATE: &str = "2026-11-24";

/// Dollars per web search: what the client charges for every model.
const WEB_SEARCH: i128 = 10_000_000_000;

/// Input, output, cache read, cache write 5 m, cache write 1 h; micro-dollars per million tokens are
/// whole picodollars per token.
const fn rates(input: i128, output: i128, read: i128, write_5m: i128, write_1h: i128) -> Rates {
    Rates {
        input: Usd::from_pico(input),
        output: Usd::from_pico(output),
        cache_read: Usd::from_pico(read),
        cache_write_5m: Usd::from_pico(write_5m),
        cache_write_1h: Usd::from_pico(write_1h),
    }
}

const OPUS_4_0: Rates = rates(15_000_000, 75_000_000, 1_500_000, 18_750_000, 30_000_000);
const OPUS_4_5: Rates = rates(5_000_000, 25_000_000, 500_000, 6_250_000, 10_000_000);
const OPUS_5_5: Rates = rates(4_000_000, 20_000_000, 200_000, 5_000_000, 8_000_000);
const SONNET_4: Rates = rates(3_000_000, 15_000_000, 300_000, 3_750_000, 6_000_000);
const SONNET_5: Rates = rates(2_000_000, 10_000_000, 200_000, 2_500_000, 4_000_000);
const SONNET_5_5: Rates = rates(2_000_000, 10_000_000, 100_000, 2_500_000, 4_000_000);
const HAIKU_3_5: Rates = rates(800_000, 4_000_000, 80_000, 1_000_000, 1_600_000);
const HAIKU_4_5: Rates = rates(1_000_000, 5_000_000, 100_000, 1_250_000, 2_000_000);
const HAIKU_5_5: Rates = rates(100_000, 500_000, 10_000, 125_000, 200_000);
const HAIKU_5_5_LONG: Rates = rates(500_000, 2_500_000, 50_000, 625_000, 1_000_000);
const FABLE_5: Rates = rates(10_000_000, 50_000_000, 1_000_000, 12_500_000, 20_000_000);
const FABLE_5_1: Rates = rates(10_000_000, 50_000_000, 250_000, 12_500_000, 20_000_000);
const FABLE_5_2: Rates = rates(8_000_000, 40_000_000, 200_000, 10_000_000, 16_000_000);

/// Six times Opus 4.5's price: Opus 4.6 and 4.7, served fast.
const FAST_4_6: Rates = rates(30_000_000, 150_000_000, 3_000_000, 37_500_000, 60_000_000);
/// Twice Opus 4.5's price: Opus 4.8 and 5, served fast.
const FAST_4_8: Rates = rates(10_000_000, 50_000_000, 1_000_000, 12_500_000, 20_000_000);
/// Twice Opus 5.5's price, served fast.
const FAST_5_5: Rates = rates(8_000_000, 40_000_000, 400_000, 10_000_000, 16_000_000);
/// Fable 5.2 and Mythos 5.2, served fast.
const FAST_FABLE: Rates = rates(16_000_000, 80_000_000, 400_000, 20_000_000, 32_000_000);

/// Sonnet 4 and 4.5 above 200 000 prompt tokens, as published; the client itself charges the
/// ordinary price there, so figures that rest on this are marked.
const SONNET_4_LONG: Rates = rates(6_000_000, 22_500_000, 600_000, 7_500_000, 12_000_000);

const fn plain(model: &'static str, rates: Rates, source: Source) -> Price {
    Price {
        model: Cow::Borrowed(model),
        from: None,
        rates,
        source,
        long: None,
        fast: None,
        web_search: Usd::from_pico(WEB_SEARCH),
    }
}

fn fast(price: Price, rates: Rates, source: Source) -> Price {
    Price { fast: Some(Alternative { rates, source }), ..price }
}

fn long(price: Price, above: u64, rates: Rates, source: Source) -> Price {
    Price { long: Some((above, Alternative { rates, source })), ..price }
}

/// Every built-in price with the other exact names of its model.
#[must_use]
pub fn builtin() -> Vec<(Price, &'static [&'static str])> {
    vec![
        (plain("claude-3-5-haiku", HAIKU_3_5, Applied), &["claude-3-5-haiku-20241022"]),
        (plain("claude-haiku-4-5", HAIKU_4_5, Applied), &["claude-haiku-4-5-20251001"]),
        (long(plain("claude-haiku-5-5", HAIKU_5_5, Applied), 100_000, HAIKU_5_5_LONG, Applied), &[]),
        (
            plain("claude-3-5-sonnet", SONNET_4, Applied),
            &["claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022", "claude-3-5-sonnet-v2-20241022"],
        ),
        (plain("claude-3-7-sonnet", SONNET_4, Applied), &["claude-3-7-sonnet-20250219"]),
        (
            long(plain("claude-sonnet-4-0", SONNET_4, Applied), 200_000, SONNET_4_LONG, Published),
            &["claude-sonnet-4-20250514", "claude-sonnet-4"],
        ),
        (
            long(plain("claude-sonnet-4-5", SONNET_4, Applied), 200_000, SONNET_4_LONG, Published),
            &["claude-sonnet-4-5-20250929"],
        ),
        (plain("claude-sonnet-4-6", SONNET_4, Applied), &[]),
        (plain("claude-sonnet-5", SONNET_5, Applied), &[]),
        (plain("claude-sonnet-5-5", SONNET_5_5, Applied), &[]),
        (plain("claude-opus-4-0", OPUS_4_0, Applied), &["claude-opus-4-20250514", "claude-opus-4"]),
        (plain("claude-opus-4-1", OPUS_4_0, Applied), &["claude-opus-4-1-20250805"]),
        (plain("claude-opus-4-5", OPUS_4_5, Applied), &["claude-opus-4-5-20251101"]),
        (fast(plain("claude-opus-4-6", OPUS_4_5, Applied), FAST_4_6, Applied), &[]),
        (fast(plain("claude-opus-4-7", OPUS_4_5, Applied), FAST_4_6, Applied), &[]),
        (fast(plain("claude-opus-4-8", OPUS_4_5, Applied), FAST_4_8, Applied), &[]),
        (fast(plain("claude-opus-5", OPUS_4_5, Applied), FAST_4_8, Applied), &[]),
        (fast(plain("claude-opus-5-5", OPUS_5_5, Applied), FAST_5_5, Applied), &[]),
        (plain("claude-fable-5", FABLE_5, Applied), &[]),
        (plain("claude-fable-5-1", FABLE_5_1, Applied), &[]),
        (fast(plain("claude-fable-5-2", FABLE_5_2, Applied), FAST_FABLE, Applied), &[]),
        (plain("claude-mythos-5", FABLE_5, Applied), &[]),
        (plain("claude-mythos-5-1", FABLE_5_1, Applied), &[]),
        (fast(plain("claude-mythos-5-2", FABLE_5_2, Applied), FAST_FABLE, Applied), &[]),
    ]
}
