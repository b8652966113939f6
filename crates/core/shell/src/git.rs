//! What of git cannot be said by data: settings, references, and what its verbs make of their operands.

use crate::call::Call;
use crate::effect::{Act, Effect, Scope};
use crate::grammar::{SERVICE, Slot};
use crate::paths;
use crate::value::{Arg, Data, HOLE};
use crate::walk::{Redirected, Walker};

const FETCHES: Act = Act::new(Effect::NetworkIn, Scope::Remote);
const PUBLISHES: Act = Act::new(Effect::Publish, Scope::Remote);
const OVERWRITES: Act = Act::grave(Effect::Publish, Scope::Remote);
const CHANGES: Act = Act::new(Effect::Write, Scope::Repository);
const CHANGES_HISTORY: Act = Act::new(Effect::VcsHistory, Scope::Repository);
const LOSES_WORK: Act = Act::grave(Effect::VcsHistory, Scope::Repository);
const DESTROYS_HISTORY: Act = Act::grave(Effect::Delete, Scope::Repository);

impl Walker<'_> {
    /// What comes before what the entry says.
    pub(crate) fn git(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        self.git_settings(at, call);
        let Some(verb) = call.chain.get(1) else { return };
        match verb.names.split('|').next().unwrap_or_default() {
            "push" => self.git_push(at, call),
            "checkout" => self.git_checkout(at, call),
            "restore" => self.git_restore(at, call),
            "config" => self.git_config(at, call),
            "apply" => self.git_apply(at, call),
            "ls-remote" => {
                let remote = call.operands.first().map(|(_, remote)| remote.clone());
                self.git_asks(at, remote.as_ref());
            }
            "archive" => {
                if let Some(remote) = call.value("--remote").cloned() {
                    self.git_asks(at, Some(&remote));
                }
                self.git_contents(at, call.operands.iter().map(|(_, operand)| operand), call);
            }
            "gc" => {
                let now = call.value("--prune").is_some_and(|when| is_now(&when.text));
                if now {
                    self.note(at, LOSES_WORK, "commits that nothing leads to");
                }
            }
            "reflog" => self.git_reflog(at, call),
            "submodule" => self.git_foreach(at, call, redirected),
            "log" => self.git_log(at, call),
            // What is looked for is no file.
            "grep" => {
                let slots = call.operands.iter().filter(|(slot, _)| *slot != Slot::Text);
                self.git_contents(at, slots.map(|(_, operand)| operand), call);
            }
            "add" | "diff" | "blame" | "cat-file" => {
                self.git_contents(at, call.operands.iter().map(|(_, operand)| operand), call);
            }
            _ => {}
        }
    }

    /// Settings for one call: some run programs.
    pub(crate) fn git_settings(&mut self, at: usize, call: &Call) {
        if !call.help {
            self.git_repository(at, call);
        }
        for (option, value) in &call.options {
            let settings = ["-c", "--config-env"].contains(&option.names);
            let Some(value) = value.as_ref().filter(|_| settings) else { continue };
            let (key, text) = value.text.split_once('=').unwrap_or((value.text.as_str(), "true"));
            let key = key.to_ascii_lowercase();
            if let Some(command) = text.strip_prefix('!').filter(|_| key.starts_with("alias.")) {
                let data = Data {
                    text: value.is_known().then(|| command.to_owned()),
                    tags: value.tags,
                    absent: false,
                };
                self.run_text(at, &data, None, &Redirected::input(Data::absent()));
            } else if key.starts_with("alias.") {
                let mut words = vec![Arg::known("git")];
                words.extend(text.split_whitespace().map(Arg::known));
                self.perform(&words, &Redirected::input(Data::absent()));
            } else if option.names != "-c" || !is_harmless(&key, text) {
                self.git_program(at, &key, &value.with(text));
                let key = key.replace(HOLE, "…");
                self.doubt(at, format!("the setting {key} may run a program"));
                self.deed(at, Act::new(Effect::ExecUnknown, Scope::Unknown), &key);
            }
        }
    }

    /// What a setting has git run is looked at as a command, sooner or later as it may be run.
    fn git_program(&mut self, at: usize, key: &str, value: &Arg) {
        const RUN: &[&str] = &[
            "pager",
            "editor",
            "command",
            "sshcommand",
            "cmd",
            "tocmd",
            "cccmd",
            "helper",
            "driver",
            "textconv",
            "clean",
            "smudge",
            "process",
            "external",
            "program",
            "askpass",
            "fsmonitor",
            "gitproxy",
            "difffilter",
            "uploadpack",
            "receivepack",
            "packobjectshook",
            "alternaterefscommand",
            "browser",
            "defaultkeycommand",
        ];
        let last = key.rsplit('.').next().unwrap_or_default();
        if !RUN.contains(&last) && !key.starts_with("alias.") && !key.starts_with("pager.") {
            return;
        }
        let text = value.text.trim_start();
        let command = match text.strip_prefix('!') {
            Some(command) => command.to_owned(),
            None if key.starts_with("alias.") => format!("git {text}"),
            // By its name alone it is one of git's own.
            None if last == "helper" && !text.starts_with('/') => return,
            None => text.to_owned(),
        };
        let known = value.is_known().then_some(command);
        let data = Data { text: known, tags: value.tags, absent: false };
        self.run_text(at, &data, None, &Redirected::input(Data::absent()));
    }

    /// A repository elsewhere is asked; one that has a name is the person's own choice.
    fn git_asks(&mut self, at: usize, remote: Option<&Arg>) {
        let named = remote
            .is_none_or(|remote| remote.literal().is_some_and(|name| !name.contains([':', '/', '.', HOLE])));
        let subject = remote.map_or("the remote", |remote| remote.text.as_str()).to_owned();
        self.note(at, if named { SERVICE } else { FETCHES }, &subject);
    }

    fn git_push(&mut self, at: usize, call: &Call) {
        let operands: Vec<&Arg> = call.operands.iter().map(|(_, arg)| arg).collect();
        let references = operands.get(1..).unwrap_or_default();
        let forced = ["-f", "--force-with-lease", "--prune"].iter().any(|name| call.has(name));
        let deletes = call.has("-d");
        let mut act = PUBLISHES;
        if call.has("--mirror") || (forced && call.has("--all")) {
            act = OVERWRITES;
        }
        for reference in references {
            let text = reference.text.as_str();
            let (own, name) = match text.strip_prefix('+') {
                Some(rest) => (true, rest),
                None => (false, text),
            };
            let (from, to) = name.split_once(':').unwrap_or((name, name));
            let removes = deletes || (from.is_empty() && !to.is_empty());
            if own || removes {
                self.note(at, LOSES_WORK, to);
            }
            if (forced || own || removes) && is_protected(to) {
                act = OVERWRITES;
            }
        }
        let subject = operands.iter().map(|arg| arg.text.as_str()).collect::<Vec<_>>().join(" ");
        self.note(at, act, if subject.is_empty() { "the branch" } else { &subject });
        let remote = operands.first().copied().or(call.value("--repo"));
        if let Some(remote) = remote.filter(|remote| remote.text.contains([':', '/'])).cloned() {
            self.note(at, Act::new(Effect::NetworkOut, Scope::Remote), &remote.text);
        }
    }

    /// A branch, or files whose changes are lost: by `--`, by a second operand, or where one is a file.
    fn git_checkout(&mut self, at: usize, call: &Call) {
        let makes = ["-b", "-B", "--orphan"].iter().any(|name| call.has(name));
        let separated = self.ran(at).words.iter().any(|word| word.text == "--");
        let operands: Vec<Arg> = call.operands.iter().map(|(_, arg)| arg.clone()).collect();
        let file = operands.iter().any(|operand| {
            let known = matches!(operand.text.as_str(), "." | ".." | "*" | ":/" | "/");
            let class = paths::class(&self.place, self.state.folder.as_deref(), operand);
            known
                || operand.glob
                || operand.text.starts_with("./")
                || operand.text.starts_with(":(")
                || self.place.facts.tracked(&class.path) == Some(true) && class.sure
        });
        let many = operands.len() > 1 && !makes;
        if (separated && !operands.is_empty()) || many || (file && !makes) {
            for (number, operand) in operands.iter().enumerate() {
                // The first may be what they are taken from.
                let class = paths::class(&self.place, self.state.folder.as_deref(), operand);
                let path = class.sure && (number > 0 || operands.len() == 1);
                self.note(at, LOSES_WORK, if path { &class.path } else { &operand.text });
            }
        }
    }

    /// Files lose their changes, unless only what is staged is meant.
    fn git_restore(&mut self, at: usize, call: &Call) {
        let worktree = call.has("-W") || !call.has("-S");
        let some = !call.operands.is_empty() || call.has("-p") || call.has("--pathspec-from-file");
        if !worktree || !some {
            return;
        }
        self.note(at, LOSES_WORK, "files with changes");
        for (_, operand) in &call.operands {
            let class = paths::class(&self.place, self.state.folder.as_deref(), operand);
            if class.sure {
                self.note(at, LOSES_WORK, &class.path);
            }
        }
    }

    /// Settings are read, or set: by how many operands there are, and by its verbs of late.
    fn git_config(&mut self, at: usize, call: &Call) {
        let mut operands: Vec<Arg> = call.operands.iter().map(|(_, arg)| arg.clone()).collect();
        for name in ["-f", "--blob"] {
            if let Some(file) = call.value(name) {
                let path = file.text.rsplit_once(':').map_or(file.text.as_str(), |(_, path)| path);
                let path = file.with(path);
                self.read(at, &path);
            }
        }
        let verb = operands.first().and_then(Arg::literal).unwrap_or_default().to_owned();
        let late = matches!(
            verb.as_str(),
            "list" | "get" | "set" | "unset" | "rename-section" | "remove-section" | "edit"
        );
        if late {
            operands.remove(0);
        }
        let option = ["--add", "--get"].map(|name| call.has(name));
        let reads = match (late, option) {
            (true, _) => matches!(verb.as_str(), "list" | "get"),
            (false, [true, _]) => false,
            (false, [false, true]) => true,
            (false, [false, false]) => operands.len() == 1,
        };
        let key = operands.first().map(|key| key.text.to_ascii_lowercase()).unwrap_or_default();
        if reads {
            let secret = ["extraheader", "password", "token", "credential", "passwd", "cookiefile"];
            let act = if secret.iter().any(|part| key.contains(part)) {
                Act::new(Effect::SecretRead, Scope::Credential)
            } else {
                Act::new(Effect::Read, Scope::Nothing)
            };
            return self.note(at, act, "settings");
        }
        let scope = if call.has("--global") { Scope::Dotfile } else { Scope::Repository };
        self.note(at, Act { scope, ..CHANGES }, &key);
        let text = operands.get(1).map_or("", |value| value.text.as_str());
        if !is_harmless(&key, text) {
            if let Some(value) = operands.get(1) {
                self.git_program(at, &key, value);
            }
            self.note(at, Act::new(Effect::Persistence, scope), &key);
        }
    }

    /// A patch that is only looked at changes nothing, unless it is applied beside.
    fn git_apply(&mut self, at: usize, call: &Call) {
        if !call.has("--check") || call.has("--apply") {
            self.note(at, CHANGES_HISTORY, "files of the project");
        }
    }

    /// What would lead back to what was lost.
    fn git_reflog(&mut self, at: usize, call: &Call) {
        let now = ["--expire", "--expire-unreachable"]
            .iter()
            .any(|name| call.value(name).is_some_and(|when| is_now(&when.text)));
        if now && call.has("--all") {
            self.note(at, DESTROYS_HISTORY, "what leads back to earlier commits");
        }
    }

    /// One word is a text for the shell.
    fn git_foreach(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        if let Some((_, command)) = &call.command
            && let [text] = command.as_slice()
        {
            let data = Data { text: text.literal().map(str::to_owned), tags: text.tags, absent: false };
            self.run_text(at, &data, None, redirected);
        }
    }

    /// With what was changed in files, which options of many names ask for; else only what was said of it.
    fn git_log(&mut self, at: usize, call: &Call) {
        const PLAIN: &[&str] = &["--pretty", "--format", "--follow", "--reverse", "--first-parent", "--e"];
        const SHOWS: &[&str] = &[
            "-p", "-u", "-U", "-W", "-c", "-m", "-L", "--p", "--u", "--w", "--f", "--b", "--c", "--r", "--d",
        ];
        let begins = |all: &[&str], text: &str| all.iter().any(|own| text.starts_with(own));
        let words = &self.ran(at).words;
        if words.iter().any(|word| begins(SHOWS, &word.text) && !begins(PLAIN, &word.text)) {
            self.git_contents(at, call.operands.iter().map(|(_, operand)| operand), call);
        }
    }

    /// `revision:path` is what a file was.
    fn git_contents<'c>(&mut self, at: usize, operands: impl Iterator<Item = &'c Arg>, call: &'c Call) {
        let lines = call.options.iter().filter(|(option, _)| option.names == "-L");
        let lines = lines.filter_map(|(_, value)| value.as_ref());
        for operand in operands.chain(lines) {
            let path = operand.text.rsplit_once(':').map_or(operand.text.as_str(), |(_, path)| path);
            if !path.is_empty() {
                let path = operand.with(path);
                self.read(at, &path);
            }
        }
    }
}

/// Branches that others build upon.
fn is_protected(reference: &str) -> bool {
    let name =
        reference.strip_prefix("refs/heads/").or(reference.strip_prefix("heads/")).unwrap_or(reference);
    matches!(
        name,
        "main" | "master" | "trunk" | "develop" | "stable" | "production" | "prod" | "*" | "refs/*"
    ) || name.starts_with("release")
}

/// A time after which nothing is left.
fn is_now(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "now" | "all" | "0" | "1") || text.starts_with("0.")
}

/// Settings that run nothing and lead nowhere.
fn is_harmless(key: &str, value: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "user.",
        "color.",
        "advice.",
        "log.",
        "status.",
        "column.",
        "author.",
        "committer.",
        "versionsort.",
        "blame.",
    ];
    const KEYS: &[&str] = &[
        "core.quotepath",
        "core.autocrlf",
        "core.eol",
        "core.safecrlf",
        "core.abbrev",
        "core.longpaths",
        "core.filemode",
        "core.ignorecase",
        "core.symlinks",
        "core.commentchar",
        "core.precomposeunicode",
        "core.preloadindex",
        "core.compression",
        "core.bare",
        "commit.gpgsign",
        "commit.verbose",
        "commit.cleanup",
        "tag.gpgsign",
        "tag.sort",
        "branch.sort",
        "branch.autosetuprebase",
        "branch.autosetupmerge",
        "init.defaultbranch",
        "diff.algorithm",
        "diff.renames",
        "diff.renamelimit",
        "diff.context",
        "diff.noprefix",
        "diff.mnemonicprefix",
        "diff.colormoved",
        "diff.colormovedws",
        "diff.interhunkcontext",
        "diff.wordregex",
        "diff.submodule",
        "diff.indentheuristic",
        "diff.suppressblankempty",
        "merge.conflictstyle",
        "merge.renamelimit",
        "merge.ff",
        "merge.directoryrenames",
        "pull.rebase",
        "pull.ff",
        "push.default",
        "push.autosetupremote",
        "fetch.prune",
        "fetch.prunetags",
        "fetch.parallel",
        "fetch.writecommitgraph",
        "gc.auto",
        "gc.autodetach",
        "maintenance.auto",
        "http.postbuffer",
        "http.lowspeedlimit",
        "http.lowspeedtime",
        "http.version",
        "protocol.version",
        "rebase.autosquash",
        "rebase.autostash",
        "rebase.updaterefs",
        "rerere.enabled",
        "rerere.autoupdate",
        "format.pretty",
        "pack.threads",
        "pack.windowmemory",
        "index.threads",
        "feature.manyfiles",
        "grep.linenumber",
        "grep.patterntype",
        "grep.extendedregexp",
        "help.autocorrect",
        "submodule.recurse",
        "checkout.defaultremote",
        "stash.showpatch",
        "credential.interactive",
        "gpg.format",
    ];
    const PROGRAMS: &[&str] = &[
        "core.pager",
        "core.fsmonitor",
        "core.hookspath",
        "core.editor",
        "credential.helper",
        "sequence.editor",
        "core.askpass",
    ];
    // Of these, a few values run nothing.
    let program = PROGRAMS.contains(&key) || key.starts_with("pager.");
    let nothing = matches!(value, "" | "cat" | "less" | "false" | "true" | ":" | "/dev/null");
    BEGINNINGS.iter().any(|own| key.starts_with(own)) || KEYS.contains(&key) || (program && nothing)
}
