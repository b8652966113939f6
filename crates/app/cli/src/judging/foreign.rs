//! Whether a hook of somebody else's may change a call after the verdict: then nothing is allowed, since what runs might
//! not be what was judged.
//!
//! A pass reads what the person's own files say, and those of folders that sessions lately worked in; hooks look whether
//! that still holds, and read anew what does not.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use claudectl_agents::asker::Asker;
use claudectl_agents::checkout;
use claudectl_agents::settings::foreign::{self, Foreign, Origin, Own, When};
use claudectl_agents::settings::{Backups, managed_files};
use claudectl_store::Store;
use claudectl_store::snapshot::Snapshot;
use serde::{Deserialize, Serialize};

use super::Stamp;
use crate::error::Result;
use crate::snapshot;

/// The snapshot's section.
pub(crate) const SECTION: &str = "foreign";

/// Where hooks may stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Place {
    /// A settings file, and whose.
    Settings(PathBuf, Origin),
    /// The plugins of a configuration folder.
    Plugins(PathBuf),
    /// A plugin that a client was started with.
    Plugin(PathBuf),
    /// Agents, commands or skills, and whose.
    Front(PathBuf, Origin),
}

/// What stands in a place, and by which files.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Seen {
    place: Place,
    stamps: Vec<Stamp>,
    hooks: Vec<Foreign>,
}

impl Seen {
    fn read(place: Place, own: &Own) -> Self {
        let (hooks, mut files) = match &place {
            Place::Settings(file, origin) => (foreign::of_settings(file, *origin, own), vec![file.clone()]),
            Place::Plugins(root) => foreign::of_plugins(root, own),
            Place::Plugin(folder) => foreign::of_plugin(folder, own),
            Place::Front(folder, origin) => {
                let (hooks, files) = foreign::of_front_matter(folder, *origin, own);
                // Files of the person's own are many, and nobody else writes them.
                (hooks, if *origin == Origin::Repository { files } else { vec![folder.clone()] })
            }
        };
        files.extend(hooks.iter().flat_map(|hook| hook.programs.iter().cloned()));
        Self { place, stamps: files.iter().map(|file| Stamp::of(file)).collect(), hooks }
    }
}

/// What the last pass has seen.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Known {
    /// What is ours was told by these programs.
    programs: Vec<String>,
    seen: Vec<Seen>,
    /// Hashes of hooks that the person vouches for.
    trusted: Vec<String>,
}

/// This program, by each path that it may be called by, and the state folder.
pub(crate) fn own(home: &Path) -> Own {
    let paths = [std::env::args_os().next().map(PathBuf::from), std::env::current_exe().ok()];
    let absolute = paths.into_iter().flatten().filter(|path| path.is_absolute());
    let mut programs: Vec<String> = absolute.filter_map(|path| path.to_str().map(str::to_owned)).collect();
    programs.dedup();
    Own { programs, earlier: Vec::new(), home: home.to_str().unwrap_or_default().to_owned() }
}

/// The person's own places below a configuration folder, and the organisation's.
fn of_root(root: &Path) -> Vec<Place> {
    let mut places =
        vec![Place::Settings(root.join("settings.json"), Origin::Person), Place::Plugins(root.to_path_buf())];
    places.extend(foreign::folders(root).map(|folder| Place::Front(folder, Origin::Person)));
    places.extend(managed_files().into_iter().map(|file| Place::Settings(file, Origin::Installed)));
    places
}

/// The places of a project that a session is started in. Agents, commands and skills count from there up to the top of the
/// checkout, or without one as far as folders go, but for those in the person's home; settings at both ends of a checkout
/// (seen with 2.1.330).
fn of_project(folder: &Path, roots: &[impl AsRef<Path>]) -> Vec<Place> {
    let top = checkout::top(folder);
    let mut places = Vec::new();
    for at in folder.ancestors().take_while(|at| top.is_none_or(|top| at.starts_with(top))) {
        let base = at.join(".claude");
        if !base.is_dir() {
            continue;
        }
        let is_end = at == folder || top == Some(at);
        if !is_end && roots.iter().any(|root| is_same(&base, root.as_ref())) {
            break;
        }
        if is_end {
            places.push(Place::Settings(base.join("settings.json"), Origin::Repository));
            places.push(Place::Settings(base.join("settings.local.json"), Origin::Repository));
        }
        places.extend(foreign::folders(&base).map(|folder| Place::Front(folder, Origin::Repository)));
    }
    places
}

/// By whatever links they are reached.
fn is_same(one: &Path, other: &Path) -> bool {
    let file = |path: &Path| path.metadata().ok().map(|meta| (meta.dev(), meta.ino()));
    file(one).is_some_and(|one| file(other) == Some(one))
}

/// The same, for commands, which are called by a name of any kind: with the paths that hooks were installed with and that
/// lead to this program.
fn own_of_installation(home: &Path) -> Own {
    let mut own = own(home);
    let this = std::env::current_exe().and_then(std::fs::canonicalize).ok();
    let is_this = |path: &String| this.is_some() && std::fs::canonicalize(path).ok() == this;
    own.earlier = Backups::of(home).programs();
    own.programs.extend(own.earlier.iter().filter(|path| is_this(path)).cloned());
    own
}

/// What a pass keeps for hooks.
pub(crate) fn survey(store: &Store, home: &Path, roots: &[PathBuf], now: i64) -> Result<Known> {
    let own = own_of_installation(home);
    let mut places: Vec<Place> = roots.iter().flat_map(|root| of_root(root)).collect();
    let folders = snapshot::worked_in(store, now)?;
    for place in folders.iter().flat_map(|folder| of_project(Path::new(folder), roots)) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let seen = places.into_iter().map(|place| Seen::read(place, &own)).collect();
    Ok(Known { programs: own.programs, seen, trusted: store.trusted_hooks()? })
}

/// The section of what brings no hooks, a line for each file that was looked at as it was then, in order: where everything
/// that counts for a call stands there, nothing is to be read.
pub(crate) const CLEAN_SECTION: &str = "clean";
/// Before a program by which ours is told, on a line of the same section. Files stand there by whole paths.
const PROGRAM: &str = "program ";

/// Nothing in the way of an allow, by a glance: everything that may bring hooks is as it was when it brought none.
pub(crate) fn is_clean(snapshot: &Snapshot, asker: &Asker, cwd: &Path) -> bool {
    let Some(clean) = snapshot.section(CLEAN_SECTION).and_then(|clean| std::str::from_utf8(clean).ok())
    else {
        return false;
    };
    let lines: Vec<&str> = clean.lines().collect();
    let mut line = String::with_capacity(256);
    let mut stands = |what: &dyn Display| {
        line.clear();
        write!(line, "{what}").is_ok() && lines.binary_search(&line.as_str()).is_ok()
    };
    let this = std::env::args_os().next().and_then(|program| program.into_string().ok());
    let ours = this.is_some_and(|program| stands(&format_args!("{PROGRAM}{program}")));
    if !ours || asker.may_bring_hooks() {
        return false;
    }
    let mut places: Vec<Place> = asker.root().map(of_root).unwrap_or_default();
    places.extend(of_project(asker.started_in().unwrap_or(cwd), asker.root().as_slice()));
    places.iter().all(|place| stands(&Stamp::of(&place.file())))
}

impl Place {
    /// The file or folder that says first whether there is anything.
    fn file(&self) -> PathBuf {
        match self {
            Self::Settings(file, _) | Self::Plugin(file) | Self::Front(file, _) => file.clone(),
            Self::Plugins(root) => root.join("plugins/installed_plugins.json"),
        }
    }
}

impl Known {
    /// As the section has it.
    pub(crate) fn clean(&self) -> String {
        let is_clean = |seen: &&Seen| {
            let rests_on = |stamp: &Stamp| stamp.is_of(&seen.place.file());
            let plain = match seen.place {
                // What a repository's folder holds is many files; what plugins bring, too.
                Place::Settings(..) => seen.stamps.len() == 1,
                Place::Front(_, origin) => {
                    origin != Origin::Repository || seen.stamps.iter().all(Stamp::is_absent)
                }
                Place::Plugins(_) => seen.stamps.iter().any(|stamp| rests_on(stamp) && stamp.is_absent()),
                Place::Plugin(_) => false,
            };
            plain && seen.hooks.is_empty() && seen.stamps.iter().any(rests_on)
        };
        let lines = self.seen.iter().filter(is_clean).flat_map(|seen| {
            let file = seen.place.file();
            seen.stamps.iter().filter(move |stamp| stamp.is_of(&file)).map(Stamp::to_string)
        });
        let programs = self.programs.iter().map(|program| format!("{PROGRAM}{program}"));
        // A name over several lines could be taken for another file's.
        let is_one_line = |line: &String| !line.contains(['\n', '\r']);
        let mut lines: Vec<String> = programs.chain(lines).filter(is_one_line).collect();
        lines.sort_unstable();
        lines.join("\n")
    }

    /// What the last pass has seen; nothing, where there is no such section.
    pub(crate) fn of(snapshot: Option<&Snapshot>) -> Self {
        let section = snapshot.and_then(|snapshot| snapshot.section(SECTION));
        section.and_then(|section| serde_json::from_slice(section).ok()).unwrap_or_default()
    }

    fn hooks<'k>(&'k self, place: Place, own: &Own) -> Cow<'k, [Foreign]> {
        let same = own.programs.iter().all(|program| self.programs.contains(program));
        let seen = self.seen.iter().find(|seen| same && seen.place == place);
        match seen.filter(|seen| seen.stamps.iter().all(Stamp::holds)) {
            Some(seen) => Cow::Borrowed(&seen.hooks),
            None => Cow::Owned(Seen::read(place, own).hooks),
        }
    }

    /// The person's configuration folders.
    fn roots(&self) -> Vec<PathBuf> {
        let root = |seen: &Seen| match &seen.place {
            Place::Plugins(root) => Some(root.clone()),
            Place::Settings(..) | Place::Plugin(_) | Place::Front(..) => None,
        };
        self.seen.iter().filter_map(root).collect()
    }

    fn trusts(&self, hook: &Foreign) -> bool {
        hook.hash.as_ref().is_some_and(|hash| self.trusted.contains(hash))
    }

    /// A hook that may change a call of a tool, and that nobody has vouched for, for a person.
    pub(crate) fn in_the_way(&self, home: &Path, asker: &Asker, cwd: &Path, tool: &str) -> Option<String> {
        let own = own(home);
        let mut places: Vec<Place> = asker.root().map(of_root).unwrap_or_default();
        let started = asker.started_in().unwrap_or(cwd);
        let roots = asker.root();
        places.extend(of_project(started, roots.as_slice()));
        places.extend(
            asker.option("--plugin-dir").into_iter().map(|folder| Place::Plugin(started.join(folder))),
        );
        let added = asker.option("--add-dir").into_iter();
        places.extend(added.flat_map(|folder| of_project(&started.join(folder), roots.as_slice())));
        let found = places.into_iter().find_map(|place| self.untrusted(place, &own, tool));
        found.or_else(|| self.of_arguments(asker, started, &own, tool)).map(|hook| told(&hook))
    }

    /// What a client was started with.
    fn of_arguments(&self, asker: &Asker, started: &Path, own: &Own, tool: &str) -> Option<Foreign> {
        let said = asker.option("--settings").into_iter().flat_map(|settings| {
            if settings.trim_start().starts_with('{') {
                foreign::of_text(settings, Path::new("--settings"), own)
            } else {
                foreign::of_settings(&started.join(settings), Origin::Installed, own)
            }
        });
        let agents = asker.option("--agents").into_iter().filter(|agents| agents.contains("PreToolUse"));
        let agents = agents.flat_map(|_| foreign::of_text("", Path::new("--agents"), own));
        said.chain(agents)
            .find(|hook| hook.when.changes_calls() && hook.tools.may_fit(tool) && !self.trusts(hook))
    }

    /// With what a folder's project says.
    pub(crate) fn and_of(mut self, home: &Path, folder: &Path) -> Self {
        let own = own_of_installation(home);
        for place in of_project(folder, &self.roots()) {
            if !self.seen.iter().any(|seen| seen.place == place) {
                self.seen.push(Seen::read(place, &own));
            }
        }
        self
    }

    /// What would hold back an allow in a folder, of what the last pass has seen and of what the folder's project says.
    pub(crate) fn withholds(&self, home: &Path, folder: &Path, tool: &str) -> Option<String> {
        let (own, of_project) = (own_of_installation(home), of_project(folder, &self.roots()));
        let is_here = |place: &Place| match place {
            Place::Settings(_, origin) | Place::Front(_, origin) => *origin != Origin::Repository,
            Place::Plugins(_) | Place::Plugin(_) => true,
        };
        let personal = self.seen.iter().map(|seen| seen.place.clone()).filter(is_here);
        personal.chain(of_project).find_map(|place| self.untrusted(place, &own, tool)).map(|hook| told(&hook))
    }

    fn untrusted(&self, place: Place, own: &Own, tool: &str) -> Option<Foreign> {
        let hooks = self.hooks(place, own);
        let is_in_the_way =
            |hook: &&Foreign| hook.when.changes_calls() && hook.tools.may_fit(tool) && !self.trusts(hook);
        hooks.iter().find(is_in_the_way).cloned()
    }

    /// A hook of a repository that may answer a prompt about a tool, or about any, in the person's place; for a person.
    pub(crate) fn answers(
        &self,
        home: &Path,
        asker: &Asker,
        cwd: &Path,
        tool: Option<&str>,
    ) -> Option<String> {
        let own = own(home);
        let started = asker.started_in().unwrap_or(cwd);
        let roots = asker.root();
        let of = |folder: &Path| of_project(folder, roots.as_slice());
        let added = asker.option("--add-dir").into_iter().flat_map(|folder| of(&started.join(folder)));
        of(started).into_iter().chain(added).find_map(|place| {
            let hooks = self.hooks(place, &own);
            let hook = hooks.iter().find(|hook| {
                hook.when.answers_prompts() && tool.is_none_or(|tool| hook.tools.may_fit(tool))
            })?;
            Some(named(hook))
        })
    }

    /// All hooks of others that were seen, and whether the person vouches for each.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Foreign, bool)> {
        self.seen.iter().flat_map(|seen| &seen.hooks).map(|hook| (hook, self.trusts(hook)))
    }
}

fn told(hook: &Foreign) -> String {
    let what = match hook.when {
        When::Before | When::Prompt => "another hook may change the call",
        When::Unknown => "nobody knows whether another hook may change the call",
        When::Environment => "the repository sets what decides which program is run",
    };
    format!("{what}: {}", named(hook))
}

fn named(hook: &Foreign) -> String {
    format!("{} ({})", claudectl_fleet::call::one_line(&hook.what), hook.file.display())
}
