//! Arguments of functions as what the functions want.

use std::sync::Arc;

use bytes::Bytes;

use super::super::go::{List, Map, Of, Value, print};

/// A text.
///
/// # Errors
/// A sentence, as all of these.
pub fn text(args: &[Value], at: usize) -> Result<Bytes, String> {
    match plain(args, at) {
        Value::Text(text) => Ok(text),
        other => Err(format!(
            "argument {} must be a text, not {}",
            at + 1,
            print::told(&other)
        )),
    }
}

/// A text in UTF-8; what is none becomes question marks.
pub fn string(args: &[Value], at: usize) -> Result<String, String> {
    text(args, at).map(|text| String::from_utf8_lossy(&text).into_owned())
}

/// A whole number.
pub fn whole(args: &[Value], at: usize) -> Result<i64, String> {
    match plain(args, at) {
        Value::Int(number, _) => {
            i64::try_from(number).map_err(|_| "the number is too large".into())
        }
        Value::Float(number) if number.fract() == 0.0 => Ok(number as i64),
        other => Err(format!(
            "argument {} must be a whole number, not {}",
            at + 1,
            print::told(&other)
        )),
    }
}

/// A truth value.
pub fn truth(args: &[Value], at: usize) -> Result<bool, String> {
    match plain(args, at) {
        Value::Bool(truth) => Ok(truth),
        other => Err(format!(
            "argument {} must be true or false, not {}",
            at + 1,
            print::told(&other)
        )),
    }
}

/// A list.
pub fn list(args: &[Value], at: usize) -> Result<Arc<List>, String> {
    match plain(args, at) {
        Value::List(list) => Ok(list),
        other => Err(format!(
            "argument {} must be a list, not {}",
            at + 1,
            print::told(&other)
        )),
    }
}

/// A dict.
pub fn dict(args: &[Value], at: usize) -> Result<Arc<Map>, String> {
    match plain(args, at) {
        Value::Map(map) => Ok(map),
        other => Err(format!(
            "argument {} must be a dict, not {}",
            at + 1,
            print::told(&other)
        )),
    }
}

fn plain(args: &[Value], at: usize) -> Value {
    args.get(at).map_or(Value::Nil, Value::plain)
}

/// Any value as text, as it prints.
pub fn spelled(value: &Value) -> Result<Bytes, String> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        other => print::plain(other),
    }
}

/// Any value as a list of texts: what is nothing is left out, what is no list is its only element.
pub fn spelled_list(value: &Value) -> Result<Vec<Bytes>, String> {
    match value.plain() {
        Value::List(list) if list.of == Of::Text => list.items.iter().map(spelled).collect(),
        Value::List(list) => list
            .items
            .iter()
            .filter(|item| !matches!(item, Value::Nil))
            .map(spelled)
            .collect(),
        Value::Nil => Ok(Vec::new()),
        _ => Ok(vec![spelled(value)?]),
    }
}

/// Any value as an `int64`; what is no number is 0.
pub fn number(value: &Value) -> i64 {
    match value.plain() {
        Value::Int(number, _) => number as i64,
        Value::Float(number) => number as i64,
        Value::Bool(truth) => i64::from(truth),
        Value::Text(text) => std::str::from_utf8(&text).ok().and_then(parse).unwrap_or(0),
        _ => 0,
    }
}

/// A number as Go writes it, with zeros behind a point left out.
fn parse(text: &str) -> Option<i64> {
    let text = match text.split_once('.') {
        Some((whole, zeros)) if !whole.is_empty() && zeros.chars().all(|c| c == '0') => whole,
        _ => text,
    };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase().replace('_', "");
    let number = match lower.get(..2) {
        Some("0x") => i128::from_str_radix(&lower[2..], 16),
        Some("0b") => i128::from_str_radix(&lower[2..], 2),
        Some("0o") => i128::from_str_radix(&lower[2..], 8),
        _ if lower.len() > 1 && lower.starts_with('0') => i128::from_str_radix(&lower, 8),
        _ => lower.parse(),
    };
    // A second sign is none of ours.
    let number = number.ok().filter(|_| !lower.starts_with(['+', '-']))?;
    i64::try_from(if negative { -number } else { number }).ok()
}

/// Any value as a `float64`; what is no number is 0.
pub fn float(value: &Value) -> f64 {
    match value.plain() {
        Value::Int(number, _) => number as f64,
        Value::Float(number) => number,
        Value::Bool(truth) => f64::from(u8::from(truth)),
        Value::Text(text) => std::str::from_utf8(&text)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0.0),
        _ => 0.0,
    }
}

/// Refuses a result of more than so many elements.
pub fn few(count: i128) -> Result<usize, String> {
    usize::try_from(count)
        .ok()
        .filter(|count| *count <= 1_000_000)
        .ok_or_else(|| "makes more than a million elements".into())
}
