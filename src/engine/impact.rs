//! Whom a change reaches, and when, in sentences.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::engine::Engine;
use crate::fleet::Stage;
use crate::kit::units;
use crate::model::field::{self, Effect};
use crate::model::{Fault, File, Key, Node, Table, Turn, View};
use crate::registry::{Difference, Draft};

/// Who is reached by what takes effect when.
#[derive(Default)]
struct Reached {
    boot: Vec<Arc<Node>>,
    live: usize,
    /// Nodes whose profile changes and that say something else themselves, or in a profile above.
    override_it: usize,
    /// Nodes that inherit what changes.
    inherit: usize,
}

impl Engine {
    /// What a draft does to the nodes.
    pub(super) fn impact(&self, draft: &Draft) -> Vec<Arc<str>> {
        if draft.file == File::Conf {
            return self.follows(draft);
        }
        let reached = self.reached(&self.view, draft);
        let mut says: Vec<Arc<str>> = Vec::new();
        if !reached.boot.is_empty() {
            says.extend(self.at_next_boot(&reached.boot, reached.override_it));
        }
        if reached.live > 0 {
            let verb = if reached.live == 1 {
                "changes"
            } else {
                "change"
            };
            says.push(format!("{} {verb} at once", nodes(reached.live)).into());
        }
        if reached.boot.is_empty() && reached.override_it > 0 {
            says.push(format!("{} override it", nodes(reached.override_it)).into());
        }
        says.extend(self.comings(draft));
        let listed = |one: &Difference| one.table == Table::Profiles || &*one.key == "profiles";
        let profiles = draft.differences.iter().any(listed);
        if says.is_empty() && profiles {
            let of_profile = |one: &Difference| one.table == Table::Profiles;
            let text = if reached.inherit == 0 && draft.differences.iter().all(of_profile) {
                "no node lists it"
            } else {
                "no node changes"
            };
            says.push(text.into());
        }
        says.extend(self.clashing(draft));
        says
    }

    /// Nodes that come and go.
    fn comings(&self, draft: &Draft) -> Vec<Arc<str>> {
        let count = |turn: Turn| {
            let mine = draft
                .differences
                .iter()
                .filter(|one| one.table == Table::Nodes && one.turn == turn);
            mine.map(|one| one.names.len()).sum::<usize>()
        };
        let mut says: Vec<Arc<str>> = Vec::new();
        if count(Turn::Added) > 0 {
            let count = count(Turn::Added);
            let verb = if count == 1 { "is" } else { "are" };
            says.push(format!("{} {verb} new", nodes(count)).into());
        }
        if count(Turn::Removed) > 0 {
            let gone = draft
                .differences
                .iter()
                .filter(|one| one.table == Table::Nodes && one.turn == Turn::Removed);
            let names = gone.flat_map(|one| &one.names);
            let found = names.filter_map(|name| self.view.by_name(name));
            let up = found
                .filter(|node| self.fleet.status(node.id).stage != Stage::Off)
                .count();
            let mut text = format!(
                "{} will not be served any more",
                nodes(count(Turn::Removed))
            );
            if up > 0 {
                text.push_str(&format!(
                    "; {} of them {} running",
                    units::count(up),
                    if up == 1 { "is" } else { "are" }
                ));
            }
            says.push(text.into());
        }
        says
    }

    fn reached(&self, old: &View, draft: &Draft) -> Reached {
        let mut reached = Reached::default();
        for node in &draft.view.nodes {
            let Some(before) = old
                .by_name(&node.name)
                .filter(|before| !Arc::ptr_eq(before, node))
            else {
                continue;
            };
            match latest(before, node) {
                Some(Effect::NextBoot | Effect::Reopen | Effect::Restart) => {
                    reached.boot.push(node.clone())
                }
                Some(Effect::Live) => reached.live += 1,
                None => {}
            }
        }
        self.inherited(draft, &mut reached);
        reached
    }

    /// Nodes that list what changed in a profile, and those for which it changes nothing.
    fn inherited(&self, draft: &Draft, reached: &mut Reached) {
        let mut keys: BTreeMap<&str, Vec<Key>> = BTreeMap::new();
        let changed = draft
            .differences
            .iter()
            .filter(|one| one.table == Table::Profiles && one.turn == Turn::Changed);
        for one in changed {
            let Ok(key) = Key::parse(&one.key) else {
                continue;
            };
            for name in &one.names {
                keys.entry(name).or_default().push(key.clone());
            }
        }
        if keys.is_empty() {
            return;
        }
        // Nodes with the same list have the same profiles.
        let mut known: HashMap<&[Arc<str>], BTreeSet<Arc<str>>> = HashMap::new();
        for node in &draft.view.nodes {
            let all = known
                .entry(&node.profiles)
                .or_insert_with(|| self.registry.profiles_of(&node.name).into_iter().collect());
            let mine = keys.iter().filter(|(profile, _)| all.contains(**profile));
            let mut mine: Vec<&Key> = mine.flat_map(|(_, keys)| keys).collect();
            reached.inherit += usize::from(!mine.is_empty());
            mine.retain(|key| key.field != "profiles");
            if mine.is_empty() {
                continue;
            }
            let before = self.view.by_name(&node.name);
            let same =
                |key: &&Key| before.is_some_and(|before| before.value(key) == node.value(key));
            reached.override_it += usize::from(mine.iter().all(same));
        }
    }

    /// What is not as it should be with a draft and does not speak against it.
    pub(super) fn doubts(&self, draft: &Draft) -> Vec<Fault> {
        let mut doubts = draft.news.clone();
        doubts.extend(self.dangling(draft));
        doubts.extend(nameless(&draft.differences));
        if draft.file == File::Conf {
            doubts.extend(self.misfit(draft));
        }
        doubts
    }
}

/// The latest time at which anything of what a node says now takes effect; none if all is as before. Its list of profiles takes
/// effect by what they say.
fn latest(before: &Node, after: &Node) -> Option<Effect> {
    let effect =
        |key: &Key| field::of_node(key.field).map_or(Effect::NextBoot, |field| field.effect);
    let changed = after
        .values
        .iter()
        .filter(|(key, value)| before.values.get(key) != Some(value));
    let changed = changed.filter(|(key, _)| key.field != "profiles");
    let gone = before
        .values
        .keys()
        .iter()
        .filter(|key| key.field != "profiles" && !after.values.contains_key(key));
    let effects = changed.map(|(key, _)| effect(key)).chain(gone.map(effect));
    effects.reduce(|late, other| if late == Effect::Live { other } else { late })
}

/// New nodes without an address of their own cannot be told apart on the wire.
fn nameless(differences: &[Difference]) -> Option<Fault> {
    let mut added: BTreeSet<&str> = BTreeSet::new();
    for one in differences
        .iter()
        .filter(|one| one.table == Table::Nodes && one.turn == Turn::Added)
    {
        added.extend(one.names.iter().map(|name| &**name));
    }
    let known = |one: &&Difference| one.key.ends_with(".hwaddr") || &*one.key == "discoverable";
    for one in differences
        .iter()
        .filter(|one| one.table == Table::Nodes)
        .filter(known)
    {
        for name in &one.names {
            added.remove(&**name);
        }
    }
    let names: Vec<&str> = added.into_iter().collect();
    (!names.is_empty()).then(|| {
        let whom = crate::kit::hostlist::compress(&names);
        let fault =
            Fault::warning("no hardware address: it cannot boot before it has one").about(whom);
        fault.hint("set `net.NAME.hwaddr`, or `discoverable: yes`")
    })
}

/// So many nodes, in words.
pub(super) fn nodes(count: usize) -> String {
    match count {
        1 => "1 node".into(),
        many => format!("{} nodes", units::count(many)),
    }
}
