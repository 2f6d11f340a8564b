//! Verbs that compare: two entries, profiles that disagree, nodes that need a boot.

use super::world::World;

const NODES: &str = "\
nodeprofiles:
  base:
    image name: rocky9
    kernel: {args: [quiet]}
  gpu:
    profiles: [base]
    image name: rocky9-gpu
    init: /sbin/gpu
    ipmi: {password: hush}
  storage:
    init: /sbin/storage
nodes:
  n1: {profiles: [gpu, storage]}
  n2: {profiles: [gpu, storage], init: /bin/sh}
  n3: {profiles: [storage]}
";

#[test]
fn profiles_that_disagree_are_told_with_who_wins_and_who_feels_it() {
    let mut world = World::new(NODES);
    let said = world.types("profile conflicts").good();
    assert!(
        said.contains("init   storage: /sbin/storage  gpu: /sbin/gpu  n1"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 2, "{said}");
    let show = world.types("profile show gpu").good();
    assert!(
        show.contains("conflicts with profiles") && show.contains("storage: /sbin/storage"),
        "{show}"
    );
    assert!(!world.types("profile show base").good().contains("conflict"));
    let none = world.types("node conflicts n[2-3]").good();
    assert_eq!(none, "no profiles of one list disagree\n");
    let json = world.types("node conflicts n1 --json").good();
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&rows[0]["wins"], &rows[0]["nodes"], &rows[0]["count"]),
        (&"storage".into(), &"n1".into(), &1.into())
    );
    let bad = world.types("profile conflicts pgu").bad();
    assert!(bad.contains("did you mean `gpu`?"), "{bad}");
}

#[test]
fn two_entries_are_compared_key_by_key() {
    let mut world = World::new(NODES);
    let said = world.types("profile diff base gpu").good();
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    assert!(
        lines[0].starts_with("FIELD") && lines[0].contains("BASE"),
        "{said}"
    );
    assert!(
        said.contains("image          rocky9  profile base  rocky9-gpu  profile gpu"),
        "{said}"
    );
    assert!(
        said.contains("ipmi.password  -                     ••••"),
        "{said}"
    );
    assert!(
        !said.contains("kernel.args") && !said.contains("hush"),
        "{said}"
    );
    let all = world.types("profile diff base gpu --all").good();
    assert!(all.contains("kernel.args"), "{all}");
    let same = world.types("node diff n1 n1").good();
    assert_eq!(same, "n1 and n1 come to the same\n");
    let json = world.types("node diff n1 n2 --json").good();
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 1, "{json}");
    assert_eq!(rows[0]["right"]["source"], "node");
    assert_eq!(rows[0]["left"]["value"], "/sbin/storage");
    world.types("profile copy gpu gpu2").good();
    let said = world.types("profile diff gpu gpu2").good();
    assert_eq!(said, "gpu and gpu2 come to the same\n");
    let bad = world.types("node diff n1 n9").bad();
    assert!(bad.contains("there is no node `n9`"), "{bad}");
}

#[test]
fn without_servers_nobody_knows_whether_a_reboot_would_change_a_node() {
    let mut world = World::new(NODES);
    let bad = world.types("drift").bad();
    assert!(bad.contains("only running servers know"), "{bad}");
    let bad = world.types("drift n77").bad();
    assert!(bad.contains("there is no node `n77`"), "{bad}");
}
