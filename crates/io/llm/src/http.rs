//! One exchange with an endpoint, bounded in time and size. Nothing that comes back is believed: no redirect is followed,
//! no proxy used, no compression asked for.

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, config::Config};

use crate::answer::shown;
use crate::endpoint::{Endpoint, Token};
use crate::protocol::complaint;

/// The most that is read of an answer.
const LARGEST: usize = 1024 * 1024;
/// The longest pause that an endpoint may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Why there is no answer, where the endpoint is to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The budget is used up.
    #[error("it did not answer in time")]
    Late,
    /// No connection, or one that broke off.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// It answered with an error.
    #[error("it answered {status}{}", said.as_ref().map(|said| format!(": {said}")).unwrap_or_default())]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// What it says about it.
        said: Option<String>,
    },
    /// It wants to be asked elsewhere.
    #[error("it redirects ({status}), which is not followed")]
    Redirects {
        /// The status of HTTP.
        status: u16,
    },
    /// Its answer has no end, or none that is waited for.
    #[error("its answer is larger than 1 MiB")]
    TooLarge,
    /// It is not what it should be.
    #[error("what it answers is not of its protocol")]
    Nonsense,
    /// It lists no models in either way.
    #[error("it lists no models, neither at /v1/models nor at /api/tags")]
    NoProtocol,
    /// The model is none of its own.
    #[error("it has no model {0}")]
    NoModel(String),
    /// The person has chosen none.
    #[error("no model is chosen")]
    NoneChosen,
}

/// An attempt that came to nothing.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) trouble: Trouble,
    /// Another attempt may do better, not before this pause.
    pub(crate) again: Option<Duration>,
}

impl Failed {
    pub(crate) fn for_good(trouble: Trouble) -> Self {
        Self { trouble, again: None }
    }

    fn for_now(trouble: Trouble) -> Self {
        Self { trouble, again: Some(Duration::ZERO) }
    }
}

/// When a question has to be over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(budget: Duration) -> Self {
        let now = now();
        // A budget beyond all times is none.
        Self(now.checked_add(budget).unwrap_or(now + Duration::from_secs(86_400)))
    }

    /// What is left of the budget.
    pub(crate) fn left(self) -> Result<Duration, Failed> {
        let left = self.0.saturating_duration_since(now());
        if left.is_zero() { Err(Failed::for_good(Trouble::Late)) } else { Ok(left) }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long an endpoint takes, not what time it is")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[derive(Debug)]
pub(crate) struct Http {
    endpoint: Endpoint,
    token: Option<Token>,
    agent: Agent,
}

impl Http {
    pub(crate) fn new(endpoint: Endpoint, token: Option<Token>) -> Self {
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // Questions are rare: a connection that is kept would only be kept.
            .max_idle_connections(0)
            .user_agent(concat!("claudectl/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Names::new(endpoint.is_local()));
        Self { endpoint, token, agent }
    }

    pub(crate) fn get(&self, path: &str, deadline: Deadline) -> Result<Vec<u8>, Failed> {
        let request = self.agent.get(self.endpoint.at(path));
        let request = request.config().timeout_global(Some(deadline.left()?)).build();
        let request = match &self.token {
            Some(token) => request.header("authorization", token.header()),
            None => request,
        };
        self.read(request.call(), deadline)
    }

    pub(crate) fn post(&self, path: &str, body: &[u8], deadline: Deadline) -> Result<Vec<u8>, Failed> {
        let request = self.agent.post(self.endpoint.at(path)).header("content-type", "application/json");
        let request = request.config().timeout_global(Some(deadline.left()?)).build();
        let request = match &self.token {
            Some(token) => request.header("authorization", token.header()),
            None => request,
        };
        self.read(request.send(body), deadline)
    }

    fn read(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
        deadline: Deadline,
    ) -> Result<Vec<u8>, Failed> {
        let mut answer = answer.map_err(|error| failed(&error))?;
        let status = answer.status().as_u16();
        let pause = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let pause = pause.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        let pause = pause.unwrap_or_default().min(LONGEST_PAUSE);
        if (300..400).contains(&status) {
            return Err(Failed::for_good(Trouble::Redirects { status }));
        }
        let body = whole(answer.body_mut().as_reader(), deadline);
        if (200..300).contains(&status) {
            return body;
        }
        // It may tell the key back, which is gone before anything of it is cut.
        let said = body.ok().and_then(|body| match &self.token {
            Some(token) => complaint(&token.out_of(body)),
            None => complaint(&body),
        });
        let trouble = Trouble::Refused { status, said };
        match status {
            408 | 425 | 429 | 500..=599 => Err(Failed { trouble, again: Some(pause) }),
            _ => Err(Failed::for_good(trouble)),
        }
    }
}

/// All of an answer. Whoever sends a byte now and then comes to an end here, too.
fn whole(mut body: impl Read, deadline: Deadline) -> Result<Vec<u8>, Failed> {
    let (mut all, mut piece) = (Vec::new(), [0; 8192]);
    loop {
        deadline.left()?;
        let read = match body.read(&mut piece) {
            Ok(0) => return Ok(all),
            Ok(read) => read,
            Err(error) => return Err(failed(&ureq::Error::from(error))),
        };
        all.extend_from_slice(&piece[..read]);
        if all.len() > LARGEST {
            return Err(Failed::for_good(Trouble::TooLarge));
        }
    }
}

fn failed(error: &ureq::Error) -> Failed {
    let unreachable = |why: &str| Failed::for_now(Trouble::Unreachable(shown(why, 160)));
    match error {
        ureq::Error::Timeout(_) => Failed::for_good(Trouble::Late),
        ureq::Error::HostNotFound => unreachable("its host is not known"),
        ureq::Error::ConnectionFailed => unreachable("no connection"),
        ureq::Error::Io(error) => unreachable(&error.to_string()),
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => {
            Failed::for_good(Trouble::Unreachable(shown(&error.to_string(), 160)))
        }
        _ => Failed::for_good(Trouble::Nonsense),
    }
}

/// Where an endpoint is. For one on this machine no name server is asked, and no answer of one could lead away from it.
#[derive(Debug)]
struct Names {
    local: bool,
    others: DefaultResolver,
}

impl Names {
    fn new(local: bool) -> Self {
        Self { local, others: DefaultResolver::default() }
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        if !self.local {
            return self.others.resolve(uri, config, timeout);
        }
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let hosts = match host.parse::<IpAddr>() {
            Ok(ip) => vec![ip],
            Err(_) => vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
        };
        let mut addresses = self.empty();
        for ip in hosts.into_iter().filter(IpAddr::is_loopback) {
            addresses.push(SocketAddr::new(ip, port));
        }
        if addresses.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(addresses) }
    }
}
