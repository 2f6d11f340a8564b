//! Relays that are none, addresses that are somebody else's, and floods: who asks, in whose name, and what must come of it.

use std::net::{Ipv4Addr, SocketAddrV4};

use dhcproto::v4::MessageType::{Ack, Nak, Offer};
use muster::boot::dhcp::Answer;
use muster::boot::leases::LeaseState;
use muster::fleet::{DhcpStep, What};
use muster::model::NodeId;

use super::world::{SERVER, World, ip, lan, note, steps};
use crate::support::dhcp_client::{FakeNode, Firmware, Seen};

fn n(number: u32) -> FakeNode {
    FakeNode::numbered(Firmware::UefiPxe, number)
}

fn os(number: u32) -> FakeNode {
    FakeNode::numbered(Firmware::Os, number)
}

fn through(relay: &str, option: &[u8]) -> Vec<u8> {
    n(1).behind(ip(relay), Some(option)).discover()
}

/// An answer goes to the wire it came from, to a relay, or to a host of the network. Never where a forged field points.
fn in_house(name: &str, answer: &Answer) {
    let Some(reply) = &answer.reply else { return };
    let to = *reply.to.ip();
    let host = to.octets()[..3] == [10, 0, 0] && ![0, 255].contains(&to.octets()[3]);
    assert!(to.is_broadcast() || host, "{name}: sent to {to}");
    assert_eq!(reply.interface.is_some(), to.is_broadcast(), "{name}");
}

#[test]
fn relays() {
    let none = "can be none";
    let strange = "speaks for none of the networks";
    let relayed = |relay| through(relay, &[]);
    // What the relay says of itself, and what is told; an empty text means that n1 is offered its address.
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        ("giaddr that is ours", relayed("10.0.0.1"), none),
        (
            "giaddr that is ours on loopback",
            relayed("127.0.0.1"),
            none,
        ),
        ("giaddr of all ones", relayed("255.255.255.255"), none),
        ("giaddr of a group", relayed("224.0.0.5"), none),
        (
            "giaddr of the network's broadcast",
            relayed("10.0.0.255"),
            strange,
        ),
        ("giaddr of the network itself", relayed("10.0.0.0"), strange),
        ("giaddr of another loopback", relayed("127.9.9.9"), strange),
        (
            "giaddr that no network lists",
            relayed("192.0.2.1"),
            strange,
        ),
        ("giaddr of net zero", relayed("0.0.0.1"), strange),
        ("giaddr of the reserved end", relayed("240.0.0.1"), strange),
        (
            "hops 255",
            {
                let mut b = relayed("10.0.0.9");
                b[3] = 255;
                b
            },
            "",
        ),
        (
            "82 whose sub-option overruns",
            through("10.0.0.9", &[1, 200, 1, 2, 3]),
            "",
        ),
        ("82 that ends after a code", through("10.0.0.9", &[1]), ""),
        (
            "82 full of sub-options of no length",
            through("10.0.0.9", &[5, 0, 11, 0, 1, 0, 0, 0, 255, 0]),
            "",
        ),
        (
            "82 whose link has three bytes",
            through("10.0.0.9", &[5, 3, 10, 0, 0]),
            "",
        ),
        (
            "82 of 255 bytes of 255",
            through("10.0.0.9", &[255; 255]),
            "",
        ),
        (
            "82 that asks for a link nobody serves",
            through("10.0.0.9", &[5, 4, 9, 9, 9, 9]),
            "asks for the link of 9.9.9.9",
        ),
        (
            "82 that asks for the link 255.255.255.255",
            through("10.0.0.9", &[5, 4, 255, 255, 255, 255]),
            "asks for the link",
        ),
        (
            "82 without a relay",
            n(1).message(1, &[(82, &[5, 4, 9, 9, 9, 9])]),
            "",
        ),
    ];
    for (name, bytes, told) in rows {
        let mut world = World::new(lan());
        let answer = world.hear(&bytes);
        if told.is_empty() {
            let offer = Seen::read(
                &answer
                    .reply
                    .as_ref()
                    .unwrap_or_else(|| panic!("{name}"))
                    .bytes,
            );
            assert_eq!(
                (offer.kind, offer.yiaddr),
                (Offer, ip("10.0.0.11")),
                "{name}"
            );
        } else {
            assert!(answer.reply.is_none(), "{name}");
            assert_eq!(steps(&answer.events), [DhcpStep::Unanswered], "{name}");
            assert!(note(&answer).contains(told), "{name}: {}", note(&answer));
            assert!(
                world.desk.leases.is_empty() && world.boots.of_node(NodeId(1)).is_none(),
                "{name}"
            );
        }
        in_house(name, &answer);
    }
}

#[test]
fn a_client_does_not_choose_what_we_are_called() {
    // Sub-option 11 is a relay's to set (RFC 5107).
    let mut world = World::new(lan());
    let offer = world.ask(&n(1).message(1, &[(82, &[11, 4, 6, 6, 6, 6])]));
    assert_eq!(offer.server(), SERVER);
    let offer = world.ask(&through("10.0.0.9", &[11, 4, 10, 0, 0, 9]));
    assert_eq!(offer.server(), ip("10.0.0.9"));
}

#[test]
fn addresses_that_are_no_clients() {
    // Whatever a message claims to hold, the answer does not leave for there; renewals of it are refused, news of it withheld.
    for held in [
        "8.8.8.8",
        "172.31.0.4",
        "10.0.0.0",
        "10.0.0.255",
        "255.255.255.255",
        "224.0.0.1",
        "127.0.0.1",
        "0.0.0.9",
    ] {
        for peer in ["0.0.0.0", held] {
            let mut world = World::new(lan());
            world.arrival.peer = SocketAddrV4::new(ip(peer), 68);
            let mut client = n(1);
            client.ciaddr = ip(held);
            let offer = world.hear(&client.discover());
            in_house(held, &offer);
            assert_eq!(
                Seen::read(&offer.reply.unwrap().bytes).yiaddr,
                ip("10.0.0.11"),
                "{held}"
            );
            let renewed = world.hear(&os(1).renew(ip(held)));
            in_house(held, &renewed);
            assert_eq!(
                Seen::read(&renewed.reply.unwrap().bytes).kind,
                Nak,
                "{held}"
            );
            let informed = world.hear(&os(1).inform(ip(held)));
            in_house(held, &informed);
            let hosts = ip(held).octets()[..3] == [10, 0, 0];
            assert_eq!(informed.reply.is_some(), hosts, "{held}");
        }
    }
}

#[test]
fn requests_for_what_is_anothers() {
    let request = |wanted: &str, server: &str| {
        n(1).message(3, &[(50, &ip(wanted).octets()), (54, &ip(server).octets())])
    };
    let us = "10.0.0.1";
    // The request, and how it is answered: by ACK, by NAK with this reason, or by silence with this remark.
    let rows: Vec<(&str, Vec<u8>, Result<&str, &str>)> = vec![
        ("its own address", request("10.0.0.11", us), Ok("10.0.0.11")),
        (
            "chose another server",
            request("10.0.0.99", "10.0.0.66"),
            Err("chose the DHCP server 10.0.0.66"),
        ),
        (
            "chose the server 0.0.0.0",
            request("10.0.0.99", "0.0.0.0"),
            Err("10.0.0.99 is not an address for this machine"),
        ),
        (
            "another's address",
            request("10.0.0.12", us),
            Err("10.0.0.12 belongs to n2"),
        ),
        (
            "our own address",
            request(us, us),
            Err("10.0.0.1 is not an address for this machine"),
        ),
        (
            "the router's address",
            request("10.0.0.254", us),
            Err("is not an address for this machine"),
        ),
        (
            "the network's broadcast",
            request("10.0.0.255", us),
            Err("is not an address for this machine"),
        ),
        (
            "an address that somebody of the pool holds",
            request("10.0.0.205", us),
            Err("10.0.0.205 is in use by 52:54:00:00:03:84"),
        ),
        (
            "no address at all",
            n(1).message(3, &[(54, &SERVER.octets())]),
            Err("names no address"),
        ),
        (
            "zero-length address and server",
            n(1).message(3, &[(50, &[]), (54, &[])]),
            Err("names no address"),
        ),
        (
            "wakes up on the wrong network",
            n(1).init_reboot(ip("192.168.7.7")),
            Err("192.168.7.7 is not in network lan (10.0.0.0/24)"),
        ),
        (
            "renews another's address",
            n(1).renew(ip("10.0.0.12")),
            Err("10.0.0.12 belongs to n2"),
        ),
    ];
    for (name, bytes, comes) in rows {
        let mut world = World::new(lan());
        let holder = os(900);
        world.hear(&holder.init_reboot(ip("10.0.0.205")));
        let answer = world.hear(&bytes);
        in_house(name, &answer);
        let kind = answer
            .reply
            .as_ref()
            .map(|reply| Seen::read(&reply.bytes).kind);
        match comes {
            Ok(given) => {
                let ack = Seen::read(&answer.reply.unwrap().bytes);
                assert_eq!((ack.kind, ack.yiaddr), (Ack, ip(given)), "{name}");
            }
            Err(why) => {
                let silent = why.starts_with("chose") || why.starts_with("names");
                assert_eq!(kind, (!silent).then_some(Nak), "{name}");
                let told = answer.events.iter().any(|event| event.text().contains(why));
                assert!(told, "{name}: {:?}", answer.events);
            }
        }
        assert_eq!(
            world.ask(&holder.renew(ip("10.0.0.205"))).kind,
            Ack,
            "{name}: the holder keeps it"
        );
    }
}

#[test]
fn floods() {
    let (known, stranger) = (n(3), os(900));
    let server = SERVER;
    type Flood<'a> = (&'a str, Box<dyn Fn(u32) -> Vec<u8> + 'a>);
    let rows: Vec<Flood<'_>> = vec![
        ("DISCOVER in a node's name", Box::new(|_| known.discover())),
        (
            "REQUEST in a node's name",
            Box::new(|_| known.init_reboot(ip("10.0.0.13"))),
        ),
        (
            "REQUEST for another server",
            Box::new(|i| known.message(3, &[(50, &[10, 0, 0, 9]), (54, &i.to_be_bytes())])),
        ),
        (
            "DECLINE of a node",
            Box::new(|_| known.decline(ip("10.0.0.13"), server)),
        ),
        (
            "RELEASE of a node",
            Box::new(|_| known.release(ip("10.0.0.13"), server)),
        ),
        (
            "INFORM of a node",
            Box::new(|_| known.inform(ip("10.0.0.13"))),
        ),
        (
            "a node through relays that are none",
            Box::new(|i| known.clone().behind(Ipv4Addr::from(i), None).discover()),
        ),
        (
            "DECLINE of a stranger, of every address",
            Box::new(|i| stranger.decline(Ipv4Addr::from(0x0a00_0000 + i % 256), server)),
        ),
        (
            "RELEASE of a stranger, of every address",
            Box::new(|i| stranger.release(Ipv4Addr::from(0x0a00_0000 + i % 256), server)),
        ),
        (
            "INFORM of a stranger",
            Box::new(|i| stranger.inform(Ipv4Addr::from(0x0a00_0000 + i % 256))),
        ),
        (
            "DISCOVER of machines without number",
            Box::new(|i| n(0x10_0000 + i).discover()),
        ),
        (
            "INFORM of machines without number",
            Box::new(|i| os(0x10_0000 + i).inform(ip("10.0.0.99"))),
        ),
    ];
    for (name, flood) in rows {
        let mut world = World::new(lan());
        assert_eq!(world.exchange(&os(900)).kind, Ack);
        let (mut events, mut others) = (0, 0);
        for i in 0..10_000 {
            let answer = world.hear(&flood(i));
            in_house(name, &answer);
            events += answer.events.len();
            if i % 1000 == 0 {
                // Another node boots in the middle of it, and its whole story is told.
                let offer = world.hear(&n(7).discover());
                let seen = Seen::read(&offer.reply.unwrap().bytes);
                others += offer.events.len() + world.hear(&n(7).select(&seen)).events.len();
            }
        }
        assert!(
            events < 1100,
            "{name}: {events} events would push out those of others"
        );
        assert_eq!(others, 40, "{name}");
        assert!(
            world.desk.leases.len() <= 10 + 9,
            "{name}: {}",
            world.desk.leases.len()
        );
        let cooling = |l: &&muster::boot::leases::LeaseRecord| l.state == LeaseState::Declined;
        assert!(
            world.desk.leases.records().filter(cooling).count() <= 3,
            "{name}"
        );
        world.pass(700);
        assert_eq!(world.exchange(&n(3)).yiaddr, ip("10.0.0.13"), "{name}");
        assert_eq!(
            world.exchange(&os(901)).kind,
            Ack,
            "{name}: strangers are served again"
        );
    }
}

#[test]
fn what_is_left_out_of_a_flood_is_counted_and_told() {
    let mut world = World::new(lan());
    let mut last = Vec::new();
    for _ in 0..2000 {
        last.extend(world.hear(&n(3).inform(ip("10.0.0.13"))).events);
    }
    world.pass(61);
    last.extend(world.hear(&n(3).inform(ip("10.0.0.13"))).events);
    let told: Vec<String> = last
        .iter()
        .filter(|event| matches!(event.what, What::Service { .. }))
        .map(muster::fleet::Event::text)
        .collect();
    // At once, and how many there were a minute later.
    let wanted = [2, 3870].map(|lines| {
        format!("dhcp: {lines} lines about n3 were not listed: too many messages at once")
    });
    assert_eq!(told, wanted);
}

#[test]
fn a_live_node_keeps_its_boot_while_others_use_its_name() {
    let mut world = World::new(lan());
    let ack = world.exchange(&FakeNode::numbered(Firmware::IpxeRom, 3));
    let boot = world.boots.of_ip(ack.yiaddr).unwrap().id;
    let forged: [Vec<u8>; 5] = [
        n(3).decline(ip("10.0.0.14"), SERVER),
        n(3).release(ip("10.0.0.14"), SERVER),
        n(3).inform(ip("10.0.0.14")),
        n(3).message(3, &[(50, &[10, 0, 0, 14]), (54, &SERVER.octets())]),
        n(3).renew(ip("10.0.0.14")),
    ];
    for bytes in forged {
        world.hear(&bytes);
        let held = world.boots.of_ip(ack.yiaddr).map(|boot| boot.node);
        assert_eq!(held, Some(NodeId(3)));
    }
    assert!(world.boots.of_ip(ip("10.0.0.14")).is_none());
    assert!(world.boots.of_node(NodeId(3)).unwrap().id >= boot);
    assert_eq!(world.ask(&os(3).renew(ack.yiaddr)).kind, Ack);
}
