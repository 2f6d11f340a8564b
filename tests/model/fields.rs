//! The field table agrees with itself, and its kinds accept what they should.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use muster::model::Key;
use muster::model::field::{self, Kind, NODE, OLDER, OlderOwner, Owner, SERVER};

#[test]
fn every_row_is_complete_and_unique() {
    for table in [NODE, SERVER] {
        let (mut ids, mut paths, mut flags) = (HashSet::new(), HashSet::new(), HashSet::new());
        for row in table {
            assert!(ids.insert(row.id), "{} twice", row.id);
            assert!(paths.insert(row.path), "{:?} twice", row.path);
            assert!(
                row.flag.is_empty() || flags.insert(row.flag),
                "--{} twice",
                row.flag
            );
            assert!(
                !row.doc.is_empty() && !row.doc.ends_with('.') && !row.label.is_empty(),
                "{}",
                row.id
            );
            let words = row.path.iter().filter(|word| **word != "*").count();
            let joined = row.id.split('.').count();
            assert!(
                joined == words || words == 1 || row.owner == Owner::Server,
                "{}",
                row.id
            );
            if !row.default.is_empty() {
                assert_eq!(row.kind.check(row.default), Ok(()), "default of {}", row.id);
            }
        }
    }
    for older in OLDER {
        let table = if older.owner == OlderOwner::Node {
            NODE
        } else {
            SERVER
        };
        assert!(
            older.now.is_empty() || table.iter().any(|row| row.path == older.now),
            "{:?}",
            older.path
        );
        assert!(
            table.iter().all(|row| row.path != older.path),
            "{:?} is both",
            older.path
        );
    }
}

#[test]
fn keys_read_as_people_type_them() {
    let key = |field, names: &[&str]| {
        let names = names.iter().map(|name| Arc::from(*name)).collect();
        Key { field, names }.to_string()
    };
    assert_eq!(key("kernel.args", &[]), "kernel.args");
    assert_eq!(key("net.ipaddr", &["eno1"]), "net.eno1.ipaddr");
    assert_eq!(key("net.tags", &["eno1", "DNS1"]), "net.eno1.tags.DNS1");
    assert_eq!(key("ipmi.tags", &["vlan"]), "ipmi.tags.vlan");
    assert_eq!(key("tags", &["rack"]), "tags.rack");
    let size = key("disks.partitions.size_mib", &["/dev/sda", "root"]);
    assert_eq!(size, "disks./dev/sda.partitions.root.size_mib");
}

#[test]
fn kinds_accept_and_refuse() {
    let good: &[(Kind, &[&str])] = &[
        (Kind::Number(68, 9000), &["68", "1500", "9000"]),
        (
            Kind::Mac,
            &[
                "52:54:00:12:34:56",
                "52-54-00-12-34-56",
                "00:00:00:00:00:01",
            ],
        ),
        (
            Kind::Netmask,
            &["255.255.252.0", "0.0.0.0", "255.255.255.255"],
        ),
        (Kind::Span, &["60", "90s", "15m", "12h", "2d"]),
        (Kind::Pool, &["10.0.0.1-10.0.0.9", "10.0.0.1 - 10.0.0.1"]),
        (Kind::Routes, &["10.9.0.0/16 via 10.0.0.254"]),
        (Kind::Names, &["hosts", "~hosts", "ssh.host_keys"]),
        (Kind::Words, &["console=ttyS1,115200", "~quiet", "a b"]),
        (Kind::Note, &["two\nlines"]),
    ];
    let bad: &[(Kind, &[&str])] = &[
        (
            Kind::Number(68, 9000),
            &[
                "67",
                "9001",
                "-1",
                "1e3",
                "+70",
                "",
                "99999999999999999999999",
            ],
        ),
        (Kind::Mac, &["52:54:00:12:34", "52:54:00:12:34:5g", "x"]),
        (
            Kind::Ip4,
            &["10.0.0", "10.0.0.1/8", "fd00::1", "010.0.0.1", "10.0.0.256"],
        ),
        (Kind::Netmask, &["255.0.255.0", "24", "/24"]),
        (Kind::Ip6, &["10.0.0.1", "fd00::/64"]),
        (Kind::Span, &["", "h", "1w", "-5", "99999999d"]),
        (Kind::Pool, &["10.0.0.9-10.0.0.1", "10.0.0.1"]),
        (
            Kind::Routes,
            &[
                "10.9.0.0/16",
                "10.9.0.0/16 via",
                "x via 10.0.0.1",
                "10.9.0.0/16 via 10.0.0.1 x",
            ],
        ),
        (Kind::Names, &["../x", "a/b", "-rf", "~", "a\u{202e}b"]),
        (Kind::Words, &["a\nb", "a\u{0}b"]),
        (Kind::Note, &["a\u{1b}[31m"]),
        (Kind::Choice(&["a", "b"]), &["c", "A"]),
    ];
    for (kind, texts) in good {
        for text in *texts {
            assert_eq!(kind.check(text), Ok(()), "{kind:?} {text:?}");
        }
    }
    for (kind, texts) in bad {
        for text in *texts {
            assert!(kind.check(text).is_err(), "{kind:?} {text:?}");
        }
    }
    assert_eq!(field::span("2m"), Some(Duration::from_secs(120)));
}

#[test]
fn switches_read_as_the_format_says() {
    for text in ["yes", "YES", "1", "t", "true", "True"] {
        assert!(field::switch(text), "{text}");
    }
    for text in ["no", "", "0", "ture", "unset", "--", "nil", "on"] {
        assert!(!field::switch(text), "{text}");
    }
    assert!(
        field::switch_or("", true)
            && field::switch_or("ture", true)
            && !field::switch_or("no", true)
    );
}

#[test]
fn names_that_would_do_harm_are_refused() {
    let long = "n".repeat(254);
    for name in [
        "",
        ".",
        "..",
        "a/../b",
        "a/b",
        "a\\b",
        "-n",
        "~n",
        " n",
        "n ",
        "a\nb",
        "a\u{0}b",
        "a\u{202e}b",
        "a\u{200b}b",
        "${net0/mac}",
        "a||b",
        "a;b",
        "$(id)",
        "`id`",
        "a'b",
        "n[1]",
        &long,
    ] {
        assert!(field::bad_name(name).is_some(), "{name:?}");
    }
    for name in [
        "n1",
        "n1.cluster",
        "r07n12",
        "nœud",
        "a b",
        "rocky9_gpu-1",
        &"n".repeat(253),
    ] {
        assert_eq!(field::bad_name(name), None, "{name:?}");
    }
}
