//! Notices by HTTP: signed as Standard Webhooks ask for, or in the words of a chat.
//!
//! A receiver knows a notice that comes twice by `webhook-id`, which is the notice's own id. Redirects are not followed:
//! a notice goes where the person said, and nowhere else. Neither is a proxy of the environment used.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use claudectl_fleet::notice::Notice;
use claudectl_fleet::session::rfc3339;
use ring::hmac;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{StatusCode, Uri};

use crate::desktop::{escaped, is_urgent};
use crate::{Again, Failure, Sink, one_line};

/// A connection is made within this, and a whole request done.
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(15);
/// A receiver that asks for a longer pause gets this one.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// Discord takes no more, in characters.
const DISCORD_MOST: usize = 2_000;

/// How the body is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Preset {
    /// `{"type", "timestamp", "data"}`, with the notice as data.
    #[default]
    Json,
    /// A message of a Slack webhook.
    Slack,
    /// A message of a Discord webhook.
    Discord,
    /// A message of an ntfy topic, whose address is the webhook's.
    Ntfy,
}

impl Preset {
    /// The names in the configuration.
    pub const WORDS: &[&str] = &["json", "slack", "discord", "ntfy"];

    /// From the name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Json, Self::Slack, Self::Discord, Self::Ntfy];
        all.into_iter().zip(Self::WORDS).find(|(_, name)| **name == word).map(|(preset, _)| preset)
    }
}

/// An address that cannot be one of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it has to be http:// or https://, with a host and without a name or password in it")]
pub struct BadUrl;

/// Where a webhook is sent. Its path is often all that keeps others out, so it is shown without.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(Uri);

impl Url {
    /// From its text.
    ///
    /// # Errors
    ///
    /// When it is no address, or one with credentials.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let uri: Uri = text.parse().map_err(|_| BadUrl)?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        let plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        let host = uri.host().is_some_and(|host| !host.is_empty());
        if known && plain && host { Ok(Self(uri)) } else { Err(BadUrl) }
    }

    /// What is sent there can be read on the way.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let local = matches!(self.0.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
        self.0.scheme_str() == Some("http") && !local
    }

    /// The server of an ntfy topic, and the topic.
    fn topic(&self) -> Option<(String, String)> {
        let (folder, topic) = self.0.path().trim_end_matches('/').rsplit_once('/')?;
        let (scheme, authority) = (self.0.scheme_str()?, self.0.authority()?);
        (!topic.is_empty()).then(|| (format!("{scheme}://{authority}{folder}/"), topic.to_owned()))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0.authority().map(|authority| authority.as_str()).unwrap_or_default();
        let more = if self.0.path().len() > 1 || self.0.query().is_some() { "/…" } else { "" };
        write!(f, "{}://{authority}{more}", self.0.scheme_str().unwrap_or_default())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

/// A secret that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret that begins with whsec_ goes on in base64; any other is taken as it is, and not empty")]
pub struct BadSecret;

/// What webhooks are signed with.
#[derive(Clone)]
pub struct Secret(hmac::Key);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// From its text: `whsec_` and base64, as other tools hand it out, or any text.
    ///
    /// # Errors
    ///
    /// When it is empty or no base64.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let text = text.trim();
        let bytes = match text.strip_prefix("whsec_") {
            Some(rest) => BASE64.decode(rest).map_err(|_| BadSecret)?,
            None => text.as_bytes().to_vec(),
        };
        if bytes.is_empty() {
            return Err(BadSecret);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The `webhook-signature` of a body.
    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(format!("{id}.{timestamp}.").as_bytes());
        context.update(body);
        format!("v1,{}", BASE64.encode(context.sign()))
    }
}

/// A webhook.
#[derive(Debug)]
pub struct Webhook {
    url: Url,
    preset: Preset,
    secret: Option<Secret>,
    token: Option<String>,
    agent: Agent,
}

impl Webhook {
    /// To this address. With a `secret` it is signed, with a `token` that is sent as the bearer's.
    #[must_use]
    pub fn new(url: Url, preset: Preset, secret: Option<Secret>, token: Option<String>) -> Self {
        Self::with(url, preset, secret, token, CONNECT, WHOLE)
    }

    fn with(
        url: Url,
        preset: Preset,
        secret: Option<Secret>,
        token: Option<String>,
        connect: Duration,
        whole: Duration,
    ) -> Self {
        let config = Agent::config_builder()
            .timeout_connect(Some(connect))
            .timeout_resolve(Some(connect))
            .timeout_global(Some(whole))
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // Notices are rare: a connection that is kept would only be kept.
            .max_idle_connections(0)
            .user_agent(concat!("claudectl/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { url, preset, secret, token, agent: config.new_agent() }
    }

    /// Where a notice is sent, and what.
    fn request(&self, notice: &Notice) -> Result<(String, Vec<u8>), Failure> {
        let (to, document) = match (self.preset, self.url.topic()) {
            (Preset::Ntfy, Some((server, topic))) => (server, ntfy(notice, &topic)),
            (Preset::Ntfy, None) => {
                return Err(Failure::for_good("the address of an ntfy webhook ends in the topic"));
            }
            (preset, _) => (self.url.0.to_string(), document(preset, notice)),
        };
        let body = serde_json::to_vec(&document)
            .map_err(|error| Failure::for_good(format!("cannot write JSON: {error}")))?;
        Ok((to, body))
    }
}

impl Sink for Webhook {
    fn deliver(&self, notice: &Notice, now: i64) -> Result<(), Failure> {
        let (to, body) = self.request(notice)?;
        let timestamp = now.div_euclid(1000);
        let mut request = self
            .agent
            .post(to)
            .header("content-type", "application/json")
            .header("webhook-id", &notice.id)
            .header("webhook-timestamp", timestamp.to_string());
        if let Some(secret) = &self.secret {
            request = request.header("webhook-signature", secret.sign(&notice.id, timestamp, &body));
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = request.send(&body[..]).map_err(|error| unreachable(&error))?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        judge(response.status(), header("retry-after"), header("location"))
    }
}

/// What an answer means.
fn judge(status: StatusCode, retry_after: Option<&str>, location: Option<&str>) -> Result<(), Failure> {
    let pause = || {
        let seconds = retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        seconds.map(|pause| pause.min(LONGEST_PAUSE))
    };
    match status.as_u16() {
        200..=299 => Ok(()),
        code @ (408 | 425 | 429 | 500..=599) => {
            Err(Failure { why: format!("it answered {code}"), again: Again::Later(pause()) })
        }
        code @ 300..=399 => {
            let to = location.and_then(|to| Url::parse(to).ok());
            let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
            Err(Failure::for_good(format!("it redirects{to} ({code}), which is not followed")))
        }
        code => Err(Failure::for_good(format!("it answered {code}"))),
    }
}

/// Why nothing came back. What a library says may name the address, so only what is known not to is told.
fn unreachable(error: &ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(what) => Failure::for_now(format!("timed out ({what})")),
        ureq::Error::HostNotFound => Failure::for_now("its host is not known"),
        ureq::Error::ConnectionFailed => Failure::for_now("no connection"),
        ureq::Error::Io(error) => Failure::for_now(one_line(&error.to_string())),
        ureq::Error::Rustls(error) => Failure::for_now(one_line(&format!("TLS: {error}"))),
        ureq::Error::Tls(why) => Failure::for_now(format!("TLS: {why}")),
        ureq::Error::Protocol(_) => Failure::for_now("what came back is not HTTP"),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Failure::for_good("its address cannot be used"),
        _ => Failure::for_now("the request failed"),
    }
}

/// A notice as a preset writes it.
#[must_use]
pub fn document(preset: Preset, notice: &Notice) -> Value {
    match preset {
        Preset::Json => json!({
            "type": notice.event,
            "timestamp": rfc3339(notice.at),
            "data": notice,
        }),
        Preset::Slack => {
            let (title, text) = (escaped(&notice.title), escaped(&notice.text));
            json!({ "text": lines(&format!("*{title}*"), &text) })
        }
        Preset::Discord => {
            let content = lines(&format!("**{}**", plain(&notice.title)), &plain(&notice.text));
            let content: String = content.chars().take(DISCORD_MOST).collect();
            // A name such as @everyone calls nobody.
            json!({ "content": content, "allowed_mentions": { "parse": [] } })
        }
        Preset::Ntfy => ntfy(notice, ""),
    }
}

/// As JSON to the server, because headers hold no more than ASCII.
fn ntfy(notice: &Notice, topic: &str) -> Value {
    let message = if notice.text.is_empty() { notice.event.word() } else { notice.text.as_str() };
    let priority = if is_urgent(notice.event) { 4 } else { 3 };
    json!({ "topic": topic, "title": notice.title, "message": message, "priority": priority })
}

fn lines(first: &str, second: &str) -> String {
    if second.is_empty() { first.to_owned() } else { format!("{first}\n{second}") }
}

/// Text in which Discord reads no formatting.
fn plain(text: &str) -> String {
    let special = |letter: char| matches!(letter, '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '[' | ']' | '<');
    text.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::mpsc::{Receiver, channel};

    use crate::queue::tests::notice;

    #[test]
    fn a_signature_is_the_one_that_receivers_check() {
        // The example of the specification's own libraries.
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(Secret::parse("whsec_%").is_err() && Secret::parse(" ").is_err());
        assert!(!format!("{secret:?}").contains("MfKQ"));
    }

    #[test]
    fn addresses_are_shown_without_what_is_secret_in_them() {
        let shown = |text: &str| Url::parse(text).map(|url| (url.to_string(), url.is_open()));
        let ok = |text: &str, open| Ok((text.to_owned(), open));
        assert_eq!(
            shown("https://hooks.slack.com/services/T0/B0/xyz"),
            ok("https://hooks.slack.com/…", false)
        );
        assert_eq!(shown("http://10.0.0.7:8080"), ok("http://10.0.0.7:8080", true));
        assert_eq!(shown("http://127.0.0.1:1/x"), ok("http://127.0.0.1:1/…", false));
        for bad in
            ["", "ntfy.sh/topic", "ftp://x/y", "https://", "https://me:pw@host/", "-o/x", "http://a b/"]
        {
            assert_eq!(shown(bad), Err(BadUrl), "{bad}");
        }
    }

    #[test]
    fn every_preset_writes_what_its_receiver_reads() {
        let mut one = notice("evt_1");
        one.title = "a & <b> *c*".to_owned();
        one.text = "@everyone `x`".to_owned();
        assert_eq!(
            document(Preset::Slack, &one),
            json!({ "text": "*a &amp; &lt;b&gt; *c**\n@everyone `x`" })
        );
        assert_eq!(
            document(Preset::Discord, &one),
            json!({ "content": "**a & \\<b\\> \\*c\\***\n@everyone \\`x\\`", "allowed_mentions": { "parse": [] } })
        );
        let json = document(Preset::Json, &one);
        assert_eq!((&json["type"], &json["data"]["id"]), (&json!("on_budget_warning"), &json!("evt_1")));
        let url = Url::parse("https://ntfy.example/sub/my-topic").unwrap();
        let (to, body) = Webhook::new(url, Preset::Ntfy, None, None).request(&one).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((to.as_str(), &body["topic"]), ("https://ntfy.example/sub/", &json!("my-topic")));
        let bare = Webhook::new(Url::parse("https://ntfy.example/").unwrap(), Preset::Ntfy, None, None);
        assert!(bare.request(&one).unwrap_err().why.contains("topic"));
        for word in Preset::WORDS {
            assert!(Preset::parse(word).is_some());
        }
    }

    /// One request, and what is answered. `None` holds the connection open and says nothing.
    fn server(answer: Option<&'static str>) -> (String, Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/hook/secret-path", listener.local_addr().unwrap());
        let (send, requests) = channel();
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                let mut stream: TcpStream = stream.unwrap();
                if let Some(answer) = answer {
                    send.send(request(&mut stream)).unwrap();
                    stream.write_all(answer.as_bytes()).unwrap();
                } else {
                    held.push(stream);
                }
            }
        });
        (address, requests)
    }

    fn request(stream: &mut TcpStream) -> String {
        let mut text = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let read = stream.read(&mut piece).unwrap();
            text.extend_from_slice(&piece[..read]);
            let all = String::from_utf8_lossy(&text).into_owned();
            let length =
                all.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            let whole = all.split_once("\r\n\r\n").is_some_and(|(_, body)| Some(body.len()) == length);
            if whole || read == 0 {
                return all;
            }
        }
    }

    fn to(address: &str) -> Webhook {
        let secret = Some(Secret::parse("s3cret").unwrap());
        Webhook::new(Url::parse(address).unwrap(), Preset::Json, secret, Some("t0ken".to_owned()))
    }

    #[test]
    fn a_request_has_all_that_a_receiver_needs() {
        let (address, requests) = server(Some("HTTP/1.1 204 No Content\r\n\r\n"));
        to(&address).deliver(&notice("evt_1"), 1_700_000_000_999).unwrap();
        let text = requests.recv().unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let head = head.to_lowercase();
        for line in [
            "post /hook/secret-path http/1.1",
            "webhook-id: evt_1",
            "webhook-timestamp: 1700000000",
            "content-type: application/json",
            "authorization: bearer t0ken",
            "user-agent: claudectl/",
        ] {
            assert!(head.contains(line), "{line}: {head}");
        }
        let signed = Secret::parse("s3cret").unwrap().sign("evt_1", 1_700_000_000, body.as_bytes());
        assert!(text.contains(&format!("webhook-signature: {signed}")), "{text}");
        assert_eq!(serde_json::from_str::<Value>(body).unwrap()["data"]["title"], "near budget: today");
    }

    #[test]
    fn an_answer_says_whether_to_try_again() {
        let later = |seconds: Option<u64>| Again::Later(seconds.map(Duration::from_secs));
        for (answer, why, again) in [
            ("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n", "it answered 500", later(None)),
            (
                "HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n",
                "it answered 429",
                later(Some(7)),
            ),
            (
                "HTTP/1.1 503 No\r\nretry-after: 999999999\r\ncontent-length: 0\r\n\r\n",
                "it answered 503",
                later(Some(3600)),
            ),
            ("HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", "it answered 404", Again::Never),
            (
                "HTTP/1.1 307 There\r\nlocation: http://evil.example/collect?k=1\r\ncontent-length: 0\r\n\r\n",
                "it redirects to http://evil.example/… (307), which is not followed",
                Again::Never,
            ),
            ("garbage\r\n\r\n", "what came back is not HTTP", later(None)),
        ] {
            let (address, _requests) = server(Some(answer));
            let failure = to(&address).deliver(&notice("evt_1"), 0).unwrap_err();
            assert_eq!((failure.why.as_str(), failure.again), (why, again), "{answer}");
        }
    }

    #[test]
    fn who_says_nothing_is_given_up_and_who_is_not_there_is_told() {
        let (address, _requests) = server(None);
        let (url, soon) = (Url::parse(&address).unwrap(), Duration::from_millis(50));
        let hangs = Webhook::with(url, Preset::Json, None, None, soon, soon);
        let failure = hangs.deliver(&notice("evt_1"), 0).unwrap_err();
        assert!(failure.why.contains("timed out") && failure.again == Again::Later(None), "{failure}");
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let failure = to(&format!("http://{gone}/x")).deliver(&notice("evt_1"), 0).unwrap_err();
        assert!(!failure.why.contains(&gone.to_string()) && failure.again == Again::Later(None), "{failure}");
    }
}
