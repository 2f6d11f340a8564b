//! Tables and lines on standard output.

use std::io::{self, Write};

use crate::kit::Stamp;
use crate::kit::units;

/// Writes a table: a header, then rows; columns two blanks apart, as wide as they need. The last column is not padded.
///
/// # Errors
/// Whatever writing to `out` gives; a closed pipe among them.
pub fn table(out: &mut dyn Write, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let cells = |row: &[String]| {
        row.iter()
            .map(|cell| cell.chars().count())
            .collect::<Vec<_>>()
    };
    let mut widths: Vec<usize> = header.iter().map(|title| title.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(cells(row)) {
            *width = (*width).max(cell);
        }
    }
    let mut line = |row: &mut dyn Iterator<Item = &str>| -> io::Result<()> {
        let mut text = String::new();
        for (cell, width) in row.zip(&widths) {
            text.push_str(&format!("{cell:<width$}  ", width = *width));
        }
        writeln!(out, "{}", text.trim_end())
    };
    line(&mut header.iter().copied())?;
    rows.iter()
        .try_for_each(|row| line(&mut row.iter().map(String::as_str)))
}

/// A time of day in UTC, `14:02:11.204`.
#[must_use]
pub fn time(at: Stamp) -> String {
    let ms = at.0 % 86_400_000;
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        ms / 3_600_000,
        ms / 60_000 % 60,
        ms / 1000 % 60,
        ms % 1000
    )
}

/// How long ago, `2m10`; `-` for never.
#[must_use]
pub fn ago(at: Option<Stamp>, now: Stamp) -> String {
    at.filter(|at| at.0 > 0)
        .map_or_else(|| "-".into(), |at| units::age(now.since(at)))
}

/// A text, or `-`.
#[must_use]
pub fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".into(), |value| value.to_string())
}
