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
pub(crate) fn meets(pattern: &str, root: &str, path: &str) -> bool {
    let whole;
    let pattern = match pattern.starts_with('/') {
        true => pattern,
        false => {
            let folder = root.trim_end_matches('/');
            whole = if pattern.contains('/') {
                format!("{folder}/{pattern}")
            } else {
                format!("{folder}/**/{pattern}")
            };
            &whole
        }
    };
    let names =
        |text: &str| text.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    all(&names(pattern), &names(path))
}

/// The same, of what is not wholly known, or is a folder: whether something that it may be is met.
#[must_use]
pub(crate) fn may_meet(pattern: &str, root: &str, path: &str) -> bool {
    meets(pattern, root, path) || meets(pattern, root, &format!("{}/x", path.trim_end_matches('/')))
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
        ];
        for (pattern, path, met) in table {
            assert_eq!(meets(pattern, "/w", path), met, "{pattern} {path}");
        }
        assert!(is_tool("mcp__db__*", "mcp__db__query") && !is_tool("Bash", "BashOutput"));
        assert!(may_meet("/etc/**", "/w", "/etc"));
    }
}
