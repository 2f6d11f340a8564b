//! Entries back into their text: what was in work is put where it was, new ones where they belong, everything else is copied.

use std::collections::HashMap;

use super::desk::{Desk, Work};
use super::lines;
use super::shape::Uneditable;
use crate::kit::natural;
use crate::model::Table;
use crate::registry::hunk::{self, Hunk};
use crate::registry::layout::{Form, Layout, Section, Slot};

/// A text after a change.
#[derive(Debug)]
pub(in crate::registry) struct Sewn {
    pub text: String,
    /// How it differs from the text before.
    pub hunks: Vec<Hunk>,
    pub layout: Layout,
    /// For each work the line at which it stands now, from 0; none for one that is gone.
    pub lines: Vec<Option<usize>>,
}

/// Lines that give way to others: from, to, the new ones, and whose they are.
#[derive(Debug)]
struct Patch {
    first: usize,
    end: usize,
    new: String,
    work: Option<usize>,
}

/// Sews what lies on the desk into its text, whose last line has an end.
///
/// # Errors
/// [`Uneditable`] when a section is written so that nothing can be put into it.
pub(in crate::registry) fn sew(desk: &Desk<'_>) -> Result<Sewn, Uneditable> {
    let mut patches = Vec::new();
    for (at, work) in desk.works.iter().enumerate() {
        patches.extend(standing(desk, at, work));
    }
    for table in [Table::Profiles, Table::Nodes] {
        let new = |work: &Work| work.table == table && work.slot.is_none() && work.piece.is_some();
        let mut new: Vec<usize> = (0..desk.works.len())
            .filter(|at| new(&desk.works[*at]))
            .collect();
        if !new.is_empty() {
            new.sort_by(|a, b| natural::compare(&desk.works[*a].name, &desk.works[*b].name));
            added(desk, table, &new, &mut patches)?;
        }
    }
    patches.sort_by_key(|patch| (patch.first, patch.end));
    Ok(assembled(desk, &patches))
}

/// What becomes of the lines of an entry that stands in the text.
fn standing(desk: &Desk<'_>, at: usize, work: &Work) -> Option<Patch> {
    let (section, slot) = work.slot?;
    let section = &desk.layout.sections[section];
    let &Slot { first, end, .. } = &section.slots[slot];
    let ruled = &desk.ruled;
    let Some(piece) = &work.piece else {
        // A comment above it goes along unless it may be a heading for what follows right behind.
        let heading = end < ruled.len()
            && lines::speaks(ruled.line(end))
            && lines::indent(ruled.line(end)) > 0;
        let before = slot.checked_sub(1).and_then(|at| section.slots.get(at));
        let least = before.map_or(section.line + 1, |before| before.end);
        let first = if heading {
            first
        } else {
            ruled.above(first, least, lines::indent(ruled.line(first)))
        };
        return Some(Patch {
            first,
            end,
            new: String::new(),
            work: None,
        });
    };
    let mut new = piece.text.clone();
    if end < ruled.len() && !new.ends_with('\n') {
        new.push_str(desk.newline);
    }
    Some(Patch {
        first,
        end,
        new,
        work: Some(at),
    })
}

/// Puts new entries behind the one that comes before them by name, if there is one of their kind, else at the end.
fn added(
    desk: &Desk<'_>,
    table: Table,
    new: &[usize],
    patches: &mut Vec<Patch>,
) -> Result<(), Uneditable> {
    let ruled = &desk.ruled;
    let section = desk
        .layout
        .sections
        .iter()
        .find(|section| section.table == table);
    let Some(section) = section else {
        let head = format!("{}:{}", table.section(), desk.newline);
        patches.push(Patch {
            first: ruled.len(),
            end: ruled.len(),
            new: head,
            work: None,
        });
        patches.extend(new.iter().map(|at| insertion(desk, *at, ruled.len())));
        return Ok(());
    };
    match section.form {
        Form::Braces => Err(Uneditable::new(
            format!("`{}` is written in braces", table.section()),
            section.line,
        )),
        Form::Hollow => {
            patches.push(opened(desk, section)?);
            patches.extend(new.iter().map(|at| insertion(desk, *at, section.line + 1)));
            Ok(())
        }
        Form::Lines(_) => {
            let mut kin = Kin::of(section);
            let last = section.slots.iter().map(|slot| slot.end).max();
            for at in new {
                let after = kin.before(&desk.works[*at].name);
                let line = after.or(last).unwrap_or(section.line + 1);
                patches.push(insertion(desk, *at, line));
            }
            Ok(())
        }
    }
}

fn insertion(desk: &Desk<'_>, at: usize, line: usize) -> Patch {
    let text = desk.works[at].text().unwrap_or_default();
    let tail = if text.ends_with('\n') {
        ""
    } else {
        desk.newline
    };
    Patch {
        first: line,
        end: line,
        new: format!("{text}{tail}"),
        work: Some(at),
    }
}

/// The line of a section without entries, ready for some below it.
fn opened(desk: &Desk<'_>, section: &Section) -> Result<Patch, Uneditable> {
    let line = desk.ruled.line(section.line);
    let bare = lines::bare(line);
    let (head, value) = bare.split_once(':').unwrap_or((bare, ""));
    let value = value.trim_start();
    let rest = ["{}", "{ }", "~", "null"]
        .iter()
        .find_map(|word| value.strip_prefix(word))
        .unwrap_or(value)
        .trim();
    if !rest.is_empty() && !rest.starts_with('#') {
        return Err(Uneditable::new(
            format!("`{}` is not written in lines", section.table.section()),
            section.line,
        ));
    }
    let gap = if rest.is_empty() { "" } else { " " };
    Ok(Patch {
        first: section.line,
        end: section.line + 1,
        new: format!("{head}:{gap}{rest}{}", desk.newline),
        work: None,
    })
}

/// Entries of a section by what comes before the number in their names, each in natural order.
struct Kin<'t> {
    section: &'t Section,
    by_stem: Option<HashMap<&'t str, Vec<&'t Slot>>>,
}

fn stem(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit())
}

impl<'t> Kin<'t> {
    fn of(section: &'t Section) -> Self {
        Self {
            section,
            by_stem: None,
        }
    }

    /// The line behind the entry that comes right before `name`; none without one of its kind.
    fn before(&mut self, name: &str) -> Option<usize> {
        let section = self.section;
        let by_stem = self.by_stem.get_or_insert_with(|| {
            let mut by_stem: HashMap<&str, Vec<&Slot>> = HashMap::new();
            for slot in &section.slots {
                by_stem.entry(stem(&slot.name)).or_default().push(slot);
            }
            for slots in by_stem.values_mut() {
                slots.sort_by(|a, b| natural::compare(&a.name, &b.name));
            }
            by_stem
        });
        let kin = by_stem.get(stem(name)).filter(|_| stem(name) != name)?;
        let at = kin.partition_point(|slot| natural::compare(&slot.name, name).is_lt());
        at.checked_sub(1).map(|at| kin[at].end)
    }
}

fn assembled(desk: &Desk<'_>, patches: &[Patch]) -> Sewn {
    let ruled = &desk.ruled;
    let grown: usize = patches.iter().map(|patch| patch.new.len()).sum();
    let mut text = String::with_capacity(ruled.text.len() + grown);
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut stands = vec![None; desk.works.len()];
    let (mut from, mut shift) = (0usize, 0isize);
    let mut shifts: Vec<(usize, isize)> = Vec::with_capacity(patches.len());
    for patch in patches {
        let (start, end) = (ruled.start(patch.first), ruled.start(patch.end));
        let start = start.max(from);
        text.push_str(&ruled.text[from..start]);
        let line = patch.first.saturating_add_signed(shift);
        if let Some(at) = patch.work {
            stands[at] = Some(line);
        }
        note(&mut hunks, patch, &ruled.text[start..end.max(start)]);
        text.push_str(&patch.new);
        from = end.max(start);
        let (gone, come) = (
            patch.end - patch.first,
            patch.new.split_inclusive('\n').count(),
        );
        shift += come.cast_signed() - gone.cast_signed();
        shifts.push((patch.end, shift));
    }
    text.push_str(&ruled.text[from..]);
    let layout = laid_out(desk, &text, &stands, &shifts);
    Sewn {
        text,
        hunks,
        layout,
        lines: stands,
    }
}

/// Adds what a patch changes to the hunks; insertions at one place become one.
fn note(hunks: &mut Vec<Hunk>, patch: &Patch, old: &str) {
    let first = u32::try_from(patch.first).unwrap_or(u32::MAX);
    if let Some(last) = hunks.last_mut()
        && last.line == first
        && last.old.is_empty()
        && old.is_empty()
    {
        last.new.push_str(&patch.new);
        return;
    }
    let fine = hunk::between(old, &patch.new);
    hunks.extend(fine.into_iter().map(|hunk| Hunk {
        line: hunk.line.saturating_add(first),
        ..hunk
    }));
}

/// Where everything stands in the new text.
fn laid_out(
    desk: &Desk<'_>,
    text: &str,
    stands: &[Option<usize>],
    shifts: &[(usize, isize)],
) -> Layout {
    let moved = |line: usize| {
        let at = shifts.partition_point(|(end, _)| *end <= line);
        let by = at.checked_sub(1).map_or(0, |at| shifts[at].1);
        line.saturating_add_signed(by)
    };
    let height = |at: usize| {
        let text = desk.works[at].text().unwrap_or_default();
        text.split_inclusive('\n').count()
    };
    let mut works: HashMap<(usize, usize), usize> = HashMap::new();
    for (at, work) in desk.works.iter().enumerate() {
        works.extend(work.slot.map(|slot| (slot, at)));
    }
    let mut sections: Vec<Section> = Vec::with_capacity(desk.layout.sections.len() + 1);
    for (number, section) in desk.layout.sections.iter().enumerate() {
        let slot = |(at, slot): (usize, &Slot)| match works.get(&(number, at)) {
            None => Some(Slot {
                name: slot.name.clone(),
                first: moved(slot.first),
                end: moved(slot.end - 1) + 1,
            }),
            Some(work) => stands[*work].map(|first| Slot {
                name: desk.works[*work].name.clone(),
                first,
                end: first + height(*work),
            }),
        };
        sections.push(Section {
            table: section.table,
            line: moved(section.line),
            form: section.form,
            slots: section.slots.iter().enumerate().filter_map(slot).collect(),
        });
    }
    for (at, work) in desk.works.iter().enumerate() {
        if let (None, Some(first)) = (work.slot, stands[at]) {
            let end = first + height(at);
            place(&mut sections, work, (first, end));
        }
    }
    for section in &mut sections {
        section.slots.sort_by_key(|slot| slot.first);
        if section.slots.is_empty() {
            section.form = Form::Hollow;
        }
    }
    sections.sort_by_key(|section| section.line);
    Layout::stamped(text, sections)
}

/// Puts a new entry into its section, which may be new too.
fn place(sections: &mut Vec<Section>, work: &Work, (first, end): (usize, usize)) {
    let form = Form::Lines(lines::indent(work.text().unwrap_or_default()));
    let known = sections
        .iter()
        .position(|section| section.table == work.table);
    let at = known.unwrap_or_else(|| {
        sections.push(Section {
            table: work.table,
            line: first - 1,
            form,
            slots: Vec::new(),
        });
        sections.len() - 1
    });
    let name = work.name.clone();
    sections[at].form = form;
    sections[at].slots.push(Slot { name, first, end });
}
