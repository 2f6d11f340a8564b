//! What a hostile or broken network sends, a row for each kind of input: its words, the message, and what must come of it.
//! Relays, false addresses and floods are in `bad_manners`, random messages in `noise`.

use dhcproto::v4::MessageType;
use muster::boot::dhcp::Answer;
use muster::fleet::What;
use muster::wire::dhcp::{Heard, Malformed, Vendor, parse};

use super::world::{World, ip, lan, note, view};
use crate::support::dhcp_client::{FakeNode, Firmware, Seen};

/// What must come of a message.
enum Comes {
    /// n1 is offered its address and what it asks for, as if the odd part were not there: the boot file, if there is one.
    Offer(Option<&'static str>),
    /// It is thrown away before anybody looks at it, for this reason, which is told.
    Dropped(Malformed),
    /// It is understood and gets no answer; this is told.
    Silence(&'static str),
}

use Comes::{Dropped, Offer, Silence};

type Row = (&'static str, Vec<u8>, Comes);

/// The loader of a BIOS.
const BIOS: Comes = Offer(Some("undionly.kpxe"));
/// What stands in the middle of the address of a boot script.
const SCRIPT: Comes = Offer(Some("/ipxe/52-54-00-00-00-01?"));
/// Nobody can be made out who asks.
const NOBODY: Comes = Silence("without a usable hardware address");
/// DISCOVER of a BIOS: options 53, 60 and 93.
const PXE: &[u8] = b"\x35\x01\x01\x3c\x09PXEClient\x5d\x02\x00\x00";

fn client() -> FakeNode {
    FakeNode::numbered(Firmware::IpxeRom, 1)
}

/// n1's header and these options, as they are.
fn bare(options: &[&[u8]]) -> Vec<u8> {
    [client().header(), options.concat()].concat()
}

/// DISCOVER of n1's BIOS with more options.
fn with(more: &[&[u8]]) -> Vec<u8> {
    bare(&[PXE, &more.concat(), &[255]])
}

/// DISCOVER of n1's BIOS with another header.
fn headed(change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = with(&[]);
    change(&mut bytes);
    bytes
}

/// The same with `sname`, `file` and option 52.
fn overloaded(sname: &[u8], file: &[u8], which: u8) -> Vec<u8> {
    let mut bytes = with(&[&[52, 1, which]]);
    bytes[44..44 + sname.len()].copy_from_slice(sname);
    bytes[108..108 + file.len()].copy_from_slice(file);
    bytes
}

/// DISCOVER of n1 with these marks instead of those of a BIOS.
fn marked(marks: &[&[u8]]) -> Vec<u8> {
    bare(&[&[53, 1, 1], &marks.concat(), &[255]])
}

fn check(rows: Vec<Row>) {
    for (name, bytes, comes) in rows {
        let mut world = World::new(lan());
        let answer = world.hear(&bytes);
        judge(name, &bytes, &answer, &comes);
        for event in &answer.events {
            assert!(
                !event.text().contains(char::is_control),
                "{name}: {event:?}"
            );
        }
        // Whatever that was, the next node is served.
        let next = world.exchange(&FakeNode::numbered(Firmware::UefiPxe, 9));
        assert_eq!(next.yiaddr, ip("10.0.0.19"), "{name}");
    }
}

fn judge(name: &str, bytes: &[u8], answer: &Answer, comes: &Comes) {
    match comes {
        Offer(file) => {
            let Some(reply) = &answer.reply else {
                panic!("{name}: silence, {:?}", answer.events)
            };
            let seen = Seen::read(&reply.bytes);
            assert_eq!(
                (seen.kind, seen.yiaddr),
                (MessageType::Offer, ip("10.0.0.11")),
                "{name}"
            );
            let (given, file) = (seen.text(67).unwrap_or_default(), file.unwrap_or_default());
            assert!(
                given.contains(file) && given.is_empty() == file.is_empty(),
                "{name}: {given}"
            );
            assert!((300..=1472).contains(&seen.len), "{name}: {}", seen.len);
        }
        Dropped(why) => {
            assert_eq!(parse(bytes), Err(*why), "{name}");
            assert!(answer.reply.is_none(), "{name}");
            assert!(
                note(answer).contains("was dropped"),
                "{name}: {:?}",
                answer.events
            );
        }
        Silence(told) => {
            assert!(answer.reply.is_none(), "{name}: an answer");
            assert!(note(answer).contains(told), "{name}: {:?}", answer.events);
        }
    }
}

#[test]
fn headers() {
    check(vec![
        ("no byte at all", vec![], Dropped(Malformed::Short(0))),
        (
            "7 bytes, less than a UDP header",
            vec![1; 7],
            Dropped(Malformed::Short(7)),
        ),
        (
            "236 bytes, BOOTP's own length",
            with(&[])[..236].to_vec(),
            Dropped(Malformed::Short(236)),
        ),
        (
            "239 bytes, one short of a cookie",
            with(&[])[..239].to_vec(),
            Dropped(Malformed::Short(239)),
        ),
        (
            "240 bytes, and no option",
            bare(&[]),
            Dropped(Malformed::Type),
        ),
        (
            "a cookie of zeros",
            headed(|b| b[236..240].fill(0)),
            Dropped(Malformed::Cookie),
        ),
        (
            "a cookie that is wrong in its last byte",
            headed(|b| b[239] ^= 1),
            Dropped(Malformed::Cookie),
        ),
        (
            "a cookie back to front",
            headed(|b| b[236..240].reverse()),
            Dropped(Malformed::Cookie),
        ),
        (
            "op 0",
            headed(|b| b[0] = 0),
            Dropped(Malformed::Operation(0)),
        ),
        (
            "op 3",
            headed(|b| b[0] = 3),
            Dropped(Malformed::Operation(3)),
        ),
        (
            "op 255",
            headed(|b| b[0] = 255),
            Dropped(Malformed::Operation(255)),
        ),
        (
            "op 2, a server's, with a client's type",
            headed(|b| b[0] = 2),
            Dropped(Malformed::Type),
        ),
        ("hlen 0 on Ethernet", headed(|b| b[2] = 0), NOBODY),
        ("hlen 5", headed(|b| b[2] = 5), NOBODY),
        ("hlen 16", headed(|b| b[2] = 16), NOBODY),
        (
            "hlen 17",
            headed(|b| b[2] = 17),
            Dropped(Malformed::HardwareLength(17)),
        ),
        (
            "hlen 20 on Ethernet",
            headed(|b| b[2] = 20),
            Dropped(Malformed::HardwareLength(20)),
        ),
        (
            "hlen 255",
            headed(|b| b[2] = 255),
            Dropped(Malformed::HardwareLength(255)),
        ),
        (
            "hlen 255 on InfiniBand",
            headed(|b| b[1..3].copy_from_slice(&[32, 255])),
            Dropped(Malformed::HardwareLength(255)),
        ),
        ("htype 0", headed(|b| b[1] = 0), BIOS),
        ("htype 6", headed(|b| b[1] = 6), BIOS),
        ("htype 255", headed(|b| b[1] = 255), BIOS),
        (
            "htype of InfiniBand with an Ethernet address",
            headed(|b| b[1] = 32),
            NOBODY,
        ),
        ("a group address", headed(|b| b[28] |= 1), NOBODY),
        ("an address of zeros", headed(|b| b[28..34].fill(0)), NOBODY),
        (
            "an address of ones",
            headed(|b| b[28..34].fill(255)),
            NOBODY,
        ),
        ("hops 255", headed(|b| b[3] = 255), BIOS),
        ("secs 65535", headed(|b| b[8..10].fill(255)), BIOS),
        ("every flag", headed(|b| b[10..12].fill(255)), BIOS),
        (
            "yiaddr and siaddr of a server",
            headed(|b| b[16..24].fill(0xee)),
            BIOS,
        ),
        (
            "sname and file full of noise",
            headed(|b| b[44..236].fill(0xaa)),
            BIOS,
        ),
        ("a transaction of zeros", headed(|b| b[4..8].fill(0)), BIOS),
    ]);
}

#[test]
fn types_of_message() {
    for (name, options) in [
        ("END alone", &[255][..]),
        ("4,000 pads", &[0; 4000]),
        ("type without a length", &[53]),
        ("type without a value", &[53, 1]),
        ("type of no bytes", &[53, 0, 255]),
        ("type of two bytes", &[53, 2, 1, 1, 255]),
        ("type 0", &[53, 1, 0, 255]),
        ("type 2, a server's", &[53, 1, 2, 255]),
        ("type 10, a lease query", &[53, 1, 10, 255]),
        ("type 99", &[53, 1, 99, 255]),
    ] {
        check(vec![(name, bare(&[options]), Dropped(Malformed::Type))]);
    }
}

#[test]
fn options() {
    let long = |code: u8, value: &[u8]| -> Vec<u8> {
        let piece = |p: &[u8]| [&[code, p.len() as u8], p].concat();
        value.chunks(255).flat_map(piece).collect()
    };
    let class = [b"PXEClient:".as_slice(), &[b'x'; 400]].concat();
    check(vec![
        ("length past the end", bare(&[PXE, &[12, 200, b'x']]), BIOS),
        ("length byte missing", bare(&[PXE, &[61]]), BIOS),
        (
            "length past the end, before everything",
            bare(&[&[12, 255], PXE, &[255]]),
            Dropped(Malformed::Type),
        ),
        ("no END", bare(&[PXE]), BIOS),
        ("garbage after END", bare(&[PXE, &[255, 53, 1, 7]]), BIOS),
        (
            "a flood of pads",
            bare(&[&[0; 600], PXE, &[0; 600], &[255]]),
            BIOS,
        ),
        (
            "a flood of empty options",
            with(&[&[12u8, 0].repeat(300)]),
            BIOS,
        ),
        ("a zero-length 50", with(&[&[50, 0]]), BIOS),
        (
            "a zero-length 53 beside a good one",
            with(&[&[53, 0]]),
            BIOS,
        ),
        ("a zero-length 54", with(&[&[54, 0]]), BIOS),
        ("a zero-length 61", with(&[&[61, 0]]), BIOS),
        ("a zero-length 82", with(&[&[82, 0]]), BIOS),
        (
            "a zero-length 12, 57, 60, 77, 93, 94, 97",
            with(&[&[12, 0, 57, 0, 60, 0, 77, 0, 93, 0, 94, 0, 97, 0]]),
            BIOS,
        ),
        ("two of 12", with(&[&[12, 1, b'a', 12, 1, b'b']]), BIOS),
        ("two of 61", with(&[&[61, 2, 1, 2, 61, 2, 3, 4]]), BIOS),
        ("two of 82", with(&[&[82, 2, 1, 0, 82, 2, 2, 0]]), BIOS),
        (
            "two of 53, the second of another type",
            with(&[&[53, 1, 7]]),
            BIOS,
        ),
        (
            "a hundred of 12",
            with(&[&[12, 5, b'a', b'b', b'c', b'd', b'e'].repeat(100)]),
            BIOS,
        ),
        (
            "a mask of three bytes before all",
            bare(&[&[1, 3, 1, 2, 3], PXE, &[255]]),
            BIOS,
        ),
        (
            "a host name that is no text before all",
            bare(&[&[12, 4, 0xff, 0xfe, 0, 0x80], PXE, &[255]]),
            BIOS,
        ),
        (
            "52: overload that points at empty fields",
            overloaded(&[], &[], 3),
            BIOS,
        ),
        (
            "52: overload of a nonsense value",
            overloaded(&[], &[], 0xfc),
            BIOS,
        ),
        ("52: overload of two bytes", with(&[&[52, 2, 3, 3]]), BIOS),
        (
            "52: overload within the overloaded fields, round and round",
            overloaded(&[52, 1, 3, 255], &[52, 1, 3, 255], 3),
            BIOS,
        ),
        (
            "52: an option in `file` that runs past it",
            overloaded(&[], &[12, 255, b'x'], 1),
            BIOS,
        ),
        (
            "52: an option in `sname` that runs past it",
            overloaded(&[12, 255, b'x'], &[], 2),
            BIOS,
        ),
        (
            "52: no END in either field",
            overloaded(&[0; 64], &[0; 128], 3),
            BIOS,
        ),
        (
            "a class in two pieces",
            bare(&[
                &[53, 1, 1, 60, 3, b'P', b'X', b'E', 60, 6],
                b"Client",
                &[255],
            ]),
            BIOS,
        ),
        (
            "a class of 410 bytes in two pieces",
            bare(&[&[53, 1, 1], &long(60, &class), &[255]]),
            BIOS,
        ),
        (
            "an identifier of 700 bytes in three pieces",
            with(&[&long(61, &[7; 700])]),
            BIOS,
        ),
        (
            "an address in two pieces",
            with(&[&[50, 2, 10, 0, 50, 2, 0, 12]]),
            BIOS,
        ),
        (
            "119: names that point at themselves",
            with(&[&[119, 4, 0xc0, 0, 0xc0, 0]]),
            BIOS,
        ),
        (
            "119: a name that never ends",
            with(&[&[119, 2, 63, b'a']]),
            BIOS,
        ),
        (
            "a vendor option of 255 bytes of 255",
            with(&[&[43, 255], &[0xff; 255]]),
            BIOS,
        ),
        ("an identifier of one byte", with(&[&[61, 1, 1]]), BIOS),
        (
            "the address 0.0.0.0 asked for",
            with(&[&[50, 4, 0, 0, 0, 0]]),
            BIOS,
        ),
        (
            "a neighbour's address asked for",
            with(&[&[50, 4, 10, 0, 0, 12]]),
            BIOS,
        ),
        (
            "the broadcast address asked for",
            with(&[&[50, 4, 255, 255, 255, 255]]),
            BIOS,
        ),
    ]);
}

#[test]
fn marks_of_programs() {
    let pxe: &[u8] = b"\x3c\x09PXEClient";
    let uuid = |kind: u8, len: usize| [&[97, len as u8 + 1, kind][..], &vec![7; len]].concat();
    check(vec![
        ("no 60, 77, 93 or 97 at all", marked(&[]), Offer(None)),
        ("60 missing", marked(&[&[93, 2, 0, 7]]), Offer(None)),
        (
            "60 missing, but iPXE's user class",
            marked(&[b"\x4d\x04iPXE"]),
            SCRIPT,
        ),
        (
            "60 in small letters",
            marked(&[b"\x3c\x09pxeclient"]),
            Offer(None),
        ),
        (
            "60 non-ASCII",
            marked(&[&[60, 6, 0xff, 0xfe, 0, 0x1b, b'[', b'm']]),
            Offer(None),
        ),
        (
            "60 of 255 bytes",
            marked(&[&[60, 255], b"PXEClient", &[b'%'; 246]]),
            BIOS,
        ),
        (
            "77 missing, but iPXE's own option",
            marked(&[pxe, &[175, 3, 0xb1, 1, 1]]),
            SCRIPT,
        ),
        (
            "77 non-ASCII",
            marked(&[pxe, &[77, 4, 0xff, 0, 0x80, 0x1b]]),
            BIOS,
        ),
        (
            "77 whose parts overrun",
            marked(&[pxe, &[77, 3, 200, 1, 1]]),
            BIOS,
        ),
        (
            "77 of parts without length",
            marked(&[pxe, &[77, 4, 0, 0, 0, 0]]),
            BIOS,
        ),
        (
            "77 of 255 zeros",
            marked(&[pxe, &[77, 255], &[0; 255]]),
            BIOS,
        ),
        ("93 missing", marked(&[pxe]), BIOS),
        ("93 of one byte", marked(&[pxe, &[93, 1, 7]]), BIOS),
        ("93 of three bytes", marked(&[pxe, &[93, 3, 0, 0, 9]]), BIOS),
        (
            "93 of 254 bytes",
            marked(&[pxe, &[93, 254], &[0; 254]]),
            BIOS,
        ),
        ("93 unknown", marked(&[pxe, &[93, 2, 0, 0x1b]]), Offer(None)),
        (
            "93 beyond all",
            marked(&[pxe, &[93, 2, 0xff, 0xff]]),
            Offer(None),
        ),
        (
            "93 unknown, then known",
            marked(&[pxe, &[93, 4, 0, 0x1b, 0, 0]]),
            BIOS,
        ),
        ("94 of one byte", marked(&[pxe, &[94, 1, 1]]), BIOS),
        ("97 missing", marked(&[pxe, &[93, 2, 0, 0]]), BIOS),
        ("97 of 200 bytes", marked(&[pxe, &uuid(0, 199)]), BIOS),
        ("97 of 16 bytes", marked(&[pxe, &uuid(0, 15)]), BIOS),
        ("97 of an unknown kind", marked(&[pxe, &uuid(9, 16)]), BIOS),
        ("97 of zeros", marked(&[pxe, &[97, 17], &[0; 17]]), BIOS),
    ]);
}

#[test]
fn jumbo_messages() {
    check(vec![
        ("1,500 bytes", with(&[&[0; 1100]]), BIOS),
        ("9,000 bytes, a jumbo frame", with(&[&[0; 8700]]), BIOS),
        (
            "65,507 bytes, the largest datagram",
            with(&[&[12, 1, b'a'].repeat(21_700)]),
            BIOS,
        ),
    ]);
}

#[test]
fn no_answer_is_longer_than_its_client_takes() {
    let mut settings = (*lan().settings).clone();
    let lan_net = &mut settings.networks[0];
    lan_net.domain = Some("d".repeat(200).into());
    lan_net.dns = vec![ip("10.0.0.2"); 30];
    lan_net.routes = vec![("10.128.0.0/9".parse().unwrap(), ip("10.0.0.7")); 30];
    let id: &[u8] = &[&[61, 255][..], &[9; 255]].concat();
    let uuid: &[u8] = &[&[97, 17, 0][..], &[7; 16]].concat();
    let circuit: &[u8] = &[&[82, 102, 1, 100][..], &[b'x'; 100]].concat();
    let huge: &[u8] = &[82, 255, 1, 253]
        .into_iter()
        .chain([3; 253])
        .collect::<Vec<u8>>()
        .repeat(3);
    // What option 57 says, and what that allows: a lie costs the liar some options, and nobody a fragment.
    let sizes: [(Option<u16>, usize); 9] = [
        (None, 548),
        (Some(0), 548),
        (Some(1), 548),
        (Some(575), 548),
        (Some(576), 548),
        (Some(1000), 972),
        (Some(1500), 1472),
        (Some(9000), 1472),
        (Some(u16::MAX), 1472),
    ];
    for (said, most) in sizes {
        for tail in [
            &[][..],
            id,
            uuid,
            circuit,
            huge,
            &[id, uuid, circuit].concat(),
        ] {
            for relay in [false, true] {
                let mut world = World::new(view(settings.clone(), lan().nodes));
                let size = said.map(|size| [&[57, 2][..], &size.to_be_bytes()].concat());
                let mut bytes = with(&[&size.unwrap_or_default(), tail]);
                if relay {
                    bytes[24..28].copy_from_slice(&[10, 0, 0, 9]);
                }
                let seen = world.ask(&bytes);
                // The relay takes its own option out again before the client sees the answer.
                let own = seen.bytes(82).filter(|_| relay);
                let own = own.map_or(0, |raw| raw.len() + 2 * raw.len().div_ceil(255));
                let about = format!("{said:?}, {} bytes more, relayed {relay}", tail.len());
                assert!(
                    seen.len - own <= most && seen.len <= 1472,
                    "{about}: {}",
                    seen.len
                );
                assert_eq!(seen.text(67).as_deref(), Some("undionly.kpxe"), "{about}");
                assert!(
                    seen.bytes(1).is_some() && seen.bytes(51).is_some(),
                    "{about}"
                );
                if relay && tail.starts_with(&[82]) {
                    assert!(
                        seen.bytes(82).is_some(),
                        "{about}: a relay gets its option back"
                    );
                }
            }
        }
    }
}

#[test]
fn a_client_that_takes_little_gets_less() {
    let mut settings = (*lan().settings).clone();
    settings.networks[0].domain = Some("d".repeat(200).into());
    let mut world = World::new(view(settings, lan().nodes));
    let mut small = client();
    small.max_size = 576;
    let circuit: Vec<u8> = [1, 100].into_iter().chain([b'x'; 100]).collect();
    let offer = world.ask(&small.behind(ip("10.0.0.9"), Some(&circuit)).discover());
    assert!(offer.len <= 548, "{}", offer.len);
    assert_eq!(offer.text(15), None, "the long domain is left out");
    assert!(offer.text(67).is_some() && offer.bytes(1).is_some() && offer.bytes(82).is_some());
}

#[test]
fn nothing_of_what_a_client_says_comes_back_beyond_what_must() {
    let mut world = World::new(lan());
    let marker = b"MARKERMARKER";
    let mut bytes = bare(&[&[53, 1, 1]]);
    bytes[44..56].copy_from_slice(marker);
    bytes[108..120].copy_from_slice(marker);
    for code in [12, 15, 17, 43, 60, 66, 67, 77, 81, 97, 119, 125, 224] {
        bytes.extend([code, 12]);
        bytes.extend(marker);
    }
    bytes.push(255);
    let answer = world.hear(&bytes);
    let reply = answer.reply.unwrap();
    assert!(!reply.bytes.windows(12).any(|w| w == marker));
    // Nor into what is told: of a client's own words only the identifier of its board is listed, as hex.
    assert!(
        answer
            .events
            .iter()
            .all(|event| !event.text().contains("MARKER"))
    );
}

#[test]
fn options_in_file_and_sname_are_found() {
    let mut bytes = client().header();
    bytes[108..112].copy_from_slice(&[53, 1, 1, 255]);
    bytes[44..53].copy_from_slice(&[93, 2, 0, 9, 255, 52, 1, 3, 0]);
    bytes.extend([52, 1, 3]);
    bytes.extend(b"\x3c\x04PXEC\x3c\x05lient\xff");
    let Ok(Heard::Ask(ask)) = parse(&bytes) else {
        panic!()
    };
    assert_eq!(ask.archs, [9]);
    assert_eq!(ask.vendor, Vendor::Pxe, "and split options are joined");
}

#[test]
fn a_flood_of_noise_is_one_line_a_minute() {
    let mut world = World::new(lan());
    let told = |world: &mut World| -> usize {
        (0..1000).map(|_| world.hear(&[1, 2, 3]).events.len()).sum()
    };
    assert_eq!(told(&mut world), 1);
    world.pass(61);
    let answer = world.hear(&[1, 2, 3]);
    let text = |event: &muster::fleet::Event| match &event.what {
        What::Service { text, .. } => text.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        text(&answer.events[0]),
        "a packet from 0.0.0.0 was dropped: 3 bytes, a DHCP message has at least 240, after 999 more in the last minutes"
    );
}
