//! Requests to plans, and which bytes a request gets.

use muster::boot::http::{Conditions, Mark, Outcome, Plan, Selection, Target, imf_fixdate, select};
use muster::fleet::{Part, Who};
use muster::model::{Access, NodeId};
use muster::overlay::Context;

use super::http_world::{World, mac};

const N1: &str = "10.0.0.1:40000";

/// A plan in one word.
fn word(outcome: &Outcome) -> String {
    match &outcome.plan {
        Plan::File { stock, pad } => {
            format!(
                "file {}{}",
                stock.path.display(),
                if *pad { " padded" } else { "" }
            )
        }
        Plan::Archive {
            node,
            context,
            gzip,
        } => {
            let context = if *context == Context::System {
                "system"
            } else {
                "runtime"
            };
            format!("{context} {}{}", node.name, if *gzip { " gz" } else { "" })
        }
        Plan::Text(text) if text.contains("not in the registry") => "unconfigured".into(),
        Plan::Text(text) if text.contains("?assetkey=$") && text.contains("asset key") => {
            "with-asset".into()
        }
        Plan::Held(..) => "held".into(),
        Plan::Text(text) if text.starts_with("#!ipxe") => "ipxe".into(),
        Plan::Text(_) => "grub".into(),
        Plan::Loader(name) => format!("loader {name}"),
        Plan::Render(node, path) => format!("render {} for {}", path.join("|"), node.name),
        Plan::Site(path) => format!("site {}", path.join("|")),
        Plan::Status => "status".into(),
        Plan::Beacon(_) => "beacon".into(),
        Plan::Refused { status, .. } => status.to_string(),
    }
}

#[test]
fn every_route_has_its_plan() {
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    let table = [
        ("/ipxe/52:54:00:00:00:01", "ipxe"),
        ("/ipxe/52-54-00-00-00-01", "ipxe"),
        ("/ipxe/52:54:00:00:00:01?assetkey=&uuid=abc", "ipxe"),
        ("/ipxe/52:54:00:00:00:99", "unconfigured"),
        ("/ipxe/52:54:00:00:00:03", "with-asset"),
        ("/ipxe/52:54:00:00:00:03?assetkey=", "401"),
        (
            "/ipxe/52:54:00:00:00:03?assetkey=Rack%207%20Slot%203",
            "ipxe",
        ),
        ("/ipxe/52:54:00:00:00:03?assetkey=Rack_7_Slot_3", "ipxe"),
        ("/ipxe/52:54:00:00:00:03?assetkey=RACK_7_SLOT_3", "401"),
        ("/ipxe/no-mac", "400"),
        ("/kernel/52:54:00:00:00:01", "file /images/rocky.kernel"),
        (
            "/kernel?wwid=52:54:00:00:00:01",
            "file /images/rocky.kernel",
        ),
        (
            "/kernel/?wwid=52-54-00-00-00-01",
            "file /images/rocky.kernel",
        ),
        ("/kernel", "file /images/rocky.kernel"),
        ("/kernel/[eth0]", "file /images/rocky.kernel"),
        (
            "/image/52:54:00:00:00:01?compress=gz",
            "file /images/rocky.image padded",
        ),
        ("/image/52:54:00:00:00:01?compress=xz", "404"),
        (
            "/initramfs/52:54:00:00:00:01",
            "file /images/rocky.initramfs padded",
        ),
        ("/system/52:54:00:00:00:01", "system n1"),
        ("/system/52:54:00:00:00:01?compress=gz", "system n1 gz"),
        (
            "/runtime/52:54:00:00:00:01?assetkey=&uuid=&compress=gz",
            "runtime n1 gz",
        ),
        (
            "/container/52:54:00:00:00:01",
            "file /images/rocky.image padded",
        ),
        ("/overlay-system/52:54:00:00:00:01", "system n1"),
        ("/overlay-runtime/52:54:00:00:00:01", "runtime n1"),
        ("/provision/52:54:00:00:00:01", "ipxe"),
        (
            "/provision/52:54:00:00:00:01?stage=kernel",
            "file /images/rocky.kernel",
        ),
        (
            "/provision/52:54:00:00:00:01?assetkey=&stage=system&compress=gz",
            "system n1 gz",
        ),
        ("/provision/52:54:00:00:00:01?stage=efiboot", "400"),
        ("/provision/52:54:00:00:00:01?stage=", "ipxe"),
        ("/provision/52:54:00:00:00:01?stage=grub", "grub"),
        (
            "/provision/52:54:00:00:00:01?stage=initramfs",
            "file /images/rocky.initramfs padded",
        ),
        (
            "/provision/52:54:00:00:00:01?stage=runtime&assetkey=x&uuid=y&compress=gz",
            "runtime n1 gz",
        ),
        (
            "/provision?wwid=52-54-00-00-00-01&stage=image",
            "file /images/rocky.image padded",
        ),
        ("/provision?stage=kernel", "file /images/rocky.kernel"),
        // How a node spells its identity.
        (
            "/kernel/52%3A54%3A00%3A00%3A00%3A01",
            "file /images/rocky.kernel",
        ),
        ("/kernel/52-54-00-00-00-01/", "file /images/rocky.kernel"),
        ("/kernel?wwid=%5Beth0%5D", "file /images/rocky.kernel"),
        (
            "/kernel/?uuid=4c4c4544&wwid=52:54:00:00:00:01",
            "file /images/rocky.kernel",
        ),
        ("/runtime/52:54:00:00:00:01?compress=", "runtime n1"),
        ("/ipxe?wwid=52:54:00:00:00:99", "unconfigured"),
        ("/files/x?wwid=52:54:00:00:00:99", "401"),
        ("/grub/52:54:00:00:00:01", "grub"),
        ("/grub/grub.cfg", "grub"),
        ("/grub/grub.cfg-01-52-54-00-00-00-01", "grub"),
        ("/grub/52:54:00:00:00:99", "unconfigured"),
        ("/EFI/rocky/grub.cfg", "grub"),
        (
            "/grub/x86_64-efi/command.lst",
            "loader grub/x86_64-efi/command.lst",
        ),
        ("/grub/grub.cfg-0A000001", "loader grub/grub.cfg-0A000001"),
        ("/files/boot/grub.cfg", "site boot|grub.cfg"),
        ("/efiboot/snponly.efi", "loader snponly.efi"),
        ("/efiboot/grub.cfg", "grub"),
        ("/efiboot?file=shim.efi", "loader shim.efi"),
        (
            "/efiboot/arm64-efi/snponly.efi",
            "loader arm64-efi/snponly.efi",
        ),
        ("/efiboot/a/.hidden", "404"),
        ("/efiboot/.hidden", "404"),
        ("//grubx64.efi", "loader grubx64.efi"),
        ("/files/etc/motd", "site etc|motd"),
        ("/files/", "404"),
        ("/files/etc/motd?render", "render etc|motd for n1"),
        ("/files/etc/motd?render=n1", "render etc|motd for n1"),
        (
            "/files/etc/motd.tera?render=n1",
            "render etc|motd.tera for n1",
        ),
        ("/files/etc/motd?render=n2", "400"),
        ("/files/?render", "404"),
        ("/status", "status"),
        ("/beacon/52:54:00:00:00:01?name=init-started", "beacon"),
        ("/beacon/52:54:00:00:00:01", "400"),
        ("/", "404"),
        ("/api/nodes", "404"),
        ("/kernel/52:54:00:00:00:99", "404"),
    ];
    for (target, expected) in table {
        assert_eq!(word(&world.get(target, N1)), expected, "{target}");
    }
}

#[test]
fn hostile_and_odd_requests_are_answered_plainly() {
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    let long = format!("/files/{}", "a".repeat(5000));
    let table = [
        ("/../etc/passwd", "400"),
        ("/files/../../etc/passwd", "400"),
        ("/files/%2e%2e/secret", "400"),
        ("/files/a%2fb", "400"),
        ("/files/a%2Fb", "400"),
        ("/files/a%5cb", "400"),
        ("/files/a\\b", "400"),
        ("/files/a%00b", "400"),
        ("/files/a%0d%0ab", "400"),
        ("/files/%252e%252e/x", "site %2e%2e|x"),
        ("/files/%zz", "400"),
        ("/files/%2", "400"),
        ("/files/%ff", "400"),
        (long.as_str(), "400"),
        (
            "http://10.0.0.250/kernel/52:54:00:00:00:01",
            "file /images/rocky.kernel",
        ),
        (
            "HTTP://boot//kernel//52:54:00:00:00:01",
            "file /images/rocky.kernel",
        ),
        ("ftp://boot/kernel", "400"),
        ("http://boot", "404"),
        ("*", "400"),
        ("boot:443", "400"),
        ("", "400"),
        ("//kernel//52:54:00:00:00:01//", "file /images/rocky.kernel"),
        ("/./kernel/./52:54:00:00:00:01", "file /images/rocky.kernel"),
        (
            "/kernel/52%3A54%3A00%3A00%3A00%3A01",
            "file /images/rocky.kernel",
        ),
        (
            "/kernel/52-54-00-00-00-01#part",
            "file /images/rocky.kernel",
        ),
    ];
    for (target, expected) in table {
        assert_eq!(word(&world.get(target, N1)), expected, "{target}");
    }
    for method in ["PUT", "DELETE", "POST", "CONNECT", "get"] {
        let outcome = world.ask(method, "/kernel/52:54:00:00:00:01", N1);
        assert_eq!(word(&outcome), "405", "{method}");
    }
    let post = world.ask("POST", "/beacon/52:54:00:00:00:01?name=up", N1);
    assert_eq!(word(&post), "beacon");
}

#[test]
fn identity_comes_from_the_name_then_the_boot_then_the_registry() {
    let mut world = World::new(Access::Compatible);
    world.dhcp(1);
    let named = |peer| world.get("/kernel/52:54:00:00:00:03?assetkey=Rack_7_Slot_3", peer);
    assert_eq!(named("10.9.9.9:1").who, Who::Node(NodeId(3)));
    assert_eq!(named(N1).who, Who::Server, "n1 speaks for n3");
    assert_eq!(world.get("/kernel", N1).who, Who::Node(NodeId(1)));
    assert_eq!(world.get("/kernel", "10.0.0.2:1").who, Who::Node(NodeId(2)));
    assert_eq!(
        world.get("/kernel", "[::ffff:10.0.0.1]:5").who,
        Who::Node(NodeId(1))
    );
    assert_eq!(world.get("/kernel", "10.9.9.9:1").who, Who::Server);
    let stranger = world.get("/kernel/52:54:00:00:00:63", "10.9.9.9:1");
    assert_eq!(stranger.who, Who::Stranger(mac(0x63)));
}

#[test]
fn asset_keys_never_reach_an_event_or_a_refusal() {
    let world = World::new(Access::Compatible);
    for target in [
        "/kernel/52:54:00:00:00:03?assetkey=hunter2",
        "/runtime/52:54:00:00:00:03?uuid=1&assetkey=hunter2&compress=gz",
        "/nowhere?assetkey=hunter2",
        "/files/..?assetkey=hunter2",
        "/provision/52:54:00:00:00:03?stage=kernel&assetkey=hunter2",
    ] {
        let outcome = world.get(target, N1);
        let told = format!("{outcome:?}");
        assert!(
            !told.contains("hunter2") && !told.contains("Slot"),
            "{told}"
        );
    }
    let right = world.get(
        "/provision/52:54:00:00:00:03?stage=kernel&assetkey=Rack_7_Slot_3",
        N1,
    );
    assert_eq!(&*right.path, "/provision/52:54:00:00:00:03?stage=kernel");
    let hostile = world.get("/nowhere/%1b%5b31m", N1);
    assert!(
        hostile.path.bytes().all(|b| b.is_ascii_graphic()),
        "{}",
        hostile.path
    );
}

#[test]
fn only_the_address_of_the_boot_moves_the_boot() {
    let mut world = World::new(Access::Compatible);
    world.dhcp(1);
    let kernel = "/kernel/52:54:00:00:00:01";
    assert_eq!(world.get(kernel, N1).mark, Some(Mark::KernelAsked));
    assert_eq!(world.ask("HEAD", kernel, N1).mark, None);
    assert_eq!(world.get(kernel, "10.0.0.9:1").mark, None);
    let up = "/beacon/52:54:00:00:00:01?name=up";
    assert_eq!(world.get(up, N1).mark, Some(Mark::Up));
    assert_eq!(world.get(up, "10.0.0.9:1").mark, None);
    assert_eq!(world.get(kernel, N1).part, Part::Kernel);
    assert!(world.get(kernel, N1).boot.is_some());
    assert!(world.get(kernel, "10.0.0.9:1").boot.is_none());
}

#[test]
fn ranges_and_validators() {
    let ask = |range: &str, if_range: &str, none_match: &str, since: &str| {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let asked = Conditions {
            range: text(range),
            if_range: text(if_range),
            if_none_match: text(none_match),
            if_modified_since: text(since),
        };
        select(
            &asked,
            1000,
            "\"abc\"",
            Some("Sun, 06 Nov 1994 08:49:37 GMT"),
        )
    };
    let part = |start, len| Selection::Part { start, len };
    let huge = format!("bytes={}", vec!["0-1"; 10_000].join(","));
    let ranges = [
        ("", Selection::Whole),
        ("bytes=0-0", part(0, 1)),
        ("bytes=0-999", part(0, 1000)),
        ("bytes=500-", part(500, 500)),
        ("bytes=500-99999999999999999999999999", part(500, 500)),
        ("bytes=-100", part(900, 100)),
        ("bytes=-5000", part(0, 1000)),
        ("Bytes = 1-2", part(1, 2)),
        ("bytes=1000-", Selection::Unsatisfiable),
        (
            "bytes=99999999999999999999999999-",
            Selection::Unsatisfiable,
        ),
        ("bytes=-0", Selection::Unsatisfiable),
        ("bytes=5-2", Selection::Whole),
        ("bytes=-", Selection::Whole),
        ("bytes=a-b", Selection::Whole),
        ("bytes=+1-2", Selection::Whole),
        ("bytes=0-1,5-6", Selection::Whole),
        (huge.as_str(), Selection::Whole),
        ("lines=1-2", Selection::Whole),
        ("bytes", Selection::Whole),
    ];
    for (range, expected) in ranges {
        assert_eq!(ask(range, "", "", ""), expected, "{range:.40}");
    }
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    assert_eq!(ask("bytes=1-2", "\"abc\"", "", ""), part(1, 2));
    assert_eq!(ask("bytes=1-2", date, "", ""), part(1, 2));
    assert_eq!(ask("bytes=1-2", "\"old\"", "", ""), Selection::Whole);
    assert_eq!(ask("bytes=1-2", "W/\"abc\"", "", ""), Selection::Whole);
    assert_eq!(ask("", "", "\"x\", W/\"abc\"", ""), Selection::NotModified);
    assert_eq!(ask("", "", "*", ""), Selection::NotModified);
    assert_eq!(ask("", "", "\"x\"", date), Selection::Whole);
    assert_eq!(ask("", "", "", date), Selection::NotModified);
    assert_eq!(
        ask("", "", "", "Mon, 07 Nov 1994 08:49:37 GMT"),
        Selection::Whole
    );
    assert_eq!(
        select(&Conditions::default(), 0, "\"e\"", None),
        Selection::Whole
    );
}

#[test]
fn dates_are_written_as_http_wants_them() {
    let table = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
    ];
    for (seconds, expected) in table {
        assert_eq!(imf_fixdate(seconds), expected);
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    let seeds = [
        "/kernel/52:54:00:00:00:01?compress=gz&assetkey=%41",
        "/provision/52-54-00-00-00-01?stage=image",
        "http://h/beacon/52:54:00:00:00:01?name=up&age_ms=12&text=a%20b",
        "/efiboot/?file=%2e%2e&wwid=[x]",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for round in 0..20_000 {
        let mut bytes = seeds[round % seeds.len()].as_bytes().to_vec();
        for _ in 0..=random(6) {
            let at = random(bytes.len());
            match random(3) {
                0 => bytes[at] = u8::try_from(random(256)).unwrap(),
                1 => bytes.insert(at, b"%/?&=.\\[]:-#\0\xff"[random(14)]),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let outcome = world.get(&text, N1);
        assert!(
            outcome.path.len() < 400 && !outcome.path.contains(char::is_control),
            "{text:?}"
        );
        if let Ok(target) = Target::parse(&text) {
            assert!(
                target
                    .segments
                    .iter()
                    .all(|s| s != ".." && !s.contains(['/', '\\', '\0']))
            );
        }
    }
}
