//! Who asks.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::route::Route;
use super::target::Target;
use crate::boot::open::OpenBoots;
use crate::fleet::Who;
use crate::kit::Mac;
use crate::model::{Node, NodeId, View};

/// The machine behind a request, as far as it can be told. A named hardware address comes first, then the boot that the
/// sender's address is bound to, then the registered address. The kernel's ARP table is not asked: it overflows in large
/// networks and ends at the first router.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// The node, if it is one.
    pub node: Option<Arc<Node>>,
    /// The hardware address: named, or of the open boot, or the node's own.
    pub mac: Option<Mac>,
    /// What was named instead of a hardware address.
    pub misnamed: Option<String>,
    /// Its address and port; IPv4 addresses inside IPv6 are unwrapped.
    pub peer: SocketAddr,
    /// The node that this address belongs to, with its name: the one whose boot is bound to it, else the one that the registry
    /// gives it to. Not the node that is named, if somebody names another's.
    pub resident: Option<(NodeId, Arc<str>)>,
}

impl Caller {
    /// Tells who sent `target` from `peer`.
    #[must_use]
    pub fn of(
        view: &View,
        boots: &OpenBoots,
        route: &Route,
        target: &Target,
        peer: SocketAddr,
    ) -> Self {
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        let resident = of_boot(view, boots, peer.ip(), None).or_else(|| view.by_ip(peer.ip()));
        let mut caller = Self {
            node: None,
            mac: None,
            misnamed: None,
            peer,
            resident: resident.map(|node| (node.id, node.name.clone())),
        };
        match route.wwid(target) {
            Some(Ok(mac)) => {
                caller.mac = Some(mac);
                caller.node = view
                    .by_mac(&mac)
                    .or_else(|| of_boot(view, boots, peer.ip(), Some(mac)))
                    .cloned();
            }
            Some(Err(text)) => caller.misnamed = Some(text),
            None => {
                caller.node = resident.cloned();
                let boot = caller.ipv4().and_then(|ip| boots.of_ip(ip));
                caller.mac = boot
                    .map(|boot| boot.mac)
                    .or_else(|| caller.node.as_ref().and_then(|node| node.mac()));
            }
        }
        caller
    }

    /// The peer's address, if it is IPv4.
    #[must_use]
    pub fn ipv4(&self) -> Option<Ipv4Addr> {
        match self.peer.ip() {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(_) => None,
        }
    }

    /// Whether the caller names a node, but asks from another node's address.
    #[must_use]
    pub fn poses(&self) -> bool {
        let named = self.node.as_ref().map(|node| node.id);
        let at = self.resident.as_ref().map(|(id, _)| *id);
        named.is_some() && at.is_some() && named != at
    }

    /// Whom events about this caller concern. What one node asks in another's name is no news of either.
    #[must_use]
    pub fn who(&self) -> Who {
        match (&self.node, self.mac) {
            (Some(_), _) if self.poses() => Who::Server,
            (Some(node), _) => Who::Node(node.id),
            (None, Some(mac)) => Who::Stranger(mac),
            (None, None) => Who::Server,
        }
    }
}

/// The node whose boot is bound to `ip`; when a MAC was named, only if that boot is of this MAC (a client known by its DHCP
/// client id has a MAC that the registry does not list).
fn of_boot<'a>(
    view: &'a View,
    boots: &OpenBoots,
    ip: IpAddr,
    mac: Option<Mac>,
) -> Option<&'a Arc<Node>> {
    let IpAddr::V4(ip) = ip else { return None };
    let boot = boots.of_ip(ip)?;
    if mac.is_some_and(|mac| mac != boot.mac) {
        return None;
    }
    view.node(boot.node)
}
