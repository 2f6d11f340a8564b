//! Files change under a running daemon.

use nix::sys::signal::Signal;

use super::world::{World, secs, until};

#[test]
fn a_hand_edit_of_the_registry_is_noticed() {
    let world = World::new(1);
    let _daemon = world.serve();
    world.registry(3);
    until(secs(15), "the edit is in force", || {
        world.names() == ["n1", "n2", "n3"]
    });
    // Again: a watcher that follows the inode would now be looking at the file that is gone.
    world.registry(2);
    until(secs(15), "the second edit is in force", || {
        world.names() == ["n1", "n2"]
    });
}

#[test]
fn sighup_reads_the_files_again() {
    let world = World::new(1);
    let mut daemon = world.serve();
    world.registry(2);
    daemon.signal(Signal::SIGHUP);
    until(secs(5), "the registry is read again", || {
        world.names() == ["n1", "n2"]
    });
    assert!(daemon.running());
}

#[test]
fn a_broken_registry_leaves_the_last_good_one_in_force_across_a_restart() {
    let world = World::new(2);
    let mut daemon = world.serve();
    world.write_registry("nodes: [this is: no registry\n");
    let faulty = || {
        let faults = world.status().unwrap_or_default()["faults"].to_string();
        faults.contains("nodes.conf")
    };
    until(secs(15), "the fault is told", faulty);
    assert_eq!(world.names(), ["n1", "n2"]);

    daemon.signal(Signal::SIGTERM);
    daemon.ended(secs(20));
    let _daemon = world.serve();
    assert_eq!(world.names(), ["n1", "n2"], "after a restart");
    assert!(faulty(), "the fault is still told");

    world.registry(1);
    until(secs(15), "the mended file is in force", || {
        world.names() == ["n1"]
    });
}

#[test]
fn one_bad_node_does_not_take_the_others_along() {
    let world = World::new(2);
    world.write_registry(
        "nodes:\n  n1: {}\n  n2:\n    network devices:\n      default:\n        ipadr: 127.9.0.9\n  n3:\n    \
         network devices:\n      default:\n        ipaddr: not an address\n",
    );
    let _daemon = world.serve();
    let names = world.names();
    assert!(names.contains(&"n1".to_owned()), "{names:?}");
    let faults = world.status().unwrap()["faults"].to_string();
    assert!(
        faults.contains("ipadr"),
        "the unknown key is told: {faults}"
    );
    assert!(
        faults.contains("not an address"),
        "the bad address is told: {faults}"
    );
    let check = world.run(&["check"]);
    let text = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(text.contains("nodes.conf:"), "with its line: {text}");
    assert!(text.contains("ipaddr"), "with what was meant: {text}");
    assert!(!check.status.success());
}
