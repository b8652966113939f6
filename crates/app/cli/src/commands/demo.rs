//! `claudectl demo`: the dashboard over a fleet that does not exist.

use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use claudectl_tui::demo::Demo;
use claudectl_tui::{Ask, Dashboard, Event, Level, Outside, Reply, Told, Turn};

use crate::app::App;
use crate::commands::dashboard::{Look, is_interactive, no_terminal};
use crate::dashboard::{self, Recorder};
use crate::env::Env;
use crate::error::{CliError, Result};
use crate::live;

/// Show the dashboard over a made-up fleet: nothing is read, nothing is written, no process is signalled.
///
/// Eight sessions live by a script of a minute: one asks for permission, one has a question, one meets a rate limit.
/// All keys work; those that would do something to a session say so instead.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    look: Look,
}

/// What is used changes so often.
const USAGE: Duration = Duration::from_secs(2);

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    if app.ui.json || !is_interactive(app) {
        let why = if app.ui.json { "it is a screen, and JSON was asked for" } else { no_terminal(app) };
        return Err(CliError::usage("the demo needs a terminal")
            .why(why)
            .fix("run `claudectl demo` in a terminal; elsewhere, `claudectl ls` lists sessions"));
    }
    let now = app.env.now_ms()?;
    let (sender, events) = channel();
    let demo = Demo::new(now);
    play(demo, app.env.clone(), sender.clone());
    let setup = args.look.setup();
    let dashboard = Dashboard::new(dashboard::options(app, &setup), now);
    let recorder = Recorder::start(app, &setup)?;
    dashboard::end_after(setup.duration, &sender);
    let mut stage =
        Stage { env: app.env.clone(), now, demo, sender: sender.clone(), recorder, began: live::now() };
    let ran = claudectl_tui::run(dashboard, (sender, events), &mut stage, app.config.dashboard.mouse);
    dashboard::finish(ran)?;
    stage.recorder.take().map_or(Ok(()), |recorder| recorder.finish(app))
}

/// Tells what the script says, when it says it.
fn play(demo: Demo, env: Env, sender: Sender<Told>) {
    std::thread::spawn(move || {
        let mut clock = env.now_ms().unwrap_or_default();
        loop {
            let look = Event::Look(Box::new(demo.look(clock)));
            if sender.send(look.into()).is_err()
                || sender.send(Event::Usage(demo.usages(clock)).into()).is_err()
            {
                return;
            }
            let left = demo.next(clock).saturating_sub(clock).max(1);
            live::pause(USAGE.min(Duration::from_millis(left.unsigned_abs())));
            clock = env.now_ms().unwrap_or(clock);
        }
    });
}

struct Stage {
    env: Env,
    now: i64,
    demo: Demo,
    sender: Sender<Told>,
    recorder: Option<Recorder>,
    began: Instant,
}

impl Stage {
    fn tell(&self, event: Event) -> Reply {
        // The dashboard that asks is there to be told.
        self.sender.send(event.into()).ok();
        Reply::Nothing
    }

    fn turn(&self, session: String, agent: Option<&str>, turn: &Turn) -> Event {
        match self.demo.turn(&session, agent, turn, self.now()) {
            Some(page) => Event::Story(Box::new(page)),
            None if matches!(turn, Turn::Find { .. }) => Event::NotFound { session, reached: None },
            None => Event::Unread { session, why: "it has no transcript".to_owned() },
        }
    }
}

impl Outside for Stage {
    fn now(&self) -> i64 {
        self.env.now_ms().unwrap_or(self.now)
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn ask(&mut self, ask: Ask) -> Reply {
        let made_up = |what: &str| Reply::Say(Level::Info, format!("this is a demo: {what}"));
        match ask {
            Ask::Quit | Ask::Suspend => Reply::Nothing,
            Ask::Look => self.tell(Event::Look(Box::new(self.demo.look(self.now())))),
            Ask::Spend(days) => self.tell(Event::Spend(Box::new(self.demo.spend(days, self.now())))),
            Ask::Money(session) => match self.demo.money(&session, self.now()) {
                Some(money) => self.tell(Event::Money(Box::new(money))),
                None => Reply::Nothing,
            },
            Ask::Review => self.tell(Event::Review(Box::new(self.demo.review(self.now())))),
            Ask::Accept(_) => made_up("nothing is done"),
            Ask::Correct { .. } => made_up("nothing is learned"),
            Ask::Told => self.tell(Event::Told(Box::new(self.demo.told(self.now())))),
            Ask::Story { session, agent, turn } => {
                let event = self.turn(session, agent.as_deref(), &turn);
                self.tell(event)
            }
            Ask::Search(query) => self.tell(Event::Found(Box::new(self.demo.found(&query, self.now())))),
            Ask::Prompt(session) => match self.demo.prompt(&session, self.now()) {
                Some(prompt) => self.tell(Event::Prompt(Box::new(prompt))),
                None => made_up("it asks nothing"),
            },
            Ask::Standing(prompt) => {
                let standing = self.demo.standing(&prompt, self.now());
                self.tell(Event::Standing(prompt.nonce, Some(standing)))
            }
            Ask::Answer(..) => made_up("nobody waits for an answer"),
            Ask::Jump(_) => made_up("its sessions have no terminals"),
            Ask::Stop(_) => made_up("nothing is ended"),
            Ask::Reel(_) => made_up("no reel is made"),
        }
    }

    fn output(&mut self, bytes: &[u8], size: (u16, u16)) {
        let at = self.elapsed();
        if let Some(recorder) = &mut self.recorder {
            recorder.output(bytes, size, at);
        }
    }

    fn drawn(&mut self, _: Duration) {}
}
