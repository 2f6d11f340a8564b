//! A connection whose file bytes go from the page cache to the socket by `sendfile(2)`.
//!
//! hyper offers no way to send a file. But it hands a body's buffers to the socket uncopied when writes are vectored, so a body
//! may yield slices of one static *hole* instead of bytes: [`Lane`] knows a slice of the hole by its address and sends as many
//! bytes of the file whose turn it is. hyper keeps all of HTTP; no byte of a file enters this process. Should hyper ever copy
//! buffers together, the hole's bytes would go out as zeros: the ledger of owed bytes shows that at the next flush, and the
//! connection is broken off instead of going on.

use std::collections::VecDeque;
use std::fs::File;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use nix::sys::sendfile::sendfile64;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::daemon::clock::Clock;
use crate::daemon::transfers::Transfer;
use crate::kit::Stamp;

/// How long a client may take no byte before it is given up.
const STALL: Duration = Duration::from_secs(60);

/// Never written or read, so it takes no memory: its addresses are what counts.
static HOLE: [u8; 2 << 20] = [0; 2 << 20];

/// The longest piece that a body may yield for file bytes.
pub(super) const PIECE: usize = HOLE.len();

/// A piece of `len` file bytes, at most [`PIECE`].
pub(super) fn hole(len: usize) -> Bytes {
    Bytes::from_static(&HOLE[..len.min(PIECE)])
}

/// Whether a slice stands for file bytes.
fn is_hole(slice: &[u8]) -> bool {
    let start = HOLE.as_ptr().addr();
    (start..start + HOLE.len()).contains(&slice.as_ptr().addr())
}

/// File bytes on their way.
#[derive(Debug)]
pub(super) struct Segment {
    /// The file.
    pub file: Arc<File>,
    /// Next byte.
    pub at: u64,
    /// Bytes to go.
    pub left: u64,
    /// NULs that the body sends behind it.
    pub pad: u64,
    /// Where the bytes are counted.
    pub transfer: Option<Transfer>,
}

/// What bodies and their connection share.
#[derive(Debug, Default)]
pub(super) struct Line {
    segments: VecDeque<Segment>,
    /// Bytes of the hole that bodies have yielded and that were not sent yet.
    owed: u64,
    /// Complete as soon as everything is flushed.
    ending: Vec<Transfer>,
}

impl Line {
    /// Puts file bytes at the end of the line.
    pub(super) fn push(&mut self, segment: Segment) {
        self.segments.push_back(segment);
    }

    /// Notes that a piece of the hole was yielded.
    pub(super) fn owe(&mut self, bytes: usize) {
        self.owed += bytes as u64;
    }

    /// A transfer that is complete once everything is flushed.
    pub(super) fn end(&mut self, transfer: Transfer) {
        self.ending.push(transfer);
    }

    fn sent(&mut self, bytes: usize, clock: Clock) {
        self.owed = self.owed.saturating_sub(bytes as u64);
        let Some(segment) = self.segments.front_mut() else {
            return;
        };
        segment.at += bytes as u64;
        segment.left = segment.left.saturating_sub(bytes as u64);
        let done = segment.left == 0;
        let pad = if done { segment.pad } else { 0 };
        if let Some(transfer) = &mut segment.transfer {
            transfer.add(bytes as u64 + pad, clock.now());
        }
        if done && let Some(segment) = self.segments.pop_front() {
            self.ending.extend(segment.transfer);
        }
    }

    fn finish(&mut self, clock: Clock) {
        for transfer in self.ending.drain(..) {
            transfer.finish(clock.now());
        }
    }

    fn broken(&mut self, error: &io::Error, clock: Clock) {
        let why = match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                "the client closed the connection".to_owned()
            }
            io::ErrorKind::TimedOut => {
                format!("the client took no byte for {} s", STALL.as_secs())
            }
            io::ErrorKind::UnexpectedEof => "the file became shorter while it was sent".to_owned(),
            _ => error.to_string(),
        };
        let transfers = self.segments.drain(..).filter_map(|s| s.transfer);
        for transfer in transfers.chain(self.ending.drain(..)) {
            transfer.broken(&why, clock.now());
        }
    }
}

/// A handle of a connection's line.
pub(super) type SharedLine = Arc<Mutex<Line>>;

/// Locks a line; a panic elsewhere does not matter to it.
pub(super) fn lock(line: &SharedLine) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The connection.
#[derive(Debug)]
pub(super) struct Lane {
    stream: TokioIo<TcpStream>,
    line: SharedLine,
    clock: Clock,
    /// Since when the client takes nothing.
    stuck: Option<Stamp>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Lane {
    /// Over an accepted stream.
    pub(super) fn new(stream: TcpStream, clock: Clock) -> Self {
        Self {
            stream: TokioIo::new(stream),
            line: SharedLine::default(),
            clock,
            stuck: None,
            alarm: None,
        }
    }

    /// A handle of its line, for bodies.
    pub(super) fn line(&self) -> SharedLine {
        self.line.clone()
    }

    /// Sends up to `len` bytes of the file whose turn it is.
    fn poll_file(&self, cx: &mut Context<'_>, len: usize) -> Poll<io::Result<usize>> {
        let (file, at) = {
            let line = lock(&self.line);
            let Some(segment) = line.segments.front() else {
                return Poll::Ready(Err(io::Error::other("file bytes without a file")));
            };
            (segment.file.clone(), segment.at)
        };
        let stream = self.stream.inner();
        loop {
            ready!(stream.poll_write_ready(cx))?;
            let mut offset = i64::try_from(at).map_err(io::Error::other)?;
            let sent = stream.try_io(Interest::WRITABLE, || {
                sendfile64(stream, &*file, Some(&mut offset), len).map_err(io::Error::from)
            });
            return match sent {
                Ok(0) => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Ok(sent) => {
                    lock(&self.line).sent(sent, self.clock);
                    Poll::Ready(Ok(sent))
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Poll::Ready(Err(error)),
            };
        }
    }

    /// Passes a write's outcome on; gives up a client that takes nothing for too long.
    fn watch(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let outcome = match outcome {
            Poll::Ready(Ok(sent)) => {
                self.stuck = None;
                return Poll::Ready(Ok(sent));
            }
            Poll::Ready(Err(error)) => Err(error),
            Poll::Pending => {
                // Set once and looked at when it rings: resetting it at every write would cost more than the write.
                let alarm = self
                    .alarm
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(STALL)));
                let since = *self.stuck.get_or_insert_with(|| self.clock.now());
                loop {
                    ready!(alarm.as_mut().poll(cx));
                    let idle = self.clock.now().since(since);
                    if idle >= STALL {
                        break Err(io::ErrorKind::TimedOut.into());
                    }
                    *alarm = Box::pin(tokio::time::sleep(STALL - idle));
                }
            }
        };
        if let Err(error) = &outcome {
            lock(&self.line).broken(error, self.clock);
        }
        Poll::Ready(outcome)
    }
}

impl Read for Lane {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl Write for Lane {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let plain = bufs
            .iter()
            .position(|buf| is_hole(buf))
            .unwrap_or(bufs.len());
        let outcome = if plain > 0 {
            Pin::new(&mut self.stream).poll_write_vectored(cx, &bufs[..plain])
        } else {
            let len = bufs.first().map_or(0, |buf| buf.len());
            self.poll_file(cx, len)
        };
        self.watch(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        let mut line = lock(&self.line);
        if line.owed > 0 {
            let error = io::Error::other("file bytes were copied instead of sent");
            line.broken(&error, self.clock);
            return Poll::Ready(Err(error));
        }
        line.finish(self.clock);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
