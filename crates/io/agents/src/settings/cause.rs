//! Why our hooks do not run in a session: typed, since what is to be done follows from it; in words only where they are
//! printed, since paths and texts of files stand in them, which others write.

use std::fmt;
use std::path::PathBuf;

use claudectl_fleet::alarm::Obstacle;

use super::survey::Scope;

/// Which settings file, as words name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Which.
    pub scope: Scope,
    /// The file.
    pub path: PathBuf,
}

/// Why our hooks do not run in a session, by what settings files say. What is done about it follows from which of these it
/// is; its words hold paths and what files say, and are for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// No file has them.
    NotInstalled,
    /// What they call would not run.
    Broken {
        /// The file that they stand in.
        file: Named,
        /// What it is that they call, and what is wrong with it.
        defect: Defect,
    },
    /// They are not called before each tool call.
    PassedOver {
        /// The file that they stand in.
        file: Named,
        /// The event that would.
        event: &'static str,
        /// What narrows the entry; `None` where there is none.
        narrowed: Option<String>,
    },
    /// A file sets `disableAllHooks`.
    SwitchedOff(Named),
    /// An organisation's file leaves hooks to itself, or to itself and plugins.
    ManagedOnly {
        /// The file.
        file: Named,
        /// The key that does.
        key: &'static str,
    },
    /// A file sets a variable that starts Claude Code without hooks.
    Variable {
        /// The file.
        file: Named,
        /// The variable.
        name: &'static str,
    },
    /// Claude Code leaves a file out.
    LeftOut {
        /// Which.
        scope: Scope,
        /// Why.
        why: String,
    },
    /// Nobody here knows what a file says.
    Unreadable {
        /// Which.
        scope: Scope,
        /// Why.
        why: String,
    },
}

impl Cause {
    /// What it is.
    #[must_use]
    pub fn obstacle(&self) -> Obstacle {
        match self {
            Self::NotInstalled => Obstacle::NotInstalled,
            Self::Broken { .. } => Obstacle::Broken,
            Self::PassedOver { .. } => Obstacle::PassedOver,
            Self::SwitchedOff(_) => Obstacle::SwitchedOff,
            Self::ManagedOnly { .. } => Obstacle::ManagedOnly,
            Self::Variable { .. } => Obstacle::Variable,
            Self::LeftOut { .. } | Self::Unreadable { .. } => Obstacle::Unusable,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |file: &Named| (file.scope.name(), file.path.display().to_string());
        match self {
            Self::NotInstalled => f.write_str("not installed"),
            Self::Broken { file, defect } => {
                let (scope, path) = of(file);
                write!(f, "{scope} settings call {defect} ({path})")
            }
            Self::PassedOver { file, event, narrowed } => {
                let (scope, path) = of(file);
                let why = narrowed.as_deref().unwrap_or("there is no entry");
                let when =
                    if *event == "PermissionRequest" { "beside prompts" } else { "before each tool call" };
                write!(f, "{scope} settings do not call claudectl {when} ({event}): {why} ({path})")
            }
            Self::SwitchedOff(file) => {
                let (scope, path) = of(file);
                write!(f, "{scope} settings set disableAllHooks ({path})")
            }
            Self::ManagedOnly { file, key } => {
                let (scope, path) = of(file);
                write!(f, "{scope} settings set {key} ({path})")
            }
            Self::Variable { file, name } => {
                let (scope, path) = of(file);
                write!(f, "{scope} settings set {name}, which starts Claude Code without hooks ({path})")
            }
            Self::LeftOut { scope, why } => write!(f, "{} settings cannot be used ({why})", scope.name()),
            Self::Unreadable { scope, why } => {
                write!(f, "claudectl cannot read {} settings ({why})", scope.name())
            }
        }
    }
}

/// What is wrong with a program that hooks call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defect {
    /// It is not there.
    Gone(String),
    /// It may not be run.
    NoProgram(String),
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(program) => write!(f, "{program}, which is not there"),
            Self::NoProgram(program) => write!(f, "{program}, which is not executable"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder may be called whatever somebody likes.
    #[test]
    fn what_it_is_does_not_follow_from_its_words() {
        let path = PathBuf::from("/w/not installed/which is not/disableAllHooks/settings do not call/x.json");
        let file = Named { scope: Scope::Project, path };
        let why = "it was started with --bare".to_owned();
        let (gone, program) = (Defect::Gone("/not installed".to_owned()), Defect::NoProgram("/x".to_owned()));
        let broken = |defect| Cause::Broken { file: file.clone(), defect };
        let passed = |narrowed| Cause::PassedOver { file: file.clone(), event: "PreToolUse", narrowed };
        for (cause, obstacle, words) in [
            (Cause::NotInstalled, Obstacle::NotInstalled, "not installed"),
            (broken(gone), Obstacle::Broken, "project settings call /not installed, which is not there ("),
            (broken(program), Obstacle::Broken, "project settings call /x, which is not executable ("),
            (
                passed(None),
                Obstacle::PassedOver,
                "project settings do not call claudectl before each tool call (PreToolUse): there is no entry (",
            ),
            (
                passed(Some(why.clone())),
                Obstacle::PassedOver,
                "project settings do not call claudectl before each tool call (PreToolUse): it was started",
            ),
            (
                Cause::SwitchedOff(file.clone()),
                Obstacle::SwitchedOff,
                "project settings set disableAllHooks (",
            ),
            (
                Cause::ManagedOnly { file: file.clone(), key: "allowManagedHooksOnly" },
                Obstacle::ManagedOnly,
                "project settings set allowManagedHooksOnly (",
            ),
            (
                Cause::Variable { file: file.clone(), name: "CLAUDE_CODE_SIMPLE" },
                Obstacle::Variable,
                "project settings set CLAUDE_CODE_SIMPLE, which starts Claude Code without hooks (",
            ),
            (
                Cause::LeftOut { scope: Scope::User, why: why.clone() },
                Obstacle::Unusable,
                "user settings cannot be used (it was",
            ),
            (
                Cause::Unreadable { scope: Scope::User, why },
                Obstacle::Unusable,
                "claudectl cannot read user settings (it was",
            ),
        ] {
            assert!(cause.to_string().starts_with(words), "{cause}");
            assert_eq!(cause.obstacle(), obstacle, "{cause}");
        }
    }
}
