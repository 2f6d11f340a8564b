//! Nodes and profiles changed from a shell: with a running muster and without one, the same words and the same file.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use super::terminal::Terminal;
use super::world::{World, secs, until};

fn good(world: &World, args: &[&str]) -> String {
    let out = world.run(args);
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{args:?}: {err}");
    String::from_utf8(out.stdout).unwrap()
}

fn file(world: &World) -> String {
    fs::read_to_string(world.conf("nodes.conf")).unwrap()
}

/// A program that edits its last argument with sed.
fn editor(world: &World, script: &str) -> String {
    let path = world.beside().join("editor");
    fs::write(
        &path,
        format!("#!/bin/sh\nfor f; do :; done\nsed -i '{script}' \"$f\"\n"),
    )
    .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

fn story(world: &World) {
    let before = file(world);
    let plan = good(
        world,
        &["node", "set", "n[1-3]", "--image", "rocky9", "--dry-run"],
    );
    assert!(
        plan.contains("n[1-3]  3 nodes") && plan.contains("rocky9"),
        "{plan}"
    );
    assert_eq!(file(world), before);
    let done = good(
        world,
        &[
            "node", "set", "n[1-3]", "--image", "rocky9", "--note", "try",
        ],
    );
    assert!(done.contains("muster undo takes it back"), "{done}");
    assert_eq!(file(world).matches("image name: rocky9").count(), 3);
    good(
        world,
        &[
            "node",
            "add",
            "m[1-2]",
            "--ipaddr",
            "127.9.9.1",
            "--tagadd",
            "rack=m",
        ],
    );
    let list = good(world, &["node", "list", "rack:m", "--fields", "net.ipaddr"]);
    assert!(list.contains("127.9.9.2"), "{list}");
    let log = good(world, &["log"]);
    assert!(log.contains("try"), "{log}");
    let plan = good(
        world,
        &[
            "node",
            "set",
            "n1",
            "--system-overlays",
            "wwinti",
            "--dry-run",
        ],
    );
    assert!(
        plan.contains("there is no overlay `wwinti` yet")
            && plan.contains("did you mean `wwinit`?"),
        "{plan}"
    );
    let differ = good(world, &["node", "diff", "n1", "n4"]);
    assert!(differ.contains("rocky9"), "{differ}");
    assert!(good(world, &["profile", "conflicts"]).contains("no profiles"));

    let mut edit = world.muster(&["node", "edit", "m1"]);
    let out = edit
        .env("EDITOR", editor(world, "s/127.9.9.1/127.9.9.7/"))
        .env_remove("VISUAL")
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(file(world).contains("127.9.9.7"));

    for _ in 0..3 {
        good(world, &["undo", "-y"]);
    }
    assert_eq!(file(world), before, "all of it is taken back to the byte");
    let out = world.run(&["node", "rm", "n[1-2]"]);
    assert_eq!(out.status.code(), Some(1), "nobody is there to be asked");
    assert_eq!(
        world
            .run(&["node", "set", "n1", "--ipaddr", "10.0"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        world
            .run(&["node", "set", "n77", "--image", "x"])
            .status
            .code(),
        Some(1)
    );
    assert_eq!(file(world), before);
}

#[test]
fn the_files_alone_are_enough() {
    story(&World::new(4));
}

#[test]
fn a_running_muster_does_the_same() {
    let world = World::new(4);
    let daemon = world.serve();
    story(&world);
    good(&world, &["node", "set", "n1", "--comment", "seen at once"]);
    assert!(good(&world, &["node", "list"]).contains("seen at once"));
    drop(daemon);
    until(secs(20), "the lock is free", || {
        !world
            .run(&["undo", "-y"])
            .stderr
            .starts_with(b"muster: muster already")
    });
    assert!(
        !file(&world).contains("seen at once"),
        "an undo needs no daemon"
    );
}

#[test]
fn a_person_is_asked_and_may_say_no() {
    let world = World::new(4);
    let ask = |answer: &str| {
        let command = world.muster(&["node", "set", "n[1-3]", "--image", "rocky9"]);
        let mut terminal = Terminal::run(&command);
        terminal.shows(secs(10), "Do it? [y/N]");
        terminal.press(answer);
        terminal.ended(secs(10)).code()
    };
    assert_eq!(ask("n\r"), Some(1));
    assert!(!file(&world).contains("rocky9"));
    assert_eq!(ask("y\r"), Some(0));
    assert_eq!(file(&world).matches("image name: rocky9").count(), 3);
}

#[test]
fn a_secret_is_typed_unseen() {
    let world = World::new(1);
    let command = world.muster(&["node", "set", "n1", "--ipmipass", "-"]);
    let mut terminal = Terminal::run(&command);
    terminal.shows(secs(10), "BMC password:");
    terminal.press("sesame\r");
    assert!(terminal.ended(secs(10)).success());
    assert!(file(&world).contains("sesame"));
    assert!(
        !terminal.screen().contains("sesame"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn nodes_travel_from_one_registry_to_another() {
    let world = World::new(3);
    let other = World::new(0);
    for form in ["--yaml", "--csv"] {
        let text = good(&world, &["node", "export", form]);
        let path = other.beside().join(form);
        fs::write(&path, &text).unwrap();
        let mut import = other.muster(&["node", "import", "-"]);
        let out = import
            .stdin(fs::File::open(&path).unwrap())
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        assert_eq!(good(&other, &["node", "export", form]), text);
        assert_eq!(
            good(&other, &["node", "import", path.to_str().unwrap()]),
            "nothing differs\n"
        );
        good(&other, &["undo", "-y"]);
    }
}

#[test]
fn man_pages_are_written() {
    let world = World::new(0);
    let dir = world.beside().join("man");
    good(&world, &["man", dir.to_str().unwrap()]);
    let page = fs::read_to_string(dir.join("man1/muster-node-set.1")).unwrap();
    assert!(page.contains("kernelargs"), "{page}");
    let page = fs::read_to_string(dir.join("man5/muster-nodes.5")).unwrap();
    assert!(page.contains("wipe_table"), "{page}");
    let lint = Command::new("sh")
        .args([
            "-c",
            "mandoc -Tlint -W warning \"$0\"/man*/*",
            dir.to_str().unwrap(),
        ])
        .output()
        .unwrap();
    if lint.status.code() == Some(127) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no mandoc here");
        return;
    }
    // The pages are the same every day, so they have no date.
    let said = String::from_utf8(lint.stdout).unwrap();
    let known = ["missing date", "skipping paragraph macro: br after br"];
    let odd = said
        .lines()
        .find(|line| !known.iter().any(|known| line.contains(known)));
    assert_eq!(odd, None);
}
