//! Response bodies: bytes at hand, or a file that the connection itself sends.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::lane::{PIECE, Segment, SharedLine, hole, lock};
use crate::daemon::clock::Clock;
use crate::daemon::transfers::Transfer;

/// Piece of an archive per frame, so that its progress can be counted.
const FRAME: usize = 256 * 1024;

/// The body of an answer.
#[derive(Debug)]
pub(super) struct Reply {
    source: Source,
    line: SharedLine,
    clock: Clock,
}

#[derive(Debug)]
enum Source {
    Bytes {
        rest: Bytes,
        transfer: Option<Transfer>,
    },
    /// A file; its segment joins the connection's line when the body's turn comes.
    File {
        segment: Option<Box<Segment>>,
        left: u64,
        pad: usize,
    },
}

impl Reply {
    /// Bytes at hand. An answer to HEAD has none.
    pub(super) fn bytes(
        rest: Bytes,
        transfer: Option<Transfer>,
        line: SharedLine,
        clock: Clock,
    ) -> Self {
        Self {
            source: Source::Bytes { rest, transfer },
            line,
            clock,
        }
    }

    /// Part of a file, then NULs.
    pub(super) fn file(mut segment: Segment, line: SharedLine, clock: Clock) -> Self {
        // Without file bytes the connection has nothing to send for it: an empty file, or a range inside the NULs.
        if segment.left == 0
            && let Some(mut transfer) = segment.transfer.take()
        {
            transfer.add(segment.pad, clock.now());
            lock(&line).end(transfer);
        }
        let (left, pad) = (segment.left, usize::try_from(segment.pad).unwrap_or(0));
        Self {
            source: Source::File {
                segment: Some(Box::new(segment)),
                left,
                pad,
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
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let data = match &mut this.source {
            Source::Bytes { rest, transfer } => {
                let data = rest.split_to(rest.len().min(FRAME));
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
            Source::File { segment, left, pad } => {
                let mut line = lock(&this.line);
                if let Some(segment) = segment.take().filter(|segment| segment.left > 0) {
                    line.push(*segment);
                }
                if *left > 0 {
                    let len = usize::try_from(*left).map_or(PIECE, |left| left.min(PIECE));
                    *left -= len as u64;
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
