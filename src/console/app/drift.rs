//! Whether a reboot would change nodes: asked, answered, looked into.

use std::sync::Arc;

use super::heard::sentence;
use super::sent::Sent;
use super::{App, Effect};
use crate::api::{Command, Reply};
use crate::console::layer::{DriftPane, Layer, Lines, Spot};
use crate::console::look::Role;
use crate::kit::hostlist;

impl App {
    /// `w`: whether a reboot would change the node, or the marked ones.
    pub(super) fn open_drift(&mut self) -> Vec<Effect> {
        let Some(subject) = self.subject() else {
            self.say("put the cursor on a node first", Role::Dim);
            return Vec::new();
        };
        self.ticket += 1;
        let names: Arc<str> = hostlist::compress(&subject.names).into();
        let serial = self.ticket;
        let pane = DriftPane::new(serial, names.clone());
        self.layers.push(Layer::Drift(Box::new(pane)));
        let names = Some(names);
        self.send(Command::Drift { names }, Sent::Drift(serial))
    }

    /// Enter in that pane.
    pub(super) fn file_lines(&mut self) -> Vec<Effect> {
        let Some(Layer::Drift(pane)) = self.layers.last_mut() else {
            return Vec::new();
        };
        let serial = pane.serial;
        let Some(spot) = pane.toggle() else {
            return Vec::new();
        };
        let (name, path) = spot.clone();
        let command = Command::DriftOf {
            name,
            path,
            secrets: false,
        };
        self.send(command, Sent::DriftOf(serial, spot))
    }

    fn drift_pane(&mut self, serial: u64) -> Option<&mut DriftPane> {
        self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Drift(pane) if pane.serial == serial => Some(&mut **pane),
            _ => None,
        })
    }

    /// The answer to whether.
    pub(super) fn drift_came(&mut self, serial: u64, reply: Reply) {
        let Some(pane) = self.drift_pane(serial) else {
            return;
        };
        match reply {
            Reply::Drift(report) => pane.came(*report),
            Reply::Refused(refusal) => pane.lost(&sentence(&refusal)),
            _ => pane.lost("the engine gave another answer than was asked for"),
        }
    }

    /// The lines of a file.
    pub(super) fn file_lines_came(&mut self, serial: u64, spot: &Spot, reply: Reply) {
        let lines = match reply {
            Reply::DriftOf(found) => Lines::Known(found),
            Reply::Refused(refusal) => Lines::Refused(sentence(&refusal).into()),
            _ => Lines::Refused("the engine gave another answer than was asked for".into()),
        };
        if let Some(pane) = self.drift_pane(serial) {
            pane.lines_came(spot, lines);
        }
    }
}
