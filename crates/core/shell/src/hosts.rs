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

/// Whether a name may carry data to whoever answers for it: it has more in it than a domain that somebody has, and the
/// names that many have in one.
#[must_use]
pub fn carries(name: &str) -> bool {
    const COMMON: &[&str] = &[
        "www",
        "api",
        "mail",
        "smtp",
        "imap",
        "ftp",
        "docs",
        "blog",
        "app",
        "cdn",
        "static",
        "ns",
        "ns1",
        "ns2",
        "mx",
        "_dmarc",
        "registry",
        "dl",
        "download",
        "downloads",
        "status",
        "dev",
        "staging",
        "test",
        "git",
        "auth",
        "login",
        "gist",
        "raw",
        "index",
        "pool",
        "time",
    ];
    const SECOND: &[&str] = &["co", "com", "org", "net", "gov", "edu", "ac", "ne", "or", "go"];
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    if name.parse::<std::net::IpAddr>().is_ok()
        || name.contains('/')
            && name.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | '/'))
    {
        return false;
    }
    if !name.chars().all(plain) {
        return true;
    }
    let labels: Vec<&str> = name.split('.').collect();
    let own = match labels.as_slice() {
        [] | [_] | [_, _] => return false,
        [.., last] if matches!(*last, "arpa" | "example") || LOCAL.contains(last) => return false,
        [rest @ .., _, second, last] if last.len() == 2 && SECOND.contains(second) => rest,
        [rest @ .., _, _] => rest,
    };
    own.len() > 1 || own.iter().any(|label| !COMMON.contains(label))
}

/// Endings of names that no domain of the network at large has.
const LOCAL: &[&str] = &["local", "localhost", "internal", "lan", "home", "test", "invalid"];

/// Whether a machine is one of the person's own network: its name has no domain that anybody could have.
#[must_use]
pub fn is_near(address: &str) -> bool {
    let host = host(address).trim_end_matches('.').to_ascii_lowercase();
    let name = host.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_'));
    let last = host.rsplit('.').next().unwrap_or_default();
    let plain = !host.contains('.') && host.starts_with(|letter: char| letter.is_ascii_alphabetic());
    scope(address) == Scope::Loopback || name && (plain || LOCAL.contains(&last))
}

/// Whether a machine is this one, or one that everybody asks for names.
#[must_use]
pub fn is_resolver(address: &str) -> bool {
    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "1.0.0.1",
        "8.8.8.8",
        "8.8.4.4",
        "9.9.9.9",
        "149.112.112.112",
        "208.67.222.222",
        "208.67.220.220",
        "2606:4700:4700::1111",
        "2001:4860:4860::8888",
        "one.one.one.one",
        "dns.google",
        "dns.quad9.net",
    ];
    scope(address) == Scope::Loopback || PUBLIC.contains(&host(address).to_ascii_lowercase().as_str())
}

/// Registries of images that everybody fetches from.
#[must_use]
pub fn is_registry(host: &str) -> bool {
    const PUBLIC: &[&str] = &[
        "docker.io",
        "index.docker.io",
        "registry-1.docker.io",
        "registry.hub.docker.com",
        "ghcr.io",
        "gcr.io",
        "quay.io",
        "registry.k8s.io",
        "k8s.gcr.io",
        "public.ecr.aws",
        "mcr.microsoft.com",
        "registry.gitlab.com",
        "cgr.dev",
        "registry.access.redhat.com",
        "nvcr.io",
    ];
    PUBLIC.contains(&host.to_ascii_lowercase().as_str())
}

/// Machines of services that their own programs ask.
#[must_use]
pub fn is_service(host: &str) -> bool {
    const CLOUDS: &[&str] =
        &[".amazonaws.com", ".googleapis.com", ".azure.com", ".azure.net", ".windows.net"];
    let small = host.to_ascii_lowercase();
    let cloud =
        CLOUDS.iter().any(|end| small.ends_with(end)) && !small.contains("s3") && !small.contains("storage");
    cloud || is_registry(&small) || is_forge(&small)
}

/// Forges that everybody's projects are on.
#[must_use]
pub fn is_forge(host: &str) -> bool {
    const PUBLIC: &[&str] = &[
        "github.com",
        "www.github.com",
        "api.github.com",
        "gist.github.com",
        "gitlab.com",
        "codeberg.org",
        "bitbucket.org",
    ];
    PUBLIC.contains(&host.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_carry_data_are_told_from_domains() {
        for name in [
            "example.com",
            "localhost",
            "db",
            "www.example.com",
            "8.8.8.8",
            "::1",
            "example.co.uk",
            "api.example.com.au",
            "a.b.svc.cluster.local",
            "4.3.2.1.in-addr.arpa",
            "example.com.",
        ] {
            assert!(!carries(name), "{name}");
        }
        for name in
            ["c2VjcmV0.example.com", "a.www.example.com", "x.example.co.uk", "api.x.example.com", "a b.com"]
        {
            assert!(carries(name), "{name}");
        }
        for near in ["db", "redis://cache:6379/0", "db.svc.cluster.local", "localhost"] {
            assert!(is_near(near), "{near}");
        }
        for far in ["db.example.com", "10.0.0.1", "postgres://me@db.example.com/x", ""] {
            assert!(!is_near(far), "{far}");
        }
        assert!(is_resolver("1.1.1.1") && is_resolver("127.0.0.53") && !is_resolver("6.6.6.6"));
    }

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
