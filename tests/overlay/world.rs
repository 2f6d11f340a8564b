//! A small registry and a site folder for tests of overlays.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use muster::daemon::files::Disk;
use muster::model::{
    Access, Dhcp, Fault, Ipmi, NetDev, Network, Node, NodeId, Paths, RootKind, Secret, Server,
    Settings, Tftp, View,
};
use muster::overlay::{Body, Context, Item, Layout, Recorded, Sources, lay};

pub fn settings(state: PathBuf) -> Settings {
    let network = Network {
        name: "boot".into(),
        subnet: "10.0.0.0/16".parse().unwrap(),
        pool: None,
        gateway: None,
        dns: vec!["10.0.0.53".parse().unwrap()],
        domain: Some("hpc.example".into()),
        ntp: vec![],
        routes: vec![],
        interface: None,
        relay: vec![],
        server: Some("10.0.0.1".parse().unwrap()),
        proxy: false,
    };
    Settings {
        cluster: "blue".into(),
        hostname: "head".into(),
        listen: "0.0.0.0".parse().unwrap(),
        ipaddr: None,
        netmask: None,
        networks: vec![network],
        access: Access::Boot,
        dhcp: Dhcp {
            enabled: false,
            port: 67,
            client_port: 68,
            proxy_port: 4011,
            lease: Duration::from_secs(3600),
            router_advertisement: false,
        },
        tftp: Tftp {
            enabled: false,
            port: 69,
            ipxe: BTreeMap::new(),
            search: vec![],
            root: PathBuf::new(),
        },
        agent: muster::model::Agent::default(),
        server: Server {
            port: 9873,
            secure: false,
            secure_files: false,
            update_interval: Duration::from_secs(60),
        },
        ssh_key_types: vec!["ed25519".into()],
        control_group: None,
        naming: "n[1-9]".into(),
        adopt_profiles: vec![],
        boot_limit: Duration::from_secs(900),
        paths: Paths {
            conf: PathBuf::new(),
            state,
            run: PathBuf::new(),
            cache: PathBuf::new(),
        },
        listing: vec![],
    }
}

pub fn tags(pairs: &[(&str, &str)]) -> BTreeMap<Arc<str>, Arc<str>> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).into(), (*v).into()))
        .collect()
}

pub fn device(name: &str, device: &str, mac: &str, ip: &str) -> NetDev {
    NetDev {
        name: name.into(),
        device: Some(device.into()),
        hwaddr: Some(mac.parse().unwrap()),
        ipaddr: Some(ip.parse().unwrap()),
        netmask: Some("255.255.0.0".parse().unwrap()),
        ..NetDev::default()
    }
}

pub fn node(number: u32, name: &str, system: &[&str]) -> Node {
    let (high, low) = (number / 256, number % 256);
    let mac = format!("52:54:00:00:{high:02x}:{low:02x}");
    let ip = format!("10.0.{}.{low}", high + 1);
    Node {
        id: NodeId(number),
        name: name.into(),
        values: Default::default(),
        sources: Default::default(),
        profiles: vec!["default".into()],
        comment: None,
        cluster: None,
        image: Some("rocky".into()),
        ipxe: None,
        init: None,
        root: RootKind::Tmpfs,
        kernel_version: None,
        kernel_args: vec!["quiet".into(), "crashkernel=no".into()],
        system_overlay: system.iter().map(|name| (*name).into()).collect(),
        runtime_overlay: vec![],
        asset_key: None,
        discoverable: false,
        net: vec![device("default", "eth0", &mac, &ip)],
        primary: Some(0),
        ipmi: Ipmi {
            password: Some(Secret::new("it's $ecret")),
            ..Ipmi::default()
        },
        tags: BTreeMap::new(),
        rack: "r1".into(),
    }
}

/// A site folder, and a registry of some nodes.
pub struct World {
    pub dir: tempfile::TempDir,
    pub nodes: Vec<Node>,
    pub revision: u64,
}

impl World {
    pub fn new(nodes: Vec<Node>) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            nodes,
            revision: 1,
        }
    }

    /// Writes a file below the state folder.
    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn view(&self) -> Arc<View> {
        let nodes = self.nodes.iter().cloned().map(Arc::new).collect();
        let settings = Arc::new(settings(self.dir.path().to_owned()));
        Arc::new(View::new(
            self.revision,
            settings,
            nodes,
            BTreeMap::new(),
            vec![],
        ))
    }

    pub fn lay(&self, at: usize) -> Result<Layout, Vec<Fault>> {
        let view = self.view();
        let sources = Sources::new(self.dir.path());
        let files = Recorded::new(&Disk);
        lay(&view, &self.nodes[at], Context::System, &sources, &files)
    }
}

pub fn item<'a>(layout: &'a Layout, path: &str) -> &'a Item {
    layout
        .items
        .get(path.as_bytes())
        .unwrap_or_else(|| panic!("no {path} in {:?}", paths(layout)))
}

pub fn text(layout: &Layout, path: &str) -> String {
    match &item(layout, path).body {
        Body::File(data) => String::from_utf8(data.to_vec()).unwrap(),
        other => panic!("{path} is {other:?}"),
    }
}

pub fn paths(layout: &Layout) -> Vec<String> {
    layout
        .items
        .keys()
        .map(|path| String::from_utf8_lossy(path).into_owned())
        .collect()
}
