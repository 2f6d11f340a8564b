//! A text cut into lines once, so that a frame costs the lines that it shows; and how the lines of a template stand to those of
//! what it makes.

use std::sync::Arc;

use crate::kit::{diff, text};

/// Cells between two tab stops.
const STOP: usize = 8;
/// Longest texts whose lines are paired with one another, in lines.
const PAIRED: usize = 50_000;

/// The text.
#[derive(Debug, Clone, Default)]
pub struct Paper {
    text: Arc<str>,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl Paper {
    /// Of a text; a newline at its end begins no further line.
    #[must_use]
    pub fn new(text: Arc<str>) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let mut starts: Vec<usize> = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        if starts.last() == Some(&text.len()) {
            starts.pop();
        }
        Self { text, starts }
    }

    /// The whole text.
    #[must_use]
    pub const fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// How many lines it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// A line, from 0, without its newline.
    #[must_use]
    pub fn line(&self, at: usize) -> &str {
        let Some(from) = self.starts.get(at) else {
            return "";
        };
        let to = self
            .starts
            .get(at + 1)
            .map_or(self.text.len(), |next| next - 1);
        let line = self.text.get(*from..to).unwrap_or_default();
        line.strip_suffix('\n').unwrap_or(line)
    }

    fn lines(&self) -> Vec<&str> {
        (0..self.len()).map(|at| self.line(at)).collect()
    }
}

/// A line as it is shown from a cell on, in at most so many: tabs as blanks up to the next stop, everything else made safe.
#[must_use]
pub fn shown(line: &str, from: usize, cells: usize) -> String {
    // No more is read than can be seen: files may be one line of megabytes. A cell takes few bytes even where marks pile up.
    let mut end = line.len().min((from + cells + 1) * 16);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let mut out = String::with_capacity(end.min(from + cells));
    for (at, piece) in line[..end].split('\t').enumerate() {
        if at > 0 {
            let used = text::width(&out);
            out.extend(std::iter::repeat_n(' ', STOP - used % STOP));
        }
        out.push_str(&text::sanitise(piece));
    }
    if from > 0 {
        let gone = text::fit(&out, from).len();
        out.drain(..gone);
    }
    out
}

/// Which lines of one text stand for which of another: those that both have, and what lies between them in proportion.
#[derive(Debug, Clone, Default)]
pub struct Align {
    stretches: Vec<diff::Stretch>,
    lens: (usize, usize),
}

impl Align {
    /// Of two texts.
    #[must_use]
    pub fn of(left: &Paper, right: &Paper) -> Self {
        let lens = (left.len(), right.len());
        let stretches = if lens.0.max(lens.1) > PAIRED {
            vec![(0..lens.0, 0..lens.1)]
        } else {
            diff::changed(&left.lines(), &right.lines())
        };
        Self { stretches, lens }
    }

    /// The line of the right text that stands for one of the left.
    #[must_use]
    pub fn right(&self, at: usize) -> usize {
        let pairs = self.stretches.iter();
        map(pairs.map(|(left, right)| (left, right)), at).min(self.lens.1.saturating_sub(1))
    }

    /// The line of the left text that stands for one of the right.
    #[must_use]
    pub fn left(&self, at: usize) -> usize {
        let pairs = self.stretches.iter();
        map(pairs.map(|(left, right)| (right, left)), at).min(self.lens.0.saturating_sub(1))
    }
}

fn map<'s>(
    stretches: impl Iterator<Item = (&'s std::ops::Range<usize>, &'s std::ops::Range<usize>)>,
    at: usize,
) -> usize {
    let (mut from, mut to) = (0, 0);
    for (one, other) in stretches {
        if at < one.start {
            break;
        }
        if one.contains(&at) {
            let into = (at - one.start) * other.len() / one.len().max(1);
            return other.start + into;
        }
        (from, to) = (one.end, other.end);
    }
    to + (at - from.min(at))
}
