//! A stream: one call a line, with what its person wanted and what they answered.

use serde::Deserialize;
use serde_json::Value;

/// No time is further from the epoch, in seconds: some three thousand years.
const LATEST: f64 = 1e11;

/// A line of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// When, milliseconds since the epoch.
    pub at: i64,
    /// The session; empty where it was not told.
    pub session: String,
    /// The folder of its project.
    pub root: String,
    /// The tool, by its true name.
    pub tool: String,
    /// What it was given.
    pub input: Value,
    /// Whether the person wants it to run.
    pub wanted: bool,
    /// What they answer when they are asked; not what they want, where they slip.
    pub answer: bool,
    /// It must never run without a question. Only counted: the learner is not told.
    pub critical: bool,
}

/// Why a line is none of a stream.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct BadLine {
    /// Which, from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub cause: Cause,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// Its bytes are no text.
    #[error("it is not UTF-8")]
    NotText,
    /// It is no JSON, or not of the shape.
    #[error("{0}")]
    Shape(#[from] serde_json::Error),
    /// Its time cannot be one.
    #[error("`t` is no time: {0}")]
    Time(f64),
}

/// A line as it is written.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    t: f64,
    #[serde(default)]
    session: String,
    #[serde(default)]
    project: String,
    cwd: Option<String>,
    tool: String,
    input: Value,
    /// Where nothing else is said, people answer what they want.
    wanted: Option<bool>,
    answer: bool,
    #[serde(default)]
    critical: bool,
}

/// Reads a stream. Empty lines are none.
///
/// # Errors
/// The first line that is none of a stream: figures of a part would pass for figures of all.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, BadLine> {
    lines(bytes, |text| {
        let line: Line = serde_json::from_str(text)?;
        if !(0.0..=LATEST).contains(&line.t) {
            return Err(Cause::Time(line.t));
        }
        Ok(Row {
            at: (line.t * 1000.0) as i64,
            session: line.session,
            root: line.cwd.unwrap_or_else(|| format!("/{}", line.project)),
            tool: line.tool,
            input: line.input,
            wanted: line.wanted.unwrap_or(line.answer),
            answer: line.answer,
            critical: line.critical,
        })
    })
}

/// What each line that is not empty says.
pub(super) fn lines<T>(bytes: &[u8], parse: impl Fn(&str) -> Result<T, Cause>) -> Result<Vec<T>, BadLine> {
    let mut all = Vec::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let bad = |cause| BadLine { line: at + 1, cause };
        let text = std::str::from_utf8(line).map_err(|_| bad(Cause::NotText))?;
        if !text.trim().is_empty() {
            all.push(parse(text).map_err(bad)?);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"t":1.5,"session":"s0","project":"p","cwd":"/src/p","tool":"Bash","input":{"command":"make"},"wanted":true,"answer":false,"critical":false}"#;

    #[test]
    fn a_line_says_what_was_called_wanted_and_answered() {
        let bare = r#"{"project":"p","tool":"Bash","input":{"command":"make"},"answer":true}"#;
        let rows = read(format!("{GOOD}\r\n\n{bare}").as_bytes()).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].at, rows[0].root.as_str(), rows[0].wanted, rows[0].answer),
            (1_500, "/src/p", true, false)
        );
        assert_eq!(
            (rows[1].at, rows[1].root.as_str(), rows[1].wanted, rows[1].critical),
            (0, "/p", true, false)
        );
    }

    #[test]
    fn what_is_no_line_is_named() {
        let deep = format!(r#"{{"tool":"Bash","answer":true,"input":{}}}"#, "[".repeat(100_000));
        let bad: [&[u8]; 8] = [
            &GOOD.as_bytes()[..60],
            b"\xff\xfe",
            b"[]",
            br#"{"tool":"Bash","input":{}}"#,
            br#"{"tool":"Bash","input":{},"answer":"yes"}"#,
            br#"{"tool":"Bash","input":{},"answer":true,"t":-1}"#,
            br#"{"tool":"Bash","input":{},"answer":true,"t":1e300}"#,
            deep.as_bytes(),
        ];
        for bytes in bad {
            let stream = [GOOD.as_bytes(), b"\n\n", bytes, b"\n", GOOD.as_bytes()].concat();
            let error = read(&stream).unwrap_err();
            assert_eq!(error.line, 3, "{error}");
            assert!(error.to_string().starts_with("line 3: "), "{error}");
        }
    }
}
