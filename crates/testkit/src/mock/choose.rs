//! Choosing the answer: from a request and the counters to a turn.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use super::request::{Ask, Kind};
use super::scenario::{Scenario, SideKind, Turn};
use crate::must::must;

const SHIPPED: [(&str, &str); 27] = [
    ("agent", include_str!("../../scenarios/agent.json")),
    ("agentlong", include_str!("../../scenarios/agentlong.json")),
    ("agentperm", include_str!("../../scenarios/agentperm.json")),
    ("agentperm_busy", include_str!("../../scenarios/agentperm_busy.json")),
    ("agentperm_sync", include_str!("../../scenarios/agentperm_sync.json")),
    ("ask", include_str!("../../scenarios/ask.json")),
    ("askperm", include_str!("../../scenarios/askperm.json")),
    ("bgagent", include_str!("../../scenarios/bgagent.json")),
    ("bgshell", include_str!("../../scenarios/bgshell.json")),
    ("error529", include_str!("../../scenarios/error529.json")),
    ("fail400", include_str!("../../scenarios/fail400.json")),
    ("fail429", include_str!("../../scenarios/fail429.json")),
    ("fail529", include_str!("../../scenarios/fail529.json")),
    ("hello", include_str!("../../scenarios/hello.json")),
    ("long", include_str!("../../scenarios/long.json")),
    ("longperm", include_str!("../../scenarios/longperm.json")),
    ("perm", include_str!("../../scenarios/perm.json")),
    ("permask", include_str!("../../scenarios/permask.json")),
    ("plan", include_str!("../../scenarios/plan.json")),
    ("price", include_str!("../../scenarios/price.json")),
    ("run", include_str!("../../scenarios/run.json")),
    ("silent", include_str!("../../scenarios/silent.json")),
    ("slow", include_str!("../../scenarios/slow.json")),
    ("soon", include_str!("../../scenarios/soon.json")),
    ("tools", include_str!("../../scenarios/tools.json")),
    ("unheard", include_str!("../../scenarios/unheard.json")),
    ("two", include_str!("../../scenarios/two.json")),
];

/// The scenarios in the testkit's own folder.
pub(super) fn shipped() -> BTreeMap<String, Scenario> {
    SHIPPED.iter().map(|(name, text)| (String::from(*name), must(serde_json::from_str(text), name))).collect()
}

/// Where a script stands: session, scenario, lane and subagent.
type Place = (String, String, String, Option<String>);

/// Scenarios and how far each conversation has come.
#[derive(Debug, Default)]
pub(super) struct Chooser {
    pub(super) scenarios: BTreeMap<String, Scenario>,
    pub(super) default: String,
    /// Turns to answer next with, for one session or for any.
    pub(super) pushed: Vec<(Option<String>, Turn)>,
    by_session: HashMap<String, String>,
    cursors: HashMap<Place, usize>,
    failures: HashMap<(Place, usize), u32>,
    fired: HashSet<(String, String, usize)>,
}

/// The answer, and where it was found.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) turn: Turn,
    pub(super) label: String,
}

impl Chooser {
    pub(super) fn shipped() -> Self {
        Self { scenarios: shipped(), default: "hello".to_owned(), ..Self::default() }
    }

    pub(super) fn reset(&mut self) {
        let (scenarios, default) = (std::mem::take(&mut self.scenarios), std::mem::take(&mut self.default));
        *self = Self { scenarios, default, ..Self::default() };
    }

    pub(super) fn choose(&mut self, ask: &Ask) -> Choice {
        let name = self.scenario_of(ask);
        let Some(scenario) = self.scenarios.get(&name) else {
            let message = format!("the mock has no scenario named {name}");
            return Choice {
                turn: Turn::error(400, "invalid_request_error", &message),
                label: format!("{name}:unknown"),
            };
        };
        let found = |place: &str, turn: Turn| Choice { turn, label: format!("{name}:{place}") };

        if let Kind::Side(kind) = ask.kind {
            let turn = scenario.side.get(&kind).cloned().unwrap_or_else(|| side_answer(kind, &ask.schema));
            return found("side", turn);
        }
        // The old version does not name its subagents: they are known by what they are asked.
        let own_lane = own_lane(scenario, ask);
        let main = ask.kind == Kind::Main && own_lane.is_none();
        let meant =
            |(session, _): &(Option<String>, Turn)| session.as_ref().is_none_or(|id| *id == ask.session);
        if let Some(index) = self.pushed.iter().position(|pushed| main && meant(pushed)) {
            return found("pushed", self.pushed.remove(index).1);
        }

        let lane = if main { "main" } else { own_lane.unwrap_or("subagent") };
        for (index, rule) in scenario.rules.iter().enumerate() {
            if rule.lane.as_deref().is_some_and(|only| only != lane) || !rule.r#match.matches(ask.newest()) {
                continue;
            }
            let first = self.fired.insert((ask.session.clone(), name.clone(), index));
            if first || !rule.once {
                return found(&format!("rule{index}"), rule.turn.clone());
            }
        }

        let nobody = [Turn::text("Subagent done.")];
        let turns = match (main, scenario.lanes.get(lane)) {
            (true, _) => scenario.turns.as_slice(),
            (false, Some(lane)) => lane.turns.as_slice(),
            (false, None) => &nobody,
        };
        let place = (ask.session.clone(), name.clone(), lane.to_owned(), ask.agent.clone());
        let mut at = self.cursors.get(&place).copied().unwrap_or(0);
        if scenario.r#loop && !turns.is_empty() {
            at %= turns.len();
        }
        if let Some(turn) = turns.get(at)
            && let Some(error) = &turn.error
        {
            let tries = self.failures.entry((place.clone(), at)).or_default();
            *tries += 1;
            if *tries <= error.times {
                return found(&format!("{lane}[{at}]"), turn.clone());
            }
            if turn.is_error_only() {
                at += 1;
            }
        }
        self.cursors.insert(place, at + 1);
        match turns.get(at) {
            Some(turn) => found(&format!("{lane}[{at}]"), Turn { error: None, ..turn.clone() }),
            None => {
                let over = || Turn::text("(mock: the script has run out)");
                found(lane, scenario.fallback.clone().unwrap_or_else(over))
            }
        }
    }

    /// The scenario a conversation follows; its subagents and side requests follow the same one.
    fn scenario_of(&mut self, ask: &Ask) -> String {
        if ask.kind == Kind::Main
            && let Some(tag) = ask.tag()
        {
            self.by_session.insert(ask.session.clone(), tag.to_owned());
        }
        self.by_session.get(&ask.session).unwrap_or(&self.default).clone()
    }
}

fn own_lane<'a>(scenario: &'a Scenario, ask: &Ask) -> Option<&'a str> {
    let first = ask.texts.first().map_or("", String::as_str);
    let matching = scenario.lanes.iter().find(|(_, lane)| {
        !lane.r#match.is_empty() && (ask.system.contains(&lane.r#match) || first.contains(&lane.r#match))
    });
    matching.map(|(name, _)| name.as_str())
}

fn side_answer(kind: SideKind, schema: &Value) -> Turn {
    Turn::text(&match kind {
        SideKind::Quota => "ok".to_owned(),
        SideKind::Title => json!({"title": "A scripted title"}).to_string(),
        SideKind::Suggestion => "run the tests".to_owned(),
        SideKind::Progress => "Doing as scripted".to_owned(),
        SideKind::Compact => "<analysis>scripted</analysis>\n<summary>\n1. Primary Request and Intent: a scripted summary \
                              of the conversation so far.\n</summary>"
            .to_owned(),
        SideKind::BgState => {
            json!({"state": "done", "detail": "scripted: finished", "tempo": "idle", "output": {"result": "scripted"}})
                .to_string()
        }
        SideKind::Structured => fitting(schema).to_string(),
        SideKind::Small => "A scripted side answer.".to_owned(),
    })
}

/// A value that fits a simple JSON schema.
fn fitting(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    match schema["type"].as_str().unwrap_or("object") {
        "object" => {
            let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice).iter();
            let fields = required.filter_map(Value::as_str);
            fields.map(|name| (name.to_owned(), fitting(&schema["properties"][name]))).collect()
        }
        "string" => json!("scripted"),
        "boolean" => json!(true),
        "array" => json!([]),
        _ => json!(0),
    }
}
