//! The pool: who gets which address, for how long, and what is said when it is used up.

use std::collections::HashSet;

use dhcproto::v4::MessageType;
use muster::boot::leases::{LeaseState, Leases};
use muster::fleet::{DhcpStep, What};
use muster::kit::{Mac, Stamp};

use super::world::{SERVER, World, ip, lan, node, note, steps, view};
use crate::support::dhcp_client::{FakeNode, Firmware};

fn stranger(n: u32) -> FakeNode {
    FakeNode::numbered(Firmware::IpxeRom, 1000 + n)
}

#[test]
fn ten_machines_share_ten_addresses_and_the_eleventh_is_told_why() {
    let mut world = World::new(lan());
    let given: HashSet<_> = (0..10)
        .map(|n| world.exchange(&stranger(n)).yiaddr)
        .collect();
    assert_eq!(given.len(), 10);
    let answer = world.hear(&stranger(10).discover());
    assert!(answer.reply.is_none());
    assert_eq!(
        note(&answer),
        "the pool of network lan is used up: of 10 addresses 10 are leased, 0 offered, 0 declined, the rest belong to nodes; \
         make the pool larger or the lease shorter"
    );
    // Who has one keeps it, however often it asks.
    for n in 0..10 {
        assert!(given.contains(&world.exchange(&stranger(n)).yiaddr));
    }
    world.pass(601);
    assert_eq!(world.exchange(&stranger(10)).kind, MessageType::Ack);
}

#[test]
fn an_offer_is_a_reservation() {
    let mut world = World::new(lan());
    let offers: Vec<_> = (0..10)
        .map(|n| world.ask(&stranger(n).discover()))
        .collect();
    let distinct: HashSet<_> = offers.iter().map(|offer| offer.yiaddr).collect();
    assert_eq!(distinct.len(), 10, "no address is offered twice");
    assert_eq!(
        world.ask(&stranger(3).discover()).yiaddr,
        offers[3].yiaddr,
        "a retry is offered the same"
    );
    world.pass(100);
    assert!(
        world.hear(&stranger(50).discover()).reply.is_none(),
        "nor given to another while its client thinks"
    );
    for (n, offer) in (0..).zip(&offers) {
        assert_eq!(
            world.ask(&stranger(n).select(offer)).kind,
            MessageType::Ack,
            "and selecting it succeeds"
        );
    }
}

#[test]
fn a_machine_finds_its_address_again_after_its_lease_is_long_gone() {
    let mut world = World::new(lan());
    let first = world.exchange(&stranger(5)).yiaddr;
    world.pass(1_000_000);
    assert_eq!(world.exchange(&stranger(5)).yiaddr, first);
    assert_eq!(
        World::new(lan()).exchange(&stranger(5)).yiaddr,
        first,
        "even in another daemon"
    );
}

#[test]
fn addresses_of_nodes_and_of_ours_are_never_in_the_pool() {
    let base = lan();
    let mut settings = (*base.settings).clone();
    settings.networks[0].pool = Some((ip("10.0.0.0"), ip("10.0.0.19")));
    settings.networks[0].gateway = Some(ip("10.0.0.4"));
    let mut world = World::new(view(settings, base.nodes.clone()));
    let mut given: Vec<u8> = Vec::new();
    for n in 0..40 {
        if world.hear(&stranger(n).discover()).reply.is_some() {
            given.push(world.exchange(&stranger(n)).yiaddr.octets()[3]);
        }
    }
    given.sort_unstable();
    assert_eq!(
        given,
        [2, 3, 5, 6, 7, 8, 9, 10],
        "0 is the network, 1 is us, 4 the gateway, 11 to 19 are nodes"
    );
}

#[test]
fn a_known_node_without_address_takes_what_was_merely_offered_to_strangers() {
    let base = lan();
    let mut nodes = base.nodes.clone();
    let mac = Mac::ethernet([0x52, 0x54, 0, 0, 0, 50]);
    nodes.push(node(50, "n50", Some(mac), None));
    let mut world = World::new(view((*base.settings).clone(), nodes));
    for n in 0..10 {
        world.ask(&stranger(n).discover());
        world.pass(1);
    }
    assert!(world.hear(&stranger(11).discover()).reply.is_none());
    let ack = world.exchange(&FakeNode::numbered(Firmware::UefiPxe, 50));
    assert_eq!(ack.text(12).unwrap(), "n50");
}

#[test]
fn a_declined_address_cools_down_and_is_explained() {
    let mut world = World::new(lan());
    let client = stranger(1);
    let first = world.exchange(&client).yiaddr;
    let answer = world.hear(&client.decline(first, SERVER));
    assert_eq!(steps(&answer.events), [DhcpStep::Decline]);
    assert_eq!(
        note(&answer),
        format!("another machine answers at {first}; find it with: arping {first}")
    );
    let second = world.exchange(&client).yiaddr;
    assert_ne!(first, second);
    world.pass(601);
    assert!(world.desk.leases.of_ip(first, world.now).is_none());

    // A node whose own address is taken gets one of the pool meanwhile.
    let n1 = FakeNode::numbered(Firmware::UefiPxe, 1);
    world.exchange(&n1);
    world.hear(&n1.decline(ip("10.0.0.11"), SERVER));
    let answer = world.hear(&n1.discover());
    assert!(
        note(&answer).contains("its own 10.0.0.11 is in use by another machine"),
        "{}",
        note(&answer)
    );
}

#[test]
fn a_storm_of_declines_cannot_use_the_pool_up() {
    let mut world = World::new(lan());
    for n in 0..500 {
        let client = stranger(n % 7);
        if let Some(reply) = world.hear(&client.discover()).reply {
            let offer = crate::support::dhcp_client::Seen::read(&reply.bytes);
            world.hear(&client.decline(offer.yiaddr, SERVER));
        }
        // Somebody else's address is not theirs to decline or release.
        world.hear(&client.decline(ip("10.0.0.13"), SERVER));
        world.hear(&client.release(ip("10.0.0.13"), SERVER));
    }
    let cooling = world
        .desk
        .leases
        .records()
        .filter(|l| l.state == LeaseState::Declined)
        .count();
    assert!(cooling <= 2, "{cooling} of 10");
    assert_eq!(world.exchange(&stranger(99)).kind, MessageType::Ack);
    assert_eq!(
        world
            .exchange(&FakeNode::numbered(Firmware::UefiPxe, 3))
            .yiaddr,
        ip("10.0.0.13")
    );
}

#[test]
fn a_released_address_is_free_for_others_only_if_its_holder_released_it() {
    let mut world = World::new(lan());
    let held = world.exchange(&stranger(1)).yiaddr;
    world.hear(&stranger(2).release(held, SERVER));
    assert!(world.desk.leases.of_ip(held, world.now).is_some());
    world.hear(&stranger(1).release(held, SERVER));
    assert!(world.desk.leases.of_ip(held, world.now).is_none());
}

#[test]
fn sixty_five_thousand_made_up_machines_leave_nodes_and_memory_alone() {
    let mut world = World::new(lan());
    let mut events = 0;
    for n in 0..65_536_u32 {
        let flood = FakeNode::numbered(Firmware::UefiPxe, 100_000 + n);
        events += world.hear(&flood.discover()).events.len();
        if n % 8192 == 0 {
            world.pass(1);
            assert_eq!(
                world
                    .exchange(&FakeNode::numbered(Firmware::IpxeRom, 1 + n / 8192))
                    .kind,
                MessageType::Ack
            );
        }
    }
    assert!(
        world.desk.leases.len() <= 10 + 9,
        "{}",
        world.desk.leases.len()
    );
    assert!(events < 5_000, "{events} events");
    world.pass(61);
    let answer = world.hear(&stranger(1).discover());
    let told = answer.events.iter().any(
        |e| matches!(&e.what, What::Service { text, .. } if text.contains("unknown machines were not listed")),
    );
    assert!(told, "{:?}", answer.events);
}

#[test]
fn leases_outlive_a_restart() {
    let mut world = World::new(lan());
    let given = world.exchange(&stranger(1)).yiaddr;
    let own = world
        .exchange(&FakeNode::numbered(Firmware::IpxeRom, 1))
        .yiaddr;
    world.ask(&stranger(2).discover());
    let other = world.exchange(&stranger(3)).yiaddr;
    world.hear(&stranger(3).release(other, SERVER));
    let changed = world.desk.leases.take_changed();
    assert_eq!(
        changed.iter().map(|l| (l.ip, l.state)).collect::<Vec<_>>(),
        [
            (given, LeaseState::Bound),
            (own, LeaseState::Bound),
            (other, LeaseState::Bound),
            (other, LeaseState::Free)
        ]
    );
    assert!(world.desk.leases.take_changed().is_empty());
    let text = serde_json::to_string(&changed).unwrap();
    let records: Vec<muster::boot::leases::LeaseRecord> = serde_json::from_str(&text).unwrap();
    let back = Leases::restore(records.clone(), world.now);
    assert_eq!(back.len(), 2);
    assert!(back.of_ip(given, world.now).is_some());
    assert!(
        Leases::restore(records, Stamp(world.now.0 + 10_000_000)).is_empty(),
        "expired meanwhile"
    );
}

#[test]
fn a_made_up_message_in_the_name_of_a_live_node_leaves_its_lease_alone() {
    let mut world = World::new(lan());
    let n3 = FakeNode::numbered(Firmware::Os, 3);
    world.exchange(&n3);
    let before = world.desk.leases.of_ip(ip("10.0.0.13"), world.now).cloned();
    world.pass(5);
    world.hear(&FakeNode::numbered(Firmware::UefiPxe, 3).discover());
    let other = n3.message(3, &[(50, &[10, 0, 0, 13]), (54, &[10, 0, 0, 66])]);
    world.hear(&other);
    world.hear(&n3.init_reboot(ip("10.0.0.14")));
    assert_eq!(
        world.desk.leases.of_ip(ip("10.0.0.13"), world.now).cloned(),
        before
    );
    assert_eq!(world.ask(&n3.renew(ip("10.0.0.13"))).kind, MessageType::Ack);
}
