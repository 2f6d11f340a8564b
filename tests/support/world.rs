//! A small registry without files: settings, nodes and a frozen view, and events as they would come from the servers.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use muster::fleet::{
    Arch, Beacon, BootId, DhcpEvent, DhcpStep, Event, Form, Part, Proto, Step, TransferEvent,
    TransferId, What, Who,
};
use muster::kit::{Mac, Stamp};
use muster::model::{
    Access, Dhcp, Ipmi, NetDev, Network, Node, NodeId, Paths, RootKind, Server, Settings, Tftp,
    View,
};

/// Settings with one network, 10.4.0.0/16, and the server at 10.4.0.1.
pub fn settings() -> Settings {
    Settings {
        cluster: "alder".into(),
        hostname: "head".into(),
        listen: Ipv4Addr::UNSPECIFIED,
        ipaddr: Some(Ipv4Addr::new(10, 4, 0, 1)),
        netmask: Some(Ipv4Addr::new(255, 255, 0, 0)),
        networks: vec![Network {
            name: "boot".into(),
            subnet: "10.4.0.0/16".parse().unwrap(),
            pool: Some((Ipv4Addr::new(10, 4, 200, 1), Ipv4Addr::new(10, 4, 200, 254))),
            gateway: None,
            dns: Vec::new(),
            domain: None,
            ntp: Vec::new(),
            routes: Vec::new(),
            interface: Some("eno1".into()),
            relay: Vec::new(),
            server: None,
            proxy: false,
        }],
        access: Access::Boot,
        dhcp: Dhcp {
            enabled: true,
            port: 67,
            client_port: 68,
            proxy_port: 4011,
            lease: Duration::from_secs(3600),
            router_advertisement: true,
        },
        tftp: Tftp {
            enabled: true,
            port: 69,
            ipxe: BTreeMap::new(),
            search: Vec::new(),
            root: "/var/lib/tftpboot".into(),
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
        naming: "n[001-999]".into(),
        adopt_profiles: Vec::new(),
        boot_limit: Duration::from_secs(1800),
        paths: Paths {
            conf: "/etc/muster".into(),
            state: "/var/lib/muster".into(),
            run: "/run/muster".into(),
            cache: "/var/cache/muster".into(),
        },
        listing: Vec::new(),
    }
}

/// The MAC of the node with this number.
pub fn mac(id: u32) -> Mac {
    let [a, b, c, d] = id.to_be_bytes();
    Mac::ethernet([0x52, 0x54, a, b, c, d])
}

/// The address of the node with this number.
pub fn ip(id: u32) -> Ipv4Addr {
    let [_, _, c, d] = (id + 257).to_be_bytes();
    Ipv4Addr::new(10, 4, c, d)
}

/// A node `n0001` and so on, with image `rocky9` and one Ethernet device.
pub fn node(id: u32) -> Node {
    Node {
        id: NodeId(id),
        name: format!("n{:04}", id + 1).into(),
        values: Default::default(),
        sources: Default::default(),
        profiles: Vec::new(),
        comment: None,
        cluster: None,
        image: Some("rocky9".into()),
        ipxe: None,
        init: None,
        root: RootKind::Initramfs,
        kernel_version: None,
        kernel_args: vec!["quiet".into()],
        system_overlay: Vec::new(),
        runtime_overlay: Vec::new(),
        asset_key: None,
        discoverable: false,
        net: vec![NetDev {
            name: "default".into(),
            device: Some("eno1".into()),
            hwaddr: Some(mac(id)),
            ipaddr: Some(ip(id)),
            ..NetDev::default()
        }],
        primary: Some(0),
        ipmi: Ipmi::default(),
        tags: BTreeMap::new(),
        rack: "r01".into(),
    }
}

/// A view of these nodes.
pub fn view_of(nodes: Vec<Node>) -> View {
    View::new(
        1,
        Arc::new(settings()),
        nodes.into_iter().map(Arc::new).collect(),
        BTreeMap::new(),
        Vec::new(),
    )
}

/// A view of `count` nodes, numbered from 0.
pub fn view(count: u32) -> View {
    view_of((0..count).map(node).collect())
}

/// Time zero of every story, in milliseconds.
pub const START: u64 = 1_700_000_000_000;

/// So many milliseconds into the story.
pub fn at(ms: u64) -> Stamp {
    Stamp(START + ms)
}

/// Whose events are made, and in which boot.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    pub node: u32,
    pub boot: Option<u64>,
}

impl Voice {
    pub fn new(node: u32, boot: u64) -> Self {
        Self {
            node,
            boot: Some(boot),
        }
    }

    pub fn event(self, ms: u64, what: What) -> Event {
        Event {
            at: at(ms),
            who: Who::Node(NodeId(self.node)),
            boot: self.boot.map(BootId),
            what,
        }
    }

    pub fn dhcp(self, ms: u64, form: Form, step: DhcpStep, note: Option<&str>) -> Event {
        let note = note.or(match (step, form) {
            (DhcpStep::Ack, Form::Pxe) => Some("snponly.efi"),
            _ => None,
        });
        let known = !matches!(step, DhcpStep::Discover | DhcpStep::Unanswered);
        self.event(
            ms,
            What::Dhcp(DhcpEvent {
                step,
                form,
                arch: Some(Arch(7)),
                ip: known.then(|| ip(self.node)),
                via: "eno1".into(),
                uuid: None,
                note: note.map(Into::into),
            }),
        )
    }

    pub fn transfer(self, ms: u64, id: u64, part: Part, path: &str, step: Step) -> Event {
        let proto = if part == Part::Loader {
            Proto::Tftp
        } else {
            Proto::Http
        };
        self.event(
            ms,
            What::Transfer(TransferEvent {
                id: TransferId(id),
                proto,
                part,
                path: path.into(),
                peer: ip(self.node).into(),
                step,
            }),
        )
    }

    pub fn begins(self, ms: u64, id: u64, part: Part, size: u64) -> Event {
        let path = format!("/{}/{}", part.word(), mac(self.node));
        let step = Step::Started {
            size: Some(size),
            offset: 0,
        };
        self.transfer(ms, id, part, &path, step)
    }

    pub fn ends(self, ms: u64, id: u64, part: Part, sent: u64, took: u64) -> Event {
        let path = format!("/{}/{}", part.word(), mac(self.node));
        self.transfer(ms, id, part, &path, Step::Finished { sent, ms: took })
    }

    pub fn breaks(self, ms: u64, id: u64, part: Part, sent: u64, why: &str) -> Event {
        let path = format!("/{}/{}", part.word(), mac(self.node));
        let step = Step::Broken {
            sent,
            why: why.into(),
        };
        self.transfer(ms, id, part, &path, step)
    }

    pub fn beacon(self, ms: u64, beacon: Beacon) -> Event {
        self.event(
            ms,
            What::Beacon {
                beacon,
                queued_ms: 0,
            },
        )
    }

    /// The four messages of one exchange, 100 ms apart.
    pub fn exchange(self, ms: u64, form: Form) -> Vec<Event> {
        [
            DhcpStep::Discover,
            DhcpStep::Offer,
            DhcpStep::Request,
            DhcpStep::Ack,
        ]
        .into_iter()
        .zip(0..)
        .map(|(step, at)| self.dhcp(ms + at * 100, form, step, None))
        .collect()
    }

    /// One file, begun and done.
    pub fn file(self, ms: u64, id: u64, part: Part, size: u64, took: u64) -> Vec<Event> {
        vec![
            self.begins(ms, id, part, size),
            self.ends(ms + took, id, part, size, took),
        ]
    }

    /// A whole healthy boot of 38 s from PXE firmware to `up`.
    pub fn boots(self, ms: u64) -> Vec<Event> {
        let id = u64::from(self.node) * 1000 + self.boot.unwrap_or(0) * 10;
        let mut all = self.exchange(ms, Form::Pxe);
        all.extend(self.file(ms + 500, id, Part::Loader, 970_000, 500));
        all.extend(self.exchange(ms + 2_000, Form::Ipxe));
        all.extend(self.file(ms + 2_500, id + 1, Part::Script, 2_000, 10));
        all.extend(self.file(ms + 3_000, id + 2, Part::Kernel, 14_000_000, 1_000));
        all.extend(self.file(ms + 4_000, id + 3, Part::Image, 900_000_000, 14_000));
        all.extend(self.file(ms + 18_000, id + 4, Part::System, 400_000, 100));
        all.extend(self.file(ms + 18_200, id + 5, Part::Runtime, 20_000, 50));
        all.push(self.beacon(ms + 18_300, Beacon::KernelStart));
        all.push(self.beacon(ms + 29_000, Beacon::InitStarted));
        all.push(self.beacon(ms + 30_000, Beacon::RootReady));
        all.push(self.beacon(ms + 38_000, Beacon::Up));
        all
    }
}
