//! Two entries compared, profiles looked at through the eyes of a node, and what is asked for that.

use std::sync::Arc;

use super::sent::Sent;
use super::{App, Effect, Place};
use crate::api::{Command, MergedRow, Reply};
use crate::console::layer::{ComparePane, Layer, Pick, Task};
use crate::console::look::Role;
use crate::kit::hostlist;
use crate::model::Table;

impl App {
    /// `d`: compares what is marked with what the cursor is on, or asks for the other one.
    pub(super) fn compare(&mut self) -> Vec<Effect> {
        if self.place == Place::Profiles {
            let Some(here) = self.profiles.here().cloned() else {
                return Vec::new();
            };
            return match self.profiles.mark.clone().filter(|mark| *mark != here) {
                Some(mark) => self.side_by_side(Table::Profiles, [mark, here]),
                None => {
                    let offers = self.profiles_but(&here, |_, _| None);
                    let task = Task::Compare(Table::Profiles, here);
                    self.layers.push(Layer::Pick(Pick::new(task, offers)));
                    Vec::new()
                }
            };
        }
        let names = self
            .subject()
            .map(|subject| subject.names)
            .unwrap_or_default();
        match names.as_slice() {
            [one, other] => self.side_by_side(Table::Nodes, [one.clone(), other.clone()]),
            [one] => {
                let offers = self.nodes_but(Some(one), None);
                let task = Task::Compare(Table::Nodes, one.clone());
                self.layers.push(Layer::Pick(Pick::new(task, offers)));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn side_by_side(&mut self, table: Table, names: [Arc<str>; 2]) -> Vec<Effect> {
        self.ticket += 1;
        let serial = self.ticket;
        let command = Command::Merged {
            table,
            names: Some(hostlist::compress(&names).into()),
            keys: Vec::new(),
            sources: true,
            secrets: false,
        };
        let pane = ComparePane::new(serial, table, names);
        self.layers.push(Layer::Compare(Box::new(pane)));
        self.send(command, Sent::Compare(serial))
    }

    /// `t`: the choice of a node, or through nobody's eyes any more.
    pub(super) fn view_as(&mut self) {
        if self.profiles.guest().is_some() {
            self.profiles.look_as(None);
            return;
        }
        let here = self.profiles.here().cloned();
        let offers = self.nodes_but(None, here.as_ref());
        self.layers
            .push(Layer::Pick(Pick::new(Task::Guest, offers)));
    }

    pub(super) fn ask_guest(&mut self) -> Vec<Effect> {
        let Some(name) = self.profiles.guest().cloned() else {
            return Vec::new();
        };
        let command = Command::Merged {
            table: Table::Nodes,
            names: Some(hostlist::compress(std::slice::from_ref(&name)).into()),
            keys: Vec::new(),
            sources: true,
            secrets: false,
        };
        self.send(command, Sent::Guest(name))
    }

    /// What the screen of the profiles wants to know besides the profiles.
    pub(super) fn ask_lineage(&mut self) -> Vec<Effect> {
        if self.lost.is_some() {
            return Vec::new();
        }
        let table = Table::Profiles;
        let mut effects = self.send(Command::Conflicts { table, names: None }, Sent::Conflicts);
        effects.extend(self.ask_guest());
        effects
    }

    /// Statuses changed: a reboot may change other nodes now.
    pub(super) fn statuses_came(&mut self, came: bool) {
        if came && self.place == Place::Profiles {
            self.profiles.learn(&self.known, &self.mirror);
        }
    }

    /// An answer to one of these questions.
    pub(super) fn lineage_reply(&mut self, sent: &Sent, reply: Reply) {
        match (sent, reply) {
            (Sent::Conflicts, Reply::Conflicts(rows)) => {
                self.profiles.disagree(rows, &self.known, &self.mirror);
            }
            (Sent::Guest(name), Reply::Merged(rows)) => {
                let row = rows.into_iter().find(|row| row.name == *name);
                let none = || Arc::from("it is not there any more");
                let values = row.map(|row| row.values).ok_or_else(none);
                self.profiles.guest_came(name, values);
            }
            (Sent::Guest(name), Reply::Refused(refusal)) => {
                self.profiles.guest_came(name, Err(refusal.what));
            }
            (Sent::Compare(serial), reply) => self.compared(*serial, reply),
            (Sent::Conflicts, Reply::Refused(refusal)) => {
                self.say(format!("✗ {}", refusal.what), Role::Failed);
            }
            _ => {}
        }
    }

    fn compared(&mut self, serial: u64, reply: Reply) {
        let mut layers = self.layers.iter_mut();
        let pane = layers.find_map(|layer| match layer {
            Layer::Compare(pane) if pane.serial == serial => Some(pane),
            _ => None,
        });
        let Some(pane) = pane else { return };
        match reply {
            Reply::Merged(rows) => pane.came(&rows as &[MergedRow]),
            Reply::Refused(refusal) => pane.lost(&refusal.what),
            _ => pane.lost("the engine gave another answer than was asked for"),
        }
    }
}
