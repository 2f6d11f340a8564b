//! Whether the configured boot networks fit the machine that is to serve them.

use ipnet::Ipv4Net;

use crate::model::{Fault, Settings};

/// What is wrong with the boot networks, given this machine's `interfaces` by name and address. No network at all is an error:
/// DHCP answers nobody, and nobody would know why.
#[must_use]
pub fn misfits(settings: &Settings, interfaces: &[(String, Ipv4Net)]) -> Vec<Fault> {
    if !settings.dhcp.enabled {
        return Vec::new();
    }
    if settings.networks.is_empty() {
        return vec![nothing_served(settings, interfaces)];
    }
    let reached = |subnet: &Ipv4Net| {
        interfaces
            .iter()
            .any(|(_, ours)| subnet.contains(&ours.addr()))
    };
    let lost = settings.networks.iter().filter(|network| {
        let named = network.interface.as_deref();
        let there = named.is_none_or(|name| interfaces.iter().any(|(other, _)| other == name));
        // A network without an interface of its own is reached through relays.
        !there || (named.is_none() && network.relay.is_empty() && !reached(&network.subnet))
    });
    lost.map(|network| {
        let what = match &network.interface {
            Some(name) => format!(
                "network {} is on interface {name}, which this machine does not have",
                network.name
            ),
            None => format!(
                "no interface of this machine has an address in network {} ({})",
                network.name, network.subnet
            ),
        };
        Fault::warning(what).about("dhcp").hint(format!(
            "machines there are served through relays only; {}",
            have(interfaces)
        ))
    })
    .collect()
}

fn nothing_served(settings: &Settings, interfaces: &[(String, Ipv4Net)]) -> Fault {
    let outward = interfaces.iter().find(|(_, net)| !net.addr().is_loopback());
    let example = outward.map_or_else(
        || "`ipaddr: 10.0.0.1` and `netmask: 255.255.0.0`".to_owned(),
        |(_, net)| format!("`ipaddr: {}` and `netmask: {}`", net.addr(), net.netmask()),
    );
    let file = settings.paths.conf.join("muster.conf");
    Fault::error("no boot network is configured, so DHCP answers nobody")
        .about("dhcp")
        .hint(format!(
            "write {example} into {}; {}",
            file.display(),
            have(interfaces)
        ))
}

/// The interfaces in words.
fn have(interfaces: &[(String, Ipv4Net)]) -> String {
    let list: Vec<String> = interfaces
        .iter()
        .filter(|(_, net)| !net.addr().is_loopback())
        .map(|(name, net)| format!("{name} {net}"))
        .collect();
    if list.is_empty() {
        "this machine has no address but loopback's".into()
    } else {
        format!("this machine has {}", list.join(", "))
    }
}
