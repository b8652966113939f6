//! What is known of sessions, models and subagents.

use std::collections::HashMap;

use claudectl_fleet::intake::{AgentMeta, UnfinishedAgent};
use claudectl_fleet::ledger::Id;
use claudectl_fleet::project;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

use crate::connection::Store;
use crate::error::StoreError;
use crate::ledger::of_session;

/// A stored session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionRow {
    /// Its number.
    pub id: Id,
    /// Its id.
    pub sid: String,
    /// Its name.
    pub name: Option<String>,
    /// The folder it was started in.
    pub first_cwd: Option<String>,
    /// The folder of its project, where somebody has looked: ask [`SessionRow::root`].
    pub project: Option<String>,
    /// The folder it worked in last.
    pub cwd: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// Claude Code's version.
    pub version: Option<String>,
    /// The model of its last response.
    pub model: Option<String>,
    /// Tokens in its last request.
    pub context_tokens: Option<u64>,
    /// The most in any request.
    pub largest_context: u64,
    /// Its first row's time, milliseconds since the epoch.
    pub first_at: Option<i64>,
    /// Its last row's time.
    pub last_at: Option<i64>,
    /// Claude Code's own account of the cost, USD.
    pub reported_usd: Option<f64>,
}

impl SessionRow {
    /// The folder of its project: the repository that it began in, or the folder.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        self.project.as_deref().or_else(|| self.first_cwd.as_deref().map(project::root))
    }

    /// Whether its folder, or that of its project, has a text in it, in any case.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let folders = [self.first_cwd.as_deref(), self.root()];
        folders.into_iter().map(Option::unwrap_or_default).any(|folder| folder.to_lowercase().contains(&text))
    }
}

/// A stored subagent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentRow {
    /// Its number.
    pub id: Id,
    /// Its id.
    pub aid: String,
    /// The session it worked for.
    pub session: Id,
    /// Its kind.
    pub kind: Option<String>,
    /// What it was asked to do.
    pub description: Option<String>,
    /// It has ended.
    pub finished: bool,
}

/// So many subagents that have not ended are looked after.
const MAX_UNFINISHED: i64 = 2_000;

/// A transcript: the session's number, the subagent's (0 for the session's own) and the path.
pub type Transcript = (Id, Id, Vec<u8>);

const SESSION: &str = "SELECT id, sid, name, first_cwd, cwd, branch, version, model, context_tokens,
    largest_context, first_at, last_at, reported_usd, project FROM session";

pub(crate) const AGENTS: &str = "SELECT id, aid, session, kind, description, finished FROM agent";
pub(crate) const TRANSCRIPTS: &str = "SELECT session, agent, path FROM file";

fn session(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    Ok(SessionRow {
        id: row.get(0)?,
        sid: row.get(1)?,
        name: row.get(2)?,
        first_cwd: row.get(3)?,
        cwd: row.get(4)?,
        branch: row.get(5)?,
        version: row.get(6)?,
        model: row.get(7)?,
        context_tokens: row.get::<_, Option<i64>>(8)?.map(i64::cast_unsigned),
        largest_context: row.get::<_, Option<i64>>(9)?.unwrap_or(0).cast_unsigned(),
        first_at: row.get(10)?,
        last_at: row.get(11)?,
        reported_usd: row.get(12)?,
        project: row.get(13)?,
    })
}

impl Store {
    /// Every session.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sessions(&self) -> Result<Vec<SessionRow>, StoreError> {
        self.read(|db| db.prepare(SESSION)?.query_map([], session)?.collect())
    }

    /// A session by its id.
    ///
    /// # Errors
    /// When the store fails.
    pub fn session(&self, sid: &str) -> Result<Option<SessionRow>, StoreError> {
        let sql = format!("{SESSION} WHERE sid = ?1");
        self.read(|db| db.prepare_cached(&sql)?.query_row([sid], session).optional())
    }

    /// Sessions whose id begins with a text (all of it, or its first characters).
    ///
    /// # Errors
    /// When the store fails.
    pub fn sessions_like(&self, prefix: &str) -> Result<Vec<SessionRow>, StoreError> {
        let sql = format!("{SESSION} WHERE substr(sid, 1, length(?1)) = ?1 ORDER BY sid LIMIT 20");
        self.read(|db| db.prepare(&sql)?.query_map([prefix], session)?.collect())
    }

    /// Folders that sessions began in of which nobody has looked yet whose project they are, each with the project of
    /// another session that began there, if one is known.
    ///
    /// # Errors
    /// When the store fails.
    pub fn unplaced(&self) -> Result<Vec<(String, Option<String>)>, StoreError> {
        self.read(|db| {
            let folders: Vec<String> = db
                .prepare_cached(
                    "SELECT DISTINCT first_cwd FROM session WHERE project IS NULL AND first_cwd IS NOT NULL",
                )?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            if folders.is_empty() {
                return Ok(Vec::new());
            }
            // Of a folder that is no more, what was known last.
            let mut known: HashMap<String, String> = db
                .prepare(
                    "SELECT first_cwd, project FROM session
                     WHERE project IS NOT NULL AND first_cwd IS NOT NULL ORDER BY id",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(folders
                .into_iter()
                .map(|folder| {
                    let project = known.remove(&folder);
                    (folder, project)
                })
                .collect())
        })
    }

    /// Says of folders whose project they are: sessions that began there, and have none yet, are of it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn place(&mut self, projects: &[(String, String)]) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut put = tx
                .prepare_cached("UPDATE session SET project = ?2 WHERE project IS NULL AND first_cwd = ?1")?;
            for (folder, project) in projects {
                put.execute([folder, project])?;
            }
            Ok(())
        })
    }

    /// Model ids by their numbers.
    ///
    /// # Errors
    /// When the store fails.
    pub fn models(&self) -> Result<HashMap<Id, String>, StoreError> {
        self.read(|db| {
            db.prepare("SELECT id, name FROM model")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Subagents (of one session, if given).
    ///
    /// # Errors
    /// When the store fails.
    pub fn agents(&self, session: Option<Id>) -> Result<Vec<AgentRow>, StoreError> {
        self.read(|db| {
            of_session(db, AGENTS, session)?
                .query_map(params_from_iter(session), |row| {
                    Ok(AgentRow {
                        id: row.get(0)?,
                        aid: row.get(1)?,
                        session: row.get(2)?,
                        kind: row.get(3)?,
                        description: row.get(4)?,
                        finished: row.get(5)?,
                    })
                })?
                .collect()
        })
    }

    /// Subagents that have not ended, as far as is known, and whose transcript is there; the latest learned
    /// of, as those of long ago will not end any more.
    ///
    /// # Errors
    /// When the store fails.
    pub fn unfinished_agents(&self) -> Result<Vec<UnfinishedAgent>, StoreError> {
        self.read(|db| {
            db.prepare(
                "SELECT agent.id, file.path, agent.meta_ns FROM agent
                 JOIN file ON file.session = agent.session AND file.agent = agent.id
                 WHERE NOT agent.finished ORDER BY agent.id DESC LIMIT ?1",
            )?
            .query_map([MAX_UNFINISHED], |row| {
                Ok(UnfinishedAgent { agent: row.get(0)?, transcript: row.get(1)?, seen_ns: row.get(2)? })
            })?
            .collect()
        })
    }

    /// Keeps what stands beside subagents' transcripts.
    ///
    /// # Errors
    /// When the store fails.
    pub fn put_metas(&mut self, metas: &[AgentMeta]) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut put = tx.prepare_cached(
                "UPDATE agent SET kind = coalesce(?2, kind), description = coalesce(?3, description),
                        finished = max(finished, ?4), meta_ns = ?5 WHERE id = ?1",
            )?;
            for AgentMeta { agent, seen_ns, meta } in metas {
                put.execute(params![agent, meta.kind, meta.description, meta.finished, seen_ns])?;
            }
            Ok(())
        })
    }

    /// Transcripts that had changed after a moment (nanoseconds since the epoch) when they were last read.
    ///
    /// # Errors
    /// When the store fails.
    pub fn transcripts_since(&self, mtime_ns: i64) -> Result<Vec<Transcript>, StoreError> {
        self.read(|db| {
            db.prepare(&format!("{TRANSCRIPTS} WHERE mtime_ns >= ?1"))?
                .query_map([mtime_ns], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })
    }

    /// Transcripts (of one session, if given).
    ///
    /// # Errors
    /// When the store fails.
    pub fn transcripts(&self, session: Option<Id>) -> Result<Vec<Transcript>, StoreError> {
        self.read(|db| {
            of_session(db, TRANSCRIPTS, session)?
                .query_map(params_from_iter(session), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_that_is_known_stays() {
        let mut store = Store::in_memory().unwrap();
        let rows = "INSERT INTO session (sid, first_cwd) VALUES ('a', '/r/sub'), ('b', '/r/sub'), ('c', '/x'), ('d', NULL)";
        store.write(|tx| tx.execute_batch(rows)).unwrap();
        let unplaced = |store: &Store| {
            let mut found = store.unplaced().unwrap();
            found.sort();
            found
        };
        assert_eq!(unplaced(&store), [("/r/sub".to_owned(), None), ("/x".to_owned(), None)]);
        store.place(&[("/r/sub".to_owned(), "/r".to_owned())]).unwrap();
        store.place(&[("/r/sub".to_owned(), "/other".to_owned())]).unwrap();
        let root = |store: &Store, sid: &str| store.session(sid).unwrap().unwrap().root().map(str::to_owned);
        let roots = ["a", "b", "c", "d"].map(|sid| root(&store, sid));
        assert_eq!(roots.map(Option::unwrap_or_default), ["/r", "/r", "/x", ""]);
        store
            .write(|tx| tx.execute_batch("INSERT INTO session (sid, first_cwd) VALUES ('e', '/r/sub')"))
            .unwrap();
        let told = [("/r/sub".to_owned(), Some("/r".to_owned())), ("/x".to_owned(), None)];
        assert_eq!(unplaced(&store), told, "what was known of a folder is told");
        let row = store.session("a").unwrap().unwrap();
        assert!(row.is_in("SUB") && row.is_in("/R") && !row.is_in("x") && row.is_in(""));
    }
}
