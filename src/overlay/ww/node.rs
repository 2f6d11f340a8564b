//! A node, its devices, disks and file systems, under Warewulf's names.

use std::sync::Arc;

use bytes::Bytes;
use ipnet::Ipv4Net;

use super::super::go::{Entries, Int, Of, Value};
use super::disk;
use super::thing::{Kind, Row, address, map, name, row, tags, texts, wwbool};
use crate::model::{Key, NetDev, Node, Value as Set};

/// A node, and by which road a template came to it: Warewulf copies a node to the top of its data by a coder that loses which
/// device is the primary one, and that a switch was set to `false`.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which node.
    pub node: Arc<Node>,
    /// Whether it is the copy.
    pub copied: bool,
    /// Version of the default kernel of its image, for the copy of a node that sets none.
    pub kernel: Option<Arc<str>>,
}

impl Seen {
    /// What is set under a field, as it was written.
    pub fn set(&self, field: &'static str, names: &[&str]) -> &str {
        let names = names.iter().map(|name| Arc::from(*name)).collect();
        let value = self.node.value(&Key { field, names });
        value.and_then(Set::text).unwrap_or_default()
    }

    fn text(&self, field: &'static str) -> Value {
        Value::text(self.set(field, &[]))
    }

    /// The same node with all that is known of it.
    pub fn whole(&self) -> Value {
        let node = self.node.clone();
        NODE.make(Self {
            node,
            copied: false,
            kernel: None,
        })
    }
}

/// Every setting of a node.
#[rustfmt::skip]
pub static ROWS: [Row<Seen>; 24] = [
    row("Id", "its name", |n| name(&n.node.name)),
    row("Comment", "`comment`", |n| typed(n.node.comment.as_ref())),
    row("ClusterName", "`cluster name`", |n| typed(n.node.cluster.as_ref())),
    row("ImageName", "`image name`", |n| typed(n.node.image.as_ref())),
    row("ContainerName", "the same, in older templates", |n| typed(n.node.image.as_ref())),
    row("Container", "the same, in older templates", |n| typed(n.node.image.as_ref())),
    row("Ipxe", "`ipxe template`", |n| typed(n.node.ipxe.as_ref())),
    row("RuntimeOverlay", "`runtime overlay`, a list", |n| texts(&n.node.runtime_overlay)),
    row("SystemOverlay", "`system overlay`, a list", |n| texts(&n.node.system_overlay)),
    row("Kernel", "`kernel`: Version, Args", |n| KERNEL.make(n.clone())),
    row("Ipmi", "`ipmi`: UserName, Password, Ipaddr, …", |n| IPMI.make(n.clone())),
    row("Init", "`init`", |n| typed(n.node.init.as_ref())),
    row("Root", "`root`", |n| n.text("root")),
    row("Profiles", "`profiles`, a list", |n| texts(&n.node.profiles)),
    row("Discoverable", "`discoverable`, a switch", |n| wwbool(n.set("discoverable", &[]))),
    row("AssetKey", "`asset key`", |n| Value::text(n.node.asset_key.as_ref().map_or("", |key| key.reveal()))),
    row("NetDevs", "`network devices` by name", devices),
    row("PrimaryNetDev", "name of the primary device", |n| Value::text(n.node.primary_dev().map_or("", |dev| &dev.name))),
    row("Tags", "`tags` by name", |n| tags(n.node.tags.iter())),
    row("Disks", "`disks` by device", disk::disks),
    row("FileSystems", "`filesystems` by device", disk::file_systems),
    row("DiskList", "disks in order of device; only of ThisNode and in AllNodes", disk::disk_list),
    row("FileSystemList", "file systems in order of device; only of ThisNode and in AllNodes", disk::file_system_list),
    row("Resources", "`resources` by name, whatever YAML they hold", resources),
];

/// `node.Node`.
pub static NODE: Kind<Seen> = Kind {
    name: "node.Node",
    rows: &ROWS,
};

/// `Kernel`.
#[rustfmt::skip]
pub static KERNEL: Kind<Seen> = Kind { name: "node.KernelConf", rows: &[
    row("Version", "`version`, else that of the image's default kernel", |n| typed(n.node.kernel_version.as_ref().or(n.kernel.as_ref()))),
    row("Args", "`args`, a list", |n| texts(&n.node.kernel_args)),
] };

/// `Ipmi`.
#[rustfmt::skip]
pub static IPMI: Kind<Seen> = Kind { name: "node.IpmiConf", rows: &[
    row("UserName", "`username`", |n| n.text("ipmi.username")),
    row("Password", "`password`", |n| n.text("ipmi.password")),
    row("Ipaddr", "`ipaddr`, an address", |n| address(n.node.ipmi.ipaddr)),
    row("Gateway", "`gateway`, an address", |n| address(n.node.ipmi.gateway)),
    row("Netmask", "`netmask`, an address", |n| address(n.node.ipmi.netmask)),
    row("Port", "`port`", |n| n.text("ipmi.port")),
    row("Interface", "`interface`", |n| n.text("ipmi.interface")),
    row("EscapeChar", "`escapechar`", |n| n.text("ipmi.escapechar")),
    row("Write", "`write`, a switch", |n| wwbool(n.set("ipmi.write", &[]))),
    row("Template", "`template`", |n| n.text("ipmi.template")),
    row("Tags", "`tags` by name", |n| tags(n.node.ipmi.tags.iter())),
] };

fn typed(text: Option<&Arc<str>>) -> Value {
    Value::text(text.map_or("", AsRef::as_ref))
}

/// A network device of a node.
pub struct Device {
    seen: Seen,
    at: usize,
}

impl Device {
    fn dev(&self) -> Option<&NetDev> {
        self.seen.node.net.get(self.at)
    }

    fn text(&self, field: &'static str) -> Value {
        Value::text(
            self.dev()
                .map_or("", |dev| self.seen.set(field, &[&dev.name])),
        )
    }
}

/// `NetDevs` of one node.
#[rustfmt::skip]
pub static DEVICE: Kind<Device> = Kind { name: "node.NetDev", rows: &[
    row("Type", "`type`", |d| typed(d.dev().and_then(|dev| dev.kind.as_ref()))),
    row("OnBoot", "`onboot`, a switch: .OnBoot.Bool, .OnBoot.BoolDefaultTrue", |d| wwbool(d.dev().map_or("", |dev| d.seen.set("net.onboot", &[&dev.name])))),
    row("Device", "`device`", |d| typed(d.dev().and_then(|dev| dev.device.as_ref()))),
    row("Hwaddr", "`hwaddr`, as it was written", |d| d.text("net.hwaddr")),
    row("Ipaddr", "`ipaddr`, an address", |d| address(d.dev().and_then(|dev| dev.ipaddr))),
    row("Netmask", "`netmask`, an address", |d| address(d.dev().and_then(|dev| dev.netmask))),
    row("Gateway", "`gateway`, an address", |d| address(d.dev().and_then(|dev| dev.gateway))),
    row("Ipaddr6", "`ipaddr6`, an address", |d| address(d.dev().and_then(|dev| dev.ipaddr6))),
    row("PrefixLen6", "`prefixlen6`", |d| d.text("net.prefixlen6")),
    row("Gateway6", "`gateway6`, an address", |d| address(d.dev().and_then(|dev| dev.gateway6))),
    row("MTU", "`mtu`", |d| d.text("net.mtu")),
    row("Tags", "`tags` by name", |d| tags(d.dev().into_iter().flat_map(|dev| &dev.tags))),
    row("Primary", "whether it is the primary one; in .NetDevs itself always false, as in Warewulf", |d| Value::Bool(!d.seen.copied && d.seen.node.primary == Some(d.at))),
    row("IpCIDR", "address and prefix length", |d| Value::text(&d.dev().and_then(cidr).unwrap_or_default())),
    row("IpCIDR6", "IPv6 address and prefix length", |d| Value::text(&d.dev().and_then(cidr6).unwrap_or_default())),
] };

fn cidr(dev: &NetDev) -> Option<String> {
    let net = Ipv4Net::with_netmask(dev.ipaddr?, dev.netmask?).ok()?;
    Some(net.to_string())
}

fn cidr6(dev: &NetDev) -> Option<String> {
    Some(format!("{}/{}", dev.ipaddr6?, dev.prefixlen6?))
}

fn devices(seen: &Seen) -> Value {
    let device = |(at, dev): (usize, &NetDev)| {
        let seen = seen.clone();
        (dev.name.clone(), DEVICE.make(Device { seen, at }))
    };
    let all = seen.node.net.iter().enumerate().map(device);
    map(all, Of::Named("*node.NetDev"))
}

fn resources(seen: &Seen) -> Value {
    let rows = seen
        .node
        .values
        .iter()
        .filter(|(key, _)| key.field == "resources");
    let entry = |(key, value): (&Key, &Arc<Set>)| {
        let name = key.names.first().cloned().unwrap_or_default();
        let value = match value.as_ref() {
            Set::Text(text) => Value::text(text),
            Set::List(items) => texts(items),
            Set::Yaml(yaml) => yaml_value(yaml, 0),
        };
        (name, value)
    };
    map(rows.map(entry), Of::Named("node.Resource"))
}

/// YAML as Go reads it: whole numbers are `int`, keys are texts.
fn yaml_value(yaml: &serde_yaml::Value, depth: usize) -> Value {
    use serde_yaml::Value as Yaml;
    match yaml {
        _ if depth > 64 => Value::Nil,
        Yaml::Null => Value::Nil,
        Yaml::Bool(truth) => Value::Bool(*truth),
        Yaml::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) => Value::Int(number.into(), Int::Int),
            (_, Some(number), _) => Value::Int(number.into(), Int::Uint64),
            (.., number) => Value::Float(number.unwrap_or(0.0)),
        },
        Yaml::String(text) => Value::text(text),
        Yaml::Sequence(items) => Value::list(
            items
                .iter()
                .map(|item| yaml_value(item, depth + 1))
                .collect(),
        ),
        Yaml::Mapping(entries) => {
            let entry = |(key, value): (&Yaml, &Yaml)| {
                let key = match key {
                    Yaml::String(text) => text.clone(),
                    other => serde_yaml::to_string(other)
                        .unwrap_or_default()
                        .trim_end()
                        .to_owned(),
                };
                (Bytes::from(key), yaml_value(value, depth + 1))
            };
            Value::map(entries.iter().map(entry).collect::<Entries>())
        }
        Yaml::Tagged(tagged) => yaml_value(&tagged.value, depth + 1),
    }
}
