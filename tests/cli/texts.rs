//! Entries as files and in an editor: there and back without loss.

use std::fs;

use super::world::World;

const NODES: &str = "\
nodeprofiles:
  default: {image name: small}
nodes:
  # the first one
  n1:
    profiles: [default]
    comment: |-
      two
      lines
    kernel:
      args:
        - quiet   # no noise
        - console=ttyS0,115200
    network devices:
      eno1.100:
        hwaddr: \"52:54:00:00:00:01\"
        mtu: \"1500\"
        tags: {DNS1: 10.0.0.1, route1: \"10.9.0.0/16,10.0.0.254\"}
    disks:
      /dev/sda:
        wipe_table: true
        partitions:
          root: {number: \"1\", should_exist: false}
    filesystems:
      /dev/disk/by-partlabel/root: {format: ext4, options: [-O, \"^metadata_csum,^64bit\"]}
    resources:
      fstab:
        - {spec: \"warewulf:/home\", file: /home, vfstype: nfs, freq: 0}
  \"002\": {tags: {version: \"1.10\", empty: \"no\"}}
  n3: {}
";

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn what_is_exported_comes_back_the_same() {
    for form in ["--yaml", "--csv"] {
        let mut world = World::new(NODES);
        let text = world.words(&["node", "export", form]).good();
        let there = file(&text);
        let path = there.path().to_str().unwrap();
        for exact in [&[][..], &["--exact"]] {
            let said = world
                .words(&[&["node", "import", path], exact].concat())
                .good();
            assert_eq!(said, "nothing differs\n", "{form} {exact:?}");
        }
        assert_eq!(world.file(), NODES);

        let mut empty = World::new("nodeprofiles:\n  default: {image name: small}\nnodes: {}\n");
        empty.words(&["node", "import", path, "-y"]).good();
        let (one, other) = ("node list --own --json", "node list --merged --json");
        let parsed = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
        for list in [one, other] {
            assert_eq!(
                parsed(empty.types(list).good()),
                parsed(world.types(list).good()),
                "{form}"
            );
        }
        if form == "--yaml" {
            assert!(
                empty.file().contains("# no noise"),
                "comments travel along: {}",
                empty.file()
            );
        }
    }
}

#[test]
fn an_import_adds_changes_and_leaves_the_rest() {
    let mut world = World::new(NODES);
    let there = file("n1:\n  image name: rocky9\n  tags: {rack: r1}\nn9:\n  profiles: [default]\n");
    let path = there.path().to_str().unwrap();
    let plan = world.words(&["node", "import", path, "--dry-run"]).good();
    assert!(plan.contains("rocky9") && plan.contains("n9"), "{plan}");
    world.words(&["node", "import", path]).good();
    let own = world.types("node list n1 --own").good();
    assert!(
        own.contains("rocky9") && own.contains("mtu") && own.contains("tags.rack"),
        "{own}"
    );
    world.words(&["node", "import", path, "--exact"]).good();
    let own = world.types("node list n1 --own").good();
    assert!(own.contains("rocky9") && !own.contains("mtu"), "{own}");

    let before = world.file();
    for (text, place) in [
        ("nodes:\n  n1:\n    image nam: x\n", ":3:5"),
        ("n1:\n  image nam: x\n", ":2:3"),
        ("nodes:\n\tn1: {}\n", ":2:"),
        ("nodes:\n  n1: {}\n  n1: {}\n", ":3:"),
        ("node,ipadd\nn1,x\n", ":1:6: there is no setting"),
        (
            "node,net.a.ipaddr\nn9,10.0.0.9\nn1,x\n",
            ":3:4: node n1: `net.a.ipaddr`: `x` is not",
        ),
        (
            "node,profiles\nn9,default\nn1,nobody\n",
            ":3:1: node n1: there is no profile `nobody`",
        ),
        (
            "# ours\nn9: {}\nn1:\n  profiles: [nobody]\n",
            ":3:1: node n1: there is no profile `nobody`",
        ),
        (
            "---\nn9: {}\nn1:\n  profiles: [nobody]\n",
            ":3:1: node n1: there is no profile `nobody`",
        ),
    ] {
        let there = file(text);
        let said = world
            .words(&["node", "import", there.path().to_str().unwrap()])
            .bad();
        assert!(
            said.contains(&format!("{}{place}", there.path().display()))
                && said.contains("nothing was changed"),
            "{text:?}: {said}"
        );
        assert_eq!(world.file(), before, "not even the good part of it");
    }
}

#[test]
fn an_editor_changes_adds_and_removes() {
    let mut world = World::new(NODES);
    world.someone.edits.push_back(Box::new(|text| {
        assert!(text.contains("# no noise"), "{text}");
        let text = text
            .replace("- quiet ", "- loud ")
            .replace("  n3: {}\n", "  n4:\n    profiles: [default]\n");
        text.replace("no noise", "noise")
    }));
    world.types("node edit -y").good();
    let wanted = NODES
        .replace("quiet   # no noise", "loud   # noise")
        .replace("  n3: {}\n", "  n4:\n    profiles: [default]\n");
    assert_eq!(world.file(), wanted);
    world.types("undo -y").good();
    assert_eq!(world.file(), NODES);
}

#[test]
fn a_text_that_is_wrong_comes_back_with_what_is_wrong() {
    let mut world = World::new(NODES);
    world.someone.edits.push_back(Box::new(|text| {
        text.replace("n3: {}", "n3: {image nam: x}")
    }));
    world.someone.edits.push_back(Box::new(|text| {
        assert!(text.contains("image nam"), "nothing is lost: {text}");
        assert!(
            text.starts_with("#:") && text.contains("did you mean"),
            "{text}"
        );
        text.replace("image nam:", "image name:")
    }));
    world.types("node edit n3").good();
    assert!(world.file().contains("image name: x"), "{}", world.file());
    let (text, line) = &world.someone.seen[1];
    assert!(
        text.lines()
            .nth(*line as usize - 1)
            .unwrap()
            .contains("image nam"),
        "at line {line} of:\n{text}"
    );

    world.someone.edits.push_back(Box::new(|text| {
        text.replace("image name: x", "image nam: y")
    }));
    world.someone.edits.push_back(Box::new(str::to_owned));
    let said = world.types("node edit n3").bad();
    assert!(
        said.contains("your text is kept in /tmp/kept.yaml"),
        "{said}"
    );
}

#[test]
fn who_sits_there_sees_what_an_import_does_before_it_does_it() {
    let mut world = World::new(NODES);
    world.someone.there = true;
    for (text, end) in [
        ("n3:\n  image name: rocky9\n", ""),
        ("node,image\nn3,rocky9\n", ".csv"),
    ] {
        let there = tempfile::Builder::new().suffix(end).tempfile().unwrap();
        fs::write(there.path(), text).unwrap();
        let path = there.path().to_str().unwrap();
        world.someone.answers.extend([false]);
        let said = world.words(&["node", "import", path]);
        assert!(said.out.contains("image  (none) → rocky9"), "{said:?}");
        assert!(said.bad().contains("nothing was changed"));
        assert_eq!(world.file(), NODES);
    }
    let there = file("n3:\n  image name: rocky9\n");
    world.someone.answers.extend([true]);
    world
        .words(&["node", "import", there.path().to_str().unwrap()])
        .good();
    let again = world
        .words(&["node", "import", there.path().to_str().unwrap()])
        .good();
    assert_eq!(again, "nothing differs\n", "about nothing nobody is asked");
}

/// A faulty entry has a text, but no values that a table could hold.
#[test]
fn a_table_is_not_made_of_what_is_faulty() {
    let mut world = World::new("nodes:\n  n1: {image name: [a]}\n  n2: {comment: x}\n");
    for form in ["--csv", "--json"] {
        let said = world.types(&format!("node export {form}")).bad();
        assert!(
            said.contains("the node n1 is faulty") && said.contains("--yaml"),
            "{said}"
        );
        let said = world.types(&format!("node export n2 {form}")).good();
        assert!(said.contains('x'), "{said}");
    }
    assert!(
        world
            .types("node export")
            .good()
            .contains("image name: [a]")
    );
}
