//! Who asks: the node behind a hardware address, and the program that speaks for it.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::fleet::{Arch, Form, Who};
use crate::kit::Mac;
use crate::model::{NetDev, Node, View};
use crate::wire::dhcp::{Ask, Vendor};

/// The machine that a message is from.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// Its hardware address.
    pub mac: Mac,
    /// The node that has it.
    pub node: Option<&'a Arc<Node>>,
    /// The node's network device that has it.
    pub dev: Option<&'a NetDev>,
    /// The program that asks.
    pub form: Form,
}

impl<'a> Client<'a> {
    /// Looks up who sent `ask`. `None` when the message names no usable hardware address.
    #[must_use]
    pub fn of(view: &'a View, ask: &Ask) -> Option<Self> {
        let mac = ask.mac?;
        let node = view.by_mac(&mac);
        let dev = node.and_then(|node| {
            let has = |dev: &&NetDev| dev.hwaddr.is_some_and(|own| same_port(&own, &mac));
            node.net.iter().find(has)
        });
        Some(Self {
            mac,
            node,
            dev,
            form: form(ask),
        })
    }

    /// The address that the registry gives to this device.
    #[must_use]
    pub fn address(&self) -> Option<Ipv4Addr> {
        self.dev.and_then(|dev| dev.ipaddr)
    }

    /// As events name it.
    #[must_use]
    pub fn who(&self) -> Who {
        self.node
            .map_or(Who::Stranger(self.mac), |node| Who::Node(node.id))
    }
}

/// Whether two hardware addresses are of one port: equal, or on InfiniBand equal in the last 8 bytes (the port GUID).
fn same_port(a: &Mac, b: &Mac) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    a == b || (a.len() > 6 && b.len() > 6 && a[a.len() - 8..] == b[b.len() - 8..])
}

/// Which kind of program asks. iPXE calls itself `PXEClient` too, so its own marks come first.
fn form(ask: &Ask) -> Form {
    match ask.vendor {
        _ if ask.ipxe => Form::Ipxe,
        Vendor::Pxe => Form::Pxe,
        Vendor::Http => Form::HttpBoot,
        Vendor::Other => Form::Os,
    }
}

/// The first architecture that a client names.
pub(super) fn arch(ask: &Ask) -> Option<Arch> {
    ask.archs.first().copied().map(Arch)
}
