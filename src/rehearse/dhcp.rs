//! The client's side of DHCP: messages as firmware and iPXE send them through a relay, and what an answer says.

use std::net::Ipv4Addr;

use super::actor::Firmware;
use crate::kit::Mac;

/// Bytes before the options, with the cookie.
const HEADER: usize = 240;

/// Message types of option 53 that are used here.
pub(super) const DISCOVER: u8 = 1;
pub(super) const OFFER: u8 = 2;
pub(super) const REQUEST: u8 = 3;
pub(super) const ACK: u8 = 5;
pub(super) const NAK: u8 = 6;

/// What a client sends.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) kind: u8,
    pub(super) xid: u32,
    pub(super) mac: Mac,
    pub(super) relay: Ipv4Addr,
    pub(super) firmware: Firmware,
    pub(super) ipxe: bool,
    /// Address and server of the offer that is taken.
    pub(super) taken: Option<(Ipv4Addr, Ipv4Addr)>,
}

impl Question {
    /// The message, with what the relay adds: its address, and the sub-option by which answers go to its own port (RFC 8357).
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = vec![0; HEADER];
        out[0] = 1;
        out[1] = 1;
        out[2] = 6;
        out[3] = 1;
        out[4..8].copy_from_slice(&self.xid.to_be_bytes());
        out[24..28].copy_from_slice(&self.relay.octets());
        let mac = self.mac.as_bytes();
        let len = mac.len().min(16);
        out[28..28 + len].copy_from_slice(&mac[..len]);
        out[236..240].copy_from_slice(&[99, 130, 83, 99]);
        let mut add = |code: u8, value: &[u8]| {
            out.push(code);
            out.push(value.len().min(255) as u8);
            out.extend_from_slice(&value[..value.len().min(255)]);
        };
        add(53, &[self.kind]);
        if let Some((ip, server)) = self.taken {
            add(50, &ip.octets());
            add(54, &server.octets());
        }
        add(57, &1472_u16.to_be_bytes());
        let arch = match self.firmware {
            Firmware::Pxe(arch) => arch,
            Firmware::HttpBoot if self.ipxe => 7,
            Firmware::HttpBoot => 16,
            Firmware::IpxeRom => 0,
        };
        let word = if arch == 16 {
            "HTTPClient"
        } else {
            "PXEClient"
        };
        add(60, format!("{word}:Arch:{arch:05}:UNDI:003000").as_bytes());
        add(93, &arch.to_be_bytes());
        add(94, &[1, 3, 0]);
        add(97, &self.uuid());
        add(55, &[1, 3, 6, 12, 15, 28, 43, 54, 60, 66, 67, 175]);
        if self.ipxe {
            add(77, b"iPXE");
            // Features that iPXE lists of itself: version and a few flags.
            add(175, &[0xeb, 3, 1, 0, 0, 0x13, 1, 1, 0x17, 1, 1]);
        }
        add(82, &[1, 4, b'd', b'e', b'm', b'o', 19, 0]);
        out.push(255);
        out
    }

    /// Option 97: type 0 and 16 bytes that are the machine's own.
    fn uuid(&self) -> [u8; 17] {
        let mut uuid = [0; 17];
        for (at, byte) in uuid.iter_mut().skip(1).enumerate() {
            let mac = self.mac.as_bytes();
            *byte =
                mac.get(at % mac.len().max(1)).copied().unwrap_or(0) ^ (at as u8).wrapping_mul(31);
        }
        uuid
    }
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) kind: u8,
    pub(super) xid: u32,
    pub(super) ip: Ipv4Addr,
    /// Option 54.
    pub(super) server: Ipv4Addr,
    /// Where the boot file is (siaddr), if it says.
    pub(super) next: Option<Ipv4Addr>,
    /// Boot file or URL: option 67, else the BOOTP field.
    pub(super) file: String,
}

impl Answer {
    /// Reads an answer; nothing if it is none.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let head = bytes.get(..HEADER)?;
        if head[0] != 2 || head[236..240] != [99, 130, 83, 99] {
            return None;
        }
        let four = |at: usize| Ipv4Addr::new(head[at], head[at + 1], head[at + 2], head[at + 3]);
        let mut answer = Self {
            kind: 0,
            xid: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
            ip: four(16),
            server: four(20),
            next: Some(four(20)).filter(|ip| !ip.is_unspecified()),
            file: text(&head[108..236]),
        };
        let mut rest = bytes.get(HEADER..)?;
        while let [code, after @ ..] = rest {
            match code {
                0 => rest = after,
                255 => break,
                _ => {
                    let (len, after) = after.split_first()?;
                    let (value, after) = after.split_at_checked(usize::from(*len))?;
                    match (*code, value) {
                        (53, [kind]) => answer.kind = *kind,
                        (54, [a, b, c, d]) => answer.server = Ipv4Addr::new(*a, *b, *c, *d),
                        (67, file) if !file.is_empty() => answer.file = text(file),
                        _ => {}
                    }
                    rest = after;
                }
            }
        }
        Some(answer)
    }
}

/// Text up to the first NUL.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
