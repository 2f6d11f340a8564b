//! Which bytes of a body a conditional or partial request gets (RFC 9110 sections 13 and 14).

/// The request headers that decide it, as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `Range`.
    pub range: Option<String>,
    /// `If-Range`.
    pub if_range: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<String>,
}

/// What to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// 200 and everything.
    Whole,
    /// 206 and `len` bytes from `start`.
    Part {
        /// First byte.
        start: u64,
        /// How many, never 0.
        len: u64,
    },
    /// 304.
    NotModified,
    /// 416: the range lies outside.
    Unsatisfiable,
}

/// Decides for a body of `size` bytes with a strong `etag` (quotes included) and, for files, a `modified` date. Several ranges
/// get the whole body, which RFC 9110 section 14.2 allows: no boot client asks for them, and lists of them are an attack.
#[must_use]
pub fn select(asked: &Conditions, size: u64, etag: &str, modified: Option<&str>) -> Selection {
    if let Some(list) = &asked.if_none_match {
        if matches(list, etag) {
            return Selection::NotModified;
        }
    } else if let (Some(since), Some(modified)) = (&asked.if_modified_since, modified)
        && since.trim() == modified
    {
        // An exact match only, as a client sends back what it was given; comparing dates would miss a file set back in time.
        return Selection::NotModified;
    }
    let Some(range) = &asked.range else {
        return Selection::Whole;
    };
    if let Some(validator) = &asked.if_range {
        let validator = validator.trim();
        if validator != etag && Some(validator) != modified {
            return Selection::Whole;
        }
    }
    one_range(range, size)
}

/// `If-None-Match` compares weakly (RFC 9110 section 13.1.2): a leading `W/` is ignored.
fn matches(list: &str, etag: &str) -> bool {
    list.split(',').any(|item| {
        let item = item.trim();
        item == "*" || item.strip_prefix("W/").unwrap_or(item) == etag
    })
}

/// A range that cannot be read is ignored; one that lies outside is unsatisfiable (RFC 9110 section 14.1.2).
fn one_range(range: &str, size: u64) -> Selection {
    let Some((unit, spec)) = range.split_once('=') else {
        return Selection::Whole;
    };
    let spec = spec.trim();
    if !unit.trim().eq_ignore_ascii_case("bytes") || spec.contains(',') {
        return Selection::Whole;
    }
    let Some((first, last)) = spec.split_once('-') else {
        return Selection::Whole;
    };
    match (number(first), number(last)) {
        (Some(Some(start)), Some(last)) => {
            let last = last.unwrap_or(u64::MAX);
            if last < start {
                return Selection::Whole;
            }
            if start >= size {
                return Selection::Unsatisfiable;
            }
            Selection::Part {
                start,
                len: last.min(size - 1) - start + 1,
            }
        }
        (Some(None), Some(Some(suffix))) => {
            let len = suffix.min(size);
            if len == 0 {
                return Selection::Unsatisfiable;
            }
            Selection::Part {
                start: size - len,
                len,
            }
        }
        _ => Selection::Whole,
    }
}

/// Digits to a number; `None` when there is something else. Nothing at all is `Some(None)`; what does not fit saturates.
fn number(text: &str) -> Option<Option<u64>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(Some(text.parse().unwrap_or(u64::MAX)))
}
