//! What the overlays of one node cost when 10,000 nodes ask: `/etc/hosts` lists every node for every node. Microseconds a node
//! and memory, the first node apart. `cargo bench --bench overlay`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    missing_docs
)]

use std::sync::Arc;
use std::time::Instant;

use muster::daemon::archives::Archives;
use muster::overlay::Context;
use world::{World, node};

#[path = "../tests/overlay/world.rs"]
mod world;

const NODES: u32 = 10_000;
const LIST: [&str; 6] = ["wwinit", "hostname", "hosts", "issue", "resolv", "ifupdown"];

fn main() {
    let nodes = (0..NODES).map(|at| node(at, &format!("n{at:05}"), &LIST));
    let world = World::new(nodes.collect());
    let view = world.view();
    let archives = Arc::new(Archives::new(world.dir.path().to_owned(), []));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ask = |at: usize| {
        let began = Instant::now();
        let node = view.nodes[at].clone();
        let archive = runtime.block_on(archives.get(&view, &node, Context::System));
        (began.elapsed(), archive.unwrap())
    };
    println!("resident before        {} MiB", resident());
    let (first, archive) = ask(0);
    println!(
        "archive                {} bytes, {} packed",
        archive.plain.len(),
        archive.gzip.len()
    );
    drop(archive);
    println!("first node             {} us", first.as_micros());
    let mut times: Vec<u128> = (1..NODES as usize)
        .map(|at| ask(at).0.as_micros())
        .collect();
    times.sort_unstable();
    println!("each other, median     {} us", times[times.len() / 2]);
    println!(
        "each other, 99 %       {} us",
        times[times.len() * 99 / 100]
    );
    println!(
        "again, from the cache  {} us",
        ask(NODES as usize - 1).0.as_micros()
    );
    println!("resident after         {} MiB", resident());
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
