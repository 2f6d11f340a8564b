//! Texts: cutting, joining, trimming, replacing.

use bytes::Bytes;

use super::super::go::{Budget, Entries, Function, LONGEST, MANY, Map, Of, Value, Yield, quote};
use super::args::{spelled, spelled_list, string, text, whole};
use std::sync::Arc;

/// The functions.
pub static FUNCTIONS: [Function; 31] = [
    Function::pure("trim", 1, 1, trim),
    Function::pure("trimall", 2, 2, trim_all),
    Function::pure("trimAll", 2, 2, trim_all),
    Function::pure("trimSuffix", 2, 2, trim_suffix),
    Function::pure("trimPrefix", 2, 2, trim_prefix),
    Function::pure("nospace", 1, 1, nospace),
    Function::pure("trunc", 2, 2, trunc),
    Function::pure("substr", 3, 3, substr),
    Function::pure("repeat", 2, 2, repeat),
    Function::pure("contains", 2, 2, contains),
    Function::pure("hasPrefix", 2, 2, has_prefix),
    Function::pure("hasSuffix", 2, 2, has_suffix),
    Function::pure("quote", 0, MANY, quotes),
    Function::pure("squote", 0, MANY, squotes),
    Function::pure("cat", 0, MANY, cat),
    Function::pure("indent", 2, 2, indent),
    Function::pure("nindent", 2, 2, nindent),
    Function::pure("replace", 3, 3, replace),
    Function::pure("plural", 3, 3, plural),
    Function::pure("toString", 1, 1, to_string),
    Function::pure("toStrings", 1, 1, to_strings),
    Function::pure("split", 2, 2, split),
    Function::pure("splitList", 2, 2, split_list),
    Function::pure("splitn", 3, 3, splitn),
    Function::pure("join", 2, 2, join),
    Function::pure("sortAlpha", 1, 1, sort_alpha),
    Function::pure("hello", 0, 0, hello),
    Function::pure("fail", 1, 1, fail),
    Function::pure("wrap", 2, 2, wrap),
    Function::pure("wrapWith", 3, 3, wrap_with),
    Function::pure("regexQuoteMeta", 1, 1, quote_meta),
];

pub(super) fn made(text: impl Into<Bytes>) -> Yield {
    Ok(Value::Text(text.into()))
}

fn hello(_: &mut Budget, _: &[Value]) -> Yield {
    Ok(Value::text("Hello!"))
}

fn fail(_: &mut Budget, args: &[Value]) -> Yield {
    Err(string(args, 0)?)
}

fn trim(_: &mut Budget, args: &[Value]) -> Yield {
    made(string(args, 0)?.trim().to_owned())
}

fn trim_all(_: &mut Budget, args: &[Value]) -> Yield {
    let (set, whole) = (string(args, 0)?, string(args, 1)?);
    made(whole.trim_matches(|c| set.contains(c)).to_owned())
}

fn trim_suffix(_: &mut Budget, args: &[Value]) -> Yield {
    let (end, whole) = (text(args, 0)?, text(args, 1)?);
    let length = whole
        .strip_suffix(&end[..])
        .map_or(whole.len(), <[u8]>::len);
    made(whole.slice(..length))
}

fn trim_prefix(_: &mut Budget, args: &[Value]) -> Yield {
    let (start, whole) = (text(args, 0)?, text(args, 1)?);
    let cut = if whole.starts_with(&start) {
        start.len()
    } else {
        0
    };
    made(whole.slice(cut..))
}

fn nospace(_: &mut Budget, args: &[Value]) -> Yield {
    made(string(args, 0)?.replace(char::is_whitespace, ""))
}

fn trunc(_: &mut Budget, args: &[Value]) -> Yield {
    let (count, text) = (whole(args, 0)?, text(args, 1)?);
    let most = usize::try_from(count.unsigned_abs())
        .unwrap_or(usize::MAX)
        .min(text.len());
    made(match count < 0 {
        true => text.slice(text.len() - most..),
        false => text.slice(..most),
    })
}

fn substr(_: &mut Budget, args: &[Value]) -> Yield {
    let (start, end, text) = (whole(args, 0)?, whole(args, 1)?, text(args, 2)?);
    let length = text.len();
    let end = usize::try_from(end).ok().filter(|end| *end <= length);
    let (start, end) = match usize::try_from(start) {
        Ok(start) => (start, end.unwrap_or(length)),
        Err(_) => (0, end.ok_or("the end lies outside of the text")?),
    };
    if start > end {
        return Err(format!(
            "the text has {length} bytes, and {start} lies behind {end}"
        ));
    }
    made(text.slice(start..end))
}

fn repeat(_: &mut Budget, args: &[Value]) -> Yield {
    let (count, text) = (whole(args, 0)?, text(args, 1)?);
    let count = usize::try_from(count).map_err(|_| "the count is negative")?;
    if count.saturating_mul(text.len()) > LONGEST {
        return Err("makes a text of more than 16 MiB".into());
    }
    made(text.repeat(count))
}

fn contains(_: &mut Budget, args: &[Value]) -> Yield {
    let (part, whole) = (text(args, 0)?, text(args, 1)?);
    Ok(Value::Bool(find(&whole, &part).is_some()))
}

fn has_prefix(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::Bool(text(args, 1)?.starts_with(&text(args, 0)?)))
}

fn has_suffix(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::Bool(text(args, 1)?.ends_with(&text(args, 0)?)))
}

fn joined(parts: Vec<Vec<u8>>) -> Yield {
    made(parts.join(&b' '))
}

fn present(args: &[Value]) -> impl Iterator<Item = &Value> {
    args.iter().filter(|arg| !matches!(arg, Value::Nil))
}

fn quotes(_: &mut Budget, args: &[Value]) -> Yield {
    let quoted = |arg| spelled(arg).map(|text| quote(&text, '"', false));
    joined(present(args).map(quoted).collect::<Result<_, String>>()?)
}

fn squotes(_: &mut Budget, args: &[Value]) -> Yield {
    let quoted = |arg| spelled(arg).map(|text| [b"'", &text[..], b"'"].concat());
    joined(present(args).map(quoted).collect::<Result<_, String>>()?)
}

fn cat(_: &mut Budget, args: &[Value]) -> Yield {
    let parts = present(args).map(|arg| spelled(arg).map(|text| text.to_vec()));
    joined(parts.collect::<Result<_, String>>()?)
}

fn indented(args: &[Value]) -> Result<Vec<u8>, String> {
    let (count, text) = (whole(args, 0)?, text(args, 1)?);
    let count = usize::try_from(count).ok().filter(|count| *count <= 10_000);
    let pad = " ".repeat(count.ok_or("the indent is negative or too large")?);
    let lines = text.iter().filter(|byte| **byte == b'\n').count() + 1;
    if lines.saturating_mul(pad.len()) > LONGEST {
        return Err("makes a text of more than 16 MiB".into());
    }
    let lines: Vec<Vec<u8>> = text
        .split(|byte| *byte == b'\n')
        .map(|line| [pad.as_bytes(), line].concat())
        .collect();
    Ok(lines.join(&b'\n'))
}

fn indent(_: &mut Budget, args: &[Value]) -> Yield {
    made(indented(args)?)
}

fn nindent(_: &mut Budget, args: &[Value]) -> Yield {
    made([b"\n", indented(args)?.as_slice()].concat())
}

fn replace(budget: &mut Budget, args: &[Value]) -> Yield {
    let (old, new, whole) = (text(args, 0)?, text(args, 1)?, text(args, 2)?);
    if old.is_empty() {
        // Go puts it between all characters.
        let mut out = new.to_vec();
        for c in String::from_utf8_lossy(&whole).chars() {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            out.extend_from_slice(&new);
            fits(out.len())?;
        }
        return made(out);
    }
    let parts = pieces(&whole, &old, usize::MAX);
    budget.spend(parts.len() as u64 / 4)?;
    fits(parts.len().saturating_mul(new.len()))?;
    made(parts.join(&new[..]))
}

fn fits(length: usize) -> Result<(), String> {
    match length > LONGEST {
        true => Err("makes a text of more than 16 MiB".into()),
        false => Ok(()),
    }
}

fn plural(_: &mut Budget, args: &[Value]) -> Yield {
    made(text(args, usize::from(whole(args, 2)? != 1))?)
}

fn to_string(_: &mut Budget, args: &[Value]) -> Yield {
    made(spelled(&args[0])?)
}

fn to_strings(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::texts(spelled_list(&args[0])?))
}

/// Where `part` begins in `whole`.
fn find(whole: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    let mut at = 0;
    while let Some(next) = whole[at..].iter().position(|byte| *byte == part[0]) {
        at += next;
        if whole[at..].starts_with(part) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// A text cut at `mark` into at most so many pieces; an empty mark cuts between characters.
pub fn pieces<'a>(mut whole: &'a [u8], mark: &[u8], most: usize) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while parts.len() + 1 < most {
        let at = match mark.is_empty() {
            true if whole.len() <= 1 => None,
            true => {
                let length = super::super::go::char_len(whole);
                (length < whole.len()).then_some(length)
            }
            false => find(whole, mark),
        };
        let Some(at) = at else { break };
        parts.push(&whole[..at]);
        whole = &whole[at + mark.len()..];
    }
    if !(mark.is_empty() && whole.is_empty()) {
        parts.push(whole);
    }
    parts
}

fn numbered(parts: Vec<&[u8]>) -> Value {
    let entry = |(at, part): (usize, &[u8])| {
        (
            Bytes::from(format!("_{at}")),
            Value::Text(Bytes::copy_from_slice(part)),
        )
    };
    let entries: Entries = parts.into_iter().enumerate().map(entry).collect();
    Value::Map(Arc::new(Map::new(entries, Of::Text)))
}

fn split(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(numbered(pieces(
        &text(args, 1)?,
        &text(args, 0)?,
        usize::MAX,
    )))
}

fn split_list(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::texts(pieces(
        &text(args, 1)?,
        &text(args, 0)?,
        usize::MAX,
    )))
}

fn splitn(_: &mut Budget, args: &[Value]) -> Yield {
    let (mark, count, whole) = (text(args, 0)?, whole(args, 1)?, text(args, 2)?);
    if count == 0 {
        return Ok(numbered(Vec::new()));
    }
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    Ok(numbered(pieces(&whole, &mark, most)))
}

fn join(_: &mut Budget, args: &[Value]) -> Yield {
    let mark = text(args, 0)?;
    let parts = spelled_list(&args[1])?;
    fits(parts.len().saturating_mul(mark.len()))?;
    made(parts.join(&mark[..]))
}

fn sort_alpha(_: &mut Budget, args: &[Value]) -> Yield {
    let mut parts = spelled_list(&args[0])?;
    parts.sort();
    Ok(Value::texts(parts))
}

fn quote_meta(_: &mut Budget, args: &[Value]) -> Yield {
    let mut out = Vec::new();
    for byte in text(args, 0)? {
        if b"\\.+*?()|[]{}^$".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
    made(out)
}

fn wrap(_: &mut Budget, args: &[Value]) -> Yield {
    made(wrapped(&string(args, 1)?, whole(args, 0)?, "\n", false))
}

fn wrap_with(_: &mut Budget, args: &[Value]) -> Yield {
    made(wrapped(
        &string(args, 2)?,
        whole(args, 0)?,
        &string(args, 1)?,
        true,
    ))
}

/// Breaks lines at blanks so that none is longer than `most` bytes; words that are longer only with `hard`.
fn wrapped(text: &str, most: i64, mark: &str, hard: bool) -> String {
    let mark = if mark.is_empty() { "\n" } else { mark };
    let most = usize::try_from(most).unwrap_or(1).max(1);
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while letters.len() - at > most {
        if letters[at] == ' ' {
            at += 1;
            continue;
        }
        let window = &letters[at..=at + most];
        let blank = window
            .iter()
            .rposition(|c| *c == ' ')
            .map(|found| at + found);
        let end = match blank {
            Some(blank) => Some((blank, blank + 1)),
            None if hard => Some((at + most, at + most)),
            None => {
                let next = letters[at + most..].iter().position(|c| *c == ' ');
                next.map(|next| (at + most + next, at + most + next + 1))
            }
        };
        let Some((end, next)) = end else { break };
        out.extend(&letters[at..end]);
        out.push_str(mark);
        at = next;
    }
    out.extend(&letters[at..]);
    out
}
