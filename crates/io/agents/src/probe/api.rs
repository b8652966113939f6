//! A stand-in for the Messages API on the loopback: whoever offers tools is told to make one call of Bash, and what
//! comes of it is kept. It speaks as much HTTP as the client needs, and keeps no header: a key may be in one.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

/// No head of a request is longer.
const MOST_HEAD: usize = 256 * 1024;
/// Nor a body: a first prompt has some 200 kB.
const MOST_BODY: usize = 64 << 20;
/// A client that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_mins(1);
/// What everybody else is told.
const REST: &str = "Nothing more is to be done.";

/// The call that the client is told to make.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    pub(super) id: String,
    pub(super) command: String,
}

/// What the client asked and told.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    /// Requests for a message.
    pub(super) requests: u64,
    /// It was told to make the call.
    pub(super) told: bool,
    /// What it says became of it.
    pub(super) result: Option<String>,
}

/// A running stand-in; it ends on drop.
#[derive(Debug)]
pub(super) struct Api {
    port: u16,
    heard: Arc<Mutex<Heard>>,
    over: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Api {
    pub(super) fn start(probe: Probe) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (heard, over) = (Arc::<Mutex<Heard>>::default(), Arc::<AtomicBool>::default());
        let accepting = std::thread::spawn({
            let (heard, over) = (Arc::clone(&heard), Arc::clone(&over));
            move || accept(&listener, &Arc::new(probe), &heard, &over)
        });
        Ok(Self { port, heard, over, accepting: Some(accepting) })
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn heard(&self) -> Heard {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // It waits for a connection: one more, and it sees that it is over.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
        if let Some(thread) = self.accepting.take() {
            drop(thread.join());
        }
    }
}

fn accept(listener: &TcpListener, probe: &Arc<Probe>, heard: &Arc<Mutex<Heard>>, over: &AtomicBool) {
    for stream in listener.incoming() {
        if over.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let (probe, heard) = (Arc::clone(probe), Arc::clone(heard));
        // A connection that breaks is the client's doing; nobody waits for the thread, whose reads end.
        std::thread::spawn(move || serve(&stream, &probe, &heard));
    }
}

fn serve(stream: &TcpStream, probe: &Probe, heard: &Mutex<Heard>) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_nodelay(true)?;
    let mut unread = Vec::new();
    while let Some(request) = request(stream, &mut unread)? {
        let streamed = respond(stream, &request, probe, heard)?;
        if streamed {
            break;
        }
    }
    stream.shutdown(Shutdown::Both)
}

/// A request, as far as it matters.
#[derive(Debug, Default)]
struct Request {
    method: String,
    path: String,
    body: Vec<u8>,
}

/// The next request of a connection; `None` once the client is done with it.
fn request(mut stream: &TcpStream, unread: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let end = loop {
        if let Some(at) = memchr::memmem::find(unread, b"\r\n\r\n") {
            break at + 4;
        }
        if unread.len() > MOST_HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if !more(stream, unread)? {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&unread[..end]).into_owned();
    unread.drain(..end);
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let header = |name: &str| {
        let mut found = lines.clone().filter_map(|line| line.split_once(':'));
        found.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    if header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let length = header("content-length").and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
    if length > MOST_BODY {
        return Err(io::ErrorKind::InvalidData.into());
    }
    while unread.len() < length {
        if !more(stream, unread)? {
            return Ok(None);
        }
    }
    let body = unread.drain(..length).collect();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    Ok(Some(Request { method: method.to_owned(), path, body }))
}

fn more(mut stream: &TcpStream, unread: &mut Vec<u8>) -> io::Result<bool> {
    let mut piece = [0; 16 * 1024];
    let length = stream.read(&mut piece)?;
    unread.extend_from_slice(&piece[..length]);
    Ok(length > 0)
}

/// Answers; whether by a stream, which ends the connection.
fn respond(stream: &TcpStream, request: &Request, probe: &Probe, heard: &Mutex<Heard>) -> io::Result<bool> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    if request.method != "POST" || request.path != "/v1/messages" {
        let count = request.path.ends_with("/count_tokens");
        let answer = if count { json!({"input_tokens": 1}) } else { json!({}) };
        whole(stream, request, &answer)?;
        return Ok(false);
    }
    let content = {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.requests += 1;
        if let Some(result) = result_of(&body, &probe.id) {
            heard.result = Some(result);
        }
        let offers =
            body["tools"].as_array().is_some_and(|tools| tools.iter().any(|tool| tool["name"] == "Bash"));
        let first = offers && !heard.told;
        heard.told |= first;
        match first {
            true => json!({"type": "tool_use", "id": probe.id, "name": "Bash",
                "input": {"command": probe.command, "description": "Check that the guard stands"}}),
            false => json!({"type": "text", "text": REST}),
        }
    };
    let message = message(&body, &content);
    if body["stream"] == true {
        streamed(stream, &message)?;
        return Ok(true);
    }
    whole(stream, request, &message)?;
    Ok(false)
}

/// What a request says became of a call.
fn result_of(body: &Value, id: &str) -> Option<String> {
    let messages = body["messages"].as_array()?;
    let blocks = messages.iter().filter_map(|message| message["content"].as_array()).flatten();
    let result =
        blocks.into_iter().find(|block| block["type"] == "tool_result" && block["tool_use_id"] == id)?;
    Some(match &result["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    })
}

fn message(body: &Value, content: &Value) -> Value {
    let stop = if content["type"] == "tool_use" { "tool_use" } else { "end_turn" };
    json!({
        "id": "msg_claudectl_doctor", "type": "message", "role": "assistant", "model": body["model"],
        "content": [content], "stop_reason": stop, "stop_sequence": null,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    })
}

fn whole(mut stream: &TcpStream, request: &Request, answer: &Value) -> io::Result<()> {
    let text = answer.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        text.len()
    );
    let text = if request.method == "HEAD" { "" } else { text.as_str() };
    stream.write_all(format!("{head}{text}").as_bytes())
}

/// The events of a stream, in the order that the client expects.
fn streamed(mut stream: &TcpStream, message: &Value) -> io::Result<()> {
    let mut start = message.clone();
    (start["content"], start["stop_reason"]) = (json!([]), Value::Null);
    let block = &message["content"][0];
    let mut empty = block.clone();
    let delta = match block["type"] == "tool_use" {
        true => {
            empty["input"] = json!({});
            json!({"type": "input_json_delta", "partial_json": block["input"].to_string()})
        }
        false => {
            empty["text"] = json!("");
            json!({"type": "text_delta", "text": block["text"]})
        }
    };
    let events = [
        json!({"type": "message_start", "message": start}),
        json!({"type": "content_block_start", "index": 0, "content_block": empty}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "usage": message["usage"],
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": null}}),
        json!({"type": "message_stop"}),
    ];
    let mut text =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".to_owned();
    for event in &events {
        text.push_str(&format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default()));
    }
    stream.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(api: &Api, request: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, api.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn post(api: &Api, body: &Value) -> String {
        let body = body.to_string();
        ask(
            api,
            &format!("POST /v1/messages?beta=true HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
        )
    }

    fn api() -> Api {
        Api::start(Probe { id: "toolu_1".to_owned(), command: "touch a".to_owned() }).unwrap()
    }

    #[test]
    fn the_first_who_offers_tools_is_told_to_make_the_call() {
        let api = api();
        let title = json!({"model": "m", "stream": true, "messages": []});
        let asks = json!({"model": "m", "stream": true, "messages": [], "tools": [{"name": "Bash"}]});
        assert!(post(&api, &title).contains(REST));
        let told = post(&api, &asks);
        assert!(
            told.starts_with("HTTP/1.1 200 OK\r\n")
                && told.contains(r#""partial_json":"{\"command\":\"touch a\""#),
            "{told}"
        );
        assert!(
            told.contains("event: message_stop\n") && told.contains(r#""stop_reason":"tool_use""#),
            "{told}"
        );
        assert!(post(&api, &asks).contains(REST), "once");
        let heard = api.heard();
        assert_eq!((heard.requests, heard.told, heard.result), (3, true, None));
    }

    #[test]
    fn what_became_of_the_call_is_kept() {
        let result = |content: Value, id: &str| {
            let api = api();
            let block = json!({"type": "tool_result", "tool_use_id": id, "content": content});
            let whole = post(
                &api,
                &json!({"messages": [{"role": "user", "content": "hello"}, {"role": "user", "content": [block]}]}),
            );
            assert!(whole.contains(r#""type":"message""#), "{whole}");
            api.heard().result
        };
        assert_eq!(result(json!("denied"), "toolu_1").as_deref(), Some("denied"));
        let parts = json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]);
        assert_eq!(result(parts, "toolu_1").as_deref(), Some("a\nb"));
        assert_eq!(result(json!("denied"), "toolu_2"), None, "another call");
    }

    #[test]
    fn anything_else_gets_an_empty_answer_and_the_connection_goes_on() {
        let api = api();
        let two =
            "HEAD / HTTP/1.1\r\n\r\nPOST /v1/messages/count_tokens HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}";
        let answers = ask(&api, two);
        assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2);
        assert!(answers.ends_with(r#"{"input_tokens":1}"#), "{answers}");
        assert_eq!(api.heard().requests, 0);
    }

    #[test]
    fn what_is_no_request_ends_the_connection() {
        let api = api();
        assert_eq!(ask(&api, "nonsense"), "");
        assert_eq!(ask(&api, "POST / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n"), "");
        assert!(ask(&api, "GET / HTTP/1.1\r\n\r\n").ends_with("{}"), "it serves on");
    }
}
