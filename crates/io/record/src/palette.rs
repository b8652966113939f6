//! The at most 256 colours of a GIF: those of the screens first, then what lies between letters and what is behind
//! them.

use rustc_hash::FxHashMap;

use crate::theme::Rgb;

/// Steps from what is behind a letter to its own colour.
pub(crate) const SHADES: usize = 8;
/// Of the palette, the number that is no colour: what was there before stays.
pub(crate) const TRANSPARENT: u8 = 255;
/// Colours of the screens themselves; more are put together with their neighbours.
const MAX_BASE: usize = 176;
/// Closer colours look the same.
const NEAR: u32 = 60;

/// Which colours a recording has, and how often.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Areas.
    solid: FxHashMap<Rgb, u64>,
    /// Letters: what is behind them, their own colour.
    pairs: FxHashMap<(Rgb, Rgb), u64>,
}

impl Survey {
    pub(crate) fn area(&mut self, colour: Rgb) {
        *self.solid.entry(colour).or_default() += 1;
    }

    pub(crate) fn letter(&mut self, back: Rgb, front: Rgb) {
        *self.pairs.entry((back, front)).or_default() += 1;
    }

    /// All colours, the most used first.
    fn by_use(&self) -> Vec<(Rgb, u64)> {
        let mut all = self.solid.clone();
        for ((back, front), count) in &self.pairs {
            *all.entry(*back).or_default() += count;
            *all.entry(*front).or_default() += count;
        }
        sorted(all)
    }
}

/// The most used first; of equal ones, the darker.
fn sorted<K: Ord + Copy>(counts: FxHashMap<K, u64>) -> Vec<(K, u64)> {
    let mut sorted: Vec<(K, u64)> = counts.into_iter().collect();
    sorted.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    sorted
}

/// The colours, and where each stands.
#[derive(Debug)]
pub(crate) struct Palette {
    colours: Vec<Rgb>,
    nearest: FxHashMap<Rgb, u8>,
    ramps: FxHashMap<(Rgb, Rgb), [u8; SHADES + 1]>,
}

impl Palette {
    /// For what a recording shows, before a background.
    pub(crate) fn new(survey: &Survey, background: Rgb) -> Self {
        let mut colours = vec![background];
        for colour in few(survey.by_use()) {
            add(&mut colours, colour, 0);
        }
        let pairs = sorted(survey.pairs.clone());
        // The middle shades of all before the finer ones of any.
        for shades in [[4, 4], [2, 6], [1, 3], [5, 7]] {
            for ((back, front), _) in &pairs {
                for shade in shades {
                    add(&mut colours, back.towards(*front, shade, SHADES as u32), NEAR);
                }
            }
        }
        Self { colours, nearest: FxHashMap::default(), ramps: FxHashMap::default() }
    }

    /// Red, green, blue of each; the last place is nobody's.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> =
            self.colours.iter().flat_map(|colour| [colour.0, colour.1, colour.2]).collect();
        bytes.resize(3 * 256, 0);
        bytes
    }

    /// The place of the colour that is nearest.
    pub(crate) fn nearest(&mut self, colour: Rgb) -> u8 {
        let colours = &self.colours;
        *self.nearest.entry(colour).or_insert_with(|| {
            let best = (0_u8..).zip(colours).min_by_key(|(_, own)| own.distance(colour));
            best.map_or(0, |(place, _)| place)
        })
    }

    /// The places of the colours from what is behind a letter to its own.
    pub(crate) fn ramp(&mut self, back: Rgb, front: Rgb) -> [u8; SHADES + 1] {
        if let Some(ramp) = self.ramps.get(&(back, front)) {
            return *ramp;
        }
        let mut ramp = [0; SHADES + 1];
        for (shade, place) in (0..).zip(&mut ramp) {
            *place = self.nearest(back.towards(front, shade, SHADES as u32));
        }
        self.ramps.insert((back, front), ramp);
        ramp
    }
}

/// Adds a colour if there is room and nothing is as near.
fn add(colours: &mut Vec<Rgb>, colour: Rgb, near: u32) {
    let room = colours.len() < usize::from(TRANSPARENT);
    if room && !colours.iter().any(|own| own.distance(colour) <= near) {
        colours.push(colour);
    }
}

/// At most so many: what is near a colour that is used more gives way to it, and the more there are, the farther away.
fn few(colours: Vec<(Rgb, u64)>) -> Vec<Rgb> {
    let mut colours: Vec<Rgb> = colours.into_iter().map(|(colour, _)| colour).collect();
    let mut near = NEAR / 4;
    while colours.len() > MAX_BASE {
        let mut kept: Vec<Rgb> = Vec::new();
        for colour in colours {
            if kept.iter().all(|own| own.distance(colour) > near) {
                kept.push(colour);
            }
        }
        colours = kept;
        near += near / 2;
    }
    colours
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Rgb = Rgb(0, 0, 0);

    #[test]
    fn few_colours_are_all_there_with_their_shades() {
        let (red, green) = (Rgb(255, 0, 0), Rgb(0, 200, 50));
        let mut survey = Survey::default();
        survey.area(BLACK);
        survey.letter(BLACK, red);
        survey.letter(red, green);
        let mut palette = Palette::new(&survey, BLACK);
        assert_eq!(palette.nearest(BLACK), 0, "the background is the first");
        for (back, front) in [(BLACK, red), (red, green)] {
            for (shade, place) in (0..).zip(palette.ramp(back, front)) {
                let wanted = back.towards(front, shade, SHADES as u32);
                assert!(palette.colours[usize::from(place)].distance(wanted) <= NEAR, "{shade}");
            }
        }
        assert_eq!(palette.bytes().len(), 768);
    }

    #[test]
    fn many_colours_find_a_near_one() {
        let mut survey = Survey::default();
        for red in 0..=255 {
            for green in (0..=255).step_by(15) {
                survey.letter(BLACK, Rgb(red, green, 120));
            }
        }
        let mut palette = Palette::new(&survey, BLACK);
        assert!(palette.colours.len() <= usize::from(TRANSPARENT));
        for red in 0..=255 {
            let (wanted, place) = (Rgb(red, 60, 120), palette.nearest(Rgb(red, 60, 120)));
            assert!(
                place != TRANSPARENT && palette.colours[usize::from(place)].distance(wanted) < 9_000,
                "{red}"
            );
        }
    }

    #[test]
    fn the_same_colours_give_the_same_palette() {
        let survey = |order: &mut dyn Iterator<Item = u8>| {
            let mut survey = Survey::default();
            order.for_each(|red| survey.letter(BLACK, Rgb(red, red / 2, 9)));
            Palette::new(&survey, BLACK).bytes()
        };
        assert_eq!(survey(&mut (0..=255)), survey(&mut (0..=255).rev()));
    }
}
