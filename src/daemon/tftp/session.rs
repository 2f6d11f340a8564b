//! One transfer's socket: connected to the client, so that the kernel sorts the packets and reports a closed port.

use std::io;
use std::net::{SocketAddrV4, UdpSocket};
use std::time::Duration;

use super::body::Body;
use super::run::Run;
use crate::boot::tftp::{Again, End, Send, Transfer};
use crate::daemon::transfers::{self, Begin, Transfers};
use crate::kit::Stamp;
use crate::wire::tftp::{Packet, Request, code};

/// Socket errors after which a transfer is given up.
const MOST_ERRORS: u32 = 16;
/// Packets that are heard in one turn.
const AT_ONCE: u32 = 32;
/// How long a full send buffer is waited for. Then the packets count as lost.
const FULL_WAIT: Duration = Duration::from_millis(20);

/// One transfer under way.
#[derive(Debug)]
pub struct Session {
    peer: SocketAddrV4,
    socket: UdpSocket,
    transfer: Transfer,
    body: Body,
    begin: Begin,
    transfers: Transfers,
    /// Opened with the first block: a client that asks for a size only loads nothing.
    record: Option<transfers::Transfer>,
    /// What the kernel had no room for, and since when.
    owed: Option<(Send, Stamp)>,
    errors: u32,
    over: bool,
}

impl Session {
    /// A transfer that sends `body` through `socket`, connected to `peer`.
    ///
    /// The socket is watched for packets only: watched for room as well, it would wake the thread for every packet that has
    /// left.
    #[must_use]
    pub fn new(
        socket: UdpSocket,
        peer: SocketAddrV4,
        transfer: Transfer,
        body: Body,
        (begin, transfers): (Begin, Transfers),
    ) -> Self {
        Self {
            peer,
            socket,
            transfer,
            body,
            begin,
            transfers,
            record: None,
            owed: None,
            errors: 0,
            over: false,
        }
    }

    /// The client.
    #[must_use]
    pub fn peer(&self) -> SocketAddrV4 {
        self.peer
    }

    /// Whether it has ended and was reported.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Whether [`Session::push_on`] is to be called soon.
    #[must_use]
    pub fn owes(&self) -> bool {
        self.owed.is_some()
    }

    /// Another request came from the client's port. It may have overtaken the last packets to this transfer, which wait on
    /// another socket: these are heard first.
    pub fn asked_again(&mut self, request: &Request, now: Stamp) -> Again {
        self.hear_all(now);
        let again = self.transfer.on_request(request, now);
        self.settle(now);
        if let Again::Resend(send) = again {
            self.transmit(send, now);
        }
        again
    }

    /// Hears the packets that wait.
    ///
    /// In lockstep one packet is expected for each that is sent, and a look at an empty socket would cost one more system call a
    /// block, so the first packet that moves the transfer ends the turn. Readiness is told anew with the next packet only; what
    /// waits behind the one that was heard is found then, or at the next deadline.
    pub fn hear(&mut self, now: Stamp) {
        let lockstep = self.transfer.terms().window == 1;
        self.take(now, lockstep);
    }

    fn hear_all(&mut self, now: Stamp) {
        self.take(now, false);
    }

    fn take(&mut self, now: Stamp, one: bool) {
        let mut packet = [0; 600];
        for _ in 0..AT_ONCE {
            if self.over {
                return;
            }
            let send = match self.socket.recv(&mut packet) {
                Ok(len) => {
                    let bytes = packet.get(..len).unwrap_or_default();
                    let send = self.transfer.on_packet(bytes, now);
                    self.settle(now);
                    send
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    self.errors += 1;
                    self.failed(&error, now);
                    None
                }
            };
            if let Some(send) = send {
                self.transmit(send, now);
                if one {
                    return;
                }
            }
        }
    }

    /// Sends again what is overdue. A packet that waits unheard is heard first.
    pub fn look_at_time(&mut self, now: Stamp) {
        let due = |transfer: &Transfer| transfer.poll_deadline().is_some_and(|then| then <= now);
        if !due(&self.transfer) {
            return;
        }
        self.hear_all(now);
        if due(&self.transfer) {
            let send = self.transfer.on_timeout(now);
            self.settle(now);
            if let Some(send) = send {
                self.transmit(send, now);
            }
        }
    }

    /// Tries again to send what the kernel had no room for.
    pub fn push_on(&mut self, now: Stamp) {
        if let Some((send, since)) = self.owed.take()
            && now.since(since) < FULL_WAIT
        {
            self.transmit(send, now);
            if let Some((_, then)) = &mut self.owed {
                *then = since;
            }
        }
    }

    /// Ends the transfer from our side.
    pub fn close(&mut self, why: &str, now: Stamp) {
        if !std::mem::replace(&mut self.over, true)
            && let Some(record) = self.record.take()
        {
            record.broken(why, now);
        }
    }

    /// Sends it, instead of what is owed still. What the kernel refuses counts as lost on the way.
    pub fn transmit(&mut self, send: Send, now: Stamp) {
        self.owed = None;
        match send {
            Send::Options(options) => self.push(&Packet::OptionAck(options), now),
            Send::Data {
                block,
                count,
                offset,
                len,
            } => {
                let size = usize::from(self.transfer.terms().block);
                let at_once = Run::most(size);
                let (mut at, count) = (0, usize::from(count));
                while at < count && !self.over {
                    let blocks = at_once.min(count - at);
                    let skip = at * size;
                    let run = Run {
                        block: block.wrapping_add(at as u16),
                        blocks,
                        size,
                        offset: offset + skip as u64,
                        len: (len - skip).min(blocks * size),
                    };
                    if !self.push_run(&run, now) {
                        let rest = Send::Data {
                            block: run.block,
                            count: u16::try_from(count - at).unwrap_or(1),
                            offset: run.offset,
                            len: len - skip,
                        };
                        self.owed = Some((rest, now));
                        return;
                    }
                    at += blocks;
                }
            }
        }
    }

    /// Sends a run of blocks; false if the kernel has no room for it now.
    fn push_run(&mut self, run: &Run, now: Stamp) -> bool {
        let Ok(bytes) = self.body.range(run.offset, run.len) else {
            self.close(
                "the file became shorter or unreadable while it was sent",
                now,
            );
            let text = "the file changed on the server".into();
            let code = code::OTHER;
            self.push(&Packet::Error { code, text }, now);
            return true;
        };
        match run.send(&self.socket, bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
            Err(error) => self.failed(&error, now),
        }
        true
    }

    fn push(&mut self, packet: &Packet<'_>, now: Stamp) {
        if let Err(error) = self.socket.send(&packet.emit()) {
            self.failed(&error, now);
        }
    }

    /// A socket error: a closed port ends the transfer, others pass, but not for ever.
    fn failed(&mut self, error: &io::Error, now: Stamp) {
        if error.kind() == io::ErrorKind::ConnectionRefused || self.errors > MOST_ERRORS {
            self.transfer.on_unreachable();
            self.settle(now);
        }
    }

    /// Records what came of the last step.
    fn settle(&mut self, now: Stamp) {
        if self.over {
            return;
        }
        if self.record.is_none() && self.transfer.begun() {
            self.record = Some(self.transfers.begin(self.begin.clone(), now));
        }
        if let Some(record) = &mut self.record {
            let fresh = self.transfer.acknowledged().saturating_sub(record.sent());
            if fresh > 0 {
                record.add(fresh, now);
            }
        }
        let Some(end) = self.transfer.end() else {
            return;
        };
        self.over = true;
        let mut record = match (self.record.take(), end) {
            (Some(record), _) => record,
            (None, End::Probe | End::Replaced) => return,
            (None, _) => self.transfers.begin(self.begin.clone(), now),
        };
        if end.is_good() {
            record.add(self.transfer.size().saturating_sub(record.sent()), now);
            record.finish(now);
        } else {
            record.broken(&end.to_string(), now);
        }
    }
}
