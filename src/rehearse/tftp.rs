//! A TFTP client as UEFI firmware has one: it first asks for the size and breaks off, then reads with windows.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(1);
const TRIES: u32 = 6;
const BLOCK: usize = 1468;
const WINDOW: u16 = 4;

/// Reads `file` and returns how many bytes it has.
pub(super) async fn fetch(from: Ipv4Addr, server: SocketAddrV4, file: &str) -> Result<u64, String> {
    ask(from, server, file, true).await?;
    ask(from, server, file, false).await
}

async fn ask(from: Ipv4Addr, server: SocketAddrV4, file: &str, probe: bool) -> Result<u64, String> {
    let socket = UdpSocket::bind(SocketAddrV4::new(from, 0))
        .await
        .map_err(|why| format!("cannot use {from}: {why}"))?;
    let mut request = vec![0, 1];
    let size: &[&str] = if probe { &["tsize", "0"] } else { &[] };
    let (block, window) = (BLOCK.to_string(), WINDOW.to_string());
    for word in [file, "octet"]
        .into_iter()
        .chain(size.iter().copied())
        .chain(["blksize", &block, "windowsize", &window])
    {
        request.extend_from_slice(word.as_bytes());
        request.push(0);
    }
    let mut transfer = Transfer {
        socket,
        peer: None,
        expected: 1,
        in_window: 0,
        block: 512,
        window: 1,
        read: 0,
    };
    transfer.run(&request, server, probe).await
}

struct Transfer {
    socket: UdpSocket,
    peer: Option<SocketAddr>,
    expected: u16,
    in_window: u16,
    block: usize,
    window: u16,
    read: u64,
}

impl Transfer {
    async fn run(
        &mut self,
        request: &[u8],
        server: SocketAddrV4,
        probe: bool,
    ) -> Result<u64, String> {
        let mut last = request.to_vec();
        let mut to = SocketAddr::V4(server);
        self.send(&last, to).await?;
        let mut tries = 0;
        let mut buffer = vec![0; 2048];
        loop {
            let Ok(got) = timeout(PATIENCE, self.socket.recv_from(&mut buffer)).await else {
                tries += 1;
                if tries > TRIES {
                    return Err("TFTP: no answer".into());
                }
                self.send(&last, to).await?;
                continue;
            };
            let (len, from) = got.map_err(|why| format!("TFTP: {why}"))?;
            if *self.peer.get_or_insert(from) != from {
                continue;
            }
            to = from;
            tries = 0;
            let packet = &buffer[..len];
            match packet.get(..2) {
                Some([0, 6]) => {
                    if probe {
                        let mut bye = vec![0, 5, 0, 8];
                        bye.extend_from_slice(b"User aborted the transfer\0");
                        self.send(&bye, to).await?;
                        return Ok(0);
                    }
                    self.agree(&packet[2..]);
                    last = vec![0, 4, 0, 0];
                    self.send(&last, to).await?;
                }
                Some([0, 3]) if len >= 4 => {
                    let (reply, done) = self.data(packet);
                    if let Some(reply) = reply {
                        last = reply;
                        self.send(&last, to).await?;
                    }
                    if done {
                        return Ok(self.read);
                    }
                }
                Some([0, 5]) => {
                    let text = String::from_utf8_lossy(packet.get(4..).unwrap_or_default());
                    return Err(format!("TFTP: {}", text.trim_end_matches('\0')));
                }
                _ => {}
            }
        }
    }

    /// Takes the options that the server agreed to.
    fn agree(&mut self, options: &[u8]) {
        let words: Vec<String> = options
            .split(|b| *b == 0)
            .map(|word| String::from_utf8_lossy(word).to_ascii_lowercase())
            .collect();
        for pair in words.chunks(2) {
            if let [name, value] = pair {
                match name.as_str() {
                    "blksize" => self.block = value.parse().unwrap_or(512),
                    "windowsize" => self.window = value.parse().unwrap_or(1).max(1),
                    _ => {}
                }
            }
        }
    }

    /// A block: what to acknowledge, and whether it was the last.
    fn data(&mut self, packet: &[u8]) -> (Option<Vec<u8>>, bool) {
        let number = u16::from_be_bytes([packet[2], packet[3]]);
        let ack = |n: u16| {
            let [high, low] = n.to_be_bytes();
            Some(vec![0, 4, high, low])
        };
        if number != self.expected {
            self.in_window = 0;
            return (ack(self.expected.wrapping_sub(1)), false);
        }
        let len = packet.len() - 4;
        self.read += len as u64;
        self.expected = self.expected.wrapping_add(1);
        self.in_window += 1;
        let done = len < self.block;
        if done || self.in_window >= self.window {
            self.in_window = 0;
            return (ack(number), done);
        }
        (None, false)
    }

    async fn send(&self, bytes: &[u8], to: SocketAddr) -> Result<(), String> {
        self.socket
            .send_to(bytes, to)
            .await
            .map(drop)
            .map_err(|why| format!("TFTP: {why}"))
    }
}
