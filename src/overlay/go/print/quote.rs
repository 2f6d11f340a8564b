//! Texts in quotes, as Go's source has them.

/// Bytes of the character at the beginning; of what is no UTF-8, one.
pub fn char_len(text: &[u8]) -> usize {
    let window = &text[..text.len().min(4)];
    let valid = match std::str::from_utf8(window) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).unwrap_or_default(),
    };
    valid.chars().next().map_or(1, char::len_utf8)
}

/// Whether a character is printed as it is.
pub fn printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // The standard library knows it, but tells only by quoting; behind a letter, so that marks count as printable.
    !format!("{:?}", format!("a{c}")).contains('\\')
}

/// Whether a text can stand between backquotes.
pub fn raw_fits(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        text.chars()
            .all(|c| c != '`' && c != '\u{7f}' && c != '\u{feff}' && (c == '\t' || !c.is_control()))
    })
}

/// A text in quotes, as Go's source has it.
pub fn quote(text: &[u8], mark: char, ascii: bool) -> Vec<u8> {
    let mut out = vec![mark as u8];
    let mut at = 0;
    while at < text.len() {
        let length = char_len(&text[at..]);
        let piece = &text[at..at + length];
        at += length;
        let Some(c) = std::str::from_utf8(piece)
            .ok()
            .and_then(|piece| piece.chars().next())
        else {
            out.extend(format!("\\x{:02x}", piece[0]).bytes());
            continue;
        };
        match c {
            '\u{7}' => out.extend(b"\\a"),
            '\u{8}' => out.extend(b"\\b"),
            '\u{c}' => out.extend(b"\\f"),
            '\n' => out.extend(b"\\n"),
            '\r' => out.extend(b"\\r"),
            '\t' => out.extend(b"\\t"),
            '\u{b}' => out.extend(b"\\v"),
            '\\' => out.extend(b"\\\\"),
            c if c == mark => out.extend([b'\\', mark as u8]),
            c if printable(c) && (!ascii || c.is_ascii()) => out.extend(piece),
            c if c.is_ascii() => out.extend(format!("\\x{:02x}", c as u32).bytes()),
            c if (c as u32) < 0x1_0000 => out.extend(format!("\\u{:04x}", c as u32).bytes()),
            c => out.extend(format!("\\U{:08x}", c as u32).bytes()),
        }
    }
    out.push(mark as u8);
    out
}
