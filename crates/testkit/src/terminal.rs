//! A terminal of our own: a program runs in it as in any other, and what it shows can be read as a screen.
//!
//! Unlike [`Tmux`](crate::Tmux) it needs no other program, tells of each change when it comes, and keeps every byte.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::must::must;
use crate::wait::{now_ms, wait_for};
use crate::world::Cmd;

/// A program in a terminal; ended on drop.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    shown: Arc<Shown>,
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminal").field("screen", &self.screen()).finish_non_exhaustive()
    }
}

struct Shown {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    /// A frame has begun, by the marks that programs set around one, and not ended.
    half: bool,
    over: bool,
}

/// The marks around a frame.
const FRAME: [&[u8]; 2] = [b"\x1b[?2026h", b"\x1b[?2026l"];

impl State {
    fn take(&mut self, bytes: &[u8]) {
        let known = self.bytes.len().saturating_sub(FRAME[0].len());
        self.parser.process(bytes);
        self.bytes.extend_from_slice(bytes);
        let new = &self.bytes[known..];
        let last = FRAME.map(|mark| new.windows(mark.len()).rposition(|part| part == mark));
        if last != [None, None] {
            self.half = last[0] > last[1];
        }
    }
}

impl Shown {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Terminal {
    /// Runs a command in a terminal of a size. `TERM` is `xterm-256color` unless the command sets another.
    #[track_caller]
    pub fn start(cmd: &Cmd, columns: u16, lines: u16) -> Self {
        let pty = must(native_pty_system().openpty(size(columns, lines)), "making a terminal");
        let command = cmd.to_command();
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        builder.env_clear();
        builder.env("TERM", "xterm-256color");
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                builder.env(name, value);
            }
        }
        if let Some(cwd) = command.get_current_dir() {
            builder.cwd(cwd);
        }
        let child = must(pty.slave.spawn_command(builder), "starting a program in a terminal");
        drop(pty.slave);
        let mut reader = must(pty.master.try_clone_reader(), "reading a terminal");
        let writer = must(pty.master.take_writer(), "writing to a terminal");
        let state = State {
            parser: vt100::Parser::new(at_least_one(lines), at_least_one(columns), 0),
            bytes: Vec::new(),
            half: false,
            over: false,
        };
        let shown = Arc::new(Shown { state: Mutex::new(state), changed: Condvar::new() });
        let into = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 64 * 1024];
            loop {
                let read = reader.read(&mut bytes);
                let mut state = into.lock();
                match read {
                    Ok(count) if count > 0 => state.take(&bytes[..count]),
                    _ => state.over = true,
                }
                let over = state.over;
                drop(state);
                into.changed.notify_all();
                if over {
                    return;
                }
            }
        });
        Self { master: pty.master, writer, child, shown }
    }

    /// The program's process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap_or(0)
    }

    /// Types bytes: keys are what terminals send for them, `\r` for Enter.
    #[track_caller]
    pub fn send(&mut self, keys: impl AsRef<[u8]>) {
        must(self.writer.write_all(keys.as_ref()), "typing");
        must(self.writer.flush(), "typing");
    }

    /// Types, where the program may have ended meanwhile. Whether it took it.
    pub fn try_send(&mut self, keys: impl AsRef<[u8]>) -> bool {
        self.writer.write_all(keys.as_ref()).and_then(|()| self.writer.flush()).is_ok()
    }

    /// Makes it another size.
    pub fn resize(&mut self, columns: u16, lines: u16) {
        self.shown.lock().parser.screen_mut().set_size(at_least_one(lines), at_least_one(columns));
        // A program that has ended needs no size.
        drop(self.master.resize(size(columns, lines)));
    }

    /// What it shows, as text.
    pub fn screen(&self) -> String {
        contents(&self.shown.lock())
    }

    /// Every byte that the program has written.
    pub fn bytes(&self) -> Vec<u8> {
        self.shown.lock().bytes.clone()
    }

    /// Whether the program has the second screen, which gives back what was there before.
    pub fn is_alternate(&self) -> bool {
        self.shown.lock().parser.screen().alternate_screen()
    }

    /// Whether the program has let go of the terminal: it has ended.
    pub fn is_over(&self) -> bool {
        self.shown.lock().over
    }

    /// Waits until the screen is as wanted, looking at each change of it. Says when it was, milliseconds since the
    /// epoch; `None` when it did not come in time, or the program ended without it.
    pub fn until(&self, patience: Duration, mut wanted: impl FnMut(&str) -> bool) -> Option<i64> {
        let end = now_ms() + i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        let mut state = self.shown.lock();
        loop {
            if (!state.half || state.over) && wanted(&contents(&state)) {
                return Some(now_ms());
            }
            let left = u64::try_from(end - now_ms()).ok().filter(|left| *left > 0)?;
            if state.over {
                return None;
            }
            let waited = self.shown.changed.wait_timeout(state, Duration::from_millis(left));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the screen holds a text, and gives the screen.
    #[track_caller]
    pub fn shows(&self, text: &str) -> String {
        match self.until(PATIENCE, |screen| screen.contains(text)) {
            Some(_) => self.screen(),
            None => panic!("the screen never showed {text:?}:\n{}", self.screen()),
        }
    }

    /// Waits for the program's end, and gives its exit code.
    #[track_caller]
    pub fn ends(&mut self) -> u32 {
        let ended = wait_for(PATIENCE, || self.child.try_wait().ok().flatten());
        match ended {
            Some(status) => {
                // What it wrote last is still on its way.
                let over = wait_for(Duration::from_secs(5), || self.shown.lock().over.then_some(()));
                assert!(over.is_some(), "the terminal stays open:\n{}", self.screen());
                status.exit_code()
            }
            None => panic!("the program does not end:\n{}", self.screen()),
        }
    }
}

/// How long a screen may take: a machine that runs other tests is slow.
const PATIENCE: Duration = Duration::from_secs(60);

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn size(columns: u16, lines: u16) -> PtySize {
    PtySize { rows: lines, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn at_least_one(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap_or(NonZero::<u16>::MIN)
}

fn contents(state: &State) -> String {
    state.parser.screen().contents()
}
