//! What is fetched from elsewhere, in a cache folder of the build: one process at a time, and what is half done never has
//! the final name. A failure is remembered beside it for a while, so that not each test waits for it again.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::claude::Unavailable;

/// How long a failure counts: as long as a run of all tests takes.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(600);

/// The folder of this name in `cache`, which `install` fills if it is not `there`.
pub(crate) fn kept(
    cache: &Path,
    name: &str,
    there: impl Fn(&Path) -> bool,
    install: impl FnOnce(&Path) -> Result<(), Unavailable>,
) -> Result<PathBuf, Unavailable> {
    let home = cache.join(name);
    if there(&home) {
        return Ok(home);
    }
    let failed = |source| Unavailable::Cache { path: cache.to_owned(), source };
    std::fs::create_dir_all(cache).map_err(failed)?;
    let lock = File::create(cache.join(format!("{name}.lock"))).map_err(failed)?;
    lock.lock().map_err(failed)?;
    if there(&home) {
        return Ok(home);
    }
    if let Some(reason) = remembered(cache, name) {
        return Err(Unavailable::Install { reason });
    }
    let half = tempfile::Builder::new().prefix("installing-").tempdir_in(cache).map_err(failed)?;
    if let Err(error) = install(half.path()) {
        if let Unavailable::Install { reason } = &error {
            std::fs::write(failure(cache, name), reason).map_err(failed)?;
        }
        return Err(error);
    }
    if home.exists() {
        std::fs::remove_dir_all(&home).map_err(failed)?;
    }
    std::fs::rename(half.path(), &home).map_err(failed)?;
    Ok(home)
}

/// Where the last failure is written down.
pub(crate) fn failure(cache: &Path, name: &str) -> PathBuf {
    cache.join(format!("{name}.failed"))
}

/// Why the installation failed lately.
pub(crate) fn remembered(cache: &Path, name: &str) -> Option<String> {
    let path = failure(cache, name);
    let age = path.metadata().ok()?.modified().ok()?.elapsed().ok()?;
    (age < REMEMBERED).then(|| std::fs::read_to_string(path).ok())?
}

/// Lets the next installation be tried at once.
pub(crate) fn forget_failure(cache: &Path, name: &str) {
    // There is none, mostly.
    std::fs::remove_file(failure(cache, name)).ok();
}

/// A folder in the target folder of the running test: the nearest parent that cargo has tagged.
pub(crate) fn of_build(name: &str) -> Result<PathBuf, Unavailable> {
    let test = std::env::current_exe();
    let test = test.map_err(|source| Unavailable::Cache { path: PathBuf::from("target"), source })?;
    let target = test.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    let target = target.or(test.parent()).unwrap_or(Path::new("target"));
    Ok(target.join(name))
}
