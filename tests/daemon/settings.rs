//! `muster.conf` is changed through the daemon and without it, and the servers follow.

use std::fs;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::control::http;
use super::world::{World, secs, until};

fn text(world: &World) -> String {
    fs::read_to_string(world.conf("muster.conf")).unwrap()
}

fn said(out: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    )
}

/// Runs a verb that must be done.
fn done(world: &World, words: &[&str]) -> String {
    let out = world.run(words);
    assert!(out.status.success(), "{words:?}: {}", said(&out));
    said(&out)
}

/// The row of a setting.
fn row(world: &World, key: &str) -> Value {
    let (_, reply) = http(world, "GET", "/v1/settings", b"");
    let rows = reply["settings"].as_array().unwrap();
    let found = rows.iter().find(|row| row["key"] == key);
    found.unwrap_or_else(|| panic!("no {key}")).clone()
}

fn answers(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn the_http_server_moves_to_another_port_and_back() {
    let world = World::new(1);
    let before = text(&world);
    let _daemon = world.serve();
    let (old, new) = (world.ports.http, free_port());
    assert!(answers(old));
    let set = format!("server.port={new}");
    assert!(done(&world, &["config", "set", &set]).contains("server.port"));
    until(secs(10), "the new port answers", || answers(new));
    until(secs(10), "the old one is closed", || !answers(old));
    assert_eq!(row(&world, "server.port")["running"], Value::Null);
    done(&world, &["undo"]);
    until(secs(10), "the old port answers again", || answers(old));
    assert_eq!(text(&world), before);
}

#[test]
fn a_port_that_is_taken_leaves_the_old_one_and_is_told_until_it_is_free() {
    let world = World::new(1);
    let _daemon = world.serve();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    done(&world, &["config", "set", "server.port", &port.to_string()]);
    let old = Value::from(world.ports.http.to_string());
    until(secs(10), "it is told", || {
        row(&world, "server.port")["running"] == old
    });
    let row_then = row(&world, "server.port");
    let fault = row_then["faults"][0]["what"].as_str().unwrap().to_owned();
    assert!(fault.contains("in use"), "{row_then}");
    assert!(answers(world.ports.http));
    // What nodes are told is where somebody listens.
    let (_, snapshot) = http(&world, "GET", "/v1/snapshot", b"");
    assert!(
        snapshot["snapshot"]["faults"]
            .to_string()
            .contains("in use")
    );
    drop(taken);
    done(&world, &["reload"]);
    until(secs(10), "it moves once it can", || answers(port));
    until(secs(10), "nothing is told any more", || {
        row(&world, "server.port")["running"] == Value::Null
    });
}

#[test]
fn dhcp_and_tftp_are_closed_and_opened_while_muster_runs() {
    let world = World::new(1);
    let _daemon = world.serve();
    let bound = |port: u16| UdpSocket::bind(("127.0.0.1", port)).is_err();
    let ports = world.ports;
    assert!(bound(ports.dhcp) && bound(ports.tftp));
    let out = done(
        &world,
        &["config", "set", "dhcp.enabled=false", "tftp.enabled=false"],
    );
    assert!(out.contains("answered by DHCP"), "{out}");
    until(secs(10), "both ports are free", || {
        !bound(ports.dhcp) && !bound(ports.tftp)
    });
    done(&world, &["undo"]);
    until(secs(10), "both are open again", || {
        bound(ports.dhcp) && bound(ports.tftp)
    });
    let port = free_port();
    done(&world, &["config", "set", &format!("tftp.port={port}")]);
    until(secs(10), "TFTP has moved", || bound(port));
    done(
        &world,
        &["config", "set", &format!("tftp.port={}", ports.tftp)],
    );
    until(secs(10), "and is back at once", || {
        row(&world, "tftp.port")["running"] == Value::Null && bound(ports.tftp)
    });
}

#[test]
fn where_the_servers_bind_waits_for_a_restart_and_says_so() {
    let world = World::new(1);
    let mut daemon = world.serve();
    let out = done(&world, &["config", "set", "listen", "127.0.0.2"]);
    assert!(out.contains("when muster is restarted"), "{out}");
    until(secs(10), "it waits", || {
        row(&world, "listen")["running"] == "127.0.0.1"
    });
    let listen = row(&world, "listen");
    assert_eq!(listen["value"], "127.0.0.2");
    assert_eq!(
        listen["last"]["by"].as_str().map(str::is_empty),
        Some(false)
    );
    daemon.signal(Signal::SIGTERM);
    daemon.ended(secs(20));
    let _daemon = world.serve();
    assert_eq!(row(&world, "listen")["running"], Value::Null);
    assert!(TcpStream::connect(("127.0.0.2", world.ports.http)).is_ok());
}

#[test]
fn without_a_daemon_the_file_and_the_log_are_the_same() {
    let world = World::new(1);
    let before = text(&world);
    done(&world, &["config", "set", "dhcp.lease=1h", "cluster=gauss"]);
    assert!(text(&world).contains("lease: 1h"));
    // By hand beside it.
    fs::write(
        world.conf("muster.conf"),
        text(&world) + "# mine\nnaming: g[1-9]\n",
    )
    .unwrap();
    done(&world, &["config", "unset", "cluster"]);
    assert!(text(&world).contains("# mine") && !text(&world).contains("gauss"));
    let log = done(&world, &["log"]);
    assert!(log.contains("by hand  set naming in muster.conf"), "{log}");
    for _ in 0..3 {
        done(&world, &["undo"]);
    }
    assert_eq!(text(&world), before);
    let out = world.run(&["config", "set", "dhcp.leese=1h"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(
        said(&out).contains("did you mean `dhcp.lease`"),
        "{}",
        said(&out)
    );
    let _daemon = world.serve();
    let (_, log) = http(&world, "GET", "/v1/log", b"");
    assert_eq!(log["log"].as_array().unwrap().len(), 6, "{log}");
}

#[test]
fn a_hand_edit_while_the_daemon_runs_is_a_revision_that_is_taken_back() {
    let world = World::new(1);
    let before = text(&world);
    let _daemon = world.serve();
    fs::write(
        world.conf("muster.conf"),
        format!("{before}cluster: gauss\n"),
    )
    .unwrap();
    until(secs(10), "it is seen", || {
        row(&world, "cluster")["value"] == "gauss"
    });
    assert_eq!(row(&world, "cluster")["last"]["by"], "by hand");
    let edit = json!({"set": {"place": {"table": "settings", "name": ""}, "key": "dhcp.lease", "value": "1h"}});
    let body = json!({"edits": [edit]}).to_string();
    let (status, reply) = http(&world, "POST", "/v1/change", body.as_bytes());
    assert_eq!(status, 200, "{reply}");
    done(&world, &["undo"]);
    done(&world, &["undo"]);
    assert_eq!(text(&world), before);
}

#[test]
fn kills_at_any_moment_leave_the_old_settings_or_the_new_ones() {
    const KILLS: u32 = 60;
    let world = World::new(1);
    let mut last = None;
    for round in 0..KILLS {
        let name = format!("c{round}");
        let mut verb = world
            .muster(&["config", "set", "cluster", &name])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_micros(u64::from(round) * 500));
        let _ = verb.kill();
        let done = verb.wait().unwrap().success();
        let yaml: serde_yaml::Value = serde_yaml::from_str(&text(&world)).unwrap();
        let now = yaml
            .get("cluster")
            .and_then(|name| name.as_str().map(str::to_owned));
        assert!(
            now == last || now.as_deref() == Some(&name),
            "round {round}: {now:?}"
        );
        assert!(!done || now.as_deref() == Some(&name), "round {round}");
        last = now;
    }
    // Whatever was cut short: the log and the file say the same, and nothing of it is called a hand's.
    let log = done(&world, &["log", "-n", "200"]);
    assert!(!log.contains("by hand"), "{log}");
    let rows = log.lines().filter(|line| line.starts_with('r')).count();
    for _ in 0..rows {
        done(&world, &["undo"]);
    }
    assert!(!text(&world).contains("cluster"), "{}", text(&world));
}

#[test]
fn a_full_disk_leaves_the_settings_and_says_so() {
    let world = World::new(1);
    let big = format!("{}{}", text(&world), "# filler\n".repeat(2000));
    fs::write(world.conf("muster.conf"), &big).unwrap();
    let verb = world.muster(&["config", "set", "cluster", "gauss"]);
    let mut limited = std::process::Command::new("prlimit");
    limited.arg("--fsize=4096").arg(verb.get_program());
    let out = limited.args(verb.get_args()).output().unwrap();
    assert!(!out.status.success(), "{}", said(&out));
    assert_eq!(text(&world), big);
    done(&world, &["config", "set", "cluster", "gauss"]);
    assert_eq!(text(&world), format!("cluster: gauss\n{big}"));
}
