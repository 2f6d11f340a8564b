//! From the rows of a table to edits: the first row names a key for each column.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::csv::Cell;
use crate::model::field::{self, Field, Kind};
use crate::model::{Edit, Fault, Key, Place, Table, Value};

/// What an entry says itself, by name; none for one that is not there.
pub type Own<'o> = &'o dyn Fn(&str) -> Option<&'o [(Arc<str>, Value)]>;

/// How many faults are told at once.
const TOLD: usize = 20;

/// The edits that make entries say what rows say; the first row names the keys. With `exact`, an empty cell takes the value away, and
/// so does a key without a column.
///
/// # Errors
/// Everything that makes no sense, at its place.
pub fn to_edits(
    table: Table,
    rows: &[Vec<Cell>],
    own: Own<'_>,
    exact: bool,
) -> Result<Vec<Edit>, Vec<Fault>> {
    let Some((head, rows)) = rows.split_first() else {
        return Err(vec![Fault::error("there is no line in it")]);
    };
    let columns = columns(table, head)?;
    let mut faults = Vec::new();
    let mut edits = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows {
        if faults.len() >= TOLD {
            break;
        }
        let Some(first) = row.first() else { continue };
        let name = first.text.as_str();
        if let Err(wrong) = super::typed::own_name(name) {
            faults.push(first.wrong(super::whom::named(name, &wrong)));
            continue;
        }
        if !seen.insert(name) {
            faults.push(first.wrong(format!("`{name}` is there twice")));
        }
        if let Some(more) = row.get(head.len()) {
            let what = format!("{} cells, but {} columns", row.len(), head.len());
            faults.push(more.wrong(what));
        }
        let mut values = Vec::new();
        for ((key, field), cell) in columns.iter().zip(row.iter().skip(1)) {
            if cell.text.is_empty() {
                continue;
            }
            match value(field, &cell.text) {
                Ok(value) => values.push((Arc::from(key.to_string()), value)),
                Err(wrong) => {
                    let about = Some(format!("{} {name}", table.one()));
                    let fault = cell.wrong(format!("`{key}`: {wrong}"));
                    faults.push(Fault { about, ..fault });
                }
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
    if faults.is_empty() {
        Ok(edits)
    } else {
        Err(faults)
    }
}

/// The edits that make an entry say `values`, where it does not; with `exact`, nothing else.
pub fn to_say(
    place: &Place,
    values: &[(Arc<str>, Value)],
    own: &[(Arc<str>, Value)],
    exact: bool,
) -> Vec<Edit> {
    let says = |key: &Arc<str>, value: &Value| {
        let same = |had: &Value| match (had, value) {
            // Free YAML that is a text or a list of texts travels as such.
            (Value::Yaml(_), _) | (_, Value::Yaml(_)) => {
                serde_json::to_value(had).ok() == serde_json::to_value(value).ok()
            }
            (had, value) => had == value,
        };
        own.iter().any(|(known, had)| known == key && same(had))
    };
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
fn columns(table: Table, head: &[Cell]) -> Result<Vec<(Key, &'static Field)>, Vec<Fault>> {
    let first = head.first().cloned().unwrap_or_default();
    if ![table.one(), "name"].contains(&&*first.text) {
        let other = [";", "\t"]
            .iter()
            .find(|other| first.text.contains(**other));
        let what = match other {
            Some(_) => "the cells are not separated by commas; save it with commas".to_owned(),
            None => format!(
                "the first column is `{}`; it has to be `{}`",
                first.text,
                table.one()
            ),
        };
        return Err(vec![first.wrong(what)]);
    }
    let mut keys: Vec<(Key, &'static Field)> = Vec::new();
    let mut faults = Vec::new();
    for title in head.iter().skip(1) {
        match Key::parse(&title.text) {
            Err(error) => faults.push(title.wrong(error.to_string())),
            Ok(key) if keys.iter().any(|(known, _)| *known == key) => {
                faults.push(title.wrong(format!("the column `{key}` is there twice")));
            }
            Ok(key) => keys.extend(field::of_node(key.field).map(|row| (key, row))),
        }
    }
    if faults.is_empty() {
        Ok(keys)
    } else {
        Err(faults)
    }
}

/// The value in a cell.
fn value(field: &Field, text: &str) -> Result<Value, String> {
    let kind = field.kind;
    let value = match kind {
        Kind::Yaml => Value::Yaml(Box::new(
            serde_yaml::from_str(text).map_err(|e| format!("no YAML: {e}"))?,
        )),
        kind if kind.is_list() && text.starts_with('[') => {
            let items: Vec<Arc<str>> =
                serde_json::from_str(text).map_err(|e| format!("no JSON array: {e}"))?;
            Value::List(items)
        }
        kind if kind.is_list() => Value::List(text.split_whitespace().map(Arc::from).collect()),
        _ => Value::Text(text.into()),
    };
    let check = |text: &str| {
        // What is complained of is shown, and a secret is not.
        let shown = if field.secret {
            "it".into()
        } else {
            format!("`{text}`")
        };
        kind.check(text).map_err(|wrong| format!("{shown} {wrong}"))
    };
    match &value {
        Value::Text(text) => check(text)?,
        Value::List(items) => items.iter().try_for_each(|item| check(item))?,
        Value::Yaml(_) => {}
    }
    Ok(value)
}
