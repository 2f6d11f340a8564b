//! Tables.

use std::io::{self, Write};

use super::paper::{Hue, Paper};
use crate::kit::text;

/// One cell: what it says, and in which colour.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    hue: Option<Hue>,
}

impl Cell {
    /// A cell in a colour.
    pub fn hued(text: impl Into<String>, hue: Option<Hue>) -> Self {
        Self {
            hue,
            ..Self::from(text.into())
        }
    }
}

impl From<String> for Cell {
    /// Names come from files and from machines: nothing in them may move the cursor.
    fn from(text: String) -> Self {
        Self {
            text: text::sanitise(&text),
            hue: None,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl<T: ToString> From<Option<T>> for Cell {
    /// What is not there is a dash.
    fn from(value: Option<T>) -> Self {
        value
            .map_or_else(|| "-".into(), |value| value.to_string())
            .into()
    }
}

/// Writes a table: a header, then rows; columns two blanks apart, as wide as they need. Nothing follows the last text of a line.
///
/// # Errors
/// Whatever writing gives; a closed pipe among them.
pub fn table<const N: usize>(
    paper: &mut Paper<'_>,
    header: [&str; N],
    rows: &[[Cell; N]],
) -> io::Result<()> {
    let header = header.map(Cell::from);
    lines(paper, || {
        std::iter::once(&header[..]).chain(rows.iter().map(|row| &row[..]))
    })
}

/// The same with columns that are known only when it runs; short rows end early.
///
/// # Errors
/// Whatever writing gives.
pub fn rows(paper: &mut Paper<'_>, header: &[String], rows: &[Vec<Cell>]) -> io::Result<()> {
    let header: Vec<Cell> = header.iter().map(|title| title.as_str().into()).collect();
    lines(paper, || {
        std::iter::once(&header[..]).chain(rows.iter().map(|row| &row[..]))
    })
}

fn lines<'c, I: Iterator<Item = &'c [Cell]>>(
    paper: &mut Paper<'_>,
    lines: impl Fn() -> I,
) -> io::Result<()> {
    let mut widths: Vec<usize> = Vec::new();
    for line in lines() {
        widths.resize(widths.len().max(line.len()), 0);
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = text::width(&cell.text).max(*width);
        }
    }
    for line in lines() {
        let last = line
            .iter()
            .rposition(|cell| !cell.text.is_empty())
            .unwrap_or(0);
        let mut out = String::new();
        for (cell, width) in line.iter().zip(&widths).take(last + 1) {
            out.push_str(&paper.paint(cell.hue, &cell.text));
            let gap = width - text::width(&cell.text) + 2;
            out.extend(std::iter::repeat_n(' ', gap));
        }
        writeln!(paper, "{}", out.trim_end_matches(' '))?;
    }
    Ok(())
}
