//! Made-up secrets of each kind, for tests here and of all that must not let one through.

use crate::rules::RULES;

/// A text with a secret in it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The kind of the secret.
    pub kind: &'static str,
    /// The text as it would be met.
    pub text: String,
    /// What of it must not be seen.
    pub secrets: Vec<String>,
    /// Eight characters each of these secrets, or all of a shorter one: enough to be of use. How all of a kind begin is not
    /// among them.
    pub parts: Vec<String>,
}

impl Sample {
    /// A part of a secret that stands in a text.
    #[must_use]
    pub fn part_in(&self, text: &str) -> Option<&str> {
        self.parts.iter().map(String::as_str).find(|part| text.contains(part))
    }
}

/// Texts with secrets of each kind, each with secrets of its own. They are made up: another seed makes other ones.
#[must_use]
pub fn samples(seed: u64) -> Vec<Sample> {
    let all = RULES.iter().flat_map(|rule| rule.catch.iter().map(move |sample| (rule.id, *sample)));
    let made = all.zip(0u64..).map(|((kind, sample), number)| {
        let full = |seed: u64| Made(seed.wrapping_mul(1_000).wrapping_add(number)).expand(sample);
        let (own, other) = (full(seed), full(seed + 1));
        let text = own.replace(['«', '»'], "");
        Sample { kind, text, secrets: secrets(&own), parts: parts(&secrets(&own), &secrets(&other)) }
    });
    made.collect()
}

/// One of each kind.
#[must_use]
pub fn one_of_each(seed: u64) -> Vec<Sample> {
    let mut all = samples(seed);
    all.dedup_by_key(|sample| sample.kind);
    all
}

impl Sample {
    /// Texts in which the secret stands where the first `limit` bytes end: before it a filler, behind it more. None that
    /// is told by what is the end of the text here, or its beginning.
    pub fn across(&self, limit: usize, filler: &str) -> Vec<String> {
        let backs = [self.text.len() / 3, self.text.len() * 3 / 4];
        let text = |back: usize| {
            let before = filler.repeat(limit.saturating_sub(back) / filler.len());
            format!("{before}{} and more", self.text)
        };
        let texts = backs.map(text).into_iter();
        texts.filter(|text| self.part_in(&crate::redact(text).text).is_none()).collect()
    }
}

fn secrets(sample: &str) -> Vec<String> {
    let secret = |part: &str| part.split_once('»').map(|(secret, _)| secret.to_owned());
    sample.split('«').skip(1).filter_map(secret).collect()
}

/// The parts that secrets do not have in common with others of their kind; all of what is no other time otherwise.
fn parts(secrets: &[String], others: &[String]) -> Vec<String> {
    let of = |(secret, other): (&String, &String)| {
        // What stands before the empty line of a key is no secret.
        let secret = secret.split_once("\n\n").map_or(secret.as_str(), |(_, key)| key);
        let parts = (0..secret.len()).filter_map(|at| secret.get(at..at + PART.min(secret.len())));
        let made = parts.filter(|part| secret == other || !other.contains(part));
        made.filter(|part| !part.contains("----")).map(str::to_owned).collect::<Vec<_>>()
    };
    secrets.iter().zip(others).flat_map(of).collect()
}

/// Characters of a part.
const PART: usize = 8;

/// A generator that needs nothing: the same samples in every run.
pub(crate) struct Made(pub(crate) u64);

impl Made {
    pub(crate) fn next(&mut self, below: usize) -> usize {
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

#[cfg(test)]
/// A sample as it would be met, and what must become of it.
pub(crate) fn caught(sample: &str, id: &str, seed: u64) -> (String, String) {
    let full = Made(seed).expand(sample);
    let mut expected = String::new();
    let mut rest = full.as_str();
    while let Some((before, after)) = rest.split_once('«') {
        let (_, after) = after.split_once('»').expect("what is opened is closed");
        expected += &format!("{before}[redacted:{id}]");
        rest = after;
    }
    (full.replace(['«', '»'], ""), expected + rest)
}
