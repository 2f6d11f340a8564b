//! Which entries a verb is about, and what has to be known of them.

use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::targets::Targets;
use super::super::verb::strange;
use super::edits::Target;
use super::series::is_mask;
use super::typed::own_name;
use super::verb::Whom;
use super::wish::{Wish, Wishes};
use crate::api::{Command, EntryRow, MergedRow, Reply, ValueRow};
use crate::kit::{hostlist, natural, suggest, text};
use crate::model::{Key, Place, Table};

/// How long a list of names may be that is sent along; beyond it everything is asked for and sorted out here.
const LONG_LIST: usize = 8_000;
/// The network device of those that have none.
const DEVICE: &str = "default";

/// Names of those that are meant, in the order typed, else in natural order.
///
/// # Errors
/// Words that make no sense, names that are nobody's, conditions that fit nobody.
pub fn names(desk: &Desk<'_, '_>, table: Table, whom: &Whom) -> Result<Vec<Arc<str>>, Failure> {
    let targets = match table {
        Table::Nodes => Targets::read(desk.engine, &whom.words)?,
        Table::Profiles | Table::Settings => Targets::parse(&whom.words)?,
    };
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
        Table::Profiles | Table::Settings => {
            let all = merged(desk, table, None, &["comment"])?;
            let known: Vec<&str> = all.iter().map(|row| &*row.name).collect();
            let found = targets.profiles(&known)?;
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
    let mut seen = HashSet::new();
    for word in words {
        let expanded =
            hostlist::expand(word).map_err(|e| Failure::Usage(format!("`{word}`: {e}")))?;
        if expanded.is_empty() {
            return Err(Failure::Usage(format!("`{word}` stands for no name")));
        }
        for name in expanded {
            let name = own_name(&name).map_err(|wrong| Failure::Usage(named(&name, &wrong)))?;
            if !seen.insert(name.clone()) {
                return Err(Failure::Usage(format!("`{name}` is named twice")));
            }
            names.push(name);
        }
    }
    Ok(names)
}

/// What is wrong with a name; of a long one only the beginning is shown.
pub fn named(name: &str, wrong: &str) -> String {
    format!("`{}`: {wrong}", text::clip(name, 60))
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

/// Complains about names without an entry.
///
/// # Errors
/// The complaint, with the name that was probably meant.
pub fn all_there(
    desk: &Desk<'_, '_>,
    table: Table,
    names: &[Arc<str>],
    there: impl Iterator<Item = Arc<str>>,
) -> Result<(), Failure> {
    let there: HashSet<Arc<str>> = there.collect();
    let missing = |name: &&Arc<str>| !there.contains(&**name);
    let missing: Vec<&str> = names.iter().filter(missing).map(|name| &**name).collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let known = merged(desk, table, None, &["comment"])?;
    let hint = suggest::hint(first, known.iter().map(|row| &*row.name));
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    Err(Failure::Refused(format!(
        "there is no {} `{}`{hint}",
        table.one(),
        hostlist::compress(&missing)
    )))
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
    let asks = wishes.wishes.iter().any(Wish::asks_networks);
    let mut own: HashMap<Arc<str>, EntryRow> = HashMap::new();
    if drops {
        let rows = entries(desk, table, Some(names), false)?;
        own.extend(rows.into_iter().map(|row| (row.name.clone(), row)));
    }
    let mut networks: HashMap<Arc<str>, Networks> = HashMap::new();
    let mut usual = Networks::default();
    if asks {
        let (from, names) = like.unwrap_or((table, names));
        for row in merged(
            desk,
            from,
            Some(names),
            &["primary", "net.*", "ipmi.netmask"],
        )? {
            let found = Networks::of(&row);
            if like.is_some() {
                usual.take(&found);
            }
            networks.insert(row.name, found);
        }
    }
    let target = |name: &Arc<str>| {
        let networks = networks.get(name).unwrap_or(&usual);
        Target {
            place: Place {
                table,
                name: name.clone(),
            },
            device: networks.device.clone().unwrap_or_else(|| DEVICE.into()),
            own: own.remove(name),
            masks: networks.masks.clone(),
        }
    };
    Ok(names.iter().map(target).collect())
}

/// What has to be known of an entry's networks.
#[derive(Debug, Default)]
struct Networks {
    device: Option<Arc<str>>,
    masks: Vec<(Key, Ipv4Addr)>,
}

impl Networks {
    fn of(row: &MergedRow) -> Self {
        let mask = |row: &ValueRow| {
            let key = Key::parse(&row.key).ok().filter(is_mask)?;
            Some((key, row.value.text()?.parse().ok()?))
        };
        Self {
            device: device(row),
            masks: row.values.iter().filter_map(mask).collect(),
        }
    }

    /// What a later profile says comes before what an earlier one says.
    fn take(&mut self, later: &Self) {
        self.device = later.device.clone().or(self.device.take());
        self.masks.splice(0..0, later.masks.iter().cloned());
    }
}

/// The network device that an entry means when it does not say which: the primary one, or the first.
fn device(row: &MergedRow) -> Option<Arc<str>> {
    let primary = row.values.iter().find(|value| &*value.key == "primary");
    let first = || {
        row.values
            .iter()
            .find_map(|value| Key::parse(&value.key).ok()?.names.first().cloned())
    };
    primary
        .and_then(|value| value.value.text())
        .map(Arc::from)
        .or_else(first)
}
