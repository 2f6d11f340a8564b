//! "Did you mean": the likeliest of the known words.

/// The candidate nearest to `word`, if it is near enough to be a slip of the fingers: a swapped, missing, extra or wrong letter
/// or two, by the word's length.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 64 {
        return None;
    }
    let plain = word.to_lowercase().replace(['_', '-'], " ");
    let allowed = match plain.chars().count() {
        0..=2 => 0,
        3..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .map(|known| {
            let other = known.to_lowercase().replace(['_', '-'], " ");
            (strsim::damerau_levenshtein(&plain, &other), known)
        })
        .filter(|(far, _)| *far <= allowed)
        .min_by_key(|(far, known)| (*far, strsim::levenshtein(&shape(word), &shape(known))))
        .map(|(_, known)| known)
}

/// A word with letters that look like digits as these: of two candidates equally far the one that looks alike was meant.
fn shape(word: &str) -> String {
    let digit = |c: char| match c.to_ascii_lowercase() {
        'l' | 'i' => '1',
        'o' => '0',
        other => other,
    };
    word.chars().map(digit).collect()
}

/// A hint for people: ``did you mean `ipaddr`?``
#[must_use]
pub fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|known| format!("did you mean `{known}`?"))
}
