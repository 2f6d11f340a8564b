//! Names that name nothing and addresses that are somebody's already: told before a change is made.

use muster::api::{Command, Outcome, Reply};
use muster::engine::Input;
use muster::model::{Edit, Fault, Place, Value};

use super::desk::Desk;

const NODES: &str = "\
nodeprofiles:
  default: {image name: rocky9, system overlay: [wwinit, lost]}
  gpu: {profiles: [default]}
nodes:
  n1:
    profiles: [default]
    ipmi: {ipaddr: 10.9.0.1}
    network devices: {eno1: {hwaddr: \"52:54:00:00:00:01\", ipaddr: 10.7.0.11}}
  n2: {profiles: [gpu], network devices: {eno1: {hwaddr: \"52:54:00:00:00:02\"}}}
";

fn ask(desk: &mut Desk, edits: Vec<Edit>) -> Reply {
    desk.ask(Command::Change {
        edits,
        base: None,
        note: None,
        dry: true,
        by: "ana".into(),
    })
}

fn text(place: Place, key: &str, value: &str) -> Edit {
    let (key, value) = (key.into(), Value::Text(value.into()));
    Edit::Set { place, key, value }
}

fn list(place: Place, key: &str, items: &[&str]) -> Edit {
    let items = items.iter().map(|item| (*item).into()).collect();
    let (key, value) = (key.into(), Value::List(items));
    Edit::Set { place, key, value }
}

fn comes(desk: &mut Desk, edits: Vec<Edit>) -> Outcome {
    match ask(desk, edits) {
        Reply::Change(outcome) => *outcome,
        other => panic!("{other:?}"),
    }
}

fn refused(desk: &mut Desk, edit: Edit) -> String {
    match ask(desk, vec![edit]) {
        Reply::Faulty(faults) => lines(&faults),
        other => panic!("{other:?}"),
    }
}

fn lines(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn an_overlay_or_image_that_is_not_there_is_told_with_the_nearest() {
    let mut desk = Desk::new(NODES);
    let edits = || {
        vec![
            list(
                Place::profile("gpu"),
                "system_overlay",
                &["hots", "~wwinit"],
            ),
            list(Place::node("n1"), "runtime_overlay", &["hots", "hosts"]),
            text(Place::node("n2"), "image", "rocky10"),
        ]
    };
    // As long as nobody has told which overlays there are, none is doubted.
    let told = lines(&comes(&mut desk, edits()).warnings);
    assert!(
        !told.contains("overlay") && told.contains("no image `rocky10` yet"),
        "{told}"
    );
    let known = ["wwinit", "hosts", "fstab"];
    desk.feed(Input::Overlays(known.map(Into::into).to_vec()));
    let told = lines(&comes(&mut desk, edits()).warnings);
    assert_eq!(told.matches("no overlay").count(), 1, "{told}");
    assert!(
        told.contains(
            "profile gpu, node n1: there is no overlay `hots` yet (did you mean `hosts`?)"
        ),
        "{told}"
    );
    // What was there before is no news of this change.
    let edit = list(
        Place::profile("default"),
        "system_overlay",
        &["wwinit", "lost", "fstab"],
    );
    let told = lines(&comes(&mut desk, vec![edit]).warnings);
    assert!(!told.contains("overlay"), "{told}");
}

#[test]
fn a_profile_that_is_not_there_is_refused_with_the_nearest() {
    let mut desk = Desk::new(NODES);
    let why = refused(&mut desk, list(Place::node("n1"), "profiles", &["pgu"]));
    assert!(
        why.contains("there is no profile `pgu`") && why.contains("did you mean `gpu`?"),
        "{why}"
    );
    let why = refused(
        &mut desk,
        list(Place::profile("default"), "profiles", &["gpu"]),
    );
    assert!(why.contains("would include itself"), "{why}");
}

#[test]
fn an_address_that_is_somebodys_already_is_refused_and_a_bmcs_told() {
    let mut desk = Desk::new(NODES);
    let n2 = || Place::node("n2");
    let why = refused(
        &mut desk,
        text(n2(), "net.eno1.hwaddr", "52:54:00:00:00:01"),
    );
    assert!(why.contains("52:54:00:00:00:01 is n1's already"), "{why}");
    let why = refused(&mut desk, text(n2(), "net.eno1.ipaddr", "10.7.0.11"));
    assert!(why.contains("10.7.0.11 is n1's already"), "{why}");
    let told = comes(&mut desk, vec![text(n2(), "ipmi.ipaddr", "10.9.0.1")]);
    let told = lines(&told.warnings);
    assert!(told.contains("BMC address 10.9.0.1 is n1's too"), "{told}");
}
