//! Taking compression off a stream, whichever it is.

use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use liblzma::bufread::XzDecoder;

/// Memory that an xz stream may ask for: what `xz -9` needs, and some.
const XZ_MEMORY: u64 = 256 << 20;
/// Largest window of a zstd stream, as a power of two (zstd(1), `--long`).
const ZSTD_WINDOW: u32 = 27;

/// The bytes of `stream` without its compression, told by its first bytes: gzip, zstd, xz, bzip2, or none.
///
/// # Errors
/// What reading yields; a compression that is known and not taken.
pub fn plain<'r>(stream: impl Read + Send + 'r) -> io::Result<Box<dyn Read + Send + 'r>> {
    let mut stream = BufReader::with_capacity(256 << 10, stream);
    let start = stream.fill_buf()?;
    Ok(match start {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(stream)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let mut decoder = zstd::Decoder::with_buffer(stream)?;
            decoder.window_log_max(ZSTD_WINDOW)?;
            Box::new(decoder)
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            let decoder = liblzma::stream::Stream::new_stream_decoder(
                XZ_MEMORY,
                liblzma::stream::CONCATENATED,
            )?;
            Box::new(XzDecoder::new_stream(stream, decoder))
        }
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Box::new(MultiBzDecoder::new(stream)),
        [0x04, 0x22, 0x4d, 0x18, ..] => return Err(unknown("lz4")),
        [b'L', b'Z', b'I', b'P', ..] => return Err(unknown("lzip")),
        _ => Box::new(stream),
    })
}

fn unknown(what: &str) -> io::Error {
    io::Error::other(format!(
        "it is compressed with {what}, which muster does not read; gzip, zstd, xz and bzip2 do"
    ))
}
