//! Fetching the client: npm installs the pinned version into a cache folder of the build, one process at a
//! time, and a half-done installation never has the final name.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{CLAUDE_VERSION, Unavailable};
use crate::process::{self, RunError};

const PATIENCE: Duration = Duration::from_secs(600);

/// The native binary in `cache`, installed if it is not there.
pub(super) fn ensure(cache: &Path) -> Result<PathBuf, Unavailable> {
    let home = cache.join(CLAUDE_VERSION);
    let bin = home.join("node_modules/@anthropic-ai").join(package()?).join("claude");
    if is_executable(&bin) {
        return Ok(bin);
    }
    let failed = |source| Unavailable::Cache { path: cache.to_owned(), source };
    std::fs::create_dir_all(cache).map_err(failed)?;
    let lock = File::create(cache.join(format!("{CLAUDE_VERSION}.lock"))).map_err(failed)?;
    lock.lock().map_err(failed)?;
    if is_executable(&bin) {
        return Ok(bin);
    }
    let half = tempfile::Builder::new().prefix("installing-").tempdir_in(cache).map_err(failed)?;
    npm_install(half.path())?;
    if home.exists() {
        std::fs::remove_dir_all(&home).map_err(failed)?;
    }
    std::fs::rename(half.path(), &home).map_err(failed)?;
    if bin.exists() && !is_executable(&bin) {
        std::fs::set_permissions(&bin, std::fs::Permissions::from_mode(0o755)).map_err(failed)?;
    }
    Ok(bin)
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
fn npm_install(folder: &Path) -> Result<(), Unavailable> {
    let mut npm = Command::new("npm");
    npm.args(["i", "--engine-strict=false", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"])
        .arg(folder)
        .arg(format!("@anthropic-ai/claude-code@{CLAUDE_VERSION}"))
        .current_dir(folder);
    let done = process::run(&mut npm, Vec::new(), PATIENCE).map_err(|error| match error {
        RunError::Start { source, .. } if source.kind() == ErrorKind::NotFound => {
            Unavailable::NoProgram { program: "npm", source }
        }
        error => Unavailable::Install { reason: error.to_string() },
    })?;
    if done.code() == 0 {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let last = said.lines().rev().take(5).collect::<Vec<_>>();
    Err(Unavailable::Install { reason: last.into_iter().rev().collect::<Vec<_>>().join(" / ") })
}

/// `claude-code` in the target folder of the running test: the nearest parent that cargo has tagged.
pub(super) fn build_cache() -> Result<PathBuf, Unavailable> {
    let test = std::env::current_exe();
    let test = test.map_err(|source| Unavailable::Cache { path: PathBuf::from("target"), source })?;
    let target = test.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    let target = target.or(test.parent()).unwrap_or(Path::new("target"));
    Ok(target.join("claude-code"))
}

pub(super) fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
