//! Names of files that programs print: of those that version control has, and of those that a search of the project met.

use crate::call::Call;
use crate::sought;
use crate::value::{Arg, Data, HOLE};

/// What a call prints that prints nothing but names of files of the project: one that nobody knows.
pub(crate) fn told(args: &[Arg], call: &Call) -> Option<String> {
    let words: Vec<&str> = args.iter().skip(1).map(|arg| arg.text.as_str()).collect();
    let (options, operands): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.starts_with('-') && word.len() > 1);
    let has = |name: &str| options.contains(&name);
    let only = |known: &[&str]| {
        options.iter().all(|option| known.contains(&option.split('=').next().unwrap_or_default()))
    };
    let (tells, paths) = match args[0].text.as_str() {
        "git" | "/usr/bin/git" => {
            // What stands before the verb may lead to another repository.
            let verb = *words.first()?;
            let tells = match verb {
                "ls-files" => only(&["-z", "-c", "--cached", "-m", "--modified", "--exclude-standard", "--"]),
                "ls-tree" => has("--name-only") && only(&["-r", "-z", "--name-only", "--"]),
                "diff" => {
                    has("--name-only")
                        && only(&[
                            "-z",
                            "--name-only",
                            "--cached",
                            "--staged",
                            "--diff-filter",
                            "--merge-base",
                            "--",
                        ])
                }
                "grep" => {
                    lists(&options)
                        && only(&["-l", "-lz", "-i", "-il", "-li", "-w", "-lw", "-E", "-F", "-z", "--"])
                }
                _ => false,
            };
            let pattern = operands.get(1).filter(|_| verb == "grep");
            let quiet = pattern.is_none_or(|pattern| !sought::sounds_secret(pattern));
            (tells && quiet && call.chain.len() == 2, operands.get(1..).unwrap_or_default())
        }
        "rg" => {
            const KNOWN: &[&str] = &[
                "-l",
                "-il",
                "-li",
                "--files-with-matches",
                "--files",
                "-i",
                "-S",
                "-w",
                "-F",
                "-t",
                "--type",
                "--sort",
                "-0",
                "--null",
                "--",
            ];
            let pattern = operands.first().filter(|_| !has("--files"));
            let quiet = pattern.is_none_or(|pattern| !sought::sounds_secret(pattern));
            ((lists(&options) || has("--files")) && only(KNOWN) && quiet, operands.as_slice())
        }
        _ => return None,
    };
    let outside = |path: &&str| path.starts_with(['/', '~']) || path.split('/').any(|part| part == "..");
    if !tells || paths.iter().any(outside) {
        return None;
    }
    let end = if ["-z", "-lz", "-0", "--null"].iter().any(|name| has(name)) { '\0' } else { '\n' };
    let name = paths.iter().find_map(|path| sought::secret_of(path));
    Some(match name {
        Some(name) => format!("./{HOLE}/{name}{end}"),
        None => format!("./{HOLE}{end}"),
    })
}

fn lists(options: &[&str]) -> bool {
    options.iter().any(|option| {
        let letters = option.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        letters.is_some_and(|letters| letters.contains('l'))
            || *option == "--files-with-matches"
            || *option == "--name-only"
    })
}

/// What comes out of a program that leaves names as they are, and some of them out; what goes in are names.
pub(crate) fn passed(args: &[Arg], stdin: &Data) -> Option<String> {
    let text = stdin.text.as_ref().filter(|text| text.contains(HOLE))?;
    let names = text.split(['\n', '\0']).filter(|name| !name.is_empty());
    if !names.clone().all(|name| name.contains(HOLE) && !name.starts_with(HOLE)) {
        return None;
    }
    let words: Vec<&str> = args.iter().skip(1).map(|arg| arg.text.as_str()).collect();
    let flags = |word: &&str, letters: &str| {
        word.strip_prefix('-')
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|letter| letters.contains(letter)))
    };
    match args[0].text.as_str() {
        "sort" | "uniq" => words.iter().all(|word| flags(word, "urnfzV")).then(|| text.clone()),
        "head" | "tail" => match words.as_slice() {
            [] => Some(text.clone()),
            ["-n", number] => number.parse::<u32>().is_ok().then(|| text.clone()),
            [one] => flags(one, "n0123456789").then(|| text.clone()),
            _ => None,
        },
        "tr" => match words.as_slice() {
            ["\\n", "\\0" | "\\000"] => Some(text.replace('\n', "\0")),
            _ => None,
        },
        "grep" | "egrep" | "fgrep" => {
            let (options, operands): (Vec<&str>, Vec<&str>) =
                words.iter().partition(|word| word.starts_with('-'));
            let [pattern] = operands.as_slice() else { return None };
            if !options.iter().all(|option| flags(option, "viEFPwx")) {
                return None;
            }
            let takes = !options.iter().any(|option| option.contains('v'));
            (!takes
                || !sought::sounds_secret(pattern) && sought::secret_of(&format!("*{pattern}*")).is_none())
            .then(|| text.clone())
        }
        _ => None,
    }
}
