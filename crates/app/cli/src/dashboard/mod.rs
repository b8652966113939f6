//! Brings the dashboard together with the world: who looks, who adds up, who measures, and what its wishes do.

mod accounts;
mod answering;
mod finder;
pub(crate) mod jump;
mod looker;
mod reader;
mod recorder;
mod review;
mod sampler;

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use claudectl_tui::{
    Ask, Dashboard, Event, Glyphs, Level, Options, Outside, Reply, RunError, Sort, Theme, Told,
};

use crate::app::App;
use crate::env::Env;
use crate::error::{CliError, Kind, Result};
use crate::live;
use crate::reel;
use crate::stopping::{self, Wish};

use accounts::Accounts;
use finder::Finder;
use looker::Looker;
use reader::Reader;

pub(crate) use looker::Outlet;
pub(crate) use recorder::Recorder;

/// What was asked for on the command line.
#[derive(Debug, Default, Clone)]
pub(crate) struct Setup {
    pub(crate) theme: Option<Theme>,
    pub(crate) ascii: bool,
    pub(crate) sort: Option<Sort>,
    /// The file to record to.
    pub(crate) record: Option<PathBuf>,
    /// It ends by itself after so long.
    pub(crate) duration: Option<Duration>,
}

/// Runs the dashboard until it is left.
pub(crate) fn run(app: &mut App, setup: &Setup) -> Result<()> {
    let (sender, events) = channel();
    let recorder = Recorder::start(app, setup)?;
    end_after(setup.duration, &sender);
    let dashboard = Dashboard::new(options(app, setup), app.env.now_ms()?);
    let outlet = Outlet::new(sender.clone());
    let looker = Looker::start(app, outlet.clone())?;
    let accounts = Accounts::start(app, outlet.clone());
    let reader = Reader::start(app, outlet.clone());
    let finder = Finder::start(app, outlet.clone());
    let app_aside = app.aside(outlet.warnings());
    let began = live::now();
    let mut here = Here { app: app_aside, looker, accounts, reader, finder, outlet, recorder, began };
    let ran = claudectl_tui::run(dashboard, (sender, events), &mut here, app.config.dashboard.mouse);
    here.looker.stop();
    let recorder = here.recorder.take();
    finish(ran)?;
    recorder.map_or(Ok(()), |recorder| recorder.finish(app))
}

/// Ends the dashboard by itself.
pub(crate) fn end_after(duration: Option<Duration>, sender: &Sender<Told>) {
    let Some(duration) = duration else { return };
    let sender = sender.clone();
    std::thread::spawn(move || {
        live::pause(duration);
        // It may have been left before.
        sender.send(Told::End).ok();
    });
}

/// What a run came to.
pub(crate) fn finish(ran: std::result::Result<(), RunError>) -> Result<()> {
    ran.map_err(|error| match error {
        RunError::Terminal(source) => CliError::new(Kind::External, error_text(&source)).why(source),
    })
}

fn error_text(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotConnected | std::io::ErrorKind::BrokenPipe => "the terminal has gone",
        _ => "cannot use the terminal",
    }
}

/// How it is to look: by the command line, else the configuration, else what the environment says of the terminal.
pub(crate) fn options(app: &App, setup: &Setup) -> Options {
    let config = &app.config.dashboard;
    let theme = setup.theme.or_else(|| config.theme.as_deref().and_then(Theme::named));
    let plain = app.env.no_color || app.env.dumb_terminal;
    Options {
        theme: theme.unwrap_or(if plain { Theme::None } else { Theme::Dark }),
        glyphs: if setup.ascii { Glyphs::Ascii } else { glyphs(app) },
        sort: setup.sort.or_else(|| Sort::named(&config.sort)).unwrap_or_default(),
        grouped: config.grouped,
        high_context: app.config.context.warn_pct.into(),
        zone: app.zone.clone(),
        home: app.env.home.as_ref().map(|home| home.display().to_string()),
    }
}

/// Which signs are drawn, on a whole screen and in reports: by the configuration, else by what the terminal shows.
pub(crate) fn glyphs(app: &App) -> Glyphs {
    let ascii = app.config.dashboard.ascii.unwrap_or_else(|| !shows_unicode(&app.env));
    if ascii { Glyphs::Ascii } else { Glyphs::Full }
}

/// Whether the terminal shows more than ASCII: its character set is UTF-8, and it is not the kernel's own, whose font
/// lacks the signs.
fn shows_unicode(env: &Env) -> bool {
    env.utf8_locale && !env.linux_console && !env.dumb_terminal
}

struct Here {
    app: App,
    looker: Looker,
    accounts: Accounts,
    reader: Reader,
    finder: Finder,
    outlet: Outlet,
    recorder: Option<Recorder>,
    began: Instant,
}

impl Outside for Here {
    fn now(&self) -> i64 {
        // A time that cannot be read was told when the program began.
        self.app.env.now_ms().unwrap_or(self.app.now)
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn ask(&mut self, ask: Ask) -> Reply {
        match ask {
            Ask::Quit | Ask::Suspend => Reply::Nothing,
            Ask::Look => {
                self.looker.look();
                Reply::Nothing
            }
            Ask::Spend(days) => {
                self.accounts.spend(days);
                Reply::Nothing
            }
            Ask::Money(session) => {
                self.accounts.money(session);
                Reply::Nothing
            }
            Ask::Told => {
                self.accounts.told();
                Reply::Nothing
            }
            Ask::Review => {
                self.accounts.review();
                Reply::Nothing
            }
            Ask::Accept(id) => {
                self.beside(move |app| review::accept(app, &id));
                Reply::Nothing
            }
            Ask::Correct { session, call, wanted } => {
                let outlet = self.outlet.clone();
                self.beside(move |app| {
                    review::correct(app, &session, &call, wanted).or_else(|error| {
                        // What was shown as said was not taken: it is shown as it stands.
                        outlet.tell(said(&error));
                        review::of(app)
                    })
                });
                Reply::Nothing
            }
            Ask::Story { session, agent, turn } => {
                self.reader.read(session, agent, turn);
                Reply::Nothing
            }
            Ask::Search(query) => {
                self.finder.search(query);
                Reply::Nothing
            }
            Ask::Jump(session) => jump::to(&self.app, &session),
            Ask::Prompt(session) => {
                self.beside(move |app| answering::prompt(app, &session));
                Reply::Nothing
            }
            Ask::Standing(prompt) => {
                self.beside(move |app| Ok(answering::standing(app, &prompt)));
                Reply::Nothing
            }
            Ask::Answer(prompt, answer) => {
                self.beside(move |app| answering::answer(app, &prompt, answer));
                Reply::Nothing
            }
            Ask::Stop(session) => {
                self.beside(move |app| Ok(done(stopping::end(app, &Wish::of(&session))?.told()?)));
                Reply::Nothing
            }
            Ask::Reel(session) => {
                self.beside(move |app| Ok(done(reel::session::beside(app, &session)?)));
                Reply::Say(Level::Info, "making a highlight reel ...".to_owned())
            }
        }
    }

    fn output(&mut self, bytes: &[u8], size: (u16, u16)) {
        let at = self.elapsed();
        if let Some(recorder) = &mut self.recorder {
            recorder.output(bytes, size, at);
        }
    }

    fn drawn(&mut self, took: Duration) {
        tracing::debug!(micros = took.as_micros(), "frame");
    }
}

impl Here {
    /// Does something that takes its time beside the dashboard, and says what came of it.
    fn beside(&self, work: impl FnOnce(&App) -> Result<Event> + Send + 'static) {
        let mut app = self.app.aside(self.outlet.warnings());
        // The dashboard may have been open for long.
        app.now = self.now();
        let outlet = self.outlet.clone();
        std::thread::spawn(move || {
            outlet.tell(match work(&app) {
                Ok(event) => event,
                Err(error) => said(&error),
            });
        });
    }
}

/// What was done, for the line at the foot.
fn done(text: impl AsRef<str>) -> Event {
    Event::Say(Level::Info, text.as_ref().trim_end_matches([':', '.']).to_owned())
}

/// An error for the line at the foot.
fn said(error: &CliError) -> Event {
    Event::Say(Level::Alarm, text_of(error))
}

/// An error in a line.
fn text_of(error: &CliError) -> String {
    let more = [&error.why, &error.fix].into_iter().flatten().map(String::as_str);
    let text: Vec<&str> = std::iter::once(error.what.as_str()).chain(more).collect();
    text.join("; ")
}

impl From<Event> for looker::Sent {
    fn from(event: Event) -> Self {
        Self(Told::Event(event))
    }
}
