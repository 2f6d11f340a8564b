//! How a line of text lies in cells: tabs go to the next stop, what has no shape of its own is written out.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use crate::kit::text;

/// Cells from one tab stop to the next.
const STOP: usize = 8;

/// One grapheme of a line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell<'t> {
    /// Its first byte in the line.
    pub at: usize,
    /// How many bytes it has.
    pub len: usize,
    /// The column that it begins in, from 0.
    pub column: usize,
    /// How many cells it takes: at least one.
    pub width: usize,
    /// What is shown.
    pub shown: Cow<'t, str>,
    /// Whether that is not the letter itself: a tab, a control character, something that nobody could see.
    pub odd: bool,
}

/// Whether every byte is one cell.
fn plain(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The cells of a line that end behind column `left`.
pub fn cells(line: &str, left: usize) -> impl Iterator<Item = Cell<'_>> {
    // Of a line of plain letters nothing before the window need be measured.
    let skip = if plain(line) { left.min(line.len()) } else { 0 };
    let mut column = skip;
    let rest = line.get(skip..).unwrap_or_default();
    rest.grapheme_indices(true)
        .map(move |(at, grapheme)| {
            let cell = cell(skip + at, grapheme, column);
            column += cell.width;
            cell
        })
        .skip_while(move |cell| cell.column + cell.width <= left)
}

fn cell(at: usize, grapheme: &str, column: usize) -> Cell<'_> {
    let len = grapheme.len();
    let first = grapheme.chars().next().unwrap_or(' ');
    let made = |shown: String, odd| Cell {
        at,
        len,
        column,
        width: text::width(&shown).max(1),
        shown: shown.into(),
        odd,
    };
    if first == '\t' {
        let width = STOP - column % STOP;
        return made(text::pad("→", width), true);
    }
    if first.is_ascii_control() {
        // As terminals write it: ^A, and ^? for what is behind the letters.
        let letter = char::from((first as u8) ^ 0x40);
        return made(format!("^{letter}"), true);
    }
    let safe = text::sanitise(grapheme);
    let width = text::width(&safe);
    if width == 0 || first.is_control() {
        return made(format!("<{:x}>", u32::from(first)), true);
    }
    let shown = if safe == grapheme {
        Cow::Borrowed(grapheme)
    } else {
        Cow::Owned(safe)
    };
    Cell {
        at,
        len,
        column,
        width,
        shown,
        odd: false,
    }
}

/// The column of a place in a line.
#[must_use]
pub fn column(line: &str, at: usize) -> usize {
    let before = line.get(..at).unwrap_or(line);
    if plain(before) {
        return before.len();
    }
    cells(before, 0)
        .last()
        .map_or(0, |cell| cell.column + cell.width)
}

/// The place in a line that is shown in a column; its end when it is shorter.
#[must_use]
pub fn place(line: &str, column: usize) -> usize {
    if plain(line) {
        return column.min(line.len());
    }
    let mut under = cells(line, 0);
    under
        .find(|cell| cell.column + cell.width > column)
        .map_or(line.len(), |cell| cell.at)
}

/// A line as it is shown, from its beginning on.
#[must_use]
pub fn visible(line: &str) -> String {
    if plain(line) {
        return line.to_owned();
    }
    cells(line, 0).map(|cell| cell.shown).collect()
}
