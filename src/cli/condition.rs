//! One condition on nodes as it is typed on a command line: `rack:r07`, `!state:failed`, `age>2m`.

use std::collections::BTreeSet;

use super::failure::Failure;
use crate::api::NodeLine;
use crate::fleet::STAGES;
use crate::kit::{glob, suggest};
use crate::model::query::{Query, Row, WORDS, Word};

/// What a state may be asked for by; remarks can be asked for by a pattern.
const STATES: [&str; 6] = ["off", "booting", "up", "stalled", "failed", "bad"];
/// How many values a complaint names.
const NAMED: usize = 8;

/// A condition that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    text: String,
    query: Query,
}

impl Condition {
    /// Understands one.
    ///
    /// # Errors
    /// What makes no sense of it. A state or a stage that does not exist is an error here: `!state:failled` would mean everybody.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |what: String| Failure::Usage(format!("`{text}`: {what}"));
        let query = Query::parse(text).map_err(|error| wrong(error.what))?;
        if let Some((word, values)) = asked(text) {
            let known: Vec<&str> = match word {
                Word::State => STATES.to_vec(),
                Word::Stage => STAGES.iter().map(|stage| stage.word()).collect(),
                _ => Vec::new(),
            };
            let odd = |value: &&str| !glob::is_pattern(value) && !known.contains(value);
            if let Some(value) = values.split(',').find(odd).filter(|_| !known.is_empty()) {
                let hint = suggest::hint(value, known.iter().copied());
                let hint = hint.unwrap_or_else(|| format!("known are {}", known.join(", ")));
                return Err(wrong(format!("nothing is ever `{value}`; {hint}")));
            }
        }
        let text = text.to_owned();
        Ok(Self { text, query })
    }

    /// Whether a word looks like a condition, and not like a name.
    #[must_use]
    pub fn looks_like(word: &str) -> bool {
        word.contains([':', '<', '>'])
    }

    /// As it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds.
    #[must_use]
    pub fn holds(&self, line: &NodeLine<'_>) -> bool {
        self.query.matches(line)
    }

    /// What it could have been asked for, when it holds for none of these: the value that was probably meant, or those there are.
    #[must_use]
    pub fn hint<'l, 'm: 'l>(&self, lines: impl Iterator<Item = &'l NodeLine<'m>>) -> String {
        let Some((word, wanted)) = asked(&self.text).filter(|_| !self.text.starts_with('!')) else {
            return String::new();
        };
        let mut there: BTreeSet<String> = BTreeSet::new();
        for line in lines {
            line.any(word, &mut |value| {
                let value = value.trim();
                if !value.is_empty() && !there.contains(value) {
                    there.insert(value.to_owned());
                }
                false
            });
        }
        let spelled = self.text.split(':').next().unwrap_or_default();
        if let Some(near) = suggest::nearest(wanted, there.iter().map(String::as_str)) {
            return format!("; did you mean `{spelled}:{near}`?");
        }
        match (there.len(), word) {
            (0, _)
            | (_, Word::State | Word::Stage | Word::Drift | Word::Ip | Word::Mac | Word::Comment) => {
                String::new()
            }
            (1..=NAMED, _) => {
                let all: Vec<&str> = there.iter().map(String::as_str).collect();
                format!("; there is {}", all.join(", "))
            }
            _ => String::new(),
        }
    }
}

/// Whether a word asks how nodes are doing, which only a running muster knows.
#[must_use]
pub fn is_of_the_moment(word: &str) -> bool {
    let word = word.trim_start_matches('!');
    let words = ["state:", "stage:", "drift:", "age>", "age<"];
    words.iter().any(|start| word.starts_with(start))
}

/// The spelling of a condition with `:` for which somebody wrote `=`, as `rack=r07`.
#[must_use]
pub fn misspelled(name: &str) -> Option<String> {
    let (word, value) = name.split_once('=')?;
    let known = WORDS.iter().any(|(spelling, _)| *spelling == word);
    Some(if known {
        format!("{word}:{value}")
    } else {
        format!("tag:{name}")
    })
}

/// The word and the values of `word:values`.
fn asked(text: &str) -> Option<(Word, &str)> {
    let (word, values) = text.trim_start_matches('!').split_once(':')?;
    let known = WORDS
        .iter()
        .find(|(spelling, _)| spelling.eq_ignore_ascii_case(word))?;
    Some((known.1, values))
}
