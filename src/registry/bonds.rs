//! What entries say of one another: who lists a profile that is not there, and profiles that would include themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::difference::Difference;
use super::entry::Entries;
use super::held::Held;
use crate::kit::{hostlist, suggest, units};
use crate::model::{Fault, Place, Table, Turn};

/// What of it a change would break.
pub(super) fn broken(old: &Held, new: &Held, differences: &[Difference]) -> Vec<Fault> {
    let listed = |one: &&Difference| one.turn == Turn::Changed && &*one.key == "profiles";
    let gone = |one: &Difference| one.table == Table::Profiles && one.turn != Turn::Changed;
    let mut faults = Vec::new();
    for one in differences.iter().filter(listed) {
        for name in &one.names {
            let place = Place {
                table: one.table,
                name: name.clone(),
            };
            faults.extend(missing(old, new, &place));
        }
    }
    if differences.iter().any(gone) {
        faults.extend(orphans(old, new));
    }
    if differences
        .iter()
        .any(|one| one.table == Table::Profiles && listed(&one))
    {
        let before = circles(&old.profiles);
        let new = circles(&new.profiles)
            .into_iter()
            .filter(|name| !before.contains(name));
        faults.extend(new.map(|name| {
            let fault = Fault::error("would include itself by way of its profiles");
            fault
                .about(format!("profile {name}"))
                .hint("leave one of them out")
        }));
    }
    faults
}

/// Profiles that an entry lists anew and that are not there.
fn missing(old: &Held, new: &Held, place: &Place) -> Vec<Fault> {
    let Some(entry) = new.entry(place) else {
        return Vec::new();
    };
    let before = old
        .entry(place)
        .map(|entry| entry.list("profiles"))
        .unwrap_or_default();
    let there = |name: &str| new.profiles.contains_key(name) || new.broken.contains(name);
    let bad = entry.list("profiles").iter().filter(|item| {
        let name = item.strip_prefix('~').unwrap_or(item);
        !there(name) && !before.contains(item)
    });
    bad.map(|item| {
        let name = item.strip_prefix('~').unwrap_or(item);
        let fault = Fault::error(format!("there is no profile `{name}`")).about(place.to_string());
        let hint = suggest::hint(name, new.profiles.keys().map(AsRef::as_ref));
        fault.hint(hint.unwrap_or_else(|| format!("`muster profile add {name}` makes it")))
    })
    .collect()
}

/// Profiles that are gone with this change, and whoever still lists them.
fn orphans(old: &Held, new: &Held) -> Vec<Fault> {
    let gone: BTreeSet<&str> = old
        .profiles
        .keys()
        .map(AsRef::as_ref)
        .filter(|name| !new.profiles.contains_key(*name))
        .collect();
    let mut users: BTreeMap<(&str, Table), Vec<&str>> = BTreeMap::new();
    for table in [Table::Nodes, Table::Profiles] {
        for (name, entry) in new.table(table) {
            for item in entry.list("profiles") {
                let item: &str = item.strip_prefix('~').unwrap_or(item);
                if let Some(gone) = gone.get(item) {
                    users.entry((*gone, table)).or_default().push(name);
                }
            }
        }
    }
    let told = users.iter().map(|((profile, table), names)| {
        let words = match names.len() {
            1 => format!("the {} {}", table.one(), names[0]),
            many => format!(
                "{} {} ({})",
                units::count(many),
                table.many(),
                hostlist::compress(names)
            ),
        };
        let fault = Fault::error(format!("it is listed by {words}"));
        fault
            .about(format!("profile {profile}"))
            .hint("take it out of their `profiles` first, or in the same change")
    });
    told.collect()
}

/// Profiles that include themselves.
fn circles(profiles: &Entries) -> BTreeSet<Arc<str>> {
    let mut round = BTreeSet::new();
    for start in profiles.keys() {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = vec![start];
        while let Some(name) = open.pop() {
            let below = profiles
                .get(name)
                .map(|entry| entry.list("profiles"))
                .unwrap_or_default();
            for item in below {
                if item == start {
                    round.insert(start.clone());
                }
                if seen.insert(item) {
                    open.push(item);
                }
            }
        }
    }
    round
}
