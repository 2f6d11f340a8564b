//! `export`: entries as files.

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::sync::Arc;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::outcome::counted;
use super::verb::{Form, Whom};
use super::{csv, sheet, whom, yaml};
use crate::api::EntryRow;
use crate::model::{Key, Level, Table, Value, field};

/// Prints what entries say themselves.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn export(
    desk: &mut Desk<'_, '_>,
    table: Table,
    meant: &Whom,
    form: Form,
    secrets: bool,
) -> Result<(), Failure> {
    let names = if meant.words.is_empty() {
        None
    } else {
        Some(whom::names(desk, table, meant)?)
    };
    let mut rows = whom::entries(desk, table, names.as_deref(), true)?;
    if let Some(names) = &names {
        whom::all_there(desk, table, names, rows.iter().map(|row| row.name.clone()))?;
    }
    if matches!(form, Form::Csv | Form::Json) {
        whole(desk, table, &rows)?;
    }
    let left_out: usize = if secrets {
        0
    } else {
        rows.iter_mut().map(leave_out).sum()
    };
    match form {
        Form::Csv => {
            let values = |row: &EntryRow| -> Vec<(Arc<str>, Value)> { row.values.clone() };
            let rows: Vec<_> = rows
                .iter()
                .map(|row| (row.name.clone(), values(row)))
                .collect();
            write!(desk.paper, "{}", as_csv(table, &rows))?;
        }
        Form::Json => {
            let rows = rows.iter().map(|row| {
                (
                    row.name.clone(),
                    yaml::tree(row.values.iter().map(|(k, v)| (k, v))),
                )
            });
            let text = serde_json::to_string(&yaml::object(rows)).map_err(io::Error::other)?;
            writeln!(desk.paper, "{text}")?;
        }
        Form::Yaml | Form::Table => write!(desk.paper, "{}", sheet::sheet(table, &rows))?,
    }
    if left_out > 0 {
        let count = counted(
            u32::try_from(left_out).unwrap_or(u32::MAX),
            "secret is",
            "secrets are",
        );
        // Without a place for remarks there is nobody to read them.
        let _ = writeln!(desk.err, "muster: {count} left out; --secrets puts them in");
    }
    Ok(())
}

/// Complains about an entry that is faulty now: its text can be printed, its values are not known.
fn whole(desk: &Desk<'_, '_>, table: Table, rows: &[EntryRow]) -> Result<(), Failure> {
    let faults = desk.snapshot()?.faults;
    let errors = faults.iter().filter(|fault| fault.level == Level::Error);
    let about: HashSet<&str> = errors.filter_map(|fault| fault.about.as_deref()).collect();
    let faulty = |row: &&EntryRow| about.contains(&*format!("{} {}", table.one(), row.name));
    match rows.iter().find(faulty) {
        None => Ok(()),
        Some(row) => Err(Failure::Refused(format!(
            "the {} {} is faulty, so a table cannot say what it says; `muster check` tells why, --yaml keeps its text",
            table.one(),
            row.name
        ))),
    }
}

/// An entry's name and what it says.
pub type Says = (Arc<str>, Vec<(Arc<str>, Value)>);

/// Entries as CSV.
pub fn as_csv(table: Table, rows: &[Says]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|(name, values)| {
            (
                &**name,
                values.iter().map(|(key, value)| (&**key, value)).collect(),
            )
        })
        .collect();
    csv::text(&csv::cells(table, &rows))
}

/// Takes the secrets out of an entry, and gives how many they were. Its text is made anew from its values then.
fn leave_out(row: &mut EntryRow) -> usize {
    let secret = |key: &str| {
        Key::parse(key)
            .ok()
            .and_then(|key| field::of_node(key.field))
            .is_some_and(|row| row.secret)
    };
    let before = row.values.len();
    row.values.retain(|(key, _)| !secret(key));
    let gone = before - row.values.len();
    if gone > 0 {
        let tree = yaml::tree(row.values.iter().map(|(key, value)| (key, value)));
        row.text = match row.values.len() {
            0 => Arc::default(),
            _ => serde_yaml::to_string(&tree).unwrap_or_default().into(),
        };
    }
    gone
}
