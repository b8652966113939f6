//! One file's text against the table of keys: settings with their lines, or mistakes with line and column.
//!
//! Strict on purpose: a misspelt budget that is ignored in silence is a budget that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use claudectl_fleet::notice::Event;
use toml_edit::{Document, Item, TableLike};

use super::error::{ConfigError, ConfigErrors, ErrorKind, Notice, shown};
use super::foreign::{self, MIGRATING};
use super::keys::{self, Found, Key, KeyPath, Permission};
use super::suggest;
use super::value::{Misfit, Value, type_name};

/// No configuration is this long; a project file of this size is an attempt at something.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

/// After this many mistakes the file is not a configuration with typing errors.
const MAX_ERRORS: usize = 200;

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The person's own file: may set everything.
    User,
    /// A `.claudectl.toml` from a repository: untrusted, may only tighten.
    Project,
}

/// What the built-in price table knows of a model id, so that an override may omit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct KnownPrice {
    /// It has a fast mode.
    pub(crate) fast: bool,
    /// It has a tier for long requests.
    pub(crate) long: bool,
}

/// Looks an exact model id up in the built-in price table.
pub(crate) type PriceBook<'a> = dyn Fn(&str) -> Option<KnownPrice> + 'a;

/// A checked value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting {
    /// The table entry.
    pub(crate) key: &'static Key,
    /// The concrete path.
    pub(crate) path: KeyPath,
    /// The value, in range.
    pub(crate) value: Value,
    /// Line and column of the value, from 1.
    pub(crate) at: (usize, usize),
}

/// What one file says.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// The valid settings, in file order.
    pub(crate) settings: Vec<Setting>,
    /// The mistakes, in file order.
    pub(crate) errors: Vec<ConfigError>,
    /// Set when the file belongs to the published tool; then there is nothing else.
    pub(crate) foreign: Option<Notice>,
}

/// Check one file.
pub(crate) fn check(role: Role, file: &Path, bytes: &[u8], prices: &PriceBook<'_>) -> Checked {
    let text = match decode(file, bytes) {
        Ok(text) => text,
        Err(errors) => return Checked { errors: errors.into_iter().collect(), ..Checked::default() },
    };
    let doc = match Document::parse(text) {
        Ok(doc) => doc,
        Err(_) if foreign::is_foreign_text(text) => return foreign_file(file),
        Err(error) => return Checked { errors: vec![syntax(file, text, &error)], ..Checked::default() },
    };
    if foreign::is_foreign(&doc) {
        return foreign_file(file);
    }
    let mut walk =
        Walk { role, file, lines: Lines::of(text), seen: BTreeMap::new(), out: Checked::default() };
    walk.table(&KeyPath::default(), doc.as_table());
    walk.complete_prices(prices);
    walk.complete_sinks();
    walk.complete_llm();
    walk.finish()
}

/// The text of a file without its byte order mark.
pub(crate) fn decode<'a>(file: &Path, bytes: &'a [u8]) -> Result<&'a str, ConfigErrors> {
    if bytes.len() > MAX_BYTES {
        return Err(too_large(file).into());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(file, bytes, error.valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The error for a file above the size limit.
pub(crate) fn too_large(file: &Path) -> ConfigError {
    ConfigError::file(ErrorKind::TooLarge, file, "the file is too large to be a configuration")
        .explained("a configuration is at most 1 MiB", "check that this path is the file you meant")
}

fn not_utf8(file: &Path, bytes: &[u8], valid: usize) -> ConfigError {
    let before = std::str::from_utf8(&bytes[..valid]).unwrap_or("");
    ConfigError::file(ErrorKind::NotUtf8, file, "the file is not UTF-8 text")
        .explained("TOML is always UTF-8", "save the file as UTF-8")
        .at(Lines::of(before).position(valid))
}

pub(crate) fn syntax(file: &Path, text: &str, error: &toml_edit::TomlError) -> ConfigError {
    let at = Lines::of(text).position(error.span().map_or(0, |span| span.start));
    ConfigError::file(ErrorKind::Syntax, file, "the text is not valid TOML")
        .explained(
            shown(error.message()),
            "correct this place (see https://toml.io); nothing in the file is used until then",
        )
        .at(at)
}

fn foreign_file(file: &Path) -> Checked {
    Checked { foreign: Some(Notice(foreign_error(file))), ..Checked::default() }
}

/// What to say about a file of the published tool.
pub(crate) fn foreign_error(file: &Path) -> ConfigError {
    ConfigError::file(
        ErrorKind::Foreign,
        file,
        "this is the configuration of the published claudectl; it is not used",
    )
    .explained(
        "its keys mean other things here, so the defaults apply instead of half of it",
        format!("`claudectl import` shows what can be taken over (or move the file away; {MIGRATING} has the whole table)"),
    )
}

/// Byte offsets to lines and columns.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(i, _)| i + 1);
        Lines { text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// Line and column (in characters), from 1.
    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..offset.min(self.text.len())).unwrap_or("");
        (line, before.chars().count() + 1)
    }
}

struct Walk<'a> {
    role: Role,
    file: &'a Path,
    lines: Lines<'a>,
    /// Every key that was written, valid or not, and where.
    seen: BTreeMap<KeyPath, (usize, usize)>,
    out: Checked,
}

impl Walk<'_> {
    /// Sections of the table are at most three deep, so this recursion is bounded by the table, not by the file.
    fn table(&mut self, path: &KeyPath, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            if self.out.errors.len() >= MAX_ERRORS {
                return;
            }
            let path = path.child(name);
            let key_at = self.position(table.key(name).and_then(toml_edit::Key::span));
            match keys::lookup(&path) {
                Found::Key(key) => self.key(key, path, item, key_at),
                Found::Section => self.section(&path, item, key_at),
                Found::Unknown => self.unknown(&path, item, key_at),
            }
        }
    }

    fn section(&mut self, path: &KeyPath, item: &Item, at: (usize, usize)) {
        if let Some(inner) = item.as_table_like() {
            return self.table(path, inner);
        }
        let message = format!("`{}` has to be a section", shown_path(path));
        let error = self
            .error(ErrorKind::WrongType, message, path)
            .explained(format!("found {}", item_type(item)), section_hint(path));
        self.out.errors.push(error.at(at));
    }

    fn key(&mut self, key: &'static Key, path: KeyPath, item: &Item, key_at: (usize, usize)) {
        self.seen.insert(path.clone(), key_at);
        if self.role == Role::Project && key.project == Permission::Never {
            return self.forbidden(&path, key_at);
        }
        let at = item.span().map_or(key_at, |span| self.position(Some(span)));
        let read = match item.as_value() {
            Some(toml) => key.kind.read(toml),
            None => Err(Misfit::Type(item_type(item).to_owned())),
        };
        match read {
            Ok(value) => self.out.settings.push(Setting { key, path, value, at }),
            Err(misfit) => self.out.errors.push(misfit_error(self.file, key, &path, misfit).at(at)),
        }
    }

    fn forbidden(&mut self, path: &KeyPath, at: (usize, usize)) {
        let message = format!("a project file may not set `{}`", shown_path(path));
        let error = self.error(ErrorKind::NotInProject, message, path).explained(
            "project files come from repositories, so they may only tighten what you allow",
            "remove it here and set it in your own config.toml",
        );
        self.out.errors.push(error.at(at));
    }

    fn unknown(&mut self, path: &KeyPath, item: &Item, at: (usize, usize)) {
        let what = if item.is_table_like() || item.is_array_of_tables() { "section" } else { "key" };
        let message = format!("unknown {what} `{}`", shown_path(path));
        let error = self
            .error(ErrorKind::UnknownKey, message, path)
            .explained("a name claudectl does not know would do nothing", unknown_hint(path));
        self.out.errors.push(error.at(at));
    }

    fn error(&self, kind: ErrorKind, message: String, path: &KeyPath) -> ConfigError {
        ConfigError::file(kind, self.file, message).about(path)
    }

    fn position(&self, span: Option<Range<usize>>) -> (usize, usize) {
        self.lines.position(span.map_or(0, |span| span.start))
    }

    fn finish(mut self) -> Checked {
        self.out.errors.sort_by_key(|error| (error.line, error.column));
        if self.out.errors.len() >= MAX_ERRORS {
            self.out.errors.truncate(MAX_ERRORS);
            let more =
                ConfigError::file(ErrorKind::TooMany, self.file, "there may be more mistakes than listed")
                    .explained(
                        format!("the first {MAX_ERRORS} are enough for one run"),
                        "correct these and check again",
                    );
            self.out.errors.push(more);
        }
        self.out
    }

    /// A price override has to be whole: what is neither written nor built in would silently cost nothing.
    fn complete_prices(&mut self, prices: &PriceBook<'_>) {
        if self.role == Role::Project {
            return;
        }
        let all = KeyPath::new(["prices"]);
        let ids: BTreeSet<String> = self.below(&all).map(|(path, _)| path.chosen().to_owned()).collect();
        for id in &ids {
            let known = prices(id);
            let base = all.child(id);
            self.complete_rates(&base, known.is_some(), false);
            for (tier, built_in) in
                [("fast", known.is_some_and(|k| k.fast)), ("long", known.is_some_and(|k| k.long))]
            {
                let section = base.child(tier);
                if self.below(&section).next().is_some() {
                    self.complete_rates(&section, built_in, tier == "long");
                }
            }
        }
    }

    /// The keys written in a section and the sections below it.
    fn below<'s>(&'s self, section: &'s KeyPath) -> impl Iterator<Item = (&'s KeyPath, &'s (usize, usize))> {
        let inside = |(path, _): &(&KeyPath, _)| path.segments().starts_with(section.segments());
        self.seen.range(section..).take_while(inside)
    }

    fn complete_rates(&mut self, section: &KeyPath, built_in: bool, tiered: bool) {
        let has = |name: &str| self.seen.contains_key(&section.child(name));
        let needed: &[&str] = match (built_in, tiered) {
            (true, _) if has("input") || has("output") => &["input", "output"],
            (true, _) => &[],
            (false, false) => &["input", "output", "cache_read", "cache_write_5m", "cache_write_1h"],
            (false, true) => &["above", "input", "output", "cache_read", "cache_write_5m", "cache_write_1h"],
        };
        let missing: Vec<&str> = needed.iter().copied().filter(|name| !has(name)).collect();
        if !missing.is_empty() && self.out.errors.len() < MAX_ERRORS {
            let at = self.below(section).map(|(_, at)| *at).min().unwrap_or((1, 1));
            let error = self.incomplete(section, &missing, built_in);
            self.out.errors.push(error.at(at));
        }
    }

    /// A webhook has to lead somewhere, and a command to be one, for some event.
    fn complete_sinks(&mut self) {
        if self.role == Role::Project {
            return;
        }
        for (kind, needed) in [("webhooks", "url"), ("hooks", "run")] {
            let all = KeyPath::new([kind]);
            let names: BTreeSet<String> =
                self.below(&all).map(|(path, _)| path.chosen().to_owned()).collect();
            for name in &names {
                let section = all.child(name);
                let has = |leaf: &str| self.seen.contains_key(&section.child(leaf));
                let named_event = Event::parse(name).is_some();
                let lack = match kind {
                    _ if !has(needed) => needed,
                    "hooks" if !named_event && !has("events") => "events",
                    _ => continue,
                };
                let at = self.below(&section).map(|(_, at)| *at).min().unwrap_or((1, 1));
                let error = self.no_sink(&section, lack);
                if self.out.errors.len() < MAX_ERRORS {
                    self.out.errors.push(error.at(at));
                }
            }
        }
    }

    /// An address that would not be asked.
    fn complete_llm(&mut self) {
        let value = |leaf: &str| {
            let path = KeyPath::new(["llm", leaf]);
            self.out.settings.iter().find(|setting| setting.path == path)
        };
        let Some(Setting { value: Value::Text(url), at, .. }) = value("url") else { return };
        let remote = matches!(value("allow_remote").map(|setting| &setting.value), Some(Value::Switch(true)));
        let Err(bad) = claudectl_llm::Endpoint::parse(url, remote) else { return };
        let hint = match bad {
            claudectl_llm::BadEndpoint::Remote => "name one on this machine, or set allow_remote = true",
            _ => "write it with https://",
        };
        let path = KeyPath::new(["llm", "url"]);
        let error = self
            .error(ErrorKind::OutOfRange, "the server of the model would not be asked".to_owned(), &path)
            .explained(bad.to_string(), hint)
            .at(*at);
        self.out.errors.push(error);
    }

    fn no_sink(&self, section: &KeyPath, lack: &'static str) -> ConfigError {
        let name = shown_path(section);
        let (why, hint) = match lack {
            "url" => ("a webhook has to lead somewhere", "add its address: url = \"https://…\""),
            "run" => {
                ("a hook without a command does nothing", "add what to run: run = [\"program\", \"{title}\"]")
            }
            _ => (
                "its name is none of an event, so it would never run",
                "add what it is for: events = [\"on_needs_input\"], or name it after the event",
            ),
        };
        self.error(ErrorKind::Incomplete, format!("`{name}` lacks `{lack}`"), section).explained(why, hint)
    }

    fn incomplete(&self, section: &KeyPath, missing: &[&str], built_in: bool) -> ConfigError {
        let names = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let why = if built_in {
            "input and output belong together: one price of the pair would be half a price list".to_owned()
        } else {
            "there is no built-in price to take them from, and claudectl never guesses a price".to_owned()
        };
        let message = format!("`{}` lacks {names}", shown_path(section));
        self.error(ErrorKind::Incomplete, message, section)
            .explained(why, format!("add {names} (USD per million tokens) to [{}]", shown_path(section)))
    }
}

/// The error for a value that does not fit its key.
pub(crate) fn misfit_error(file: &Path, key: &Key, path: &KeyPath, misfit: Misfit) -> ConfigError {
    let example = format!("write for example `{} = {}`", key.leaf(), key.example);
    let (kind, message, hint) = match misfit {
        Misfit::Type(found) if key.path == "hooks.*.run" && found == "text" => (
            ErrorKind::WrongType,
            format!("`{}` is {found}", shown_path(path)),
            "write it as a list, run = [\"program\", \"{title}\"]; where a shell is needed, run = [\"/bin/sh\", \"-c\", \"… \\\"$1\\\"\", \"sh\", \"{title}\"]"
                .to_owned(),
        ),
        Misfit::Type(found) => (ErrorKind::WrongType, format!("`{}` is {found}", shown_path(path)), example),
        Misfit::Range(written, near) => (
            ErrorKind::OutOfRange,
            format!("`{}` can not be {}", shown_path(path), shown(&written)),
            near.map_or(example, |near| format!("did you mean {near}?")),
        ),
    };
    ConfigError::file(kind, file, message)
        .about(path)
        .explained(format!("expected {}", key.kind.expects()), hint)
}

/// The hint for a name that is not in the table.
pub(crate) fn unknown_hint(path: &KeyPath) -> String {
    if let Some(hint) = foreign::hint(path) {
        return hint.to_owned();
    }
    if let Some(better) = suggest::for_path(path) {
        return format!("did you mean `{}`?", shown(&better));
    }
    if foreign::is_foreign_key(path) || foreign::is_foreign_section(path) {
        return format!("the published claudectl has it; {MIGRATING} says what takes its place");
    }
    "`claudectl config show` lists every key".to_owned()
}

fn section_hint(path: &KeyPath) -> String {
    if let [kind @ ("webhooks" | "hooks"), key] =
        path.segments().iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        let key = shown(key);
        return format!(
            "each has a name of your choice: write [{kind}.mine] on a line of its own, and `{key}` below it"
        );
    }
    let name = shown_path(path);
    match keys::KEYS.iter().find(|key| key.section() == path.leaf()) {
        Some(key) => format!(
            "write [{name}] on a line of its own and for example `{} = {}` below it",
            key.leaf(),
            key.example
        ),
        None => format!("write [{name}] on a line of its own and its keys below it"),
    }
}

fn shown_path(path: &KeyPath) -> String {
    shown(&path.to_string())
}

fn item_type(item: &Item) -> &'static str {
    match item {
        Item::None => "nothing",
        Item::Value(toml) => type_name(toml),
        Item::Table(_) => "a section",
        Item::ArrayOfTables(_) => "a list of sections",
    }
}
