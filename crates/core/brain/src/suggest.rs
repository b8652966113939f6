//! Which rules are worth proposing: each is tried on all that was answered before anybody is shown it.
//!
//! The narrowest rules come first. A wider one is proposed only where it spares enough prompts that no narrow one does. None
//! is where a single answer is against it, or may be.

/// An answer of the past, as rules are tried on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The person wanted the call to run.
    pub wanted: bool,
    /// They were asked, here, and would not have been. What is only known by hearsay, and what was told afterwards, is never
    /// for a rule; it may be against one.
    pub counts: bool,
}

/// A rule that may be proposed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tried {
    /// It allows; otherwise it denies.
    pub allows: bool,
    /// It is about more than one call.
    pub wide: bool,
    /// Answers, by their places, of which it would have decided the calls.
    pub decides: Vec<usize>,
    /// Answers to calls that cannot be read again, and may be among those.
    pub doubtful: u64,
}

/// What a rule would have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backtest {
    /// Prompts that would not have been.
    pub saved: u64,
    /// Calls that it would have decided otherwise than the person.
    pub against: u64,
}

impl Tried {
    /// What it would have done.
    #[must_use]
    pub fn backtest(&self, asked: &[Asked]) -> Backtest {
        let mut found = Backtest { saved: 0, against: self.doubtful };
        for one in self.decides.iter().filter_map(|at| asked.get(*at)) {
            match one.wanted == self.allows {
                true => found.saved += u64::from(one.counts),
                false => found.against += 1,
            }
        }
        found
    }
}

/// The rules to propose, by their places, those that save the most first; each saves so many prompts at least.
#[must_use]
pub fn choose(tried: &[Tried], asked: &[Asked], least: u64) -> Vec<(usize, Backtest)> {
    let good = |wide: bool| {
        let all = tried.iter().enumerate().filter(move |(_, rule)| rule.wide == wide);
        let all = all.map(|(at, rule)| (at, rule.backtest(asked)));
        let mut all: Vec<_> =
            all.filter(|(_, found)| found.against == 0 && found.saved >= least.max(1)).collect();
        all.sort_by_key(|(at, found)| (std::cmp::Reverse(found.saved), *at));
        all
    };
    let mut chosen = good(false);
    for (at, found) in good(true) {
        let wide = &tried[at];
        let of_same = |other: usize| tried[other].allows == wide.allows;
        let settled = |call: &usize| {
            chosen.iter().any(|(other, _)| of_same(*other) && tried[*other].decides.contains(call))
        };
        let more = wide.decides.iter().filter(|call| asked.get(**call).is_some_and(|one| one.counts));
        if (more.filter(|call| !settled(call)).count() as u64) < least.max(1) {
            continue;
        }
        let within = |other: usize| tried[other].decides.iter().all(|call| wide.decides.contains(call));
        chosen.retain(|(other, _)| !(of_same(*other) && within(*other)));
        chosen.push((at, found));
    }
    chosen.sort_by_key(|(at, found)| (std::cmp::Reverse(found.saved), *at));
    chosen
}

/// The folder that all of these files are in, below `root`; `None` where there is no such folder.
#[must_use]
pub fn common_folder<'a>(root: &str, files: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let root = root.trim_end_matches('/');
    let mut common: Option<Vec<&str>> = None;
    for file in files {
        let below = file.strip_prefix(root)?.strip_prefix('/')?;
        let (folder, _) = below.rsplit_once('/').unwrap_or_default();
        let parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        common = Some(match common {
            None => parts,
            Some(known) => known
                .into_iter()
                .zip(parts)
                .take_while(|(one, other)| one == other)
                .map(|(one, _)| one)
                .collect(),
        });
    }
    let below = common?.join("/");
    Some(if below.is_empty() { root.to_owned() } else { format!("{root}/{below}") })
}

/// The words that all of these begin with.
#[must_use]
pub fn common_words<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    let mut common: Option<Vec<&str>> = None;
    for text in all {
        let words = text.split(' ');
        common = Some(match common {
            None => words.collect(),
            Some(known) => known
                .into_iter()
                .zip(words)
                .take_while(|(one, other)| one == other)
                .map(|(one, _)| one)
                .collect(),
        });
    }
    common.unwrap_or_default().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: Asked = Asked { wanted: true, counts: true };
    const NO: Asked = Asked { wanted: false, counts: true };
    const HEARSAY: Asked = Asked { wanted: true, counts: false };
    const HEARSAY_NO: Asked = Asked { wanted: false, counts: false };

    fn rule(allows: bool, wide: bool, decides: &[usize]) -> Tried {
        Tried { allows, wide, decides: decides.to_vec(), doubtful: 0 }
    }

    fn places(tried: &[Tried], asked: &[Asked], least: u64) -> Vec<(usize, u64)> {
        choose(tried, asked, least).into_iter().map(|(at, found)| (at, found.saved)).collect()
    }

    #[test]
    fn no_rule_is_against_a_single_answer() {
        let asked = [YES, YES, YES, NO, HEARSAY, HEARSAY_NO];
        assert_eq!(places(&[rule(true, false, &[0, 1, 2])], &asked, 3), [(0, 3)]);
        assert_eq!(places(&[rule(true, false, &[0, 1, 2])], &asked, 4), [], "too few");
        assert_eq!(places(&[rule(true, false, &[0, 1, 2, 3])], &asked, 1), [], "one was denied");
        assert_eq!(places(&[rule(true, false, &[0, 1, 2, 5])], &asked, 1), [], "by hearsay, too");
        assert_eq!(places(&[rule(true, false, &[4])], &asked, 0), [], "hearsay is not for a rule");
        let doubtful = Tried { doubtful: 1, ..rule(true, false, &[0, 1, 2]) };
        assert_eq!(places(&[doubtful], &asked, 1), []);
        assert_eq!(places(&[rule(false, false, &[3])], &asked, 1), [(0, 1)], "denying");
        assert_eq!(places(&[rule(false, false, &[2, 3])], &asked, 1), []);
    }

    #[test]
    fn a_wide_rule_has_to_spare_what_no_narrow_one_does() {
        let asked = [YES; 10];
        let narrow = rule(true, false, &[0, 1, 2]);
        let wide = |decides: &[usize]| rule(true, true, decides);
        assert_eq!(places(&[narrow.clone(), wide(&[0, 1, 2, 3])], &asked, 3), [(0, 3)]);
        assert_eq!(places(&[narrow.clone(), wide(&[0, 1, 2, 3, 4, 5])], &asked, 3), [(1, 6)], "in its place");
        assert_eq!(
            places(&[narrow.clone(), wide(&[1, 2, 3, 4, 5, 6])], &asked, 3),
            [(1, 6), (0, 3)],
            "beside it"
        );
        let deny = rule(false, false, &[]);
        assert_eq!(places(&[narrow, deny], &asked, 3), [(0, 3)]);
    }

    #[test]
    fn what_calls_have_in_common() {
        let folder = |files: &[&str]| common_folder("/w", files.iter().copied());
        assert_eq!(folder(&["/w/src/a.rs", "/w/src/b/c.rs"]).as_deref(), Some("/w/src"));
        assert_eq!(folder(&["/w/src/a.rs", "/w/srcs/c.rs"]).as_deref(), Some("/w"));
        assert_eq!(folder(&["/w/a", "/x/b"]), None);
        assert_eq!(folder(&["/wa/b"]), None);
        assert_eq!(folder(&[]), None);
        assert_eq!(common_words(["cargo test -p a", "cargo test -p b"]), "cargo test -p");
        assert_eq!(common_words(["cargo test", "make"]), "");
        assert_eq!(common_words([]), "");
    }
}
