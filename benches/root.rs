//! A throw-away root with a big registry, and the programs that run on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use muster::api::Command;
use muster::link;
use muster::model::Paths;

use super::site;

/// A span in milliseconds, for people.
pub fn ms(span: Duration) -> String {
    format!("{:.0} ms", span.as_secs_f64() * 1e3)
}

/// A throw-away root.
pub struct Root {
    dir: tempfile::TempDir,
    pub paths: Paths,
}

impl Root {
    pub fn new(count: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::under(dir.path());
        fs::create_dir_all(&paths.conf).unwrap();
        fs::write(paths.muster_conf(), conf()).unwrap();
        fs::write(paths.nodes_conf(), site::text(count)).unwrap();
        Self { dir, paths }
    }

    pub fn size(&self) -> u64 {
        fs::metadata(self.paths.nodes_conf()).unwrap().len()
    }

    pub fn program(&self, args: &[&str]) -> Program {
        let mut program = Program::new(env!("CARGO_BIN_EXE_muster"));
        program
            .arg("--root")
            .arg(self.dir.path())
            .args(args)
            .stdin(Stdio::null());
        program
    }

    pub fn serve(&self) -> Daemon {
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

    /// Runs a verb nine times, each time as `verb` of its number says, and prints the median beside its target.
    pub fn time_each(&self, what: &str, target: &str, verb: impl Fn(usize) -> Vec<String>) {
        let mut spans = Vec::new();
        let (mut bytes, mut peak) = (0, 0.0);
        for round in 0..9 {
            let args = verb(round);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let began = Instant::now();
            let out = self.program(&args).output().unwrap();
            spans.push(began.elapsed());
            assert!(out.status.success() || !args.contains(&"set"), "{out:?}");
            bytes = out.stdout.len();
            peak = children_peak();
        }
        spans.sort_unstable();
        let target = if target.is_empty() {
            String::new()
        } else {
            format!(", target {target}")
        };
        println!(
            "{what}: median {}, {} to {}{target}; {bytes} bytes printed (largest child so far {peak:.0} MB)",
            ms(spans[spans.len() / 2]),
            ms(spans[0]),
            ms(spans[spans.len() - 1])
        );
    }

    /// The same of one verb.
    pub fn time(&self, verb: &[&str], how: &str) {
        let words = || verb.iter().map(|word| (*word).to_owned()).collect();
        self.time_each(&format!("muster {} {how}", verb.join(" ")), "", |_| words());
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
pub struct Daemon(Child);

impl Daemon {
    /// What it holds now, and the most that it held since this was last asked.
    pub fn memory(&self, when: &str) {
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
