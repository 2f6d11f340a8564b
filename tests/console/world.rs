//! Worlds for the console: a cluster in the middle of a mass boot, on a fixed clock.

use std::sync::Arc;
use std::time::Duration;

use muster::api::{
    BootRow, Delta, EventRow, FieldRow, LastSet, NodeDetail, NodeRow, ServiceRow, ServiceState,
    SettingRow, Snapshot, Traffic, Update,
};
use muster::console::app::{App, Effect, Msg, Start};
use muster::console::keys::Keymap;
use muster::console::look::{Depth, Look, Theme};
use muster::console::view::{Drawn, view};
use muster::console::writing::Accounts;
use muster::fleet::{
    Arch, BootId, Condition, Ended, Part, Progress, Stage, Status, Stranger, Verdict,
};
use muster::kit::{Mac, Stamp, Zone};
use muster::link::Message;
use muster::model::{Fault, Level, NodeId, Spot, Value};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::support::keys::keys;

/// The engine's time in these worlds: 2026-03-02 14:02:12 UTC.
pub const NOW: Stamp = Stamp(1_772_460_132_000);

pub fn ago(seconds: u64) -> Stamp {
    NOW - Duration::from_secs(seconds)
}

/// A node in rack `1 + n / 32`.
pub fn row(n: u32) -> NodeRow {
    let gpu = n / 32 % 8 == 6;
    NodeRow {
        id: NodeId(n),
        name: format!("n{:04}", n + 1).into(),
        cluster: Some("alder".into()),
        rack: format!("r{:02}", n / 32 + 1).into(),
        profiles: if gpu {
            vec!["gpu".into(), "base".into()]
        } else {
            vec!["base".into()]
        },
        image: Some(if gpu {
            "rocky9-gpu".into()
        } else {
            "rocky9".into()
        }),
        kernel: Some("6.12.1".into()),
        ip: Some(std::net::Ipv4Addr::from(0x0a04_0100 + n)),
        mac: Some(Mac::ethernet([
            0x7c,
            0xc2,
            0x55,
            0x10,
            (n >> 8) as u8,
            n as u8,
        ])),
        network: Some(["boot-a", "boot-b"][n as usize / 512 % 2].into()),
        tags: vec![format!("rack=r{:02}", n / 32 + 1).into()],
        comment: gpu.then(|| "a100".into()),
        discoverable: false,
    }
}

pub fn up(n: u32) -> Status {
    let began = ago(10_800 + u64::from(n % 40));
    let mut trail = [None; 8];
    for (at, ms) in [
        (1, 0),
        (2, 300),
        (3, 1_400),
        (4, 3_400),
        (5, 17_000),
        (6, 17_600),
        (7, 38_000),
    ] {
        trail[at] =
            Some(began + Duration::from_millis(ms + u64::from(n % 7) * 900 * (at as u64) / 7));
    }
    Status {
        stage: Stage::Up,
        since: trail[7].unwrap(),
        boot: Some(BootId(u64::from(n) + 1)),
        began: Some(began),
        trail,
        heard: trail[7],
        ..Status::default()
    }
}

pub fn booting(stage: Stage, seconds: u64) -> Status {
    let began = ago(seconds + 4 * stage.index() as u64);
    let mut trail = [None; 8];
    for (at, slot) in trail.iter_mut().enumerate().take(stage.index() + 1).skip(1) {
        *slot = Some(began + Duration::from_secs(4 * at as u64 - 4));
    }
    trail[stage.index()] = Some(ago(seconds));
    Status {
        stage,
        since: ago(seconds),
        boot: Some(BootId(9_000)),
        began: Some(began),
        trail,
        heard: Some(ago(1)),
        eta: Some(NOW + Duration::from_secs(60 - 7 * stage.index() as u64)),
        ..Status::default()
    }
}

pub fn bad(stage: Stage, condition: Condition, seconds: u64, note: &str) -> Status {
    Status {
        condition,
        note: Some(note.into()),
        eta: None,
        ..booting(stage, seconds)
    }
}

fn status(n: u32) -> Status {
    let loading = |part, sent, of, rate| {
        Some(Progress {
            part,
            sent,
            of: Some(of),
            rate,
        })
    };
    match n {
        416 => bad(Stage::Image, Condition::Failed, 130, "404 rocky9-gpu.img"),
        589 => bad(
            Stage::Dhcp,
            Condition::Failed,
            41,
            "pool 10.4.0.0/22 is full",
        ),
        243 => bad(
            Stage::Kernel,
            Condition::Failed,
            9,
            "checksum differs, 2 tries",
        ),
        800 => bad(
            Stage::Overlay,
            Condition::Failed,
            80,
            "slurm.conf:12 bad name",
        ),
        732..=734 => bad(
            Stage::Loader,
            Condition::Stalled,
            112,
            "3 offers, no TFTP since",
        ),
        32..=34 => booting(Stage::Image, 8),
        35..=36 => booting(Stage::Kernel, 3),
        736 => Status {
            progress: loading(Part::Image, 1_200_000_000, 1_600_000_000, 61_000_000),
            ..booting(Stage::Image, 20)
        },
        737 => Status {
            progress: loading(Part::Kernel, 11_000_000, 62_000_000, 9_000_000),
            ..booting(Stage::Kernel, 2)
        },
        738 => Status {
            progress: loading(Part::System, 400_000, 400_000, 0),
            ..booting(Stage::Overlay, 1)
        },
        739 => booting(Stage::Init, 12),
        740..=748 => booting(Stage::Image, 18),
        749..=753 => booting(Stage::Kernel, 6),
        754..=756 => booting(Stage::Dhcp, 2),
        780..=791 => Status::default(),
        _ => up(n),
    }
}

fn event(
    seq: u64,
    seconds: u64,
    who: &str,
    node: Option<u32>,
    kind: &str,
    level: Level,
    text: &str,
) -> EventRow {
    EventRow {
        seq,
        at: ago(seconds),
        who: who.into(),
        node: node.map(NodeId),
        boot: None,
        kind: kind.into(),
        level,
        text: text.into(),
    }
}

pub fn stranger(last: u8, arch: u16, name: Option<&str>) -> Stranger {
    Stranger {
        mac: Mac::ethernet([0x7c, 0xc2, 0x55, 0x91, 0x0a, last]),
        arch: Some(Arch(arch)),
        uuid: None,
        via: "eno1".into(),
        ip: None,
        first: ago(300),
        last: ago(4),
        asks: 6,
        proposed: name.map(Into::into),
    }
}

/// `nodes` nodes, most of them up, the rest in every state there is.
pub fn snapshot(nodes: u32) -> Snapshot {
    let service = |name: &str, text: &str| ServiceRow {
        name: name.into(),
        state: ServiceState::Up,
        text: text.into(),
    };
    Snapshot {
        now: NOW,
        revision: 412,
        cluster: "alder".into(),
        version: "0.1.0".into(),
        nodes: (0..nodes).map(row).collect(),
        status: (0..nodes).map(|n| (NodeId(n), status(n))).collect(),
        strangers: vec![
            stranger(0x1e, 7, Some("n1025")),
            stranger(0x22, 7, Some("n1026")),
            stranger(0x07, 0, None),
        ],
        events: vec![
            event(
                1,
                160,
                "n0690",
                Some(689),
                "beacon",
                Level::Info,
                "up after 41 s",
            ),
            event(
                2,
                122,
                "ana",
                None,
                "edit",
                Level::Info,
                "r412 kernel.args on 96 nodes",
            ),
            event(
                3,
                41,
                "n0590",
                Some(589),
                "dhcp",
                Level::Error,
                "DISCOVER, pool 10.4.0.0/22 is full",
            ),
            event(
                4,
                12,
                "n0691",
                Some(690),
                "beacon",
                Level::Info,
                "up after 39 s",
            ),
            event(
                5,
                4,
                "n0692",
                Some(691),
                "beacon",
                Level::Info,
                "up after 38 s",
            ),
            event(
                6,
                3,
                "n0733",
                Some(732),
                "dhcp",
                Level::Warning,
                "OFFER 10.4.2.221 via eno1, no REQUEST (3rd)",
            ),
            event(
                7,
                1,
                "n0417",
                Some(416),
                "http",
                Level::Error,
                "image rocky9-gpu refused: 404 not built since r410",
            ),
        ],
        services: vec![
            service("dhcp", "eno1:67"),
            service("tftp", "10.4.0.1:69"),
            service("http", "10.4.0.1:9873"),
            service("disk", "61 GB free"),
        ],
        faults: vec![
            Fault::error("unknown key `ipadr`")
                .at(Spot {
                    file: "/etc/muster/nodes.conf".into(),
                    line: 212,
                    column: 7,
                })
                .about("node n0212")
                .hint("did you mean `ipaddr`?"),
        ],
        traffic: Traffic {
            tftp: 2_100_000,
            http: 3_100_000_000,
            transfers: 14,
        },
        clients: 2,
        overlays: 0,
    }
}

/// A console at a fixed time, with everything that a test needs of it.
pub struct Desk {
    pub app: App,
    pub local: Stamp,
    pub effects: Vec<Effect>,
}

pub fn look(theme: &str, depth: Depth, ascii: bool) -> Look {
    Look::new(Theme::named(theme, &[]).unwrap(), depth, ascii)
}

pub fn start(size: (u16, u16)) -> Start {
    Start {
        look: look("default", Depth::True, false),
        themes: Vec::new(),
        keymap: Keymap::default(),
        user: "ana".into(),
        link: "attached /run/muster/control.sock".into(),
        read_only: false,
        detach_hint: None,
        mouse: true,
        size,
        zone: Zone::default(),
        interfaces: vec!["eno1".into(), "eno2".into()],
        accounts: Accounts::read(
            "root:x:0:0:root:/root:/bin/sh\nmunge:x:998:996::/:/bin/false\n",
            "root:x:0:\nmunge:x:996:\n",
        ),
        kept: Vec::new(),
    }
}

impl Desk {
    pub fn bare(start: Start) -> Self {
        let local = Stamp(5_000);
        Self {
            app: App::new(start, local),
            local,
            effects: Vec::new(),
        }
    }

    pub fn with(size: (u16, u16), snapshot: Snapshot) -> Self {
        let mut desk = Self::bare(start(size));
        desk.news(Update::Snapshot(Box::new(snapshot)));
        desk
    }

    pub fn new(size: (u16, u16)) -> Self {
        let mut desk = Self::with(size, snapshot(1_024));
        for http in [400, 900, 1_400, 1_900, 2_200, 2_800, 3_100] {
            desk.news(Update::Delta(Box::new(Delta {
                now: NOW,
                traffic: Some(Traffic {
                    tftp: 2_100_000,
                    http: http * 1_000_000,
                    transfers: 14,
                }),
                ..Delta::default()
            })));
        }
        desk
    }

    pub fn send(&mut self, msg: Msg) {
        let effects = self.app.update(msg, self.local);
        self.effects.extend(effects);
        self.draw();
    }

    pub fn news(&mut self, update: Update) {
        self.send(Msg::Link(Message::Update(update)));
    }

    pub fn press(&mut self, script: &str) -> &mut Self {
        for chord in keys(script) {
            self.send(Msg::Key(chord));
        }
        self
    }

    /// The ticket and command that were sent last.
    pub fn asked(&self) -> (u64, muster::api::Command) {
        let sent = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Send(ticket, command) => Some((*ticket, command.clone())),
            _ => None,
        });
        sent.unwrap()
    }

    pub fn answer(&mut self, reply: muster::api::Reply) {
        let (ticket, _) = self.asked();
        self.send(Msg::Link(Message::Reply(ticket, reply)));
    }

    pub fn draw(&mut self) -> (Buffer, Drawn) {
        let (width, height) = self.app.start.size;
        let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
        let drawn = view(&self.app, &mut buf);
        self.app.drawn(drawn.hits.clone(), drawn.next_age);
        (buf, drawn)
    }

    pub fn text(&mut self) -> String {
        crate::support::screen::text(&self.draw().0)
    }
}

/// A node in full.
pub fn detail() -> NodeDetail {
    let field =
        |key: &str, label: &str, value: &str, source: &str, shadows: &[(&str, &str)]| FieldRow {
            key: key.into(),
            label: label.into(),
            doc: format!("what {label} is for").into(),
            value: value.into(),
            source: source.into(),
            shadows: shadows
                .iter()
                .map(|(layer, value)| ((*layer).into(), (*value).into()))
                .collect(),
            effect: "next boot".into(),
        };
    let mut trail = [None; 8];
    for (at, slot) in trail.iter_mut().enumerate().skip(1) {
        *slot = Some(ago(90_000) + Duration::from_secs(5 * at as u64));
    }
    NodeDetail {
        row: row(416),
        status: status(416),
        agent: None,
        fields: vec![
            field("comment", "comment", "a100", "node", &[]),
            field(
                "image",
                "image",
                "rocky9-gpu",
                "profile gpu",
                &[("base", "rocky9")],
            ),
            field(
                "kernel.args",
                "kernel arguments",
                "console=ttyS1 quiet",
                "profile gpu",
                &[("base", "quiet")],
            ),
            field("kernel.version", "kernel", "6.12.1", "default", &[]),
            field("net.eno1.ipaddr", "address", "10.4.2.160", "node", &[]),
            field(
                "net.eno1.hwaddr",
                "hardware address",
                "7c:c2:55:10:01:a0",
                "node",
                &[],
            ),
            field(
                "system_overlay",
                "system overlays",
                "wwinit gpu slurm",
                "base, gpu",
                &[],
            ),
        ],
        boots: vec![BootRow {
            id: BootId(417),
            node: "n0417".into(),
            began: ago(90_000),
            ended: Some((ago(89_960), Ended::Up)),
            image: None,
            trail,
            note: None,
        }],
        events: vec![event(
            7,
            1,
            "n0417",
            Some(416),
            "http",
            Level::Error,
            "GET /image/rocky9-gpu: 404",
        )],
        drift: None,
        faults: Vec::new(),
    }
}

pub fn verdict() -> Verdict {
    let texts = |all: &[&str]| all.iter().map(|text| Arc::from(*text)).collect();
    Verdict {
        node: "n0417".into(),
        stage: Stage::Image,
        condition: Condition::Failed,
        headline: "the image was asked for and refused 2m10 ago: 404, rocky9-gpu has not been built since r410".into(),
        expected: Some("GET /image/n0417 answered with 200 within 30 s of the kernel".into()),
        missing: Some("the archive of image rocky9-gpu".into()),
        meaning: texts(&[
            "the image was renamed or its build failed after profile gpu was pointed at it",
            "the archive was removed by hand",
        ]),
        tries: texts(&["muster image build rocky9-gpu", "then power the node off and on"]),
        evidence: vec![
            (ago(140), "DHCPACK 10.4.2.160 to iPXE".into()),
            (ago(134), "kernel sent in full, 62 MB in 3.1 s".into()),
            (ago(130), "GET /image/rocky9-gpu: 404".into()),
        ],
    }
}

pub fn settings() -> Vec<SettingRow> {
    let row = |section: &str, key: &str, value: &str, default: &str, doc: &str| SettingRow {
        section: section.into(),
        key: key.into(),
        value: value.into(),
        set: value != default,
        own: (value != default).then(|| Value::Text(value.into())),
        default: default.into(),
        doc: doc.into(),
        kind: "one line of text".into(),
        acted_on: true,
        effect: "at once".into(),
        ..SettingRow::default()
    };
    let by = |revision, by: &str| {
        Some(LastSet {
            revision,
            by: by.into(),
            at: ago(90_000),
        })
    };
    let mut rows = vec![
        row(
            "General",
            "cluster",
            "alder",
            "",
            "Name of the cluster, shown in the console",
        ),
        row("Access", "access", "boot", "boot", "Who is served"),
        row(
            "HTTP",
            "server.port",
            "9874",
            "9873",
            "TCP port of the HTTP server",
        ),
        row(
            "HTTP",
            "server.secure",
            "true",
            "true",
            "Whether the runtime overlay needs a privileged source port",
        ),
        row(
            "DHCP",
            "dhcp.enabled",
            "true",
            "true",
            "Whether to answer DHCP",
        ),
        row("DHCP", "dhcp.lease", "600", "12h", "Lease time"),
        row(
            "DHCP",
            "dhcp.port",
            "67",
            "67",
            "UDP port of the DHCP server",
        ),
        row(
            "Network boot-a",
            "networks.boot-a.subnet",
            "10.4.0.0/22",
            "",
            "Addresses of a boot network",
        ),
        row(
            "Network boot-a",
            "networks.boot-a.interface",
            "eno1",
            "",
            "Interface that it is attached to",
        ),
        row(
            "Network boot-a",
            "networks.boot-a.gateway",
            "",
            "",
            "Router given to nodes",
        ),
    ];
    rows[1].choices = vec!["compatible".into(), "boot".into()];
    rows[2].running = Some("9873".into());
    rows[2].effect = "at once, by another port".into();
    rows[2].last = by(411, "by hand (root)");
    rows[2].line = Some(7);
    rows[5].last = by(398, "ana");
    rows[5].kind = "a time, as 60, 90s, 15m, 12h or 2d".into();
    rows[5].line = Some(12);
    rows
}
