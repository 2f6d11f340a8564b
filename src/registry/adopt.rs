//! A machine becomes a node: which edits that takes.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::load::Registry;
use crate::kit::{Mac, hostlist};
use crate::model::{Edit, Fault, Key, Network, Node, Place, Value, View};

/// The most addresses of a network that are looked at for a free one.
const TRIES: usize = 1 << 16;

/// What adopting a machine changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Adoption {
    /// What is to be done.
    pub edits: Vec<Edit>,
    /// The node's name.
    pub name: Arc<str>,
    /// The address it gets, if one was given.
    pub ip: Option<Ipv4Addr>,
    /// One line for people.
    pub summary: String,
}

/// The first name of a hostlist pattern that is free.
#[must_use]
pub fn next_name(pattern: &str, taken: impl Fn(&str) -> bool) -> Option<String> {
    hostlist::expand(pattern)
        .ok()?
        .into_iter()
        .find(|name| !taken(name))
}

/// The first `limit` names of a hostlist pattern that are free.
#[must_use]
pub fn free_names(pattern: &str, taken: impl Fn(&str) -> bool, limit: usize) -> Vec<Arc<str>> {
    let names = hostlist::expand(pattern).unwrap_or_default();
    let free = names.into_iter().filter(|name| !taken(name));
    free.take(limit).map(Into::into).collect()
}

/// The lowest address of a network that is neither taken, nor in the pool, nor the gateway's, the server's or a name server's.
#[must_use]
pub fn next_ip(network: &Network, taken: impl Fn(Ipv4Addr) -> bool) -> Option<Ipv4Addr> {
    let pooled = |ip: Ipv4Addr| {
        network
            .pool
            .is_some_and(|(first, last)| (first..=last).contains(&ip))
    };
    let reserved =
        |ip| network.gateway == Some(ip) || network.server == Some(ip) || network.dns.contains(&ip);
    let free = |ip: &Ipv4Addr| !pooled(*ip) && !reserved(*ip) && !taken(*ip);
    network.subnet.hosts().take(TRIES).find(free)
}

/// The node that the next unknown machine becomes: the first listed one that is discoverable and has a network device.
#[must_use]
pub fn first_discoverable(view: &View) -> Option<&Arc<Node>> {
    view.nodes
        .iter()
        .find(|node| node.discoverable && !node.net.is_empty())
}

impl Registry {
    /// Makes the machine with hardware address `mac` a node. `name` may be that of a discoverable node, which then gets the address
    /// and is discoverable no more, or a new one; none takes the next of the naming pattern. A new node gets the settings' profiles
    /// and a free address of the network that holds `near`, else of the first one.
    ///
    /// # Errors
    /// When the address or the name is taken, or no name is free.
    pub fn adopt(
        &self,
        mac: Mac,
        name: Option<&str>,
        near: Option<Ipv4Addr>,
    ) -> Result<Adoption, Fault> {
        let Some(view) = self.view() else {
            return Err(Fault::error("nothing was read yet"));
        };
        if let Some(node) = view.by_mac(&mac) {
            return Err(Fault::error(format!("{mac} is {} already", node.name)));
        }
        if let Some(node) = name.and_then(|name| view.by_name(name)) {
            return take(node, mac);
        }
        let taken = |name: &str| self.is_node(name);
        let name = match name {
            Some(name) => name.to_owned(),
            None => next_name(&view.settings.naming, taken).ok_or_else(|| {
                let what = format!(
                    "every name of the pattern {} is taken",
                    view.settings.naming
                );
                Fault::error(what).hint("widen `naming` in muster.conf, or give a name")
            })?,
        };
        if taken(&name) {
            let fault = Fault::error(format!("there is a node {name} already"));
            return Err(fault.hint("give another name, or make that node discoverable"));
        }
        Ok(append(view, mac, &name, near))
    }

    /// Whether a name is that of a node, also of one in the file that could not be taken.
    #[must_use]
    pub fn is_node(&self, name: &str) -> bool {
        let place = Place::node(name);
        self.held.nodes.contains_key(name) || self.held.flawed.contains(&place)
    }
}

fn set(node: &str, key: &Key, value: Value) -> Edit {
    Edit::Set {
        place: Place::node(node),
        key: key.to_string().into(),
        value,
    }
}

fn of_device(field: &'static str, device: &str) -> Key {
    Key {
        field,
        names: vec![device.into()],
    }
}

fn append(view: &View, mac: Mac, name: &str, near: Option<Ipv4Addr>) -> Adoption {
    let usable = |network: &&Network| !network.proxy;
    let of_near = near.and_then(|ip| view.settings.network_of(ip));
    let network = of_near
        .or_else(|| view.settings.networks.first())
        .filter(usable);
    let in_use = |ip: Ipv4Addr| view.by_ip(IpAddr::V4(ip)).is_some();
    let ip = network.and_then(|network| next_ip(network, in_use));
    let known = |name: &&Arc<str>| view.profiles.contains_key(*name);
    let wanted = view.settings.adopt_profiles.iter().filter(known);
    let profiles: Vec<Arc<str>> = wanted.cloned().collect();
    let device = device(view, &profiles);
    let text = |text: String| Value::Text(text.into());
    let mut edits = vec![Edit::Add {
        place: Place::node(name),
    }];
    if !profiles.is_empty() {
        edits.push(set(name, &Key::plain("profiles"), Value::List(profiles)));
    }
    let hwaddr = of_device("net.hwaddr", &device);
    edits.push(set(name, &hwaddr, text(mac.to_string())));
    if let (Some(ip), Some(network)) = (ip, network) {
        let netmask = network.subnet.netmask();
        let ipaddr = of_device("net.ipaddr", &device);
        edits.push(set(name, &ipaddr, text(ip.to_string())));
        let key = of_device("net.netmask", &device);
        edits.push(set(name, &key, text(netmask.to_string())));
    }
    let with = ip.map_or(String::new(), |ip| format!(" with address {ip}"));
    Adoption {
        edits,
        name: name.into(),
        ip,
        summary: format!("{mac} becomes {name}{with}"),
    }
}

/// Name of the device that gets the hardware address: the first that the profiles speak of, as the primary one will be.
fn device(view: &View, profiles: &[Arc<str>]) -> String {
    let mut devices: Vec<&Arc<str>> = Vec::new();
    for name in profiles {
        let values = view.profiles.get(name).map(|profile| &profile.values);
        let keys = values.into_iter().flat_map(|values| values.keys().iter());
        devices.extend(
            keys.filter(|key| key.field.starts_with("net."))
                .filter_map(|key| key.names.first()),
        );
    }
    devices.sort();
    devices
        .first()
        .map_or_else(|| "default".to_owned(), ToString::to_string)
}

/// A discoverable node takes the machine.
fn take(node: &Node, mac: Mac) -> Result<Adoption, Fault> {
    if !node.discoverable {
        let fault = Fault::error(format!(
            "there is a node {} already, and it is not discoverable",
            node.name
        ));
        return Err(fault.hint("give another name, or set `discoverable: yes` on it"));
    }
    let device = node
        .primary_dev()
        .map_or("default", |dev| dev.name.as_ref());
    let hwaddr = of_device("net.hwaddr", device);
    let edits = vec![
        set(&node.name, &hwaddr, Value::Text(mac.to_string().into())),
        Edit::Unset {
            place: Place::node(&node.name),
            key: "discoverable".into(),
        },
    ];
    Ok(Adoption {
        edits,
        name: node.name.clone(),
        ip: node.ipaddr(),
        summary: format!("{mac} becomes {}, which was discoverable", node.name),
    })
}
