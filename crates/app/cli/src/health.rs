//! What is gathered of a session, in the terms of its health checks.

use claudectl_fleet::health::{self, Gap, HealthInput, Report, Spending};
use claudectl_fleet::ledger::{Bucket, BucketKey};
use claudectl_fleet::money::Usd;
use claudectl_fleet::session::Context;
use claudectl_fleet::status::State;

use crate::app::App;
use crate::digests::Told;

/// What is known of a session.
#[derive(Debug)]
pub(crate) struct Fares<'a> {
    pub(crate) state: State,
    pub(crate) transcripts: &'a [Told],
    pub(crate) context: &'a Context,
    /// Calls that the guard did not see; `None` where none stands.
    pub(crate) gap: Option<Gap>,
}

/// Makes the checks. `price` says what responses cost.
pub(crate) fn report(
    app: &App,
    fares: &Fares<'_>,
    buckets: &[(BucketKey, Bucket)],
    price: impl Fn(&mut dyn Iterator<Item = (BucketKey, Bucket)>) -> Usd,
) -> Report {
    let progress = health::progress_at(fares.transcripts.iter().map(|told| &told.digest));
    let input = HealthInput {
        state: fares.state,
        own: fares.transcripts.iter().find(|told| told.agent == 0).map(|told| &told.digest),
        subagents: fares.transcripts.iter().filter(|told| told.agent != 0).map(|told| &told.digest).collect(),
        context: fares.context,
        spending: Spending::of(buckets, progress, app.now, price),
        gap: fares.gap,
    };
    health::check(&input, &app.config.health, app.now)
}
