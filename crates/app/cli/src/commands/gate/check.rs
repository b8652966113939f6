//! `claudectl gate check`: the answer to a call, or to many.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use claudectl_gate::rules::Action;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Kind, Result};
use crate::judging::learned::Learned;
use crate::judging::{Answer, Asked, Judge};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    call: super::CallArgs,
    /// Read calls from standard input, a JSON document on each line (`{"tool","input","cwd"}`), and print a verdict on a
    /// line for each, in their order.
    #[arg(long, conflicts_with_all = ["command", "tool", "input", "session"])]
    batch: bool,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    if args.batch {
        return batch(app, args);
    }
    let asked = super::asked(app, &args.call)?;
    let answer = Judge::new(app)?.with(Learned::below(&app.env.state_dir()?)).judge(&asked);
    super::unheeded(app).iter().for_each(|why| app.ui.warn(why));
    if app.ui.json {
        let document = super::document(app, &asked, &answer);
        app.ui.document(&document)?;
    } else {
        let line = format!(
            "{}  {}",
            super::verdict(app, &answer),
            super::shown(&answer.told(&answer.verdict.reason))
        );
        app.ui.line(&line);
    }
    if answer.verdict.action == Action::Allow { Ok(()) } else { Err(CliError::told(Kind::Failed)) }
}

/// A line that is no call asks, with the reason: none is left out.
fn batch(app: &App, args: &Args) -> Result<()> {
    let mut judge = Judge::new(app)?.with(Learned::below(&app.env.state_dir()?));
    super::unheeded(app).iter().for_each(|why| app.ui.warn(why));
    let here = super::folder(app, args.call.cwd.as_deref())?;
    let mode = args.call.permission_mode.as_deref().unwrap_or("default");
    let mut stdin = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = (&mut stdin).take(super::MOST).read_until(b'\n', &mut line);
        let unread =
            |error: io::Error| CliError::external("cannot read calls from standard input").why(error);
        let length = length.map_err(unread)?;
        if length == 0 {
            return Ok(());
        }
        if length as u64 == super::MOST && !line.ends_with(b"\n") {
            // One verdict a line: what is behind the most that is looked at belongs to it.
            stdin.skip_until(b'\n').map_err(unread)?;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let document = match one(&mut judge, &line, &here, mode) {
            Ok(answer) => answer.document(),
            Err(why) => {
                json!({
                    "verdict": "ask", "said": "ask", "withheld": null, "layer": "opaque", "rule": null, "reason": claudectl_redact::redact(&why).text, "learnable": false,
                    "effects": [], "flows": [], "opaque": [claudectl_redact::redact(&why).text],
                })
            }
        };
        match app.ui.stream_document(&document) {
            Ok(()) => {}
            Err(error) => return crate::commands::watch::ended(error),
        }
    }
}

fn one(judge: &mut Judge, line: &[u8], here: &Path, mode: &str) -> std::result::Result<Answer, String> {
    let mut call: Value =
        serde_json::from_slice(line).map_err(|error| format!("the line is no JSON: {error}"))?;
    if !call.is_object() {
        return Err("the line is no JSON object".to_owned());
    }
    let text = |key: &str, without: &str| match &call[key] {
        Value::Null => Ok(without.to_owned()),
        Value::String(text) => Ok(text.clone()),
        _ => Err(format!("`{key}` is no text")),
    };
    let (tool, mode, session) = (text("tool", "Bash")?, text("permission_mode", mode)?, text("session", "")?);
    let folder = match &call["cwd"] {
        Value::Null => here.to_path_buf(),
        Value::String(folder) if folder.starts_with('/') => PathBuf::from(folder),
        _ => return Err("the working folder is no absolute path".to_owned()),
    };
    let input = call["input"].take();
    Ok(judge.judge(&Asked { tool, input, folder, mode, session, ..Asked::default() }))
}
