//! The lines of one entry, edited in place: every byte that an edit is not about stays.

use std::sync::Arc;

use saphyr_parser::ScalarStyle;

use super::lines::{self, Ruled};
use super::print::{self, Written};
use super::shape::{self, Form, Shape, Uneditable};
use super::{flow, list, order};
use crate::model::Value;
use crate::model::field::Field;
use crate::registry::steps::Step;

/// One entry's lines: its name's line first, then what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub text: String,
    /// The line end of the file.
    newline: &'static str,
    /// How much further in a section's keys are than its name.
    step: usize,
}

/// A pair of a map, where it was met on the way down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met<'s> {
    pub map: &'s Shape,
    pub at: usize,
    /// The line at which the map ends at the latest.
    limit: usize,
}

impl<'s> Met<'s> {
    pub(super) fn pair(self) -> &'s (Shape, Shape) {
        &self.map.pairs()[self.at]
    }

    /// The line at which its value ends at the latest.
    fn below(self, ruled: &Ruled<'_>) -> usize {
        let next = self.map.pairs().get(self.at + 1);
        next.map_or(self.limit, |(key, _)| ruled.of(key.start))
    }

    /// First line of the pair, if it stands in lines, and the line behind its last one.
    pub(super) fn extent(self, ruled: &Ruled<'_>) -> Result<(usize, usize), Uneditable> {
        let (key, _) = self.pair();
        let first = ruled.of(key.start);
        if !ruled.leads(key.start) {
            return Err(Uneditable::new(
                "it does not stand in lines of its own",
                first,
            ));
        }
        let limit = self.below(ruled);
        Ok((first, ruled.trimmed(first, limit, ruled.column(key.start))))
    }
}

impl Piece {
    /// The lines of an entry that stand in a file.
    pub(super) fn standing(text: &str, newline: &'static str) -> Self {
        let first = text.lines().next().map_or(0, lines::indent);
        let step = step(text).unwrap_or(if first > 0 { first } else { 2 });
        let text = text.to_owned();
        Self {
            text,
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
            newline,
            step,
        }
    }

    /// Makes the value at the end of `path` this one. The first word of the path is the entry's name; `order` says in which order
    /// its keys stand.
    pub(super) fn set(
        &mut self,
        path: &[Arc<str>],
        (field, value): (&Field, &Value),
        order: &'static Step,
    ) -> Result<(), Uneditable> {
        let root = shape::read(&self.text)?;
        let ruled = Ruled::new(&self.text);
        let met = descend(&root, &ruled, path);
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
        } else if old.is_hollow() {
            self.filled(&ruled, (key, old), rest, &written)
        } else {
            self.inserted(&ruled, (old, last.below(&ruled)), rest, &written, step)?
        };
        Ok(())
    }

    /// Takes out what is at the end of `path`, and the sections that are empty without it; false if there is nothing.
    pub(super) fn unset(&mut self, path: &[Arc<str>]) -> Result<bool, Uneditable> {
        let root = shape::read(&self.text)?;
        let ruled = Ruled::new(&self.text);
        let mut met = descend(&root, &ruled, path);
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
        self.text = if met.len() > 1 && last.map.pairs().len() == 1 {
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

    /// Gives the entry another name.
    pub(super) fn rename(&mut self, to: &str) -> Result<(), Uneditable> {
        let root = shape::read(&self.text)?;
        let Some((key, _)) = root.pairs().first() else {
            return Err(Uneditable::new("the entry is not found in its lines", 0));
        };
        let like = match &key.what {
            Form::Scalar(_, style) => Some(*style),
            Form::Seq(..) | Form::Map(..) => None,
        };
        self.text
            .replace_range(key.start..key.end, &print::scalar(to, false, like));
        Ok(())
    }

    /// Replaces everything below the name by `text`, moved in to where it belongs.
    pub(super) fn write(&mut self, text: &str) -> Result<(), Uneditable> {
        let speaks = text.lines().any(lines::speaks);
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

    /// The text with lines for `rest` below a key that says nothing.
    fn filled(
        &self,
        ruled: &Ruled<'_>,
        (key, old): (&Shape, &Shape),
        rest: &[Arc<str>],
        written: &Written,
    ) -> String {
        let colon = colon(&self.text, key);
        let line = ruled.of(old.end.max(colon) - 1);
        let pad = ruled.column(key.start) + self.step;
        let mut text = self.text[..colon].to_owned();
        let behind = lines::bare(&self.text[old.end.max(colon)..ruled.start(line + 1)]);
        text.push_str(behind.trim_end());
        text.push_str(self.newline);
        text.push_str(&lines::block(
            pad,
            &print::nested(rest, written, self.step),
            self.newline,
        ));
        text.push_str(&self.text[ruled.start(line + 1)..]);
        text
    }

    /// The text with lines for `rest` among the keys of a section.
    fn inserted(
        &self,
        ruled: &Ruled<'_>,
        (map, limit): (&Shape, usize),
        rest: &[Arc<str>],
        written: &Written,
        step: Option<&'static Step>,
    ) -> Result<String, Uneditable> {
        let pairs = map.pairs();
        let names: Vec<&str> = pairs.iter().map(|(key, _)| key.text()).collect();
        let after = order::after(step, &names, &rest[0]);
        let at = after.unwrap_or(0);
        let key = &pairs[at].0;
        if !ruled.leads(key.start) {
            return Err(Uneditable::new(
                "it does not stand in lines of its own",
                ruled.of(key.start),
            ));
        }
        let line = match after {
            Some(_) => Met { map, at, limit }.extent(ruled)?.1,
            None => ruled.above(ruled.of(key.start), 1, ruled.column(key.start)),
        };
        let lines = print::nested(rest, written, self.step);
        let block = lines::block(ruled.column(key.start), &lines, self.newline);
        let place = ruled.start(line);
        let (before, behind) = self.text.split_at(place);
        let ended = before.is_empty() || before.ends_with('\n');
        let end = if ended { "" } else { self.newline };
        Ok(format!("{before}{end}{block}{behind}"))
    }

    /// The text without a pair that stands in lines, and without the comment right above it.
    fn cut(&self, ruled: &Ruled<'_>, met: Met<'_>) -> Result<String, Uneditable> {
        let (first, end) = met.extent(ruled)?;
        let first = ruled.above(first, 1, ruled.column(met.pair().0.start));
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

/// The pairs on the way along `path`, as far as they are there.
pub(super) fn descend<'s>(root: &'s Shape, ruled: &Ruled<'_>, path: &[Arc<str>]) -> Vec<Met<'s>> {
    let mut way: Vec<Met<'s>> = Vec::with_capacity(path.len());
    let (mut map, mut limit) = (root, ruled.len());
    for word in path {
        let Some(at) = map
            .pairs()
            .iter()
            .position(|(key, _)| key.text() == &**word)
        else {
            break;
        };
        let met = Met { map, at, limit };
        way.push(met);
        limit = met.below(ruled);
        map = &map.pairs()[at].1;
    }
    way
}

/// Behind the colon of a key.
pub(super) fn colon(text: &str, key: &Shape) -> usize {
    let rest = &text[key.end..];
    key.end + rest.find(':').map_or(0, |at| at + 1)
}

/// The comment behind a key or behind its value on one line, with the blanks before it.
pub(super) fn comment(text: &str, ruled: &Ruled<'_>, key: &Shape, value: &Shape) -> String {
    let line = ruled.of(key.start);
    let end = ruled.start(line + 1);
    let behind = if value.in_lines() || value.end > end {
        colon(text, key)
    } else {
        value.end.max(colon(text, key))
    };
    let rest = lines::bare(text.get(behind..end).unwrap_or_default()).trim_end();
    let body = rest.trim_start();
    // Behind the sign of a block scalar the comment is part of its first line.
    let body = body.trim_start_matches(['|', '>', '+', '-']).trim_start();
    if body.starts_with('#') {
        let gap = rest.len() - rest.trim_start().len();
        return format!("{}{body}", " ".repeat(gap.max(1)));
    }
    String::new()
}

/// How much further in the first thing below a key is; none where nothing is below it.
pub(super) fn step(text: &str) -> Option<usize> {
    let mut speaking = text.lines().filter(|line| lines::speaks(line));
    let first = speaking.next().map_or(0, lines::indent);
    let deeper = speaking.map(lines::indent).find(|indent| *indent > first);
    deeper.map(|deeper| deeper - first)
}
