//! `--record`: what the dashboard writes to the terminal, kept as a cast or made into a GIF when it is left.

use std::io::IsTerminal;
use std::time::Duration;

use claudectl_files::FileError;
use claudectl_record::cast::Header;
use claudectl_record::gif;
use claudectl_record::theme::Theme as Colours;
use claudectl_record::{RecordError, Recording, Target};
use claudectl_tui::Theme;
use indicatif::{ProgressBar, ProgressStyle};

use super::Setup;
use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::format;

/// A recording that goes on.
pub(crate) struct Recorder {
    recording: Recording,
    size: (u16, u16),
    /// When its first frame was.
    began: Option<Duration>,
    colours: Colours,
    failed: Option<RecordError>,
}

impl Recorder {
    /// Begins, if a recording is wanted.
    pub(crate) fn start(app: &App, setup: &Setup) -> Result<Option<Self>> {
        let Some(file) = &setup.record else { return Ok(None) };
        let path = app.env.absolute(file.clone()).unwrap_or_else(|| file.clone());
        if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
            let folder = crate::ui::clean(&shown(&app.env, folder));
            return Err(CliError::usage(format!("there is no folder {folder} to record into"))
                .fix("make it, or name another file"));
        }
        let spool = app.env.state_dir()?.join("recordings");
        let size = terminal_size();
        let target = Target { path, spool, force: false };
        let recording = Recording::start(target, &Header::new(size.0, size.1)).map_err(failure)?;
        let light =
            setup.theme == Some(Theme::Light) || app.config.dashboard.theme.as_deref() == Some("light");
        let colours = if light { Colours::LIGHT } else { Colours::DARK };
        Ok(Some(Self { recording, size, began: None, colours, failed: None }))
    }

    /// A frame. What cannot be kept is told at the end; the dashboard goes on.
    pub(crate) fn output(&mut self, bytes: &[u8], size: (u16, u16), at: Duration) {
        if self.failed.is_some() {
            return;
        }
        let at = at.saturating_sub(*self.began.get_or_insert(at));
        let resized = if size == self.size { Ok(()) } else { self.recording.resize(size.0, size.1, at) };
        self.size = size;
        self.failed = resized.and_then(|()| self.recording.output(bytes, at)).err();
    }

    /// Ends, and makes the GIF if one is wanted.
    pub(crate) fn finish(self, app: &mut App) -> Result<()> {
        if let Some(error) = self.failed {
            return Err(failure(error));
        }
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("Drawing {bar:30} {percent} %");
            ProgressBar::new(1_000).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        let options = gif::Options { theme: self.colours, ..gif::Options::default() };
        let made = self.recording.finish(&options, &mut |part| {
            if let Some(bar) = &bar {
                bar.set_position(part.into());
            }
            true
        });
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        let made = made.map_err(failure)?;
        let file = crate::ui::clean(&shown(&app.env, &made.path));
        app.ui.line(&format!("{file}: {} s, {}", made.length.as_secs(), format::bytes(made.bytes)));
        Ok(())
    }
}

fn terminal_size() -> (u16, u16) {
    let size = rustix::termios::tcgetwinsize(std::io::stdout());
    size.map_or((80, 24), |size| (size.ws_col.max(1), size.ws_row.max(1)))
}

fn failure(error: RecordError) -> CliError {
    match error {
        RecordError::Format(_) => CliError::usage(&error).fix("end the name with .cast or .gif"),
        RecordError::File(FileError::Exists(_)) => CliError::failed(&error).fix("choose another name"),
        RecordError::Size(..) => CliError::usage(&error).fix("make the terminal smaller"),
        error => CliError::external(&error).because(&error),
    }
}
