//! The HTTP side: a listener on the loopback, a thread per connection, and an end that leaves none behind.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use super::request::{Ask, Kind, Request};
use super::scenario::Turn;
use super::{State, lock, sse};
use crate::must::must;

const MAX_HEADERS: usize = 100;

/// A running listener.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    ending: Arc<Ending>,
    accepting: Option<JoinHandle<()>>,
}

/// How the server ends: a flag that also wakes those who wait, and the open connections to close.
#[derive(Debug, Default)]
struct Ending {
    over: Mutex<bool>,
    wake: Condvar,
    open: Mutex<HashMap<u64, TcpStream>>,
}

impl Server {
    #[track_caller]
    pub(super) fn start(state: Arc<Mutex<State>>) -> Self {
        let listener = must(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)), "listening on the loopback");
        let address = must(listener.local_addr(), "the address of the mock");
        let ending = Arc::new(Ending::default());
        let accepting = std::thread::spawn({
            let ending = Arc::clone(&ending);
            move || accept(&listener, &state, &ending)
        });
        Self { address, ending, accepting: Some(accepting) }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *lock(&self.ending.over) = true;
        self.ending.wake.notify_all();
        // The listener waits in `accept`: one more connection lets it see the flag.
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.accepting.take() {
            thread.join().ok();
        }
    }
}

impl Ending {
    fn is_over(&self) -> bool {
        *lock(&self.over)
    }

    /// Lets time pass; returns early when the server ends.
    fn pause(&self, millis: u64) {
        if millis > 0 {
            let time = Duration::from_millis(millis);
            let waited = self.wake.wait_timeout_while(lock(&self.over), time, |over| !*over);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// Serves connections until the end, then closes those still open and waits for their threads.
fn accept(listener: &TcpListener, state: &Arc<Mutex<State>>, ending: &Arc<Ending>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    let salt = u64::from(listener.local_addr().map_or(0, |address| address.port()));
    for (number, stream) in (0..).zip(listener.incoming()) {
        if ending.is_over() {
            break;
        }
        let Ok(stream) = stream else { continue };
        threads.retain(|thread| !thread.is_finished());
        if let Ok(handle) = stream.try_clone() {
            lock(&ending.open).insert(number, handle);
        }
        let (state, ending) = (Arc::clone(state), Arc::clone(ending));
        threads.push(std::thread::spawn(move || {
            // A connection that breaks is the client's doing: the next one has a thread of its own.
            Connection { stream, state, ending: Arc::clone(&ending), salt, unread: Vec::new() }.serve().ok();
            if let Some(stream) = lock(&ending.open).remove(&number) {
                stream.shutdown(Shutdown::Both).ok();
            }
        }));
    }
    for stream in lock(&ending.open).values() {
        stream.shutdown(Shutdown::Both).ok();
    }
    for thread in threads {
        thread.join().ok();
    }
}

struct Connection {
    stream: TcpStream,
    state: Arc<Mutex<State>>,
    ending: Arc<Ending>,
    salt: u64,
    unread: Vec<u8>,
}

/// One parsed request.
struct Head {
    method: String,
    path: String,
    headers: HashMap<String, String>,
}

impl Head {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

impl Connection {
    fn serve(mut self) -> std::io::Result<()> {
        self.stream.set_nodelay(true)?;
        while let Some((head, body)) = self.read_request()? {
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            let keep = match (head.method.as_str(), head.path.as_str()) {
                ("POST", "/v1/messages") => self.messages(&head, body)?,
                _ => self.other(&head, body)?,
            };
            if !keep || head.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
                break;
            }
        }
        Ok(())
    }

    /// The next request, or nothing once the client is done.
    fn read_request(&mut self) -> std::io::Result<Option<(Head, Vec<u8>)>> {
        let (head, length) = loop {
            let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let mut request = httparse::Request::new(&mut slots);
            let parsed = request
                .parse(&self.unread)
                .map_err(|error| std::io::Error::new(ErrorKind::InvalidData, error))?;
            if let httparse::Status::Complete(length) = parsed {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let headers =
                    request.headers.iter().map(|h| (h.name.to_ascii_lowercase(), text(h.value))).collect();
                let target = request.path.unwrap_or("/");
                let path = target.split_once('?').map_or(target, |(path, _)| path).to_owned();
                break (Head { method: request.method.unwrap_or("GET").to_owned(), path, headers }, length);
            }
            if !self.read_more()? {
                return Ok(None);
            }
        };
        self.unread.drain(..length);
        if head.header("expect").is_some() {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let expected = head.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        while self.unread.len() < expected {
            if !self.read_more()? {
                return Ok(None);
            }
        }
        let body = self.unread.drain(..expected).collect();
        Ok(Some((head, body)))
    }

    fn read_more(&mut self) -> std::io::Result<bool> {
        let mut piece = [0; 16 * 1024];
        let n = self.stream.read(&mut piece)?;
        self.unread.extend_from_slice(&piece[..n]);
        Ok(n > 0)
    }

    /// Everything that is not a message: counted, and answered with as little as the client accepts.
    fn other(&mut self, head: &Head, body: Value) -> std::io::Result<bool> {
        let answer = match (head.method.as_str(), head.path.as_str()) {
            ("POST", path) if path.ends_with("/count_tokens") => {
                json!({"input_tokens": body.to_string().len() / 4})
            }
            ("GET", "/v1/models") => json!({"data": [], "has_more": false}),
            _ => json!({}),
        };
        let n = lock(&self.state).record(Request {
            n: 0,
            method: head.method.clone(),
            path: head.path.clone(),
            kind: Kind::Other,
            answered: String::new(),
            session: head.header("x-claude-code-session-id").unwrap_or_default().to_owned(),
            agent: None,
            model: body["model"].as_str().unwrap_or_default().to_owned(),
            stream: false,
            error: None,
            client_gone: false,
            body,
        });
        self.send_json(head, n, 200, "", &answer)?;
        Ok(true)
    }

    fn messages(&mut self, head: &Head, body: Value) -> std::io::Result<bool> {
        let agent = head.header("x-claude-code-agent-id");
        let ask = Ask::read(&body, agent, head.header("x-claude-code-session-id"));
        let model = body["model"].as_str().unwrap_or_default().to_owned();
        let (stream, cwd) = (body["stream"] == true, ask.cwd(&body));
        let (turn, n) = {
            let mut state = lock(&self.state);
            let choice = state.chooser.choose(&ask);
            let n = state.record(Request {
                n: 0,
                method: head.method.clone(),
                path: head.path.clone(),
                kind: ask.kind,
                answered: choice.label,
                session: ask.session.clone(),
                agent: ask.agent.clone(),
                model: model.clone(),
                stream,
                error: choice.turn.error.as_ref().map(|error| error.status),
                client_gone: false,
                body,
            });
            (choice.turn, n)
        };
        let turn = turn.filled(&cwd, &ask.session, n)?;
        self.ending.pause(turn.delay_ms);
        if let Some(error) = &turn.error {
            let body = json!({"type": "error", "error": {"type": error.r#type, "message": error.message}});
            let retry =
                error.retry_after.map(|seconds| format!("retry-after: {seconds}\r\n")).unwrap_or_default();
            self.send_json(head, n, error.status, &retry, &body)?;
            return Ok(true);
        }
        let message = sse::message(&turn, &model, n, self.salt);
        if !stream {
            self.send_json(head, n, 200, "", &message)?;
            return Ok(true);
        }
        if let Err(error) = self.send_stream(n, &turn, &message) {
            lock(&self.state).mark_client_gone(n);
            return Err(error);
        }
        Ok(false)
    }

    fn send_json(
        &mut self,
        head: &Head,
        n: u64,
        status: u16,
        extra: &str,
        body: &Value,
    ) -> std::io::Result<()> {
        let body = body.to_string();
        let text = if head.method == "HEAD" { "" } else { body.as_str() };
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             request-id: req_mock_{n}\r\n{extra}\r\n{text}"
        );
        self.stream.write_all(answer.as_bytes())
    }

    fn send_stream(&mut self, n: u64, turn: &Turn, message: &Value) -> std::io::Result<()> {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_mock_{n}\r\nconnection: close\r\n\r\n"
        );
        self.stream.write_all(head.as_bytes())?;
        let events = sse::events(message);
        let sent = if turn.drop { &events[..4.min(events.len())] } else { &events[..] };
        for event in sent {
            let name = event["type"].as_str().unwrap_or_default();
            self.stream.write_all(format!("event: {name}\ndata: {event}\n\n").as_bytes())?;
            self.ending.pause(turn.chunk_delay_ms);
        }
        Ok(())
    }
}
