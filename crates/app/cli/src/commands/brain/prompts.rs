//! `claudectl brain prompts`: what the language model is asked with.

use claudectl_files::{FileError, NewFile};
use claudectl_llm::{BadPrompt, Folder, Name, Overrides as _, Prompts};
use serde_json::{Value, json};

use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::llm;
use crate::ui::{Style, Table, clean};

/// List the templates that your language model is asked with, and what is wrong with yours.
///
/// Ours are in the program. One of yours, `NAME.md` in `~/.claudectl/brain/prompts`, takes the place of ours, unless it has
/// a flaw. Whatever it says, the model is told besides what is data and in which form it has to answer. With NAME, prints
/// the template that is in force. Exits with 1 if one of yours is not used.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print the template in force.
    #[arg(value_name = "NAME", value_parser = NAMES)]
    name: Option<String>,
    /// Copy ours out, to be edited.
    #[arg(long, value_name = "NAME", conflicts_with = "name", value_parser = NAMES)]
    write: Option<String>,
    /// Replace yours.
    #[arg(long, requires = "write")]
    force: bool,
}

const NAMES: [&str; 5] = ["annotate", "summarize", "briefing", "autopsy", "canary"];

/// What each is for.
const fn purpose(name: Name) -> &'static str {
    match name {
        Name::Annotate => "says what a call does, and warns",
        Name::Summarize => "sums up a session",
        Name::Briefing => "says what to know before a session begins",
        Name::Autopsy => "says what went wrong in a session",
        Name::Canary => "asks about a call that is known to be bad; as annotate, unless you have one",
    }
}

/// How a template is found.
struct Found {
    name: Name,
    own: bool,
    place: String,
    flaw: Option<BadPrompt>,
}

impl Found {
    fn whose(&self) -> &'static str {
        match (&self.flaw, self.own) {
            (Some(_), _) => "ours, for yours is not used",
            (None, true) => "yours",
            (None, false) => "ours",
        }
    }

    fn document(&self, app: &App) -> Value {
        json!({
            "name": self.name.word(),
            "purpose": purpose(self.name),
            "own": self.own && self.flaw.is_none(),
            "file": app.env.short_path(&self.place),
            "flaw": self.flaw.as_ref().map(|flaw| app.env.short_path(&flaw.to_string())),
            "slots": self.name.slots(),
        })
    }
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let folder = Folder(llm::folder(&app.env.state_dir()?));
    if let Some(name) = args.write.as_deref().and_then(Name::named) {
        return write(app, &folder, name, args.force);
    }
    if let Some(name) = args.name.as_deref().and_then(Name::named) {
        return show(app, &folder, name);
    }
    let all: Vec<Found> = Name::ALL.into_iter().map(|name| look(&folder, name)).collect();
    if app.ui.json {
        app.ui.document(&all.iter().map(|found| found.document(app)).collect::<Vec<_>>())?;
    } else {
        print(app, &all);
    }
    if all.iter().any(|found| found.flaw.is_some()) { Err(CliError::told(Kind::Failed)) } else { Ok(()) }
}

fn look(folder: &Folder, name: Name) -> Found {
    let place = folder.place(name);
    match Prompts::new(folder).template(name) {
        // The canary's own file, if it has none, is that of `annotate`.
        Ok((_, own)) => Found { name, own: own && !matches!(folder.text(name), Ok(None)), place, flaw: None },
        Err(flaw) => Found { name, own: true, place, flaw: Some(flaw) },
    }
}

fn print(app: &mut App, all: &[Found]) {
    let mut table = Table::new().left("NAME").left("WHOSE").flexible("FOR", 20);
    for found in all {
        let style = if found.flaw.is_some() { Style::Alarm } else { Style::Plain };
        table.row([
            (Style::Name, found.name.word().to_owned()),
            (style, found.whose().to_owned()),
            (Style::Faint, purpose(found.name).to_owned()),
        ]);
        if let Some(flaw) = &found.flaw {
            table.below(Style::Alarm, &app.env.short_path(&flaw.to_string()));
        }
    }
    table.print(&mut app.ui);
    app.ui
        .line("Print one: claudectl brain prompts NAME. Make it yours: claudectl brain prompts --write NAME");
}

fn show(app: &mut App, folder: &Folder, name: Name) -> Result<()> {
    let found = look(folder, name);
    if let Some(flaw) = &found.flaw {
        app.ui.warn(&format!("{}: ours is used in its place", app.env.short_path(&flaw.to_string())));
    }
    let text = match (&found.flaw, found.own) {
        (None, true) => folder.text(name).ok().flatten(),
        _ => None,
    };
    let text = text.unwrap_or_else(|| name.builtin().to_owned());
    if app.ui.json {
        let mut document = found.document(app);
        document["text"] = json!(claudectl_redact::redact(&text).text);
        return app.ui.document(&document);
    }
    for line in text.lines() {
        app.ui.line(&crate::ui::told(line));
    }
    Ok(())
}

fn write(app: &mut App, folder: &Folder, name: Name, force: bool) -> Result<()> {
    let path = folder.0.join(format!("{}.md", name.word()));
    let place = shown(&app.env, &path);
    claudectl_store::make_private_folder(&folder.0).map_err(|error| {
        CliError::external(format!("cannot make {}", shown(&app.env, &folder.0)))
            .why(error)
            .fix("check the owner and mode of the state folder")
    })?;
    NewFile::write(&path, force, name.builtin().as_bytes()).map_err(|error| match error {
        FileError::Exists(_) => CliError::failed(format!("{place} is already there"))
            .fix("edit it, or replace it by ours with --force"),
        FileError::Write { .. } => {
            CliError::external(&error).because(&error).fix("check the owner and mode of the state folder")
        }
    })?;
    if app.ui.json {
        return app.ui.document(&json!({ "written": place }));
    }
    app.ui.line(&clean(&format!(
        "Wrote {place}. Edit it; `claudectl brain prompts` says what is wrong with it."
    )));
    Ok(())
}
