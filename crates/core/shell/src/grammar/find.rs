//! Where an entry is found.

use super::{Entry, files, interpreters, network, system, text, wrappers};

/// All entries, by what they are about.
static TABLES: &[&[Entry]] = &[
    files::ENTRIES,
    text::ENTRIES,
    wrappers::ENTRIES,
    interpreters::ENTRIES,
    network::ENTRIES,
    system::ENTRIES,
];

/// The entry of a program, by its name without a folder.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    let exact = all().find(|entry| entry.names.split('|').any(|own| own == name));
    exact.or_else(|| {
        let plain = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let version =
            name.len() > plain.len() && name[plain.len()..].starts_with(|letter: char| letter != '.');
        let is = |own: &str| own.strip_suffix('#').is_some_and(|own| own == plain);
        version.then(|| all().find(|entry| entry.names.split('|').any(is))).flatten()
    })
}

/// All entries.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    TABLES.iter().copied().flatten()
}
