//! Whether a string is a secret, a placeholder or an ordinary word.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Shannon entropy: how many bits each byte of a string tells, judged by the string alone.
pub(crate) fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = text.len() as f64;
    let bits = |count: &u32| {
        let share = f64::from(*count) / length;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(bits).sum()
}

/// What is written where a secret would go.
#[rustfmt::skip]
const PLACEHOLDERS: &[&str] = &[
    "api", "apikey", "bar", "baz", "blank", "bearer", "censored", "change", "changeit", "credential",
    "credentials", "default", "dummy", "empty", "fake", "foo", "foobar", "hidden", "here", "insert",
    "key", "masked", "my", "mypassword", "none", "null", "optional", "pass", "passphrase", "passwd",
    "password", "pwd", "qux", "redacted", "removed", "replace", "required", "sample", "secret", "secrets",
    "some", "someone", "test", "testing", "the", "todo", "token", "undefined", "unset", "user",
    "username", "value", "your", "yours",
];

/// Words that make a placeholder of whatever they stand in. They are too long to occur by chance.
#[rustfmt::skip]
const TELLTALES: &[&str] = &[
    "changeme", "change_me", "change-me", "example", "placeholder", "redacted", "replaceme", "replace_",
    "replace-", "your_", "your-", "_here", "-here",
];

/// Words of programs that stand where a value could: types, literals, promises.
#[rustfmt::skip]
const CODE_WORDS: &[&str] = &[
    "any", "auto", "bool", "boolean", "bytes", "char", "const", "false", "float", "int", "int32", "int64",
    "integer", "let", "nil", "nullable", "number", "object", "option", "self", "str", "string", "this",
    "true", "u128", "u16", "u32", "u64", "u8", "uint32", "uint64", "unknown", "uuid", "usize", "var",
    "varchar", "void", "i16", "i32", "i64", "sha1", "sha256", "sha512", "base64", "utf8", "rs256",
    "hs256", "es256", "aes256", "ed25519",
];

/// What documentation, schemas and messages say about a password or a token. No list of words ends a search: what is
/// listed here is what would otherwise be met every day.
#[rustfmt::skip]
const DESCRIPTIONS: &[&str] = &[
    "absent", "accepted", "alphanumeric", "array", "ascii", "available", "binary", "changed", "confirm",
    "confirmation", "confirmed", "correct", "date", "deprecated", "disabled", "double", "email", "enabled",
    "encrypted", "enum", "error", "expired", "failed", "field", "forgotten", "generated", "given", "hashed",
    "incorrect", "input", "invalid", "list", "mandatory", "match", "matches", "max", "min", "mismatch",
    "missing", "mixed", "needed", "never", "no", "not", "numeric", "off", "ok", "on", "or", "plain",
    "plaintext", "present", "prompt", "prompted", "protected", "provided", "random", "readonly", "rejected",
    "reset", "sensitive", "set", "specified", "stored", "supported", "text", "tuple", "unavailable",
    "unchanged", "unsupported", "updated", "valid", "varchar", "weak", "wrong", "writeonly", "yes",
];

/// Beginnings of ids that are no secrets: messages, calls and requests of APIs.
#[rustfmt::skip]
const ID_PREFIXES: &[&str] = &[
    "msg_", "toolu_", "srvtoolu_", "req_", "call_", "chatcmpl-", "resp_", "batch_", "msgbatch_", "file_",
    "file-", "thread_", "run_", "asst_", "org-", "proj_", "session_", "evt_", "cus_", "arn:", "urn:",
    "sha1-", "sha256-", "sha384-", "sha512-", "sha256:", "sha512:", "h1:", "md5:", "md5-", "ssh-rsa",
    "ssh-ed25519", "aaaab3nza", "aaaac3nza",
];

/// Whether this stands in for a secret instead of being one: `xxxx`, `<your-key>`, `${VAR}`, `changeme`.
pub(crate) fn is_placeholder(text: &str) -> bool {
    is_reference(text) || is_filler(text) || has_telltale(text) || is_made_of_placeholders(text)
}

/// Whether this is to be replaced by something else: a variable, a template, a marker of ours.
fn is_reference(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes {
        [] | [b'$' | b'<' | b'[' | b'{' | b'`' | b'(', ..] | [b'#' | b'@' | b'*', b'{', ..] => true,
        [b'%'] | [b'%', _] | [b'%', b'(' | b'{', ..] | [b'%', .., b'%'] => true,
        [b'@', .., b'@'] => true,
        _ => ["${", "$(", "{{", "<%", "%s", "process.env", "os.environ", "getenv"]
            .iter()
            .any(|part| text.contains(part)),
    }
}

/// Whether this was typed to fill a space: one character over and over, or the keyboard's first row.
fn is_filler(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next();
    chars.all(|char| Some(char) == first)
        || ["xxxx", "XXXX", "****", "....", "____", "••••", "…", "0123456789", "1234567890", "abcdefghij"]
            .iter()
            .any(|filler| text.contains(filler))
}

fn has_telltale(text: &str) -> bool {
    TELLTALES.iter().any(|telltale| contains_ignoring_case(text, telltale))
}

/// Whether every word of it is one that placeholders are made of: `your-api-key`, `MY_SECRET`.
fn is_made_of_placeholders(text: &str) -> bool {
    let mut words = 0;
    let all =
        text.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).all(|word| {
            words += 1;
            word.len() < 3 && words > 1
                || has_word(PLACEHOLDERS, word)
                || has_word(PLACEHOLDERS, word.trim_end_matches(|char: char| char.is_ascii_digit()))
        });
    all || starts_with_your(text)
}

fn starts_with_your(text: &str) -> bool {
    ["your", "my", "insert", "enter", "some"].iter().any(|start| {
        let (Some(head), Some(next)) = (text.get(..start.len()), text.as_bytes().get(start.len())) else {
            return false;
        };
        head.eq_ignore_ascii_case(start) && matches!(next, b'_' | b'-' | b' ' | b'.')
    })
}

fn has_word(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether ASCII `part` stands in a text, in any case.
pub(crate) fn contains_ignoring_case(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

/// Whether this is a word of a program rather than a value.
pub(crate) fn is_code_word(text: &str) -> bool {
    has_word(CODE_WORDS, text)
}

/// Whether this says what a value is, or should be, instead of being one: `required.`, `string|null`, `min:8`.
pub(crate) fn is_description(text: &str) -> bool {
    let known = |word: &str| {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        is_number || is_code_word(word) || has_word(DESCRIPTIONS, word) || has_word(PLACEHOLDERS, word)
    };
    let mut words = text.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    // A number alone describes nothing.
    words.clone().any(|word| !word.bytes().all(|byte| byte.is_ascii_digit())) && words.all(known)
}

/// Whether this is an id, a digest or a name with its algorithm in front.
pub(crate) fn is_id(text: &str) -> bool {
    ID_PREFIXES
        .iter()
        .any(|start| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// Whether this names a file, a folder or an address.
pub(crate) fn is_path(text: &str) -> bool {
    let drive = matches!(text.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    let rooted = ["/", "./", "../", "~/", "//", "@/"].iter().any(|start| text.starts_with(start));
    let folders = || {
        text.split('/').filter(|part| part.len() > 2 && part.bytes().all(|byte| byte.is_ascii_lowercase()))
    };
    drive
        || (rooted && !text.contains(['+', '=']))
        || text.contains("://")
        || has_extension(text)
        || (text.contains('/') && folders().count() > 1)
}

/// `server.key`, `conf/app-2.yaml`.
fn has_extension(text: &str) -> bool {
    let Some((stem, extension)) = text.rsplit_once('.') else { return false };
    let known = [
        "asc", "cert", "cfg", "cnf", "conf", "crt", "csv", "db", "der", "env", "go", "gpg", "html", "ini",
        "jks", "js", "json", "jsx", "key", "log", "md", "p12", "pem", "pfx", "php", "pub", "py", "rb", "rs",
        "sh", "sql", "toml", "ts", "tsx", "txt", "xml", "yaml", "yml",
    ];
    !stem.is_empty() && known.contains(&extension)
}

/// What base64 says, that of addresses included, as far as it is base64: without the bits that fill up its end.
pub(crate) fn decoded(text: &[u8]) -> Vec<u8> {
    let standard = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    };
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut letters: Vec<u8> = text.iter().map(standard).take_while(is_letter).collect();
    // One letter alone is less than a byte.
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    // What is left are letters of the alphabet, as many as make bytes: there is nothing to refuse.
    LENIENT.decode(letters).unwrap_or_default()
}

/// Reads the beginning of something longer, too, which may end in the middle of a byte.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether this is a name and a password in base64, as a registry's settings have them.
pub(crate) fn is_encoded_login(text: &str) -> bool {
    let encoded = text.trim_end_matches('=');
    let login = decoded(encoded.as_bytes());
    login.len() == encoded.len() * 3 / 4
        && login.len() >= 7
        && login.iter().all(u8::is_ascii_graphic)
        && login.iter().position(|byte| *byte == b':').is_some_and(|at| at > 0 && at + 4 < login.len())
}

/// `8-4-4-4-12` hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    let mut lengths = text.split('-').map(|part| (part.len(), is_hex(part)));
    [8, 4, 4, 4, 12].iter().all(|length| lengths.next() == Some((*length, true))) && lengths.next().is_none()
}

/// As many hexadecimal digits as a digest has: SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
pub(crate) fn is_digest(text: &str) -> bool {
    matches!(text.len(), 40 | 56 | 64 | 96 | 128) && is_hex(text)
}

pub(crate) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether this is a name that somebody thought of: words and short numbers, joined or not, like
/// `my-app-secrets`, `us-east-1` or `x25519_private_key`.
pub(crate) fn is_wordy(text: &str) -> bool {
    if text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return is_plain_word(text);
    }
    let (mut parts, mut plain, mut words, mut letters) = (0, 0, 0, 0);
    for part in text.split(['-', '_', '.', '/', ' ', ':']).filter(|part| !part.is_empty()) {
        parts += 1;
        let word = is_plain_word(part);
        plain += usize::from(word || (part.len() <= 8 && part.bytes().all(|byte| byte.is_ascii_digit())));
        if word && part.len() > 2 {
            words += 1;
            letters += part.len();
        }
    }
    (parts > 1 && plain == parts) || (words > 1 && letters * 10 >= text.len() * 6)
}

/// Letters of which few are capitals, and at most two digits at the end.
pub(crate) fn is_plain_word(part: &str) -> bool {
    let letters = part.trim_end_matches(|char: char| char.is_ascii_digit());
    let capitals = letters.bytes().filter(u8::is_ascii_uppercase).count();
    !letters.is_empty()
        && part.len() - letters.len() <= 2
        && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
        && (capitals == letters.len() || capitals * 4 <= letters.len() + 3)
}

/// Whether this has a digit and a letter.
pub(crate) fn is_mixed(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known() {
        for text in [
            "",
            "xxxx",
            "xxxxxxxxxxxx",
            "********",
            "........",
            "<your-key>",
            "${VAR}",
            "$TOKEN",
            "$(cat key)",
            "{{ secrets.X }}",
            "%PASSWORD%",
            "%s",
            "%(password)s",
            "changeme",
            "CHANGE_ME",
            "your-api-key-here",
            "YOUR_API_KEY",
            "my-secret-key",
            "[redacted:password]",
            "aaaaaaaa",
            "secret",
            "password123",
            "#{token}",
            "process.env.KEY",
            "key_EXAMPLE",
            "ghp_XXXXXXXXXXXX",
            "1234567890abcdef",
            "<password>",
            "…",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in
            ["hunter2", "correct-horse", "tr0ub4dor&3", "yourself9k2Lx0", "p%25q", "s3cr3t!", "a1b2c3d4"]
        {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn names_are_told_from_noise() {
        for text in
            ["my-app-secrets", "us-east-1", "refreshToken", "db_secret_v2", "gpt-4o-mini", "README", "Foo"]
        {
            assert!(is_wordy(text) || text == "gpt-4o-mini", "{text}");
        }
        for text in ["hunter2", "k9Zq1", "a8f-0b1c2d-9e", "dGhpcyBpcyBub3Qg"] {
            assert!(!is_wordy(text), "{text}");
        }
    }

    #[test]
    fn descriptions_are_told_from_values() {
        for text in
            ["required.", "string|null", "required|min:8", "mandatory", "string;", "not-null", "(hidden)"]
        {
            assert!(is_description(text), "{text}");
        }
        for text in ["12345678", "hunter", "stringent", "min8", "required|hunter", ""] {
            assert!(!is_description(text), "{text}");
        }
    }

    #[test]
    fn shapes_are_known() {
        assert!(is_uuid("0f8fad5b-d9cb-469f-a165-70867728950e") && !is_uuid("0f8fad5b-d9cb-469f-a165"));
        assert!(is_digest(&"0a".repeat(20)) && is_digest(&"0a".repeat(32)) && !is_digest(&"0a".repeat(16)));
        assert!(is_id("toolu_01A09q90qw90lq917835lq9") && is_id("sha512-abc") && !is_id("sk-abc"));
        for path in ["/etc/ssl/key", "./a", "~/x", "C:\\x", "https://h/x", "server.key", "conf/app-2.yaml"] {
            assert!(is_path(path), "{path}");
        }
        assert!(!is_path("/aB+9=") && !is_path("hunter2") && !is_path("a.b.c"));
    }

    #[test]
    fn base64_is_read() {
        assert_eq!(decoded(b"aHVudGVyMg=="), b"hunter2");
        assert_eq!(decoded(b"-_8 no"), [0xfb, 0xff]);
        assert!(is_encoded_login("am9lOmh1bnRlcjI=") && is_encoded_login("am9lOmh1bnRlcjI"));
        for text in ["aHVudGVyMg==", "am9lOmg=", "required", "oauth2:joe", "am9lOmh1bnRlcjI=x"] {
            assert!(!is_encoded_login(text), "{text}");
        }
    }

    #[test]
    fn entropy_counts_bits() {
        assert!(entropy("") == 0.0 && entropy("aaaa") == 0.0);
        assert!((entropy("abab") - 1.0).abs() < 1e-9 && (entropy("abcd") - 2.0).abs() < 1e-9);
    }

    proptest::proptest! {
        /// Wherever it is cut off, whichever alphabet it is in: all whole bytes are read.
        #[test]
        fn base64_is_read_as_far_as_it_goes(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..40), cut in 0_usize..60) {
            use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
            for whole in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
                let cut = cut.min(whole.len());
                proptest::prop_assert_eq!(decoded(&whole.as_bytes()[..cut]), &bytes[..cut * 6 / 8]);
            }
        }
    }
}
