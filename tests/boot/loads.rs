//! What a boot consists of: kernel arguments in scripts, and what differs between two loads.

use std::sync::Arc;

use muster::boot::load::{Files, Load, Piece, arguments_of, differ};
use muster::overlay::{Entry, Listing, Sort};

#[test]
fn the_arguments_of_a_kernel_are_found_in_every_kind_of_script() {
    let ipxe = "#!ipxe\nkernel --name kernel ${base}/kernel/${id} || goto failed\ninitrd x\n\
                imgargs kernel initrd=image wwid=aa quiet\nboot kernel || goto failed\n";
    assert_eq!(
        arguments_of(ipxe).as_deref(),
        Some("initrd=image wwid=aa quiet")
    );
    let plain = "#!ipxe\nkernel http://10.0.0.1/vmlinuz quiet debug || shell\nboot\n";
    assert_eq!(arguments_of(plain).as_deref(), Some("quiet debug"));
    let grub =
        "set base=x\nif linux \"${base}/kernel/aa\" wwid=aa 'quiet' 'a=b c'; then\n  boot\nfi\n";
    assert_eq!(arguments_of(grub).as_deref(), Some("wwid=aa quiet a=b c"));
    for none in [
        "",
        "#!ipxe\nsanboot --drive 0x80\n",
        "#!ipxe\necho kernel\n",
    ] {
        assert_eq!(arguments_of(none), None, "{none}");
    }
    let menu = "#!ipxe\nkernel a one\nboot\n:other\nkernel b two\nboot\n";
    assert_eq!(arguments_of(menu).as_deref(), Some("one\ntwo"));
}

fn entry(path: &str, sort: Sort, digest: &str, overlay: &str) -> Arc<Entry> {
    Arc::new(Entry {
        path: path.into(),
        sort,
        mode: 0o644,
        uid: 0,
        gid: 0,
        digest: Some(digest.into()),
        overlay: overlay.into(),
    })
}

fn load(digest: &str, entries: Option<Vec<Arc<Entry>>>) -> Load {
    let listing = entries.map(|entries| {
        Arc::new(Listing {
            digest: digest.into(),
            entries: entries.into(),
        })
    });
    Load {
        system: Some(Files {
            digest: digest.into(),
            listing,
        }),
        ..Load::default()
    }
}

#[test]
fn files_differ_by_what_a_node_can_tell() {
    let runs = load(
        "one",
        Some(vec![
            entry("/a", Sort::File, "x", "site"),
            entry("/b", Sort::File, "x", "site"),
            entry("/c", Sort::Link, "x", "site"),
            entry("/gone", Sort::File, "x", "site"),
        ]),
    );
    let mut owned = Entry::clone(&entry("/a", Sort::File, "x", "other"));
    (owned.uid, owned.mode) = (7, 0o600);
    let next = load(
        "two",
        Some(vec![
            Arc::new(owned),
            entry("/b", Sort::File, "x", "other"),
            entry("/c", Sort::Link, "y", "site"),
            entry("/new", Sort::Folder, "x", "new"),
        ]),
    );
    let found = differ(&runs, &next);
    let told: Vec<_> = found
        .files
        .iter()
        .map(|file| {
            format!(
                "{} {} {}",
                file.path(),
                file.overlay(),
                file.what().join(" ")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "/a other mode 0644 → 0600 owner 0:0 → 7:0",
            "/c site target",
            "/gone site removed",
            "/new new added",
        ]
    );
    assert!(!found.some_files && found.any());
}

#[test]
fn archives_of_one_digest_are_equal_and_unknown_ones_are_said_to_be() {
    let known = load("one", Some(Vec::new()));
    assert!(!differ(&known, &load("one", None)).any());
    let found = differ(&load("other", None), &known);
    assert!(found.some_files && found.files.is_empty());
}

#[test]
fn a_digest_that_is_not_known_is_no_difference() {
    let kernel = |digest: Option<&str>| Load {
        kernel: Some(Piece {
            name: "6.1".into(),
            digest: digest.map(Into::into),
        }),
        ..Load::default()
    };
    let found = differ(&kernel(None), &kernel(Some("x")));
    assert!(!found.any() && found.unseen.contains("kernel"));
    assert!(
        differ(&kernel(Some("y")), &kernel(Some("x")))
            .kernel
            .is_some()
    );
    // To a local disk: there is no kernel of ours any more.
    let found = differ(&kernel(Some("y")), &Load::default());
    assert_eq!(found.kernel.unwrap().1, None);
}
