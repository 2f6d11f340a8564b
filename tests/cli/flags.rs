//! Command lines and the edits that they stand for.

use std::ffi::OsString;
use std::sync::Arc;

use muster::api::EntryRow;
use muster::cli::entry::{Act, Target, Wishes, edits};
use muster::cli::{Args, Verb};
use muster::kit::hostlist;
use muster::model::field::{NODE, Owner};
use muster::model::{Edit, Place, Table, Value};

/// Reads a command line as the shell hands it over.
fn read(line: &[&str]) -> Result<Args, String> {
    let words = std::iter::once("muster").chain(line.iter().copied());
    Args::read(words.map(OsString::from)).map_err(|error| error.to_string())
}

/// What is typed, who is meant and what is asked.
fn asked(line: &[&str]) -> (Table, Vec<String>, Wishes) {
    let of = |table, act| match act {
        Act::Add { names, wishes } => (table, names, wishes),
        Act::Change { whom, wishes } => (table, whom.words, wishes),
        Act::Copy { to, wishes, .. } => (table, to, wishes),
        other => panic!("{other:?}"),
    };
    match read(line).unwrap().verb.unwrap() {
        Verb::Node(verb) => of(Table::Nodes, verb.act),
        Verb::Profile(verb) => of(Table::Profiles, verb.act),
        other => panic!("{other:?}"),
    }
}

/// Own values of every target in these tests.
fn own(name: &str) -> EntryRow {
    let keys = [
        "net.eno1.ipaddr",
        "net.eno1.hwaddr",
        "net.eno2.ipaddr",
        "disks./dev/sda.partitions.root.number",
        "disks./dev/sdb.partitions.root.number",
        "tags.rack",
    ];
    EntryRow {
        table: Table::Nodes,
        name: name.into(),
        line: 1,
        text: "".into(),
        values: keys
            .iter()
            .map(|key| (Arc::from(*key), Value::Text("x".into())))
            .collect(),
    }
}

/// The edits of a command line, a line each.
fn lines(line: &[&str]) -> Result<Vec<String>, String> {
    let (table, words, wishes) = asked(line);
    let names = words
        .iter()
        .flat_map(|word| hostlist::expand(word).unwrap());
    let targets: Vec<Target> = names
        .map(|name| Target {
            own: Some(own(&name)),
            place: Place {
                table,
                name: name.into(),
            },
            device: "eno1".into(),
            masks: Vec::new(),
        })
        .collect();
    wishes.fit(targets.len())?;
    Ok(edits(&targets, &wishes)?.iter().map(told).collect())
}

fn told(edit: &Edit) -> String {
    let name = &edit.place().name;
    match edit {
        Edit::Set {
            key,
            value: Value::List(items),
            ..
        } => format!("{name} {key} = [{}]", items.join("|")),
        Edit::Set { key, value, .. } => format!("{name} {key} = {value}"),
        Edit::Unset { key, .. } => format!("{name} {key} ="),
        Edit::Drop { key, .. } => format!("{name} {key} gone"),
        other => format!("{other:?}"),
    }
}

#[test]
fn flags_become_edits() {
    let cases: &[(&str, &[&str])] = &[
        ("node set n1 --image rocky9", &["n1 image = rocky9"]),
        ("node set n1 -C rocky9", &["n1 image = rocky9"]),
        ("node modify n1 --container=rocky9", &["n1 image = rocky9"]),
        (
            "profile set gpu --kernelargs quiet,splash",
            &["gpu kernel.args = [quiet|splash]"],
        ),
        (
            "node set n1 -A console=ttyS0,115200",
            &["n1 kernel.args = [console=ttyS0,115200]"],
        ),
        (
            "node set n1 -A quiet,console=ttyS0,115200 -A ~splash",
            &["n1 kernel.args = [quiet|console=ttyS0,115200|~splash]"],
        ),
        (
            "node set n1 -P default,gpu -O wwinit,hosts",
            &[
                "n1 profiles = [default|gpu]",
                "n1 system_overlay = [wwinit|hosts]",
            ],
        ),
        (
            "node set n1 --ipaddr 10.0.0.7",
            &["n1 net.eno1.ipaddr = 10.0.0.7"],
        ),
        (
            "node set n1 --netname ib0 -I 10.1.0.7 -M 255.255.0.0",
            &[
                "n1 net.ib0.ipaddr = 10.1.0.7",
                "n1 net.ib0.netmask = 255.255.0.0",
            ],
        ),
        (
            "node set n[09-11] -I 10.0.0.254 --ipmiaddr 10.9.0.1",
            &[
                "n09 ipmi.ipaddr = 10.9.0.1",
                "n10 ipmi.ipaddr = 10.9.0.2",
                "n11 ipmi.ipaddr = 10.9.0.3",
                "n09 net.eno1.ipaddr = 10.0.0.254",
                "n10 net.eno1.ipaddr = 10.0.0.255",
                "n11 net.eno1.ipaddr = 10.0.1.0",
            ],
        ),
        (
            "node set n[1-3] -I 10.0.0.[4-5],10.0.1.9 -H 52:54:00:00:00:0a,52:54:00:00:00:0b,02:00:00:00:00:01",
            &[
                "n1 net.eno1.hwaddr = 52:54:00:00:00:0a",
                "n2 net.eno1.hwaddr = 52:54:00:00:00:0b",
                "n3 net.eno1.hwaddr = 02:00:00:00:00:01",
                "n1 net.eno1.ipaddr = 10.0.0.4",
                "n2 net.eno1.ipaddr = 10.0.0.5",
                "n3 net.eno1.ipaddr = 10.0.1.9",
            ],
        ),
        (
            "node set n[1-2] --ipaddr6 fd00::9",
            &[
                "n1 net.eno1.ipaddr6 = fd00::9",
                "n2 net.eno1.ipaddr6 = fd00::a",
            ],
        ),
        (
            "node set n[1-2] -G 10.0.0.254",
            &[
                "n1 net.eno1.gateway = 10.0.0.254",
                "n2 net.eno1.gateway = 10.0.0.254",
            ],
        ),
        (
            "node set n1 --tagadd rack=r07 --tagadd note=a=b",
            &["n1 tags.rack = r07", "n1 tags.note = a=b"],
        ),
        (
            "node set n1 --tagdel rack,role",
            &["n1 tags.rack =", "n1 tags.role ="],
        ),
        (
            "node set n1 --netname ib0 --nettagadd DNS1=10.0.0.1",
            &["n1 net.ib0.tags.DNS1 = 10.0.0.1"],
        ),
        (
            "node set n1 --ipmitagadd vlan=7",
            &["n1 ipmi.tags.vlan = 7"],
        ),
        ("node set n1 --onboot", &["n1 net.eno1.onboot = true"]),
        (
            "node set n1 --onboot=No --discoverable=yes",
            &["n1 discoverable = true", "n1 net.eno1.onboot = false"],
        ),
        ("node set n1 -e=undef", &["n1 discoverable ="]),
        (
            "node set n1 --image UNDEF --ipaddr UNSET -P UNDEF",
            &["n1 profiles =", "n1 image =", "n1 net.eno1.ipaddr ="],
        ),
        (
            "node set n1 --diskname /dev/sda --partname root --partsize 4096 --partcreate=yes --diskwipe",
            &[
                "n1 disks./dev/sda.wipe_table = true",
                "n1 disks./dev/sda.partitions.root.size_mib = 4096",
                "n1 disks./dev/sda.partitions.root.should_exist = true",
            ],
        ),
        (
            "node set n1 --fsname root --partname root --fspath /",
            &["n1 filesystems./dev/disk/by-partlabel/root.path = /"],
        ),
        (
            "node set n1 --fsname /dev/sda1 --fsformat ext4",
            &["n1 filesystems./dev/sda1.format = ext4"],
        ),
        (
            "node set n1 --netdel eno2 --image a",
            &["n1 net.eno2 gone", "n1 image = a"],
        ),
        (
            "node set n1 --diskname /dev/sda --partdel root",
            &["n1 disks./dev/sda.partitions.root gone"],
        ),
        ("node set n1 --root tmpfs", &["n1 root = tmpfs"]),
        (
            "node unset n1 --image -A",
            &["n1 image =", "n1 kernel.args ="],
        ),
        ("node unset n1 --hwaddr", &["n1 net.eno1.hwaddr ="]),
        (
            "node unset n1 --netname eno2 --ipaddr",
            &["n1 net.eno2.ipaddr ="],
        ),
        ("node unset n1 --netname eno2", &["n1 net.eno2 gone"]),
        (
            "node unset n1 --tag rack --nettag DNS1 --ipmitag vlan",
            &[
                "n1 ipmi.tags.vlan =",
                "n1 net.eno1.tags.DNS1 =",
                "n1 tags.rack =",
            ],
        ),
        (
            "node unset n1 --partname root",
            &[
                "n1 disks./dev/sda.partitions.root gone",
                "n1 disks./dev/sdb.partitions.root gone",
            ],
        ),
        (
            "node unset n1 --diskname /dev/sdb --partname root --partsize",
            &["n1 disks./dev/sdb.partitions.root.size_mib ="],
        ),
        (
            "node copy n1 n[2-3] -I 10.0.0.2",
            &[
                "n2 net.eno1.ipaddr = 10.0.0.2",
                "n3 net.eno1.ipaddr = 10.0.0.3",
            ],
        ),
        (
            "node add n1 --netname eno1.100 -T vlan",
            &["n1 net.\"eno1.100\".type = vlan"],
        ),
    ];
    for (line, wanted) in cases {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(lines(&words).unwrap(), *wanted, "{line}");
    }
    let comment = lines(&[
        "node",
        "set",
        "n1",
        "--comment",
        "two words",
        "-A",
        "quiet rd.break a,b",
    ])
    .unwrap();
    assert_eq!(
        comment,
        [
            "n1 comment = two words",
            "n1 kernel.args = [quiet|rd.break|a,b]"
        ]
    );
    let quoted = lines(&["node", "set", "n1", "-A", "\"a,b\",c"]).unwrap();
    assert_eq!(quoted, ["n1 kernel.args = [a,b|c]"]);
}

#[test]
fn what_cannot_be_is_told_where_it_is_typed() {
    let cases: &[(&str, &str)] = &[
        (
            "node set n1 --ipaddr 10.0.0",
            "'--ipaddr <IP>': it is not an IPv4 address",
        ),
        ("node set n1 --ipaddr fd00::1", "the field for those"),
        ("node set n1 --hwaddr 52:54:00", "'--hwaddr <MAC>'"),
        ("node set n1 --onboot=maybe", "neither true nor false"),
        ("node set n1 --mtu 1e3", "a whole number from 68"),
        ("node set n1 --image ../x", "it contains `"),
        (
            "node set n1 --image=",
            "it is empty; `unset` takes a value away",
        ),
        ("node set n1 --tagadd rack", "write it as KEY=VALUE"),
        ("node set n1 --tagadd rack=", "`rack` has no value"),
        ("node set n1 --profile a,../b", "`../b` contains"),
        ("node set n1 --imgae x", "'--image'"),
        ("node set n1", "nothing to set"),
        ("node unset n1", "nothing to unset"),
        ("node set --image x", "<NODES>"),
        ("node set n1 --all --image x", "cannot be used with"),
        ("node set n1 --partsize 5", "--diskname"),
        (
            "node set n1 --fsname root --fspath /",
            "--partname root too",
        ),
        ("profile set p --discoverable", "--discoverable"),
        ("profile set p --asset x", "--asset"),
        ("undo x", "write it as r412"),
    ];
    for (line, wanted) in cases {
        let said = read(&line.split(' ').collect::<Vec<_>>()).unwrap_err();
        assert!(said.contains(wanted), "{line}: {said}");
    }
    let far = lines(&["node", "set", "n[1-2]", "--ipaddr", "255.255.255.255"]).unwrap_err();
    assert!(far.contains("end before every target has one"), "{far}");
    let same = lines(&["node", "set", "n[1-2]", "--hwaddr", "52:54:00:12:34:56"]).unwrap_err();
    assert!(
        same.contains("--hwaddr is of one machine, but 2 are meant"),
        "{same}"
    );
    for (line, wanted) in [
        (
            "node set n[1-3] -I 10.0.0.[1-2]",
            "--ipaddr names 2, but 3 are meant",
        ),
        (
            "node set n1 -I 10.0.0.[1-2]",
            "--ipaddr names 2, but 1 is meant",
        ),
        (
            "node set n[09-11] -I 10.0.0.253 -M 255.255.255.0",
            "10.0.0.255 for n11 is the broadcast address of 10.0.0.0/24; from 10.0.0.253 on there are 2",
        ),
        (
            "node set n[1-300] --ipmiaddr 10.0.0.254 --ipminetmask 255.255.255.0",
            "10.0.0.255 for n2 is the broadcast",
        ),
        (
            "node set n1 -I 10.0.0.0 -M 255.255.255.0",
            "is the address of the network 10.0.0.0/24 itself",
        ),
        (
            "node set n[1-3] --ipaddr6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
            "end before every target has one",
        ),
    ] {
        let said = lines(&line.split(' ').collect::<Vec<_>>()).unwrap_err();
        assert!(said.contains(wanted), "{line}: {said}");
    }
    let gone = lines(&["node", "set", "n1", "--netdel", "ib0"]).unwrap_err();
    assert!(
        gone.contains("`net.ib0`") && gone.contains("eno1, eno2"),
        "{gone}"
    );
}

#[test]
fn every_field_with_a_flag_is_set_and_unset_by_it() {
    for (table, owner) in [("node", Owner::Node), ("profile", Owner::Any)] {
        for verb in ["add", "set", "copy", "unset"] {
            let help = read(&[table, verb, "--help"]).unwrap_err();
            for field in NODE.iter().filter(|field| !field.flag.is_empty()) {
                let flag = match verb {
                    "unset" => format!("--{}", field.flag.trim_end_matches("add")),
                    _ => format!("--{}", field.flag),
                };
                let whose = field.owner == Owner::Any || field.owner == owner;
                let known = help.split([' ', '[']).any(|word| word.trim_end() == flag);
                assert_eq!(known, whose, "{table} {verb} {flag}");
            }
        }
    }
}

#[test]
fn secrets_are_asked_for_instead_of_typed() {
    let (_, _, wishes) = asked(&["node", "set", "n1", "--ipmipass", "-"]);
    assert!(wishes.wishes.is_empty() && !wishes.is_empty());
    assert_eq!(wishes.asked[0].0.id, "ipmi.password");
    let (_, _, wishes) = asked(&["node", "set", "n1", "--comment", "-"]);
    assert!(wishes.asked.is_empty(), "a comment may be a dash");
}

#[test]
fn the_place_of_the_files_may_stand_before_and_behind_most_verbs() {
    let root = |line: &[&str]| {
        read(line)
            .unwrap()
            .root
            .map(|root| root.display().to_string())
    };
    assert_eq!(root(&["--root", "/a", "status"]).as_deref(), Some("/a"));
    assert_eq!(root(&["status", "--root", "/a"]).as_deref(), Some("/a"));
    assert_eq!(
        root(&["node", "list", "--root", "/a"]).as_deref(),
        Some("/a")
    );
    assert_eq!(
        root(&["--root", "/a", "node", "set", "n1", "--root", "tmpfs"]).as_deref(),
        Some("/a")
    );
    assert_eq!(root(&["node", "set", "n1", "--root", "tmpfs"]), None);
}

#[test]
fn a_command_for_nodes_is_taken_as_it_stands() {
    let line = [
        "ssh",
        "-f",
        "8",
        "rack:r07",
        "systemctl",
        "status",
        "--no-pager",
        "-n",
        "5",
    ];
    let Some(Verb::Ssh(ssh)) = read(&line).unwrap().verb else {
        panic!("another verb");
    };
    assert_eq!(
        (ssh.words[0].as_str(), ssh.fanout, ssh.dry),
        ("rack:r07", 8, false)
    );
    assert_eq!(
        ssh.words[1..],
        ["systemctl", "status", "--no-pager", "-n", "5"]
    );
    let line = ["ssh", "-w", "n1,n2", "-t", "5", "ls", "-l", "--all", "-n"];
    let Some(Verb::Ssh(ssh)) = read(&line).unwrap().verb else {
        panic!("another verb");
    };
    assert_eq!(ssh.nodes.as_deref(), Some("n1,n2"));
    assert_eq!(ssh.timeout, 5.0);
    assert_eq!(ssh.words, ["ls", "-l", "--all", "-n"]);
}
