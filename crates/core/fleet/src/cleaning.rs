//! Which sessions' transcripts may be put away, and why the others stay.
//!
//! A wrong "yes" takes a conversation from under a person who is in the middle of it, so whatever is not certain is a
//! "no".

use claudectl_transcript::time::Millis;
use serde::Serialize;

/// What was written to within this is left alone, however short the wanted age: a client may be about to write.
pub const MARGIN_MS: i64 = 60 * 60 * 1000;

/// What is known of a session's files, and of who may be using them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// When its last row was made.
    pub last_row_at: Option<Millis>,
    /// When any of its files was last changed.
    pub changed_at: Option<Millis>,
    /// When a hook of it was last called.
    pub hooked_at: Option<Millis>,
    /// A client runs it, or cannot be proven not to: which, in words.
    pub alive: Option<String>,
    /// Its files are a conversation's.
    pub is_session: bool,
    /// Something among its files is no plain file, or has a name that cannot be written down: which.
    pub odd: Option<String>,
    /// It belongs to a wanted project.
    pub wanted: bool,
    /// It came to an end, rather than to a stop in the middle of a turn.
    pub ended: bool,
}

/// Which sessions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Those that have been still for longer than this, milliseconds.
    pub older_than: i64,
    /// Only those that came to an end.
    pub ended: bool,
}

/// Why a session stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason", content = "detail")]
pub enum Stays {
    /// It is of another project.
    NotWanted,
    /// It moved more lately than that.
    Young,
    /// A client runs it, or may.
    Alive(String),
    /// It stopped in the middle of a turn.
    Unfinished,
    /// It is no conversation.
    NoSession,
    /// Something among its files is not what it should be.
    Odd(String),
}

impl Stays {
    /// In words, for a person.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NotWanted => "of another project".to_owned(),
            Self::Young => "younger, or used within the last hour".to_owned(),
            Self::Alive(who) => who.clone(),
            Self::Unfinished => "stopped in the middle of a turn".to_owned(),
            Self::NoSession => "no conversation".to_owned(),
            Self::Odd(what) => what.clone(),
        }
    }
}

impl Facts {
    /// When anything of it last moved; `None` where nothing tells.
    #[must_use]
    pub fn moved_at(&self) -> Option<Millis> {
        [self.last_row_at, self.changed_at, self.hooked_at].into_iter().flatten().max()
    }
}

/// Whether a session's files may be put away at this moment.
///
/// # Errors
/// Why it stays.
pub fn judge(facts: &Facts, wanted: Wanted, now: Millis) -> Result<(), Stays> {
    if !facts.wanted {
        return Err(Stays::NotWanted);
    }
    let still_for = facts.moved_at().map_or(0, |at| now.saturating_sub(at));
    if still_for <= wanted.older_than.max(MARGIN_MS) {
        return Err(Stays::Young);
    }
    if !facts.is_session {
        return Err(Stays::NoSession);
    }
    if let Some(odd) = &facts.odd {
        return Err(Stays::Odd(odd.clone()));
    }
    if let Some(alive) = &facts.alive {
        return Err(Stays::Alive(alive.clone()));
    }
    if wanted.ended && !facts.ended {
        return Err(Stays::Unfinished);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_795_000_000_000;
    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn old() -> Facts {
        Facts {
            last_row_at: Some(NOW - 40 * DAY),
            changed_at: Some(NOW - 40 * DAY),
            is_session: true,
            wanted: true,
            ended: true,
            ..Facts::default()
        }
    }

    fn month() -> Wanted {
        Wanted { older_than: 30 * DAY, ended: false }
    }

    #[test]
    fn the_newest_sign_of_life_decides() {
        assert_eq!(judge(&old(), month(), NOW), Ok(()));
        let recent = Some(NOW - 29 * DAY);
        for facts in [
            Facts { last_row_at: recent, ..old() },
            Facts { changed_at: recent, ..old() },
            Facts { hooked_at: recent, ..old() },
            Facts { last_row_at: Some(NOW - 30 * DAY), ..old() },
            // Clocks jump: what was changed in the future is not old.
            Facts { changed_at: Some(NOW + DAY), ..old() },
            Facts { last_row_at: None, changed_at: None, ..old() },
            Facts { last_row_at: Some(i64::MAX), ..old() },
        ] {
            assert_eq!(judge(&facts, month(), NOW), Err(Stays::Young), "{facts:?}");
        }
    }

    #[test]
    fn what_is_in_use_is_left_however_short_the_age() {
        let wanted = Wanted { older_than: 1, ended: false };
        let lately = Facts { changed_at: Some(NOW - MARGIN_MS), ..old() };
        assert_eq!(judge(&lately, wanted, NOW), Err(Stays::Young));
        assert_eq!(judge(&Facts { changed_at: Some(NOW - MARGIN_MS - 1), ..old() }, wanted, NOW), Ok(()));
    }

    #[test]
    fn whatever_is_not_certain_stays() {
        let alive = Some("pid 5 runs it".to_owned());
        let odd = Some("a link".to_owned());
        for (facts, stays) in [
            (Facts { alive: alive.clone(), ..old() }, Stays::Alive("pid 5 runs it".to_owned())),
            (Facts { odd: odd.clone(), ..old() }, Stays::Odd("a link".to_owned())),
            (Facts { is_session: false, ..old() }, Stays::NoSession),
            (Facts { wanted: false, alive, odd, ..old() }, Stays::NotWanted),
            (Facts::default(), Stays::NotWanted),
        ] {
            assert_eq!(judge(&facts, month(), NOW), Err(stays));
        }
        let ended = Wanted { ended: true, ..month() };
        assert_eq!(judge(&Facts { ended: false, ..old() }, ended, NOW), Err(Stays::Unfinished));
        assert_eq!(judge(&Facts { ended: false, ..old() }, month(), NOW), Ok(()));
    }
}
