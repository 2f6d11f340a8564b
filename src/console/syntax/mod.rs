//! What the letters of a template and of a configuration file are: markup, words of the language, quoted texts, remarks. Read line by
//! line, so that what is seen can be read alone; pure, and never wrong in a way that matters: it colours, it does not judge.

mod template;
mod word;

pub use template::{State, Zone};
pub use word::keywords;

use std::ops::Range;

use super::look::Role;
use crate::api::Language;

/// Some bytes of a line and what they are.
pub type Piece = (Range<usize>, Role);

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Syntax {
    /// The language of its template; none when it is none.
    pub language: Option<Language>,
    /// What a remark begins with, outside of the template's language.
    signs: &'static [char],
}

impl Syntax {
    /// Of a file, by its path in an overlay.
    #[must_use]
    pub fn of(path: &str, language: Option<Language>) -> Self {
        let bare = path
            .strip_suffix(".tera")
            .or_else(|| path.strip_suffix(".ww"))
            .unwrap_or(path);
        let name = bare.rsplit('/').next().unwrap_or(bare);
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        let signs: &[char] = match end {
            "json" | "xml" | "html" | "pem" | "pub" | "md" => &[],
            "ini" | "cfg" | "network" | "netdev" | "link" | "service" | "mount" | "swap"
            | "nmconnection" => &['#', ';'],
            "lua" => &['-'],
            _ => &['#'],
        };
        Self { language, signs }
    }

    /// Reads a line that begins in `state`; gives what it ends in.
    #[must_use]
    pub fn read(self, state: State, line: &str, pieces: &mut Vec<Piece>) -> State {
        let blanks = line.len() - line.trim_start().len();
        let remark = state == State::Text && line[blanks..].starts_with(self.signs);
        let outside = if remark { Role::Remark } else { Role::Text };
        match self.language {
            None => {
                pieces.push((0..line.len(), outside));
                State::Text
            }
            Some(language) => template::read(language, outside, state, line, pieces),
        }
    }
}
