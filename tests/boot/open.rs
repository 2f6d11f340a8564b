//! Open boots over a restart of the daemon, and addresses that change hands.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use muster::boot::http::Plan;
use muster::boot::open::{BootRecord, OpenBoots};
use muster::fleet::{BootId, Form};
use muster::kit::Stamp;
use muster::model::{Access, NodeId};

use super::http_world::{LIMIT, World, mac};

const N1: NodeId = NodeId(1);

fn ip(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, last)
}

fn served(world: &World, target: &str, peer: &str) -> bool {
    !matches!(world.get(target, peer).plan, Plan::Refused { .. })
}

/// As the daemon does: every change to text, the last of each node kept, and back.
fn restarted(world: &mut World) {
    let view = world.view();
    let kept: Vec<String> = world
        .boots
        .take_changed(&view)
        .iter()
        .map(|record| serde_json::to_string(record).unwrap())
        .collect();
    let records = kept
        .iter()
        .map(|text| serde_json::from_str::<BootRecord>(text).unwrap());
    world.boots = OpenBoots::restore(records, &view, 1);
}

#[test]
fn a_boot_goes_on_after_a_restart_under_its_own_id() {
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    world.boots.kernel_asked(N1);
    let before = world.boots.of_node(N1).unwrap().clone();
    world.now = world.now + Duration::from_secs(20);
    restarted(&mut world);
    assert_eq!(world.boots.of_node(N1), Some(&before));
    assert_eq!(world.boots.of_ip(ip(1)).unwrap().id, before.id);
    for path in ["/image/", "/system/", "/runtime/", "/kernel/"] {
        let target = format!("{path}52:54:00:00:00:01");
        assert!(served(&world, &target, "10.0.0.1:40000"), "{path}");
        assert!(!served(&world, &target, "10.0.0.2:40000"), "{path}");
    }
    // The limit counts from when it opened, not from the restart.
    world.now = before.opened + LIMIT;
    assert!(!served(
        &world,
        "/image/52:54:00:00:00:01",
        "10.0.0.1:40000"
    ));
    // The next boot has an id of its own.
    let next = world.boots.enter(N1, mac(1), Form::Pxe, world.now, LIMIT);
    assert!(next > before.id, "{next:?}");
}

#[test]
fn a_running_node_keeps_its_runtime_overlay_over_a_restart() {
    let mut world = World::new(Access::Boot);
    world.nodes[0].net[0].ipaddr = None;
    let asked = "/runtime/52:54:00:00:00:01";
    world.boots.enter(N1, mac(1), Form::Ipxe, world.now, LIMIT);
    world.boots.bind(N1, ip(77));
    world.boots.up(N1, world.now);
    restarted(&mut world);
    assert!(served(&world, asked, "10.0.0.77:987"));
    assert!(!served(&world, asked, "10.0.0.77:4000"), "no user's port");
    assert!(!served(&world, asked, "10.0.0.78:987"));
}

#[test]
fn records_are_judged_as_they_come_back() {
    let world = World::new(Access::Boot);
    let record = |node: &str, id: u64, last: u8| BootRecord {
        node: node.into(),
        id: BootId(id),
        mac: mac(1),
        ip: Some(ip(last)),
        before: None,
        opened: Stamp(5),
        form: Form::Ipxe,
        kernel_asked: false,
        up: None,
        uuid: None,
    };
    let view = world.view();
    // n2 took the address later than n1; the node `gone` has left the registry; and n1 is there twice.
    let records = [
        record("n2", 9, 1),
        record("n1", 7, 1),
        record("gone", 40, 3),
        record("n1", 4, 4),
    ];
    let mut boots = OpenBoots::restore(records, &view, 12);
    assert_eq!(boots.of_node(N1).unwrap().id, BootId(7));
    assert_eq!(boots.of_node(N1).unwrap().ip, None);
    assert_eq!(boots.of_ip(ip(1)).unwrap().node, NodeId(2));
    assert!(boots.of_ip(ip(3)).is_none());
    assert!(!boots.has_changed(), "what was read need not be written");
    let next = boots.enter(NodeId(3), mac(3), Form::Pxe, Stamp(6), LIMIT);
    assert_eq!(
        next,
        BootId(41),
        "no id is given twice, not even of a node that is gone"
    );
    assert_eq!(boots.records(&view).count(), 3);
    assert_eq!(
        OpenBoots::restore([], &view, 12).of_node(N1),
        None,
        "nothing from nothing"
    );
}

#[test]
fn only_what_changed_is_handed_on() {
    let mut world = World::new(Access::Boot);
    let view = world.view();
    world.dhcp(1);
    world.dhcp(2);
    assert_eq!(world.boots.take_changed(&view).len(), 2);
    world.dhcp(1);
    world.boots.enter(N1, mac(1), Form::Ipxe, world.now, LIMIT);
    assert!(!world.boots.has_changed(), "the same again is no change");
    world.boots.up(N1, world.now);
    world.boots.up(N1, world.now + Duration::from_secs(1));
    let changed = world.boots.take_changed(&view);
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].up, Some(world.now));
}

#[test]
fn an_address_that_changes_hands_takes_nothing_along() {
    let mut world = World::new(Access::Boot);
    for node in &mut world.nodes {
        node.net[0].ipaddr = None;
    }
    let (of_1, of_2) = ("/runtime/52:54:00:00:00:01", "/runtime/52:54:00:00:00:02");
    world.boots.enter(N1, mac(1), Form::Ipxe, world.now, LIMIT);
    world.boots.bind(N1, ip(77));
    world.boots.up(N1, world.now);
    assert!(served(&world, of_1, "10.0.0.77:987"));

    // n1 went off, and its lease ran out; n2 got the address.
    world
        .boots
        .enter(NodeId(2), mac(2), Form::Ipxe, world.now, LIMIT);
    world.boots.bind(NodeId(2), ip(77));
    assert!(served(&world, of_2, "10.0.0.77:987"));
    assert!(
        !served(&world, of_1, "10.0.0.77:987"),
        "n2 gets n1's secrets"
    );

    // Then a stranger got it.
    world.boots.vacate(ip(77), None);
    assert!(
        !served(&world, of_2, "10.0.0.77:987"),
        "a stranger gets n2's secrets"
    );
    assert!(world.boots.of_ip(ip(77)).is_none());
}

#[test]
fn a_discover_in_a_nodes_name_takes_nothing_from_it() {
    let mut world = World::new(Access::Boot);
    world.nodes[0].net[0].ipaddr = None;
    let (image, runtime) = ("/image/52:54:00:00:00:01", "/runtime/52:54:00:00:00:01");
    let enter = |world: &mut World, form| world.boots.enter(N1, mac(1), form, world.now, LIMIT);
    enter(&mut world, Form::Ipxe);
    world.boots.bind(N1, ip(77));
    world.boots.kernel_asked(N1);
    // Somebody says DISCOVER with its hardware address while it loads: it loads on, and nobody else does.
    for form in [Form::Pxe, Form::Ipxe, Form::Pxe] {
        enter(&mut world, form);
        assert!(served(&world, image, "10.0.0.77:40000"), "{form:?}");
        assert!(!served(&world, image, "10.0.0.78:40000"), "{form:?}");
    }
    restarted(&mut world);
    assert!(
        served(&world, image, "10.0.0.77:40000"),
        "after a restart too"
    );
    // It is up, and the same happens: its runtime overlay comes on, the image does not come back.
    enter(&mut world, Form::Ipxe);
    world.boots.bind(N1, ip(77));
    world.boots.up(N1, world.now);
    enter(&mut world, Form::Pxe);
    assert!(served(&world, runtime, "10.0.0.77:987"));
    assert!(!served(&world, runtime, "10.0.0.77:4000"));
    assert!(!served(&world, image, "10.0.0.77:4000"));
    // The new boot gets an address of its own: the old one is done with.
    world.boots.bind(N1, ip(78));
    assert!(!served(&world, runtime, "10.0.0.77:987"));
    assert!(served(&world, image, "10.0.0.78:4000"));
    assert!(world.boots.of_ip(ip(77)).is_none());
}

#[test]
fn another_machine_behind_one_hardware_address_is_noticed() {
    // What was known, what comes, whether it is another machine.
    let a = "11223344-5566-7788-99aa-bbccddeeff00";
    let rows = [
        (a, a, false),
        // The other byte order of the same.
        (a, "44332211-6655-8877-99aa-bbccddeeff00", false),
        (a, "11223344-5566-7788-99aa-bbccddeeff01", true),
        (a, "", true),
        (a, "not a uuid", true),
        (a, "é-é-é-é", true),
    ];
    for (known, comes, other) in rows {
        let mut world = World::new(Access::Boot);
        let (known, comes): (Arc<str>, Arc<str>) = (known.into(), comes.into());
        assert_eq!(world.boots.identify(N1, &known), None, "no boot, no word");
        world.dhcp(1);
        assert_eq!(
            world.boots.identify(N1, &known),
            None,
            "the first is the first"
        );
        // It is known over the next boot, and over a restart.
        world.boots.up(N1, world.now);
        restarted(&mut world);
        world.dhcp(1);
        let told = world.boots.identify(N1, &comes);
        assert_eq!(told, other.then_some(known), "{comes}");
        assert_eq!(world.boots.identify(N1, &comes), None, "told once");
    }
}
