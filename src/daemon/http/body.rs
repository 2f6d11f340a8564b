//! Response bodies: bytes at hand, or a file that the connection itself sends.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::lane::{PIECE, Segment, SharedLine, hole, lock};
use super::warm::{Reached, past};
use crate::daemon::clock::Clock;
use crate::daemon::transfers::Transfer;
use crate::overlay::Rope;

/// Piece of an archive per frame, so that its progress can be counted.
const FRAME: usize = 256 * 1024;

/// Until the next piece is in memory.
type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The body of an answer.
pub(super) struct Reply {
    source: Source,
    line: SharedLine,
    clock: Clock,
}

enum Source {
    Bytes {
        rest: Rope,
        transfer: Option<Transfer>,
    },
    /// A file; its segment joins the connection's line when the body's turn comes.
    File {
        segment: Option<Box<Segment>>,
        /// Next byte to yield.
        at: u64,
        left: u64,
        pad: usize,
        /// The file's way into memory, which the body stays behind.
        reached: Reached,
        waiting: Option<Waiting>,
    },
}

impl Reply {
    /// Bytes at hand. An answer to HEAD has none.
    pub(super) fn bytes(
        rest: impl Into<Rope>,
        transfer: Option<Transfer>,
        line: SharedLine,
        clock: Clock,
    ) -> Self {
        Self {
            source: Source::Bytes {
                rest: rest.into(),
                transfer,
            },
            line,
            clock,
        }
    }

    /// Part of a file, then NULs.
    pub(super) fn file(
        mut segment: Segment,
        reached: Reached,
        line: SharedLine,
        clock: Clock,
    ) -> Self {
        // Without file bytes the connection has nothing to send for it: an empty file, or a range inside the NULs.
        if segment.left == 0
            && let Some(mut transfer) = segment.transfer.take()
        {
            transfer.add(segment.pad, clock.now());
            lock(&line).end(transfer);
        }
        Self {
            source: Source::File {
                at: segment.at,
                left: segment.left,
                pad: usize::try_from(segment.pad).unwrap_or(0),
                segment: Some(Box::new(segment)),
                reached,
                waiting: None,
            },
            line,
            clock,
        }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let data = match &mut this.source {
            Source::Bytes { rest, transfer } => {
                let data = rest.take_front(FRAME);
                if let Some(transfer) = transfer {
                    transfer.add(data.len() as u64, this.clock.now());
                }
                if rest.is_empty()
                    && let Some(transfer) = transfer.take()
                {
                    lock(&this.line).end(transfer);
                }
                data
            }
            Source::File {
                segment,
                at,
                left,
                pad,
                reached,
                waiting,
            } => {
                let len = usize::try_from(*left).map_or(PIECE, |left| left.min(PIECE));
                let end = *at + len as u64;
                if len > 0 && *reached.borrow() < end {
                    let wait = waiting.get_or_insert_with(|| Box::pin(past(reached.clone(), end)));
                    ready!(wait.as_mut().poll(cx));
                }
                *waiting = None;
                let mut line = lock(&this.line);
                if let Some(segment) = segment.take().filter(|segment| segment.left > 0) {
                    line.push(*segment);
                }
                if len > 0 {
                    (*at, *left) = (end, *left - len as u64);
                    line.owe(len);
                    hole(len)
                } else {
                    Bytes::from_static(&[0; 3]).split_to(std::mem::take(pad).min(3))
                }
            }
        };
        if data.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining())
    }
}

impl Reply {
    fn remaining(&self) -> u64 {
        match &self.source {
            Source::Bytes { rest, .. } => rest.len() as u64,
            Source::File { left, pad, .. } => left + *pad as u64,
        }
    }
}
