//! The terminal: taken over for the dashboard, and given back whatever happens.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Once};
use std::time::Duration;

use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, Event as Input,
    poll, read,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size as terminal_size,
};
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::low_level::emulate_default_handler;

/// Takes the terminal over.
///
/// # Errors
/// When it is none, or does not take it.
pub(crate) fn take(mouse: bool) -> io::Result<()> {
    restore_on_panic();
    enable_raw_mode()?;
    let mut out = io::stdout();
    execute!(out, EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    if mouse {
        execute!(out, EnableMouseCapture)?;
    }
    out.flush()
}

/// Gives it back. Does all it can, however often it is called.
pub(crate) fn give_back() {
    let mut out = io::stdout();
    // Nobody can be told, and each is worth trying.
    drop(execute!(out, DisableMouseCapture));
    drop(execute!(out, DisableBracketedPaste, LeaveAlternateScreen, Show));
    drop(disable_raw_mode());
    drop(out.flush());
}

/// A panic is printed to a terminal that shows it.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
        }));
    });
}

/// What comes from the terminal and from signals.
#[derive(Debug)]
pub(crate) enum Arrived {
    Input(Input),
    /// Told to stop for a while by another process; the key that does is an input. Not told of while the reader is held.
    Stop,
    /// Told to end: by a signal, or because the terminal is gone.
    End,
}

/// The thread that reads the terminal. It can be held, while another program has it.
#[derive(Debug)]
pub(crate) struct Reader {
    order: UnixStream,
    held: Receiver<()>,
    go_on: Sender<()>,
}

impl Reader {
    /// Begins to read; `tell` is called for each thing that arrives.
    ///
    /// # Errors
    /// When the system gives no pipes or signal handlers.
    pub(crate) fn start(tell: impl Fn(Arrived) + Send + Sync + 'static) -> io::Result<Self> {
        let (order, orders) = UnixStream::pair()?;
        let (told_size, size) = UnixStream::pair()?;
        let (told_stop, stop) = UnixStream::pair()?;
        let (told_end, end) = UnixStream::pair()?;
        signal_hook::low_level::pipe::register(SIGWINCH, told_size)?;
        signal_hook::low_level::pipe::register(SIGTSTP, told_stop)?;
        for signal in [SIGTERM, SIGHUP, SIGINT] {
            signal_hook::low_level::pipe::register(signal, told_end.try_clone()?)?;
        }
        for stream in [&orders, &size, &stop] {
            stream.set_nonblocking(true)?;
        }
        let (tell_held, held) = channel();
        let (go_on, may_go_on) = channel();
        let pipes = Pipes { orders, size, stop, tell_held, may_go_on };
        let tell = Arc::new(tell);
        // Apart from the keys: whoever reads those may hang with the terminal.
        let ends = Arc::clone(&tell);
        thread("signals", move || {
            if io::Read::read(&mut &end, &mut [0]).is_ok() {
                ends(Arrived::End);
            }
        })?;
        thread("keys", move || pipes.read(&*tell))?;
        Ok(Self { order, held, go_on })
    }

    /// Reads nothing more until [`Reader::release`].
    pub(crate) fn hold(&mut self) {
        // If the thread is gone, nothing is read either way.
        if self.order.write_all(b"h").is_ok() {
            self.held.recv().ok();
        }
    }

    /// Reads again.
    pub(crate) fn release(&mut self) {
        self.go_on.send(()).ok();
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Nobody waits for it: of a terminal that is gone, the read may never end.
        drop(self.order.write_all(b"e"));
    }
}

fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map(drop)
}

struct Pipes {
    orders: UnixStream,
    size: UnixStream,
    stop: UnixStream,
    tell_held: Sender<()>,
    may_go_on: Receiver<()>,
}

impl Pipes {
    /// Sleeps until something arrives; ends when told to, or with the terminal.
    fn read(self, tell: &dyn Fn(Arrived)) {
        let stdin = io::stdin();
        loop {
            let mut waits = [
                PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN),
                PollFd::new(&self.orders, PollFlags::IN),
                PollFd::new(&self.size, PollFlags::IN),
                PollFd::new(&self.stop, PollFlags::IN),
            ];
            match rustix::event::poll(&mut waits, None) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => return tell(Arrived::End),
            }
            let [input, order, size, stop] = waits.map(|wait| wait.revents());
            if !order.is_empty() && !self.obey() {
                return;
            }
            // First of all: from a terminal that is gone, nothing is read without end.
            if input.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                return tell(Arrived::End);
            }
            if !size.is_empty() {
                drain(&self.size);
                // The library hears of it by a signal of its own, which may still be on its way.
                match terminal_size() {
                    Ok((columns, lines)) => tell(Arrived::Input(Input::Resize(columns, lines))),
                    Err(_) => return tell(Arrived::End),
                }
            }
            if !stop.is_empty() {
                drain(&self.stop);
                tell(Arrived::Stop);
            }
            if input.contains(PollFlags::IN) && !keys(tell) {
                return tell(Arrived::End);
            }
        }
    }

    /// Whether to go on.
    fn obey(&self) -> bool {
        let mut order = [0; 16];
        match io::Read::read(&mut &self.orders, &mut order) {
            Ok(0) => false,
            Ok(many) if order[..many].contains(&b'e') => false,
            Ok(_) => {
                let goes_on = self.tell_held.send(()).is_ok() && self.may_go_on.recv().is_ok();
                // It was told to all that had the terminal together, and the one in front has heeded it.
                drain(&self.stop);
                goes_on
            }
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }
}

fn drain(pipe: &UnixStream) {
    let mut bytes = [0; 64];
    while io::Read::read(&mut &*pipe, &mut bytes).is_ok_and(|many| many > 0) {}
}

/// Everything that can be read now; whether the terminal is still there.
fn keys(tell: &dyn Fn(Arrived)) -> bool {
    loop {
        match poll(Duration::ZERO) {
            Ok(false) => return true,
            Ok(true) => match read() {
                Ok(input) => tell(Arrived::Input(input)),
                Err(_) => return false,
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

/// Runs a program that has the terminal meanwhile, and does as it does: where it stops for a while, as on a key of its
/// own, whoever started us would otherwise never have the terminal. They go on together.
///
/// # Errors
/// When it cannot be run.
pub(crate) fn run_in_front(command: &mut Command) -> io::Result<ExitStatus> {
    let child = command.spawn()?;
    let pid = Pid::from_child(&child);
    loop {
        match waitpid(Some(pid), WaitOptions::UNTRACED) {
            Ok(Some((_, status))) if status.stopped() => {
                emulate_default_handler(SIGTSTP)?;
                // One that went on with us does not mind.
                kill_process(pid, Signal::CONT).ok();
            }
            Ok(Some((_, status))) => return Ok(ExitStatus::from_raw(status.as_raw())),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
