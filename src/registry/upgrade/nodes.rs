//! `nodes.conf` of any release.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::{Change, lasting, line, placed, refusals, registry, stays};
use crate::model::field::{MASK, OLDER};
use crate::model::{Fault, Level, Node, Table, Value, Values, View};
use crate::registry::document;
use crate::registry::edit::lines::Ruled;
use crate::registry::edit::{self, Swaps};
use crate::registry::layout::{Form, Layout, Section};
use crate::registry::steps::Whose;

/// An overlay that was divided: nodes that list it are to list others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// `system_overlay` or `runtime_overlay`.
    pub field: &'static str,
    /// The overlay of old.
    pub from: Arc<str>,
    /// What takes its place.
    pub to: Vec<Arc<str>>,
}

/// A registry made today's.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The new text.
    pub text: String,
    /// What was changed, in the order of the lines.
    pub changes: Vec<Change>,
    /// What is wrong with the file and stays so, at its places in the old text.
    pub faults: Vec<Fault>,
    /// The nodes as they are now.
    pub view: Arc<View>,
}

/// Reads `text`, which is in `file`, and writes it with today's spellings. Every other byte stays.
///
/// # Errors
/// Why it cannot be done: the text is no YAML, says something twice, or would mean something else afterwards.
pub fn nodes(text: &str, file: &Path, splits: &[Split]) -> Result<Registered, Vec<Fault>> {
    let shown = file.to_string_lossy();
    let mut old = registry(file);
    let before = old.load(None, Some(text)).view;
    let layout = match (&old.held.layout, old.held.cut) {
        (Some(layout), false) => layout,
        _ => return Err(errors(&before.faults)),
    };
    let twice = refusals(&before.faults, &shown);
    if !twice.is_empty() {
        return Err(twice);
    }
    let swaps = swaps(splits);
    let mut faults = Vec::new();
    let (new, changes) = rewritten(text, layout, &swaps, (&shown, &mut faults));
    let mut fresh = registry(file);
    let view = fresh.load(None, Some(&new)).view;
    if fresh.held.cut || fresh.held.layout.is_none() {
        return Err(errors(&view.faults));
    }
    let differing = different(&before, &view, &swaps);
    if !differing.is_empty() {
        return Err(differing);
    }
    faults.extend(lasting(before.faults.clone(), &view.faults, &shown));
    Ok(Registered {
        text: new,
        changes,
        faults,
        view,
    })
}

/// A text of nodes and profiles with its secrets hidden. An entry whose secrets cannot be told apart is left out.
#[must_use]
pub fn masked(text: &str) -> String {
    let mut reader = registry(Path::new("/"));
    reader.load(None, Some(text));
    let Some(layout) = &reader.held.layout else {
        return String::new();
    };
    let ruled = Ruled::new(text);
    let sections = layout.sections.iter();
    let braces = |section: &&Section| section.form == Form::Braces;
    if sections.clone().any(|section| braces(&section)) {
        return String::new();
    }
    let mut slots: Vec<_> = sections.flat_map(|section| &section.slots).collect();
    slots.sort_by_key(|slot| slot.first);
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for slot in slots {
        out.push_str(&text[ruled.start(from)..ruled.start(slot.first)]);
        let lines = &text[ruled.start(slot.first)..ruled.start(slot.end)];
        out.push_str(&edit::masked_lines(lines, MASK).unwrap_or_default());
        from = slot.end;
    }
    out.push_str(&text[ruled.start(from)..]);
    out
}

fn errors(faults: &[Fault]) -> Vec<Fault> {
    let bad = faults.iter().filter(|fault| fault.level == Level::Error);
    bad.cloned().collect()
}

fn swaps(splits: &[Split]) -> Swaps {
    let one = |split: &Split| ((split.field, split.from.clone()), split.to.clone());
    splits.iter().map(one).collect()
}

/// The text with the lines of every entry renewed, and what was changed.
fn rewritten(
    text: &str,
    layout: &Layout,
    swaps: &Swaps,
    (file, faults): (&str, &mut Vec<Fault>),
) -> (String, Vec<Change>) {
    let ruled = Ruled::new(text);
    let mut changes = Vec::new();
    // First line, the line behind the last one, and what stands there instead.
    let mut patches: Vec<(usize, usize, String)> = Vec::new();
    for at in counters(text, layout, &ruled) {
        changes.push(Change {
            line: line(at),
            old: ruled.line(at).trim().to_owned(),
            new: String::new(),
            why: "the file counts its format no longer".into(),
            loses: false,
        });
        patches.push((at, at + 1, String::new()));
    }
    for section in &layout.sections {
        let whose = match section.table {
            Table::Nodes => Whose::Node,
            Table::Profiles => Whose::Profile,
            // Their file has no sections.
            Table::Settings => continue,
        };
        if section.form == Form::Braces {
            faults.extend(braces(section, text, file));
            continue;
        }
        for slot in &section.slots {
            let lines = &text[ruled.start(slot.first)..ruled.start(slot.end)];
            match edit::renewed(lines, whose, swaps) {
                Ok(renewed) if renewed.changes.is_empty() => {}
                Ok(renewed) => {
                    changes.extend(placed(renewed.changes, slot.first));
                    patches.push((slot.first, slot.end, renewed.text));
                }
                Err(why) if speaks_of_old(lines) => faults.push(stays(file, slot.first, &why)),
                Err(_) => {}
            }
        }
    }
    patches.sort();
    changes.sort_by_key(|change| change.line);
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for (first, end, new) in patches {
        out.push_str(&text[ruled.start(from)..ruled.start(first)]);
        out.push_str(&new);
        from = end;
    }
    out.push_str(&text[ruled.start(from)..]);
    (out, changes)
}

/// Lines that count the format: outermost, and of no section.
fn counters(text: &str, layout: &Layout, ruled: &Ruled<'_>) -> Vec<usize> {
    let within = |line: usize| {
        let slots = layout.sections.iter().flat_map(|section| &section.slots);
        slots
            .into_iter()
            .any(|slot| (slot.first..slot.end).contains(&line))
    };
    let counts = |line: &str| {
        let key = line.split(':').next().unwrap_or_default();
        key == document::COUNTER && line.contains(':')
    };
    let lines = text.split_inclusive('\n').enumerate();
    let found =
        lines.filter(|(at, line)| counts(line.trim_start_matches('\u{feff}')) && !within(*at));
    found
        .map(|(at, _)| at)
        .filter(|at| *at < ruled.len())
        .collect()
}

fn braces(section: &Section, text: &str, file: &str) -> Option<Fault> {
    let why = edit::Uneditable {
        why: format!("`{}` is written in braces", section.table.section()),
        line: 0,
    };
    speaks_of_old(text).then(|| stays(file, section.line, &why))
}

/// Whether a word of old may stand in lines that cannot be edited.
fn speaks_of_old(lines: &str) -> bool {
    let words = OLDER
        .iter()
        .filter_map(|older| older.path.iter().rev().find(|word| **word != "*"));
    words
        .into_iter()
        .any(|word| lines.contains(&format!("{word}:")))
}

/// Nodes and profiles that would be others. One that could not be read before is no other one.
fn different(before: &View, after: &View, swaps: &Swaps) -> Vec<Fault> {
    let mut out = Vec::new();
    let mut differs = |what: String| {
        let fault = Fault::error(what);
        out.push(fault.hint("nothing is written; this is a fault of muster's"));
    };
    for old in &before.nodes {
        match after.by_name(&old.name) {
            Some(new) if same_node(old, new, swaps) => {}
            _ => differs(format!("node {} would be another one afterwards", old.name)),
        }
    }
    for (name, old) in &before.profiles {
        let new = after.profiles.get(name);
        if !new.is_some_and(|new| same(&old.values, &new.values, swaps)) {
            differs(format!("profile {name} would be another one afterwards"));
        }
    }
    let known: BTreeSet<&str> = before.nodes.iter().map(|node| &*node.name).collect();
    let unread = |name: &str| {
        before.faults.iter().any(|fault| {
            fault.level == Level::Error && fault.about.as_deref() == Some(&format!("node {name}"))
        })
    };
    for new in &after.nodes {
        if !known.contains(&*new.name) && !unread(&new.name) {
            differs(format!("node {} would be new", new.name));
        }
    }
    out
}

fn same_node(old: &Node, new: &Node, swaps: &Swaps) -> bool {
    same(&old.values, &new.values, swaps)
        && old.profiles == new.profiles
        && old.comment == new.comment
        && old.sources == new.sources
}

fn same(old: &Values, new: &Values, swaps: &Swaps) -> bool {
    let mut others = new.iter();
    let alike = old.iter().all(|(key, value)| {
        let other = others.next().filter(|(name, _)| *name == key);
        other.is_some_and(|(_, new)| *swapped(key.field, value, swaps) == **new)
    });
    alike && others.next().is_none()
}

/// A value with its items swapped.
fn swapped<'v>(
    field: &'static str,
    value: &'v Value,
    swaps: &Swaps,
) -> std::borrow::Cow<'v, Value> {
    use std::borrow::Cow;
    let Value::List(items) = value else {
        return Cow::Borrowed(value);
    };
    let mut new: Vec<Arc<str>> = Vec::new();
    for item in items {
        let (sign, plain) = match item.strip_prefix('~') {
            Some(plain) => ("~", plain),
            None => ("", &**item),
        };
        match swaps.get(&(field, plain.into())) {
            Some(others) => new.extend(others.iter().map(|one| Arc::from(format!("{sign}{one}")))),
            None => new.push(item.clone()),
        }
    }
    Cow::Owned(Value::List(new))
}
