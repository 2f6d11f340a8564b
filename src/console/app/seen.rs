//! Actions that change only what is seen: marks, order, zoom, layers, look.

use std::collections::BTreeSet;

use super::{App, Effect, Place, Sent, world};
use crate::api::Command;
use crate::console::column::Column;
use crate::console::filter::Filter;
use crate::console::keys::Act;
use crate::console::layer::{FilterLine, Help, Layer, Palette, Stock, WhyPane};
use crate::console::look::{Look, Role, shipped};
use crate::console::screens::Move;
use crate::console::widgets::{Input, List};
use crate::model::NodeId;

impl App {
    /// The actions that only change what is seen.
    pub(super) fn perform_look(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::Mark => self.mark(),
            Act::MarkAll => self.mark_shown(|_, _| true),
            Act::Invert => self.mark_shown(|marks, id| !marks.contains(&id)),
            Act::Why => return self.why(),
            Act::Drift => return self.open_drift(),
            Act::FileLines => return self.file_lines(),
            Act::Copy => return self.copy(),
            Act::CopyName | Act::CopyValue | Act::CopyRow | Act::CopyCommand => {
                return self.copied(act);
            }
            Act::Group if self.place == Place::Events => self.events.next_kind(),
            Act::Group => self.order.by = self.order.by.next(),
            Act::ZoomIn => return self.zoom(1),
            Act::ZoomOut => return self.zoom(-1),
            Act::Sort => self.open_sort(),
            Act::Range => self.range(),
            Act::ColumnUp => self.move_column(-1),
            Act::ColumnDown => self.move_column(1),
            Act::Reverse => self.order.reverse = !self.order.reverse,
            Act::Columns => self.layers.push(Layer::Columns(List::default())),
            Act::Toggle => self.toggle_column(),
            Act::NextMatch => self.next_match(1),
            Act::PrevMatch => self.next_match(-1),
            Act::Problems => self.problems(),
            Act::Freeze => return self.freeze(),
            Act::Filter => self.layers.push(Layer::Filter(FilterLine {
                input: Input::new(self.order.filter.to_string()),
                before: self.order.filter.clone(),
                error: None,
                offers: Vec::new(),
            })),
            Act::Widen if self.nodes.inside => self.nodes.inside = false,
            Act::Widen if self.nodes.ranges() => {
                self.marks = self.nodes.end_range().unwrap_or_default();
            }
            Act::Widen => {
                self.order.filter = Filter::default();
                self.marks.clear();
            }
            Act::Palette => {
                return self.open_palette();
            }
            Act::Help => self.layers.push(Layer::Help(Help::new(self.context()))),
            Act::Lock => self.lock(),
            Act::Mouse => return self.take_mouse(),
            Act::Theme => return self.next_theme(),
            Act::Colour => self.next_colour(),
            Act::Glyphs => self.start.look.ascii = !self.start.look.ascii,
            Act::Redraw => return vec![Effect::Redraw],
            Act::Suspend => return vec![Effect::Suspend],
            _ => return self.perform_lineage(act),
        }
        Vec::new()
    }

    /// Gives the mouse to the terminal, or takes it back.
    fn take_mouse(&mut self) -> Vec<Effect> {
        self.start.mouse = !self.start.mouse;
        let text = if self.start.mouse {
            "the mouse is ours"
        } else {
            "the mouse is the terminal's: select and copy"
        };
        self.say(text, Role::Good);
        vec![Effect::Mouse(self.start.mouse)]
    }

    /// The next number of colours.
    fn next_colour(&mut self) {
        let look = &self.start.look;
        let depth = look.depth.next();
        self.start.look = Look::new(look.theme.clone(), depth, look.ascii);
        self.say(format!("colours: {}", depth.word()), Role::Good);
    }

    /// The palette offers settings and overlays too, once they are known.
    fn open_palette(&mut self) -> Vec<Effect> {
        let stock = Stock {
            mirror: &self.mirror,
            settings: self.settings.rows.as_deref().unwrap_or_default(),
            overlays: self.overlays.items(),
        };
        let palette = Palette::new(self.screen(), stock);
        self.layers.push(Layer::Palette(palette));
        if self.lost.is_some() {
            return Vec::new();
        }
        let mut effects = self.list_overlays();
        if self.settings.rows.is_none() {
            effects.extend(self.send(Command::Settings, Sent::Settings));
        }
        effects
    }

    fn mark(&mut self) {
        if self.nodes.end_range().is_some() {
            return self.say(format!("{} marked", self.marks.len()), Role::Mark);
        }
        if let Some(id) = self.node_here()
            && !self.marks.remove(&id)
        {
            self.marks.insert(id);
        }
        self.step(Move::Rows(1));
    }

    fn mark_shown(&mut self, wanted: impl Fn(&BTreeSet<NodeId>, NodeId) -> bool) {
        let nodes = &self.mirror.head.nodes;
        let shown = self
            .index
            .shown
            .iter()
            .filter_map(|at| nodes.get(*at as usize));
        self.marks = shown
            .map(|row| row.id)
            .filter(|id| wanted(&self.marks, *id))
            .collect();
        self.say(format!("{} marked", self.marks.len()), Role::Mark);
    }

    fn why(&mut self) -> Vec<Effect> {
        let name = self
            .node_here()
            .and_then(|id| self.mirror.row(id))
            .map(|row| row.name.clone());
        let Some(name) = name else { return Vec::new() };
        let pane = WhyPane::new(name.clone(), self.start.zone.clone(), self.now());
        self.layers.push(Layer::Why(pane));
        self.send(Command::Why { name: name.clone() }, Sent::Why(name))
    }

    fn zoom(&mut self, by: i8) -> Vec<Effect> {
        let body = self.body();
        let world = world!(self);
        match self.place {
            Place::Board if !self.board.zoom_by(&world, body.height, by) => {
                let text = if by > 0 {
                    "rows are the closest"
                } else {
                    "groups are the widest"
                };
                self.say(text, Role::Dim);
            }
            Place::Events => self.events.level_by(by),
            Place::Nodes | Place::Node(_) => return self.zoom_node(by),
            Place::Overlays => self.overlays.alone = by > 0,
            _ => {}
        }
        Vec::new()
    }

    /// The column under the cursor of the choice: first those that are shown, in their order.
    fn chosen_column(&self) -> Option<Column> {
        let Some(Layer::Columns(list)) = self.layers.last() else {
            return None;
        };
        let all = self.nodes.choice();
        all.get(list.within(all.len())).copied()
    }

    fn toggle_column(&mut self) {
        let Some(column) = self.chosen_column() else {
            return;
        };
        let columns = &mut self.nodes.columns;
        if column == Column::Node {
            self.say("the name stays", Role::Dim);
        } else if let Some(at) = columns.iter().position(|shown| *shown == column) {
            columns.remove(at);
        } else {
            columns.push(column);
        }
        self.follow_column(column);
    }

    /// Moves the column under the cursor to the left or to the right in the list; the name stays the first.
    fn move_column(&mut self, by: isize) {
        let Some(column) = self.chosen_column() else {
            return;
        };
        let columns = &mut self.nodes.columns;
        let Some(at) = columns.iter().position(|shown| *shown == column) else {
            return self.say("it is not shown: ␣ shows it", Role::Dim);
        };
        let to = at.saturating_add_signed(by);
        if at == 0 || to == 0 || to >= columns.len() {
            return self.say("no further: the name is the first", Role::Dim);
        }
        columns.swap(at, to);
        self.follow_column(column);
    }

    /// The cursor of the choice stays on its column.
    fn follow_column(&mut self, column: Column) {
        let at = self
            .nodes
            .choice()
            .iter()
            .position(|other| *other == column);
        if let (Some(Layer::Columns(list)), Some(at)) = (self.layers.last_mut(), at) {
            list.at = at;
        }
    }

    fn next_match(&mut self, by: isize) {
        if let Some(Layer::Contrast(pane)) = self.layers.last_mut() {
            return pane.place_by(by);
        }
        let world = world!(self);
        let (found, none) = match self.place {
            Place::Board => {
                self.board.problem_by(&world, by);
                (true, "")
            }
            Place::Nodes => (
                self.nodes.problem_by(&world, by),
                "no problem is shown here",
            ),
            Place::Events => (
                self.events.same_by(&world, by),
                "no further event of the same node",
            ),
            Place::Overlays => (
                self.overlays.fault_by(by),
                "nothing is wrong with this file",
            ),
            _ => (true, ""),
        };
        if !found {
            self.say(none, Role::Dim);
        }
    }

    fn problems(&mut self) {
        let problems = Filter::problems();
        self.order.filter = if self.order.filter == problems {
            Filter::default()
        } else {
            problems
        };
    }

    fn freeze(&mut self) -> Vec<Effect> {
        if self.place == Place::Events {
            let world = world!(self);
            self.events.freeze(&world);
            return Vec::new();
        }
        if self.held.is_some() {
            return self.thaw();
        }
        self.held = Some(Vec::new());
        Vec::new()
    }

    fn lock(&mut self) {
        if self.start.read_only {
            self.say("this console was started read-only", Role::Stalled);
            return;
        }
        self.safe = !self.safe;
        let (text, role) = if self.safe {
            ("SAFE: nothing can be changed", Role::Safe)
        } else {
            ("LIVE: commands are carried out", Role::Live)
        };
        self.say(text, role);
    }

    fn next_theme(&mut self) -> Vec<Effect> {
        let names: Vec<&str> = shipped().collect();
        let at = names
            .iter()
            .position(|name| *name == self.start.look.theme.name);
        let next = names[at.map_or(0, |at| (at + 1) % names.len())];
        self.use_theme(next)
    }
}
