//! Profiles that disagree: as rows, and what a change sets up or ends, in sentences.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::engine::Engine;
use crate::api::{ConflictRow, Reply};
use crate::kit::{hostlist, units};
use crate::model::{Table, Value, field};
use crate::registry::{Conflict, Draft};

/// Conflicts of one change that are told one by one.
const TOLD: usize = 4;

impl Engine {
    /// Answers [`Command::Conflicts`](crate::api::Command::Conflicts).
    pub(super) fn conflicts(&self, table: Table, names: Option<&str>) -> Reply {
        let meant = match self.meant(table, names) {
            Ok(meant) => meant,
            Err(refusal) => return Reply::Refused(refusal),
        };
        let meant = |name: &Arc<str>| meant.as_ref().is_none_or(|names| names.contains(&**name));
        let narrowed = |mut conflict: Conflict| match table {
            Table::Nodes => {
                conflict.nodes.retain(|name| meant(name));
                (!conflict.nodes.is_empty()).then_some(conflict)
            }
            Table::Profiles => {
                let named = {
                    let both = [&conflict.wins.0, &conflict.loses.0].into_iter();
                    both.chain(&conflict.profiles).any(meant)
                };
                named.then_some(conflict)
            }
            Table::Settings => None,
        };
        let all = self.registry.conflicts().into_iter();
        Reply::Conflicts(all.filter_map(narrowed).map(|one| row(&one)).collect())
    }

    /// What a draft does about conflicts: those that it sets up or widens, and how many it ends.
    pub(super) fn clashing(&self, draft: &Draft) -> Vec<Arc<str>> {
        let (before, after) = (self.registry.conflicts(), draft.conflicts());
        if before.is_empty() && after.is_empty() {
            return Vec::new();
        }
        let old: HashMap<_, &Conflict> = before.iter().map(|one| (print(one), one)).collect();
        let mut says: Vec<Arc<str>> = Vec::new();
        let mut new = 0;
        for one in &after {
            let known = old.get(&print(one));
            let felt: HashSet<&Arc<str>> = known.iter().flat_map(|old| &old.nodes).collect();
            let nodes = one.nodes.iter().filter(|name| !felt.contains(name)).count();
            if known.is_some() && nodes == 0 {
                continue;
            }
            new += 1;
            if new <= TOLD {
                let key = (one.key.to_string(), &one.loses.0, &one.wins.0);
                let other = old.get(&key).is_some_and(|other| {
                    let mut turned = one.nodes.iter().filter(|name| !felt.contains(name));
                    turned.all(|name| other.nodes.contains(name))
                });
                let verb = if other { "turns round" } else { "sets up" };
                says.push(sentence(verb, one, nodes).into());
            }
        }
        if new > TOLD {
            let more = units::count(new - TOLD);
            says.push(format!("sets up {more} more conflicts of profiles").into());
        }
        let now: HashSet<_> = after.iter().map(print).collect();
        let ended = before.iter().filter(|one| !now.contains(&print(one)));
        match ended.count() {
            0 => {}
            1 => says.push("ends a conflict of profiles".into()),
            many => says.push(format!("ends {} conflicts of profiles", units::count(many)).into()),
        }
        says
    }
}

/// What tells two conflicts apart.
fn print(one: &Conflict) -> (String, &Arc<str>, &Arc<str>) {
    (one.key.to_string(), &one.wins.0, &one.loses.0)
}

fn sentence(verb: &str, one: &Conflict, nodes: usize) -> String {
    let whom = match (nodes, one.profiles.as_slice()) {
        (0, []) => String::new(),
        (0, [profile, ..]) => format!(" within profile {profile}"),
        (1, _) => " on 1 node".into(),
        (many, _) => format!(" on {} nodes", units::count(many)),
    };
    let row = row(one);
    format!(
        "{verb} a conflict of profiles {} and {} over {}{whom}: {} wins with {}, it is listed later; {} says {}",
        row.wins, row.loses, row.key, row.wins, row.value, row.loses, row.lost
    )
}

/// A conflict as clients get it.
fn row(one: &Conflict) -> ConflictRow {
    let secret = field::of_node(one.key.field).is_some_and(|row| row.secret);
    let shown = |value: &Value| -> Arc<str> {
        match value.text() {
            _ if secret => field::MASK.into(),
            Some(text) => text.into(),
            None => value.to_string().into(),
        }
    };
    ConflictRow {
        key: one.key.to_string().into(),
        wins: one.wins.0.clone(),
        value: shown(&one.wins.1),
        loses: one.loses.0.clone(),
        lost: shown(&one.loses.1),
        nodes: hostlist::compress(&one.nodes).into(),
        count: u32::try_from(one.nodes.len()).unwrap_or(u32::MAX),
        profiles: one.profiles.clone(),
    }
}
