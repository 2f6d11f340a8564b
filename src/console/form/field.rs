//! One field of one or several entries, being edited.

use std::sync::Arc;

use super::items::{Items, Row};
use super::known::Known;
use super::stand::Stand;
use super::subject::Subject;
use crate::api::{EntryRow, FieldRow, Mirror};
use crate::console::keys::Chord;
use crate::console::widgets::Input;
use crate::model::field::{self, Field, Kind};
use crate::model::{Key, Table, Value};

/// The form.
#[derive(Debug, Clone)]
pub struct Form {
    /// Tells it from other forms, for answers that come late.
    pub serial: u64,
    /// Whom it is about.
    pub subject: Subject,
    /// Dotted key of the field.
    pub key: Arc<str>,
    /// Its row in the field table.
    pub field: &'static Field,
    /// The revision that was looked at.
    pub base: u64,
    /// What the entries say themselves.
    pub stand: Stand,
    /// What holds without an own value: layer and value, nearest first. Of a list the items are in [`Form::items`].
    pub below: Vec<(Arc<str>, Arc<str>)>,
    /// The node's row of the field, once it has come.
    pub resolved: Option<FieldRow>,
    /// What holds without an own value, of a setting: its default.
    pub given: Option<Arc<str>>,
    /// The list, if it is one and there is one entry.
    pub items: Items,
    /// The row of the list that is typed in.
    pub row: Row,
    /// What is typed.
    pub input: Input,
    /// Whether the own value is to go.
    pub inherit: bool,
    /// The own value has several lines, so that it is no matter for one.
    pub many_lines: bool,
    /// What somebody else did to the same field meanwhile.
    pub note: Option<String>,
    /// What Tab can put there.
    pub offers: Vec<String>,
    /// The text that was there before anything was typed.
    pub(super) before: String,
    pub(super) touched: bool,
}

impl Form {
    /// Of a field, of which nothing is known yet.
    ///
    /// # Errors
    /// When the text is no key, or its values are not edited in a line.
    pub fn new(serial: u64, subject: Subject, key: &str, base: u64) -> Result<Self, String> {
        let parsed = Key::parse_in(subject.table, key).map_err(|error| error.to_string())?;
        let field = field::of(subject.table, parsed.field).ok_or("there is no such field")?;
        if subject.table == Table::Profiles && field.owner == field::Owner::Node {
            return Err(format!("{key} belongs to a node, not to a profile"));
        }
        Ok(Self {
            serial,
            subject,
            key: parsed.to_string().into(),
            field,
            base,
            stand: Stand::Asked,
            below: Vec::new(),
            resolved: None,
            given: None,
            items: Items::default(),
            row: Row::New,
            input: Input::default(),
            inherit: false,
            many_lines: false,
            note: None,
            offers: Vec::new(),
            before: String::new(),
            touched: false,
        })
    }

    /// Whether items are edited one by one.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.field.kind.is_list() && self.subject.only().is_some()
    }

    /// Whether a blank ends an item of the list.
    pub(super) const fn blank_parts(&self) -> bool {
        !matches!(self.field.kind, Kind::Routes)
    }

    /// What the only entry says has come.
    pub fn entry_came(&mut self, entry: Option<&EntryRow>) {
        let own = entry.and_then(|entry| {
            let found = entry.values.iter().find(|(key, _)| *key == self.key);
            found.map(|(_, value)| value.clone())
        });
        if let Some(Value::Text(text)) = &own
            && text.contains('\n')
        {
            self.many_lines = true;
            return;
        }
        match &own {
            Some(Value::List(items)) if !self.touched => self.items.own.clone_from(items),
            Some(Value::Text(text)) if self.is_list() && !self.touched => {
                self.items.own = vec![text.clone()];
            }
            Some(Value::Text(text)) if !self.field.secret => self.begin(&text.clone()),
            _ => {}
        }
        self.stand = Stand::One(own);
    }

    /// What several entries say has come.
    pub fn entries_came(&mut self, stand: Stand) {
        if let Some(text) = stand.shared(self.subject.names.len()).map(str::to_owned)
            && !self.field.secret
        {
            self.begin(&text);
        }
        self.stand = stand;
    }

    /// Finds anew what holds without an own value: of a node by the row of its detail, of a profile by the profiles below it.
    pub fn inherits(&mut self, known: &Known) {
        let layers = match (self.subject.table, self.subject.only()) {
            (_, None) => return,
            (Table::Settings, _) => self
                .given
                .iter()
                .map(|value| ("the default".into(), value.clone()))
                .collect(),
            (Table::Profiles, Some(name)) => self.layers_below(name, known),
            (Table::Nodes, Some(_)) => match &self.resolved {
                Some(row) => node_layers(row),
                None => return,
            },
        };
        if self.subject.table == Table::Settings && self.is_list() {
            // A list of the file takes the place of the default.
            self.below = layers;
            return;
        }
        if self.is_list() {
            self.items.leaves_out = LEAVES_OUT.contains(&self.field.id);
            let given = layers.iter().rev().flat_map(|(layer, _)| {
                let items = known.items(layer, &self.key).into_iter();
                items.map(move |item| (layer.clone(), item))
            });
            self.items.locked = given.filter(|(_, item)| !item.starts_with('~')).collect();
            return;
        }
        self.below = layers;
        if matches!(self.stand, Stand::One(None))
            && !self.field.secret
            && let Some((_, value)) = self.below.first().cloned()
        {
            self.begin(&value);
        }
    }

    /// What the profiles below a profile give, nearest first; profiles that say nothing of it are left out.
    fn layers_below(&self, name: &str, known: &Known) -> Vec<(Arc<str>, Arc<str>)> {
        if !self.field.inherited {
            return Vec::new();
        }
        let below = known.below(name).into_iter().rev();
        let given = below.filter_map(|layer| {
            let items = known.items(&layer, &self.key);
            (!items.is_empty()).then(|| (layer, items.join(" ").into()))
        });
        given.collect()
    }

    /// Puts the text in that editing begins with, unless somebody has begun already.
    fn begin(&mut self, text: &str) {
        if !self.touched && !self.inherit {
            self.input = Input::new(text);
            self.before = text.to_owned();
        }
    }

    /// A key of the line; whether it knew it.
    pub fn key(&mut self, chord: Chord) -> bool {
        if matches!(self.row, Row::Locked(_)) {
            return false;
        }
        let knew = self.input.key(chord);
        self.typed(knew);
        knew
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) {
        if !matches!(self.row, Row::Locked(_)) {
            self.input.insert(text);
            self.typed(true);
        }
    }

    fn typed(&mut self, changed: bool) {
        if changed && self.input.text() != self.before {
            self.touched = true;
            self.inherit = false;
        }
    }

    /// Moves among the rows of a list.
    pub fn step(&mut self, by: isize) {
        if !self.is_list() {
            return;
        }
        self.settle();
        let rows = self.items.rows();
        let at = rows.iter().position(|row| *row == self.row);
        let at = at.unwrap_or(rows.len() - 1).saturating_add_signed(by);
        self.row = rows[at.min(rows.len() - 1)];
        self.load();
    }

    /// Shows the row of the cursor of a list that has become another one.
    pub(super) fn load_row(&mut self) {
        if self.is_list() {
            self.row = Row::New;
            self.load();
        }
    }

    pub(super) fn load(&mut self) {
        let text = match self.row {
            Row::Own(at) => self.items.own.get(at).map_or("", AsRef::as_ref),
            _ => "",
        };
        self.input = Input::new(text);
    }

    /// Takes what was typed into the list.
    pub(super) fn settle(&mut self) {
        let words = self.words();
        match self.row {
            Row::Own(at) => self.items.put(at, words),
            Row::New => {
                self.items.add(words);
                self.input = Input::default();
            }
            Row::Locked(_) => {}
        }
        if !self.items.rows().contains(&self.row) {
            self.row = Row::New;
        }
    }

    /// Inherits again; in a list takes the item under the cursor out, or an inherited one in again.
    ///
    /// # Errors
    /// Why that cannot be.
    pub fn take_out(&mut self) -> Result<(), String> {
        if !self.is_list() {
            self.inherit = !self.inherit;
            self.touched = self.inherit;
            self.input = Input::new(if self.inherit { "" } else { &self.before });
            return Ok(());
        }
        match self.row {
            Row::Locked(at) if self.items.leaves_out => self.items.turn(at),
            Row::Locked(_) => {
                return Err("what a profile gives this list cannot be left out here".into());
            }
            Row::Own(at) => {
                self.items.put(at, Vec::new());
                self.row = Row::New;
            }
            // All of them at once.
            Row::New => self.items.own.clear(),
        }
        self.touched = true;
        self.load();
        Ok(())
    }

    /// Moves the own item under the cursor by one place.
    ///
    /// # Errors
    /// Why it cannot be moved.
    pub fn move_item(&mut self, by: isize) -> Result<(), &'static str> {
        self.settle();
        let Row::Own(at) = self.row else {
            return Err("only an item of its own can be moved: what is inherited comes first");
        };
        let to = self.items.moved(at, by).ok_or("it is at the end")?;
        self.row = Row::Own(to);
        self.touched = true;
        self.load();
        Ok(())
    }

    /// The words of what is typed, each an item.
    pub(super) fn words(&self) -> Vec<Arc<str>> {
        let text = self.input.text().trim();
        if self.blank_parts() {
            text.split_whitespace().map(Into::into).collect()
        } else if text.is_empty() {
            Vec::new()
        } else {
            vec![text.into()]
        }
    }

    /// The text of a single value, as it would be written.
    pub(super) fn text(&self) -> &str {
        match self.field.kind {
            Kind::Note | Kind::Text => self.input.text(),
            _ => self.input.text().trim(),
        }
    }

    /// What Tab completes: the word before the cursor, and what stands after it.
    fn word(&self) -> &str {
        let (before, after) = self.input.halves();
        if !after.is_empty() {
            return "";
        }
        if self.field.kind.is_list() && self.blank_parts() {
            let word = before.rsplit(' ').next().unwrap_or_default();
            return word.trim_start_matches(['~', '+']);
        }
        before
    }

    /// Finds anew what Tab can put there.
    pub fn offer(&mut self, known: &Known, mirror: &Mirror) {
        let word = self.word().to_owned();
        let begun = self.touched || self.input.text().is_empty();
        let all = known.values(self.field, &self.key, mirror);
        let fits = |value: &String| {
            // Before anything is typed everything is offered.
            !begun || (value.starts_with(&word) && *value != word)
        };
        self.offers = all.into_iter().filter(fits).collect();
        if self.is_list() {
            let there = |value: &String| {
                self.items.own.iter().any(|own| **own == **value)
                    || self.items.locked.iter().any(|(_, item)| **item == **value)
            };
            self.offers.retain(|value| !there(value));
        }
    }

    /// Tab: as far as all offers agree; the whole of the first if they agree on nothing more.
    pub fn complete(&mut self) {
        if matches!(self.row, Row::Locked(_)) {
            return;
        }
        let word = self.word().to_owned();
        let fitting: Vec<&String> = self
            .offers
            .iter()
            .filter(|offer| offer.starts_with(&word))
            .collect();
        let Some(first) = fitting.first() else { return };
        let shared = fitting.iter().fold(first.len(), |shared, other| {
            let same = first.chars().zip(other.chars()).take_while(|(a, b)| a == b);
            shared.min(same.map(|(a, _)| a.len_utf8()).sum())
        });
        let whole = if shared > word.len() {
            shared
        } else {
            first.len()
        };
        let more = first.get(word.len()..whole).unwrap_or_default().to_owned();
        self.input.insert(&more);
        self.typed(true);
    }
}

/// What a node's field has without the node's own value: layer and value, nearest first; of a list every layer, without values.
fn node_layers(row: &FieldRow) -> Vec<(Arc<str>, Arc<str>)> {
    let plain =
        |layer: &str| -> Arc<str> { layer.strip_prefix("profile ").unwrap_or(layer).into() };
    if row.source.contains(", ") {
        let layers = row.source.rsplit(", ").filter(|layer| *layer != "node");
        return layers.map(|layer| (plain(layer), "".into())).collect();
    }
    let here = (*row.source != *"node").then(|| (plain(&row.source), row.value.clone()));
    let shadows = row
        .shadows
        .iter()
        .map(|(layer, value)| (plain(layer), value.clone()));
    here.into_iter().chain(shadows).collect()
}

/// Lists in which `~x` leaves out what a layer below gives.
pub(super) const LEAVES_OUT: [&str; 3] = ["kernel.args", "system_overlay", "runtime_overlay"];
