//! Copying: what there is to be copied, and the choice among it.

use super::{App, Effect, Place, world};
use crate::api::Content;
use crate::console::form::{self, Subject, What};
use crate::console::keys::Act;
use crate::console::layer::{Copies, Layer};
use crate::console::look::Role;
use crate::console::screens::overlays::Pane;
use crate::kit::hostlist;
use crate::model::Value;

/// One thing: the action that takes it, what it is, and the text.
type One = (Act, &'static str, String);

impl App {
    /// `y`: the only thing that there is, or the choice.
    pub(super) fn copy(&mut self) -> Vec<Effect> {
        let world = world!(self);
        let whole = |text: String| vec![(Act::CopyRow, "all of it", text)];
        let all: Vec<One> = match self.layers.last() {
            Some(Layer::Why(pane)) => pane.text().map(whole).unwrap_or_default(),
            Some(Layer::Told(told)) => whole(told.text()),
            Some(Layer::Diff(pane)) => {
                let command = match &pane.proposal.what {
                    What::Edits(edits) => form::commanded(edits),
                    What::Undo(revision) => Some(format!("muster undo r{revision}")),
                    What::Redo => Some("muster redo".into()),
                    What::Overlay { .. } | What::OverlayUndo { .. } => None,
                };
                let command = command.map(|text| (Act::CopyCommand, "command", text));
                whole(pane.text()).into_iter().chain(command).collect()
            }
            Some(Layer::Log(pane)) => pane.text().map(whole).unwrap_or_default(),
            Some(Layer::Drift(pane)) => {
                let command = format!("muster drift {}", pane.names);
                let command = (Act::CopyCommand, "command", command);
                whole(pane.text()).into_iter().chain([command]).collect()
            }
            Some(Layer::Compare(pane)) => pane.text().map(whole).unwrap_or_default(),
            Some(Layer::Contrast(pane)) => whole(pane.text()),
            Some(Layer::Tried(pane)) => pane.text().map(whole).unwrap_or_default(),
            Some(Layer::History(pane)) => pane.text().map(whole).unwrap_or_default(),
            Some(Layer::Replay(replay)) => {
                replay.text(&self.start.zone).map(whole).unwrap_or_default()
            }
            _ => match self.place {
                Place::Profiles => self.profiles.line().map(whole).unwrap_or_default(),
                Place::Overlays => self.of_overlay(),
                Place::Events => self.events.line(&world).map(whole).unwrap_or_default(),
                Place::Settings => self.of_setting(),
                Place::Node(_) => self.of_field(),
                Place::Nodes if self.nodes.inside => self.of_field(),
                Place::Board | Place::Nodes => self.of_nodes(),
            },
        };
        match all.as_slice() {
            [] => {
                self.say("nothing to copy here", Role::Dim);
                Vec::new()
            }
            [(_, _, text)] => self.take_copy(text.clone()),
            _ => {
                self.layers.push(Layer::Copy(Copies(all)));
                Vec::new()
            }
        }
    }

    /// One of the choice.
    pub(super) fn copied(&mut self, act: Act) -> Vec<Effect> {
        let Some(Layer::Copy(copies)) = self.layers.last() else {
            return Vec::new();
        };
        let Some(text) = copies.text(act).map(str::to_owned) else {
            self.say("there is no such thing here", Role::Dim);
            return Vec::new();
        };
        self.layers.pop();
        self.take_copy(text)
    }

    fn take_copy(&mut self, text: String) -> Vec<Effect> {
        let first = crate::kit::text::clip(text.lines().next().unwrap_or_default(), 60);
        self.say(format!("✓ copied {first}"), Role::Good);
        vec![Effect::Copy(text)]
    }

    /// The file under the cursor of the overlays, or the overlay itself; the verb that renders it.
    fn of_overlay(&self) -> Vec<One> {
        let Some(name) = &self.overlays.overlay else {
            return Vec::new();
        };
        let file = self.overlays.file.as_ref();
        let path = file.map_or_else(|| name.to_string(), |file| format!("{name}/{file}"));
        let written = self.overlays.written();
        let written = written.and_then(|file| file.content.as_ref()?.text());
        let text = match (self.overlays.pane, self.overlays.output()) {
            (Pane::Made, Some(one)) => one.content.as_ref().and_then(Content::text),
            _ => written,
        };
        let command = match (self.overlays.cast(), file) {
            (Some(node), Some(file)) => format!("muster overlay render {node} {name} {file}"),
            (Some(node), None) => format!("muster overlay render {node} {name}"),
            (None, _) => format!("muster overlay show {name}"),
        };
        let text = text.map(|text| (Act::CopyValue, "text", text.to_string()));
        let name = [(Act::CopyName, "path", path)];
        let command = [(Act::CopyCommand, "command", command)];
        name.into_iter().chain(text).chain(command).collect()
    }

    /// The setting under the cursor.
    fn of_setting(&self) -> Vec<One> {
        let world = self.world();
        let Some(row) = self.settings.here(&world) else {
            return Vec::new();
        };
        let value = row
            .own
            .clone()
            .unwrap_or_else(|| Value::Text(row.value.clone()));
        let command = form::command(&Subject::settings(), &row.key, Some(&value));
        let plain = [
            (Act::CopyName, "name", row.key.to_string()),
            (Act::CopyValue, "value", row.value.to_string()),
            (Act::CopyRow, "row", format!("{}: {}", row.key, row.value)),
        ];
        let command = command.map(|text| (Act::CopyCommand, "command", text));
        plain.into_iter().chain(command).collect()
    }

    /// The field under the cursor of a node; of its other pages the line.
    fn of_field(&self) -> Vec<One> {
        let Some(row) = self.node.field() else {
            let line = self.node.line().map(|text| (Act::CopyRow, "row", text));
            return line.into_iter().collect();
        };
        let subject = Subject::node(self.node.name.clone());
        // Lists come with blanks between their items.
        let list = crate::model::Key::parse(&row.key).ok();
        let list = list.and_then(|key| crate::model::field::of_node(key.field));
        let value = match list {
            Some(field) if field.kind.is_list() => {
                Value::List(row.value.split_whitespace().map(Into::into).collect())
            }
            _ => Value::Text(row.value.clone()),
        };
        let line = format!("{}: {} ({})", row.key, row.value, row.source);
        let plain = [
            (Act::CopyValue, "value", row.value.to_string()),
            (Act::CopyName, "name", row.key.to_string()),
            (Act::CopyRow, "row", line),
        ];
        let command = form::command(&subject, &row.key, Some(&value));
        let command = command.map(|text| (Act::CopyCommand, "command", text));
        plain.into_iter().chain(command).collect()
    }

    /// The marked nodes, else the one under the cursor, with the cell that it is on.
    fn of_nodes(&self) -> Vec<One> {
        let rows = self.mirror.head.nodes.iter();
        let marked = rows.filter(|row| self.marks.contains(&row.id));
        let marked: Vec<_> = marked.map(|row| row.name.clone()).collect();
        if !marked.is_empty() {
            let names = hostlist::compress(&marked);
            return vec![
                (Act::CopyName, "names", names.clone()),
                (
                    Act::CopyCommand,
                    "command",
                    format!("muster node show '{names}'"),
                ),
            ];
        }
        let world = self.world();
        let Some((row, status)) = self.node_here().and_then(|id| world.node(id)) else {
            return Vec::new();
        };
        let ages = crate::console::ages::Ages::new(self.now(), self.start.zone.clone());
        let cells = self
            .nodes
            .columns
            .iter()
            .map(|column| column.cell(row, status, &ages));
        let cells: Vec<String> = cells.collect();
        let mut out = vec![(Act::CopyName, "name", row.name.to_string())];
        if self.place == Place::Nodes {
            let value = self.nodes.column().cell(row, status, &ages);
            out.push((Act::CopyValue, "value", value));
            out.push((Act::CopyRow, "row", cells.join("\t")));
        }
        out.push((
            Act::CopyCommand,
            "command",
            format!("muster node show {}", row.name),
        ));
        out
    }
}
