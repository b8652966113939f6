//! The loop: what arrives is taken in, what is wanted is asked for, and what changed is drawn.
//!
//! It sleeps until something arrives or time changes what is shown. Each frame goes out in one write.

use std::cell::RefCell;
use std::io::{self, Write};
use std::process::Command;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::Event as Input;
use ratatui::crossterm::queue;
use ratatui::crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::layout::Rect;

use crate::dashboard::{Ask, Dashboard, Event, Level};
use crate::terminal::{self, Arrived, Reader};

/// The world around the dashboard.
pub trait Outside {
    /// The time, milliseconds since the epoch.
    fn now(&self) -> i64;

    /// Time that only goes forward, since some moment.
    fn elapsed(&self) -> Duration;

    /// Does what is wanted, or begins to: what takes long is told later, as an [`Event`].
    fn ask(&mut self, ask: Ask) -> Reply;

    /// The bytes of a frame have gone to the terminal, which is so many columns and lines large.
    fn output(&mut self, bytes: &[u8], size: (u16, u16));

    /// A frame was made in so long.
    fn drawn(&mut self, took: Duration);
}

/// What came of a wish at once.
#[derive(Debug)]
pub enum Reply {
    /// Nothing to see.
    Nothing,
    /// Something to be said.
    Say(Level, String),
    /// A program that wants the terminal; the dashboard steps aside until it has ended.
    Foreground(Command),
}

/// What keeps the dashboard from running.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The terminal does not take it.
    #[error("cannot use the terminal")]
    Terminal(#[source] io::Error),
}

/// Runs the dashboard until it is left. `events` brings what comes from outside, and `sender` is its other end.
///
/// # Errors
/// When the terminal cannot be used. It is given back in any case.
pub fn run(
    mut dashboard: Dashboard,
    (sender, events): (Sender<Told>, Receiver<Told>),
    outside: &mut dyn Outside,
    mouse: bool,
) -> Result<(), RunError> {
    let reader = Reader::start(move |arrived| {
        let told = match arrived {
            Arrived::Input(input) => Told::Event(Event::Input(input)),
            Arrived::Stop => Told::Stop,
            Arrived::End => Told::End,
        };
        // Nobody listens any more: the dashboard was left.
        drop(sender.send(told));
    });
    let mut reader = reader.map_err(RunError::Terminal)?;
    terminal::take(mouse).map_err(RunError::Terminal)?;
    let ran =
        Loop::new(outside).and_then(|mut around| around.go(&mut dashboard, &events, &mut reader, mouse));
    terminal::give_back();
    ran.map_err(RunError::Terminal)
}

/// What the loop is told.
#[derive(Debug)]
pub enum Told {
    /// Something for the dashboard.
    Event(Event),
    /// Bytes for the terminal itself: a bell, a note.
    Bytes(Vec<u8>),
    /// To stop for a while.
    Stop,
    /// To end.
    End,
}

impl From<Event> for Told {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}

struct Loop<'a> {
    outside: &'a mut dyn Outside,
    frames: Frames,
    terminal: Terminal<CrosstermBackend<Frames>>,
}

impl<'a> Loop<'a> {
    fn new(outside: &'a mut dyn Outside) -> io::Result<Self> {
        let frames = Frames::default();
        let terminal = Terminal::new(CrosstermBackend::new(frames.clone()))?;
        Ok(Self { outside, frames, terminal })
    }

    fn go(
        &mut self,
        dashboard: &mut Dashboard,
        events: &Receiver<Told>,
        reader: &mut Reader,
        mouse: bool,
    ) -> io::Result<()> {
        self.afresh()?;
        self.draw(dashboard)?;
        loop {
            let wait = dashboard.due().saturating_sub(self.outside.now()).max(1);
            let first = match events.recv_timeout(Duration::from_millis(wait.unsigned_abs())) {
                Ok(told) => told,
                Err(RecvTimeoutError::Timeout) => Told::Event(Event::Time),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            let mut next = Some(first);
            while let Some(told) = next {
                let event = match told {
                    Told::Event(event) => event,
                    Told::Bytes(bytes) => {
                        let mut out = io::stdout();
                        out.write_all(&bytes)?;
                        out.flush()?;
                        Event::Time
                    }
                    Told::Stop => {
                        self.ask(dashboard, Ask::Suspend, reader, mouse)?;
                        Event::Time
                    }
                    Told::End => return Ok(()),
                };
                if let Event::Input(Input::Resize(..)) = &event {
                    // What the terminal made of the old frame is nobody's to know.
                    self.afresh()?;
                }
                let now = self.outside.now();
                for ask in dashboard.event(event, now) {
                    if ask == Ask::Quit {
                        return Ok(());
                    }
                    self.ask(dashboard, ask, reader, mouse)?;
                }
                next = events.try_recv().ok();
            }
            self.draw(dashboard)?;
        }
    }

    fn ask(
        &mut self,
        dashboard: &mut Dashboard,
        ask: Ask,
        reader: &mut Reader,
        mouse: bool,
    ) -> io::Result<()> {
        if ask == Ask::Suspend {
            return self.aside(reader, mouse, || {
                signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
            });
        }
        match self.outside.ask(ask) {
            Reply::Nothing => {}
            Reply::Say(level, text) => dashboard.say(level, text),
            Reply::Foreground(mut command) => {
                let mut ended = None;
                self.aside(reader, mouse, || {
                    ended = Some(terminal::run_in_front(&mut command));
                    Ok(())
                })?;
                let name = command.get_program().to_string_lossy().into_owned();
                match ended {
                    Some(Ok(status)) if !status.success() => {
                        dashboard.say(Level::Alarm, format!("{name} ended with {status}"));
                    }
                    Some(Err(error)) => dashboard.say(Level::Alarm, format!("cannot run {name}: {error}")),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Gives the terminal away for a while.
    fn aside(
        &mut self,
        reader: &mut Reader,
        mouse: bool,
        meanwhile: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        reader.hold();
        terminal::give_back();
        let done = meanwhile();
        terminal::take(mouse)?;
        reader.release();
        self.afresh()?;
        done
    }

    /// Clears the screen, whatever its size is now; the next frame is drawn whole. (`Terminal::clear` would ask the
    /// terminal for its cursor, whose answer the thread that reads keys may take.)
    fn afresh(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    fn draw(&mut self, dashboard: &mut Dashboard) -> io::Result<()> {
        let before = self.outside.elapsed();
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| dashboard.draw(frame))?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        let frame = self.frames.send()?;
        let size = self.terminal.size()?;
        self.outside.drawn(self.outside.elapsed().saturating_sub(before));
        self.outside.output(&frame, (size.width, size.height));
        Ok(())
    }
}

/// Collects a frame, so that it goes out in one piece.
#[derive(Debug, Clone, Default)]
struct Frames(Rc<RefCell<Vec<u8>>>);

impl Frames {
    fn send(&self) -> io::Result<Vec<u8>> {
        let frame = self.0.take();
        let mut out = io::stdout().lock();
        out.write_all(&frame)?;
        out.flush()?;
        Ok(frame)
    }
}

impl Write for Frames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// The backend flushes several times in a frame.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
