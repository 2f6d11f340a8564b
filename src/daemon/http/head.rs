//! Header lines, in and out.

use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::boot::http::{Conditions, Selection};

/// A body with what its headers say.
pub(super) struct Content {
    /// Its whole length.
    pub size: u64,
    /// Strong validator, quotes included; empty when there is none.
    pub etag: String,
    /// `Last-Modified`.
    pub modified: Option<String>,
    /// `Content-Type`.
    pub kind: &'static str,
}

/// Writes what an answer's headers say of its content.
pub(super) fn describe(headers: &mut HeaderMap, selection: Selection, content: &Content) {
    let size = content.size;
    let sent = match selection {
        Selection::Whole => Some(size),
        Selection::Part { start, len } => {
            let range = format!("bytes {start}-{}/{size}", start + len - 1);
            set(headers, header::CONTENT_RANGE, &range);
            Some(len)
        }
        Selection::Unsatisfiable => {
            set(headers, header::CONTENT_RANGE, &format!("bytes */{size}"));
            None
        }
        Selection::NotModified => None,
    };
    if let Some(len) = sent {
        set(headers, header::CONTENT_TYPE, content.kind);
        set(headers, header::CONTENT_LENGTH, &len.to_string());
    }
    if content.etag.is_empty() {
        set(headers, header::CACHE_CONTROL, "no-store");
    } else {
        set(headers, header::ETAG, &content.etag);
        set(headers, header::ACCEPT_RANGES, "bytes");
    }
    if let Some(modified) = &content.modified {
        set(headers, header::LAST_MODIFIED, modified);
    }
}

/// The request headers that decide what is sent.
pub(super) fn conditions(headers: &HeaderMap) -> Conditions {
    let text = |name: HeaderName| {
        let value = headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    Conditions {
        range: text(header::RANGE),
        if_range: text(header::IF_RANGE),
        if_none_match: text(header::IF_NONE_MATCH),
        if_modified_since: text(header::IF_MODIFIED_SINCE),
    }
}

/// Sets a header; every value is made here of printable ASCII.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
