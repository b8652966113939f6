//! Past calls, judged as if they were made now: what became of each then, what would be answered today, and what that
//! changes. Pure: calls come from whoever reads transcripts, verdicts from whoever judges.
//!
//! What a transcript does not tell stays unknown. Where only the host's permission mode says whether somebody was asked,
//! that is counted apart from what is told.

use std::collections::{BTreeMap, HashMap};

use claudectl_fleet::tools::Family;
use claudectl_shell::grammar;
use claudectl_shell::report::{Ran, Report};

use crate::host;
use crate::judge::Layer;
use crate::lattice;
use crate::rules::Action;

/// What became of a call then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Past {
    /// The person was asked, and let it run.
    Granted,
    /// The person was asked, and turned it down.
    Refused,
    /// It ran, and nobody was asked: the transcript says so.
    Unasked,
    /// It ran, and a hook let it; whether that asked somebody is not told.
    Hook,
    /// It ran; nothing is told, but the host asks about such a call in this mode, unless its settings allow it.
    ModeAsks,
    /// It ran; nothing is told, but the host asks about nothing in this mode.
    ModeSilent,
    /// It ran; whether somebody was asked is not known.
    Ran,
    /// The host wanted to ask, and there was nobody to be asked: it did not run.
    Unanswered,
    /// The host's rules, its mode or a hook turned it down.
    Stopped,
    /// It is itself a question to the person, who answers that and not whether it may run.
    Question,
    /// How it ended is not in the transcript.
    Open,
}

/// What the host does about a call by the tool and by its permission mode alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Habit {
    /// It asks, unless its settings allow the call.
    Asks,
    /// It asks about nothing.
    Silent,
    /// The call is a question.
    Question,
    /// That depends on more.
    Unknown,
}

impl Past {
    /// All, those with a person's answer first.
    pub const ALL: [Self; 11] = [
        Self::Granted,
        Self::Refused,
        Self::Unasked,
        Self::Hook,
        Self::ModeAsks,
        Self::ModeSilent,
        Self::Ran,
        Self::Unanswered,
        Self::Stopped,
        Self::Question,
        Self::Open,
    ];

    /// Its name in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Unasked => "unasked",
            Self::Hook => "hook",
            Self::ModeAsks => "mode-asks",
            Self::ModeSilent => "mode-silent",
            Self::Ran => "ran",
            Self::Unanswered => "unanswered",
            Self::Stopped => "stopped",
            Self::Question => "question",
            Self::Open => "open",
        }
    }

    /// What it is once it is known what the host does by itself: that says something where the transcript does not.
    #[must_use]
    pub const fn by(self, habit: Habit) -> Self {
        match (self, habit) {
            (Self::Ran, Habit::Asks) => Self::ModeAsks,
            (Self::Ran, Habit::Silent) => Self::ModeSilent,
            (Self::Open | Self::Stopped | Self::Unanswered, Habit::Question) => self,
            (_, Habit::Question) => Self::Question,
            (past, Habit::Asks | Habit::Silent | Habit::Unknown) => past,
        }
    }
}

/// What a transcript tells of how a call ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'a> {
    /// `permissionDecision.decision` is `accept`; `None` where the version does not write it.
    pub accepted: Option<bool>,
    /// `permissionDecision.source`.
    pub source: &'a str,
    /// `toolDenialKind`.
    pub denial: Option<&'a str>,
    /// The result is an error.
    pub failed: bool,
    /// How the text of a result that is an error begins.
    pub said: &'a str,
}

/// What became of a call, as far as its result tells.
#[must_use]
pub fn past(told: &Told<'_>) -> Past {
    let by_person = told.source.starts_with("user");
    match told.accepted {
        Some(true) if by_person => Past::Granted,
        Some(true) if told.source == "hook" => Past::Hook,
        Some(true) => Past::Unasked,
        Some(false) if by_person => Past::Refused,
        // A headless run writes that the user rejected what nobody could be asked about.
        Some(false) if told.source == "config" && told.denial == Some("user-rejected") => Past::Unanswered,
        Some(false) => Past::Stopped,
        None => undecided(told),
    }
}

/// By what versions write that do not write decisions.
fn undecided(told: &Told<'_>) -> Past {
    let begins = |text: &str| told.said.starts_with(text);
    if !told.failed && told.denial.is_none() {
        return Past::Ran;
    }
    if begins("The user doesn't want to take this action right now") {
        // Esc, while it ran or waited: no answer to a question.
        return Past::Open;
    }
    if begins("The user doesn't want to proceed") {
        return Past::Refused;
    }
    if told.said.contains("requires approval") && told.denial.is_some()
        || begins("Claude requested permissions to ")
        || begins("This command requires approval")
    {
        return Past::Unanswered;
    }
    match told.denial {
        Some("user-rejected") => Past::Refused,
        Some(_) => Past::Stopped,
        None if begins("Permission to use ") => Past::Stopped,
        None if begins("PreToolUse:") && told.said.contains("hook error: ") => Past::Stopped,
        None => Past::Ran,
    }
}

/// What the host does about a call by itself.
///
/// Of commands in its default mode that is unknown: which of them it takes for harmless is not told.
#[must_use]
pub fn habit(mode: &str, tool: &str) -> Habit {
    let edits = Family::Edit.has(tool);
    let reaches_out = tool == "WebFetch" || tool.starts_with("mcp__");
    match mode {
        _ if host::is_question(tool) => Habit::Question,
        "bypassPermissions" | "dontAsk" => Habit::Silent,
        "default" if edits || reaches_out => Habit::Asks,
        "acceptEdits" if reaches_out => Habit::Asks,
        _ => Habit::Unknown,
    }
}

/// What a call is counted with: a program and its verb, or a tool.
#[must_use]
pub fn kind(tool: &str, report: &Report) -> String {
    if !Family::Shell.has(tool) {
        return tool.to_owned();
    }
    let mut worst: Option<(lattice::Level, &Ran)> = None;
    for ran in report.commands.iter().filter(|ran| !ran.words.is_empty()) {
        let level = lattice::level_of_command(ran);
        if worst.is_none_or(|(before, _)| level > before) {
            worst = Some((level, ran));
        }
    }
    worst.map_or_else(|| tool.to_owned(), |(_, ran)| of_words(ran))
}

/// The program, without its folder, and its verbs as far as they are known.
fn of_words(ran: &Ran) -> String {
    let mut words = ran.words.iter();
    let Some(program) = words.next().and_then(|word| word.literal()) else {
        return "a program that is not known".to_owned();
    };
    // A secret may be known by what stands before its last part.
    let program = claudectl_redact::redact(program).text;
    let program = program.rsplit('/').next().unwrap_or(&program);
    let mut kind = program.to_owned();
    let mut verbs = grammar::find(program).map(|entry| entry.verbs).unwrap_or_default();
    for word in words {
        let Some(text) = word.literal() else { continue };
        let Some(verb) = verbs.iter().find(|verb| verb.names.split('|').any(|name| name == text)) else {
            continue;
        };
        kind.push(' ');
        kind.push_str(text);
        verbs = verb.verbs;
    }
    kind
}

/// What is answered to a call, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What.
    pub action: Action,
    /// Which layer decided.
    pub layer: Layer,
    /// The rule that did.
    pub rule: Option<String>,
    /// Why; redacted.
    pub reason: String,
}

/// A call that was judged; calls that are the same share one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The tool.
    pub tool: String,
    /// What it is counted with.
    pub kind: String,
    /// What it is about: one line, redacted.
    pub line: String,
    /// What is answered.
    pub said: Said,
    /// What is answered by the rules of today, where others are tried.
    pub today: Option<Said>,
}

/// A past call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// What it was, and what is answered.
    pub judged: &'a Judged,
    /// What became of it then.
    pub past: Past,
    /// Its session.
    pub session: &'a str,
    /// The project's folder.
    pub project: &'a str,
    /// When, milliseconds since the epoch; `None` where its row has no time.
    pub at: Option<i64>,
}

/// What is different from then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The person turned it down, and it would be allowed.
    Overruled,
    /// It ran, and would be denied.
    Blocked,
    /// It ran without a question, and would be asked about.
    Asked,
    /// It ran, and would be asked about; whether it was then is not known.
    PerhapsAsked,
    /// The person was asked, and it would be allowed.
    Saved,
    /// The host asks in such a mode, unless its settings allow it, and it would be allowed.
    PerhapsSaved,
    /// Nobody could be asked, so it did not run; it would be allowed.
    Freed,
}

impl Change {
    /// All, the gravest first.
    pub const ALL: [Self; 7] = [
        Self::Overruled,
        Self::Blocked,
        Self::Asked,
        Self::PerhapsAsked,
        Self::Saved,
        Self::PerhapsSaved,
        Self::Freed,
    ];

    /// Its name in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Overruled => "rejected-now-allowed",
            Self::Blocked => "ran-now-denied",
            Self::Asked => "ran-now-asked",
            Self::PerhapsAsked => "ran-now-asked-perhaps-before",
            Self::Saved => "asked-now-allowed",
            Self::PerhapsSaved => "perhaps-asked-now-allowed",
            Self::Freed => "unanswered-now-allowed",
        }
    }

    /// What an answer changes of what became of a call.
    #[must_use]
    pub const fn of(past: Past, action: Action) -> Option<Self> {
        match (past, action) {
            (Past::Refused, Action::Allow) => Some(Self::Overruled),
            (
                Past::Granted | Past::Unasked | Past::Hook | Past::ModeAsks | Past::ModeSilent | Past::Ran,
                Action::Deny,
            ) => Some(Self::Blocked),
            (Past::Unasked | Past::ModeSilent, Action::Ask) => Some(Self::Asked),
            (Past::Hook | Past::Ran, Action::Ask) => Some(Self::PerhapsAsked),
            (Past::Granted, Action::Allow) => Some(Self::Saved),
            (Past::ModeAsks, Action::Allow) => Some(Self::PerhapsSaved),
            (Past::Unanswered, Action::Allow) => Some(Self::Freed),
            // As it was, or nothing that an answer of ours would have changed.
            (Past::Granted | Past::ModeAsks, Action::Ask)
            | (Past::Refused | Past::Unanswered, Action::Ask | Action::Deny)
            | (Past::Unasked | Past::Hook | Past::ModeSilent | Past::Ran, Action::Allow)
            | (Past::Stopped | Past::Question | Past::Open, Action::Allow | Action::Ask | Action::Deny) => {
                None
            }
        }
    }
}

/// How many calls would be answered how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Allowed.
    pub allow: u64,
    /// Asked about.
    pub ask: u64,
    /// Denied.
    pub deny: u64,
}

impl Counts {
    /// All of them.
    #[must_use]
    pub const fn all(self) -> u64 {
        self.allow + self.ask + self.deny
    }

    /// Those that would be answered so.
    #[must_use]
    pub const fn of(self, action: Action) -> u64 {
        match action {
            Action::Allow => self.allow,
            Action::Ask => self.ask,
            Action::Deny => self.deny,
        }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { allow: self.allow + other.allow, ask: self.ask + other.ask, deny: self.deny + other.deny }
    }

    const fn add(&mut self, action: Action) {
        match action {
            Action::Allow => self.allow += 1,
            Action::Ask => self.ask += 1,
            Action::Deny => self.deny += 1,
        }
    }

    /// The part that would run without a prompt, of 1; `None` of none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share is shown with three digits")]
    pub fn unprompted(self) -> Option<f64> {
        (self.all() > 0).then(|| self.allow as f64 / self.all() as f64)
    }
}

/// How answers compare with those that a person gave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Calls that a person answered.
    pub answered: u64,
    /// The same would be answered.
    pub same: u64,
    /// The person would be asked again.
    pub asked: u64,
    /// The other way round.
    pub opposite: u64,
}

/// Calls of one kind with one change.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// What is different.
    pub change: Change,
    /// How many.
    pub calls: u64,
    /// The latest of them; its kind is theirs.
    pub example: Call<'a>,
}

/// Calls of one kind that are answered otherwise by other rules.
#[derive(Debug, Clone)]
pub struct Moved<'a> {
    /// By the rules of today.
    pub before: Action,
    /// By those that are tried.
    pub after: Action,
    /// How many.
    pub calls: u64,
    /// The latest of them; its kind is theirs.
    pub example: Call<'a>,
}

/// What a change, or two verdicts, and a kind have in common: how many, and the latest.
type Groups<'a, Key> = HashMap<(Key, &'a str), (u64, Call<'a>)>;

/// What calls add up to.
#[derive(Debug, Default)]
pub struct Tally<'a> {
    /// By what would be answered.
    pub total: Counts,
    /// The same by the rules of today, where others are tried.
    pub today: Counts,
    /// By tool.
    pub tools: BTreeMap<&'a str, Counts>,
    /// By what became of them then.
    pub pasts: BTreeMap<Past, Counts>,
    /// Calls by session.
    pub sessions: BTreeMap<&'a str, u64>,
    /// Calls by the project's folder.
    pub projects: BTreeMap<&'a str, u64>,
    /// When the first was made.
    pub first_at: Option<i64>,
    /// When the last was.
    pub last_at: Option<i64>,
    changes: Groups<'a, Change>,
    moved: Groups<'a, (Action, Action)>,
}

impl<'a> Tally<'a> {
    /// Counts a call. In whatever order they come, the sums are the same; of examples the latest is kept.
    pub fn add(&mut self, call: Call<'a>) {
        let Judged { tool, kind, said, today, .. } = call.judged;
        self.total.add(said.action);
        self.tools.entry(tool).or_default().add(said.action);
        self.pasts.entry(call.past).or_default().add(said.action);
        *self.sessions.entry(call.session).or_default() += 1;
        *self.projects.entry(call.project).or_default() += 1;
        if let Some(at) = call.at {
            self.first_at = Some(self.first_at.map_or(at, |first| first.min(at)));
            self.last_at = Some(self.last_at.map_or(at, |last| last.max(at)));
        }
        if let Some(change) = Change::of(call.past, said.action) {
            count(&mut self.changes, change, kind, call);
        }
        if let Some(today) = today {
            self.today.add(today.action);
            if today.action != said.action {
                count(&mut self.moved, (today.action, said.action), kind, call);
            }
        }
    }

    /// How many calls have a change.
    #[must_use]
    pub fn changed(&self, change: Change) -> u64 {
        let sum = |past: &Past, action: Action| {
            let counts = self.pasts.get(past).copied().unwrap_or_default();
            if Change::of(*past, action) == Some(change) { counts.of(action) } else { 0 }
        };
        let actions = [Action::Allow, Action::Ask, Action::Deny];
        Past::ALL.iter().flat_map(|past| actions.map(|action| sum(past, action))).sum()
    }

    /// How answers compare with those that the person gave, as far as transcripts tell them.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        let of = |past| self.pasts.get(&past).copied().unwrap_or_default();
        let (granted, refused) = (of(Past::Granted), of(Past::Refused));
        Agreement {
            answered: granted.all() + refused.all(),
            same: granted.allow + refused.deny,
            asked: granted.ask + refused.ask,
            opposite: granted.deny + refused.allow,
        }
    }

    /// What changes, the gravest first, then the most frequent kinds.
    #[must_use]
    pub fn changes(&self) -> Vec<Group<'a>> {
        let groups = self.changes.iter();
        let mut groups: Vec<Group<'a>> = groups
            .map(|((change, _), (calls, example))| Group {
                change: *change,
                calls: *calls,
                example: *example,
            })
            .collect();
        groups.sort_by(|a, b| {
            (a.change, b.calls, &a.example.judged.kind).cmp(&(b.change, a.calls, &b.example.judged.kind))
        });
        groups
    }

    /// What is answered otherwise than by the rules of today: what becomes looser first, then the most frequent kinds.
    #[must_use]
    pub fn moved(&self) -> Vec<Moved<'a>> {
        let groups = self.moved.iter();
        let mut groups: Vec<Moved<'a>> = groups
            .map(|(((before, after), _), (calls, example))| Moved {
                before: *before,
                after: *after,
                calls: *calls,
                example: *example,
            })
            .collect();
        groups.sort_by(|a, b| {
            (a.after, b.before, b.calls, &a.example.judged.kind).cmp(&(
                b.after,
                a.before,
                a.calls,
                &b.example.judged.kind,
            ))
        });
        groups
    }
}

fn count<'a, Key: std::hash::Hash + Eq>(
    groups: &mut Groups<'a, Key>,
    key: Key,
    kind: &'a str,
    call: Call<'a>,
) {
    let (calls, example) = groups.entry((key, kind)).or_insert((0, call));
    *calls += 1;
    // By what it is where two are of the same time: the order that they come in says nothing.
    if (call.at, &call.judged.line) > (example.at, &example.judged.line) {
        *example = call;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_shell::analyse;
    use claudectl_shell::facts::{NoFacts, Place};

    fn told<'a>(decision: Option<(bool, &'a str)>, denial: Option<&'a str>, said: &'a str) -> Told<'a> {
        Told {
            accepted: decision.map(|(accepted, _)| accepted),
            source: decision.map_or("", |(_, source)| source),
            denial,
            failed: !said.is_empty(),
            said,
        }
    }

    #[test]
    fn what_became_of_a_call() {
        const NO: &str = "The user doesn't want to proceed with this tool use. The tool use was rejected";
        let rejected = Some("user-rejected");
        let table = [
            (told(Some((true, "user_temporary")), None, ""), Past::Granted),
            (told(Some((true, "user_permanent")), None, "exit 1"), Past::Granted),
            (told(Some((false, "user_reject")), rejected, NO), Past::Refused),
            (told(None, rejected, NO), Past::Refused),
            (told(None, None, NO), Past::Refused),
            (told(Some((true, "config")), None, ""), Past::Unasked),
            (told(Some((true, "hook")), None, ""), Past::Hook),
            (
                told(Some((false, "hook")), Some("permission-rule"), "PreToolUse:Bash hook error: no"),
                Past::Stopped,
            ),
            (told(Some((false, "config")), Some("permission-rule"), "Permission to use Bash"), Past::Stopped),
            (told(Some((false, "config")), Some("automode-unavailable"), "Auto mode"), Past::Stopped),
            (told(Some((false, "config")), rejected, "This command requires approval"), Past::Unanswered),
            (told(None, rejected, "This command requires approval"), Past::Unanswered),
            (told(None, None, "Claude requested permissions to use WebFetch, but"), Past::Unanswered),
            (told(None, None, "Permission to use Bash has been denied"), Past::Stopped),
            (told(None, None, "PreToolUse:Bash hook error: no"), Past::Stopped),
            (told(None, None, "The user doesn't want to take this action right now. STOP"), Past::Open),
            (told(None, None, "error: the deploy requires approval"), Past::Ran),
            (told(None, None, "exit 1"), Past::Ran),
            (told(None, None, ""), Past::Ran),
        ];
        for (told, wanted) in table {
            assert_eq!(past(&told), wanted, "{told:?}");
        }
    }

    #[test]
    fn a_mode_says_something_only_where_nothing_is_told() {
        for (past, mode, tool, wanted) in [
            (Past::Ran, "default", "Write", Past::ModeAsks),
            (Past::Ran, "default", "Bash", Past::Ran),
            (Past::Ran, "bypassPermissions", "Bash", Past::ModeSilent),
            (Past::Ran, "acceptEdits", "Write", Past::Ran),
            (Past::Ran, "acceptEdits", "mcp__a__b", Past::ModeAsks),
            (Past::Ran, "", "Write", Past::Ran),
            (Past::Unasked, "default", "Write", Past::Unasked),
            (Past::Hook, "default", "Write", Past::Hook),
            (Past::Granted, "default", "AskUserQuestion", Past::Question),
            (Past::Refused, "plan", "ExitPlanMode", Past::Question),
            (Past::Open, "plan", "ExitPlanMode", Past::Open),
        ] {
            assert_eq!(past.by(habit(mode, tool)), wanted, "{past:?} {mode} {tool}");
        }
    }

    #[test]
    fn kinds_are_programs_with_their_verbs() {
        let place = Place { home: "/h", folder: Some("/h/w"), root: Some("/h/w"), facts: &NoFacts };
        let kind_of = |command: &str| kind("Bash", &analyse(command, place));
        for (command, wanted) in [
            ("git push origin main", "git push"),
            ("cd x && git -C /elsewhere push --force", "git push"),
            ("ls -l && rm -rf build/x | tee /dev/sda", "tee"),
            ("/usr/bin/env ls push", "env"),
            ("unheard-of push", "unheard-of"),
            ("$PROGRAM x", "a program that is not known"),
            ("", "Bash"),
        ] {
            assert_eq!(kind_of(command), wanted, "{command}");
        }
        assert_eq!(kind("mcp__a__b", &analyse("", place)), "mcp__a__b");
        assert_eq!(kind("Monitor", &analyse("git push", place)), "git push");
    }

    fn judged(kind: &str, line: &str, action: Action, today: Option<Action>) -> Judged {
        let said = |action| Said { action, layer: Layer::Effects, rule: None, reason: "because".to_owned() };
        Judged {
            tool: "Bash".to_owned(),
            kind: kind.to_owned(),
            line: line.to_owned(),
            said: said(action),
            today: today.map(said),
        }
    }

    fn call(judged: &Judged, past: Past, at: i64) -> Call<'_> {
        Call { judged, past, session: "s", project: "/p", at: Some(at) }
    }

    #[test]
    fn figures_follow_from_what_became_of_each() {
        let [push, rm, ls] = [
            judged("git push", "git push", Action::Ask, None),
            judged("rm", "rm -rf /", Action::Deny, None),
            judged("ls", "ls", Action::Allow, None),
        ];
        let mut tally = Tally::default();
        for (judged, past) in [
            (&push, Past::Granted),
            (&push, Past::Unasked),
            (&push, Past::ModeSilent),
            (&push, Past::Ran),
            (&push, Past::Refused),
            (&rm, Past::Ran),
            (&rm, Past::Granted),
            (&rm, Past::Refused),
            (&rm, Past::Open),
            (&ls, Past::Granted),
            (&ls, Past::Refused),
            (&ls, Past::ModeAsks),
            (&ls, Past::Unanswered),
            (&ls, Past::Stopped),
            (&ls, Past::Unasked),
        ] {
            tally.add(call(judged, past, 5));
        }
        assert_eq!(tally.total, Counts { allow: 6, ask: 5, deny: 4 });
        assert_eq!(tally.total.unprompted(), Some(0.4));
        let changed = Change::ALL.map(|change| tally.changed(change));
        assert_eq!(changed, [1, 2, 2, 1, 1, 1, 1]);
        assert_eq!(tally.agreement(), Agreement { answered: 6, same: 2, asked: 2, opposite: 2 });
        let groups = tally.changes();
        let listed: Vec<_> = groups.iter().map(|group| (group.change, group.calls)).collect();
        assert_eq!(listed[0], (Change::Overruled, 1), "what the person turned down comes first");
        assert_eq!(listed.iter().map(|(_, calls)| calls).sum::<u64>(), changed.iter().sum::<u64>());
    }

    #[test]
    fn the_most_frequent_kind_comes_first_with_its_latest_call() {
        let kinds = [("a", "old"), ("b", "older"), ("b", "newer")]
            .map(|(kind, line)| judged(kind, line, Action::Deny, Some(Action::Ask)));
        let calls =
            [call(&kinds[0], Past::Ran, 9), call(&kinds[1], Past::Ran, 1), call(&kinds[2], Past::Ran, 2)];
        let (mut forth, mut back) = (Tally::default(), Tally::default());
        calls.iter().for_each(|call| forth.add(*call));
        calls.iter().rev().for_each(|call| back.add(*call));
        for tally in [forth, back] {
            let told: Vec<_> = tally
                .changes()
                .iter()
                .map(|group| (group.calls, group.example.judged.line.as_str()))
                .collect();
            assert_eq!(told, [(2, "newer"), (1, "old")]);
            assert_eq!((tally.first_at, tally.last_at), (Some(1), Some(9)));
            assert_eq!(tally.today, Counts { allow: 0, ask: 3, deny: 0 });
            let moved = tally.moved();
            assert_eq!((moved[0].before, moved[0].after, moved[0].calls), (Action::Ask, Action::Deny, 2));
        }
    }
}
