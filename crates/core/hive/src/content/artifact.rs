//! Knowledge that is a file of the client: skills, commands, hooks. None is put anywhere by coming here.

use serde::{Deserialize, Serialize};

use super::{Refused, entries, filled, optional_text, word};

/// No skill has more bytes.
pub(super) const MOST_SKILL: usize = 32 << 10;
/// No command has more.
pub(super) const MOST_COMMAND: usize = 16 << 10;
/// No hook has more.
pub(super) const MOST_HOOK: usize = 4 << 10;
/// No name has more letters.
const MOST_NAME: usize = 64;

/// What has to be there for it to work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requires {
    /// Families of agents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<String>,
    /// Programs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cli: Vec<String>,
    /// The version of claudectl, at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_version: Option<String>,
    /// Systems: `linux`, `macos`, `windows`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub os: Vec<String>,
}

/// A skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    /// All of its page.
    pub body: String,
    /// What it is for.
    pub description: String,
    /// Its name, and that of its folder.
    pub name: String,
    /// What it needs.
    #[serde(default)]
    pub requires: Requires,
    /// Its version.
    pub version: String,
}

/// A command of the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What it is called with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<String>,
    /// All of its page.
    pub body: String,
    /// What it is for.
    pub description: String,
    /// Its name, and that of its file.
    pub name: String,
    /// What it needs.
    #[serde(default)]
    pub requires: Requires,
}

/// A hook of the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookConfig {
    /// What would stand in the settings.
    pub config_json: String,
    /// What it is for.
    pub description: String,
    /// When it is called.
    pub event: String,
    /// Of which tools.
    pub matcher: String,
    /// What it needs.
    #[serde(default)]
    pub requires: Requires,
}

impl Skill {
    pub(super) fn check(&self) -> Result<(), Refused> {
        artifact_name("the name", &self.name)?;
        word("the version", &self.version)?;
        described(&self.description, &self.requires)?;
        filled("the skill", &self.body, MOST_SKILL)
    }
}

impl Command {
    pub(super) fn check(&self) -> Result<(), Refused> {
        artifact_name("the name", &self.name)?;
        described(&self.description, &self.requires)?;
        match self.args.as_deref() {
            None | Some("") => {}
            Some(args) => word("what it is called with", args)?,
        }
        filled("the command", &self.body, MOST_COMMAND)
    }
}

impl HookConfig {
    pub(super) fn check(&self) -> Result<(), Refused> {
        word("the event", &self.event)?;
        // An empty one is of all tools.
        if !self.matcher.is_empty() {
            word("the matcher", &self.matcher)?;
        }
        described(&self.description, &self.requires)?;
        filled("the hook", &self.config_json, MOST_HOOK)
    }
}

fn described(description: &str, requires: &Requires) -> Result<(), Refused> {
    // Front matter may leave it out.
    optional_text("the description", Some(description).filter(|text| !text.is_empty()))?;
    for list in [&requires.agents, &requires.cli, &requires.os] {
        entries("what it needs", list.len())?;
        list.iter().try_for_each(|one| word("what it needs", one))?;
    }
    requires.min_version.as_deref().map_or(Ok(()), |version| word("the version that it needs", version))
}

/// A name that may become that of a file or a folder: letters and digits of ASCII, and within it spaces, dots, bars and
/// dashes. No path, nothing hidden, nothing that looks like another name.
///
/// # Errors
/// When it is none.
pub fn artifact_name(what: &'static str, name: &str) -> Result<(), Refused> {
    let is_end = |letter: u8| letter.is_ascii_alphanumeric();
    let fits = |letter: u8| is_end(letter) || b" ._-".contains(&letter);
    let ends = name.bytes().next().zip(name.bytes().last());
    let is_name = ends.is_some_and(|(first, last)| is_end(first) && is_end(last))
        && name.len() <= MOST_NAME
        && name.bytes().all(fits)
        && !name.contains("..");
    if is_name { Ok(()) } else { Err(Refused::Name(what)) }
}
