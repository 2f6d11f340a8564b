//! Pictures for the README, from the real console: `MUSTER_SHOTS=1 cargo test --test main console::shots` rewrites them.

use std::path::PathBuf;

use muster::api::{ClashRow, Command, DiffRow, EntryRow, EventRow, Outcome, Reply, Snapshot};
use muster::console::app::{Effect, Msg};
use muster::console::look::Depth;
use muster::fleet::{Condition, Part, Progress, Stage, Status};
use muster::link::Message;
use muster::model::{Level, NodeId, Table, Turn};

use super::answers::{answer, list, on_field, text};
use super::replay::{good, hung, recorded};
use super::world::{Desk, ago, bad, booting, detail, look, settings, snapshot, up, verdict};
use crate::support::screen::svg;

/// The pictures: name, and the desk as it is then.
fn pictures() -> Vec<(&'static str, Desk, bool)> {
    let desk = |script: &str| {
        let mut desk = Desk::new((120, 36));
        desk.press(script);
        desk
    };
    let board = Desk::with((120, 36), mass_boot());
    let mut fleet = desk("G");
    while !fleet.text().contains("▌r24") {
        fleet.press("k");
    }
    fleet.press("enter");
    let mut why = desk("tab j j j");
    why.press("x");
    why.answer(Reply::Why(Box::new(verdict())));
    let mut node = desk("2 F j enter");
    node.answer(Reply::Node(Box::new(detail())));
    node.press("j j");
    let mut nodes = desk("2 o o enter j j tab j j");
    answer(&mut nodes, &[]);
    let mut light = Desk::with((120, 36), mass_boot());
    light.app.start.look = look("light", Depth::True, false);
    let mut events = Desk::with((120, 36), mass_boot());
    events.press("7 j j j");
    let mut replay = Desk::with((120, 36), mass_boot());
    let boots = [good("n0037", 9), hung("n0037", 4)];
    replay.press("<");
    let (_, asked) = replay.asked();
    assert!(matches!(asked, Command::Boots { .. }));
    replay.answer(Reply::Boots(boots.to_vec()));
    replay.answer(Reply::Events(recorded(36, 9)));
    replay.press("left left left >");
    let mut small = Desk::new((80, 24));
    small.press("tab");
    let mut all = changes();
    all.extend(vec![
        ("board", board, false),
        ("fleet", fleet, false),
        ("tiles", desk("+"), false),
        ("nodes", nodes, false),
        ("node", node, false),
        ("why", why, false),
        ("palette", desk(": \"n41\""), false),
        ("events", events, false),
        ("replay", replay, false),
        ("light", light, true),
        ("small", small, false),
    ]);
    all
}

/// The same where something is being changed.
fn changes() -> Vec<(&'static str, Desk, bool)> {
    let mut cell = Desk::new((120, 36));
    cell.press("2 / \"rack:r07\" enter");
    answer(&mut cell, &[]);
    cell.press("space space space l l l l l l l");
    answer(&mut cell, &[]);
    cell.press("e");
    for (ticket, command) in asked(&mut cell) {
        if matches!(command, Command::Change { .. }) {
            cell.send(Msg::Link(Message::Reply(ticket, unset())));
        }
    }
    cell.press("\"rocky9-n\"");
    let own = [
        ("net.eno1.ipaddr", text("10.4.2.160")),
        ("net.eno1.hwaddr", text("7c:c2:55:10:01:a0")),
        ("net.eno1.tags.DNS1", text("10.4.0.2")),
    ];
    let mut form = on_field((120, 36), "net.eno1.ipaddr", &own);
    form.press("S");
    answer(&mut form, &own);
    form.press("down \"255.255.2\"");
    let mut yaml = on_field((120, 36), "image", &own);
    yaml.press("i \"resources.mounts\" enter");
    answer(&mut yaml, &own);
    yaml.send(Msg::Paste(
        "scratch:\n  server: nfs1\n  path: /scratch\nhome: {server: nfs2, path: /home".into(),
    ));
    vec![
        ("edit", cell, false),
        ("form", form, false),
        ("yaml", yaml, false),
        ("diff", comes(Reply::Change(Box::new(outcome()))), false),
        ("clash", comes(Reply::Clash(clash())), false),
        ("settings", in_settings(), false),
        ("profiles", in_profiles(), false),
        ("overlays", super::overlays::gallery(false), false),
        ("fault", super::overlays::gallery(true), false),
    ]
}

/// What was sent, with its tickets; what is about the registry is answered.
fn asked(desk: &mut Desk) -> Vec<(u64, Command)> {
    let all = std::mem::take(&mut desk.effects);
    let sent = all.into_iter().filter_map(|effect| match effect {
        Effect::Send(ticket, command) => Some((ticket, command)),
        _ => None,
    });
    sent.collect()
}

/// Kernel arguments of a node as a change, and what the engine says of it.
fn comes(reply: Reply) -> Desk {
    let own = [("kernel.args", list(&["console=ttyS1"]))];
    let mut desk = on_field((120, 36), "comment", &own);
    desk.press("e");
    answer(&mut desk, &own);
    desk.press("ctrl-u \"a100,\" space \"slot\" space \"4\" enter");
    let (ticket, _) = asked(&mut desk).pop().unwrap();
    desk.send(Msg::Link(Message::Reply(ticket, reply)));
    desk
}

fn row(before: Option<&str>, after: Option<&str>, names: &str, count: u32) -> DiffRow {
    DiffRow {
        table: Table::Nodes,
        names: names.into(),
        count,
        turn: Turn::Changed,
        key: "comment".into(),
        before: before.map(Into::into),
        after: after.map(Into::into),
    }
}

fn outcome() -> Outcome {
    Outcome {
        revision: None,
        summary: "set comment on n0417".into(),
        diff: vec![row(Some("a100"), Some("a100, slot 4"), "n0417", 1)],
        more: 0,
        impact: vec!["1 node changes at once".into()],
        warnings: Vec::new(),
    }
}

fn unset() -> Reply {
    let mut rows = [
        row(Some("rocky9-gpu"), None, "n[0193-0194]", 2),
        row(Some("rocky9"), None, "n0195", 1),
    ];
    rows.iter_mut().for_each(|row| row.key = "image".into());
    Reply::Change(Box::new(Outcome {
        diff: rows.to_vec(),
        ..Outcome::default()
    }))
}

fn clash() -> Vec<ClashRow> {
    vec![ClashRow {
        table: Table::Nodes,
        names: "n0417".into(),
        count: 1,
        key: "comment".into(),
        theirs: Some("a100, board replaced".into()),
        ours: Some("a100, slot 4".into()),
        by: "ben".into(),
        at: ago(6),
        revision: 413,
    }]
}

fn in_settings() -> Desk {
    let mut desk = Desk::new((120, 36));
    desk.press("8");
    let (ticket, _) = asked(&mut desk).pop().unwrap();
    desk.send(Msg::Link(Message::Reply(
        ticket,
        Reply::Settings(settings()),
    )));
    desk.press(": \"dhcp.lease\" enter e");
    for (ticket, _) in asked(&mut desk) {
        let row = EntryRow {
            table: Table::Settings,
            name: "muster.conf".into(),
            line: 0,
            text: "".into(),
            values: vec![("dhcp.lease".into(), text("600"))],
        };
        desk.send(Msg::Link(Message::Reply(ticket, Reply::Entries(vec![row]))));
    }
    desk.press("ctrl-u \"15\"");
    desk
}

fn in_profiles() -> Desk {
    super::profiles::gallery()
}

/// Eight racks in the middle of a mass boot.
fn mass_boot() -> Snapshot {
    let mut snapshot = snapshot(256);
    for event in &mut snapshot.events {
        let here = match &*event.who {
            "n0417" => "n0078",
            "n0733" => "n0041",
            "n0692" => "n0121",
            "n0691" => "n0118",
            "n0690" => "n0116",
            "n0590" => "n0115",
            who => who,
        };
        event.who = here.into();
    }
    let mut told = chatter();
    told.append(&mut snapshot.events);
    told.sort_by_key(|event| event.at);
    for (event, seq) in told.iter_mut().zip(1..) {
        event.seq = seq;
    }
    snapshot.events = told;
    snapshot.status = (0..256u32).map(|n| (NodeId(n), in_mass_boot(n))).collect();
    snapshot
}

/// What such a boot says in a quarter of a minute.
fn chatter() -> Vec<EventRow> {
    let line = |at: u64| {
        let node = 120 + (at * 37 % 101) as u32;
        let (kind, level, text) = match at % 8 {
            0 => (
                "dhcp",
                Level::Debug,
                "DISCOVER via eno1 (PXE, UEFI x64)".to_owned(),
            ),
            1 => (
                "dhcp",
                Level::Info,
                format!("ACK 10.4.1.{node} via eno1 · snponly.efi"),
            ),
            2 => (
                "tftp",
                Level::Info,
                "loader snponly.efi done · 240 kB in 0.4 s · 600 kB/s".into(),
            ),
            3 => (
                "http",
                Level::Info,
                "kernel done · 62 MB in 3.1 s · 20 MB/s".into(),
            ),
            4 => (
                "http",
                Level::Info,
                format!(
                    "image rocky9 done · 1.6 GB in 2{}.{} s · 61 MB/s",
                    at % 7,
                    at % 10
                ),
            ),
            5 => ("http", Level::Info, "system overlay done · 6.7 kB".into()),
            6 => ("beacon", Level::Info, "kernel started".into()),
            _ => ("beacon", Level::Info, "root ready".into()),
        };
        EventRow {
            seq: 0,
            at: ago(15) + std::time::Duration::from_millis(at * 231),
            who: format!("n{:04}", node + 1).into(),
            node: Some(NodeId(node)),
            boot: None,
            kind: kind.into(),
            level,
            text: text.into(),
        }
    };
    (0..64).map(line).collect()
}

fn in_mass_boot(n: u32) -> Status {
    // How far the wave is: later nodes were powered on later, none in step with its neighbour.
    let far = 300 - i64::from(n) + i64::from(n * 37 % 29);
    let load = |part, of: u64, rate: u64| {
        let sent = of / 100 * (u64::from(n) * 53 % 97);
        Some(Progress {
            part,
            sent,
            of: Some(of),
            rate: rate + u64::from(n) % 9 * 1_000_000,
        })
    };
    match (n, far) {
        (77, _) => bad(Stage::Image, Condition::Failed, 31, "404 rocky9-gpu.img"),
        (131, _) => bad(Stage::Init, Condition::Failed, 12, "no carrier on eth0"),
        (40 | 41, _) => bad(
            Stage::Loader,
            Condition::Stalled,
            52,
            "3 offers, no TFTP since",
        ),
        (_, 170..) => up(n),
        (_, 140..170) => booting(Stage::Init, 9),
        (_, 134..140) => booting(Stage::Overlay, 1),
        (_, 90..134) => Status {
            progress: load(Part::Image, 1_600_000_000, 58_000_000),
            ..booting(Stage::Image, 14)
        },
        (_, 72..90) => Status {
            progress: load(Part::Kernel, 62_000_000, 9_000_000),
            ..booting(Stage::Kernel, 3)
        },
        (_, 64..72) => booting(Stage::Loader, 2),
        (_, 56..64) => booting(Stage::Dhcp, 1),
        _ => Status::default(),
    }
}

#[test]
fn pictures_come_from_the_real_console() {
    let write = std::env::var_os("MUSTER_SHOTS").is_some_and(|value| value == "1");
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    for (name, mut desk, light) in pictures() {
        let picture = svg(&desk.draw().0, light);
        assert!(
            picture.ends_with("</svg>\n") && picture.matches("<text").count() > 100,
            "{name}"
        );
        if write {
            std::fs::write(folder.join(format!("{name}.svg")), picture).unwrap();
        }
    }
}
