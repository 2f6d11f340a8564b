//! The screen of the overlays: what is asked for it, and what comes of the answers.

use std::collections::HashSet;
use std::sync::Arc;

use super::heard::sentence;
use super::{App, Effect, Matter, Place, Sent};
use crate::api::{Command, NodeRow, OverlayCommand, OverlayReply, Reply};
use crate::console::filter::Filter;
use crate::console::keys::Act;
use crate::console::layer::{Layer, Offer, Pick, Task};
use crate::console::look::Role;
use crate::console::screens::overlay_of;
use crate::console::screens::overlays::Question;
use crate::kit::Stamp;
use crate::model::Fault;

/// Cells that texts are scrolled sideways at once.
const SIDEWAYS: isize = 8;

impl App {
    /// Asks for what the screen lacks, or what may be another by now. Of each kind one question is on its way at a time: who holds a
    /// key down passes much that nobody wants to see any more.
    pub(super) fn look_overlays(&mut self) -> Vec<Effect> {
        if self.place != Place::Overlays || !self.heard || self.lost.is_some() {
            return Vec::new();
        }
        self.overlays.notice(&self.mirror, self.local);
        if self.overlays.is_freed() {
            self.drop_words();
        }
        self.overlays.search(&self.order.filter.to_string());
        let sent: Vec<Question> = self.sent.values().filter_map(Sent::overlay).collect();
        let busy = |question: &Question| sent.iter().any(|other| other.like(question));
        let questions = self.overlays.questions(self.local, busy);
        let mut effects = Vec::new();
        for question in questions {
            let command = Command::Overlay(Box::new(self.overlays.command(&question)));
            effects.extend(self.send(command, Sent::Overlay(question)));
        }
        effects
    }

    /// Asks which overlays there are, unless that is known: the palette offers them.
    pub(super) fn list_overlays(&mut self) -> Vec<Effect> {
        let known = !self.overlays.items().is_empty();
        let waits = self
            .sent
            .values()
            .any(|sent| sent.overlay() == Some(Question::List));
        if known || waits {
            return Vec::new();
        }
        let command = Command::Overlay(Box::new(OverlayCommand::List));
        self.send(command, Sent::Overlay(Question::List))
    }

    /// How many of what the filter is about it shows.
    #[must_use]
    pub fn found(&self) -> usize {
        match self.place {
            Place::Overlays => self.overlays.found(),
            _ => self.index.shown.len(),
        }
    }

    /// When there will be something to ask for.
    pub(super) fn overlays_wake(&self) -> Option<Stamp> {
        if self.place != Place::Overlays || !self.heard || self.lost.is_some() {
            return None;
        }
        let sent: Vec<Question> = self.sent.values().filter_map(Sent::overlay).collect();
        self.overlays
            .wake(|question| sent.iter().any(|other| other.like(question)))
    }

    /// The actions of this screen.
    pub(super) fn perform_overlay(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::NextNode => self.node_by(1),
            Act::PrevNode => self.node_by(-1),
            Act::NextOutput | Act::PrevOutput => {
                let by = if act == Act::NextOutput { 1 } else { -1 };
                if !self.overlays.output_by(by) {
                    self.say("it makes no further file", Role::Dim);
                }
            }
            Act::ShiftLeft => self.overlays.shift_by(-SIDEWAYS),
            Act::ShiftRight => self.overlays.shift_by(SIDEWAYS),
            Act::Try => return self.try_overlay(),
            Act::Contrast => return self.contrast(),
            Act::RenderAs => {
                let offers = self.casts();
                self.layers.push(Layer::Pick(Pick::new(Task::Cast, offers)));
            }
            _ => {}
        }
        Vec::new()
    }

    fn node_by(&mut self, by: isize) {
        if self.overlays.node_by(by).is_none() {
            self.say(
                "no node gets it: t renders it for one all the same",
                Role::Dim,
            );
        }
    }

    /// Every node; first those that get the overlay.
    fn casts(&self) -> Vec<Offer> {
        let users: HashSet<&Arc<str>> = self.overlays.users().iter().collect();
        let rows = self.mirror.head.nodes.iter();
        let (mut first, rest): (Vec<_>, Vec<_>) = rows.partition(|row| users.contains(&row.name));
        first.extend(rest);
        let offer = |row: &NodeRow| {
            let gets = if users.contains(&row.name) {
                "gets it"
            } else {
                "does not get it"
            };
            Offer {
                name: Some(row.name.clone()),
                about: format!("{gets} · {}", row.profiles.join(", ")),
                off: None,
            }
        };
        first.into_iter().map(offer).collect()
    }

    /// An answer.
    pub(super) fn overlay_reply(&mut self, question: Question, reply: Reply) {
        let answer: Result<OverlayReply, Arc<str>> = match reply {
            Reply::Overlay(reply) => Ok(*reply),
            Reply::Refused(refusal) => Err(sentence(&refusal).into()),
            _ => Err("the engine gave another answer than was asked for".into()),
        };
        self.overlays.came(question, answer, self.local);
    }

    /// An overlay among the others, rendered for a node.
    pub(super) fn show_overlay(&mut self, name: &Arc<str>, node: Option<Arc<str>>) -> Vec<Effect> {
        self.drop_words();
        self.overlays.go(name, node);
        self.perform(Act::Overlays)
    }

    /// Words that would hide what is gone to are searched for no longer.
    pub(super) fn drop_words(&mut self) {
        match self.matter {
            Matter::Overlays => self.order.filter = Filter::default(),
            _ => self.aside[Matter::Overlays as usize] = Filter::default(),
        }
    }

    /// The place of a fault of an overlay.
    pub(super) fn show_fault(&mut self, fault: &Fault) -> Vec<Effect> {
        self.drop_words();
        if let (Some(name), Some(spot)) = (overlay_of(fault), &fault.spot) {
            self.overlays.go_line(&name, spot);
        }
        self.perform(Act::Overlays)
    }
}
