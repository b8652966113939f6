//! The mock's protocol, spoken by hand.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use claudectl_testkit::mock::{Kind, SideKind};
use claudectl_testkit::{Mock, Scenario, Turn, Usage};
use serde_json::{Value, json};

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The events of a stream.
    fn events(&self) -> Vec<Value> {
        let data = self.body.lines().filter_map(|line| line.strip_prefix("data: "));
        data.map(|line| serde_json::from_str(line).unwrap_or_default()).collect()
    }

    fn text(&self) -> String {
        self.json()["content"][0]["text"].as_str().unwrap_or_default().to_owned()
    }
}

/// One request on a connection of its own.
fn ask(mock: &Mock, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let exchange = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(mock.address())?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = exchange().unwrap_or_else(|error| panic!("{error}"));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// A message of a main conversation.
fn say(mock: &Mock, text: &str) -> Answer {
    say_in(mock, "s1", text, &json!({}))
}

fn say_in(mock: &Mock, session: &str, text: &str, more: &Value) -> Answer {
    let mut body = json!({
        "model": "claude-opus-5-5", "max_tokens": 1000, "tools": [{"name": "Bash"}],
        "system": [{"type": "text", "text": "Primary working directory: /srv/demo\nAnd more."}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}],
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    let agent =
        more["agent"].as_str().map(|id| format!("x-claude-code-agent-id: {id}\r\n")).unwrap_or_default();
    let headers = format!("x-claude-code-session-id: {session}\r\n{agent}");
    ask(mock, "POST", "/v1/messages?beta=true", &headers, &body.to_string())
}

#[test]
fn a_message_answers_with_the_scenario() {
    let mock = Mock::start();
    let answer = say(&mock, "hi [[scenario:hello]]");
    assert_eq!(answer.status, 200);
    let message = answer.json();
    assert_eq!(message["content"][0]["text"], "Hello, this is the scripted model.");
    assert_eq!((&message["model"], &message["stop_reason"]), (&json!("claude-opus-5-5"), &json!("end_turn")));
    assert_eq!(
        message["usage"],
        json!({
            "input_tokens": 321, "output_tokens": 17, "cache_creation_input_tokens": 4100, "cache_read_input_tokens": 0,
            "service_tier": "standard",
        })
    );
    let seen = &mock.requests()[0];
    assert_eq!(
        (seen.kind, seen.session.as_str(), seen.answered.as_str()),
        (Kind::Main, "s1", "hello:main[0]")
    );
    assert_eq!(seen.path, "/v1/messages");
}

#[test]
fn a_stream_has_the_events_of_the_real_api() {
    let mock = Mock::start();
    let turn = Turn {
        thinking: Some("Let me think about this for a moment.".to_owned()),
        ..Turn::text("So be it: über alles hinweg, with care 🦀.")
            .and_tool("Bash", json!({"command": "ls -la /srv/demo"}))
    };
    mock.push(turn.usage(Usage::new(7, 90).write_split(5, 6).fast()));
    let answer = say_in(&mock, "s1", "x", &json!({"stream": true}));
    assert!(answer.head.contains("content-type: text/event-stream"), "{}", answer.head);
    let events = answer.events();
    let mut kinds = events.iter().map(|event| event["type"].as_str().unwrap_or_default()).collect::<Vec<_>>();
    kinds.dedup();
    let block = ["content_block_start", "content_block_delta", "content_block_stop"];
    let expected =
        [&["message_start"][..], &block, &block, &block, &["message_delta", "message_stop"]].concat();
    assert_eq!(kinds, expected);
    let named = answer.body.lines().filter_map(|line| line.strip_prefix("event: ")).collect::<Vec<_>>();
    assert_eq!(named.len(), events.len());
    assert_eq!(events[0]["message"]["usage"]["output_tokens"], 1);
    assert_eq!(events[0]["message"]["content"], json!([]));

    let joined =
        |field: &str| events.iter().filter_map(|event| event["delta"][field].as_str()).collect::<String>();
    assert_eq!(joined("thinking"), "Let me think about this for a moment.");
    assert_eq!(joined("text"), "So be it: über alles hinweg, with care 🦀.");
    assert_eq!(
        serde_json::from_str::<Value>(&joined("partial_json")).ok(),
        Some(json!({"command": "ls -la /srv/demo"}))
    );
    assert!(!joined("signature").is_empty());
    let end = &events[events.len() - 2];
    assert_eq!(end["delta"]["stop_reason"], "tool_use");
    assert_eq!((&end["usage"]["output_tokens"], &end["usage"]["speed"]), (&json!(90), &json!("fast")));
    assert_eq!(
        end["usage"]["cache_creation"],
        json!({"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 6})
    );
}

#[test]
fn a_dropped_stream_ends_after_four_events() {
    let mock = Mock::start();
    mock.push(Turn {
        drop: true,
        ..Turn::text("This is longer than a few pieces of the stream can carry at once.")
    });
    assert_eq!(say_in(&mock, "s1", "x", &json!({"stream": true})).events().len(), 4);
}

#[test]
fn turns_advance_per_session_and_end_in_the_fallback() {
    let mock = Mock::start();
    let two =
        Scenario { fallback: Some(Turn::text("over")), ..Scenario::of([Turn::text("a"), Turn::text("b")]) };
    mock.scenario("two", two.clone());
    mock.scenario("ring", Scenario { r#loop: true, ..two });
    let said = |session: &str, tag: &str| {
        say_in(&mock, session, &format!("x [[scenario:{tag}]]"), &json!({})).text()
    };
    assert_eq!(
        [said("s1", "two"), said("s2", "two"), said("s1", "two"), said("s1", "two")],
        ["a", "a", "b", "over"]
    );
    assert_eq!([said("s1", "ring"), said("s1", "ring"), said("s1", "ring")], ["a", "b", "a"]);
    mock.reset();
    assert_eq!(said("s1", "two"), "a");
    assert_eq!(mock.requests().len(), 1);
}

#[test]
fn errors_come_first_and_then_the_turn() {
    let mock = Mock::start();
    let mut error = Turn::error(429, "rate_limit_error", "slow down");
    if let Some(error) = &mut error.error {
        (error.times, error.retry_after) = (2, Some(7));
    }
    mock.scenario("later", Scenario::of([error, Turn::text("now")]));
    for _ in 0..2 {
        let answer = say(&mock, "[[scenario:later]]");
        assert_eq!(answer.status, 429);
        assert_eq!(answer.json()["error"], json!({"type": "rate_limit_error", "message": "slow down"}));
        assert!(answer.head.contains("retry-after: 7"));
    }
    assert_eq!(say(&mock, "[[scenario:later]]").text(), "now");
    assert_eq!(say(&mock, "[[scenario:error529]]").status, 529);
    assert_eq!(say(&mock, "[[scenario:error529]]").text(), "Back after one overloaded answer.");
    let statuses = mock.requests().iter().map(|request| request.error).collect::<Vec<_>>();
    assert_eq!(statuses, [Some(429), Some(429), None, Some(529), None]);
}

#[test]
fn rules_look_at_the_newest_text() {
    let mock = Mock::start();
    let scenario = json!({
        "turns": [{"text": "turn"}],
        "rules": [{"match": "^h[ae]llo$", "turn": {"text": "rule"}, "once": true},
                  {"match": "hello", "turn": {"text": "other lane"}, "lane": "helper"}],
    });
    mock.scenario("ruled", serde_json::from_value(scenario).unwrap_or_default());
    mock.set_default("ruled");
    assert_eq!([say(&mock, "hallo").text(), say(&mock, "hallo").text()], ["rule", "turn"]);
}

#[test]
fn subagents_follow_their_lane() {
    let mock = Mock::start();
    say(&mock, "go [[scenario:agent]]");
    let sub = |agent: &str, text: &str| say_in(&mock, "s1", text, &json!({"agent": agent})).text();
    assert_eq!(sub("a1", "LANE-COUNT: count"), "Counting.");
    assert_eq!(sub("a2", "LANE-COUNT: count"), "Counting.", "a script per subagent");
    assert_eq!(sub("a1", "LANE-COUNT: count"), "No files at all.");
    // The old version does not name them.
    assert_eq!(say_in(&mock, "s1", "LANE-COUNT: count", &json!({})).text(), "Counting.");
    assert_eq!(sub("a3", "something else"), "Subagent done.");
    let last = mock.turns().pop();
    assert_eq!(
        last.map(|request| (request.kind, request.agent)),
        Some((Kind::Subagent, Some("a3".to_owned())))
    );
}

#[test]
fn the_newest_tag_wins_and_pushed_turns_come_before_it() {
    let mock = Mock::start();
    mock.push_for("other", Turn::text("for the other"));
    mock.push(Turn::text("pushed"));
    assert_eq!(say(&mock, "[[scenario:perm]]").text(), "pushed");
    assert_eq!(
        say(&mock, "[[scenario:perm]] or [[scenario:hello]]").text(),
        "Hello, this is the scripted model."
    );
    assert_eq!(say_in(&mock, "other", "x", &json!({})).text(), "for the other");
    let unknown = say(&mock, "[[scenario:nowhere]]");
    assert_eq!(
        (unknown.status, unknown.json()["error"]["message"].clone()),
        (400, json!("the mock has no scenario named nowhere"))
    );
}

#[test]
fn side_requests_are_recognised() {
    let mock = Mock::start();
    let side = |more: Value| {
        say_in(&mock, "s1", more["text"].as_str().unwrap_or("x"), &more);
        mock.requests().last().map(|request| request.kind)
    };
    let schema = |properties: Value| json!({"tools": [], "output_config": {"format": {"type": "json_schema", "schema": properties}}});
    let title =
        schema(json!({"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}));
    let state = json!([{"type": "text", "text": r#"Answer {"state":"<working|blocked|done|failed>"}"#}]);
    for (more, kind) in [
        (json!({"max_tokens": 1}), SideKind::Quota),
        (json!({"text": "Your task is to create a detailed summary of this."}), SideKind::Compact),
        (json!({"text": "[SUGGESTION MODE: say]"}), SideKind::Suggestion),
        (json!({"text": "Describe your most recent action in 3-5 words."}), SideKind::Progress),
        (title, SideKind::Title),
        (schema(json!({"type": "object"})), SideKind::Structured),
        (json!({"tools": [], "system": state}), SideKind::BgState),
        (json!({"tools": []}), SideKind::Small),
    ] {
        assert_eq!(side(more), Some(Kind::Side(kind)));
    }
}

#[test]
fn structured_answers_fit_the_schema_and_can_be_scripted() {
    let mock = Mock::start();
    let schema = json!({
        "type": "object", "required": ["ok", "kind", "n", "list"],
        "properties": {"ok": {"type": "boolean"}, "kind": {"enum": ["a", "b"]}, "n": {"type": "number"},
                       "list": {"type": "array"}, "extra": {"type": "string"}},
    });
    let more = json!({"tools": [], "output_config": {"format": {"schema": schema}}});
    let answer = say_in(&mock, "s1", "x", &more).text();
    assert_eq!(
        serde_json::from_str::<Value>(&answer).ok(),
        Some(json!({"ok": true, "kind": "a", "n": 0, "list": []}))
    );
    let own = json!({"side": {"structured": {"text": "{}"}}});
    mock.scenario("hello", serde_json::from_value(own).unwrap_or_default());
    assert_eq!(say_in(&mock, "s1", "x", &more).text(), "{}");
}

#[test]
fn names_in_a_turn_are_filled_in() {
    let mock = Mock::start();
    mock.push(Turn::tool("Write", json!({"file_path": "{{cwd}}/{{session_id}}-{{n}}"})));
    let message = say(&mock, "x").json();
    assert_eq!(message["content"][0]["input"]["file_path"], "/srv/demo/s1-1");
}

#[test]
fn other_paths_are_answered_and_counted() {
    let mock = Mock::start();
    assert_eq!(
        ask(&mock, "GET", "/v1/models?limit=9", "", "").json(),
        json!({"data": [], "has_more": false})
    );
    let head = ask(&mock, "HEAD", "/", "", "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let count = ask(&mock, "POST", "/v1/messages/count_tokens", "", r#"{"messages":[1,2,3,4]}"#).json();
    assert_eq!(count, json!({"input_tokens": 5}));
    assert_eq!(ask(&mock, "POST", "/api/event_logging", "", "not json").json(), json!({}));
    let kinds = mock.requests().iter().map(|request| request.kind).collect::<Vec<_>>();
    assert_eq!(kinds, [Kind::Other; 4]);
}

#[test]
fn a_connection_serves_many_requests() {
    let mock = Mock::start();
    let exchange = || -> std::io::Result<usize> {
        let mut stream = TcpStream::connect(mock.address())?;
        let mut seen = Vec::new();
        for _ in 0..3 {
            stream.write_all(b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n")?;
        }
        let mut piece = [0; 1024];
        while seen.windows(6).filter(|window| window == b"\r\n\r\n{}").count() < 6 {
            let n = stream.read(&mut piece)?;
            seen.extend_from_slice(&piece[..n]);
        }
        Ok(mock.requests().len())
    };
    assert_eq!(exchange().ok(), Some(6));
}

#[test]
fn a_client_that_hangs_up_is_noted() {
    let mock = Mock::start();
    mock.push(Turn { chunk_delay_ms: 5, ..Turn::text(&"word ".repeat(2000)) });
    let body = r#"{"stream":true,"tools":[{}],"messages":[]}"#;
    let hang_up = || -> std::io::Result<()> {
        let mut stream = TcpStream::connect(mock.address())?;
        write!(stream, "POST /v1/messages HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}", body.len())?;
        stream.read_exact(&mut [0; 64])
    };
    assert!(hang_up().is_ok());
    let gone =
        claudectl_testkit::wait_for(Duration::from_secs(20), || mock.requests()[0].client_gone.then_some(()));
    assert!(gone.is_some());
}

#[test]
fn dropping_the_mock_ends_a_slow_answer_and_idle_connections() {
    let mock = Mock::start();
    let address = mock.address();
    mock.push(Turn { delay_ms: 3_600_000, ..Turn::text("never") });
    let idle = TcpStream::connect(address);
    let slow = std::thread::scope(|scope| {
        let slow = scope.spawn(|| {
            TcpStream::connect(address).and_then(|mut stream| {
                let body = r#"{"tools":[{}],"messages":[]}"#;
                write!(stream, "POST /v1/messages HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}", body.len())?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer)
            })
        });
        let asked = claudectl_testkit::wait_for(Duration::from_secs(20), || {
            (!mock.requests().is_empty()).then_some(())
        });
        drop(mock);
        asked.and(slow.join().ok())
    });
    assert!(slow.is_some(), "the hour of waiting was cut short");
    assert!(idle.is_ok_and(|mut stream| matches!(stream.read(&mut [0; 8]), Ok(0) | Err(_))));
}

#[test]
fn a_scenario_with_an_unknown_key_is_refused() {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).is_ok();
    assert!(
        write("good.json", r#"{"turns": [{"text": "from a file"}]}"#) && write("notes.txt", "not a scenario")
    );
    let mock = Mock::start();
    assert!(mock.load_dir(folder.path()).is_ok());
    assert_eq!(say(&mock, "[[scenario:good]]").text(), "from a file");
    for bad in
        [r#"{"turn": []}"#, r#"{"turns": [{"txt": "x"}]}"#, r#"{"rules": [{"match": "(", "turn": {}}]}"#]
    {
        assert!(write("bad.json", bad));
        let error = mock.load_dir(folder.path()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("bad.json is not a scenario"), "{error}");
    }
}
