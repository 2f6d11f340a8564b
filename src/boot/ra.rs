//! The empty IPv6 router advertisement. iPXE waits about 13 seconds for an answer to its router solicitation; an answer that
//! promises nothing sets it free.

use std::net::Ipv4Addr;

use crate::model::Settings;

/// ICMPv6 type of a router solicitation (RFC 4861 section 4.1).
const SOLICITATION: u8 = 133;
/// ICMPv6 type of a router advertisement (RFC 4861 section 4.2).
const ADVERTISEMENT: u8 = 134;
/// Every packet of neighbour discovery has this hop limit, or came from another link (RFC 4861 section 6.1.1).
const HOP_LIMIT: i32 = 255;

/// What is sent to whom asks: no router (lifetime 0), no hop limit, no prefix. The kernel fills in the checksum.
pub const EMPTY: [u8; 16] = [ADVERTISEMENT, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Whether an ICMPv6 packet is a valid router solicitation (RFC 4861 section 6.1.1). `hop_limit` is none when the socket did not
/// tell; then the packet is not believed.
#[must_use]
pub fn is_solicitation(packet: &[u8], hop_limit: Option<i32>) -> bool {
    let [SOLICITATION, 0, _, _, _, _, _, _, options @ ..] = packet else {
        return false;
    };
    let mut rest = options;
    // Options are counted in units of 8 bytes; one of length 0 makes the packet invalid.
    while let [_, units, ..] = rest {
        let len = usize::from(*units) * 8;
        if len == 0 || len > rest.len() {
            return false;
        }
        rest = &rest[len..];
    }
    rest.is_empty() && hop_limit == Some(HOP_LIMIT)
}

/// Whether an interface belongs to a served network: named by one, or carrying an address of one that names none. The
/// loopback interface never does.
#[must_use]
pub fn serves(settings: &Settings, interface: &str, addresses: &[Ipv4Addr]) -> bool {
    let on = settings.dhcp.enabled && settings.dhcp.router_advertisement;
    on && interface != "lo"
        && settings
            .networks
            .iter()
            .any(|network| match &network.interface {
                Some(name) => &**name == interface,
                None => addresses.iter().any(|ip| network.subnet.contains(ip)),
            })
}
