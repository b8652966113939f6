//! The thread that does what takes a while: sums over the whole ledger, and the background pass.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use claudectl_fleet::budget::Scope;
use claudectl_fleet::notice::Figures;
use claudectl_store::Store;
use jiff::Timestamp;

use crate::app::{App, Catalog};
use crate::budgets;
use crate::error::Result;
use crate::pass;
use crate::quota;
use crate::search;

use super::Warner;

/// What the thread is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Budgets and limits.
    Sums,
    /// A background pass.
    Tick,
}

/// The thread. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Beside {
    asks: Sender<Ask>,
    figures: Arc<Mutex<Option<Figures>>>,
}

impl Beside {
    pub(super) fn start(app: &App, warn: Warner) -> std::io::Result<Self> {
        let (asks, asked) = channel();
        let figures = Arc::default();
        let into = Arc::clone(&figures);
        let app = app.beside();
        std::thread::Builder::new()
            .name("beside".to_owned())
            .spawn(move || run(app, &asked, &into, &warn))?;
        Ok(Self { asks, figures })
    }

    pub(super) fn ask(&self, ask: Ask) {
        if self.asks.send(ask).is_err() {
            tracing::error!("the thread that sums has ended");
        }
    }

    /// The figures that were made since this was asked last.
    pub(super) fn figures(&self) -> Option<Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn run(mut app: App, asked: &Receiver<Ask>, into: &Mutex<Option<Figures>>, warn: &Warner) {
    let mut indexing = Indexing::default();
    while let Ok(ask) = asked.recv() {
        app.now = app.env.now_ms().unwrap_or(app.now);
        let done = match ask {
            Ask::Tick => pass::run(&app).map(|_| indexing.start(&app)),
            Ask::Sums => figures(&app).map(|figures| {
                *into.lock().unwrap_or_else(PoisonError::into_inner) = Some(figures);
                warn.waker.wake();
            }),
        };
        if let Err(error) = done {
            let why = error.why.map(|why| format!(" ({why})")).unwrap_or_default();
            warn.warn(format!("{}{why}", error.what));
        }
    }
}

/// The index of `search`, brought up to date by a process of its own, which takes memory that this one does not.
#[derive(Debug, Default)]
struct Indexing {
    runs: Arc<AtomicBool>,
}

impl Indexing {
    /// Starts it, unless it runs. Where it cannot be started, the next search does the same.
    fn start(&mut self, app: &App) {
        if self.runs.swap(true, Ordering::Relaxed) {
            return;
        }
        let runs = Arc::clone(&self.runs);
        match search::start_pass(app) {
            // It is waited for, so that nothing of it is left behind when it has ended.
            Ok(mut child) => drop(std::thread::spawn(move || {
                child.wait().ok();
                runs.store(false, Ordering::Relaxed);
            })),
            Err(error) => {
                tracing::warn!(%error, "no pass in the background");
                runs.store(false, Ordering::Relaxed);
            }
        }
    }
}

fn figures(app: &App) -> Result<Figures> {
    let store = Store::open(&app.env.state_dir()?.join("state.db"))?;
    let budgets = budgets::of_store(app, &store)?;
    let mut alerts = Vec::new();
    if [Scope::Day, Scope::Week, Scope::Project].into_iter().any(|scope| budgets.limits_any(scope)) {
        let catalog = Catalog::load(&store, &app.env)?;
        let mut buckets = Vec::new();
        store.buckets(None, |key, bucket| buckets.push((key, bucket)))?;
        alerts = budgets::alerts(app, &buckets, &app.prices(), &catalog, &budgets);
    }
    let today = Timestamp::from_millisecond(app.now).map(|now| app.zone.to_datetime(now).date());
    let month = today.map(|date| date.strftime("%Y-%m").to_string()).unwrap_or_default();
    Ok(Figures { alerts, month, quotas: quota::of(app, &store)? })
}
