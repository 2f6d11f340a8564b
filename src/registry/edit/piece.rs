//! The lines of one entry, edited in place: every byte that an edit is not about stays.

use std::sync::Arc;

use saphyr_parser::ScalarStyle;

use super::lines::{self, Ruled};
use super::print::{self, Written};
use super::shape::{self, Form, Shape, Uneditable};
use super::way::{Met, colon, comment, descend, step};
use super::{flow, list, order};
use crate::model::Value;
use crate::model::field::Field;
use crate::registry::steps::Step;

/// One entry's lines: its name's line first, then what belongs to it. Or a whole file that is one entry: its name stands nowhere,
/// and is the empty word in front of paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub text: String,
    whole: bool,
    /// The line end of the file.
    pub(super) newline: &'static str,
    /// How much further in a section's keys are than its name.
    pub(super) step: usize,
}

impl Piece {
    /// The lines of an entry that stand in a file.
    pub(super) fn standing(text: &str, newline: &'static str) -> Self {
        let first = text.lines().next().map_or(0, lines::indent);
        let step = step(text).unwrap_or(if first > 0 { first } else { 2 });
        let text = text.to_owned();
        Self {
            text,
            whole: false,
            newline,
            step,
        }
    }

    /// An entry that says nothing, so far in, and its keys so much further.
    pub(super) fn hollow(
        name: &str,
        (column, step): (usize, usize),
        newline: &'static str,
    ) -> Self {
        let text = format!(
            "{}{}: {{}}{newline}",
            " ".repeat(column),
            print::key(name, false)
        );
        Self {
            text,
            whole: false,
            newline,
            step,
        }
    }

    /// A whole file that is one entry.
    pub(super) fn whole(text: &str, newline: &'static str) -> Self {
        Self {
            text: text.to_owned(),
            whole: true,
            newline,
            step: step(text).unwrap_or(2),
        }
    }

    /// Its shape: one pair, of its name and of what it says.
    pub(super) fn root(&self) -> Result<Shape, Uneditable> {
        if self.whole {
            shape::whole(&self.text)
        } else {
            shape::read(&self.text)
        }
    }

    /// The lines of it, and the line behind the last one that may say something.
    fn ruled(&self, root: &Shape) -> (Ruled<'_>, usize) {
        let ruled = Ruled::new(&self.text);
        let says = root.pairs().first().filter(|_| self.whole);
        let end = match says {
            Some((_, says)) => ruled.document_end(ruled.of(says.start)),
            None => ruled.len(),
        };
        (ruled, end)
    }

    /// The first line that is not its name's.
    pub(super) fn first(&self) -> usize {
        usize::from(!self.whole)
    }

    /// Makes the value at the end of `path` this one. The first word of the path is the entry's name; `order` says in which order
    /// its keys stand.
    pub(super) fn set(
        &mut self,
        path: &[Arc<str>],
        (field, value): (&Field, &Value),
        order: &'static Step,
    ) -> Result<(), Uneditable> {
        let root = self.root()?;
        let (ruled, end) = self.ruled(&root);
        let met = descend(&root, (&ruled, end), path);
        let in_braces = met.iter().any(|met| met.map.is_flow());
        let depth = met.len();
        let Some(last) = met.last().copied() else {
            return Err(Uneditable::new("the entry is not found in its lines", 0));
        };
        let (key, old) = last.pair();
        if depth == path.len() {
            let like = match &old.what {
                Form::Scalar(_, style) => Some(*style),
                Form::Seq(..) | Form::Map(..) => None,
            };
            let written = print::written(value, field, in_braces || old.is_flow(), like);
            self.text = self.replaced(&ruled, last, written, (field, value, in_braces))?;
            return Ok(());
        }
        let rest = &path[depth..];
        let line = ruled.of(key.start);
        if !old.is_hollow() && !matches!(old.what, Form::Map(..)) {
            return Err(Uneditable::new(
                format!("`{}` is no section there", key.text()),
                line,
            ));
        }
        let flow = in_braces || (old.is_flow() && !old.is_hollow());
        let written = print::written(value, field, flow, None);
        let step = order::below(order, &path[1..depth]);
        self.text = if flow {
            flow::insert(&self.text, (key, old), rest, &written, step)
        } else if old.is_hollow() && self.whole && depth == 1 {
            self.begun(end, rest, &written)
        } else if old.is_hollow() {
            self.filled(&ruled, (key, old), rest, &written)
        } else {
            self.inserted(&ruled, (old, last.below(&ruled)), rest, &written, step)?
        };
        Ok(())
    }

    /// Takes out what is at the end of `path`, and the sections that are empty without it; false if there is nothing.
    pub(super) fn unset(&mut self, path: &[Arc<str>]) -> Result<bool, Uneditable> {
        let root = self.root()?;
        let (ruled, end) = self.ruled(&root);
        let mut met = descend(&root, (&ruled, end), path);
        if met.len() < path.len() {
            return Ok(false);
        }
        // A section with nothing else in it goes along.
        while met.len() > 2 && met.last().is_some_and(|met| met.map.pairs().len() == 1) {
            met.pop();
        }
        let in_braces = met.iter().any(|met| met.map.is_flow());
        let (Some(last), Some(entry)) = (met.last().copied(), met.first()) else {
            return Ok(false);
        };
        self.text = if self.whole && met.len() > 1 && last.map.pairs().len() == 1 {
            if last.map.is_flow() {
                flow::emptied(&self.text, last.map)
            } else {
                self.cut(&ruled, last)?
            }
        } else if met.len() > 1 && last.map.pairs().len() == 1 {
            let cut = if in_braces {
                (1, ruled.len())
            } else {
                last.extent(&ruled)?
            };
            self.emptied(&ruled, entry.pair(), cut)
        } else if in_braces {
            flow::remove(&self.text, last.map.pairs(), last.at)
        } else {
            self.cut(&ruled, last)?
        };
        Ok(true)
    }

    /// Whether there is something at the end of `path`.
    pub(super) fn holds(&self, path: &[Arc<str>]) -> Result<bool, Uneditable> {
        let root = self.root()?;
        let (ruled, end) = self.ruled(&root);
        Ok(descend(&root, (&ruled, end), path).len() == path.len())
    }

    /// Gives what is at the end of `path` another name; false if there is nothing.
    pub(super) fn rename_at(&mut self, path: &[Arc<str>], to: &str) -> Result<bool, Uneditable> {
        let root = self.root()?;
        let (ruled, end) = self.ruled(&root);
        let met = descend(&root, (&ruled, end), path);
        let Some(last) = met.last().filter(|_| met.len() == path.len()) else {
            return Ok(false);
        };
        let key = &last.pair().0;
        let like = match &key.what {
            Form::Scalar(_, style) => Some(*style),
            Form::Seq(..) | Form::Map(..) => None,
        };
        let new = print::scalar(to, last.map.is_flow(), like);
        self.text.replace_range(key.start..key.end, &new);
        Ok(true)
    }

    /// Gives the entry another name.
    pub(super) fn rename(&mut self, to: &str) -> Result<(), Uneditable> {
        let name = self.root()?;
        let Some((key, _)) = name.pairs().first() else {
            return Err(Uneditable::new("the entry is not found in its lines", 0));
        };
        let path = [key.text().into()];
        self.rename_at(&path, to).map(|_| ())
    }

    /// Replaces everything below the name by `text`, moved in to where it belongs.
    pub(super) fn write(&mut self, text: &str) -> Result<(), Uneditable> {
        let speaks = text.lines().any(lines::speaks);
        if self.whole {
            shape::whole(text)?;
            self.text = lines::ended(text, self.newline);
            return Ok(());
        }
        let body = if speaks {
            Some(shape::read(text)?)
        } else {
            None
        };
        let root = shape::read(&self.text)?;
        let ruled = Ruled::new(&self.text);
        let Some((key, old)) = root.pairs().first() else {
            return Err(Uneditable::new("the entry is not found in its lines", 0));
        };
        let column = ruled.column(key.start);
        let colon = colon(&self.text, key);
        let comment = comment(&self.text, &ruled, key, old);
        let mut head = self.text[..colon].to_owned();
        let new: Vec<&str> = text.lines().collect();
        let braces = body.as_ref().is_none_or(Shape::is_flow) && new.len() <= 1;
        if braces {
            let inline = if speaks { text.trim() } else { "{}" };
            head.push_str(&format!(" {inline}"));
        } else if !speaks {
            head.push_str(" {}");
        }
        let below = if braces { &[][..] } else { &new[..] };
        head.push_str(&comment);
        head.push_str(self.newline);
        let deeper: Vec<String> = below
            .iter()
            .map(|line| line.trim_end().to_owned())
            .collect();
        head.push_str(&lines::block(column + self.step, &deeper, self.newline));
        self.text = head;
        Ok(())
    }

    /// The text with the value of a pair replaced.
    fn replaced(
        &self,
        ruled: &Ruled<'_>,
        met: Met<'_>,
        written: Written,
        (field, value, in_braces): (&Field, &Value, bool),
    ) -> Result<String, Uneditable> {
        let (key, old) = met.pair();
        let whole = self.text[old.start..old.end].contains('\n')
            || old.in_lines()
            || matches!(
                old.what,
                Form::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded)
            );
        if in_braces || (!whole && matches!(written, Written::Inline(_))) {
            let Written::Inline(inline) = written else {
                return Err(Uneditable::new(
                    "it cannot be written in braces",
                    ruled.of(key.start),
                ));
            };
            return Ok(flow::swap(&self.text, key, old, &inline));
        }
        let (first, end) = met.extent(ruled)?;
        if let (Form::Seq(false, items), Value::List(new)) = (&old.what, value)
            && let Some((from, lines)) =
                list::rewritten(ruled, items, (first, end), new, self.newline)
        {
            let mut text = self.text.clone();
            text.replace_range(ruled.start(from)..ruled.start(end), &lines);
            return Ok(text);
        }
        let written = match written {
            Written::Inline(_) if old.is_flow() => print::written(value, field, false, None),
            other => other,
        };
        let column = ruled.column(key.start);
        let comment = comment(&self.text, ruled, key, old);
        let (inline, below) = match written {
            Written::Inline(text) => (text, Vec::new()),
            Written::Below(head, lines) => (head, lines),
        };
        let mut head = self.text[..colon(&self.text, key)].to_owned();
        if !inline.is_empty() {
            head.push(' ');
            head.push_str(&inline);
        }
        head.push_str(&comment);
        head.push_str(self.newline);
        head.push_str(&lines::block(column + self.step, &below, self.newline));
        head.push_str(&self.text[ruled.start(end)..]);
        Ok(head)
    }

    /// The text without a pair that stands in lines, and without the comment right above it.
    fn cut(&self, ruled: &Ruled<'_>, met: Met<'_>) -> Result<String, Uneditable> {
        let (first, end) = met.extent(ruled)?;
        let above = ruled.above(first, self.first(), ruled.column(met.pair().0.start));
        // What a file begins with is about all of it.
        let heads = above == 0 && lines::is_comment(ruled.line(0));
        let first = if heads { first } else { above };
        Ok(format!(
            "{}{}",
            &self.text[..ruled.start(first)],
            &self.text[ruled.start(end)..]
        ))
    }

    /// The entry with `{}` in place of the lines of its last pair; comments that are not that pair's stay.
    fn emptied(
        &self,
        ruled: &Ruled<'_>,
        (key, old): &(Shape, Shape),
        (first, end): (usize, usize),
    ) -> String {
        let comment = comment(&self.text, ruled, key, old);
        let colon = colon(&self.text, key);
        let column = lines::indent(ruled.line(first.min(ruled.len() - 1)));
        let gone = ruled.above(first, 1, column)..end;
        let mut text = format!("{} {{}}{comment}{}", &self.text[..colon], self.newline);
        let others = (1..ruled.len()).filter(|line| !gone.contains(line));
        text.extend(
            others
                .map(|line| ruled.line(line))
                .filter(|line| lines::is_comment(line)),
        );
        text
    }
}
