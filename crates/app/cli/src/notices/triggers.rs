//! What the person's triggers do: decided at each look (see [`claudectl_gate::triggers`]), done by a thread.
//!
//! Each deed stands in the store before it is done, so that it is done once whoever leads, and is lost rather than done
//! twice when the program dies in between: whoever leads next says so. Where nothing can be kept nothing is done but
//! telling.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use claudectl_fleet::notice::{Notice, triggered};
use claudectl_fleet::session::Session;
use claudectl_gate::triggers::{Deed, Due, Facts, Trigger, Watch};
use claudectl_store::Store;
use claudectl_store::triggers::Deed as Row;

use crate::app::App;
use crate::deeds;
use crate::error::{CliError, Result};
use crate::judging::{Stamp, files, rules_file};
use crate::live::Waker;
use crate::stopping::{self, Wish};

/// A trigger has done something, or could not.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    pub(crate) trigger: String,
    pub(crate) deed: Deed,
    pub(crate) time: u32,
    pub(crate) session: Session,
    pub(crate) done: bool,
    /// What exactly, or why not.
    pub(crate) text: String,
    /// Milliseconds since the epoch.
    at: i64,
}

impl Carried {
    /// What was done, in a few words.
    pub(crate) fn headline(&self) -> String {
        let name = &self.trigger;
        match (self.deed, self.done) {
            (Deed::Notify, _) => format!("trigger {name:?}"),
            (Deed::Send, true) => format!("a message waits for the agent (trigger {name:?})"),
            (Deed::Pause, true) => format!("paused by trigger {name:?}"),
            (Deed::Stop, true) => format!("stopped by trigger {name:?}"),
            (Deed::Send, false) => format!("NOT sent: the message of trigger {name:?}"),
            (Deed::Pause, false) => format!("NOT paused by trigger {name:?}"),
            (Deed::Stop, false) => format!("NOT stopped by trigger {name:?}"),
        }
    }

    pub(super) fn notice(&self) -> Notice {
        triggered(&self.session, (&self.trigger, self.time), &self.headline(), &self.text, self.at)
    }
}

/// Something to do.
#[derive(Debug)]
struct Order {
    app: Box<App>,
    due: Due,
    session: Session,
}

/// What a look has led to.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) notices: Vec<Notice>,
    pub(super) carried: Vec<Carried>,
    /// Why no trigger is followed; told once.
    pub(super) warning: Option<String>,
}

/// The person's triggers, and the thread that does what they say.
#[derive(Debug)]
pub(super) struct Triggers {
    file: Option<PathBuf>,
    /// The file as it was read last.
    seen: Option<Stamp>,
    triggers: Vec<Trigger>,
    watch: Watch,
    /// What whoever led before has begun, and nobody knows whether it was done.
    begun: Vec<Row>,
    orders: Option<Sender<Order>>,
    carried: Receiver<Option<Carried>>,
    /// Orders of which nothing was heard yet.
    open: usize,
}

impl Triggers {
    pub(super) fn start(app: &App, store: &mut Store, waker: Waker) -> Result<Self> {
        let mut watch = Watch::default();
        let mut begun = Vec::new();
        for deed in store.trigger_deeds()? {
            watch.remember(&deed.trigger, &deed.session, deed.time, deed.at);
            if deed.outcome.is_none() {
                store.end_deed(&deed, "not known: claudectl ended meanwhile")?;
                begun.push(deed);
            }
        }
        let (orders, taken) = channel::<Order>();
        let (tell, carried) = channel();
        let run = move || {
            for order in taken {
                // Whoever started us may be gone.
                tell.send(carry_out(order)).ok();
                waker.wake();
            }
        };
        std::thread::Builder::new().name("triggers".to_owned()).spawn(run).map_err(super::no_thread)?;
        Ok(Self {
            file: rules_file(app),
            seen: None,
            triggers: Vec::new(),
            watch,
            begun,
            orders: Some(orders),
            carried,
            open: 0,
        })
    }

    /// When time alone makes something due, milliseconds since the epoch.
    pub(super) fn due(&self) -> Option<i64> {
        self.watch.due()
    }

    /// Decides by what a look showed, and says what was done since the last one.
    pub(super) fn look(&mut self, app: &App, sessions: &[&Session], now: i64) -> Looked {
        let mut looked = Looked { warning: self.read(app), ..Looked::default() };
        looked.carried.extend(self.left(sessions, now));
        while let Ok(carried) = self.carried.try_recv() {
            self.open -= 1;
            looked.carried.extend(carried);
        }
        let facts: Vec<Facts<'_>> = sessions
            .iter()
            .filter(|session| !session.is_unnamed())
            .map(|session| Facts::of(session))
            .collect();
        for due in self.watch.judge(&self.triggers, &facts, now) {
            let Some(session) = sessions.iter().find(|session| session.id == due.session) else { continue };
            let order = Order { app: Box::new(app.beside()), due, session: (*session).clone() };
            if self.orders.as_ref().is_some_and(|orders| orders.send(order).is_ok()) {
                self.open += 1;
            } else {
                tracing::error!("the thread that carries out triggers has ended");
            }
        }
        looked.notices = looked.carried.iter().map(Carried::notice).collect();
        looked
    }

    /// Takes the triggers anew if their file has changed; says why none is followed.
    fn read(&mut self, app: &App) -> Option<String> {
        let file = self.file.as_deref()?;
        let now = Stamp::of(file);
        if self.seen.replace(now.clone()) == Some(now) {
            return None;
        }
        match files::here(app, |how| files::triggers(file, how)) {
            Ok(triggers) => {
                self.triggers = triggers;
                None
            }
            Err(why) => {
                self.triggers.clear();
                Some(format!("{why}: until it is corrected no trigger is carried out"))
            }
        }
    }

    /// What was begun by whoever led before, once its session is seen.
    fn left(&mut self, sessions: &[&Session], at: i64) -> Vec<Carried> {
        let mut found = Vec::new();
        for row in std::mem::take(&mut self.begun) {
            let session = sessions.iter().find(|session| session.id == row.session);
            let (Some(session), Some(deed)) = (session, Deed::named(&row.action)) else { continue };
            // What was only to be told is told now: it is known by its id if it was told before.
            let told = deed == Deed::Notify;
            let unknown = "claudectl ended while this was being done: look whether it was";
            let text = if told { row.message.unwrap_or_default() } else { unknown.to_owned() };
            let session = (*session).clone();
            found.push(Carried { trigger: row.trigger, deed, time: row.time, session, done: told, text, at });
        }
        found
    }

    /// Ends: what is being done gets so long. Says what was done since the last look.
    pub(super) fn close(mut self, patience: Duration) -> Vec<Carried> {
        self.orders = None;
        let mut found = Vec::new();
        while self.open > 0
            && let Ok(carried) = self.carried.recv_timeout(patience)
        {
            self.open -= 1;
            found.extend(carried);
        }
        found
    }
}

/// Carries out an order; `None` where that was begun before.
fn carry_out(order: Order) -> Option<Carried> {
    let Order { mut app, due, session } = order;
    app.now = app.env.now_ms().unwrap_or(app.now);
    let carried = |done, text| {
        let (trigger, time) = (due.trigger.name.clone(), due.time);
        Some(Carried { trigger, deed: due.deed, time, session: session.clone(), done, text, at: app.now })
    };
    let row = Row {
        trigger: due.trigger.name.clone(),
        session: session.id.clone(),
        time: due.time,
        action: due.deed.word().to_owned(),
        message: due.trigger.message.clone(),
        at: app.now,
        outcome: None,
    };
    let mut store = match begin(&app, &row) {
        Ok(Some(store)) => store,
        Ok(None) => return None,
        // It is told all the same; only who leads next does not know.
        Err(error) if due.deed == Deed::Notify => {
            tracing::warn!("{}: a trigger is told, and may be again", error.what);
            return carried(true, told(&due.trigger, &session));
        }
        Err(error) => return carried(false, text_of(&error)),
    };
    let (done, text) = match do_it(&app, &mut store, &due, &session) {
        Ok(text) => (true, text),
        Err(error) => (false, text_of(&error)),
    };
    let outcome = if done { "done".to_owned() } else { format!("failed: {text}") };
    if let Err(error) = store.end_deed(&row, &outcome).and_then(|()| store.close()) {
        tracing::warn!("{error}: what came of a trigger is not kept");
    }
    carried(done, text)
}

/// Writes that it is about to be done; `None` if that was written before.
fn begin(app: &App, row: &Row) -> Result<Option<Store>> {
    let mut store = Store::open(&app.env.state_dir()?.join("state.db"))?;
    Ok(if store.begin_deed(row)? { Some(store) } else { None })
}

fn text_of(error: &CliError) -> String {
    let why = error.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{}{why}", error.what)
}

fn do_it(app: &App, store: &mut Store, due: &Due, session: &Session) -> Result<String> {
    match due.deed {
        Deed::Notify => Ok(told(&due.trigger, session)),
        Deed::Send => send(app, due, session),
        Deed::Pause => pause(app, store, due, session),
        Deed::Stop => {
            let report = stopping::end(app, &Wish::of(&session.id))?.told()?;
            Ok(with_message(&due.trigger, report.trim_end_matches(':')))
        }
    }
}

/// What the person is told: their own words, or what was found.
fn told(trigger: &Trigger, session: &Session) -> String {
    trigger.message.clone().unwrap_or_else(|| {
        let context = session.context.pct.map(|pct| format!(", context {pct:.0}%")).unwrap_or_default();
        format!("{}, {}{context}", session.status.state.word(), session.cost.text())
    })
}

fn with_message(trigger: &Trigger, text: &str) -> String {
    trigger.message.as_ref().map_or_else(|| text.to_owned(), |message| format!("{message} ({text})"))
}

fn send(app: &App, due: &Due, session: &Session) -> Result<String> {
    let text = due.trigger.message.clone().unwrap_or_default();
    deeds::send(app, session, &due.trigger.name, text, due.trigger.times)
}

fn pause(app: &App, store: &mut Store, due: &Due, session: &Session) -> Result<String> {
    let text = deeds::pause(app, store, session, &due.trigger.name, due.trigger.message.as_deref())?;
    Ok(with_message(&due.trigger, &text))
}
