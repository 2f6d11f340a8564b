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
    let narrow = paper.width.and_then(|width| room(width, &widths));
    for line in lines() {
        let last = line
            .iter()
            .rposition(|cell| !cell.text.is_empty())
            .unwrap_or(0);
        let mut out = String::new();
        let mut more = Vec::new();
        for (at, (cell, width)) in line.iter().zip(&widths).take(last + 1).enumerate() {
            let mut text = cell.text.clone();
            if let Some(room) = narrow.filter(|_| at + 1 == widths.len()) {
                more = text::wrap(&text, room);
                text = if more.is_empty() {
                    text
                } else {
                    more.remove(0)
                };
                more.iter_mut()
                    .for_each(|line| *line = paper.paint(cell.hue, line));
            }
            out.push_str(&paper.paint(cell.hue, &text));
            let gap = width.saturating_sub(text::width(&text)) + 2;
            out.extend(std::iter::repeat_n(' ', gap));
        }
        writeln!(paper, "{}", out.trim_end_matches(' '))?;
        let before: usize = widths.iter().rev().skip(1).map(|width| width + 2).sum();
        for line in more {
            writeln!(paper, "{:before$}{line}", "")?;
        }
    }
    Ok(())
}

/// The narrowest last column in which texts are broken; below that lines are left to the terminal.
const NARROW: usize = 24;

/// The width of the last column, where its texts have to be broken for a line to fit.
fn room(width: usize, columns: &[usize]) -> Option<usize> {
    let (last, others) = columns.split_last()?;
    let before: usize = others.iter().map(|width| width + 2).sum();
    let room = width.checked_sub(before)?;
    (room < *last && room >= NARROW).then_some(room)
}
