//! Two texts that were made from a third one, put together line by line.

use std::ops::Range;

use super::diff::{self, Stretch};

/// What `base` becomes by everything that `ours` and `theirs` changed in it.
///
/// # Errors
/// The lines of `ours`, from 1, at which both changed the same lines, or neighbours, each in a way of its own.
pub fn three(base: &str, ours: &str, theirs: &str) -> Result<String, Vec<usize>> {
    let [base, ours, theirs] =
        [base, ours, theirs].map(|text| -> Vec<&str> { text.split_inclusive('\n').collect() });
    let mine = Side::new(&base, &ours);
    let other = Side::new(&base, &theirs);
    let mut merged = String::new();
    let mut clashes = Vec::new();
    let (mut at, mut mine_at, mut other_at) = (0, 0, 0);
    loop {
        let starts = [mine.start(mine_at), other.start(other_at)];
        let Some(start) = starts.into_iter().flatten().min() else {
            break;
        };
        merged.extend(base[at..start].iter().copied());
        // Everything that touches one another is one place.
        let (from, mut end) = ((mine_at, other_at), start);
        loop {
            let before = end;
            end = mine.reach(&mut mine_at, end);
            end = other.reach(&mut other_at, end);
            if end == before {
                break;
            }
        }
        let old = &base[start..end];
        let (here, line) = mine.text(from.0..mine_at, start..end);
        let (there, _) = other.text(from.1..other_at, start..end);
        let chosen = if here == old || here == there {
            there
        } else {
            if there != old {
                clashes.push(line + 1);
            }
            here
        };
        merged.extend(chosen.iter().copied());
        at = end;
    }
    merged.extend(base[at..].iter().copied());
    if clashes.is_empty() {
        Ok(merged)
    } else {
        Err(clashes)
    }
}

/// What one side made of the third text.
struct Side<'t> {
    lines: &'t [&'t str],
    changed: Vec<Stretch>,
}

impl<'t> Side<'t> {
    fn new(base: &[&str], lines: &'t [&'t str]) -> Self {
        let changed = diff::changed(base, lines);
        Self { lines, changed }
    }

    /// Where its next change begins.
    fn start(&self, at: usize) -> Option<usize> {
        self.changed.get(at).map(|(old, _)| old.start)
    }

    /// Passes every change that begins at `end` or before, and gives how far that reaches.
    fn reach(&self, at: &mut usize, mut end: usize) -> usize {
        while let Some((old, _)) = self.changed.get(*at).filter(|(old, _)| old.start <= end) {
            end = end.max(old.end);
            *at += 1;
        }
        end
    }

    /// What it has instead of some lines of the third text, and where that begins. `changes` are those of its changes that lie there.
    fn text(&self, changes: Range<usize>, old: Range<usize>) -> (&'t [&'t str], usize) {
        let mine = &self.changed[changes.clone()];
        let (Some(first), Some(last)) = (mine.first(), mine.last()) else {
            // Unchanged there: as far from the last change before it as in the third text.
            let before = changes
                .start
                .checked_sub(1)
                .and_then(|at| self.changed.get(at));
            let from = before.map_or(old.start, |(was, is)| is.end + (old.start - was.end));
            return (&self.lines[from..from + old.len()], from);
        };
        let from = first.1.start - (first.0.start - old.start);
        let to = last.1.end + (old.end - last.0.end);
        (&self.lines[from..to], from)
    }
}
