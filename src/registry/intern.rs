//! Equal texts, values and key lists are held once: ten thousand nodes say much the same.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::model::{Key, Value};

/// What is held once.
#[derive(Debug, Default)]
pub(super) struct Interner {
    names: HashSet<Arc<str>>,
    texts: HashMap<Arc<str>, Arc<Value>>,
    lists: HashMap<Vec<Arc<str>>, Arc<Value>>,
    shapes: HashSet<Arc<[Key]>>,
}

impl Interner {
    /// A name or an item of a list.
    pub(super) fn name(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        let name: Arc<str> = text.into();
        self.names.insert(name.clone());
        name
    }

    /// A text that others are likely to have too.
    pub(super) fn text(&mut self, text: &str) -> Arc<Value> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let name: Arc<str> = text.into();
        let value = Arc::new(Value::Text(name.clone()));
        self.texts.insert(name, value.clone());
        value
    }

    /// A list.
    pub(super) fn list(&mut self, items: Vec<Arc<str>>) -> Arc<Value> {
        if let Some(known) = self.lists.get(&items) {
            return known.clone();
        }
        let value = Arc::new(Value::List(items.clone()));
        self.lists.insert(items, value.clone());
        value
    }

    /// A sorted list of keys.
    pub(super) fn shape(&mut self, keys: Vec<Key>) -> Arc<[Key]> {
        if let Some(known) = self.shapes.get(keys.as_slice()) {
            return known.clone();
        }
        let keys: Arc<[Key]> = keys.into();
        self.shapes.insert(keys.clone());
        keys
    }

    /// Lets go of what nobody else holds.
    pub(super) fn sweep(&mut self) {
        self.lists.retain(|_, value| Arc::strong_count(value) > 1);
        self.texts.retain(|_, value| Arc::strong_count(value) > 1);
        self.shapes.retain(|keys| Arc::strong_count(keys) > 1);
        self.names.retain(|name| Arc::strong_count(name) > 1);
    }
}
