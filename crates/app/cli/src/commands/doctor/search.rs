//! What `claudectl doctor` says of the index of all texts.

use std::path::{Path, PathBuf};

use claudectl_agents::walk;
use claudectl_store::StoreError;
use claudectl_store::search::{Index, Sizes};
use serde_json::json;

use super::{Check, failed_with};
use crate::app::App;
use crate::env::shown;
use crate::format;
use crate::search;
use crate::sync;

const NAME: &str = "search index";

/// Its size, and how far behind the transcripts it is.
pub(super) fn check(app: &App, roots: &[PathBuf]) -> Check {
    let home = match app.env.state_dir() {
        Ok(home) => home,
        Err(error) => return failed_with(NAME, error),
    };
    let path = search::file(&home);
    // A look at every page would take seconds; who meets a damaged one makes the index anew.
    let sizes = Index::open_existing(&path).and_then(|index| index.map(|index| index.sizes()).transpose());
    match sizes {
        Ok(Some(sizes)) => sound(app, &home, &path, roots, &sizes),
        Ok(None) => {
            Check::ok(NAME, "none yet: `claudectl search` makes it, or the next pass in the background")
        }
        Err(StoreError::NotAStore { .. }) => damaged(app, &path),
        Err(error) => failed_with(NAME, search::told(error)),
    }
}

/// A warning, for the next search makes it anew.
fn damaged(app: &App, path: &Path) -> Check {
    Check::warning(
        NAME,
        format!("{}: it is no index, or it is damaged", shown(&app.env, path)),
        "the next `claudectl search` moves it aside and makes it anew; `claudectl search --rebuild` does so now",
    )
}

fn sound(app: &App, home: &Path, path: &Path, roots: &[PathBuf], sizes: &Sizes) -> Check {
    let behind = match search::behind(home, &walk::transcripts(roots, sync::threads()).files) {
        Ok(behind) => behind,
        Err(error) => return failed_with(NAME, error),
    };
    let data = json!({
        "path": path.display().to_string(),
        "bytes": sizes.bytes,
        "free_bytes": sizes.free_bytes,
        "schema": sizes.schema,
        "passages": sizes.passages,
        "transcripts": sizes.files,
        "gone_transcripts": sizes.gone,
        "behind_bytes": behind,
    });
    let gone = match sizes.gone {
        0 => String::new(),
        gone => format!(", {} of them gone", format::count(gone)),
    };
    let behind = match behind {
        0 => String::new(),
        behind => format!("; {}", search::lag(behind)),
    };
    let message = format!(
        "{}, {}: {} of {}{gone}{behind}",
        shown(&app.env, path),
        format::bytes(sizes.bytes),
        format::plural(sizes.passages, "passage"),
        format::plural(sizes.files, "transcript"),
    );
    Check::ok(NAME, message).with(data)
}
