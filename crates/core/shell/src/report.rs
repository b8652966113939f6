//! What was found out about a text.

use crate::effect::{Act, Effect, Flow};
use crate::value::{Arg, HOLE};

/// Something that is done, to something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What.
    pub act: Act,
    /// To what, as it is written or as it is known: a path, an address.
    pub subject: String,
    /// All of the subject is known.
    pub sure: bool,
}

/// A command, as it would be run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ran {
    /// Its name and its arguments.
    pub words: Vec<Arg>,
    /// Which of its arguments are the verbs of a program that is known: `push` of `git -C x push`.
    pub verbs: Vec<String>,
    /// What it does by itself; not what it runs does.
    pub deeds: Vec<Deed>,
    /// How many of them, the first ones, are its redirections.
    pub redirected: usize,
    /// What is not known of it, in words.
    pub unproven: Vec<String>,
    /// It runs others, which stand by themselves.
    pub wraps: bool,
    /// How many commands stand around it: those that run it.
    pub depth: usize,
    /// Where it is run, if that is elsewhere than the whole is and known.
    pub folder: Option<String>,
}

/// What a text does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Its commands, those in wrappers and substitutions included, in their order.
    pub commands: Vec<Ran>,
    /// What goes from one to another.
    pub flows: Vec<Flow>,
    /// Why nothing can be said of all of it, or of a part.
    pub opaque: Vec<String>,
}

impl Report {
    /// Everything that is done.
    pub fn deeds(&self) -> impl Iterator<Item = &Deed> {
        self.commands.iter().flat_map(|command| command.deeds.iter())
    }

    /// What is said of it, with dots for what nobody knows.
    pub(crate) fn shown(mut self) -> Self {
        let dots = |text: &mut String| {
            if text.contains(HOLE) {
                *text = text.replace(HOLE, "…");
            }
        };
        for ran in &mut self.commands {
            ran.deeds.iter_mut().for_each(|deed| dots(&mut deed.subject));
            ran.unproven.iter_mut().for_each(dots);
        }
        self.opaque.iter_mut().for_each(dots);
        self
    }

    /// Of what commands from one on show, no more is seen than how much it is; whether that was the environment.
    pub(crate) fn counted(&mut self, from: usize) -> bool {
        let mut met = false;
        for ran in &mut self.commands[from..] {
            let shows = |deed: &Deed| {
                deed.act.effect == Effect::SecretRead
                    && ["the environment", "printenv"].contains(&deed.subject.as_str())
            };
            met |= ran.deeds.iter().any(shows);
            ran.deeds.retain(|deed| !shows(deed));
        }
        met
    }

    /// Of commands from one on, those that do what one before them does say nothing more.
    pub(crate) fn same_as_before(&mut self, from: usize) {
        let later = self.commands.split_off(from);
        let same = |one: &Ran, other: &Ran| {
            one.words.first() == other.words.first()
                && (&one.deeds, &one.unproven, one.depth) == (&other.deeds, &other.unproven, other.depth)
        };
        let (before, _) = self.commands.split_at(from);
        let more: Vec<Ran> =
            later.into_iter().filter(|ran| !before.iter().any(|own| same(own, ran))).collect();
        self.commands.extend(more);
    }

    /// Notes a flow, once.
    pub(crate) fn flow(&mut self, flow: Flow) {
        if !self.flows.contains(&flow) {
            self.flows.push(flow);
        }
    }

    /// Notes why something cannot be known, once.
    pub(crate) fn dark(&mut self, why: impl Into<String>) {
        let why = why.into();
        if !self.opaque.contains(&why) {
            self.opaque.push(why);
        }
    }
}
