//! Each option that muster speaks, once, with the bytes that a client reads.

use std::net::Ipv4Addr;

use dhcproto::v4::MessageType::{self, Ack, Nak, Offer};
use muster::boot::dhcp::Door;

use super::world::{SERVER, World, ip, lan, view};
use crate::support::dhcp_client::{FakeNode, Firmware, Seen, every_client};

/// A network with everything that a network can have.
fn rich() -> World {
    let base = lan();
    let mut settings = (*base.settings).clone();
    settings.networks[0].dns = vec![ip("10.0.0.2"), ip("10.0.0.22")];
    settings.networks[0].routes = vec![("10.128.0.0/9".parse().unwrap(), ip("10.0.0.7"))];
    World::new(view(settings, base.nodes.clone()))
}

#[test]
fn of_an_ack() {
    let text = |text: &str| Some(text.as_bytes().to_vec());
    let seconds = |seconds: u32| Some(seconds.to_be_bytes().to_vec());
    let uuid = [&[0][..], &[0x11; 10], &[0x52, 0x54, 0, 0, 0, 2]].concat();
    // Option, what it is, who asks, and its bytes.
    let rows: Vec<(u8, &str, Firmware, Option<Vec<u8>>)> = vec![
        (1, "mask", Firmware::Os, Some(vec![255, 255, 255, 0])),
        (3, "router", Firmware::Os, Some(vec![10, 0, 0, 254])),
        (
            6,
            "name servers",
            Firmware::Os,
            Some(vec![10, 0, 0, 2, 10, 0, 0, 22]),
        ),
        (12, "host name", Firmware::Os, text("n2")),
        (15, "domain", Firmware::Os, text("cluster.test")),
        (28, "broadcast", Firmware::Os, Some(vec![10, 0, 0, 255])),
        (42, "time servers", Firmware::Os, Some(vec![10, 0, 0, 3])),
        (
            43,
            "vendor options, of ProxyDHCP alone",
            Firmware::UefiPxe,
            None,
        ),
        (51, "lease", Firmware::Os, seconds(3600)),
        (53, "type", Firmware::Os, Some(vec![5])),
        (54, "server", Firmware::Os, Some(vec![10, 0, 0, 1])),
        (58, "renewal", Firmware::Os, seconds(1800)),
        (59, "rebinding", Firmware::Os, seconds(3150)),
        (
            60,
            "class of HTTP boot",
            Firmware::UefiHttp,
            text("HTTPClient"),
        ),
        (60, "no class for PXE", Firmware::UefiPxe, None),
        (66, "TFTP server", Firmware::UefiPxe, text("10.0.0.1")),
        (66, "no TFTP server for iPXE", Firmware::IpxeRom, None),
        (
            67,
            "loader of a BIOS",
            Firmware::BiosPxe,
            text("undionly.kpxe"),
        ),
        (
            67,
            "loader of UEFI",
            Firmware::UefiPxe,
            text("ipxe-snponly-x86_64.efi"),
        ),
        (67, "nothing for a system", Firmware::Dhclient, None),
        (
            97,
            "the machine's own identifier",
            Firmware::UefiPxe,
            Some(uuid),
        ),
        (97, "no identifier where none was told", Firmware::Os, None),
        (
            121,
            "routes, the default one too",
            Firmware::Os,
            Some(vec![9, 10, 128, 10, 0, 0, 7, 0, 10, 0, 0, 254]),
        ),
        (
            175,
            "iPXE does not wait for ProxyDHCP: 176 = 1",
            Firmware::IpxeRom,
            Some(vec![176, 1, 1]),
        ),
        (
            175,
            "the same on UEFI",
            Firmware::IpxeEfi,
            Some(vec![176, 1, 1]),
        ),
        (175, "nobody else", Firmware::UefiPxe, None),
        (
            61,
            "the client's own identifier (RFC 6842)",
            Firmware::Os,
            Some(vec![1, 0x52, 0x54, 0, 0, 0, 2]),
        ),
        (61, "none where none was told", Firmware::UefiPxe, None),
        (56, "no words in an ACK", Firmware::Os, None),
        (82, "nothing without a relay", Firmware::Os, None),
    ];
    for (option, what, firmware, bytes) in rows {
        let ack = rich().exchange(&FakeNode::numbered(firmware, 2));
        assert_eq!(ack.bytes(option), bytes, "option {option}, {what}");
    }
}

#[test]
fn of_a_nak() {
    let mut world = rich();
    let mut client =
        FakeNode::numbered(Firmware::Os, 2).behind(ip("10.0.0.9"), Some(&[1, 1, b'p']));
    client.max_size = 576;
    let nak = world.ask(&client.init_reboot(ip("172.16.0.1")));
    assert_eq!(nak.kind, Nak);
    assert_eq!(
        nak.text(56).unwrap(),
        "172.16.0.1 is not in network lan (10.0.0.0/24)"
    );
    assert_eq!(
        nak.codes(),
        [53, 54, 56, 61, 82],
        "and nothing that a client could use"
    );
    assert_eq!(
        (nak.yiaddr, nak.siaddr),
        (Ipv4Addr::UNSPECIFIED, Ipv4Addr::UNSPECIFIED)
    );
}

#[test]
fn of_proxy_dhcp_on_both_ports() {
    for (door, peer, kind) in [
        (Door::Server, "0.0.0.0:68", Offer),
        (Door::Proxy, "10.0.0.150:4011", Ack),
    ] {
        let mut world = rich();
        let mut settings = (*world.view.settings).clone();
        settings.networks[0].proxy = true;
        world.view = view(settings, world.view.nodes.clone());
        (world.arrival.door, world.arrival.peer) = (door, peer.parse().unwrap());
        let client = FakeNode::numbered(Firmware::UefiPxe, 2);
        let asked = match door {
            Door::Server => client.discover(),
            Door::Proxy => client.renew(ip("10.0.0.150")),
        };
        let seen = world.ask(&asked);
        assert_eq!((seen.kind, seen.yiaddr), (kind, Ipv4Addr::UNSPECIFIED));
        assert_eq!(seen.text(60).unwrap(), "PXEClient");
        assert_eq!(seen.bytes(43).unwrap(), [6, 1, 8, 255]);
        assert_eq!(seen.text(66).unwrap(), "10.0.0.1");
        assert_eq!(seen.text(67).unwrap(), "ipxe-snponly-x86_64.efi");
        for given_by_another in [1, 3, 6, 12, 15, 28, 42, 51, 58, 59, 121] {
            assert_eq!(seen.bytes(given_by_another), None, "{given_by_another}");
        }
    }
}

#[test]
fn every_client_is_answered_in_a_form_it_reads() {
    let guid = muster::kit::Mac::from_bytes(&[0, 2, 0xc9, 3, 0, 0x11, 0, 5]).unwrap();
    for (name, client) in every_client(5) {
        let base = lan();
        let mut nodes = base.nodes.clone();
        nodes.push(super::world::node(
            31,
            "ib5",
            Some(guid),
            Some(ip("10.0.0.35")),
        ));
        let mut world = World::new(view((*base.settings).clone(), nodes));
        let offer = world.ask(&client.discover());
        let ack = world.ask(&client.select(&offer));
        for (seen, kind) in [(&offer, Offer), (&ack, Ack)] {
            form(name, seen, kind, &client);
        }
        let own = if client.htype == 32 {
            "10.0.0.35"
        } else {
            "10.0.0.15"
        };
        assert_eq!(ack.yiaddr, ip(own), "{name}");
    }
}

fn form(name: &str, seen: &Seen, kind: MessageType, client: &FakeNode) {
    assert_eq!(
        (seen.kind, seen.xid, seen.server()),
        (kind, client.xid, SERVER),
        "{name}"
    );
    assert!((300..=1472).contains(&seen.len), "{name}: {}", seen.len);
    // Firmware reads the type first, and a relay looks for its option at the end.
    assert_eq!(seen.codes()[..2], [53, 54], "{name}");
    let codes = seen.codes();
    for code in &codes {
        assert_eq!(
            codes.iter().filter(|other| *other == code).count(),
            1,
            "{name}: {code} twice"
        );
    }
    // Old ROMs look into the header only.
    let file = seen.text(67).unwrap_or_default();
    assert_eq!(seen.file, file, "{name}");
    assert_eq!(seen.siaddr.is_unspecified(), file.is_empty(), "{name}");
}
