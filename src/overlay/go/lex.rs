//! The text of a template to tokens.

use super::literal;
use super::value::Value;
use super::{Error, Result};

/// A token and the byte where it begins.
#[derive(Debug, Clone)]
pub struct Token {
    /// Which byte of the text.
    pub at: usize,
    /// What it is.
    pub kind: Kind,
    /// Whether a blank stands before it, which parts the words of an action.
    pub spaced: bool,
}

/// What a token is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Text outside actions, trimmed.
    Text(std::ops::Range<usize>),
    /// `{{`
    Open,
    /// `}}`
    Close,
    /// A name of a function, or a word of the language.
    Word(String),
    /// `$x`, with the sign.
    Variable(String),
    /// `.x`, without the dot.
    Field(String),
    /// `.`
    Dot,
    /// A number, text or character.
    Constant(Value),
    /// `(`, `)`, `|`, `,`
    Sign(char),
    /// `:=`
    Declare,
    /// `=`
    Assign,
}

impl Kind {
    /// As people would write it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(_) => "text".into(),
            Self::Open => "{{".into(),
            Self::Close => "}}".into(),
            Self::Word(word) | Self::Variable(word) => word.clone(),
            Self::Field(name) => format!(".{name}"),
            Self::Dot => ".".into(),
            Self::Constant(value) => super::print::shown(value),
            Self::Sign(sign) => sign.to_string(),
            Self::Declare => ":=".into(),
            Self::Assign => "=".into(),
        }
    }
}

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// Cuts a template into tokens.
///
/// # Errors
/// What is no template.
pub fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut lexer = Lexer {
        text,
        at: 0,
        found: Vec::new(),
    };
    lexer.all()?;
    Ok(lexer.found)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    found: Vec<Token>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, at: usize, kind: Kind, spaced: bool) {
        self.found.push(Token { at, kind, spaced });
    }

    fn all(&mut self) -> Result<()> {
        let mut trim = false;
        loop {
            let mut start = self.at;
            let length = self.rest().find("{{");
            let end = length.map_or(self.text.len(), |length| start + length);
            if trim {
                let text = &self.text[start..end];
                start += text.len() - text.trim_start_matches(BLANKS).len();
            }
            let after = self.text.get(end + 2..).unwrap_or_default();
            let trims_left = after.starts_with('-') && after[1..].starts_with(BLANKS);
            let mut stop = end;
            if trims_left && length.is_some() {
                stop = start + self.text[start..end].trim_end_matches(BLANKS).len();
            }
            if stop > start {
                self.push(start, Kind::Text(start..stop), false);
            }
            if length.is_none() {
                return Ok(());
            }
            self.at = end + 2 + if trims_left { 2 } else { 0 };
            trim = if self.rest().starts_with("/*") {
                self.comment(end)?
            } else {
                self.push(end, Kind::Open, false);
                self.action(end)?
            };
        }
    }

    /// Goes past a comment; whether the blanks after it are trimmed.
    fn comment(&mut self, open: usize) -> Result<bool> {
        let Some(length) = self.rest().find("*/") else {
            return Err(Error::new(open, "the comment is not closed").hint("end it with */}}"));
        };
        self.at += length + 2;
        self.closed().ok_or_else(|| {
            Error::new(self.at, "something stands between the comment and }}")
                .hint("a comment fills its braces alone: {{/* text */}}")
        })
    }

    /// Goes past `}}` or ` -}}` if it is here; whether it trims.
    fn closed(&mut self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with("}}") {
            self.at += 2;
            return Some(false);
        }
        let trims = rest.strip_prefix(BLANKS)?.starts_with("-}}");
        self.at += if trims { 4 } else { 0 };
        trims.then_some(true)
    }

    /// The tokens up to `}}`; whether it trims.
    fn action(&mut self, open: usize) -> Result<bool> {
        let mut spaced = false;
        let mut depth = 0_u32;
        loop {
            let at = self.at;
            if let Some(trims) = self.closed() {
                if depth > 0 {
                    return Err(
                        Error::new(at, "a parenthesis is not closed").hint("a `)` is missing")
                    );
                }
                self.push(at, Kind::Close, spaced);
                return Ok(trims);
            }
            let Some(first) = self.rest().chars().next() else {
                return Err(Error::new(open, "the action is not closed").hint("end it with }}"));
            };
            if BLANKS.contains(&first) {
                self.at += 1;
                spaced = true;
                continue;
            }
            match first {
                '(' => depth += 1,
                ')' if depth == 0 => {
                    return Err(Error::new(at, "a `)` closes nothing"));
                }
                ')' => depth -= 1,
                _ => {}
            }
            let kind = self.token(first)?;
            self.push(at, kind, spaced);
            spaced = false;
        }
    }

    fn token(&mut self, first: char) -> Result<Kind> {
        let (at, rest) = (self.at, self.rest());
        let second = rest[first.len_utf8()..].chars().next();
        let sign = |lexer: &mut Self, kind, length| {
            lexer.at += length;
            Ok(kind)
        };
        match first {
            '(' | ')' | '|' | ',' => sign(self, Kind::Sign(first), 1),
            '=' => sign(self, Kind::Assign, 1),
            ':' if second == Some('=') => sign(self, Kind::Declare, 2),
            '"' | '`' | '\'' => {
                let (value, length) = literal::quoted(rest).map_err(|what| Error::new(at, what))?;
                sign(self, Kind::Constant(value), length)
            }
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.number(),
            '.' => {
                let name = word(&rest[1..]);
                self.at += 1 + name.len();
                if name.is_empty() {
                    return Ok(Kind::Dot);
                }
                self.ends_here()?;
                Ok(Kind::Field(name.to_owned()))
            }
            '$' => {
                let name = &rest[..1 + word(&rest[1..]).len()];
                self.at += name.len();
                self.ends_here()?;
                Ok(Kind::Variable(name.to_owned()))
            }
            '+' | '-' => self.number(),
            digit if digit.is_ascii_digit() => self.number(),
            letter if is_letter(letter) => {
                let name = word(rest);
                self.at += name.len();
                self.ends_here()?;
                Ok(Kind::Word(name.to_owned()))
            }
            other => {
                let what = format!("`{}` means nothing in an action", other.escape_debug());
                Err(Error::new(at, what))
            }
        }
    }

    fn number(&mut self) -> Result<Kind> {
        let rest = self.rest();
        let (value, length) = literal::number(rest).map_err(|what| Error::new(self.at, what))?;
        self.at += length;
        Ok(Kind::Constant(value))
    }

    /// A name ends at a blank, a sign or `}}`.
    fn ends_here(&self) -> Result<()> {
        let rest = self.rest();
        match rest.chars().next() {
            None => Ok(()),
            Some(c) if BLANKS.contains(&c) || ".,|:=)(".contains(c) => Ok(()),
            Some(_) if rest.starts_with("}}") => Ok(()),
            Some(c) => {
                let what = format!("`{}` cannot stand in a name", c.escape_debug());
                let fault = Error::new(self.at, what);
                Err(match c {
                    '-' => fault.hint("a key with a hyphen is taken as (index . \"a-b\"); trimming wants a blank: ` -}}`"),
                    _ => fault,
                })
            }
        }
    }
}

fn is_letter(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The name at the beginning of a text.
fn word(text: &str) -> &str {
    let end = text.find(|c| !is_letter(c)).unwrap_or(text.len());
    &text[..end]
}
