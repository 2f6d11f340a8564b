//! What is typed in a form: whether it can stand there, and what it would change.

use std::collections::HashMap;
use std::sync::Arc;

use super::field::Form;
use super::items::Row;
use super::known::Known;
use super::stand::Stand;
use crate::api::Mirror;
use crate::model::{Edit, Value};

/// What the field being edited would change.
#[derive(Debug, Clone, PartialEq)]
pub enum Meant {
    /// Nothing; why.
    Nothing(&'static str),
    /// This.
    Edits(Vec<Edit>),
}

/// What is told of what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It cannot stand there.
    Wrong(String),
    /// It can, but.
    Doubt(String),
    /// What it means.
    Plain(String),
}

impl Form {
    /// What is to be said of what is typed, at every key.
    #[must_use]
    pub fn told(&self, known: &Known, mirror: &Mirror) -> Told {
        if let Stand::Refused(why) = &self.stand {
            return Told::Wrong(why.to_string());
        }
        if self.inherit {
            return Told::Plain(match self.below.first() {
                Some((_, value)) if self.given.is_some() => format!("back to the default: {value}"),
                Some((layer, value)) => format!("inherits again: {value}, from {layer}"),
                None => "its own value goes".into(),
            });
        }
        if let Err(wrong) = self.check() {
            return Told::Wrong(wrong);
        }
        let words: Vec<Arc<str>> = if self.field.kind.is_list() {
            self.words()
        } else {
            vec![self.text().into()]
        };
        let doubts = words.iter().filter(|word| !word.is_empty());
        let doubt = doubts
            .filter_map(|word| known.stranger(self.field, word.trim_start_matches('+'), mirror))
            .next();
        match doubt {
            Some(doubt) => Told::Doubt(doubt),
            None if self.doubled().is_some() => {
                let item = self.doubled().unwrap_or_default();
                Told::Doubt(format!(
                    "{item} is inherited already: it would stand there twice"
                ))
            }
            None if !self.field.acted_on => Told::Doubt("kept, but not acted on yet".into()),
            None => Told::Plain(self.meaning()),
        }
    }

    /// An item being typed that a layer below gives as well.
    fn doubled(&self) -> Option<Arc<str>> {
        if !self.is_list() {
            return None;
        }
        let below = |word: &Arc<str>| {
            let mut locked = self.items.locked.iter();
            locked.any(|(_, item)| item == word && !self.items.is_out(item))
        };
        self.words().into_iter().find(below)
    }

    fn meaning(&self) -> String {
        if matches!(self.stand, Stand::Asked) {
            return "asking what it says now …".into();
        }
        if self.is_list() {
            return match self.row {
                Row::Locked(at) if self.items.leaves_out => {
                    let layer = self.items.locked.get(at).map_or("", |(layer, _)| layer);
                    format!("inherited from {layer}: ctrl-x leaves it out here")
                }
                Row::Locked(at) => {
                    let layer = self.items.locked.get(at).map_or("", |(layer, _)| layer);
                    format!("inherited from {layer}: it can only be changed there")
                }
                _ => self.field.kind.word(),
            };
        }
        if self.text().is_empty() && self.subject.only().is_some() && !self.field.secret {
            return match self.below.first() {
                Some((_, value)) if self.given.is_some() => {
                    format!("empty goes back to the default: {value}")
                }
                Some((layer, value)) => format!("empty inherits: {value}, from {layer}"),
                None => format!("empty: no value of its own · {}", self.field.kind.word()),
            };
        }
        if !self.touched
            && matches!(self.stand, Stand::One(None))
            && let Some((layer, _)) = self.below.first()
        {
            return match self.given {
                Some(_) => format!("this is the default · {}", self.field.kind.word()),
                None => format!("inherited from {layer}; what is typed holds only here"),
            };
        }
        if self.field.kind.is_list() {
            return "words replace each own list; +x adds x to it, -x takes x out of it".into();
        }
        self.field.kind.word()
    }

    /// Whether what is typed can stand there.
    ///
    /// # Errors
    /// Why not, as a sentence.
    fn check(&self) -> Result<(), String> {
        let kind = self.field.kind;
        let wrong = |text: &str, why: String| format!("`{text}` {why}");
        if !kind.is_list() {
            let text = self.text();
            if text.is_empty() {
                return Ok(());
            }
            return kind.check(text).map_err(|why| wrong(text, why));
        }
        for word in self.words() {
            let plain = if self.subject.only().is_none() && self.is_relative() {
                word.get(1..).unwrap_or_default()
            } else {
                &word
            };
            kind.check(plain.trim_start_matches('~'))
                .map_err(|why| wrong(&word, why))?;
        }
        Ok(())
    }

    /// Whether words are added to and taken from each list, instead of replacing it.
    fn is_relative(&self) -> bool {
        let words = self.words();
        !words.is_empty()
            && words
                .iter()
                .all(|word| word.starts_with(['+', '-']) && word.len() > 1)
    }

    /// What it would change.
    ///
    /// # Errors
    /// Why what is typed cannot stand there.
    pub fn meant(&mut self) -> Result<Meant, String> {
        if let Stand::Refused(why) = &self.stand {
            return Err(why.to_string());
        }
        self.check()?;
        if self.is_list() {
            if matches!(self.stand, Stand::Asked) {
                return Err("wait: what it says now has not come yet".into());
            }
            self.settle();
            self.load();
            return Ok(self.list_meant());
        }
        if self.inherit {
            return Ok(match &self.stand {
                Stand::One(None) => Meant::Nothing("it inherits already"),
                _ => Meant::Edits(self.unset()),
            });
        }
        if !self.touched || self.text() == self.before {
            return Ok(Meant::Nothing("nothing was changed"));
        }
        if self.field.kind.is_list() {
            return self.lists_meant();
        }
        let text = self.text();
        if text.is_empty() {
            // What is masked, or differs, is not thrown away by an empty line.
            let known = self.subject.only().is_some() && !self.field.secret;
            return Ok(match &self.stand {
                _ if !known => {
                    Meant::Nothing("an empty line changes nothing here: ctrl-x inherits again")
                }
                Stand::One(None) => Meant::Nothing("it inherits already"),
                _ => Meant::Edits(self.unset()),
            });
        }
        let value = Value::Text(text.into());
        Ok(Meant::Edits(self.set(&value)))
    }

    fn list_meant(&self) -> Meant {
        let before = match &self.stand {
            Stand::One(Some(Value::List(items))) => items.clone(),
            Stand::One(Some(Value::Text(text))) => vec![text.clone()],
            _ => Vec::new(),
        };
        if self.items.own == before {
            Meant::Nothing("nothing was changed")
        } else if self.items.own.is_empty() {
            Meant::Edits(self.unset())
        } else {
            Meant::Edits(self.set(&Value::List(self.items.own.clone())))
        }
    }

    /// The lists of several entries: replaced, or each changed by itself.
    fn lists_meant(&self) -> Result<Meant, String> {
        let words = self.words();
        if words.is_empty() {
            return Ok(Meant::Nothing(
                "an empty line changes nothing here: ctrl-x inherits again",
            ));
        }
        if !self.is_relative() {
            return Ok(Meant::Edits(self.set(&Value::List(words))));
        }
        let Stand::Many { groups, cut } = &self.stand else {
            return Err("wait: what they say now has not come yet".into());
        };
        if *cut || !self.blank_parts() {
            return Err("there are too many different lists to change each by itself".into());
        }
        let mut lists: HashMap<String, Vec<Arc<str>>> = HashMap::new();
        for group in groups {
            let items: Vec<Arc<str>> = group.value.split_whitespace().map(Into::into).collect();
            let names = Stand::members(group).into_iter();
            lists.extend(names.map(|name| (name, items.clone())));
        }
        let mut edits = Vec::new();
        for place in self.subject.places() {
            let before = lists.remove(&*place.name).unwrap_or_default();
            let mut after = before.clone();
            for word in &words {
                let (sign, item) = word.split_at(1);
                if sign == "-" {
                    after.retain(|own| **own != *item);
                } else if !after.iter().any(|own| **own == *item) {
                    after.push(item.into());
                }
            }
            if after != before {
                let key = self.key.clone();
                let value = Value::List(after);
                edits.push(Edit::Set { place, key, value });
            }
        }
        Ok(if edits.is_empty() {
            Meant::Nothing("each of them says so already")
        } else {
            Meant::Edits(edits)
        })
    }

    fn set(&self, value: &Value) -> Vec<Edit> {
        let edit = |place| Edit::Set {
            place,
            key: self.key.clone(),
            value: value.clone(),
        };
        self.subject.places().map(edit).collect()
    }

    /// The edits that take the own value away.
    #[must_use]
    pub fn unset(&self) -> Vec<Edit> {
        let edit = |place| Edit::Unset {
            place,
            key: self.key.clone(),
        };
        self.subject.places().map(edit).collect()
    }
}
