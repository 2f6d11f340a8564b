//! Whole files over a network that loses, doubles and reorders packets.

use std::time::Duration;

use muster::boot::tftp::{End, Send, Transfer};
use muster::kit::Stamp;
use muster::wire::tftp::{Options, Packet, Request, data_head};

use crate::support::lossy::{Dice, LossyNet, Weather};

const SERVER: usize = 0;
const CLIENT: usize = 1;

/// A client as RFC 1350 and RFC 7440 want it: it acknowledges the end of a window, a gap, and what it had before; it asks
/// again with its last packet after a second.
struct Client {
    request: Request,
    block: u64,
    window: u64,
    got: Vec<u8>,
    expected: u64,
    in_window: u64,
    last: Vec<u8>,
    deadline: Stamp,
    done: bool,
}

impl Client {
    fn new(options: Options, now: Stamp) -> Self {
        let request = Request::octet("image", options);
        Self {
            block: 512,
            window: 1,
            got: Vec::new(),
            expected: 1,
            in_window: 0,
            last: Packet::Read(request.clone()).emit(),
            deadline: now + Duration::from_secs(1),
            request,
            done: false,
        }
    }

    fn say(&mut self, packet: &Packet<'_>, now: Stamp) -> Vec<u8> {
        self.last = packet.emit();
        self.deadline = now + Duration::from_secs(1);
        self.last.clone()
    }

    fn on_packet(&mut self, bytes: &[u8], now: Stamp) -> Option<Vec<u8>> {
        match Packet::parse(bytes).unwrap() {
            Packet::OptionAck(said) if self.got.is_empty() && self.expected == 1 => {
                self.block = said.blksize.unwrap_or(512);
                self.window = said.windowsize.unwrap_or(1);
                Some(self.say(&Packet::Ack(0), now))
            }
            Packet::Data { block, bytes } if block == self.expected as u16 && !self.done => {
                self.got.extend_from_slice(bytes);
                self.expected += 1;
                self.in_window += 1;
                self.done = (bytes.len() as u64) < self.block;
                self.deadline = now + Duration::from_secs(1);
                if self.done || self.in_window >= self.window {
                    self.in_window = 0;
                    return Some(self.say(&Packet::Ack(block), now));
                }
                None
            }
            Packet::Data { .. } => {
                self.in_window = 0;
                Some(self.say(&Packet::Ack((self.expected - 1) as u16), now))
            }
            _ => None,
        }
    }
}

/// Plays it to the end: what the client got, how the server's side ended, and how many packets it took.
fn play(
    file: &[u8],
    options: Options,
    weather: Weather,
    seed: u64,
) -> (Vec<u8>, End, u64, LossyNet) {
    let mut now = Stamp(5_000);
    let mut net = LossyNet::new(weather, seed);
    let mut client = Client::new(options, now);
    let mut server: Option<Transfer> = None;
    let mut sent = 0;
    net.send(SERVER, &client.last.clone(), now);
    let mut put = |net: &mut LossyNet, transfer: &Transfer, send: Send, now: Stamp| match send {
        Send::Options(said) => net.send(CLIENT, &Packet::OptionAck(said).emit(), now),
        Send::Data {
            block,
            count,
            offset,
            len,
        } => {
            let size = usize::from(transfer.terms().block);
            let bytes = &file[offset as usize..offset as usize + len];
            for at in 0..count {
                let from = (usize::from(at) * size).min(len);
                let head = data_head(block.wrapping_add(at));
                let packet = [head.as_slice(), &bytes[from..(from + size).min(len)]].concat();
                net.send(CLIENT, &packet, now);
                sent += 1;
            }
        }
    };
    for _ in 0..10_000_000_u64 {
        while let Some((to, bytes)) = net.arrived(now) {
            if to == CLIENT {
                if let Some(reply) = client.on_packet(&bytes, now) {
                    net.send(SERVER, &reply, now);
                }
            } else if let Some(transfer) = &mut server {
                if let Some(send) = transfer.on_packet(&bytes, now) {
                    put(&mut net, transfer, send, now);
                }
            } else if let Ok(Packet::Read(request)) = Packet::parse(&bytes) {
                assert_eq!(request, client.request);
                let (transfer, first) = Transfer::new(request, file.len() as u64, 1500, now);
                put(&mut net, &transfer, first, now);
                server = Some(transfer);
            }
        }
        if let Some(transfer) = &mut server
            && let Some(send) = transfer.on_timeout(now)
        {
            put(&mut net, transfer, send, now);
        }
        if now >= client.deadline && !client.done {
            net.send(SERVER, &client.last.clone(), now);
            client.deadline = now + Duration::from_secs(1);
        }
        let over = server
            .as_ref()
            .is_some_and(|transfer| transfer.end().is_some());
        if over {
            break;
        }
        let next = [
            net.next(),
            server.as_ref().and_then(Transfer::poll_deadline),
            (!client.done).then_some(client.deadline),
        ];
        now = next.into_iter().flatten().min().unwrap().max(now);
    }
    let end = server.and_then(|transfer| transfer.end().cloned()).unwrap();
    (client.got, end, sent, net)
}

fn options(blksize: u64, windowsize: Option<u64>) -> Options {
    Options {
        blksize: Some(blksize),
        windowsize,
        ..Options::default()
    }
}

#[test]
fn files_arrive_whole_in_any_weather() {
    let storm = Weather {
        loss: 20,
        doubled: 10,
        delay: (1, 9),
    };
    let doubling = Weather {
        loss: 0,
        doubled: 100,
        delay: (1, 1),
    };
    let reordering = Weather {
        loss: 1,
        doubled: 2,
        delay: (1, 40),
    };
    let file = Dice::new(3).bytes(150_001);
    for weather in [Weather::FINE, storm, doubling, reordering] {
        for (blksize, windowsize) in [
            (512, None),
            (1468, None),
            (1468, Some(4)),
            (1024, Some(16)),
            (1468, Some(64)),
        ] {
            for seed in 1..6 {
                let (got, end, _, _) = play(&file, options(blksize, windowsize), weather, seed);
                let what =
                    format!("{weather:?} blksize {blksize} windowsize {windowsize:?} seed {seed}");
                assert!(end.is_good(), "{what}: {end}");
                assert!(got == file, "{what}: {} of {} bytes", got.len(), file.len());
            }
        }
    }
}

#[test]
fn doubled_packets_do_not_double_for_ever() {
    let file = Dice::new(4).bytes(600_000);
    let all_twice = Weather {
        loss: 0,
        doubled: 100,
        delay: (1, 1),
    };
    let (got, end, sent, _) = play(&file, options(512, None), all_twice, 1);
    assert_eq!((got == file, end), (true, End::Complete));
    assert_eq!(sent, 600_000 / 512 + 1, "each block leaves the server once");
}

#[test]
fn files_longer_than_the_block_numbers_arrive_through_loss() {
    let drizzle = Weather {
        loss: 1,
        doubled: 1,
        delay: (1, 2),
    };
    let file = Dice::new(5).bytes(8 * 70_000);
    let (got, end, _, net) = play(&file, options(8, Some(32)), drizzle, 9);
    assert!(got == file && end.is_good() && net.lost > 100, "{end}");
    let file = Dice::new(6).bytes(512 * 66_000 + 1);
    let (got, end, sent, _) = play(&file, options(512, Some(16)), Weather::FINE, 9);
    assert!(got == file && end == End::Complete);
    assert_eq!(sent, 66_001);
}
