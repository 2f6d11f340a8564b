//! TFTP packets as bytes.

use muster::wire::tftp::{MAX_NAME, Malformed, Mode, Options, Packet, Request, netascii};

use crate::support::lossy::Dice;

fn read(bytes: &[u8]) -> Result<Request, Malformed> {
    match Packet::parse(bytes)? {
        Packet::Read(request) => Ok(request),
        other => panic!("{other:?} is no read request"),
    }
}

#[test]
fn requests_of_real_firmware() {
    // OVMF asks for the size first, then for the file; iPXE sends both options; tftp-hpa sends none.
    let probe =
        read(b"\0\x01snponly.efi\0octet\0tsize\x000\0blksize\x001468\0windowsize\x004\0").unwrap();
    assert_eq!(probe.name, "snponly.efi");
    assert_eq!(
        probe.options,
        Options {
            blksize: Some(1468),
            timeout: None,
            tsize: Some(0),
            windowsize: Some(4)
        }
    );
    let ipxe = read(b"\0\x01/boot.ipxe\0octet\0blksize\x001432\0tsize\x000\0").unwrap();
    assert_eq!(ipxe.options.blksize, Some(1432));
    let plain = read(b"\0\x01f\0netascii\0").unwrap();
    assert_eq!(
        (plain.mode, plain.options.is_empty()),
        (Mode::Netascii, true)
    );
}

#[test]
fn sloppy_requests_are_read() {
    let cases: [(&str, &[u8]); 6] = [
        ("one NUL too many", b"\0\x01f\0octet\0blksize\x001024\0\0"),
        (
            "many NULs too many",
            b"\0\x01f\0octet\0blksize\x001024\0\0\0\0\0\0",
        ),
        ("last NUL missing", b"\0\x01f\0octet\0blksize\x001024"),
        ("any case", b"\0\x01f\0OcTeT\0BLKSize\x001024\0"),
        (
            "unknown option before",
            b"\0\x01f\0octet\0multicast\0\0blksize\x001024\0",
        ),
        (
            "repeated, first counts",
            b"\0\x01f\0octet\0blksize\x001024\0blksize\x009\0",
        ),
    ];
    for (what, bytes) in cases {
        let request = read(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(request.mode, Mode::Octet, "{what}");
        assert_eq!(request.options.blksize, Some(1024), "{what}");
    }
    assert_eq!(read(b"\0\x01f\0octet").unwrap().mode, Mode::Octet);
    assert_eq!(read(b"\0\x01f\0mail\0").unwrap().mode, Mode::Unknown);
}

#[test]
fn values_that_are_no_numbers_count_as_not_given() {
    for value in [
        "-1",
        "+8",
        "",
        "1e3",
        "0x200",
        "100000000000000000000",
        " 8",
        "８",
        "1468 ",
    ] {
        let mut bytes = b"\0\x01f\0octet\0blksize\0".to_vec();
        bytes.extend(value.as_bytes());
        bytes.push(0);
        assert_eq!(read(&bytes).unwrap().options.blksize, None, "{value:?}");
    }
    let largest = read(b"\0\x01f\0octet\0tsize\x0018446744073709551615\0").unwrap();
    assert_eq!(largest.options.tsize, Some(u64::MAX));
}

#[test]
fn bad_packets_are_told_apart() {
    let long_name = [b"\0\x01".as_slice(), &[b'a'; MAX_NAME + 1], b"\0octet\0"].concat();
    let huge = [b"\0\x01".as_slice(), &[b'a'; 65_000]].concat();
    let cases: [(&[u8], Malformed); 10] = [
        (b"", Malformed::Short),
        (b"\0", Malformed::Short),
        (b"\0\x04\0", Malformed::Short),
        (b"\0\x05", Malformed::Short),
        (b"\0\x07ab", Malformed::Kind(7)),
        (b"GET / HTTP/1.0", Malformed::Kind(0x4745)),
        (b"\0\x01\0octet\0", Malformed::Name),
        (b"\0\x01no-nul-at-all", Malformed::NoMode),
        (&long_name, Malformed::Name),
        (&huge, Malformed::LongRequest),
    ];
    for (bytes, why) in cases {
        assert_eq!(
            Packet::parse(bytes),
            Err(why),
            "{:?}",
            &bytes[..bytes.len().min(20)]
        );
    }
}

#[test]
fn text_from_the_network_is_printable() {
    let request = read(b"\0\x01a\x1b[31m\xff\xe2\x80\xae\0octet\0").unwrap();
    assert_eq!(
        request.name,
        "a\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}\u{fffd}"
    );
    let bytes = [b"\0\x05\0\x08".as_slice(), &[b'x'; 4000]].concat();
    match Packet::parse(&bytes).unwrap() {
        Packet::Error { code: 8, text } => assert_eq!(text.len(), 128),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_written_is_read_again() {
    let options = Options {
        blksize: Some(1468),
        timeout: Some(3),
        tsize: Some(1 << 40),
        windowsize: Some(64),
    };
    let packets = [
        Packet::Read(Request::octet("ipxe/snponly.efi", options)),
        Packet::Write(Request::octet("x", Options::default())),
        Packet::Data {
            block: 65_535,
            bytes: b"\0\x01\x02",
        },
        Packet::Ack(0),
        Packet::Error {
            code: 1,
            text: "file not found".into(),
        },
        Packet::OptionAck(options),
    ];
    for packet in packets {
        assert_eq!(Packet::parse(&packet.emit()), Ok(packet.clone()));
    }
    // A NUL in a name would smuggle in options.
    let smuggled =
        Packet::Read(Request::octet("a\0octet\0blksize\x008", Options::default())).emit();
    assert_eq!(read(&smuggled).unwrap().options, Options::default());
}

#[test]
fn netascii_translates_line_ends() {
    assert_eq!(netascii(b"a\nb\rc\r\n"), b"a\r\nb\r\0c\r\0\r\n");
}

#[test]
fn random_and_mutated_packets_never_panic() {
    let mut dice = Dice::new(7);
    let seeds: [&[u8]; 4] = [
        b"\0\x01snponly.efi\0octet\0tsize\x000\0blksize\x001468\0windowsize\x004\0",
        b"\0\x06blksize\x001468\0tsize\x0099\0",
        b"\0\x05\0\x08User aborted\0",
        b"\0\x04\0\x01",
    ];
    let mut read = 0;
    for round in 0..200_000 {
        let bytes = if round % 2 == 0 {
            let len = dice.below(80) as usize;
            let mut bytes = dice.bytes(len);
            if let Some(first) = bytes.first_mut() {
                *first = 0;
            }
            bytes
        } else {
            let mut bytes = seeds[dice.below(4) as usize].to_vec();
            for _ in 0..=dice.below(4) {
                let at = dice.below(bytes.len() as u64) as usize;
                bytes[at] = dice.roll() as u8;
            }
            bytes.truncate(dice.below(bytes.len() as u64 + 1) as usize);
            bytes
        };
        if let Ok(packet) = Packet::parse(&bytes) {
            read += 1;
            let again = packet.emit();
            assert!(
                Packet::parse(&again).is_ok()
                    || matches!(packet, Packet::Read(_) | Packet::Write(_))
            );
        }
    }
    assert!(read > 10_000, "{read}");
}
