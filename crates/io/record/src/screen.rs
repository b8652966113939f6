//! What stands on a terminal, with the colours that it has there.

use avt::Terminal;

use crate::theme::{Rgb, Theme};

/// How a letter is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub(crate) struct Style {
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) underline: bool,
    pub(crate) struck: bool,
}

impl Style {
    /// Whether something is drawn where no letter stands.
    fn draws(self) -> bool {
        self.underline || self.struck
    }
}

/// One place on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) letter: char,
    /// Columns that it takes; none for the second half of a wide letter.
    pub(crate) width: u8,
    pub(crate) style: Style,
    pub(crate) front: Rgb,
    pub(crate) back: Rgb,
}

impl Cell {
    fn blank(theme: &Theme) -> Self {
        let (front, back) = (theme.background, theme.background);
        Self { letter: ' ', width: 1, style: Style::default(), front, back }
    }

    /// Whether there is anything but the background.
    pub(crate) fn draws(&self) -> bool {
        self.front != self.back
    }
}

/// A screen, as large as the largest of a recording.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    pub(crate) cells: Vec<Cell>,
}

impl Grid {
    pub(crate) fn new(columns: usize, rows: usize, theme: &Theme) -> Self {
        Self { columns, rows, cells: vec![Cell::blank(theme); columns * rows] }
    }

    /// Takes over what stands on a terminal; what it does not reach is blank.
    pub(crate) fn read(&mut self, terminal: &Terminal, theme: &Theme) {
        self.cells.fill(Cell::blank(theme));
        let cursor = terminal.cursor().position();
        let lines = terminal.screen().visible_lines().take(self.rows);
        for (row, line) in lines.enumerate() {
            let places = &mut self.cells[row * self.columns..(row + 1) * self.columns];
            for (column, (place, cell)) in places.iter_mut().zip(line.cells()).enumerate() {
                *place = read(cell, cursor == Some((column, row)), theme);
            }
        }
    }
}

fn read(cell: &avt::Cell, cursor: bool, theme: &Theme) -> Cell {
    let pen = cell.pen();
    let mut front = pen.foreground().map_or(theme.foreground, |colour| theme.colour(colour));
    let mut back = pen.background().map_or(theme.background, |colour| theme.colour(colour));
    if pen.is_faint() {
        front = front.towards(back, 2, 5);
    }
    if pen.is_inverse() != cursor {
        std::mem::swap(&mut front, &mut back);
    }
    let style = Style {
        bold: pen.is_bold(),
        italic: pen.is_italic(),
        underline: pen.is_underline(),
        struck: pen.is_strikethrough(),
    };
    let letter = if cell.char().is_whitespace() { ' ' } else { cell.char() };
    if letter == ' ' && !style.draws() {
        // The colour of nothing changes nothing.
        return Cell { letter, width: cell.width(), style: Style::default(), front: back, back };
    }
    Cell { letter, width: cell.width(), style, front, back }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(text: &str) -> Grid {
        let theme = Theme::DARK;
        let mut terminal = Terminal::new(4, 2).unwrap();
        terminal.feed(text);
        let mut grid = Grid::new(5, 3, &theme);
        grid.read(&terminal, &theme);
        grid
    }

    #[test]
    fn cells_have_their_colours() {
        let theme = Theme::DARK;
        let (red, dark) = (theme.ansi[1], theme.background);
        let shown = grid("\x1b[?25l\x1b[31ma\x1b[7mb\x1b[0m\x1b[2;4mc\x1b[0m 日");
        let at = |column: usize, row: usize| shown.cells[row * 5 + column];
        assert_eq!((at(0, 0).letter, at(0, 0).front, at(0, 0).back), ('a', red, dark));
        assert_eq!((at(1, 0).front, at(1, 0).back), (dark, red));
        assert!(at(2, 0).style.underline && at(2, 0).front == theme.foreground.towards(dark, 2, 5));
        assert!(!at(3, 0).draws() && at(3, 0).back == dark);
        assert_eq!((at(0, 1).letter, at(0, 1).width, at(1, 1).width), ('日', 2, 0));
        assert!((0..3).all(|row| !at(4, row).draws()), "beyond the terminal");
        assert!(grid("\x1b[44m ").cells[0].back == theme.ansi[4]);
    }

    #[test]
    fn the_cursor_is_shown_where_it_is() {
        let theme = Theme::DARK;
        assert_eq!(grid("ab").cells[2].back, theme.foreground);
        assert_eq!(grid("ab\x1b[?25l").cells[2].back, theme.background);
    }
}
