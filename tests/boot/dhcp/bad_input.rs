//! What a hostile or broken network sends: each case is a row, and noise comes last.

use dhcproto::v4::MessageType;
use muster::wire::dhcp::{Heard, Malformed, parse};

use super::world::{World, ip, lan};
use crate::support::dhcp_client::{FakeNode, Firmware, Seen};

fn client() -> FakeNode {
    FakeNode::numbered(Firmware::IpxeRom, 1)
}

fn with(change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = client().discover();
    change(&mut bytes);
    bytes
}

/// A header and hand-made options.
fn options(options: &[u8]) -> Vec<u8> {
    [client().header(), options.to_vec()].concat()
}

#[test]
fn what_is_no_message_is_dropped_with_a_reason() {
    let cases = [
        (Vec::new(), Malformed::Short(0)),
        (vec![1; 7], Malformed::Short(7)),
        (client().discover()[..239].to_vec(), Malformed::Short(239)),
        (with(|b| b[236] = 98), Malformed::Cookie),
        (with(|b| b[0] = 0), Malformed::Operation(0)),
        (with(|b| b[0] = 3), Malformed::Operation(3)),
        (with(|b| b[0] = 2), Malformed::Type),
        (with(|b| b[2] = 17), Malformed::HardwareLength(17)),
        (with(|b| b[2] = 255), Malformed::HardwareLength(255)),
        (options(&[]), Malformed::Type),
        (options(&[255]), Malformed::Type),
        (options(&[53, 0, 255]), Malformed::Type),
        (options(&[53, 2, 1, 1, 255]), Malformed::Type),
        (options(&[53, 1, 0, 255]), Malformed::Type),
        (options(&[53, 1, 2, 255]), Malformed::Type),
        (options(&[53, 1, 99, 255]), Malformed::Type),
        (options(&[53]), Malformed::Type),
        (options(&[53, 1]), Malformed::Type),
        (options(&[0; 4000]), Malformed::Type),
    ];
    for (bytes, why) in cases {
        assert_eq!(parse(&bytes), Err(why), "{} bytes", bytes.len());
    }
    let mut world = World::new(lan());
    let told: usize = (0..100).map(|_| world.hear(&[1, 2, 3]).events.len()).sum();
    assert_eq!(told, 1, "a flood of noise is one line a minute");
}

#[test]
fn odd_messages_are_answered_as_if_the_odd_part_were_not_there() {
    let mac_of = |b: &mut Vec<u8>| b.truncate(240);
    let pxe: &[u8] = &[
        53, 1, 1, 60, 9, b'P', b'X', b'E', b'C', b'l', b'i', b'e', b'n', b't', 93, 2, 0, 0,
    ];
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("no END", [pxe, &[][..]].concat()),
        (
            "a last option that runs past the end",
            [pxe, &[12, 200, b'x']].concat(),
        ),
        ("a length byte that is missing", [pxe, &[61]].concat()),
        (
            "pads everywhere",
            [&[0; 300], pxe, &[0; 300], &[255]].concat(),
        ),
        ("garbage after END", [pxe, &[255, 53, 1, 7]].concat()),
        (
            "zero-length 50, 54, 61, 82, 12, 77, 94, 97",
            [
                pxe,
                &[50, 0, 54, 0, 61, 0, 82, 0, 12, 0, 77, 0, 94, 0, 97, 0, 255],
            ]
            .concat(),
        ),
        (
            "a mask of three bytes before all",
            [&[1, 3, 1, 2, 3], pxe, &[255]].concat(),
        ),
        (
            "a host name that is no text before all",
            [&[12, 4, 0xff, 0xfe, 0x00, 0x80], pxe, &[255]].concat(),
        ),
        (
            "two host names, two client ids, two relays",
            [
                pxe,
                &[
                    12, 1, b'a', 12, 1, b'b', 61, 2, 1, 2, 61, 2, 3, 4, 82, 2, 1, 0, 82, 2, 2, 0,
                    255,
                ],
            ]
            .concat(),
        ),
        (
            "a second, wrong message type",
            [pxe, &[53, 0, 53, 2, 9, 9, 255]].concat(),
        ),
        (
            "overload that points at empty fields",
            [pxe, &[52, 1, 3, 255]].concat(),
        ),
        (
            "overload of a nonsense value",
            [pxe, &[52, 1, 0xfc, 52, 3, 1, 1, 1, 255]].concat(),
        ),
        (
            "relay sub-options past their end",
            [pxe, &[82, 5, 1, 200, 1, 2, 3, 255]].concat(),
        ),
        (
            "relay sub-options of odd lengths",
            [pxe, &[82, 7, 5, 3, 1, 2, 3, 11, 0, 255]].concat(),
        ),
        (
            "a machine identifier of 200 bytes",
            [pxe, &[97, 200], &[7; 200], &[255]].concat(),
        ),
        (
            "a machine identifier of an unknown type",
            [pxe, &[97, 17, 9], &[7; 16], &[255]].concat(),
        ),
        (
            "a user class whose parts overrun",
            [pxe, &[77, 3, 200, 1, 1, 255]].concat(),
        ),
        (
            "a user class of zero-length parts",
            [pxe, &[77, 4, 0, 0, 0, 0, 255]].concat(),
        ),
        (
            "architectures of an odd length",
            [pxe, &[93, 3, 0, 0, 9, 255]].concat(),
        ),
        (
            "a domain search list that loops",
            [pxe, &[119, 4, 0xc0, 0, 0xc0, 0, 255]].concat(),
        ),
        (
            "a size of message below the least",
            [pxe, &[57, 2, 0, 1, 255]].concat(),
        ),
        (
            "a size of message beyond a frame",
            [pxe, &[57, 2, 0xff, 0xff, 255]].concat(),
        ),
        (
            "requested address 0.0.0.0",
            [pxe, &[50, 4, 0, 0, 0, 0, 255]].concat(),
        ),
        (
            "requested address of a neighbour",
            [pxe, &[50, 4, 10, 0, 0, 12, 255]].concat(),
        ),
        (
            "a vendor option of 255 bytes",
            [pxe, &[43, 255], &[0xff; 255], &[255]].concat(),
        ),
    ];
    for (name, tail) in rows {
        let mut world = World::new(lan());
        let mut bytes = client().discover();
        mac_of(&mut bytes);
        bytes.extend(tail);
        let offer = world.ask(&bytes);
        assert_eq!(
            (offer.kind, offer.yiaddr),
            (MessageType::Offer, ip("10.0.0.11")),
            "{name}"
        );
        assert_eq!(offer.text(67).as_deref(), Some("undionly.kpxe"), "{name}");
        assert!((300..=1472).contains(&offer.len), "{name}: {}", offer.len);
    }
}

#[test]
fn header_fields_out_of_range_do_no_harm() {
    // What is changed, whether it is still answered.
    type Change = fn(&mut Vec<u8>);
    let rows: [(&str, Change, bool); 9] = [
        ("hops 255", |b| b[3] = 255, true),
        ("secs 65535", |b| b[8..10].fill(0xff), true),
        ("every flag", |b| b[10..12].fill(0xff), true),
        ("yiaddr and siaddr set", |b| b[16..24].fill(0xee), true),
        (
            "sname and file full of noise",
            |b| b[44..236].fill(0xaa),
            true,
        ),
        ("unknown hardware type", |b| b[1] = 77, true),
        ("no hardware address", |b| b[2] = 0, false),
        ("16 bytes of hardware address", |b| b[2] = 16, false),
        ("a group address", |b| b[28] |= 1, false),
    ];
    for (name, change, answered) in rows {
        let mut world = World::new(lan());
        let answer = world.hear(&with(change));
        assert_eq!(answer.reply.is_some(), answered, "{name}");
        assert!(!answer.events.is_empty(), "{name}");
    }
    for nobody in [[0; 6], [0xff; 6]] {
        let mut world = World::new(lan());
        assert!(
            world
                .hear(&FakeNode::new(Firmware::UefiPxe, nobody).discover())
                .reply
                .is_none()
        );
    }
}

#[test]
fn nothing_of_what_a_client_says_comes_back_beyond_what_must() {
    let mut world = World::new(lan());
    let marker = b"MARKERMARKER";
    let bytes = with(|b| {
        b.truncate(240);
        b[44..56].copy_from_slice(marker);
        b[108..120].copy_from_slice(marker);
        b.extend([53, 1, 1]);
        for code in [12, 15, 43, 60, 66, 67, 77, 81, 97, 119, 125, 224] {
            b.extend([code, 12]);
            b.extend(marker);
        }
        b.push(255);
    });
    let reply = world.hear(&bytes).reply.unwrap();
    assert!(!reply.bytes.windows(12).any(|w| w == marker));
}

#[test]
fn options_in_file_and_sname_are_found() {
    let mut bytes = client().header();
    bytes[108..111].copy_from_slice(&[53, 1, 1]);
    bytes[111] = 255;
    bytes[44..53].copy_from_slice(&[93, 2, 0, 9, 255, 52, 1, 3, 0]);
    bytes.extend([
        52, 1, 3, 60, 4, b'P', b'X', b'E', b'C', 60, 5, b'l', b'i', b'e', b'n', b't', 255,
    ]);
    let Ok(Heard::Ask(ask)) = parse(&bytes) else {
        panic!()
    };
    assert_eq!(ask.archs, [9]);
    assert_eq!(
        ask.vendor,
        muster::wire::dhcp::Vendor::Pxe,
        "and split options are joined"
    );
}

#[test]
fn a_client_that_takes_little_gets_less() {
    let mut world = World::new(lan());
    let mut small = client();
    small.max_size = 576;
    let circuit: Vec<u8> = std::iter::once(1).chain([100]).chain([b'x'; 100]).collect();
    let mut view = (*world.view.settings).clone();
    view.networks[0].domain = Some("d".repeat(200).into());
    world.view = super::world::view(view, world.view.nodes.clone());
    let reply = world
        .hear(
            &small
                .clone()
                .behind(ip("10.0.0.9"), Some(&circuit))
                .discover(),
        )
        .reply
        .unwrap();
    assert!(reply.bytes.len() <= 576 - 28, "{}", reply.bytes.len());
    let offer = Seen::read(&reply.bytes);
    assert_eq!(offer.text(15), None, "the long domain is left out");
    assert!(offer.text(67).is_some() && offer.bytes(1).is_some() && offer.bytes(82).is_some());
}

/// A small generator with a fixed seed: the same noise in every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

#[test]
fn two_hundred_thousand_random_and_mutated_packets_end_nothing() {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut world = World::new(lan());
    let relayed = client().behind(ip("10.0.0.9"), Some(&[19, 0, 5, 4, 10, 0, 0, 0]));
    let seeds = [
        client().discover(),
        relayed.discover(),
        relayed.message(3, &[(50, &[10, 0, 0, 11]), (54, &[10, 0, 0, 1])]),
        client().renew(ip("10.0.0.11")),
        FakeNode::numbered(Firmware::UefiHttp, 4).discover(),
        FakeNode::numbered(Firmware::Os, 900).init_reboot(ip("10.0.0.203")),
    ];
    let mut answered = 0_u32;
    for round in 0..200_000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        if round % 5 == 0 {
            let len = noise.below(700);
            bytes.resize(240, 0);
            bytes.extend((0..len).map(|_| noise.next() as u8));
        }
        for _ in 0..=noise.below(8) {
            let at = noise.below(bytes.len());
            bytes[at] = noise.next() as u8;
        }
        if round % 7 == 0 {
            bytes.truncate(noise.below(bytes.len()));
        }
        let answer = world.hear(&bytes);
        if let Some(reply) = answer.reply {
            answered += 1;
            assert!(reply.bytes.len() <= 1500, "{}", reply.bytes.len());
            assert_eq!(reply.bytes[0], 2);
        }
        if round % 1000 == 0 {
            world.pass(30);
        }
    }
    assert!(answered > 1000, "{answered}");
    assert!(world.desk.leases.len() < 30);
    assert_eq!(
        world
            .exchange(&FakeNode::numbered(Firmware::UefiPxe, 7))
            .yiaddr,
        ip("10.0.0.17")
    );
}
