//! Whatever stands before it, a command that destroys is found, or the text is said not to be understood.

use claudectl_shell::analyse_powershell;
use claudectl_shell::effect::Effect;
use claudectl_shell::facts::{NoFacts, Place};
use proptest::prelude::*;

const PLACE: Place<'_> =
    Place { home: "/home/me", folder: Some("/home/me/work"), root: Some("/home/me/work"), facts: &NoFacts };

/// Pieces that texts of PowerShell are made of.
const PIECES: &[&str] = &[
    "Get-ChildItem",
    "gci",
    "src",
    "-Recurse",
    "-Path:",
    "'a b'",
    "\"x $y\"",
    "\"$(gci)\"",
    "$x",
    "$_.Name",
    "@(",
    "@{",
    "@'\nx\n'@",
    "@\"",
    "'@",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "|",
    ";",
    "&",
    "&&",
    "||",
    ",",
    ".",
    "::",
    "=",
    "+=",
    "`",
    "`\n",
    "\n",
    " ",
    "  ",
    "#",
    "<#",
    "#>",
    ">",
    ">>",
    "2>&1",
    "*>",
    "<",
    "$",
    "$(",
    "${",
    "?",
    "%",
    "*",
    "-",
    "--%",
    "if (",
    "foreach ($f in ",
    "while",
    "else",
    "function f",
    "return",
    "try",
    "catch [x]",
    "'",
    "\"",
    "iex",
    "1..3",
    "C:\\x",
    "env:",
    "é",
    "\u{2013}",
    "-f",
    "-eq",
    "-not",
    "!",
    "~",
    "[int]",
    "[math]::Round(",
    ".Trim()",
    "where-object",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_destroys_is_found_behind_anything(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12), blanks in any::<u16>()) {
        let mut text = String::new();
        for (number, piece) in pieces.iter().enumerate() {
            text.push_str(piece);
            if blanks & (1 << number) != 0 {
                text.push(' ');
            }
        }
        // A line that goes on is no end of a command.
        prop_assume!(!text.trim_end_matches(' ').ends_with('`'));
        text.push_str("\nRemove-Item / -Recurse");
        let report = analyse_powershell(&text, PLACE);
        let found = report.deeds().any(|deed| deed.act.effect == Effect::Delete && deed.act.grave);
        prop_assert!(found || !report.opaque.is_empty(), "{text:?}: {report:?}");
    }
}
