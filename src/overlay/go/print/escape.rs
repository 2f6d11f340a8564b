//! `html`, `js` and `urlquery`.

use bytes::Bytes;

use super::{char_len, printable};

/// Text for HTML.
pub fn html(text: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0 => out.extend("\u{fffd}".bytes()),
            b'"' => out.extend(b"&#34;"),
            b'\'' => out.extend(b"&#39;"),
            b'&' => out.extend(b"&amp;"),
            b'<' => out.extend(b"&lt;"),
            b'>' => out.extend(b"&gt;"),
            other => out.push(*other),
        }
    }
    out.into()
}

/// Text for a string of JavaScript.
pub fn js(text: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let piece = &text[at..at + char_len(&text[at..])];
        at += piece.len();
        match piece {
            b"\\" => out.extend(b"\\\\"),
            b"'" => out.extend(b"\\'"),
            b"\"" => out.extend(b"\\\""),
            [byte] if *byte < b' ' || b"<>&=".contains(byte) => {
                out.extend(format!("\\u{byte:04X}").bytes())
            }
            piece => match std::str::from_utf8(piece)
                .ok()
                .and_then(|piece| piece.chars().next())
            {
                Some(c) if !c.is_ascii() && !printable(c) => {
                    out.extend(format!("\\u{:04X}", c as u32).bytes())
                }
                _ => out.extend(piece),
            },
        }
    }
    out.into()
}

/// Text for the query of an address.
pub fn urlquery(text: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            byte if byte.is_ascii_alphanumeric() => out.push(*byte),
            byte => out.extend(format!("%{byte:02X}").bytes()),
        }
    }
    out.into()
}
