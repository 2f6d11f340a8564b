//! What templates may name, and what is told of that: nothing is listed that does not render, and nothing renders that is not listed.

use std::collections::BTreeSet;

use muster::daemon::files::Disk;
use muster::overlay::{BRIEF, FUNCTIONS, MEMBERS, Sources, preview, scope};
use serde_json::Value;

use super::nodes::Site;

/// Two nodes that have everything between them: the primary device of one is a bond, that of the other a VLAN.
const NODES: &str = r#"
nodes:
  n1:
    comment: first
    cluster name: alder
    image name: rocky
    init: /sbin/init
    root: tmpfs
    kernel: {version: 6.1.0, args: [quiet]}
    system overlay: [hosts]
    runtime overlay: [site]
    primary network: uplink
    network devices:
      uplink: {type: Bond, device: bond0, ipaddr: 10.0.1.1, netmask: 255.255.0.0, gateway: 10.0.0.254, mtu: "9000",
        ipaddr6: "fd00::1", gateway6: "fd00::ff", hwaddr: "52:54:00:00:01:00", tags: {route1: "10.7.0.0/16,10.0.1.7"}}
    ipmi: {ipaddr: 10.8.0.1, netmask: 255.255.0.0, gateway: 10.8.0.254, username: admin, password: secret}
    tags: {rack: r1}
    disks: {/dev/vda: {wipe_table: true, partitions: {root: {number: "1", size_mib: "100"}}}}
    filesystems: {/dev/disk/by-partlabel/root: {format: ext4, path: /scratch}}
    resources: {fstab: [{spec: none}]}
  n2:
    primary network: up
    network devices:
      base: {device: eth0, hwaddr: "52:54:00:00:02:00"}
      up: {type: vlan, device: eth0.7, ipaddr: 10.0.1.2, netmask: 255.255.0.0}
"#;

/// Names below `name`, as templates write them. What the site names itself is not looked into.
fn below(name: &str, value: &Value, found: &mut BTreeSet<String>) {
    const FREE: [&str; 4] = ["tags", "resources", "values", "net"];
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                let name = format!("{name}.{member}");
                found.insert(name.clone());
                if !FREE.contains(&member.as_str()) {
                    below(&name, value, found);
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .take(1)
            .for_each(|item| below(&format!("{name}[0]"), item, found)),
        _ => {}
    }
}

#[test]
fn every_name_is_told_of_and_renders() {
    let site = Site::new(NODES);
    let mut there = BTreeSet::new();
    for node in &site.view().nodes {
        let all = serde_json::to_value(scope::node(node)).unwrap();
        below("node", &all, &mut there);
        let server = serde_json::to_value(scope::server(site.view(), node)).unwrap();
        below("server", &server, &mut there);
    }
    let told: BTreeSet<String> = MEMBERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(told.len(), MEMBERS.len(), "each once");
    let untold: Vec<_> = there.difference(&told).collect();
    let nowhere: Vec<_> = told.difference(&there).collect();
    assert!(
        untold.is_empty() && nowhere.is_empty(),
        "not told of: {untold:?}; not there: {nowhere:?}"
    );
    let sources = Sources::new(&site.state());
    for (name, doc) in MEMBERS {
        assert!((3..=110).contains(&doc.len()), "{name}: {doc}");
        site.write(
            "overlays/one/rootfs/x.tera",
            &format!("{{{{ {name} | json }}}}"),
        );
        let fails = |node: &str| {
            let node = site.view().by_name(node).unwrap();
            preview(site.view(), node, &sources, &Disk, "one", None, &[]).faults
        };
        assert!(
            fails("n1").is_empty() || fails("n2").is_empty(),
            "{name}: {:?}",
            fails("n1")
        );
    }
}

#[test]
fn what_other_nodes_are_known_by_is_told_of() {
    let site = Site::new(NODES);
    let brief = serde_json::to_value(scope::brief(&site.view().nodes[0])).unwrap();
    let there: BTreeSet<&str> = brief
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(there, BRIEF.into_iter().collect());
}

#[test]
fn every_function_is_told_of_as_it_is_called() {
    let site = Site::new(NODES);
    let sources = Sources::new(&site.state());
    let node = site.view().by_name("n1").unwrap();
    for (name, doc) in FUNCTIONS {
        assert!(
            doc.contains(&format!("{name}(")) || doc.contains(&format!("| {name}")),
            "{doc}"
        );
        // Called without anything, it is known, whatever else it says.
        let call = match doc.contains(&format!("| {name}")) {
            true => format!("{{{{ \"a\" | {name} }}}}"),
            false => format!("{{{{ {name}() }}}}"),
        };
        site.write("overlays/one/rootfs/x.tera", &call);
        let made = preview(site.view(), node, &sources, &Disk, "one", None, &[]);
        let unknown = made
            .faults
            .iter()
            .any(|fault| fault.what.contains("nknown") || fault.what.contains("not found"));
        assert!(!unknown, "{name}: {:?}", made.faults);
    }
}
