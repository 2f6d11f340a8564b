//! Entries as comma-separated values (RFC 4180): a column for each key, a row for each entry. An empty cell says nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::kit::natural;
use crate::model::field::{self, Kind, NODE};
use crate::model::{Edit, Key, Place, Table, Value};

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
            value.map(|(_, value)| cell(value)).unwrap_or_default()
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
fn cell(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::List(items) => {
            let plain = |item: &Arc<str>| {
                !item.is_empty() && !item.contains(char::is_whitespace) && !item.starts_with('[')
            };
            if items.iter().all(plain) {
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

/// A row and the line on which it begins.
pub type Row = (usize, Vec<String>);

/// Reads rows of a text. Lines may end in CRLF; empty ones are skipped.
///
/// # Errors
/// A quote that is not closed, or that stands where none may.
pub fn rows(text: &str) -> Result<Vec<Row>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows: Vec<Row> = Vec::new();
    let (mut row, mut cell): (Vec<String>, String) = (Vec::new(), String::new());
    let (mut line, mut begin) = (1, 1);
    let (mut quoted, mut closed) = (None, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        line += usize::from(letter == '\n');
        match letter {
            '"' if quoted.is_some() && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' if quoted.is_some() => (quoted, closed) = (None, true),
            _ if quoted.is_some() => cell.push(letter),
            '"' if cell.is_empty() && !closed => quoted = Some(line),
            '"' => {
                return Err(format!(
                    "line {line}: a quote stands in the middle of a cell; double it and put the whole cell in quotes"
                ));
            }
            ',' => {
                row.push(std::mem::take(&mut cell));
                closed = false;
            }
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(std::mem::take(&mut cell));
                closed = false;
                push(&mut rows, begin, std::mem::take(&mut row));
                begin = line;
            }
            _ if closed => return Err(format!("line {line}: something follows a closing quote")),
            _ => cell.push(letter),
        }
    }
    if let Some(line) = quoted {
        return Err(format!("line {line}: a quote is not closed"));
    }
    row.push(cell);
    push(&mut rows, begin, row);
    Ok(rows)
}

fn push(rows: &mut Vec<Row>, line: usize, row: Vec<String>) {
    if row.iter().any(|cell| !cell.is_empty()) {
        rows.push((line, row));
    }
}

/// What an entry says itself, by name; none for one that is not there.
pub type Own<'o> = &'o dyn Fn(&str) -> Option<&'o [(Arc<str>, Value)]>;

/// The edits that make entries say what rows say; the first row names the keys. With `exact`, an empty cell takes the value away, and
/// so does a key without a column.
///
/// # Errors
/// Where a row or a column makes no sense.
pub fn to_edits(
    table: Table,
    rows: &[Row],
    own: Own<'_>,
    exact: bool,
) -> Result<Vec<Edit>, String> {
    let Some(((_, head), rows)) = rows.split_first() else {
        return Err("there is no line in it".into());
    };
    let keys = columns(table, head)?;
    let mut edits = Vec::new();
    let mut seen = BTreeSet::new();
    for (line, row) in rows {
        if row.len() > head.len() {
            return Err(format!(
                "line {line}: {} cells, but {} columns",
                row.len(),
                head.len()
            ));
        }
        let name = row.first().map_or("", |name| name.trim());
        super::typed::own_name(name).map_err(|wrong| format!("line {line}: `{name}`: {wrong}"))?;
        if !seen.insert(name) {
            return Err(format!("line {line}: `{name}` is there twice"));
        }
        let mut values = Vec::new();
        for ((key, kind), text) in keys.iter().zip(row.iter().skip(1)) {
            if !text.is_empty() {
                let value = value(*kind, text)
                    .map_err(|wrong| format!("line {line}, column {key}: {wrong}"))?;
                values.push((Arc::from(key.to_string()), value));
            }
        }
        let place = Place {
            table,
            name: name.into(),
        };
        let has = own(name);
        if has.is_none() {
            edits.push(Edit::Add {
                place: place.clone(),
            });
        }
        edits.extend(to_say(&place, &values, has.unwrap_or_default(), exact));
    }
    Ok(edits)
}

/// The edits that make an entry say `values`, where it does not; with `exact`, nothing else.
pub fn to_say(
    place: &Place,
    values: &[(Arc<str>, Value)],
    own: &[(Arc<str>, Value)],
    exact: bool,
) -> Vec<Edit> {
    let says =
        |key: &Arc<str>, value: &Value| own.iter().any(|(known, had)| known == key && had == value);
    let new = values
        .iter()
        .filter(|(key, value)| !says(key, value))
        .map(|(key, value)| Edit::Set {
            place: place.clone(),
            key: key.clone(),
            value: value.clone(),
        });
    let kept = |key: &Arc<str>| values.iter().any(|(known, _)| known == key);
    let gone = own
        .iter()
        .filter(|(key, _)| exact && !kept(key))
        .map(|(key, _)| Edit::Unset {
            place: place.clone(),
            key: key.clone(),
        });
    new.chain(gone).collect()
}

/// The keys of the columns after the first.
fn columns(table: Table, head: &[String]) -> Result<Vec<(Key, Kind)>, String> {
    let first = head.first().map_or("", |first| first.trim());
    if ![table.one(), "name"].contains(&first) {
        return Err(format!(
            "line 1: the first column is `{first}`; it has to be `{}`",
            table.one()
        ));
    }
    let mut keys: Vec<(Key, Kind)> = Vec::new();
    for title in head.iter().skip(1) {
        let key = Key::parse(title.trim()).map_err(|e| format!("line 1: {e}"))?;
        if keys.iter().any(|(known, _)| *known == key) {
            return Err(format!("line 1: the column `{key}` is there twice"));
        }
        let kind = field::of_node(key.field).map_or(Kind::Text, |row| row.kind);
        keys.push((key, kind));
    }
    Ok(keys)
}

/// The value in a cell.
fn value(kind: Kind, text: &str) -> Result<Value, String> {
    Ok(match kind {
        Kind::Yaml => serde_yaml::from_str(text)
            .map(|value| Value::Yaml(Box::new(value)))
            .map_err(|e| format!("no YAML: {e}"))?,
        kind if kind.is_list() && text.starts_with('[') => {
            let items: Vec<Arc<str>> =
                serde_json::from_str(text).map_err(|e| format!("no JSON array: {e}"))?;
            Value::List(items)
        }
        kind if kind.is_list() => Value::List(text.split_whitespace().map(Arc::from).collect()),
        _ => Value::Text(text.into()),
    })
}
