//! Entries as comma-separated values (RFC 4180): a column for each key, a row for each entry. An empty cell says nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::kit::natural;
use crate::model::field::{self, Kind, NODE};
use crate::model::{Fault, Key, Spot, Table, Value};

/// The header and the rows of entries with their values by dotted key.
pub fn cells<'v>(
    table: Table,
    entries: &[(&'v str, Vec<(&'v str, &'v Value)>)],
) -> Vec<Vec<String>> {
    let keys: BTreeSet<&str> = entries
        .iter()
        .flat_map(|(_, values)| values.iter().map(|(key, _)| *key))
        .collect();
    let mut keys: Vec<&str> = keys.into_iter().collect();
    let place = |text: &str| {
        let field = Key::parse(text).map_or("", |key| key.field);
        NODE.iter()
            .position(|row| row.id == field)
            .unwrap_or(usize::MAX)
    };
    // All fields of one device stand together, as in the file.
    let section = |text: &str| {
        text.split('.').next().map_or(0, |first| {
            NODE.iter()
                .position(|row| row.id.split('.').next() == Some(first))
                .unwrap_or(usize::MAX)
        })
    };
    let entry = |text: &str| {
        Key::parse(text).map_or_else(|_| String::new(), |key| key.names.join("\u{1f}"))
    };
    keys.sort_by(|a, b| {
        let order = section(a)
            .cmp(&section(b))
            .then_with(|| natural::compare(&entry(a), &entry(b)));
        order
            .then_with(|| place(a).cmp(&place(b)))
            .then_with(|| natural::compare(a, b))
    });
    let head =
        std::iter::once(table.one().to_owned()).chain(keys.iter().map(|key| (*key).to_owned()));
    let mut rows = vec![head.collect()];
    for (name, values) in entries {
        let cell = |key: &&str| {
            let value = values.iter().find(|(known, _)| known == key);
            value.map(|(_, value)| cell(key, value)).unwrap_or_default()
        };
        rows.push(
            std::iter::once((*name).to_owned())
                .chain(keys.iter().map(cell))
                .collect(),
        );
    }
    rows
}

/// A value in one cell. A list has blanks between its items, or is a JSON array where an item would be torn; free YAML is JSON.
fn cell(key: &str, value: &Value) -> String {
    let field = Key::parse(key)
        .ok()
        .and_then(|key| field::of_node(key.field));
    // A text of free YAML is in quotes: `1.50` is a number, "1.50" is none.
    if field.is_some_and(|field| field.kind == Kind::Yaml) {
        return serde_json::to_string(value).unwrap_or_default();
    }
    match value {
        Value::Text(text) => text.to_string(),
        Value::List(items) => {
            let plain = |item: &Arc<str>| {
                !item.is_empty() && !item.contains(char::is_whitespace) && !item.starts_with('[')
            };
            if !items.is_empty() && items.iter().all(plain) {
                return items.join(" ");
            }
            serde_json::to_string(items).unwrap_or_default()
        }
        Value::Yaml(value) => serde_json::to_string(value).unwrap_or_default(),
    }
}

/// Rows as text, lines ending as everywhere on this system.
pub fn text(rows: &[Vec<String>]) -> String {
    let quoted = |cell: &String| {
        if cell.contains(['"', ',', '\n', '\r']) || cell.trim() != cell {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.clone()
        }
    };
    let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n";
    rows.iter().map(line).collect()
}

/// A cell of a table that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// What stands in it; blanks around what has no quotes are not part of it.
    pub text: String,
    /// Line on which it begins, from 1.
    pub line: u32,
    /// Column at which it begins, in characters from 1.
    pub column: u32,
}

impl Cell {
    /// What is wrong with it, at its place.
    pub fn wrong(&self, what: impl Into<String>) -> Fault {
        at(self.line, self.column, what)
    }
}

/// What is wrong at a place of the text.
fn at(line: u32, column: u32, what: impl Into<String>) -> Fault {
    let file = Arc::default();
    Fault {
        spot: Some(Spot { file, line, column }),
        ..Fault::error(what)
    }
}

/// Where a reader is, and what it has read.
struct Reader {
    line: u32,
    column: u32,
    rows: Vec<Vec<Cell>>,
    row: Vec<Cell>,
    cell: Cell,
    /// Where the open quote stands.
    open: Option<(u32, u32)>,
    /// Whether the cell had quotes, which are closed again.
    closed: bool,
}

impl Reader {
    fn next_cell(&mut self) {
        let mut cell = std::mem::take(&mut self.cell);
        if !self.closed {
            cell.text = cell.text.trim().to_owned();
        }
        self.row.push(cell);
        self.closed = false;
    }

    fn next_row(&mut self) {
        self.next_cell();
        let row = std::mem::take(&mut self.row);
        if row.iter().any(|cell| !cell.text.is_empty()) {
            self.rows.push(row);
        }
    }

    /// The place after this one.
    fn step(&mut self, letter: char) {
        if letter == '\n' {
            (self.line, self.column) = (self.line.saturating_add(1), 1);
        } else {
            self.column = self.column.saturating_add(1);
        }
    }

    /// Takes a letter in that stands in no quotes.
    fn plain(&mut self, letter: char) -> Result<(), Fault> {
        let blank = letter == ' ' || letter == '\t';
        match letter {
            ',' => self.next_cell(),
            '\n' => self.next_row(),
            '"' if self.cell.text.trim().is_empty() && !self.closed => {
                self.cell.text.clear();
                self.open = Some((self.line, self.column));
            }
            '"' => {
                return Err(at(
                    self.line,
                    self.column,
                    "a quote stands in the middle of a cell; double it and put the whole cell in quotes",
                ));
            }
            _ if self.closed && blank => {}
            _ if self.closed => {
                return Err(at(
                    self.line,
                    self.column,
                    "something follows a closing quote",
                ));
            }
            _ => self.cell.text.push(letter),
        }
        Ok(())
    }
}

/// Reads the rows of a text. Lines may end in CRLF; empty ones are skipped.
///
/// # Errors
/// A quote that is not closed, or that stands where none may.
pub fn rows(text: &str) -> Result<Vec<Vec<Cell>>, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        line: 1,
        column: 1,
        rows: Vec::new(),
        row: Vec::new(),
        cell: Cell::default(),
        open: None,
        closed: false,
    };
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if reader.cell.line == 0 {
            (reader.cell.line, reader.cell.column) = (reader.line, reader.column);
        }
        match (letter, reader.open) {
            ('"', Some(_)) if letters.peek() == Some(&'"') => {
                reader.cell.text.extend(letters.next());
                reader.column = reader.column.saturating_add(1);
            }
            ('"', Some(_)) => (reader.open, reader.closed) = (None, true),
            (letter, Some(_)) => reader.cell.text.push(letter),
            ('\r', None) if letters.peek() == Some(&'\n') => {}
            (letter, None) => reader.plain(letter)?,
        }
        reader.step(letter);
    }
    if let Some((line, column)) = reader.open {
        return Err(at(line, column, "the quote that begins here is not closed"));
    }
    reader.next_row();
    Ok(reader.rows)
}
