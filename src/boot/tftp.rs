//! One TFTP transfer, as decisions: packets and time in, packets and file ranges out (RFC 1350, 2347, 2348, 2349, 7440).
//!
//! - Block numbers roll over from 65,535 to 0, as every firmware expects.
//! - A repeated acknowledgement is never answered (the sorcerer's apprentice: each answer would double the traffic for the
//!   rest of the file); only a deadline or an acknowledgement inside the window causes blocks to be sent again.
//! - An ERROR ends the transfer at once. After an option acknowledgement it is firmware that only wanted the size.
//! - The file is never touched here: [`Send::Data`] names ranges, and whoever owns the socket reads them.

mod pace;
mod terms;

use crate::kit::Stamp;
use crate::wire::tftp::{Options, Packet, Request};
use pace::{Awaited, Pace};

pub use terms::{BLOCK_SIZES, MAX_FLIGHT, MAX_WINDOW, Terms};

use std::fmt;
use std::time::Duration;

/// A client whose acknowledgement is younger than this is under way, whatever else arrives from its port.
const UNDER_WAY: Duration = Duration::from_secs(1);
/// Sooner than this nobody asks again who has heard nothing. It is the network's double, or somebody who would have us flood the
/// address that he gives as his own: 17 bytes asked are 516 sent.
const TOO_SOON: Duration = Duration::from_millis(250);

/// What to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Send {
    /// An option acknowledgement.
    Options(Options),
    /// `count` blocks with numbers from `block` on (rolling over), whose bytes are `len` from `offset` of the file: cut every
    /// [`Terms::block`] bytes; the last block of the file is the one that is shorter, if need be empty.
    Data {
        /// Number of the first block.
        block: u16,
        /// How many blocks, at least one.
        count: u16,
        /// Offset of the first byte in the file.
        offset: u64,
        /// Bytes of all blocks together.
        len: usize,
    },
}

/// How a transfer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Everything was acknowledged.
    Complete,
    /// Everything was sent, and all but the last blocks acknowledged: firmware that starts the loader at once does this.
    Unconfirmed,
    /// The client asked for the size only.
    Probe,
    /// The client sent an ERROR.
    Aborted {
        /// Its code.
        code: u16,
        /// Its text.
        text: String,
    },
    /// The client never answered.
    Unanswered(Duration),
    /// The client fell silent.
    Silent(Duration),
    /// The client's machine says that nobody listens on the port any more.
    Gone,
    /// The client asked anew from the same port.
    Replaced,
}

impl End {
    /// Whether nothing went wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Complete | Self::Unconfirmed | Self::Probe)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("complete"),
            Self::Unconfirmed => f.write_str("sent; the client did not acknowledge the last block"),
            Self::Probe => f.write_str("the client asked for the size only"),
            Self::Aborted { code, text } if text.is_empty() => {
                write!(f, "client aborted with error {code}")
            }
            Self::Aborted { text, .. } => write!(f, "client aborted: {text}"),
            Self::Unanswered(span) => write!(
                f,
                "no answer to our first packet for {} s; a firewall may block UDP from this server's high ports",
                span.as_secs()
            ),
            Self::Silent(span) => write!(f, "no acknowledgement for {} s", span.as_secs()),
            Self::Gone => f.write_str("the client closed its port"),
            Self::Replaced => f.write_str("the client asked again from the start"),
        }
    }
}

/// What a second request from a port with a transfer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The client has not seen our first packet: send it again.
    Resend(Send),
    /// The network delivered a request twice: nothing to do.
    Ignore,
    /// The client starts over: this transfer is at its end.
    Anew,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// Options were sent; ACK 0 is awaited.
    Offered,
    /// Blocks are sent.
    Flowing,
    Ended(End),
}

/// One file on its way to one client.
#[derive(Debug, Clone)]
pub struct Transfer {
    request: Request,
    terms: Terms,
    size: u64,
    /// Blocks in the file, the short one at its end included.
    blocks: u64,
    /// Blocks acknowledged, and blocks sent; both count on past 65,535.
    acked: u64,
    sent: u64,
    answered: bool,
    phase: Phase,
    pace: Pace,
}

impl Transfer {
    /// A transfer of a file of `size` bytes over a path of `mtu` bytes a packet, and the first thing to send.
    #[must_use]
    pub fn new(request: Request, size: u64, mtu: u32, now: Stamp) -> (Self, Send) {
        let terms = Terms::agree(&request, size, mtu);
        let mut transfer = Self {
            request,
            terms,
            size,
            blocks: size / u64::from(terms.block) + 1,
            acked: 0,
            sent: 0,
            answered: false,
            phase: if terms.said.is_empty() {
                Phase::Flowing
            } else {
                Phase::Offered
            },
            pace: Pace::start(terms.timeout, now),
        };
        let first = transfer.flight();
        (transfer, first)
    }

    /// A packet from the client: what to send, if anything. Afterwards look at [`Transfer::end`].
    pub fn on_packet(&mut self, bytes: &[u8], now: Stamp) -> Option<Send> {
        match Packet::parse(bytes) {
            Ok(Packet::Ack(block)) => self.on_ack(block, now),
            Ok(Packet::Error { code, text }) => {
                self.on_error(code, text);
                None
            }
            // Nothing else comes from a reading client; noise on an open port is no reason to fail it.
            Ok(_) | Err(_) => None,
        }
    }

    /// Time passed: what to send again, if the deadline is over.
    pub fn on_timeout(&mut self, now: Stamp) -> Option<Send> {
        if self.end().is_some() || now < self.pace.deadline() {
            return None;
        }
        let awaited = match (self.answered, self.sent == self.blocks) {
            (false, _) => Awaited::FirstWord,
            (true, false) => Awaited::Progress,
            (true, true) => Awaited::LastBlock,
        };
        if self.pace.retry(awaited, now) {
            return Some(self.flight());
        }
        let silence = self.pace.silence(now);
        self.phase = Phase::Ended(match awaited {
            Awaited::FirstWord => End::Unanswered(silence),
            Awaited::Progress => End::Silent(silence),
            Awaited::LastBlock => End::Unconfirmed,
        });
        None
    }

    /// An ICMP message says that the client's port is closed.
    pub fn on_unreachable(&mut self) {
        if self.end().is_none() {
            let all_sent = self.answered && self.sent == self.blocks;
            self.phase = Phase::Ended(if all_sent {
                End::Unconfirmed
            } else {
                End::Gone
            });
        }
    }

    /// When to call [`Transfer::on_timeout`]; none once it has ended.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Stamp> {
        self.end().is_none().then(|| self.pace.deadline())
    }

    /// Another request came from the client's port.
    pub fn on_request(&mut self, request: &Request, now: Stamp) -> Again {
        let same = *request == self.request && self.end().is_none();
        if same && !self.answered && self.pace.lately(now, TOO_SOON) {
            Again::Ignore
        } else if same && !self.answered {
            self.pace.sent_again(now);
            Again::Resend(self.flight())
        } else if same && self.pace.silence(now) < UNDER_WAY {
            Again::Ignore
        } else {
            if self.end().is_none() {
                self.phase = Phase::Ended(End::Replaced);
            }
            Again::Anew
        }
    }

    /// How it ended, if it did.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        match &self.phase {
            Phase::Ended(end) => Some(end),
            Phase::Offered | Phase::Flowing => None,
        }
    }

    /// Whether bytes of the file have been sent; a client that only asks for the size never gets there.
    #[must_use]
    pub fn begun(&self) -> bool {
        self.sent > 0
    }

    /// Bytes the client has acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        (self.acked * u64::from(self.terms.block)).min(self.size)
    }

    /// Bytes of the file.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What was agreed on.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    fn on_ack(&mut self, block: u16, now: Stamp) -> Option<Send> {
        match self.phase {
            Phase::Ended(_) => return None,
            Phase::Offered if block != 0 => return None,
            Phase::Offered => self.phase = Phase::Flowing,
            Phase::Flowing => {
                // Wrapping subtraction makes one number line of the rolling block numbers: a window is far shorter than it.
                let ahead = u64::from(block.wrapping_sub(self.acked as u16));
                if ahead == 0 || ahead > self.sent - self.acked {
                    return None;
                }
                self.acked += ahead;
            }
        }
        self.answered = true;
        self.pace.advance(now);
        if self.acked == self.blocks {
            self.phase = Phase::Ended(End::Complete);
            return None;
        }
        Some(self.flight())
    }

    fn on_error(&mut self, code: u16, text: String) {
        if self.end().is_some() {
            return;
        }
        let probe = self.phase == Phase::Offered && self.request.options.tsize.is_some();
        self.phase = Phase::Ended(if probe {
            End::Probe
        } else {
            End::Aborted { code, text }
        });
    }

    /// What is in flight from the first block that is not acknowledged.
    fn flight(&mut self) -> Send {
        if self.phase == Phase::Offered {
            return Send::Options(self.terms.said);
        }
        let block = u64::from(self.terms.block);
        let last = (self.acked + u64::from(self.terms.window)).min(self.blocks);
        let (from, to) = (self.acked * block, (last * block).min(self.size));
        let count = last - self.acked;
        self.sent = last;
        Send::Data {
            block: (self.acked + 1) as u16,
            count: u16::try_from(count).unwrap_or(1),
            offset: from,
            len: usize::try_from(to - from).unwrap_or_default(),
        }
    }
}
