//! What names made by a template itself stand for where the cursor is: variables of loops, names that were set, and in Go's
//! templates the dot.

use super::names::ANY;
use crate::api::Language;
use crate::console::widgets::editor::{Lines, Pos};

/// Most text before the cursor that is read for them, in bytes.
const FAR: usize = 512 * 1024;

/// Names and what each stands for: a path of words, none when nobody can say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Names, the innermost last.
    pub names: Vec<(String, Option<Vec<String>>)>,
    /// What the dot stands for in Go's templates.
    pub dot: Option<Vec<String>>,
}

/// Something that an `end` ends.
struct Frame {
    names: usize,
    dot: Option<Vec<String>>,
}

impl Scope {
    /// At a place of a text.
    #[must_use]
    pub fn at(language: Language, lines: &Lines, place: Pos) -> Self {
        let mut text = lines.slice(Pos::default(), place);
        if text.len() > FAR {
            let mut from = text.len() - FAR;
            while !text.is_char_boundary(from) {
                from += 1;
            }
            text.drain(..from);
        }
        let mut scope = Self {
            names: Vec::new(),
            dot: Some(Vec::new()),
        };
        let mut frames = Vec::new();
        let (open, close) = match language {
            Language::Tera => ("{%", "%}"),
            Language::Ww | Language::Ipxe => ("{{", "}}"),
        };
        let mut rest = text.as_str();
        while let Some(at) = rest.find(open) {
            let inside = &rest[at + open.len()..];
            // What is not closed yet is being written.
            let Some(end) = inside.find(close) else {
                break;
            };
            let code = inside[..end].trim_matches('-').trim();
            match language {
                Language::Tera => scope.tag(code, &mut frames),
                Language::Ww | Language::Ipxe => scope.action(code, &mut frames),
            }
            rest = &inside[end + close.len()..];
        }
        scope
    }

    fn open(&self, frames: &mut Vec<Frame>) {
        frames.push(Frame {
            names: self.names.len(),
            dot: self.dot.clone(),
        });
    }

    fn close(&mut self, frames: &mut Vec<Frame>) {
        if let Some(frame) = frames.pop() {
            self.names.truncate(frame.names);
            self.dot = frame.dot;
        }
    }

    /// What a path stands for whose first word may be a name of the template.
    #[must_use]
    pub fn resolve(&self, path: &[&str]) -> Option<Vec<String>> {
        let own = |words: &[&str]| {
            words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        let first = *path.first()?;
        match self.names.iter().rfind(|(name, _)| name == first) {
            Some((_, meant)) => {
                let mut whole = meant.clone()?;
                whole.extend(own(&path[1..]));
                Some(whole)
            }
            None => Some(own(path)),
        }
    }

    fn tag(&mut self, code: &str, frames: &mut Vec<Frame>) {
        let mut words = code.split_whitespace();
        match words.next() {
            Some("for") => {
                self.open(frames);
                let Some((names, list)) = code["for".len()..].split_once(" in ") else {
                    return;
                };
                let element = self.tera_path(list).map(|mut path| {
                    path.push(ANY.to_owned());
                    path
                });
                let names: Vec<&str> = names.split(',').map(str::trim).collect();
                if let [key, value] = names.as_slice() {
                    self.names.push(((*key).to_owned(), None));
                    self.names.push(((*value).to_owned(), element));
                } else if let [value] = names.as_slice() {
                    self.names.push(((*value).to_owned(), element));
                }
                self.names.push(("loop".to_owned(), None));
            }
            Some("if" | "filter" | "block" | "component") => self.open(frames),
            Some(word) if word.starts_with("end") && word != "endset" && word != "endraw" => {
                self.close(frames);
            }
            Some("set" | "set_global") => {
                let rest = code
                    .split_once(char::is_whitespace)
                    .map_or("", |(_, rest)| rest);
                if let Some((name, value)) = rest.split_once('=') {
                    let meant = self.tera_path(value);
                    self.names.push((name.trim().to_owned(), meant));
                }
            }
            _ => {}
        }
    }

    /// The path that a value is, when it is nothing but one.
    fn tera_path(&self, value: &str) -> Option<Vec<String>> {
        // A filter may make anything, but most that stand in loops leave the elements as they are.
        let value = value.split('|').next().unwrap_or_default().trim();
        let plain = !value.is_empty()
            && value
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        if !plain {
            return None;
        }
        let words: Vec<&str> = value.split('.').collect();
        self.resolve(&words)
    }

    fn action(&mut self, code: &str, frames: &mut Vec<Frame>) {
        let (word, rest) = code.split_once(char::is_whitespace).unwrap_or((code, ""));
        match word {
            "range" | "with" => {
                self.open(frames);
                let (names, value) = match rest.split_once(":=") {
                    Some((names, value)) => (names, value),
                    None => ("", rest),
                };
                let mut path = self.go_path(value);
                if word == "range"
                    && let Some(path) = &mut path
                {
                    path.push(ANY.to_owned());
                }
                let names: Vec<&str> = names
                    .split(',')
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .collect();
                for (at, name) in names.iter().enumerate() {
                    let last = at + 1 == names.len();
                    let meant = if last { path.clone() } else { None };
                    self.names.push(((*name).to_owned(), meant));
                }
                self.dot = path;
            }
            "if" | "block" | "define" => self.open(frames),
            "end" => self.close(frames),
            _ if word.starts_with('$') => {
                if let Some(value) = rest.trim_start().strip_prefix(":=") {
                    let meant = self.go_path(value);
                    self.names.push((word.to_owned(), meant));
                }
            }
            _ => {}
        }
    }

    /// The path that a value of Go's is, when it is nothing but one.
    fn go_path(&self, value: &str) -> Option<Vec<String>> {
        let value = value.trim();
        let plain = value
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'));
        plain.then(|| self.go_resolve(value))?
    }

    /// What `.A.B`, `$.A` or `$x.A` stands for.
    #[must_use]
    pub fn go_resolve(&self, value: &str) -> Option<Vec<String>> {
        let own = |text: &str| -> Vec<String> {
            let words = text.split('.').filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        };
        if let Some(rest) = value.strip_prefix("$.") {
            return Some(own(rest));
        }
        if value.starts_with('$') {
            let (name, rest) = value.split_once('.').unwrap_or((value, ""));
            let (_, meant) = self.names.iter().rfind(|(known, _)| known == name)?;
            let mut whole = meant.clone()?;
            whole.extend(own(rest));
            return Some(whole);
        }
        let rest = value.strip_prefix('.')?;
        let mut whole = self.dot.clone()?;
        whole.extend(own(rest));
        Some(whole)
    }
}
