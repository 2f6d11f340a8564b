//! A file of an overlay being written: opened, rendered as it is typed, saved, and never lost.

use std::sync::Arc;
use std::time::Duration;

use super::heard::sentence;
use super::{App, Effect, Sent};
use crate::api::{Command, OverlayCommand, OverlayReply, Reply, VarRow};
use crate::console::keys::{Act, Chord};
use crate::console::layer::Layer;
use crate::console::look::Role;
use crate::console::screens::overlays::Pane;
use crate::console::writing::{Kept, Stand, Writing};

/// How long after the last key what is written is kept outside of the console.
const KEEP: Duration = Duration::from_secs(1);

impl App {
    /// `e` and `E`: the file under the cursor.
    pub(super) fn write_here(&mut self, outside: bool) -> Vec<Effect> {
        let name = self.overlays.overlay.clone();
        let path = self.overlays.file.clone();
        let (Some(name), Some(path)) = (name, path) else {
            self.say(
                "put the cursor on a file first, or make one with i",
                Role::Stalled,
            );
            return Vec::new();
        };
        let line = self.overlays.line() as usize;
        self.write_file(name, path, line, outside)
    }

    /// Opens a file for writing, which need not exist.
    pub(super) fn write_file(
        &mut self,
        name: Arc<str>,
        path: Arc<str>,
        line: usize,
        outside: bool,
    ) -> Vec<Effect> {
        self.ticket += 1;
        let serial = self.ticket;
        let mut writing = Writing::new(serial, name.clone(), path.clone(), line);
        writing.outside = outside;
        let item = self.overlays.item(&name);
        writing.copies = item.is_some_and(|item| item.origin == crate::api::Origin::Shipped);
        let known = self.overlays.written();
        let known = known.filter(|file| file.name == name && file.row.path == path);
        let known = known.cloned();
        let language = writing.language();
        self.overlays.pane = Pane::Template;
        self.layers.push(Layer::Writing(Box::new(writing)));
        let mut effects = Vec::new();
        if let Some(language) = language
            && !self.vars.iter().any(|(known, _)| *known == language)
        {
            effects.extend(self.send(Command::Vars { language }, Sent::Vars(language)));
        }
        match known {
            Some(file) => {
                let reply = Reply::Overlay(Box::new(OverlayReply::File(Box::new(file))));
                effects.extend(self.file_came(serial, reply));
            }
            None => {
                let ask = OverlayCommand::File { name, path };
                effects.extend(self.send(Command::Overlay(Box::new(ask)), Sent::File(serial)));
            }
        }
        effects
    }

    /// The file being written, if that is on top.
    pub(super) fn writing(&mut self) -> Option<&mut Writing> {
        match self.layers.last_mut() {
            Some(Layer::Writing(writing)) => Some(writing),
            _ => None,
        }
    }

    /// The file being written, wherever it is.
    pub(super) fn any_writing(&self) -> Option<&Writing> {
        self.layers.iter().find_map(|layer| match layer {
            Layer::Writing(writing) => Some(&**writing),
            _ => None,
        })
    }

    /// Whether what lies below the layer on top is a file being written.
    pub(super) fn writes_below(&self) -> bool {
        let below = self.layers.iter().rev().nth(1);
        matches!(below, Some(Layer::Writing(_)))
    }

    /// The file has come, or why it has not.
    pub(super) fn file_came(&mut self, serial: u64, reply: Reply) -> Vec<Effect> {
        let found = self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Writing(writing) if writing.serial == serial => Some(&mut **writing),
            _ => None,
        });
        let Some(writing) = found else {
            return Vec::new();
        };
        match reply {
            Reply::Overlay(reply) => match *reply {
                OverlayReply::File(file) => writing.file_came(&file),
                _ => {
                    writing.stand =
                        Stand::Refused("the engine gave another answer than was asked for".into())
                }
            },
            Reply::Refused(refusal) => writing.stand = Stand::Refused(sentence(&refusal).into()),
            _ => {}
        }
        if let Stand::Refused(why) = &writing.stand {
            let why = format!("✗ {why}");
            self.layers.retain(
                |layer| !matches!(layer, Layer::Writing(writing) if writing.serial == serial),
            );
            self.say(why, Role::Failed);
            return Vec::new();
        }
        let draft = self
            .kept
            .iter()
            .find(|kept| kept.is_of(&writing.name, &writing.path));
        if let Some(kept) = draft {
            let when = self.start.zone.time(kept.at);
            let text = format!(
                "what you wrote until {when} and did not save is back: ctrl-u brings the file's own text"
            );
            writing.take_up(kept);
            self.say(text, Role::Stalled);
        }
        self.tell_draft();
        let outside = self.writing().is_some_and(|writing| writing.outside);
        if outside {
            self.write_outside()
        } else {
            Vec::new()
        }
    }

    /// Names that templates may use have come.
    pub(super) fn vars_came(&mut self, language: crate::api::Language, reply: Reply) {
        if let Reply::Vars(rows) = reply {
            self.vars.push((language, rows));
        }
    }

    /// A key that is no action.
    pub(super) fn write_key(&mut self, chord: Chord) {
        let language = self.writing().and_then(|writing| writing.language());
        let known = self.vars.iter().find(|(known, _)| Some(*known) == language);
        // Borrowed apart from the layers.
        let rows: &[VarRow] = known.map_or(&[], |(_, rows)| rows.as_slice());
        if let Some(Layer::Writing(writing)) = self.layers.last_mut() {
            writing.key(chord, rows);
        }
        self.tell_draft();
    }

    /// The actions of a file being written; none when it is another one.
    pub(super) fn perform_writing(&mut self, act: Act) -> Option<Vec<Effect>> {
        let mut told = None;
        let mut effects = Vec::new();
        let writing = match self.layers.last_mut() {
            Some(Layer::Writing(writing)) => writing,
            _ => return None,
        };
        match act {
            Act::Save => return Some(self.write_save()),
            Act::Outside => return Some(self.write_outside()),
            Act::Seek => writing.search(),
            Act::SeekNext => told = writing.seek_on(false),
            Act::SeekPrev => told = writing.seek_on(true),
            Act::GoFault => return Some(self.write_fault()),
            Act::Peek => {
                self.peek();
                return Some(effects);
            }
            _ => {
                writing.offers = None;
                let editor = writing.editor_mut()?;
                match act {
                    Act::Unwrite if !editor.undo() => {
                        told = Some("nothing more to take back".into())
                    }
                    Act::Rewrite if !editor.redo() => told = Some("nothing was taken back".into()),
                    Act::Unwrite | Act::Rewrite => {}
                    Act::Select => editor.select(),
                    Act::CutText => effects.push(Effect::Copy(editor.cut())),
                    Act::CopyText => {
                        effects.push(Effect::Copy(editor.copy()));
                        told = Some("copied: ctrl-v puts it in".into());
                    }
                    Act::PutText if !editor.paste() => {
                        told = Some("nothing was cut or copied yet: ctrl-x, ctrl-y".into());
                    }
                    Act::PutText => {}
                    Act::DropRest => editor.erase_rest(),
                    _ => return None,
                }
            }
        }
        self.tell_draft();
        if let Some(told) = told {
            self.say(told, Role::Dim);
        }
        Some(effects)
    }

    /// Shows what it makes for a moment, where that is not beside it.
    fn peek(&mut self) {
        let beside = self.overlays.parts(self.body()).made.is_some();
        if beside {
            return self.say("it is shown on the right", Role::Dim);
        }
        self.overlays.pane = Pane::Made;
        if let Some(writing) = self.writing() {
            writing.peeks = true;
        }
    }

    /// A key ends that; whether it was so.
    pub(super) fn peeked(&mut self) -> bool {
        let peeks = self
            .writing()
            .is_some_and(|writing| std::mem::take(&mut writing.peeks));
        if peeks {
            self.overlays.pane = Pane::Template;
        }
        peeks
    }

    /// To the next line with a fault.
    fn write_fault(&mut self) -> Vec<Effect> {
        let faults = self.overlays.faults();
        let mut spots: Vec<(u32, u32)> = faults
            .iter()
            .filter_map(|fault| fault.spot.as_ref().map(|spot| (spot.line, spot.column)))
            .collect();
        spots.sort_unstable();
        let Some(editor) = self.writing().and_then(|writing| writing.editor_mut()) else {
            return Vec::new();
        };
        let (row, column) = editor.spot();
        let here = (
            u32::try_from(row).unwrap_or(u32::MAX),
            u32::try_from(column).unwrap_or(u32::MAX),
        );
        match spots.iter().find(|spot| **spot > here).or(spots.first()) {
            Some((line, column)) => editor.seek(*line as usize, *column as usize),
            None => self.say("nothing is wrong with it", Role::Dim),
        }
        Vec::new()
    }

    /// What is written takes the place of the file in what is rendered, if it is another text than at the last time; it is kept
    /// outside of the console a little later.
    pub(super) fn tell_draft(&mut self) {
        let Some(writing) = self.any_writing() else {
            return;
        };
        let version = (
            writing.serial,
            writing
                .editor()
                .map_or(0, crate::console::widgets::editor::Editor::version),
        );
        if self.told == version {
            return;
        }
        let draft = writing.draft();
        self.told = version;
        self.overlays.write(draft, self.local);
        self.keep_at = Some(self.local + KEEP);
    }

    /// Keeps what is written where it outlives the console, once nobody has typed for a moment.
    pub(super) fn look_kept(&mut self) -> Vec<Effect> {
        match self.keep_at {
            Some(due) if due <= self.local => self.keep(),
            _ => Vec::new(),
        }
    }

    /// The same at once.
    pub(super) fn keep(&mut self) -> Vec<Effect> {
        self.keep_at = None;
        let Some(writing) = self.any_writing() else {
            return Vec::new();
        };
        let (name, path) = (writing.name.clone(), writing.path.clone());
        match writing.kept(self.now()) {
            Some(kept) => {
                self.remember(kept.clone());
                vec![Effect::Keep(Box::new(kept))]
            }
            None => self.forget(&name, &path),
        }
    }

    /// What would be lost if the console ended now.
    #[must_use]
    pub fn unkept(&self) -> Option<Kept> {
        let writing = self.any_writing()?;
        self.keep_at.and_then(|_| writing.kept(self.now()))
    }

    fn remember(&mut self, kept: Kept) {
        self.kept.retain(|old| !old.is_of(&kept.name, &kept.path));
        self.kept.push(kept);
    }

    /// The draft of a file need not be kept any more.
    pub(super) fn forget(&mut self, name: &Arc<str>, path: &Arc<str>) -> Vec<Effect> {
        let before = self.kept.len();
        self.kept.retain(|old| !old.is_of(name, path));
        if self.kept.len() == before {
            return Vec::new();
        }
        vec![Effect::Forget(name.clone(), path.clone())]
    }
}
