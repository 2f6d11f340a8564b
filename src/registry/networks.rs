//! Boot networks from the settings.

use std::net::Ipv4Addr;
use std::sync::Arc;

use ipnet::Ipv4Net;

use super::entry::Entry;
use super::settings::Draft;
use crate::model::field::{self, Kind};
use crate::model::{Fault, Key, Network, Value};

/// The networks of the file in its order; without any, the one that the server's own address gives.
pub(super) fn settle(
    draft: &mut Draft<'_>,
    ipaddr: Option<Ipv4Addr>,
    home: Option<Ipv4Net>,
) -> Vec<Network> {
    let names = names(draft.entry);
    if names.is_empty() {
        return own(draft, ipaddr, home).into_iter().collect();
    }
    let range = Key::plain("dhcp.start");
    if draft.entry.values.contains_key(&range) {
        let fault = Fault::warning("`dhcp: range start` is not used, because `networks:` is given");
        draft.fault(fault.hint("give the network a `pool`"), &range);
    }
    let mut networks: Vec<Network> = Vec::new();
    for (_, name) in names {
        let Some(network) = named(draft, &name, ipaddr) else {
            continue;
        };
        let overlaps = |other: &&Network| {
            other.subnet.contains(&network.subnet) || network.subnet.contains(&other.subnet)
        };
        if let Some(other) = networks.iter().find(overlaps) {
            let what = format!(
                "{} overlaps {} of network {}",
                network.subnet, other.subnet, other.name
            );
            draft.fault(
                Fault::warning(what).about(about(&name)),
                &key("networks.subnet", &name),
            );
        }
        networks.push(network);
    }
    networks
}

/// The networks that are named, each with the line at which it is first spoken of, in their order.
pub(super) fn names(entry: &Entry) -> Vec<(u32, Arc<str>)> {
    let mut names: Vec<(u32, Arc<str>)> = Vec::new();
    let keys = entry.values.keys().iter();
    for key in keys.filter(|key| key.field.starts_with("networks.")) {
        let line = entry.mark(key).line;
        if let Some(name) = key.names.first() {
            match names.iter_mut().find(|(_, known)| known == name) {
                Some((first, _)) => *first = line.min(*first),
                None => names.push((line, name.clone())),
            }
        }
    }
    names.sort();
    names
}

fn about(name: &str) -> String {
    format!("network {name}")
}

fn key(field: &'static str, name: &Arc<str>) -> Key {
    Key {
        field,
        names: vec![name.clone()],
    }
}

fn bare(name: Arc<str>, subnet: Ipv4Net) -> Network {
    Network {
        name,
        subnet,
        pool: None,
        gateway: None,
        dns: Vec::new(),
        domain: None,
        ntp: Vec::new(),
        routes: Vec::new(),
        interface: None,
        relay: Vec::new(),
        server: None,
        proxy: false,
    }
}

/// The one network of a file that names none.
fn own(draft: &mut Draft<'_>, ipaddr: Option<Ipv4Addr>, home: Option<Ipv4Net>) -> Option<Network> {
    let Some(subnet) = home else {
        if ipaddr.is_some() {
            let fault = Fault::error("`ipaddr` has no `netmask`, so there is no boot network");
            draft.fault(fault.hint("write it as 10.0.0.1/22"), &Key::plain("ipaddr"));
        }
        return None;
    };
    let mut network = bare("default".into(), subnet);
    network.server = ipaddr;
    let (first, last) = (Key::plain("dhcp.start"), Key::plain("dhcp.end"));
    let address = |key: &Key| -> Option<Ipv4Addr> {
        draft
            .entry
            .values
            .get(key)
            .and_then(|value| value.text())
            .and_then(|text| text.parse().ok())
    };
    match (address(&first), address(&last)) {
        (Some(from), Some(to)) => network.pool = pool(draft, subnet, (from, to), &first, "default"),
        (None, None) => {}
        (Some(_), None) => draft.fault(Fault::error("`range start` needs a `range end`"), &first),
        (None, Some(_)) => draft.fault(Fault::error("`range end` needs a `range start`"), &last),
    }
    Some(network)
}

/// The pool, if it lies in the subnet.
fn pool(
    draft: &mut Draft<'_>,
    subnet: Ipv4Net,
    (from, to): (Ipv4Addr, Ipv4Addr),
    key: &Key,
    name: &str,
) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let fault = if from > to {
        Fault::error(format!("the pool runs backwards, from {from} to {to}"))
    } else if !subnet.contains(&from) || !subnet.contains(&to) {
        Fault::error(format!("the pool {from}-{to} is not in {subnet}"))
    } else {
        return Some((from, to));
    };
    draft.fault(
        fault
            .about(about(name))
            .hint("unknown machines get no address until it is"),
        key,
    );
    None
}

fn named(draft: &mut Draft<'_>, name: &Arc<str>, ipaddr: Option<Ipv4Addr>) -> Option<Network> {
    let text = |draft: &Draft<'_>, id| draft.of(id, name).and_then(Value::text).map(str::to_owned);
    let list = |draft: &Draft<'_>, id| match draft.of(id, name) {
        Some(Value::List(items)) => items.clone(),
        _ => Vec::new(),
    };
    let addresses = |draft: &Draft<'_>, id| -> Vec<Ipv4Addr> {
        list(draft, id)
            .iter()
            .filter_map(|item| item.parse().ok())
            .collect()
    };
    let subnet = text(draft, "networks.subnet").and_then(|text| text.parse::<Ipv4Net>().ok());
    let Some(subnet) = subnet else {
        let any = draft
            .entry
            .values
            .keys()
            .iter()
            .find(|key| key.names.first() == Some(name))
            .cloned();
        let fault = Fault::error("has no `subnet`; left out").about(about(name));
        draft.fault(fault, &any.unwrap_or_else(|| key("networks.subnet", name)));
        return None;
    };
    let mut network = bare(name.clone(), subnet.trunc());
    let address = |draft: &Draft<'_>, id| text(draft, id).and_then(|text| text.parse().ok());
    network.gateway = address(draft, "networks.gateway");
    network.server = address(draft, "networks.server").or(ipaddr.filter(|ip| subnet.contains(ip)));
    network.dns = addresses(draft, "networks.dns");
    network.ntp = addresses(draft, "networks.ntp");
    network.relay = addresses(draft, "networks.relay");
    network.domain = text(draft, "networks.domain").map(Arc::from);
    network.interface = text(draft, "networks.interface").map(Arc::from);
    network.proxy = text(draft, "networks.proxy").is_some_and(|text| field::switch(&text));
    network.routes = list(draft, "networks.routes")
        .iter()
        .filter_map(|item| Kind::route(item))
        .collect();
    if let Some(range) = text(draft, "networks.pool").and_then(|text| Kind::pool(&text)) {
        network.pool = pool(
            draft,
            network.subnet,
            range,
            &key("networks.pool", name),
            name,
        );
    }
    if let Some(gateway) = network.gateway.filter(|ip| !network.subnet.contains(ip)) {
        let what = format!("the gateway {gateway} is not in {}", network.subnet);
        draft.fault(
            Fault::warning(what).about(about(name)),
            &key("networks.gateway", name),
        );
    }
    Some(network)
}
