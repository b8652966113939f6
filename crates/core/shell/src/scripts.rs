//! Scripts that a project has for itself, where they can be read: of `package.json`, `Makefile`, `justfile`,
//! `composer.json` and cargo's aliases.
//!
//! They are the project's code, and running them is never less than that. What they are found to destroy, to send or to
//! leave behind counts beside; what is not understood of them does not, or nobody could ever learn to run them.

mod just;
mod make;

use serde_json::Value;

use crate::call::Call;
use crate::code::quoted;
use crate::effect::{Effect, Scope};
use crate::grammar::Language;
use crate::paths;
use crate::report::Deed;
use crate::value::{Arg, Data};
use crate::walk::{Redirected, Walker};

/// Texts of scripts that are gone through for one command line.
const MOST_SCRIPTS: usize = 48;
/// A script that is looked into has at most so many bytes.
const MOST_BYTES: usize = 10_000;
/// Folders above that are looked in.
const MOST_FOLDERS: usize = 12;

/// A name of a variable that nobody sets: stands in texts for what is not known.
const UNKNOWN: &str = "${_not_known_}";

impl Walker<'_> {
    /// What the scripts that a call names are found to do.
    pub(crate) fn scripts(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        let program = call.chain[0].names.split('|').next().unwrap_or_default();
        match program {
            "npm" | "pnpm" | "yarn" | "bun" => self.of_package(at, call),
            "make" => self.of_make(at, call, redirected),
            "just" => self.of_just(at, call),
            "composer" => self.of_composer(at, call),
            "cargo" => self.of_cargo(at, call),
            _ => {}
        }
    }

    /// Where a call works: in the folder that an option names, or where it is run.
    fn works_in(&self, call: &Call, options: &[&str]) -> Option<String> {
        let mut folder = self.state.folder.clone();
        for value in options.iter().filter_map(|name| call.value(name)) {
            let class = paths::class(&self.place, folder.as_deref(), value);
            folder = class.sure.then_some(class.path);
        }
        folder
    }

    /// The first of these files in a folder, or in those above it; with its folder and its text.
    fn nearest(&self, folder: &str, names: &[&str], above: bool) -> Option<(String, String)> {
        let mut folder = folder.trim_end_matches('/').to_owned();
        for _ in 0..MOST_FOLDERS {
            let found = names.iter().find_map(|name| self.place.facts.text(&format!("{folder}/{name}")));
            if let Some(text) = found {
                return Some((folder, text));
            }
            let root = self.place.root.is_some_and(|root| root.trim_end_matches('/') == folder);
            let end = folder.rfind('/')?;
            if !above || root {
                return None;
            }
            folder.truncate(end);
        }
        None
    }

    /// Goes through a text as what is run in a folder, and keeps of it what is plainly more than the project's own code.
    fn told(&mut self, at: usize, folder: &str, text: &str, language: Option<Language>) {
        self.scripted += 1;
        if self.scripted > MOST_SCRIPTS || text.len() > MOST_BYTES {
            return;
        }
        let from = self.report.commands.len();
        let dark = self.report.opaque.len();
        let run = self.run;
        self.apart(|walker| {
            walker.state.folder = Some(folder.to_owned());
            walker.state.positional = None;
            match language {
                Some(language) => walker.run_code(at, language, &Data::text(text)),
                None => drop(walker.text(text, &Data::absent())),
            }
        });
        self.run = run;
        self.report.opaque.truncate(dark);
        for ran in &mut self.report.commands[from..] {
            let redirected = ran.deeds.iter().take(ran.redirected).filter(|deed| is_evidence(deed)).count();
            ran.deeds.retain(is_evidence);
            ran.redirected = redirected;
            ran.unproven.clear();
        }
    }

    // npm and its like.

    fn of_package(&mut self, at: usize, call: &Call) {
        // Which of several packages is meant is not looked for.
        if ["-w", "--workspace", "--workspaces", "--filter", "-r"].iter().any(|name| call.has(name)) {
            return;
        }
        let Some(verb) = call.named.first() else { return };
        let operands: Vec<&Arg> = call.operands.iter().map(|(_, arg)| arg).collect();
        let runs = matches!(verb.as_str(), "run" | "run-script" | "rum" | "urn");
        let (name, given) = match (runs, operands.split_first()) {
            (true, Some((name, rest))) => (name.literal().map(str::to_owned), rest),
            (true, None) => return,
            (false, _) => (Some(verb.clone()), operands.as_slice()),
        };
        let Some(name) =
            name.map(|name| if matches!(name.as_str(), "t" | "tst") { "test".to_owned() } else { name })
        else {
            return;
        };
        let folder = self.works_in(call, &["--prefix", "-C", "--dir", "--cwd"]);
        let found = folder.and_then(|folder| self.nearest(&folder, &["package.json"], true));
        let Some((folder, text)) = found else { return };
        let Ok(package) = serde_json::from_str::<Value>(&text) else { return };
        for (hook, own) in
            [(format!("pre{name}"), false), (name.clone(), true), (format!("post{name}"), false)]
        {
            let Some(script) = package["scripts"][hook.as_str()].as_str() else { continue };
            let mut text = script.to_owned();
            if own {
                given.iter().for_each(|arg| text.push_str(&behind(arg)));
            }
            self.told(at, &folder, &text, None);
        }
    }

    // composer.

    fn of_composer(&mut self, at: usize, call: &Call) {
        let Some(name) = call.operands.first().and_then(|(_, arg)| arg.literal()).map(str::to_owned) else {
            return;
        };
        let folder = self.works_in(call, &["-d"]);
        let found = folder.and_then(|folder| self.nearest(&folder, &["composer.json"], true));
        let Some((folder, text)) = found else { return };
        let Ok(package) = serde_json::from_str::<Value>(&text) else { return };
        let mut seen = Vec::new();
        self.composed(at, &folder, &package, &name, &mut seen);
    }

    /// A script of composer's: a command, or several, some of which are other scripts.
    fn composed(&mut self, at: usize, folder: &str, package: &Value, name: &str, seen: &mut Vec<String>) {
        if seen.iter().any(|other| other == name) {
            return;
        }
        seen.push(name.to_owned());
        let script = &package["scripts"][name];
        let several: Vec<&str> = match script {
            Value::String(one) => vec![one],
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return,
        };
        for command in several {
            match command.strip_prefix('@').map(|rest| rest.split_once(' ').unwrap_or((rest, ""))) {
                Some(("php" | "composer" | "putenv", _)) => self.told(at, folder, &command[1..], None),
                Some((other, _)) => self.composed(at, folder, package, other, seen),
                None if command.contains("::") && !command.contains(' ') => {}
                None => self.told(at, folder, command, None),
            }
        }
    }

    // cargo.

    /// An alias of cargo's, by the project's own settings.
    fn of_cargo(&mut self, at: usize, call: &Call) {
        let words = self.ran(at).words.clone();
        let mut words = words.iter().skip(1).filter(|word| !word.text.starts_with(['-', '+']));
        let Some(name) = words.next().and_then(|word| word.literal()).map(str::to_owned) else { return };
        let folder = self.works_in(call, &["-C"]);
        let files = [".cargo/config.toml", ".cargo/config"];
        let Some((folder, text)) = folder.and_then(|folder| self.nearest(&folder, &files, true)) else {
            return;
        };
        let Some(alias) = alias(&text, &name) else { return };
        let rest: String = words.map(behind).collect();
        self.told(at, &folder, &format!("cargo {alias}{rest}"), None);
    }
}

/// An argument behind a script, for the shell.
fn behind(arg: &Arg) -> String {
    match arg.literal() {
        Some("--") => String::new(),
        Some(text) => format!(" {}", quoted(text)),
        None => format!(" {UNKNOWN}"),
    }
}

/// What an alias stands for: `name = "..."`, or a list of words.
fn alias(text: &str, name: &str) -> Option<String> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[alias]";
        } else if inside
            && let Some((own, value)) = line.split_once('=')
            && own.trim().trim_matches('"') == name
        {
            let value = value.split('#').next().unwrap_or_default().trim();
            let words = value.trim_matches(['[', ']']).split(if value.starts_with('[') { ',' } else { '\n' });
            return Some(
                words.map(|word| word.trim().trim_matches(['"', '\''])).collect::<Vec<_>>().join(" "),
            );
        }
    }
    None
}

/// Whether something that a script does is more than running the project's own code.
fn is_evidence(deed: &Deed) -> bool {
    let project = matches!(
        deed.act.scope,
        Scope::Nothing
            | Scope::Build
            | Scope::Temp
            | Scope::Tracked
            | Scope::Untracked
            | Scope::Repository
            | Scope::Unknown
    );
    match deed.act.effect {
        Effect::Read | Effect::NetworkIn | Effect::ExecProject | Effect::ExecUnknown => false,
        Effect::Write => deed.sure && !project && deed.act.scope != Scope::Loopback,
        // Of what is not wholly known, the rest may be anything below.
        Effect::Delete if deed.sure => {
            !project || deed.act.grave && !matches!(deed.act.scope, Scope::Build | Scope::Temp)
        }
        Effect::Delete => deed.act.grave && !project,
        Effect::NetworkOut => deed.act.scope != Scope::Loopback && deed.act.scope != Scope::Nothing,
        Effect::VcsHistory => deed.act.grave,
        Effect::ProcessKill => deed.act.scope != Scope::Nothing,
        Effect::Privilege
        | Effect::Publish
        | Effect::Persistence
        | Effect::SecretRead
        | Effect::RemoteInfra
        | Effect::RemoteData => true,
    }
}
