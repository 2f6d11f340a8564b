//! What differs between two texts, line by line: to take it back later, also when other lines have changed since.

use serde::{Deserialize, Serialize};

use super::edit::lines::Ruled;
use crate::kit::diff::{self, Stretch};

/// Some lines that became others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// Line of the earlier text at which it begins, from 0.
    pub line: u32,
    /// The lines that went, with their ends.
    pub old: String,
    /// The lines that came in their place.
    pub new: String,
}

impl Hunk {
    fn first(&self) -> usize {
        self.line as usize
    }

    /// Behind its last line in the earlier text.
    fn end(&self) -> usize {
        self.first() + count(&self.old)
    }

    /// How many lines the later text has more.
    fn growth(&self) -> isize {
        count(&self.new).cast_signed() - count(&self.old).cast_signed()
    }
}

fn count(text: &str) -> usize {
    text.split_inclusive('\n').count()
}

/// The way back: from the later text to the earlier one.
#[must_use]
pub fn back(hunks: &[Hunk]) -> Vec<Hunk> {
    let mut grown = 0isize;
    hunks
        .iter()
        .map(|hunk| {
            let line = hunk.first().saturating_add_signed(grown);
            grown += hunk.growth();
            Hunk {
                line: u32::try_from(line).unwrap_or(u32::MAX),
                old: hunk.new.clone(),
                new: hunk.old.clone(),
            }
        })
        .collect()
}

/// The same hunks for a text that `later` has changed since. None if one of them is about lines that `later` has changed too.
#[must_use]
pub fn carried(hunks: &[Hunk], later: &[Hunk]) -> Option<Vec<Hunk>> {
    let mut carried = Vec::with_capacity(hunks.len());
    let (mut at, mut grown) = (0, 0isize);
    for hunk in hunks {
        // What was done above it moves it; lines put in right where it begins count as above.
        while let Some(other) = later.get(at).filter(|other| other.end() <= hunk.first()) {
            grown += other.growth();
            at += 1;
        }
        if later
            .get(at)
            .is_some_and(|other| other.first() < hunk.end())
        {
            return None;
        }
        let line = hunk.first().checked_add_signed(grown)?;
        carried.push(Hunk {
            line: u32::try_from(line).ok()?,
            ..hunk.clone()
        });
    }
    Some(carried)
}

/// The text with the hunks done; none if it does not hold the lines that they are about.
#[must_use]
pub fn apply(text: &str, hunks: &[Hunk]) -> Option<String> {
    let ruled = Ruled::new(text);
    let grown: usize = hunks.iter().map(|hunk| hunk.new.len()).sum();
    let mut out = String::with_capacity(text.len() + grown);
    let mut from = 0;
    for hunk in hunks {
        if hunk.first() > ruled.len() {
            return None;
        }
        let start = ruled.start(hunk.first());
        let rest = text.get(start..)?.strip_prefix(hunk.old.as_str())?;
        out.push_str(text.get(from..start)?);
        out.push_str(&hunk.new);
        from = text.len() - rest.len();
    }
    out.push_str(text.get(from..)?);
    Some(out)
}

/// What differs between two texts. Lines that both have once, in the same order, stay; so do equal lines beside them.
#[must_use]
pub fn between(old: &str, new: &str) -> Vec<Hunk> {
    let olds: Vec<&str> = old.split_inclusive('\n').collect();
    let news: Vec<&str> = new.split_inclusive('\n').collect();
    let hunk = |(gone, came): Stretch| Hunk {
        line: u32::try_from(gone.start).unwrap_or(u32::MAX),
        old: olds[gone].concat(),
        new: news[came].concat(),
    };
    let found = diff::changed(&olds, &news);
    found.into_iter().map(hunk).collect()
}
