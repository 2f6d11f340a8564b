//! Older spellings of an entry made today's, in its lines: what need not move stays where it is, with its comments.
//!
//! `find` says what is to be changed next, `make` changes it; that goes on until nothing is left. Each change knows the line of the
//! text as it was.

mod find;
mod make;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lines;
use super::shape::{self, Uneditable};
use crate::model::field;
use crate::registry::hunk;
use crate::registry::steps::Whose;
use find::Finder;

/// No entry has this many older spellings; more would be a change that changes nothing.
const ROUNDS: usize = 2000;

/// Items of a list that become others: the id of the field, the item, and what takes its place.
pub(in crate::registry) type Swaps = BTreeMap<(&'static str, Arc<str>), Vec<Arc<str>>>;

/// One change of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::registry) struct Changed {
    /// Line of the text before, from 0.
    pub line: usize,
    /// What stood there; secrets are masked.
    pub old: String,
    /// What stands instead; empty when nothing does.
    pub new: String,
    /// Why, in a sentence that is the same for all changes of a kind.
    pub why: String,
    /// Whether something is lost that somebody may have meant.
    pub loses: bool,
}

/// A text without older spellings.
#[derive(Debug, Clone)]
pub(in crate::registry) struct Renewed {
    pub text: String,
    pub changes: Vec<Changed>,
}

/// The lines of one entry, from that of its name on, with today's spellings.
///
/// # Errors
/// [`Uneditable`], with the line, when they cannot be edited in place.
pub(in crate::registry) fn renewed(
    text: &str,
    whose: Whose,
    swaps: &Swaps,
) -> Result<Renewed, Uneditable> {
    let mut sheet = Sheet::new(text);
    let mut changes = Vec::new();
    for _ in 0..ROUNDS {
        let root = shape::read(&sheet.text)?;
        let Some(op) = Finder::new(&sheet, whose, swaps).first(&root) else {
            break;
        };
        let place = op.path.clone();
        changes.push(sheet.apply(op, whose)?);
        sheet.done.push(place);
    }
    changes.sort_by_key(|change: &Changed| change.line);
    Ok(Renewed {
        text: sheet.text,
        changes,
    })
}

/// A text under change that knows where each of its lines was before.
#[derive(Debug)]
struct Sheet {
    text: String,
    newline: &'static str,
    /// The line before of each line.
    origin: Vec<usize>,
    /// The line before of the key that is being changed.
    at: usize,
    /// Where values were moved to: what was read first stays in force.
    settled: Vec<Vec<Arc<str>>>,
    /// Lists whose items were swapped already: what took an item's place may have its name.
    done: Vec<Vec<Arc<str>>>,
}

impl Sheet {
    fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            newline: lines::newline(text),
            origin: (0..text.split_inclusive('\n').count()).collect(),
            at: 0,
            settled: Vec::new(),
            done: Vec::new(),
        }
    }

    /// The text becomes this one; lines that are new come from where the key stood that is being changed.
    fn becomes(&mut self, new: String) {
        let mut origin = Vec::with_capacity(self.origin.len());
        let mut from = 0;
        for hunk in hunk::between(&self.text, &new) {
            let line = hunk.line as usize;
            origin.extend_from_slice(self.origin.get(from..line).unwrap_or_default());
            origin.extend(hunk.new.split_inclusive('\n').map(|_| self.at));
            from = line + hunk.old.split_inclusive('\n').count();
        }
        origin.extend_from_slice(self.origin.get(from..).unwrap_or_default());
        self.origin = origin;
        self.text = new;
    }

    fn origin(&self, line: usize) -> usize {
        self.origin.get(line).copied().unwrap_or(line)
    }
}

/// A value as a change shows it: short, on one line, and not at all if it is a secret.
fn shown(value: &str, secret: bool) -> String {
    if secret && !value.is_empty() {
        return field::MASK.into();
    }
    let line = crate::kit::text::sanitise(value.trim());
    crate::kit::text::clip(&line, 60)
}
