//! Extended attributes of an archive's files, in the form that `getfattr --dump` writes and `setfattr --restore` reads.

/// Longest value of one attribute (the kernel's `XATTR_SIZE_MAX`).
const LONGEST: usize = 65_536;

/// A path without a leading slash, and the attributes of what is there: name, value.
pub type Labels = (Vec<u8>, Vec<(Vec<u8>, Vec<u8>)>);

/// Reads such a text.
///
/// # Errors
/// A sentence that names the line.
pub fn read(text: &[u8]) -> Result<Vec<Labels>, String> {
    let mut found: Vec<Labels> = Vec::new();
    for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let wrong = |what: &str| format!("line {} of warewulf/xattrs.runtime {what}", at + 1);
        if line.is_empty() {
            continue;
        }
        if let Some(path) = line.strip_prefix(b"# file: ") {
            let path = unescape(path).ok_or_else(|| wrong("has a broken path"))?;
            let begin = path.iter().take_while(|byte| **byte == b'/').count();
            found.push((path[begin..].to_vec(), Vec::new()));
            continue;
        }
        if line.starts_with(b"#") {
            continue;
        }
        let equals = line.iter().position(|byte| *byte == b'=');
        let (name, rest) = line.split_at(equals.unwrap_or(line.len()));
        let name =
            unescape(name).filter(|name| (1..=255).contains(&name.len()) && !name.contains(&0));
        let value = rest.get(1..).map_or(Some(Vec::new()), value);
        let value = value.filter(|value| value.len() <= LONGEST);
        let (Some((_, list)), Some(name), Some(value)) = (found.last_mut(), name, value) else {
            return Err(wrong("is no attribute of a file"));
        };
        list.push((name, value));
    }
    Ok(found)
}

/// `"text"`, `0x…` in hex or `0s…` in base64.
fn value(text: &[u8]) -> Option<Vec<u8>> {
    match text {
        [b'"', inner @ .., b'"'] => unescape(inner),
        [b'0', b'x' | b'X', hex @ ..] => from_hex(hex),
        [b'0', b's' | b'S', base @ ..] => from_base64(base),
        plain => unescape(plain),
    }
}

/// `\\`, `\"` and three octal digits stand for one byte each.
fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        match rest {
            [one @ (b'\\' | b'"'), after @ ..] => {
                out.push(*one);
                rest = after;
            }
            [
                a @ b'0'..=b'3',
                b @ b'0'..=b'7',
                c @ b'0'..=b'7',
                after @ ..,
            ] => {
                out.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = after;
            }
            _ => return None,
        }
    }
    Some(out)
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    text.chunks(2).map(pair).collect()
}

fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let end = text
        .iter()
        .rposition(|byte| *byte != b'=')
        .map_or(0, |at| at + 1);
    let (digits, padding) = text.split_at(end);
    if padding.len() > 2 || digits.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    for four in digits.chunks(4) {
        let mut word = 0u32;
        for byte in four {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            word = word << 6 | u32::from(digit);
        }
        word <<= 6 * (4 - four.len());
        let [_, a, b, c] = word.to_be_bytes();
        out.extend_from_slice(&[a, b, c][..four.len() - 1]);
    }
    Some(out)
}
