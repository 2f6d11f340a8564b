//! A real HTTP server on loopback with one node whose boot is open.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use muster::boot::open::OpenBoots;
use muster::daemon::archives::Archives;
use muster::daemon::clock::Clock;
use muster::daemon::http::{StatusSource, bind};
use muster::daemon::shared::{Events, Shared};
use muster::daemon::transfers::Transfers;
use muster::fleet::{Event, Form, Step, What};
use muster::image::{BootArchive, Catalog, Image, Kernel};
use muster::kit::Stamp;
use muster::model::{Access, Node, NodeId, Settings, View};
use tokio::sync::{mpsc, watch};

use super::http_world::{LIMIT, mac, node, settings};
use crate::support::http_client::{Answer, fetch};

pub const ID: &str = "52-54-00-00-00-01";

/// A served cluster of one node whose boot is open at 127.0.0.1.
pub struct Served {
    pub at: SocketAddr,
    pub events: mpsc::Receiver<Event>,
    pub shared: Shared,
    pub stop: watch::Sender<bool>,
    pub server: Option<tokio::task::JoinHandle<()>>,
    pub runtime: tokio::runtime::Runtime,
    pub folder: tempfile::TempDir,
}

/// Bytes that differ everywhere, so that a wrong offset shows.
pub fn bytes(len: usize) -> Vec<u8> {
    (0..len as u64)
        .map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
        .collect()
}

fn catalog(folder: &Path) -> Catalog {
    let kernel = |name: &str, version: &str| Kernel {
        version: version.into(),
        path: folder.join(name),
    };
    let image = Image {
        name: "rocky".into(),
        root: folder.join("root"),
        kernels: vec![kernel("vmlinuz", "6.1.0")],
        initramfs: Vec::new(),
        archive: Some(BootArchive {
            path: folder.join("rocky.img"),
            size: 0,
            unpacked: 0,
            digest: "d1ce".into(),
            built: Stamp(0),
        }),
        faults: Vec::new(),
    };
    Catalog {
        images: BTreeMap::from([("rocky".into(), Arc::new(image))]),
    }
}

impl Served {
    /// With an image of `size` bytes and a kernel of 10,001.
    pub fn start(size: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rocky.img"), bytes(size)).unwrap();
        std::fs::write(folder.path().join("vmlinuz"), bytes(10_001)).unwrap();
        std::fs::create_dir_all(folder.path().join("files/sub")).unwrap();
        std::fs::write(folder.path().join("files/sub/motd"), "hello").unwrap();
        std::fs::write(folder.path().join("files/empty"), "").unwrap();
        std::fs::create_dir(folder.path().join("tftp")).unwrap();
        std::fs::write(folder.path().join("tftp/snponly.efi"), "MZ").unwrap();
        let settings = Arc::new(settings(Access::Boot, folder.path()));
        let mut n1 = node(1);
        n1.net[0].ipaddr = Some(Ipv4Addr::LOCALHOST);
        let view = of_one(1, settings.clone(), n1);
        let clock = Clock::start();
        let mut boots = OpenBoots::starting_at(1);
        boots.enter(NodeId(1), mac(1), Form::Ipxe, clock.now(), LIMIT);
        boots.bind(NodeId(1), Ipv4Addr::LOCALHOST);
        let (road, events) = Events::channel(10_000);
        let shared = Shared {
            bell: Arc::default(),
            view: Arc::new(ArcSwap::from_pointee(view)),
            boots: Arc::new(RwLock::new(boots)),
            events: road.clone(),
            transfers: Transfers::new(road),
            archives: Arc::new(Archives::default()),
            ledger: Arc::default(),
            images: Arc::new(ArcSwap::from_pointee(catalog(folder.path()))),
            clock,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let bound = bind(&settings).unwrap();
        let at = bound.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let status: StatusSource = Arc::new(|| "{\"nodes\":{}}".into());
        let server = runtime.spawn(bound.serve_with(shared.clone(), status, stopped));
        Self {
            at,
            events,
            shared,
            stop,
            server: Some(server),
            runtime,
            folder,
        }
    }

    /// Puts the node in force with a change.
    pub fn changes(&self, change: impl Fn(&mut Node)) {
        let view = self.shared.view.load_full();
        let mut node = Node::clone(&view.nodes[0]);
        change(&mut node);
        let view = of_one(view.revision + 1, view.settings.clone(), node);
        self.shared.view.store(Arc::new(view));
    }

    pub fn get(&self, path: &str, headers: &str) -> Answer {
        fetch(self.at, "GET", path, headers)
    }

    /// The next event that `wanted` takes.
    pub fn event<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            if let Ok(event) = self.events.try_recv() {
                if let Some(found) = wanted(&event) {
                    return found;
                }
            } else {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        panic!("the event did not come");
    }

    pub fn step(&mut self, path: &str) -> Step {
        self.event(|event| match &event.what {
            What::Transfer(transfer)
                if transfer.path.contains(path)
                    && !matches!(transfer.step, Step::Started { .. }) =>
            {
                Some(transfer.step.clone())
            }
            _ => None,
        })
    }
}

/// A view with one node.
fn of_one(revision: u64, settings: Arc<Settings>, node: Node) -> View {
    let nodes = vec![Arc::new(node)];
    View::new(revision, settings, nodes, BTreeMap::new(), Vec::new())
}

pub fn head(served: &Served, path: &str) -> Answer {
    fetch(served.at, "HEAD", path, "")
}
