//! A cast as a GIF.
//!
//! The cast is played twice: to see which colours it has, and to draw it. A picture holds only the rectangle that
//! changed, and of that only the pixels that did. The same cast gives the same bytes.

use std::io::{BufRead, Write};
use std::time::Duration;

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use crate::error::RecordError;
use crate::glyph::{Glyphs, Metrics};
use crate::palette::{Palette, SHADES, Survey, TRANSPARENT};
use crate::player::{Pace, Player};
use crate::screen::{Cell, Grid};
use crate::theme::Theme;

/// A GIF has at most so many pixels, twice of which are held.
const MAX_PIXELS: usize = 64_000_000;
/// And is at most so wide and high.
const MAX_SIDE: usize = u16::MAX as usize;
/// The longest that one picture can be shown, in hundredths of a second.
const MAX_DELAY: u64 = 60_000;

/// Pixels that did not change are left out from so many columns in a row on.
const LEFT_OUT: usize = 4;

/// The longest that the last picture is shown.
const MAX_END: Duration = Duration::from_secs(3_600);

/// How a GIF is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Its colours.
    pub theme: Theme,
    /// The size of letters in pixels.
    pub font_size: u16,
    /// So many times as fast.
    pub speed: f64,
    /// Longer pauses are cut to this.
    pub idle: Duration,
    /// Pictures are shown at least this long.
    pub shortest: Duration,
    /// The last one is shown this long before all begins anew.
    pub end: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theme: Theme::DARK,
            font_size: 16,
            speed: 1.0,
            idle: Duration::from_secs(2),
            shortest: Duration::from_millis(40),
            end: Duration::from_secs(3),
        }
    }
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// Pictures.
    pub frames: u64,
    /// How long it takes, once.
    pub length: Duration,
}

/// Makes a GIF of a cast.
///
/// `cast` gives the cast from its beginning each time it is asked. `progress` is told how far it is, in thousandths, and
/// says whether to go on.
///
/// # Errors
/// When the cast cannot be read or drawn, when the GIF cannot be written, and when `progress` says so.
pub fn render<R: BufRead>(
    mut cast: impl FnMut() -> Result<R, RecordError>,
    out: impl Write,
    options: &Options,
    progress: &mut dyn FnMut(u32) -> bool,
) -> Result<Made, RecordError> {
    let pace = Pace {
        speed: options.speed,
        idle: options.idle,
        frame: options.shortest.max(Duration::from_millis(20)),
    };
    let found = survey(Player::new(cast()?, pace)?, &options.theme, progress)?;
    let mut drawing = Drawing::new(&found, options, out)?;
    let mut player = Player::new(cast()?, pace)?;
    while let Some(at) = player.frame()? {
        drawing.screen(&player, at)?;
        let done = 200 + 800 * player.bytes() / found.bytes.max(1);
        if !progress(u32::try_from(done).unwrap_or(1000).min(1000)) {
            return Err(RecordError::Stopped);
        }
    }
    drawing.finish(player.now().saturating_add(options.end.min(MAX_END)))
}

/// What must be known before the first picture.
struct Found {
    colours: Survey,
    columns: usize,
    rows: usize,
    bytes: u64,
}

fn survey<R: BufRead>(
    mut player: Player<R>,
    theme: &Theme,
    progress: &mut dyn FnMut(u32) -> bool,
) -> Result<Found, RecordError> {
    let (columns, rows) = player.terminal().size();
    let mut found = Found { colours: Survey::default(), columns, rows, bytes: 0 };
    let mut grid = Grid::new(columns, rows, theme);
    let mut before = grid.cells.clone();
    while player.frame()?.is_some() {
        let (columns, rows) = player.terminal().size();
        (found.columns, found.rows) = (found.columns.max(columns), found.rows.max(rows));
        if (found.columns, found.rows) != (grid.columns, grid.rows) {
            grid = Grid::new(found.columns, found.rows, theme);
            before.clone_from(&grid.cells);
        }
        grid.read(player.terminal(), theme);
        for (cell, _) in grid.cells.iter().zip(&before).filter(|(cell, before)| cell != before) {
            found.colours.area(cell.back);
            if cell.draws() {
                found.colours.letter(cell.back, cell.front);
            }
        }
        before.clone_from(&grid.cells);
        if !progress(0) {
            return Err(RecordError::Stopped);
        }
    }
    found.bytes = player.bytes();
    Ok(found)
}

/// A rectangle of pixels: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Area {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Area {
    fn and(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

struct Drawing<W: Write> {
    glyphs: Glyphs,
    palette: Palette,
    theme: Theme,
    encoder: Encoder<W>,
    grid: Grid,
    /// What the cells held when they were drawn.
    drawn: Vec<Cell>,
    pixels: Vec<u8>,
    /// What the viewer sees after the pictures that were written.
    shown: Vec<u8>,
    width: usize,
    height: usize,
    /// Pixels around the screen.
    margin: usize,
    /// A picture that waits for the time when the next one replaces it: its bytes, where, and since when.
    waiting: Option<(Vec<u8>, Area, u64)>,
    frames: u64,
}

impl<W: Write> Drawing<W> {
    fn new(found: &Found, options: &Options, out: W) -> Result<Self, RecordError> {
        let glyphs = Glyphs::new(options.font_size)?;
        let Metrics { width, height, .. } = glyphs.metrics;
        let margin = width;
        let size = (found.columns * width + 2 * margin, found.rows * height + 2 * margin);
        if size.0 > MAX_SIDE || size.1 > MAX_SIDE || size.0 * size.1 > MAX_PIXELS {
            return Err(RecordError::Size(found.columns, found.rows));
        }
        let palette = Palette::new(&found.colours, options.theme.background);
        let pixels = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let mut encoder =
            Encoder::new(out, pixels(size.0), pixels(size.1), &palette.bytes()).map_err(RecordError::Gif)?;
        encoder.set_repeat(Repeat::Infinite).map_err(RecordError::Gif)?;
        let grid = Grid::new(found.columns, found.rows, &options.theme);
        Ok(Self {
            drawn: grid.cells.clone(),
            glyphs,
            palette,
            theme: options.theme.clone(),
            encoder,
            grid,
            pixels: vec![0; size.0 * size.1],
            shown: vec![TRANSPARENT; size.0 * size.1],
            width: size.0,
            height: size.1,
            margin,
            waiting: None,
            frames: 0,
        })
    }

    /// What is on the screen from a time on.
    fn screen<R: BufRead>(&mut self, player: &Player<R>, at: Duration) -> Result<(), RecordError> {
        self.grid.read(player.terminal(), &self.theme);
        let area = if self.waiting.is_none() && self.frames == 0 {
            self.cells();
            Some(Area { left: 0, top: 0, right: self.width, bottom: self.height })
        } else {
            self.cells()
        };
        let Some(area) = area else { return Ok(()) };
        let now = hundredths(at);
        self.write(now)?;
        let since = if self.frames == 0 { 0 } else { now };
        self.waiting = Some((self.cut(area), area, since));
        Ok(())
    }

    /// Draws the cells that changed and returns where they are.
    fn cells(&mut self) -> Option<Area> {
        let Metrics { width, height, .. } = self.glyphs.metrics;
        let mut area: Option<Area> = None;
        for at in 0..self.grid.cells.len() {
            let cell = self.grid.cells[at];
            // The second half of a wide letter is drawn with the first.
            let changed = cell != self.drawn[at]
                || (cell.width == 2 && self.grid.cells.get(at + 1) != self.drawn.get(at + 1));
            if !changed {
                continue;
            }
            let (column, row) = (at % self.grid.columns, at / self.grid.columns);
            let (left, top) = (self.margin + column * width, self.margin + row * height);
            let columns = usize::from(cell.width.max(1)).min(self.grid.columns - column);
            if cell.width > 0 {
                self.cell(&cell, left, top, columns * width);
            }
            let one = Area { left, top, right: left + columns * width, bottom: top + height };
            area = Some(area.map_or(one, |area| area.and(one)));
        }
        self.drawn.clone_from(&self.grid.cells);
        area
    }

    fn cell(&mut self, cell: &Cell, left: usize, top: usize, width: usize) {
        let height = self.glyphs.metrics.height;
        if !cell.draws() {
            let back = self.palette.nearest(cell.back);
            for row in top..top + height {
                self.pixels[row * self.width + left..][..width].fill(back);
            }
            return;
        }
        let ramp = self.palette.ramp(cell.back, cell.front);
        let mask = self.glyphs.mask(cell);
        for (row, covered) in mask.coverage.chunks_exact(mask.width).enumerate() {
            let line = &mut self.pixels[(top + row) * self.width + left..][..width];
            for (pixel, covered) in line.iter_mut().zip(covered) {
                *pixel = ramp[(usize::from(*covered) * SHADES + 127) / 255];
            }
        }
    }

    /// The pixels of an area. Where many in a row are as they were, they are left out; single ones are not, because what
    /// is drawn alike in many places takes less than what is not.
    fn cut(&mut self, area: Area) -> Vec<u8> {
        let mut bytes = Vec::with_capacity((area.right - area.left) * (area.bottom - area.top));
        for row in area.top..area.bottom {
            let line = row * self.width + area.left..row * self.width + area.right;
            let (new, old) = (&self.pixels[line.clone()], &mut self.shown[line]);
            cut_line(new, old, LEFT_OUT * self.margin, &mut bytes);
            old.copy_from_slice(new);
        }
        bytes
    }

    /// Writes the picture that waits, which is shown until `until`.
    fn write(&mut self, until: u64) -> Result<(), RecordError> {
        let Some((bytes, area, since)) = self.waiting.take() else { return Ok(()) };
        let mut left = until.saturating_sub(since).max(2);
        let small = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let mut frame = Frame {
            left: small(area.left),
            top: small(area.top),
            width: small(area.right - area.left),
            height: small(area.bottom - area.top),
            dispose: DisposalMethod::Keep,
            transparent: Some(TRANSPARENT),
            buffer: bytes.into(),
            ..Frame::default()
        };
        loop {
            let delay = left.min(MAX_DELAY);
            left -= delay;
            frame.delay = u16::try_from(delay).unwrap_or(u16::MAX);
            self.encoder.write_frame(&frame).map_err(RecordError::Gif)?;
            self.frames += 1;
            if left == 0 {
                return Ok(());
            }
            // The same for longer.
            (frame.width, frame.height, frame.buffer) = (1, 1, vec![TRANSPARENT].into());
        }
    }

    fn finish(mut self, end: Duration) -> Result<Made, RecordError> {
        if self.waiting.is_none() {
            // Nothing was ever shown: one empty picture.
            let all = Area { left: 0, top: 0, right: self.width, bottom: self.height };
            self.waiting = Some((self.cut(all), all, 0));
        }
        self.write(hundredths(end))?;
        self.encoder
            .into_inner()
            .map_err(RecordError::Gif)?
            .flush()
            .map_err(|error| RecordError::Gif(error.into()))?;
        let small = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        Ok(Made { width: small(self.width), height: small(self.height), frames: self.frames, length: end })
    }
}

/// A line of pixels; at least so many in a row that are as they were are left out.
fn cut_line(new: &[u8], old: &[u8], least: usize, bytes: &mut Vec<u8>) {
    let mut at = 0;
    while at < new.len() {
        let run = |from: usize, same: bool| {
            new[from..].iter().zip(&old[from..]).take_while(|(new, old)| (new == old) == same).count()
        };
        let same = run(at, true);
        let changed = run(at + same, false);
        if same >= least {
            bytes.resize(bytes.len() + same, TRANSPARENT);
        } else {
            bytes.extend_from_slice(&new[at..at + same]);
        }
        bytes.extend_from_slice(&new[at + same..at + same + changed]);
        at += same + changed;
    }
}

fn hundredths(at: Duration) -> u64 {
    u64::try_from((at.as_millis() + 5) / 10).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::theme::Rgb;

    const HEAD: &str = "{\"version\":2,\"width\":8,\"height\":3}\n";

    fn made(events: &str, options: &Options) -> Result<(Vec<u8>, Made), RecordError> {
        let cast = format!("{HEAD}{events}");
        let mut bytes = Vec::new();
        let made = render(|| Ok(cast.as_bytes()), &mut bytes, options, &mut |_| true)?;
        Ok((bytes, made))
    }

    /// The pictures as a viewer shows them, one after the other: how long in hundredths of a second, and the colours.
    fn viewed(bytes: &[u8]) -> Vec<(u16, Vec<Rgb>)> {
        let mut decoder = gif::DecodeOptions::new();
        decoder.set_color_output(gif::ColorOutput::Indexed);
        let mut decoder = decoder.read_info(bytes).unwrap();
        let palette = decoder.global_palette().unwrap().to_vec();
        let width = usize::from(decoder.width());
        let mut canvas = vec![Rgb(0, 0, 0); width * usize::from(decoder.height())];
        let mut views = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            for (number, place) in
                frame.buffer.iter().enumerate().filter(|(_, place)| Some(**place) != frame.transparent)
            {
                let (column, row) = (number % usize::from(frame.width), number / usize::from(frame.width));
                let colour = &palette[3 * usize::from(*place)..][..3];
                canvas[(usize::from(frame.top) + row) * width + usize::from(frame.left) + column] =
                    Rgb(colour[0], colour[1], colour[2]);
            }
            views.push((frame.delay, canvas.clone()));
        }
        views
    }

    #[test]
    fn screens_are_shown_for_as_long_as_they_stood() {
        let options = Options { speed: 2.0, ..Options::default() };
        let events = "[1.0,\"o\",\"a\"]\n[1.2,\"o\",\"\\u001b[0m\"]\n[2.0,\"o\",\"b\"]\n[60.0,\"o\",\"c\"]\n";
        let (bytes, made) = made(events, &options).unwrap();
        let delays: Vec<u16> = viewed(&bytes).iter().map(|view| view.0).collect();
        assert_eq!(delays, [100, 100, 300], "what changes nothing is no picture, a long pause is cut");
        assert_eq!((made.frames, made.length), (3, Duration::from_millis(5000)));
        assert_eq!((made.width, made.height), (10 * 10, 3 * 21 + 20));
    }

    #[test]
    fn pictures_have_the_colours_of_the_screen() {
        let theme = Theme::DARK;
        let (bytes, _) = made(
            "[0,\"o\",\"\\u001b[?25l\\u001b[41m  \\u001b[0m\"]\n[1,\"o\",\"\\r\\u001b[2K\\u001b[32m█\"]\n",
            &Options::default(),
        )
        .unwrap();
        let views = viewed(&bytes);
        let pixel = |view: usize, column: usize| views[view].1[(10 + 5) * 100 + 10 + column * 10 + 5];
        assert_eq!(
            [0, 1, 2].map(|column| pixel(0, column)),
            [theme.ansi[1], theme.ansi[1], theme.background]
        );
        assert_eq!(
            [0, 1, 2].map(|column| pixel(1, column)),
            [theme.ansi[2], theme.background, theme.background]
        );
        assert_eq!(views[1].1[0], theme.background, "the margin");
    }

    #[test]
    fn a_later_picture_holds_only_what_changed() {
        let text = "x".repeat(7);
        let (all, _) = made(&format!("[0,\"o\",\"{text}\"]\n"), &Options::default()).unwrap();
        let (two, _) =
            made(&format!("[0,\"o\",\"{text}\"]\n[1,\"o\",\"\\ry\"]\n"), &Options::default()).unwrap();
        assert!(two.len() - all.len() < all.len() / 3, "{} and {}", all.len(), two.len());
        let last = viewed(&two).pop().unwrap();
        let (whole, _) = made("[0,\"o\",\"yxxxxxx\\r\\u001b[C\"]\n", &Options::default()).unwrap();
        assert_eq!(last.1, viewed(&whole).pop().unwrap().1);
    }

    #[test]
    fn an_empty_recording_is_one_empty_picture() {
        let (bytes, made) = made("", &Options::default()).unwrap();
        assert_eq!((viewed(&bytes).len(), made.frames), (1, 1));
        assert!(viewed(&bytes)[0].1.iter().all(|colour| *colour == Theme::DARK.background));
    }

    #[test]
    fn a_screen_may_grow() {
        let (bytes, made) = made(
            "[0,\"o\",\"a\"]\n[1,\"r\",\"20x5\"]\n[2,\"o\",\"b\"]\n[3,\"r\",\"4x2\"]\n",
            &Options::default(),
        )
        .unwrap();
        assert_eq!((made.width, made.height), (22 * 10, 5 * 21 + 20));
        assert!(viewed(&bytes).len() >= 2);
    }

    #[test]
    fn screens_and_times_beyond_all_bounds_are_refused_or_cut() {
        let large = "[0,\"r\",\"600x300\"]\n";
        let options = Options { font_size: 96, ..Options::default() };
        assert!(matches!(made(large, &options), Err(RecordError::Size(600, 300))));
        let slow = Options { speed: 0.0, idle: Duration::MAX, end: Duration::MAX, ..Options::default() };
        let (_, made) = made("[0,\"o\",\"a\"]\n[9e9,\"o\",\"b\"]\n", &slow).unwrap();
        assert_eq!(made.length, Duration::from_secs(360_000 + 3_600));
    }

    #[test]
    fn whoever_asked_can_stop_it() {
        let cast = format!("{HEAD}[0,\"o\",\"a\"]\n");
        let mut told = Vec::new();
        let all = render(|| Ok(cast.as_bytes()), Vec::new(), &Options::default(), &mut |done| {
            told.push(done);
            true
        });
        assert!(all.is_ok() && told == [0, 1000]);
        let stopped =
            render(|| Ok(cast.as_bytes()), Vec::new(), &Options::default(), &mut |done| done < 1000);
        assert!(matches!(stopped, Err(RecordError::Stopped)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        /// Whatever a terminal is told, a picture comes of it, and the last is what the terminal shows: drawn at once or
        /// bit by bit.
        #[test]
        fn any_output_is_drawn(pieces in prop::collection::vec(prop_oneof![
            "[ -~]{0,9}", "\\PC{0,4}", "\u{1b}\\[[0-9;]{0,6}[A-Zm]", "\u{1b}\\[38;(2;[0-9]{1,3};[0-9]{1,3};[0-9]{1,3}|5;[0-9]{1,3})m",
            "[─-▟⠀-⣿]{0,5}", "\u{1b}[\\]PX^_][a-z;]{0,4}", "[日本語\r\n\t]{0,4}",
        ], 1..12)) {
            let event = |(number, text): (usize, &String)| format!("[{number},\"o\",{}]\n", serde_json::to_string(text).unwrap());
            let bit_by_bit: String = pieces.iter().enumerate().map(event).collect();
            let at_once = event((0, &pieces.concat()));
            let (bits, _) = made(&bit_by_bit, &Options::default()).unwrap();
            let (once, _) = made(&at_once, &Options::default()).unwrap();
            let (bits, once) = (viewed(&bits).pop().unwrap().1, viewed(&once).pop().unwrap().1);
            // The palettes differ where there are many colours; places do not.
            let near = bits.iter().zip(&once).filter(|(a, b)| a.distance(**b) > 3_000).count();
            prop_assert!(near == 0, "{near} pixels differ");
        }

        #[test]
        fn any_events_are_survived(events in prop::collection::vec((0.0..9e9f64, prop_oneof![Just("r"), Just("o"), Just("m")], "[0-9x]{1,6}"), 0..6)) {
            let cast: String = events.iter().map(|(at, kind, data)| format!("[{at},\"{kind}\",\"{data}\"]\n")).collect();
            if let Ok((bytes, made)) = made(&cast, &Options::default()) {
                prop_assert_eq!(viewed(&bytes).len() as u64, made.frames);
            }
        }
    }
}
