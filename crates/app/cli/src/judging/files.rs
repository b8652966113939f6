//! Files of rules on disk: the person's, and the policies of a repository.

use std::fmt::Display;
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
    text: Result<String, Unread>,
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
    let text = text(&path, Maker::Team).transpose()?;
    let bytes = match &text {
        Ok(text) => text.as_bytes(),
        Err(why) => why.what.as_bytes(),
    };
    let hash = blake3::hash(bytes).to_hex().to_string();
    Some(Policy { path, hash, text })
}

/// Why a file of rules cannot be read, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Unread {
    pub(crate) what: String,
    pub(crate) fix: String,
}

impl Unread {
    fn new(why: impl Display) -> Self {
        let fix = "make it a file of text that you can read, or remove it";
        Self { what: format!("it cannot be read: {why}"), fix: fix.to_owned() }
    }

    /// As a mistake at its beginning.
    pub(crate) fn mistake(&self) -> Mistake {
        Mistake { line: 1, column: 1, key: None, what: self.what.clone(), fix: self.fix.clone() }
    }
}

/// The text of a file of rules; `None` where there is none. Of the person's own it has to be theirs: whoever else may
/// write it would say what is allowed.
pub(crate) fn text(path: &Path, maker: Maker) -> Result<Option<String>, Unread> {
    let file = match crate::config::regular(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return stands_there(path).map_or(Ok(None), Err);
        }
        Err(error) => return Err(Unread::new(error)),
    };
    let metadata = file.metadata().map_err(Unread::new)?;
    if maker != Maker::Team {
        theirs(path, &metadata)?;
    }
    let length = metadata.len().min(MOST);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(Unread::new)?;
    if bytes.len() as u64 > MOST {
        return Err(Unread::new("it is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| Unread::new("it is not UTF-8"))
}

/// What stands in the place of a file that is not found, or of a folder above it: a link that leads nowhere (a disk that
/// is not there), or a file. It is not the same as none.
fn stands_there(path: &Path) -> Option<Unread> {
    let there = path.ancestors().find_map(|above| Some((above, above.symlink_metadata().ok()?)));
    let (place, metadata) = there.filter(|(place, _)| !place.is_dir())?;
    let name = place.file_name().unwrap_or_default().display();
    let what = match (metadata.is_symlink() && !place.exists(), place == path) {
        (true, true) => "it is a link that leads nowhere".to_owned(),
        (true, false) => format!("the folder {name} is a link that leads nowhere"),
        (false, _) => format!("{name} is no folder"),
    };
    Some(Unread::new(what))
}

/// Nobody else may write it.
fn theirs(path: &Path, metadata: &Metadata) -> Result<(), Unread> {
    let owner = metadata.uid();
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        let what = format!("it belongs to another user ({owner})");
        return Err(Unread { what, fix: "make it yours: chown, or a copy".to_owned() });
    }
    if metadata.mode() & 0o002 != 0 {
        return Err(Unread {
            what: "anyone may write it".to_owned(),
            fix: format!("chmod go-w {}", path.display()),
        });
    }
    Ok(())
}

/// The rules of a policy.
pub(crate) fn parse(policy: &Policy, how: &Reading<'_>) -> Rules {
    let name = how.name(&policy.path);
    match &policy.text {
        Ok(text) => rules(text, Maker::Team, how).map_err(|mistakes| summed_up(&name, &mistakes)),
        Err(why) => Err(format!("{name}: {why} ({})", why.fix)),
    }
}

/// The person's rules in a file; none where there is no file.
pub(crate) fn read(path: &Path, how: &Reading<'_>) -> Rules {
    let name = how.name(path);
    match text(path, Maker::Person) {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(text)) => rules(&text, Maker::Person, how).map_err(|mistakes| summed_up(&name, &mistakes)),
        Err(why) => Err(format!("{name}: {why} ({})", why.fix)),
    }
}

/// The triggers of the person's file; none where there is no file.
pub(crate) fn triggers(path: &Path, how: &Reading<'_>) -> Result<Vec<Trigger>, String> {
    let name = how.name(path);
    match text(path, Maker::Person) {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(text)) => match whole(&text, Maker::Person, how) {
            Ok(file) => Ok(file.triggers),
            Err(mistakes) => Err(summed_up(&name, &mistakes)),
        },
        Err(why) => Err(format!("{name}: {why} ({})", why.fix)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_place_of_a_file_is_not_the_same_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "x").unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        std::os::unix::fs::symlink("nowhere", at("link")).unwrap();
        std::os::unix::fs::symlink("folder", at("other")).unwrap();
        let why = |name: &str| text(&at(name), Maker::Team).err().map(|unread| unread.what);
        for none in ["none", "none/below", "folder/none", "other/none/below"] {
            assert_eq!(text(&at(none), Maker::Team), Ok(None), "{none}");
        }
        assert_eq!(text(&at("file"), Maker::Person), Ok(Some("x".to_owned())));
        for (name, told) in [
            ("link", "it is a link that leads nowhere"),
            ("link/below", "the folder link is a link that leads nowhere"),
            ("link/below/it", "the folder link is a link that leads nowhere"),
            ("file/below", "file is no folder"),
            ("folder", "it is not a regular file"),
        ] {
            assert_eq!(why(name), Some(format!("it cannot be read: {told}")), "{name}");
        }
    }
}
