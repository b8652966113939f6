//! What a call's session has cost, on the hot path: what the last pass has summed, and what the session's own transcripts
//! tell since. No database is opened.
//!
//! It is read only where a budget concerns the session, or a rule asks for its cost. The section of the snapshot that it
//! goes on from has a line of JSON ([`Totals`]), and one for each session that was lately active, its id and a tab before
//! it ([`Metered`]).

use std::cell::OnceCell;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use claudectl_agents::{checkout, meter};
use claudectl_fleet::budget::{Account, Budgets, Scope, Standing};
use claudectl_fleet::hooks::Event;
use claudectl_fleet::meter::{Metered, Since, Totals};
use claudectl_fleet::prices::PriceTable;
use claudectl_gate::budget::{BudgetState, past};
use claudectl_gate::judge::Policy;
use claudectl_gate::rules::Circumstances;
use claudectl_store::StoreError;
use claudectl_store::snapshot::Snapshot;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustix::fs::OFlags;

use super::Compiled;
use crate::background;
use crate::format;
use crate::live;

/// The snapshot's section.
pub(crate) const SECTION: &str = "meter";
/// No more is read of what is new: some ten milliseconds.
const MOST: u64 = 8 << 20;
/// With so much new, a pass is started.
const MUCH: u64 = 1 << 20;
/// What others have spent is older than this: a pass is started.
const STALE_MS: i64 = 10_000;
/// A pass that was due for so long does not come to an end.
const LATE_MS: i64 = 30_000;
/// Since when a pass is due: milliseconds since the epoch, in digits.
const DUE: &str = "tick.due";
/// No more is read of it.
const DIGITS: u64 = 32;
/// Younger than this, no pass is started: one has just ended.
const FRESH_MS: i64 = 2_000;

/// A response is waited for so long in all, a look each so often: Claude Code writes in batches of a tenth of a second.
const WAIT: Duration = Duration::from_millis(300);
const LOOKS: Duration = Duration::from_millis(5);

/// Looks until something is there, for no longer than [`WAIT`].
fn appears(mut is_there: impl FnMut() -> bool, pause: impl Fn(Duration)) -> bool {
    let mut waited = Duration::ZERO;
    loop {
        if is_there() {
            return true;
        }
        if waited >= WAIT {
            return false;
        }
        pause(LOOKS);
        waited += LOOKS;
    }
}

/// No link is followed, and no pipe waited for: nobody but us puts one there.
fn plain(options: &mut OpenOptions, file: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let opened = options.mode(0o600).custom_flags(flags).open(file)?;
    if opened.metadata()?.is_file() { Ok(opened) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

fn since_when(file: &Path) -> io::Result<Option<i64>> {
    let mut text = String::new();
    plain(OpenOptions::new().read(true), file)?.take(DIGITS).read_to_string(&mut text)?;
    Ok(text.trim().parse().ok())
}

fn put_since(file: &Path, now: i64) -> io::Result<()> {
    let open = || plain(OpenOptions::new().write(true).create(true), file);
    // What is no file of ours is taken away: it would hide since when a pass is due.
    let mut opened = open().or_else(|_| std::fs::remove_file(file).and_then(|()| open()))?;
    // One that an earlier version has made, by the umask.
    opened.set_permissions(Permissions::from_mode(0o600))?;
    opened.set_len(0)?;
    opened.write_all(now.to_string().as_bytes())
}

/// The section, from what a pass has summed.
pub(crate) fn section(totals: &Totals, sessions: &[(String, Metered)]) -> Result<Vec<u8>, StoreError> {
    let mut text = serde_json::to_string(totals)?;
    text.push('\n');
    for (sid, metered) in sessions {
        // No client makes such an id.
        if !sid.contains(['\t', '\n']) {
            text.push_str(&format!("{sid}\t{}\n", serde_json::to_string(metered)?));
        }
    }
    Ok(text.into_bytes())
}

/// The built-in prices, with the person's own as the last pass knew them.
fn prices(totals: Option<&Totals>) -> PriceTable {
    let mut prices = PriceTable::builtin();
    totals.into_iter().flat_map(|totals| &totals.prices).for_each(|own| prices.insert(own.clone()));
    prices
}

/// What the section says of everything, and of one session.
fn read(section: &[u8], session: &str) -> (Option<Totals>, Option<Metered>) {
    let Ok(section) = str::from_utf8(section) else { return (None, None) };
    let line = |at: usize| section[at..].split('\n').next().unwrap_or_default();
    let totals = serde_json::from_str(line(0)).ok();
    let begin = format!("\n{session}\t");
    let own = section.find(&begin).map(|at| line(at + begin.len()));
    (totals, own.and_then(|own| serde_json::from_str(own).ok()))
}

/// Reads what a session has cost, once, and only if somebody asks.
pub(crate) struct Meter {
    home: PathBuf,
    now: i64,
    session: String,
    agent: Option<String>,
    /// The call that is about to be made.
    call: Option<String>,
    transcript: Option<PathBuf>,
    folder: String,
    /// The project that it works in, where nothing was summed of it.
    here: OnceCell<String>,
    budgets: Option<Budgets>,
    config: Option<PathBuf>,
    /// What limits were read from: sums are of the same pass.
    snapshot: Option<Rc<Snapshot>>,
    cost: OnceCell<Cost>,
}

/// What a session has cost.
struct Cost {
    /// Nothing yet, where no pass has summed anything.
    totals: Totals,
    is_summed: bool,
    known: Option<Metered>,
    since: Since,
    /// Why it may be more.
    unknown: Option<String>,
    /// Why others may have spent more.
    late: Option<String>,
}

impl Meter {
    /// Of the session that an event is of, by what the last pass has put together.
    pub(crate) fn new(
        home: &Path,
        event: &Event,
        compiled: &Compiled,
        snapshot: Option<&Rc<Snapshot>>,
    ) -> Self {
        Self {
            home: home.to_path_buf(),
            now: event.at,
            session: event.session.clone(),
            agent: event.agent.clone(),
            call: event.call.clone(),
            transcript: event.transcript.as_deref().map(PathBuf::from),
            folder: event.cwd.clone().unwrap_or_default(),
            here: OnceCell::new(),
            budgets: compiled.settings.budgets.clone(),
            config: compiled.settings.config().map(Path::to_path_buf),
            snapshot: snapshot.cloned(),
            cost: OnceCell::new(),
        }
    }

    /// Adds to what is known of a call: which budgets concern its session, and what that has cost if a rule asks.
    pub(crate) fn tell(&self, call: &mut Circumstances, policy: &Policy) {
        call.agent = self.agent.is_some();
        if policy.rules.iter().any(|(_, rule)| rule.cost_above.is_some()) {
            call.cost = self.account().usd().dollars();
        }
        if let Some(budgets) = self.budgets.as_ref().filter(|budgets| self.concerns(budgets)) {
            call.budgets = self.states(budgets);
        }
    }

    /// Why its main conversation should spend no more.
    pub(crate) fn past(&self) -> Option<String> {
        let budgets = self.budgets.as_ref().filter(|budgets| self.concerns(budgets))?;
        past(&self.states(budgets))
    }

    /// The budgets that concern a session, by what the last pass has summed and what its transcripts tell since, for whoever
    /// shows them: nothing is waited for, and no pass is started. `None` where no pass has summed anything of it.
    pub(crate) fn shown(home: &Path, session: &str, budgets: &Budgets, now: i64) -> Option<Vec<Standing>> {
        let snapshot = Snapshot::look(home).ok()?;
        let (totals, known) =
            snapshot.section(SECTION).map_or((None, None), |section| read(section, session));
        let (totals, known) = (totals?, known?);
        let prices = prices(Some(&totals));
        let since = meter::fresh(session, Path::new(""), Some(&known), &prices, MOST).since;
        let here = known.project.as_str();
        let account = Account { session, here, totals: &totals, known: Some(&known), since: &since, now };
        Some(Scope::ALL.into_iter().filter_map(|scope| account.standing(scope, budgets)).collect())
    }

    /// Whether anything that the session spends is limited, as far as that is known without its project.
    fn concerns(&self, budgets: &Budgets) -> bool {
        let lowered = |scope| budgets.lowered.iter().any(|(_, limits)| limits.of(scope).is_some());
        let own = |scope| budgets.limit(scope, &self.session, "", "").is_some() || lowered(scope);
        let shared = [Scope::Project, Scope::Day, Scope::Week].map(|scope| budgets.limits_any(scope));
        own(Scope::Session) || own(Scope::Fanout) || shared.contains(&true)
    }

    fn cost(&self) -> &Cost {
        self.cost.get_or_init(|| {
            let section = self.snapshot.as_ref().and_then(|snapshot| snapshot.section(SECTION));
            let (totals, known) = section.map_or((None, None), |section| read(section, &self.session));
            let prices = prices(totals.as_ref());
            let transcript = self.transcript.as_deref().unwrap_or(Path::new(""));
            let look = || meter::fresh(&self.session, transcript, known.as_ref(), &prices, MOST);
            let fresh = look();
            let late = self.renew(totals.as_ref(), known.as_ref(), &fresh);
            let is_summed = totals.is_some();
            let cost = Cost {
                totals: totals.unwrap_or_default(),
                is_summed,
                known: known.clone(),
                since: fresh.since.clone(),
                unknown: self.unknown(&fresh, known.as_ref()),
                late,
            };
            if !self.waits(&cost) {
                return cost;
            }
            let fresh = look();
            Cost { unknown: self.unknown(&fresh, known.as_ref()), since: fresh.since, ..cost }
        })
    }

    /// Waits for the response that the call is in where that may be the one that crosses a budget; whether it is written
    /// down now.
    fn waits(&self, cost: &Cost) -> bool {
        let budgets = self.budgets.as_ref().filter(|budgets| self.concerns(budgets));
        let (Some(budgets), Some(call), Some(transcript)) = (budgets, &self.call, &self.transcript) else {
            return false;
        };
        if !self.account_of(cost).nears(budgets) {
            return false;
        }
        let agent = self.agent.as_deref();
        let mut sought = meter::Sought::new(&self.session, transcript, cost.known.as_ref(), agent, call);
        appears(|| sought.is_told(), live::pause)
    }

    /// Why more may have been spent than is known.
    fn unknown(&self, fresh: &meter::Fresh, known: Option<&Metered>) -> Option<String> {
        if fresh.failed > 0 {
            return Some("a transcript of it cannot be read (claudectl tick says which)".to_owned());
        }
        if fresh.unread > 0 {
            let much = format::bytes(fresh.unread);
            return Some(format!("{much} of its transcripts are still to be read (claudectl tick)"));
        }
        match (known, &self.transcript) {
            (None, None) => Some("Claude Code did not say where its transcript is (claudectl doctor)".to_owned()),
            // Before the first call, there is the prompt in it.
            (_, Some(transcript)) if !transcript.try_exists().unwrap_or(true) => Some(
                "Claude Code keeps no transcript of it (a setting of the repository, or --no-session-persistence)"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// Starts a pass where what is known is old, or reading on from there takes long. Returns why what others have spent
    /// cannot be gone by: passes are started, and none comes to an end.
    fn renew(
        &self,
        totals: Option<&Totals>,
        known: Option<&Metered>,
        fresh: &meter::Fresh,
    ) -> Option<String> {
        let age = totals.map_or(i64::MAX, |totals| self.now.saturating_sub(totals.as_of).saturating_abs());
        let shared = self.budgets.as_ref().is_some_and(|budgets| {
            [Scope::Project, Scope::Day, Scope::Week].into_iter().any(|scope| budgets.limits_any(scope))
        });
        let much = fresh.is_strange || fresh.unread > 0 || fresh.read > MUCH;
        let is_stale = shared && age > STALE_MS;
        // It may have one since.
        let is_unpriced = age > STALE_MS && known.is_some_and(|known| !known.unpriced.is_empty());
        if is_stale || is_unpriced || (much && age > FRESH_MS) {
            background::tick(&self.home, self.config.as_deref());
        }
        let due = self.due(totals.filter(|_| is_stale)?.as_of)?;
        (self.now.saturating_sub(due) > LATE_MS)
            .then(|| "what other sessions spend is not summed any more (claudectl tick says why)".to_owned())
    }

    /// Since when a pass is due; `None`, and from now on it is, where the last one ended after that.
    fn due(&self, as_of: i64) -> Option<i64> {
        let file = self.home.join(DUE);
        let since = since_when(&file).ok().flatten();
        // A pass of the future says nothing: the clock was put back.
        let since = since.filter(|&since| since <= self.now && (since > as_of || as_of > self.now));
        if since.is_none() {
            // Where nothing can be written, no call can be written down either, and none is allowed.
            put_since(&file, self.now).ok();
        }
        since
    }

    fn account(&self) -> Account<'_> {
        self.account_of(self.cost())
    }

    fn account_of<'a>(&'a self, cost: &'a Cost) -> Account<'a> {
        let Cost { totals, known, since, .. } = cost;
        let own = || if known.is_none() { checkout::project(&self.folder) } else { String::new() };
        let (session, here) = (self.session.as_str(), self.here.get_or_init(own).as_str());
        Account { session, here, totals, known: known.as_ref(), since, now: self.now }
    }

    fn states(&self, budgets: &Budgets) -> Vec<BudgetState> {
        let (account, cost) = (self.account(), self.cost());
        let zone = cost.totals.zone.as_deref().and_then(|zone| TimeZone::get(zone).ok());
        let zone = zone.unwrap_or_else(TimeZone::system);
        let state = |standing: Standing| {
            let (as_of, unknown) = match standing.scope {
                Scope::Session | Scope::Fanout => (self.now, cost.unknown.clone()),
                Scope::Project | Scope::Day | Scope::Week => self.shared(),
            };
            BudgetState::new(standing, clock(as_of, &zone), unknown)
        };
        Scope::ALL.into_iter().filter_map(|scope| account.standing(scope, budgets)).map(state).collect()
    }

    /// As of when it is known what others have spent, and why that may be more.
    fn shared(&self) -> (i64, Option<String>) {
        let cost = self.cost();
        if !cost.is_summed {
            let why = "what other sessions have spent is still to be summed (claudectl tick)";
            return (self.now, Some(why.to_owned()));
        }
        (cost.totals.as_of, cost.late.clone().or_else(|| cost.unknown.clone()))
    }
}

/// The time of day.
pub(crate) fn clock(at: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or_default();
    zone.to_datetime(at).strftime("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_appear_is_waited_for_so_long_and_no_longer() {
        let waited = |after: usize| {
            let (looks, paused) = (std::cell::Cell::new(0), std::cell::Cell::new(Duration::ZERO));
            let is_there = || looks.replace(looks.get() + 1) == after;
            let found = appears(is_there, |time| paused.set(paused.get() + time));
            (found, paused.get())
        };
        assert_eq!(waited(0), (true, Duration::ZERO));
        assert_eq!(waited(3), (true, 3 * LOOKS));
        assert_eq!(waited(usize::MAX), (false, WAIT));
    }

    #[test]
    fn each_session_is_found_by_its_whole_id() {
        let metered = |project: &str| Metered { project: project.to_owned(), ..Metered::default() };
        let totals = Totals { as_of: 7, ..Totals::default() };
        let sessions = [
            ("ab".to_owned(), metered("/1")),
            ("b".to_owned(), metered("/2")),
            ("x\ty".to_owned(), metered("/3")),
        ];
        let section = section(&totals, &sessions).unwrap();
        let project = |sid: &str| read(&section, sid).1.map(|metered| metered.project);
        assert_eq!(read(&section, "b").0, Some(totals));
        assert_eq!([project("ab"), project("b")], [Some("/1".to_owned()), Some("/2".to_owned())]);
        assert_eq!([project("a"), project("x\ty"), project("x"), project("")], [None, None, None, None]);
        assert_eq!(read(b"", "b"), (None, None));
        assert_eq!(read(b"{\n\nb\t{\n", "b"), (None, None));
    }
}
