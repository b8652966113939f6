//! Through the commands of a text, with what each finds: variables, the folder, functions, files that were written.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::effect::{Act, Effect, Flow, Scope};
use crate::expand::{self, World};
use crate::facts::Place;
use crate::grammar;
use crate::paths;
use crate::report::{Deed, Ran, Report};
use crate::repository::Repository;
use crate::syntax::tree::{
    Assignment, Command, Item, Operator, Part, Pipeline, Redirect, Script, Stage, Value, Word,
};
use crate::syntax::{self, agree};
use crate::value::{Arg, Data, HOLE, Tags, Variable};

/// How deep texts may be run in texts.
const MOST_LAYERS: usize = 8;
/// Commands that are gone through in all, those of functions and loops as often as they run.
const MOST_RUN: usize = 400;
/// How deep commands may be run by commands: wrappers in wrappers, functions in functions.
const MOST_DEEP: usize = 100;
/// Rounds of a loop over words that are known.
const MOST_ROUNDS: usize = 24;

/// What a command finds.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) variables: BTreeMap<String, Variable>,
    /// Where it is; `None` where nobody knows.
    pub(crate) folder: Option<String>,
    functions: BTreeMap<String, Stage>,
    /// Variables whose values are patterns, for the names of files that they meet.
    names: BTreeSet<String>,
    /// Arrays whose keys are names.
    pub(crate) keyed: BTreeSet<String>,
    /// Variables whose values are evaluated as they are set.
    pub(crate) integers: BTreeSet<String>,
    pub(crate) positional: Option<Vec<Arg>>,
    /// What was written to files, by their paths.
    pub(crate) files: BTreeMap<String, Data>,
    /// Descriptors that lead to another machine.
    network: Vec<String>,
}

/// Goes through a text, and writes down what it does.
pub(crate) struct Walker<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) report: Report,
    pub(crate) state: State,
    /// Texts that stand around this one.
    pub(crate) layers: usize,
    /// Functions that are being run.
    running: Vec<String>,
    pub(crate) run: usize,
    /// All addresses of the call that is looked at are of this machine.
    pub(crate) here: bool,
    /// Scripts of the project that were gone through.
    pub(crate) scripted: usize,
    /// What the call that is looked at runs may lie outside of the project.
    pub(crate) elsewhere: bool,
    /// Commands that run this one.
    pub(crate) around: usize,
    /// The same, with all that stands around it in the text.
    deep: usize,
    documents: Vec<Word>,
    /// A variable by which an agent that is started from here has other settings than it would have.
    pub(crate) other_settings: Option<String>,
    /// Repositories that were looked at, by the folder that git was run in and the one that it was given.
    pub(crate) repositories: BTreeMap<(String, Option<String>), Option<Rc<Repository>>>,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(place: Place<'a>) -> Self {
        let state = State { folder: place.folder.map(str::to_owned), ..State::default() };
        Self {
            place,
            report: Report::default(),
            state,
            layers: 0,
            running: Vec::new(),
            run: 0,
            here: false,
            scripted: 0,
            elsewhere: false,
            around: 0,
            deep: 0,
            documents: Vec::new(),
            other_settings: None,
            repositories: BTreeMap::new(),
        }
    }

    /// A text, run in a shell of its own or in this one.
    pub(crate) fn text(&mut self, text: &str, stdin: &Data) -> Data {
        if self.layers >= MOST_LAYERS {
            self.report.dark("texts are run in texts too deep");
            return Data::default();
        }
        let parsed = match syntax::parse(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.report.dark(error.to_string());
                return Data::default();
            }
        };
        if !agree(text, &parsed) {
            self.report.dark("two parsers read it in different ways");
        }
        self.layers += 1;
        let outer = std::mem::replace(&mut self.documents, parsed.documents);
        let data = self.script(&parsed.script, stdin);
        self.documents = outer;
        self.layers -= 1;
        data
    }

    /// The same with other arguments, in a state that is given back afterwards.
    pub(crate) fn text_apart(&mut self, text: &str, arguments: Option<Vec<Arg>>, stdin: &Data) -> Data {
        self.apart(|walker| {
            walker.state.positional = arguments;
            walker.text(text, stdin)
        })
    }

    /// What is done does not change what this shell finds, but for files.
    pub(crate) fn apart<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.state.clone();
        let done = work(self);
        let files = std::mem::take(&mut self.state.files);
        self.state = State { files, ..before };
        done
    }

    // Lists.

    fn script(&mut self, script: &Script, stdin: &Data) -> Data {
        let mut all = Data::text("");
        for item in &script.items {
            let data = if item.background {
                self.apart(|walker| walker.item(item, stdin))
            } else {
                self.item(item, stdin)
            };
            all = joined(all, data);
        }
        all
    }

    fn item(&mut self, item: &Item, stdin: &Data) -> Data {
        let mut all = Data::text("");
        for (number, (_, pipeline)) in item.chain.iter().enumerate() {
            if number == 0 {
                all = self.pipeline(pipeline, stdin);
                continue;
            }
            // It may or may not be run: what it changes may or may not be so.
            let before = self.state.clone();
            let data = self.pipeline(pipeline, stdin);
            self.either(&before);
            all = joined(all, data);
        }
        all
    }

    /// What differs from another state is not known any more; but what it adds is taken to have happened.
    fn either(&mut self, other: &State) {
        for (name, value) in &other.variables {
            match self.state.variables.get(name) {
                Some(now) if now == value => {}
                Some(now) if is_numeric(now) && is_numeric(value) => {
                    self.state.variables.insert(name.clone(), Variable::Number);
                }
                Some(now) => {
                    let tags = tags_of(now).and(tags_of(value));
                    self.state.variables.insert(name.clone(), Variable::Tagged(tags));
                }
                None => {}
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, stdin: &Data) -> Data {
        let [stage] = pipeline.stages.as_slice() else {
            let mut data = stdin.clone();
            for (number, stage) in pipeline.stages.iter().enumerate() {
                let from = self.report.commands.len();
                data = self.apart(|walker| walker.stage(stage, &data));
                let counted = pipeline.stages.get(number + 1).is_some_and(only_counts);
                if counted && is_bare(stage) && !self.state.functions.contains_key("wc") {
                    data.tags.secret &= !self.report.counted(from);
                }
            }
            return data;
        };
        self.stage(stage, stdin)
    }

    // Commands.

    pub(crate) fn stage(&mut self, stage: &Stage, stdin: &Data) -> Data {
        self.run += 1;
        if self.run > MOST_RUN {
            self.report.dark("it runs more commands than are looked at");
            return Data::default();
        }
        let mut redirected = Redirected { stdin: stdin.clone(), ..Redirected::default() };
        for redirect in &stage.redirects {
            self.redirect(redirect, &mut redirected);
        }
        let data = self.deeper(|walker| walker.command(&stage.command, &redirected));
        self.redirect_output(data, &redirected)
    }

    /// One command deeper, or not at all: the stack is no larger than the text allows.
    pub(crate) fn deeper(&mut self, work: impl FnOnce(&mut Self) -> Data) -> Data {
        if self.deep >= MOST_DEEP {
            self.report.dark("commands are run by commands too deep");
            return Data::default();
        }
        self.deep += 1;
        let data = work(self);
        self.deep -= 1;
        data
    }

    fn command(&mut self, command: &Command, redirected: &Redirected) -> Data {
        let stdin = &redirected.stdin;
        if !matches!(command, Command::Simple { .. }) {
            self.redirections(redirected);
        }
        match command {
            Command::Simple { assignments, words } => self.simple(assignments, words, redirected),
            Command::Group(script) => self.script(script, stdin),
            Command::Subshell(script) => self.apart(|walker| walker.script(script, stdin)),
            Command::If { arms, otherwise } => {
                let mut all = Data::text("");
                for (condition, body) in arms {
                    all = joined(all, self.script(condition, stdin));
                    let before = self.state.clone();
                    all = joined(all, self.script(body, stdin));
                    self.either(&before);
                }
                if let Some(script) = otherwise {
                    let before = self.state.clone();
                    all = joined(all, self.script(script, stdin));
                    self.either(&before);
                }
                Data { text: None, ..all }
            }
            Command::While { condition, body, .. } => {
                self.forget_assigned(condition);
                self.forget_assigned(body);
                self.rounds(|walker| {
                    let condition = walker.script(condition, stdin);
                    joined(condition, walker.script(body, stdin))
                })
            }
            Command::For { name, words, body } => self.for_each(name, words.as_deref(), body, stdin),
            Command::ForArithmetic { expression, body } => {
                self.forget_assigned(body);
                let expression = expand::text_of(self, expression);
                self.evaluate(&expression);
                self.rounds(|walker| {
                    let data = walker.script(body, stdin);
                    walker.evaluate(&expression);
                    data
                })
            }
            Command::Case { subject, arms } => {
                expand::text_of(self, subject);
                let mut all = Data::text("");
                for (patterns, script) in arms {
                    for pattern in patterns {
                        expand::text_of(self, pattern);
                    }
                    let before = self.state.clone();
                    all = joined(all, self.script(script, stdin));
                    self.either(&before);
                }
                Data { text: None, ..all }
            }
            Command::Arithmetic(expression) => {
                self.arithmetic(expression);
                Data::text("")
            }
            Command::Test(words) => {
                let words: Vec<Arg> = words.iter().map(|word| expand::text_of(self, word)).collect();
                self.test_words(&words, true);
                Data::text("")
            }
            Command::Function { name, body } => {
                self.state.functions.insert(name.clone(), (**body).clone());
                Data::text("")
            }
            Command::Coprocess(stage) => {
                self.apart(|walker| walker.stage(stage, stdin));
                Data::text("")
            }
        }
    }

    /// A body that is run nobody knows how often: again, until it finds what it has left.
    fn rounds(&mut self, mut body: impl FnMut(&mut Self) -> Data) -> Data {
        const MOST: usize = 4;
        let from = self.report.commands.len();
        let mut all = Data::text("");
        for _ in 0..MOST {
            let before = self.state.clone();
            all = joined(all, body(self));
            self.either(&before);
            let stays = |(name, value): (&String, &Variable)| self.state.variables.get(name) == Some(value);
            if before.variables.iter().all(stays) {
                self.once(from);
                return Data { text: None, ..all };
            }
        }
        self.report.dark("what a loop finds changes from round to round");
        self.once(from);
        Data { text: None, ..all }
    }

    fn for_each(&mut self, name: &str, words: Option<&[Word]>, body: &Script, stdin: &Data) -> Data {
        let args = match words {
            Some(words) => expand::arguments(self, words),
            None => self.state.positional.clone().unwrap_or_else(|| vec![Arg::unknown()]),
        };
        let sure = args.len() <= MOST_ROUNDS && args.iter().all(|arg| !arg.splits && arg.is_known());
        if !sure {
            self.forget_assigned(body);
            let tags = args.iter().fold(Tags::default(), |tags, arg| tags.and(arg.tags));
            let number = |arg: &Arg| arg.literal().is_some_and(crate::arithmetic::is_number);
            let value = if args.iter().all(number) { Variable::Number } else { Variable::Tagged(tags) };
            self.state.variables.insert(name.to_owned(), value);
            return self.rounds(|walker| walker.script(body, stdin));
        }
        // How many files there are, nobody knows.
        if args.iter().any(|arg| arg.glob) {
            self.forget_assigned(body);
            return self.rounds(|walker| walker.each_of(name, &args, body, stdin));
        }
        self.each_of(name, &args, body, stdin)
    }

    /// A body, run for each of some words.
    fn each_of(&mut self, name: &str, args: &[Arg], body: &Script, stdin: &Data) -> Data {
        let mut all = Data::text("");
        let commands = self.report.commands.len();
        for arg in args {
            // A pattern stays one: it is expanded where the variable is.
            self.state.variables.insert(name.to_owned(), Variable::Known(arg.text.clone()));
            self.named_after(name, arg);
            all = joined(all, self.script(body, stdin));
        }
        self.once(commands);
        all
    }

    /// What was said of commands from one on, each only once.
    fn once(&mut self, from: usize) {
        let mut seen: Vec<Ran> = Vec::new();
        for command in self.report.commands.split_off(from) {
            if !seen.contains(&command) {
                seen.push(command);
            }
        }
        self.report.commands.extend(seen);
    }

    /// Variables that a loop assigns are not known in it; but those that are numbers, and made so only, stay such.
    fn forget_assigned(&mut self, script: &Script) {
        let mut names = Vec::new();
        assigned(script, &mut names);
        let others: BTreeSet<&String> =
            names.iter().filter(|(_, number)| !number).map(|(name, _)| name).collect();
        for (name, _) in &names {
            let now = self.state.variables.get(name);
            let value = match now {
                Some(now) if !others.contains(name) && is_numeric(now) => Variable::Number,
                Some(_) | None => Variable::Tagged(Tags::default()),
            };
            self.state.variables.insert(name.clone(), value);
        }
    }

    /// An expression: what runs in it, and what it assigns.
    pub(crate) fn arithmetic(&mut self, expression: &Word) {
        let text = expand::text_of(self, expression);
        // Shells that do not know expressions take it for commands in brackets.
        if crate::code::may_be_command(&text.text) {
            self.report.dark("an expression may be a command");
            let known = text.is_known().then(|| text.text.clone());
            if let Some(known) = known {
                self.text_apart(&known, None, &Data::absent());
            }
        }
        self.evaluate(&text);
    }

    fn simple(&mut self, assignments: &[Assignment], words: &[Word], redirected: &Redirected) -> Data {
        let args = expand::arguments(self, words);
        if args.is_empty() {
            self.redirections(redirected);
            // `$(< file)` is what the file holds.
            if assignments.is_empty() && !redirected.read.is_empty() {
                return redirected.stdin.clone();
            }
            let mut substituted = Data::text("");
            for assignment in assignments {
                substituted =
                    Data { text: Some(String::new()), ..joined(substituted, self.assignment(assignment)) };
            }
            return substituted;
        }
        // For the command only: what it finds in its environment.
        let mut environment = Vec::new();
        for assignment in assignments {
            let value = match &assignment.value {
                Value::Word(word) => expand::assigned(self, word),
                Value::Array(words) => {
                    expand::arguments(self, words);
                    Arg::unknown()
                }
            };
            environment.push((assignment.name.clone(), value));
        }
        let data = self.run_with(&environment, &args, redirected);
        // Which shell reads it is not known: `dd if=~/x` is about either of two files.
        let Some(other) = expand::arguments_elsewhere(self, words) else { return data };
        let from = self.report.commands.len();
        let more = self.apart(|walker| walker.run_with(&environment, &other, redirected));
        self.report.same_as_before(from);
        Data { text: None, ..joined(data, more) }
    }

    fn assignment(&mut self, assignment: &Assignment) -> Data {
        if let Some(index) = &assignment.index {
            let index = expand::text_of(self, index);
            self.evaluate_index(&assignment.name, &index);
        }
        let mut names = None;
        let value = match &assignment.value {
            Value::Word(word) => {
                let arg = expand::assigned(self, word);
                names = Some(Arg { glob: false, ..arg.clone() });
                if is_integer(&self.state, &assignment.name) {
                    self.evaluate(&arg);
                }
                if arg.is_known() && assignment.index.is_none() && !assignment.append {
                    Variable::Known(arg.text)
                } else {
                    match (assignment.append, self.state.variables.get(&assignment.name)) {
                        (true, Some(Variable::Known(before)))
                            if arg.is_known() && assignment.index.is_none() =>
                        {
                            Variable::Known(format!("{before}{}", arg.text))
                        }
                        _ => Variable::Tagged(arg.tags),
                    }
                }
            }
            Value::Array(words) => {
                let args = expand::arguments(self, words);
                for arg in args.iter().filter(|arg| arg.text.starts_with('[')) {
                    let index = arg.text.split("]=").next().unwrap_or_default();
                    self.evaluate_name(&arg.with(format!("{}{index}", assignment.name)));
                }
                Variable::Tagged(args.iter().fold(Tags::default(), |tags, arg| tags.and(arg.tags)))
            }
        };
        self.set(&assignment.name, value);
        if let Some(arg) = names {
            self.named_after(&assignment.name, &arg);
        }
        Data::text("")
    }

    /// Whether a variable has names of files in it, as what it is set to.
    fn named_after(&mut self, name: &str, value: &Arg) {
        if value.glob || value.tags.names {
            self.state.names.insert(name.to_owned());
        } else {
            self.state.names.remove(name);
        }
    }

    /// A variable is set: some decide what is run later.
    pub(crate) fn set(&mut self, name: &str, value: Variable) {
        let text = match &value {
            Variable::Known(text) => Some(text.as_str()),
            Variable::Unset => Some(""),
            Variable::Number | Variable::Tagged(_) => None,
        };
        self.settings_of_agents(name, text);
        // Others matter only where they are given on.
        if decides(name) || (is_family(name) && !matches!(value, Variable::Unset)) {
            match &value {
                Variable::Known(text) if is_harmless(name, text) => {}
                Variable::Known(_) | Variable::Number | Variable::Unset | Variable::Tagged(_) => {
                    self.report.dark(format!("{name} decides what is run"));
                }
            }
        }
        self.state.variables.insert(name.to_owned(), value);
    }

    /// Runs a command with what its environment has beside.
    fn run_with(&mut self, environment: &[(String, Arg)], args: &[Arg], redirected: &Redirected) -> Data {
        let mut shadowing = None;
        for (name, value) in environment {
            match shadows(name, value) {
                true => shadowing = Some(name),
                false => self.environment(name, value),
            }
        }
        if let Some(name) = args[0].literal()
            && let Some(body) = self.state.functions.get(name).cloned()
        {
            self.redirections(redirected);
            return self.function(name, &body, &args[1..], &redirected.stdin);
        }
        let at = self.report.commands.len();
        let data = self.perform(args, redirected);
        if let Some(name) = shadowing
            && at < self.report.commands.len()
        {
            let act = Act::new(Effect::ExecProject, Scope::Untracked);
            self.note(at, act, &format!("modules of the project, by {name}"));
        }
        data
    }

    /// A variable for one command: some are programs, or change what a program does.
    pub(crate) fn environment(&mut self, name: &str, value: &Arg) {
        self.settings_of_agents(name, value.literal());
        // Where `mktemp` makes its files.
        if name == "TMPDIR"
            && paths::class(&self.place, self.state.folder.as_deref(), value).scope != Scope::Temp
        {
            self.state.variables.insert(name.to_owned(), Variable::Tagged(value.tags));
        }
        if name == "HISTFILE" {
            let value = value
                .literal()
                .map_or_else(|| Variable::Tagged(value.tags), |text| Variable::Known(text.to_owned()));
            self.state.variables.insert(name.to_owned(), value);
        }
        let matters = decides_anything(name);
        if matters && !value.literal().is_some_and(|text| is_harmless(name, text)) {
            self.report.dark(format!("{name} decides what is run"));
            if runs_value(name)
                && let Some(text) = value.literal()
            {
                let text = text.to_owned();
                self.text_apart(&text, None, &Data::absent());
            }
        }
    }

    /// A variable is set, or taken away, that may say by which settings an agent is started, or that it is started without
    /// what stands guard over it.
    fn settings_of_agents(&mut self, name: &str, value: Option<&str>) {
        if is_unguarding(name) {
            if value.is_some_and(is_off) {
                return;
            }
            // Whatever starts it then.
            let deed = Deed { act: grammar::UNGUARDED[0], subject: name.to_owned(), sure: true };
            let ran = Ran { words: vec![Arg::known(name)], deeds: vec![deed], ..Ran::default() };
            self.report.commands.push(ran);
        }
        if is_of_host(name) || matches!(name, "HOME" | "XDG_CONFIG_HOME") {
            self.other_settings.get_or_insert_with(|| name.to_owned());
        }
    }

    fn function(&mut self, name: &str, body: &Stage, arguments: &[Arg], stdin: &Data) -> Data {
        if self.running.iter().any(|other| other == name) {
            self.recursion(name, body);
            return Data::default();
        }
        self.running.push(name.to_owned());
        let before = self.state.positional.replace(arguments.to_vec());
        let data = self.stage(body, stdin);
        self.state.positional = before;
        self.running.pop();
        data
    }

    /// A function that runs itself; twice at once, it takes the machine down.
    fn recursion(&mut self, name: &str, body: &Stage) {
        self.report.dark(format!("the function {name} runs itself"));
        if multiplies(body, name) {
            let deed = Deed {
                act: Act::grave(Effect::ProcessKill, Scope::System),
                subject: name.to_owned(),
                sure: true,
            };
            let ran = Ran { words: vec![Arg::known(name)], deeds: vec![deed], ..Ran::default() };
            self.report.commands.push(ran);
        }
    }

    // Redirections.

    fn redirect(&mut self, redirect: &Redirect, redirected: &mut Redirected) {
        let target = match redirect.operator {
            Operator::HereDocument { number } => {
                let word = self.documents.get(number).cloned().unwrap_or_default();
                redirected.stdin = expand::document(self, &word);
                return;
            }
            Operator::HereString => {
                let arg = expand::text_of(self, &redirect.target);
                let text = arg.is_known().then(|| format!("{}\n", arg.text));
                redirected.stdin = Data { text, tags: arg.tags, absent: false };
                return;
            }
            _ => expand::text_of(self, &redirect.target),
        };
        let stdout = redirect.descriptor.as_deref().is_none_or(|number| number == "1");
        match redirect.operator {
            Operator::DuplicateIn | Operator::DuplicateOut if is_descriptor(&target.text) => {
                if self.state.network.contains(&target.text) {
                    let input = redirect.descriptor.as_deref() == Some("0");
                    if redirect.operator == Operator::DuplicateOut && !input {
                        redirected.remote = true;
                    } else {
                        redirected.stdin = Data::tagged(Tags { downloaded: true, ..Tags::default() });
                    }
                }
                if redirect.operator == Operator::DuplicateOut && stdout && target.text == "2" {
                    redirected.gone = true;
                }
            }
            Operator::Read | Operator::DuplicateIn => {
                redirected.read.push(target.clone());
                redirected.stdin = self.file(&target);
            }
            Operator::ReadWrite
            | Operator::Write
            | Operator::Clobber
            | Operator::Append
            | Operator::WriteBoth
            | Operator::AppendBoth
            | Operator::DuplicateOut => {
                let both = matches!(
                    redirect.operator,
                    Operator::WriteBoth | Operator::AppendBoth | Operator::DuplicateOut
                );
                let appends = matches!(redirect.operator, Operator::Append | Operator::AppendBoth);
                if paths::class(&self.place, self.state.folder.as_deref(), &target).scope == Scope::Remote {
                    redirected.remote |= stdout || both;
                    let number = redirect.descriptor.clone().unwrap_or_else(|| "1".to_owned());
                    self.state.network.push(number);
                    redirected.connects.push(target);
                } else {
                    let output = (stdout || both) && redirect.operator != Operator::ReadWrite;
                    redirected.written.push((target, output, appends));
                }
            }
            Operator::HereDocument { .. } | Operator::HereString => {}
        }
    }

    /// What a file holds, as far as is known.
    pub(crate) fn file(&mut self, target: &Arg) -> Data {
        let class = paths::class(&self.place, self.state.folder.as_deref(), target);
        match class.scope {
            Scope::Nothing if class.path == "/dev/null" => Data::text(""),
            Scope::Credential => Data::tagged(Tags { secret: true, ..Tags::default() }),
            Scope::Remote => Data::tagged(Tags { downloaded: true, ..Tags::default() }),
            _ => self.state.files.get(&class.path).cloned().unwrap_or_default(),
        }
    }

    /// Where output goes that is redirected; what is left of it.
    fn redirect_output(&mut self, data: Data, redirected: &Redirected) -> Data {
        let mut gone = redirected.gone;
        for (target, output, appends) in &redirected.written {
            let class = paths::class(&self.place, self.state.folder.as_deref(), target);
            if class.scope == Scope::Nothing {
                gone |= *output;
                continue;
            }
            if *output {
                let kept = if *appends { Data { text: None, ..data.clone() } } else { data.clone() };
                let before = self.state.files.get(&class.path).map(|data| data.tags).unwrap_or_default();
                let tags = if *appends { kept.tags.and(before) } else { kept.tags };
                if class.sure {
                    self.state.files.insert(class.path.clone(), Data { tags, ..kept });
                }
                gone = true;
            }
        }
        if redirected.remote && data.tags.secret {
            self.report.flow(Flow::SecretOut);
        }
        if gone || redirected.remote { Data::text("") } else { data }
    }

    /// Redirections of what is no program: of several commands, of a function, of nothing.
    fn redirections(&mut self, redirected: &Redirected) {
        let deeds = self.deeds_of(redirected);
        if deeds.is_empty() {
            return;
        }
        let mut words = Vec::new();
        let read = redirected.read.iter().map(|target| ("<", target));
        let written = redirected.written.iter().map(|(target, _, _)| (">", target));
        let connects = redirected.connects.iter().map(|target| ("<>", target));
        for (sign, target) in read.chain(written).chain(connects) {
            words.extend([Arg::known(sign), target.clone()]);
        }
        self.report.commands.push(Ran { words, redirected: deeds.len(), deeds, ..Ran::default() });
    }

    /// What redirections do by themselves.
    pub(crate) fn deeds_of(&mut self, redirected: &Redirected) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for target in &redirected.read {
            self.deeds_on(target, Effect::Read, false, &mut deeds);
        }
        for (target, _, appends) in &redirected.written {
            self.deeds_on(target, Effect::Write, false, &mut deeds);
            let _ = appends;
        }
        for target in &redirected.connects {
            deeds.push(Deed {
                act: Act::new(Effect::NetworkOut, Scope::Remote),
                subject: target.text.clone(),
                sure: true,
            });
            deeds.push(Deed {
                act: Act::new(Effect::NetworkIn, Scope::Remote),
                subject: target.text.clone(),
                sure: true,
            });
        }
        deeds
    }

    /// What it means to do something to a path.
    pub(crate) fn deeds_on(&self, target: &Arg, effect: Effect, grave: bool, deeds: &mut Vec<Deed>) {
        let class = paths::class(&self.place, self.state.folder.as_deref(), target);
        deeds.extend(paths::deeds(&self.place, &class, effect, grave));
    }
}

/// Where input comes from and output goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Redirected {
    pub(crate) stdin: Data,
    /// Files that are read.
    read: Vec<Arg>,
    /// Files that are written: whether standard output goes there, and whether it is added.
    written: Vec<(Arg, bool, bool)>,
    /// Machines that are connected to.
    connects: Vec<Arg>,
    /// Standard output goes to another machine.
    remote: bool,
    /// Standard output goes where nobody reads it as data.
    gone: bool,
}

impl Redirected {
    /// Only input.
    pub(crate) fn input(stdin: Data) -> Self {
        Self { stdin, ..Self::default() }
    }

    /// The same input, and nothing else.
    pub(crate) fn only_input(&self) -> Self {
        Self::input(self.stdin.clone())
    }

    /// Whether output goes to another machine.
    pub(crate) fn is_remote(&self) -> bool {
        self.remote
    }
}

fn is_descriptor(text: &str) -> bool {
    let digits = text.strip_suffix('-').unwrap_or(text);
    !text.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn joined(before: Data, after: Data) -> Data {
    let text = match (before.text, after.text) {
        (Some(mut text), Some(more)) => {
            text.push_str(&more);
            Some(text)
        }
        _ => None,
    };
    Data { text, tags: before.tags.and(after.tags), absent: false }
}

fn tags_of(variable: &Variable) -> Tags {
    match variable {
        Variable::Tagged(tags) => *tags,
        Variable::Known(_) | Variable::Number | Variable::Unset => Tags::default(),
    }
}

/// Whether nothing in a value is evaluated in an expression.
fn is_numeric(variable: &Variable) -> bool {
    match variable {
        Variable::Known(text) => crate::arithmetic::is_number(text),
        Variable::Number => true,
        Variable::Unset | Variable::Tagged(_) => false,
    }
}

/// Whether what a variable is set to is evaluated.
fn is_integer(state: &State, name: &str) -> bool {
    matches!(name, "SECONDS" | "RANDOM" | "LINENO" | "HISTCMD") || state.integers.contains(name)
}

/// Variables that decide which program is run, or what one runs.
fn decides(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "PATH",
        "BASH_ENV",
        "ENV",
        "PROMPT_COMMAND",
        "PS0",
        "PS1",
        "PS4",
        "SHELLOPTS",
        "BASHOPTS",
        "CDPATH",
        "GLOBIGNORE",
        "EDITOR",
        "VISUAL",
        "PAGER",
        "MANPAGER",
        "BROWSER",
        "LESSOPEN",
        "LESSCLOSE",
        "SHELL",
        "PYTHONSTARTUP",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONINSPECT",
        "NODE_OPTIONS",
        "NODE_PATH",
        "PERL5OPT",
        "PERL5LIB",
        "PERL5DB",
        "RUBYOPT",
        "RUBYLIB",
        "JAVA_TOOL_OPTIONS",
        "_JAVA_OPTIONS",
        "CLASSPATH",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC",
        "CC",
        "CXX",
        "MAKEFLAGS",
        "MAKEFILES",
        "SUDO_ASKPASS",
        "SSH_ASKPASS",
        "TAR_OPTIONS",
        "GREP_OPTIONS",
        "RSYNC_RSH",
        "RSYNC_CONNECT_PROG",
        "PARALLEL",
        "PARALLEL_SSH",
        "ZIPOPT",
        "PSQLRC",
        "PGHOST",
        "PGHOSTADDR",
        "PGSERVICE",
        "PGSERVICEFILE",
        "MYSQL_HOST",
        "GH_HOST",
        "GITLAB_HOST",
        "GITLAB_URI",
        "PGOPTIONS",
        "PGSYSCONFDIR",
        "KUBECTL_EXTERNAL_DIFF",
        "KUBE_EDITOR",
        "DOCKER_HOST",
        "KUBECONFIG",
        "CARGO_HOME",
        "HOME",
        "IFS_",
        "GNUMAKEFLAGS",
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "NPM_CONFIG_REGISTRY",
        "npm_config_registry",
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
        "PGOPTIONS",
        "GOFLAGS",
        "CGO_CFLAGS",
        "LESS",
        "ANTHROPIC_BASE_URL",
        "CLAUDE_CONFIG_DIR",
        "CLAUDECTL_HOME",
        "OPENSSL_CONF",
        "WGETRC",
        "CURL_HOME",
        "EXINIT",
        "FZF_DEFAULT_COMMAND",
        "FZF_DEFAULT_OPTS",
        "FZF_DEFAULT_OPTS_FILE",
        "BAT_PAGER",
        "BAT_CONFIG_PATH",
        "RIPGREP_CONFIG_PATH",
        "MANOPT",
        "MANROFFOPT",
        "MANPATH",
        "NODE_REPL_EXTERNAL_MODULE",
        "PERL5SHELL",
        "LUA_INIT",
        "LUA_PATH",
        "LUA_CPATH",
        "R_PROFILE",
        "R_PROFILE_USER",
        "R_ENVIRON_USER",
        "JULIA_LOAD_PATH",
        "PHPRC",
        "PHP_INI_SCAN_DIR",
        "JDK_JAVA_OPTIONS",
        "SSLKEYLOGFILE",
        "VIMINIT",
        "XDG_CONFIG_HOME",
        "XDG_CONFIG_DIRS",
        "XDG_DATA_HOME",
        "XDG_DATA_DIRS",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "MAVEN_OPTS",
        "MAVEN_ARGS",
        "GRADLE_OPTS",
        "SBT_OPTS",
        "JAVA_OPTS",
        "DOTNET_STARTUP_HOOKS",
        "RUSTUP_TOOLCHAIN",
        "RUSTUP_HOME",
        "RUSTDOC",
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "YARN_YARN_PATH",
        "YARN_RC_FILENAME",
        "GOTOOLCHAIN",
        "GOENV",
        "GOPROXY",
        "GONOSUMDB",
        "GOROOT",
        "DOCKER_CONFIG",
        "GCONV_PATH",
        "LOCPATH",
        "TERMINFO",
        "TERMINFO_DIRS",
        "LESSKEY",
        "LESSKEYIN",
        "INPUTRC",
        "GEM_PATH",
        "BUNDLE_GEMFILE",
        "ZDOTDIR",
        // What Claude Code itself runs around each command.
        "CLAUDE_CODE_SHELL",
        "CLAUDE_CODE_SHELL_PREFIX",
        "CLAUDE_ENV_FILE",
    ];
    name.starts_with("LD_")
        || name.starts_with("DYLD_")
        || name.starts_with("BASH_FUNC_")
        || name.starts_with("GIT_")
        || NAMES.contains(&name)
}

/// Variables that stand for the settings of one program, of which most have a name of their own.
fn is_family(name: &str) -> bool {
    const BEGINNINGS: &[&str] =
        &["npm_config_", "pip_", "uv_", "cargo_alias_", "cargo_registries_", "cargo_source_"];
    let small = name.to_ascii_lowercase();
    let of_cargo = small.starts_with("cargo_")
        && ["_runner", "_linker", "_rustflags", "_rustc", "_rustdoc", "_wrapper"]
            .iter()
            .any(|end| small.ends_with(end));
    of_cargo || BEGINNINGS.iter().any(|own| small.starts_with(own))
}

/// Names that no list has, but that say of themselves that a program is run or settings are read.
fn sounds_deciding(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "_PAGER",
        "_EDITOR",
        "_COMMAND",
        "_WRAPPER",
        "_LINKER",
        "_RUNNER",
        "_OPTS",
        "_OPTIONS",
        "_PRELOAD",
        "_ASKPASS",
        "_CONFIG",
        "_CONFIG_FILE",
        "_CONFIG_PATH",
        "_CONFIG_DIR",
        "_STARTUP_HOOKS",
        "_PLUGIN_PATH",
        "_RSH",
    ];
    ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a variable by this name may decide which program is run, what one runs, or by which settings; or what a
/// command line means that names it.
#[must_use]
pub fn may_decide(name: &str) -> bool {
    name == "TMPDIR" || decides_anything(name)
}

fn decides_anything(name: &str) -> bool {
    decides(name) || is_family(name) || sounds_deciding(name) || is_of_host(name) || is_of_every_program(name)
}

/// Variables of Claude Code itself: of most nobody knows what they decide, but that some are limits.
fn is_of_host(name: &str) -> bool {
    const LIMITS: &[&str] = &["_TOKENS", "_MS", "_TIMEOUT", "_EFFORT_LEVEL"];
    name.starts_with("CLAUDE") && !LIMITS.iter().any(|end| name.ends_with(end))
}

/// Variables that start Claude Code without hooks.
fn is_unguarding(name: &str) -> bool {
    matches!(name, "CLAUDE_CODE_SIMPLE" | "CLAUDE_CODE_SAFE_MODE" | "CLAUDE_CODE_RESTRICTED")
}

/// Whether a switch is off by its value.
fn is_off(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "off")
}

/// How words are split by a shell, and how the C library behaves: a command may set these for itself.
fn is_of_every_program(name: &str) -> bool {
    matches!(name, "IFS" | "GLIBC_TUNABLES") || name.starts_with("MALLOC_")
}

/// Whether modules of the project come before those that a program has itself.
fn shadows(name: &str, value: &Arg) -> bool {
    let inside = |part: &str| {
        matches!(part.trim_start_matches("./").trim_end_matches('/'), "" | "." | "src" | "lib" | "tests")
    };
    matches!(name, "PYTHONPATH" | "NODE_PATH" | "RUBYLIB" | "PERL5LIB")
        && value
            .literal()
            .is_some_and(|text| !text.is_empty() && !text.starts_with('/') && text.split(':').all(inside))
}

/// A switch, or nothing.
fn is_switch(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "" | "0" | "1" | "2" | "true" | "false" | "on" | "off" | "yes" | "no" | "never" | "always" | "auto"
    )
}

/// Those whose value is a command.
fn runs_value(name: &str) -> bool {
    name.starts_with("GIT_")
        && (name.ends_with("COMMAND")
            || name.ends_with("EDITOR")
            || name.ends_with("PAGER")
            || name == "GIT_SSH"
            || name == "GIT_EXTERNAL_DIFF")
        || matches!(
            name,
            "EDITOR"
                | "VISUAL"
                | "PAGER"
                | "MANPAGER"
                | "BROWSER"
                | "PROMPT_COMMAND"
                | "PS4"
                | "LESSOPEN"
                | "LESSCLOSE"
                | "SUDO_ASKPASS"
                | "SSH_ASKPASS"
                | "RSYNC_RSH"
                | "RSYNC_CONNECT_PROG"
                | "PARALLEL_SSH"
                | "KUBE_EDITOR"
                | "KUBECTL_EXTERNAL_DIFF"
                | "FZF_DEFAULT_COMMAND"
                | "BAT_PAGER"
        )
}

/// Values that decide nothing after all.
fn is_harmless(name: &str, value: &str) -> bool {
    match name {
        // Anything else is a file that is written.
        _ if name.starts_with("GIT_TRACE") => is_switch(value),
        "RUSTFLAGS" | "RUSTDOCFLAGS" => !["linker", "link-arg", "-Z", "-L", "@", "--extern", "sysroot"]
            .iter()
            .any(|part| value.contains(part)),
        // A version; anything else may be a folder.
        "RUSTUP_TOOLCHAIN" => !value.contains('/'),
        // Options of its own, or how much it does at once.
        "PARALLEL" => !value.contains('-'),
        "GOTOOLCHAIN" => matches!(value, "local" | "auto" | ""),
        "GOPROXY" => matches!(value, "off" | "direct" | ""),
        _ if name.ends_with("PAGER") => {
            matches!(value, "" | "cat" | "less" | "more" | "less -R" | "less -F" | "less -FRX")
        }
        "EDITOR" | "VISUAL" | "GIT_EDITOR" | "GIT_SEQUENCE_EDITOR" | "KUBE_EDITOR" => {
            matches!(value, "true" | ":" | "cat" | "vi" | "vim" | "nano")
        }
        "GIT_TERMINAL_PROMPT" | "GIT_OPTIONAL_LOCKS" | "GIT_ASKPASS" => {
            matches!(value, "" | "0" | "1" | "true" | "false" | "echo" | "/bin/true")
        }
        "GIT_AUTHOR_NAME"
        | "GIT_AUTHOR_EMAIL"
        | "GIT_AUTHOR_DATE"
        | "GIT_COMMITTER_NAME"
        | "GIT_COMMITTER_EMAIL"
        | "GIT_COMMITTER_DATE"
        | "GIT_MERGE_AUTOEDIT"
        | "GIT_CURL_VERBOSE"
        | "GIT_PAGER_IN_USE" => true,
        "LESS" => !value.contains(['!', '+', '|']),
        "MAKEFLAGS" => value.starts_with("-j") && value[2..].bytes().all(|byte| byte.is_ascii_digit()),
        "CC" | "CXX" => matches!(value, "cc" | "c++" | "gcc" | "g++" | "clang" | "clang++"),
        "NODE_OPTIONS" => value.split_whitespace().all(|option| {
            option.starts_with("--max-old-space-size=")
                || option == "--trace-warnings"
                || option == "--experimental-vm-modules"
        }),
        "PS1" => !value.contains(['$', '`']),
        "GOFLAGS" => matches!(value, "" | "-mod=vendor" | "-mod=readonly"),
        _ if decides(name) => false,
        _ if is_family(name) => {
            let small = name.to_ascii_lowercase();
            is_switch(value) && !small.ends_with("_wrapper") && !small.starts_with("cargo_alias_")
                || matches!(
                    small.as_str(),
                    "npm_config_loglevel"
                        | "pip_default_timeout"
                        | "uv_http_timeout"
                        | "uv_concurrent_downloads"
                )
        }
        // A switch, or a number.
        _ => is_switch(value) || value.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// Whether a body runs a function in a pipeline with itself, or beside itself.
fn multiplies(body: &Stage, name: &str) -> bool {
    let mut calls = 0;
    let mut beside = false;
    each_stage(body, &mut |stage, background, stages| {
        if let Command::Simple { words, .. } = &stage.command
            && let Some(Word { parts }) = words.first()
            && let [Part::Text { text, .. }] = parts.as_slice()
            && text == name
        {
            calls += 1;
            beside |= background || stages > 1;
        }
    });
    beside && calls > 0
}

fn each_stage(stage: &Stage, found: &mut impl FnMut(&Stage, bool, usize)) {
    let mut scripts: Vec<(&Script, bool)> = Vec::new();
    match &stage.command {
        Command::Group(script) | Command::Subshell(script) => scripts.push((script, false)),
        Command::While { condition, body, .. } => scripts.extend([(condition, false), (body, false)]),
        Command::For { body, .. } | Command::ForArithmetic { body, .. } => scripts.push((body, false)),
        Command::If { arms, otherwise } => {
            scripts.extend(arms.iter().flat_map(|(condition, body)| [(condition, false), (body, false)]));
            scripts.extend(otherwise.iter().map(|script| (script, false)));
        }
        Command::Case { arms, .. } => scripts.extend(arms.iter().map(|(_, script)| (script, false))),
        Command::Function { body, .. } | Command::Coprocess(body) => each_stage(body, found),
        Command::Simple { .. } | Command::Arithmetic(_) | Command::Test(_) => {}
    }
    for (script, _) in scripts {
        for item in &script.items {
            for (_, pipeline) in &item.chain {
                for stage in &pipeline.stages {
                    found(stage, item.background, pipeline.stages.len());
                    each_stage(stage, found);
                }
            }
        }
    }
}

/// The variables that a script assigns, and whether what they become is surely a number.
fn assigned(script: &Script, names: &mut Vec<(String, bool)>) {
    for item in &script.items {
        for (_, pipeline) in &item.chain {
            for stage in &pipeline.stages {
                let outer =
                    Stage { command: stage.command.clone(), redirects: Vec::new(), stderr_too: false };
                assigned_in(&outer, names);
                each_stage(stage, &mut |stage, _, _| assigned_in(stage, names));
            }
        }
    }
}

/// Whether what is assigned is a number as it is written.
fn makes_number(assignment: &Assignment) -> bool {
    let Value::Word(word) = &assignment.value else { return false };
    !assignment.append
        && assignment.index.is_none()
        && match word.parts.as_slice() {
            [Part::Arithmetic { .. }] => true,
            [Part::Text { text, .. }] => crate::arithmetic::is_number(text),
            _ => false,
        }
}

fn assigned_in(stage: &Stage, names: &mut Vec<(String, bool)>) {
    match &stage.command {
        Command::Simple { assignments, words } => {
            names.extend(
                assignments.iter().map(|assignment| (assignment.name.clone(), makes_number(assignment))),
            );
            let text = |word: &Word| match word.parts.as_slice() {
                [Part::Text { text, .. }, ..] => Some(text.clone()),
                _ => None,
            };
            let first = words.first().and_then(text);
            if matches!(
                first.as_deref(),
                Some(
                    "read"
                        | "export"
                        | "declare"
                        | "local"
                        | "typeset"
                        | "readonly"
                        | "let"
                        | "mapfile"
                        | "readarray"
                        | "printf"
                        | "getopts"
                        | "unset"
                )
            ) {
                names.extend(
                    words
                        .iter()
                        .skip(1)
                        .filter_map(text)
                        .map(|word| word.split(['=', '+', '[']).next().unwrap_or_default().to_owned())
                        .map(|name| (name, first.as_deref() == Some("let"))),
                );
            }
        }
        Command::For { name, .. } => names.push((name.clone(), false)),
        Command::Arithmetic(word) | Command::ForArithmetic { expression: word, .. } => {
            for part in &word.parts {
                if let Part::Text { text, .. } = part {
                    names.extend(crate::arithmetic::assigned(text).into_iter().map(|name| (name, true)));
                }
            }
        }
        Command::Group(_)
        | Command::Subshell(_)
        | Command::If { .. }
        | Command::While { .. }
        | Command::Case { .. }
        | Command::Test(_)
        | Command::Function { .. }
        | Command::Coprocess(_) => {}
    }
}

impl World for Walker<'_> {
    fn variable(&self, name: &str) -> Option<Variable> {
        match (self.state.variables.get(name), name) {
            (Some(variable), _) => Some(variable.clone()),
            (None, "HOME") => Some(Variable::Known(self.place.home.to_owned())),
            (None, "PWD") => self.state.folder.clone().map(Variable::Known),
            // What nobody has set may be empty, and a path goes on elsewhere then: `$TMPDIR/x`, `~/$COLUMNS`.
            (None, "PPID" | "LINENO") => Some(Variable::Known("1".to_owned())),
            // In a shell that is run by its name, these may be variables as any other.
            (None, "RANDOM" | "SECONDS" | "UID" | "EUID" | "SHLVL") if self.layers <= 1 => {
                Some(Variable::Known("1".to_owned()))
            }
            (None, _) => None,
        }
    }

    fn assign(&mut self, name: &str, value: Variable) {
        self.set(name, value);
    }

    fn evaluate(&mut self, expression: &Arg) {
        self.evaluate(expression);
    }

    fn evaluate_index(&mut self, array: &str, index: &Arg) {
        self.evaluate_index(array, index);
    }

    fn evaluate_name(&mut self, name: &Arg) {
        self.evaluate_name(name);
    }

    fn expand_again(&mut self, text: Option<&str>) {
        if text.is_none_or(|text| text.contains(['$', '`', HOLE])) {
            self.report.dark("a value is expanded once more");
        }
        if let Some(text) = text {
            self.as_string(text);
        }
    }

    fn tags_of(&self, name: &str) -> Tags {
        let private = !self.state.variables.contains_key(name)
            && !matches!(name, "PWD" | "OLDPWD")
            && crate::perform::names_secret(name);
        Tags { names: self.state.names.contains(name), private, ..Tags::default() }
    }

    fn positional(&self) -> Option<&[Arg]> {
        self.state.positional.as_deref()
    }

    fn home(&self, user: &str) -> Option<String> {
        match user {
            "" => Some(self.place.home.to_owned()),
            "root" => Some(paths::ROOT_HOME.to_owned()),
            user if user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)) => {
                Some(format!("/home/{user}"))
            }
            _ => None,
        }
    }

    fn folder(&self) -> Option<String> {
        self.state.folder.clone()
    }

    fn substitute(&mut self, script: &Script) -> Data {
        self.apart(|walker| walker.script(script, &Data::absent()))
    }

    fn beside(&mut self, script: &Script, written: bool) -> Arg {
        let data = self.apart(|walker| walker.script(script, &Data::default()));
        let name = format!("/dev/fd/{}", 60 + self.state.files.len());
        if !written {
            self.state.files.insert(name.clone(), data.clone());
        }
        Arg { tags: data.tags, ..Arg::known(name) }
    }
}

/// Whether a command says no more of what it reads than how much it is.
fn only_counts(stage: &Stage) -> bool {
    let Command::Simple { words, .. } = &stage.command else { return false };
    let Some((first, rest)) = words.split_first() else { return false };
    let flags = |word: &Word| {
        plain(word).is_some_and(|word| {
            let letters = word.strip_prefix('-').unwrap_or_default();
            !letters.is_empty() && letters.chars().all(|letter| matches!(letter, 'l' | 'c' | 'w' | 'm'))
        })
    };
    plain(first).as_deref() == Some("wc") && rest.iter().all(flags)
}

/// Whether all that a command shows goes on, and nothing else is run for it.
fn is_bare(stage: &Stage) -> bool {
    let Command::Simple { assignments, words } = &stage.command else { return false };
    stage.redirects.is_empty() && assignments.is_empty() && words.iter().all(|word| plain(word).is_some())
}

/// A word that is nothing but text.
fn plain(word: &Word) -> Option<String> {
    let text = |part: &Part| match part {
        Part::Text { text, .. } => Some(text.clone()),
        _ => None,
    };
    word.parts.iter().map(text).collect()
}

/// Whether a text is not known at all.
pub(crate) fn is_hole(arg: &Arg) -> bool {
    arg.text.chars().all(|letter| letter == HOLE)
}
