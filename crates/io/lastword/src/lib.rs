//! What a process says when it cannot go on: because a disk does not answer, or because it crashes.
//!
//! A hook of ours that ends without an answer is taken for one that has no objection. So before it does anything that may
//! fail, it leaves a last word here. A handler of signals says it and ends the process: it is called where time is up
//! (`SIGALRM`), where the program has a mistake that nothing else can take (an overflown stack, no memory, an abort), and
//! where somebody ends it.
//!
//! All that a handler may do is call the system: the word is put together before, and is never freed. A thread that waits
//! would do the same for what is late, and cost a tenth of a hook's life.
//!
//! This is the only crate with `unsafe` in it.

use std::borrow::Cow;
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering};

/// What is said, and how the process ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// On standard output.
    pub stdout: Cow<'static, str>,
    /// On standard error.
    pub stderr: Cow<'static, str>,
    /// The exit code.
    pub code: u8,
}

/// What is said where time is up, and where it crashes.
#[derive(Debug)]
struct Words {
    late: Word,
    crashed: Word,
}

static WORDS: AtomicPtr<Words> = AtomicPtr::new(ptr::null_mut());
/// Something was said: nothing else is.
static SAID: AtomicBool = AtomicBool::new(false);
/// How the process ends after that.
static CODE: AtomicI32 = AtomicI32::new(0);

/// Signals that say that the program cannot go on, or is to end.
const CRASHES: [libc::c_int; 15] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGABRT,
    libc::SIGILL,
    libc::SIGFPE,
    libc::SIGTRAP,
    libc::SIGSYS,
    libc::SIGXCPU,
    libc::SIGTERM,
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGPROF,
    libc::SIGVTALRM,
    libc::SIGUSR1,
];

/// From here on the process says one of these words in so many seconds, or when it crashes, unless it [`take`]s the word
/// before.
///
/// # Errors
/// When the system sets no handler.
pub fn leave(late: Word, crashed: Word, seconds: u32) -> io::Result<()> {
    replace(late, crashed);
    for signal in CRASHES.into_iter().chain([libc::SIGALRM]) {
        handle(signal)?;
    }
    // A file that may grow no longer is an error that can be told, and no end.
    // SAFETY: it sets what one signal does.
    if unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) } == libc::SIG_ERR {
        return Err(io::Error::last_os_error());
    }
    give(seconds);
    Ok(())
}

/// Gives the process so many seconds from now on; 0 for as long as it wants.
pub fn give(seconds: u32) {
    // SAFETY: it only sets the process's own clock.
    unsafe { libc::alarm(seconds) };
}

/// Says these words instead, from now on.
pub fn replace(late: Word, crashed: Word) {
    // What was there before may be in use by a handler, so it is never freed: a process does this a few times.
    WORDS.store(Box::into_raw(Box::new(Words { late, crashed })), Ordering::SeqCst);
}

/// Takes the word: whoever gets `true` may speak, and nothing else is said. Time does not cut it short any more; `code` is
/// how the process ends if it crashes after that.
pub fn take(code: u8) -> bool {
    CODE.store(i32::from(code), Ordering::SeqCst);
    !SAID.swap(true, Ordering::SeqCst)
}

fn handle(signal: libc::c_int) -> io::Result<()> {
    let handler: extern "C" fn(libc::c_int) = speak;
    // SAFETY: a `sigaction` of zeros is a valid one.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    // On the stack that the runtime has set aside: the usual one may have overflown.
    action.sa_flags = libc::SA_ONSTACK;
    // SAFETY: the handler calls only what a handler may call, and lives as long as the program.
    match unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The handler.
extern "C" fn speak(signal: libc::c_int) {
    let mut code = CODE.load(Ordering::SeqCst);
    let words = WORDS.load(Ordering::SeqCst);
    // SAFETY: it is null, or was made by `replace` and is never freed.
    if let Some(words) = unsafe { words.as_ref() }
        && !SAID.swap(true, Ordering::SeqCst)
    {
        let word = if signal == libc::SIGALRM { &words.late } else { &words.crashed };
        write(libc::STDOUT_FILENO, word.stdout.as_bytes());
        write(libc::STDERR_FILENO, word.stderr.as_bytes());
        code = i32::from(word.code);
    } else if signal == libc::SIGALRM {
        // Whoever took the word is speaking.
        return;
    }
    // SAFETY: it ends the process at once, without anything that a handler may not do.
    unsafe { libc::_exit(code) }
}

/// Writes all that is taken.
fn write(to: libc::c_int, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: the bytes are there, as many as are said.
        let written = unsafe { libc::write(to, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(written) {
            Ok(written) if written > 0 => bytes = bytes.get(written..).unwrap_or_default(),
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    /// What becomes of a process of its own that does this; the test's own program, told so by its arguments.
    fn process(what: &str) -> (Option<i32>, String, String) {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::in_a_process_of_its_own", "--nocapture", "--ignored"])
            .env_clear()
            .env("LAST_WORD", what)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    fn word(text: &str, code: u8) -> Word {
        Word { stdout: format!("<{text}>").into(), stderr: format!("[{text}]").into(), code }
    }

    #[test]
    #[ignore = "it ends the process: `process` runs it"]
    fn in_a_process_of_its_own() {
        #[expect(clippy::disallowed_methods, reason = "it is how the test tells this process what to do")]
        let what = std::env::var("LAST_WORD").unwrap_or_default();
        let late = if what == "late" { 1 } else { 60 };
        leave(word("late", 40), word("crashed", 41), late).unwrap();
        match what.as_str() {
            "late" => loop {
                std::thread::park();
            },
            "stack" => drop(deep(1)),
            "replaced" => {
                replace(word("late", 42), word("again", 43));
                std::process::abort();
            }
            // SAFETY: it is sent to this process alone.
            "ended" => drop(unsafe { libc::raise(libc::SIGTERM) }),
            "grown" => {
                // SAFETY: it is sent to this process alone.
                unsafe { libc::raise(libc::SIGXFSZ) };
                print!("<goes on>");
            }
            "said" => {
                assert!(take(44) && !take(44));
                std::process::abort();
            }
            "slow" => {
                assert!(take(45));
                // SAFETY: it is sent to this process alone.
                unsafe { libc::raise(libc::SIGALRM) };
                print!("<slow>");
            }
            _ => std::process::abort(),
        }
    }

    /// Goes on until there is no more stack.
    #[expect(unconditional_recursion, reason = "that is what it is for")]
    fn deep(depth: u64) -> u64 {
        std::hint::black_box(depth) + deep(depth + 1)
    }

    #[test]
    fn what_cannot_go_on_says_its_last_word() {
        for (what, code, said) in [
            ("late", 40, "late"),
            ("abort", 41, "crashed"),
            ("ended", 41, "crashed"),
            ("stack", 41, "crashed"),
            ("replaced", 43, "again"),
        ] {
            let (ended, stdout, stderr) = process(what);
            assert_eq!(ended, Some(code), "{what}: {stdout} {stderr}");
            assert!(stdout.ends_with(&format!("<{said}>")), "{what}: {stdout}");
            assert!(stderr.ends_with(&format!("[{said}]")), "{what}: {stderr}");
        }
    }

    #[test]
    fn what_has_spoken_says_nothing_more() {
        let (ended, stdout, _) = process("said");
        assert_eq!(ended, Some(44));
        assert!(!stdout.contains("<crashed>"), "{stdout}");
    }

    #[test]
    fn a_file_that_is_too_long_is_no_end() {
        let (_, stdout, _) = process("grown");
        assert!(stdout.contains("<goes on>") && !stdout.contains("<crashed>"), "{stdout}");
    }

    #[test]
    fn whoever_speaks_is_not_cut_short() {
        let (_, stdout, stderr) = process("slow");
        assert!(stdout.contains("<slow>") && !stderr.contains("[late]"), "{stdout} {stderr}");
    }
}
