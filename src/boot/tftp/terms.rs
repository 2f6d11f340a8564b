//! What client and server agree on before the first block.

use std::time::Duration;

use crate::wire::tftp::{Options, Request};

/// Smallest and largest block of RFC 2348 section 2.
pub const BLOCK_SIZES: (u64, u64) = (8, 65_464);
/// Block size without an option (RFC 1350).
pub const PLAIN_BLOCK: u16 = 512;
/// IPv4 header, UDP header and TFTP header before a block.
pub const HEADERS: u64 = 20 + 8 + 4;
/// Most blocks in flight: what a client's default receive buffer (208 KiB on Linux) holds of full Ethernet frames.
pub const MAX_WINDOW: u64 = 64;
/// Most bytes in flight, for the same reason when blocks are large.
pub const MAX_FLIGHT: u64 = 128 * 1024;

/// The terms of one transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Bytes of a block.
    pub block: u16,
    /// Blocks sent before an acknowledgement.
    pub window: u16,
    /// Time until a retransmission, if the client chose it.
    pub timeout: Option<Duration>,
    /// What the option acknowledgement says; empty when none is sent.
    pub said: Options,
}

impl Terms {
    /// The terms for `request` of a file of `size` bytes over a path whose packets hold `mtu` bytes. Options that are out of
    /// range are left out, as if they were not given; a block or window that is too large is answered by a smaller one.
    #[must_use]
    pub fn agree(request: &Request, size: u64, mtu: u32) -> Self {
        let asked = request.options;
        let path = u64::from(mtu).saturating_sub(HEADERS);
        let most = path.clamp(u64::from(PLAIN_BLOCK), BLOCK_SIZES.1);
        let blksize = asked
            .blksize
            .filter(|bytes| *bytes >= BLOCK_SIZES.0)
            .map(|bytes| bytes.min(most));
        let block = blksize.unwrap_or(u64::from(PLAIN_BLOCK));
        let windowsize = asked
            .windowsize
            .filter(|blocks| *blocks >= 1)
            .map(|blocks| blocks.min(MAX_WINDOW).min((MAX_FLIGHT / block).max(1)));
        let timeout = asked.timeout.filter(|secs| (1..=255).contains(secs));
        Self {
            block: u16::try_from(block).unwrap_or(PLAIN_BLOCK),
            window: windowsize
                .and_then(|blocks| u16::try_from(blocks).ok())
                .unwrap_or(1),
            timeout: timeout.map(Duration::from_secs),
            said: Options {
                blksize,
                timeout,
                tsize: asked.tsize.map(|_| size),
                windowsize,
            },
        }
    }
}
