//! What the overlays of one node cost when 10,000 nodes ask: `/etc/hosts` lists every node for every node. The lists are those of
//! the default profile, laid and packed on one core. `cargo bench --bench overlay`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    missing_docs
)]

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use muster::daemon::archives::Archives;
use muster::daemon::files::Disk;
use muster::model::View;
use muster::overlay::{Context, Draft, Inspection, Recorded, Sources, inspect, lay, preview};
use world::{World, node};

#[path = "../tests/overlay/world.rs"]
mod world;

const NODES: u32 = 10_000;
const SYSTEM: [&str; 15] = [
    "wwinit",
    "wwclient",
    "hosts",
    "fstab",
    "hostname",
    "ssh.host_keys",
    "issue",
    "resolv",
    "udev.netname",
    "systemd.netname",
    "ifcfg",
    "ifupdown",
    "NetworkManager",
    "wicked",
    "ignition",
];
const RUNTIME: [&str; 2] = ["hosts", "ssh.authorized_keys"];

fn main() {
    let nodes = (0..NODES).map(|at| {
        let mut node = node(at, &format!("n{at:05}"), &SYSTEM);
        node.runtime_overlay = RUNTIME.map(Arc::from).into();
        node
    });
    let mut world = World::new(nodes.collect());
    keys(&world);
    let view = world.view();
    println!("resident before        {} MiB", resident());
    steps(&world, &view);
    cached(&mut world, &view);
    previews(&world, &view);
    checked(&world, &view);
}

/// Host keys as a server has them, without the second that RSA takes.
fn keys(world: &World) {
    world.write("keys/ssh_host_ed25519_key", &"k".repeat(400));
    world.write("keys/ssh_host_ed25519_key.pub", &"p".repeat(100));
}

/// Laying alone, and laying and packing, each for every node by one thread.
fn steps(world: &World, view: &View) {
    let sources = Sources::new(world.dir.path());
    let contexts = [Context::System, Context::Runtime];
    let began = Instant::now();
    for context in contexts {
        let files = Recorded::new(&Disk);
        let layout = lay(view, &view.nodes[0], context, &sources, &files).unwrap();
        let archive = layout.pack(&sources).unwrap();
        println!(
            "{:22} {} bytes, {} packed, {} of them its own",
            format!("{context:?} archive"),
            archive.plain.len(),
            archive.gzip.len(),
            archive.own
        );
    }
    println!("first node             {}", shown(began.elapsed()));
    let (mut raw, mut both) = (Vec::new(), Vec::new());
    for node in &view.nodes[1..] {
        let (mut laid, mut packed) = (Duration::ZERO, Duration::ZERO);
        for context in contexts {
            let began = Instant::now();
            let files = Recorded::new(&Disk);
            let layout = lay(view, node, context, &sources, &files).unwrap();
            laid += began.elapsed();
            std::hint::black_box(layout.pack(&sources).unwrap());
            packed += began.elapsed();
        }
        raw.push(laid);
        both.push(packed);
    }
    told("laid", &mut raw);
    told("laid and packed", &mut both);
}

/// As nodes ask, and ask again; and after a change of one node that no other one's files tell of.
fn cached(world: &mut World, view: &Arc<View>) {
    let archives = Arc::new(Archives::new(world.dir.path().to_owned(), []));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ask = |view: &Arc<View>, at: usize| {
        let began = Instant::now();
        for context in [Context::System, Context::Runtime] {
            let node = view.nodes[at].clone();
            let archive = runtime.block_on(archives.get(view, &node, context));
            archive.unwrap();
        }
        began.elapsed()
    };
    let all = |view: &Arc<View>| (0..NODES as usize).map(|at| ask(view, at)).collect();
    let mut times: Vec<Duration> = all(view);
    told("asked for first", &mut times);
    let before = archives.rendered();
    let mut times: Vec<Duration> = all(view);
    told("asked for again", &mut times);
    println!("  of them rendered     {}", archives.rendered() - before);
    world.revision += 1;
    world.nodes[5].kernel_args.push("debug".into());
    let view = world.view();
    let before = archives.rendered();
    let mut times: Vec<Duration> = all(&view);
    told("after another's change", &mut times);
    println!("  of them rendered     {}", archives.rendered() - before);
    println!("resident after         {} MiB", resident());
}

/// What somebody who edits a template waits for.
fn previews(world: &World, view: &View) {
    for (overlay, file) in [
        ("issue", "etc/issue.tera"),
        (
            "NetworkManager",
            "etc/NetworkManager/system-connections/muster.tera",
        ),
        ("hosts", "etc/hosts.tera"),
    ] {
        let sources = Sources::new(world.dir.path());
        let path = format!(
            "{}/overlays/{overlay}/rootfs/{file}",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(path).unwrap();
        let show = |typed: usize| {
            let drafts = [Draft {
                path: file.into(),
                text: Some(format!("{text}{}", "x".repeat(typed)).into()),
            }];
            let began = Instant::now();
            let made = preview(
                view,
                &view.nodes[7],
                &sources,
                &Disk,
                overlay,
                Some(file),
                &drafts,
            );
            assert!(made.faults.is_empty(), "{:?}", made.faults);
            began.elapsed()
        };
        println!("first preview          {} ({file})", shown(show(0)));
        let mut times: Vec<Duration> = (1..30).map(show).collect();
        told("keystroke to preview", &mut times);
    }
}

/// `muster overlay check` of all that all nodes list, on all cores.
fn checked(world: &World, view: &View) {
    let sources = Sources::new(world.dir.path());
    let wanted = Inspection {
        nodes: &view.nodes,
        overlays: None,
        drafts: None,
    };
    let began = Instant::now();
    let found = inspect(view, &wanted, &sources, &Disk, &AtomicBool::new(false));
    assert_eq!((found.nodes, found.failing), (NODES as usize, 0));
    println!("all of them checked    {}", shown(began.elapsed()));
}

fn told(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |hundredths: usize| shown(times[times.len() * hundredths / 100]);
    println!(
        "{what:22} {} best, {} median, {} of 99 %",
        shown(times[0]),
        at(50),
        at(99)
    );
}

fn shown(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
