//! The table of open boots: which address is, right now, in which boot of which node. The DHCP task opens entries before it
//! sends the DHCPACK; HTTP and TFTP read them. What changes is handed on as [`BootRecord`]s, so that a restart of the daemon
//! finds the boots that were under way.

mod record;

use std::collections::{BTreeSet, HashMap};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

pub use record::BootRecord;

use crate::fleet::{BootId, Form};
use crate::kit::{Mac, Stamp};
use crate::model::NodeId;

/// One boot of one node, open or just ended.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenBoot {
    /// Its id.
    pub id: BootId,
    /// The node.
    pub node: NodeId,
    /// The hardware address that asked.
    pub mac: Mac,
    /// Address bound to it once acknowledged.
    pub ip: Option<Ipv4Addr>,
    /// What the boot before left behind, until this one has an address.
    pub before: Option<Before>,
    /// When it opened.
    pub opened: Stamp,
    /// The program that asked last.
    pub form: Form,
    /// Whether a kernel was asked for since it opened.
    pub kernel_asked: bool,
    /// When the node reported `up`; from then on only the runtime overlay is served.
    pub up: Option<Stamp>,
    /// The machine identifier (option 97) that came last from this node, of this boot or an earlier one.
    pub uuid: Option<Arc<str>>,
    /// Whether it was told that the node's system still ran when this boot had begun.
    pub twin: bool,
}

/// The address of the boot before. A single DHCPDISCOVER with a node's hardware address begins a boot, and anybody can send
/// one; so the machine that had the address keeps what it may have, until the new boot, or another machine, gets an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The address.
    pub ip: Ipv4Addr,
    /// Whether that boot was still under way.
    pub open: bool,
}

/// All boots by node, and by address.
#[derive(Debug, Default)]
pub struct OpenBoots {
    by_node: HashMap<NodeId, OpenBoot>,
    /// Whose boot, or whose boot before, has an address.
    by_ip: HashMap<Ipv4Addr, NodeId>,
    changed: BTreeSet<NodeId>,
    next: u64,
}

impl OpenBoots {
    /// An empty table whose first boot gets id `first`.
    #[must_use]
    pub fn starting_at(first: u64) -> Self {
        Self {
            next: first,
            ..Self::default()
        }
    }

    /// A boot-form DHCP message came from `node`: the boot it belongs to. A new one opens when none is open, the last one is up
    /// or older than `limit`, firmware starts over after iPXE ran, or anything asks again after the kernel was asked for.
    pub fn enter(
        &mut self,
        node: NodeId,
        mac: Mac,
        form: Form,
        now: Stamp,
        limit: Duration,
    ) -> BootId {
        if let Some(boot) = self.by_node.get_mut(&node) {
            let restarts = boot.kernel_asked || (form != Form::Ipxe && boot.form == Form::Ipxe);
            if boot.up.is_none() && now.since(boot.opened) < limit && !restarts {
                if (boot.form, boot.mac) != (form, mac) {
                    boot.form = form;
                    boot.mac = mac;
                    self.changed.insert(node);
                }
                return boot.id;
            }
        }
        self.next = self.next.max(1);
        let id = BootId(self.next);
        self.next += 1;
        let old = self.by_node.remove(&node);
        let before = old.as_ref().and_then(|old| {
            let open = old.up.is_none() && now.since(old.opened) < limit;
            old.ip.map(|ip| Before { ip, open }).or(old.before)
        });
        let boot = OpenBoot {
            id,
            node,
            mac,
            ip: None,
            before,
            opened: now,
            form,
            kernel_asked: false,
            up: None,
            uuid: old.and_then(|old| old.uuid),
            twin: false,
        };
        self.by_node.insert(node, boot);
        self.changed.insert(node);
        id
    }

    /// Binds the acknowledged address to the node's boot. Called before the DHCPACK leaves. Whoever had the address has it no
    /// more.
    pub fn bind(&mut self, node: NodeId, ip: Ipv4Addr) {
        self.vacate(ip, Some(node));
        let Some(boot) = self.by_node.get_mut(&node) else {
            return;
        };
        let before = boot.before.take().map(|before| before.ip);
        let old = boot.ip.replace(ip);
        if old == Some(ip) && before.is_none() {
            return;
        }
        for gone in [old, before].into_iter().flatten().filter(|o| *o != ip) {
            if self.by_ip.get(&gone) == Some(&node) {
                self.by_ip.remove(&gone);
            }
        }
        self.by_ip.insert(ip, node);
        self.changed.insert(node);
    }

    /// An address was given to `to`, or to a machine that is no node: no other node's boot has it any more.
    pub fn vacate(&mut self, ip: Ipv4Addr, to: Option<NodeId>) {
        let Some(holder) = self.by_ip.get(&ip).copied() else {
            return;
        };
        if Some(holder) == to {
            return;
        }
        self.by_ip.remove(&ip);
        if let Some(boot) = self.by_node.get_mut(&holder) {
            boot.ip = boot.ip.filter(|own| *own != ip);
            boot.before = boot.before.filter(|before| before.ip != ip);
            self.changed.insert(holder);
        }
    }

    /// Notes the machine identifier that a message of the node's boot carries. Returns the one that was known if it is of
    /// another machine: two machines use one hardware address, or the board was changed.
    pub fn identify(&mut self, node: NodeId, uuid: &Arc<str>) -> Option<Arc<str>> {
        let boot = self.by_node.get_mut(&node)?;
        if boot.uuid.as_ref() == Some(uuid) {
            return None;
        }
        let old = boot.uuid.replace(uuid.clone());
        self.changed.insert(node);
        old.filter(|old| !same_machine(old, uuid))
    }

    /// Notes that the kernel was asked for: any later boot-form DHCP message starts a new boot.
    pub fn kernel_asked(&mut self, node: NodeId) {
        if let Some(boot) = self.by_node.get_mut(&node)
            && !boot.kernel_asked
        {
            boot.kernel_asked = true;
            self.changed.insert(node);
        }
    }

    /// Notes that the node reported `up`.
    pub fn up(&mut self, node: NodeId, now: Stamp) {
        if let Some(boot) = self.by_node.get_mut(&node)
            && boot.up.is_none()
        {
            boot.up = Some(now);
            self.changed.insert(node);
        }
    }

    /// Notes that the node's system still runs although this boot has begun. True the first time in this boot.
    pub fn twin(&mut self, node: NodeId) -> bool {
        let boot = self.by_node.get_mut(&node);
        boot.is_some_and(|boot| !std::mem::replace(&mut boot.twin, true))
    }

    /// The boot of a node, open or ended.
    #[must_use]
    pub fn of_node(&self, node: NodeId) -> Option<&OpenBoot> {
        self.by_node.get(&node)
    }

    /// The boot that has an address, or that follows on the one that had it; open or ended.
    #[must_use]
    pub fn of_ip(&self, ip: Ipv4Addr) -> Option<&OpenBoot> {
        self.by_ip.get(&ip).and_then(|node| self.by_node.get(node))
    }
}

/// Whether two machine identifiers are of one machine: firmware and what it starts do not always agree on the byte order of
/// the first three groups (RFC 4122 section 4.1.2 against SMBIOS 7.2.1).
fn same_machine(a: &str, b: &str) -> bool {
    let swapped: String = b
        .splitn(4, '-')
        .enumerate()
        .map(|(at, group)| {
            let joint = if at == 0 { "" } else { "-" };
            let bytes: Vec<&str> = (0..group.len())
                .step_by(2)
                .filter_map(|from| group.get(from..from + 2))
                .collect();
            let text = if at < 3 {
                bytes.into_iter().rev().collect()
            } else {
                group.to_owned()
            };
            format!("{joint}{text}")
        })
        .collect();
    a == b || a == swapped
}
