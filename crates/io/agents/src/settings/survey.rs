//! Whether our hooks are in force for a session, and if not, why; from every settings file that bears on it.
//!
//! What a session was started with (`--settings`, `--bare`, `--safe-mode`) is not in any file and not seen here.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::cause::{Cause, Defect, Named};
use super::hooks::{Facts, Installation, Installed, StatusLine};
use super::{Flaw, Programs, SEEN_WITH, SettingsError, facts};
use crate::checkout;
use crate::host::is_program;

/// Which settings file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The organisation's.
    Managed,
    /// The person's.
    User,
    /// A project's, shared.
    Project,
    /// A project's, the person's own.
    Local,
}

impl Scope {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::User => "user",
            Self::Project => "project",
            Self::Local => "local",
        }
    }

    /// The settings file below a folder: a configuration folder, or a project's.
    #[must_use]
    pub fn file(self, folder: &Path) -> PathBuf {
        match self {
            Self::Managed => folder.to_owned(),
            Self::User => folder.join("settings.json"),
            Self::Project => folder.join(".claude/settings.json"),
            Self::Local => folder.join(".claude/settings.local.json"),
        }
    }
}

/// A settings file that is there, and what it says.
#[derive(Debug)]
pub struct Source {
    /// Which one.
    pub scope: Scope,
    /// The file.
    pub path: PathBuf,
    /// What it says that bears on hooks.
    pub facts: Result<Facts, SettingsError>,
}

impl Source {
    /// As a cause names it.
    fn named(&self) -> Named {
        Named { scope: self.scope, path: self.path.clone() }
    }

    /// The file, if it is there.
    fn read(scope: Scope, path: PathBuf, programs: &Programs) -> Option<Self> {
        let facts = facts(&path, programs).transpose()?;
        Some(Self { scope, path, facts })
    }

    /// What counts of it: nothing, if Claude Code leaves the file out.
    fn facts(&self) -> Option<&Facts> {
        self.facts.as_ref().ok().filter(|facts| facts.left_out.is_none())
    }

    /// It switches hooks off.
    fn switches_off(&self) -> bool {
        self.facts().is_some_and(|facts| facts.disable_all == Some(true))
    }

    /// It has a status line, anybody's.
    fn has_status_line(&self) -> bool {
        self.facts().is_some_and(|facts| facts.status_line != StatusLine::Left)
    }

    /// Why nothing in it counts, or nobody knows whether it does.
    #[must_use]
    pub fn unusable(&self) -> Option<String> {
        match &self.facts {
            Err(error) => Some(explained(error)),
            Ok(facts) => facts.left_out.as_ref().map(|left| {
                let path = self.path.display();
                format!(
                    "{path}, line {}, has {}, and {SEEN_WITH} does not load a settings file with this",
                    left.line, left.what
                )
            }),
        }
    }

    /// Claude Code leaves the file out. Of what only claudectl cannot read (text that is not UTF-8, an escape that
    /// stands for no character, depth) nobody knows that here.
    #[must_use]
    pub fn is_left_out(&self) -> bool {
        match &self.facts {
            Ok(facts) => facts.left_out.is_some(),
            Err(SettingsError::Flawed { source: Flaw::Syntax(syntax), .. }) => !syntax.by_the_letter,
            Err(SettingsError::Flawed { .. }) => true,
            Err(_) => false,
        }
    }

    /// What to do about that.
    #[must_use]
    pub fn fix(&self) -> Option<String> {
        match &self.facts {
            Err(_) => Some("correct the file".to_owned()),
            Ok(facts) => facts.left_out.as_ref().map(|left| left.fix.clone()),
        }
    }
}

/// The settings files that count for every session.
#[derive(Debug)]
pub struct Survey {
    /// The organisation's.
    pub managed: Vec<Source>,
    /// The person's, each with its configuration folder.
    pub users: Vec<(PathBuf, Option<Source>)>,
    programs: Programs,
}

/// Whether our hooks run in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InForce {
    /// They do, as far as the settings files say.
    Installed,
    /// They do not.
    Absent {
        /// Why not.
        cause: Cause,
    },
}

impl InForce {
    /// Why they do not.
    #[must_use]
    pub fn cause(self) -> Option<Cause> {
        match self {
            Self::Installed => None,
            Self::Absent { cause } => Some(cause),
        }
    }
}

/// Reads the settings of these configuration folders, and the organisation's.
#[must_use]
pub fn survey(roots: &[PathBuf], managed: &[PathBuf], programs: &Programs) -> Survey {
    let user = |root: &PathBuf| (root.clone(), Source::read(Scope::User, Scope::User.file(root), programs));
    Survey {
        managed: managed
            .iter()
            .filter_map(|path| Source::read(Scope::Managed, path.clone(), programs))
            .collect(),
        users: roots.iter().map(user).collect(),
        programs: programs.clone(),
    }
}

/// Where an organisation's settings are on this system: the folder, and that of more files.
#[must_use]
pub fn managed_folders() -> [PathBuf; 2] {
    let folder = Path::new(if cfg!(target_os = "macos") {
        "/Library/Application Support/ClaudeCode"
    } else {
        "/etc/claude-code"
    });
    [folder.to_owned(), folder.join("managed-settings.d")]
}

/// An organisation's settings on this system: one file, and a folder of more.
#[must_use]
pub fn managed_files() -> Vec<PathBuf> {
    let [folder, more] = managed_folders();
    let mut files = vec![folder.join("managed-settings.json")];
    let more = fs::read_dir(more).into_iter().flatten();
    let mut more: Vec<PathBuf> = more.filter_map(Result::ok).map(|entry| entry.path()).collect();
    more.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    more.sort();
    files.extend(more);
    files
}

/// The project settings that count for a session started in a folder, those that win first.
///
/// As seen with Claude Code 2.1.330: local settings at the top of the checkout, then local and shared settings of
/// the folder itself. Shared settings at the top count only for sessions started there.
#[must_use]
pub fn project_sources(cwd: &Path, programs: &Programs) -> Vec<Source> {
    let files = project_files(cwd).into_iter();
    files.filter_map(|(scope, path)| Source::read(scope, path, programs)).collect()
}

fn project_files(cwd: &Path) -> Vec<(Scope, PathBuf)> {
    let top = checkout::of(cwd).map(|checkout| checkout.root).filter(|root| root != cwd);
    let files = top.iter().map(|top| (Scope::Local, top.as_path()));
    let files = files.chain([(Scope::Local, cwd), (Scope::Project, cwd)]);
    files.map(|(scope, folder)| (scope, scope.file(folder))).collect()
}

impl Survey {
    /// Whether our hooks run in a session of a configuration folder, started in `cwd`.
    #[must_use]
    pub fn in_force(&self, root: &Path, cwd: Option<&Path>) -> InForce {
        let projects = cwd.map(|cwd| project_sources(cwd, &self.programs)).unwrap_or_default();
        let user =
            self.users.iter().find(|(folder, _)| folder == root).and_then(|(_, source)| source.as_ref());
        match self.cause(user, &projects) {
            Some(cause) => InForce::Absent { cause },
            None => InForce::Installed,
        }
    }

    /// Why hooks of ours that stand before calls hear of no prompts, by what files say; `None` where nothing says so, or none
    /// stands before calls either. Of a client that tells hooks nothing of prompts this means nothing.
    #[must_use]
    pub fn deaf_to_prompts(&self, root: &Path, cwd: Option<&Path>) -> Option<Cause> {
        if self.in_force(root, cwd) != InForce::Installed {
            return None;
        }
        let projects = cwd.map(|cwd| project_sources(cwd, &self.programs)).unwrap_or_default();
        let user =
            self.users.iter().find(|(folder, _)| folder == root).and_then(|(_, source)| source.as_ref());
        passed_over(&projects.iter().chain(user).collect::<Vec<_>>(), "PermissionRequest")
    }

    /// The settings files that call us in a session of a configuration folder, started in `cwd`.
    #[must_use]
    pub fn callers(&self, root: &Path, cwd: Option<&Path>) -> Vec<(Scope, Installation)> {
        let projects = cwd.map(|cwd| project_sources(cwd, &self.programs)).unwrap_or_default();
        let user =
            self.users.iter().find(|(folder, _)| folder == root).and_then(|(_, source)| source.as_ref());
        let all = self.managed.iter().chain(&projects).chain(user);
        let ours = |source: &Source| Some((source.scope, source.facts()?.ours.first()?.installation.clone()));
        all.filter_map(ours).collect()
    }

    /// The files that may hold our hooks for a session of a configuration folder, started in `cwd`.
    #[must_use]
    pub fn files(root: &Path, cwd: Option<&Path>) -> Vec<PathBuf> {
        let projects = cwd.map(project_files).unwrap_or_default();
        let own = projects.into_iter().map(|(_, path)| path);
        own.chain([Scope::User.file(root)]).collect()
    }

    /// When what bears on a session was last changed, milliseconds since the epoch: what holds now holds since then,
    /// or longer. The time is that of the inode, which no restored backup and no `touch` sets back; a file that was
    /// taken away shows in its project's `.claude` folder. `None` where there is no file.
    #[must_use]
    pub fn changed_at(&self, root: &Path, cwd: Option<&Path>) -> Option<i64> {
        let mut paths = managed_files();
        paths.push(Scope::User.file(root));
        for (_, file) in cwd.map(project_files).unwrap_or_default() {
            paths.extend(file.parent().map(Path::to_owned));
            paths.push(file);
        }
        let of_link = paths.iter().filter_map(|path| fs::symlink_metadata(path).ok());
        let of_file = paths.iter().filter_map(|path| fs::metadata(path).ok());
        of_link.chain(of_file).map(|meta| changed(&meta)).max()
    }

    /// Why the person's status line is not what a session of a configuration folder shows, started in `cwd`; `None`
    /// if nothing is in its way.
    #[must_use]
    pub fn status_line_hidden(&self, root: &Path, cwd: Option<&Path>) -> Option<String> {
        let projects = cwd.map(|cwd| project_sources(cwd, &self.programs)).unwrap_or_default();
        let user = self.users.iter().find(|(folder, _)| folder == root);
        let own: Vec<&Source> = projects.iter().chain(user.and_then(|(_, source)| source.as_ref())).collect();
        // As seen with Claude Code 2.1.330, `disableAllHooks` switches off status lines, too.
        let managed = self.managed.iter().find(|source| source.switches_off());
        let off = managed.map(|source| Cause::SwitchedOff(source.named()));
        let off = off.or_else(|| switched_off(&own)).map(|cause| cause.to_string());
        off.or_else(|| {
            let other = self.managed.iter().chain(&projects).find(|source| source.has_status_line())?;
            let ours = other.facts().is_some_and(Facts::has_status_line);
            (!ours).then(|| {
                format!("{} settings have another one ({})", other.scope.name(), other.path.display())
            })
        })
    }

    /// Why Claude Code would not load our plugin from a configuration folder, in a session that is started in `cwd`;
    /// `None` if nothing is in its way.
    ///
    /// As seen with Claude Code 2.1.330: an organisation's settings may forbid plugins of folders, and take the name by
    /// any entry for a plugin that is called so; else local settings win over a project's and these over the person's, and
    /// an installed plugin of the same name has it.
    #[must_use]
    pub fn plugin_kept_out(&self, root: &Path, cwd: Option<&Path>) -> Option<String> {
        let projects = cwd.map(|cwd| project_sources(cwd, &self.programs)).unwrap_or_default();
        let user = self.users.iter().find(|(folder, _)| folder == root);
        let own: Vec<&Source> = projects.iter().chain(user.and_then(|(_, source)| source.as_ref())).collect();
        let says = |source: &Source, what: &str| {
            format!("{} settings {what} ({})", source.scope.name(), source.path.display())
        };
        let forbidden = self.managed.iter().find_map(|source| {
            let facts = source.facts()?;
            match facts.no_plugin_folders {
                Some(key) => Some(says(source, &format!("forbid plugins of folders by {key}"))),
                None => facts.names_plugin.then(|| says(source, "have an entry for a plugin of its name")),
            }
        });
        let deciding = || own.iter().find_map(|source| Some((source, source.facts()?.own_plugin?)));
        let off = || deciding().filter(|(_, on)| !on).map(|(source, _)| says(source, "switch it off"));
        let namesake = || {
            own.iter().find_map(|source| {
                let other = source.facts()?.plugins.first()?;
                Some(says(source, &format!("switch on {other}, which has its name wherever it is installed")))
            })
        };
        forbidden.or_else(off).or_else(namesake)
    }

    /// Why our hooks do not run, if they do not.
    fn cause(&self, user: Option<&Source>, projects: &[Source]) -> Option<Cause> {
        let own: Vec<&Source> = projects.iter().chain(user).collect();
        let bare = || user.and_then(started_bare);
        self.forbidden().or_else(|| switched_off(&own)).or_else(bare).or_else(|| missing(&own))
    }

    /// The organisation's settings leave no room for hooks of a person.
    fn forbidden(&self) -> Option<Cause> {
        self.managed.iter().find_map(|source| {
            let facts = source.facts()?;
            if source.switches_off() {
                Some(Cause::SwitchedOff(source.named()))
            } else if let Some(cause) = started_bare(source) {
                Some(cause)
            } else if facts.managed_only == Some(true) {
                Some(Cause::ManagedOnly { file: source.named(), key: "allowManagedHooksOnly" })
            } else if facts.hooks_of_plugins_only {
                Some(Cause::ManagedOnly { file: source.named(), key: "strictPluginOnlyCustomization" })
            } else {
                None
            }
        })
    }
}

fn changed(meta: &fs::Metadata) -> i64 {
    meta.ctime().saturating_mul(1000).saturating_add(meta.ctime_nsec() / 1_000_000)
}

/// Of the files that say something about `disableAllHooks` the first counts: local before project before user,
/// as seen with Claude Code 2.1.330. An organisation's `false` was not tried.
fn switched_off(sources: &[&Source]) -> Option<Cause> {
    let deciding =
        sources.iter().find(|source| source.facts().is_some_and(|facts| facts.disable_all.is_some()))?;
    deciding.switches_off().then(|| Cause::SwitchedOff(deciding.named()))
}

/// A file whose variables start Claude Code without hooks. A project's do not, as seen with 2.1.330.
fn started_bare(source: &Source) -> Option<Cause> {
    let variable = source.facts()?.bare.first()?;
    Some(Cause::Variable { file: source.named(), name: variable })
}

/// No file has hooks of ours that could run.
fn missing(sources: &[&Source]) -> Option<Cause> {
    let ours = || {
        let all = sources.iter().filter_map(|source| Some((source, &source.facts()?.ours)));
        all.flat_map(|(source, ours)| ours.iter().map(move |hook| (source, hook)))
    };
    // What stands before calls says it, whatever the others call.
    let before = || ours().filter(|(_, hook)| hook.event == BEFORE_CALLS);
    let lives = |(_, hook): &(_, &Installed)| broken(&hook.installation).is_none();
    match before().find(lives).or_else(|| before().next()).or_else(|| ours().next()) {
        Some((source, hook)) => broken(&hook.installation)
            .map(|defect| Cause::Broken { file: source.named(), defect })
            .or_else(|| passed_over(sources, BEFORE_CALLS)),
        None => Some(match sources.iter().find_map(|source| Some((source, source.unusable()?))) {
            Some((source, why)) if source.is_left_out() => Cause::LeftOut { scope: source.scope, why },
            Some((source, why)) => Cause::Unreadable { scope: source.scope, why },
            None => Cause::NotInstalled,
        }),
    }
}

/// The event that is asked before each call.
const BEFORE_CALLS: &str = "PreToolUse";

/// That no hook of ours is called at every call of a tool, at an event that concerns calls; `None` where one is.
fn passed_over(sources: &[&Source], event: &'static str) -> Option<Cause> {
    let with_ours = sources.iter().filter_map(|source| Some((source, &source.facts()?.ours)));
    let mut hooks = with_ours.flat_map(|(source, ours)| ours.iter().map(move |hook| (source, hook)));
    let narrowed = |hook: &Installed| hook.odd.as_ref().filter(|odd| odd.narrows).map(|odd| odd.what.clone());
    let runs = |hook: &Installed| broken(&hook.installation).is_none();
    if hooks.clone().any(|(_, hook)| hook.event == event && narrowed(hook).is_none() && runs(hook)) {
        return None;
    }
    let (source, narrowed) = match hooks.find(|(_, hook)| hook.event == event) {
        Some((source, hook)) => (source, narrowed(hook)),
        None => (hooks_of_any(sources)?, None),
    };
    Some(Cause::PassedOver { file: source.named(), event, narrowed })
}

fn hooks_of_any<'s, 'a>(sources: &'s [&'a Source]) -> Option<&'s &'a Source> {
    sources.iter().find(|source| source.facts().is_some_and(|facts| !facts.ours.is_empty()))
}

/// Why a hook's program would not run.
#[must_use]
pub fn broken(installation: &Installation) -> Option<Defect> {
    let binary = Path::new(&installation.binary);
    if is_program(binary) {
        None
    } else if binary.exists() {
        Some(Defect::NoProgram(installation.binary.clone()))
    } else {
        Some(Defect::Gone(installation.binary.clone()))
    }
}

/// An error with its place and its cause.
#[must_use]
pub fn explained(error: &SettingsError) -> String {
    let flaw: Option<&Flaw> = match error {
        SettingsError::Flawed { source, .. } => Some(source),
        _ => None,
    };
    let place = flaw.and_then(Flaw::place).map(|(line, column)| format!(", line {line}, column {column}"));
    let cause = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{}{}", place.unwrap_or_default(), cause.unwrap_or_default())
}

impl Facts {
    /// The status line is ours.
    #[must_use]
    pub fn has_status_line(&self) -> bool {
        matches!(self.status_line, StatusLine::Installed | StatusLine::Wrapped(_))
    }
}

#[cfg(test)]
mod tests {
    use claudectl_fleet::alarm::Obstacle;

    use super::*;
    use crate::host::Version;
    use crate::settings::{Strict, Wanted, hooks};

    fn programs() -> Programs {
        Programs::new(["/bin/true".to_owned()])
    }

    struct Place {
        dir: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir_all(dir.path().join("repo/.git")).unwrap();
            fs::create_dir_all(dir.path().join("repo/deep")).unwrap();
            Self { dir }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            let path = self.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn install(&self, name: &str, binary: &str) {
            let installation = Installation {
                binary: binary.to_owned(),
                home: "/state".to_owned(),
                config: "/config".to_owned(),
            };
            let wanted =
                Wanted { installation, version: Version(2, 1, 330), strict: Strict::No, status_line: true };
            let there = fs::read_to_string(self.path(name)).unwrap_or_default();
            self.write(name, &hooks::install(&there, &wanted, &Programs::default()).unwrap().text);
        }

        fn in_force(&self) -> InForce {
            let root = self.path("root");
            let survey = survey(std::slice::from_ref(&root), &[self.path("managed.json")], &programs());
            survey.in_force(&root, Some(&self.path("repo/deep")))
        }

        #[track_caller]
        fn absent(&self, obstacle: Obstacle, words: &str) {
            let found = self.in_force().cause().unwrap_or_else(|| panic!("installed, although {words}"));
            assert!(found.to_string().starts_with(words), "{found}");
            assert_eq!(found.obstacle(), obstacle, "{found}");
        }
    }

    #[test]
    fn installed_anywhere() {
        let files = [
            "root/settings.json",
            "repo/.claude/settings.local.json",
            "repo/deep/.claude/settings.json",
            "repo/deep/.claude/settings.local.json",
        ];
        for file in files {
            let place = Place::new();
            place.absent(Obstacle::NotInstalled, "not installed");
            place.install(file, "/bin/true");
            assert_eq!(place.in_force(), InForce::Installed, "{file}");
        }
    }

    #[test]
    fn absent_with_its_cause() {
        let place = Place::new();
        place.install("root/settings.json", "/bin/true");
        let survey = survey(&[place.path("root")], &[], &programs());
        assert_eq!(survey.in_force(&place.path("root"), None), InForce::Installed);
        assert!(matches!(survey.in_force(&place.path("other"), None), InForce::Absent { .. }));
        place.write("repo/.claude/settings.json", r#"{"disableAllHooks": true}"#);
        assert_eq!(place.in_force(), InForce::Installed, "shared settings of another folder");
        place.write("repo/deep/.claude/settings.json", r#"{"disableAllHooks": true}"#);
        place.absent(Obstacle::SwitchedOff, "project settings set disableAllHooks (");
        place.write("repo/deep/.claude/settings.local.json", r#"{"disableAllHooks": false}"#);
        assert_eq!(place.in_force(), InForce::Installed, "local settings win");
        place.write("repo/.claude/settings.local.json", r#"{"disableAllHooks": true}"#);
        place.absent(Obstacle::SwitchedOff, "local settings set disableAllHooks (");
        place.write("repo/.claude/settings.local.json", r#"{"disableAllHooks": false}"#);
        let settings = fs::read_to_string(place.path("root/settings.json")).unwrap();
        let bare = r#"{"env": {"CLAUDE_CODE_SIMPLE": "1"}}"#;
        for file in ["repo/deep/.claude/settings.local.json", "repo/deep/.claude/settings.json"] {
            place.write(file, bare);
        }
        assert_eq!(place.in_force(), InForce::Installed, "a project's variables do not count");
        place.write(
            "root/settings.json",
            &settings.replacen('{', r#"{"env": {"CLAUDE_CODE_SAFE_MODE": "true"},"#, 1),
        );
        place.absent(
            Obstacle::Variable,
            "user settings set CLAUDE_CODE_SAFE_MODE, which starts Claude Code without hooks (",
        );
        place.write("root/settings.json", &settings);
        place.write("managed.json", bare);
        place.absent(Obstacle::Variable, "managed settings set CLAUDE_CODE_SIMPLE");
        place.write("managed.json", r#"{"allowManagedHooksOnly": true}"#);
        place.absent(Obstacle::ManagedOnly, "managed settings set allowManagedHooksOnly (");
        for on in ["true", r#"["skills", "hooks"]"#, "\"yes\"", "{}"] {
            place.write("managed.json", format!(r#"{{"strictPluginOnlyCustomization": {on}}}"#).as_str());
            place.absent(Obstacle::ManagedOnly, "managed settings set strictPluginOnlyCustomization (");
        }
        for off in ["false", "null", "[]", r#"["skills"]"#] {
            place.write("managed.json", format!(r#"{{"strictPluginOnlyCustomization": {off}}}"#).as_str());
            assert_eq!(place.in_force(), InForce::Installed, "{off}");
        }
        place.write("managed.json", r#"{"disableAllHooks": true}"#);
        place.absent(Obstacle::SwitchedOff, "managed settings set disableAllHooks (");
    }

    #[test]
    fn a_change_is_dated_by_whatever_file_bears_on_the_session() {
        let place = Place::new();
        let (root, deep) = (place.path("root"), place.path("repo/deep"));
        let survey = survey(std::slice::from_ref(&root), &[], &programs());
        let at = || survey.changed_at(&root, Some(&deep)).unwrap_or_default();
        let inode = |name: &str| changed(&fs::metadata(place.path(name)).unwrap());
        place.write("root/settings.json", "{}");
        assert_eq!(at(), inode("root/settings.json"));
        for name in ["repo/.claude/settings.local.json", "repo/deep/.claude/settings.json"] {
            let before = at();
            while at() == before {
                place.write(name, "{}");
            }
            assert_eq!(at(), inode(name), "{name}");
        }
        let old = fs::File::options().write(true).open(place.path("root/settings.json")).unwrap();
        old.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert!(at() >= inode("root/settings.json"), "a restored file counts from when it was restored");
        let before = at();
        while at() == before {
            fs::remove_file(place.path("repo/deep/.claude/settings.json")).unwrap();
            place.write("repo/deep/.claude/settings.json", "{}");
        }
        fs::remove_file(place.path("repo/deep/.claude/settings.json")).unwrap();
        assert_eq!(at(), inode("repo/deep/.claude"));
    }

    #[test]
    fn a_status_line_that_is_not_shown() {
        let place = Place::new();
        place.install("root/settings.json", "/bin/true");
        let hidden = |by: &str| {
            let root = place.path("root");
            let survey = survey(std::slice::from_ref(&root), &[place.path("managed.json")], &programs());
            let found = survey.status_line_hidden(&root, Some(&place.path("repo/deep"))).unwrap_or_default();
            assert!(found.starts_with(by) && by.is_empty() == found.is_empty(), "{found}");
        };
        hidden("");
        let line = r#"{"statusLine": {"type": "command", "command": "date"}}"#;
        place.write("repo/.claude/settings.json", line);
        hidden("");
        place.write("repo/deep/.claude/settings.json", line);
        hidden("project settings have another one (");
        place.write("repo/.claude/settings.local.json", line);
        hidden("local settings have another one (");
        place.write("repo/deep/.claude/settings.json", r#"{"disableAllHooks": true}"#);
        hidden("project settings set disableAllHooks (");
        place.write("managed.json", line);
        place.write("repo/deep/.claude/settings.json", "{}");
        hidden("managed settings have another one (");
        place.write("managed.json", r#"{"disableAllHooks": true}"#);
        hidden("managed settings set disableAllHooks (");
    }

    #[test]
    fn a_program_that_does_not_run() {
        let place = Place::new();
        place.write("old/claudectl", "");
        let old = place.path("old/claudectl").display().to_string();
        place.install("root/settings.json", &old);
        place.absent(Obstacle::Broken, &format!("user settings call {old}, which is not executable"));
        fs::remove_file(place.path("old/claudectl")).unwrap();
        place.absent(Obstacle::Broken, &format!("user settings call {old}, which is not there"));
    }

    #[test]
    fn a_hook_that_is_not_called_at_each_call() {
        let cases = [
            ("\"matcher\": \"*\"", "\"matcher\": \"Edit\"", "its matcher is \"Edit\""),
            ("\"timeout\": 5", "\"timeout\": 5, \"if\": \"Bash(git *)\"", "it has `\"if\": \"Bash(git *)\"`"),
            ("\"timeout\": 5", "\"timeout\": 5, \"async\": true", "it has `\"async\": true`"),
            ("\"timeout\": 5", "\"timeout\": 5, \"once\": true", "it has `\"once\": true`"),
            ("\"timeout\": 5", "\"timeout\": 0.01", "its timeout is 0.01, not 5"),
            ("\"PreToolUse\"", "\"Gone\"", "there is no entry"),
        ];
        for (was, is, why) in cases {
            let place = Place::new();
            place.install("root/settings.json", "/bin/true");
            let text = fs::read_to_string(place.path("root/settings.json")).unwrap();
            let at = text.find("\"PreToolUse\"").unwrap();
            let (before, after) = text.split_at(at);
            assert!(after.contains(was), "{after}");
            place.write("root/settings.json", &format!("{before}{}", after.replacen(was, is, 1)));
            let words = "user settings do not call claudectl before each tool call (PreToolUse): ";
            place.absent(Obstacle::PassedOver, &format!("{words}{why}"));
        }
        for (was, is) in [("\"matcher\": \"*\"", "\"matcher\": \"\""), ("\"timeout\": 5", "\"timeout\": 60")]
        {
            let place = Place::new();
            place.install("root/settings.json", "/bin/true");
            let text = fs::read_to_string(place.path("root/settings.json")).unwrap();
            place.write("root/settings.json", &text.replace(was, is));
            assert_eq!(place.in_force(), InForce::Installed, "{is}");
        }
    }

    #[test]
    fn settings_that_cannot_be_read() {
        let place = Place::new();
        place.write("root/settings.json", "{\n  nonsense\n}");
        place.absent(Obstacle::Unusable, "user settings cannot be used (");
        let cause = place.in_force().cause().unwrap().to_string();
        assert!(
            cause.contains("settings.json is no settings file that can be edited, line 2, column 3: "),
            "{cause}"
        );
        place.write("root/settings.json", "{}");
        place.install("root/settings.json", "/bin/true");
        let text = fs::read_to_string(place.path("root/settings.json")).unwrap();
        place.write("root/settings.json", &format!("// mine\n{text}"));
        place.absent(Obstacle::Unusable, "user settings cannot be used (");
    }

    #[test]
    fn a_plugin_that_is_not_loaded() {
        let kept_out = |place: &Place| {
            let root = place.path("root");
            let survey = survey(std::slice::from_ref(&root), &[place.path("managed.json")], &programs());
            survey.plugin_kept_out(&root, Some(&place.path("repo/deep"))).unwrap_or_default()
        };
        // As the client did.
        let managed = [
            ("{}", ""),
            (r#"{"strictKnownMarketplaces": null}"#, ""),
            (r#"{"strictKnownMarketplaces": [{"source": "skills-dir"}]}"#, ""),
            (r#"{"blockedMarketplaces": [{"source": "github", "repo": "a/b"}]}"#, ""),
            (r#"{"allowManagedHooksOnly": true}"#, ""),
            (r#"{"strictKnownMarketplaces": []}"#, "forbid plugins of folders by strictKnownMarketplaces"),
            (r#"{"strictKnownMarketplaces": "x"}"#, "forbid plugins of folders by strictKnownMarketplaces"),
            (
                r#"{"strictKnownMarketplaces": [{"source": "github", "repo": "a/b"}]}"#,
                "forbid plugins of folders by strictKnownMarketplaces",
            ),
            (
                r#"{"blockedMarketplaces": [{"source": "skills-dir"}]}"#,
                "forbid plugins of folders by blockedMarketplaces",
            ),
            (
                r#"{"strictPluginOnlyCustomization": ["agents"]}"#,
                "forbid plugins of folders by strictPluginOnlyCustomization",
            ),
            (
                r#"{"strictPluginOnlyCustomization": true}"#,
                "forbid plugins of folders by strictPluginOnlyCustomization",
            ),
            (r#"{"enabledPlugins": {"claudectl@foo": false}}"#, "have an entry for a plugin of its name"),
            (
                r#"{"enabledPlugins": {"claudectl@skills-dir": true}}"#,
                "have an entry for a plugin of its name",
            ),
        ];
        for (text, said) in managed {
            let place = Place::new();
            place.write("managed.json", text);
            let found = kept_out(&place);
            assert!(found.contains(said) && found.is_empty() == said.is_empty(), "{text}: {found}");
        }
        let place = Place::new();
        place.write("root/settings.json", r#"{"enabledPlugins": {"claudectl@skills-dir": false}}"#);
        assert!(kept_out(&place).starts_with("user settings switch it off ("));
        place.write(
            "repo/.claude/settings.local.json",
            r#"{"enabledPlugins": {"claudectl@skills-dir": true}}"#,
        );
        assert_eq!(kept_out(&place), "");
        place.write(
            "repo/deep/.claude/settings.json",
            r#"{"enabledPlugins": {"claudectl@skills-dir": [], "claudectl@claudectl": true}}"#,
        );
        assert!(
            kept_out(&place)
                .starts_with("project settings switch on claudectl@claudectl, which has its name")
        );
    }
}
