//! The entries that a change is about, laid out and edited one edit after the other.

use std::collections::HashMap;
use std::sync::Arc;

use super::lines::{self, Ruled};
use super::meant::{self, Meant};
use super::piece::Piece;
use super::shape::Uneditable;
use super::way;
use crate::model::field::Field;
use crate::model::{Branch, Edit, Fault, Key, Place, Table, Value};
use crate::registry::layout::{Form, Index, Layout, Slot};
use crate::registry::steps::{Whose, steps};

/// One entry that a change is about.
#[derive(Debug)]
pub(in crate::registry) struct Work {
    pub table: Table,
    /// Its name now.
    pub name: Arc<str>,
    /// Its name before; none for a new one.
    pub before: Option<Arc<str>>,
    /// Section and slot in which it stands; none for a new one.
    pub slot: Option<(usize, usize)>,
    /// Whose values those that are meant begin with: its own, or those of what it is a copy of.
    pub model: Option<Arc<str>>,
    /// What is to become of them.
    pub meant: Vec<Meant>,
    /// Its lines; none when it goes.
    pub(super) piece: Option<Piece>,
}

impl Work {
    /// Its new lines; none when it goes.
    pub(in crate::registry) fn text(&self) -> Option<&str> {
        self.piece.as_ref().map(|piece| piece.text.as_str())
    }
}

/// The desk: a text, where its entries stand, and the entries in work.
#[derive(Debug)]
pub(in crate::registry) struct Desk<'t> {
    pub(super) ruled: Ruled<'t>,
    pub(super) layout: &'t Layout,
    pub(super) index: Index,
    pub(super) works: Vec<Work>,
    places: HashMap<(Table, Arc<str>), usize>,
    keys: HashMap<(Table, Arc<str>), (Key, &'static Field)>,
    pub(super) newline: &'static str,
    pub(super) file: Arc<str>,
}

/// How many entries are looked at for how a section is indented.
const LOOK: usize = 100;

/// What cannot be copied: only one machine can have it.
const UNIQUE: [&str; 6] = [
    "asset_key",
    "ipmi.ipaddr",
    "net.hwaddr",
    "net.ipaddr",
    "net.ipaddr6",
    "discoverable",
];

impl<'t> Desk<'t> {
    /// A desk for changes to `text`, which is laid out like this.
    pub(in crate::registry) fn new(text: &'t str, layout: &'t Layout, file: &Arc<str>) -> Self {
        Self {
            ruled: Ruled::new(text),
            newline: lines::newline(text),
            index: layout.index(),
            layout,
            works: Vec::new(),
            places: HashMap::new(),
            keys: HashMap::new(),
            file: file.clone(),
        }
    }

    /// The entries in work.
    pub(in crate::registry) fn works(&self) -> &[Work] {
        &self.works
    }

    /// The lines that an entry had, and the line at which they begin, from 0; none of a new one.
    pub(in crate::registry) fn before(&self, work: &Work) -> Option<(&'t str, usize)> {
        let (section, slot) = work.slot?;
        let slot = &self.layout.sections[section].slots[slot];
        Some((self.lines_of(slot), slot.first))
    }

    /// Does one edit.
    ///
    /// # Errors
    /// What speaks against it, with its place where it has one.
    pub(in crate::registry) fn edit(&mut self, edit: &Edit) -> Result<(), Fault> {
        self.done(edit).map_err(|fault| {
            let about = fault.about.is_none().then(|| edit.place().to_string());
            Fault {
                about: fault.about.clone().or(about),
                ..fault
            }
        })
    }

    fn done(&mut self, edit: &Edit) -> Result<(), Fault> {
        match edit {
            Edit::Set { place, key, value } => {
                let (key, field) = self.key(place.table, key)?;
                let value = meant::value(&key, field, value)?;
                let at = self.open(place)?;
                match value {
                    Some(value) => self.set(at, key, field, value),
                    None => self.unset(at, key),
                }
            }
            Edit::Unset { place, key } => {
                let (key, _) = self.key(place.table, key)?;
                let at = self.open(place)?;
                self.unset(at, key)
            }
            Edit::Drop { place, key } => self.drop_branch(place, key),
            Edit::Add { place } => self.add(place).map(|_| ()),
            Edit::Remove { place } => {
                let at = self.open(place)?;
                self.places
                    .insert((place.table, place.name.clone()), usize::MAX);
                self.works[at].piece = None;
                Ok(())
            }
            Edit::Rename { place, to } => self.rename(place, to),
            Edit::Copy { place, to } => self.copy(place, to),
            Edit::Write { place, text } => {
                let at = if self.is_there(place) {
                    self.open(place)?
                } else {
                    self.add(place)?
                };
                self.works[at].meant.push(Meant::Anything);
                self.piece(at, |piece| piece.write(text))
            }
        }
    }

    fn key(&mut self, table: Table, text: &Arc<str>) -> Result<(Key, &'static Field), Fault> {
        let known = (table, text.clone());
        if let Some((key, field)) = self.keys.get(&known) {
            return Ok((key.clone(), field));
        }
        let found = meant::key(table, text)?;
        self.keys.insert(known, found.clone());
        Ok(found)
    }

    pub(super) fn is_there(&self, place: &Place) -> bool {
        let known = (place.table, place.name.clone());
        match self.places.get(&known) {
            Some(at) => *at != usize::MAX,
            None => self.index.contains_key(&known),
        }
    }

    /// Lays an entry out, if that was not done before.
    fn open(&mut self, place: &Place) -> Result<usize, Fault> {
        let known = (place.table, place.name.clone());
        match self.places.get(&known) {
            Some(&usize::MAX) => return Err(self.missing(place)),
            Some(&at) => return Ok(at),
            None => {}
        }
        let slots = self.index.get(&known).map_or(&[][..], Vec::as_slice);
        let (section, slot) = match slots {
            [] => return Err(self.missing(place)),
            [one] => *one,
            [first, ..] => {
                let line = self.layout.sections[first.0].slots[first.1].first;
                let fault = Fault::error("the name occurs twice").at(self.spot(line));
                return Err(fault.hint("rename or remove one of the two in the file"));
            }
        };
        let stands = &self.layout.sections[section];
        let lines = &stands.slots[slot];
        if stands.form == Form::Braces {
            let why = format!("`{}` is written in braces", place.table.section());
            return Err(self.uneditable(&Uneditable::new(why, stands.line)));
        }
        let text = self.lines_of(lines);
        self.works.push(Work {
            table: place.table,
            name: place.name.clone(),
            before: Some(place.name.clone()),
            slot: Some((section, slot)),
            model: Some(place.name.clone()),
            meant: Vec::new(),
            piece: Some(Piece::standing(text, self.newline)),
        });
        self.places.insert(known, self.works.len() - 1);
        Ok(self.works.len() - 1)
    }

    fn add(&mut self, place: &Place) -> Result<usize, Fault> {
        self.free(place)?;
        let column = self.columns(place.table)?;
        self.works.push(Work {
            table: place.table,
            name: place.name.clone(),
            before: None,
            slot: None,
            model: None,
            meant: Vec::new(),
            piece: Some(Piece::hollow(&place.name, column, self.newline)),
        });
        self.places
            .insert((place.table, place.name.clone()), self.works.len() - 1);
        Ok(self.works.len() - 1)
    }

    /// How far in a new entry is, and its keys further than that: as the others of its section.
    fn columns(&self, table: Table) -> Result<(usize, usize), Fault> {
        let mine = self
            .layout
            .sections
            .iter()
            .find(|section| section.table == table);
        let Some(section) = mine else {
            return Ok((2, 2));
        };
        match section.form {
            Form::Hollow => Ok((2, 2)),
            Form::Lines(column) => {
                let slots = section.slots.iter().take(LOOK);
                let mut steps = slots.filter_map(|slot| way::step(self.lines_of(slot)));
                Ok((column, steps.next().unwrap_or(2)))
            }
            Form::Braces => {
                let why = format!("`{}` is written in braces", table.section());
                Err(self.uneditable(&Uneditable::new(why, section.line)))
            }
        }
    }

    fn lines_of(&self, slot: &Slot) -> &'t str {
        &self.ruled.text[self.ruled.start(slot.first)..self.ruled.start(slot.end)]
    }

    fn rename(&mut self, place: &Place, to: &Arc<str>) -> Result<(), Fault> {
        let there = Place {
            table: place.table,
            name: to.clone(),
        };
        if *to == place.name {
            return self.open(place).map(|_| ());
        }
        let at = self.open(place)?;
        self.free(&there)?;
        self.piece(at, |piece| piece.rename(to))?;
        self.works[at].name = to.clone();
        self.places
            .insert((place.table, place.name.clone()), usize::MAX);
        self.places.insert((place.table, to.clone()), at);
        Ok(())
    }

    fn copy(&mut self, place: &Place, to: &Arc<str>) -> Result<(), Fault> {
        let there = Place {
            table: place.table,
            name: to.clone(),
        };
        let from = self.open(place)?;
        self.free(&there)?;
        let work = &self.works[from];
        let (piece, model, meant) = (work.piece.clone(), work.model.clone(), work.meant.clone());
        self.works.push(Work {
            table: place.table,
            name: to.clone(),
            before: None,
            slot: None,
            model,
            meant,
            piece,
        });
        let at = self.works.len() - 1;
        self.places.insert((place.table, to.clone()), at);
        self.piece(at, |piece| piece.rename(to))?;
        if place.table == Table::Nodes {
            for key in self.works[at]
                .piece
                .as_ref()
                .map(Piece::keys)
                .transpose()
                .map_err(|e| self.uneditable(&e))?
                .unwrap_or_default()
            {
                if UNIQUE.contains(&key.field) {
                    self.unset(at, key)?;
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, at: usize, key: Key, field: &Field, value: Value) -> Result<(), Fault> {
        let path = self.path(at, &key.path());
        self.piece(at, |piece| {
            piece.set(&path, (field, &value), steps(Whose::Node))
        })?;
        self.works[at].meant.push(Meant::Is(key, value));
        Ok(())
    }

    fn unset(&mut self, at: usize, key: Key) -> Result<(), Fault> {
        let path = self.path(at, &key.path());
        self.piece(at, |piece| piece.unset(&path).map(|_| ()))?;
        self.works[at].meant.push(Meant::Not(key));
        Ok(())
    }

    fn drop_branch(&mut self, place: &Place, text: &Arc<str>) -> Result<(), Fault> {
        let branch = Branch::parse(text).map_err(|error| Fault {
            hint: error.hint,
            ..Fault::error(error.what)
        })?;
        let at = self.open(place)?;
        let path = self.path(at, &branch.path);
        let mut found = false;
        self.piece(at, |piece| {
            found = piece.unset(&path)?;
            Ok(())
        })?;
        if !found {
            return Err(Fault::error(format!("it has no `{text}` of its own")));
        }
        self.works[at].meant.push(Meant::None(branch));
        Ok(())
    }

    fn path(&self, at: usize, below: &[Arc<str>]) -> Vec<Arc<str>> {
        std::iter::once(self.works[at].name.clone())
            .chain(below.iter().cloned())
            .collect()
    }

    /// Does something to the lines of an entry.
    fn piece(
        &mut self,
        at: usize,
        what: impl FnOnce(&mut Piece) -> Result<(), Uneditable>,
    ) -> Result<(), Fault> {
        let first = self.first_line(at);
        let Some(piece) = self.works[at].piece.as_mut() else {
            return Ok(());
        };
        what(piece).map_err(|uneditable| {
            let line = uneditable.line + first;
            self.uneditable(&Uneditable { line, ..uneditable })
        })
    }

    fn first_line(&self, at: usize) -> usize {
        let slot = self.works[at].slot;
        slot.map_or(0, |(section, slot)| {
            self.layout.sections[section].slots[slot].first
        })
    }
}
