//! An entry in the person's editor: its text goes out, comes back, and is shown as a difference before it is written.

use std::sync::Arc;

use super::{App, Effect, Place, Sent};
use crate::api::{Command, EntryRow};
use crate::console::form::{Guard, What};
use crate::console::layer::{Answer, Layer};
use crate::console::look::Role;
use crate::model::{Edit, Place as Entry, Table};

/// An entry that is edited as text.
#[derive(Debug)]
pub(super) struct Draft {
    place: Entry,
    /// The revision that was looked at.
    base: u64,
    /// The line of the file on which the entry begins.
    line: u32,
    /// Its text before.
    before: Arc<str>,
}

impl App {
    /// `E`: asks for the text of the entry under the cursor; over a difference that came from there, back to that text.
    pub(super) fn edit_text(&mut self) -> Vec<Effect> {
        if matches!(self.layers.last(), Some(Layer::Diff(_))) {
            return self.edit_again();
        }
        if self.place == Place::Overlays {
            return self.write_here(true);
        }
        let Some(place) = self.one() else {
            return Vec::new();
        };
        let ask = Command::Entries {
            table: place.table,
            // The settings are one whole.
            names: (place.table != Table::Settings).then(|| place.name.clone()),
            // Written back masked they would be lost.
            secrets: true,
        };
        self.send(ask, Sent::Text(place))
    }

    /// The text has come.
    pub(super) fn text_came(&mut self, place: &Entry, rows: &[EntryRow]) -> Vec<Effect> {
        let one = |row: &&EntryRow| place.table == Table::Settings || row.name == place.name;
        let Some(row) = rows.iter().find(one) else {
            self.say(format!("{place} is not in the file"), Role::Failed);
            return Vec::new();
        };
        // Of the settings the editor begins at the one under the cursor.
        let here = self.settings.here(&self.world()).and_then(|row| row.line);
        let line = here.filter(|_| place.table == Table::Settings).unwrap_or(1);
        self.draft = Some(Draft {
            place: place.clone(),
            base: self.mirror.head.revision,
            line: row.line,
            before: row.text.clone(),
        });
        vec![Effect::Editor {
            name: "entry.yaml".into(),
            text: row.text.as_bytes().to_vec(),
            line,
        }]
    }

    /// The text that is proposed, when the difference on top came from the editor.
    fn proposed(&self) -> Option<(&Arc<str>, u32)> {
        let Some(Layer::Diff(pane)) = self.layers.last() else {
            return None;
        };
        let What::Edits(edits) = &pane.proposal.what else {
            return None;
        };
        let draft = self.draft.as_ref()?;
        let [Edit::Write { place, text }] = edits.as_slice() else {
            return None;
        };
        let fault = match &pane.answer {
            Answer::Faulty(faults) => faults.iter().find_map(|fault| fault.spot.as_ref()),
            Answer::Comes(outcome) => outcome
                .warnings
                .iter()
                .find_map(|fault| fault.spot.as_ref()),
            _ => None,
        };
        // The text begins on the line after that of the entry's name.
        let line = fault.map_or(1, |spot| spot.line.saturating_sub(draft.line).max(1));
        (*place == draft.place).then_some((text, line))
    }

    /// Why the text of the difference on top cannot be edited again; none if it can.
    pub(super) fn no_draft(&self) -> Option<String> {
        match self.layers.last() {
            Some(Layer::Diff(pane)) if pane.applying => Some("it is being done".into()),
            Some(Layer::Diff(_)) if self.writes_below() => None,
            Some(Layer::Diff(_)) if self.proposed().is_none() => {
                Some("this did not come from the editor: Esc goes back".into())
            }
            _ => None,
        }
    }

    fn edit_again(&mut self) -> Vec<Effect> {
        if self.writes_below() {
            self.layers.pop();
            return self.write_outside();
        }
        let Some((text, line)) = self.proposed() else {
            return Vec::new();
        };
        let text = text.as_bytes().to_vec();
        self.layers.pop();
        vec![Effect::Editor {
            name: "entry.yaml".into(),
            text,
            line,
        }]
    }

    /// The editor has ended.
    pub(super) fn edited(&mut self, result: Result<Vec<u8>, String>) -> Vec<Effect> {
        if self.writing().is_some() {
            return self.written_outside(result);
        }
        let read = |bytes| String::from_utf8(bytes).map_err(|_| "the text is not UTF-8".to_owned());
        let result = result.and_then(read);
        if self.draft.is_none() && self.prose_edited(&result) {
            return Vec::new();
        }
        let Some(draft) = &self.draft else {
            return Vec::new();
        };
        match result {
            Err(why) => {
                self.say(format!("✗ {why}"), Role::Failed);
                Vec::new()
            }
            Ok(text) if text.trim_end() == draft.before.trim_end() => {
                self.say("nothing was changed", Role::Dim);
                Vec::new()
            }
            Ok(text) => {
                let (place, base) = (draft.place.clone(), draft.base);
                let title = format!("save {place}");
                let text = text.into();
                let edit = Edit::Write { place, text };
                self.propose(What::Edits(vec![edit]), title, Guard::Enter, Some(base))
            }
        }
    }
}
