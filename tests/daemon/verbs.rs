//! Verbs as a person types them: what they print, and how they end.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::control::clients;
use super::terminal::Terminal;
use super::world::{World, mac_of, secs, until};

fn said(world: &World, args: &[&str]) -> (i32, String, String) {
    let out = world.run(args);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        out.status.code().unwrap_or(-1),
        text(&out.stdout),
        text(&out.stderr),
    )
}

#[test]
fn names_are_exact_add_up_and_conditions_narrow() {
    let world = World::new(12);
    let _daemon = world.serve();
    let named = |args: &[&str]| {
        let (code, out, err) = said(&world, &[&["status", "--json"], args].concat());
        assert_eq!(code, 0, "{args:?}: {err}");
        let status: Value = serde_json::from_str(&out).unwrap();
        let nodes = status["nodes"].as_array().unwrap();
        let names: Vec<_> = nodes.iter().map(|n| n["name"].as_str().unwrap()).collect();
        names.join(" ")
    };
    assert_eq!(named(&["n1"]), "n1", "n10, n11 and n12 are other nodes");
    assert_eq!(named(&["n1", "n[3-4],n12"]), "n1 n3 n4 n12");
    assert_eq!(named(&["n1*"]), "n1 n10 n11 n12");
    assert_eq!(named(&["n[1-3]", "!n2"]), "n1 n3");
    assert_eq!(named(&["state:off", "n2"]), "n2");

    let (code, out, err) = said(&world, &["status", "n1", "m1"]);
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("there is no node `m1`"), "{err}");
    let (code, _, err) = said(&world, &["node", "list", "state:failed"]);
    assert_eq!(code, 1, "{err}");
    let (code, _, err) = said(&world, &["status", "rakc:r1"]);
    assert_eq!(code, 2);
    assert!(err.contains("`rack`"), "{err}");
}

#[test]
fn a_table_is_straight_whatever_the_names() {
    let world = World::new(0);
    world.write_registry(
        "nodes:\n  n1:\n    comment: plain\n  knoten-mit-langem-namen:\n    comment: 漢字\n    tags: {a: b}\n",
    );
    let (code, out, err) = said(&world, &["node", "list"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(err, "", "a list is about the files");
    let (_, _, live) = said(&world, &["node", "list", "state:off"]);
    assert!(
        live.contains("no daemon runs here"),
        "a state is not: {live}"
    );
    let lines: Vec<&str> = out.lines().collect();
    let column = lines[0].find("COMMENT").unwrap();
    for (line, comment) in [(1, "漢字"), (2, "plain")] {
        assert_eq!(lines[line].find(comment), Some(column), "{out}");
    }
    assert!(lines.iter().all(|line| *line == line.trim_end()), "{out:?}");
    let (_, _, err) = said(&world, &["check"]);
    assert!(
        !err.contains("no daemon"),
        "a check is about the files: {err}"
    );
    assert!(!out.contains('\u{1b}'), "no colours in a pipe: {out:?}");
}

#[test]
fn colours_and_line_ends_are_for_terminals() {
    let world = World::new(0);
    world.write_registry("nodes:\n  n1: {}\n");
    let run = |no_color: bool| {
        let mut command = world.muster(&["why", "n1"]);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        let mut terminal = Terminal::run(&command);
        terminal.shows(secs(10), "read at once");
        terminal.ended(secs(10));
        terminal
    };
    let terminal = run(false);
    assert!(terminal.raw().windows(2).any(|two| two == b"\x1b["));
    let screen = terminal.screen();
    assert!(screen.contains("missing   `hwaddr`"), "{screen}");
    let plain = run(true);
    assert!(!plain.raw().contains(&0x1b), "NO_COLOR is obeyed");
}

#[test]
fn exit_codes_say_what_happened() {
    let world = World::new(2);
    let code = |args: &[&str]| said(&world, args).0;
    assert_eq!(code(&["check"]), 0);
    assert_eq!(code(&["why", "n1"]), 0);
    assert_eq!(code(&["why", "n9"]), 1);
    assert_eq!(code(&["node", "show", "n9"]), 1);
    assert_eq!(code(&["frobnicate"]), 2);
    for verb in [
        &["reload"][..],
        &["stop"],
        &["status", "--watch"],
        &["events", "--follow"],
    ] {
        let (code, _, err) = said(&world, verb);
        assert_eq!(code, 3, "{verb:?}: {err}");
        let says = ["no muster is running here", "no daemon answers at"];
        assert!(
            says.iter().any(|said| err.contains(said)),
            "{verb:?}: {err}"
        );
        assert_eq!(err.lines().count(), 1, "{verb:?}: {err}");
    }
    world.write_registry("nodes:\n  n1:\n    image nam: x\n");
    let (code, out, err) = said(&world, &["check", "--strict"]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("nodes.conf:3"), "{out}");
}

#[test]
fn reading_verbs_leave_no_trace() {
    let world = World::new(1);
    for verb in [
        &["status"][..],
        &["events"],
        &["boots"],
        &["check"],
        &["settings"],
        &["image", "list"],
        &["why", "n1"],
    ] {
        let (code, _, err) = said(&world, verb);
        assert_eq!(code, 0, "{verb:?}: {err}");
    }
    let root = world.conf("").join("../..");
    let names: Vec<_> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["etc"], "nothing but the configuration");
}

#[test]
fn times_are_those_of_the_reader() {
    let world = World::new(1);
    let _daemon = world.serve();
    world.registry(2);
    let began = |zone: &str| {
        let mut line = String::new();
        until(secs(10), "an event", || {
            let out = world.muster(&["events"]).env("TZ", zone).output().unwrap();
            line = String::from_utf8(out.stdout).unwrap();
            line.contains("edit") || line.contains("2 nodes")
        });
        let hour: u32 = line[11..13].parse().unwrap();
        hour
    };
    assert_eq!(
        (began("UTC") + 5) % 24,
        began("UTC-5"),
        "POSIX signs are reversed"
    );
}

#[test]
fn a_watch_tells_changes_and_ends_with_the_daemon() {
    let world = World::new(2);
    let mut daemon = world.serve();
    let mut watch = world
        .muster(&["status", "--watch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(watch.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.contains("n1") && line.contains("off"), "{line}");
    line.clear();
    out.read_line(&mut line).unwrap();
    assert!(line.contains("n2"), "{line}");

    daemon.signal(Signal::SIGTERM);
    daemon.ended(secs(20));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(watch.wait().unwrap().code(), Some(3));
    let mut complaint = String::new();
    watch
        .stderr
        .unwrap()
        .read_to_string(&mut complaint)
        .unwrap();
    assert!(complaint.contains("the daemon has gone"), "{complaint}");
    assert_eq!(rest, "", "no line but those of nodes");
}

#[test]
fn a_watch_ends_when_nobody_reads_it_or_it_is_told_to() {
    let world = World::new(1);
    let _daemon = world.serve();
    for verb in [["status", "--watch"], ["events", "--follow"]] {
        let mut unread = world.muster(&verb).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(unread.stdout.take().unwrap());
        out.read_line(&mut String::new()).unwrap();
        drop(out);
        // Nothing changes meanwhile: it finds out without writing.
        until(secs(10), "the unread one ends", || {
            unread.try_wait().unwrap().is_some()
        });
        assert!(unread.wait().unwrap().success(), "{verb:?}");

        let mut watch = world.muster(&verb).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(watch.stdout.take().unwrap());
        out.read_line(&mut String::new()).unwrap();
        // As an interrupt does, which a shell lets its background jobs ignore, and so perhaps this test.
        kill(Pid::from_raw(watch.id() as i32), Signal::SIGTERM).unwrap();
        until(secs(5), "the one that is told to ends", || {
            watch.try_wait().unwrap().is_some()
        });
    }
}

#[test]
fn events_are_followed() {
    let world = World::new(1);
    let _daemon = world.serve();
    let mut follow = world
        .muster(&["events", "--follow", "-n", "0", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(follow.stdout.take().unwrap());
    until(secs(10), "it is attached", || clients(&world) == 1);
    let mac = mac_of(77);
    assert_eq!(said(&world, &["adopt", &mac, "late"]).0, 0);
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let event: Value = serde_json::from_str(&line).unwrap();
    assert!(event["text"].as_str().unwrap().contains("late"), "{line}");
    follow.kill().unwrap();
    follow.wait().unwrap();
}

#[test]
fn stop_waits_until_it_has_stopped() {
    let world = World::new(1);
    let mut daemon = world.serve();
    let (code, out, err) = said(&world, &["stop"]);
    assert_eq!((code, out.as_str()), (0, "muster has stopped\n"), "{err}");
    assert!(!world.socket().exists());
    // Root and ports are free: the next one starts at once. The first process is then at its very last instructions.
    let _next = world.serve();
    assert!(daemon.ended(secs(2)).success());
}

#[test]
fn shells_learn_the_verbs() {
    let world = World::new(1);
    for shell in ["bash", "zsh", "fish"] {
        let (code, out, err) = said(&world, &["completion", shell]);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("MUSTER_COMPLETE"), "{shell}");
    }
    world.write_registry(
        "nodeprofiles:\n  gpu: {image name: rocky9}\nnodes:\n  n1: {profiles: [gpu]}\n  n2: {}\n",
    );
    let completed = |line: &str| {
        let out = world
            .muster(&["--"])
            .arg("muster")
            .args(["--root", world.root().to_str().unwrap()])
            .args(line.split(' '))
            .env("MUSTER_COMPLETE", "bash")
            .output()
            .unwrap();
        let out = String::from_utf8(out.stdout).unwrap();
        let words = out.lines().map(|line| line.split('\t').next().unwrap());
        words.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(completed("sta"), "status");
    assert_eq!(completed("node set n"), "n1 n2");
    assert_eq!(completed("node set ne"), "network:");
    assert_eq!(completed("profile show g"), "gpu");
    assert_eq!(completed("node set n1 --profile default,g"), "default,gpu");
    assert_eq!(completed("node set n1 --kernela"), "--kernelargs");
    assert_eq!(
        completed("node list --fields net.*.ipa"),
        "net.*.ipaddr net.*.ipaddr6"
    );
    assert_eq!(completed("ssh -f 3 n"), "n1 n2");
    assert_eq!(completed("ssh -w n"), "n1 n2");
    assert_eq!(completed("ssh state:up n"), "", "the command is not ours");
    assert_eq!(completed("ssh -w n1 n"), "");
    assert_eq!(completed("node list n[1-2],n"), "n[1-2],n1 n[1-2],n2");
    assert_eq!(completed("node list n["), "");
    assert_eq!(completed("node list !@g"), "!@gpu");
    assert_eq!(completed("node list !profile:g"), "!profile:gpu");
    let _daemon = world.serve();
    assert_eq!(
        completed("node set n"),
        "n1 n2",
        "the same of a running one"
    );
}
