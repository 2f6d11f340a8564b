//! Entries as text in an editor.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::change::{self, Done, How, Wanted};
use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::outcome;
use super::super::verb::strange;
use super::verb::Whom;
use super::whom;
use crate::api::{Command, EntryRow, Reply};
use crate::kit::{natural, text};
use crate::model::{Edit, Fault, Key, Place, Spot, Table, field};

/// How often one text may be given back to its author.
const ROUNDS: usize = 100;

/// Has entries edited as text, until the text is right or nothing is to be changed any more.
///
/// # Errors
/// Refusals; an editor that fails.
pub fn edit(
    desk: &mut Desk<'_, '_>,
    table: Table,
    meant: &Whom,
    how: &How,
    secrets: bool,
) -> Result<(), Failure> {
    let base = newest(desk)?;
    let names = if meant.words.is_empty() {
        None
    } else {
        Some(whom::names(desk, table, meant)?)
    };
    let rows = whom::entries(desk, table, names.as_deref(), true)?;
    if let Some(names) = &names {
        whom::all_there(desk, table, names, rows.iter().map(|row| row.name.clone()))?;
    }
    let masks = if secrets {
        Masks::default()
    } else {
        Masks::of(&rows)
    };
    let original = masks.hide(&sheet(table, &rows));
    let before = read(desk, &original)?.map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        Failure::Refused(format!(
            "what stands in nodes.conf now is not read back: {first}"
        ))
    })?;
    let (mut shown, mut line) = (format!("{}{original}", head(table)), first_line(table));
    for _ in 0..ROUNDS {
        let typed = desk.person.edits(&shown, line).map_err(Failure::Refused)?;
        let plain = without_notes(&typed);
        if plain.trim().is_empty() || plain == without_notes(&shown) {
            return Err(kept(desk, shown != format!("{}{original}", head(table))));
        }
        let faults = match read(desk, &plain)? {
            Err(faults) => faults,
            Ok(after) => {
                let edits = edits(table, &before, &after, &masks);
                match change::attempt(desk, Wanted::Edits(edits, base), how)? {
                    Done::Well => return Ok(()),
                    Done::Declined => return Err(kept(desk, true)),
                    Done::Faulty(faults) => faults
                        .into_iter()
                        .map(|fault| at_entry(&plain, fault))
                        .collect(),
                }
            }
        };
        (shown, line) = noted(&plain, &faults);
        outcome::faults(desk.err, &faults);
    }
    Err(kept(desk, true))
}

/// The newest revision: what is changed after it by somebody else is told.
pub fn newest(desk: &Desk<'_, '_>) -> Result<Option<u64>, Failure> {
    let command = Command::Log {
        before: None,
        limit: 1,
    };
    match desk.ask(command)? {
        Reply::Log(rows) => Ok(rows.first().map(|row| row.revision)),
        _ => Err(strange()),
    }
}

/// What a text says, entry by entry.
pub fn read(desk: &Desk<'_, '_>, text: &str) -> Result<Result<Vec<EntryRow>, Vec<Fault>>, Failure> {
    if let Some(line) = second_document(text) {
        let spot = Some(Spot {
            file: "your text".into(),
            line,
            column: 1,
        });
        let fault = Fault::error(
            "another document begins here, and only the first document would be taken",
        );
        return Ok(Err(vec![Fault { spot, ..fault }]));
    }
    match desk.ask(Command::Read { text: text.into() })? {
        Reply::Entries(rows) => Ok(Ok(rows)),
        Reply::Faulty(faults) => Ok(Err(faults)),
        _ => Err(strange()),
    }
}

/// The line on which a second YAML document begins.
fn second_document(text: &str) -> Option<u32> {
    let says = |line: &str| !line.trim().is_empty() && !line.starts_with(['#', '\u{feff}']);
    let mut lines = text.lines().enumerate().skip_while(|(_, line)| !says(line));
    // The first line that says something may be the mark of the first document.
    let (_, _) = lines.next()?;
    let (at, _) = lines.find(|(_, line)| *line == "---" || line.starts_with("--- "))?;
    u32::try_from(at + 1).ok()
}

/// Nothing was changed; what was written is not lost.
pub fn kept(desk: &mut Desk<'_, '_>, worth: bool) -> Failure {
    let place = if worth { desk.person.keeps() } else { None };
    let place = place.map(|path| format!("; your text is kept in {}", path.display()));
    Failure::Refused(format!("nothing was changed{}", place.unwrap_or_default()))
}

/// How a line begins that is no part of the text.
pub const NOTE: &str = "#:";

fn head(table: Table) -> String {
    format!(
        "{NOTE} An entry that is taken out goes, one that is written in is a new {}. A value that is taken out is inherited again.\n\
         {NOTE} Saved unchanged, nothing happens.\n",
        table.one()
    )
}

/// Where the first entry stands below [`head`].
fn first_line(table: Table) -> u32 {
    u32::try_from(head(table).lines().count() + 2).unwrap_or(1)
}

/// The text without what we wrote above it.
pub fn without_notes(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with(NOTE));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The text with what is wrong above it, and the line of the first fault.
pub fn noted(plain: &str, faults: &[Fault]) -> (String, u32) {
    let mut notes = String::new();
    for fault in faults {
        for line in text::sanitise(&fault.to_string()).lines() {
            notes.push_str(&format!("{NOTE} {line}\n"));
        }
    }
    let lines = u32::try_from(notes.lines().count()).unwrap_or(0);
    let at = faults
        .iter()
        .find_map(|fault| fault.spot.as_ref())
        .map_or(1, |spot| spot.line);
    (format!("{notes}{plain}"), lines.saturating_add(at))
}

/// A fault that was found in the whole registry, at the entry that it is about.
fn at_entry(plain: &str, fault: Fault) -> Fault {
    let name = fault
        .about
        .as_deref()
        .and_then(|about| about.split_once(' '))
        .map(|(_, name)| format!("  {}:", quoted(name)));
    let line = name.and_then(|name| plain.lines().position(|line| line.starts_with(&name)));
    let spot = line.map(|line| Spot {
        file: "your text".into(),
        line: u32::try_from(line + 1).unwrap_or(u32::MAX),
        column: 3,
    });
    Fault { spot, ..fault }
}

/// Entries as they stand in `nodes.conf`.
pub fn sheet(table: Table, rows: &[EntryRow]) -> String {
    let mut rows: Vec<&EntryRow> = rows.iter().collect();
    rows.sort_by(|a, b| natural::compare(&a.name, &b.name));
    let mut out = format!("{}:\n", table.section());
    if rows.is_empty() {
        return format!("{}: {{}}\n", table.section());
    }
    for row in rows {
        let name = quoted(&row.name);
        // What stands in braces stays on the line of its name.
        let text = row.text.trim();
        if text.is_empty() || text.starts_with('{') && text.lines().count() == 1 {
            let text = if text.is_empty() { "{}" } else { text };
            out.push_str(&format!("  {name}: {text}\n"));
            continue;
        }
        out.push_str(&format!("  {name}:\n"));
        for line in row.text.lines() {
            match line {
                "" => out.push('\n'),
                line => out.push_str(&format!("    {line}\n")),
            }
        }
    }
    out
}

/// A name as a YAML key.
fn quoted(name: &str) -> String {
    let text = serde_yaml::to_string(name).unwrap_or_else(|_| format!("{name:?}"));
    text.trim_end().to_owned()
}

/// The edits that turn what was there into what is written now.
fn edits(table: Table, before: &[EntryRow], after: &[EntryRow], masks: &Masks) -> Vec<Edit> {
    let place = |row: &EntryRow| Place {
        table: row.table,
        name: row.name.clone(),
    };
    let old: BTreeMap<Place, &EntryRow> = before.iter().map(|row| (place(row), row)).collect();
    let new: BTreeMap<Place, &EntryRow> = after.iter().map(|row| (place(row), row)).collect();
    let gone = old
        .keys()
        .filter(|place| place.table == table && !new.contains_key(*place));
    let gone = gone.map(|place| Edit::Remove {
        place: place.clone(),
    });
    let written = after
        .iter()
        .filter(|row| old.get(&place(row)).is_none_or(|old| old.text != row.text));
    let written = written.map(|row| Edit::Write {
        place: place(row),
        text: masks.show(&row.text).into(),
    });
    gone.chain(written).collect()
}

/// Secrets, and what stands for each in a text.
#[derive(Debug, Default)]
struct Masks {
    pairs: Vec<(String, Arc<str>, &'static str)>,
}

impl Masks {
    fn of(rows: &[EntryRow]) -> Self {
        let mut masks = Self::default();
        for (key, value) in rows.iter().flat_map(|row| &row.values) {
            let Ok(key) = Key::parse(key) else { continue };
            let secret = field::of_node(key.field).filter(|row| row.secret);
            let (Some(row), Some(text)) = (secret, value.text()) else {
                continue;
            };
            let word = row.path.last().copied().unwrap_or_default();
            if masks
                .pairs
                .iter()
                .any(|(_, known, of)| **known == *text && *of == word)
            {
                continue;
            }
            let mask = format!("••••{}", masks.pairs.len() + 1);
            masks.pairs.push((mask, text.into(), word));
        }
        masks
    }

    /// The text with a mask for every secret that stands behind its key.
    fn hide(&self, text: &str) -> String {
        let line = |line: &str| {
            let mut line = line.to_owned();
            for (mask, secret, word) in &self.pairs {
                for quote in ["", "\"", "'"] {
                    let plain = format!("{word}: {quote}{secret}{quote}");
                    let ends = |rest: &str| rest.is_empty() || rest.starts_with([' ', ',', '}']);
                    if let Some(at) = line
                        .find(&plain)
                        .filter(|at| ends(&line[at + plain.len()..]))
                    {
                        line.replace_range(
                            at..at + plain.len(),
                            &format!("{word}: {quote}{mask}{quote}"),
                        );
                    }
                }
            }
            line + "\n"
        };
        text.lines().map(line).collect()
    }

    /// The text with the secrets again.
    fn show(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // Longer numbers first: the first mask begins the tenth.
        for (mask, secret, _) in self.pairs.iter().rev() {
            text = text.replace(mask, secret);
        }
        text
    }
}
