//! A throw-away cluster on loopback: settings, registry, loaders and an image tree under one root, and the machines that will
//! boot from it.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};

use super::actor::{Actor, Behaviour, Firmware};
use super::dice::Dice;
use super::stage::{Encore, Rehearsal};
use crate::kit::Mac;

/// Our server's address, and the relay's. All of 127/8 is this machine.
const SERVER: Ipv4Addr = Ipv4Addr::new(127, 77, 0, 1);
const RELAY: Ipv4Addr = Ipv4Addr::new(127, 77, 0, 2);
/// The other DHCP server, which one machine prefers.
const RIVAL: Ipv4Addr = Ipv4Addr::new(127, 77, 0, 66);
/// Nodes a demo may have; their addresses are 127.77.1.1 to 127.77.200.200.
const MOST: usize = 10_000;
/// Version of the kernel in the image.
const KERNEL: &str = "6.1.0-demo";

/// What happens once the machines are up: quiet enough that an idle screen can be seen, and never dead.
const ENCORE: Encore = Encore {
    after: 180_000,
    every: (20_000, 40_000),
    refresh: 600_000,
};

/// Length of the block that props are filled with.
const BLOCK: usize = 256 * 1024;

/// Ports of the demo's servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// DHCP.
    pub dhcp: u16,
    /// TFTP.
    pub tftp: u16,
    /// HTTP.
    pub http: u16,
}

/// A demo that is ready to be started.
#[derive(Debug, Clone)]
pub struct Demo {
    /// The folder that stands for `/`, as `--root` takes it.
    pub root: PathBuf,
    /// Images whose trees lie under the root, by name and tree. Their archives are yet to be built.
    pub images: Vec<(String, PathBuf)>,
    /// Where the servers listen.
    pub ports: Ports,
    /// The machines.
    pub rehearsal: Rehearsal,
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file could not be written.
    #[error("cannot write {}: {why}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// No port could be had on loopback.
    #[error("cannot listen on {SERVER}: {0}")]
    Port(io::Error),
    /// Too few or too many nodes.
    #[error("a demo has 1 to {MOST} nodes, not {0}")]
    Nodes(usize),
}

/// Makes a demo of `nodes` nodes under `root`, which exists and is empty.
///
/// # Errors
/// [`DemoError`] says what could not be made.
pub fn demo(root: &Path, nodes: usize, seed: u64) -> Result<Demo, DemoError> {
    if nodes == 0 || nodes > MOST {
        return Err(DemoError::Nodes(nodes));
    }
    let ports = ports().map_err(DemoError::Port)?;
    // The images are packed before the first screen, and every node loads one: big ones would only heat the machine.
    let size = (16_000_000 * 96 / nodes.max(96) as u64).max(3_000_000);
    let rate = size / 8;
    let cast = cast(nodes, rate / 10, seed);
    let conf = root.join("etc/muster");
    let state = root.join("var/lib/muster");
    let tftp = state.join("tftp");
    write(&conf.join("muster.conf"), settings(ports, &tftp).as_bytes())?;
    write(&conf.join("nodes.conf"), registry(&cast).as_bytes())?;
    for (name, size) in [("snponly.efi", 240_000), ("undionly.kpxe", 72_000)] {
        fill(&tftp.join(name), size, seed)?;
    }
    let mut images = Vec::new();
    let gpus = cast.iter().any(|node| node.gpu);
    for (name, share) in [("rocky9", 60), ("rocky9-gpu", 100)] {
        if name == "rocky9-gpu" && !gpus {
            continue;
        }
        let tree = state.join("images").join(name).join("rootfs");
        image(&tree, name, size / 100 * share, size / 4, seed)?;
        images.push((name.to_owned(), tree));
    }
    let strangers = 3 + nodes / 128;
    let mut actors: Vec<Actor> = cast.into_iter().map(|node| node.actor).collect();
    for at in 0..strangers {
        let actor = Actor {
            mac: Mac::ethernet([0x7c, 0xc2, 0x55, 0x91, 0x0a, (0x1e + at * 4) as u8]),
            firmware: [Firmware::Pxe(7), Firmware::Pxe(7), Firmware::Pxe(0)][at % 3],
            behaviour: Behaviour::Healthy,
        };
        // They turn up early, wherever the list has got to by then.
        actors.insert((4 + at * 5).min(actors.len()), actor);
    }
    let rehearsal = Rehearsal {
        actors,
        dhcp: SocketAddrV4::new(SERVER, ports.dhcp),
        relay: RELAY,
        tftp_port: ports.tftp,
        // A hundred nodes are all switched on within half a minute, a thousand within one.
        gap: (30_000 / nodes as u64).clamp(60, 350),
        slots: 320,
        rate: Some(rate),
        pause: 4_000,
        retries: true,
        encore: Some(ENCORE),
        seed,
    };
    Ok(Demo {
        root: root.to_owned(),
        images,
        ports,
        rehearsal,
    })
}

/// A node of the demo: its place in the registry, and the machine behind it.
struct Node {
    name: String,
    rack: String,
    ip: Ipv4Addr,
    gpu: bool,
    image: Option<&'static str>,
    actor: Actor,
}

/// Who does not simply come up, out of every 96: behaviour, firmware, how many. Those that everybody should see come first, for a
/// small demo has no room for all.
const fn trouble(slow: u64) -> [(Behaviour, Firmware, usize); 11] {
    [
        (Behaviour::InitFails, Firmware::Pxe(7), 1),
        (Behaviour::NoLoader, Firmware::Pxe(7), 1),
        (Behaviour::Freezes, Firmware::IpxeRom, 1),
        (Behaviour::Slow(slow), Firmware::Pxe(7), 2),
        (Behaviour::TakesOther(RIVAL), Firmware::Pxe(7), 1),
        // An arm64 machine in a cluster that names loaders for x86 only.
        (Behaviour::Healthy, Firmware::Pxe(11), 1),
        (Behaviour::NoRequest, Firmware::Pxe(7), 1),
        (Behaviour::Aborts, Firmware::IpxeRom, 1),
        (Behaviour::Silent, Firmware::Pxe(0), 1),
        (Behaviour::NeverUp, Firmware::Pxe(7), 1),
        (Behaviour::Off, Firmware::Pxe(7), 3),
    ]
}

fn cast(count: usize, slow: u64, seed: u64) -> Vec<Node> {
    let mut dice = Dice::new(seed);
    let per_rack = if count <= 128 { 16 } else { 32 };
    let mut nodes: Vec<Node> = (0..count)
        .map(|at| {
            let firmware = match at % 8 {
                3 => Firmware::HttpBoot,
                5 => Firmware::IpxeRom,
                6 => Firmware::Pxe(0),
                _ => Firmware::Pxe(7),
            };
            let [_, _, high, low] = (at as u32).to_be_bytes();
            Node {
                name: format!("r{:02}n{:02}", at / per_rack + 1, at % per_rack + 1),
                rack: format!("r{:02}", at / per_rack + 1),
                ip: Ipv4Addr::new(127, 77, (1 + at / 200) as u8, (1 + at % 200) as u8),
                gpu: (at / per_rack) % 4 == 3,
                image: None,
                actor: Actor {
                    mac: Mac::ethernet([0x52, 0x54, 0x00, 0x77, high, low]),
                    firmware,
                    behaviour: Behaviour::Healthy,
                },
            }
        })
        .collect();
    // A demo of a few nodes has room for a few troubles only: three quarters of it come up.
    let most = count - count / 4;
    let mut free: Vec<usize> = (0..count).collect();
    let mut take = |dice: &mut Dice| -> Option<usize> {
        (free.len() > most).then(|| free.swap_remove(dice.roll(free.len() as u64) as usize))
    };
    if let Some(node) = take(&mut dice).and_then(|at| nodes.get_mut(at)) {
        node.image = Some("suse15");
    }
    for (behaviour, firmware, often) in trouble(slow) {
        for _ in 0..(often * count).div_ceil(96).min(often * 3) {
            if let Some(node) = take(&mut dice).and_then(|at| nodes.get_mut(at)) {
                node.actor.behaviour = behaviour;
                node.actor.firmware = firmware;
            }
        }
    }
    nodes
}

fn ports() -> io::Result<Ports> {
    // Held together until all are known, so that they differ.
    let dhcp = UdpSocket::bind((SERVER, 0))?;
    let tftp = UdpSocket::bind((SERVER, 0))?;
    let http = TcpListener::bind((SERVER, 0))?;
    Ok(Ports {
        dhcp: dhcp.local_addr()?.port(),
        tftp: tftp.local_addr()?.port(),
        http: http.local_addr()?.port(),
    })
}

fn settings(ports: Ports, tftp: &Path) -> String {
    let Ports {
        dhcp,
        tftp: tftp_port,
        http,
    } = ports;
    format!(
        "\
# A demo on loopback. Nothing here touches a real network.
cluster: demo
listen: {SERVER}
ipaddr: {SERVER}
naming: new[001-999]
# An unprivileged machine has no ports below 1024, from which `access: boot` wants running nodes to ask.
access: compatible
boot:
  limit: 15m
server:
  port: {http}
  secure: false
  update interval: 10m
dhcp:
  enabled: true
  port: {dhcp}
  router advertisement: false
tftp:
  enabled: true
  port: {tftp_port}
  tftproot: {}
  ipxe:
    \"00:00\": undionly.kpxe
    \"00:07\": snponly.efi
networks:
  demo:
    subnet: 127.77.0.0/16
    pool: 127.77.250.1-127.77.250.254
    relay: [{RELAY}]
    server: {SERVER}
",
        quoted(&tftp.display().to_string())
    )
}

fn registry(nodes: &[Node]) -> String {
    let mut out = String::from(
        "\
nodeprofiles:
  default:
    comment: every node
    image name: rocky9
    init: /sbin/init
    root: initramfs
    kernel:
      args:
        - quiet
        - console=ttyS0,115200
    system overlay:
      - wwinit
      - hostname
      - issue
    runtime overlay:
      - hosts
  gpu:
    comment: nodes with accelerators
    image name: rocky9-gpu
    tags:
      gpus: \"4\"
nodes:
",
    );
    for node in nodes {
        let profiles = if node.gpu {
            "[default, gpu]"
        } else {
            "[default]"
        };
        let _ = write!(
            out,
            "  {}:\n    profiles: {profiles}\n    tags:\n      rack: {}\n",
            node.name, node.rack
        );
        if let Some(image) = node.image {
            let _ = writeln!(out, "    image name: {image}");
        }
        let _ = write!(
            out,
            "    network devices:\n      default:\n        type: ethernet\n        device: eth0\n        hwaddr: {}\n        \
             ipaddr: {}\n        netmask: 255.255.0.0\n",
            node.actor.mac, node.ip
        );
    }
    out
}

/// A tree that looks like a small Linux: what matters is that it has a kernel, and its size.
fn image(tree: &Path, name: &str, size: u64, kernel: u64, seed: u64) -> Result<(), DemoError> {
    fill(&tree.join(format!("boot/vmlinuz-{KERNEL}")), kernel, seed)?;
    write(
        &tree.join("etc/os-release"),
        format!("NAME=\"Demo Linux\"\nID=demo\nVERSION_ID=1\nVARIANT_ID={name}\n").as_bytes(),
    )?;
    write(
        &tree.join("sbin/init"),
        b"#!/bin/sh\necho this image is a prop\nexec sleep 1000000\n",
    )?;
    // Nothing runs it; an image without one is not fit to boot.
    write(&tree.join("bin/sh"), b"a prop\n")?;
    write(&tree.join(format!("lib/modules/{KERNEL}/modules.dep")), b"")?;
    for part in 0..8 {
        let path = tree.join(format!("usr/lib/demo/library{part}.so"));
        fill(&path, size / 8, seed.wrapping_add(part + 1))?;
    }
    Ok(())
}

/// Writes `size` bytes that compressing makes no smaller: the same block again and again, which is longer than any window of
/// gzip, and so cheap to make.
fn fill(path: &Path, size: u64, seed: u64) -> Result<(), DemoError> {
    let fails = |why| DemoError::Write {
        path: path.to_owned(),
        why,
    };
    parent(path)?;
    let mut dice = Dice::new(seed ^ size);
    let block: Vec<u8> = (0..BLOCK / 8)
        .flat_map(|_| dice.word().to_le_bytes())
        .collect();
    let mut file = fs::File::create(path).map_err(fails)?;
    let mut left = size;
    while left > 0 {
        let part = left.min(BLOCK as u64) as usize;
        file.write_all(&block[..part]).map_err(fails)?;
        left -= part as u64;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    parent(path)?;
    fs::write(path, bytes).map_err(|why| DemoError::Write {
        path: path.to_owned(),
        why,
    })
}

fn parent(path: &Path) -> Result<(), DemoError> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    fs::create_dir_all(folder).map_err(|why| DemoError::Write {
        path: folder.to_owned(),
        why,
    })
}

/// A text as a YAML scalar.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
