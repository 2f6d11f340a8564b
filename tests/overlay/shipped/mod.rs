//! The shipped overlays, rendered for sample nodes.

mod disks;
mod growth;
mod names;
mod network;
mod nodes;
mod services;

use muster::daemon::files::Disk;
use muster::model::RootKind;
use muster::overlay::{Body, Sight, Sources};

use crate::overlay::world::{World, device, item, node, tags, text};

/// Under the names that registries of the field use.
const NAMES: [&str; 28] = [
    "NetworkManager",
    "chrony",
    "debug",
    "fstab",
    "hostname",
    "hosts",
    "ifcfg",
    "ifupdown",
    "ignition",
    "issue",
    "localtime",
    "mig",
    "mkfs",
    "mkswap",
    "netplan",
    "resolv",
    "sfdisk",
    "ssh.authorized_keys",
    "ssh.host_keys",
    "syncuser",
    "systemd.mount",
    "systemd.netname",
    "systemd.networkd",
    "systemd.swap",
    "udev.netname",
    "wicked",
    "wwclient",
    "wwinit",
];

#[test]
fn all_are_listed_with_a_line_each() {
    let world = World::new(vec![]);
    let sources = Sources::new(world.dir.path());
    let names = sources.names(&Disk).unwrap();
    let names: Vec<&str> = names.iter().map(|(name, _)| name.as_ref()).collect();
    assert_eq!(names, NAMES);
    for name in names {
        let about = sources.about(name, &Disk).unwrap_or_default();
        assert!((10..=110).contains(&about.len()), "{name}: {about}");
    }
    for alias in ["wwclient.x86_64", "wwclient.aarch64", "debian.interfaces"] {
        assert!(sources.about(alias, &Disk).is_some(), "{alias}");
    }
    world.write("overlays/mine/README", "Ours\nand more\n");
    assert_eq!(sources.about("mine", &Disk).as_deref(), Some("Ours"));
    assert_eq!(sources.about("../mine", &Disk), None);
}

#[test]
fn hostname_and_hosts() {
    let mut second = node(2, "n2.blue", &[]);
    second
        .net
        .push(device("ib", "ib0", "52:54:00:00:01:02", "10.9.1.2"));
    second.net[1].ipaddr6 = Some("fd00::2".parse().unwrap());
    let world = World::new(vec![node(1, "n1", &["hostname", "hosts"]), second]);
    let layout = world.lay(0).unwrap();
    assert_eq!(text(&layout, "etc/hostname"), "n1\n");
    let expected = "\
# Made by muster for every node of the cluster; changes here are lost.
127.0.0.1 localhost localhost.localdomain
::1 localhost localhost.localdomain ip6-localhost ip6-loopback
10.0.0.1 head muster warewulf

10.0.1.1 n1 n1-default n1-eth0
10.0.1.2 n2.blue n2 n2.blue-default n2.blue-eth0
10.9.1.2 n2.blue-ib n2.blue-ib0
fd00::2 n2.blue-ib
";
    assert_eq!(text(&layout, "etc/hosts"), expected);
    assert_eq!(layout.sight, Sight::Brief);
}

#[test]
fn issue_and_resolv() {
    let world = World::new(vec![node(1, "n1", &["issue", "resolv"])]);
    let layout = world.lay(0).unwrap();
    let expected = "\
n1 of blue \\n \\l

Image:   rocky
Kernel:  \\r
Args:    quiet crashkernel=no
Network: default 10.0.1.1

";
    assert_eq!(text(&layout, "etc/issue"), expected);
    let expected = "\
# Made by muster; changes here are lost.
search hpc.example
nameserver 10.0.0.53
";
    assert_eq!(text(&layout, "etc/resolv.conf"), expected);
    assert_eq!(layout.sight, Sight::Own);
}

#[test]
fn ifupdown_writes_addresses_routes_and_links() {
    let mut n1 = node(1, "n1", &["ifupdown"]);
    n1.net[0].gateway = Some("10.0.0.254".parse().unwrap());
    n1.net[0].mtu = Some(9000);
    n1.net[0].tags = tags(&[
        ("route1", "10.7.0.0/16,10.0.0.7"),
        ("route2", "10.8.0.0/16 via 10.0.0.8"),
    ]);
    n1.net[0].ipaddr6 = Some("fd00::1".parse().unwrap());
    let expected = "\
# Made by muster; changes here are lost.
auto lo
iface lo inet loopback

auto eth0
allow-hotplug eth0
iface eth0 inet static
    address 10.0.1.1
    netmask 255.255.0.0
    gateway 10.0.0.254
    mtu 9000
    up ip route add 10.7.0.0/16 via 10.0.0.7 dev $IFACE
    up ip route add 10.8.0.0/16 via 10.0.0.8 dev $IFACE
iface eth0 inet6 static
    address fd00::1/64

";
    let layout = World::new(vec![n1]).lay(0).unwrap();
    assert_eq!(text(&layout, "etc/network/interfaces"), expected);
}

#[test]
fn networkd_makes_one_file_a_device() {
    let mut n1 = node(1, "n1", &["systemd.networkd"]);
    n1.net
        .push(device("ib", "ib0", "52:54:00:00:01:02", "10.9.1.2"));
    n1.net[0].gateway = Some("10.0.0.254".parse().unwrap());
    n1.net[1].onboot = Some(false);
    n1.net[1].tags = tags(&[("route1", "10.7.0.0/16,10.0.0.7")]);
    let layout = World::new(vec![n1]).lay(0).unwrap();
    let expected = "\
# Made by muster; changes here are lost.
[Match]
MACAddress=52:54:00:00:00:01

[Network]
DHCP=no
Address=10.0.1.1/16
Gateway=10.0.0.254

[Link]
RequiredForOnline=yes
";
    assert_eq!(
        text(&layout, "etc/systemd/network/10-muster-default.network"),
        expected
    );
    let second = text(&layout, "etc/systemd/network/10-muster-ib.network");
    assert!(
        second.contains(
            "RequiredForOnline=no\n\n[Route]\nDestination=10.7.0.0/16\nGateway=10.0.0.7\n"
        ),
        "{second}"
    );
    let link = item(
        &layout,
        "etc/systemd/system/multi-user.target.wants/systemd-networkd.service",
    );
    assert!(matches!(link.body, Body::Symlink(_)));
}

#[test]
fn network_manager_keyfiles_are_secret_and_whole() {
    let mut n1 = node(1, "n1", &["NetworkManager"]);
    n1.net[0].tags = tags(&[
        ("DNS1", "10.0.0.53"),
        ("DNSSEARCH", "a.example;b.example"),
        ("route1", "10.7.0.0/16,10.0.0.7"),
    ]);
    let mut slave = device("s0", "eth1", "52:54:00:00:01:02", "10.9.1.2");
    slave.ipaddr = None;
    slave.tags = tags(&[("master", "bond0")]);
    n1.net.push(slave);
    let layout = World::new(vec![n1]).lay(0).unwrap();
    let path = "etc/NetworkManager/system-connections/muster-default.nmconnection";
    let expected = "\
# Made by muster; changes here are lost.
[connection]
id=default
interface-name=eth0
type=ethernet
autoconnect=true

[ethernet]
mac-address=52:54:00:00:00:01

[ipv4]
method=manual
address=10.0.1.1/16
route1=10.7.0.0/16,10.0.0.7
dns=10.0.0.53;
dns-search=a.example;b.example;

[ipv6]
addr-gen-mode=eui64
method=disabled
";
    assert_eq!(text(&layout, path), expected);
    assert_eq!(item(&layout, path).mode, 0o600);
    let slave = text(
        &layout,
        "etc/NetworkManager/system-connections/muster-s0.nmconnection",
    );
    assert!(slave.contains("master=bond0\nslave-type=bond\n"), "{slave}");
    // A port of a bond has no addresses, and NetworkManager refuses sections that speak of them.
    assert!(!slave.contains("[ipv"), "{slave}");
    let unmanaged = text(&layout, "etc/NetworkManager/conf.d/muster-unmanaged.conf");
    assert!(
        unmanaged.contains(
            "unmanaged-devices=*,except:mac:52:54:00:00:00:01,except:interface-name:eth0,"
        ),
        "{unmanaged}"
    );
}

#[test]
fn wwinit_has_its_scripts_and_a_secret_config() {
    let mut n1 = node(1, "n1", &["wwinit"]);
    n1.root = RootKind::Device("/dev/sda1; reboot".into());
    let layout = World::new(vec![n1]).lay(0).unwrap();
    for path in [
        "init",
        "warewulf/beacon",
        "warewulf/run-init",
        "warewulf/init.d/30-network",
    ] {
        assert_eq!(item(&layout, path).mode, 0o755, "{path}");
    }
    assert_eq!(item(&layout, "warewulf").mode, 0o755);
    assert!(matches!(
        item(&layout, "warewulf/wwinit.d").body,
        Body::Folder
    ));
    let config = text(&layout, "warewulf/config");
    assert_eq!(item(&layout, "warewulf/config").mode, 0o600);
    for line in [
        "WWHOSTNAME='n1'",
        "WWROOT='/dev/sda1; reboot'",
        "WWINIT=''",
        "WWIPMI_IPADDR=''",
        "WWIPMI_PASSWORD='it'\\''s $ecret'",
        "MUSTER_SERVER='http://10.0.0.1:9873'",
        "MUSTER_MAC='52:54:00:00:00:01'",
        "MUSTER_PREFIX='16'",
    ] {
        assert!(config.lines().any(|l| l == line), "{line} not in\n{config}");
    }
}

#[test]
fn every_shipped_overlay_renders_for_a_node_with_nothing() {
    let mut bare = node(1, "bare", &NAMES);
    bare.net.clear();
    bare.primary = None;
    bare.image = None;
    bare.kernel_args.clear();
    let layout = World::new(vec![bare]).lay(0).unwrap();
    let paths = crate::overlay::world::paths(&layout);
    for stray in [
        "muster",
        ".tera",
        "ignition.json",
        "sfdisk",
        "mkfs",
        "shadow",
    ] {
        let found = paths.iter().find(|path| {
            let last = path.rsplit('/').next().unwrap();
            last == stray || path.ends_with(stray)
        });
        assert_eq!(found, None, "{stray}");
    }
}
