//! What a name says about its value: `DB_PASSWORD` holds a password, `token_count` a number.
//!
//! The last word decides, and the one before it can take that back: a `next_token` opens nothing.

/// How telling a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grade {
    /// Whatever it holds is a password.
    Password,
    /// It holds a secret, or the name of one.
    Secret,
    /// It may hold anything.
    Key,
}

/// Words that make any name a password's.
#[rustfmt::skip]
const PASSWORDS: &[&str] = &[
    "password", "passwd", "passphrase", "passwort", "passcode", "pwd", "storepass", "keypass", "requirepass",
    "masterauth", "bindpw", "rootpw",
];
/// Words that make any name a secret's; in these a name may be written without a joint.
const SECRETS: &[&str] = &[
    "secret",
    "apikey",
    "token",
    "secretkey",
    "accesskey",
    "privatekey",
    "authkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "sharedkey",
    "clientkey",
    "appkey",
    "pepper",
    "mnemonic",
];
/// What makes a secret of a key.
#[rustfmt::skip]
const SECRET_KEYS: &[&str] = &[
    "access", "admin", "api", "app", "application", "auth", "client", "consumer", "deploy", "encryption",
    "hmac", "jwt", "license", "master", "private", "secret", "security", "service", "session", "shared",
    "signing", "subscription", "webhook", "write", "account", "crypt", "decryption", "integration",
    "ingest", "root", "sas",
];
/// Words in front that say that a key or a token is none of that sort.
#[rustfmt::skip]
const HARMLESS: &[&str] = &[
    "public", "pub", "primary", "foreign", "cache", "sort", "partition", "shard", "range", "hash",
    "idempotency", "idempotence", "object", "row", "index", "group", "map", "dict", "json", "unique",
    "natural", "composite", "routing", "message", "i18n", "translation", "locale", "hot", "arrow",
    "shortcut", "dedup", "dedupe", "lookup", "s3", "bucket", "redis", "lock", "sync", "host", "known",
    "query", "route", "image", "translate", "label", "react", "page", "next", "continuation", "cursor",
    "cancel", "cancellation", "stop", "eos", "bos", "pad", "unk", "sep", "cls", "mask", "special", "end",
    "start", "resume", "pagination", "prev", "first", "last", "current", "lex", "peek", "per", "output",
    "input", "max", "min", "no", "build", "turbo", "state", "event", "column", "field",
];
/// Words in front of `signing` that say what is signed, and not with what.
const SIGNED: &[&str] =
    &["code", "commit", "commits", "tag", "package", "apk", "app", "image", "release", "driver", "artifact"];
/// Words that may follow the telling one.
#[rustfmt::skip]
const TAILS: &[&str] = &[
    "value", "text", "plain", "base", "plaintext", "raw", "b64", "base64", "encoded", "prod",
    "production", "dev", "staging", "stage", "test", "live", "old", "new", "default", "main", "secondary",
    "string", "str", "env",
];

/// How telling a name is, by its last words.
pub(crate) fn grade(name: &str) -> Option<Grade> {
    let mut words = Words(name).skip_while(|word| {
        is_any(TAILS, word) || (word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let (mut last, mut before) = (words.next()?, words.next());
    if let ("data" | "Data", Some(key @ ("key" | "Key"))) = (last, before) {
        // `client-key-data` holds the key, where `client-key` names its file.
        (last, before) = (key, words.next());
    }
    let harmless = before.is_some_and(|word| is_any(HARMLESS, word));
    if ends_in(PASSWORDS, last) {
        return (!matches!(name, "PWD" | "OLDPWD" | "pwd")).then_some(Grade::Password);
    }
    if ["pass", "pw"].iter().any(|word| last.eq_ignore_ascii_case(word)) {
        return (before.is_some() || last == "PASS" || name.starts_with('-') && last.len() > 2)
            .then_some(Grade::Password);
    }
    if name == "_auth" {
        return Some(Grade::Secret);
    }
    let whole = ["pat", "psk", "jwt", "bearer"].iter().any(|word| last.eq_ignore_ascii_case(word));
    if whole
        && (before.is_some() || name.starts_with("--") || last.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        return (!harmless).then_some(Grade::Secret);
    }
    if last.eq_ignore_ascii_case("signing") {
        return before.filter(|word| !is_any(SIGNED, word)).map(|_| Grade::Secret);
    }
    if ends_in(SECRETS, last) {
        return (!harmless).then_some(Grade::Secret);
    }
    if last.eq_ignore_ascii_case("key") {
        return match before {
            Some(word) if is_any(SECRET_KEYS, word) => Some(Grade::Secret),
            Some(_) if !harmless => Some(Grade::Key),
            _ => None,
        };
    }
    is_any(&["auth", "credential", "credentials", "creds", "cred", "keys", "tokens", "secrets"], last)
        .then_some(Grade::Key)
}

fn is_any(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

fn ends_in(words: &[&str], word: &str) -> bool {
    words.iter().any(|end| {
        word.len()
            .checked_sub(end.len())
            .is_some_and(|at| word.as_bytes()[at..].eq_ignore_ascii_case(end.as_bytes()))
    })
}

/// The words of a name, last first: `DB_PASSWORD`, `dbPassword`, `x-api-key`, `HTTPKey`.
struct Words<'a>(&'a str);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let name = self.0.trim_end_matches(['_', '-', '.']);
        let bytes = name.as_bytes();
        let mut start = bytes.len().checked_sub(1)?;
        while start > 0 && is_one_word(bytes, start) {
            start -= 1;
        }
        self.0 = &name[..start];
        Some(&name[start..])
    }
}

/// Whether the byte before this one belongs to its word.
fn is_one_word(name: &[u8], at: usize) -> bool {
    let (before, here) = (name[at - 1], name[at]);
    let camel = here.is_ascii_uppercase()
        && (before.is_ascii_lowercase()
            || (before.is_ascii_uppercase() && name.get(at + 1).is_some_and(u8::is_ascii_lowercase)));
    let number = here.is_ascii_digit() != before.is_ascii_digit() && here.is_ascii_digit();
    before.is_ascii_alphanumeric() && !camel && !number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_from_the_end() {
        let words = |name| Words(name).collect::<Vec<_>>().join(" ");
        assert_eq!(words("DB_PASSWORD"), "PASSWORD DB");
        assert_eq!(words("x-api-key"), "key api x");
        assert_eq!(words("dbPassword"), "Password db");
        assert_eq!(words("HTTPKey"), "Key HTTP");
        assert_eq!(words("api_key_2_"), "2 key api");
        assert_eq!(words("apiKey2"), "2 Key api");
        assert_eq!(words("--password"), "password");
        assert_eq!(words("_-."), "");
    }

    #[test]
    fn the_last_word_decides() {
        for (name, expected) in [
            ("password", Some(Grade::Password)),
            ("DB_PASS", Some(Grade::Password)),
            ("rootPasswd", Some(Grade::Password)),
            ("POSTGRES_PASSWORD_PROD", Some(Grade::Password)),
            ("mypassword", Some(Grade::Password)),
            ("pass", None),
            ("PWD", None),
            ("password_file", None),
            ("passwords", None),
            ("api_key", Some(Grade::Secret)),
            ("apiKey", Some(Grade::Secret)),
            ("OPENAI_API_KEY", Some(Grade::Secret)),
            ("x-auth-token", Some(Grade::Secret)),
            ("_authToken", Some(Grade::Secret)),
            ("client_secret", Some(Grade::Secret)),
            ("secret_name", None),
            ("token_count", None),
            ("max_tokens", Some(Grade::Key)),
            ("client-key-data", Some(Grade::Secret)),
            ("clientKeyData", Some(Grade::Secret)),
            ("public-key-data", None),
            ("key-data", None),
            ("token_data", None),
            ("next_token", None),
            ("public_key", None),
            ("cache_key", None),
            ("key", None),
            ("monkey", None),
            ("MAPS_KEY", Some(Grade::Key)),
            ("auth", Some(Grade::Key)),
            ("author", None),
            ("MY_PAT", Some(Grade::Secret)),
            ("githubPat", Some(Grade::Secret)),
            ("--pat", Some(Grade::Secret)),
            ("PATH", None),
            ("MY_PATH", None),
            ("PATTERN", None),
            ("PAT_HOME", None),
            ("compat", None),
            ("pat", None),
            ("JWT_SIGNING", Some(Grade::Secret)),
            ("cookieSigning", Some(Grade::Secret)),
            ("code_signing", None),
            ("signing", None),
            ("WIFI_PSK", Some(Grade::Secret)),
            ("PASSWORD_PEPPER", Some(Grade::Secret)),
            ("-storepass", Some(Grade::Password)),
            ("_auth", Some(Grade::Secret)),
        ] {
            assert_eq!(grade(name), expected, "{name}");
        }
    }
}
