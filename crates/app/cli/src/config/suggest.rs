//! Did-you-mean: the nearest name to a misspelt one.
//!
//! One place decides what "near" is, so that every message has the same idea of it.

use super::keys::{self, KEYS, KeyPath, SECTIONS};

/// Longer names are not typing mistakes, and comparing them is slow.
const LONGEST: usize = 64;

/// The candidate nearest to `name`, if any is near enough to be what was meant.
pub(crate) fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let lower = name.to_lowercase();
    let reach = (lower.chars().count() / 3).clamp(1, 4);
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= reach || is_part(&lower, candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `session` for `session_usd`: a whole word of the candidate.
fn is_part(name: &str, candidate: &str) -> bool {
    name.len() > 2 && candidate.split('_').any(|word| word == name)
}

/// The path a person most likely meant by an unknown one.
pub(crate) fn for_path(path: &KeyPath) -> Option<String> {
    let parent = path.parent();
    let siblings = KEYS.iter().map(|k| k.path).chain(SECTIONS.iter().map(|s| s.path));
    let siblings = siblings.filter(|candidate| fits_parent(candidate, &parent));
    let names = siblings.filter_map(|candidate| candidate.rsplit('.').next()).filter(|name| *name != "*");
    let sibling = closest(path.leaf(), names).map(|name| parent.child(name).to_string());
    sibling.or_else(|| elsewhere(path.leaf())).or_else(|| with_better_section(path))
}

fn fits_parent(candidate: &str, parent: &KeyPath) -> bool {
    let names = candidate.split('.').rev().skip(1).collect::<Vec<_>>();
    let fits = |(part, name): (&&str, &String)| *part == "*" || *part == name;
    names.len() == parent.segments().len() && names.iter().rev().zip(parent.segments()).all(fits)
}

/// The same name in another section, when only one has it.
fn elsewhere(leaf: &str) -> Option<String> {
    let mut hits = KEYS.iter().filter(|key| key.leaf() == leaf && !key.path.contains('*'));
    let first = hits.next()?;
    hits.next().is_none().then(|| first.path.to_owned())
}

/// `bugdet.session_usd`: the section is the misspelt part.
fn with_better_section(path: &KeyPath) -> Option<String> {
    let (first, rest) = path.segments().split_first()?;
    let top = SECTIONS.iter().map(|s| s.path).filter(|p| !p.contains('.'));
    let section = closest(first, top).filter(|section| section != first)?;
    let better = KeyPath::new([section.to_owned()].into_iter().chain(rest.iter().cloned()));
    (!matches!(keys::lookup(&better), keys::Found::Unknown)).then(|| better.to_string())
}
