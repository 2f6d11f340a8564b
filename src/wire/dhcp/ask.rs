//! A client's message as a value.

use std::net::Ipv4Addr;
use std::sync::Arc;

use dhcproto::v4::borrowed::Message;
use dhcproto::v4::{MessageType, Opcode};

use super::options::Options;
use super::relay::RelayInfo;
use super::uuid::uuid_text;
use crate::kit::Mac;

/// Fixed header with the magic cookie.
const HEADER: usize = 240;
/// Room for a hardware address in the header.
const CHADDR: usize = 16;
/// Hardware type of InfiniBand (RFC 4390).
const INFINIBAND: u8 = 32;
/// Bytes of a hardware address of InfiniBand.
const INFINIBAND_ADDRESS: u8 = 20;

/// What a client wants (option 53).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// DHCPDISCOVER.
    Discover,
    /// DHCPREQUEST.
    Request,
    /// DHCPDECLINE.
    Decline,
    /// DHCPRELEASE.
    Release,
    /// DHCPINFORM.
    Inform,
}

/// What option 60 says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Vendor {
    /// It begins with `PXEClient`.
    Pxe,
    /// It begins with `HTTPClient`.
    Http,
    /// Anything else, or nothing.
    #[default]
    Other,
}

/// A client's message: everything that an answer depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// What it wants.
    pub kind: Kind,
    /// Transaction.
    pub xid: u32,
    /// Seconds since the client began.
    pub secs: u16,
    /// How many relays it passed.
    pub hops: u8,
    /// Flags as they came; the top bit asks for broadcast answers.
    pub flags: u16,
    /// Address the client holds.
    pub ciaddr: Ipv4Addr,
    /// Relay agent.
    pub giaddr: Ipv4Addr,
    /// Hardware type (1 Ethernet, 32 InfiniBand).
    pub htype: u8,
    /// Length of the hardware address, at most 16.
    pub hlen: u8,
    /// The whole field of the hardware address, to be echoed.
    pub chaddr: [u8; CHADDR],
    /// Whom the message is from: the hardware address, or on InfiniBand what the client identifier says. `None` when there
    /// is no usable one.
    pub mac: Option<Mac>,
    /// Option 61, to be echoed (RFC 6842).
    pub client_id: Option<Box<[u8]>>,
    /// Option 50.
    pub requested: Option<Ipv4Addr>,
    /// Option 54.
    pub server: Option<Ipv4Addr>,
    /// Option 57, the largest message that the client takes, in bytes with IP and UDP headers.
    pub max_size: Option<u16>,
    /// Option 60.
    pub vendor: Vendor,
    /// Whether it is iPXE: user class `iPXE` (option 77), or iPXE's own option 175.
    pub ipxe: bool,
    /// Option 93, every architecture named, in order.
    pub archs: Vec<u16>,
    /// Option 94: UNDI revision.
    pub undi: Option<(u8, u8)>,
    /// Option 97 as text.
    pub uuid: Option<Arc<str>>,
    /// Option 97 as it came, if well-formed; to be echoed (RFC 4578 section 2.3).
    pub uuid_raw: Option<[u8; 17]>,
    /// Option 82.
    pub relay: Option<RelayInfo>,
}

impl Ask {
    /// Whether the client asks for answers by broadcast.
    #[must_use]
    pub fn wants_broadcast(&self) -> bool {
        self.flags & 0x8000 != 0
    }
}

/// A server's message that reached us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overheard {
    /// Whether it is a DHCPOFFER, DHCPACK or DHCPNAK.
    pub kind: &'static str,
    /// Who sent it (option 54).
    pub server: Option<Ipv4Addr>,
    /// The address it gives.
    pub yiaddr: Ipv4Addr,
    /// To whom.
    pub mac: Option<Mac>,
}

/// What came in.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// A client's message.
    Ask(Box<Ask>),
    /// A server's.
    Answer(Overheard),
}

/// Why bytes are no DHCP message that can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Less than the fixed header.
    #[error("{0} bytes, a DHCP message has at least 240")]
    Short(usize),
    /// No magic cookie after the header: plain BOOTP or noise.
    #[error("no DHCP cookie after the header")]
    Cookie,
    /// Neither request nor reply.
    #[error("operation {0} is neither request nor reply")]
    Operation(u8),
    /// A hardware address longer than its field.
    #[error("a hardware address of {0} bytes does not fit into the 16 of its field")]
    HardwareLength(u8),
    /// Option 53 missing, or none that a client sends.
    #[error("no message type that a client sends")]
    Type,
}

/// Reads a message.
///
/// # Errors
/// [`Malformed`] says why it cannot be answered; nothing else is ever wrong enough to refuse it here.
pub fn parse(bytes: &[u8]) -> Result<Heard, Malformed> {
    let message = Message::new(bytes).map_err(|_| Malformed::Short(bytes.len()))?;
    if bytes.get(HEADER - 4..HEADER) != Some([99, 130, 83, 99].as_slice()) {
        return Err(Malformed::Cookie);
    }
    let hlen = hardware_length(bytes)?;
    let options = Options::of_message(bytes);
    let kind = options.byte(53).map(MessageType::from);
    match message.opcode() {
        Opcode::BootRequest => {}
        Opcode::BootReply => return overheard(&message, hlen, &options, kind).map(Heard::Answer),
        _ => return Err(Malformed::Operation(bytes[0])),
    }
    let kind = match kind {
        Some(MessageType::Discover) => Kind::Discover,
        Some(MessageType::Request) => Kind::Request,
        Some(MessageType::Decline) => Kind::Decline,
        Some(MessageType::Release) => Kind::Release,
        Some(MessageType::Inform) => Kind::Inform,
        _ => return Err(Malformed::Type),
    };
    Ok(Heard::Ask(Box::new(ask(
        kind, bytes, hlen, &message, &options,
    ))))
}

/// How many bytes of the field for it are the hardware address. dhcproto slices by what the message says of it, unseen.
fn hardware_length(bytes: &[u8]) -> Result<u8, Malformed> {
    match (bytes[1], bytes[2]) {
        (_, len) if usize::from(len) <= CHADDR => Ok(len),
        // Its address does not fit, so the length is to be 0 (RFC 4390 section 2.1); some tell the true one.
        (INFINIBAND, INFINIBAND_ADDRESS) => Ok(0),
        (_, len) => Err(Malformed::HardwareLength(len)),
    }
}

fn ask(kind: Kind, bytes: &[u8], hlen: u8, message: &Message<'_>, options: &Options<'_>) -> Ask {
    let mut chaddr = [0; CHADDR];
    chaddr.copy_from_slice(&bytes[28..28 + CHADDR]);
    let client_id = options
        .get(61)
        .filter(|id| (2..=255).contains(&id.len()))
        .map(|id| Box::from(&*id));
    let uuid_raw = options
        .get(97)
        .and_then(|raw| <[u8; 17]>::try_from(&*raw).ok())
        .filter(|raw| raw[0] == 0);
    Ask {
        kind,
        xid: message.xid(),
        secs: message.secs(),
        hops: message.hops(),
        flags: u16::from_be_bytes([bytes[10], bytes[11]]),
        ciaddr: message.ciaddr(),
        giaddr: message.giaddr(),
        htype: bytes[1],
        hlen,
        mac: sender(bytes[1], &chaddr[..usize::from(hlen)], client_id.as_deref()),
        chaddr,
        client_id,
        requested: options.address(50).filter(|ip| !ip.is_unspecified()),
        server: options.address(54).filter(|ip| !ip.is_unspecified()),
        max_size: options.fixed::<2>(57).map(u16::from_be_bytes),
        vendor: options.get(60).map(|v| vendor(&v)).unwrap_or_default(),
        ipxe: options.get(77).is_some_and(|class| is_ipxe(&class)) || options.has(175),
        archs: options.get(93).map(|v| words(&v)).unwrap_or_default(),
        undi: options
            .fixed::<3>(94)
            .map(|[_, major, minor]| (major, minor)),
        uuid: uuid_raw
            .as_ref()
            .and_then(|raw| uuid_text(raw))
            .map(Into::into),
        uuid_raw,
        relay: RelayInfo::of(options),
    }
}

fn overheard(
    message: &Message<'_>,
    hlen: u8,
    options: &Options<'_>,
    kind: Option<MessageType>,
) -> Result<Overheard, Malformed> {
    let kind = match kind {
        Some(MessageType::Offer) => "offered",
        Some(MessageType::Ack) => "gave",
        Some(MessageType::Nak) => "refused",
        _ => return Err(Malformed::Type),
    };
    Ok(Overheard {
        kind,
        server: options.address(54),
        yiaddr: message.yiaddr(),
        mac: Some(hlen)
            .filter(|hlen| *hlen == message.hlen())
            .and_then(|_| Mac::from_bytes(message.chaddr()).ok()),
    })
}

/// Whom a message is from. On InfiniBand the address does not fit into the header: iPXE puts the port GUID there (8 bytes),
/// option ROMs send none and end the client identifier with the GUID (RFC 4390 section 2.1).
fn sender(htype: u8, chaddr: &[u8], client_id: Option<&[u8]>) -> Option<Mac> {
    let mac = if htype == INFINIBAND && chaddr.len() != 8 {
        match client_id? {
            [INFINIBAND, port @ ..] if port.len() == 20 => Mac::from_bytes(port).ok()?,
            id if id.len() >= 9 => Mac::from_bytes(&id[id.len() - 8..]).ok()?,
            _ => return None,
        }
    } else {
        Mac::from_bytes(chaddr).ok()?
    };
    let bytes = mac.as_bytes();
    let nobody = bytes.iter().all(|b| *b == 0) || bytes.iter().all(|b| *b == 0xff);
    // The lowest bit of the first octet marks groups (IEEE 802): no machine sends from one.
    let group = bytes.len() == 6 && bytes[0] & 1 != 0;
    (!nobody && !group).then_some(mac)
}

fn vendor(class: &[u8]) -> Vendor {
    if class.starts_with(b"PXEClient") {
        Vendor::Pxe
    } else if class.starts_with(b"HTTPClient") {
        Vendor::Http
    } else {
        Vendor::Other
    }
}

/// User class `iPXE`, as a bare string (what iPXE sends) or in the length-prefixed list of RFC 3004.
fn is_ipxe(class: &[u8]) -> bool {
    if class == b"iPXE" {
        return true;
    }
    let mut rest = class;
    while let [len, after @ ..] = rest {
        let Some((one, after)) = after.split_at_checked(usize::from(*len)) else {
            return false;
        };
        if one == b"iPXE" {
            return true;
        }
        rest = after;
    }
    false
}

/// Big-endian pairs; an odd last byte is left out.
fn words(list: &[u8]) -> Vec<u16> {
    list.chunks_exact(2)
        .take(16)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect()
}
