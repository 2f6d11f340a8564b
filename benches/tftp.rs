//! muster's TFTP server against tftpd-hpa, dnsmasq and atftpd: one machine, loopback, the same clients, turns taken.
//!
//! Needs curl and atftp; peers that are not installed are left out (`PEERS=/dir` is searched before PATH). dnsmasq cannot
//! choose its port and needs root for 127.0.0.69:69. Prints, for each load, the best of the rounds in MB/s, the server's CPU
//! seconds per GB, and muster's ratio to the best peer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

#[path = "../tests/support/shared.rs"]
mod shared;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use muster::daemon::tftp;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use tokio::sync::watch;

const ROUNDS: usize = 3;
const LARGE: usize = 100_000_000;
const SMALL: usize = 10_000_000;

/// A server under test: its name, address and port, and its process unless it is this one.
struct Server {
    name: &'static str,
    addr: &'static str,
    port: u16,
    process: Option<Child>,
}

impl Server {
    /// CPU seconds so far, children that have ended included.
    fn cpu(&self) -> f64 {
        let Some(process) = &self.process else {
            let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
            let micros =
                usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
            return micros as f64 / 1e6;
        };
        let stat = fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        // proc(5): utime, stime, cutime, cstime are fields 14 to 17, in hundredths of a second.
        fields[11..15]
            .iter()
            .map(|ticks| ticks.parse::<f64>().unwrap() / 100.0)
            .sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

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

fn find(program: &str) -> Option<PathBuf> {
    let peers = std::env::var_os("PEERS").map(PathBuf::from);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    peers
        .into_iter()
        .chain(std::env::split_paths(&paths))
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

fn spawn(
    name: &'static str,
    program: &str,
    addr: &'static str,
    port: u16,
    args: &[String],
) -> Option<Server> {
    let Some(path) = find(program) else {
        eprintln!("left out: {program} is not installed");
        return None;
    };
    let process = Command::new(path)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    Some(Server {
        name,
        addr,
        port,
        process: Some(process),
    })
}

fn peers(root: &Path) -> Vec<Server> {
    let root = root.display().to_string();
    let own = |list: &[&str]| list.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
    let hpa = own(&[
        "-L",
        "--user",
        "root",
        "--address",
        "127.0.0.1:6970",
        "--secure",
        &root,
    ]);
    let atftpd = own(&[
        "--daemon",
        "--no-fork",
        "--user",
        "root.root",
        "--bind-address",
        "127.0.0.1",
        "--port",
        "6971",
        "--maxthread",
        "100",
        "--verbose=0",
        &root,
    ]);
    let tree = format!("--tftp-root={root}");
    let dnsmasq = own(&[
        "-k",
        "--port=0",
        "--enable-tftp",
        &tree,
        "--listen-address=127.0.0.69",
        "--bind-interfaces",
        "--conf-file=/dev/null",
        "--user=root",
        "--tftp-max=100",
        "--log-facility=/dev/null",
        "--pid-file",
    ]);
    [
        spawn("tftpd-hpa", "in.tftpd", "127.0.0.1", 6970, &hpa),
        spawn("atftpd", "atftpd", "127.0.0.1", 6971, &atftpd),
        spawn("dnsmasq", "dnsmasq", "127.0.0.69", 69, &dnsmasq),
    ]
    .into_iter()
    .flatten()
    .collect()
}

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
fn measure(server: &Server, load: &Load, dir: &Path) -> Option<(f64, f64)> {
    let outs: Vec<PathBuf> = (0..load.clients)
        .map(|at| dir.join(format!("out{at}")))
        .collect();
    let (cpu, began) = (server.cpu(), Instant::now());
    let clients: Vec<Child> = outs.iter().map(|out| client(server, load, out)).collect();
    let mut good = true;
    for mut client in clients {
        good &= client.wait().is_ok_and(|status| status.success());
    }
    let took = began.elapsed().as_secs_f64();
    // A server that works in children has their time once it has noticed their end.
    std::thread::sleep(Duration::from_millis(100));
    let cpu = server.cpu() - cpu;
    for out in &outs {
        good &= fs::metadata(out).is_ok_and(|meta| meta.len() == load.file.1 as u64);
        let _ = fs::remove_file(out);
    }
    let bytes = (load.clients * load.file.1) as f64;
    good.then(|| (bytes / took / 1e6, cpu / (bytes / 1e9)))
}

fn main() {
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
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let settings = shared::settings(root);
    let bound = tftp::bind(&settings).unwrap();
    let port = bound.port();
    let (state, _events) = shared::shared(settings, Vec::new());
    let (_stop, stopped) = watch::channel(false);
    runtime.spawn(bound.serve(state, stopped));

    let mut servers = vec![Server {
        name: "muster",
        addr: "127.0.0.1",
        port,
        process: None,
    }];
    servers.extend(peers(&root.join("tftp")));
    std::thread::sleep(Duration::from_millis(500));
    let only = std::env::var("LOAD").ok();
    for load in LOADS
        .iter()
        .filter(|load| only.as_deref().is_none_or(|only| load.name.contains(only)))
    {
        let mut best: Vec<Option<(f64, f64)>> = vec![None; servers.len()];
        for _ in 0..ROUNDS {
            for (server, best) in servers.iter().zip(&mut best) {
                let got = measure(server, load, root);
                if got.map(|got| got.0) > best.map(|best| best.0) {
                    *best = got;
                }
            }
        }
        println!("\n{}", load.name);
        for (server, got) in servers.iter().zip(&best) {
            match got {
                Some((speed, cpu)) => {
                    println!("  {:10} {speed:7.1} MB/s {cpu:6.2} CPU s/GB", server.name)
                }
                None => println!("  {:10} failed", server.name),
            }
        }
        let peers = || best.iter().skip(1).flatten().copied();
        let Some(ours) = best[0] else { continue };
        if let Some(fastest) = peers().map(|peer| peer.0).max_by(f64::total_cmp) {
            println!("  speed against the fastest peer: {:.2}", ours.0 / fastest);
        }
        // tftpd-hpa does not wait for its children, so the system does not say what they took.
        let known = peers().map(|peer| peer.1).filter(|cpu| *cpu > 0.1);
        if let Some(thriftiest) = known.min_by(f64::total_cmp) {
            println!(
                "  CPU against the thriftiest peer: {:.2}",
                ours.1 / thriftiest
            );
        }
    }
}
