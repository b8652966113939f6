//! What is put around a command changes nothing about it: what is refused stays refused, what asks does not become an
//! allow.

mod corpus;

use claudectl_gate::lattice;
use claudectl_shell::analyse;

fn verdict(text: &str) -> &'static str {
    lattice::of_report(&analyse(text, corpus::place())).0.verdict()
}

/// The same command, run in other ways.
fn around(command: &str) -> Vec<String> {
    let quoted = command.replace('\'', "'\\''");
    vec![
        format!("true && {command}"),
        format!("ls; {command}"),
        format!("ls\n{command}\nls"),
        format!("(\n{command}\n)"),
        format!("{{\n{command}\n}}"),
        format!("if true; then\n{command}\nfi"),
        format!("if ! true; then ls; else\n{command}\nfi"),
        format!("for i in 1 2; do\n{command}\ndone"),
        format!("while true; do\n{command}\ndone"),
        format!("case x in x)\n{command}\n;; esac"),
        format!("around() {{\n{command}\n}}\naround \"$0\" \"$@\""),
        format!("x=$(\n{command}\n)"),
        format!("cat <(\n{command}\n)"),
        format!("bash -c '{quoted}' \"$0\" \"$@\""),
        format!("eval '{quoted}'"),
        format!("trap '{quoted}' EXIT"),
        format!("env A=1 timeout 5 bash -c '{quoted}' \"$0\" \"$@\""),
        format!("xargs -I_ITEM_ bash -c '{quoted}' \"$0\" \"$@\""),
        format!("find . -exec bash -c '{quoted}' \"$0\" \"$@\" \\;"),
    ]
}

#[test]
fn what_is_around_a_command_does_not_help_it() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (number, case) in corpus::bash_cases().unwrap().into_iter().enumerate() {
        // One that is open at its end takes what follows as a part of itself, and `{}` is what `find` has found.
        let own = ["<<", "{}"].iter().any(|text| case.command.contains(text)) || case.command.ends_with('\\');
        if case.wanted == "allow" || own {
            continue;
        }
        // Each gets some of them, so that each of them gets some hundred.
        for text in around(&case.command).into_iter().skip(number % 4).step_by(4) {
            count += 1;
            let verdict = verdict(&text);
            if verdict == "allow" || case.wanted == "deny" && verdict != "deny" {
                wrong.push(format!("{}: {verdict}: {text}", case.at));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 5_000, "{count}");
}
