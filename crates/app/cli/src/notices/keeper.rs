//! The thread that stores notices and hands them to the sinks' queues.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

use claudectl_fleet::notice::Judged;
use claudectl_notify::{Attempt, Job, Progress, Queue};
use claudectl_store::notices::State;
use claudectl_store::{Store, StoreError};

use super::{Outcome, Warner};

/// What was not delivered for so long is not news any more.
const OLD_MS: i64 = 24 * 60 * 60 * 1000;
/// The number of a notice that could not be stored.
const UNSTORED: i64 = 0;

/// What the thread is asked to do.
#[derive(Debug)]
pub(super) enum Order {
    /// To tell these, decided at that moment.
    Tell(Vec<Judged>, i64),
    /// A sink has tried.
    Tried(Box<Attempt>),
    /// To end, with so much patience for what is being delivered.
    Close(Duration),
}

/// What the thread owns.
pub(super) struct Keeper {
    store: Store,
    queues: Vec<(String, Queue)>,
    tell: Sender<Outcome>,
    warn: Warner,
    now: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl Keeper {
    pub(super) fn new(
        store: Store,
        queues: Vec<(String, Queue)>,
        tell: Sender<Outcome>,
        warn: Warner,
        now: Arc<dyn Fn() -> i64 + Send + Sync>,
    ) -> Self {
        Self { store, queues, tell, warn, now }
    }

    fn complain(&self, error: &StoreError) {
        self.warn.warn(format!(
            "{error}: what becomes of notices is not kept, and they may be told again after a restart"
        ));
    }

    pub(super) fn run(mut self, orders: &Receiver<Order>) {
        self.resume();
        while let Ok(order) = orders.recv() {
            match order {
                Order::Tell(judged, at) => judged.into_iter().for_each(|one| self.take(one, at)),
                Order::Tried(attempt) => self.tried(*attempt),
                Order::Close(patience) => return self.close(orders, patience),
            }
        }
    }

    /// Takes up what whoever led before has left.
    fn resume(&mut self) {
        let pending = match self.store.pending_deliveries() {
            Ok(pending) => pending,
            Err(error) => return self.complain(&error),
        };
        let now = (self.now)();
        for one in pending {
            let job = Job { number: one.notice, notice: one.body, attempts: one.attempts };
            let old = now.saturating_sub(job.notice.at) > OLD_MS;
            match self.queues.iter().find(|(name, _)| *name == one.sink) {
                Some((_, queue)) if !old => queue.add(job),
                Some(_) => self.settle(job, one.sink, State::Failed("not delivered within a day".to_owned())),
                None => self.settle(job, one.sink, State::Failed("not configured any more".to_owned())),
            }
        }
    }

    fn take(&mut self, judged: Judged, at: i64) {
        let Judged { notice, at: sinks } = judged;
        let state = |told: &Result<(), claudectl_fleet::notice::Reason>| match told {
            Ok(()) => State::Pending(String::new()),
            Err(reason) => State::Suppressed(reason.word().to_owned()),
        };
        let states: Vec<(String, State)> =
            sinks.iter().map(|(sink, told)| (sink.clone(), state(told))).collect();
        let (number, new) = match self.store.put_notice(&notice, &states, at) {
            Ok(put) => put,
            // It is told all the same; only who leads next does not know.
            Err(error) => {
                self.complain(&error);
                (UNSTORED, states.iter().map(|(sink, _)| sink.clone()).collect())
            }
        };
        for (sink, state) in states {
            if !new.contains(&sink) {
                continue;
            }
            let job = Job { number, notice: notice.clone(), attempts: 0 };
            match (state, self.queues.iter().find(|(name, _)| *name == sink)) {
                (State::Pending(_), Some((_, queue))) => queue.add(job),
                (state, _) => self.told(job, sink, state),
            }
        }
    }

    fn tried(&mut self, attempt: Attempt) {
        let state = match attempt.progress {
            Progress::Sent => State::Sent,
            Progress::Again(why) => State::Pending(why),
            Progress::Failed(why) => State::Failed(why),
        };
        self.settle(attempt.job, attempt.sink, state);
    }

    fn settle(&mut self, job: Job, sink: String, state: State) {
        let now = (self.now)();
        let settled = match job.number {
            UNSTORED => Ok(()),
            number => self.store.settle_delivery(number, &sink, &state, job.attempts, now),
        };
        if let Err(error) = settled {
            self.complain(&error);
        }
        self.told(job, sink, state);
    }

    fn told(&self, job: Job, sink: String, state: State) {
        // Whoever started us may be gone.
        self.tell.send(Outcome { notice: job.notice, sink, state, attempts: job.attempts }).ok();
        self.warn.waker.wake();
    }

    fn close(mut self, orders: &Receiver<Order>, patience: Duration) {
        // What was ordered before is done before.
        let queues = std::mem::take(&mut self.queues).into_iter().map(|(_, queue)| queue).collect();
        if !Queue::close_all(queues, patience) {
            tracing::warn!("a sink hangs: what it was given is delivered by whoever leads next");
        }
        for order in orders.try_iter() {
            if let Order::Tried(attempt) = order {
                self.tried(*attempt);
            }
        }
        if let Err(error) = self.store.close() {
            self.warn.warn(error.to_string());
        }
    }
}
