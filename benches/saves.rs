//! What it costs to change a big registry durably: one node, all nodes, with a running muster and from the files alone, and how
//! many changes a second many writers get through. Prints medians beside their targets; asserts nothing.
//! `cargo bench --bench saves [-- NODES]`
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, dead_code)]

use std::thread;
use std::time::Instant;

use muster::api::{Command, Reply};
use muster::link;
use muster::model::{Edit, Place, Value};

use root::Root;

#[path = "root.rs"]
mod root;
#[path = "site.rs"]
mod site;

/// Writers at once, and how many changes each makes.
const WRITERS: usize = 64;
const EDITS: usize = 50;

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
    edits(&root, count, "from the files", "");
    let daemon = root.serve();
    edits(&root, count, "through the daemon", "300 ms");
    drop(daemon);
    let state = root.paths.state.join("state.db");
    let bytes = std::fs::metadata(state).unwrap().len();
    println!("state.db has {:.1} MB after that", bytes as f64 / 1e6);
    for nodes in [WRITERS, count] {
        writers(nodes, if nodes == WRITERS { EDITS } else { 2 });
    }
}

fn edits(root: &Root, count: usize, how: &str, target: &str) {
    let words = |line: String| line.split_whitespace().map(str::to_owned).collect();
    let list = if how.contains("daemon") {
        "150 ms"
    } else {
        "500 ms"
    };
    root.time_each(&format!("node list {how}"), list, |_| {
        words("node list".into())
    });
    root.time_each(&format!("node set of one node {how}"), target, |round| {
        words(format!("node set n00417 --comment r{round}x{}", how.len()))
    });
    root.time_each(
        &format!("node set of all nodes {how}"),
        "1000 ms",
        |round| {
            words(format!(
                "node set n[00000-{:05}] --image rocky{round}{} -y",
                count - 1,
                how.len()
            ))
        },
    );
    root.time_each(&format!("undo of that {how}"), "", |_| {
        words("undo -y".into())
    });
}

/// Many writers at once, each on a connection of its own.
fn writers(nodes: usize, edits: usize) {
    let root = Root::new(nodes);
    let _daemon = root.serve();
    let socket = root.paths.socket();
    let began = Instant::now();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let socket = &socket;
            scope.spawn(move || {
                for edit in 0..edits {
                    let command = Command::Change {
                        edits: vec![Edit::Set {
                            place: Place::node(&format!("n{:05}", writer % nodes)),
                            key: "comment".into(),
                            value: Value::Text(format!("w{writer} e{edit}").into()),
                        }],
                        base: None,
                        note: None,
                        dry: false,
                        by: "bench".into(),
                    };
                    let reply = link::ask(socket, &command).unwrap();
                    assert!(matches!(reply, Reply::Change(_)), "{reply:?}");
                }
            });
        }
    });
    let all = WRITERS * edits;
    println!(
        "{WRITERS} writers on {nodes} nodes: {all} changes, each durable, {:.0} a second",
        all as f64 / began.elapsed().as_secs_f64()
    );
}
