//! Holds what is taken for a command, and how, against bash: for the commands of the case files and corners of
//! the grammar, each changed by chance.
//!
//! `cargo run -p claudectl-shell --example against_bash -- [MUTANTS] [SEED]`: prints how often both agree, and each text
//! about which they do not. Nothing is run: bash only reads.

use std::collections::BTreeMap;
use std::io::Write;

#[path = "../../gate/tests/corpus/mod.rs"]
#[allow(dead_code, reason = "verdicts are for the tests of the gate")]
mod corpus;
#[path = "../tests/mutants/mod.rs"]
mod mutants;

use mutants::{Agreement, Dice, compare, mutant, seeds};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if !mutants::is_there() {
        return writeln!(out, "there is no bash 5 here");
    }
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<usize>());
    let wanted = numbers.next().and_then(Result::ok).unwrap_or(5_000);
    let seed = numbers.next().and_then(Result::ok).unwrap_or(1) as u64;
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ seed);
    let mut texts: Vec<String> = corpus::bash_cases()?.into_iter().map(|case| case.command).collect();
    // These are few, and hold more.
    texts.extend(seeds().flat_map(|seed| vec![seed.to_owned(); 20]));
    let mut found: BTreeMap<Agreement, usize> = BTreeMap::new();
    while found.values().sum::<usize>() < wanted {
        let text = mutant(&texts[dice.below(texts.len())], &mut dice);
        let Some(agreement) = compare(&text)? else { continue };
        *found.entry(agreement).or_default() += 1;
        if !matches!(agreement, Agreement::Taken | Agreement::Refused) {
            writeln!(out, "{agreement:?}: {text:?}")?;
        }
    }
    let alike: usize = [Agreement::Taken, Agreement::Refused].iter().filter_map(|kind| found.get(kind)).sum();
    for (agreement, number) in &found {
        writeln!(out, "# {agreement:?}: {number}")?;
    }
    writeln!(out, "# alike: {alike} of {wanted}")
}
