//! What a profile comes to: its own values over those of the profiles below it. Nodes ask the engine for this; of profiles the
//! console holds the entries.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::field::LEAVES_OUT;
use super::known::Known;
use crate::model::field::{self, Field};
use crate::model::{Key, Value};

/// One field of a profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// Dotted key.
    pub key: Arc<str>,
    /// Its row in the field table.
    pub field: &'static Field,
    /// The value in force, as text.
    pub value: String,
    /// The profiles that give it: of a list all of them, lowest first, else one.
    pub from: Vec<Arc<str>>,
    /// What each of them gives, where there are several.
    pub parts: Vec<(Arc<str>, String)>,
    /// What profiles further down say, nearest first.
    pub shadows: Vec<(Arc<str>, String)>,
}

/// Values of one key, each with the profile that gives it, lowest first.
type Layers<'a> = Vec<(&'a Arc<str>, &'a Value)>;

impl Known {
    /// Every field of a profile that has a value, in the order of the field table.
    #[must_use]
    pub fn effective(&self, name: &str) -> Vec<Effective> {
        let below = self.below(name);
        let own: Arc<str> = name.into();
        let mut found: BTreeMap<(usize, &Arc<str>), Layers<'_>> = BTreeMap::new();
        for layer in below.iter().chain([&own]) {
            let Some(entry) = self.profile(layer) else {
                continue;
            };
            for (key, value) in &entry.values {
                let Some(place) = place(key) else { continue };
                if *layer == own || field::NODE[place].inherited {
                    found.entry((place, key)).or_default().push((layer, value));
                }
            }
        }
        let effective = found.into_iter();
        effective
            .map(|((place, key), layers)| merged(key, &field::NODE[place], &layers))
            .collect()
    }
}

/// The place of a key's field in the field table.
fn place(key: &str) -> Option<usize> {
    let key = Key::parse(key).ok()?;
    field::NODE.iter().position(|row| row.id == key.field)
}

fn merged(key: &Arc<str>, field: &'static Field, layers: &Layers<'_>) -> Effective {
    let lists = layers
        .iter()
        .any(|(_, value)| matches!(value, Value::List(_)));
    let names = |layers: &Layers<'_>| layers.iter().map(|(layer, _)| (*layer).clone()).collect();
    let part = |(layer, value): &(&Arc<str>, &Value)| ((*layer).clone(), value.to_string());
    let parts = if lists {
        layers.iter().map(part).collect()
    } else {
        Vec::new()
    };
    let (value, from, shadows) = if lists {
        (appended(field, layers), names(layers), Vec::new())
    } else {
        let mut upwards = layers.iter().rev();
        let top = upwards.next();
        let value = top.map(|(_, value)| value.to_string()).unwrap_or_default();
        let from = top.map(|(layer, _)| (*layer).clone()).into_iter().collect();
        let shadows = upwards.map(|(layer, value)| ((*layer).clone(), value.to_string()));
        (value, from, shadows.collect())
    };
    Effective {
        key: key.clone(),
        field,
        value,
        from,
        parts,
        shadows,
    }
}

/// The items of all layers, without those that are left out.
fn appended(field: &Field, layers: &Layers<'_>) -> String {
    let items: Vec<&str> = layers
        .iter()
        .flat_map(|(_, value)| match value {
            Value::List(items) => items.iter().map(|item| &**item).collect(),
            Value::Text(text) => vec![&**text],
            Value::Yaml(_) => Vec::new(),
        })
        .collect();
    let out: Vec<&str> = items
        .iter()
        .filter_map(|item| item.strip_prefix('~'))
        .collect();
    let kept = |item: &&&str| {
        !LEAVES_OUT.contains(&field.id) || (!item.starts_with('~') && !out.contains(item))
    };
    let kept: Vec<&str> = items.iter().filter(kept).copied().collect();
    kept.join(" ")
}
