//! Where the model is, and the key to it. An address that could carry a person's messages off this machine is refused
//! before anything is sent.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

/// An address that is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// It is none.
    #[error("it has to be http:// or https://, with a host, and without a name, password, query or fragment")]
    NoAddress,
    /// It is not on this machine.
    #[error(
        "it is not on this machine: only 127.0.0.0/8, [::1] and localhost are, unless remote ones are allowed"
    )]
    Remote,
    /// It is allowed to be on another machine, and whoever is between could read along.
    #[error("it is not on this machine, and http can be read on the way: use https")]
    Open,
}

/// The address of a model.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Without the slash at its end.
    base: String,
    local: bool,
}

impl Endpoint {
    /// From its text.
    ///
    /// # Errors
    ///
    /// When it is no address, or one that the person has not allowed.
    pub fn parse(text: &str, allow_remote: bool) -> Result<Self, BadEndpoint> {
        let text = text.trim();
        if text.contains('#') {
            return Err(BadEndpoint::NoAddress);
        }
        let uri: Uri = text.parse().map_err(|_| BadEndpoint::NoAddress)?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"));
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let (Some(scheme), Some(authority), None) = (scheme, authority, uri.query()) else {
            return Err(BadEndpoint::NoAddress);
        };
        let host = authority.host();
        let port = authority.as_str().strip_prefix(host).unwrap_or_default();
        let sendable = match port.strip_prefix(':') {
            Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
            None => port.is_empty(),
        };
        if host.is_empty() || !sendable {
            return Err(BadEndpoint::NoAddress);
        }
        let local = is_loopback(host);
        match (local, allow_remote, scheme) {
            (false, false, _) => return Err(BadEndpoint::Remote),
            (false, true, "http") => return Err(BadEndpoint::Open),
            _ => {}
        }
        // As other tools want it written.
        let path = uri.path().trim_end_matches('/');
        let path = path.strip_suffix("/v1").unwrap_or(path);
        Ok(Self { base: format!("{scheme}://{authority}{path}"), local })
    }

    /// It is on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.local
    }

    /// The address of one of its pages.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// A host that is this machine, whatever a name server says: a number, or the one name that is never asked for.
fn is_loopback(host: &str) -> bool {
    let number = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || number.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

/// A key that cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key of an endpoint is not empty, and of letters, digits and signs of ASCII only")]
pub struct BadToken;

/// The key of an endpoint. It is sent to it, and shown nowhere.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// From its text.
    ///
    /// # Errors
    ///
    /// When it cannot stand in a header.
    pub fn parse(text: &str) -> Result<Self, BadToken> {
        let text = text.trim();
        let sendable = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if sendable { Ok(Self(text.to_owned())) } else { Err(BadToken) }
    }

    pub(crate) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// What an endpoint says went wrong, without the key, which it may tell back. An answer it would spoil: the key may be
    /// any word.
    pub(crate) fn out_of(&self, sent: Vec<u8>) -> Vec<u8> {
        match std::str::from_utf8(&sent) {
            Ok(text) if text.contains(&self.0) => text.replace(&self.0, "[redacted:token]").into_bytes(),
            // What is no text is no answer either.
            _ => sent,
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_asked_unless_a_person_allows_others_by_https() {
        let at = |text: &str, allow_remote| {
            Endpoint::parse(text, allow_remote).map(|endpoint| (endpoint.to_string(), endpoint.is_local()))
        };
        let local = |text: &str| Ok((text.to_owned(), true));
        for (text, base) in [
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
            (" http://localhost:8080/ ", "http://localhost:8080"),
            ("http://LOCALHOST:1/v1", "http://LOCALHOST:1"),
            ("http://[::1]:1/v1/", "http://[::1]:1"),
            ("https://127.8.9.1/some/v1", "https://127.8.9.1/some"),
            ("http://127.0.0.1:1/v1/chat/completions", "http://127.0.0.1:1/v1/chat/completions"),
        ] {
            assert_eq!((at(text, false), at(text, true)), (local(base), local(base)), "{text}");
        }
        for remote in [
            "://10.0.0.1:11434",
            "://0.0.0.0:11434",
            "://[::]:1",
            "://[::ffff:127.0.0.1]:1",
            "://127.0.0.1.example:1",
            "://localhost.example",
            "://localhost.:1",
            "://127.1:1",
            "://2130706433:1",
            "://0x7f.0.0.1:1",
            "://example.com",
        ] {
            let [http, https] = ["http", "https"].map(|scheme| format!("{scheme}{remote}"));
            assert_eq!(
                (at(&http, false), at(&https, false)),
                (Err(BadEndpoint::Remote), Err(BadEndpoint::Remote))
            );
            assert_eq!(
                (at(&http, true), at(&https, true)),
                (Err(BadEndpoint::Open), Ok((https.clone(), false)))
            );
        }
        for bad in [
            "",
            "127.0.0.1:11434",
            "/v1",
            "ftp://127.0.0.1",
            "http://",
            "http://:1",
            "http://127.0.0.1:0",
            "http://127.0.0.1:99999",
            "http://me:pw@127.0.0.1",
            "http://127.0.0.1@example.com",
            "http://127.0.0.1?a=b",
            "http://127.0.0.1/#x",
            "http://127.0.0.1 /x",
            "file:///etc/passwd",
        ] {
            assert_eq!(
                (at(bad, false), at(bad, true)),
                (Err(BadEndpoint::NoAddress), Err(BadEndpoint::NoAddress)),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_key_is_never_shown() {
        let token = Token::parse(" k3y-of-mine\n").unwrap();
        assert_eq!(
            (format!("{token:?}"), token.header()),
            ("Token(…)".to_owned(), "Bearer k3y-of-mine".to_owned())
        );
        assert_eq!(token.out_of(b"bad key k3y-of-mine!".to_vec()), b"bad key [redacted:token]!");
        assert_eq!(token.out_of(b"\xff".to_vec()), b"\xff");
        for bad in ["", " ", "a b", "a\r\nx-evil: 1", "ä"] {
            assert_eq!(Token::parse(bad).err(), Some(BadToken), "{bad:?}");
        }
    }
}
