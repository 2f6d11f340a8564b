//! Values of several lines: free YAML, checked at every key, and long comments.

use muster::console::app::{Effect, Msg};
use muster::console::widgets::Area;
use muster::model::{Edit, Place, Value};

use super::answers::{answer, edits, on_field, text};
use super::world::Desk;
use crate::support::keys::keys;
use crate::support::screen::{print, same_as_file};

fn yaml(text: &str) -> Value {
    Value::Yaml(Box::new(serde_yaml::from_str(text).unwrap()))
}

fn typed(area: &mut Area, script: &str) {
    for chord in keys(script) {
        area.key(chord);
    }
}

#[test]
fn lines_are_typed_as_in_any_editor() {
    let mut area = Area::new("");
    typed(
        &mut area,
        "\"mounts:\" enter \"-\" space \"/home\" enter \"-\" space \"/scratch\"",
    );
    assert_eq!(area.text(), "mounts:\n  - /home\n  - /scratch");
    // Over the end of a line to the next one and back; a line is joined to the one above.
    typed(&mut area, "up home left right");
    assert_eq!((area.row(), area.column()), (1, 1));
    typed(&mut area, "left delete");
    assert_eq!(area.text(), "mounts:  - /home\n  - /scratch");
    typed(&mut area, "enter down home backtab tab tab backspace");
    assert_eq!(area.text(), "mounts:\n    - /home\n  - /scratch");
    area.insert("a\r\n\tb\n");
    assert_eq!(area.text(), "mounts:\n    - /home\n  a\n  b\n- /scratch");
    typed(&mut area, "up ctrl-k ctrl-k");
    assert_eq!(area.text(), "mounts:\n    - /home\n  a\n- /scratch");
}

/// The form of a new resource of n0417.
fn resource(own: &[(&str, Value)]) -> Desk {
    let mut desk = on_field((120, 36), "image", own);
    desk.press("i \"resources.nfs\" enter");
    answer(&mut desk, own);
    desk
}

#[test]
fn free_yaml_says_where_it_is_wrong_while_it_is_typed() {
    let mut desk = resource(&[]);
    desk.press("\"mounts:\" enter \"-\" space \"{\" space \"path:\" space \"/home\"");
    same_as_file("prose-120x36", &print(&desk.draw().0));
    assert!(desk.text().contains("✗ line 2, column"), "{}", desk.text());
    desk.press("ctrl-o");
    assert!(
        answer(&mut desk, &[]).is_empty(),
        "what is wrong is not sent"
    );
    desk.press("space \"}\"");
    assert!(desk.text().contains("good YAML: a map of 1 key"));
    desk.press("ctrl-o");
    let set = Edit::Set {
        place: Place::node("n0417"),
        key: "resources.nfs".into(),
        value: yaml("mounts: [{path: /home}]"),
    };
    assert_eq!(edits(&answer(&mut desk, &[])), [set]);
}

#[test]
fn what_is_there_is_edited_pasted_into_and_taken_away() {
    let own = [("resources.nfs", yaml("mounts: [/home]"))];
    let mut desk = resource(&own);
    assert!(
        desk.text().contains("  - /home") || desk.text().contains("- /home"),
        "{}",
        desk.text()
    );
    desk.press("ctrl-o");
    assert!(answer(&mut desk, &own).is_empty() && desk.app.layers.is_empty());
    assert!(desk.text().contains("nothing was changed"));
    let mut desk = resource(&own);
    desk.send(Msg::Paste("server: alder\nport: 2049\n".into()));
    assert!(desk.text().contains("a map of 3 keys"), "{}", desk.text());
    // Esc does not lose it at once.
    desk.press("esc");
    assert!(desk.text().contains("not saved: Esc again drops it"));
    desk.press("ctrl-x ctrl-o");
    let unset = Edit::Unset {
        place: Place::node("n0417"),
        key: "resources.nfs".into(),
    };
    assert_eq!(edits(&answer(&mut desk, &own)), [unset]);
    desk.press("esc esc esc");
    assert!(desk.app.layers.is_empty());
}

#[test]
fn the_lines_go_through_the_editor_and_come_back() {
    let own = [("resources.nfs", yaml("mounts: [/home]"))];
    let mut desk = resource(&own);
    desk.press("ctrl-e");
    assert!(desk.effects.contains(&Effect::Editor {
        name: "entry.yaml".into(),
        text: "mounts:\n- /home\n".into(),
        line: 1
    }));
    desk.effects.clear();
    desk.send(Msg::Edited(Ok("mounts:\n- /scratch\n".into())));
    assert!(desk.text().contains("- /scratch"));
    desk.send(Msg::Edited(Err("the editor ended with 1".into())));
    assert!(desk.text().contains("- /scratch") && desk.text().contains("ended with 1"));
}

#[test]
fn a_comment_of_two_lines_is_edited_as_lines() {
    let own = [("comment", text("first\nsecond"))];
    let mut desk = on_field((120, 36), "comment", &own);
    desk.press("e");
    answer(&mut desk, &own);
    desk.press("down end enter \"third\" ctrl-o");
    let set = Edit::Set {
        place: Place::node("n0417"),
        key: "comment".into(),
        value: text("first\nsecond\nthird"),
    };
    assert_eq!(edits(&answer(&mut desk, &own)), [set]);
}
