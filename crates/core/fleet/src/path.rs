//! Paths as tools are given them, told apart by where they lead rather than by how they are written.

/// A path from a working folder on, without the `.`, `..` and doubled slashes in it: read as the client reads it, which
/// follows no link. What begins with `~` stands for itself, as does what is relative to nothing known.
#[must_use]
pub(crate) fn absolute(path: &str, cwd: Option<&str>) -> String {
    let begins_anywhere = path.is_empty() || path == "~" || path.starts_with("~/");
    let base = if path.starts_with('/') { Some("") } else { cwd.filter(|cwd| cwd.starts_with('/')) };
    let Some(base) = base.filter(|_| !begins_anywhere) else { return path.to_owned() };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_one_path() {
        for (path, cwd, expected) in [
            ("/w/a.rs", Some("/x"), "/w/a.rs"),
            ("a.rs", Some("/w"), "/w/a.rs"),
            ("./src//a.rs", Some("/w/"), "/w/src/a.rs"),
            ("../a.rs", Some("/w/sub"), "/w/a.rs"),
            ("/w/sub/../a.rs", None, "/w/a.rs"),
            ("/../a.rs", None, "/a.rs"),
            ("a.rs", None, "a.rs"),
            ("a.rs", Some("w"), "a.rs"),
            ("~/a.rs", Some("/w"), "~/a.rs"),
            ("~a.rs", Some("/w"), "/w/~a.rs"),
            ("", Some("/w"), ""),
        ] {
            assert_eq!(absolute(path, cwd), expected, "{path} in {cwd:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_path_is_survived_and_settled(path in "[a.é/~ ]{0,16}", cwd in "[a./]{0,6}") {
            let once = absolute(&path, Some(&cwd));
            proptest::prop_assert_eq!(absolute(&once, Some(&cwd)), once);
        }
    }
}
