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
        view: Arc::new(ArcSwap::from_pointee(view)),
        boots: Arc::new(RwLock::new(OpenBoots::starting_at(1))),
        transfers: Transfers::new(events.clone()),
        events,
        archives: Arc::default(),
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
