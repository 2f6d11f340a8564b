//! The configuration files: what was read of them, what of that is in force, and what is kept for the next start.

use std::sync::Arc;

use super::engine::Engine;
use super::input::{Output, Text};
use crate::fleet::What;
use crate::kit::Stamp;
use crate::model::Fault;

/// What the next start falls back on.
#[derive(Debug)]
pub struct Kept {
    conf: Text,
    nodes: Text,
    revision: u64,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            conf: Text::Absent,
            nodes: Text::Absent,
            revision: 0,
        }
    }
}

impl Engine {
    /// What an earlier run kept: its files and the revision that they were.
    pub(super) fn last_good(
        &mut self,
        texts: (Text, Text),
        revision: u64,
        now: Stamp,
        out: &mut Vec<Output>,
    ) {
        self.registry.resume(revision);
        self.resumed = (revision > 0).then_some(revision);
        self.kept = Kept {
            conf: texts.0.clone(),
            nodes: texts.1.clone(),
            revision,
        };
        self.files(texts.0, texts.1, now, out);
    }

    /// Both files as they are now. What is wrong in them stays out; everything else is in force at once.
    pub(super) fn files(&mut self, conf: Text, nodes: Text, now: Stamp, out: &mut Vec<Output>) {
        let by = self
            .saving
            .as_ref()
            .filter(|saving| saving.is(&nodes))
            .map_or_else(|| "disk".into(), |saving| saving.by());
        let mut unreadable = Vec::new();
        let mut news = false;
        for (name, text, held, kept) in [
            ("muster.conf", conf, &mut self.conf, &self.kept.conf),
            ("nodes.conf", nodes, &mut self.nodes, &self.kept.nodes),
        ] {
            match text {
                Text::Unreadable(why) => {
                    let path = self.view.settings.paths.conf.join(name);
                    let fault = Fault::error(format!("{} cannot be read: {why}", path.display()));
                    unreadable.push(match held {
                        Text::Content(_) => fault.hint("what was last read of it stays in force"),
                        _ => fault,
                    });
                }
                text if text == *held => {}
                text => {
                    news = true;
                    // Of equal texts one is held.
                    *held = if text == *kept { kept.clone() } else { text };
                }
            }
        }
        if news {
            self.load(&by, now, out);
        }
        self.set_faults("files", unreadable, now);
    }

    /// Puts what was read into force.
    pub(super) fn load(&mut self, by: &Arc<str>, now: Stamp, out: &mut Vec<Output>) {
        let before = self.view.revision;
        let loaded = self
            .registry
            .load(self.conf.content(), self.nodes.content());
        self.view = loaded.view;
        self.keep(loaded.good, out);
        self.refresh_faults(now);
        self.check_arguments(now);
        self.check_scripts(now);
        if self.view.revision != before {
            self.fleet.registry(&self.view);
            let closed = self
                .boots
                .close(|name| self.view.by_name(name).is_none(), now);
            if !closed.is_empty() {
                let events = Vec::new();
                out.push(Output::Record {
                    boots: closed,
                    events,
                });
            }
            self.propose(false);
            self.untold.registry = true;
            self.untold.strangers |= !self.proposals.is_empty();
            if self.started {
                self.changed(by, self.size(), now);
            }
        }
        out.push(Output::Swap(self.view.clone()));
    }

    /// Tells of a new revision.
    pub(super) fn changed(&mut self, by: &Arc<str>, text: String, now: Stamp) {
        let what = match self.saving_summary.take() {
            Some(summary) => summary,
            None => text.into(),
        };
        self.note(
            What::Change {
                revision: self.view.revision,
                by: by.clone(),
                text: what,
            },
            now,
        );
    }

    pub(super) fn size(&self) -> String {
        let (nodes, profiles) = (self.view.nodes.len(), self.view.profiles.len());
        format!("{nodes} nodes, {profiles} profiles")
    }

    /// Keeps the files for the next start, each unless something of it was not taken: what that falls back on is in the text
    /// that was kept before.
    fn keep(&mut self, good: (bool, bool), out: &mut Vec<Output>) {
        for (name, good, text, kept) in [
            ("muster.conf", good.0, &self.conf, &mut self.kept.conf),
            ("nodes.conf", good.1, &self.nodes, &mut self.kept.nodes),
        ] {
            if let Text::Content(content) = text
                && good
                && text != kept
            {
                *kept = text.clone();
                let text = content.clone();
                out.push(Output::Keep { name, text });
            }
        }
        if self.kept.revision != self.view.revision {
            self.kept.revision = self.view.revision;
            let text = self.view.revision.to_string().into();
            out.push(Output::Keep {
                name: "revision",
                text,
            });
        }
    }
}
