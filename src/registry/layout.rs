//! Where the entries stand in the text of `nodes.conf`: which lines are whose.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use super::edit::lines::{self, Ruled};
use super::pieces::Piece;
use super::tree::Mark;
use crate::model::Table;

/// The lines of one entry, from that of its name to the one behind its last; from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub name: Arc<str>,
    pub first: usize,
    pub end: usize,
}

/// How a section is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Entries on lines of their own, so far in.
    Lines(usize),
    /// Nothing is below its line, which may say `{}`.
    Hollow,
    /// In braces.
    Braces,
}

/// One section of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub table: Table,
    /// Line of its key.
    pub line: usize,
    pub form: Form,
    /// In the order of the file.
    pub slots: Vec<Slot>,
}

/// The sections of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub sections: Vec<Section>,
    /// Tells which text it is of.
    print: (usize, u64),
}

/// What was met while a text was read: the outermost keys, and the entries below those that are ours.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// Whose section it is (none for a stray one), its key, and where its value begins.
    pub tops: Vec<(Option<Table>, Mark, Mark)>,
    /// In which of `tops`, the name, and its place.
    pub entries: Vec<(usize, Arc<str>, Mark)>,
}

/// Sections and slots of every entry by table and name.
pub(super) type Index = HashMap<(Table, Arc<str>), Vec<(usize, usize)>>;

impl Layout {
    /// Of a text that was read as a whole.
    pub(super) fn of_whole(text: &str, met: &Met) -> Self {
        let ruled = Ruled::new(text);
        let at = |mark: &Mark| (mark.line as usize).saturating_sub(1);
        let mut sections = Vec::new();
        for (number, (table, key, value)) in met.tops.iter().enumerate() {
            let Some(table) = *table else { continue };
            let line = at(key);
            let limit = match met.tops.get(number + 1) {
                Some((_, next, _)) => at(next),
                None => ruled.document_end(line),
            };
            let (mut slots, column) = slots(&ruled, met, (number, limit));
            let braces = byte_at(&ruled, *value) == Some(b'{');
            let form = match column.filter(|_| !braces && at(value) > line) {
                Some(column) => Form::Lines(column),
                None if slots.is_empty() => Form::Hollow,
                None => Form::Braces,
            };
            if let Form::Lines(column) = form {
                for slot in &mut slots {
                    slot.end = ruled.trimmed(slot.first, slot.end, column);
                }
            }
            sections.push(Section {
                table,
                line,
                form,
                slots,
            });
        }
        Self {
            sections,
            print: print(text),
        }
    }

    /// Of a text that is broken somewhere and was cut into pieces.
    pub(super) fn of_pieces(text: &str, pieces: &[Piece<'_>]) -> Self {
        let ruled = Ruled::new(text);
        let mut sections: Vec<Section> = Vec::new();
        for table in [Table::Profiles, Table::Nodes] {
            let mine = pieces
                .iter()
                .filter(|piece| piece.section == table.section());
            let slot = |piece: &Piece<'_>| {
                let first = piece.skipped as usize;
                let end = first + piece.text.split_inclusive('\n').count();
                let column = lines::indent(piece.text);
                Slot {
                    name: piece.name.into(),
                    first,
                    end: ruled.trimmed(first, end, column),
                }
            };
            let slots: Vec<Slot> = mine.map(slot).collect();
            let Some(first) = slots.first().map(|slot| slot.first) else {
                continue;
            };
            let head = (0..first).rev().find(|line| {
                lines::indent(ruled.line(*line)) == 0 && lines::speaks(ruled.line(*line))
            });
            let column = lines::indent(ruled.line(first));
            sections.push(Section {
                table,
                line: head.unwrap_or(0),
                form: Form::Lines(column),
                slots,
            });
        }
        sections.sort_by_key(|section| section.line);
        Self {
            sections,
            print: print(text),
        }
    }

    /// Sections that were found otherwise, as those of `text`.
    pub(super) fn stamped(text: &str, sections: Vec<Section>) -> Self {
        Self {
            sections,
            print: print(text),
        }
    }

    /// Whether it is of this text.
    pub(super) fn is_of(&self, text: &str) -> bool {
        self.print == print(text)
    }

    /// Every entry by name; of names that occur twice the places of both.
    pub(super) fn index(&self) -> Index {
        let mut index = Index::new();
        for (number, section) in self.sections.iter().enumerate() {
            for (at, slot) in section.slots.iter().enumerate() {
                index
                    .entry((section.table, slot.name.clone()))
                    .or_default()
                    .push((number, at));
            }
        }
        index
    }
}

/// The entries of a section that ends before line `limit`, and how far in they are if they stand on lines of their own.
fn slots(
    ruled: &Ruled<'_>,
    met: &Met,
    (section, limit): (usize, usize),
) -> (Vec<Slot>, Option<usize>) {
    let mut slots: Vec<Slot> = Vec::new();
    let mut column = None;
    let first = met.entries.partition_point(|(of, ..)| *of < section);
    let own = met.entries[first..].iter();
    for (_, name, mark) in own.take_while(|(of, ..)| *of == section) {
        let first = (mark.line as usize).saturating_sub(1);
        let within = (mark.column as usize).saturating_sub(1);
        if let Some(before) = slots.last_mut() {
            before.end = first;
        }
        let alone = lines::indent(ruled.line(first)) == within;
        column = column.or(alone.then_some(within));
        slots.push(Slot {
            name: name.clone(),
            first,
            end: limit,
        });
    }
    (slots, column)
}

fn byte_at(ruled: &Ruled<'_>, mark: Mark) -> Option<u8> {
    let line = ruled.line((mark.line as usize).checked_sub(1)?);
    let (at, _) = line
        .char_indices()
        .nth((mark.column as usize).saturating_sub(1))?;
    line.as_bytes().get(at).copied()
}

fn print(text: &str) -> (usize, u64) {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    (text.len(), hasher.finish())
}
