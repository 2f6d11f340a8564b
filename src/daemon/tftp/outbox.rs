//! Packets to many clients, sent by one system call.

use std::io::{self, IoSlice};
use std::net::SocketAddrV4;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessage, MsgFlags, MultiHeaders, SockaddrIn, sendmmsg, sendmsg, sendto,
};

use super::line::Lines;
use super::run::Run;
use crate::boot::tftp::Send;

/// Most letters of one call.
const AT_ONCE: usize = 64;
/// Bytes that wait at most before they are sent: one large window, or a block for each of some dozens of clients.
const HEAVY: usize = 64 << 10;

/// Whose letter it is.
#[derive(Debug, Clone, Copy)]
pub struct Sender {
    /// The number of the line it leaves by.
    pub line: usize,
    /// The number of the transfer.
    pub transfer: usize,
    /// The client.
    pub peer: SocketAddrV4,
}

/// What did not leave, and why: without an error, the kernel has no room for it now.
#[derive(Debug)]
pub struct Returned {
    /// The number of the transfer.
    pub transfer: usize,
    /// What it was.
    pub send: Send,
    /// Why.
    pub error: Option<io::Error>,
}

/// One packet, or several of equal size for the kernel to cut.
#[derive(Debug)]
struct Letter {
    from: Sender,
    bytes: std::ops::Range<usize>,
    /// Size of the packets.
    cut: Option<u16>,
    /// What to do again if it does not leave.
    send: Option<Send>,
}

/// Packets that wait to be sent, in their order.
#[derive(Debug)]
pub struct Outbox {
    headers: MultiHeaders<SockaddrIn>,
    bytes: Vec<u8>,
    letters: Vec<Letter>,
}

impl Outbox {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self {
            headers: MultiHeaders::preallocate(AT_ONCE, None),
            bytes: Vec::with_capacity(2 * HEAVY),
            letters: Vec::with_capacity(AT_ONCE),
        }
    }

    /// Whether it is time to send.
    #[must_use]
    pub fn is_heavy(&self) -> bool {
        self.bytes.len() >= HEAVY
    }

    /// Puts a packet in. `send` comes back if it does not leave.
    pub fn put(&mut self, from: Sender, packet: &[u8], send: Option<Send>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(packet);
        self.letters.push(Letter {
            from,
            bytes: start..self.bytes.len(),
            cut: None,
            send,
        });
    }

    /// Puts a run of blocks in, whose `bytes` are those of the file.
    pub fn put_run(&mut self, from: Sender, run: &Run, bytes: &[u8]) {
        let start = self.bytes.len();
        run.write(bytes, &mut self.bytes);
        self.letters.push(Letter {
            from,
            bytes: start..self.bytes.len(),
            cut: run.cut(),
            send: Some(run.send()),
        });
    }

    /// Sends everything from a seat, in order, and returns what did not leave.
    pub fn flush(&mut self, lines: &Lines, seat: usize) -> Vec<Returned> {
        let mut returned = Vec::new();
        let (mut at, mut again) = (0, None);
        while let Some(letters) = self.letters.get(at..).filter(|rest| !rest.is_empty()) {
            let first = letters.first();
            let line = first.and_then(|letter| lines.get(letter.from.line));
            let sent = match line.as_ref().and_then(|line| line.socket(seat)) {
                Some(socket) => post(socket.as_raw_fd(), &mut self.headers, &self.bytes, letters),
                None => Ok(1),
            };
            match sent {
                Ok(sent) => at += sent,
                // ENOBUFS: the card's queue is full (ip(7), IP_RECVERR).
                Err(Errno::EAGAIN | Errno::ENOBUFS) => {
                    returned.extend(letters.iter().filter_map(|letter| letter.back(None)));
                    break;
                }
                // It may belong to another packet that was sent before; then it is gone the second time.
                Err(_) if again != Some(at) => again = Some(at),
                Err(error) => {
                    returned.extend(first.and_then(|letter| letter.back(Some(error))));
                    at += 1;
                }
            }
        }
        self.letters.clear();
        self.bytes.clear();
        returned
    }
}

impl Letter {
    fn back(&self, error: Option<Errno>) -> Option<Returned> {
        self.send.map(|send| Returned {
            transfer: self.from.transfer,
            send,
            error: error.map(io::Error::from),
        })
    }
}

/// Sends as many of the letters as one call takes, and says how many left: at least one.
fn post(
    fd: i32,
    headers: &mut MultiHeaders<SockaddrIn>,
    bytes: &[u8],
    letters: &[Letter],
) -> Result<usize, Errno> {
    let Some(first) = letters.first() else {
        return Ok(0);
    };
    let alike = |letter: &&Letter| letter.cut.is_none() && letter.from.line == first.from.line;
    let count = letters.iter().take(AT_ONCE).take_while(alike).count();
    let content = |letter: &Letter| bytes.get(letter.bytes.clone()).unwrap_or_default();
    if count > 1 {
        let letters = || letters.iter().take(count);
        let parts: Vec<_> = letters().map(|one| [IoSlice::new(content(one))]).collect();
        let to: Vec<_> = letters()
            .map(|one| Some(SockaddrIn::from(one.from.peer)))
            .collect();
        return Ok(sendmmsg(fd, headers, &parts, to, [], MsgFlags::MSG_DONTWAIT)?.count());
    }
    let to = SockaddrIn::from(first.from.peer);
    match first.cut {
        None => sendto(fd, content(first), &to, MsgFlags::MSG_DONTWAIT)?,
        Some(cut) => send_cut(fd, content(first), cut, &to)?,
    };
    Ok(1)
}

/// Lets the kernel cut the bytes into packets (UDP_SEGMENT); one by one where it cannot.
fn send_cut(fd: i32, bytes: &[u8], cut: u16, to: &SockaddrIn) -> Result<usize, Errno> {
    let how = [ControlMessage::UdpGsoSegments(&cut)];
    let parts = [IoSlice::new(bytes)];
    match sendmsg(fd, &parts, &how, MsgFlags::MSG_DONTWAIT, Some(to)) {
        Err(error) if is_about_cutting(error) => {}
        other => return other,
    }
    for packet in bytes.chunks(usize::from(cut).max(1)) {
        sendto(fd, packet, to, MsgFlags::MSG_DONTWAIT)?;
    }
    Ok(bytes.len())
}

/// Whether the device or path cannot cut datagrams.
fn is_about_cutting(error: Errno) -> bool {
    matches!(
        error,
        Errno::EINVAL | Errno::EIO | Errno::EMSGSIZE | Errno::EOPNOTSUPP | Errno::ENOPROTOOPT
    )
}
