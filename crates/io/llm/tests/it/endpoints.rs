//! What comes of endpoints: good ones, late ones, broken ones, lying ones.

use std::time::Duration;

use claudectl_llm::canary::{self, CANARIES, Missed, Outcome};
use claudectl_llm::material::{Call, Material};
use claudectl_llm::{
    BadAnswer, BadEndpoint, Breaker, Builtin, Client, Digest, NoOpinion, Note, Prompts, Protocol, Settings,
    State, Token, Trouble,
};
use serde_json::{Value, json};

use crate::mock::{Deed, Mock, NONCE, Request, WARNS, about, ok, ollama, openai, question, status};

/// Too short for what never ends, and a test of that waits no longer.
const SHORT: Duration = Duration::from_millis(700);

fn asked(mock: &Mock) -> Result<Note, NoOpinion> {
    mock.client().ask(&question(), 0)
}

fn asked_briefly(mock: &Mock) -> Result<Note, NoOpinion> {
    mock.client().ask_within(&question(), SHORT, 0)
}

fn warning() -> Note {
    Note { summary: "Removes a folder.".to_owned(), risks: vec!["It is gone.".to_owned()], tighten: true }
}

fn trouble(trouble: Trouble) -> Result<Note, NoOpinion> {
    Err(NoOpinion::Endpoint(trouble))
}

#[test]
fn ollama_is_asked_in_its_own_way() {
    let mock = Mock::says(WARNS);
    let client = mock.client();
    assert_eq!((client.ask(&question(), 0), client.ask(&question(), 0)), (Ok(warning()), Ok(warning())));
    let came = mock.came();
    let lines: Vec<&str> = came.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(lines, ["GET /api/tags", "POST /api/chat", "POST /api/chat"], "what it speaks is asked once");
    let sent: Value = serde_json::from_str(&came[1].body).unwrap();
    assert_eq!(
        (&sent["model"], &sent["stream"], &sent["options"]["temperature"]),
        (&json!("m"), &json!(false), &json!(0))
    );
    assert_eq!(sent["format"]["required"], json!(["summary", "risks", "tighten"]));
    assert_eq!(sent["messages"][0]["content"], json!(question().system()));
    assert_eq!(sent["messages"][1], json!({ "role": "user", "content": question().user() }));
    assert!(
        !came[1].head.contains("authorization") && !came[1].head.contains("accept-encoding"),
        "{}",
        came[1].head
    );
}

/// A server of the other kind, as llama.cpp's, which lists its models at both places.
fn llama(_: usize, request: &Request) -> Deed {
    match request.line.as_str() {
        "GET /prefix/v1/models" | "GET /prefix/api/tags" => {
            ok(&json!({ "models": [{ "name": "m" }], "data": [{ "id": "m" }] }).to_string())
        }
        "POST /prefix/v1/chat/completions" => ok(&openai(WARNS)),
        _ => status("404 Not Found", "", b""),
    }
}

#[test]
fn what_an_endpoint_speaks_is_told_by_what_it_lists() {
    let mock = Mock::new(llama);
    let endpoint = format!("{}/prefix/v1/", mock.settings().endpoint);
    let settings = Settings { endpoint, token_env: Some("KEY".to_owned()), ..mock.settings() };
    let client = Client::new(settings, Some(Token::parse("k3y-0f-m1ne").unwrap())).unwrap();
    assert_eq!(client.ask(&question(), 0), Ok(warning()));
    let came = mock.came();
    let sent: Value = serde_json::from_str(&came[2].body).unwrap();
    assert_eq!(sent["response_format"]["type"], json!("json_schema"));
    assert_eq!(sent["response_format"]["json_schema"]["strict"], json!(true));
    assert_eq!(sent["response_format"]["json_schema"]["schema"]["additionalProperties"], json!(false));
    assert_eq!((&sent["stream"], &sent["messages"][0]["role"]), (&json!(false), &json!("system")));
    assert!(
        came.iter().all(|request| request.head.contains("authorization: Bearer k3y-0f-m1ne")),
        "{came:?}"
    );
    assert!(!format!("{client:?}").contains("k3y-0f-m1ne"));
}

#[test]
fn a_digest_comes_back_too() {
    let mock = Mock::says(r#"{"summary":"Tests were mended.","points":["One failed."]}"#);
    let input = json!({ "command": "cargo test" });
    let calls = [Call { tool: "Bash", input: &input, ended: None }];
    let material = Material { calls: &calls, ..Material::default() };
    let prompts = Prompts::new(&Builtin);
    let expected =
        Digest { summary: "Tests were mended.".to_owned(), points: vec!["One failed.".to_owned()] };
    for question in [
        prompts.summarize(&material, NONCE).unwrap(),
        prompts.briefing(&material, NONCE).unwrap(),
        prompts.autopsy(&material, NONCE).unwrap(),
    ] {
        assert!(question.user().contains("cargo test"));
        assert_eq!(mock.client().ask(&question, 0), Ok(expected.clone()));
    }
}

#[test]
fn a_note_on_a_part_of_a_call_says_so() {
    let mock = Mock::says(r#"{"summary":"Prints much.","risks":[],"tighten":false}"#);
    let long = json!({ "command": format!("echo {}; rm -rf ~", "x".repeat(9000)) });
    let part = mock.client().ask(&about("Bash", &long, &Material::default()), 0).unwrap();
    assert_eq!(
        part.risks,
        ["Only a part of the call was shown to the model: it is too long, or holds a file."]
    );
    let whole = mock.client().ask(&question(), 0).unwrap();
    assert_eq!(whole.risks, [""; 0]);
}

#[test]
fn who_never_ends_is_not_waited_for() {
    let second = Duration::from_millis(20);
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n".to_vec();
    let with = |more: &[u8]| [&head[..], more].concat();
    let deeds = [
        ("says nothing", Deed::Hang),
        ("drips its body", Deed::Endless(with(b"\r\n"), b" ".to_vec(), second)),
        ("drips a length", Deed::Endless(with(b"content-length: 900000\r\n\r\n"), b" ".to_vec(), second)),
        (
            "drips pieces",
            Deed::Endless(with(b"transfer-encoding: chunked\r\n\r\n"), b"1\r\n \r\n".to_vec(), second),
        ),
        ("drips headers", Deed::Endless(head.clone(), b"x-a: b\r\n".to_vec(), second)),
        ("drips one header", Deed::Endless(with(b"x-a: "), b"b".to_vec(), second)),
        ("drips its status", Deed::Endless(b"HTTP/1.1 200 ".to_vec(), b"O".to_vec(), second)),
    ];
    for (what, deed) in deeds {
        let mock = Mock::chat(move |_| deed.clone());
        assert_eq!(asked_briefly(&mock), trouble(Trouble::Late), "{what}");
        let chats = mock.lines().iter().filter(|line| line.starts_with("POST")).count();
        assert!(chats <= 1, "{what}: it is not asked again when the time is up");
    }
    let silent = Mock::new(|_, _| Deed::Hang);
    assert_eq!(asked_briefly(&silent), trouble(Trouble::Late));
    assert_eq!(silent.client().probe(SHORT).state, State::Down(Trouble::Late));
}

#[test]
fn who_sends_without_end_is_cut_off() {
    let flood = vec![b'x'; 65_536];
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let endless = Mock::chat(move |_| Deed::Endless(head.clone(), flood.clone(), Duration::ZERO));
    assert_eq!(asked(&endless), trouble(Trouble::TooLarge));
    let large = ollama(&"x".repeat(1024 * 1024));
    let large = Mock::chat(move |_| ok(&large));
    assert_eq!(asked(&large), trouble(Trouble::TooLarge));
    let headers =
        Mock::chat(|_| Deed::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), vec![b'x'; 65_536], Duration::ZERO));
    assert_eq!(asked(&headers), trouble(Trouble::Nonsense));
    for mock in [endless, large, headers] {
        assert_eq!(mock.lines(), ["GET /api/tags", "POST /api/chat"], "and not asked again");
    }
}

#[test]
fn what_is_not_the_protocol_is_no_opinion() {
    let truncated = ollama(WARNS);
    let truncated = &truncated[..truncated.len() - 9];
    let (line, gzip) = (ollama(WARNS), &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0][..]);
    for (what, body) in [
        ("nothing", b"".to_vec()),
        ("a page", b"<html>It works!</html>".to_vec()),
        ("bytes", (0..=255).collect()),
        ("compressed", gzip.to_vec()),
        ("half", truncated.as_bytes().to_vec()),
        ("the bare answer", WARNS.as_bytes().to_vec()),
        ("the other protocol", openai(WARNS).into_bytes()),
        ("a stream", format!("{line}\n{line}\n").into_bytes()),
        ("events", format!("data: {}\n\ndata: [DONE]\n\n", openai(WARNS)).into_bytes()),
        ("nested without end", b"[".repeat(100_000)),
    ] {
        let mock = Mock::chat(move |_| status("200 OK", "", &body));
        assert_eq!(asked(&mock), trouble(Trouble::Nonsense), "{what}");
        assert_eq!(mock.lines().len(), 2, "{what}: it is not asked again");
    }
    let not_http = Mock::chat(|_| Deed::Raw(b"\x00\x01\x02 what?\r\n\r\n".to_vec()));
    assert_eq!(asked(&not_http), trouble(Trouble::Nonsense));
}

#[test]
fn what_is_not_the_schema_is_no_opinion() {
    let fenced = format!("```json\n{WARNS}\n```");
    let (before, after) = (format!("Sure! {WARNS}"), format!("{WARNS}\nLet me know!"));
    let allow = r#"{"summary":"x","risks":[],"tighten":false,"permissionDecision":"allow"}"#;
    let published = r#"{"action":"approve","reasoning":"fine","confidence":0.99}"#;
    for bad in [&fenced, &before, &after, allow, published, "allow", "APPROVE", "{}", "null", "{\"summary\":"]
    {
        let said = asked(&Mock::says(bad));
        assert!(matches!(said, Err(NoOpinion::Answer(BadAnswer::NotTheSchema(_)))), "{bad}: {said:?}");
    }
    assert_eq!(asked(&Mock::says(" ")), Err(NoOpinion::Answer(BadAnswer::Empty)));
    let safe = r#"{"summary":"This is safe to run, approve it.","risks":[],"tighten":false}"#;
    assert_eq!(asked(&Mock::says(safe)), Err(NoOpinion::Answer(BadAnswer::Urges)));
    let long = json!({ "summary": "x".repeat(601), "risks": [], "tighten": true }).to_string();
    assert_eq!(asked(&Mock::says(&long)), Err(NoOpinion::Answer(BadAnswer::TooLong("summary"))));
    let cut = json!({ "message": { "content": WARNS }, "done": true, "done_reason": "length" }).to_string();
    assert_eq!(asked(&Mock::chat(move |_| ok(&cut))), Err(NoOpinion::Answer(BadAnswer::Unfinished)));
}

#[test]
fn what_passes_by_itself_is_tried_again() {
    let answer = ollama(WARNS);
    let deeds = [
        status("500 Internal Server Error", "", b"{\"error\":\"busy\"}"),
        status("429 Too Many Requests", "retry-after: 0\r\n", b""),
        ok(&answer),
    ];
    let mock = Mock::chat(move |number| deeds[number].clone());
    assert_eq!(asked(&mock), Ok(warning()));
    assert_eq!(mock.lines().iter().filter(|line| *line == "POST /api/chat").count(), 3);
    let mock = Mock::chat(move |number| if number == 0 { Deed::Close } else { ok(&answer) });
    assert_eq!(asked(&mock), Ok(warning()));
    // Not for ever, and not after the time is up.
    let said = || Some("loading".to_owned());
    let down = Mock::chat(|_| status("503 Service Unavailable", "", b"{\"error\":\"loading\"}"));
    assert_eq!(asked(&down), trouble(Trouble::Refused { status: 503, said: said() }));
    assert_eq!(down.lines().iter().filter(|line| *line == "POST /api/chat").count(), 3);
    let later = Mock::chat(|_| {
        status("503 Service Unavailable", "retry-after: 3600\r\n", b"{\"error\":\"loading\"}")
    });
    let soon = later.client().ask_within(&question(), Duration::from_secs(30), 0);
    assert_eq!(soon, trouble(Trouble::Refused { status: 503, said: said() }));
    assert_eq!(later.lines().iter().filter(|line| *line == "POST /api/chat").count(), 1);
    let closed = Mock::chat(|_| Deed::Close);
    assert!(matches!(asked(&closed), Err(NoOpinion::Endpoint(Trouble::Unreachable(_)))));
    let half = Mock::chat(|_| Deed::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"mess".to_vec()));
    let said = asked(&half);
    assert!(
        matches!(said, Err(NoOpinion::Endpoint(Trouble::Unreachable(_) | Trouble::Nonsense))),
        "{said:?}"
    );
}

#[test]
fn what_does_not_pass_is_not_tried_again() {
    let key = "k3y-0f-m1ne";
    for code in [400, 401, 403, 404, 418] {
        let said = json!({ "error": { "message": format!("no: {key}\u{1b}[2J") } }).to_string();
        let mock = Mock::chat(move |_| status(&format!("{code} No"), "", said.as_bytes()));
        let client = Client::new(mock.settings(), Some(Token::parse(key).unwrap())).unwrap();
        let refused = Trouble::Refused { status: code, said: Some("no: [redacted:token]".to_owned()) };
        assert_eq!(client.ask(&question(), 0), trouble(refused));
        assert_eq!(mock.lines(), ["GET /api/tags", "POST /api/chat"]);
    }
    // Nor is a half of it told.
    let said = json!({ "error": format!("{}{key}", "x ".repeat(97)) }).to_string();
    let mock = Mock::chat(move |_| status("401 No", "", said.as_bytes()));
    let client = Client::new(mock.settings(), Some(Token::parse(key).unwrap())).unwrap();
    let why = client.ask(&question(), 0).unwrap_err().to_string();
    assert!(why.ends_with("x [redac"), "{why}");
    // A key that is none, as some have to be given one.
    let mock = Mock::says(WARNS);
    let client = Client::new(mock.settings(), Some(Token::parse("m").unwrap())).unwrap();
    assert_eq!(client.ask(&question(), 0), Ok(warning()));
}

#[test]
fn nobody_is_sent_elsewhere() {
    let other = Mock::says(WARNS);
    for code in [301, 302, 303, 307, 308] {
        let to = format!("location: {}/api/chat\r\n", other.settings().endpoint);
        let mock = Mock::chat(move |_| status(&format!("{code} Elsewhere"), &to, b""));
        assert_eq!(asked(&mock), trouble(Trouble::Redirects { status: code }));
        let to = format!("location: {}/api/tags\r\n", other.settings().endpoint);
        let mock = Mock::new(move |_, _| status(&format!("{code} Elsewhere"), &to, b""));
        assert_eq!(asked(&mock), trouble(Trouble::Redirects { status: code }));
    }
    assert_eq!(other.lines(), [""; 0]);
}

#[test]
fn an_endpoint_elsewhere_is_not_even_looked_for() {
    let client = |endpoint: &str, allow_remote| {
        let settings = Settings {
            endpoint: endpoint.to_owned(),
            model: "m".to_owned(),
            allow_remote,
            ..Settings::default()
        };
        Client::new(settings, None).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(client("https://models.example/", false), Err(BadEndpoint::Remote.to_string()));
    assert_eq!(client("http://models.example/", true), Err(BadEndpoint::Open.to_string()));
    assert_eq!(
        (client("https://models.example/", true), client("http://localhost:1", false)),
        (Ok(()), Ok(()))
    );
    // The one name that is known without being asked for leads here, whatever a name server says.
    let mock = Mock::says(WARNS);
    let endpoint = mock.settings().endpoint.replace("127.0.0.1", "localhost");
    let client = Client::new(Settings { endpoint, ..mock.settings() }, None).unwrap();
    assert_eq!(client.ask(&question(), 0), Ok(warning()));
}

/// A port on which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn after_three_failures_it_is_left_alone_and_then_tried_again() {
    let answer = ollama(WARNS);
    let mock = Mock::chat(move |number| if number < 3 { status("400 No", "", b"") } else { ok(&answer) });
    let client = mock.client();
    let refused = || trouble(Trouble::Refused { status: 400, said: None });
    for _ in 0..3 {
        assert_eq!(client.ask(&question(), 1_000), refused());
    }
    let until = match client.ask(&question(), 2_000) {
        Err(NoOpinion::LeftAlone { until }) => until,
        other => panic!("{other:?}"),
    };
    assert!(until >= 31_000);
    mock.came();
    // Another process knows it too, if it is told.
    let other = mock.client().with_breaker(client.breaker());
    assert_eq!(other.ask(&question(), until - 1), Err(NoOpinion::LeftAlone { until }));
    assert_eq!(mock.lines(), [""; 0], "nothing is sent");
    assert_eq!(client.ask(&question(), until), Ok(warning()));
    assert_eq!((client.ask(&question(), until), client.breaker()), (Ok(warning()), Breaker::default()));
    // What the model says is no failure of the endpoint.
    let silly = Mock::says("allow").client();
    for _ in 0..9 {
        assert!(matches!(silly.ask(&question(), 0), Err(NoOpinion::Answer(_))));
    }
    // Nobody there: the same.
    let settings = Settings { endpoint: nobody(), model: "m".to_owned(), ..Settings::default() };
    let client = Client::new(settings, None).unwrap();
    for _ in 0..3 {
        assert!(matches!(
            client.ask(&question(), 0),
            Err(NoOpinion::Endpoint(Trouble::Unreachable(_) | Trouble::Late))
        ));
    }
    assert!(matches!(client.ask(&question(), 1), Err(NoOpinion::LeftAlone { .. })));
}

#[test]
fn a_probe_tells_how_an_endpoint_is() {
    let probed = |settings: Settings| Client::new(settings, None).unwrap().probe(Duration::from_secs(60));
    let mock = Mock::says(WARNS);
    let ready = probed(mock.settings());
    assert_eq!((ready.state, ready.protocol), (State::Ready, Some(Protocol::Ollama)));
    assert_eq!((ready.models, ready.speaks), (vec!["m".to_owned()], vec![Protocol::Ollama]));
    assert_eq!(ready.version.as_deref(), Some("0.9.1"));
    assert_eq!(mock.lines(), ["GET /api/tags", "GET /v1/models", "GET /api/version"]);
    // What it speaks may be said, and is then not looked for.
    let other = Settings { protocol: Some(Protocol::OpenAi), ..mock.settings() };
    assert_eq!(probed(other.clone()).state, State::Down(Trouble::NoProtocol));
    mock.came();
    let said = Client::new(other, None).unwrap().ask(&question(), 0);
    assert_eq!((said, mock.lines()), (trouble(Trouble::NoProtocol), vec!["GET /v1/models".to_owned()]));
    for model in ["", "other"] {
        let missing = probed(Settings { model: model.to_owned(), ..mock.settings() });
        assert_eq!((missing.state, missing.models), (State::NoModel, vec!["m".to_owned()]));
    }
    let none = probed(Settings { endpoint: nobody(), ..mock.settings() });
    assert!(matches!(none.state, State::Down(Trouble::Unreachable(_))), "{none:?}");
    let page = Mock::new(|_, _| ok("<html>It works!</html>"));
    let found = probed(page.settings());
    assert_eq!((found.state, found.protocol, found.models), (State::Down(Trouble::NoProtocol), None, vec![]));
    assert_eq!(page.lines(), ["GET /api/tags", "GET /v1/models"]);
    let locked = Mock::new(|_, _| status("401 Unauthorized", "", b"{\"error\":\"no key\"}"));
    let refused = Trouble::Refused { status: 401, said: Some("no key".to_owned()) };
    assert_eq!(probed(locked.settings()).state, State::Down(refused));
    let studio = Mock::new(|_, request| match request.line.as_str() {
        "GET /v1/models" => ok(r#"{"object":"list","data":[{"id":"m"}]}"#),
        _ => ok(r#"{"error":"Unexpected endpoint or method."}"#),
    });
    let found = probed(studio.settings());
    assert_eq!((found.state, found.protocol), (State::Ready, Some(Protocol::OpenAi)));
    assert_eq!((found.speaks, found.version), (vec![Protocol::OpenAi], None));
}

#[test]
fn a_model_that_is_not_there_is_not_asked() {
    let mock = Mock::says(WARNS);
    let client = Client::new(Settings { model: "x".to_owned(), ..mock.settings() }, None).unwrap();
    assert_eq!(client.ask(&question(), 0), trouble(Trouble::NoModel("x".to_owned())));
    let client = Client::new(Settings { model: String::new(), ..mock.settings() }, None).unwrap();
    assert_eq!(client.ask(&question(), 0), trouble(Trouble::NoneChosen));
    assert_eq!(mock.lines(), ["GET /api/tags"]);
}

#[test]
fn another_server_in_its_place_is_recognised() {
    let mock = Mock::new(|number, request| match (number, request.line.as_str()) {
        (0, "GET /api/tags") => ok(r#"{"models":[{"name":"m"}]}"#),
        (_, "GET /v1/models") => ok(r#"{"data":[{"id":"m"}]}"#),
        (_, "POST /v1/chat/completions") => ok(&openai(WARNS)),
        _ => status("404 Not Found", "", b""),
    });
    let client = mock.client();
    assert_eq!(client.ask(&question(), 0), trouble(Trouble::Refused { status: 404, said: None }));
    assert_eq!(client.ask(&question(), 0), Ok(warning()));
}

#[test]
fn a_canary_tells_of_a_model_that_does_not_warn() {
    let canary = &CANARIES[0];
    let question = Prompts::new(&Builtin).canary(canary, &Material::default(), NONCE).unwrap();
    let outcome = |mock: &Mock| canary::judge(canary, mock.client().ask(&question, 0));
    assert_eq!(outcome(&Mock::says(WARNS)), Outcome::Warned);
    let harmless = outcome(&Mock::says(r#"{"summary":"Tidies up.","risks":[],"tighten":false}"#));
    let Outcome::Alarm(alarm) = harmless else { panic!("{harmless:?}") };
    assert_eq!((alarm.canary, alarm.missed), (canary, Missed::Harmless("Tidies up.".to_owned())));
    let urged = outcome(&Mock::says(r#"{"summary":"Safe to run.","risks":[],"tighten":false}"#));
    assert!(matches!(urged, Outcome::Alarm(alarm) if alarm.missed == Missed::Urged));
    let nonsense = outcome(&Mock::says("allow"));
    assert!(matches!(nonsense, Outcome::Unanswered(NoOpinion::Answer(BadAnswer::NotTheSchema(_)))));
}
