//! Ten thousand nodes, end to end: a real `muster --serve` on loopback with a big registry, asked as a console and as a person
//! would ask it; then a storm of boots through the engine in memory. Prints figures; asserts nothing.
//! `cargo bench --bench scale [-- NODES]`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic,
    missing_docs,
    dead_code
)]

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use muster::api::{Command, Reply, Update};
use muster::link::{self, Link, Message};

use root::{Root, ms};

#[path = "root.rs"]
mod root;
#[path = "site.rs"]
mod site;
#[path = "storm.rs"]
mod storm;
#[path = "../tests/support/world.rs"]
mod world;

fn main() {
    let count = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .next()
        .unwrap_or(10_000);
    let root = Root::new(count);
    println!(
        "{count} nodes, {:.1} MB of nodes.conf",
        root.size() as f64 / 1e6
    );
    daemon(&root);
    for verb in [&["status"][..], &["node", "list"], &["check"]] {
        root.time(verb, "from the files");
    }
    storm::run(u32::try_from(count).unwrap());
}

fn daemon(root: &Root) {
    let began = Instant::now();
    let daemon = root.serve();
    println!("ready after {:.2} s", began.elapsed().as_secs_f64());
    sleep(Duration::from_secs(3));
    daemon.memory("settled");
    for verb in [
        &["status"][..],
        &["status", "--json"],
        &["status", "n[00100-00199]"],
        &["node", "list"],
        &["node", "list", "rack:r007"],
        &["node", "show", "n00417"],
        &["why", "n00417"],
        &["check"],
    ] {
        root.time(verb, "through the daemon");
    }
    let began = Instant::now();
    let link = link::attach(root.paths.socket()).unwrap();
    let first = next(&link);
    let attached = began.elapsed();
    let Update::Snapshot(snapshot) = first else {
        panic!("no snapshot first")
    };
    let bytes = serde_json::to_vec(&*snapshot).unwrap().len();
    println!(
        "attach: {} until the snapshot, {:.2} MB",
        ms(attached),
        bytes as f64 / 1e6
    );
    daemon.memory("attached");
    reload(root, &link, "comment: node 7 in", "comment: knot 7 in");
    reload(root, &link, "10.2.0.10\n", "10.2.255.10\n");
    sleep(Duration::from_secs(1));
    daemon.memory("after two edits by hand");
    let mut adopts = Vec::new();
    for n in 0..3u8 {
        let mac = muster::kit::Mac::ethernet([2, 0, 0, 0, 7, n]);
        let command = Command::Adopt {
            mac,
            name: None,
            by: "bench".into(),
        };
        let began = Instant::now();
        let reply = link::ask(&root.paths.socket(), &command).unwrap();
        adopts.push(ms(began.elapsed()));
        assert!(matches!(reply, Reply::Adopted { .. }), "{reply:?}");
        wait_registry(&link);
    }
    println!("adopt: {}", adopts.join(", "));
    sleep(Duration::from_secs(2));
    daemon.memory("after three adoptions");
    drop(link);
}

/// Edits one line as an editor would and waits until it is told.
fn reload(root: &Root, link: &Link, from: &str, to: &str) {
    let text = fs::read_to_string(root.paths.nodes_conf()).unwrap();
    let edited = text.replacen(from, to, 1);
    assert_ne!(text, edited);
    let new = root.paths.conf.join("nodes.conf.new");
    fs::write(&new, edited).unwrap();
    fs::rename(new, root.paths.nodes_conf()).unwrap();
    let began = Instant::now();
    let (bytes, parts) = wait_registry(link);
    println!(
        "one line edited: {} until clients have it (of that 200 ms of waiting for quiet); the delta has {bytes} bytes, {parts}",
        ms(began.elapsed())
    );
}

/// Waits for the next delta that carries a revision; its size.
fn wait_registry(link: &Link) -> (usize, String) {
    loop {
        if let Update::Delta(delta) = next(link)
            && let Some(registry) = &delta.registry
        {
            let bytes = serde_json::to_vec(&*delta).unwrap().len();
            let rows = serde_json::to_vec(registry).unwrap().len();
            return (bytes, format!("{rows} of the registry"));
        }
    }
}

fn next(link: &Link) -> Update {
    loop {
        match link.updates.recv_timeout(Duration::from_secs(30)).unwrap() {
            Message::Update(update @ (Update::Snapshot(_) | Update::Delta(_))) => return update,
            Message::Update(Update::Lost(why)) => panic!("{why}"),
            Message::Reply(..) => {}
        }
    }
}
