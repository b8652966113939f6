//! Sessions put together from the registry, the process table, the ledger and transcripts.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use claudectl_agents::checkout::{self, Checkout};
use claudectl_agents::processes::{Processes, System, Table};
use claudectl_agents::prompts::{self, Listening};
use claudectl_agents::registry::Entry;
use claudectl_fleet::budget::{self, Budgets, Scope};
use claudectl_fleet::context::{self, Evidence as ContextEvidence};
use claudectl_fleet::digest::{Digest, Last, Task};
use claudectl_fleet::hooks::Activity;
use claudectl_fleet::ledger::{Bucket, BucketKey, Id, SLOT_MS};
use claudectl_fleet::money::Usd;
use claudectl_fleet::prices::PriceTable;
use claudectl_fleet::project;
use claudectl_fleet::pulse::Pulse;
use claudectl_fleet::reading::Reading;
use claudectl_fleet::session::{
    Background, Conflict, Context, Cost, Gate, Pending, ProcessFigures, RecentError, Session, Subagent,
    TokenCounts,
};
use claudectl_fleet::spend::{self, By, Query};
use claudectl_fleet::status::{
    Evidence, Hook, Process, Source, State, Status, Tail, Tree, asked, resolve, turns_at,
};
use claudectl_redact::redact_tool;
use claudectl_store::Store;
use claudectl_store::sessions::{AgentRow, SessionRow};
use jiff::tz::TimeZone;

use crate::app::{App, Catalog};
use crate::budgets;
use crate::conflicts::{self, Checkouts};
use crate::digests::{self, Told};
use crate::error::Result;
use crate::guard::{self, Guards};
use crate::health::{self, Fares};
use crate::ingest;
use crate::live;
use crate::running::{self, Fleet, Running};
use crate::sync::Ledger;

/// Which sessions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted<'a> {
    /// Those that run, and those that crashed lately.
    Live,
    /// All that anything is known of.
    All,
    /// One.
    One(&'a str),
    /// Those that run, and these.
    Also(&'a [String]),
}

/// Sessions, most urgent first.
pub(crate) fn sessions(app: &App, ledger: &mut Ledger, wanted: Wanted<'_>) -> Result<Vec<Session>> {
    let fleet = running::fleet(app, ledger, wanted);
    guard::ended::check(app, ledger, &fleet, guard::ended::SOME)?;
    let (ids, rows) = wanted_rows(ledger, &fleet, wanted)?;
    let catalog = Catalog::of(&ledger.store, rows)?;
    let half = fleet.values().flatten().any(|running| running.half);
    let gathered = Gathered { half, ..Gathered::load(app, ledger, &catalog, wanted)? };
    let (told, nothing) = (HookTold::of(ledger, &ids, wanted)?, HookTold::default());
    let gates = |store: &Store| -> Result<Vec<Gate>> {
        let gate = |sid: &String| {
            let running = fleet.get(sid).and_then(|all| all.first());
            let activity = told.get(sid).and_then(|told| told.activity.as_ref());
            gathered.guards.of(store, sid, running, gathered.told(sid), activity)
        };
        ids.iter().map(gate).collect()
    };
    let mut found = gates(&ledger.store)?;
    // Transcripts were read after the journal, and may tell of calls that only stand in what was written since.
    if found.iter().any(|gate| gate.gap.is_some_and(|gap| gap.seen < gap.calls)) {
        ingest::is_taken_in(app, &mut ledger.store);
        found = gates(&ledger.store)?;
    }
    let mut sessions = Vec::with_capacity(ids.len());
    for (sid, gate) in ids.iter().zip(found) {
        let told = told.get(sid).unwrap_or(&nothing);
        sessions.push(gathered.session(app, sid, fleet.get(sid).map(Vec::as_slice), told, gate));
    }
    let told = |sid: &str| gathered.told(sid);
    conflicts::mark(&mut sessions, &gathered.checkouts, &told, app.now);
    if let Wanted::One(sid) = wanted {
        sessions.retain(|session| session.id == sid);
    }
    sessions.sort_by(|a, b| a.urgency().cmp(&b.urgency()).then_with(|| a.id.cmp(&b.id)));
    Ok(sessions)
}

/// Sessions in the registry, with the names they have there.
pub(crate) fn live_ids(app: &App, ledger: &Ledger) -> Vec<(String, Option<String>)> {
    let fleet = running::fleet(app, ledger, Wanted::All);
    let name = |processes: Vec<Running>| processes.into_iter().find_map(|running| running.entry.name);
    fleet.into_iter().map(|(sid, processes)| (sid, name(processes))).collect()
}

/// The ids of the sessions that are wanted, and what the store knows of them.
fn wanted_rows(
    ledger: &Ledger,
    running: &Fleet,
    wanted: Wanted<'_>,
) -> Result<(Vec<String>, Vec<SessionRow>)> {
    let mut rows = Vec::new();
    let mut ids: Vec<String> = match wanted {
        Wanted::All => {
            rows = ledger.store.sessions()?;
            let stored = rows.iter().map(|row| row.sid.clone()).filter(|sid| !sid.is_empty());
            stored.chain(running.keys().cloned()).collect()
        }
        Wanted::Live => running.keys().cloned().collect(),
        // One that runs may be in the way of others that do.
        Wanted::One(sid) if running.contains_key(sid) => running.keys().cloned().collect(),
        Wanted::One(sid) => vec![sid.to_owned()],
        Wanted::Also(these) => running.keys().chain(these).cloned().collect(),
    };
    ids.sort();
    ids.dedup();
    if wanted != Wanted::All {
        for sid in &ids {
            rows.extend(ledger.store.session(sid)?);
        }
    }
    Ok((ids, rows))
}

/// What hooks and the status line told of a session.
#[derive(Debug, Default)]
struct HookTold {
    activity: Option<Activity>,
    reading: Option<Reading>,
}

impl HookTold {
    /// Of these sessions. A query for each goes by an index; all at once take one pass.
    fn of(ledger: &Ledger, ids: &[String], wanted: Wanted<'_>) -> Result<HashMap<String, Self>> {
        let mut told: HashMap<String, Self> = HashMap::new();
        if wanted == Wanted::All {
            for (sid, activity) in ledger.store.active_since(i64::MIN)? {
                told.entry(sid).or_default().activity = Some(activity);
            }
            for reading in ledger.store.readings()? {
                let sid = reading.session.clone();
                told.entry(sid).or_default().reading = Some(reading);
            }
            return Ok(told);
        }
        for sid in ids {
            let own = Self { activity: ledger.store.activity(sid)?, reading: ledger.store.reading(sid)? };
            told.insert(sid.clone(), own);
        }
        Ok(told)
    }
}

/// A session that has moved within this may be the one of a client whose row cannot be read.
const MAY_RUN_MS: i64 = 24 * 60 * 60 * 1000;
/// What a dialog calls beside it (hooks, a sound, a status line) is over within this.
const BESIDE_MS: i64 = 3_000;
/// Between two looks at the processor time of a client.
const SAMPLE: Duration = Duration::from_millis(60);

/// What a session is doing, and what belongs to that.
struct Resolved {
    status: Status,
    /// When time alone will make it something else.
    turns_at: Option<i64>,
    /// The call that an open dialog is about.
    asked: Option<String>,
}

/// Everything that was looked up for the wanted sessions.
struct Gathered<'a> {
    catalog: &'a Catalog,
    prices: PriceTable,
    rows: HashMap<&'a str, &'a SessionRow>,
    buckets: HashMap<Id, Vec<(BucketKey, Bucket)>>,
    agents: HashMap<Id, Vec<AgentRow>>,
    /// What transcripts tell, by session.
    digests: HashMap<Id, Vec<Told>>,
    /// The process table, read when nothing else tells what a session does.
    table: OnceCell<Table>,
    /// When that was.
    table_read: OnceCell<Instant>,
    /// The process table a moment later, and when that was.
    later: OnceCell<(Table, Instant)>,
    /// Whose settings call our hooks.
    guards: Guards,
    /// A client lives whose registry row is half written.
    half: bool,
    checkouts: Checkouts,
    budgets: Budgets,
    /// Where hooks wait, and for which sessions.
    state_dir: Option<PathBuf>,
    listening: OnceCell<Listening>,
}

impl<'a> Gathered<'a> {
    fn load(app: &App, ledger: &mut Ledger, catalog: &'a Catalog, wanted: Wanted<'_>) -> Result<Self> {
        let rows: HashMap<&str, &SessionRow> =
            catalog.sessions.values().map(|row| (row.sid.as_str(), row)).collect();
        // A query for each session goes by an index; all at once take one pass.
        let queries: Vec<Option<Id>> = match wanted {
            Wanted::All => vec![None],
            _ => catalog.sessions.keys().map(|number| Some(*number)).collect(),
        };
        let mut gathered = Self {
            catalog,
            prices: app.prices(),
            rows,
            buckets: HashMap::new(),
            agents: HashMap::new(),
            digests: HashMap::new(),
            table: OnceCell::new(),
            table_read: OnceCell::new(),
            later: OnceCell::new(),
            guards: Guards::read(app, &ledger.store, &ledger.roots)?,
            half: false,
            checkouts: Checkouts::default(),
            budgets: budgets::of(app, ledger)?,
            state_dir: app.env.state_dir().ok(),
            listening: OnceCell::new(),
        };
        for &session in &queries {
            let buckets = &mut gathered.buckets;
            ledger.store.buckets(session, |key, bucket| {
                buckets.entry(key.session).or_default().push((key, bucket));
            })?;
            for agent in ledger.store.agents(session)? {
                gathered.agents.entry(agent.session).or_default().push(agent);
            }
        }
        gathered.digests = digests::of_sessions(app, ledger, &queries)?;
        Ok(gathered)
    }

    fn session(
        &self,
        app: &App,
        sid: &str,
        processes: Option<&[Running]>,
        told: &HookTold,
        gate: Gate,
    ) -> Session {
        let row = self.rows.get(sid).copied();
        let number = row.map(|row| row.id);
        let none = Vec::new();
        let transcripts = number.and_then(|number| self.digests.get(&number)).unwrap_or(&none);
        let own = transcripts.iter().find(|told| told.agent == 0);
        let digest = own.map(|told| &told.digest);
        // Of a transcript that is gone nothing is known but what was folded; before the first prompt there
        // is none.
        let known = own.is_some() || (number.is_none() && running_now(processes));
        let processes = processes.unwrap_or_default();
        let (running, Resolved { status, turns_at, asked }) =
            self.most_urgent(processes, transcripts, told.activity.as_ref(), app.now);
        let entry = running.map(|running| &running.entry);
        let live = running.is_some_and(Running::lives);
        let since = Since::of(running, told.activity.as_ref());
        let transcript = own.and_then(|told| Some(told.file.as_ref()?.display().to_string()));
        let place = Place::new(row, digest, entry, &self.checkouts);
        let (cost, tokens, messages) = self.cost(app, sid, row, digest, told.reading.as_ref());
        let model =
            digest.and_then(|digest| digest.model.clone()).or_else(|| row.and_then(|row| row.model.clone()));
        let context = self.context(app, model.as_deref(), row, digest, told.reading.as_ref());
        let fares = Fares { state: status.state, transcripts, context: &context, gap: gate.gap };
        let health = health::report(app, &fares, self.buckets_of(number), |some| self.total(some, None).usd);
        Session {
            id: sid.to_owned(),
            name: name(row, digest, entry),
            agent: "claude-code",
            kind: running
                .filter(|running| running.process != Process::Unregistered)
                .map(|running| running.entry.kind_word().to_owned()),
            pid: entry.filter(|_| live).map(|entry| entry.pid),
            project: clean(&place.project()),
            project_path: place.root.as_deref().map(clean),
            branch: place.branch(live, digest, row),
            worktree: place.worktree(digest),
            cwd: place.cwd.as_deref().map(clean),
            context,
            model,
            permission_mode: digest
                .and_then(|digest| digest.permission_mode.clone())
                .or_else(|| told.activity.as_ref().and_then(|activity| activity.mode.clone())),
            version: entry
                .and_then(|entry| entry.version.clone())
                .or_else(|| row.and_then(|row| row.version.clone())),
            started_at: entry
                .and_then(|entry| entry.started_at)
                .or_else(|| digest.and_then(|digest| digest.first_at))
                .or_else(|| row.and_then(|row| row.first_at)),
            last_activity_at: digest
                .and_then(|digest| digest.last_at)
                .or_else(|| row.and_then(|row| row.last_at)),
            tokens,
            cost,
            messages,
            prompts: known.then(|| digest.map_or(0, |digest| digest.prompts)),
            tool_calls: known.then(|| transcripts.iter().map(|told| told.digest.tool_calls).sum()),
            errors: known.then(|| transcripts.iter().map(|told| told.digest.errors).sum()),
            pending: if live { pending(transcripts, since) } else { Vec::new() },
            process: figures(running),
            host: None,
            last_failed: digest.is_some_and(|digest| digest.answered.back().is_some_and(|call| !call.2)),
            recent_errors: digest.map(recent_errors).unwrap_or_default(),
            subagents: self.subagents(number, transcripts, digest, live, since),
            background: digest.filter(|_| live).map(|own| background(own, since)).unwrap_or_default(),
            files_modified: known.then(|| merged(transcripts, |digest| &digest.files)),
            tool_usage: known.then(|| merged(transcripts, |digest| &digest.tools)),
            conflicts: opened_twice(processes, running, transcript.as_deref()),
            decay_score: own.map(|_| health.decay.score().0),
            health: health.findings,
            gate,
            transcript,
            status,
            turns_at,
            turned_at: digest.and_then(|digest| digest.last_row_at),
            pulse: pulse(transcripts),
            asked,
        }
    }

    /// The process of a session that most needs a look, and its status. Of equal ones, the later started.
    fn most_urgent<'p>(
        &self,
        processes: &'p [Running],
        transcripts: &[Told],
        activity: Option<&Activity>,
        now: i64,
    ) -> (Option<&'p Running>, Resolved) {
        let resolved = |running: Option<&Running>| {
            let tail = tail(transcripts, Since::of(running, activity));
            let hook = activity.and_then(|activity| hook(activity, transcripts, running));
            let hook = hook.map(|hook| Hook { held: self.is_held(&hook, running), ..hook });
            let evidence = Evidence {
                process: running.map_or(Process::None, |running| running.process),
                registry: running.map(|running| running.entry.evidence()),
                tree: running.and_then(|running| self.tree(running, tail.as_ref(), hook.as_ref(), now)),
                hook,
                tail,
            };
            let status = resolve(&evidence, now);
            Resolved { turns_at: turns_at(&evidence, &status), asked: asked(&evidence, &status), status }
        };
        let each = processes.iter().map(|running| (Some(running), resolved(Some(running))));
        let urgent = each.min_by_key(|(running, resolved)| {
            (resolved.status.state, running.is_some_and(|running| !running.lives()))
        });
        urgent.unwrap_or_else(|| match self.lost(transcripts, activity, now) {
            Some(status) => (None, Resolved { status, turns_at: None, asked: None }),
            None => (None, resolved(None)),
        })
    }

    /// Whether a hook of ours waits before a dialog that Claude Code opens only after it: that of a subagent in the
    /// background.
    fn is_held(&self, hook: &Hook, running: Option<&Running>) -> bool {
        let Some(entry) = running.map(|running| &running.entry) else { return false };
        let asks = hook.state == State::NeedsPermission && entry.status.as_deref() == Some("busy");
        let home = self.state_dir.as_deref().filter(|_| asks);
        let listening = |home| self.listening.get_or_init(|| prompts::listening(home));
        home.is_some_and(|home| listening(home).is_for(&entry.session_id))
    }

    /// A session without a process, while a client lives of which nobody can tell now what it runs.
    fn lost(&self, transcripts: &[Told], activity: Option<&Activity>, now: i64) -> Option<Status> {
        let heard =
            activity.filter(|activity| activity.ended.is_none()).and_then(|activity| activity.last_at);
        let rows = transcripts.iter().filter_map(|told| told.digest.last_at);
        let last = rows.chain(heard).max()?;
        let lately = now.saturating_sub(last) < MAY_RUN_MS;
        (self.half && lately).then(|| Status {
            state: State::Unknown,
            since: None,
            source: Source::Process,
            detail: Some("a client's registry row is half written: it may run this session".to_owned()),
        })
    }

    /// What the processes below a client do, where only that could tell a running tool from an open prompt.
    fn tree(&self, running: &Running, tail: Option<&Tail>, hook: Option<&Hook>, now: i64) -> Option<Tree> {
        let unsure = running.entry.status.is_none() && running.lives();
        let call = tail.filter(|_| unsure)?.open.last()?;
        let pid = running.entry.pid;
        let table = self.table.get_or_init(|| System.table());
        self.table_read.get_or_init(live::now);
        let child = table.has_child_since(pid, call.at?)?;
        let dialog = hook.filter(|hook| hook.state == State::NeedsPermission);
        let child_of_dialog =
            dialog.is_some_and(|dialog| table.has_child_in(pid, dialog.at..now.saturating_sub(BESIDE_MS)));
        Some(Tree { cpu_pct: self.busy(pid).filter(|_| !child), child_of_call: child, child_of_dialog })
    }

    /// Processor time of a client and all below it, in percent of one core, over a short while. Asked only
    /// where a call without a process of its own runs or waits, and nothing else tells which.
    fn busy(&self, pid: u32) -> Option<f64> {
        let before = self.table.get()?.usage(pid)?;
        let since = self.table_read.get()?;
        live::pause(SAMPLE.saturating_sub(since.elapsed()));
        let later = self.later.get_or_init(|| (System.table(), live::now()));
        later.0.usage(pid)?.percent_since(&before, later.1.duration_since(*since))
    }

    /// What the session's transcripts tell.
    fn told(&self, sid: &str) -> &[Told] {
        let number = self.rows.get(sid).map(|row| row.id);
        number.and_then(|number| self.digests.get(&number)).map(Vec::as_slice).unwrap_or_default()
    }

    fn buckets_of(&self, number: Option<Id>) -> &[(BucketKey, Bucket)] {
        number.and_then(|number| self.buckets.get(&number)).map(Vec::as_slice).unwrap_or_default()
    }

    fn context(
        &self,
        app: &App,
        model: Option<&str>,
        row: Option<&SessionRow>,
        digest: Option<&Digest>,
        reading: Option<&Reading>,
    ) -> Context {
        let model = model.unwrap_or_default();
        let largest = digest.map_or(0, |d| d.largest_context).max(row.map_or(0, |row| row.largest_context));
        let canonical = self.prices.canonical(model);
        let evidence = ContextEvidence {
            model,
            requested: digest.and_then(|digest| digest.requested_model.as_deref()),
            user: app.config.context_max(model).or_else(|| app.config.context_max(canonical?)),
            // The window is the model's: a reading of another one says nothing of this.
            statusline: reading
                .filter(|reading| {
                    reading.model.as_deref().is_none_or(|told| self.prices.canonical(told) == canonical)
                })
                .and_then(|reading| reading.context_size),
            largest_seen: largest,
        };
        let tokens = digest.map(|d| d.context_tokens).filter(|tokens| *tokens > 0);
        Context::new(
            tokens.or_else(|| row.and_then(|row| row.context_tokens)),
            context::window(&evidence, canonical),
        )
    }

    fn cost(
        &self,
        app: &App,
        sid: &str,
        row: Option<&SessionRow>,
        digest: Option<&Digest>,
        reading: Option<&Reading>,
    ) -> (Cost, TokenCounts, u64) {
        let root = row.and_then(SessionRow::root).unwrap_or_default();
        let limit = |scope| self.budgets.limit(scope, sid, "", root);
        let warn_at = self.budgets.limits.warn_at_percent;
        let buckets = self.buckets_of(row.map(|row| row.id));
        let total = self.total(buckets.iter().copied(), None);
        let level =
            limit(Scope::Session).map(|limit| budget::level(total.usd, total.unpriced, limit, warn_at));
        let of_agents = self.total(buckets.iter().copied().filter(|(key, _)| key.agent != 0), None);
        let reported = digest.and_then(|digest| digest.cost.as_ref()).map(|cost| cost.total_cost_usd);
        let reported = reported.or_else(|| row.and_then(|row| row.reported_usd));
        // Both only grow: what was told while it ran is newer until it is closed.
        let told = reading.and_then(|reading| reading.cost_usd);
        let reported = reported.into_iter().chain(told).reduce(f64::max);
        let cost = Cost {
            usd: total.usd,
            burn_usd_per_hour: self.burn(buckets, app.now),
            unpriced_messages: total.unpriced,
            unverified_usd: total.unverified_usd,
            budget_usd: limit(Scope::Session),
            budget_level: level,
            fanout_budget_usd: limit(Scope::Fanout),
            fanout_usd: of_agents.usd,
            fanout_level: limit(Scope::Fanout)
                .map(|limit| budget::level(of_agents.usd, of_agents.unpriced, limit, warn_at)),
            reported_usd: reported,
        };
        (cost, TokenCounts::from(&total.tokens), total.messages)
    }

    fn total(&self, buckets: impl Iterator<Item = (BucketKey, Bucket)>, since: Option<i64>) -> spend::Row {
        let query = Query { by: By::Session, since, until: None, zone: TimeZone::UTC };
        spend::report(buckets, &self.prices, self.catalog, &query).total
    }

    /// Dollars per hour over the last 15 minutes. What was spent in a quarter of an hour counts as spent evenly in it.
    #[expect(clippy::cast_precision_loss, reason = "a display value")]
    fn burn(&self, buckets: &[(BucketKey, Bucket)], now: i64) -> Option<f64> {
        let slot = now.div_euclid(SLOT_MS);
        let begun = slot * SLOT_MS;
        let recent = || buckets.iter().filter(|(key, _)| key.slot <= slot).copied();
        let (both, this) = (self.total(recent(), Some(begun - SLOT_MS)), self.total(recent(), Some(begun)));
        let still = 1.0 - (now - begun) as f64 / SLOT_MS as f64;
        let (this, before) = (this.usd.dollars(), both.usd.dollars() - this.usd.dollars());
        let hours = SLOT_MS as f64 / 3_600_000.0;
        (both.messages > 0).then(|| (this + before * still) / hours)
    }

    fn subagents(
        &self,
        number: Option<Id>,
        transcripts: &[Told],
        own: Option<&Digest>,
        live: bool,
        since: Since<'_>,
    ) -> Vec<Subagent> {
        let Some(number) = number else { return Vec::new() };
        let buckets = self.buckets.get(&number).map(Vec::as_slice).unwrap_or_default();
        let agents = self.agents.get(&number).map(Vec::as_slice).unwrap_or_default();
        let digests: HashMap<Id, &Digest> =
            transcripts.iter().map(|told| (told.agent, &told.digest)).collect();
        let mut used: HashMap<Id, Vec<(BucketKey, Bucket)>> = HashMap::new();
        for (key, bucket) in buckets.iter().filter(|(key, _)| key.agent != 0) {
            used.entry(key.agent).or_default().push((*key, *bucket));
        }
        // In the order they were started, by whatever is known of that.
        let started = |agent: &AgentRow| {
            let first = digests.get(&agent.id).and_then(|digest| digest.first_at);
            let slot = || used.get(&agent.id)?.iter().map(|(key, _)| key.slot * SLOT_MS).min();
            first.or_else(slot).unwrap_or(i64::MAX)
        };
        let mut agents: Vec<&AgentRow> = agents.iter().collect();
        agents.sort_by_cached_key(|agent| (started(agent), agent.aid.clone()));
        let shown = agents.into_iter().map(|agent| {
            let digest = digests.get(&agent.id).copied();
            let used = self.total(used.get(&agent.id).into_iter().flatten().copied(), None);
            let task = own.and_then(|own| own.background.get(&agent.aid));
            let waits = task.is_some_and(|task| since.goes_on(task));
            let open = digest.is_some_and(|digest| digest.last != Last::TurnEnded);
            let last_at = digest.and_then(|digest| digest.last_at);
            let lost = !since.lives(last_at);
            // The old version does not say at the end of a reply that it is one. One that was resumed has written since.
            let returned = own.and_then(|own| own.returned.get(&agent.aid));
            let returned = returned.is_some_and(|at| last_at.is_none_or(|last| last <= *at));
            let kind = agent.kind.clone().or_else(|| own?.agents.get(&agent.aid).cloned());
            Subagent {
                id: agent.aid.clone(),
                kind: kind.filter(|kind| !kind.is_empty()).unwrap_or_else(|| "unknown".to_owned()),
                description: agent.description.clone(),
                state: match (live, agent.finished || returned && !waits) {
                    (_, true) => "finished",
                    (true, false) if lost => "unknown",
                    (true, false) if waits || open => "running",
                    (true, false) => "finished",
                    (false, false) => "unknown",
                },
                model: digest.and_then(|digest| digest.model.clone()),
                tokens: TokenCounts::from(&used.tokens),
                cost_usd: used.usd,
                messages: used.messages,
            }
        });
        shown.collect()
    }
}

/// What hooks told of this client, less what transcripts and registry have settled since.
fn hook(activity: &Activity, transcripts: &[Told], running: Option<&Running>) -> Option<Hook> {
    let mut activity = activity.clone();
    for told in transcripts {
        activity.settle(told.aid.as_deref(), &told.digest.tail());
    }
    let entry = running.map(|running| &running.entry);
    if let Some(entry) = entry {
        activity.settle_dialogs(&entry.evidence());
    }
    let started = entry.and_then(|entry| entry.started_at);
    activity.hook().filter(|hook| started.is_none_or(|started| hook.at.saturating_add(STARTED_MS) >= started))
}

/// `HEAD` is none: so Claude Code calls what is checked out without a branch, and outside of any repository.
pub(crate) fn is_branch(told: &&str) -> bool {
    *told != "HEAD"
}

/// A client's start is known to so much, milliseconds: the kernel tells it in ticks since a start of its own.
const STARTED_MS: i64 = 1_000;

/// A client runs that has registered the session.
fn running_now(processes: Option<&[Running]>) -> bool {
    let registered = |running: &Running| running.lives() && running.process != Process::Unregistered;
    processes.is_some_and(|processes| processes.iter().any(registered))
}

/// Other processes that write to the session's transcript.
fn opened_twice(processes: &[Running], shown: Option<&Running>, transcript: Option<&str>) -> Vec<Conflict> {
    let pid = |running: &Running| running.entry.pid;
    let others = processes
        .iter()
        .filter(|running| running.lives() && shown.is_some_and(|shown| pid(shown) != pid(running)));
    let conflict = |running: &Running| Conflict {
        kind: "session",
        path: transcript.unwrap_or_default().to_owned(),
        with: format!("pid {}", pid(running)),
        was: None,
        more: None,
    };
    others.map(conflict).collect()
}

/// When the process was started that runs a session now. What is older was begun by another, and will not
/// come back. And what hooks told, which may have heard of a task's end when the transcript did not.
#[derive(Debug, Clone, Copy, Default)]
struct Since<'a> {
    started: Option<i64>,
    hooks: Option<&'a Activity>,
}

impl<'a> Since<'a> {
    fn of(running: Option<&Running>, hooks: Option<&'a Activity>) -> Self {
        let alive = running.filter(|running| running.lives());
        Self { started: alive.and_then(|running| running.entry.started_at), hooks }
    }

    /// Whether what began then can still go on.
    fn lives(self, at: Option<i64>) -> bool {
        at.zip(self.started).is_none_or(|(at, started)| at >= started)
    }

    /// Whether a background task that has not reported back may still run.
    fn goes_on(self, task: &Task) -> bool {
        self.lives(task.at) && !self.hooks.is_some_and(|hooks| hooks.is_over(task.at))
    }
}

/// The session's own end; calls that its subagents have open are open, too.
fn tail(transcripts: &[Told], since: Since<'_>) -> Option<Tail> {
    let own = transcripts.iter().find(|told| told.agent == 0).filter(|told| told.digest.rows > 0)?;
    let mut tail = own.digest.tail();
    let digest = &own.digest;
    let tasks = || digest.background.iter().filter(|(_, task)| since.goes_on(task));
    tail.background = tasks().count() as u64;
    tail.agents = tasks().filter(|(id, _)| digest.agents.contains_key(*id)).count() as u64;
    if tail.last != Last::Nothing && !since.lives(tail.at) {
        tail.last = Last::Earlier;
    }
    for told in transcripts.iter().filter(|told| told.agent != 0 && tail.background > 0) {
        tail.open.extend(told.digest.open.iter().cloned());
    }
    tail.open.retain(|tool| since.lives(tool.at));
    tail.open.sort_by_key(|tool| tool.at);
    tail.moved_at = transcripts.iter().filter_map(|told| told.digest.last_at).max();
    Some(tail)
}

/// Folders may be named after anything, too.
fn clean(text: &str) -> String {
    claudectl_redact::redact(text).text.into_owned()
}

/// Where a session works.
struct Place {
    cwd: Option<String>,
    root: Option<String>,
    checkout: Option<Checkout>,
}

impl Place {
    fn new(
        row: Option<&SessionRow>,
        digest: Option<&Digest>,
        entry: Option<&Entry>,
        checkouts: &Checkouts,
    ) -> Self {
        let stored = |pick: fn(&SessionRow) -> &Option<String>| row.and_then(|row| pick(row).clone());
        let started_in = entry.and_then(|entry| entry.cwd.clone());
        let cwd = digest.and_then(|digest| digest.cwd.clone()).or_else(|| started_in.clone());
        let cwd = cwd.or_else(|| stored(|row| &row.cwd)).or_else(|| stored(|row| &row.first_cwd));
        let root = row.and_then(SessionRow::root).map(str::to_owned);
        let root = root.or_else(|| started_in.as_deref().or(cwd.as_deref()).map(checkout::project));
        let checkout = cwd.as_deref().and_then(|cwd| checkouts.of(cwd));
        Self { cwd, root, checkout }
    }

    fn project(&self) -> String {
        project::name(self.root.as_deref().unwrap_or_default()).to_owned()
    }

    /// What is checked out now, for a session that runs; else what was when it last wrote.
    fn branch(&self, live: bool, digest: Option<&Digest>, row: Option<&SessionRow>) -> Option<String> {
        let now = self.checkout.as_ref().filter(|_| live).and_then(|checkout| checkout.branch.clone());
        let told = digest.and_then(|digest| digest.branch.as_deref());
        let told = told.or_else(|| row.and_then(|row| row.branch.as_deref())).filter(is_branch);
        now.or_else(|| told.map(str::to_owned))
    }

    fn worktree(&self, digest: Option<&Digest>) -> Option<String> {
        let entered =
            digest.and_then(|digest| digest.worktree.as_ref()).map(|tree| tree.worktree_path.clone());
        let own = self.cwd.as_deref().and_then(project::worktree).map(str::to_owned);
        let linked = self.checkout.as_ref().filter(|checkout| checkout.linked);
        entered.or(own).or_else(|| linked.map(|checkout| checkout.root.display().to_string()))
    }
}

fn name(row: Option<&SessionRow>, digest: Option<&Digest>, entry: Option<&Entry>) -> Option<String> {
    // A derived name only repeats the folder: a title says more.
    let chosen = entry.filter(|entry| entry.name_source.as_deref() != Some("derived"));
    let derived = entry.and_then(|entry| entry.name.clone());
    chosen
        .and_then(|entry| entry.name.clone())
        .or_else(|| digest.and_then(|digest| Some(digest.name.as_ref()?.text.clone())))
        .or_else(|| row.and_then(|row| row.name.clone()))
        .or(derived)
}

fn pending(transcripts: &[Told], since: Since<'_>) -> Vec<Pending> {
    let open = transcripts.iter().flat_map(|told| &told.digest.open).filter(|tool| since.lives(tool.at));
    let mut pending: Vec<Pending> = open
        .map(|tool| Pending {
            tool_use_id: tool.id.clone(),
            tool: redact_tool(&tool.name).into_owned(),
            summary: tool.summary.clone(),
            since: tool.at,
        })
        .collect();
    pending.sort_by_key(|call| call.since);
    pending
}

fn background(digest: &Digest, since: Since<'_>) -> Vec<Background> {
    let shown = |(id, task): (&String, &Task)| Background {
        id: id.clone(),
        summary: task.summary.clone(),
        since: task.at,
    };
    digest.background.iter().filter(|(_, task)| since.goes_on(task)).map(shown).collect()
}

fn recent_errors(digest: &Digest) -> Vec<RecentError> {
    let shown = |error: &claudectl_fleet::digest::ToolError| RecentError {
        tool: redact_tool(&error.tool).into_owned(),
        message: error.message.clone(),
        at: error.at,
    };
    digest.recent_errors.iter().map(shown).collect()
}

fn merged(transcripts: &[Told], pick: fn(&Digest) -> &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for told in transcripts {
        for (key, count) in pick(&told.digest) {
            *all.entry(key.clone()).or_default() += count;
        }
    }
    all
}

fn pulse(transcripts: &[Told]) -> Pulse {
    let mut all = Pulse::default();
    transcripts.iter().for_each(|told| all.add(&told.digest.pulse));
    all
}

fn figures(running: Option<&Running>) -> ProcessFigures {
    let Some(Running { entry, facts: Some(facts), .. }) = running else { return ProcessFigures::default() };
    ProcessFigures {
        cpu_pct: facts.cpu_pct,
        memory_mb: facts.memory_mb,
        tty: facts.tty.clone(),
        start: facts.start,
        terminal: entry.tmux.as_ref().map(|target| format!("tmux {target}")),
    }
}

/// The sum of what sessions cost.
pub(crate) fn total_cost(sessions: &[Session]) -> Usd {
    sessions.iter().map(|session| session.cost.usd).sum()
}
