//! Each entry of the table decides something, and so does each thing that is found out about a command: were it
//! otherwise, a verdict would be another.

mod corpus;

use claudectl_gate::lattice::{self, Entry, Level, TABLE};
use claudectl_shell::analyse;
use claudectl_shell::effect::{Act, Effect, Flow, Scope};
use claudectl_shell::report::{Deed, Ran, Report};

/// What no command does yet, though the table answers it.
const UNUSED: &[Act] = &[
    Act::new(Effect::Read, Scope::Everything),
    Act::new(Effect::Write, Scope::Loopback),
    Act::new(Effect::NetworkOut, Scope::Nothing),
];

fn alone(act: Act) -> Report {
    let deed = Deed { act, subject: "x".to_owned(), sure: true };
    Report { commands: vec![Ran { deeds: vec![deed], ..Ran::default() }], ..Report::default() }
}

/// What the commands of the case files do, each answered as its file says.
fn reports() -> std::io::Result<Vec<Report>> {
    let report = |case: corpus::Case| {
        let report = analyse(&case.command, corpus::place());
        assert_eq!(lattice::of_report(&report).0.verdict(), case.wanted, "{}", case.at);
        report
    };
    Ok(corpus::bash_cases()?.into_iter().map(report).collect())
}

/// The table with one entry changed: what asks or refuses would allow, what allows would refuse.
fn changed(at: usize) -> Vec<Entry> {
    let mut table = TABLE.to_vec();
    table[at].level = match table[at].level {
        Level::Allow => Level::Deny,
        Level::Learnable | Level::Ask | Level::Deny => Level::Allow,
    };
    table
}

/// Whether an entry decides about a call: with another level there is another answer, and the reason is the entry's.
fn decides(at: usize, table: &[Entry], report: &Report) -> bool {
    let (before, why) = lattice::of_report(report);
    let (after, other) = lattice::of_report_in(table, report);
    let told = if TABLE[at].level == Level::Allow { other } else { why };
    before != after && told.starts_with(TABLE[at].reason)
}

#[test]
fn a_level_by_itself_is_that_of_the_reasons() {
    let mut reports = reports().unwrap();
    let unsure = |act: &Act| {
        let mut report = alone(*act);
        report.commands[0].deeds[0].sure = false;
        report
    };
    reports.extend(UNUSED.iter().map(|act| alone(*act)));
    reports.extend(UNUSED.iter().map(unsure));
    for report in &reports {
        assert_eq!(lattice::level_of_report(report), lattice::of_report(report).0, "{report:?}");
        for ran in &report.commands {
            assert_eq!(lattice::level_of_command(ran), lattice::of_command(ran).0, "{ran:?}");
        }
    }
}

#[test]
fn each_entry_decides_a_case() {
    let reports = reports().unwrap();
    let unused: Vec<Report> = UNUSED.iter().map(|act| alone(*act)).collect();
    let (mut idle, mut by_hand) = (Vec::new(), Vec::new());
    for (at, entry) in TABLE.iter().enumerate() {
        let table = changed(at);
        let among = |reports: &[Report]| reports.iter().any(|report| decides(at, &table, report));
        match (among(&reports), among(&unused)) {
            (true, _) => {}
            (false, true) => by_hand.push(entry.reason),
            (false, false) => idle.push(format!("{entry:?}")),
        }
    }
    assert!(idle.is_empty(), "{} of {}:\n{}", idle.len(), TABLE.len(), idle.join("\n"));
    assert_eq!(by_hand.len(), UNUSED.len(), "what a command does now needs no made-up act: {by_hand:?}");
}

/// No act is left to the entry that stands for none.
#[test]
fn each_act_has_an_entry() {
    for effect in Effect::ALL {
        for scope in Scope::ALL {
            for grave in [false, true] {
                let entry = lattice::find(Act { effect, scope, grave });
                assert_eq!(entry.effect, effect, "{effect:?} {scope:?} {grave}");
            }
        }
    }
}

/// Takes something away from what was found out.
type Loss<'a> = &'a dyn Fn(&mut Report);

#[test]
fn each_thing_that_is_found_out_decides_a_case() {
    let flows = Flow::ALL.map(|flow| move |report: &mut Report| report.flows.retain(|own| *own != flow));
    let opaque = |report: &mut Report| report.opaque.clear();
    let unproven = |report: &mut Report| report.commands.iter_mut().for_each(|ran| ran.unproven.clear());
    let unsure = |report: &mut Report| {
        report.commands.iter_mut().flat_map(|ran| &mut ran.deeds).for_each(|deed| deed.sure = true);
    };
    let grave = |report: &mut Report| {
        report.commands.iter_mut().flat_map(|ran| &mut ran.deeds).for_each(|deed| deed.act.grave = false);
    };
    // With the level that it brings about.
    let losses: [(&str, Loss<'_>, Level); 8] = [
        ("a secret that goes out", &flows[0], Level::Deny),
        ("a download that is run", &flows[1], Level::Deny),
        ("something decoded that is run", &flows[2], Level::Deny),
        ("what is opaque", &opaque, Level::Ask),
        ("what is not proven", &unproven, Level::Learnable),
        ("what is not sure to be what is removed", &unsure, Level::Ask),
        ("what is not sure to be what is written", &unsure, Level::Learnable),
        ("what reaches far", &grave, Level::Deny),
    ];
    let reports = reports().unwrap();
    for (what, lose, level) in losses {
        let mut decided = 0;
        for report in &reports {
            let mut poorer = report.clone();
            lose(&mut poorer);
            let (before, after) = (lattice::of_report(report).0, lattice::of_report(&poorer).0);
            assert!(after <= before, "without {what} more is refused: {report:?}");
            decided += usize::from(before == level && after < before);
        }
        assert!(decided > 0, "{what} decides no case");
    }
}
