//! Edits of `nodes.conf` in place: what they change, and that they change nothing else.

use muster::model::{Edit, Fault, File, Place, Value};
use muster::registry::{Draft, Registry, apply, back, carried};

use crate::support::registry;

const TEXT: &str = "\
# kept by hand
nodeprofiles:
  default:   # everybody
    image name: rocky9
    kernel:
      args:
        - quiet   # not a word
        # the console
        - console=ttyS0

  gpu: {profiles: [default], kernel: {args: [nouveau.modeset=0]}}

nodes:
  # rack 1
  n01:
    profiles:
    - default
    comment: 'it''s first' # of many
    network devices:
      eno1:
        # soldered on
        hwaddr: 52:54:00:00:00:01
        ipaddr: 10.0.0.1   # fixed
  n02: {}   # spare

  # the last
  n10:
    tags:
      rack: \"r1\"
    profiles: [default, gpu]
# the end
";

fn loaded(text: &str) -> Registry {
    let mut registry = registry();
    registry.load(None, Some(text));
    registry
}

fn set(node: &str, key: &str, value: &str) -> Edit {
    Edit::Set {
        place: Place::node(node),
        key: key.into(),
        value: Value::Text(value.into()),
    }
}

fn list(place: Place, key: &str, items: &[&str]) -> Edit {
    Edit::Set {
        place,
        key: key.into(),
        value: Value::List(items.iter().map(|item| (*item).into()).collect()),
    }
}

fn unset(node: &str, key: &str) -> Edit {
    Edit::Unset {
        place: Place::node(node),
        key: key.into(),
    }
}

fn draft(text: &str, edits: &[Edit]) -> Result<Draft, Vec<Fault>> {
    loaded(text).draft(File::Nodes, text, edits)
}

/// The lines that went and came with an edit. What the draft says of itself is checked on the way.
fn lines(text: &str, edits: &[Edit]) -> (String, String) {
    let draft = draft(text, edits).unwrap_or_else(|faults| panic!("{edits:?}: {faults:?}"));
    assert_eq!(apply(text, &draft.hunks).as_deref(), Some(&*draft.text));
    assert_eq!(
        apply(&draft.text, &back(&draft.hunks)).as_deref(),
        Some(text)
    );
    let went = draft.hunks.iter().map(|hunk| hunk.old.as_str()).collect();
    let came = draft.hunks.iter().map(|hunk| hunk.new.as_str()).collect();
    // What was put together from pieces is what the whole text reads as.
    let whole = loaded(&draft.text);
    let whole = whole.view().unwrap();
    assert_eq!(draft.view.nodes.len(), whole.nodes.len());
    for (a, b) in draft.view.nodes.iter().zip(&whole.nodes) {
        assert_eq!((&a.name, &a.values), (&b.name, &b.values), "{}", draft.text);
    }
    let told = |faults: &[Fault]| faults.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        told(&draft.view.faults),
        told(&whole.faults),
        "{}",
        draft.text
    );
    (went, came)
}

fn refused(text: &str, edits: &[Edit]) -> String {
    let faults = draft(text, edits).map(|draft| draft.text).unwrap_err();
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    told.join("\n")
}

#[test]
fn a_value_is_replaced_where_it_stands_in_its_own_quotes() {
    for (edit, went, came) in [
        (
            set("n01", "comment", "second"),
            "    comment: 'it''s first' # of many\n",
            "    comment: 'second' # of many\n",
        ),
        (
            set("n01", "net.eno1.ipaddr", "10.0.0.9"),
            "        ipaddr: 10.0.0.1   # fixed\n",
            "        ipaddr: 10.0.0.9   # fixed\n",
        ),
        (
            set("n10", "tags.rack", "yes"),
            "      rack: \"r1\"\n",
            "      rack: \"yes\"\n",
        ),
        (
            list(Place::profile("gpu"), "kernel.args", &["a=1", "yes"]),
            "  gpu: {profiles: [default], kernel: {args: [nouveau.modeset=0]}}\n",
            "  gpu: {profiles: [default], kernel: {args: [a=1, \"yes\"]}}\n",
        ),
        (
            list(
                Place::profile("default"),
                "kernel.args",
                &["console=ttyS0", "rd.debug", "quiet"],
            ),
            "",
            "",
        ),
    ] {
        let (gone, new) = lines(TEXT, std::slice::from_ref(&edit));
        if !went.is_empty() {
            assert_eq!((gone.as_str(), new.as_str()), (went, came), "{edit:?}");
        }
    }
}

#[test]
fn items_of_a_list_keep_their_comments() {
    let edit = list(
        Place::profile("default"),
        "kernel.args",
        &["console=ttyS0", "debug"],
    );
    let (went, came) = lines(TEXT, &[edit]);
    assert_eq!(went, "        - quiet   # not a word\n");
    assert_eq!(came, "        - debug\n");
}

#[test]
fn a_new_key_stands_where_the_field_table_has_it() {
    for (edit, came) in [
        (set("n01", "image", "rocky9"), "    image name: rocky9\n"),
        (set("n01", "init", "/sbin/init"), "    init: /sbin/init\n"),
        (
            set("n01", "net.eno1.mtu", "9000"),
            "        mtu: \"9000\"\n",
        ),
        (
            set("n01", "net.eno1.type", "ethernet"),
            "        type: ethernet\n",
        ),
        (
            set("n01", "net.eno2.ipaddr", "10.1.0.1"),
            "      eno2:\n        ipaddr: 10.1.0.1\n",
        ),
        (set("n10", "tags.row", "b"), "      row: b\n"),
        (
            set("n01", "discoverable", "yes"),
            "    discoverable: \"yes\"\n",
        ),
        (
            set("n01", "disks./dev/sda.partitions.root.should_exist", "true"),
            "    disks:\n      /dev/sda:\n        partitions:\n          root:\n            should_exist: true\n",
        ),
    ] {
        let (went, new) = lines(TEXT, std::slice::from_ref(&edit));
        assert_eq!((went.as_str(), new.as_str()), ("", came), "{edit:?}");
    }
}

#[test]
fn where_it_comes_between_the_others() {
    let text = |edit: Edit| draft(TEXT, &[edit]).unwrap().text.to_string();
    assert!(
        text(set("n01", "image", "x"))
            .contains("first' # of many\n    image name: x\n    network devices:")
    );
    assert!(
        text(set("n01", "net.eno1.type", "x"))
            .contains("eno1:\n        type: x\n        # soldered on\n")
    );
    assert!(
        text(set("n01", "net.eno1.mtu", "1500")).contains("# fixed\n        mtu: \"1500\"\n  n02")
    );
    assert!(
        text(set("n01", "net.ib0.type", "x"))
            .contains("# fixed\n      ib0:\n        type: x\n  n02")
    );
    assert!(
        text(set("n01", "net.a0.type", "x"))
            .contains("devices:\n      a0:\n        type: x\n      eno1:")
    );
}

#[test]
fn an_entry_that_says_nothing_gets_lines_and_gives_them_back() {
    let edits = [set("n02", "image", "rocky9"), set("n02", "tags.rack", "r2")];
    let first = draft(TEXT, &edits).unwrap();
    let (went, came) = lines(TEXT, &edits);
    assert_eq!(went, "  n02: {}   # spare\n");
    assert_eq!(
        came,
        "  n02:   # spare\n    image name: rocky9\n    tags:\n      rack: r2\n"
    );
    let text = first.text.to_string();
    let second = draft(&text, &[unset("n02", "tags.rack")]).unwrap();
    assert!(!second.text.contains("r2"));
    let third = draft(&second.text, &[unset("n02", "image")]).unwrap();
    assert!(
        third.text.contains("  n02: {}   # spare\n"),
        "{}",
        third.text
    );
}

#[test]
fn what_is_empty_without_it_goes_along() {
    let gone = |edit: Edit| lines(TEXT, &[edit]).0;
    assert_eq!(
        gone(unset("n10", "tags.rack")),
        "    tags:\n      rack: \"r1\"\n"
    );
    assert_eq!(
        gone(unset("n01", "net.eno1.hwaddr")),
        "        # soldered on\n        hwaddr: 52:54:00:00:00:01\n"
    );
    let drop = Edit::Drop {
        place: Place::node("n01"),
        key: "net.eno1".into(),
    };
    assert_eq!(gone(drop).lines().count(), 5);
    let text = draft(
        TEXT,
        &[Edit::Unset {
            place: Place::profile("gpu"),
            key: "kernel.args".into(),
        }],
    )
    .unwrap()
    .text;
    assert!(text.contains("  gpu: {profiles: [default]}\n"), "{text}");
}

#[test]
fn braces_are_edited_as_braces() {
    let text = "nodes:\n  a: {network devices: {e: {hwaddr: \"52:54:00:00:00:01\", mtu: \"9000\"}}} # one\n  b: {}\n";
    for (edit, line) in [
        (
            set("a", "net.e.mtu", "1500"),
            "  a: {network devices: {e: {hwaddr: \"52:54:00:00:00:01\", mtu: \"1500\"}}} # one\n",
        ),
        (
            set("a", "net.e.ipaddr", "10.0.0.1"),
            "  a: {network devices: {e: {hwaddr: \"52:54:00:00:00:01\", ipaddr: 10.0.0.1, mtu: \"9000\"}}} # one\n",
        ),
        (
            set("a", "image", "x"),
            "  a: {image name: x, network devices: {e: {hwaddr: \"52:54:00:00:00:01\", mtu: \"9000\"}}} # one\n",
        ),
        (
            unset("a", "net.e.mtu"),
            "  a: {network devices: {e: {hwaddr: \"52:54:00:00:00:01\"}}} # one\n",
        ),
        (
            unset("a", "net.e.hwaddr"),
            "  a: {network devices: {e: {mtu: \"9000\"}}} # one\n",
        ),
        (
            list(Place::node("a"), "kernel.args", &["a", "b c"]),
            "  a: {kernel: {args: [a, b c]}, network devices: {e: {hwaddr: \"52:54:00:00:00:01\", mtu: \"9000\"}}} # one\n",
        ),
    ] {
        assert_eq!(lines(text, std::slice::from_ref(&edit)).1, line, "{edit:?}");
    }
    let all = Edit::Drop {
        place: Place::node("a"),
        key: "net".into(),
    };
    assert_eq!(lines(text, &[all]).1, "  a: {} # one\n");
}

#[test]
fn entries_come_where_they_belong_and_go_with_their_comments() {
    let add = |name: &str| Edit::Add {
        place: Place::node(name),
    };
    let text = draft(TEXT, &[add("n03"), add("x1"), set("n03", "image", "z")])
        .unwrap()
        .text;
    assert!(
        text.contains("# spare\n  n03:\n    image name: z\n\n  # the last\n  n10:"),
        "{text}"
    );
    assert!(text.contains("gpu]\n  x1: {}\n# the end\n"), "{text}");
    let remove = |name: &str| Edit::Remove {
        place: Place::node(name),
    };
    assert_eq!(
        lines(TEXT, &[remove("n10")]).0,
        "  # the last\n  n10:\n    tags:\n      rack: \"r1\"\n    profiles: [default, gpu]\n"
    );
    assert_eq!(
        lines(TEXT, &[remove("n01")]).0.lines().next(),
        Some("  n01:"),
        "a heading stays for those below"
    );
    let rename = Edit::Rename {
        place: Place::node("n10"),
        to: "yes".into(),
    };
    assert_eq!(
        lines(TEXT, &[rename]),
        ("  n10:\n".into(), "  \"yes\":\n".into())
    );
    let empty = draft("nodes:\n  a: {}\n", &[remove("a")]).unwrap().text;
    assert_eq!(&*empty, "nodes:\n");
    assert_eq!(
        &*draft(&empty, &[add("b")]).unwrap().text,
        "nodes:\n  b: {}\n"
    );
}

#[test]
fn a_copy_is_without_what_only_one_machine_has() {
    let copy = Edit::Copy {
        place: Place::node("n01"),
        to: "n03".into(),
    };
    let text = draft(TEXT, &[copy]).unwrap().text;
    assert!(text.contains("  n03:\n    profiles:\n    - default\n    comment: 'it''s first' # of many\n\n  # the last"), "{text}");
}

#[test]
fn who_lists_a_profile_follows_its_name() {
    let rename = Edit::Rename {
        place: Place::profile("default"),
        to: "base".into(),
    };
    let text = draft(TEXT, &[rename]).unwrap().text;
    assert!(
        text.contains("  base:   # everybody\n") && text.contains("    - base\n"),
        "{text}"
    );
    assert!(
        text.contains("profiles: [base, gpu]") && text.contains("gpu: {profiles: [base],"),
        "{text}"
    );
    assert!(!text.contains("default"), "{text}");
}

#[test]
fn an_entry_is_written_as_somebody_typed_it() {
    let write = |text: &str| Edit::Write {
        place: Place::node("n02"),
        text: text.into(),
    };
    let typed = "# mine\nimage name: x   # why\ntags:\n  a: |\n    one\n\n    two\n";
    let draft = draft(TEXT, &[write(typed)]).unwrap();
    assert!(draft.text.contains("  n02:   # spare\n    # mine\n    image name: x   # why\n    tags:\n      a: |\n        one\n\n        two\n"), "{}", draft.text);
    let registry = loaded(&draft.text);
    let rows = registry
        .standing(
            &draft.text,
            muster::model::Table::Nodes,
            |name| name == "n02",
            false,
        )
        .unwrap();
    assert_eq!(rows[0].text, typed);
    assert!(refused(TEXT, &[write("imge name: x\n")]).contains("imge name"));
    assert!(refused(TEXT, &[write("a: [\n")]).contains("no YAML"));
}

#[test]
fn every_fault_is_named_and_nothing_is_changed() {
    let told = refused(
        TEXT,
        &[
            set("n9", "image", "x"),
            set("n01", "net.eno1.ipadr", "10.0.0.1"),
            set("n01", "net.eno1.ipaddr", "10.0.0.300"),
            set("n01", "image", "../x"),
            Edit::Add {
                place: Place::node("n02"),
            },
            Edit::Add {
                place: Place::node("-x"),
            },
            Edit::Drop {
                place: Place::node("n02"),
                key: "net.eno1".into(),
            },
        ],
    );
    for part in [
        "there is no node `n9`",
        "did you mean `net.eno1.ipaddr`?",
        "\"10.0.0.300\" is not an IPv4 address",
        "contains `..`",
        "there is a node n02 already",
        "begins with `-`",
        "it has no `net.eno1` of its own",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn what_does_not_fit_the_rest_is_refused() {
    for (edits, part) in [
        (
            vec![set("n02", "net.e.hwaddr", "52:54:00:00:00:01")],
            "52:54:00:00:00:01 is n01's already",
        ),
        (
            vec![set("n02", "net.e.ipaddr", "10.0.0.1")],
            "10.0.0.1 is n01's already",
        ),
        (
            vec![list(Place::node("n02"), "profiles", &["defalt"])],
            "there is no profile `defalt` (did you mean `default`?)",
        ),
        (
            vec![list(Place::profile("default"), "profiles", &["gpu"])],
            "would include itself",
        ),
        (
            vec![Edit::Remove {
                place: Place::profile("gpu"),
            }],
            "it is listed by the node n10",
        ),
    ] {
        let told = refused(TEXT, &edits);
        assert!(told.contains(part), "{part}: {told}");
    }
    let both = [
        Edit::Remove {
            place: Place::profile("gpu"),
        },
        list(Place::node("n10"), "profiles", &["default"]),
    ];
    assert!(draft(TEXT, &both).is_ok());
}

#[test]
fn what_reaches_further_than_its_lines_is_left_to_people() {
    for (text, part) in [
        ("nodes:\n  a: &x {image name: y}\n  b: *x\n", "anchor"),
        (
            "nodes:\n  b: {}\n  a:\n    <<: {init: /x}\n",
            "nodes.conf:4:1: node a: it cannot be changed for you: it has a merge key",
        ),
        ("nodes: {a: {}}\n", "`nodes` is written in braces"),
        ("nodes:\n  a: {}\n  a: {}\n", "occurs twice"),
    ] {
        let told = refused(text, &[set("a", "net.e.ipaddr", "10.0.0.2")]);
        assert!(told.contains(part), "{text}: {told}");
    }
}

#[test]
fn one_bad_entry_keeps_nobody_from_editing_the_others_or_mending_it() {
    let text =
        "nodes:\n  a: {}\n  b:\n    network devices: {e: {ipaddr: junk}}\n  c:\n    [x\n  d: {}\n";
    let draft = draft(text, &[set("a", "image", "x")]).unwrap();
    assert!(
        draft.text.contains("  a:\n    image name: x\n  b:"),
        "{}",
        draft.text
    );
    let whole = text.replace("    [x\n", "    {}\n");
    let mended = loaded(&whole)
        .draft(File::Nodes, &whole, &[set("b", "net.e.ipaddr", "10.0.0.1")])
        .unwrap();
    assert!(mended.view.faults.is_empty(), "{:?}", mended.view.faults);
}

#[test]
fn hunks_are_carried_over_what_was_done_elsewhere() {
    let first = draft(
        TEXT,
        &[set("n01", "comment", "x"), set("n10", "tags.rack", "r9")],
    )
    .unwrap();
    let second = draft(
        &first.text,
        &[
            set("n01", "image", "z"),
            Edit::Add {
                place: Place::node("n03"),
            },
        ],
    )
    .unwrap();
    let way = carried(&back(&first.hunks), &second.hunks).unwrap();
    let text = apply(&second.text, &way).unwrap();
    assert!(
        text.contains("comment: 'it''s first' # of many\n    image name: z\n")
            && text.contains("rack: \"r1\"")
            && text.contains("n03: {}"),
        "{text}"
    );
    let third = draft(&second.text, &[set("n01", "comment", "z")]).unwrap();
    assert_eq!(carried(&way, &third.hunks), None);
}

#[test]
fn a_bmc_that_another_node_names_is_told_and_taken() {
    let text = "nodes:\n  a:\n    ipmi:\n      ipaddr: 10.9.0.1\n  b: {}\n";
    let draft = draft(text, &[set("b", "ipmi.ipaddr", "10.9.0.1")]).unwrap();
    let told: Vec<String> = draft.news.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["/etc/muster/nodes.conf:7:15: node b: BMC address 10.9.0.1 is a's too"]
    );
}
