//! Which machine an address is.

use crate::effect::Scope;

/// The host of an address: `https://user@host:port/path`, `user@host`, `host:port`.
#[must_use]
pub fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit('@').next().unwrap_or_default();
    if let Some(inside) = rest.strip_prefix('[') {
        return inside.split(']').next().unwrap_or_default();
    }
    match rest.match_indices(':').count() {
        0 | 1 => rest.split(':').next().unwrap_or_default(),
        _ => rest,
    }
}

/// This machine, or another one.
#[must_use]
pub fn scope(address: &str) -> Scope {
    // Of other languages, what is asked may be a command to whatever listens there.
    const COMMANDS: &[&str] = &[
        "gopher", "gophers", "dict", "telnet", "ldap", "ldaps", "tftp", "smtp", "smtps", "imap", "imaps",
        "pop3", "pop3s", "mqtt", "mqtts", "rtsp", "smb", "smbs",
    ];
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if scheme.is_some_and(|scheme| COMMANDS.contains(&scheme.as_str())) {
        return Scope::Remote;
    }
    let host = host(address).trim_end_matches('.').to_ascii_lowercase();
    let own = host == "localhost"
        || host.ends_with(".localhost")
        || host == "::1"
        || host == "0.0.0.0"
        || (host.starts_with("127.") && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    if own { Scope::Loopback } else { Scope::Remote }
}

/// The service of a cloud that hands out its machines' keys.
#[must_use]
pub fn gives_keys(address: &str) -> bool {
    let host = host(address).to_ascii_lowercase();
    matches!(
        host.as_str(),
        "169.254.169.254"
            | "169.254.170.2"
            | "metadata.google.internal"
            | "metadata"
            | "fd00:ec2::254"
            | "100.100.100.200"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_addresses() {
        let table = [
            ("https://user:pw@Example.com:8080/a?b#c", "Example.com"),
            ("http://localhost:3000", "localhost"),
            ("http://[::1]:80/", "::1"),
            ("me@host", "me@host"),
            ("example.com/path", "example.com"),
            ("ftp://example.com", "example.com"),
        ];
        for (address, wanted) in table {
            let wanted = wanted.rsplit('@').next().unwrap();
            assert_eq!(host(address), wanted, "{address}");
        }
        for own in ["http://localhost:1/x", "127.0.0.1", "http://[::1]/", "a.localhost", "LOCALHOST."] {
            assert_eq!(scope(own), Scope::Loopback, "{own}");
        }
        // What only looks like it is not.
        for other in [
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
            "evil",
        ] {
            assert_eq!(scope(other), Scope::Remote, "{other}");
        }
        assert!(gives_keys("http://169.254.169.254/latest/meta-data/"));
    }
}
