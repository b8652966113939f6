//! Whether anybody else may change what stands in a file or folder.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Who may, beside the process's own user and root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// The user that it belongs to.
    Owner(u32),
    /// Its group, or everybody: its mode lets them.
    Mode,
}

/// Who may change it; `None` where nobody may but us.
#[must_use]
pub fn others(metadata: &Metadata) -> Option<Others> {
    let own = || rustix::process::geteuid().as_raw();
    of(metadata.uid(), metadata.mode(), own)
}

fn of(owner: u32, mode: u32, own: impl FnOnce() -> u32) -> Option<Others> {
    const ROOT: u32 = 0;
    if owner != ROOT && owner != own() {
        return Some(Others::Owner(owner));
    }
    (mode & 0o022 != 0).then_some(Others::Mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_we_and_root_may() {
        for (owner, mode, expected) in [
            (1000, 0o40700, None),
            (1000, 0o40755, None),
            (0, 0o40755, None),
            (1001, 0o40700, Some(Others::Owner(1001))),
            (1000, 0o40720, Some(Others::Mode)),
            (1000, 0o41777, Some(Others::Mode)),
            (0, 0o100602, Some(Others::Mode)),
            (1001, 0o40777, Some(Others::Owner(1001))),
        ] {
            assert_eq!(of(owner, mode, || 1000), expected, "{owner} {mode:o}");
        }
    }
}
