//! The way along a path through the shapes of a text, and what stands beside it.

use std::sync::Arc;

use super::lines::{self, Ruled};
use super::shape::{Shape, Uneditable};

/// A pair of a map, where it was met on the way down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met<'s> {
    pub map: &'s Shape,
    pub at: usize,
    /// The line at which the map ends at the latest.
    pub limit: usize,
}

impl<'s> Met<'s> {
    /// Key and value.
    pub(super) fn pair(self) -> &'s (Shape, Shape) {
        &self.map.pairs()[self.at]
    }

    /// The line at which its value ends at the latest.
    pub(super) fn below(self, ruled: &Ruled<'_>) -> usize {
        let next = self.map.pairs().get(self.at + 1);
        next.map_or(self.limit, |(key, _)| ruled.of(key.start))
    }

    /// First line of the pair, if it stands in lines, and the line behind its last one.
    pub(super) fn extent(self, ruled: &Ruled<'_>) -> Result<(usize, usize), Uneditable> {
        let (key, _) = self.pair();
        let first = ruled.of(key.start);
        if !ruled.leads(key.start) {
            return Err(Uneditable::new(
                "it does not stand in lines of its own",
                first,
            ));
        }
        let limit = self.below(ruled);
        Ok((first, ruled.trimmed(first, limit, ruled.column(key.start))))
    }
}

/// The pairs on the way along `path`, as far as they are there; `limit` is the line behind the last one.
pub(super) fn descend<'s>(
    root: &'s Shape,
    (ruled, mut limit): (&Ruled<'_>, usize),
    path: &[Arc<str>],
) -> Vec<Met<'s>> {
    let mut way: Vec<Met<'s>> = Vec::with_capacity(path.len());
    let mut map = root;
    for word in path {
        let Some(at) = map
            .pairs()
            .iter()
            .position(|(key, _)| key.text() == &**word)
        else {
            break;
        };
        let met = Met { map, at, limit };
        way.push(met);
        limit = met.below(ruled);
        map = &map.pairs()[at].1;
    }
    way
}

/// Behind the colon of a key.
pub(super) fn colon(text: &str, key: &Shape) -> usize {
    let rest = &text[key.end..];
    key.end + rest.find(':').map_or(0, |at| at + 1)
}

/// The comment behind a key or behind its value on one line, with the blanks before it.
pub(super) fn comment(text: &str, ruled: &Ruled<'_>, key: &Shape, value: &Shape) -> String {
    let line = ruled.of(key.start);
    let end = ruled.start(line + 1);
    let behind = if value.in_lines() || value.end > end {
        colon(text, key)
    } else {
        value.end.max(colon(text, key))
    };
    let rest = lines::bare(text.get(behind..end).unwrap_or_default()).trim_end();
    let body = rest.trim_start();
    // Behind the sign of a block scalar the comment is part of its first line.
    let body = body.trim_start_matches(['|', '>', '+', '-']).trim_start();
    if body.starts_with('#') {
        let gap = rest.len() - rest.trim_start().len();
        return format!("{}{body}", " ".repeat(gap.max(1)));
    }
    String::new()
}

/// How much further in the first thing below a key is; none where nothing is below it.
pub(super) fn step(text: &str) -> Option<usize> {
    let mut speaking = text.lines().filter(|line| lines::speaks(line));
    let first = speaking.next().map_or(0, lines::indent);
    let deeper = speaking.map(lines::indent).find(|indent| *indent > first);
    deeper.map(|deeper| deeper - first)
}
