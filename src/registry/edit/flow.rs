//! Edits inside of braces and brackets.

use std::sync::Arc;

use super::order;
use super::print::{self, Written};
use super::shape::Shape;
use crate::registry::steps::Step;

/// The text with the value of a pair replaced by what is written on one line.
pub(super) fn swap(text: &str, key: &Shape, old: &Shape, new: &str) -> String {
    let (before, behind) = (&text[..old.start], &text[old.end..]);
    if old.start < old.end {
        return format!("{before}{new}{behind}");
    }
    // Nothing was written behind the colon, or there is not even that.
    if text[key.end..old.start.max(key.end)].contains(':') {
        let blank = if behind.starts_with(' ')
            || behind.starts_with(['\n', '\r', ',', '}'])
            || behind.is_empty()
        {
            ""
        } else {
            " "
        };
        return format!("{before} {new}{blank}{behind}");
    }
    format!("{}: {new}{}", &text[..key.end], &text[key.end..])
}

/// The text with a pair put into the braces of `old`, which `key` names.
pub(super) fn insert(
    text: &str,
    (key, old): (&Shape, &Shape),
    rest: &[Arc<str>],
    written: &Written,
    step: Option<&'static Step>,
) -> String {
    let new = print::braced(rest, written);
    let pairs = old.pairs();
    if pairs.is_empty() {
        return swap(text, key, old, &format!("{{{new}}}"));
    }
    let names: Vec<&str> = pairs.iter().map(|(key, _)| key.text()).collect();
    match order::after(step, &names, &rest[0]) {
        Some(at) => {
            let (before, behind) = text.split_at(end(&pairs[at]));
            format!("{before}, {new}{behind}")
        }
        None => {
            let (before, behind) = text.split_at(pairs[0].0.start);
            format!("{before}{new}, {behind}")
        }
    }
}

/// The text without one of several pairs in braces.
pub(super) fn remove(text: &str, pairs: &[(Shape, Shape)], at: usize) -> String {
    let (from, to) = match (pairs.get(at + 1), at.checked_sub(1)) {
        (Some((next, _)), _) => (pairs[at].0.start, next.start),
        (None, Some(before)) => (end(&pairs[before]), end(&pairs[at])),
        (None, None) => (pairs[at].0.start, end(&pairs[at])),
    };
    format!("{}{}", &text[..from], &text[to..])
}

/// The text with nothing in the braces of a section.
pub(super) fn emptied(text: &str, map: &Shape) -> String {
    format!("{}{{}}{}", &text[..map.start], &text[map.end..])
}

fn end((key, value): &(Shape, Shape)) -> usize {
    value.end.max(key.end)
}
