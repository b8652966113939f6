//! Sessions look after look: those that come, those that go, and those that do both between two looks.

use std::collections::{BTreeMap, HashMap, HashSet};

use claudectl_fleet::notice::{Notice, alarmed, model_alarm};
use claudectl_fleet::session::Session;
use claudectl_fleet::status::{Source, State, Status};

use crate::app::App;
use crate::error::Result;
use crate::guard;
use crate::live::{Live, is_unnamed};
use crate::llm;

/// What was seen at the look before.
#[derive(Debug, Default)]
pub(crate) struct Comings {
    before: Option<BTreeMap<String, Session>>,
    /// Sessions that were over then.
    ended_before: HashSet<String>,
    /// When sessions were seen to have ended.
    ended_at: HashMap<String, i64>,
    /// Sessions that are over, with calls that the gate was not asked about, of which that was asked before.
    unguarded: HashSet<String>,
    /// The alarm of the language model that was told last, by when it was found.
    model_alarm: Option<i64>,
}

impl Comings {
    /// The sessions now, by id. One that has ended since the look before is among them once, as finished.
    pub(crate) fn look(&mut self, app: &mut App, live: &mut Live) -> Result<BTreeMap<String, Session>> {
        let mut now = by_id(live.sessions(app)?);
        self.ended_before.retain(|sid| !now.contains_key(sid));
        if let Some(before) = &self.before {
            gone(app, live, before, &mut now)?;
            brief(app, live, &self.ended_before, &mut now)?;
        }
        self.date(&mut now, app.now);
        let over = now.values().filter(|session| session.status.state == State::Finished);
        self.ended_before.extend(over.map(|session| session.id.clone()));
        self.before = Some(now.clone());
        Ok(now)
    }

    /// Alarms of sessions that are over, and of the language model, each once: no look shows these.
    pub(crate) fn alarms(&mut self, app: &App, live: &mut Live) -> Result<Vec<Notice>> {
        let mut found = Vec::new();
        for check in guard::ended::known(app, live.store())? {
            if self.unguarded.insert(check.sid.clone())
                && let Some(session) = live.session(app, &check.sid)?
            {
                found.extend(alarmed(&session, app.now));
            }
        }
        if let Some((why, proved)) = llm::alarm(app)
            && self.model_alarm.replace(proved.at) != Some(proved.at)
        {
            found.push(model_alarm(&why, proved.at, app.now));
        }
        Ok(found)
    }
}

impl Comings {
    /// Of a session that was seen to end it is known when, whatever its last row says.
    fn date(&mut self, now: &mut BTreeMap<String, Session>, at: i64) {
        let is_over = |session: &Session| session.status.state == State::Finished;
        self.ended_at.retain(|sid, _| now.get(sid).is_some_and(is_over));
        for (sid, session) in now.iter_mut().filter(|(_, session)| is_over(session)) {
            let ran =
                self.before.as_ref().and_then(|before| before.get(sid)).is_some_and(|last| !is_over(last));
            if ran {
                self.ended_at.insert(sid.clone(), at);
            }
            session.status.since = session.status.since.max(self.ended_at.get(sid).copied());
        }
    }
}

fn by_id(sessions: Vec<Session>) -> BTreeMap<String, Session> {
    sessions.into_iter().map(|session| (session.id.clone(), session)).collect()
}

/// Sessions that ran and are not listed any more have ended: what is known of them now says how.
fn gone(
    app: &App,
    live: &mut Live,
    before: &BTreeMap<String, Session>,
    now: &mut BTreeMap<String, Session>,
) -> Result<()> {
    let ended = |(sid, session): &(&String, &Session)| {
        !now.contains_key(*sid) && session.status.state != State::Finished
    };
    let ended: Vec<&Session> = before.iter().filter(ended).map(|(_, session)| session).collect();
    for last in ended {
        if is_unnamed(last) {
            // It has said by now which session it runs, or it is gone and never did.
            let runs = now.values().any(|session| session.pid == last.pid);
            if !runs {
                let ended =
                    Status { state: State::Finished, since: None, source: Source::Process, detail: None };
                now.insert(last.id.clone(), Session { status: ended, pid: None, ..last.clone() });
            }
            continue;
        }
        let Some(session) = live.session(app, &last.id)? else { continue };
        let name = session.name.clone().or_else(|| last.name.clone());
        now.insert(last.id.clone(), Session { name, ..session });
    }
    Ok(())
}

/// What has written rows this long ago has run just now.
const JUST_NOW_MS: i64 = 60_000;

/// Sessions that came and went between two looks: runs without a terminal may be as short as that.
fn brief(
    app: &App,
    live: &mut Live,
    ended_before: &HashSet<String>,
    now: &mut BTreeMap<String, Session>,
) -> Result<()> {
    let unseen = |sid: &&String| !now.contains_key(*sid) && !ended_before.contains(*sid);
    let unseen: Vec<String> = live.touched().iter().filter(unseen).cloned().collect();
    for sid in unseen {
        let session = live.session(app, &sid)?.filter(|session| {
            session.last_activity_at.is_some_and(|at| app.now.saturating_sub(at) < JUST_NOW_MS)
        });
        now.extend(session.map(|session| (sid, session)));
    }
    Ok(())
}
