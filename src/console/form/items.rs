//! A list being edited: what layers below give is locked and can only be left out here; the entry's own items are free.

use std::sync::Arc;

/// One row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// An item from below, by its position in [`Items::locked`].
    Locked(usize),
    /// An item of the entry's own, by its position in [`Items::own`].
    Own(usize),
    /// Where a new item is typed.
    New,
}

/// The list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Items {
    /// What layers below give, lowest first: layer and item.
    pub locked: Vec<(Arc<str>, Arc<str>)>,
    /// What the entry says itself, `~x` where it leaves x out.
    pub own: Vec<Arc<str>>,
    /// Whether an inherited item can be left out here.
    pub leaves_out: bool,
}

impl Items {
    /// Whether an inherited item is left out here.
    #[must_use]
    pub fn is_out(&self, item: &str) -> bool {
        self.own
            .iter()
            .any(|own| own.strip_prefix('~') == Some(item))
    }

    /// The rows, in the order in which they are shown.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let locked = (0..self.locked.len()).map(Row::Locked);
        // An item that leaves an inherited one out is shown at that one.
        let shown = |at: &usize| {
            self.own[*at]
                .strip_prefix('~')
                .is_none_or(|out| !self.locked.iter().any(|(_, item)| **item == *out))
        };
        let own = (0..self.own.len()).filter(shown).map(Row::Own);
        locked.chain(own).chain([Row::New]).collect()
    }

    /// Leaves an inherited item out, or takes it in again.
    pub fn turn(&mut self, at: usize) {
        let Some((_, item)) = self.locked.get(at) else {
            return;
        };
        let out: Arc<str> = format!("~{item}").into();
        if self.own.contains(&out) {
            self.own.retain(|own| *own != out);
        } else {
            self.own.push(out);
        }
    }

    /// Puts what was typed in the place of an own item: nothing takes it away, several words become several items.
    pub fn put(&mut self, at: usize, words: Vec<Arc<str>>) {
        if at < self.own.len() {
            self.own.splice(at..=at, words);
        }
    }

    /// Changes places with the next item that is shown, in that direction; where it is then, none at the end.
    pub fn moved(&mut self, at: usize, by: isize) -> Option<usize> {
        let shown = self.rows().into_iter().filter_map(|row| match row {
            Row::Own(at) => Some(at),
            _ => None,
        });
        let shown: Vec<usize> = shown.collect();
        let here = shown.iter().position(|own| *own == at)?;
        let to = *shown.get(here.checked_add_signed(by)?)?;
        self.own.swap(at, to);
        Some(to)
    }

    /// Adds items that are not there yet.
    pub fn add(&mut self, words: Vec<Arc<str>>) {
        for word in words {
            if !self.own.contains(&word) {
                self.own.push(word);
            }
        }
    }
}
