//! The list of sessions: which are shown, in which order, which is chosen.
//!
//! What is chosen is known by its id, never by its line: lines move while a hand is on its way to a key.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use claudectl_fleet::session::{Focus, Session};
use claudectl_fleet::status::State;

use crate::look::{Look, Usages};

/// What a line stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum RowId {
    /// A project, by its folder.
    Group(String),
    /// A session, by its id.
    Session(String),
    /// A subagent of a session.
    Agent {
        /// The session's id.
        session: String,
        /// The subagent's.
        agent: String,
    },
}

impl RowId {
    /// The session that a line belongs to.
    #[must_use]
    pub(crate) fn session(&self) -> Option<&str> {
        match self {
            Self::Group(_) => None,
            Self::Session(session) | Self::Agent { session, .. } => Some(session),
        }
    }
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// What it stands for.
    pub id: RowId,
    /// Where that is in the look.
    pub at: At,
}

/// Where a line's data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum At {
    /// These sessions.
    Group(Vec<usize>),
    /// A session.
    Session(usize),
    /// A subagent of a session, and whether it is the last one.
    Agent(usize, usize, bool),
}

/// What the list is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// What needs a person first, longest first.
    #[default]
    Status,
    /// How full the context is.
    Context,
    /// What it cost.
    Cost,
    /// What it costs an hour.
    Burn,
    /// How long it has run.
    Elapsed,
    /// Processor time.
    Cpu,
    /// Memory.
    Memory,
    /// Tokens.
    Tokens,
    /// How lively it is.
    Activity,
    /// The project's name.
    Project,
}

impl Sort {
    /// Every order, in the order in which they are gone through.
    pub const ALL: [Self; 10] = [
        Self::Status,
        Self::Context,
        Self::Cost,
        Self::Burn,
        Self::Elapsed,
        Self::Cpu,
        Self::Memory,
        Self::Tokens,
        Self::Activity,
        Self::Project,
    ];

    /// Its name in the configuration.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Context => "context",
            Self::Cost => "cost",
            Self::Burn => "burn",
            Self::Elapsed => "elapsed",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Tokens => "tokens",
            Self::Activity => "activity",
            Self::Project => "project",
        }
    }

    /// The order of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.word() == name)
    }

    fn next(self) -> Self {
        let at = Self::ALL.iter().position(|sort| *sort == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// Focuses, in the order in which they are gone through.
const FOCUSES: [Focus; 5] =
    [Focus::Attention, Focus::OverBudget, Focus::HighContext, Focus::Unknown, Focus::Conflict];

/// A focus's name.
#[must_use]
pub(crate) fn focus_word(focus: Focus) -> &'static str {
    match focus {
        Focus::Attention => "attention",
        Focus::OverBudget => "over budget",
        Focus::HighContext => "high context",
        Focus::Unknown => "unknown status",
        Focus::Conflict => "conflict",
    }
}

/// Which sessions are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this status.
    pub state: Option<State>,
    /// Only what needs a look for this.
    pub focus: Option<Focus>,
    /// Only what has this text.
    pub text: String,
}

impl Filter {
    /// Nothing is left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    fn matches(&self, session: &Session, high_context: f64) -> bool {
        self.state.is_none_or(|state| session.status.state == state)
            && self.focus.is_none_or(|focus| session.matches(focus, high_context))
            && (self.text.is_empty() || session.contains(&self.text))
    }
}

/// The list.
#[derive(Debug, Default)]
pub(crate) struct List {
    /// Which sessions are shown.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// The other way round.
    pub reversed: bool,
    /// By project.
    pub grouped: bool,
    /// The first line on the screen.
    pub top: usize,
    rows: Vec<Row>,
    chosen: Option<RowId>,
    /// Where the chosen line was last: if it goes, the one in its place is chosen.
    place: usize,
    unfolded: HashSet<String>,
    folded_groups: HashSet<String>,
    shown: usize,
}

impl List {
    /// An empty one in an order.
    pub(crate) fn new(sort: Sort, grouped: bool) -> Self {
        Self { sort, grouped, ..Self::default() }
    }

    /// The lines.
    #[must_use]
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many sessions are shown.
    #[must_use]
    pub(crate) fn shown(&self) -> usize {
        self.shown
    }

    /// What is chosen.
    #[must_use]
    pub(crate) fn chosen(&self) -> Option<&RowId> {
        self.chosen.as_ref()
    }

    /// The line of what is chosen.
    #[must_use]
    pub(crate) fn index(&self) -> Option<usize> {
        let chosen = self.chosen.as_ref()?;
        self.rows.iter().position(|row| row.id == *chosen)
    }

    /// Whether a session's subagents are shown.
    #[must_use]
    pub(crate) fn is_unfolded(&self, session: &str) -> bool {
        self.unfolded.contains(session)
    }

    /// Whether a group's sessions are hidden.
    #[must_use]
    pub(crate) fn is_folded(&self, group: &str) -> bool {
        self.folded_groups.contains(group)
    }

    /// Makes the lines again, of other sessions or after a change of what is shown.
    pub(crate) fn arrange(&mut self, look: &Look, usages: &Usages, high_context: f64) {
        let sessions = &look.sessions;
        let mut order: Vec<usize> =
            (0..sessions.len()).filter(|&at| self.filter.matches(&sessions[at], high_context)).collect();
        self.shown = order.len();
        let (sort, reversed) = (self.sort, self.reversed);
        order.sort_by(|&a, &b| {
            let order = compare(sort, &sessions[a], &sessions[b], usages);
            let order = if reversed { order.reverse() } else { order };
            order.then_with(|| sessions[a].id.cmp(&sessions[b].id))
        });
        let before = self.index().unwrap_or(self.place);
        self.rows.clear();
        if self.grouped {
            self.group(sessions, &order);
        } else {
            order.iter().for_each(|&at| self.push(sessions, at));
        }
        if self.index().is_none() {
            self.choose_at(before);
        }
        self.place = self.index().unwrap_or(0);
    }

    fn group(&mut self, sessions: &[Session], order: &[usize]) {
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &at in order {
            groups.entry(group_key(&sessions[at])).or_default().push(at);
        }
        let mut groups: Vec<(&str, Vec<usize>)> = groups.into_iter().collect();
        // In the order of their first sessions, so that sorting means the same.
        let place = |at: usize| order.iter().position(|&one| one == at);
        groups.sort_by_key(|(_, members)| members.first().and_then(|&at| place(at)));
        for (key, members) in groups {
            let id = RowId::Group(key.to_owned());
            self.rows.push(Row { id, at: At::Group(members.clone()) });
            if !self.folded_groups.contains(key) {
                members.iter().for_each(|&at| self.push(sessions, at));
            }
        }
    }

    fn push(&mut self, sessions: &[Session], at: usize) {
        let session = &sessions[at];
        self.rows.push(Row { id: RowId::Session(session.id.clone()), at: At::Session(at) });
        if !self.unfolded.contains(&session.id) {
            return;
        }
        let last = session.subagents.len().saturating_sub(1);
        for (index, agent) in session.subagents.iter().enumerate() {
            let id = RowId::Agent { session: session.id.clone(), agent: agent.id.clone() };
            self.rows.push(Row { id, at: At::Agent(at, index, index == last) });
        }
    }

    /// Chooses a line.
    pub(crate) fn choose_at(&mut self, line: usize) {
        let line = line.min(self.rows.len().saturating_sub(1));
        self.chosen = self.rows.get(line).map(|row| row.id.clone());
        self.place = line;
    }

    /// Chooses a session; whether it is there.
    pub(crate) fn choose(&mut self, id: &str) -> bool {
        let found = self.rows.iter().position(|row| row.id == RowId::Session(id.to_owned()));
        found.inspect(|&line| self.choose_at(line)).is_some()
    }

    /// Goes so many lines down, or up. A single step goes round at the ends, as the published tool does.
    pub(crate) fn go(&mut self, by: isize) {
        let Some(last) = self.rows.len().checked_sub(1) else { return };
        let at = self.index().unwrap_or(0);
        let next = match by {
            1 if at == last => 0,
            -1 if at == 0 => last,
            _ => at.saturating_add_signed(by).min(last),
        };
        self.choose_at(next);
    }

    /// Shows or hides what is below the chosen line; hiding from a child goes to its parent.
    pub(crate) fn unfold(&mut self, open: bool) {
        match self.chosen.clone() {
            Some(RowId::Group(key)) => {
                if open {
                    self.folded_groups.remove(&key);
                } else {
                    self.folded_groups.insert(key);
                }
            }
            Some(RowId::Session(session)) if open => {
                self.unfolded.insert(session);
            }
            Some(RowId::Session(session) | RowId::Agent { session, .. }) if !open => {
                self.unfolded.remove(&session);
                self.chosen = Some(RowId::Session(session));
            }
            _ => {}
        }
    }

    /// The next order.
    pub(crate) fn sort_next(&mut self) {
        self.sort = self.sort.next();
        self.reversed = false;
    }

    /// Sorts by a column; by the one it is sorted by, the other way round.
    pub(crate) fn sort_by(&mut self, sort: Sort) {
        self.reversed = self.sort == sort && !self.reversed;
        self.sort = sort;
    }

    /// The next status to show alone, of those that a session has; after the last one, all.
    pub(crate) fn next_state(&mut self, look: &Look) {
        let has = |state: State| look.sessions.iter().any(|session| session.status.state == state);
        self.filter.state = after(&State::ALL, self.filter.state, has);
    }

    /// The next focus, of those that are on a session; after the last one, none.
    pub(crate) fn next_focus(&mut self, look: &Look, high_context: f64) {
        let has = |focus: Focus| look.sessions.iter().any(|session| session.matches(focus, high_context));
        self.filter.focus = after(&FOCUSES, self.filter.focus, has);
    }

    /// There is a session that a focus is on, or the list shows only those of one.
    pub(crate) fn has_focus(&self, look: &Look, high_context: f64) -> bool {
        let has = |focus: &Focus| look.sessions.iter().any(|session| session.matches(*focus, high_context));
        self.filter.focus.is_some() || FOCUSES.iter().any(has)
    }
}

/// What comes after one of several, of those that there are.
fn after<T: Copy + PartialEq>(all: &[T], one: Option<T>, has: impl Fn(T) -> bool) -> Option<T> {
    let from = one.map_or(0, |one| all.iter().position(|other| *other == one).map_or(all.len(), |at| at + 1));
    all.iter().copied().skip(from).find(|next| has(*next))
}

/// By what sessions are grouped: the project's folder, as two projects may have one name.
fn group_key(session: &Session) -> &str {
    session.project_path.as_deref().unwrap_or(&session.project)
}

/// The session that comes first is the lesser.
fn compare(sort: Sort, a: &Session, b: &Session, usages: &Usages) -> Ordering {
    let most = |a: f64, b: f64| b.total_cmp(&a);
    let usage = |session: &Session| usages.get(&session.id).copied().unwrap_or_default();
    match sort {
        Sort::Status => a.urgency().cmp(&b.urgency()),
        Sort::Context => most(a.context.pct.unwrap_or(-1.0), b.context.pct.unwrap_or(-1.0)),
        Sort::Cost => b.cost.usd.cmp(&a.cost.usd),
        Sort::Burn => {
            most(a.cost.burn_usd_per_hour.unwrap_or(-1.0), b.cost.burn_usd_per_hour.unwrap_or(-1.0))
        }
        Sort::Elapsed => a.started_at.unwrap_or(i64::MAX).cmp(&b.started_at.unwrap_or(i64::MAX)),
        Sort::Cpu => most(usage(a).cpu_pct, usage(b).cpu_pct),
        Sort::Memory => most(usage(a).memory_mb, usage(b).memory_mb),
        Sort::Tokens => b.tokens.total().cmp(&a.tokens.total()),
        Sort::Activity => b.last_activity_at.cmp(&a.last_activity_at),
        Sort::Project => a.project.to_lowercase().cmp(&b.project.to_lowercase()),
    }
}
