//! Two nodes that claim one hardware address, one IP address or one BMC.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::entry::Entry;
use crate::kit::Mac;
use crate::model::{Fault, Key, Node, Spot};

/// Who claimed an address first.
struct Claims<'a, T> {
    first: HashMap<T, &'a Arc<Node>>,
}

impl<'a, T: Hash + Eq> Claims<'a, T> {
    fn of(count: usize) -> Self {
        let first = HashMap::with_capacity(count);
        Self { first }
    }

    /// The node that had it before, if that is another one.
    fn claim(&mut self, what: T, node: &'a Arc<Node>) -> Option<&'a Arc<Node>> {
        let first = *self.first.entry(what).or_insert(node);
        (first.id != node.id).then_some(first)
    }
}

/// Every clash, reported at the node that is listed later; the first one is found by the address. A discoverable node's
/// hardware address is not looked at: it waits for another one.
pub(super) fn find<'a>(
    nodes: &'a [Arc<Node>],
    entry: impl Fn(&str) -> Option<&'a Arc<Entry>>,
    file: &Arc<str>,
) -> Vec<Fault> {
    let mut macs: Claims<'_, Mac> = Claims::of(nodes.len());
    let mut ips: Claims<'_, IpAddr> = Claims::of(nodes.len());
    let mut faults = Vec::new();
    for node in nodes {
        let mut tell = |field, device: &Arc<str>, other: &Arc<Node>, what: String| {
            let key = Key {
                field,
                names: vec![device.clone()],
            };
            let fault = Fault::error(format!("{what} is {}'s already", other.name));
            let fault = fault.about(format!("node {}", node.name));
            let hint = format!("{} is found by it; give this node another one", other.name);
            faults.push(match entry(&node.name).map(|entry| entry.mark(&key)) {
                Some(at) => fault
                    .at(Spot {
                        file: file.clone(),
                        line: at.line,
                        column: at.column,
                    })
                    .hint(hint),
                None => fault.hint(hint),
            });
        };
        for dev in &node.net {
            if let Some(mac) = dev.hwaddr.filter(|_| !node.discoverable)
                && let Some(other) = macs.claim(mac, node)
            {
                tell(
                    "net.hwaddr",
                    &dev.name,
                    other,
                    format!("hardware address {mac}"),
                );
            }
            let v4 = dev
                .ipaddr
                .filter(|ip| !ip.is_unspecified())
                .map(IpAddr::from);
            if let Some(ip) = v4
                && let Some(other) = ips.claim(ip, node)
            {
                tell("net.ipaddr", &dev.name, other, format!("address {ip}"));
            }
            if let Some(ip) = dev.ipaddr6.map(IpAddr::from)
                && let Some(other) = ips.claim(ip, node)
            {
                tell("net.ipaddr6", &dev.name, other, format!("address {ip}"));
            }
        }
    }
    faults.extend(bmcs(nodes, entry, file));
    faults
}

/// Nodes that name one BMC themselves: a warning, because some chassis have one for several machines. What a profile says for all
/// its nodes is meant so.
fn bmcs<'a>(
    nodes: &'a [Arc<Node>],
    entry: impl Fn(&str) -> Option<&'a Arc<Entry>>,
    file: &Arc<str>,
) -> Vec<Fault> {
    let key = Key::plain("ipmi.ipaddr");
    let mut claims: Claims<'_, (Ipv4Addr, Option<u16>)> = Claims::of(nodes.len());
    let mut faults = Vec::new();
    for node in nodes {
        let own = entry(&node.name).filter(|entry| entry.values.contains_key(&key));
        let (Some(own), Some(ip)) = (own, node.ipmi.ipaddr) else {
            continue;
        };
        if let Some(other) = claims.claim((ip, node.ipmi.port), node) {
            let at = own.mark(&key);
            let what = format!("BMC address {ip} is {}'s too", other.name);
            let fault = Fault::warning(what).about(format!("node {}", node.name));
            faults.push(fault.at(Spot {
                file: file.clone(),
                line: at.line,
                column: at.column,
            }));
        }
    }
    faults
}
