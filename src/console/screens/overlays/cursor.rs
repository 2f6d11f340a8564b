//! Where the cursor is in each pane, and how it moves.

use std::sync::Arc;

use super::tree::{Row, parent};
use super::{Overlays, PANES, Pane};
use crate::api::FileKind;
use crate::console::screens::Move;
use crate::console::widgets::List;

/// Folders of an overlay with more paths than this begin folded.
const MANY: usize = 200;

impl Overlays {
    /// Makes the rows anew, and finds where the cursor is in them: it stays on what it was on, else on what came in its place.
    pub(super) fn relist(&mut self) {
        self.rows = self.source().rows();
        let here = self.rows.iter().position(|row| {
            let (overlay, file) = self.names(row);
            overlay == self.overlay && file == self.file
        });
        // What the cursor is to be on may not have come yet.
        let waits = self.items.held().is_none() || self.awaited.is_some() || self.wanted.is_some();
        if here.is_none() && waits {
            return;
        }
        self.list.at = here.unwrap_or(self.list.within(self.rows.len()));
        self.look();
    }

    /// The overlay and the path of a row.
    fn names(&self, row: &Row) -> (Option<Arc<str>>, Option<Arc<str>>) {
        match row {
            Row::Overlay(at) => (self.items().get(*at).map(|item| item.name.clone()), None),
            Row::Path { at, .. } => {
                let file = self.files().get(*at).map(|row| row.path.clone());
                (self.open.clone(), file)
            }
        }
    }

    /// What is under the cursor is looked at.
    fn look(&mut self) {
        let here = self.rows.get(self.list.within(self.rows.len()));
        let Some((overlay, file)) = here.map(|row| self.names(row)) else {
            return;
        };
        if overlay != self.overlay {
            self.strange = false;
        }
        if overlay != self.overlay || file != self.file {
            (self.overlay, self.file) = (overlay, file);
            self.recast();
            self.leave();
        }
    }

    /// Whether what the cursor is on has a row.
    pub(super) fn is_listed(&self) -> bool {
        let here = (self.overlay.clone(), self.file.clone());
        self.rows.iter().any(|row| self.names(row) == here)
    }

    /// Whether the words hid something that one went to, and are searched for no longer; says so once.
    pub fn is_freed(&mut self) -> bool {
        std::mem::take(&mut self.freed)
    }

    /// Other words are searched for. The cursor goes to what fits best.
    pub fn search(&mut self, words: &str) {
        let words = words.to_lowercase();
        if self.words != words {
            self.words = words;
            self.relist();
            if !self.words.is_empty() && self.awaited.is_none() {
                self.list.at = 0;
                self.look();
            }
        }
    }

    /// How many rows the words leave.
    #[must_use]
    pub fn found(&self) -> usize {
        self.rows.len()
    }

    /// Moves the cursor of the pane that keys go to.
    pub fn step(&mut self, by: Move) {
        match self.pane {
            Pane::Tree => {
                self.wanted = None;
                let len = self.rows.len();
                self.list.at = by.from(self.list.within(len), len);
                self.look();
            }
            Pane::Template if self.file.is_none() => {
                let len = self.overview_len();
                self.overview.at = by.from(self.overview.within(len), len);
            }
            Pane::Template => {
                let len = self.paper.len();
                self.reading.at = by.from(self.reading.within(len), len);
                self.result.at = self.align.right(self.reading.at);
            }
            Pane::Made => {
                let len = self.made_len();
                self.result.at = by.from(self.result.within(len), len);
                if self.output().is_some() {
                    self.reading.at = self.align.left(self.result.at);
                }
            }
        }
    }

    /// To the next pane, or the one before.
    pub fn pane_by(&mut self, by: isize) {
        let here = PANES.iter().position(|(pane, _)| *pane == self.pane);
        let len = PANES.len() as isize;
        let next = (here.unwrap_or(0) as isize + by).rem_euclid(len);
        self.show_pane(next.unsigned_abs());
    }

    /// To a pane by its number.
    pub fn show_pane(&mut self, at: usize) {
        if let Some((pane, _)) = PANES.get(at) {
            self.pane = *pane;
        }
    }

    /// Left and right: in the tree folders are folded and unfolded, and beyond that the panes follow one another.
    pub fn sideways(&mut self, by: isize) {
        if self.pane != Pane::Tree {
            let here = PANES.iter().position(|(pane, _)| *pane == self.pane);
            let next = here.and_then(|at| at.checked_add_signed(by));
            return self.show_pane(next.unwrap_or(0));
        }
        match (
            self.row().map(|row| (row.kind.clone(), row.path.clone())),
            by > 0,
        ) {
            (Some((FileKind::Folder, path)), true) if self.folded.contains(&path) => self.fold(),
            (None, true) if self.open != self.overlay => self.turn(),
            (_, true) => self.show_pane(1),
            (Some((FileKind::Folder, path)), false) if !self.folded.contains(&path) => self.fold(),
            (Some((_, path)), false) => self.up(&path),
            (None, false) if self.open.is_some() && self.open == self.overlay => self.turn(),
            (None, false) => {}
        }
    }

    /// From a path to the folder that it is in, or to the overlay.
    fn up(&mut self, path: &str) {
        let mut above = parent(path);
        // Folders that are told with the one below them have no row of their own.
        while let Some(folder) = above {
            let row = self
                .rows
                .iter()
                .position(|row| self.names(row).1.as_deref() == Some(folder));
            if let Some(at) = row {
                self.list.at = at;
                return self.look();
            }
            above = parent(folder);
        }
        let of = |row: &Row| matches!(row, Row::Overlay(_)) && self.names(row).0 == self.overlay;
        if let Some(at) = self.rows.iter().position(of) {
            self.list.at = at;
            self.look();
        }
    }

    /// Folds the folder under the cursor, or unfolds it.
    pub(super) fn fold(&mut self) {
        if let Some(path) = self.file.clone() {
            if !self.folded.remove(&path) {
                self.folded.insert(path);
            }
            self.relist();
        }
    }

    /// Lists the files of the overlay under the cursor, or no longer.
    pub(super) fn turn(&mut self) {
        if self.open == self.overlay {
            self.open = None;
            self.relist();
        } else if let Some(name) = self.overlay.clone() {
            self.unfold(name);
        }
    }

    /// Lists the files of an overlay.
    pub(super) fn unfold(&mut self, name: Arc<str>) {
        self.folded.clear();
        if let Some(detail) = self.looked.take(&name) {
            self.opened.came(name.clone(), Ok(detail));
        }
        self.open = Some(name);
        self.fold_many();
        self.relist();
    }

    /// An overlay with very many files begins with its folders folded.
    pub(super) fn fold_many(&mut self) {
        if self.files().len() > MANY {
            let folders = self
                .files()
                .iter()
                .filter(|row| row.kind == FileKind::Folder);
            self.folded = folders.map(|row| row.path.clone()).collect();
        }
    }

    /// Renders for a node, whether it gets the overlay or not.
    pub fn cast_as(&mut self, node: Arc<str>) {
        self.strange = true;
        self.node = Some(node);
    }

    /// To the next node that gets the overlay, or the one before. Gives its place among them, from 1.
    pub fn node_by(&mut self, by: isize) -> Option<(Arc<str>, usize)> {
        let len = self.users.len();
        let here = self
            .cast()
            .and_then(|node| self.users.iter().position(|user| user == node));
        let next = match here {
            Some(at) => (at as isize + by)
                .rem_euclid(len.max(1) as isize)
                .unsigned_abs(),
            None => 0,
        };
        let node = self.users.get(next)?.clone();
        self.strange = false;
        self.node = Some(node.clone());
        Some((node, next + 1))
    }

    /// To the next of several outputs, or the one before; whether there are several.
    pub fn output_by(&mut self, by: isize) -> bool {
        let len = self.outputs().len();
        if self.output().is_none() || len < 2 {
            return false;
        }
        let here = self.output_at() as isize;
        let next = (here + by).rem_euclid(len as isize).unsigned_abs();
        self.shown = self.outputs().get(next).map(|one| one.path.clone());
        self.result = List::default();
        self.remake();
        true
    }

    /// Which output is shown, from 0.
    #[must_use]
    pub fn output_at(&self) -> usize {
        let here = self.output().map(|one| &one.path);
        let at = self
            .outputs()
            .iter()
            .position(|one| Some(&one.path) == here);
        at.unwrap_or(0)
    }

    /// Scrolls the texts sideways.
    pub fn shift_by(&mut self, by: isize) {
        self.shift = self.shift.saturating_add_signed(by).min(2_000);
    }

    /// To the next fault of the file, or the one before; whether there is one.
    pub fn fault_by(&mut self, by: isize) -> bool {
        let spots = self
            .faults()
            .into_iter()
            .filter_map(|fault| fault.spot.as_ref());
        let mut lines: Vec<usize> = spots.map(|spot| spot.line.max(1) as usize - 1).collect();
        lines.dedup();
        let here = self.reading.at;
        let next = if by > 0 {
            lines.iter().find(|line| **line > here).or(lines.first())
        } else {
            lines
                .iter()
                .rev()
                .find(|line| **line < here)
                .or(lines.last())
        };
        let Some(next) = next.copied() else {
            return false;
        };
        self.pane = Pane::Template;
        self.reading.at = next.min(self.paper.len().saturating_sub(1));
        self.result.at = self.align.right(self.reading.at);
        true
    }

    /// Puts the cursor on a row of a pane; whether it was there.
    pub fn click(&mut self, pane: u8, row: usize) -> bool {
        let before = self.pane;
        self.show_pane(usize::from(pane));
        let list = match self.pane {
            Pane::Tree => &mut self.list,
            Pane::Template if self.file.is_none() => &mut self.overview,
            Pane::Template => &mut self.reading,
            Pane::Made => &mut self.result,
        };
        let same = std::mem::replace(&mut list.at, row) == row && before == self.pane;
        self.step(Move::Rows(0));
        same
    }
}
