//! A text cut into lines once, so that a frame costs the lines that it shows; and how the lines of a template stand to those of
//! what it makes.

use std::sync::Arc;

use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::console::syntax::{State, Syntax};
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
    syntax: Syntax,
    /// What each line begins in, where the text is in a language.
    states: Vec<State>,
}

impl Paper {
    /// Of a text; a newline at its end begins no further line.
    #[must_use]
    pub fn new(text: Arc<str>, syntax: Syntax) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let mut starts: Vec<usize> = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        if starts.last() == Some(&text.len()) {
            starts.pop();
        }
        let mut paper = Self {
            text,
            starts,
            syntax,
            states: Vec::new(),
        };
        if syntax.language.is_some() {
            paper.states = paper.read();
        }
        paper
    }

    /// What each line begins in.
    fn read(&self) -> Vec<State> {
        let mut state = State::default();
        let mut pieces = Vec::new();
        let begins = (0..self.len()).map(|at| {
            let before = state;
            pieces.clear();
            state = self.syntax.read(before, self.line(at), &mut pieces);
            state.line_ends();
            before
        });
        begins.collect()
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

/// Where a line is drawn: column, row, cells, and how many cells of its beginning are left out.
#[derive(Debug, Clone, Copy)]
pub struct Strip {
    /// First column.
    pub x: u16,
    /// Row.
    pub y: u16,
    /// Cells.
    pub cells: u16,
    /// Cells of the line that lie left of what is seen.
    pub shift: usize,
}

impl Paper {
    /// Draws a line in the colours of its language: tabs as blanks up to the next stop, everything else made safe.
    pub fn draw(&self, frame: &mut Frame<'_>, strip: Strip, at: usize) {
        let whole = self.line(at);
        // No more is read than can be seen: a file may be one line of megabytes. A cell takes few bytes even where marks pile up.
        let line = head(whole, (strip.shift + usize::from(strip.cells) + 1) * 16);
        let mut pieces = Vec::new();
        let state = self.states.get(at).copied().unwrap_or_default();
        let _ends = self.syntax.read(state, line, &mut pieces);
        let end = strip.x.saturating_add(strip.cells);
        let (mut x, mut column) = (strip.x, 0);
        for (range, role) in pieces {
            let shown = spread(line.get(range).unwrap_or_default(), column);
            let wide = text::width(&shown);
            let hidden = strip.shift.saturating_sub(column).min(wide);
            column += wide;
            let seen = &shown[text::fit(&shown, hidden).len()..];
            if !seen.is_empty() && x < end {
                x = frame.put(x, strip.y, end - x, seen, role);
            }
        }
        // A piece that ends at the edge hides that others follow.
        if column > strip.shift + usize::from(strip.cells) && strip.cells > 0 {
            frame.put(end - 1, strip.y, 1, "…", Role::Line);
        }
    }

    /// Shows that something is wrong from a character of a line on, from 1, as far as `name` reaches if that is what stands there.
    pub fn mark(&self, frame: &mut Frame<'_>, strip: Strip, at: usize, column: u32, name: &str) {
        let line = self.line(at);
        let from = line.char_indices().nth(column.max(1) as usize - 1);
        let from = from.map_or(line.len(), |(from, _)| from);
        let (from, to) = match line[from..].find(name).filter(|_| !name.is_empty()) {
            Some(into) => (from + into, from + into + name.len()),
            None => (
                from,
                line[from..]
                    .chars()
                    .next()
                    .map_or(from, |c| from + c.len_utf8()),
            ),
        };
        let left = text::width(&spread(&line[..from], 0));
        let right = text::width(&spread(&line[..to], 0)).max(left + 1);
        let seen = strip.shift..strip.shift + usize::from(strip.cells);
        let (left, right) = (left.max(seen.start), right.min(seen.end));
        if left < right {
            let x = strip.x + u16::try_from(left - strip.shift).unwrap_or(0);
            let wide = u16::try_from(right - left).unwrap_or(1);
            frame.tint(
                ratatui::layout::Rect::new(x, strip.y, wide, 1),
                Role::Failed,
            );
        }
    }
}

/// The beginning of a text, no more than so many bytes.
fn head(line: &str, most: usize) -> &str {
    let mut end = line.len().min(most);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

/// A piece of a line that begins at a column.
fn spread(piece: &str, column: usize) -> String {
    let mut out = String::with_capacity(piece.len());
    for (at, part) in piece.split('\t').enumerate() {
        if at > 0 {
            let used = column + text::width(&out);
            out.extend(std::iter::repeat_n(' ', STOP - used % STOP));
        }
        out.push_str(&text::sanitise(part));
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
