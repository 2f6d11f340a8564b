//! The state in the shape that Warewulf's tools read.

use super::engine::Engine;
use crate::boot::status::{StatusLine, part_word, word};
use crate::fleet::{Boot, Stage, What};

impl Engine {
    /// One line a node, for `/status`: what was sent to it last.
    #[must_use]
    pub fn status_lines(&self) -> Vec<StatusLine> {
        let line = |node: &std::sync::Arc<crate::model::Node>| {
            let status = self.fleet.status(node.id);
            let mut line = StatusLine {
                name: node.name.to_string(),
                ..StatusLine::default()
            };
            if status.stage == Stage::Off {
                return line;
            }
            line.stage = word(status.stage).into();
            line.ipaddr = status.ip.map(|ip| ip.to_string()).unwrap_or_default();
            line.last_seen = status.heard.unwrap_or(status.since).0 / 1000;
            if let Some((stage, sent)) = self.fleet.boot(node.id).and_then(last_sent) {
                line.stage = stage.into();
                line.sent = sent;
            }
            line
        };
        self.view.nodes.iter().map(line).collect()
    }
}

/// The last file of a boot: its route's word, and its name.
fn last_sent(boot: &Boot) -> Option<(&'static str, String)> {
    boot.events().rev().find_map(|event| match &event.what {
        What::Transfer(transfer) => {
            let name = transfer
                .path
                .split(['/', '?'])
                .rfind(|part| !part.is_empty())?;
            Some((part_word(transfer.part), name.to_owned()))
        }
        _ => None,
    })
}
