//! What each kind of firmware hears.

use std::net::Ipv4Addr;

use dhcproto::v4::MessageType;
use muster::fleet::{Arch, DhcpStep, Form, What, Who};
use muster::kit::Mac;
use muster::model::NodeId;

use super::world::{SERVER, World, dhcp, ip, lan, node, note, steps, view};
use crate::support::dhcp_client::{FakeNode, Firmware, Seen};

/// Firmware, boot file (option 67), option 60, next-server.
const ROADS: [(Firmware, Option<&str>, Option<&str>, bool); 6] = [
    (
        Firmware::IpxeRom,
        Some("http://10.0.0.1:9873/ipxe/52-54-00-00-00-01?assetkey=${asset}&uuid=${uuid}"),
        None,
        true,
    ),
    (
        Firmware::IpxeEfi,
        Some("http://10.0.0.1:9873/ipxe/52-54-00-00-00-01?assetkey=${asset}&uuid=${uuid}"),
        None,
        true,
    ),
    (Firmware::BiosPxe, Some("undionly.kpxe"), None, true),
    (
        Firmware::UefiPxe,
        Some("ipxe-snponly-x86_64.efi"),
        None,
        true,
    ),
    (
        Firmware::UefiHttp,
        Some("http://10.0.0.1:9873/efiboot/ipxe-snponly-x86_64.efi"),
        Some("HTTPClient"),
        true,
    ),
    (Firmware::Os, None, None, false),
];

#[test]
fn every_firmware_gets_its_own_boot_file() {
    for (firmware, file, class, next) in ROADS {
        let mut world = World::new(lan());
        let ack = world.exchange(&FakeNode::numbered(firmware, 1));
        assert_eq!(ack.yiaddr, ip("10.0.0.11"), "{firmware:?}");
        assert_eq!(ack.text(67).as_deref(), file, "{firmware:?}");
        assert_eq!(ack.file, file.unwrap_or_default(), "{firmware:?}");
        assert_eq!(ack.text(60).as_deref(), class, "{firmware:?}");
        let server = if next { SERVER } else { Ipv4Addr::UNSPECIFIED };
        assert_eq!(ack.siaddr, server, "{firmware:?}");
        let wait = matches!(firmware, Firmware::IpxeRom | Firmware::IpxeEfi);
        let no_proxy = wait.then(|| vec![176, 1, 1]);
        assert_eq!(
            ack.bytes(175),
            no_proxy,
            "{firmware:?}: iPXE does not wait for ProxyDHCP"
        );
    }
}

#[test]
fn an_answer_describes_the_network() {
    let mut world = World::new(lan());
    let ack = world.exchange(&FakeNode::numbered(Firmware::UefiPxe, 2));
    assert_eq!(ack.bytes(1).unwrap(), [255, 255, 255, 0]);
    assert_eq!(ack.bytes(3).unwrap(), [10, 0, 0, 254]);
    assert_eq!(ack.bytes(6).unwrap(), [10, 0, 0, 2]);
    assert_eq!(ack.text(12).unwrap(), "n2");
    assert_eq!(ack.text(15).unwrap(), "cluster.test");
    assert_eq!(ack.bytes(28).unwrap(), [10, 0, 0, 255]);
    assert_eq!(ack.bytes(42).unwrap(), [10, 0, 0, 3]);
    assert_eq!(ack.bytes(51).unwrap(), 3600_u32.to_be_bytes());
    assert_eq!(ack.bytes(58).unwrap(), 1800_u32.to_be_bytes());
    assert_eq!(ack.bytes(59).unwrap(), 3150_u32.to_be_bytes());
    assert_eq!(ack.text(66).unwrap(), "10.0.0.1");
    assert_eq!(
        ack.bytes(97).unwrap()[11..],
        [0x52, 0x54, 0, 0, 0, 2],
        "the UUID is echoed"
    );
    assert!(ack.len >= 300, "padded: {}", ack.len);
}

#[test]
fn a_boot_opens_at_the_first_message_and_is_bound_before_the_ack_leaves() {
    let mut world = World::new(lan());
    let firmware = FakeNode::numbered(Firmware::UefiPxe, 3);
    let answer = world.hear(&firmware.discover());
    assert_eq!(steps(&answer.events), [DhcpStep::Discover, DhcpStep::Offer]);
    let boot = world.boots.of_node(NodeId(3)).unwrap().clone();
    assert_eq!(boot.ip, None, "an offer binds nothing");
    assert!(
        answer
            .events
            .iter()
            .all(|e| e.boot == Some(boot.id) && e.who == Who::Node(NodeId(3)))
    );
    let first = dhcp(&answer.events).next().unwrap().clone();
    assert_eq!((first.form, first.arch), (Form::Pxe, Some(Arch(7))));
    assert_eq!(
        first.uuid.as_deref(),
        Some("11111111-1111-1111-1111-525400000003")
    );

    let offer = Seen::read(&answer.reply.unwrap().bytes);
    let answer = world.hear(&firmware.select(&offer));
    assert_eq!(steps(&answer.events), [DhcpStep::Request, DhcpStep::Ack]);
    assert_eq!(world.boots.of_ip(ip("10.0.0.13")).unwrap().id, boot.id);

    // iPXE that this firmware loaded goes on in the same boot; firmware that starts over after it does not.
    world.pass(3);
    world.exchange(&FakeNode::numbered(Firmware::IpxeEfi, 3));
    assert_eq!(world.boots.of_node(NodeId(3)).unwrap().id, boot.id);
    world.pass(60);
    world.exchange(&firmware);
    assert_ne!(world.boots.of_node(NodeId(3)).unwrap().id, boot.id);
}

#[test]
fn an_operating_system_is_answered_and_opens_no_boot() {
    let mut world = World::new(lan());
    let ack = world.exchange(&FakeNode::numbered(Firmware::Os, 4));
    assert_eq!(ack.yiaddr, ip("10.0.0.14"));
    assert!(world.boots.of_node(NodeId(4)).is_none());
}

#[test]
fn an_unknown_machine_gets_a_pool_address_and_the_same_road() {
    let mut world = World::new(lan());
    let stranger = FakeNode::numbered(Firmware::IpxeRom, 77);
    let answer = world.hear(&stranger.discover());
    let mac = Mac::ethernet([0x52, 0x54, 0, 0, 0, 77]);
    assert!(
        answer
            .events
            .iter()
            .all(|e| e.who == Who::Stranger(mac) && e.boot.is_none())
    );
    let ack = world.exchange(&stranger);
    assert!((200..210).contains(&ack.yiaddr.octets()[3]));
    assert_eq!(ack.bytes(12), None, "it has no name");
    assert_eq!(
        ack.bytes(51).unwrap(),
        600_u32.to_be_bytes(),
        "and a short lease"
    );
    assert!(ack.text(67).unwrap().contains("/ipxe/52-54-00-00-00-4d?"));
}

#[test]
fn a_client_that_comes_back_is_acknowledged_and_one_from_elsewhere_is_refused() {
    let mut world = World::new(lan());
    let client = FakeNode::numbered(Firmware::Os, 5);
    let ack = world.ask(&client.init_reboot(ip("10.0.0.15")));
    assert_eq!((ack.kind, ack.yiaddr), (MessageType::Ack, ip("10.0.0.15")));
    let ack = world.ask(&client.renew(ip("10.0.0.15")));
    assert_eq!(ack.kind, MessageType::Ack);

    // Table: what is asked for, and why not.
    let cases = [
        ("10.0.0.16", "10.0.0.16 belongs to n6"),
        (
            "192.168.7.7",
            "192.168.7.7 is not in network lan (10.0.0.0/24)",
        ),
        (
            "10.0.0.100",
            "10.0.0.100 is not an address for this machine",
        ),
        ("10.0.0.1", "10.0.0.1 is not an address for this machine"),
    ];
    for (wanted, why) in cases {
        let answer = world.hear(&client.init_reboot(ip(wanted)));
        assert_eq!(
            steps(&answer.events).last(),
            Some(&DhcpStep::Nak),
            "{wanted}"
        );
        assert_eq!(note(&answer), why);
        let reply = answer.reply.unwrap();
        assert_eq!(*reply.to.ip(), Ipv4Addr::BROADCAST);
        let nak = Seen::read(&reply.bytes);
        assert_eq!(
            (nak.kind, nak.yiaddr),
            (MessageType::Nak, Ipv4Addr::UNSPECIFIED)
        );
        assert_eq!(nak.bytes(51), None);
    }
}

#[test]
fn a_lost_ack_and_a_restart_refuse_nobody() {
    let mut world = World::new(lan());
    let stranger = FakeNode::numbered(Firmware::IpxeRom, 90);
    let offer = world.ask(&stranger.discover());
    for _ in 0..3 {
        assert_eq!(world.ask(&stranger.select(&offer)).kind, MessageType::Ack);
    }
    // Another daemon with an empty table: the offered address is still free, so it is given.
    let mut later = World::new(lan());
    let ack = later.ask(&stranger.select(&offer));
    assert_eq!((ack.kind, ack.yiaddr), (MessageType::Ack, offer.yiaddr));
}

#[test]
fn a_registry_edit_between_offer_and_request_does_not_refuse_the_client() {
    let mut world = World::new(lan());
    let client = FakeNode::numbered(Firmware::UefiPxe, 1);
    let offer = world.ask(&client.discover());
    let mac = Mac::ethernet([0x52, 0x54, 0, 0, 0, 1]);
    let moved = vec![node(1, "n1", Some(mac), Some(ip("10.0.0.77")))];
    world.view = view((*world.view.settings).clone(), moved);
    let ack = world.ask(&client.select(&offer));
    assert_eq!((ack.kind, ack.yiaddr), (MessageType::Ack, ip("10.0.0.11")));
    // The next time it gets the new one.
    assert_eq!(world.exchange(&client).yiaddr, ip("10.0.0.77"));
}

#[test]
fn another_server_is_reported_once_a_minute() {
    let mut world = World::new(lan());
    let client = FakeNode::numbered(Firmware::UefiPxe, 1);
    world.ask(&client.discover());
    let chosen = client.message(3, &[(50, &[10, 0, 0, 99]), (54, &[10, 0, 0, 66])]);
    let rivals = |answer: &muster::boot::dhcp::Answer| {
        let is = |e: &&muster::fleet::Event| matches!(&e.what, What::Rival { server, .. } if *server == ip("10.0.0.66"));
        answer.events.iter().filter(is).count()
    };
    let answer = world.hear(&chosen);
    assert!(answer.reply.is_none());
    assert_eq!(rivals(&answer), 1);
    assert_eq!(rivals(&world.hear(&chosen)), 0);
    world.pass(61);
    assert_eq!(rivals(&world.hear(&chosen)), 1);

    // Its own messages, when they reach us.
    let mut offer = client.message(2, &[(54, &[10, 0, 0, 67])]);
    offer[0] = 2;
    offer[16..20].copy_from_slice(&[10, 0, 0, 99]);
    let event = world.hear(&offer).events.remove(0);
    let What::Rival { server, what, .. } = event.what else {
        panic!("{event:?}")
    };
    assert_eq!(
        (server, &*what),
        (ip("10.0.0.67"), "offered 10.0.0.99 to 52:54:00:00:00:01")
    );
}

#[test]
fn who_informs_itself_gets_no_lease() {
    let mut world = World::new(lan());
    let client = FakeNode::numbered(Firmware::Os, 1);
    let answer = world.hear(&client.inform(ip("10.0.0.11")));
    let reply = answer.reply.unwrap();
    assert_eq!(reply.to.to_string(), "10.0.0.11:68");
    let ack = Seen::read(&reply.bytes);
    assert_eq!(
        (ack.kind, ack.yiaddr),
        (MessageType::Ack, Ipv4Addr::UNSPECIFIED)
    );
    assert_eq!((ack.bytes(51), ack.bytes(58)), (None, None));
    assert_eq!(ack.bytes(6).unwrap(), [10, 0, 0, 2]);
    assert!(world.desk.leases.is_empty());
}

#[test]
fn an_architecture_without_a_loader_is_said_so() {
    let mut world = World::new(lan());
    let mut client = FakeNode::numbered(Firmware::Os, 1);
    client.client_id = None;
    let riscv = client.message(1, &[]);
    // The last option 60 would be joined to the first, so this client is put together by hand.
    let mut bytes = client.header();
    bytes.extend([53, 1, 1, 93, 2, 0, 27, 60, 9]);
    bytes.extend(b"PXEClient");
    bytes.push(255);
    drop(riscv);
    let answer = world.hear(&bytes);
    assert_eq!(
        note(&answer),
        "no loader for UEFI RISC-V 64 (00:1b); name one under `tftp: ipxe` in muster.conf"
    );
    let offer = Seen::read(&answer.reply.unwrap().bytes);
    assert_eq!((offer.yiaddr, offer.bytes(67)), (ip("10.0.0.11"), None));
}

#[test]
fn of_several_architectures_the_first_with_a_loader_counts() {
    let mut world = World::new(lan());
    let client = FakeNode::numbered(Firmware::Os, 1);
    for (list, file) in [
        (vec![0, 27, 0, 11], "arm64/snponly.efi"),
        (vec![0, 9], "ipxe-snponly-x86_64.efi"),
        (vec![], "undionly.kpxe"),
    ] {
        let mut bytes = client.header();
        bytes.extend([53, 1, 1, 93, list.len() as u8]);
        bytes.extend(list);
        bytes.extend([60, 9]);
        bytes.extend(b"PXEClient");
        bytes.push(255);
        assert_eq!(world.ask(&bytes).text(67).unwrap(), file);
    }
}
