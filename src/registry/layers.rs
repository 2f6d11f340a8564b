//! Profiles under profiles under a node: which apply, in which order, and what their values merge to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::entry::{Entries, Entry};
use super::free;
use super::intern::Interner;
use crate::model::field::{self, Field};
use crate::model::{Key, Source, Value};

/// Which profiles a list of names stands for.
#[derive(Debug, Clone, Default)]
pub(super) struct Expansion {
    /// Entries to merge, lowest first.
    pub order: Vec<Arc<str>>,
    /// Names without a profile.
    pub missing: Vec<Arc<str>>,
}

/// A profile that is being expanded (none for the node's own list), and the names that it still has to visit.
type Level<'a> = (Option<&'a Arc<str>>, std::slice::Iter<'a, Arc<str>>);

/// Expands depth-first: before each profile those that it includes itself; each once, which ends cycles. `~x` anywhere drops x,
/// but not what x brought in.
pub(super) fn expand(own: &[Arc<str>], profiles: &Entries) -> Expansion {
    let mut found = Expansion::default();
    let mut negated: HashSet<&str> = HashSet::new();
    let mut visited: HashSet<&str> = HashSet::new();
    let mut stack: Vec<Level<'_>> = vec![(None, own.iter())];
    while let Some((_, rest)) = stack.last_mut() {
        match rest.next() {
            Some(name) if name.starts_with('~') => {
                negated.insert(&name[1..]);
            }
            Some(name) if visited.insert(name) => match profiles.get(name) {
                Some(profile) => stack.push((Some(name), profile.list("profiles").iter())),
                None => found.missing.push(name.clone()),
            },
            Some(_) => {}
            None => {
                found
                    .order
                    .extend(stack.pop().and_then(|(name, _)| name.cloned()));
            }
        }
    }
    found.order.retain(|name| !negated.contains(name.as_ref()));
    found
        .missing
        .retain(|name| !negated.contains(name.as_ref()));
    found
}

/// A value on its way up, lists not yet negated.
type Cell = (Key, Arc<Value>, Source);

/// What a list of profiles merges to.
#[derive(Debug)]
pub(super) struct Base {
    pub expansion: Expansion,
    cells: Vec<Cell>,
    /// The values with negations applied, for nodes that add nothing.
    settled: Vec<Arc<Value>>,
    /// What could not be merged, as sentences.
    pub clashes: Vec<String>,
}

impl Base {
    /// Its values with negations applied, and where they come from.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&Key, &Arc<Value>, &Source)> {
        let cells = self.cells.iter().zip(&self.settled);
        cells.map(|((key, _, source), value)| (key, value, source))
    }
}

/// How nodes with one shape of values on one base come by their merged values.
#[derive(Debug)]
pub(super) struct Plan {
    pub keys: Arc<[Key]>,
    pub sources: Arc<[Source]>,
    /// Network devices that a node of this shape has, in order.
    pub devices: Vec<Arc<str>>,
    /// Index of the primary network's key in `keys`.
    pub primary: Option<usize>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Base(usize),
    Own(usize),
    Both(usize, usize),
    /// The first device's name.
    Primary,
}

/// The reason of a computed primary network.
pub(super) const FIRST_DEVICE: &str = "first network device";

/// Merges layers; remembers what nodes have in common.
#[derive(Debug, Default)]
pub(super) struct Merger {
    bases: HashMap<Vec<Arc<str>>, usize>,
    made: Vec<Base>,
    plans: HashMap<(usize, *const Key, usize), Arc<Plan>>,
}

impl Merger {
    /// The number of the base of a list of profiles.
    pub(super) fn base(
        &mut self,
        own: &[Arc<str>],
        profiles: &Entries,
        interner: &mut Interner,
    ) -> usize {
        if let Some(&known) = self.bases.get(own) {
            return known;
        }
        let expansion = expand(own, profiles);
        let mut merged: BTreeMap<Key, (Arc<Value>, Source)> = BTreeMap::new();
        let mut clashes = Vec::new();
        for name in &expansion.order {
            if let Some(profile) = profiles.get(name) {
                lay(&mut merged, profile, name, &mut clashes);
            }
        }
        let cells: Vec<Cell> = merged
            .into_iter()
            .map(|(key, (value, source))| (key, value, source))
            .collect();
        let settled = cells
            .iter()
            .map(|(key, value, _)| settle(key, value, interner))
            .collect();
        self.made.push(Base {
            expansion,
            cells,
            settled,
            clashes,
        });
        self.bases.insert(own.to_vec(), self.made.len() - 1);
        self.made.len() - 1
    }

    /// A base by number.
    pub(super) fn made(&self, base: usize) -> Option<&Base> {
        self.made.get(base)
    }

    /// Keys, values and sources of `entry` on its base.
    ///
    /// # Errors
    /// What could not be merged, as a sentence.
    pub(super) fn merge(
        &mut self,
        base: usize,
        entry: &Entry,
        interner: &mut Interner,
    ) -> Result<(Arc<Plan>, Vec<Arc<Value>>), String> {
        let shape = entry.values.keys();
        let Some(under) = self.made.get(base) else {
            return Err("has no base".into());
        };
        let id = (base, shape.as_ptr(), shape.len());
        let plan = self
            .plans
            .entry(id)
            .or_insert_with(|| Arc::new(plan(under, shape, interner)))
            .clone();
        let own = entry.values.cells();
        let mut values = Vec::with_capacity(plan.steps.len());
        for (step, key) in plan.steps.iter().zip(plan.keys.iter()) {
            values.push(match *step {
                Step::Base(at) => under.settled[at].clone(),
                Step::Own(at) => settle(key, &own[at], interner),
                Step::Both(low, high) => {
                    let both = join(&under.cells[low].1, &own[high]).map_err(|()| {
                        format!("`{key}` is a list here and a section in a profile")
                    })?;
                    settle(key, &both, interner)
                }
                Step::Primary => interner.text(plan.devices.first().map_or("", AsRef::as_ref)),
            });
        }
        Ok((plan, values))
    }
}

/// Lays a profile's values over what is merged so far.
fn lay(
    merged: &mut BTreeMap<Key, (Arc<Value>, Source)>,
    profile: &Entry,
    name: &Arc<str>,
    clashes: &mut Vec<String>,
) {
    for (key, value) in profile.values.iter() {
        if !field::of_node(key.field).is_some_and(|row: &Field| row.inherited) {
            continue;
        }
        let next = match merged.get(key) {
            None => (value.clone(), Source::Profile(name.clone())),
            Some((under, source)) => match join(under, value) {
                Ok(both) => (
                    both,
                    joined(value, source, name, Source::Profile(name.clone())),
                ),
                Err(()) => {
                    clashes.push(format!(
                        "`{key}` is a list in profile {name} and a section in a profile below"
                    ));
                    continue;
                }
            },
        };
        merged.insert(key.clone(), next);
    }
}

/// The source of a value laid over another: for lists and free YAML all layers, else the upper one.
fn joined(value: &Value, under: &Source, name: &Arc<str>, alone: Source) -> Source {
    if matches!(value, Value::Text(_)) {
        return alone;
    }
    let below: Vec<Arc<str>> = match under {
        Source::Layers(names) => names.to_vec(),
        Source::Profile(name) => vec![name.clone()],
        _ => Vec::new(),
    };
    Source::Layers(below.into_iter().chain([name.clone()]).collect())
}

/// Lays one value over another. Texts replace, lists append, free YAML merges; a map under a list is an error.
fn join(under: &Arc<Value>, over: &Arc<Value>) -> Result<Arc<Value>, ()> {
    Ok(match (under.as_ref(), over.as_ref()) {
        (Value::List(low), Value::List(high)) => {
            Arc::new(Value::List(low.iter().chain(high).cloned().collect()))
        }
        (Value::Yaml(low), Value::Yaml(high)) => {
            let merged = free::merge(low, high).map_err(|free::MapUnderList| ())?;
            Arc::new(Value::Yaml(Box::new(merged)))
        }
        _ => over.clone(),
    })
}

/// Applies `~x` where the rules say so: both overlay lists and kernel arguments. A node's own list of profiles stays as
/// written.
fn settle(key: &Key, value: &Arc<Value>, interner: &mut Interner) -> Arc<Value> {
    let Value::List(items) = value.as_ref() else {
        return value.clone();
    };
    let negates = matches!(
        key.field,
        "kernel.args" | "system_overlay" | "runtime_overlay"
    );
    if !negates || !items.iter().any(|item| item.starts_with('~')) {
        return interner.list(items.clone());
    }
    let gone: HashSet<&str> = items
        .iter()
        .filter_map(|item| item.strip_prefix('~'))
        .collect();
    let kept = items
        .iter()
        .filter(|item| !item.starts_with('~') && !gone.contains(item.as_ref()));
    interner.list(kept.cloned().collect())
}

/// Joins the sorted keys of a base with those of a node.
fn plan(base: &Base, own: &Arc<[Key]>, interner: &mut Interner) -> Plan {
    let mut rows: BTreeMap<&Key, (Step, Source)> = BTreeMap::new();
    for (at, (key, _, source)) in base.cells.iter().enumerate() {
        rows.insert(key, (Step::Base(at), source.clone()));
    }
    let node: Arc<str> = interner.name("node");
    for (at, key) in own.iter().enumerate() {
        let row = match rows.get(key) {
            Some((Step::Base(low), source)) => {
                let below = &base.cells[*low].1;
                (
                    Step::Both(*low, at),
                    joined(below, source, &node, Source::Node),
                )
            }
            _ => (Step::Own(at), Source::Node),
        };
        rows.insert(key, row);
    }
    let mut devices: Vec<Arc<str>> = Vec::new();
    for key in rows.keys().filter(|key| key.field.starts_with("net.")) {
        devices.extend(key.names.first().cloned());
    }
    devices.sort();
    devices.dedup();
    let primary_key = Key::plain("primary");
    if !devices.is_empty() && !rows.contains_key(&primary_key) {
        rows.insert(
            &primary_key,
            (Step::Primary, Source::Derived(interner.name(FIRST_DEVICE))),
        );
    }
    let keys: Vec<Key> = rows.keys().map(|key| (*key).clone()).collect();
    let primary = keys.binary_search(&primary_key).ok();
    let (steps, sources): (Vec<Step>, Vec<Source>) = rows.into_values().unzip();
    Plan {
        keys: interner.shape(keys),
        sources: sources.into(),
        devices,
        primary,
        steps,
    }
}
