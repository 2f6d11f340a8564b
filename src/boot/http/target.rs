//! A request target to decoded path segments and query pairs.
//!
//! What boot firmware sends is taken as meant: `//` in paths, absolute-URI (RFC 9112 section 3.2.2), `.` segments. What could
//! leave the tree is refused: `..`, an encoded slash, a backslash, NUL and other control characters. Percent-decoding (RFC 3986
//! section 2.1) happens once.

use std::iter;

/// Longest target that is read.
const LONGEST: usize = 4096;
/// Longest path kept for events.
const SHOWN: usize = 160;

/// A decoded target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// Path segments, decoded; none is empty, `.` or `..`, or holds a slash, backslash or control character.
    pub segments: Vec<String>,
    /// Query pairs in order, decoded; a key without `=` has an empty value.
    pub query: Vec<(String, String)>,
}

/// Why a target is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Over 4096 bytes.
    #[error("the request target is longer than 4096 bytes")]
    Long,
    /// Neither a path nor an `http://` address.
    #[error("the request target is neither a path nor an http address")]
    Form,
    /// `%` without two hex digits, or bytes that are no UTF-8.
    #[error("the path is not valid percent-encoded UTF-8")]
    Encoding,
    /// `..`, an encoded slash, a backslash or a control character.
    #[error("the path holds '..', an encoded slash, a backslash or a control character")]
    Escape,
}

impl Target {
    /// Reads the target of a request line.
    ///
    /// # Errors
    /// See [`TargetError`]; all are answered with 400.
    pub fn parse(raw: &str) -> Result<Self, TargetError> {
        if raw.len() > LONGEST {
            return Err(TargetError::Long);
        }
        let raw = raw.split_once('#').map_or(raw, |(before, _)| before);
        let (path, query) = raw.split_once('?').unwrap_or((raw, ""));
        let path = origin_form(path)?;
        let mut segments = Vec::new();
        for piece in path.split('/') {
            let segment = decode(piece, false).ok_or(TargetError::Encoding)?;
            if segment == ".."
                || segment.contains(['/', '\\'])
                || segment.contains(char::is_control)
            {
                return Err(TargetError::Escape);
            }
            if !segment.is_empty() && segment != "." {
                segments.push(segment);
            }
        }
        let pair = |piece: &str| {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            Some((decode(key, true)?, decode(value, true)?))
        };
        let query = query
            .split('&')
            .filter(|piece| !piece.is_empty())
            .map(|piece| pair(piece).ok_or(TargetError::Encoding))
            .collect::<Result<_, _>>()?;
        Ok(Self { segments, query })
    }

    /// The first value of a query key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// The path for events: without the query, which may carry an asset key.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut shown = String::with_capacity(64);
        let slashed = self
            .segments
            .iter()
            .flat_map(|s| iter::once('/').chain(s.chars()));
        // The same as `sanitise`, without the texts in between: every request comes through here.
        for c in slashed.take(SHOWN).take_while(|c| *c != '?') {
            shown.push(printable(c));
        }
        if shown.is_empty() { "/".into() } else { shown }
    }
}

/// Text of a client for events and answers: the query cut off, anything but printable ASCII as `?`, at most 160 characters.
#[must_use]
pub fn sanitise(text: &str) -> String {
    let text = text.split_once('?').map_or(text, |(path, _)| path);
    text.chars().take(SHOWN).map(printable).collect()
}

fn printable(c: char) -> char {
    if c == ' ' || c.is_ascii_graphic() {
        c
    } else {
        '?'
    }
}

/// The path of an absolute-URI, or the path itself.
fn origin_form(path: &str) -> Result<&str, TargetError> {
    if path.starts_with('/') {
        return Ok(path);
    }
    let (scheme, rest) = path.split_once("://").ok_or(TargetError::Form)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(TargetError::Form);
    }
    Ok(rest.find('/').map_or("/", |at| &rest[at..]))
}

/// Percent-decodes once. In a query `+` is a space (the form encoding that wwclient uses).
fn decode(text: &str, query: bool) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            b'+' if query => b' ',
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
