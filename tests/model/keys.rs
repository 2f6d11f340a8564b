//! Keys as people write them.

use muster::model::{Branch, Key, field};
use proptest::prelude::*;

fn names(key: &str) -> (String, Vec<String>) {
    let key = Key::parse(key).unwrap_or_else(|error| panic!("{key}: {error}"));
    (
        key.field.to_owned(),
        key.names.iter().map(ToString::to_string).collect(),
    )
}

#[test]
fn keys_are_read_as_they_are_typed() {
    for (text, field, found) in [
        ("image", "image", vec![]),
        ("kernel.args", "kernel.args", vec![]),
        ("net.eno1.ipaddr", "net.ipaddr", vec!["eno1"]),
        ("net.eno1.100.ipaddr", "net.ipaddr", vec!["eno1.100"]),
        ("net.\"eno1.100\".ipaddr", "net.ipaddr", vec!["eno1.100"]),
        ("network devices.eno1.ipaddr", "net.ipaddr", vec!["eno1"]),
        ("image name", "image", vec![]),
        ("tags.rack", "tags", vec!["rack"]),
        ("tags.a.b", "tags", vec!["a.b"]),
        ("net.eno1.tags.ipaddr", "net.tags", vec!["eno1", "ipaddr"]),
        (
            "disks./dev/sda.partitions.root.size_mib",
            "disks.partitions.size_mib",
            vec!["/dev/sda", "root"],
        ),
        (
            "disks./dev/sda.wipe_table",
            "disks.wipe_table",
            vec!["/dev/sda"],
        ),
    ] {
        let found: Vec<String> = found.into_iter().map(str::to_owned).collect();
        assert_eq!(names(text), (field.to_owned(), found), "{text}");
    }
}

#[test]
fn a_slip_is_told_with_what_was_meant() {
    for (text, told) in [
        (
            "net.eno1.ipadr",
            "there is no setting `net.eno1.ipadr` (did you mean `net.eno1.ipaddr`?)",
        ),
        (
            "ipaddr",
            "there is no setting `ipaddr` (write it as `net.NAME.ipaddr` or `ipmi.ipaddr`)",
        ),
        (
            "netmask",
            "there is no setting `netmask` (write it as `net.NAME.netmask` or `ipmi.netmask`)",
        ),
        (
            "mtu",
            "there is no setting `mtu` (write it as `net.NAME.mtu`)",
        ),
        (
            "kernel.arg",
            "there is no setting `kernel.arg` (did you mean `kernel.args`?)",
        ),
        ("", "a key is empty"),
        (
            "net.\"eno1",
            "a quote of the key `net.\"eno1` is not closed",
        ),
        ("net.eno1", "there is no setting `net.eno1`"),
        (
            "net..ipaddr",
            "there is no setting `net..ipaddr` (did you mean `ipmi.ipaddr`?)",
        ),
    ] {
        let error = Key::parse(text).unwrap_err().to_string();
        assert!(
            error.starts_with(told.split(" (").next().unwrap()),
            "{text}: {error}"
        );
        if told.contains("write") || told.contains("mean `net.eno1") || told.contains("args") {
            assert_eq!(error, told);
        }
    }
}

#[test]
fn branches_hold_what_lies_below_them() {
    let key = |text: &str| Key::parse(text).unwrap();
    let branch = |text: &str| Branch::parse(text).unwrap();
    assert!(branch("net.eno1").holds(&key("net.eno1.tags.a")));
    assert!(!branch("net.eno1").holds(&key("net.eno10.ipaddr")));
    assert!(
        branch("disks./dev/sda.partitions.root").holds(&key("disks./dev/sda.partitions.root.guid"))
    );
    assert!(branch("tags").holds(&key("tags.x")) && branch("ipmi").holds(&key("ipmi.tags.vlan")));
    assert!(branch("image").holds(&key("image")));
    assert_eq!(
        branch("net.eno1.100").path.last().map(|word| &**word),
        Some("eno1.100")
    );
    assert!(Branch::parse("nets.eno1").is_err());
}

proptest! {
    /// What is displayed is read as the same key.
    #[test]
    fn display_and_parse_are_inverse(at in 0..field::NODE.len(), found in prop::collection::vec("[a-z0-9./\"\\\\ -]{1,12}", 2)) {
        let row = &field::NODE[at];
        let names = found.iter().take(row.names()).map(|name| name.as_str().into()).collect();
        let key = Key { field: row.id, names };
        prop_assert_eq!(Key::parse(&key.to_string()), Ok(key));
    }
}
