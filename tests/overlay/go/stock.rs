//! Overlays in the manner of those that sites have, written for these tests, byte for byte.

use super::super::world::{World, device, node, paths, tags, text};
use super::set;

fn cluster() -> World {
    let mut nodes = Vec::new();
    for at in 1..=2 {
        let name = format!("n{at}");
        let mut one = node(at, &name, &["site"]);
        let mac = format!("52:54:00:00:00:0{at}");
        one.net[0].gateway = Some("10.0.0.254".parse().unwrap());
        one.net[0].tags = tags(&[
            ("DNS1", "10.0.0.53"),
            ("DNS2", "10.0.0.54"),
            ("DNSSEARCH", "a.example b.example"),
            ("route1", "10.9.0.0/16,10.0.0.1"),
        ]);
        one.net.push(device(
            "ib",
            "ib0",
            &format!("52:54:00:01:00:0{at}"),
            &format!("10.1.0.{at}"),
        ));
        one.net[1].kind = Some("InfiniBand".into());
        set(
            &mut one,
            &[
                ("net.default.device", "eth0"),
                ("net.default.hwaddr", &mac),
                ("net.default.mtu", "9000"),
                ("net.default.onboot", "true"),
                ("net.ib.device", "ib0"),
                ("net.ib.type", "InfiniBand"),
                ("filesystems./dev/sda1.format", "ext4"),
                ("filesystems./dev/sda1.path", "/scratch"),
                ("filesystems./dev/sda2.format", "swap"),
                (
                    "resources.fstab",
                    "yaml:[{spec: 'head:/home', file: /home, vfstype: nfs4, mntops: 'rw,soft'}, {spec: 'head:/opt', file: /opt}]",
                ),
            ],
        );
        nodes.push(one);
    }
    World::new(nodes)
}

fn check(template: &str, wanted: &str) {
    let world = cluster();
    world.write("overlays/site/rootfs/etc/out.ww", template);
    match world.lay(0) {
        Ok(layout) => assert_eq!(text(&layout, "etc/out"), wanted),
        Err(faults) => panic!("{}", faults[0]),
    }
}

#[test]
fn hosts() {
    check(
        "127.0.0.1   localhost localhost.localdomain
{{- /* the server */}}
{{$.Ipaddr}} {{$.BuildHost}} warewulf
{{- range $node := $.AllNodes}}                     {{- /* for each node */}}
# Entry for {{$node.Id}}
{{- range $devname, $netdev := $node.NetDevs}}      {{- /* for each device */}}
{{- if $netdev.Ipaddr}}
{{$netdev.Ipaddr}} {{if $netdev.Primary}}{{$node.Id}} {{end}}{{$node.Id}}-{{$devname}}{{if $netdev.Device}} {{$node.Id}}-{{$netdev.Device}}{{end}}
{{- end}}
{{- end}}
{{- end}}
",
        "127.0.0.1   localhost localhost.localdomain
10.0.0.1 head warewulf
# Entry for n1
10.0.1.1 n1 n1-default n1-eth0
10.1.0.1 n1-ib n1-ib0
# Entry for n2
10.0.1.2 n2 n2-default n2-eth0
10.1.0.2 n2-ib n2-ib0
",
    );
}

#[test]
fn resolv() {
    check(
        "# made by Warewulf
{{range $devname, $netdev := .NetDevs}}
{{- $search := list}}
{{- range $name, $value := $netdev.Tags}}
{{- if eq $name \"DNSSEARCH\"}}{{$search = append $search $value}}{{else if regexMatch \"^DNS[0-9]*$\" $name}}nameserver {{$value}}
{{end}}
{{- end}}
{{- with $search}}search {{join \" \" .}}
{{end}}
{{- end}}",
        "# made by Warewulf\nnameserver 10.0.0.53\nnameserver 10.0.0.54\nsearch a.example b.example\n",
    );
}

#[test]
fn ifcfg_a_file_for_each_device() {
    let world = cluster();
    world.write(
        "overlays/site/rootfs/etc/sysconfig/network-scripts/ifcfg.ww",
        "{{- range $name, $dev := .NetDevs}}
{{- $file := printf \"ifcfg-%s.conf\" $name}}
{{- file $file}}
{{- /* see ifcfg(5) */ -}}
TYPE={{$dev.Type | default \"Ethernet\"}}
{{- with $dev.Device}}
DEVICE={{.}}{{end}}
NAME={{$name}}
ONBOOT={{ternary \"yes\" \"no\" $dev.OnBoot.BoolDefaultTrue}}
BOOTPROTO=static
{{- if $dev.Ipaddr}}
IPADDR={{$dev.Ipaddr}}
NETMASK={{$dev.Netmask}}{{end}}
{{- if $dev.Gateway}}
GATEWAY={{$dev.Gateway}}{{end}}
{{- if $dev.MTU}}
MTU={{$dev.MTU}}{{end}}
{{- range $tag, $value := $dev.Tags}}{{if hasPrefix \"route\" $tag}}{{$r := split \",\" $value}}
{{- file (printf \"route-%s.conf\" $name)}}{{$r._0}} via {{$r._1}}{{end}}{{end}}
{{end}}",
    );
    let layout = world.lay(0).unwrap();
    let folder = "etc/sysconfig/network-scripts";
    assert_eq!(
        paths(&layout)[3..],
        [
            format!("{folder}/ifcfg-default.conf"),
            format!("{folder}/ifcfg-ib.conf"),
            format!("{folder}/route-default.conf")
        ]
    );
    assert_eq!(
        text(&layout, &format!("{folder}/ifcfg-default.conf")),
        "TYPE=Ethernet\nDEVICE=eth0\nNAME=default\nONBOOT=yes\nBOOTPROTO=static\nIPADDR=10.0.1.1\nNETMASK=255.255.0.0\nGATEWAY=10.0.0.254\nMTU=9000"
    );
    assert_eq!(
        text(&layout, &format!("{folder}/ifcfg-ib.conf")),
        "TYPE=InfiniBand\nDEVICE=ib0\nNAME=ib\nONBOOT=yes\nBOOTPROTO=static\nIPADDR=10.1.0.1\nNETMASK=255.255.0.0\n"
    );
    assert_eq!(
        text(&layout, &format!("{folder}/route-default.conf")),
        "10.9.0.0/16 via 10.0.0.1\n"
    );
}

#[test]
fn fstab() {
    check(
        "rootfs / tmpfs defaults 0 0
{{range $device, $fs := .FileSystems}}{{if and $fs.Path (ne $fs.Format \"swap\")}}{{$device}} {{$fs.Path}} {{$fs.Format}} noauto,{{$fs.MountOptions | default \"defaults\"}} 0 0
{{end}}{{end -}}
{{range .Resources.fstab -}}
{{.spec}} {{.file}} {{.vfstype | default \"nfs\"}} {{.mntops | default \"defaults\"}} {{.freq | default 0}} {{.passno | default 0}}
{{end -}}
",
        "rootfs / tmpfs defaults 0 0\n/dev/sda1 /scratch ext4 noauto,defaults 0 0\nhead:/home /home nfs4 rw,soft 0 0\nhead:/opt /opt nfs defaults 0 0\n",
    );
}

#[test]
fn network_manager() {
    let world = cluster();
    world.write(
        "overlays/site/rootfs/etc/NetworkManager/system-connections/ww4-managed.ww",
        "{{range $name, $dev := .NetDevs}}{{file (cat \"warewulf-\" $name \".conf\" | nospace)}}
{{- $routes := 0}}{{range $k, $_ := $dev.Tags}}{{if hasPrefix \"route\" $k}}{{$routes = add1 $routes}}{{end}}{{end -}}
[connection]
id={{$name}}
type={{lower (default \"ethernet\" $dev.Type)}}
interface-name={{$dev.Device}}
autoconnect={{$dev.OnBoot.BoolDefaultTrue}}

[ipv4]
{{- if or $dev.Ipaddr (gt $routes 0)}}
method=manual
address={{$dev.IpCIDR}}
{{- range $k, $v := $dev.Tags}}{{if hasPrefix \"route\" $k}}
{{$k}}={{$v}}{{end}}{{end}}
{{- $dns := list}}{{range $k, $v := $dev.Tags}}{{if regexMatch \"^DNS[0-9]*$\" $k}}{{$dns = append $dns $v}}{{end}}{{end}}
{{- if $dns}}
dns={{join \";\" $dns}};{{end}}
{{- else}}
method=disabled
{{- end}}
{{end -}}
{{file \"../conf.d/unmanaged.conf\" -}}
[keyfile]
unmanaged-devices={{range .NetDevs}}{{if .Hwaddr}}except:mac:{{.Hwaddr}},{{end}}{{end}}
",
    );
    let layout = world.lay(0).unwrap();
    let folder = "etc/NetworkManager";
    assert_eq!(
        text(
            &layout,
            &format!("{folder}/system-connections/warewulf-default.conf")
        ),
        "[connection]\nid=default\ntype=ethernet\ninterface-name=eth0\nautoconnect=true\n\n[ipv4]\nmethod=manual\naddress=10.0.1.1/16\nroute1=10.9.0.0/16,10.0.0.1\ndns=10.0.0.53;10.0.0.54;\n"
    );
    assert_eq!(
        text(
            &layout,
            &format!("{folder}/system-connections/warewulf-ib.conf")
        ),
        "[connection]\nid=ib\ntype=infiniband\ninterface-name=ib0\nautoconnect=true\n\n[ipv4]\nmethod=manual\naddress=10.1.0.1/16\n"
    );
    assert_eq!(
        text(&layout, &format!("{folder}/conf.d/unmanaged.conf")),
        "[keyfile]\nunmanaged-devices=except:mac:52:54:00:00:00:01,\n"
    );
}

#[test]
fn units_for_file_systems() {
    let world = cluster();
    world.write(
        "overlays/site/rootfs/etc/systemd/system/mounts.ww",
        "{{$any := false}}{{range $fs := .ThisNode.FileSystemList}}{{if and $fs.Path (ne $fs.Format \"swap\")}}{{$any = true}}{{$unit := printf \"%s.mount\" (SystemdEscapePath $fs.Path)}}
{{- file $unit -}}
[Mount]
What={{$fs.Id}}
Where={{$fs.Path}}
{{file (printf \"local-fs.target.wants/%s\" $unit)}}{{softlink (printf \"../%s\" $unit)}}{{end}}{{end}}{{if not $any}}{{abort}}{{end}}",
    );
    let layout = world.lay(0).unwrap();
    assert_eq!(
        text(&layout, "etc/systemd/system/scratch.mount"),
        "[Mount]\nWhat=/dev/sda1\nWhere=/scratch\n"
    );
    let link = super::super::world::item(
        &layout,
        "etc/systemd/system/local-fs.target.wants/scratch.mount",
    );
    assert_eq!(
        link.body,
        muster::overlay::Body::Symlink("../scratch.mount".into())
    );
}
