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
