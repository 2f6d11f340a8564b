//! Warewulf's names over muster's registry.

use std::collections::BTreeMap;

use super::super::world::{World, device, node, tags, text};
use super::{of, set};

fn rich() -> muster::model::Node {
    let mut one = node(1, "n1", &["site"]);
    one.cluster = Some("blue".into());
    one.comment = Some("it's me".into());
    one.net[0].kind = Some("Ethernet".into());
    one.tags = tags(&[("rack", "r1"), ("ntp_server", "10.0.0.9")]);
    one.net[0].tags = tags(&[("DNS1", "10.0.0.53"), ("route1", "10.9.0.0/16,10.0.0.1")]);
    one.net[0].gateway = Some("10.0.0.1".parse().unwrap());
    one.net[0].ipaddr6 = Some("fd00::1".parse().unwrap());
    one.net[0].prefixlen6 = Some(64);
    one.net
        .push(device("ib", "ib0", "52:54:00:00:99:01", "10.1.0.1"));
    set(
        &mut one,
        &[
            ("comment", "it's me"),
            ("cluster", "blue"),
            ("image", "rocky"),
            ("net.default.type", "Ethernet"),
            ("net.default.device", "eth0"),
            ("net.default.hwaddr", "52:54:00:00:00:01"),
            ("net.default.onboot", "yes"),
            ("net.default.mtu", "1500"),
            ("net.default.prefixlen6", "64"),
            ("ipmi.username", "admin"),
            ("ipmi.write", "true"),
            ("disks./dev/sda.wipe_table", "false"),
            ("disks./dev/sda.partitions.root.number", "2"),
            ("disks./dev/sda.partitions.root.size_mib", "1024"),
            ("disks./dev/sda.partitions.root.start_mib", "300"),
            ("disks./dev/sda.partitions.root.should_exist", "true"),
            ("disks./dev/sda.partitions.boot.number", "1"),
            ("disks./dev/sda.partitions.rest.size_mib", "0"),
            ("filesystems./dev/disk/by-partlabel/root.format", "ext4"),
            ("filesystems./dev/disk/by-partlabel/root.path", "/"),
            (
                "filesystems./dev/disk/by-partlabel/root.mount_options",
                "noatime,nodev",
            ),
            (
                "resources.fstab",
                "yaml:[{spec: 'h:/home', file: /home, vfstype: nfs, freq: 0}]",
            ),
        ],
    );
    one
}

fn table(cases: &[(&str, &str)]) {
    for (template, wanted) in cases {
        let world = of(rich(), template);
        match world.lay(0) {
            Ok(layout) => assert_eq!(text(&layout, "etc/conf"), *wanted, "{template}"),
            Err(faults) => panic!("{template}: {}", faults[0]),
        }
    }
}

#[test]
fn of_the_node() {
    table(&[
        (
            "{{.Id}} {{.Hostname}} {{.Id.Get}} {{.ClusterName}} {{.ImageName}} {{.ContainerName}} {{.Comment}}",
            "n1 n1 n1 blue rocky rocky it's me",
        ),
        (
            "{{.Kernel.Args | join \" \"}} {{range .SystemOverlay}}{{.}}{{end}} {{.Ipxe}}|{{.Init}}",
            "quiet crashkernel=no site |",
        ),
        (
            "{{.Tags.rack}} {{range $k, $v := .Tags}}{{$k}}={{$v}} {{end}}{{if index .Tags \"none\"}}a{{end}}",
            "r1 ntp_server=10.0.0.9 rack=r1 ",
        ),
        (
            "{{.Ipmi.UserName}} {{.Ipmi.Ipaddr}} {{.Ipmi.Write.Bool}} {{.Ipmi.Write}} {{if .Ipmi.Ipaddr}}a{{else}}b{{end}}",
            "admin <nil> true true b",
        ),
        ("{{.Discoverable.Bool}} {{.PrimaryNetDev}}", "false default"),
        (
            "{{range .Resources.fstab}}{{.spec}} {{.file}} {{.vfstype}} {{.freq}} {{default \"defaults\" .mntops}}{{end}}",
            "h:/home /home nfs 0 defaults",
        ),
        (
            "{{.Resources.fstab | toJson}} {{.Resources.none | toJson}}",
            "[{\"file\":\"/home\",\"freq\":0,\"spec\":\"h:/home\",\"vfstype\":\"nfs\"}] null",
        ),
    ]);
}

#[test]
fn of_network_devices() {
    table(&[
        (
            "{{range $n, $d := .NetDevs}}{{$n}}:{{$d.Device}}:{{$d.Ipaddr}} {{end}}",
            "default:eth0:10.0.1.1 ib:ib0:10.1.0.1 ",
        ),
        (
            "{{with .NetDevs.default}}{{.Type | lower}} {{.Hwaddr}} {{.Netmask}} {{.Gateway}} {{.IpCIDR}} {{.IpCIDR6}} {{.MTU}}{{end}}",
            "ethernet 52:54:00:00:00:01 255.255.0.0 10.0.0.1 10.0.1.1/16 fd00::1/64 1500",
        ),
        (
            "{{with .NetDevs.default}}{{.OnBoot}} {{.OnBoot.Bool}} {{.OnBoot.BoolDefaultTrue}}{{end}} {{with .NetDevs.ib}}{{.OnBoot.Bool}} {{.OnBoot.BoolDefaultTrue}} {{.Gateway}}{{end}}",
            "yes true true false true <nil>",
        ),
        (
            "{{.NetDevs.default.Ipaddr.String}} {{.NetDevs.default.Ipaddr.IsUnspecified}} {{if .NetDevs.ib.Ipaddr6}}a{{else}}b{{end}}",
            "10.0.1.1 false b",
        ),
        (
            "{{range $k, $v := .NetDevs.default.Tags}}{{if regexMatch \"^DNS[0-9]*$\" $k}}{{$v}}{{end}}{{end}}",
            "10.0.0.53",
        ),
        (
            "{{$r := split \",\" .NetDevs.default.Tags.route1}}{{$r._0}} via {{$r._1}}",
            "10.9.0.0/16 via 10.0.0.1",
        ),
    ]);
}

/// Warewulf's copy at the top of the data loses some; what templates wrote because of that, they write here too.
#[test]
fn of_the_copy_and_the_whole_node() {
    table(&[
        (
            "{{.NetDevs.default.Primary}} {{.ThisNode.NetDevs.default.Primary}} {{range .AllNodes}}{{.NetDevs.default.Primary}}{{.NetDevs.ib.Primary}}{{end}}",
            "false true truefalse",
        ),
        (
            "[{{(index .Disks \"/dev/sda\").Id}}] {{range .ThisNode.DiskList}}{{.Id}} {{.WipeTable}}{{range .PartitionList}} {{.Id}}{{.Number}}{{end}}{{end}}",
            "[] /dev/sda false boot1 root2 rest",
        ),
        (
            "{{(index .Disks \"/dev/sda\").WipeTable}} {{range $l, $p := (index .Disks \"/dev/sda\").Partitions}}{{$l}}{{$p.ShouldExist}} {{end}}",
            "<nil> boot<nil> rest<nil> roottrue ",
        ),
        (
            "{{range .ThisNode.FileSystemList}}{{.Id}} {{.Format}} {{.Path}} {{.MountOptions}}{{.WipeFileSystem}}{{end}}",
            "/dev/disk/by-partlabel/root ext4 / noatime,nodev<nil>",
        ),
    ]);
}

#[test]
fn of_the_server() {
    table(&[
        (
            "{{.BuildHost}} {{.Ipaddr}} {{.Netmask}} {{.Network}} {{.IpCIDR}} {{.NetworkCIDR}} {{.Overlay}} {{.Ipv6}}",
            "head 10.0.0.1 255.255.0.0 10.0.0.0 10.0.0.1/16 10.0.0.0/16 site false",
        ),
        (
            "{{.Warewulf.Port}} {{.Warewulf.UpdateInterval}} {{.Warewulf.Secure}} {{.Dhcp.Enabled}} {{.Tftp.Enabled}} {{.Nfs.Enabled}} {{.Ssh.KeyTypes}} {{.Paths.WWClientdir}}",
            "9873 60 true false false true [ed25519 ecdsa rsa] /warewulf",
        ),
        (
            "{{len .Nfs.ExportsExtended}} {{.Paths.Sysconfdir}} {{printf \"%d\" .Warewulf.Port}}",
            "0 /etc 9873",
        ),
    ]);
}

#[test]
fn the_build_is_that_of_the_newest_file() {
    let world = of(rich(), "{{.BuildTime}} {{.BuildTimeUnix}} {{.BuildSource}}");
    let path = world.dir.path().join("overlays/site/rootfs/etc/conf.ww");
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(time).unwrap();
    let wanted = format!("11-14-2023 22:13:20 UTC 1700000000 {}", path.display());
    assert_eq!(text(&world.lay(0).unwrap(), "etc/conf"), wanted);
}

/// In Warewulf's order: cluster, then name, as plain text.
#[test]
fn all_nodes_come_in_order_and_a_change_of_any_is_seen() {
    let names = ["n1", "n10", "n2"];
    let nodes = names
        .iter()
        .zip(1..)
        .map(|(name, at)| node(at, name, &["site"]));
    let mut nodes: Vec<_> = nodes.collect();
    nodes[0].cluster = Some("z".into());
    let world = World::new(nodes);
    world.write(
        "overlays/site/rootfs/etc/hosts.ww",
        "{{range .AllNodes}}{{.Id}} {{end}}",
    );
    let layout = world.lay(0).unwrap();
    assert_eq!(text(&layout, "etc/hosts"), "n10 n2 n1 ");
    assert_eq!(layout.sight, muster::overlay::Sight::Whole);
}

#[test]
fn ignition_gets_what_is_right() {
    let world = of(rich(), "{{IgnitionJson}}");
    let json: serde_json::Value =
        serde_json::from_str(&text(&world.lay(0).unwrap(), "etc/conf")).unwrap();
    assert_eq!(json["ignition"]["version"], "3.1.0");
    let disk = &json["storage"]["disks"][0];
    assert_eq!(
        (&disk["device"], &disk["wipeTable"]),
        (&"/dev/sda".into(), &false.into())
    );
    assert_eq!(disk["partitions"][1]["startMiB"], 300);
    assert_eq!(
        json["storage"]["filesystems"][0]["mountOptions"][1],
        "nodev"
    );
    assert_eq!(super::render("[{{IgnitionJson}}]"), "[]");
}

/// Every name of the table is there, and is told in one line.
#[test]
fn every_listed_name_can_be_used() {
    let mut seen = BTreeMap::new();
    for var in muster::overlay::vars(false) {
        assert!(
            !var.doc.is_empty() && !var.doc.contains('\n'),
            "{}",
            var.name
        );
        assert!(
            seen.insert((var.of, var.name), ()).is_none(),
            "{} twice",
            var.name
        );
        let road = match var.of {
            "" if var.name.ends_with("List") => "$.ThisNode".to_owned(),
            "" => "$".into(),
            ".Disks.NAME" => "(index $.Disks \"/dev/sda\")".into(),
            ".Disks.NAME.Partitions.NAME" => {
                "(index (index $.Disks \"/dev/sda\").Partitions \"root\")".into()
            }
            ".FileSystems.NAME" => "(index $.FileSystems \"/dev/disk/by-partlabel/root\")".into(),
            ".NetDevs.NAME" => "$.NetDevs.default".into(),
            ".Nfs.ExportsExtended" => continue,
            of => format!("${of}"),
        };
        let world = of(
            rich(),
            &format!("{{{{if {road}.{}}}}}{{{{end}}}}", var.name),
        );
        if let Err(faults) = world.lay(0) {
            panic!("{road}.{}: {}", var.name, faults[0]);
        }
    }
    assert!(seen.len() > 100);
}

/// A template that asks nothing of the node is rendered once for all nodes of a network, and one that does is not.
#[test]
fn a_page_about_the_server_is_shared_and_one_about_a_node_is_not() {
    let world = World::new(
        (1..=3)
            .map(|at| node(at, &format!("n{at}"), &["site"]))
            .collect(),
    );
    world.write(
        "overlays/site/rootfs/etc/same.ww",
        "{{range .AllNodes}}{{.Id}}{{end}}{{.Ipaddr}}",
    );
    world.write(
        "overlays/site/rootfs/etc/own.ww",
        "{{with $}}{{.Id}}{{end}}",
    );
    let view = world.view();
    let sources = muster::overlay::Sources::new(world.dir.path());
    let files = muster::overlay::Recorded::new(&muster::daemon::files::Disk);
    let lay = |at: usize| {
        let context = muster::overlay::Context::System;
        muster::overlay::lay(&view, &view.nodes[at], context, &sources, &files).unwrap()
    };
    let (first, second) = (lay(0), lay(1));
    let bytes = |layout: &muster::overlay::Layout, path| match &super::super::world::item(
        layout, path,
    )
    .body
    {
        muster::overlay::Body::File(data) => (data.as_ptr(), data.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(bytes(&first, "etc/same"), bytes(&second, "etc/same"));
    assert_eq!(
        (text(&first, "etc/own"), text(&second, "etc/own")),
        ("n1".into(), "n2".into())
    );
}
