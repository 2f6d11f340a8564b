//! Copying through the terminal (OSC 52): works over SSH, needs no X.

/// Most bytes of text that are copied; terminals and tmux drop longer ones silently.
pub const LIMIT: usize = 74_000;

/// The escape sequence that puts `text` on the clipboard; wrapped for tmux when inside it. None when the text is too long.
#[must_use]
pub fn copy(text: &str, inside_tmux: bool) -> Option<Vec<u8>> {
    if text.len() > LIMIT {
        return None;
    }
    let plain = format!("\x1b]52;c;{}\x07", base64(text.as_bytes()));
    Some(if inside_tmux {
        // A passthrough block: every ESC inside is doubled (tmux(1), allow-passthrough).
        format!(
            "\x1bPtmux;{}\x1b\\{plain}",
            plain.replace('\x1b', "\x1b\x1b")
        )
        .into_bytes()
    } else {
        plain.into_bytes()
    })
}

/// RFC 4648 section 4, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let word = three.iter().enumerate().fold(0u32, |word, (at, byte)| {
            word | u32::from(*byte) << (16 - 8 * at)
        });
        for at in 0..4 {
            if at <= three.len() {
                let six = (word >> (18 - 6 * at)) & 63;
                out.push(char::from(LETTERS[six as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}
