//! Scalars keep their text; typed members are read from them; older spellings are read with a warning.

use std::net::Ipv4Addr;

use muster::model::{Key, RootKind, Value};

use crate::support::{loose_view, view};

#[test]
fn scalars_keep_the_text_that_was_written() {
    let view = view(
        "nodes:\n  n1:\n    kernel: {version: 6.10, args: [010, yes, 1e3, 0x1f, 12:30:45, null_blk]}\n    init: 0644\n    tags: {a: 1.0, b: no, c: 2026-01-01, d: ~, e: \"\", f: \"~\"}\n",
        "",
    );
    let node = &view.nodes[0];
    assert_eq!(node.kernel_version.as_deref(), Some("6.10"));
    let args: Vec<&str> = node.kernel_args.iter().map(AsRef::as_ref).collect();
    assert_eq!(args, ["010", "yes", "1e3", "0x1f", "12:30:45", "null_blk"]);
    assert_eq!(node.init.as_deref(), Some("0644"));
    let tags: Vec<(&str, &str)> = node
        .tags
        .iter()
        .map(|(k, v)| (k.as_ref(), v.as_ref()))
        .collect();
    assert_eq!(
        tags,
        [("a", "1.0"), ("b", "no"), ("c", "2026-01-01"), ("f", "~")]
    );
}

#[test]
fn free_yaml_keeps_numbers_only_if_they_read_back_the_same() {
    let view = view(
        "nodes:\n  n1:\n    resources:\n      x: {mode: 0644, v: 6.10, n: 12, f: 1.5, t: true, y: yes, q: \"12\", z: ~, e: 1e3}\n",
        "",
    );
    let key = Key {
        field: "resources",
        names: vec!["x".into()],
    };
    let Some(Value::Yaml(free)) = view.nodes[0].value(&key) else {
        panic!("no resource");
    };
    let text = serde_json::to_string(free).unwrap();
    assert_eq!(
        text,
        r#"{"mode":"0644","v":"6.10","n":12,"f":1.5,"t":true,"y":"yes","q":"12","z":null,"e":"1e3"}"#
    );
}

#[test]
fn a_node_has_its_typed_members() {
    let view = view(
        "nodes:\n  n0417:\n    cluster name: c1\n    image name: rocky9\n    ipxe template: default\n    root: tmpfs\n    asset key: s3cret\n    discoverable: YES\n    primary network: ib0\n    network devices:\n      eno1: {device: eno1, hwaddr: 52:54:00:AA:00:01, ipaddr: 10.0.4.17, netmask: 255.255.252.0, gateway: 10.0.4.1, mtu: \"9000\", onboot: no, tags: {DNS1: 10.0.0.1}}\n      ib0: {type: infiniband, hwaddr: \"a0:00:02:20:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:01\", ipaddr: 10.1.4.17, ipaddr6: fd00::17, prefixlen6: 64}\n",
        "",
    );
    let node = view.by_name("n0417").unwrap();
    assert_eq!(
        (node.rack.as_ref(), &node.root, node.discoverable),
        ("n04", &RootKind::Tmpfs, true)
    );
    assert_eq!(node.asset_key.as_ref().unwrap().reveal(), "s3cret");
    assert!(!format!("{:?}", node.asset_key).contains("s3cret"));
    assert_eq!(node.primary_dev().unwrap().name.as_ref(), "ib0");
    assert_eq!(node.ipaddr(), Some(Ipv4Addr::new(10, 1, 4, 17)));
    let eno1 = &node.net[0];
    assert_eq!(eno1.hwaddr.unwrap().to_string(), "52:54:00:aa:00:01");
    assert_eq!((eno1.mtu, eno1.onboot), (Some(9000), Some(false)));
    assert_eq!(eno1.tags["DNS1"].as_ref(), "10.0.0.1");
    assert_eq!(node.net[1].prefixlen6, Some(64));
    let key = Key {
        field: "net.hwaddr",
        names: vec!["eno1".into()],
    };
    assert_eq!(node.value(&key).unwrap().text(), Some("52:54:00:AA:00:01"));
    assert_eq!(
        view.by_ip(Ipv4Addr::new(10, 0, 4, 17).into())
            .unwrap()
            .name
            .as_ref(),
        "n0417"
    );
}

#[test]
fn racks_come_from_the_tag_or_the_name() {
    for (name, rack) in [
        ("r07n12", "r07"),
        ("rack1-node05", "rack1"),
        ("n0417", "n04"),
        ("n417", "n4"),
        ("n12", "n"),
        ("node-7", "node"),
        ("login", "login"),
        ("n0417.cluster1", "n04"),
        ("4711", "4711"),
    ] {
        let plain = view(&format!("nodes:\n  \"{name}\": {{}}\n"), "");
        assert_eq!(plain.nodes[0].rack.as_ref(), rack, "{name}");
        let tagged = view(
            &format!("nodes:\n  \"{name}\": {{tags: {{rack: x9}}}}\n"),
            "",
        );
        assert_eq!(tagged.nodes[0].rack.as_ref(), "x9");
    }
}

#[test]
fn lists_are_ordered_by_cluster_then_by_natural_name() {
    let view = view(
        "nodes:\n  n10: {}\n  n2: {}\n  b1: {cluster name: beta}\n  a1: {cluster name: alpha}\n  n1: {cluster name: beta}\n",
        "",
    );
    let names: Vec<&str> = view.nodes.iter().map(|node| node.name.as_ref()).collect();
    assert_eq!(names, ["n2", "n10", "a1", "b1", "n1"]);
}

#[test]
fn older_spellings_are_read_with_a_warning() {
    let view = loose_view(
        "nodes:\n  n1:\n    container name: rocky\n    kernel args: quiet splash\n    kernel override: 5.14\n    ipmi ipaddr: 10.9.0.1\n    keys: {a: b}\n    system overlay: wwinit,generic\n    profiles: p\n    network devices:\n      eno2: {default: true, ipcidr: 10.0.0.2/22, ip6addr: \"fd00::1\"}\n      eno1: {}\n  n2:\n",
        "",
    );
    let told: Vec<String> = view.faults.iter().map(ToString::to_string).collect();
    assert!(
        view.faults
            .iter()
            .all(|fault| fault.level == muster::model::Level::Warning),
        "{told:#?}"
    );
    for part in [
        "`container name` is an older spelling of `image name`",
        "`kernel args` is an older",
        "`kernel override` is an older spelling of `kernel: version`",
        "`ipmi ipaddr` is an older",
        "`keys` is an older spelling of `tags`",
        "`system overlay` is one text",
        "`ipcidr` is an older",
        "`ip6addr` is an older",
        "`default` is an older spelling of `primary network`",
        "a node has no value",
        "no profile `p`",
    ] {
        assert!(
            told.iter().any(|fault| fault.contains(part)),
            "{part}\n{told:#?}"
        );
    }
    let node = view.by_name("n1").unwrap();
    assert_eq!(node.image.as_deref(), Some("rocky"));
    assert_eq!(node.kernel_version.as_deref(), Some("5.14"));
    assert_eq!(node.kernel_args.join(" "), "quiet splash");
    assert_eq!(node.system_overlay.join(" "), "wwinit generic");
    assert_eq!(node.ipaddr(), Some(Ipv4Addr::new(10, 0, 0, 2)));
    assert_eq!(
        node.primary_dev().unwrap().netmask,
        Some(Ipv4Addr::new(255, 255, 252, 0))
    );
    assert_eq!(node.ipmi.ipaddr, Some(Ipv4Addr::new(10, 9, 0, 1)));
    assert_eq!(node.tags["a"].as_ref(), "b");
    assert!(view.by_name("n2").is_some());
}
