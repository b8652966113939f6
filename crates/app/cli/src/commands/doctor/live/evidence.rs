//! What was seen of a live check, and what follows from it.

use std::time::Duration;

use claudectl_agents::probe::Seen;
use claudectl_agents::settings::Cause;
use claudectl_fleet::call::one_line;
use claudectl_fleet::hooks::Judged;
use claudectl_gate::judge::Layer;

use super::super::Verdict;
use crate::judging::hook::ERROR;

/// What our hook's reasons begin with.
const OURS: &str = "claudectl: ";
/// Where nothing is wrong with what is installed.
const INIT: &str = "run `claudectl init`";

/// What the installed hooks call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hooked {
    pub(super) program: String,
    /// What it says its version is; `None` where it does not say.
    pub(super) version: Option<String>,
    /// It is the very program that asks.
    pub(super) is_ours: bool,
}

/// All that was seen.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) seen: Seen,
    /// The journal has something of the session.
    pub(super) heard: bool,
    /// A hook of the session has left a trace of what it could not write down.
    pub(super) unwritten: bool,
    /// The journal has the call, and what was decided of it.
    pub(super) judged: Option<Option<Judged>>,
    /// The state folder that the hooks keep what they tell in, where that is not ours.
    pub(super) elsewhere: Option<String>,
    /// The call ran.
    pub(super) ran: bool,
    /// Why hooks do not run, by what settings files say.
    pub(super) cause: Option<Cause>,
    /// Why hooks hear of no prompts, likewise.
    pub(super) deaf: Option<Cause>,
    pub(super) hooked: Option<Hooked>,
    /// Our own version.
    pub(super) ours: &'static str,
    /// Why hooks do not run whatever settings say, by the environment; and what to do about it.
    pub(super) shell: Option<(String, String)>,
    pub(super) patience: Duration,
}

/// What is told of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) verdict: Verdict,
    pub(super) message: String,
    pub(super) fix: Option<String>,
}

fn failed(message: impl Into<String>, fix: impl Into<String>) -> Told {
    Told { verdict: Verdict::Failed, message: message.into(), fix: Some(fix.into()) }
}

/// What to do about what keeps hooks away.
pub(in crate::commands::doctor) fn fix_of(cause: &Cause) -> &'static str {
    match cause {
        Cause::NotInstalled | Cause::Broken { .. } | Cause::PassedOver { .. } => INIT,
        Cause::ManagedOnly { .. } => {
            "your organisation has set that: ask it for these hooks; until then nothing guards sessions here"
        }
        Cause::SwitchedOff(_) | Cause::Variable { .. } => {
            "if that is not meant, take it out of that file; until then nothing guards sessions here"
        }
        Cause::LeftOut { .. } | Cause::Unreadable { .. } => {
            "correct that file; until then nothing guards sessions here"
        }
    }
}

impl Evidence {
    /// Our denial came back from the client, and the call did not run.
    pub(super) fn is_denied(&self) -> bool {
        !self.ran && self.said_deny().is_some_and(|judged| self.came_back(judged))
    }

    fn said_deny(&self) -> Option<&Judged> {
        let judged = self.judged.as_ref()?.as_ref()?;
        (judged.said.as_deref() == Some("deny")).then_some(judged)
    }

    /// The client has our words: as the call's result, or, where another hook denied it as well and the client gives that
    /// one's, in what it reports of hooks.
    fn came_back(&self, judged: &Judged) -> bool {
        // What a repository's policy says is for the person: the model gets other words.
        let own = judged.layer == Layer::Policy.word();
        let words = format!("{OURS}{}", if own { "" } else { &judged.reason });
        let reported =
            || self.seen.hooks.iter().any(|hook| hook.code == Some(2) && hook.said.contains(&words));
        self.result().contains(&words) || reported()
    }

    fn result(&self) -> &str {
        self.seen.result.as_deref().unwrap_or_default()
    }

    pub(super) fn verdict(&self, took: Duration) -> Told {
        if !self.seen.told {
            return self.not_asked();
        }
        match &self.judged {
            _ if self.is_denied() => self.denied(took),
            None if self.unwritten => self.not_kept(),
            None if self.elsewhere.is_some() => self.kept_elsewhere(),
            None => self.unheard(),
            Some(None) => self.unjudged(),
            Some(Some(judged)) => match self.obstacle() {
                // The answer was not waited for, or came when nobody did any more.
                Some((why, fix)) if self.ran && self.said_deny().is_some() => {
                    failed(format!("the gate denied the call, and it ran all the same: {why}"), fix)
                }
                _ => self.heard_otherwise(judged),
            },
        }
    }

    fn denied(&self, took: Duration) -> Told {
        let seconds = took.as_secs_f64();
        let hook = self.hooked.as_ref();
        let program = hook.map_or_else(|| "a hook of ours".to_owned(), |hook| hook.program.clone());
        let message = format!("a denied call did not run; {program}, {}, in {seconds:.1} s", self.ours);
        // One call is no proof of the others where these go past us.
        let partly = matches!(self.cause, Some(Cause::PassedOver { .. })) || self.shell.is_some();
        if let Some((why, fix)) = self.obstacle().filter(|_| partly) {
            return failed(format!("this denied call did not run, but others would: {why}"), fix);
        }
        if let Some(cause) = &self.deaf {
            let what = "this denied call did not run, but no prompt can be answered from elsewhere";
            return failed(format!("{what}: {cause}"), fix_of(cause));
        }
        match self.another_version() {
            // What it denies is what it knew of then.
            Some(other) => failed(format!("this denied call did not run, but {other}"), INIT),
            None => Told { verdict: Verdict::Ok, message, fix: None },
        }
    }

    /// Another version than ours is what the hooks call.
    fn another_version(&self) -> Option<String> {
        let hook = self.hooked.as_ref()?;
        let program = &hook.program;
        match &hook.version {
            Some(version) if version == self.ours && hook.is_ours => None,
            Some(version) if version == self.ours => {
                let what = "another program than this one, of the same version";
                Some(format!("{program} answers, which is {what} {version}"))
            }
            Some(version) => Some(format!("{program} answers, which is {version}; this is {}", self.ours)),
            None => Some(format!("{program} answers, which does not tell its version")),
        }
    }

    fn not_asked(&self) -> Told {
        let complaint = match one_line(&self.seen.complaint) {
            line if line.is_empty() => String::new(),
            line => format!(": {line}"),
        };
        let message = match self.seen.requests {
            _ if self.seen.late => {
                format!(
                    "Claude Code did not come to the call within {} s{complaint}",
                    self.patience.as_secs()
                )
            }
            0 => format!("Claude Code asked nothing of the stand-in for its API{complaint}"),
            _ => format!("Claude Code does not offer Bash, so no call could be made{complaint}"),
        };
        match &self.shell {
            Some((why, fix)) => failed(format!("{message}; {why}"), fix),
            None => failed(
                message,
                "run `claude -p hello` here and see what it says; nothing is known of the guard",
            ),
        }
    }

    /// The hooks write into another state folder, and so nothing of it reaches this one.
    fn kept_elsewhere(&self) -> Told {
        let place = self.elsewhere.as_deref().unwrap_or_default();
        let ran = if self.ran { ", and the call ran" } else { "" };
        failed(
            format!(
                "the hooks keep what they tell in another state folder, {place}{ran}: nothing of it reaches `ls`, \
                 `approve` and `gate log` here"
            ),
            format!("{INIT}, or use that folder (CLAUDECTL_HOME)"),
        )
    }

    /// The hook was called, and nothing of it could be kept.
    fn not_kept(&self) -> Told {
        let call = if self.ran { "the call ran" } else { "the call did not run" };
        failed(
            format!(
                "{call}; the hook was called, and could not write down what it said: the disk is full, or the state \
                 folder is not writable"
            ),
            "make room on the disk of the state folder, and see that it is writable; then this again",
        )
    }

    /// No record of the call.
    fn unheard(&self) -> Told {
        let ran = if self.ran {
            "the call ran, and no hook of ours heard of it"
        } else {
            "no hook of ours heard of the call"
        };
        let (why, fix) = self.why();
        let others = match self.result() {
            _ if self.ran => String::new(),
            "" => "; Claude Code told of no result".to_owned(),
            result => format!("; it did not run: {}", one_line(result)),
        };
        failed(format!("{ran}: {why}{others}"), fix)
    }

    /// Why no hook heard of the call, and what to do. What no file says is no more than likely.
    fn why(&self) -> (String, String) {
        if let Some(found) = self.obstacle() {
            return found;
        }
        let failed = self.seen.hooks.iter().find(|hook| !matches!(hook.code, Some(0 | 2)));
        if let Some(hook) = failed {
            let code = hook.code.map_or_else(|| "no code".to_owned(), |code| format!("code {code}"));
            return (format!("a hook ended with {code}: {}", one_line(&hook.said)), INIT.to_owned());
        }
        if let Some(other) = self.another_version() {
            return (format!("an older or another program: {other}"), INIT.to_owned());
        }
        if self.result().contains(OURS) {
            return (
                "it was denied, but stands in no journal".to_owned(),
                "run `claudectl doctor`: the journal".to_owned(),
            );
        }
        let heard = if self.heard { "its session was heard, its call was not" } else { "hooks did not run" };
        (format!("{heard}, and no settings file says why"), format!("{INIT}, then this again"))
    }

    /// What keeps hooks away, in words, and what to do about it.
    fn obstacle(&self) -> Option<(String, String)> {
        self.cause
            .as_ref()
            .map(|cause| (cause.to_string(), fix_of(cause).to_owned()))
            .or_else(|| self.shell.clone())
    }

    /// The call was heard by a program that judged nothing.
    fn unjudged(&self) -> Told {
        let ran = if self.ran { ", and the call ran" } else { "" };
        let why = self.another_version().unwrap_or_else(|| "our hook".to_owned());
        failed(format!("the hook heard the call and judged nothing{ran}: {why}"), INIT)
    }

    /// It was judged, but that is not what happened.
    fn heard_otherwise(&self, judged: &Judged) -> Told {
        let reason = one_line(&judged.reason);
        let result = one_line(self.result());
        match judged.said.as_deref() {
            Some("deny") if self.ran => failed(
                "the gate denied the call, and it ran all the same",
                "something passes the gate by: do not rely on it, and write a report (`claudectl doctor --bundle`)",
            ),
            Some("deny") => failed(
                format!("the gate denied the call, but something else answered: {result}"),
                "see which other hooks there are (`claudectl gate hooks`, /hooks in Claude Code): one of them comes first",
            ),
            _ if judged.layer == ERROR => {
                failed(format!("the gate failed: {reason}"), "run `claudectl tick`, then `claudectl doctor`")
            }
            None if judged.verdict == "deny" => failed(
                "hooks run, and the gate is told to watch only (gate.mode = \"observe\"): nothing is denied",
                "claudectl gate mode on",
            ),
            said => {
                let said = said.map_or_else(|| "nothing".to_owned(), |said| format!("{said:?}"));
                let rule = judged.rule.as_ref().map(|rule| format!(" (rule {rule})")).unwrap_or_default();
                failed(
                    format!("the gate ran and said {said} of a call that it is to deny: {reason}{rule}"),
                    "a rule of yours that allows `claudectl approve` lets agents answer their own prompts: `claudectl rules ls`",
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use claudectl_agents::probe::Hook;
    use claudectl_agents::settings::{Defect, Named, Scope};

    use super::*;

    const TOOK: Duration = Duration::from_millis(1500);
    const REASON: &str = "is for people: claudectl approve; who answers prompts is a person";

    fn judged(said: Option<&str>) -> Judged {
        Judged {
            verdict: "deny".to_owned(),
            said: said.map(str::to_owned),
            layer: "lattice".to_owned(),
            reason: REASON.to_owned(),
            ..Judged::default()
        }
    }

    fn good() -> Evidence {
        Evidence {
            seen: Seen {
                requests: 2,
                told: true,
                result: Some(format!("PreToolUse:Bash hook error: claudectl: {REASON}")),
                ..Seen::default()
            },
            heard: true,
            unwritten: false,
            judged: Some(Some(judged(Some("deny")))),
            elsewhere: None,
            ran: false,
            cause: None,
            deaf: None,
            hooked: Some(Hooked {
                program: "/bin/claudectl".to_owned(),
                version: Some("1.0.0".to_owned()),
                is_ours: true,
            }),
            ours: "1.0.0",
            shell: None,
            patience: Duration::from_mins(1),
        }
    }

    #[track_caller]
    fn fails(evidence: &Evidence, words: &str) {
        let told = evidence.verdict(TOOK);
        assert!(told.verdict == Verdict::Failed && told.message.contains(words), "{told:?}");
        assert!(told.fix.is_some() && !evidence.is_denied());
    }

    fn shell() -> Option<(String, String)> {
        Some((
            "X is set in this shell and starts Claude Code without hooks".to_owned(),
            "unset it".to_owned(),
        ))
    }

    fn silent() -> Evidence {
        Evidence { heard: false, judged: None, ran: true, ..good() }
    }

    #[test]
    fn a_denial_that_came_back_is_proof() {
        let told = good().verdict(TOOK);
        assert_eq!(told.message, "a denied call did not run; /bin/claudectl, 1.0.0, in 1.5 s");
        assert_eq!((told.verdict, told.fix), (Verdict::Ok, None));
        let policy = Judged { layer: Layer::Policy.word().to_owned(), ..judged(Some("deny")) };
        let by_policy = Evidence {
            seen: Seen {
                result: Some("claudectl: the repository's policy is against this call".to_owned()),
                ..good().seen
            },
            judged: Some(Some(policy)),
            ..good()
        };
        assert!(by_policy.is_denied());
    }

    #[test]
    fn what_else_may_have_happened() {
        fails(&Evidence { ran: true, ..good() }, "denied the call, and it ran all the same");
        let other = |hooks: Vec<Hook>| {
            let seen = Seen { result: Some("blocked by another".to_owned()), hooks, ..good().seen };
            Evidence { seen, ..good() }
        };
        fails(&other(Vec::new()), "something else answered: blocked by another");
        let both = other(vec![Hook { code: Some(2), said: format!("claudectl: {REASON}") }]);
        assert!(
            both.is_denied() && both.verdict(TOOK).verdict == Verdict::Ok,
            "both deny, and one is passed on"
        );
        fails(
            &Evidence { judged: Some(Some(judged(Some("allow")))), ran: true, ..good() },
            "said \"allow\" of a call",
        );
        let error = Judged { layer: ERROR.to_owned(), reason: "no rules".to_owned(), ..judged(Some("ask")) };
        fails(&Evidence { judged: Some(Some(error)), ..good() }, "the gate failed: no rules");
        fails(&Evidence { judged: Some(None), ran: true, ..good() }, "judged nothing, and the call ran");
        let observed = Evidence { judged: Some(Some(judged(None))), ran: true, ..good() };
        fails(&observed, "(gate.mode = \"observe\"): nothing is denied");
        assert_eq!(observed.verdict(TOOK).fix.as_deref(), Some("claudectl gate mode on"));
    }

    #[test]
    fn why_no_hook_was_heard() {
        let because = |cause: Cause| Evidence { cause: Some(cause), ..silent() };
        // A folder may be called whatever somebody likes.
        let path = PathBuf::from("/not installed/which is not/settings do not call claudectl/s");
        let file = || Named { scope: Scope::Project, path: path.clone() };
        let why = || "not installed".to_owned();
        let defect = Defect::Gone("/b".to_owned());
        let narrowed = Cause::PassedOver { file: file(), event: "PreToolUse", narrowed: None };
        for (cause, said, way) in [
            (Cause::NotInstalled, "the call ran, and no hook of ours heard of it: not installed", INIT),
            (Cause::Broken { file: file(), defect }, "project settings call /b, which is not there", INIT),
            (narrowed.clone(), "project settings do not call claudectl before each tool call", INIT),
            (Cause::SwitchedOff(file()), "project settings set disableAllHooks", "if that is not meant"),
            (
                Cause::ManagedOnly { file: file(), key: "strictPluginOnlyCustomization" },
                "project settings set strictPluginOnlyCustomization",
                "your organisation has set that",
            ),
            (
                Cause::Variable { file: file(), name: "CLAUDE_CODE_SIMPLE" },
                "project settings set CLAUDE_CODE_SIMPLE",
                "if that is not meant",
            ),
            (Cause::LeftOut { scope: Scope::User, why: why() }, "user settings cannot be used", "correct"),
            (Cause::Unreadable { scope: Scope::User, why: why() }, "claudectl cannot read user", "correct"),
        ] {
            fails(&because(cause.clone()), said);
            let fix = because(cause).verdict(TOOK).fix.unwrap_or_default();
            assert!(fix.starts_with(way), "{said}: {fix}");
        }
        fails(&Evidence { heard: true, ..because(narrowed) }, "there is no entry (/not installed/");
        let bare = Evidence { shell: shell(), ..silent() };
        fails(&bare, "no hook of ours heard of it: X is set in this shell");
        assert_eq!(bare.verdict(TOOK).fix.as_deref(), Some("unset it"));
        let elsewhere = Evidence { elsewhere: Some("/other".to_owned()), ran: false, ..silent() };
        fails(&elsewhere, "another state folder, /other: nothing of it reaches `ls`");
        let old = |version: Option<&str>| {
            let version = version.map(str::to_owned);
            let hooked = Hooked { program: "/old/claudectl".to_owned(), version, is_ours: false };
            Evidence { hooked: Some(hooked), ..silent() }
        };
        fails(&old(Some("0.9.0")), "/old/claudectl answers, which is 0.9.0; this is 1.0.0");
        fails(
            &old(Some("1.0.0")),
            "/old/claudectl answers, which is another program than this one, of the same",
        );
        fails(&old(None), "which does not tell its version");
        let full = Evidence { unwritten: true, ..silent() };
        fails(&full, "the call ran; the hook was called, and could not write down what it said");
        fails(&Evidence { ran: false, ..full }, "the call did not run; the hook was called");
        let hook = Hook { code: Some(127), said: "sh: not found".to_owned() };
        fails(
            &Evidence { seen: Seen { hooks: vec![hook], ..good().seen }, ..silent() },
            "ended with code 127: sh: not found",
        );
        let quiet = Seen { result: None, ..good().seen };
        fails(
            &Evidence { seen: quiet, ran: false, ..silent() },
            "no settings file says why; Claude Code told of no result",
        );
    }

    #[test]
    fn a_client_that_never_came_to_the_call() {
        let seen = |requests, late, complaint: &str| {
            let seen = Seen { requests, late, complaint: complaint.to_owned(), ..Seen::default() };
            Evidence { seen, ..silent() }
        };
        fails(
            &seen(0, false, "Invalid API key"),
            "asked nothing of the stand-in for its API: Invalid API key",
        );
        fails(&seen(1, false, ""), "does not offer Bash");
        fails(&seen(0, true, ""), "within 60 s");
        let restricted = Evidence { shell: shell(), ..seen(1, false, "") };
        fails(&restricted, "does not offer Bash, so no call could be made; X is set in this shell");
        assert_eq!(restricted.verdict(TOOK).fix.as_deref(), Some("unset it"));
    }

    /// The denial held, and still it is no proof.
    #[track_caller]
    fn no_proof(evidence: &Evidence, words: &str) {
        let told = evidence.verdict(TOOK);
        assert!(evidence.is_denied() && told.verdict == Verdict::Failed, "{told:?}");
        assert_eq!((told.message.contains(words), told.fix.as_deref()), (true, Some(INIT)), "{told:?}");
    }

    #[test]
    fn another_version_that_denies_is_no_proof() {
        let hooked = |version: Option<&str>| {
            let version = version.map(str::to_owned);
            Some(Hooked { program: "/old/claudectl".to_owned(), version, is_ours: false })
        };
        let old = Evidence { hooked: hooked(Some("0.9.0")), ..good() };
        no_proof(&old, "did not run, but /old/claudectl answers, which is 0.9.0; this is 1.0.0");
        let build = Evidence { hooked: hooked(Some("1.0.0")), ..good() };
        no_proof(&build, "did not run, but /old/claudectl answers, which is another program than this one");
        no_proof(&Evidence { hooked: hooked(None), ..good() }, "which does not tell its version");
    }

    #[test]
    fn a_hook_that_is_not_called_for_every_call_is_no_proof() {
        let file = || Named { scope: Scope::User, path: PathBuf::from("/s") };
        let narrowed = |why: &str| {
            Some(Cause::PassedOver { file: file(), event: "PreToolUse", narrowed: Some(why.to_owned()) })
        };
        let matcher = Evidence { cause: narrowed("its matcher is \"Bash\""), ..good() };
        no_proof(&matcher, "did not run, but others would: user settings do not call claudectl");
        let unheard = Cause::PassedOver { file: file(), event: "PermissionRequest", narrowed: None };
        let deaf = Evidence { deaf: Some(unheard), ..good() };
        no_proof(
            &deaf,
            "user settings do not call claudectl beside prompts (PermissionRequest): there is no entry",
        );
        let told = Evidence { shell: shell(), ..good() }.verdict(TOOK);
        assert_eq!((told.verdict, told.fix.as_deref()), (Verdict::Failed, Some("unset it")));
        // What claudectl cannot read is no reason to doubt what was seen.
        let unread = Some(Cause::Unreadable { scope: Scope::Local, why: "x".to_owned() });
        assert_eq!(Evidence { cause: unread, ..good() }.verdict(TOOK).verdict, Verdict::Ok);
        let late = Evidence { cause: narrowed("it has `\"async\": true`"), ran: true, ..good() };
        fails(&late, "it ran all the same: user settings do not call claudectl before each tool call");
        assert_eq!(late.verdict(TOOK).fix.as_deref(), Some(INIT));
    }
}
