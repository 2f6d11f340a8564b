//! Ranks candidates by how well they fit what a person typed.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Positions of the `limit` best candidates, best first; ties keep their order. An empty text fits everything.
#[must_use]
pub fn rank<'a>(
    typed: &str,
    candidates: impl Iterator<Item = &'a str>,
    limit: usize,
) -> Vec<(usize, u32)> {
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut hits: Vec<(usize, u32)> = candidates
        .enumerate()
        .filter_map(|(at, candidate)| {
            let score = pattern.score(Utf32Str::new(candidate, &mut buffer), &mut matcher)?;
            Some((at, score))
        })
        .collect();
    hits.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    hits.truncate(limit);
    hits
}

/// Whether the letters of `typed` occur in `text` in that order, and the first letters agree: `n417` fits `n0417`.
/// Case is ignored for ASCII.
#[must_use]
pub fn abbreviates(typed: &str, text: &str) -> bool {
    let mut letters = text.bytes().map(|b| b.to_ascii_lowercase());
    let mut first = true;
    for want in typed.bytes().map(|b| b.to_ascii_lowercase()) {
        if first {
            first = false;
            if letters.next() != Some(want) {
                return false;
            }
        } else if !letters.any(|have| have == want) {
            return false;
        }
    }
    true
}
