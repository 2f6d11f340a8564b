//! A running muster whose disk fails under it, or that is killed at a call of its own: who asked is told what is so, and the
//! next one is served. strace(1) is attached for one change at a time.

use std::fs;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use super::control::exchange;
use super::faults::traceable;
use super::world::{Daemon, World, secs, until};

/// What goes wrong: a call, and the file that it is about.
#[derive(Debug, Clone, Copy)]
enum On {
    Temporary,
    Folder,
    Journal,
}

const CALLS: [(&str, On); 8] = [
    ("openat", On::Temporary),
    ("fchmod", On::Temporary),
    ("write", On::Temporary),
    ("fsync", On::Temporary),
    ("rename", On::Temporary),
    ("fsync", On::Folder),
    ("pwrite64", On::Journal),
    ("fsync", On::Journal),
];

fn text(world: &World) -> String {
    fs::read_to_string(world.conf("nodes.conf")).unwrap()
}

/// strace on every thread of a daemon.
struct Tracer(Child);

impl Tracer {
    fn attach(world: &World, daemon: &Daemon, (call, on): (&str, On), wrong: &str) -> Self {
        let path = match on {
            On::Temporary => world.conf(&format!("nodes.conf.{}.tmp", daemon.pid())),
            On::Folder => world.root().join("etc/muster"),
            On::Journal => world.root().join("var/lib/muster/state.db-wal"),
        };
        let child = Command::new("strace")
            .args([
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-p",
                &daemon.pid().to_string(),
                "-P",
            ])
            .arg(path)
            .args(["-e", &format!("inject={call}:{wrong}")])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let tracer = Self(child);
        let tasks = format!("/proc/{}/task", daemon.pid());
        until(secs(10), "every thread is traced", || {
            let mut tasks = fs::read_dir(&tasks).unwrap().flatten();
            tasks.all(|task| {
                let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
                !status.contains("TracerPid:\t0\n")
            })
        });
        tracer
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap());
        // It may have ended with what it traced.
        let _ = kill(pid, Signal::SIGTERM);
        let _ = self.0.wait();
    }
}

fn comment(world: &World, value: &str) -> Option<(u16, Value)> {
    let place = json!({"table": "nodes", "name": "n1"});
    let edit = json!({"set": {"place": place, "key": "comment", "value": value}});
    exchange(
        world,
        "POST",
        "/v1/change",
        json!({"edits": [edit]}).to_string().as_bytes(),
    )
}

fn log(world: &World) -> Vec<Value> {
    let (_, reply) = exchange(world, "GET", "/v1/log?limit=1000", b"").unwrap();
    reply["log"].as_array().unwrap().clone()
}

#[test]
fn a_daemon_whose_disk_fails_tells_the_truth_and_goes_on() {
    if !traceable() {
        return;
    }
    let world = World::new(2);
    let daemon = world.serve();
    for (nth, call) in CALLS.into_iter().enumerate() {
        let (before, known) = (text(&world), log(&world).len());
        let tracer = Tracer::attach(&world, &daemon, call, "error=EIO");
        let (status, reply) = comment(&world, &format!("failed{nth}")).unwrap();
        drop(tracer);
        let after = text(&world);
        let story = format!("{call:?}: {status} {reply}");
        let saved = after != before;
        assert_eq!(after.contains(&format!("failed{nth}")), saved, "{story}");
        match call.1 {
            On::Temporary => assert!(!saved && status == 422, "{story}"),
            On::Folder => assert!(saved && status == 422, "{story}"),
            // The change itself does not wait for the journal.
            On::Journal => assert!(saved && status == 200, "{story}"),
        }
        let said = reply.to_string();
        assert_eq!(said.contains("nothing was changed"), !saved, "{story}");
        assert_eq!(
            said.contains("holds the change"),
            saved && status == 422,
            "{story}"
        );
        assert_eq!(log(&world).len(), known + usize::from(saved), "{story}");
        assert_eq!(
            comment(&world, &format!("next{nth}")).unwrap().0,
            200,
            "{story}"
        );
        let (status, reply) = exchange(&world, "POST", "/v1/undo", b"").unwrap();
        assert_eq!(status, 200, "{reply}; {story}");
        assert_eq!(text(&world), after, "{story}");
    }
}

#[test]
fn a_daemon_that_is_killed_at_a_call_has_saved_or_not() {
    if !traceable() {
        return;
    }
    let world = World::new(2);
    for (nth, call) in CALLS.into_iter().enumerate() {
        let mut daemon = world.serve();
        comment(&world, &format!("first{nth}")).unwrap();
        let (before, known) = (text(&world), log(&world).len());
        let tracer = Tracer::attach(&world, &daemon, call, "signal=KILL");
        let answer = comment(&world, &format!("killed{nth}"));
        assert!(answer.is_none_or(|(status, _)| status == 0), "{call:?}");
        assert!(!daemon.ended(secs(10)).success());
        drop(tracer);
        let saved = text(&world) != before;
        assert_eq!(
            text(&world).contains(&format!("killed{nth}")),
            saved,
            "{call:?}"
        );
        let _daemon = world.serve();
        let rows = log(&world);
        assert_eq!(rows.len(), known + usize::from(saved), "{call:?}: {rows:?}");
        assert!(
            rows.iter().all(|row| row["by"] != "by hand"),
            "{call:?}: {rows:?}"
        );
        assert_eq!(fs::read_dir(world.conf("")).unwrap().count(), 2, "{call:?}");
        if saved {
            exchange(&world, "POST", "/v1/undo", b"").unwrap();
            assert_eq!(text(&world), before, "{call:?}");
        }
    }
}
