//! The one table of keys: what each does, where, and how the help says it.
//!
//! The help, the palette, the hints at the foot and the page in the documentation are made of it. A key of the
//! published tool keeps its meaning; one whose feature is still to come says so.

use claudectl_fleet::status::State;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::detail::Tab;

/// Where a key means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the list of sessions.
    List,
    /// In the open session.
    Detail,
    /// On the page of what was spent.
    Spend,
    /// On the page of notices.
    Notices,
    /// On the page that searches all transcripts.
    Search,
    /// On the page of proposals and decisions.
    Review,
    /// Everywhere; in a line that is being typed, only `Ctrl+c`.
    Everywhere,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// To the line above.
    Up,
    /// To the line below.
    Down,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
    /// To the first line.
    First,
    /// To the last line.
    Last,
    /// Opens what is chosen; in an open session, makes it as high as the screen.
    Open,
    /// Closes what was opened last, or clears the filters.
    Back,
    /// Ends the program.
    Quit,
    /// Goes to the terminal of the session.
    Jump,
    /// Ends the session.
    Stop,
    /// Shows the call that it asks about, to answer it.
    Answer,
    /// Groups by project.
    Group,
    /// Sorts by the next column.
    Sort,
    /// Turns the order around.
    Reverse,
    /// Shows only the next status.
    FilterStatus,
    /// Shows only what the next focus is on.
    FilterFocus,
    /// Searches.
    Search,
    /// Shows long texts whole, or cut again.
    Whole,
    /// To the next thing found.
    FindNext,
    /// To the thing found before.
    FindPrevious,
    /// Clears filters and search.
    Clear,
    /// Shows the chosen session beside the list, or not.
    Beside,
    /// Shows the session's subagents.
    Unfold,
    /// Hides them.
    Fold,
    /// Makes a highlight reel.
    Reel,
    /// Looks again.
    Refresh,
    /// Sets the program aside, for the shell.
    Suspend,
    /// Shows all keys.
    Help,
    /// Lists everything that can be done.
    Palette,
    /// To the next tab, or a longer time.
    Next,
    /// To the tab before, or a shorter time.
    Previous,
    /// To a tab by its number.
    Tab(u8),
    /// The session below, while one is open.
    Below,
    /// The session above, while one is open.
    Above,
    /// To the sessions.
    Sessions,
    /// To what was spent.
    Spend,
    /// To the notices.
    Notices,
    /// To what is proposed, and to decisions to look at.
    Review,
    /// Does what is proposed; or the call was wanted.
    Wanted,
    /// The call was not wanted.
    Unwanted,
    /// Searches all transcripts.
    SearchAll,
    /// The next theme.
    Theme,
    /// Something that is still to come.
    Later(Later),
}

/// What is still to come, and what to do until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Later {
    /// Type into the session.
    Input,
    /// Compact the context.
    Compact,
    /// Start a session.
    New,
    /// Skills and what other machines know.
    Skills,
    /// Other machines.
    Peers,
    /// Tasks.
    Tasks,
}

impl Later {
    /// What is said when its key is pressed.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Input => "typing into a session from here is still to come: Tab goes to its terminal",
            Self::Compact => {
                "compacting from here is still to come: Tab goes to the session, /compact does it"
            }
            Self::New => "starting a session from here is still to come: run `claude` in its folder",
            Self::Skills => "the list of skills and shared knowledge is still to come",
            Self::Peers => "other machines are still to come",
            Self::Tasks => "tasks are still to come",
        }
    }
}

/// A line of the table.
#[derive(Debug)]
pub struct Binding {
    /// Where.
    pub place: Place,
    /// The keys, as they are shown: `j`, `Ctrl+b`, `PageUp`.
    pub keys: &'static [&'static str],
    /// What they do.
    pub action: Action,
    /// In words, for help and palette.
    pub what: &'static str,
}

const fn key(place: Place, keys: &'static [&'static str], action: Action, what: &'static str) -> Binding {
    Binding { place, keys, action, what }
}

/// Every key.
pub const TABLE: &[Binding] = &[
    key(Place::Everywhere, &["Up", "k"], Action::Up, "the line above"),
    key(Place::Everywhere, &["Down", "j"], Action::Down, "the line below"),
    key(Place::Everywhere, &["PageUp", "Ctrl+u"], Action::PageUp, "a screen up"),
    key(Place::Everywhere, &["PageDown", "Ctrl+d"], Action::PageDown, "a screen down"),
    key(Place::Everywhere, &["Home"], Action::First, "the first line"),
    key(Place::Everywhere, &["End", "G"], Action::Last, "the last line"),
    key(Place::List, &["Enter"], Action::Open, "open the session, the subagent, or the group"),
    key(Place::Everywhere, &["Tab"], Action::Jump, "go to the session's terminal"),
    key(Place::List, &["Right", "l"], Action::Unfold, "show subagents, or the group's sessions"),
    key(Place::List, &["Left", "h"], Action::Fold, "hide them"),
    key(Place::List, &["s"], Action::Sort, "sort by the next column"),
    key(Place::List, &["S"], Action::Reverse, "turn the order around"),
    key(Place::List, &["g"], Action::Group, "group by project"),
    key(Place::List, &["f"], Action::FilterStatus, "only the next status"),
    key(Place::List, &["v"], Action::FilterFocus, "only what needs a look, by the next reason for it"),
    key(Place::List, &["/"], Action::Search, "only what has a text in its name, project, branch ..."),
    key(Place::List, &["z"], Action::Clear, "all sessions again"),
    key(Place::List, &["w"], Action::Beside, "the chosen session beside the list, or the list alone"),
    key(
        Place::Everywhere,
        &["y", "a"],
        Action::Answer,
        "show the call that it asks about; there y allows it, a exactly this for an hour in this session, n denies it",
    ),
    key(Place::Everywhere, &["d", "x"], Action::Stop, "end the session; press it twice"),
    key(Place::Everywhere, &["R"], Action::Reel, "make a highlight reel of the session"),
    key(Place::Everywhere, &["r"], Action::Refresh, "look again"),
    key(Place::Detail, &["Enter"], Action::Open, "as high as the screen, and back"),
    key(Place::Detail, &["Right", "l", "]"], Action::Next, "the next tab"),
    key(Place::Detail, &["Left", "h", "["], Action::Previous, "the tab before"),
    key(Place::Detail, &["1"], Action::Tab(0), "the session's overview"),
    key(Place::Detail, &["2"], Action::Tab(1), "the session's timeline"),
    key(Place::Detail, &["3"], Action::Tab(2), "the session's calls"),
    key(Place::Detail, &["4"], Action::Tab(3), "the session's files"),
    key(Place::Detail, &["5"], Action::Tab(4), "the session's cost"),
    key(Place::Detail, &["6"], Action::Tab(5), "the session's health"),
    key(Place::Detail, &["7"], Action::Tab(6), "the session's transcript"),
    key(Place::Detail, &[">", "J"], Action::Below, "the session below"),
    key(Place::Detail, &["<"], Action::Above, "the session above"),
    key(Place::Detail, &["/"], Action::Search, "search the transcript"),
    key(Place::Detail, &["e"], Action::Whole, "long texts whole, and cut again"),
    key(Place::Detail, &["n"], Action::FindNext, "the next place found, towards the beginning"),
    key(Place::Detail, &["N"], Action::FindPrevious, "the place found before"),
    key(Place::Search, &["Enter"], Action::Open, "open the transcript at this place"),
    key(Place::Search, &["/"], Action::Search, "look for something else"),
    key(Place::Spend, &["Right", "l", "]"], Action::Next, "a longer time"),
    key(Place::Spend, &["Left", "h", "["], Action::Previous, "a shorter time"),
    key(Place::Everywhere, &["F1"], Action::Sessions, "the sessions"),
    key(Place::Everywhere, &["F2", "$"], Action::Spend, "what was spent, and the account's limits"),
    key(Place::Everywhere, &["F3", "!"], Action::Notices, "what was told, and what was not"),
    key(Place::Everywhere, &["F4", "F"], Action::SearchAll, "search all transcripts, past ones too"),
    key(
        Place::Everywhere,
        &["F5", "b", "B", "Ctrl+b", "M"],
        Action::Review,
        "what is proposed, and decisions to look at",
    ),
    key(Place::Review, &["y"], Action::Wanted, "do what is proposed; the call was wanted"),
    key(Place::Review, &["n"], Action::Unwanted, "the call was not wanted"),
    key(Place::Review, &["Enter"], Action::Open, "open its session"),
    key(Place::Everywhere, &["?"], Action::Help, "all keys"),
    key(Place::Everywhere, &[":", "Ctrl+p"], Action::Palette, "everything that can be done, by name"),
    key(Place::Everywhere, &["t"], Action::Theme, "the next theme"),
    key(Place::Everywhere, &["Esc"], Action::Back, "close what is open, or clear the filters"),
    key(Place::Everywhere, &["q", "Ctrl+c"], Action::Quit, "leave; sessions go on"),
    key(Place::Everywhere, &["Ctrl+z"], Action::Suspend, "set it aside; fg brings it back"),
    key(Place::Everywhere, &["i"], Action::Later(Later::Input), "type into the session"),
    key(Place::Everywhere, &["c"], Action::Later(Later::Compact), "compact the context"),
    key(Place::List, &["n"], Action::Later(Later::New), "start a session"),
    key(Place::Everywhere, &["K"], Action::Later(Later::Skills), "skills and shared knowledge"),
    key(Place::Everywhere, &["p"], Action::Later(Later::Peers), "other machines"),
    key(Place::Everywhere, &["T", "Ctrl+r"], Action::Later(Later::Tasks), "tasks and roles"),
];

/// The action of a key at a place: what is said of the place itself comes before what holds everywhere. A digit opens
/// the session that is chosen at that tab.
#[must_use]
pub fn action(place: Place, event: KeyEvent) -> Option<Action> {
    let name = name(event)?;
    let of = |at: Place| {
        let own = |binding: &&Binding| binding.place == at && binding.keys.contains(&name.as_str());
        TABLE.iter().find(own).map(|binding| binding.action)
    };
    let tab = || of(Place::Detail).filter(|action| place == Place::List && matches!(action, Action::Tab(_)));
    of(place).or_else(|| of(Place::Everywhere)).or_else(tab)
}

/// What keys do at a place: what is said of the place itself comes first.
pub(crate) fn at(place: Place) -> impl Iterator<Item = &'static Binding> {
    let own = TABLE.iter().filter(move |binding| binding.place == place);
    let tabs = TABLE.iter().filter(move |binding| {
        place == Place::List && binding.place == Place::Detail && matches!(binding.action, Action::Tab(_))
    });
    own.chain(tabs).chain(TABLE.iter().filter(|binding| binding.place == Place::Everywhere))
}

/// A line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The keys.
    pub keys: Vec<&'static str>,
    /// What they do.
    pub what: String,
}

/// The sections of the help: a title, and its lines. What is still to come is the last one.
#[must_use]
pub fn sections() -> Vec<(&'static str, Vec<Line>)> {
    let is_later = |binding: &&Binding| matches!(binding.action, Action::Later(_));
    let line = |binding: &Binding| Line { keys: binding.keys.to_vec(), what: binding.what.to_owned() };
    let mut sections = Vec::new();
    for (place, title) in PLACES {
        let here = TABLE.iter().filter(|binding| binding.place == *place && !is_later(binding));
        let mut lines: Vec<Line> = Vec::new();
        for binding in here {
            match binding.action {
                Action::Tab(0) => lines.push(tabs("its tabs")),
                Action::Tab(_) => {}
                _ => lines.push(line(binding)),
            }
        }
        if *place == Place::List {
            lines.insert(1, tabs("open it at"));
        }
        sections.push((*title, lines));
    }
    sections.push(("Still to come", TABLE.iter().filter(is_later).map(line).collect()));
    sections
}

/// The tabs of a session, by their digits.
fn tabs(what: &str) -> Line {
    let titles: Vec<&str> = Tab::ALL.iter().map(|tab| tab.title()).collect();
    Line { keys: vec!["1 ... 7"], what: format!("{what}: {}", titles.join(", ")) }
}

/// The first key of an action at a place.
#[must_use]
pub fn of(place: Place, action: Action) -> Option<&'static str> {
    let found = TABLE.iter().find(|binding| {
        binding.action == action && matches!(binding.place, at if at == place || at == Place::Everywhere)
    });
    found.and_then(|binding| binding.keys.first().copied())
}

/// A key as the table writes it.
#[must_use]
pub fn name(event: KeyEvent) -> Option<String> {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let name = match event.code {
        KeyCode::Char(' ') => "Space".to_owned(),
        KeyCode::Char(letter) if control => letter.to_ascii_lowercase().to_string(),
        KeyCode::Char(letter) => letter.to_string(),
        KeyCode::Enter => "Enter".to_owned(),
        KeyCode::Esc => "Esc".to_owned(),
        KeyCode::Tab => "Tab".to_owned(),
        KeyCode::BackTab => "BackTab".to_owned(),
        KeyCode::Up => "Up".to_owned(),
        KeyCode::Down => "Down".to_owned(),
        KeyCode::Left => "Left".to_owned(),
        KeyCode::Right => "Right".to_owned(),
        KeyCode::PageUp => "PageUp".to_owned(),
        KeyCode::PageDown => "PageDown".to_owned(),
        KeyCode::Home => "Home".to_owned(),
        KeyCode::End => "End".to_owned(),
        KeyCode::F(number) => format!("F{number}"),
        _ => return None,
    };
    // Alt with a letter is no key of ours: it must not do what the letter does.
    if event.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    Some(if control && matches!(event.code, KeyCode::Char(_)) { format!("Ctrl+{name}") } else { name })
}

/// What a state means, in the help and in the documentation.
#[must_use]
pub fn meaning(state: State) -> &'static str {
    match state {
        State::NeedsPermission => "a tool waits for your permission",
        State::NeedsAnswer => "a question or a plan waits for your answer",
        State::Error => "the last request failed",
        State::RateLimited => "held up by a rate limit",
        State::Stalled => "a turn runs, but nothing has moved for long",
        State::Waiting => "the turn has ended: your move",
        State::Working => "a turn runs",
        State::Background => "the turn has ended; background tasks go on",
        State::Idle => "the turn ended long ago, or none has begun",
        State::Unknown => "it cannot be told",
        State::Finished => "the process has ended",
    }
}

/// Signs of the list that need words.
pub const SIGNS: &[(&str, &str)] = &[
    ("~", "inferred: nothing says so outright"),
    ("BY", "what decided: the registry, a hook, the transcript, the process, or inferred"),
    ("▸3", "behind a session: subagents it has started (▾3 while they are shown; in ASCII >3 and v3)"),
    ("+2", "behind a session: subagents that run; behind a cost: responses without a known price"),
    ("⏎", "in a call or a text: a new line (in ASCII a backslash)"),
    ("?", "behind a cost: it rests on a price that nothing confirmed"),
    ("!", "behind a percentage or a cost: near its limit"),
    ("CPU MEM", "of the session's process and all below it"),
    ("ACTIVITY", "rows of the transcript in the last half hour, two minutes a cell"),
];

/// The places with their titles, in the order of the help.
pub const PLACES: &[(Place, &str)] = &[
    (Place::List, "In the list of sessions"),
    (Place::Detail, "In an open session"),
    (Place::Search, "On the page that searches all transcripts"),
    (Place::Spend, "On the page of what was spent"),
    (Place::Review, "On the page of proposals and decisions"),
    (Place::Everywhere, "Everywhere"),
];

/// The page of the documentation.
#[must_use]
pub fn markdown() -> String {
    let mut page = "\
# The dashboard

Generated by `claudectl docs`; do not edit. `claudectl` on a terminal opens it, `claudectl demo` shows it over a
made-up fleet, `?` lists the keys.
"
    .to_owned();
    for (title, lines) in sections() {
        page.push_str(&format!("\n## {title}\n\n| Keys | |\n|---|---|\n"));
        for line in lines {
            let keys: Vec<String> = line.keys.iter().map(|key| format!("`{key}`")).collect();
            page.push_str(&format!("| {} | {} |\n", keys.join(" "), line.what));
        }
    }
    page.push_str("\nA click chooses, a second one opens; titles of columns sort, the wheel scrolls. Terminals select text with Shift held. Where \
         the screen is wide enough for the whole list and some 50 columns more (about 200), the chosen session stands \
         beside it.\n");
    page.push_str("\n## States, the most urgent first\n\n| | |\n|---|---|\n");
    for state in State::ALL {
        page.push_str(&format!("| {} {} | {} |\n", state.sign(), state.word(), meaning(state)));
    }
    page.push_str("\n## Signs\n\n| | |\n|---|---|\n");
    for (sign, what) in SIGNS {
        page.push_str(&format!("| `{sign}` | {what} |\n"));
    }
    page
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn press(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn no_key_means_two_things_at_one_place() {
        let mut seen = HashSet::new();
        for binding in TABLE {
            for key in binding.keys {
                assert!(seen.insert((format!("{:?}", binding.place), *key)), "{key} at {:?}", binding.place);
            }
        }
    }

    #[test]
    fn keys_of_the_published_tool_keep_their_meaning() {
        let list = |code| action(Place::List, press(code));
        let plain = [
            ('j', Action::Down),
            ('k', Action::Up),
            ('d', Action::Stop),
            ('x', Action::Stop),
            ('g', Action::Group),
            ('s', Action::Sort),
            ('f', Action::FilterStatus),
            ('v', Action::FilterFocus),
            ('/', Action::Search),
            ('z', Action::Clear),
            ('R', Action::Reel),
            ('r', Action::Refresh),
            ('?', Action::Help),
            ('q', Action::Quit),
            ('y', Action::Answer),
            ('i', Action::Later(Later::Input)),
            ('a', Action::Answer),
            ('b', Action::Review),
            ('B', Action::Review),
            ('c', Action::Later(Later::Compact)),
            ('n', Action::Later(Later::New)),
            ('K', Action::Later(Later::Skills)),
            ('p', Action::Later(Later::Peers)),
        ];
        for (letter, expected) in plain {
            assert_eq!(list(KeyCode::Char(letter)), Some(expected), "{letter}");
        }
        assert_eq!(list(KeyCode::Enter), Some(Action::Open));
        assert_eq!(list(KeyCode::Tab), Some(Action::Jump));
        let control =
            |letter| action(Place::List, KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL));
        assert_eq!((control('c'), control('b')), (Some(Action::Quit), Some(Action::Review)));
    }

    #[test]
    fn a_place_comes_before_everywhere_and_alt_is_no_key() {
        assert_eq!(action(Place::Detail, press(KeyCode::Char('n'))), Some(Action::FindNext));
        assert_eq!(action(Place::Detail, press(KeyCode::Char('q'))), Some(Action::Quit));
        let alt = KeyEvent::new(KeyCode::Char('d'), KeyModifiers::ALT);
        assert_eq!(action(Place::List, alt), None);
        assert_eq!(action(Place::List, press(KeyCode::Insert)), None);
    }
}
