//! Claude Code's configuration folders.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The folders to read, first things first, without repeats.
///
/// `config_dir` is `CLAUDE_CONFIG_DIR`: one folder, or several with commas between them. Without it
/// they are `~/.claude` and `~/.config/claude`. `extra` folders are read as well.
#[must_use]
pub fn config_roots(config_dir: Option<&OsStr>, home: Option<&Path>, extra: &[PathBuf]) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = match config_dir.filter(|value| !value.is_empty()) {
        Some(value) => listed(value),
        None => home.map(|home| vec![home.join(".claude"), home.join(".config/claude")]).unwrap_or_default(),
    };
    roots.extend_from_slice(extra);
    let mut seen = Vec::new();
    roots.retain(|root| {
        // Two names of one folder (a link, a trailing slash) are one root.
        let real = std::fs::canonicalize(root).unwrap_or_else(|_| root.clone());
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    roots
}

/// A value with a comma is a list, unless a folder has exactly that name.
fn listed(value: &OsStr) -> Vec<PathBuf> {
    let whole = PathBuf::from(value);
    match value.to_str() {
        Some(text) if text.contains(',') && !whole.is_dir() => {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(PathBuf::from).collect()
        }
        _ => vec![whole],
    }
}

/// The configuration folder that a transcript is in: `<root>/projects/<slug>/<session>.jsonl`.
#[must_use]
pub fn of_transcript(transcript: &Path) -> Option<PathBuf> {
    let projects = transcript.parent()?.parent()?;
    let root = projects.parent().filter(|root| root.is_absolute())?;
    (projects.file_name()? == "projects").then(|| root.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_replaces_the_defaults() {
        let home = Path::new("/h");
        assert_eq!(
            config_roots(None, Some(home), &[]),
            [Path::new("/h/.claude"), Path::new("/h/.config/claude")]
        );
        assert_eq!(
            config_roots(Some(OsStr::new("/a, /b,/a")), Some(home), &[]),
            [Path::new("/a"), Path::new("/b")]
        );
        assert_eq!(config_roots(Some(OsStr::new("")), Some(home), &[]).len(), 2);
        assert_eq!(config_roots(None, None, &["/x".into()]), [Path::new("/x")]);
    }

    #[test]
    fn a_folder_with_a_comma_in_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let odd = dir.path().join("a,b");
        std::fs::create_dir(&odd).unwrap();
        assert_eq!(config_roots(Some(odd.as_os_str()), None, &[]), [odd]);
    }
}
