//! The mouse: what a click hits, and the wheel.

use super::{App, Effect, Mouse, Place, world};
use crate::console::frame::Hit;
use crate::console::keys::Act;
use crate::console::layer::Layer;
use crate::console::screens::Move;

impl App {
    pub(super) fn mouse(&mut self, mouse: Mouse) -> Vec<Effect> {
        match mouse {
            Mouse::Wheel(_, _, by) => self.stepped(Move::Rows(by)),
            Mouse::Click(x, y) => {
                let at = ratatui::layout::Position::new(x, y);
                let hit = self.hits.iter().rev().find(|(area, _)| area.contains(at));
                let hit = hit.cloned();
                if let (Some((area, Hit::Row { row, .. })), Some(writing)) = (&hit, self.writing())
                {
                    writing.offers = None;
                    if let Some(editor) = writing.editor_mut() {
                        editor.click(*row, *area, x);
                    }
                    return Vec::new();
                }
                match hit.map(|(_, hit)| hit) {
                    Some(Hit::Act(act)) => self.perform(act),
                    Some(Hit::Row { pane, row }) => self.click(pane, row),
                    Some(hit) => self.click_on(&hit),
                    None => Vec::new(),
                }
            }
        }
    }

    pub(super) fn click(&mut self, pane: u8, row: usize) -> Vec<Effect> {
        if !self.layers.is_empty() {
            return if self.click_layer(row) {
                self.accept()
            } else {
                Vec::new()
            };
        }
        let body = self.body();
        let world = world!(self);
        let again = match self.place {
            Place::Board => self.board.click(&world, body, pane, row),
            Place::Nodes => {
                self.nodes.inside = pane == 1;
                if pane == 1 {
                    self.node.click(row)
                } else {
                    self.nodes.click(&world, row)
                }
            }
            Place::Profiles => self.profiles.click(&self.known, pane, row),
            Place::Overlays => self.overlays.click(pane, row),
            Place::Events => self.events.click(&world, row),
            Place::Node(_) => self.node.click(row),
            Place::Settings => {
                return self.click_setting(pane, row);
            }
        };
        self.mark_range();
        if again { self.open() } else { Vec::new() }
    }

    /// A click on a row of the layer on top; whether the cursor was there, so that it is to be chosen.
    fn click_layer(&mut self, row: usize) -> bool {
        let Some(layer) = self.layers.last_mut() else {
            return false;
        };
        match layer {
            Layer::Replay(replay) => {
                replay.go(row);
                false
            }
            Layer::Palette(palette) => std::mem::replace(&mut palette.list.at, row) == row,
            Layer::Help(help) => std::mem::replace(&mut help.list.at, row) == row,
            Layer::Fields(fields) => std::mem::replace(&mut fields.list.at, row) == row,
            Layer::Log(pane) => pane.click(row),
            Layer::Drift(pane) => pane.click(row),
            Layer::Section(section) => {
                section.at = row;
                self.section_changed();
                false
            }
            Layer::Prose(prose) => {
                prose.area.go(row);
                false
            }
            Layer::Ask(ask) => {
                ask.at = row;
                false
            }
            Layer::Pick(pick) => std::mem::replace(&mut pick.list.at, row) == row,
            Layer::Lineup(lineup) => {
                lineup.click(row);
                false
            }
            Layer::Compare(pane) => {
                pane.click(row);
                false
            }
            Layer::Tried(pane) => pane.click(row),
            Layer::History(pane) => pane.click(row),
            Layer::Sort(list) => std::mem::replace(&mut list.at, row) == row,
            Layer::Columns(list) => {
                if std::mem::replace(&mut list.at, row) == row {
                    self.perform(Act::Toggle);
                }
                false
            }
            _ => false,
        }
    }

    fn click_setting(&mut self, pane: u8, row: usize) -> Vec<Effect> {
        let world = world!(self);
        let again = self.settings.click(&world, pane, row);
        if again { self.open() } else { Vec::new() }
    }

    /// A click on a cell, on a heading or on the name of a page.
    pub(super) fn click_on(&mut self, hit: &Hit) -> Vec<Effect> {
        match *hit {
            Hit::Cell { row, column } => {
                let there = self.nodes.column_to(column);
                let from_below = std::mem::take(&mut self.nodes.inside);
                let world = world!(self);
                let again = self.nodes.click(&world, row);
                self.mark_range();
                if there && again && !from_below {
                    return self.open();
                }
            }
            Hit::Heading(at) => {
                if let Some(column) = self.nodes.columns.get(at).copied() {
                    self.sort_by(column);
                }
            }
            Hit::Page(at) if self.place == Place::Overlays => self.overlays.show_pane(at),
            Hit::Page(at) => {
                self.nodes.inside = self.place == Place::Nodes;
                self.node.show_page(at);
            }
            Hit::Act(_) | Hit::Row { .. } => {}
        }
        Vec::new()
    }
}
