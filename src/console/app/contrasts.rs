//! What differs about overlays, and the answers for the panes that lie over their screen.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::heard::sentence;
use super::sent::Piece;
use super::{App, Effect, Sent};
use crate::api::{
    Command, FileKind, FileRow, Origin, OverlayCommand, OverlayFile, OverlayLogRow, OverlayReply,
    Rendered, Reply, Standing,
};
use crate::console::layer::{Contrast, Layer, Offer, Part, Pick, Side, Task};
use crate::console::look::Role;
use crate::kit::text;

/// How many changes of an overlay are asked for.
pub(super) const CHANGES: u32 = 200;
/// Most files of a copy that are compared at once.
const FILES: usize = 50;
/// What stands for the shipped file where names are chosen; no node is called so.
const SHIPPED: &str = "(shipped)";
/// The offers before the changes: the shipped file and the nodes next to this one.
const FIRST: usize = 3;

impl App {
    pub(super) fn ask_overlay(&mut self, command: OverlayCommand, sent: Sent) -> Vec<Effect> {
        self.send(Command::Overlay(Box::new(command)), sent)
    }

    /// `d`: the choice of what the file, or what is made of it, is compared with.
    pub(super) fn contrast(&mut self) -> Vec<Effect> {
        let Some(name) = self.overlays.overlay.clone() else {
            self.say("there is no overlay here", Role::Dim);
            return Vec::new();
        };
        self.ticket += 1;
        let serial = self.ticket;
        let mut offers = Vec::new();
        let offer = |name: Arc<str>, about: String| Offer {
            name: Some(name),
            about,
            off: None,
        };
        if self.has_shipped() {
            let what = match &self.overlays.file {
                Some(_) => "the file as it is shipped",
                None => "the overlay as it is shipped",
            };
            offers.push(offer(SHIPPED.into(), what.into()));
        }
        let users = self.overlays.users();
        let cast = self.overlays.cast();
        let here = users.iter().position(|user| Some(user) == cast);
        let beside = |by: isize| users.get(here?.checked_add_signed(by)?).cloned();
        let (before, after) = (beside(-1), beside(1));
        for (node, which) in [(&before, "before"), (&after, "after")] {
            if let Some(node) = node {
                offers.push(offer(node.clone(), format!("the node {which} this one")));
            }
        }
        let others = users.iter().filter(|user| {
            Some(*user) != cast && Some(*user) != before.as_ref() && Some(*user) != after.as_ref()
        });
        offers.extend(others.map(|user| offer(user.clone(), "what is made for it".into())));
        let pick = Pick::new(Task::Against(serial), offers);
        self.layers.push(Layer::Pick(pick));
        if self.overlays.file.is_none() {
            return Vec::new();
        }
        let (name, limit) = (Some(name), CHANGES);
        let log = OverlayCommand::Log { name, limit };
        self.ask_overlay(log, Sent::Pane(serial, Piece::Changes))
    }

    /// Whether what the cursor is on differs from what is shipped under its name.
    fn has_shipped(&self) -> bool {
        let Some(detail) = self.overlays.detail() else {
            return false;
        };
        let differs = |row: &FileRow| !matches!(row.standing, Standing::Own | Standing::Same);
        match self.overlays.row() {
            Some(row) => differs(row) && row.kind != FileKind::Folder,
            None => detail.item.origin == Origin::Copy,
        }
    }

    /// The changes that touched the file, as what it can be compared with.
    fn offer_changes(&mut self, serial: u64, rows: &[OverlayLogRow]) {
        let file = self.overlays.file.clone();
        let touched = rows
            .iter()
            .filter(|row| file.as_ref().is_some_and(|file| row.paths.contains(file)));
        let offer = |row: &OverlayLogRow| Offer {
            name: Some(format!("#{}", row.number).into()),
            about: format!("before {} by {}", text::sanitise(&row.summary), row.by),
            off: None,
        };
        let offers: Vec<Offer> = touched.map(offer).collect();
        let pick = self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Pick(pick) if pick.task == Task::Against(serial) => Some(pick),
            _ => None,
        });
        if let Some(pick) = pick {
            pick.insert(FIRST, offers);
        }
    }

    /// One of the choice.
    pub(super) fn contrast_with(&mut self, other: &Arc<str>) -> Vec<Effect> {
        if **other == *SHIPPED {
            return self.with_shipped();
        }
        match other
            .strip_prefix('#')
            .and_then(|number| number.parse().ok())
        {
            Some(number) => self.with_past(number),
            None => self.with_node(other),
        }
    }

    /// The file as it is shipped and as it is; of an overlay each of its files that differs.
    fn with_shipped(&mut self) -> Vec<Effect> {
        let Some(name) = self.overlays.overlay.clone() else {
            return Vec::new();
        };
        let differs = |row: &&FileRow| !matches!(row.standing, Standing::Own | Standing::Same);
        let paths: Vec<Arc<str>> = match &self.overlays.file {
            Some(file) => vec![file.clone()],
            None => {
                let files = self
                    .overlays
                    .detail()
                    .map_or(&[][..], |detail| &detail.files);
                let files = files.iter().filter(differs);
                files.take(FILES).map(|row| row.path.clone()).collect()
            }
        };
        let parts = paths.iter().map(|path| Part {
            path: path.clone(),
            sides: [None, None],
        });
        let title = format!("{name}: what is shipped and your copy");
        let sides = ["as shipped".to_owned(), "your copy".to_owned()];
        self.ticket += 1;
        let serial = self.ticket;
        let mut pane = Contrast::new(serial, title, sides, parts.collect());
        if paths.is_empty() {
            pane.came(Vec::new());
        }
        self.layers.push(Layer::Contrast(Box::new(pane)));
        let mut effects = Vec::new();
        for (at, path) in paths.into_iter().enumerate() {
            let name = name.clone();
            let file = OverlayCommand::File { name, path };
            effects.extend(self.ask_overlay(file, Sent::Pane(serial, Piece::Both(at))));
        }
        effects
    }

    fn with_past(&mut self, number: u64) -> Vec<Effect> {
        let Some(file) = self.overlays.written() else {
            self.say("the file has not come yet", Role::Dim);
            return Vec::new();
        };
        let (path, now) = (file.row.path.clone(), side(file));
        let part = Part {
            path: path.clone(),
            sides: [None, Some(now)],
        };
        let title = format!("{}: since before change #{number}", file.name);
        let sides = [format!("before #{number}"), "now".to_owned()];
        self.ticket += 1;
        let serial = self.ticket;
        let pane = Contrast::new(serial, title, sides, vec![part]);
        self.layers.push(Layer::Contrast(Box::new(pane)));
        let before = true;
        let past = OverlayCommand::Past {
            number,
            path,
            before,
        };
        self.ask_overlay(past, Sent::Pane(serial, Piece::Side(0, 0)))
    }

    fn with_node(&mut self, node: &Arc<str>) -> Vec<Effect> {
        let Some(question) = self.overlays.question_for(node) else {
            return Vec::new();
        };
        let here = self.overlays.rendering().map(|made| made.node.clone());
        let here = here.unwrap_or_default();
        let name = self.overlays.overlay.clone().unwrap_or_default();
        self.ticket += 1;
        let serial = self.ticket;
        let title = format!("{name}: what is made for {here} and for {node}");
        let sides = [here.to_string(), node.to_string()];
        let pane = Contrast::new(serial, title, sides, Vec::new());
        self.layers.push(Layer::Contrast(Box::new(pane)));
        self.ask_overlay(question, Sent::Pane(serial, Piece::Made))
    }

    /// An answer for one of these panes.
    pub(super) fn pane_reply(&mut self, serial: u64, piece: &Piece, reply: Reply) {
        let reply = match reply {
            Reply::Overlay(reply) => *reply,
            Reply::Refused(refusal) => return self.pane_lost(serial, &sentence(&refusal)),
            _ => {
                return self.pane_lost(serial, "the engine gave another answer than was asked for");
            }
        };
        match (piece, reply) {
            (Piece::Changes, OverlayReply::Log(rows)) => {
                self.offer_changes(serial, &rows);
                if let Some(Layer::History(pane)) = self.overlay_pane(serial) {
                    pane.came(rows);
                }
            }
            (Piece::Tried, OverlayReply::Check(found)) => {
                if let Some(Layer::Tried(pane)) = self.overlay_pane(serial) {
                    pane.came(*found);
                }
            }
            (Piece::Side(at, which), OverlayReply::File(file)) => {
                if let Some(Layer::Contrast(pane)) = self.overlay_pane(serial) {
                    pane.fill(*at, *which, side(&file));
                }
            }
            (Piece::Both(at), OverlayReply::File(file)) => {
                if let Some(Layer::Contrast(pane)) = self.overlay_pane(serial) {
                    let missing = file.row.standing == Standing::Missing;
                    let there = file.shipped.is_some() || missing;
                    let shipped = Side {
                        there,
                        content: file.shipped.clone(),
                        about: String::new(),
                    };
                    let mut own = side(&file);
                    if there {
                        // How its rights were shipped is not told.
                        own.about = String::new();
                    }
                    pane.fill(*at, 0, shipped);
                    pane.fill(*at, 1, own);
                }
            }
            (Piece::Made, OverlayReply::Render(made)) => {
                let parts = parts(self.overlays.outputs(), &made.files);
                if let Some(Layer::Contrast(pane)) = self.overlay_pane(serial) {
                    pane.came(parts);
                }
            }
            _ => self.pane_lost(serial, "the engine gave another answer than was asked for"),
        }
    }

    /// What such panes wait for will not come.
    pub(super) fn pane_lost(&mut self, serial: u64, why: &str) {
        match self.overlay_pane(serial) {
            Some(Layer::Contrast(pane)) => pane.lost(why),
            Some(Layer::Tried(pane)) => pane.lost(why),
            Some(Layer::History(pane)) => pane.lost(why),
            _ => {}
        }
    }

    fn overlay_pane(&mut self, serial: u64) -> Option<&mut Layer> {
        self.layers.iter_mut().find(|layer| match layer {
            Layer::Contrast(pane) => pane.serial == serial,
            Layer::Tried(pane) => pane.serial == serial,
            Layer::History(pane) => pane.serial == serial,
            _ => false,
        })
    }
}

/// Owner and permission bits of a file, or where it points to.
fn rights(file: &OverlayFile) -> String {
    let row = &file.row;
    match &row.kind {
        FileKind::Symlink(target) => format!("link to {target}"),
        _ => format!("{}:{} {:04o}", row.uid, row.gid, row.mode),
    }
}

/// A file as one side.
fn side(file: &OverlayFile) -> Side {
    let there = file.content.is_some() || matches!(file.row.kind, FileKind::Symlink(_));
    Side {
        there,
        content: file.content.clone(),
        about: if there { rights(file) } else { String::new() },
    }
}

/// What is made on two nodes, file by file.
fn parts(here: &[Rendered], there: &[Rendered]) -> Vec<Part> {
    let paths: BTreeSet<&Arc<str>> = here.iter().chain(there).map(|one| &one.path).collect();
    let side = |all: &[Rendered], path: &str| {
        let one = all.iter().find(|one| *one.path == *path);
        let side = one.map(|one| Side {
            there: true,
            content: one.content.clone(),
            about: match &one.symlink {
                Some(target) => format!("link to {target}"),
                None => format!("{}:{} {:04o}", one.uid, one.gid, one.mode),
            },
        });
        Some(side.unwrap_or_default())
    };
    let part = |path: &Arc<str>| Part {
        path: path.clone(),
        sides: [side(here, path), side(there, path)],
    };
    paths.into_iter().map(part).collect()
}
