//! Boot networks against the machine that is to serve them.

use ipnet::Ipv4Net;
use muster::boot::networks::misfits;
use muster::model::Level;

use crate::support;

fn machine(list: &[(&str, &str)]) -> Vec<(String, Ipv4Net)> {
    list.iter()
        .map(|(name, net)| ((*name).to_owned(), net.parse().unwrap()))
        .collect()
}

#[test]
fn without_a_network_the_fault_says_what_to_write() {
    let view = support::view("nodes: {}\n", "");
    let here = machine(&[("lo", "127.0.0.1/8"), ("eno1", "10.4.0.1/22")]);
    let faults = misfits(&view.settings, &here);
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].level, Level::Error);
    let hint = faults[0].hint.as_deref().unwrap();
    assert!(
        hint.contains("`ipaddr: 10.4.0.1` and `netmask: 255.255.252.0`"),
        "{hint}"
    );
    assert!(
        hint.contains("muster.conf") && hint.contains("eno1 10.4.0.1/22"),
        "{hint}"
    );
}

#[test]
fn a_network_that_is_on_no_interface_is_told() {
    let view = support::view("nodes: {}\n", "ipaddr: 10.4.0.1\nnetmask: 255.255.252.0\n");
    assert_eq!(
        misfits(&view.settings, &machine(&[("eno1", "10.4.0.1/22")])),
        []
    );
    let faults = misfits(&view.settings, &machine(&[("eno1", "192.168.7.1/24")]));
    assert!(faults[0].what.contains("10.4.0.0/22"), "{}", faults[0]);
    let off = support::view("nodes: {}\n", "dhcp: {enabled: false}\n");
    assert_eq!(
        misfits(&off.settings, &[]),
        [],
        "who serves no DHCP needs no network"
    );
}
