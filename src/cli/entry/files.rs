//! `export` and `import`: entries as files.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::super::change::{self, How, Wanted};
use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::outcome::{self, counted};
use super::verb::{Form, Whom};
use super::{csv, sheet, whom, yaml};
use crate::api::EntryRow;
use crate::model::{Edit, Fault, Key, Place, Table, Value, field};

/// The largest file that is imported.
const LARGEST: u64 = 100 << 20;

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

/// Adds and changes entries as a file says.
///
/// # Errors
/// Refusals; a file that cannot be read, or is not understood.
pub fn import(
    desk: &mut Desk<'_, '_>,
    table: Table,
    file: &Path,
    as_csv: Option<bool>,
    exact: bool,
    how: &How,
) -> Result<(), Failure> {
    let text = contents(file)?;
    let wrong =
        |what: String| Failure::Refused(format!("{}: {what}; nothing was changed", file.display()));
    let by_name = file
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let by_line = || {
        let head = text.lines().next().unwrap_or_default();
        head.starts_with(&format!("{},", table.one())) || head.starts_with("name,")
    };
    let rows = whom::entries(desk, table, None, true)?;
    let own: HashMap<&str, &[(Arc<str>, Value)]> =
        rows.iter().map(|row| (&*row.name, &*row.values)).collect();
    let edits = if as_csv.unwrap_or_else(|| by_name || by_line()) {
        let rows = csv::rows(&text).map_err(wrong)?;
        csv::to_edits(table, &rows, &|name| own.get(name).copied(), exact).map_err(wrong)?
    } else {
        let (whole, shift) = whole(table, &text);
        let read = match sheet::read(desk, &whole)? {
            Ok(read) => read,
            Err(faults) => return Err(faulty(desk, file, &faults, shift)),
        };
        let others = read.iter().filter(|row| row.table != table).count();
        if others > 0 {
            let other = if table == Table::Nodes {
                Table::Profiles
            } else {
                Table::Nodes
            };
            let count = counted(
                u32::try_from(others).unwrap_or(u32::MAX),
                other.one(),
                other.many(),
            );
            let _ = writeln!(
                desk.err,
                "muster: the file has {count} too; `muster {} import` is about those",
                other.one()
            );
        }
        merging(
            read.into_iter().filter(|row| row.table == table),
            &own,
            exact,
        )
    };
    if edits.is_empty() {
        return Ok(writeln!(desk.paper, "nothing differs")?);
    }
    change::carry_out(desk, &Wanted::Edits(edits, None), how)
}

/// The edits that make the registry say what was read.
fn merging(
    read: impl Iterator<Item = EntryRow>,
    own: &HashMap<&str, &[(Arc<str>, Value)]>,
    exact: bool,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    for row in read {
        let place = Place {
            table: row.table,
            name: row.name.clone(),
        };
        match own.get(&*row.name) {
            // What stood in braces has no lines of its own.
            None if row.text.is_empty() => {
                edits.push(Edit::Add {
                    place: place.clone(),
                });
                edits.extend(csv::to_say(&place, &row.values, &[], exact));
            }
            None => edits.push(Edit::Write {
                place,
                text: row.text,
            }),
            Some(own) => edits.extend(csv::to_say(&place, &row.values, own, exact)),
        }
    }
    edits
}

/// The text of a file, or of standard input.
fn contents(file: &Path) -> Result<String, Failure> {
    let cannot = |e: io::Error| Failure::Refused(format!("{} cannot be read: {e}", file.display()));
    let source: Box<dyn io::Read> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(file).map_err(cannot)?)
    };
    let mut bytes = Vec::new();
    source
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::Refused(format!(
            "{} is larger than 100 MiB; import it in parts",
            file.display()
        )));
    }
    String::from_utf8(bytes).map_err(|e| {
        let good = e.utf8_error().valid_up_to();
        let line = e
            .as_bytes()
            .iter()
            .take(good)
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        Failure::Refused(format!("{}:{line}: this is no UTF-8 text", file.display()))
    })
}

/// The text in the form of `nodes.conf`, and whether it was put under a section for that: what `wwctl node export` writes are
/// entries alone.
fn whole(table: Table, text: &str) -> (String, bool) {
    let begins = |section: &str| {
        let section = format!("{section}:");
        let mut lines = text.lines();
        lines.any(|line| {
            line.strip_prefix(&*section)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r']))
        })
    };
    if begins(Table::Nodes.section()) || begins(Table::Profiles.section()) {
        return (text.to_owned(), false);
    }
    let text = text.strip_prefix("---\n").unwrap_or(text);
    let lines = text.lines().map(|line| {
        if line.is_empty() {
            "\n".into()
        } else {
            format!("  {line}\n")
        }
    });
    (
        format!("{}:\n{}", table.section(), lines.collect::<String>()),
        true,
    )
}

/// Faults of a file, at the places where they stand in it.
fn faulty(desk: &mut Desk<'_, '_>, file: &Path, faults: &[Fault], shifted: bool) -> Failure {
    let place = |fault: &Fault| {
        let mut fault = fault.clone();
        if let Some(spot) = &mut fault.spot {
            spot.file = file.to_string_lossy().into();
            if shifted {
                spot.line = spot.line.saturating_sub(1);
                spot.column = spot.column.saturating_sub(2).max(1);
            }
        }
        fault
    };
    let faults: Vec<Fault> = faults.iter().map(place).collect();
    outcome::faults(desk.err, &faults);
    Failure::Refused("nothing was changed".into())
}
