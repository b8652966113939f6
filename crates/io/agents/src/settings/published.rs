//! The plugin folder that the published tool wrote beside Claude Code's own, which no version of Claude Code
//! ever loads from there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::away::{self, PutAwayError};

/// A plugin folder of the published tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// Where it is.
    pub path: PathBuf,
}

/// What only its plugin has.
const MARKS: &[&str] = &[".claude-plugin/plugin.json", "hooks/scripts/brain-gate.sh", "hooks/hooks.json"];

/// The plugin folder below a configuration folder, if it is the published tool's.
#[must_use]
pub fn plugin(root: &Path) -> Option<Plugin> {
    let path = root.join("plugins/claudectl");
    let is_folder = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
    let is_its = MARKS.iter().any(|mark| path.join(mark).is_file());
    (is_folder && is_its).then_some(Plugin { path })
}

impl Plugin {
    /// Moves it into the state folder's backups; returns where it is then.
    ///
    /// # Errors
    /// See [`PutAwayError`].
    pub fn put_away(&self, state: &Path, now: i64) -> Result<PathBuf, PutAwayError> {
        away::put_away(&self.path, state, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_published_tools() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(plugin(dir.path()), None);
        let path = dir.path().join("plugins/claudectl");
        fs::create_dir_all(path.join("hooks/scripts")).unwrap();
        assert_eq!(plugin(dir.path()), None, "somebody's own folder of that name");
        fs::write(path.join("hooks/scripts/brain-gate.sh"), "#!/bin/sh\n").unwrap();
        let found = plugin(dir.path()).unwrap();
        let state = dir.path().join("state");
        let to = found.put_away(&state, 5).unwrap();
        assert!(!path.exists() && to.join("hooks/scripts/brain-gate.sh").is_file());
        assert_eq!(plugin(dir.path()), None);
    }
}
