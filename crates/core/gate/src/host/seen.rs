//! What Claude Code was seen to do with a call, by its mode and by what a hook said before it.
//!
//! A test runs the real program through every row (`real_modes` of the cli), so that a version that does otherwise is
//! told by mode, answer and tool. `docs/gate.md` has it as [`page`] prints it.

use std::fmt::Write as _;

use crate::rules::Action;
use Action::{Allow, Ask, Deny};
use Became::{Asked, Ran, Refused, Untold};
use Kind::{Agent, Command, Edit, Fetch, Mcp, Notebook, Read, Write};
use Place::{Headless, Subagent, Terminal};

/// The version that it was seen with.
pub const VERSION: &str = "2.1.330";

/// A call, as far as modes tell calls apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A command that makes a file in the project.
    Command,
    /// A new file in the project.
    Write,
    /// A change of a file in the project.
    Edit,
    /// A change of a notebook in the project.
    Notebook,
    /// A file outside of the project is read.
    Read,
    /// A page is fetched from the network.
    Fetch,
    /// A tool of an MCP server.
    Mcp,
    /// A subagent is started: by the session, not by another one.
    Agent,
}

impl Kind {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 8] = [Command, Write, Edit, Notebook, Read, Fetch, Mcp, Agent];

    /// What it is called in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Command => "Bash",
            Write => "Write",
            Edit => "Edit",
            Notebook => "NotebookEdit",
            Read => "Read outside",
            Fetch => "WebFetch",
            Mcp => "MCP",
            Agent => "Agent",
        }
    }
}

/// Where a call is made, as far as that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Without a terminal, where nobody can be asked: of the session and of a subagent.
    Headless,
    /// At a terminal, of the session.
    Terminal,
    /// At a terminal, of a subagent.
    Subagent,
}

impl Place {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 3] = [Headless, Terminal, Subagent];
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Became {
    /// It ran.
    Ran,
    /// It did not run, and nobody was asked.
    Refused,
    /// The person was asked, and a hook was told.
    Asked,
    /// The person was asked by the host's own safety check, and no hook was told.
    Untold,
}

impl Became {
    /// What it is called in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Ran => "ran",
            Refused => "refused",
            Asked => "asked",
            Untold => "asked untold",
        }
    }
}

/// A mode, an answer and a place, and what the host did then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The host's mode.
    pub mode: &'static str,
    /// What the hook said; `None` for nothing.
    pub said: Option<Action>,
    /// Where the call was made.
    pub place: Place,
    /// What became of each kind, in the order of [`Kind::ALL`]; of a subagent without the last.
    became: &'static [Became],
}

const fn seen(mode: &'static str, said: Option<Action>, place: Place, became: &'static [Became]) -> Seen {
    Seen { mode, said, place, became }
}

/// Each mode with each answer in each place. In `auto` and `plan` the host's own judge could not be reached.
#[rustfmt::skip]
pub const SEEN: &[Seen] = &[
    seen("default",           Some(Allow), Headless, &[Ran; 8]),
    seen("default",           Some(Allow), Terminal, &[Ran; 8]),
    seen("default",           Some(Allow), Subagent, &[Ran; 7]),
    seen("default",           Some(Ask),   Headless, &[Refused; 8]),
    seen("default",           Some(Ask),   Terminal, &[Asked; 8]),
    seen("default",           Some(Ask),   Subagent, &[Asked; 7]),
    seen("default",           Some(Deny),  Headless, &[Refused; 8]),
    seen("default",           Some(Deny),  Terminal, &[Refused; 8]),
    seen("default",           Some(Deny),  Subagent, &[Refused; 7]),
    seen("default",           None,        Headless, &[Refused, Refused, Refused, Refused, Refused, Refused, Refused, Ran]),
    seen("default",           None,        Terminal, &[Asked, Asked, Asked, Asked, Asked, Asked, Asked, Ran]),
    seen("default",           None,        Subagent, &[Asked; 7]),
    seen("acceptEdits",       Some(Allow), Headless, &[Ran; 8]),
    seen("acceptEdits",       Some(Allow), Terminal, &[Ran; 8]),
    seen("acceptEdits",       Some(Allow), Subagent, &[Ran; 7]),
    seen("acceptEdits",       Some(Ask),   Headless, &[Refused; 8]),
    seen("acceptEdits",       Some(Ask),   Terminal, &[Asked; 8]),
    seen("acceptEdits",       Some(Ask),   Subagent, &[Asked; 7]),
    seen("acceptEdits",       Some(Deny),  Headless, &[Refused; 8]),
    seen("acceptEdits",       Some(Deny),  Terminal, &[Refused; 8]),
    seen("acceptEdits",       Some(Deny),  Subagent, &[Refused; 7]),
    seen("acceptEdits",       None,        Headless, &[Ran, Ran, Ran, Ran, Refused, Refused, Refused, Ran]),
    seen("acceptEdits",       None,        Terminal, &[Ran, Ran, Ran, Ran, Asked, Asked, Asked, Ran]),
    seen("acceptEdits",       None,        Subagent, &[Ran, Ran, Ran, Ran, Asked, Asked, Asked]),
    seen("plan",              Some(Allow), Headless, &[Refused, Refused, Refused, Refused, Ran, Ran, Refused, Ran]),
    seen("plan",              Some(Allow), Terminal, &[Untold, Asked, Asked, Asked, Ran, Ran, Asked, Ran]),
    seen("plan",              Some(Allow), Subagent, &[Refused, Asked, Asked, Asked, Ran, Ran, Asked]),
    seen("plan",              Some(Ask),   Headless, &[Refused; 8]),
    seen("plan",              Some(Ask),   Terminal, &[Asked; 8]),
    seen("plan",              Some(Ask),   Subagent, &[Asked; 7]),
    seen("plan",              Some(Deny),  Headless, &[Refused; 8]),
    seen("plan",              Some(Deny),  Terminal, &[Refused; 8]),
    seen("plan",              Some(Deny),  Subagent, &[Refused; 7]),
    seen("plan",              None,        Headless, &[Refused, Refused, Refused, Refused, Ran, Refused, Refused, Refused]),
    seen("plan",              None,        Terminal, &[Untold, Asked, Asked, Asked, Asked, Untold, Asked, Untold]),
    seen("plan",              None,        Subagent, &[Refused, Asked, Asked, Asked, Ran, Refused, Asked]),
    seen("dontAsk",           Some(Allow), Headless, &[Ran; 8]),
    seen("dontAsk",           Some(Allow), Terminal, &[Ran; 8]),
    seen("dontAsk",           Some(Allow), Subagent, &[Ran; 7]),
    seen("dontAsk",           Some(Ask),   Headless, &[Refused; 8]),
    seen("dontAsk",           Some(Ask),   Terminal, &[Asked; 8]),
    seen("dontAsk",           Some(Ask),   Subagent, &[Asked; 7]),
    seen("dontAsk",           Some(Deny),  Headless, &[Refused; 8]),
    seen("dontAsk",           Some(Deny),  Terminal, &[Refused; 8]),
    seen("dontAsk",           Some(Deny),  Subagent, &[Refused; 7]),
    seen("dontAsk",           None,        Headless, &[Refused, Refused, Refused, Refused, Refused, Refused, Refused, Ran]),
    seen("dontAsk",           None,        Terminal, &[Refused, Refused, Refused, Refused, Refused, Refused, Refused, Ran]),
    seen("dontAsk",           None,        Subagent, &[Refused; 7]),
    seen("bypassPermissions", Some(Allow), Headless, &[Ran; 8]),
    seen("bypassPermissions", Some(Allow), Terminal, &[Ran; 8]),
    seen("bypassPermissions", Some(Allow), Subagent, &[Ran; 7]),
    seen("bypassPermissions", Some(Ask),   Headless, &[Refused; 8]),
    seen("bypassPermissions", Some(Ask),   Terminal, &[Asked; 8]),
    seen("bypassPermissions", Some(Ask),   Subagent, &[Asked; 7]),
    seen("bypassPermissions", Some(Deny),  Headless, &[Refused; 8]),
    seen("bypassPermissions", Some(Deny),  Terminal, &[Refused; 8]),
    seen("bypassPermissions", Some(Deny),  Subagent, &[Refused; 7]),
    seen("bypassPermissions", None,        Headless, &[Ran; 8]),
    seen("bypassPermissions", None,        Terminal, &[Ran; 8]),
    seen("bypassPermissions", None,        Subagent, &[Ran; 7]),
    seen("auto",              Some(Allow), Headless, &[Ran; 8]),
    seen("auto",              Some(Allow), Terminal, &[Ran; 8]),
    seen("auto",              Some(Allow), Subagent, &[Ran; 7]),
    seen("auto",              Some(Ask),   Headless, &[Refused; 8]),
    seen("auto",              Some(Ask),   Terminal, &[Asked; 8]),
    seen("auto",              Some(Ask),   Subagent, &[Asked; 7]),
    seen("auto",              Some(Deny),  Headless, &[Refused; 8]),
    seen("auto",              Some(Deny),  Terminal, &[Refused; 8]),
    seen("auto",              Some(Deny),  Subagent, &[Refused; 7]),
    seen("auto",              None,        Headless, &[Ran, Ran, Ran, Ran, Ran, Refused, Refused, Refused]),
    seen("auto",              None,        Terminal, &[Ran, Ran, Ran, Ran, Asked, Untold, Untold, Untold]),
    seen("auto",              None,        Subagent, &[Ran, Ran, Ran, Ran, Ran, Refused, Refused]),
];

/// What was seen of a mode and an answer in a place; `None` for a mode that nobody has looked at.
#[must_use]
pub fn row(mode: &str, said: Option<Action>, place: Place) -> Option<&'static Seen> {
    SEEN.iter().find(|row| row.mode == mode && row.said == said && row.place == place)
}

impl Seen {
    /// What became of a kind of call; `None` for one that was not made there.
    #[must_use]
    pub fn became(&self, kind: Kind) -> Option<Became> {
        Kind::ALL.iter().zip(self.became).find(|(each, _)| **each == kind).map(|(_, became)| *became)
    }

    /// For a person: of what became of the fewest kinds, which these are; the rest by one word.
    fn cell(&self) -> String {
        let kinds = |what| Kind::ALL.into_iter().filter(move |kind| self.became(*kind) == Some(what));
        let mut groups: Vec<(&str, Vec<&str>)> = [Ran, Asked, Untold, Refused]
            .into_iter()
            .map(|what| (what.word(), kinds(what).map(Kind::word).collect::<Vec<_>>()))
            .filter(|(_, kinds)| !kinds.is_empty())
            .collect();
        let most = (0..groups.len()).max_by_key(|at| groups[*at].1.len()).unwrap_or_default();
        let rest = groups.remove(most).0;
        if groups.is_empty() {
            return format!("all {rest}");
        }
        let named = groups.iter().map(|(what, kinds)| format!("{} {what}", kinds.join(", ")));
        format!("{}; the rest {rest}", named.collect::<Vec<_>>().join("; "))
    }
}

/// The answers, in the order of columns.
const SAID: [Option<Action>; 4] = [Some(Allow), Some(Ask), Some(Deny), None];

/// The table of a place in Markdown: a line for each mode, a column for each answer.
#[must_use]
pub fn page(place: Place) -> String {
    let mut text = "| Mode | `allow` | `ask` | `deny` | nothing |\n|---|---|---|---|---|\n".to_owned();
    for mode in super::TABLE {
        let rows = SAID.into_iter().filter_map(|said| row(mode.name, said, place));
        let cells: Vec<String> = rows.map(Seen::cell).collect();
        // To a string it does not fail.
        writeln!(text, "| `{}` | {} |", mode.name, cells.join(" | ")).ok();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{Allows, TABLE, allows};
    use super::*;

    /// The rows of a place: what it was told, and what became of which kind.
    fn cells() -> impl Iterator<Item = (&'static Seen, Kind, Became)> {
        SEEN.iter().flat_map(|row| {
            Kind::ALL.into_iter().filter_map(move |kind| Some((row, kind, row.became(kind)?)))
        })
    }

    #[test]
    fn each_mode_was_looked_at_with_each_answer_in_each_place() {
        for place in Place::ALL {
            for mode in TABLE {
                for said in SAID {
                    let same = |row: &&Seen| row.mode == mode.name && row.said == said && row.place == place;
                    let rows: Vec<&Seen> = SEEN.iter().filter(same).collect();
                    assert_eq!(rows.len(), 1, "{} {said:?} {place:?}", mode.name);
                    let kinds = if place == Subagent { Kind::ALL.len() - 1 } else { Kind::ALL.len() };
                    assert_eq!(rows[0].became.len(), kinds, "{} {said:?} {place:?}", mode.name);
                }
            }
            assert_eq!(page(place).lines().count(), TABLE.len() + 2);
        }
        assert_eq!(SEEN.len(), TABLE.len() * SAID.len() * Place::ALL.len());
    }

    #[test]
    fn what_is_denied_or_asked_about_never_runs_by_itself() {
        for (row, kind, became) in cells() {
            let wanted = match (row.said, row.place) {
                (Some(Deny), _) | (Some(Ask), Headless) => Refused,
                // Never by a dialog that hooks are not told of: it could not be answered from elsewhere.
                (Some(Ask), Terminal | Subagent) => Asked,
                (Some(Allow) | None, _) => continue,
            };
            assert_eq!(became, wanted, "{row:?} {kind:?}");
        }
    }

    #[test]
    fn all_is_allowed_only_where_it_overrules_nothing_but_a_question() {
        for mode in TABLE {
            let mut overrules = false;
            for (told, kind, became) in cells().filter(|(row, ..)| row.mode == mode.name) {
                if told.said != Some(Allow) {
                    continue;
                }
                let silent = row(mode.name, None, told.place).and_then(|row| row.became(kind)).unwrap();
                assert!(silent != Ran || became == Ran, "{} {kind:?}: less than nothing", mode.name);
                assert!(allows(mode.name) == Allows::Looking || became == Ran, "{} {kind:?}", mode.name);
                // It would run what the mode is there to hold back, or to check.
                let held_back = matches!(silent, Refused | Untold) && told.place != Headless;
                overrules |= held_back && became == Ran;
            }
            assert_eq!(allows(mode.name) == Allows::Looking, overrules, "{}", mode.name);
        }
    }
}
