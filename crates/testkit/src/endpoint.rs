//! A stand-in for a server of language models: on the loopback, and to each request it does what it is told. It speaks HTTP
//! by hand, so that it can be as wrong as a real one.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;

use crate::must::must;

/// What is done to one request.
#[derive(Debug, Clone)]
pub enum Deed {
    /// An answer of HTTP, headers and all.
    Raw(Vec<u8>),
    /// An endless answer: this first, then this again and again, with a pause between two.
    Endless(Vec<u8>, Vec<u8>, Duration),
    /// Nothing, and the connection stays.
    Hang,
    /// The connection is closed.
    Close,
}

impl Deed {
    /// An answer with a status (`404 Not Found`), headers of which each ends its line, and a body.
    pub fn status(status: &str, headers: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
        Self::Raw([head.as_bytes(), body].concat())
    }

    /// An answer that is JSON.
    pub fn ok(body: &str) -> Self {
        Self::status("200 OK", "content-type: application/json\r\n", body.as_bytes())
    }
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method and path.
    pub line: String,
    /// All of the head.
    pub head: String,
    /// The body.
    pub body: String,
}

/// The server. It ends with the process.
#[derive(Debug)]
pub struct Endpoint {
    address: String,
    requests: Receiver<Request>,
}

impl Endpoint {
    /// `deed` says what is done to the request with this number, from 0.
    pub fn new(deed: impl Fn(usize, &Request) -> Deed + Send + Sync + 'static) -> Self {
        let listener = must(TcpListener::bind("127.0.0.1:0"), "the loopback");
        let address = format!("http://{}", must(listener.local_addr(), "the loopback"));
        let (send, requests) = channel();
        let deed = Arc::new(deed);
        std::thread::spawn(move || {
            let held = Arc::new(Mutex::new(Vec::new()));
            for (number, stream) in listener.incoming().enumerate() {
                let (mut stream, send, deed, held) =
                    (must(stream, "a connection"), send.clone(), deed.clone(), held.clone());
                std::thread::spawn(move || {
                    let Some(request) = read(&mut stream) else { return };
                    let what = deed(number, &request);
                    // The test may have all it wants.
                    send.send(request).ok();
                    match what {
                        Deed::Raw(bytes) => written(&mut stream, &bytes),
                        Deed::Endless(first, again, pause) => {
                            written(&mut stream, &first);
                            while stream.write_all(&again).and_then(|()| stream.flush()).is_ok() {
                                std::thread::park_timeout(pause);
                            }
                        }
                        Deed::Hang => held.lock().unwrap_or_else(PoisonError::into_inner).push(stream),
                        Deed::Close => {}
                    }
                });
            }
        });
        Self { address, requests }
    }

    /// An Ollama with the model `m`, whose chat does this to the question with this number, from 0.
    pub fn chat(deed: impl Fn(usize, &Request) -> Deed + Send + Sync + 'static) -> Self {
        let chats = Mutex::new(0);
        Self::new(move |_, request| match request.line.as_str() {
            "GET /api/tags" => Deed::ok(&json!({ "models": [{ "name": "m" }] }).to_string()),
            "GET /api/version" => Deed::ok(r#"{"version":"0.9.1"}"#),
            "POST /api/chat" => {
                let number = {
                    let mut chats = chats.lock().unwrap_or_else(PoisonError::into_inner);
                    *chats += 1;
                    *chats - 1
                };
                deed(number, request)
            }
            _ => Deed::status("404 Not Found", "", b""),
        })
    }

    /// An Ollama whose model says this.
    pub fn says(text: &str) -> Self {
        let answer = Self::ollama(text);
        Self::chat(move |_, _| Deed::ok(&answer))
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What came since this was asked last.
    pub fn came(&self) -> Vec<Request> {
        self.requests.try_iter().collect()
    }

    /// An answer of Ollama's with this text.
    pub fn ollama(text: &str) -> String {
        let message = json!({ "role": "assistant", "content": text });
        json!({ "model": "m", "message": message, "done": true, "done_reason": "stop" }).to_string()
    }

    /// An answer of the other protocol with this text.
    pub fn openai(text: &str) -> String {
        let message = json!({ "role": "assistant", "content": text });
        let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
        json!({ "id": "1", "object": "chat.completion", "choices": [choice] }).to_string()
    }
}

/// Whoever has enough of an answer hangs up: that is its right.
fn written(stream: &mut TcpStream, bytes: &[u8]) {
    match stream.write_all(bytes) {
        Err(error) if !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
            must(Err(error), "an answer")
        }
        _ => {}
    }
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut piece).ok()?;
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                let line = head.lines().next()?.strip_suffix(" HTTP/1.1")?.to_owned();
                return Some(Request { line, head: head.to_owned(), body: body.to_owned() });
            }
        }
        if read == 0 {
            return None;
        }
    }
}
