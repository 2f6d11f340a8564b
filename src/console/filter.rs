//! The `/` language over nodes: fuzzy words, `rack:r07 state:failed image:rocky9* !tag:login age>2m n[0400-0499]`. All terms
//! must match.

use std::fmt;
use std::time::Duration;

use crate::api::NodeRow;
use crate::console::look::state_word;
use crate::fleet::{Condition, Stage, Status};
use crate::kit::{Stamp, fuzzy};

/// A filter, read from what was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

/// Why a filter cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// There is no such key.
    #[error("there is no key `{0}:`; there are {keys}", keys = KEYS.join(" "))]
    Key(String),
    /// Not a length of time.
    #[error("`{0}` is no age: write 90s, 2m, 3h, 1d after `age>` or `age<`")]
    Age(String),
    /// A bracket does not close or holds something else than numbers.
    #[error("`{0}` is no host list: write n[01-16,20]")]
    Hosts(String),
}

/// Keys that a term may begin with.
pub const KEYS: [&str; 9] = [
    "rack:", "image:", "profile:", "state:", "stage:", "tag:", "net:", "age>", "age<",
];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    not: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Rack(String),
    Image(String),
    Profile(String),
    State(String),
    Stage(String),
    Tag(String),
    Net(String),
    Older(Duration),
    Younger(Duration),
    Hosts(Hosts),
    Word(String),
    Bad,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Hosts {
    before: String,
    ranges: Vec<(u64, u64)>,
    digits: usize,
    after: String,
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Filter {
    /// The filter that shows what failed or stalled.
    #[must_use]
    pub fn problems() -> Self {
        Self {
            text: "state:bad".into(),
            terms: vec![Term {
                not: false,
                test: Test::Bad,
            }],
        }
    }

    /// Reads a filter; an empty text shows everything.
    ///
    /// # Errors
    /// When a term begins with an unknown key or its value is malformed.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let terms = text
            .split_whitespace()
            .map(|word| {
                let (not, word) = match word.strip_prefix('!') {
                    Some(rest) => (true, rest),
                    None => (false, word),
                };
                Ok(Term {
                    not,
                    test: test(word)?,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: text.trim().to_owned(),
            terms,
        })
    }

    /// Whether it shows everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether what it shows depends on the time.
    #[must_use]
    pub fn ages(&self) -> bool {
        let by_age = |term: &Term| matches!(term.test, Test::Older(_) | Test::Younger(_));
        self.terms.iter().any(by_age)
    }

    /// Whether it shows a node.
    #[must_use]
    pub fn shows(&self, row: &NodeRow, status: &Status, now: Stamp) -> bool {
        self.terms
            .iter()
            .all(|term| term.test.holds(row, status, now) != term.not)
    }
}

fn test(word: &str) -> Result<Test, FilterError> {
    if let Some(rest) = word.strip_prefix("age") {
        if let Some(span) = rest.strip_prefix('>') {
            return Ok(Test::Older(span_of(span)?));
        }
        if let Some(span) = rest.strip_prefix('<') {
            return Ok(Test::Younger(span_of(span)?));
        }
    }
    if let Some((key, value)) = word.split_once(':')
        && !key.is_empty()
        && key.chars().all(|c| c.is_ascii_alphabetic())
    {
        let value = value.to_ascii_lowercase();
        return Ok(match key {
            "rack" => Test::Rack(value),
            "image" => Test::Image(value),
            "profile" => Test::Profile(value),
            "state" if value == "bad" => Test::Bad,
            "state" => Test::State(value),
            "stage" => Test::Stage(value),
            "tag" => Test::Tag(value),
            "net" | "network" => Test::Net(value),
            _ => return Err(FilterError::Key(key.to_owned())),
        });
    }
    if word.contains('[') {
        let hosts = hosts_of(word).ok_or_else(|| FilterError::Hosts(word.to_owned()))?;
        return Ok(Test::Hosts(hosts));
    }
    Ok(Test::Word(word.to_ascii_lowercase()))
}

fn span_of(text: &str) -> Result<Duration, FilterError> {
    let wrong = || FilterError::Age(text.to_owned());
    let (digits, unit) = text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    );
    let n: u64 = digits.parse().map_err(|_| wrong())?;
    let unit = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    n.checked_mul(unit)
        .map(Duration::from_secs)
        .ok_or_else(wrong)
}

fn hosts_of(word: &str) -> Option<Hosts> {
    let (before, rest) = word.split_once('[')?;
    let (inner, after) = rest.split_once(']')?;
    let mut digits = 0;
    let ranges = inner
        .split(',')
        .map(|part| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            digits = digits.max(from.len());
            Some((from.parse().ok()?, to.parse().ok()?))
        })
        .collect::<Option<Vec<(u64, u64)>>>()?;
    Some(Hosts {
        before: before.into(),
        ranges,
        digits,
        after: after.into(),
    })
}

impl Hosts {
    fn hold(&self, name: &str) -> bool {
        let Some(number) = name
            .strip_prefix(self.before.as_str())
            .and_then(|rest| rest.strip_suffix(self.after.as_str()))
        else {
            return false;
        };
        number.len() >= self.digits
            && number.bytes().all(|b| b.is_ascii_digit())
            && number.parse::<u64>().is_ok_and(|n| {
                self.ranges
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&n))
            })
    }
}

impl Test {
    fn holds(&self, row: &NodeRow, status: &Status, now: Stamp) -> bool {
        let known = |value: &Option<std::sync::Arc<str>>, pattern: &str| {
            value.as_deref().is_some_and(|value| glob(pattern, value))
        };
        match self {
            Self::Rack(pattern) => glob(pattern, &row.rack),
            Self::Image(pattern) => known(&row.image, pattern),
            Self::Profile(pattern) => row.profiles.iter().any(|name| glob(pattern, name)),
            Self::State(word) => state_word(status).starts_with(word.as_str()),
            Self::Stage(word) => status.stage.word().starts_with(word.as_str()),
            Self::Tag(pattern) => row.tags.iter().any(|tag| {
                let (key, value) = tag.split_once('=').unwrap_or((tag, ""));
                glob(pattern, tag) || glob(pattern, key) || glob(pattern, value)
            }),
            Self::Net(pattern) => known(&row.network, pattern),
            Self::Older(span) => status.stage != Stage::Off && now.since(status.since) > *span,
            Self::Younger(span) => status.stage != Stage::Off && now.since(status.since) < *span,
            Self::Hosts(hosts) => hosts.hold(&row.name),
            Self::Word(word) => word_fits(word, row, status),
            Self::Bad => status.condition != Condition::Fine,
        }
    }
}

fn word_fits(word: &str, row: &NodeRow, status: &Status) -> bool {
    let has = |text: &str| contains_folded(text, word);
    has(&row.name)
        || fuzzy::abbreviates(word, &row.name)
        || row.image.as_deref().is_some_and(has)
        || row.profiles.iter().any(|name| has(name))
        || status.note.as_deref().is_some_and(has)
        || row.comment.as_deref().is_some_and(has)
        || row.ip.is_some_and(|ip| has(&ip.to_string()))
        || row.mac.is_some_and(|mac| has(&mac.to_string()))
}

/// Whether `text` contains the lower-case `word`, ASCII case ignored.
fn contains_folded(text: &str, word: &str) -> bool {
    word.is_empty()
        || text
            .as_bytes()
            .windows(word.len())
            .any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether `text` is `pattern`, in which `*` stands for anything; ASCII case ignored.
fn glob(pattern: &str, text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
