//! Settings that only a restart puts in force, and what a restart keeps.

use super::world::{World, secs, until};

#[test]
fn a_new_port_is_told_to_need_a_restart_until_it_has_had_one() {
    let mut world = World::new(1);
    let mut daemon = world.serve();
    let old = world.ports.http;
    world.ports.http = world.ports.proxy;
    world.configure("");
    let told = |world: &World| {
        let faults = world.status().unwrap_or_default()["faults"].to_string();
        faults.contains(&format!("servers run with {old}")) && faults.contains("restart muster")
    };
    until(secs(15), "the need of a restart is told", || told(&world));
    daemon.signal(nix::sys::signal::Signal::SIGTERM);
    daemon.ended(secs(20));
    let _daemon = world.serve();
    assert!(!told(&world), "after the restart it is in force");
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
