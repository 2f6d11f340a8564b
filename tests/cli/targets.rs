//! Who is meant: names, patterns, profiles and conditions, and nobody by accident.

use super::world::World;

const NODES: &str = "\
nodeprofiles:
  default: {image name: rocky9}
  gpu: {profiles: [default]}
  login: {profiles: [gpu, ~default]}
nodes:
  n1: {profiles: [default], tags: {rack: r07}}
  n2: {profiles: [gpu], tags: {rack: r07}}
  n12: {profiles: [login], tags: {rack: r08, role: login}}
  n20: {profiles: [gpu, ~default]}
  n3: {}
";

#[test]
fn words_name_and_narrow() {
    let mut world = World::new(NODES);
    for (words, wanted) in [
        ("", "n1 n2 n3 n12 n20"),
        ("n2 n1", "n2 n1"),
        ("n[1-3]", "n1 n2 n3"),
        ("n1*", "n1 n12"),
        ("@all", "n1 n2 n3 n12 n20"),
        ("@gpu", "n2 n12 n20"),
        ("@default", "n1 n2"),
        ("@login,n3", "n3 n12"),
        ("@gpu !n2", "n12 n20"),
        ("!n2", "n1 n3 n12 n20"),
        ("!n[1-3],n12", "n20"),
        ("@all !@gpu", "n1 n3"),
        ("!n1*", "n2 n3 n20"),
        ("rack:r07 !@default", ""),
        ("rack:r0* !tag:login", "n1 n2"),
        ("rack:r0* !tag:role:login", "n1 n2"),
        ("!state:off", ""),
        ("profile:gpu", "n2 n20"),
    ] {
        let line = format!("node list {words} --fields profiles");
        let said = world.types(line.replace("  ", " ").as_str());
        let names: Vec<&str> = said
            .out
            .lines()
            .skip(1)
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert_eq!(names.join(" "), wanted, "{words}: {said:?}");
        assert_eq!(said.code, u8::from(wanted.is_empty()), "{words}: {said:?}");
    }
}

/// An empty variable in a script, a range the wrong way round, a slip of the fingers: none of them means all nodes.
#[test]
fn nobody_is_meant_by_accident() {
    let mut world = World::new(NODES);
    for (words, code, wanted) in [
        (&[""][..], 2, "an empty word names nobody; `@all` means all"),
        (&[" "], 2, "names nobody"),
        (&[","], 2, "`,` stands for no name"),
        (&["n[4-1]"], 2, "`n[4-1]` stands for no name"),
        (&["n1", ""], 2, "names nobody"),
        (&["!"], 2, "stands alone"),
        (&["n["], 2, "`n[`: column 2: a bracket has no partner"),
        (&["n[1-99999999]"], 2, "more than 65536 names"),
        (&["!state:failled"], 2, "did you mean `failed`?"),
        (&["stage:initt"], 2, "did you mean `init`?"),
        (&["rakc:r07"], 2, "did you mean `rack`?"),
        (&["rack:"], 2, "wants a value"),
        (
            &["rack:r7"],
            1,
            "no node fits `rack:r7`; there is n, r07, r08",
        ),
        (&["image:rocky"], 1, "did you mean `image:rocky9`?"),
        (&["rack=r07"], 1, "did you mean `rack:r07`?"),
        (&["role=login"], 1, "did you mean `tag:role=login`?"),
        (
            &["rack:r07", "tag:login"],
            1,
            "no node fits all of `rack:r07 tag:login`",
        ),
        (&["@gpuu"], 1, "did you mean `@gpu`?"),
        (&["m*"], 1, "no node is called like `m*`"),
        (&["n1", "!n1"], 1, "no node is left"),
        (&["n[1-4]"], 1, "there is no node `n4`"),
        (&["!m1"], 1, "there is no node `m1`"),
        (&["nn1"], 1, "did you mean `n1`?"),
        (&["n1,nn2"], 1, "`nn2`"),
    ] {
        for verb in [
            &["node", "rm", "-y"][..],
            &["node", "set", "--image", "x"],
            &["node", "unset", "--image"],
            &["node", "list"],
            &["node", "list", "--own"],
            &["node", "list", "--merged"],
            &["node", "list", "--fields", "image"],
            &["node", "export"],
            &["node", "edit"],
            &["status"],
            &["status", "--json"],
        ] {
            let said = world.words(&[verb, words].concat());
            assert_eq!(said.code, code, "{verb:?} {words:?}: {said:?}");
            assert!(said.err.contains(wanted), "{verb:?} {words:?}: {said:?}");
        }
        assert_eq!(world.file(), NODES);
    }
    for (line, wanted) in [
        ("profile list @gpu", "profiles are meant by name"),
        ("profile rm rack:r07 -y", "profiles are meant by name"),
        ("profile rm x* -y", "no profile is called like `x*`"),
        ("profile set gpuu --image x", "did you mean `gpu`?"),
    ] {
        let said = world.types(line).bad();
        assert!(said.contains(wanted), "{line}: {said}");
    }
    assert_eq!(world.file(), NODES);
}
