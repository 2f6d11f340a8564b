//! Strangers become nodes, and not a byte elsewhere changes.

use std::net::Ipv4Addr;

use muster::kit::Mac;
use muster::model::Fault;
use muster::registry::{Registry, first_discoverable, next_ip, next_name};
use proptest::prelude::*;

use crate::support::{registry, view};

const CONF: &str = "ipaddr: 10.0.0.1/24\nnaming: n[01-03]\ndhcp: {range start: 10.0.0.100, range end: 10.0.0.200}\n";

fn mac(last: u8) -> Mac {
    Mac::ethernet([0x52, 0x54, 0, 0, 0xab, last])
}

/// What came of an adoption.
#[derive(Debug)]
struct Adopted {
    text: String,
    name: String,
    ip: Option<Ipv4Addr>,
    summary: String,
}

fn loaded(text: &str, conf: &str) -> Registry {
    let mut registry = registry();
    registry.load(Some(conf), Some(text));
    registry
}

fn adopted(text: &str, name: Option<&str>) -> Result<Adopted, Fault> {
    let mut registry = loaded(text, CONF);
    let adoption = registry.adopt(mac(1), name, None)?;
    let draft = registry.draft(muster::model::File::Nodes, text, &adoption.edits);
    let draft = draft.map_err(|faults| faults.into_iter().next().unwrap())?;
    Ok(Adopted {
        text: draft.text.to_string(),
        name: adoption.name.to_string(),
        ip: adoption.ip,
        summary: adoption.summary,
    })
}

/// What was added to and removed from a text, line by line, when the rest is the same in order.
fn difference(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
    let (old, new): (Vec<&str>, Vec<&str>) = (
        old.split_inclusive('\n').collect(),
        new.split_inclusive('\n').collect(),
    );
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - head;
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(most)
        .take_while(|(a, b)| a == b)
        .count();
    let own = |lines: &[&str]| lines.iter().map(ToString::to_string).collect();
    (
        own(&new[head..new.len() - tail]),
        own(&old[head..old.len() - tail]),
    )
}

#[test]
fn a_new_node_is_appended_behind_the_last() {
    let text = "# site\nnodeprofiles:\n  default: # all\n    init: /sbin/init\n\nnodes:\n  n01:   {}   # first\n\n  # second\n  n02:\n    network devices:\n      eno1: {ipaddr: 10.0.0.2}\n    comment: |\n      text\n\n      # no comment\n\n# the end\n";
    let adoption = adopted(text, None).unwrap();
    assert_eq!(
        (adoption.name.as_str(), adoption.ip),
        ("n03", Some(Ipv4Addr::new(10, 0, 0, 3)))
    );
    assert_eq!(
        adoption.summary,
        "52:54:00:00:ab:01 becomes n03 with address 10.0.0.3"
    );
    let (added, removed) = difference(text, &adoption.text);
    assert!(removed.is_empty());
    assert_eq!(
        added.concat(),
        "  n03:\n    profiles:\n      - default\n    network devices:\n      default:\n        hwaddr: 52:54:00:00:ab:01\n        ipaddr: 10.0.0.3\n        netmask: 255.255.255.0\n"
    );
    assert!(
        adoption
            .text
            .ends_with("      # no comment\n".to_owned().as_str())
            || adoption.text.ends_with("# the end\n")
    );
    let node = view(&adoption.text, CONF).by_mac(&mac(1)).unwrap().clone();
    assert_eq!(
        (node.name.as_ref(), node.init.as_deref()),
        ("n03", Some("/sbin/init"))
    );
}

#[test]
fn every_form_of_section_is_met() {
    for (text, starts) in [
        ("", "nodes:\n  n01:\n"),
        ("nodes:\n", "nodes:\n  n01:\n"),
        ("nodes: {}\n", "nodes:\n  n01:\n"),
        ("nodes: {} # none yet\n", "nodes: # none yet\n  n01:\n"),
        (
            "nodes: ~\nnodeprofiles: {}\n",
            "nodes:\n  n01:\n    network devices:\n",
        ),
        (
            "nodes:\n    x: {}",
            "nodes:\n    x: {}\n    n01:\n      network",
        ),
        (
            "nodes:\n  x: {}\n  # tail\n# end\nnodeprofiles: {}\n",
            "nodes:\n  x: {}\n  n01:\n",
        ),
        (
            "nodeprofiles:\n  default: {}",
            "nodeprofiles:\n  default: {}\nnodes:\n  n01:\n    profiles:\n",
        ),
        (
            "nodes:\r\n  x: {}\r\n",
            "nodes:\r\n  x: {}\r\n  n01:\r\n    network devices:\r\n",
        ),
    ] {
        let adoption = adopted(text, None).unwrap_or_else(|fault| panic!("{text:?}: {fault}"));
        assert!(
            adoption.text.starts_with(starts),
            "{text:?}\n{}",
            adoption.text
        );
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_a_reason() {
    let known = "nodes:\n  n01: {network devices: {e: {hwaddr: \"52:54:00:00:ab:01\"}}}\n";
    for (text, name, part) in [
        (known, None, "52:54:00:00:ab:01 is n01 already"),
        (
            "nodes:\n  n01: {}\n  n02: {}\n  n03: {}\n",
            None,
            "every name of the pattern n[01-03] is taken",
        ),
        (
            "nodes:\n  n01: {}\n",
            Some("n01"),
            "there is a node n01 already, and it is not discoverable",
        ),
        (
            "nodes:\n  n01: {imge name: x}\n",
            Some("n01"),
            "there is a node n01 already",
        ),
        (
            "nodes: {n01: {}}\n",
            None,
            "nodes.conf:1:1: node n02: it cannot be changed for you: `nodes` is written in braces",
        ),
        ("{nodes: {}}\n", None, "cannot be changed for you"),
        ("just words\n", None, "mend the file first"),
        ("nodes: {}\n", Some("../x"), "contains"),
        ("nodes: {}\n", Some("a b"), "contains a blank"),
    ] {
        let fault = adopted(text, name).unwrap_err();
        assert!(fault.to_string().contains(part), "{text:?}: {fault}");
    }
}

#[test]
fn a_name_that_does_not_load_is_taken_too() {
    let adoption = adopted("nodes:\n  n01: {imge name: x}\n", None).unwrap();
    assert_eq!(adoption.name, "n02");
}

#[test]
fn a_discoverable_node_takes_the_machine() {
    let rows = [
        (
            "nodes:\n  a: # x\n    discoverable: yes # y\n    network devices:\n      e:\n        hwaddr: 00:00:00:00:00:00 # old\n        ipaddr: 10.0.0.7\n  b: {}\n",
            "nodes:\n  a: # x\n    network devices:\n      e:\n        hwaddr: 52:54:00:00:ab:01 # old\n        ipaddr: 10.0.0.7\n  b: {}\n",
        ),
        (
            "nodes:\n  a:\n    network devices:\n      e:\n        # address\n        ipaddr: 10.0.0.7\n    discoverable: \"true\"\n",
            "nodes:\n  a:\n    network devices:\n      e:\n        hwaddr: 52:54:00:00:ab:01\n        # address\n        ipaddr: 10.0.0.7\n",
        ),
        (
            "nodes:\n  a:\n    discoverable: true\n    comment: x\n",
            "nodes:\n  a:\n    comment: x\n    network devices:\n      default:\n        hwaddr: 52:54:00:00:ab:01\n",
        ),
        (
            "nodes:\n  a:\n    discoverable: true\n    network devices:\n      e:\n        hwaddr: \"00:00:00:00:00:02\"\n",
            "nodes:\n  a:\n    network devices:\n      e:\n        hwaddr: \"52:54:00:00:ab:01\"\n",
        ),
        (
            "nodeprofiles:\n  p: {network devices: {a0: {mtu: 9000}}}\nnodes:\n  a:\n    profiles: [p]\n    discoverable: true\n    network devices:\n      b0:\n        ipaddr: 10.0.0.7\n",
            "nodeprofiles:\n  p: {network devices: {a0: {mtu: 9000}}}\nnodes:\n  a:\n    profiles: [p]\n    network devices:\n      a0:\n        hwaddr: 52:54:00:00:ab:01\n      b0:\n        ipaddr: 10.0.0.7\n",
        ),
    ];
    for (before, after) in rows {
        let adoption = adopted(before, Some("a")).unwrap_or_else(|fault| panic!("{before}{fault}"));
        assert_eq!(adoption.text, after);
        let node = view(after, CONF).by_mac(&mac(1)).unwrap().clone();
        assert_eq!((node.name.as_ref(), node.discoverable), ("a", false));
    }
}

#[test]
fn the_first_listed_discoverable_node_with_a_device_is_next() {
    let view = view(
        "nodes:\n  n10: {discoverable: yes, network devices: {e: {mtu: 1500}}}\n  n9: {discoverable: yes, network devices: {e: {mtu: 1500}}}\n  n1: {discoverable: yes}\n",
        "",
    );
    assert_eq!(first_discoverable(&view).unwrap().name.as_ref(), "n9");
}

#[test]
fn names_and_addresses_come_in_order() {
    assert_eq!(
        next_name("n[1-3],x", |name| name != "x" && name != "n3"),
        Some("n3".to_owned())
    );
    assert_eq!(next_name("n[1-3]", |_| true), None);
    let view = view(
        "nodes: {}\n",
        "networks:\n  a: {subnet: 10.0.0.0/29, gateway: 10.0.0.1, server: 10.0.0.2, pool: 10.0.0.3-10.0.0.4}\n  b: {subnet: 10.8.0.0/13, pool: 10.8.0.0-10.15.255.255}\n",
    );
    let [a, b] = view.settings.networks.as_slice() else {
        panic!("two networks");
    };
    assert_eq!(next_ip(a, |_| false), Some(Ipv4Addr::new(10, 0, 0, 5)));
    assert_eq!(
        next_ip(a, |ip| ip.octets()[3] < 6),
        Some(Ipv4Addr::new(10, 0, 0, 6))
    );
    assert_eq!(next_ip(a, |_| true), None);
    assert_eq!(next_ip(b, |_| false), None);
}

#[test]
fn the_address_comes_from_the_network_where_the_machine_was_heard() {
    let conf = "networks:\n  a: {subnet: 10.0.0.0/24}\n  b: {subnet: 10.1.0.0/24}\n  c: {subnet: 10.2.0.0/24, proxy: yes}\n";
    let registry = loaded("nodes: {}\n", conf);
    let ip = |near: &str| {
        let adoption = registry.adopt(mac(1), None, near.parse().ok());
        adoption.unwrap().ip
    };
    assert_eq!(ip("10.1.0.77"), Some(Ipv4Addr::new(10, 1, 0, 1)));
    assert_eq!(ip("192.168.1.1"), Some(Ipv4Addr::new(10, 0, 0, 1)));
    assert_eq!(ip("10.2.0.9"), None, "another server gives addresses there");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any layout of comments, blank lines, quotes and indents: lines are only added, and the rest reads as before.
    #[test]
    fn adoption_only_adds_lines(
        indent in 1usize..6,
        names in prop::collection::btree_set("[a-z]{1,6}", 1..6),
        noise in prop::collection::vec(prop::sample::select(vec!["", "\n", "# c\n", "   # deep\n", "      \n"]), 6),
        bodies in prop::collection::vec(prop::sample::select(vec![" {}", "\n@@init: /a", "\n@@comment: |\n@@  x\n\n@@  # y", "\n@@tags:\n@@  'a': \"b # c\"", " {init: /b} # z"]), 6),
        last in any::<bool>(),
    ) {
        let pad = " ".repeat(indent);
        let mut text = String::from("nodeprofiles: {default: {}}\nnodes:\n");
        for ((name, noise), body) in names.iter().zip(&noise).zip(&bodies) {
            let body = body.replace("@@", &" ".repeat(indent + 2));
            text.push_str(&format!("{noise}{pad}{name}:{body}\n"));
        }
        text.push_str(if last { "# end" } else { "" });
        let before = view(&text, CONF);
        let adoption = adopted(&text, Some("zz99")).unwrap();
        let (added, removed) = difference(&text, &adoption.text);
        prop_assert!(removed.is_empty(), "{}", adoption.text);
        prop_assert_eq!(added.len(), 8);
        let after = view(&adoption.text, CONF);
        prop_assert_eq!(after.nodes.len(), before.nodes.len() + 1);
        for node in &before.nodes {
            prop_assert_eq!(&node.values, &after.by_name(&node.name).unwrap().values);
        }
    }
}
