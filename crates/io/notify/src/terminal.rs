//! Notices in the terminal: the bell, and the two escape sequences that terminals show notifications by.
//!
//! Only bytes are made here; whose terminal it is writes them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use claudectl_fleet::notice::Notice;

use crate::{Failure, Sink};

/// Writes bytes to a terminal.
pub type Write = Arc<Mutex<Box<dyn Fn(&[u8]) + Send>>>;

/// How a terminal tells.
#[derive(Clone)]
pub enum Terminal {
    /// The bell.
    Bell(Write),
    /// OSC 9: iTerm2, Windows Terminal, WezTerm, Ghostty, kitty.
    Osc9(Write),
    /// OSC 777: rxvt, foot, WezTerm, Ghostty.
    Osc777(Write),
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bell(_) => "Bell",
            Self::Osc9(_) => "Osc9",
            Self::Osc777(_) => "Osc777",
        })
    }
}

impl Terminal {
    /// What is written for a notice.
    #[must_use]
    pub fn bytes(&self, notice: &Notice) -> Vec<u8> {
        // A semicolon ends a field, and in OSC 9 makes it another command.
        let plain = |text: &str| {
            let safe = |letter: char| !letter.is_control() && !('\u{80}'..='\u{9f}').contains(&letter);
            text.chars().filter(|letter| safe(*letter)).collect::<String>().replace(';', ",")
        };
        let (title, text) = (plain(&notice.title), plain(&notice.text));
        match self {
            Self::Bell(_) => b"\x07".to_vec(),
            Self::Osc9(_) if text.is_empty() => format!("\x1b]9;{title}\x07").into_bytes(),
            Self::Osc9(_) => format!("\x1b]9;{title} - {text}\x07").into_bytes(),
            Self::Osc777(_) => format!("\x1b]777;notify;{title};{text}\x1b\\").into_bytes(),
        }
    }
}

impl Sink for Terminal {
    fn deliver(&self, notice: &Notice, _: i64) -> Result<(), Failure> {
        let (Self::Bell(write) | Self::Osc9(write) | Self::Osc777(write)) = self;
        write.lock().unwrap_or_else(PoisonError::into_inner)(&self.bytes(notice));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::tests::notice;

    #[test]
    fn a_notice_is_one_sequence_whatever_stands_in_it() {
        let written: Arc<Mutex<Vec<u8>>> = Arc::default();
        let into = Arc::clone(&written);
        let write: Write =
            Arc::new(Mutex::new(Box::new(move |bytes| into.lock().unwrap().extend_from_slice(bytes))));
        let mut evil = notice("evt_1");
        evil.title = "4;3;9\u{7}\u{1b}]0;x\u{9c}".to_owned();
        evil.text = "a;b".to_owned();
        for sink in [Terminal::Bell(write.clone()), Terminal::Osc9(write.clone()), Terminal::Osc777(write)] {
            sink.deliver(&evil, 0).unwrap();
        }
        let expected = "\x07\x1b]9;4,3,9]0,x - a,b\x07\x1b]777;notify;4,3,9]0,x;a,b\x1b\\";
        assert_eq!(String::from_utf8(written.lock().unwrap().clone()).unwrap(), expected);
    }
}
