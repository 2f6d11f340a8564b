//! Who is served what, by level.

use std::time::Duration;

use muster::boot::http::{Outcome, Plan};
use muster::kit::Stamp;
use muster::model::{Access, Network, NodeId};

use super::http_world::{LIMIT, World};

/// 200 for anything served, else the status of the refusal.
fn status(outcome: &Outcome) -> u16 {
    match &outcome.plan {
        Plan::Refused { status, .. } => *status,
        _ => 200,
    }
}

fn why(outcome: &Outcome) -> &str {
    match &outcome.plan {
        Plan::Refused { why, .. } => why,
        _ => "",
    }
}

const KERNEL: &str = "/kernel/52:54:00:00:00:01";
const SYSTEM: &str = "/system/52:54:00:00:00:01";
const RUNTIME: &str = "/runtime/52:54:00:00:00:01";
const BEACON: &str = "/beacon/52:54:00:00:00:01?name=init-started";
const FILES: &str = "/files/a?wwid=52:54:00:00:00:01";
const SCRIPT: &str = "/ipxe/52:54:00:00:00:01";

/// Status of: kernel, system, runtime, beacon, files, script.
fn row(world: &World, peer: &str) -> [u16; 6] {
    [KERNEL, SYSTEM, RUNTIME, BEACON, FILES, SCRIPT].map(|path| status(&world.get(path, peer)))
}

#[test]
fn the_levels_as_a_table() {
    let own = "10.0.0.1:40000";
    let own_root = "10.0.0.1:987";
    let other = "10.0.0.2:40000";
    let other_root = "10.0.0.2:987";

    let compatible = World::new(Access::Compatible);
    assert_eq!(row(&compatible, other), [200, 200, 401, 403, 200, 200]);
    assert_eq!(row(&compatible, other_root), [200, 200, 200, 403, 200, 200]);

    // Nothing has booted: only root of the registered address may refresh.
    let mut boot = World::new(Access::Boot);
    assert_eq!(row(&boot, own), [403, 403, 403, 200, 200, 200]);
    assert_eq!(row(&boot, own_root), [403, 403, 200, 200, 200, 200]);
    assert_eq!(row(&boot, other_root), [403, 403, 403, 403, 403, 200]);

    // Its boot is open: everything, from any port, to its address alone.
    boot.dhcp(1);
    assert_eq!(row(&boot, own), [200, 200, 200, 200, 200, 200]);
    assert_eq!(row(&boot, other), [403, 403, 403, 403, 403, 200]);
    assert_eq!(row(&boot, other_root), [403, 403, 403, 403, 403, 200]);

    // It is up: the runtime overlay alone, to root alone.
    boot.boots.up(NodeId(1), boot.now);
    assert_eq!(row(&boot, own), [403, 403, 403, 200, 200, 200]);
    assert_eq!(row(&boot, own_root), [403, 403, 200, 200, 200, 200]);
}

#[test]
fn a_boot_closes_after_its_limit() {
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    world.now = world.now + LIMIT - Duration::from_millis(1);
    assert_eq!(status(&world.get(KERNEL, "10.0.0.1:4000")), 200);
    world.now = world.now + Duration::from_millis(1);
    let refused = world.get(KERNEL, "10.0.0.1:4000");
    assert_eq!(status(&refused), 403);
    assert!(
        why(&refused).contains("limit of 1800 s"),
        "{}",
        why(&refused)
    );
    assert_eq!(status(&world.get(RUNTIME, "10.0.0.1:900")), 200);
}

#[test]
fn a_refusal_says_why_and_what_to_do() {
    let mut world = World::new(Access::Boot);
    assert_eq!(
        why(&world.get(KERNEL, "10.0.0.5:4000")),
        "no boot is open for 10.0.0.5; kernel, image and overlays are only served between a node's DHCP request and its \
         report `up` (access: boot)"
    );
    world.dhcp(1);
    let foreign = world.get(KERNEL, "10.0.0.5:4000");
    assert!(
        why(&foreign).contains("the boot of n1 is bound to 10.0.0.1"),
        "{}",
        why(&foreign)
    );
    world.boots.up(NodeId(1), world.now);
    let late = world.get(RUNTIME, "10.0.0.1:4000");
    assert!(
        why(&late).contains("port 4000 is not privileged"),
        "{}",
        why(&late)
    );
}

#[test]
fn an_offered_address_that_was_never_taken_opens_nothing() {
    let mut world = World::new(Access::Boot);
    let (node, mac) = (NodeId(1), super::http_world::mac(1));
    world
        .boots
        .enter(node, mac, muster::fleet::Form::Pxe, world.now, LIMIT);
    assert_eq!(status(&world.get(KERNEL, "10.0.0.1:4000")), 403);
}

#[test]
fn beside_a_foreign_dhcp_server_the_network_stands_for_the_address() {
    let mut world = World::new(Access::Boot);
    world.settings.networks = vec![Network {
        name: "office".into(),
        subnet: "10.5.0.0/24".parse().unwrap(),
        pool: None,
        gateway: None,
        dns: Vec::new(),
        domain: None,
        ntp: Vec::new(),
        routes: Vec::new(),
        interface: None,
        relay: Vec::new(),
        server: None,
        proxy: true,
    }];
    let inside = "10.5.0.77:4000";
    assert_eq!(row(&world, inside), [403, 403, 403, 403, 403, 200]);
    let (node, mac) = (NodeId(1), super::http_world::mac(1));
    world
        .boots
        .enter(node, mac, muster::fleet::Form::Pxe, world.now, LIMIT);
    assert_eq!(row(&world, inside), [200, 200, 200, 200, 200, 200]);
    assert_eq!(
        row(&world, "10.6.0.77:4000"),
        [403, 403, 403, 403, 403, 200]
    );
    world.boots.up(node, world.now);
    assert_eq!(row(&world, inside), [403, 403, 403, 200, 200, 200]);
}

#[test]
fn an_asset_key_adds_to_any_level() {
    for access in [Access::Compatible, Access::Boot] {
        let mut world = World::new(access);
        world.dhcp(3);
        let peer = "10.0.0.3:700";
        for path in ["/kernel/", "/system/", "/runtime/", "/image/"] {
            let ask =
                |query: &str| status(&world.get(&format!("{path}52:54:00:00:00:03{query}"), peer));
            assert_eq!(ask(""), 401, "{path}");
            assert_eq!(ask("?assetkey=x"), 401, "{path}");
            assert_eq!(ask("?assetkey=Rack_7_Slot_3"), 200, "{path}");
            assert_eq!(ask("?assetkey=Rack+7+Slot+3"), 200, "{path}");
        }
    }
}

#[test]
fn time_that_stands_at_zero_opens_nothing_by_accident() {
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    world.now = Stamp(0);
    assert_eq!(status(&world.get(KERNEL, "10.0.0.1:1")), 200);
    assert_eq!(status(&world.get(KERNEL, "10.0.0.2:1")), 403);
}
