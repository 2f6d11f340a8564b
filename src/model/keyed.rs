//! Cells by key, compact: nodes of one shape share the list of their keys.

use std::fmt;
use std::sync::Arc;

use super::key::Key;

/// A sorted table from [`Key`] to `T`. The keys and the cells are shared, so ten thousand nodes that set the same fields hold
/// one list of keys.
#[derive(Clone)]
pub struct Keyed<T> {
    keys: Arc<[Key]>,
    cells: Arc<[T]>,
}

impl<T> Keyed<T> {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self {
            keys: Arc::new([]),
            cells: Arc::new([]),
        }
    }

    /// A table of shared parts; `keys` are sorted, without duplicates, and as many as `cells` (what is too long of either is
    /// not seen).
    #[must_use]
    pub fn shared(keys: Arc<[Key]>, cells: Arc<[T]>) -> Self {
        Self { keys, cells }
    }

    /// The cell under `key`.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&T> {
        self.keys
            .binary_search(key)
            .ok()
            .and_then(|at| self.cells.get(at))
    }

    /// Whether there is a cell under `key`.
    #[must_use]
    pub fn contains_key(&self, key: &Key) -> bool {
        self.get(key).is_some()
    }

    /// Keys and cells, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Key, &T)> + ExactSizeIterator {
        self.keys.iter().zip(self.cells.iter())
    }

    /// The keys, in order.
    #[must_use]
    pub fn keys(&self) -> &Arc<[Key]> {
        &self.keys
    }

    /// The cells, in the order of their keys.
    #[must_use]
    pub fn cells(&self) -> &Arc<[T]> {
        &self.cells
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: PartialEq> PartialEq for Keyed<T> {
    fn eq(&self, other: &Self) -> bool {
        let keys = Arc::ptr_eq(&self.keys, &other.keys) || self.keys == other.keys;
        keys && (Arc::ptr_eq(&self.cells, &other.cells) || self.cells == other.cells)
    }
}

impl<T: fmt::Debug> fmt::Debug for Keyed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<T> FromIterator<(Key, T)> for Keyed<T> {
    /// Sorts by key; of two cells under one key the later one stays.
    fn from_iter<I: IntoIterator<Item = (Key, T)>>(pairs: I) -> Self {
        let sorted: std::collections::BTreeMap<Key, T> = pairs.into_iter().collect();
        let (keys, cells): (Vec<Key>, Vec<T>) = sorted.into_iter().unzip();
        Self::shared(keys.into(), cells.into())
    }
}
