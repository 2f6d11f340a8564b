//! Lists of names in the short form that cluster people write: `n[01-03,05],rack1`.

use super::natural;

/// The most names that one list may stand for.
pub const LIMIT: usize = 65_536;

/// Why a list was not expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostlistError {
    /// More than [`LIMIT`] names.
    #[error("the list stands for more than {LIMIT} names")]
    TooMany,
    /// A `[` without `]`, or a `]` without `[`.
    #[error("column {0}: a bracket has no partner")]
    Bracket(usize),
}

/// Every name that `list` stands for, in the order written. Commas outside brackets separate patterns; a bracket holds numbers
/// and ranges, padded to the width of the range's first number; several brackets multiply from left to right; a range that
/// counts down stands for nothing; a bracket that holds anything else leaves its pattern as written. Empty names are dropped.
///
/// # Errors
/// [`HostlistError::TooMany`] before any memory is spent on them; [`HostlistError::Bracket`].
pub fn expand(list: &str) -> Result<Vec<String>, HostlistError> {
    let mut names = Vec::new();
    for pattern in patterns(list)? {
        let pattern = pattern.trim();
        if !pattern.is_empty() {
            one(pattern, &mut names)?;
        }
    }
    Ok(names)
}

/// The short form of `names`: neighbours that share everything but a number of one width collapse. Order is natural order and
/// duplicates are dropped.
#[must_use]
pub fn compress<S: AsRef<str>>(names: &[S]) -> String {
    let mut sorted: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    sorted.sort_by(|a, b| natural::compare(a, b));
    sorted.dedup();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for name in sorted {
        let (prefix, digits) = split(name);
        let number = digits.parse::<u64>().ok();
        match groups.last_mut() {
            Some(group)
                if number.is_some() && group.prefix == prefix && group.width == digits.len() =>
            {
                group.numbers.extend(number);
            }
            _ => groups.push(Group {
                prefix: if number.is_some() { prefix } else { name },
                width: if number.is_some() { digits.len() } else { 0 },
                numbers: number.into_iter().collect(),
            }),
        }
    }
    let parts: Vec<String> = groups.iter().map(Group::text).collect();
    parts.join(",")
}

struct Group<'a> {
    prefix: &'a str,
    width: usize,
    numbers: Vec<u64>,
}

impl Group<'_> {
    fn text(&self) -> String {
        let width = self.width;
        match self.numbers.as_slice() {
            [] => self.prefix.to_owned(),
            [one] => format!("{}{one:0width$}", self.prefix),
            many => format!("{}[{}]", self.prefix, runs(many, width)),
        }
    }
}

fn runs(numbers: &[u64], width: usize) -> String {
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match parts.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let texts: Vec<String> = parts
        .iter()
        .map(|(first, last)| {
            if first == last {
                format!("{first:0width$}")
            } else {
                format!("{first:0width$}-{last:0width$}")
            }
        })
        .collect();
    texts.join(",")
}

/// The name without its trailing digits, and those (at most 18, so that they fit a number).
fn split(name: &str) -> (&str, &str) {
    let digits = name
        .bytes()
        .rev()
        .take(18)
        .take_while(u8::is_ascii_digit)
        .count();
    name.split_at(name.len() - digits)
}

fn patterns(list: &str) -> Result<Vec<&str>, HostlistError> {
    let mut parts = Vec::new();
    let mut open = None;
    let mut start = 0;
    for (at, letter) in list.char_indices() {
        let column = || list[..at].chars().count() + 1;
        match letter {
            '[' if open.is_some() => return Err(HostlistError::Bracket(column())),
            '[' => open = Some(column()),
            ']' if open.take().is_none() => return Err(HostlistError::Bracket(column())),
            ',' if open.is_none() => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if let Some(column) = open {
        return Err(HostlistError::Bracket(column));
    }
    parts.push(&list[start..]);
    Ok(parts)
}

/// One alternative of a bracket: first, last, width.
type Span = (u64, u64, usize);

fn one(pattern: &str, names: &mut Vec<String>) -> Result<(), HostlistError> {
    let mut heads = vec![String::new()];
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((inside, behind)) = after.split_once(']') else {
            break;
        };
        let Some(spans) = spans(inside) else {
            names.push(pattern.to_owned());
            return check(names.len());
        };
        let count = spans
            .iter()
            .map(|(first, last, _)| last.checked_sub(*first).map_or(0, |n| n.saturating_add(1)))
            .fold(0u64, u64::saturating_add);
        let total = count.saturating_mul(heads.len() as u64);
        check(usize::try_from(total).unwrap_or(usize::MAX))?;
        let mut next = Vec::with_capacity(usize::try_from(total).unwrap_or(0));
        for head in &heads {
            for &(first, last, width) in &spans {
                next.extend((first..=last).map(|n| format!("{head}{before}{n:0width$}")));
            }
        }
        heads = next;
        rest = behind;
    }
    check(names.len().saturating_add(heads.len()))?;
    names.extend(heads.into_iter().map(|head| head + rest));
    Ok(())
}

fn check(count: usize) -> Result<(), HostlistError> {
    if count > LIMIT {
        return Err(HostlistError::TooMany);
    }
    Ok(())
}

/// The spans of a bracket; none if it holds anything but numbers and ranges. `-n` counts from 0; `a-b-c` is no range and
/// stands for nothing.
fn spans(inside: &str) -> Option<Vec<Span>> {
    let mut spans = Vec::new();
    for part in inside.split(',') {
        let part = part.trim();
        if !part.bytes().all(|b| b.is_ascii_digit() || b == b'-') || part.len() > 40 {
            return None;
        }
        let ends: Vec<&str> = part.split('-').collect();
        match ends.as_slice() {
            [only] => spans.push((only.parse().ok()?, only.parse().ok()?, only.len())),
            ["", last] => spans.push((0, last.parse().ok()?, 1)),
            [first, last] => spans.push((first.parse().ok()?, last.parse().ok()?, first.len())),
            _ => {}
        }
    }
    Some(spans)
}
