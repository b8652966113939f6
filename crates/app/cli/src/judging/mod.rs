//! The gate, asked: the person's rules, the repository's policy, and the world around a folder.

pub(crate) mod budget;
mod compiled;
pub(crate) mod files;
pub(crate) mod foreign;
pub(crate) mod hook;
pub(crate) mod learned;
mod packed;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use claudectl_agents::world::{self, Moment, World};
use claudectl_brain::course::Course;
use claudectl_brain::features::{self, Branch, Situation};
use claudectl_brain::identity;
use claudectl_fleet::project;
use claudectl_gate::advice::{self, Advice};
use claudectl_gate::budget::BudgetState;
use claudectl_gate::host;
use claudectl_gate::host::client::{self, Client, Said, Told, Unheard};
use claudectl_gate::host::unasked::{self, Naming};
use claudectl_gate::judge::{self, Layer, Mode, Policy, Verdict};
use claudectl_gate::rules::{self, Action, Circumstances, Maker, Meeting, Rule};
use claudectl_gate::same::{self, Exactly};
use claudectl_gate::tools;
use claudectl_gate::write;
use claudectl_shell::facts::{Facts as _, Place};
use claudectl_shell::paths::is_below;
use claudectl_shell::report::{Ran, Report};
use claudectl_store::{Store, StoreError};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use compiled::Settings;
pub(crate) use compiled::{Compiled, Stamp, rules_file};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::judging::files::Reading;
use crate::judging::learned::{About, Known, Learned};

/// A call, as it is asked about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) tool: String,
    pub(crate) input: Value,
    pub(crate) folder: PathBuf,
    /// The host's permission mode; empty where nobody said.
    pub(crate) mode: String,
    /// The session; empty where nobody said.
    pub(crate) session: String,
    /// What the session has cost, dollars.
    pub(crate) cost: f64,
    /// Budgets that concern the session.
    pub(crate) budgets: Vec<BudgetState>,
    /// Other sessions that are in its way.
    pub(crate) meetings: Vec<Meeting>,
    /// Its last call failed.
    pub(crate) last_error: bool,
    /// The host's id of the call; empty where nobody said.
    pub(crate) call: String,
    /// A subagent makes it.
    pub(crate) agent: bool,
    /// Calls of its session were changed after they had been judged.
    pub(crate) barred: bool,
    /// How its session went until then.
    pub(crate) course: Course,
    /// What was checked out, as it was told; `None` for what is now.
    pub(crate) branch: Option<Branch>,
}

impl Asked {
    /// What the learner is told beside what a call does.
    pub(crate) fn situation<'a>(
        &'a self,
        secret: &'a identity::Secret,
        root: &'a str,
        home: &'a str,
        branch: Branch,
    ) -> Situation<'a> {
        let Self { mode, agent, course, .. } = self;
        let of_project = Situation::of(secret, root, home);
        let situation = Situation { mode, agent: *agent, course: *course, branch, ..of_project };
        let folder = self.folder.to_str().unwrap_or_default();
        Situation { given: identity::given(&self.tool, &self.input, folder, situation), ..situation }
    }
}

/// What is answered to a call, and what it does.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) verdict: Verdict,
    /// What was known of the call beside its text.
    call: Circumstances,
    /// What the host is told in the mode that it is in; `None` for nothing.
    pub(crate) said: Option<Action>,
    /// Why that is not the verdict, where it is not.
    pub(crate) withheld: Option<String>,
    pub(crate) report: Report,
    /// What is known of it to learn from, if it may be.
    pub(crate) known: Option<Known>,
    /// What the call itself gives away.
    secrets: Vec<Secret>,
}

/// A secret of a call, and the mark that stands for it.
#[derive(Debug)]
struct Secret {
    text: String,
    mark: String,
}

/// A shorter one may be a part of any word.
const SHORTEST_SECRET: usize = 4;

/// The secrets in what a tool is given. What is told of a call names parts of it, and a part alone may not look like a
/// secret: a path that was made of an address, a word that was cut out of a line.
fn secrets_in(input: &Value, found: &mut Vec<Secret>) {
    match input {
        Value::String(text) => secrets_of(text, found),
        Value::Array(items) => items.iter().for_each(|item| secrets_in(item, found)),
        Value::Object(fields) => fields.iter().for_each(|(key, field)| {
            secrets_of(key, found);
            secrets_in(field, found);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn secrets_of(text: &str, found: &mut Vec<Secret>) {
    for finding in claudectl_redact::redact(text).findings {
        let secret = &text[finding.range];
        if secret.len() < SHORTEST_SECRET {
            continue;
        }
        let mark = format!("[redacted:{}]", finding.kind);
        let mut add = |text: &str| {
            if text.len() >= SHORTEST_SECRET {
                found.push(Secret { text: text.to_owned(), mark: mark.clone() });
            }
        };
        // A shell takes each line of a key for a command, and what stands before a sign of equality for a name.
        let words = secret.split_whitespace().filter(|word| !word.contains("-----") && *word != "PRIVATE");
        let alone = words.flat_map(|word| [word, word.trim_end_matches('=')]);
        for text in alone.filter(|word| *word != secret).chain([secret]) {
            if text.contains("//") {
                // As it stands in what was made a path of it.
                let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
                add(&parts.join("/"));
            }
            add(text);
        }
    }
}

/// A text in which something was cut off that begins as a secret does, without that beginning.
fn without_beginnings(mut text: String, secrets: &[Secret]) -> String {
    const CUT: char = '…';
    let mut from = 0;
    while let Some(at) = text[from..].find(CUT).map(|at| from + at) {
        let begun = |secret: &Secret| {
            let ends = secret.text.char_indices().map(|(end, _)| end).filter(|end| *end >= SHORTEST_SECRET);
            ends.rev().find(|end| text[..at].ends_with(&secret.text[..*end]))
        };
        let longest = secrets.iter().filter_map(|secret| Some((begun(secret)?, &secret.mark))).max();
        from = at + CUT.len_utf8();
        if let Some((length, mark)) = longest {
            text.replace_range(at - length..at, mark);
            from = from - length + mark.len();
        }
    }
    text
}

impl Answer {
    /// The folder of the project that the call was made in; empty where there is none.
    pub(crate) fn root(&self) -> &str {
        &self.call.root
    }

    /// Whether a rule fits it, whatever others say.
    pub(crate) fn fits(&self, rule: &Rule) -> bool {
        judge::fits(rule, &self.report, &self.call)
    }

    /// Something that is told of the call, without its secrets.
    pub(crate) fn told(&self, text: &str) -> String {
        let text = self
            .secrets
            .iter()
            .fold(text.to_owned(), |text, secret| text.replace(&secret.text, &secret.mark));
        let text = without_beginnings(text, &self.secrets);
        claudectl_redact::redact(&text).text.into_owned()
    }

    /// As programs read it.
    pub(crate) fn document(&self) -> Value {
        let deed = |deed: &claudectl_shell::report::Deed| {
            json!({
                "effect": deed.act.effect.word(),
                "scope": deed.act.scope.word(),
                "grave": deed.act.grave,
                "subject": self.told(&deed.subject),
            })
        };
        json!({
            "verdict": self.verdict.action.word(),
            "said": self.said.map(Action::word),
            "withheld": self.withheld.as_deref().map(|why| self.told(why)),
            "layer": self.verdict.layer.word(),
            "rule": self.verdict.rule,
            "reason": self.told(&self.verdict.reason),
            "learnable": self.verdict.learnable,
            "thought": self.known.as_ref().and_then(|known| known.thought.as_ref()),
            "effects": self.report.deeds().map(deed).collect::<Vec<_>>(),
            "flows": self.report.flows.iter().map(|flow| flow.word()).collect::<Vec<_>>(),
            "opaque": self.report.opaque.iter().map(|why| self.told(why)).collect::<Vec<_>>(),
        })
    }
}

/// Whoever judges, with what was read so far.
pub(crate) struct Judge {
    now: i64,
    /// Where days end, for rules that name one; `None` for the system's.
    zone: Option<TimeZone>,
    gate: Mode,
    /// It is asked about one call only.
    once: bool,
    compiled: Compiled,
    worlds: HashMap<PathBuf, Around>,
    /// What the session of the call has cost, for whoever asks on the hot path.
    meter: Option<budget::Meter>,
    /// What was learned; `None` for whoever does not go by it.
    learned: Option<Learned>,
    /// A grant that nobody has made, to see what it would change.
    supposed: Option<Rule>,
}

/// The world around a folder, and what counts there.
struct Around {
    world: World,
    /// The top of the repository; the folder itself where there is none.
    root: String,
    /// The files of the repository's policy.
    files: Vec<files::Policy>,
    trusted: bool,
    /// All rules; of whoever is asked once, none.
    policy: Policy,
}

impl Judge {
    /// By what holds now.
    pub(crate) fn new(app: &App) -> Result<Self> {
        if app.env.home.is_none() {
            return Err(CliError::usage("the home folder is not known").fix("set HOME"));
        }
        let compiled = match store(app) {
            Ok(store) => Compiled::of(app, store.as_ref())?,
            Err(Unread::Now(error)) => {
                app.ui.warn(&format!("{error}: grants and trust are those that hooks go by"));
                Compiled::of(app, None)?.with_last(&app.env.state_dir()?)
            }
            Err(Unread::Ever(error)) => return Err(error),
        };
        Ok(Self::by(app, compiled))
    }

    /// With the rules of another file in the place of the person's, to try them.
    ///
    /// # Errors
    /// When the file is not there, or a rule in it is wrong.
    pub(crate) fn with_rules(app: &App, file: &Path) -> Result<Self> {
        let name = crate::env::shown(&app.env, file);
        let unread = |why: String| CliError::usage(format!("cannot read the rules in {name}")).why(why);
        crate::config::regular(file).map_err(|error| unread(error.to_string()))?;
        let mut judge = Self::new(app)?;
        let how = Reading { home: &judge.compiled.settings.home, now: app.now, zone: &|| app.zone.clone() };
        let rules = files::read(file, &how).map_err(|why| {
            unread(why).fix("correct what is named; a file of rules counts as a whole or not at all")
        })?;
        judge.compiled.person = Some(Ok(rules));
        Ok(judge)
    }

    /// With one more rule of the person's, to try it.
    pub(crate) fn with_rule(mut self, rule: Rule) -> Self {
        let own = self.compiled.person(&|_| true);
        self.compiled.person = Some(own.map(|own| own.into_iter().chain([rule]).collect()));
        self
    }

    /// By what was put together.
    pub(crate) fn by(app: &App, compiled: Compiled) -> Self {
        Self { zone: Some(app.zone.clone()), once: false, ..Self::once(app.now, compiled) }
    }

    /// The same, for one call, and without a command's surroundings.
    fn once(now: i64, compiled: Compiled) -> Self {
        let gate = compiled.settings.mode();
        let worlds = HashMap::new();
        Self {
            now,
            zone: None,
            gate,
            once: true,
            compiled,
            worlds,
            meter: None,
            learned: None,
            supposed: None,
        }
    }

    /// The person's own rules and grants, whatever folder it is.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Rule> {
        self.compiled.own()
    }

    /// What a repository was when the person trusted it (see [`files::pledge`]); `None` if they do not.
    pub(crate) fn trust_in(&self, root: &str) -> Option<&str> {
        let known = self.compiled.settings.trusted.iter().find(|(known, _)| known == root);
        known.map(|(_, was)| was.as_str())
    }

    /// How much is said.
    pub(crate) fn mode(&self) -> Mode {
        self.gate
    }

    /// The rules that count in a folder, with who made each; or why they cannot be followed.
    pub(crate) fn rules(&mut self, folder: &Path) -> (&[(Maker, Rule)], Option<&str>) {
        let Policy { rules, broken, .. } = &self.around(folder).policy;
        (rules, broken.as_ref().map(|(_, why)| why.as_str()))
    }

    fn around(&mut self, folder: &Path) -> &Around {
        if !self.worlds.contains_key(folder) {
            let made = self.look_around(folder);
            self.worlds.insert(folder.to_path_buf(), made);
        }
        &self.worlds[folder]
    }

    fn look_around(&self, folder: &Path) -> Around {
        let world = World::of(folder);
        let files = files::policies(folder, world.root());
        let trusted = world
            .root()
            .is_some_and(|root| self.trust_in(root).is_some_and(|was| was == files::pledge(&files, root)));
        let own = folder.to_str().filter(|folder| *folder != self.compiled.settings.home && *folder != "/");
        let root = world.root().or(own).unwrap_or_default().to_owned();
        let mut around = Around { world, root, files, trusted, policy: Policy::default() };
        if !self.once {
            around.policy = self.policy(&around, &|_| true);
        }
        around
    }

    /// Other repositories that a call touches: by a file, or by a command that is run there. Their policies count, too.
    /// Whether these are all is told with them.
    fn others(report: &Report, around: &Around) -> (Vec<Around>, bool) {
        let files = report.deeds().map(|deed| deed.subject.as_str());
        let folders = report.commands.iter().filter_map(|ran| ran.folder.as_deref());
        let mut places: Vec<&Path> = files
            .chain(folders)
            // Where there is no project, nothing is of it.
            .filter(|path| path.starts_with('/') && (around.root.is_empty() || !is_below(path, &around.root)))
            .map(|path| Path::new(&path[..path.find(['*', '?', '[', '{', '…']).unwrap_or(path.len())]))
            .collect();
        places.sort_unstable();
        places.dedup();
        let are_all = places.len() <= MOST_PLACES;
        let mut found: Vec<Around> = Vec::new();
        for place in places.into_iter().take(MOST_PLACES) {
            let world = World::of(place);
            let known = |root: &str| root == around.root || found.iter().any(|known| known.root == root);
            let Some(root) = world.root().filter(|root| !known(root)).map(str::to_owned) else { continue };
            let files = files::policies(place, Some(&root));
            if !files.is_empty() {
                found.push(Around { world, root, files, trusted: false, policy: Policy::default() });
            }
        }
        (found, are_all)
    }

    /// The rules of a repository alone.
    fn policy_of(&self, around: &Around, runs: &dyn Fn(&str) -> bool) -> Policy {
        let mut policy = self.policy(around, runs);
        policy.rules.retain(|(maker, _)| *maker == Maker::Team);
        policy.broken = policy.broken.filter(|(layer, _)| *layer == Layer::Policy);
        policy
    }

    /// The rules that count somewhere, or those of them that may be about programs of these names.
    fn policy(&self, around: &Around, runs: &dyn Fn(&str) -> bool) -> Policy {
        let mut rules: Vec<(Maker, Rule)> = Vec::new();
        let mut broken = None;
        let mut add = |layer: Layer, maker: Maker, found: compiled::Rules| match found {
            Ok(found) => rules.extend(found.into_iter().map(|rule| (maker, rule))),
            Err(why) => broken = broken.take().or(Some((layer, why))),
        };
        let zone = || self.zone.clone().unwrap_or_else(TimeZone::system);
        let how = Reading { home: &self.compiled.settings.home, now: self.now, zone: &zone };
        for policy in &around.files {
            add(Layer::Policy, Maker::Team, self.compiled.policy(policy, &how, runs));
        }
        add(Layer::Rule, Maker::Person, self.compiled.person(runs));
        add(Layer::Grant, Maker::Grant, self.compiled.grants(runs));
        if self.compiled.is_before_grants(self.now) {
            rules.retain(|(maker, rule)| *maker != Maker::Grant || rule.action != Some(Action::Allow));
        }
        rules.extend(self.supposed.iter().map(|rule| (Maker::Grant, rule.clone())));
        let hosts = self.compiled.settings.hosts.clone();
        let is_repository = around.world.root().is_some();
        Policy { rules, trusted: around.trusted, is_repository, hosts, broken }
    }

    /// Judges a call.
    pub(crate) fn judge(&mut self, asked: &Asked) -> Answer {
        self.around(&asked.folder);
        let around = &self.worlds[&asked.folder];
        let home = self.compiled.settings.home.as_str();
        let text = asked.folder.to_str().filter(|text| !text.is_empty());
        let root = Some(around.root.as_str()).filter(|root| !root.is_empty());
        let moment = Moment::of(&around.world).guarding(&self.compiled.settings.guarded);
        let place = Place { home, folder: text, root, facts: &moment };
        let report = tools::report(&asked.tool, &asked.input, place);
        let mut call = self.circumstances(asked, &around.root, None);
        let programs = rules::programs(&report);
        let runs = |name: &str| programs.contains(&name);
        let once = self.once.then(|| self.policy(around, &runs));
        let policy = once.as_ref().unwrap_or(&around.policy);
        if policy.rules.iter().any(|(_, rule)| rule.exactly.is_some()) {
            call.input = same::of_input(&asked.tool, &asked.input);
        }
        if policy.rules.iter().any(|(_, rule)| !rule.paths.is_empty()) {
            call.found = found(asked, &report, &moment);
        }
        if let Some(meter) = &self.meter {
            meter.tell(&mut call, policy);
        }
        let (others, are_all) = Self::others(&report, around);
        let others = others.into_iter().filter_map(|other| {
            let policy = self.policy_of(&other, &runs);
            let part = touching(&report, &other.root);
            let mut there =
                Circumstances { root: other.root, found: found(asked, &part, &moment), ..call.clone() };
            if let Some(meter) = &self.meter {
                meter.tell(&mut there, &policy);
            }
            judge::by_others(&part, &policy, &there)
        });
        let others: Vec<Verdict> = others.chain((!are_all).then(too_many_places)).collect();
        let verdict = judge::judge_among(&report, policy, others, &call);
        let known = self.known(asked, around, &verdict, &report);
        let verdict = match known.as_ref().and_then(|known| known.thought.as_ref()) {
            Some(thought) => thought.settle(verdict, self.gate),
            None => verdict,
        };
        // A hook knows more of its client, and asks by itself.
        let (said, withheld) = match self.once {
            true => (host::answer(self.gate, &call, &verdict, &report), None),
            false => {
                let client = Anybody(|| named(asked, Some(&self.compiled.settings), Some(&report)));
                let Told { said, withheld, .. } =
                    client::tell(self.gate, &call, &verdict, &report, false, &client);
                // Why a mode of the host allows less is a part of what the mode is.
                let withheld = withheld.filter(|_| said == Some(Said::Deny));
                (said.map(Said::action), withheld)
            }
        };
        let mut secrets = Vec::new();
        // Of what is allowed a hook tells nothing of the call.
        if !self.once || verdict.action != Action::Allow {
            secrets_of(&asked.tool, &mut secrets);
            secrets_in(&asked.input, &mut secrets);
            // A part of one after the whole.
            secrets.sort_by_key(|secret| std::cmp::Reverse(secret.text.len()));
        }
        Answer { verdict, call, said, withheld, report, known, secrets }
    }
}

/// A client of which no more is known than the call: somebody sits there, and no hook of others is there.
struct Anybody<N>(N);

impl<N: Fn() -> Option<String>> Client for Anybody<N> {
    fn is_headless(&self) -> bool {
        false
    }

    fn can_defer(&self) -> bool {
        false
    }

    fn in_the_way(&self) -> Option<String> {
        None
    }

    fn unheard(&self) -> Option<&Unheard> {
        None
    }

    fn answers_itself(&self) -> Option<String> {
        (self.0)()
    }
}

/// What a call names that makes the host answer a question about it itself.
fn named(asked: &Asked, settings: Option<&Settings>, report: Option<&Report>) -> Option<String> {
    let of_host = settings.map(Settings::of_host).unwrap_or_default();
    let call = Naming {
        mode: &asked.mode,
        tool: &asked.tool,
        input: &asked.input,
        folder: asked.folder.to_str().unwrap_or_default(),
        home: settings.map_or("", |settings| &settings.home),
        report,
        settings: &of_host,
        guarded: settings.map_or(&[], |settings| &settings.guarded),
    };
    let led = |path: &str| world::led(Path::new(path))?.into_os_string().into_string().ok();
    unasked::named(call, &led)
}

/// So many places are looked at for other repositories.
const MOST_PLACES: usize = 64;

/// What is said of a call that is about more: one of them may be of a repository whose policy is against it.
fn too_many_places() -> Verdict {
    Verdict {
        action: Action::Ask,
        layer: Layer::Opaque,
        rule: None,
        reason: format!(
            "it is about more than {MOST_PLACES} places outside the repository: fewer at once can be judged"
        ),
        learnable: false,
    }
}

/// What patterns of the shell stand for among the files of a call.
fn found(asked: &Asked, report: &Report, moment: &Moment<'_>) -> BTreeMap<String, Vec<String>> {
    // Then a pattern means what it does not mean by itself.
    let unusual = asked.input["command"].as_str().is_some_and(|text| {
        ["dotglob", "GLOB_DOTS", "globdots", "globstar", "nocaseglob"].iter().any(|word| text.contains(word))
    });
    if unusual {
        return BTreeMap::new();
    }
    let patterns = report.deeds().map(|deed| deed.subject.as_str()).filter(|path| rules::is_pattern(path));
    let known = patterns.filter_map(|pattern| {
        let files = moment.matching(pattern)?.into_iter().map(|found| found.path).collect();
        Some((pattern.to_owned(), files))
    });
    known.collect()
}

/// The part of a call that touches a repository.
fn touching(report: &Report, root: &str) -> Report {
    let touches = |ran: &&Ran| {
        ran.folder.as_deref().is_some_and(|folder| is_below(folder, root))
            || ran.deeds.iter().any(|deed| is_below(&deed.subject, root))
    };
    Report { commands: report.commands.iter().filter(touches).cloned().collect(), ..Report::default() }
}

impl Judge {
    /// What is known of a call that asks and may be learned from.
    fn known(&self, asked: &Asked, around: &Around, verdict: &Verdict, report: &Report) -> Option<Known> {
        let learned = self.learned.as_ref().filter(|_| self.compiled.settings.brain.learn)?;
        let secret = learned.secret()?;
        if verdict.action != Action::Ask || !verdict.learnable {
            return None;
        }
        let home = self.compiled.settings.home.as_str();
        let branch = asked.branch.unwrap_or_else(|| {
            // Of nothing but git a file more is read.
            let now = features::is_of_git(report).then(|| around.world.branch()).flatten();
            now.as_deref().map_or(Branch::Unknown, Branch::named)
        });
        let situation = asked.situation(secret, &around.root, home, branch);
        let about =
            About { tool: &asked.tool, situation, call: &asked.call, barred: asked.barred, now: self.now };
        Some(learned.know(report, about))
    }

    /// What features are made with; where nothing was learned, what everybody knows.
    pub(crate) fn secret(&self) -> &identity::Secret {
        self.learned.as_ref().and_then(Learned::secret).unwrap_or(&identity::Secret::KNOWN)
    }

    /// With what was learned.
    pub(crate) fn with(mut self, learned: Learned) -> Self {
        self.learned = Some(learned);
        self
    }

    /// Of the answer that a person keeps to a call: this one, as it is found again; and why it would be asked about all
    /// the same, if it would.
    pub(crate) fn kept(mut self, asked: &Asked, text: String) -> (Exactly, Option<String>) {
        let exactly = Exactly {
            tool: asked.tool.clone(),
            folder: folder_of(asked),
            input: same::of_input(&asked.tool, &asked.input),
            text,
        };
        let allows = |exactly| Rule { exactly, action: Some(Action::Allow), ..Rule::default() };
        self.supposed = Some(allows(Some(exactly.clone())));
        let answer = self.judge(asked);
        let why = same::why_once(&answer.verdict, answer.said, self.gate).map(|why| answer.told(&why));
        (exactly, why)
    }

    /// `input` is what the tool is given, as a hash, where it was looked at.
    fn circumstances(&self, asked: &Asked, root: &str, input: Option<String>) -> Circumstances {
        Circumstances {
            tool: asked.tool.clone(),
            input: input.unwrap_or_default(),
            folder: folder_of(asked),
            project: if root.is_empty() {
                String::new()
            } else {
                project::name(project::root(root)).to_owned()
            },
            mode: asked.mode.clone(),
            session: asked.session.clone(),
            agent: asked.agent,
            cost: asked.cost,
            budgets: asked.budgets.clone(),
            meetings: asked.meetings.clone(),
            last_error: asked.last_error,
            now: self.now,
            root: root.to_owned(),
            home: self.compiled.settings.home.clone(),
            found: BTreeMap::new(),
        }
    }

    /// The rules that count where a call is made, and whether each fits it.
    pub(crate) fn fits(&mut self, asked: &Asked, answer: &Answer) -> Vec<((Maker, Rule), bool)> {
        let rules = self.around(&asked.folder).policy.rules.clone();
        let root = self.worlds[&asked.folder].root.clone();
        let call = self.circumstances(asked, &root, Some(same::of_input(&asked.tool, &asked.input)));
        let fits = |rule: (Maker, Rule)| {
            let fits = judge::fits(&rule.1, &answer.report, &call);
            (rule, fits)
        };
        rules.into_iter().map(fits).collect()
    }

    /// What would change an answer.
    pub(crate) fn advice(&mut self, asked: &Asked, answer: &Answer) -> Advice {
        let policy = self.around(&asked.folder).policy.clone();
        let root = self.worlds[&asked.folder].root.clone();
        let call = self.circumstances(asked, &root, Some(same::of_input(&asked.tool, &asked.input)));
        advice::advice(&answer.report, &answer.verdict, &policy, &call)
    }
}

/// A folder as the host names it; one whose name is no text is none that an answer is kept for.
fn folder_of(asked: &Asked) -> String {
    asked.folder.to_str().unwrap_or_default().to_owned()
}

/// A rule with a secret in it, or a part of one, would be one to keep it in a file; with a mark in its place it would fit
/// nothing.
pub(crate) fn without_secrets(mut advice: Advice, answer: &Answer) -> Advice {
    let zone = jiff::tz::TimeZone::UTC;
    let text = |rule: &Rule| write::text(rule, &|at| crate::format::moment(at, &zone));
    if advice.rules.iter().map(text).any(|text| answer.told(&text) != text) {
        advice.rules.clear();
        advice.ways = vec!["no rule: what it says has a secret in it".to_owned()];
    }
    advice
}

/// Why what commands and keys have told cannot be read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// For now: no room, nothing may be written, somebody else has it.
    Now(String),
    /// Until somebody does something.
    Ever(CliError),
}

impl From<Unread> for CliError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Now(why) => Self::external(why).fix("make room, or check who may write the state folder"),
            Unread::Ever(error) => error,
        }
    }
}

/// What commands and keys have told; `None` where nothing was told yet.
pub(crate) fn store(app: &App) -> std::result::Result<Option<Store>, Unread> {
    let file = app.env.state_dir().map_err(Unread::Ever)?.join("state.db");
    if !file.exists() {
        return Ok(None);
    }
    match Store::open(&file) {
        Ok(store) => Ok(Some(store)),
        Err(error @ (StoreError::DiskFull { .. } | StoreError::Busy { .. } | StoreError::Open { .. })) => {
            Err(Unread::Now(error.to_string()))
        }
        Err(error) => Err(Unread::Ever(error.into())),
    }
}
