//! Deaths of processes, told when they happen.
//!
//! One thread waits for all of them, blocked in the kernel while nothing happens: on Linux for their handles
//! (pidfds), which know one process for good. A process for which the system gives no handle (an old kernel,
//! no descriptors left, another system) is looked at every two seconds, and [`Deaths::method`] says so. The
//! queue of macOS could tell, too, but there is no way to it without unsafe code.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::held::{self, Refusal};

/// How often a process is looked at whose end is not told.
const PAUSE: Duration = Duration::from_secs(2);

/// How deaths are noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The kernel tells each.
    Told,
    /// So many of the watched are looked at every two seconds.
    Looking {
        /// How many.
        processes: usize,
    },
}

/// Called with the number and start time of a process that has ended, by the thread of [`Deaths`].
pub type Wake = Box<dyn Fn(u32, u64) + Send>;

/// Watches processes until they end. Its thread ends when this is dropped.
pub struct Deaths {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Deaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deaths").field("method", &self.method()).finish_non_exhaustive()
    }
}

struct Shared {
    watched: Mutex<Watched>,
    bell: Bell,
    /// Gives the handle of a process.
    open: fn(u32, u64) -> Result<Handle, Refusal>,
    pause: Duration,
}

#[derive(Default)]
struct Watched {
    /// By a number of our own: that of a process may come again while an event of its predecessor is on its
    /// way.
    processes: HashMap<u64, Process>,
    next: u64,
    closing: bool,
}

struct Process {
    pid: u32,
    start: u64,
    by: By,
}

enum By {
    /// The kernel tells. Closed, it tells no more.
    Handle(Handle),
    /// Looking.
    Looking,
    /// It had ended before it was watched.
    Dead,
}

impl Deaths {
    /// Starts the thread. `wake` is called once for each watched process that has ended.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub fn new(wake: Wake) -> io::Result<Self> {
        Self::with(wake, Bell::new(), open, PAUSE)
    }

    fn with(
        wake: Wake,
        bell: Bell,
        open: fn(u32, u64) -> Result<Handle, Refusal>,
        pause: Duration,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared { watched: Mutex::default(), bell, open, pause });
        let of_thread = Arc::clone(&shared);
        let thread =
            std::thread::Builder::new().name("deaths".to_owned()).spawn(move || of_thread.run(&wake))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Watches a process. One that has ended already, or whose number is another's, is reported at once. One
    /// that is watched already goes on being watched.
    pub fn watch(&self, pid: u32, start: u64) {
        let mut watched = self.shared.watched();
        if watched.processes.values().any(|known| (known.pid, known.start) == (pid, start)) {
            return;
        }
        watched.next += 1;
        let token = watched.next;
        let by = self.shared.by(token, pid, start);
        let told = matches!(by, By::Handle(_));
        watched.processes.insert(token, Process { pid, start, by });
        drop(watched);
        if !told {
            self.shared.bell.ring();
        }
    }

    /// Watches a process no longer. A death that was noticed before may still be reported.
    pub fn forget(&self, pid: u32) {
        let mut watched = self.shared.watched();
        let tokens: Vec<u64> =
            watched.processes.iter().filter(|(_, known)| known.pid == pid).map(|(t, _)| *t).collect();
        for token in tokens {
            self.shared.take_out(&mut watched, token);
        }
    }

    /// How the deaths of those that are watched now are noticed.
    #[must_use]
    pub fn method(&self) -> Method {
        let watched = self.shared.watched();
        let looking = watched.processes.values().filter(|known| matches!(known.by, By::Looking)).count();
        match looking {
            0 => Method::Told,
            processes => Method::Looking { processes },
        }
    }
}

impl Drop for Deaths {
    fn drop(&mut self) {
        self.shared.watched().closing = true;
        self.shared.bell.ring();
        // Dropped by its own callback, it ends when that returns.
        if let Some(thread) = self.thread.take().filter(|it| it.thread().id() != std::thread::current().id())
            && thread.join().is_err()
        {
            tracing::error!("the thread that watches processes has panicked");
        }
    }
}

impl Shared {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a process can be watched.
    fn by(&self, token: u64, pid: u32, start: u64) -> By {
        match (self.open)(pid, start) {
            Ok(handle) if self.bell.add(&handle, token) => By::Handle(handle),
            Ok(_) | Err(Refusal::NoHandle) => By::Looking,
            Err(Refusal::Gone) => By::Dead,
        }
    }

    fn take_out(&self, watched: &mut Watched, token: u64) -> Option<(u32, u64)> {
        let process = watched.processes.remove(&token)?;
        if let By::Handle(handle) = &process.by {
            self.bell.remove(handle);
        }
        Some((process.pid, process.start))
    }

    fn run(&self, wake: &Wake) {
        let mut rung = Vec::new();
        loop {
            let mut watched = self.watched();
            if watched.closing {
                return;
            }
            let ended = self.ended(&mut watched, &rung);
            let looking = watched.processes.values().any(|known| matches!(known.by, By::Looking));
            // Whoever is told may watch and forget.
            drop(watched);
            for (pid, start) in &ended {
                wake(*pid, *start);
            }
            rung = if ended.is_empty() { self.bell.wait(looking.then_some(self.pause)) } else { Vec::new() };
        }
    }

    /// Takes out those that have ended: whose handle says so, and who are found so.
    fn ended(&self, watched: &mut Watched, rung: &[u64]) -> Vec<(u32, u64)> {
        let mut ended = rung.to_vec();
        for (token, process) in &mut watched.processes {
            if matches!(process.by, By::Looking) {
                // There may be a handle now.
                process.by = self.by(*token, process.pid, process.start);
            }
            let gone = match process.by {
                By::Handle(_) => false,
                By::Looking => !held::is_it(process.pid, Some(process.start)),
                By::Dead => true,
            };
            if gone {
                ended.push(*token);
            }
        }
        ended.into_iter().filter_map(|token| self.take_out(watched, token)).collect()
    }
}

#[cfg(target_os = "linux")]
use linux::{Bell, Handle, open};
#[cfg(not(target_os = "linux"))]
use portable::{Bell, Handle, open};

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};

    use super::portable;
    use crate::held::{self, Refusal};

    /// So many deaths are taken at once.
    const BATCH: usize = 64;
    /// The token of the bell itself; those of processes begin at 1.
    const BELL: u64 = 0;

    pub(super) type Handle = OwnedFd;

    pub(super) fn open(pid: u32, start: u64) -> Result<Handle, Refusal> {
        held::handle(pid, Some(start))
    }

    /// What the thread waits for.
    pub(super) enum Bell {
        /// All handles, and one descriptor to be woken by.
        Kernel { all: OwnedFd, own: OwnedFd },
        /// Not even that is to be had.
        Portable(portable::Bell),
    }

    impl Bell {
        pub(super) fn new() -> Self {
            Self::kernel().unwrap_or_else(|error| {
                tracing::warn!("the system cannot tell the end of processes: {error}");
                Self::Portable(portable::Bell::new())
            })
        }

        fn kernel() -> rustix::io::Result<Self> {
            let all = epoll::create(epoll::CreateFlags::CLOEXEC)?;
            let own = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
            epoll::add(&all, &own, epoll::EventData::new_u64(BELL), epoll::EventFlags::IN)?;
            Ok(Self::Kernel { all, own })
        }

        /// Whether the end of this handle's process will be told.
        pub(super) fn add(&self, handle: &Handle, token: u64) -> bool {
            let Self::Kernel { all, .. } = self else { return false };
            let added = epoll::add(all, handle, epoll::EventData::new_u64(token), epoll::EventFlags::IN);
            if let Err(error) = &added {
                tracing::warn!("the end of a process will not be told: {error}");
            }
            added.is_ok()
        }

        pub(super) fn remove(&self, handle: &Handle) {
            if let Self::Kernel { all, .. } = self
                && let Err(error) = epoll::delete(all, handle)
            {
                tracing::warn!("a process is still waited for: {error}");
            }
        }

        pub(super) fn ring(&self) {
            match self {
                Self::Kernel { own, .. } => match rustix::io::write(own, &1_u64.to_ne_bytes()) {
                    // Full, it rings.
                    Ok(_) | Err(rustix::io::Errno::AGAIN) => {}
                    Err(error) => tracing::error!("cannot wake the thread that watches processes: {error}"),
                },
                Self::Portable(bell) => bell.ring(),
            }
        }

        /// Waits for a death or the bell; tokens of those that have ended.
        pub(super) fn wait(&self, most: Option<Duration>) -> Vec<u64> {
            let (all, own) = match self {
                Self::Kernel { all, own } => (all, own),
                Self::Portable(bell) => return bell.wait(most),
            };
            let most = most.and_then(|most| Timespec::try_from(most).ok());
            let mut events = Vec::with_capacity(BATCH);
            let waited = epoll::wait(all, rustix::buffer::spare_capacity(&mut events), most.as_ref());
            if let Err(error) = waited
                && error != rustix::io::Errno::INTR
            {
                tracing::error!("cannot wait for processes: {error}");
            }
            let mut tokens: Vec<u64> = events.iter().map(|event: &epoll::Event| event.data.u64()).collect();
            if tokens.contains(&BELL) {
                // It fails where another has read it already, which is as good.
                rustix::io::read(own, &mut [0; 8]).ok();
                tokens.retain(|token| *token != BELL);
            }
            tokens
        }
    }
}

#[cfg_attr(target_os = "linux", expect(dead_code, reason = "only a part of it serves as a last resort"))]
mod portable {
    use std::sync::{Condvar, Mutex, PoisonError};
    use std::time::Duration;

    use crate::held::{self, Refusal};

    /// There are no handles.
    pub(super) struct Handle;

    pub(super) fn open(pid: u32, start: u64) -> Result<Handle, Refusal> {
        Err(if held::is_it(pid, Some(start)) { Refusal::NoHandle } else { Refusal::Gone })
    }

    /// What the thread waits for: to be woken, or the next look.
    #[derive(Default)]
    pub(super) struct Bell {
        rung: Mutex<bool>,
        changed: Condvar,
    }

    impl Bell {
        pub(super) fn new() -> Self {
            Self::default()
        }

        pub(super) fn add(&self, _: &Handle, _: u64) -> bool {
            false
        }

        pub(super) fn remove(&self, _: &Handle) {}

        pub(super) fn ring(&self) {
            *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
            self.changed.notify_one();
        }

        pub(super) fn wait(&self, most: Option<Duration>) -> Vec<u64> {
            let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
            let mut rung = match most {
                Some(most) => {
                    let waited = self.changed.wait_timeout_while(rung, most, |rung| !*rung);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait_while(rung, |rung| !*rung).unwrap_or_else(PoisonError::into_inner),
            };
            *rung = false;
            Vec::new()
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::process::{Child, Command};
    use std::sync::mpsc::{Receiver, channel};

    use crate::processes::{Processes, System};

    /// Far more than anything here needs: reached only when something is wrong.
    const LONG: Duration = Duration::from_secs(30);
    const SHORT: Duration = Duration::from_millis(5);

    fn sleeper() -> (Child, u64) {
        let child = Command::new("sleep").arg("1000").spawn().unwrap();
        let start = System.facts(child.id()).unwrap().start.unwrap();
        (child, start)
    }

    fn end(child: &mut Child) {
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn teller() -> (Wake, Receiver<(u32, u64)>) {
        let (send, told) = channel();
        (Box::new(move |pid, start| send.send((pid, start)).unwrap()), told)
    }

    fn deaths() -> (Deaths, Receiver<(u32, u64)>) {
        let (wake, told) = teller();
        (Deaths::new(wake).unwrap(), told)
    }

    #[test]
    fn a_death_is_told() {
        let (deaths, told) = deaths();
        let (mut child, start) = sleeper();
        deaths.watch(child.id(), start);
        deaths.watch(child.id(), start);
        assert_eq!(deaths.method(), Method::Told);
        // Not waited for: a zombie has ended, too.
        child.kill().unwrap();
        assert_eq!(told.recv_timeout(LONG), Ok((child.id(), start)));
        assert!(deaths.shared.watched().processes.is_empty(), "its descriptor is closed");
        deaths.watch(child.id(), start);
        assert_eq!(told.recv_timeout(LONG), Ok((child.id(), start)), "a zombie is dead at once");
        child.wait().unwrap();
        drop(deaths);
        assert!(told.recv().is_err(), "told once, and the thread has ended");
    }

    #[test]
    fn the_dead_and_the_reused_are_told_at_once() {
        let (deaths, told) = deaths();
        let (mut child, start) = sleeper();
        deaths.watch(child.id(), start + 1);
        assert_eq!(told.recv_timeout(LONG), Ok((child.id(), start + 1)), "the number is another's");
        end(&mut child);
        deaths.watch(child.id(), start);
        assert_eq!(told.recv_timeout(LONG), Ok((child.id(), start)));
        deaths.watch(u32::MAX, 1);
        assert_eq!(told.recv_timeout(LONG), Ok((u32::MAX, 1)));
    }

    #[test]
    fn who_is_forgotten_is_not_told() {
        let (deaths, told) = deaths();
        let ((mut first, first_start), (mut second, second_start)) = (sleeper(), sleeper());
        deaths.watch(first.id(), first_start);
        deaths.watch(second.id(), second_start);
        deaths.forget(first.id());
        deaths.forget(first.id());
        end(&mut first);
        end(&mut second);
        assert_eq!(told.recv_timeout(LONG), Ok((second.id(), second_start)));
        drop(deaths);
        assert!(told.recv().is_err());
    }

    #[test]
    fn three_hundred_at_once() {
        let (deaths, told) = deaths();
        let mut children: Vec<_> = (0..300).map(|_| sleeper()).collect();
        for (child, start) in &children {
            deaths.watch(child.id(), *start);
        }
        assert_eq!(deaths.method(), Method::Told);
        children.iter_mut().for_each(|(child, _)| child.kill().unwrap());
        let found: BTreeSet<_> = (0..300).map(|_| told.recv_timeout(LONG).unwrap()).collect();
        let wanted: BTreeSet<_> = children.iter().map(|(child, start)| (child.id(), *start)).collect();
        assert_eq!(found, wanted);
        assert!(deaths.shared.watched().processes.is_empty());
        for (child, _) in &mut children {
            child.wait().unwrap();
        }
    }

    #[test]
    fn without_handles_it_looks_and_says_so() {
        for bell in [Bell::new(), Bell::Portable(portable::Bell::new())] {
            let (wake, told) = teller();
            let deaths = Deaths::with(wake, bell, |_, _| Err(Refusal::NoHandle), SHORT).unwrap();
            let (mut child, start) = sleeper();
            deaths.watch(child.id(), start);
            assert_eq!(deaths.method(), Method::Looking { processes: 1 });
            end(&mut child);
            assert_eq!(told.recv_timeout(LONG), Ok((child.id(), start)));
            assert_eq!(deaths.method(), Method::Told);
        }
    }

    #[test]
    fn handles_that_come_late_are_used() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static REFUSED: AtomicUsize = AtomicUsize::new(0);
        let scarce = |pid, start| match REFUSED.fetch_add(1, Ordering::Relaxed) {
            0..3 => Err(Refusal::NoHandle),
            _ => open(pid, start),
        };
        let (wake, told) = teller();
        let deaths = Deaths::with(wake, Bell::new(), scarce, SHORT).unwrap();
        let (mut child, start) = sleeper();
        deaths.watch(child.id(), start);
        while deaths.method() != Method::Told {
            std::thread::yield_now();
        }
        end(&mut child);
        assert_eq!(told.recv_timeout(LONG), Ok((child.id(), start)));
    }

    #[test]
    fn it_can_be_used_and_dropped_by_its_own_callback() {
        let slot: Arc<Mutex<Option<Deaths>>> = Arc::default();
        let (send, told) = channel();
        let own = Arc::clone(&slot);
        let wake = move |pid, start| {
            let deaths = own.lock().unwrap().take().unwrap();
            deaths.watch(std::process::id(), 1);
            deaths.forget(std::process::id());
            drop(deaths);
            send.send((pid, start)).unwrap();
        };
        let mut held = slot.lock().unwrap();
        let deaths = Deaths::new(Box::new(wake)).unwrap();
        deaths.watch(u32::MAX, 1);
        *held = Some(deaths);
        drop(held);
        assert_eq!(told.recv_timeout(LONG), Ok((u32::MAX, 1)));
    }
}
