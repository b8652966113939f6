//! Whoever looks at open prompts, and answers them: all sockets are asked at once, and none is waited for longer than the
//! others.
//!
//! A hook that is stopped, or stands before a full queue, waits all the same: it is told as one that does not answer, and
//! never passed over.

use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, FdFlags};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};
use rustix::process::Pid;

use super::{Answer, MOST, PATIENCE, Prompt, Told, beginning, folder};
use crate::processes::{Processes, System};

/// What a hook says of an answer comes when Claude Code was told it and the journal has it.
const TELLS: Duration = Duration::from_secs(10);
/// How often it is tried to get in where the queue before a socket is full.
const KNOCKS: Duration = Duration::from_millis(20);

/// What is asked now.
#[derive(Debug, Default)]
pub struct Look {
    /// The prompts, the oldest first.
    pub waiting: Vec<Waiting>,
    /// Hooks that wait beside a prompt, and do not say which.
    pub silent: Vec<Silent>,
}

/// A prompt that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What it asks.
    pub prompt: Prompt,
    place: Place,
}

/// A hook that waits, and does not say beside which prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// How the session's id begins.
    pub session: String,
    /// Its process.
    pub pid: u32,
    /// Why it says nothing.
    pub why: Silence,
}

/// Why a hook says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// Its process is stopped.
    Stopped,
    /// Nobody knows.
    Mute,
    /// It says something else, or cannot be reached: why.
    Unread(String),
}

impl fmt::Display for Silent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pid = self.pid;
        match &self.why {
            Silence::Stopped => write!(out, "the hook that waits there (process {pid}) is stopped"),
            Silence::Mute => write!(out, "the hook that waits there (process {pid}) does not answer"),
            Silence::Unread(why) => {
                write!(out, "the hook that waits there (process {pid}) is not understood: {why}")
            }
        }
    }
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// The client was given it.
    Delivered,
    /// Nobody has it: the prompt was answered before, or is over.
    TooLate,
    /// It was not taken; why.
    Refused(String),
    /// The hook has it and has said nothing more: the client may have been given it, or not.
    Unheard,
    /// The hook does not answer, and has not been given it.
    Silent(Silent),
}

impl Waiting {
    /// Answers this prompt, and none that has come in its place.
    #[must_use]
    pub fn answer(&self, answer: &Answer) -> Became {
        let silent = |why| Became::Silent(self.place.silent(why));
        match hail(std::slice::from_ref(&self.place), PATIENCE, Then::Answer).pop() {
            Some(Hailed::Asks(prompt, Some(stream))) if *prompt == self.prompt => {
                give(stream, answer).unwrap_or_else(silent)
            }
            Some(Hailed::Asks(..) | Hailed::Gone) | None => Became::TooLate,
            Some(Hailed::Silent(why)) => silent(why),
        }
    }
}

/// Gives a hook an answer; or why it does not take it.
fn give(mut stream: UnixStream, answer: &Answer) -> Result<Became, Silence> {
    let given = stream.set_nonblocking(false).and_then(|()| {
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_read_timeout(Some(TELLS))?;
        stream.write_all((serde_json::to_string(answer)? + "\n").as_bytes())
    });
    // What it has of a line then is no answer.
    given.map_or_else(
        |error| if is_gone(&error) { Ok(Became::TooLate) } else { Err(Silence::Mute) },
        |()| Ok(told(stream)),
    )
}

/// Nobody is at the other end any more.
fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
}

/// What a hook says of an answer that it may have. It tells the client first, so that who hears nothing knows nothing.
fn told(stream: UnixStream) -> Became {
    let mut told = String::new();
    match BufReader::new(stream.take(MOST)).read_line(&mut told).map(|_| serde_json::from_str(&told)) {
        Ok(Ok(Told::Delivered)) => Became::Delivered,
        Ok(Ok(Told::TooLate)) => Became::TooLate,
        Ok(Ok(Told::Refused(why))) => Became::Refused(why),
        Ok(Err(_)) | Err(_) => Became::Unheard,
    }
}

/// The prompts that wait, of one session or of all.
#[must_use]
pub fn look(home: &Path, session: Option<&str>) -> Look {
    look_for(home, session, PATIENCE)
}

fn look_for(home: &Path, session: Option<&str>, patience: Duration) -> Look {
    let wanted = session.map(beginning);
    let mut places = places(home);
    places.retain(|place| wanted.as_ref().is_none_or(|session| place.session == *session));
    let mut look = Look::default();
    for (hailed, place) in hail(&places, patience, Then::Leave).into_iter().zip(places) {
        match hailed {
            Hailed::Asks(prompt, _) => look.waiting.push(Waiting { prompt: *prompt, place }),
            Hailed::Silent(why) => look.silent.push(place.silent(why)),
            Hailed::Gone => {}
        }
    }
    look.waiting.retain(|waiting| session.is_none_or(|session| waiting.prompt.session == session));
    look.waiting.sort_by_key(|waiting| waiting.prompt.at);
    look
}

/// For which sessions hooks wait; nothing is waited for to know it.
#[derive(Debug, Default)]
pub struct Listening(Vec<String>);

impl Listening {
    /// Whether one does for a session, which is known by the beginning of its id.
    #[must_use]
    pub fn is_for(&self, session: &str) -> bool {
        self.0.contains(&beginning(session))
    }
}

/// Looks for which sessions hooks wait.
#[must_use]
pub fn listening(home: &Path) -> Listening {
    let listens = |place: &Place| match connect(&place.socket) {
        Ok(_) | Err(Errno::AGAIN) => true,
        Err(error) => {
            place.clear_after(error);
            false
        }
    };
    Listening(places(home).into_iter().filter(listens).map(|place| place.session).collect())
}

/// A socket, and what its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    socket: PathBuf,
    /// How the session's id begins.
    session: String,
    pid: u32,
}

/// The sockets, and what hooks have left that were killed before theirs had its name.
fn places(home: &Path) -> Vec<Place> {
    let entries = fs::read_dir(folder(home)).into_iter().flatten().filter_map(Result::ok);
    let mut places: Vec<Place> = entries.filter_map(|entry| Place::of(entry.path())).collect();
    places.retain(|place| {
        let is_named = place.socket.extension().is_some_and(|name| name == "sock");
        if !is_named && !place.lives() {
            place.clear();
        }
        is_named
    });
    places
}

impl Place {
    fn of(socket: PathBuf) -> Option<Self> {
        let name = socket.file_stem()?.to_str()?;
        let (session, pid) = name.rsplit_once('-')?;
        let (session, pid) = (session.to_owned(), pid.parse().ok()?);
        Some(Self { socket, session, pid })
    }

    fn silent(&self, why: Silence) -> Silent {
        Silent { session: self.session.clone(), pid: self.pid, why }
    }

    fn lives(&self) -> bool {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(Errno::SRCH))
    }

    fn is_stopped(&self) -> bool {
        System.facts(self.pid).is_some_and(|facts| facts.stopped)
    }

    fn clear(&self) {
        // Whoever looks next tries it again.
        fs::remove_file(&self.socket).ok();
    }

    /// A socket without a hook goes. Where a full queue looks the same, its process has to be gone, too.
    fn clear_after(&self, error: Errno) {
        if error == Errno::CONNREFUSED && (cfg!(target_os = "linux") || !self.lives()) {
            self.clear();
        }
    }
}

/// What comes of asking a socket.
#[derive(Debug)]
enum Hailed {
    /// Its hook asks this, and reads an answer where one is to be given.
    Asks(Box<Prompt>, Option<UnixStream>),
    /// It has no hook any more.
    Gone,
    Silent(Silence),
}

/// What comes after it has been heard what a hook asks.
#[derive(Debug, Clone, Copy)]
enum Then {
    /// Nothing: it is left at once, so that it hears the next.
    Leave,
    Answer,
}

/// Asks all of these at once, and waits no longer than that for all of them.
#[expect(clippy::disallowed_methods, reason = "other processes are waited for")]
fn hail(places: &[Place], patience: Duration, then: Then) -> Vec<Hailed> {
    let end = Instant::now() + patience;
    let call = |place| Call { place, then, step: Step::Outside };
    let mut calls: Vec<Call<'_>> = places.iter().map(call).collect();
    loop {
        calls.iter_mut().for_each(Call::go_on);
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || calls.iter().all(|call| matches!(call.step, Step::Done(_))) {
            break;
        }
        wait(&calls, left);
    }
    calls.into_iter().map(Call::end).collect()
}

/// Waits until one of them says something, no longer than that.
fn wait(calls: &[Call<'_>], left: Duration) {
    let outside = calls.iter().any(|call| matches!(call.step, Step::Outside));
    let streams = calls.iter().filter_map(|call| match &call.step {
        Step::Inside(stream, _) => Some(stream),
        Step::Outside | Step::Done(_) => None,
    });
    let mut waits: Vec<PollFd<'_>> = streams.map(|stream| PollFd::new(stream, PollFlags::IN)).collect();
    let most = if outside { left.min(KNOCKS) } else { left };
    // Whatever keeps it from waiting, they are looked at again.
    poll(&mut waits, Timespec::try_from(most).ok().as_ref()).ok();
}

struct Call<'p> {
    place: &'p Place,
    then: Then,
    step: Step,
}

/// How far a call is.
enum Step {
    /// The queue before the socket is full.
    Outside,
    /// So much was said.
    Inside(UnixStream, Vec<u8>),
    Done(Hailed),
}

impl Call<'_> {
    fn go_on(&mut self) {
        self.step = match std::mem::replace(&mut self.step, Step::Outside) {
            Step::Outside => self.knock(),
            step => step,
        };
        self.step = match std::mem::replace(&mut self.step, Step::Outside) {
            Step::Inside(stream, said) => self.hear(stream, said),
            step => step,
        };
    }

    fn knock(&self) -> Step {
        match connect(&self.place.socket) {
            // It would not be heard.
            Ok(_) | Err(Errno::AGAIN) if self.place.is_stopped() => {
                Step::Done(Hailed::Silent(Silence::Stopped))
            }
            Ok(stream) => Step::Inside(stream, Vec::new()),
            Err(Errno::AGAIN) => Step::Outside,
            Err(error @ (Errno::CONNREFUSED | Errno::NOENT)) => {
                self.place.clear_after(error);
                Step::Done(Hailed::Gone)
            }
            Err(error) => unread(error.to_string()),
        }
    }

    /// Takes in what a hook has said by now.
    fn hear(&self, mut stream: UnixStream, mut said: Vec<u8>) -> Step {
        let mut room = [0; 4096];
        loop {
            match stream.read(&mut room) {
                Ok(0) => return Step::Done(Hailed::Gone),
                Ok(length) => said.extend_from_slice(&room[..length]),
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::WouldBlock => return Step::Inside(stream, said),
                    _ => return Step::Done(Hailed::Gone),
                },
            }
            if said.ends_with(b"\n") {
                let stream = matches!(self.then, Then::Answer).then_some(stream);
                return match serde_json::from_slice(&said) {
                    Ok(prompt) => Step::Done(Hailed::Asks(Box::new(prompt), stream)),
                    Err(error) => unread(format!("{error}: it may be of another version of claudectl")),
                };
            }
            if said.len() as u64 > MOST {
                return unread("it does not come to an end".to_owned());
            }
        }
    }

    fn end(self) -> Hailed {
        match self.step {
            Step::Done(hailed) => hailed,
            Step::Outside | Step::Inside(..) if self.place.is_stopped() => Hailed::Silent(Silence::Stopped),
            Step::Outside | Step::Inside(..) => Hailed::Silent(Silence::Mute),
        }
    }
}

fn unread(why: String) -> Step {
    Step::Done(Hailed::Silent(Silence::Unread(why)))
}

/// A connection that is there at once, or not: [`Errno::AGAIN`] where the queue is full.
fn connect(socket: &Path) -> Result<UnixStream, Errno> {
    let there = SocketAddrUnix::new(socket)?;
    let stream = UnixStream::from(rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?);
    rustix::io::fcntl_setfd(&stream, FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&stream, true)?;
    rustix::net::connect(&stream, &there)?;
    Ok(stream)
}

#[cfg(test)]
mod tests;
