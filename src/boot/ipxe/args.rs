//! Values of the registry as words of a script.
//!
//! iPXE expands `${…}` in a whole line, again and again until none is left, then cuts it into words at white space; words that
//! are `||`, `&&` or `;` end a command and one that begins with `#` the line. There is no quoting, so a value that holds any of
//! these cannot be passed on and is left out, visibly. GRUB gets its words in single quotes, which a value cannot contain.

use std::fmt;
use std::sync::Arc;

/// Longest kernel command line that x86 kernels read, less what muster adds itself.
const LONGEST: usize = 1800;

/// Why a word is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Holds `${`.
    Expansion,
    /// Is `||`, `&&` or `;`, or begins with `#`.
    Operator,
    /// Holds a single quote.
    Quote,
    /// Holds a line end, another control character, or anything that is not ASCII.
    Character,
    /// The command line would be longer than kernels read.
    Length,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expansion => "a dollar sign with a brace",
            Self::Operator => "a word that iPXE takes for a command separator",
            Self::Quote => "a single quote",
            Self::Character => "a control character or a letter outside ASCII",
            Self::Length => "more than a kernel reads",
        })
    }
}

/// Kernel arguments as they can be passed on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The words, joined by one space.
    pub line: String,
    /// Number of the argument in the node's list, from 1, and why it was left out.
    pub left: Vec<(usize, Left)>,
}

/// Takes the kernel arguments that can be passed on unharmed. An argument may itself hold several words.
#[must_use]
pub fn arguments(args: &[Arc<str>]) -> Arguments {
    let mut out = Arguments::default();
    for (at, arg) in args.iter().enumerate() {
        let words: Vec<&str> = arg.split(' ').filter(|word| !word.is_empty()).collect();
        let length = words.iter().map(|word| word.len() + 1).sum::<usize>();
        let flaw = words.iter().find_map(|word| flaw(word));
        let flaw = flaw.or((out.line.len() + length > LONGEST).then_some(Left::Length));
        if let Some(flaw) = flaw {
            out.left.push((at + 1, flaw));
            continue;
        }
        for word in words {
            if !out.line.is_empty() {
                out.line.push(' ');
            }
            out.line.push_str(word);
        }
    }
    out
}

/// What keeps a word from being passed on.
pub(super) fn flaw(word: &str) -> Option<Left> {
    if !word.bytes().all(|b| b.is_ascii_graphic()) {
        Some(Left::Character)
    } else if word.contains("${") || word.ends_with('$') {
        // A trailing `$` could meet a brace that follows in the script.
        Some(Left::Expansion)
    } else if matches!(word, "||" | "&&" | ";") || word.starts_with('#') {
        Some(Left::Operator)
    } else if word.contains('\'') {
        Some(Left::Quote)
    } else {
        None
    }
}

/// A name for people: letters, digits and `. _ - + : / @`, anything else as `?`; at most 64 characters.
pub(in crate::boot) fn label(text: &str) -> String {
    text.chars()
        .take(64)
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-+:/@".contains(c) {
                c
            } else {
                '?'
            }
        })
        .collect()
}

/// A sentence for `echo`: nothing that iPXE could take for more than text.
pub(in crate::boot) fn sentence(text: &str) -> String {
    let plain = |c: char| c == ' ' || (c.is_ascii_graphic() && !"${}#;|&'\"\\`".contains(c));
    text.chars()
        .take(300)
        .map(|c| if plain(c) { c } else { ' ' })
        .collect()
}
