//! Bent files: whatever stands in `nodes.conf` and `muster.conf`, faults have places, names are sound, and the good file is in force
//! again as soon as it is back.

use crate::support::noise::{bent, dice, rounds, text};
use crate::support::registry;

const NODES: &str = "# a cluster\nnodeprofiles:\n  default: &d\n    runtime overlay: [hosts, \"~x\"]\n    kernel: {args: [quiet, 'a b']}\n    resources:\n      fstab:\n        - {spec: home:/x, file: /home, freq: 0}\n  gpu:\n    <<: *d\n    profiles: [default, ~none]\n    tags: {role: gpu}\nnodes:\n  n1:\n    profiles: [gpu]\n    network devices:\n      eno1: {hwaddr: 52:54:00:00:00:01, ipaddr: 10.0.0.1, netmask: 255.255.255.0, mtu: \"9000\"}\n      ib0: {type: infiniband, hwaddr: \"80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:11:22:33\"}\n    primary network: eno1\n  n2: {discoverable: yes, root: tmpfs, comment: |\n    two\n    lines\n    }\n  n[3]: {}\n";
const CONF: &str = "ipaddr: 10.0.0.250\nnetmask: 255.255.255.0\nnaming: n[001-100]\naccess: boot\ndhcp: {lease: 2h, enabled: yes}\nnetworks:\n  lan: {subnet: 10.0.0.0/24, pool: 10.0.0.200-10.0.0.209, dns: [10.0.0.2], routes: [10.128.0.0/9 via 10.0.0.7]}\ntftp:\n  ipxe: {\"00:07\": snponly.efi}\n  search: [/usr/lib/ipxe]\nserver: {port: 9873, secure: true}\n";

#[test]
fn bent_files_leave_sound_nodes_and_placed_faults() {
    let seeds: Vec<Vec<u8>> = [NODES, CONF].map(|text| text.as_bytes().to_vec()).into();
    let mut dice = dice(0x79a1);
    let mut registry = registry();
    let good = registry.load(Some(CONF), Some(NODES)).view;
    let names = |view: &muster::model::View| {
        view.nodes
            .iter()
            .map(|node| node.name.clone())
            .collect::<Vec<_>>()
    };
    assert!(
        names(&good).iter().any(|name| &**name == "n1"),
        "{:?}",
        good.faults
    );
    for round in 0..rounds(1_500) {
        let mut throw = |own: &str| match round % 5 {
            0 => text(&mut dice, 400),
            _ => {
                let mut own = vec![own.as_bytes().to_vec()];
                own.extend(seeds.iter().cloned());
                String::from_utf8_lossy(&bent(&mut dice, &own)).into_owned()
            }
        };
        let (conf, nodes) = (throw(CONF), throw(NODES));
        let view = registry.load(Some(&conf), Some(&nodes)).view;
        for fault in &view.faults {
            let placed = fault
                .spot
                .as_ref()
                .is_none_or(|spot| spot.line > 0 && spot.column > 0);
            assert!(placed, "round {round}: {fault}");
            assert!(
                !fault.to_string().contains(char::is_control),
                "round {round}: {fault}"
            );
        }
        for node in &view.nodes {
            let sound = |c: char| !c.is_control() && !c.is_whitespace() && !"/\u{202e}".contains(c);
            assert!(
                node.name.chars().all(sound) && !node.name.starts_with('-'),
                "round {round}: {:?}",
                node.name
            );
            assert!(node.name.len() <= 253, "round {round}");
        }
        for network in &view.settings.networks {
            let inside = |ip| network.subnet.contains(&ip);
            assert!(
                network
                    .pool
                    .is_none_or(|(a, b)| a <= b && inside(a) && inside(b)),
                "round {round}"
            );
        }
        if round % 50 == 0 {
            let back = registry.load(Some(CONF), Some(NODES)).view;
            assert_eq!(names(&back), names(&good), "round {round}");
            assert_eq!(back.faults, good.faults, "round {round}");
            assert_eq!(*back.settings, *good.settings, "round {round}");
        }
    }
}
