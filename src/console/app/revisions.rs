//! The revisions: listed, compared, taken back.

use super::{App, Effect, Sent};
use crate::api::Command;
use crate::console::form::{Guard, What};
use crate::console::keys::Act;
use crate::console::layer::{Layer, LogPane};
use crate::console::look::Role;

/// How many revisions are asked for at a time.
pub(super) const REVISIONS: u32 = 200;

impl App {
    pub(super) fn open_log(&mut self) -> Vec<Effect> {
        self.layers.push(Layer::Log(LogPane::default()));
        self.ask_log(None)
    }

    pub(super) fn ask_log(&mut self, before: Option<u64>) -> Vec<Effect> {
        let limit = REVISIONS;
        self.send(Command::Log { before, limit }, Sent::Log)
    }

    /// What a revision changed, or what differs since.
    pub(super) fn revision(&mut self, act: Act) -> Vec<Effect> {
        let here = match self.layers.last() {
            Some(Layer::Log(pane)) => pane.here().map(|row| (row.revision, row.by.clone())),
            _ => None,
        };
        match (here, act) {
            (Some((revision, by)), Act::Revision) => self.show_revision(revision, &by),
            (Some((from, _)), _) => {
                let title = format!("what differs since r{from}");
                self.send(
                    Command::Diff {
                        from,
                        to: None,
                        secrets: false,
                    },
                    Sent::Differences(title.into()),
                )
            }
            (None, _) => Vec::new(),
        }
    }

    pub(super) fn show_revision(&mut self, revision: u64, by: &str) -> Vec<Effect> {
        let title = format!("r{revision} by {by}");
        let command = Command::Diff {
            from: revision.saturating_sub(1),
            to: Some(revision),
            secrets: false,
        };
        self.send(command, Sent::Differences(title.into()))
    }

    /// What changed the setting under the cursor last.
    pub(super) fn last_change(&mut self) -> Vec<Effect> {
        let world = self.world();
        let here = self.settings.here(&world).and_then(|row| row.last.clone());
        match here {
            Some(last) => self.show_revision(last.revision, &last.by),
            None => {
                self.say(
                    "nobody has changed it, as far as the revisions go back",
                    Role::Dim,
                );
                Vec::new()
            }
        }
    }

    pub(super) fn undo_this(&mut self) -> Vec<Effect> {
        let Some(Layer::Log(pane)) = self.layers.last() else {
            return Vec::new();
        };
        let Some(row) = pane.here() else {
            return Vec::new();
        };
        let (revision, title) = (row.revision, undo_title(row.revision, &row.by));
        if let Some(later) = row.undone_by {
            self.say(
                format!("r{revision} was taken back by r{later} already"),
                Role::Stalled,
            );
            return Vec::new();
        }
        self.propose(What::Undo(revision), title, Guard::Enter, None)
    }
}

/// The question whether to take a revision back.
pub(super) fn undo_title(revision: u64, by: &str) -> String {
    format!("undo r{revision} of {by}")
}
