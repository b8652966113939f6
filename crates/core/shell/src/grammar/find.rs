//! Where an entry is found.

use super::{Entry, builds, cloud, containers, databases, files, git, packages, text};

/// All entries, by what they are about.
static TABLES: &[&[Entry]] = &[
    builds::ENTRIES,
    cloud::ENTRIES,
    containers::ENTRIES,
    databases::ENTRIES,
    files::ENTRIES,
    git::ENTRIES,
    packages::ENTRIES,
    text::ENTRIES,
];

/// The entry of a program, by its name without a folder.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    TABLES.iter().copied().flatten().find(|entry| entry.names.split('|').any(|own| own == name))
}

/// All entries.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    TABLES.iter().copied().flatten()
}
