//! One command: which program it is, what its entry says, and what that means here.

use crate::call::{self, Call, shown};
use crate::code;
use crate::effect::{Act, Effect, Flow, Scope};
use crate::grammar::{self, Entry, LOOKS, Language, Slot, Special, Takes};
use crate::hosts;
use crate::names;
use crate::paths;
use crate::report::{Deed, Ran};
use crate::sought;
use crate::value::{Arg, Data, HOLE, Tags, Variable};
use crate::walk::{Redirected, Walker, is_hole};

/// A script that is looked into has at most so many characters.
const MOST_SCRIPT: usize = 10_000;

impl Walker<'_> {
    /// Runs a command: its name and its arguments.
    pub(crate) fn perform(&mut self, args: &[Arg], redirected: &Redirected) -> Data {
        self.deeper(|walker| walker.program_with(args, redirected))
    }

    fn program_with(&mut self, args: &[Arg], redirected: &Redirected) -> Data {
        let at = self.begin(args, redirected);
        self.around += 1;
        let data = self.program_at(at, args, redirected);
        self.around -= 1;
        data
    }

    fn program_at(&mut self, at: usize, args: &[Arg], redirected: &Redirected) -> Data {
        let Some(name) = self.program(&args[0]) else {
            self.report.dark(format!("which program runs is not known: {}", shown(&args[0])));
            return self.output(at, args, redirected, None);
        };
        if args[0].text.contains('/') {
            let folder = self.state.folder.clone();
            if !paths::is_program(&self.place, folder.as_deref(), &args[0]) {
                // What lies elsewhere may be anything, whatever it is called: what its name says it does is no proof.
                self.run_file(at, &args[0].clone(), Some(args[1..].to_vec()), None);
                if grammar::find(&name).is_none() {
                    return self.output(at, args, redirected, None);
                }
            }
        } else if let Some(data) = self.builtin(&name, at, args, redirected) {
            return data;
        }
        let Some(entry) = grammar::find(&name) else {
            self.unknown_program(at, args);
            return self.output(at, args, redirected, None);
        };
        let call = call::read(entry, &args[1..]);
        self.ran(at).verbs.clone_from(&call.named);
        self.call(at, args, call, redirected)
    }

    /// A place for what is found out about a command.
    fn begin(&mut self, args: &[Arg], redirected: &Redirected) -> usize {
        let deeds = self.deeds_of(redirected);
        let redirected = deeds.len();
        let depth = self.around;
        let folder = self.state.folder.clone().filter(|folder| Some(folder.as_str()) != self.place.folder);
        self.report.commands.push(Ran {
            words: args.to_vec(),
            deeds,
            redirected,
            depth,
            folder,
            ..Ran::default()
        });
        self.report.commands.len() - 1
    }

    pub(crate) fn ran(&mut self, at: usize) -> &mut Ran {
        &mut self.report.commands[at]
    }

    pub(crate) fn deed(&mut self, at: usize, mut act: Act, subject: &str) {
        // The code of a folder elsewhere is not the project's.
        if act.effect == Effect::ExecProject && act.scope == Scope::Untracked && self.is_elsewhere() {
            act = Act::new(Effect::ExecUnknown, Scope::Unknown);
        }
        let deed = Deed { act, subject: subject.replace(HOLE, "…"), sure: !subject.contains(HOLE) };
        let ran = self.ran(at);
        if !ran.deeds.contains(&deed) {
            ran.deeds.push(deed);
        }
    }

    /// Whether what is run here runs outside of the project, or nobody knows where.
    fn is_elsewhere(&self) -> bool {
        let Some(root) = self.place.root else { return false };
        if self.elsewhere {
            return true;
        }
        match &self.state.folder {
            Some(folder) => !paths::is_below(folder, root),
            None => self.place.folder.is_some(),
        }
    }

    pub(crate) fn unproven(&mut self, at: usize, why: impl Into<String>) {
        let why = why.into();
        let ran = self.ran(at);
        if !ran.unproven.contains(&why) {
            ran.unproven.push(why);
        }
    }

    /// A program's name, without its folder; `None` where it is not known.
    fn program(&self, arg: &Arg) -> Option<String> {
        let text = arg.literal()?;
        let name = text.rsplit('/').next().unwrap_or(text);
        let small = name.to_ascii_lowercase();
        let name = small.strip_suffix(".exe").unwrap_or(name);
        (!name.is_empty() && !text.contains(['\n', ' '])).then(|| name.to_owned())
    }

    /// A program without an entry; one of the repository's is its code.
    fn unknown_program(&mut self, at: usize, args: &[Arg]) {
        let text = &args[0].text;
        if text.contains('/') {
            self.run_file(at, &args[0].clone(), Some(args[1..].to_vec()), None);
        } else {
            self.deed(at, Act::new(Effect::ExecUnknown, Scope::Unknown), text);
            self.unproven(at, format!("the program {text} is not known"));
        }
    }

    /// What comes out of a command that nothing more is known of.
    pub(crate) fn output(
        &mut self,
        at: usize,
        args: &[Arg],
        redirected: &Redirected,
        text: Option<String>,
    ) -> Data {
        let mut tags = args.iter().fold(redirected.stdin.tags, |tags, arg| tags.and(arg.tags));
        for deed in &self.report.commands[at].deeds {
            match deed.act.effect {
                Effect::SecretRead => tags.secret = true,
                Effect::NetworkIn if deed.act.scope == Scope::Remote => tags.downloaded = true,
                _ => {}
            }
        }
        Data { text, tags, absent: false }
    }

    /// A call that was taken apart.
    pub(crate) fn call(&mut self, at: usize, args: &[Arg], call: Call, redirected: &Redirected) -> Data {
        let before = std::mem::replace(&mut self.here, call.is_here());
        let values = call.options.iter().filter_map(|(_, value)| value.as_ref());
        let operands = call.operands.iter().map(|(_, operand)| operand);
        let elsewhere = values.chain(operands).any(|arg| self.leads_out(arg));
        let around = std::mem::replace(&mut self.elsewhere, elsewhere);
        let data = self.called(at, args, &call, redirected);
        (self.here, self.elsewhere) = (before, around);
        data
    }

    /// Whether an argument is a path that leads out of the project, to where other code may lie.
    fn leads_out(&self, arg: &Arg) -> bool {
        let Some(root) = self.place.root else { return false };
        let text = arg.text.as_str();
        if !(text.starts_with(['/', '~']) || text.starts_with("../") || text.contains("/../")) {
            return false;
        }
        let class = paths::class(&self.place, self.state.folder.as_deref(), arg);
        !paths::is_below(&class.path, root)
            && matches!(class.scope, Scope::Temp | Scope::Home | Scope::Dotfile | Scope::Unknown)
    }

    fn called(&mut self, at: usize, args: &[Arg], call: &Call, redirected: &Redirected) -> Data {
        self.project_settings(at, call);
        for why in &call.unproven {
            self.unproven(at, why.clone());
        }
        if call.unproven.is_empty() && (call.help || call.is_dry()) {
            self.acts(at, LOOKS, &args[0].text, false);
            self.beside(at, call, redirected);
            return self.output(at, args, redirected, None);
        }
        if let Some(special) = call.chain.iter().rev().find_map(|entry| entry.special)
            && let Some(data) = self.special(special, at, args, call, redirected)
        {
            return data;
        }
        self.plain(at, args, call, redirected)
    }

    /// Where what a call sends goes.
    fn goes_to(&self) -> Scope {
        if self.here { Scope::Loopback } else { Scope::Remote }
    }

    /// What options do in a call that otherwise does nothing: what they run is run all the same.
    fn beside(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        if call.chain[0].special == Some(Special::Git) {
            self.git_settings(at, call);
        }
        if call.help {
            return;
        }
        let before = self.state.folder.clone();
        for (option, value) in &call.options {
            if let (Takes::Value(slot) | Takes::Optional(slot) | Takes::Pair(slot), Some(value)) =
                (option.takes, value)
            {
                self.slot(at, slot, value, false, redirected, call.entry());
            }
        }
        self.finds_settings(at, call);
        self.state.folder = before;
    }

    /// Settings that may be code, where anyone may write: in temporary folders, and in those that nobody knows.
    fn finds_settings(&mut self, at: usize, call: &Call) {
        if !call.chain.iter().any(|entry| entry.local) {
            return;
        }
        let scope = self
            .state
            .folder
            .clone()
            .map_or(Scope::Unknown, |folder| paths::class(&self.place, None, &Arg::known(folder)).scope);
        if matches!(scope, Scope::Temp | Scope::Build | Scope::Device | Scope::Remote | Scope::Unknown) {
            self.unproven(at, "its settings are read where anyone may write, and they can run programs");
        }
    }

    /// What an entry says by its data.
    pub(crate) fn plain(&mut self, at: usize, args: &[Arg], call: &Call, redirected: &Redirected) -> Data {
        let grave = call.is_grave();
        let subject = args[0].text.clone();
        for entry in call.chain.clone() {
            self.acts(at, entry.acts, &subject, grave);
        }
        let entry = call.entry();
        if let Some(bare) = entry.bare
            && call.operands.is_empty()
            && call.command.is_none()
        {
            self.acts(at, bare, &subject, grave);
        }
        let before = self.state.folder.clone();
        let mut tags = Tags::default();
        let mut values: Vec<(Slot, Arg)> = Vec::new();
        for (option, value) in &call.options {
            if !call::is_off(option, value.as_ref()) {
                // What an option makes it do is about what the option says.
                let about = value.as_ref().filter(|value| !value.text.is_empty());
                self.acts(at, option.acts, about.map_or(&subject, |value| &value.text), grave);
            }
            if let (Takes::Value(slot) | Takes::Optional(slot) | Takes::Pair(slot), Some(value)) =
                (option.takes, value)
            {
                values.push((slot, value.clone()));
            }
        }
        // What is written last has in it what was read, wherever it stands.
        let mut written = Vec::new();
        for (slot, value) in &values {
            if *slot == Slot::Write {
                written.push(value.clone());
            } else {
                tags = tags.and(self.slot(at, *slot, value, grave, redirected, entry));
            }
        }
        self.finds_settings(at, call);
        for (slot, operand) in &call.operands {
            if *slot == Slot::Write {
                written.push(operand.clone());
            } else {
                tags = tags.and(self.slot(at, *slot, operand, grave, redirected, entry));
            }
        }
        tags.secret |= grave && self.searches_secret(call);
        for target in &written {
            self.write(at, target, redirected);
        }
        if let Some(slot) = entry.stdin.filter(|_| self.reads_stdin(call)) {
            self.stdin(at, slot, redirected);
        }
        if call.command.is_none() {
            self.addressed(at, args);
        }
        let mut data = match &call.command {
            Some((slot, command)) => self.inner(at, *slot, command, redirected),
            None => {
                let text = self.prints(at, args, call, redirected);
                // What stands for names is no text of its own.
                let named = text.as_ref().is_some_and(|text| text.contains(HOLE));
                let mut data = self.output(at, args, redirected, text);
                data.tags.names |= named;
                data
            }
        };
        self.state.folder = before;
        data.tags = data.tags.and(tags);
        data.tags.decoded |= entry.decodes || call.has("--decode");
        self.sends(at, data.tags, redirected);
        data
    }

    /// What a program prints whose output is always of one kind: a number, whichever it is, or a new temporary file.
    fn prints(&self, at: usize, args: &[Arg], call: &Call, redirected: &Redirected) -> Option<String> {
        if !args.iter().all(|arg| arg.literal().is_some()) {
            return None;
        }
        if let Some(names) = names::told(args, call).or_else(|| names::passed(args, &redirected.stdin)) {
            return Some(names);
        }
        let operands = call.operands.len();
        match call.chain[0].names.split('|').next().unwrap_or_default() {
            "mktemp" => self.temporary(at, args),
            _ if args[0].text == "seq" => sequence(args),
            _ if args[0].text == "wc" && operands == 0 => {
                let one =
                    args.len() == 2 && matches!(args[1].text.as_str(), "-l" | "-c" | "-w" | "-m" | "-L");
                one.then(|| "0\n".to_owned())
            }
            _ if args[0].text == "date" => {
                let one = args.len() == 2 && matches!(args[1].text.as_str(), "+%s" | "+%s%N" | "+%Y");
                one.then(|| "0\n".to_owned())
            }
            _ if args[0].text == "grep" => {
                // Of one file, and without names of files.
                let one = args.get(1).is_some_and(|arg| arg.text == "-c") && operands <= 2;
                (one && call.options.is_empty()).then(|| "0\n".to_owned())
            }
            _ if args[0].text == "nproc" && args.len() == 1 => Some("0\n".to_owned()),
            _ => None,
        }
    }

    /// The name that `mktemp` makes up, or one like it.
    fn temporary(&self, at: usize, args: &[Arg]) -> Option<String> {
        let temp = self.state.variables.get("TMPDIR");
        let mut template = None;
        for arg in &args[1..] {
            match arg.text.as_str() {
                "-d" | "-q" | "-t" | "--directory" | "--quiet" | "--tmpdir" => {}
                text if text.starts_with('-') || template.is_some() => return None,
                text => template = Some(text),
            }
        }
        let name = template.unwrap_or("tmp.XXXXXXXXXX");
        let name = format!("{}{at}", name.trim_end_matches('X'));
        let bare =
            template.is_none() || args.iter().any(|arg| matches!(arg.text.as_str(), "-t" | "--tmpdir"));
        match (bare, name.contains('/')) {
            (true, false) if temp.is_none() => Some(format!("/tmp/{name}\n")),
            (false, _) if name.starts_with("/tmp/") && !name.contains("..") => Some(format!("{name}\n")),
            _ => None,
        }
    }

    /// Whether a call reads its code from standard input. Where an operand says so, it was looked at already.
    fn reads_stdin(&self, call: &Call) -> bool {
        let code = |slot: Slot| {
            matches!(
                slot,
                Slot::Code(_)
                    | Slot::Shell
                    | Slot::ShellFile
                    | Slot::CodeFile(_)
                    | Slot::Sql
                    | Slot::SqlFile
                    | Slot::Unknown
            )
        };
        let option =
            call.options.iter().any(|(option, _)| matches!(option.takes, Takes::Value(slot) if code(slot)));
        let operand = call.operands.iter().any(|(slot, _)| code(*slot));
        let instead =
            !call.operands.is_empty() && call.options.iter().any(|(option, _)| option.rest.is_some());
        !option && !operand && !instead
    }

    /// What a call does whatever its operands are.
    pub(crate) fn acts(&mut self, at: usize, acts: &[Act], subject: &str, grave: bool) {
        for act in acts {
            let sends = act.effect == Effect::NetworkOut && act.scope == Scope::Remote;
            let scope = if sends { self.goes_to() } else { act.scope };
            self.deed(at, Act { grave: act.grave || grave, scope, ..*act }, subject);
        }
    }

    /// A secret that goes to another machine.
    fn sends(&mut self, at: usize, tags: Tags, redirected: &Redirected) {
        let out = self.report.commands[at]
            .deeds
            .iter()
            .any(|deed| deed.act.effect == Effect::NetworkOut && deed.act.scope != Scope::Loopback);
        if (out || redirected.is_remote()) && tags.and(redirected.stdin.tags).secret {
            self.report.flow(Flow::SecretOut);
        }
    }

    /// What a value or an operand means; what is in it.
    pub(crate) fn slot(
        &mut self,
        at: usize,
        slot: Slot,
        arg: &Arg,
        grave: bool,
        redirected: &Redirected,
        entry: &'static Entry,
    ) -> Tags {
        match slot {
            Slot::Text => arg.tags,
            Slot::Sought => self.sought(at, arg),
            Slot::Read if grave => self.read_whole(at, arg),
            Slot::Read => self.read(at, arg),
            Slot::Listed => self.listed(at, arg),
            Slot::Tree => self.read_all(at, arg),
            Slot::Write => {
                self.write(at, arg, redirected);
                Tags::default()
            }
            Slot::Edit => {
                let tags = self.read(at, arg);
                self.write(at, arg, redirected);
                tags
            }
            Slot::Delete => {
                let mut deeds = Vec::new();
                self.deeds_on(arg, Effect::Delete, grave, &mut deeds);
                self.add(at, deeds);
                Tags::default()
            }
            Slot::Folder => {
                let class = paths::class(&self.place, self.state.folder.as_deref(), arg);
                self.state.folder = class.sure.then_some(class.path);
                Tags::default()
            }
            Slot::Upload => self.upload(at, arg),
            Slot::Data => {
                if let Some(file) = arg.text.strip_prefix('@').filter(|file| *file != "-") {
                    return self.slot(at, Slot::Upload, &arg.with(file), grave, redirected, entry);
                }
                self.deed(at, Act::new(Effect::NetworkOut, self.goes_to()), &arg.text);
                arg.tags
            }
            Slot::Url => self.url(at, arg),
            Slot::Host => {
                let scope = hosts::scope(&arg.text);
                self.deed(at, Act::new(Effect::NetworkOut, scope), &arg.text);
                self.deed(at, Act::new(Effect::NetworkIn, scope), &arg.text);
                arg.tags
            }
            Slot::RemoteRead => match remote(arg) {
                true => {
                    self.deed(at, Act::new(Effect::NetworkIn, Scope::Remote), &arg.text);
                    Tags { downloaded: true, ..arg.tags }
                }
                false => self.read(at, arg),
            },
            Slot::RemoteWrite => match remote(arg) {
                true => {
                    self.deed(at, Act::new(Effect::NetworkOut, Scope::Remote), &arg.text);
                    arg.tags
                }
                false => {
                    self.write(at, arg, redirected);
                    Tags::default()
                }
            },
            Slot::Shell => {
                self.ran(at).wraps = true;
                let data = Data { text: arg.literal().map(str::to_owned), tags: arg.tags, absent: false };
                self.run_text(at, &data, None, redirected).tags.and(arg.tags)
            }
            Slot::RemoteShell => {
                let data = Data { text: arg.literal().map(str::to_owned), tags: arg.tags, absent: false };
                let out = self.elsewhere(at, |walker| walker.run_text(at, &data, None, redirected));
                out.tags.and(arg.tags)
            }
            Slot::Lookup => self.lookup(at, arg),
            Slot::Server | Slot::Database | Slot::Named | Slot::Image | Slot::Forge => {
                self.service(at, slot, arg);
                arg.tags
            }
            Slot::Command | Slot::RemoteCommand | Slot::Words | Slot::RemoteWords => arg.tags,
            Slot::ShellFile | Slot::CodeFile(_) if arg.is_stdin() => {
                self.stdin(at, slot, redirected);
                arg.tags
            }
            Slot::Module => {
                if !arg.literal().is_some_and(code::is_known_module) {
                    self.deed(at, Act::new(Effect::ExecUnknown, Scope::Unknown), &arg.text);
                    self.unproven(at, format!("what the module {} does is not known", shown(arg)));
                }
                arg.tags
            }
            Slot::Secret => {
                self.deed(at, Act::new(Effect::SecretRead, Scope::Credential), &arg.text);
                Tags { secret: true, ..arg.tags }
            }
            Slot::Sets | Slot::Shown | Slot::Format | Slot::Action => {
                let shown = match slot {
                    Slot::Shown => arg.is_known() && !arg.text.contains('='),
                    Slot::Format => arg.text.starts_with('+'),
                    Slot::Action => {
                        arg.literal().is_some_and(|text| matches!(text, "status" | "--status" | "state"))
                    }
                    _ => false,
                };
                if !shown {
                    self.deed(at, Act::new(Effect::Write, Scope::System), &arg.text);
                }
                arg.tags
            }
            Slot::Query => {
                self.expression_of_query(at, arg, true);
                arg.tags
            }
            Slot::QueryFile => {
                let (data, tags) = match arg.is_stdin() {
                    true => (redirected.stdin.clone(), arg.tags),
                    false => (self.text_of(arg), self.read(at, arg)),
                };
                match &data.text {
                    Some(text) => self.expression_of_query(at, &arg.with(text), true),
                    None if arg.is_stdin() => self.unproven(at, "the expression is not known"),
                    None => {}
                }
                tags
            }
            Slot::Expression => {
                let tags = self.read(at, arg);
                self.expression_of_query(at, arg, false);
                tags
            }
            Slot::ShellFile => self.run_file(at, arg, None, None),
            Slot::Code(language) => {
                self.run_code(
                    at,
                    language,
                    &Data { text: arg.literal().map(str::to_owned), tags: arg.tags, absent: false },
                );
                arg.tags
            }
            Slot::CodeFile(language) => self.run_file(at, arg, None, Some(language)),
            Slot::Sql => {
                match arg.literal() {
                    Some(text) => self.statements(at, text),
                    None => self.unproven(at, "the statements are not known"),
                }
                arg.tags
            }
            Slot::SqlFile if arg.is_stdin() => {
                self.stdin(at, Slot::Sql, redirected);
                arg.tags
            }
            Slot::SqlFile => {
                let tags = self.read(at, arg);
                if let Some(text) = self.file(arg).text {
                    self.statements(at, &text);
                } else {
                    self.deed(at, Act::new(Effect::ExecUnknown, Scope::Unknown), &arg.text);
                    self.unproven(at, "the statements are not known");
                }
                tags
            }
            Slot::Setting => {
                let secret = arg.literal().is_none_or(sounds_secret);
                let act = if secret {
                    Act::new(Effect::SecretRead, Scope::Credential)
                } else {
                    Act::new(Effect::Read, Scope::Nothing)
                };
                self.deed(at, act, &arg.text);
                arg.tags
            }
            Slot::Process => {
                let own = arg.literal().is_some_and(|text| text.starts_with("$!") || text.starts_with('%'));
                let scope = if own { Scope::Nothing } else { Scope::System };
                self.deed(at, Act { grave, ..Act::new(Effect::ProcessKill, scope) }, &arg.text);
                Tags::default()
            }
            Slot::Device => {
                let class = paths::class(&self.place, self.state.folder.as_deref(), arg);
                let grave = class.scope == Scope::Device || !class.sure;
                let scope = if grave { Scope::Device } else { class.scope };
                self.deed(at, Act { grave, ..Act::new(Effect::Write, scope) }, &class.path);
                Tags::default()
            }
            Slot::Ref => {
                let act = Act { grave, ..Act::new(Effect::VcsHistory, Scope::Repository) };
                self.deed(at, act, &arg.text);
                arg.tags
            }
            Slot::Page => match arg.text.contains(['/', HOLE]) || arg.text.starts_with(['.', '~']) {
                true => self.read(at, arg),
                false => arg.tags,
            },
            Slot::Loaded => match paths::is_program(&self.place, self.state.folder.as_deref(), arg) {
                true => self.read(at, arg),
                false => self.run_file(at, arg, None, None),
            },
            Slot::Program => match arg.text.contains(['/', HOLE]) {
                true => self.run_file(at, arg, None, None),
                false => arg.tags,
            },
            Slot::Task => {
                self.deed(at, Act::new(Effect::ExecProject, Scope::Untracked), &arg.text);
                arg.tags
            }
            Slot::Names => {
                let (data, tags) = match arg.is_stdin() {
                    true => (redirected.stdin.clone(), arg.tags),
                    false => (self.text_of(arg), self.read(at, arg)),
                };
                tags.and(self.named_files(at, &data, Slot::Read, redirected, entry))
            }
            Slot::Report => {
                for part in arg.text.split(',') {
                    if let Some((_, file)) = part.split_once(':').filter(|(_, file)| !file.starts_with("std"))
                    {
                        self.write(at, &arg.with(file), redirected);
                    }
                }
                arg.tags
            }
            Slot::Unknown => {
                // It may name a program, with its arguments.
                let program = arg.text.split_once(char::is_whitespace).map(|(program, _)| program);
                if program.is_some_and(|program| grammar::find(program).is_some()) {
                    let data = Data { text: arg.literal().map(str::to_owned), tags: arg.tags, absent: false };
                    self.run_text(at, &data, None, &Redirected::input(Data::absent()));
                }
                self.deed(at, Act::new(Effect::ExecUnknown, Scope::Unknown), &arg.text);
                self.unproven(at, format!("what {} means is not known", shown(arg)));
                arg.tags
            }
        }
    }

    pub(crate) fn add(&mut self, at: usize, deeds: Vec<Deed>) {
        let ran = self.ran(at);
        for deed in deeds {
            if !ran.deeds.contains(&deed) {
                ran.deeds.push(deed);
            }
        }
    }

    /// Files whose names stand in data, one a line or with nothing between them, as far as they are known.
    pub(crate) fn named_files(
        &mut self,
        at: usize,
        data: &Data,
        slot: Slot,
        redirected: &Redirected,
        entry: &'static Entry,
    ) -> Tags {
        const MOST: usize = 40;
        if data.text.is_none() && !data.absent {
            self.unproven(at, "which files it takes in is not known");
        }
        let text = data.text.clone().unwrap_or_default();
        let mut names = text.split(['\n', '\0']).filter(|name| !name.is_empty());
        let mut tags = Tags::default();
        for name in names.by_ref().take(MOST) {
            tags = tags.and(self.slot(at, slot, &Arg::known(name), false, redirected, entry));
        }
        if names.next().is_some() {
            self.report.dark("it takes in more files than are looked at");
        }
        tags
    }

    /// What a file holds: what was written to it, or what it says now.
    pub(crate) fn text_of(&mut self, arg: &Arg) -> Data {
        let data = self.file(arg);
        let class = paths::class(&self.place, self.state.folder.as_deref(), arg);
        let found = || class.sure.then(|| self.place.facts.text(&class.path)).flatten();
        Data { text: data.text.or_else(found), tags: data.tags, absent: false }
    }

    pub(crate) fn read(&mut self, at: usize, arg: &Arg) -> Tags {
        if arg.text == "-" {
            return Tags::default();
        }
        // Many programs take addresses for files.
        if ["http://", "https://", "ftp://", "file://"].iter().any(|scheme| arg.text.starts_with(scheme)) {
            return self.url(at, arg);
        }
        let mut deeds = Vec::new();
        self.deeds_on(arg, Effect::Read, false, &mut deeds);
        self.add(at, deeds);
        self.file(arg).tags.and(arg.tags)
    }

    pub(crate) fn write(&mut self, at: usize, arg: &Arg, redirected: &Redirected) {
        if arg.text == "-" {
            return;
        }
        let mut deeds = Vec::new();
        self.deeds_on(arg, Effect::Write, false, &mut deeds);
        self.add(at, deeds);
        let class = paths::class(&self.place, self.state.folder.as_deref(), arg);
        if class.sure {
            let tags = self.output(at, &[], redirected, None).tags;
            self.state.files.insert(class.path, Data::tagged(tags));
        }
    }

    /// A file that is sent to another machine.
    pub(crate) fn upload(&mut self, at: usize, arg: &Arg) -> Tags {
        let tags = self.read(at, arg);
        self.deed(at, Act::new(Effect::NetworkOut, self.goes_to()), &arg.text);
        if tags.secret && !self.here {
            self.report.flow(Flow::SecretOut);
        }
        tags
    }

    fn url(&mut self, at: usize, arg: &Arg) -> Tags {
        if let Some(path) = arg.text.strip_prefix("file://") {
            return self.read(at, &arg.with(path));
        }
        let scope = hosts::scope(&arg.text);
        self.deed(at, Act::new(Effect::NetworkIn, scope), &arg.text);
        if arg.tags.secret && scope != Scope::Loopback {
            self.report.flow(Flow::SecretOut);
        }
        Tags { downloaded: scope != Scope::Loopback, ..arg.tags }
    }

    /// A program that another one runs.
    fn inner(&mut self, at: usize, slot: Slot, command: &[Arg], redirected: &Redirected) -> Data {
        if command.is_empty() {
            return Data::default();
        }
        self.ran(at).wraps = true;
        match slot {
            Slot::RemoteCommand => {
                return self.elsewhere(at, |walker| walker.perform(command, &redirected.only_input()));
            }
            Slot::Words => return self.words(at, command, redirected),
            Slot::RemoteWords => {
                return self.elsewhere(at, |walker| walker.words(at, command, redirected));
            }
            _ => {}
        }
        self.perform(command, &redirected.only_input())
    }

    /// What is run elsewhere does there what it would do here: to files and machines that are not these.
    pub(crate) fn elsewhere<T>(&mut self, at: usize, work: impl FnOnce(&mut Self) -> T) -> T {
        let from = self.report.commands.len();
        let done = self.apart(work);
        self.move_there(at, from);
        done
    }

    /// Commands from one on are run elsewhere.
    pub(crate) fn move_there(&mut self, at: usize, from: usize) {
        self.ran(at).wraps = true;
        for ran in &mut self.report.commands[from..] {
            for deed in &mut ran.deeds {
                deed.act = there(deed.act);
            }
        }
    }

    /// Standard input, where it is code.
    pub(crate) fn stdin(&mut self, at: usize, slot: Slot, redirected: &Redirected) {
        let stdin = redirected.stdin.clone();
        if stdin.absent {
            if slot != Slot::Data {
                self.unproven(at, "it reads what to do from the terminal");
            }
            return;
        }
        match slot {
            Slot::Shell | Slot::ShellFile => {
                self.run_text(at, &stdin, None, &Redirected::input(Data::absent()));
            }
            Slot::RemoteShell => {
                self.elsewhere(at, |walker| {
                    walker.run_text(at, &stdin, None, &Redirected::input(Data::absent()))
                });
            }
            Slot::Code(language) | Slot::CodeFile(language) => self.run_code(at, language, &stdin),
            Slot::Sql => match stdin.text.as_ref().filter(|text| !text.contains(HOLE)) {
                Some(text) => self.statements(at, text),
                None => self.unproven(at, "the statements are not known"),
            },
            Slot::Data => {
                if !stdin.text.as_deref().is_some_and(|text| matches!(text.trim(), "" | "Q")) {
                    self.deed(at, Act::new(Effect::NetworkOut, self.goes_to()), "what it reads");
                }
            }
            Slot::Command
            | Slot::RemoteCommand
            | Slot::Words
            | Slot::RemoteWords
            | Slot::Lookup
            | Slot::Server
            | Slot::Database
            | Slot::Named
            | Slot::Image
            | Slot::Forge
            | Slot::Module
            | Slot::Secret
            | Slot::Sets
            | Slot::Shown
            | Slot::Format
            | Slot::Action
            | Slot::Query
            | Slot::QueryFile
            | Slot::Names
            | Slot::SqlFile
            | Slot::Report
            | Slot::Expression
            | Slot::Text
            | Slot::Read
            | Slot::Listed
            | Slot::Page
            | Slot::Sought
            | Slot::Loaded
            | Slot::Tree
            | Slot::Write
            | Slot::Edit
            | Slot::Delete
            | Slot::Folder
            | Slot::Upload
            | Slot::Url
            | Slot::Host
            | Slot::RemoteRead
            | Slot::RemoteWrite
            | Slot::Setting
            | Slot::Process
            | Slot::Device
            | Slot::Ref
            | Slot::Task
            | Slot::Program => {}
            Slot::Unknown => self.unproven(at, "what it reads is not known"),
        }
    }

    /// A name that machines are asked about.
    pub(crate) fn lookup(&mut self, at: usize, arg: &Arg) -> Tags {
        // `@8.8.8.8`: which machine is asked; `+short`: how it is shown.
        if let Some(server) = arg.text.strip_prefix('@') {
            self.server(at, &arg.with(server));
            return arg.tags;
        }
        let asked = hosts::host(&arg.text);
        let act = match hosts::scope(&arg.text) {
            Scope::Loopback => Act::new(Effect::Read, Scope::Nothing),
            _ if !arg.is_known() => Act::new(Effect::NetworkOut, Scope::Remote),
            // Whom a machine is asked about.
            _ if arg.text.contains('@') => Act::new(Effect::NetworkIn, Scope::Remote),
            _ if arg.text.starts_with('+') || !hosts::carries(asked) => grammar::SERVICE,
            _ => Act::new(Effect::NetworkIn, Scope::Remote),
        };
        self.deed(at, act, &arg.text);
        if arg.tags.secret {
            self.report.flow(Flow::SecretOut);
        }
        arg.tags
    }

    /// Addresses that a program which asks its own service was given: another one is asked instead.
    fn addressed(&mut self, at: usize, args: &[Arg]) {
        const SCHEMES: &[&str] = &[
            "http",
            "https",
            "ws",
            "wss",
            "tcp",
            "grpc",
            "grpcs",
            "redis",
            "rediss",
            "mongodb",
            "mongodb+srv",
            "amqp",
            "amqps",
            "nats",
            "ldap",
            "ldaps",
            "git+https",
            "git+ssh",
            "ssh",
            "svn",
            "svn+ssh",
        ];
        if !self.ran(at).deeds.iter().any(|deed| deed.act == grammar::SERVICE) {
            return;
        }
        for arg in args.iter().skip(1) {
            let Some(sign) = arg.text.find("://") else { continue };
            let of_scheme = |letter: &u8| letter.is_ascii_alphanumeric() || *letter == b'+';
            let scheme = arg.text[..sign].bytes().rev().take_while(of_scheme).count();
            let address = &arg.text[sign - scheme..];
            let scheme = address.split("://").next().unwrap_or_default().to_ascii_lowercase();
            let host = hosts::host(address);
            if SCHEMES.contains(&scheme.as_str()) && !hosts::is_service(host) {
                self.server(at, &arg.with(address));
            }
        }
    }

    /// A machine that is asked, wherever it is: what is asked for goes there.
    fn server(&mut self, at: usize, arg: &Arg) {
        let act = match (hosts::is_resolver(&arg.text), hosts::is_near(&arg.text)) {
            (true, _) => Act::new(Effect::NetworkIn, Scope::Loopback),
            (false, true) => grammar::SERVICE,
            (false, false) => Act::new(Effect::NetworkIn, Scope::Remote),
        };
        self.deed(at, act, &arg.text);
        if arg.tags.secret && act.scope == Scope::Remote {
            self.report.flow(Flow::SecretOut);
        }
    }

    /// Options and operands that say which machine is asked.
    pub(crate) fn servers(&mut self, at: usize, call: &Call) {
        let options = call.options.iter().filter_map(|(option, value)| match option.takes {
            Takes::Value(slot) | Takes::Optional(slot) => Some((slot, value.clone()?)),
            Takes::Nothing | Takes::Pair(_) => None,
        });
        let all: Vec<(Slot, Arg)> = options.chain(call.operands.iter().cloned()).collect();
        for (slot, arg) in all {
            if matches!(slot, Slot::Server | Slot::Database) {
                self.service(at, slot, &arg);
            }
        }
    }

    /// What says of a service which one it is: the one that is always asked, or any other.
    fn service(&mut self, at: usize, slot: Slot, arg: &Arg) {
        let text = arg.text.as_str();
        let address = text.contains("://");
        let first = text.split('/').next().unwrap_or_default();
        let elsewhere = match slot {
            // A socket is on this machine.
            Slot::Server => (!text.starts_with(['/', '.', '@']) || address).then(|| text.to_owned()),
            Slot::Database => match text
                .split(['?', ' ', '&'])
                .find_map(|part| part.strip_prefix("host=").or_else(|| part.strip_prefix("hostaddr=")))
            {
                Some(host) => host.split(',').find(|host| !host.starts_with('/')).map(str::to_owned),
                None if address => (!text.contains(":///")).then(|| text.to_owned()),
                None => {
                    let named = text.contains(':') || text.contains('/') && !text.starts_with(['/', '.']);
                    named.then(|| text.to_owned())
                }
            },
            Slot::Named => {
                let name = text.strip_prefix("npm:").unwrap_or(text);
                let version = name.trim_start_matches('@').contains("@npm:");
                (name.contains(':') && !version || name.contains(HOLE)).then(|| text.to_owned())
            }
            Slot::Image => {
                let image = text.split_once("://").map_or(text, |(_, image)| image);
                let host = image.split('/').next().unwrap_or_default();
                let own = image.contains('/') && (host.contains(['.', ':']) || host == "localhost");
                (own && !hosts::is_registry(host) || image.starts_with(HOLE)).then(|| host.to_owned())
            }
            _ => {
                let host = match (address, text.split('/').count()) {
                    (true, _) => hosts::host(text),
                    (false, 3) | (false, 1) if first.contains('.') => first,
                    _ => "github.com",
                };
                (!hosts::is_forge(host)).then(|| host.to_owned())
            }
        };
        if let Some(elsewhere) = elsewhere {
            self.server(at, &arg.with(elsewhere));
        }
    }

    /// Names of files that are looked through, which may be those of secrets.
    fn sought(&mut self, at: usize, arg: &Arg) -> Tags {
        let pattern = arg.text.rsplit(':').next().unwrap_or_default();
        if arg.text.starts_with('!') || !arg.is_known() || !sought::may_meet_secret(pattern) {
            return arg.tags;
        }
        self.deed(at, Act::new(Effect::SecretRead, Scope::Credential), &arg.text);
        Tags { secret: true, ..arg.tags }
    }

    /// Whether a search through folders comes by a secret: one is there, and the search is not for other names.
    fn searches_secret(&self, call: &Call) -> bool {
        if call.entry().rest != Some(Slot::Read)
            || !call.entry().acts.iter().all(|act| act.effect == Effect::Read)
        {
            return false;
        }
        let names = call.options.iter().filter(|(option, _)| option.takes == Takes::Value(Slot::Sought));
        let mut names =
            names.filter_map(|(_, name)| name.as_ref()).filter(|name| !name.text.starts_with('!')).peekable();
        if names.peek().is_some() && names.all(|name| sought::is_plain(&name.text)) {
            return false;
        }
        let folders: Vec<&Arg> =
            call.operands.iter().filter(|(slot, _)| *slot == Slot::Read).map(|(_, folder)| folder).collect();
        match folders.as_slice() {
            [] => self.has_secret(&Arg::known(".")),
            folders => folders.iter().any(|folder| self.has_secret(folder)),
        }
    }

    /// A file or folder of which no more is shown than its name and what stands beside it.
    fn listed(&mut self, at: usize, arg: &Arg) -> Tags {
        let mut deeds = Vec::new();
        self.deeds_on(arg, Effect::Read, false, &mut deeds);
        for deed in &mut deeds {
            // What folders of settings are called, and when they were changed, is no setting.
            let hidden = deed.act.effect == Effect::SecretRead && !deed.sure;
            if hidden || deed.act == Act::new(Effect::Read, Scope::Dotfile) {
                deed.act = Act::new(Effect::Read, Scope::Home);
            }
        }
        self.add(at, deeds);
        arg.tags
    }

    /// Whoever names a file says what is run, where its name stands in code.
    fn names_in_code(&mut self, tags: Tags) {
        if tags.names {
            self.report.dark("the names of files are run as code");
        }
    }

    /// Data that are run: where they come from matters more than what they are.
    fn runs(&mut self, tags: Tags) {
        if tags.downloaded {
            self.report.flow(Flow::DownloadRun);
        }
        if tags.decoded {
            self.report.flow(Flow::DecodedRun);
        }
    }

    /// Commands of the shell, in a shell of its own; what comes out.
    pub(crate) fn run_text(
        &mut self,
        at: usize,
        data: &Data,
        arguments: Option<Vec<Arg>>,
        redirected: &Redirected,
    ) -> Data {
        self.runs(data.tags);
        self.ran(at).wraps = true;
        match data.text.clone().filter(|text| !text.contains(HOLE)) {
            Some(text) => {
                self.names_in_code(data.tags);
                self.text_apart(&text, arguments, &redirected.stdin)
            }
            None => {
                self.report.dark("commands are run that are not known");
                self.deed(at, Act::new(Effect::ExecUnknown, Scope::Unknown), "commands");
                Data::default()
            }
        }
    }

    pub(crate) fn run_code(&mut self, at: usize, language: Language, data: &Data) {
        self.runs(data.tags);
        if language == Language::PowerShell {
            self.ran(at).wraps = true;
            self.apart(|walker| walker.power(data));
            return;
        }
        match data.text.as_ref().filter(|text| !text.contains(HOLE)) {
            Some(text) => {
                self.names_in_code(data.tags);
                let found = code::look(language, text);
                for (act, subject) in found.acts {
                    self.deed(at, act, &subject);
                }
                for path in found.paths {
                    let mut deeds = Vec::new();
                    self.deeds_on(&Arg::known(path.0), path.1, path.2, &mut deeds);
                    self.add(at, deeds);
                }
                for text in found.shell {
                    let data = Data { tags: data.tags, ..Data::text(text) };
                    self.run_text(at, &data, None, &Redirected::input(Data::absent()));
                }
                if !found.proven {
                    self.deed(at, Act::new(Effect::ExecUnknown, Scope::Unknown), "code");
                    self.unproven(at, "what the code does is not proven");
                }
            }
            None => {
                self.report.dark("code is run that is not known");
                self.deed(at, Act::new(Effect::ExecUnknown, Scope::Unknown), "code");
            }
        }
    }

    /// A file that is run: what was written to it, what it holds, or what is known of where it is.
    pub(crate) fn run_file(
        &mut self,
        at: usize,
        arg: &Arg,
        arguments: Option<Vec<Arg>>,
        language: Option<Language>,
    ) -> Tags {
        let class = paths::class(&self.place, self.state.folder.as_deref(), arg);
        let data = self.file(arg);
        self.runs(data.tags.and(arg.tags));
        let written = data.text.clone();
        let text = written.or_else(|| class.sure.then(|| self.place.facts.text(&class.path)).flatten());
        let ours =
            matches!(class.scope, Scope::Tracked | Scope::Untracked | Scope::Build | Scope::Repository);
        match (text, language) {
            (Some(text), None) if is_shell(&text, &class.path) && text.len() <= MOST_SCRIPT => {
                self.ran(at).wraps = true;
                self.text_apart(&text, arguments, &Data::absent());
                if !(ours || class.scope == Scope::Nothing) || data.text.is_none() {
                    self.deed(at, Act::new(Effect::ExecProject, class.scope), &class.path);
                }
            }
            (Some(text), Some(language)) if data.text.is_some() => {
                self.run_code(at, language, &Data { text: Some(text), ..data.clone() })
            }
            _ if ours && data.tags == Tags::default() => {
                self.deed(at, Act::new(Effect::ExecProject, class.scope), &class.path)
            }
            _ => {
                self.deed(at, Act::new(Effect::ExecUnknown, class.scope), &class.path);
                self.unproven(at, format!("what {} does is not known", shown(arg)));
            }
        }
        data.tags.and(arg.tags)
    }

    // The shell's own.

    /// What the shell does itself; `None` for anything else.
    fn builtin(&mut self, name: &str, at: usize, args: &[Arg], redirected: &Redirected) -> Option<Data> {
        let rest = &args[1..];
        let nothing = || Some(Data::text(""));
        match name {
            ":" | "true" | "false" | "return" | "break" | "continue" | "exit" | "logout" | "fg" | "bg"
            | "disown" | "times" | "dirs" | "ulimit" | "umask" | "shift" | "suspend" => nothing(),
            "history" => {
                self.history(at, rest, redirected);
                nothing()
            }
            "wait" | "getopts" | "jobs" | "compgen" => {
                self.evaluates(name, at, rest);
                nothing()
            }
            "cd" | "pushd" | "popd" => {
                self.change_folder(name, rest);
                nothing()
            }
            "pwd" => Some(match &self.state.folder {
                Some(folder) => Data::text(format!("{folder}\n")),
                None => Data::default(),
            }),
            "echo" => {
                self.shows(at, rest);
                Some(self.echo(at, args, redirected))
            }
            "printf" => {
                if rest.first().is_none_or(|arg| arg.text != "-v") {
                    self.shows(at, rest);
                }
                Some(self.printf(args, redirected))
            }
            "cat" if redirected.stdin.tags.private => {
                self.shows_secret(at, "a variable that is called like a secret");
                None
            }
            "cat" if rest.is_empty() || rest.iter().all(|arg| arg.text == "-") => {
                Some(redirected.stdin.clone())
            }
            "export" | "declare" | "typeset" | "local" | "readonly" => {
                self.declare(at, rest);
                if lists_variables(name, rest) {
                    self.shows_secret(at, "the environment");
                    return Some(Data::tagged(Tags { secret: true, ..Tags::default() }));
                }
                nothing()
            }
            "unset" => {
                for arg in rest.iter().filter(|arg| !arg.text.starts_with('-')) {
                    self.evaluate_name(arg);
                    match arg.literal() {
                        Some(name) => self.set(name, Variable::Unset),
                        None => self.report.dark("which variable is unset is not known"),
                    }
                }
                nothing()
            }
            "set" if rest.is_empty() => {
                self.shows_secret(at, "the environment");
                Some(Data::tagged(Tags { secret: true, ..Tags::default() }))
            }
            "set" => {
                // What was typed is written down when the shell ends.
                if rest.windows(2).any(|two| two[0].text.ends_with('o') && two[1].text == "history") {
                    self.history(at, &[Arg::known("-w")], redirected);
                }
                self.set_arguments(rest);
                nothing()
            }
            "read" | "mapfile" | "readarray" => {
                self.read_variables(at, name, rest, redirected);
                nothing()
            }
            "let" => {
                for arg in rest {
                    self.evaluate(arg);
                }
                nothing()
            }
            "eval" => {
                let rest = behind_dashes(rest);
                let tags = rest.iter().fold(Tags::default(), |tags, arg| tags.and(arg.tags));
                let all: Option<Vec<&str>> = rest.iter().map(Arg::literal).collect();
                self.runs(tags);
                self.ran(at).wraps = true;
                match all {
                    // In this shell: what it changes stays.
                    Some(words) => {
                        self.names_in_code(tags);
                        return Some(self.text(&words.join(" "), &redirected.stdin));
                    }
                    None => {
                        self.report.dark("commands are run that are not known");
                        self.deed(at, Act::new(Effect::ExecUnknown, Scope::Unknown), "commands");
                    }
                }
                Some(Data::default())
            }
            "source" | "." => {
                let rest = behind_dashes(rest);
                match rest.first() {
                    Some(file) if file.is_stdin() => {
                        let stdin = redirected.stdin.clone();
                        self.run_text(at, &stdin, None, &Redirected::input(Data::absent()));
                    }
                    Some(file) => {
                        let file = file.clone();
                        self.run_file(at, &file, Some(rest[1..].to_vec()), None);
                        self.state
                            .variables
                            .values_mut()
                            .for_each(|value| *value = Variable::Tagged(Tags::default()));
                        self.state.folder = None;
                    }
                    None => self.unproven(at, "no file was named"),
                }
                Some(Data::default())
            }
            "trap" => {
                let behind = behind_dashes(rest);
                let option = |text: &str| text.starts_with('-') && behind.len() == rest.len();
                match behind.first().map(Arg::literal) {
                    Some(Some(text)) if behind.len() > 1 && text != "-" && !option(text) => {
                        let text = text.to_owned();
                        self.ran(at).wraps = true;
                        self.text_apart(&text, None, &Data::absent());
                    }
                    Some(None) => self.report.dark("commands are run that are not known"),
                    Some(Some(_)) | None => {}
                }
                nothing()
            }
            "exec" | "builtin" | "command" => self.of_shell(name, at, args, redirected),
            "alias" => {
                for arg in rest {
                    match arg.literal().map(|text| text.split_once('=')) {
                        Some(None) => {}
                        Some(Some((_, value))) => {
                            let value = value.to_owned();
                            self.report.dark("an alias is defined, which may stand for anything");
                            self.text_apart(&value, None, &Data::absent());
                        }
                        None => self.report.dark("an alias is not known"),
                    }
                }
                nothing()
            }
            "enable" | "hash" | "bind" | "complete" | "shopt" | "unalias" | "caller" => {
                let harmful = match name {
                    "enable" => rest.iter().any(|arg| arg.text.starts_with("-f") || !arg.is_known()),
                    "hash" => rest.iter().any(|arg| arg.text.starts_with("-p") || !arg.is_known()),
                    "bind" => rest.iter().any(|arg| arg.text.starts_with("-x")),
                    "shopt" => rest.iter().any(|arg| {
                        matches!(arg.text.as_str(), "extglob" | "expand_aliases") || !arg.is_known()
                    }),
                    _ => false,
                };
                if harmful {
                    self.report.dark(format!("{name} changes what words mean"));
                }
                nothing()
            }
            "type" => nothing(),
            "test" | "[" => {
                self.test_words(rest, false);
                nothing()
            }
            _ => None,
        }
    }

    /// `exec`, `command`, `builtin`: another program, by their own options.
    fn of_shell(&mut self, name: &str, at: usize, args: &[Arg], redirected: &Redirected) -> Option<Data> {
        let mut from = 1;
        while let Some(arg) = args.get(from).filter(|arg| arg.text.starts_with('-') && arg.text.len() > 1) {
            from += 1;
            match (name, arg.text.as_str()) {
                (_, "--") => break,
                ("command", "-v" | "-V" | "-pv" | "-pV") => return Some(Data::default()),
                ("command", "-p") | ("exec", "-c" | "-l" | "-cl") => {}
                ("exec", "-a") => from += 1,
                _ => {
                    self.unproven(at, format!("the option {} is not known", shown(arg)));
                    break;
                }
            }
        }
        let command = args.get(from..).unwrap_or_default();
        if command.is_empty() {
            return Some(Data::text(""));
        }
        self.ran(at).wraps = true;
        let command = command.to_vec();
        if name == "command" || name == "builtin" {
            return Some(self.perform(&command, &redirected.only_input()));
        }
        Some(self.perform(&command, &redirected.only_input()))
    }

    /// `history`: what was typed is written to a file, or read from one. Which one, a variable may say.
    fn history(&mut self, at: usize, rest: &[Arg], redirected: &Redirected) {
        let letters = |letters: [char; 2]| {
            rest.iter().position(|arg| arg.text.starts_with('-') && arg.text.contains(letters))
        };
        let usual = match self.state.variables.get("HISTFILE") {
            Some(Variable::Known(file)) => Arg::known(file),
            Some(Variable::Number | Variable::Tagged(_)) => Arg::unknown(),
            Some(Variable::Unset) | None => Arg::known(format!("{}/.bash_history", self.place.home)),
        };
        let file = |found: usize| rest.get(found + 1).cloned().unwrap_or_else(|| usual.clone());
        if let Some(found) = letters(['w', 'a']) {
            self.write(at, &file(found), redirected);
        }
        if let Some(found) = letters(['r', 'n']) {
            self.read(at, &file(found));
        }
    }

    fn change_folder(&mut self, name: &str, rest: &[Arg]) {
        let operand = rest.iter().find(|arg| !arg.text.starts_with('-') || arg.text == "-");
        self.state.folder = match (name, operand) {
            ("popd", _) => None,
            ("cd", None) => Some(self.place.home.to_owned()),
            (_, None) => None,
            (_, Some(arg)) => {
                let class = paths::class(&self.place, self.state.folder.as_deref(), arg);
                (class.sure && !arg.glob && arg.text != "-").then_some(class.path)
            }
        };
    }

    fn echo(&mut self, at: usize, args: &[Arg], redirected: &Redirected) -> Data {
        let mut rest = &args[1..];
        let (mut newline, mut escapes) = (true, false);
        while let Some(flags) = rest
            .first()
            .and_then(|arg| arg.text.strip_prefix('-'))
            .filter(|flags| !flags.is_empty() && flags.bytes().all(|byte| b"neE".contains(&byte)))
        {
            newline &= !flags.contains('n');
            escapes |= flags.contains('e');
            rest = &rest[1..];
        }
        let words: Option<Vec<&str>> = rest.iter().map(Arg::literal).collect();
        let text = words.map(|words| words.join(" ")).filter(|text| !escapes || !text.contains('\\'));
        let text = text.map(|text| if newline { text + "\n" } else { text });
        // What it is told is not what it reads.
        let tags = rest.iter().fold(Tags::default(), |tags, arg| tags.and(arg.tags));
        let _ = (at, redirected);
        Data { text, tags, absent: false }
    }

    fn printf(&mut self, args: &[Arg], redirected: &Redirected) -> Data {
        let tags = args.iter().fold(Tags::default(), |tags, arg| tags.and(arg.tags));
        let _ = redirected;
        let mut rest = &args[1..];
        if rest.first().is_some_and(|arg| arg.text == "-v") {
            if let Some(name) = rest.get(1) {
                self.evaluate_name(name);
                let name = name.text.split('[').next().unwrap_or_default().to_owned();
                self.set(&name, Variable::Tagged(tags));
            }
            return Data::text("");
        }
        if rest.first().is_some_and(|arg| arg.text == "--") {
            rest = &rest[1..];
        }
        let words: Option<Vec<&str>> = rest.iter().map(Arg::literal).collect();
        let text = words.and_then(|words| formatted(&words));
        Data { text, tags, absent: false }
    }

    fn declare(&mut self, at: usize, rest: &[Arg]) {
        let mut integer = false;
        let mut keyed = false;
        for arg in rest {
            if arg.text.starts_with('-') || arg.text.starts_with('+') {
                integer |= arg.text.contains('i') && arg.text.starts_with('-');
                keyed |= arg.text.contains('A') && arg.text.starts_with('-');
                if arg.text.contains('n') && !arg.text.starts_with("--") {
                    // A name for another name.
                    self.report.dark("a variable stands for another one");
                }
                continue;
            }
            let own = arg.text.split(['=', '[', '+']).next().unwrap_or_default().to_owned();
            if integer {
                self.state.integers.insert(own.clone());
            }
            if keyed {
                self.state.keyed.insert(own);
            }
            let (name, value) = arg.text.split_once('=').unwrap_or((arg.text.as_str(), ""));
            if name.contains('[') {
                self.evaluate_name(&arg.with(name));
            }
            // `(` begins the values of an array, each maybe with its place.
            if integer || value.starts_with('(') && value.contains(['[', HOLE]) && !keyed {
                self.evaluate(&arg.with(value.trim_matches(['(', ')'])));
            }
            match arg.text.split_once('=') {
                Some((name, value)) if !name.contains(HOLE) => {
                    let name = name.trim_end_matches('+').split('[').next().unwrap_or_default().to_owned();
                    let known = !value.contains(HOLE) && !arg.text.contains("+=") && !arg.text.contains("=(");
                    let value =
                        if known { Variable::Known(value.to_owned()) } else { Variable::Tagged(arg.tags) };
                    self.set(&name, value);
                }
                Some(_) => self.report.dark("which variable is set is not known"),
                None if is_hole(arg) => self.unproven(at, "what is declared is not known"),
                None => {}
            }
        }
    }

    /// A secret is shown.
    fn shows_secret(&mut self, at: usize, what: &str) {
        self.deed(at, Act::new(Effect::SecretRead, Scope::Credential), what);
    }

    /// Words that are shown, variables among them that are called like secrets.
    fn shows(&mut self, at: usize, words: &[Arg]) {
        if words.iter().any(|word| word.tags.private) {
            self.shows_secret(at, "a variable that is called like a secret");
        }
    }

    /// What builtins that look harmless evaluate or run.
    fn evaluates(&mut self, name: &str, at: usize, rest: &[Arg]) {
        let behind = |letter: char| {
            let found = rest.iter().position(|arg| {
                arg.text.starts_with('-') && arg.text.contains([letter, HOLE]) && arg.text.len() > 1
            });
            found.map(|found| match rest[found].text.split_once(letter) {
                Some((_, value)) if !value.is_empty() => rest[found].with(value),
                _ => rest.get(found + 1).cloned().unwrap_or_default(),
            })
        };
        match name {
            "wait" => {
                if let Some(name) = behind('p') {
                    self.evaluate_name(&name);
                }
            }
            "getopts" => {
                if let Some(name) = rest.get(1) {
                    self.evaluate_name(name);
                }
            }
            "jobs" => {
                let runs = rest.iter().position(|arg| arg.text == "-x");
                let command = runs.and_then(|at| rest.get(at + 1..)).unwrap_or_default();
                if !command.is_empty() {
                    self.perform(command, &Redirected::input(Data::absent()));
                }
            }
            _ => {
                for value in [behind('C'), behind('F')].into_iter().flatten() {
                    let data =
                        Data { text: value.literal().map(str::to_owned), tags: value.tags, absent: false };
                    self.run_text(at, &data, None, &Redirected::input(Data::absent()));
                }
                if let Some(words) = behind('W') {
                    self.evaluate_words(&words);
                }
            }
        }
    }

    /// Words that are expanded once more.
    fn evaluate_words(&mut self, words: &Arg) {
        if words.text.contains(['$', '`', HOLE]) {
            self.report.dark("words are expanded once more");
            let text = words.text.clone();
            self.as_string(&text);
        }
    }

    fn set_arguments(&mut self, rest: &[Arg]) {
        let end = rest.iter().position(|arg| arg.text == "--");
        let plain = rest.first().is_some_and(|arg| !arg.text.starts_with(['-', '+']));
        match end {
            Some(end) => self.state.positional = Some(rest[end + 1..].to_vec()),
            None if plain => self.state.positional = Some(rest.to_vec()),
            None => {}
        }
    }

    fn read_variables(&mut self, at: usize, name: &str, rest: &[Arg], redirected: &Redirected) {
        let call = call::read(if name == "read" { &READ } else { &MAPFILE }, rest);
        let mut named: Vec<Arg> = call.operands.iter().map(|(_, arg)| arg.clone()).collect();
        if name == "read" {
            named.extend(call.value("-a").cloned());
        }
        named.iter().for_each(|arg| self.evaluate_name(arg));
        if let Some(callback) = call.value("-C") {
            let data =
                Data { text: callback.literal().map(str::to_owned), tags: callback.tags, absent: false };
            self.run_text(at, &data, None, &Redirected::input(Data::absent()));
        }
        let plain = |arg: &Arg| arg.text.split('[').next().unwrap_or_default().to_owned();
        let names: Vec<String> = named.iter().map(plain).collect();
        let one = names.len() == 1 && name == "read";
        let line = redirected
            .stdin
            .text
            .as_ref()
            .and_then(|text| text.lines().next().map(|line| line.trim().to_owned()));
        let tags = redirected.stdin.tags;
        for variable in &names {
            let value = match &line {
                Some(line) if one => Variable::Known(line.clone()),
                _ => Variable::Tagged(tags),
            };
            self.set(variable, value);
        }
        if names.is_empty() {
            let value = line.filter(|_| name == "read").map_or(Variable::Tagged(tags), Variable::Known);
            self.set(if name == "read" { "REPLY" } else { "MAPFILE" }, value);
        }
    }
}

static READ: Entry = grammar::program("read")
    .options(&[
        grammar::value("-a", Slot::Text),
        grammar::value("-d|-i|-n|-N|-p|-t|-u", Slot::Text),
        grammar::flag("-e|-r|-s"),
    ])
    .rest(Slot::Text);
static MAPFILE: Entry = grammar::program("mapfile")
    .options(&[
        grammar::value("-d|-n|-O|-s|-u|-c", Slot::Text),
        grammar::value("-C", Slot::Shell),
        grammar::flag("-t"),
    ])
    .rest(Slot::Text);

/// Without `--` before them.
fn behind_dashes(words: &[Arg]) -> &[Arg] {
    match words {
        [first, rest @ ..] if first.text == "--" => rest,
        words => words,
    }
}

/// What an act here is there.
fn there(act: Act) -> Act {
    let far = |effect| Act { effect, scope: Scope::Remote, grave: act.grave };
    match (act.effect, act.scope) {
        // Who is called elsewhere may be this machine: what is for people here is so there.
        (Effect::Privilege, Scope::Guard) => act,
        (Effect::Write, Scope::Guard) if act.grave => act,
        (_, Scope::Nothing | Scope::Temp | Scope::Build) => Act { scope: Scope::Nothing, ..act },
        (Effect::Read, _) => Act::new(Effect::NetworkIn, Scope::Remote),
        (Effect::SecretRead, _) => Act::new(Effect::SecretRead, Scope::Credential),
        (
            Effect::Write
            | Effect::Persistence
            | Effect::Privilege
            | Effect::ProcessKill
            | Effect::VcsHistory,
            _,
        ) => far(Effect::RemoteInfra),
        (Effect::Delete, _) => Act::grave(Effect::RemoteInfra, Scope::Remote),
        (Effect::ExecProject | Effect::ExecUnknown, _) => far(Effect::RemoteInfra),
        (
            Effect::NetworkIn
            | Effect::NetworkOut
            | Effect::Publish
            | Effect::RemoteInfra
            | Effect::RemoteData,
            _,
        ) => act,
    }
}

/// What `seq` prints, where it is not much.
fn sequence(args: &[Arg]) -> Option<String> {
    const MOST: i64 = 100;
    let numbers: Option<Vec<i64>> = args[1..].iter().map(|arg| arg.text.parse().ok()).collect();
    let (first, step, last) = match numbers?.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] => (*first, *step, *last),
        _ => return None,
    };
    let many = last.checked_sub(first)?.checked_div(step)?;
    if many >= MOST {
        return None;
    }
    let mut text = String::new();
    for at in 0..=many {
        text.push_str(&format!("{}\n", first + at * step));
    }
    Some(text)
}

/// Whether a variable of this name likely holds a secret, and not what is said of one.
pub(crate) fn names_secret(name: &str) -> bool {
    const OF_ONE: &[&str] = &[
        "_NAME", "_FILE", "_PATH", "_DIR", "_ID", "_TYPE", "_COUNT", "_LENGTH", "_LIMIT", "_TTL", "_URL",
        "_TOKENS",
    ];
    let large = name.to_ascii_uppercase();
    sounds_secret(name) && !OF_ONE.iter().any(|end| large.ends_with(end))
}

/// Whether `declare` and the like show variables with their values: all of them, or those that are called like secrets.
fn lists_variables(name: &str, rest: &[Arg]) -> bool {
    let options: String =
        rest.iter().filter(|arg| arg.text.starts_with('-')).map(|arg| arg.text.as_str()).collect();
    let mut operands = rest.iter().filter(|arg| !arg.text.starts_with(['-', '+'])).peekable();
    let functions = options.contains(['f', 'F']);
    if functions || matches!(name, "local" | "readonly") && !options.contains('p') {
        return false;
    }
    match operands.peek() {
        None => true,
        Some(_) => options.contains('p') && operands.any(|arg| arg.literal().is_none_or(names_secret)),
    }
}

/// Whether a setting of this name is likely a secret.
pub(crate) fn sounds_secret(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    let words =
        ["secret", "password", "passwd", "passphrase", "token", "credential", "private", "api_key", "apikey"];
    words.iter().any(|word| small.contains(word))
        || small
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .any(|word| matches!(word, "key" | "pass" | "pwd"))
}

/// Whether `host:path` is meant.
fn remote(arg: &Arg) -> bool {
    let text = &arg.text;
    if text.contains("://") {
        return true;
    }
    match (text.find(':'), text.find('/')) {
        (Some(colon), Some(slash)) => colon < slash && colon > 0,
        (Some(colon), None) => colon > 0,
        (None, _) => false,
    }
}

/// Whether a file is a script of the shell.
fn is_shell(text: &str, path: &str) -> bool {
    match text.lines().next().filter(|line| line.starts_with("#!")) {
        Some(line) => ["sh", "bash", "dash", "zsh", "ksh"]
            .iter()
            .any(|shell| line.split(['/', ' ']).any(|part| part == *shell)),
        None => {
            path.ends_with(".sh")
                || path.ends_with(".bash")
                || !path.rsplit('/').next().unwrap_or_default().contains('.')
        }
    }
}

/// What `printf` makes of a format and its words; `None` where that is not simple.
fn formatted(words: &[&str]) -> Option<String> {
    let (format, mut words) = words.split_first()?;
    let mut text = String::new();
    loop {
        let mut used = false;
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '%' => match letters.next()? {
                    '%' => text.push('%'),
                    's' | 'd' => {
                        used = true;
                        if let Some((word, rest)) = words.split_first() {
                            text.push_str(word);
                            words = rest;
                        }
                    }
                    _ => return None,
                },
                '\\' => match letters.next()? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    '\\' => text.push('\\'),
                    '0' => text.push('\0'),
                    _ => return None,
                },
                letter => text.push(letter),
            }
        }
        if words.is_empty() || !used {
            return Some(text);
        }
    }
}
