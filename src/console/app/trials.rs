//! Overlays tried on many nodes, and the changes that they went through.

use std::sync::Arc;

use super::contrasts::CHANGES;
use super::sent::Piece;
use super::{App, Effect, Sent};
use crate::api::OverlayCommand;
use crate::console::layer::{Contrast, History, Layer, Part, Tried};
use crate::console::look::Role;
use crate::kit::{hostlist, text, units};

/// Most files of one change that are shown.
const FILES: usize = 50;

impl App {
    /// `T`: renders for every marked node, else for all that get the overlay.
    pub(super) fn try_overlay(&mut self) -> Vec<Effect> {
        let Some(name) = self.overlays.overlay.clone() else {
            self.say("there is no overlay here", Role::Dim);
            return Vec::new();
        };
        let rows = self.mirror.head.nodes.iter();
        let marked = rows.filter(|row| self.marks.contains(&row.id));
        let marked: Vec<&str> = marked.map(|row| &*row.name).collect();
        let count = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            many => format!("{} {what}s", units::count(many)),
        };
        let users = self.overlays.users();
        let (nodes, whom) = match (marked.as_slice(), users) {
            ([], []) => match self.overlays.cast() {
                Some(node) => (node.to_string(), node.to_string()),
                None => {
                    self.say("no node gets it: mark some, or choose one by t", Role::Dim);
                    return Vec::new();
                }
            },
            ([], users) => (hostlist::compress(users), count(users.len(), "node")),
            (marked, _) => (
                hostlist::compress(marked),
                count(marked.len(), "marked node"),
            ),
        };
        self.ticket += 1;
        let serial = self.ticket;
        let pane = Tried::new(serial, name.clone(), whom);
        self.layers.push(Layer::Tried(Box::new(pane)));
        let check = OverlayCommand::Check {
            names: vec![name],
            nodes: Some(nodes.into()),
            draft: self.overlays.draft().cloned(),
        };
        self.ask_overlay(check, Sent::Pane(serial, Piece::Tried))
    }

    /// Enter on what fails: to its line, for the first node that it fails for.
    pub(super) fn follow_tried(&mut self) -> Vec<Effect> {
        let Some(Layer::Tried(pane)) = self.layers.last() else {
            return Vec::new();
        };
        let Some(row) = pane.here() else {
            self.layers.pop();
            return Vec::new();
        };
        let about = row.fault.about.as_deref();
        let name = about.and_then(|about| about.strip_prefix("overlay "));
        let name: Arc<str> = name.map_or_else(|| pane.overlay.clone(), Into::into);
        let first = hostlist::expand(&row.nodes)
            .unwrap_or_default()
            .into_iter()
            .next();
        let spot = row.fault.spot.clone();
        self.layers.pop();
        if let Some(node) = first {
            self.overlays.cast_as(node.into());
        }
        self.drop_words();
        if let Some(spot) = spot {
            self.overlays.go_line(&name, &spot);
        }
        Vec::new()
    }

    /// `H`: the changes of the overlay.
    pub(super) fn open_history(&mut self) -> Vec<Effect> {
        let Some(name) = self.overlays.overlay.clone() else {
            self.say("there is no overlay here", Role::Dim);
            return Vec::new();
        };
        self.ticket += 1;
        let serial = self.ticket;
        let pane = History::new(serial, name.clone());
        self.layers.push(Layer::History(Box::new(pane)));
        let (name, limit) = (Some(name), CHANGES);
        let log = OverlayCommand::Log { name, limit };
        self.ask_overlay(log, Sent::Pane(serial, Piece::Changes))
    }

    /// Enter on a change: what it did to each file.
    pub(super) fn show_change(&mut self) -> Vec<Effect> {
        let Some(Layer::History(pane)) = self.layers.last() else {
            return Vec::new();
        };
        let Some(row) = pane.here() else {
            return Vec::new();
        };
        let (number, paths) = (row.number, row.paths.clone());
        let title = format!("#{number} by {}: {}", row.by, text::sanitise(&row.summary));
        let parts = paths.iter().take(FILES).map(|path| Part {
            path: path.clone(),
            sides: [None, None],
        });
        let sides = ["before".to_owned(), "after".to_owned()];
        self.ticket += 1;
        let serial = self.ticket;
        let mut pane = Contrast::new(serial, title, sides, parts.collect());
        if paths.is_empty() {
            pane.came(Vec::new());
        }
        self.layers.push(Layer::Contrast(Box::new(pane)));
        let mut effects = Vec::new();
        for (at, path) in paths.into_iter().take(FILES).enumerate() {
            for (which, before) in [(0, true), (1, false)] {
                let path = path.clone();
                let past = OverlayCommand::Past {
                    number,
                    path,
                    before,
                };
                effects.extend(self.ask_overlay(past, Sent::Pane(serial, Piece::Side(at, which))));
            }
        }
        effects
    }
}
