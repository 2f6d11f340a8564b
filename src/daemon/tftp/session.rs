//! One transfer's socket: connected to the client, so that the kernel sorts the packets and reports a closed port.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::body::Body;
use crate::boot::tftp::{Again, End, Send, Transfer};
use crate::daemon::clock::Clock;
use crate::daemon::transfers::{self, Begin, Transfers};
use crate::kit::Stamp;
use crate::wire::tftp::{Packet, Request, code, data_head};

/// Most blocks and bytes handed to the kernel at once (UDP_MAX_SEGMENTS; the size of one UDP datagram).
const SEGMENTS: usize = 64;
const BATCH: usize = 65_000;
/// Socket errors after which a transfer is given up.
const MOST_ERRORS: u32 = 16;

/// One transfer under way.
#[derive(Debug)]
pub struct Session {
    peer: SocketAddr,
    socket: UdpSocket,
    clock: Clock,
    transfers: Transfers,
    begin: Begin,
    flow: Mutex<Flow>,
    body: Mutex<Body>,
}

#[derive(Debug)]
struct Flow {
    transfer: Transfer,
    /// Opened with the first block: a client that asks for a size only loads nothing.
    record: Option<transfers::Transfer>,
    closed: bool,
}

impl Session {
    /// A transfer that sends `body` through `socket`, connected to `peer`.
    #[must_use]
    pub fn new(
        socket: UdpSocket,
        peer: SocketAddr,
        transfer: Transfer,
        body: Body,
        begin: Begin,
        (transfers, clock): (Transfers, Clock),
    ) -> Self {
        Self {
            peer,
            socket,
            clock,
            transfers,
            begin,
            flow: Mutex::new(Flow {
                transfer,
                record: None,
                closed: false,
            }),
            body: Mutex::new(body),
        }
    }

    /// The client.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Another request came from the client's port.
    #[must_use]
    pub fn asked_again(&self, request: &Request) -> Again {
        let now = self.clock.now();
        let mut flow = self.lock();
        let again = flow.transfer.on_request(request, now);
        if again == Again::Anew {
            self.settle(&mut flow, now);
        }
        again
    }

    /// Ends the transfer from our side.
    pub fn close(&self, why: &str) {
        let now = self.clock.now();
        let mut flow = self.lock();
        if !std::mem::replace(&mut flow.closed, true)
            && let Some(record) = flow.record.take()
        {
            record.broken(why, now);
        }
    }

    /// Drives the transfer to its end; `first` is what to send first.
    pub async fn run(self: Arc<Self>, first: Send) {
        self.transmit(first).await;
        let mut packet = [0; 600];
        let mut errors = 0;
        let timer = tokio::time::sleep_until(self.deadline());
        tokio::pin!(timer);
        loop {
            let send = tokio::select! {
                biased;
                got = self.socket.recv(&mut packet) => match got {
                    Ok(len) => self.step(|transfer, now| transfer.on_packet(&packet[..len], now)),
                    Err(error) => {
                        errors += 1;
                        self.failed(&error, errors)
                    }
                },
                // The timer is not moved with every acknowledgement: it looks at the deadline when it fires.
                () = &mut timer => {
                    let send = self.step(Transfer::on_timeout);
                    timer.as_mut().reset(self.deadline());
                    send
                }
            };
            if self.lock().closed {
                return;
            }
            if let Some(send) = send {
                self.transmit(send).await;
            }
        }
    }

    /// Sends it. What the kernel refuses counts as lost on the way.
    pub async fn transmit(&self, send: Send) {
        match send {
            Send::Options(options) => {
                self.push(&[&Packet::OptionAck(options).emit()]).await;
            }
            Send::Data {
                block,
                count,
                offset,
                len,
            } => {
                let size = usize::from(self.lock().transfer.terms().block);
                let at_once = (BATCH / (size + 4)).clamp(1, SEGMENTS);
                let (mut at, count) = (0, usize::from(count));
                while at < count {
                    let blocks = at_once.min(count - at);
                    let skip = at * size;
                    let run = Run {
                        block: block.wrapping_add(at as u16),
                        blocks,
                        size,
                        offset: offset + skip as u64,
                        len: (len - skip).min(blocks * size),
                    };
                    if !self.push_run(&run).await {
                        return;
                    }
                    at += blocks;
                }
            }
        }
    }

    /// Sends a run of blocks; false if the file cannot be read any more.
    async fn push_run(&self, run: &Run) -> bool {
        loop {
            let pushed = self.socket.try_io(Interest::WRITABLE, || {
                let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
                match body.range(run.offset, run.len) {
                    Ok(bytes) => run.send(&self.socket, bytes).map(|()| true),
                    Err(_) => Ok(false),
                }
            });
            match pushed {
                Ok(true) => return true,
                Ok(false) => {
                    self.close("the file became shorter or unreadable while it was sent");
                    let text = "the file changed on the server".into();
                    let error = Packet::Error {
                        code: code::OTHER,
                        text,
                    };
                    self.push(&[&error.emit()]).await;
                    return false;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.socket.writable().await.is_err() {
                        return true;
                    }
                }
                Err(error) => {
                    self.failed(&error, 0);
                    return true;
                }
            }
        }
    }

    async fn push(&self, parts: &[&[u8]]) {
        if let Err(error) = self.socket.send(&parts.concat()).await {
            self.failed(&error, 0);
        }
    }

    /// A socket error: a closed port ends the transfer, others pass, but not for ever.
    fn failed(&self, error: &io::Error, errors: u32) -> Option<Send> {
        if error.kind() == io::ErrorKind::ConnectionRefused || errors > MOST_ERRORS {
            self.step(|transfer, _| {
                transfer.on_unreachable();
                None
            });
        }
        None
    }

    /// Lets the mind act, and records what came of it.
    fn step(&self, act: impl FnOnce(&mut Transfer, Stamp) -> Option<Send>) -> Option<Send> {
        let now = self.clock.now();
        let mut flow = self.lock();
        let send = act(&mut flow.transfer, now);
        self.settle(&mut flow, now);
        send
    }

    fn settle(&self, flow: &mut Flow, now: Stamp) {
        if flow.closed {
            return;
        }
        if flow.record.is_none() && flow.transfer.begun() {
            flow.record = Some(self.transfers.begin(self.begin.clone(), now));
        }
        if let Some(record) = &mut flow.record {
            let fresh = flow.transfer.acknowledged().saturating_sub(record.sent());
            if fresh > 0 {
                record.add(fresh, now);
            }
        }
        let Some(end) = flow.transfer.end().cloned() else {
            return;
        };
        flow.closed = true;
        let mut record = match (flow.record.take(), &end) {
            (Some(record), _) => record,
            (None, End::Probe | End::Replaced) => return,
            (None, _) => self.transfers.begin(self.begin.clone(), now),
        };
        if end.is_good() {
            record.add(flow.transfer.size().saturating_sub(record.sent()), now);
            record.finish(now);
        } else {
            record.broken(&end.to_string(), now);
        }
    }

    fn deadline(&self) -> Instant {
        let then = self.lock().transfer.poll_deadline();
        let wait = then.map_or(Duration::from_secs(1), |then| self.clock.until(then));
        // Stamps count whole milliseconds: one more, so that the deadline is over when the timer fires.
        Instant::now() + wait + Duration::from_millis(1)
    }

    fn lock(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Blocks that leave in one system call.
#[derive(Debug)]
struct Run {
    block: u16,
    blocks: usize,
    size: usize,
    offset: u64,
    len: usize,
}

impl Run {
    /// Heads and file bytes interleaved, for the kernel to cut into packets (UDP_SEGMENT); one by one where it cannot.
    fn send(&self, socket: &UdpSocket, bytes: &[u8]) -> io::Result<()> {
        let fd = socket.as_raw_fd();
        let heads: Vec<[u8; 4]> = (0..self.blocks)
            .map(|at| data_head(self.block.wrapping_add(at as u16)))
            .collect();
        let mut parts = Vec::with_capacity(2 * self.blocks);
        for (at, head) in heads.iter().enumerate() {
            let from = (at * self.size).min(bytes.len());
            let to = (from + self.size).min(bytes.len());
            parts.push(IoSlice::new(head));
            parts.push(IoSlice::new(&bytes[from..to]));
        }
        if self.blocks > 1 {
            let segment = u16::try_from(self.size + 4).unwrap_or(u16::MAX);
            let cut = [ControlMessage::UdpGsoSegments(&segment)];
            match sendmsg::<()>(fd, &parts, &cut, MsgFlags::MSG_DONTWAIT, None) {
                Ok(_) => return Ok(()),
                Err(error) if is_about_cutting(error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        for pair in parts.chunks(2) {
            sendmsg::<()>(fd, pair, &[], MsgFlags::MSG_DONTWAIT, None)?;
        }
        Ok(())
    }
}

/// Whether the device or path cannot cut datagrams.
fn is_about_cutting(error: nix::Error) -> bool {
    use nix::Error;
    matches!(
        error,
        Error::EINVAL | Error::EIO | Error::EMSGSIZE | Error::EOPNOTSUPP | Error::ENOPROTOOPT
    )
}
