//! What each command does. Dispatch, and the answers that are plain reading.

use std::sync::Arc;

use super::adopt::Edit;
use super::engine::Engine;
use super::input::{Output, Ticket};
use crate::api::{Command, Refusal, Reply, SettingRow};
use crate::fleet::why;
use crate::kit::{Stamp, suggest};
use crate::model::Node;

/// Most rows in one answer.
const ROWS: usize = 10_000;

impl Engine {
    /// Answers a command, or starts what will answer it.
    pub(super) fn command(
        &mut self,
        ticket: Ticket,
        command: Command,
        now: Stamp,
        out: &mut Vec<Output>,
    ) {
        let reply = match command {
            Command::Snapshot => Reply::Snapshot(Box::new(self.snapshot(now))),
            Command::Node { name } => match self.find(&name) {
                Ok(node) => Reply::Node(Box::new(self.detail(&node))),
                Err(refusal) => Reply::Refused(refusal),
            },
            Command::Why { name } => match self.find(&name) {
                Ok(node) => Reply::Why(Box::new(why(&self.fleet, &self.view, node.id, now))),
                Err(refusal) => Reply::Refused(refusal),
            },
            Command::Events {
                name,
                boot,
                before,
                limit,
            } => {
                let limit = (limit as usize).min(ROWS);
                Reply::Events(self.timeline.newest(name.as_deref(), boot, before, limit))
            }
            Command::Boots { name, limit } => {
                let limit = (limit as usize).min(ROWS);
                Reply::Boots(self.boots.newest(name.as_deref(), limit))
            }
            Command::Images => Reply::Images(self.image_rows()),
            Command::Settings => Reply::Settings(self.settings()),
            Command::Adopt { mac, name, by } => {
                let edit = Edit::Adopt {
                    mac,
                    name,
                    by,
                    ticket,
                };
                return self.edit(edit, now, out);
            }
            Command::Change { .. }
            | Command::Undo { .. }
            | Command::Redo { .. }
            | Command::Log { .. }
            | Command::Diff { .. }
            | Command::Entries { .. }
            | Command::Read { .. } => Reply::Refused(Refusal {
                what: "changes are not carried out yet".into(),
                fix: None,
            }),
            Command::Merged { .. } => self.merged(&command),
            Command::Reload => {
                out.push(Output::Reread);
                Reply::Done("muster.conf, nodes.conf and the images are read again".into())
            }
            Command::Stop => {
                let reply = Reply::Done("muster stops".into());
                out.extend([Output::Reply(ticket, Box::new(reply)), Output::Stop]);
                return;
            }
        };
        out.push(Output::Reply(ticket, Box::new(reply)));
    }

    /// The node of that name.
    ///
    /// # Errors
    /// A refusal with the nearest names.
    fn find(&self, name: &str) -> Result<Arc<Node>, Refusal> {
        self.view.by_name(name).cloned().ok_or_else(|| {
            let near = suggest::nearest(name, self.view.nodes.iter().map(|node| &*node.name));
            Refusal {
                what: format!("there is no node `{name}`").into(),
                fix: near.map(|near| format!("did you mean `{near}`?").into()),
            }
        })
    }

    fn settings(&self) -> Vec<SettingRow> {
        let row = |(key, value, set): &(Arc<str>, String, bool)| SettingRow {
            key: key.clone(),
            value: value.as_str().into(),
            set: *set,
        };
        self.view.settings.listing.iter().map(row).collect()
    }
}
