//! What differs between two states of the registry, equal differences together.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::entry::Entries;
use super::held::Held;
use crate::model::{Key, Table, Turn, Value, Values};

/// One difference that any number of entries have in common. Secrets are in it as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Of what.
    pub table: Table,
    /// Whose, in the order of their names.
    pub names: Vec<Arc<str>>,
    /// What became of the key, or of the entries themselves.
    pub turn: Turn,
    /// Dotted key; empty when it is about the entries themselves.
    pub key: Arc<str>,
    /// The own value before; of a renamed entry its old name.
    pub before: Option<Value>,
    /// The own value after; of a renamed entry its new name.
    pub after: Option<Value>,
}

/// Every difference between what was held and what is to be. `renamed` says which names stand for which old ones.
pub(super) fn between(
    old: &Held,
    new: &Held,
    renamed: &HashMap<(Table, Arc<str>), Arc<str>>,
) -> Vec<Difference> {
    let mut groups = Groups::default();
    for table in Table::ALL {
        let (olds, news) = (old.table(table), new.table(table));
        let came_from = |name: &Arc<str>| renamed.get(&(table, name.clone()));
        entries(&mut groups, table, (olds, news), came_from);
    }
    groups.all
}

fn entries<'a>(
    groups: &mut Groups,
    table: Table,
    (olds, news): (&Entries, &Entries),
    came_from: impl Fn(&Arc<str>) -> Option<&'a Arc<str>>,
) {
    let none = Values::new();
    let mut moved: Vec<&Arc<str>> = Vec::new();
    for (name, entry) in news {
        let from = came_from(name).and_then(|from| olds.get_key_value(from));
        if let Some((from, _)) = from {
            moved.push(from);
            let text = |name: &Arc<str>| Some(Value::Text(name.clone()));
            groups.add(table, name, Turn::Renamed, None, (text(from), text(name)));
        }
        let before = from.map(|(_, entry)| entry).or_else(|| olds.get(name));
        if before.is_none() && table != Table::Settings {
            groups.add(table, name, Turn::Added, None, (None, None));
        }
        values(
            groups,
            table,
            name,
            (before.map_or(&none, |entry| &entry.values), &entry.values),
        );
    }
    for name in olds.keys() {
        if !news.contains_key(name) && !moved.contains(&name) {
            groups.add(table, name, Turn::Removed, None, (None, None));
        }
    }
}

/// A value before and after.
type Pair<'a> = (Option<&'a Arc<Value>>, Option<&'a Arc<Value>>);

fn values(groups: &mut Groups, table: Table, name: &Arc<str>, (old, new): (&Values, &Values)) {
    if old == new {
        return;
    }
    let mut both: BTreeMap<&Key, Pair<'_>> = BTreeMap::new();
    for (key, value) in old.iter() {
        both.entry(key).or_default().0 = Some(value);
    }
    for (key, value) in new.iter() {
        both.entry(key).or_default().1 = Some(value);
    }
    for (key, (before, after)) in both {
        if before != after {
            let own = |value: Option<&Arc<Value>>| value.map(|value| value.as_ref().clone());
            groups.add(
                table,
                name,
                Turn::Changed,
                Some(key),
                (own(before), own(after)),
            );
        }
    }
}

#[derive(Default)]
struct Groups {
    all: Vec<Difference>,
    index: HashMap<String, usize>,
}

impl Groups {
    fn add(
        &mut self,
        table: Table,
        name: &Arc<str>,
        turn: Turn,
        key: Option<&Key>,
        (before, after): (Option<Value>, Option<Value>),
    ) {
        let key: Arc<str> = key.map_or_else(|| "".into(), |key| key.to_string().into());
        let print = format!("{table:?} {turn:?} {key} {before:?} {after:?}");
        if let Some(at) = self.index.get(&print) {
            self.all[*at].names.push(name.clone());
            return;
        }
        self.index.insert(print, self.all.len());
        self.all.push(Difference {
            table,
            names: vec![name.clone()],
            turn,
            key,
            before,
            after,
        });
    }
}
