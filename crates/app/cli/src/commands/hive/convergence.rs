//! `claudectl hive convergence`: how close each peer is to having all that is known here.

mod detail;

use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use claudectl_hive::convergence::{
    CONVERGED_AT, PeerConvergence, Store as _, converged_peer_count, median_convergence, peer_convergence,
};
use claudectl_hive::published::{KNOWLEDGE, Knowledge, Mistakes, SYNC_STATE};
use claudectl_store::Store;
use claudectl_tui::Glyphs;
use serde_json::json;

use self::detail::Detail;
use crate::app::App;
use crate::atomic;
use crate::config;
use crate::dashboard;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::format::{self, count, percent, plural};
use crate::hive::Hive;
use crate::ui::{Style, Table, told, without_secrets};

/// Say how close each peer is to having all that is known here, those that lag most first.
///
/// A peer that has at least 90 % of what is here counts as converged: it has said so itself, of the version that is here now.
/// As long as this machine knows no other, it goes by the files of the published claudectl, in `hive` of the state
/// folder, where what was sent counts. See docs/hive.md.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Args {
    /// Also: what each peer may have, what is held here of what it holds, how long something waits, and the units that the
    /// fewest have.
    #[arg(long)]
    detail: bool,
    /// Write `sync_state.json` for programs that read the published tool's.
    #[arg(long)]
    write_state: bool,
}

/// No file is larger: all of it is read.
const MOST_KNOWLEDGE: u64 = 256 << 20;
const MOST_STATE: u64 = 64 << 20;
/// Cells of a bar.
const BAR: usize = 20;

/// What is known of how far knowledge has spread.
#[derive(Debug)]
struct Spread {
    local_total: usize,
    rows: Vec<PeerConvergence>,
    /// What is known beyond that; none where the published tool's files answer.
    detail: Option<Detail>,
    /// What was sent to whom cannot be read, which was told already.
    unread: bool,
    /// Where it was looked for.
    place: PathBuf,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let spread = look(app)?;
    if args.write_state {
        write_state(app, &spread)?;
    }
    if app.ui.json {
        let mut document = document(&spread);
        if args.detail {
            detail::document(&mut document, &spread.rows, spread.detail.as_ref());
        }
        return app.ui.document(&without_secrets(document));
    }
    print(app, &spread);
    if args.detail {
        detail::print(app, &spread.rows, spread.detail.as_ref());
    }
    Ok(())
}

/// The one place that decides what answers: this machine's own books, or, as long as they know no other machine, the files
/// that the published tool left.
fn look(app: &App) -> Result<Spread> {
    let home = app.env.state_dir()?;
    let place = home.join("hive");
    let books = home.join("state.db");
    // Who has no hive gets no key by looking.
    if books.exists() && !Store::open(&books)?.hives()?.is_empty() {
        let mut hive = Hive::open(app)?;
        hive.know_members()?;
        if let Some(detail) = Detail::of(&hive)? {
            let (local_total, rows) = detail.rows();
            return Ok(Spread { local_total, rows, detail: Some(detail), unread: false, place });
        }
    }
    of_files(app, &place)
}

/// Writes what is known of peers as the published tool does, for programs that read that.
fn write_state(app: &App, spread: &Spread) -> Result<()> {
    let Some(detail) = &spread.detail else {
        return Err(CliError::failed("this machine knows no other, so there is nothing to write")
            .fix("claudectl hive member add KEY NAME takes one in"));
    };
    let file = spread.place.join(SYNC_STATE);
    let (most, units) = (10_000, detail.acknowledged_units());
    if units > most {
        return Err(CliError::failed(format!(
            "{} are too many for that file",
            plural(units, "acknowledgement")
        ))
        .why(format!("it names each unit of each peer, and no more than {} are written", count(most)))
        .fix("claudectl hive convergence --json has the figures"));
    }
    let state = detail.sync_state(&Hive::open(app)?)?;
    let text = serde_json::to_string_pretty(&state)
        .map_err(|error| CliError::failed("cannot write JSON").why(error))?;
    let _locked = atomic::lock(&app.env, &file)?;
    // One that the published tool wrote is kept beside it.
    if spread.place.join(KNOWLEDGE).exists() && file.exists() && !detail::is_ours(&file) {
        let old = atomic::free_name(&file);
        std::fs::rename(&file, &old).map_err(|error| {
            CliError::external(format!("cannot move {} away", shown(&app.env, &file))).why(error)
        })?;
        app.ui.warn(&format!("what the published tool wrote there is now {}", shown(&app.env, &old)));
    }
    atomic::write(&app.env, &file, &text)
}

fn of_files(app: &App, place: &Path) -> Result<Spread> {
    let (file, name) = (place.join(KNOWLEDGE), shown(&app.env, &place.join(KNOWLEDGE)));
    let bytes = read(&file, MOST_KNOWLEDGE).map_err(|why| {
        // Taken for empty, it would make every peer look as if it had nothing.
        CliError::external(format!("cannot read {name}"))
            .why(why)
            .fix("make it a file you can read, or move it away")
    })?;
    let (knowledge, mistakes) = Knowledge::read(&bytes.unwrap_or_default());
    warn(app, &name, &mistakes);
    let (file, name) = (place.join(SYNC_STATE), shown(&app.env, &place.join(SYNC_STATE)));
    let rows = read(&file, MOST_STATE).map_err(|why| why.to_string()).and_then(|bytes| {
        peer_convergence(&knowledge, bytes.as_deref()).map_err(|why| format!("{why}: {}", source(&why)))
    });
    if let Err(why) = &rows {
        app.ui.warn(&format!("{name} cannot be read, so no peer is known: {why}"));
    }
    Ok(Spread {
        local_total: knowledge.total(),
        unread: rows.is_err(),
        rows: rows.unwrap_or_default(),
        detail: None,
        place: place.to_path_buf(),
    })
}

fn source(error: &dyn std::error::Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}

/// All of a file; none where there is none.
fn read(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match config::regular(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => return Ok(None),
        Err(error) => return Err(error),
    };
    let too_large =
        || io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {}", format::bytes(most)));
    if file.metadata()?.len() > most {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(Some(bytes)) }
}

/// What is no unit counts for nothing, and is told.
fn warn(app: &App, name: &str, mistakes: &Mistakes) {
    const TOLD: usize = 3;
    if mistakes.count == 0 {
        return;
    }
    let are = if mistakes.count == 1 { "is no unit and counts" } else { "are no units and count" };
    let first: Vec<String> =
        mistakes.told.iter().take(TOLD).map(|bad| format!("{}: {}", bad.place, bad.why)).collect();
    let more = if mistakes.count > TOLD as u64 { "; …" } else { "" };
    app.ui.warn(&format!(
        "{name}: {} {are} for nothing ({}{more})",
        plural(mistakes.count, "line"),
        first.join("; ")
    ));
}

fn document(spread: &Spread) -> serde_json::Value {
    let peer = |row: &PeerConvergence| {
        json!({
            "peer_id": row.peer_id,
            "local_total": row.local_total,
            "units_sent": row.units_sent,
            "ratio": row.ratio,
            "last_sync_epoch": row.last_sync_epoch,
            "converged": row.is_converged(),
        })
    };
    json!({
        "local_total": spread.local_total,
        "peer_count": spread.rows.len(),
        "converged_count": converged_peer_count(&spread.rows),
        "median_ratio": median_convergence(&spread.rows),
        "peers": spread.rows.iter().map(peer).collect::<Vec<_>>(),
    })
}

fn print(app: &mut App, spread: &Spread) {
    let here = match spread.local_total {
        0 => "Nothing is known here yet".to_owned(),
        some => format!("{} here", plural(some as u64, "unit")),
    };
    let Some(median) = median_convergence(&spread.rows) else {
        let place = shown(&app.env, &spread.place);
        let none = if spread.unread {
            "what was sent to peers cannot be read"
        } else {
            "no peer was sent anything yet"
        };
        app.ui.line(&told(&format!("{here}; {none}.")));
        app.ui.line("  claudectl hive create NAME founds a hive; claudectl hive member add KEY NAME takes a machine in");
        app.ui.line(&told(&format!(
            "  Until then it is read from {place}: {KNOWLEDGE} and {SYNC_STATE}, as claudectl 0.49 to 0.92 wrote them"
        )));
        return;
    };
    let (all, near) = (spread.rows.len(), converged_peer_count(&spread.rows));
    let title = app.ui.paint(Style::Strong, &here);
    app.ui.line(&format!(
        "{title}; {near} of {} converged ({:.0} % or more), median {}",
        plural(all as u64, "peer"),
        CONVERGED_AT * 100.0,
        percent(median)
    ));
    app.ui.line("");
    let name = |id: &str| spread.detail.as_ref().map_or_else(|| id.to_owned(), |detail| detail.name(id));
    table(app, &spread.rows, name).print(&mut app.ui);
    if spread.local_total == 0 {
        app.ui.line("");
        app.ui.line("Where nothing is known, no peer can have any of it.");
    }
}

fn table(app: &App, rows: &[PeerConvergence], name: impl Fn(&str) -> String) -> Table {
    let glyphs = dashboard::glyphs(app);
    let mut table = Table::new()
        .flexible("PEER", 8)
        .left("STATE")
        .right("HAS")
        .right("SENT")
        .left("")
        .left("LAST SENT")
        .give_way(&["", "LAST SENT", "SENT"]);
    for row in rows {
        let (style, state) = match (row.is_converged(), glyphs) {
            (true, Glyphs::Full) => (Style::Good, "✓ converged"),
            (true, Glyphs::Ascii) => (Style::Good, "+ converged"),
            (false, Glyphs::Full) => (Style::Notice, "… lagging"),
            (false, Glyphs::Ascii) => (Style::Notice, "- lagging"),
        };
        let sent = format!("{} of {}", count(row.units_sent as u64), count(row.local_total as u64));
        table.row([
            (Style::Name, told(&name(&row.peer_id))),
            (style, state.to_owned()),
            (Style::Plain, percent(row.ratio)),
            (Style::Plain, sent),
            (style, glyphs.bar(row.ratio, BAR)),
            (Style::Faint, last(app.now, row.last_sync_epoch)),
        ]);
    }
    table
}

/// How long ago something was last sent.
fn last(now_ms: i64, epoch_secs: u64) -> String {
    let at = i64::try_from(epoch_secs.saturating_mul(1_000)).unwrap_or(i64::MAX);
    match at {
        0 => "never".to_owned(),
        at if at > now_ms => "later than now".to_owned(),
        at => format!("{} ago", format::age(now_ms - at)),
    }
}
