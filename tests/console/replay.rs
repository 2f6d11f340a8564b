//! A recorded boot, gone through again.

use std::time::Duration;

use muster::api::{BootRow, Command, Delta, EventRow, Reply, Update};
use muster::console::app::{Effect, Mouse, Msg};
use muster::fleet::{BootId, Ended};
use muster::kit::Stamp;
use muster::model::{Level, NodeId};

use super::world::{Desk, NOW, ago, detail, up};
use crate::support::screen::{print, same_as_file};

const BEGAN: u64 = 3_600;

fn at(ms: u64) -> Stamp {
    ago(BEGAN) + Duration::from_millis(ms)
}

/// A boot that came up in 41 seconds, an hour ago.
pub fn good(node: &str, id: u64) -> BootRow {
    let mut trail = [None; 8];
    for (slot, ms) in trail
        .iter_mut()
        .skip(1)
        .zip([0, 320, 1_400, 3_400, 17_200, 18_000, 41_000])
    {
        *slot = Some(at(ms));
    }
    BootRow {
        id: BootId(id),
        node: node.into(),
        began: at(0),
        ended: Some((at(41_000), Ended::Up)),
        image: Some("rocky9".into()),
        trail,
        note: None,
    }
}

/// The day before, the same node hung at its image and was started over.
pub fn hung(node: &str, id: u64) -> BootRow {
    let began = ago(90_000);
    let mut trail = [None; 8];
    for (slot, seconds) in trail.iter_mut().skip(1).zip([0, 1, 2, 4]) {
        *slot = Some(began + Duration::from_secs(seconds));
    }
    BootRow {
        id: BootId(id),
        began,
        ended: Some((began + Duration::from_secs(310), Ended::Superseded)),
        trail,
        note: Some("image stands at 31 %".into()),
        ..good(node, id)
    }
}

pub fn recorded(node: u32, boot: u64) -> Vec<EventRow> {
    let told: [(u64, &str, Level, &str); 12] = [
        (0, "dhcp", Level::Debug, "DISCOVER via eno1 (PXE, UEFI x64)"),
        (
            2,
            "dhcp",
            Level::Debug,
            "OFFER 10.4.2.160 via eno1 (PXE, UEFI x64)",
        ),
        (
            310,
            "dhcp",
            Level::Info,
            "ACK 10.4.2.160 via eno1 (PXE, UEFI x64)",
        ),
        (
            320,
            "tftp",
            Level::Info,
            "loader snponly.efi begins · 240 kB",
        ),
        (
            900,
            "tftp",
            Level::Info,
            "loader snponly.efi done · 240 kB in 0.6 s · 400 kB/s",
        ),
        (1_400, "http", Level::Info, "kernel begins · 12 MB"),
        (
            3_300,
            "http",
            Level::Info,
            "kernel done · 12 MB in 1.9 s · 6.3 MB/s",
        ),
        (3_400, "http", Level::Info, "image rocky9 begins · 1.6 GB"),
        (
            17_100,
            "http",
            Level::Info,
            "image rocky9 done · 1.6 GB in 13.7 s · 117 MB/s",
        ),
        (17_200, "http", Level::Warning, "system overlay: 2 tries"),
        (18_000, "beacon", Level::Info, "kernel started"),
        (41_000, "beacon", Level::Info, "up"),
    ];
    let row = |(seq, (ms, kind, level, text)): (usize, (u64, &str, Level, &str))| EventRow {
        seq: 100 + seq as u64,
        at: at(ms),
        who: format!("n{:04}", node + 1).into(),
        node: Some(NodeId(node)),
        boot: Some(BootId(boot)),
        kind: kind.into(),
        level,
        text: text.into(),
    };
    // Newest first, as the engine gives them.
    told.into_iter().enumerate().map(row).rev().collect()
}

/// Answers the two questions of a replay.
fn answered(desk: &mut Desk, node: u32, boots: &[BootRow], boot: u64) {
    let name = format!("n{:04}", node + 1);
    let (_, command) = desk.asked();
    assert!(
        matches!(&command, Command::Boots { name: Some(asked), .. } if **asked == *name),
        "{command:?} for {name}"
    );
    desk.answer(Reply::Boots(boots.to_vec()));
    let (_, command) = desk.asked();
    assert!(
        matches!(command, Command::Events { boot: Some(BootId(asked)), before: None, .. } if asked == boot),
        "{command:?}"
    );
    desk.answer(Reply::Events(recorded(node, boot)));
}

/// The list of nodes with a replay of the first one, back from its end.
fn replaying(size: (u16, u16)) -> Desk {
    let mut desk = Desk::new(size);
    desk.press("2 <");
    answered(&mut desk, 0, &[good("n0001", 9), hung("n0001", 4)], 9);
    desk
}

fn shows(desk: &mut Desk, parts: &[&str]) {
    let text = desk.text();
    for part in parts {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
}

#[test]
fn a_boot_is_scrubbed_from_its_end_to_its_beginning_and_back() {
    let mut desk = replaying((120, 36));
    shows(
        &mut desk,
        &[
            "REPLAY",
            "n0001",
            "boot 2 of 2",
            "up after 41 s",
            "● up   41.0 s into the boot",
        ],
    );
    // Event by event: before `up` the node was in its init, and had been for a while.
    desk.press("<");
    shows(&mut desk, &["▶ init for .0 s   18.0 s into the boot"]);
    desk.press("< <");
    shows(&mut desk, &["▶ image for 13 s   17.1 s into the boot"]);
    // Stage by stage.
    desk.press("left");
    shows(&mut desk, &["▶ image for .0 s   3.4 s into the boot"]);
    desk.press("h");
    shows(&mut desk, &["▶ kernel for .0 s   1.4 s into the boot"]);
    desk.press("l l");
    shows(&mut desk, &["▶ overlay"]);
    desk.press("g");
    shows(
        &mut desk,
        &["▶ dhcp for .0 s   0.0 s into the boot", "13:02:12.000"],
    );
    desk.press("< G >");
    shows(&mut desk, &["● up"]);
    desk.press("esc");
    assert!(desk.app.layers.is_empty() && !desk.text().contains("REPLAY"));
}

#[test]
fn what_is_shown_above_stays_live() {
    let mut desk = replaying((120, 36));
    desk.press("g");
    desk.news(Update::Delta(Box::new(Delta {
        now: NOW,
        status: vec![(NodeId(416), up(416))],
        ..Delta::default()
    })));
    assert_eq!(desk.app.mirror.tally.failed, 3);
    shows(&mut desk, &["✗3", "0.0 s into the boot"]);
}

#[test]
fn other_boots_of_the_node_are_one_key_away() {
    let mut desk = replaying((120, 36));
    desk.press("n");
    let (_, command) = desk.asked();
    assert!(
        matches!(
            command,
            Command::Events {
                boot: Some(BootId(4)),
                ..
            }
        ),
        "{command:?}"
    );
    shows(&mut desk, &["asking …", "boot 1 of 2"]);
    // Its events are no longer kept; its stages and its end are.
    desk.answer(Reply::Events(Vec::new()));
    shows(
        &mut desk,
        &[
            "superseded after 5:10",
            "✗ image and no further",
            "the node started over: image stands at 31 %",
            "kernel begins",
            "Mar  1 13:02",
        ],
    );
    desk.press("n");
    shows(&mut desk, &["no older boot of this node is recorded"]);
    desk.press("N");
    desk.answer(Reply::Events(recorded(0, 9)));
    shows(&mut desk, &["boot 2 of 2"]);
    desk.press("N");
    shows(&mut desk, &["this is its newest boot"]);
}

#[test]
fn a_late_answer_for_another_boot_is_no_answer() {
    let mut desk = replaying((120, 36));
    desk.press("n");
    let (older, _) = desk.asked();
    desk.press("N");
    desk.send(Msg::Link(muster::link::Message::Reply(
        older,
        Reply::Events(Vec::new()),
    )));
    shows(&mut desk, &["asking …", "boot 2 of 2"]);
}

#[test]
fn on_the_board_a_group_is_replayed_by_the_node_in_its_middle() {
    let mut desk = Desk::new((120, 36));
    shows(
        &mut desk,
        &["boot trail of r01, median of 32", "< > replay"],
    );
    desk.press(">");
    let (_, command) = desk.asked();
    let Command::Boots {
        name: Some(name), ..
    } = command
    else {
        panic!("{command:?}");
    };
    let number: u32 = name[1..].parse().unwrap();
    answered(&mut desk, number - 1, &[good(&name, 7)], 7);
    shows(&mut desk, &["· the median of r01 ·", "0.0 s into the boot"]);
}

#[test]
fn where_nobody_has_booted_there_is_nothing_to_replay() {
    let mut desk = Desk::with((120, 36), {
        let mut off = super::world::snapshot(64);
        off.status.clear();
        off
    });
    desk.press("<");
    assert!(desk.app.layers.is_empty() && desk.effects.is_empty());
    shows(&mut desk, &["put the cursor on a node that has booted"]);
    desk.press("2 <");
    desk.answer(Reply::Boots(Vec::new()));
    shows(&mut desk, &["no boot of n0001 is recorded"]);
}

#[test]
fn the_list_of_boots_opens_the_one_under_the_cursor() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 F enter");
    let mut shown = detail();
    shown.row.name = "n0244".into();
    shown.boots = vec![good("n0244", 9), hung("n0244", 4)];
    desk.answer(Reply::Node(Box::new(shown.clone())));
    desk.press("tab j enter");
    answered(&mut desk, 243, &shown.boots, 4);
    shows(&mut desk, &["boot 1 of 2", "▶ dhcp"]);
    desk.press("q");
    assert!(desk.app.layers.is_empty());
}

#[test]
fn an_event_replays_its_own_boot() {
    let mut desk = Desk::new((120, 36));
    let mut news = recorded(0, 4);
    news.truncate(1);
    desk.news(Update::Delta(Box::new(Delta {
        now: NOW,
        events: news,
        ..Delta::default()
    })));
    desk.press("7 <");
    answered(&mut desk, 0, &[good("n0001", 9), good("n0001", 4)], 4);
    shows(&mut desk, &["boot 1 of 2"]);
}

#[test]
fn a_moment_opens_in_full_and_the_whole_is_copied() {
    let mut desk = replaying((80, 24));
    desk.press("g > > > enter");
    shows(
        &mut desk,
        &[
            "a moment of n0001",
            "loader snponly.efi begins · 240 kB",
            "0.3 s into the boot",
        ],
    );
    desk.press("esc y");
    let Some(Effect::Copy(text)) = desk.effects.last() else {
        panic!("nothing was copied");
    };
    assert!(
        text.starts_with("n0001 · boot 9 · began 2026-03-02 13:02:12\n"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 13, "{text}");
    assert!(
        text.contains("+17.2 s overlay  http    system overlay: 2 tries"),
        "{text}"
    );
}

#[test]
fn a_click_goes_to_that_moment() {
    let mut desk = replaying((120, 36));
    let text = desk.text();
    let row = text
        .lines()
        .position(|line| line.contains("kernel started"))
        .unwrap();
    desk.send(Msg::Mouse(Mouse::Click(20, row as u16)));
    shows(&mut desk, &["18.0 s into the boot"]);
    desk.send(Msg::Mouse(Mouse::Wheel(20, row as u16, -3)));
    shows(&mut desk, &["3.4 s into the boot"]);
}

#[test]
fn a_replay_at_all_sizes() {
    for (name, size) in [
        ("replay-120x36", (120, 36)),
        ("replay-80x24", (80, 24)),
        ("replay-200x60", (200, 60)),
    ] {
        let mut desk = replaying(size);
        desk.press("left left left left >");
        same_as_file(name, &print(&desk.draw().0));
    }
    for size in [(60, 15), (61, 16), (300, 15)] {
        replaying(size).press("g < left right > G n N esc");
    }
}
