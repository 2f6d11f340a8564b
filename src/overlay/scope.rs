//! What a template may name. Four words: `node`, `nodes`, `server`, `overlay`.
//!
//! A setting that is not set is there and empty, so `{{ node.comment }}` prints nothing and `{% if node.comment %}` is false;
//! only a name that no node can have is a fault. Lists are lists even when empty. Tags are free, so a tag that a node lacks is
//! asked for with `node.tags.x | default(value="")`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::Serialize;

use crate::model::{NetDev, Node, RootKind, Value, View};

/// The words of the scope with a line each, for help and for "did you mean".
pub const WORDS: [(&str, &str); 4] = [
    (
        "node",
        "the node that this is rendered for, with everything it inherits",
    ),
    (
        "nodes",
        "all nodes, in order of cluster and name; without secrets and raw values",
    ),
    ("server", "this server as the node reaches it"),
    ("overlay", "name of the overlay"),
];

/// `server`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct ServerScope {
    /// Cluster name.
    pub cluster: String,
    /// Host name of the server.
    pub hostname: String,
    /// Its address on the node's network; empty if unknown.
    pub ipaddr: String,
    /// Netmask of that network.
    pub netmask: String,
    /// Address of that network.
    pub network: String,
    /// Port of the HTTP server.
    pub port: u16,
    /// `http://address:port`; empty if the address is unknown.
    pub url: String,
    /// Seconds between two refreshes of a running node.
    pub update_interval: u64,
    /// Name servers of the node's network.
    pub dns: Vec<String>,
    /// Domain of the node's network.
    pub domain: String,
}

/// One network device: an element of `node.net`.
#[derive(Debug, Clone, Serialize)]
pub struct DevScope<'a> {
    name: &'a str,
    primary: bool,
    #[serde(rename = "type")]
    kind: Option<String>,
    onboot: bool,
    device: Option<&'a str>,
    hwaddr: Option<String>,
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
    dns: Vec<&'a str>,
    search: Vec<&'a str>,
    routes: Vec<RouteScope<'a>>,
    tags: &'a BTreeMap<std::sync::Arc<str>, std::sync::Arc<str>>,
}

/// A static route: an element of a device's `routes`, from its tags `route…`.
#[derive(Debug, Clone, Serialize)]
pub struct RouteScope<'a> {
    tag: &'a str,
    dest: &'a str,
    gateway: &'a str,
}

/// `node.ipmi`.
#[derive(Debug, Clone, Serialize)]
pub struct IpmiScope<'a> {
    ipaddr: Option<Ipv4Addr>,
    netmask: Option<Ipv4Addr>,
    gateway: Option<Ipv4Addr>,
    port: Option<u16>,
    username: Option<&'a str>,
    password: Option<&'a str>,
    interface: Option<&'a str>,
    write: bool,
    tags: &'a BTreeMap<std::sync::Arc<str>, std::sync::Arc<str>>,
}

/// `node`, and with fewer words an element of `nodes`.
#[derive(Debug, Clone, Serialize)]
pub struct NodeScope<'a> {
    name: &'a str,
    /// The name up to its first dot.
    short: &'a str,
    cluster: Option<&'a str>,
    comment: Option<&'a str>,
    image: Option<&'a str>,
    rack: &'a str,
    profiles: Vec<&'a str>,
    discoverable: bool,
    ipaddr: Option<Ipv4Addr>,
    hwaddr: Option<String>,
    net: Vec<DevScope<'a>>,
    tags: &'a BTreeMap<std::sync::Arc<str>, std::sync::Arc<str>>,
    #[serde(flatten)]
    own: Option<OwnScope<'a>>,
}

/// What only `node` has.
#[derive(Debug, Clone, Serialize)]
pub struct OwnScope<'a> {
    /// The primary device, an element of `net`; none if there are no devices.
    primary: Option<DevScope<'a>>,
    init: Option<&'a str>,
    /// `initramfs`, `tmpfs`, `ramfs` or a block device.
    root: &'a str,
    kernel_version: Option<&'a str>,
    kernel_args: Vec<&'a str>,
    system_overlay: Vec<&'a str>,
    runtime_overlay: Vec<&'a str>,
    ipmi: IpmiScope<'a>,
    /// Every merged value by its dotted key, as typed.
    values: BTreeMap<String, serde_json::Value>,
}

/// `server` for `node`.
#[must_use]
pub fn server(view: &View, node: &Node) -> ServerScope {
    let settings = &view.settings;
    let network = node.ipaddr().and_then(|ip| settings.network_of(ip));
    let ip = network
        .and_then(|network| network.server)
        .or(settings.ipaddr)
        .or_else(|| Some(settings.listen).filter(|ip| !ip.is_unspecified()));
    ServerScope {
        cluster: settings.cluster.to_string(),
        hostname: settings.hostname.to_string(),
        ipaddr: text(ip),
        netmask: network.map_or_else(
            || text(settings.netmask),
            |n| n.subnet.netmask().to_string(),
        ),
        network: text(network.map(|network| network.subnet.network())),
        port: settings.server.port,
        url: ip.map_or_else(String::new, |ip| {
            format!("http://{}", settings.authority(ip.into()))
        }),
        update_interval: settings.server.update_interval.as_secs(),
        dns: network.map_or_else(Vec::new, |n| {
            n.dns.iter().map(ToString::to_string).collect()
        }),
        domain: network.map_or_else(String::new, |n| text(n.domain.as_deref())),
    }
}

/// `node`.
#[must_use]
pub fn node(node: &Node) -> NodeScope<'_> {
    let mut scope = brief(node);
    scope.own = Some(OwnScope {
        primary: node.primary.and_then(|at| scope.net.get(at).cloned()),
        init: node.init.as_deref(),
        root: match &node.root {
            RootKind::Initramfs => "initramfs",
            RootKind::Tmpfs => "tmpfs",
            RootKind::Ramfs => "ramfs",
            RootKind::Device(device) => device,
        },
        kernel_version: node.kernel_version.as_deref(),
        kernel_args: strs(&node.kernel_args),
        system_overlay: strs(&node.system_overlay),
        runtime_overlay: strs(&node.runtime_overlay),
        ipmi: IpmiScope {
            ipaddr: node.ipmi.ipaddr,
            netmask: node.ipmi.netmask,
            gateway: node.ipmi.gateway,
            port: node.ipmi.port,
            username: node.ipmi.username.as_deref(),
            // Rendered into files of mode 0600; `nodes` has no passwords.
            password: node.ipmi.password.as_ref().map(|secret| secret.reveal()),
            interface: node.ipmi.interface.as_deref(),
            write: node.ipmi.write,
            tags: &node.ipmi.tags,
        },
        values: node
            .values
            .iter()
            .map(|(key, value)| (key.to_string(), raw(value)))
            .collect(),
    });
    scope
}

/// An element of `nodes`.
#[must_use]
pub fn brief(node: &Node) -> NodeScope<'_> {
    let dev = |(at, dev)| device(dev, node.primary == Some(at));
    NodeScope {
        name: &node.name,
        short: node.name.split('.').next().unwrap_or_default(),
        cluster: node.cluster.as_deref(),
        comment: node.comment.as_deref(),
        image: node.image.as_deref(),
        rack: &node.rack,
        profiles: strs(&node.profiles),
        discoverable: node.discoverable,
        ipaddr: node.ipaddr(),
        hwaddr: node.mac().map(|mac| mac.to_string()),
        net: node.net.iter().enumerate().map(dev).collect(),
        tags: &node.tags,
        own: None,
    }
}

fn device(dev: &NetDev, primary: bool) -> DevScope<'_> {
    let net = dev.ipaddr.zip(dev.netmask);
    let net = net.and_then(|(ip, mask)| Ipv4Net::with_netmask(ip, mask).ok());
    DevScope {
        name: &dev.name,
        primary,
        kind: dev.kind.as_deref().map(str::to_lowercase),
        onboot: dev.onboot.unwrap_or(true),
        device: dev.device.as_deref(),
        hwaddr: dev.hwaddr.map(|mac| mac.to_string()),
        ipaddr: dev.ipaddr,
        netmask: dev.netmask,
        prefix: net.map(|net| net.prefix_len()),
        cidr: net.map(|net| net.to_string()),
        network: net.map(|net| net.network()),
        gateway: dev.gateway,
        ipaddr6: dev.ipaddr6.map(|ip| ip.to_string()),
        prefixlen6: dev.ipaddr6.map(|_| dev.prefixlen6.unwrap_or(64)),
        cidr6: dev
            .ipaddr6
            .map(|ip| format!("{ip}/{}", dev.prefixlen6.unwrap_or(64))),
        gateway6: dev.gateway6.map(|ip| ip.to_string()),
        mtu: dev.mtu,
        dns: tagged(dev, "DNS")
            .filter(|(tag, _)| *tag != "DNSSEARCH")
            .map(|(_, v)| v)
            .collect(),
        search: dev.tags.get("DNSSEARCH").map_or_else(Vec::new, |list| {
            list.split([' ', ';', ','])
                .filter(|domain| !domain.is_empty())
                .collect()
        }),
        routes: tagged(dev, "route")
            .filter_map(|(tag, value)| route(tag, value))
            .collect(),
        tags: &dev.tags,
    }
}

fn tagged<'a>(dev: &'a NetDev, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    dev.tags
        .iter()
        .filter(move |(tag, value)| tag.starts_with(prefix) && !value.is_empty())
        .map(|(tag, value)| (tag.as_ref(), value.as_ref()))
}

/// `10.1.0.0/16,10.0.0.1` or `10.1.0.0/16 via 10.0.0.1`.
fn route<'a>(tag: &'a str, value: &'a str) -> Option<RouteScope<'a>> {
    let (dest, gateway) = value
        .split_once(" via ")
        .or_else(|| value.split_once(','))?;
    let (dest, gateway) = (dest.trim(), gateway.split(',').next()?.trim());
    (!dest.is_empty() && !gateway.is_empty()).then_some(RouteScope { tag, dest, gateway })
}

fn raw(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => serde_json::Value::from(text.as_ref()),
        Value::List(items) => items.iter().map(|item| item.to_string()).collect(),
        Value::Yaml(yaml) => serde_json::to_value(yaml).unwrap_or_default(),
    }
}

fn strs(list: &[std::sync::Arc<str>]) -> Vec<&str> {
    list.iter().map(AsRef::as_ref).collect()
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}
