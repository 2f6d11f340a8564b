//! From merged values to a node with typed members.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::intern::Interner;
use super::layers::{FIRST_DEVICE, Plan};
use crate::model::field::switch_or;
use crate::model::{Ipmi, Key, Keyed, NetDev, Node, NodeId, RootKind, Secret, Source, Value};

/// Makes the node. Values were checked when they were read, so what does not parse here is absent.
pub(super) fn node(
    id: NodeId,
    name: Arc<str>,
    plan: &Plan,
    mut values: Vec<Arc<Value>>,
    interner: &mut Interner,
) -> Node {
    let mut sources = plan.sources.clone();
    let mut primary = None;
    if let Some(at) = plan.primary {
        let wanted = values[at].text().unwrap_or_default();
        primary = plan
            .devices
            .iter()
            .position(|device| device.as_ref() == wanted);
        if primary.is_none()
            && let Some(first) = plan.devices.first()
        {
            primary = Some(0);
            values[at] = interner.text(first);
            let mut own = sources.to_vec();
            own[at] = Source::Derived(interner.name(FIRST_DEVICE));
            sources = own.into();
        }
    }
    let mut node = bare(id, name, plan);
    node.primary = primary;
    for (key, value) in plan.keys.iter().zip(&values) {
        set(&mut node, key, value, interner);
    }
    node.rack = match node.tags.get("rack") {
        Some(rack) => rack.clone(),
        None => interner.name(&rack(&node.name)),
    };
    node.values = Keyed::shared(plan.keys.clone(), values.into());
    node.sources = Keyed::shared(plan.keys.clone(), sources);
    node
}

fn bare(id: NodeId, name: Arc<str>, plan: &Plan) -> Node {
    let device = |name: &Arc<str>| NetDev {
        name: name.clone(),
        ..NetDev::default()
    };
    Node {
        id,
        name,
        values: Keyed::new(),
        sources: Keyed::new(),
        profiles: Vec::new(),
        comment: None,
        cluster: None,
        image: None,
        ipxe: None,
        init: None,
        root: RootKind::default(),
        kernel_version: None,
        kernel_args: Vec::new(),
        system_overlay: Vec::new(),
        runtime_overlay: Vec::new(),
        asset_key: None,
        discoverable: false,
        net: plan.devices.iter().map(device).collect(),
        primary: None,
        ipmi: Ipmi::default(),
        tags: BTreeMap::new(),
        rack: Arc::default(),
    }
}

fn set(node: &mut Node, key: &Key, value: &Arc<Value>, interner: &mut Interner) {
    let text = match value.as_ref() {
        Value::Text(text) => text,
        Value::List(items) => return set_list(node, key.field, items),
        Value::Yaml(_) => return,
    };
    let (group, rest) = key.field.split_once('.').unwrap_or((key.field, ""));
    let own = || Some(text.clone());
    match (group, rest) {
        ("net", rest) => set_net(node, key, rest, text, interner),
        ("ipmi", rest) => set_ipmi(&mut node.ipmi, key, rest, text),
        ("kernel", "version") => node.kernel_version = own(),
        ("discoverable", _) => node.discoverable = switch_or(text, false),
        ("asset_key", _) => node.asset_key = Some(Secret::new(text)),
        ("comment", _) => node.comment = own(),
        ("cluster", _) => node.cluster = own(),
        ("image", _) => node.image = own(),
        ("ipxe", _) => node.ipxe = own(),
        ("init", _) => node.init = own(),
        ("root", _) => node.root = root(text),
        ("tags", _) => {
            node.tags
                .extend(key.names.first().map(|name| (name.clone(), text.clone())));
        }
        _ => {}
    }
}

fn set_list(node: &mut Node, field: &str, items: &[Arc<str>]) {
    let list = match field {
        "profiles" => &mut node.profiles,
        "kernel.args" => &mut node.kernel_args,
        "system_overlay" => &mut node.system_overlay,
        "runtime_overlay" => &mut node.runtime_overlay,
        _ => return,
    };
    *list = items.to_vec();
}

fn set_net(node: &mut Node, key: &Key, rest: &str, text: &Arc<str>, interner: &mut Interner) {
    let Some(dev) = key
        .names
        .first()
        .and_then(|name| node.net.iter_mut().find(|dev| dev.name == *name))
    else {
        return;
    };
    match rest {
        "type" => dev.kind = Some(text.clone()),
        "onboot" => dev.onboot = Some(switch_or(text, true)),
        "device" => dev.device = Some(text.clone()),
        "hwaddr" => dev.hwaddr = text.parse().ok(),
        "ipaddr" => dev.ipaddr = text.parse().ok(),
        "netmask" => dev.netmask = text.parse().ok(),
        "gateway" => dev.gateway = text.parse().ok(),
        "ipaddr6" => dev.ipaddr6 = text.parse().ok(),
        "prefixlen6" => dev.prefixlen6 = text.parse().ok(),
        "gateway6" => dev.gateway6 = text.parse().ok(),
        "mtu" => dev.mtu = text.parse().ok(),
        "tags" => {
            dev.tags.extend(
                key.names
                    .get(1)
                    .map(|name| (interner.name(name), text.clone())),
            );
        }
        _ => {}
    }
}

fn set_ipmi(ipmi: &mut Ipmi, key: &Key, rest: &str, text: &Arc<str>) {
    match rest {
        "ipaddr" => ipmi.ipaddr = text.parse().ok(),
        "netmask" => ipmi.netmask = text.parse().ok(),
        "gateway" => ipmi.gateway = text.parse().ok(),
        "port" => ipmi.port = text.parse().ok(),
        "username" => ipmi.username = Some(text.clone()),
        "password" => ipmi.password = Some(Secret::new(text)),
        "interface" => ipmi.interface = Some(text.clone()),
        "escapechar" => ipmi.escapechar = Some(text.clone()),
        "write" => ipmi.write = switch_or(text, false),
        "template" => ipmi.template = Some(text.clone()),
        "tags" => {
            ipmi.tags
                .extend(key.names.first().map(|name| (name.clone(), text.clone())));
        }
        _ => {}
    }
}

fn root(text: &Arc<str>) -> RootKind {
    match text.as_ref() {
        "initramfs" => RootKind::Initramfs,
        "tmpfs" => RootKind::Tmpfs,
        "ramfs" => RootKind::Ramfs,
        _ => RootKind::Device(text.clone()),
    }
}

/// The leading part of a name that neighbours share. A name that counts twice is grouped by its first count (`r07` of
/// `r07n12`), one that counts once by all but its last two digits (`n04` of `n0417`, `n` of `n12`).
pub(super) fn rack(name: &str) -> String {
    let host = name.split('.').next().unwrap_or(name);
    let prefix = host.trim_end_matches(|c: char| c.is_ascii_digit());
    if prefix.is_empty() {
        return host.to_owned();
    }
    if prefix.contains(|c: char| c.is_ascii_digit()) {
        let outer = prefix.trim_end_matches(|c: char| !c.is_ascii_digit());
        return outer.to_owned();
    }
    let digits = host.len() - prefix.len();
    if digits > 2 {
        return host[..host.len() - 2].to_owned();
    }
    prefix.trim_end_matches(['-', '_']).to_owned()
}
