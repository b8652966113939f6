//! A made-up fleet that lives by a script: for a first look, for pictures, and for tests of what is drawn.
//!
//! Nothing of it exists: no process, no file, no cost. What it shows at a moment follows from the moment alone.

use std::collections::BTreeMap;

use claudectl_fleet::beat::{Beat, Body, What};
use claudectl_fleet::budget::Level;
use claudectl_fleet::context::{Source as WindowSource, Window};
use claudectl_fleet::health::{Finding, Severity};
use claudectl_fleet::money::Usd;
use claudectl_fleet::patch::{Hunk, Line};
use claudectl_fleet::pulse::Pulse;
use claudectl_fleet::reading::{Limit, Quota};
use claudectl_fleet::session::{
    Background, Conflict, Context, Cost, Gate, Pending, ProcessFigures, RecentError, Session, Subagent,
    TokenCounts,
};
use claudectl_fleet::status::{Source, State, Status};

use crate::look::{
    Decided, Found, FoundIn, Look, Money, Notice, Outcome, Passage, Prompt, Proposal, Review, Spend, Spent,
    Standing, Told, Usage, Usages,
};
use crate::story::{Page, Turn};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The script begins anew after this.
const ROUND: i64 = 60 * SECOND;

/// The fleet, whose script began at a moment (milliseconds since the epoch).
#[derive(Debug, Clone, Copy)]
pub struct Demo {
    began: i64,
}

/// A part of a session's script.
struct Phase {
    /// When it begins, seconds into a round.
    from: i64,
    state: State,
    source: Source,
    /// How long it has been so when the part begins, milliseconds.
    age: i64,
    detail: Option<&'static str>,
}

const fn phase(from: i64, state: State, source: Source, age: i64, detail: Option<&'static str>) -> Phase {
    Phase { from, state, source, age, detail }
}

/// A session of the script.
struct Actor {
    id: &'static str,
    name: Option<&'static str>,
    project: &'static str,
    branch: &'static str,
    model: &'static str,
    /// When it was started before the script, milliseconds.
    up: i64,
    /// What it has cost when the script begins, in cents, and what it costs an hour while it works.
    cents: i64,
    per_hour: f64,
    context: u64,
    window: u64,
    tokens: u64,
    cpu: f64,
    memory: f64,
    phases: &'static [Phase],
}

const ACTORS: &[Actor] = &[
    Actor {
        id: "6a1c02de-41f7-4b0e-9c55-1d2f6e7a8b90",
        name: Some("login-fix"),
        project: "shop",
        branch: "fix/login-loop",
        model: "claude-opus-5-5",
        up: 72 * MINUTE,
        cents: 635,
        per_hour: 9.1,
        context: 82_400,
        window: 200_000,
        tokens: 8_120_000,
        cpu: 14.0,
        memory: 312.0,
        phases: &[
            phase(0, State::Working, Source::Registry, 12 * SECOND, Some("Bash: npm test -- login")),
            phase(6, State::NeedsPermission, Source::Hook, 0, Some("Bash: npm run migrate -- --env staging")),
            phase(24, State::Working, Source::Registry, 0, Some("Bash: npm run migrate -- --env staging")),
            phase(38, State::Waiting, Source::Registry, 0, None),
            phase(52, State::Working, Source::Registry, 0, Some("Edit: src/session/refresh.ts")),
        ],
    },
    Actor {
        id: "f6b540af-0c1d-4e2a-8b3f-5a6c7d8e9f01",
        name: Some("api-docs"),
        project: "shop",
        branch: "docs/api",
        model: "claude-sonnet-5-5",
        up: 3 * HOUR,
        cents: 458,
        per_hour: 3.02,
        context: 166_800,
        window: 200_000,
        tokens: 9_290_000,
        cpu: 6.0,
        memory: 287.0,
        phases: &[
            phase(
                0,
                State::Working,
                Source::Registry,
                9 * SECOND,
                Some("Task: list every route with its schema"),
            ),
            phase(44, State::Working, Source::Registry, 0, Some("Write: docs/api/orders.md")),
        ],
    },
    Actor {
        id: "b4156eb8-7d2c-4f1e-a0b9-8c7d6e5f4a32",
        name: Some("landing page"),
        project: "website",
        branch: "main",
        model: "claude-haiku-5-5",
        up: 26 * MINUTE,
        cents: 2,
        per_hour: 0.11,
        context: 24_100,
        window: 200_000,
        tokens: 610_000,
        cpu: 0.0,
        memory: 241.0,
        phases: &[phase(0, State::Waiting, Source::Registry, 14 * MINUTE, None)],
    },
    Actor {
        id: "0d9e8c7b-6a5f-4e3d-8c2b-1a0f9e8d7c6b",
        name: Some("migrate to pg 18"),
        project: "warehouse",
        branch: "pg18",
        model: "claude-opus-5-5",
        up: 5 * HOUR + 40 * MINUTE,
        cents: 2_271,
        per_hour: 6.4,
        context: 141_000,
        window: 1_000_000,
        tokens: 41_700_000,
        cpu: 96.0,
        memory: 1_480.0,
        phases: &[
            phase(0, State::Working, Source::Hook, 2 * MINUTE, Some("Bash: cargo test --workspace")),
            phase(16, State::NeedsAnswer, Source::Registry, 0, Some("Which column should the index cover?")),
            phase(33, State::Working, Source::Hook, 0, Some("Edit: migrations/0042_orders_index.sql")),
        ],
    },
    Actor {
        id: "c3d2e1f0-9b8a-4c7d-8e6f-5a4b3c2d1e0f",
        name: None,
        project: "warehouse",
        branch: "pg18",
        model: "claude-sonnet-5-5",
        up: 48 * MINUTE,
        cents: 187,
        per_hour: 2.2,
        context: 58_000,
        window: 200_000,
        tokens: 2_950_000,
        cpu: 3.0,
        memory: 265.0,
        phases: &[
            phase(0, State::Background, Source::Hook, 6 * MINUTE, Some("Bash: ./bench.sh --all")),
            phase(48, State::Waiting, Source::Registry, 0, None),
        ],
    },
    Actor {
        id: "9e8d7c6b-5a4f-4e3d-9c2b-0a1f2e3d4c5b",
        name: Some("flaky e2e"),
        project: "mobile",
        branch: "ci/e2e",
        model: "claude-sonnet-5-5",
        up: 2 * HOUR + 5 * MINUTE,
        cents: 312,
        per_hour: 1.9,
        context: 94_000,
        window: 200_000,
        tokens: 5_020_000,
        cpu: 22.0,
        memory: 334.0,
        phases: &[
            phase(
                0,
                State::Working,
                Source::Registry,
                40 * SECOND,
                Some("Bash: npx playwright test checkout"),
            ),
            phase(28, State::RateLimited, Source::Transcript, 0, Some("429: tried again in 20 s")),
            phase(46, State::Working, Source::Registry, 0, Some("Bash: npx playwright test checkout")),
        ],
    },
    Actor {
        id: "7b6a5f4e-3d2c-4b1a-8f9e-0d1c2b3a4f5e",
        name: Some("weekly report"),
        project: "ops",
        branch: "main",
        model: "claude-haiku-5-5",
        up: 9 * HOUR,
        cents: 41,
        per_hour: 0.0,
        context: 31_000,
        window: 200_000,
        tokens: 1_340_000,
        cpu: 0.0,
        memory: 198.0,
        phases: &[phase(0, State::Idle, Source::Registry, 7 * HOUR, None)],
    },
    Actor {
        id: "5f4e3d2c-1b0a-4f9e-8d7c-6b5a4f3e2d1c",
        name: Some("parser rewrite"),
        project: "compiler",
        branch: "parser2",
        model: "claude-opus-5-5",
        up: 30 * MINUTE,
        cents: 804,
        per_hour: 16.2,
        context: 61_300,
        window: 200_000,
        tokens: 7_730_000,
        cpu: 31.0,
        memory: 402.0,
        phases: &[phase(0, State::Working, Source::Inferred, 55 * SECOND, Some("Edit: src/parse/expr.rs"))],
    },
];

impl Demo {
    /// Begins the script.
    #[must_use]
    pub fn new(began: i64) -> Self {
        Self { began }
    }

    /// Milliseconds into the round.
    fn moment(self, now: i64) -> i64 {
        now.saturating_sub(self.began).rem_euclid(ROUND)
    }

    /// When the script goes on after a moment.
    #[must_use]
    pub fn next(self, now: i64) -> i64 {
        let into = self.moment(now);
        let starts = ACTORS.iter().flat_map(|actor| actor.phases).map(|phase| phase.from * SECOND);
        let next = starts.filter(|at| *at > into).min().unwrap_or(ROUND);
        now - into + next
    }

    /// The fleet at a moment.
    #[must_use]
    pub fn look(self, now: i64) -> Look {
        let mut sessions: Vec<Session> = ACTORS.iter().map(|actor| self.session(actor, now)).collect();
        sessions.sort_by(|a, b| a.urgency().cmp(&b.urgency()).then_with(|| a.id.cmp(&b.id)));
        let spent: Usd = sessions.iter().map(|session| session.cost.usd).sum();
        let quota = [("five_hour", 62.0, 72 * MINUTE), ("seven_day", 81.0, 2 * DAY)];
        let quota = quota.map(|(window, used_pct, left)| Quota {
            limit: Limit { window: window.to_owned(), used_pct, resets_at: Some(self.began + left) },
            at: now - 20 * SECOND,
        });
        Look {
            sessions,
            today: Spent { usd: spent, unpriced: 0, budget: Usd::from_dollars(60.0) },
            week: Spent { usd: spent + cents(17_120), unpriced: 3, budget: None },
            quota: quota.to_vec(),
            transcripts: 214,
            looked_in: vec!["nowhere: all of this is made up".to_owned()],
        }
    }

    fn session(self, actor: &Actor, now: i64) -> Session {
        let into = self.moment(now);
        let round = now - into;
        let current = actor.phases.iter().rposition(|phase| phase.from * SECOND <= into).unwrap_or(0);
        let phase = &actor.phases[current];
        let since = round + phase.from * SECOND - phase.age;
        let working = matches!(phase.state, State::Working | State::Background);
        let elapsed = now.saturating_sub(self.began);
        let usd = cents(actor.cents) + while_it_ran(actor.per_hour, elapsed);
        let tokens =
            actor.tokens + u64::try_from(elapsed / 40).unwrap_or(0) * u64::from(actor.per_hour > 1.0);
        let window = Window { tokens: actor.window, source: WindowSource::Statusline };
        let pending = phase.detail.filter(|_| phase.state != State::RateLimited).map(|detail| {
            let (tool, summary) = detail.split_once(": ").unwrap_or(("AskUserQuestion", detail));
            Pending {
                tool_use_id: format!("toolu_{}", &actor.id[..8]),
                tool: tool.to_owned(),
                summary: summary.to_owned(),
                since: Some(since),
            }
        });
        let shop = actor.name == Some("api-docs");
        Session {
            id: actor.id.to_owned(),
            name: actor.name.map(str::to_owned),
            agent: "claude-code",
            kind: Some("interactive".to_owned()),
            pid: Some(4_000_000 + u32::from_str_radix(&actor.id[..4], 16).unwrap_or(0)),
            project: actor.project.to_owned(),
            project_path: Some(format!("/src/{}", actor.project)),
            cwd: Some(format!("/src/{}", actor.project)),
            branch: Some(actor.branch.to_owned()),
            worktree: None,
            model: Some(actor.model.to_owned()),
            permission_mode: Some("default".to_owned()),
            version: Some("2.1.330".to_owned()),
            status: Status {
                state: phase.state,
                since: Some(since),
                source: phase.source,
                detail: phase.detail.map(str::to_owned),
            },
            turns_at: None,
            turned_at: None,
            asked: None,
            started_at: Some(self.began - actor.up),
            last_activity_at: Some(if working { now } else { since }),
            context: Context::new(Some(actor.context), Some(window)),
            tokens: TokenCounts {
                input: tokens / 50,
                output: tokens / 80,
                cache_read: tokens - tokens / 50 - tokens / 80 - tokens / 20,
                cache_write_5m: 0,
                cache_write_1h: tokens / 20,
            },
            cost: Cost {
                usd,
                burn_usd_per_hour: (actor.per_hour > 0.2).then_some(actor.per_hour),
                budget_usd: Usd::from_dollars(25.0),
                budget_level: Some(if usd > cents(2_000) { Level::Warning } else { Level::Ok }),
                ..Cost::default()
            },
            messages: tokens / 30_000,
            prompts: Some(tokens / 400_000 + 1),
            tool_calls: Some(tokens / 40_000),
            errors: Some(tokens / 900_000),
            pending: pending.into_iter().collect(),
            process: ProcessFigures {
                tty: Some("pts/3".to_owned()),
                memory_mb: Some(actor.memory),
                ..ProcessFigures::default()
            },
            host: None,
            last_failed: false,
            recent_errors: errors(actor, now),
            subagents: if shop { subagents() } else { Vec::new() },
            background: background(phase, since),
            files_modified: Some(files(actor)),
            tool_usage: Some(tools(tokens)),
            conflicts: conflicts(actor),
            health: findings(actor),
            decay_score: Some(u8::try_from(actor.context * 40 / actor.window).unwrap_or(0)),
            gate: Gate { installed: Some(true), last_seen: Some(now - 3 * SECOND), ..Gate::default() },
            transcript: Some(format!("/src/.claude/projects/-src-{}/{}.jsonl", actor.project, actor.id)),
            pulse: pulse(actor, now),
        }
    }

    /// What their processes use.
    #[must_use]
    pub fn usages(self, now: i64) -> Usages {
        let step = self.moment(now) / (2 * SECOND);
        let usage = |actor: &Actor| {
            // It breathes a little.
            let swing = f64::from(i32::try_from((step * 7 + actor.up / MINUTE) % 9).unwrap_or(0)) / 40.0;
            let usage = Usage { cpu_pct: actor.cpu * (0.9 + swing), memory_mb: actor.memory };
            (actor.id.to_owned(), usage)
        };
        ACTORS.iter().map(usage).collect()
    }

    /// What was spent in so many days.
    #[must_use]
    pub fn spend(self, days: u16, now: i64) -> Spend {
        let look = self.look(now);
        let by_day: Vec<(String, Spent)> = (0..i64::from(days))
            .rev()
            .map(|back| {
                let at = now - back * DAY;
                let day = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
                let name = day.strftime("%m-%d").to_string();
                let usd = if back == 0 { look.today.usd } else { cents(made_up(at / DAY)) };
                (name, Spent { usd, ..Spent::default() })
            })
            .collect();
        let total: Usd = by_day.iter().map(|(_, spent)| spent.usd).sum();
        let split = |parts: &[(&str, u32)]| -> Vec<(String, Spent)> {
            let part = |(name, percent): &(&str, u32)| {
                ((*name).to_owned(), Spent { usd: total.percent(*percent), ..Spent::default() })
            };
            parts.iter().map(part).collect()
        };
        let shares = [
            ("five_hour", vec![("migrate to pg 18", 24.0), ("parser rewrite", 15.0), ("login-fix", 9.0)]),
            ("seven_day", vec![("migrate to pg 18", 19.0), ("login-fix", 12.0)]),
        ];
        let shares = shares.into_iter().map(|(window, parts)| {
            (window.to_owned(), parts.into_iter().map(|(title, pct)| (title.to_owned(), pct)).collect())
        });
        Spend {
            days,
            by_project: split(&[
                ("warehouse", 41),
                ("shop", 27),
                ("compiler", 17),
                ("mobile", 9),
                ("website", 4),
                ("ops", 2),
            ]),
            by_model: split(&[("claude-opus-5-5", 71), ("claude-sonnet-5-5", 26), ("claude-haiku-5-5", 3)]),
            by_day,
            total: Spent { usd: total, unpriced: 3, budget: None },
            unkept: None,
            shares: shares.collect(),
        }
    }

    /// The prompt that a session has open; `None` if it asks nothing.
    #[must_use]
    pub fn prompt(self, id: &str, now: i64) -> Option<Prompt> {
        let look = self.look(now);
        let session = look.sessions.iter().find(|session| session.id == id)?;
        let asks = session.status.state == State::NeedsPermission;
        let (tool, command) = session.status.detail.as_deref().filter(|_| asks)?.split_once(": ")?;
        Some(Prompt {
            session: id.to_owned(),
            title: session.title(),
            tool: tool.to_owned(),
            summary: command.to_owned(),
            lines: vec![command.to_owned()],
            cwd: session.cwd.clone(),
            mode: Some("default".to_owned()),
            reason: Some("runs the project's own code: npm".to_owned()),
            at: session.status.since.unwrap_or(now),
            nonce: command.to_owned(),
            ..Prompt::default()
        })
    }

    /// How it stands with a prompt that was in view.
    #[must_use]
    pub fn standing(self, prompt: &Prompt, now: i64) -> Standing {
        match self.prompt(&prompt.session, now) {
            Some(asked) if asked.nonce == prompt.nonce => Standing::Asked { more: asked.more },
            asked => Standing::Over {
                said: "it was answered at its terminal".to_owned(),
                next: asked.map(|asked| format!("{} {}", asked.tool, asked.summary)),
            },
        }
    }

    /// What was told of them.
    #[must_use]
    pub fn told(self, now: i64) -> Told {
        let notice = |ago: i64, sink: &str, outcome, reason: Option<&str>, title: &str| Notice {
            at: now - ago,
            sink: sink.to_owned(),
            outcome,
            reason: reason.map(str::to_owned),
            title: title.to_owned(),
        };
        let asks = "login-fix (shop) needs permission: Bash: npm run migrate -- --env staging";
        Told {
            lines: vec![
                notice(4 * SECOND, "desktop", Outcome::Sent, None, asks),
                notice(4 * SECOND, "webhook:team", Outcome::Pending, Some("503, tried twice"), asks),
                notice(
                    9 * MINUTE,
                    "desktop",
                    Outcome::Suppressed,
                    Some("told 20 s before"),
                    "flaky e2e (mobile) has ended its turn",
                ),
                notice(
                    3 * HOUR,
                    "hook:light",
                    Outcome::Failed,
                    Some("ended with 1"),
                    "migrate to pg 18 (warehouse) needs an answer",
                ),
            ],
            sinks: vec![
                ("desktop".to_owned(), None),
                ("webhook:team".to_owned(), None),
                ("hook:light".to_owned(), Some("lamp is not on PATH".to_owned())),
            ],
            leader: "this dashboard tells".to_owned(),
        }
    }

    /// What is proposed about them, and what was decided without anybody.
    #[must_use]
    pub fn review(self, now: i64) -> Review {
        let (first, second) = (&ACTORS[0], &ACTORS[1]);
        let decided = |ago: i64, said: &str, silent, likely: &str, call: &str, reason: &str| Decided {
            session: first.id.to_owned(),
            call: format!("toolu_{ago}"),
            at: now - ago,
            said: said.to_owned(),
            silent,
            likely: likely.to_owned(),
            wanted: None,
            tool: "Bash".to_owned(),
            summary: call.to_owned(),
            reason: reason.to_owned(),
        };
        let learned = "learned: you allowed this 41 times here (97.1 % likely that you want it); of such answers fewer \
                       than 5 % are wrong (1 of 96 were; 98 % sure)";
        Review {
            proposals: vec![Proposal {
                id: "5be1c0de".to_owned(),
                deed: "compact",
                session: second.id.to_owned(),
                title: second.name.unwrap_or_default().to_owned(),
                urgent: false,
                reason: "its context is 91 % full, and the turn has ended".to_owned(),
                message: Some("Sum up where you are, and what is left to do.".to_owned()),
                done: false,
            }],
            decisions: vec![
                decided(3 * MINUTE, "allow", true, "97.1 %", "make lint", learned),
                decided(
                    2 * HOUR,
                    "ask",
                    false,
                    "71.0 %",
                    "docker compose up -d",
                    "runs the project's own code",
                ),
            ],
        }
    }

    /// What was said in one of them, or by a subagent of it.
    #[must_use]
    pub fn story(self, id: &str, agent: Option<&str>, now: i64) -> Option<Page> {
        let actor = ACTORS.iter().find(|actor| actor.id == id)?;
        let current =
            actor.phases.iter().rposition(|phase| phase.from * SECOND <= self.moment(now)).unwrap_or(0);
        let told = told(actor, &actor.phases[..=current]);
        let step = tale(actor).step;
        // What has stood still since, did all of it before.
        let still = actor.phases.first().filter(|phase| matches!(phase.state, State::Idle | State::Waiting));
        let many = i64::try_from(told.len()).unwrap_or(0);
        let first = self.began - still.map_or(0, |phase| phase.age) - many * step;
        let beats: Vec<(u64, Beat)> = (0_u32..)
            .zip(told)
            .map(|(at, what)| {
                let beat = Beat { at: Some(first + i64::from(at) * step), copied: false, what };
                (u64::from(at) * 100, beat)
            })
            .collect();
        let to = beats.len() as u64 * 100;
        let (session, agent) = (id.to_owned(), agent.map(str::to_owned));
        Some(Page { session, agent, from: 0, to, size: to, beats, found: None })
    }

    /// What is found in what they said: all words of a query, in the passages of the script.
    #[must_use]
    pub fn found(self, query: &str, now: i64) -> Found {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let mut found = Found { query: query.to_owned(), ..Found::default() };
        if words.is_empty() {
            return found;
        }
        for actor in ACTORS {
            let story = self.story(actor.id, None, now).unwrap_or_default();
            let passages: Vec<Passage> =
                story.beats.iter().filter_map(|(_, beat)| passage(beat, &words)).collect();
            if !passages.is_empty() {
                found.hits += passages.len() as u64;
                found.of.push(FoundIn {
                    session: actor.id.to_owned(),
                    name: actor.name.map(str::to_owned),
                    project: Some(actor.project.to_owned()),
                    hits: passages.len() as u64,
                    shown: passages.into_iter().take(4).collect(),
                });
            }
        }
        found.sessions = found.of.len() as u64;
        found.why = found.of.is_empty().then(|| format!("\"{query}\" is nowhere in what they said"));
        found
    }

    /// Turns to a page of what was said, as the reader of a transcript does; `None` where what is looked for is not there.
    #[must_use]
    pub fn turn(self, id: &str, agent: Option<&str>, turn: &Turn, now: i64) -> Option<Page> {
        let mut page = self.story(id, agent, now)?;
        let has = |beat: &Beat, text: &str| beat.contains(&text.to_lowercase());
        match turn {
            Turn::Find { text, from, back } => {
                let mut hits = page.beats.iter().filter(|(_, beat)| has(beat, text)).map(|(row, _)| *row);
                let found = if *back { hits.rfind(|row| row < from) } else { hits.find(|row| row >= from) };
                page.found = Some(found?);
            }
            Turn::At { at, text } => {
                let is_it = |beat: &Beat| beat.at == Some(*at) && has(beat, text);
                page.found = page.beats.iter().find(|(_, beat)| is_it(beat)).map(|(row, _)| *row);
            }
            Turn::Last | Turn::Before(_) | Turn::After(_) | Turn::GiveUp => {}
        }
        Some(page)
    }

    /// What one of them cost.
    #[must_use]
    pub fn money(self, id: &str, now: i64) -> Option<Money> {
        let look = self.look(now);
        let session = look.sessions.iter().find(|session| session.id == id)?;
        let usd = session.cost.usd;
        let spent = |percent| Spent { usd: usd.percent(percent), ..Spent::default() };
        let model = session.model.clone().unwrap_or_default();
        let tokens = session.tokens.total();
        let hours = [4, 11, 23, 9, 31, 22];
        let by_hour = hours
            .iter()
            .zip((0..6).rev())
            .map(|(percent, back)| ((now - back * HOUR).div_euclid(HOUR) * HOUR, spent(*percent)));
        Some(Money {
            session: id.to_owned(),
            by_model: vec![
                (model, spent(88), session.messages * 4 / 5, tokens * 4 / 5),
                ("claude-haiku-5-5".to_owned(), spent(12), session.messages / 5, tokens / 5),
            ],
            by_hour: by_hour.collect(),
            by_agent: vec![("main".to_owned(), spent(81)), ("Explore".to_owned(), spent(19))],
        })
    }
}

/// What of a beat all words are in, with the line that has most of them.
fn passage(beat: &Beat, words: &[String]) -> Option<Passage> {
    let (role, failed, said) = match &beat.what {
        What::Prompt(said) => ("prompt", false, said.clone()),
        What::Text(said) => ("reply", false, said.clone()),
        What::Call { tool, summary, .. } => ("call", false, format!("{tool} {summary}")),
        What::Result { failed, text, .. } => ("result", *failed, text.clone()),
        _ => return None,
    };
    let small = said.to_lowercase();
    let mut marks: Vec<(usize, usize)> = Vec::new();
    for word in words {
        let from = small.find(word)?;
        marks.push((from, from + word.len()));
    }
    marks.sort_unstable();
    let (mut line, mut at) = (Vec::new(), 0);
    for (from, to) in marks.into_iter().filter(|(_, to)| said.is_char_boundary(*to)) {
        if from >= at {
            line.push((said[at..from].to_owned(), false));
            line.push((said[from..to].to_owned(), true));
            at = to;
        }
    }
    line.push((said[at..].to_owned(), false));
    line.retain(|(text, _)| !text.is_empty());
    Some(Passage { role, failed, at: beat.at?, lines: vec![line], ..Passage::default() })
}

/// What a session was about.
struct Tale {
    prompt: &'static str,
    file: &'static str,
    /// Where in it, and the lines: one behind a space stays, behind a dash goes, behind a plus comes.
    at: usize,
    change: &'static [&'static str],
    command: &'static str,
    failed: &'static str,
    /// So often, with nothing changed in between.
    failures: usize,
    /// What it says then, and what the command says the next time; nothing where it has not come so far.
    remark: &'static str,
    passed: Option<&'static str>,
    /// From one thing to the next.
    step: i64,
}

const LOGIN: Tale = Tale {
    prompt: "Users are logged out after an hour. Renew the token before it ends, and run the tests.",
    file: "src/session/refresh.ts",
    at: 41,
    change: &[
        "     if (!session) return null;",
        "-    const token = session.token;",
        "+    const token = await refresh(session);",
        "+    if (token.expired) return signOut(session);",
        "     return { token };",
    ],
    command: "npm test -- login",
    failed: "1 failed, 41 passed: signs out when the token cannot be renewed",
    failures: 1,
    remark: "One test expects the old order. I renew the token before the session is read.",
    passed: Some("42 passed in 3.1 s"),
    step: 37 * SECOND,
};

/// What a session was about, where it is not the login.
fn tale(actor: &Actor) -> Tale {
    match actor.name {
        Some("api-docs") => Tale {
            prompt: "Write a page for each route of the API, with its schema and an example that runs.",
            file: "docs/api/orders.md",
            at: 12,
            change: &["-TODO", "+## POST /orders", "+", "+Places an order. Answers 201 with its id."],
            command: "npm run docs:check",
            failed: "orders.md: the example answers 422, not 201",
            remark: "The example lacks the currency, which is required since v3.",
            passed: Some("31 examples checked"),
            ..LOGIN
        },
        Some("landing page") => Tale {
            prompt: "Say on the landing page that there is a free plan.",
            file: "index.html",
            at: 88,
            change: &["-  <a href=\"/buy\">Buy</a>", "+  <a href=\"/start\">Start free</a>"],
            command: "npx html-validate index.html",
            failed: "index.html:91  error  <a> is not closed",
            remark: "The old end tag went with the line. I put it back.",
            passed: Some("1 file valid"),
            ..LOGIN
        },
        Some("flaky e2e") => Tale {
            prompt: "The checkout test fails one time in five on CI. Find out why.",
            file: "e2e/checkout.spec.ts",
            at: 57,
            change: &[
                "-  await page.click('#pay');",
                "+  await page.getByRole('button', { name: 'Pay' }).click();",
            ],
            command: "npx playwright test checkout",
            failed: "1 failed: checkout > pays with a saved card",
            failures: 6,
            remark: "It fails here, too. I run it again.",
            passed: None,
            step: 2 * MINUTE,
        },
        Some("weekly report") => Tale {
            prompt: "Put last week's incidents into the report.",
            file: "report/week-47.md",
            at: 3,
            change: &["+* Tuesday: the queue was full for 12 minutes; alerts came after 9."],
            command: "make report",
            failed: "week-47.md: two headings are called Incidents",
            remark: "I join the two.",
            passed: Some("report/week-47.pdf, 4 pages"),
            ..LOGIN
        },
        Some("parser rewrite") => Tale {
            prompt: "Parse expressions by precedence climbing; all of tests/parse.rs must pass.",
            file: "src/parse/expr.rs",
            at: 210,
            change: &[
                "-        let right = self.unary()?;",
                "+        let right = self.binary(power + 1)?;",
                "         left = Expr::binary(left, op, right);",
            ],
            command: "cargo test parse",
            failed: "error[E0308]: mismatched types",
            remark: "`binary` takes a u8. I give the powers that type.",
            passed: Some("test result: ok. 63 passed"),
            ..LOGIN
        },
        _ if actor.project == "warehouse" => Tale {
            prompt: "Move the orders to PostgreSQL 18, and measure what the new index gains.",
            file: "migrations/0042_orders_index.sql",
            at: 1,
            change: &[
                "-create index orders_day on orders (day);",
                "+create index orders_day on orders (day) include (total);",
            ],
            command: "cargo test --workspace",
            failed: "1 failed: pool::gives_back_what_timed_out",
            remark: "The pool's test waits for 10 ms, which is less than the new server takes to say hello.",
            passed: Some("test result: ok. 418 passed"),
            ..LOGIN
        },
        _ => LOGIN,
    }
}

/// What was said: a prompt, some looking, a change, a test, and where it stands.
fn told(actor: &Actor, phases: &[Phase]) -> Vec<What> {
    let tale = tale(actor);
    let file = format!("/src/{}/{}", actor.project, tale.file);
    let id = |number: usize| format!("toolu_{}{number}", &actor.id[..8]);
    let call = |number: usize, tool: &str, summary: &str, body| What::Call {
        id: id(number),
        tool: tool.to_owned(),
        summary: summary.to_owned(),
        body,
    };
    let result = |number: usize, tool: &str, failed, text: &str, lines, hunks| What::Result {
        id: id(number),
        tool: tool.to_owned(),
        failed,
        denied: false,
        text: text.to_owned(),
        lines,
        hunks,
    };
    let command =
        |command: &str| Body::Command { command: command.to_owned(), description: None, background: false };
    let line = |line: &&str| {
        let (sign, text) = line.split_at(1);
        match sign {
            "-" => Line::Removed(text.to_owned()),
            "+" => Line::Added(text.to_owned()),
            _ => Line::Same(text.to_owned()),
        }
    };
    let change = Hunk { at: Some((tale.at, tale.at)), lines: tale.change.iter().map(line).collect() };
    let lines = |sign| tale.change.iter().filter(|line| line.starts_with(sign)).count() as u64;
    let mut told = vec![
        What::Prompt(tale.prompt.to_owned()),
        What::Text("I look at how it is done now before I change anything.".to_owned()),
        call(1, "Read", &file, Body::None),
        result(1, "Read", false, "214 lines", None, Vec::new()),
        call(2, "Edit", &file, Body::Edit { path: file.clone(), hunks: vec![change.clone()] }),
        result(2, "Edit", false, "", Some((lines('+'), lines('-'))), vec![change]),
    ];
    let mut number = 3;
    for _ in 0..tale.failures {
        told.push(call(number, "Bash", tale.command, command(tale.command)));
        told.push(result(number, "Bash", true, tale.failed, None, Vec::new()));
        number += 1;
    }
    told.push(What::Text(tale.remark.to_owned()));
    if let Some(passed) = tale.passed {
        told.push(call(number, "Bash", tale.command, command(tale.command)));
        told.push(result(number, "Bash", false, passed, None, Vec::new()));
        number += 1;
    }
    let calls = phases.iter().filter(|phase| phase.state != State::RateLimited);
    for (number, phase) in (number..).zip(calls) {
        if let Some((tool, summary)) = phase.detail.and_then(|detail| detail.split_once(": ")) {
            let body = if tool == "Bash" { command(summary) } else { Body::None };
            told.push(call(number, tool, summary, body));
        }
    }
    told
}

fn cents(cents: i64) -> Usd {
    Usd::from_pico(i128::from(cents) * 10_000_000_000)
}

#[expect(clippy::cast_precision_loss, reason = "made-up money")]
fn while_it_ran(per_hour: f64, elapsed: i64) -> Usd {
    Usd::from_dollars(per_hour * elapsed as f64 / HOUR as f64).unwrap_or_default()
}

/// Cents of a day, for no reason but to look like a month of work: little on weekends.
fn made_up(day: i64) -> i64 {
    let weekend = matches!((day + 4).rem_euclid(7), 0 | 6);
    let some = (day.wrapping_mul(2_654_435_761)).rem_euclid(2_400) + 900;
    if weekend { some / 9 } else { some }
}

fn pulse(actor: &Actor, now: i64) -> Pulse {
    let mut pulse = Pulse::default();
    let still = actor.phases.first().filter(|phase| matches!(phase.state, State::Idle | State::Waiting));
    let quiet = still.map_or(0, |phase| phase.age / MINUTE);
    for back in 0..30 {
        let minute = now / MINUTE - back;
        let some = (minute.wrapping_mul(31) + actor.up / MINUTE * 7).rem_euclid(13);
        let rows = if back < quiet { 0 } else { some };
        for _ in 0..rows {
            pulse.beat(Some(minute * MINUTE));
        }
    }
    pulse
}

fn errors(actor: &Actor, now: i64) -> Vec<RecentError> {
    let error = |tool: &str, message: &str, ago: i64| RecentError {
        tool: tool.to_owned(),
        message: message.to_owned(),
        at: Some(now - ago),
    };
    match actor.name {
        Some("flaky e2e") => {
            (0..6).map(|at| error("Bash", tale(actor).failed, (2 + 4 * at) * MINUTE)).collect()
        }
        Some("parser rewrite") => vec![error("Bash", "error[E0308]: mismatched types", 2 * MINUTE)],
        _ => Vec::new(),
    }
}

fn subagents() -> Vec<Subagent> {
    let agent = |id: &str, kind: &str, what: &str, state, cents_: i64, tokens: u64| Subagent {
        id: id.to_owned(),
        kind: kind.to_owned(),
        description: Some(what.to_owned()),
        state,
        model: Some("claude-haiku-5-5".to_owned()),
        tokens: TokenCounts { cache_read: tokens, ..TokenCounts::default() },
        cost_usd: cents(cents_),
        messages: tokens / 30_000,
    };
    vec![
        agent("a1f0c2d4", "Explore", "find where routes are declared", "finished", 31, 412_000),
        agent("b7e9d8c6", "Explore", "list every route with its schema", "running", 54, 803_000),
        agent("c2d3e4f5", "general-purpose", "check examples against the schema", "running", 22, 291_000),
    ]
}

fn background(phase: &Phase, since: i64) -> Vec<Background> {
    let task =
        |detail: &str| Background { id: "bash_1".to_owned(), summary: detail.to_owned(), since: Some(since) };
    let detail = phase.detail.filter(|_| phase.state == State::Background);
    detail.map(task).into_iter().collect()
}

fn files(actor: &Actor) -> BTreeMap<String, u64> {
    let names: &[(&str, u64)] = match actor.project {
        "shop" if actor.name == Some("api-docs") => &[("docs/api/orders.md", 5), ("docs/api/users.md", 3)],
        "ops" => &[("report/week-47.md", 2)],
        "shop" => &[("src/session/refresh.ts", 9), ("src/login/form.tsx", 4), ("tests/login.test.ts", 3)],
        "warehouse" => &[("migrations/0042_orders_index.sql", 6), ("src/db/pool.rs", 2)],
        "mobile" => &[("e2e/checkout.spec.ts", 12), ("playwright.config.ts", 1)],
        "compiler" => &[("src/parse/expr.rs", 27), ("src/parse/tokens.rs", 8), ("tests/parse.rs", 5)],
        _ => &[("index.html", 2)],
    };
    names.iter().map(|(name, times)| (format!("/src/{}/{name}", actor.project), *times)).collect()
}

fn tools(tokens: u64) -> BTreeMap<String, u64> {
    let calls = tokens / 40_000;
    let share = [("Bash", 42), ("Read", 27), ("Edit", 18), ("Grep", 9), ("Task", 4)];
    share
        .into_iter()
        .map(|(tool, percent)| (tool.to_owned(), calls * percent / 100))
        .filter(|(_, n)| *n > 0)
        .collect()
}

fn conflicts(actor: &Actor) -> Vec<Conflict> {
    if actor.project != "warehouse" {
        return Vec::new();
    }
    let other = ACTORS.iter().find(|other| other.project == actor.project && other.id != actor.id);
    let conflict = |other: &Actor| Conflict {
        kind: "worktree",
        path: format!("/src/{}", actor.project),
        with: other.id.to_owned(),
        was: None,
        more: None,
    };
    other.map(conflict).into_iter().collect()
}

fn findings(actor: &Actor) -> Vec<Finding> {
    let finding = |check, severity, message: &str, evidence: &str, advice| Finding {
        check,
        severity,
        message: message.to_owned(),
        evidence: evidence.to_owned(),
        advice,
    };
    match actor.name {
        Some("api-docs") => vec![finding(
            "context",
            Severity::Warning,
            "the context is 83% full",
            "166,800 of 200,000 tokens; warned from 80%",
            "compact it, or hand over to a new session",
        )],
        Some("flaky e2e") => vec![finding(
            "loop",
            Severity::Critical,
            "the same command failed the same way 6 times",
            "Bash: npx playwright test checkout, 6 times in 21 m, no edit in between",
            "stop it and say what to try instead",
        )],
        _ => Vec::new(),
    }
}
