//! Constants as Go writes them: texts, characters, numbers.

use bytes::Bytes;

use super::value::{Int, Value};

/// Reads a text in quotes or backquotes, or a character, at the beginning of `text`; its value and its length.
///
/// # Errors
/// A sentence.
pub fn quoted(text: &str) -> Result<(Value, usize), String> {
    let mark = text.chars().next().unwrap_or('"');
    if mark == '`' {
        let end = text[1..]
            .find('`')
            .ok_or("a text in backquotes is not closed")?;
        let raw = text[1..=end].replace('\r', "");
        return Ok((Value::Text(Bytes::from(raw)), end + 2));
    }
    let mut out = Vec::new();
    let mut count = 0;
    let mut code = 0;
    let mut at = 1;
    loop {
        let rest = &text[at..];
        let Some(letter) = rest.chars().next().filter(|c| *c != '\n') else {
            let what = if mark == '"' {
                "text in quotes"
            } else {
                "character"
            };
            return Err(format!("a {what} is not closed in its line"));
        };
        if letter == mark {
            break;
        }
        count += 1;
        if letter == '\\' {
            let (length, byte, point) = escape(rest, mark)?;
            at += length;
            code = point;
            match byte {
                true => out.push(u8::try_from(point).unwrap_or_default()),
                false => push(&mut out, point)?,
            }
        } else {
            at += letter.len_utf8();
            code = letter as u32;
            push(&mut out, code)?;
        }
    }
    match mark {
        '"' => Ok((Value::Text(out.into()), at + 1)),
        _ if count == 1 => Ok((Value::Int(i128::from(code), Int::Int), at + 1)),
        _ => Err(format!(
            "{} is not one character; a text is written in double quotes",
            &text[..=at]
        )),
    }
}

fn push(out: &mut Vec<u8>, point: u32) -> Result<(), String> {
    let letter = char::from_u32(point).ok_or("an escape names no character")?;
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(())
}

/// An escape at the beginning of `text`: its length, whether it is one byte, and its number.
fn escape(text: &str, mark: char) -> Result<(usize, bool, u32), String> {
    let kind = text[1..].chars().next().unwrap_or(' ');
    let simple = |code: u32| Ok((2, false, code));
    let digits = |from: usize, count: usize, radix: u32, byte: bool| {
        let word = text.get(from..from + count).unwrap_or_default();
        let plain = word.len() == count && word.chars().all(|c| c.is_digit(radix));
        let value = u32::from_str_radix(word, radix).ok().filter(|_| plain);
        value
            .filter(|value| !byte || *value < 256)
            .map(|value| (from + count, byte, value))
            .ok_or_else(|| format!("the escape \\{kind} lacks digits"))
    };
    match kind {
        'a' => simple(7),
        'b' => simple(8),
        'f' => simple(12),
        'n' => simple(10),
        'r' => simple(13),
        't' => simple(9),
        'v' => simple(11),
        '\\' => simple(92),
        c if c == mark => simple(c as u32),
        'x' => digits(2, 2, 16, true),
        'u' => digits(2, 4, 16, false),
        'U' => digits(2, 8, 16, false),
        '0'..='7' => digits(1, 3, 8, true),
        c => Err(format!("there is no escape \\{}", c.escape_debug())),
    }
}

/// Reads a number at the beginning of `text`; its value and its length.
///
/// # Errors
/// A sentence.
pub fn number(text: &str) -> Result<(Value, usize), String> {
    let length = extent(text);
    let word = &text[..length];
    let next = text[length..].chars().next();
    if next == Some('i') {
        return Err(format!(
            "`{word}i` is a complex number, which templates do without"
        ));
    }
    if next.is_some_and(|c| c == '_' || c == '.' || c.is_alphanumeric()) {
        let end = text
            .find([' ', '}', ')', '|', '\n', '\t', ','])
            .unwrap_or(text.len());
        return Err(format!("`{}` is no number", &text[..end]));
    }
    let found = value(word).map(|value| (value, length));
    found.ok_or_else(|| format!("`{word}` is no number, or too large for one"))
}

/// How far a number goes.
fn extent(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = usize::from(text.starts_with(['+', '-']));
    let prefix = |mark: u8| {
        bytes.get(at) == Some(&b'0')
            && bytes
                .get(at + 1)
                .is_some_and(|b| b.to_ascii_lowercase() == mark)
    };
    let (hex, other) = (prefix(b'x'), prefix(b'o') || prefix(b'b'));
    at += if hex || other { 2 } else { 0 };
    let digits = |mut at: usize| {
        let fits = |b: &u8| {
            *b == b'_'
                || if hex {
                    b.is_ascii_hexdigit()
                } else {
                    b.is_ascii_digit()
                }
        };
        while bytes.get(at).is_some_and(fits) {
            at += 1;
        }
        at
    };
    at = digits(at);
    if !other && bytes.get(at) == Some(&b'.') {
        at = digits(at + 1);
    }
    let power: &[u8] = if hex { b"pP" } else { b"eE" };
    if !other && bytes.get(at).is_some_and(|b| power.contains(b)) {
        at += 1;
        at += usize::from(bytes.get(at).is_some_and(|b| b"+-".contains(b)));
        while bytes
            .get(at)
            .is_some_and(|b| *b == b'_' || b.is_ascii_digit())
        {
            at += 1;
        }
    }
    at
}

fn value(word: &str) -> Option<Value> {
    let (negative, plain) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let lower = plain.to_ascii_lowercase();
    if !underscores_fit(&lower) {
        return None;
    }
    let digits = lower.replace('_', "");
    let whole = |digits: &str, radix| {
        let number = i128::from_str_radix(digits, radix).ok()?;
        let number = if negative { -number } else { number };
        // A constant is an `int` of Go.
        let fits = i64::try_from(number).is_ok();
        fits.then_some(Value::Int(number, Int::Int))
    };
    let float = |number: f64| {
        let number = if negative { -number } else { number };
        number.is_finite().then_some(Value::Float(number))
    };
    if let Some(hex) = digits.strip_prefix("0x") {
        return match hex.contains(['.', 'p']) {
            true => hex_float(hex).and_then(float),
            false => whole(hex, 16),
        };
    }
    if let Some(octal) = digits.strip_prefix("0o") {
        return whole(octal, 8);
    }
    if let Some(binary) = digits.strip_prefix("0b") {
        return whole(binary, 2);
    }
    if digits.contains(['.', 'e']) {
        return digits.parse().ok().and_then(float);
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return whole(&digits, 8);
    }
    whole(&digits, 10)
}

/// An underscore stands between digits, or between a prefix and a digit.
fn underscores_fit(word: &str) -> bool {
    let bytes = word.as_bytes();
    let prefixed = ["0x", "0o", "0b"].iter().any(|p| word.starts_with(p));
    // Without a prefix of letters only a leading 0 may be parted.
    (0..bytes.len()).filter(|at| bytes[*at] == b'_').all(|at| {
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let fits = before.is_some_and(|b| b.is_ascii_hexdigit()) || prefixed && at == 2;
        fits && bytes.get(at + 1).is_some_and(u8::is_ascii_hexdigit)
    })
}

/// `1.8p3`, in hexadecimal, with a power of two that must be there.
fn hex_float(word: &str) -> Option<f64> {
    let (digits, power) = word.split_once('p')?;
    let power: i32 = power.parse().ok()?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() == 0 || whole.len() + fraction.len() > 13 {
        return None;
    }
    let number = u64::from_str_radix(&format!("{whole}{fraction}"), 16).ok()?;
    let shift = i32::try_from(fraction.len()).ok()? * 4;
    // Up to 13 digits are exact, and so are powers of two.
    Some(number as f64 * 2_f64.powi(power.clamp(-1100, 1100) - shift))
}
