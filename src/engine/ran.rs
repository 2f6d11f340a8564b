//! The settings that each node booted with, to tell which of them have changed since: why a reboot would change it. A boot that
//! began before these servers did is known as long as nothing was changed since that could have reached its node.

use std::collections::HashMap;
use std::sync::Arc;

use super::engine::Engine;
use crate::api::{BootRow, DriftSetting};
use crate::fleet::{BootId, Stage};
use crate::model::field::{self, Effect};
use crate::model::{Key, Node, NodeId, Table, Value};

/// Nodes as the registry said when their last boot began.
#[derive(Debug, Default)]
pub struct Ran {
    nodes: HashMap<NodeId, (BootId, Arc<Node>)>,
}

impl Ran {
    /// What a node booted with in that boot.
    fn of(&self, id: NodeId, boot: BootId) -> Option<&Arc<Node>> {
        let (known, node) = self.nodes.get(&id)?;
        (*known == boot).then_some(node)
    }
}

/// A key, what a node booted with, and what it would boot with now.
type Lag<'n> = (&'n Key, Option<&'n Value>, Option<&'n Value>);

impl Engine {
    /// A boot has begun, or has moved on: the first time that it is heard of counts.
    pub(super) fn began(&mut self, boot: &BootRow) {
        if let Some(node) = self.view.by_name(&boot.node)
            && self.ran.of(node.id, boot.id).is_none()
        {
            self.ran.nodes.insert(node.id, (boot.id, node.clone()));
        }
    }

    /// Takes in the last boots of earlier runs: nodes that no change has reached since are as they were.
    pub(super) fn began_before(&mut self) {
        let (touched, dim) = self.journal.touched_at();
        let since = |table: Table, name: &str| touched.get(&(table, name)).copied();
        let mut same = Vec::new();
        for node in &self.view.nodes {
            let Some(boot) = self.fleet.boot(node.id) else {
                continue;
            };
            let Some(id) = boot.id else { continue };
            let profiles = self.registry.profiles_of(&node.name);
            let all = profiles.iter().map(|name| since(Table::Profiles, name));
            let last = all
                .chain([since(Table::Nodes, &node.name), dim])
                .flatten()
                .max();
            if last.is_none_or(|last| last <= boot.began) {
                same.push((node.id, (id, node.clone())));
            }
        }
        drop(touched);
        self.ran.nodes.extend(same);
    }

    /// What a node that is up runs with and would not boot with now; none when nobody knows.
    fn lags<'n>(&'n self, node: &'n Node) -> Option<Vec<Lag<'n>>> {
        let status = self.fleet.status(node.id);
        let (Some(boot), Stage::Up) = (status.boot, status.stage) else {
            return Some(Vec::new());
        };
        let ran = self.ran.of(node.id, boot)?;
        if std::ptr::eq(&**ran, node) {
            return Some(Vec::new());
        }
        let gone = ran.values.keys().iter();
        let gone = gone.filter(|key| !node.values.contains_key(key));
        let keys = node.values.keys().iter().chain(gone);
        let differs = |key: &&Key| waits(key) && ran.value(key) != node.value(key);
        let row = |key| (key, ran.value(key), node.value(key));
        Some(keys.filter(differs).map(row).collect())
    }

    /// The same as rows, secrets masked. Nothing where nobody knows.
    pub(super) fn settings_since(&self, node: &Node) -> Vec<DriftSetting> {
        let lags = self.lags(node).unwrap_or_default().into_iter();
        let row = |(key, runs, next): Lag<'_>| {
            let secret = field::of_node(key.field).is_some_and(|row| row.secret);
            let shown = |value: Option<&Value>| -> Option<Arc<str>> {
                value.map(|value| match secret {
                    true => field::MASK.into(),
                    false => value.to_string().into(),
                })
            };
            DriftSetting {
                key: key.to_string().into(),
                runs: shown(runs),
                next: shown(next),
            }
        };
        lags.map(row).collect()
    }
}

/// Whether a key takes effect at a boot. The list of profiles does so only by what they say; what is not acted on yet has none.
fn waits(key: &Key) -> bool {
    let row = field::of_node(key.field);
    key.field != "profiles" && row.is_some_and(|row| row.effect != Effect::Live && row.acted_on)
}
