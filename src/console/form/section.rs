//! A whole section of an entry being edited: its name, and every field that it can have.

use std::sync::Arc;

use super::branch::Branch;
use super::known::Known;
use super::meaning::Meant;
use super::subject::Subject;
use crate::api::{EntryRow, FieldRow, Mirror, SettingRow};
use crate::console::widgets::Input;
use crate::model::field::{self, Field};
use crate::model::{Edit, Key, Place, Table, Value};

/// One field of the section.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its row in the field table.
    pub field: &'static Field,
    /// Names further in, as of a device's tag.
    pub rest: Vec<Arc<str>>,
    /// What is typed.
    pub input: Input,
    /// What the entry says itself; empty when it says nothing.
    before: String,
    /// What holds without an own value, and the layer that gives it.
    pub below: Option<(Arc<str>, Arc<str>)>,
}

impl Slot {
    /// What it is called inside of the section.
    #[must_use]
    pub fn word(&self) -> String {
        let last = self.field.id.rsplit('.').next().unwrap_or_default();
        match self.rest.as_slice() {
            [] => last.to_owned(),
            rest => format!("{last}.{}", rest.join(".")),
        }
    }

    /// The value that is typed; none when nothing is.
    fn value(&self) -> Option<Value> {
        let text = self.input.text().trim();
        (!text.is_empty()).then(|| {
            if self.field.kind.is_list() {
                Value::List(text.split_whitespace().map(Into::into).collect())
            } else {
                Value::Text(text.into())
            }
        })
    }

    /// Whether what is typed can stand there.
    ///
    /// # Errors
    /// Why not, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        let words: Vec<&str> = if self.field.kind.is_list() {
            self.input.text().split_whitespace().collect()
        } else {
            vec![self.input.text().trim()]
        };
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            self.field
                .kind
                .check(word)
                .map_err(|why| format!("`{word}` {why}"))?;
        }
        Ok(())
    }
}

/// The section.
#[derive(Debug, Clone)]
pub struct Section {
    /// Tells it from others, for answers that come late.
    pub serial: u64,
    /// Whose section; one entry.
    pub subject: Subject,
    /// The revision that was looked at.
    pub base: u64,
    /// Which kind, and within which.
    pub branch: Branch,
    /// Its name so far; none when it is new.
    pub was: Option<Arc<str>>,
    /// Its name.
    pub name: Input,
    /// Its fields.
    pub slots: Vec<Slot>,
    /// The row of the cursor: 0 is the name.
    pub at: usize,
    /// What Tab can put there.
    pub offers: Vec<String>,
    /// What the entry says has come.
    pub heard: bool,
    /// Every own value of the entry.
    own: Vec<(Key, Value)>,
}

impl Section {
    /// Of an entry of which nothing is known yet; `first` is the field to begin at.
    #[must_use]
    pub fn new(
        serial: u64,
        subject: Subject,
        branch: Branch,
        was: Option<Arc<str>>,
        base: u64,
    ) -> Self {
        let slot = |field| Slot {
            field,
            rest: Vec::new(),
            input: Input::default(),
            before: String::new(),
            below: None,
        };
        let slots: Vec<Slot> = branch.fields().map(slot).collect();
        Self {
            serial,
            subject,
            base,
            name: Input::new(was.as_deref().unwrap_or_default()),
            at: usize::from(was.is_some()),
            branch,
            was,
            slots,
            offers: Vec::new(),
            heard: false,
            own: Vec::new(),
        }
    }

    /// What it is about.
    #[must_use]
    pub fn title(&self) -> String {
        let (word, whom) = (self.branch.word(), self.subject.text());
        let inside = match self.branch.within.last() {
            Some(outer) => format!(" of {outer}"),
            None => String::new(),
        };
        match &self.was {
            Some(name) => format!("{word} {name}{inside} of {whom}"),
            None => format!("new {word}{inside} of {whom}"),
        }
    }

    /// Puts the cursor on a field of it.
    pub fn seek(&mut self, key: &Key) {
        let at = self
            .slots
            .iter()
            .position(|slot| slot.field.id == key.field);
        self.at = at.map_or(self.at, |at| at + 1);
    }

    /// What the entry says itself has come.
    pub fn entry_came(&mut self, entry: Option<&EntryRow>) {
        let values = entry
            .map(|entry| entry.values.as_slice())
            .unwrap_or_default();
        let table = self.subject.table;
        let read = |(key, value): &(Arc<str>, Value)| {
            Some((Key::parse_in(table, key).ok()?, value.clone()))
        };
        self.own = values.iter().filter_map(read).collect();
        self.heard = true;
        let Some(name) = self.was.clone() else { return };
        for (key, value) in &self.own {
            let Some(rest) = self.branch.holds(key, &name) else {
                continue;
            };
            let text = value.to_string();
            let known = self
                .slots
                .iter()
                .position(|slot| slot.field.id == key.field && slot.rest == rest);
            // Partitions of a disk are sections of their own.
            let tag = key.field.ends_with("tags");
            let (Some(field), true) = (field::of(table, key.field), known.is_some() || tag) else {
                continue;
            };
            let at = known.unwrap_or_else(|| {
                self.slots.push(Slot {
                    field,
                    rest: rest.to_vec(),
                    input: Input::default(),
                    before: String::new(),
                    below: None,
                });
                self.slots.len() - 1
            });
            let slot = &mut self.slots[at];
            slot.input = Input::new(&*text);
            slot.before = text;
        }
    }

    /// What layers below give has come.
    pub fn resolved(&mut self, rows: &[FieldRow]) {
        let Some(name) = self.was.clone() else { return };
        for slot in &mut self.slots {
            let key = self.branch.key(slot.field, &name, &slot.rest).to_string();
            let row = rows.iter().find(|row| *row.key == *key);
            slot.below = row.and_then(|row| match &*row.source {
                "node" => row.shadows.first().cloned(),
                source => Some((source.into(), row.value.clone())),
            });
        }
    }

    /// What the settings are without being set.
    pub fn defaults(&mut self, rows: &[SettingRow]) {
        let Some(name) = self.was.clone() else { return };
        for slot in &mut self.slots {
            let key = self.branch.key(slot.field, &name, &slot.rest).to_string();
            let row = rows
                .iter()
                .find(|row| *row.key == *key && !row.default.is_empty());
            slot.below = row.map(|row| ("the default".into(), row.default.clone()));
        }
    }

    /// The line that keys go to.
    pub fn input(&mut self) -> &mut Input {
        match self.at.checked_sub(1) {
            Some(at) if at < self.slots.len() => &mut self.slots[at].input,
            _ => &mut self.name,
        }
    }

    /// The field under the cursor.
    #[must_use]
    pub fn slot(&self) -> Option<&Slot> {
        self.slots.get(self.at.checked_sub(1)?)
    }

    /// Moves among the rows.
    pub fn step(&mut self, by: isize) {
        self.at = self.at.saturating_add_signed(by).min(self.slots.len());
    }

    /// Finds anew what Tab can put there.
    pub fn offer(&mut self, known: &Known, mirror: &Mirror) {
        let name: Arc<str> = self.name.text().trim().into();
        self.offers = match self.slot() {
            Some(slot) => {
                let key = self.branch.key(slot.field, &name, &slot.rest).to_string();
                let typed = slot.input.text();
                let all = known.values(slot.field, &key, mirror).into_iter();
                all.filter(|value| value.starts_with(typed) && value != typed)
                    .collect()
            }
            None => Vec::new(),
        };
    }

    /// Tab: the first offer; without one the next row.
    pub fn complete(&mut self) {
        match self.offers.first().cloned() {
            Some(offer) => *self.input() = Input::new(offer),
            None => self.at = (self.at + 1) % (self.slots.len() + 1),
        }
    }

    /// What is wrong with the row under the cursor, or, with `all`, with any of them.
    ///
    /// # Errors
    /// That, as a sentence.
    pub fn check(&self, all: bool) -> Result<(), String> {
        let rows = 0..=self.slots.len();
        for at in rows.filter(|at| all || *at == self.at) {
            match at.checked_sub(1).and_then(|at| self.slots.get(at)) {
                Some(slot) => slot
                    .check()
                    .map_err(|why| format!("{}: {why}", slot.word()))?,
                None => self.check_name()?,
            }
        }
        Ok(())
    }

    fn check_name(&self) -> Result<(), String> {
        let name = self.name.text().trim();
        if name.is_empty() {
            return Err(format!("name the {}", self.branch.word()));
        }
        if let Some(why) = field::bad_text(name) {
            return Err(format!("`{name}` {why}"));
        }
        if self.was.as_deref() == Some(name) {
            return Ok(());
        }
        if self
            .own
            .iter()
            .any(|(key, _)| self.branch.holds(key, name).is_some())
        {
            return Err(format!("there is a {} {name} already", self.branch.word()));
        }
        if self.was.is_some() && self.held().is_empty() {
            return Err(
                "it does not stand here itself: it can only be renamed where it does".into(),
            );
        }
        Ok(())
    }

    /// The own values of the section, with what stands further in.
    fn held(&self) -> Vec<(&Key, &Value)> {
        let Some(was) = &self.was else {
            return Vec::new();
        };
        let own = self
            .own
            .iter()
            .filter(|(key, _)| self.branch.holds(key, was).is_some());
        own.map(|(key, value)| (key, value)).collect()
    }

    /// What it would change.
    ///
    /// # Errors
    /// Why what is typed cannot stand there.
    pub fn meant(&self) -> Result<Meant, String> {
        if !self.heard {
            return Err("wait: what it says now has not come yet".into());
        }
        self.check(true)?;
        let name: Arc<str> = self.name.text().trim().into();
        let Some(place) = self.subject.places().next() else {
            return Ok(Meant::Nothing("there is nobody"));
        };
        let anew = self.was.as_ref() != Some(&name);
        let mut edits = Vec::new();
        if let Some(was) = self.was.as_ref().filter(|_| anew) {
            edits.extend(self.moved(&place, was, &name));
        }
        for slot in &self.slots {
            let key: Arc<str> = self
                .branch
                .key(slot.field, &name, &slot.rest)
                .to_string()
                .into();
            let place = place.clone();
            match slot.value() {
                _ if slot.input.text().trim() == slot.before => {}
                Some(value) => edits.push(Edit::Set { place, key, value }),
                None => edits.push(Edit::Unset { place, key }),
            }
        }
        if edits.is_empty() && self.was.is_none() {
            return Err(format!(
                "say at least one thing of the {}",
                self.branch.word()
            ));
        }
        Ok(if edits.is_empty() {
            Meant::Nothing("nothing was changed")
        } else {
            Meant::Edits(edits)
        })
    }

    /// The edits that give it another name: the old one goes, and everything that it said is said under the new one.
    fn moved(&self, place: &Place, was: &Arc<str>, name: &Arc<str>) -> Vec<Edit> {
        let mut edits = Vec::new();
        if self.subject.table == Table::Settings
            && let Some(text) = self.branch.text(was)
        {
            // There it has a name of its own, with all that stands around it.
            let place = Place {
                table: Table::Settings,
                name: text.into(),
            };
            let to = name.clone();
            return vec![Edit::Rename { place, to }];
        }
        if let Some(text) = self.branch.text(was) {
            let (place, key) = (place.clone(), text.into());
            edits.push(Edit::Drop { place, key });
        }
        let depth = self.branch.within.len();
        for (key, value) in self.held() {
            let mut key = key.clone();
            key.names[depth] = name.clone();
            edits.push(Edit::Set {
                place: place.clone(),
                key: key.to_string().into(),
                value: value.clone(),
            });
        }
        edits
    }
}
