//! A queue and a thread for each sink, so that one that hangs delays nothing else.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use claudectl_fleet::notice::Notice;

use crate::{Again, Failure, Sink};

/// A notice that waits for delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Whatever the caller knows it by.
    pub number: i64,
    /// The notice.
    pub notice: Notice,
    /// How often it was tried before.
    pub attempts: u32,
}

/// One attempt, and how it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// What was tried.
    pub job: Job,
    /// The sink.
    pub sink: String,
    /// How it went.
    pub progress: Progress,
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Delivered.
    Sent,
    /// Not yet, and why: it is tried again.
    Again(String),
    /// Given up, and why.
    Failed(String),
}

/// How often to try, and after which pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// So often, the first time included.
    pub most: u32,
    /// The pause after the first time; each is twice the one before.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
}

impl Retry {
    /// One attempt.
    pub const ONCE: Self = Self { most: 1, first: Duration::ZERO, longest: Duration::ZERO };
    /// A receiver that is restarted, or a network that is gone for a while: over a quarter of an hour.
    pub const NETWORK: Self =
        Self { most: 10, first: Duration::from_secs(2), longest: Duration::from_secs(10 * 60) };

    /// The pause after an attempt; `chance`, 0 to 1, keeps many that failed at once from coming back at once.
    #[must_use]
    pub fn pause(&self, attempt: u32, chance: f64) -> Duration {
        let doubled =
            self.first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        doubled.min(self.longest).mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
    }
}

/// What a queue knows of the world.
#[derive(Clone)]
pub struct World {
    /// The time, milliseconds since the epoch.
    pub now: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// A number from 0 to 1, another one each time.
    pub chance: fn() -> f64,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

enum Work {
    Deliver(Box<Job>),
    Close,
}

/// A sink's queue. Dropped, its thread delivers what has not been tried yet, and ends.
#[derive(Debug)]
pub struct Queue {
    send: Sender<Work>,
    done: Receiver<()>,
}

impl Queue {
    /// Starts the thread. `told` is called by it after each attempt.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(
        name: &str,
        sink: Box<dyn Sink>,
        retry: Retry,
        world: World,
        told: Box<dyn Fn(Attempt) + Send>,
    ) -> std::io::Result<Self> {
        let (send, work) = channel();
        let (ended, done) = channel();
        let worker = Worker { name: name.to_owned(), sink, retry, world, told, waiting: Vec::new() };
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            worker.run(&work);
            // Whoever closed may not have waited.
            ended.send(()).ok();
        })?;
        Ok(Self { send, done })
    }

    /// Adds a notice. It never waits.
    pub fn add(&self, job: Job) {
        if self.send.send(Work::Deliver(Box::new(job))).is_err() {
            tracing::error!("the thread of a sink has ended before its queue");
        }
    }

    /// Delivers what has not been tried yet, and ends. What is tried again later is left; so is what hangs longer than
    /// this. Says whether the thread has ended.
    #[must_use]
    pub fn close(self, patience: Duration) -> bool {
        drop(self.send.send(Work::Close));
        !matches!(self.done.recv_timeout(patience), Err(RecvTimeoutError::Timeout))
    }

    /// The same for several, with one patience for all.
    #[must_use]
    pub fn close_all(queues: Vec<Self>, patience: Duration) -> bool {
        let until = now() + patience;
        queues.iter().for_each(|queue| drop(queue.send.send(Work::Close)));
        let each = queues.into_iter().map(|queue| queue.close(until.saturating_duration_since(now())));
        // Each is waited for, whatever became of the one before.
        each.filter(|ended| !ended).count() == 0
    }
}

struct Worker {
    name: String,
    sink: Box<dyn Sink>,
    retry: Retry,
    world: World,
    told: Box<dyn Fn(Attempt) + Send>,
    /// What is tried again, and when.
    waiting: Vec<(Instant, Job)>,
}

impl Worker {
    fn run(mut self, work: &Receiver<Work>) {
        loop {
            let next = self.waiting.iter().map(|(at, _)| *at).min();
            let got = match next {
                // Nothing is due: asleep until there is something.
                None => work.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => work.recv_timeout(at.saturating_duration_since(now())),
            };
            match got {
                Ok(Work::Deliver(job)) => self.attempt(*job),
                Err(RecvTimeoutError::Timeout) => self.again(),
                Ok(Work::Close) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn again(&mut self) {
        let due = now();
        let (ready, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|(at, _)| *at <= due);
        let ready: Vec<(Instant, Job)> = ready;
        self.waiting = waiting;
        for (_, job) in ready {
            self.attempt(job);
        }
    }

    fn attempt(&mut self, mut job: Job) {
        job.attempts += 1;
        let progress = match self.sink.deliver(&job.notice, (self.world.now)()) {
            Ok(()) => Progress::Sent,
            Err(Failure { why, again: Again::Later(least) }) if job.attempts < self.retry.most => {
                let pause =
                    self.retry.pause(job.attempts, (self.world.chance)()).max(least.unwrap_or_default());
                self.waiting.push((now() + pause, job.clone()));
                Progress::Again(why)
            }
            Err(Failure { why, .. }) => Progress::Failed(why),
        };
        (self.told)(Attempt { job, sink: self.name.clone(), progress });
    }
}

#[expect(clippy::disallowed_methods, reason = "how long to pause, not what time it is")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use claudectl_fleet::notice::Event;

    use crate::{Preset, Url, Webhook};

    /// Far more than anything here needs: reached only when something is wrong.
    const LONG: Duration = Duration::from_secs(60);
    /// Without pauses, so that nothing waits.
    const AT_ONCE: Retry = Retry { most: 5, first: Duration::ZERO, longest: Duration::ZERO };

    pub(crate) fn notice(id: &str) -> Notice {
        Notice {
            id: id.to_owned(),
            event: Event::BudgetWarning,
            at: 0,
            test: false,
            title: "near budget: today".to_owned(),
            text: "$8.00 of $10.00".to_owned(),
            session: None,
            also: None,
            about: String::new(),
            since: 0,
        }
    }

    fn job(number: i64) -> Job {
        Job { number, notice: notice(&format!("evt_{number}")), attempts: 0 }
    }

    type Answers = Box<dyn FnMut() -> Result<(), Failure> + Send>;

    /// Answers one after the other.
    struct Scripted(Mutex<Answers>);

    impl Sink for Scripted {
        fn deliver(&self, _: &Notice, _: i64) -> Result<(), Failure> {
            self.0.lock().unwrap()()
        }
    }

    fn start(sink: Box<dyn Sink>, retry: Retry) -> (Queue, Receiver<Attempt>) {
        let (send, told) = channel();
        let told_by = Box::new(move |attempt| send.send(attempt).unwrap());
        (
            Queue::start("s", sink, retry, World { now: Arc::new(|| 0), chance: || 1.0 }, told_by).unwrap(),
            told,
        )
    }

    fn scripted(
        answers: impl FnMut() -> Result<(), Failure> + Send + 'static,
        retry: Retry,
    ) -> (Queue, Receiver<Attempt>) {
        start(Box::new(Scripted(Mutex::new(Box::new(answers)))), retry)
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retry = Retry { most: 9, first: Duration::from_secs(2), longest: Duration::from_secs(30) };
        let pauses = [1, 2, 3, 4, 5, 40].map(|attempt| retry.pause(attempt, 1.0).as_secs());
        assert_eq!(pauses, [2, 4, 8, 16, 30, 30]);
        assert_eq!(retry.pause(3, 0.0), Duration::from_secs(4), "between half and all of it");
        assert_eq!(retry.pause(3, 7.0), Duration::from_secs(8));
    }

    #[test]
    fn what_fails_for_now_is_tried_again_and_what_fails_for_good_is_not() {
        let mut answers = vec![Ok(()), Err(Failure::for_now("b")), Err(Failure::for_now("a"))];
        let (queue, told) = scripted(move || answers.pop().unwrap(), AT_ONCE);
        queue.add(job(1));
        let seen: Vec<_> = (0..3).map(|_| told.recv_timeout(LONG).unwrap()).collect();
        let seen: Vec<_> = seen.iter().map(|attempt| (attempt.job.attempts, &attempt.progress)).collect();
        let again = |why: &str| Progress::Again(why.to_owned());
        assert_eq!(seen, [(1, &again("a")), (2, &again("b")), (3, &Progress::Sent)]);
        let (queue, told) = scripted(|| Err(Failure::for_good("no")), AT_ONCE);
        queue.add(job(1));
        assert_eq!(told.recv_timeout(LONG).unwrap().progress, Progress::Failed("no".to_owned()));
        assert!(queue.close(LONG));
    }

    #[test]
    fn it_gives_up_after_so_many_times_those_before_counted() {
        let (queue, told) = scripted(|| Err(Failure::for_now("no")), AT_ONCE);
        queue.add(Job { attempts: 3, ..job(1) });
        let last = [told.recv_timeout(LONG).unwrap(), told.recv_timeout(LONG).unwrap()];
        assert_eq!((last[0].job.attempts, last[1].job.attempts), (4, 5));
        assert_eq!(last[1].progress, Progress::Failed("no".to_owned()));
    }

    #[test]
    fn closing_delivers_what_was_not_tried_and_leaves_what_waits() {
        let count = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&count);
        let retry = Retry { most: 9, first: LONG, longest: LONG };
        let answers = move || match counted.fetch_add(1, Ordering::Relaxed) {
            0 => Err(Failure::for_now("later")),
            _ => Ok(()),
        };
        let (queue, told) = scripted(answers, retry);
        (1..=4).for_each(|number| queue.add(job(number)));
        assert!(queue.close(LONG));
        let progress: Vec<_> = told.iter().map(|attempt| (attempt.job.number, attempt.progress)).collect();
        let sent = |number| (number, Progress::Sent);
        assert_eq!(progress, [(1, Progress::Again("later".to_owned())), sent(2), sent(3), sent(4)]);
        assert_eq!(count.load(Ordering::Relaxed), 4);
    }

    /// Reads requests and answers each by its number among those of the same notice; what it got, by notice.
    fn receiver(
        answer: impl Fn(u32) -> &'static str + Send + 'static,
    ) -> (Url, Arc<Mutex<HashMap<String, u32>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let got: Arc<Mutex<HashMap<String, u32>>> = Arc::default();
        let seen = Arc::clone(&got);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream: TcpStream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut id, mut length) = (String::new(), 0);
                for line in reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty())
                {
                    let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
                    match name.to_lowercase().as_str() {
                        "webhook-id" => value.clone_into(&mut id),
                        "content-length" => length = value.parse().unwrap(),
                        _ => {}
                    }
                }
                std::io::copy(&mut reader.take(length), &mut std::io::sink()).unwrap();
                let mut seen = seen.lock().unwrap();
                let times = seen.entry(id).or_default();
                *times += 1;
                stream.write_all(answer(*times).as_bytes()).unwrap();
            }
        });
        (url, got)
    }

    const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    const OH: &str = "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n";

    #[test]
    fn a_receiver_that_fails_twice_gets_each_once_and_one_that_hangs_delays_nothing() {
        // It takes connections (the system does) and never answers.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let hangs = Url::parse(&format!("http://{}/", silent.local_addr().unwrap())).unwrap();
        let (hanging, hung) = start(Box::new(Webhook::new(hangs, Preset::Json, None, None)), Retry::NETWORK);
        let (url, got) = receiver(|times| if times <= 2 { OH } else { OK });
        let (queue, told) = start(Box::new(Webhook::new(url, Preset::Json, None, None)), AT_ONCE);
        for number in 1..=3 {
            hanging.add(job(number));
            queue.add(job(number));
        }
        let mut sent = Vec::new();
        while sent.len() < 3 {
            let attempt = told.recv_timeout(LONG).unwrap();
            if attempt.progress == Progress::Sent {
                sent.push((attempt.job.number, attempt.job.attempts));
            }
        }
        sent.sort_unstable();
        assert_eq!(sent, [(1, 3), (2, 3), (3, 3)]);
        assert!(queue.close(LONG));
        assert!(hung.try_recv().is_err(), "the other one still hangs, and has kept nobody");
        let got = got.lock().unwrap();
        assert_eq!(got.len(), 3);
        assert!(got.values().all(|times| *times == 3), "twice in vain and once for good: {got:?}");
        assert!(!hanging.close(Duration::ZERO), "nor is the end kept");
    }
}
