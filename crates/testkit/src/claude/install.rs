//! Fetching the client: npm installs a version into a cache folder of the build.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{CLAUDE_VERSION, OLD_CLAUDE_VERSION, Unavailable};
use crate::{cache, process};

const PATIENCE: Duration = Duration::from_secs(600);

/// A version of the client, and where npm puts what runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Release {
    version: &'static str,
    /// Below `node_modules/@anthropic-ai`.
    program: (&'static str, &'static str),
}

impl Release {
    /// The pinned version: a native binary in a package for each kind of machine.
    pub(super) fn pinned() -> Result<Self, Unavailable> {
        Ok(Self { version: CLAUDE_VERSION, program: (package()?, "claude") })
    }

    /// The old version: a script for node.
    pub(super) fn old() -> Self {
        Self { version: OLD_CLAUDE_VERSION, program: ("claude-code", "cli.js") }
    }

    fn bin(self, home: &Path) -> PathBuf {
        home.join("node_modules/@anthropic-ai").join(self.program.0).join(self.program.1)
    }
}

/// What runs of `release` in `cache`, installed if it is not there.
pub(super) fn ensure(cache: &Path, release: Release) -> Result<PathBuf, Unavailable> {
    ensure_with(cache, release, |folder| npm_install(folder, release.version))
}

fn ensure_with(
    cache: &Path,
    release: Release,
    install: impl FnOnce(&Path) -> Result<(), Unavailable>,
) -> Result<PathBuf, Unavailable> {
    let there = |home: &Path| is_executable(&release.bin(home));
    let home = cache::kept(cache, release.version, there, |half| {
        install(half)?;
        let bin = release.bin(half);
        if bin.exists() && !is_executable(&bin) {
            let failed = |source| Unavailable::Cache { path: cache.to_owned(), source };
            std::fs::set_permissions(&bin, std::fs::Permissions::from_mode(0o755)).map_err(failed)?;
        }
        Ok(())
    })?;
    Ok(release.bin(&home))
}

/// Lets the next installation be tried at once.
pub(super) fn forget_failure(cache: &Path) {
    for version in [CLAUDE_VERSION, OLD_CLAUDE_VERSION] {
        cache::forget_failure(cache, version);
    }
}

/// The package that holds the binary of this machine.
fn package() -> Result<&'static str, Unavailable> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("claude-code-linux-x64"),
        ("linux", "aarch64") => Ok("claude-code-linux-arm64"),
        ("macos", "x86_64") => Ok("claude-code-darwin-x64"),
        ("macos", "aarch64") => Ok("claude-code-darwin-arm64"),
        (os, arch) => Err(Unavailable::NoPlatform { os, arch }),
    }
}

/// npm keeps the caller's environment: it holds the registry, the proxy and npm's own cache. The version is
/// given in full, since on an older node npm would otherwise choose an older client.
fn npm_install(folder: &Path, version: &str) -> Result<(), Unavailable> {
    let mut npm = process::leashed("npm");
    npm.args(["i", "--engine-strict=false", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"])
        .arg(folder)
        .arg(format!("@anthropic-ai/claude-code@{version}"))
        .current_dir(folder);
    let done = process::run_leashed(&mut npm, PATIENCE);
    let done = done.map_err(|error| Unavailable::Install { reason: error.to_string() })?;
    match done.code() {
        0 => return Ok(()),
        process::NO_PROGRAM => {
            return Err(Unavailable::NoProgram { program: "npm", source: ErrorKind::NotFound.into() });
        }
        _ => {}
    }
    let said = String::from_utf8_lossy(&done.stderr);
    // The cause stands first; behind it is advice.
    let cause = said.lines().filter(|line| !line.starts_with("npm warn")).take(4);
    Err(Unavailable::Install { reason: cause.collect::<Vec<_>>().join(" / ") })
}

/// Where node is: the old version needs it.
pub(super) fn node() -> Result<PathBuf, Unavailable> {
    let mut node = process::leashed("node");
    node.args(["-p", "process.execPath"]);
    let done = process::run_leashed(&mut node, PATIENCE);
    let done = done.map_err(|error| Unavailable::Install { reason: error.to_string() })?;
    match done.code() {
        0 => Ok(PathBuf::from(String::from_utf8_lossy(&done.stdout).trim())),
        _ => Err(Unavailable::NoProgram { program: "node", source: ErrorKind::NotFound.into() }),
    }
}

/// `claude-code` in the target folder of the running test.
pub(super) fn build_cache() -> Result<PathBuf, Unavailable> {
    cache::of_build("claude-code")
}

pub(super) fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{REMEMBERED, failure, remembered};

    fn release() -> Release {
        Release::pinned().unwrap()
    }

    fn fails(_: &Path) -> Result<(), Unavailable> {
        Err(Unavailable::Install { reason: "no way to it".to_owned() })
    }

    fn must_not_run(_: &Path) -> Result<(), Unavailable> {
        panic!("tried again")
    }

    #[test]
    fn a_failure_is_remembered_for_a_while() {
        let cache = tempfile::tempdir().unwrap();
        let said = |error: Unavailable| error.to_string();
        let first = ensure_with(cache.path(), release(), fails).map_err(said);
        assert_eq!(first, Err("it could not be installed: no way to it".to_owned()));
        assert_eq!(ensure_with(cache.path(), release(), must_not_run).map_err(said), first);
        // An old one counts no more, nor one that was to be forgotten.
        let old = std::fs::File::options().write(true).open(failure(cache.path(), CLAUDE_VERSION)).unwrap();
        old.set_modified(old.metadata().unwrap().modified().unwrap() - REMEMBERED).unwrap();
        assert_eq!(remembered(cache.path(), CLAUDE_VERSION), None);
        std::fs::write(failure(cache.path(), CLAUDE_VERSION), "again").unwrap();
        assert_eq!(remembered(cache.path(), CLAUDE_VERSION).as_deref(), Some("again"));
        forget_failure(cache.path());
        let installed = ensure_with(cache.path(), release(), |half| {
            let bin = release().bin(half);
            std::fs::create_dir_all(bin.parent().unwrap()).unwrap();
            std::fs::write(bin, "").unwrap();
            Ok(())
        });
        assert!(is_executable(&installed.unwrap()));
    }

    #[test]
    fn what_npm_did_not_do_is_not_remembered() {
        let cache = tempfile::tempdir().unwrap();
        let missing =
            |_: &Path| Err(Unavailable::NoProgram { program: "npm", source: ErrorKind::NotFound.into() });
        ensure_with(cache.path(), release(), missing).unwrap_err();
        assert_eq!(remembered(cache.path(), CLAUDE_VERSION), None);
    }
}
