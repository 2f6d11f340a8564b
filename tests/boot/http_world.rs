//! A small cluster for the HTTP tests: n1 (10.0.0.1) with an image, n2 without, n3 with an asset key.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use muster::boot::http::{Outcome, Request, Shelf, Stock, plan};
use muster::boot::open::OpenBoots;
use muster::fleet::{Form, Part, Proto};
use muster::kit::{Mac, Stamp};
use muster::model::{
    Access, Dhcp, Ipmi, NetDev, Node, NodeId, Paths, RootKind, Secret, Server, Settings, Tftp, View,
};

pub const LIMIT: Duration = Duration::from_secs(1800);

pub fn mac(last: u8) -> Mac {
    Mac::ethernet([0x52, 0x54, 0, 0, 0, last])
}

pub fn settings(access: Access, state: &Path) -> Settings {
    Settings {
        cluster: "test".into(),
        hostname: "head".into(),
        listen: Ipv4Addr::LOCALHOST,
        ipaddr: None,
        netmask: None,
        networks: Vec::new(),
        access,
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
            search: vec![state.join("loaders")],
            root: state.join("tftp"),
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
        naming: "n[1-9]".into(),
        adopt_profiles: Vec::new(),
        boot_limit: LIMIT,
        paths: Paths {
            conf: state.into(),
            state: state.into(),
            run: state.into(),
            cache: state.into(),
        },
        listing: Vec::new(),
    }
}

pub fn node(number: u8) -> Node {
    let dev = NetDev {
        name: "default".into(),
        device: Some("eth0".into()),
        hwaddr: Some(mac(number)),
        ipaddr: Some(Ipv4Addr::new(10, 0, 0, number)),
        netmask: Some(Ipv4Addr::new(255, 255, 255, 0)),
        gateway: Some(Ipv4Addr::new(10, 0, 0, 254)),
        ..NetDev::default()
    };
    Node {
        id: NodeId(u32::from(number)),
        name: format!("n{number}").into(),
        values: Default::default(),
        sources: Default::default(),
        profiles: Vec::new(),
        comment: None,
        cluster: None,
        image: Some("rocky".into()),
        ipxe: None,
        init: None,
        root: RootKind::Initramfs,
        kernel_version: None,
        kernel_args: vec!["quiet".into(), "console=ttyS0,115200".into()],
        system_overlay: Vec::new(),
        runtime_overlay: Vec::new(),
        asset_key: None,
        discoverable: false,
        net: vec![dev],
        primary: Some(0),
        ipmi: Ipmi::default(),
        tags: BTreeMap::new(),
        rack: "r1".into(),
    }
}

/// A shelf whose only image is `rocky`.
pub struct OneImage;

impl Shelf for OneImage {
    fn find(&self, node: &Node, part: Part) -> Result<Stock, String> {
        match node.image.as_deref() {
            Some("rocky") => Ok(Stock {
                path: PathBuf::from(format!("/images/rocky.{}", part.word())),
                digest: None,
            }),
            Some(other) => Err(format!(
                "image {other} is not built (run: muster image build {other})"
            )),
            None => Err(format!("node {} has no image", node.name)),
        }
    }
}

/// A registry, its open boots, and time.
pub struct World {
    pub nodes: Vec<Node>,
    pub settings: Settings,
    pub boots: OpenBoots,
    pub now: Stamp,
}

impl World {
    pub fn new(access: Access) -> Self {
        let mut nodes: Vec<Node> = (1..=3).map(node).collect();
        nodes[1].image = None;
        nodes[2].asset_key = Some(Secret::new("Rack 7 Slot 3"));
        Self {
            nodes,
            settings: settings(access, Path::new("/var/lib/muster")),
            boots: OpenBoots::starting_at(1),
            now: Stamp(1_000_000_000),
        }
    }

    /// As the DHCP server does when a node boots.
    pub fn dhcp(&mut self, number: u8) {
        let id = NodeId(u32::from(number));
        self.boots
            .enter(id, mac(number), Form::Ipxe, self.now, LIMIT);
        self.boots.bind(id, Ipv4Addr::new(10, 0, 0, number));
    }

    pub fn view(&self) -> View {
        let nodes = self.nodes.iter().cloned().map(Arc::new).collect();
        View::new(
            1,
            Arc::new(self.settings.clone()),
            nodes,
            BTreeMap::new(),
            Vec::new(),
        )
    }

    pub fn ask(&self, method: &str, target: &str, peer: &str) -> Outcome {
        self.by(Proto::Http, method, target, peer)
    }

    /// As GRUB asks without HTTP.
    pub fn by_tftp(&self, name: &str, peer: &str) -> Outcome {
        self.by(Proto::Tftp, "GET", name, peer)
    }

    fn by(&self, proto: Proto, method: &str, target: &str, peer: &str) -> Outcome {
        let request = Request {
            method,
            target,
            peer: peer.parse::<SocketAddr>().unwrap(),
            local: "10.0.0.250:9873".parse().unwrap(),
            proto,
        };
        plan(&self.view(), &self.boots, &OneImage, &request, self.now)
    }

    pub fn get(&self, target: &str, peer: &str) -> Outcome {
        self.ask("GET", target, peer)
    }
}
