//! Where a path leads once links are followed.

use std::fs;
use std::path::{Path, PathBuf};

/// The path of a file or folder without links in it. Of a file that is gone, or still to be written, its folder's;
/// as it stands where not even that can be told.
#[must_use]
pub fn path(path: &Path) -> PathBuf {
    fs::canonicalize(path).ok().or_else(|| in_its_folder(path)).unwrap_or_else(|| path.to_path_buf())
}

fn in_its_folder(path: &Path) -> Option<PathBuf> {
    Some(fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_as_far_as_there_is_something() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir(root.join("real")).unwrap();
        fs::write(root.join("real/a"), "").unwrap();
        std::os::unix::fs::symlink(root.join("real"), root.join("link")).unwrap();
        std::os::unix::fs::symlink(root.join("real/a"), root.join("b")).unwrap();
        for (from, to) in [("link/a", "real/a"), ("link/new", "real/new"), ("b", "real/a"), ("no/a", "no/a")]
        {
            assert_eq!(path(&root.join(from)), root.join(to), "{from}");
        }
    }
}
