//! Bad files, a row for each kind: what becomes of `nodes.conf`, and what is in force afterwards. Single faults are in `bad_input`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;

use muster::daemon::disk;
use muster::engine::Text;
use muster::model::View;
use muster::registry::Registry;

use crate::support::registry;

/// What was loaded before.
const GOOD: &str = "nodeprofiles:\n  p:\n    init: /p\n  q:\n    profiles: [p]\nnodes:\n  n1:\n    profiles: [q]\n    image name: one\n  n2:\n    image name: two\n";

fn loaded() -> Registry {
    let mut registry = registry();
    let first = registry.load(Some(""), Some(GOOD));
    assert!(first.view.faults.is_empty(), "{:?}", first.view.faults);
    registry
}

/// The nodes in force, with their images.
fn force(view: &View) -> String {
    let node = |node: &std::sync::Arc<muster::model::Node>| {
        format!("{}={}", node.name, node.image.as_deref().unwrap_or("-"))
    };
    view.nodes.iter().map(node).collect::<Vec<_>>().join(" ")
}

/// Lists within lists: eight letters become hundreds of millions.
fn bomb() -> String {
    let mut text = String::from("x0: &a0 [a, a, a, a, a, a, a, a, a]\n");
    for at in 1..9 {
        let below = format!("*a{}", at - 1);
        let _ = writeln!(text, "x{at}: &a{at} [{}]", [below.as_str(); 9].join(", "));
    }
    text + &GOOD.replace("image name: two", "comment: *a8")
}

#[test]
fn texts() {
    let kept = "n1=one n2=two";
    let circle = GOOD.replace("    init: /p\n", "    profiles: [q]\n");
    let myself = GOOD.replace("profiles: [p]", "profiles: [q]");
    // The new text, what is in force after it, and a part of what is told; nothing told means no fault at all.
    let rows: Vec<(&str, String, &str, &str)> = vec![
        (
            "an anchor bomb",
            bomb(),
            kept,
            "aliases expand to more than",
        ),
        (
            "an anchor that contains itself",
            GOOD.replace("image name: two", "tags: &a {x: *a}"),
            kept,
            "is an alias of something that contains it",
        ),
        (
            "an anchor that is nowhere",
            GOOD.replace("image name: two", "comment: *nowhere"),
            kept,
            "node n2: is no YAML",
        ),
        (
            "lists in lists in lists",
            GOOD.replace("two", &format!("{}{}", "[".repeat(500), "]".repeat(500))),
            kept,
            "recursion limit exceeded",
        ),
        (
            "a key twice",
            GOOD.replace("image name: two", "image name: new\n    image name: newer"),
            kept,
            "the key `image name` occurs twice",
        ),
        (
            "a key twice that would ring a terminal's bell",
            GOOD.replace(
                "    image name: two",
                r#"    {"image\a": new, "image\a": newer}"#,
            ),
            kept,
            "the key `image` occurs twice",
        ),
        (
            "a node twice",
            format!("{GOOD}  n2:\n    image name: new\n"),
            kept,
            "the name occurs twice",
        ),
        (
            "a section twice",
            format!("{GOOD}nodes:\n  n3: {{}}\n"),
            "n1=one n2=two n3=-",
            "the section `nodes` occurs twice",
        ),
        (
            "tabs",
            GOOD.replace("    image name: two", "\timage name: new"),
            kept,
            "a tab stands where only blanks may indent",
        ),
        (
            "no as a text",
            GOOD.replace("two", "no"),
            "n1=one n2=no",
            "",
        ),
        (
            "an octal as a text",
            GOOD.replace("two", "010"),
            "n1=one n2=010",
            "",
        ),
        (
            "a float as a text",
            GOOD.replace("two", "1e3"),
            "n1=one n2=1e3",
            "",
        ),
        (
            "a date as a text",
            GOOD.replace("two", "2026-01-01"),
            "n1=one n2=2026-01-01",
            "",
        ),
        (
            "a version as a text",
            GOOD.replace("two", "9.10"),
            "n1=one n2=9.10",
            "",
        ),
        (
            "profiles in a circle",
            circle,
            kept,
            "includes itself by way of its profiles",
        ),
        (
            "a profile of itself",
            myself,
            kept,
            "includes itself by way of its profiles",
        ),
        (
            "an unknown key",
            GOOD.replace("image name: two", "imge name: new"),
            kept,
            "unknown key `imge name` (did you mean `image name`?)",
        ),
        (
            "an unknown section",
            format!("{GOOD}node groups: {{}}\n"),
            kept,
            "unknown section `node groups`",
        ),
        (
            "a byte order mark",
            format!("\u{feff}{}", GOOD.replace("two", "new")),
            "n1=one n2=new",
            "",
        ),
        (
            "carriage returns",
            GOOD.replace("two", "new").replace('\n', "\r\n"),
            "n1=one n2=new",
            "",
        ),
        (
            "carriage returns alone",
            GOOD.replace("two", "new").replace('\n', "\r"),
            "n1=one n2=new",
            "",
        ),
        ("NUL bytes", GOOD.replace("two", "t\0o"), kept, "NUL"),
        (
            "a file cut within a word",
            GOOD[..GOOD.len() - 4].to_owned(),
            "n1=one n2=-",
            "",
        ),
        (
            "a file cut within a quote",
            GOOD.replace("two", "\"tw"),
            kept,
            "node n2: is no YAML",
        ),
        (
            "a file cut to nothing",
            String::new(),
            kept,
            "the file is empty",
        ),
        (
            "a file of blanks",
            " \n\n  \n".into(),
            kept,
            "the file is empty",
        ),
        (
            "a file of another kind",
            "[Unit]\nDescription=x\n".into(),
            kept,
            "nodes.conf:1:1",
        ),
        (
            "binary noise",
            "\u{1}\u{2}\u{fffd}\u{3}".into(),
            kept,
            "nodes.conf:1:1",
        ),
        (
            "100 MB",
            format!("{GOOD}#{}", "x".repeat(101 << 20)),
            kept,
            "is larger than 100 MB",
        ),
        (
            "another document",
            format!("{GOOD}---\nnodes: {{}}\n"),
            kept,
            "only the first document",
        ),
        (
            "a line at the margin within a section",
            GOOD.replace("  n1:\n", "oops\n  n1:\n"),
            kept,
            "nodes.conf",
        ),
        (
            "a section that became a list",
            GOOD.replace("nodes:\n", "nodes:\n- a\n"),
            kept,
            "nodes.conf",
        ),
    ];
    for (name, text, after, told) in rows {
        let mut registry = loaded();
        let view = registry.load(Some(""), Some(&text)).view;
        assert_eq!(force(&view), after, "{name}: {:?}", view.faults);
        let all: Vec<String> = view.faults.iter().map(ToString::to_string).collect();
        assert_eq!(all.is_empty(), told.is_empty(), "{name}: {all:?}");
        assert!(
            told.is_empty() || all.iter().any(|fault| fault.contains(told)),
            "{name}: {all:?}"
        );
        for fault in &view.faults {
            let spot = fault
                .spot
                .as_ref()
                .unwrap_or_else(|| panic!("{name}: {fault} has no place"));
            assert!(spot.line > 0 && spot.column > 0, "{name}: {fault}");
        }
        // What is good again is in force again, whatever was before.
        let again = registry.load(Some(""), Some(GOOD)).view;
        assert_eq!(
            (force(&again).as_str(), again.faults.len()),
            (kept, 0),
            "after {name}"
        );
    }
}

#[test]
fn a_file_cut_anywhere_brings_nothing_false_into_force() {
    let mut registry = loaded();
    for end in 0..GOOD.len() {
        let view = registry.load(Some(""), Some(&GOOD[..end])).view;
        for node in &view.nodes {
            // A node that is there is as it was written, or has not been given an image yet.
            let image = node.image.as_deref().unwrap_or_default();
            let full = if &*node.name == "n1" { "one" } else { "two" };
            assert!(full.starts_with(image), "{end}: {} = {image}", node.name);
        }
        registry.load(Some(""), Some(GOOD));
    }
}

#[test]
fn what_stands_in_the_place_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good");
    fs::write(&good, GOOD).unwrap();
    let unreadable = |part: &'static str| Some(part);
    type Put<'a> = Box<dyn Fn(&Path) + 'a>;
    // What is put there, and a part of what is told; none if it is read, as GOOD.
    let rows: Vec<(&str, Put<'_>, Option<&str>)> = vec![
        (
            "a link to a file",
            Box::new(|at| symlink(&good, at).unwrap()),
            None,
        ),
        (
            "a link to a link",
            Box::new(|at| {
                let between = at.with_extension("between");
                let _ = fs::remove_file(&between);
                symlink(&good, &between).unwrap();
                symlink(&between, at).unwrap();
            }),
            None,
        ),
        (
            "a folder",
            Box::new(|at| fs::create_dir(at).unwrap()),
            unreadable("not a regular file"),
        ),
        (
            "a link to a folder",
            Box::new(|at| symlink(folder.path(), at).unwrap()),
            unreadable("not a regular file"),
        ),
        (
            "a link to itself",
            Box::new(|at| symlink(at, at).unwrap()),
            unreadable("symbolic links"),
        ),
        (
            "a link to a device without end",
            Box::new(|at| symlink("/dev/zero", at).unwrap()),
            unreadable("not a regular file"),
        ),
        (
            "a pipe that nobody writes to",
            Box::new(|at| {
                nix::unistd::mkfifo(at, nix::sys::stat::Mode::S_IRWXU).unwrap();
            }),
            unreadable("not a regular file"),
        ),
        (
            "a socket",
            Box::new(|at| drop(std::os::unix::net::UnixListener::bind(at).unwrap())),
            unreadable("not a regular file"),
        ),
        (
            "101 MiB",
            Box::new(|at| File::create(at).unwrap().set_len(101 << 20).unwrap()),
            unreadable("larger than 100 MiB"),
        ),
        (
            "bytes that are no text",
            Box::new(|at| fs::write(at, b"nodes:\n  n1: {comment: \xff}\n").unwrap()),
            unreadable("not UTF-8 (line 2)"),
        ),
    ];
    for (name, put, told) in rows {
        let at = folder.path().join("nodes.conf");
        if fs::symlink_metadata(&at).is_ok_and(|meta| meta.is_dir()) {
            fs::remove_dir(&at).unwrap();
        }
        let _ = fs::remove_file(&at);
        put(&at);
        match (disk::read(&at), told) {
            (Text::Content(text), None) => assert_eq!(&*text, GOOD, "{name}"),
            (Text::Unreadable(why), Some(part)) => assert!(why.contains(part), "{name}: {why}"),
            (other, _) => panic!("{name}: {other:?}"),
        }
    }
    let at = folder.path().join("nodes.conf");
    fs::remove_file(&at).unwrap();
    assert_eq!(disk::read(&at), Text::Absent);
    symlink("nowhere", &at).unwrap();
    assert_eq!(
        disk::read(&at),
        Text::Absent,
        "a link to nothing is nothing"
    );
}
