//! Key scripts: what a person presses, in words.

use muster::console::keys::Chord;

/// Reads `j j enter / r a c k : r 0 7 enter`: keys parted by spaces; `"text"` types every letter of a text without spaces.
pub fn keys(script: &str) -> Vec<Chord> {
    script
        .split_whitespace()
        .flat_map(|word| {
            match word
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
            {
                Some(text) if !text.is_empty() => text
                    .chars()
                    .map(|c| Chord::parse(&c.to_string()).unwrap())
                    .collect(),
                _ => vec![Chord::parse(word).unwrap_or_else(|| panic!("`{word}` is no key"))],
            }
        })
        .collect()
}
