//! `muster.conf` to settings.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use muster::model::{Access, Settings};

use crate::support::{loose_view, view};

fn settings(conf: &str) -> Arc<Settings> {
    view("nodes: {}\n", conf).settings.clone()
}

#[test]
fn nothing_said_means_the_defaults() {
    let settings = settings("");
    assert_eq!(
        (settings.cluster.as_ref(), settings.hostname.as_ref()),
        ("control", "control")
    );
    assert_eq!(
        (settings.listen, settings.ipaddr, settings.access),
        (Ipv4Addr::UNSPECIFIED, None, Access::Boot)
    );
    assert!(settings.networks.is_empty());
    let dhcp = &settings.dhcp;
    assert!(dhcp.enabled && dhcp.router_advertisement);
    assert_eq!(
        (dhcp.port, dhcp.client_port, dhcp.proxy_port),
        (67, 68, 4011)
    );
    assert_eq!(dhcp.lease, Duration::from_secs(43_200));
    assert_eq!(
        (
            settings.tftp.enabled,
            settings.tftp.port,
            settings.server.port
        ),
        (true, 69, 9873)
    );
    assert_eq!(settings.tftp.root, PathBuf::from("/var/lib/muster/tftp"));
    assert!(
        settings
            .tftp
            .search
            .contains(&PathBuf::from("/usr/lib/ipxe"))
    );
    let arches: Vec<u16> = settings.tftp.ipxe.keys().copied().collect();
    assert_eq!(arches, [0, 7, 9, 11, 16, 19]);
    assert_eq!(settings.tftp.ipxe[&0].as_ref(), "undionly.kpxe");
    assert!(settings.server.secure && settings.server.secure_files);
    assert_eq!(settings.server.update_interval, Duration::from_secs(60));
    assert_eq!(
        (settings.naming.as_ref(), settings.adopt_profiles.len()),
        ("n[001-999]", 1)
    );
    assert_eq!(settings.boot_limit, Duration::from_secs(3600));
    let port = settings
        .listing
        .iter()
        .find(|(key, _, _)| key.as_ref() == "server.port")
        .unwrap();
    assert_eq!((port.1.as_str(), port.2), ("9873", false));
}

#[test]
fn grubboot_gives_uefi_machines_shim_whatever_the_map_says() {
    let view = loose_view(
        "nodes: {}\n",
        "ipaddr: 10.0.0.1/16\nwarewulf: {grubboot: true}\ntftp:\n  ipxe:\n    \"00:00\": undionly.kpxe\n    \"00:07\": snponly.efi\n    \"00:09\": shimx64.efi\n",
    );
    let told: Vec<String> = view.faults.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "{told:#?}");
    for word in [
        "muster.conf:6:",
        "shimx64.efi",
        "snponly.efi",
        "take this line out",
    ] {
        assert!(told[0].contains(word), "{word}: {}", told[0]);
    }
    let loaders = &view.settings.tftp.ipxe;
    let of = |arch: u16| loaders.get(&arch).map(AsRef::as_ref);
    assert_eq!(
        [0, 7, 9, 11, 16, 19].map(of),
        [
            Some("undionly.kpxe"),
            Some("shimx64.efi"),
            Some("shimx64.efi"),
            Some("shimaa64.efi"),
            Some("shimx64.efi"),
            Some("shimaa64.efi")
        ]
    );
}

#[test]
fn a_warewulf_file_carries_over() {
    let view = loose_view(
        "nodes: {}\n",
        "ipaddr: 10.0.0.1\nnetmask: 255.255.252.0\nnetwork: 10.0.0.0\nwarewulf:\n  port: 9000\n  secure: false\n  update interval: 30\n  autobuild overlays: true\ndhcp:\n  enabled: true\n  range start: 10.0.1.1\n  range end: 10.0.1.255\n  systemd name: dhcpd\ntftp:\n  tftproot: /srv/tftp\n  ipxe:\n    \"00:00\": undionly.kpxe\n    \"00:0B\": arm64.efi\nnfs:\n  enabled: true\n  export paths:\n    - path: /home\n      export options: rw\nimage mounts:\n  - source: /etc/resolv.conf\nssh:\n  key types: [ed25519]\n",
    );
    let told: Vec<String> = view.faults.iter().map(ToString::to_string).collect();
    assert!(
        told.iter()
            .all(|fault| fault.contains("is not acted on yet")),
        "{told:#?}"
    );
    assert_eq!(told.len(), 5, "{told:#?}");
    let settings = &view.settings;
    assert_eq!(
        (
            settings.server.port,
            settings.server.secure,
            settings.server.secure_files
        ),
        (9000, false, false)
    );
    assert_eq!(settings.server.update_interval, Duration::from_secs(30));
    assert_eq!(settings.ssh_key_types, ["ed25519".into()]);
    assert_eq!(settings.tftp.root, PathBuf::from("/srv/tftp"));
    let loaders: Vec<(u16, &str)> = settings
        .tftp
        .ipxe
        .iter()
        .map(|(arch, file)| (*arch, file.as_ref()))
        .collect();
    assert_eq!(loaders, [(0, "undionly.kpxe"), (11, "arm64.efi")]);
    let network = &settings.networks[0];
    assert_eq!(
        (network.name.as_ref(), network.subnet.to_string().as_str()),
        ("default", "10.0.0.0/22")
    );
    assert_eq!(
        network.pool,
        Some((Ipv4Addr::new(10, 0, 1, 1), Ipv4Addr::new(10, 0, 1, 255)))
    );
    assert_eq!(network.server, Some(Ipv4Addr::new(10, 0, 0, 1)));
    let set = |key: &str| {
        settings
            .listing
            .iter()
            .find(|(k, _, _)| k.as_ref() == key)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (set("server.port").1.as_str(), set("server.port").2),
        ("9000", true)
    );
}

#[test]
fn an_address_with_a_prefix_gives_the_network() {
    let settings = settings("ipaddr: 10.7.1.1/16\nserver:\n  port: 8080\n");
    assert_eq!(settings.ipaddr, Some(Ipv4Addr::new(10, 7, 1, 1)));
    assert_eq!(settings.netmask, Some(Ipv4Addr::new(255, 255, 0, 0)));
    assert_eq!(settings.networks[0].subnet.to_string(), "10.7.0.0/16");
    assert_eq!(settings.networks[0].pool, None);
    assert_eq!(settings.server.port, 8080);
}

#[test]
fn networks_are_a_section_or_a_list() {
    let fields = "subnet: 10.1.0.0/16, pool: 10.1.255.1-10.1.255.254, gateway: 10.1.0.1, dns: [10.1.0.2], domain: c.example, ntp: [10.1.0.3], routes: [10.9.0.0/16 via 10.1.0.254], interface: eno1, relay: [10.2.0.1], proxy: yes";
    let section = settings(&format!(
        "ipaddr: 10.1.0.9\nnetworks:\n  zeta: {{{fields}}}\n  alpha: {{subnet: 10.3.0.0/24}}\n"
    ));
    let list = settings(&format!(
        "ipaddr: 10.1.0.9\nnetworks:\n  - {{name: zeta, {fields}}}\n  - {{name: alpha, subnet: 10.3.0.0/24}}\n"
    ));
    assert_eq!(section.networks, list.networks);
    let names: Vec<&str> = section
        .networks
        .iter()
        .map(|network| network.name.as_ref())
        .collect();
    assert_eq!(names, ["zeta", "alpha"], "in the order of the file");
    let zeta = &section.networks[0];
    assert_eq!(zeta.gateway, Some(Ipv4Addr::new(10, 1, 0, 1)));
    assert_eq!(
        (zeta.dns.len(), zeta.ntp.len(), zeta.relay.len(), zeta.proxy),
        (1, 1, 1, true)
    );
    assert_eq!(zeta.routes[0].0.to_string(), "10.9.0.0/16");
    assert_eq!(
        (zeta.domain.as_deref(), zeta.interface.as_deref()),
        (Some("c.example"), Some("eno1"))
    );
    assert_eq!(
        zeta.server,
        Some(Ipv4Addr::new(10, 1, 0, 9)),
        "the server's address, where it lies in the subnet"
    );
    assert_eq!(section.networks[1].server, None);
}

#[test]
fn every_fault_is_told_at_once_with_its_place() {
    let cases: &[(&str, &[&str])] = &[
        (
            "dhcp:\n  lese: 1h\n  lease: soon\nserver: {prot: 80}\naccess: everyone\n",
            &[
                "2:3: unknown key `lese` (did you mean `lease`?)",
                "3:10: `dhcp.lease`: \"soon\" is not a time",
                "4:10: unknown key `prot`",
                "5:9: `access`: \"everyone\" is not one of compatible, boot",
            ],
        ),
        ("ipaddr: 10.0.0.1\n", &["1:9: `ipaddr` has no `netmask`"]),
        (
            "ipaddr: 10.0.0.1/22\nnetwork: 10.9.0.0\n",
            &["2:10: `network` is 10.9.0.0, but"],
        ),
        (
            "ipaddr: 10.0.0.1/22\ndhcp: {range start: 10.9.0.1, range end: 10.9.0.2}\n",
            &["network default: the pool 10.9.0.1-10.9.0.2 is not in 10.0.0.0/22"],
        ),
        (
            "ipaddr: 10.0.0.1/22\ndhcp: {range start: 10.0.0.9, range end: 10.0.0.2}\n",
            &["the pool runs backwards"],
        ),
        (
            "ipaddr: 10.0.0.1/22\ndhcp: {range start: 10.0.0.9}\n",
            &["`range start` needs a `range end`"],
        ),
        (
            "networks: {a: {gateway: 10.0.0.1}}\n",
            &["network a: has no `subnet`; left out"],
        ),
        (
            "networks: {a: {subnet: 10.0.0.0/8}, b: {subnet: 10.1.0.0/16}}\n",
            &["network b: 10.1.0.0/16 overlaps 10.0.0.0/8 of network a"],
        ),
        (
            "networks: {a: {subnet: 10.0.0.0/24, gateway: 10.9.0.1}}\n",
            &["network a: the gateway 10.9.0.1 is not in 10.0.0.0/24"],
        ),
        (
            "networks: [{subnet: 10.0.0.0/8}]\n",
            &["1:12: an item of this list needs a `name`"],
        ),
        (
            "ipaddr: 10.0.0.1/22\nnetworks: {a: {subnet: 10.0.0.0/8}}\ndhcp: {range start: 10.0.0.9}\n",
            &["`dhcp: range start` is not used"],
        ),
        (
            "tftp: {ipxe: {\"zz:00\": x}}\n",
            &["`zz:00` is no client architecture"],
        ),
        ("syslog: yes\n", &["`syslog` is no longer read"]),
        ("a: b: c\n", &["the file is no YAML"]),
        ("just words\n", &["is one text, not a section"]),
        (
            "naming: n[1\n",
            &["`naming`: \"n[1\" is not a pattern of names"],
        ),
    ];
    for (conf, parts) in cases {
        let view = loose_view("nodes: {}\n", conf);
        let told: Vec<String> = view.faults.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), parts.len(), "{conf}\n{told:#?}");
        for (told, part) in told.iter().zip(*parts) {
            assert!(
                told.contains(part) && told.starts_with("/etc/muster/muster.conf:"),
                "{conf}\n{told}\nlacks {part}"
            );
        }
    }
}
