//! Which network a message belongs to, where the answer goes, and who is left alone.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use muster::fleet::DhcpStep;
use muster::kit::Mac;

use super::world::{SERVER, World, arrival, ip, network, nine, node, note, settings, steps, view};
use crate::support::dhcp_client::{FakeNode, Firmware, Seen};

fn campus() -> World {
    let mut lan = network("lan", "10.0.0.0/24", Some(("10.0.0.200", "10.0.0.209")));
    lan.interface = Some("eno1".into());
    let mut rack = network("rack", "10.4.0.0/24", Some(("10.4.0.200", "10.4.0.209")));
    rack.gateway = Some(ip("10.4.0.1"));
    let mut far = network("far", "10.5.0.0/24", Some(("10.5.0.200", "10.5.0.209")));
    far.relay = vec![ip("172.16.0.9")];
    far.server = Some(ip("10.99.0.1"));
    let mut nodes = nine();
    let mac = |n| Some(Mac::ethernet([0x52, 0x54, 0, 0, 1, n]));
    nodes.push(node(20, "r1", mac(1), Some(ip("10.4.0.11"))));
    nodes.push(node(21, "f1", mac(2), Some(ip("10.5.0.11"))));
    World::new(view(settings(vec![lan, rack, far]), nodes))
}

fn at(n: u32) -> FakeNode {
    FakeNode::numbered(Firmware::IpxeRom, n)
}

#[test]
fn without_a_relay_the_answer_is_broadcast_on_the_interface_that_asked() {
    let mut world = campus();
    let reply = world.hear(&at(1).discover()).reply.unwrap();
    assert_eq!(reply.to, SocketAddrV4::new(Ipv4Addr::BROADCAST, 68));
    assert_eq!((reply.from, reply.interface), (SERVER, Some(2)));
}

#[test]
fn a_renewing_client_is_answered_at_its_address() {
    let mut world = campus();
    let reply = world.hear(&at(1).renew(ip("10.0.0.11"))).reply.unwrap();
    // Routed, for it may have come through a router.
    assert_eq!(
        (reply.to.to_string().as_str(), reply.interface),
        ("10.0.0.11:68", None)
    );
}

#[test]
fn relays_speak_for_their_networks() {
    let mut world = campus();
    world.arrival.peer = SocketAddrV4::new(ip("10.4.0.1"), 1067);
    let circuit: &[u8] = &[1, 4, b'p', b'o', b'r', b't'];
    let reply = world
        .hear(&at(0x101).behind(ip("10.4.0.1"), Some(circuit)).discover())
        .reply
        .unwrap();
    assert_eq!(reply.to.to_string(), "10.4.0.1:67");
    let offer = Seen::read(&reply.bytes);
    assert_eq!(
        (offer.yiaddr, offer.giaddr),
        (ip("10.4.0.11"), ip("10.4.0.1"))
    );
    assert_eq!(offer.bytes(82).unwrap(), circuit, "option 82 is echoed");
    assert_eq!(offer.codes().last(), Some(&82), "as the last one");
    assert_eq!(offer.bytes(3).unwrap(), [10, 4, 0, 1]);

    // Listed, from outside of the subnet; the network names our address there.
    let offer = world.ask(&at(0x102).behind(ip("172.16.0.9"), None).discover());
    assert_eq!(
        (offer.yiaddr, offer.server(), offer.siaddr),
        (ip("10.5.0.11"), ip("10.99.0.1"), ip("10.99.0.1"))
    );
    assert!(
        offer
            .text(67)
            .unwrap()
            .starts_with("http://10.99.0.1:9873/")
    );
}

#[test]
fn sub_options_of_a_relay_steer_the_answer() {
    let mut world = campus();
    world.arrival.peer = SocketAddrV4::new(ip("10.4.0.1"), 40_067);
    // RFC 8357: the port it sent from. RFC 3527: another link. RFC 5107: another server identifier.
    let option: &[u8] = &[19, 0, 5, 4, 10, 5, 0, 0, 11, 4, 10, 4, 0, 1];
    let client = at(0x102).behind(ip("10.4.0.1"), Some(option));
    let reply = world.hear(&client.discover()).reply.unwrap();
    assert_eq!(reply.to.to_string(), "10.4.0.1:40067");
    let offer = Seen::read(&reply.bytes);
    assert_eq!(
        (offer.yiaddr, offer.server()),
        (ip("10.5.0.11"), ip("10.4.0.1"))
    );
    assert_eq!(offer.siaddr, ip("10.99.0.1"), "files still come from us");
    let ack = world.ask(&client.select(&offer));
    assert_eq!(
        ack.yiaddr,
        ip("10.5.0.11"),
        "and the identifier is known as ours"
    );
}

#[test]
fn messages_that_belong_nowhere_are_not_answered_and_say_why() {
    // giaddr, ciaddr, sub-options, what is said.
    let cases: [(&str, &str, &[u8], &str); 10] = [
        ("10.0.0.1", "0.0.0.0", &[], "which can be none"),
        ("255.255.255.255", "0.0.0.0", &[], "which can be none"),
        ("224.0.0.5", "0.0.0.0", &[], "which can be none"),
        ("127.0.0.1", "0.0.0.0", &[], "which can be none"),
        (
            "127.9.9.9",
            "0.0.0.0",
            &[],
            "speaks for none of the networks",
        ),
        (
            "10.4.0.255",
            "0.0.0.0",
            &[],
            "speaks for none of the networks",
        ),
        (
            "10.4.0.0",
            "0.0.0.0",
            &[],
            "speaks for none of the networks",
        ),
        (
            "192.0.2.1",
            "0.0.0.0",
            &[],
            "speaks for none of the networks",
        ),
        ("0.0.0.1", "0.0.0.0", &[], "speaks for none of the networks"),
        (
            "10.4.0.1",
            "0.0.0.0",
            &[5, 4, 9, 9, 9, 9],
            "asks for the link of 9.9.9.9",
        ),
    ];
    for (giaddr, ciaddr, relay, says) in cases {
        let mut world = campus();
        let mut client = at(1);
        client.giaddr = ip(giaddr);
        client.ciaddr = ip(ciaddr);
        client.relay = Some(relay.to_vec());
        for kind in [1, 3, 4, 7, 8] {
            let answer = world.hear(&client.message(kind, &[(61, &[]), (50, &[10, 0, 0, 11])]));
            assert!(answer.reply.is_none(), "{giaddr} {ciaddr} {kind}");
            assert_eq!(steps(&answer.events), [DhcpStep::Unanswered]);
            assert!(note(&answer).contains(says), "{giaddr}: {}", note(&answer));
        }
        assert!(world.desk.leases.is_empty());
    }
}

#[test]
fn an_unserved_interface_is_left_alone_and_mentioned_once_a_minute() {
    let mut world = campus();
    world.arrival.interface = "wlan0".into();
    world.arrival.addresses = Arc::from([ip("192.168.1.5")]);
    let mut told = 0;
    for n in 0..50 {
        let answer = world.hear(&at(5_000 + n).discover());
        assert!(answer.reply.is_none());
        told += answer.events.len();
    }
    assert_eq!(told, 1);
    world.pass(61);
    let answer = world.hear(&at(9_000).discover());
    assert_eq!(
        note(&answer),
        "a DHCP message came in on wlan0, on which no network of muster.conf is served (heard on wlan0)"
    );
}

#[test]
fn who_holds_an_address_is_refused_only_where_we_serve() {
    let mut world = campus();
    // Moved here with an address of another place: told so, by broadcast.
    let reply = world.hear(&at(1).renew(ip("172.31.0.4"))).reply.unwrap();
    assert_eq!(
        Seen::read(&reply.bytes).kind,
        dhcproto::v4::MessageType::Nak
    );
    assert_eq!(
        (*reply.to.ip(), reply.interface),
        (Ipv4Addr::BROADCAST, Some(2))
    );
    let answer = world.hear(&at(1).inform(ip("172.31.0.4")));
    assert!(
        answer.reply.is_none(),
        "nobody is informed at an address of another place"
    );

    // On an interface that serves nothing, the same and even an address of ours is none of our business.
    world.arrival.interface = "wlan0".into();
    world.arrival.addresses = Arc::from([ip("192.168.1.5")]);
    for held in ["172.31.0.4", "10.0.0.11", "10.4.0.11"] {
        assert!(world.hear(&at(1).renew(ip(held))).reply.is_none(), "{held}");
    }
    // But a network behind routers renews through whichever interface its router uses.
    world.arrival.peer = SocketAddrV4::new(ip("10.4.0.11"), 68);
    let reply = world.hear(&at(0x101).renew(ip("10.4.0.11"))).reply.unwrap();
    assert_eq!(reply.to.to_string(), "10.4.0.11:68");
    assert_eq!(
        Seen::read(&reply.bytes).kind,
        dhcproto::v4::MessageType::Ack
    );
    world.arrival.peer = SocketAddrV4::new(ip("10.4.0.12"), 68);
    let reply = world.hear(&at(0x101).renew(ip("10.4.0.12"))).reply.unwrap();
    assert_eq!(
        reply.to.to_string(),
        "10.4.0.12:68",
        "and is refused where it asked from"
    );
}

#[test]
fn a_network_without_interface_is_found_by_our_address() {
    let mut world = campus();
    world.arrival.interface = "eno7".into();
    world.arrival.addresses = Arc::from([ip("10.4.0.3")]);
    world.arrival.local = ip("10.4.0.3");
    let offer = world.ask(&at(0x101).discover());
    assert_eq!(
        (offer.yiaddr, offer.server()),
        (ip("10.4.0.11"), ip("10.4.0.3"))
    );
}

#[test]
fn relays_on_loopback_work_only_for_a_network_on_loopback() {
    let mut demo = network(
        "demo",
        "127.64.0.0/16",
        Some(("127.64.8.0", "127.64.8.255")),
    );
    demo.server = Some(Ipv4Addr::LOCALHOST);
    let mut world = World::new(view(settings(vec![demo]), nine()));
    world.arrival = muster::boot::dhcp::Arrival {
        interface: "lo".into(),
        index: 1,
        addresses: Arc::from([Ipv4Addr::LOCALHOST]),
        ours: Arc::from([Ipv4Addr::LOCALHOST]),
        local: Ipv4Addr::LOCALHOST,
        peer: SocketAddrV4::new(ip("127.64.0.1"), 50_123),
        ..arrival()
    };
    let client = at(70_000).behind(ip("127.64.0.1"), Some(&[19, 0]));
    let reply = world.hear(&client.discover()).reply.unwrap();
    assert_eq!(reply.to.to_string(), "127.64.0.1:50123");
    assert_eq!(reply.from, Ipv4Addr::LOCALHOST);
    let ack = world.exchange(&client);
    assert_eq!(ack.yiaddr.octets()[..3], [127, 64, 8]);
    assert!(
        ack.text(67)
            .unwrap()
            .starts_with("http://127.0.0.1:9873/ipxe/")
    );
}

#[test]
fn two_networks_on_one_wire_are_told_apart_by_the_nodes_own_address() {
    let mut world = campus();
    let mut settings = (*world.view.settings).clone();
    settings.networks[1].interface = Some("eno1".into());
    world.view = view(settings, world.view.nodes.clone());
    assert_eq!(world.exchange(&at(0x101)).yiaddr, ip("10.4.0.11"));
    assert_eq!(world.exchange(&at(3)).yiaddr, ip("10.0.0.13"));
}

#[test]
fn a_node_that_asks_from_the_wrong_network_gets_a_pool_address_and_a_remark() {
    let mut world = campus();
    let answer = world.hear(&at(0x101).discover());
    assert_eq!(
        note(&answer),
        "r1 has the address 10.4.0.11, but asks from network lan (10.0.0.0/24), so it gets one of that pool"
    );
    let mut settings = (*world.view.settings).clone();
    settings.networks[0].pool = None;
    world.view = view(settings, world.view.nodes.clone());
    let answer = world.hear(&at(0x101).discover());
    assert!(answer.reply.is_none());
    assert!(
        note(&answer).contains("and that has no pool"),
        "{}",
        note(&answer)
    );
}

#[test]
fn routes_carry_the_default_route_too() {
    let mut world = campus();
    let mut settings = (*world.view.settings).clone();
    settings.networks[1].routes = vec![("10.128.0.0/9".parse().unwrap(), ip("10.4.0.2"))];
    world.view = view(settings, world.view.nodes.clone());
    let offer = world.ask(&at(0x101).behind(ip("10.4.0.1"), None).discover());
    assert_eq!(
        offer.bytes(121).unwrap(),
        [9, 10, 128, 10, 4, 0, 2, 0, 10, 4, 0, 1]
    );
}
