//! Any lines as the published tool's log of decisions: whatever they say, nothing of them proves anything, and to take them
//! in twice takes in no more.

#![no_main]

use std::collections::HashSet;

use claudectl_brain::published::{row, settled};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let said: Vec<_> = text.lines().filter_map(|line| row(line).ok()?.ok()).collect();
    assert!(said.iter().all(|one| one.source.is_imported() && !one.source.is_trial() && one.at > 0));
    let marked: HashSet<String> = said.iter().take(1).map(|one| one.id.clone()).collect();
    let all = said.len() as u64;
    let (kept, out) = settled(said.clone(), &marked);
    assert_eq!(kept.len() as u64 + out.values().sum::<u64>(), all);
    let twice = said.iter().chain(&said).cloned().collect();
    assert!(settled(twice, &marked).0.len() <= kept.len());
});
