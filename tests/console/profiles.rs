//! The screen of the profiles: who builds on what, who uses it, who disagrees; moved, reordered, compared, seen as a node.

use std::sync::Arc;

use muster::api::{
    Command, ConflictRow, Delta, EntryRow, MergedRow, Outcome, Refusal, Reply, Update, ValueRow,
};
use muster::console::app::{Effect, Msg, Place};
use muster::console::look::Depth;
use muster::fleet::{Differs, Drift, Status};
use muster::link::Message;
use muster::model::{Edit, NodeId, Table, Value};

use super::world::{Desk, NOW, look, snapshot, up};
use crate::support::screen::{print, same_as_file};

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Arc::from(*item)).collect())
}

fn entry(name: &str, values: &[(&str, Value)]) -> EntryRow {
    let value = |(key, value): &(&str, Value)| (Arc::from(*key), value.clone());
    EntryRow {
        table: Table::Profiles,
        name: name.into(),
        line: 1,
        text: "".into(),
        values: values.iter().map(value).collect(),
    }
}

fn profiles() -> Vec<EntryRow> {
    vec![
        entry(
            "base",
            &[
                ("image", text("rocky9")),
                ("kernel.args", list(&["quiet"])),
                ("system_overlay", list(&["wwinit", "hosts"])),
            ],
        ),
        entry(
            "gpu",
            &[
                ("profiles", list(&["base"])),
                ("image", text("rocky9-gpu")),
                ("kernel.args", list(&["console=ttyS1"])),
                ("net.eno1.mtu", text("1500")),
            ],
        ),
        entry("gpu-h200", &[("profiles", list(&["gpu", "storage"]))]),
        entry("login", &[("profiles", list(&["base", "logni"]))]),
        entry("round", &[("profiles", list(&["trip"]))]),
        entry("storage", &[("net.eno1.mtu", text("9000"))]),
        entry("trip", &[("profiles", list(&["round"]))]),
    ]
}

fn conflicts() -> Vec<ConflictRow> {
    vec![ConflictRow {
        key: "net.eno1.mtu".into(),
        wins: "storage".into(),
        value: "9000".into(),
        loses: "gpu".into(),
        lost: "1500".into(),
        nodes: "n[0193-0200]".into(),
        count: 8,
        profiles: vec!["gpu-h200".into()],
    }]
}

fn value(key: &str, value: Value, source: &str, hides: &[(&str, &str)]) -> ValueRow {
    ValueRow {
        key: key.into(),
        value,
        source: source.into(),
        hides: hides
            .iter()
            .map(|(layer, text)| (Arc::from(*layer), Arc::from(*text)))
            .collect(),
    }
}

/// What a node or a profile comes to.
fn merged(name: &str) -> MergedRow {
    let values = match name {
        "base" => vec![
            value("image", text("rocky9"), "profile base", &[]),
            value("kernel.args", list(&["quiet"]), "profile base", &[]),
        ],
        "gpu" => vec![
            value("profiles", list(&["base"]), "profile gpu", &[]),
            value("image", text("rocky9-gpu"), "profile gpu", &[]),
            value("kernel.args", list(&["quiet"]), "profile base", &[]),
        ],
        _ => vec![
            value(
                "image",
                text("mine"),
                "node",
                &[("profile gpu", "rocky9-gpu")],
            ),
            value(
                "kernel.args",
                list(&["quiet", "console=ttyS1"]),
                "base, gpu",
                &[],
            ),
            value("net.eno1.ipaddr", text("10.4.1.193"), "node", &[]),
            value(
                "net.eno1.mtu",
                text("9000"),
                "profile storage",
                &[("profile gpu", "1500")],
            ),
        ],
    };
    MergedRow {
        name: name.into(),
        values,
    }
}

/// Answers every question; gives those that ask for something else.
fn answer(desk: &mut Desk) -> Vec<Command> {
    let mut rest = Vec::new();
    for effect in std::mem::take(&mut desk.effects) {
        let Effect::Send(ticket, command) = effect else {
            continue;
        };
        let reply = match &command {
            Command::Entries { .. } => Reply::Entries(profiles()),
            Command::Images => Reply::Images(Vec::new()),
            Command::Conflicts { names: None, .. } => Reply::Conflicts(conflicts()),
            Command::Merged {
                names,
                sources: true,
                secrets: false,
                ..
            } => {
                let names = muster::kit::hostlist::expand(names.as_deref().unwrap()).unwrap();
                Reply::Merged(names.iter().map(|name| merged(name)).collect())
            }
            _ => {
                rest.push(command);
                continue;
            }
        };
        desk.send(Msg::Link(Message::Reply(ticket, reply)));
    }
    rest
}

fn on_profiles(size: (u16, u16)) -> Desk {
    let mut desk = Desk::new(size);
    let drifts = |name: &str| {
        let row = desk
            .app
            .mirror
            .head
            .nodes
            .iter()
            .find(|row| *row.name == *name);
        let id = row.unwrap().id;
        let status = desk.app.mirror.status_of(id).cloned().unwrap_or_default();
        let drift = Drift::Yes(Differs::default());
        (id, Status { drift, ..status })
    };
    let delta = Delta {
        now: NOW,
        status: ["n0193", "n0194", "n0195"].map(drifts).to_vec(),
        ..Delta::default()
    };
    desk.news(Update::Delta(Box::new(delta)));
    desk.press("3");
    answer(&mut desk);
    desk
}

fn on(size: (u16, u16), profile: &str) -> Desk {
    let mut desk = on_profiles(size);
    for _ in 0..20 {
        if desk
            .app
            .profiles
            .here()
            .is_some_and(|here| **here == *profile)
        {
            return desk;
        }
        desk.press("j");
    }
    panic!("there is no profile {profile}");
}

/// The one change that is proposed.
/// For a picture: the values of gpu as one of its nodes gets them.
pub fn gallery() -> Desk {
    let mut desk = on((120, 36), "gpu");
    desk.press("tab j");
    desk
}

fn proposed(desk: &mut Desk) -> Edit {
    let rest = answer(desk);
    match rest.as_slice() {
        [
            Command::Change {
                edits,
                dry: true,
                base: Some(412),
                ..
            },
        ] => match edits.as_slice() {
            [edit] => edit.clone(),
            more => panic!("{more:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn profile_list(edit: &Edit) -> (String, Vec<&str>) {
    match edit {
        Edit::Set {
            place,
            key,
            value: Value::List(items),
        } if **key == *"profiles" => (
            place.to_string(),
            items.iter().map(|item| &**item).collect(),
        ),
        other => panic!("{other:?}"),
    }
}

fn shot(name: &str, desk: &mut Desk) {
    let buf = desk.draw().0;
    same_as_file(&format!("profiles-{name}"), &print(&buf));
}

#[test]
fn the_tree_tells_who_builds_on_what_and_who_needs_a_boot() {
    shot("tree-80x24", &mut on((80, 24), "gpu"));
    shot("both-120x36", &mut on((120, 36), "gpu"));
    shot("wide-200x60", &mut on((200, 60), "gpu-h200"));
    shot("values-80x24", on((80, 24), "gpu").press("tab G"));
    let mut plain = on((120, 36), "gpu-h200");
    plain.app.start.look = look("default", Depth::None, true);
    plain.press("space tab j j j j");
    shot("ascii-120x36", &mut plain);
    let text = on((200, 60), "gpu").text();
    assert!(text.contains("login  ! no profile logni"), "{text}");
    assert!(text.contains("round  ! includes itself"), "{text}");
}

#[test]
fn a_conflict_is_told_at_the_value_of_either_side() {
    let mut desk = on((160, 36), "gpu");
    assert!(desk.text().contains("storage: 9000 wins · 8 nodes"));
    desk.press("tab G");
    assert!(
        desk.text()
            .contains("storage wins over gpu on n[0193-0200]: it is listed later")
    );
    let mut desk = on((160, 36), "storage");
    assert!(desk.text().contains("gpu: 1500 (peer) · 8 nodes"));
    assert!(!on((160, 36), "base").text().contains("· 1 conflict"));
}

#[test]
fn enter_goes_to_everybody_who_uses_a_profile() {
    let mut desk = on((120, 36), "gpu");
    desk.press("enter");
    assert_eq!(desk.app.place, Place::Nodes);
    assert_eq!(desk.app.order.filter.to_string(), "profile:gpu,gpu-h200");
    let mut desk = on((120, 36), "gpu");
    desk.press("tab G k enter");
    assert_eq!(desk.app.profiles.here().map(|name| &**name), Some("base"));
}

#[test]
fn a_profile_is_moved_below_another_one_after_a_look_at_what_that_does() {
    let mut desk = on((120, 36), "gpu-h200");
    desk.press("m");
    shot("move", &mut desk);
    desk.press("\"login\" enter");
    let edit = proposed(&mut desk);
    assert_eq!(
        profile_list(&edit),
        ("profile gpu-h200".into(), vec!["login", "storage"])
    );
    // What it is built on already only takes the other one's place.
    let mut desk = on((120, 36), "gpu-h200");
    desk.press("m \"storage\" enter");
    assert_eq!(profile_list(&proposed(&mut desk)).1, ["storage"]);
    // To no profile at all; a profile cannot be built on what is built on it.
    let mut desk = on((120, 36), "gpu");
    desk.press("m enter");
    assert!(matches!(proposed(&mut desk), Edit::Unset { key, .. } if *key == *"profiles"));
    let mut desk = on((120, 36), "gpu");
    desk.press("m \"h200\" enter");
    assert!(desk.text().contains("it inherits from gpu"));
    assert_eq!(answer(&mut desk), []);
    let mut desk = on((120, 36), "gpu");
    desk.press("m \"base\" enter");
    assert!(desk.text().contains("gpu is built on that already"));
    // The effect is the engine's to tell, and nothing is done before Enter.
    let mut desk = on((120, 36), "gpu");
    desk.press("m \"storage\" enter");
    desk.answer(Reply::Change(Box::new(Outcome {
        summary: "set profiles on profile gpu".into(),
        impact: vec!["128 nodes change at next boot".into()],
        ..Outcome::default()
    })));
    assert!(desk.text().contains("128 nodes change at next boot"));
}

#[test]
fn profiles_change_places_in_a_list() {
    let mut desk = on((120, 36), "gpu-h200");
    desk.press("J");
    desk.press("J");
    shot("lineup", &mut desk);
    desk.press("enter");
    let edit = proposed(&mut desk);
    assert_eq!(
        profile_list(&edit),
        ("profile gpu-h200".into(), vec!["storage", "gpu"])
    );
    let mut desk = on((120, 36), "gpu-h200");
    desk.press("J enter");
    assert!(desk.text().contains("the order is as it was"));
    // Where there is nothing to reorder it says so.
    let mut desk = on((120, 36), "gpu");
    desk.press("K");
    assert!(
        desk.text().contains("profile gpu lists only base"),
        "{}",
        desk.text()
    );
    let mut desk = on((120, 36), "base");
    desk.press("K");
    assert!(desk.text().contains("profile base lists no profile"));
    // A node's own list, from its page; n0193 lists gpu, then base.
    let mut desk = Desk::new((120, 36));
    desk.press(": \"n0193\" enter J J");
    desk.press("enter");
    let edit = answer(&mut desk)
        .into_iter()
        .find_map(|command| match command {
            Command::Change { edits, .. } => edits.into_iter().next(),
            _ => None,
        });
    assert_eq!(
        profile_list(&edit.unwrap()),
        ("node n0193".into(), vec!["base", "gpu"])
    );
}

#[test]
fn profiles_are_looked_at_as_a_node() {
    let mut desk = on((120, 36), "gpu");
    desk.press("t");
    let text = desk.text();
    let first = text
        .lines()
        .find(|line| line.contains("gpu, base"))
        .unwrap();
    assert!(
        first.contains("n0193"),
        "those that list it come first: {text}"
    );
    desk.press("\"n0193\" enter");
    answer(&mut desk);
    shot("as-120x36", desk.press("tab G"));
    let mut narrow = on((80, 24), "gpu");
    narrow.press("t \"n0193\" enter");
    answer(&mut narrow);
    shot("as-80x24", narrow.press("tab"));
    // In its list gpu goes one place later than it stands.
    desk.press("tab J enter");
    let edit = proposed(&mut desk);
    assert_eq!(
        profile_list(&edit),
        ("node n0193".into(), vec!["base", "gpu"])
    );
    desk.press("esc esc t");
    assert!(desk.app.profiles.guest().is_none());
}

#[test]
fn two_profiles_or_nodes_are_compared() {
    let mut desk = on((120, 36), "base");
    desk.press("space j d");
    answer(&mut desk);
    shot("compare-120x36", &mut desk);
    desk.press("a");
    assert!(desk.text().contains("kernel.args"), "{}", desk.text());
    desk.press("y");
    assert!(matches!(desk.effects.pop(), Some(Effect::Copy(text))
        if text.contains("image: rocky9 (profile base) | rocky9-gpu (profile gpu)")));
    let mut desk = on((80, 24), "base");
    desk.press("d \"gpu\" enter");
    answer(&mut desk);
    shot("compare-80x24", &mut desk);
    desk.press("esc");
    assert!(desk.app.layers.is_empty());
    // Two marked nodes; not three.
    let mut desk = Desk::new((120, 36));
    desk.press("2 space space d");
    let (_, command) = desk.asked();
    assert!(
        matches!(command, Command::Merged { table: Table::Nodes, names: Some(names), .. }
        if *names == *"n[0001-0002]")
    );
    let mut desk = Desk::new((120, 36));
    desk.press("2 space space space d");
    assert!(desk.text().contains("two are compared, and 3 are marked"));
    // What is refused is told in its place.
    let mut desk = on((120, 36), "base");
    desk.press("space j d");
    desk.answer(Reply::Refused(Refusal {
        what: "there is no profile `base`".into(),
        fix: None,
    }));
    assert!(desk.text().contains("there is no profile `base`"));
}

#[test]
fn what_a_reboot_would_change_is_counted_as_it_is_told() {
    let mut desk = on_profiles((120, 36));
    let before = desk.text();
    let drift = Drift::Yes(Differs {
        args: true,
        ..Differs::default()
    });
    let status = |id| Status { drift, ..up(id) };
    let delta = Delta {
        now: NOW,
        status: (780..800).map(|id| (NodeId(id), status(id))).collect(),
        ..Delta::default()
    };
    desk.effects.clear();
    desk.news(Update::Delta(Box::new(delta)));
    assert!(desk.effects.is_empty(), "nothing has to be asked");
    assert_ne!(desk.text(), before, "the counts are others");
}

#[test]
fn what_cannot_be_done_says_why() {
    let mut desk = Desk::with((120, 36), snapshot(3));
    desk.press("3 m");
    assert!(
        desk.text().contains("move: there is no profile here"),
        "{}",
        desk.text()
    );
    desk.press("t");
    assert!(desk.text().contains("view-as: there is no profile here"));
    let mut desk = on_profiles((120, 36));
    desk.press("L m");
    assert!(desk.text().contains("SAFE"), "{}", desk.text());
    desk.press("?");
    assert!(
        desk.text()
            .contains("build the profile on another one instead"),
        "{}",
        desk.text()
    );
}
