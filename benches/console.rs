//! What the console costs: one frame at ten thousand nodes, the index made anew after a delta, the bytes that a storm of a
//! thousand nodes writes to the terminal. Prints figures; asserts nothing. `cargo bench --bench console`
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::time::{Duration, Instant};

use muster::api::{
    Command, Content, Delta, EntryRow, EventRow, FileKind, FileRow, Language, NodeRow, Origin,
    OverlayCommand, OverlayDetail, OverlayFile, OverlayItem, OverlayReply, Reply, Snapshot,
    Standing, Traffic, Update,
};
use muster::console::app::{App, Effect, Msg, Start};
use muster::console::keys::{Chord, Keymap};
use muster::console::look::{Depth, Look, Theme};
use muster::console::term::{Screen, pace::Pace};
use muster::console::view::view;
use muster::console::writing::Accounts;
use muster::fleet::{BootId, Part, Progress, STAGES, Stage, Status};
use muster::kit::{Stamp, Zone};
use muster::link::Message;
use muster::model::{Level, NodeId, Spot, Table, Value};

const NOW: Stamp = Stamp(1_772_460_132_000);

fn main() {
    for size in [(120, 36), (200, 60)] {
        for keys in ["", "+", "++", "2", "7"] {
            frame(10_000, size, keys);
        }
    }
    for size in [(80, 24), (120, 36), (200, 60)] {
        profiles(10_000, 300, size);
    }
    for size in [(80, 24), (200, 60)] {
        writing(10_000, size);
    }
    index(10_000, "");
    index(10_000, "state:booting r1");
    storm(1_000);
}

fn row(n: u32) -> NodeRow {
    NodeRow {
        id: NodeId(n),
        name: format!("n{n:05}").into(),
        cluster: None,
        rack: format!("r{:03}", n / 40).into(),
        profiles: vec!["base".into()],
        image: Some("rocky9".into()),
        kernel: None,
        ip: Some(std::net::Ipv4Addr::from(0x0a00_0001 + n)),
        mac: None,
        network: Some("boot".into()),
        tags: Vec::new(),
        comment: None,
        discoverable: false,
    }
}

/// A node `ms` after it was powered on, one of many that come one after the other.
fn status(n: u32, ms: u64) -> Status {
    let Some(age) = ms.checked_sub(u64::from(n) * 20) else {
        return Status::default();
    };
    let at = (age / 4_000).min(6) as usize + 1;
    let began = NOW + Duration::from_millis(u64::from(n) * 20);
    let mut trail = [None; 8];
    for (slot, stage) in trail.iter_mut().zip(0u64..).skip(1).take(at) {
        *slot = Some(began + Duration::from_millis((stage - 1) * 4_000));
    }
    let loads = matches!(STAGES[at], Stage::Kernel | Stage::Image);
    Status {
        stage: STAGES[at],
        since: trail[at].unwrap(),
        boot: Some(BootId(u64::from(n))),
        began: Some(began),
        trail,
        progress: loads.then_some(Progress {
            part: Part::Image,
            sent: age % 4_000 * 100_000,
            of: Some(400_000_000),
            rate: 100_000_000,
        }),
        eta: (STAGES[at] != Stage::Up).then(|| began + Duration::from_secs(28)),
        heard: Some(began + Duration::from_millis(age)),
        ..Status::default()
    }
}

fn event(seq: u64, n: u32, at: Stamp) -> EventRow {
    EventRow {
        seq,
        at,
        who: format!("n{n:05}").into(),
        node: Some(NodeId(n)),
        boot: Some(BootId(u64::from(n))),
        kind: ["dhcp", "tftp", "http", "beacon"][seq as usize % 4].into(),
        level: Level::Info,
        text: "GET /image/n done · 400 MB in 4.0 s · 100 MB/s".into(),
    }
}

fn console(nodes: u32, size: (u16, u16), ms: u64) -> App {
    let theme = Theme::named("default", &[]).unwrap();
    let start = Start {
        look: Look::new(theme, Depth::True, false),
        themes: Vec::new(),
        keymap: Keymap::default(),
        user: "bench".into(),
        link: "nothing".into(),
        interfaces: Vec::new(),
        accounts: Accounts::default(),
        kept: Vec::new(),
        read_only: false,
        detach_hint: None,
        mouse: true,
        size,
        zone: Zone::default(),
    };
    let mut app = App::new(start, Stamp(0));
    let snapshot = Snapshot {
        now: NOW + Duration::from_millis(ms),
        nodes: (0..nodes).map(row).collect(),
        status: (0..nodes).map(|n| (NodeId(n), status(n, ms))).collect(),
        events: (0..5_000).map(|seq| event(seq, seq as u32, NOW)).collect(),
        ..Snapshot::default()
    };
    let update = Update::Snapshot(Box::new(snapshot));
    app.update(Msg::Link(Message::Update(update)), Stamp(0));
    app
}

/// Median and worst of what `work` takes, in milliseconds.
fn measure(rounds: usize, mut work: impl FnMut(usize)) -> (f64, f64) {
    let mut took: Vec<Duration> = (0..rounds)
        .map(|round| {
            let began = Instant::now();
            work(round);
            began.elapsed()
        })
        .collect();
    took.sort_unstable();
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    (ms(took[took.len() / 2]), ms(took[took.len() - 1]))
}

fn frame(nodes: u32, size: (u16, u16), keys: &str) {
    let mut app = console(nodes, size, 150_000);
    for key in keys.chars() {
        let chord = Chord::parse(&key.to_string()).unwrap();
        app.update(Msg::Key(chord), Stamp(0));
    }
    let mut screen = Screen::new(size.0, size.1);
    let mut bytes = 0;
    let (middle, worst) = measure(200, |_| {
        screen.forget();
        view(&app, screen.canvas());
        bytes = screen.frame().unwrap().len();
    });
    println!(
        "frame of {nodes} nodes at {}x{}, keys `{keys}`: median {middle:.2} ms, worst {worst:.2} ms, {bytes} bytes in full",
        size.0, size.1
    );
}

/// Three hundred profiles, each built on one of the first thirty; the nodes list one or two of them.
fn profiles(nodes: u32, profiles: u32, size: (u16, u16)) {
    let mut app = console(nodes, size, 150_000);
    let entry = |n: u32| {
        let list = |items: Vec<String>| Value::List(items.into_iter().map(Into::into).collect());
        let mut values = vec![
            (
                "image".into(),
                Value::Text(format!("image{}", n % 7).into()),
            ),
            ("kernel.args".into(), list(vec![format!("arg{n}")])),
            (
                "net.eno1.mtu".into(),
                Value::Text(format!("{}", 1_500 + n).into()),
            ),
        ];
        if n >= 30 {
            values.push(("profiles".into(), list(vec![format!("p{:03}", n % 30)])));
        }
        EntryRow {
            table: Table::Profiles,
            name: format!("p{n:03}").into(),
            line: n,
            text: "".into(),
            values,
        }
    };
    for row in &mut app.mirror.head.nodes {
        let n = row.id.0;
        row.profiles = vec![
            format!("p{:03}", n % profiles).into(),
            format!("p{:03}", n / 7 % profiles).into(),
        ];
    }
    let (learnt, _) = measure(5, |_| {
        app.place = muster::console::app::Place::Nodes;
        let asked = app.update(Msg::Key(Chord::parse("3").unwrap()), Stamp(0));
        for effect in asked {
            let Effect::Send(ticket, command) = effect else {
                continue;
            };
            let reply = match command {
                Command::Entries { .. } => Reply::Entries((0..profiles).map(entry).collect()),
                _ => continue,
            };
            app.update(Msg::Link(Message::Reply(ticket, reply)), Stamp(0));
        }
    });
    let mut screen = Screen::new(size.0, size.1);
    let (middle, worst) = measure(200, |round| {
        let key = if round % 100 == 99 { "g" } else { "j" };
        app.update(Msg::Key(Chord::parse(key).unwrap()), Stamp(0));
        view(&app, screen.canvas());
        screen.frame().unwrap();
    });
    println!(
        "profiles at {}x{}, {profiles} of them, {nodes} nodes: key to frame median {middle:.2} ms, worst {worst:.2} ms; all of it anew {learnt:.1} ms",
        size.0, size.1
    );
}

/// A template of so many lines being written: a letter typed in its middle, and the frame after it.
fn writing(lines: usize, size: (u16, u16)) {
    let text: String = (0..lines)
        .map(|n| format!("{n} {{{{ node.name }}}} {{# why #}} \"text\"\n"))
        .collect();
    let mut app = console(1_000, size, 150_000);
    let at = Spot {
        file: "etc/big.tera".into(),
        line: lines as u32 / 2,
        column: 1,
    };
    app.overlays.go_line(&"big".into(), &at);
    let mut effects = app.update(Msg::Key(Chord::parse("4").unwrap()), Stamp(0));
    while let Some(effect) = effects.pop() {
        if let Effect::Send(ticket, Command::Overlay(command)) = effect {
            let reply = Reply::Overlay(Box::new(overlay(&command, &text)));
            let message = Message::Reply(ticket, reply);
            effects.extend(app.update(Msg::Link(message), Stamp(0)));
        }
    }
    app.update(Msg::Key(Chord::parse("e").unwrap()), Stamp(0));
    let mut screen = Screen::new(size.0, size.1);
    let (middle, worst) = measure(500, |round| {
        // Now and then from one end of the file to the other.
        let key = match round % 100 {
            49 => "ctrl-home",
            99 => "ctrl-end",
            _ => "x",
        };
        app.update(Msg::Key(Chord::parse(key).unwrap()), Stamp(0));
        view(&app, screen.canvas());
        screen.frame().unwrap();
    });
    println!(
        "writing {lines} lines ({} KB) at {}x{}: key to frame median {middle:.2} ms, worst {worst:.2} ms",
        text.len() / 1_024,
        size.0,
        size.1
    );
}

/// What the engine says of an overlay that is one large template.
fn overlay(command: &OverlayCommand, text: &str) -> OverlayReply {
    let row = FileRow {
        path: "etc/big.tera".into(),
        kind: FileKind::Template(Language::Tera),
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: text.len() as u64,
        standing: Standing::Own,
    };
    let item = OverlayItem {
        name: "big".into(),
        origin: Origin::Site,
        about: "".into(),
        files: 1,
        templates: 1,
        system: 1_000,
        runtime: 0,
        behind: None,
        faults: 0,
    };
    match command {
        OverlayCommand::List => OverlayReply::List(vec![item]),
        OverlayCommand::Show { .. } => OverlayReply::Show(Box::new(OverlayDetail {
            item,
            folder: "/etc/muster/overlays/big".into(),
            files: vec![row],
            users: Vec::new(),
            nodes: "n[00000-00999]".into(),
            faults: Vec::new(),
        })),
        OverlayCommand::File { .. } => OverlayReply::File(Box::new(OverlayFile {
            name: "big".into(),
            row,
            content: Some(Content::Text(text.into())),
            digest: "1".into(),
            shipped: None,
            faults: Vec::new(),
        })),
        _ => OverlayReply::List(Vec::new()),
    }
}

fn index(nodes: u32, filter: &str) {
    let mut app = console(nodes, (120, 36), 100_000);
    app.order.filter = muster::console::filter::Filter::parse(filter).unwrap();
    let (middle, worst) = measure(100, |round| {
        let ms = 100_000 + round as u64 * 100;
        let delta = Delta {
            now: NOW + Duration::from_millis(ms),
            status: (0..500)
                .map(|n| (NodeId(4_000 + n), status(4_000 + n, ms)))
                .collect(),
            ..Delta::default()
        };
        let update = Update::Delta(Box::new(delta));
        app.update(Msg::Link(Message::Update(update)), Stamp(ms));
    });
    println!(
        "delta of 500 statuses into {nodes} nodes and the index anew, filter `{filter}`: median {middle:.2} ms, worst {worst:.2} ms"
    );
}

/// A thousand nodes boot in under a minute; the console draws as its pace allows. Time is played, not waited for.
fn storm(nodes: u32) {
    let size = (120, 36);
    let mut app = console(nodes, size, 0);
    let mut screen = Screen::new(size.0, size.1);
    let mut pace = Pace::default();
    let (mut frames, mut bytes, mut most) = (0u32, 0usize, 0usize);
    let mut recent: std::collections::VecDeque<(Stamp, usize)> = std::collections::VecDeque::new();
    let seconds = 50;
    for tick in 0..seconds * 10 {
        let ms = tick * 100;
        let now = Stamp(ms);
        let delta = Delta {
            now: NOW + Duration::from_millis(ms),
            status: (0..nodes).map(|n| (NodeId(n), status(n, ms))).collect(),
            events: (0..20)
                .map(|n| {
                    event(
                        10_000 + tick * 20 + n,
                        (ms / 20) as u32 % nodes,
                        NOW + Duration::from_millis(ms),
                    )
                })
                .collect(),
            traffic: Some(Traffic {
                tftp: 2_000_000,
                http: 1_000_000_000 + ms * 1_000,
                transfers: 300,
            }),
            ..Delta::default()
        };
        app.update(
            Msg::Link(Message::Update(Update::Delta(Box::new(delta)))),
            now,
        );
        if now < pace.earliest() {
            continue;
        }
        let drawn = view(&app, screen.canvas());
        app.drawn(drawn.hits, drawn.next_age);
        let frame = screen.frame().unwrap().len();
        pace.wrote(now, frame, Duration::ZERO, true);
        frames += 1;
        bytes += frame;
        recent.push_back((now, frame));
        while recent
            .front()
            .is_some_and(|(at, _)| now.since(*at) >= Duration::from_secs(10))
        {
            recent.pop_front();
        }
        most = most.max(recent.iter().map(|(_, frame)| frame).sum());
    }
    println!(
        "storm of {nodes} nodes over {seconds} s: {frames} frames, {} bytes/s on average, {} bytes/s over the busiest 10 s",
        bytes as u64 / seconds,
        most / 10
    );
}
