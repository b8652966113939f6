//! Files and processes as Claude Code 2.1.330 leaves them on a machine: transcripts, the live registry, a
//! process that looks like a client. They own the on-disk layout, so that a change of the client is
//! followed in one place.

mod message;
mod process;
mod registry;
mod source;
mod transcript;

pub use message::Message;
pub use process::{LiveProcess, pid_domain, process_start, sleeping_claude};
pub use registry::RegistryRow;
pub use transcript::Transcript;

/// The folder of a project below `<config>/projects`: every UTF-16 unit outside `[A-Za-z0-9]` becomes `-`,
/// and a path of more than 200 units is cut there and gets a hash of the whole path.
pub fn project_slug(path: &str) -> String {
    let units = path.encode_utf16().map(|unit| match char::from_u32(u32::from(unit)) {
        Some(c) if c.is_ascii_alphanumeric() => c,
        _ => '-',
    });
    let slug = units.collect::<String>();
    if slug.len() <= 200 {
        return slug;
    }
    let hash = path
        .encode_utf16()
        .fold(0_i32, |hash, unit| hash.wrapping_shl(5).wrapping_sub(hash).wrapping_add(i32::from(unit)));
    format!("{}-{}", &slug[..200], base36(hash.unsigned_abs()))
}

fn base36(mut n: u32) -> String {
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit(n % 36, 36));
        n /= 36;
        if n == 0 {
            return digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_keep_letters_and_digits_only() {
        assert_eq!(
            project_slug("/srv/demo/repo/.claude/worktrees/feat-x"),
            "-srv-demo-repo--claude-worktrees-feat-x"
        );
        assert_eq!(project_slug("/a/é/🦀"), "-a-----", "one dash for é, two for the pair");
    }

    #[test]
    fn long_slugs_end_in_a_hash() {
        let slug = project_slug(&format!("/{}", "x".repeat(250)));
        assert_eq!(&slug[..200], format!("-{}", "x".repeat(199)));
        assert_eq!(&slug[200..], "-v734pd", "what JavaScript makes of the same path");
        assert_eq!(base36(35), "z");
        assert_eq!(base36(36), "10");
        assert_eq!(base36(0), "0");
    }
}
