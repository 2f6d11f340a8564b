//! Profiles of one list that disagree: who wins, who feels it, and what a change says of it before it is made.

use muster::api::{Command, ConflictRow, Outcome, Reply};
use muster::model::{Edit, Place, Table, Value};

use super::desk::Desk;

const NODES: &str = "\
nodeprofiles:
  base:
    image name: rocky9
    network devices:
      eno1: {mtu: 1500}
  gpu:
    profiles: [base]
    image name: rocky9-gpu
    ipmi: {password: secret-one}
  storage:
    ipmi: {password: secret-two}
    network devices:
      eno1: {mtu: 9000}
  lustre:
    profiles: [storage]
    network devices:
      eno1: {mtu: 4000}
  both:
    profiles: [storage, gpu]
  settled:
    profiles: [storage, gpu]
    network devices:
      eno1: {mtu: 1400}
nodes:
  n[1-3]: {}
  n1: {profiles: [gpu, storage]}
  n2: {profiles: [gpu, storage]}
  n3: {profiles: [gpu, storage], network devices: {eno1: {mtu: 576}}}
  n4: {profiles: [storage, gpu]}
  n5: {profiles: [gpu]}
  n6: {profiles: [lustre]}
  n7: {profiles: [both]}
  n8: {profiles: [settled]}
  n9: {profiles: [gpu, lustre]}
";

fn rows(desk: &mut Desk, table: Table, names: Option<&str>) -> Vec<ConflictRow> {
    let names = names.map(Into::into);
    match desk.ask(Command::Conflicts { table, names }) {
        Reply::Conflicts(rows) => rows,
        other => panic!("{other:?}"),
    }
}

fn lines(rows: &[ConflictRow]) -> Vec<String> {
    let line = |row: &ConflictRow| {
        format!(
            "{} {}={} over {}={} on {} ({}) within {}",
            row.key,
            row.wins,
            row.value,
            row.loses,
            row.lost,
            row.nodes,
            row.count,
            row.profiles.join(" ")
        )
    };
    rows.iter().map(line).collect()
}

fn desk() -> Desk {
    Desk::new(&NODES.replace("  n[1-3]: {}\n", ""))
}

#[test]
fn peers_that_say_different_things_are_named_with_who_feels_it() {
    let mut desk = desk();
    let all = rows(&mut desk, Table::Profiles, None);
    // A profile overrides what it inherits on purpose: no word of lustre and storage, of settled, of gpu's image. n3 says it
    // itself. The order of the list decides who wins, and a secret is not told.
    assert_eq!(
        lines(&all),
        [
            "ipmi.password gpu=•••• over storage=•••• on n[4,7-8] (3) within both settled",
            "ipmi.password storage=•••• over gpu=•••• on n[1-3,9] (4) within ",
            "net.eno1.mtu base=1500 over storage=9000 on n[4,7] (2) within both",
            "net.eno1.mtu lustre=4000 over base=1500 on n9 (1) within ",
            "net.eno1.mtu storage=9000 over base=1500 on n[1-2] (2) within ",
        ]
    );
    let of = rows(&mut desk, Table::Profiles, Some("lustre"));
    assert_eq!(lines(&of), [lines(&all)[3].clone()]);
    let of = rows(&mut desk, Table::Profiles, Some("both"));
    assert_eq!(lines(&of), [lines(&all)[0].clone(), lines(&all)[2].clone()]);
    let of = rows(&mut desk, Table::Nodes, Some("n[5-7]"));
    assert_eq!(
        lines(&of),
        [
            "ipmi.password gpu=•••• over storage=•••• on n7 (1) within both settled",
            "net.eno1.mtu base=1500 over storage=9000 on n7 (1) within both",
        ]
    );
    let names = Some("pgu".into());
    let table = Table::Profiles;
    let Reply::Refused(no) = desk.ask(Command::Conflicts { table, names }) else {
        panic!("there is no such profile");
    };
    assert!(no.fix.is_some_and(|fix| fix.contains("gpu")));
}

#[test]
fn a_circle_of_profiles_has_no_conflicts_within_and_ends() {
    let mut desk = Desk::new(
        "nodeprofiles:\n  a: {profiles: [b], init: /a}\n  b: {profiles: [a], init: /b}\nnodes:\n  n1: {profiles: [a]}\n",
    );
    assert_eq!(rows(&mut desk, Table::Profiles, None), []);
}

fn outcome(desk: &mut Desk, edits: Vec<Edit>) -> Outcome {
    let command = Command::Change {
        edits,
        base: None,
        note: None,
        dry: true,
        by: "ana".into(),
    };
    match desk.ask(command) {
        Reply::Change(outcome) => *outcome,
        other => panic!("{other:?}"),
    }
}

fn set(place: Place, key: &str, value: Value) -> Vec<Edit> {
    let key = key.into();
    vec![Edit::Set { place, key, value }]
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| (*item).into()).collect())
}

#[test]
fn a_change_says_which_conflict_it_sets_up_or_ends() {
    let mut desk = desk();
    let shown = outcome(
        &mut desk,
        set(
            Place::profile("gpu"),
            "net.eno1.mtu",
            Value::Text("2000".into()),
        ),
    );
    let told = shown.impact.join("\n");
    assert!(
        told.contains(
            "sets up a conflict of profiles storage and gpu over net.eno1.mtu on 2 nodes: storage wins with 9000, \
             it is listed later; gpu says 2000"
        ),
        "{told}"
    );
    // The old ones of base stood for those of gpu, which are other ones now.
    assert!(told.contains("ends 3 conflicts of profiles"), "{told}");

    let shown = outcome(
        &mut desk,
        set(Place::profile("storage"), "profiles", list(&["base"])),
    );
    let told = shown.impact.join("\n");
    assert!(told.contains("ends 3 conflicts of profiles"), "{told}");

    let shown = outcome(
        &mut desk,
        set(Place::node("n5"), "profiles", list(&["gpu", "storage"])),
    );
    let told = shown.impact.join("\n");
    assert!(
        told.contains("sets up a conflict of profiles storage and base over net.eno1.mtu on 1 node: storage wins with 9000"),
        "{told}"
    );
    assert!(!told.contains("secret-"), "{told}");

    // The same two in another order: the other one wins.
    let shown = outcome(
        &mut desk,
        set(Place::node("n4"), "profiles", list(&["gpu", "storage"])),
    );
    let told = shown.impact.join("\n");
    assert!(
        told.contains("turns round a conflict of profiles storage and base over net.eno1.mtu on 1 node: storage wins with 9000"),
        "{told}"
    );

    // Whoever lists a profile that moves is no news as long as it comes to the same.
    let shown = outcome(
        &mut desk,
        set(
            Place::profile("both"),
            "profiles",
            list(&["storage", "gpu", "base"]),
        ),
    );
    assert_eq!(shown.impact.join("\n"), "no node changes");

    // Two that agree in everything can change places: nothing changes but the list.
    let shown = outcome(
        &mut desk,
        set(Place::node("n5"), "profiles", list(&["gpu", "base"])),
    );
    assert_eq!(shown.impact.join("\n"), "no node changes");
}
