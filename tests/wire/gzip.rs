//! One gzip member from many blocks.

use std::io::Read;

use flate2::Crc;
use muster::wire::gzip::{BLOCK, HEADER, footer, squeeze};

/// Bytes that compress to about half.
fn sample(length: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 28) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn member(plain: &[u8], level: u32) -> Vec<u8> {
    let mut out = HEADER.to_vec();
    let mut crc = Crc::new();
    for block in plain.chunks(BLOCK) {
        let block = squeeze(block, level).unwrap();
        out.extend_from_slice(&block.bytes);
        crc.combine(&block.crc);
    }
    let end = footer(&crc, plain.len() as u64, out.len() as u64);
    out.extend_from_slice(&end);
    out
}

#[test]
fn blocks_make_one_member_that_is_read_to_its_end() {
    for length in [0, 1, 5, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 77] {
        for level in [1, 6] {
            let plain = sample(length);
            let gzip = member(&plain, level);
            assert_eq!(gzip.len() % 4, 0);
            let mut from = &gzip[..];
            let mut back = Vec::new();
            let mut decoder = flate2::bufread::GzDecoder::new(&mut from);
            decoder.read_to_end(&mut back).unwrap();
            assert!(back == plain, "{length} at level {level}");
            assert!(
                from.len() < 4 && from.iter().all(|byte| *byte == 0),
                "{} left",
                from.len()
            );
        }
    }
}

#[test]
fn noise_survives_too() {
    let mut state = 7u64;
    let noise: Vec<u8> = (0..BLOCK + 9)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect();
    let mut back = Vec::new();
    flate2::read::GzDecoder::new(&member(&noise, 6)[..])
        .read_to_end(&mut back)
        .unwrap();
    assert!(back == noise);
}
