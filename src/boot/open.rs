//! The table of open boots: which address is, right now, in which boot of which node. The DHCP task opens entries before it
//! sends the DHCPACK; HTTP and TFTP read them.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::time::Duration;

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
    /// When it opened.
    pub opened: Stamp,
    /// The program that asked last.
    pub form: Form,
    /// Whether a kernel was asked for since it opened.
    pub kernel_asked: bool,
    /// When the node reported `up`; from then on only the runtime overlay is served.
    pub up: Option<Stamp>,
}

/// All boots by node, and by address.
#[derive(Debug, Default)]
pub struct OpenBoots {
    by_node: HashMap<NodeId, OpenBoot>,
    by_ip: HashMap<Ipv4Addr, NodeId>,
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
                boot.form = form;
                boot.mac = mac;
                return boot.id;
            }
        }
        self.next = self.next.max(1);
        let id = BootId(self.next);
        self.next += 1;
        let old = self.by_node.insert(
            node,
            OpenBoot {
                id,
                node,
                mac,
                ip: None,
                opened: now,
                form,
                kernel_asked: false,
                up: None,
            },
        );
        if let Some(ip) = old.and_then(|old| old.ip)
            && self.by_ip.get(&ip) == Some(&node)
        {
            self.by_ip.remove(&ip);
        }
        id
    }

    /// Binds the acknowledged address to the node's boot. Called before the DHCPACK leaves.
    pub fn bind(&mut self, node: NodeId, ip: Ipv4Addr) {
        if let Some(boot) = self.by_node.get_mut(&node) {
            if let Some(old) = boot.ip.replace(ip)
                && old != ip
                && self.by_ip.get(&old) == Some(&node)
            {
                self.by_ip.remove(&old);
            }
            self.by_ip.insert(ip, node);
        }
    }

    /// Notes that the kernel was asked for: any later boot-form DHCP message starts a new boot.
    pub fn kernel_asked(&mut self, node: NodeId) {
        if let Some(boot) = self.by_node.get_mut(&node) {
            boot.kernel_asked = true;
        }
    }

    /// Notes that the node reported `up`.
    pub fn up(&mut self, node: NodeId, now: Stamp) {
        if let Some(boot) = self.by_node.get_mut(&node) {
            boot.up.get_or_insert(now);
        }
    }

    /// The boot of a node, open or ended.
    #[must_use]
    pub fn of_node(&self, node: NodeId) -> Option<&OpenBoot> {
        self.by_node.get(&node)
    }

    /// The boot bound to an address, open or ended.
    #[must_use]
    pub fn of_ip(&self, ip: Ipv4Addr) -> Option<&OpenBoot> {
        self.by_ip.get(&ip).and_then(|node| self.by_node.get(node))
    }
}
