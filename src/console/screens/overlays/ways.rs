//! Ways to a place on the screen and from it to others: a fault's line, what Enter opens.

use std::sync::Arc;

use super::overview::Line;
use super::tree::parent;
use super::{BESIDE, Overlays, Pane};
use crate::api::{FileKind, Mirror};
use crate::console::screens::Wish;
use crate::model::Spot;

impl Overlays {
    /// Puts the cursor on an overlay, with a node to render for.
    pub fn go(&mut self, name: &Arc<str>, node: Option<Arc<str>>) {
        self.strange = node.is_some();
        if node.is_some() {
            self.node = node;
        }
        self.words.clear();
        self.pane = Pane::Tree;
        (self.overlay, self.file) = (Some(name.clone()), None);
        self.leave();
        self.unfold(name.clone());
    }

    /// Puts the cursor on a line of a file of an overlay, as soon as that is there.
    pub fn go_line(&mut self, name: &Arc<str>, spot: &Spot) {
        if self.open.as_ref() != Some(name) {
            self.go(name, None);
        }
        self.overlay = Some(name.clone());
        self.file = None;
        self.awaited = Some(spot.clone());
        self.find();
    }

    /// To the place that is awaited, once the files are there among which it is.
    pub(super) fn find(&mut self) {
        let Some(spot) = self.awaited.clone() else {
            return;
        };
        if self.files().is_empty() {
            return;
        }
        self.awaited = None;
        let of = |path: &str| *spot.file == *path || spot.file.ends_with(&format!("/{path}"));
        let found = self.files().iter().filter(|row| of(&row.path));
        let Some(path) = found
            .max_by_key(|row| row.path.len())
            .map(|row| row.path.clone())
        else {
            // It is gone: the overlay is shown.
            return self.relist();
        };
        // Whatever hides it is unfolded.
        let mut above = parent(&path);
        while let Some(folder) = above {
            self.folded.remove(folder);
            above = parent(folder);
        }
        self.file = Some(path);
        self.wanted = Some(spot.line);
        self.relist();
        if !self.is_listed() {
            // Words that hide it are searched for no longer.
            self.words.clear();
            self.freed = true;
            self.relist();
        }
        self.leave();
        self.arrive();
    }

    /// Enter: of an overlay and a folder what is in it, of a file its text; of whoever uses the overlay that profile or node.
    pub fn open(&mut self, mirror: &Mirror, width: u16) -> Wish {
        match self.pane {
            Pane::Tree => match self.row().map(|row| row.kind.clone()) {
                None if self.file.is_none() => self.turn(),
                Some(FileKind::Folder) => self.fold(),
                _ => self.pane = Pane::Template,
            },
            Pane::Template if self.file.is_none() => return self.open_line(mirror),
            Pane::Template => {
                let faults = self.faults();
                let here = faults.iter().find(|fault| {
                    let line = fault.spot.as_ref().map(|spot| spot.line);
                    line == Some(self.line())
                });
                if let Some(fault) = here {
                    return Wish::Say(fault.to_string());
                }
                if width < BESIDE {
                    self.pane = Pane::Made;
                }
            }
            Pane::Made if self.output().is_none() => {
                let template = self.listed_here();
                let file = template.map(|one| match &one.template {
                    Some(template) => template.clone(),
                    None => one.path.trim_start_matches('/').into(),
                });
                if let (Some(name), Some(file)) = (self.overlay.clone(), file) {
                    let (line, column) = (1, 1);
                    self.go_line(&name, &Spot { file, line, column });
                }
            }
            Pane::Made => {}
        }
        Wish::None
    }

    fn open_line(&mut self, mirror: &Mirror) -> Wish {
        match self.overview_at(self.overview.within(self.overview_len())) {
            Some(Line::User(user)) => {
                if let Some(profile) = user.who.strip_prefix("profile ") {
                    return Wish::Profile(profile.into());
                }
                if let Some(nodes) = user.who.strip_prefix("nodes ") {
                    return Wish::Found(nodes.into());
                }
                let node = user.who.strip_prefix("node ").unwrap_or(&user.who);
                let known = mirror.head.nodes.iter().find(|row| *row.name == *node);
                known.map_or(Wish::None, |row| Wish::Open(row.name.clone()))
            }
            Some(Line::Fault(fault)) => {
                let (spot, text) = (fault.spot.clone(), fault.to_string());
                match (spot, self.overlay.clone()) {
                    (Some(spot), Some(name)) => {
                        self.go_line(&name, &spot);
                        Wish::None
                    }
                    _ => Wish::Say(text),
                }
            }
            None => Wish::None,
        }
    }
}
