//! A value of several lines: opened, edited here or in the person's editor, and what comes of it.

use std::sync::Arc;

use super::{App, Effect, Part, Sent};
use crate::console::form::{Meant, Prose, Subject};
use crate::console::layer::Layer;
use crate::console::look::Role;
use crate::model::field::Field;

impl App {
    /// A field as lines.
    pub(super) fn open_prose(
        &mut self,
        subject: Subject,
        key: Arc<str>,
        field: &'static Field,
    ) -> Vec<Effect> {
        self.ticket += 1;
        let (serial, base) = (self.ticket, self.mirror.head.revision);
        let asked = subject.asked();
        let prose = Prose::new(serial, subject, key, field, base);
        self.layers.push(Layer::Prose(Box::new(prose)));
        match asked {
            Some(entry) => self.send(entry, Sent::Form(serial, Part::Entry)),
            None => Vec::new(),
        }
    }

    /// The lines on top.
    pub(super) fn prose(&mut self) -> Option<&mut Prose> {
        match self.layers.last_mut() {
            Some(Layer::Prose(prose)) => Some(&mut **prose),
            _ => None,
        }
    }

    /// What the lines would change.
    pub(super) fn prose_done(&mut self) -> Vec<Effect> {
        let Some(prose) = self.prose() else {
            return Vec::new();
        };
        let title = format!("save {} of {}", prose.key, prose.subject.text());
        let (meant, base) = (prose.meant(), prose.base);
        self.meant(meant, &title, base)
    }

    /// What was meant is proposed; or it is told why nothing is.
    pub(super) fn meant(
        &mut self,
        meant: Result<Meant, String>,
        title: &str,
        base: u64,
    ) -> Vec<Effect> {
        use crate::console::form::{Guard, What};
        match meant {
            Err(why) => {
                self.say(format!("✗ {why}"), Role::Failed);
                Vec::new()
            }
            Ok(Meant::Nothing(why)) => {
                self.layers.pop();
                self.say(why, Role::Dim);
                Vec::new()
            }
            Ok(Meant::Edits(edits)) => {
                let title = crate::kit::text::clip(title, 90);
                self.propose(What::Edits(edits), title, Guard::Enter, Some(base))
            }
        }
    }

    /// The lines in the person's editor.
    pub(super) fn prose_outside(&mut self) -> Vec<Effect> {
        let Some(prose) = self.prose() else {
            return Vec::new();
        };
        let text = format!("{}\n", prose.area.text().trim_end()).into_bytes();
        let line = u32::try_from(prose.area.row() + 1).unwrap_or(1);
        self.draft = None;
        let name = "entry.yaml".into();
        vec![Effect::Editor { name, text, line }]
    }

    /// The editor has ended; whether the lines on top had asked for it.
    pub(super) fn prose_edited(&mut self, result: &Result<String, String>) -> bool {
        let Some(prose) = self.prose() else {
            return false;
        };
        match result {
            Ok(text) => prose.take(text),
            Err(why) => {
                let why = format!("✗ {why}");
                self.say(why, Role::Failed);
            }
        }
        true
    }

    /// Esc: lines that are not saved are dropped only when it is pressed twice.
    pub(super) fn prose_left(&mut self) {
        if let Some(prose) = self.prose()
            && prose.touched()
            && !prose.leaving
        {
            prose.leaving = true;
            self.say(
                "not saved: Esc again drops it, ctrl-o shows what it does",
                Role::Stalled,
            );
            return;
        }
        self.layers.pop();
    }
}
