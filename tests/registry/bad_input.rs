//! Whatever stands in the file, every fault is named with its place, and everything else loads.

use std::fmt::Write as _;

use muster::model::{Level, View};
use proptest::prelude::*;

use crate::support::{loose_view, registry};

/// What is wrong with a text, one line a fault, as an administrator reads it.
fn told(view: &View) -> Vec<String> {
    view.faults.iter().map(ToString::to_string).collect()
}

fn names(view: &View) -> Vec<&str> {
    view.nodes.iter().map(|node| node.name.as_ref()).collect()
}

/// A row: the text, the nodes that load, and a part of each fault in order.
type Row<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

fn check(rows: &[Row<'_>]) {
    for (text, nodes, faults) in rows {
        let view = loose_view(text, "");
        let told = told(&view);
        assert_eq!(names(&view), *nodes, "{text}\n{told:#?}");
        assert_eq!(told.len(), faults.len(), "{text}\n{told:#?}");
        for (told, part) in told.iter().zip(*faults) {
            assert!(told.contains(part), "{text}\n{told}\nlacks {part}");
        }
    }
}

#[test]
fn keys() {
    check(&[
        (
            "nodes:\n  n1:\n    imge name: x\n  n2: {}\n",
            &["n2"],
            &["nodes.conf:3:5: node n1: unknown key `imge name` (did you mean `image name`?)"],
        ),
        (
            "nodes:\n  n1:\n    network devices:\n      eno1:\n        ipadr: 10.0.0.1\n",
            &[],
            &["nodes.conf:5:9: node n1: unknown key `ipadr` (did you mean `ipaddr`?)"],
        ),
        (
            "nodes:\n  n1: {favourite colour: red}\n",
            &["n1"],
            &["2:8: unknown key `favourite colour`, ignored"],
        ),
        (
            "nodes:\n  n1:\n    init: /a\n    init: /b\n  n2: {}\n",
            &["n2"],
            &["4:5: node n1: the key `init` occurs twice"],
        ),
        (
            "nodes:\n  n1: {}\n  n1: {}\n  n2: {}\n",
            &["n2"],
            &["3:3: n1: the name occurs twice"],
        ),
        (
            "nodes:\n  n1: {}\nnodes:\n  n2: {}\n",
            &["n1", "n2"],
            &["3:1: the section `nodes` occurs twice"],
        ),
        (
            "nodes:\n  n1: {}\nnodeprofile:\n  p: {}\n",
            &["n1"],
            &["3:1: unknown section `nodeprofile`, ignored (did you mean"],
        ),
        (
            "nodes:\n  n1: {? [a, b] : c}\n",
            &[],
            &["a key is a list, not one text"],
        ),
        (
            "nodes:\n  [a]: {}\n  n2: {}\n",
            &["n2"],
            &["the name \"\" is not one text"],
        ),
        ("WW_INTERNAL: 45\nnodes:\n  n1: {}\n", &["n1"], &[]),
    ]);
}

#[test]
fn values_and_shapes() {
    check(&[
        (
            "nodes:\n  n1:\n    network devices:\n      e:\n        ipaddr: 10.0.0.300\n        hwaddr: zz\n        mtu: 9k\n  n2: {}\n",
            &["n2"],
            &[
                "5:17: node n1: `net.e.ipaddr`: \"10.0.0.300\" is not an IPv4 address",
                "6:17: node n1: `net.e.hwaddr`: \"zz\" is wrong",
                "7:14: node n1: `net.e.mtu`: \"9k\" is not a whole number from 68",
            ],
        ),
        (
            "nodes:\n  n1:\n    network devices:\n      e: {ipaddr: 10.0.0.1/8}\n",
            &[],
            &["the prefix length goes into the netmask"],
        ),
        (
            "nodes:\n  n1:\n    network devices: [e]\n",
            &[],
            &["3:22: node n1: `network devices` is a list, not a section"],
        ),
        (
            "nodes:\n  n1:\n    init: [a]\n",
            &[],
            &["3:11: node n1: `init` is a list, not one text"],
        ),
        (
            "nodes:\n  n1:\n    profiles: {a: b}\n",
            &[],
            &["`profiles` is a section, not a list"],
        ),
        (
            "nodes:\n  n1:\n    kernel: {args: [[a]]}\n",
            &[],
            &["an item of `kernel.args` is a list"],
        ),
        (
            "nodes:\n  n1: text\n  n2: [a]\n  n3: {}\n",
            &["n3"],
            &[
                "2:7: node n1: the entry is one text",
                "node n2: the entry is a list",
            ],
        ),
        (
            "nodes: [n1]\n",
            &[],
            &["1:8: `nodes` is a list, not a section of names"],
        ),
        (
            "nodes:\n  n1: {image name: ../../etc}\n",
            &[],
            &["`image`: \"../../etc\" contains `..`"],
        ),
        (
            "nodes:\n  n1: {asset key: \"s3cret\\n\"}\n",
            &[],
            &["`asset_key`: the value contains a line break"],
        ),
        (
            "nodes:\n  n1:\n    kernel: {args: [\"quiet\\nshell\"]}\n",
            &[],
            &["contains a line break"],
        ),
        (
            "nodes:\n  n1: {discoverable: ture}\n",
            &["n1"],
            &["\"ture\" is neither yes nor no; it reads as no"],
        ),
        (
            "nodes:\n  n1: {disks: {/dev/sda: {wipe_table: maybe}}}\n",
            &[],
            &["`disks./dev/sda.wipe_table`: \"maybe\" is not true or false"],
        ),
    ]);
}

#[test]
fn names_of_nodes_and_devices() {
    let long = "n".repeat(254);
    for (name, why) in [
        ("\"..\"", "is a folder"),
        ("a/b", "contains `/`"),
        ("-n1", "begins with `-`"),
        ("\"a\\nb\"", "line break"),
        ("\"a\\0b\"", "U+0000"),
        ("\"a\\u202Eb\"", "U+202E"),
        ("\"a\\u200Bb\"", "U+200B"),
        ("\"a b\"", "contains a blank"),
        ("\"${net0/mac}\"", "contains"),
        ("\"a||b\"", "contains `|`"),
        ("\"\"", "is empty"),
        (long.as_str(), "longer than 253"),
    ] {
        let view = loose_view(&format!("nodes:\n  {name}: {{}}\n  good: {{}}\n"), "");
        assert_eq!(names(&view), ["good"], "{name}");
        let told = told(&view);
        assert!(
            told.len() == 1 && told[0].contains(why) && told[0].contains("nodes.conf:2:3"),
            "{name} {told:?}"
        );
        assert!(!told[0].contains(['\u{202e}', '\u{0}', '\n']), "{told:?}");
    }
    check(&[
        (
            "nodes:\n  n1: {network devices: {\"../e\": {mtu: 1500}}}\n",
            &[],
            &["the name \"../e\" contains"],
        ),
        (
            "nodes:\n  n1: {tags: {\"a\\nb\": c}}\n",
            &[],
            &["contains a line break"],
        ),
        (
            "nodes:\n  n1: {ipmi: {escapechar: \"&\"}}\n",
            &["n1"],
            &["not acted on yet"],
        ),
    ]);
}

#[test]
fn broken_yaml_costs_only_the_broken_entry() {
    check(&[
        (
            "nodes:\n  n1:\n    comment: \"never closed\n  n2:\n    init: /a\n  n3: {}\n",
            &["n2", "n3"],
            &["node n1: is no YAML"],
        ),
        (
            "nodes:\n  n1:\n\tinit: /a\n  n2: {}\n",
            &["n2"],
            &["node n1: is no YAML"],
        ),
        (
            "nodes:\n  n1:\n    init: [a\n  n2: {}\n",
            &["n2"],
            &["node n1: is no YAML"],
        ),
        (
            "nodes:\n  n1: {}\n  n2\n  n3: {}\n",
            &["n1", "n3"],
            &["is no"],
        ),
        (
            "nodes:\n  n1:\n    init: *nowhere\n  n2: {}\n",
            &["n2"],
            &["node n1: is no YAML"],
        ),
        (
            "nodeprofiles:\n  p:\n    init: 'x\n  q: {}\nnodes:\n  n1:\n    profiles: [q]\n",
            &["n1"],
            &["profile p: is no YAML"],
        ),
        (
            "just some words\n",
            &[],
            &["the file is one text; `nodeprofiles:` and `nodes:` are wanted"],
        ),
        ("\u{1}\u{2}\u{3}", &[], &["the file is"]),
        ("- a\n- b\n", &[], &["the file is a list"]),
        (
            "nodes:\n  n1: {}\n---\nnodes:\n  n2: {}\n",
            &["n1"],
            &["3:1: only the first document"],
        ),
        ("a\0b", &[], &["NUL"]),
    ]);
}

#[test]
fn byte_order_mark_and_carriage_returns() {
    check(&[
        ("\u{feff}nodes:\n  n1: {}\n", &["n1"], &[]),
        (
            "nodes:\r\n  n1:\r\n    init: /a\r\n  n2: {}\r\n",
            &["n1", "n2"],
            &[],
        ),
        (
            "nodes:\r\n  n1:\r\n    imge name: x\r\n",
            &[],
            &["nodes.conf:3:5"],
        ),
        ("", &[], &[]),
        ("# nothing\n", &[], &[]),
        ("nodes:\n", &[], &[]),
        ("nodes: {}\nnodeprofiles:\n", &[], &[]),
    ]);
    let view = loose_view("nodes:\r\n  n1:\r\n    init: /a\r\n", "");
    assert_eq!(view.nodes[0].init.as_deref(), Some("/a"));
}

#[test]
fn bombs_are_refused() {
    let mut text = String::from("x0: &a0 [a, a, a, a, a, a, a, a, a]\n");
    for at in 1..9 {
        let below = format!("*a{}", at - 1);
        let _ = writeln!(text, "x{at}: &a{at} [{}]", [below.as_str(); 9].join(", "));
    }
    text.push_str("nodes:\n  n1: {}\n  n2: {comment: *a8}\n");
    let view = loose_view(&text, "");
    assert_eq!(names(&view), ["n1"], "{:?}", told(&view));
    assert!(told(&view).iter().any(|fault| fault.contains("node n2")));

    let deep = format!(
        "nodes:\n  n1: {{resources: {{x: {}{}}}}}\n  n2: {{}}\n",
        "[".repeat(200),
        "]".repeat(200)
    );
    let view = loose_view(&deep, "");
    assert_eq!(names(&view), ["n2"], "{:?}", told(&view));
    assert!(
        told(&view)[0].contains("node n1: is nested deeper"),
        "{:?}",
        told(&view)
    );

    let huge = format!("nodes:\n  n1: {{}}\n#{}", "x".repeat(101 << 20));
    let view = loose_view(&huge, "");
    assert!(view.nodes.is_empty() && told(&view)[0].contains("100 MB"));
}

#[test]
fn anchors_of_honest_files_work() {
    let view = loose_view(
        "nodes:\n  n1: &base\n    init: /a\n    root: tmpfs\n  n2:\n    <<: *base\n    init: /b\n  n3: *base\n",
        "",
    );
    assert!(view.faults.is_empty(), "{:?}", told(&view));
    let inits: Vec<_> = view
        .nodes
        .iter()
        .map(|node| node.init.as_deref().unwrap())
        .collect();
    assert_eq!(inits, ["/a", "/b", "/a"]);
    assert!(
        view.nodes
            .iter()
            .all(|node| node.value(&muster::model::Key::plain("root")).is_some())
    );
}

#[test]
fn references() {
    check(&[
        (
            "nodeprofiles:\n  default: {}\nnodes:\n  n1:\n    profiles: [defalt]\n",
            &["n1"],
            &[
                "5:15: node n1: there is no profile `defalt`; it is skipped (did you mean `default`?)",
            ],
        ),
        (
            "nodeprofiles:\n  a: {profiles: [b]}\n  b: {profiles: [a]}\nnodes:\n  n1: {profiles: [a]}\n",
            &["n1"],
            &["profile a: includes itself"],
        ),
        (
            "nodeprofiles:\n  a: {profiles: [a]}\nnodes: {n1: {profiles: [a]}}\n",
            &["n1"],
            &["profile a: includes itself"],
        ),
        (
            "nodeprofiles:\n  p: {imge name: x}\nnodes:\n  n1: {profiles: [p]}\n  n2: {}\n",
            &["n2"],
            &[
                "profile p: unknown key",
                "node n1: its profile `p` has faults and was never good",
            ],
        ),
        (
            "nodes:\n  n1: {network devices: {e: {hwaddr: \"52:54:00:00:00:01\", ipaddr: 10.0.0.1}}}\n  n2: {network devices: {e: {hwaddr: \"52:54:00:00:00:01\", ipaddr: 10.0.0.1}}}\n",
            &["n1", "n2"],
            &[
                "nodes.conf:3:38: node n2: hardware address 52:54:00:00:00:01 is n1's already",
                "address 10.0.0.1 is n1's already",
            ],
        ),
        (
            "nodes:\n  n1: {network devices: {a: {hwaddr: \"52:54:00:00:00:01\"}, b: {hwaddr: \"52:54:00:00:00:01\"}}}\n",
            &["n1"],
            &[],
        ),
        (
            "nodes:\n  n1: {network devices: {a: {hwaddr: \"52:54:00:00:00:01\"}}}\n  n2: {discoverable: yes, network devices: {b: {hwaddr: \"52:54:00:00:00:01\"}}}\n",
            &["n1", "n2"],
            &[],
        ),
    ]);
}

#[test]
fn profiles_may_be_nested_ten_thousand_deep() {
    let mut text = String::from("nodeprofiles:\n");
    for at in 0..10_000 {
        let _ = writeln!(
            text,
            "  p{at}: {{profiles: [p{}], tags: {{last: \"{at}\"}}}}",
            at + 1
        );
    }
    text.push_str("  p10000: {image name: deep}\nnodes:\n  n1: {profiles: [p0]}\n");
    let view = loose_view(&text, "");
    assert_eq!(view.nodes[0].image.as_deref(), Some("deep"));
    assert_eq!(view.nodes[0].tags["last"].as_ref(), "0");
}

#[test]
fn a_remark_is_told_once_however_often_it_applies() {
    let mut text = String::from("nodes:\n");
    for at in 0..1_000 {
        let _ = writeln!(
            text,
            "  n{at}: {{container name: x, ipmi: {{template: u}}}}"
        );
    }
    let view = loose_view(&text, "");
    let told = told(&view);
    assert_eq!(view.nodes.len(), 1_000);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(
        told[0]
            .contains("2:8: `container name` is an older spelling of `image name` (1,000 places"),
        "{told:#?}"
    );
    assert!(told[1].contains("`ipmi: template` is not acted on yet"));
    assert!(
        view.faults
            .iter()
            .all(|fault| fault.level == Level::Warning)
    );
}

const SEED: &str = "nodeprofiles:\n  default:\n    profiles: [base]\n    kernel:\n      args: [quiet, \"a b\"]\n    resources:\n      fstab:\n        - {spec: x, file: /y}\n  base: &b\n    init: /sbin/init\nnodes:\n  n1:\n    # a comment\n    profiles:\n      - default\n    comment: |\n      long\n      text\n    network devices:\n      eno1:\n        hwaddr: \"52:54:00:00:00:01\"\n        ipaddr: 10.0.0.1\n  n2: {profiles: [default], tags: {rack: r1}}\n  n3: *b\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_a_file_makes_it_panic(
        edits in prop::collection::vec((0usize..600, 0u8..4, prop::sample::select(vec![
            "\t", "\n", " ", "  ", ":", ": ", "-", "- ", "[", "]", "{", "}", "\"", "'", "&a ", "*a", "|", ">", "#", "%", "@", "!", "? ", ",", "~", "<<: *b", "\r", "\u{feff}", "\u{85}", "é", "---\n", "...\n", "\\", "0", "\u{0}",
        ])), 1..6),
    ) {
        let mut letters: Vec<String> = SEED.chars().map(String::from).collect();
        for (at, what, text) in edits {
            let at = at % letters.len().max(1);
            match what {
                0 if letters.len() > 1 => { letters.remove(at); }
                1 if !letters.is_empty() => letters[at] = text.to_owned(),
                2 => letters.truncate(at.max(1)),
                _ => letters.insert(at, text.to_owned()),
            }
        }
        let text = letters.concat();
        let mut registry = registry();
        registry.load(Some(""), Some(SEED));
        registry.load(Some(&text), Some(&text));
        for fault in &registry.view().unwrap().faults {
            prop_assert!(fault.spot.as_ref().is_none_or(|spot| spot.line > 0 && spot.column > 0), "{fault}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic(text in "\\PC{0,80}", more in "[ \\n:\\-\\[\\]{}\"'a&*|#]{0,60}") {
        loose_view(&text, &more);
        loose_view(&more, &text);
    }
}
