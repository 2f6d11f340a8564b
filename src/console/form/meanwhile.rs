//! A field being edited that somebody else changes meanwhile: they are told, and see both values.

use std::sync::Arc;

use super::field::Form;
use super::stand::Stand;
use crate::api::EntryRow;
use crate::model::Value;
use crate::model::field::MASK;

impl Form {
    /// The entry has come again, since something was changed. Where nothing was typed yet, what it says now is taken over.
    pub fn again(&mut self, entry: Option<&EntryRow>, newest: u64) {
        let values = entry
            .map(|entry| entry.values.as_slice())
            .unwrap_or_default();
        let own = values.iter().find(|(key, _)| *key == self.key);
        let own = own.map(|(_, value)| value.clone());
        if self.stand == Stand::One(own.clone()) || !matches!(self.stand, Stand::One(_)) {
            return;
        }
        let now = self.told_value(own.as_ref());
        if self.touched || self.inherit {
            self.note = Some(format!(
                "somebody changed it while you type: it says {now} now"
            ));
            return;
        }
        self.note = Some(format!("somebody has just changed it: it says {now} now"));
        self.base = newest;
        self.items.own.clear();
        self.input = crate::console::widgets::Input::default();
        self.entry_came(entry);
        self.load_row();
    }

    /// Goes on with what was typed over what somebody else says now, `theirs`, as of the revision in force; `told` is who did it.
    pub fn over(&mut self, told: String, theirs: Option<Arc<str>>, newest: u64) {
        self.note = Some(told);
        self.base = newest;
        self.touched = true;
        // What is typed is a change of theirs now, even where it is what stood there before.
        self.before = String::new();
        if self.subject.only().is_some() {
            self.stand = Stand::One(theirs.map(Value::Text));
        }
    }

    fn told_value(&self, value: Option<&Value>) -> String {
        match value {
            Some(_) if self.field.secret => MASK.to_owned(),
            Some(value) => format!("`{value}`"),
            None => "nothing of its own".to_owned(),
        }
    }
}
