//! What a boot server needs around it: default settings on loopback, an empty registry, and the far end of the events.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use muster::boot::open::OpenBoots;
use muster::daemon::archives::Archives;
use muster::daemon::clock::Clock;
use muster::daemon::shared::{Events, Shared};
use muster::daemon::transfers::Transfers;
use muster::fleet::Event;
use muster::image::Catalog;
use muster::model::{Access, Dhcp, Node, Paths, Server, Settings, Tftp, View};
use tokio::sync::mpsc;

/// Settings for a server on 127.0.0.1 whose ports the system chooses and whose files are all below `root`.
pub fn settings(root: &Path) -> Settings {
    let ipxe = [
        (0, "undionly.kpxe"),
        (7, "ipxe-snponly-x86_64.efi"),
        (9, "ipxe-snponly-x86_64.efi"),
        (11, "arm64-efi/snponly.efi"),
    ];
    Settings {
        cluster: "test".into(),
        hostname: "head".into(),
        listen: Ipv4Addr::LOCALHOST,
        ipaddr: Some(Ipv4Addr::LOCALHOST),
        netmask: Some(Ipv4Addr::new(255, 0, 0, 0)),
        networks: Vec::new(),
        access: Access::Boot,
        dhcp: Dhcp {
            enabled: true,
            port: 0,
            client_port: 0,
            proxy_port: 0,
            lease: Duration::from_secs(3600),
            router_advertisement: false,
        },
        tftp: Tftp {
            enabled: true,
            port: 0,
            ipxe: ipxe
                .iter()
                .map(|(arch, file)| (*arch, (*file).into()))
                .collect(),
            search: vec![root.join("lib/ipxe"), root.join("lib/grub")],
            root: root.join("tftp"),
        },
        agent: muster::model::Agent::default(),
        server: Server {
            port: 0,
            secure: true,
            secure_files: false,
            update_interval: Duration::from_secs(60),
        },
        ssh_key_types: vec!["ed25519".into()],
        control_group: None,
        naming: "n[001-999]".into(),
        adopt_profiles: Vec::new(),
        boot_limit: Duration::from_secs(1800),
        paths: Paths {
            conf: root.join("etc/muster"),
            state: root.join("var/lib/muster"),
            run: root.join("run/muster"),
            cache: root.join("var/cache/muster"),
        },
        listing: Vec::new(),
    }
}

/// Everything a boot server shares, with `nodes` as the registry, and the events it will send.
pub fn shared(settings: Settings, nodes: Vec<Arc<Node>>) -> (Shared, mpsc::Receiver<Event>) {
    let (events, from) = Events::channel(4096);
    let view = View::new(1, Arc::new(settings), nodes, BTreeMap::new(), Vec::new());
    let shared = Shared {
        bell: Arc::default(),
        view: Arc::new(ArcSwap::from_pointee(view)),
        boots: Arc::new(RwLock::new(OpenBoots::starting_at(1))),
        transfers: Transfers::new(events.clone()),
        events,
        archives: Arc::new(Archives::default()),
        ledger: Arc::default(),
        images: Arc::new(ArcSwap::from_pointee(Catalog::default())),
        clock: Clock::start(),
    };
    (shared, from)
}
