//! Firmware that asks by DHCP, as data: what each kind sends was seen on the wire, and answers are read by dhcproto's own
//! decoder, which muster does not use to write them.
#![allow(dead_code)]

use std::net::Ipv4Addr;

use dhcproto::v4::{self, DhcpOption, OptionCode};
use dhcproto::{Decodable, Decoder};

/// What a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firmware {
    /// iPXE in a BIOS option ROM.
    IpxeRom,
    /// A BIOS PXE ROM that is no iPXE.
    BiosPxe,
    /// UEFI PXE: no options 61, 77 or 175.
    UefiPxe,
    /// iPXE, started by UEFI.
    IpxeEfi,
    /// UEFI HTTP boot.
    UefiHttp,
    /// An operating system: busybox udhcpc.
    Os,
    /// An operating system: ISC dhclient, which names no class and no identifier.
    Dhclient,
}

/// A client that is about to ask.
#[derive(Debug, Clone)]
pub struct FakeNode {
    pub firmware: Firmware,
    pub htype: u8,
    pub chaddr: Vec<u8>,
    pub xid: u32,
    pub ciaddr: Ipv4Addr,
    pub giaddr: Ipv4Addr,
    pub client_id: Option<Vec<u8>>,
    pub relay: Option<Vec<u8>>,
    pub uuid: [u8; 16],
    pub max_size: u16,
}

impl FakeNode {
    pub fn new(firmware: Firmware, mac: [u8; 6]) -> Self {
        let mut uuid = [0x11; 16];
        uuid[10..].copy_from_slice(&mac);
        let id = matches!(
            firmware,
            Firmware::IpxeRom | Firmware::IpxeEfi | Firmware::Os
        );
        Self {
            firmware,
            htype: 1,
            chaddr: mac.to_vec(),
            xid: u32::from_be_bytes([mac[2], mac[3], mac[4], mac[5]]) ^ 0x5a5a_0000,
            ciaddr: Ipv4Addr::UNSPECIFIED,
            giaddr: Ipv4Addr::UNSPECIFIED,
            client_id: id.then(|| [&[1], &mac[..]].concat()),
            relay: None,
            uuid,
            max_size: 1472,
        }
    }

    /// The node with number `n`: `52:54:00:00:xx:xx`.
    pub fn numbered(firmware: Firmware, n: u32) -> Self {
        let [_, b, c, d] = n.to_be_bytes();
        Self::new(firmware, [0x52, 0x54, 0, b, c, d])
    }

    /// The InfiniBand port with a GUID, as an option ROM or `NetworkManager` asks for it: nothing in the header, the GUID at the
    /// end of the client identifier.
    pub fn infiniband(firmware: Firmware, guid: [u8; 8]) -> Self {
        let id = [&[0xff, 0, 0, 0, 0, 0, 2, 0, 0, 2, 0xc9, 0], &guid[..]].concat();
        Self {
            htype: 32,
            chaddr: Vec::new(),
            client_id: Some(id),
            ..Self::new(firmware, [0; 6])
        }
    }

    /// Behind a relay.
    pub fn behind(mut self, relay: Ipv4Addr, option: Option<&[u8]>) -> Self {
        self.giaddr = relay;
        self.relay = option.map(<[u8]>::to_vec);
        self
    }

    pub fn discover(&self) -> Vec<u8> {
        self.message(1, &[])
    }

    /// DHCPREQUEST that selects an offer.
    pub fn select(&self, offer: &Seen) -> Vec<u8> {
        let (ip, server) = (offer.yiaddr.octets(), offer.server().octets());
        self.message(3, &[(50, &ip), (54, &server)])
    }

    /// DHCPREQUEST of a client that remembers its address.
    pub fn init_reboot(&self, ip: Ipv4Addr) -> Vec<u8> {
        self.message(3, &[(50, &ip.octets())])
    }

    /// DHCPREQUEST that prolongs a lease.
    pub fn renew(&self, ip: Ipv4Addr) -> Vec<u8> {
        let mut bound = self.clone();
        bound.ciaddr = ip;
        bound.message(3, &[])
    }

    pub fn decline(&self, ip: Ipv4Addr, server: Ipv4Addr) -> Vec<u8> {
        self.message(4, &[(50, &ip.octets()), (54, &server.octets())])
    }

    pub fn release(&self, ip: Ipv4Addr, server: Ipv4Addr) -> Vec<u8> {
        let mut bound = self.clone();
        bound.ciaddr = ip;
        bound.message(7, &[(54, &server.octets())])
    }

    pub fn inform(&self, ip: Ipv4Addr) -> Vec<u8> {
        let mut bound = self.clone();
        bound.ciaddr = ip;
        bound.message(8, &[])
    }

    /// Any message with extra options after the usual ones.
    pub fn message(&self, kind: u8, extra: &[(u8, &[u8])]) -> Vec<u8> {
        let mut options: Vec<(u8, Vec<u8>)> = vec![(53, vec![kind])];
        options.push((57, self.max_size.to_be_bytes().to_vec()));
        options.extend(self.marks());
        if let Some(id) = &self.client_id {
            options.push((61, id.clone()));
        }
        options.extend(extra.iter().map(|(code, value)| (*code, value.to_vec())));
        if let Some(relay) = &self.relay {
            options.push((82, relay.clone()));
        }
        let mut out = self.header();
        for (code, value) in options {
            out.extend([code, value.len() as u8]);
            out.extend(value);
        }
        out.push(255);
        out
    }

    /// The fixed header with its cookie.
    pub fn header(&self) -> Vec<u8> {
        let efi = matches!(self.firmware, Firmware::UefiPxe | Firmware::UefiHttp);
        let mut out = vec![1, self.htype, self.chaddr.len() as u8, 0];
        out.extend(self.xid.to_be_bytes());
        out.extend([0, 4, if efi { 0x80 } else { 0 }, 0]);
        for ip in [
            self.ciaddr,
            Ipv4Addr::UNSPECIFIED,
            Ipv4Addr::UNSPECIFIED,
            self.giaddr,
        ] {
            out.extend(ip.octets());
        }
        let mut chaddr = self.chaddr.clone();
        chaddr.resize(16, 0);
        out.extend(chaddr);
        out.extend([0; 192]);
        out.extend([99, 130, 83, 99]);
        out
    }

    /// What tells the kinds of firmware apart.
    fn marks(&self) -> Vec<(u8, Vec<u8>)> {
        let uuid = [&[0], &self.uuid[..]].concat();
        let class = |text: &str| (60, text.as_bytes().to_vec());
        let ipxe: [u8; 16] = [
            0xb1, 5, 1, 0x1a, 0xf4, 0x10, 0, 0xeb, 3, 1, 0, 0, 0x17, 1, 1, 0x22,
        ];
        match self.firmware {
            Firmware::IpxeRom => vec![
                (93, vec![0, 0]),
                (94, vec![1, 2, 1]),
                class("PXEClient:Arch:00000:UNDI:002001"),
                (77, b"iPXE".to_vec()),
                (
                    55,
                    vec![1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119, 175],
                ),
                (175, ipxe.to_vec()),
                (97, uuid),
            ],
            Firmware::BiosPxe => vec![
                (
                    55,
                    vec![1, 2, 3, 5, 6, 11, 12, 13, 15, 43, 54, 60, 66, 67, 128],
                ),
                (97, uuid),
                (93, vec![0, 0]),
                (94, vec![1, 2, 1]),
                class("PXEClient:Arch:00000:UNDI:002001"),
            ],
            Firmware::UefiPxe => vec![
                (
                    55,
                    vec![1, 2, 3, 4, 5, 6, 12, 13, 15, 43, 54, 60, 66, 67, 97],
                ),
                (97, uuid),
                (94, vec![1, 3, 0]),
                (93, vec![0, 7]),
                class("PXEClient:Arch:00007:UNDI:003000"),
            ],
            Firmware::IpxeEfi => vec![
                (93, vec![0, 7]),
                (94, vec![1, 3, 10]),
                class("PXEClient:Arch:00007:UNDI:003010"),
                (77, b"iPXE".to_vec()),
                (175, ipxe.to_vec()),
                (97, uuid),
            ],
            Firmware::UefiHttp => vec![
                (97, uuid),
                (94, vec![1, 3, 0]),
                (93, vec![0, 16]),
                class("HTTPClient:Arch:00016:UNDI:003000"),
            ],
            Firmware::Os => vec![
                (55, vec![1, 3, 6, 12, 15, 28, 42, 121]),
                (12, b"localhost".to_vec()),
                class("udhcp 1.35.0"),
            ],
            Firmware::Dhclient => vec![
                (12, b"localhost".to_vec()),
                (55, vec![1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42]),
            ],
        }
    }
}

/// One of each client that was seen on a wire, as the node with number `n`; the last two are its InfiniBand port.
pub fn every_client(n: u32) -> Vec<(&'static str, FakeNode)> {
    let mut all: Vec<(&str, FakeNode)> = [
        ("iPXE in a BIOS ROM", Firmware::IpxeRom),
        ("a BIOS PXE ROM", Firmware::BiosPxe),
        ("UEFI PXE", Firmware::UefiPxe),
        ("iPXE on UEFI", Firmware::IpxeEfi),
        ("UEFI HTTP boot", Firmware::UefiHttp),
        ("udhcpc", Firmware::Os),
        ("dhclient", Firmware::Dhclient),
    ]
    .into_iter()
    .map(|(name, firmware)| (name, FakeNode::numbered(firmware, n)))
    .collect();
    let [.., c, d] = n.to_be_bytes();
    let guid = [0, 2, 0xc9, 3, 0, 0x11, c, d];
    let rom = FakeNode::infiniband(Firmware::BiosPxe, guid);
    let ipxe = FakeNode {
        chaddr: guid.to_vec(),
        client_id: None,
        ..FakeNode::infiniband(Firmware::IpxeRom, guid)
    };
    all.push(("an InfiniBand option ROM", rom));
    all.push(("iPXE on InfiniBand", ipxe));
    all
}

/// A server's message as the client sees it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub kind: v4::MessageType,
    pub xid: u32,
    pub yiaddr: Ipv4Addr,
    pub siaddr: Ipv4Addr,
    pub giaddr: Ipv4Addr,
    /// The BOOTP `file` field.
    pub file: String,
    pub len: usize,
    raw: Vec<u8>,
    message: v4::Message,
}

impl Seen {
    pub fn read(bytes: &[u8]) -> Self {
        let message = v4::Message::decode(&mut Decoder::new(bytes)).unwrap();
        let kind = message.opts().msg_type().unwrap();
        let end = bytes[108..236].iter().position(|b| *b == 0).unwrap_or(128);
        Self {
            kind,
            xid: message.xid(),
            yiaddr: message.yiaddr(),
            siaddr: message.siaddr(),
            giaddr: message.giaddr(),
            file: String::from_utf8(bytes[108..108 + end].to_vec()).unwrap(),
            len: bytes.len(),
            raw: bytes.to_vec(),
            message,
        }
    }

    pub fn get(&self, code: u8) -> Option<&DhcpOption> {
        self.message.opts().get(OptionCode::from(code))
    }

    pub fn server(&self) -> Ipv4Addr {
        match self.get(54) {
            Some(DhcpOption::ServerIdentifier(ip)) => *ip,
            other => panic!("option 54 is {other:?}"),
        }
    }

    /// The raw bytes of an option, its pieces joined.
    pub fn bytes(&self, code: u8) -> Option<Vec<u8>> {
        let mut found = None;
        for (c, value) in self.pieces() {
            if c == code {
                found.get_or_insert_with(Vec::new).extend(value);
            }
        }
        found
    }

    pub fn text(&self, code: u8) -> Option<String> {
        self.bytes(code).map(|b| String::from_utf8(b).unwrap())
    }

    /// Codes in the order in which they are in the message.
    pub fn codes(&self) -> Vec<u8> {
        self.pieces().into_iter().map(|(code, _)| code).collect()
    }

    fn pieces(&self) -> Vec<(u8, Vec<u8>)> {
        let mut rest = &self.raw[240..];
        let mut all = Vec::new();
        while let [code, len, after @ ..] = rest {
            if *code == 255 {
                break;
            }
            all.push((*code, after[..usize::from(*len)].to_vec()));
            rest = &after[usize::from(*len)..];
        }
        all
    }
}
