//! `import`: files as entries.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::super::change::{self, Done, How, Wanted};
use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::outcome::{self, counted};
use super::{columns, csv, sheet, whom};
use crate::api::EntryRow;
use crate::model::{Edit, Fault, Place, Spot, Table, Value};

/// The largest file that is imported.
const LARGEST: u64 = 100 << 20;

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
    let by_name = file
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let by_line = || {
        let head = text.lines().next().unwrap_or_default();
        let head = head.trim_start_matches('\u{feff}');
        [table.one(), "name"].iter().any(|first| {
            let rest = head.strip_prefix(first);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ';', '\t']))
        })
    };
    let rows = whom::entries(desk, table, None, true)?;
    let own: Own<'_> = rows.iter().map(|row| (&*row.name, &*row.values)).collect();
    let read = if as_csv.unwrap_or_else(|| by_name || by_line()) {
        table_of(table, &text, &own, exact)
    } else {
        entries_of(desk, table, &text, &own, exact)?
    };
    let Read { edits, lines } = match read {
        Ok(read) => read,
        Err(faults) => return Err(faulty(desk, file, faults, &HashMap::new())),
    };
    if edits.is_empty() {
        return Ok(writeln!(desk.paper, "nothing differs")?);
    }
    let how = How {
        wary: true,
        ..how.clone()
    };
    match change::attempt(desk, Wanted::Edits(edits, None), &how)? {
        Done::Well => Ok(()),
        Done::Declined => Err(Failure::Refused("nothing was changed".into())),
        Done::Faulty(faults) => Err(faulty(desk, file, faults, &lines)),
    }
}

/// What each entry says itself, by name.
type Own<'o> = HashMap<&'o str, &'o [(Arc<str>, Value)]>;

/// What a file comes to.
struct Read {
    edits: Vec<Edit>,
    /// The line of each entry.
    lines: HashMap<Arc<str>, u32>,
}

fn table_of(table: Table, text: &str, own: &Own<'_>, exact: bool) -> Result<Read, Vec<Fault>> {
    let rows = csv::rows(text).map_err(|fault| vec![fault])?;
    let edits = columns::to_edits(table, &rows, &|name| own.get(name).copied(), exact)?;
    let line = |row: &Vec<csv::Cell>| {
        let first = row.first()?;
        Some((first.text.as_str().into(), first.line))
    };
    let lines = rows.iter().skip(1).filter_map(line).collect();
    Ok(Read { edits, lines })
}

fn entries_of(
    desk: &mut Desk<'_, '_>,
    table: Table,
    text: &str,
    own: &Own<'_>,
    exact: bool,
) -> Result<Result<Read, Vec<Fault>>, Failure> {
    let (whole, shift) = whole(table, text);
    let read = match sheet::read(desk, &whole)? {
        Ok(read) => read,
        Err(mut faults) => {
            for spot in faults.iter_mut().filter_map(|fault| fault.spot.as_mut()) {
                (spot.line, spot.column) = shift.back(spot.line, spot.column);
            }
            return Ok(Err(faults));
        }
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
    let ours = || read.iter().filter(|row| row.table == table);
    let lines = ours().map(|row| (row.name.clone(), shift.back(row.line, 1).0));
    let lines = lines.collect();
    let edits = merging(ours().cloned(), own, exact);
    Ok(Ok(Read { edits, lines }))
}

/// The edits that make the registry say what was read.
fn merging(read: impl Iterator<Item = EntryRow>, own: &Own<'_>, exact: bool) -> Vec<Edit> {
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
                edits.extend(columns::to_say(&place, &row.values, &[], exact));
            }
            None => edits.push(Edit::Write {
                place,
                text: row.text,
            }),
            Some(own) => edits.extend(columns::to_say(&place, &row.values, own, exact)),
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
        let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let before = good.iter().filter(|byte| **byte == b'\n').count();
        let line = good
            .rsplit(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let column = String::from_utf8_lossy(line).chars().count();
        Failure::Refused(format!(
            "{}:{}:{}: this is no UTF-8 text",
            file.display(),
            before + 1,
            column + 1
        ))
    })
}

/// By how much a text was moved to stand in the form of `nodes.conf`.
#[derive(Debug, Clone, Copy)]
struct Shift {
    lines: u32,
    columns: u32,
}

impl Shift {
    /// The place in the file itself.
    fn back(self, line: u32, column: u32) -> (u32, u32) {
        let column = column.saturating_sub(self.columns).max(1);
        (line.saturating_sub(self.lines).max(1), column)
    }
}

/// The text in the form of `nodes.conf`: what `wwctl node export` writes are entries alone, and they are put under a section.
fn whole(table: Table, text: &str) -> (String, Shift) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let begins = |section: &str| {
        let section = format!("{section}:");
        let mut lines = text.lines();
        lines.any(|line| {
            line.strip_prefix(&*section)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r']))
        })
    };
    let none = Shift {
        lines: 0,
        columns: 0,
    };
    if begins(Table::Nodes.section()) || begins(Table::Profiles.section()) {
        return (text.to_owned(), none);
    }
    // The section's name takes the line of a document's beginning.
    let (text, lines) = match text.split_once('\n') {
        Some((first, rest)) if first.trim_end() == "---" => (rest, 0),
        _ => (text, 1),
    };
    let moved = text.lines().map(|line| {
        if line.is_empty() {
            "\n".into()
        } else {
            format!("  {line}\n")
        }
    });
    let moved: String = moved.collect();
    let shift = Shift { lines, columns: 2 };
    (format!("{}:\n{moved}", table.section()), shift)
}

/// Faults of a file, at the places where they stand in it; one about an entry as such at the line of that entry.
fn faulty(
    desk: &mut Desk<'_, '_>,
    file: &Path,
    faults: Vec<Fault>,
    lines: &HashMap<Arc<str>, u32>,
) -> Failure {
    let place = |fault: Fault| {
        let name = fault
            .about
            .as_deref()
            .and_then(|about| about.split_once(' '))
            .map(|(_, name)| name);
        let of_entry = || {
            let line = *lines.get(name?)?;
            Some(Spot {
                file: Arc::default(),
                line,
                column: 1,
            })
        };
        // A fault of the change has no place in this file, whatever it says.
        let spot = if lines.is_empty() {
            fault.spot.clone()
        } else {
            of_entry()
        };
        let spot = spot.map(|spot| Spot {
            file: file.to_string_lossy().into(),
            ..spot
        });
        Fault { spot, ..fault }
    };
    let faults: Vec<Fault> = faults.into_iter().map(place).collect();
    outcome::faults(desk.err, &faults);
    Failure::Refused(match faults.len() {
        1 => "nothing was changed".into(),
        n => format!("nothing was changed: {n} faults"),
    })
}
