//! Where an entry is found.

use super::{
    Entry, builds, cloud, containers, databases, files, git, interpreters, network, packages, system, text,
    wrappers,
};

/// All entries, by what they are about.
static TABLES: &[&[Entry]] = &[
    builds::ENTRIES,
    cloud::ENTRIES,
    containers::ENTRIES,
    databases::ENTRIES,
    files::ENTRIES,
    git::ENTRIES,
    interpreters::ENTRIES,
    network::ENTRIES,
    packages::ENTRIES,
    system::ENTRIES,
    text::ENTRIES,
    wrappers::ENTRIES,
];

/// The entry of a program, by its name without a folder.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    let exact = all().find(|entry| entry.names.split('|').any(|own| own == name));
    exact.or_else(|| {
        let plain = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let version = &name[plain.len()..];
        let version = !version.is_empty() && !version.starts_with('.') && !version.ends_with('.');
        let is = |own: &str| own.strip_suffix('#').is_some_and(|own| own == plain);
        version.then(|| all().find(|entry| entry.names.split('|').any(is))).flatten()
    })
}

/// All entries.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    TABLES.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_program_has_two_entries() {
        let mut names: Vec<&str> = all().flat_map(|entry| entry.names.split('|')).collect();
        names.sort_unstable();
        let twice: Vec<_> = names.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn versions_are_found() {
        for name in ["python3.12", "python3", "python", "ruby3.2", "perl5.36.0"] {
            assert!(find(name).is_some(), "{name}");
        }
        for name in ["python3.x", "python.", "python3.", "cat2", "python-3"] {
            assert!(find(name).is_none(), "{name}");
        }
    }
}
