//! What a hand may do to a program in a terminal by chance: keys, mouse, paste, bytes that are no keys, other sizes.

/// A source of [`Act`]s: the same seed gives the same ones.
#[derive(Debug)]
pub struct Monkey(u64);

/// One thing that is done. Leave some time after each: a key right behind Esc is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Bytes that a terminal sends.
    Keys(String),
    /// Another size: columns and lines.
    Resize(u16, u16),
}

/// Keys of the dashboard, and some that mean nothing to it; none that leaves it, sets it aside or ends a session.
const KEYS: &[&str] = &[
    "\u{1b}[A",
    "\u{1b}[B",
    "\u{1b}[C",
    "\u{1b}[D",
    "\u{1b}[H",
    "\u{1b}[F",
    "\u{1b}[5~",
    "\u{1b}[6~",
    "\u{1b}OP",
    "\u{1b}OQ",
    "\u{1b}OR",
    "\u{1b}",
    "\r",
    "\t",
    "j",
    "k",
    "h",
    "l",
    "g",
    "G",
    "s",
    "S",
    "f",
    "v",
    "z",
    "r",
    "t",
    "?",
    "$",
    "!",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "0",
    "e",
    "n",
    "N",
    "<",
    ">",
    "J",
    "K",
    "[",
    "]",
    "y",
    "i",
    "a",
    "b",
    "B",
    "c",
    "p",
    "T",
    "M",
    "/",
    "/a",
    "/s0\r",
    "/\u{1b}",
    " ",
    "\u{7f}",
    "\u{15}",
    "ü",
    "漢",
    "\u{1b}[200~pasted\nlines\u{1b}[201~",
    "\u{1b}[I",
    "\u{1b}[O",
    "\u{1b}[?1;2c",
    "\u{1b}[99;99R",
    "\u{1b}[<",
];

impl Monkey {
    /// One with a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below another.
    pub fn below(&mut self, limit: u16) -> u16 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u16::try_from((self.0 >> 33) % u64::from(limit.max(1))).unwrap_or(0)
    }

    /// What is done next.
    pub fn act(&mut self) -> Act {
        match self.below(12) {
            0 => Act::Resize(1 + self.below(220), 1 + self.below(70)),
            1 => {
                let (button, x, y) =
                    ([0, 64, 65][usize::from(self.below(3))], self.below(220), self.below(70));
                Act::Keys(format!("\u{1b}[<{button};{};{}M", x + 1, y + 1))
            }
            // Whatever is listed there is not chosen: it may be to leave.
            2 => Act::Keys(":sort".to_owned()),
            _ => Act::Keys(KEYS[usize::from(self.below(u16::try_from(KEYS.len()).unwrap_or(1)))].to_owned()),
        }
    }
}
