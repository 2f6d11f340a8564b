//! ProxyDHCP beside another server, on ports 67 and 4011.

use std::net::{Ipv4Addr, SocketAddrV4};

use dhcproto::v4::MessageType;
use muster::boot::dhcp::Door;
use muster::fleet::{DhcpStep, What};
use muster::model::NodeId;

use super::world::{SERVER, World, ip, lan, steps, view};
use crate::support::dhcp_client::{FakeNode, Firmware, Seen};

fn beside() -> World {
    let base = lan();
    let mut settings = (*base.settings).clone();
    settings.networks[0].proxy = true;
    World::new(view(settings, base.nodes.clone()))
}

#[test]
fn a_pxe_client_gets_boot_information_and_no_address() {
    for (firmware, class, file) in [
        (Firmware::UefiPxe, "PXEClient", "ipxe-snponly-x86_64.efi"),
        (Firmware::BiosPxe, "PXEClient", "undionly.kpxe"),
        (
            Firmware::UefiHttp,
            "HTTPClient",
            "http://10.0.0.1:9873/efiboot/ipxe-snponly-x86_64.efi",
        ),
        (
            Firmware::IpxeRom,
            "PXEClient",
            "http://10.0.0.1:9873/ipxe/52-54-00-00-00-01?assetkey=${asset}&uuid=${uuid}",
        ),
    ] {
        let mut world = beside();
        let answer = world.hear(&FakeNode::numbered(firmware, 1).discover());
        assert_eq!(steps(&answer.events), [DhcpStep::Discover, DhcpStep::Proxy]);
        let offer = Seen::read(&answer.reply.unwrap().bytes);
        assert_eq!(
            (offer.kind, offer.yiaddr),
            (MessageType::Offer, Ipv4Addr::UNSPECIFIED)
        );
        assert_eq!(
            (offer.text(60).as_deref(), offer.text(67).as_deref()),
            (Some(class), Some(file))
        );
        assert_eq!((offer.bytes(51), offer.bytes(1)), (None, None));
        assert_eq!(offer.bytes(175), None, "here iPXE must wait for us");
        let control = (class == "PXEClient").then(|| vec![6, 1, 8, 255]);
        assert_eq!(offer.bytes(43), control, "{firmware:?}");
        assert!(world.desk.leases.is_empty());
    }
}

#[test]
fn the_boot_server_port_answers_the_port_that_asked() {
    let mut world = beside();
    world.arrival.door = Door::Proxy;
    world.arrival.peer = SocketAddrV4::new(ip("10.0.0.150"), 4011);
    let client = FakeNode::numbered(Firmware::UefiPxe, 2);
    let answer = world.hear(&client.renew(ip("10.0.0.150")));
    assert_eq!(steps(&answer.events), [DhcpStep::Request, DhcpStep::Proxy]);
    let reply = answer.reply.unwrap();
    assert_eq!(reply.to.to_string(), "10.0.0.150:4011");
    let ack = Seen::read(&reply.bytes);
    assert_eq!(
        (ack.kind, ack.server(), ack.siaddr),
        (MessageType::Ack, SERVER, SERVER)
    );
    let boot = world.boots.of_ip(ip("10.0.0.150")).unwrap();
    assert_eq!(boot.node, NodeId(2));
}

#[test]
fn the_address_that_the_other_server_gives_is_bound_to_the_boot() {
    let mut world = beside();
    let client = FakeNode::numbered(Firmware::IpxeRom, 3);
    world.ask(&client.discover());
    let answer = world.hear(&client.message(3, &[(50, &[10, 0, 0, 33]), (54, &[10, 0, 0, 2])]));
    assert!(answer.reply.is_none(), "the request is not for us");
    assert!(
        !answer
            .events
            .iter()
            .any(|e| matches!(e.what, What::Rival { .. })),
        "and no rival"
    );
    assert_eq!(world.boots.of_ip(ip("10.0.0.33")).unwrap().node, NodeId(3));
}

#[test]
fn what_boots_nothing_is_left_to_the_other_server() {
    let mut world = beside();
    let os = FakeNode::numbered(Firmware::Os, 1);
    for bytes in [
        os.discover(),
        os.init_reboot(ip("10.0.0.11")),
        os.inform(ip("10.0.0.11")),
    ] {
        let answer = world.hear(&bytes);
        assert!(answer.reply.is_none() && answer.events.is_empty());
    }
}

#[test]
fn the_boot_server_port_is_silent_where_we_give_the_addresses() {
    let mut world = World::new(lan());
    world.arrival.door = Door::Proxy;
    let client = FakeNode::numbered(Firmware::UefiPxe, 2);
    assert!(world.hear(&client.renew(ip("10.0.0.12"))).reply.is_none());
}
