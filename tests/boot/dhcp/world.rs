//! A small cluster on a fake clock, and a desk that answers in it.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use muster::boot::dhcp::{Answer, Arrival, Desk, Door};
use muster::boot::leases::Leases;
use muster::boot::open::OpenBoots;
use muster::fleet::{DhcpEvent, DhcpStep, Event, What};
use muster::kit::{Mac, Stamp};
use muster::model::{
    Access, Dhcp, Ipmi, NetDev, Network, Node, NodeId, Paths, RootKind, Server, Settings, Tftp,
    View,
};
use muster::wire::dhcp::{Heard, parse};

use crate::support::dhcp_client::{FakeNode, Seen};

pub const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

pub fn ip(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

pub fn network(name: &str, subnet: &str, pool: Option<(&str, &str)>) -> Network {
    Network {
        name: name.into(),
        subnet: subnet.parse().unwrap(),
        pool: pool.map(|(a, b)| (ip(a), ip(b))),
        gateway: None,
        dns: Vec::new(),
        domain: None,
        ntp: Vec::new(),
        routes: Vec::new(),
        interface: None,
        relay: Vec::new(),
        server: None,
        proxy: false,
    }
}

pub fn settings(networks: Vec<Network>) -> Settings {
    let loaders = [
        (0, "undionly.kpxe"),
        (7, "ipxe-snponly-x86_64.efi"),
        (9, "ipxe-snponly-x86_64.efi"),
        (11, "arm64/snponly.efi"),
    ];
    Settings {
        cluster: "test".into(),
        hostname: "head".into(),
        listen: Ipv4Addr::UNSPECIFIED,
        ipaddr: None,
        netmask: None,
        networks,
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
            ipxe: loaders.map(|(arch, file)| (arch, file.into())).into(),
            search: Vec::new(),
            root: "/srv/tftp".into(),
        },
        agent: muster::model::Agent::default(),
        server: Server {
            port: 9873,
            secure: true,
            secure_files: false,
            update_interval: Duration::from_secs(60),
        },
        ssh_key_types: vec!["ed25519".into()],
        control_group: None,
        naming: "n[001-999]".into(),
        adopt_profiles: Vec::new(),
        boot_limit: Duration::from_secs(3600),
        paths: Paths {
            conf: "/etc/muster".into(),
            state: "/var/lib/muster".into(),
            run: "/run/muster".into(),
            cache: "/var/cache/muster".into(),
        },
        listing: Vec::new(),
    }
}

pub fn node(id: u32, name: &str, mac: Option<Mac>, ipaddr: Option<Ipv4Addr>) -> Arc<Node> {
    Arc::new(Node {
        id: NodeId(id),
        name: name.into(),
        values: Default::default(),
        sources: Default::default(),
        profiles: Vec::new(),
        comment: None,
        cluster: None,
        image: None,
        ipxe: None,
        init: None,
        root: RootKind::Initramfs,
        kernel_version: None,
        kernel_args: Vec::new(),
        system_overlay: Vec::new(),
        runtime_overlay: Vec::new(),
        asset_key: None,
        discoverable: false,
        net: vec![NetDev {
            name: "default".into(),
            hwaddr: mac,
            ipaddr,
            ..NetDev::default()
        }],
        primary: Some(0),
        ipmi: Ipmi::default(),
        tags: BTreeMap::new(),
        rack: "r1".into(),
    })
}

pub fn view(settings: Settings, nodes: Vec<Arc<Node>>) -> View {
    View::new(1, Arc::new(settings), nodes, BTreeMap::new(), Vec::new())
}

/// One LAN 10.0.0.0/24 on `eno1` with ten pool addresses and the nodes n1 to n9 (MAC 52:54:00:00:00:01 = 10.0.0.11 …).
pub fn lan() -> View {
    let mut lan = network("lan", "10.0.0.0/24", Some(("10.0.0.200", "10.0.0.209")));
    lan.interface = Some("eno1".into());
    lan.gateway = Some(ip("10.0.0.254"));
    lan.dns = vec![ip("10.0.0.2")];
    lan.domain = Some("cluster.test".into());
    lan.ntp = vec![ip("10.0.0.3")];
    view(settings(vec![lan]), nine())
}

pub fn nine() -> Vec<Arc<Node>> {
    (1..10)
        .map(|n| {
            let mac = Mac::ethernet([0x52, 0x54, 0, 0, 0, n]);
            node(
                u32::from(n),
                &format!("n{n}"),
                Some(mac),
                Some(Ipv4Addr::new(10, 0, 0, 10 + n)),
            )
        })
        .collect()
}

pub fn arrival() -> Arrival {
    Arrival {
        interface: "eno1".into(),
        index: 2,
        addresses: Arc::from([SERVER]),
        ours: Arc::from([SERVER, Ipv4Addr::LOCALHOST]),
        local: SERVER,
        peer: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68),
        door: Door::Server,
    }
}

/// A desk with its open boots, its clock and the way by which packets come.
pub struct World {
    pub view: View,
    pub desk: Desk,
    pub boots: OpenBoots,
    pub now: Stamp,
    pub arrival: Arrival,
}

impl World {
    pub fn new(view: View) -> Self {
        Self {
            view,
            desk: Desk::new(Leases::default()),
            boots: OpenBoots::starting_at(1),
            now: Stamp(1_800_000_000_000),
            arrival: arrival(),
        }
    }

    pub fn pass(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    /// Hands raw bytes to the desk as the daemon does.
    pub fn hear(&mut self, bytes: &[u8]) -> Answer {
        match parse(bytes) {
            Ok(Heard::Ask(ask)) => {
                self.desk
                    .answer(&self.view, &mut self.boots, &ask, &self.arrival, self.now)
            }
            Ok(Heard::Answer(heard)) => Answer {
                events: self
                    .desk
                    .overheard(&self.view.settings, &heard, &self.arrival, self.now)
                    .into_iter()
                    .collect(),
                ..Answer::default()
            },
            Err(why) => Answer {
                events: self
                    .desk
                    .malformed(why, &self.arrival, self.now)
                    .into_iter()
                    .collect(),
                ..Answer::default()
            },
        }
    }

    /// Says something and expects an answer.
    pub fn ask(&mut self, bytes: &[u8]) -> Seen {
        let answer = self.hear(bytes);
        let reply = answer
            .reply
            .unwrap_or_else(|| panic!("no answer: {:?}", answer.events));
        Seen::read(&reply.bytes)
    }

    /// The whole exchange; returns what DHCPACK said.
    pub fn exchange(&mut self, client: &FakeNode) -> Seen {
        let offer = self.ask(&client.discover());
        let ack = self.ask(&client.select(&offer));
        assert_eq!(ack.kind, dhcproto::v4::MessageType::Ack);
        assert_eq!(
            ack.yiaddr, offer.yiaddr,
            "a client gets what it was offered"
        );
        ack
    }
}

pub fn steps(events: &[Event]) -> Vec<DhcpStep> {
    dhcp(events).map(|event| event.step).collect()
}

pub fn dhcp(events: &[Event]) -> impl Iterator<Item = &DhcpEvent> {
    events.iter().filter_map(|event| match &event.what {
        What::Dhcp(dhcp) => Some(dhcp),
        _ => None,
    })
}

/// Why there was no answer, or what else the last event notes.
pub fn note(answer: &Answer) -> String {
    let last = dhcp(&answer.events).last();
    let from_event = last
        .and_then(|event| event.note.as_deref())
        .map(str::to_owned);
    from_event.unwrap_or_else(|| {
        answer
            .events
            .iter()
            .find_map(|event| match &event.what {
                What::Service { text, .. } => Some(text.to_string()),
                _ => None,
            })
            .unwrap_or_default()
    })
}
