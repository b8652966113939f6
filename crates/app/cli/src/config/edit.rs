//! `config set` and `config unset`: edits the person's text and leaves every comment and the order alone.
//!
//! The edited text goes through the same checker as any file before it is handed back, so a set that would leave a
//! broken file is refused; mistakes that were there before do not stand in the way of correcting one of them.

use std::path::Path;

use toml_edit::{Document, DocumentMut, InlineTable, Item, Table, TableLike, Value as Toml};

use super::check::{PriceBook, Role, check, decode, foreign_error, misfit_error, syntax, unknown_hint};
use super::error::{ConfigError, ConfigErrors, ErrorKind, shown};
use super::keys::{self, Found, Key, KeyPath};
use super::value::Misfit;

/// The user's file in front of an edit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    /// Where it is; only for messages.
    pub(crate) file: &'a Path,
    /// What it holds; empty when there is no file yet.
    pub(crate) text: &'a str,
}

/// The text with `key` set to `value`, both as typed on a command line.
///
/// The value is TOML, or text without its quotes where that fits the key. The key may also name a section with a
/// chosen name, with an inline table as value: `set 'prices."m"' '{ input = 1, output = 2 }'`.
pub(crate) fn set(
    target: Target<'_>,
    key: &str,
    value: &str,
    prices: &PriceBook<'_>,
) -> Result<String, ConfigErrors> {
    let path = KeyPath::parse(key);
    let leaves = assignments(target.file, &path, value)?;
    edit(target, prices, complete_it, |doc| {
        let mut doc = doc.clone().into_mut();
        for (path, toml) in leaves {
            if !assign(&mut doc, &path, toml) {
                return Err(no_room(target.file, &path).into());
            }
        }
        Ok(doc.to_string())
    })
}

/// The text without `key`, so that the default holds again; a key that is not set is left at that.
///
/// The key may also name a section with a chosen name, whose keys then all go: `unset 'prices."m"'`.
pub(crate) fn unset(target: Target<'_>, key: &str, prices: &PriceBook<'_>) -> Result<String, ConfigErrors> {
    let path = KeyPath::parse(key);
    match keys::lookup(&path) {
        Found::Key(_) => edit(target, prices, drop_it, |doc| {
            Ok(without(doc, &path).unwrap_or_else(|| doc.raw().to_owned()))
        }),
        Found::Section if path.segments().len() > 1 => {
            edit(target, prices, drop_it, |doc| without_section(target.file, doc.raw(), &path))
        }
        _ => Err(no_such_key(&path).into()),
    }
}

/// The error for a key named on the command line that does not exist.
pub(crate) fn no_such_key(path: &KeyPath) -> ConfigError {
    let file = Path::new("command line");
    let name = shown(&path.to_string());
    let hint = match keys::lookup(path) {
        Found::Section => format!("name one of its keys, for example `{name}.{}`", first_leaf(path)),
        _ => unknown_hint(path),
    };
    let what =
        if matches!(keys::lookup(path), Found::Section) { "is a section, not a key" } else { "is not a key" };
    ConfigError::file(ErrorKind::UnknownKey, file, format!("`{name}` {what}"))
        .about(path)
        .explained("only keys of the reference can be read and set", hint)
}

fn first_leaf(path: &KeyPath) -> &'static str {
    let depth = path.segments().len() + 1;
    let inside =
        |key: &&Key| key.path.split('.').count() == depth && key.path.starts_with(&path.segments()[0]);
    keys::KEYS.iter().find(inside).map_or("", Key::leaf)
}

/// The single values a `set` stands for.
fn assignments(file: &Path, path: &KeyPath, text: &str) -> Result<Vec<(KeyPath, Toml)>, ConfigErrors> {
    let parsed = text.trim().parse::<Toml>().ok();
    match (keys::lookup(path), parsed) {
        (Found::Key(key), parsed) => Ok(vec![(path.clone(), fitting(file, key, path, text, parsed)?)]),
        (Found::Section, Some(Toml::InlineTable(table))) if path.segments().len() > 1 => {
            let mut leaves = Vec::new();
            flatten(path, &table, &mut leaves);
            Ok(leaves)
        }
        _ => Err(no_such_key(path).into()),
    }
}

/// The value as TOML if that fits the key, else as bare text.
fn fitting(
    file: &Path,
    key: &'static Key,
    path: &KeyPath,
    text: &str,
    parsed: Option<Toml>,
) -> Result<Toml, ConfigErrors> {
    let bare = Toml::from(text.trim());
    let fits = |toml: &Toml| key.kind.read(toml).map(|value| value.to_toml());
    let result = match &parsed {
        Some(toml) => fits(toml).or_else(|misfit| fits(&bare).map_err(|_| misfit)),
        None => fits(&bare),
    };
    let result = result.map_err(|misfit| match misfit {
        // "text" would be true of every word typed on a command line.
        Misfit::Type(_) if parsed.is_none() => Misfit::Range(shown(&bare.to_string()), None),
        misfit => misfit,
    });
    result.map_err(|misfit| misfit_error(file, key, path, misfit).into())
}

fn flatten(path: &KeyPath, table: &InlineTable, leaves: &mut Vec<(KeyPath, Toml)>) {
    for (name, toml) in table.iter() {
        let path = path.child(name);
        match toml {
            Toml::InlineTable(inner) if path.segments().len() < 4 => flatten(&path, inner, leaves),
            other => leaves.push((path, other.clone())),
        }
    }
}

/// Parse, change, print, and check that the change brought no new mistake; `whole` says what to do about half
/// a price.
fn edit(
    target: Target<'_>,
    prices: &PriceBook<'_>,
    whole: fn(&str) -> String,
    change: impl FnOnce(&Document<&str>) -> Result<String, ConfigErrors>,
) -> Result<String, ConfigErrors> {
    let text = decode(target.file, target.text.as_bytes())?;
    let before = check(Role::User, target.file, text.as_bytes(), prices);
    if before.foreign.is_some() {
        return Err(foreign_error(target.file).into());
    }
    let doc = Document::parse(text).map_err(|error| syntax(target.file, text, &error))?;
    let after = like_original(target.text, change(&doc)?);
    let mut new = ConfigErrors::default();
    let known = |error: &ConfigError| {
        before.errors.iter().any(|old| (old.kind, &old.key) == (error.kind, &error.key))
    };
    let checked = check(Role::User, target.file, after.as_bytes(), prices);
    new.extend(
        checked.errors.into_iter().filter(|error| !known(error)).map(|error| as_refusal(error, whole)),
    );
    if new.is_empty() { Ok(after) } else { Err(new) }
}

/// The mistake is in a text that was never written, so a line in it would mislead.
fn as_refusal(mut error: ConfigError, whole: fn(&str) -> String) -> ConfigError {
    if error.kind == ErrorKind::Incomplete {
        error.hint = whole(error.key.as_deref().unwrap_or_default());
    }
    ConfigError { line: None, column: None, ..error }
}

fn complete_it(section: &str) -> String {
    format!("set the whole table at once: config set '{section}' '{{ input = 1.0, output = 2.0, ... }}'")
}

fn drop_it(section: &str) -> String {
    format!("take out the whole table: config unset '{section}'")
}

/// Keep the byte order mark and the line ends of the original.
fn like_original(original: &str, mut text: String) -> String {
    if original.contains("\r\n") {
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    if original.starts_with('\u{feff}') && !text.starts_with('\u{feff}') {
        text.insert(0, '\u{feff}');
    }
    text
}

/// Put one value in its place; false when something else than a section is in the way.
fn assign(doc: &mut DocumentMut, path: &KeyPath, mut toml: Toml) -> bool {
    toml.decor_mut().clear();
    let mut lead = Some(doc.trailing().as_str().unwrap_or_default().to_owned());
    let Some(table) = section(doc.as_item_mut(), path.parent().segments(), &mut lead) else { return false };
    put(table, path.leaf(), toml);
    if lead.is_none() {
        doc.set_trailing("");
    }
    true
}

fn no_room(file: &Path, path: &KeyPath) -> ConfigError {
    let (key, section) = (shown(&path.to_string()), shown(&path.parent().to_string()));
    ConfigError::file(ErrorKind::WrongType, file, format!("`{key}` can not be set")).about(path).explained(
        format!("the file has something else than a section where `{section}` belongs"),
        "correct the file first",
    )
}

/// The table at `names`, made at the end of the file where it is missing.
///
/// `lead` is the text after the last key, taken by the first new header: it belongs above that, not below it, or the
/// commented-out keys in it would change their section.
fn section<'t>(
    item: &'t mut Item,
    names: &[String],
    lead: &mut Option<String>,
) -> Option<&'t mut dyn TableLike> {
    let inline = item.is_inline_table();
    let table = item.as_table_like_mut()?;
    let Some((name, rest)) = names.split_first() else { return Some(table) };
    if !table.contains_key(name) {
        // A table put into an inline table becomes inline itself and has no header to carry the lead.
        let header = rest.is_empty() && !inline;
        let lead = if header { lead.take() } else { None };
        table.insert(name, Item::Table(new_table(header, &lead.unwrap_or_default())));
    }
    section(table.get_mut(name)?, rest, lead)
}

fn new_table(header: bool, lead: &str) -> Table {
    let mut table = Table::new();
    table.set_implicit(!header);
    table.set_position(Some(isize::MAX));
    let gap = if lead.is_empty() || lead.ends_with('\n') { "\n" } else { "\n\n" };
    table.decor_mut().set_prefix(format!("{lead}{gap}"));
    table
}

/// Replace a value in place, or append the key; a comment after the old value stays.
fn put(table: &mut dyn TableLike, name: &str, toml: Toml) {
    match table.get_mut(name) {
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = toml;
            *old.decor_mut() = decor;
        }
        _ => {
            table.insert(name, Item::Value(toml));
        }
    }
}

/// The text without a key: its lines are cut, so that every comment on a line of its own stays in its section.
fn without(doc: &Document<&str>, path: &KeyPath) -> Option<String> {
    let text = doc.raw();
    let mut item = doc.as_item();
    let mut inline = false;
    for name in path.parent().segments() {
        item = item.as_table_like()?.get(name)?;
        inline |= item.is_inline_table();
    }
    let (key, value) = item.as_table_like()?.get_key_value(path.leaf())?;
    if inline {
        return Some(removed(doc, path));
    }
    let start = text[..key.span()?.start].rfind('\n').map_or(0, |i| i + 1);
    let end = value.span()?.end;
    let end = text[end..].find('\n').map_or(text.len(), |i| end + i + 1);
    Some(format!("{}{}", &text[..start], &text[end..]))
}

/// The text without a section: each of its keys, then its header, is cut. Comments on lines of their own stay,
/// because nobody can tell whose they are.
fn without_section(file: &Path, text: &str, path: &KeyPath) -> Result<String, ConfigErrors> {
    let mut text = text.to_owned();
    loop {
        let next = {
            let doc = Document::parse(text.as_str()).map_err(|error| syntax(file, &text, &error))?;
            first_of(&doc, path)
        };
        match next {
            Some(shorter) if shorter.len() < text.len() => text = shorter,
            _ => return Ok(text),
        }
    }
}

/// The text without the first key of a section or of those below it; without its header when it has none.
fn first_of(doc: &Document<&str>, path: &KeyPath) -> Option<String> {
    let mut item = doc.as_item();
    for name in path.segments() {
        item = item.as_table_like()?.get(name)?;
    }
    let Some(table) = item.as_table() else { return without(doc, path) };
    if let Some((name, _)) = table.iter().next() {
        return first_of(doc, &path.child(name));
    }
    let header = table.span()?;
    let text = doc.raw();
    let start = text[..header.start].rfind('\n').map_or(0, |i| i + 1);
    let end = text[header.end..].find('\n').map_or(text.len(), |i| header.end + i + 1);
    // The empty line above the header goes with it.
    let gap = text[..start].ends_with("\n\n") || &text[..start] == "\n";
    let start = start - usize::from(gap);
    Some(format!("{}{}", &text[..start], &text[end..]))
}

fn removed(doc: &Document<&str>, path: &KeyPath) -> String {
    let mut doc = doc.clone().into_mut();
    let mut item = Some(doc.as_item_mut());
    for name in path.parent().segments() {
        item = item.and_then(|item| item.get_mut(name.as_str()));
    }
    if let Some(table) = item.and_then(Item::as_table_like_mut) {
        table.remove(path.leaf());
    }
    doc.to_string()
}
