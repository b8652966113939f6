//! Families of the host's tools: which of them are one thing to us, whatever they are called.
//!
//! Whoever asks "is it a command", "does it change a file", "does it start an agent" asks here: a name that is missing
//! from a list somewhere else is a hole there.

/// Tools that do the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// They run a command line: `command` in what they are given. A `Monitor` may watch something else, and has none then.
    Shell,
    /// They write a file, or a part of it.
    Edit,
    /// They read one file.
    Read,
    /// They tell another agent what to do.
    Agent,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Shell, Self::Edit, Self::Read, Self::Agent];

    /// Of a tool, by its true name; `None` for all others.
    #[must_use]
    pub fn of(tool: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.has(tool))
    }

    /// Its tools, by all names that they have had.
    #[must_use]
    pub const fn tools(self) -> &'static [&'static str] {
        match self {
            Self::Shell => &["Bash", "PowerShell", "Monitor"],
            Self::Edit => &["Write", "Edit", "MultiEdit", "NotebookEdit"],
            Self::Read => &["Read", "NotebookRead"],
            Self::Agent => &["Agent", "Task"],
        }
    }

    /// Whether a tool is one of them.
    #[must_use]
    pub fn has(self, tool: &str) -> bool {
        self.tools().contains(&tool)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_of_one_family() {
        let all: Vec<&str> = Family::ALL.iter().flat_map(|family| family.tools()).copied().collect();
        for (at, tool) in all.iter().enumerate() {
            assert!(!all[..at].contains(tool), "{tool} is there twice");
            assert!(Family::of(tool).is_some_and(|family| family.has(tool)), "{tool}");
        }
        for other in ["", "bash", "BashOutput", "TaskOutput", "TaskCreate", "Skill", "mcp__a__Bash"] {
            assert_eq!(Family::of(other), None, "{other}");
        }
    }
}
