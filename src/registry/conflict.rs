//! Profiles that stand side by side in one list and say different things: which wins, which loses, and where that is felt. A
//! profile that inherits from another one overrides it on purpose; of two that do not know one another only the order decides.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::draft::Draft;
use super::entry::{Entries, Entry};
use super::held::Held;
use super::layers::expand;
use super::load::Registry;
use crate::model::{Key, Value, field};

/// A profile and what it says.
pub type Said = (Arc<str>, Arc<Value>);

/// One key over which two profiles disagree. Only single texts: lists append and free YAML merges, so nobody loses there.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// What about.
    pub key: Key,
    /// The profile whose value is taken because it comes later in the list, and that value.
    pub wins: Said,
    /// The other profile, and its value.
    pub loses: Said,
    /// Nodes that get the one value and say nothing themselves, in the order of their names.
    pub nodes: Vec<Arc<str>>,
    /// Profiles that list both, by themselves or through others.
    pub profiles: Vec<Arc<str>>,
}

impl Registry {
    /// Every conflict in force, by key, then by the names of the two profiles.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        find(&self.held)
    }
}

impl Draft {
    /// Every conflict that would be in force.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        find(self.held())
    }
}

/// Who disagrees over what: key, winner, loser.
type Dispute<'a> = (&'a Key, &'a Arc<str>, &'a Arc<str>);

/// Where it is felt.
#[derive(Default)]
struct Felt {
    nodes: Vec<Arc<str>>,
    profiles: Vec<Arc<str>>,
}

fn find(held: &Held) -> Vec<Conflict> {
    let mut kin = Kin::of(&held.profiles);
    let mut found: BTreeMap<Dispute<'_>, Felt> = BTreeMap::new();
    for name in held.profiles.keys() {
        for dispute in kin.disputes(std::slice::from_ref(name)) {
            found
                .entry(dispute)
                .or_default()
                .profiles
                .push(name.clone());
        }
    }
    let mut lists: HashMap<&[Arc<str>], Vec<&Arc<Entry>>> = HashMap::new();
    for node in held.nodes.values() {
        lists.entry(node.list("profiles")).or_default().push(node);
    }
    for (list, nodes) in lists {
        for dispute in kin.disputes(list) {
            let feel = nodes
                .iter()
                .filter(|node| !node.values.contains_key(dispute.0));
            let names: Vec<Arc<str>> = feel.map(|node| node.name.clone()).collect();
            if !names.is_empty() {
                found.entry(dispute).or_default().nodes.extend(names);
            }
        }
    }
    let said = |name: &Arc<str>, key: &Key| {
        let value = held.profiles.get(name)?.values.get(key)?;
        Some((name.clone(), value.clone()))
    };
    let conflict = |((key, wins, loses), mut felt): (Dispute<'_>, Felt)| {
        felt.nodes
            .sort_by(|a, b| crate::kit::natural::compare(a, b));
        Some(Conflict {
            key: key.clone(),
            wins: said(wins, key)?,
            loses: said(loses, key)?,
            nodes: felt.nodes,
            profiles: felt.profiles,
        })
    };
    found.into_iter().filter_map(conflict).collect()
}

/// Who inherits from whom, and what two that do not say differently; found out once for each.
struct Kin<'a> {
    profiles: &'a Entries,
    below: HashMap<&'a str, HashSet<&'a str>>,
    apart: HashMap<(&'a str, &'a str), Vec<&'a Key>>,
}

impl<'a> Kin<'a> {
    fn of(profiles: &'a Entries) -> Self {
        Self {
            profiles,
            below: HashMap::new(),
            apart: HashMap::new(),
        }
    }

    /// Whether `upper` inherits from `lower`, by itself or through others.
    fn inherits(&mut self, upper: &'a Arc<str>, lower: &str) -> bool {
        let profiles = self.profiles;
        let below = self.below.entry(upper).or_insert_with(|| {
            let mut seen = HashSet::new();
            let mut open = vec![upper];
            while let Some(entry) = open.pop().and_then(|name| profiles.get(name)) {
                for name in entry.list("profiles") {
                    if let Some((name, _)) = profiles.get_key_value(name)
                        && seen.insert(&**name)
                    {
                        open.push(name);
                    }
                }
            }
            seen
        });
        below.contains(lower)
    }

    /// The keys on which two profiles that do not inherit from one another say different texts.
    fn apart(&mut self, one: &'a Arc<str>, other: &'a Arc<str>) -> Vec<&'a Key> {
        if let Some(known) = self.apart.get(&(&**one, &**other)) {
            return known.clone();
        }
        let kin = self.inherits(one, other) || self.inherits(other, one);
        let keys = match (self.profiles.get(one), self.profiles.get(other)) {
            (Some(a), Some(b)) if !kin => differing(a, b),
            _ => Vec::new(),
        };
        self.apart.insert((one, other), keys.clone());
        keys
    }

    /// The disputes in one list of profiles.
    fn disputes(&mut self, list: &[Arc<str>]) -> Vec<Dispute<'a>> {
        let profiles = self.profiles;
        let order: Vec<&'a Arc<str>> = expand(list, profiles)
            .order
            .iter()
            .filter_map(|name| profiles.get_key_value(name))
            .map(|(name, _)| name)
            .collect();
        let mut found = Vec::new();
        for (at, loser) in order.iter().enumerate() {
            for (winner_at, winner) in order.iter().enumerate().skip(at + 1) {
                for key in self.apart(loser, winner) {
                    let says = |name: &Arc<str>| {
                        let entry = profiles.get(name);
                        entry.is_some_and(|entry| entry.values.contains_key(key))
                    };
                    let beaten = order[winner_at + 1..].iter().any(|name| says(name));
                    // What another profile overrides on purpose is out of the game already.
                    let mut between = order[at + 1..].iter().filter(|name| *name != winner);
                    let covered =
                        !beaten && between.any(|name| says(name) && self.inherits(name, loser));
                    if !beaten && !covered {
                        found.push((key, *winner, *loser));
                    }
                }
            }
        }
        found
    }
}

/// The inherited keys under which both have a text, and not the same.
fn differing<'a>(one: &'a Entry, other: &Entry) -> Vec<&'a Key> {
    let differs = |(key, value): &(&'a Key, &Arc<Value>)| {
        let theirs = other.values.get(key).and_then(|value| value.text());
        let inherited = || field::of_node(key.field).is_some_and(|row| row.inherited);
        value.text().is_some() && theirs.is_some() && value.text() != theirs && inherited()
    };
    let both = one.values.iter().filter(differs);
    both.map(|(key, _)| key).collect()
}
