//! What an answer leaves behind: it counts from the moment at which the client has the answer, and is taken back where it
//! turns out that the answer did not count.

use std::path::Path;

use claudectl_gate::rules::Rule;
use claudectl_store::Store;
use claudectl_store::gate::Grant;

use super::{Answering, Holds};
use crate::app::App;
use crate::error::{CliError, Result};
use crate::rules::{self, Kept};
use crate::snapshot;

/// The rules and grants of an answer.
#[derive(Debug)]
pub(super) struct Held {
    rules: Vec<Kept>,
    /// By their numbers, and whether they are new.
    grants: Vec<(i64, bool)>,
    failed: Option<CliError>,
}

impl Held {
    pub(super) const fn none() -> Self {
        Self { rules: Vec::new(), grants: Vec::new(), failed: None }
    }

    /// Keeps rules. That one could not be kept is told with their names: the answer has landed.
    pub(super) fn hold(&mut self, app: &App, home: &Path, rules: &[Rule], answering: &Answering) {
        let kept = match answering.holds {
            _ if rules.is_empty() => Ok(()),
            Holds::Session(_) => self.grant(app, home, rules),
            Holds::Once | Holds::Always => self.keep(app, rules),
        };
        self.failed = kept.err();
    }

    fn keep(&mut self, app: &App, rules: &[Rule]) -> Result<()> {
        for rule in rules {
            self.rules.push(rules::keep_once(app, rule.clone())?);
        }
        Ok(())
    }

    fn grant(&mut self, app: &App, home: &Path, rules: &[Rule]) -> Result<()> {
        let mut store = Store::open(&home.join("state.db"))?;
        let known = store.grants(app.now)?;
        for rule in rules {
            let ends = rule.expires.unwrap_or(app.now);
            let same = |known: &&Grant| ends <= known.ends && rules::says_the_same(&known.rule, rule);
            let grant = match known.iter().find(same) {
                Some(known) => (known.id, false),
                None => (store.grant(rule, app.now, ends)?, true),
            };
            self.grants.push(grant);
        }
        snapshot::renew_gate(app, &store, home)
    }

    /// How they are called; an error where not all could be kept.
    pub(super) fn names(self, session: &str) -> Result<Option<String>> {
        if let Some(error) = self.failed {
            let what =
                format!("session {session} was answered, but nothing was kept for later: {}", error.what);
            return Err(CliError { what, ..error });
        }
        let grants = self.grants.iter().map(|(id, _)| Grant::name(*id));
        let mut names: Vec<String> = self.rules.into_iter().map(|kept| kept.name).chain(grants).collect();
        names.dedup();
        Ok((!names.is_empty()).then(|| names.join(", ")))
    }

    /// The answer did not count, and neither does what it left behind.
    pub(super) fn take_back(&self, app: &App, home: &Path, session: &str) -> Result<()> {
        let kept = |error: CliError| CliError {
            what: format!(
                "the answer to session {session} did not count, and what it left behind does still: {}",
                error.what
            ),
            fix: Some("take it out: claudectl rules ls, claudectl rules rm NAME".to_owned()),
            ..error
        };
        for rule in self.rules.iter().rev() {
            rules::take_back(app, rule).map_err(kept)?;
        }
        let new: Vec<i64> = self.grants.iter().filter(|(_, new)| *new).map(|(id, _)| *id).collect();
        if !new.is_empty() {
            let mut store = Store::open(&home.join("state.db")).map_err(|error| kept(error.into()))?;
            for id in new {
                store.revoke(id, app.now).map_err(|error| kept(error.into()))?;
            }
            snapshot::renew_gate(app, &store, home).map_err(kept)?;
        }
        Ok(())
    }
}
