//! Real packets as values.

use muster::kit::Mac;
use muster::wire::dhcp::{Ask, Heard, Kind, Options, RelayInfo, Vendor, parse, uuid_text};

use crate::support::dhcp_client::{FakeNode, Firmware};

type Extra<'a> = &'a [(u8, &'a [u8])];

fn ask(bytes: &[u8]) -> Ask {
    match parse(bytes) {
        Ok(Heard::Ask(ask)) => *ask,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_rom_of_qemu_is_ipxe() {
    let ask = ask(&FakeNode::new(Firmware::IpxeRom, [0x52, 0x54, 0, 0x12, 0x34, 0x56]).discover());
    assert_eq!(
        (ask.kind, ask.ipxe, ask.vendor),
        (Kind::Discover, true, Vendor::Pxe)
    );
    assert_eq!(
        (ask.archs.as_slice(), ask.undi),
        ([0].as_slice(), Some((2, 1)))
    );
    assert_eq!(
        ask.mac,
        Some(Mac::ethernet([0x52, 0x54, 0, 0x12, 0x34, 0x56]))
    );
    assert_eq!(
        (ask.secs, ask.max_size, ask.wants_broadcast()),
        (4, Some(1472), false)
    );
}

#[test]
fn uefi_is_not() {
    let ask = ask(&FakeNode::numbered(Firmware::UefiPxe, 1).discover());
    assert_eq!(
        (ask.ipxe, ask.vendor, ask.client_id),
        (false, Vendor::Pxe, None)
    );
    assert_eq!(
        (ask.archs.as_slice(), ask.undi),
        ([7].as_slice(), Some((3, 0)))
    );
    assert!(ask.flags & 0x8000 != 0);
}

#[test]
fn ipxe_is_known_by_either_form_of_its_user_class_and_by_its_own_option() {
    let os = FakeNode::numbered(Firmware::Os, 1);
    let cases: [(Extra<'_>, bool); 7] = [
        (&[(77, b"iPXE")], true),
        (&[(77, b"\x04iPXE")], true),
        (&[(77, b"\x03abc\x04iPXE")], true),
        (&[(175, &[0xb1, 0])], true),
        (&[(77, b"gPXE")], false),
        (&[(77, b"\x05iPXE")], false),
        (&[], false),
    ];
    for (options, is) in cases {
        assert_eq!(ask(&os.message(1, options)).ipxe, is, "{options:?}");
    }
}

#[test]
fn the_uuid_reads_as_dmidecode_prints_it() {
    let raw = [
        0, 0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,
        0xee, 0xff,
    ];
    assert_eq!(
        uuid_text(&raw).as_deref(),
        Some("00112233-4455-6677-8899-aabbccddeeff")
    );
    for bad in [
        &raw[..16],
        &raw[1..],
        &[],
        &[[1].as_slice(), &raw[1..]].concat(),
    ] {
        assert_eq!(uuid_text(bad), None);
    }
}

#[test]
fn relay_sub_options_end_where_they_overrun() {
    let info = RelayInfo::parse(&[
        1, 2, b'p', b'1', 5, 4, 10, 0, 0, 0, 19, 0, 11, 4, 10, 0, 0, 1, 2, 99, 1,
    ]);
    assert_eq!(info.link, Some([10, 0, 0, 0].into()));
    assert_eq!(info.server, Some([10, 0, 0, 1].into()));
    assert!(info.from_port);
    assert_eq!(info.raw.len(), 21);
}

#[test]
fn one_bad_option_hides_no_other() {
    let options = Options::of_field(&[1, 3, 1, 2, 3, 12, 2, 0xff, 0xfe, 60, 1, b'x', 50, 200, 1]);
    assert_eq!(options.get(60).as_deref(), Some(b"x".as_slice()));
    assert_eq!(options.address(50), None);
    assert_eq!(options.pieces().count(), 3);
}
