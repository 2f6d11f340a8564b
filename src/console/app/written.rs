//! The end of writing a file: saved, put aside, dropped, or set against what somebody else wrote meanwhile.

use super::{App, Effect, Place};
use crate::api::Content;
use crate::console::form::{Guard, What};
use crate::console::keys::Act;
use crate::console::layer::{Answer, Asked, Layer, Question};
use crate::console::look::Role;
use crate::console::writing::Stand;
use crate::model::Spot;

impl App {
    /// What saving would come to.
    pub(super) fn write_save(&mut self) -> Vec<Effect> {
        let Some(writing) = self.writing() else {
            return Vec::new();
        };
        writing.offers = None;
        match writing.stand {
            Stand::Asked => {
                self.say("wait: the file has not come yet", Role::Stalled);
                return Vec::new();
            }
            Stand::There if !writing.touched() => {
                self.say("nothing was changed", Role::Dim);
                return self.write_close();
            }
            _ => {}
        }
        let what = What::Overlay {
            name: writing.name.clone(),
            steps: writing.steps(),
            base: Some(writing.base.clone()),
            force: false,
        };
        let title = format!("save {} of {}", writing.path, writing.name);
        let keep = self.keep();
        let propose = self.propose(what, title, Guard::Enter, None);
        keep.into_iter().chain(propose).collect()
    }

    /// The file in the person's editor.
    pub(super) fn write_outside(&mut self) -> Vec<Effect> {
        let Some(writing) = self.writing() else {
            return Vec::new();
        };
        if writing.stand == Stand::Asked {
            return Vec::new();
        }
        let name = writing
            .path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let line = writing.editor().map_or(1, |editor| editor.spot().0);
        let text = writing.content().bytes().unwrap_or_default();
        let line = u32::try_from(line).unwrap_or(1);
        self.draft = None;
        vec![Effect::Editor { name, text, line }]
    }

    /// The editor has ended.
    pub(super) fn written_outside(&mut self, result: Result<Vec<u8>, String>) -> Vec<Effect> {
        let Some(writing) = self.writing() else {
            return Vec::new();
        };
        let alone = std::mem::take(&mut writing.outside);
        match result {
            Ok(bytes) => {
                writing.take(&bytes);
                self.tell_draft();
                if alone {
                    return self.write_save();
                }
            }
            Err(why) => {
                let touched = writing.unsaved();
                self.say(format!("✗ {why}"), Role::Failed);
                if alone && !touched {
                    return self.write_close();
                }
            }
        }
        Vec::new()
    }

    /// Esc: one step back; out of what is not saved only when that was asked.
    pub(super) fn write_left(&mut self) -> Vec<Effect> {
        let Some(writing) = self.writing() else {
            return Vec::new();
        };
        if writing.step_back() {
            return Vec::new();
        }
        if !writing.unsaved() {
            return self.write_close();
        }
        let title = "not saved".to_owned();
        let line = format!(
            "{} of {} was changed and not saved.",
            writing.path, writing.name
        );
        self.layers.push(Layer::Confirm(Question {
            title,
            lines: vec![line],
            yes: Asked::Drop,
            enter_is_yes: false,
            keys: &[
                ("⏎ Esc", "write on", Act::Close),
                ("a", "put it aside for later", Act::PutAside),
                ("y", "drop the changes", Act::Yes),
            ],
        }));
        Vec::new()
    }

    /// The file is not written any more.
    pub(super) fn write_close(&mut self) -> Vec<Effect> {
        self.layers
            .retain(|layer| !matches!(layer, Layer::Writing(_)));
        self.keep_at = None;
        self.overlays.write(None, self.local);
        Vec::new()
    }

    /// What was written is dropped, for good.
    pub(super) fn write_dropped(&mut self) -> Vec<Effect> {
        let of = self
            .any_writing()
            .map(|writing| (writing.name.clone(), writing.path.clone()));
        self.write_close();
        self.say("the changes were dropped", Role::Dim);
        of.map_or_else(Vec::new, |(name, path)| self.forget(&name, &path))
    }

    /// What was written is kept for later.
    pub(super) fn put_aside(&mut self) -> Vec<Effect> {
        let dropped = matches!(self.layers.last(), Some(Layer::Confirm(question)) if question.yes == Asked::Drop);
        if !dropped {
            return Vec::new();
        }
        self.layers.pop();
        let keep = self.keep();
        self.write_close();
        self.say(
            "kept for later: e on the file takes it up again",
            Role::Good,
        );
        keep
    }

    /// It was saved.
    pub(super) fn written(&mut self) -> Vec<Effect> {
        let of = self
            .any_writing()
            .map(|writing| (writing.name.clone(), writing.path.clone()));
        let Some((name, path)) = of else {
            return Vec::new();
        };
        self.write_close();
        if self.place == Place::Overlays {
            let (line, column) = (self.overlays.line(), 1);
            if self.overlays.file.as_ref() != Some(&path) {
                let spot = Spot {
                    file: path.clone(),
                    line,
                    column,
                };
                self.overlays.go_line(&name, &spot);
            }
        }
        self.forget(&name, &path)
    }

    /// Theirs takes the place of what is typed, which `undo` brings back.
    pub(super) fn take_theirs(&mut self) {
        let Some(Layer::Diff(pane)) = self.layers.pop() else {
            return;
        };
        let Answer::Taken(taken) = pane.answer else {
            return;
        };
        let clash = taken.clash;
        let Some(writing) = self.writing() else {
            self.say("left at theirs", Role::Dim);
            return;
        };
        writing.over(clash.theirs.as_ref(), &clash.digest);
        match clash.theirs.as_ref().and_then(Content::bytes) {
            Some(bytes) => {
                writing.take(&bytes);
                self.say(
                    "theirs is in the editor: ctrl-u brings yours back",
                    Role::Stalled,
                );
            }
            None => self.say(
                "there is no such file any more: saving makes it anew",
                Role::Stalled,
            ),
        }
        self.tell_draft();
    }

    /// Back to what is typed, which stands against theirs from now on.
    pub(super) fn mend_writing(&mut self) {
        let Some(Layer::Diff(pane)) = self.layers.pop() else {
            return;
        };
        let Answer::Taken(taken) = pane.answer else {
            return;
        };
        if let Some(writing) = self.writing() {
            writing.over(taken.clash.theirs.as_ref(), &taken.clash.digest);
            self.say(
                "yours is still here: saving it now shows how it differs from theirs",
                Role::Stalled,
            );
        }
        self.tell_draft();
    }
}
