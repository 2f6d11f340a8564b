//! Going through a recorded boot again.

use std::sync::Arc;

use super::{App, Effect, Place, Sent};
use crate::api::{BootRow, Command, EventRow};
use crate::console::keys::Act;
use crate::console::layer::{Edge, Layer, Replay};
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::console::screens::board::Trail;
use crate::console::writing::Stand;
use crate::fleet::BootId;

/// Most boots of a node that are offered.
const BOOTS: u32 = 200;
/// Most events of one boot; one that has more keeps its newest.
const EVENTS: u32 = 2_000;

impl App {
    /// Replays what the cursor is on: a recorded boot, else the last boot of the node.
    pub(super) fn replay(&mut self, from: Edge) -> Vec<Effect> {
        let world = self.world();
        let name = |id| world.mirror.row(id).map(|row| row.name.clone());
        let found = match &self.place {
            Place::Board => match self.board.trail(&world) {
                Trail::Node(id) => name(id).map(|name| (name, None, None)),
                Trail::Median(group, median) => {
                    let remark = format!("the median of {group}");
                    name(median.node).map(|name| (name, None, Some(remark)))
                }
                Trail::None => None,
            },
            Place::Events => {
                let event = self.events.event(&world);
                event.and_then(|event| Some((name(event.node?)?, event.boot, None)))
            }
            Place::Node(name) => Some((name.clone(), self.node.boot(), None)),
            Place::Nodes if self.nodes.inside => {
                Some((self.node.name.clone(), self.node.boot(), None))
            }
            Place::Nodes | Place::Profiles | Place::Overlays | Place::Settings => self
                .node_here()
                .and_then(name)
                .map(|name| (name, None, None)),
        };
        let Some((name, boot, remark)) = found else {
            self.say(
                "replay: put the cursor on a node that has booted",
                Role::Stalled,
            );
            return Vec::new();
        };
        self.replay_boot(name, boot, from, remark)
    }

    pub(super) fn replay_boot(
        &mut self,
        name: Arc<str>,
        boot: Option<BootId>,
        from: Edge,
        remark: Option<String>,
    ) -> Vec<Effect> {
        let replay = Replay::new(name.clone(), boot, from, remark);
        self.layers.push(Layer::Replay(replay));
        let command = Command::Boots {
            name: Some(name.clone()),
            limit: BOOTS,
        };
        self.send(command, Sent::Boots(name))
    }

    /// The replay that is open.
    fn replaying(&mut self) -> Option<&mut Replay> {
        self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Replay(replay) => Some(replay),
            _ => None,
        })
    }

    /// Goes among the moments of the replay.
    pub(super) fn scrub(&mut self, act: Act) {
        let Some(replay) = self.replaying() else {
            return;
        };
        match act {
            Act::Earlier => replay.step(Move::Rows(-1)),
            Act::Later => replay.step(Move::Rows(1)),
            Act::StageBack => replay.stage_by(-1),
            _ => replay.stage_by(1),
        }
    }

    /// To an older or a newer boot of the node that is replayed.
    pub(super) fn other_boot(&mut self, by: isize) -> Vec<Effect> {
        let boot = self.replaying().and_then(|replay| replay.other(by));
        if let Some(boot) = boot {
            return self.ask_events(boot);
        }
        let text = if by > 0 {
            "no older boot of this node is recorded"
        } else {
            "this is its newest boot"
        };
        self.say(text, Role::Dim);
        Vec::new()
    }

    fn ask_events(&mut self, boot: BootId) -> Vec<Effect> {
        let command = Command::Events {
            name: None,
            boot: Some(boot),
            before: None,
            level: None,
            limit: EVENTS,
        };
        self.send(command, Sent::BootEvents(boot))
    }

    /// The boots of the node that is replayed.
    pub(super) fn boots_came(&mut self, name: &str, mut rows: Vec<BootRow>) -> Vec<Effect> {
        // Of the boot under way the mirror knows more than its record, which is kept at its turns.
        let status = self
            .node_named(name)
            .and_then(|id| self.mirror.status_of(id));
        if let Some(status) = status {
            for row in rows.iter_mut().filter(|row| status.boot == Some(row.id)) {
                row.trail = status.trail;
            }
        }
        let replay = self.replaying().filter(|replay| *replay.name == *name);
        match replay.and_then(|replay| replay.boots_came(rows)) {
            Some(boot) => self.ask_events(boot),
            None => Vec::new(),
        }
    }

    /// The events of the boot that is replayed.
    pub(super) fn events_came(&mut self, boot: BootId, rows: &[EventRow]) {
        if let Some(replay) = self.replaying() {
            replay.events_came(boot, rows);
        }
    }

    /// Tells whatever waits for an answer that none will come.
    pub(super) fn refuse_waiting(&mut self, why: &str) {
        // Nothing was typed yet in a file that has not come.
        self.layers.retain(
            |layer| !matches!(layer, Layer::Writing(writing) if writing.stand == Stand::Asked),
        );
        for layer in &mut self.layers {
            match layer {
                Layer::Replay(replay) if replay.waits() => replay.refuse(why),
                Layer::Why(pane) if pane.verdict.is_none() => {
                    pane.refused.get_or_insert_with(|| why.into());
                }
                Layer::Diff(pane) => pane.lost(why),
                Layer::Compare(pane) => pane.lost(why),
                Layer::Contrast(pane) => pane.lost(why),
                Layer::Tried(pane) => pane.lost(why),
                Layer::History(pane) => pane.lost(why),
                Layer::Drift(pane) => pane.lost(why),
                Layer::Log(pane) if pane.rows.is_none() => pane.refused = Some(why.into()),
                _ => {}
            }
        }
    }
}
