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

/// The entry of a program, by its name without a folder; `python#` stands for `python3.12`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    exact(name).or_else(|| {
        let plain = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let version = &name[plain.len()..];
        let version = !version.is_empty() && !version.starts_with('.') && !version.ends_with('.');
        version.then(|| exact(&format!("{plain}#"))).flatten()
    })
}

fn exact(name: &str) -> Option<&'static Entry> {
    let mut hash = SEED;
    for byte in name.bytes() {
        hash = step(hash, byte);
    }
    let from = INDEX.partition_point(|place| place.hash < hash);
    let same = INDEX[from..].iter().take_while(|place| place.hash == hash);
    let entries = same.map(|place| &TABLES[usize::from(place.table)][usize::from(place.entry)]);
    entries.into_iter().find(|entry| entry.names.split('|').any(|own| own == name))
}

/// Where the entry of a name is. Sorted by their hashes when the program is built: a hook looks up some names and ends.
#[derive(Clone, Copy)]
struct Place {
    hash: u32,
    table: u16,
    entry: u16,
}

/// FNV-1a.
const SEED: u32 = 0x811c_9dc5;

const fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as u32).wrapping_mul(0x0100_0193)
}

const NAMES: usize = {
    let (mut names, mut table) = (0, 0);
    while table < TABLES.len() {
        let mut entry = 0;
        while entry < TABLES[table].len() {
            let text = TABLES[table][entry].names.as_bytes();
            names += 1;
            let mut at = 0;
            while at < text.len() {
                names += (text[at] == b'|') as usize;
                at += 1;
            }
            entry += 1;
        }
        table += 1;
    }
    names
};

#[allow(long_running_const_eval, reason = "some thousand names")]
static INDEX: [Place; NAMES] = sorted(places());

const fn places() -> [Place; NAMES] {
    let mut places = [Place { hash: 0, table: 0, entry: 0 }; NAMES];
    let (mut names, mut table) = (0, 0);
    while table < TABLES.len() {
        let mut entry = 0;
        while entry < TABLES[table].len() {
            let text = TABLES[table][entry].names.as_bytes();
            let (mut hash, mut at) = (SEED, 0);
            while at <= text.len() {
                if at == text.len() || text[at] == b'|' {
                    places[names] = Place { hash, table: table as u16, entry: entry as u16 };
                    names += 1;
                    hash = SEED;
                } else {
                    hash = step(hash, text[at]);
                }
                at += 1;
            }
            entry += 1;
        }
        table += 1;
    }
    places
}

/// Heap sort: quick enough for the compiler, too.
const fn sorted(mut places: [Place; NAMES]) -> [Place; NAMES] {
    let mut begin = NAMES / 2;
    let mut end = NAMES;
    while end > 1 {
        if begin > 0 {
            begin -= 1;
        } else {
            end -= 1;
            let last = places[end];
            places[end] = places[0];
            places[0] = last;
        }
        let mut root = begin;
        while 2 * root + 1 < end {
            let mut child = 2 * root + 1;
            if child + 1 < end && places[child].hash < places[child + 1].hash {
                child += 1;
            }
            if places[root].hash >= places[child].hash {
                break;
            }
            let other = places[root];
            places[root] = places[child];
            places[child] = other;
            root = child;
        }
    }
    places
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
    fn each_name_is_found() {
        for entry in all() {
            for name in entry.names.split('|') {
                assert!(exact(name).is_some_and(|found| std::ptr::eq(found, entry)), "{name}");
            }
        }
        assert!(exact("").is_none() && exact("no-such-program").is_none());
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
