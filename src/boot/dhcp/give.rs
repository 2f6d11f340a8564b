//! Filling a reply and choosing where it goes.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use super::boot_file::BootFile;
use super::{Answer, Case, Outgoing};
use crate::fleet::{DhcpStep, Form};
use crate::wire::dhcp::{Reply, ReplyKind};

/// iPXE's option 176 within 175, `no-pxedhcp` = 1: do not wait for a ProxyDHCP server. Without it each boot waits for seconds.
const NO_PROXY: [u8; 3] = [176, 1, 1];
/// Port of relay agents.
const RELAY_PORT: u16 = 67;

impl Case<'_> {
    /// A reply that gives `ip` for `seconds` (both none in answer to DHCPINFORM), and what the event says of it.
    pub(super) fn give(
        &self,
        kind: ReplyKind,
        ip: Option<Ipv4Addr>,
        seconds: Option<u32>,
    ) -> (Outgoing, Option<Arc<str>>) {
        let mut reply = Reply::new(kind, self.place.id);
        reply.yiaddr = ip.unwrap_or(Ipv4Addr::UNSPECIFIED);
        if let Some(seconds) = seconds {
            reply.lease(seconds);
        }
        self.describe_network(&mut reply);
        let note = self.describe_boot(&mut reply);
        (self.addressed(&reply), note)
    }

    /// A refusal.
    pub(super) fn refuse(&self, why: &str) -> Outgoing {
        let mut reply = Reply::new(ReplyKind::Nak, self.place.id);
        reply.message(why);
        let mut out = self.addressed(&reply);
        // A client that is refused must not use its address any more, so it is told by broadcast (RFC 2131 section 4.1); one
        // behind a router can only be reached at the address that it asked from.
        let routed = *self.arrival.peer.ip() == self.ask.ciaddr && self.is_host(self.ask.ciaddr);
        if self.ask.giaddr.is_unspecified() && !routed {
            out.to = SocketAddrV4::new(Ipv4Addr::BROADCAST, out.to.port());
            out.interface = Some(self.arrival.index);
        }
        out
    }

    /// Whether a client of this network may have `ip`. Answers go nowhere else: whoever writes another's address into its
    /// message would have us send there.
    fn is_host(&self, ip: Ipv4Addr) -> bool {
        let subnet = self.place.network.subnet;
        let end = ip == subnet.network() || ip == subnet.broadcast();
        subnet.contains(&ip) && (!end || subnet.prefix_len() >= 31)
    }

    fn describe_network(&self, reply: &mut Reply) {
        let network = self.place.network;
        reply.subnet(network.subnet);
        let own = self.client.dev.and_then(|dev| dev.gateway);
        let gateway = own
            .filter(|ip| network.subnet.contains(ip))
            .or(network.gateway);
        if let Some(gateway) = gateway {
            reply.router(gateway);
        }
        if !network.dns.is_empty() {
            reply.dns(&network.dns);
        }
        if let Some(node) = self.client.node {
            reply.host_name(&node.name);
        }
        if let Some(domain) = &network.domain {
            reply.domain(domain);
        }
        if !network.ntp.is_empty() {
            reply.ntp(&network.ntp);
        }
        if !network.routes.is_empty() {
            let mut routes = network.routes.clone();
            // Who understands option 121 ignores option 3 (RFC 3442), so the default route is in both.
            if let Some(gateway) = gateway
                && !routes.iter().any(|(to, _)| to.prefix_len() == 0)
            {
                routes.push((ipnet::Ipv4Net::default(), gateway));
            }
            reply.routes(routes);
        }
    }

    /// Adds what the client shall load; returns that, or why there is nothing, for the event.
    pub(super) fn describe_boot(&self, reply: &mut Reply) -> Option<Arc<str>> {
        match self.boot_file() {
            BootFile::Nothing => None,
            BootFile::Missing(why) => Some(why.into()),
            BootFile::Load(file) => {
                reply.siaddr = self.place.server;
                match self.client.form {
                    // UEFI ignores an answer to HTTP boot that does not say this.
                    Form::HttpBoot => reply.vendor_class("HTTPClient"),
                    Form::Ipxe if !self.place.network.proxy => reply.ipxe(&NO_PROXY),
                    Form::Pxe => reply.tftp_server(&self.place.server.to_string()),
                    Form::Ipxe | Form::Os => {}
                }
                let note = Arc::from(file.as_str());
                reply.file = Some(file);
                Some(note)
            }
        }
    }

    /// Whether there is something to load for the client.
    pub(super) fn has_file(&self) -> bool {
        matches!(self.boot_file(), BootFile::Load(_))
    }

    /// Says that the client was answered, but can boot nothing: its firmware is left with an address and no file.
    pub(super) fn tell_without_loader(&self, ip: Option<Ipv4Addr>, answer: &mut Answer) {
        if let BootFile::Missing(why) = self.boot_file() {
            self.tell(answer, DhcpStep::NoLoader, ip, Some(why.into()));
        }
    }

    /// Where a reply goes (RFC 2131 section 4.1, RFC 8357). A client without address is broadcast to: it cannot answer ARP.
    pub(super) fn addressed(&self, reply: &Reply) -> Outgoing {
        let ask = self.ask;
        let client_port = self.view.settings.dhcp.client_port;
        let (to, interface) = if !ask.giaddr.is_unspecified() {
            let own_port = ask.relay.as_ref().is_some_and(|relay| relay.from_port);
            let port = if own_port {
                self.arrival.peer.port()
            } else {
                RELAY_PORT
            };
            (SocketAddrV4::new(ask.giaddr, port), None)
        } else if self.is_host(ask.ciaddr) {
            (SocketAddrV4::new(ask.ciaddr, client_port), None)
        } else {
            let all = SocketAddrV4::new(Ipv4Addr::BROADCAST, client_port);
            (all, Some(self.arrival.index))
        };
        let from = if self.arrival.ours.contains(&self.place.server) {
            self.place.server
        } else {
            self.arrival.local
        };
        Outgoing {
            bytes: reply.encode(ask),
            to,
            from,
            interface,
        }
    }
}
