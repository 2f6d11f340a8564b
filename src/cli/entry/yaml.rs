//! Values by key as the tree that YAML and JSON show.

use std::sync::Arc;

use serde_yaml::{Mapping, Value as Yaml};

use crate::model::field::{self, Kind};
use crate::model::{Key, Table, Value};

/// The sections and values that keys of nodes and values stand for, in the order given.
pub fn tree<'v>(values: impl IntoIterator<Item = (&'v Arc<str>, &'v Value)>) -> Yaml {
    tree_in(Table::Nodes, values)
}

/// The same for keys of a table.
pub fn tree_in<'v>(
    table: Table,
    values: impl IntoIterator<Item = (&'v Arc<str>, &'v Value)>,
) -> Yaml {
    let mut top = Mapping::new();
    for (text, value) in values {
        let Ok(key) = Key::parse_in(table, text) else {
            continue;
        };
        let path = key.path_in(table);
        put(&mut top, &path, shown((table, &key), value));
    }
    Yaml::Mapping(top)
}

/// Puts a value at the end of a way through sections, which are made.
fn put(at: &mut Mapping, path: &[Arc<str>], value: Yaml) {
    let Some((step, rest)) = path.split_first() else {
        return;
    };
    let step = Yaml::String(step.to_string());
    if rest.is_empty() {
        at.insert(step, value);
        return;
    }
    let inner = at
        .entry(step)
        .or_insert_with(|| Yaml::Mapping(Mapping::new()));
    if let Yaml::Mapping(inner) = inner {
        put(inner, rest, value);
    }
}

/// A value as the format writes it: real switches where only these are read, texts else.
fn shown((table, key): (Table, &Key), value: &Value) -> Yaml {
    let kind = field::of(table, key.field).map(|row| row.kind);
    match value {
        Value::Text(text) => match (kind, &**text) {
            (Some(Kind::Bool), "true") => Yaml::Bool(true),
            (Some(Kind::Bool), "false") => Yaml::Bool(false),
            _ => Yaml::String(text.to_string()),
        },
        Value::List(items) => Yaml::Sequence(
            items
                .iter()
                .map(|item| Yaml::String(item.to_string()))
                .collect(),
        ),
        Value::Yaml(value) => (**value).clone(),
    }
}

/// Named trees as one.
pub fn object(entries: impl IntoIterator<Item = (Arc<str>, Yaml)>) -> Yaml {
    let named = entries
        .into_iter()
        .map(|(name, tree)| (Yaml::String(name.to_string()), tree));
    Yaml::Mapping(named.collect())
}
