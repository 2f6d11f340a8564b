//! A root of its own for one test, and the processes that run on it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio, id};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

/// Waits until `yes` holds, looking ten times a second; fails with `what` after `limit`.
pub fn until(limit: Duration, what: &str, mut yes: impl FnMut() -> bool) {
    let began = Instant::now();
    while !yes() {
        assert!(began.elapsed() < limit, "{what}: not within {limit:?}");
        sleep(Duration::from_millis(100));
    }
}

/// Seconds, for people in a hurry.
pub const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Ports of loopback that were free a moment ago.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    pub dhcp: u16,
    pub client: u16,
    pub proxy: u16,
    pub tftp: u16,
    pub http: u16,
}

impl Ports {
    fn free() -> Self {
        Self {
            dhcp: free(),
            client: free(),
            proxy: free(),
            tftp: free(),
            http: free(),
        }
    }
}

/// The next port that nobody has. It lies below those that the system gives out by itself (ip(7), `ip_local_port_range`), so that no
/// socket of another test comes to sit there before a daemon does.
fn free() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let ports = (0..PORTS).map(|_| {
        let next = id()
            .wrapping_mul(97)
            .wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
        20_000 + (next % PORTS) as u16
    });
    let unused = |port: &u16| {
        UdpSocket::bind(("127.0.0.1", *port)).is_ok()
            && TcpListener::bind(("127.0.0.1", *port)).is_ok()
    };
    let mut unused = ports.filter(unused);
    unused.next().expect("a port of so many")
}

/// Ports that are tried.
const PORTS: u32 = 12_000;

/// A throw-away root with a configuration for loopback.
pub struct World {
    dir: TempDir,
    root: PathBuf,
    pub ports: Ports,
}

impl World {
    /// A root whose registry holds `n1` … `n<nodes>`.
    pub fn new(nodes: u32) -> Self {
        Self::below("root", nodes)
    }

    /// The same, with the root at `inside` of the throw-away folder.
    pub fn below(inside: &str, nodes: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join(inside);
        fs::create_dir_all(root.join("etc/muster")).unwrap();
        let world = Self {
            dir,
            root,
            ports: Ports::free(),
        };
        world.configure("");
        world.registry(nodes);
        world
    }

    /// Writes `muster.conf`, with `more` at its end.
    pub fn configure(&self, more: &str) {
        let Ports {
            dhcp,
            client,
            proxy,
            tftp,
            http,
        } = self.ports;
        let text = format!(
            "listen: 127.0.0.1\nipaddr: 127.0.0.1\nnetmask: 255.0.0.0\n\
             dhcp:\n  port: {dhcp}\n  client port: {client}\n  proxy port: {proxy}\n  router advertisement: false\n\
             tftp:\n  port: {tftp}\nserver:\n  port: {http}\n{more}"
        );
        fs::write(self.conf("muster.conf"), text).unwrap();
    }

    /// Writes `nodes.conf` with `n1` … `n<nodes>`, the way careful editors do: a new file, renamed over the old.
    pub fn registry(&self, nodes: u32) {
        let mut text = String::from("nodeprofiles:\n  default: {image name: small}\nnodes:\n");
        for n in 1..=nodes {
            let _ = write!(
                text,
                "  n{n}:\n    profiles: [default]\n    network devices:\n      default: \
                 {{hwaddr: \"{}\", ipaddr: 127.9.{}.{}}}\n",
                mac_of(n),
                n / 250,
                n % 250 + 1
            );
        }
        self.write_registry(&text);
    }

    pub fn write_registry(&self, text: &str) {
        fs::write(self.conf("nodes.conf.new"), text).unwrap();
        fs::rename(self.conf("nodes.conf.new"), self.conf("nodes.conf")).unwrap();
    }

    /// Room beside the root.
    pub fn beside(&self) -> &Path {
        self.dir.path()
    }

    /// The root itself.
    pub fn root(&self) -> PathBuf {
        self.root.clone()
    }

    pub fn conf(&self, name: &str) -> PathBuf {
        self.root.join("etc/muster").join(name)
    }

    pub fn socket(&self) -> PathBuf {
        self.root.join("run/muster/control.sock")
    }

    /// The binary on this root, deaf to the environment of whoever runs the tests.
    pub fn muster(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command
            .arg("--root")
            .arg(&self.root)
            .args(args)
            .stdin(Stdio::null());
        for name in [
            "RUST_LOG",
            "NO_COLOR",
            "NOTIFY_SOCKET",
            "LISTEN_FDS",
            "WATCHDOG_USEC",
        ] {
            command.env_remove(name);
        }
        // Where a console keeps how a person likes it.
        command.env("XDG_CONFIG_HOME", self.root.join("home"));
        command
    }

    /// Runs a verb to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.muster(args).output().unwrap()
    }

    /// `muster status --json`, when somebody answers.
    pub fn status(&self) -> Option<Value> {
        let out = self.run(&["status", "--json"]);
        serde_json::from_slice(&out.stdout)
            .ok()
            .filter(|_| out.status.success())
    }

    /// Names of the nodes that the server knows.
    pub fn names(&self) -> Vec<String> {
        let status = self.status().unwrap_or_default();
        let nodes = status["nodes"].as_array().cloned().unwrap_or_default();
        nodes
            .iter()
            .filter_map(|node| Some(node["name"].as_str()?.to_owned()))
            .collect()
    }

    /// Starts `muster --serve` and waits until it answers.
    pub fn serve(&self) -> Daemon {
        let daemon = self.spawn_serve();
        until(
            secs(20),
            &format!("the daemon answers; its log:\n{}", daemon.log()),
            || self.status().is_some_and(|status| status["live"] == true),
        );
        daemon
    }

    /// Starts `muster --serve` and does not wait.
    pub fn spawn_serve(&self) -> Daemon {
        let log = self.beside().join(format!("serve-{}.log", unique()));
        let file = File::create(&log).unwrap();
        let child = self
            .muster(&["--serve"])
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Daemon { child, log }
    }
}

/// The MAC of node `n`.
pub fn mac_of(n: u32) -> String {
    format!("52:54:00:00:{:02x}:{:02x}", n / 256, n % 256)
}

fn unique() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A running `muster --serve`; killed when dropped.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    /// What it wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    pub fn running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// How it ended.
    pub fn ended(&mut self, limit: Duration) -> ExitStatus {
        let mut status = None;
        let log = self.log();
        until(limit, &format!("the daemon ends; its log:\n{log}"), || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended long ago; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
