//! What an entry's lines hold, read without the rest of the file: its keys, and its text for an editor.

use std::sync::Arc;

use super::lines;
use super::piece::Piece;
use super::print;
use super::shape::{self, Shape, Uneditable};
use super::way::colon;
use crate::model::Key;
use crate::registry::steps::{Step, Whose, steps};

impl Piece {
    /// The keys that it has values for.
    pub(super) fn keys(&self) -> Result<Vec<Key>, Uneditable> {
        let root = shape::read(&self.text)?;
        let mut keys = Vec::new();
        if let Some((_, entry)) = root.pairs().first() {
            gather(entry, steps(Whose::Node), &mut Vec::new(), &mut keys);
        }
        Ok(keys)
    }
}

fn gather(shape: &Shape, step: &'static Step, names: &mut Vec<Arc<str>>, keys: &mut Vec<Key>) {
    for (key, value) in shape.pairs() {
        let word = step.word(key.text());
        let Some(next) = word.or(step.any.as_deref()) else {
            continue;
        };
        if word.is_none() {
            names.push(key.text().into());
        }
        match next.field {
            Some(field) => keys.push(Key {
                field: field.id,
                names: names.clone(),
            }),
            None => gather(value, next, names, keys),
        }
        if word.is_none() {
            names.pop();
        }
    }
}

/// What an entry's lines say below its name, moved to the left; with a mask, that stands in place of its secrets.
pub(in crate::registry) fn body(text: &str, mask: Option<&str>) -> String {
    let Ok(root) = shape::read(text) else {
        // Secrets cannot be told apart in what cannot be read.
        let text = if mask.is_some() { "" } else { text };
        return text.to_owned();
    };
    let masked = match mask {
        Some(mask) => hiding(text, &root, mask),
        None => text.to_owned(),
    };
    let Some((key, value)) = root.pairs().first() else {
        return String::new();
    };
    let behind = &masked[colon(text, key)..];
    if value.is_flow() {
        return format!("{}\n", behind.trim());
    }
    let below = behind.split_once('\n').map_or("", |(_, below)| below);
    let deep = |line: &&str| lines::speaks(line);
    let column = below.lines().find(deep).map_or(0, lines::indent);
    let left = |line: &str| {
        let cut = lines::indent(line).min(column);
        format!("{}\n", line[cut..].trim_end_matches('\r'))
    };
    below.lines().map(left).collect()
}

/// The lines of an entry with `mask` in place of its secrets; none if these cannot be told apart.
pub(in crate::registry) fn masked_lines(text: &str, mask: &str) -> Option<String> {
    let root = shape::read(text).ok()?;
    Some(hiding(text, &root, mask))
}

fn hiding(text: &str, root: &Shape, mask: &str) -> String {
    let mut masked = text.to_owned();
    let mut secrets = Vec::new();
    if let Some((_, entry)) = root.pairs().first() {
        hidden(entry, steps(Whose::Node), &mut secrets);
    }
    for (start, end) in secrets.into_iter().rev() {
        masked.replace_range(start..end, &print::scalar(mask, false, None));
    }
    masked
}

/// Where secrets are written.
fn hidden(shape: &Shape, step: &'static Step, found: &mut Vec<(usize, usize)>) {
    for (key, value) in shape.pairs() {
        let Some(next) = step.word(key.text()).or(step.any.as_deref()) else {
            continue;
        };
        match next.field {
            Some(field) if field.secret && value.start < value.end => {
                found.push((value.start, value.end));
            }
            Some(_) => {}
            None => hidden(value, next, found),
        }
    }
}
