//! The scripts as text, and values that try to become commands.

use std::sync::Arc;

use muster::boot::http::Plan;
use muster::boot::ipxe::{Left, arguments};
use muster::model::{Access, RootKind};

use super::http_world::World;

fn script(world: &World, number: u8) -> String {
    let outcome = world.get(
        &format!("/ipxe/52:54:00:00:00:{number:02x}"),
        &format!("10.0.0.{number}:4000"),
    );
    match outcome.plan {
        Plan::Text(text) | Plan::Held(text, ..) => text,
        other => panic!("{other:?}"),
    }
}

fn open() -> World {
    let mut world = World::new(Access::Boot);
    (1..=3).for_each(|number| world.dhcp(number));
    world
}

/// The script without the end that all share.
fn own_part(text: &str) -> &str {
    text.split_once("goto retry\n:failed").unwrap().0
}

#[test]
fn the_script_of_a_known_node() {
    let text = script(&open(), 1);
    let expected = "\
#!ipxe
set base http://10.0.0.250:9873
set id 52-54-00-00-00-01
echo muster: n1 boots rocky from 10.0.0.250:9873
imgfree
set failed kernel
kernel --name kernel ${base}/kernel/${id} || goto failed
set failed image
initrd --name image ${base}/image/${id} || goto failed
set failed system overlay
initrd --name system ${base}/system/${id}?compress=gz || goto failed
set initrds initrd=image initrd=system
initrd --name runtime ${base}/runtime/${id}?compress=gz && set initrds ${initrds} initrd=runtime || echo muster: no runtime overlay now, the running node fetches it
set failed kernel start
imgargs kernel ${initrds} wwid=52:54:00:00:00:01 muster.server=10.0.0.250:9873 quiet console=ttyS0,115200
imgfetch --name beacon --timeout 3000 ${base}/beacon/${id}?name=kernel-start && imgfree beacon ||
boot kernel || goto failed
";
    assert_eq!(own_part(&text), expected);
    for forbidden in ["param", "imgextract", "imgverify", "ntp"] {
        assert!(
            !text.contains(forbidden),
            "Debian 12's iPXE has no {forbidden}"
        );
    }
}

#[test]
fn every_jump_has_its_label() {
    let mut world = open();
    let mut scripts = vec![
        script(&world, 1),
        script(&world, 2),
        script(&world, 3),
        script(&world, 0x63),
    ];
    for method in [
        "initrd_nocompress",
        "imgextract",
        "dracut",
        "dracut_static",
        "localdisk",
        "shell",
        "nonsense",
    ] {
        world.nodes[0]
            .tags
            .insert("IPXEMenuEntry".into(), method.into());
        scripts.push(script(&world, 1));
    }
    world.boots = Default::default();
    world.nodes[0].tags.clear();
    scripts.push(script(&world, 1));
    for text in scripts {
        assert!(text.starts_with("#!ipxe\n"));
        let labels: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix(':'))
            .collect();
        for line in text.lines() {
            let mut words = line.split(' ');
            while let Some(word) = words.next() {
                if word == "goto" {
                    let to = words.next().unwrap();
                    assert!(
                        to == "${picked}" || labels.contains(&to),
                        "no :{to} in\n{text}"
                    );
                }
            }
            if let Some(item) = line.strip_prefix("item --key ") {
                let to = item.split(' ').nth(1).unwrap();
                assert!(labels.contains(&to), "no :{to}");
            }
        }
        let mut unique = labels.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), labels.len(), "{text}");
    }
}

#[test]
fn methods_by_tag() {
    let mut world = open();
    let mut with = |method: &str| {
        world.nodes[0]
            .tags
            .insert("IPXEMenuEntry".into(), method.into());
        own_part(&script(&world, 1)).to_owned()
    };
    assert!(!with("initrd_nocompress").contains("compress=gz"));
    let extract = with("imgextract");
    assert!(extract.contains("imgextract --name image ${base}/image/${id} || goto plain"));
    assert!(extract.contains(":plain\n") && extract.contains(":start\n"));
    let dracut = with("dracut");
    assert!(dracut.contains(
        "initrd=initramfs rd.neednet=1 ifname=eth0:52:54:00:00:00:01 ip=eth0:dhcp root=wwinit:"
    ));
    assert!(dracut.contains("wwinit.uri=http://10.0.0.250:9873/provision/52-54-00-00-00-01 init=/warewulf/run-init wwid="));
    assert!(with("dracut_static").contains(" ip=10.0.0.1::10.0.0.254:255.255.255.0::eth0:on"));
    assert!(with("localdisk").contains("local disk") && !with("localdisk").contains("/kernel/"));
    assert!(with("shell").contains("\nshell\n"));
    assert!(with("nonsense").contains("there is no boot method nonsense"));
    world.nodes[0].tags.clear();
    world.nodes[0].ipxe = Some("mine".into());
    assert!(script(&world, 1).contains("there is no iPXE script mine"));
    world.nodes[0].ipxe = Some("localdisk".into());
    assert!(script(&world, 1).contains("booting from the local disk"));
}

#[test]
fn what_cannot_boot_says_so_and_asks_again() {
    let mut world = open();
    let again =
        "chain --replace --autofree http://10.0.0.250:9873/ipxe/52-54-00-00-00-02 || goto failed";
    let none = script(&world, 2);
    assert!(
        none.contains("muster: node n2 has no image") && none.contains(again),
        "{none}"
    );
    world.nodes[1].image = Some("alma".into());
    assert!(script(&world, 2).contains("image alma is not built (run: muster image build alma)"));

    let stranger = script(&world, 0x63);
    assert!(stranger.contains("MAC  52:54:00:00:00:63") && stranger.contains("${uuid}"));
    assert!(
        stranger.contains("prompt --timeout 5000") && stranger.contains("/ipxe/52-54-00-00-00-63")
    );

    world.boots = Default::default();
    let closed = script(&world, 1);
    assert!(
        closed.contains("no boot is open for this address")
            && closed.contains("\ndhcp || goto failed\n")
    );
}

#[test]
fn an_asset_key_travels_with_every_request() {
    let world = open();
    let bare = script(&world, 3);
    assert!(bare.contains("/ipxe/52-54-00-00-00-03?assetkey=${asset:uristring}&uuid=${uuid}"));
    assert!(!bare.contains("/kernel/"));
    let outcome = world.get(
        "/ipxe/52:54:00:00:00:03?assetkey=Rack_7_Slot_3",
        "10.0.0.3:4000",
    );
    let Plan::Text(full) = outcome.plan else {
        panic!("{outcome:?}")
    };
    let fetches = full
        .lines()
        .filter(|line| line.contains("${base}/") && !line.contains("/beacon/"));
    for line in fetches {
        assert!(line.contains("assetkey=${asset:uristring}"), "{line}");
    }
    assert!(
        !full.contains("Rack"),
        "the key itself is never in a script"
    );
}

#[test]
fn no_value_becomes_a_command() {
    let hostile = [
        "a\nshell",
        "a\r\nshell",
        "x || shell",
        "x && shell",
        "x ; shell",
        "# rest",
        "a #b",
        "${net0/mac}",
        "pa$${x}",
        "$",
        "a=$ {b}",
        "\u{202e}evil",
        "\0",
        "\x1b[2J",
        "a\tb",
        "o'neil",
    ];
    for arg in hostile {
        let args: [Arc<str>; 2] = [arg.into(), "good".into()];
        let taken = arguments(&args);
        assert_eq!(taken.line, "good", "{arg:?}");
        assert_eq!(taken.left[0].0, 1, "{arg:?}");
    }
    let kept = [
        "a=\"b c\"",
        "nosmt=force",
        "x=a;b",
        "ip=[fd00::1]",
        "crashkernel=1G-4G:192M,4G-:256M",
        "a||b",
        "-- single",
    ];
    for arg in kept {
        assert_eq!(arguments(&[arg.into()]).line, arg);
    }
    let long = arguments(&["a".repeat(1700).into(), "b".repeat(1700).into()]);
    assert_eq!(long.left, [(2, Left::Length)]);
}

#[test]
fn hostile_names_stay_names() {
    let mut world = open();
    let evil = "x || shell\nshell ${foo}";
    let node = &mut world.nodes[0];
    node.name = evil.into();
    node.kernel_args = vec![evil.into()];
    node.net[0].device = Some(evil.into());
    node.root = RootKind::Device(evil.into());
    node.image = Some("rocky".into());
    for (ipxe, method) in [
        ("default", "dracut"),
        (evil, "dracut_static"),
        ("default", evil),
        ("localdisk", evil),
    ] {
        world.nodes[0].ipxe = Some(ipxe.into());
        world.nodes[0]
            .tags
            .insert("IPXEMenuEntry".into(), method.into());
        let text = script(&world, 1);
        let text = own_part(&text);
        assert!(
            !text
                .lines()
                .any(|line| line.trim_start().starts_with("shell")),
            "{text}"
        );
        assert!(
            !text.contains("|| shell") && !text.contains("${foo}"),
            "{text}"
        );
    }
    world.nodes[0].image = Some(evil.into());
    let held = script(&world, 1);
    assert!(
        !own_part(&held).contains("|| shell") && !held.contains("${foo}"),
        "{held}"
    );
}
