//! Changes of overlays: what they come to, done, taken back, done again.

use super::contrasts::CHANGES;
use super::heard::sentence;
use super::sent::Piece;
use super::{App, Effect, Sent};
use crate::api::{Content, OverlayCommand, OverlayLogRow, OverlayReply, Reply};
use crate::console::form::{Guard, What};
use crate::console::layer::{Answer, Coming, DiffPane, Layer, Taken};
use crate::console::look::Role;

/// How far back a change that can be taken back is looked for.
const LOOKED: u32 = 500;

impl App {
    /// `u` and `U`: the newest change, or the newest that took one back.
    pub(super) fn overlay_undo(&mut self, again: bool) -> Vec<Effect> {
        let (name, limit) = (None, LOOKED);
        self.ask_overlay(
            OverlayCommand::Log { name, limit },
            Sent::OverlayNewest(again),
        )
    }

    /// The changes have come, to take the newest of them back.
    pub(super) fn changes_came(&mut self, again: bool, reply: Reply) -> Vec<Effect> {
        let why = match reply {
            Reply::Overlay(reply) => match *reply {
                OverlayReply::Log(rows) => return self.take_back_newest(&rows, again),
                _ => "the engine gave another answer than was asked for".to_owned(),
            },
            Reply::Refused(refusal) => sentence(&refusal),
            _ => "the engine gave another answer than was asked for".to_owned(),
        };
        self.say(format!("✗ {why}"), Role::Failed);
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
        let title = format!("{verb}: {} by {}", row.summary, row.by);
        let number = row.number;
        self.propose(
            What::OverlayUndo { number, again },
            title,
            Guard::Enter,
            None,
        )
    }

    /// `u` in the list of changes: takes the one under the cursor back.
    pub(super) fn overlay_undo_this(&mut self) -> Vec<Effect> {
        let Some(Layer::History(pane)) = self.layers.last() else {
            return Vec::new();
        };
        let Some(row) = pane.here() else {
            return Vec::new();
        };
        if let Some(later) = row.undone_by {
            self.say(
                format!("it was taken back already, by #{later}"),
                Role::Stalled,
            );
            return Vec::new();
        }
        let title = format!("take back: {} by {}", row.summary, row.by);
        let (number, again) = (row.number, false);
        self.propose(
            What::OverlayUndo { number, again },
            title,
            Guard::Enter,
            None,
        )
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
        let again = if matches!(what, What::OverlayUndo { again: false, .. }) {
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
        let listed = self.layers.iter().find_map(|layer| match layer {
            Layer::History(pane) => Some((pane.serial, pane.overlay.clone())),
            _ => None,
        });
        if let Some((serial, name)) = listed {
            let (name, limit) = (Some(name), CHANGES);
            let log = OverlayCommand::Log { name, limit };
            effects.extend(self.ask_overlay(log, Sent::Pane(serial, Piece::Changes)));
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
