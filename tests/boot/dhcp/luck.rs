//! Nodes with bad luck, and machines that wish others some: addresses that change under way, two cards, no address, strangers
//! that give back what is not theirs, and one machine that speaks three dialects.

use std::sync::Arc;

use dhcproto::v4::MessageType;
use muster::boot::leases::LeaseState;
use muster::fleet::{DhcpStep, Form, What, Who};
use muster::kit::Mac;
use muster::model::{Level, NetDev, Node, NodeId};

use super::world::{World, dhcp, ip, lan, network, node, note, settings, view};
use crate::support::dhcp_client::{FakeNode, Firmware};

fn pxe(n: u32) -> FakeNode {
    FakeNode::numbered(Firmware::UefiPxe, n)
}

/// The same world after an edit of nodes.conf.
fn edited(world: &mut World, change: impl Fn(&mut Node)) {
    let nodes = world.view.nodes.iter().map(|node| {
        let mut node = (**node).clone();
        change(&mut node);
        Arc::new(node)
    });
    world.view = view((*world.view.settings).clone(), nodes.collect());
}

#[test]
fn an_architecture_without_a_loader_is_told_at_once() {
    // Architecture, and whether there is a loader for it.
    for (arch, has) in [
        (0, true),
        (7, true),
        (9, true),
        (11, true),
        (27, false),
        (0xffff, false),
    ] {
        let mut world = World::new(lan());
        let client = pxe(1);
        let discover = |kind: u8, extra: &[(u8, &[u8])]| {
            let mut bytes = client.message(kind, extra);
            let at = bytes.windows(4).position(|w| w[..2] == [93, 2]).unwrap();
            bytes[at + 2..at + 4].copy_from_slice(&u16::to_be_bytes(arch));
            bytes
        };
        let offer = world.ask(&discover(1, &[]));
        let server = offer.server().octets();
        let answer = world.hear(&discover(3, &[(50, &offer.yiaddr.octets()), (54, &server)]));
        let told: Vec<_> = dhcp(&answer.events)
            .filter(|event| event.step == DhcpStep::NoLoader)
            .collect();
        assert_eq!(told.is_empty(), has, "{arch}: {:?}", answer.events);
        if let Some(event) = told.first() {
            let why = event.note.as_deref().unwrap();
            assert!(
                why.contains("tftp: ipxe") && why.contains("no loader"),
                "{why}"
            );
            assert!(
                answer
                    .events
                    .iter()
                    .all(|e| e.who == Who::Node(NodeId(1)) && e.boot.is_some())
            );
        }
    }
}

#[test]
fn an_edit_under_way_moves_the_node_and_strands_it_nowhere() {
    let mut world = World::new(lan());
    let firmware = pxe(1);
    assert_eq!(world.exchange(&firmware).yiaddr, ip("10.0.0.11"));
    edited(&mut world, |node| {
        if node.id == NodeId(1) {
            node.net[0].ipaddr = Some(ip("10.0.0.77"));
        }
    });
    // iPXE takes the new one, and the boot is bound to that alone.
    let ipxe = FakeNode::numbered(Firmware::IpxeEfi, 1);
    assert_eq!(world.exchange(&ipxe).yiaddr, ip("10.0.0.77"));
    let boot = world.boots.of_node(NodeId(1)).unwrap();
    assert_eq!(boot.ip, Some(ip("10.0.0.77")));
    assert!(world.boots.of_ip(ip("10.0.0.11")).is_none());
    // A system that still holds the old one may keep it while nobody else has it, and nobody is given it meanwhile.
    let system = FakeNode::numbered(Firmware::Os, 1);
    let renewed = world.ask(&system.renew(ip("10.0.0.11")));
    assert!(matches!(renewed.kind, MessageType::Ack | MessageType::Nak));
    // The offer was made before the edit, the request comes after it: an answer, not silence.
    let late = pxe(2);
    let offer = world.ask(&late.discover());
    edited(&mut world, |node| {
        if node.id == NodeId(2) {
            node.net[0].ipaddr = Some(ip("10.0.0.78"));
        }
    });
    world.ask(&late.select(&offer));
    assert_eq!(world.exchange(&late).yiaddr, ip("10.0.0.78"));
}

#[test]
fn an_address_given_to_a_stranger_becomes_a_nodes() {
    let mut world = World::new(lan());
    let stranger = FakeNode::numbered(Firmware::Os, 900);
    let given = world.exchange(&stranger).yiaddr;
    edited(&mut world, |node| {
        if node.id == NodeId(1) {
            node.net[0].ipaddr = Some(given);
        }
    });
    // The node gets its address, and a remark says who has it now; the stranger has to look for another.
    let answer = world.hear(&pxe(1).discover());
    assert!(note(&answer).contains("was leased to"), "{}", note(&answer));
    assert_eq!(world.exchange(&pxe(1)).yiaddr, given);
    assert_eq!(world.ask(&stranger.renew(given)).kind, MessageType::Nak);
    let other = world.exchange(&stranger).yiaddr;
    assert_ne!(other, given);
}

#[test]
fn a_node_with_two_cards_boots_from_either() {
    let mut two = (*node(
        1,
        "n1",
        Some(Mac::ethernet([0x52, 0x54, 0, 0, 0, 1])),
        Some(ip("10.0.0.11")),
    ))
    .clone();
    two.net.push(NetDev {
        name: "second".into(),
        hwaddr: Some(Mac::ethernet([0x52, 0x54, 0, 0, 0, 2])),
        ipaddr: Some(ip("10.0.0.12")),
        ..two.net[0].clone()
    });
    let mut world = World::new(view(
        settings(vec![network("lan", "10.0.0.0/24", None)]),
        vec![Arc::new(two)],
    ));
    assert_eq!(world.exchange(&pxe(1)).yiaddr, ip("10.0.0.11"));
    // The first card's boot came to nothing; firmware goes on with the second.
    world.pass(60);
    assert_eq!(world.exchange(&pxe(2)).yiaddr, ip("10.0.0.12"));
    assert_eq!(
        world
            .exchange(&FakeNode::numbered(Firmware::IpxeEfi, 2))
            .yiaddr,
        ip("10.0.0.12")
    );
    let boot = world.boots.of_node(NodeId(1)).unwrap();
    assert_eq!(boot.ip, Some(ip("10.0.0.12")));
    assert_eq!(boot.mac, Mac::ethernet([0x52, 0x54, 0, 0, 0, 2]));
    // Its system raises both: the boot stays where it is.
    world.exchange(&FakeNode::numbered(Firmware::Os, 1));
    assert_eq!(
        world.boots.of_node(NodeId(1)).unwrap().ip,
        Some(ip("10.0.0.12"))
    );
}

#[test]
fn firmware_ipxe_and_system_of_one_card_get_one_address() {
    // A node with an address, a node without, a stranger: whatever client identifiers the three dialects make up.
    let mut world = World::new(lan());
    edited(&mut world, |node| {
        if node.id == NodeId(2) {
            node.net[0].ipaddr = None;
        }
    });
    for n in [1, 2, 900] {
        let mut given = Vec::new();
        let duid = [&[255, 0, 0, 0, 1][..], &[0xab; 14]].concat();
        let uuid = [&[0][..], &[7; 16]].concat();
        for (firmware, id) in [
            (Firmware::UefiPxe, None),
            (Firmware::BiosPxe, Some(uuid)),
            (
                Firmware::IpxeEfi,
                Some(vec![1, 0x52, 0x54, 0, 0, 0, n as u8]),
            ),
            (Firmware::Os, Some(duid)),
            (Firmware::Os, Some(b"my laptop".to_vec())),
        ] {
            let mut client = FakeNode::numbered(firmware, n);
            client.client_id = id;
            given.push(world.exchange(&client).yiaddr);
            world.pass(5);
        }
        assert!(given.iter().all(|ip| *ip == given[0]), "{n}: {given:?}");
    }
}

#[test]
fn nobody_gives_back_or_declines_what_another_holds() {
    let mut world = World::new(lan());
    let (own, other) = (pxe(1), FakeNode::numbered(Firmware::Os, 900));
    let server = world.ask(&own.discover()).server();
    let held = world.exchange(&own).yiaddr;
    let pooled = world.exchange(&other).yiaddr;
    let liar = FakeNode::numbered(Firmware::Os, 901);
    for address in [held, pooled] {
        for bytes in [liar.release(address, server), liar.decline(address, server)] {
            let answer = world.hear(&bytes);
            assert!(answer.reply.is_none());
            assert!(note(&answer).contains("ignored"), "{}", note(&answer));
        }
        let lease = world.desk.leases.of_ip(address, world.now).unwrap();
        assert_eq!(lease.state, LeaseState::Bound);
    }
    assert_eq!(world.boots.of_ip(held).unwrap().node, NodeId(1));
    assert_eq!(world.exchange(&other).yiaddr, pooled);
    // A liar that has the hardware address of a node can only harm that node's lease, and the node gets its address again.
    world.hear(&own.release(held, server));
    assert_eq!(world.exchange(&own).yiaddr, held);
    for _ in 0..1000 {
        world.hear(&own.decline(held, server));
        world.hear(&liar.inform(held));
    }
    assert!(world.desk.leases.len() < 10);
}

#[test]
fn a_pool_address_takes_no_open_boot_to_its_next_holder() {
    let mut world = World::new(lan());
    edited(&mut world, |node| node.net[0].ipaddr = None);
    let given = world
        .exchange(&FakeNode::numbered(Firmware::IpxeEfi, 1))
        .yiaddr;
    assert_eq!(world.boots.of_ip(given).unwrap().node, NodeId(1));
    let server = world.ask(&pxe(5).discover()).server();
    world.hear(&FakeNode::numbered(Firmware::IpxeEfi, 1).release(given, server));
    // A stranger asks for just that address.
    let stranger = FakeNode::numbered(Firmware::Os, 900);
    assert_eq!(
        world.ask(&stranger.init_reboot(given)).kind,
        MessageType::Ack
    );
    assert!(world.boots.of_ip(given).is_none());
    assert_eq!(world.boots.of_node(NodeId(1)).unwrap().ip, None);
}

#[test]
fn another_machine_under_a_nodes_hardware_address_is_told() {
    let mut world = World::new(lan());
    let own = pxe(1);
    world.exchange(&own);
    world.exchange(&FakeNode::numbered(Firmware::IpxeEfi, 1));
    world.boots.up(NodeId(1), world.now);
    let mut twin = own.clone();
    twin.uuid[0] ^= 0xff;
    let alarms = |world: &mut World, bytes: &[u8]| -> Vec<String> {
        let events = world.hear(bytes).events;
        let service = |event: &muster::fleet::Event| match &event.what {
            What::Service { text, level, .. } => {
                assert_eq!(
                    (*level, &event.who),
                    (Level::Warning, &Who::Node(NodeId(1)))
                );
                assert!(event.boot.is_some());
                Some(text.to_string())
            }
            _ => None,
        };
        events.iter().filter_map(service).collect()
    };
    let told = alarms(&mut world, &twin.discover());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("52:54:00:00:00:01") && told[0].contains("two machines"),
        "{told:?}"
    );
    // A fight of the two is a line a minute, not a line a packet.
    let fight: usize = (0..50)
        .map(|n| {
            alarms(
                &mut world,
                &if n % 2 == 0 {
                    own.discover()
                } else {
                    twin.discover()
                },
            )
            .len()
        })
        .sum();
    assert_eq!(fight, 0);
}

#[test]
fn networks_that_overlap_answer_from_the_narrower_or_the_first_and_always_the_same() {
    let mut wide = network("wide", "10.0.0.0/16", Some(("10.0.9.1", "10.0.9.9")));
    let narrow = network("narrow", "10.0.0.0/24", Some(("10.0.0.200", "10.0.0.209")));
    wide.interface = None;
    for order in [vec![wide.clone(), narrow.clone()], vec![narrow, wide]] {
        let mut world = World::new(view(settings(order), super::world::nine()));
        for n in [1, 900] {
            let given = world.exchange(&pxe(n)).yiaddr;
            assert_eq!(world.exchange(&pxe(n)).yiaddr, given);
            assert_eq!(
                world.ask(&pxe(n).renew(given)).kind,
                MessageType::Ack,
                "{n} {given}"
            );
        }
    }
}

#[test]
fn sixty_five_thousand_made_up_machines_leave_no_trace() {
    let mut world = World::new(lan());
    let mut events = 0;
    for n in 0..65_536_u32 {
        let mut client = FakeNode::numbered(Firmware::UefiPxe, n + 0x10_0000);
        // Some through relays that are none, some with another's address.
        match n % 4 {
            1 => client = client.behind(ip("10.0.0.1"), None),
            2 => client = client.behind(ip("172.16.0.9"), None),
            3 => client.ciaddr = ip("10.0.0.11"),
            _ => {}
        }
        events += world.hear(&client.discover()).events.len();
    }
    assert!(world.desk.leases.len() < 64, "{}", world.desk.leases.len());
    assert!(world.boots.of_node(NodeId(1)).is_none());
    assert!(
        events < 3000,
        "{events} events would push out those of nodes"
    );
    assert!(!world.boots.has_changed());
    // Nodes are served as ever.
    for n in 1..=9 {
        assert_eq!(world.exchange(&pxe(n)).yiaddr.octets()[3], 10 + n as u8);
    }
}

#[test]
fn plain_bootp_is_not_answered_and_each_program_is_known_by_its_marks() {
    let mut world = World::new(lan());
    let mut bootp = pxe(1).header();
    assert!(world.hear(&bootp).reply.is_none());
    bootp.truncate(236);
    let answer = world.hear(&bootp);
    assert!(answer.reply.is_none());
    assert_eq!(world.exchange(&pxe(1)).yiaddr, ip("10.0.0.11"));
    let forms: Vec<Form> = [
        Firmware::UefiPxe,
        Firmware::UefiHttp,
        Firmware::IpxeRom,
        Firmware::Os,
    ]
    .into_iter()
    .map(|firmware| {
        let answer = world.hear(&FakeNode::numbered(firmware, 3).discover());
        dhcp(&answer.events).next().unwrap().form
    })
    .collect();
    assert_eq!(forms, [Form::Pxe, Form::HttpBoot, Form::Ipxe, Form::Os]);
}
