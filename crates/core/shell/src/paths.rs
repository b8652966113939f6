//! What a path is: whose, and how much is lost with it.

use crate::effect::{Act, Effect, Scope};
use crate::expand::matches;
use crate::facts::Place;
use crate::report::Deed;
use crate::value::{Arg, HOLE};

/// The home folder of the superuser (hier(7)).
pub const ROOT_HOME: &str = "/root";

/// What is known of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Whose it is.
    pub scope: Scope,
    /// All of a scope: the home folder itself, the root, everything in the repository.
    pub whole: bool,
    /// All of the path is known; else it may lead elsewhere.
    pub sure: bool,
    /// As an absolute path without `.` and `..`, as far as it is known.
    pub path: String,
    /// Where links lead from there, if that is elsewhere.
    pub led: Option<String>,
}

impl Class {
    /// Whether a whole home folder is in it: it is one, or one is below it.
    #[must_use]
    pub fn has_home(&self, home: &str) -> bool {
        let path = self.path.trim_end_matches("/*");
        let home = home.trim_end_matches('/');
        let around = self.sure
            && (["/home", "/Users", ROOT_HOME].contains(&path) || !home.is_empty() && is_below(home, path));
        self.whole && self.scope == Scope::Home || around
    }
}

/// What a path means in a place, seen from a folder.
#[must_use]
pub fn class(place: &Place<'_>, folder: Option<&str>, arg: &Arg) -> Class {
    let text = arg.text.as_str();
    let hole = text.find(HOLE);
    let known = &text[..hole.unwrap_or(text.len())];
    let relative = !text.starts_with('/');
    let unsure = hole.is_some() || (relative && folder.is_none());
    if known.is_empty() || (relative && folder.is_none()) {
        // Nothing is known of where it is, but what its end says.
        let scope = if is_secret_name(text) { Scope::Credential } else { Scope::Unknown };
        return Class { scope, whole: false, sure: false, path: text.to_owned(), led: None };
    }
    let path = absolute(folder.unwrap_or("/"), known);
    // Up to the last folder that is known.
    let path = if unsure { parent_of_part(&path, known) } else { path };
    let led = match (unsure, arg.glob) {
        (true, _) => None,
        (false, true) => led_by_pattern(place, &path),
        (false, false) => led(place, &path),
    };
    let mut class = plain(place, led.as_deref().unwrap_or(&path));
    if led.is_some() {
        // A secret by either name is one.
        let own = plain(place, &path);
        if own.scope == Scope::Credential {
            class.scope = Scope::Credential;
        }
    }
    class.led = led;
    if arg.glob && !unsure && class.scope == Scope::Credential && !stands_for_secret(place, &path) {
        // The folder that it is in says whose it is.
        let folder =
            &path[..path[..path.find(['*', '?', '[']).unwrap_or(path.len())].rfind('/').unwrap_or(0)];
        class.scope = plain(place, if folder.is_empty() { "/" } else { folder }).scope;
    }
    if unsure && is_secret_name(text) {
        class.scope = Scope::Credential;
    }
    class.sure = !unsure;
    class.path = path;
    class
}

/// Where links lead from a path, if that is elsewhere.
fn led(place: &Place<'_>, path: &str) -> Option<String> {
    let real = place.facts.resolved(path).filter(|real| real != path)?;
    elsewhere(place, path, &real)
}

/// Whether a pattern that may mean a secret stands for one; where nobody knows, it does.
fn stands_for_secret(place: &Place<'_>, pattern: &str) -> bool {
    let secret = |path: &str| {
        let leads = led(place, path).is_some_and(|real| plain(place, &real).scope == Scope::Credential);
        leads || plain(place, path).scope == Scope::Credential
    };
    match place.facts.matching(pattern) {
        Some(found) => found.iter().any(|found| secret(&found.path)),
        None => true,
    }
}

/// Where a pattern leads: by the folder that it begins in, or by a link among what it stands for, a secret before others.
fn led_by_pattern(place: &Place<'_>, pattern: &str) -> Option<String> {
    /// So many links are followed.
    const MOST: usize = 64;
    let wild = pattern.find(['*', '?', '[', '{'])?;
    let (folder, rest) = pattern.split_at(pattern[..wild].rfind('/')?);
    if let Some(real) = led(place, if folder.is_empty() { "/" } else { folder }) {
        return Some(format!("{real}{rest}"));
    }
    let links = place.facts.matching(pattern)?.into_iter().filter(|found| found.linked).take(MOST);
    let mut all: Vec<String> = links.filter_map(|found| led(place, &found.path)).collect();
    let secret = all.iter().position(|real| plain(place, real).scope == Scope::Credential);
    (!all.is_empty()).then(|| all.swap_remove(secret.unwrap_or(0)))
}

/// Where a path leads, in the same words as the path; `None` if all of the project, or of the home folder, leads there.
fn elsewhere(place: &Place<'_>, path: &str, led: &str) -> Option<String> {
    if led.strip_prefix("/private") == Some(path) {
        return None;
    }
    for folder in place.root.into_iter().chain([place.home]) {
        let real = place.facts.resolved(folder);
        if let Some(real) = real.filter(|real| is_below(led, real)) {
            let own = absolute(folder, &format!("./{}", inside(led, &real)));
            return (own != path).then_some(own);
        }
    }
    Some(led.to_owned())
}

/// `folder/text` without `.`, `..` and doubled slashes.
#[must_use]
pub fn absolute(folder: &str, text: &str) -> String {
    let whole = if text.starts_with('/') { text.to_owned() } else { format!("{folder}/{text}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Where a name goes on in what is not known, the folder that it is in.
fn parent_of_part(path: &str, known: &str) -> String {
    if known.ends_with('/') {
        return path.to_owned();
    }
    let end = path.rfind('/').unwrap_or(0);
    if end == 0 { "/".to_owned() } else { path[..end].to_owned() }
}

/// Whether one path is another, or below it.
#[must_use]
pub fn is_below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What an absolute path is. A pattern counts for what it may meet.
fn plain(place: &Place<'_>, path: &str) -> Class {
    let path = usual(path);
    let (scope, whole) = whose(place, path);
    Class { scope, whole, sure: true, path: path.to_owned(), led: None }
}

/// Whether a file is read when something starts, by its own name or by where it leads: of a shell, an agent, version
/// control, a build elsewhere.
fn is_read_at_start(place: &Place<'_>, class: &Class) -> bool {
    !matches!(class.scope, Scope::Nothing | Scope::Remote | Scope::Device)
        && std::iter::once(&class.path).chain(&class.led).any(|path| starts(place, usual(path)))
}

/// A path by the name that it usually has: on a Mac, `/tmp` is a link.
fn usual(path: &str) -> &str {
    path.strip_prefix("/private")
        .filter(|rest| is_below(rest, "/tmp") || is_below(rest, "/var") || is_below(rest, "/etc"))
        .unwrap_or(path)
}

/// Whose an absolute path is, and whether it is all of that.
fn whose(place: &Place<'_>, path: &str) -> (Scope, bool) {
    if let Some(scope) = device(path) {
        return (scope, false);
    }
    let ours = root_of(place).is_some_and(|root| is_below(path, root));
    let told = || place.facts.guarded().iter().any(|guarded| is_of_guarded(path, guarded));
    if stands_guard(path, place.home) || !ours && path.ends_with("/claudectl") || told() {
        return (Scope::Guard, false);
    }
    // `x/*` is all of x; where it is looked for, a pattern is the folder that it is in.
    let (folder, all) = match path.rsplit_once('/') {
        Some((folder, "*" | "{*,.*}" | "**")) => (if folder.is_empty() { "/" } else { folder }, true),
        _ => (path, false),
    };
    let is = |other: &str| folder == other.trim_end_matches('/') || (folder == "/" && other == "/");
    if is_secret(path, place.home) {
        return (Scope::Credential, false);
    }
    let home = place.home.trim_end_matches('/');
    if let Some(root) = root_of(place).filter(|root| is_below(folder, root)) {
        return (in_repository(inside(path, root)), is(root));
    }
    // A home folder may stand among temporary files, as in a container; where it is not known, nothing is in it.
    let at_home = !home.is_empty() && is_below(folder, home);
    if !at_home && ["/tmp", "/var/tmp", "/dev/shm", "/var/folders"].iter().any(|temp| is_below(folder, temp))
    {
        let whole = !all && ["/tmp", "/var/tmp", "/dev/shm"].iter().any(|temp| is(temp));
        return (Scope::Temp, whole);
    }
    if at_home {
        let inside = inside(path, home);
        let cache = [".cache", ".npm/_cacache", "Library/Caches"].iter().any(|cache| is_below(inside, cache));
        let scope = match (cache, inside.starts_with('.') && !is_public(path)) {
            (true, _) => Scope::Build,
            (false, true) => Scope::Dotfile,
            (false, false) => Scope::Home,
        };
        return (scope, is(home));
    }
    // Homes of others, and what is mounted.
    if ["/home", "/Users", ROOT_HOME, "/mnt", "/media", "/Volumes", "/srv", "/workspace", "/data"]
        .iter()
        .any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    {
        let depth = folder.trim_matches('/').split('/').count();
        return (Scope::Home, depth <= if is_below(path, ROOT_HOME) { 1 } else { 2 });
    }
    let depth = folder.trim_matches('/').split('/').filter(|part| !part.is_empty()).count();
    (Scope::System, depth <= 1)
}

/// The folder of the repository, where it is not all there is.
fn root_of<'a>(place: &Place<'a>) -> Option<&'a str> {
    place.root.filter(|root| *root != place.home.trim_end_matches('/') && *root != "/")
}

/// A path as it is seen from a folder that it is in.
fn inside<'a>(path: &'a str, folder: &str) -> &'a str {
    path[folder.trim_end_matches('/').len()..].trim_start_matches('/')
}

/// Whether what is at a path is read when something starts.
fn starts(place: &Place<'_>, path: &str) -> bool {
    // Some file systems take letters of both cases for the same.
    let small = |inside: &str| inside.to_ascii_lowercase();
    if let Some(root) = root_of(place).filter(|root| is_below(path, root)) {
        return starts_in_project(&small(inside(path, root)));
    }
    let home = place.home.trim_end_matches('/');
    let others = ["/home/", "/Users/"]
        .iter()
        .find_map(|homes| path.strip_prefix(homes)?.split_once('/'))
        .map(|(_, inside)| inside);
    let at_home = match (is_below(path, home), is_below(path, ROOT_HOME)) {
        (true, _) => Some(inside(path, home)),
        (false, true) => Some(inside(path, ROOT_HOME)),
        (false, false) => others,
    };
    match at_home {
        Some(inside) => {
            let inside = small(inside);
            starts_at_home(&inside) || starts_in_project(&inside)
        }
        None => starts_in_system(&small(path)),
    }
}

/// Whether something is taken away, or changed by a pattern, that has in it what stands guard.
fn has_guarded(place: &Place<'_>, class: &Class, effect: Effect) -> bool {
    let within = |path: &str, guarded: &str| {
        // As many names as the pattern has: what is below one goes with it.
        let end = guarded.match_indices('/').nth(path.matches('/').count()).map(|(end, _)| end);
        let start = &guarded[..end.unwrap_or(guarded.len())];
        let is_all = end.is_none();
        match path.split_once('{') {
            _ if !is_all && effect != Effect::Delete => false,
            Some((before, _)) => start.starts_with(before),
            None => path.contains(['*', '?', '[']) && matches(path, start) || is_below(guarded, path),
        }
    };
    let paths = || std::iter::once(&class.path).chain(&class.led);
    let changes = matches!(effect, Effect::Write | Effect::Delete);
    changes
        && class.sure
        && class.scope != Scope::Guard
        && place.facts.guarded().iter().any(|guarded| paths().any(|path| within(path, guarded)))
}

/// Whether a path is, or is below, one that stands guard. Some file systems take letters of both cases for the same.
#[must_use]
pub fn is_of_guarded(path: &str, guarded: &str) -> bool {
    let guarded = guarded.trim_end_matches('/');
    let begins = path.get(..guarded.len()).is_some_and(|start| start.eq_ignore_ascii_case(guarded));
    !guarded.is_empty() && begins && path[guarded.len()..].chars().next().is_none_or(|next| next == '/')
}

/// What says what agents may do: rules and state of the gate, policies, the settings that call its hooks, its program.
fn stands_guard(path: &str, home: &str) -> bool {
    let path = path.to_lowercase();
    let home = home.trim_end_matches('/').to_lowercase();
    let within =
        path.strip_prefix(&home).filter(|_| !home.is_empty()).and_then(|rest| rest.strip_prefix('/'));
    let at_home = |folder: &str| within.is_some_and(|within| is_below(within, folder));
    let settings = [".claude/settings.json", ".claude/settings.local.json", ".config/claude/settings.json"];
    let ends = |name: &str| path.strip_suffix(name).is_some_and(|before| before.ends_with('/'));
    at_home(".config/claudectl")
        || at_home(".claudectl") && !at_home(".claudectl/identity")
        || at_home("library/application support/claudectl")
        || settings.iter().any(|name| ends(name))
        || path.contains("/claude-code/managed-settings")
        || ends(".claudectl/policy.toml")
        || ends(".claudectl.toml")
        || ends(".claudectl")
        || ends("bin/claudectl")
}

/// Where programs are installed below a home folder, so that a search path may have them.
const PROGRAMS_AT_HOME: &[&str] = &[
    "bin",
    ".local/bin",
    ".cargo/bin",
    "go/bin",
    ".pyenv/bin",
    ".pyenv/shims",
    ".rbenv/bin",
    ".rbenv/shims",
    ".asdf/bin",
    ".asdf/shims",
    ".local/share/mise",
    ".nvm",
    ".volta/bin",
    ".bun/bin",
    ".deno/bin",
    ".npm-global/bin",
    ".local/share/pnpm",
    ".yarn/bin",
    ".sdkman",
    ".rustup/toolchains",
    ".nix-profile/bin",
    ".dotnet",
    ".juliaup/bin",
    ".ghcup/bin",
];

/// Whether a program lies where programs are installed, so that its name says which it is.
#[must_use]
pub fn is_program(place: &Place<'_>, folder: Option<&str>, arg: &Arg) -> bool {
    let class = class(place, folder, arg);
    let home = place.home.trim_end_matches('/');
    class.sure
        && (class.scope == Scope::System
            || !home.is_empty()
                && PROGRAMS_AT_HOME.iter().any(|known| is_below(&class.path, &format!("{home}/{known}"))))
}

/// Files that are no files.
fn device(path: &str) -> Option<Scope> {
    const NONE: &[&str] =
        &["null", "zero", "full", "random", "urandom", "tty", "stdin", "stdout", "stderr", "ptmx"];
    if is_below(path, "/proc/self/fd") || is_below(path, "/dev/fd") {
        return Some(Scope::Nothing);
    }
    let name = path.strip_prefix("/dev/")?;
    if NONE.contains(&name) || is_below(name, "pts") {
        return Some(Scope::Nothing);
    }
    if is_below(name, "tcp") || is_below(name, "udp") {
        return Some(Scope::Remote);
    }
    (!is_below(name, "shm")).then_some(Scope::Device)
}

/// Folders whose content is made by tools, and can be made again.
const BUILT: &[&str] = &[
    "target",
    "node_modules",
    "dist",
    "build",
    "out",
    "coverage",
    "htmlcov",
    "__pycache__",
    ".venv",
    "venv",
    ".tox",
    ".nox",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".cache",
    ".parcel-cache",
    ".turbo",
    ".next",
    ".nuxt",
    ".svelte-kit",
    ".output",
    ".angular",
    ".gradle",
    ".terraform",
    ".nyc_output",
    "bower_components",
    "tmp",
    ".tmp",
    "temp",
    "_build",
    "cmake-build-debug",
    "cmake-build-release",
    ".eggs",
    "DerivedData",
    ".dart_tool",
    ".stack-work",
    "elm-stuff",
    ".vite",
];

/// Whose a path in the repository is.
fn in_repository(inside: &str) -> Scope {
    if inside.split('/').any(|part| part.eq_ignore_ascii_case(".git")) {
        return Scope::Repository;
    }
    let built = inside.split('/').any(|part| BUILT.contains(&part) || part.ends_with(".egg-info"))
        || [".o", ".obj", ".pyc", ".class", ".tsbuildinfo"].iter().any(|end| inside.ends_with(end));
    if built && !inside.contains("..") { Scope::Build } else { Scope::Untracked }
}

/// Folders of what was installed: it can be made again, but it is run as it is.
const INSTALLED: &[&str] =
    &["node_modules", "bower_components", ".venv", "venv", ".tox", ".nox", ".terraform"];

/// Whether a file is code of others that the project runs: in such a folder, not the folder itself.
fn is_installed(path: &str) -> bool {
    path.rsplit('/').skip(1).any(|part| INSTALLED.contains(&part))
}

/// What in a home folder is read when something starts.
fn starts_at_home(inside: &str) -> bool {
    const FILES: &[&str] = &[
        ".bashrc",
        ".bash_profile",
        ".bash_login",
        ".bash_logout",
        ".bash_aliases",
        ".profile",
        ".zshrc",
        ".zshenv",
        ".zprofile",
        ".zlogin",
        ".zlogout",
        ".kshrc",
        ".cshrc",
        ".tcshrc",
        ".login",
        ".inputrc",
        ".xinitrc",
        ".xprofile",
        ".xsession",
        ".pam_environment",
        ".gitconfig",
        ".vimrc",
        ".emacs",
        ".npmrc",
        ".yarnrc",
        ".condarc",
        ".pythonrc",
        ".claude.json",
        ".mcp.json",
        ".tmux.conf",
        ".curlrc",
        ".wgetrc",
        ".gdbinit",
        ".psqlrc",
        ".irbrc",
        ".direnvrc",
        ".asdfrc",
        ".xsessionrc",
    ];
    const FOLDERS: &[&str] = &[
        ".ssh",
        ".config/fish",
        ".config/systemd",
        ".config/autostart",
        ".config/git",
        ".config/environment.d",
        ".local/bin",
        ".local/share/systemd",
        ".claude",
        ".config/claudectl",
        ".claudectl",
        ".codex",
        ".gemini",
        ".cursor",
        ".vscode",
        ".cargo/config.toml",
        ".cargo/config",
        ".cargo/env",
        ".oh-my-zsh",
        ".config/nvim",
        ".vim",
        ".emacs.d",
        ".git-templates",
        ".config/pip",
        ".pip",
        ".m2/settings.xml",
        ".gradle/init.d",
        ".docker",
        ".kube",
        ".config/zsh",
        ".bashrc.d",
        ".zsh",
        ".config/direnv",
        ".config/tmux",
        ".config/mise",
        ".config/powershell",
        "documents/powershell",
        "bin",
    ];
    let own = inside.strip_prefix(".claude/").or_else(|| inside.strip_prefix(".config/claude/"));
    if own.is_some_and(is_told) {
        return false;
    }
    FILES.contains(&inside)
        || FOLDERS.iter().any(|folder| is_below(inside, folder)) && !is_read(inside)
        || is_below(inside, "library/launchagents")
}

/// What agents' folders have that is text for the model, and runs nothing.
fn is_told(inside: &str) -> bool {
    matches!(inside, "claude.md" | "claude.local.md")
        || ["plans", "rules", "todos", "docs"].iter().any(|folder| inside.starts_with(&format!("{folder}/")))
}

/// What stands in such a folder to be read by people.
fn is_read(inside: &str) -> bool {
    let name = inside.rsplit('/').next().unwrap_or_default();
    matches!(name, "readme.md" | "readme" | "license" | ".gitignore")
}

/// What of the system is read when it, or a shell, starts.
fn starts_in_system(path: &str) -> bool {
    const PLACES: &[&str] = &[
        "/etc/crontab",
        "/etc/anacrontab",
        "/var/spool/cron",
        "/var/spool/at",
        "/etc/systemd",
        "/lib/systemd",
        "/usr/lib/systemd",
        "/usr/local/lib/systemd",
        "/run/systemd/system",
        "/etc/init",
        "/etc/init.d",
        "/etc/rc.local",
        "/etc/profile",
        "/etc/profile.d",
        "/etc/bash.bashrc",
        "/etc/bashrc",
        "/etc/zsh",
        "/etc/zshrc",
        "/etc/zshenv",
        "/etc/zprofile",
        "/etc/fish",
        "/etc/environment",
        "/etc/environment.d",
        "/etc/ld.so.preload",
        "/etc/ld.so.conf.d",
        "/etc/xdg/autostart",
        "/etc/pam.d",
        "/etc/udev/rules.d",
        "/etc/gitconfig",
        "/etc/claude-code",
        "/library/launchagents",
        "/library/launchdaemons",
        "/library/startupitems",
        "/library/application support/claudecode",
    ];
    PLACES.iter().any(|place| is_below(path, place)) || path.starts_with("/etc/cron.")
}

/// What in a project, at any depth, is run by others or by itself: hooks, agents' settings, builds elsewhere, editors'
/// tasks.
fn starts_in_project(inside: &str) -> bool {
    let of_git = inside.starts_with(".git/") || inside.contains("/.git/");
    if of_git
        && (inside.contains("/hooks") || inside.ends_with("config") || inside.ends_with("config.worktree"))
    {
        return true;
    }
    let begins = inside.match_indices('/').map(|(at, _)| at + 1);
    std::iter::once(0).chain(begins).any(|from| starts_here(&inside[from..]))
}

/// The same, of a path from the folder on that has it.
fn starts_here(inside: &str) -> bool {
    /// A `*` stands for any part of a name.
    const FILES: &[&str] = &[
        ".gitlab-ci.y*ml",
        "*.gitlab-ci.y*ml",
        ".travis.yml",
        "azure-pipelines*.y*ml",
        "jenkinsfile*",
        "*.jenkinsfile",
        "bitbucket-pipelines.yml",
        "appveyor.yml",
        ".appveyor.yml",
        ".cirrus.y*ml",
        ".cirrus.star",
        ".drone.y*ml",
        ".drone.star",
        ".drone.jsonnet",
        ".woodpecker.y*ml",
        "cloudbuild*.y*ml",
        "buildspec*.y*ml",
        "codefresh.y*ml",
        "wercker.yml",
        ".build.yml",
        ".envrc",
        ".mcp.json",
        ".pre-commit-config.y*ml",
        "lefthook*.y*ml",
        ".lefthook*.y*ml",
        ".huskyrc*",
        ".lintstagedrc*",
        "lint-staged.config.*",
        ".simple-git-hooks.*",
        ".overcommit.yml",
        ".gitmodules",
        ".gitattributes",
        ".devcontainer.json",
        ".npmrc",
        ".yarnrc",
        ".yarnrc.yml",
        ".pnpmfile.cjs",
        ".claudectl.toml",
        "*.code-workspace",
    ];
    const FOLDERS: &[&str] = &[
        ".github/workflows",
        ".github/actions",
        ".circleci",
        ".gitlab/ci",
        ".gitlab-ci",
        ".azure-pipelines",
        ".azuredevops",
        ".husky",
        ".githooks",
        ".git-hooks",
        ".lefthook",
        ".claudectl",
        ".vscode/tasks.json",
        ".vscode/launch.json",
        ".vscode/settings.json",
        ".vscode/mcp.json",
        ".idea/runconfigurations",
        ".idea/workspace.xml",
        ".idea/watchertasks.xml",
        ".idea/tools",
        ".idea/externaldependencies.xml",
        ".run",
        ".zed/tasks.json",
        ".zed/settings.json",
        ".fleet/run.json",
        ".devcontainer",
        ".cursor/mcp.json",
        ".cursor/hooks.json",
        ".cursor/environment.json",
        ".codex",
        ".gemini",
        ".buildkite",
        ".woodpecker",
        ".semaphore",
        ".teamcity",
        ".tekton",
        ".builds",
        ".cargo",
        ".gitea",
        ".forgejo",
        ".yarn/plugins",
        ".yarn/releases",
        ".mvn",
    ];
    let whole = !inside.contains('/') && FILES.iter().any(|file| matches(file, inside));
    if let Some(own) = inside.strip_prefix(".claude/") {
        return !is_told(own);
    }
    whole || inside == ".claude" || FOLDERS.iter().any(|folder| is_below(inside, folder)) && !is_read(inside)
}

/// Files and folders of secrets, below the home folder.
const SECRETS_AT_HOME: &[&str] = &[
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".mylogin.cnf",
    ".git-credentials",
    ".password-store",
    ".vault-token",
    ".config/gcloud",
    ".config/gh",
    ".config/hub",
    ".config/op",
    ".config/doctl",
    ".config/sops",
    ".config/rclone",
    ".docker/config.json",
    ".npmrc",
    ".pypirc",
    ".gem/credentials",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".terraform.d/credentials.tfrc.json",
    ".terraformrc",
    ".boto",
    ".s3cfg",
    ".fly",
    ".heroku",
    ".netlify",
    ".oci",
    ".ibmcloud",
    ".kaggle",
    ".huggingface/token",
    ".cache/huggingface/token",
    ".claude/.credentials.json",
    ".claudectl/brain.key",
    ".claudectl/gate.snap",
    ".codex/auth.json",
    ".gemini/oauth_creds.json",
    ".local/share/keyrings",
    "Library/Keychains",
    ".mozilla",
    ".electrum",
    ".config/google-chrome",
    ".config/chromium",
    ".config/BraveSoftware",
    "Library/Application Support/Google/Chrome",
    "Library/Application Support/Firefox",
    "Library/Cookies",
    ".bitcoin",
    ".ethereum",
    ".config/solana",
    ".config/1Password",
    ".putty",
    ".subversion/auth",
    ".config/age",
    ".age",
    ".claudectl/identity",
    ".authinfo",
    ".authinfo.gpg",
    ".rclone.conf",
    ".bash_history",
    ".zsh_history",
    ".psql_history",
    ".mysql_history",
    ".python_history",
    ".node_repl_history",
];

/// Whether a path is that of a secret, by where it is or by its name.
fn is_secret(path: &str, home: &str) -> bool {
    const SYSTEM: &[&str] = &[
        "/etc/shadow",
        "/etc/shadow-",
        "/etc/gshadow",
        "/etc/gshadow-",
        "/etc/sudoers",
        "/etc/sudoers.d",
        "/etc/ssl/private",
        "/etc/pki/tls/private",
        "/etc/krb5.keytab",
        "/etc/wireguard",
        "/etc/openvpn",
        "/etc/NetworkManager/system-connections",
        "/var/lib/docker",
        "/run/secrets",
        "/var/run/secrets",
        "/etc/kubernetes",
        "/etc/letsencrypt",
        "/etc/master.passwd",
        "/private/var/db/dslocal",
        "/proc/kcore",
    ];
    if SYSTEM.iter().any(|secret| is_below(path, secret)) {
        return !is_public(path);
    }
    if path.starts_with("/etc/ssh/") && path.contains("key") {
        return !is_public(path);
    }
    if path.starts_with("/proc/") && (path.ends_with("/environ") || path.ends_with("/mem")) {
        return true;
    }
    let homes = [home, ROOT_HOME];
    let inside =
        homes.iter().find(|home| is_below(path, home)).map(|home| &path[home.trim_end_matches('/').len()..]);
    // Of others', or of a pattern of them: `/home/*/.ssh`.
    let inside = inside.or_else(|| {
        let rest = path.strip_prefix("/home/").or_else(|| path.strip_prefix("/Users/"))?;
        rest.find('/').map(|at| &rest[at..])
    });
    if let Some(inside) = inside.map(|inside| inside.trim_start_matches('/')) {
        let folder = inside.split(['*', '?', '[']).next().unwrap_or_default();
        let met = SECRETS_AT_HOME
            .iter()
            .any(|secret| is_below(inside, secret) || is_below(folder.trim_end_matches('/'), secret));
        if met && !is_public(path) {
            return true;
        }
    }
    is_secret_name(path)
}

/// What stands among secrets and is none.
fn is_public(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.ends_with(".pub")
        || matches!(name, "known_hosts" | "authorized_keys")
        || path.ends_with(".ssh/config")
}

/// Names that files of secrets have.
const SECRET_NAMES: &[&str] = &[
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_ecdsa_sk",
    "id_ed25519_sk",
    "credentials",
    "credentials.json",
    "credentials.yml",
    "credentials.yaml",
    "secrets.json",
    "secrets.yml",
    "secrets.yaml",
    "secrets.toml",
    "secret.json",
    "secret.yml",
    "secret.yaml",
    ".netrc",
    ".pgpass",
    ".git-credentials",
    ".htpasswd",
    ".npmrc",
    ".pypirc",
    "wallet.dat",
    "master.key",
    "token.json",
    "client_secret.json",
    "kubeconfig",
    ".vault-token",
    ".env",
    ".envrc",
    "terraform.tfvars",
    ".dockercfg",
    "auth.json",
    "service-account.json",
    "serviceaccount.json",
    ".secrets",
    ".secret",
    "shadow",
    ".dev.vars",
    ".renviron",
    "wp-config.php",
    "local.settings.json",
    "tokens.json",
    "pg_service.conf",
    ".pg_service.conf",
    ".my.cnf",
    ".mylogin.cnf",
    "_netrc",
    ".authinfo",
    ".vault_pass",
];

/// Names that files of secrets have.
pub(crate) fn secret_names() -> impl Iterator<Item = &'static str> {
    SECRET_NAMES.iter().copied()
}

/// The same, and the last names of those that are secrets by where they are.
pub(crate) fn secret_names_anywhere() -> impl Iterator<Item = &'static str> {
    secret_names().chain(SECRETS_AT_HOME.iter().map(|path| path.rsplit('/').next().unwrap_or(path)))
}

/// Whether the last name of a path is one that secrets have. Of a pattern, whether it may meet one.
pub(crate) fn is_secret_name(path: &str) -> bool {
    const ENDS: &[&str] = &[
        ".pem",
        ".key",
        ".p12",
        ".pfx",
        ".jks",
        ".keystore",
        ".kdbx",
        ".ppk",
        ".asc.key",
        ".keytab",
        ".ovpn",
        ".agekey",
        ".tfstate",
        ".tfstate.backup",
        ".tfvars",
        ".tfvars.json",
        ".token",
        ".p8",
        ".gpg",
    ];
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let small = name.to_ascii_lowercase();
    if ["example", "sample", "template", "dist", "default", "defaults", "test"]
        .iter()
        .any(|end| small.strip_suffix(end).is_some_and(|before| before.ends_with('.')))
    {
        return false;
    }
    if name.contains(['*', '?', '[']) {
        let beginning = name.split(['*', '?', '[']).next().unwrap_or_default();
        // A pattern that meets anything is not about secrets.
        let about = !beginning.is_empty() || name.contains('.');
        return about
            && (SECRET_NAMES
                .iter()
                .any(|secret| matches(name, secret) && (secret.starts_with('.') == name.starts_with('.')))
                || ENDS.iter().any(|end| small.ends_with(end)));
    }
    let plain = SECRET_NAMES.contains(&small.as_str()) || ENDS.iter().any(|end| small.ends_with(end));
    let env = small.starts_with(".env.") || small.ends_with(".env");
    let key = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"].iter().any(|key| small.starts_with(key))
        && !small.ends_with(".pub");
    let account = small.ends_with(".json")
        && (small.contains("service-account")
            || small.contains("service_account")
            || small.contains("credential"));
    // Where a program of containers keeps how it signs in.
    let settings = small == "config.json" && path.trim_end_matches('/').ends_with(".docker/config.json");
    let vault = small.starts_with(".vault_pass")
        || small.starts_with("vault_pass")
        || small.starts_with(".dev.vars.");
    let armoured = small.ends_with(".asc") && (small.contains("secret") || small.contains("private"));
    plain || env || key || account || settings || vault || armoured
}

/// What in `.git` is left over from work: locks and messages, or, `true`, the state of what is under way.
fn of_work(path: &str) -> Option<bool> {
    const MESSAGES: &[&str] = &[
        "MERGE_MSG",
        "MERGE_MODE",
        "COMMIT_EDITMSG",
        "SQUASH_MSG",
        "TAG_EDITMSG",
        "gc.pid",
        "gc.log",
        "FETCH_HEAD",
    ];
    const STATES: &[&str] = &[
        "rebase-merge",
        "rebase-apply",
        "sequencer",
        "MERGE_HEAD",
        "CHERRY_PICK_HEAD",
        "REVERT_HEAD",
        "BISECT_LOG",
        "AUTO_MERGE",
        "ORIG_HEAD",
        "REBASE_HEAD",
    ];
    let inside = &path[path.rfind("/.git/")? + "/.git/".len()..];
    if inside.contains(['*', '?', '[', '{', HOLE]) {
        return None;
    }
    let sample = inside.starts_with("hooks/") && inside.ends_with(".sample");
    if MESSAGES.contains(&inside) || sample || (inside.ends_with(".lock") && inside != ".lock") {
        return Some(false);
    }
    STATES.iter().any(|state| is_below(inside, state)).then_some(true)
}

/// Whether a path is only a part of the home folder, or of what the system keeps for a while: gone, it is missed, but not
/// all of what a person has.
fn is_part(place: &Place<'_>, path: &str) -> bool {
    /// Folders that have much of what a person works on.
    const MUCH: &[&str] = &[
        "documents",
        "desktop",
        "downloads",
        "pictures",
        "music",
        "movies",
        "videos",
        "public",
        "library",
        "applications",
        "dropbox",
        "onedrive",
        "projects",
        "src",
        "code",
        "work",
        "workspace",
        "dev",
        "repos",
        "git",
        "bin",
        "mail",
        "backup",
        "backups",
    ];
    const KEPT: &[&str] = &["/var/lib/apt/lists", "/var/cache", "/var/tmp", "/var/crash"];
    if KEPT.iter().any(|kept| is_below(path, kept)) {
        return path != "/var/cache" && path != "/var/cache/*";
    }
    let home = place.home.trim_end_matches('/');
    if home.is_empty() || !is_below(path, home) {
        return false;
    }
    let inside = inside(path, home);
    // A pattern may meet any of them.
    let open = |name: &str| name.contains(['*', '?', '[', '{']);
    match inside.split_once('/') {
        None => {
            !inside.is_empty()
                && !inside.starts_with('.')
                && !open(inside)
                && !MUCH.contains(&inside.to_ascii_lowercase().as_str())
        }
        Some((first, rest)) => {
            !open(first)
                && !matches!(
                    (first, rest.trim_end_matches("/*")),
                    (".local", "share")
                        | ("Library", "Application Support" | "Preferences" | "Containers" | "Mail")
                )
                && !matches!(rest, "*" | "**" | "{*,.*}" | ".*")
        }
    }
}

/// What it means to do something to what a path is.
#[must_use]
pub fn deeds(place: &Place<'_>, class: &Class, effect: Effect, grave: bool) -> Vec<Deed> {
    if class.scope == Scope::Nothing {
        return Vec::new();
    }
    let effect = match (effect, class.scope) {
        (Effect::Read, Scope::Credential) => Effect::SecretRead,
        (Effect::Read, Scope::Remote) => Effect::NetworkIn,
        (Effect::Write, Scope::Remote) => Effect::NetworkOut,
        (effect, _) => effect,
    };
    // What version control keeps while it works can go: locks for good, a rebase with what was done of it.
    let (effect, grave) = match (effect, class.scope) {
        (Effect::Delete, Scope::Repository) => match of_work(&class.path).filter(|_| class.sure) {
            Some(work) => (Effect::VcsHistory, work),
            None => (effect, grave),
        },
        (Effect::Delete, Scope::Home | Scope::Dotfile | Scope::System)
            if grave && class.sure && is_part(place, &class.path) =>
        {
            (effect, false)
        }
        _ => (effect, grave),
    };
    // All of something that is more than what was made a moment ago.
    let far = class.whole && !matches!(class.scope, Scope::Build) && effect == Effect::Delete;
    let device = class.scope == Scope::Device && matches!(effect, Effect::Write | Effect::Delete);
    // Whether version control has it costs a look, and makes no difference to whoever only reads.
    let changes = matches!(effect, Effect::Write | Effect::Delete);
    let tracked = changes
        && matches!(class.scope, Scope::Untracked | Scope::Build)
        && place.facts.tracked(&class.path) == Some(true);
    // What is run as it is, is more than output.
    let runs = effect == Effect::Write
        && class.scope == Scope::Build
        && (is_installed(&class.path) || place.facts.executable(&class.path) == Some(true));
    let scope = match (tracked, runs) {
        (true, _) => Scope::Tracked,
        (false, true) => Scope::Untracked,
        (false, false) => class.scope,
    };
    let act = Act { effect, scope, grave: grave || far || device };
    let deed = |act| Deed { act, subject: class.path.clone(), sure: class.sure };
    let mut deeds = vec![deed(act)];
    if let Some(led) = &class.led {
        deeds.push(Deed { act, subject: led.clone(), sure: class.sure });
    }
    if effect == Effect::Write && is_read_at_start(place, class) {
        deeds.push(deed(Act::new(Effect::Persistence, class.scope)));
    }
    if has_guarded(place, class, effect) {
        deeds.push(deed(Act::new(effect, Scope::Guard)));
    }
    deeds
}
