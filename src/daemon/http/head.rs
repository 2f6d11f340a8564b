//! Header lines, in and out.

use bytes::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::boot::http::{Conditions, Selection};

/// A body with what its headers say.
pub(super) struct Content {
    /// Its whole length.
    pub size: u64,
    /// Strong validator, quotes included.
    pub etag: Option<HeaderValue>,
    /// `Last-Modified`.
    pub modified: Option<HeaderValue>,
    /// `Content-Type`.
    pub kind: &'static str,
}

impl Content {
    /// The validator as text.
    pub(super) fn tag(&self) -> Option<&str> {
        self.etag.as_ref()?.to_str().ok()
    }

    /// The date as text.
    pub(super) fn date(&self) -> Option<&str> {
        self.modified.as_ref()?.to_str().ok()
    }
}

/// A header's value of a text made here.
pub(super) fn value(text: String) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(Bytes::from(text)).ok()
}

/// Writes what an answer's headers say of its content. `bodyless` for an answer to HEAD; a body tells its length itself.
pub(super) fn describe(
    headers: &mut HeaderMap,
    selection: Selection,
    content: &Content,
    bodyless: bool,
) {
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
    let fixed = HeaderValue::from_static;
    if let Some(len) = sent {
        headers.insert(header::CONTENT_TYPE, fixed(content.kind));
        if bodyless || len == 0 {
            headers.insert(header::CONTENT_LENGTH, len.into());
        }
    }
    if let Some(etag) = &content.etag {
        headers.insert(header::ETAG, etag.clone());
        headers.insert(header::ACCEPT_RANGES, fixed("bytes"));
    } else {
        headers.insert(header::CACHE_CONTROL, fixed("no-store"));
    }
    if let Some(modified) = &content.modified {
        headers.insert(header::LAST_MODIFIED, modified.clone());
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
