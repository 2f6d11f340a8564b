//! Bent packets through the parsers alone: none ends the program, and what one reads the other writes.

use muster::wire::cpio::{FOLDER, Head, REGULAR, SYMLINK, Writer};
use muster::wire::dhcp::{Heard, Options, RelayInfo, parse, uuid_text};
use muster::wire::tftp::{self, Packet};

use crate::support::dhcp_client::every_client;
use crate::support::noise::{bent, dice, pick, rounds};

#[test]
fn dhcp() {
    let seeds: Vec<Vec<u8>> = every_client(3)
        .into_iter()
        .flat_map(|(_, client)| {
            let relayed = client.clone().behind(
                [10, 0, 0, 9].into(),
                Some(&[1, 4, 0, 1, 0, 2, 5, 4, 10, 0, 0, 0]),
            );
            [
                client.discover(),
                relayed.message(3, &[(50, &[10, 0, 0, 5]), (54, &[10, 0, 0, 1])]),
            ]
        })
        .collect();
    let mut dice = dice(0xd4);
    let mut asks = 0;
    let rounds = rounds(60_000);
    for round in 0..rounds {
        let bytes = bent(&mut dice, &seeds);
        let options = Options::of_message(&bytes);
        let walked: usize = options.pieces().map(|(_, value)| value.len() + 2).sum();
        // The options field, and `file` and `sname` once each.
        assert!(walked <= bytes.len(), "round {round}");
        let Ok(Heard::Ask(ask)) = parse(&bytes) else {
            continue;
        };
        asks += 1;
        assert!(usize::from(ask.hlen) <= ask.chaddr.len(), "round {round}");
        assert!(
            ask.client_id
                .as_ref()
                .is_none_or(|id| (2..=255).contains(&id.len())),
            "round {round}"
        );
        assert!(
            ask.archs.len() <= 16 && ask.requested.is_none_or(|ip| !ip.is_unspecified()),
            "round {round}"
        );
        assert!(
            ask.uuid
                .as_ref()
                .is_none_or(|uuid| uuid.len() == 36 && uuid.is_ascii()),
            "round {round}"
        );
        assert!(
            ask.relay.as_ref().is_none_or(|info| info.raw.len() <= 768),
            "round {round}"
        );
    }
    assert!(asks > rounds / 4, "{asks}");
}

#[test]
fn relay_information_and_identifiers() {
    let mut dice = dice(82);
    let seeds = [
        vec![
            1, 4, 0, 1, 0, 2, 5, 4, 10, 0, 0, 0, 11, 4, 10, 0, 0, 1, 19, 0, 2, 6, 1, 2, 3, 4, 5, 6,
        ],
        vec![0; 17],
        vec![255; 255],
    ];
    for _ in 0..rounds(30_000) {
        let bytes = bent(&mut dice, &seeds);
        let info = RelayInfo::parse(&bytes);
        assert_eq!(*info.raw, *bytes, "what is echoed is what came");
        if let Some(text) = uuid_text(&bytes) {
            assert!(bytes.len() == 17 && text.len() == 36);
        }
        Options::of_field(&bytes).pieces().for_each(drop);
    }
}

#[test]
fn tftp_packets() {
    let mut dice = dice(69);
    let seeds: Vec<Vec<u8>> = [
        &b"\0\x01snponly.efi\0octet\0tsize\x000\0blksize\x001468\0windowsize\x004\0"[..],
        b"\0\x01/boot.ipxe\0octet\0blksize\x001432\0tsize\x000\0",
        b"\0\x01grub/x86_64-efi/normal.mod\0octet\0blksize\x001024\0tsize\x000\0",
        b"\0\x06blksize\x001468\0tsize\x0099\0timeout\x003\0",
        b"\0\x05\0\x08User aborted the transfer\0",
        b"\0\x04\0\x01",
        b"\0\x03\0\x01data",
    ]
    .map(<[u8]>::to_vec)
    .into();
    let mut requests = 0;
    let rounds = rounds(60_000);
    for round in 0..rounds {
        let bytes = bent(&mut dice, &seeds);
        let Ok(packet) = Packet::parse(&bytes) else {
            continue;
        };
        match &packet {
            Packet::Read(request) | Packet::Write(request) => {
                requests += 1;
                assert!(bytes.len() <= tftp::MAX_REQUEST + 2, "round {round}");
                let shown =
                    |c: char| c == char::REPLACEMENT_CHARACTER || c == ' ' || c.is_ascii_graphic();
                assert!(
                    request.name.chars().all(shown),
                    "round {round}: {:?}",
                    request.name
                );
                assert!(
                    (1..=tftp::MAX_NAME).contains(&request.name.chars().count()),
                    "round {round}"
                );
            }
            Packet::Error { text, .. } => {
                assert!(text.chars().count() <= tftp::MAX_TEXT, "round {round}")
            }
            Packet::Data { .. } | Packet::Ack(_) | Packet::OptionAck(_) => {
                assert_eq!(
                    Packet::parse(&packet.emit()),
                    Ok(packet.clone()),
                    "round {round}"
                );
            }
        }
    }
    assert!(requests > rounds / 10, "{requests}");
}

#[test]
fn archives_of_any_entries_are_read_back() {
    let mut dice = dice(0xc810);
    for round in 0..rounds(300) {
        let mut writer = Writer::new(Vec::new());
        let mut wanted = Vec::new();
        for at in 0..dice.below(12) {
            let (name, data) = (
                format!("f{at}-{}", "x".repeat(dice.below(300) as usize)),
                dice.below(5000) as usize,
            );
            let data = dice.bytes(data);
            let head = Head {
                name: name.clone().into_bytes(),
                mode: pick(&mut dice, &[REGULAR, SYMLINK, FOLDER]) | dice.below(0o7777) as u32,
                uid: dice.roll() as u32,
                gid: dice.roll() as u32,
                mtime: dice.roll() as u32,
                rdev: (dice.below(4096) as u32, dice.below(1 << 20) as u32),
                nlink: 1,
                group: None,
            };
            writer.bytes(&head, &data).unwrap();
            wanted.push((name, head.mode, data));
        }
        let (bytes, _) = writer.finish(4).unwrap();
        assert_eq!(read(&bytes), wanted, "round {round}");
        // A broken archive is noticed, or read as far as it goes; it never ends the reader.
        read_broken(&bent(&mut dice, &[bytes]));
    }
}

fn read(mut bytes: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
    let mut all = Vec::new();
    loop {
        let mut entry = cpio::newc::Reader::new(bytes).unwrap();
        if entry.entry().is_trailer() {
            return all;
        }
        let mut data = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut data).unwrap();
        all.push((entry.entry().name().to_owned(), entry.entry().mode(), data));
        bytes = entry.finish().unwrap();
    }
}

fn read_broken(mut bytes: &[u8]) {
    for _ in 0..1000 {
        let Ok(entry) = cpio::newc::Reader::new(bytes) else {
            return;
        };
        if entry.entry().is_trailer() {
            return;
        }
        let Ok(rest) = entry.finish() else { return };
        bytes = rest;
    }
}
