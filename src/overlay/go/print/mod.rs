//! How values print, as Go's `fmt` prints them.

pub mod escape;
mod number;
mod printer;
mod quote;
mod verbs;

use bytes::Bytes;

use printer::Printer;
pub use quote::{char_len, printable, quote};
pub use verbs::printf;

use super::value::Value;

/// What an action prints: as `%v`, but for what is not there.
///
/// # Errors
/// When it is nested too deep or too long.
pub fn top(value: &Value) -> Result<Bytes, String> {
    match value {
        Value::Nil => Ok(Bytes::from_static(b"<no value>")),
        Value::Text(text) => Ok(text.clone()),
        other => plain(other),
    }
}

/// As `%v`.
///
/// # Errors
/// When it is nested too deep or too long.
pub fn plain(value: &Value) -> Result<Bytes, String> {
    let mut printer = Printer::default();
    printer.value(value, 'v', 0)?;
    Ok(printer.out.into())
}

/// Several values as `print` writes them: blanks only between two that are no texts.
///
/// # Errors
/// As [`plain`].
pub fn all(values: &[Value]) -> Result<Bytes, String> {
    let mut printer = Printer::default();
    let is_text = |value: &Value| matches!(value.plain(), Value::Text(_)) && !opaque(value);
    for (at, value) in values.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| values.get(at));
        if before.is_some_and(|before| !is_text(before) && !is_text(value)) {
            printer.out.push(b' ');
        }
        printer.value(value, 'v', 0)?;
    }
    Ok(printer.out.into())
}

/// Whether Go would not call the type of it a text, although it prints as one.
fn opaque(value: &Value) -> bool {
    matches!(value, Value::Object(object) if object.plain().is_none())
}

/// Several values as `println` writes them.
///
/// # Errors
/// As [`plain`].
pub fn line(values: &[Value]) -> Result<Bytes, String> {
    let mut printer = Printer::default();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            printer.out.push(b' ');
        }
        printer.value(value, 'v', 0)?;
    }
    printer.out.push(b'\n');
    Ok(printer.out.into())
}

/// A value in a message: short, texts in quotes.
#[must_use]
pub fn shown(value: &Value) -> String {
    let text = match value {
        Value::Nil => return "nil".into(),
        Value::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
        other => plain(other).map_or_else(
            |what| what,
            |text| String::from_utf8_lossy(&text).into_owned(),
        ),
    };
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// A value and its type in a message.
#[must_use]
pub fn told(value: &Value) -> String {
    match value {
        Value::Nil => "nothing (a key that is not there, or nil)".into(),
        Value::Text(_) => shown(value),
        Value::Object(object) if object.plain().is_none() => object.type_name().into(),
        other => format!("{} ({})", shown(other), other.type_name()),
    }
}
