//! One change made in the text.

use std::sync::Arc;

use super::find::{Act, Op, value_of};
use super::{Changed, Sheet, shown};
use crate::model::Value;
use crate::model::field::Field;
use crate::registry::edit::flow;
use crate::registry::edit::lines::{self, Ruled};
use crate::registry::edit::piece::Piece;
use crate::registry::edit::print::{self, Written};
use crate::registry::edit::shape::{self, Form, Shape, Uneditable};
use crate::registry::edit::way::{self, Met};
use crate::registry::steps::{Whose, steps};

/// What stands at a place, and how it is written.
struct Found<'s> {
    met: Vec<Met<'s>>,
    last: Met<'s>,
    ruled: Ruled<'s>,
    in_braces: bool,
}

/// What was where a value moves to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Free,
    Same,
    Other,
}

impl Sheet {
    /// Makes the change.
    pub(super) fn apply(&mut self, mut op: Op, whose: Whose) -> Result<Changed, Uneditable> {
        let text = self.text.clone();
        let root = shape::read(&text)?;
        let found = found(&root, &text, &op.path)?;
        let (key, value) = found.last.pair();
        let line = self.origin(found.ruled.of(key.start));
        self.at = line;
        let old = spoken(key, value, op.secret);
        let mut new = String::new();
        match op.act {
            Act::Name(to) => {
                new = format!("{to}: {}", shown(&written(value), op.secret));
                let to = print::key(to, found.in_braces);
                let mut text = text.clone();
                text.replace_range(key.start..key.end, &to);
                self.becomes(text);
            }
            Act::Value(field, value) => {
                new = said(&op.path[op.path.len() - 1..], &value, op.secret);
                let path = &op.path;
                self.piece(|piece| piece.set(path, (field, &value), steps(whose)))?;
            }
            Act::Move(to, field, value) => {
                let skip = usize::from(whose != Whose::Server);
                new = said(&to[skip..], &value, op.secret);
                if self.moved(&found, (&op.path, &to), (field, &value), whose)? == Target::Other {
                    op.why
                        .push_str(", which is there too; what stands first is what was read");
                    op.loses = true;
                }
            }
            Act::Split(parts) => {
                let texts = parts
                    .iter()
                    .map(|(word, _, text)| format!("{word}: {text}"));
                new = texts.collect::<Vec<_>>().join(", ");
                self.split(&op.path, found.last, parts, whose)?;
            }
            Act::Out => {
                if !found.in_braces {
                    new = format!("# {old}");
                }
                self.out(&found, &op.path, whose)?;
            }
            Act::Cut => self.cut(&op.path)?,
            Act::Empty => {
                new = format!("{}: {{}}", shown(key.text(), false));
                self.becomes(flow::swap(&text, key, value, "{}"));
            }
        }
        Ok(Changed {
            line,
            old,
            new,
            why: op.why,
            loses: op.loses,
        })
    }

    /// Has the text edited as the lines of an entry.
    fn piece(
        &mut self,
        edit: impl FnOnce(&mut Piece) -> Result<(), Uneditable>,
    ) -> Result<(), Uneditable> {
        let mut piece = Piece::standing(&self.text, self.newline);
        edit(&mut piece)?;
        self.becomes(piece.text);
        Ok(())
    }

    /// `ipcidr` and its like: the first part takes its place, the others come where they belong. What is there already stays.
    fn split(
        &mut self,
        path: &[Arc<str>],
        met: Met<'_>,
        parts: Vec<(&'static str, &'static Field, String)>,
        whose: Whose,
    ) -> Result<(), Uneditable> {
        let place = met.pair().0.start;
        let there = |word: &str| {
            let mut pairs = met.map.pairs().iter();
            pairs
                .find(|(key, _)| key.text() == word)
                .map(|(key, _)| key.start)
        };
        let mut stays = false;
        for (at, (word, field, text)) in parts.into_iter().enumerate() {
            let mut to = path.to_vec();
            if let Some(last) = to.last_mut() {
                *last = word.into();
            }
            let other = there(word);
            if at == 0 && other.is_none() {
                let mut renamed = self.text.clone();
                renamed.replace_range(place..met.pair().0.end, word);
                self.becomes(renamed);
                stays = true;
            } else if other.is_some_and(|other| other < place) {
                // The loader takes what it reads first.
                continue;
            }
            let value = Value::Text(text.into());
            self.piece(|piece| piece.set(&to, (field, &value), steps(whose)))?;
        }
        match stays {
            true => Ok(()),
            false => self.cut(path),
        }
    }

    /// A value that goes to another section. Where that section is not there yet, it begins where the value stood.
    fn moved(
        &mut self,
        found: &Found<'_>,
        (path, to): (&[Arc<str>], &[Arc<str>]),
        (field, value): (&'static Field, &Value),
        whose: Whose,
    ) -> Result<Target, Uneditable> {
        let entry = usize::from(whose != Whose::Server);
        let order = steps(whose);
        let root = found.met.first().map(|met| met.map);
        let target = root.and_then(|root| standing(root, to));
        let settled = self.settled.iter().any(|known| known == to);
        self.settled.push(to.to_vec());
        if let Some((other, there)) = target {
            let same = value_of(there, field).as_ref() == Some(value);
            // Both spellings are there: the loader takes what it reads first.
            if !settled && found.last.pair().0.start < other.start {
                self.piece(|piece| piece.set(to, (field, value), order))?;
            }
            self.cut(path)?;
            return Ok(if same { Target::Same } else { Target::Other });
        }
        let section = match root {
            Some(root) if to.len() > entry + 1 => standing(root, &to[..=entry]),
            _ => None,
        };
        let beside = path.len() == entry + 1 && to.len() > entry + 1;
        let lines = section.is_none_or(|(_, map)| map.in_lines());
        if found.in_braces || !beside || !lines {
            self.piece(|piece| piece.set(to, (field, value), order))?;
            self.cut(path)?;
        } else {
            self.relaid(found, &to[entry..], section, (field, value))?;
        }
        Ok(Target::Free)
    }

    /// Takes a pair out whose value is elsewhere now. A comment above it stays: nobody's words go unasked.
    fn cut(&mut self, path: &[Arc<str>]) -> Result<(), Uneditable> {
        let text = self.text.clone();
        let root = shape::read(&text)?;
        let found = found(&root, &text, path)?;
        let alone = found.last.map.pairs().len() == 1;
        let Ok((first, end)) = found.last.extent(&found.ruled) else {
            return self.piece(|piece| piece.unset(path).map(|_| ()));
        };
        if alone || found.in_braces {
            return self.piece(|piece| piece.unset(path).map(|_| ()));
        }
        let (from, to) = (found.ruled.start(first), found.ruled.start(end));
        self.becomes(format!("{}{}", &text[..from], &text[to..]));
        Ok(())
    }

    /// The lines of a pair that move into a section in lines, with the comments that are theirs.
    fn relaid(
        &mut self,
        found: &Found<'_>,
        to: &[Arc<str>],
        section: Option<(&Shape, &Shape)>,
        (field, value): (&'static Field, &Value),
    ) -> Result<(), Uneditable> {
        let ruled = &found.ruled;
        let (key, old) = found.last.pair();
        let (first, end) = found.last.extent(ruled)?;
        let column = ruled.column(key.start);
        let step = way::step(&self.text).unwrap_or(2);
        let raw = &self.text[old.start..old.end];
        // As it was written, where it stays one text.
        let written = match (&old.what, value) {
            (Form::Scalar(..), Value::Text(_)) if !raw.contains('\n') => {
                Written::Inline(raw.into())
            }
            _ => print::written(value, field, false, None),
        };
        let behind = way::comment(&self.text, ruled, key, old);
        let noted = |mut lines: Vec<String>| {
            if let Some(line) = lines.first_mut() {
                line.push_str(&behind);
            }
            lines
        };
        let all: Vec<&str> = self.text.split_inclusive('\n').collect();
        let Some((_, map)) = section else {
            let new = noted(print::nested(to, &written, step));
            let new = lines::block(column, &new, self.newline);
            let text = [all[..first].concat(), new, all[end..].concat()];
            self.becomes(text.concat());
            return Ok(());
        };
        let nested = noted(print::nested(&to[1..], &written, step));
        let text = joined(
            ruled,
            &all,
            (first, end, column),
            (map, nested),
            self.newline,
        );
        self.becomes(text);
        Ok(())
    }

    /// Makes a comment of a pair, and of the section around it when nothing else is in there.
    fn out(
        &mut self,
        found: &Found<'_>,
        path: &[Arc<str>],
        whose: Whose,
    ) -> Result<(), Uneditable> {
        if found.in_braces {
            let pairs = found.last.map.pairs();
            if pairs.len() > 1 {
                let text = flow::remove(&self.text, pairs, found.last.at);
                self.becomes(text);
                return Ok(());
            }
            return self.piece(|piece| piece.unset(path).map(|_| ()));
        }
        let mut met = found.met.as_slice();
        let least = usize::from(whose != Whose::Server);
        while let [rest @ .., last] = met
            && rest.len() > least
            && last.map.pairs().len() == 1
        {
            met = rest;
        }
        let Some(last) = met.last() else {
            return Ok(());
        };
        let ruled = &found.ruled;
        let (first, end) = last.extent(ruled)?;
        let column = ruled.column(last.pair().0.start);
        let mut text = String::new();
        for (at, line) in self.text.split_inclusive('\n').enumerate() {
            if (first..end).contains(&at) && !lines::is_blank(line) {
                let column = column.min(lines::indent(line));
                text.push_str(&format!("{}# {}", &line[..column], &line[column..]));
            } else {
                text.push_str(line);
            }
        }
        if last.map.pairs().len() == 1
            && let [.., above, _] = met
        {
            // An entry that says nothing any more still is one.
            let (key, _) = above.pair();
            let colon = way::colon(&text, key);
            text.insert_str(colon, " {}");
        }
        self.becomes(text);
        Ok(())
    }
}

fn found<'s>(root: &'s Shape, text: &'s str, path: &[Arc<str>]) -> Result<Found<'s>, Uneditable> {
    let ruled = Ruled::new(text);
    let met = way::descend(root, (&ruled, ruled.len()), path);
    match met.last().copied().filter(|_| met.len() == path.len()) {
        Some(last) => Ok(Found {
            in_braces: met.iter().any(|met| met.map.is_flow()),
            last,
            met,
            ruled,
        }),
        None => Err(Uneditable::new("it is not found in its lines", 0)),
    }
}

/// Key and value at the end of a path.
fn standing<'s>(root: &'s Shape, path: &[Arc<str>]) -> Option<(&'s Shape, &'s Shape)> {
    let (first, rest) = path.split_first()?;
    let (key, value) = root
        .pairs()
        .iter()
        .find(|(key, _)| key.text() == &**first)?;
    if rest.is_empty() {
        return Some((key, value));
    }
    standing(value, rest)
}

/// The text with the lines from `first` to `end`, `column` in, taken out with the comments above them; the comments and `nested` come
/// to the end of a section.
fn joined(
    ruled: &Ruled<'_>,
    all: &[&str],
    (first, end, column): (usize, usize, usize),
    (map, nested): (&Shape, Vec<String>),
    newline: &str,
) -> String {
    let above = ruled.above(first, 1, column);
    let keys = || map.pairs().iter().map(|(key, _)| key.start);
    let last = keys().next_back().unwrap_or(map.start);
    let child = keys().next().map_or(column, |key| ruled.column(key));
    let limit = end_of(ruled, last, child, all.len());
    let notes = (above..first).map(|line| ruled.line(line).trim().to_owned());
    let new = lines::block(child, &notes.chain(nested).collect::<Vec<_>>(), newline);
    let parts = if limit <= above {
        [
            all[..limit].concat(),
            new,
            all[limit..above].concat(),
            all[end..].concat(),
        ]
    } else {
        [
            all[..above].concat(),
            all[end..limit].concat(),
            new,
            all[limit..].concat(),
        ]
    };
    parts.concat()
}

/// The line behind the last pair of a section whose keys are `column` in.
fn end_of(ruled: &Ruled<'_>, last: usize, column: usize, limit: usize) -> usize {
    let first = ruled.of(last);
    let deeper = |line: &usize| {
        let text = ruled.line(*line);
        !lines::speaks(text) || lines::indent(text) > column || text.trim_start().starts_with("- ")
    };
    let end = (first + 1..limit)
        .take_while(deeper)
        .last()
        .map_or(first + 1, |line| line + 1);
    ruled.trimmed(first, end, column)
}

/// A pair as it stands there, on one line.
fn spoken(key: &Shape, value: &Shape, secret: bool) -> String {
    let key = shown(key.text(), false);
    match written(value) {
        said if said.is_empty() => format!("{key}:"),
        said => format!("{key}: {}", shown(&said, secret)),
    }
}

/// What a value says, on one line.
fn written(value: &Shape) -> String {
    match &value.what {
        Form::Scalar(text, _) => text.clone(),
        Form::Seq(_, items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        Form::Map(_, pairs) => {
            let pair =
                |(key, value): &(Shape, Shape)| format!("{}: {}", key.text(), written(value));
            let pairs: Vec<String> = pairs.iter().map(pair).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn said(path: &[Arc<str>], value: &Value, secret: bool) -> String {
    let value = match value {
        Value::List(items) => format!("[{}]", items.join(", ")),
        other => other.to_string(),
    };
    format!("{}: {}", path.join(": "), shown(&value, secret))
}
