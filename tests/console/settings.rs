//! The server's settings: looked at, changed, and what waits.

use muster::api::{Command, Delta, EntryRow, Listing, Reply, Update};
use muster::console::app::{Effect, Mouse, Msg, Place as Screen};
use muster::console::frame::Hit;
use muster::link::Message;
use muster::model::{Edit, Place, Table, Value};

use super::answers::{edits, text};
use super::world::{Desk, NOW, settings};
use crate::support::screen::{print, same_as_file};

/// Answers everything about the settings; gives the rest.
fn answer(desk: &mut Desk) -> Vec<Command> {
    let mut rest = Vec::new();
    while !desk.effects.is_empty() {
        for effect in std::mem::take(&mut desk.effects) {
            let Effect::Send(ticket, command) = effect else {
                continue;
            };
            let own = |row: muster::api::SettingRow| Some((row.key, row.own?));
            let reply = match command {
                Command::Settings => Reply::Settings(settings()),
                Command::Entries {
                    table: Table::Settings,
                    ..
                } => Reply::Entries(vec![EntryRow {
                    table: Table::Settings,
                    name: "muster.conf".into(),
                    line: 0,
                    text: "cluster: alder # ours\n".into(),
                    values: settings().into_iter().filter_map(own).collect(),
                }]),
                Command::Entries { .. } => Reply::Entries(Vec::new()),
                Command::Images => Reply::Images(Vec::new()),
                other => {
                    rest.push(other);
                    continue;
                }
            };
            desk.send(Msg::Link(Message::Reply(ticket, reply)));
        }
    }
    rest
}

fn desk(size: (u16, u16)) -> Desk {
    let mut desk = Desk::new(size);
    desk.press("8");
    answer(&mut desk);
    desk
}

fn set(key: &str, value: Value) -> Edit {
    Edit::Set {
        place: Place::settings(),
        key: key.into(),
        value,
    }
}

#[test]
fn settings_at_all_sizes() {
    for (size, name) in [
        ((120, 36), "120x36"),
        ((80, 24), "80x24"),
        ((200, 60), "200x60"),
    ] {
        let mut desk = desk(size);
        desk.press("tab j j j tab j");
        same_as_file(&format!("settings-{name}"), &print(&desk.draw().0));
    }
}

#[test]
fn a_section_shows_how_its_server_is() {
    let mut desk = desk((120, 36));
    desk.press("tab j j j");
    let text = desk.text();
    assert!(
        text.contains("DHCP  ● eno1:67 · last OFFER 14:02:09 n0733"),
        "{text}"
    );
    desk.press("j");
    assert!(desk.text().contains("Network boot-a  512 nodes are in it"));
    assert!(
        desk.text()
            .contains("! not in force: server.port 9873 → 9874")
    );
    assert!(
        desk.text()
            .contains("the file changed outside muster in r411: 1 key")
    );
}

#[test]
fn a_setting_is_edited_in_place_and_shown_before_it_is_done() {
    let mut desk = desk((120, 36));
    desk.press(": \"dhcp.lease\" enter");
    answer(&mut desk);
    desk.press("e");
    answer(&mut desk);
    assert!(desk.text().contains("▸600") && desk.text().contains("dhcp.lease of muster.conf"));
    desk.press("ctrl-u \"soon\"");
    assert!(desk.text().contains("`soon` is not a time"));
    desk.press("ctrl-u \"15m\" enter");
    assert_eq!(edits(&answer(&mut desk)), [set("dhcp.lease", text("15m"))]);
    // Empty and Enter: the default again.
    desk.press("esc ctrl-u");
    assert!(
        desk.text().contains("empty goes back to the default: 12h"),
        "{}",
        desk.text()
    );
    desk.press("enter");
    let unset = Edit::Unset {
        place: Place::settings(),
        key: "dhcp.lease".into(),
    };
    assert_eq!(edits(&answer(&mut desk)), [unset]);
}

#[test]
fn choices_and_interfaces_are_offered() {
    let mut desk = desk((120, 36));
    desk.press(": \"access\"");
    while !desk.text().contains("setting · boot") {
        desk.press("backspace");
    }
    desk.press("esc tab j tab e");
    answer(&mut desk);
    assert!(
        desk.text().contains("Tab: boot compatible"),
        "{}",
        desk.text()
    );
    desk.press("esc : \"boot-a.interface\" enter");
    answer(&mut desk);
    desk.press("e");
    answer(&mut desk);
    assert!(desk.text().contains("Tab: eno1 eno2"), "{}", desk.text());
}

#[test]
fn words_of_the_documentation_find_a_setting() {
    let mut desk = desk((120, 36));
    desk.press("/ \"privileged\" enter");
    let text = desk.text();
    assert!(
        text.contains("server.secure") && !text.contains("dhcp.lease"),
        "{text}"
    );
}

#[test]
fn a_network_is_added_renamed_and_taken_out() {
    let mut desk = desk((120, 36));
    desk.press("i");
    answer(&mut desk);
    assert!(desk.text().contains("new network of muster.conf"));
    desk.press("\"blue\" down \"10.9.0.0/24\" enter");
    assert_eq!(
        edits(&answer(&mut desk)),
        [set("networks.blue.subnet", text("10.9.0.0/24"))]
    );
    desk.press("esc esc : \"boot-a.subnet\" enter");
    answer(&mut desk);
    desk.press("S");
    answer(&mut desk);
    assert!(desk.text().contains("network boot-a of muster.conf"));
    desk.press("up backspace \"z\" down down down \"10.4.0.1\" enter");
    let rename = Edit::Rename {
        place: Place {
            table: Table::Settings,
            name: "networks.boot-a".into(),
        },
        to: "boot-z".into(),
    };
    let asked = edits(&answer(&mut desk));
    assert_eq!(
        asked,
        [rename, set("networks.boot-z.gateway", text("10.4.0.1"))]
    );
    desk.press("esc esc X");
    let drop = Edit::Drop {
        place: Place::settings(),
        key: "networks.boot-a".into(),
    };
    assert_eq!(edits(&answer(&mut desk)), [drop]);
}

#[test]
fn the_whole_file_goes_through_the_editor() {
    let mut desk = desk((120, 36));
    desk.press(": \"dhcp.lease\" enter E");
    let asked = std::mem::take(&mut desk.effects);
    let ticket = asked.iter().find_map(|effect| match effect {
        Effect::Send(
            ticket,
            Command::Entries {
                table: Table::Settings,
                names: None,
                secrets: true,
            },
        ) => Some(*ticket),
        _ => None,
    });
    let row = EntryRow {
        table: Table::Settings,
        name: "muster.conf".into(),
        line: 0,
        text: "cluster: alder\n".into(),
        values: Vec::new(),
    };
    desk.send(Msg::Link(Message::Reply(
        ticket.unwrap(),
        Reply::Entries(vec![row]),
    )));
    let opened = Effect::Editor {
        name: "entry.yaml".into(),
        text: "cluster: alder\n".into(),
        line: 12,
    };
    assert!(desk.effects.contains(&opened), "{:?}", desk.effects);
    desk.effects.clear();
    desk.send(Msg::Edited(Ok("cluster: birch\n".into())));
    let write = Edit::Write {
        place: Place::settings(),
        text: "cluster: birch\n".into(),
    };
    assert_eq!(edits(&answer(&mut desk)), [write]);
}

#[test]
fn what_somebody_else_saves_is_seen_at_once() {
    let mut desk = desk((120, 36));
    let listing = Listing {
        revision: 413,
        ..Listing::default()
    };
    desk.news(Update::Delta(Box::new(Delta {
        now: NOW,
        registry: Some(listing),
        ..Delta::default()
    })));
    let again = desk
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Send(_, Command::Settings)));
    assert!(again);
}

#[test]
fn the_last_change_of_a_setting_is_shown_and_a_click_goes_everywhere() {
    let mut desk = desk((120, 36));
    desk.press(": \"dhcp.lease\" enter d");
    let diff = Effect::Send(
        0,
        Command::Diff {
            from: 397,
            to: Some(398),
            secrets: false,
        },
    );
    let same = |effect: &Effect| matches!((effect, &diff), (Effect::Send(_, a), Effect::Send(_, b)) if a == b);
    assert!(desk.effects.iter().any(same));
    answer(&mut desk);
    let (_, drawn) = desk.draw();
    let (area, _) = drawn
        .hits
        .iter()
        .find(|(_, hit)| *hit == Hit::Row { pane: 0, row: 2 })
        .unwrap();
    desk.send(Msg::Mouse(Mouse::Click(area.x, area.y)));
    assert!(desk.text().contains("▾ HTTP"));
    assert_eq!(desk.app.place, Screen::Settings);
    let hit = Hit::Row { pane: 1, row: 0 };
    // The cursor is there already.
    let (_, drawn) = desk.draw();
    let (area, _) = drawn.hits.iter().find(|(_, known)| *known == hit).unwrap();
    desk.send(Msg::Mouse(Mouse::Click(area.x, area.y)));
    assert!(
        desk.text().contains("the servers run with 9873"),
        "{}",
        desk.text()
    );
}

#[test]
fn what_the_nodes_are_narrowed_to_narrows_no_settings() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 / \"rack:r07\" enter 8");
    answer(&mut desk);
    assert!(desk.text().contains("the file at once"), "{}", desk.text());
    desk.press("/ \"lease\" enter 2");
    assert!(desk.text().contains("/ rack:r07"), "{}", desk.text());
    desk.press("8");
    assert!(desk.text().contains("/ lease"), "{}", desk.text());
}
