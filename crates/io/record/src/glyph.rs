//! Letters as masks: how much of each pixel of a cell they cover.

use std::rc::Rc;

use ab_glyph_rasterizer::{Point, Rasterizer, point};
use rustc_hash::FxHashMap;
use ttf_parser::{Face, OutlineBuilder};

use crate::error::RecordError;
use crate::screen::{Cell, Style};
use crate::shapes;

const REGULAR: &[u8] = include_bytes!("../fonts/regular.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/bold.ttf");
/// How far italics lean: so much to the right for each pixel up.
const SLANT: f32 = 0.2;
/// Lines are this much apart, by the height of the font.
const LINE: f32 = 1.08;

/// Letters that the font has not, and what is drawn for them.
const STAND_INS: &[(char, char)] = &[
    ('⏺', '●'),
    ('⎿', '└'),
    ('⏵', '▶'),
    ('⏴', '◀'),
    ('⏹', '■'),
    ('⟳', '↻'),
    ('✅', '✔'),
    ('❌', '✘'),
    ('➜', '→'),
    ('🡒', '→'),
];

/// How much of each pixel of a cell is covered, 0 to 255.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mask {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) coverage: Vec<u8>,
}

impl Mask {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self { width, height, coverage: vec![0; width * height] }
    }

    /// Sets a rectangle, as far as it lies inside.
    pub(crate) fn fill(&mut self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>, value: u8) {
        let (from, to) = (columns.start.min(self.width), columns.end.min(self.width));
        for row in rows.start..rows.end.min(self.height) {
            if from < to {
                self.coverage[row * self.width + from..row * self.width + to].fill(value);
            }
        }
    }

    /// Adds what was drawn, whose left side lies `margin` pixels left of this one's.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 255")]
    pub(crate) fn add(&mut self, raster: &Rasterizer, margin: usize) {
        let width = self.width;
        raster.for_each_pixel_2d(|x, y, share| {
            if let Some(x) = (x as usize).checked_sub(margin).filter(|x| *x < width)
                && let Some(place) = self.coverage.get_mut(y as usize * width + x)
            {
                *place = (*place).max((share.clamp(0.0, 1.0) * 255.0).round() as u8);
            }
        });
    }
}

/// How large letters are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metrics {
    /// Pixels of a cell.
    pub(crate) width: usize,
    /// Pixels of a cell.
    pub(crate) height: usize,
    /// Pixels to a unit of the font.
    scale: f32,
    /// Where letters stand, from above.
    baseline: f32,
}

/// The letters of the built-in font at one size.
pub(crate) struct Glyphs {
    regular: Face<'static>,
    bold: Face<'static>,
    pub(crate) metrics: Metrics,
    masks: FxHashMap<(char, Style, bool), Rc<Mask>>,
}

impl Glyphs {
    /// Letters of about so many pixels.
    pub(crate) fn new(size: u16) -> Result<Self, RecordError> {
        let face = |bytes: &'static [u8]| Face::parse(bytes, 0).map_err(|_| RecordError::Font);
        let (regular, bold) = (face(REGULAR)?, face(BOLD)?);
        let metrics = metrics(&regular, size).ok_or(RecordError::Font)?;
        Ok(Self { regular, bold, metrics, masks: FxHashMap::default() })
    }

    /// The mask of what stands in a cell, one or two columns wide.
    pub(crate) fn mask(&mut self, cell: &Cell) -> Rc<Mask> {
        let key = (cell.letter, cell.style, cell.width == 2);
        if let Some(mask) = self.masks.get(&key) {
            return Rc::clone(mask);
        }
        let mask = Rc::new(self.draw(cell.letter, cell.style, key.2));
        self.masks.insert(key, Rc::clone(&mask));
        mask
    }

    fn draw(&self, letter: char, style: Style, wide: bool) -> Mask {
        let Metrics { width, height, baseline, .. } = self.metrics;
        let mut mask = Mask::new(if wide { 2 * width } else { width }, height);
        let stand_in = STAND_INS.iter().find(|(wanted, _)| *wanted == letter);
        let letter = stand_in.map_or(letter, |(_, drawn)| *drawn);
        if !shapes::draw(letter, &mut mask) && letter != ' ' {
            self.letter(letter, style, &mut mask);
        }
        let thick = (height / 16).max(1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the cell")]
        let baseline = baseline as usize;
        if style.underline {
            let at = (baseline + thick + thick / 2).min(height - thick);
            mask.fill(0..mask.width, at..at + thick, 255);
        }
        if style.struck {
            let at = (baseline * 5 / 8).min(height - thick);
            mask.fill(0..mask.width, at..at + thick, 255);
        }
        mask
    }

    fn letter(&self, letter: char, style: Style, mask: &mut Mask) {
        let faces = if style.bold { [&self.bold, &self.regular] } else { [&self.regular, &self.bold] };
        let found = faces.iter().find_map(|face| Some((*face, face.glyph_index(letter)?)));
        let Some((face, glyph)) = found else { return unknown(mask) };
        // What leans, or is wider than its cell, may reach over its sides.
        let margin = self.metrics.width;
        let mut raster = Rasterizer::new(mask.width + 2 * margin, mask.height);
        #[expect(clippy::cast_precision_loss, reason = "pixels of a cell")]
        let left = (margin + (mask.width - self.metrics.width) / 2) as f32;
        let (scale, baseline) = (self.metrics.scale, self.metrics.baseline);
        let lean = if style.italic { SLANT } else { 0.0 };
        let mut pen = Pen {
            raster: &mut raster,
            place: |x, y| point(left + (x + (y - 700.0) * lean) * scale, baseline - y * scale),
            start: point(0.0, 0.0),
            at: point(0.0, 0.0),
        };
        if face.outline_glyph(glyph, &mut pen).is_some() {
            mask.add(&raster, margin);
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a cell")]
fn metrics(face: &Face<'_>, size: u16) -> Option<Metrics> {
    let advance = f32::from(face.glyph_hor_advance(face.glyph_index('m')?)?);
    let em = f32::from(face.units_per_em());
    // A whole number of pixels to a column, so that all columns look alike.
    let width = (f32::from(size.clamp(6, 96)) * advance / em).round().max(1.0);
    let scale = width / advance;
    let (up, down) = (f32::from(face.ascender()) * scale, -f32::from(face.descender()) * scale);
    let height = ((up + down) * LINE).ceil();
    let baseline = ((height - up - down) / 2.0 + up).round();
    Some(Metrics { width: width as usize, height: height as usize, scale, baseline })
}

/// A box, for a letter that the font has not.
fn unknown(mask: &mut Mask) {
    let (width, height) = (mask.width, mask.height);
    let (x, y, thick) = (width / 8, height / 5, (width / 10).max(1));
    let (columns, rows) = (x..width.saturating_sub(x.max(1)), y..height.saturating_sub(y));
    mask.fill(columns.clone(), rows.clone(), 180);
    let inside = |range: std::ops::Range<usize>| range.start + thick..range.end.saturating_sub(thick);
    mask.fill(inside(columns), inside(rows), 0);
}

/// Draws an outline.
struct Pen<'r, P> {
    raster: &'r mut Rasterizer,
    /// From the units of the font to pixels.
    place: P,
    start: Point,
    at: Point,
}

impl<P: Fn(f32, f32) -> Point> OutlineBuilder for Pen<'_, P> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.start = (self.place)(x, y);
        self.at = self.start;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = (self.place)(x, y);
        self.raster.draw_line(self.at, to);
        self.at = to;
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let to = (self.place)(x, y);
        self.raster.draw_quad(self.at, (self.place)(x1, y1), to);
        self.at = to;
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let to = (self.place)(x, y);
        self.raster.draw_cubic(self.at, (self.place)(x1, y1), (self.place)(x2, y2), to);
        self.at = to;
    }

    fn close(&mut self) {
        self.raster.draw_line(self.at, self.start);
        self.at = self.start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Rgb;

    fn drawn(letter: char, style: Style, width: u8) -> Mask {
        let cell = Cell { letter, width, style, front: Rgb(0, 0, 0), back: Rgb(0, 0, 0) };
        Glyphs::new(16).unwrap().mask(&cell).as_ref().clone()
    }

    fn ink(mask: &Mask) -> u32 {
        mask.coverage.iter().map(|value| u32::from(*value)).sum()
    }

    #[test]
    fn cells_are_whole_pixels_at_any_size() {
        for (size, width, height) in [(6, 4, 9), (14, 8, 17), (16, 10, 21), (28, 17, 36), (500, 58, 122)] {
            let metrics = Glyphs::new(size).unwrap().metrics;
            assert_eq!((metrics.width, metrics.height), (width, height), "{size}");
        }
    }

    #[test]
    fn letters_are_drawn_in_their_style() {
        let plain = drawn('n', Style::default(), 1);
        assert!(ink(&plain) > 0);
        assert!(ink(&drawn('n', Style { bold: true, ..Style::default() }, 1)) > ink(&plain) * 5 / 4);
        let slanted = drawn('n', Style { italic: true, ..Style::default() }, 1);
        assert_ne!(slanted, plain);
        assert!(ink(&slanted).abs_diff(ink(&plain)) < ink(&plain) / 10, "nothing of it is cut off");
        let underlined = drawn(' ', Style { underline: true, ..Style::default() }, 1);
        assert_eq!(ink(&underlined), 255 * 10);
        assert_eq!(ink(&drawn(' ', Style::default(), 1)), 0);
        assert_eq!(drawn('⏺', Style::default(), 1), drawn('●', Style::default(), 1));
    }

    #[test]
    fn what_the_font_has_not_is_a_box() {
        let (narrow, wide) = (drawn('\u{e000}', Style::default(), 1), drawn('日', Style::default(), 2));
        assert!(ink(&narrow) > 0 && wide.width == 2 * narrow.width);
        assert_eq!(wide, drawn('本', Style::default(), 2));
    }

    #[test]
    fn all_that_is_promised_is_in_the_font() {
        let glyphs = Glyphs::new(16).unwrap();
        let ranges = [
            (0x21, 0x7e),
            (0xa1, 0x17f),
            (0x391, 0x3a1),
            (0x3b1, 0x3c9),
            (0x400, 0x45f),
            (0x2190, 0x21ff),
            (0x25a0, 0x25ff),
        ];
        for (first, last) in ranges {
            for code in first..=last {
                let letter = char::from_u32(code).unwrap();
                assert!(glyphs.regular.glyph_index(letter).is_some(), "{letter} {code:x}");
            }
        }
        for letter in "–—‘’“”•…‹›€™←↑→↓⇡✓✔✗✘❯▸▶●○◆★⚠⚡✎⌕·×÷≈≠≤≥∞√".chars()
        {
            assert!(glyphs.regular.glyph_index(letter).is_some(), "{letter}");
        }
        assert!(('a'..='z').chain('а'..='я').all(|letter| glyphs.bold.glyph_index(letter).is_some()));
    }
}
