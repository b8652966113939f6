//! Where an entry is found.

use super::Entry;

/// The entry of a program, by its name without a folder.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    let _ = name;
    None
}
