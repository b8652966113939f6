//! Files of rules on disk: the person's, and the policies of a repository.

use std::fs::Metadata;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use claudectl_gate::file::{self, Mistake};
use claudectl_gate::rules::{Maker, Rule};
use claudectl_gate::triggers::Trigger;
use jiff::tz::TimeZone;

use super::compiled::Rules;
use crate::app::App;
use crate::env;
use crate::when;

/// The person's rules, beside the configuration.
pub(crate) const RULES: &str = "rules.toml";
/// A repository's, in any folder from its top to where the session works.
pub(crate) const POLICY: &str = ".claudectl/policy.toml";
/// A larger file of rules is none.
const MOST: u64 = 1 << 20;

/// How files of rules are read: what the home folder is, for names in messages, and when and where it is.
pub(crate) struct Reading<'a> {
    pub(crate) home: &'a str,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
    /// Asked only where a rule names a day.
    pub(crate) zone: &'a dyn Fn() -> TimeZone,
}

/// How a command reads them.
pub(crate) fn here<T>(app: &App, read: impl FnOnce(&Reading<'_>) -> T) -> T {
    let home = app.env.home.as_deref().and_then(Path::to_str).unwrap_or_default();
    read(&Reading { home, now: app.now, zone: &|| app.zone.clone() })
}

impl Reading<'_> {
    fn name(&self, path: &Path) -> String {
        env::short(self.home, &path.display().to_string())
    }
}

/// A policy, as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) path: PathBuf,
    /// BLAKE3 of its text, in hexadecimal; of a file that cannot be read, of why.
    pub(crate) hash: String,
    text: Result<String, String>,
}

/// The policies that count in a folder: of each folder from the repository's top on. Outside of one, its own.
pub(crate) fn policies(folder: &Path, root: Option<&str>) -> Vec<Policy> {
    let mut folders: Vec<&Path> = match root {
        Some(root) => folder.ancestors().take_while(|above| above.starts_with(root)).collect(),
        None => vec![folder],
    };
    if let Some(root) = root.map(Path::new).filter(|root| !folders.contains(root)) {
        // By a link, the folder is elsewhere by its name.
        folders.push(root);
    }
    folders.into_iter().rev().filter_map(policy).collect()
}

fn policy(folder: &Path) -> Option<Policy> {
    let path = folder.join(POLICY);
    let text = text(&path).transpose()?;
    let bytes = match &text {
        Ok(text) => text.as_bytes(),
        Err(why) => why.as_bytes(),
    };
    let hash = blake3::hash(bytes).to_hex().to_string();
    Some(Policy { path, hash, text })
}

/// The text of a file of rules; `None` where there is none.
pub(crate) fn text(path: &Path) -> Result<Option<String>, String> {
    let file = match crate::config::regular(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error.to_string()),
    };
    let length = file.metadata().map_or(0, |metadata| metadata.len().min(MOST));
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MOST {
        return Err("it is larger than 1 MiB".to_owned());
    }
    String::from_utf8(bytes).map(Some).map_err(|_| "it is not UTF-8".to_owned())
}

/// The rules of a policy.
pub(crate) fn parse(policy: &Policy, how: &Reading<'_>) -> Rules {
    let name = how.name(&policy.path);
    match &policy.text {
        Ok(text) => rules(text, Maker::Team, how).map_err(|mistakes| summed_up(&name, &mistakes)),
        Err(why) => Err(format!("{name}: {why}")),
    }
}

/// The person's rules in a file; none where there is no file.
pub(crate) fn read(path: &Path, how: &Reading<'_>) -> Rules {
    let name = how.name(path);
    match text(path) {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(text)) => rules(&text, Maker::Person, how).map_err(|mistakes| summed_up(&name, &mistakes)),
        Err(why) => Err(format!("{name}: {why}")),
    }
}

/// The triggers of the person's file; none where there is no file.
pub(crate) fn triggers(path: &Path, how: &Reading<'_>) -> Result<Vec<Trigger>, String> {
    let name = how.name(path);
    match text(path) {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(text)) => match whole(&text, Maker::Person, how) {
            Ok(file) => Ok(file.triggers),
            Err(mistakes) => Err(summed_up(&name, &mistakes)),
        },
        Err(why) => Err(format!("{name}: {why}")),
    }
}

/// The rules of a text.
pub(crate) fn rules(text: &str, maker: Maker, how: &Reading<'_>) -> Result<Vec<Rule>, Vec<Mistake>> {
    whole(text, maker, how).map(|file| file.rules)
}

/// The rules and triggers of a text.
pub(crate) fn whole(text: &str, maker: Maker, how: &Reading<'_>) -> Result<file::File, Vec<Mistake>> {
    file::whole(text, maker, &|text| moment(text, how))
}

/// When a rule ends: a day, which still belongs to it, or a moment. A stretch of time would be another one each time
/// that the file is read.
fn moment(text: &str, how: &Reading<'_>) -> Option<i64> {
    let relative = when::duration_ms(text.trim()).is_some() || matches!(text.trim(), "today" | "yesterday");
    if relative { None } else { when::moment_ms("expires", text, how.now, &(how.zone)(), true).ok() }
}

/// The first mistake, and how many more.
fn summed_up(name: &str, mistakes: &[Mistake]) -> String {
    let first = mistakes.first().map(|mistake| told(name, mistake)).unwrap_or_default();
    match mistakes.len() {
        0 | 1 => first,
        many => format!("{first}, and {} more", many - 1),
    }
}

/// A mistake on a line: where, what, and what to do.
pub(crate) fn told(name: &str, mistake: &Mistake) -> String {
    format!("{name}:{}:{}: {} ({})", mistake.line, mistake.column, mistake.what, mistake.fix)
}

/// What a repository is trusted as: its policy by the hash of its text (empty where there is none), and the folder of
/// git's, which another repository in the same place does not have.
pub(crate) fn pledge(policies: &[Policy], root: &str) -> String {
    let at = Path::new(root).join(POLICY);
    let hash = policies.iter().find(|policy| policy.path == at).map_or("", |policy| &policy.hash);
    let git = std::fs::metadata(Path::new(root).join(".git")).ok();
    let born = |git: &Metadata| git.created().ok()?.duration_since(UNIX_EPOCH).ok().map(|age| age.as_nanos());
    let which = git.map(|git| format!("{}:{}:{}", git.dev(), git.ino(), born(&git).unwrap_or_default()));
    format!("{hash}@{}", which.unwrap_or_default())
}
