//! One node, or a stranger, that speaks in another node's name: what it gets, and whom it can harm.

use muster::boot::http::{Mark, Outcome, Plan};
use muster::fleet::Who;
use muster::model::{Access, NodeId};

use super::http_world::World;

const N1: Who = Who::Node(NodeId(1));

fn status(outcome: &Outcome) -> u16 {
    match &outcome.plan {
        Plan::Refused { status, .. } => *status,
        _ => 200,
    }
}

/// Everything that can be asked in the name of n1.
const DOORS: [&str; 17] = [
    "/kernel/52:54:00:00:00:01",
    "/kernel?wwid=52:54:00:00:00:01",
    "/initramfs/52-54-00-00-00-01",
    "/image/52:54:00:00:00:01",
    "/container/52:54:00:00:00:01",
    "/system/52:54:00:00:00:01",
    "/overlay-system/52:54:00:00:00:01",
    "/runtime/52:54:00:00:00:01",
    "/overlay-runtime/52:54:00:00:00:01?compress=gz",
    "//runtime//52:54:00:00:00:01",
    "/./runtime/52:54:00:00:00:01?assetkey=&uuid=&compress=gz",
    "http://elsewhere/runtime/52:54:00:00:00:01",
    "/%72untime/52%3a54:00:00:00:01",
    "/provision/52:54:00:00:00:01?stage=runtime",
    "/provision/x?wwid=52:54:00:00:00:01&stage=system",
    "/files/secret?wwid=52:54:00:00:00:01",
    "/beacon/52:54:00:00:00:01?name=up",
];

#[test]
fn no_door_of_a_node_opens_to_another() {
    // n1's own boot: none, open, up. Whatever it is, n2 and a stranger get nothing of it, by any spelling, method or port.
    for stage in 0..3 {
        let mut world = World::new(Access::Boot);
        world.dhcp(2);
        if stage > 0 {
            world.dhcp(1);
        }
        if stage > 1 {
            world.boots.up(NodeId(1), world.now);
        }
        for peer in ["10.0.0.2:40000", "10.0.0.2:987", "10.0.0.200:987"] {
            for door in DOORS {
                for method in ["GET", "HEAD", "POST", "PUT", "get"] {
                    let outcome = world.ask(method, door, peer);
                    assert_ne!(status(&outcome), 200, "{method} {door} {peer} {stage}");
                    assert_eq!(outcome.mark, None, "{method} {door} {peer} {stage}");
                }
            }
        }
    }
}

#[test]
fn what_is_asked_in_a_nodes_name_is_not_told_of_that_node() {
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    world.dhcp(2);
    let own = world.get(DOORS[3], "10.0.0.1:40000");
    assert_eq!((own.who, own.boot.is_some()), (N1, true));
    for door in DOORS.iter().chain(&["/ipxe/52:54:00:00:00:01"]) {
        let outcome = world.get(door, "10.0.0.2:40000");
        assert_eq!(
            outcome.who,
            Who::Server,
            "{door}: n2 writes into n1's story"
        );
        assert_eq!(outcome.boot, None, "{door}");
    }
    // From an address of nobody it may be n1 itself, which a foreign DHCP server gave another one: then its boot tells.
    assert_eq!(world.get(DOORS[3], "10.0.0.200:40000").who, N1);
    // But a node that runs is not said to fail because somebody is refused in its name.
    world.boots.up(NodeId(1), world.now);
    for door in DOORS {
        let outcome = world.get(door, "10.0.0.200:987");
        assert_eq!((outcome.who, outcome.boot), (Who::Server, None), "{door}");
    }
}

#[test]
fn a_beacon_counts_from_the_nodes_own_address_only() {
    // Level, who sends, what comes of it for `up` and `failed`.
    let rows = [
        (Access::Boot, "10.0.0.1:40000", 200),
        (Access::Boot, "[::ffff:10.0.0.1]:40000", 200),
        (Access::Boot, "10.0.0.2:40000", 403),
        (Access::Boot, "10.0.0.2:987", 403),
        (Access::Boot, "10.0.0.200:40000", 403),
        (Access::Boot, "127.0.0.1:40000", 403),
        (Access::Boot, "[2001:db8::1]:40000", 403),
        (Access::Compatible, "10.0.0.1:40000", 200),
        (Access::Compatible, "10.0.0.2:40000", 403),
        // At this level anybody who is nobody is believed, as the level says; but it changes no boot.
        (Access::Compatible, "10.0.0.200:40000", 200),
    ];
    for (access, peer, expected) in rows {
        for word in [
            "up",
            "failed&text=disk",
            "init-started",
            "note&text=x",
            "kernel-start",
        ] {
            let mut world = World::new(access);
            world.dhcp(1);
            let outcome = world.get(&format!("/beacon/52:54:00:00:00:01?name={word}"), peer);
            assert_eq!(status(&outcome), expected, "{access:?} {peer} {word}");
            let counts = word == "up" && peer.contains("10.0.0.1]") | peer.starts_with("10.0.0.1:");
            assert_eq!(
                outcome.mark,
                counts.then_some(Mark::Up),
                "{access:?} {peer} {word}"
            );
        }
    }
}

#[test]
fn a_node_that_still_runs_while_another_boots_in_its_name_is_an_alarm() {
    let runtime = "/runtime/52:54:00:00:00:01";
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    let mark = |world: &World, peer: &str| world.get(runtime, peer).mark;
    assert_eq!(mark(&world, "10.0.0.1:40000"), None, "iPXE");
    world.boots.kernel_asked(NodeId(1));
    assert_eq!(mark(&world, "10.0.0.1:987"), None, "its initramfs");
    world.boots.up(NodeId(1), world.now);
    assert_eq!(mark(&world, "10.0.0.1:987"), None, "its system");
    // Somebody else begins to boot as n1, and n1 fetches its overlay as ever.
    world.dhcp(1);
    assert_eq!(mark(&world, "10.0.0.1:987"), Some(Mark::StillRuns));
    assert_eq!(
        mark(&world, "10.0.0.2:987"),
        None,
        "n2 raises no alarm for n1"
    );
    assert!(world.boots.twin(NodeId(1)));
    assert!(!world.boots.twin(NodeId(1)), "told once a boot");
    world.boots.up(NodeId(1), world.now);
    world.dhcp(1);
    assert!(world.boots.twin(NodeId(1)), "and again in the next");
}

#[test]
fn an_address_that_the_registry_moved_stays_with_the_boot_that_has_it() {
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    world.boots.up(NodeId(1), world.now);
    // An edit gives n1's address to n2, while n1 runs there.
    world.nodes[0].net[0].ipaddr = Some("10.0.0.50".parse().unwrap());
    world.nodes[1].net[0].ipaddr = Some("10.0.0.1".parse().unwrap());
    let runtime = |world: &World, n: u8, peer: &str| {
        status(&world.get(&format!("/runtime/52:54:00:00:00:0{n}"), peer))
    };
    assert_eq!(runtime(&world, 1, "10.0.0.1:987"), 200);
    assert_eq!(
        runtime(&world, 2, "10.0.0.1:987"),
        403,
        "n1 is served as n2"
    );
    // n2 boots there: now it is n2's.
    world.boots.enter(
        NodeId(2),
        super::http_world::mac(2),
        muster::fleet::Form::Ipxe,
        world.now,
        super::http_world::LIMIT,
    );
    world.boots.bind(NodeId(2), "10.0.0.1".parse().unwrap());
    assert_eq!(runtime(&world, 2, "10.0.0.1:987"), 200);
    assert_eq!(runtime(&world, 1, "10.0.0.1:987"), 403);
}

#[test]
fn what_clients_say_reaches_no_terminal_as_it_came() {
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    let nasty = [
        "%1b[2J%1b]0;owned%07",
        "%0d%0aINFO%20forged%20line",
        "%e2%80%ae%e2%80%8bevil",
        "%d8%9c%c2%ad%e1%a0%8e",
        "%f3%a0%81%a1%f3%a0%81%a2",
        "%c2%9b31m",
        "%00%7f%08%08%08",
        "caf%c3%a9",
    ];
    let plain = |text: &str, path: &str| {
        let fine = |c: char| {
            !c.is_control()
                && !"\u{ad}\u{61c}\u{180e}\u{200b}\u{202e}".contains(c)
                && !('\u{e0000}'..='\u{e0fff}').contains(&c)
        };
        assert!(text.chars().all(fine), "{path}: {text:?}");
    };
    for word in nasty {
        for target in [
            format!("/{word}"),
            format!("/image/{word}"),
            format!("/ipxe/{word}"),
            format!("/grub/{word}"),
            format!("/files/{word}"),
            format!("/efiboot/{word}"),
            format!("/provision/{word}?stage={word}"),
            format!("/kernel?wwid={word}"),
            format!("/image/52:54:00:00:00:01?compress={word}"),
            format!("/runtime/52:54:00:00:00:01?assetkey={word}&uuid={word}"),
            format!("/beacon/52:54:00:00:00:01?name=failed&text={word}"),
            format!("/beacon/52:54:00:00:00:01?name={word}&text={word}"),
        ] {
            let outcome = world.get(&target, "10.0.0.1:40000");
            plain(&outcome.path, &target);
            match &outcome.plan {
                Plan::Refused { why, .. } => plain(why, &target),
                Plan::Beacon(heard) => match &heard.beacon {
                    muster::fleet::Beacon::Failed(text) | muster::fleet::Beacon::Note(text) => {
                        plain(text, &target);
                    }
                    other => panic!("{other:?}"),
                },
                Plan::Text(script) => plain(&script.replace('\n', ""), &target),
                _ => {}
            }
        }
    }
}

#[test]
fn an_asset_key_is_in_no_event_and_no_refusal() {
    for access in [Access::Compatible, Access::Boot] {
        let mut world = World::new(access);
        world.dhcp(3);
        for key in ["Rack_7_Slot_3", "wrong-Rack_7"] {
            for door in DOORS {
                let door = door.replace(":01", ":03").replace("-01", "-03");
                let joint = if door.contains('?') { '&' } else { '?' };
                let target = format!("{door}{joint}assetkey={key}");
                let outcome = world.get(&target, "10.0.0.3:987");
                let told = format!("{} {:?}", outcome.path, outcome.who);
                assert!(!told.contains("Rack"), "{told}");
                if let Plan::Refused { why, .. } = &outcome.plan {
                    assert!(!why.contains("Rack"), "{why}");
                }
            }
        }
    }
}

#[test]
fn what_node_images_prepared_for_warewulf_ask_is_answered() {
    // Stage of n1's boot (0 none, 1 open, 2 up), who asks for what, and the answer: status, and whether gzip is served.
    let own = "10.0.0.1:40000";
    let root = "10.0.0.1:987";
    let rows: [(u8, &str, &str, u16, bool); 22] = [
        // The dracut module: overlays and image, with what it can tell of the machine.
        (
            1,
            "/system/52:54:00:00:00:01?assetkey=&uuid=4c4c4544-0000-2010-8020-80c04f202020&compress=gz",
            own,
            200,
            true,
        ),
        (
            1,
            "/system/52:54:00:00:00:01?assetkey=&uuid=x",
            own,
            200,
            false,
        ),
        (1, "/system/52:54:00:00:00:01?compress=", own, 200, false),
        (
            1,
            "/image/52:54:00:00:00:01?assetkey=&uuid=x&compress=gz",
            own,
            200,
            false,
        ),
        (
            1,
            "/runtime/52:54:00:00:00:01?assetkey=&uuid=x&compress=gz",
            "10.0.0.1:612",
            200,
            true,
        ),
        (
            1,
            "/image/52%3A54%3A00%3A00%3A00%3A01?compress=gz",
            own,
            200,
            false,
        ),
        // The same by its older road.
        (
            1,
            "/provision/52:54:00:00:00:01?assetkey=&uuid=x&stage=system&compress=gz",
            own,
            200,
            true,
        ),
        (
            1,
            "/provision/52:54:00:00:00:01?assetkey=&uuid=x&stage=runtime&compress=gz",
            own,
            200,
            true,
        ),
        (
            1,
            "/provision/52:54:00:00:00:01?stage=image&compress=gz",
            own,
            200,
            false,
        ),
        (
            1,
            "/provision/52:54:00:00:00:01?stage=kernel",
            own,
            200,
            false,
        ),
        (
            1,
            "/provision/52:54:00:00:00:01?stage=initramfs",
            own,
            200,
            false,
        ),
        (1, "/provision/52:54:00:00:00:01", own, 200, false),
        (
            1,
            "/provision/52:54:00:00:00:01?stage=shim",
            own,
            400,
            false,
        ),
        // A node that does not know its own address names an interface, and is told by where it asks from.
        (1, "/system/[eth0]?compress=gz", own, 200, true),
        (
            1,
            "/runtime/%5Beth0%5D?assetkey=&uuid=&compress=gz",
            own,
            200,
            true,
        ),
        (
            1,
            "/system?wwid=52:54:00:00:00:01&compress=gz",
            own,
            200,
            true,
        ),
        (1, "/system/52:54:00:00:00:01?compress=zst", own, 404, false),
        // The agent after `up`, from its privileged port, every few minutes.
        (
            2,
            "/runtime/52:54:00:00:00:01?assetkey=&uuid=&compress=gz",
            root,
            200,
            true,
        ),
        (
            2,
            "/runtime/52:54:00:00:00:01?assetkey=&uuid=",
            root,
            200,
            false,
        ),
        (
            2,
            "/runtime/52:54:00:00:00:01?assetkey=&uuid=&compress=gz",
            own,
            403,
            false,
        ),
        (
            2,
            "/overlay-runtime/52:54:00:00:00:01?compress=gz",
            root,
            200,
            true,
        ),
        (
            0,
            "/runtime/52:54:00:00:00:01?assetkey=&uuid=&compress=gz",
            root,
            200,
            true,
        ),
    ];
    for (stage, target, peer, expected, packed) in rows {
        let mut world = World::new(Access::Boot);
        if stage > 0 {
            world.dhcp(1);
        }
        if stage > 1 {
            world.boots.up(NodeId(1), world.now);
        }
        let outcome = world.get(target, peer);
        assert_eq!(status(&outcome), expected, "{stage} {target} {peer}");
        let gzip = matches!(outcome.plan, Plan::Archive { gzip: true, .. });
        assert_eq!(gzip, packed, "{stage} {target}");
    }
}
