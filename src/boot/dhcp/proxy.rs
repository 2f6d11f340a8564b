//! ProxyDHCP: boot information beside another server that gives the addresses (PXE specification 2.1, section 2.2).

use std::net::SocketAddrV4;

use super::{Answer, Case, Desk, Door};
use crate::boot::open::OpenBoots;
use crate::fleet::{BootId, DhcpStep, Form};
use crate::wire::dhcp::{Kind, Reply, ReplyKind};

/// PXE's options within option 43: discovery control (6) = 8, "load the boot file named here, ask nobody else", and the end.
const USE_THIS_FILE: [u8; 4] = [6, 1, 8, 255];

impl Desk {
    /// Answers on a network whose addresses another server gives. Machines that boot nothing are none of our business.
    pub(super) fn beside(
        &mut self,
        case: &Case<'_>,
        boots: &mut OpenBoots,
        boot: Option<BootId>,
        answer: &mut Answer,
    ) {
        if case.client.form == Form::Os {
            return;
        }
        let ask = case.ask;
        let held = Some(ask.ciaddr).filter(|ip| !ip.is_unspecified());
        let ip = ask.requested.or(held);
        match (ask.kind, case.arrival.door) {
            (Kind::Discover, Door::Server) => {
                case.tell(answer, DhcpStep::Discover, None, None);
                case.inform_boot(ReplyKind::Offer, answer);
            }
            (Kind::Request | Kind::Inform, door) => {
                case.tell(answer, DhcpStep::Request, ip, None);
                // The address that it asks the other server for is the one that it will fetch files from.
                // Never another node's: anybody can ask in a node's name.
                if let (Some(node), Some(_), Some(ip)) = (case.client.node, boot, ip)
                    && case.place.network.subnet.contains(&ip)
                    && case
                        .view
                        .by_ip(ip.into())
                        .is_none_or(|own| own.id == node.id)
                {
                    boots.bind(node.id, ip);
                }
                if door == Door::Proxy {
                    case.inform_boot(ReplyKind::Ack, answer);
                }
            }
            _ => {}
        }
    }
}

impl Case<'_> {
    fn inform_boot(&self, kind: ReplyKind, answer: &mut Answer) {
        let mut reply = Reply::new(kind, self.place.id);
        let note = self.describe_boot(&mut reply);
        if reply.file.is_none() {
            self.tell(answer, DhcpStep::NoLoader, None, note);
            return;
        }
        if self.client.form != Form::HttpBoot {
            reply.vendor_class("PXEClient");
            reply.vendor_options(&USE_THIS_FILE);
        }
        let mut out = self.addressed(&reply);
        if self.arrival.door == Door::Proxy {
            // A client of the boot server port has an address, and waits on the port that it sent from.
            out.to = SocketAddrV4::new(*self.arrival.peer.ip(), self.arrival.peer.port());
            out.interface = None;
        }
        answer.reply = Some(out);
        self.tell(answer, DhcpStep::Proxy, None, note);
    }
}
