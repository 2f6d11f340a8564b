//! Noise that can be repeated: real messages, bent in the ways in which networks, broken firmware and attackers bend them.
//!
//! Every run throws the same dice. `MUSTER_NOISE=20` throws twenty times as often, `MUSTER_NOISE_SEED=7` throws others.

use super::lossy::Dice;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// How often to throw: `usual` times whatever the environment says.
pub fn rounds(usual: usize) -> usize {
    let times = number("MUSTER_NOISE").unwrap_or(1).clamp(1, 10_000);
    usual.saturating_mul(times as usize)
}

/// Dice of a test; each has a number of its own.
pub fn dice(own: u64) -> Dice {
    Dice::new(own ^ number("MUSTER_NOISE_SEED").unwrap_or(0).rotate_left(32))
}

/// One of `seeds`, bent one to six times.
pub fn bent(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = pick(dice, seeds).clone();
    for _ in 0..=dice.below(5) {
        bend(dice, &mut bytes, seeds);
    }
    bytes
}

/// One of a list.
pub fn pick<'a, T>(dice: &mut Dice, list: &'a [T]) -> &'a T {
    &list[dice.below(list.len() as u64) as usize]
}

fn bend(dice: &mut Dice, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let len = bytes.len() as u64;
    let at = dice.below(len) as usize;
    match dice.below(10) {
        // A bit.
        0 | 1 if len > 0 => bytes[at] ^= 1 << dice.below(8),
        // A byte, of the kind that lengths lie with.
        2 | 3 if len > 0 => {
            let any = dice.roll() as u8;
            bytes[at] = *pick(dice, &[0, 1, 4, 127, 128, 254, 255, any]);
        }
        // An end that is missing.
        4 => bytes.truncate(at),
        // The head of one and the tail of another.
        5 => {
            let other = pick(dice, seeds);
            let from = dice.below(other.len() as u64 + 1) as usize;
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        // A piece twice, or many times.
        6 => {
            let to = (at + dice.below(40) as usize).min(bytes.len());
            let piece = bytes[at..to].to_vec();
            for _ in 0..=dice.below(8) {
                bytes.splice(at..at, piece.iter().copied());
            }
        }
        // A piece that is missing.
        7 => {
            let to = (at + dice.below(12) as usize).min(bytes.len());
            bytes.drain(at..to);
        }
        // Something in between.
        8 => {
            let len = dice.below(9) as usize;
            let new = dice.bytes(len);
            bytes.splice(at..at, new);
        }
        // A tail of anything, at times a long one.
        _ => {
            let len = if dice.percent(5) {
                3000
            } else {
                dice.below(64)
            };
            bytes.extend(dice.bytes(len as usize));
        }
    }
}

/// A text of letters that parsers and terminals stumble over.
pub fn text(dice: &mut Dice, longest: u64) -> String {
    const LETTERS: [char; 40] = [
        'a', 'n', 'Z', '0', '9', '/', '\\', '.', ':', '-', '_', ' ', '\t', '\n', '\r', '\0',
        '\u{1b}', '"', '\'', '`', '$', '{', '}', '[', ']', '(', ')', '|', '&', ';', '<', '>', '*',
        '?', '!', '%', '#', '\u{202e}', '\u{200b}', 'é',
    ];
    (0..dice.below(longest + 1))
        .map(|_| match dice.percent(3) {
            true => char::from_u32(dice.below(0x11_0000) as u32).unwrap_or('\u{fffd}'),
            false => *pick(dice, &LETTERS),
        })
        .collect()
}
