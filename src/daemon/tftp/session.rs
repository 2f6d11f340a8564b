//! One transfer under way: hears its packets, reads its file, and puts what is to be sent into the outbox.

use std::io;
use std::net::SocketAddrV4;
use std::time::Duration;

use super::body::Body;
use super::outbox::{Outbox, Sender};
use super::run::Run;
use crate::boot::tftp::{Again, End, Send, Transfer};
use crate::daemon::transfers::{self, Begin, Transfers};
use crate::kit::Stamp;
use crate::wire::tftp::{Packet, Request, code};

/// Socket errors after which a transfer is given up.
const MOST_ERRORS: u32 = 16;
/// How long a full send buffer is waited for. Then the packets count as lost.
const FULL_WAIT: Duration = Duration::from_millis(20);

/// One transfer under way.
#[derive(Debug)]
pub struct Session {
    sender: Sender,
    transfer: Transfer,
    body: Body,
    begin: Begin,
    transfers: Transfers,
    /// Opened with the first block: a client that asks for a size only loads nothing.
    record: Option<transfers::Transfer>,
    /// What the kernel had no room for.
    owed: Option<Send>,
    /// Since when it has had none.
    full: Option<Stamp>,
    errors: u32,
    over: bool,
}

impl Session {
    /// A transfer that sends `body`, as `sender`.
    #[must_use]
    pub fn new(
        sender: Sender,
        transfer: Transfer,
        body: Body,
        (begin, transfers): (Begin, Transfers),
    ) -> Self {
        Self {
            sender,
            transfer,
            body,
            begin,
            transfers,
            record: None,
            owed: None,
            full: None,
            errors: 0,
            over: false,
        }
    }

    /// The client.
    #[must_use]
    pub fn peer(&self) -> SocketAddrV4 {
        self.sender.peer
    }

    /// The number of its line.
    #[must_use]
    pub fn line(&self) -> usize {
        self.sender.line
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

    /// Another request came from the client's port. What it sent before that was heard already.
    pub fn asked_again(&mut self, request: &Request, now: Stamp, out: &mut Outbox) -> Again {
        let again = self.transfer.on_request(request, now);
        self.settle(now);
        if let Again::Resend(send) = again {
            self.transmit(send, now, out);
        }
        again
    }

    /// A packet from the client.
    pub fn hear(&mut self, packet: &[u8], now: Stamp, out: &mut Outbox) {
        let send = self.transfer.on_packet(packet, now);
        self.settle(now);
        if let Some(send) = send {
            self.transmit(send, now, out);
        }
    }

    /// Sends again what is overdue.
    pub fn look_at_time(&mut self, now: Stamp, out: &mut Outbox) {
        if self.transfer.poll_deadline().is_none_or(|then| then > now) {
            return;
        }
        let send = self.transfer.on_timeout(now);
        self.settle(now);
        if let Some(send) = send {
            self.transmit(send, now, out);
        }
    }

    /// The kernel had no room for it.
    pub fn owe(&mut self, send: Send, now: Stamp) {
        self.full.get_or_insert(now);
        self.owed = Some(match self.owed.take() {
            Some(before) => joined(before, send),
            None => send,
        });
    }

    /// Tries again to send what the kernel had no room for.
    pub fn push_on(&mut self, now: Stamp, out: &mut Outbox) {
        let since = self.full;
        let owed = self.owed.take();
        if let (Some(send), Some(since)) = (owed, since)
            && now.since(since) < FULL_WAIT
        {
            self.transmit(send, now, out);
            self.full = Some(since);
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
    pub fn transmit(&mut self, send: Send, now: Stamp, out: &mut Outbox) {
        self.owed = None;
        self.full = None;
        let (first, count, offset, len) = match send {
            Send::Options(options) => {
                let packet = Packet::OptionAck(options).emit();
                return out.put(self.sender, &packet, Some(send));
            }
            Send::Data {
                block,
                count,
                offset,
                len,
            } => (block, usize::from(count), offset, len),
        };
        let size = usize::from(self.transfer.terms().block);
        let at_once = Run::most(size);
        let mut at = 0;
        while at < count {
            let blocks = at_once.min(count - at);
            let skip = at * size;
            let run = Run {
                block: first.wrapping_add(at as u16),
                blocks,
                size,
                offset: offset + skip as u64,
                len: (len - skip).min(blocks * size),
            };
            match self.body.range(run.offset, run.len) {
                Ok(bytes) => out.put_run(self.sender, &run, bytes),
                Err(error) => return self.unreadable(&error, now, out),
            }
            at += blocks;
        }
    }

    fn unreadable(&mut self, error: &io::Error, now: Stamp, out: &mut Outbox) {
        tracing::debug!(%error, peer = %self.sender.peer, "tftp: read");
        let text = "the file changed on the server".into();
        let code = code::OTHER;
        out.put(self.sender, &Packet::Error { code, text }.emit(), None);
        let why = "the file became shorter or unreadable while it was sent";
        self.close(why, now);
    }

    /// The client's machine says that nobody listens on its port.
    pub fn unreachable(&mut self, now: Stamp) {
        self.transfer.on_unreachable();
        self.settle(now);
    }

    /// A packet did not leave. Such things pass, but not for ever.
    pub fn failed(&mut self, error: &io::Error, now: Stamp) {
        // That was another client's port: they share a socket.
        if error.kind() == io::ErrorKind::ConnectionRefused {
            return;
        }
        self.errors += 1;
        if self.errors > MOST_ERRORS {
            self.unreachable(now);
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
            (None, End::Unanswered(_)) if self.transfers.lately(&self.begin, now) => return,
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

/// Two runs of blocks that are owed, as one. If the second does not follow the first, it is a newer flight.
fn joined(before: Send, send: Send) -> Send {
    match (before, send) {
        (
            Send::Data {
                block,
                count,
                offset,
                len,
            },
            Send::Data {
                count: more,
                offset: then,
                len: rest,
                ..
            },
        ) if offset + len as u64 == then => Send::Data {
            block,
            count: count.saturating_add(more),
            offset,
            len: len + rest,
        },
        _ => send,
    }
}
