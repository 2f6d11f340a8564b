//! Nodes and profiles.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::key::Key;
use super::keyed::Keyed;
use super::value::{Secret, Source, Value, Values};
use crate::kit::Mac;

/// A node's number within one run of the engine: dense from 0, kept across revisions, never reused for another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u32);

/// Where a node's root file system lives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RootKind {
    /// In the initramfs that the kernel unpacked.
    #[default]
    Initramfs,
    /// In a tmpfs that `/init` fills.
    Tmpfs,
    /// In a ramfs that `/init` fills.
    Ramfs,
    /// On a block device.
    Device(Arc<str>),
}

/// A network device of a node, merged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NetDev {
    /// Name of the entry under `network devices`.
    pub name: Arc<str>,
    /// `type`, as `ethernet`, `infiniband`, `bond`, `vlan`.
    pub kind: Option<Arc<str>>,
    /// Whether it is brought up at boot; unset means yes.
    pub onboot: Option<bool>,
    /// Interface name.
    pub device: Option<Arc<str>>,
    /// Hardware address.
    pub hwaddr: Option<Mac>,
    /// IPv4 address.
    pub ipaddr: Option<Ipv4Addr>,
    /// IPv4 netmask, dotted.
    pub netmask: Option<Ipv4Addr>,
    /// IPv4 gateway.
    pub gateway: Option<Ipv4Addr>,
    /// IPv6 address.
    pub ipaddr6: Option<Ipv6Addr>,
    /// IPv6 prefix length.
    pub prefixlen6: Option<u8>,
    /// IPv6 gateway.
    pub gateway6: Option<Ipv6Addr>,
    /// MTU in bytes.
    pub mtu: Option<u32>,
    /// Free tags (`DNS1`, `route1`, `master`, …).
    pub tags: BTreeMap<Arc<str>, Arc<str>>,
}

/// How to reach a node's BMC, merged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ipmi {
    /// Address of the BMC.
    pub ipaddr: Option<Ipv4Addr>,
    /// Netmask of the BMC.
    pub netmask: Option<Ipv4Addr>,
    /// Gateway of the BMC.
    pub gateway: Option<Ipv4Addr>,
    /// UDP port.
    pub port: Option<u16>,
    /// User name.
    pub username: Option<Arc<str>>,
    /// Password.
    pub password: Option<Secret>,
    /// `lanplus`, …
    pub interface: Option<Arc<str>>,
    /// Escape character of a serial console.
    pub escapechar: Option<Arc<str>>,
    /// Whether the node may write these settings into its BMC.
    pub write: bool,
    /// Command template.
    pub template: Option<Arc<str>>,
    /// Free tags (`vlan`, `bit-rate`).
    pub tags: BTreeMap<Arc<str>, Arc<str>>,
}

/// A node with everything it inherits, as the servers and templates read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its number in this run.
    pub id: NodeId,
    /// Its name.
    pub name: Arc<str>,
    /// Every merged value by key, negations applied. The typed members below are read from these.
    pub values: Values,
    /// Which layer gave each of `values`.
    pub sources: Keyed<Source>,
    /// The profiles listed on the node itself, in order.
    pub profiles: Vec<Arc<str>>,
    /// `comment`.
    pub comment: Option<Arc<str>>,
    /// `cluster name`.
    pub cluster: Option<Arc<str>>,
    /// `image name`.
    pub image: Option<Arc<str>>,
    /// `ipxe template`.
    pub ipxe: Option<Arc<str>>,
    /// `init`.
    pub init: Option<Arc<str>>,
    /// `root`.
    pub root: RootKind,
    /// `kernel: version`.
    pub kernel_version: Option<Arc<str>>,
    /// `kernel: args`, negations applied.
    pub kernel_args: Vec<Arc<str>>,
    /// `system overlay`, negations applied.
    pub system_overlay: Vec<Arc<str>>,
    /// `runtime overlay`, negations applied.
    pub runtime_overlay: Vec<Arc<str>>,
    /// `asset key`.
    pub asset_key: Option<Secret>,
    /// Whether the next unknown machine may become this node.
    pub discoverable: bool,
    /// Network devices, by name.
    pub net: Vec<NetDev>,
    /// Index into `net` of the primary device.
    pub primary: Option<usize>,
    /// BMC.
    pub ipmi: Ipmi,
    /// Tags.
    pub tags: BTreeMap<Arc<str>, Arc<str>>,
    /// Tag `rack`, else the leading part of the name that neighbours share (`r07` of `r07n12`, `n04` of `n0417`).
    pub rack: Arc<str>,
}

impl Node {
    /// The primary network device.
    #[must_use]
    pub fn primary_dev(&self) -> Option<&NetDev> {
        self.primary.and_then(|at| self.net.get(at))
    }

    /// The primary IPv4 address.
    #[must_use]
    pub fn ipaddr(&self) -> Option<Ipv4Addr> {
        self.primary_dev().and_then(|dev| dev.ipaddr)
    }

    /// The hardware address that stands for this node on the wire.
    #[must_use]
    pub fn mac(&self) -> Option<Mac> {
        self.primary_dev()
            .and_then(|dev| dev.hwaddr)
            .or_else(|| self.net.iter().find_map(|dev| dev.hwaddr))
    }

    /// A merged value by key.
    #[must_use]
    pub fn value(&self, key: &Key) -> Option<&Value> {
        self.values.get(key).map(AsRef::as_ref)
    }
}

/// A profile's own values.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Its name.
    pub name: Arc<str>,
    /// Profiles it includes, in order; `~x` negates.
    pub profiles: Vec<Arc<str>>,
    /// What it sets itself.
    pub values: Values,
}
