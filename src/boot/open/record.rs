//! What is kept of open boots over a restart.

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Before, OpenBoot, OpenBoots};
use crate::fleet::{BootId, Form};
use crate::kit::{Mac, Stamp};
use crate::model::{NodeId, View};

/// The last boot of a node as it is kept: by the node's name, because numbers are only good within one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootRecord {
    /// Name of the node.
    pub node: Arc<str>,
    /// Its id.
    pub id: BootId,
    /// The hardware address that asked.
    pub mac: Mac,
    /// Address bound to it.
    pub ip: Option<Ipv4Addr>,
    /// Address of the boot before, and whether that was still under way.
    #[serde(default)]
    pub before: Option<(Ipv4Addr, bool)>,
    /// When it opened.
    pub opened: Stamp,
    /// The program that asked last.
    pub form: Form,
    /// Whether a kernel was asked for.
    pub kernel_asked: bool,
    /// When the node reported `up`.
    pub up: Option<Stamp>,
    /// The machine identifier that came last.
    #[serde(default)]
    pub uuid: Option<Arc<str>>,
}

impl OpenBoots {
    /// Takes back what was kept. Boots of nodes that `view` does not know are left out, but no id is ever given again. Of two
    /// boots that claim one address the younger has it.
    #[must_use]
    pub fn restore(records: impl IntoIterator<Item = BootRecord>, view: &View, first: u64) -> Self {
        let mut records: Vec<BootRecord> = records.into_iter().collect();
        records.sort_by_key(|record| record.id);
        let youngest = records.last().map_or(0, |record| record.id.0);
        let mut boots = Self::starting_at(first.max(youngest.saturating_add(1)));
        for record in records {
            if let Some(node) = view.by_name(&record.node) {
                boots.take_back(record, node.id);
            }
        }
        boots.changed.clear();
        boots
    }

    fn take_back(&mut self, record: BootRecord, node: NodeId) {
        let before = record.before.map(|(ip, open)| Before { ip, open });
        let last = before.map(|before| before.ip);
        for ip in [record.ip, last].into_iter().flatten() {
            self.vacate(ip, Some(node));
            self.by_ip.insert(ip, node);
        }
        let boot = OpenBoot {
            id: record.id,
            node,
            mac: record.mac,
            ip: record.ip,
            before,
            opened: record.opened,
            form: record.form,
            kernel_asked: record.kernel_asked,
            up: record.up,
            uuid: record.uuid,
            twin: false,
        };
        self.by_node.insert(node, boot);
    }

    /// The last boot of every node, in no order.
    pub fn records<'a>(&'a self, view: &'a View) -> impl Iterator<Item = BootRecord> + 'a {
        self.by_node
            .values()
            .filter_map(|boot| record_of(boot, view))
    }

    /// Whether [`take_changed`](Self::take_changed) has something to give.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What changed since the last call: at most one record a node. Boots of nodes that `view` does not know any more are left
    /// out.
    #[must_use]
    pub fn take_changed(&mut self, view: &View) -> Vec<BootRecord> {
        let changed = std::mem::take(&mut self.changed);
        let boots = changed.iter().filter_map(|node| self.by_node.get(node));
        boots.filter_map(|boot| record_of(boot, view)).collect()
    }
}

fn record_of(boot: &OpenBoot, view: &View) -> Option<BootRecord> {
    let node = view.node(boot.node)?;
    Some(BootRecord {
        node: node.name.clone(),
        id: boot.id,
        mac: boot.mac,
        ip: boot.ip,
        before: boot.before.map(|before| (before.ip, before.open)),
        opened: boot.opened,
        form: boot.form,
        kernel_asked: boot.kernel_asked,
        up: boot.up,
        uuid: boot.uuid.clone(),
    })
}
