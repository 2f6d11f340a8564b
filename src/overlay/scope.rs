//! What a template may name. Four words: `node`, `nodes`, `server`, `overlay`; what is below them is told name by name in
//! [`MEMBERS`](super::MEMBERS).
//!
//! A setting that is not set is there and empty, so `{{ node.comment }}` prints nothing and `{% if node.comment %}` is false;
//! only a name that no node can have is a fault. Lists are lists even when empty. Tags are free, so a tag that a node lacks is
//! asked for with `node.tags.x | default(value="")`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;

use super::devices::{self, DevScope};
use super::sources::KEYS;
use super::storage::{self, DiskScope, FilesystemScope};
use crate::model::{Node, RootKind, Value, View};

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
    /// Whether a refresh must come from a privileged port.
    pub secure: bool,
    /// Seconds between two refreshes of a running node.
    pub update_interval: u64,
    /// Time servers of the node's network.
    pub ntp: Vec<String>,
    /// Folder of the cluster's SSH host keys; the overlay `ssh.host_keys` alone may include them.
    pub keys: String,
    /// Types of those keys, the preferred one first.
    pub key_types: Vec<String>,
    /// Name servers of the node's network.
    pub dns: Vec<String>,
    /// Domain of the node's network.
    pub domain: String,
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
    disks: Vec<DiskScope<'a>>,
    filesystems: Vec<FilesystemScope<'a>>,
    /// Free YAML by name, as `node.resources.fstab`.
    resources: BTreeMap<&'a str, serde_json::Value>,
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
        secure: settings.refresh_from_privileged_port(),
        update_interval: settings.server.update_interval.as_secs(),
        ntp: network.map_or_else(Vec::new, |n| {
            n.ntp.iter().map(ToString::to_string).collect()
        }),
        keys: settings.paths.state.join(KEYS).display().to_string(),
        key_types: settings
            .ssh_key_types
            .iter()
            .map(ToString::to_string)
            .collect(),
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
        disks: storage::disks(node),
        filesystems: storage::filesystems(node),
        resources: resources(node),
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
        net: devices::all(node),
        tags: &node.tags,
        own: None,
    }
}

fn resources(node: &Node) -> BTreeMap<&str, serde_json::Value> {
    let all = node.values.iter();
    all.filter(|(key, _)| key.field == "resources")
        .filter_map(|(key, value)| Some((key.names.first()?.as_ref(), raw(value))))
        .collect()
}

/// A value as JSON.
pub fn raw(value: &Value) -> serde_json::Value {
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
