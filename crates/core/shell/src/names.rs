//! Names of files that programs print: of those that version control has, and of those that a search of the project met.

use crate::call::Call;
use crate::sought;
use crate::value::{Arg, Data, HOLE};

/// What a call prints that prints nothing but names of files of the project: one that nobody knows.
pub(crate) fn told(args: &[Arg], call: &Call) -> Option<String> {
    let words: Vec<&str> = args.iter().skip(1).map(|arg| arg.text.as_str()).collect();
    let options: Vec<&str> =
        words.iter().copied().filter(|word| word.starts_with('-') && word.len() > 1).collect();
    let operands: Vec<&str> = call.operands.iter().map(|(_, arg)| arg.text.as_str()).collect();
    let has = |name: &str| options.contains(&name);
    let only = |known: &str| {
        let name = |option: &&str| option.split('=').next().unwrap_or_default().to_owned();
        options.iter().all(|option| *option == "--" || known.split(' ').any(|known| known == name(option)))
    };
    let quiet = |pattern: Option<&&str>| pattern.is_none_or(|pattern| !sought::sounds_secret(pattern));
    let tells = match args[0].text.as_str() {
        "git" => {
            // What stands before the verb may lead to another repository.
            let tells = match *words.first()? {
                "ls-files" => only("-z -c --cached -m --modified --exclude-standard"),
                "ls-tree" => has("--name-only") && only("-r -z --name-only"),
                "diff" => {
                    has("--name-only") && only("-z --name-only --cached --staged --diff-filter --merge-base")
                }
                "grep" => {
                    lists(&options) && only("-l -lz -i -il -li -w -lw -E -F -z") && quiet(operands.first())
                }
                _ => false,
            };
            tells && call.chain.len() == 2
        }
        "rg" => {
            let known = "-l -il -li --files-with-matches --files -i -S -w -F -t --type --sort -0 --null";
            let all = has("--files");
            (all || lists(&options) && quiet(operands.first())) && only(known)
        }
        "fd" | "fdfind" => {
            let end = call.value("-e").map(|end| format!("a.{}", end.text.trim_start_matches('.')));
            let pattern = operands.first().map(|pattern| format!("*{pattern}*"));
            let quiet = [end, pattern].iter().flatten().all(|name| sought::secret_of(name).is_none());
            only("-e --extension -t --type -d --max-depth -g --glob -0 --print0")
                && quiet
                && call.command.is_none()
        }
        _ => return None,
    };
    let paths = operands.as_slice();
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
