//! Conversations with one TFTP transfer on a fake clock.

use std::time::Duration;

use muster::boot::tftp::{Again, End, MAX_WINDOW, Send, Terms, Transfer};
use muster::kit::Stamp;
use muster::wire::tftp::{Mode, Options, Packet, Request};

use crate::support::lossy::Dice;

const START: Stamp = Stamp(1_000_000);
const ETHERNET: u32 = 1500;

fn ms(after: u64) -> Stamp {
    START + Duration::from_millis(after)
}

fn ack(block: u16) -> Vec<u8> {
    Packet::Ack(block).emit()
}

fn error(code: u16, text: &str) -> Vec<u8> {
    let text = text.into();
    Packet::Error { code, text }.emit()
}

fn asking(blksize: Option<u64>, windowsize: Option<u64>, tsize: Option<u64>) -> Request {
    Request::octet(
        "snponly.efi",
        Options {
            blksize,
            windowsize,
            tsize,
            timeout: None,
        },
    )
}

fn plain() -> Request {
    asking(None, None, None)
}

fn data(block: u16, count: u16, offset: u64, len: usize) -> Send {
    Send::Data {
        block,
        count,
        offset,
        len,
    }
}

#[test]
fn a_plain_transfer_ends_with_a_short_block() {
    let (mut transfer, first) = Transfer::new(plain(), 1200, ETHERNET, START);
    assert_eq!(first, data(1, 1, 0, 512));
    assert_eq!(
        transfer.on_packet(&ack(1), ms(1)),
        Some(data(2, 1, 512, 512))
    );
    assert_eq!(transfer.acknowledged(), 512);
    assert_eq!(
        transfer.on_packet(&ack(2), ms(2)),
        Some(data(3, 1, 1024, 176))
    );
    assert_eq!(transfer.on_packet(&ack(3), ms(3)), None);
    assert_eq!(transfer.end(), Some(&End::Complete));
    assert_eq!(
        (transfer.acknowledged(), transfer.poll_deadline()),
        (1200, None)
    );
}

#[test]
fn a_file_of_whole_blocks_ends_with_an_empty_one() {
    let (mut transfer, _) = Transfer::new(plain(), 512, ETHERNET, START);
    assert_eq!(transfer.on_packet(&ack(1), ms(1)), Some(data(2, 1, 512, 0)));
    transfer.on_packet(&ack(2), ms(2));
    assert_eq!(transfer.end(), Some(&End::Complete));
    let (mut empty, first) = Transfer::new(plain(), 0, ETHERNET, START);
    assert_eq!(first, data(1, 1, 0, 0));
    empty.on_packet(&ack(1), ms(1));
    assert_eq!(empty.end(), Some(&End::Complete));
}

#[test]
fn a_size_probe_of_firmware_is_no_failure() {
    // OVMF: tsize, then ERROR 8, then the request for the file from a new port or the same one.
    let (mut probe, first) = Transfer::new(
        asking(Some(1468), Some(4), Some(0)),
        970_000,
        ETHERNET,
        START,
    );
    let Send::Options(said) = first else {
        panic!("{first:?}")
    };
    assert_eq!(
        (said.tsize, said.blksize, said.windowsize),
        (Some(970_000), Some(1468), Some(4))
    );
    assert_eq!(
        probe.on_packet(&error(8, "User aborted the transfer"), ms(1)),
        None
    );
    assert_eq!(probe.end(), Some(&End::Probe));
    assert!(probe.end().unwrap().is_good() && !probe.begun());
    assert_eq!(probe.on_timeout(ms(60_000)), None, "nothing more is sent");
    assert_eq!(probe.on_request(&plain(), ms(2)), Again::Anew);
    assert_eq!(probe.end(), Some(&End::Probe));
}

#[test]
fn an_error_ends_a_transfer_at_once() {
    let (mut transfer, _) = Transfer::new(plain(), 9000, ETHERNET, START);
    transfer.on_packet(&ack(1), ms(1));
    assert_eq!(transfer.on_packet(&error(3, "Disk full"), ms(2)), None);
    let end = transfer.end().unwrap();
    assert_eq!(end.to_string(), "client aborted: Disk full");
    assert!(!end.is_good());
    assert_eq!(transfer.on_packet(&ack(2), ms(3)), None);
    assert_eq!(transfer.poll_deadline(), None);
}

#[test]
fn options_out_of_range() {
    let size = 5000;
    let agree = |name: &str, value: u64, mtu| {
        let mut options = Options::default();
        match name {
            "blksize" => options.blksize = Some(value),
            "timeout" => options.timeout = Some(value),
            "tsize" => options.tsize = Some(value),
            _ => options.windowsize = Some(value),
        }
        Terms::agree(&Request::octet("f", options), size, mtu)
    };
    let blocks = [
        (0, 512, None),
        (7, 512, None),
        (8, 8, Some(8)),
        (512, 512, Some(512)),
        (1468, 1468, Some(1468)),
        (1469, 1468, Some(1468)),
        (65_464, 1468, Some(1468)),
        (65_465, 1468, Some(1468)),
        (u64::MAX, 1468, Some(1468)),
    ];
    for (asked, block, said) in blocks {
        let terms = agree("blksize", asked, ETHERNET);
        assert_eq!(
            (terms.block, terms.said.blksize),
            (block, said),
            "blksize {asked}"
        );
    }
    assert_eq!(agree("blksize", 65_464, 65_536).block, 65_464);
    assert_eq!(agree("blksize", 9000, 9000).block, 8968, "jumbo frames");
    assert_eq!(
        agree("blksize", 1468, 0).block,
        512,
        "an absurd path still carries 512"
    );
    let windows = [
        (0, 1, None),
        (1, 1, Some(1)),
        (64, 64, Some(64)),
        (65_535, 64, Some(64)),
        (1 << 60, 64, Some(64)),
    ];
    for (asked, window, said) in windows {
        let terms = agree("windowsize", asked, ETHERNET);
        assert_eq!(
            (terms.window, terms.said.windowsize),
            (window, said),
            "windowsize {asked}"
        );
    }
    for (asked, said) in [
        (0, None),
        (1, Some(1)),
        (255, Some(255)),
        (256, None),
        (u64::MAX, None),
    ] {
        let terms = agree("timeout", asked, ETHERNET);
        assert_eq!(
            (terms.said.timeout, terms.timeout),
            (said, said.map(Duration::from_secs)),
            "timeout {asked}"
        );
    }
    for lie in [0, 1, u64::MAX] {
        assert_eq!(
            agree("tsize", lie, ETHERNET).said.tsize,
            Some(size),
            "the file's size, whatever was asked"
        );
    }
    let large = asking(Some(65_464), Some(64), None);
    assert_eq!(
        Terms::agree(&large, size, 65_536).window,
        2,
        "large blocks make a small window"
    );
    let (_, first) = Transfer::new(asking(Some(7), Some(0), None), size, ETHERNET, START);
    assert_eq!(
        first,
        data(1, 1, 0, 512),
        "nothing to acknowledge: the first block comes at once"
    );
    let netascii = Request {
        mode: Mode::Netascii,
        ..plain()
    };
    assert_eq!(Terms::agree(&netascii, size, ETHERNET).block, 512);
}

#[test]
fn repeated_and_stray_acknowledgements_are_not_answered() {
    let (mut transfer, _) = Transfer::new(plain(), 1 << 20, ETHERNET, START);
    assert!(transfer.on_packet(&ack(1), ms(1)).is_some());
    for stray in [1, 0, 3, 4, 1000, 65_535, 1] {
        assert_eq!(transfer.on_packet(&ack(stray), ms(2)), None, "ACK {stray}");
    }
    for noise in [
        b"".as_slice(),
        b"\0",
        b"\0\x04",
        b"\0\x03\0\x02abc",
        b"\0\x09\0\0",
        b"\0\x06tsize\x000\0",
    ] {
        assert_eq!(transfer.on_packet(noise, ms(2)), None);
    }
    assert_eq!(
        transfer.on_packet(&ack(2), ms(3)),
        Some(data(3, 1, 1024, 512))
    );
    // Before the options are acknowledged, only ACK 0 means anything.
    let (mut offered, _) = Transfer::new(asking(Some(1024), None, None), 1 << 20, ETHERNET, START);
    assert_eq!(offered.on_packet(&ack(1), ms(1)), None);
    assert_eq!(offered.on_packet(&ack(0), ms(1)), Some(data(1, 1, 0, 1024)));
    assert_eq!(offered.on_packet(&ack(0), ms(1)), None);
}

#[test]
fn a_window_is_sent_again_from_the_last_block_that_arrived() {
    let (mut transfer, _) =
        Transfer::new(asking(Some(1000), Some(4), None), 10_500, ETHERNET, START);
    assert_eq!(
        transfer.on_packet(&ack(0), ms(1)),
        Some(data(1, 4, 0, 4000))
    );
    assert_eq!(
        transfer.on_packet(&ack(2), ms(2)),
        Some(data(3, 4, 2000, 4000)),
        "3 was lost"
    );
    assert_eq!(
        transfer.on_packet(&ack(2), ms(2)),
        None,
        "told twice, sent once"
    );
    assert_eq!(
        transfer.on_packet(&ack(1), ms(2)),
        None,
        "an old one that came late"
    );
    assert_eq!(transfer.on_packet(&ack(7), ms(2)), None, "never sent");
    assert_eq!(
        transfer.on_packet(&ack(6), ms(3)),
        Some(data(7, 4, 6000, 4000))
    );
    assert_eq!(
        transfer.on_packet(&ack(10), ms(4)),
        Some(data(11, 1, 10_000, 500))
    );
    transfer.on_packet(&ack(11), ms(5));
    assert_eq!(transfer.end(), Some(&End::Complete));
}

#[test]
fn block_numbers_roll_over() {
    for (blksize, window, size) in [
        (8, 1, 8 * 140_000 + 3),
        (512, 1, 512 * 66_000),
        (8, 64, 8 * 200_000),
    ] {
        let (mut transfer, first) = Transfer::new(
            asking(Some(blksize), Some(window), None),
            size,
            ETHERNET,
            START,
        );
        assert!(matches!(first, Send::Options(_)));
        let (mut send, mut received, mut block) = (transfer.on_packet(&ack(0), ms(1)), 0, 0_u16);
        while let Some(Send::Data {
            block: from,
            count,
            offset,
            len,
        }) = send
        {
            assert_eq!((from, offset), (block.wrapping_add(1), received));
            received += len as u64;
            block = block.wrapping_add(count);
            send = transfer.on_packet(&ack(block), ms(2));
        }
        assert_eq!(received, size);
        assert_eq!(transfer.end(), Some(&End::Complete), "{blksize} x {window}");
    }
}

#[test]
fn an_address_that_never_answers_is_hit_four_times() {
    for request in [plain(), asking(Some(1468), Some(64), Some(0))] {
        let (mut transfer, first) = Transfer::new(request, 1 << 20, ETHERNET, START);
        let mut sent = vec![(0, first)];
        while let Some(then) = transfer.poll_deadline() {
            if let Some(send) = transfer.on_timeout(then) {
                sent.push((then.since(START).as_millis(), send));
            }
        }
        let times: Vec<u128> = sent.iter().map(|(at, _)| *at).collect();
        assert_eq!(times, [0, 1000, 3000, 7000]);
        assert!(
            sent.iter().all(|(_, send)| *send == first),
            "nothing larger than the first packet"
        );
        let end = transfer.end().unwrap();
        assert_eq!(*end, End::Unanswered(Duration::from_secs(12)));
        assert!(end.to_string().contains("firewall"));
    }
}

#[test]
fn a_client_that_falls_silent_is_given_up_after_half_a_minute() {
    let (mut transfer, _) = Transfer::new(asking(None, Some(8), None), 1 << 20, ETHERNET, START);
    transfer.on_packet(&ack(0), ms(2));
    let flight = transfer.on_packet(&ack(8), ms(4)).unwrap();
    let (mut again, mut last, mut wait) = (0, ms(4), Duration::ZERO);
    while let Some(then) = transfer.poll_deadline() {
        assert_eq!(
            transfer.on_timeout(Stamp(then.0 - 1)),
            None,
            "not before its time"
        );
        if let Some(send) = transfer.on_timeout(then) {
            assert_eq!(send, flight);
            assert!(
                then.since(last) >= wait,
                "each wait is as long as the one before, or longer"
            );
            wait = then.since(last);
            (again, last) = (again + 1, then);
        }
    }
    assert!((5..=12).contains(&again), "{again}");
    assert!(
        matches!(transfer.end(), Some(End::Silent(span)) if (30..=36).contains(&span.as_secs()))
    );
    assert_eq!(wait, Duration::from_secs(5));
}

#[test]
fn a_client_chooses_its_own_timeout() {
    let mut request = plain();
    request.options.timeout = Some(3);
    let (mut transfer, first) = Transfer::new(request, 5000, ETHERNET, START);
    transfer.on_packet(&ack(0), ms(1));
    assert!(matches!(first, Send::Options(said) if said.timeout == Some(3)));
    assert_eq!(transfer.poll_deadline(), Some(ms(3001)));
    assert!(transfer.on_timeout(ms(3001)).is_some());
}

#[test]
fn firmware_that_never_acknowledges_the_last_block_has_it_all_the_same() {
    let (mut transfer, _) = Transfer::new(plain(), 600, ETHERNET, START);
    transfer.on_packet(&ack(1), ms(1));
    let mut again = 0;
    while let Some(then) = transfer.poll_deadline() {
        again += u32::from(transfer.on_timeout(then).is_some());
    }
    assert_eq!((again, transfer.end()), (4, Some(&End::Unconfirmed)));
    assert!(transfer.end().unwrap().is_good());
    // The same with a port that closes, but not in the middle of a file.
    let (mut gone, _) = Transfer::new(plain(), 600, ETHERNET, START);
    gone.on_packet(&ack(1), ms(1));
    gone.on_unreachable();
    assert_eq!(gone.end(), Some(&End::Unconfirmed));
    let (mut lost, _) = Transfer::new(plain(), 6000, ETHERNET, START);
    lost.on_packet(&ack(1), ms(1));
    lost.on_unreachable();
    assert_eq!(lost.end(), Some(&End::Gone));
}

#[test]
fn a_second_request_from_the_same_port() {
    let request = asking(Some(1468), None, Some(0));
    let (mut transfer, first) = Transfer::new(request.clone(), 1 << 20, ETHERNET, START);
    assert_eq!(
        transfer.on_request(&request, ms(100)),
        Again::Ignore,
        "nobody is that impatient"
    );
    assert_eq!(
        transfer.on_request(&request, ms(900)),
        Again::Resend(first),
        "our answer was lost"
    );
    let flood = (0..1000).map(|_| transfer.on_request(&request, ms(950)));
    assert!(flood.into_iter().all(|again| again == Again::Ignore));
    transfer.on_packet(&ack(0), ms(1000));
    assert_eq!(
        transfer.on_request(&request, ms(1001)),
        Again::Ignore,
        "the network doubled the request"
    );
    assert_eq!(
        transfer.on_request(&request, ms(2500)),
        Again::Anew,
        "the machine was reset"
    );
    assert_eq!(transfer.end(), Some(&End::Replaced));
    // Something else is asked for: the client knows what it wants.
    let (mut other, _) = Transfer::new(request.clone(), 1 << 20, ETHERNET, START);
    other.on_packet(&ack(0), ms(1));
    assert_eq!(other.on_request(&plain(), ms(2)), Again::Anew);
    assert_eq!(other.poll_deadline(), None);
}

#[test]
fn random_packets_at_random_times_never_break_a_transfer() {
    let mut dice = Dice::new(11);
    for _ in 0..2_000 {
        let request = asking(
            dice.percent(80).then(|| dice.below(70_000)),
            dice.percent(80).then(|| dice.below(70)),
            dice.percent(50).then_some(0),
        );
        let size = dice.below(300_000);
        let mtu = dice.below(70_000) as u32;
        let (mut transfer, _) = Transfer::new(request, size, mtu, START);
        let mut now = START;
        for _ in 0..100 {
            now = now + Duration::from_millis(dice.below(1500));
            let len = dice.below(12) as usize;
            let packet = match dice.below(3) {
                0 => dice.bytes(len),
                _ => ack(dice.below(80) as u16),
            };
            let sent = match dice.below(4) {
                0 => transfer.on_timeout(now),
                _ => transfer.on_packet(&packet, now),
            };
            if let Some(Send::Data {
                count, offset, len, ..
            }) = sent
            {
                assert!(offset + len as u64 <= size);
                assert!(u64::from(count) <= MAX_WINDOW);
                assert!(len <= usize::from(count) * usize::from(transfer.terms().block));
            }
            assert!(transfer.acknowledged() <= size);
        }
    }
}
