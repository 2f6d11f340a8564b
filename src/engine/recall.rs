//! What earlier runs left: the revisions of both files, and the texts that they led to.

use std::sync::Arc;

use super::engine::Engine;
use super::files::BY_HAND;
use super::input::{Output, Text};
use super::journal::Revision;
use super::prepare::digest;
use crate::kit::Stamp;
use crate::model::File;
use crate::registry;

/// What the steps of a file led to.
struct Led {
    /// The last text of which nothing was left to an older form; none if that is the one that was kept.
    good: Option<String>,
    /// The last text.
    head: String,
}

impl Engine {
    /// The revisions of earlier runs. What is in force now is what was kept last, which may be many steps behind.
    pub(super) fn recalled(&mut self, steps: Vec<Revision>, now: Stamp, out: &mut Vec<Output>) {
        let led = File::BOTH.map(|file| (file, self.led_to(file, &steps)));
        let Some(last) = steps.last() else {
            for file in File::BOTH {
                if let Text::Content(kept) = self.text(file).clone() {
                    self.heads.insert(file, kept);
                }
            }
            return;
        };
        let revision = last.revision.max(self.view.revision);
        self.resumed = Some(revision);
        self.journal.restore(steps);
        // What the last text leaves to an older form is found in the last good one.
        let mut goods = Vec::new();
        for (file, led) in led {
            let Some(led) = led else { continue };
            goods.extend(led.good.map(|good| (file, good.into())));
            self.heads.insert(file, led.head.into());
        }
        self.stood(goods, now, out);
        self.stood(self.heads.clone().into_iter().collect(), now, out);
        self.number(revision, out);
    }

    /// Takes texts of an earlier time, where they are others than what is held.
    fn stood(&mut self, texts: Vec<(File, Arc<str>)>, now: Stamp, out: &mut Vec<Output>) {
        let mut news = false;
        for (file, text) in texts {
            if *text != *self.text(file).shared() {
                *self.text_mut(file) = Text::Content(text);
                news = true;
            }
        }
        if news {
            let loaded = self.load();
            self.came(loaded, &BY_HAND.into(), now, out);
        }
    }

    /// What the steps of a file led to, beginning with what was kept of it. None if that is not known: the file may still be it.
    fn led_to(&self, file: File, steps: &[Revision]) -> Option<Led> {
        let kept = self.text(file).shared();
        let steps: Vec<&Revision> = steps.iter().filter(|step| step.file == file).collect();
        let Some(last) = steps.last() else {
            let head = self.text(file).content()?.to_owned();
            return Some(Led { good: None, head });
        };
        let print = digest(&kept);
        let at = steps.iter().rposition(|step| step.digests.1 == print);
        let first = steps.iter().position(|step| step.digests.0 == print);
        let from = at.map(|at| at + 1).or(first)?;
        let last_good = steps[from..].iter().rposition(|step| step.good);
        let (mut head, mut good) = (kept.to_string(), None);
        for (at, step) in steps[from..].iter().enumerate() {
            head = registry::apply(&head, step.hunks.as_deref()?)?;
            if Some(at) == last_good {
                good = Some(head.clone());
            }
        }
        (digest(&head) == last.digests.1).then_some(Led { good, head })
    }

    /// The first text of a file that is read: the one that the journal led to, or one of which nobody knows how it came.
    pub(super) fn first(&mut self, file: File, text: Arc<str>, now: Stamp, out: &mut Vec<Output>) {
        match self.journal.last_of(file) {
            None => {
                self.heads.insert(file, text);
            }
            Some(last) if last.leads_to(&text) => {
                let revision = last
                    .revision
                    .max(self.journal.last().map_or(0, |step| step.revision));
                self.heads.insert(file, text);
                self.number(revision, out);
            }
            // What came between is not known: nothing before it can be taken back line by line.
            Some(_) => self.gap(file, &text, now, out),
        }
    }

    /// What is in force has this number.
    fn number(&mut self, revision: u64, out: &mut Vec<Output>) {
        if let Some(view) = self.registry.number(revision) {
            self.view = view;
            out.push(Output::Swap(self.view.clone()));
        }
    }

    fn gap(&mut self, file: File, text: &Arc<str>, now: Stamp, out: &mut Vec<Output>) {
        let before = self.journal.last_of(file);
        let before = before.map(|step| step.digests.1.clone());
        let revision = Revision {
            seq: self.journal.next_seq(),
            file,
            revision: self.journal.last().map_or(0, |step| step.revision),
            listed: false,
            at: now,
            by: BY_HAND.into(),
            hand: true,
            good: self.kept.good(file),
            summary: "something that is not known".into(),
            note: None,
            undoes: None,
            digests: (before.unwrap_or_default(), digest(text)),
            hunks: None,
            differences: Vec::new(),
        };
        out.push(Output::Journal(Box::new(revision.clone())));
        self.stepped(revision, text.clone());
    }
}
