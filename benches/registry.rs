//! How long ten thousand nodes take to load and resolve, and how much memory they hold. Prints figures; asserts nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use muster::model::Paths;
use muster::registry::Registry;

fn main() {
    let count = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .next()
        .unwrap_or(10_000);
    let text = site(count);
    println!("{count} nodes, {:.2} MB of YAML", text.len() as f64 / 1e6);
    let path = || PathBuf::from("/nowhere");
    let paths = Paths {
        conf: path(),
        state: path(),
        run: path(),
        cache: path(),
    };
    let before = resident();
    let mut registry = Registry::new(paths, "bench");
    for round in ["first load", "same text again", "same text again"] {
        let (began, cpu) = (Instant::now(), cpu());
        let loaded = registry.load(Some("ipaddr: 10.0.0.1/8\n"), Some(&text));
        let (ms, cpu) = (began.elapsed().as_secs_f64() * 1e3, self::cpu() - cpu);
        println!(
            "{round}: {ms:.0} ms ({cpu:.0} ms CPU), {} nodes, {} faults, changed {}",
            loaded.view.nodes.len(),
            loaded.view.faults.len(),
            loaded.changed
        );
    }
    println!(
        "resident: {:.1} MB more than before, peak {:.1} MB",
        resident() - before,
        status("VmHWM:")
    );
    let edited = text.replacen("10.2.0.10\n", "10.2.255.10\n", 1);
    let began = Instant::now();
    let loaded = registry.load(Some("ipaddr: 10.0.0.1/8\n"), Some(&edited));
    println!(
        "one edit: {:.0} ms, changed {}",
        began.elapsed().as_secs_f64() * 1e3,
        loaded.changed
    );
    let broken = text.replacen("comment: node", "comment: \"node", 1);
    let began = Instant::now();
    let loaded = registry.load(Some("ipaddr: 10.0.0.1/8\n"), Some(&broken));
    println!(
        "one broken quote: {:.0} ms, {} faults",
        began.elapsed().as_secs_f64() * 1e3,
        loaded.view.faults.len()
    );
}

/// Processor time of this process so far in ms; with others on the machine it says more than the clock.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let ns = text
        .split_whitespace()
        .next()
        .and_then(|ns| ns.parse::<f64>().ok());
    ns.unwrap_or_default() / 1e6
}

/// Resident memory in MB.
fn resident() -> f64 {
    status("VmRSS:")
}

fn status(word: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text
        .lines()
        .find(|line| line.starts_with(word))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|kb| kb.parse::<f64>().ok())
        .unwrap_or_default()
        / 1e3
}

/// A site with two profiles and nodes that each say about 900 bytes.
fn site(count: usize) -> String {
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
