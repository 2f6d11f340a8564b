//! Versions, `1.2.3-rc1`, and conditions on them, `>=1.2, <2 || ~3.1`.

use std::cmp::Ordering;

use bytes::Bytes;

use super::super::go::{Budget, Entries, Function, Value, Yield};
use super::args::string;

/// The functions.
pub static FUNCTIONS: [Function; 2] = [
    Function::pure("semver", 1, 1, semver),
    Function::pure("semverCompare", 2, 2, semver_compare),
];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    numbers: [u64; 3],
    /// How many of them were written.
    given: usize,
    before: String,
    meta: String,
}

fn parse(text: &str) -> Option<Version> {
    let text = text.trim();
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, meta) = text.split_once('+').unwrap_or((text, ""));
    let (text, before) = text.split_once('-').unwrap_or((text, ""));
    let (mut numbers, mut given) = ([0; 3], 0);
    for (at, part) in text.split('.').enumerate() {
        if matches!(part, "x" | "X" | "*") && before.is_empty() {
            break;
        }
        *numbers.get_mut(at)? = part.parse().ok()?;
        given = at + 1;
    }
    let (before, meta) = (before.to_owned(), meta.to_owned());
    Some(Version {
        numbers,
        given,
        before,
        meta,
    })
}

impl Version {
    fn shown(&self) -> String {
        let [major, minor, patch] = self.numbers;
        let mut out = format!("{major}.{minor}.{patch}");
        for (mark, text) in [('-', &self.before), ('+', &self.meta)] {
            if !text.is_empty() {
                out.push(mark);
                out.push_str(text);
            }
        }
        out
    }

    /// What comes before a release is less than it; its parts are compared as numbers where they are.
    fn compare(&self, other: &Self) -> Ordering {
        let parts = |version: &Self| {
            version
                .before
                .split('.')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        self.numbers.cmp(&other.numbers).then_with(|| {
            match (self.before.is_empty(), other.before.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => {
                    let (a, b) = (parts(self), parts(other));
                    let each =
                        a.iter()
                            .zip(&b)
                            .map(|(a, b)| match (a.parse::<u64>(), b.parse::<u64>()) {
                                (Ok(a), Ok(b)) => a.cmp(&b),
                                (Ok(_), Err(_)) => Ordering::Less,
                                (Err(_), Ok(_)) => Ordering::Greater,
                                _ => a.cmp(b),
                            });
                    let mut each = each;
                    each.find(|order| order.is_ne())
                        .unwrap_or_else(|| a.len().cmp(&b.len()))
                }
            }
        })
    }
}

fn semver(_: &mut Budget, args: &[Value]) -> Yield {
    let text = string(args, 0)?;
    let version = parse(&text).filter(|version| version.given > 0);
    let version = version.ok_or_else(|| format!("`{text}` is no version"))?;
    let number = |number: u64| Value::Int(number.into(), super::super::go::Int::Uint64);
    let [major, minor, patch] = version.numbers;
    let entries = [
        ("Major", number(major)),
        ("Minor", number(minor)),
        ("Patch", number(patch)),
        ("Prerelease", Value::text(&version.before)),
        ("Metadata", Value::text(&version.meta)),
        ("Original", Value::text(&text)),
        ("String", Value::text(&version.shown())),
    ];
    let entries = entries.map(|(key, value)| (Bytes::from_static(key.as_bytes()), value));
    Ok(Value::map(Entries::from(entries)))
}

fn semver_compare(_: &mut Budget, args: &[Value]) -> Yield {
    let (conditions, text) = (string(args, 0)?, string(args, 1)?);
    let version = parse(&text).ok_or_else(|| format!("`{text}` is no version"))?;
    let mut any = false;
    for all in conditions.split("||") {
        let mut fits = true;
        for one in words(all) {
            fits &= holds(&one, &version)
                .ok_or_else(|| format!("`{one}` is no condition on a version"))?;
        }
        any |= fits;
    }
    Ok(Value::Bool(any))
}

/// Conditions parted by commas or blanks; blanks between a sign and its version part nothing, `a - b` is a range.
fn words(text: &str) -> Vec<String> {
    let spaced = text.replace(" - ", "\u{1}").replace(',', " ");
    let mut words: Vec<String> = Vec::new();
    for word in spaced.split_whitespace() {
        let bare = words
            .last()
            .is_some_and(|last| last.chars().all(|c| "<>=!~^".contains(c)));
        match words.last_mut().filter(|_| bare) {
            Some(last) => last.push_str(word),
            None => words.push(word.to_owned()),
        }
    }
    let range = |word: String| match word.split_once('\u{1}') {
        Some((from, to)) => vec![format!(">={from}"), format!("<={to}")],
        None => vec![word],
    };
    words.into_iter().flat_map(range).collect()
}

fn holds(condition: &str, version: &Version) -> Option<bool> {
    let end = condition
        .find(|c| !"<>=!~^".contains(c))
        .unwrap_or(condition.len());
    let (sign, rest) = condition.split_at(end);
    let wanted = match rest {
        "*" | "x" | "X" | "" if !(sign.is_empty() && rest.is_empty()) => parse("x")?,
        rest => parse(rest)?,
    };
    // What comes before a release is meant only where one is named.
    if !version.before.is_empty() && wanted.before.is_empty() {
        return Some(false);
    }
    let order = version.compare(&wanted);
    let same = |count: usize| version.numbers[..count] == wanted.numbers[..count];
    let tilde = order.is_ge() && same(wanted.given.min(2));
    let given = wanted.given.min(3);
    Some(match sign {
        "" | "=" if given < 3 => tilde && same(given),
        "" | "=" => order.is_eq(),
        "!=" => {
            !(if given < 3 {
                same(given)
            } else {
                order.is_eq()
            })
        }
        ">" if given < 3 => order.is_gt() && !same(given),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        ">=" | "=>" => order.is_ge(),
        "<=" | "=<" if given < 3 => order.is_le() || same(given),
        "<=" | "=<" => order.is_le(),
        "~" | "~>" => tilde,
        "^" => {
            let first = wanted
                .numbers
                .iter()
                .position(|number| *number > 0)
                .unwrap_or(2);
            order.is_ge() && same((first + 1).min(given.max(1)))
        }
        _ => return None,
    })
}
