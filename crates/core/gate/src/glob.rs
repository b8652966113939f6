//! Patterns of rules: of tools, and of paths.

/// Whether a tool is meant by a name: the same, or with `*` at the end.
#[must_use]
pub(crate) fn is_tool(wanted: &str, tool: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(beginning) => tool.starts_with(beginning),
        None => wanted == tool,
    }
}

/// Whether a pattern meets a path: `*` and `?` within a name, `**` over folders. One that does not begin with a slash
/// counts from the project's folder on; without any slash, for a name in any folder.
#[must_use]
pub(crate) fn meets(pattern: &str, root: Roots<'_>, path: &str) -> bool {
    all(&names(&absolute(pattern, root)), &names(path))
}

/// Whether a pattern meets a path, or all that is in a folder of that name. Of a path that is a pattern in turn: whether
/// it meets whatever that stands for.
#[must_use]
pub(crate) fn holds(pattern: &str, root: Roots<'_>, path: &str) -> bool {
    meets(pattern, root, path) || meets(pattern, root, &format!("{}/x", path.trim_end_matches('/')))
}

/// Whether something that a pattern of the shell stands for may be met.
#[must_use]
pub(crate) fn may_hold(pattern: &str, root: Roots<'_>, path: &str) -> bool {
    is_wild(path) && overlap(&names(&absolute(pattern, root)), &names(path))
}

/// Whether a path is a pattern of the shell.
#[must_use]
pub(crate) fn is_wild(path: &str) -> bool {
    path.contains(WILD)
}

/// Whether something may have a name that two patterns mean; of the second, the last name counts.
#[must_use]
pub(crate) fn may_be_named(name: &str, glob: &str) -> bool {
    let last = glob.rsplit('/').next().unwrap_or_default();
    last == "**" || last.contains('{') || same_ends(name, last)
}

/// Whether a pattern may meet something below a folder.
#[must_use]
pub(crate) fn reaches(pattern: &str, root: Roots<'_>, folder: &str) -> bool {
    let mut below = names(folder);
    below.push("**".to_owned());
    overlap(&names(&absolute(pattern, root)), &below)
}

/// What stands for other letters in a pattern of the shell.
const WILD: [char; 4] = ['*', '?', '[', '{'];

/// A pattern with the folder that it counts from: `~/` from the home folder, and else the project's. One that ends in a
/// slash means all that is in the folder.
fn absolute(pattern: &str, place: Roots<'_>) -> String {
    let folder = place.root.trim_end_matches('/');
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let whole = match pattern.strip_prefix("~/") {
        Some(rest) => format!("{}/{rest}", place.home.trim_end_matches('/')),
        None if pattern.starts_with('/') => pattern.to_owned(),
        None if pattern.contains('/') => format!("{folder}/{pattern}"),
        None => format!("{folder}/**/{pattern}"),
    };
    if whole.ends_with('/') { whole + "**" } else { whole }
}

/// Where patterns count from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roots<'a> {
    /// The project's folder.
    pub(crate) root: &'a str,
    /// The person's home folder.
    pub(crate) home: &'a str,
}

fn names(path: &str) -> Vec<String> {
    path.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Whether a path may be meant by two patterns.
fn overlap(one: &[String], other: &[String]) -> bool {
    // From their ends on: whether what is left of both may be the same.
    let mut after = vec![false; other.len() + 1];
    for from in (0..=one.len()).rev() {
        let mut now = vec![false; other.len() + 1];
        for at in (0..=other.len()).rev() {
            let (name, found) = (one.get(from).map(String::as_str), other.get(at).map(String::as_str));
            now[at] = match (name, found) {
                (None, None) => true,
                (Some("**"), _) => after[at] || at < other.len() && now[at + 1],
                (_, Some("**")) => now[at + 1] || from < one.len() && after[at],
                (Some(name), Some(found)) => after[at + 1] && same_ends(name, found),
                (Some(_), None) | (None, Some(_)) => false,
            };
        }
        after = now;
    }
    after[0]
}

/// Whether two patterns of a name begin and end alike, as far as they say.
fn same_ends(one: &str, other: &str) -> bool {
    let begin = |name: &str| name.split(WILD).next().unwrap_or_default().to_owned();
    let end = |name: &str| name.rsplit(['*', '?', ']', '}']).next().unwrap_or_default().to_owned();
    let (plain, found) = (!one.contains(WILD), !other.contains(WILD));
    let fits = |short: &str, long: &str, ends: bool| {
        if ends { long.ends_with(short) } else { long.starts_with(short) }
    };
    match (plain, found) {
        (true, true) => one == other,
        (true, false) => fits(&begin(other), one, false) && fits(&end(other), one, true),
        (false, true) => fits(&begin(one), other, false) && fits(&end(one), other, true),
        (false, false) => {
            let either =
                |one: String, other: String, ends| fits(&one, &other, ends) || fits(&other, &one, ends);
            either(begin(one), begin(other), false) && either(end(one), end(other), true)
        }
    }
}

fn all(pattern: &[String], path: &[String]) -> bool {
    let (mut at, mut from, mut star) = (0, 0, None);
    while at < path.len() {
        match pattern.get(from).map(String::as_str) {
            Some("**") => {
                star = Some((from, at));
                from += 1;
                continue;
            }
            Some(name) if one(name, &path[at]) => {
                (at, from) = (at + 1, from + 1);
                continue;
            }
            Some(_) | None => {}
        }
        let Some((star_from, star_at)) = star else { return false };
        (from, at) = (star_from + 1, star_at + 1);
        star = Some((star_from, star_at + 1));
    }
    pattern[from..].iter().all(|name| name == "**")
}

/// A name, with `*` and `?`.
fn one(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut from, mut star) = (0, 0, None);
    while at < name.len() {
        match pattern.get(from) {
            Some('*') => {
                star = Some((from, at));
                from += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[at] => (at, from) = (at + 1, from + 1),
            Some(_) | None => {
                let Some((star_from, star_at)) = star else { return false };
                (from, at) = (star_from + 1, star_at + 1);
                star = Some((star_from, star_at + 1));
            }
        }
    }
    pattern[from..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: Roots<'_> = Roots { root: "/w", home: "/home/me" };

    #[test]
    fn patterns_meet_paths() {
        let table = [
            ("src/**", "/w/src/a/b.rs", true),
            ("src/**", "/w/srcs/a", false),
            ("src/*", "/w/src/a/b.rs", false),
            ("*.pem", "/w/a/b/x.pem", true),
            ("*.pem", "/elsewhere/x.pem", false),
            ("/etc/**", "/etc/passwd", true),
            ("/etc/**", "/etc", true),
            ("**/secret/*", "/w/a/secret/x", true),
            ("a?c", "/w/abc", true),
            (".env*", "/w/.env.local", true),
            ("~/.ssh/**", "/home/me/.ssh/id_rsa", true),
            ("~/.ssh/**", "/w/.ssh/id_rsa", false),
            ("./src/**", "/w/src/a", true),
            ("src/", "/w/src/a/b", true),
            ("src/", "/w/source", false),
        ];
        for (pattern, path, met) in table {
            assert_eq!(meets(pattern, W, path), met, "{pattern} {path}");
        }
        assert!(is_tool("mcp__db__*", "mcp__db__query") && !is_tool("Bash", "BashOutput"));
        assert!(holds("/etc/**", W, "/etc") && !holds("/etc/*.pem", W, "/etc"));
    }

    #[test]
    fn patterns_meet_patterns() {
        let table = [
            ("secret/**", "/w/sec*/x", true),
            ("secret/**", "/w/*/x", true),
            ("secret/**", "/w/s?cret/x", true),
            ("secret/**", "/w/{docs,secret}/x", true),
            ("secret/**", "/w/**/x", true),
            ("secret/**", "/w/src/*", false),
            ("secret/**", "/w/*.rs", false),
            ("secret/**", "/w/[ab]*.rs", false),
            ("*.pem", "/w/a/*", true),
            ("*.pem", "/w/a/*.rs", false),
        ];
        for (pattern, path, met) in table {
            assert_eq!(may_hold(pattern, W, path), met, "{pattern} {path}");
        }
    }
}
