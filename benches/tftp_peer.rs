//! The servers under test, each a process of its own.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_tftp::server::TftpServerBuilder;
use muster::daemon::tftp;
use tokio::sync::watch;

use crate::shared;

/// How often the children of a server are looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A server: its name, its address and port, its process.
pub struct Server {
    pub name: &'static str,
    pub addr: &'static str,
    pub port: u16,
    process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Starts a program that was found.
    fn start(name: &'static str, at: (&'static str, u16), mut command: Command) -> Self {
        let (addr, port) = at;
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            name,
            addr,
            port,
            process,
        }
    }

    /// CPU seconds of the process and of the children it has waited for.
    pub fn cpu(&self) -> f64 {
        ticks(self.process.id(), 11..15).unwrap_or_default()
    }

    /// CPU seconds of children that run, by process, until `over`: tftpd-hpa has one for each transfer and never waits for
    /// them, so that the system does not add their time to its own.
    pub fn children(&self, over: &AtomicBool) -> HashMap<u32, f64> {
        let mut seen = HashMap::new();
        let id = self.process.id();
        let list = format!("/proc/{id}/task/{id}/children");
        while self.name == "tftpd-hpa" && !over.load(Ordering::Relaxed) {
            let listed = fs::read_to_string(&list).unwrap_or_default();
            for child in listed.split_whitespace().filter_map(|id| id.parse().ok()) {
                if let Some(cpu) = ticks(child, 11..13) {
                    seen.insert(child, cpu);
                }
            }
            std::thread::sleep(LOOK);
        }
        seen
    }
}

/// proc(5): utime, stime, cutime, cstime are fields 14 to 17 of `stat`, in hundredths of a second.
fn ticks(process: u32, fields: std::ops::Range<usize>) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let all: Vec<&str> = stat.rsplit(") ").next()?.split(' ').collect();
    let ticks = all
        .get(fields)?
        .iter()
        .filter_map(|n| n.parse::<f64>().ok());
    Some(ticks.sum::<f64>() / 100.0)
}

/// muster first, then every peer there is. `root` has a folder `tftp` with the files.
pub fn all(root: &Path) -> Vec<Server> {
    let mut servers = vec![
        ours("muster", "serve", root),
        ours("async-tftp", "async-tftp", root),
    ];
    let files = root.join("tftp").display().to_string();
    let hpa = format!("-L --user root --address 127.0.0.1:6970 --secure {files}");
    let atftpd = format!(
        "--daemon --no-fork --user root.root --bind-address 127.0.0.1 --port 6971 --maxthread 100 --verbose=0 {files}"
    );
    let dnsmasq = format!(
        "-k --port=0 --enable-tftp --tftp-root={files} --listen-address=127.0.0.69 --bind-interfaces --conf-file=/dev/null \
         --user=root --tftp-max=100 --log-facility=/dev/null --pid-file"
    );
    let peers = [
        ("tftpd-hpa", "in.tftpd", ("127.0.0.1", 6970), hpa),
        ("atftpd", "atftpd", ("127.0.0.1", 6971), atftpd),
        ("dnsmasq", "dnsmasq", ("127.0.0.69", 69), dnsmasq),
    ];
    for (name, program, at, args) in peers {
        let Some(path) = find(program).or_else(|| fetch(name, program)) else {
            eprintln!("left out: {name} is not installed");
            continue;
        };
        let mut command = Command::new(path);
        command.args(args.split_whitespace());
        servers.push(Server::start(name, at, command));
    }
    std::thread::sleep(Duration::from_millis(500));
    servers
}

/// This program in a role; it says its port in a file of the role's name.
fn ours(name: &'static str, role: &str, root: &Path) -> Server {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(role).arg(root);
    let mut server = Server::start(name, ("127.0.0.1", 0), command);
    let began = Instant::now();
    server.port = loop {
        let said = fs::read_to_string(root.join(role)).unwrap_or_default();
        match said.trim().parse() {
            Ok(port) => break port,
            Err(_) if began.elapsed() > Duration::from_secs(10) => panic!("{name} did not start"),
            Err(_) => std::thread::sleep(LOOK),
        }
    };
    server
}

fn find(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths)
        .chain([PathBuf::from("/usr/sbin"), cache().join("usr/sbin")])
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Beside the build: gone with it.
fn cache() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    // target/release/deps/tftp-…
    let target = program.ancestors().nth(3).unwrap_or(Path::new("/tmp"));
    target.join("peers")
}

/// tftpd-hpa and atftpd cannot be installed side by side, but unpacked they can be used so. Does nothing with `FETCH=no`.
fn fetch(package: &str, program: &str) -> Option<PathBuf> {
    let folder = cache();
    fs::create_dir_all(&folder).ok()?;
    if std::env::var("FETCH").is_ok_and(|fetch| fetch == "no") {
        return None;
    }
    // The package's own name ends at the first underscore of its file's.
    let script = "apt-get -qq download \"$0\" && dpkg -x \"$0\"_*.deb .";
    let done = Command::new("timeout")
        .args(["60", "sh", "-c", script, package])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let path = folder.join("usr/sbin").join(program);
    (done.is_ok_and(|status| status.success()) && path.is_file()).then_some(path)
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

/// muster's server, as a process.
pub fn serve(root: &Path) {
    let settings = shared::settings(root);
    let bound = tftp::bind(&settings).unwrap();
    fs::write(root.join("serve"), bound.port().to_string()).unwrap();
    let (state, mut events) = shared::shared(settings, Vec::new());
    let (_stop, stopped) = watch::channel(false);
    runtime().block_on(async {
        tokio::select! {
            () = bound.serve(state, stopped) => {}
            () = async { while events.recv().await.is_some() {} } => {}
        }
    });
}

/// The library's server, as a process.
pub fn serve_async_tftp(root: &Path) {
    runtime().block_on(async {
        let builder = TftpServerBuilder::with_dir_ro(root.join("tftp")).unwrap();
        let server = builder.bind(([127, 0, 0, 1], 0).into()).build();
        let server = server.await.unwrap();
        let port = server.listen_addr().unwrap().port();
        fs::write(root.join("async-tftp"), port.to_string()).unwrap();
        server.serve().await.unwrap();
    });
}
