//! What an answer leaves behind: it counts from the moment at which the client has the answer, and is taken back where it
//! turns out that the answer did not count.

use std::path::Path;

use claudectl_gate::rules::Rule;
use claudectl_store::Store;
use claudectl_store::gate::Grant;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::snapshot;

/// The grant of an answer.
#[derive(Debug)]
pub(super) struct Held {
    rule: Option<Rule>,
    /// What counts now.
    kept: Option<Kept>,
    failed: Option<CliError>,
}

#[derive(Debug)]
struct Kept {
    id: i64,
    /// It was not there before.
    is_new: bool,
    /// Grants that say the same for a shorter time.
    shorter: Vec<i64>,
}

impl Held {
    /// What an answer is to leave behind.
    pub(super) const fn of(rule: Option<Rule>) -> Self {
        Self { rule, kept: None, failed: None }
    }

    /// Keeps it. That it could not be kept is told later: the answer has landed.
    pub(super) fn hold(&mut self, app: &App, home: &Path) {
        let Some(rule) = self.rule.take() else { return };
        match grant(app, home, &rule) {
            Ok(kept) => self.kept = Some(kept),
            Err(error) => self.failed = Some(error),
        }
    }

    /// The answer counts: of grants that say the same the one that holds for longest is left. How it is called; an error
    /// where it could not be kept.
    pub(super) fn settle(self, app: &App, home: &Path, session: &str) -> Result<Option<String>> {
        if let Some(error) = self.failed {
            let what =
                format!("session {session} was answered, but nothing was kept for later: {}", error.what);
            return Err(CliError { what, ..error });
        }
        let Some(kept) = self.kept else { return Ok(None) };
        if !kept.shorter.is_empty() {
            revoke(app, home, &kept.shorter)?;
        }
        Ok(Some(Grant::name(kept.id)))
    }

    /// The answer did not count, and neither does what it left behind.
    pub(super) fn take_back(&self, app: &App, home: &Path, session: &str) -> Result<()> {
        let Some(kept) = self.kept.as_ref().filter(|kept| kept.is_new) else { return Ok(()) };
        revoke(app, home, &[kept.id]).map_err(|error| CliError {
            what: format!(
                "the answer to session {session} did not count, and what it left behind does still: {}",
                error.what
            ),
            fix: Some(format!("take it out: claudectl rules rm {}", Grant::name(kept.id))),
            ..error
        })
    }
}

fn grant(app: &App, home: &Path, rule: &Rule) -> Result<Kept> {
    let mut store = Store::open(&home.join("state.db"))?;
    let ends = rule.expires.unwrap_or(app.now);
    let mut same = store.grants(app.now)?;
    same.retain(|known| says_the_same(&known.rule, rule));
    if let Some(known) = same.iter().find(|known| ends <= known.ends) {
        return Ok(Kept { id: known.id, is_new: false, shorter: Vec::new() });
    }
    let id = store.grant(rule, app.now, ends)?;
    snapshot::renew_gate(app, &store, home)?;
    Ok(Kept { id, is_new: true, shorter: same.into_iter().map(|known| known.id).collect() })
}

fn revoke(app: &App, home: &Path, grants: &[i64]) -> Result<()> {
    let mut store = Store::open(&home.join("state.db"))?;
    for id in grants {
        store.revoke(*id, app.now)?;
    }
    snapshot::renew_gate(app, &store, home)
}

/// Whether two grants say the same, whatever they are called, why, and for how long.
fn says_the_same(one: &Rule, other: &Rule) -> bool {
    let bare = |rule: &Rule| Rule { name: String::new(), reason: None, expires: None, ..rule.clone() };
    bare(one) == bare(other)
}
