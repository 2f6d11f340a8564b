//! Runs of blocks, handed to the kernel at once.

use crate::boot::tftp::Send;
use crate::wire::tftp::data_head;

/// Most blocks and bytes of a run (UDP_MAX_SEGMENTS; the size of one UDP datagram).
const SEGMENTS: usize = 64;
const BATCH: usize = 65_000;

/// Blocks that leave together.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Number of the first block.
    pub block: u16,
    /// How many.
    pub blocks: usize,
    /// Bytes of a whole block.
    pub size: usize,
    /// Offset of the first byte in the file.
    pub offset: u64,
    /// Bytes of all of them.
    pub len: usize,
}

impl Run {
    /// How many blocks of `size` bytes fit into one run.
    #[must_use]
    pub fn most(size: usize) -> usize {
        (BATCH / (size + 4)).clamp(1, SEGMENTS)
    }

    /// Size of the packets, if there are several.
    #[must_use]
    pub fn cut(&self) -> Option<u16> {
        (self.blocks > 1).then(|| u16::try_from(self.size + 4).unwrap_or(u16::MAX))
    }

    /// The same as a transfer says it.
    #[must_use]
    pub fn send(&self) -> Send {
        Send::Data {
            block: self.block,
            count: u16::try_from(self.blocks).unwrap_or(1),
            offset: self.offset,
            len: self.len,
        }
    }

    /// Writes its packets: heads, and the file's `bytes` between them.
    pub fn write(&self, bytes: &[u8], to: &mut Vec<u8>) {
        for at in 0..self.blocks {
            let from = (at * self.size).min(bytes.len());
            let end = (from + self.size).min(bytes.len());
            to.extend_from_slice(&data_head(self.block.wrapping_add(at as u16)));
            to.extend_from_slice(&bytes[from..end]);
        }
    }
}
