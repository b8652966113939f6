//! What of single programs cannot be said by data.

use crate::call::{self, Call};
use crate::effect::{Act, Effect, Flow, Scope};
use crate::grammar::{self, Language, Slot, Special, Takes};
use crate::hosts;
use crate::paths;
use crate::sought;
use crate::value::{Arg, Data, HOLE, Tags};
use crate::walk::{Redirected, Walker};

/// Words that are put behind a command, from an input that is known.
const MOST_ITEMS: usize = 40;

/// What stands for each variable that there is.
const ALL_VARIABLES: &str = "*";

impl Walker<'_> {
    /// `None` where the entry's data say the rest.
    pub(crate) fn special(
        &mut self,
        special: Special,
        at: usize,
        args: &[Arg],
        call: &Call,
        redirected: &Redirected,
    ) -> Option<Data> {
        match special {
            Special::Find => Some(self.find(at, args, redirected)),
            Special::Knock => self.knock(at, args, call, redirected),
            Special::Xargs => Some(self.xargs(at, args, call, redirected)),
            Special::Parallel => Some(self.parallel(at, args, call, redirected)),
            Special::Env => Some(self.env(at, args, redirected)),
            Special::Dd => Some(self.dd(at, args, redirected)),
            Special::Tar => Some(self.tar(at, args, redirected)),
            Special::Git => {
                self.git(at, call, redirected);
                None
            }
            Special::Packages => {
                self.packages(at, call);
                None
            }
            Special::Curl => {
                self.curl(at, call);
                None
            }
            Special::Kill => {
                self.kill(at, &args[1..]);
                Some(Data::text(""))
            }
            Special::Mode => Some(self.mode(at, args, call, redirected)),
            Special::Agent => {
                self.agent(at, args, call);
                None
            }
            Special::Container => {
                self.container(at, call, redirected);
                None
            }
            Special::GhApi => {
                self.gh_api(at, call);
                None
            }
            Special::Socat => Some(self.socat(at, args, redirected)),
            Special::Shell => Some(self.shell(at, args, redirected)),
            Special::Assigns => Some(self.assigns(at, args, call, redirected)),
            Special::Python => self.python(at, args, call, redirected),
            Special::PowerShell => Some(self.powershell(at, args, redirected)),
            Special::Fzf => {
                self.fzf(at, call);
                None
            }
            Special::Wget => {
                self.wget(at, call, redirected);
                None
            }
            Special::Fd => self.fd(at, call, redirected),
            Special::Ssh => {
                self.ssh(at, call);
                // Without a command it is a shell that reads what to do.
                if call.command.is_none() && !redirected.stdin.absent {
                    self.stdin(at, Slot::RemoteShell, redirected);
                }
                None
            }
            Special::Crontab => {
                self.crontab(at, call, redirected);
                None
            }
            Special::Perl => {
                self.perl(at, call);
                None
            }
            Special::Tmux => {
                self.tmux(at, call);
                None
            }
            Special::Miller => {
                self.miller(at, call);
                None
            }
            Special::Pager => {
                self.pager(at, call);
                None
            }
            Special::Editor => {
                self.editor(at, call, redirected);
                None
            }
            Special::Compress => {
                self.compress(call);
                None
            }
            Special::Unpack => {
                self.unpack(at, call, redirected);
                None
            }
            Special::Getent => {
                self.getent(at, call);
                None
            }
            Special::Tee => {
                self.plain(at, args, call, redirected);
                self.holds_input(call, redirected);
                Some(redirected.stdin.clone())
            }
            Special::Copy | Special::Rsync => {
                self.last_is_written(at, call, redirected, special == Special::Rsync);
                Some(self.output(at, args, redirected, None))
            }
            Special::Sftp => {
                self.sftp(at, call, redirected);
                None
            }
            Special::Escapes => {
                self.escapes(at, &redirected.stdin);
                for told in call.options.iter().filter_map(|(_, value)| value.as_ref()) {
                    self.escapes_in(at, &Data { tags: told.tags, ..Data::text(&told.text) });
                }
                None
            }
            Special::Ed => Some(self.ed(at, args, call, redirected)),
            Special::Values => {
                self.value_files(at, args);
                None
            }
            Special::Kubernetes => {
                self.kubernetes(at, call);
                None
            }
            Special::Prune => {
                self.prune(at, call);
                None
            }
            Special::Destroys => {
                self.destroys(at, call);
                None
            }
            Special::Prefix => {
                self.prefix(at, call);
                None
            }
            Special::Bubblewrap => {
                self.bubblewrap(at, call, redirected);
                None
            }
            Special::Inspect => {
                self.inspect(at, call);
                None
            }
            Special::Database => {
                self.database(at, call);
                None
            }
            Special::Redis => {
                self.redis(at, call, redirected).then(|| self.output(at, args, redirected, None))
            }
            Special::Mongo => {
                self.mongo(at, call, redirected).then(|| self.output(at, args, redirected, None))
            }
            Special::Packs => {
                let stdin = &redirected.stdin;
                let moves = call.has("-m") && call.has("-@");
                if ["-@", "--create", "--pass-through"].iter().any(|name| call.has(name)) && !stdin.absent {
                    let slot = if moves { Slot::Delete } else { Slot::Read };
                    self.named_files(at, stdin, slot, redirected, call.entry());
                    if moves && stdin.text.is_none() {
                        self.note(at, Act::new(Effect::Delete, Scope::Unknown), "the files that it is told");
                    }
                }
                None
            }
            Special::GoModules => {
                let keeps = |mode: &Arg| matches!(mode.literal(), Some("readonly" | "vendor"));
                if call.value("-mod").is_some_and(|mode| !keeps(mode)) {
                    self.write(at, &Arg::known("go.mod"), redirected);
                }
                None
            }
            Special::Scripts => {
                self.scripts(at, call, redirected);
                None
            }
            Special::Own => {
                self.own(at, args, call);
                None
            }
            Special::Sed | Special::Awk | Special::Test | Special::Link => None,
        }
    }

    pub(crate) fn note(&mut self, at: usize, act: Act, subject: &str) {
        let deed =
            crate::report::Deed { act, subject: subject.replace(HOLE, "…"), sure: !subject.contains(HOLE) };
        self.add(at, vec![deed]);
    }

    pub(crate) fn doubt(&mut self, at: usize, why: impl Into<String>) {
        let why = why.into();
        let ran = self.ran(at);
        if !ran.unproven.contains(&why) {
            ran.unproven.push(why);
        }
    }

    // find

    fn find(&mut self, at: usize, args: &[Arg], redirected: &Redirected) -> Data {
        // Options that stand before the first folder.
        let mut from = 1;
        while let Some(arg) = args.get(from) {
            match arg.text.as_str() {
                "-H" | "-L" | "-P" => from += 1,
                "-D" => from += 2,
                text if text.starts_with("-O") => from += 1,
                "--" => {
                    from += 1;
                    break;
                }
                "--help" | "-help" | "--version" | "-version" => {
                    return self.output(at, args, redirected, None);
                }
                _ => break,
            }
        }
        let starts_expression = |arg: &Arg| {
            matches!(arg.text.as_str(), "(" | ")" | "!" | ",")
                || (arg.text.starts_with('-') && arg.text.len() > 1)
        };
        let end = args[from..].iter().position(starts_expression).map_or(args.len(), |end| from + end);
        let mut starts: Vec<Arg> = args[from..end].to_vec();
        if starts.is_empty() {
            starts.push(Arg::known("."));
        }
        let mut tags = Tags::default();
        for start in &starts {
            if start.may_be_more() || start.names_option() {
                self.doubt(at, "an argument that is not known may be an expression");
            }
            tags = tags.and(self.read(at, start));
        }
        let expression = args[end..].to_vec();
        if expression.iter().any(Arg::may_be_more) {
            self.doubt(at, "an argument that is not known may be an expression");
        }
        tags = tags.and(self.expression(at, &starts, &expression, redirected));
        let mut data = self.output(at, &[], &Redirected::input(Data::default()), None);
        data.tags = tags;
        // Names of what is below where it starts, one a line, or with a zero behind each.
        let plain =
            expression.iter().all(|arg| !arg.text.contains("print") || arg.text.starts_with("-print"));
        if plain && starts.iter().all(Arg::is_known) {
            let end = if expression.iter().any(|arg| arg.text == "-print0") { '\0' } else { '\n' };
            let all = starts.iter().map(|start| format!("{}{end}", self.printed(start, &expression).text));
            data.text = Some(all.collect());
        }
        data
    }

    fn expression(&mut self, at: usize, starts: &[Arg], expression: &[Arg], redirected: &Redirected) -> Tags {
        const NONE: &[&str] = &[
            "-print",
            "-print0",
            "-ls",
            "-prune",
            "-quit",
            "-depth",
            "-d",
            "-daystart",
            "-mount",
            "-xdev",
            "-x",
            "-follow",
            "-noleaf",
            "-ignore_readdir_race",
            "-noignore_readdir_race",
            "-empty",
            "-executable",
            "-readable",
            "-writable",
            "-nouser",
            "-nogroup",
            "-true",
            "-false",
            "-a",
            "-and",
            "-o",
            "-or",
            "-not",
            "-E",
            "-X",
            "-s",
            "-warn",
            "-nowarn",
        ];
        // Beside those for names and paths.
        const ONE: &[&str] = &[
            "-regextype",
            "-type",
            "-xtype",
            "-size",
            "-mtime",
            "-atime",
            "-ctime",
            "-mmin",
            "-amin",
            "-cmin",
            "-newer",
            "-anewer",
            "-cnewer",
            "-user",
            "-group",
            "-uid",
            "-gid",
            "-perm",
            "-links",
            "-inum",
            "-samefile",
            "-maxdepth",
            "-mindepth",
            "-fstype",
            "-used",
            "-printf",
            "-context",
            "-flags",
            "-newermt",
            "-newerct",
            "-newerat",
            "-newermm",
            "-Bmin",
            "-Btime",
            "-depth",
        ];
        const NARROWS: &[&str] = &[
            "-name",
            "-iname",
            "-path",
            "-ipath",
            "-wholename",
            "-regex",
            "-iregex",
            "-type",
            "-size",
            "-mtime",
            "-atime",
            "-ctime",
            "-mmin",
            "-newer",
            "-empty",
            "-user",
            "-perm",
            "-lname",
            "-inum",
            "-samefile",
        ];
        let narrowed = expression.iter().any(|arg| NARROWS.contains(&arg.text.as_str()));
        let mut tags = Tags::default();
        let mut next = 0;
        while let Some(arg) = expression.get(next) {
            next += 1;
            match arg.text.as_str() {
                "(" | ")" | "!" | "," | "{}" => {}
                "-delete" => {
                    for start in starts {
                        self.removes_below(at, start, narrowed);
                    }
                }
                "-exec" | "-execdir" | "-ok" | "-okdir" => {
                    let end =
                        expression[next..].iter().position(|arg| matches!(arg.text.as_str(), ";" | "+"));
                    let end = end.map_or(expression.len(), |end| next + end);
                    let command = &expression[next..end];
                    next = end + 1;
                    if command.is_empty() {
                        self.doubt(at, "no command was given");
                        continue;
                    }
                    self.ran(at).wraps = true;
                    let before = &expression[..next.min(expression.len())];
                    let narrow = sought::is_narrow(before);
                    let lists = command[0]
                        .literal()
                        .and_then(crate::grammar::find)
                        .is_some_and(|entry| entry.rest == Some(Slot::Listed));
                    let folders =
                        expression.windows(2).any(|two| two[0].text == "-type" && two[1].text == "d");
                    for start in starts.iter().take(4) {
                        if !folders && !narrow && !lists {
                            tags = tags.and(self.read_all(at, start));
                        }
                        let found = match narrowed {
                            true => found_in(start, sought::secret(expression).as_deref()),
                            false => whole(start),
                        };
                        let inner: Vec<Arg> = command.iter().map(|arg| filled(arg, "{}", &found)).collect();
                        let data = self.apart(|walker| {
                            walker.perform(&inner, &Redirected::input(redirected.stdin.clone()))
                        });
                        tags = tags.and(data.tags);
                    }
                }
                "-fprint" | "-fprint0" | "-fls" => {
                    if let Some(file) = expression.get(next).cloned() {
                        self.write(at, &file, redirected);
                    }
                    next += 1;
                }
                "-fprintf" => {
                    if let Some(file) = expression.get(next).cloned() {
                        self.write(at, &file, redirected);
                    }
                    next += 2;
                }
                "-files0-from" => {
                    self.doubt(at, "where it looks is not known");
                    next += 1;
                }
                text if NONE.contains(&text) => {}
                text if ONE.contains(&text)
                    || sought::TESTS.contains(&text)
                    || text.starts_with("-newer") =>
                {
                    next += 1
                }
                _ => self.doubt(at, format!("the expression {} is not known", call::shown(arg))),
            }
        }
        tags
    }

    /// What is printed of what is found in a folder. Of a place that has the home folder in it, what is not narrowed by
    /// its name may be any of its secrets.
    fn printed(&self, folder: &Arg, expression: &[Arg]) -> Arg {
        let folders = expression.windows(2).any(|two| two[0].text == "-type" && two[1].text == "d");
        let all = !folders && !sought::is_narrow(expression) && self.has_home(folder);
        let named = sought::secret(expression).or_else(|| all.then(|| ".ssh/id_rsa".to_owned()));
        found_in(folder, named.as_deref())
    }

    /// Everything below a folder goes, or some of it.
    fn removes_below(&mut self, at: usize, start: &Arg, narrowed: bool) {
        let target = if narrowed { below(start) } else { whole(start) };
        let mut deeds = Vec::new();
        self.deeds_on(&target, Effect::Delete, !narrowed, &mut deeds);
        if narrowed {
            // Of a place that is no project's, many are too many.
            let class = paths::class(&self.place, self.state.folder.as_deref(), start);
            let far = class.whole
                && !matches!(
                    class.scope,
                    Scope::Tracked | Scope::Untracked | Scope::Repository | Scope::Build | Scope::Temp
                );
            for deed in &mut deeds {
                deed.act.grave |= far || matches!(class.scope, Scope::System);
            }
        }
        self.add(at, deeds);
    }

    /// Whether somebody listens on this machine: nothing is sent. `None` for anything else.
    fn knock(&mut self, at: usize, args: &[Arg], call: &Call, redirected: &Redirected) -> Option<Data> {
        let only = call.has("-z")
            && call.options.iter().all(|(option, _)| {
                matches!(option.names, "-z" | "-w|--wait" | "-4|-6|-n|--nodns|-v|--verbose")
            });
        let host = call.operands.first().map(|(_, arg)| arg)?;
        if !only || crate::hosts::scope(&host.text) != Scope::Loopback {
            return None;
        }
        self.acts(at, crate::grammar::LOOKS, &args[0].text, false);
        Some(self.output(at, args, redirected, None))
    }

    // xargs and parallel

    fn xargs(&mut self, at: usize, args: &[Arg], call: &Call, redirected: &Redirected) -> Data {
        for option in &call.options {
            if option.0.names.contains("--arg-file")
                && let Some(file) = &option.1
            {
                let file = file.clone();
                self.read(at, &file);
            }
        }
        let command = match &call.command {
            Some((_, command)) => command.clone(),
            None => {
                self.doubt(at, "no command was given");
                vec![Arg::known("echo")]
            }
        };
        self.ran(at).wraps = true;
        let replace = call.value("-I").or_else(|| call.value("-J")).cloned();
        let replace = replace.or_else(|| {
            (call.has("-i") || call.has("--replace"))
                .then(|| call.value("-i").filter(|sign| !sign.text.is_empty()).cloned())
                .map(|sign| sign.unwrap_or_else(|| Arg::known("{}")))
        });
        let tags = redirected.stdin.tags;
        let from_file = call.has("-a");
        let items: Vec<Arg> = match redirected.stdin.text.as_ref().filter(|_| !from_file) {
            Some(text) => self.items(text, call, replace.is_some(), tags),
            // Nobody writes anything: what it would be is taken for something here, so that what is done to it counts.
            None if redirected.stdin.absent && !from_file => vec![Arg::known(format!("./{HOLE}")); 2],
            None => vec![Arg { tags, ..Arg::unknown() }],
        };
        let data = self.apart(|walker| {
            let stdin = Redirected::input(Data::absent());
            match &replace {
                Some(sign) => {
                    let mut data = Data::default();
                    for item in &items {
                        let item = Arg { splits: false, ..item.clone() };
                        let mut inner: Vec<Arg> =
                            command.iter().map(|arg| filled(arg, &sign.text, &item)).collect();
                        // Without a place for it nothing is put in; what was meant is looked at all the same.
                        if !command.iter().any(|arg| arg.text.contains(&sign.text)) {
                            inner.push(item.clone());
                        }
                        data = walker.perform(&inner, &stdin);
                    }
                    data
                }
                None => {
                    // Some of them at a time: each may be the first.
                    if ["-n", "-L", "-l", "-s"].iter().any(|name| call.has(name)) && items.len() > 1 {
                        for item in &items {
                            let mut inner = command.clone();
                            inner.push(item.clone());
                            walker.perform(&inner, &stdin);
                        }
                    }
                    let mut inner = command.clone();
                    inner.extend(items);
                    walker.perform(&inner, &stdin)
                }
            }
        });
        let _ = args;
        Data { tags: data.tags.and(tags), ..data }
    }

    /// What is put behind a command, from an input that is known.
    fn items(&mut self, text: &str, call: &Call, lines: bool, tags: Tags) -> Vec<Arg> {
        let parted = call.has("-d") || call.has("--delimiter");
        let parts: Vec<String> = if text.contains('\0') || call.has("-0") {
            // What ends in a new line instead was meant as well as it.
            text.split('\0').map(|part| part.trim_end_matches('\n').to_owned()).collect()
        } else if parted {
            match call.value("-d").or_else(|| call.value("--delimiter")).map(|by| by.text.as_str()) {
                Some("\n" | "\\n") => text.lines().map(str::to_owned).collect(),
                Some(by) if by.chars().count() == 1 => {
                    text.trim_end_matches('\n').split(by).map(str::to_owned).collect()
                }
                Some(_) | None => vec![HOLE.to_string()],
            }
        } else {
            quoted_words(text, lines)
        };
        let mut parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let more = parts.len() > MOST_ITEMS;
        parts.truncate(MOST_ITEMS);
        let mut items: Vec<Arg> = parts.into_iter().map(|part| Arg { tags, ..Arg::known(part) }).collect();
        if more {
            self.report.dark("it puts in more than is looked at");
            items.push(Arg { tags, ..Arg::unknown() });
        }
        items
    }

    /// A command for each of several words, here or on other machines.
    fn parallel(&mut self, at: usize, args: &[Arg], call: &Call, redirected: &Redirected) -> Data {
        self.ran(at).wraps = true;
        let words = call.command.as_ref().map(|(_, command)| command.clone()).unwrap_or_default();
        let marks = |arg: &Arg| matches!(arg.text.as_str(), ":::" | "::::" | ":::+" | "::::+");
        let (command, behind) = words.split_at(words.iter().position(marks).unwrap_or(words.len()));
        // It takes no words from anywhere.
        if args[0].text.rsplit('/').next() == Some("sem") {
            return self.words(at, command, redirected);
        }
        let files = call.options.iter().filter(|(option, _)| option.names.starts_with("-a|"));
        let mut files: Vec<Arg> = files.filter_map(|(_, file)| file.clone()).collect();
        let mut items: Vec<Arg> = Vec::new();
        let mut named = true;
        for arg in behind {
            match arg.text.as_str() {
                ":::" | ":::+" => named = true,
                "::::" | "::::+" => named = false,
                _ if named => items.push(arg.clone()),
                _ => files.push(arg.clone()),
            }
        }
        let mut tags = Tags::default();
        for file in files.iter().filter(|file| !file.is_stdin()) {
            let read = self.read(at, file);
            tags = tags.and(read);
            items.push(Arg { tags: read, ..Arg::unknown() });
        }
        if (behind.is_empty() && files.is_empty()) || files.iter().any(Arg::is_stdin) {
            match &redirected.stdin.text {
                Some(text) => items.extend(text.lines().map(Arg::known)),
                None => items.push(Arg { tags: redirected.stdin.tags, ..Arg::unknown() }),
            }
        }
        if items.len() > MOST_ITEMS {
            self.report.dark("it puts in more than is looked at");
            items.truncate(MOST_ITEMS);
        }
        let far = self.parallel_options(at, call, &items, redirected);
        let from = self.report.commands.len();
        for item in &items {
            tags = tags.and(self.parallel_item(at, command, item));
        }
        if far {
            self.move_there(at, from);
        }
        let data = self.output(at, args, redirected, None);
        Data { tags: data.tags.and(tags), ..data }
    }

    /// What options of `parallel` read, write and send; whether commands run on other machines.
    fn parallel_options(&mut self, at: usize, call: &Call, items: &[Arg], redirected: &Redirected) -> bool {
        let mut far = false;
        for (option, value) in &call.options {
            self.acts(at, option.acts, &call::named(option), false);
            let (Takes::Value(slot), Some(value)) = (option.takes, value) else { continue };
            match slot {
                // Machines, of which `:` is this one.
                Slot::Host => {
                    for host in value.text.split(',').filter(|host| host.rsplit('/').next() != Some(":")) {
                        far = true;
                        let host = value.with(host.rsplit(['/', ' ']).next().unwrap_or_default());
                        self.slot(at, slot, &host, false, redirected, call.entry());
                    }
                    if value.text.contains(' ') {
                        self.transport(at, value);
                    }
                }
                Slot::Shell => self.transport(at, value),
                // In the names of what goes there and back stand the words.
                Slot::Upload | Slot::Write if value.text.contains('{') => {
                    for item in items {
                        let file = filled(value, "{}", item);
                        let file = match file.text.split_once('{') {
                            Some((begin, _)) => file.with(format!("{begin}{HOLE}")),
                            None => file,
                        };
                        self.slot(at, slot, &file, false, redirected, call.entry());
                    }
                }
                _ => drop(self.slot(at, slot, value, false, redirected, call.entry())),
            }
        }
        far
    }

    fn parallel_item(&mut self, at: usize, command: &[Arg], item: &Arg) -> Tags {
        let mut text = command.iter().map(|arg| arg.text.clone()).collect::<Vec<_>>().join(" ");
        // An expression of Perl's.
        if let Some((code, _)) = text.split_once("{=").and_then(|(_, code)| code.split_once("=}")) {
            self.run_code(at, Language::Perl, &Data::text(code));
            self.doubt(at, "what it puts in is not known");
        }
        // One word for the shell that runs it.
        let word = if item.is_known() { crate::code::quoted(&item.text) } else { item.text.clone() };
        if text.is_empty() {
            text.clone_from(&item.text);
        } else if text.contains("{}") {
            text = text.replace("{}", &word);
        } else {
            text = format!("{text} {word}");
        }
        let known = !text.contains(HOLE);
        // Words with blanks in them stay whole only if it is told so; what was meant is looked at all the same.
        let whole = command.len() > 1 && command.iter().any(|arg| arg.text.contains(' '));
        if known && whole {
            let mut inner: Vec<Arg> = command.iter().map(|arg| filled(arg, "{}", item)).collect();
            inner.push(item.clone());
            self.apart(|walker| walker.perform(&inner, &Redirected::input(Data::absent())));
        }
        if known {
            self.text_apart(&text, None, &Data::absent()).tags
        } else if command.is_empty() {
            self.run_text(at, &Data::tagged(item.tags), None, &Redirected::input(Data::absent())).tags
        } else {
            let mut inner: Vec<Arg> = command.iter().map(|arg| filled(arg, "{}", item)).collect();
            if !command.iter().any(|arg| arg.text.contains("{}")) {
                inner.push(item.clone());
            }
            self.apart(|walker| walker.perform(&inner, &Redirected::input(Data::absent()))).tags
        }
    }

    // env

    fn env(&mut self, at: usize, args: &[Arg], redirected: &Redirected) -> Data {
        let mut from = 1;
        while let Some(arg) = args.get(from) {
            match arg.text.as_str() {
                "-0" | "--null" | "-v" | "--debug" => from += 1,
                "-" | "-i" | "--ignore-environment" => {
                    self.taken_away(ALL_VARIABLES);
                    from += 1;
                }
                "-u" | "--unset" => {
                    self.taken_away(args.get(from + 1).map_or("", |name| name.text.as_str()));
                    from += 2;
                }
                "-C" | "--chdir" | "-P" | "-a" | "--argv0" => {
                    if matches!(arg.text.as_str(), "-C" | "--chdir") {
                        self.state.folder = None;
                    }
                    from += 2;
                }
                "--help" | "--version" => return self.output(at, args, redirected, None),
                "-S" | "--split-string" => {
                    return self.split_string(
                        at,
                        args.get(from + 1).cloned(),
                        &args[(from + 2).min(args.len())..],
                        redirected,
                    );
                }
                text if text.starts_with("-S") || text.starts_with("--split-string=") => {
                    let rest = text.trim_start_matches("--split-string=").trim_start_matches("-S").to_owned();
                    return self.split_string(at, Some(arg.with(rest)), &args[from + 1..], redirected);
                }
                text if text.starts_with("--unset=") || text.starts_with("-u") => {
                    self.taken_away(text.trim_start_matches("--unset=").trim_start_matches("-u"));
                    from += 1;
                }
                text if text.starts_with("--chdir=") => {
                    self.state.folder = None;
                    from += 1;
                }
                "--" => {
                    from += 1;
                    break;
                }
                text if text.starts_with('-')
                    && !text.starts_with("--")
                    && text[1..].bytes().all(|byte| b"i0v".contains(&byte)) =>
                {
                    if text.contains('i') {
                        self.taken_away(ALL_VARIABLES);
                    }
                    from += 1;
                }
                text if text.starts_with('-') => {
                    self.doubt(at, format!("the option {text} is not known"));
                    from += 1;
                }
                _ => break,
            }
        }
        while let Some(arg) = args.get(from) {
            let Some((name, value)) = arg.text.split_once('=') else { break };
            let (name, value) = (name.to_owned(), arg.with(value));
            self.environment(&name, &value);
            from += 1;
        }
        let command = args.get(from..).unwrap_or_default().to_vec();
        if command.is_empty() {
            self.note(at, Act::new(Effect::SecretRead, Scope::Credential), "the environment");
            return self.output(at, args, redirected, None);
        }
        self.ran(at).wraps = true;
        self.perform(&command, &redirected.only_input())
    }

    fn split_string(&mut self, at: usize, text: Option<Arg>, more: &[Arg], redirected: &Redirected) -> Data {
        self.ran(at).wraps = true;
        match text.as_ref().and_then(Arg::literal) {
            Some(text) if !text.contains(['\\', '$', '\'', '"']) => {
                let mut command = vec![Arg::known("env")];
                command.extend(text.split_whitespace().map(Arg::known));
                command.extend_from_slice(more);
                self.perform(&command, &redirected.only_input())
            }
            Some(text) => {
                let text = text.to_owned();
                self.text_apart(&format!("env {text}"), None, &redirected.stdin)
            }
            None => {
                self.report.dark("commands are run that are not known");
                Data::default()
            }
        }
    }

    // dd and tar

    fn dd(&mut self, at: usize, args: &[Arg], redirected: &Redirected) -> Data {
        let mut tags = redirected.stdin.tags;
        for arg in &args[1..] {
            match arg.text.split_once('=') {
                Some(("if", file)) => tags = tags.and(self.read(at, &arg.with(file))),
                Some(("of", file)) => self.write(at, &arg.with(file), redirected),
                Some(_) => {}
                None if matches!(arg.text.as_str(), "--help" | "--version") => {}
                None => self.doubt(at, format!("the operand {} is not known", call::shown(arg))),
            }
        }
        Data::tagged(tags)
    }

    fn tar(&mut self, at: usize, args: &[Arg], redirected: &Redirected) -> Data {
        let end = args.iter().position(|arg| arg.text == "--").unwrap_or(args.len());
        if args[..end].iter().any(Arg::names_option) {
            self.doubt(at, "the name of a file may be an option");
        }
        // The letters of the first word are options, with or without a dash; their values follow in their order.
        let mut words: Vec<Arg> = Vec::new();
        let mut rest = args[1..].iter();
        if let Some(first) = args.get(1).filter(|arg| !arg.text.starts_with('-') && arg.is_known()) {
            rest.next();
            for letter in first.text.chars() {
                words.push(Arg::known(format!("-{letter}")));
                if "fCbTXIKNVHLFg".contains(letter) {
                    words.extend(rest.next().cloned());
                }
            }
        }
        words.extend(rest.cloned());
        let call = call::read(&TAR, &words);
        for why in &call.unproven {
            self.doubt(at, why.clone());
        }
        if call.help && call.unproven.is_empty() {
            return self.output(at, args, redirected, None);
        }
        self.tar_as(at, &call, redirected)
    }

    fn tar_as(&mut self, at: usize, call: &Call, redirected: &Redirected) -> Data {
        let runs = ["-I", "--to-command", "--checkpoint-action", "--rsh-command", "-F", "--rmt-command"];
        for name in runs {
            let Some(value) = call.value(name).cloned() else { continue };
            let text = value.text.trim_start_matches("exec=").to_owned();
            let compress = name == "-I"
                && matches!(
                    text.split_whitespace().next(),
                    Some("zstd" | "gzip" | "pigz" | "xz" | "bzip2" | "lz4" | "pbzip2" | "pixz" | "lzma")
                );
            let harmless = name == "--checkpoint-action" && !value.text.starts_with("exec=");
            if !compress && !harmless {
                let data = Data { text: value.is_known().then_some(text), tags: value.tags, absent: false };
                self.run_text(at, &data, None, &Redirected::input(Data::absent()));
                self.doubt(at, "it runs another program");
            }
        }
        for name in ["--index-file", "--listed-incremental", "-g"] {
            if let Some(value) = call.value(name).cloned() {
                let mut deeds = Vec::new();
                self.deeds_on(&value, Effect::Write, false, &mut deeds);
                self.add(at, deeds);
            }
        }
        let archive = call.value("-f").cloned();
        let folder = call.value("-C").cloned();
        let before = self.state.folder.clone();
        if let Some(folder) = &folder {
            let class = paths::class(&self.place, self.state.folder.as_deref(), folder);
            self.state.folder = class.sure.then_some(class.path);
        }
        let members: Vec<Arg> = call.operands.iter().map(|(_, arg)| arg.clone()).collect();
        let mut tags = redirected.stdin.tags;
        let makes = ["-c", "-r", "-u", "-A"].iter().any(|mode| call.has(mode));
        let takes_out = call.has("-x");
        if makes {
            for member in &members {
                tags = tags.and(self.read_all(at, member));
            }
            if call.has("-T") {
                self.doubt(at, "which files it reads is not known");
            }
            if call.has("--remove-files") {
                for member in &members {
                    let mut deeds = Vec::new();
                    self.deeds_on(member, Effect::Delete, true, &mut deeds);
                    self.add(at, deeds);
                }
            }
        } else if takes_out {
            if call.has("-O") {
                tags.decoded = true;
            } else {
                let into = Arg::known(self.state.folder.clone().unwrap_or_else(|| HOLE.to_string()));
                let mut deeds = Vec::new();
                self.deeds_on(&below(&into), Effect::Write, false, &mut deeds);
                self.add(at, deeds);
            }
            if call.has("-P") {
                self.note(at, Act::new(Effect::Write, Scope::System), "wherever the archive says");
            }
        } else if call.has("--delete") {
            self.doubt(at, "it takes files out of an archive");
        } else if !call.has("-t") && !call.has("-d") {
            self.doubt(at, "what it does is not known");
        }
        self.state.folder = before;
        let Some(archive) = archive.filter(|archive| archive.text != "-") else {
            if makes && redirected.is_remote() && tags.secret {
                self.report.flow(Flow::SecretOut);
            }
            return Data::tagged(tags);
        };
        let elsewhere = archive
            .text
            .find(':')
            .is_some_and(|colon| archive.text.find('/').is_none_or(|slash| colon < slash))
            && !call.has("--force-local");
        match (elsewhere, makes) {
            (true, true) => {
                self.note(at, Act::new(Effect::NetworkOut, Scope::Remote), &archive.text);
                if tags.secret {
                    self.report.flow(Flow::SecretOut);
                }
            }
            (true, false) => self.note(at, Act::new(Effect::NetworkIn, Scope::Remote), &archive.text),
            (false, true) => {
                self.write(at, &archive, redirected);
                let class = paths::class(&self.place, self.state.folder.as_deref(), &archive);
                if class.sure {
                    self.state.files.insert(class.path, Data::tagged(tags));
                }
            }
            (false, false) => tags = tags.and(self.read(at, &archive)),
        }
        Data::tagged(tags)
    }

    // curl, gh

    /// Which method, and what goes out with it.
    fn curl(&mut self, at: usize, call: &Call) {
        if let Some(method) = call.value("-X") {
            let harmless = method.literal().is_some_and(|method| {
                matches!(method.to_ascii_uppercase().as_str(), "GET" | "HEAD" | "OPTIONS")
            });
            if !harmless {
                let remote = call.operands.iter().all(|(_, url)| hosts::scope(&url.text) == Scope::Loopback);
                let scope = if remote { Scope::Loopback } else { Scope::Remote };
                self.note(at, Act::new(Effect::NetworkOut, scope), "the request");
            }
        }
        self.curl_files(at, call);
        for (_, url) in &call.operands {
            if hosts::gives_keys(&url.text) {
                self.note(at, Act::new(Effect::SecretRead, Scope::Credential), &url.text.clone());
            }
        }
    }

    fn gh_api(&mut self, at: usize, call: &Call) {
        let fields = ["-f", "-F", "--input"].iter().any(|name| call.has(name));
        let method = call.value("-X").map(|method| method.text.to_ascii_uppercase());
        // What files hold goes along, whatever the method is.
        for (option, value) in &call.options {
            let Some(value) = value else { continue };
            let file = match option.names {
                "-F|--field" => value.text.split_once("=@").map(|(_, file)| file),
                "--input" => Some(value.text.as_str()),
                _ => None,
            };
            if let Some(file) = file.filter(|file| *file != "-") {
                let secret = self.read(at, &value.with(file)).secret;
                self.note(at, Act::new(Effect::NetworkOut, Scope::Remote), file);
                if secret {
                    self.report.flow(Flow::SecretOut);
                }
            }
        }
        let elsewhere = call.operands.first().is_some_and(|(_, path)| path.text.contains("://"));
        let graphql = call.operands.first().is_some_and(|(_, path)| path.text == "graphql");
        let query = call.options.iter().filter_map(|(_, value)| value.as_ref()).any(|value| {
            value.text.trim_start().starts_with("query=mutation") || value.text.contains("mutation")
        });
        let reads = match method.as_deref() {
            Some("GET" | "HEAD") => true,
            Some(_) => false,
            None if graphql => {
                !query
                    && call
                        .options
                        .iter()
                        .filter_map(|(_, value)| value.as_ref())
                        .all(|value| value.is_known() && !value.text.contains("=@"))
            }
            None => !fields,
        };
        let act = if reads {
            Act::new(Effect::NetworkIn, Scope::Remote)
        } else {
            Act::new(Effect::RemoteInfra, Scope::Remote)
        };
        let grave = method.as_deref() == Some("DELETE");
        let subject =
            call.operands.first().map_or_else(|| "the service".to_owned(), |(_, path)| path.text.clone());
        let trusted = if reads && !elsewhere { crate::grammar::SERVICE } else { act };
        self.note(at, Act { grave, ..trusted }, &subject);
    }

    /// `rpm -i` installs and `rpm -qi` shows; `pacman -S` installs and `pacman -Ss` shows.
    fn packages(&mut self, at: usize, call: &Call) {
        // By names that only one of them has.
        let files = call.has("--files") && !call.has("--refresh");
        let asks = call.has("--checksig") || call.has("--deptest") || files;
        let searches = call.has("--sync") && call.has("--search") && !call.has("--refresh");
        let installs = ["-U", "-S", "-R", "-i", "-y"].iter().any(|letter| call.has(letter));
        if installs && !asks && !searches {
            self.acts(at, crate::grammar::INSTALLS_SYSTEM, "packages", false);
        }
    }

    // The rest.

    fn kill(&mut self, at: usize, args: &[Arg]) {
        let mut operands = Vec::new();
        let mut signal = None;
        let mut ended = false;
        let mut words = args.iter();
        while let Some(arg) = words.next() {
            match arg.text.as_str() {
                "--" => ended = true,
                "-l" | "-L" | "--list" | "--table" if !ended => return,
                "-s" | "-n" | "--signal" if !ended => signal = words.next().map(|arg| arg.text.clone()),
                text if !ended
                    && operands.is_empty()
                    && signal.is_none()
                    && text.starts_with('-')
                    && text.len() > 1 =>
                {
                    signal = Some(text[1..].to_owned())
                }
                _ => operands.push(arg.clone()),
            }
        }
        if signal.as_deref() == Some("0") {
            return;
        }
        for operand in operands {
            let own = operand.literal().is_some_and(|text| text.starts_with("$!") || text.starts_with('%'));
            let all = operand.literal().is_some_and(|text| matches!(text, "-1" | "1" | "0"));
            let scope = if own { Scope::Nothing } else { Scope::System };
            self.note(at, Act { grave: all, ..Act::new(Effect::ProcessKill, scope) }, &operand.text);
        }
    }

    /// An agent is started: by other settings, or with options that nobody knows, it may be one that nobody guards.
    fn agent(&mut self, at: usize, args: &[Arg], call: &Call) {
        if call.chain.len() > 1 || call.help || call.is_dry() {
            return;
        }
        let act = |act: Act| Act { grave: act.grave || call.is_grave(), ..act };
        if let Some(name) = self.other_settings.clone() {
            grammar::UNGUARDED.iter().for_each(|own| self.note(at, act(*own), &name));
        }
        let options = args.iter().skip(1).take_while(|arg| arg.text != "--");
        if let Some(unknown) = options.into_iter().find(|arg| arg.may_be_option() && arg.may_be_more()) {
            grammar::UNGUARDED.iter().for_each(|own| self.note(at, act(*own), &unknown.text));
        }
    }

    /// `env -u NAME` and `env -i`: without a variable an agent may have other settings, too.
    fn taken_away(&mut self, name: &str) {
        let leads = matches!(name, "HOME" | "XDG_CONFIG_HOME" | "CLAUDE_CONFIG_DIR" | ALL_VARIABLES);
        if leads || name.contains(HOLE) {
            self.other_settings.get_or_insert_with(|| name.to_owned());
        }
    }

    /// `chmod` and `chown`: who may do what with files.
    fn mode(&mut self, at: usize, args: &[Arg], call: &Call, redirected: &Redirected) -> Data {
        // Said by an option: as that of another file, or as what is taken away.
        let given = call.has("--reference")
            || call.options.iter().any(|(option, _)| option.names == grammar::MODE_TAKEN);
        let all = call.has("-R");
        let mut operands = call.operands.iter().map(|(_, arg)| arg.clone());
        let mode = if given { None } else { operands.next() };
        let text = mode.as_ref().map(|mode| mode.text.clone()).unwrap_or_default();
        let sets = text.contains("+s")
            || text.contains("u=s")
            || (text.len() == 4
                && matches!(text.as_bytes()[0], b'2' | b'4' | b'6')
                && text.bytes().all(|byte| byte.is_ascii_digit()));
        let open = text.contains("777")
            || text.contains("666")
            || matches!(text.as_str(), "000" | "0" | "a+w" | "o+w" | "a+rwx" | "a=rwx" | "ugo+rwx" | "+w");
        for operand in operands {
            let class = paths::class(&self.place, self.state.folder.as_deref(), &operand);
            let mut deeds = Vec::new();
            self.deeds_on(&operand, Effect::Write, false, &mut deeds);
            let outside = !matches!(
                class.scope,
                Scope::Tracked | Scope::Untracked | Scope::Build | Scope::Temp | Scope::Repository
            );
            for deed in &mut deeds {
                deed.act.grave |= (all && (class.whole || outside)) || (open && outside && class.whole);
            }
            self.add(at, deeds);
            if sets {
                self.note(at, Act::new(Effect::Privilege, Scope::System), &operand.text);
            }
            if open {
                self.note(at, Act::new(Effect::Privilege, class.scope), &operand.text);
            }
        }
        self.output(at, args, redirected, None)
    }

    /// What a container is given of this machine.
    fn container(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        let mut mounted = Vec::new();
        for (option, value) in &call.options {
            let mounts = ["-v", "--volume", "--mount"]
                .iter()
                .any(|name| option.names.split('|').any(|own| own == *name));
            let Some(value) = value.as_ref().filter(|_| mounts) else { continue };
            let source = match value
                .text
                .split(',')
                .find_map(|part| part.strip_prefix("source=").or_else(|| part.strip_prefix("src=")))
            {
                Some(source) => source.to_owned(),
                None => value.text.split(':').next().unwrap_or_default().to_owned(),
            };
            let target = value
                .text
                .split(',')
                .find_map(|part| {
                    ["target=", "dst=", "destination="].iter().find_map(|key| part.strip_prefix(key))
                })
                .or_else(|| value.text.split(':').nth(1));
            let read_only = value
                .text
                .split([':', ','])
                .skip(1)
                .any(|part| matches!(part, "ro" | "readonly" | "readonly=true"));
            if let Some(target) = target.filter(|_| !read_only) {
                mounted.push((source.clone(), target.to_owned()));
            }
            if source.ends_with("docker.sock")
                || source.ends_with("podman.sock")
                || source.ends_with("containerd.sock")
            {
                self.note(at, Act::grave(Effect::Privilege, Scope::System), &source);
            }
            if source.starts_with(['/', '.', '~', HOLE]) {
                let class =
                    paths::class(&self.place, self.state.folder.as_deref(), &Arg::known(source.clone()));
                let inside = matches!(
                    class.scope,
                    Scope::Tracked | Scope::Untracked | Scope::Build | Scope::Temp | Scope::Repository
                );
                if !inside {
                    self.note(
                        at,
                        Act { grave: class.whole, ..Act::new(Effect::Privilege, class.scope) },
                        &source,
                    );
                }
            }
        }
        self.mounted(call, &mounted, redirected);
    }

    /// Folders that a program finds elsewhere than they are: what it does there, it does here.
    fn bubblewrap(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        let bound: Vec<&Arg> = call
            .options
            .iter()
            .filter(|(option, _)| option.names.starts_with("--bind|"))
            .filter_map(|(_, value)| value.as_ref())
            .collect();
        let mut mounted = Vec::new();
        for both in bound.chunks_exact(2) {
            if !both.iter().all(|arg| arg.is_known()) {
                self.doubt(at, "which folders the program sees is not known");
            } else if both[0].text != both[1].text {
                mounted.push((both[0].text.clone(), both[1].text.clone()));
            }
        }
        self.mounted(call, &mounted, redirected);
    }

    /// Two addresses that are joined.
    fn socat(&mut self, at: usize, args: &[Arg], redirected: &Redirected) -> Data {
        let mut tags = redirected.stdin.tags;
        let (mut remote, mut runs) = (false, Vec::new());
        for arg in args[1..].iter().filter(|arg| !arg.text.starts_with('-') || arg.text == "-") {
            for address in arg.text.split("!!") {
                let (kind, rest) = address.split_once(':').unwrap_or((address, ""));
                let kind = kind.to_ascii_uppercase();
                let rest = rest.split(',').next().unwrap_or_default();
                match kind.as_str() {
                    "-" | "STDIO" | "STDIN" | "STDOUT" | "STDERR" | "PIPE" | "PTY" | "FD" => {}
                    "EXEC" | "SYSTEM" | "SHELL" => runs.push(arg.with(rest)),
                    "OPEN" | "FILE" | "GOPEN" | "CREATE" | "CREAT" => {
                        let file = arg.with(rest);
                        tags = tags.and(self.read(at, &file));
                        if !args.iter().any(|arg| arg.text == "-u") || kind.starts_with("CREAT") {
                            self.write(at, &file, redirected);
                        }
                    }
                    _ => {
                        remote = true;
                        self.note(at, Act::new(Effect::NetworkOut, Scope::Remote), address);
                        self.note(at, Act::new(Effect::NetworkIn, Scope::Remote), address);
                    }
                }
            }
        }
        for run in runs {
            let data = Data { text: run.is_known().then(|| run.text.clone()), ..Data::default() };
            let shell = matches!(run.text.rsplit('/').next(), Some("sh" | "bash" | "zsh" | "dash"));
            if remote && (shell || run.text.is_empty()) {
                self.report.flow(Flow::DownloadRun);
            }
            let stdin = Data::tagged(Tags { downloaded: remote, ..tags });
            self.run_text(at, &data, None, &Redirected::input(stdin));
        }
        if remote && tags.secret {
            self.report.flow(Flow::SecretOut);
        }
        Data::tagged(Tags { downloaded: remote || tags.downloaded, ..tags })
    }

    /// Files that hold what was read, and nothing else.
    fn holds_input(&mut self, call: &Call, redirected: &Redirected) {
        if call.has("-a") || redirected.stdin.absent {
            return;
        }
        for (_, file) in &call.operands {
            let class = paths::class(&self.place, self.state.folder.as_deref(), file);
            if class.sure {
                self.state.files.insert(class.path, redirected.stdin.clone());
            }
        }
    }

    /// The program by which another machine is reached: `ssh` with its options, or any other, which is run here.
    fn transport(&mut self, at: usize, told: &Arg) {
        let words: Vec<Arg> = quoted_words(&told.text, false)
            .into_iter()
            .filter(|word| !word.is_empty())
            .map(|word| told.with(word))
            .collect();
        let folder = self.state.folder.clone();
        let known = |program: &&Arg| {
            program.text.rsplit('/').next() == Some("ssh")
                && (!program.text.contains('/') || paths::is_program(&self.place, folder.as_deref(), program))
        };
        let ssh = words.first().filter(known).and_then(|_| crate::grammar::find("ssh"));
        let Some(entry) = ssh.filter(|_| told.is_known()) else {
            let data = Data { text: told.literal().map(str::to_owned), tags: told.tags, absent: false };
            self.run_text(at, &data, None, &Redirected::input(Data::absent()));
            return self.doubt(at, "it runs another program");
        };
        let call = call::read(entry, &words[1..]);
        for why in &call.unproven {
            self.doubt(at, why.clone());
        }
        self.ssh(at, &call);
        for (option, value) in &call.options {
            self.acts(at, option.acts, "ssh", false);
            if let (Takes::Value(slot), Some(value)) = (option.takes, value) {
                self.slot(at, slot, value, false, &Redirected::input(Data::absent()), entry);
            }
        }
    }

    /// What options of a program that copies do beside; what they read.
    fn copying_options(
        &mut self,
        at: usize,
        call: &Call,
        operands: &[Arg],
        redirected: &Redirected,
        far: bool,
    ) -> Tags {
        let grave = call.is_grave();
        let mut tags = Tags::default();
        if far {
            self.ssh(at, call);
        }
        for (option, value) in &call.options {
            self.acts(at, option.acts, "it", grave);
            let (Takes::Value(slot) | Takes::Optional(slot), Some(value)) = (option.takes, value) else {
                continue;
            };
            let first = option.names.split('|').next().unwrap_or_default();
            match (slot, first) {
                (Slot::Shell, _) => self.transport(at, value),
                // Names of what is copied, one a line, below where it is copied from.
                (_, "--files-from") => {
                    let data = match value.is_stdin() {
                        true => redirected.stdin.clone(),
                        false => {
                            tags = tags.and(self.read(at, value));
                            self.text_of(value)
                        }
                    };
                    let from = operands.first().map_or(".", |from| from.text.as_str());
                    for name in data.text.iter().flat_map(|text| text.split(['\n', '\0'])).take(MOST_ITEMS) {
                        tags = tags.and(self.read(at, &Arg::known(format!("{from}/{name}"))));
                    }
                }
                // `merge FILE`, `. FILE`.
                (_, "--filter") => {
                    let (rule, file) = value.text.split_once([' ', '_']).unwrap_or_default();
                    if rule.starts_with("merge") || rule.starts_with('.') {
                        tags = tags.and(self.read(at, &value.with(file)));
                    }
                }
                // Below where it is copied to.
                (Slot::Write, "--backup-dir" | "--partial-dir") if !value.text.starts_with(['/', '~']) => {
                    let to = operands.last().filter(|to| !is_remote(to));
                    let below = to.map(|to| value.with(format!("{}/{}", to.text, value.text)));
                    below.iter().for_each(|folder| self.write(at, folder, redirected));
                }
                _ => tags = tags.and(self.slot(at, slot, value, false, redirected, call.entry())),
            }
        }
        tags
    }

    /// Of several operands the last is written, and all others are read, or taken away: `cp`, `rsync`, `mv`. Those that
    /// reach other machines take `host:file`.
    fn last_is_written(&mut self, at: usize, call: &Call, redirected: &Redirected, far: bool) {
        let grave = call.is_grave();
        let into = call.value("-t").cloned();
        let operands: Vec<Arg> = call.operands.iter().map(|(_, arg)| arg.clone()).collect();
        let mut tags = self.copying_options(at, call, &operands, redirected, far);
        for entry in call.chain.clone() {
            self.acts(at, entry.acts, "it", grave);
        }
        let moves = call.operands.iter().any(|(slot, _)| *slot == Slot::Delete);
        // One alone is listed.
        let all = into.is_some() || (operands.len() == 1 && !call.has("--read-batch"));
        let last = if all { operands.len() } else { operands.len().saturating_sub(1) };
        for (number, operand) in operands.iter().enumerate() {
            if number < last {
                let stdin = if operand.text == "-" { redirected.stdin.tags } else { Tags::default() };
                let found = match moves {
                    true => self.moved(at, operand),
                    false if far => self.fetches(at, operand),
                    false => self.read_all(at, operand),
                };
                tags = tags.and(found).and(stdin);
            }
        }
        for target in into.iter().chain(operands.get(last)) {
            if far && is_remote(target) {
                self.note(at, Act::new(Effect::NetworkOut, Scope::Remote), &target.text);
                if tags.secret {
                    self.report.flow(Flow::SecretOut);
                }
                continue;
            }
            if target.text == "-" {
                continue;
            }
            let mut deeds = Vec::new();
            self.deeds_on(target, Effect::Write, false, &mut deeds);
            if grave {
                self.deeds_on(target, Effect::Delete, true, &mut deeds);
            }
            self.add(at, deeds);
            let class = paths::class(&self.place, self.state.folder.as_deref(), target);
            // What is copied is what it was.
            let data = match operands.as_slice() {
                [from, _] if into.is_none() => self.file(from),
                _ => Data::default(),
            };
            if class.sure {
                self.state.files.insert(class.path, Data { tags: tags.and(data.tags), ..data });
            }
        }
    }

    /// A file that goes elsewhere: where it was it is missing, but it is not lost.
    fn moved(&mut self, at: usize, operand: &Arg) -> Tags {
        let mut deeds = Vec::new();
        self.deeds_on(operand, Effect::Delete, false, &mut deeds);
        for deed in &mut deeds {
            if deed.act.scope == Scope::Credential {
                deed.act.effect = Effect::Write;
            }
        }
        self.add(at, deeds);
        self.file(operand).tags.and(operand.tags)
    }

    fn fetches(&mut self, at: usize, operand: &Arg) -> Tags {
        if is_remote(operand) {
            self.note(at, Act::new(Effect::NetworkIn, Scope::Remote), &operand.text);
            return Tags { downloaded: true, ..operand.tags };
        }
        self.read_all(at, operand)
    }

    /// Reads a folder with all that is in it, secrets among it.
    pub(crate) fn read_all(&mut self, at: usize, operand: &Arg) -> Tags {
        let tags = self.read_whole(at, operand);
        Tags { secret: tags.secret || self.has_secret(operand), ..tags }
    }

    /// Whether a file of secrets stands in a folder, by the names that they mostly have.
    pub(crate) fn has_secret(&self, folder: &Arg) -> bool {
        const NAMES: &[&str] =
            &[".env", ".env.local", ".env.production", ".npmrc", ".netrc", "id_rsa", "credentials.json"];
        let class = paths::class(&self.place, self.state.folder.as_deref(), folder);
        let there =
            |name: &&str| self.place.facts.exists(&format!("{}/{name}", class.path.trim_end_matches('/')));
        class.sure && !folder.glob && NAMES.iter().any(|name| there(name) == Some(true))
    }

    /// Reads what is in a folder: of the home folder, secrets, too.
    pub(crate) fn read_whole(&mut self, at: usize, operand: &Arg) -> Tags {
        let class = paths::class(&self.place, self.state.folder.as_deref(), operand);
        let tags = self.read(at, operand);
        if self.has_home(operand) {
            self.note(at, Act::grave(Effect::Read, Scope::Home), &class.path);
            return Tags { secret: true, ..tags };
        }
        tags
    }

    /// Whether a folder has all of a home folder in it.
    fn has_home(&self, folder: &Arg) -> bool {
        paths::class(&self.place, self.state.folder.as_deref(), folder).has_home(self.place.home)
    }
}

fn is_remote(arg: &Arg) -> bool {
    let text = &arg.text;
    text.contains("://")
        || text.find(':').is_some_and(|colon| colon > 0 && text.find('/').is_none_or(|slash| colon < slash))
}

/// Something in a folder.
fn below(folder: &Arg) -> Arg {
    Arg { glob: false, ..folder.with(format!("{}/{HOLE}", folder.text.trim_end_matches('/'))) }
}

/// Something in a folder, by the name that is looked for if that is one of secrets.
fn found_in(folder: &Arg, named: Option<&str>) -> Arg {
    let found = below(folder);
    match named {
        Some(name) => found.with(format!("{}/{name}", found.text)),
        None => found,
    }
}

/// Everything in a folder, itself as well.
fn whole(folder: &Arg) -> Arg {
    folder.clone()
}

/// An argument with a sign in it replaced.
/// Words as `xargs` reads them: in quotes of both kinds blanks do not part them, and a backslash takes any letter.
pub(crate) fn quoted_words(text: &str, lines: bool) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let empty = words.last().is_none_or(String::is_empty);
        let parts = letter == '\n' || letter.is_whitespace() && (!lines || empty);
        match (quote, letter) {
            (Some(own), _) if own == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '\\') => words.last_mut().into_iter().for_each(|word| word.extend(letters.next())),
            (None, _) if parts => words.push(String::new()),
            _ => words.last_mut().into_iter().for_each(|word| word.push(letter)),
        }
    }
    words
}

fn filled(arg: &Arg, sign: &str, by: &Arg) -> Arg {
    if sign.is_empty() || !arg.text.contains(sign) {
        return arg.clone();
    }
    Arg {
        text: arg.text.replace(sign, &by.text),
        glob: arg.glob || by.glob,
        splits: arg.splits || by.splits,
        tags: arg.tags.and(by.tags),
    }
}

static TAR: crate::grammar::Entry = crate::grammar::program("tar")
    .options(&[
        crate::grammar::flag("-c|--create"),
        crate::grammar::flag("-x|--extract|--get"),
        crate::grammar::flag("-t|--list"),
        crate::grammar::flag("-r|--append"),
        crate::grammar::flag("-u|--update"),
        crate::grammar::flag("-A|--catenate|--concatenate"),
        crate::grammar::flag("-d|--diff|--compare"),
        crate::grammar::flag("--delete"),
        crate::grammar::value("-f|--file", Slot::Text),
        crate::grammar::value("-C|--directory", Slot::Text),
        crate::grammar::value("-T|--files-from", Slot::Text),
        crate::grammar::value("-X|--exclude-from", Slot::Read),
        crate::grammar::value("-I|--use-compress-program", Slot::Text),
        crate::grammar::value("-F|--info-script|--new-volume-script", Slot::Text),
        crate::grammar::value("--to-command", Slot::Text),
        crate::grammar::value("--checkpoint-action", Slot::Text),
        crate::grammar::value("--rsh-command", Slot::Text),
        crate::grammar::value("--rmt-command", Slot::Text),
        crate::grammar::value("-b|--blocking-factor|-N|--newer|--after-date|-V|--label|-H|--format|-K|--starting-file|-L|--tape-length|-g|--listed-incremental", Slot::Text),
        crate::grammar::value("--exclude|--transform|--xform|--strip-components|--owner|--group|--mode|--mtime|--sort|--level|--wildcards-match-slash", Slot::Text),
        crate::grammar::optional("--checkpoint|--totals|--warning|--index-file|--one-top-level", Slot::Text),
        crate::grammar::flag("-P|--absolute-names"),
        crate::grammar::flag("-O|--to-stdout"),
        crate::grammar::flag("--remove-files"),
        crate::grammar::flag("--force-local"),
    ])
    .open()
    .rest(Slot::Text);
