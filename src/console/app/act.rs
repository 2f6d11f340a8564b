//! What each action does.

use std::sync::Arc;

use super::{App, Effect, Matter, Place, Sent, world};
use crate::api::Command;
use crate::console::column::Column;
use crate::console::filter::Filter;
use crate::console::keys::Act;
use crate::console::layer::{Asked, Edge, Layer, Question, Told};
use crate::console::look::Role;
use crate::console::screens::node::NodeScreen;
use crate::console::screens::{Move, Wish};
use crate::console::widgets::Input;
use crate::console::widgets::editor::Go;

impl App {
    /// Does an action, or says why not.
    pub fn perform(&mut self, act: Act) -> Vec<Effect> {
        if let Some(why) = self.off(act) {
            self.refuse(act, &why);
            return Vec::new();
        }
        let half = isize::try_from(self.body().height / 2).unwrap_or(1);
        match act {
            Act::Down => return self.stepped(Move::Rows(1)),
            Act::Up => return self.stepped(Move::Rows(-1)),
            Act::PageDown => return self.stepped(Move::Rows(half)),
            Act::PageUp => return self.stepped(Move::Rows(-half)),
            Act::First => return self.stepped(Move::First),
            Act::Last => return self.stepped(Move::Last),
            Act::Pane => self.pane(1),
            Act::PrevPane => self.pane(-1),
            Act::Right => self.sideways(1),
            Act::Left => self.sideways(-1),
            Act::Board => return self.go(Place::Board),
            Act::Nodes => return self.go(Place::Nodes),
            Act::Profiles => return self.go(Place::Profiles),
            Act::Overlays => return self.go(Place::Overlays),
            Act::Events => return self.go(Place::Events),
            Act::Settings => return self.go(Place::Settings),
            Act::Open => return self.open(),
            Act::Back => return self.back(),
            Act::Quit => return self.quit(),
            Act::Leave => {
                let keep = self.keep();
                return keep.into_iter().chain([Effect::Quit]).collect();
            }
            Act::MakeFile
            | Act::MakeFolder
            | Act::MakeLink
            | Act::MakeImport
            | Act::MakeOverlay => return self.made(act),
            Act::PutAside => return self.put_aside(),
            Act::Accept => return self.accept(),
            Act::Cancel => return self.cancel(),
            Act::Complete => self.complete(),
            Act::Close | Act::Live => drop(self.layers.pop()),
            Act::Yes => return self.yes(),
            Act::StopToo | Act::StopServers | Act::Reload => return self.server(act),
            Act::Replay => return self.replay(Edge::End),
            Act::ReplayOn => return self.replay(Edge::Start),
            Act::Earlier | Act::Later | Act::StageBack | Act::StageOn => self.scrub(act),
            Act::OlderBoot => return self.other_boot(1),
            Act::NewerBoot => return self.other_boot(-1),
            _ => {
                let writing = self.perform_writing(act);
                let change = writing
                    .or_else(|| self.perform_change(act))
                    .or_else(|| self.perform_form(act));
                return change.unwrap_or_else(|| self.perform_look(act));
            }
        }
        Vec::new()
    }

    /// Moves the cursor; at the end of the revisions older ones are asked for.
    pub(super) fn stepped(&mut self, by: Move) -> Vec<Effect> {
        if let Some(Layer::Log(pane)) = self.layers.last_mut() {
            return match pane.step(by) {
                Some(before) => self.ask_log(Some(before)),
                None => Vec::new(),
            };
        }
        self.step(by);
        Vec::new()
    }

    /// Moves the cursor of the top layer, else of the screen.
    pub(super) fn step(&mut self, by: Move) {
        let body = self.body();
        match self.layers.last_mut() {
            Some(Layer::Palette(palette)) => {
                palette.list.at = by.from(palette.list.at, palette.len());
            }
            Some(Layer::Help(help)) => help.list.at = by.from(help.list.at, help.rows().len()),
            Some(Layer::Columns(list) | Layer::Sort(list)) => {
                list.at = by.from(list.at, Column::ALL.len());
            }
            Some(Layer::Why(pane)) => pane.step(by, self.start.size),
            Some(Layer::Replay(replay)) => replay.step(by),
            Some(Layer::Fields(fields)) => fields.list.at = by.from(fields.list.at, fields.len()),
            Some(Layer::Form(form)) => {
                if let Move::Rows(by) = by {
                    form.step(by);
                }
                self.form_changed();
            }
            Some(Layer::Section(section)) => {
                if let Move::Rows(by) = by {
                    section.step(by);
                }
                self.section_changed();
            }
            Some(Layer::Diff(pane)) => {
                pane.step(by);
            }
            Some(Layer::Told(told)) => told.step(by, self.start.size),
            Some(Layer::Ask(ask)) => {
                if let Move::Rows(by) = by {
                    ask.step(by);
                }
            }
            // The wheel.
            Some(Layer::Writing(writing)) => {
                if let (Move::Rows(by), Some(editor)) = (by, writing.editor_mut()) {
                    editor.go(Go::Lines(by), false);
                }
            }
            Some(Layer::Pick(pick)) => pick.list.at = by.from(pick.list.at, pick.len()),
            Some(Layer::Lineup(lineup)) => lineup.step(by),
            Some(Layer::Compare(pane)) => pane.step(by),
            Some(Layer::Contrast(pane)) => pane.step(by, body.height),
            Some(Layer::Tried(pane)) => pane.step(by),
            Some(Layer::History(pane)) => pane.step(by),
            Some(Layer::Drift(pane)) => pane.step(by),
            Some(_) => {}
            None => self.step_screen(by),
        }
    }

    /// Moves the cursor of the screen.
    fn step_screen(&mut self, by: Move) {
        let world = world!(self);
        let body = self.body();
        match self.place {
            Place::Board => self.board.step(&world, body, by),
            Place::Nodes if self.nodes.inside => self.node.step(by),
            Place::Nodes => {
                self.nodes.step(&world, by);
                self.mark_range();
            }
            Place::Node(_) => self.node.step(by),
            Place::Profiles => self.profiles.step(&self.known, by),
            Place::Overlays => self.overlays.step(by),
            Place::Events => self.events.step(&world, by),
            Place::Settings => self.settings.step(&world, by),
        }
    }

    /// To the next pane, or the one before.
    fn pane(&mut self, by: isize) {
        match self.place {
            Place::Board => self.board.pane_by(by),
            Place::Nodes if !self.pane_shown() => {
                self.say("there is no detail below the list: + shows it", Role::Dim);
            }
            Place::Nodes if !self.nodes.inside => {
                self.nodes.inside = true;
                if by > 0 {
                    self.node.show_page(0);
                } else {
                    self.node.show_last_page();
                }
            }
            // After the last page comes the list again.
            Place::Nodes => self.nodes.inside = !self.node.page_by(by),
            Place::Node(_) => {
                self.node.page_by(by);
            }
            Place::Settings => self.settings.pane_by(),
            Place::Profiles => self.profiles.pane_by(),
            Place::Overlays => self.overlays.pane_by(by),
            _ => {}
        }
    }

    /// Left and right: among columns, or else among panes.
    fn sideways(&mut self, by: isize) {
        match self.place {
            Place::Nodes if !self.nodes.inside => self.nodes.column_by(by),
            Place::Nodes => {
                self.node.page_by(by);
            }
            Place::Overlays => self.overlays.sideways(by),
            _ => self.pane(by),
        }
    }

    /// Shows another screen and remembers the present one.
    fn go(&mut self, place: Place) -> Vec<Effect> {
        self.layers.clear();
        if place == self.place {
            return Vec::new();
        }
        self.nodes.end_range();
        let old = std::mem::replace(&mut self.place, place);
        self.back.push(old);
        if self.back.len() > 50 {
            self.back.remove(0);
        }
        self.arrive()
    }

    /// The filter of the nodes.
    #[must_use]
    pub fn filter(&self) -> &Filter {
        match self.matter {
            Matter::Nodes => &self.order.filter,
            _ => &self.aside[Matter::Nodes as usize],
        }
    }

    pub(super) fn arrive(&mut self) -> Vec<Effect> {
        let matter = match self.place {
            Place::Settings => Matter::Settings,
            Place::Overlays => Matter::Overlays,
            _ => Matter::Nodes,
        };
        if self.matter != matter {
            let filter = std::mem::take(&mut self.aside[matter as usize]);
            let old = std::mem::replace(&mut self.matter, matter);
            self.aside[old as usize] = std::mem::replace(&mut self.order.filter, filter);
        }
        match &self.place {
            Place::Node(name) => {
                let name = name.clone();
                self.nodes.inside = false;
                let mut node = NodeScreen::new(name.clone());
                if self.node.name == name {
                    node.same_page(&self.node);
                }
                self.node = node;
                let learn = self.learn();
                let ask = self.ask_node(&name);
                learn.into_iter().chain(ask).collect()
            }
            Place::Settings => self.send(Command::Settings, Sent::Settings),
            Place::Overlays => {
                // What failed for nodes may be another by now, though no file is.
                self.overlays.doubt(self.local);
                Vec::new()
            }
            Place::Profiles => {
                self.profiles.learn(&self.known, &self.mirror);
                let learn = self.learn();
                learn.into_iter().chain(self.ask_lineage()).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn open_node(&mut self, name: Arc<str>) -> Vec<Effect> {
        if let Some(id) = self.node_named(&name) {
            self.nodes.go(id);
        }
        self.go(Place::Node(name))
    }

    pub(super) fn open(&mut self) -> Vec<Effect> {
        if let Some(Layer::Replay(replay)) = self.layers.last() {
            if let Some((title, lines)) = replay.told(&self.start.zone) {
                self.layers.push(Layer::Told(Told::new(title, lines)));
            }
            return Vec::new();
        }
        let body = self.body();
        let world = world!(self);
        let wish = match self.place {
            Place::Board => self.board.open(&world, body),
            Place::Nodes if self.nodes.inside => self.node.open(),
            Place::Nodes => self.nodes.open(&world),
            Place::Profiles => self.profiles.open(),
            Place::Overlays => self.overlays.open(&self.mirror, self.start.size.0),
            Place::Events => self.events.open(&world),
            Place::Node(_) => self.node.open(),
            Place::Settings => self.settings.open(&world),
        };
        match wish {
            Wish::None => {}
            Wish::Open(name) => return self.open_node(name),
            Wish::Replay(name, boot) => {
                return self.replay_boot(name, Some(boot), Edge::Start, None);
            }
            Wish::Users(profile) => return self.show_users(&profile),
            Wish::Profile(profile) => return self.show_profile(&profile),
            Wish::Layer(profile, key) => {
                let effects = self.show_profile(&profile);
                self.profiles.seek(&key);
                return effects;
            }
            Wish::Found(query) => return self.show_found(&query),
            Wish::Overlay(name, node) => return self.show_overlay(&name, Some(node)),
            Wish::Fault(fault) => return self.show_fault(&fault),
            Wish::Revision(revision, by) => return self.show_revision(revision, &by),
            Wish::Say(text) => self.say(text, Role::Text),
            Wish::Tell { title, lines } => self.layers.push(Layer::Told(Told::new(title, lines))),
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

    pub(super) fn back(&mut self) -> Vec<Effect> {
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
            Asked::Drop => self.write_dropped(),
        }
    }

    /// Whether it is asked whether to leave.
    fn leaves(&self) -> bool {
        matches!(self.layers.last(), Some(Layer::Confirm(question)) if question.yes == Asked::Leave)
    }

    fn server(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::Reload => return self.send(Command::Reload, Sent::Say),
            // The key means this only where leaving is asked.
            Act::StopToo if !self.leaves() => {}
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
}
