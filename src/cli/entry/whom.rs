//! Which entries a verb is about, and what has to be known of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::targets::Targets;
use super::super::verb::strange;
use super::edits::Target;
use super::typed::own_name;
use super::verb::Whom;
use super::wish::{Wish, Wishes};
use crate::api::{Command, EntryRow, MergedRow, Reply};
use crate::kit::{hostlist, natural};
use crate::model::{Place, Table};

/// How long a list of names may be that is sent along; beyond it everything is asked for and sorted out here.
const LONG_LIST: usize = 8_000;
/// The network device of those that have none.
const DEVICE: &str = "default";

/// Names of those that are meant, in the order typed, else in natural order.
///
/// # Errors
/// Words that make no sense, names that are nobody's, conditions that fit nobody.
pub fn names(desk: &Desk<'_, '_>, table: Table, whom: &Whom) -> Result<Vec<Arc<str>>, Failure> {
    let targets = Targets::parse(&whom.words)?;
    if let Some(names) = targets.plain().filter(|_| table == Table::Nodes) {
        return Ok(names.iter().map(|name| name.as_str().into()).collect());
    }
    let mut found: Vec<Arc<str>> = match table {
        Table::Nodes => {
            let mirror = desk.mirror()?;
            let rows = targets.among(&mirror);
            targets.check(&mirror, rows.len())?;
            rows.iter().map(|(row, _)| row.name.clone()).collect()
        }
        Table::Profiles => {
            let all = merged(desk, table, None, &["comment"])?;
            let known: Vec<&str> = all.iter().map(|row| &*row.name).collect();
            let found = targets.named(table, &known)?;
            found.into_iter().map(Arc::from).collect()
        }
    };
    found.sort_by(|a, b| natural::compare(a, b));
    Ok(found)
}

/// Names of entries that are to be made.
///
/// # Errors
/// What is no name, or is there twice.
pub fn new_names(words: &[String]) -> Result<Vec<Arc<str>>, Failure> {
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for word in words {
        let expanded =
            hostlist::expand(word).map_err(|e| Failure::Usage(format!("`{word}`: {e}")))?;
        if expanded.is_empty() {
            return Err(Failure::Usage(format!("`{word}` stands for no name")));
        }
        for name in expanded {
            let name =
                own_name(&name).map_err(|wrong| Failure::Usage(format!("`{name}`: {wrong}")))?;
            if !seen.insert(name.clone()) {
                return Err(Failure::Usage(format!("`{name}` is named twice")));
            }
            names.push(name);
        }
    }
    Ok(names)
}

/// What entries say themselves.
///
/// # Errors
/// As [`Desk::ask`].
pub fn entries(
    desk: &Desk<'_, '_>,
    table: Table,
    names: Option<&[Arc<str>]>,
    secrets: bool,
) -> Result<Vec<EntryRow>, Failure> {
    let command = Command::Entries {
        table,
        names: sent(names),
        secrets,
    };
    match desk.ask(command)? {
        Reply::Entries(rows) => Ok(in_order(names, rows, |row| &row.name)),
        _ => Err(strange()),
    }
}

/// Names as they are sent along; none = all, or too many to be sent.
fn sent(names: Option<&[Arc<str>]>) -> Option<Arc<str>> {
    let list = names.map(hostlist::compress);
    list.filter(|list| list.len() < LONG_LIST).map(Arc::from)
}

/// The rows of these names, in their order; all of them where none are given.
fn in_order<R>(names: Option<&[Arc<str>]>, rows: Vec<R>, name: impl Fn(&R) -> &Arc<str>) -> Vec<R> {
    let Some(names) = names else { return rows };
    let named = rows.into_iter().map(|row| (name(&row).clone(), row));
    let mut by_name: HashMap<Arc<str>, R> = named.collect();
    names
        .iter()
        .filter_map(|name| by_name.remove(name))
        .collect()
}

/// Complains about the first name without an entry.
///
/// # Errors
/// The complaint.
pub fn all_there(table: Table, names: &[Arc<str>], rows: &[EntryRow]) -> Result<(), Failure> {
    let there: std::collections::HashSet<&str> = rows.iter().map(|row| &*row.name).collect();
    match names.iter().find(|name| !there.contains(&***name)) {
        Some(name) => Err(Failure::Refused(format!(
            "there is no {} `{name}`",
            table.one()
        ))),
        None => Ok(()),
    }
}

/// What entries say with everything that they inherit, of the keys that fit one of the patterns.
///
/// # Errors
/// As [`Desk::ask`].
pub fn merged(
    desk: &Desk<'_, '_>,
    table: Table,
    names: Option<&[Arc<str>]>,
    keys: &[&str],
) -> Result<Vec<MergedRow>, Failure> {
    in_full(desk, table, names, keys, false, false)
}

/// The same, with sources or secrets.
///
/// # Errors
/// As [`Desk::ask`].
pub fn in_full(
    desk: &Desk<'_, '_>,
    table: Table,
    names: Option<&[Arc<str>]>,
    keys: &[&str],
    sources: bool,
    secrets: bool,
) -> Result<Vec<MergedRow>, Failure> {
    let command = Command::Merged {
        table,
        names: sent(names),
        keys: keys.iter().map(|key| Arc::from(*key)).collect(),
        sources,
        secrets,
    };
    match desk.ask(command)? {
        Reply::Merged(rows) => Ok(in_order(names, rows, |row| &row.name)),
        _ => Err(strange()),
    }
}

/// The targets of wishes, with what has to be known of each. `like` says from which entries new ones get their network devices.
///
/// # Errors
/// As [`Desk::ask`].
pub fn targets(
    desk: &Desk<'_, '_>,
    table: Table,
    names: &[Arc<str>],
    wishes: &Wishes,
    like: Option<(Table, &[Arc<str>])>,
) -> Result<Vec<Target>, Failure> {
    let drops = wishes
        .wishes
        .iter()
        .any(|wish| matches!(wish, Wish::Drop { .. }))
        && like.is_none();
    let asks = wishes.wishes.iter().any(Wish::asks_device);
    let mut own: HashMap<Arc<str>, EntryRow> = HashMap::new();
    if drops {
        let rows = entries(desk, table, Some(names), false)?;
        own.extend(rows.into_iter().map(|row| (row.name.clone(), row)));
    }
    let mut devices: HashMap<Arc<str>, Arc<str>> = HashMap::new();
    let mut usual: Arc<str> = DEVICE.into();
    if asks {
        let (from, names) = like.unwrap_or((table, names));
        for row in merged(desk, from, Some(names), &["primary", "net.*"])? {
            if let Some(device) = device(&row) {
                usual = if like.is_some() {
                    device.clone()
                } else {
                    usual
                };
                devices.insert(row.name, device);
            }
        }
    }
    let target = |name: &Arc<str>| Target {
        place: Place {
            table,
            name: name.clone(),
        },
        device: devices.get(name).unwrap_or(&usual).clone(),
        own: own.remove(name),
    };
    Ok(names.iter().map(target).collect())
}

/// The network device that an entry means when it does not say which: the primary one, or the first.
fn device(row: &MergedRow) -> Option<Arc<str>> {
    let primary = row.values.iter().find(|value| &*value.key == "primary");
    let first = || {
        row.values.iter().find_map(|value| {
            crate::model::Key::parse(&value.key)
                .ok()?
                .names
                .first()
                .cloned()
        })
    };
    primary
        .and_then(|value| value.value.text())
        .map(Arc::from)
        .or_else(first)
}
