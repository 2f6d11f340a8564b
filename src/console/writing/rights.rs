//! Permission bits as people write them: `0644`, `rw-r--r--`, `+x`.

/// The letters of the nine, from the first.
const LETTERS: [char; 9] = ['r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x'];

/// As `ls` shows them.
#[must_use]
pub fn shown(mode: u32) -> String {
    let mut out: Vec<char> = LETTERS
        .iter()
        .enumerate()
        .map(|(at, letter)| {
            if mode & (0o400 >> at) == 0 {
                '-'
            } else {
                *letter
            }
        })
        .collect();
    for (bit, at, with, without) in [
        (0o4000, 2, 's', 'S'),
        (0o2000, 5, 's', 'S'),
        (0o1000, 8, 't', 'T'),
    ] {
        if mode & bit != 0 {
            out[at] = if out[at] == 'x' { with } else { without };
        }
    }
    out.into_iter().collect()
}

/// Reads them: octal, all nine letters, or `+x` and `-w` on what there is.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn read(text: &str, now: u32) -> Result<u32, String> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match u32::from_str_radix(text, 8) {
            Ok(mode) if mode <= 0o7777 => Ok(mode),
            _ => Err(format!("`{text}` is no octal number up to 7777")),
        };
    }
    if text.starts_with(['+', '-']) && text.len() <= 4 {
        return relative(text, now);
    }
    letters(text).ok_or_else(|| "write it as 0644, as rw-r--r--, or as +x".to_owned())
}

/// `+x`: for everyone, as far as that makes sense: what is run or read is so by all, what is written by its owner.
fn relative(text: &str, now: u32) -> Result<u32, String> {
    let mut bits = 0;
    for letter in text[1..].chars() {
        bits |= match letter {
            'r' => 0o444,
            'w' => 0o200,
            'x' => 0o111,
            other => return Err(format!("`{other}` is none of r, w and x")),
        };
    }
    match text.as_bytes()[0] {
        b'+' => Ok(now | bits),
        // Nobody is left with what is taken away.
        _ if bits & 0o200 != 0 => Ok(now & !(bits | 0o222)),
        _ => Ok(now & !bits),
    }
}

fn letters(text: &str) -> Option<u32> {
    // As `ls` shows it the kind of file stands before.
    let text = match text.len() {
        10 if text.is_ascii() => &text[1..],
        _ => text,
    };
    if text.chars().count() != LETTERS.len() {
        return None;
    }
    let mut mode = 0;
    for (at, letter) in text.chars().enumerate() {
        let bit = 0o400 >> at;
        let special = [0o4000, 0o2000, 0o1000][at / 3];
        mode |= match letter {
            '-' => 0,
            's' if at == 2 || at == 5 => bit | special,
            'S' if at == 2 || at == 5 => special,
            't' if at == 8 => bit | special,
            'T' if at == 8 => special,
            letter if letter == LETTERS[at] => bit,
            _ => return None,
        };
    }
    Some(mode)
}
