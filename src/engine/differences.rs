//! Differences as clients show them: rows with secrets masked, and one line of summary.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::api::DiffRow;
use crate::kit::{hostlist, units};
use crate::model::{Key, Table, Turn, Value, field};
use crate::registry::Difference;

/// Differences as rows, the same ones together, secrets masked; at most `most`, and how many more there are.
pub fn rows(differences: &[Difference], most: usize) -> (Vec<DiffRow>, u32) {
    in_full(differences, most, false)
}

/// The same, with `secrets` as they are.
pub fn in_full(differences: &[Difference], most: usize, secrets: bool) -> (Vec<DiffRow>, u32) {
    let shown = |one: &Difference, value: &Option<Value>| match value {
        Some(value) if secrets => Some(Arc::from(value.to_string())),
        value => shown(one, value),
    };
    let mut rows: Vec<(DiffRow, Vec<&str>)> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    for one in differences {
        let (before, after) = (shown(one, &one.before), shown(one, &one.after));
        let print = format!(
            "{:?} {:?} {} {:?} {:?}",
            one.table, one.turn, one.key, one.before, one.after
        );
        let at = *index.entry(print).or_insert_with(|| {
            let row = DiffRow {
                table: one.table,
                names: "".into(),
                count: 0,
                turn: one.turn,
                key: one.key.clone(),
                before,
                after,
            };
            rows.push((row, Vec::new()));
            rows.len() - 1
        });
        rows[at].1.extend(one.names.iter().map(AsRef::as_ref));
    }
    let more = rows.len().saturating_sub(most);
    let rows = rows.into_iter().take(most).map(|(row, names)| DiffRow {
        count: u32::try_from(names.len()).unwrap_or(u32::MAX),
        names: hostlist::compress(&names).into(),
        ..row
    });
    (rows.collect(), u32::try_from(more).unwrap_or(u32::MAX))
}

/// A value of a difference as text; a secret's mask.
pub fn shown(of: &Difference, value: &Option<Value>) -> Option<Arc<str>> {
    let value = value.as_ref()?;
    let secret = Key::parse_in(of.table, &of.key).ok();
    let secret = secret
        .and_then(|key| field::of(of.table, key.field))
        .is_some_and(|field| field.secret);
    Some(if secret {
        field::MASK.into()
    } else {
        value.to_string().into()
    })
}

/// How many keys a summary names.
const NAMED: usize = 3;

/// What differences do, in one line: `set kernel.args on nodes n[001-084]; add profile gpu`.
pub fn summary(differences: &[Difference]) -> String {
    let mut parts = Vec::new();
    for table in Table::ALL {
        let of = |turn: Turn| {
            differences
                .iter()
                .filter(move |one| one.table == table && one.turn == turn)
        };
        let names = |turn: Turn| -> Vec<&str> {
            of(turn)
                .flat_map(|one| one.names.iter().map(AsRef::as_ref))
                .collect()
        };
        let added: BTreeSet<&str> = names(Turn::Added).into_iter().collect();
        let add: Vec<&str> = added.iter().copied().collect();
        parts.extend((!add.is_empty()).then(|| format!("add {}", whom(table, &add))));
        let gone = names(Turn::Removed);
        parts.extend((!gone.is_empty()).then(|| format!("remove {}", whom(table, &gone))));
        for one in of(Turn::Renamed) {
            let text =
                |value: &Option<Value>| value.as_ref().map_or(String::new(), ToString::to_string);
            parts.push(format!(
                "rename {} {} to {}",
                table.one(),
                text(&one.before),
                text(&one.after)
            ));
        }
        let changed =
            of(Turn::Changed).filter(|one| one.names.iter().any(|name| !added.contains(&**name)));
        parts.extend(settings(table, changed.collect()));
    }
    if parts.is_empty() {
        return "change comments".into();
    }
    parts.join("; ")
}

fn settings(table: Table, changed: Vec<&Difference>) -> Option<String> {
    let keys: BTreeSet<&str> = changed.iter().map(|one| &*one.key).collect();
    let names: BTreeSet<&str> = changed
        .iter()
        .flat_map(|one| one.names.iter().map(AsRef::as_ref))
        .collect();
    let names: Vec<&str> = names.into_iter().collect();
    let verb = if changed.iter().all(|one| one.after.is_none()) {
        "unset"
    } else {
        "set"
    };
    let what = if keys.len() <= NAMED {
        keys.into_iter().collect::<Vec<_>>().join(", ")
    } else {
        format!("{} settings", units::count(keys.len()))
    };
    let whom = match table {
        Table::Settings => "in muster.conf".to_owned(),
        Table::Nodes | Table::Profiles => format!("on {}", whom(table, &names)),
    };
    (!names.is_empty()).then(|| format!("{verb} {what} {whom}"))
}

/// `node n1`, `nodes n[1-3]`.
fn whom(table: Table, names: &[&str]) -> String {
    let word = if names.len() == 1 {
        table.one()
    } else {
        table.many()
    };
    format!("{word} {}", hostlist::compress(names))
}
