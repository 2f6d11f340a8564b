//! A line of a template, piece by piece.

use super::Piece;
use super::word::is_keyword;
use crate::api::Language;
use crate::console::look::Role;

/// Which markup one is inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// `{{ … }}`.
    Expression,
    /// `{% … %}`.
    Tag,
}

/// What a place in a template lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Text that comes out as it is.
    #[default]
    Text,
    /// The language; `raw` in the tag that begins such a stretch.
    Code {
        /// Which markup.
        zone: Zone,
        /// Whether its first word was `raw`.
        raw: bool,
    },
    /// A quoted text of the language.
    Quoted {
        /// Which markup.
        zone: Zone,
        /// The sign that ends it.
        sign: char,
    },
    /// A remark of the language.
    Remark,
    /// Text in which no markup counts until `endraw`.
    Raw,
}

impl State {
    /// At the end of a line a quoted text ends, unless its sign says otherwise: one that was never closed is not to swallow the file.
    pub const fn line_ends(&mut self) {
        if let Self::Quoted { zone, sign } = *self
            && sign != '`'
        {
            *self = Self::Code { zone, raw: false };
        }
    }
}

/// The reader of one line.
struct Reader<'l> {
    language: Language,
    /// What is outside of all markup.
    outside: Role,
    line: &'l str,
    at: usize,
    /// Nothing was read yet in this markup.
    first: bool,
}

/// Reads a line that begins in `state`; gives what it ends in.
pub(super) fn read(
    language: Language,
    outside: Role,
    mut state: State,
    line: &str,
    pieces: &mut Vec<Piece>,
) -> State {
    let mut reader = Reader {
        language,
        outside,
        line,
        at: 0,
        first: false,
    };
    while reader.at < line.len() {
        let from = reader.at;
        let (role, next) = match state {
            State::Text => reader.text(),
            State::Raw => reader.raw(),
            State::Remark => reader.remark(),
            State::Code { zone, raw } => reader.code(zone, raw),
            State::Quoted { zone, sign } => reader.quoted(zone, sign),
        };
        if reader.at > from {
            pieces.push((from..reader.at, role));
        }
        state = next;
    }
    state
}

impl<'l> Reader<'l> {
    fn rest(&self) -> &'l str {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn tera(&self) -> bool {
        self.language == Language::Tera
    }

    /// Up to the next markup, or that markup.
    fn text(&mut self) -> (Role, State) {
        let rest = self.rest();
        let opens: &[&str] = if self.tera() {
            &["{{", "{%", "{#"]
        } else {
            &["{{"]
        };
        let found = opens.iter().filter_map(|open| rest.find(open)).min();
        match found {
            None => self.at = self.line.len(),
            Some(0) => return self.open(),
            Some(before) => self.at += before,
        }
        (self.outside, State::Text)
    }

    /// The markup that begins here.
    fn open(&mut self) -> (Role, State) {
        let rest = self.rest();
        if rest.starts_with("{#") {
            self.at += 2;
            return (Role::Remark, State::Remark);
        }
        let dash = usize::from(rest[2..].starts_with('-'));
        let inside = rest[2 + dash..].trim_start();
        let zone = if rest.starts_with("{%") {
            Zone::Tag
        } else {
            Zone::Expression
        };
        if !self.tera() && inside.starts_with("/*") {
            // The whole of it is a remark, its braces too.
            self.at += rest.len() - inside.len() + 2;
            return (Role::Remark, State::Remark);
        }
        self.at += 2 + dash;
        self.first = true;
        (Role::Markup, State::Code { zone, raw: false })
    }

    fn remark(&mut self) -> (Role, State) {
        let end = if self.tera() { "#}" } else { "*/" };
        let Some(found) = self.rest().find(end) else {
            self.at = self.line.len();
            return (Role::Remark, State::Remark);
        };
        self.at += found + 2;
        if self.tera() {
            return (Role::Remark, State::Text);
        }
        let zone = Zone::Expression;
        (Role::Remark, State::Code { zone, raw: false })
    }

    /// Up to the tag that ends such a stretch.
    fn raw(&mut self) -> (Role, State) {
        let rest = self.rest();
        let ends = |(at, _): &(usize, &str)| {
            let inside = rest[at + 2..].trim_start_matches('-').trim_start();
            inside.starts_with("endraw")
        };
        match rest.match_indices("{%").find(ends) {
            Some((0, _)) => return self.open(),
            Some((before, _)) => self.at += before,
            None => self.at = self.line.len(),
        }
        (self.outside, State::Raw)
    }

    fn code(&mut self, zone: Zone, raw: bool) -> (Role, State) {
        let rest = self.rest();
        let same = State::Code { zone, raw };
        let close = match zone {
            Zone::Expression => "}}",
            Zone::Tag => "%}",
        };
        let dash = usize::from(rest.starts_with('-'));
        if rest[dash..].starts_with(close) {
            self.at += dash + close.len();
            let next = if raw { State::Raw } else { State::Text };
            return (Role::Markup, next);
        }
        let Some(first) = rest.chars().next() else {
            return (Role::Text, same);
        };
        if matches!(first, '"' | '\'' | '`') {
            self.at += 1;
            return (Role::Quoted, State::Quoted { zone, sign: first });
        }
        if first.is_alphabetic() || first == '_' {
            return self.word(zone, raw);
        }
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if number.len() < rest.len() {
            self.at += rest.len() - number.len();
            return (Role::Quoted, same);
        }
        // A field of Go's data or a variable is no word of the language, whatever it is called.
        let taken = match first {
            '.' | '$' => 1 + name(&rest[1..]),
            _ => first.len_utf8(),
        };
        self.at += taken;
        (Role::Text, same)
    }

    fn word(&mut self, zone: Zone, raw: bool) -> (Role, State) {
        let rest = self.rest();
        let word = &rest[..name(rest)];
        let keyword = is_keyword(self.language, word);
        let first = std::mem::take(&mut self.first);
        let raw = raw || (first && zone == Zone::Tag && word == "raw");
        self.at += word.len();
        let role = if keyword { Role::Keyword } else { Role::Text };
        (role, State::Code { zone, raw })
    }

    fn quoted(&mut self, zone: Zone, sign: char) -> (Role, State) {
        let escapes = sign != '`';
        let mut escaped = false;
        for (at, c) in self.rest().char_indices() {
            if escaped {
                escaped = false;
            } else if c == '\\' && escapes {
                escaped = true;
            } else if c == sign {
                self.at += at + c.len_utf8();
                return (Role::Quoted, State::Code { zone, raw: false });
            }
        }
        self.at = self.line.len();
        (Role::Quoted, State::Quoted { zone, sign })
    }
}

/// How many bytes of a name a text begins with.
fn name(text: &str) -> usize {
    let behind = text.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    text.len() - behind.len()
}
