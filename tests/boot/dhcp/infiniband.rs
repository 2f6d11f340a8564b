//! InfiniBand: hardware addresses of 20 bytes that do not fit into a message, so that the port's GUID, or the client identifier,
//! says who asks (RFC 4390).

use std::net::Ipv4Addr;
use std::sync::Arc;

use muster::fleet::{DhcpStep, Form, What, Who};
use muster::kit::Mac;
use muster::model::{NetDev, Node, NodeId};

use super::world::{World, dhcp, ip, lan, node, note, steps, view};
use crate::support::dhcp_client::{FakeNode, Firmware};
use crate::support::view as registry_view;

const GUID: [u8; 8] = [0x00, 0x02, 0xc9, 0x03, 0x00, 0x11, 0x22, 0x33];

/// The whole address: queue pair, prefix of the subnet, GUID.
fn port() -> [u8; 20] {
    let mut port = [
        0x80, 0, 0, 0x48, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    port[12..].copy_from_slice(&GUID);
    port
}

/// A node `ib1` with that port, and with an Ethernet device that has no address.
fn world() -> World {
    let long = Mac::from_bytes(&port()).unwrap();
    let mut ib: Node = (*node(30, "ib1", Some(long), Some(ip("10.0.0.30")))).clone();
    ib.net.push(NetDev {
        name: "eth".into(),
        ..NetDev::default()
    });
    let base = lan();
    World::new(view((*base.settings).clone(), vec![Arc::new(ib)]))
}

/// A name, what stands in the header, and the client identifier.
type Way = (&'static str, Vec<u8>, Option<Vec<u8>>);

/// How it tells who it is.
fn ways() -> Vec<Way> {
    let vendor = [&[0xff, 0, 0, 0, 0, 0, 2, 0, 0, 2, 0xc9, 0][..], &GUID].concat();
    let duid = [&[0xff, 0, 0, 0, 1, 0, 3, 0, 32][..], &port()].concat();
    vec![
        ("iPXE: the GUID in the header", GUID.to_vec(), None),
        (
            "iPXE with an identifier of its own",
            GUID.to_vec(),
            Some(b"whatever".to_vec()),
        ),
        (
            "an option ROM: the maker's identifier",
            vec![],
            Some(vendor),
        ),
        (
            "type 32 and the whole address",
            vec![],
            Some([&[32][..], &port()].concat()),
        ),
        (
            "type 32 and the GUID",
            vec![],
            Some([&[32][..], &GUID].concat()),
        ),
        ("a DUID of the whole address", vec![], Some(duid)),
    ]
}

#[test]
fn a_port_is_known_however_it_tells_who_it_is() {
    for (name, chaddr, id) in ways() {
        let mut world = world();
        let mut rom = FakeNode::infiniband(Firmware::BiosPxe, GUID);
        rom.chaddr = chaddr;
        rom.client_id = id.clone();
        let ack = world.exchange(&rom);
        assert_eq!(
            (ack.yiaddr, ack.text(12).as_deref()),
            (ip("10.0.0.30"), Some("ib1")),
            "{name}"
        );
        assert_eq!(ack.text(67).as_deref(), Some("undionly.kpxe"), "{name}");
        assert_eq!(ack.bytes(61), id, "{name}: the client identifier is echoed");
        let boot = world.boots.of_ip(ip("10.0.0.30")).unwrap();
        assert_eq!(boot.node, NodeId(30), "{name}");
    }
}

#[test]
fn its_answers_are_broadcast_with_the_header_as_it_came() {
    // It has no hardware address that a frame could be sent to; hlen is 0 and chaddr stays empty (RFC 4390 section 2.1).
    for flags in [0, 0x80] {
        let mut world = world();
        let mut bytes = FakeNode::infiniband(Firmware::BiosPxe, GUID).discover();
        bytes[10] = flags;
        let reply = world.hear(&bytes).reply.unwrap();
        assert_eq!(
            (*reply.to.ip(), reply.interface),
            (Ipv4Addr::BROADCAST, Some(2))
        );
        assert_eq!(reply.bytes[1..3], [32, 0]);
        assert_eq!(reply.bytes[10], flags);
        assert_eq!(reply.bytes[28..44], [0; 16]);
    }
}

#[test]
fn a_length_of_20_in_the_header_is_taken_as_none() {
    // The first 16 bytes of the address are in the field, as its length promises more than there is.
    let mut world = world();
    let mut bytes = FakeNode::infiniband(Firmware::Os, GUID).discover();
    bytes[2] = 20;
    bytes[28..44].copy_from_slice(&port()[..16]);
    let reply = world.hear(&bytes).reply.unwrap();
    assert_eq!(reply.bytes[2], 0, "nobody else is made to read 20 bytes");
    assert_eq!(reply.bytes[16..20], [10, 0, 0, 30]);
    // A server's answer to such a client is heard without harm.
    bytes[0] = 2;
    let at = bytes.windows(3).position(|w| w == [53, 1, 1]).unwrap();
    bytes[at + 2] = 2;
    assert!(matches!(
        world.hear(&bytes).events[0].what,
        What::Rival { .. }
    ));
}

#[test]
fn the_whole_boot_of_a_port() {
    // Firmware, iPXE and system: three ways of telling, one address, one boot.
    let mut world = world();
    let rom = FakeNode::infiniband(Firmware::BiosPxe, GUID);
    let answer = world.hear(&rom.discover());
    assert_eq!(steps(&answer.events), [DhcpStep::Discover, DhcpStep::Offer]);
    assert!(
        answer
            .events
            .iter()
            .all(|event| event.who == Who::Node(NodeId(30)) && event.boot.is_some())
    );
    world.exchange(&rom);
    let boot = world.boots.of_node(NodeId(30)).unwrap().id;
    let mut ipxe = FakeNode::infiniband(Firmware::IpxeRom, GUID);
    (ipxe.chaddr, ipxe.client_id) = (GUID.to_vec(), None);
    let ack = world.exchange(&ipxe);
    assert_eq!(
        ack.text(67).as_deref(),
        Some("http://10.0.0.1:9873/ipxe/00-02-c9-03-00-11-22-33?assetkey=${asset}&uuid=${uuid}")
    );
    let system = FakeNode {
        client_id: Some([&[32][..], &GUID].concat()),
        ..FakeNode::infiniband(Firmware::Os, GUID)
    };
    assert_eq!(world.exchange(&system).yiaddr, ip("10.0.0.30"));
    assert_eq!(world.boots.of_node(NodeId(30)).unwrap().id, boot);
    assert_eq!(world.desk.leases.len(), 1);
    // It renews, chooses another server, and gives back, like any other.
    assert_eq!(
        world.ask(&system.renew(ip("10.0.0.30"))).yiaddr,
        ip("10.0.0.30")
    );
    let elsewhere = system.message(3, &[(50, &[10, 0, 0, 30]), (54, &[10, 0, 0, 66])]);
    assert!(world.hear(&elsewhere).reply.is_none());
    world.hear(&system.release(ip("10.0.0.30"), ip("10.0.0.1")));
    assert!(world.desk.leases.is_empty());
}

#[test]
fn who_cannot_be_told_gets_no_answer_and_who_is_unknown_gets_a_pool_address() {
    // Header and identifier, and whether there is an answer.
    type Row = (&'static str, &'static [u8], Option<&'static [u8]>, bool);
    let rows: [Row; 9] = [
        ("nothing", &[], None, false),
        ("an identifier of one byte", &[], Some(&[32]), false),
        ("an identifier of eight bytes", &[], Some(&GUID), false),
        (
            "type 32 and 19 bytes",
            &[],
            Some(&[32, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1]),
            true,
        ),
        (
            "type 32 and zeros",
            &[],
            Some(&[32, 0, 0, 0, 0, 0, 0, 0, 0]),
            false,
        ),
        (
            "an Ethernet address in the header",
            &[0x52, 0x54, 0, 0, 0, 1],
            None,
            false,
        ),
        ("a GUID of ones", &[255; 8], None, false),
        (
            "another GUID",
            &[0, 2, 0xc9, 3, 0, 0x11, 0x22, 0x34],
            None,
            true,
        ),
        (
            "another GUID by its identifier",
            &[],
            Some(&[32, 0, 2, 0xc9, 3, 0, 0x11, 0x22, 0x35]),
            true,
        ),
    ];
    for (name, chaddr, id, answered) in rows {
        let mut world = world();
        let mut client = FakeNode::infiniband(Firmware::IpxeRom, GUID);
        (client.chaddr, client.client_id) = (chaddr.to_vec(), id.map(<[u8]>::to_vec));
        let answer = world.hear(&client.discover());
        assert_eq!(answer.reply.is_some(), answered, "{name}");
        if answered {
            let first = dhcp(&answer.events).next().unwrap();
            assert_eq!(first.form, Form::Ipxe, "{name}");
            assert!(matches!(answer.events[0].who, Who::Stranger(_)), "{name}");
            assert!(
                (200..210).contains(&world.exchange(&client).yiaddr.octets()[3]),
                "{name}"
            );
        } else {
            assert!(
                note(&answer).contains("without a usable hardware address"),
                "{name}"
            );
        }
    }
}

#[test]
fn nodes_conf_holds_addresses_of_20_bytes_and_of_8() {
    let long = Mac::from_bytes(&port()).unwrap();
    let short = Mac::from_bytes(&GUID).unwrap();
    for written in [
        long.to_string(),
        long.to_string().to_uppercase(),
        short.to_string(),
        long.hyphenated(),
    ] {
        let nodes = format!(
            "nodes:\n  ib7:\n    network devices:\n      ib0:\n        type: infiniband\n        hwaddr: {written}\n        ipaddr: 10.0.0.7\n"
        );
        let conf = "networks:\n  lan: {subnet: 10.0.0.0/24, interface: eno1, server: 10.0.0.1}\n";
        let mut world = World::new((*registry_view(&nodes, conf)).clone());
        for (name, chaddr, id) in ways() {
            let mut rom = FakeNode::infiniband(Firmware::UefiPxe, GUID);
            (rom.chaddr, rom.client_id) = (chaddr, id);
            let ack = world.exchange(&rom);
            assert_eq!(ack.yiaddr, ip("10.0.0.7"), "{written}, {name}");
        }
    }
}
