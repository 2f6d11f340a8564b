//! What a DHCP exchange costs. Alone: parse, decide and encode in memory, in microseconds for the four messages of 10,000 nodes.
//! With `serve PORT SUBNET POOL_FIRST POOL_LAST`: the real server on real sockets, for perfdhcp and real clients inside a network
//! namespace (`benches/dhcp.sh`); ends after 120 seconds or when its standard input closes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    missing_docs
)]

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use muster::boot::open::OpenBoots;
use muster::daemon::clock::Clock;
use muster::daemon::shared::{Events, Shared};
use muster::daemon::transfers::Transfers;
use muster::image::Catalog;
use muster::kit::Mac;
use muster::model::View;
use support::dhcp_client::{FakeNode, Firmware, Seen};
use tokio::sync::watch;
use world::{World, ip, network, node, settings, view};

#[path = "../tests/support"]
mod support {
    pub mod dhcp_client;
}

#[path = "../tests/boot/dhcp/world.rs"]
mod world;

const NODES: u32 = 10_000;

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    match args.first().map(String::as_str) {
        Some("serve") => serve(&args[1..]),
        _ => measure(),
    }
}

fn measure() {
    for (name, known) in [("nodes", true), ("machines of the pool", false)] {
        let mut lan = network("lan", "10.0.0.0/8", Some(("10.128.0.0", "10.128.255.255")));
        lan.interface = Some("eno1".into());
        let nodes = if known {
            (0..NODES).map(numbered).collect()
        } else {
            Vec::new()
        };
        let mut world = World::new(view(settings(vec![lan]), nodes));
        let clients: Vec<FakeNode> = (0..NODES)
            .map(|n| FakeNode::numbered(Firmware::UefiPxe, n))
            .collect();
        let discovers: Vec<Vec<u8>> = clients.iter().map(FakeNode::discover).collect();
        let began = Instant::now();
        let offers: Vec<Vec<u8>> = discovers
            .iter()
            .map(|bytes| world.hear(bytes).reply.unwrap().bytes)
            .collect();
        let offered = began.elapsed();
        let requests: Vec<Vec<u8>> = clients
            .iter()
            .zip(&offers)
            .map(|(client, offer)| client.select(&Seen::read(offer)))
            .collect();
        let began = Instant::now();
        for bytes in &requests {
            assert!(world.hear(bytes).reply.is_some());
        }
        let took = offered + began.elapsed();
        println!(
            "{NODES} {name}: {:.2} us for one exchange, {:.0} exchanges a second on one core",
            took.as_secs_f64() * 1e6 / f64::from(NODES),
            f64::from(NODES) / took.as_secs_f64()
        );
    }
}

fn numbered(n: u32) -> Arc<muster::model::Node> {
    let [_, b, c, d] = n.to_be_bytes();
    let mac = Mac::ethernet([0x52, 0x54, 0, b, c, d]);
    node(
        n,
        &format!("n{n:05}"),
        Some(mac),
        Some(std::net::Ipv4Addr::new(10, b, c, d)),
    )
}

fn serve(args: &[String]) {
    let [port, subnet, first, last] = args else {
        panic!("serve PORT SUBNET POOL_FIRST POOL_LAST");
    };
    let mut settings = settings(vec![network("bench", subnet, Some((first, last)))]);
    settings.dhcp.port = port.parse().unwrap();
    settings.ipaddr = Some(ip(first));
    // A node with the first address of the pool, for the clients that the script starts with its hardware address.
    let known = vec![node(
        0,
        "n1",
        Some("52:54:00:00:00:01".parse().unwrap()),
        Some(ip(first)),
    )];
    let view = view(settings, known);
    let bound = muster::daemon::dhcp::bind(&view.settings).unwrap_or_else(|e| panic!("{e}"));
    let (shared, mut events) = shared(view);
    let (stop, stopped) = watch::channel(false);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // The end of the script is the end of this, however it ends.
    std::thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        let _ = stop.send(true);
    });
    println!("ready");
    runtime.block_on(async {
        let mut counted: HashMap<String, u64> = HashMap::new();
        let count = async {
            while let Some(event) = events.recv().await {
                let text = match &event.what {
                    muster::fleet::What::Dhcp(dhcp) => format!("{:?}", dhcp.step),
                    other => format!("{other:?}"),
                };
                *counted.entry(text).or_default() += 1;
            }
        };
        let (ended, advertised) = (stopped.clone(), stopped.clone());
        tokio::select! {
            () = bound.serve(shared.clone(), ended) => {}
            () = async { muster::daemon::ra::serve(shared, advertised).await; std::future::pending().await } => {}
            () = count => {}
            () = tokio::time::sleep(Duration::from_secs(120)) => {}
        }
        println!("{counted:?}");
    });
}

fn shared(view: View) -> (Shared, tokio::sync::mpsc::Receiver<muster::fleet::Event>) {
    let (events, from) = Events::channel(65_536);
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
