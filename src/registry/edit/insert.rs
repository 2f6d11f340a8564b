//! New lines among those of an entry.

use std::sync::Arc;

use super::lines::{self, Ruled};
use super::order;
use super::piece::Piece;
use super::print::{self, Written};
use super::shape::{Shape, Uneditable};
use super::way::{Met, colon};
use crate::registry::steps::Step;

impl Piece {
    /// The text with lines for `rest` below a key that says nothing.
    pub(super) fn filled(
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

    /// The text of a whole file that says nothing, with lines for `rest` behind what is there.
    pub(super) fn begun(&self, end: usize, rest: &[Arc<str>], written: &Written) -> String {
        let ruled = Ruled::new(&self.text);
        let (before, behind) = self.text.split_at(ruled.start(end));
        let lines = lines::block(0, &print::nested(rest, written, self.step), self.newline);
        format!("{before}{lines}{behind}")
    }

    /// The text with lines for `rest` among the keys of a section.
    pub(super) fn inserted(
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
        let column = ruled.column(key.start);
        let above = ruled.above(ruled.of(key.start), self.first(), column);
        let line = match after {
            None if above > 0 || !lines::is_comment(ruled.line(above)) => above,
            // What a file begins with is about all of it.
            _ => Met { map, at, limit }.extent(ruled)?.1,
        };
        let lines = print::nested(rest, written, self.step);
        let block = lines::block(column, &lines, self.newline);
        let place = ruled.start(line);
        let (before, behind) = self.text.split_at(place);
        let ended = before.is_empty() || before.ends_with('\n');
        let end = if ended { "" } else { self.newline };
        Ok(format!("{before}{end}{block}{behind}"))
    }
}
