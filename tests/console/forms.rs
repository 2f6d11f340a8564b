//! Changing the registry from the console: fields as forms, the difference before, the word after, undo, revisions.

use std::sync::Arc;
use std::time::Duration;

use muster::api::{
    ClashRow, Command, DiffRow, EntryRow, LogRow, NodeDetail, Outcome, Refusal, Reply,
};
use muster::console::app::{Effect, Msg, Place};
use muster::link::Message;
use muster::model::{Edit, Fault, Spot, Table, Turn, Value};

use super::world::{Desk, ago, detail};
use crate::support::screen::{print, same_as_file};

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Arc::from(*item)).collect())
}

fn entry(table: Table, name: &str, values: &[(&str, Value)]) -> EntryRow {
    EntryRow {
        table,
        name: name.into(),
        line: 12,
        text: "".into(),
        values: values
            .iter()
            .map(|(key, value)| (Arc::from(*key), value.clone()))
            .collect(),
    }
}

fn profiles() -> Vec<EntryRow> {
    vec![
        entry(
            Table::Profiles,
            "base",
            &[
                ("image", text("rocky9")),
                ("kernel.args", list(&["quiet"])),
                ("system_overlay", list(&["wwinit", "hosts"])),
            ],
        ),
        entry(
            Table::Profiles,
            "gpu",
            &[
                ("profiles", list(&["base"])),
                ("image", text("rocky9-gpu")),
                ("kernel.args", list(&["console=ttyS1"])),
            ],
        ),
        entry(Table::Profiles, "login", &[]),
    ]
}

/// The node's detail, as the engine tells it.
fn in_full() -> NodeDetail {
    let mut full = detail();
    for field in &mut full.fields {
        if &*field.key == "kernel.args" {
            field.source = "base, gpu".into();
            field.value = "quiet console=ttyS1".into();
            field.shadows = Vec::new();
        }
    }
    full
}

/// What was sent since the last time, with its tickets.
fn sent(desk: &mut Desk) -> Vec<(u64, Command)> {
    let all = std::mem::take(&mut desk.effects);
    all.into_iter()
        .filter_map(|effect| match effect {
            Effect::Send(ticket, command) => Some((ticket, command)),
            _ => None,
        })
        .collect()
}

/// Answers what was asked about the registry, with `own` as what the nodes say themselves; gives what else was sent.
fn answer_all(desk: &mut Desk, own: &[(&str, Value)]) -> Vec<(u64, Command)> {
    let mut rest = Vec::new();
    for (ticket, command) in sent(desk) {
        let reply = match &command {
            Command::Entries {
                table: Table::Profiles,
                ..
            } => Reply::Entries(profiles()),
            Command::Entries { names, .. } => Reply::Entries(vec![entry(
                Table::Nodes,
                names.as_deref().unwrap_or("n0417"),
                own,
            )]),
            Command::Node { .. } => Reply::Node(Box::new(in_full())),
            Command::Images => Reply::Images(Vec::new()),
            _ => {
                rest.push((ticket, command));
                continue;
            }
        };
        desk.send(Msg::Link(Message::Reply(ticket, reply)));
    }
    rest
}

fn reply(desk: &mut Desk, ticket: u64, reply: Reply) {
    desk.send(Msg::Link(Message::Reply(ticket, reply)));
}

/// On the page of n0417, with the cursor on a field.
fn on_field(size: (u16, u16), key: &str, own: &[(&str, Value)]) -> Desk {
    let mut desk = Desk::new(size);
    desk.press(": \"n0417\" enter");
    answer_all(&mut desk, own);
    for _ in 0..20 {
        if desk.app.node.key().as_deref() == Some(key) {
            return desk;
        }
        desk.press("j");
    }
    panic!("no field {key}");
}

fn outcome(revision: Option<u64>) -> Outcome {
    Outcome {
        revision,
        summary: "set image on n0417".into(),
        diff: vec![DiffRow {
            table: Table::Nodes,
            names: "n0417".into(),
            count: 1,
            turn: Turn::Changed,
            key: "image".into(),
            before: None,
            after: Some("rocky9".into()),
        }],
        more: 0,
        impact: vec!["1 node changes at next boot".into()],
        warnings: vec![
            Fault::warning("image rocky9 is not built").hint("muster image build rocky9"),
        ],
    }
}

/// The edits of the change that was asked for, and whether only to see what it would come to.
fn change(command: &Command) -> (Vec<Edit>, bool) {
    match command {
        Command::Change { edits, dry, by, .. } => {
            assert_eq!(&**by, "ana");
            (edits.clone(), *dry)
        }
        other => panic!("{other:?}"),
    }
}

fn shot(name: &str, desk: &mut Desk) {
    let (buf, _) = desk.draw();
    same_as_file(name, &print(&buf));
}

#[test]
fn a_field_is_edited_seen_first_and_then_saved() {
    for (size, name) in [((120, 36), "120x36"), ((80, 24), "80x24")] {
        let mut desk = on_field(size, "image", &[]);
        desk.press("e");
        assert!(answer_all(&mut desk, &[]).is_empty());
        assert!(desk.text().contains("image of n0417"));
        desk.press("ctrl-u \"rocky9\"");
        shot(&format!("form-{name}"), &mut desk);
        desk.press("enter");
        let (ticket, command) = sent(&mut desk).remove(0);
        let set = Edit::Set {
            place: muster::model::Place::node("n0417"),
            key: "image".into(),
            value: text("rocky9"),
        };
        assert_eq!(change(&command), (vec![set.clone()], true));
        assert!(matches!(
            command,
            Command::Change {
                base: Some(412),
                ..
            }
        ));
        desk.press("enter");
        assert!(
            sent(&mut desk).is_empty(),
            "what it comes to is not known yet"
        );
        reply(&mut desk, ticket, Reply::Change(Box::new(outcome(None))));
        shot(&format!("diff-{name}"), &mut desk);
        // Back to the input with nothing lost, and on again.
        desk.press("esc");
        assert!(desk.text().contains("▸rocky9"));
        desk.press("enter");
        let (ticket, _) = sent(&mut desk).remove(0);
        reply(&mut desk, ticket, Reply::Change(Box::new(outcome(None))));
        desk.press("enter");
        let (ticket, command) = sent(&mut desk).remove(0);
        assert_eq!(change(&command), (vec![set], false));
        desk.press("enter");
        assert!(sent(&mut desk).is_empty(), "it is done once");
        reply(
            &mut desk,
            ticket,
            Reply::Change(Box::new(outcome(Some(413)))),
        );
        assert!(desk.app.layers.is_empty());
        assert!(
            desk.text()
                .contains("saved r413: set image on n0417 · u undo")
        );
    }
}

#[test]
fn a_bad_value_says_why_at_every_key_and_is_never_sent() {
    let mut desk = on_field(
        (120, 36),
        "net.eno1.ipaddr",
        &[("net.eno1.ipaddr", text("10.4.2.160"))],
    );
    desk.press("e");
    answer_all(&mut desk, &[("net.eno1.ipaddr", text("10.4.2.160"))]);
    assert!(desk.text().contains("▸10.4.2.160"));
    desk.press("backspace backspace backspace \"999\"");
    assert!(desk.text().contains("`10.4.2.999` is not an IPv4 address"));
    desk.press("enter");
    assert!(sent(&mut desk).is_empty());
    // An image that nobody knows is a doubt, no mistake.
    let mut desk = on_field((120, 36), "image", &[]);
    desk.press("e");
    answer_all(&mut desk, &[]);
    desk.press("ctrl-u \"rokcy9\"");
    desk.press("enter");
    assert_eq!(sent(&mut desk).len(), 1);
}

#[test]
fn empty_and_enter_inherits_again() {
    let own = [("comment", text("a100"))];
    let mut desk = on_field((120, 36), "comment", &own);
    desk.press("e");
    answer_all(&mut desk, &own);
    desk.press("ctrl-u enter");
    let (_, command) = sent(&mut desk).remove(0);
    let unset = Edit::Unset {
        place: muster::model::Place::node("n0417"),
        key: "comment".into(),
    };
    assert_eq!(change(&command), (vec![unset], true));
    // What is not touched changes nothing, and an inherited value is no own one.
    let mut desk = on_field((120, 36), "image", &[]);
    desk.press("e");
    answer_all(&mut desk, &[]);
    assert!(desk.text().contains("▸rocky9-gpu"));
    desk.press("enter");
    assert!(sent(&mut desk).is_empty() && desk.app.layers.is_empty());
    assert!(desk.text().contains("nothing was changed"));
}

#[test]
fn what_is_typed_before_the_answer_came_stays() {
    let own = [("comment", text("a100"))];
    let mut desk = on_field((120, 36), "comment", &own);
    desk.press("e \"h200\"");
    answer_all(&mut desk, &own);
    desk.press("enter");
    let (_, command) = sent(&mut desk).remove(0);
    assert!(matches!(&change(&command).0[..], [Edit::Set { value, .. }] if *value == text("h200")));
}

#[test]
fn inherited_items_are_locked_and_left_out_by_a_tilde() {
    let own = [("kernel.args", list(&["nomodeset"]))];
    let mut desk = on_field((120, 36), "kernel.args", &own);
    desk.press("e");
    answer_all(&mut desk, &own);
    shot("form-list", &mut desk);
    // On `console=ttyS1`, which the profile gpu gives: letters do nothing, ctrl-x leaves it out.
    desk.press("up up x");
    assert!(desk.text().contains("locked here"));
    desk.press("ctrl-x down down \"nvme.poll=8\" space \"ro\"");
    shot("form-list-edited", &mut desk);
    desk.press("enter");
    let (_, command) = sent(&mut desk).remove(0);
    let items = list(&["nomodeset", "~console=ttyS1", "nvme.poll=8", "ro"]);
    assert!(matches!(&change(&command).0[..], [Edit::Set { value, .. }] if *value == items));
    // Taken in again, and the own one taken out: nothing is left of the node's own list.
    desk.press("esc");
    while !desk.text().contains("▸ ~ console=ttyS1") {
        desk.press("up");
    }
    desk.press("ctrl-x G down down down down ctrl-x enter");
    let (_, command) = sent(&mut desk).remove(0);
    assert!(
        matches!(&change(&command).0[..], [Edit::Unset { .. }]),
        "{command:?}"
    );
}

#[test]
fn an_own_item_is_changed_in_its_place() {
    let own = [("kernel.args", list(&["nomodeset", "ro"]))];
    let mut desk = on_field((120, 36), "kernel.args", &own);
    desk.press("e");
    answer_all(&mut desk, &own);
    desk.press("up backspace backspace \"rw\" enter");
    let (_, command) = sent(&mut desk).remove(0);
    let items = list(&["nomodeset", "rw"]);
    assert!(matches!(&change(&command).0[..], [Edit::Set { value, .. }] if *value == items));
}

#[test]
fn tab_completes_what_is_known() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 e");
    answer_all(&mut desk, &[]);
    shot("fields-120x36", &mut desk);
    desk.press("\"profiles\" enter");
    answer_all(&mut desk, &[("profiles", list(&["base"]))]);
    desk.press("\"lo\" tab enter");
    let (_, command) = sent(&mut desk).remove(0);
    let items = list(&["base", "login"]);
    assert!(matches!(&change(&command).0[..], [Edit::Set { value, .. }] if *value == items));
}

#[test]
fn a_secret_is_never_shown_and_not_lost_by_an_empty_line() {
    let own = [("ipmi.password", text("••••"))];
    let mut desk = Desk::new((120, 36));
    desk.press("2 e \"ipmi.password\" enter");
    answer_all(&mut desk, &own);
    assert!(desk.text().contains("•••• set"));
    desk.press("enter");
    assert!(sent(&mut desk).is_empty());
    desk.press("e \"ipmi.password\" enter");
    answer_all(&mut desk, &own);
    desk.press("\"hunter2\"");
    assert!(!desk.text().contains("hunter2") && desk.text().contains("▸ •••••••"));
    desk.press("enter");
    let (_, command) = sent(&mut desk).remove(0);
    assert!(
        matches!(&change(&command).0[..], [Edit::Set { value, .. }] if *value == text("hunter2"))
    );
}

fn unset_rows() -> Outcome {
    let row = |names: &str, count, before: &str| DiffRow {
        table: Table::Nodes,
        names: names.into(),
        count,
        turn: Turn::Changed,
        key: "kernel.args".into(),
        before: Some(before.into()),
        after: None,
    };
    Outcome {
        diff: vec![
            row("n0193", 1, "ro"),
            row("n[0194-0200]", 7, "quiet splash"),
        ],
        ..Outcome::default()
    }
}

#[test]
fn many_are_edited_at_once_and_their_values_are_counted() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 / \"rack:r07\" enter a e");
    answer_all(&mut desk, &[]);
    desk.press("\"kernel.args\" enter");
    let (ticket, command) = answer_all(&mut desk, &[]).remove(0);
    let (edits, dry) = change(&command);
    assert!(dry && edits.len() == 32 && matches!(edits[0], Edit::Unset { .. }));
    reply(&mut desk, ticket, Reply::Change(Box::new(unset_rows())));
    shot("form-many", &mut desk);
    desk.press("enter");
    assert!(
        sent(&mut desk).is_empty(),
        "an empty line changes nothing of what differs"
    );
    desk.press("e \"kernel.args\" enter");
    let (ticket, _) = sent(&mut desk).remove(0);
    reply(&mut desk, ticket, Reply::Change(Box::new(unset_rows())));
    desk.press("\"+nvme.poll=8\" space \"-splash\" enter");
    let (_, command) = sent(&mut desk).remove(0);
    let (edits, _) = change(&command);
    assert_eq!(edits.len(), 32);
    let of = |name: &str| {
        let found = edits.iter().find(|edit| *edit.place().name == *name);
        match found.unwrap() {
            Edit::Set { value, .. } => value.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(of("n0193"), list(&["ro", "nvme.poll=8"]));
    assert_eq!(of("n0194"), list(&["quiet", "nvme.poll=8"]));
    assert_eq!(of("n0224"), list(&["nvme.poll=8"]));
}

#[test]
fn a_refusal_is_shown_whole_and_the_input_is_kept() {
    let mut desk = on_field((120, 36), "image", &[]);
    desk.press("e");
    answer_all(&mut desk, &[]);
    desk.press("ctrl-u \"rocky9\" enter");
    let (ticket, _) = sent(&mut desk).remove(0);
    let fault = |line, what: &str| {
        Fault::error(what)
            .at(Spot {
                file: "/etc/muster/nodes.conf".into(),
                line,
                column: 3,
            })
            .about("node n0417")
            .hint("did you mean `image`?")
    };
    let faults = vec![
        fault(12, "unknown key `imag`"),
        fault(14, "10.4.2.160 is taken by n0416"),
    ];
    reply(&mut desk, ticket, Reply::Faulty(faults));
    shot("diff-faulty", &mut desk);
    desk.press("enter");
    assert!(sent(&mut desk).is_empty());
    desk.press("esc");
    assert!(desk.text().contains("▸rocky9"));
}

fn clash() -> Vec<ClashRow> {
    vec![ClashRow {
        table: Table::Nodes,
        names: "n0417".into(),
        count: 1,
        key: "image".into(),
        theirs: Some("suse15".into()),
        ours: Some("rocky9".into()),
        by: "bob".into(),
        at: ago(60),
        revision: 413,
    }]
}

#[test]
fn of_two_who_changed_the_same_the_second_chooses() {
    let begin = || {
        let mut desk = on_field((120, 36), "image", &[]);
        desk.press("e");
        answer_all(&mut desk, &[]);
        desk.press("ctrl-u \"rocky9\" enter");
        let (ticket, _) = sent(&mut desk).remove(0);
        reply(&mut desk, ticket, Reply::Clash(clash()));
        desk
    };
    let mut desk = begin();
    shot("diff-clash", &mut desk);
    desk.press("t");
    assert!(desk.app.layers.is_empty() && sent(&mut desk).is_empty());
    let mut desk = begin();
    desk.press("o");
    let (ticket, command) = sent(&mut desk).remove(0);
    assert!(matches!(
        command,
        Command::Change {
            base: Some(413),
            dry: true,
            ..
        }
    ));
    reply(&mut desk, ticket, Reply::Change(Box::new(outcome(None))));
    desk.press("enter");
    assert!(!change(&sent(&mut desk)[0].1).1);
}

fn revision(revision: u64, undoes: Option<u64>, undone_by: Option<u64>) -> LogRow {
    LogRow {
        revision,
        at: ago(9_000 / revision),
        by: "bob".into(),
        summary: format!("set comment on n[0{revision}]").into(),
        note: None,
        undoes,
        undone_by,
    }
}

fn revisions() -> Vec<LogRow> {
    vec![
        revision(412, Some(411), None),
        revision(411, None, Some(412)),
        revision(410, None, None),
    ]
}

#[test]
fn undo_takes_the_newest_back_that_stands() {
    let mut desk = Desk::new((120, 36));
    desk.press("u");
    let (ticket, command) = sent(&mut desk).remove(0);
    assert!(matches!(command, Command::Log { before: None, .. }));
    reply(&mut desk, ticket, Reply::Log(revisions()));
    let (ticket, command) = sent(&mut desk).remove(0);
    let undo = |dry| Command::Undo {
        revision: Some(410),
        dry,
        by: "ana".into(),
    };
    assert_eq!(command, undo(true));
    reply(&mut desk, ticket, Reply::Change(Box::new(outcome(None))));
    assert!(desk.text().contains("undo r410 of bob?"));
    desk.press("enter");
    let (ticket, command) = sent(&mut desk).remove(0);
    assert_eq!(command, undo(false));
    reply(
        &mut desk,
        ticket,
        Reply::Change(Box::new(outcome(Some(413)))),
    );
    assert!(desk.text().contains("U redo"));
    desk.press("U");
    assert!(matches!(
        sent(&mut desk)[0].1,
        Command::Redo { dry: true, .. }
    ));
}

#[test]
fn revisions_are_listed_compared_and_taken_back() {
    let mut desk = Desk::new((120, 36));
    desk.press("H");
    let (ticket, _) = sent(&mut desk).remove(0);
    reply(&mut desk, ticket, Reply::Log(revisions()));
    shot("log-120x36", &mut desk);
    desk.press("j u");
    assert!(sent(&mut desk).is_empty() && desk.text().contains("taken back by r412 already"));
    desk.press("j enter");
    let (ticket, command) = sent(&mut desk).remove(0);
    assert_eq!(
        command,
        Command::Diff {
            from: 409,
            to: Some(410),
            secrets: false,
        }
    );
    reply(&mut desk, ticket, Reply::Diff(outcome(None).diff));
    assert!(desk.text().contains("r410 by bob") && desk.text().contains("+ rocky9"));
    desk.press("esc d");
    assert_eq!(
        sent(&mut desk)[0].1,
        Command::Diff {
            from: 410,
            to: None,
            secrets: false,
        }
    );
    desk.press("u");
    assert!(matches!(
        sent(&mut desk)[0].1,
        Command::Undo {
            revision: Some(410),
            dry: true,
            ..
        }
    ));
}

#[test]
fn one_is_deleted_by_enter_and_many_by_their_number() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 D");
    let (ticket, command) = answer_all(&mut desk, &[]).remove(0);
    assert!(matches!(&change(&command).0[..], [Edit::Remove { .. }]));
    reply(&mut desk, ticket, Reply::Change(Box::new(outcome(None))));
    desk.press("enter");
    assert!(!change(&sent(&mut desk)[0].1).1);
    let mut desk = Desk::new((120, 36));
    desk.press("2 space space space X");
    let (ticket, command) = answer_all(&mut desk, &[]).remove(0);
    assert_eq!(change(&command).0.len(), 3);
    reply(&mut desk, ticket, Reply::Change(Box::new(outcome(None))));
    shot("diff-delete", &mut desk);
    desk.press("enter");
    assert!(answer_all(&mut desk, &[]).is_empty() && desk.text().contains("type 3 first"));
    desk.press("\"3\" enter");
    assert!(!change(&sent(&mut desk)[0].1).1);
}

#[test]
fn nodes_are_added_by_a_hostlist_copied_and_renamed() {
    let asked = |desk: &mut Desk| change(&answer_all(desk, &[])[0].1);
    let mut desk = Desk::new((120, 36));
    desk.press("2 i \"n[1025-1028]\"");
    assert!(desk.text().contains("4 new nodes, from n1025 to n1028"));
    shot("names-120x36", &mut desk);
    desk.press("enter");
    let (edits, dry) = asked(&mut desk);
    assert!(
        dry && edits.len() == 4
            && matches!(&edits[0], Edit::Add { place } if &*place.name == "n1025")
    );
    let mut desk = Desk::new((120, 36));
    desk.press("2 i \"n[1000-1028]\"");
    assert!(desk.text().contains("n[1000-1024] are there already"));
    desk.press("enter");
    assert!(answer_all(&mut desk, &[]).is_empty());
    desk.press("esc Y \"n1025\" enter");
    let (edits, _) = asked(&mut desk);
    assert!(
        matches!(&edits[..], [Edit::Copy { place, to }] if &*place.name == "n0001" && &**to == "n1025")
    );
    desk.press("esc esc R backspace \"a\" enter");
    let (edits, _) = asked(&mut desk);
    assert!(matches!(&edits[..], [Edit::Rename { to, .. }] if &**to == "n000a"));
}

#[test]
fn a_new_node_lists_the_profile_that_every_node_lists() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 i");
    for (ticket, command) in sent(&mut desk) {
        if let Command::Entries { .. } = command {
            let rows = vec![entry(Table::Profiles, "default", &[])];
            reply(&mut desk, ticket, Reply::Entries(rows));
        }
    }
    desk.press("\"n1025\"");
    assert!(
        desk.text()
            .contains("one new node: n1025, with profile default")
    );
    desk.press("enter");
    let (edits, _) = change(&sent(&mut desk)[0].1);
    assert!(
        matches!(&edits[..], [Edit::Add { .. }, Edit::Set { key, value, .. }]
        if &**key == "profiles" && *value == list(&["default"]))
    );
}

#[test]
fn a_whole_device_goes_at_once() {
    let mut desk = on_field((120, 36), "net.eno1.hwaddr", &[]);
    desk.press("X");
    let (edits, dry) = change(&sent(&mut desk)[0].1);
    assert!(dry && matches!(&edits[..], [Edit::Drop { key, .. }] if &**key == "net.eno1"));
    let mut desk = on_field((120, 36), "image", &[]);
    desk.press("X");
    assert!(
        sent(&mut desk).is_empty()
            && desk
                .text()
                .contains("put the cursor on a field of a device")
    );
}

#[test]
fn a_comment_alone_is_worth_saving_when_it_was_written_in_the_editor() {
    let mut desk = on_field((120, 36), "image", &[]);
    desk.press("E");
    let (ticket, _) = sent(&mut desk).remove(0);
    let mut row = entry(Table::Nodes, "n0417", &[]);
    row.text = "comment: a100\n".into();
    reply(&mut desk, ticket, Reply::Entries(vec![row]));
    desk.send(Msg::Edited(Ok("comment: a100 # the fast one\n".into())));
    let (ticket, _) = sent(&mut desk).remove(0);
    let none = |revision| {
        Reply::Change(Box::new(Outcome {
            revision,
            summary: "change comments".into(),
            ..Outcome::default()
        }))
    };
    reply(&mut desk, ticket, none(None));
    assert!(
        desk.text()
            .contains("no value differs, only what stands around them")
    );
    desk.press("enter");
    let (ticket, _) = sent(&mut desk).remove(0);
    reply(&mut desk, ticket, none(Some(413)));
    assert!(desk.text().contains("saved r413: change comments"));
    // Of anything else what changes nothing is not done.
    desk.press("D");
    let (ticket, _) = sent(&mut desk).remove(0);
    reply(&mut desk, ticket, none(None));
    desk.press("enter");
    assert!(sent(&mut desk).is_empty() && desk.text().contains("nothing differs"));
}

#[test]
fn a_long_difference_is_scrolled_to_its_end_and_back() {
    let mut desk = Desk::new((80, 24));
    desk.press("2 D");
    let (ticket, _) = sent(&mut desk).remove(0);
    let mut long = outcome(None);
    long.impact = (0..40).map(|n| format!("sentence {n}").into()).collect();
    reply(&mut desk, ticket, Reply::Change(Box::new(long)));
    assert!(desk.text().contains("more") && !desk.text().contains("sentence 39"));
    desk.press("G");
    assert!(desk.text().contains("sentence 39"));
    desk.press("k");
    assert!(
        !desk.text().contains("is not built"),
        "one line up is one line up"
    );
    desk.press("g");
    assert!(desk.text().contains("set image on n0417"));
}

#[test]
fn a_nodes_page_follows_its_node() {
    let mut desk = on_field((120, 36), "image", &[]);
    desk.press("R backspace \"x\" enter");
    let (ticket, _) = answer_all(&mut desk, &[]).remove(0);
    reply(&mut desk, ticket, Reply::Change(Box::new(outcome(None))));
    desk.press("enter");
    let (ticket, _) = sent(&mut desk).remove(0);
    reply(
        &mut desk,
        ticket,
        Reply::Change(Box::new(outcome(Some(413)))),
    );
    assert_eq!(desk.app.place, Place::Node("n041x".into()));
}

#[test]
fn safe_changes_nothing_and_says_so() {
    let mut desk = on_field((120, 36), "image", &[]);
    desk.press("L");
    for key in ["e", "i", "D", "R", "Y", "u", "U"] {
        desk.press(key);
        assert!(
            desk.app.layers.is_empty() && sent(&mut desk).is_empty(),
            "{key}"
        );
        assert!(desk.text().contains("SAFE: press L to unlock"), "{key}");
    }
    // A quarter of an hour over a difference that nobody agreed to: it is not done then.
    desk.press("L e");
    answer_all(&mut desk, &[]);
    desk.press("ctrl-u \"rocky9\" enter");
    let (ticket, _) = sent(&mut desk).remove(0);
    reply(&mut desk, ticket, Reply::Change(Box::new(outcome(None))));
    desk.local = desk.local + Duration::from_secs(15 * 60);
    desk.send(Msg::Tick);
    desk.press("enter");
    assert!(sent(&mut desk).is_empty() && desk.text().contains("SAFE: press L to unlock"));
    desk.press("L enter");
    assert_eq!(sent(&mut desk).len(), 1);
}

#[test]
fn a_change_that_the_engine_does_not_answer_is_told() {
    let mut desk = on_field((120, 36), "image", &[]);
    desk.press("e");
    answer_all(&mut desk, &[]);
    desk.press("ctrl-u \"rocky9\" enter");
    desk.news(muster::api::Update::Lost("connection refused".into()));
    assert!(desk.text().contains("the daemon has gone"));
    let mut desk = on_field((120, 36), "image", &[]);
    desk.press("D");
    let (ticket, _) = sent(&mut desk).remove(0);
    let refusal = Refusal {
        what: "nodes.conf cannot be written".into(),
        fix: Some("free some space".into()),
    };
    reply(&mut desk, ticket, Reply::Refused(refusal));
    assert!(
        desk.text()
            .contains("nodes.conf cannot be written: free some space")
    );
}

/// On the screen of the profiles, which are known.
fn on_profiles(size: (u16, u16)) -> Desk {
    let mut desk = Desk::new(size);
    desk.press("3");
    assert!(desk.text().contains("asking for the profiles"));
    answer_all(&mut desk, &[]);
    desk
}

#[test]
fn a_value_leads_to_its_profile_and_a_profile_to_its_nodes() {
    // A value leads to the profile that it comes from, a profile to the nodes that list it.
    let mut desk = on_profiles((120, 36));
    desk.press("j tab");
    assert_eq!(desk.app.profiles.key().as_deref(), Some("profiles"));
    desk.press("tab enter");
    assert_eq!(desk.app.place, Place::Nodes);
    assert_eq!(desk.app.order.filter.to_string(), "profile:gpu");
    let mut desk = on_field((120, 36), "image", &[]);
    desk.press("enter");
    answer_all(&mut desk, &[]);
    assert_eq!(desk.app.place, Place::Profiles);
    assert_eq!(desk.app.profiles.here().map(|name| &**name), Some("gpu"));
}

#[test]
fn a_profile_is_edited_as_a_node_is() {
    let mut desk = on_profiles((120, 36));
    desk.press("j tab j");
    while desk.app.profiles.key().as_deref() != Some("kernel.args") {
        desk.press("j");
    }
    desk.press("e");
    for (ticket, command) in sent(&mut desk) {
        assert!(matches!(
            &command,
            Command::Entries {
                table: Table::Profiles,
                names: Some(_),
                ..
            }
        ));
        reply(
            &mut desk,
            ticket,
            Reply::Entries(vec![profiles().remove(1)]),
        );
    }
    assert!(desk.text().contains("· quiet  from base"));
    desk.press("\"ro\" enter");
    let (edits, _) = change(&sent(&mut desk)[0].1);
    let items = list(&["console=ttyS1", "ro"]);
    assert!(matches!(&edits[..], [Edit::Set { place, value, .. }]
        if place.table == Table::Profiles && *value == items));
    // A new one is built on the one under the cursor.
    let mut desk = on_profiles((120, 36));
    desk.press("j i \"h200\" enter");
    let (ticket, command) = answer_all(&mut desk, &[]).remove(0);
    let (edits, _) = change(&command);
    assert!(
        matches!(&edits[..], [Edit::Add { place }, Edit::Set { value, .. }]
        if &*place.name == "h200" && *value == list(&["gpu"]))
    );
    // It is where the cursor goes then.
    reply(&mut desk, ticket, Reply::Change(Box::new(outcome(None))));
    desk.press("enter");
    let (ticket, _) = answer_all(&mut desk, &[]).remove(0);
    reply(
        &mut desk,
        ticket,
        Reply::Change(Box::new(outcome(Some(413)))),
    );
    desk.app.mirror.head.revision += 1;
    desk.press("2 3");
    let now = || {
        let new = entry(Table::Profiles, "h200", &[("profiles", list(&["gpu"]))]);
        profiles().into_iter().chain([new]).collect()
    };
    for (ticket, command) in sent(&mut desk) {
        if matches!(command, Command::Entries { .. }) {
            reply(&mut desk, ticket, Reply::Entries(now()));
        }
    }
    let on = desk.app.profiles.here();
    assert_eq!(on.map(|name| &**name), Some("h200"));
}

#[test]
fn an_entry_goes_through_the_editor_and_comes_back_as_a_difference() {
    let mut desk = on_field((120, 36), "image", &[]);
    desk.press("E");
    let (ticket, command) = sent(&mut desk).remove(0);
    assert!(matches!(command, Command::Entries { secrets: true, .. }));
    let mut row = entry(Table::Nodes, "n0417", &[]);
    row.text = "comment: a100 # mine\n".into();
    reply(&mut desk, ticket, Reply::Entries(vec![row]));
    let out = |desk: &mut Desk| match desk.effects.pop() {
        Some(Effect::Editor { text, line, .. }) => (String::from_utf8(text).unwrap(), line),
        other => panic!("{other:?}"),
    };
    assert_eq!(out(&mut desk), ("comment: a100 # mine\n".into(), 1));
    desk.send(Msg::Edited(Ok("comment: a100 # mine\n\n".into())));
    assert!(desk.text().contains("nothing was changed"));
    desk.send(Msg::Edited(Ok("comment: h200 # mine\nimag: x\n".into())));
    let (ticket, command) = sent(&mut desk).remove(0);
    let (edits, dry) = change(&command);
    assert!(dry && matches!(&edits[..], [Edit::Write { text, .. }] if text.ends_with("imag: x\n")));
    // It is refused; the editor opens again on the same text, at the fault: the entry's name is on line 12.
    let fault = Fault::error("unknown key `imag`").at(Spot {
        file: "nodes.conf".into(),
        line: 14,
        column: 3,
    });
    reply(&mut desk, ticket, Reply::Faulty(vec![fault]));
    assert!(desk.text().contains("E edit the text again"));
    desk.press("E");
    assert_eq!(
        out(&mut desk),
        ("comment: h200 # mine\nimag: x\n".into(), 2)
    );
    assert!(desk.app.layers.is_empty());
    desk.send(Msg::Edited(Err(
        "the editor `vi` cannot be started: set EDITOR".into(),
    )));
    assert!(desk.text().contains("cannot be started"));
}
