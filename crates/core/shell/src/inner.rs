//! Programs that run what they are told: shells, interpreters, and what stands before another command.

use crate::call::{self, Call, shown};
use crate::code;
use crate::effect::{Act, Effect, Scope};
use crate::grammar::{self, Language, Slot};
use crate::paths;
use crate::sought;
use crate::value::{Arg, Data, HOLE, Tags};
use crate::walk::{Redirected, Walker};

/// What was asked of a shell before its operands.
#[derive(Debug, Default)]
struct Asked {
    /// `-c`: the first operand is what is run.
    text: bool,
    /// `-s`: standard input is run, whatever the operands are.
    stdin: bool,
    /// `-n`: nothing is run.
    checks: bool,
    /// Something may take that back.
    certain: bool,
    /// Where the operands begin.
    operands: usize,
}

impl Walker<'_> {
    /// Words that are joined by blanks and given to a shell: `watch`, `ssh`.
    pub(crate) fn words(&mut self, at: usize, command: &[Arg], redirected: &Redirected) -> Data {
        let all: Option<Vec<&str>> = command.iter().map(Arg::literal).collect();
        match all {
            Some(words) => {
                // Words with blanks in them do not stay whole; what was meant is looked at all the same.
                if words.len() > 1 && words.iter().any(|word| word.contains(' ')) {
                    self.apart(|walker| walker.perform(command, &redirected.only_input()));
                }
                let text = Data::text(words.join(" "));
                self.run_text(at, &text, None, &redirected.only_input())
            }
            None => {
                self.report.dark("commands are run that are not known in all parts");
                self.perform(command, &redirected.only_input())
            }
        }
    }

    /// `NAME=value` before a command, as `sudo` takes it.
    pub(crate) fn assigns(&mut self, at: usize, args: &[Arg], call: &Call, redirected: &Redirected) -> Data {
        let mut call = call.clone();
        if let Some((_, command)) = &mut call.command {
            while let Some((name, value)) = command.first().and_then(|arg| {
                let (name, value) = arg.text.split_once('=')?;
                let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                plain.then(|| (name.to_owned(), arg.with(value)))
            }) {
                self.environment(&name, &value);
                command.remove(0);
            }
        }
        self.plain(at, args, &call, redirected)
    }

    // Shells.

    /// `sh`, `bash`, `zsh` and the like: a text, standard input or a file is run.
    pub(crate) fn shell(&mut self, at: usize, args: &[Arg], redirected: &Redirected) -> Data {
        let name = args[0].text.rsplit('/').next().unwrap_or_default().to_owned();
        let Some(asked) = self.asked(at, &name, args) else {
            self.acts(at, grammar::LOOKS, &args[0].text, false);
            return self.output(at, args, redirected, None);
        };
        let checks = asked.checks && asked.certain;
        let operands = args.get(asked.operands..).unwrap_or_default();
        let foreign = !matches!(name.as_str(), "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" | "rbash");
        if asked.text {
            let Some(text) = operands.first() else {
                self.doubt(at, "nothing was given to be run");
                return Data::default();
            };
            if checks {
                return Data::default();
            }
            // Its syntax is not quite the same.
            if foreign && text.text.contains(['(', '\\', '$', '{', '!']) {
                self.doubt(at, format!("what {name} makes of it is not known"));
            }
            let arguments = operands.get(2..).unwrap_or_default().to_vec();
            let data = Data { text: text.literal().map(str::to_owned), tags: text.tags, absent: false };
            let out = self.run_text(at, &data, Some(arguments), redirected);
            return Data { tags: out.tags.and(text.tags), ..out };
        }
        match operands.first().filter(|file| !asked.stdin && !file.is_stdin()) {
            Some(file) if checks => {
                self.read(at, &file.clone());
            }
            Some(file) => {
                if file.may_be_option() && file.splits {
                    self.doubt(at, "an argument that is not known may be an option");
                }
                let tags = self.run_file(at, &file.clone(), Some(operands[1..].to_vec()), None);
                return Data::tagged(tags);
            }
            None if checks => {}
            None => {
                if foreign {
                    self.doubt(at, format!("what {name} makes of it is not known"));
                }
                self.stdin(at, Slot::Shell, redirected);
            }
        }
        self.output(at, args, redirected, None)
    }

    /// The options of a shell; `None` if it only says what it is.
    fn asked(&mut self, at: usize, name: &str, args: &[Arg]) -> Option<Asked> {
        let mut asked = Asked { certain: true, operands: 1, ..Asked::default() };
        while let Some(arg) = args.get(asked.operands) {
            let text = arg.text.as_str();
            if !text.starts_with(['-', '+']) || text.len() < 2 {
                if text == "-" && !asked.text {
                    asked.operands += 1;
                }
                break;
            }
            asked.operands += 1;
            match text.strip_prefix("--") {
                Some("") => break,
                Some("help" | "version") if asked.operands == 2 => return None,
                Some(long) => self.long_of_shell(at, long, args, &mut asked),
                None => self.letters_of_shell(at, name, arg, args, &mut asked),
            }
        }
        Some(asked)
    }

    fn long_of_shell(&mut self, at: usize, long: &str, args: &[Arg], asked: &mut Asked) {
        let (long, mut value) = match long.split_once('=') {
            Some((long, value)) => (long, Some(Arg::known(value))),
            None => (long, None),
        };
        let mut take = |asked: &mut Asked| {
            value.take().or_else(|| {
                asked.operands += 1;
                args.get(asked.operands - 1).cloned()
            })
        };
        match long {
            "norc" | "noprofile" | "posix" | "login" | "restricted" | "verbose" | "noediting"
            | "no-config" | "private" | "interactive" | "no-rcs" | "no-globalrcs" | "pipefail"
            | "errexit" => {}
            "no-execute" => asked.checks = true,
            "dump-strings" | "dump-po-strings" | "pretty-print" => {}
            "rcfile" | "init-file" => {
                if let Some(file) = take(asked) {
                    self.run_file(at, &file, None, None);
                }
            }
            "command" | "init-command" | "commands" => {
                if let Some(text) = take(asked) {
                    let data =
                        Data { text: text.literal().map(str::to_owned), tags: text.tags, absent: false };
                    self.run_text(at, &data, None, &Redirected::input(Data::absent()));
                    // The rest are its arguments, and standard input is not run.
                    asked.checks |= long != "init-command";
                }
            }
            _ => {
                asked.certain = false;
                self.doubt(at, format!("the option --{} is not known", long.replace(HOLE, "…")));
            }
        }
    }

    fn letters_of_shell(&mut self, at: usize, name: &str, arg: &Arg, args: &[Arg], asked: &mut Asked) {
        let set = arg.text.starts_with('-');
        asked.certain &= set;
        let letters = &arg.text[1..];
        let mut values = 0;
        for letter in letters.chars() {
            match letter {
                'c' if set => asked.text = true,
                's' if set => asked.stdin = true,
                'n' if set => asked.checks = true,
                'i' => asked.certain = false,
                'o' | 'O' => values += 1,
                // Another text, run before.
                'C' if name == "fish" => values += 1,
                'a'
                | 'b'
                | 'e'
                | 'f'
                | 'g'
                | 'h'
                | 'k'
                | 'l'
                | 'm'
                | 'n'
                | 'p'
                | 'r'
                | 't'
                | 'u'
                | 'v'
                | 'x'
                | 'B'
                | 'C'
                | 'D'
                | 'E'
                | 'H'
                | 'I'
                | 'P'
                | 'T'
                | 'V'
                | 'N'
                | 'd'
                | 'q'
                | '0'..='9' => {}
                _ => self
                    .doubt(at, format!("the option -{} is not known", letter.to_string().replace(HOLE, "…"))),
            }
        }
        for _ in 0..values {
            let Some(value) = args.get(asked.operands) else { break };
            asked.operands += 1;
            asked.certain = false;
            if name == "fish" {
                let data = Data { text: value.literal().map(str::to_owned), ..Data::default() };
                self.run_text(at, &data, None, &Redirected::input(Data::absent()));
            } else if !value.literal().is_some_and(is_setting_of_shell) {
                self.doubt(at, format!("the setting {} is not known", shown(value)));
            }
        }
    }

    // Interpreters.

    /// `python -m MODULE`: another program; `None` for anything else.
    pub(crate) fn python(
        &mut self,
        at: usize,
        args: &[Arg],
        call: &Call,
        redirected: &Redirected,
    ) -> Option<Data> {
        self.shadowed(at, call, redirected);
        let module = call.value("-m")?.clone();
        let rest: Vec<Arg> = call.operands.iter().map(|(_, arg)| arg.clone()).collect();
        let Some(name) = module.literal().map(str::to_owned) else {
            self.report.dark("which module is run is not known");
            return Some(Data::default());
        };
        if let Some(entry) = grammar::module_of_python(&name) {
            let inner = call::read(entry, &rest);
            return Some(self.call(at, args, inner, redirected));
        }
        let program = name.split('.').next().unwrap_or_default().to_owned();
        if name == program && grammar::find(&program).is_some() {
            self.ran(at).wraps = true;
            let mut command = vec![Arg::known(program)];
            command.extend(rest);
            return Some(self.perform(&command, &redirected.only_input()));
        }
        self.note(at, Act::new(Effect::ExecProject, Scope::Untracked), &format!("the module {name}"));
        Some(self.output(at, args, redirected, None))
    }

    /// Python takes modules from the working folder before its own: files there that are called as they are.
    fn shadowed(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        let safe = |word: &Arg| {
            let letters =
                word.text.trim_start_matches('-').split(['c', 'm', 'W', 'X']).next().unwrap_or_default();
            letters.contains(['I', 'P'])
        };
        if self.ran(at).words.iter().skip(1).take_while(|word| word.text.starts_with('-')).any(safe) {
            return;
        }
        let code = call.value("-c").and_then(Arg::literal).map(str::to_owned);
        let code = code.or_else(|| redirected.stdin.text.clone().filter(|_| call.value("-m").is_none()));
        let mut names: Vec<String> = code.as_deref().map(code::imported).unwrap_or_default();
        if let Some(module) = call.value("-m").and_then(Arg::literal) {
            names.push(module.split('.').next().unwrap_or_default().to_owned());
        }
        if names.is_empty() {
            return;
        }
        let folder = self.state.folder.clone();
        let scope = folder
            .clone()
            .map_or(Scope::Unknown, |folder| paths::class(&self.place, None, &Arg::known(folder)).scope);
        if matches!(scope, Scope::Temp | Scope::Unknown | Scope::Device | Scope::Remote) {
            self.note(at, Act::new(Effect::ExecUnknown, scope), "modules in the working folder");
            self.doubt(at, "modules are taken from a folder where anyone may write");
        }
        let Some(folder) = folder else { return };
        // What those take in themselves.
        names.extend(code::TAKEN_IN.iter().map(|name| (*name).to_owned()));
        let files = names.iter().flat_map(|name| {
            [".py", "/__init__.py", ".so", ".pyc"].map(|end| format!("{folder}/{name}{end}"))
        });
        let found = files.into_iter().find(|file| self.state.files.contains_key(file) || self.is_there(file));
        if let Some(file) = found {
            self.run_file(at, &Arg::known(file), None, Some(Language::Python));
        }
    }

    /// `pwsh`: its options may be shortened, and are the same in all cases.
    pub(crate) fn powershell(&mut self, at: usize, args: &[Arg], redirected: &Redirected) -> Data {
        let mut next = 1;
        while let Some(arg) = args.get(next) {
            let small = arg.text.trim_start_matches(['-', '/']).to_ascii_lowercase();
            if !arg.text.starts_with(['-', '/']) || arg.text == "-" {
                break;
            }
            next += 1;
            let begins = |name: &str, least: usize| small.len() >= least && name.starts_with(&small);
            if begins("noprofile", 3)
                || begins("nologo", 3)
                || begins("noninteractive", 4)
                || begins("mta", 1)
                || begins("sta", 1)
                || begins("noexit", 3)
                || begins("login", 1)
            {
                continue;
            }
            if begins("version", 1) || begins("help", 1) || small == "?" {
                self.acts(at, grammar::LOOKS, &args[0].text, false);
                return self.output(at, args, redirected, None);
            }
            if begins("executionpolicy", 2)
                || small == "ep"
                || begins("inputformat", 2)
                || begins("outputformat", 1)
                || begins("windowstyle", 1)
            {
                next += 1;
                continue;
            }
            if begins("encodedcommand", 1) || small == "ec" {
                self.report.flow(crate::effect::Flow::DecodedRun);
                self.doubt(at, "it runs what was encoded");
                return Data::default();
            }
            if begins("command", 1) || begins("commandwithargs", 8) {
                let words = &args[next..];
                let all: Option<Vec<&str>> = words.iter().map(Arg::literal).collect();
                let tags = words.iter().fold(Tags::default(), |tags, arg| tags.and(arg.tags));
                let data = Data { text: all.map(|all| all.join(" ")), tags, absent: false };
                let data = if data.text.as_deref() == Some("-") { redirected.stdin.clone() } else { data };
                self.run_code(at, Language::PowerShell, &data);
                return self.output(at, args, redirected, None);
            }
            if begins("file", 1) {
                break;
            }
            self.doubt(at, format!("the option {} is not known", shown(arg)));
        }
        match args.get(next).cloned() {
            Some(file) => {
                let text = file.text.contains([' ', ';']).then(|| file.literal()).flatten();
                match text {
                    Some(text) => {
                        let data = Data::text(text);
                        self.run_code(at, Language::PowerShell, &data);
                    }
                    None => drop(self.run_file(at, &file, None, Some(Language::PowerShell))),
                }
            }
            None => self.stdin(at, Slot::Code(Language::PowerShell), redirected),
        }
        self.output(at, args, redirected, None)
    }

    // What data cannot say of others.

    /// Keys of `fzf` that run programs.
    pub(crate) fn fzf(&mut self, at: usize, call: &Call) {
        const RUN: &[&str] = &[
            "execute-silent",
            "execute-multi",
            "execute",
            "become",
            "reload-sync",
            "reload",
            "transform",
            "preview",
            "change-preview",
            "bg-transform",
        ];
        for (option, value) in &call.options {
            let Some(value) = value.as_ref().filter(|_| option.names.contains("--bind")) else { continue };
            let runs = RUN.iter().any(|action| {
                value.text.match_indices(action).any(|(from, _)| {
                    let behind = value.text[from + action.len()..].chars().next();
                    behind.is_some_and(|letter| {
                        !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | ',' | '+')
                    })
                })
            });
            if !runs && value.is_known() && !value.text.contains("transform") {
                continue;
            }
            let inside =
                value.text.split_once(['(', '[', '{', '<']).map_or(value.text.as_str(), |(_, text)| text);
            let inside = inside.trim_end_matches([')', ']', '}', '>']).to_owned();
            let data = Data { text: value.is_known().then_some(inside), ..Data::default() };
            self.run_text(at, &data, None, &Redirected::input(Data::absent()));
            self.doubt(at, "a key runs a program");
        }
    }

    /// A command of `fd` is given what was found.
    pub(crate) fn fd(&mut self, at: usize, call: &Call, redirected: &Redirected) -> Option<Data> {
        const PLACES: &[&str] = &["{}", "{/}", "{//}", "{.}", "{/.}"];
        let (_, command) = call.command.as_ref()?;
        let start = call.value("--base-directory").or_else(|| call.value("--search-path"));
        let start =
            start.or_else(|| call.operands.get(1).map(|(_, arg)| arg)).map_or(".", |arg| arg.text.as_str());
        // What is looked for may be a secret by its name.
        let name = call.operands.first().map_or("", |(_, name)| name.text.as_str());
        let name = name.trim_start_matches('^').trim_end_matches('$').replace('\\', "");
        let all = ["--hidden", "--unrestricted"];
        let hidden = self.ran(at).words.iter().any(|word| {
            let letters = word.text.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
            all.contains(&word.text.as_str()) || letters.is_some_and(|letters| letters.contains(['H', 'u']))
        });
        let any = name.chars().all(|letter| matches!(letter, '.' | '*' | '+'));
        let named = if any { None } else { sought::secret_of(&format!("*{name}*")) };
        let secret = named.filter(|found| hidden || !found.starts_with('.'));
        let ends = match call.value("-e") {
            Some(end) => format!(".{}", end.text.trim_start_matches('.')),
            None if crate::paths::is_secret_name(&name) => format!("/{name}"),
            None => secret.map(|name| format!("/{name}")).unwrap_or_default(),
        };
        let from = Arg::known(start);
        if hidden && (ends.is_empty() || !sought::is_plain(&format!("*{ends}"))) {
            self.read_all(at, &from);
        }
        let found = Arg::known(format!("{}/{HOLE}{ends}", start.trim_end_matches('/')));
        let end = command.iter().position(|arg| arg.text == ";").unwrap_or(command.len());
        let mut inner: Vec<Arg> = command[..end].to_vec();
        let mut placed = false;
        for arg in &mut inner {
            for place in PLACES {
                if arg.text.contains(place) {
                    *arg = arg.with(arg.text.replace(place, &found.text));
                    placed = true;
                }
            }
        }
        if !placed {
            inner.push(found.clone());
        }
        self.read(at, &found);
        self.ran(at).wraps = true;
        Some(self.apart(|walker| walker.perform(&inner, &redirected.only_input())))
    }

    /// Settings of `ssh` that run programs here.
    pub(crate) fn ssh(&mut self, at: usize, call: &Call) {
        const HARMLESS: &[&str] = &[
            "batchmode",
            "connecttimeout",
            "connectionattempts",
            "stricthostkeychecking",
            "userknownhostsfile",
            "globalknownhostsfile",
            "serveraliveinterval",
            "serveralivecountmax",
            "identitiesonly",
            "identityfile",
            "port",
            "user",
            "loglevel",
            "passwordauthentication",
            "pubkeyauthentication",
            "preferredauthentications",
            "compression",
            "tcpkeepalive",
            "requesttty",
            "forwardagent",
            "controlmaster",
            "controlpath",
            "controlpersist",
            "hostname",
            "hostkeyalgorithms",
            "addressfamily",
            "exitonforwardfailure",
            "checkhostip",
            "ciphers",
            "macs",
            "kexalgorithms",
        ];
        for (option, value) in &call.options {
            let Some(value) = value.as_ref().filter(|_| option.names == "-o") else { continue };
            let (key, text) = value.text.split_once(['=', ' ']).unwrap_or((value.text.as_str(), ""));
            let key = key.trim().to_ascii_lowercase();
            if HARMLESS.contains(&key.as_str()) || text.trim() == "none" {
                continue;
            }
            if key.ends_with("command") && key != "remotecommand" {
                let data = Data { text: value.is_known().then(|| text.trim().to_owned()), ..Data::default() };
                self.run_text(at, &data, None, &Redirected::input(Data::absent()));
            }
            self.doubt(at, format!("the setting {} may run a program", key.replace(HOLE, "…")));
        }
    }

    /// The commands of a table of what is run when: behind five fields, or one of a name.
    pub(crate) fn crontab(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        let reads = call.operands.is_empty() || call.operands.iter().any(|(_, file)| file.is_stdin());
        let Some(text) = redirected.stdin.text.clone().filter(|_| reads) else { return };
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            let fields = if line.starts_with('@') { 1 } else { 5 };
            let mut rest = line;
            for _ in 0..fields {
                rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
            }
            if !rest.is_empty() {
                // What follows a percent sign is its input.
                let command = rest.split('%').next().unwrap_or(rest);
                let data = Data { tags: redirected.stdin.tags, ..Data::text(command) };
                self.run_text(at, &data, None, &Redirected::input(Data::absent()));
            }
        }
    }

    /// Files that `curl` sends beside its own slots, and those that it makes by the names they have.
    pub(crate) fn curl_files(&mut self, at: usize, call: &Call) {
        for (option, value) in &call.options {
            let Some(value) = value else { continue };
            let text = value.text.as_str();
            let file = match option.names {
                names if names.starts_with("-H|") => text.strip_prefix('@'),
                names if names.starts_with("-d|") => text
                    .split_once(['=', '@'])
                    .filter(|(name, _)| !name.is_empty())
                    .map(|(name, rest)| rest.strip_prefix(['@', '<']).unwrap_or(&text[name.len()..]))
                    .and_then(|rest| match rest.strip_prefix(['@', '<']) {
                        Some(file) => Some(file),
                        None => (!rest.starts_with('=')).then_some(rest),
                    }),
                _ => None,
            };
            // Cookies have a value; anything else is a file of them.
            if option.names.starts_with("-b|") && !text.contains('=') {
                self.read(at, value);
            }
            if option.names.starts_with("-w|") && (text.contains("%output") || text.starts_with('@')) {
                self.doubt(at, "it writes or reads files beside");
            }
            if let Some(file) = file.map(|file| file.split(';').next().unwrap_or_default().to_owned()) {
                self.upload(at, &value.with(file));
            }
        }
        if call.has("-O") {
            for (_, url) in &call.operands {
                let name = url.text.split(['?', '#']).next().unwrap_or_default();
                let name = name.rsplit('/').next().unwrap_or_default().to_owned();
                self.fetched(&url.with(name));
            }
        }
    }

    /// A file of Perl's that ends in a bar is a program.
    pub(crate) fn perl(&mut self, at: usize, call: &Call) {
        for (slot, operand) in &call.operands {
            let text = operand.text.trim();
            if matches!(slot, Slot::Read | Slot::Edit) && (text.contains('|') || text.starts_with(['>', '<']))
            {
                let known = operand.is_known().then(|| text.trim_matches(['|', ' ']).to_owned());
                let data = Data { text: known, tags: operand.tags, absent: false };
                self.run_text(at, &data, None, &Redirected::input(Data::absent()));
                self.doubt(at, "a file may be a program");
            }
        }
    }

    /// `#(COMMAND)` in what `tmux` shows, and more of its commands behind `;`.
    pub(crate) fn tmux(&mut self, at: usize, call: &Call) {
        let values = call.options.iter().filter_map(|(_, value)| value.as_ref());
        let operands = call.operands.iter().map(|(_, arg)| arg);
        let all: Vec<Arg> = values.chain(operands).cloned().collect();
        for arg in all {
            if let Some((_, command)) = arg.text.split_once("#(") {
                let command = command.split(')').next().unwrap_or_default().to_owned();
                let data = Data { text: arg.is_known().then_some(command), tags: arg.tags, absent: false };
                self.run_text(at, &data, None, &Redirected::input(Data::absent()));
                self.doubt(at, "what is shown runs a program");
            }
            if arg.text.ends_with(';') {
                self.doubt(at, "another command follows");
            }
        }
    }

    /// Verbs and expressions of `mlr` that write or run something.
    pub(crate) fn miller(&mut self, at: usize, call: &Call) {
        for (_, operand) in &call.operands {
            let text = &operand.text;
            let writes = matches!(text.as_str(), "split" | "tee" | "case");
            if !writes && !text.contains(['>', '|']) && !text.contains("system") && !text.contains("exec") {
                continue;
            }
            self.run_code(at, Language::Other, &Data::text(text.clone()));
            self.doubt(at, "it may write files or run programs");
        }
    }

    /// `+COMMAND` among the files of an editor, and commands that it reads where the text to edit does not come from there.
    pub(crate) fn editor(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        if !call.operands.iter().any(|(_, file)| file.is_stdin()) {
            self.escapes(at, &redirected.stdin);
        }
        for (_, operand) in &call.operands {
            if let Some(command) = operand.text.strip_prefix('+') {
                let text = operand.is_known().then(|| command.to_owned());
                self.run_code(at, Language::Other, &Data { text, tags: operand.tags, absent: false });
            }
        }
    }

    /// `+COMMAND` anywhere among the files of a pager: `!` runs the rest in a shell, others write and run, too.
    pub(crate) fn pager(&mut self, at: usize, call: &Call) {
        // What only moves to a place.
        let moves =
            |letter: char| letter.is_ascii_digit() || matches!(letter, 'F' | 'G' | 'g' | '/' | '?' | '&');
        for (_, operand) in &call.operands {
            let Some(command) = operand.text.strip_prefix('+') else { continue };
            let command = command.trim_start_matches('+');
            if command.starts_with(moves) {
                continue;
            }
            if let Some(text) = command.strip_prefix('!').filter(|_| operand.is_known()) {
                self.text_apart(text, None, &Data::absent());
            }
            self.note(at, Act::new(Effect::ExecUnknown, Scope::Unknown), &operand.text);
        }
    }

    /// What is in a file is in the packed one, too.
    pub(crate) fn compress(&mut self, call: &Call) {
        const ENDS: &[&str] = &["gz", "bz2", "xz", "zst", "lz4", "lzma", "br", "Z", "lz"];
        for (_, file) in &call.operands {
            let data = self.file(file);
            if data.tags == Tags::default() || !file.is_known() {
                continue;
            }
            for end in ENDS {
                let packed = file.with(format!("{}.{end}", file.text));
                let class = crate::paths::class(&self.place, self.state.folder.as_deref(), &packed);
                self.state.files.insert(class.path, Data::tagged(data.tags));
            }
        }
    }

    /// Where `unzip` puts what it takes out.
    pub(crate) fn unpack(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        let looks = ["-l", "-v", "-t", "-z", "-Z", "-1", "-2", "-p", "-c"].iter().any(|name| call.has(name));
        if looks || call.operands.is_empty() {
            return;
        }
        let folder = call.value("-d").cloned().unwrap_or_else(|| Arg::known("."));
        self.write(at, &folder, redirected);
    }

    /// What a query takes from elsewhere: the environment, other files.
    pub(crate) fn expression_of_query(&mut self, at: usize, arg: &Arg, surely: bool) {
        let text = &arg.text;
        let word = |word: &str| {
            text.match_indices(word).any(|(from, _)| {
                let before = text[..from].chars().next_back();
                let after = text[from + word.len()..].chars().next();
                !before.is_some_and(|letter| {
                    letter.is_alphanumeric() || matches!(letter, '.' | '_' | '"' | '-' | '/')
                }) && !after.is_some_and(|letter| {
                    letter.is_alphanumeric() || letter == '_' || (!surely && matches!(letter, '.' | '/'))
                })
            })
        };
        if text.contains("$ENV") || ["env", "strenv", "envsubst"].iter().any(|name| word(name)) {
            self.note(at, Act::new(Effect::SecretRead, Scope::Credential), "the environment");
        }
        let runs = ["load", "load_str", "load_xml", "load_props", "include", "import", "system", "exec"];
        if runs.iter().any(|name| word(name)) || text.contains("load_") {
            self.doubt(at, "which files the expression reads is not known");
        }
    }

    /// Where `wget` puts what it fetches, if nothing says so.
    pub(crate) fn wget(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        for (_, url) in &call.operands {
            if crate::hosts::gives_keys(&url.text) {
                self.note(at, Act::new(Effect::SecretRead, Scope::Credential), &url.text.clone());
            }
        }
        if call.has("-O") || call.has("--spider") {
            return;
        }
        let folder = call.value("-P").cloned().unwrap_or_else(|| Arg::known("."));
        for (_, url) in &call.operands {
            let path = url.text.split_once("://").map_or(url.text.as_str(), |(_, rest)| rest);
            let path = path.split(['?', '#']).next().unwrap_or_default();
            let name = path.rsplit_once('/').map_or("", |(_, name)| name);
            let name = if name.is_empty() { "index.html" } else { name };
            let plain = name;
            let all = call.has("-r") || call.has("-i") || call.has("--content-disposition");
            let name = if all { HOLE.to_string() } else { name.to_owned() };
            let target = folder.with(format!("{}/{name}", folder.text.trim_end_matches('/')));
            self.write(at, &target, redirected);
            self.fetched(&target);
            // One of several is the one that was named.
            self.fetched(&folder.with(format!("{}/{plain}", folder.text.trim_end_matches('/'))));
        }
    }

    /// A file whose content came from another machine.
    pub(crate) fn fetched(&mut self, file: &Arg) {
        let class = crate::paths::class(&self.place, self.state.folder.as_deref(), file);
        if class.sure {
            let tags = Tags { downloaded: true, ..Tags::default() };
            self.state.files.insert(class.path, Data::tagged(tags));
        }
    }

    /// Which table is shown.
    pub(crate) fn getent(&mut self, at: usize, call: &Call) {
        let table = call.operands.first().map(|(_, arg)| arg.clone());
        let secret = table.is_none_or(|table| matches!(table.literal(), Some("shadow" | "gshadow") | None));
        if secret {
            self.note(at, Act::new(Effect::SecretRead, Scope::Credential), "the table of passwords");
        }
        let mut operands = call.operands.iter().map(|(_, arg)| arg.clone());
        let table = operands.next();
        if table
            .is_some_and(|table| matches!(table.text.as_str(), "hosts" | "ahosts" | "ahostsv4" | "ahostsv6"))
        {
            for name in operands {
                self.lookup(at, &name);
            }
        }
    }
}

/// Settings of shells that change what is run in no way that matters here.
fn is_setting_of_shell(name: &str) -> bool {
    matches!(
        name,
        "pipefail"
            | "errexit"
            | "nounset"
            | "xtrace"
            | "verbose"
            | "noglob"
            | "noclobber"
            | "posix"
            | "allexport"
            | "errtrace"
            | "functrace"
            | "noexec"
            | "nullglob"
            | "globstar"
            | "dotglob"
            | "failglob"
            | "inherit_errexit"
            | "physical"
            | "vi"
            | "emacs"
    )
}
