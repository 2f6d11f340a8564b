//! Changes through the control socket and by the files alone: the log knows them all, whatever ends the daemon.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::thread;
use std::time::Duration;

use muster::api::{Command, Reply};
use muster::daemon::offline;
use muster::model::{Edit, Paths, Place, Value as Given};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::control::{exchange, http};
use super::world::{World, secs, until};

/// Sets a tag of a node through the socket; its revision, if that was answered.
fn tag(world: &World, node: &str, tag: &str) -> Option<u64> {
    tag_as(world, node, tag, "x")
}

fn tag_as(world: &World, node: &str, tag: &str, value: &str) -> Option<u64> {
    let place = json!({"table": "nodes", "name": node});
    let edit = json!({"set": {"place": place, "key": format!("tags.{tag}"), "value": value}});
    let body = json!({"edits": [edit], "note": tag}).to_string();
    let (_, reply) = exchange(world, "POST", "/v1/change", body.as_bytes())?;
    reply["change"]["revision"].as_u64()
}

/// How many rows the log gives at once.
const LISTED: usize = 10_000;

fn log(world: &World) -> Vec<Value> {
    let (status, reply) = http(world, "GET", "/v1/log?limit=10000", b"");
    assert_eq!(status, 200, "{reply}");
    reply["log"].as_array().unwrap().clone()
}

fn text(world: &World) -> String {
    fs::read_to_string(world.conf("nodes.conf")).unwrap()
}

/// Every tag of every node, as the file has them.
fn tags(world: &World) -> BTreeSet<String> {
    let text = text(world);
    assert!(text.ends_with('\n'), "cut: {text:?}");
    let yaml: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let nodes = yaml["nodes"].as_mapping().unwrap();
    let of = |node: &serde_yaml::Value| -> Vec<String> {
        let tags = node.get("tags").and_then(serde_yaml::Value::as_mapping);
        let names = tags.into_iter().flat_map(serde_yaml::Mapping::keys);
        names
            .map(|name| name.as_str().unwrap().to_owned())
            .collect()
    };
    nodes.values().flat_map(of).collect()
}

#[test]
fn what_was_changed_through_the_socket_is_logged_and_undone_after_a_restart() {
    let world = World::new(2);
    let before = text(&world);
    let mut daemon = world.serve();
    let first = tag(&world, "n1", "a").unwrap();
    tag(&world, "n2", "b").unwrap();
    let (_, reply) = http(&world, "GET", &format!("/v1/diff?from={}", first - 1), b"");
    assert_eq!(reply["diff"].as_array().unwrap().len(), 2, "{reply}");
    daemon.signal(Signal::SIGTERM);
    daemon.ended(secs(20));
    let _daemon = world.serve();
    let rows = log(&world);
    assert_eq!(rows[1]["summary"], "set tags.a on node n1");
    assert_eq!(rows[1]["note"], "a");
    let body = json!({"revision": first}).to_string();
    let (status, reply) = http(&world, "POST", "/v1/undo", body.as_bytes());
    assert_eq!(
        (status, &reply["change"]["summary"]),
        (200, &format!("undo r{first}: set tags.a on node n1").into())
    );
    let (_, reply) = http(&world, "POST", "/v1/undo", b"");
    assert!(reply["change"].is_object(), "{reply}");
    assert_eq!(text(&world), before);
    let (status, reply) = http(&world, "POST", "/v1/undo", b"");
    assert_eq!(status, 422, "{reply}");
}

#[test]
fn faults_and_clashes_have_their_own_status() {
    let world = World::new(2);
    let _daemon = world.serve();
    let post = |body: Value| http(&world, "POST", "/v1/change", body.to_string().as_bytes());
    let set = |value: &str| json!({"set": {"place": {"table": "nodes", "name": "n1"}, "key": "comment", "value": value}});
    let (status, reply) =
        post(json!({"edits": [{"add": {"place": {"table": "nodes", "name": "n1"}}}]}));
    assert_eq!(status, 422);
    assert!(
        reply["faulty"][0]["what"]
            .as_str()
            .unwrap()
            .contains("already"),
        "{reply}"
    );
    let (_, reply) = post(json!({"edits": [set("a")], "dry": true}));
    assert_eq!(reply["change"]["revision"], Value::Null, "{reply}");
    let base = world.status().map_or(0, |_| 1);
    let (status, _) = post(json!({"edits": [set("a")], "base": base}));
    assert_eq!(status, 200);
    let (status, reply) = post(json!({"edits": [set("b")], "base": base}));
    assert_eq!(
        (status, &reply["clash"][0]["theirs"]),
        (409, &"a".into()),
        "{reply}"
    );
}

/// How many kills a long run wants; none in a short one.
fn crashes() -> Option<u32> {
    std::env::var("MUSTER_CRASHES").ok()?.parse().ok()
}

#[test]
fn many_writers_lose_nothing() {
    let (writers, edits) = (8, 25);
    let nodes = 64;
    let world = World::new(nodes);
    let _daemon = world.serve();
    thread::scope(|scope| {
        for writer in 0..writers {
            let world = &world;
            scope.spawn(move || {
                for edit in 0..edits {
                    let node = format!("n{}", edit % nodes + 1);
                    assert!(tag(world, &node, &format!("w{writer}e{edit}")).is_some());
                }
            });
        }
    });
    let all = (writers * edits) as usize;
    assert_eq!(tags(&world).len(), all);
    let rows = log(&world);
    assert_eq!(rows.len(), all.min(LISTED));
    let revisions: BTreeSet<u64> = rows
        .iter()
        .map(|row| row["revision"].as_u64().unwrap())
        .collect();
    assert_eq!(
        revisions.len(),
        rows.len(),
        "every change has a revision of its own"
    );
}

/// How far each writer of the crash loop has come, as the file has it: the tag `count` of its node.
fn counts(world: &World, writers: u32) -> Vec<u64> {
    let text = text(world);
    assert!(text.ends_with('\n'), "cut: {text:?}");
    let yaml: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let count = |writer: u32| {
        let tags = yaml["nodes"][format!("n{}", writer + 1)].get("tags")?;
        tags["count"].as_str()?.parse().ok()
    };
    (0..writers)
        .map(|writer| count(writer).unwrap_or(0))
        .collect()
}

#[test]
fn a_daemon_that_is_killed_while_it_saves_loses_nothing_that_it_promised() {
    const WRITERS: u32 = 4;
    let world = World::new(WRITERS);
    let mut there = vec![0; WRITERS as usize];
    for round in 0..crashes().unwrap_or(10) {
        let daemon = world.serve();
        // Together, so that they share saves.
        let promised: Vec<u64> = thread::scope(|scope| {
            let count = |writer: u32, from: u64| {
                let world = &world;
                scope.spawn(move || {
                    let mut done = from;
                    let node = format!("n{}", writer + 1);
                    while tag_as(world, &node, "count", &(done + 1).to_string()).is_some() {
                        done += 1;
                    }
                    done
                })
            };
            let writers: Vec<_> = (0..WRITERS)
                .zip(&there)
                .map(|(writer, from)| count(writer, *from))
                .collect();
            thread::sleep(Duration::from_micros(u64::from(round * 7919 % 97) * 2_000));
            daemon.signal(Signal::SIGKILL);
            drop(daemon);
            writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .collect()
        });
        there = counts(&world, WRITERS);
        for (promised, there) in promised.iter().zip(&there) {
            // The one that was not answered may have been done.
            assert!(
                (*promised..=promised + 1).contains(there),
                "round {round}: {promised} promised, {there} there"
            );
        }
    }
    let _daemon = world.serve();
    let rows = log(&world);
    let hands: Vec<_> = rows.iter().filter(|row| row["by"] == "by hand").collect();
    assert!(hands.is_empty(), "{hands:?}");
    let all: u64 = there.iter().sum();
    assert_eq!(
        rows.len() as u64,
        all.min(LISTED as u64),
        "every change is in the log"
    );
    let undone = rows.len().min(300);
    for _ in 0..undone {
        let (status, reply) = http(&world, "POST", "/v1/undo", b"");
        assert_eq!(status, 200, "{reply}");
    }
    let left: u64 = counts(&world, WRITERS).iter().sum();
    assert_eq!(left, all - undone as u64, "each undo takes one back");
}

#[test]
fn sixty_four_writers_make_a_thousand_changes_each() {
    let Some(_) = crashes() else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: takes minutes; MUSTER_CRASHES=100 runs it"
        );
        return;
    };
    const WRITERS: u32 = 64;
    const EDITS: u64 = 1000;
    let world = World::new(WRITERS);
    let before = text(&world);
    let daemon = world.serve();
    let first = tag_as(&world, "n1", "count", "0").unwrap();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let world = &world;
            scope.spawn(move || {
                for edit in 1..=EDITS {
                    let node = format!("n{}", writer + 1);
                    assert!(tag_as(world, &node, "count", &edit.to_string()).is_some());
                }
            });
        }
    });
    assert_eq!(counts(&world, WRITERS), vec![EDITS; WRITERS as usize]);
    let all = u64::from(WRITERS) * EDITS;
    let newest = log(&world)[0]["revision"].as_u64().unwrap();
    assert_eq!(
        newest - first,
        all,
        "every change has a revision of its own"
    );
    drop(daemon);
    let daemon = world.serve();
    let undo = |revision: u64| {
        let body = json!({"revision": revision}).to_string();
        let (status, reply) = http(&world, "POST", "/v1/undo", body.as_bytes());
        assert_eq!(status, 200, "r{revision}: {reply}");
    };
    // As deep as the journal is kept: the newest 20,000.
    (newest - 999..=newest).rev().for_each(undo);
    let left: u64 = counts(&world, WRITERS).iter().sum();
    assert_eq!(left, all - 1000);
    assert_eq!(
        text(&world).lines().count(),
        before.lines().count() + 2 * WRITERS as usize
    );
    drop(daemon);
}

#[test]
fn without_a_daemon_the_files_and_the_log_are_the_same() {
    let world = World::new(2);
    let paths = Paths::under(world.beside().join("root").as_path());
    let before = text(&world);
    let ask = |command: Command| offline::ask(&paths, command).unwrap();
    let change = |name: &str, value: &str| Command::Change {
        edits: vec![Edit::Set {
            place: Place::node("n1"),
            key: name.into(),
            value: Given::Text(value.into()),
        }],
        base: None,
        note: None,
        dry: false,
        by: "ana".into(),
    };
    assert!(matches!(ask(change("comment", "a")), Reply::Change(_)));
    assert!(matches!(ask(change("tags.rack", "r1")), Reply::Change(_)));
    fs::write(
        world.conf("nodes.conf"),
        text(&world).replace("rack: r1", "rack: r2"),
    )
    .unwrap();
    let undo = |dry| Command::Undo {
        revision: None,
        dry,
        by: "ana".into(),
    };
    let Reply::Change(shown) = ask(undo(true)) else {
        panic!("not shown")
    };
    assert!(shown.summary.contains("set tags.rack"), "{}", shown.summary);
    for _ in 0..3 {
        let reply = ask(undo(false));
        assert!(matches!(reply, Reply::Change(_)), "{reply:?}");
    }
    assert_eq!(text(&world), before);
    let Reply::Log(rows) = ask(Command::Log {
        before: None,
        limit: 10,
    }) else {
        panic!("no log")
    };
    assert_eq!(rows.len(), 6, "{rows:?}");
    let _daemon = world.serve();
    until(secs(10), "the daemon knows the log", || {
        log(&world).len() == 6
    });
    assert_eq!(log(&world)[0]["revision"], rows[0].revision);
}
