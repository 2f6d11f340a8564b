//! The registry of a big site, as text.

use std::fmt::Write as _;

/// A site with two profiles and nodes that each say about 900 bytes.
pub fn text(count: usize) -> String {
    let mut text = String::from(PROFILES);
    for at in 0..count {
        let (rack, slot) = (at / 48, at % 48);
        let (high, low) = (at / 250, at % 250 + 1);
        let _ = write!(
            text,
            "  n{at:05}:\n    profiles:\n      - default\n      - {profile}\n    comment: node {at} in rack {rack} slot {slot}, delivered 2026, serial X{at:08}\n    cluster name: c{cluster}\n    image name: rocky9\n    kernel:\n      args:\n        - console=ttyS1,115200\n        - crashkernel=no\n    ipmi:\n      ipaddr: 10.9.{high}.{low}\n      netmask: 255.255.0.0\n      username: admin\n    network devices:\n      default:\n        device: eno1\n        hwaddr: 52:54:00:{a:02x}:{b:02x}:{c:02x}\n        ipaddr: 10.2.{high}.{low}\n        netmask: 255.255.0.0\n        mtu: \"1500\"\n        tags:\n          DNS1: 10.0.0.1\n      ib0:\n        type: infiniband\n        device: ib0\n        ipaddr: 10.3.{high}.{low}\n        netmask: 255.255.0.0\n    tags:\n      rack: r{rack:03}\n      slot: \"{slot}\"\n      room: hall-a\n    resources:\n      site:\n        rack: {rack}\n        slot: {slot}\n        power: [pdu-{rack}-a, pdu-{rack}-b]\n",
            profile = if at % 4 == 0 { "gpu" } else { "compute" },
            cluster = at % 3,
            a = at >> 16 & 255,
            b = at >> 8 & 255,
            c = at & 255,
        );
    }
    text
}

const PROFILES: &str = "nodeprofiles:
  default:
    ipxe template: default
    runtime overlay: [hosts, ssh.authorized_keys]
    system overlay: [wwinit, wwclient, hosts, fstab, hostname, ssh.host_keys, issue, resolv]
    kernel:
      args: [quiet, crashkernel=no, net.ifnames=1]
    init: /sbin/init
    root: initramfs
    ipmi:
      template: ipmitool.tmpl
    resources:
      fstab:
        - spec: warewulf:/home
          file: /home
          vfstype: nfs
  compute:
    tags:
      role: compute
  gpu:
    profiles: [compute]
    image name: rocky9-gpu
    kernel:
      args: [nouveau.modeset=0]
nodes:
";
