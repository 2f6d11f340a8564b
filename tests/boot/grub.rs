//! GRUB's configurations: what they load, by which road, and that no value becomes a command.

use muster::boot::http::{Mark, Plan};
use muster::fleet::{Part, Who};
use muster::model::{Access, NodeId, Secret};

use super::http_world::{World, mac};

const N1: &str = "10.0.0.1:51000";
const N1_ROOT: &str = "10.0.0.1:700";
const ELSEWHERE: &str = "10.0.0.77:51000";

fn open() -> World {
    let mut world = World::new(Access::Boot);
    for node in 1..=3 {
        world.dhcp(node);
    }
    world
}

fn text(plan: Plan) -> String {
    match plan {
        Plan::Text(text) | Plan::Held(text, ..) => text,
        other => panic!("{other:?}"),
    }
}

fn by_http(world: &World, target: &str) -> String {
    text(world.get(target, N1).plan)
}

/// Commands alone: what begins a line.
fn commands(text: &str) -> Vec<&str> {
    text.lines()
        .map(|line| line.trim_start().split(' ').next().unwrap_or_default())
        .collect()
}

#[test]
fn a_node_loads_everything_by_the_road_that_its_grub_has() {
    let world = open();
    let http = by_http(&world, "/grub/52:54:00:00:00:01");
    assert!(http.contains("set base='(http,10.0.0.250:9873)'"), "{http}");
    assert!(!http.contains("tftp"), "{http}");
    let id = "52-54-00-00-00-01";
    for line in [
        format!(
            "if linux \"${{base}}/kernel/{id}\" wwid=52:54:00:00:00:01 muster.server=10.0.0.250:9873 'quiet' 'console=ttyS0,115200'; then"
        ),
        format!(
            "  if initrd \"${{base}}/image/{id}\" \"${{base}}/system/{id}?compress=gz\" \"${{base}}/runtime/{id}?compress=gz\"; then boot; fi"
        ),
        format!("  source \"${{base}}/grub/{id}?again\""),
    ] {
        assert!(http.contains(&line), "{line}: {http}");
    }
    // Whichever name GRUB's prefix makes of it.
    for name in [
        "/grub/grub.cfg",
        "/grub/grub.cfg-01-52-54-00-00-00-01",
        "/efiboot/grub.cfg",
        "/EFI/rocky/grub.cfg",
    ] {
        assert_eq!(by_http(&world, name), http, "{name}");
    }
    let tftp = text(world.by_tftp("/grub/grub.cfg", N1).plan);
    assert!(tftp.contains("set base='(tftp,10.0.0.250)'"), "{tftp}");
    // Whoever has HTTP finds this by it, and goes on by it.
    let probe = "/grub/grub.cfg?road";
    assert!(tftp.contains(&format!("source '(http,10.0.0.250:9873){probe}'")));
    for (peer, access) in [(N1, Access::Boot), (ELSEWHERE, Access::Compatible)] {
        let found = text(World::new(access).get(probe, peer).plan);
        assert_eq!(found, "# muster\nset base='(http,10.0.0.250:9873)'\n");
    }
    let mut other_port = open();
    other_port.settings.tftp.port = 6969;
    let tftp = text(other_port.by_tftp("/grub/grub.cfg", N1).plan);
    assert!(tftp.contains("set base='(tftp,10.0.0.250:6969)'"), "{tftp}");
}

#[test]
fn what_a_loop_asks_for_acts_once_and_returns() {
    let mut world = open();
    for (node, image) in [(1, Some("rocky")), (1, None)] {
        world.nodes[node - 1].image = image.map(Into::into);
        let first = by_http(&world, "/grub/52:54:00:00:00:01");
        let again = by_http(&world, "/grub/52:54:00:00:00:01?again");
        assert!(first.contains("while sleep --interruptible 10; do"));
        assert!(first.contains("menuentry 'firmware setup'"));
        for word in ["while", "menuentry", "configfile", "set base"] {
            assert!(!again.contains(word), "{word}: {again}");
        }
        assert_eq!(again.contains("linux"), image.is_some());
    }
}

#[test]
fn access_is_the_same_by_tftp() {
    let mut world = open();
    let id = "52-54-00-00-00-01";
    for (part, what) in [
        ("kernel", Part::Kernel),
        ("image", Part::Image),
        ("system", Part::System),
        ("runtime", Part::Runtime),
    ] {
        let name = format!("/{part}/{id}");
        let got = world.by_tftp(&name, N1);
        assert_eq!((got.who, got.part), (Who::Node(NodeId(1)), what), "{name}");
        assert!(matches!(got.plan, Plan::File { .. } | Plan::Archive { .. }));
        assert_eq!(got.mark == Some(Mark::KernelAsked), part == "kernel");
        let stolen = world.by_tftp(&name, ELSEWHERE).plan;
        assert!(
            matches!(stolen, Plan::Refused { status: 403, .. }),
            "{name}"
        );
    }
    world.boots.up(NodeId(1), world.now);
    for part in ["kernel", "image", "system", "runtime"] {
        let late = world.by_tftp(&format!("/{part}/{id}"), N1).plan;
        assert!(matches!(late, Plan::Refused { status: 403, .. }), "{part}");
    }
    let own = world.by_tftp(&format!("/runtime/{id}"), N1_ROOT).plan;
    assert!(matches!(own, Plan::Archive { .. }));
}

#[test]
fn without_a_privileged_port_grub_is_not_sent_for_what_it_will_not_get() {
    let mut world = World::new(Access::Compatible);
    let config = by_http(&world, "/grub/52:54:00:00:00:01");
    assert!(
        config.contains("/system/") && !config.contains("/runtime/"),
        "{config}"
    );
    world.settings.server.secure = false;
    let config = by_http(&world, "/grub/52:54:00:00:00:01");
    assert!(config.contains("/runtime/"), "{config}");
}

#[test]
fn who_cannot_boot_waits_and_says_why() {
    let world = open();
    let unknown = by_http(&world, "/grub/52:54:00:00:00:99");
    assert!(unknown.contains("not in the registry yet"), "{unknown}");
    assert!(unknown.contains("source \"${base}/grub/52-54-00-00-00-99?again\""));
    let nameless = text(world.by_tftp("/grub/grub.cfg", ELSEWHERE).plan);
    assert!(
        nameless.contains("source \"${base}/grub/${net_default_mac}?again\""),
        "{nameless}"
    );
    let Plan::Held(held, part, why) = world.get("/grub/52:54:00:00:00:02", "10.0.0.2:51000").plan
    else {
        panic!()
    };
    assert_eq!(part, Part::Image);
    assert!(held.contains("node n2 has no image") && why.contains("node n2 has no image"));
    assert!(!commands(&held).contains(&"if"), "{held}");
    // Adopted while it waited: its address is not bound to a boot, and only firmware can ask for another.
    let closed = World::new(Access::Boot);
    let config = by_http(&closed, "/grub/52:54:00:00:00:01");
    assert!(config.contains("no boot is open") && config.contains("then reboot; fi"));
    assert!(!config.contains("linux"));
}

#[test]
fn a_tag_picks_the_method_and_an_unknown_one_is_told() {
    let mut world = open();
    let mut with = |tag: &str| {
        world.nodes[0]
            .tags
            .insert("GrubMenuEntry".into(), tag.into());
        by_http(&world, "/grub/52:54:00:00:00:01")
    };
    assert!(!with("single-stage-nocompress").contains("compress=gz"));
    let dracut = with("dracut");
    assert!(
        dracut.contains("initrd \"${base}/initramfs/52-54-00-00-00-01\";"),
        "{dracut}"
    );
    assert!(dracut.contains("'rd.neednet=1'") && dracut.contains("'init=/warewulf/run-init'"));
    assert!(!dracut.contains("'initrd="), "iPXE's affair: {dracut}");
    assert!(commands(&with("localdisk")).contains(&"exit"));
    let unknown = with("x'; reboot; '");
    assert!(
        unknown.contains("there is no boot method x???reboot???, using single-stage"),
        "{unknown}"
    );
}

#[test]
fn an_asset_key_is_asked_of_the_machine_and_never_told() {
    let mut world = open();
    world.nodes[2].asset_key = Some(Secret::new("Rack_7"));
    let n3 = "10.0.0.3:51000";
    let bring = text(world.get("/grub/grub.cfg", n3).plan);
    assert!(
        bring.contains("smbios --type 3 --get-string 8 --set assetkey"),
        "{bring}"
    );
    assert!(bring.contains("/grub/52-54-00-00-00-03?assetkey=${assetkey}"));
    assert!(!bring.contains("Rack_7") && !bring.contains("linux"));
    let mac = mac(3);
    let config = text(world.get(&format!("/grub/{mac}?assetkey=Rack_7"), n3).plan);
    for part in [
        "kernel/52-54-00-00-00-03?",
        "image/52-54-00-00-00-03?",
        "again&",
    ] {
        assert!(
            config.contains(&format!("{part}assetkey=${{assetkey}}")),
            "{part}: {config}"
        );
    }
    assert!(!config.contains("Rack_7"));
    let wrong = world.get(&format!("/grub/{mac}?assetkey=Rack_8"), n3).plan;
    assert!(matches!(wrong, Plan::Refused { status: 401, .. }));
}

#[test]
fn arguments_are_words_that_a_kernel_understands() {
    let mut world = open();
    world.nodes[0].kernel_args = vec![
        "quiet".into(),
        "x=$(reboot)".into(),
        "a;reboot".into(),
        "it's".into(),
        "dyndbg=\"file core.c +p; module b +p\"".into(),
        "b=\"one\"".into(),
    ];
    let text = by_http(&world, "/grub/52:54:00:00:00:01");
    // GRUB puts a word with spaces into the quotes that a kernel wants.
    assert!(
        text.contains(
            " 'quiet' 'x=$(reboot)' 'a;reboot' 'dyndbg=file core.c +p; module b +p' 'b=one'; then"
        ),
        "{text}"
    );
    assert!(text.contains("kernel argument 4 was left out, it holds a single quote"));
}
