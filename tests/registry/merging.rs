//! The merge rules, case by case, with the source of every value.

use std::sync::Arc;

use muster::model::{Key, Node, View};

use crate::support::{loose_view, registry, view};

fn node(text: &str) -> Arc<Node> {
    view(text, "").nodes[0].clone()
}

fn key(field: &'static str, names: &[&str]) -> Key {
    Key {
        field,
        names: names.iter().map(|name| Arc::from(*name)).collect(),
    }
}

fn value(node: &Node, key: &Key) -> (String, String) {
    let value = node.value(key).map(ToString::to_string).unwrap_or_default();
    let source = node
        .sources
        .get(key)
        .map(ToString::to_string)
        .unwrap_or_default();
    (value, source)
}

fn pair(value: &str, source: &str) -> (String, String) {
    (value.to_owned(), source.to_owned())
}

fn profiles(of: &str, extra: &str) -> Vec<String> {
    let text = format!("nodeprofiles:\n{extra}nodes:\n  n1: {{profiles: {of}}}\n");
    let mut registry = registry();
    registry.load(None, Some(&text));
    registry
        .profiles_of("n1")
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn profiles_expand_depth_first_and_once() {
    let tree = "  a: {profiles: [c]}\n  b: {profiles: [c, d]}\n  c: {}\n  d: {profiles: [a]}\n";
    for (of, order) in [
        ("[a]", &["c", "a"][..]),
        ("[a, b]", &["c", "a", "d", "b"]),
        ("[b, a]", &["c", "a", "d", "b"]),
        ("[b, b]", &["c", "a", "d", "b"]),
        ("[b, ~a]", &["c", "d", "b"]),
        ("[~a, b]", &["c", "d", "b"]),
        ("[~c, a]", &["a"]),
        ("[~x, a]", &["c", "a"]),
        ("[]", &[]),
    ] {
        assert_eq!(profiles(of, tree), order, "{of}");
    }
    let negating = "  a: {}\n  b: {profiles: [~a]}\n";
    assert_eq!(
        profiles("[a, b]", negating),
        ["b"],
        "a marker anywhere counts"
    );
    let cycle = "  a: {profiles: [b]}\n  b: {profiles: [c]}\n  c: {profiles: [a]}\n";
    assert_eq!(profiles("[a]", cycle), ["c", "b", "a"]);
}

#[test]
fn texts_take_the_last_that_is_not_empty() {
    let node = node(
        "nodeprofiles:\n  a: {init: /a, image name: ia, root: tmpfs, tags: {x: a, y: a}}\n  b: {init: \"\", image name: ib, tags: {x: \"\", z: b}}\nnodes:\n  n1: {profiles: [a, b], image name: \"\", root: ~, tags: {y: n}}\n",
    );
    assert_eq!(value(&node, &key("init", &[])), pair("/a", "profile a"));
    assert_eq!(value(&node, &key("image", &[])), pair("ib", "profile b"));
    assert_eq!(value(&node, &key("root", &[])), pair("tmpfs", "profile a"));
    assert_eq!(value(&node, &key("tags", &["x"])), pair("a", "profile a"));
    assert_eq!(value(&node, &key("tags", &["y"])), pair("n", "node"));
    assert_eq!(value(&node, &key("tags", &["z"])), pair("b", "profile b"));
}

#[test]
fn zero_addresses_override_and_undef_is_a_text() {
    let node = node(
        "nodeprofiles:\n  a: {image name: x, network devices: {e: {gateway: 10.0.0.1}}}\nnodes:\n  n1: {profiles: [a], image name: UNDEF, network devices: {e: {gateway: 0.0.0.0}}}\n",
    );
    assert_eq!(
        value(&node, &key("net.gateway", &["e"])),
        pair("0.0.0.0", "node")
    );
    assert_eq!(node.image.as_deref(), Some("UNDEF"));
}

#[test]
fn false_overrides_true() {
    let view = loose_view(
        "nodeprofiles:\n  a: {disks: {/dev/sda: {wipe_table: true}}}\nnodes:\n  n1: {profiles: [a], disks: {/dev/sda: {wipe_table: false}}}\n  n2: {profiles: [a], disks: {/dev/sda: {wipe_table: ~}}}\n",
        "",
    );
    let wipe = key("disks.wipe_table", &["/dev/sda"]);
    assert_eq!(value(&view.nodes[0], &wipe), pair("false", "node"));
    assert_eq!(value(&view.nodes[1], &wipe), pair("true", "profile a"));
}

#[test]
fn lists_append_and_then_lose_what_is_negated() {
    let node = node(
        "nodeprofiles:\n  a: {system overlay: [x, y], kernel: {args: [q, q, r]}, filesystems: {}}\n  b: {system overlay: [y, ~x]}\nnodes:\n  n1: {profiles: [a, b], system overlay: [z, x], kernel: {args: [~q]}}\n",
    );
    assert_eq!(
        value(&node, &key("system_overlay", &[])),
        pair("y y z", "a, b, node")
    );
    assert_eq!(value(&node, &key("kernel.args", &[])), pair("r", "a, node"));
    assert_eq!(node.system_overlay.join(" "), "y y z");
    assert_eq!(node.profiles.join(" "), "a b");
    let only = view(
        "nodeprofiles:\n  a: {runtime overlay: [h, ~h, k]}\nnodes:\n  n1: {profiles: [a]}\n",
        "",
    );
    assert_eq!(
        value(&only.nodes[0], &key("runtime_overlay", &[])),
        pair("k", "profile a")
    );
}

#[test]
fn mkfs_options_append_but_are_not_negated() {
    let view = loose_view(
        "nodeprofiles:\n  a: {filesystems: {/dev/sda1: {options: [x]}}}\nnodes:\n  n1: {profiles: [a], filesystems: {/dev/sda1: {options: [~x]}}}\n",
        "",
    );
    assert_eq!(
        value(&view.nodes[0], &key("filesystems.options", &["/dev/sda1"])),
        pair("x ~x", "a, node")
    );
}

#[test]
fn comment_and_profiles_are_the_nodes_own() {
    let node = node(
        "nodeprofiles:\n  a: {comment: of a, profiles: [b]}\n  b: {}\nnodes:\n  n1: {profiles: [a]}\n",
    );
    assert_eq!(node.comment, None);
    assert_eq!(value(&node, &key("comment", &[])), pair("", ""));
    assert_eq!(value(&node, &key("profiles", &[])), pair("a", "node"));
}

#[test]
fn entries_merge_field_by_field() {
    let node = node(
        "nodeprofiles:\n  a: {network devices: {e: {device: eno1, mtu: \"1500\"}, f: {device: eno2}}}\nnodes:\n  n1: {profiles: [a], network devices: {e: {ipaddr: 10.0.0.1, mtu: \"9000\"}}}\n",
    );
    assert_eq!(
        value(&node, &key("net.device", &["e"])),
        pair("eno1", "profile a")
    );
    assert_eq!(value(&node, &key("net.mtu", &["e"])), pair("9000", "node"));
    assert_eq!(node.net.len(), 2);
}

#[test]
fn the_primary_network_is_named_or_the_first() {
    let devices = "network devices: {b: {ipaddr: 10.0.0.2}, a: {ipaddr: 10.0.0.1}}";
    for (own, name, source) in [
        ("", "a", "first network device"),
        ("primary network: b, ", "b", "node"),
        ("primary network: zz, ", "a", "first network device"),
    ] {
        let node = node(&format!("nodes:\n  n1: {{{own}{devices}}}\n"));
        assert_eq!(value(&node, &key("primary", &[])), pair(name, source));
        assert_eq!(node.primary_dev().unwrap().name.as_ref(), name);
    }
    let none = node("nodes:\n  n1: {primary network: zz}\n");
    assert_eq!(
        (none.primary, value(&none, &key("primary", &[])).0.as_str()),
        (None, "zz")
    );
}

fn resource(view: &View) -> String {
    let (value, _) = value(&view.nodes[0], &key("resources", &["r"]));
    value.replace('\n', " ")
}

#[test]
fn resources_merge_deeply() {
    for (low, high, merged) in [
        ("[a]", "[b, a]", "- a - b - a"),
        (
            "{x: 1, y: {p: [1]}}",
            "{y: {p: [2], q: 3}}",
            "x: 1 y:   p:   - 1   - 2   q: 3",
        ),
        ("{x: 1, y: 2}", "{x: \"\", y: 5}", "x: 1 y: 5"),
        ("text", "other", "other"),
        ("[a]", "{x: 1}", "x: 1"),
        ("{x: 1}", "text", "text"),
        ("[a]", "[]", "- a"),
    ] {
        let text = format!(
            "nodeprofiles:\n  a: {{resources: {{r: {low}}}}}\nnodes:\n  n1: {{profiles: [a], resources: {{r: {high}}}}}\n"
        );
        assert_eq!(resource(&view(&text, "")), merged, "{low} under {high}");
    }
}

#[test]
fn a_list_over_a_map_is_that_nodes_fault_alone() {
    let view = loose_view(
        "nodeprofiles:\n  a: {resources: {r: {x: 1}}}\nnodes:\n  n1: {profiles: [a], resources: {r: [b]}}\n  n2: {profiles: [a]}\n",
        "",
    );
    assert_eq!(view.nodes.len(), 1);
    assert_eq!(view.nodes[0].name.as_ref(), "n2");
    let told = view.faults[0].to_string();
    assert!(
        told.contains("node n1: `resources.r` is a list here and a section in a profile"),
        "{told}"
    );
}

#[test]
fn a_value_names_what_it_hides() {
    let mut registry = registry();
    registry.load(
        None,
        Some("nodeprofiles:\n  a: {image name: ia}\n  b: {image name: ib, kernel: {args: [x]}}\nnodes:\n  n1: {profiles: [a, b], image name: own, kernel: {args: [y]}}\n  n2: {profiles: [a, b]}\n"),
    );
    let shadows = |node: &str, key: &Key| -> Vec<String> {
        let given = registry.given(node, key).unwrap();
        given
            .shadows
            .iter()
            .map(|(source, value)| format!("{source}={value}"))
            .collect()
    };
    assert_eq!(
        shadows("n1", &key("image", &[])),
        ["profile b=ib", "profile a=ia"]
    );
    assert_eq!(shadows("n2", &key("image", &[])), ["profile a=ia"]);
    assert!(shadows("n1", &key("kernel.args", &[])).is_empty());
    assert_eq!(registry.given("n1", &key("init", &[])), None);
    assert_eq!(registry.given("nobody", &key("image", &[])), None);
}
