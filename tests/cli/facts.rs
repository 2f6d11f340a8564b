//! Every key that a site may have in its files, and every flag that its people have in their fingers: read, set, printed,
//! explained and taken away again.

use std::collections::BTreeMap;

use muster::cli::man_pages;
use muster::model::field::{NODE, Owner, SERVER, of_node};
use serde_yaml::Value as Yaml;

use super::world::World;
use crate::support::loose_view;

/// A key of `nodes.conf`: its way through the file, with `default`, `/dev/sda`, `root` and `k` for names; flags that set it, with
/// what else has to be said; how it is written; a value.
type Row = (
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
);

const NET: &str = "network devices";
const DISK: &[&str] = &["--diskname", "/dev/sda"];
const PART: &[&str] = &["--diskname", "/dev/sda", "--partname", "root"];
const FS: &[&str] = &["--fsname", "/dev/sda1"];

const KEYS: &[Row] = &[
    (&["discoverable"], &["--discoverable=", "-e="], &[], "true"),
    (&["asset key"], &["--asset"], &[], "A-1"),
    (&["profiles"], &["--profile", "-P"], &[], "p"),
    (&["comment"], &["--comment"], &[], "a word"),
    (&["cluster name"], &["--cluster", "-c"], &[], "east"),
    (
        &["image name"],
        &["--image", "-C", "--container"],
        &[],
        "rocky9",
    ),
    (&["ipxe template"], &["--ipxe"], &[], "localdisk"),
    (
        &["runtime overlay"],
        &["--runtime-overlays", "-R", "--runtime"],
        &[],
        "hosts",
    ),
    (
        &["system overlay"],
        &["--system-overlays", "-O", "--wwinit"],
        &[],
        "wwinit",
    ),
    (&["kernel", "version"], &["--kernelversion"], &[], "6.1"),
    (&["kernel", "args"], &["--kernelargs", "-A"], &[], "quiet"),
    (&["ipmi", "username"], &["--ipmiuser"], &[], "admin"),
    (&["ipmi", "password"], &["--ipmipass"], &[], "hush"),
    (&["ipmi", "ipaddr"], &["--ipmiaddr"], &[], "10.9.0.1"),
    (&["ipmi", "gateway"], &["--ipmigateway"], &[], "10.9.0.254"),
    (
        &["ipmi", "netmask"],
        &["--ipminetmask"],
        &[],
        "255.255.255.0",
    ),
    (&["ipmi", "port"], &["--ipmiport"], &[], "623"),
    (&["ipmi", "interface"], &["--ipmiinterface"], &[], "lanplus"),
    (&["ipmi", "escapechar"], &["--ipmiescapechar"], &[], "~"),
    (&["ipmi", "write"], &["--ipmiwrite="], &[], "true"),
    (
        &["ipmi", "template"],
        &["--ipmitemplate"],
        &[],
        "ipmitool.tmpl",
    ),
    (&["ipmi", "tags", "k"], &["--ipmitagadd"], &[], "v"),
    (&["init"], &["--init", "-i"], &[], "/sbin/init"),
    (&["root"], &["--root"], &[], "tmpfs"),
    (&[NET, "default", "type"], &["--type", "-T"], &[], "bond"),
    (&[NET, "default", "onboot"], &["--onboot="], &[], "true"),
    (
        &[NET, "default", "device"],
        &["--netdev", "-N"],
        &[],
        "eno1",
    ),
    (
        &[NET, "default", "hwaddr"],
        &["--hwaddr", "-H"],
        &[],
        "52:54:00:00:00:01",
    ),
    (
        &[NET, "default", "ipaddr"],
        &["--ipaddr", "-I"],
        &[],
        "10.0.0.1",
    ),
    (
        &[NET, "default", "netmask"],
        &["--netmask", "-M"],
        &[],
        "255.255.0.0",
    ),
    (
        &[NET, "default", "gateway"],
        &["--gateway", "-G"],
        &[],
        "10.0.0.254",
    ),
    (&[NET, "default", "ipaddr6"], &["--ipaddr6"], &[], "fd00::1"),
    (
        &[NET, "default", "prefixlen6"],
        &["--prefixlen6"],
        &[],
        "64",
    ),
    (
        &[NET, "default", "gateway6"],
        &["--gateway6"],
        &[],
        "fd00::ff",
    ),
    (&[NET, "default", "mtu"], &["--mtu"], &[], "9000"),
    (&[NET, "default", "tags", "k"], &["--nettagadd"], &[], "v"),
    (&["tags", "k"], &["--tagadd"], &[], "v"),
    (
        &["primary network"],
        &["--primarynet", "-p"],
        &[],
        "default",
    ),
    (
        &["disks", "/dev/sda", "wipe_table"],
        &["--diskwipe="],
        DISK,
        "true",
    ),
    (
        &["disks", "/dev/sda", "partitions", "root", "number"],
        &["--partnumber"],
        PART,
        "1",
    ),
    (
        &["disks", "/dev/sda", "partitions", "root", "size_mib"],
        &["--partsize"],
        PART,
        "4096",
    ),
    (
        &["disks", "/dev/sda", "partitions", "root", "start_mib"],
        &["--partstart"],
        PART,
        "1",
    ),
    (
        &["disks", "/dev/sda", "partitions", "root", "type_guid"],
        &["--parttype"],
        PART,
        "0FC63DAF",
    ),
    (
        &["disks", "/dev/sda", "partitions", "root", "guid"],
        &["--partguid"],
        PART,
        "1FC63DAF",
    ),
    (
        &[
            "disks",
            "/dev/sda",
            "partitions",
            "root",
            "wipe_partition_entry",
        ],
        &["--partwipe="],
        PART,
        "true",
    ),
    (
        &["disks", "/dev/sda", "partitions", "root", "should_exist"],
        &["--partcreate="],
        PART,
        "true",
    ),
    (
        &["disks", "/dev/sda", "partitions", "root", "resize"],
        &["--partresize="],
        PART,
        "false",
    ),
    (
        &["filesystems", "/dev/sda1", "format"],
        &["--fsformat"],
        FS,
        "ext4",
    ),
    (
        &["filesystems", "/dev/sda1", "path"],
        &["--fspath"],
        FS,
        "/",
    ),
    (
        &["filesystems", "/dev/sda1", "wipe_filesystem"],
        &["--fswipe="],
        FS,
        "true",
    ),
    (
        &["filesystems", "/dev/sda1", "label"],
        &["--fslabel"],
        FS,
        "root",
    ),
    (
        &["filesystems", "/dev/sda1", "uuid"],
        &["--fsuuid"],
        FS,
        "0a-0b",
    ),
    (
        &["filesystems", "/dev/sda1", "options"],
        &["--fsoptions"],
        FS,
        "-q",
    ),
    (
        &["filesystems", "/dev/sda1", "mount_options"],
        &["--fsmountoptions"],
        FS,
        "noatime",
    ),
];

/// Keys of the server's file.
const SERVER_KEYS: &[(&str, &str)] = &[
    ("comment", "x"),
    ("fqdn", "x.example"),
    ("ipaddr", "10.0.0.1/22"),
    ("netmask", "255.255.252.0"),
    ("network", "10.0.0.0"),
    ("ipaddr6", "fd00::1"),
    ("prefixlen6", "64"),
    ("warewulf: port", "9873"),
    ("warewulf: tls port", "9874"),
    ("warewulf: tls", "true"),
    ("warewulf: secure", "true"),
    ("warewulf: secure files", "true"),
    ("warewulf: update interval", "60"),
    ("warewulf: autobuild overlays", "true"),
    ("warewulf: host overlay", "true"),
    ("warewulf: grubboot", "false"),
    ("warewulf: systemd name", "x"),
    ("api: enabled", "false"),
    ("api: tls", "false"),
    ("api: allowed subnets", "[127.0.0.0/8]"),
    ("dhcp: enabled", "true"),
    ("dhcp: template", "default"),
    ("dhcp: systemd name", "dhcpd"),
    ("dhcp: range start", "10.0.1.1"),
    ("dhcp: range end", "10.0.1.255"),
    ("dhcp: range6 start", "fd00::2"),
    ("dhcp: range6 end", "fd00::ff"),
    ("tftp: enabled", "true"),
    ("tftp: tftproot", "/srv/tftp"),
    ("tftp: systemd name", "tftp"),
    ("tftp: ipxe", "{\"00:07\": snponly.efi}"),
    ("nfs: enabled", "true"),
    ("nfs: systemd name", "nfsd"),
    ("nfs: export paths", "[{path: /home, export options: rw}]"),
    ("ssh: key types", "[ed25519]"),
    (
        "image mounts",
        "[{source: /etc/resolv.conf, dest: /etc/resolv.conf, readonly: true}]",
    ),
    ("wwclient: port", "0"),
    ("paths: bindir", "/x"),
    ("paths: sysconfdir", "/x"),
    ("paths: localstatedir", "/x"),
    ("paths: cachedir", "/x"),
    ("paths: ipxesource", "/x"),
    ("paths: srvdir", "/x"),
    ("paths: firewallddir", "/x"),
    ("paths: systemddir", "/x"),
    ("paths: datadir", "/x"),
    ("paths: wwoverlaydir", "/x"),
    ("paths: wwchrootdir", "/x"),
    ("paths: wwprovisiondir", "/x"),
    ("paths: wwclientdir", "/x"),
    ("paths: wwfilesdir", "/x"),
];

/// The man pages by file name, without what is only there for the typesetter.
fn pages() -> BTreeMap<String, String> {
    let plain = |text: String| text.replace("\\-", "-").replace("\\(aq", "'");
    let pages = man_pages().unwrap().into_iter();
    pages.map(|(path, text)| (path, plain(text))).collect()
}

/// What an entry of the file says at the end of a way.
fn at(file: &str, section: &str, way: &[&str]) -> Option<Yaml> {
    let whole: Yaml = serde_yaml::from_str(file).unwrap();
    let entry = &whole[section]["x"];
    way.iter()
        .try_fold(entry, |at, step| at.get(*step))
        .cloned()
}

/// A value as text; a list by its items.
fn text(value: &Yaml) -> String {
    match value {
        Yaml::Sequence(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        Yaml::String(text) => text.clone(),
        other => serde_yaml::to_string(other).unwrap().trim().to_owned(),
    }
}

#[test]
fn every_key_has_its_flags_and_they_set_it() {
    let pages = pages();
    for (way, flags, also, value) in KEYS {
        let field = NODE
            .iter()
            .find(|field| {
                field.path.len() == way.len()
                    && field
                        .path
                        .iter()
                        .zip(*way)
                        .all(|(a, b)| a == b || *a == "*")
            })
            .unwrap_or_else(|| panic!("{way:?} is no field"));
        for (verb, section) in [("node", "nodes"), ("profile", "nodeprofiles")] {
            if verb == "profile" && field.owner == Owner::Node {
                continue;
            }
            for flag in *flags {
                let before = "nodeprofiles:\n  p: {}\n  x: {}\nnodes:\n  x: {}\n";
                let mut world = World::new(before);
                let tag = way.last() == Some(&"k");
                let given = if tag {
                    format!("k={value}")
                } else {
                    (*value).to_owned()
                };
                let joined = format!("{flag}{given}");
                let mut words = vec![verb, "set", "x"];
                words.extend(*also);
                if flag.ends_with('=') {
                    words.push(&joined);
                } else {
                    words.extend([*flag, &given]);
                }
                world.words(&words).good();
                let said = at(&world.file(), section, way);
                let said = said.unwrap_or_else(|| panic!("{words:?}: {}", world.file()));
                assert_eq!(text(&said), *value, "{words:?}");
                let own = world
                    .words(&[verb, "list", "x", "--own", "--secrets"])
                    .good();
                assert!(
                    own.contains(value) && own.contains(field.id.split('.').next().unwrap()),
                    "{own}"
                );

                let flag = flag.trim_end_matches('=');
                let page = &pages[&format!("man1/muster-{verb}-set.1")];
                let shown = flag == format!("--{}", field.flag) || !flag.starts_with("--");
                assert!(!shown || page.contains(flag), "{flag} is in no man page");
                let mut words = vec![verb, "unset", "x"];
                words.extend(*also);
                let plain = flag.strip_suffix("add").unwrap_or(flag);
                words.push(if tag { plain } else { flag });
                words.extend(tag.then_some("k"));
                world.words(&words).good();
                assert_eq!(at(&world.file(), section, way), None, "{words:?}");
            }
        }
        let help = World::new("nodes: {}\n")
            .words(&["help", "field", field.flag])
            .good();
        let place = field.place();
        for part in [
            &place,
            field.doc,
            &format!("--{}", field.flag),
            field.effect.word(),
        ] {
            assert!(help.contains(part), "{part}: {help}");
        }
        assert_eq!(help.contains("secret"), field.secret, "{help}");
        assert!(
            pages["man5/muster-nodes.5"].contains(&format!("\n.B {place}\n")),
            "{place}"
        );
    }
    // The table holds nothing else that has a flag.
    let flags = NODE.iter().filter(|field| !field.flag.is_empty()).count();
    assert_eq!(flags, KEYS.len());
}

#[test]
fn addressed_flags_take_entries_and_tags_away() {
    let mut world = World::new("nodes:\n  x: {}\n");
    let file = world.file();
    for (set, gone) in [
        ("--netname ib0 -I 10.1.0.1", "--netdel ib0"),
        ("--diskname /dev/sda --diskwipe", "--diskdel /dev/sda"),
        (
            "--diskname /dev/sda --partname a --partnumber 1",
            "--diskname /dev/sda --partdel a",
        ),
        ("--fsname /dev/sda1 --fsformat ext4", "--fsdel /dev/sda1"),
        (
            "--fsname a --partname a --fspath /a",
            "--fsdel /dev/disk/by-partlabel/a",
        ),
        ("--tagadd a=b", "--tagdel a"),
        ("--nettagadd a=b", "--nettagdel a"),
        ("--ipmitagadd a=b", "--ipmitagdel a"),
    ] {
        world.types(&format!("node set x {set}")).good();
        assert_ne!(
            world.types("node list x --own").good().lines().count(),
            1,
            "{set}"
        );
        world.types(&format!("node set x {gone}")).good();
        assert_eq!(
            world.types("node list x --own").good().lines().count(),
            1,
            "{gone}"
        );
    }
    for (set, gone) in [
        ("--netname ib0 -I 10.1.0.1", "--netname ib0"),
        ("--diskname /dev/sda --diskwipe", "--diskname /dev/sda"),
        (
            "--diskname /dev/sda --partname a --partnumber 1",
            "--partname a",
        ),
        ("--fsname /dev/sda1 --fsformat ext4", "--fsname /dev/sda1"),
        ("--tagadd a=b", "--tag a"),
        ("--nettagadd a=b", "--nettag a"),
        ("--ipmitagadd a=b", "--ipmitag a"),
    ] {
        world.types(&format!("node set x {set}")).good();
        world.types(&format!("node unset x {gone}")).good();
        assert_eq!(
            world.types("node list x --own").good().lines().count(),
            1,
            "{gone}"
        );
    }
    let same: Yaml = serde_yaml::from_str(&world.file()).unwrap();
    assert_eq!(
        same["nodes"]["x"]
            .as_mapping()
            .map_or(0, serde_yaml::Mapping::len),
        0,
        "{file}"
    );
}

#[test]
fn every_key_of_the_server_is_read_and_explained() {
    let page = &pages()["man5/muster.conf.5"];
    for (key, value) in SERVER_KEYS {
        let mut conf = String::new();
        let mut steps = key.split(": ").peekable();
        let mut deep = 0;
        while let Some(step) = steps.next() {
            conf.push_str(&format!("{}{step}:", "  ".repeat(deep)));
            conf.push_str(&if steps.peek().is_some() {
                "\n".into()
            } else {
                format!(" {value}\n")
            });
            deep += 1;
        }
        let view = loose_view("nodes: {}\n", &conf);
        let odd = view.faults.iter().map(ToString::to_string);
        let odd: Vec<String> = odd
            .filter(|fault| fault.contains(key.rsplit(": ").next().unwrap()))
            .filter(|fault| !fault.contains("not acted on yet"))
            .filter(|fault| !fault.contains("no `netmask`") && !fault.contains("`ipaddr`"))
            .collect();
        assert!(odd.is_empty(), "{key}: {odd:?}");
        let path: Vec<&str> = key
            .split(": ")
            .map(|step| if step == "warewulf" { "server" } else { step })
            .collect();
        let field = SERVER
            .iter()
            .find(|field| {
                field
                    .path
                    .iter()
                    .filter(|step| **step != "*")
                    .eq(path.iter())
            })
            .unwrap_or_else(|| panic!("{key} is no setting"));
        assert!(page.contains(&format!("\n.B {}\n", field.place())), "{key}");
        let help = World::new("nodes: {}\n")
            .words(&["help", "field", field.id])
            .good();
        assert!(help.contains(field.doc), "{key}: {help}");
    }
}

/// One line says what a field is for, in a form that reads as a line of a list.
#[test]
fn every_field_is_documented_in_a_line() {
    let listed = World::new("nodes: {}\n").types("help fields").good();
    for field in NODE.iter().chain(SERVER) {
        assert!(listed.contains(field.doc), "{}", field.id);
        assert!(
            !field.doc.ends_with('.') && field.doc.len() > 3,
            "{}: {}",
            field.id,
            field.doc
        );
        assert!(
            !field.label.is_empty() && !field.doc.contains('\n'),
            "{}",
            field.id
        );
    }
    assert!(of_node("ipmi.password").unwrap().secret && of_node("asset_key").unwrap().secret);
}
