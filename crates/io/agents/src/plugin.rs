//! claudectl's own plugin in a configuration folder of Claude Code, `skills/claudectl`: `init` puts it there,
//! `uninstall` takes it away.
//!
//! From [`PLUGIN_FOLDERS`](crate::host::PLUGIN_FOLDERS) on Claude Code loads each folder below `skills` that holds a manifest, at
//! every start, offline, without a question and without a word in any settings file or list of Claude Code's own; a
//! marketplace would need entries in three of them. It passes over hidden folders there, so a new copy is put together in
//! one, and takes its name when it is whole. A receipt in the folder says what was written, so that what somebody has
//! changed since is recognised, and never lost.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::away::{self, PutAwayError};
use crate::settings::{hash, is_gone, private_file, private_folder};

/// What Claude Code calls it, in `enabledPlugins` for example.
pub const ID: &str = "claudectl@skills-dir";
/// Its name, and its folder's.
pub const NAME: &str = "claudectl";

/// What Claude Code reads first, in the plugin's folder: without it there is no plugin.
pub const MANIFEST: &str = ".claude-plugin/plugin.json";
/// What was written, in the plugin's folder.
const RECEIPT: &str = ".claude-plugin/claudectl-init.json";
/// How the name of a folder begins in which a copy is put together, or is about to go.
const HIDDEN: &str = ".claudectl-";
/// Nothing of ours is larger; what is, is not read to its end.
const MAX_BYTES: u64 = 1 << 20;

/// What is to stand in the folder.
#[derive(Debug, Clone, Copy)]
pub struct Bundle {
    /// Its version.
    pub version: &'static str,
    /// Each file's path below the folder, and its text.
    pub files: &'static [(&'static str, &'static str)],
}

impl Bundle {
    fn hashes(&self) -> BTreeMap<String, String> {
        let one = |(path, text): &(&str, &str)| ((*path).to_owned(), hash(text.as_bytes()));
        self.files.iter().map(one).collect()
    }
}

/// Why a folder is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// It cannot be looked at.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be put in place, or taken away.
    #[error("cannot write {}", path.display())]
    Write {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What somebody had changed could not be kept.
    #[error(transparent)]
    PutAway(#[from] PutAwayError),
}

/// What stands in the plugin's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Absent,
    /// Something that is not from `init`.
    Foreign,
    /// Ours.
    Ours(Installed),
}

/// A copy that `init` has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// What Claude Code reads of it now, whatever was written once.
    pub manifest: Manifest,
    /// It was made from the very files that would be written now.
    pub current: bool,
    /// Files that somebody has changed or added since.
    pub edited: Vec<String>,
    /// Files that somebody has taken away.
    pub missing: Vec<String>,
    /// `init` had made the folder `skills`.
    made_skills: bool,
}

impl Installed {
    /// Claude Code loads it, by its name and as this version.
    #[must_use]
    pub fn is_loaded_as(&self, version: &str) -> bool {
        let Manifest::Read { name, version: found } = &self.manifest else { return false };
        name == NAME && found.as_deref() == Some(version)
    }

    /// The version that its manifest says.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        match &self.manifest {
            Manifest::Read { version, .. } => version.as_deref(),
            Manifest::Unusable(_) => None,
        }
    }

    /// [`install`] leaves it as somebody has changed it.
    #[must_use]
    pub fn is_kept(&self, bundle: &Bundle) -> bool {
        self.current && !self.edited.is_empty() && self.is_loaded_as(bundle.version)
    }
}

/// A plugin's manifest, as it is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manifest {
    /// What it says.
    Read {
        /// The plugin's name.
        name: String,
        /// Its version, if it says one.
        version: Option<String>,
    },
    /// Claude Code cannot load the plugin, and why.
    Unusable(String),
}

/// What becomes of the folder, or would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is not there, and was not.
    Absent,
    /// Something else has its place, and is left alone.
    Foreign,
    /// It is what it should be.
    Unchanged,
    /// Somebody has changed it; there is nothing newer, so that stays.
    Kept,
    /// It is new.
    Created,
    /// It is brought up to date.
    Updated,
    /// It goes.
    Removed,
}

/// What was done, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The plugin's folder.
    pub path: PathBuf,
    /// What became of it.
    pub outcome: Outcome,
    /// The version that was there.
    pub was: Option<String>,
    /// Files of it that somebody had changed or added.
    pub edited: Vec<String>,
    /// Where the whole folder is as it was, if somebody had changed it.
    pub backup: Option<PathBuf>,
}

/// How to write.
#[derive(Debug, Clone, Copy)]
pub struct Placing<'p> {
    /// claudectl's state folder, for what somebody had changed.
    pub state: &'p Path,
    /// The time, milliseconds since the epoch.
    pub now: i64,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// What was written.
#[derive(Debug, Serialize, Deserialize)]
struct Receipt {
    version: String,
    /// The hash of each file, by its path.
    files: BTreeMap<String, String>,
    /// `init` made the folder `skills`.
    #[serde(default)]
    made_skills: bool,
}

/// The plugin's folder in a configuration folder.
#[must_use]
pub fn folder(root: &Path) -> PathBuf {
    skills(root).join(NAME)
}

fn skills(root: &Path) -> PathBuf {
    root.join("skills")
}

/// Looks at what stands in the plugin's place.
///
/// # Errors
/// [`PluginError::Unreadable`].
pub fn standing(root: &Path, bundle: &Bundle) -> Result<Standing, PluginError> {
    let folder = folder(root);
    let is_folder = match fs::symlink_metadata(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Absent),
        found => found.map_err(|source| unreadable(&folder, source))?.is_dir(),
    };
    if !is_folder {
        return Ok(Standing::Foreign);
    }
    let receipt = folder.join(RECEIPT);
    let receipt = match fs::read(&receipt) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Foreign),
        read => read.map_err(|source| unreadable(&receipt, source))?,
    };
    let Ok(receipt) = serde_json::from_slice::<Receipt>(&receipt) else { return Ok(Standing::Foreign) };
    let mut found = BTreeMap::new();
    walk(&folder, "", &mut found)?;
    found.remove(RECEIPT);
    let is_ours = |path: &String, hash: &Option<String>| {
        hash.as_ref().is_some_and(|hash| receipt.files.get(path) == Some(hash))
    };
    let edited = found.iter().filter(|(path, hash)| !is_ours(path, hash));
    let missing = receipt.files.keys().filter(|path| !found.contains_key(*path));
    Ok(Standing::Ours(Installed {
        edited: edited.map(|(path, _)| path.clone()).collect(),
        missing: missing.cloned().collect(),
        current: receipt.version == bundle.version && receipt.files == bundle.hashes(),
        manifest: manifest(&folder.join(MANIFEST)),
        made_skills: receipt.made_skills,
    }))
}

fn manifest(path: &Path) -> Manifest {
    /// What of it matters here; the type of a name is Claude Code's, too.
    #[derive(Deserialize)]
    struct Wire {
        name: String,
        version: Option<String>,
    }
    let read = || -> Result<Wire, String> {
        let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
        if !metadata.is_file() || metadata.len() > MAX_BYTES {
            return Err("it is no file of a sensible size".to_owned());
        }
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())
    };
    match read() {
        Ok(Wire { name, version }) => Manifest::Read { name, version },
        Err(why) => Manifest::Unusable(why),
    }
}

/// The hash of each file below a folder, by its path; `None` for what is no file of a sensible size.
fn walk(folder: &Path, below: &str, found: &mut BTreeMap<String, Option<String>>) -> Result<(), PluginError> {
    let failed = |source| unreadable(folder, source);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, metadata) = (entry.path(), entry.metadata().map_err(failed)?);
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if metadata.is_dir() {
            walk(&path, &format!("{name}/"), found)?;
        } else if metadata.is_file() && metadata.len() <= MAX_BYTES {
            let bytes = fs::read(&path).map_err(|source| unreadable(&path, source))?;
            found.insert(name, Some(hash(&bytes)));
        } else {
            found.insert(name, None);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, source: io::Error) -> PluginError {
    PluginError::Unreadable { path: path.to_owned(), source }
}

/// Puts the plugin in its place, or brings it up to date. What somebody has changed in it stays while there is nothing
/// newer, and Claude Code can load it as what it is; else the whole folder is moved into the state folder before a new one takes its place.
///
/// # Errors
/// See [`PluginError`]; what was there is there, then, or among the backups in the state folder.
pub fn install(root: &Path, bundle: &Bundle, placing: Placing<'_>) -> Result<Report, PluginError> {
    let standing = standing(root, bundle)?;
    let (outcome, installed) = match standing {
        Standing::Absent => (Outcome::Created, None),
        Standing::Foreign => (Outcome::Foreign, None),
        Standing::Ours(installed) => {
            let outcome = match (installed.is_kept(bundle), installed.current) {
                (true, _) => Outcome::Kept,
                (false, true) if installed.edited.is_empty() && installed.missing.is_empty() => {
                    Outcome::Unchanged
                }
                (false, _) => Outcome::Updated,
            };
            (outcome, Some(installed))
        }
    };
    let mut report = report(root, outcome, installed.as_ref());
    let writes = matches!(outcome, Outcome::Created | Outcome::Updated);
    if writes && !placing.dry_run {
        report.backup = put(root, bundle, installed.as_ref(), placing)?;
    }
    Ok(report)
}

/// Takes the plugin away, and the folder `skills` if `init` had made it and nothing else is in it. What somebody has
/// changed is moved into the state folder.
///
/// # Errors
/// See [`PluginError`]; what was there is there, then, or among the backups in the state folder.
pub fn remove(root: &Path, bundle: &Bundle, placing: Placing<'_>) -> Result<Report, PluginError> {
    let installed = match standing(root, bundle)? {
        Standing::Absent => return Ok(report(root, Outcome::Absent, None)),
        Standing::Foreign => return Ok(report(root, Outcome::Foreign, None)),
        Standing::Ours(installed) => installed,
    };
    let mut report = report(root, Outcome::Removed, Some(&installed));
    if !placing.dry_run {
        let folder = folder(root);
        if installed.edited.is_empty() {
            let hidden = hidden(root).map_err(|source| write(&folder, source))?;
            let gone = fs::rename(&folder, &hidden).and_then(|()| fs::remove_dir_all(&hidden));
            gone.map_err(|source| write(&folder, source))?;
        } else {
            report.backup = Some(away::put_away(&folder, placing.state, placing.now)?);
        }
        if installed.made_skills {
            // Where something else is in it, it stays.
            drop(fs::remove_dir(skills(root)));
        }
    }
    Ok(report)
}

fn report(root: &Path, outcome: Outcome, installed: Option<&Installed>) -> Report {
    Report {
        path: folder(root),
        outcome,
        was: installed.and_then(Installed::version).map(str::to_owned),
        edited: installed.map(|installed| installed.edited.clone()).unwrap_or_default(),
        backup: None,
    }
}

fn write(path: &Path, source: io::Error) -> PluginError {
    PluginError::Write { path: path.to_owned(), source }
}

/// Writes a new copy, and lets it take the place of the old one. Returns where that is, if somebody had changed it.
fn put(
    root: &Path,
    bundle: &Bundle,
    installed: Option<&Installed>,
    placing: Placing<'_>,
) -> Result<Option<PathBuf>, PluginError> {
    let (skills, folder) = (skills(root), folder(root));
    let made_skills = installed.map_or(!skills.exists(), |installed| installed.made_skills);
    let failed = |source| write(&folder, source);
    private_folder(&skills).map_err(failed)?;
    sweep(&skills);
    let new = hidden(root).map_err(failed)?;
    let placed = fill(&new, bundle, made_skills)
        .map_err(failed)
        .and_then(|()| take_place(root, &new, installed, placing));
    if placed.is_err() {
        // Half of a copy is of no use; the error is told.
        drop(fs::remove_dir_all(&new));
    }
    placed
}

fn fill(new: &Path, bundle: &Bundle, made_skills: bool) -> io::Result<()> {
    let receipt = Receipt { version: bundle.version.to_owned(), files: bundle.hashes(), made_skills };
    let receipt = serde_json::to_string_pretty(&receipt)?;
    for (path, text) in bundle.files.iter().copied().chain([(RECEIPT, receipt.as_str())]) {
        let path = new.join(path);
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        private_file(&path, text.as_bytes())?;
    }
    Ok(())
}

fn take_place(
    root: &Path,
    new: &Path,
    installed: Option<&Installed>,
    placing: Placing<'_>,
) -> Result<Option<PathBuf>, PluginError> {
    let folder = folder(root);
    let failed = |source| write(&folder, source);
    let Some(installed) = installed else {
        return fs::rename(new, &folder).map(|()| None).map_err(failed);
    };
    if !installed.edited.is_empty() {
        let kept = away::put_away(&folder, placing.state, placing.now)?;
        return fs::rename(new, &folder).map(|()| Some(kept)).map_err(failed);
    }
    let old = hidden(root).map_err(failed)?;
    fs::rename(&folder, &old).map_err(failed)?;
    if let Err(error) = fs::rename(new, &folder) {
        // The old one is better than none; where not even that works, the next `init` makes a new one.
        drop(fs::rename(&old, &folder));
        return Err(failed(error));
    }
    // One that stays is passed over, and swept up by the next `init`.
    drop(fs::remove_dir_all(&old));
    Ok(None)
}

/// A new hidden folder beside the plugin's, empty.
fn hidden(root: &Path) -> io::Result<PathBuf> {
    for attempt in 0..100 {
        let path = skills(root).join(format!("{HIDDEN}{}-{attempt}", std::process::id()));
        match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            made => return made.map(|()| path),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "a hundred hidden folders are in the way"))
}

/// Removes the hidden folders of processes that were killed.
fn sweep(skills: &Path) {
    for entry in fs::read_dir(skills).into_iter().flatten().filter_map(Result::ok) {
        let maker = entry.file_name().to_str().and_then(maker);
        if maker.is_some_and(is_gone) && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            // One that stays is in nobody's way.
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

/// The process that made a hidden folder, by its name.
fn maker(name: &str) -> Option<u32> {
    let (pid, attempt) = name.strip_prefix(HIDDEN)?.split_once('-')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(pid) && is_number(attempt)).then(|| pid.parse().ok())?
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const OLD: Bundle = Bundle {
        version: "1.0.0",
        files: &[
            (MANIFEST, r#"{"name": "claudectl", "version": "1.0.0"}"#),
            ("commands/gone.md", "gone"),
            ("commands/a.md", "a"),
        ],
    };
    const NEW: Bundle = Bundle {
        version: "1.1.0",
        files: &[
            (MANIFEST, r#"{"name": "claudectl", "version": "1.1.0"}"#),
            ("commands/a.md", "A"),
            ("agents/b.md", "b"),
        ],
    };

    struct Place {
        dir: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            Self { dir: tempfile::tempdir().unwrap() }
        }

        fn root(&self) -> PathBuf {
            self.dir.path().join("config")
        }

        fn at(&self, path: &str) -> PathBuf {
            folder(&self.root()).join(path)
        }

        fn install(&self, bundle: &Bundle) -> Report {
            install(&self.root(), bundle, self.placing(false)).unwrap()
        }

        fn remove(&self) -> Report {
            remove(&self.root(), &NEW, self.placing(false)).unwrap()
        }

        fn placing(&self, dry_run: bool) -> Placing<'_> {
            Placing { state: self.dir.path(), now: 5, dry_run }
        }

        /// All below the configuration folder, folders with a slash behind them.
        fn tree(&self) -> Vec<String> {
            fn collect(folder: &Path, below: &str, names: &mut Vec<String>) {
                for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
                    let name = format!("{below}{}", entry.file_name().to_string_lossy());
                    if entry.file_type().unwrap().is_dir() {
                        names.push(format!("{name}/"));
                        collect(&entry.path(), &format!("{name}/"), names);
                    } else {
                        names.push(name);
                    }
                }
            }
            let mut names = Vec::new();
            collect(&self.root(), "", &mut names);
            names.sort();
            names
        }
    }

    #[test]
    fn it_is_made_whole_and_goes_without_a_trace() {
        let place = Place::new();
        fs::create_dir(place.root()).unwrap();
        let would = install(&place.root(), &OLD, place.placing(true)).unwrap();
        assert_eq!((would.outcome, place.tree()), (Outcome::Created, vec![]));
        assert_eq!(place.install(&OLD).outcome, Outcome::Created);
        assert_eq!(
            place.tree(),
            [
                "skills/",
                "skills/claudectl/",
                "skills/claudectl/.claude-plugin/",
                "skills/claudectl/.claude-plugin/claudectl-init.json",
                "skills/claudectl/.claude-plugin/plugin.json",
                "skills/claudectl/commands/",
                "skills/claudectl/commands/a.md",
                "skills/claudectl/commands/gone.md",
            ]
        );
        assert_eq!(place.install(&OLD).outcome, Outcome::Unchanged);
        let would = remove(&place.root(), &OLD, place.placing(true)).unwrap();
        assert_eq!((would.outcome, place.at("commands/a.md").exists()), (Outcome::Removed, true));
        assert_eq!((place.remove().outcome, place.tree()), (Outcome::Removed, vec![]));
        assert_eq!(place.remove().outcome, Outcome::Absent);
    }

    #[test]
    fn a_new_version_takes_the_place_of_the_old_one() {
        let place = Place::new();
        place.install(&OLD);
        let report = place.install(&NEW);
        assert_eq!((report.outcome, report.was.as_deref()), (Outcome::Updated, Some("1.0.0")));
        assert_eq!(report.backup, None);
        assert_eq!(fs::read_to_string(place.at("commands/a.md")).unwrap(), "A");
        assert!(place.at("agents/b.md").is_file() && !place.at("commands/gone.md").exists());
        assert!(!place.tree().iter().any(|name| name.contains(HIDDEN)), "{:?}", place.tree());
        // Files that are missing come back.
        fs::remove_file(place.at("agents/b.md")).unwrap();
        let Standing::Ours(found) = standing(&place.root(), &NEW).unwrap() else { panic!("not ours") };
        assert_eq!((found.current, found.missing), (true, vec!["agents/b.md".to_owned()]));
        assert_eq!(place.install(&NEW).outcome, Outcome::Updated);
        assert!(place.at("agents/b.md").is_file());
        // So do they where the version was the same all along.
        const SAME: Bundle =
            Bundle { version: NEW.version, files: &[NEW.files[0], ("commands/other.md", "other")] };
        assert_eq!(place.install(&SAME).outcome, Outcome::Updated);
        place.remove();
        assert_eq!(place.tree(), Vec::<String>::new(), "it is known that `skills` was made");
    }

    #[test]
    fn what_somebody_changed_stays_or_is_kept_elsewhere() {
        let place = Place::new();
        place.install(&OLD);
        fs::write(place.at("commands/a.md"), "mine").unwrap();
        fs::write(place.at("commands/mine.md"), "mine, too").unwrap();
        symlink("/nowhere", place.at("link")).unwrap();
        let report = place.install(&OLD);
        assert_eq!(report.outcome, Outcome::Kept);
        assert_eq!(report.edited, ["commands/a.md", "commands/mine.md", "link"]);
        assert_eq!(fs::read_to_string(place.at("commands/a.md")).unwrap(), "mine");
        let report = place.install(&NEW);
        let backup = report.backup.unwrap();
        assert_eq!(report.outcome, Outcome::Updated);
        assert_eq!(fs::read_to_string(backup.join("commands/mine.md")).unwrap(), "mine, too");
        assert_eq!(fs::read_to_string(place.at("commands/a.md")).unwrap(), "A");
        fs::write(place.at("agents/b.md"), "mine").unwrap();
        let report = place.remove();
        assert_eq!(
            fs::read_to_string(report.backup.unwrap().join("agents/b.md")).unwrap(),
            "mine",
            "taken away, and kept"
        );
        assert_eq!(place.tree(), Vec::<String>::new());
    }

    #[test]
    fn a_manifest_that_the_host_would_not_load_as_ours_is_made_anew() {
        let place = Place::new();
        place.install(&NEW);
        let found = || match standing(&place.root(), &NEW).unwrap() {
            Standing::Ours(found) => found,
            other => panic!("{other:?}"),
        };
        assert!(found().is_loaded_as(NEW.version));
        for (text, version) in [
            ("{ \"name\": \"claudectl\", ", None),
            ("[]", None),
            (r#"{"name": 7, "version": "1.1.0"}"#, None),
            (r#"{"name": "other", "version": "1.1.0"}"#, Some("1.1.0")),
            (r#"{"name": "claudectl", "version": "0.0.9"}"#, Some("0.0.9")),
            (r#"{"name": "claudectl"}"#, None),
        ] {
            fs::write(place.at(MANIFEST), text).unwrap();
            assert!(!found().is_loaded_as(NEW.version), "{text}");
            assert_eq!(found().version(), version, "{text}");
            let report = place.install(&NEW);
            assert_eq!((report.outcome, report.was.as_deref()), (Outcome::Updated, version), "{text}");
            let kept = report.backup.unwrap().join(MANIFEST);
            assert_eq!(fs::read_to_string(kept).unwrap(), text, "what somebody wrote is kept");
            assert!(found().is_loaded_as(NEW.version), "{text}");
        }
        fs::remove_file(place.at(MANIFEST)).unwrap();
        fs::create_dir(place.at(MANIFEST)).unwrap();
        let Manifest::Unusable(why) = found().manifest else { panic!("a folder is no manifest") };
        assert_eq!(why, "it is no file of a sensible size");
        fs::remove_dir(place.at(MANIFEST)).unwrap();
        fs::write(place.at("commands/a.md"), "mine").unwrap();
        assert_eq!(place.install(&NEW).outcome, Outcome::Updated, "one that is gone comes back");
        // Anything else of it may be somebody's own.
        let own = r#"{"name": "claudectl", "version": "1.1.0", "description": "mine"}"#;
        fs::write(place.at(MANIFEST), own).unwrap();
        assert_eq!(place.install(&NEW).outcome, Outcome::Kept);
    }

    #[test]
    fn what_is_somebody_elses_is_left_alone() {
        let place = Place::new();
        for make in [
            |path: &Path| fs::create_dir(path).unwrap(),
            |path: &Path| fs::write(path, "a file").unwrap(),
            |path: &Path| symlink("elsewhere", path).unwrap(),
            |path: &Path| {
                fs::create_dir_all(path.join(".claude-plugin")).unwrap();
                fs::write(path.join(RECEIPT), "no receipt").unwrap();
            },
        ] {
            fs::create_dir_all(skills(&place.root())).unwrap();
            make(&folder(&place.root()));
            let before = place.tree();
            assert_eq!(place.install(&NEW).outcome, Outcome::Foreign);
            assert_eq!((place.remove().outcome, place.tree()), (Outcome::Foreign, before));
            fs::remove_dir_all(place.root()).unwrap();
        }
    }

    #[test]
    fn what_others_have_in_the_same_folder_stays() {
        let place = Place::new();
        fs::create_dir_all(place.root().join("skills/theirs")).unwrap();
        place.install(&NEW);
        place.remove();
        assert_eq!(place.tree(), ["skills/", "skills/theirs/"]);
        place.install(&NEW);
        fs::remove_dir(place.root().join("skills/theirs")).unwrap();
        place.remove();
        assert_eq!(place.tree(), ["skills/"], "it was not ours");
    }

    #[test]
    fn what_a_killed_process_left_goes_with_the_next_write() {
        let place = Place::new();
        fs::create_dir_all(skills(&place.root())).unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let gone = child.id();
        child.wait().unwrap();
        let stays = [format!(".claudectl-{}-77", std::process::id()), format!(".claudectl-{gone}-x")];
        for name in stays.iter().cloned().chain([format!(".claudectl-{gone}-0")]) {
            fs::create_dir_all(skills(&place.root()).join(name).join("half")).unwrap();
        }
        place.install(&NEW);
        let left = fs::read_dir(skills(&place.root())).unwrap();
        let left: Vec<String> =
            left.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        assert!(left.len() == 3 && stays.iter().all(|name| left.contains(name)), "{left:?}");
    }

    #[test]
    fn a_copy_that_cannot_be_written_changes_nothing() {
        let place = Place::new();
        fs::create_dir(place.root()).unwrap();
        fs::write(skills(&place.root()), "no folder").unwrap();
        let error = install(&place.root(), &NEW, place.placing(false)).unwrap_err();
        assert!(matches!(error, PluginError::Write { .. } | PluginError::Unreadable { .. }), "{error}");
        assert_eq!(place.tree(), ["skills"]);
    }
}
