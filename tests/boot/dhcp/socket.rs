//! The real sockets, on loopback: a client behind a simulated relay, as the demo's nodes are.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use muster::boot::leases::{LeaseState, Leases};
use muster::boot::open::OpenBoots;
use muster::daemon::clock::Clock;
use muster::daemon::dhcp::bind;
use muster::daemon::shared::{Events, Shared};
use muster::daemon::transfers::Transfers;
use muster::fleet::{DhcpStep, Event};
use muster::image::Catalog;
use muster::model::{NodeId, View};
use tokio::sync::{mpsc, watch};

use super::world::{ip, network, nine, settings, steps, view};
use crate::support::dhcp_client::{FakeNode, Firmware, Seen};

fn loopback() -> View {
    let lan = network("lan", "10.0.0.0/24", None);
    let mut demo = network(
        "demo",
        "127.64.0.0/16",
        Some(("127.64.8.0", "127.64.8.255")),
    );
    demo.server = Some(Ipv4Addr::LOCALHOST);
    let mut settings = settings(vec![lan, demo]);
    settings.listen = Ipv4Addr::LOCALHOST;
    settings.dhcp.port = 0;
    view(settings, nine())
}

fn shared(view: View) -> (Shared, mpsc::Receiver<Event>) {
    let (events, from) = Events::channel(1024);
    let shared = Shared {
        bell: Arc::default(),
        view: Arc::new(ArcSwap::from_pointee(view)),
        boots: Arc::new(RwLock::new(OpenBoots::starting_at(1))),
        transfers: Transfers::new(events.clone()),
        events,
        archives: Arc::default(),
        ledger: Arc::default(),
        images: Arc::new(ArcSwap::from_pointee(Catalog::default())),
        clock: Clock::start(),
    };
    (shared, from)
}

/// Sends and waits for the answer, as a relay on `socket`.
fn ask(socket: &UdpSocket, port: u16, bytes: &[u8]) -> Seen {
    let mut buffer = [0; 2048];
    socket.send_to(bytes, (Ipv4Addr::LOCALHOST, port)).unwrap();
    let (len, from) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!(
        from.to_string(),
        format!("127.0.0.1:{port}"),
        "answered from where it asked"
    );
    Seen::read(&buffer[..len])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relayed_client_boots_over_loopback() {
    let (shared, mut events) = shared(loopback());
    let bound = bind(&shared.view.load().settings).unwrap();
    let port = bound.port();
    let (keeper, mut kept) = mpsc::channel(64);
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(
        bound
            .with_leases(Leases::default())
            .kept_by(keeper)
            .serve(shared.clone(), stopped),
    );

    let given = tokio::task::spawn_blocking(move || {
        let relay = UdpSocket::bind((Ipv4Addr::new(127, 64, 0, 1), 0)).unwrap();
        relay
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        // Noise first: it must not end the loop.
        for noise in [&[][..], &[1; 3], &[0xff; 2000], &[2; 400]] {
            relay.send_to(noise, (Ipv4Addr::LOCALHOST, port)).unwrap();
        }
        let client =
            FakeNode::numbered(Firmware::IpxeRom, 1).behind(ip("127.64.0.1"), Some(&[19, 0]));
        let offer = ask(&relay, port, &client.discover());
        ask(&relay, port, &client.select(&offer)).yiaddr
    })
    .await
    .unwrap();

    assert_eq!(given.octets()[..3], [127, 64, 8]);
    let record = kept.recv().await.unwrap();
    assert_eq!((record.ip, record.state), (given, LeaseState::Bound));
    assert_eq!(
        shared.boots.read().unwrap().of_ip(given).unwrap().node,
        NodeId(1)
    );
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(10), serving)
        .await
        .unwrap()
        .unwrap();
    let mut all = Vec::new();
    while let Ok(event) = events.try_recv() {
        all.push(event);
    }
    let said = [
        DhcpStep::Discover,
        DhcpStep::Offer,
        DhcpStep::Request,
        DhcpStep::Ack,
    ];
    assert_eq!(steps(&all), said);
}

#[test]
fn a_port_that_is_taken_is_a_sentence() {
    let held = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut settings = (*loopback().settings).clone();
    settings.dhcp.port = held.local_addr().unwrap().port();
    let error = bind(&settings).unwrap_err();
    assert_eq!(error.service, "dhcp");
    assert!(
        error.text.contains(&settings.dhcp.port.to_string()),
        "{}",
        error.text
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_nodes_boot_through_one_relay_at_once() {
    const NODES: u32 = 10_000;
    /// So many exchanges are under way at a time: as many answers as the default receive buffer of this relay holds.
    const WINDOW: usize = 64;
    let mut demo = network("demo", "127.64.0.0/16", None);
    demo.server = Some(Ipv4Addr::LOCALHOST);
    let mut settings = settings(vec![demo]);
    settings.listen = Ipv4Addr::LOCALHOST;
    settings.dhcp.port = 0;
    let address = |n: u32| Ipv4Addr::from(u32::from(ip("127.64.16.0")) + n);
    let nodes = (0..NODES).map(|n| {
        let [_, b, c, d] = n.to_be_bytes();
        let mac = muster::kit::Mac::ethernet([0x52, 0x54, 0, b, c, d]);
        super::world::node(n, &format!("n{n}"), Some(mac), Some(address(n)))
    });
    let view = view(settings, nodes.collect());
    let (events, mut from) = Events::channel(65_536);
    let (mut shared, _) = shared(view);
    shared.events = events;
    let bound = bind(&shared.view.load().settings).unwrap();
    let port = bound.port();
    let (keeper, mut kept) = mpsc::channel(16);
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(bound.kept_by(keeper).serve(shared.clone(), stopped));
    // A keeper that is slower than the storm: what it has no room for waits, and is not lost.
    let keeping = tokio::spawn(async move {
        let mut held = std::collections::HashMap::new();
        while let Some(record) = kept.recv().await {
            held.insert(record.ip, record.mac);
        }
        held.len()
    });
    let asked = tokio::task::spawn_blocking(move || {
        let relay = UdpSocket::bind((Ipv4Addr::new(127, 64, 0, 1), 0)).unwrap();
        relay
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let server = (Ipv4Addr::LOCALHOST, port);
        let client =
            |n| FakeNode::numbered(Firmware::UefiPxe, n).behind(ip("127.64.0.1"), Some(&[19, 0]));
        let mut waiting: Vec<u32> = (0..NODES).rev().collect();
        let (mut under_way, mut done) = (0, std::collections::HashSet::new());
        let mut buffer = [0; 2048];
        while done.len() < NODES as usize {
            while under_way < WINDOW
                && let Some(n) = waiting.pop()
            {
                relay.send_to(&client(n).discover(), server).unwrap();
                under_way += 1;
            }
            let (len, _) = relay.recv_from(&mut buffer).unwrap();
            let seen = Seen::read(&buffer[..len]);
            let n = u32::from(seen.yiaddr) - u32::from(ip("127.64.16.0"));
            assert_eq!(seen.xid, client(n).xid, "an answer to somebody else");
            if seen.kind == dhcproto::v4::MessageType::Offer {
                relay.send_to(&client(n).select(&seen), server).unwrap();
            } else {
                assert_eq!(seen.kind, dhcproto::v4::MessageType::Ack);
                assert!(done.insert(n), "acknowledged twice");
                under_way -= 1;
            }
        }
        done.len()
    });
    assert_eq!(asked.await.unwrap(), NODES as usize);
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(20), serving)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(shared.events.take_lost(), 0);
    let told = std::iter::from_fn(|| from.try_recv().ok()).count();
    assert_eq!(told, 4 * NODES as usize, "four events a node");
    let held = keeping.await.unwrap();
    assert!(held <= NODES as usize, "{held}");
    let mut boots = shared.boots.write().unwrap();
    let bound = |n: u32| {
        boots
            .of_ip(address(n))
            .is_some_and(|boot| boot.node == NodeId(n))
    };
    assert!((0..NODES).all(bound));
    let changed = boots.take_changed(&shared.view.load());
    assert_eq!(changed.len(), NODES as usize);
}
