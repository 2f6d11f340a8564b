//! The query language of lists: fuzzy words plus `rack:r07 state:failed image:rocky9* !tag:login age>2m n[0400-0499]`. Every
//! term must hold; a comma between values means "or"; `!` before a term means "not".

use std::collections::HashSet;
use std::time::Duration;

use super::field;
use crate::kit::{glob, hostlist, suggest};

/// What a row can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Word {
    /// Name of the node.
    Name,
    /// Rack.
    Rack,
    /// Profiles.
    Profile,
    /// Image.
    Image,
    /// Boot network.
    Network,
    /// Tags as `key=value`, and their keys alone.
    Tag,
    /// Addresses.
    Ip,
    /// Hardware addresses.
    Mac,
    /// Stage of the boot.
    Stage,
    /// Condition, or `up` and `off` where that says it; `bad` for whatever is not fine; the remark about it.
    State,
    /// Cluster.
    Cluster,
    /// Comment.
    Comment,
    /// Whether a reboot would change it: `yes`, `no`, `unknown`, or what would be another one, as `args`.
    Drift,
}

/// Every word and its spelling.
pub const WORDS: [(&str, Word); 13] = [
    ("name", Word::Name),
    ("rack", Word::Rack),
    ("profile", Word::Profile),
    ("image", Word::Image),
    ("network", Word::Network),
    ("tag", Word::Tag),
    ("ip", Word::Ip),
    ("mac", Word::Mac),
    ("stage", Word::Stage),
    ("state", Word::State),
    ("cluster", Word::Cluster),
    ("comment", Word::Comment),
    ("drift", Word::Drift),
];

/// Something that can be asked.
pub trait Row {
    /// Calls `each` with every value of `word` until one call returns true; returns whether one did.
    fn any(&self, word: Word, each: &mut dyn FnMut(&str) -> bool) -> bool;

    /// How long it has been in its state.
    fn age(&self) -> Option<Duration>;
}

/// Why a query cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {what}")]
pub struct QueryError {
    /// Where, in characters from 1.
    pub column: usize,
    /// What is wrong and what to write instead.
    pub what: String,
}

/// A query that was understood. The default one matches everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    not: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    /// Somewhere in the row; lower case.
    Fuzzy(String),
    /// One of these names.
    Names(HashSet<String>),
    /// One of these patterns under the word.
    Is(Word, Vec<String>),
    Older(Duration),
    Younger(Duration),
}

impl Query {
    /// Understands a text. The empty text is the query that matches everything.
    ///
    /// # Errors
    /// [`QueryError`] at the first term that makes no sense.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut terms = Vec::new();
        for (column, term) in split(text) {
            terms.push(parse_term(column, term)?);
        }
        Ok(Self { terms })
    }

    /// Whether every term holds for `row`.
    #[must_use]
    pub fn matches(&self, row: &impl Row) -> bool {
        self.terms
            .iter()
            .all(|term| term.test.holds(row) != term.not)
    }

    /// Whether it matches everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether what it matches changes with the time alone.
    #[must_use]
    pub fn asks_age(&self) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term.test, Test::Older(_) | Test::Younger(_)))
    }
}

/// Terms and their columns from 1.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut terms = Vec::new();
    let mut start: Option<(usize, usize)> = None;
    for (column, (at, letter)) in (1..).zip(text.char_indices()) {
        match (letter.is_whitespace(), start) {
            (false, None) => start = Some((column, at)),
            (true, Some((column, from))) => {
                terms.push((column, &text[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    terms.extend(start.map(|(column, from)| (column, &text[from..])));
    terms
}

fn parse_term(mut column: usize, mut term: &str) -> Result<Term, QueryError> {
    let mut not = false;
    while let Some(rest) = term.strip_prefix('!') {
        not = !not;
        term = rest;
        column += 1;
    }
    let error = |column, what: &str| {
        let what = what.to_owned();
        Err(QueryError { column, what })
    };
    if term.is_empty() {
        return error(
            column,
            "`!` stands alone; write what must not match behind it",
        );
    }
    if let Some(rest) = term.strip_prefix("age")
        && let Some(test) = age(column, rest)
    {
        return test.map(|test| Term { not, test });
    }
    if let Some((word, value)) = term.split_once(':')
        && !word.is_empty()
        && word.chars().all(char::is_alphabetic)
    {
        let test = is(column, word, value)?;
        return Ok(Term { not, test });
    }
    if term.contains(['[', ']']) {
        let test = names(column, term)?;
        return Ok(Term { not, test });
    }
    let test = if glob::is_pattern(term) {
        Test::Is(Word::Name, vec![term.to_owned()])
    } else {
        Test::Fuzzy(term.to_lowercase())
    };
    Ok(Term { not, test })
}

/// `age>2m` or `age<90s`; none if the term is something else that begins with `age`.
fn age(column: usize, rest: &str) -> Option<Result<Test, QueryError>> {
    let older = match rest.chars().next()? {
        '>' => true,
        '<' => false,
        _ => return None,
    };
    let text = rest[1..].strip_prefix('=').unwrap_or(&rest[1..]);
    let Some(span) = field::span(text) else {
        let what = format!("`{text}` is no time; write it as 90s, 2m, 3h or 1d");
        let column = column + "age>".len();
        return Some(Err(QueryError { column, what }));
    };
    Some(Ok(if older {
        Test::Older(span)
    } else {
        Test::Younger(span)
    }))
}

/// A host list that begins at `column`.
fn names(column: usize, list: &str) -> Result<Test, QueryError> {
    match hostlist::expand(list) {
        Ok(names) => Ok(Test::Names(names.into_iter().collect())),
        Err(hostlist::HostlistError::Bracket(at)) => Err(QueryError {
            column: column + at - 1,
            what: "a bracket has no partner; write host lists as n[01-16,20]".to_owned(),
        }),
        Err(error) => Err(QueryError {
            column,
            what: error.to_string(),
        }),
    }
}

fn is(column: usize, word: &str, value: &str) -> Result<Test, QueryError> {
    let known = WORDS
        .iter()
        .find(|(spelling, _)| spelling.eq_ignore_ascii_case(word));
    let Some((_, found)) = known else {
        if word.eq_ignore_ascii_case("age") {
            let what = "ask for an age as `age>2m` or `age<2m`".to_owned();
            return Err(QueryError { column, what });
        }
        let spellings = || WORDS.iter().map(|(spelling, _)| *spelling);
        let hint = suggest::hint(word, spellings()).unwrap_or_else(|| {
            let all: Vec<_> = spellings().collect();
            format!("known are {} and age", all.join(", "))
        });
        let what = format!("`{word}` is nothing that can be asked for; {hint}");
        return Err(QueryError { column, what });
    };
    if *found == Word::Name && value.contains('[') {
        return names(column + word.chars().count() + 1, value);
    }
    let values: Vec<String> = value
        .split(',')
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect();
    if values.is_empty() {
        let column = column + word.chars().count() + 1;
        let what = format!("`{word}:` wants a value behind it, as `{word}:x` or `{word}:*`");
        return Err(QueryError { column, what });
    }
    Ok(Test::Is(*found, values))
}

impl Test {
    fn holds(&self, row: &impl Row) -> bool {
        match self {
            Self::Fuzzy(word) => fuzzy(word, row),
            Self::Names(names) => row.any(Word::Name, &mut |name| names.contains(name)),
            Self::Is(word, patterns) => row.any(*word, &mut |value| {
                patterns
                    .iter()
                    .any(|pattern| pattern_holds(*word, pattern, value))
            }),
            Self::Older(span) => row.age().is_some_and(|age| age > *span),
            Self::Younger(span) => row.age().is_some_and(|age| age < *span),
        }
    }
}

/// A pattern matches a whole value; a comment is searched; a tag is known by its key, its value or both.
fn pattern_holds(word: Word, pattern: &str, value: &str) -> bool {
    match word {
        Word::Comment => glob::matches(&format!("*{pattern}*"), value),
        Word::Tag => {
            let (key, text) = value.split_once('=').unwrap_or((value, ""));
            let pattern = pattern.replacen(':', "=", 1);
            [value, key, text]
                .iter()
                .any(|part| glob::matches(&pattern, part))
        }
        _ => glob::matches(pattern, value),
    }
}

/// A bare word is in some value as it stands, or its letters are in the name in that order.
fn fuzzy(word: &str, row: &impl Row) -> bool {
    let inside = WORDS
        .iter()
        // Its words are none that stand for a node: `no` or `image` would be in most rows.
        .filter(|(_, of)| *of != Word::Drift)
        .any(|(_, of)| row.any(*of, &mut |value| contains(value, word)));
    inside || row.any(Word::Name, &mut |name| in_order(word, name))
}

/// Whether `value` contains the lower-case `word`. Nearly all values are ASCII and are folded where they stand.
fn contains(value: &str, word: &str) -> bool {
    if !value.is_ascii() || word.is_empty() {
        return value.to_lowercase().contains(word);
    }
    value
        .as_bytes()
        .windows(word.len())
        .any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

fn in_order(word: &str, name: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    word.chars()
        .all(|wanted| letters.any(|letter| letter == wanted))
}

/// What can stand where the cursor is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// Byte index in the text from which an item replaces everything up to the cursor.
    pub start: usize,
    /// Likely texts, best first.
    pub items: Vec<String>,
}

/// Completes the term that ends at the end of `text`: first the words, then the values that `values` knows of one.
#[must_use]
pub fn complete(text: &str, values: &dyn Fn(Word) -> Vec<String>) -> Completion {
    let begin = text
        .char_indices()
        .rev()
        .find(|(_, letter)| letter.is_whitespace())
        .map_or(0, |(at, letter)| at + letter.len_utf8());
    let term = text[begin..].trim_start_matches('!');
    let start = text.len() - term.len();
    let Some((word, rest)) = term.split_once(':') else {
        let lower = term.to_lowercase();
        let mut items: Vec<String> = WORDS
            .iter()
            .filter(|(spelling, _)| spelling.starts_with(&lower))
            .map(|(spelling, _)| format!("{spelling}:"))
            .collect();
        if "age".starts_with(&lower) {
            items.push("age>".to_owned());
        }
        if !lower.is_empty() {
            items.extend(
                values(Word::Name)
                    .into_iter()
                    .filter(|name| name.to_lowercase().starts_with(&lower)),
            );
        }
        return Completion { start, items };
    };
    let Some((_, word)) = WORDS
        .iter()
        .find(|(spelling, _)| spelling.eq_ignore_ascii_case(word))
    else {
        return Completion::default();
    };
    let typed = rest.rsplit(',').next().unwrap_or(rest);
    let lower = typed.to_lowercase();
    let mut items: Vec<String> = values(*word)
        .into_iter()
        .filter(|value| value.to_lowercase().starts_with(&lower))
        .collect();
    items.dedup();
    Completion {
        start: text.len() - typed.len(),
        items,
    }
}
