//! Settings that only a restart puts in force, and what a restart keeps.

use super::world::{World, secs, until};

#[test]
fn a_port_that_is_written_by_hand_is_served_without_a_restart() {
    let mut world = World::new(1);
    let _daemon = world.serve();
    world.ports.http = world.ports.proxy;
    world.configure("");
    let port = world.ports.http;
    let served = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    until(secs(15), "the new port is served", served);
    let faults = || world.status().unwrap_or_default()["faults"].to_string();
    assert!(!faults().contains("restart muster"), "{}", faults());
}

#[test]
fn what_the_daemon_keeps_is_for_its_own_eyes() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new(1);
    let _daemon = world.serve();
    let state = world.conf("").join("../../var/lib/muster");
    for name in ["state.db", "lock"] {
        let mode = std::fs::metadata(state.join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777;
        assert_eq!(mode, 0o600, "{name} holds secrets of the registry");
    }
}
