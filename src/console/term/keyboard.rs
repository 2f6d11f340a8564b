//! What a terminal sends, byte by byte, as what a person did. Pure: bytes in, messages out.
//!
//! crossterm's own reader is not used: a key that comes together with a change of size waits there for the next key, while the
//! descriptor stays readable, and its wait never returns once the terminal has hung up. Sequences are those of xterm's
//! ctlseqs and the linux console; what is not known (answers to questions that we never ask, motion, focus) is dropped whole and
//! never read as keys.

use crossterm::event::{KeyCode, KeyModifiers};

use crate::console::app::{Mouse, Msg};
use crate::console::keys::Chord;

const ESC: u8 = 0x1b;
/// Ends a bracketed paste.
const PASTE_END: &[u8] = b"\x1b[201~";
/// Most bytes of a paste that are kept: a file may be pasted into a template.
const PASTE: usize = 1 << 20;
/// Idle moments after which a paste without an end has ended.
const PATIENCE: u8 = 8;
/// Most bytes of a sequence; a longer one is none.
const LONGEST: usize = 1_024;
/// Rows that one step of the wheel moves.
const WHEEL: isize = 3;

/// Bytes that are not yet a whole message.
#[derive(Debug, Default)]
pub struct Keyboard {
    held: Vec<u8>,
    paste: Option<Vec<u8>>,
    /// How often nothing came in the middle of a paste.
    quiet: u8,
}

/// What stands at the beginning of some bytes.
enum Piece {
    /// The beginning of something longer.
    Part,
    /// So many bytes, which mean something or nothing.
    Whole(usize, Option<Msg>),
    /// So many bytes, after which pasted text follows.
    Paste(usize),
}

impl Keyboard {
    /// Takes in what was read; gives what is complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Msg> {
        self.held.extend_from_slice(bytes);
        self.quiet = 0;
        let mut out = Vec::new();
        while !self.held.is_empty() {
            if self.paste.is_some() {
                match self.pasted() {
                    Some(msg) => out.push(msg),
                    None => break,
                }
                continue;
            }
            match piece(&self.held) {
                Piece::Part if self.held.len() < LONGEST => break,
                Piece::Part => self.held.clear(),
                Piece::Whole(len, msg) => {
                    self.held.drain(..len);
                    out.extend(msg);
                }
                Piece::Paste(len) => {
                    self.held.drain(..len);
                    self.paste = Some(Vec::new());
                }
            }
        }
        out
    }

    /// Whether it holds what may be the beginning of a sequence, or the Esc key.
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.held.is_empty() && self.paste.is_none()
    }

    /// Nothing more came for a moment: a lone Esc was the key; any other beginning is dropped.
    pub fn idle(&mut self) -> Option<Msg> {
        if let Some(text) = &mut self.paste {
            // Its end got lost on the way; keys must not go on being swallowed.
            self.quiet += 1;
            if self.quiet < PATIENCE {
                return None;
            }
            text.append(&mut self.held);
            let text = self.paste.take()?;
            return Some(Msg::Paste(String::from_utf8_lossy(&text).into_owned()));
        }
        let alone = self.held == [ESC];
        self.held.clear();
        alone.then(|| key(KeyCode::Esc, KeyModifiers::NONE))?
    }

    /// Takes in pasted text; gives it once it is whole.
    fn pasted(&mut self) -> Option<Msg> {
        let text = self.paste.as_mut()?;
        let end = self
            .held
            .windows(PASTE_END.len())
            .position(|bytes| bytes == PASTE_END);
        // Without an end, what may be the beginning of one stays.
        let safe = end.unwrap_or(self.held.len().saturating_sub(PASTE_END.len() - 1));
        let room = PASTE.saturating_sub(text.len());
        text.extend(self.held.drain(..safe).take(room));
        end?;
        self.held.drain(..PASTE_END.len());
        let text = self.paste.take()?;
        Some(Msg::Paste(String::from_utf8_lossy(&text).into_owned()))
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Msg> {
    Some(Msg::Key(Chord::of(code, modifiers)?))
}

fn piece(bytes: &[u8]) -> Piece {
    let plain = |code| Piece::Whole(1, key(code, KeyModifiers::NONE));
    match bytes {
        [] => Piece::Part,
        [ESC] => Piece::Part,
        [ESC, b'[', rest @ ..] => control(rest),
        [ESC, b'O', rest @ ..] => match rest {
            [] => Piece::Part,
            [last, ..] => Piece::Whole(3, application(*last)),
        },
        [ESC, b']' | b'P' | b'X' | b'^' | b'_', rest @ ..] => string(rest),
        // A key with Alt, of which we have none, or far more often over a bad line: Esc, and a key in the same packet.
        [ESC, ..] => plain(KeyCode::Esc),
        [b'\r', ..] => plain(KeyCode::Enter),
        [b'\t', ..] => plain(KeyCode::Tab),
        [0x7f | 0x08, ..] => plain(KeyCode::Backspace),
        [letter @ 1..=26, ..] => {
            let code = KeyCode::Char(char::from(letter + b'a' - 1));
            Piece::Whole(1, key(code, KeyModifiers::CONTROL))
        }
        // What ctrl-space sends.
        [0, ..] => Piece::Whole(1, key(KeyCode::Char(' '), KeyModifiers::CONTROL)),
        [27..=31, ..] => Piece::Whole(1, None),
        _ => character(bytes),
    }
}

/// One character in UTF-8.
fn character(bytes: &[u8]) -> Piece {
    let len = match bytes[0] {
        0..0x80 => 1,
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return Piece::Whole(1, None),
    };
    match bytes.get(..len) {
        Some(whole) => match std::str::from_utf8(whole)
            .ok()
            .and_then(|s| s.chars().next())
        {
            Some(c) => Piece::Whole(len, key(KeyCode::Char(c), KeyModifiers::NONE)),
            None => Piece::Whole(1, None),
        },
        None => Piece::Part,
    }
}

/// A string for a terminal, or its answer, ended by BEL or ST.
fn string(rest: &[u8]) -> Piece {
    let end = rest
        .iter()
        .enumerate()
        .find_map(|(at, byte)| match (byte, rest.get(at + 1)) {
            (7, _) => Some(at + 1),
            (&ESC, Some(b'\\')) => Some(at + 2),
            _ => None,
        });
    match end {
        Some(len) => Piece::Whole(len + 2, None),
        None => Piece::Part,
    }
}

/// After `ESC O`: keys of the application keypad.
fn application(last: u8) -> Option<Msg> {
    key(moving(last)?, KeyModifiers::NONE)
}

/// Keys that are told by their last byte alone.
fn moving(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'Z' => KeyCode::BackTab,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// After `ESC [`: parameters, then the byte that says what it is.
fn control(rest: &[u8]) -> Piece {
    match rest {
        // F1 to F5 of the linux console.
        [b'['] => return Piece::Part,
        [b'[', last, ..] => {
            let code = (b'A'..=b'E')
                .contains(last)
                .then(|| KeyCode::F(last - b'A' + 1));
            return Piece::Whole(4, code.and_then(|code| key(code, KeyModifiers::NONE)));
        }
        // Mouse reports of before SGR, which are not asked for: three bytes follow.
        [b'M', _, _, _, ..] => return Piece::Whole(6, None),
        [b'M', ..] => return Piece::Part,
        _ => {}
    }
    let Some(end) = rest.iter().position(|byte| !(0x20..=0x3f).contains(byte)) else {
        return Piece::Part;
    };
    let (told, last) = (&rest[..end], rest[end]);
    // A sequence that is broken off by another one is nothing; the other begins here.
    let len = if (0x40..=0x7e).contains(&last) {
        end + 3
    } else {
        end + 2
    };
    if last == b'~' && told == b"200" {
        return Piece::Paste(len);
    }
    let msg = match told.strip_prefix(b"<") {
        Some(told) => mouse(told, last),
        None => told_key(told, last),
    };
    Piece::Whole(len, msg)
}

/// Numbers parted by `;`.
fn numbers(told: &[u8]) -> Option<Vec<u16>> {
    let text = std::str::from_utf8(told).ok()?;
    let parts = text.split(';');
    parts
        .map(|part| {
            if part.is_empty() {
                Some(1)
            } else {
                part.parse().ok()
            }
        })
        .collect()
}

/// A key with its parameters: number, modifiers.
fn told_key(told: &[u8], last: u8) -> Option<Msg> {
    let numbers = numbers(told)?;
    let code = match (last, numbers.first()) {
        (b'~', Some(number)) => match number {
            1 | 7 => KeyCode::Home,
            2 => KeyCode::Insert,
            3 => KeyCode::Delete,
            4 | 8 => KeyCode::End,
            5 => KeyCode::PageUp,
            6 => KeyCode::PageDown,
            11..=15 => KeyCode::F(u8::try_from(number - 10).ok()?),
            _ => return None,
        },
        (last, _) => moving(last)?,
    };
    // xterm: one more than the sum of shift 1, alt 2, ctrl 4.
    let bits = numbers.get(1).map_or(0, |sum| sum.saturating_sub(1));
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, bits & 1 != 0);
    modifiers.set(KeyModifiers::ALT, bits & 2 != 0);
    modifiers.set(KeyModifiers::CONTROL, bits & 4 != 0);
    key(code, modifiers)
}

/// An SGR mouse report: button, column, row; `M` pressed, `m` released.
fn mouse(told: &[u8], last: u8) -> Option<Msg> {
    let numbers = numbers(told)?;
    let [button, column, row] = *numbers.as_slice() else {
        return None;
    };
    let (x, y) = (column.checked_sub(1)?, row.checked_sub(1)?);
    // Without shift 4, alt 8 and ctrl 16.
    let mouse = match (button & !0b1_1100, last) {
        (0, b'M') => Mouse::Click(x, y),
        (64, b'M') => Mouse::Wheel(x, y, -WHEEL),
        (65, b'M') => Mouse::Wheel(x, y, WHEEL),
        _ => return None,
    };
    Some(Msg::Mouse(mouse))
}
