//! gzip of one member from blocks that are compressed side by side.
//!
//! The kernel takes one gzip member for each cpio archive: what `pigz`, not `bgzip`, writes. Each block is raw deflate that ends
//! at a byte (a sync flush, RFC 1951 3.2.4), so blocks can be joined; the checksums are combined.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// Bytes of a block before compression. At 1 MiB the windows that are lost at the seams cost less than 1 % in size.
pub const BLOCK: usize = 1 << 20;

/// The head of the member (RFC 1952 2.3): deflate, no name, no time, unknown system, so that it is a function of content.
pub const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// A compressed block.
#[derive(Debug)]
pub struct Block {
    /// Raw deflate, not final, ending at a byte.
    pub bytes: Vec<u8>,
    /// Checksum and length of the plain bytes.
    pub crc: Crc,
}

/// Compresses one block.
///
/// # Errors
/// A sentence, if the compressor fails; it cannot on sound memory.
pub fn squeeze(plain: &[u8], level: u32) -> Result<Block, String> {
    let mut crc = Crc::new();
    crc.update(plain);
    let mut deflate = Compress::new(Compression::new(level), false);
    // What cannot be compressed grows a little; the flush adds 5 bytes.
    let mut bytes = Vec::with_capacity(plain.len() / 2 + 1024);
    loop {
        let done = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
        let rest = plain.get(done..).unwrap_or_default();
        let status = deflate
            .compress_vec(rest, &mut bytes, FlushCompress::Sync)
            .map_err(|error| format!("compression failed: {error}"))?;
        let all_in = deflate.total_in() >= plain.len() as u64;
        // Room left over means that the flush is complete.
        if all_in && bytes.len() < bytes.capacity() {
            return Ok(Block { bytes, crc });
        }
        if status == Status::StreamEnd {
            return Err("compression ended early".into());
        }
        bytes.reserve(bytes.capacity().max(4096));
    }
}

/// The end of the member: an empty final block, the checksum and the length of everything (modulo 2^32), padded with NULs so
/// that the whole, with `so_far` bytes before it, has a multiple of 4 bytes: some firmware joins initramfs archives unpadded.
#[must_use]
pub fn footer(crc: &Crc, plain: u64, so_far: u64) -> Vec<u8> {
    let mut end = vec![0x03, 0x00];
    end.extend_from_slice(&crc.sum().to_le_bytes());
    // RFC 1952 2.3.1: the length is kept modulo 2^32.
    end.extend_from_slice(&(plain as u32).to_le_bytes());
    while !(so_far + end.len() as u64).is_multiple_of(4) {
        end.push(0);
    }
    end
}
