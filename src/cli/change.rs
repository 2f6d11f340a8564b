//! Changes of the registry: shown, asked about, carried out and told. `muster undo`, `redo`, `log` and `diff` too.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::desk::Desk;
use super::failure::Failure;
use super::paper::{Hue, Paper};
use super::table::{Cell, table};
use super::verb::strange;
use crate::api::{ClashRow, Command, DiffRow, LogRow, Outcome, Reply};
use crate::kit::{hostlist, text, units};
use crate::model::{Edit, Fault, Table, Turn};

/// How a change is carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct How {
    /// Ask nothing
    #[arg(long, short)]
    pub yes: bool,
    /// Print what would change, and change nothing
    #[arg(long = "dry-run")]
    pub dry: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
    /// Why; `muster log` shows it
    #[arg(skip)]
    pub note: Option<String>,
}

/// What is to be changed.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// These edits, by somebody who looked at that revision, if it matters.
    Edits(Vec<Edit>, Option<u64>),
    /// A revision is taken back; none = the newest.
    Undo(Option<u64>),
    /// The newest undo is taken back.
    Redo,
}

impl Wanted {
    fn command(&self, how: &How, dry: bool) -> Command {
        let by = author();
        match self {
            Self::Edits(edits, base) => Command::Change {
                edits: edits.clone(),
                base: *base,
                note: how.note.as_deref().map(Arc::from),
                dry,
                by,
            },
            Self::Undo(revision) => Command::Undo {
                revision: *revision,
                dry,
                by,
            },
            Self::Redo => Command::Redo { dry, by },
        }
    }

    /// Whether it takes something out of the registry for good, as far as an undo lets it be for good.
    fn removes(&self) -> bool {
        matches!(self, Self::Edits(edits, _) if edits.iter().any(|edit| matches!(edit, Edit::Remove { .. })))
    }
}

/// On whose behalf: the person, also behind `sudo`.
pub fn author() -> Arc<str> {
    let set = |variable: &str| std::env::var(variable).ok().filter(|name| !name.is_empty());
    let known = || {
        let user = nix::unistd::User::from_uid(nix::unistd::getuid());
        user.ok().flatten().map(|user| user.name)
    };
    let name = set("SUDO_USER").or_else(|| set("USER")).or_else(known);
    name.map_or_else(|| "somebody".into(), Arc::from)
}

/// What became of a change.
#[derive(Debug)]
pub enum Done {
    /// It was done, was only to be tried, or was not needed.
    Well,
    /// Somebody was asked and said no.
    Declined,
    /// Everything that speaks against it.
    Faulty(Vec<Fault>),
}

/// Carries a change out and tells it. What reaches more than one entry is shown first and asked about, where somebody is there to
/// answer; where nobody is, removing more than one wants `--yes`.
///
/// # Errors
/// Refusals, what was declined and what is faulty among them.
pub fn carry_out(desk: &mut Desk<'_, '_>, wanted: &Wanted, how: &How) -> Result<(), Failure> {
    match attempt(desk, wanted.clone(), how)? {
        Done::Well => Ok(()),
        Done::Declined => Err(Failure::Refused("nothing was changed".into())),
        Done::Faulty(faults) => {
            tell_faults(desk.err, &faults);
            Err(Failure::Refused(match faults.len() {
                1 => "nothing was changed".into(),
                n => format!("nothing was changed: {n} faults"),
            }))
        }
    }
}

/// The same; faults are given back instead of told.
///
/// # Errors
/// Other refusals.
pub fn attempt(desk: &mut Desk<'_, '_>, mut wanted: Wanted, how: &How) -> Result<Done, Failure> {
    let there = desk.person.there() && !how.json;
    let wary = !how.yes && (there || wanted.removes());
    if how.dry || wary {
        let outcome = match outcome(desk, &wanted, how, true)? {
            Ok(outcome) => outcome,
            Err(faults) => return Ok(Done::Faulty(faults)),
        };
        let reached = reached(&outcome);
        if how.dry {
            tell_plan(desk.paper, &outcome, how)?;
            return Ok(Done::Well);
        }
        if reached > 1 && !there {
            return Err(Failure::Refused(format!(
                "{} would be changed for good, and nobody is there to be asked; say --yes",
                counted(reached, "entry", "entries")
            )));
        }
        if reached > 1 {
            tell_plan(desk.paper, &outcome, how)?;
            desk.paper.flush()?;
            if !desk.person.agrees("Do it?") {
                return Ok(Done::Declined);
            }
        }
    }
    loop {
        match desk.ask(wanted.command(how, false))? {
            Reply::Change(outcome) => {
                tell_done(desk.paper, &outcome, how)?;
                return Ok(Done::Well);
            }
            Reply::Faulty(faults) => return Ok(Done::Faulty(faults)),
            Reply::Clash(rows) => {
                tell_clash(desk.err, &rows)?;
                let Wanted::Edits(_, base) = &mut wanted else {
                    return Err(Failure::Refused(
                        "nothing was changed: somebody changed the same since".into(),
                    ));
                };
                if !there || !desk.person.agrees("Overwrite it?") {
                    return Ok(Done::Declined);
                }
                *base = None;
            }
            _ => return Err(strange()),
        }
    }
}

/// What a change comes to, or everything that speaks against it. A clash is no obstacle to trying: it is told when it is done.
fn outcome(
    desk: &mut Desk<'_, '_>,
    wanted: &Wanted,
    how: &How,
    dry: bool,
) -> Result<Result<Outcome, Vec<Fault>>, Failure> {
    match desk.ask(wanted.command(how, dry))? {
        Reply::Change(outcome) => Ok(Ok(*outcome)),
        Reply::Faulty(faults) => Ok(Err(faults)),
        Reply::Clash(rows) => {
            tell_clash(desk.err, &rows)?;
            Err(Failure::Refused(
                "nothing was changed: somebody changed the same since".into(),
            ))
        }
        _ => Err(strange()),
    }
}

/// How many entries a change reaches.
fn reached(outcome: &Outcome) -> u32 {
    let mut most = 0;
    for table in Table::ALL {
        let rows = outcome.diff.iter().filter(|row| row.table == table);
        // Rows of different keys are about the same entries more often than not: names tell.
        let mut names: Vec<(&str, u32)> = rows.map(|row| (&*row.names, row.count)).collect();
        names.sort_unstable();
        names.dedup();
        most += names.iter().map(|(_, count)| count).sum::<u32>();
    }
    most + outcome.more
}

/// What would be changed, whom it reaches, and what is odd about it.
fn tell_plan(paper: &mut Paper<'_>, outcome: &Outcome, how: &How) -> io::Result<()> {
    if how.json {
        return as_json(paper, outcome);
    }
    if outcome.diff.is_empty() {
        return writeln!(paper, "nothing differs");
    }
    tell_diff(paper, &outcome.diff)?;
    if outcome.more > 0 {
        writeln!(
            paper,
            "… and {}",
            counted(outcome.more, "more change", "more changes")
        )?;
    }
    for line in &outcome.impact {
        writeln!(paper, "{}", text::sanitise(line))?;
    }
    tell_warnings(paper, outcome)
}

/// What was changed, in a line.
fn tell_done(paper: &mut Paper<'_>, outcome: &Outcome, how: &How) -> io::Result<()> {
    if how.json {
        return as_json(paper, outcome);
    }
    let Some(revision) = outcome.revision.filter(|_| !outcome.diff.is_empty()) else {
        return writeln!(paper, "nothing differs");
    };
    let mut parts = vec![format!("r{revision}  {}", text::sanitise(&outcome.summary))];
    parts.extend(outcome.impact.iter().map(|line| text::sanitise(line)));
    let back = paper.paint(Some(Hue::Faint), "muster undo takes it back");
    writeln!(paper, "{} · {back}", parts.join(" · "))?;
    tell_warnings(paper, outcome)
}

fn tell_warnings(paper: &mut Paper<'_>, outcome: &Outcome) -> io::Result<()> {
    for fault in &outcome.warnings {
        let text = format!("warning: {}", text::sanitise(&fault.to_string()));
        writeln!(paper, "{}", paper.paint(Hue::of_level(fault.level), &text))?;
    }
    Ok(())
}

fn as_json<T: serde::Serialize>(paper: &mut Paper<'_>, what: &T) -> io::Result<()> {
    let text = serde_json::to_string(what).map_err(io::Error::other)?;
    writeln!(paper, "{text}")
}

/// Everything that speaks against a change, a line each. Without a place for complaints the exit code has to do.
pub fn tell_faults(err: &mut dyn Write, faults: &[Fault]) {
    for fault in faults {
        let _ = writeln!(err, "muster: {}", text::sanitise(&fault.to_string()));
    }
}

/// What somebody else made of the same fields.
fn tell_clash(err: &mut dyn Write, rows: &[ClashRow]) -> io::Result<()> {
    for row in rows {
        let show = |value: &Option<Arc<str>>| {
            value
                .as_deref()
                .map_or_else(|| "nothing".into(), |v| format!("`{}`", text::sanitise(v)))
        };
        let key = if row.key.is_empty() {
            String::new()
        } else {
            format!(" {}", row.key)
        };
        writeln!(
            err,
            "muster: {}{key}: {} made it {} in r{}, you want {}",
            row.names,
            text::sanitise(&row.by),
            show(&row.theirs),
            row.revision,
            show(&row.ours)
        )?;
    }
    Ok(())
}

/// Equal changes under the names that they are about.
///
/// # Errors
/// Whatever writing gives.
pub fn tell_diff(paper: &mut Paper<'_>, rows: &[DiffRow]) -> io::Result<()> {
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

/// `muster log`.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn log(desk: &mut Desk<'_, '_>, limit: u32, json: bool) -> Result<(), Failure> {
    let Reply::Log(rows) = desk.ask(Command::Log {
        before: None,
        limit,
    })?
    else {
        return Err(strange());
    };
    if json {
        return Ok(as_json(desk.paper, &rows)?);
    }
    let zone = desk.paper.zone.clone();
    let line = |row: &LogRow| {
        let mut what = row.summary.to_string();
        if let Some(undone) = row.undone_by {
            what.push_str(&format!(" (taken back by r{undone})"));
        }
        let hue = row.undone_by.map(|_| Hue::Faint);
        [
            Cell::hued(format!("r{}", row.revision), hue),
            Cell::hued(zone.moment(row.at), hue),
            Cell::hued(&*row.by, hue),
            Cell::hued(what, hue),
            row.note.as_deref().unwrap_or_default().into(),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    Ok(table(
        desk.paper,
        ["REV", "WHEN", "WHO", "WHAT", "WHY"],
        &lines,
    )?)
}

/// `muster diff`.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn diff(
    desk: &mut Desk<'_, '_>,
    from: u64,
    to: Option<u64>,
    json: bool,
) -> Result<(), Failure> {
    let Reply::Diff(rows) = desk.ask(Command::Diff { from, to })? else {
        return Err(strange());
    };
    if json {
        return Ok(as_json(desk.paper, &rows)?);
    }
    if rows.is_empty() {
        return Ok(writeln!(desk.paper, "nothing differs")?);
    }
    Ok(tell_diff(desk.paper, &rows)?)
}

/// A number with its noun.
pub fn counted(n: u32, one: &str, many: &str) -> String {
    let noun = if n == 1 { one } else { many };
    format!("{} {noun}", units::count(n as usize))
}
