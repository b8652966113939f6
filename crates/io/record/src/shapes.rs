//! Box drawing, blocks and braille, drawn from their geometry: lines that meet in two cells join, and areas have no
//! seams, whatever the font.

use ab_glyph_rasterizer::{Point, Rasterizer, point};

use crate::glyph::Mask;

/// The arms of U+2500..=U+257F: up, right, down, left; 0 none, 1 light, 2 heavy, 3 double. Those that are all 0 have
/// another shape.
const ARMS: [u16; 128] = [
    0o0101, 0o0202, 0o1010, 0o2020, 0, 0, 0, 0, 0, 0, 0, 0, 0o0110, 0o0210, 0o0120, 0o0220, // 2500
    0o0011, 0o0012, 0o0021, 0o0022, 0o1100, 0o1200, 0o2100, 0o2200, 0o1001, 0o1002, 0o2001, 0o2002, 0o1110,
    0o1210, 0o2110, 0o1120, // 2510
    0o2120, 0o2210, 0o1220, 0o2220, 0o1011, 0o1012, 0o2011, 0o1021, 0o2021, 0o2012, 0o1022, 0o2022, 0o0111,
    0o0112, 0o0211, 0o0212, // 2520
    0o0121, 0o0122, 0o0221, 0o0222, 0o1101, 0o1102, 0o1201, 0o1202, 0o2101, 0o2102, 0o2201, 0o2202, 0o1111,
    0o1112, 0o1211, 0o1212, // 2530
    0o2111, 0o1121, 0o2121, 0o2112, 0o2211, 0o1122, 0o1221, 0o2212, 0o1222, 0o2122, 0o2221, 0o2222, 0, 0, 0,
    0, // 2540
    0o0303, 0o3030, 0o0310, 0o0130, 0o0330, 0o0013, 0o0031, 0o0033, 0o1300, 0o3100, 0o3300, 0o1003, 0o3001,
    0o3003, 0o1310, 0o3130, // 2550
    0o3330, 0o1013, 0o3031, 0o3033, 0o0313, 0o0131, 0o0333, 0o1303, 0o3101, 0o3303, 0o1313, 0o3131, 0o3333,
    0, 0, 0, // 2560
    0, 0, 0, 0, 0o0001, 0o1000, 0o0100, 0o0010, 0o0002, 0o2000, 0o0200, 0o0020, 0o0201, 0o1020, 0o0102,
    0o2010, // 2570
];

/// Draws a character that has a shape of its own; `false` for any other.
pub(crate) fn draw(letter: char, mask: &mut Mask) -> bool {
    let code = u32::from(letter);
    match code {
        0x2500..=0x257f => lines(code, mask),
        0x2580..=0x259f => block(code, mask),
        0x2800..=0x28ff => braille(code, mask),
        _ => return false,
    }
    true
}

/// How thick lines are, in pixels.
#[derive(Debug, Clone, Copy)]
struct Pen {
    light: usize,
    heavy: usize,
}

impl Pen {
    fn new(mask: &Mask) -> Self {
        let light = ((mask.width + 4) / 9).max(1);
        Self { light, heavy: 2 * light + usize::from(light == 1) }
    }

    /// Where a line of this weight begins and ends across, in the middle of so many pixels.
    fn across(self, weight: u16, size: usize) -> (usize, usize) {
        let middle = size.saturating_sub(self.light) / 2;
        match weight {
            0 => (size / 2, size / 2),
            2 => {
                let begin = middle.saturating_sub((self.heavy - self.light) / 2);
                (begin, (begin + self.heavy).min(size))
            }
            3 => (middle.saturating_sub(self.light), (middle + 2 * self.light).min(size)),
            _ => (middle, middle + self.light),
        }
    }
}

fn lines(code: u32, mask: &mut Mask) {
    let arms = ARMS[(code - 0x2500) as usize];
    let pen = Pen::new(mask);
    match code {
        0x2504..=0x250b | 0x254c..=0x254f => dashes(code, pen, mask),
        0x256d..=0x2570 => arc(code, pen, mask),
        0x2571..=0x2573 => diagonals(code, pen, mask),
        _ => crossing([arms >> 9, arms >> 6 & 7, arms >> 3 & 7, arms & 7], pen, mask),
    }
}

/// Arms that meet in the middle: up, right, down, left.
fn crossing(arms: [u16; 4], pen: Pen, mask: &mut Mask) {
    let size = [mask.height, mask.width];
    for arm in 0..4 {
        if arms[arm] > 0 {
            // It reaches over the middle as far as what it meets is thick.
            let met = arms[(arm + 1) % 4].max(arms[(arm + 3) % 4]);
            let (begin, end) = pen.across(met, size[arm % 2]);
            bar(
                arm,
                if towards_origin(arm) { end } else { begin },
                pen.across(arms[arm], size[1 - arm % 2]),
                255,
                mask,
            );
        }
    }
    for arm in 0..4 {
        if arms[arm] == 3 {
            let inside = pen.across(1, size[1 - arm % 2]);
            bar(arm, hollow_from(arms, arm, pen, size[arm % 2]), inside, 0, mask);
        }
    }
}

/// Up and left.
fn towards_origin(arm: usize) -> bool {
    arm == 0 || arm == 3
}

/// Where the hollow of a double arm begins.
fn hollow_from(arms: [u16; 4], arm: usize, pen: Pen, size: usize) -> usize {
    let (met, goes_on) = ([arms[(arm + 1) % 4], arms[(arm + 3) % 4]], arms[(arm + 2) % 4] == 3);
    let (begin, end) = pen.across(1, size);
    let (near, far) = if towards_origin(arm) { (begin, end) } else { (end, begin) };
    let both = met.iter().all(|weight| *weight > 0);
    let any = met.iter().any(|weight| *weight > 0);
    match (goes_on, met.contains(&3)) {
        (_, true) => far,
        // What is met goes through.
        (true, _) if both => near,
        (true, _) => far,
        (false, _) if any => near,
        (false, _) => size / 2,
    }
}

/// Fills an arm: from `from` to its side of the cell, between two places across.
fn bar(arm: usize, from: usize, across: (usize, usize), value: u8, mask: &mut Mask) {
    let (width, height) = (mask.width, mask.height);
    match arm {
        0 => mask.fill(across.0..across.1, 0..from, value),
        1 => mask.fill(from..width, across.0..across.1, value),
        2 => mask.fill(across.0..across.1, from..height, value),
        _ => mask.fill(0..from, across.0..across.1, value),
    }
}

fn dashes(code: u32, pen: Pen, mask: &mut Mask) {
    let count = match code {
        0x2504..=0x2507 => 3,
        0x2508..=0x250b => 4,
        _ => 2,
    };
    let (weight, vertical) = (if code % 2 == 1 { 2 } else { 1 }, code & 2 == 2);
    let size = if vertical { mask.height } else { mask.width };
    for dash in 0..count {
        let (from, to) = (size * dash / count, size * (dash + 1) / count);
        let gap = ((to - from) / 3).max(1);
        let along = from + gap / 2..to.saturating_sub(gap - gap / 2);
        if vertical {
            let (begin, end) = pen.across(weight, mask.width);
            mask.fill(begin..end, along, 255);
        } else {
            let (begin, end) = pen.across(weight, mask.height);
            mask.fill(along, begin..end, 255);
        }
    }
}

/// Something to draw on, with a cell's width to spare on both sides.
fn sheet(mask: &Mask) -> Rasterizer {
    Rasterizer::new(3 * mask.width, mask.height)
}

/// A quarter of a circle between two sides, with straight ends.
#[expect(clippy::cast_precision_loss, reason = "pixels of a cell")]
fn arc(code: u32, pen: Pen, mask: &mut Mask) {
    let (right, down) = (matches!(code, 0x256d | 0x2570), matches!(code, 0x256d | 0x256e));
    let (x, y) = (pen.across(1, mask.width), pen.across(1, mask.height));
    let (width, height, half) = (mask.width as f32, mask.height as f32, pen.light as f32 / 2.0);
    let (cx, cy) = (x.0 as f32 + half, y.0 as f32 + half);
    let along = (if right { width - cx } else { cx }, if down { height - cy } else { cy });
    let radius = along.0.min(along.1);
    let (sx, sy) = (if right { 1.0 } else { -1.0 }, if down { 1.0 } else { -1.0 });
    let at = |dx: f32, dy: f32| point(width + cx + sx * dx, cy + sy * dy);
    let mut raster = sheet(mask);
    // Outer edge one way, inner edge back.
    let kappa = 0.552_285;
    let quarter = |raster: &mut Rasterizer, r: f32, back: bool| {
        let (from, to) = (at(radius - r, radius), at(radius, radius - r));
        let (a, b) = (at(radius - r, radius - r * kappa), at(radius - r * kappa, radius - r));
        if back { raster.draw_cubic(to, b, a, from) } else { raster.draw_cubic(from, a, b, to) }
    };
    let (outer, inner) = (radius + half, (radius - half).max(0.0));
    quarter(&mut raster, outer, false);
    raster.draw_line(at(radius, radius - outer), at(radius, radius - inner));
    quarter(&mut raster, inner, true);
    raster.draw_line(at(radius - inner, radius), at(radius - outer, radius));
    mask.add(&raster, mask.width);
    // The straight rest, where the cell is longer than wide.
    let end = |from: f32, size: usize, on: bool| {
        let from = from.round().max(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the cell")]
        let from = from as usize;
        if on { from..size } else { 0..from }
    };
    let rows = end(cy + sy * radius, mask.height, down);
    mask.fill(x.0..x.1, rows, 255);
    let columns = end(cx + sx * radius, mask.width, right);
    mask.fill(columns, y.0..y.1, 255);
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a cell")]
fn diagonals(code: u32, pen: Pen, mask: &mut Mask) {
    let (width, height) = (mask.width as f32, mask.height as f32);
    let half = pen.light as f32 * 0.5 * (width.hypot(height) / height);
    let mut strip = |from: f32, to: f32| {
        let mut raster = sheet(mask);
        let corners = [(from - half, 0.0), (from + half, 0.0), (to + half, height), (to - half, height)];
        polygon(&mut raster, &corners.map(|(x, y)| point(width + x, y)));
        mask.add(&raster, mask.width);
    };
    if code != 0x2572 {
        strip(width, 0.0);
    }
    if code != 0x2571 {
        strip(0.0, width);
    }
}

fn polygon(raster: &mut Rasterizer, corners: &[Point]) {
    for (at, corner) in corners.iter().enumerate() {
        raster.draw_line(*corner, corners[(at + 1) % corners.len()]);
    }
}

fn block(code: u32, mask: &mut Mask) {
    let (width, height) = (mask.width, mask.height);
    let part = |size: usize, eighths: u32| (size * eighths as usize + 4) / 8;
    match code {
        0x2580 => mask.fill(0..width, 0..part(height, 4), 255),
        0x2581..=0x2588 => mask.fill(0..width, part(height, 0x2588 - code)..height, 255),
        0x2589..=0x258f => mask.fill(0..part(width, 0x2590 - code), 0..height, 255),
        0x2590 => mask.fill(part(width, 4)..width, 0..height, 255),
        0x2591..=0x2593 => mask.fill(0..width, 0..height, [56, 112, 176][(code - 0x2591) as usize]),
        0x2594 => mask.fill(0..width, 0..part(height, 1), 255),
        0x2595 => mask.fill(part(width, 7)..width, 0..height, 255),
        _ => {
            // Upper left, upper right, lower left, lower right.
            let quarters = [0b0010, 0b0001, 0b1000, 0b1011, 0b1001, 0b1110, 0b1101, 0b0100, 0b0110, 0b0111];
            let on = quarters[(code - 0x2596) as usize];
            for (bit, right, lower) in
                [(8, false, false), (4, true, false), (2, false, true), (1, true, true)]
            {
                if on & bit != 0 {
                    let half = |size: usize, second: bool| {
                        if second { part(size, 4)..size } else { 0..part(size, 4) }
                    };
                    mask.fill(half(width, right), half(height, lower), 255);
                }
            }
        }
    }
}

/// Eight dots: three and three from above, then the two below.
#[expect(clippy::cast_precision_loss, reason = "pixels of a cell")]
fn braille(code: u32, mask: &mut Mask) {
    let (width, height) = (mask.width as f32, mask.height as f32);
    let radius = (width / 4.0).min(height / 8.0) * 0.8;
    for bit in 0..8_u8 {
        if code >> bit & 1 == 1 {
            let (column, row) = if bit < 6 { (bit / 3, bit % 3) } else { (bit - 6, 3) };
            let x = width * (0.25 + 0.5 * f32::from(column));
            let y = height * (0.125 + 0.25 * f32::from(row));
            let mut raster = sheet(mask);
            circle(&mut raster, width + x, y, radius);
            mask.add(&raster, mask.width);
        }
    }
}

fn circle(raster: &mut Rasterizer, x: f32, y: f32, radius: f32) {
    let bow = radius * 0.552_285;
    let at = |dx: f32, dy: f32| point(x + dx, y + dy);
    for (sx, sy) in [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)] {
        // From one axis to the next, all the same way around.
        let (from, a, b, to) = if sx * sy > 0.0 {
            (at(sx * radius, 0.0), at(sx * radius, sy * bow), at(sx * bow, sy * radius), at(0.0, sy * radius))
        } else {
            (at(0.0, sy * radius), at(sx * bow, sy * radius), at(sx * radius, sy * bow), at(sx * radius, 0.0))
        };
        raster.draw_cubic(from, a, b, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(letter: char, width: usize, height: usize) -> Mask {
        let mut mask = Mask::new(width, height);
        assert!(draw(letter, &mut mask), "{letter}");
        mask
    }

    fn picture(letter: char) -> String {
        let mask = shape(letter, 9, 11);
        let sign = |value: &u8| if *value > 127 { '#' } else { '.' };
        mask.coverage.chunks(9).map(|row| row.iter().map(sign).collect::<String>() + "\n").collect()
    }

    /// What of a side of the cell is drawn on.
    fn side(mask: &Mask, arm: usize) -> Vec<bool> {
        let at = |x: usize, y: usize| mask.coverage[y * mask.width + x] > 60;
        match arm {
            0 => (0..mask.width).map(|x| at(x, 0)).collect(),
            1 => (0..mask.height).map(|y| at(mask.width - 1, y)).collect(),
            2 => (0..mask.width).map(|x| at(x, mask.height - 1)).collect(),
            _ => (0..mask.height).map(|y| at(0, y)).collect(),
        }
    }

    #[test]
    fn doubles_are_hollow() {
        assert_eq!(
            picture('╔'),
            ".........\n.........\n.........\n.........\n...######\n...#.....\n...#.####\n...#.#...\n...#.#...\n...#.#...\n...#.#...\n"
        );
        assert_eq!(
            picture('╬'),
            "...#.#...\n...#.#...\n...#.#...\n...#.#...\n####.####\n.........\n####.####\n...#.#...\n...#.#...\n...#.#...\n...#.#...\n"
        );
        assert_eq!(
            picture('╪'),
            "....#....\n....#....\n....#....\n....#....\n#########\n....#....\n#########\n....#....\n....#....\n....#....\n....#....\n"
        );
        assert_eq!(
            picture('╟'),
            "...#.#...\n...#.#...\n...#.#...\n...#.#...\n...#.#...\n...#.####\n...#.#...\n...#.#...\n...#.#...\n...#.#...\n...#.#...\n"
        );
        assert_eq!(
            picture('╕'),
            ".........\n.........\n.........\n.........\n#####....\n....#....\n#####....\n....#....\n....#....\n....#....\n....#....\n"
        );
        assert_eq!(
            picture('═'),
            ".........\n.........\n.........\n.........\n#########\n.........\n#########\n.........\n.........\n.........\n.........\n"
        );
    }

    /// Wherever two cells meet, an arm of the one goes on in the arm of the other.
    #[test]
    fn lines_join() {
        for (width, height) in [(8, 17), (9, 19), (10, 21), (17, 34), (5, 11)] {
            let straight = [[None, Some('│'), Some('┃'), Some('║')], [None, Some('─'), Some('━'), Some('═')]];
            for code in 0x2500..=0x257f_u32 {
                let letter = char::from_u32(code).unwrap();
                let mask = shape(letter, width, height);
                let arms = ARMS[(code - 0x2500) as usize];
                for arm in 0..4 {
                    let weight = usize::from(arms >> (9 - 3 * arm) & 7);
                    let Some(line) = straight[arm % 2][weight] else { continue };
                    assert_eq!(
                        side(&mask, arm),
                        side(&shape(line, width, height), arm),
                        "{letter} {arm} {width}x{height}"
                    );
                }
            }
            for (letter, arms) in [('╭', [1, 2]), ('╮', [2, 3]), ('╯', [0, 3]), ('╰', [0, 1])] {
                let mask = shape(letter, width, height);
                for arm in 0..4 {
                    let line = shape(if arm % 2 == 0 { '│' } else { '─' }, width, height);
                    let nothing = vec![false; side(&mask, arm).len()];
                    let expected = if arms.contains(&arm) { side(&line, arm) } else { nothing };
                    assert_eq!(side(&mask, arm), expected, "{letter} {arm} {width}x{height}");
                }
            }
        }
    }

    #[test]
    fn areas_have_their_size() {
        let full = |letter: char| {
            shape(letter, 8, 16).coverage.iter().map(|value| usize::from(*value == 255)).sum::<usize>()
        };
        assert_eq!(full('█'), 128);
        for (n, letter) in ('▁'..='█').enumerate() {
            assert_eq!(full(letter), 16 * (n + 1), "{letter}");
        }
        for (n, letter) in ('▉'..='▏').enumerate() {
            assert_eq!(full(letter), 16 * (7 - n), "{letter}");
        }
        for (letter, quarters) in "▖▗▘▙▚▛▜▝▞▟".chars().zip([1, 1, 1, 3, 2, 3, 3, 1, 2, 3])
        {
            assert_eq!(full(letter), 32 * quarters, "{letter}");
        }
        assert_eq!((full('▀'), full('▄'), full('▌'), full('▐')), (64, 64, 64, 64));
        let together = |a: char, b: char| {
            let (a, b) = (shape(a, 9, 19), shape(b, 9, 19));
            a.coverage.iter().zip(&b.coverage).all(|(a, b)| (*a == 255) != (*b == 255))
        };
        assert!(together('▀', '▄') && together('▌', '▐') && together('▚', '▞') && together('▘', '▟'));
    }

    #[test]
    fn everything_in_the_ranges_is_drawn() {
        for code in (0x2500..=0x259f).chain(0x2801..=0x28ff_u32) {
            let letter = char::from_u32(code).unwrap();
            for (width, height) in [(1, 1), (3, 7), (8, 17), (40, 80)] {
                let mask = shape(letter, width, height);
                let drawn = mask.coverage.iter().any(|value| *value > 0);
                assert!(drawn || width < 8, "{letter} {width}x{height}");
            }
        }
        assert!(shape('\u{2800}', 8, 17).coverage.iter().all(|value| *value == 0));
        assert!(!draw('a', &mut Mask::new(8, 17)));
    }
}
