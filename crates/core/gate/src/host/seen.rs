//! What Claude Code was seen to do with a call, by its mode and by what a hook said before it.
//!
//! A test runs the real program through every row (`real_modes` of the cli), so that a version that does otherwise is
//! told by mode, answer and tool. `docs/gate.md` has it as [`page`] prints it.

use std::fmt::Write as _;

use crate::rules::Action;
use Action::{Allow, Ask, Deny};
use Became::{Asked, Ran, Refused};
use Kind::{Agent, Command, Edit, Mcp, Read, Write};

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
    /// A file outside of the project is read.
    Read,
    /// A tool of an MCP server.
    Mcp,
    /// A subagent is started.
    Agent,
}

impl Kind {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 6] = [Command, Write, Edit, Read, Mcp, Agent];

    /// What it is called in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Command => "Bash",
            Write => "Write",
            Edit => "Edit",
            Read => "Read outside",
            Mcp => "MCP",
            Agent => "Agent",
        }
    }
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Became {
    /// It ran.
    Ran,
    /// It did not run, and nobody was asked.
    Refused,
    /// The person was asked.
    Asked,
}

impl Became {
    /// What it is called in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Ran => "ran",
            Refused => "refused",
            Asked => "asked",
        }
    }
}

/// A mode and an answer, and what the host did then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The host's mode.
    pub mode: &'static str,
    /// What the hook said; `None` for nothing.
    pub said: Option<Action>,
    /// What ran without a terminal, where nobody can be asked: of the session, and of a subagent but for `Agent`. The
    /// rest was refused.
    pub ran: &'static [Kind],
    /// What became of a command at a terminal.
    pub at_terminal: Became,
}

const ALL: &[Kind] = &Kind::ALL;
const NONE: &[Kind] = &[];

const fn seen(mode: &'static str, said: Option<Action>, ran: &'static [Kind], at_terminal: Became) -> Seen {
    Seen { mode, said, ran, at_terminal }
}

/// Each mode with each answer. In `auto` the host's own judge could not be reached, which refuses.
#[rustfmt::skip]
pub const SEEN: &[Seen] = &[
    seen("default",           Some(Allow), ALL,                     Ran),
    seen("default",           Some(Ask),   NONE,                    Asked),
    seen("default",           Some(Deny),  NONE,                    Refused),
    seen("default",           None,        &[Agent],                Asked),
    seen("acceptEdits",       Some(Allow), ALL,                     Ran),
    seen("acceptEdits",       Some(Ask),   NONE,                    Asked),
    seen("acceptEdits",       Some(Deny),  NONE,                    Refused),
    seen("acceptEdits",       None,        &[Command, Write, Edit, Agent], Ran),
    seen("plan",              Some(Allow), &[Read, Agent],          Asked),
    seen("plan",              Some(Ask),   NONE,                    Asked),
    seen("plan",              Some(Deny),  NONE,                    Refused),
    seen("plan",              None,        &[Read],                 Asked),
    seen("dontAsk",           Some(Allow), ALL,                     Ran),
    seen("dontAsk",           Some(Ask),   NONE,                    Asked),
    seen("dontAsk",           Some(Deny),  NONE,                    Refused),
    seen("dontAsk",           None,        &[Agent],                Refused),
    seen("bypassPermissions", Some(Allow), ALL,                     Ran),
    seen("bypassPermissions", Some(Ask),   NONE,                    Asked),
    seen("bypassPermissions", Some(Deny),  NONE,                    Refused),
    seen("bypassPermissions", None,        ALL,                     Ran),
    seen("auto",              Some(Allow), ALL,                     Ran),
    seen("auto",              Some(Ask),   NONE,                    Asked),
    seen("auto",              Some(Deny),  NONE,                    Refused),
    seen("auto",              None,        &[Command, Write, Edit, Read], Ran),
];

/// What was seen of a mode and an answer; `None` for a mode that nobody has looked at.
#[must_use]
pub fn row(mode: &str, said: Option<Action>) -> Option<&'static Seen> {
    SEEN.iter().find(|row| row.mode == mode && row.said == said)
}

impl Seen {
    /// For a person: what ran without a terminal, and what became of a command at one.
    fn cell(&self) -> String {
        let ran = match self.ran {
            NONE => "none".to_owned(),
            ran if ran.len() == ALL.len() => "all".to_owned(),
            ran => ran.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(", "),
        };
        format!("{ran}; {}", self.at_terminal.word())
    }
}

/// The answers, in the order of columns.
const SAID: [Option<Action>; 4] = [Some(Allow), Some(Ask), Some(Deny), None];

/// The table in Markdown: a line for each mode, a column for each answer.
#[must_use]
pub fn page() -> String {
    let mut text = "| Mode | `allow` | `ask` | `deny` | nothing |\n|---|---|---|---|---|\n".to_owned();
    for mode in super::TABLE {
        let rows = SAID.into_iter().filter_map(|said| row(mode.name, said));
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

    #[test]
    fn each_mode_was_looked_at_with_each_answer() {
        for mode in TABLE {
            for said in SAID {
                let count = SEEN.iter().filter(|row| row.mode == mode.name && row.said == said).count();
                assert_eq!(count, 1, "{} {said:?}", mode.name);
            }
        }
        assert_eq!(SEEN.len(), TABLE.len() * SAID.len());
        assert_eq!(page().lines().count(), TABLE.len() + 2);
    }

    #[test]
    fn what_is_denied_or_asked_about_never_runs_by_itself() {
        for row in SEEN {
            match row.said {
                Some(Deny) => assert_eq!((row.ran, row.at_terminal), (NONE, Refused), "{}", row.mode),
                Some(Ask) => assert_eq!((row.ran, row.at_terminal), (NONE, Asked), "{}", row.mode),
                Some(Allow) | None => {}
            }
        }
    }

    #[test]
    fn all_is_allowed_only_where_it_overrules_nothing_but_a_question() {
        for mode in TABLE {
            let (told, silent) = (row(mode.name, Some(Allow)).unwrap(), row(mode.name, None).unwrap());
            match allows(mode.name) {
                Allows::All => {
                    assert_eq!((told.ran, told.at_terminal), (ALL, Ran), "{}", mode.name);
                    assert_ne!(silent.at_terminal, Refused, "{}", mode.name);
                }
                // It would run what the mode is there to hold back.
                Allows::Looking => assert!(told.ran.len() > silent.ran.len(), "{}", mode.name),
            }
        }
    }
}
