//! Every screen at every size, as text and styles.

use muster::api::{Reply, Snapshot};
use muster::console::look::Depth;

use super::world::{Desk, detail, look, settings, snapshot, verdict};
use crate::support::screen::{print, same_as_file, text};

fn shot(name: &str, desk: &mut Desk) {
    let (buf, _) = desk.draw();
    same_as_file(name, &print(&buf));
}

#[test]
fn board_at_all_sizes() {
    for (name, size) in [
        ("board-120x36", (120, 36)),
        ("board-80x24", (80, 24)),
        ("board-200x60", (200, 60)),
        ("board-40x12", (40, 12)),
    ] {
        shot(name, &mut Desk::new(size));
    }
}

#[test]
fn board_in_ascii_holds_nothing_else() {
    let mut desk = Desk::new((120, 36));
    desk.app.start.look = look("default", Depth::True, true);
    let (buf, _) = desk.draw();
    assert!(text(&buf).is_ascii());
    same_as_file("board-ascii", &print(&buf));
}

#[test]
fn board_without_colour_has_no_colour() {
    let mut desk = Desk::new((120, 36));
    desk.app.start.look = look("default", Depth::None, false);
    let (buf, _) = desk.draw();
    assert!(buf.content.iter().all(|cell| {
        use ratatui::style::Color::Reset;
        cell.fg == Reset && cell.bg == Reset
    }));
    same_as_file("board-no-colour", &print(&buf));
}

#[test]
fn board_zooms() {
    let mut desk = Desk::new((120, 36));
    shot("board-tiles", desk.press("+"));
    shot("board-rows", desk.press("+"));
    let mut desk = Desk::new((120, 36));
    desk.press("G");
    while !desk.text().contains("▌r24") {
        desk.press("k");
    }
    shot("board-unfolded", desk.press("enter"));
    let mut desk = Desk::with((120, 36), snapshot(10));
    assert!(
        desk.text().contains("since"),
        "few nodes are shown as rows: {}",
        desk.text()
    );
    desk.press("-");
    shot("board-ten-tiles", &mut desk);
    let mut desk = Desk::new((80, 24));
    shot("board-80x24-needs", desk.press("tab"));
    shot("board-80x24-new", desk.press("tab"));
}

#[test]
fn empty_states_speak() {
    let mut desk = Desk::bare(super::world::start((120, 36)));
    assert!(desk.text().contains("reaching attached"));
    let empty = Snapshot {
        nodes: Vec::new(),
        status: Vec::new(),
        strangers: Vec::new(),
        faults: Vec::new(),
        events: Vec::new(),
        ..snapshot(0)
    };
    let mut desk = Desk::with((120, 36), empty.clone());
    shot("board-empty", &mut desk);
    let bare = Snapshot {
        services: Vec::new(),
        ..empty
    };
    assert!(
        Desk::with((120, 36), bare)
            .text()
            .contains("No boot server runs")
    );
}

#[test]
fn nodes_at_all_sizes() {
    for (name, size) in [
        ("nodes-120x36", (120, 36)),
        ("nodes-80x24", (80, 24)),
        ("nodes-200x60", (200, 60)),
    ] {
        let mut desk = Desk::new(size);
        shot(name, desk.press("2 o o enter j space space l l"));
    }
}

#[test]
fn a_node_in_full() {
    for (name, size) in [("node-120x36", (120, 36)), ("node-80x24", (80, 24))] {
        let mut desk = Desk::new(size);
        desk.press("2 F enter");
        desk.answer(Reply::Node(Box::new(detail())));
        shot(name, desk.press("j j"));
    }
    let mut desk = Desk::new((120, 36));
    desk.press("2 F enter");
    desk.answer(Reply::Node(Box::new(detail())));
    shot("node-boots", desk.press("tab"));
    shot("node-events", desk.press("tab"));
}

#[test]
fn events_and_settings() {
    let mut desk = Desk::new((120, 36));
    shot("events-120x36", desk.press("7"));
    desk.press("8");
    desk.answer(Reply::Settings(settings()));
    assert!(desk.text().contains("General"));
}

#[test]
fn layers() {
    let mut desk = Desk::new((120, 36));
    desk.press("tab x");
    desk.answer(Reply::Why(Box::new(verdict())));
    shot("why-120x36", &mut desk);
    let mut desk = Desk::new((80, 24));
    desk.press("tab x");
    desk.answer(Reply::Why(Box::new(verdict())));
    shot("why-80x24", &mut desk);
    shot("help-120x36", Desk::new((120, 36)).press("?"));
    shot("palette-120x36", Desk::new((120, 36)).press(": \"n417\""));
    shot("palette-actions", Desk::new((120, 36)).press(": \"free\""));
    shot(
        "filter-120x36",
        Desk::new((120, 36)).press("2 / \"rack:r0\" tab \"1\""),
    );
    shot("filter-wrong", Desk::new((120, 36)).press("2 / \"rak:r0\""));
    shot("adopt-120x36", Desk::new((120, 36)).press("tab tab enter"));
    shot("columns-120x36", Desk::new((120, 36)).press("2 C j space"));
}
