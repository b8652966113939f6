//! Open prompts, answered from elsewhere: the hook that waits beside a prompt listens on a socket of its own, and whoever
//! answers talks to that, so that an answer reaches the very call that it is about, or nobody.
//!
//! ```text
//! prompts/<session>-<pid>.sock   0600, in a folder of 0700; gone with the hook
//! hook -> peer    a line of JSON: the Prompt, with a number of its own that nobody can guess
//! peer -> hook    a line of JSON: an Answer, bound to that very prompt; or nothing, for who only looks
//! hook -> peer    a line of JSON: what became of it
//! ```
//!
//! The peer is of the same user (the system says so), and no agent: not the client, nor anything below one. What peers do
//! stands in `looking`.

mod looking;

use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_fleet::hooks::Client;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::Access;
use serde::{Deserialize, Serialize};

pub use looking::{Became, Listening, Look, Silence, Silent, Waiting, listening, look};

/// No line is longer.
const MOST: u64 = 1 << 20;
/// A peer that says nothing is not waited for longer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A socket's path may not be longer everywhere.
const MOST_PATH: usize = 100;

/// A call that somebody is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Of this prompt alone: 128 random bits in hexadecimal, which the hook draws that waits beside it.
    pub nonce: String,
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
    /// BLAKE3 of the input's JSON, the first 128 bits in hexadecimal.
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
    /// The layer of the gate that asks, by its word.
    #[serde(default)]
    pub layer: Option<String>,
    /// What an answer that is to hold for longer is about, as the gate has it in JSON: exactly this call.
    #[serde(default)]
    pub exactly: Option<serde_json::Value>,
    /// Why it can only be allowed this once, if that is so.
    #[serde(default)]
    pub once: Option<String>,
    /// Since when, milliseconds since the epoch.
    pub at: i64,
}

impl Prompt {
    /// What an answer to it is bound to.
    #[must_use]
    pub fn bound(&self) -> Bound {
        Bound {
            nonce: self.nonce.clone(),
            session: self.session.clone(),
            agent: self.agent.clone(),
            tool: self.tool.clone(),
            cwd: self.cwd.clone(),
            hash: self.hash.clone(),
        }
    }
}

/// What an answer is bound to: the very prompt that was seen, and nothing that is only like it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// [`Prompt::nonce`].
    pub nonce: String,
    /// [`Prompt::session`].
    pub session: String,
    /// [`Prompt::agent`].
    pub agent: Option<String>,
    /// [`Prompt::tool`].
    pub tool: String,
    /// [`Prompt::cwd`].
    pub cwd: Option<String>,
    /// [`Prompt::hash`].
    pub hash: String,
}

/// A person's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The call may be made.
    pub allow: bool,
    /// What the agent is told where it may not.
    pub reason: Option<String>,
    /// The prompt that it is about.
    pub to: Bound,
    /// The id of its call, as far as that is known.
    #[serde(default)]
    pub call: Option<String>,
    /// Who answers: `approve`, `dashboard`, ...
    pub by: String,
}

/// What a hook says of an answer.
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

/// Why no hook can begin to wait beside a prompt, without a change of anything; `None` if nothing keeps it from that.
#[must_use]
pub fn trouble(home: &Path) -> Option<(PathBuf, io::Error)> {
    let folder = folder(home);
    let place = if folder.exists() { folder } else { home.to_path_buf() };
    let error = rustix::fs::access(&place, Access::WRITE_OK | Access::EXEC_OK).err()?;
    (error != rustix::io::Errno::NOENT).then(|| (place, error.into()))
}

/// What the file of a socket is called.
fn name(session: &str, pid: u32) -> String {
    format!("{}-{pid}.sock", beginning(session))
}

/// So much of a session's id stands in names.
fn beginning(session: &str) -> String {
    session.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').take(8).collect()
}

/// The socket of a hook that waits. It goes with this.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
    line: String,
    bound: Bound,
}

impl Listener {
    /// Opens the socket of a prompt, and gives that its number.
    ///
    /// # Errors
    /// When there is no room for it, its path is too long for a socket, or the system gives no random number.
    pub fn open(home: &Path, prompt: &Prompt) -> io::Result<Self> {
        let folder = folder(home);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let path = folder.join(name(&prompt.session, std::process::id()));
        if path.as_os_str().len() > MOST_PATH {
            return Err(io::Error::new(
                ErrorKind::InvalidFilename,
                "the state folder's path is too long for a socket",
            ));
        }
        let prompt = Prompt { nonce: nonce()?, ..prompt.clone() };
        let line = serde_json::to_string(&prompt)? + "\n";
        let socket = listen(&path)?;
        Ok(Self { socket, path, line, bound: prompt.bound() })
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
        if answer.to != self.bound {
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

/// A socket in its place. Nobody finds it there before it listens: what does not was left by a hook that was killed.
fn listen(path: &Path) -> io::Result<UnixListener> {
    let fresh = path.with_extension("new");
    // Of a hook that was killed and had our number.
    for left in [path, &fresh] {
        match fs::remove_file(left) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    let socket = UnixListener::bind(&fresh)?;
    let placed = fs::set_permissions(&fresh, fs::Permissions::from_mode(0o600))
        .and_then(|()| socket.set_nonblocking(true))
        .and_then(|()| fs::rename(&fresh, path));
    if placed.is_err() {
        // The reason stands in `placed`.
        fs::remove_file(&fresh).ok();
    }
    placed.map(|()| socket)
}

/// 128 random bits, in hexadecimal.
fn nonce() -> io::Result<String> {
    Ok(format!("{:032x}", u128::from_ne_bytes(random()?)))
}

/// 128 random bits.
///
/// # Errors
/// When the system gives none.
pub fn random() -> io::Result<[u8; 16]> {
    let mut bits = [0; 16];
    fill(&mut bits)?;
    Ok(bits)
}

#[cfg(target_os = "linux")]
fn fill(bits: &mut [u8; 16]) -> io::Result<()> {
    let given = rustix::rand::getrandom(bits.as_mut_slice(), rustix::rand::GetRandomFlags::empty())?;
    // So few are given all at once, or not at all.
    if given == bits.len() { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

#[cfg(not(target_os = "linux"))]
fn fill(bits: &mut [u8; 16]) -> io::Result<()> {
    fs::File::open("/dev/urandom")?.read_exact(bits)
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

    fn answer(to: &Bound) -> Answer {
        Answer { allow: true, reason: None, to: to.clone(), call: None, by: "test".to_owned() }
    }

    /// Waits until somebody has answered.
    fn served(listener: &Listener, may: impl Fn(u32) -> bool + Copy) -> Given {
        loop {
            if let Some(given) = listener.answer(Duration::from_secs(10), may).unwrap() {
                return given;
            }
        }
    }

    fn waiting(home: &Path) -> Vec<Waiting> {
        look(home, Some("s/../x")).waiting
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
                let found = waiting(home.path()).remove(0);
                assert_eq!(found.answer(&answer(&found.prompt.bound())), Became::Delivered);
                found
            });
            let given = served(&listener, |_| true);
            assert!(given.answer.allow);
            given.tell(&Told::Delivered);
            asked.join().unwrap()
        });
        drop(listener);
        assert_eq!(late.answer(&answer(&late.prompt.bound())), Became::TooLate);
        assert!(waiting(home.path()).is_empty());
    }

    #[test]
    fn an_answer_is_bound_to_all_that_was_seen() {
        let home = tempfile::tempdir().unwrap();
        let asked = Prompt { cwd: Some("/w".to_owned()), ..prompt("ab") };
        let listener = Listener::open(home.path(), &asked).unwrap();
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let found = waiting(home.path()).remove(0);
                let own = found.prompt.bound();
                let other = || Some("other".to_owned());
                let others = [
                    Bound { nonce: String::new(), ..own.clone() },
                    Bound { session: "t".to_owned(), ..own.clone() },
                    Bound { agent: other(), ..own.clone() },
                    Bound { tool: "Read".to_owned(), ..own.clone() },
                    Bound { cwd: other(), ..own.clone() },
                    Bound { cwd: None, ..own.clone() },
                    Bound { hash: "cd".to_owned(), ..own.clone() },
                ];
                for other in others {
                    let became = found.answer(&answer(&other));
                    assert!(matches!(&became, Became::Refused(why) if why.contains("another")), "{became:?}");
                }
                assert_eq!(found.answer(&answer(&own)), Became::Delivered);
            });
            served(&listener, |_| true).tell(&Told::Delivered);
            asking.join().unwrap();
        });
    }

    /// The very same call may be asked about once more, by a hook that has the number of the one before.
    #[test]
    fn an_answer_to_what_was_seen_is_none_to_what_comes_in_its_place() {
        let home = tempfile::tempdir().unwrap();
        let seen = |listener: &Listener| {
            std::thread::scope(|scope| {
                let asking = scope.spawn(|| waiting(home.path()).remove(0));
                assert!(listener.answer(Duration::from_secs(10), |_| true).unwrap().is_none());
                asking.join().unwrap()
            })
        };
        let first = Listener::open(home.path(), &prompt("ab")).unwrap();
        let before = seen(&first);
        drop(first);
        let second = Listener::open(home.path(), &prompt("ab")).unwrap();
        let after = seen(&second);
        assert_eq!(before.prompt.nonce.len(), 32);
        let like = Prompt { nonce: before.prompt.nonce.clone(), ..after.prompt.clone() };
        assert!(like == before.prompt && after.prompt != before.prompt, "all else is the same");
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| before.answer(&answer(&before.prompt.bound())));
            assert!(second.answer(Duration::from_secs(10), |_| true).unwrap().is_none());
            assert_eq!(asking.join().unwrap(), Became::TooLate);
        });
    }

    #[test]
    fn who_may_not_answer_is_told_so() {
        let home = tempfile::tempdir().unwrap();
        let listener = Listener::open(home.path(), &prompt("ab")).unwrap();
        std::thread::scope(|scope| {
            let told = scope.spawn(|| {
                let found = waiting(home.path()).remove(0);
                found.answer(&answer(&found.prompt.bound()))
            });
            let own = std::process::id();
            // It looks, and then it is heard, and refused.
            for _ in 0..2 {
                assert!(listener.answer(Duration::from_secs(10), |pid| pid != own).unwrap().is_none());
            }
            assert!(matches!(told.join().unwrap(), Became::Refused(why) if why.contains("agent")));
        });
    }

    #[test]
    fn prompts_of_before_layers_are_read() {
        let mut asked = serde_json::to_value(prompt("ab")).unwrap();
        asked.as_object_mut().unwrap().remove("layer");
        assert_eq!(serde_json::from_value::<Prompt>(asked).unwrap(), prompt("ab"));
    }

    #[test]
    fn a_path_that_is_too_long_is_told() {
        let home = tempfile::tempdir().unwrap();
        let long = home.path().join("x".repeat(120));
        assert!(Listener::open(&long, &prompt("ab")).is_err());
    }
}
