//! `claudectl up`: everything without a screen.

mod unit;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use claudectl_fleet::session::{Session, rfc3339};
use claudectl_store::notices::State as Delivery;
use serde_json::{Value, json};

use crate::app::App;
use crate::comings::Comings;
use crate::commands::watch::{self, What};
use crate::error::Result;
use crate::format;
use crate::leader::Leadership;
use crate::live::{self, Live, Waker};
use crate::notices::{Carried, HandedOver, Notices, Outcome};
use crate::reload::{Change, Reload};
use crate::signals::Ending;
use crate::sinks;
use crate::ui::{Style, clean, cut};
use crate::when;

/// Run everything that has no screen: tell you what you asked to be told, and keep state up to date.
///
/// Follows the sessions of this machine until it is ended, and tells what `[notify]`, `[webhooks]` and `[hooks]` in
/// your configuration ask for; when that file changes, it counts from then on. Of several processes, dashboards among
/// them, one leads, and only that one tells; the next takes over when it ends. On a terminal a line of text for each
/// event; else, and with --json, a JSON document on a line of its own. It is no daemon: `--install` writes the unit
/// with which your system runs it in the background, if you want that.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("unit").args(["install", "uninstall"]))]
pub(crate) struct Args {
    /// Tell so often that it runs: 30s, 5m; 0s for never.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = when::duration)]
    heartbeat: Duration,
    /// The state folder; an absolute path. Default: yours.
    #[arg(long, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Write the unit that runs it in the background from login on: of systemd, on macOS of launchd.
    #[arg(long)]
    install: bool,
    /// Remove that unit.
    #[arg(long)]
    uninstall: bool,
    /// With --install or --uninstall: only show what would be done.
    #[arg(long, requires = "unit")]
    dry_run: bool,
    /// With --install or --uninstall: the unit of systemd, whatever the system.
    #[arg(long, requires = "unit", conflicts_with = "launchd")]
    systemd: bool,
    /// With --install or --uninstall: the property list of launchd, whatever the system.
    #[arg(long, requires = "unit")]
    launchd: bool,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let kind = match (args.systemd, args.launchd) {
        (true, _) => unit::Kind::Systemd,
        (_, true) => unit::Kind::Launchd,
        _ => unit::Kind::OWN,
    };
    if args.install {
        return unit::install(app, kind, args.dry_run);
    }
    if args.uninstall {
        return unit::uninstall(app, kind, args.dry_run);
    }
    match Up::new(app, args)?.run(app) {
        Ok(()) => Ok(()),
        Err(Ended::Reader(error)) => watch::ended(error),
        Err(Ended::Failed(error)) => Err(error),
    }
}

/// Why it does not go on.
enum Ended {
    /// Nobody reads what it says.
    Reader(io::Error),
    Failed(crate::error::CliError),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Reader(error)
    }
}

impl From<crate::error::CliError> for Ended {
    fn from(error: crate::error::CliError) -> Self {
        Self::Failed(error)
    }
}

/// Wakes the look at live sessions, once there is one.
#[derive(Debug, Clone, Default)]
struct Bell(Arc<Mutex<Option<Waker>>>);

impl Bell {
    fn ring(&self) {
        if let Some(live) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            live.wake();
        }
    }

    fn wakes(&self, live: Waker) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(live);
    }
}

/// Why it no longer looks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Ending,
    /// It leads from now on.
    Leads,
    /// Another one counts from now on.
    Configuration,
}

/// What was seen so far.
#[derive(Default)]
struct Looked {
    comings: Comings,
    /// `None` before the first look.
    sessions: Option<BTreeMap<String, Session>>,
    /// Whoever tells has not seen them.
    unseen: bool,
}

fn listed(notices: &Notices) -> Vec<Value> {
    let sinks = notices.sinks().iter();
    sinks.map(|sink| json!({ "name": sink.name, "to": sink.to, "problem": sink.problem })).collect()
}

struct Up {
    bell: Bell,
    reload: Reload,
    ending: Ending,
    leadership: Leadership,
    heartbeat: Option<Duration>,
    /// When the next is due.
    beat: Option<Instant>,
    sessions: u64,
    attention: u64,
}

impl Up {
    fn new(app: &App, args: &Args) -> Result<Self> {
        let bell = Bell::default();
        let ending = Ending::listen({
            let bell = bell.clone();
            move || bell.ring()
        })?;
        let leadership = Leadership::seek(&app.env.state_dir()?, "up", app.now, {
            let bell = bell.clone();
            move || bell.ring()
        })?;
        let heartbeat = Some(args.heartbeat).filter(|every| !every.is_zero());
        let beat = heartbeat.map(|every| live::now() + every);
        Ok(Self {
            bell,
            reload: Reload::new(app),
            ending,
            leadership,
            heartbeat,
            beat,
            sessions: 0,
            attention: 0,
        })
    }

    fn run(mut self, app: &mut App) -> Result<(), Ended> {
        let startup = json!({
            "event": "startup",
            "version": env!("CARGO_PKG_VERSION"),
            "pid": std::process::id(),
            "home": app.env.state_dir()?.display().to_string(),
        });
        self.say(app, &startup, || format!("claudectl {} is up", env!("CARGO_PKG_VERSION")))?;
        if self.leadership.unlocked {
            app.ui.warn("the state folder's file system has no locks: should another claudectl run there, too, you are told twice");
        }
        self.go_on(app)?;
        let signal = self.ending.signal();
        self.say(app, &json!({ "event": "shutdown", "signal": signal }), || {
            format!("ends{}", signal.map(|signal| format!(" ({signal})")).unwrap_or_default())
        })
    }

    /// Looks on until it ends; tells as long as it leads.
    fn go_on(&mut self, app: &mut App) -> Result<(), Ended> {
        let mut live = Live::start(app)?;
        self.bell.wakes(live.waker());
        let mut looked = Looked::default();
        let mut notices = None;
        if !self.leadership.leads() {
            self.follow(app)?;
        }
        loop {
            let done = self.look_on(app, &mut live, notices.as_mut(), &mut looked);
            let mut handed_over = None;
            if let Some(mut notices) = notices.take() {
                handed_over = Some(notices.hand_over());
                for outcome in notices.close(app) {
                    self.told(app, &outcome)?;
                }
                for carried in notices.carried() {
                    self.carried(app, &carried)?;
                }
            }
            match done? {
                Why::Ending => return Ok(()),
                Why::Leads => {
                    looked.unseen = true;
                    notices = Some(self.lead(app, &live)?);
                }
                Why::Configuration => notices = self.take_configuration(app, &live, handed_over)?,
            }
        }
    }

    /// Says that another one leads.
    fn follow(&self, app: &App) -> Result<(), Ended> {
        let leader = self.leadership.leader();
        let document = json!({ "event": "leader", "leading": false, "leader": leader });
        self.say(app, &document, || {
            let who = match &leader {
                Some(leader) => {
                    format!("pid {} ({}, since {})", leader.pid, clean(&leader.what), clean(&leader.since))
                }
                None => "another claudectl".to_owned(),
            };
            format!("follows: {who} leads, and tells what is to be told until it ends")
        })
    }

    fn lead(&self, app: &App, live: &Live) -> Result<Notices, Ended> {
        let notices = self.notices(app, live)?;
        let leader = self.leadership.leader();
        let document =
            json!({ "event": "leader", "leading": true, "leader": leader, "sinks": listed(&notices) });
        self.tells(app, &document, "leads", &notices)?;
        Ok(notices)
    }

    /// Goes on by a changed configuration, with what was handed over by whoever told before.
    fn take_configuration(
        &self,
        app: &App,
        live: &Live,
        handed_over: Option<HandedOver>,
    ) -> Result<Option<Notices>, Ended> {
        let what = "takes the changed configuration";
        let Some(handed_over) = handed_over else {
            self.say(app, &json!({ "event": "configuration", "mistakes": 0 }), || what.to_owned())?;
            return Ok(None);
        };
        let mut notices = self.notices(app, live)?;
        notices.go_on(handed_over);
        let document = json!({ "event": "configuration", "mistakes": 0, "sinks": listed(&notices) });
        self.tells(app, &document, what, &notices)?;
        Ok(Some(notices))
    }

    fn notices(&self, app: &App, live: &Live) -> Result<Notices> {
        // What is read by a program is no place for a bell.
        let terminal = sinks::terminal(app).filter(|_| !app.ui.json);
        Notices::start(app, &live.waker(), terminal)
    }

    /// Says whom it tells.
    fn tells(&self, app: &App, document: &Value, what: &str, notices: &Notices) -> Result<(), Ended> {
        self.say(app, document, || {
            let names: Vec<String> = notices.sinks().iter().map(|sink| clean(&sink.name)).collect();
            match names.as_slice() {
                [] => {
                    format!(
                        "{what}; no sink is configured, so nothing is told: see [notify] in the configuration"
                    )
                }
                names => format!("{what}, and tells {}", names.join(", ")),
            }
        })?;
        for sink in notices.sinks() {
            if let Some(problem) = &sink.problem {
                app.ui.warn(&format!("{}: {problem}", sink.name));
            }
        }
        Ok(())
    }

    fn look_on(
        &mut self,
        app: &mut App,
        live: &mut Live,
        mut notices: Option<&mut Notices>,
        looked: &mut Looked,
    ) -> Result<Why, Ended> {
        while self.ending.signal().is_none() {
            if notices.is_none() && self.leadership.leads() {
                return Ok(Why::Leads);
            }
            if self.reload(app)? {
                return Ok(Why::Configuration);
            }
            let fresh = live.has_news();
            if fresh {
                let before = looked.sessions.replace(looked.comings.look(app, live)?);
                self.changed(app, before.as_ref(), looked.sessions.as_ref().unwrap_or(&BTreeMap::new()))?;
            }
            let mut due = None;
            if let Some(notices) = &mut notices {
                let unseen = fresh || std::mem::take(&mut looked.unseen);
                if unseen {
                    notices.also(looked.comings.alarms(app, live)?);
                }
                notices.look(app, looked.sessions.iter().flat_map(BTreeMap::values), unseen)?;
                for carried in notices.carried() {
                    self.carried(app, &carried)?;
                }
                for outcome in notices.outcomes() {
                    self.told(app, &outcome)?;
                }
                notices.warnings().iter().for_each(|warning| app.ui.warn(warning));
                due = notices.due();
            }
            live.wait(app, self.until(app, due)?)?;
            if self.beat.is_some_and(|beat| beat <= live::now()) {
                self.heartbeat(app)?;
            }
        }
        Ok(Why::Ending)
    }

    /// Whether the configuration was changed, and counts.
    fn reload(&mut self, app: &mut App) -> Result<bool, Ended> {
        let errors = match self.reload.look(app) {
            Change::None => return Ok(false),
            Change::Taken => return Ok(true),
            Change::Refused(errors) => errors,
        };
        let mistakes = errors.as_slice().len();
        app.ui.warn(&format!("the configuration was changed and is not used:\n{errors}"));
        let document = json!({ "event": "configuration", "mistakes": mistakes });
        let count = format::plural(mistakes as u64, "mistake");
        self.say(app, &document, || {
            format!("keeps to the configuration from before: {count} in the changed one")
        })?;
        Ok(false)
    }

    /// When to wake without a reason: for the heartbeat, or for what waits only for time.
    fn until(&self, app: &App, due: Option<i64>) -> Result<Option<Instant>> {
        let clock = app.env.now_ms()?;
        let away = |at: i64| Duration::from_millis(at.saturating_sub(clock).max(0).unsigned_abs());
        Ok([self.beat, due.map(|at| live::now() + away(at))].into_iter().flatten().min())
    }

    fn changed(
        &mut self,
        app: &mut App,
        before: Option<&BTreeMap<String, Session>>,
        now: &BTreeMap<String, Session>,
    ) -> Result<(), Ended> {
        self.sessions = now.values().filter(|session| session.pid.is_some()).count() as u64;
        self.attention = now.values().filter(|session| session.status.state.wants_attention()).count() as u64;
        for change in watch::changes(before, now, app.now) {
            if change.what != What::Figures {
                let mut document = watch::document(&change);
                document["event"] = json!("session");
                self.say(app, &document, || watch::text(app, &change))?;
            }
        }
        Ok(())
    }

    fn told(&self, app: &App, outcome: &Outcome) -> Result<(), Ended> {
        let Outcome { notice, sink, state, attempts } = outcome;
        let document = json!({
            "event": "notice",
            "sink": sink,
            "state": state.word(),
            "reason": state.reason(),
            "attempts": attempts,
            "notice": notice,
        });
        self.say(app, &document, || {
            let (style, word) = match state {
                Delivery::Sent => (Style::Good, "told"),
                Delivery::Suppressed(_) => (Style::Faint, "not told"),
                Delivery::Failed(_) => (Style::Alarm, "FAILED"),
                Delivery::Pending(_) => (Style::Notice, "tries again"),
            };
            let reason = state.reason().map(|reason| format!(" ({})", clean(reason))).unwrap_or_default();
            let head = app.ui.paint(style, &format!("{word:<11}"));
            let text = format!("{}: {}{reason}", clean(sink), clean(&notice.title));
            format!(
                "{}  {head}  {}",
                watch::time(app, notice.at),
                cut(&text, app.ui.width.saturating_sub(23))
            )
        })
    }

    /// What a trigger has done, whoever is told of it.
    fn carried(&self, app: &App, carried: &Carried) -> Result<(), Ended> {
        let document = json!({
            "event": "trigger",
            "trigger": carried.trigger,
            "action": carried.deed.word(),
            "time": carried.time,
            "done": carried.done,
            "text": claudectl_redact::redact(&carried.text).text,
            "session": carried.session,
        });
        self.say(app, &document, || {
            let style = if carried.done { Style::Notice } else { Style::Alarm };
            let head = app.ui.paint(style, &clean(&carried.headline()));
            let text = claudectl_redact::redact(&carried.text).text;
            format!("{}: {head}: {}", clean(&carried.session.title()), clean(&text))
        })
    }

    fn heartbeat(&mut self, app: &App) -> Result<(), Ended> {
        self.beat = self.heartbeat.map(|every| live::now() + every);
        let document = json!({
            "event": "heartbeat",
            "leading": self.leadership.leads(),
            "sessions": self.sessions,
            "attention": self.attention,
        });
        self.say(app, &document, || {
            let follows = if self.leadership.leads() { "" } else { "; follows" };
            let text = format!(
                "{}, {} want you{follows}",
                format::plural(self.sessions, "session"),
                format::count(self.attention)
            );
            app.ui.paint(Style::Faint, &text)
        })
    }

    /// One event: a document with the time in it, or a line for a person.
    fn say(&self, app: &App, document: &Value, line: impl FnOnce() -> String) -> Result<(), Ended> {
        let now = app.env.now_ms()?;
        if app.ui.json || !app.ui.terminal {
            let mut whole = json!({ "at": rfc3339(now) });
            if let (Value::Object(whole), Value::Object(parts)) = (&mut whole, document.clone()) {
                whole.extend(parts);
            }
            return Ok(app.ui.stream_document(&whole)?);
        }
        let line = line();
        // Lines about sessions and notices have their time.
        let timed = matches!(document["event"].as_str(), Some("session" | "notice"));
        let time = if timed { String::new() } else { format!("{}  ", watch::time(app, now)) };
        Ok(app.ui.stream(&format!("{time}{line}"))?)
    }
}
