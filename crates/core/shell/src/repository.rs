//! The settings of the repository that git works in: those that run programs, and its hooks.

use std::rc::Rc;

use crate::call::Call;
use crate::effect::{Act, Effect, Scope};
use crate::paths::{absolute, is_below};
use crate::value::{Arg, Data, HOLE};
use crate::walk::{Redirected, Walker};

/// Folders above that are looked in.
const MOST_FOLDERS: usize = 12;
/// Files that are taken in by a setting, and by theirs.
const MOST_INCLUDED: usize = 8;
/// Settings that are told for one command; each of them makes it ask.
const MOST_TOLD: usize = 4;

/// Aliases, and scripts of the project, that are gone through for one command line.
const MOST_ALIASES: usize = 16;

/// A repository, as far as it may run something.
#[derive(Debug, Default)]
pub(crate) struct Repository {
    /// The folder that has it: the top of the working tree, or a bare repository itself.
    top: String,
    /// Its own folder, `.git` most often.
    git: String,
    /// Where hooks are, unless a setting says otherwise.
    hooks: String,
    settings: Vec<Setting>,
    /// Files of settings that are there and cannot be read.
    dark: Vec<String>,
}

/// `section.part.key = value`, of which only the part may have large letters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Setting {
    section: String,
    part: String,
    key: String,
    value: String,
}

impl Setting {
    fn name(&self) -> String {
        match self.part.as_str() {
            "" => format!("{}.{}", self.section, self.key),
            part => format!("{}.{part}.{}", self.section, self.key),
        }
    }
}

/// So many submodules are looked into.
const MOST_SUBMODULES: usize = 16;

impl Walker<'_> {
    /// What the settings and the hooks of a repository run for a verb.
    pub(crate) fn git_repository(&mut self, at: usize, call: &Call) {
        if let Some(folder) = self.git_folder(call).filter(|_| call.value("-C").is_some()) {
            self.ran(at).folder = Some(folder);
        }
        let Some(repository) = self.repository(call) else { return };
        for file in &repository.dark {
            self.doubt(at, format!("the settings in {file} cannot be read, and they may run programs"));
        }
        let Some(verb) = call.chain.get(1) else {
            return self.git_alias(at, call, &repository);
        };
        let first = verb.names.split('|').next().unwrap_or_default();
        let verb = call.named.first().cloned().unwrap_or_else(|| first.to_owned());
        let words: Vec<String> = self.ran(at).words.iter().map(|word| word.text.clone()).collect();
        let whole = Whole::of(&repository.settings);
        let found = repository.settings.iter().filter(|setting| runs(setting, &verb, &words, whole));
        for setting in found.take(MOST_TOLD) {
            let name = setting.name();
            self.note(at, Act::new(Effect::ExecUnknown, Scope::Unknown), &name);
            self.doubt(at, format!("the setting {name} of the repository runs a program"));
        }
        let second = call.named.get(1).map_or("", String::as_str);
        if !only_looks(&verb, second) {
            self.git_hooks(at, &verb, &repository);
        }
        self.git_submodules(at, &verb, &repository);
    }

    /// What goes through submodules runs what their own settings name.
    fn git_submodules(&mut self, at: usize, verb: &str, repository: &Repository) {
        const INTO: &[&str] = &[
            "status",
            "diff",
            "add",
            "commit",
            "submodule",
            "stash",
            "checkout",
            "switch",
            "restore",
            "describe",
        ];
        if !INTO.contains(&verb) {
            return;
        }
        // Git goes on into those of each of them.
        let mut paths = self.repositories_in(repository);
        let mut next = 0;
        while let Some(path) = paths.get(next).cloned() {
            next += 1;
            if next > MOST_SUBMODULES {
                return self.doubt(at, "it goes into more repositories than are looked at".to_owned());
            }
            let Some(inner) = self.above(&path).filter(|inner| inner.top == path) else { continue };
            let whole = Whole::of(&inner.settings);
            if inner.settings.iter().any(|setting| runs(setting, "status", &[], whole)) {
                self.note(at, Act::new(Effect::ExecUnknown, Scope::Unknown), &path);
                self.doubt(at, format!("the settings of the submodule {path} run a program"));
            }
            for path in self.repositories_in(&inner) {
                if !paths.contains(&path) {
                    paths.push(path);
                }
            }
        }
    }

    /// Other repositories that git goes into: those that are in its list, and those that are named.
    fn repositories_in(&self, repository: &Repository) -> Vec<String> {
        let Repository { top, git, .. } = repository;
        let modules = self.place.facts.text(&format!("{top}/.gitmodules")).unwrap_or_default();
        let is_path = |setting: &Setting| setting.section == "submodule" && setting.key == "path";
        let named = settings(&modules).into_iter().filter(is_path).map(|setting| setting.value);
        let listed = self.place.facts.repositories(&format!("{git}/index")).unwrap_or_default();
        let mut all: Vec<String> = named.chain(listed).map(|path| absolute(top, &path)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Hooks of the project's own repository are its code; nobody knows others.
    fn git_hooks(&mut self, at: usize, verb: &str, repository: &Repository) {
        let set =
            repository.settings.iter().rev().find(|own| own.section == "core" && own.key == "hookspath");
        let folder = match set {
            Some(setting) => self.path_of(&setting.value, &repository.top),
            None => repository.hooks.clone(),
        };
        let root = self.place.root.map(|root| self.led(root));
        let own = root.as_deref() == Some(repository.top.as_str());
        let inside = set.is_none() || root.is_some_and(|root| is_below(&folder, &root));
        for hook in hooks(verb) {
            let path = format!("{folder}/{hook}");
            match self.place.facts.executable(&path) {
                Some(false) => continue,
                None if set.is_none() => continue,
                Some(true) | None => {}
            }
            if own && inside {
                self.note(at, Act::new(Effect::ExecProject, Scope::Untracked), &format!("the hook {hook}"));
            } else {
                self.note(at, Act::new(Effect::ExecUnknown, Scope::Unknown), &path);
                self.doubt(at, format!("what the hook {path} does is not known"));
            }
        }
    }

    /// A verb that the repository, or the person, has given a meaning.
    fn git_alias(&mut self, at: usize, call: &Call, repository: &Repository) {
        const TAKE: &[&str] = &["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env"];
        let words = self.ran(at).words.clone();
        let mut next = 1;
        while let Some(word) = words.get(next).filter(|word| word.text.starts_with('-')) {
            next += if TAKE.contains(&word.text.as_str()) { 2 } else { 1 };
        }
        let Some(verb) = words.get(next) else { return };
        let mut operands = words.iter().skip(next + 1).cloned();
        let named = verb.literal().unwrap_or_default().to_ascii_lowercase();
        let is = |setting: &&Setting| setting.section == "alias" && setting.key == named;
        let alias = repository.settings.iter().rev().find(is).cloned();
        let ours = alias.is_none();
        let alias = alias.or_else(|| self.own_settings()?.iter().rev().find(is).cloned());
        // It asks in any case: what it is does not have to be gone through without an end.
        let Some(alias) = alias.filter(|_| self.scripted < MOST_ALIASES) else { return };
        self.scripted += 1;
        let before = crate::call::read(call.chain[0], &words[1..next]).unproven;
        let known = |why: &String| call.unproven.contains(why) && !before.contains(why);
        self.ran(at).unproven.retain(|why| !known(why));
        if !ours {
            self.doubt(at, format!("the repository says what {named} is: {}", alias.value));
        }
        self.ran(at).wraps = true;
        let top = repository.top.clone();
        match alias.value.strip_prefix('!') {
            Some(command) => {
                self.apart(|walker| {
                    walker.state.folder = Some(top);
                    walker.text_apart(command, Some(operands.collect()), &Data::absent())
                });
            }
            None => {
                // All but the verb stays as it was.
                let mut inner = words[..next].to_vec();
                inner.extend(
                    crate::special::quoted_words(&alias.value, false)
                        .into_iter()
                        .filter(|word| !word.is_empty())
                        .map(Arg::known),
                );
                inner.extend(&mut operands);
                self.apart(|walker| walker.perform(&inner, &Redirected::input(Data::absent())));
            }
        }
    }

    /// What the person has set for all repositories; `None` where more may be set than can be read.
    fn own_settings(&self) -> Option<Vec<Setting>> {
        let home = self.place.home.trim_end_matches('/');
        let files = [format!("{home}/.config/git/config"), format!("{home}/.gitconfig")];
        let mut all = Vec::new();
        for file in files {
            match self.place.facts.text(&file) {
                Some(text) => all.extend(settings(&text)),
                None if self.place.facts.exists(&file) == Some(true) => return None,
                None => {}
            }
        }
        let includes = |setting: &Setting| matches!(setting.section.as_str(), "include" | "includeif");
        (!all.iter().any(includes)).then_some(all)
    }

    /// The folder that a call goes to first: each `-C` counts from the one before.
    fn git_folder(&self, call: &Call) -> Option<String> {
        let into = call.options.iter().filter(|(option, _)| option.names == "-C");
        let into = into.filter_map(|(_, value)| value.as_ref()).filter(|value| !value.text.contains(HOLE));
        let from = self.state.folder.clone()?;
        Some(into.fold(from, |folder, next| absolute(&folder, &next.text)))
    }

    /// The repository that a call works in; read once, wherever it is named from.
    fn repository(&mut self, call: &Call) -> Option<Rc<Repository>> {
        let folder = self.git_folder(call)?;
        let given = call.value("--git-dir").filter(|given| !given.text.contains(HOLE));
        let given = given.map(|given| absolute(&folder, &given.text));
        // Git looks above the folder that it is in, whatever links led there.
        let key = (self.led(&folder), given.map(|given| self.led(&given)));
        if let Some(known) = self.repositories.get(&key) {
            return known.clone();
        }
        let found = match &key {
            (folder, Some(given)) => Some(self.opened(folder, given)),
            (folder, None) => self.above(folder),
        };
        let found = found.map(Rc::new);
        self.repositories.insert(key, found.clone());
        found
    }

    /// Where a folder is in truth, as far as anybody knows.
    fn led(&self, folder: &str) -> String {
        self.place.facts.resolved(folder).unwrap_or_else(|| folder.to_owned())
    }

    /// Whether a file is there, as far as anybody knows.
    pub(crate) fn is_there(&self, path: &str) -> bool {
        match self.place.facts.exists(path) {
            Some(there) => there,
            None => self.place.facts.text(path).is_some(),
        }
    }

    /// The first repository in a folder or in one above: its `.git`, or itself where it is a bare one.
    fn above(&self, folder: &str) -> Option<Repository> {
        let mut folder = folder;
        for _ in 0..MOST_FOLDERS {
            let git = format!("{folder}/.git");
            if self.is_there(&format!("{git}/HEAD")) || self.is_there(&format!("{git}/config")) {
                return Some(self.opened(folder, &git));
            }
            if let Some(text) = self.place.facts.text(&git)
                && let Some(path) = text.strip_prefix("gitdir:")
            {
                return Some(self.opened(folder, &absolute(folder, path.trim())));
            }
            let bare = ["HEAD", "config"].iter().all(|name| self.is_there(&format!("{folder}/{name}")));
            if bare && self.place.facts.exists(&format!("{folder}/objects")) != Some(false) {
                return Some(self.opened(folder, folder));
            }
            folder = &folder[..folder.rfind('/')?];
        }
        None
    }

    /// A repository whose own folder is known; a linked one has most in another.
    fn opened(&self, top: &str, git: &str) -> Repository {
        let common = self.place.facts.text(&format!("{git}/commondir"));
        let common = common.map_or_else(|| git.to_owned(), |common| absolute(git, common.trim()));
        let mut found = Repository {
            top: top.to_owned(),
            git: git.to_owned(),
            hooks: format!("{common}/hooks"),
            ..Repository::default()
        };
        let mut files = vec![format!("{common}/config"), format!("{git}/config.worktree")];
        let mut read = 0;
        while let Some(file) = (read < files.len()).then(|| files[read].clone()) {
            read += 1;
            let Some(text) = self.place.facts.text(&file) else {
                // One that another names and that nobody can look for may be there.
                let there = self.place.facts.exists(&file);
                if there == Some(true) || (there.is_none() && read > 2) {
                    found.dark.push(file);
                }
                continue;
            };
            let settings = settings(&text);
            for setting in &settings {
                if matches!(setting.section.as_str(), "include" | "includeif") && setting.key == "path" {
                    let folder = file.rsplit_once('/').map_or("/", |(folder, _)| folder);
                    let path = self.path_of(&setting.value, folder);
                    if files.len() >= MOST_INCLUDED {
                        found.dark.push(path);
                    } else if !files.contains(&path) {
                        files.push(path);
                    }
                }
            }
            found.settings.extend(settings);
        }
        found
    }

    fn path_of(&self, path: &str, folder: &str) -> String {
        match path.strip_prefix("~/") {
            Some(rest) => absolute(self.place.home, rest),
            None => absolute(folder, path),
        }
    }
}

/// What a file of settings says, in its order.
fn settings(text: &str) -> Vec<Setting> {
    // Git passes over a mark of the order of bytes.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let joined = text.replace("\r\n", "\n").replace("\\\n", "");
    let (mut section, mut part) = (String::new(), String::new());
    let mut all = Vec::new();
    for line in joined.lines() {
        let mut line = line.trim();
        if let Some(rest) = line.strip_prefix('[') {
            let (head, after) = header(rest);
            let (name, quoted) = head.split_once('"').map_or((head, None), |(name, rest)| (name, Some(rest)));
            let name = name.trim().to_ascii_lowercase();
            (section, part) = match (quoted, name.split_once('.')) {
                (Some(quoted), _) => (name, unescaped(quoted.trim_end().trim_end_matches('"'))),
                (None, Some((name, part))) => (name.to_owned(), part.to_owned()),
                (None, None) => (name, String::new()),
            };
            line = after.trim();
        }
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, "true"));
        let key = key.trim().to_ascii_lowercase();
        all.push(Setting { section: section.clone(), part: part.clone(), key, value: plain(value) });
    }
    all
}

/// The head of a section, up to its bracket, and what stands behind on the line.
fn header(text: &str) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}

fn unescaped(text: &str) -> String {
    text.replace("\\\"", "\"").replace("\\\\", "\\")
}

/// A value without its quotes, and without the comment behind.
fn plain(value: &str) -> String {
    let mut text = String::new();
    let mut quoted = false;
    let mut letters = value.trim().chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            '"' => quoted = !quoted,
            '#' | ';' if !quoted => break,
            other => text.push(other),
        }
    }
    text.trim().to_owned()
}

/// Verbs that do not look at the files of the working tree.
const ASIDE: &[&str] = &[
    "config",
    "version",
    "help",
    "rev-parse",
    "remote",
    "log",
    "shortlog",
    "cat-file",
    "rev-list",
    "show-ref",
    "for-each-ref",
    "ls-tree",
    "branch",
    "tag",
    "ls-remote",
    "merge-base",
    "name-rev",
    "reflog",
    "fetch",
    "push",
    "count-objects",
    "show-branch",
    "cherry",
    "symbolic-ref",
    "check-ref-format",
    "var",
];
const NETWORK: &[&str] =
    &["fetch", "pull", "push", "ls-remote", "remote", "submodule", "archive", "lfs", "fetch-pack", "clone"];
const MERGES: &[&str] = &[
    "merge",
    "rebase",
    "cherry-pick",
    "revert",
    "pull",
    "am",
    "stash",
    "checkout",
    "switch",
    "apply",
    "merge-tree",
];
const EDITS: &[&str] = &["commit", "rebase", "merge", "tag", "notes", "cherry-pick", "revert", "pull"];
const SHOWS: &[&str] = &[
    "diff",
    "show",
    "whatchanged",
    "diff-tree",
    "diff-index",
    "diff-files",
    "blame",
    "annotate",
    "grep",
    "cat-file",
    "stash",
    "add",
    "commit",
    "range-diff",
];
const SIGNS: &[&str] = &[
    "commit",
    "tag",
    "merge",
    "rebase",
    "am",
    "cherry-pick",
    "revert",
    "pull",
    "push",
    "verify-commit",
    "verify-tag",
];

/// What settings say of the whole repository.
#[derive(Debug, Clone, Copy)]
struct Whole {
    /// Signatures are looked at wherever commits are shown.
    signed: bool,
    /// What is not there is fetched by whatever needs it.
    partial: bool,
}

impl Whole {
    fn of(settings: &[Setting]) -> Self {
        let is_partial = |setting: &Setting| match (setting.section.as_str(), setting.key.as_str()) {
            ("extensions", "partialclone") | ("remote", "partialclonefilter") => true,
            ("remote", "promisor") => !matches!(setting.value.as_str(), "false" | "no" | "off" | "0"),
            _ => false,
        };
        Self { signed: settings.iter().any(shows_signatures), partial: settings.iter().any(is_partial) }
    }
}

/// Whether a setting runs a program for a verb.
fn runs(setting: &Setting, verb: &str, words: &[String], whole: Whole) -> bool {
    let Whole { signed, partial } = whole;
    let value = setting.value.as_str();
    let has = |part: &str| words.iter().any(|word| word.contains(part));
    let network = partial || NETWORK.contains(&verb);
    let shows = SHOWS.contains(&verb) || (verb == "log" && words.iter().any(|word| shows_changes(word)));
    match (setting.section.as_str(), setting.key.as_str()) {
        _ if value.is_empty() => false,
        ("core", "fsmonitor") => !is_boolean(value) && !ASIDE.contains(&verb),
        ("core", "sshcommand") => network && !is_plain_ssh(value),
        ("core", "gitproxy" | "askpass" | "alternaterefscommand") => network,
        ("remote", "uploadpack" | "receivepack" | "vcs") => network,
        ("remote", "url" | "pushurl") => network && value.starts_with("ext::"),
        ("url", "insteadof" | "pushinsteadof") => network && setting.part.starts_with("ext::"),
        ("protocol", "allow") => network && setting.part == "ext" && value != "never",
        ("credential", "helper") => network && (value.starts_with('!') || value.contains('/')),
        ("core", "editor") | ("sequence", "editor") => EDITS.contains(&verb) && !is_editor(value),
        ("diff", "external" | "command") => matches!(verb, "diff" | "difftool" | "stash" | "add"),
        ("diff", "textconv") => shows,
        ("interactive", "difffilter") => {
            matches!(verb, "add" | "checkout" | "restore" | "reset" | "stash" | "commit")
        }
        ("filter", "clean" | "smudge" | "process") => {
            (!ASIDE.contains(&verb) || (verb == "cat-file" && has("--filters"))) && !is_lfs(value)
        }
        ("gpg", "program" | "defaultkeycommand") => {
            (SIGNS.contains(&verb)
                || has("signature")
                || has("%G")
                || (signed
                    && matches!(
                        verb,
                        "log" | "show" | "whatchanged" | "reflog" | "shortlog" | "rev-list" | "stash"
                    )))
                && !is_gpg(value)
        }
        ("merge", "driver") => MERGES.contains(&verb),
        ("trailer", "command" | "cmd") => matches!(verb, "commit" | "interpret-trailers"),
        ("submodule", "update") => verb == "submodule" && value.starts_with('!'),
        ("tar", "command") => verb == "archive",
        _ => false,
    }
}

/// Whether signatures are looked at wherever commits are shown.
fn shows_signatures(setting: &Setting) -> bool {
    match (setting.section.as_str(), setting.key.as_str()) {
        ("log", "showsignature") => !matches!(setting.value.as_str(), "false" | "no" | "off" | "0"),
        ("format" | "pretty", _) => setting.value.contains("%G"),
        _ => false,
    }
}

fn shows_changes(word: &str) -> bool {
    const OPTIONS: &[&str] =
        &["-p", "-u", "-U", "-W", "-c", "-m", "-L", "-G", "-S", "--pa", "--cc", "--full-d", "--textconv"];
    OPTIONS.iter().any(|own| word.starts_with(own))
}

fn is_boolean(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "0" | "1")
}

/// The shell's own signs, by which a command may become two.
fn is_one_command(value: &str) -> bool {
    !value.contains([';', '|', '&', '`', '$', '<', '>', '\n', '('])
}

fn is_plain_ssh(value: &str) -> bool {
    let small = value.to_ascii_lowercase();
    value.split_whitespace().next() == Some("ssh")
        && is_one_command(value)
        && !small.contains("command")
        && !value.split_whitespace().any(|word| word.starts_with("-F") || word.starts_with("-E"))
        && !["pkcs11", "securitykey", "include"].iter().any(|part| small.contains(part))
}

fn is_editor(value: &str) -> bool {
    let program = value.split_whitespace().next().unwrap_or_default();
    is_one_command(value)
        && matches!(program, "vim" | "vi" | "nvim" | "nano" | "emacs" | "code" | "true" | ":" | "cat")
        && !value.contains(['+', '!'])
        && value.split_whitespace().skip(1).all(|word| matches!(word, "--wait" | "-w" | "-nw"))
}

fn is_lfs(value: &str) -> bool {
    let words: Vec<&str> = value.split_whitespace().collect();
    is_one_command(value) && matches!(words.as_slice(), ["git-lfs", ..] | ["git", "lfs", ..] | ["cat"])
}

fn is_gpg(value: &str) -> bool {
    let (folder, name) = value.rsplit_once('/').unwrap_or(("", value));
    let system = ["/usr", "/opt", "/bin"].iter().any(|own| is_below(folder, own));
    matches!(name, "gpg" | "gpg2" | "gpgsm" | "ssh-keygen") && (folder.is_empty() || system)
}

/// Whether what follows a verb makes it only show something, so that no hook is run.
fn only_looks(verb: &str, second: &str) -> bool {
    match verb {
        "worktree" => matches!(second, "list" | "lock" | "unlock" | "prune" | "repair"),
        "stash" | "notes" => matches!(second, "list" | "show"),
        "bisect" => matches!(second, "log" | "view" | "visualize"),
        "remote" => matches!(second, "" | "show" | "get-url"),
        _ => false,
    }
}

/// Hooks that a verb runs.
fn hooks(verb: &str) -> &'static [&'static str] {
    match verb {
        "commit" => &[
            "pre-commit",
            "prepare-commit-msg",
            "commit-msg",
            "post-commit",
            "post-index-change",
            "reference-transaction",
        ],
        "push" => &["pre-push", "reference-transaction"],
        "checkout" | "switch" | "worktree" | "bisect" => {
            &["post-checkout", "post-index-change", "reference-transaction"]
        }
        "merge" | "pull" => &[
            "pre-merge-commit",
            "prepare-commit-msg",
            "commit-msg",
            "post-merge",
            "post-checkout",
            "pre-rebase",
            "post-rewrite",
            "post-index-change",
            "reference-transaction",
        ],
        "rebase" | "cherry-pick" | "revert" => &[
            "pre-rebase",
            "post-rewrite",
            "post-checkout",
            "prepare-commit-msg",
            "commit-msg",
            "post-commit",
            "post-index-change",
            "reference-transaction",
        ],
        "am" => &[
            "applypatch-msg",
            "pre-applypatch",
            "post-applypatch",
            "post-index-change",
            "reference-transaction",
        ],
        "status" | "diff" | "add" | "stage" | "restore" | "rm" | "mv" | "apply" | "describe" => {
            &["post-index-change"]
        }
        "reset" | "stash" => &["post-index-change", "reference-transaction"],
        "fetch" | "branch" | "tag" | "update-ref" | "notes" | "remote" | "symbolic-ref" => {
            &["reference-transaction"]
        }
        "gc" | "maintenance" => &["pre-auto-gc"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_git_reads_them() {
        let text = "# x\n[core] fsmonitor = \"./a b\" ; c\n\tbare\n[Filter \"A]b\"]\n\tClean = x \\\n y\n[diff.Z]\ncommand=\"a\\\"b\"\n";
        let found: Vec<(String, String)> =
            settings(text).iter().map(|setting| (setting.name(), setting.value.clone())).collect();
        let wanted = [
            ("core.fsmonitor", "./a b"),
            ("core.bare", "true"),
            ("filter.A]b.clean", "x  y"),
            ("diff.z.command", "a\"b"),
        ];
        let wanted: Vec<(String, String)> =
            wanted.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(found, wanted);
    }
}
