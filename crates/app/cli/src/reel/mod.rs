//! Highlight reels: the telling parts of a session as a GIF, a cast or a page of Markdown.
//!
//! [`make`] needs nothing but what it is given, so that it can run in the background: [`Subject`] says what the session
//! is, [`Options`] what is wanted. `claudectl_fleet::reel` chooses the scenes, `stage` plays them on a terminal, `page`
//! writes them down; `words` is what both say. Beats are redacted where they are made; here every text is made harmless.

mod merged;
mod page;
pub(crate) mod session;
mod spans;
mod stage;
mod words;

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_agents::ReadError;
use claudectl_files::{FileError, NewFile, check_free};
use claudectl_fleet::money::Usd;
use claudectl_fleet::reel::{Composer, Reel, Totals};
use claudectl_fleet::session::Session;
use claudectl_record::theme::Theme;
use claudectl_record::{RecordError, gif};
use claudectl_redact::redact;
use jiff::tz::TimeZone;

use crate::env::Env;
use crate::format;

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Gif,
    Cast,
    Markdown,
}

impl Format {
    /// What a file's name asks for.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "gif" => Some(Self::Gif),
            "cast" => Some(Self::Cast),
            "md" => Some(Self::Markdown),
            _ => None,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Gif => "gif",
            Self::Cast => "cast",
            Self::Markdown => "markdown",
        }
    }
}

/// Colours on dark, or on light.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Look {
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light.
    Light,
}

/// The session that a reel is of. Its texts are redacted.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) id: String,
    /// Its name, or its project's.
    pub(crate) name: String,
    project: String,
    branch: Option<String>,
    model: Option<String>,
    /// What all of it cost, and how many responses that does not hold.
    cost: Usd,
    unpriced: u64,
    /// Folders that paths are shown without.
    roots: Vec<(String, &'static str)>,
    transcript: PathBuf,
    /// Its subagents: their kinds, and their transcripts.
    agents: Vec<(String, PathBuf)>,
}

impl Subject {
    /// `None` for a session without a transcript.
    pub(crate) fn of(session: &Session, agents: &[PathBuf], env: &Env) -> Option<Self> {
        let clean = |text: &str| redact(text).text.into_owned();
        let home = env.home.as_ref().and_then(|home| home.to_str()).map(|home| (home.to_owned(), "~/"));
        let folders =
            [&session.cwd, &session.project_path].into_iter().flatten().map(|path| (path.clone(), ""));
        Some(Self {
            id: session.id.clone(),
            name: clean(session.name.as_deref().unwrap_or(&session.project)),
            project: clean(&session.project),
            branch: session.branch.as_deref().map(clean),
            model: session.model.as_deref().map(clean),
            cost: session.cost.usd,
            unpriced: session.cost.unpriced_messages,
            roots: folders.chain(home).filter(|(path, _)| path.len() > 1).collect(),
            transcript: PathBuf::from(session.transcript.as_ref()?),
            agents: agents
                .iter()
                .take(MOST_AGENTS)
                .map(|path| (clean(&kind(session, path)), path.clone()))
                .collect(),
        })
    }

    /// Bytes of all that is read.
    pub(crate) fn bytes(&self) -> u64 {
        let all = self.agents.iter().map(|(_, path)| path).chain([&self.transcript]);
        all.map(|path| std::fs::metadata(path).map_or(0, |file| file.len())).sum()
    }

    /// A path without the folder that the session works in.
    fn short(&self, path: &str) -> String {
        let rest = |(root, with): &(String, &'static str)| {
            let rest = path.strip_prefix(root.as_str())?.strip_prefix('/')?;
            Some(format!("{with}{rest}"))
        };
        self.roots.iter().find_map(rest).unwrap_or_else(|| path.to_owned())
    }

    /// A name for a file of this session's: letters, digits and little else.
    pub(crate) fn file_name(&self, format: Format) -> String {
        let end = match format {
            Format::Gif => "gif",
            Format::Cast => "cast",
            Format::Markdown => "md",
        };
        format!("{}-{}.{end}", safe(&self.name, 60), safe(&format::short_id(&self.id), 16))
    }
}

/// Transcripts of subagents that are read beside the session's own.
const MOST_AGENTS: usize = 128;

/// The kind of the subagent of a transcript.
fn kind(session: &Session, path: &Path) -> String {
    let id = path.file_stem().and_then(|stem| stem.to_str()?.strip_prefix("agent-"));
    let agent = session.subagents.iter().find(|agent| Some(agent.id.as_str()) == id);
    agent.map_or_else(|| "subagent".to_owned(), |agent| agent.kind.clone())
}

/// What is left of a text in the name of a file.
fn safe(text: &str, most: usize) -> String {
    let mut name = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        if name.len() >= most {
            break;
        }
    }
    let name = name.trim_matches('-');
    if name.is_empty() { "session".to_owned() } else { name.to_owned() }
}

/// What is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) file: PathBuf,
    pub(crate) format: Format,
    pub(crate) force: bool,
    /// From this moment on, milliseconds since the epoch.
    pub(crate) since: Option<i64>,
    /// At most so many scenes.
    pub(crate) scenes: usize,
    /// So many times as fast.
    pub(crate) speed: f64,
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    pub(crate) look: Look,
    pub(crate) font_size: u16,
    pub(crate) zone: TimeZone,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Bytes of the transcript that were read.
    Reading(u64),
    /// Thousandths of the GIF that were drawn.
    Drawing(u32),
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) bytes: u64,
    pub(crate) scenes: u64,
    pub(crate) left_out: u64,
    /// How long it plays; zero for a page.
    pub(crate) length: Duration,
    pub(crate) totals: Totals,
    /// Lines of the transcript that were too long, or no rows.
    pub(crate) passed_over: u64,
}

/// Why there is no reel.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReelError {
    #[error("cannot read the transcript")]
    Read(#[from] ReadError),
    #[error("there is nothing to show")]
    Nothing,
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Makes a reel. `progress` is told how far it is, and says whether to go on.
pub(crate) fn make(
    subject: &Subject,
    options: &Options,
    progress: &mut dyn FnMut(Step) -> bool,
) -> Result<Made, ReelError> {
    // Before the long work: whether there is a place for it. The file is put there when it is whole.
    check_free(&options.file, options.force)?;
    let (reel, passed_over) = compose(subject, options, progress)?;
    let (bytes, length) = match options.format {
        Format::Markdown => (page::markdown(&reel, subject, options).into_bytes(), Duration::ZERO),
        Format::Cast => stage::cast(&reel, subject, options)?,
        Format::Gif => {
            let (cast, _) = stage::cast(&reel, subject, options)?;
            draw(&cast, options, &mut |done| progress(Step::Drawing(done)))?
        }
    };
    Ok(Made {
        bytes: NewFile::write(&options.file, options.force, &bytes)?,
        scenes: reel.scenes.len() as u64,
        left_out: reel.left_out,
        length,
        totals: reel.totals,
        passed_over,
    })
}

fn compose(
    subject: &Subject,
    options: &Options,
    progress: &mut dyn FnMut(Step) -> bool,
) -> Result<(Reel, u64), ReelError> {
    let mut composer = Composer::new(options.scenes);
    let mut going = true;
    let all = std::iter::once((None, subject.transcript.as_path()))
        .chain(subject.agents.iter().map(|(kind, path)| (Some(kind.as_str()), path.as_path())));
    let passed = merged::each(&all.collect::<Vec<_>>(), (options.since, None), |read, kind, beat| {
        going = progress(Step::Reading(read));
        match kind {
            None => composer.beat(beat),
            Some(kind) => composer.of_subagent(kind, beat),
        }
        going
    })?;
    if !going {
        return Err(RecordError::Stopped.into());
    }
    let reel = composer.finish();
    if reel.scenes.is_empty() {
        Err(ReelError::Nothing)
    } else {
        Ok((reel, passed.malformed + passed.oversized))
    }
}

fn draw(
    cast: &[u8],
    options: &Options,
    progress: &mut dyn FnMut(u32) -> bool,
) -> Result<(Vec<u8>, Duration), ReelError> {
    let drawing = gif::Options {
        theme: match options.look {
            Look::Dark => Theme::DARK,
            Look::Light => Theme::LIGHT,
        },
        font_size: options.font_size,
        // Its pauses are meant.
        idle: Duration::MAX,
        end: Duration::ZERO,
        ..gif::Options::default()
    };
    let mut bytes = Vec::new();
    let made = gif::render(|| Ok(Cursor::new(cast)), &mut bytes, &drawing, progress)?;
    Ok((bytes, made.length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_safe() {
        for (name, expected) in [
            ("Fix the parser!", "Fix-the-parser"),
            ("../../etc/passwd", "etc-passwd"),
            ("-rf", "rf"),
            ("\u{1b}[2J\u{202e}gpj", "2J-gpj"),
            ("日本", "session"),
            (".", "session"),
            (&"x".repeat(300), &"x".repeat(60)),
        ] {
            assert_eq!(safe(name, 60), expected, "{name}");
        }
    }

    #[test]
    fn names_of_files_say_what_to_make() {
        for (name, expected) in [
            ("a.gif", Some(Format::Gif)),
            ("a.CAST", Some(Format::Cast)),
            ("a.md", Some(Format::Markdown)),
            ("a.png", None),
            ("gif", None),
        ] {
            assert_eq!(Format::of(Path::new(name)), expected, "{name}");
        }
    }
}
