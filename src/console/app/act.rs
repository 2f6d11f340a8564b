//! What each action does.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{App, Effect, Place, Sent};
use crate::api::Command;
use crate::console::column::Column;
use crate::console::filter::Filter;
use crate::console::keys::Act;
use crate::console::layer::{Asked, FilterLine, Help, Layer, Palette, Question, WhyPane};
use crate::console::look::{Look, Role, shipped};
use crate::console::screens::node::NodeScreen;
use crate::console::screens::{Move, Wish, World};
use crate::console::widgets::{Input, List};

/// What every screen reads, borrowed from members apart, so that a screen's own state can change meanwhile.
macro_rules! world {
    ($app:expr) => {
        World {
            mirror: &$app.mirror,
            index: &$app.index,
            order: &$app.order,
            marks: &$app.marks,
            rates: &$app.rates,
            heard: $app.heard,
            link: &$app.start.link,
        }
    };
}

impl App {
    /// Does an action, or says why not.
    pub fn perform(&mut self, act: Act) -> Vec<Effect> {
        if let Some(why) = self.off(act) {
            self.refuse(act, &why);
            return Vec::new();
        }
        let half = isize::try_from(self.body().height / 2).unwrap_or(1);
        match act {
            Act::Down => self.step(Move::Rows(1)),
            Act::Up => self.step(Move::Rows(-1)),
            Act::PageDown => self.step(Move::Rows(half)),
            Act::PageUp => self.step(Move::Rows(-half)),
            Act::First => self.step(Move::First),
            Act::Last => self.step(Move::Last),
            Act::Pane | Act::Right => self.pane(1),
            Act::PrevPane | Act::Left => self.pane(-1),
            Act::Board => return self.go(Place::Board),
            Act::Nodes => return self.go(Place::Nodes),
            Act::Events => return self.go(Place::Events),
            Act::Settings => return self.go(Place::Settings),
            Act::Open => return self.open(),
            Act::Back => return self.back(),
            Act::Quit => return self.quit(),
            Act::Leave => return vec![Effect::Quit],
            Act::Accept => return self.accept(),
            Act::Cancel => self.cancel(),
            Act::Complete => self.complete(),
            Act::Close => drop(self.layers.pop()),
            Act::Yes => return self.yes(),
            Act::StopToo | Act::StopServers | Act::Reload => return self.server(act),
            _ => return self.perform_look(act),
        }
        Vec::new()
    }

    /// The actions that only change what is seen.
    fn perform_look(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::Mark => self.mark(),
            Act::MarkAll => self.mark_shown(|_, _| true),
            Act::Invert => self.mark_shown(|marks, id| !marks.contains(&id)),
            Act::Why => return self.why(),
            Act::Copy => return self.copy(),
            Act::Group => self.order.by = self.order.by.next(),
            Act::ZoomIn => self.zoom(1),
            Act::ZoomOut => self.zoom(-1),
            Act::Sort => self.sort(),
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
            })),
            Act::Widen => {
                self.order.filter = Filter::default();
                self.marks.clear();
            }
            Act::Palette => {
                let palette = Palette::new(self.screen(), &self.mirror);
                self.layers.push(Layer::Palette(palette));
            }
            Act::Help => self.layers.push(Layer::Help(Help::new(self.context()))),
            Act::Lock => self.lock(),
            Act::Mouse => {
                self.start.mouse = !self.start.mouse;
                let text = if self.start.mouse {
                    "the mouse is ours"
                } else {
                    "the mouse is the terminal's: select and copy"
                };
                self.say(text, Role::Good);
                return vec![Effect::Mouse(self.start.mouse)];
            }
            Act::Theme => return self.next_theme(),
            Act::Colour => {
                let look = &self.start.look;
                let depth = look.depth.next();
                self.start.look = Look::new(look.theme.clone(), depth, look.ascii);
                self.say(format!("colours: {}", depth.word()), Role::Good);
            }
            Act::Glyphs => self.start.look.ascii = !self.start.look.ascii,
            Act::Redraw => return vec![Effect::Redraw],
            Act::Suspend => return vec![Effect::Suspend],
            _ => {}
        }
        Vec::new()
    }

    /// Moves the cursor of the top layer, else of the screen.
    pub(super) fn step(&mut self, by: Move) {
        let world = world!(self);
        let body = super::chrome::body(ratatui::layout::Rect::new(
            0,
            0,
            self.start.size.0,
            self.start.size.1,
        ));
        match self.layers.last_mut() {
            Some(Layer::Palette(palette)) => {
                palette.list.at = by.from(palette.list.at, palette.len());
            }
            Some(Layer::Help(help)) => help.list.at = by.from(help.list.at, help.rows().len()),
            Some(Layer::Columns(list)) => list.at = by.from(list.at, Column::ALL.len()),
            Some(Layer::Why(pane)) => {
                let cells = usize::from(body.width.saturating_sub(8).min(96));
                pane.list.at = by.from(pane.list.at, pane.len(cells));
            }
            Some(_) => {}
            None => match self.place {
                Place::Board => self.board.step(&world, body, by),
                Place::Nodes => self.nodes.step(&world, by),
                Place::Node(_) => self.node.step(by),
                Place::Events => self.events.step(&world, by),
                Place::Settings => self.settings.step(&world, by),
            },
        }
    }

    fn pane(&mut self, by: isize) {
        match self.place {
            Place::Board => self.board.pane_by(by),
            Place::Node(_) => self.node.page_by(by),
            _ => {}
        }
    }

    pub(super) fn click(&mut self, pane: u8, row: usize) -> Vec<Effect> {
        let body = self.body();
        let world = world!(self);
        let again = match self.place {
            Place::Board => self.board.click(&world, body, pane, row),
            Place::Nodes => self.nodes.click(&world, row),
            Place::Events => self.events.click(&world, row),
            Place::Node(_) => {
                self.node.click(row);
                false
            }
            Place::Settings => {
                self.settings.click(row);
                false
            }
        };
        if again { self.open() } else { Vec::new() }
    }

    /// Shows another screen and remembers the present one.
    fn go(&mut self, place: Place) -> Vec<Effect> {
        self.layers.clear();
        if place == self.place {
            return Vec::new();
        }
        let old = std::mem::replace(&mut self.place, place);
        self.back.push(old);
        if self.back.len() > 50 {
            self.back.remove(0);
        }
        self.arrive()
    }

    fn arrive(&mut self) -> Vec<Effect> {
        match &self.place {
            Place::Node(name) => {
                let name = name.clone();
                self.node = NodeScreen::new(name.clone());
                self.ask_node(&name)
            }
            Place::Settings => self.send(Command::Settings, Sent::Settings),
            _ => Vec::new(),
        }
    }

    pub(super) fn open_node(&mut self, name: Arc<str>) -> Vec<Effect> {
        if let Some(id) = self.node_named(&name) {
            self.nodes.go(id);
        }
        self.go(Place::Node(name))
    }

    fn open(&mut self) -> Vec<Effect> {
        let body = self.body();
        let world = world!(self);
        let wish = match self.place {
            Place::Board => self.board.open(&world, body),
            Place::Nodes => self.nodes.open(&world),
            Place::Events => self.events.open(&world),
            Place::Node(_) => self.node.line().map_or(Wish::None, Wish::Say),
            Place::Settings => self.settings.line(&world).map_or(Wish::None, Wish::Say),
        };
        match wish {
            Wish::None => {}
            Wish::Open(name) => return self.open_node(name),
            Wish::Say(text) => self.say(text, Role::Text),
            Wish::Adopt(stranger) => {
                if let Some(why) = self.off(Act::Reload) {
                    self.say(format!("adopt: {why}"), Role::Stalled);
                } else {
                    let name = stranger.proposed.as_deref().unwrap_or_default();
                    self.layers.push(Layer::Name(Input::new(name), stranger));
                }
            }
        }
        Vec::new()
    }

    fn back(&mut self) -> Vec<Effect> {
        match self.back.pop() {
            Some(place) => {
                self.place = place;
                self.arrive()
            }
            None => {
                self.say("this is where you began: q leaves", Role::Dim);
                Vec::new()
            }
        }
    }

    /// `q`: a node's page closes; from the screens one leaves.
    fn quit(&mut self) -> Vec<Effect> {
        if matches!(self.place, Place::Node(_)) && !self.back.is_empty() {
            return self.back();
        }
        let Some(hint) = self.start.detach_hint.clone() else {
            return vec![Effect::Quit];
        };
        self.layers.push(Layer::Confirm(Question {
            title: "leave the console?".into(),
            lines: vec![hint],
            yes: Asked::Leave,
            enter_is_yes: true,
            keys: &[
                ("⏎", "leave", Act::Accept),
                ("s", "stop the servers too", Act::StopToo),
                ("Esc", "stay", Act::Close),
            ],
        }));
        Vec::new()
    }

    fn yes(&mut self) -> Vec<Effect> {
        match self.layers.pop() {
            Some(Layer::Confirm(question)) => self.answered(question.yes),
            _ => Vec::new(),
        }
    }

    pub(super) fn answered(&mut self, yes: Asked) -> Vec<Effect> {
        match yes {
            Asked::Leave => vec![Effect::Quit],
            Asked::Stop => self.send(Command::Stop, Sent::Stop),
        }
    }

    fn server(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::Reload => return self.send(Command::Reload, Sent::Say),
            Act::StopToo => {
                self.layers.clear();
                if self.safe {
                    self.refuse(act, "SAFE: press L to unlock");
                } else {
                    return self.send(Command::Stop, Sent::Stop);
                }
            }
            _ => {
                let booting = self.mirror.tally.stages[1..7].iter().sum::<u32>();
                self.layers.push(Layer::Confirm(Question {
                    title: "stop the boot servers?".into(),
                    lines: vec![format!(
                        "{booting} nodes are booting now. No node can boot until the servers run again; nodes that are up stay up."
                    )],
                    yes: Asked::Stop,
                    enter_is_yes: false,
                    keys: &[("y", "stop them", Act::Yes), ("⏎ Esc", "leave them running", Act::Close)],
                }));
            }
        }
        Vec::new()
    }

    fn mark(&mut self) {
        if let Some(id) = self.node_here()
            && !self.marks.remove(&id)
        {
            self.marks.insert(id);
        }
        self.step(Move::Rows(1));
    }

    fn mark_shown(
        &mut self,
        wanted: impl Fn(&BTreeSet<crate::model::NodeId>, crate::model::NodeId) -> bool,
    ) {
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
        self.layers.push(Layer::Why(WhyPane::new(name.clone())));
        self.send(Command::Why { name: name.clone() }, Sent::Why(name))
    }

    fn copy(&mut self) -> Vec<Effect> {
        let world = world!(self);
        let names = |ids: &BTreeSet<crate::model::NodeId>| {
            let rows = ids.iter().filter_map(|id| self.mirror.row(*id));
            rows.map(|row| &*row.name).collect::<Vec<_>>().join(",")
        };
        let text = match self.layers.last() {
            Some(Layer::Why(pane)) => pane.text(),
            _ if !self.marks.is_empty() => Some(names(&self.marks)),
            _ => match self.place {
                Place::Events => self.events.line(&world),
                Place::Settings => self.settings.line(&world),
                Place::Node(_) => self.node.line(),
                Place::Board | Place::Nodes => self
                    .node_here()
                    .and_then(|id| self.mirror.row(id))
                    .map(|row| row.name.to_string()),
            },
        };
        let Some(text) = text else {
            self.say("nothing to copy here", Role::Dim);
            return Vec::new();
        };
        let first = crate::kit::text::clip(text.lines().next().unwrap_or_default(), 60);
        self.say(format!("✓ copied {first}"), Role::Good);
        vec![Effect::Copy(text)]
    }

    fn zoom(&mut self, by: i8) {
        let body = self.body();
        let world = world!(self);
        match self.place {
            Place::Board => {
                if !self.board.zoom_by(&world, body.height, by) {
                    let text = if by > 0 {
                        "rows are the closest"
                    } else {
                        "groups are the widest"
                    };
                    self.say(text, Role::Dim);
                }
            }
            Place::Events => self.events.level_by(by),
            _ => {}
        }
    }

    fn sort(&mut self) {
        let columns = &self.nodes.columns;
        let now = self.order.sort.unwrap_or(Column::Node);
        let at = columns
            .iter()
            .position(|column| *column == now)
            .map_or(0, |at| at + 1);
        self.order.sort = columns.get(at % columns.len().max(1)).copied();
        let word = self.order.sort.map_or("NODE", Column::word);
        self.say(format!("sorted by {word}"), Role::Dim);
    }

    fn toggle_column(&mut self) {
        let Some(Layer::Columns(list)) = self.layers.last() else {
            return;
        };
        let column = Column::ALL[list.within(Column::ALL.len())];
        let columns = &mut self.nodes.columns;
        if column == Column::Node {
            self.say("the name stays", Role::Dim);
        } else if let Some(at) = columns.iter().position(|shown| *shown == column) {
            columns.remove(at);
        } else {
            columns.push(column);
            columns.sort_by_key(|shown| Column::ALL.iter().position(|column| column == shown));
        }
    }

    fn next_match(&mut self, by: isize) {
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
