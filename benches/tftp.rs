//! muster's TFTP server against tftpd-hpa, dnsmasq, atftpd and the library async-tftp: one machine, loopback, the same clients,
//! turns taken.
//!
//! Needs curl and atftp. Peers that are not installed are fetched by apt-get and unpacked beside the build (`FETCH=no`: left
//! out). dnsmasq cannot choose its port and needs root for 127.0.0.69:69. Prints, for each load, the medians of the rounds: MB/s,
//! the server's CPU seconds per GB, and muster's ratios to each peer. `ROUNDS=5 LOAD=32` chooses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

#[path = "../tests/support/shared.rs"]
mod shared;
mod tftp_peer;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tftp_peer::Server;

/// MB/s, and the server's CPU seconds per GB.
type Run = (f64, f64);

const LARGE: usize = 100_000_000;
const SMALL: usize = 10_000_000;

/// What the clients do.
struct Load {
    name: &'static str,
    clients: usize,
    file: (&'static str, usize),
    window: Option<u32>,
    blksize: u32,
}

const LOADS: [Load; 6] = [
    Load {
        name: "lockstep 1468",
        clients: 1,
        file: ("large", LARGE),
        window: None,
        blksize: 1468,
    },
    Load {
        name: "lockstep 512",
        clients: 1,
        file: ("small", SMALL),
        window: None,
        blksize: 512,
    },
    Load {
        name: "window 4",
        clients: 1,
        file: ("large", LARGE),
        window: Some(4),
        blksize: 1468,
    },
    Load {
        name: "window 16",
        clients: 1,
        file: ("large", LARGE),
        window: Some(16),
        blksize: 1468,
    },
    Load {
        name: "window 64",
        clients: 1,
        file: ("large", LARGE),
        window: Some(64),
        blksize: 1468,
    },
    Load {
        name: "32 clients",
        clients: 32,
        file: ("small", SMALL),
        window: None,
        blksize: 1468,
    },
];

fn client(server: &Server, load: &Load, out: &Path) -> Child {
    let (file, port) = (load.file.0, server.port.to_string());
    let mut command = if let Some(window) = load.window {
        let mut command = Command::new("atftp");
        command
            .args(["--option", &format!("blksize {}", load.blksize)])
            .args(["--option", &format!("windowsize {window}")])
            .args(["-g", "-r", file, "-l"])
            .arg(out)
            .args([server.addr, &port]);
        command
    } else {
        let mut command = Command::new("curl");
        command
            .args(["-sS", "--tftp-blksize", &load.blksize.to_string(), "-o"])
            .arg(out)
            .arg(format!("tftp://{}:{port}/{file}", server.addr));
        command
    };
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("curl and atftp are installed")
}

/// MB/s and the server's CPU seconds per GB; none if a client failed or got too little.
fn measure(server: &Server, load: &Load, dir: &Path) -> Option<Run> {
    let outs: Vec<PathBuf> = (0..load.clients)
        .map(|at| dir.join(format!("out{at}")))
        .collect();
    let over = AtomicBool::new(false);
    let (cpu, began) = (server.cpu(), Instant::now());
    let (mut good, took, children) = std::thread::scope(|scope| {
        let looking = scope.spawn(|| server.children(&over));
        let clients: Vec<Child> = outs.iter().map(|out| client(server, load, out)).collect();
        let ends = clients.into_iter().map(|mut client| client.wait());
        let good = ends.fold(true, |good, end| good & end.is_ok_and(|end| end.success()));
        let took = began.elapsed().as_secs_f64();
        over.store(true, Ordering::Relaxed);
        (good, took, looking.join().unwrap().values().sum::<f64>())
    });
    // A server that works in children has their time once it has noticed their end.
    std::thread::sleep(Duration::from_millis(100));
    let cpu = server.cpu() - cpu + children;
    for out in &outs {
        good &= fs::metadata(out).is_ok_and(|meta| meta.len() == load.file.1 as u64);
        let _ = fs::remove_file(out);
    }
    let bytes = (load.clients * load.file.1) as f64;
    good.then(|| (bytes / took / 1e6, cpu / (bytes / 1e9)))
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, role, root] = args.as_slice() {
        match role.as_str() {
            "serve" => return tftp_peer::serve(Path::new(root)),
            "async-tftp" => return tftp_peer::serve_async_tftp(Path::new(root)),
            _ => {}
        }
    }
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let root = dir.path();
    for folder in [root.to_path_buf(), root.join("tftp")] {
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    for (name, len) in [("large", LARGE), ("small", SMALL)] {
        let bytes: Vec<u8> = (0..len).map(|at| ((at * 31) >> 7) as u8).collect();
        fs::write(root.join("tftp").join(name), bytes).unwrap();
    }
    let number = |name: &str| std::env::var(name).ok()?.parse().ok();
    let rounds: usize = number("ROUNDS").unwrap_or(5);
    let servers = tftp_peer::all(root);
    let only = std::env::var("LOAD").ok();
    let wanted = |load: &&Load| only.as_deref().is_none_or(|only| load.name.contains(only));
    for load in LOADS.iter().filter(wanted) {
        let mut runs: Vec<Vec<Run>> = vec![Vec::new(); servers.len()];
        for _ in 0..rounds {
            for (server, runs) in servers.iter().zip(&mut runs) {
                runs.extend(measure(server, load, root));
            }
        }
        println!("\n{}", load.name);
        let medians: Vec<Run> = runs
            .iter()
            .map(|runs| (median(runs, |run| run.0), median(runs, |run| run.1)))
            .collect();
        for (server, (speed, cpu)) in servers.iter().zip(&medians) {
            println!(
                "  {:10} {speed:7.1} MB/s {cpu:6.2} CPU s/GB   muster: {:.2}x the speed, {:.2}x the CPU",
                server.name,
                medians[0].0 / speed,
                medians[0].1 / cpu
            );
        }
    }
}

fn median(runs: &[Run], of: fn(&Run) -> f64) -> f64 {
    let mut all: Vec<f64> = runs.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}
