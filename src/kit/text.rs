//! Text as a terminal shows it: measured in cells, cut at grapheme borders, free of anything that would move the cursor.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How many cells a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if is_plain(text) {
        return text.len();
    }
    text.width()
}

/// Whether every byte is one cell: printable ASCII, which most text is.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The longest beginning of `text` that fits into `cells`, cut between graphemes.
#[must_use]
pub fn fit(text: &str, cells: usize) -> &str {
    // Printable ASCII is one cell a byte; most text is that.
    if text.len() <= cells && text.is_ascii() {
        return text;
    }
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > cells {
            return &text[..at];
        }
    }
    text
}

/// `text` in at most `cells` cells; what is cut is marked by `…`.
#[must_use]
pub fn clip(text: &str, cells: usize) -> String {
    let whole = fit(text, cells);
    if whole.len() == text.len() {
        return text.to_owned();
    }
    if cells == 0 {
        return String::new();
    }
    format!("{}…", fit(text, cells - 1))
}

/// `text` in exactly `cells` cells: clipped, or filled with spaces on the right.
#[must_use]
pub fn pad(text: &str, cells: usize) -> String {
    let mut out = clip(text, cells);
    let used = width(&out);
    out.extend(std::iter::repeat_n(' ', cells.saturating_sub(used)));
    out
}

/// `text` in exactly `cells` cells, at the right edge.
#[must_use]
pub fn pad_left(text: &str, cells: usize) -> String {
    let clipped = clip(text, cells);
    let mut out = " ".repeat(cells.saturating_sub(width(&clipped)));
    out.push_str(&clipped);
    out
}

/// Words of `text` in lines of at most `cells` cells. A longer word is cut hard.
#[must_use]
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest = word;
        loop {
            let line = match lines.last_mut() {
                Some(line) => line,
                None => return lines,
            };
            let used = width(line);
            let gap = usize::from(used > 0);
            if used + gap + width(rest) <= cells {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(rest);
                break;
            }
            if used == 0 {
                let head = fit(rest, cells);
                // A single grapheme wider than the line must not stop us here for ever.
                let cut = if head.is_empty() {
                    rest.len()
                } else {
                    head.len()
                };
                line.push_str(&rest[..cut]);
                rest = &rest[cut..];
                if rest.is_empty() {
                    break;
                }
            }
            lines.push(String::new());
        }
    }
    lines
}

/// Text from outside (host names, logs, requests) made safe for a terminal: escape sequences are dropped, control
/// characters, tabs and line ends become spaces, and characters that change the direction or the width of others vanish.
#[must_use]
pub fn sanitise(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            // Zero-width, direction marks, variation selectors, tags.
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}' => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.next() {
        // CSI: parameters and intermediates, then one final byte (ECMA-48 section 5.4).
        Some('[') => {
            for c in chars.by_ref() {
                if ('\u{40}'..='\u{7e}').contains(&c) {
                    break;
                }
            }
        }
        // OSC, DCS, SOS, PM, APC: up to BEL or ST.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = chars.next() {
                if c == '\u{7}' {
                    break;
                }
                if c == '\u{1b}' {
                    chars.next_if_eq(&'\\');
                    break;
                }
            }
        }
        _ => {}
    }
}
