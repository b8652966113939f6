//! Types of configuration values: what each accepts, how it is read from TOML, and how it is written.
//!
//! A [`Value`] can only be made through its [`Kind`], so a value in hand is in range.

use claudectl_fleet::notice::Quiet;
use claudectl_llm::BadEndpoint;
use claudectl_redact::redact;
use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;
use serde_json::{Value as Json, json};
use toml_edit::Value as Toml;

/// Type and range of a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// `"local"` or an IANA time zone name.
    Zone,
    /// Folders: absolute, or starting with `~/`.
    Dirs,
    /// A calendar day.
    Date,
    /// A finite number up to `max`; above zero, or from zero.
    Number {
        /// Zero itself is excluded.
        above: bool,
        /// The largest accepted value.
        max: f64,
        /// What it counts.
        unit: &'static str,
    },
    /// A whole number in a closed range.
    Whole {
        /// The smallest accepted value.
        min: i64,
        /// The largest accepted value.
        max: i64,
        /// What it counts.
        unit: &'static str,
    },
    /// One of these whole numbers.
    OneOf(&'static [i64]),
    /// A line with fields in braces, each one of these.
    Format(&'static [&'static str]),
    /// A list of some of these words.
    Words(&'static [&'static str]),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// True or false.
    Switch,
    /// A stretch of time, `"30s"`.
    Span,
    /// Hours of the day, `"22:00-07:00"`.
    Hours,
    /// A list of names or folders.
    Names,
    /// A file: absolute, or starting with `~/`.
    File,
    /// A program and its arguments, with fields in braces.
    Argv,
    /// Where a webhook is sent.
    Url,
    /// Text that is never shown.
    Secret,
    /// Where a server of language models is.
    Endpoint,
    /// A name on one line.
    Name,
    /// The name of a variable of the environment.
    Variable,
}

/// A checked value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Text in range of its kind.
    Text(String),
    /// A list of folders, or of words.
    List(Vec<String>),
    /// A number.
    Number(f64),
    /// A whole number.
    Whole(i64),
    /// A calendar day.
    Date(Date),
    /// True or false.
    Switch(bool),
    /// Text that is shown as another one.
    Hidden {
        /// What it is.
        text: String,
        /// What is shown of it.
        shown: String,
    },
}

/// Why a TOML value does not fit a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Another type than expected; the field names the one found.
    Type(String),
    /// The right type, out of range; the fields are the value as written and an idea what was meant.
    Range(String, Option<String>),
}

impl Kind {
    /// What a person has to write, as the object of "expected".
    pub(crate) fn expects(self) -> String {
        match self {
            Kind::Zone => "\"local\" or an IANA time zone name in quotes".to_owned(),
            Kind::Dirs => "a list of folders, each absolute or starting with ~/".to_owned(),
            Kind::Date => "a date in quotes, \"YYYY-MM-DD\"".to_owned(),
            Kind::Number { above: true, max, unit } => {
                format!("a number above 0 and up to {} ({unit})", grouped(max))
            }
            Kind::Number { above: false, max, unit } => {
                format!("a number from 0 to {} ({unit})", grouped(max))
            }
            Kind::Whole { min, max, unit } => format!("a whole number from {min} to {max} ({unit})"),
            Kind::OneOf(all) => {
                format!("one of {}", all.iter().map(i64::to_string).collect::<Vec<_>>().join(", "))
            }
            Kind::Format(fields) => format!("a line with fields in braces: {}", fields.join(", ")),
            Kind::Words(all) => format!("a list of any of \"{}\"", all.join("\", \"")),
            Kind::Choice(all) => format!("one of \"{}\"", all.join("\", \"")),
            Kind::Switch => "true or false".to_owned(),
            Kind::Span => "a stretch of time in quotes, \"30s\", \"10m\" or \"2h\"".to_owned(),
            Kind::Hours => "two times of the day in quotes, \"22:00-07:00\"".to_owned(),
            Kind::Names => "a list of names, or of folders, each absolute or starting with ~/".to_owned(),
            Kind::File => "a file in quotes, absolute or starting with ~/".to_owned(),
            Kind::Argv => "a list of a program and its arguments, with known fields in braces".to_owned(),
            Kind::Url => "an address in quotes, http:// or https://, without a password in it".to_owned(),
            Kind::Secret => "a secret in quotes, not empty".to_owned(),
            Kind::Endpoint => {
                "an address in quotes, http:// or https://, without a name, password, query or fragment"
                    .to_owned()
            }
            Kind::Name => "a name in quotes, on one line".to_owned(),
            Kind::Variable => {
                "the name of a variable in quotes: letters, digits and _, no digit first".to_owned()
            }
        }
    }

    /// Read a TOML value of this kind.
    pub(crate) fn read(self, toml: &Toml) -> Result<Value, Misfit> {
        match self {
            Kind::Zone => read_zone(toml.as_str().ok_or_else(|| wrong_type(toml))?),
            Kind::Dirs => read_dirs(toml),
            Kind::Date => read_date(toml),
            Kind::Number { above, max, .. } => read_number(toml, above, max),
            Kind::Whole { min, max, .. } => read_whole(toml, |n| (min..=max).contains(&n)),
            Kind::OneOf(all) => read_whole(toml, |n| all.contains(&n)),
            Kind::Format(fields) => read_format(toml.as_str().ok_or_else(|| wrong_type(toml))?, fields),
            Kind::Words(all) => read_words(toml, all),
            Kind::Choice(all) => one_word(toml, all).map(Value::Text),
            Kind::Switch => toml.as_bool().map(Value::Switch).ok_or_else(|| wrong_type(toml)),
            Kind::Span => read_text(toml, |text| crate::when::duration_ms(text).is_some()),
            Kind::Hours => read_text(toml, |text| Quiet::parse(text).is_some()),
            Kind::Names => read_names(toml),
            Kind::File => read_dir(toml).map(Value::Text),
            Kind::Argv => read_argv(toml),
            Kind::Url => read_url(toml),
            Kind::Secret => read_secret(toml),
            // Whether it may be another machine is decided where all keys are known.
            Kind::Endpoint => read_text(toml, |text| {
                claudectl_llm::Endpoint::parse(text, true) != Err(BadEndpoint::NoAddress)
            }),
            Kind::Name => read_text(toml, |text| {
                !text.trim().is_empty() && text.len() <= NAME_MOST && !text.chars().any(char::is_control)
            }),
            Kind::Variable => read_text(toml, is_variable),
        }
    }

    /// The JSON schema (draft 2020-12) of a value of this kind.
    pub(crate) fn schema(self) -> Json {
        match self {
            Kind::Zone => json!({"type": "string", "minLength": 1}),
            Kind::Dirs => json!({"type": "array", "items": {"type": "string", "pattern": "^(/|~/)"}}),
            Kind::Date => json!({"type": "string", "format": "date"}),
            Kind::Number { above: true, max, .. } => {
                json!({"type": "number", "exclusiveMinimum": 0, "maximum": max})
            }
            Kind::Number { above: false, max, .. } => json!({"type": "number", "minimum": 0, "maximum": max}),
            Kind::Whole { min, max, .. } => json!({"type": "integer", "minimum": min, "maximum": max}),
            Kind::OneOf(all) => json!({"type": "integer", "enum": all}),
            Kind::Format(_) => json!({"type": "string"}),
            Kind::Words(all) => json!({"type": "array", "items": {"type": "string", "enum": all}}),
            Kind::Choice(all) => json!({"type": "string", "enum": all}),
            Kind::Switch => json!({"type": "boolean"}),
            Kind::Span => json!({"type": "string", "pattern": "^[0-9]+[smhdw]$"}),
            Kind::Hours => json!({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$"}),
            Kind::Names => json!({"type": "array", "items": {"type": "string", "minLength": 1}}),
            Kind::File => json!({"type": "string", "pattern": "^(/|~/)"}),
            Kind::Argv => json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
            Kind::Url => json!({"type": "string", "pattern": "^https?://"}),
            Kind::Secret => json!({"type": "string", "minLength": 1}),
            Kind::Endpoint => json!({"type": "string", "pattern": "^https?://"}),
            Kind::Name => json!({"type": "string", "minLength": 1, "maxLength": NAME_MOST}),
            Kind::Variable => json!({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}),
        }
    }
}

impl Value {
    /// The value as TOML.
    pub(crate) fn to_toml(&self) -> Toml {
        match self {
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => Toml::Array(items.iter().map(String::as_str).collect()),
            Value::Number(n) => (*n).into(),
            Value::Whole(n) => (*n).into(),
            Value::Date(day) => day.to_string().into(),
            Value::Switch(on) => (*on).into(),
            Value::Hidden { text, .. } => text.as_str().into(),
        }
    }

    /// The value as JSON, for `--json` output and the schema's defaults, without the secrets in its texts.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Value::Text(text) => json!(redact(text).text),
            Value::List(items) => items.iter().map(|item| json!(redact(item).text)).collect(),
            Value::Number(n) => json!(n),
            Value::Whole(n) => json!(n),
            Value::Date(day) => json!(day.to_string()),
            Value::Switch(on) => json!(on),
            Value::Hidden { shown, .. } => json!(shown),
        }
    }

    /// Is this number above that one? Values without an order are never above.
    pub(crate) fn above(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => a > b,
            (Value::Whole(a), Value::Whole(b)) => a > b,
            _ => false,
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Hidden { shown, .. } => f.write_str(shown),
            // What is a secret in a text is hidden, too: a command may have one among its arguments.
            shown => f.write_str(&redact(&shown.to_toml().to_string()).text),
        }
    }
}

/// `1000000` as `1,000,000`.
fn grouped(number: f64) -> String {
    let digits = number.to_string();
    let comma = |i: usize| if i > 0 && (digits.len() - i).is_multiple_of(3) { "," } else { "" };
    digits.chars().enumerate().map(|(i, digit)| format!("{}{digit}", comma(i))).collect()
}

/// Every IANA time zone name of the database built into the binary.
pub(crate) fn zone_names() -> Vec<String> {
    TimeZoneDatabase::bundled().available().map(|name| name.as_str().to_owned()).collect()
}

/// No name is longer, in bytes.
const NAME_MOST: usize = 200;

fn is_variable(text: &str) -> bool {
    let ordinary = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    text.bytes().all(ordinary) && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

fn read_zone(name: &str) -> Result<Value, Misfit> {
    if name == "local" {
        return Ok(Value::Text(name.to_owned()));
    }
    // jiff matches names without regard to case; the database's own spelling is the one kept.
    match TimeZoneDatabase::bundled().get(name) {
        Ok(zone) => Ok(Value::Text(zone.iana_name().unwrap_or(name).to_owned())),
        Err(_) => {
            let names = zone_names();
            let near =
                super::suggest::closest(name, names.iter().map(String::as_str)).map(|n| format!("\"{n}\""));
            Err(Misfit::Range(shown_text(name), near))
        }
    }
}

/// The first thing in braces that is no field, `""` for a brace without its other half.
pub(crate) fn unknown_field<'a>(line: &'a str, fields: &[&str]) -> Option<&'a str> {
    let mut rest = line;
    while let Some(at) = rest.find(['{', '}']) {
        let Some((name, after)) = rest[at..].strip_prefix('{').and_then(|name| name.split_once('}')) else {
            return Some("");
        };
        if !fields.contains(&name) {
            return Some(name);
        }
        rest = after;
    }
    None
}

fn read_format(line: &str, fields: &[&str]) -> Result<Value, Misfit> {
    match unknown_field(line, fields) {
        None if !line.chars().any(char::is_control) => Ok(Value::Text(line.to_owned())),
        found => {
            let near = found.and_then(|name| super::suggest::closest(name, fields.iter().copied()));
            Err(Misfit::Range(shown_text(line), near.map(|near| format!("{{{near}}}"))))
        }
    }
}

fn read_dirs(toml: &Toml) -> Result<Value, Misfit> {
    let items = toml.as_array().ok_or_else(|| wrong_type(toml))?;
    items.iter().map(read_dir).collect::<Result<_, _>>().map(Value::List)
}

fn read_dir(toml: &Toml) -> Result<String, Misfit> {
    let path = toml.as_str().ok_or_else(|| Misfit::Type(format!("a list with {}", type_name(toml))))?;
    let rooted = path.starts_with("~/") || std::path::Path::new(path).is_absolute();
    if rooted && !path.chars().any(char::is_control) {
        return Ok(path.to_owned());
    }
    Err(Misfit::Range(shown_text(path), None))
}

fn read_words(toml: &Toml, all: &[&str]) -> Result<Value, Misfit> {
    let items = toml.as_array().ok_or_else(|| wrong_type(toml))?;
    let read = |item: &Toml| {
        item.as_str().ok_or_else(|| Misfit::Type(format!("a list with {}", type_name(item))))?;
        one_word(item, all)
    };
    items.iter().map(read).collect::<Result<_, _>>().map(Value::List)
}

fn one_word(toml: &Toml, all: &[&str]) -> Result<String, Misfit> {
    let word = toml.as_str().ok_or_else(|| wrong_type(toml))?;
    if all.contains(&word) {
        return Ok(word.to_owned());
    }
    let near = super::suggest::closest(word, all.iter().copied()).map(|near| format!("\"{near}\""));
    Err(Misfit::Range(shown_text(word), near))
}

fn read_text(toml: &Toml, fits: impl Fn(&str) -> bool) -> Result<Value, Misfit> {
    let text = toml.as_str().ok_or_else(|| wrong_type(toml))?;
    if fits(text) { Ok(Value::Text(text.to_owned())) } else { Err(Misfit::Range(shown_text(text), None)) }
}

/// The texts of a list, none of them with control characters.
fn texts(toml: &Toml) -> Result<Vec<String>, Misfit> {
    let items = toml.as_array().ok_or_else(|| wrong_type(toml))?;
    let read = |item: &Toml| match item.as_str() {
        Some(text) if !text.contains('\0') => Ok(text.to_owned()),
        Some(text) => Err(Misfit::Range(shown_text(text), None)),
        None => Err(Misfit::Type(format!("a list with {}", type_name(item)))),
    };
    items.iter().map(read).collect()
}

fn read_names(toml: &Toml) -> Result<Value, Misfit> {
    let names = texts(toml)?;
    match names.iter().find(|name| name.is_empty() || name.chars().any(char::is_control)) {
        Some(bad) => Err(Misfit::Range(shown_text(bad), None)),
        None => Ok(Value::List(names)),
    }
}

fn read_argv(toml: &Toml) -> Result<Value, Misfit> {
    let argv = texts(toml)?;
    if argv.first().is_none_or(String::is_empty) {
        return Err(Misfit::Range(toml.to_string().trim().to_owned(), None));
    }
    let unknown = argv.iter().find_map(|argument| claudectl_notify::unknown_placeholder(argument));
    match unknown {
        None => Ok(Value::List(argv)),
        Some(name) => {
            let near = super::suggest::closest(name, claudectl_fleet::notice::FIELDS.iter().copied());
            Err(Misfit::Range(shown_text(&format!("{{{name}}}")), near.map(|near| format!("{{{near}}}"))))
        }
    }
}

fn read_url(toml: &Toml) -> Result<Value, Misfit> {
    let text = toml.as_str().ok_or_else(|| wrong_type(toml))?;
    match claudectl_notify::Url::parse(text) {
        Ok(url) => Ok(Value::Hidden { text: text.to_owned(), shown: url.to_string() }),
        // What is in it may be secret.
        Err(_) => Err(Misfit::Range("that".to_owned(), None)),
    }
}

fn read_secret(toml: &Toml) -> Result<Value, Misfit> {
    let text = toml.as_str().ok_or_else(|| wrong_type(toml))?;
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(Misfit::Range("that".to_owned(), None));
    }
    Ok(Value::Hidden { text: text.to_owned(), shown: "(hidden)".to_owned() })
}

fn read_date(toml: &Toml) -> Result<Value, Misfit> {
    let text = match toml {
        Toml::String(text) => text.value().clone(),
        Toml::Datetime(day) if day.value().time.is_none() => day.value().to_string(),
        _ => return Err(wrong_type(toml)),
    };
    let shape =
        text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let day = if shape && text.len() == 10 { text.parse().ok() } else { None };
    day.map(Value::Date).ok_or_else(|| Misfit::Range(shown_text(&text), None))
}

fn read_number(toml: &Toml, above: bool, max: f64) -> Result<Value, Misfit> {
    #[expect(clippy::cast_precision_loss, reason = "beyond 2^53 the range check refuses it either way")]
    let number = toml.as_float().or_else(|| toml.as_integer().map(|n| n as f64));
    let number = number.ok_or_else(|| wrong_type(toml))?;
    let low = if above { number > 0.0 } else { number >= 0.0 };
    // A minus zero would print as "-0.0".
    if low && number <= max { Ok(Value::Number(number + 0.0)) } else { Err(out_of_range(toml, None)) }
}

fn read_whole(toml: &Toml, accept: impl Fn(i64) -> bool) -> Result<Value, Misfit> {
    match toml.as_integer() {
        Some(n) if accept(n) => Ok(Value::Whole(n)),
        Some(_) => Err(out_of_range(toml, None)),
        None => Err(toml.as_float().map_or_else(|| wrong_type(toml), |n| fraction(toml, n, accept))),
    }
}

/// A float where a whole number belongs: suggest the whole number if it is one.
fn fraction(toml: &Toml, number: f64, accept: impl Fn(i64) -> bool) -> Misfit {
    #[expect(clippy::cast_possible_truncation, reason = "saturates; only a suggestion")]
    let whole = number.round() as i64;
    out_of_range(toml, accept(whole).then(|| whole.to_string()))
}

fn out_of_range(toml: &Toml, near: Option<String>) -> Misfit {
    Misfit::Range(toml.to_string().trim().to_owned(), near)
}

fn wrong_type(toml: &Toml) -> Misfit {
    Misfit::Type(type_name(toml).to_owned())
}

/// A TOML type in the words of the error messages.
pub(crate) fn type_name(toml: &Toml) -> &'static str {
    match toml {
        Toml::String(_) => "text",
        Toml::Integer(_) => "a whole number",
        Toml::Float(_) => "a number",
        Toml::Boolean(_) => "true or false",
        Toml::Datetime(_) => "a date or time",
        Toml::Array(_) => "a list",
        Toml::InlineTable(_) => "a table",
    }
}

fn shown_text(text: &str) -> String {
    super::error::shown(&Toml::from(text).to_string())
}
