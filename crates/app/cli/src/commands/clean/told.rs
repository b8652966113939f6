//! What `clean --older-than` would do, or did, in words and as JSON.

use claudectl_fleet::cleaning::Stays;
use claudectl_fleet::project;
use claudectl_fleet::session::rfc3339;
use claudectl_store::sessions::SessionRow;
use serde_json::{Value, json};

use super::transcripts::{Candidate, Outcome, Plan};
use crate::app::App;
use crate::env;
use crate::format::{self, plural};
use crate::ui::{Style, Table};

/// So many sessions are listed; `--json` lists all.
const LISTED: usize = 40;

impl Plan<'_> {
    /// All of it, for a program.
    pub(super) fn json(&self) -> Value {
        // Those of other projects, and the younger ones, are everything else there is.
        let told = |candidate: &&Candidate| {
            !matches!(candidate.outcome, Outcome::Stays(Stays::NotWanted | Stays::Young))
        };
        let sessions: Vec<Value> =
            self.candidates.iter().filter(told).map(|candidate| self.session(candidate)).collect();
        json!({
            "dry_run": !self.args.apply,
            "older_than_ms": self.older_than,
            "archive": self.folder.as_ref().map(|folder| folder.display().to_string()),
            "sessions": sessions,
            "others": self.candidates.len() - sessions.len(),
            "files": self.sum(|candidate| candidate.found.files.len() as u64),
            "bytes": self.sum(|candidate| candidate.found.bytes()),
            "packed_bytes": self.packed(),
            "command": (!self.args.apply).then(|| self.command()),
        })
    }

    fn session(&self, candidate: &Candidate) -> Value {
        let (found, row) = (&candidate.found, self.rows.get(&candidate.found.session));
        let root = row.and_then(SessionRow::root);
        let (outcome, why) = candidate.told();
        let (archive, packed) = match &candidate.outcome {
            Outcome::Archived { archive, bytes } => (Some(archive.display().to_string()), Some(*bytes)),
            _ => (None, None),
        };
        json!({
            "id": found.session,
            "name": row.and_then(|row| row.name.as_ref()),
            "project": root.map(project::name),
            "folder": found.folder.display().to_string(),
            "last_activity_at": candidate.facts.moved_at().and_then(rfc3339),
            "files": found.files.len(),
            "bytes": found.bytes(),
            "other_files": found.others,
            "outcome": outcome,
            "why": why,
            "archive": archive,
            "packed_bytes": packed,
        })
    }

    /// Of those that went, or would.
    fn sum(&self, of: impl Fn(&Candidate) -> u64) -> u64 {
        let gone =
            |candidate: &&Candidate| candidate.goes() && !matches!(candidate.outcome, Outcome::Left(_));
        self.candidates.iter().filter(gone).map(of).sum()
    }

    fn packed(&self) -> u64 {
        self.sum(|candidate| match &candidate.outcome {
            Outcome::Archived { bytes, .. } => *bytes,
            _ => 0,
        })
    }

    /// What to type to do it.
    fn command(&self) -> String {
        let mut command =
            format!("claudectl clean --older-than {}", self.args.older_than.as_deref().unwrap_or_default());
        if let Some(project) = &self.args.project {
            command.push_str(&format!(" --project {}", quoted(project)));
        }
        if self.args.finished {
            command.push_str(" --finished");
        }
        if let Some(archive) = &self.args.archive {
            command.push_str(&format!(" --archive {}", quoted(&archive.display().to_string())));
        }
        if self.args.no_archive {
            command.push_str(" --no-archive");
        }
        command + " --apply"
    }

    /// All of it, for a person.
    pub(super) fn print(&self, app: &mut App) {
        let going: Vec<&Candidate> = self.candidates.iter().filter(|candidate| candidate.goes()).collect();
        if going.is_empty() {
            let of = self.args.project.as_ref().map(|project| format!(" of a project like {project}"));
            app.ui.line(&crate::ui::clean(&format!(
                "Nothing to put away: no session{} has been still for longer than {}, or none that may go.",
                of.unwrap_or_default(),
                self.args.older_than.as_deref().unwrap_or_default(),
            )));
        } else {
            self.print_sessions(app, &going);
            self.print_sum(app);
        }
        self.print_stays(app);
        if self.links > 0 {
            faint(
                app,
                &format!("{} below projects/ are links, and left alone", plural(self.links, "folder")),
            );
        }
        if !going.is_empty() && !self.args.apply {
            app.ui.line(&crate::ui::clean(&format!("Nothing was changed. To do it: {}", self.command())));
        }
    }

    fn print_sessions(&self, app: &mut App, going: &[&Candidate]) {
        let mut table = Table::new()
            .flexible("SESSION", 18)
            .flexible("PROJECT", 8)
            .left("LAST MOVED")
            .right("FILES")
            .right("SIZE")
            .left("")
            .give_way(&["FILES"]);
        for candidate in going.iter().take(LISTED) {
            let (found, row) = (&candidate.found, self.rows.get(&candidate.found.session));
            let short = format::short_id(&found.session);
            let name = row.and_then(|row| row.name.as_ref());
            let root = row.and_then(SessionRow::root).unwrap_or_default();
            let moved = candidate.facts.moved_at();
            let style =
                if matches!(candidate.outcome, Outcome::Left(_)) { Style::Notice } else { Style::Faint };
            table.row([
                (Style::Name, name.map_or_else(|| short.clone(), |name| format!("{short} {name}"))),
                (Style::Plain, project::name(root).to_owned()),
                (Style::Plain, moved.map_or_else(|| "-".to_owned(), |at| format::moment(at, &app.zone))),
                (Style::Plain, format::count(found.files.len() as u64)),
                (Style::Plain, format::bytes(found.bytes())),
                (style, candidate.told().0.replace('-', " ")),
            ]);
            if let Outcome::Left(why) = &candidate.outcome {
                table.below(Style::Notice, &format!("left: {why}"));
            }
        }
        table.print(&mut app.ui);
        if going.len() > LISTED {
            faint(
                app,
                &format!("and {} more; --json lists all", plural((going.len() - LISTED) as u64, "session")),
            );
        }
    }

    fn print_sum(&self, app: &mut App) {
        let files = self.sum(|candidate| candidate.found.files.len() as u64);
        let what = format!(
            "{}, {}, {}",
            plural(self.sum(|_| 1), "session"),
            plural(files, "file"),
            format::bytes(self.sum(|candidate| candidate.found.bytes()))
        );
        let folder = self.folder.as_deref().map(|folder| env::shown(&app.env, folder));
        let text = match (self.args.apply, folder) {
            (false, Some(folder)) => format!("Would put away {what}, into {folder}."),
            (false, None) => format!("Would remove {what}, without a copy."),
            (true, _) if self.sum(|_| 1) == 0 => "Nothing was put away.".to_owned(),
            (true, Some(folder)) => format!(
                "Put away {what}, packed to {} in {folder}. `claudectl clean --restore SESSION` brings one back.",
                format::bytes(self.packed())
            ),
            (true, None) => format!("Removed {what}, without a copy."),
        };
        app.ui.line(&crate::ui::clean(&text));
        let others = self.sum(|candidate| candidate.found.others);
        if others > 0 {
            faint(
                app,
                &format!(
                    "{} beside them are not Claude Code's, as far as is known, and stay",
                    plural(others, "file")
                ),
            );
        }
    }

    /// Why the others stay: those that are old enough one by one, the rest in a number.
    fn print_stays(&self, app: &mut App) {
        let mut young = 0;
        for candidate in &self.candidates {
            match &candidate.outcome {
                Outcome::Stays(Stays::Young) => young += 1,
                Outcome::Stays(Stays::NotWanted) => {}
                Outcome::Stays(stays) => {
                    let id = format::short_id(&candidate.found.session);
                    faint(app, &format!("{id} stays: {}", stays.words()));
                }
                _ => {}
            }
        }
        if young > 0 {
            let verb = if young == 1 { "is younger, and stays" } else { "are younger, and stay" };
            faint(app, &format!("{} {verb}", plural(young, "session")));
        }
    }
}

fn faint(app: &mut App, text: &str) {
    let text = app.ui.paint(Style::Faint, &crate::ui::clean(text));
    app.ui.line(&text);
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./~".contains(letter);
    let tilde_inside = text.find('~').is_some_and(|at| at > 0);
    if !text.is_empty() && text.chars().all(plain) && !tilde_inside {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_shell() {
        assert_eq!(quoted("api"), "api");
        assert_eq!(quoted("/srv/a b"), "'/srv/a b'");
        assert_eq!(quoted("it's $HOME"), "'it'\\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
