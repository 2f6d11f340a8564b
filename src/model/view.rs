//! The whole registry, resolved and frozen at one revision.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use super::fault::Fault;
use super::node::{Node, NodeId, Profile};
use super::settings::Settings;
use crate::kit::Mac;

/// What every server reads: immutable, swapped whole on a commit. Built by the registry.
#[derive(Debug, Clone)]
pub struct View {
    /// Counts up with every change that is in force.
    pub revision: u64,
    /// The server's settings.
    pub settings: Arc<Settings>,
    /// Nodes in order of cluster, then name.
    pub nodes: Vec<Arc<Node>>,
    /// Profiles by name.
    pub profiles: BTreeMap<Arc<str>, Arc<Profile>>,
    /// What is wrong with the files now.
    pub faults: Vec<Fault>,
    by_id: HashMap<NodeId, u32>,
    by_name: HashMap<Arc<str>, u32>,
    by_mac: HashMap<Mac, u32>,
    by_ip: HashMap<IpAddr, u32>,
}

impl View {
    /// Freezes resolved nodes and builds the indexes. `nodes` come in the order they are to be listed in. Of two nodes with one
    /// MAC or address, the first listed is found by it (the registry reports the clash).
    #[must_use]
    pub fn new(
        revision: u64,
        settings: Arc<Settings>,
        nodes: Vec<Arc<Node>>,
        profiles: BTreeMap<Arc<str>, Arc<Profile>>,
        faults: Vec<Fault>,
    ) -> Self {
        let mut view = Self {
            revision,
            settings,
            by_id: HashMap::with_capacity(nodes.len()),
            by_name: HashMap::with_capacity(nodes.len()),
            by_mac: HashMap::with_capacity(nodes.len()),
            by_ip: HashMap::with_capacity(nodes.len()),
            nodes,
            profiles,
            faults,
        };
        for (at, node) in (0u32..).zip(&view.nodes) {
            view.by_id.insert(node.id, at);
            view.by_name.entry(node.name.clone()).or_insert(at);
            for dev in &node.net {
                // A discoverable node waits for whichever machine comes; its own MAC is not looked up until then.
                if let Some(mac) = dev.hwaddr.filter(|_| !node.discoverable) {
                    view.by_mac.entry(mac).or_insert(at);
                    if let Some(guid) = port_guid(&mac) {
                        view.by_mac.entry(guid).or_insert(at);
                    }
                }
                if let Some(ip) = dev.ipaddr {
                    view.by_ip.entry(ip.into()).or_insert(at);
                }
                if let Some(ip) = dev.ipaddr6 {
                    view.by_ip.entry(ip.into()).or_insert(at);
                }
            }
        }
        view
    }

    /// A node by its number.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Arc<Node>> {
        self.by_id
            .get(&id)
            .and_then(|at| self.nodes.get(*at as usize))
    }

    /// A node by name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Arc<Node>> {
        self.by_name
            .get(name)
            .and_then(|at| self.nodes.get(*at as usize))
    }

    /// A node by one of its hardware addresses. InfiniBand addresses of 20 bytes also match by their last 8 (the port GUID).
    #[must_use]
    pub fn by_mac(&self, mac: &Mac) -> Option<&Arc<Node>> {
        self.by_mac
            .get(mac)
            .or_else(|| self.by_mac.get(&port_guid(mac)?))
            .and_then(|at| self.nodes.get(*at as usize))
    }

    /// A node by one of its addresses.
    #[must_use]
    pub fn by_ip(&self, ip: IpAddr) -> Option<&Arc<Node>> {
        self.by_ip
            .get(&ip)
            .and_then(|at| self.nodes.get(*at as usize))
    }
}

/// The port GUID of an InfiniBand address of 20 bytes: its last 8.
fn port_guid(mac: &Mac) -> Option<Mac> {
    let bytes = mac.as_bytes();
    let guid = bytes.get(12..).filter(|_| bytes.len() == 20)?;
    Mac::from_bytes(guid).ok()
}
