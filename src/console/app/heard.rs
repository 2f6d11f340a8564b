//! What the engine says.

use std::sync::Arc;

use super::{App, Effect, Place, Sent, world};
use crate::api::{Command, Delta, Refusal, Reply, Update};
use crate::console::layer::Layer;
use crate::console::look::Role;
use crate::link;
use crate::model::NodeId;

/// Most updates that are held back while the screen is frozen.
const HELD: usize = 5_000;
/// Samples of the traffic history.
const RATES: usize = 64;

impl App {
    pub(super) fn link(&mut self, message: link::Message) -> Vec<Effect> {
        match message {
            link::Message::Update(update) => self.news(update),
            link::Message::Reply(ticket, reply) => match self.sent.remove(&ticket) {
                Some(sent) => self.reply(sent, reply),
                None => Vec::new(),
            },
        }
    }

    fn news(&mut self, update: Update) -> Vec<Effect> {
        match &update {
            Update::Lost(why) => {
                self.lose(why.clone());
                // Replies to what was asked will never come.
                self.sent.clear();
                self.events.forget_older();
                self.refuse_waiting(
                    "the daemon has gone: close this, and ask again once it is back",
                );
                return Vec::new();
            }
            Update::Snapshot(_) => self.held = None,
            Update::Delta(_) => {}
        }
        self.lost = None;
        if let Some(held) = &mut self.held {
            held.push(update);
            if held.len() >= HELD {
                let effects = self.thaw();
                self.say("too much was held back: following again", Role::Stalled);
                return effects;
            }
            return Vec::new();
        }
        self.absorb(update)
    }

    /// Takes in what was held back.
    pub(super) fn thaw(&mut self) -> Vec<Effect> {
        let held = self.held.take().unwrap_or_default();
        held.into_iter()
            .flat_map(|update| self.absorb(update))
            .collect()
    }

    fn absorb(&mut self, update: Update) -> Vec<Effect> {
        let anew = matches!(update, Update::Snapshot(_));
        let traffic = match &update {
            Update::Snapshot(snapshot) => Some(snapshot.traffic),
            Update::Delta(delta) => delta.traffic,
            Update::Lost(_) => None,
        };
        if let Some(traffic) = traffic {
            if self.rates.len() == RATES {
                self.rates.remove(0);
            }
            self.rates.push(traffic.http + traffic.tftp);
        }
        let touched = match &update {
            Update::Delta(delta) => self.touches_node(delta),
            _ => true,
        };
        let relisted = matches!(&update, Update::Delta(delta) if delta.registry.is_some());
        let came = matches!(&update, Update::Delta(delta) if !delta.status.is_empty());
        self.mirror.absorb(update);
        self.statuses_came(came || anew);
        self.heard_at = (self.mirror.head.now, self.local);
        self.heard = true;
        if anew {
            self.events.forget_older();
            self.overlays.doubt(self.local);
        }
        if anew || relisted {
            self.marks.retain(|id| self.mirror.index.contains_key(id));
        }
        let form = if relisted {
            self.form_again()
        } else {
            Vec::new()
        };
        let read = matches!(self.place, Place::Profiles | Place::Settings);
        if touched || (relisted && read) {
            form.into_iter().chain(self.ask_again()).collect()
        } else {
            form
        }
    }

    /// Asks for older events when somebody looks that far back.
    pub(super) fn look_back(&mut self) -> Vec<Effect> {
        if self.place != Place::Events || self.lost.is_some() {
            return Vec::new();
        }
        let world = world!(self);
        match self.events.look_back(&world) {
            Some(command) => self.send(command, Sent::Older),
            None => Vec::new(),
        }
    }

    /// Whether a reboot would change a node by something else than before.
    fn drifted(&self, id: Option<NodeId>, delta: &Delta) -> bool {
        let Some(id) = id else { return false };
        let before = self.mirror.status_of(id).map(|status| status.drift);
        let mut now = delta.status.iter();
        now.any(|(of, status)| *of == id && before.unwrap_or_default() != status.drift)
    }

    fn touches_node(&self, delta: &Delta) -> bool {
        let name = match &self.place {
            Place::Node(name) => name,
            Place::Nodes if self.pane_shown() => &self.node.name,
            _ => return false,
        };
        let id = self.node_named(name);
        delta.registry.is_some()
            || delta.faults.is_some()
            || self.drifted(id, delta)
            || delta
                .events
                .iter()
                .any(|event| event.node.is_some() && event.node == id)
    }

    /// Asks again for what is open, unless an answer is on its way.
    fn ask_again(&mut self) -> Vec<Effect> {
        match &self.place {
            Place::Node(name) => self.ask_node(&name.clone()),
            Place::Nodes if self.node_named(&self.node.name).is_some() => {
                let learn = self.learn();
                let name = self.node.name.clone();
                let ask = self.ask_node(&name);
                learn.into_iter().chain(ask).collect()
            }
            Place::Settings => self.send(Command::Settings, Sent::Settings),
            Place::Profiles => {
                self.profiles.learn(&self.known, &self.mirror);
                let learn = self.learn();
                learn.into_iter().chain(self.ask_lineage()).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn ask_node(&mut self, name: &Arc<str>) -> Vec<Effect> {
        let wanted = Sent::Node(name.clone());
        if self.sent.values().any(|sent| *sent == wanted) {
            return Vec::new();
        }
        self.send(Command::Node { name: name.clone() }, wanted)
    }

    fn reply(&mut self, sent: Sent, reply: Reply) -> Vec<Effect> {
        match (sent, reply) {
            (Sent::Node(name), Reply::Node(detail)) if self.node.name == name => {
                self.node.detail = Some(detail);
                self.node.refused = None;
                self.node.learn(&self.known);
            }
            (Sent::Node(name), Reply::Refused(refusal)) if self.node.name == name => {
                self.node.detail = None;
                self.node.refused = Some(sentence(&refusal).into());
            }
            (Sent::Why(name), reply) => self.explained(&name, reply),
            (Sent::Boots(name), Reply::Boots(rows)) => return self.boots_came(&name, rows),
            (Sent::Older, Reply::Events(rows)) => self.events.older_came(rows),
            (Sent::BootEvents(boot), Reply::Events(rows)) => self.events_came(boot, &rows),
            (Sent::Boots(_) | Sent::BootEvents(_), Reply::Refused(refusal)) => {
                self.refuse_waiting(&sentence(&refusal));
            }
            (sent @ (Sent::Conflicts | Sent::Guest(_) | Sent::Compare(_)), reply) => {
                self.lineage_reply(&sent, reply)
            }
            (Sent::Drift(serial), reply) => self.drift_came(serial, reply),
            (Sent::DriftOf(serial, spot), reply) => self.file_lines_came(serial, &spot, reply),
            (Sent::Overlay(question), reply) => self.overlay_reply(question, reply),
            (Sent::Pane(serial, piece), reply) => self.pane_reply(serial, &piece, reply),
            (Sent::File(serial), reply) => return self.file_came(serial, reply),
            (Sent::Vars(language), reply) => self.vars_came(language, reply),
            (Sent::OverlayNewest(again), reply) => return self.changes_came(again, reply),
            (Sent::Change(serial), Reply::Overlay(reply)) => {
                return self.overlay_changed(serial, *reply);
            }
            (Sent::Settings, Reply::Settings(rows)) => self.settings.rows = Some(rows),
            (Sent::Stop, Reply::Done(_)) => return vec![Effect::Quit],
            (
                sent @ (Sent::Form(..)
                | Sent::Change(_)
                | Sent::Fields(_)
                | Sent::Device(..)
                | Sent::Text(_)
                | Sent::Profiles
                | Sent::Images
                | Sent::Newest
                | Sent::Log
                | Sent::Differences(_)),
                reply,
            ) => return self.change_reply(&sent, reply),
            (_, Reply::Refused(refusal)) => {
                self.say(format!("✗ {}", sentence(&refusal)), Role::Failed)
            }
            (_, Reply::Adopted { name, revision }) => {
                self.say(format!("✓ adopted as {name} · r{revision}"), Role::Good);
            }
            (_, Reply::Done(text)) => self.say(format!("✓ {text}"), Role::Good),
            _ => {}
        }
        Vec::new()
    }

    fn explained(&mut self, name: &str, reply: Reply) {
        let pane = self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Why(pane) if *pane.name == *name => Some(pane),
            _ => None,
        });
        let Some(pane) = pane else { return };
        match reply {
            Reply::Why(verdict) => pane.verdict = Some(verdict),
            Reply::Refused(refusal) => pane.refused = Some(sentence(&refusal).into()),
            _ => pane.refused = Some("the engine gave another answer than was asked for".into()),
        }
    }
}

pub(super) fn sentence(refusal: &Refusal) -> String {
    match &refusal.fix {
        Some(fix) => format!("{}: {fix}", refusal.what),
        None => refusal.what.to_string(),
    }
}
