//! What differs between two texts, line by line: to take it back later, also when other lines have changed since.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::edit::lines::Ruled;

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
    let (olds, news): (Vec<&str>, Vec<&str>) = (
        old.split_inclusive('\n').collect(),
        new.split_inclusive('\n').collect(),
    );
    let mut hunks = Vec::new();
    compare((&olds, 0), &news, &mut hunks, 0);
    hunks
}

/// How often a part may be cut again; what is left then is one hunk.
const CUTS: usize = 64;

fn compare((old, mut line): (&[&str], usize), new: &[&str], hunks: &mut Vec<Hunk>, depth: usize) {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    line += head;
    if old.is_empty() && new.is_empty() {
        return;
    }
    let fixed = if depth < CUTS {
        fixed(old, new)
    } else {
        Vec::new()
    };
    if fixed.is_empty() {
        hunks.push(Hunk {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            old: old.concat(),
            new: new.concat(),
        });
        return;
    }
    let (mut from, mut to) = (0, 0);
    for (a, b) in fixed {
        compare((&old[from..a], line + from), &new[to..b], hunks, depth + 1);
        (from, to) = (a + 1, b + 1);
    }
    compare((&old[from..], line + from), &new[to..], hunks, depth + 1);
}

/// Lines that occur once in each text, paired where their order is the same in both: as many as there can be.
fn fixed(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    if old.is_empty() || new.is_empty() {
        return Vec::new();
    }
    let (olds, news) = (once(old), once(new));
    let pairs = old.iter().enumerate().filter_map(|(at, line)| {
        olds.get(*line).copied().flatten()?;
        Some((at, news.get(*line).copied().flatten()?))
    });
    rising(&pairs.collect::<Vec<_>>())
}

/// The place of every line that occurs once; none for one that occurs again.
fn once<'t>(lines: &[&'t str]) -> HashMap<&'t str, Option<usize>> {
    let mut seen = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        seen.entry(*line)
            .and_modify(|at| *at = None)
            .or_insert(Some(at));
    }
    seen
}

/// The longest run of pairs that rises in both members.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length the pair that ends such a run with the least second member, and before each pair the one it follows.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, (_, second)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *second);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(pair) = at {
        run.push(pairs[pair]);
        at = before[pair];
    }
    run.reverse();
    run
}
