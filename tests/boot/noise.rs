//! Random and mutated requests through the whole plan: nothing panics, nothing is served that should not be, nothing is said
//! that could hurt a terminal. Bounded, and the same noise in every run.

use muster::boot::beacon;
use muster::boot::http::{Conditions, Plan, Selection, Target, select};
use muster::fleet::Who;
use muster::kit::Stamp;
use muster::model::{Access, NodeId};

use super::http_world::World;
use crate::support::lossy::Dice;
use crate::support::noise::{dice, pick, rounds};

const WORDS: [&str; 44] = [
    "/",
    "//",
    "/.",
    "/..",
    "%2e%2e",
    "%2f",
    "%5c",
    "\\",
    "?",
    "&",
    "=",
    "#",
    "%",
    "%0",
    "%00",
    "%zz",
    "+",
    ";",
    "ipxe",
    "kernel",
    "image",
    "system",
    "runtime",
    "provision",
    "efiboot",
    "files",
    "status",
    "beacon",
    "grub",
    "52:54:00:00:00:01",
    "52-54-00-00-00-02",
    "52:54:00:00:00:03",
    "52:54:00:00:00:63",
    "[eth0]",
    "wwid",
    "assetkey",
    "Rack_7_Slot_3",
    "compress",
    "gz",
    "stage",
    "name",
    "up",
    "age_ms",
    "http://h",
];

const SEEDS: [&str; 8] = [
    "/image/52:54:00:00:00:01?assetkey=&uuid=&compress=gz",
    "/provision/52:54:00:00:00:01?stage=runtime&compress=gz",
    "/ipxe/52:54:00:00:00:03?assetkey=${asset}&uuid=${uuid}",
    "/beacon/52:54:00:00:00:01?name=failed&age_ms=1200&text=no+space",
    "/efiboot/grubx64.efi",
    "/grub/grub.cfg-01-52-54-00-00-00-01",
    "/files/etc/motd?wwid=52:54:00:00:00:01",
    "http://head:9873//runtime//52:54:00:00:00:01?wwid=52:54:00:00:00:02",
];

/// A target, mutated or made of words.
fn target(noise: &mut Dice) -> String {
    if noise.below(2) == 0 {
        let mut bytes = pick(noise, &SEEDS).as_bytes().to_vec();
        for _ in 0..=noise.below(6) {
            let at = noise.below(bytes.len() as u64) as usize;
            match noise.below(3) {
                0 if !bytes.is_empty() => bytes[at] = noise.roll() as u8,
                1 => bytes.insert(at.min(bytes.len()), noise.roll() as u8),
                _ => bytes.truncate(at.max(1)),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    } else {
        let mut out = String::from("/");
        for _ in 0..noise.below(14) {
            out.push_str(pick::<&str>(noise, &WORDS));
        }
        out
    }
}

#[test]
fn mutated_requests_open_nothing() {
    let mut noise = dice(0x2545);
    let mut world = World::new(Access::Boot);
    world.dhcp(1);
    world.dhcp(3);
    let view = world.view();
    let peers = [
        "10.0.0.1:40000",
        "10.0.0.1:900",
        "10.0.0.2:900",
        "10.0.0.77:900",
        "[fe80::1]:900",
        "127.0.0.1:900",
    ];
    let (mut served, mut refused) = (0_u32, 0_u32);
    for _ in 0..rounds(60_000) {
        let target = target(&mut noise);
        let peer = *pick(&mut noise, &peers);
        let method = *pick(&mut noise, &["GET", "GET", "GET", "HEAD", "POST", "BREW"]);
        let request = muster::boot::http::Request {
            method,
            target: &target,
            peer: peer.parse().unwrap(),
            local: "10.0.0.250:9873".parse().unwrap(),
            proto: muster::fleet::Proto::Http,
        };
        let outcome = muster::boot::http::plan(
            &view,
            &world.boots,
            &super::http_world::OneImage,
            &request,
            world.now,
        );
        let own = peer.starts_with("10.0.0.1:");
        match &outcome.plan {
            Plan::File { .. } => assert!(own, "{peer} {target}"),
            Plan::Archive { node, .. } => {
                served += 1;
                // n2 has no boot: root there may have n2's runtime overlay. Nobody else has anything.
                let root = peer.starts_with("10.0.0.2:") && node.id == NodeId(2);
                assert!(
                    (own && node.id == NodeId(1)) || root,
                    "{peer} {target} {}",
                    node.name
                );
            }
            Plan::Site(path) | Plan::Render(_, path) => {
                assert!(own || peer.starts_with("10.0.0.2:"), "{peer} {target}");
                assert!(
                    path.iter()
                        .all(|s| s != ".." && !s.contains(['/', '\\', '\0'])),
                    "{path:?}"
                );
            }
            Plan::Loader(name) => assert!(
                !name.contains('\\')
                    && name
                        .split('/')
                        .all(|part| !part.is_empty() && !part.starts_with('.')),
                "{name}"
            ),
            Plan::Refused { status, why } => {
                refused += 1;
                assert!((400..=501).contains(status));
                assert!(!why.chars().any(char::is_control), "{why:?}");
            }
            Plan::Text(text) | Plan::Held(text, ..) => assert!(!text.contains("Rack"), "{text}"),
            Plan::Beacon(_) => assert!(
                own || matches!(outcome.who, Who::Node(NodeId(2))),
                "{peer} {target}"
            ),
            Plan::Status => {}
        }
        assert!(outcome.path.len() < 800 && !outcome.path.chars().any(char::is_control));
        if outcome.mark.is_some() {
            assert!(own, "{peer} {method} {target}");
        }
    }
    assert!(served > 100 && refused > 1000, "{served} {refused}");
}

#[test]
fn beacons_and_ranges_of_noise_are_judged() {
    let mut noise = dice(77);
    for round in 0..rounds(40_000) as u64 {
        let text: String = (0..noise.below(400))
            .map(|_| char::from_u32((noise.roll() % 0x11_0000) as u32).unwrap_or('\u{202e}'))
            .collect();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let age = pick(
            &mut noise,
            &[
                "",
                "0",
                "99999999999999999999999",
                "-1",
                "1e3",
                "86400001",
                "５",
            ],
        );
        let target = Target {
            segments: vec!["beacon".into()],
            query: vec![
                pair(
                    "name",
                    pick::<&str>(&mut noise, &["up", "failed", "note", "strange", ""]),
                ),
                pair("age_ms", age),
                pair("text", &text),
            ],
        };
        if let Ok(heard) = beacon::read(&target, Stamp(round)) {
            assert!(heard.queued_ms <= 24 * 3600 * 1000);
            assert!(heard.at <= Stamp(round));
            if let muster::fleet::Beacon::Failed(text) | muster::fleet::Beacon::Note(text) =
                heard.beacon
            {
                assert!(text.chars().count() <= 240);
                assert!(
                    !text.chars().any(|c| c.is_control() || c == '\u{202e}'),
                    "{text:?}"
                );
            }
        }
        let size = noise.roll() % 10_000;
        let (a, b) = (noise.roll() % 12_000, noise.roll() % 12_000);
        let range = match round % 6 {
            0 => format!("bytes={a}-{b}"),
            1 => format!("bytes={a}-"),
            2 => format!("bytes=-{b}"),
            3 => format!("bytes={a}-{b},{b}-{a}"),
            4 => format!("bytes={}-{}", u64::MAX, u64::MAX),
            _ => text,
        };
        let asked = Conditions {
            range: Some(range.clone()),
            ..Conditions::default()
        };
        if let Selection::Part { start, len } = select(&asked, size, "\"x\"", None) {
            assert!(
                len > 0 && start + len <= size,
                "{range} of {size}: {start} {len}"
            );
        }
    }
}
