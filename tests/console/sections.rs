//! Network devices, disks, file systems and tags as forms.

use muster::model::{Edit, Place, Value};

use super::answers::{answer, edits, list, on_field, text};
use super::world::Desk;
use crate::support::screen::{print, same_as_file};

fn device() -> Vec<(&'static str, Value)> {
    vec![
        ("net.eno1.ipaddr", text("10.4.2.160")),
        ("net.eno1.hwaddr", text("7c:c2:55:10:01:a0")),
        ("net.eno1.tags.DNS1", text("10.4.0.2")),
        ("tags.rack", text("r14")),
    ]
}

fn set(key: &str, value: &str) -> Edit {
    Edit::Set {
        place: Place::node("n0417"),
        key: key.into(),
        value: text(value),
    }
}

/// The form of eno1 of n0417.
fn eno1(size: (u16, u16)) -> Desk {
    let own = device();
    let mut desk = on_field(size, "net.eno1.ipaddr", &own);
    desk.press("S");
    answer(&mut desk, &own);
    desk
}

#[test]
fn a_device_is_edited_as_one_form() {
    let mut desk = eno1((120, 36));
    let text = desk.text();
    for shown in [
        "network device eno1 of n0417",
        "hwaddr      7c:c2:55:10:01:a0",
        "tags.DNS1   10.4.0.2",
        "▸ ipaddr",
    ] {
        assert!(text.contains(shown), "{shown}\n{text}");
    }
    desk.press("backspace \"1\" down down \"10.4.0.1\"");
    same_as_file("section-120x36", &print(&desk.draw().0));
    desk.press("enter");
    assert_eq!(
        edits(&answer(&mut desk, &[])),
        [
            set("net.eno1.ipaddr", "10.4.2.161"),
            set("net.eno1.gateway", "10.4.0.1")
        ]
    );
    desk.press("esc");
    assert!(desk.text().contains("▸ gateway"), "back with nothing lost");
}

#[test]
fn a_wrong_value_is_told_and_never_sent() {
    let mut desk = eno1((120, 36));
    desk.press("down \"mask\" up");
    assert!(desk.text().contains("✗ netmask"));
    desk.press("enter");
    assert!(answer(&mut desk, &[]).is_empty());
    assert!(desk.text().contains("netmask: `mask` is not a netmask"));
}

#[test]
fn another_name_moves_all_that_it_said() {
    let mut desk = eno1((120, 36));
    desk.press("up up up up up up backspace \"2\" enter");
    let asked = edits(&answer(&mut desk, &[]));
    assert_eq!(
        asked,
        [
            Edit::Drop {
                place: Place::node("n0417"),
                key: "net.eno1".into()
            },
            set("net.eno2.ipaddr", "10.4.2.160"),
            set("net.eno2.hwaddr", "7c:c2:55:10:01:a0"),
            set("net.eno2.tags.DNS1", "10.4.0.2"),
        ]
    );
}

#[test]
fn a_new_one_is_chosen_named_and_filled() {
    let own = device();
    let mut desk = on_field((120, 36), "image", &own);
    desk.press("i \"new\" space \"network\"");
    assert!(desk.text().contains("a new network device, as a form"));
    desk.press("enter");
    answer(&mut desk, &own);
    assert!(desk.text().contains("new network device of n0417"));
    desk.press("enter");
    assert!(desk.text().contains("name the network device"));
    desk.press("\"eno1\" enter");
    assert!(
        desk.text()
            .contains("there is a network device eno1 already")
    );
    desk.press("backspace \"2\" enter");
    assert!(desk.text().contains("say at least one thing"));
    desk.press("down tab enter");
    let asked = edits(&answer(&mut desk, &own));
    assert_eq!(asked, [set("net.eno2.type", "bond")]);
}

#[test]
fn a_partition_a_file_system_and_a_tag_are_sections_too() {
    let own = [("disks./dev/sda.wipe_table", text("true"))];
    let mut desk = on_field((120, 36), "image", &own);
    for (typed, fill, wanted) in [
        (
            "filesystems.*",
            "\"/dev/vda\" down \"xfs\"",
            set("filesystems./dev/vda.format", "xfs"),
        ),
        (
            "disks.*",
            "\"/dev/vdb\" down \"true\"",
            set("disks./dev/vdb.wipe_table", "true"),
        ),
        ("tags.*", "\"room\" down \"b12\"", set("tags.room", "b12")),
        (
            "net.eno1.tags.*",
            "\"DNS2\" down \"10.0.0.9\"",
            set("net.eno1.tags.DNS2", "10.0.0.9"),
        ),
    ] {
        desk.press(&format!("i \"{typed}\" enter"));
        answer(&mut desk, &own);
        desk.press(&format!("{fill} enter"));
        assert_eq!(edits(&answer(&mut desk, &own)), [wanted]);
        desk.press("esc esc");
        assert!(desk.app.layers.is_empty());
    }
}

#[test]
fn an_item_of_a_list_is_moved() {
    let own = [("system_overlay", list(&["one", "two", "three"]))];
    let mut desk = on_field((120, 36), "system_overlay", &own);
    desk.press("e");
    answer(&mut desk, &own);
    desk.press("up ctrl-up ctrl-p");
    assert!(desk.text().contains("▸ three"));
    desk.press("ctrl-up");
    assert!(desk.text().contains("it is at the end"));
    desk.press("down ctrl-n enter");
    let asked = edits(&answer(&mut desk, &own));
    let wanted = Edit::Set {
        place: Place::node("n0417"),
        key: "system_overlay".into(),
        value: list(&["three", "two", "one"]),
    };
    assert_eq!(asked, [wanted]);
}
