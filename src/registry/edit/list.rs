//! Lists in lines: items that stay keep their lines and their comments.

use std::sync::Arc;

use super::lines::Ruled;
use super::print;
use super::shape::Shape;

/// The lines of a list after it became `new`, and the line at which the old ones begin; none if its items do not stand on lines
/// of their own. `key` is the line of its key, `end` the line behind its last one.
pub(super) fn rewritten(
    ruled: &Ruled<'_>,
    items: &[Shape],
    (key, end): (usize, usize),
    new: &[Arc<str>],
    newline: &str,
) -> Option<(usize, String)> {
    let column = dash(ruled, items.first()?)?;
    let first = ruled.above(ruled.of(items.first()?.start), key + 1, column);
    let mut blocks: Vec<Option<(&str, String)>> = Vec::with_capacity(items.len());
    let mut from = first;
    for (at, item) in items.iter().enumerate() {
        let line = ruled.of(item.start);
        let next = items.get(at + 1).map_or(end, |next| {
            let next = ruled.of(next.start);
            ruled.above(next, line + 1, column)
        });
        if dash(ruled, item)? != column || item.in_lines() || next <= line {
            return None;
        }
        let mut block: String = (from..next).map(|line| ruled.line(line)).collect();
        if !block.ends_with('\n') {
            block.push_str(newline);
        }
        blocks.push(Some((item.text(), block)));
        from = next;
    }
    let mut out = String::new();
    for item in new {
        let same = |block: &&mut Option<(&str, String)>| {
            block.as_ref().is_some_and(|(text, _)| *text == &**item)
        };
        match blocks.iter_mut().find(same).and_then(Option::take) {
            Some((_, block)) => out.push_str(&block),
            None => {
                let item = print::scalar(item, false, None);
                out.push_str(&format!("{}- {item}{newline}", " ".repeat(column)));
            }
        }
    }
    Some((first, out))
}

/// How far in the dash of an item is, if nothing else stands before it.
fn dash(ruled: &Ruled<'_>, item: &Shape) -> Option<usize> {
    let line = ruled.line(ruled.of(item.start));
    let before = line.get(..ruled.column(item.start))?;
    let column = before.find('-')?;
    let alone =
        before[..column].bytes().all(|byte| byte == b' ') && before[column + 1..].trim().is_empty();
    alone.then_some(column)
}
