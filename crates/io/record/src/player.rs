//! A cast, played: which screens follow each other, and when.

use std::io::BufRead;
use std::time::Duration;

use avt::Terminal;

use crate::cast::{Event, Reader};
use crate::error::RecordError;

/// The largest screen that is drawn, in columns and rows: more is a mistake, or meant to do harm.
const MAX_SIZE: (usize, usize) = (600, 300);

/// The longest pause that is played, whoever asks for it.
const MAX_PAUSE: Duration = Duration::from_secs(3_600);

/// How time passes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// So many times as fast.
    pub(crate) speed: f64,
    /// Longer pauses are cut to this.
    pub(crate) idle: Duration,
    /// What happens within this is one screen.
    pub(crate) frame: Duration,
}

/// Plays a cast, screen by screen.
pub(crate) struct Player<R> {
    reader: Reader<R>,
    terminal: Terminal,
    pace: Pace,
    /// When the last event was, in the recording and as it is played.
    at: (Duration, Duration),
    /// An event that belongs to the next screen, and when it is played.
    next: Option<(Duration, Event)>,
}

impl<R: BufRead> Player<R> {
    pub(crate) fn new(from: R, pace: Pace) -> Result<Self, RecordError> {
        let reader = Reader::new(from)?;
        let (columns, rows) = (usize::from(reader.header().width), usize::from(reader.header().height));
        check_size(columns, rows)?;
        let terminal = Terminal::new(columns, rows).map_err(|_| RecordError::Size(columns, rows))?;
        Ok(Self { reader, terminal, pace, at: Default::default(), next: None })
    }

    pub(crate) fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Bytes of the cast that were read.
    pub(crate) fn bytes(&self) -> u64 {
        self.reader.bytes()
    }

    /// When the last event was played.
    pub(crate) fn now(&self) -> Duration {
        self.at.1
    }

    /// Goes on to the next screen and says when it is first seen; `None` at the end.
    pub(crate) fn frame(&mut self) -> Result<Option<Duration>, RecordError> {
        let mut begun: Option<Duration> = None;
        while let Some((at, event)) = self.take()? {
            let first = *begun.get_or_insert(at);
            if at > first && at - first >= self.pace.frame {
                self.next = Some((at, event));
                break;
            }
            self.apply(event)?;
        }
        Ok(begun)
    }

    /// The next event that changes a screen, and when it is played.
    fn take(&mut self) -> Result<Option<(Duration, Event)>, RecordError> {
        if let Some(next) = self.next.take() {
            return Ok(Some(next));
        }
        while let Some((at, event)) = self.reader.event()? {
            if event == Event::Other {
                continue;
            }
            let pause = at.saturating_sub(self.at.0).min(self.pace.idle).min(MAX_PAUSE);
            let played = pause.div_f64(self.pace.speed.clamp(0.01, 1000.0));
            self.at = (at.max(self.at.0), self.at.1.saturating_add(played));
            return Ok(Some((self.at.1, event)));
        }
        Ok(None)
    }

    fn apply(&mut self, event: Event) -> Result<(), RecordError> {
        match event {
            Event::Output(text) => self.terminal.feed(text.as_str()),
            Event::Resize(columns, rows) => {
                let (columns, rows) = (usize::from(columns), usize::from(rows));
                check_size(columns, rows)?;
                self.terminal.resize(columns, rows);
            }
            Event::Other => {}
        }
        Ok(())
    }
}

fn check_size(columns: usize, rows: usize) -> Result<(), RecordError> {
    let fits = (1..=MAX_SIZE.0).contains(&columns) && (1..=MAX_SIZE.1).contains(&rows);
    if fits { Ok(()) } else { Err(RecordError::Size(columns, rows)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { speed: 2.0, idle: Duration::from_secs(4), frame: Duration::from_millis(100) };

    fn played(events: &str) -> Result<Vec<(u128, String)>, RecordError> {
        let cast = format!("{{\"version\":2,\"width\":10,\"height\":2}}\n{events}");
        let mut player = Player::new(cast.as_bytes(), PACE)?;
        let mut frames = Vec::new();
        while let Some(at) = player.frame()? {
            frames.push((at.as_millis(), player.terminal().screen().text().concat().trim().to_owned()));
        }
        Ok(frames)
    }

    #[test]
    fn screens_follow_each_other() {
        let cast = "[1.0,\"o\",\"a\"]\n[1.1,\"o\",\"b\"]\n[1.15,\"m\",\"x\"]\n[1.25,\"o\",\"c\"]\n[60.0,\"o\",\"d\"]\n[59.0,\"o\",\"e\"]\n";
        let frames = played(cast).unwrap();
        let told: Vec<_> = frames.iter().map(|(at, text)| (*at, text.as_str())).collect();
        assert_eq!(told, [(500, "ab"), (625, "abc"), (2625, "abcde")], "twice as fast, the pause cut");
        assert_eq!(played("").unwrap(), []);
    }

    #[test]
    fn sizes_that_cannot_be_drawn() {
        for size in ["0x5", "5x0", "601x5", "5x65535"] {
            assert!(
                matches!(played(&format!("[0,\"r\",\"{size}\"]\n")), Err(RecordError::Size(..))),
                "{size}"
            );
        }
        assert!(played("[0,\"r\",\"20x5\"]\n[1,\"o\",\"a long line of text\"]\n").is_ok());
        let wide = "{\"version\":2,\"width\":9999,\"height\":2}\n";
        assert!(matches!(Player::new(wide.as_bytes(), PACE), Err(RecordError::Size(9999, 2))));
    }
}
