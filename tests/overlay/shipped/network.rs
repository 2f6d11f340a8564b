//! What the network overlays make, read by the programs that read it on a node.

use std::path::Path;
use std::process::{Command, Stdio};

use super::nodes::{Site, files, read, said, tool};

/// A plain node with everything, a bond below a VLAN and beside a bridge, IPv6 alone, InfiniBand beside a card without a name, a
/// node without an address, one without a device.
const NODES: &str = r#"
nodeprofiles:
  default:
    system overlay: [NetworkManager, systemd.networkd, systemd.netname, udev.netname, netplan, ifupdown, ifcfg, wicked, resolv]
nodes:
  plain:
    profiles: [default]
    network devices:
      default:
        device: eth0
        hwaddr: "52:54:00:00:00:01"
        ipaddr: 10.0.1.1
        netmask: 255.255.0.0
        gateway: 10.0.0.254
        ipaddr6: fd00::1
        prefixlen6: 64
        gateway6: fd00::fe
        mtu: 9000
        tags: {DNS1: 10.0.0.9, DNS2: "fd00::9", DNSSEARCH: "a.example b.example",
               route1: "10.7.0.0/16,10.0.0.7", route2: "fd07::/64,fd00::7"}
  bond:
    profiles: [default]
    primary network: uplink
    network devices:
      uplink: {type: Bond, device: bond0, ipaddr: 10.0.1.2, netmask: 255.255.0.0, gateway: 10.0.0.254, mtu: 9000,
               tags: {mode: "4", miimon: "50"}}
      s1: {device: eno1, hwaddr: "52:54:00:00:00:02", tags: {master: uplink}}
      s2: {device: eno2, hwaddr: "52:54:00:00:01:02", tags: {MASTER: bond0}}
      v100: {type: vlan, device: bond0.100, ipaddr: 10.9.1.2, netmask: 255.255.255.0, tags: {route1: "10.7.0.0/16,10.9.1.7"}}
      v42: {type: vlan, device: vlan42, ipaddr: 10.42.1.2, netmask: 255.255.255.0, onboot: "false",
            tags: {vlan_id: "42", parent_device: eno9}}
      br: {type: bridge, device: br0, ipaddr: 10.43.1.2, netmask: 255.255.255.0}
      p3: {device: eno3, hwaddr: "52:54:00:00:03:02", tags: {master: br0}}
  six:
    profiles: [default]
    network devices:
      default: {device: eth0, hwaddr: "52:54:00:00:00:03", ipaddr6: "fd00::3", prefixlen6: 64, gateway6: "fd00::ff",
                tags: {DNS1: "fd00::9", route1: "fd07::/64,fd00::7"}}
  ib:
    profiles: [default]
    network devices:
      default: {hwaddr: "52:54:00:00:00:04", ipaddr: 10.0.1.4, netmask: 255.255.0.0}
      ib: {type: infiniband, device: ib0, hwaddr: "a0:00:02:20:fe:80:00:00:00:00:00:00:00:02:c9:03:00:11:22:33", mtu: 2044,
           ipaddr: 10.8.1.4, netmask: 255.255.0.0}
  lease:
    profiles: [default]
    network devices:
      default: {device: eth0, hwaddr: "52:54:00:00:00:05"}
      other: {device: eth1, hwaddr: "52:54:00:00:01:05"}
  none:
    profiles: [default]
"#;

const NAMES: [&str; 6] = ["plain", "bond", "six", "ib", "lease", "none"];

#[test]
fn network_manager_takes_every_keyfile() {
    let site = Site::new(NODES);
    for name in NAMES {
        let root = site.unpack(name);
        for file in files(&root, ".nmconnection") {
            let mut command = Command::new("nmcli");
            command.args(["--offline", "connection", "modify", "connection.zone", "x"]);
            let Some(output) = tool(command.stdin(std::fs::File::open(&file).unwrap())) else {
                return;
            };
            let whole = said(&output);
            assert!(output.status.success(), "{} {whole}", file.display());
            assert!(output.stderr.is_empty(), "{} {whole}", file.display());
            // What it does not know it drops without a word.
            for line in std::fs::read_to_string(&file).unwrap().lines() {
                let Some((key, value)) = line.split_once('=') else {
                    continue;
                };
                let kept = whole.contains(value.trim_end_matches(';'));
                let usual = [
                    "autoconnect",
                    "addr-gen-mode",
                    "type",
                    "updelay",
                    "downdelay",
                    "stp",
                ];
                assert!(
                    kept || usual.contains(&key),
                    "{} lost {line}:\n{whole}",
                    file.display()
                );
            }
        }
    }
}

/// All it reads is checked to the last word by reading it as it stands in a node.
#[test]
fn network_manager_takes_its_configuration() {
    let site = Site::new(NODES);
    let root = site.unpack("plain");
    let folder = root.join("etc/NetworkManager");
    let mut command = Command::new("NetworkManager");
    command
        .arg("--print-config")
        .arg("--config-dir")
        .arg(folder.join("conf.d"));
    let Some(output) = tool(command.arg("--system-config-dir=/nonexistent")) else {
        return;
    };
    let whole = said(&output);
    assert!(output.status.success(), "{whole}");
    let rules = "unmanaged-devices=*,except:mac:52:54:00:00:00:01,except:interface-name:eth0";
    assert!(whole.contains(rules), "{whole}");
}

#[test]
fn netplan_takes_every_file() {
    let site = Site::new(NODES);
    let expected = [
        (
            "plain",
            vec!["10-netplan-eth0.link", "10-netplan-eth0.network"],
        ),
        (
            "bond",
            vec![
                "10-netplan-bond0.100.netdev",
                "10-netplan-bond0.100.network",
                "10-netplan-bond0.netdev",
                "10-netplan-bond0.network",
                "10-netplan-br0.netdev",
                "10-netplan-br0.network",
                "10-netplan-eno1.network",
                "10-netplan-eno2.network",
                "10-netplan-eno3.network",
                "10-netplan-eno9.network",
                "10-netplan-vlan42.netdev",
                "10-netplan-vlan42.network",
            ],
        ),
        ("six", vec!["10-netplan-eth0.network"]),
        (
            "ib",
            vec![
                "10-netplan-default.network",
                "10-netplan-ib0.link",
                "10-netplan-ib0.network",
            ],
        ),
        (
            "lease",
            vec!["10-netplan-eth0.network", "10-netplan-eth1.network"],
        ),
        ("none", vec![]),
    ];
    for (name, expected) in expected {
        let root = site.unpack(name);
        let mut command = Command::new("netplan");
        let Some(output) = tool(command.arg("generate").arg("--root-dir").arg(&root)) else {
            return;
        };
        let whole = said(&output);
        assert!(
            output.status.success() && whole.is_empty(),
            "{name}: {whole}"
        );
        let made: Vec<String> = match root.join("run/systemd/network").is_dir() {
            true => files(&root.join("run/systemd/network"), "")
                .iter()
                .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
                .collect(),
            false => vec![],
        };
        assert_eq!(made, expected, "{name}");
    }
}

#[test]
fn ifupdown_takes_every_file() {
    let site = Site::new(NODES);
    let ask = |root: &Path, args: &[&str]| {
        let mut command = Command::new("ifquery");
        command.arg("-i").arg(root.join("etc/network/interfaces"));
        tool(command.args(args)).map(|output| {
            assert!(output.status.success(), "{args:?}: {}", said(&output));
            said(&output)
        })
    };
    for name in NAMES {
        let root = site.unpack(name);
        let Some(list) = ask(&root, &["--list"]) else {
            return;
        };
        assert!(list.starts_with("lo\n"), "{name}: {list}");
        match name {
            "plain" => {
                let eth0 = ask(&root, &["eth0"]).unwrap();
                for line in [
                    "address: 10.0.1.1",
                    "netmask: 255.255.0.0",
                    "gateway: 10.0.0.254",
                    "mtu: 9000",
                    "address: fd00::1",
                    "gateway: fd00::fe",
                    "dns-search: a.example b.example",
                    "up: ip -6 route add fd07::/64 via fd00::7 dev $IFACE",
                ] {
                    assert!(eth0.contains(line), "{line} not in {eth0}");
                }
            }
            "bond" => {
                assert_eq!(list, "lo\nbr0\neno3\neno1\neno2\nbond0\nbond0.100\n");
                let bond = ask(&root, &["bond0"]).unwrap();
                assert!(bond.contains("bond-mode: 802.3ad"), "{bond}");
                let vlan = ask(&root, &["vlan42"]).unwrap();
                assert!(vlan.contains("vlan-raw-device: eno9"), "{vlan}");
            }
            _ => {}
        }
    }
}

#[test]
fn what_has_no_reader_here_is_what_it_should_be() {
    let site = Site::new(NODES);
    let bond = site.unpack("bond");
    let ifcfg = "etc/sysconfig/network-scripts/ifcfg-";
    let expected = r#"# Made by muster; changes here are lost.
NAME='uplink'
DEVICE='bond0'
TYPE=Bond
ONBOOT=yes
BOOTPROTO=none
DEVTIMEOUT=10
MTU=9000
BONDING_MASTER=yes
BONDING_OPTS="mode=802.3ad miimon=50 updelay=0 downdelay=0 xmit_hash_policy=layer2+3"
IPADDR=10.0.1.2
PREFIX=16
NETMASK=255.255.0.0
GATEWAY=10.0.0.254
IPV6INIT=no
"#;
    assert_eq!(read(&bond, &format!("{ifcfg}bond0")), expected);
    let vlan = read(&bond, &format!("{ifcfg}vlan42"));
    assert!(
        vlan.contains("VLAN=yes\nVLAN_ID=42\nPHYSDEV='eno9'\n"),
        "{vlan}"
    );
    let route = read(&bond, "etc/sysconfig/network-scripts/route-bond0.100");
    assert_eq!(route, "10.7.0.0/16 via 10.9.1.7\n");
    let ib = site.unpack("ib");
    let rules = read(&ib, "etc/udev/rules.d/70-persistent-net.rules");
    assert_eq!(
        rules,
        "# Made by muster; changes here are lost.\n\
         SUBSYSTEM==\"net\", ACTION==\"add\", ATTR{type}==\"32\", ATTR{address}==\"?*00:02:c9:03:00:11:22:33\", NAME=\"ib0\"\n"
    );
    let lease = site.unpack("lease");
    assert!(read(&lease, &format!("{ifcfg}eth0")).contains("BOOTPROTO=dhcp\n"));
    assert!(read(&lease, &format!("{ifcfg}eth1")).contains("BOOTPROTO=none\n"));
    // Shells read the one, XML parsers the other.
    for root in [&bond, &ib, &lease] {
        for file in files(&root.join("etc/sysconfig"), "")
            .iter()
            .filter(|file| {
                file.file_name()
                    .unwrap()
                    .to_string_lossy()
                    .starts_with("ifcfg-")
            })
        {
            let output = Command::new("sh").arg("-n").arg(file).output().unwrap();
            assert!(output.status.success(), "{}", said(&output));
        }
        for file in files(root, ".xml") {
            let mut command = Command::new("xmllint");
            let Some(output) = tool(command.arg("--noout").arg(&file)) else {
                return;
            };
            assert!(output.status.success(), "{}", said(&output));
        }
    }
}

#[test]
fn a_vlan_without_a_number_is_a_fault_that_names_it() {
    for overlay in ["NetworkManager", "systemd.networkd"] {
        let site = Site::new(&format!(
            "nodes:\n  n1:\n    system overlay: [{overlay}]\n    network devices:\n      v: {{type: vlan, device: x}}\n"
        ));
        let faults = site.faults("n1");
        let named = "device v is a vlan without a number: set its tag vlan_id";
        assert!(faults.len() == 1 && faults[0].contains(named), "{faults:?}");
    }
}

/// systemd-networkd itself, in a network and with a file system of its own: the addresses are on the interface.
#[allow(clippy::print_stderr)]
#[test]
fn networkd_configures_interfaces() {
    let networkd = "/lib/systemd/systemd-networkd";
    let site = Site::new(NODES);
    let plain = site.unpack("plain");
    let bond = site.unpack("bond");
    let root = networks_can_be_made();
    if !root || !Path::new(networkd).exists() {
        eprintln!("SKIPPED: no systemd-networkd here, or no right to make a network for it");
        return;
    }
    let script = r#"
set -e
mount --make-rprivate /
mount -t tmpfs none /run
mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp /run/systemd/system
chown -R systemd-network: /run/systemd/netif 2> /dev/null || :
# Without a udev to wait for: it takes a read-only /sys as the sign of that.
mount -t sysfs -o ro none /sys
mkdir -p /etc/systemd/network
mount --bind "$1/etc/systemd/network" /etc/systemd/network
shift 2
for pair in "$@"; do
    ip link add "${pair%%=*}" address "${pair#*=}" type veth peer name "p${pair%%=*}"
    ip link set "p${pair%%=*}" up
done
SYSTEMD_LOG_LEVEL=info /lib/systemd/systemd-networkd > /run/log 2>&1 &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    sleep 0.5
    ip -o addr show | grep -q "$WANT" && break
done
sleep 0.5
echo "== addr"
ip -o addr show
echo "== route"
ip route show
ip -6 route show
echo "== link"
ip -d -o link show
echo "== log"
cat /run/log
kill $pid
wait $pid || :
"#;
    let run = |root: &Path, want: &str, links: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--net", "--mount", "sh", "-c", script, "sh"]);
        command.arg(root).arg("--").args(links).env("WANT", want);
        said(&command.stdin(Stdio::null()).output().unwrap())
    };
    let out = run(&plain, "10.0.1.1/16", &["eth0=52:54:00:00:00:01"]);
    for wanted in [
        "inet 10.0.1.1/16",
        "inet6 fd00::1/64",
        "default via 10.0.0.254 dev eth0",
        "10.7.0.0/16 via 10.0.0.7 dev eth0",
        "mtu 9000",
    ] {
        assert!(out.contains(wanted), "{wanted}:\n{out}");
    }
    assert_silent(&out);
    let links = [
        "eno1=52:54:00:00:00:02",
        "eno2=52:54:00:00:01:02",
        "eno3=52:54:00:00:03:02",
    ];
    let out = run(&bond, "10.43.1.2/24", &links);
    // Kernels without bonds or VLANs make neither; then what stands on them is not there.
    for (module, wanted) in [
        ("type bridge", "inet 10.43.1.2/24"),
        ("type bond", "inet 10.0.1.2/16"),
        ("vlan id 100", "inet 10.9.1.2/24"),
    ] {
        assert!(
            !out.contains(module) || out.contains(wanted),
            "{wanted}:\n{out}"
        );
    }
    assert_silent(&out);
}

/// No line of a file was refused.
fn assert_silent(log: &str) {
    for word in [
        "Unknown key",
        "Unknown section",
        "Failed to parse",
        "Invalid",
        "ignoring",
        "cannot be",
    ] {
        assert!(!log.contains(word), "{word}:\n{log}");
    }
}

/// Whether networks of their own can be made.
fn networks_can_be_made() -> bool {
    let made = Command::new("unshare")
        .args(["--net", "--mount", "true"])
        .output();
    made.is_ok_and(|output| output.status.success())
}
