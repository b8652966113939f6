//! Secrets that are none, made up from the table's own samples: for the tests of this crate, and of whoever must not let
//! one through.

use crate::rules::RULES;

/// A text with secrets in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The kind, as listed by [`crate::kinds`].
    pub kind: &'static str,
    /// The text.
    pub text: String,
    /// What of it nobody may see.
    pub secrets: Vec<String>,
}

/// Every sample of every kind; those of another seed have other secrets.
#[must_use]
pub fn samples(seed: u64) -> Vec<Sample> {
    let of_rule = |rule: &crate::rules::Rule| {
        let kind = rule.id;
        rule.catch.iter().map(move |sample| made(kind, &Made(seed).expand(sample)))
    };
    RULES.iter().flat_map(of_rule).collect()
}

fn made(kind: &'static str, marked: &str) -> Sample {
    let secrets = marked.split('«').skip(1).filter_map(|rest| rest.split('»').next());
    let secrets = secrets.map(str::to_owned).collect();
    Sample { kind, text: marked.replace(['«', '»'], ""), secrets }
}

/// A generator that needs nothing: the same samples in every run.
pub(crate) struct Made(pub(crate) u64);

impl Made {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }

    /// So many characters of a class; the first two are a digit and a letter, as any secret has them.
    fn run(&mut self, class: char, count: usize) -> String {
        let alphabet: &[u8] = match class {
            'a' => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            'l' => b"0123456789abcdefghijklmnopqrstuvwxyz",
            'u' => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            'k' => b"234567ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            'h' => b"0123456789abcdef",
            'd' => b"0123456789",
            'w' => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_",
            'b' => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/",
            _ => unreachable!("class {class}"),
        };
        let mut run: String = (0..count).map(|_| char::from(alphabet[self.next(alphabet.len())])).collect();
        if count > 2 && class != 'd' {
            run.replace_range(..2, ["7c", "3f", "5b", "2e"][self.next(4)]);
            if matches!(class, 'u' | 'k') {
                run.make_ascii_uppercase();
            }
        }
        run
    }

    /// A sample with its `{a36}` made up.
    pub(crate) fn expand(&mut self, sample: &str) -> String {
        let mut text = String::new();
        let mut rest = sample;
        while let Some(at) = rest.find('{') {
            text.push_str(&rest[..at]);
            let inside = rest[at + 1..].split('}').next().unwrap_or_default();
            let count = inside.get(1..).and_then(|count| count.parse().ok());
            match (inside.chars().next(), count) {
                (Some(class), Some(count)) if "alukhdwb".contains(class) => {
                    text.push_str(&self.run(class, count));
                    rest = &rest[at + inside.len() + 2..];
                }
                _ => {
                    text.push('{');
                    rest = &rest[at + 1..];
                }
            }
        }
        (text + rest).replace('␛', "\u{1b}")
    }
}
