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
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use muster::api::{Command, Reply, Update};
use muster::link::{self, Link, Message};
use muster::model::Paths;

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

fn ms(span: Duration) -> String {
    format!("{:.0} ms", span.as_secs_f64() * 1e3)
}

/// A throw-away root.
struct Root {
    dir: tempfile::TempDir,
    paths: Paths,
}

impl Root {
    fn new(count: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::under(dir.path());
        fs::create_dir_all(&paths.conf).unwrap();
        fs::write(paths.muster_conf(), conf()).unwrap();
        fs::write(paths.nodes_conf(), site::text(count)).unwrap();
        Self { dir, paths }
    }

    fn size(&self) -> u64 {
        fs::metadata(self.paths.nodes_conf()).unwrap().len()
    }

    fn program(&self, args: &[&str]) -> Program {
        let mut program = Program::new(env!("CARGO_BIN_EXE_muster"));
        program
            .arg("--root")
            .arg(self.dir.path())
            .args(args)
            .stdin(Stdio::null());
        program
    }

    fn serve(&self) -> Daemon {
        let log = fs::File::create(self.dir.path().join("log")).unwrap();
        let child = self
            .program(&["--serve"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let daemon = Daemon(child);
        let began = Instant::now();
        while link::ask(&self.paths.socket(), &Command::Settings).is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "the daemon does not answer"
            );
            sleep(Duration::from_millis(5));
        }
        daemon
    }

    /// The best of five runs of a verb.
    fn time(&self, verb: &[&str], how: &str) {
        let mut best = Duration::MAX;
        let (mut bytes, mut peak) = (0, 0.0);
        for _ in 0..5 {
            let began = Instant::now();
            let out = self.program(verb).output().unwrap();
            best = best.min(began.elapsed());
            bytes = out.stdout.len();
            peak = children_peak();
        }
        println!(
            "muster {} {how}: {}, {bytes} bytes printed (largest child so far {peak:.0} MB)",
            verb.join(" "),
            ms(best)
        );
    }
}

/// Settings for loopback with ports that were free a moment ago.
fn conf() -> String {
    let udp: Vec<_> = (0..4)
        .map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap())
        .collect();
    let port = |at: usize| udp[at].local_addr().unwrap().port();
    let http = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!(
        "listen: 127.0.0.1\nipaddr: 127.0.0.1\nnetmask: 255.0.0.0\ndhcp:\n  port: {}\n  client port: {}\n  proxy port: {}\n  \
         router advertisement: false\ntftp:\n  port: {}\nserver:\n  port: {}\nnaming: x[001-999]\nnetworks:\n  boot:\n    \
         subnet: 10.2.0.0/16\n",
        port(0),
        port(1),
        port(2),
        port(3),
        http.local_addr().unwrap().port()
    )
}

/// A daemon, ended by its pid when dropped.
struct Daemon(Child);

impl Daemon {
    /// What it holds now, and the most that it held since this was last asked.
    fn memory(&self, when: &str) {
        let process = PathBuf::from(format!("/proc/{}", self.0.id()));
        let status = process.join("status");
        println!(
            "{when}: {:.0} MB resident, peak {:.0} MB",
            field(&status, "VmRSS:"),
            field(&status, "VmHWM:")
        );
        // Begins the peak anew (proc(5), clear_refs); where that is not allowed it is that of the whole run.
        let _ = fs::write(process.join("clear_refs"), "5");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The peak of the largest child that has ended, in MB.
fn children_peak() -> f64 {
    use nix::sys::resource::{UsageWho, getrusage};
    getrusage(UsageWho::RUSAGE_CHILDREN).map_or(0.0, |usage| usage.max_rss() as f64 / 1e3)
}

/// A member of a `status` file in MB.
fn field(path: &Path, word: &str) -> f64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text
        .lines()
        .find(|line| line.starts_with(word))
        .unwrap_or_default();
    let kb = line
        .split_whitespace()
        .nth(1)
        .and_then(|kb| kb.parse::<f64>().ok());
    kb.unwrap_or_default() / 1e3
}
