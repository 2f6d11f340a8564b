//! A value of several lines being edited: free YAML, which is read at every key, or text.

use std::sync::Arc;

use super::meaning::{Meant, Told};
use super::stand::Stand;
use super::subject::Subject;
use crate::api::EntryRow;
use crate::console::widgets::Area;
use crate::model::field::{Field, Kind};
use crate::model::{Edit, Value};

/// The value.
#[derive(Debug, Clone)]
pub struct Prose {
    /// Tells it from others, for answers that come late.
    pub serial: u64,
    /// Whom it is about.
    pub subject: Subject,
    /// Dotted key of the field.
    pub key: Arc<str>,
    /// Its row in the field table.
    pub field: &'static Field,
    /// The revision that was looked at.
    pub base: u64,
    /// What the only entry says itself.
    pub stand: Stand,
    /// What is typed.
    pub area: Area,
    /// The text that was there before anything was typed.
    before: String,
    /// Whether it stands in the file with comments, which are no part of its value.
    comments: bool,
    /// Esc was pressed once over unsaved lines.
    pub leaving: bool,
}

/// What is wrong with a text, and on which line and in which column, from 1, if that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What.
    pub what: String,
    /// Where.
    pub at: Option<(usize, usize)>,
}

impl Prose {
    /// Of a field of which nothing is known yet.
    #[must_use]
    pub fn new(
        serial: u64,
        subject: Subject,
        key: Arc<str>,
        field: &'static Field,
        base: u64,
    ) -> Self {
        let stand = if subject.only().is_some() {
            Stand::Asked
        } else {
            Stand::One(None)
        };
        Self {
            serial,
            subject,
            key,
            field,
            base,
            stand,
            area: Area::default(),
            before: String::new(),
            comments: false,
            leaving: false,
        }
    }

    /// What the only entry says has come.
    pub fn entry_came(&mut self, entry: Option<&EntryRow>) {
        let values = entry
            .map(|entry| entry.values.as_slice())
            .unwrap_or_default();
        let own = values.iter().find(|(key, _)| *key == self.key);
        let own = own.map(|(_, value)| value.clone());
        if let Some(value) = &own
            && !self.touched()
        {
            self.before = value.to_string();
            self.area = Area::new(&self.before);
        }
        let name = self.key.rsplit('.').next().unwrap_or_default();
        self.comments = self.field.kind == Kind::Yaml
            && entry.is_some_and(|entry| commented(&entry.text, name.trim_matches('"')));
        self.stand = Stand::One(own);
    }

    /// Takes a text from elsewhere, as an editor.
    pub fn take(&mut self, text: &str) {
        self.area = Area::new(text.trim_end());
    }

    /// Whether it differs from what it began with.
    #[must_use]
    pub fn touched(&self) -> bool {
        self.area.text().trim_end() != self.before.trim_end()
    }

    /// The value that is typed; none when nothing is.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn value(&self) -> Result<Option<Value>, Wrong> {
        let text = self.area.text();
        let text = text.trim_end();
        if text.is_empty() {
            return Ok(None);
        }
        if self.field.kind != Kind::Yaml {
            let good = self
                .field
                .kind
                .check(text)
                .map_err(|what| Wrong { what, at: None });
            return good.map(|()| Some(Value::Text(text.into())));
        }
        let read = serde_yaml::from_str::<serde_yaml::Value>(text);
        // What is missing at the end is missing behind the last letter.
        let last = text.lines().count();
        let end = text.lines().last().map_or(0, |line| line.chars().count());
        read.map(|value| Some(Value::Yaml(Box::new(value))))
            .map_err(|error| {
                let at = error.location().map(|at| match at.line() {
                    line if line > last => (last, end + 1),
                    line => (line, at.column()),
                });
                let what = error.to_string();
                // The place is told apart.
                let what = what.split(" at line ").next().unwrap_or(&what).to_owned();
                Wrong { what, at }
            })
    }

    /// What is to be said of what is typed, at every key.
    #[must_use]
    pub fn told(&self) -> Told {
        match (&self.stand, self.value()) {
            (Stand::Refused(why), _) => Told::Wrong(why.to_string()),
            (Stand::Asked, _) => Told::Plain("asking what it says now …".into()),
            (_, Err(Wrong { what, at: Some((line, column)) })) => {
                Told::Wrong(format!("line {line}, column {column}: {what}"))
            }
            (_, Err(Wrong { what, at: None })) => Told::Wrong(what),
            (_, Ok(None)) => Told::Plain("empty: no value of its own".into()),
            (_, Ok(_)) if self.comments && self.touched() => Told::Doubt(
                "its comments in the file go, since they are no part of the value: E on the entry keeps them".into(),
            ),
            (_, Ok(Some(Value::Yaml(value)))) => Told::Plain(format!("good YAML: {}", shape(&value))),
            (_, Ok(_)) => Told::Plain(self.field.kind.word()),
        }
    }

    /// What it would change.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn meant(&self) -> Result<Meant, String> {
        match &self.stand {
            Stand::Refused(why) => return Err(why.to_string()),
            Stand::Asked => return Err("wait: what it says now has not come yet".into()),
            _ => {}
        }
        let value = self.value().map_err(|wrong| match wrong.at {
            Some((line, column)) => format!("line {line}, column {column}: {}", wrong.what),
            None => wrong.what,
        })?;
        if !self.touched() {
            return Ok(Meant::Nothing("nothing was changed"));
        }
        let places = self.subject.places();
        let edit = |place| match &value {
            Some(value) => Edit::Set {
                place,
                key: self.key.clone(),
                value: value.clone(),
            },
            None => Edit::Unset {
                place,
                key: self.key.clone(),
            },
        };
        Ok(Meant::Edits(places.map(edit).collect()))
    }
}

/// What a value is, in words.
fn shape(value: &serde_yaml::Value) -> String {
    let counted = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    match value {
        serde_yaml::Value::Mapping(map) => {
            format!("a map of {}", counted(map.len(), "key", "keys"))
        }
        serde_yaml::Value::Sequence(items) => {
            format!("a list of {}", counted(items.len(), "item", "items"))
        }
        serde_yaml::Value::String(_) => "a text".into(),
        serde_yaml::Value::Number(_) => "a number".into(),
        serde_yaml::Value::Bool(_) => "true or false".into(),
        serde_yaml::Value::Null => "nothing".into(),
        serde_yaml::Value::Tagged(_) => "a tagged value".into(),
    }
}

/// Whether the lines under a resource's name have comments, in the text of its entry.
fn commented(text: &str, name: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = |line: &&str| {
        let key = line.trim_start().trim_matches(['"', '\'']);
        key.strip_prefix(name)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':'))
    };
    let mut lines = text
        .lines()
        .skip_while(|line| line.trim_end() != "resources:")
        .skip(1);
    let Some(first) = lines.find(own) else {
        return false;
    };
    let under = lines.take_while(|line| line.trim().is_empty() || indent(line) > indent(first));
    first.contains(" #")
        || under
            .into_iter()
            .any(|line| line.trim_start().starts_with('#') || line.contains(" #"))
}
