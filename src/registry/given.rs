//! Where a value of a node comes from, and what it hides.

use std::sync::Arc;

use super::entry::{Entries, Entry};
use super::intern::Interner;
use super::layers::{Merger, expand};
use crate::model::{Given, Key, Node, Source, Value};

/// The entry that a value of a node stands in, nearest first; of a list, that whose part of it holds `item`.
pub(super) fn holder<'a>(
    entry: &'a Arc<Entry>,
    profiles: &'a Entries,
    key: &Key,
    item: Option<&str>,
) -> Option<&'a Arc<Entry>> {
    let holds = |entry: &&Arc<Entry>| match entry.values.get(key).map(AsRef::as_ref) {
        Some(Value::List(items)) => item.is_none_or(|item| items.iter().any(|one| **one == *item)),
        other => other.is_some(),
    };
    let order = expand(entry.list("profiles"), profiles).order;
    let below = order.into_iter().rev();
    let below = below.filter_map(|name| profiles.get(&name));
    std::iter::once(entry).chain(below).find(holds)
}

/// The value of `node` under `key` with its source and what lower layers say. Lists and free YAML hide nothing: every layer is
/// in them.
pub(super) fn given(node: &Node, entry: &Entry, profiles: &Entries, key: &Key) -> Option<Given> {
    let value = node.values.get(key)?.clone();
    let source = node.sources.get(key)?.clone();
    let mut shadows = Vec::new();
    if matches!(value.as_ref(), Value::Text(_)) {
        let own = entry.values.get(key).map(|value| (Source::Node, value));
        let order = expand(entry.list("profiles"), profiles).order;
        let inherited = crate::model::field::of_node(key.field).is_some_and(|row| row.inherited);
        let below = order.iter().rev().filter(|_| inherited).filter_map(|name| {
            let value = profiles.get(name)?.values.get(key)?;
            Some((Source::Profile(name.clone()), value))
        });
        let layers = own.into_iter().chain(below);
        shadows.extend(
            layers
                .filter(|(layer, _)| *layer != source)
                .map(|(layer, value)| (layer, Arc::clone(value))),
        );
    }
    Some(Given {
        value,
        source,
        shadows,
    })
}

/// The values of a profile and of those that it includes, by key; what nobody inherits (its own list of profiles, its comment) as it
/// says itself.
pub(super) fn effective(name: &str, profiles: &Entries) -> Vec<(Key, Given)> {
    let Some(entry) = profiles.get(name) else {
        return Vec::new();
    };
    let (mut merger, mut interner) = (Merger::default(), Interner::default());
    let base = merger.base(std::slice::from_ref(&entry.name), profiles, &mut interner);
    let Some(base) = merger.made(base) else {
        return Vec::new();
    };
    let below = |key: &Key, value: &Value, source: &Source| {
        let order = base
            .expansion
            .order
            .iter()
            .rev()
            .filter(|_| matches!(value, Value::Text(_)));
        let layer = |name: &Arc<str>| {
            Some((
                Source::Profile(name.clone()),
                profiles.get(name)?.values.get(key)?.clone(),
            ))
        };
        order
            .filter_map(layer)
            .filter(|(layer, _)| layer != source)
            .collect()
    };
    let inherited = base.rows().map(|(key, value, source)| {
        let shadows = below(key, value, source);
        let (value, source) = (value.clone(), source.clone());
        (
            key.clone(),
            Given {
                value,
                source,
                shadows,
            },
        )
    });
    let passed_on =
        |key: &Key| crate::model::field::of_node(key.field).is_some_and(|row| row.inherited);
    let own = entry
        .values
        .iter()
        .filter(|(key, _)| !passed_on(key))
        .map(|(key, value)| {
            let source = Source::Profile(entry.name.clone());
            (
                key.clone(),
                Given {
                    value: value.clone(),
                    source,
                    shadows: Vec::new(),
                },
            )
        });
    let mut all: Vec<(Key, Given)> = inherited.chain(own).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}
