//! Differences of the registry as people read them: equal changes under the names that they are about.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::outcome::counted;
use super::paper::{Hue, Paper};
use crate::api::DiffRow;
use crate::kit::{hostlist, text};
use crate::model::{Table, Turn};

/// Equal changes under the names that they are about.
///
/// # Errors
/// Whatever writing gives.
pub fn tell(paper: &mut Paper<'_>, rows: &[DiffRow]) -> io::Result<()> {
    let rows = folded(rows);
    let mut last: Option<(Table, &str)> = None;
    for row in &rows {
        if last != Some((row.table, &row.names)) {
            last = Some((row.table, &row.names));
            let whom = match row.count {
                _ if row.table == Table::Settings => row.names.to_string(),
                1 => format!("{} {}", row.table.one(), row.names),
                n => format!(
                    "{}  {}",
                    row.names,
                    counted(n, row.table.one(), row.table.many())
                ),
            };
            writeln!(paper, "{}", text::sanitise(&whom))?;
        }
        tell_row(paper, row)?;
    }
    Ok(())
}

/// From so many entries on, values that are each another one are told as one row.
const MANY: usize = 5;

/// The rows, where those of single entries that change the same key each to another value are one: `10.0.0.1 … 10.0.0.200`.
fn folded(rows: &[DiffRow]) -> Vec<DiffRow> {
    let single = |row: &DiffRow| row.count == 1 && row.turn == Turn::Changed;
    let mut alike: BTreeMap<(Table, &str), Vec<&DiffRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| single(row)) {
        alike.entry((row.table, &row.key)).or_default().push(row);
    }
    let mut folded = Vec::new();
    for row in rows {
        let group = alike
            .get(&(row.table, &*row.key))
            .filter(|group| single(row) && group.len() >= MANY);
        match group.map(|group| (group.first(), group)) {
            None => folded.push(row.clone()),
            Some((Some(first), group)) if std::ptr::eq(*first, row) => folded.push(one_of(group)),
            Some(_) => {}
        }
    }
    folded
}

/// One row for several entries: the first and the last value of each side.
fn one_of(group: &[&DiffRow]) -> DiffRow {
    let names: Vec<&str> = group.iter().map(|row| &*row.names).collect();
    let ends = |side: fn(&DiffRow) -> &Option<Arc<str>>| {
        let first = group.first().and_then(|row| side(row).clone());
        let last = group.last().and_then(|row| side(row).clone());
        match (first, last) {
            (Some(first), Some(last)) if first != last => {
                Some(Arc::from(format!("{first} … {last}")))
            }
            (first, last) => first.or(last),
        }
    };
    DiffRow {
        names: hostlist::compress(&names).into(),
        count: u32::try_from(group.len()).unwrap_or(u32::MAX),
        before: ends(|row| &row.before),
        after: ends(|row| &row.after),
        ..group[0].clone()
    }
}

/// The widest pair of values that stands on one line.
const BESIDE: usize = 72;

fn tell_row(paper: &mut Paper<'_>, row: &DiffRow) -> io::Result<()> {
    let (old, new) = (row.before.as_deref(), row.after.as_deref());
    let (bad, good) = (Some(Hue::Bad), Some(Hue::Good));
    match row.turn {
        Turn::Added => return writeln!(paper, "  {}", paper.paint(good, "+ new")),
        Turn::Removed => return writeln!(paper, "  {}", paper.paint(bad, "- removed")),
        Turn::Renamed | Turn::Changed => {}
    }
    let key = if row.key.is_empty() { "name" } else { &row.key };
    let key = text::sanitise(key);
    let long = |value: Option<&str>| value.is_some_and(|value| value.contains('\n'));
    let width = |value: Option<&str>| value.map_or(0, text::width);
    if long(old) || long(new) || width(old) + width(new) > BESIDE {
        writeln!(paper, "  {key}")?;
        for (sign, value, hue) in [('-', old, bad), ('+', new, good)] {
            for line in value.into_iter().flat_map(str::lines) {
                let line = format!("{sign} {}", text::sanitise(line));
                writeln!(paper, "    {}", paper.paint(hue, &line))?;
            }
        }
        return Ok(());
    }
    let value = |value: Option<&str>, none: &str, hue| match value {
        Some(value) => paper.paint(hue, &text::sanitise(value)),
        None => paper.paint(Some(Hue::Faint), none),
    };
    // What no longer stands in an entry is inherited there, and a default here.
    let (none, gone) = match row.table {
        Table::Settings => ("(default)", "(default)"),
        Table::Nodes | Table::Profiles => ("(none)", "(inherits)"),
    };
    let (old, new) = (value(old, none, bad), value(new, gone, good));
    writeln!(paper, "  {key}  {old} → {new}")
}
