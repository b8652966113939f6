//! What every command is given: environment, configuration, clock, zone and output.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::mpsc::Sender;

use claudectl_fleet::ledger::Id;
use claudectl_fleet::prices::PriceTable;
use claudectl_fleet::project;
use claudectl_fleet::spend::Names;
use claudectl_store::Store;
use claudectl_store::sessions::{AgentRow, SessionRow};
use jiff::tz::TimeZone;

use crate::config::{Config, ConfigErrors, Notice};
use crate::env::Env;
use crate::error::Result;
use crate::ui::{ColorChoice, Ui};

/// The surroundings of a command.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) env: Env,
    pub(crate) ui: Ui,
    pub(crate) config: Config,
    /// The person's configuration file, whether or not it is there.
    pub(crate) config_file: Option<PathBuf>,
    /// Mistakes in the configuration; none, but for a command that has to run all the same.
    pub(crate) config_errors: ConfigErrors,
    /// It belongs to the published tool and is not used.
    pub(crate) foreign_config: Option<Notice>,
    /// Milliseconds since the epoch, the same for all that one run shows.
    pub(crate) now: i64,
    /// Where days begin.
    pub(crate) zone: TimeZone,
}

impl App {
    /// The same surroundings for another thread, whose warnings go elsewhere.
    pub(crate) fn aside(&self, warnings: Sender<String>) -> Self {
        let mut app = self.beside();
        app.ui.send_warnings(warnings);
        app
    }

    /// Claude Code's configuration folders.
    pub(crate) fn claude_roots(&self) -> Vec<PathBuf> {
        let extra = self.config.claude_dirs(self.env.home.as_deref());
        claudectl_agents::roots::config_roots(
            self.env.claude_config_dir.as_deref(),
            self.env.home.as_deref(),
            &extra,
        )
    }

    /// The same, for a thread that works beside: what it has to say goes to the log alone.
    pub(crate) fn beside(&self) -> Self {
        Self {
            env: self.env.clone(),
            ui: Ui::new(&self.env, ColorChoice::Never, false, true),
            config: self.config.clone(),
            config_file: self.config_file.clone(),
            config_errors: ConfigErrors::default(),
            foreign_config: None,
            now: self.now,
            zone: self.zone.clone(),
        }
    }

    /// The built-in prices with the person's own.
    pub(crate) fn prices(&self) -> PriceTable {
        let mut table = PriceTable::builtin();
        for price in self.config.prices(&table) {
            table.insert(price);
        }
        table
    }
}

/// The names behind the store's numbers.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    models: HashMap<Id, String>,
    pub(crate) sessions: HashMap<Id, SessionRow>,
    agents: HashMap<Id, AgentRow>,
    /// Projects as they are shown, by session.
    projects: HashMap<Id, String>,
}

impl Catalog {
    pub(crate) fn load(store: &Store, env: &Env) -> Result<Self> {
        let sessions: HashMap<Id, SessionRow> =
            store.sessions()?.into_iter().map(|row| (row.id, row)).collect();
        Ok(Self {
            models: store.models()?,
            agents: store.agents(None)?.into_iter().map(|row| (row.id, row)).collect(),
            projects: project_labels(&sessions, env),
            sessions,
        })
    }

    /// Only these sessions, without the labels of projects and subagents, which take every row there is.
    pub(crate) fn of(store: &Store, sessions: Vec<SessionRow>) -> Result<Self> {
        let sessions = sessions.into_iter().map(|row| (row.id, row)).collect();
        Ok(Self { models: store.models()?, sessions, ..Self::default() })
    }

    /// The folders of projects, by how they are shown.
    pub(crate) fn project_roots(&self) -> HashMap<String, String> {
        let shown = self.projects.iter().filter_map(|(id, label)| {
            let root = self.sessions.get(id)?.root().unwrap_or_default();
            Some((label.clone(), root.to_owned()))
        });
        shown.collect()
    }

    /// The folders of sessions' projects, by the sessions' ids.
    pub(crate) fn roots_of_sessions(&self) -> HashMap<&str, &str> {
        let rows = self.sessions.values();
        rows.filter_map(|row| Some((row.sid.as_str(), row.root()?))).collect()
    }
}

/// Short names of projects; where two folders have one name, the folder is shown, too.
fn project_labels(sessions: &HashMap<Id, SessionRow>, env: &Env) -> HashMap<Id, String> {
    let root = |row: &SessionRow| row.root().unwrap_or_default().to_owned();
    let mut roots: HashMap<String, HashSet<String>> = HashMap::new();
    for row in sessions.values() {
        let folder = root(row);
        roots.entry(project::name(&folder).to_owned()).or_default().insert(folder);
    }
    let label = |row: &SessionRow| {
        let folder = root(row);
        let name = project::name(&folder);
        if roots.get(name).is_some_and(|folders| folders.len() > 1) {
            format!("{name} ({})", env.short_path(&folder))
        } else {
            name.to_owned()
        }
    };
    sessions.iter().map(|(id, row)| (*id, label(row))).collect()
}

impl Names for Catalog {
    fn model(&self, id: Id) -> &str {
        match self.models.get(&id).map(String::as_str) {
            None | Some("") => "(none)",
            Some(model) => model,
        }
    }

    fn session(&self, id: Id) -> &str {
        match self.sessions.get(&id).map(|row| row.sid.as_str()) {
            None | Some("") => "(unknown)",
            Some(sid) => sid,
        }
    }

    fn project(&self, session: Id) -> &str {
        self.projects.get(&session).map_or("(unknown)", String::as_str)
    }

    fn agent(&self, id: Id) -> &str {
        match (id, self.agents.get(&id)) {
            (0, _) => "main",
            (_, Some(row)) => row.kind.as_deref().unwrap_or("(unknown kind)"),
            (_, None) => "(unknown)",
        }
    }
}
