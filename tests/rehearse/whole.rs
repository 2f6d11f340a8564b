//! The demo against the real boot servers, on loopback and high ports: every machine ends where its part ends, and muster knows it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use muster::boot::open::OpenBoots;
use muster::daemon::archives::Archives;
use muster::daemon::clock::Clock;
use muster::daemon::shared::{Events, Shared};
use muster::daemon::transfers::Transfers;
use muster::daemon::{dhcp, http, tftp};
use muster::fleet::{Condition, Event, Fleet, Stage, why};
use muster::image::{BootArchive, Catalog, Image, Kernel};
use muster::kit::Stamp;
use muster::model::{Node, Paths, View};
use muster::registry::Registry;
use muster::rehearse::{Actor, Behaviour, Demo, Firmware, demo, run};
use tokio::sync::{mpsc, watch};
use tokio::time::{interval, timeout};

/// Longest that the whole story may take.
const LIMIT: Duration = Duration::from_secs(90);

/// The images, as if they had been built: any file will do for an archive that is too big for the buffers on its way.
fn catalog(made: &Demo) -> Catalog {
    let path = made.root.join("archive");
    fs::write(&path, vec![7; 24_000_000]).unwrap();
    let image = |name: &str, tree: &Path| {
        let size = fs::metadata(&path).unwrap().len();
        Image {
            name: name.into(),
            root: tree.to_owned(),
            kernels: vec![Kernel {
                version: "6.1.0-demo".into(),
                path: tree.join("boot/vmlinuz-6.1.0-demo"),
            }],
            initramfs: Vec::new(),
            archive: Some(BootArchive {
                path: path.clone(),
                size,
                unpacked: size,
                digest: "abc".into(),
                built: Stamp(0),
            }),
            faults: Vec::new(),
        }
    };
    let images = made.images.iter();
    Catalog {
        images: images
            .map(|(name, tree)| (name.as_str().into(), Arc::new(image(name, tree))))
            .collect::<BTreeMap<Arc<str>, Arc<Image>>>(),
    }
}

fn view(root: &Path, paths: &Paths) -> Arc<View> {
    let mut registry = Registry::new(paths.clone(), "head");
    let read = |file: &str| fs::read_to_string(root.join("etc/muster").join(file)).unwrap();
    let loaded = registry.load(Some(&read("muster.conf")), Some(&read("nodes.conf")));
    assert!(loaded.view.faults.is_empty(), "{:?}", loaded.view.faults);
    loaded.view
}

/// Stage, condition and remark that a node comes to; the remark is left out where it holds a measure.
type End = (Stage, Condition, Option<&'static str>);

fn end_of(actor: &Actor, node: &Node) -> End {
    use Condition::{Failed, Fine, Stalled};
    if node.image.as_deref() == Some("suse15") {
        return (Stage::Image, Failed, Some("suse15 refused: 404"));
    }
    match actor.behaviour {
        Behaviour::Healthy if actor.firmware == Firmware::Pxe(11) => {
            (Stage::Dhcp, Failed, Some("no loader for UEFI arm64"))
        }
        Behaviour::Healthy => (Stage::Up, Fine, None),
        Behaviour::Slow(_) => (Stage::Image, Fine, None),
        Behaviour::Off => (Stage::Off, Fine, None),
        Behaviour::NoRequest => (Stage::Dhcp, Stalled, Some("4 offers, none taken")),
        Behaviour::TakesOther(_) => (Stage::Dhcp, Failed, Some("took another server's offer")),
        Behaviour::NoLoader => (Stage::Dhcp, Stalled, Some("asks for no loader")),
        Behaviour::Freezes => (Stage::Image, Stalled, None),
        Behaviour::Aborts => (Stage::Image, Failed, Some("broke off 4 times")),
        Behaviour::Silent | Behaviour::NeverUp => (Stage::Init, Fine, None),
        Behaviour::InitFails => (Stage::Init, Failed, Some("no carrier on eth0")),
    }
}

struct Play {
    view: Arc<View>,
    shared: Shared,
    inbox: mpsc::Receiver<Event>,
    fleet: Fleet,
    /// Each node and where it is to end.
    ends: Vec<(Arc<Node>, End)>,
}

impl Play {
    fn odd(&self) -> Vec<String> {
        let mut odd = Vec::new();
        for (node, (stage, condition, note)) in &self.ends {
            let status = self.fleet.status(node.id);
            let same = (status.stage, status.condition) == (*stage, *condition)
                && note.is_none_or(|note| status.note.as_deref() == Some(note));
            if !same {
                odd.push(format!(
                    "{}: {} {:?} {:?}, not {stage} {condition:?} {note:?}",
                    node.name, status.stage, status.condition, status.note
                ));
            }
        }
        odd
    }

    async fn until_all_are_there(&mut self) {
        let mut ticks = interval(Duration::from_millis(250));
        loop {
            tokio::select! {
                Some(event) = self.inbox.recv() => {
                    self.fleet.absorb(&event, &self.view);
                }
                _ = ticks.tick() => {
                    let now = self.shared.clock.now();
                    let transfers = &self.shared.transfers;
                    self.fleet.progress(&transfers.sample(), transfers.totals(), now);
                    self.fleet.tick(now);
                    if self.odd().is_empty() {
                        return;
                    }
                }
            }
        }
    }

    fn headline(&self, behaviour: impl Fn(&Behaviour) -> bool, actors: &[Actor]) -> String {
        let actor = actors
            .iter()
            .find(|actor| behaviour(&actor.behaviour))
            .unwrap();
        let node = self.view.by_mac(&actor.mac).unwrap();
        let verdict = why(&self.fleet, &self.view, node.id, self.shared.clock.now());
        verdict.headline.to_string()
    }
}

async fn stage(made: &Demo, root: &Path) -> Play {
    let state = root.join("var/lib/muster");
    let paths = Paths {
        conf: root.join("etc/muster"),
        state: state.clone(),
        run: root.join("run"),
        cache: root.join("cache"),
    };
    let view = view(root, &paths);
    let (events, inbox) = Events::channel(100_000);
    let shared = Shared {
        bell: Arc::default(),
        view: Arc::new(ArcSwap::new(view.clone())),
        boots: Arc::new(RwLock::new(OpenBoots::starting_at(1))),
        transfers: Transfers::new(events.clone()),
        events,
        archives: Arc::new(Archives::new(state, [])),
        ledger: Arc::default(),
        images: Arc::new(ArcSwap::from_pointee(catalog(made))),
        clock: Clock::start(),
    };
    let mut fleet = Fleet::new();
    fleet.registry(&view);
    let part = |actor: &Actor| {
        let node = view.by_mac(&actor.mac)?.clone();
        let end = end_of(actor, &node);
        Some((node, end))
    };
    let ends = made.rehearsal.actors.iter().filter_map(part).collect();
    Play {
        view,
        shared,
        inbox,
        fleet,
        ends,
    }
}

#[test]
fn every_machine_ends_where_its_part_ends_and_is_understood() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let root = tempfile::tempdir().unwrap();
        let mut made = demo(root.path(), 48, 1).unwrap();
        // The story is the demo's, told faster.
        made.rehearsal.gap = 20;
        made.rehearsal.pause = 200;
        made.rehearsal.rate = None;
        let actors = made.rehearsal.actors.clone();
        let mut play = stage(&made, root.path()).await;
        assert_eq!(play.ends.len(), 48);
        let (halt, stop) = watch::channel(false);
        let (settings, shared) = (play.view.settings.clone(), play.shared.clone());
        let servers = [
            tokio::spawn(
                dhcp::bind(&settings)
                    .unwrap()
                    .serve(shared.clone(), stop.clone()),
            ),
            tokio::spawn(
                tftp::bind(&settings)
                    .unwrap()
                    .serve(shared.clone(), stop.clone()),
            ),
            tokio::spawn(http::bind(&settings).unwrap().serve(shared, stop.clone())),
        ];
        let machines = tokio::spawn(run(made.rehearsal, stop));
        let played = timeout(LIMIT, play.until_all_are_there()).await;
        assert!(played.is_ok(), "{:#?}", play.odd());
        assert_eq!(play.fleet.strangers().len(), 3);
        assert_eq!(play.fleet.rivals().len(), 1);
        let told = |of: fn(&Behaviour) -> bool| play.headline(of, &actors);
        assert_eq!(
            told(|b| matches!(b, Behaviour::TakesOther(_))),
            "it took the offer of another DHCP server, 127.77.0.66"
        );
        assert!(told(|b| *b == Behaviour::Freezes).starts_with("image stands at "));
        assert!(told(|b| *b == Behaviour::Aborts).starts_with("image broke off 4 times: "));
        halt.send(true).unwrap();
        let outcome = timeout(Duration::from_secs(20), machines).await.unwrap();
        // Machines that find no loader start over; nobody else has a reason to complain.
        let outcome = outcome.unwrap().unwrap();
        let honest = |why: &String| {
            why.ends_with("the answer names no boot file") || why.ends_with("no answer to DHCP")
        };
        assert!(outcome.complaints.iter().all(honest), "{outcome:?}");
        for server in servers {
            timeout(Duration::from_secs(20), server)
                .await
                .unwrap()
                .unwrap();
        }
    });
}
