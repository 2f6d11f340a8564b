//! Making, moving and changing files of overlays: what is asked for first, and what is proposed then.

use std::sync::Arc;

use super::{App, Effect};
use crate::api::{Content, FileKind, Origin, OverlayStep, Standing};
use crate::console::form::{Guard, What};
use crate::console::keys::Act;
use crate::console::layer::{Layer, Makes};
use crate::console::look::Role;
use crate::console::writing::{Ask, Task};

impl App {
    /// The overlay under the cursor and the path in it.
    fn overlay_here(&self) -> (Option<Arc<str>>, Option<Arc<str>>) {
        (self.overlays.overlay.clone(), self.overlays.file.clone())
    }

    /// The actions of that screen that change something, or look at its history; none when it is another one.
    pub(super) fn perform_overlay_change(&mut self, act: Act) -> Option<Vec<Effect>> {
        Some(match act {
            Act::Edit => self.write_here(false),
            Act::New => self.make(),
            Act::Undo => self.overlay_undo(false),
            Act::UndoThis => self.overlay_undo_this(),
            Act::Redo => self.overlay_undo(true),
            Act::Duplicate
            | Act::Rename
            | Act::Rights
            | Act::Owner
            | Act::Restore
            | Act::Delete => self.change_here(act),
            _ => return None,
        })
    }

    /// `i`: the choice of what to make.
    pub(super) fn make(&mut self) -> Vec<Effect> {
        let overlay = self.overlays.overlay.clone();
        self.layers.push(Layer::Make(Makes { overlay }));
        Vec::new()
    }

    /// One of the choice.
    pub(super) fn made(&mut self, act: Act) -> Vec<Effect> {
        self.layers.pop();
        let task = match act {
            Act::MakeFolder => Task::Folder,
            Act::MakeLink => Task::Link,
            Act::MakeImport => Task::Import,
            Act::MakeOverlay => Task::Overlay,
            _ => Task::File,
        };
        self.ask(task);
        Vec::new()
    }

    fn ask(&mut self, task: Task) {
        let overlay = self.overlays.overlay.clone();
        if overlay.is_none() && task != Task::Overlay {
            return self.say("put the cursor on an overlay first", Role::Stalled);
        }
        let folder = self.folder_here();
        let files = self
            .overlays
            .detail()
            .map_or(&[][..], |detail| &detail.files);
        let there = |file: &&crate::api::FileRow| file.standing != Standing::Missing;
        let paths = files.iter().filter(there);
        let paths = paths.map(|file| (file.path.clone(), file.kind == FileKind::Folder));
        let paths = paths.collect();
        let overlay = overlay.unwrap_or_default();
        let ask = Ask::new(task, overlay, &folder, &self.start.accounts, paths);
        self.layers.push(Layer::Ask(Box::new(ask)));
    }

    /// The folder under the cursor, or that of the file there.
    fn folder_here(&self) -> String {
        match self.overlays.row() {
            Some(row) if row.kind == FileKind::Folder => row.path.to_string(),
            Some(row) => row
                .path
                .rsplit_once('/')
                .map_or("", |(folder, _)| folder)
                .to_owned(),
            None => String::new(),
        }
    }

    /// Enter in such lines.
    pub(super) fn asked(&mut self) -> Vec<Effect> {
        let Some(Layer::Ask(ask)) = self.layers.last_mut() else {
            return Vec::new();
        };
        // Enter in a line that is not the last goes on to the next as long as something is missing.
        if ask.told().is_err() && ask.at + 1 < ask.entries.len() {
            ask.go_on();
            return Vec::new();
        }
        let ready = ask.told().and_then(|_| Ok((ask.name()?, ask.steps()?)));
        let (name, steps) = match ready {
            Ok(ready) => ready,
            Err(why) => {
                self.say(format!("✗ {why}"), Role::Failed);
                return Vec::new();
            }
        };
        let title = ask.title();
        match ask.task {
            Task::File => {
                let path = ask.path().unwrap_or_default();
                self.layers.pop();
                self.write_file(name, path, 1, false)
            }
            Task::Import => {
                let source = ask.source().unwrap_or_default().to_owned();
                vec![Effect::Read(source)]
            }
            _ => self.change_overlay(name, steps, title, Guard::Enter),
        }
    }

    /// The file that is to be taken in was read.
    pub(super) fn imported(&mut self, result: Result<(Vec<u8>, u32), String>) -> Vec<Effect> {
        let Some(Layer::Ask(ask)) = self.layers.last() else {
            return Vec::new();
        };
        let title = ask.title();
        let (path, name) = (ask.path(), ask.name());
        match (result, path, name) {
            (Ok((bytes, mode)), Ok(path), Ok(name)) => {
                let step = OverlayStep::Write {
                    path,
                    content: Content::of(&bytes),
                    mode: Some(mode & 0o7777),
                };
                self.change_overlay(name, vec![step], title, Guard::Enter)
            }
            (Err(why), ..) | (_, Err(why), _) | (.., Err(why)) => {
                self.say(format!("✗ {why}"), Role::Failed);
                Vec::new()
            }
        }
    }

    fn change_overlay(
        &mut self,
        name: Arc<str>,
        steps: Vec<OverlayStep>,
        title: String,
        guard: Guard,
    ) -> Vec<Effect> {
        let what = What::Overlay {
            name,
            steps,
            base: None,
            force: false,
        };
        self.propose(what, title, guard, None)
    }

    /// What a key does to the file or the overlay under the cursor.
    pub(super) fn change_here(&mut self, act: Act) -> Vec<Effect> {
        let (Some(name), path) = self.overlay_here() else {
            self.say("put the cursor on an overlay first", Role::Stalled);
            return Vec::new();
        };
        let origin = self.overlays.item(&name).map(|item| item.origin);
        match (act, path) {
            (Act::Delete, None) => self.delete_overlay(name, origin),
            (Act::Duplicate, _) if origin != Some(Origin::Shipped) => {
                self.say(format!("{name} is the site's own already"), Role::Dim);
                Vec::new()
            }
            (Act::Duplicate, _) => {
                let title = format!("make the site's own copy of {name}");
                self.change_overlay(name, vec![OverlayStep::Copy], title, Guard::Enter)
            }
            (Act::Delete, Some(path)) => {
                let title = format!("take {path} out of {name}");
                self.change_overlay(
                    name,
                    vec![OverlayStep::Remove { path }],
                    title,
                    Guard::Enter,
                )
            }
            (Act::Restore, Some(path)) => self.restore(name, path, origin),
            (Act::Rename, Some(path)) => {
                self.ask(Task::Move(path));
                Vec::new()
            }
            (Act::Rights | Act::Owner, Some(path)) => {
                let Some(row) = self.overlays.row() else {
                    return Vec::new();
                };
                let task = if act == Act::Rights {
                    Task::Mode(path, row.mode)
                } else {
                    Task::Owner(path, (row.uid, row.gid))
                };
                self.ask(task);
                Vec::new()
            }
            (Act::Restore, None) => {
                self.say(
                    "put the cursor on a file of it; D on a copy brings all that is shipped back",
                    Role::Stalled,
                );
                Vec::new()
            }
            _ => {
                self.say(
                    "put the cursor on a file or folder of it first",
                    Role::Stalled,
                );
                Vec::new()
            }
        }
    }

    /// The overlay is deleted, once its name was typed.
    fn delete_overlay(&mut self, name: Arc<str>, origin: Option<Origin>) -> Vec<Effect> {
        let title = match origin {
            Some(Origin::Shipped) => {
                let text =
                    format!("{name} is shipped and stays; no node gets it that does not list it");
                self.say(text, Role::Stalled);
                return Vec::new();
            }
            Some(Origin::Copy) => {
                format!("delete the site's copy of {name}: what is shipped counts again")
            }
            _ => format!("delete the overlay {name}"),
        };
        let guard = Guard::Word(name.clone());
        self.change_overlay(name, vec![OverlayStep::Delete], title, guard)
    }

    /// A file of a copy becomes as it is shipped.
    fn restore(&mut self, name: Arc<str>, path: Arc<str>, origin: Option<Origin>) -> Vec<Effect> {
        let standing = self.overlays.row().map(|row| row.standing);
        let shipped = self
            .overlays
            .written()
            .and_then(|file| file.shipped.clone());
        let why = match (origin, standing, &shipped) {
            (Some(Origin::Shipped), ..) => "it is as shipped: there is no copy of it",
            (_, Some(Standing::Same), _) => "it is as shipped",
            (_, Some(Standing::Own | Standing::Added) | None, _) => {
                "nothing is shipped at that path"
            }
            (.., None) => "its text is as shipped; P and W change rights and owner",
            (.., Some(_)) => "",
        };
        let Some(content) = shipped.filter(|_| why.is_empty()) else {
            self.say(why, Role::Stalled);
            return Vec::new();
        };
        let title = format!("write {path} of {name} as it is shipped");
        let mode = None;
        let step = OverlayStep::Write {
            path,
            content,
            mode,
        };
        self.change_overlay(name, vec![step], title, Guard::Enter)
    }

    /// What was asked for was done: the cursor goes to what is new.
    pub(super) fn overlay_followed(&mut self, name: &Arc<str>, steps: &[OverlayStep]) {
        let to = match steps {
            [
                OverlayStep::Mkdir { path, .. }
                | OverlayStep::Symlink { path, .. }
                | OverlayStep::Write { path, .. },
            ] => path,
            [OverlayStep::Move { to, .. }] => to,
            [OverlayStep::Create | OverlayStep::Copy] => return self.overlays.await_overlay(name),
            _ => return,
        };
        if self.overlays.file.as_ref() != Some(to) {
            let (file, line, column) = (to.clone(), 1, 1);
            self.overlays
                .go_line(name, &crate::model::Spot { file, line, column });
        }
    }
}
