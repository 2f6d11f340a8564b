//! The list of nodes and what goes with it: the detail of the node under the cursor, ranges of marks, the order.

use super::{App, Effect, Place, world};
use crate::api::Command;
use crate::console::app::sent::Sent;
use crate::console::column::Column;
use crate::console::layer::Layer;
use crate::console::look::Role;

impl App {
    /// Whether the detail is shown below the list.
    pub(super) fn pane_shown(&self) -> bool {
        self.nodes.parts(self.body()).1.is_some()
    }

    /// Asks for the node under the cursor, when its detail is shown and another one's is there. One question at a time: who
    /// holds a key down passes many nodes.
    pub(super) fn look_below(&mut self) -> Vec<Effect> {
        if self.place != Place::Nodes || !self.heard || self.lost.is_some() || !self.pane_shown() {
            self.nodes.inside &= self.pane_shown();
            return Vec::new();
        }
        let here = self.node_here().and_then(|id| self.mirror.row(id));
        let Some(name) = here.map(|row| row.name.clone()) else {
            return Vec::new();
        };
        if self.node.name != name {
            self.node.turn_to(name.clone());
        }
        let known = self.node.detail.is_some() || self.node.refused.is_some();
        let asked = self.sent.values().any(|sent| matches!(sent, Sent::Node(_)));
        if known || asked {
            return Vec::new();
        }
        let learn = self.learn();
        let ask = self.send(Command::Node { name: name.clone() }, Sent::Node(name));
        learn.into_iter().chain(ask).collect()
    }

    /// Where the value that is being edited stands on the screen, if it does.
    pub(in crate::console) fn spot(&self) -> Option<ratatui::layout::Rect> {
        match self.place {
            Place::Nodes if self.nodes.inside => self.node.spot(),
            // In the first column it is no cell's value but any field of the node.
            Place::Nodes => self
                .nodes
                .spot()
                .filter(|_| self.nodes.column() != Column::Node),
            Place::Node(_) => self.node.spot(),
            Place::Settings => self.settings.spot(),
            _ => None,
        }
    }

    /// `v`: marks every row from here to wherever the cursor goes; again, and the range ends.
    pub(super) fn range(&mut self) {
        if self.nodes.end_range().is_some() {
            self.say(format!("{} marked", self.marks.len()), Role::Mark);
            return;
        }
        let world = world!(self);
        self.nodes.begin_range(&world);
        self.mark_range();
    }

    /// Marks what the range covers now.
    pub(super) fn mark_range(&mut self) {
        let world = world!(self);
        if let Some(marks) = self.nodes.ranged(&world) {
            self.marks = marks;
        }
    }

    /// `o`: the choice of a column to sort by; there, the next one.
    pub(super) fn open_sort(&mut self) {
        if let Some(Layer::Sort(list)) = self.layers.last_mut() {
            list.at = (list.at + 1) % Column::ALL.len();
            return;
        }
        let now = self.order.sort.unwrap_or(Column::Node);
        let mut list = crate::console::widgets::List::default();
        list.at = Column::ALL
            .iter()
            .position(|column| *column == now)
            .unwrap_or(0);
        self.layers.push(Layer::Sort(list));
    }

    /// Sorts by a column; by the same one the other way round.
    pub(super) fn sort_by(&mut self, column: Column) {
        if self.order.sort.unwrap_or(Column::Node) == column {
            self.order.reverse = !self.order.reverse;
        } else {
            self.order.sort = Some(column);
            self.order.reverse = false;
        }
        let way = if self.order.reverse { ", reversed" } else { "" };
        self.say(format!("sorted by {}{way}", column.word()), Role::Dim);
    }

    /// `+` and `-` in the list and on a node's page: the detail hidden, below the list, over the whole screen.
    pub(super) fn zoom_node(&mut self, by: i8) -> Vec<Effect> {
        match (&self.place, by > 0) {
            (Place::Nodes, true) if self.pane_shown() || !self.nodes.bare => {
                let here = self.node_here().and_then(|id| self.mirror.row(id));
                let name = here.map(|row| row.name.clone());
                return name.map_or_else(Vec::new, |name| self.open_node(name));
            }
            (Place::Nodes, more) => {
                self.nodes.bare = !more;
                self.nodes.inside = false;
                if more && !self.pane_shown() {
                    self.say(
                        "there is no room below the list: + shows the node alone",
                        Role::Dim,
                    );
                }
            }
            (Place::Node(_), true) => {
                self.say("this is all of it: - goes back to the list", Role::Dim)
            }
            (Place::Node(_), false) => {
                if self.back.last() == Some(&Place::Nodes) {
                    return self.back();
                }
                return self.perform(crate::console::keys::Act::Nodes);
            }
            _ => {}
        }
        Vec::new()
    }
}
