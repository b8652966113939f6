//! The person's configuration, read again when its file changes under a program that runs for long.

use claudectl_agents::walk;
use claudectl_transcript::tail::Stamp;

use crate::app::App;
use crate::config::{ConfigErrors, Loaded};
use crate::configuration;

/// The file as it was read last.
#[derive(Debug)]
pub(crate) struct Reload {
    stamp: Option<Stamp>,
}

/// What has become of the file.
#[derive(Debug)]
pub(crate) enum Change {
    /// It is as it was.
    None,
    /// It was changed, and counts from now on.
    Taken,
    /// It was changed, and has mistakes: the one before counts.
    Refused(ConfigErrors),
}

impl Reload {
    pub(crate) fn new(app: &App) -> Self {
        Self { stamp: stamp(app) }
    }

    /// Takes in what has changed since the last time.
    pub(crate) fn look(&mut self, app: &mut App) -> Change {
        let now = stamp(app);
        if std::mem::replace(&mut self.stamp, now) == now {
            return Change::None;
        }
        let Loaded { config, errors, .. } = configuration::load_again(app);
        if !errors.is_empty() {
            return Change::Refused(errors);
        }
        // A name that is none is a mistake.
        if let Ok(zone) = app.env.zone(config.general.timezone.as_deref().unwrap_or("local")) {
            app.zone = zone;
        }
        app.config = config;
        Change::Taken
    }
}

fn stamp(app: &App) -> Option<Stamp> {
    let metadata = std::fs::metadata(app.config_file.as_deref()?).ok()?;
    Some(walk::stamp(&metadata))
}
