//! The changes of overlays: taken back, done again, listed, looked at.

use std::sync::Arc;

use super::heard::sentence;
use super::{App, Effect, Sent};
use crate::api::{Command, Content, LogRow, OverlayCommand, OverlayLogRow, OverlayReply, Reply};
use crate::console::form::{Guard, What};
use crate::console::layer::{Answer, Coming, DiffPane, Layer, LogPane, Past, Taken};
use crate::console::look::Role;

/// How many changes are asked for.
const CHANGES: u32 = 500;
/// Most files of one change that are looked at.
const FILES: usize = 24;

impl App {
    fn ask_changes(&mut self, sent: Sent) -> Vec<Effect> {
        let (name, limit) = (None, CHANGES);
        self.send(
            Command::Overlay(Box::new(OverlayCommand::Log { name, limit })),
            sent,
        )
    }

    /// `u` and `U`: the newest change, or the newest that took one back.
    pub(super) fn overlay_undo(&mut self, again: bool) -> Vec<Effect> {
        self.ask_changes(Sent::OverlayNewest(again))
    }

    /// `H`: the list.
    pub(super) fn open_overlay_log(&mut self) -> Vec<Effect> {
        self.layers.push(Layer::Log(LogPane::of_overlays()));
        self.ask_changes(Sent::OverlayLog)
    }

    /// The changes have come.
    pub(super) fn changes_came(&mut self, sent: &Sent, reply: Reply) -> Vec<Effect> {
        let rows = match reply {
            Reply::Overlay(reply) => match *reply {
                OverlayReply::Log(rows) => Ok(rows),
                _ => Err("the engine gave another answer than was asked for".to_owned()),
            },
            Reply::Refused(refusal) => Err(sentence(&refusal)),
            _ => Err("the engine gave another answer than was asked for".to_owned()),
        };
        match (sent, rows) {
            (Sent::OverlayNewest(again), Ok(rows)) => return self.take_back_newest(&rows, *again),
            (Sent::OverlayLog, rows) => {
                let panes = self.layers.iter_mut().rev();
                let mut panes = panes.filter_map(|layer| match layer {
                    Layer::Log(pane) if pane.overlays.is_some() => Some(pane),
                    _ => None,
                });
                match (panes.next(), rows) {
                    (Some(pane), Ok(rows)) => pane.changes_came(rows),
                    (Some(pane), Err(why)) => pane.refused = Some(why.into()),
                    (None, _) => {}
                }
            }
            (_, Err(why)) => self.say(format!("✗ {why}"), Role::Failed),
            _ => {}
        }
        Vec::new()
    }

    fn take_back_newest(&mut self, rows: &[OverlayLogRow], again: bool) -> Vec<Effect> {
        // What takes back what took something back is as good as the change itself.
        let turned = |row: &OverlayLogRow| {
            let (mut odd, mut undoes) = (false, row.undoes);
            while let Some(number) = undoes {
                odd = !odd;
                undoes = rows
                    .iter()
                    .find(|row| row.number == number)
                    .and_then(|row| row.undoes);
            }
            odd
        };
        let newest = rows
            .iter()
            .find(|row| row.undone_by.is_none() && turned(row) == again);
        let Some(row) = newest else {
            let text = if again {
                "nothing was taken back that could be done again"
            } else {
                "no change of an overlay can be taken back"
            };
            self.say(text, Role::Dim);
            return Vec::new();
        };
        let verb = if again {
            "do again what this took back"
        } else {
            "take back"
        };
        let title = format!("{verb}: {} of {}", row.summary, row.by);
        self.propose(What::OverlayUndo(row.number), title, Guard::Enter, None)
    }

    /// `u` in the list: takes the change under the cursor back.
    pub(super) fn overlay_undo_this(&mut self, row: &LogRow) -> Vec<Effect> {
        if row.undone_by.is_some() {
            self.say("it was taken back already", Role::Stalled);
            return Vec::new();
        }
        let title = format!("take back: {} of {}", row.summary, row.by);
        self.propose(What::OverlayUndo(row.revision), title, Guard::Enter, None)
    }

    /// Enter in the list: what the change under the cursor did, file by file.
    pub(super) fn show_overlay_change(&mut self, row: &OverlayLogRow) -> Vec<Effect> {
        self.ticket += 1;
        let serial = self.ticket;
        self.layers
            .push(Layer::Past(Box::new(Past::new(serial, row, FILES))));
        let mut effects = Vec::new();
        for path in row.paths.iter().take(FILES) {
            for before in [true, false] {
                let ask = OverlayCommand::Past {
                    number: row.number,
                    path: path.clone(),
                    before,
                };
                let sent = Sent::Past(serial, path.clone(), before);
                effects.extend(self.send(Command::Overlay(Box::new(ask)), sent));
            }
        }
        effects
    }

    /// A file before or after that change has come.
    pub(super) fn past_came(&mut self, serial: u64, path: &Arc<str>, before: bool, reply: Reply) {
        let pane = self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Past(pane) if pane.serial == serial => Some(pane),
            _ => None,
        });
        let Some(pane) = pane else { return };
        let content = match reply {
            Reply::Overlay(reply) => match *reply {
                OverlayReply::File(file) => Ok(file.content),
                _ => Err(Arc::from(
                    "the engine gave another answer than was asked for",
                )),
            },
            Reply::Refused(refusal) => Err(sentence(&refusal).into()),
            _ => Err("the engine gave another answer than was asked for".into()),
        };
        pane.came(path, before, content);
    }

    /// What a change of an overlay comes to, or came to; gives the reply back when it is about something else.
    pub(super) fn overlay_changed(&mut self, serial: u64, reply: OverlayReply) -> Vec<Effect> {
        let zone = self.start.zone.clone();
        let pane = self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Diff(pane) if pane.serial == serial => Some(pane),
            _ => None,
        });
        let Some(pane) = pane else {
            if let OverlayReply::Change(outcome) = reply
                && let Some(number) = outcome.number
            {
                self.say(
                    format!("✓ change {number}: {}", outcome.summary),
                    Role::Good,
                );
            }
            return Vec::new();
        };
        let applied = std::mem::take(&mut pane.applying);
        pane.answer = match reply {
            OverlayReply::Change(outcome) if applied => {
                let what = pane.proposal.what.clone();
                return self.overlay_saved(serial, &what, &outcome);
            }
            OverlayReply::Change(outcome) => Answer::Overlay(Box::new(Coming::new(*outcome))),
            OverlayReply::Faulty(faults) => Answer::Faulty(faults),
            OverlayReply::Clash(clash) => {
                let ours = ours(pane);
                let ours = ours.as_ref().and_then(|ours| ours.text());
                let taken = Taken::new(*clash, ours.map(|ours| &**ours), &zone);
                Answer::Taken(Box::new(taken))
            }
            _ => Answer::Refused("the engine gave another answer than was asked for".into()),
        };
        Vec::new()
    }

    fn overlay_saved(
        &mut self,
        serial: u64,
        what: &What,
        outcome: &crate::api::OverlayOutcome,
    ) -> Vec<Effect> {
        self.close_pane(serial);
        let again = if matches!(what, What::OverlayUndo(_)) {
            "U redo"
        } else {
            "u undo"
        };
        match outcome.number {
            None => self.say("nothing differed: nothing was changed", Role::Dim),
            Some(number) => {
                let room = usize::from(self.start.size.0 / 2).saturating_sub(16);
                let summary = crate::kit::text::clip(&outcome.summary, room);
                self.say(
                    format!("✓ change {number}: {summary} · {again}"),
                    Role::Good,
                );
            }
        }
        // Without waiting for news of it.
        self.overlays.doubt(self.local);
        let mut effects = self.written();
        if let What::Overlay { name, steps, .. } = what {
            self.overlay_followed(name, steps);
        }
        let listed = self
            .layers
            .iter()
            .any(|layer| matches!(layer, Layer::Log(pane) if pane.overlays.is_some()));
        if listed {
            effects.extend(self.ask_changes(Sent::OverlayLog));
        }
        effects
    }
}

/// What is to be written, when a change is of one file.
fn ours(pane: &DiffPane) -> Option<Content> {
    let What::Overlay { steps, .. } = &pane.proposal.what else {
        return None;
    };
    steps.iter().find_map(|step| match step {
        crate::api::OverlayStep::Write { content, .. } => Some(content.clone()),
        _ => None,
    })
}
