//! Secrets among the arguments of a command: `curl -u user:password`, `sshpass -p password`.
//!
//! Which option of which command takes a secret, and how it stands in what the option takes, is a table.
//! An option whose own name tells (`--password`) is `named`'s, for any command.

use std::ops::Range;

use crate::context::{is_credential, run_before_slashes};
use crate::edge::{line_break, run_after, run_before, starts_word};
use crate::find::Look;
use crate::named::quoted_end;
use crate::value::{is_path, is_placeholder};

/// How much of a command is read.
pub(crate) const READ: usize = 1024;

/// A command and the options that take a secret.
struct Command {
    name: &'static str,
    /// Of which one stands before the name; empty if the name says enough.
    of: &'static [&'static str],
    options: &'static [&'static str],
    shape: Shape,
}

/// Where in what an option takes the secret stands, and how an option may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// All of it: `-p V`, `-pV`, `-xp V`, `--pass V`, `--pass=V`.
    Whole,
    /// All of it, and the option is one word of its own: `-storepass V`.
    Alone,
    /// All of it, right behind the option's letter: `-pV`.
    Glued,
    /// What follows the first such character: `user:V`.
    After(char),
    /// What follows this: `pass:V`.
    Marked(&'static str),
    /// The argument that follows so many that are no options.
    Nth(usize),
    /// What follows the `=` of each argument.
    Each,
    /// The first argument that is no option, if it looks like a token.
    Token,
}

const fn command(name: &'static str, options: &'static [&'static str], shape: Shape) -> Command {
    Command { name, of: &[], options, shape }
}

/// Programs that log in to something by `PROGRAM … login -p V`.
#[rustfmt::skip]
const LOGINS: &[&str] = &[
    "docker", "podman", "buildah", "skopeo", "nerdctl", "oras", "crane", "helm", "registry", "az", "acr",
    "oc", "cf", "ibmcloud", "bx", "regctl", "finch", "ctr", "rosa", "argocd", "aliyun", "tanzu",
];

#[rustfmt::skip]
const COMMANDS: &[Command] = &[
    command("curl", &["-u", "-U", "--user", "--proxy-user"], Shape::After(':')),
    command("sshpass", &["-p"], Shape::Whole),
    command("mysql", &["-p"], Shape::Glued),
    command("mysqldump", &["-p"], Shape::Glued),
    command("mysqladmin", &["-p"], Shape::Glued),
    Command { name: "password", of: &["mysqladmin", "mariadb-admin"], options: &[], shape: Shape::Nth(0) },
    Command { name: "old-password", of: &["mysqladmin", "mariadb-admin"], options: &[], shape: Shape::Nth(0) },
    command("mysqlimport", &["-p"], Shape::Glued),
    command("mysqlcheck", &["-p"], Shape::Glued),
    command("mysqlshow", &["-p"], Shape::Glued),
    command("mysqlpump", &["-p"], Shape::Glued),
    command("mysqlsh", &["-p"], Shape::Glued),
    command("mariadb", &["-p"], Shape::Glued),
    command("mariadb-dump", &["-p"], Shape::Glued),
    command("mariadb-admin", &["-p"], Shape::Glued),
    command("redis-cli", &["-a", "--pass"], Shape::Whole),
    command("mongo", &["-p", "--password"], Shape::Whole),
    command("mongosh", &["-p", "--password"], Shape::Whole),
    command("mongodump", &["-p", "--password"], Shape::Whole),
    command("mongorestore", &["-p", "--password"], Shape::Whole),
    command("mongoexport", &["-p", "--password"], Shape::Whole),
    command("mongoimport", &["-p", "--password"], Shape::Whole),
    command("cqlsh", &["-p", "--password"], Shape::Whole),
    command("sqlcmd", &["-P"], Shape::Whole),
    command("osql", &["-P"], Shape::Whole),
    command("bcp", &["-P"], Shape::Whole),
    Command { name: "login", of: LOGINS, options: &["-p", "--password", "--client-secret"], shape: Shape::Whole },
    command("twine upload", &["-p", "--password"], Shape::Whole),
    command("twine register", &["-p", "--password"], Shape::Whole),
    command("poetry publish", &["-p", "--password"], Shape::Whole),
    command("uv publish", &["-p", "-t", "--password", "--token"], Shape::Whole),
    command("hatch publish", &["-a", "--auth"], Shape::Whole),
    command("keytool", &["-storepass", "-keypass", "-new", "-srcstorepass", "-deststorepass", "-srckeypass", "-destkeypass"], Shape::Alone),
    command("jarsigner", &["-storepass", "-keypass"], Shape::Alone),
    command("apksigner", &["--ks-pass", "--key-pass"], Shape::Marked("pass:")),
    command("openssl", &["-pass", "-passin", "-passout", "-password", "-passwd"], Shape::Marked("pass:")),
    command("openssl", &["-k"], Shape::Alone),
    command("ldapsearch", &["-w"], Shape::Whole),
    command("ldapmodify", &["-w"], Shape::Whole),
    command("ldapadd", &["-w"], Shape::Whole),
    command("ldapdelete", &["-w"], Shape::Whole),
    command("ldapwhoami", &["-w"], Shape::Whole),
    command("ldapcompare", &["-w"], Shape::Whole),
    command("ldappasswd", &["-w", "-s", "-a"], Shape::Whole),
    command("ssh-keygen", &["-N", "-P"], Shape::Alone),
    command("zip", &["-P"], Shape::Whole),
    command("unzip", &["-P"], Shape::Whole),
    command("7z", &["-p"], Shape::Glued),
    command("7za", &["-p"], Shape::Glued),
    command("7zz", &["-p"], Shape::Glued),
    command("ipmitool", &["-P"], Shape::Whole),
    command("mosquitto_pub", &["-P", "--pw"], Shape::Alone),
    command("mosquitto_sub", &["-P", "--pw"], Shape::Alone),
    command("useradd", &["-p"], Shape::Whole),
    command("usermod", &["-p"], Shape::Whole),
    command("unlock-keychain", &["-p"], Shape::Whole),
    command("add-generic-password", &["-w"], Shape::Alone),
    command("add-internet-password", &["-w"], Shape::Alone),
    command("smbclient", &["-U", "--user"], Shape::After('%')),
    command("rpcclient", &["-U", "--user"], Shape::After('%')),
    command("lftp", &["-u", "--user"], Shape::After(',')),
    command("htpasswd", &["-b"], Shape::Nth(2)),
    command("rabbitmqctl add_user", &[], Shape::Nth(1)),
    command("rabbitmqctl change_password", &[], Shape::Nth(1)),
    command("net user", &[], Shape::Nth(1)),
    command("wpa_passphrase", &[], Shape::Nth(1)),
    command("openssl passwd", &[], Shape::Nth(0)),
    command("secret set", &["-b", "--body", "--value"], Shape::Whole),
    command("put-parameter", &["--value"], Shape::Alone),
    command("put-secret-value", &["--secret-string"], Shape::Alone),
    command("create-secret", &["--secret-string"], Shape::Alone),
    command("create secret", &["--from-literal"], Shape::After('=')),
    command("secrets set", &[], Shape::Each),
    command("vault kv put", &[], Shape::Each),
    command("vault kv patch", &[], Shape::Each),
    command("vault write", &[], Shape::Each),
    Command { name: "AUTH", of: &["redis-cli", "valkey-cli"], options: &[], shape: Shape::Nth(0) },
    Command { name: "auth", of: &["redis-cli", "valkey-cli"], options: &[], shape: Shape::Nth(0) },
    command("cargo login", &[], Shape::Token),
    command("wandb login", &[], Shape::Token),
    command("vault login", &[], Shape::Token),
    command("snyk auth", &[], Shape::Token),
    command("ngrok authtoken", &[], Shape::Token),
    command("add-authtoken", &[], Shape::Token),
];

/// The secrets among a command's arguments.
pub(crate) fn secrets(text: &str, at: usize) -> Look {
    let known: Vec<&Command> = if starts_word(text.as_bytes(), at) {
        COMMANDS.iter().filter(|known| runs(text, at, known)).collect()
    } else {
        Vec::new()
    };
    let Some(longest) = known.iter().map(|known| known.name.len()).max() else { return Look::Nothing };
    let mut found = Vec::new();
    for known in known.into_iter().filter(|known| known.name.len() == longest) {
        found.extend(taken(text, at, known).into_iter().filter_map(|range| judge(text, range, known.shape)));
    }
    found.sort_by_key(|range| range.start);
    Look::All(found)
}

/// Whether this command stands here.
fn runs(text: &str, at: usize, command: &Command) -> bool {
    let bytes = text.as_bytes();
    if bytes[at] != command.name.as_bytes()[0] {
        return false;
    }
    let called = bytes[at..].strip_prefix(command.name.as_bytes());
    let called = called.map(|rest| rest.strip_prefix(b".exe").unwrap_or(rest));
    called.is_some_and(|rest| matches!(rest.first(), Some(b' ' | b'\t')))
        && (command.of.is_empty() || {
            let line = run_before(bytes, at, 96, |byte| byte.is_ascii_graphic() || byte == b' ');
            let before = text.get(text.ceil_char_boundary(line)..at).unwrap_or_default();
            before.rsplit([';', '|', '&']).next().is_some_and(|part| {
                part.split(|char: char| !(char.is_ascii_alphanumeric() || b"-._".contains(&(char as u8))))
                    .any(|word| command.of.contains(&word))
            })
        })
}

/// What the options of a command take that begins here.
pub(crate) fn arguments(text: &str, at: usize, options: &'static [&'static str]) -> Vec<Range<usize>> {
    let curl = command("curl", options, Shape::Whole);
    if starts_word(text.as_bytes(), at) && runs(text, at, &curl) {
        taken(text, at, &curl)
    } else {
        Vec::new()
    }
}

fn taken(text: &str, at: usize, command: &Command) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let most = bytes.len().min(at + READ);
    let mut place = at + command.name.len();
    let (mut expected, mut plain, mut cued) = (false, 0, command.options.is_empty());
    let mut taken = Vec::new();
    while place < most {
        let (start, end) = word(bytes, place, most);
        let Some(argument) = text.get(start..end) else { break };
        let ends = argument.is_empty() && bytes.get(end).is_none_or(|byte| !b"\"'\\".contains(byte));
        if ends
            || matches!(argument, "|" | "||" | "&&" | ";" | "&")
            || text[start..].starts_with(command.name)
        {
            break;
        }
        place = past_quote(bytes, end);
        let nth = match command.shape {
            Shape::Nth(nth) => nth,
            Shape::Token => 0,
            _ => usize::MAX,
        };
        if nth < usize::MAX {
            if argument.starts_with('-') {
                cued |= command.options.iter().any(|option| argument.contains(&option[1..]));
                // `htpasswd -n` prints, and is given no file.
                plain += usize::from(command.name == "htpasswd" && argument.contains('n'));
            } else if plain == nth {
                taken.extend(cued.then_some(start..end));
                break;
            } else {
                plain += 1;
            }
            continue;
        }
        if command.shape == Shape::Each {
            let sign = argument.find('=').filter(|_| !argument.starts_with('-'));
            taken.extend(sign.map(|sign| start + sign + 1..end));
            // `NAME='V'` are two words here.
            let (next, last) = word(bytes, end, most);
            let quoted = argument.ends_with('=') && next == end + 1;
            taken.extend(quoted.then_some(next..last));
            continue;
        }
        let value =
            if expected { Some(start) } else { attached(argument, command).map(|length| start + length) };
        let quoted = matches!(bytes.get(end), Some(b'"' | b'\'' | b'\\'))
            && command.shape == Shape::Glued
            && command.options.contains(&argument);
        // `-p'V'` are two words here.
        expected = value.is_none() && (quoted || is_option(argument, command));
        taken.extend(value.map(|from| from..end));
    }
    taken
}

/// Whether this is the option whose value comes next.
fn is_option(argument: &str, command: &Command) -> bool {
    let bytes = argument.as_bytes();
    let letters = bytes.len() > 2 && bytes[0] == b'-' && bytes[1..].iter().all(u8::is_ascii_alphabetic);
    command.options.iter().any(|option| {
        let cluster = letters
            && command.shape != Shape::Alone
            && option.len() == 2
            && bytes.last() == option.as_bytes().last();
        command.shape != Shape::Glued && (*option == argument || cluster)
    })
}

/// Where in `-uVALUE` or `--user=VALUE` the value begins.
fn attached(argument: &str, command: &Command) -> Option<usize> {
    if !argument.starts_with('-') {
        return None;
    }
    command.options.iter().find_map(|option| {
        let rest = argument.strip_prefix(option)?;
        let short = option.len() == 2 && !matches!(command.shape, Shape::Alone | Shape::Marked(_));
        match rest.as_bytes() {
            [b'=', ..] if option.len() > 2 => Some(option.len() + 1),
            [_, ..] if short => Some(option.len()),
            _ => None,
        }
    })
}

fn judge(text: &str, range: Range<usize>, shape: Shape) -> Option<Range<usize>> {
    let Range { start: from, end } = range;
    let from = run_after(text.as_bytes(), from, end - from, |byte| b"\\\"'".contains(&byte));
    let value = text.get(from..end)?;
    let start = match shape {
        Shape::After(sign) => from + value.find(sign)? + 1,
        Shape::Marked(mark) => from + value.strip_prefix(mark).map(|_| mark.len())?,
        _ => from,
    };
    // A line that goes on begins behind the break.
    let rest = text.get(start..end)?;
    let breaks = ["\\\n", r"\\\n"].into_iter().find(|sign| rest.starts_with(sign));
    let start = start + breaks.map_or(0, str::len);
    let secret = text.get(start..end)?;
    let expression = secret.contains(['$', '{', '(', '`', '<']);
    let other = secret.starts_with("--")
        || (matches!(shape, Shape::Alone | Shape::Nth(_) | Shape::Each)
            && (is_path(secret) || secret.starts_with(['-', '/', '*'])));
    let token = shape != Shape::Token || (secret.len() >= 12 && is_credential(secret, false));
    (secret.len() >= 3 && !expression && !other && token && !is_placeholder(secret)).then_some(start..end)
}

/// The next word of a command line: without the quotes around it, which may be escaped.
pub(crate) fn word(text: &[u8], at: usize, most: usize) -> (usize, usize) {
    let mut start = run_after(text, at, most - at.min(most), |byte| byte == b' ' || byte == b'\t');
    while start < most && text[start] == b'\\' && matches!(text.get(start + 1), Some(b'\n')) {
        start =
            run_after(text, start + 2, most.saturating_sub(start + 2), |byte| byte == b' ' || byte == b'\t');
    }
    let start = start.min(most);
    let slashes = run_after(text, start, (most - start).min(3), |byte| byte == b'\\') - start;
    match text.get(start + slashes) {
        Some(quote @ (b'"' | b'\'')) if start + slashes < most => {
            let inside = start + slashes + 1;
            (inside, quoted_end(text, inside, *quote, slashes, most - inside))
        }
        _ => {
            let end = word_end(text, start, most);
            (start, end - run_before_slashes(text, end).min(end - start))
        }
    }
}

/// Where a word without quotes ends. It goes on behind a line break that a slash takes away.
fn word_end(text: &[u8], start: usize, most: usize) -> usize {
    let mut at = start;
    while at < most {
        let byte = text[at];
        let goes_on = if text[at..].starts_with(b"\\\n") {
            2
        } else if text[at..].starts_with(br"\\\n") {
            // The same in JSON.
            4
        } else {
            0
        };
        let more = text.get(at + goes_on).is_some_and(|next| *next > b' ');
        if goes_on > 0 && at > start && more && at + goes_on < most {
            at += goes_on;
            continue;
        }
        if byte <= b' ' || matches!(byte, b'"' | b'\'') || line_break(&text[at..]).is_some() {
            return at;
        }
        at += 1;
    }
    most
}

fn past_quote(text: &[u8], at: usize) -> usize {
    run_after(text, at, 4, |byte| b"\\\"'".contains(&byte))
}
