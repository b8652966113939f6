//! The index, asked: from a query to hits, by session, the best first.
//!
//! Every passage that is met is counted, by what stands beside its words: who said it, when, in which file. Of the
//! best by that, some hundred, the texts are looked at, for where and how they are met.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use claudectl_search::matcher::{Matcher, Met};
use claudectl_search::query::Query as Words;
use claudectl_search::{Role, rank, shape};
use claudectl_store::StoreError;
use claudectl_store::search::{Index, IndexedFile, StoredRow, Unpacker};

use super::with_index_to_ask;
use crate::app::App;
use crate::error::Result;

/// So many texts are looked at, for those that come first.
const LOOKED_AT: usize = 120;
/// Of one session, so many times as many as may be shown.
const PER_SESSION: usize = 4;

/// In which order hits come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Sort {
    /// The likeliest first.
    Relevance,
    /// The newest first.
    Time,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// As it was typed.
    pub(crate) typed: String,
    /// What that means.
    pub(crate) words: Words,
    /// Only what these said; of all if empty.
    pub(crate) roles: Vec<Role>,
    /// Only in these sessions, by id.
    pub(crate) sessions: Option<HashSet<String>>,
    /// Only from then on, milliseconds since the epoch.
    pub(crate) since: Option<i64>,
    /// Only before then.
    pub(crate) until: Option<i64>,
    /// Which come first.
    pub(crate) sort: Sort,
    /// So many hits at most.
    pub(crate) limit: usize,
    /// So many of one session.
    pub(crate) per_session: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Passages in all.
    pub(crate) hits: u64,
    /// Sessions in all.
    pub(crate) sessions: u64,
    /// Those that are shown.
    pub(crate) shown: Vec<SessionHits>,
    /// The index was damaged, and another one begun: nothing is in it until the next pass.
    pub(crate) begun_anew: bool,
}

/// What was found in a session.
#[derive(Debug)]
pub(crate) struct SessionHits {
    /// Its id.
    pub(crate) session: String,
    /// Passages in all.
    pub(crate) hits: u64,
    /// The newest of them, milliseconds since the epoch.
    pub(crate) last_at: i64,
    /// The first of them in the order that was asked for.
    pub(crate) shown: Vec<Hit>,
}

/// A passage that was found.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    /// Who said it.
    pub(crate) role: Role,
    /// A call that failed or was turned down.
    pub(crate) failed: bool,
    /// When, milliseconds since the epoch; 0 where nothing says.
    pub(crate) at: i64,
    /// The subagent that it was said in.
    pub(crate) agent: Option<String>,
    /// The transcript.
    pub(crate) transcript: PathBuf,
    /// It is no longer there.
    pub(crate) gone: bool,
    /// The text, redacted.
    pub(crate) text: String,
    /// Where in it the query is met.
    pub(crate) met: Vec<Met>,
    /// How likely it is what is looked for.
    score: f64,
}

/// Asks the index; what is new in transcripts is for [`super::update`] to take in.
pub(crate) fn query(app: &App, home: &Path, query: &Query) -> Result<Found> {
    let ask = |index: &mut Index| index.at_once(|index| ask(app, index, query));
    let (found, begun_anew) = with_index_to_ask(app, home, ask)?;
    Ok(Found { begun_anew, ..found })
}

fn ask(app: &App, index: &Index, query: &Query) -> Result<Found, StoreError> {
    let files: HashMap<i64, IndexedFile> = index.files()?.into_iter().map(|file| (file.id, file)).collect();
    let sighted = Sighting::new(app, index, &files, query).all()?;
    let (hits, sessions) = (sighted.hits(), sighted.sessions.len() as u64);
    Ok(Found { hits, sessions, shown: shown(index, &files, query, sighted)?, begun_anew: false })
}

/// Which of the terms that must be there are nowhere in the index: as they were typed.
pub(crate) fn unmet(app: &App, home: &Path, words: &Words) -> Result<Vec<String>> {
    let unmet = |index: &mut Index| {
        let mut unmet = Vec::new();
        for term in words.with() {
            let mut any = false;
            index.matches(&term.fts(), |_, _| any = true)?;
            if !any && !unmet.contains(&term.typed) {
                unmet.push(term.typed.clone());
            }
        }
        Ok(unmet)
    };
    Ok(with_index_to_ask(app, home, unmet)?.0)
}

/// A passage, by what is known without its text.
#[derive(Debug, Clone, Copy)]
struct Sight {
    chunk: i64,
    file: i64,
    row: StoredRow,
    score: f64,
}

/// A session, by what is known without its texts.
#[derive(Debug)]
struct Session {
    hits: u64,
    last_at: i64,
    /// The best of them, and how good the worst of these is.
    best: Vec<Sight>,
    worst: f64,
}

impl Default for Session {
    fn default() -> Self {
        Self { hits: 0, last_at: 0, best: Vec::new(), worst: f64::INFINITY }
    }
}

#[derive(Debug, Default)]
struct Sighted<'a> {
    sessions: HashMap<&'a str, Session>,
}

impl Sighted<'_> {
    fn hits(&self) -> u64 {
        self.sessions.values().map(|session| session.hits).sum()
    }
}

/// Goes through all that is met.
struct Sighting<'a> {
    index: &'a Index,
    files: &'a HashMap<i64, IndexedFile>,
    query: &'a Query,
    now: i64,
    /// So many of a session are kept.
    keep: usize,
    found: Sighted<'a>,
}

impl<'a> Sighting<'a> {
    fn new(app: &App, index: &'a Index, files: &'a HashMap<i64, IndexedFile>, query: &'a Query) -> Self {
        let keep = query.per_session.saturating_mul(PER_SESSION);
        Self { index, files, query, now: app.now, keep, found: Sighted::default() }
    }

    fn all(mut self) -> Result<Sighted<'a>, StoreError> {
        // Passages of a chunk follow each other.
        let mut places: Vec<(i64, usize)> = Vec::new();
        self.index.matches(&self.query.words.fts(), |chunk, row| places.push((chunk, row)))?;
        for of_chunk in places.chunk_by(|one, next| one.0 == next.0) {
            let chunk = of_chunk[0].0;
            // Taken out since by another process.
            let Some((file, rows)) = self.index.chunk(chunk)? else { continue };
            let Some(session) = self.session(file) else { continue };
            let wanted =
                of_chunk.iter().filter_map(|(_, row)| rows.get(*row)).filter(|row| self.is_wanted(row));
            let sights: Vec<Sight> =
                wanted.map(|row| Sight { chunk, file, row: *row, score: self.score(row) }).collect();
            if !sights.is_empty() {
                self.found.sessions.entry(session).or_default().take(sights, self.keep);
            }
        }
        Ok(self.found)
    }

    /// The session of a file, if it is one of those that are asked for.
    fn session(&self, file: i64) -> Option<&'a str> {
        let session = self.files.get(&file)?.session.as_str();
        let wanted = self.query.sessions.as_ref();
        wanted.is_none_or(|wanted| wanted.contains(session)).then_some(session)
    }

    fn is_wanted(&self, row: &StoredRow) -> bool {
        let Query { roles, since, until, .. } = self.query;
        (roles.is_empty() || roles.contains(&row.role))
            && since.is_none_or(|since| row.at >= since)
            && until.is_none_or(|until| row.at < until)
    }

    fn score(&self, row: &StoredRow) -> f64 {
        match self.query.sort {
            Sort::Relevance => rank::at_sight(row.role, row.at, self.now),
            Sort::Time => time(row.at),
        }
    }
}

impl Session {
    /// Takes in passages, and keeps the best so many.
    fn take(&mut self, sights: Vec<Sight>, keep: usize) {
        for sight in sights {
            self.hits += 1;
            self.last_at = self.last_at.max(sight.row.at);
            if self.best.len() < keep {
                self.worst = self.worst.min(sight.score);
                self.best.push(sight);
            } else if self.worst < sight.score {
                let worst = self.best.iter_mut().min_by(|a, b| a.score.total_cmp(&b.score));
                if let Some(worst) = worst {
                    *worst = sight;
                }
                self.worst = self.best.iter().map(|sight| sight.score).fold(f64::INFINITY, f64::min);
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds until the year 287396")]
fn time(at: i64) -> f64 {
    at as f64
}

/// The hits to show, by session.
fn shown(
    index: &Index,
    files: &HashMap<i64, IndexedFile>,
    query: &Query,
    mut sighted: Sighted<'_>,
) -> Result<Vec<SessionHits>, StoreError> {
    let mut best: Vec<(&str, Sight)> = Vec::new();
    for (session, of) in &mut sighted.sessions {
        best.extend(std::mem::take(&mut of.best).into_iter().map(|sight| (*session, sight)));
    }
    best.sort_by(|a, b| b.1.score.total_cmp(&a.1.score).then(b.1.chunk.cmp(&a.1.chunk)));
    best.truncate(LOOKED_AT.max(query.limit.saturating_mul(2)));
    // A chunk is unpacked once.
    best.sort_by_key(|(_, sight)| (sight.chunk, sight.row.start));
    let mut hits: HashMap<&str, Vec<Hit>> = HashMap::new();
    let (mut matcher, mut unpacker) = (Matcher::new(&query.words), Unpacker::new()?);
    for of_chunk in best.chunk_by(|a, b| a.1.chunk == b.1.chunk) {
        let Some(text) = index.text(&mut unpacker, of_chunk[0].1.chunk)? else { continue };
        for (session, sight) in of_chunk {
            let Some(text) = text.get(sight.row.start..sight.row.end) else { continue };
            let Some(file) = files.get(&sight.file) else { continue };
            hits.entry(session).or_default().push(hit(query, &mut matcher, file, sight, text));
        }
    }
    let mut sessions = in_order(query, sighted, hits);
    sessions
        .iter_mut()
        .flat_map(|session| &mut session.shown)
        .for_each(|hit| redact_again(hit, &mut matcher));
    Ok(sessions)
}

/// Patterns of secrets may have been added since the text was stored.
fn redact_again(hit: &mut Hit, matcher: &mut Matcher<'_>) {
    if let Cow::Owned(text) = shape::shown(&hit.text) {
        hit.met = matcher.met(&text);
        hit.text = text;
    }
}

fn hit(query: &Query, matcher: &mut Matcher<'_>, file: &IndexedFile, sight: &Sight, text: &str) -> Hit {
    let met = matcher.met(text);
    let by_text = match query.sort {
        Sort::Relevance => rank::by_text(text, &met, matcher.terms(), &query.typed),
        Sort::Time => 0.0,
    };
    Hit {
        role: sight.row.role,
        failed: sight.row.failed,
        at: sight.row.at,
        agent: Some(file.agent.clone()).filter(|agent| !agent.is_empty()),
        transcript: PathBuf::from(OsString::from_vec(file.path.clone())),
        gone: file.gone_at.is_some(),
        text: text.to_owned(),
        met,
        score: sight.score + by_text,
    }
}

/// The sessions with the best hits, and of each the best, until there are as many as were asked for.
fn in_order(query: &Query, sighted: Sighted<'_>, mut hits: HashMap<&str, Vec<Hit>>) -> Vec<SessionHits> {
    let mut sessions: Vec<(f64, SessionHits)> = Vec::new();
    for (session, of) in sighted.sessions {
        let Some(mut shown) = hits.remove(session) else { continue };
        shown.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.at.cmp(&a.at)));
        shown.truncate(query.per_session);
        let best = shown.first().map_or(f64::MIN, |hit| hit.score);
        // That it is spoken of all over a session counts a little.
        let often =
            if query.sort == Sort::Relevance { 0.2 * time(of.hits.cast_signed()).ln_1p() } else { 0.0 };
        let session = session.to_owned();
        sessions.push((best + often, SessionHits { session, hits: of.hits, last_at: of.last_at, shown }));
    }
    sessions.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.session.cmp(&b.1.session)));
    let mut left = query.limit;
    for (_, session) in &mut sessions {
        session.shown.truncate(left);
        left -= session.shown.len();
    }
    sessions.into_iter().map(|(_, session)| session).filter(|session| !session.shown.is_empty()).collect()
}
