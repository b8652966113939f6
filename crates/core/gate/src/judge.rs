//! One verdict for one call: policy and rules, what it does, and what is known of the world, each only tightening what
//! the one before permits.

use claudectl_shell::effect::{Effect, Scope};
use claudectl_shell::report::{Deed, Ran, Report};

use crate::budget;
use crate::lattice::{self, Level, Reason};
use crate::pause;
use crate::rules::{Action, Circumstances, Maker, Meeting, Rule, Way, is_command};

/// How much the gate says, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub enum Mode {
    /// It says nothing, and keeps what it would have said.
    Observe,
    /// Policy, and what is catastrophic.
    Guard,
    /// All that is proven, refused or asked.
    #[default]
    On,
    /// What was learned, too.
    Auto,
}

impl Mode {
    /// All, the least first.
    pub const ALL: [Self; 4] = [Self::Observe, Self::Guard, Self::On, Self::Auto];

    /// Its name in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Guard => "guard",
            Self::On => "on",
            Self::Auto => "auto",
        }
    }
}

/// Which layer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// A rule of the repository.
    Policy,
    /// A rule of the person's.
    Rule,
    /// A rule of the person's for a while.
    Grant,
    /// What could not be understood.
    Opaque,
    /// What it does.
    Effects,
    /// What others do at the same time.
    Facts,
    /// A trigger of the person's has paused the session.
    Pause,
    /// What was spent.
    Budget,
    /// What the person has answered before.
    Learned,
}

impl Layer {
    /// Its name in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Rule => "rule",
            Self::Grant => "grant",
            Self::Opaque => "opaque",
            Self::Effects => "effects",
            Self::Facts => "facts",
            Self::Pause => "pause",
            Self::Budget => "budget",
            Self::Learned => "learned",
        }
    }

    const fn of(maker: Maker) -> Self {
        match maker {
            Maker::Team => Self::Policy,
            Maker::Person => Self::Rule,
            Maker::Grant => Self::Grant,
        }
    }
}

/// What a verdict rests on beside the call.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Rules, with who made each.
    pub rules: Vec<(Maker, Rule)>,
    /// The person trusts the code of this repository: running it needs no question.
    pub trusted: bool,
    /// It is a repository, which can be trusted.
    pub is_repository: bool,
    /// Hosts that may be asked for what they show.
    pub hosts: Vec<String>,
    /// Why some rules cannot be followed, and of what layer they are.
    pub broken: Option<(Layer, String)>,
}

impl Policy {
    /// What is said of a call that nothing refuses, where nobody knows what a broken rule would have said.
    fn unknown(&self) -> Option<Verdict> {
        let (layer, why) = self.broken.as_ref()?;
        let reason = format!("rules cannot be followed: {why}");
        Some(Verdict { action: Action::Ask, layer: *layer, rule: None, reason, learnable: false })
    }
}

/// What is answered, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What.
    pub action: Action,
    /// Which layer decided.
    pub layer: Layer,
    /// The rule that did.
    pub rule: Option<String>,
    /// Why, for a person.
    pub reason: String,
    /// It may be learned from the person's answers.
    pub learnable: bool,
}

/// Judges a call: what it does, and whether there is money left for it.
#[must_use]
pub fn judge(report: &Report, policy: &Policy, call: &Circumstances) -> Verdict {
    judge_among(report, policy, [], call)
}

/// The same of a call that touches other repositories: what [`by_others`] says of each only tightens. Of two that ask, the
/// call's own place is named.
#[must_use]
pub fn judge_among(
    report: &Report,
    policy: &Policy,
    others: impl IntoIterator<Item = Verdict>,
    call: &Circumstances,
) -> Verdict {
    let own = what_it_does(report, policy, call);
    let own = policy.unknown().filter(|_| own.action < Action::Deny).unwrap_or(own);
    let strictest = others.into_iter().fold(own, |own, other| {
        if other.action > own.action {
            return other;
        }
        Verdict { learnable: own.learnable && (other.learnable || other.action < own.action), ..own }
    });
    budget::tighten(pause::tighten(strictest, policy, call), call)
}

fn what_it_does(report: &Report, policy: &Policy, call: &Circumstances) -> Verdict {
    let rules: Vec<&(Maker, Rule)> = policy.rules.iter().filter(|(_, rule)| rule.fits_call(call)).collect();
    if let Some(verdict) = by_rule(&rules, Action::Deny, report, call, THIS) {
        return verdict;
    }
    let allows: Vec<&(Maker, Rule)> = rules
        .iter()
        .filter(|(maker, rule)| *maker != Maker::Team && rule.action == Some(Action::Allow))
        .copied()
        .collect();
    let by_effects = effects(report, policy, &allows, call);
    if by_effects.action == Action::Deny {
        return by_effects;
    }
    let asked = by_rule(&rules, Action::Ask, report, call, THIS)
        .or_else(|| reached(&rules, report, call, THIS))
        .or_else(|| facts(report, call));
    match asked {
        Some(verdict) if by_effects.action < Action::Ask || verdict.layer == Layer::Policy => verdict,
        Some(verdict) => Verdict { learnable: false, ..verdict },
        None => by_effects,
    }
}

/// What rules of another repository say of a call that touches it: they only tighten.
#[must_use]
pub fn by_others(report: &Report, policy: &Policy, call: &Circumstances) -> Option<Verdict> {
    let rules: Vec<&(Maker, Rule)> = policy.rules.iter().filter(|(_, rule)| rule.fits_call(call)).collect();
    by_rule(&rules, Action::Deny, report, call, ANOTHER)
        .or_else(|| policy.unknown())
        .or_else(|| by_rule(&rules, Action::Ask, report, call, ANOTHER))
        .or_else(|| reached(&rules, report, call, ANOTHER))
}

/// What a repository says is said in its name: its words are its own.
const THIS: &str = "policy of this repository: ";
const ANOTHER: &str = "policy of another repository: ";

/// A reason, in the name of whoever made the rule.
fn attributed(maker: Maker, whose: &str, reason: String) -> String {
    if maker == Maker::Team { format!("{whose}{reason}") } else { reason }
}

/// A rule that forbids, or asks.
fn by_rule(
    rules: &[&(Maker, Rule)],
    action: Action,
    report: &Report,
    call: &Circumstances,
    whose: &str,
) -> Option<Verdict> {
    let sure = action == Action::Deny;
    let fits = |rule: &Rule| rule.action == Some(action) && fits_any(rule, report, call, sure);
    let (maker, rule) = rules.iter().find(|(_, rule)| fits(rule))?;
    let reason = attributed(*maker, whose, rule.why());
    Some(Verdict {
        action,
        layer: Layer::of(*maker),
        rule: Some(rule.name.clone()),
        reason,
        learnable: false,
    })
}

/// A rule that forbids or asks for files which a command may read among others: nobody has proven that it does not.
fn reached(rules: &[&(Maker, Rule)], report: &Report, call: &Circumstances, whose: &str) -> Option<Verdict> {
    let strict =
        |rule: &Rule| matches!(rule.action, Some(Action::Deny | Action::Ask)) && !rule.paths.is_empty();
    let may = |rule: &Rule| strict(rule) && fits_any(rule, report, call, false);
    if let Some((maker, rule)) = rules.iter().find(|(_, rule)| may(rule)) {
        return Some(Verdict {
            action: Action::Ask,
            layer: Layer::of(*maker),
            rule: Some(rule.name.clone()),
            reason: attributed(
                *maker,
                whose,
                format!("it may be about what the rule {} names, {}", rule.name, rule.paths.join(", ")),
            ),
            learnable: false,
        });
    }
    let reaches =
        |rule: &Rule| strict(rule) && report.commands.iter().any(|ran| rule.may_be_reached(ran, call));
    let (maker, rule) = rules.iter().find(|(_, rule)| reaches(rule))?;
    Some(Verdict {
        action: Action::Ask,
        layer: Layer::of(*maker),
        rule: Some(rule.name.clone()),
        reason: attributed(
            *maker,
            whose,
            format!(
                "it reads a folder that may hold what the rule {} is about, {}: leave that out (--exclude-dir, -g '!…')",
                rule.name,
                rule.paths.join(", ")
            ),
        ),
        learnable: false,
    })
}

/// Commands that change what the files of a checkout are, for everybody who works in it.
const MOVES: &[&str] = &[
    "git checkout",
    "git switch",
    "git restore",
    "git stash",
    "git reset",
    "git clean",
    "git rebase",
    "git merge",
    "git pull",
    "git cherry-pick",
    "git revert",
    "git am",
    "git bisect",
];

/// Whether a rule fits a call: one that allows, all of a command that it does; any other, anything of it.
#[must_use]
pub fn fits(rule: &Rule, report: &Report, call: &Circumstances) -> bool {
    let allows = |ran: &Ran| covers(rule, ran, lattice::level_of_command(ran), call);
    rule.fits_call(call)
        && match rule.action {
            Some(Action::Allow) => report.commands.iter().any(allows),
            Some(Action::Deny) => fits_any(rule, report, call, true),
            Some(Action::Ask) | None => fits_any(rule, report, call, false),
        }
}

fn fits_any(rule: &Rule, report: &Report, call: &Circumstances, sure: bool) -> bool {
    let says_nothing_of_it = rule.commands.is_empty()
        && rule.paths.is_empty()
        && rule.effects.is_empty()
        && rule.scopes.is_empty();
    says_nothing_of_it || report.commands.iter().any(|ran| rule.fits_any(ran, call, sure))
}

/// What others do at the same time.
fn facts(report: &Report, call: &Circumstances) -> Option<Verdict> {
    let meeting =
        call.meetings.iter().find(|meeting| report.commands.iter().any(|ran| meets(ran, meeting)))?;
    let Meeting { way, path, with } = meeting;
    let reason = match way {
        Way::Worktree => format!("{with} works in the same checkout, {path}, whose files this changes"),
        Way::File => format!("{with} has changed {path}, too"),
        Way::Branch => format!("{with} has changed the branch of {path} since this session looked"),
    };
    Some(Verdict { action: Action::Ask, layer: Layer::Facts, rule: None, reason, learnable: false })
}

/// Whether a command does something that matters where another session is in the way.
fn meets(ran: &Ran, meeting: &Meeting) -> bool {
    match meeting.way {
        Way::Worktree => {
            let grave = |deed: &Deed| {
                deed.act.grave
                    && matches!(deed.act.effect, Effect::Delete | Effect::VcsHistory)
                    && matches!(deed.act.scope, Scope::Tracked | Scope::Untracked | Scope::Repository)
            };
            MOVES.iter().any(|moves| is_command(moves, ran)) && !looks(ran) || ran.deeds.iter().any(grave)
        }
        Way::File => ran.deeds.iter().any(|deed| {
            matches!(deed.act.effect, Effect::Write | Effect::Delete)
                && (deed.subject == meeting.path || is_below(&meeting.path, &deed.subject))
        }),
        Way::Branch => {
            ran.deeds.iter().any(|deed| matches!(deed.act.effect, Effect::VcsHistory | Effect::Publish))
        }
    }
}

/// Whether all that a command does is looking.
fn looks(ran: &Ran) -> bool {
    ran.unproven.is_empty() && ran.deeds.iter().all(|deed| lattice::find(deed.act).level == Level::Allow)
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

/// What each command does, less what rules allow of it.
fn effects(report: &Report, policy: &Policy, allows: &[&(Maker, Rule)], call: &Circumstances) -> Verdict {
    let mut worst = Verdict {
        action: Action::Allow,
        layer: Layer::Effects,
        rule: None,
        reason: "each part of it is known to be harmless".to_owned(),
        learnable: false,
    };
    let mut level = Level::Allow;
    let mut reasons: Vec<Reason> = Vec::new();
    for ran in &report.commands {
        let found = lattice::reasons(&less_trusted(ran, policy));
        let Some(own) = found.first().map(|worst| worst.level) else { continue };
        if let Some((maker, rule)) = allows.iter().find(|(_, rule)| covers(rule, ran, own, call)) {
            if level == Level::Allow {
                worst.layer = Layer::of(*maker);
                worst.rule = Some(rule.name.clone());
                worst.reason = rule.why();
            }
            continue;
        }
        level = level.max(own);
        reasons.extend(found);
    }
    reasons.extend(report.flows.iter().copied().map(Reason::of_flow));
    // What a person decides by comes first, and nothing that asks is left out.
    reasons.sort_by_key(Reason::order);
    level = reasons.first().map_or(Level::Allow, |worst| worst.level);
    if level == Level::Deny {
        reasons.retain(|reason| reason.level == Level::Deny);
    }
    if level < Level::Ask
        && let Some(why) = report.opaque.first()
    {
        let besides =
            if reasons.is_empty() { String::new() } else { format!("; {}", lattice::told(&reasons)) };
        return found(Level::Ask, Layer::Opaque, format!("{why}{besides}"));
    }
    if reasons.is_empty() { worst } else { found(level, Layer::Effects, lattice::told(&reasons)) }
}

fn found(level: Level, layer: Layer, reason: String) -> Verdict {
    let action = match level {
        Level::Allow => Action::Allow,
        Level::Learnable | Level::Ask => Action::Ask,
        Level::Deny => Action::Deny,
    };
    Verdict { action, layer, rule: None, reason, learnable: level == Level::Learnable }
}

/// A command without what the person's trust in the repository and in hosts takes from it.
fn less_trusted(ran: &Ran, policy: &Policy) -> Ran {
    let mut ran = ran.clone();
    let trusted = |deed: &claudectl_shell::report::Deed| {
        let project = deed.act.effect == Effect::ExecProject
            && matches!(deed.act.scope, Scope::Tracked | Scope::Untracked | Scope::Repository | Scope::Build);
        let host = claudectl_shell::hosts::host(&deed.subject);
        let asked = deed.act.effect == Effect::NetworkIn
            && policy.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        (project && policy.trusted) || asked
    };
    let before = ran.deeds.len();
    ran.deeds.retain(|deed| !trusted(deed));
    ran.redirected = ran.redirected.saturating_sub(before - ran.deeds.len());
    ran
}

/// Whether a rule that allows covers all of a command.
pub(crate) fn covers(rule: &Rule, ran: &Ran, level: Level, call: &Circumstances) -> bool {
    if level == Level::Deny && !rule.is_explicit() {
        return false;
    }
    // The person has read this very call, and all of it: that it is this one was found before.
    if rule.exactly.is_some() {
        return true;
    }
    // What stands guard is changed only where a rule says just that.
    let guard =
        ran.deeds.iter().any(|deed| deed.act.scope == Scope::Guard && deed.act.effect != Effect::Read);
    if guard && !rule.scopes.contains(&Scope::Guard) {
        return false;
    }
    // What it reads of secrets, what it makes run later, and where its output goes, is not what a name says.
    let beyond = |deed: &Deed| {
        matches!(deed.act.effect, Effect::SecretRead | Effect::Persistence)
            || matches!(deed.act.effect, Effect::Write | Effect::Delete)
                && (deed.act.scope == Scope::Credential
                    || matches!(deed.act.scope, Scope::System | Scope::Device) && rule.paths.is_empty())
    };
    let secret = ran.deeds.iter().any(beyond) && rule.effects.is_empty();
    let redirected = ran.deeds[..ran.redirected.min(ran.deeds.len())]
        .iter()
        .any(|deed| lattice::find(deed.act).level > Level::Allow)
        && rule.paths.is_empty()
        && rule.effects.is_empty();
    !secret && !redirected && rule.fits_all_of(ran, call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_shell::analyse;
    use claudectl_shell::facts::{NoFacts, Place};

    fn verdict(command: &str, policy: &Policy) -> Verdict {
        let place = Place {
            home: "/home/me",
            folder: Some("/home/me/work"),
            root: Some("/home/me/work"),
            facts: &NoFacts,
        };
        let call = Circumstances {
            tool: "Bash".to_owned(),
            root: "/home/me/work".to_owned(),
            ..Circumstances::default()
        };
        judge(&analyse(command, place), policy, &call)
    }

    fn rule(action: Action, change: impl FnOnce(&mut Rule)) -> (Maker, Rule) {
        let mut rule = Rule { name: "mine".to_owned(), action: Some(action), ..Rule::default() };
        change(&mut rule);
        (Maker::Person, rule)
    }

    fn policy(rules: Vec<(Maker, Rule)>) -> Policy {
        Policy { rules, ..Policy::default() }
    }

    #[test]
    fn rules_tighten_and_loosen_within_their_bounds() {
        let removes = policy(vec![rule(Action::Allow, |rule| rule.commands.push("rm".to_owned()))]);
        assert_eq!(verdict("rm notes.txt", &removes).action, Action::Allow);
        assert_eq!(verdict("rm notes.txt", &removes).rule.as_deref(), Some("mine"));
        assert_eq!(
            verdict("rm -rf /", &removes).action,
            Action::Deny,
            "no name of a program lifts what is catastrophic"
        );
        assert_eq!(
            verdict("rm notes.txt > ~/.bashrc", &removes).action,
            Action::Ask,
            "where its output goes is not in its name"
        );
        assert_eq!(
            verdict("rm notes.txt; unheard-of", &removes).action,
            Action::Ask,
            "all of it must be allowed"
        );
        assert_eq!(verdict("rm $(unheard-of)", &removes).action, Action::Ask);
        let cats = policy(vec![rule(Action::Allow, |rule| rule.commands.push("cat".to_owned()))]);
        assert_eq!(
            verdict("cat ~/.ssh/id_rsa", &cats).action,
            Action::Ask,
            "a secret is not in its name either"
        );
        let explicit = policy(vec![rule(Action::Allow, |rule| {
            rule.effects.push(Effect::Delete);
            rule.scopes.push(Scope::System);
        })]);
        assert_eq!(verdict("rm -rf /opt/thing", &explicit).action, Action::Allow);
        let denies = policy(vec![
            rule(Action::Allow, |rule| rule.commands.push("cat".to_owned())),
            rule(Action::Deny, |rule| rule.paths.push("docs/**".to_owned())),
        ]);
        assert_eq!(verdict("cat docs/a.md", &denies).action, Action::Deny, "deny beats allow");
        assert_eq!(verdict("grep -r x docs", &denies).action, Action::Deny, "by whichever command");
        assert_eq!(verdict("cat README.md", &denies).action, Action::Allow);
        let team = Policy {
            rules: vec![(
                Maker::Team,
                rule(Action::Allow, |rule| rule.commands.push("unheard-of".to_owned())).1,
            )],
            ..Policy::default()
        };
        assert_eq!(verdict("unheard-of", &team).action, Action::Ask, "a repository allows nothing");
    }
    #[test]
    fn what_is_read_among_others_asks_unless_it_is_left_out() {
        let denies = policy(vec![rule(Action::Deny, |rule| rule.paths.push("secrets/**".to_owned()))]);
        let table = [
            ("grep -r x .", Action::Ask),
            ("grep -r x src", Action::Allow),
            ("grep -r x secrets", Action::Deny),
            ("grep x README.md", Action::Allow),
            ("grep -r --exclude-dir=secrets x .", Action::Allow),
            ("grep -r --exclude-dir secrets x .", Action::Allow),
            ("grep -r --exclude-dir=other x .", Action::Ask),
            ("rg x", Action::Ask),
            ("rg x -g '!secrets/**'", Action::Allow),
            ("rg x -g secrets", Action::Ask),
            ("cp -r . /tmp/y", Action::Ask),
            ("tar czf /tmp/x.tgz .", Action::Ask),
            ("ls", Action::Allow),
            ("find . -name x", Action::Allow),
            ("find . -type f -exec cat {} +", Action::Ask),
        ];
        for (command, action) in table {
            assert_eq!(
                verdict(command, &denies).action,
                action,
                "{command}: {:?}",
                verdict(command, &denies)
            );
        }
        assert_eq!(verdict("grep -r x .", &Policy::default()).action, Action::Allow);
    }
    #[test]
    fn a_rule_covers_what_its_words_say_and_no_more() {
        let allows = |commands: &[&str]| {
            policy(vec![rule(Action::Allow, |rule| {
                rule.commands = commands.iter().map(|text| (*text).to_owned()).collect();
            })])
        };
        let narrow = allows(&["cargo test", "git status", "rg", "rm", "cp", "unheard-of"]);
        for (command, action) in [
            ("cargo test --workspace", Action::Allow),
            ("/usr/bin/cargo test", Action::Allow),
            ("./cargo test", Action::Ask),
            ("/tmp/evil/cargo test", Action::Ask),
            ("cargo test --config 'build.rustc-wrapper=\"./x\"'", Action::Ask),
            ("rg --pre ./x foo", Action::Ask),
            ("CARGO_BUILD_RUSTC_WRAPPER=./x cargo test", Action::Ask),
            ("git -c core.fsmonitor=./x status", Action::Ask),
            ("unheard-of --anything", Action::Allow),
            ("rm notes.txt", Action::Allow),
            ("rm /etc/passwd", Action::Ask),
            ("rm .claudectl/policy.toml", Action::Ask),
            ("cp x ~/.config/claudectl/rules.toml", Action::Ask),
            ("cp x ~/.bashrc", Action::Ask),
        ] {
            let found = verdict(command, &narrow);
            assert_eq!(found.action, action, "{command}: {found:?}");
        }
        assert_eq!(verdict("rg --pre ./x foo", &allows(&["rg *"])).action, Action::Allow);
        assert_eq!(verdict("./ls", &allows(&["./ls"])).action, Action::Allow);
        let guard = policy(vec![rule(Action::Allow, |rule| {
            rule.effects = vec![Effect::Write, Effect::Persistence, Effect::Read];
            rule.scopes = vec![Scope::Guard, Scope::Untracked];
        })]);
        assert_eq!(verdict("cp x .claudectl/policy.toml", &guard).action, Action::Allow);
    }
    #[test]
    fn no_rule_about_agents_lets_one_be_started_unguarded() {
        let allows =
            |command: &str| policy(vec![rule(Action::Allow, |rule| rule.commands.push(command.to_owned()))]);
        let (narrow, broad) = (allows("claude -p --permission-mode bypassPermissions"), allows("claude *"));
        for (command, action) in [
            ("claude -p hi", Action::Allow),
            ("claude -p hi --model sonnet", Action::Allow),
            ("claude -p hi -- --bare", Action::Allow),
            ("MAX_THINKING_TOKENS=1 claude -p hi", Action::Allow),
            ("CLAUDE_CODE_MAX_OUTPUT_TOKENS=9 claude -p hi", Action::Allow),
            ("CLAUDE_CODE_SIMPLE=0 claude --version", Action::Allow),
            ("claude -p hi --bare", Action::Ask),
            ("claude hi --safe-mode", Action::Ask),
            ("claude -p hi --restricted", Action::Ask),
            ("claude -p hi --settings x.json", Action::Ask),
            ("claude -p hi --settings='{}'", Action::Ask),
            ("claude -p --setting-sources project hi", Action::Ask),
            ("claude -p hi $(cat options)", Action::Ask),
            ("HOME=/tmp/x claude -p hi", Action::Ask),
            ("CLAUDE_CONFIG_DIR=/tmp/x claude -p hi", Action::Ask),
            ("export CLAUDE_CONFIG_DIR=/tmp/x; claude -p hi", Action::Ask),
            ("export CLAUDE_CODE_DISABLE_WHATEVER=1; claude -p hi", Action::Ask),
            ("env -u CLAUDE_CONFIG_DIR claude -p hi", Action::Ask),
            ("env -i claude -p hi", Action::Ask),
            ("unset CLAUDE_CONFIG_DIR; claude -p hi", Action::Ask),
            ("bash -c 'CLAUDE_CODE_SIMPLE=1 claude -p hi'", Action::Ask),
        ] {
            let found = verdict(command, &broad);
            assert_eq!(found.action, action, "{command}: {found:?}");
        }
        for switch in ["CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE", "CLAUDE_CODE_RESTRICTED"] {
            for command in [
                format!("{switch}=1 claude --permission-mode bypassPermissions -p x"),
                format!("env {switch}=1 claude --permission-mode bypassPermissions -p x"),
                format!("export {switch}=true; claude --permission-mode bypassPermissions -p x"),
                format!("{switch}=$X claude --permission-mode bypassPermissions -p x"),
                format!("declare -x {switch}=1; claude --permission-mode bypassPermissions -p x"),
            ] {
                assert_eq!(verdict(&command, &narrow).action, Action::Deny, "{command}");
            }
        }
        let plain = "claude --permission-mode bypassPermissions -p x";
        assert_eq!(verdict(plain, &narrow).action, Action::Allow);
        assert_eq!(verdict("CLAUDE_CODE_SIMPLE=1 ./agent.sh", &allows("./agent.sh")).action, Action::Ask);
    }

    #[test]
    fn trust_is_of_this_repository() {
        let trusts = Policy { trusted: true, ..Policy::default() };
        for (command, action) in [
            ("make", Action::Allow),
            ("cargo test -p x", Action::Allow),
            ("make -C sub", Action::Allow),
            ("cd sub && make", Action::Allow),
            ("cd /tmp/evil && make", Action::Ask),
            ("make -C /tmp/evil", Action::Ask),
            ("make -f /tmp/evil/Makefile", Action::Ask),
            ("cargo test --manifest-path /tmp/evil/Cargo.toml", Action::Ask),
            ("cargo test --manifest-path ../evil/Cargo.toml", Action::Ask),
            ("npm --prefix ~/evil test", Action::Ask),
            ("cd $X && make", Action::Ask),
            ("./run.sh", Action::Allow),
            ("/tmp/run.sh", Action::Ask),
        ] {
            let found = verdict(command, &trusts);
            assert_eq!(found.action, action, "{command}: {found:?}");
        }
    }

    #[test]
    fn what_others_say_and_what_is_broken_only_tightens() {
        let call = Circumstances { tool: "Bash".to_owned(), ..Circumstances::default() };
        let place =
            Place { home: "/home/me", folder: Some("/home/me/w"), root: Some("/home/me/w"), facts: &NoFacts };
        let other = |action| Verdict {
            action,
            layer: Layer::Policy,
            rule: None,
            reason: "theirs".to_owned(),
            learnable: false,
        };
        let broken = || Some((Layer::Rule, "line 3".to_owned()));
        let ours = "it cannot be known";
        // A command, what others say, whether our own rules are broken; the verdict, whose word it is.
        let table = [
            ("ls", vec![], false, Action::Allow, ours),
            ("ls", vec![other(Action::Ask)], false, Action::Ask, "theirs"),
            ("ls", vec![other(Action::Ask), other(Action::Deny)], false, Action::Deny, "theirs"),
            ("ls", vec![], true, Action::Ask, "rules cannot be followed: line 3"),
            ("ls", vec![other(Action::Ask)], true, Action::Ask, "rules cannot be followed: line 3"),
            ("ls", vec![other(Action::Deny)], true, Action::Deny, "theirs"),
            ("unheard-of", vec![other(Action::Ask)], false, Action::Ask, ours),
            ("rm -rf /", vec![other(Action::Ask)], true, Action::Deny, ours),
        ];
        for (command, others, is_broken, action, whose) in table {
            let broken = is_broken.then(broken).flatten();
            let policy = Policy { broken, ..Policy::default() };
            let is_alone = others.is_empty() && !is_broken;
            let report = analyse(command, place);
            let found = judge_among(&report, &policy, others, &call);
            assert_eq!(found.action, action, "{command}: {found:?}");
            assert_eq!(whose != ours, found.reason == whose, "{command}: {found:?}");
            assert!(is_alone || !found.learnable, "{command}: nobody may learn what others ask");
            let theirs = by_others(&report, &policy, &call);
            assert_eq!(theirs.map(|found| found.action), is_broken.then_some(Action::Ask));
        }
    }
}
