//! The two servers as child processes, and what they serve.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use muster::boot::open::OpenBoots;
use muster::daemon::archives::Archives;
use muster::daemon::clock::Clock;
use muster::daemon::http::bind;
use muster::daemon::shared::{Events, Shared};
use muster::daemon::transfers::Transfers;
use muster::image::Catalog;
use muster::model::{Access, View};

use crate::http_load::pin;
use crate::http_world::{node, settings};

/// Size of the big file.
const BIG: u64 = 512 << 20;

/// A folder in memory with `files/big` and `files/small`.
pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    let mut big = fs::File::create(folder.path().join("files/big")).unwrap();
    let piece = vec![0xa5; 1 << 20];
    for _ in 0..BIG >> 20 {
        std::io::Write::write_all(&mut big, &piece).unwrap();
    }
    fs::write(folder.path().join("files/small"), &piece[..4096]).unwrap();
    folder
}

/// A server under load.
pub struct Peer {
    child: Child,
    pub at: SocketAddr,
    pub big: String,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Peer {
    /// This program as the server.
    pub fn muster(folder: &Path) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .arg(folder)
            .spawn()
            .unwrap();
        let said = folder.join("port");
        let port = wait(|| fs::read_to_string(&said).ok()?.trim().parse().ok());
        Self::ready(child, port)
    }

    /// nginx: one process, sendfile, no log. Without its cache of open files both servers look at the disk for every request; with
    /// it nginx does not, and serves what a file held up to a minute ago.
    pub fn nginx(folder: &Path, caching: bool) -> Self {
        let port = 18_088 + u16::from(caching);
        let cache = if caching {
            "open_file_cache max=1000 inactive=60s; open_file_cache_valid 60s;"
        } else {
            ""
        };
        let folder = &folder.join(port.to_string());
        fs::create_dir_all(folder).unwrap();
        let root = folder.parent().unwrap().display();
        let at = folder.display();
        let conf = folder.join("nginx.conf");
        let text = format!(
            "daemon off; master_process off; pid {at}/pid; error_log {at}/err;\n\
             events {{ worker_connections 4096; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; sendfile_max_chunk 2m; {cache}\n\
             client_body_temp_path {at}/b; proxy_temp_path {at}/p; fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u;\n\
             scgi_temp_path {at}/s;\n\
             server {{ listen 127.0.0.1:{port} backlog=4096; root {root}; }} }}\n"
        );
        fs::write(&conf, text).unwrap();
        let child = Command::new("taskset")
            .args(["-c", "0", "nginx", "-c"])
            .arg(&conf)
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx and taskset are needed");
        Self::ready(child, port)
    }

    fn ready(child: Child, port: u16) -> Self {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        wait(|| TcpStream::connect(at).ok());
        Self {
            child,
            at,
            big: "/files/big".into(),
        }
    }

    /// Address of the small file.
    pub fn small(&self) -> String {
        format!("http://{}/files/small", self.at)
    }

    /// Address of the node's boot script.
    pub fn script(&self) -> String {
        format!("http://{}/ipxe/52-54-00-00-00-01", self.at)
    }

    /// CPU-seconds that the server process has used: user and system, in ticks of 10 ms.
    pub fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / 100.0
    }
}

fn wait<T>(ready: impl Fn() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(found) = ready() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("a server did not start within 10 s");
}

/// Requests a second with 64 connections, and how many there were, by wrk.
pub fn wrk(url: &str, seconds: u64) -> Option<(f64, f64)> {
    let out = Command::new("wrk")
        .args(["-t1", "-c64", &format!("-d{seconds}"), url])
        .output()
        .ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let line = |what: &str| text.lines().find(|line| line.contains(what));
    let rate = line("Requests/sec")?.split_whitespace().last()?;
    let count = line(" requests in ")?.split_whitespace().next()?;
    Some((rate.parse().ok()?, count.parse().ok()?))
}

/// The server process on one core with one worker thread, as nginx has one process: one registered node at 127.0.0.1, events thrown away as fast as they come.
pub fn serve(folder: &Path) {
    pin(0);
    let settings = Arc::new(settings(Access::Boot, folder));
    let mut n1 = node(1);
    n1.net[0].ipaddr = Some(Ipv4Addr::LOCALHOST);
    let view = View::new(
        1,
        settings.clone(),
        vec![Arc::new(n1)],
        BTreeMap::new(),
        Vec::new(),
    );
    let (road, mut events) = Events::channel(65_536);
    let shared = Shared {
        bell: Arc::default(),
        view: Arc::new(ArcSwap::from_pointee(view)),
        boots: Arc::new(RwLock::new(OpenBoots::default())),
        events: road.clone(),
        transfers: Transfers::new(road),
        archives: Arc::new(Archives::default()),
        ledger: Arc::default(),
        images: Arc::new(ArcSwap::from_pointee(Catalog::default())),
        clock: Clock::start(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let bound = bind(&settings).unwrap();
        fs::write(
            folder.join("port"),
            bound.local_addr().unwrap().port().to_string(),
        )
        .unwrap();
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        bound.serve(shared, stopped).await;
    });
}
