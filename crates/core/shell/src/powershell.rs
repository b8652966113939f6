//! What commands of PowerShell do: cut into pipelines and words, by a table of cmdlets. What is no cmdlet is a program,
//! as in any other shell. What is not understood is said not to be.

mod cmdlets;
mod expression;
mod words;

use std::collections::BTreeMap;

use cmdlets::{COMMON, Cmdlet, Kind};
use words::Token;

use crate::call::shown;
use crate::effect::{Act, Effect, Flow, Scope};
use crate::grammar::{self, Language};
use crate::hosts;
use crate::report::Ran;
use crate::sought;
use crate::syntax::{MAX_CHARACTERS, MAX_COMMANDS, hidden};
use crate::value::{Arg, Data, HOLE, Tags};
use crate::walk::{Redirected, Walker};

/// How deep texts and blocks may be run in each other.
const MOST_LAYERS: usize = 10;
/// Objects of a pipeline that are gone through.
const MOST_ITEMS: usize = 6;

/// What goes from one command to the next.
#[derive(Debug, Clone, Default)]
struct Piped {
    /// What is in it.
    data: Data,
    /// The objects, as paths or texts; `None` where they are not known.
    items: Option<Vec<Arg>>,
}

impl Piped {
    fn nothing() -> Self {
        Self { data: Data::absent(), items: Some(Vec::new()) }
    }

    fn of(items: Vec<Arg>) -> Self {
        let tags = items.iter().fold(Tags::default(), |tags, item| tags.and(item.tags));
        let text: Option<Vec<&str>> = items.iter().map(Arg::literal).collect();
        let data = Data { text: text.map(|lines| lines.join("\n")), tags, absent: false };
        Self { data, items: Some(items) }
    }

    fn tagged(tags: Tags) -> Self {
        Self { data: Data::tagged(tags), items: None }
    }

    /// Its objects, or one that nobody knows.
    fn objects(&self) -> Vec<Arg> {
        let unknown = || vec![Arg { tags: self.data.tags, ..Arg::unknown() }];
        self.items.clone().map_or_else(unknown, |items| items.into_iter().take(MOST_ITEMS).collect())
    }
}

/// A text of PowerShell that is gone through.
struct Power<'w, 'a> {
    walker: &'w mut Walker<'a>,
    variables: BTreeMap<String, Piped>,
    functions: BTreeMap<String, String>,
    layers: usize,
    commands: usize,
}

impl Walker<'_> {
    /// Commands of PowerShell; what comes out.
    pub(crate) fn power(&mut self, data: &Data) -> Data {
        let Some(text) = data.text.as_ref().filter(|text| !text.contains(HOLE)) else {
            self.report.dark("code is run that is not known");
            return Data::default();
        };
        if text.chars().count() > MAX_CHARACTERS {
            self.report.dark("it is too long to be understood");
            return Data::default();
        }
        // A line may end in either.
        let text = &text.replace("\r\n", "\n").replace('\r', "\n");
        // Quotes and dashes of typography are taken for those of keyboards.
        if let Some(letter) = hidden(text) {
            self.report.dark(format!("it holds a character that is not seen (U+{:04X})", u32::from(letter)));
        }
        if text.contains(['\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}', '\u{201c}', '\u{201d}', '\u{201e}'])
            || text.contains(['\u{2013}', '\u{2014}', '\u{2015}'])
        {
            self.report.dark("it holds quotes or dashes that are no letters of a keyboard");
        }
        if self.layers >= MOST_LAYERS {
            self.report.dark("texts are run in texts too deep");
            return Data::default();
        }
        self.layers += 1;
        let mut power = Power {
            walker: self,
            variables: BTreeMap::new(),
            functions: BTreeMap::new(),
            layers: 0,
            commands: 0,
        };
        let data = power.script(text, Piped::nothing()).data;
        if data.tags.private {
            power.shows_private();
        }
        self.layers -= 1;
        data
    }
}

impl Power<'_, '_> {
    fn dark(&mut self, why: impl Into<String>) {
        self.walker.report.dark(why);
    }

    /// A variable that is called like a secret is seen.
    fn shows_private(&mut self) {
        let act = Act::new(Effect::SecretRead, Scope::Credential);
        let subject = "a variable that is called like a secret".to_owned();
        let deeds = vec![crate::report::Deed { act, subject, sure: true }];
        self.walker.report.commands.push(Ran { words: vec![Arg::known("$env:")], deeds, ..Ran::default() });
    }

    /// A text, or a block.
    fn script(&mut self, text: &str, input: Piped) -> Piped {
        if self.layers >= MOST_LAYERS {
            self.dark("texts are run in texts too deep");
            return Piped::default();
        }
        let statements = match words::statements(text) {
            Ok(statements) => statements,
            Err(why) => {
                self.dark(format!("it is no PowerShell: {why}"));
                return Piped::default();
            }
        };
        self.layers += 1;
        let many = statements.len() != 1;
        let mut last = Piped::nothing();
        let mut tags = Tags::default();
        for stages in statements {
            let mut piped = input.clone();
            for stage in &stages {
                piped = self.stage(stage.trim(), piped);
            }
            tags = tags.and(piped.data.tags);
            last = piped;
        }
        self.layers -= 1;
        match many {
            true => Piped::tagged(tags),
            false => last,
        }
    }

    fn stage(&mut self, text: &str, input: Piped) -> Piped {
        self.commands += 1;
        if self.commands > MAX_COMMANDS {
            self.dark("it runs more commands than are looked at");
            return Piped::default();
        }
        let word = text.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
        if let Some(piped) = self.keyword(&word.to_ascii_lowercase(), text, &input) {
            return piped;
        }
        if let Some(piped) = self.assignment(text) {
            return piped;
        }
        let first = text.chars().next().unwrap_or_default();
        let negates = ["-not ", "!", "-join ", "-split "].iter().any(|sign| text.starts_with(sign));
        let expression = matches!(first, '$' | '@' | '(' | '[' | '"' | '\'' | '{' | '0'..='9') || negates;
        if expression { self.expression(text) } else { self.command(text, input) }
    }

    /// Conditions, loops and the like; `None` for anything else.
    fn keyword(&mut self, word: &str, text: &str, input: &Piped) -> Option<Piped> {
        const BLOCKS: &[&str] = &[
            "if", "else", "elseif", "while", "until", "for", "foreach", "switch", "do", "try", "catch",
            "finally", "begin", "process", "end",
        ];
        let rest = &text[word.len()..];
        match word {
            "return" | "exit" | "throw" | "break" | "continue" if !rest.starts_with('-') => {
                return Some(if rest.trim().is_empty() {
                    Piped::nothing()
                } else {
                    self.script(rest, input.clone())
                });
            }
            "function" | "filter" => {
                let (name, body) = rest.split_once('{').unwrap_or((rest, ""));
                let plain =
                    name.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
                if !plain {
                    self.dark("the arguments of a function are not understood");
                }
                let body = body.trim_end().strip_suffix('}').unwrap_or(body);
                self.functions.insert(name.trim().to_ascii_lowercase(), body.to_owned());
                return Some(Piped::nothing());
            }
            "param" | "class" | "enum" | "using" | "trap" | "data" | "configuration" | "workflow" => {
                self.dark(format!("{word} is not understood"));
                return Some(Piped::nothing());
            }
            // With a block at once it is the cmdlet.
            "foreach" if !rest.trim_start().starts_with('(') => return None,
            word if BLOCKS.contains(&word)
                && (rest.trim_start().starts_with(['(', '{', '[']) || word == "else") => {}
            _ => return None,
        }
        self.blocks(word, rest, input)
    }

    /// The conditions and blocks behind a keyword; what follows them is another statement.
    fn blocks(&mut self, word: &str, rest: &str, input: &Piped) -> Option<Piped> {
        let mut at = 0;
        while at < rest.len() {
            let here = &rest[at..];
            let Ok(end) = words::unit(rest, at, 0) else { return None };
            match here.as_bytes()[0] {
                byte if byte.is_ascii_whitespace() => {}
                b'(' => self.condition(word, &rest[at + 1..end - 1]),
                b'{' if word == "switch" => {
                    self.dark("a choice is not understood");
                    self.choices(&rest[at + 1..end - 1]);
                }
                b'{' => {
                    let body = rest[at + 1..end - 1].to_owned();
                    self.script(&body, input.clone());
                }
                // The exception that is caught.
                b'[' => {}
                _ => {
                    let next =
                        here.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
                    if !matches!(
                        next.to_ascii_lowercase().as_str(),
                        "else" | "elseif" | "catch" | "finally" | "while" | "until" | "if"
                    ) {
                        return Some(self.script(here, input.clone()));
                    }
                    at += next.len();
                    continue;
                }
            }
            at = end;
        }
        Some(Piped::default())
    }

    /// The blocks of a `switch`, whichever is chosen.
    fn choices(&mut self, text: &str) {
        let mut at = 0;
        while at < text.len() {
            let Ok(end) = words::unit(text, at, 0) else { return };
            if text.as_bytes()[at] == b'{' {
                self.script(&text[at + 1..end - 1], Piped::nothing());
            }
            at = end;
        }
    }

    fn condition(&mut self, word: &str, text: &str) {
        let lower = text.to_ascii_lowercase();
        if let (true, Some(at)) = (word == "foreach", lower.find(" in ")) {
            let name = text[..at].trim().trim_start_matches('$').to_ascii_lowercase();
            let items = self.script(&text[at + 4..], Piped::nothing());
            self.variables.insert(name, items);
            return;
        }
        self.script(text, Piped::nothing());
    }

    /// `$x = ...`; `None` for anything else.
    fn assignment(&mut self, text: &str) -> Option<Piped> {
        const TYPES: &[&str] = &[
            "[int]",
            "[string]",
            "[bool]",
            "[double]",
            "[long]",
            "[datetime]",
            "[array]",
            "[hashtable]",
            "[string[]]",
            "[int[]]",
            "[pscustomobject]",
            "[object[]]",
            "[char]",
        ];
        let mut left = text;
        let lower = text.to_ascii_lowercase();
        if let Some(kind) = TYPES.iter().find(|kind| lower.starts_with(*kind)) {
            left = text[kind.len()..].trim_start();
        }
        let name = left.strip_prefix('$')?;
        let end =
            name.find(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '_' | ':'))?;
        let (name, rest) = name.split_at(end);
        let rest = rest.trim_start();
        let value =
            ["=", "+=", "-=", "*=", "/=", "%=", "??="].iter().find_map(|sign| rest.strip_prefix(sign))?;
        if value.starts_with('=') {
            return None;
        }
        let mut found = self.script(value, Piped::nothing());
        if !rest.starts_with('=') {
            found = Piped::tagged(found.data.tags);
        }
        let name = name.to_ascii_lowercase();
        if let Some(own) = name.strip_prefix("env:") {
            let value = found.objects().first().cloned().unwrap_or_else(Arg::unknown);
            self.walker.environment(&own.to_ascii_uppercase(), &value);
        }
        self.variables.insert(unscoped(&name).to_owned(), found);
        Some(Piped::nothing())
    }

    // Commands.

    fn command(&mut self, text: &str, input: Piped) -> Piped {
        let calls = text.strip_prefix('&').map(|rest| (false, rest));
        let sourced = text.strip_prefix(". ").map(|rest| (true, rest));
        let (sourced, text) = calls.or(sourced).unwrap_or((false, text));
        let tokens = match words::words(text) {
            Ok(tokens) => tokens,
            Err(why) => {
                self.dark(format!("it is no PowerShell: {why}"));
                return Piped::default();
            }
        };
        let mut groups: Vec<(String, Vec<Arg>)> = Vec::new();
        let mut written = Vec::new();
        let mut redirects = false;
        for token in tokens {
            match token {
                Token::Redirect => redirects = true,
                Token::Word(raw, _) if redirects => {
                    redirects = false;
                    if !raw.starts_with('&') {
                        written.push(self.word(&raw));
                    }
                }
                Token::Word(raw, comma) => {
                    let value = self.value(&raw);
                    match groups.last_mut().filter(|_| comma) {
                        Some((_, group)) => group.extend(value),
                        None => groups.push((raw, value)),
                    }
                }
            }
        }
        let at = self.begin(&groups, &written);
        let piped = self.run(at, sourced, &groups, input);
        for target in written {
            if piped.data.tags.secret {
                self.walker.state.files.insert(target.text.clone(), piped.data.clone());
            }
        }
        piped
    }

    /// A place for what is found out about a command, with what its redirections do.
    fn begin(&mut self, groups: &[(String, Vec<Arg>)], written: &[Arg]) -> usize {
        let words = groups.iter().flat_map(|(_, group)| group.iter().cloned()).collect();
        self.walker.report.commands.push(Ran { words, ..Ran::default() });
        let at = self.walker.report.commands.len() - 1;
        for target in written {
            self.on(at, Kind::Write, target, false);
        }
        let ran = self.walker.ran(at);
        ran.redirected = ran.deeds.len();
        at
    }

    fn run(&mut self, at: usize, sourced: bool, groups: &[(String, Vec<Arg>)], input: Piped) -> Piped {
        let Some((raw, name)) = groups.first() else {
            self.dark("which program runs is not known");
            return Piped::default();
        };
        if let Some(body) = raw.strip_prefix('{').and_then(|body| body.strip_suffix('}')) {
            return self.script(body, input);
        }
        // A pattern anywhere else.
        let asks = raw == "?";
        let literal =
            name.first().filter(|_| name.len() == 1 && !asks).and_then(Arg::literal).map(str::to_owned);
        let Some(text) = literal.or_else(|| asks.then(|| raw.clone())) else {
            let tags = name.iter().fold(Tags::default(), |tags, arg| tags.and(arg.tags));
            self.runs(tags);
            self.dark(format!(
                "which program runs is not known: {}",
                name.first().map(shown).unwrap_or_default()
            ));
            return Piped::default();
        };
        let small = text.to_ascii_lowercase();
        let is_path = text.contains(['/', '\\']);
        if sourced || small.ends_with(".ps1") {
            let file = path(&Arg::known(text)).unwrap_or_else(Arg::unknown);
            self.walker.run_file(at, &file, None, Some(Language::PowerShell));
            return Piped::default();
        }
        if let Some(body) = self.functions.get(&small).cloned() {
            return self.script(&body, input);
        }
        let own = small
            .rsplit_once('\\')
            .filter(|(module, _)| module.starts_with("microsoft."))
            .map(|(_, own)| own);
        let cmdlet = if is_path && own.is_none() { None } else { cmdlets::find(own.unwrap_or(&small)) };
        match cmdlet {
            Some(cmdlet) => self.cmdlet(at, &small, cmdlet, groups, input),
            None => self.program(at, groups, &input),
        }
    }

    /// A program that is none of PowerShell's own.
    fn program(&mut self, at: usize, groups: &[(String, Vec<Arg>)], input: &Piped) -> Piped {
        self.walker.ran(at).wraps = true;
        let mut args: Vec<Arg> = groups.iter().flat_map(|(_, group)| group.iter().cloned()).collect();
        if args[0].text.contains('\\') {
            args[0] = path(&args[0]).unwrap_or_else(Arg::unknown);
        }
        // They are given what the cmdlets take for folders.
        for arg in &mut args[1..] {
            if arg.text.contains('\\') && !arg.text.contains("\\\\") {
                *arg = path(arg).unwrap_or_else(|| arg.clone());
            }
        }
        let data = self.walker.perform(&args, &Redirected::input(input.data.clone()));
        Piped { data, items: None }
    }

    /// Some names are cmdlets on one system and programs on another: it is what either would do.
    fn cmdlet(
        &mut self,
        at: usize,
        name: &str,
        cmdlet: &'static Cmdlet,
        groups: &[(String, Vec<Arg>)],
        input: Piped,
    ) -> Piped {
        let mut bound = bind(cmdlet, &groups[1..]);
        let both =
            !name.contains('-') && grammar::find(name).is_some() || matches!(name, "echo" | "kill" | "mount");
        let program = both && !bound.unproven.is_empty();
        for why in std::mem::take(&mut bound.unproven) {
            if !program || bound.splats {
                self.walker.doubt(at, why);
            }
        }
        let piped = self.apply(at, name, cmdlet, &bound, &input);
        if program { self.program(at, groups, &input) } else { piped }
    }

    /// What a cmdlet does with what it was given.
    fn apply(
        &mut self,
        at: usize,
        name: &str,
        cmdlet: &'static Cmdlet,
        bound: &Bound,
        input: &Piped,
    ) -> Piped {
        let grave = bound.has("recurse") && cmdlet.positions.first() == Some(&Kind::Delete);
        let mut tags = Tags::default();
        let mut items: Option<Vec<Arg>> = None;
        if !bound.dry {
            self.walker.acts(at, cmdlet.acts, name, false);
        }
        let mut values = bound.values.clone();
        let piped = cmdlet.piped;
        let wants = |kind: Kind| values.iter().any(|(own, _)| *own == kind);
        if matches!(piped, Kind::Read | Kind::Delete | Kind::Move | Kind::Edit | Kind::Code | Kind::Sent)
            && !wants(piped)
            && !input.data.absent
        {
            values.extend(input.objects().into_iter().map(|item| (piped, item)));
        } else if cmdlet.names.starts_with("get-childitem") && !wants(Kind::Read) {
            values.push((Kind::Read, Arg::known(".")));
        }
        let secret = values
            .iter()
            .filter(|(kind, _)| !matches!(kind, Kind::Write))
            .fold(input.data.tags, |tags, (_, arg)| tags.and(arg.tags));
        // What is written has in it what was read.
        values.sort_by_key(|(kind, _)| *kind == Kind::Write);
        if cmdlet.names.starts_with("write-host") && values.iter().any(|(_, arg)| arg.tags.private) {
            self.shows_private();
        }
        for (kind, arg) in &values {
            // It looks whether something is there.
            if cmdlet.names.starts_with("test-path") && name == "test-path" {
                self.shared(at, arg);
            }
            if bound.dry && matches!(kind, Kind::Write | Kind::Edit | Kind::Delete | Kind::Move) {
                continue;
            }
            let found = match kind {
                Kind::Each if !arg.text.starts_with('{') => self.each(at, arg, input),
                Kind::Block | Kind::Each | Kind::Code => self.code(at, *kind, arg, bound, input),
                // A property that is computed.
                Kind::Object | Kind::Text if arg.text.starts_with('{') => {
                    self.code(at, Kind::Block, arg, bound, input)
                }
                Kind::Program => self.started(at, arg, bound, input),
                kind => Piped::tagged(self.on(at, *kind, arg, grave)),
            };
            tags = tags.and(found.data.tags);
            if *kind == Kind::Read {
                items.get_or_insert_with(Vec::new).push(arg.clone());
            }
            if *kind == Kind::Write && arg.is_known() {
                let class = crate::paths::class(
                    &self.walker.place,
                    self.walker.state.folder.as_deref(),
                    &path(arg).unwrap_or_default(),
                );
                self.walker.state.files.insert(class.path, Data::tagged(tags.and(secret)));
            }
        }
        self.method(at, name, bound, &values);
        self.sends(at, tags.and(secret));
        let out = self.walker.output(at, &[], &Redirected::input(Data::default()), None);
        tags = tags.and(out.tags);
        self.out(cmdlet, bound, input, items, tags)
    }

    /// What comes out of a cmdlet.
    fn out(
        &mut self,
        cmdlet: &Cmdlet,
        bound: &Bound,
        input: &Piped,
        items: Option<Vec<Arg>>,
        tags: Tags,
    ) -> Piped {
        let first = cmdlet.names.split('|').next().unwrap_or_default();
        match first {
            "get-childitem" => {
                let named = bound.named("filter").or_else(|| bound.named("include"));
                let pattern = named.and_then(Arg::literal_pattern);
                let secret = pattern.and_then(sought::secret_of);
                let wide =
                    bound.has("recurse") && !pattern.is_some_and(sought::is_plain) && !bound.has("directory");
                let own = secret.as_deref().or(pattern).map(|name| format!("/{name}")).unwrap_or_default();
                let below = items.unwrap_or_default().into_iter().map(|folder| {
                    // Of all of a home folder, any may be a secret.
                    let home = wide && self.has_home(&folder);
                    let name = if home { "/.ssh/id_rsa" } else { &own };
                    let text =
                        format!("{}/{HOLE}{name}", folder.text.replace('\\', "/").trim_end_matches('/'));
                    Arg { glob: false, ..folder.with(text) }
                });
                Piped { items: Some(below.collect()), ..Piped::tagged(tags) }
            }
            "get-item" => Piped { items, ..Piped::tagged(tags) },
            "write-output" if input.data.absent => Piped::of(bound.objects()),
            _ if cmdlet.passes && !input.data.absent => Piped {
                data: Data { tags: tags.and(input.data.tags), ..input.data.clone() },
                items: input.items.clone(),
            },
            "out-null" => Piped::nothing(),
            // What is made with something does not show it.
            _ => Piped::tagged(Tags { private: false, ..tags.and(input.data.tags) }),
        }
    }

    /// Whether a folder has all of a home folder in it.
    fn has_home(&self, folder: &Arg) -> bool {
        let place = &self.walker.place;
        let file = path(folder).unwrap_or_default();
        crate::paths::class(place, self.walker.state.folder.as_deref(), &file).has_home(place.home)
    }

    /// A request that does more than ask.
    fn method(&mut self, at: usize, name: &str, bound: &Bound, values: &[(Kind, Arg)]) {
        if !matches!(name, "invoke-webrequest" | "iwr" | "invoke-restmethod" | "irm" | "curl" | "wget") {
            return;
        }
        let changes = bound.named("method").is_some_and(|method| {
            !method
                .literal()
                .is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "get" | "head" | "options"))
        });
        let sends = values.iter().any(|(kind, _)| matches!(kind, Kind::Sent | Kind::Upload));
        if changes || sends {
            let mut urls = bound.values.iter().filter(|(kind, _)| *kind == Kind::Url);
            let own = urls.all(|(_, url)| hosts::scope(&url.text) == Scope::Loopback);
            let scope = if own { Scope::Loopback } else { Scope::Remote };
            self.walker.note(at, Act::new(Effect::NetworkOut, scope), "the request");
        }
    }

    fn sends(&mut self, at: usize, tags: Tags) {
        let out = self.walker.report.commands[at]
            .deeds
            .iter()
            .any(|deed| deed.act.effect == Effect::NetworkOut && deed.act.scope != Scope::Loopback);
        if out && tags.secret {
            self.walker.report.flow(Flow::SecretOut);
        }
    }

    fn runs(&mut self, tags: Tags) {
        if tags.downloaded {
            self.walker.report.flow(Flow::DownloadRun);
        }
        if tags.decoded {
            self.walker.report.flow(Flow::DecodedRun);
        }
    }

    /// A block for each object, or a text that is run.
    fn code(&mut self, at: usize, kind: Kind, arg: &Arg, bound: &Bound, input: &Piped) -> Piped {
        self.walker.ran(at).wraps = true;
        self.runs(arg.tags);
        if kind == Kind::Code {
            return match arg.literal().map(str::to_owned) {
                Some(text) => self.script(&text, Piped::nothing()),
                None => {
                    self.dark("commands are run that are not known");
                    self.walker.note(at, Act::new(Effect::ExecUnknown, Scope::Unknown), "commands");
                    Piped::default()
                }
            };
        }
        let Some(body) =
            arg.text.strip_prefix('{').and_then(|body| body.strip_suffix('}')).map(str::to_owned)
        else {
            // `Where-Object Name -eq x`; anything else is no block.
            if !arg.is_known() {
                self.walker.doubt(at, "which commands are run is not known");
            }
            return Piped::default();
        };
        let elsewhere = bound.values.iter().any(|(kind, _)| *kind == Kind::Machine);
        let before = self.variables.get("_").cloned();
        let mut last = Piped::default();
        let items = if input.data.absent { vec![Arg::unknown()] } else { input.objects() };
        for item in items {
            self.variables.insert("_".to_owned(), Piped::of(vec![item]));
            last = match elsewhere {
                true => self.elsewhere(at, &body),
                false => self.script(&body, Piped::nothing()),
            };
        }
        match before {
            Some(before) => self.variables.insert("_".to_owned(), before),
            None => self.variables.remove("_"),
        };
        last
    }

    /// `% Name`: a property of each object, or a method of it.
    fn each(&mut self, at: usize, arg: &Arg, input: &Piped) -> Piped {
        let name = arg.literal().unwrap_or_default().to_ascii_lowercase();
        if matches!(name.as_str(), "delete" | "moveto") {
            for item in input.objects() {
                self.on(at, Kind::Delete, &item, true);
            }
        }
        if !expression::only_computes(&name) {
            self.walker.doubt(at, format!("what {} does is not known", shown(arg)));
        }
        Piped { data: input.data.clone(), items: input.items.clone() }
    }

    fn elsewhere(&mut self, at: usize, body: &str) -> Piped {
        let from = self.walker.report.commands.len();
        let piped = self.script(body, Piped::nothing());
        self.walker.move_there(at, from);
        piped
    }

    /// `Start-Process`: another program, with its arguments in a list or a text.
    fn started(&mut self, at: usize, program: &Arg, bound: &Bound, input: &Piped) -> Piped {
        let mut args = vec![program.clone()];
        for (_, arg) in bound.values.iter().filter(|(kind, _)| *kind == Kind::Arguments) {
            match arg.literal() {
                Some(text) => args.extend(text.split_whitespace().map(Arg::known)),
                None => args.push(arg.clone()),
            }
        }
        if bound.named("verb").is_some() {
            self.walker.acts(at, grammar::WITH_RIGHTS, "Start-Process", false);
        }
        let groups: Vec<(String, Vec<Arg>)> =
            args.into_iter().map(|arg| (String::new(), vec![arg])).collect();
        self.program(at, &groups, input)
    }

    /// What a value means.
    fn on(&mut self, at: usize, kind: Kind, arg: &Arg, grave: bool) -> Tags {
        let is_file = matches!(
            kind,
            Kind::Read | Kind::Write | Kind::Edit | Kind::Delete | Kind::Move | Kind::Folder | Kind::Upload
        );
        if !is_file {
            return self.on_text(at, kind, arg);
        }
        self.shared(at, arg);
        let Some(file) = path(arg) else {
            self.on_provider(at, kind, arg);
            return arg.tags;
        };
        match kind {
            Kind::Read => self.walker.read(at, &file),
            Kind::Upload => self.walker.upload(at, &file),
            Kind::Folder => {
                let class =
                    crate::paths::class(&self.walker.place, self.walker.state.folder.as_deref(), &file);
                self.walker.state.folder =
                    (class.sure && !file.glob && file.text != "-").then_some(class.path);
                Tags::default()
            }
            Kind::Edit => {
                let tags = self.walker.read(at, &file);
                self.walker.write(at, &file, &Redirected::input(Data::default()));
                tags
            }
            Kind::Delete | Kind::Move => {
                let mut deeds = Vec::new();
                self.walker.deeds_on(&file, Effect::Delete, grave, &mut deeds);
                for deed in
                    deeds.iter_mut().filter(|deed| kind == Kind::Move && deed.act.scope == Scope::Credential)
                {
                    deed.act.effect = Effect::Write;
                }
                self.walker.add(at, deeds);
                self.walker.file(&file).tags
            }
            _ => {
                self.walker.write(at, &file, &Redirected::input(Data::default()));
                Tags::default()
            }
        }
    }

    /// `\\machine\share`: another machine is told who asks, and for what.
    fn shared(&mut self, at: usize, arg: &Arg) {
        let text = arg.text.replace('\\', "/");
        let machine = text.strip_prefix("//").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if !machine.is_empty() && !matches!(machine, "." | "?" | "localhost") {
            self.walker.note(at, Act::new(Effect::NetworkOut, Scope::Remote), &arg.text);
        }
    }

    fn on_text(&mut self, at: usize, kind: Kind, arg: &Arg) -> Tags {
        match kind {
            Kind::Url => {
                let tags = self.walker.read(at, &url(arg));
                if hosts::gives_keys(&arg.text) {
                    self.walker.note(at, Act::new(Effect::SecretRead, Scope::Credential), &arg.text);
                }
                return tags;
            }
            Kind::Lookup => {
                self.walker.lookup(at, arg);
            }
            Kind::Machine => {
                self.walker.note(at, Act::new(Effect::NetworkOut, hosts::scope(&arg.text)), &arg.text);
            }
            Kind::Module => {
                self.walker.note(at, Act::new(Effect::ExecUnknown, Scope::Unknown), &arg.text);
                self.walker.doubt(at, format!("what the module {} does is not known", shown(arg)));
            }
            Kind::Unknown => self.walker.doubt(at, format!("what {} means is not known", shown(arg))),
            _ => {}
        }
        arg.tags
    }

    /// Paths that are no files: of the environment, of the registry.
    fn on_provider(&mut self, at: usize, kind: Kind, arg: &Arg) {
        let text = arg.text.to_ascii_lowercase().replace('/', "\\");
        let (drive, rest) = text.split_once(':').unwrap_or((text.as_str(), ""));
        let rest = rest.trim_matches([':', '\\']);
        let reads = matches!(kind, Kind::Read | Kind::Folder);
        let secret = Act::new(Effect::SecretRead, Scope::Credential);
        match (drive, reads) {
            ("env", true) if rest.is_empty() || rest.contains(['*', '?', HOLE]) => {
                self.walker.note(at, secret, "the environment");
            }
            ("env", true) if crate::perform::sounds_secret(rest) => self.walker.note(at, secret, &arg.text),
            ("env", true) => {}
            ("env", false) => {
                let name = rest.to_ascii_uppercase();
                self.walker.environment(&name, &Arg::unknown());
            }
            ("hklm" | "hkcu" | "hkcr" | "hku" | "hkcc" | "registry", true) => {
                if ["sam", "security", "lsa"].iter().any(|hive| rest.split('\\').any(|part| part == *hive)) {
                    self.walker.note(at, secret, &arg.text);
                }
            }
            ("hklm" | "hkcu" | "hkcr" | "hku" | "hkcc" | "registry", false) => {
                let grave = kind == Kind::Delete && rest.split('\\').count() < 3;
                self.walker.note(at, Act { grave, ..Act::new(Effect::Write, Scope::System) }, &arg.text);
                if rest.split('\\').any(|part| matches!(part, "run" | "runonce" | "services" | "winlogon")) {
                    self.walker.note(at, Act::new(Effect::Persistence, Scope::System), &arg.text);
                }
            }
            ("variable" | "cert" | "alias" | "function", true) => {}
            ("alias" | "function" | "variable", false) => self.dark("what names mean is changed"),
            _ => self.walker.doubt(at, format!("where {} is, is not known", shown(arg))),
        }
    }
}

/// What a cmdlet was given.
#[derive(Debug, Default)]
struct Bound {
    values: Vec<(Kind, Arg)>,
    /// By their full names.
    named: Vec<(String, Arg)>,
    switches: Vec<String>,
    unproven: Vec<String>,
    /// It only says what it would do.
    dry: bool,
    /// Parameters are in a variable.
    splats: bool,
}

impl Bound {
    fn has(&self, name: &str) -> bool {
        self.switches.iter().any(|own| own == name)
    }

    fn named(&self, name: &str) -> Option<&Arg> {
        self.named.iter().find(|(own, _)| own == name).map(|(_, arg)| arg)
    }

    fn objects(&self) -> Vec<Arg> {
        self.values.iter().filter(|(kind, _)| *kind == Kind::Object).map(|(_, arg)| arg.clone()).collect()
    }
}

/// A parameter that was found: its names, and what its value is.
type Parameter = (&'static str, Option<Kind>);

/// The parameters whose names begin so; those that are called so, if there are.
fn parameters(cmdlet: &'static Cmdlet, name: &str) -> Vec<Parameter> {
    let all = || {
        [cmdlet, &COMMON].into_iter().flat_map(|cmdlet| {
            let values =
                cmdlet.values.iter().flat_map(|(names, kind)| names.split('|').map(|own| (own, Some(*kind))));
            values.chain(cmdlet.switches.split('|').map(|own| (own, None)))
        })
    };
    let exact: Vec<Parameter> = all().filter(|(own, _)| *own == name).collect();
    if !exact.is_empty() {
        return exact;
    }
    all().filter(|(own, _)| own.starts_with(name)).collect()
}

/// Finds what each word is to a cmdlet.
fn bind(cmdlet: &'static Cmdlet, groups: &[(String, Vec<Arg>)]) -> Bound {
    let mut bound = Bound::default();
    let mut position = 0;
    let mut words = groups.iter().peekable();
    while let Some((raw, group)) = words.next() {
        let is_name = raw.len() > 1
            && raw.starts_with('-')
            && !raw[1..].starts_with(|first: char| first.is_ascii_digit() || first == '.');
        if !is_name {
            if raw.starts_with('@')
                && !raw.starts_with("@(")
                && !raw.starts_with("@{")
                && !raw.starts_with("@'")
                && !raw.starts_with("@\"")
            {
                bound.splats = true;
                bound.unproven.push("parameters are in a variable".to_owned());
            }
            if raw.starts_with(HOLE) || raw.starts_with("--") {
                bound.unproven.push("an argument may be a parameter".to_owned());
            }
            let kind = cmdlet.positions.get(position).copied();
            match kind {
                Some(kind) => bound.values.extend(group.iter().map(|arg| (kind, arg.clone()))),
                None => {
                    bound.unproven.push("it has an argument too many".to_owned());
                    let last = cmdlet.positions.last().copied().unwrap_or(Kind::Unknown);
                    bound.values.extend(group.iter().map(|arg| (last, arg.clone())));
                }
            }
            position += 1;
            continue;
        }
        let (name, value) =
            raw[1..].split_once(':').map_or((&raw[1..], None), |(name, value)| (name, Some(value)));
        let found = parameters(cmdlet, &name.to_ascii_lowercase());
        let kinds: Vec<Option<Kind>> = found.iter().map(|(_, kind)| *kind).collect();
        let Some((full, kind)) =
            found.first().copied().filter(|_| kinds.iter().all(|kind| *kind == kinds[0]))
        else {
            bound.unproven.push(format!("the parameter -{name} is not known"));
            continue;
        };
        let Some(kind) = kind else {
            let off = value.is_some_and(|value| value.eq_ignore_ascii_case("$false"));
            if value.is_some_and(|value| {
                !value.eq_ignore_ascii_case("$false") && !value.eq_ignore_ascii_case("$true")
            }) {
                bound.unproven.push(format!("whether -{name} is on is not known"));
            }
            if !off {
                bound.dry |= matches!(full, "whatif" | "wi") && cmdlet.acts.is_empty();
                bound.switches.push(full.to_owned());
            }
            continue;
        };
        let group = match value {
            Some(_) => Some(group.clone()),
            None => words.next().map(|(_, group)| group.clone()),
        };
        let Some(group) = group else {
            bound.unproven.push(format!("-{name} lacks its value"));
            continue;
        };
        for arg in group {
            let arg = match value {
                // Its own word has the name before it.
                Some(_) => arg.with(arg.text.split_once(':').map_or(arg.text.as_str(), |(_, rest)| rest)),
                None => arg,
            };
            bound.named.push((full.to_owned(), arg.clone()));
            bound.values.push((kind, arg));
        }
    }
    bound
}

/// A variable's name without what it belongs to.
fn unscoped(name: &str) -> &str {
    ["global:", "script:", "local:", "private:", "variable:"]
        .iter()
        .find_map(|scope| name.strip_prefix(scope))
        .unwrap_or(name)
}

/// An address as the rest of the analysis takes it.
fn url(arg: &Arg) -> Arg {
    match arg.text.contains("://") || arg.text.starts_with(HOLE) {
        true => arg.clone(),
        false => arg.with(format!("http://{}", arg.text)),
    }
}

/// A path of PowerShell as one of a system with slashes; `None` where it is of something else than files.
fn path(arg: &Arg) -> Option<Arg> {
    let text = arg.text.replace('\\', "/");
    let text = match text.to_ascii_lowercase().find("filesystem::") {
        Some(at) => text[at + "filesystem::".len()..].to_owned(),
        None => text,
    };
    let glob = text.contains(['*', '?', '[']);
    let known = |text: String| Some(Arg { glob, splits: false, ..arg.with(text) });
    if text.contains("://") {
        return known(text);
    }
    if let Some(share) = text.strip_prefix("//") {
        // Files of another machine.
        return known(format!("/dev/tcp/{share}"));
    }
    match text.split_once(':') {
        Some((drive, rest)) if drive.eq_ignore_ascii_case("c") => {
            known(format!("/{}", rest.trim_start_matches('/')))
        }
        Some((drive, rest)) if drive.eq_ignore_ascii_case("temp") => {
            known(format!("/tmp/{}", rest.trim_start_matches('/')))
        }
        Some((drive, rest)) if drive.len() == 1 && drive.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            known(format!("/mnt/{}/{}", drive.to_ascii_lowercase(), rest.trim_start_matches('/')))
        }
        Some((drive, _)) if !drive.contains(['/', HOLE]) && !drive.is_empty() => None,
        _ => known(text),
    }
}
