//! Ten thousand nodes at once.

use std::net::Ipv4Addr;

use muster::kit::Mac;

use super::world::{World, ip, network, node, settings, view};
use crate::support::dhcp_client::{FakeNode, Firmware, Seen};

#[test]
fn ten_thousand_nodes_boot_together() {
    let mut lan = network("lan", "10.0.0.0/16", None);
    lan.interface = Some("eno1".into());
    let address = |n: u32| Ipv4Addr::from(u32::from(ip("10.0.16.0")) + n);
    let nodes = (0..10_000_u32)
        .map(|n| {
            let [_, b, c, d] = n.to_be_bytes();
            let mac = Mac::ethernet([0x52, 0x54, 0, b, c, d]);
            node(n, &format!("n{n:05}"), Some(mac), Some(address(n)))
        })
        .collect();
    let mut world = World::new(view(settings(vec![lan]), nodes));
    // All discover before any requests, as after a power cut.
    let clients: Vec<FakeNode> = (0..10_000)
        .map(|n| FakeNode::numbered(Firmware::UefiPxe, n))
        .collect();
    let offers: Vec<Seen> = clients.iter().map(|c| world.ask(&c.discover())).collect();
    world.pass(4);
    for (n, (client, offer)) in (0..).zip(clients.iter().zip(&offers)) {
        let ack = world.ask(&client.select(offer));
        assert_eq!((ack.yiaddr, ack.xid), (address(n), client.xid));
    }
    // And iPXE, in the same boots.
    for n in 0..10_000 {
        let ack = world.exchange(&FakeNode::numbered(Firmware::IpxeEfi, n));
        assert_eq!(
            world.boots.of_ip(ack.yiaddr).unwrap().id.0,
            u64::from(n) + 1
        );
    }
    assert_eq!(world.desk.leases.len(), 10_000);
    assert_eq!(world.desk.leases.take_changed().len(), 20_000);
}
