//! Words of the template languages.

use crate::api::Language;

/// What stands for itself in Tera: tags, operators, and words inside of them.
const TERA: [&str; 29] = [
    "and",
    "as",
    "block",
    "break",
    "component",
    "continue",
    "elif",
    "else",
    "endblock",
    "endcomponent",
    "endfilter",
    "endfor",
    "endif",
    "endraw",
    "endset",
    "extends",
    "false",
    "filter",
    "for",
    "if",
    "in",
    "include",
    "is",
    "none",
    "not",
    "or",
    "raw",
    "set",
    "true",
];

/// The same of Go.
const GO: [&str; 13] = [
    "block", "break", "continue", "define", "else", "end", "false", "if", "nil", "range",
    "template", "true", "with",
];

/// The words that a language keeps for itself, sorted.
#[must_use]
pub const fn keywords(language: Language) -> &'static [&'static str] {
    match language {
        Language::Tera => &TERA,
        Language::Ww | Language::Ipxe => &GO,
    }
}

/// Whether it is one.
pub(super) fn is_keyword(language: Language, word: &str) -> bool {
    keywords(language).contains(&word)
}
