//! Colours: what the numbers of a terminal's colours look like.

use avt::Color;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    const fn hex(code: u32) -> Self {
        let [_, red, green, blue] = code.to_be_bytes();
        Self(red, green, blue)
    }

    /// So many of `of` parts of the way from this colour to another.
    #[must_use]
    pub fn towards(self, other: Self, parts: u32, of: u32) -> Self {
        let of = of.max(1);
        let mix = |from: u8, to: u8| {
            let parts = parts.min(of);
            let sum = u32::from(from) * (of - parts) + u32::from(to) * parts;
            u8::try_from((sum + of / 2) / of).unwrap_or(u8::MAX)
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// How far apart two colours are, squared; green counts most, as eyes do.
    #[must_use]
    pub fn distance(self, other: Self) -> u32 {
        let part = |a: u8, b: u8, weight: u32| weight * u32::from(a.abs_diff(b)).pow(2);
        part(self.0, other.0, 3) + part(self.1, other.1, 4) + part(self.2, other.2, 2)
    }
}

/// The colours of a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Behind everything.
    pub background: Rgb,
    /// Of text without a colour of its own.
    pub foreground: Rgb,
    /// The sixteen.
    pub ansi: [Rgb; 16],
}

const fn sixteen(codes: [u32; 16]) -> [Rgb; 16] {
    let mut colours = [Rgb(0, 0, 0); 16];
    let mut at = 0;
    while at < 16 {
        colours[at] = Rgb::hex(codes[at]);
        at += 1;
    }
    colours
}

impl Theme {
    /// Light on dark.
    pub const DARK: Self = Self {
        background: Rgb::hex(0x0015_181e),
        foreground: Rgb::hex(0x00d3_d7de),
        ansi: sixteen([
            0x0026_2a33,
            0x00ee_6d70,
            0x0085_cc7a,
            0x00e3_bd62,
            0x0068_adf2,
            0x00c4_8fe8,
            0x0059_c9c9,
            0x00c6_cbd4,
            0x006b_7280,
            0x00ff_9092,
            0x00a6_e29a,
            0x00f4_d487,
            0x0092_c6ff,
            0x00d9_b3f4,
            0x0088_e0e0,
            0x00ff_ffff,
        ]),
    };

    /// Dark on light.
    pub const LIGHT: Self = Self {
        background: Rgb::hex(0x00fb_fbf9),
        foreground: Rgb::hex(0x0029_2d34),
        ansi: sixteen([
            0x0029_2d34,
            0x00c1_2f2c,
            0x0025_7a2b,
            0x0090_6408,
            0x001d_5db5,
            0x0086_3c9c,
            0x000b_757c,
            0x00b9_bdc4,
            0x006a_7079,
            0x00d9_4a45,
            0x0033_9139,
            0x00ab_7a12,
            0x002f_74d0,
            0x009d_53b4,
            0x0014_8b92,
            0x0010_1318,
        ]),
    };

    /// What a colour looks like.
    #[must_use]
    pub(crate) fn colour(&self, colour: Color) -> Rgb {
        match colour {
            Color::RGB(rgb) => Rgb(rgb.r, rgb.g, rgb.b),
            Color::Indexed(number @ 0..16) => self.ansi[usize::from(number)],
            Color::Indexed(number @ 16..232) => {
                let part = |number: u8| if number == 0 { 0 } else { 55 + 40 * number };
                let cube = number - 16;
                Rgb(part(cube / 36), part(cube / 6 % 6), part(cube % 6))
            }
            Color::Indexed(number) => {
                let grey = 8 + 10 * (number - 232);
                Rgb(grey, grey, grey)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_256_colours() {
        let theme = Theme::DARK;
        for (number, expected) in [
            (1, theme.ansi[1]),
            (16, Rgb(0, 0, 0)),
            (21, Rgb(0, 0, 255)),
            (231, Rgb(255, 255, 255)),
            (232, Rgb(8, 8, 8)),
            (255, Rgb(238, 238, 238)),
        ] {
            assert_eq!(theme.colour(Color::Indexed(number)), expected, "{number}");
        }
        assert_eq!(theme.colour(Color::rgb(1, 2, 3)), Rgb(1, 2, 3));
    }

    /// Each of the sixteen can be told from the background, but for the one that is nearly it.
    #[test]
    fn text_can_be_read() {
        for (theme, ground) in [(Theme::DARK, 0), (Theme::LIGHT, 7)] {
            for (number, colour) in theme.ansi.iter().enumerate().filter(|(number, _)| *number != ground) {
                assert!(colour.distance(theme.background) > 40_000, "{number} of {theme:?}");
            }
        }
    }

    #[test]
    fn half_way() {
        assert_eq!(Rgb(0, 10, 255).towards(Rgb(255, 20, 0), 1, 2), Rgb(128, 15, 128));
        assert_eq!(Rgb(1, 2, 3).towards(Rgb(9, 9, 9), 9, 8), Rgb(9, 9, 9));
    }
}
