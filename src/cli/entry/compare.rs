//! `conflicts` and `diff`: what profiles disagree about, and how two entries differ.

use std::io::{self, Write as _};
use std::sync::Arc;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::paper::Hue;
use super::super::table::{Cell, table};
use super::super::verb::strange;
use super::verb::Whom;
use super::whom;
use crate::api::{Command, ConflictRow, MergedRow, Reply, ValueRow};
use crate::kit::hostlist;
use crate::model::Table;

/// Keys on which profiles of one list disagree: those that have a part in it, or the nodes that feel it.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn conflicts(
    desk: &mut Desk<'_, '_>,
    of: Table,
    meant: &Whom,
    json: bool,
) -> Result<(), Failure> {
    let rows = disputes(desk, of, names(desk, of, meant)?)?;
    if json {
        return Ok(as_json(desk, &rows)?);
    }
    if rows.is_empty() {
        return Ok(writeln!(desk.paper, "no profiles of one list disagree")?);
    }
    Ok(told(desk, &rows)?)
}

/// Those that a profile has a part in, below what is shown of it.
///
/// # Errors
/// As [`conflicts`].
pub fn conflicts_of(desk: &mut Desk<'_, '_>, profile: &Arc<str>) -> Result<(), Failure> {
    let names = hostlist::compress(std::slice::from_ref(profile));
    let rows = disputes(desk, Table::Profiles, Some(names.into()))?;
    if !rows.is_empty() {
        writeln!(desk.paper, "conflicts with profiles of the same list:")?;
        told(desk, &rows)?;
    }
    Ok(())
}

fn disputes(
    desk: &Desk<'_, '_>,
    table: Table,
    names: Option<Arc<str>>,
) -> Result<Vec<ConflictRow>, Failure> {
    match desk.ask(Command::Conflicts { table, names })? {
        Reply::Conflicts(rows) => Ok(rows),
        _ => Err(strange()),
    }
}

/// The names that are meant as a hostlist; none = all.
fn names(desk: &Desk<'_, '_>, of: Table, meant: &Whom) -> Result<Option<Arc<str>>, Failure> {
    if meant.words.is_empty() {
        return Ok(None);
    }
    let names = whom::names(desk, of, meant)?;
    Ok(Some(hostlist::compress(&names).into()))
}

fn told(desk: &mut Desk<'_, '_>, rows: &[ConflictRow]) -> io::Result<()> {
    let line = |row: &ConflictRow| {
        let within = match row.profiles.as_slice() {
            [] => String::new(),
            profiles => format!("within {}", profiles.join(", ")),
        };
        let feel = match row.count {
            0 => "no node".to_owned(),
            _ => row.nodes.to_string(),
        };
        [
            Cell::hued(&*row.key, Some(Hue::Doubtful)),
            format!("{}: {}", row.wins, row.value).into(),
            format!("{}: {}", row.loses, row.lost).into(),
            feel.into(),
            Cell::hued(within, Some(Hue::Faint)),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    let header = ["FIELD", "WINS (LISTED LATER)", "LOSES", "FELT BY", ""];
    table(desk.paper, header, &lines)
}

/// How two entries differ with everything that they inherit, key by key; `all` shows what they have in common too.
///
/// # Errors
/// As [`conflicts`].
pub fn diff(
    desk: &mut Desk<'_, '_>,
    of: Table,
    names: [&str; 2],
    all: bool,
    json: bool,
) -> Result<(), Failure> {
    let wanted = names.map(Arc::<str>::from);
    let rows = whom::in_full(desk, of, Some(&wanted), &[], true, false)?;
    let found = |name: &str| rows.iter().find(|row| *row.name == *name);
    let [Some(one), Some(other)] = names.map(found) else {
        return Err(strange());
    };
    let keys = MergedRow::side_by_side(one, other);
    let shown: Vec<_> = keys
        .into_iter()
        .filter(|pair| all || pair.differs())
        .collect();
    if json {
        return Ok(as_json(desk, &shown)?);
    }
    if shown.is_empty() {
        let text = format!("{} and {} come to the same", one.name, other.name);
        return Ok(writeln!(desk.paper, "{text}")?);
    }
    let line = |pair: &crate::api::PairRow| {
        let value = |side: &Option<ValueRow>| Cell::from(side.as_ref().map(|row| &row.value));
        let source = |side: &Option<ValueRow>| {
            let source = side.as_ref().map_or("", |row| &*row.source);
            Cell::hued(source, Some(Hue::Faint))
        };
        [
            Cell::from(&*pair.key),
            value(&pair.left),
            source(&pair.left),
            value(&pair.right),
            source(&pair.right),
        ]
    };
    let lines: Vec<_> = shown.iter().map(line).collect();
    let (left, right) = (one.name.to_uppercase(), other.name.to_uppercase());
    let header = ["FIELD", &left, "FROM", &right, "FROM"];
    Ok(table(desk.paper, header, &lines)?)
}

fn as_json<T: serde::Serialize>(desk: &mut Desk<'_, '_>, what: &T) -> io::Result<()> {
    let text = serde_json::to_string(what).map_err(io::Error::other)?;
    writeln!(desk.paper, "{text}")
}
