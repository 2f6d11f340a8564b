//! One transfer's socket: connected to the client, so that the kernel sorts the packets and reports a closed port.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::Instant;

use super::body::Body;
use super::ear::{Ear, Heard};
use super::run::Run;
use crate::boot::tftp::{Again, End, Send, Transfer};
use crate::daemon::clock::Clock;
use crate::daemon::transfers::{self, Begin, Transfers};
use crate::kit::Stamp;
use crate::wire::tftp::{Packet, Request, code};

/// Socket errors after which a transfer is given up.
const MOST_ERRORS: u32 = 16;
/// Packets that are heard before a second request is judged.
const CATCH_UP: u32 = 32;
/// How often, and how long each time, a full send buffer is waited for. Then the packet counts as lost.
const FULL_WAITS: u32 = 20;
const FULL_WAIT: Duration = Duration::from_millis(1);

/// One transfer under way.
#[derive(Debug)]
pub struct Session {
    peer: SocketAddr,
    socket: AsyncFd<UdpSocket>,
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
    ///
    /// The socket is watched for packets only: watched for room as well, it would wake this thread for every packet that
    /// has left.
    ///
    /// # Errors
    /// The system cannot watch one more socket.
    pub fn new(
        socket: UdpSocket,
        peer: SocketAddr,
        transfer: Transfer,
        body: Body,
        begin: Begin,
        (transfers, clock): (Transfers, Clock),
    ) -> io::Result<Self> {
        Ok(Self {
            peer,
            socket: watch(socket)?,
            clock,
            transfers,
            begin,
            flow: Mutex::new(Flow {
                transfer,
                record: None,
                closed: false,
            }),
            body: Mutex::new(body),
        })
    }

    /// The client.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Another request came from the client's port. It may have overtaken the last packets to this transfer, which wait on
    /// another socket: these are heard first.
    #[must_use]
    pub fn asked_again(&self, request: &Request) -> Again {
        let owed = self.catch_up();
        let now = self.clock.now();
        let mut flow = self.lock();
        let again = flow.transfer.on_request(request, now);
        if again == Again::Anew {
            self.settle(&mut flow, now);
        }
        match (again, owed) {
            (Again::Ignore, Some(send)) => Again::Resend(send),
            (again, _) => again,
        }
    }

    /// Hears what waits, a bounded number of packets: what is to be sent on account of it.
    fn catch_up(&self) -> Option<Send> {
        let mut packet = [0; 600];
        let mut owed = None;
        for _ in 0..CATCH_UP {
            let Ok(len) = self.socket.get_ref().recv(&mut packet) else {
                break;
            };
            let bytes = packet.get(..len).unwrap_or_default();
            let send = self.step(|transfer, now| transfer.on_packet(bytes, now));
            owed = send.or(owed);
        }
        owed
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
        let lockstep = self.lock().transfer.terms().window == 1;
        let mut ear = Ear::new(lockstep);
        let mut errors = 0;
        let timer = tokio::time::sleep_until(self.deadline());
        tokio::pin!(timer);
        loop {
            let send = match ear.listen(&self.socket, timer.as_mut()).await {
                Heard::Packet(len) => {
                    let bytes = ear.bytes(len);
                    let send = self.step(|transfer, now| transfer.on_packet(bytes, now));
                    ear.more(send.is_none());
                    send
                }
                Heard::Error(error) => {
                    errors += 1;
                    self.failed(&error, errors);
                    None
                }
                // The timer is not moved with every acknowledgement: it looks at the deadline when it fires.
                Heard::Time => {
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
                self.push(&Packet::OptionAck(options));
            }
            Send::Data {
                block,
                count,
                offset,
                len,
            } => {
                let size = usize::from(self.lock().transfer.terms().block);
                let at_once = Run::most(size);
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
        for _ in 0..FULL_WAITS {
            let pushed = {
                let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
                let socket = self.socket.get_ref();
                body.range(run.offset, run.len)
                    .map(|bytes| run.send(socket, bytes))
            };
            match pushed {
                Ok(Ok(())) => return true,
                Ok(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    tokio::time::sleep(FULL_WAIT).await;
                }
                Ok(Err(error)) => {
                    self.failed(&error, 0);
                    return true;
                }
                Err(_) => {
                    self.close("the file became shorter or unreadable while it was sent");
                    let text = "the file changed on the server".into();
                    let error = Packet::Error {
                        code: code::OTHER,
                        text,
                    };
                    self.push(&error);
                    return false;
                }
            }
        }
        true
    }

    fn push(&self, packet: &Packet<'_>) {
        if let Err(error) = self.socket.get_ref().send(&packet.emit()) {
            self.failed(&error, 0);
        }
    }

    /// A socket error: a closed port ends the transfer, others pass, but not for ever.
    fn failed(&self, error: &io::Error, errors: u32) {
        if error.kind() == io::ErrorKind::ConnectionRefused || errors > MOST_ERRORS {
            self.step(|transfer, _| {
                transfer.on_unreachable();
                None
            });
        }
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

/// Watches a socket for packets.
///
/// tokio marks this constructor as deprecated because a type may lie about its descriptor; its replacement is unsafe, which
/// this crate does without. The standard library's socket owns its descriptor and keeps it.
#[allow(deprecated)]
fn watch(socket: UdpSocket) -> io::Result<AsyncFd<UdpSocket>> {
    AsyncFd::with_interest(socket, Interest::READABLE)
}
