//! An endpoint on the loopback that does to each request what it is told.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudectl_llm::material::{Call, Material};
use claudectl_llm::{Client, Folder, Name, Nonce, Note, Overrides, Prompts, Question, Settings};
use serde_json::{Value, json};

/// What is done to one request.
#[derive(Clone)]
pub(crate) enum Deed {
    /// An answer of HTTP, headers and all.
    Raw(Vec<u8>),
    /// An endless answer: this first, then this again and again, with a pause between two.
    Endless(Vec<u8>, Vec<u8>, Duration),
    /// Nothing, and the connection stays.
    Hang,
    /// The connection is closed.
    Close,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Method and path.
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) struct Mock {
    address: String,
    requests: Receiver<Request>,
}

impl Mock {
    /// `deed` says what is done to the request with this number.
    pub(crate) fn new(deed: impl Fn(usize, &Request) -> Deed + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (send, requests) = channel();
        let deed = Arc::new(deed);
        std::thread::spawn(move || {
            let held = Arc::new(Mutex::new(Vec::new()));
            for (number, stream) in listener.incoming().enumerate() {
                let (mut stream, send, deed, held) =
                    (stream.unwrap(), send.clone(), deed.clone(), held.clone());
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
                        Deed::Hang => held.lock().unwrap().push(stream),
                        Deed::Close => {}
                    }
                });
            }
        });
        Self { address, requests }
    }

    /// An Ollama with the model `m`, whose chat does this.
    pub(crate) fn chat(deed: impl Fn(usize) -> Deed + Send + Sync + 'static) -> Self {
        let chats = Mutex::new(0);
        Self::new(move |_, request| {
            if request.line == "GET /api/tags" {
                return ok(&json!({ "models": [{ "name": "m" }] }).to_string());
            }
            let mut chats = chats.lock().unwrap();
            *chats += 1;
            deed(*chats - 1)
        })
    }

    /// An Ollama whose model says this.
    pub(crate) fn says(text: &str) -> Self {
        let answer = ollama(text);
        Self::chat(move |_| ok(&answer))
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            endpoint: self.address.clone(),
            model: "m".to_owned(),
            // As long as a busy machine may need: where it is to run out, a test says so.
            budget: Duration::from_secs(60),
            ..Settings::default()
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.settings(), None).unwrap()
    }

    /// What came so far.
    pub(crate) fn came(&self) -> Vec<Request> {
        self.requests.try_iter().collect()
    }

    /// The lines of what came so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.came().into_iter().map(|request| request.line).collect()
    }
}

/// Whoever has enough of an answer hangs up: that is its right.
fn written(stream: &mut TcpStream, bytes: &[u8]) {
    match stream.write_all(bytes) {
        Err(error) if !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
            panic!("{error}")
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

pub(crate) fn status(status: &str, headers: &str, body: &[u8]) -> Deed {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    Deed::Raw([head.as_bytes(), body].concat())
}

pub(crate) fn ok(body: &str) -> Deed {
    status("200 OK", "content-type: application/json\r\n", body.as_bytes())
}

/// An answer of Ollama's with this text.
pub(crate) fn ollama(text: &str) -> String {
    json!({ "model": "m", "message": { "role": "assistant", "content": text }, "done": true, "done_reason": "stop" })
        .to_string()
}

/// An answer of the other protocol with this text.
pub(crate) fn openai(text: &str) -> String {
    let choice =
        json!({ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" });
    json!({ "id": "1", "object": "chat.completion", "choices": [choice] }).to_string()
}

/// What a model is to say.
pub(crate) const WARNS: &str = r#"{"summary":"Removes a folder.","risks":["It is gone."],"tighten":true}"#;

/// No templates of a person's.
pub(crate) struct Builtin;

impl Overrides for Builtin {
    fn text(&self, _: Name) -> std::io::Result<Option<String>> {
        Ok(None)
    }

    fn place(&self, name: Name) -> String {
        Folder("none".into()).place(name)
    }
}

pub(crate) const NONCE: Nonce = Nonce::new([7; 16]);

/// The question about a call.
pub(crate) fn about(tool: &str, input: &Value, material: &Material) -> Question<Note> {
    Prompts::new(&Builtin).annotate(&Call { tool, input, ended: None }, material, NONCE).unwrap()
}

/// The question about a plain call.
pub(crate) fn question() -> Question<Note> {
    about("Bash", &json!({ "command": "rm -rf build" }), &Material::default())
}
