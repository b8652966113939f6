//! Open prompts, answered from elsewhere: the hook that waits beside a prompt listens on a socket of its own, and whoever
//! answers talks to that, so that an answer reaches the very call that it is about, or nobody.
//!
//! ```text
//! prompts/<session>-<pid>.sock   0600, in a folder of 0700; gone with the hook
//! hook -> peer    a line of JSON: the Prompt
//! peer -> hook    a line of JSON: an Answer, bound to the call by its hash; or nothing, for who only looks
//! hook -> peer    a line of JSON: what became of it
//! ```
//!
//! The peer is of the same user (the system says so), and no agent: not the client, nor anything below one.

use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_fleet::hooks::Client;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::{Deserialize, Serialize};

/// No line is longer.
const MOST: u64 = 1 << 20;
/// A peer that says nothing is not waited for longer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A socket's path may not be longer everywhere.
const MOST_PATH: usize = 100;

/// A call that somebody is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// The session.
    pub session: String,
    /// Its client.
    pub client: Option<Client>,
    /// Its transcript.
    pub transcript: Option<String>,
    /// The subagent that makes the call.
    pub agent: Option<String>,
    /// The tool.
    pub tool: String,
    /// BLAKE3 of the input's JSON, the first 128 bits in hexadecimal: what an answer is bound to.
    pub hash: String,
    /// The call, redacted, on one line.
    pub summary: String,
    /// The call as it is, redacted, line by line: a command, or what is changed.
    pub lines: Vec<String>,
    /// The working folder.
    pub cwd: Option<String>,
    /// The permission mode.
    pub mode: Option<String>,
    /// Why the gate asks; nothing where it is the client that does.
    pub reason: Option<String>,
    /// The narrowest rules of the gate that would allow it again, as JSON; none, where none would.
    pub rules: Vec<serde_json::Value>,
    /// Since when, milliseconds since the epoch.
    pub at: i64,
}

/// A person's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The call may be made.
    pub allow: bool,
    /// What the agent is told where it may not.
    pub reason: Option<String>,
    /// The call that it is about: its [`Prompt::hash`].
    pub hash: String,
    /// Its id, as far as that is known.
    #[serde(default)]
    pub call: Option<String>,
    /// Who answers: `approve`, `dashboard`, ...
    pub by: String,
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// The client was given it.
    Delivered,
    /// The prompt was answered before.
    TooLate,
    /// It is not taken; why.
    Refused(String),
}

/// The folder of sockets below the state folder.
#[must_use]
pub fn folder(home: &Path) -> PathBuf {
    home.join("prompts")
}

/// The socket of a hook that waits. It goes with this.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
    line: String,
    hash: String,
}

impl Listener {
    /// Opens the socket of a prompt.
    ///
    /// # Errors
    /// When there is no room for it, or its path is too long for a socket.
    pub fn open(home: &Path, prompt: &Prompt) -> io::Result<Self> {
        let folder = folder(home);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
        let session: String = prompt.session.chars().filter(plain).take(8).collect();
        let path = folder.join(format!("{session}-{}.sock", std::process::id()));
        if path.as_os_str().len() > MOST_PATH {
            return Err(io::Error::new(
                ErrorKind::InvalidFilename,
                "the state folder's path is too long for a socket",
            ));
        }
        // Of a hook that was killed and had our number.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let line = serde_json::to_string(prompt)? + "\n";
        let socket = UnixListener::bind(&path)?;
        let listener = Self { socket, path, line, hash: prompt.hash.clone() };
        fs::set_permissions(&listener.path, fs::Permissions::from_mode(0o600))?;
        listener.socket.set_nonblocking(true)?;
        Ok(listener)
    }

    /// Waits for an answer, no longer than that. `may` says whether a process may answer, by its number.
    ///
    /// # Errors
    /// When the socket fails; not for what a peer does.
    pub fn answer(&self, patience: Duration, may: impl Fn(u32) -> bool) -> io::Result<Option<Given>> {
        let mut waits = [PollFd::new(&self.socket, PollFlags::IN)];
        match poll(&mut waits, Timespec::try_from(patience).ok().as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        match self.socket.accept() {
            // Whatever goes wrong with one peer, the next may be the person.
            Ok((stream, _)) => Ok(self.heard(stream, may).ok().flatten()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::ConnectionAborted) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn heard(&self, mut stream: UnixStream, may: impl Fn(u32) -> bool) -> io::Result<Option<Given>> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let peer = peer(&stream)?;
        if peer.uid.is_some_and(|uid| uid != rustix::process::geteuid().as_raw()) {
            return Ok(None);
        }
        stream.write_all(self.line.as_bytes())?;
        let Some(line) = line(&stream)? else { return Ok(None) };
        let given = |told: &Told| say(&stream, told);
        let Ok(answer) = serde_json::from_str::<Answer>(&line) else {
            given(&Told::Refused("it is no answer".to_owned()))?;
            return Ok(None);
        };
        if answer.hash != self.hash {
            given(&Told::Refused("it is about another call".to_owned()))?;
            return Ok(None);
        }
        if !peer.pid.is_none_or(may) {
            given(&Told::Refused("an agent may not answer what it asks".to_owned()))?;
            return Ok(None);
        }
        Ok(Some(Given { answer, stream }))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Whoever finds it finds nobody behind it.
        fs::remove_file(&self.path).ok();
    }
}

/// An answer, and whoever waits to hear what became of it.
#[derive(Debug)]
pub struct Given {
    /// The answer.
    pub answer: Answer,
    stream: UnixStream,
}

impl Given {
    /// Says what became of it. Whoever has gone does not hear it.
    pub fn tell(self, told: &Told) {
        say(&self.stream, told).ok();
    }
}

fn say(mut stream: &UnixStream, told: &Told) -> io::Result<()> {
    stream.write_all((serde_json::to_string(told)? + "\n").as_bytes())
}

/// The next line; `None` where the peer has gone.
fn line(stream: &UnixStream) -> io::Result<Option<String>> {
    let mut line = String::new();
    BufReader::new(stream.take(MOST)).read_line(&mut line)?;
    Ok((!line.is_empty()).then_some(line))
}

/// Whoever is at the other end, as far as the system tells.
struct Peer {
    uid: Option<u32>,
    pid: Option<u32>,
}

#[cfg(target_os = "linux")]
fn peer(stream: &UnixStream) -> io::Result<Peer> {
    let peer = rustix::net::sockopt::socket_peercred(stream)?;
    let pid = peer.pid.as_raw_nonzero().get().cast_unsigned();
    Ok(Peer { uid: Some(peer.uid.as_raw()), pid: Some(pid) })
}

/// Elsewhere the mode of the folder has to do.
#[cfg(not(target_os = "linux"))]
fn peer(_stream: &UnixStream) -> io::Result<Peer> {
    Ok(Peer { uid: None, pid: None })
}

/// A prompt that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What it asks.
    pub prompt: Prompt,
    socket: PathBuf,
}

impl Waiting {
    /// Answers it; `TooLate` where nobody waits any more.
    ///
    /// # Errors
    /// When nothing comes back, and nobody knows what became of it.
    pub fn answer(&self, answer: &Answer) -> io::Result<Told> {
        match ask(&self.socket).and_then(|(_, stream)| give(stream, answer)) {
            Err(error) if is_gone(&error) => Ok(Told::TooLate),
            told => told,
        }
    }
}

/// Nobody is at the other end any more.
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::ConnectionRefused
            | ErrorKind::BrokenPipe
            | ErrorKind::ConnectionReset
            | ErrorKind::UnexpectedEof
    )
}

fn give(mut stream: BufReader<UnixStream>, answer: &Answer) -> io::Result<Told> {
    let line = serde_json::to_string(answer)? + "\n";
    stream.get_mut().write_all(line.as_bytes())?;
    let mut told = String::new();
    match (&mut stream).take(MOST).read_line(&mut told)? {
        0 => Ok(Told::TooLate),
        _ => Ok(serde_json::from_str(&told)?),
    }
}

/// The prompts that wait, of one session or of all; the oldest first.
#[must_use]
pub fn waiting(home: &Path, session: Option<&str>) -> Vec<Waiting> {
    let entries = fs::read_dir(folder(home)).into_iter().flatten().filter_map(Result::ok);
    let sockets =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|name| name == "sock"));
    let found = sockets.filter_map(|socket| ask(&socket).ok().map(|(prompt, _)| Waiting { prompt, socket }));
    let mut found: Vec<Waiting> =
        found.filter(|waiting| session.is_none_or(|session| waiting.prompt.session == session)).collect();
    found.sort_by_key(|waiting| waiting.prompt.at);
    found
}

/// What a socket's hook asks. A socket without a hook goes.
fn ask(socket: &Path) -> io::Result<(Prompt, BufReader<UnixStream>)> {
    let stream = UnixStream::connect(socket).inspect_err(|error| {
        if error.kind() == ErrorKind::ConnectionRefused {
            fs::remove_file(socket).ok();
        }
    })?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    (&mut stream).take(MOST).read_line(&mut line)?;
    if line.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok((serde_json::from_str(&line)?, stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(hash: &str) -> Prompt {
        Prompt {
            session: "s/../x".to_owned(),
            tool: "Bash".to_owned(),
            hash: hash.to_owned(),
            ..Prompt::default()
        }
    }

    fn answer(hash: &str) -> Answer {
        Answer { allow: true, reason: None, hash: hash.to_owned(), call: None, by: "test".to_owned() }
    }

    /// Waits until somebody has answered.
    fn served(listener: &Listener, may: impl Fn(u32) -> bool + Copy) -> Given {
        loop {
            if let Some(given) = listener.answer(Duration::from_secs(10), may).unwrap() {
                return given;
            }
        }
    }

    #[test]
    fn an_answer_reaches_the_call_that_it_is_about_once() {
        let home = tempfile::tempdir().unwrap();
        let listener = Listener::open(home.path(), &prompt("ab")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder(home.path())), mode(&listener.path)), (0o700, 0o600));
        let late = std::thread::scope(|scope| {
            let asked = scope.spawn(|| {
                // Who only looks does not end it.
                let found = waiting(home.path(), Some("s/../x"));
                let told = ["cd", "ab"].map(|hash| found[0].answer(&answer(hash)).unwrap());
                assert_eq!(told, [Told::Refused("it is about another call".to_owned()), Told::Delivered]);
                found
            });
            let given = served(&listener, |_| true);
            assert!(given.answer.allow);
            given.tell(&Told::Delivered);
            asked.join().unwrap()
        });
        drop(listener);
        assert_eq!(late[0].answer(&answer("ab")).unwrap(), Told::TooLate);
        assert!(waiting(home.path(), None).is_empty());
    }

    #[test]
    fn who_may_not_answer_is_told_so() {
        let home = tempfile::tempdir().unwrap();
        let listener = Listener::open(home.path(), &prompt("ab")).unwrap();
        std::thread::scope(|scope| {
            let told = scope.spawn(|| waiting(home.path(), None).remove(0).answer(&answer("ab")).unwrap());
            let own = std::process::id();
            // It looks, and then it is heard, and refused.
            for _ in 0..2 {
                assert!(listener.answer(Duration::from_secs(10), |pid| pid != own).unwrap().is_none());
            }
            assert!(matches!(told.join().unwrap(), Told::Refused(why) if why.contains("agent")));
        });
    }

    #[test]
    fn what_a_killed_hook_left_goes() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(folder(home.path())).unwrap();
        let path = folder(home.path()).join("s-1.sock");
        // Closed, and not removed.
        drop(UnixListener::bind(&path).unwrap());
        assert!(waiting(home.path(), None).is_empty() && !path.exists());
    }

    #[test]
    fn a_path_that_is_too_long_is_told() {
        let home = tempfile::tempdir().unwrap();
        let long = home.path().join("x".repeat(120));
        assert!(Listener::open(&long, &prompt("ab")).is_err());
    }
}
