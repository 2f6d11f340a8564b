//! In which order keys stand: that of the field table; names of entries in natural order.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::kit::natural;
use crate::registry::steps::Step;

/// Where words lead from a step; none behind a field or an unknown word.
pub(super) fn below(step: &'static Step, words: &[Arc<str>]) -> Option<&'static Step> {
    words
        .iter()
        .try_fold(step, |step, word| step.word(word).or(step.any.as_deref()))
}

/// The last of the keys that stand there which comes before `new`; none when `new` is the first.
pub(super) fn after(step: Option<&'static Step>, there: &[&str], new: &str) -> Option<usize> {
    let rank = |word: &str| step.and_then(|step| step.known().position(|known| known == word));
    let before = |word: &&str| {
        let (theirs, ours) = (
            rank(word).unwrap_or(usize::MAX),
            rank(new).unwrap_or(usize::MAX),
        );
        theirs.cmp(&ours).then_with(|| natural::compare(word, new)) == Ordering::Less
    };
    there.iter().rposition(before)
}
