//! The configuration files: what was read of them, what of that is in force, and what is kept for the next start.

use std::sync::Arc;

use super::differences::summary;
use super::engine::Engine;
use super::input::{Output, Text};
use super::journal::Revision;
use super::prepare::digest;
use crate::fleet::What;
use crate::kit::Stamp;
use crate::model::{Fault, File};
use crate::registry::{self, Difference, Loaded};

/// Who changes a file without us.
pub const BY_HAND: &str = "by hand";

/// After how many steps `nodes.conf` is kept whole again.
const KEEP_EVERY: u64 = 64;

/// What the next start falls back on.
#[derive(Debug)]
pub struct Kept {
    conf: Text,
    nodes: Text,
    revision: u64,
    /// Whether what was read last of `muster.conf` and of `nodes.conf` left nothing to an older form.
    good: (bool, bool),
    /// Whether it is time to keep `nodes.conf` again.
    due: bool,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            conf: Text::Absent,
            nodes: Text::Absent,
            revision: 0,
            good: (true, true),
            due: false,
        }
    }
}

impl Kept {
    fn text(&self, file: File) -> &Text {
        match file {
            File::Conf => &self.conf,
            File::Nodes => &self.nodes,
        }
    }

    /// Whether nothing of what was read of a file last was left to an older form.
    pub fn good(&self, file: File) -> bool {
        match file {
            File::Conf => self.good.0,
            File::Nodes => self.good.1,
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
            ..Kept::default()
        };
        self.files(texts.0, texts.1, now, out);
    }

    /// What was read of a file.
    pub(super) fn text(&self, file: File) -> &Text {
        match file {
            File::Conf => &self.conf,
            File::Nodes => &self.nodes,
        }
    }

    /// The same, to be changed.
    pub(super) fn text_mut(&mut self, file: File) -> &mut Text {
        match file {
            File::Conf => &mut self.conf,
            File::Nodes => &mut self.nodes,
        }
    }

    /// Both files as they are now. What is wrong in them stays out; everything else is in force at once.
    pub(super) fn files(&mut self, conf: Text, nodes: Text, now: Stamp, out: &mut Vec<Output>) {
        let mut unreadable = Vec::new();
        let mut news = Vec::new();
        for (file, text) in [(File::Conf, conf), (File::Nodes, nodes)] {
            match text {
                Text::Unreadable(why) => {
                    let path = self.view.settings.paths.file(file);
                    let fault = Fault::error(format!("{} cannot be read: {why}", path.display()));
                    unreadable.push(match self.text(file) {
                        Text::Content(_) => fault.hint("what was last read of it stays in force"),
                        _ => fault,
                    });
                }
                text if text == *self.text(file) => {}
                // It comes into force when it is known to be safe on the disk.
                text if self.awaits(file, &text) => {}
                text => news.push((file, text)),
            }
        }
        // Of each file that changes a revision is made; what is read for the first time is in force together.
        let known = |(file, _): &(File, Text)| self.heads.contains_key(file);
        if self.started || news.iter().all(known) {
            for one in news {
                self.came_by_file(vec![one], now, out);
            }
        } else {
            self.came_by_file(news, now, out);
        }
        self.set_faults("files", unreadable, now);
    }

    /// New texts of files come into force together.
    fn came_by_file(&mut self, news: Vec<(File, Text)>, now: Stamp, out: &mut Vec<Output>) {
        if news.is_empty() {
            return;
        }
        let by = news
            .first()
            .map_or_else(|| BY_HAND.into(), |(file, _)| self.hand(*file));
        let mut files = Vec::with_capacity(news.len());
        for (file, text) in news {
            let kept = self.kept.text(file);
            // Of equal texts one is held.
            let text = if text == *kept { kept.clone() } else { text };
            *self.text_mut(file) = text;
            files.push(file);
        }
        let before = self.view.revision;
        let loaded = self.load();
        let differences = loaded.differences.clone();
        if self.started && !differences.is_empty() {
            self.saving_summary = Some(summary(&differences).into());
        }
        self.came(loaded, &by, now, out);
        self.saving_summary = None;
        for file in files {
            self.by_hand((file, before), &differences, now, out);
        }
    }

    fn awaits(&mut self, file: File, text: &Text) -> bool {
        let saving = self.saving.as_mut();
        saving.is_some_and(|saving| saving.awaits(file, text))
    }

    /// What was written into a file without us becomes a step of the journal. The very first text is where that begins.
    fn by_hand(
        &mut self,
        (file, before): (File, u64),
        differences: &[Difference],
        now: Stamp,
        out: &mut Vec<Output>,
    ) {
        let Text::Content(text) = self.text(file).clone() else {
            return;
        };
        // A file of settings that was not there said nothing.
        let nothing = || (file == File::Conf && self.started).then(Arc::default);
        let Some(head) = self.heads.get(&file).cloned().or_else(nothing) else {
            return self.first(file, text, now, out);
        };
        let listed = self.view.revision != before;
        let held =
            file == File::Nodes && (!self.view.nodes.is_empty() || !self.view.profiles.is_empty());
        if (head == text && !listed) || (held && text.trim().is_empty()) {
            return;
        }
        let mine = |one: &&Difference| one.table.file() == file;
        let differences: Vec<Difference> = differences.iter().filter(mine).cloned().collect();
        let said = if differences.is_empty() {
            format!("change {}", file.name())
        } else {
            summary(&differences)
        };
        let revision = Revision {
            seq: self.journal.next_seq(),
            file,
            revision: self.view.revision,
            listed,
            at: now,
            by: self.hand(file),
            hand: true,
            good: self.kept.good(file),
            summary: said.into(),
            note: None,
            undoes: None,
            digests: (digest(&head), digest(&text)),
            hunks: Some(registry::between(&head, &text)),
            differences,
        };
        out.push(Output::Journal(Box::new(revision.clone())));
        self.stepped(revision, text);
        self.look_for_overwritten(now);
    }

    /// Who changed a file without us, as far as its owner says.
    fn hand(&self, file: File) -> Arc<str> {
        match self.owners.get(&file) {
            Some(owner) => format!("{BY_HAND} ({owner})").into(),
            None => BY_HAND.into(),
        }
    }

    /// Who owns a file now, where that says who wrote it.
    pub(super) fn owner(&mut self, file: File, name: Option<Arc<str>>) {
        match name {
            Some(name) => self.owners.insert(file, name),
            None => self.owners.remove(&file),
        };
    }

    /// A step was made: the journal knows it, and the text that it led to.
    pub(super) fn stepped(&mut self, revision: Revision, text: Arc<str>) {
        self.kept.due |= revision.hunks.is_none() || revision.seq.is_multiple_of(KEEP_EVERY);
        self.heads.insert(revision.file, text);
        self.journal.push(revision);
    }

    pub(super) fn load(&mut self) -> Loaded {
        self.registry
            .load(self.conf.content(), self.nodes.content())
    }

    /// What was read or drafted is in force in the registry: everybody else learns of it.
    pub(super) fn came(
        &mut self,
        loaded: Loaded,
        by: &Arc<str>,
        now: Stamp,
        out: &mut Vec<Output>,
    ) {
        let before = self.view.revision;
        self.view = loaded.view;
        self.keep(loaded.good, out);
        self.refresh_faults(now);
        self.check_arguments(now);
        self.check_scripts(now);
        self.check_networks(now);
        if self.view.revision != before {
            self.fleet.registry(&self.view);
            self.forget_drifts();
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
    /// that was kept before, and in the steps since. `nodes.conf` may be long, and every step says what it made of the text, so it
    /// is kept whole from time to time only.
    fn keep(&mut self, good: (bool, bool), out: &mut Vec<Output>) {
        self.kept.good = good;
        let known = matches!(self.kept.nodes, Text::Content(_));
        let due = self.kept.due || !known || self.journal.last_of(File::Nodes).is_none();
        for (name, wanted, text, kept) in [
            ("muster.conf", good.0, &self.conf, &mut self.kept.conf),
            (
                "nodes.conf",
                good.1 && due,
                &self.nodes,
                &mut self.kept.nodes,
            ),
        ] {
            if let Text::Content(content) = text
                && wanted
                && text != kept
            {
                *kept = text.clone();
                let text = content.clone();
                self.kept.due &= name != "nodes.conf";
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
