//! `muster --serve`: it starts, answers, and keeps others off its root and ports.

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::process::id;

use super::world::{World, secs, until};

#[test]
fn a_daemon_starts_and_tells_its_state() {
    let world = World::new(3);
    let _daemon = world.serve();
    assert_eq!(world.names(), ["n1", "n2", "n3"]);
    let status = world.status().unwrap();
    for node in status["nodes"].as_array().unwrap() {
        assert_eq!(node["stage"], "off", "{node}");
        assert_eq!(node["condition"], "fine", "{node}");
    }
    let listed = world.run(&["node", "list"]);
    let text = String::from_utf8(listed.stdout).unwrap();
    assert!(text.contains("52:54:00:00:00:02"), "{text}");
}

#[test]
fn a_verb_without_a_daemon_works_or_says_what_to_do() {
    let world = World::new(2);
    let out = world.run(&["node", "list", "--json"]);
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(text.contains("\"n2\""), "{text}");
    assert!(
        !world.socket().exists(),
        "a verb left a control socket behind"
    );
}

#[test]
fn a_second_daemon_on_the_same_root_is_refused_with_a_sentence() {
    let world = World::new(1);
    let first = world.serve();
    let mut second = world.spawn_serve();
    let status = second.ended(secs(15));
    assert!(
        !status.success(),
        "the second daemon ended well: {}",
        second.log()
    );
    let log = second.log();
    assert!(!log.contains("panicked"), "{log}");
    let pid = first.pid().to_string();
    assert!(
        log.contains(&pid) || log.contains("already"),
        "it does not say that another one runs (process {pid}): {log}"
    );
    assert_eq!(world.names(), ["n1"], "the first one still answers");
}

#[test]
fn two_roots_do_not_mind_each_other() {
    let (one, two) = (World::new(1), World::new(2));
    let (_first, _second) = (one.serve(), two.serve());
    assert_eq!(one.names().len(), 1);
    assert_eq!(two.names().len(), 2);
}

#[test]
fn the_control_socket_is_private() {
    let world = World::new(1);
    let _daemon = world.serve();
    let meta = fs::metadata(world.socket()).unwrap();
    assert!(meta.file_type().is_socket());
    let mode = meta.mode() & 0o777;
    assert!(
        mode == 0o600 || mode == 0o660,
        "mode of the control socket: {mode:o}"
    );
}

#[test]
fn a_root_deeper_than_a_socket_name_may_be_long_works() {
    // sun_path holds 108 bytes.
    let world = World::below(&format!("{}/root", "deep".repeat(30)), 1);
    let _daemon = world.serve();
    assert_eq!(world.names(), ["n1"]);
}

#[test]
fn a_port_in_use_names_its_holder() {
    let world = World::new(1);
    let _held = UdpSocket::bind(("127.0.0.1", world.ports.tftp)).unwrap();
    let mut daemon = world.spawn_serve();
    let port = world.ports.tftp.to_string();
    let holder = id().to_string();
    let mut said = String::new();
    // It may refuse to start, or run and show the service as down: either way it says who sits there.
    until(secs(20), "the daemon says who holds the port", || {
        let services = world.status().unwrap_or_default()["services"].to_string();
        said = format!("{}{services}", daemon.log());
        said.contains(&port) && said.contains(&holder)
    });
    assert!(!said.contains("panicked"), "{said}");
    if daemon.running() {
        assert_eq!(world.names(), ["n1"]);
    }
}

#[test]
fn a_stale_socket_and_lock_of_a_killed_daemon_are_no_hindrance() {
    let world = World::new(1);
    let mut first = world.serve();
    first.signal(nix::sys::signal::Signal::SIGKILL);
    first.ended(secs(5));
    assert!(world.socket().exists(), "a killed daemon cannot tidy up");
    let _second = world.serve();
    assert_eq!(world.names(), ["n1"]);
}
