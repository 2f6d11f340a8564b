//! What templates see of a node's network devices, with how they stand upon one another worked out: which bond or bridge a device
//! is a port of, what a VLAN lies on, who asks DHCP.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;
use serde::Serialize;

use crate::model::{NetDev, Node};

type Tags = BTreeMap<Arc<str>, Arc<str>>;

/// The kernel's names of bond modes, by number.
const MODES: [&str; 7] = [
    "balance-rr",
    "active-backup",
    "balance-xor",
    "broadcast",
    "802.3ad",
    "balance-tlb",
    "balance-alb",
];

/// One network device: an element of `node.net`.
#[derive(Debug, Clone, Serialize)]
pub struct DevScope<'a> {
    name: &'a str,
    primary: bool,
    /// `type` in small letters, none if unset.
    #[serde(rename = "type")]
    kind: Option<String>,
    onboot: bool,
    device: Option<&'a str>,
    /// `device`, or for a bond, bridge or VLAN without one its name.
    interface: Option<&'a str>,
    hwaddr: Option<String>,
    /// Whether `hwaddr` is one of Ethernet: 6 bytes.
    ethernet: bool,
    /// The last 8 bytes of an address of InfiniBand, which do not change.
    port_guid: Option<String>,
    ipaddr: Option<Ipv4Addr>,
    netmask: Option<Ipv4Addr>,
    prefix: Option<u8>,
    cidr: Option<String>,
    network: Option<Ipv4Addr>,
    gateway: Option<Ipv4Addr>,
    ipaddr6: Option<String>,
    prefixlen6: Option<u8>,
    cidr6: Option<String>,
    gateway6: Option<String>,
    mtu: Option<u32>,
    /// Whether it asks DHCP: by its tag `dhcp`, or because it is the primary device of a node that has no address at all.
    dhcp: bool,
    dns: Vec<&'a str>,
    search: Vec<&'a str>,
    routes: Vec<RouteScope<'a>>,
    /// The interface of the bond or bridge that it is a port of.
    master: Option<&'a str>,
    /// What that is: `bond`, `bridge`, `team`.
    port_of: Option<String>,
    /// The interfaces that are its ports.
    ports: Vec<&'a str>,
    /// Of a bond.
    bond: Option<BondScope<'a>>,
    /// Of a VLAN whose number is known.
    vlan: Option<VlanScope<'a>>,
    /// The interfaces of the VLANs that lie on it.
    vlans: Vec<&'a str>,
    tags: &'a Tags,
}

/// A static route: an element of a device's `routes`, from its tags `route…`.
#[derive(Debug, Clone, Serialize)]
pub struct RouteScope<'a> {
    tag: &'a str,
    dest: &'a str,
    gateway: &'a str,
    /// Whether it is one of IPv6.
    v6: bool,
}

/// `bond` of a device.
#[derive(Debug, Clone, Serialize)]
pub struct BondScope<'a> {
    /// By its name, also where the tag says a number.
    mode: &'a str,
    miimon: &'a str,
    updelay: &'a str,
    downdelay: &'a str,
    /// None for a mode that spreads nothing by hash.
    xmit_hash_policy: Option<&'a str>,
}

/// `vlan` of a device.
#[derive(Debug, Clone, Serialize)]
pub struct VlanScope<'a> {
    id: u16,
    /// The interface that it lies on.
    parent: Option<&'a str>,
}

/// All devices of `node`, by name.
pub fn all(node: &Node) -> Vec<DevScope<'_>> {
    let devices = node.net.iter().enumerate();
    devices
        .map(|(at, dev)| device(node, dev, node.primary == Some(at)))
        .collect()
}

fn device<'a>(node: &'a Node, dev: &'a NetDev, primary: bool) -> DevScope<'a> {
    let net = dev.ipaddr.zip(dev.netmask);
    let net = net.and_then(|(ip, mask)| Ipv4Net::with_netmask(ip, mask).ok());
    let length6 = dev.prefixlen6.unwrap_or(64);
    let kind = kind(dev);
    let me = interface(dev);
    let on = |other: &&NetDev| vlan(node, other).is_some_and(|vlan| vlan.parent == me);
    let bond = kind.as_deref() == Some("bond");
    DevScope {
        name: &dev.name,
        primary,
        onboot: dev.onboot.unwrap_or(true),
        device: dev.device.as_deref(),
        interface: me,
        hwaddr: dev.hwaddr.map(|mac| mac.to_string()),
        ethernet: dev.hwaddr.is_some_and(|mac| mac.as_bytes().len() == 6),
        port_guid: dev.hwaddr.and_then(|mac| {
            let (mac, text) = (mac.as_bytes().len(), mac.to_string());
            (mac >= 8).then(|| text[text.len() - 23..].to_owned())
        }),
        ipaddr: dev.ipaddr,
        netmask: dev.netmask,
        prefix: net.map(|net| net.prefix_len()),
        cidr: net.map(|net| net.to_string()),
        network: net.map(|net| net.network()),
        gateway: dev.gateway,
        ipaddr6: dev.ipaddr6.map(|ip| ip.to_string()),
        prefixlen6: dev.ipaddr6.map(|_| length6),
        cidr6: dev.ipaddr6.map(|ip| format!("{ip}/{length6}")),
        gateway6: dev.gateway6.map(|ip| ip.to_string()),
        mtu: dev
            .mtu
            .or_else(|| tag(dev, "mtu").and_then(|mtu| mtu.parse().ok())),
        dhcp: asks(node, dev, primary),
        dns: tagged(dev, "DNS")
            .filter(|(tag, _)| *tag != "DNSSEARCH")
            .map(|(_, value)| value)
            .collect(),
        search: search(dev),
        routes: routes(dev),
        master: master(node, dev).map(|(name, _)| name),
        port_of: master(node, dev).map(|(_, kind)| kind),
        ports: me.map_or_else(Vec::new, |me| ports(node, me)),
        bond: bond.then(|| bonding(dev)),
        vlan: vlan(node, dev),
        vlans: match me {
            Some(_) => node.net.iter().filter(on).filter_map(interface).collect(),
            None => Vec::new(),
        },
        kind,
        tags: &dev.tags,
    }
}

fn kind(dev: &NetDev) -> Option<String> {
    dev.kind
        .as_deref()
        .map(str::to_lowercase)
        .filter(|kind| !kind.is_empty())
}

/// What is made by software needs no card to have a name.
fn interface(dev: &NetDev) -> Option<&str> {
    let made = matches!(
        kind(dev).as_deref(),
        Some("bond" | "bridge" | "vlan" | "team" | "dummy")
    );
    let device = dev.device.as_deref().filter(|device| !device.is_empty());
    device.or_else(|| made.then_some(&*dev.name))
}

fn tag<'a>(dev: &'a NetDev, name: &str) -> Option<&'a str> {
    let value = dev.tags.get(name).map(AsRef::as_ref);
    value.filter(|value: &&str| !value.is_empty())
}

fn tagged<'a>(dev: &'a NetDev, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    dev.tags
        .iter()
        .filter(move |(tag, value)| tag.starts_with(prefix) && !value.is_empty())
        .map(|(tag, value)| (tag.as_ref(), value.as_ref()))
}

/// The device that `name` means: an entry, or its interface.
fn named<'a>(node: &'a Node, name: &str) -> Option<&'a NetDev> {
    let by_interface = node.net.iter().find(|dev| interface(dev) == Some(name));
    by_interface.or_else(|| node.net.iter().find(|dev| &*dev.name == name))
}

fn master<'a>(node: &'a Node, dev: &'a NetDev) -> Option<(&'a str, String)> {
    let name = tag(dev, "master").or_else(|| tag(dev, "MASTER"))?;
    let above = named(node, name);
    let kind = above.and_then(kind).unwrap_or_else(|| "bond".into());
    Some((above.and_then(interface).unwrap_or(name), kind))
}

fn ports<'a>(node: &'a Node, me: &str) -> Vec<&'a str> {
    let mine = |dev: &&NetDev| master(node, dev).is_some_and(|(master, _)| master == me);
    node.net.iter().filter(mine).filter_map(interface).collect()
}

/// From its tags, else from a name like `eno1.100` or `vlan100`.
fn vlan<'a>(node: &'a Node, dev: &'a NetDev) -> Option<VlanScope<'a>> {
    if kind(dev).as_deref() != Some("vlan") {
        return None;
    }
    let name = interface(dev)?;
    let dotted = name.rsplit_once('.');
    let number = dotted.map_or_else(|| name.strip_prefix("vlan"), |(_, number)| Some(number));
    let id = tag(dev, "vlan_id").or(number)?.parse().ok();
    let parent = tag(dev, "parent_device").or(dotted.map(|(parent, _)| parent));
    let parent = parent.map(|name| named(node, name).and_then(interface).unwrap_or(name));
    id.filter(|id| *id < 4095)
        .map(|id| VlanScope { id, parent })
}

fn bonding(dev: &NetDev) -> BondScope<'_> {
    let mode = tag(dev, "mode").unwrap_or(MODES[0]);
    let by_number = mode.parse::<usize>().ok().and_then(|at| MODES.get(at));
    let mode = by_number.copied().unwrap_or(mode);
    let hashes = matches!(mode, "balance-xor" | "802.3ad" | "balance-tlb");
    let policy = tag(dev, "xmit_hash_policy").unwrap_or("layer2+3");
    BondScope {
        mode,
        miimon: tag(dev, "miimon").unwrap_or("100"),
        updelay: tag(dev, "updelay").unwrap_or("0"),
        downdelay: tag(dev, "downdelay").unwrap_or("0"),
        xmit_hash_policy: hashes.then_some(policy),
    }
}

fn asks(node: &Node, dev: &NetDev, primary: bool) -> bool {
    match tag(dev, "dhcp") {
        Some(said) => matches!(
            said.to_lowercase().as_str(),
            "true" | "yes" | "1" | "t" | "on"
        ),
        None => {
            let none = |dev: &NetDev| dev.ipaddr.is_none() && dev.ipaddr6.is_none();
            primary && node.net.iter().all(none) && master(node, dev).is_none()
        }
    }
}

fn search(dev: &NetDev) -> Vec<&str> {
    let list = tag(dev, "DNSSEARCH").unwrap_or_default();
    list.split([' ', ';', ','])
        .filter(|domain| !domain.is_empty())
        .collect()
}

fn routes(dev: &NetDev) -> Vec<RouteScope<'_>> {
    tagged(dev, "route")
        .filter_map(|(tag, value)| route(tag, value))
        .collect()
}

/// `10.1.0.0/16,10.0.0.1` or `10.1.0.0/16 via 10.0.0.1`.
fn route<'a>(tag: &'a str, value: &'a str) -> Option<RouteScope<'a>> {
    let (dest, gateway) = value
        .split_once(" via ")
        .or_else(|| value.split_once(','))?;
    let (dest, gateway) = (dest.trim(), gateway.split(',').next()?.trim());
    (!dest.is_empty() && !gateway.is_empty()).then_some(RouteScope {
        tag,
        dest,
        gateway,
        v6: gateway.contains(':'),
    })
}
