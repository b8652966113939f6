//! Rules: what a person, or a team, has said about calls.
//!
//! A rule fits a call by all of its conditions; a condition that is a list, by any of it. Deny beats ask beats allow, in
//! whatever order they stand. Commands are compared by their words as the program takes them, never by parts of text.

use std::collections::BTreeMap;

use claudectl_fleet::tools::Family;
use claudectl_shell::effect::{Effect, Scope};
use claudectl_shell::facts::{NoFacts, Place};
use claudectl_shell::grammar::Slot;
use claudectl_shell::paths::{absolute, is_below};
use claudectl_shell::report::{Deed, Ran, Report};
use claudectl_shell::value::Arg;
use claudectl_shell::{Given, hosts};
use serde::{Deserialize, Serialize};

use crate::budget::BudgetState;
use crate::glob::{self, Roots};
use crate::lattice::{self, Level};
use crate::same::Exactly;

/// What a rule answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It may run.
    Allow,
    /// The person is asked.
    Ask,
    /// It is refused.
    Deny,
}

impl Action {
    /// Its name in files and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }

    /// By its name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Allow, Self::Ask, Self::Deny].into_iter().find(|action| action.word() == word)
    }
}

/// Who made a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Maker {
    /// The repository: it may only deny and ask.
    Team,
    /// The person, in a file.
    Person,
    /// The person, for a while, by a command or a key.
    Grant,
}

/// A rule. As JSON it has the keys of the file, and only those that are set.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// What it is called.
    pub name: String,
    /// Tools, by their exact names; a `*` at the end of `mcp__server__*`.
    #[serde(rename = "tool", skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Commands: their first words, and options in any place.
    #[serde(rename = "command", skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// Files: patterns, from the project's folder on or absolute.
    #[serde(rename = "path", skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// What is done.
    #[serde(rename = "effect", with = "effects", skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// To what.
    #[serde(rename = "scope", with = "scopes", skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// Projects, by their names, or by their folders: absolute, or from `~/` on.
    #[serde(rename = "project", skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// The host's permission modes.
    #[serde(rename = "mode", skip_serializing_if = "Vec::is_empty")]
    pub modes: Vec<String>,
    /// Sessions, by their ids.
    #[serde(rename = "session", skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<String>,
    /// This very call: what a person's answer leaves behind. No file has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exactly: Option<Exactly>,
    /// Only where the session has cost more than this, in dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_above: Option<f64>,
    /// Only where another session works on the same, or none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<bool>,
    /// Only where the last call failed, or did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<bool>,
    /// What it answers.
    pub action: Option<Action>,
    /// Why, for the agent and the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when, milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
}

impl Rule {
    /// Whether it has no condition: it fits everything.
    #[must_use]
    pub fn fits_all(&self) -> bool {
        self.tools.is_empty()
            && self.commands.is_empty()
            && self.paths.is_empty()
            && self.effects.is_empty()
            && self.scopes.is_empty()
            && self.projects.is_empty()
            && self.modes.is_empty()
            && self.sessions.is_empty()
            && self.exactly.is_none()
            && self.cost_above.is_none()
            && self.conflict.is_none()
            && self.last_error.is_none()
    }

    /// Whether it names what is done and to what: only such a rule lifts a refusal.
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        !self.effects.is_empty() && !self.scopes.is_empty()
    }

    /// Why it answers as it does, for the person and the model.
    #[must_use]
    pub fn why(&self) -> String {
        let name = &self.name;
        match (&self.reason, &self.exactly, self.action) {
            (Some(reason), ..) => reason.clone(),
            (None, Some(_), Some(Action::Allow)) => format!("you have allowed exactly this call ({name})"),
            // It is the model that reads this.
            (None, Some(_), _) => format!("the user denied exactly this call ({name})"),
            (None, None, Some(Action::Allow)) => format!("the rule {name} allows it"),
            (None, None, _) => format!("the rule {name} says so"),
        }
    }
}

/// How another session is in the way of this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// It works in the same checkout.
    Worktree,
    /// It changed the same file.
    File,
    /// It changed the branch under this one.
    Branch,
}

/// Another session that is in the way of this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// How.
    pub way: Way,
    /// The checkout, or the file; absolute.
    pub path: String,
    /// Who, for a person.
    pub with: String,
}

/// What is known of a call beside what it does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Circumstances {
    /// The tool.
    pub tool: String,
    /// What the tool is given, as [`crate::same::of_input`] has it; empty where nobody has looked.
    pub input: String,
    /// The working folder.
    pub folder: String,
    /// The project's name.
    pub project: String,
    /// The host's permission mode.
    pub mode: String,
    /// The session.
    pub session: String,
    /// A subagent of the session makes the call.
    pub agent: bool,
    /// What the session has cost so far, dollars.
    pub cost: f64,
    /// Budgets that concern the session.
    pub budgets: Vec<BudgetState>,
    /// Where other sessions are in its way.
    pub meetings: Vec<Meeting>,
    /// The last call of the session failed.
    pub last_error: bool,
    /// Now, milliseconds since the epoch.
    pub now: i64,
    /// The project's folder.
    pub root: String,
    /// The person's home folder.
    pub home: String,
    /// Files that patterns of the shell stand for, by the pattern; one whose files are not known is not among them.
    pub found: BTreeMap<String, Vec<String>>,
}

impl Circumstances {
    /// Whether it is made in a project, by its name or its folder.
    fn is_of(&self, project: &str) -> bool {
        let below_home = |rest: &str| self.root.strip_prefix(&*self.home) == Some(rest);
        match project.strip_prefix('~') {
            Some(rest) if rest.starts_with('/') && !self.home.is_empty() => below_home(rest),
            _ if project.starts_with('/') => project == self.root,
            _ => project == self.project,
        }
    }

    fn roots(&self) -> Roots<'_> {
        Roots { root: &self.root, home: &self.home }
    }
}

impl Rule {
    /// Whether everything fits but what is done.
    #[must_use]
    pub fn fits_call(&self, call: &Circumstances) -> bool {
        let any = |wanted: &[String], found: &str| wanted.is_empty() || wanted.iter().any(|one| one == found);
        let tool = self.tools.is_empty() || self.tools.iter().any(|tool| glob::is_tool(tool, &call.tool));
        let project = self.projects.is_empty() || self.projects.iter().any(|one| call.is_of(one));
        tool && project
            && any(&self.modes, &call.mode)
            && any(&self.sessions, &call.session)
            && self.exactly.as_ref().is_none_or(|exactly| exactly.is(call))
            && self.cost_above.is_none_or(|limit| call.cost > limit)
            && self.conflict.is_none_or(|wanted| wanted != call.meetings.is_empty())
            && self.last_error.is_none_or(|wanted| wanted == call.last_error)
            && self.expires.is_none_or(|until| call.now < until)
    }

    /// Whether it fits a command of the call, to forbid it or to ask: anything of it is enough. To forbid it, that has to
    /// be sure; to ask it is enough that it may be.
    #[must_use]
    pub fn fits_any(&self, ran: &Ran, call: &Circumstances, sure: bool) -> bool {
        let deed = self.effects.is_empty() && self.scopes.is_empty()
            || ran.deeds.iter().any(|deed| {
                (self.effects.is_empty() || self.effects.contains(&deed.act.effect))
                    && (self.scopes.is_empty() || self.scopes.contains(&deed.act.scope))
            });
        // Who is told of a file has not opened it.
        let only_told = sure && Family::Agent.tools().iter().any(|agent| is_program(agent, ran));
        let path = self.paths.is_empty()
            || !only_told && ran.deeds.iter().any(|deed| self.meets(&deed.subject, call, sure));
        self.fits_command(ran) && deed && path
    }

    /// Whether one of its paths is a file or folder, or one that a pattern of the shell stands for.
    fn meets(&self, subject: &str, call: &Circumstances, sure: bool) -> bool {
        let met = |path: &str| self.paths.iter().any(|rule| glob::holds(rule, call.roots(), path));
        let may = || self.paths.iter().any(|rule| glob::may_hold(rule, call.roots(), subject));
        met(subject)
            || match call.found.get(subject) {
                Some(files) => files.iter().any(|file| met(file)),
                None => !sure && may(),
            }
    }

    /// Whether a command reads all that is in a folder, and something there may be what the rule is about. What the
    /// command leaves out by an option is left out.
    #[must_use]
    pub fn may_be_reached(&self, ran: &Ran, call: &Circumstances) -> bool {
        let reads = |deed: &&Deed| matches!(deed.act.effect, Effect::Read | Effect::SecretRead);
        let wanted = self.effects.is_empty()
            || self.effects.iter().any(|effect| matches!(effect, Effect::Read | Effect::SecretRead));
        let goes_down = RECURSIVE.iter().any(|command| is_command(command, ran));
        let reaches = |folder: &str| {
            let met = |path: &String| glob::reaches(path, call.roots(), folder) && !leaves_out(ran, path);
            self.paths.iter().any(met)
        };
        // Up to what is not known.
        let folder = |deed: &Deed| {
            let known = deed.subject.split('…').next().unwrap_or_default();
            match deed.sure {
                true => known.to_owned(),
                false => known.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default().to_owned(),
            }
        };
        let named: Vec<&Deed> =
            ran.deeds.iter().filter(reads).filter(|deed| deed.subject.starts_with('/')).collect();
        // Where no folder is named it is the working folder, or one above.
        let here = goes_down && named.is_empty() && reaches(&call.root);
        let below = named.iter().filter(|deed| goes_down || !deed.sure).any(|deed| reaches(&folder(deed)));
        wanted && self.fits_command(ran) && (here || below)
    }

    /// Whether it fits all that a command of the call does by itself, to allow it: nothing may be left.
    #[must_use]
    pub fn fits_all_of(&self, ran: &Ran, call: &Circumstances) -> bool {
        let deeds = ran.deeds.iter().all(|deed| {
            (self.effects.is_empty() || self.effects.contains(&deed.act.effect))
                && (self.scopes.is_empty() || self.scopes.contains(&deed.act.scope))
                && (self.paths.is_empty()
                    || self.paths.iter().any(|path| glob::meets(path, call.roots(), &deed.subject)))
        });
        let plainly = |command: &String| {
            is_command(command, ran)
                && is_named(command, ran)
                && (!self.effects.is_empty() || !adds(command, ran) && !leads_elsewhere(command, ran, call))
        };
        let commands = self.commands.is_empty() || self.commands.iter().any(plainly);
        commands && deeds
    }

    fn fits_command(&self, ran: &Ran) -> bool {
        self.commands.is_empty() || self.commands.iter().any(|command| is_command(command, ran))
    }
}

/// What reads all that is below a folder.
const RECURSIVE: &[&str] = &[
    "Grep",
    "grep -r",
    "grep -R",
    "grep --recursive",
    "grep --dereference-recursive",
    "grep -d",
    "grep --directories",
    "egrep -r",
    "egrep -R",
    "egrep -d",
    "fgrep -r",
    "fgrep -R",
    "fgrep -d",
    "zgrep -r",
    "rgrep",
    "rg",
    "rga",
    "ag",
    "ack",
    "ugrep -r",
    "ugrep -R",
    "ug",
    "ast-grep",
    "sg",
    "semgrep",
    "git grep",
    "git archive",
    "git diff --no-index",
    "diff -r",
    "diff --recursive",
    "tar",
    "bsdtar",
    "pax",
    "docker build",
    "docker cp",
    "podman build",
    "podman cp",
    "kubectl cp",
    "rclone",
    "zip -r",
    "7z",
    "rsync",
    "scp -r",
    "cp -r",
    "cp -R",
    "cp -a",
    "cp --recursive",
    "cp --archive",
];

/// Whether options of a command leave out what a pattern is about, by its name: they exclude it, or they include only
/// what has other names.
fn leaves_out(ran: &Ran, pattern: &str) -> bool {
    let words: Vec<&str> = ran.words.iter().map(|word| word.text.as_str()).collect();
    let given = |options: &'static [&'static str]| {
        let words = &words;
        words.iter().enumerate().filter_map(move |(at, word)| {
            options.iter().find_map(|option| match word.strip_prefix(option)? {
                "" => words.get(at + 1).copied(),
                rest => rest.strip_prefix('='),
            })
        })
    };
    let last = pattern.rsplit('/').next().unwrap_or_default();
    let included: Vec<&str> =
        given(&["-g", "--glob", "--include"]).filter(|glob| !glob.starts_with('!')).collect();
    if !included.is_empty()
        && !matches!(last, "" | "**")
        && !included.iter().any(|glob| glob::may_be_named(last, glob))
    {
        return true;
    }
    let name = pattern.split('/').rfind(|name| !name.is_empty() && *name != "**" && *name != "*");
    let Some(name) = name else { return false };
    let is_it = |value: &str| value.trim_matches('/').rsplit('/').next() == Some(name);
    given(&["--exclude", "--exclude-dir", "--ignore", "--ignore-dir"]).any(is_it)
        || given(&["-g", "--glob", "--iglob"])
            .filter_map(|glob| glob.strip_prefix('!'))
            .any(|rest| is_it(rest.trim_end_matches("/**")))
}

/// Whether a path of a deed is a pattern of the shell, so that what it stands for can be looked up.
#[must_use]
pub fn is_pattern(path: &str) -> bool {
    glob::is_wild(path)
}

/// The programs that a call runs, by all the names that a rule's command may begin with. No command of a rule that
/// begins with another word fits the call.
#[must_use]
pub fn programs(report: &Report) -> Vec<&str> {
    let wholes = report.commands.iter().filter_map(|ran| ran.words.first()?.literal());
    let mut names: Vec<&str> =
        wholes.flat_map(|whole| [whole, whole.rsplit('/').next().unwrap_or(whole)]).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn is_program(first: &str, ran: &Ran) -> bool {
    let whole = ran.words.first().and_then(|word| word.literal());
    whole.is_some_and(|whole| match first.contains('/') {
        true => whole == first,
        false => whole.rsplit('/').next() == Some(first),
    })
}

/// Whether a command begins with these words: its program and verbs in their order, whatever options stand between, and
/// options anywhere. `*` at the end stands for whatever follows, as nothing does.
#[must_use]
pub fn is_command(wanted: &str, ran: &Ran) -> bool {
    let mut wanted = wanted.split_whitespace();
    if !wanted.next().is_some_and(|first| is_program(first, ran)) {
        return false;
    }
    let found: Vec<&str> = ran.words[1..].iter().map(|word| word.text.as_str()).collect();
    let plain: Vec<&str> =
        found.iter().copied().filter(|word| !word.starts_with('-') && !word.starts_with('+')).collect();
    // What stands before the verbs are values of options.
    let verbs: Vec<&str> = ran.verbs.iter().map(String::as_str).collect();
    let start = match verbs.len() {
        0 => 0,
        count => plain.windows(count).position(|words| words == verbs).unwrap_or(0),
    };
    let mut plain = plain[start..].iter();
    for word in wanted {
        if word == "*" {
            return true;
        }
        let fits = if word.starts_with('-') { has_option(&found, word) } else { plain.next() == Some(&word) };
        if !fits {
            return false;
        }
    }
    true
}

/// Where programs are installed: there, a name says which program it is.
const INSTALLED: &[&str] = &[
    "/bin/",
    "/sbin/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/local/bin/",
    "/usr/local/sbin/",
    "/opt/homebrew/bin/",
];

/// Whether the program is the one that is meant: by its name alone, or by the same path.
fn is_named(wanted: &str, ran: &Ran) -> bool {
    let program = ran.words.first().map(|word| word.text.as_str()).unwrap_or_default();
    let wanted = wanted.split_whitespace().next().unwrap_or_default();
    !program.contains('/') || program == wanted || is_installed(program)
}

/// Whether a path is that of a program where programs are installed.
pub(crate) fn is_installed(program: &str) -> bool {
    INSTALLED.iter().any(|folder| program.strip_prefix(folder).is_some_and(|name| !name.contains('/')))
}

/// Whether a command runs something, by its options or its surroundings, that what a rule names does not run by itself.
/// A rule that ends in `*` means whatever follows.
fn adds(wanted: &str, ran: &Ran) -> bool {
    let runs = |effect: Effect| {
        matches!(effect, Effect::ExecUnknown | Effect::Privilege | Effect::Persistence | Effect::NetworkOut)
    };
    let more: Vec<&Deed> = ran.deeds.iter().filter(|deed| runs(deed.act.effect)).collect();
    if more.is_empty() || ends_open(wanted) {
        return false;
    }
    let place = Place { home: "/home/nobody", folder: Some("/w"), root: Some("/w"), facts: &NoFacts };
    let alone = claudectl_shell::analyse(wanted, place);
    // What an option names is not what the rule's words run.
    let options = unnamed(wanted, ran).any(|word| word.text.starts_with(['-', '+']));
    let same = |deed: &Deed, own: &Deed| {
        own.act.effect == deed.act.effect && (!options || own.subject == deed.subject)
    };
    more.into_iter().any(|deed| !alone.deeds().any(|own| same(deed, own)))
}

/// Whether words that a rule does not name lead out of the project, to another machine, to other code, or where nobody
/// knows: a rule is about what is done in the project, unless it says so or ends in `*`.
fn leads_elsewhere(wanted: &str, ran: &Ran, call: &Circumstances) -> bool {
    if ends_open(wanted) {
        return false;
    }
    let asked = |deed: &Deed| lattice::find(deed.act).level > Level::Allow;
    let known = |path: &str| ran.deeds.iter().any(|deed| !asked(deed) && deed.subject == path);
    // Where anyone may write, what an option names may be anybody's; what a command works on is its own matter.
    let outside = |text: &str, option: bool| {
        let path = match text.strip_prefix('~') {
            Some(rest) => format!("{}{rest}", call.home),
            None => text.to_owned(),
        };
        let path = absolute("/", &path);
        let open = ["/tmp", "/var/tmp"].iter().any(|own| is_below(&path, own));
        let ours = is_below(&path, &call.root) || is_below(&path, "/dev") || open && !option;
        text.starts_with(['/', '~']) && !ours && !known(&path)
    };
    let named = |word: &Arg| wanted.split_whitespace().any(|own| own == word.text);
    let is_option = |word: &Arg| word.text.starts_with(['-', '+']);
    let leads = |(before, word): (&Arg, &Arg)| {
        let text = word.text.as_str();
        let value = text.split_once('=').map_or(text, |(_, value)| value);
        let value = value.trim_start_matches(|letter: char| is_option(word) && !matches!(letter, '/' | '~'));
        match is_option(word) {
            true => outside(value, true) || is_address(text) || !word.is_known(),
            // It may be the value of the option before it.
            false => outside(text, is_option(before) && !before.text.contains('=')) || is_address(text),
        }
    };
    let mut words = ran.words.iter().zip(ran.words.iter().skip(1)).filter(|(_, word)| !named(word));
    let unknown = |deed: &Deed| asked(deed) && !deed.sure && deed.act.effect != Effect::ExecProject;
    words.any(leads) || ran.deeds.iter().any(unknown) || decides_more(wanted, ran)
}

/// Whether a word is the address of something on another machine, as it is written. What a service keeps has names that
/// only look so.
fn is_address(word: &str) -> bool {
    const OWN: &[&str] = &["s3", "gs"];
    let beside = |letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '+' | '-' | '.');
    if let Some(at) = word.find("://") {
        let scheme = word[..at].rsplit(beside).next().unwrap_or_default().to_ascii_lowercase();
        let own = OWN.contains(&scheme.as_str()) && word[at + 3..].find("://").is_none();
        return !own && hosts::scope(&word[at - scheme.len()..]) != Scope::Loopback;
    }
    // `user@host:path`
    let user = word.split_once('@').filter(|(user, _)| !user.is_empty() && !user.contains(['/', ':']));
    user.is_some_and(|(_, rest)| rest.split_once(':').is_some_and(|(host, _)| !host.contains('/')))
}

/// Whether words that a rule does not name say which machine is asked, or which code runs: another file or folder of the
/// code, or a variable of it.
fn decides_more(wanted: &str, ran: &Ran) -> bool {
    let words: Vec<&str> = wanted.split_whitespace().collect();
    let runs = |deed: &Deed| matches!(deed.act.effect, Effect::ExecProject | Effect::ExecUnknown);
    let runs = ran.deeds.iter().any(runs);
    let named = |given: &Given| {
        let text = given.arg.text.as_str();
        let spelt = |name: &str| words.contains(&format!("{name}={text}").as_str());
        match given.option {
            None => words.contains(&text),
            Some(names) => names.split('|').any(|name| {
                spelt(name)
                    || words.contains(&format!("{name}{text}").as_str())
                    || words.contains(&name) && words.contains(&text)
            }),
        }
    };
    let decides = |given: &Given| match given.slot {
        Slot::Url | Slot::Host | Slot::Server | Slot::Database => {
            let text = given.arg.text.as_str();
            given.option.is_some() && hosts::scope(text) != Scope::Loopback && !text.starts_with(['/', '.'])
                || given.slot == Slot::Url && hosts::scope(text) != Scope::Loopback
        }
        Slot::Read
        | Slot::Tree
        | Slot::Folder
        | Slot::ShellFile
        | Slot::CodeFile(_)
        | Slot::Module
        | Slot::Program => runs && given.option.is_some(),
        _ => false,
    };
    let sets = |word: &Arg| {
        let text = word.text.as_str();
        runs && !words.contains(&text) && (sets_variable(text) || chooses_code(text, &words))
    };
    ran.words.iter().skip(1).any(sets)
        || claudectl_shell::given(&ran.words).iter().any(|given| decides(given) && !named(given))
}

/// Whether a word is an option by which programs of every kind are told where their code or its settings are, and that a
/// rule does not name.
fn chooses_code(word: &str, wanted: &[&str]) -> bool {
    const NAMES: &[&str] = &[
        "--prefix",
        "--dir",
        "--cwd",
        "--chdir",
        "--root",
        "--rootdir",
        "--root-dir",
        "--rootDir",
        "--directory",
        "--working-directory",
        "--project-dir",
        "--project-directory",
        "--config",
        "--config-file",
        "--configfile",
        "--file",
        "--makefile",
        "--justfile",
        "--taskfile",
        "--manifest-path",
        "--init-script",
        "--settings",
        "--require",
        "--import",
        "--loader",
        "--experimental-loader",
        "--node-options",
        "--script-shell",
        "--shell",
        "--plugin",
        "--plugins",
        "--preset",
        "--globalSetup",
        "--setupFiles",
        "--setupFilesAfterEnv",
        "--pythonpath",
        "--rcfile",
        "--env-file",
    ];
    let name = word.split('=').next().unwrap_or_default();
    NAMES.contains(&name) && !wanted.iter().any(|own| own.split('=').next() == Some(name))
}

/// Whether an operand gives a variable a value that is more than a switch or a number: `SHELL=./x` of `make`.
fn sets_variable(word: &str) -> bool {
    let Some((name, value)) = word.split_once('=') else { return false };
    let name = name.trim_end_matches([':', '+', '?', '!']);
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        && !name.starts_with('-');
    const SWITCHES: &[&str] = &["", "true", "false", "on", "off", "yes", "no", "y", "n"];
    let plain = value.bytes().all(|byte| byte.is_ascii_digit())
        || SWITCHES.contains(&value.to_ascii_lowercase().as_str());
    is_name && (!plain || claudectl_shell::may_decide(name))
}

/// The words of a command that a rule does not name.
fn unnamed<'r>(wanted: &'r str, ran: &'r Ran) -> impl Iterator<Item = &'r Arg> {
    let named = |word: &Arg| wanted.split_whitespace().any(|own| own == word.text);
    ran.words.iter().skip(1).filter(move |word| !named(word))
}

fn ends_open(wanted: &str) -> bool {
    wanted.split_whitespace().next_back() == Some("*")
}

/// Whether an option was given: as it is, with a value behind `=`, or among others behind one dash.
fn has_option(words: &[&str], option: &str) -> bool {
    let short = option.strip_prefix('-').filter(|rest| !rest.starts_with('-') && rest.chars().count() == 1);
    words.iter().take_while(|word| **word != "--").any(|word| {
        *word == option
            || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
            || short.is_some_and(|short| {
                word.starts_with('-') && !word.starts_with("--") && word[1..].contains(short)
            })
    })
}

/// Lists of words in JSON.
macro_rules! words {
    ($module:ident, $kind:ty) => {
        mod $module {
            use serde::de::Error;
            use serde::{Deserialize, Deserializer, Serializer};

            pub(super) fn serialize<S: Serializer>(list: &[$kind], to: S) -> Result<S::Ok, S::Error> {
                to.collect_seq(list.iter().map(|one| one.word()))
            }

            pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<$kind>, D::Error> {
                let words = Vec::<String>::deserialize(from)?;
                let known = |word: String| {
                    let found = <$kind>::ALL.into_iter().find(|one| one.word() == word);
                    found.ok_or_else(|| D::Error::custom(format!("there is no {word:?}")))
                };
                words.into_iter().map(known).collect()
            }
        }
    };
}

words!(effects, super::Effect);
words!(scopes, super::Scope);

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(text: &str) -> Ran {
        let place = Place { home: "/home/me", folder: Some("/w"), root: Some("/w"), facts: &NoFacts };
        claudectl_shell::analyse(text, place).commands.remove(0)
    }

    #[test]
    fn commands_are_compared_by_words() {
        let table = [
            ("cargo test", "cargo test --workspace", true),
            ("cargo test", "cargo +nightly test", true),
            ("cargo test", "cargo build", false),
            ("cargo test", "cargo", false),
            ("cargo", "cargo anything", true),
            ("cargo *", "cargo anything", true),
            ("cargo *", "cargo", true),
            ("cargo build --release", "cargo build -p x --release", true),
            ("cargo build --release", "cargo build", false),
            ("git push -f", "git push -fu origin main", true),
            ("git push --force", "git push --force=x", true),
            ("git push --force", "git push -- --force", false),
            ("git push", "/usr/bin/git push", true),
            ("git push", "gitpush", false),
            ("ls", "lsof", false),
            ("git push --force", "git -C sub push --force", true),
            ("git push", "git -c push.default=x -C status push", true),
            ("git push", "git -C push status", false),
            ("git status", "git -C push status", true),
        ];
        for (wanted, command, fits) in table {
            assert_eq!(is_command(wanted, &ran(command)), fits, "{wanted} / {command}");
        }
    }
}
