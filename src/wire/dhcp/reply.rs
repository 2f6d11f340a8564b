//! A server's message to bytes.

use std::net::Ipv4Addr;

use dhcproto::v4::{DhcpOption, MessageType, OptionCode, UnknownOption};
use dhcproto::{Encodable, Encoder};
use ipnet::Ipv4Net;

use super::ask::Ask;

/// Shortest message: some relays and old clients drop less (RFC 1542 section 2.1).
pub const LEAST_SIZE: usize = 300;
/// What any client takes, IP and UDP headers included (RFC 2131 section 2).
const ANY_CLIENT: u16 = 576;
/// What fits into an Ethernet frame, headers included.
const ONE_FRAME: u16 = 1500;
/// IP and UDP headers, which option 57 counts.
const ENVELOPE: usize = 28;
/// Room of the `file` field, with its final NUL.
const FILE_FIELD: usize = 128;

/// What a server says (option 53).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplyKind {
    /// DHCPOFFER.
    Offer,
    /// DHCPACK.
    Ack,
    /// DHCPNAK.
    Nak,
}

/// A server's message in the making. Options are written in the order in which they are added, option 82 last.
#[derive(Debug, Clone)]
pub struct Reply {
    kind: ReplyKind,
    /// Address given to the client.
    pub yiaddr: Ipv4Addr,
    /// Server that holds the boot file.
    pub siaddr: Ipv4Addr,
    /// Boot file name or URL: written as option 67, and into the `file` field when it fits there.
    pub file: Option<String>,
    options: Vec<(u8, bool, Vec<u8>)>,
}

impl Reply {
    /// An empty message of a kind, from the server `id` (option 54).
    #[must_use]
    pub fn new(kind: ReplyKind, id: Ipv4Addr) -> Self {
        let mut reply = Self {
            kind,
            yiaddr: Ipv4Addr::UNSPECIFIED,
            siaddr: Ipv4Addr::UNSPECIFIED,
            file: None,
            options: Vec::with_capacity(20),
        };
        reply.push(DhcpOption::MessageType(match kind {
            ReplyKind::Offer => MessageType::Offer,
            ReplyKind::Ack => MessageType::Ack,
            ReplyKind::Nak => MessageType::Nak,
        }));
        reply.push(DhcpOption::ServerIdentifier(id));
        reply
    }

    fn push(&mut self, option: DhcpOption) {
        self.add(option, false);
    }

    fn add(&mut self, option: DhcpOption, spare: bool) {
        let code = u8::from(OptionCode::from(&option));
        let mut bytes = Vec::with_capacity(16);
        // Writing into memory fails for lengths alone, which the values given here cannot reach.
        if option.encode(&mut Encoder::new(&mut bytes)).is_ok() && !bytes.is_empty() {
            self.options.push((code, spare, bytes));
        }
    }

    /// Options 51, 58 and 59: lease time and when to renew, in seconds.
    pub fn lease(&mut self, seconds: u32) {
        self.push(DhcpOption::AddressLeaseTime(seconds));
        self.push(DhcpOption::Renewal(seconds / 2));
        self.push(DhcpOption::Rebinding(
            u32::try_from(u64::from(seconds) * 7 / 8).unwrap_or(seconds),
        ));
    }

    /// Options 1 and 28: mask and broadcast address.
    pub fn subnet(&mut self, net: Ipv4Net) {
        self.push(DhcpOption::SubnetMask(net.netmask()));
        self.add(DhcpOption::BroadcastAddr(net.broadcast()), true);
    }

    /// Option 3.
    pub fn router(&mut self, router: Ipv4Addr) {
        self.push(DhcpOption::Router(vec![router]));
    }

    /// Option 6.
    pub fn dns(&mut self, servers: &[Ipv4Addr]) {
        self.add(DhcpOption::DomainNameServer(servers.to_vec()), true);
    }

    /// Option 12.
    pub fn host_name(&mut self, name: &str) {
        self.add(DhcpOption::Hostname(name.to_owned()), true);
    }

    /// Option 15.
    pub fn domain(&mut self, name: &str) {
        self.add(DhcpOption::DomainName(name.to_owned()), true);
    }

    /// Option 42.
    pub fn ntp(&mut self, servers: &[Ipv4Addr]) {
        self.add(DhcpOption::NtpServers(servers.to_vec()), true);
    }

    /// Option 43: what a vendor's clients understand, already encoded.
    pub fn vendor_options(&mut self, bytes: &[u8]) {
        self.push(DhcpOption::VendorExtensions(bytes.to_vec()));
    }

    /// Option 60.
    pub fn vendor_class(&mut self, class: &str) {
        self.push(DhcpOption::ClassIdentifier(class.as_bytes().to_vec()));
    }

    /// Option 66.
    pub fn tftp_server(&mut self, name: &str) {
        self.push(DhcpOption::TFTPServerName(name.as_bytes().to_vec()));
    }

    /// Option 121 (RFC 3442).
    pub fn routes(&mut self, routes: Vec<(Ipv4Net, Ipv4Addr)>) {
        self.add(DhcpOption::ClasslessStaticRoute(routes), true);
    }

    /// Option 56: words for the client's log.
    pub fn message(&mut self, text: &str) {
        self.add(DhcpOption::Message(text.to_owned()), true);
    }

    /// Option 175: iPXE's own, already encoded.
    pub fn ipxe(&mut self, bytes: &[u8]) {
        let option = UnknownOption::new(OptionCode::Unknown(175), bytes.to_vec());
        self.push(DhcpOption::Unknown(option));
    }

    /// The message as bytes, in answer to `ask`: what must be echoed is echoed (61, 97, 82), at least [`LEAST_SIZE`] long and
    /// no longer than the client takes, for which options that a boot can do without are left out, the last one first. What a
    /// relay added comes back to it in any case: the relay takes it out again.
    #[must_use]
    pub fn encode(&self, ask: &Ask) -> Vec<u8> {
        let mut out = self.header(ask);
        let file = self.file.as_deref().map(str::as_bytes);
        let lengths = |spare: bool| {
            let those = self.options.iter().filter(move |(_, s, _)| *s == spare);
            those.map(|(_, _, bytes)| bytes.len()).sum::<usize>()
        };
        let needed = out.len() + 1 + lengths(false) + file.map_or(0, pieces);
        let room = room(ask.max_size);
        let echo = Echo::of(ask, self.kind).within(room.saturating_sub(needed));
        let mut used = needed + echo.len() + lengths(true);
        let mut left_out = [false; 256];
        for (code, _, bytes) in self.options.iter().rev().filter(|(_, spare, _)| *spare) {
            if used <= room {
                break;
            }
            used -= bytes.len();
            left_out[usize::from(*code)] = true;
        }
        for (code, _, bytes) in &self.options {
            if !left_out[usize::from(*code)] {
                out.extend_from_slice(bytes);
            }
        }
        if let Some(file) = file {
            piece(&mut out, 67, file);
        }
        echo.write(&mut out);
        out.push(255);
        if out.len() < LEAST_SIZE {
            out.resize(LEAST_SIZE, 0);
        }
        out
    }

    fn header(&self, ask: &Ask) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        let nak = self.kind == ReplyKind::Nak;
        // A relay broadcasts a refusal, for the client has no address (RFC 2131 section 4.3.2).
        let flags = ask.flags & 0x8000
            | if nak && !ask.giaddr.is_unspecified() {
                0x8000
            } else {
                0
            };
        let ciaddr = match self.kind {
            ReplyKind::Ack => ask.ciaddr,
            _ => Ipv4Addr::UNSPECIFIED,
        };
        out.extend_from_slice(&[2, ask.htype, ask.hlen, 0]);
        out.extend_from_slice(&ask.xid.to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&flags.to_be_bytes());
        for address in [ciaddr, self.yiaddr, self.siaddr, ask.giaddr] {
            out.extend_from_slice(&address.octets());
        }
        out.extend_from_slice(&ask.chaddr);
        out.extend_from_slice(&[0; 64]);
        let mut file = [0; FILE_FIELD];
        if let Some(name) = self.file.as_deref().filter(|name| name.len() < FILE_FIELD) {
            file[..name.len()].copy_from_slice(name.as_bytes());
        }
        out.extend_from_slice(&file);
        out.extend_from_slice(&[99, 130, 83, 99]);
        out
    }
}

/// Bytes of message that fit, by option 57. Less than every client must take, or more than a frame, is not believed.
fn room(max_size: Option<u16>) -> usize {
    usize::from(max_size.unwrap_or(ANY_CLIENT).clamp(ANY_CLIENT, ONE_FRAME)) - ENVELOPE
}

/// What of a client's message comes back to it.
#[derive(Debug, Clone, Copy)]
struct Echo<'a> {
    id: Option<&'a [u8]>,
    uuid: Option<&'a [u8]>,
    relay: Option<&'a [u8]>,
    relayed: bool,
}

impl<'a> Echo<'a> {
    fn of(ask: &'a Ask, kind: ReplyKind) -> Self {
        let uuid = ask.uuid_raw.as_ref().filter(|_| kind != ReplyKind::Nak);
        Self {
            id: ask.client_id.as_deref(),
            uuid: uuid.map(<[u8; 17]>::as_slice),
            relay: ask.relay.as_ref().map(|relay| &*relay.raw),
            relayed: !ask.giaddr.is_unspecified(),
        }
    }

    /// As much of it as fits, the dearest last: a client that names itself at length and takes little has only itself to blame.
    fn within(mut self, room: usize) -> Self {
        if self.len() > room && !self.relayed {
            self.relay = None;
        }
        if self.len() > room {
            self.uuid = None;
        }
        if self.len() > room {
            self.id = None;
        }
        self
    }

    fn len(&self) -> usize {
        [self.id, self.uuid, self.relay]
            .into_iter()
            .flatten()
            .map(pieces)
            .sum()
    }

    /// Option 82 is the last one of a message (RFC 3046 section 2.1).
    fn write(&self, out: &mut Vec<u8>) {
        for (code, value) in [(61, self.id), (97, self.uuid), (82, self.relay)] {
            if let Some(value) = value {
                piece(out, code, value);
            }
        }
    }
}

/// How many bytes [`piece`] writes.
fn pieces(value: &[u8]) -> usize {
    value.len() + 2 * value.len().div_ceil(255).max(1)
}

/// Writes an option, in as many pieces as it needs (RFC 3396); an empty one as a single empty piece.
fn piece(out: &mut Vec<u8>, code: u8, value: &[u8]) {
    if value.is_empty() {
        out.extend_from_slice(&[code, 0]);
    }
    for chunk in value.chunks(255) {
        out.extend_from_slice(&[code, chunk.len() as u8]);
        out.extend_from_slice(chunk);
    }
}
