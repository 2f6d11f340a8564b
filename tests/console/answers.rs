//! An engine that answers what a console asks about the registry.

use std::sync::Arc;

use muster::api::{Command, EntryRow, Reply};
use muster::console::app::{Effect, Msg};
use muster::link::Message;
use muster::model::{Edit, Value};

use super::world::{Desk, detail};

pub fn text(text: &str) -> Value {
    Value::Text(text.into())
}

pub fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Arc::from(*item)).collect())
}

/// Answers everything that was asked about nodes, which say `own`, and about profiles, which say nothing; gives the rest.
pub fn answer(desk: &mut Desk, own: &[(&str, Value)]) -> Vec<Command> {
    let mut rest = Vec::new();
    while !desk.effects.is_empty() {
        for effect in std::mem::take(&mut desk.effects) {
            let Effect::Send(ticket, command) = effect else {
                continue;
            };
            let reply = match command {
                Command::Node { ref name } => {
                    let mut full = detail();
                    let shown = desk.app.mirror.head.nodes.iter();
                    full.row = shown.clone().find(|row| row.name == *name).unwrap().clone();
                    Reply::Node(Box::new(full))
                }
                Command::Entries { names, table, .. } => Reply::Entries(vec![EntryRow {
                    table,
                    line: 3,
                    text: "".into(),
                    values: match names {
                        Some(_) => own
                            .iter()
                            .map(|(key, value)| (Arc::from(*key), value.clone()))
                            .collect(),
                        None => Vec::new(),
                    },
                    name: names.unwrap_or_else(|| "base".into()),
                }]),
                Command::Images => Reply::Images(Vec::new()),
                other => {
                    rest.push(other);
                    continue;
                }
            };
            desk.send(Msg::Link(Message::Reply(ticket, reply)));
        }
    }
    rest
}

/// The edits of the only change that was asked about.
pub fn edits(asked: &[Command]) -> Vec<Edit> {
    match asked {
        [
            Command::Change {
                edits, dry: true, ..
            },
        ] => edits.clone(),
        other => panic!("{other:?}"),
    }
}

/// On the page of n0417, with the cursor on a field.
pub fn on_field(size: (u16, u16), key: &str, own: &[(&str, Value)]) -> Desk {
    let mut desk = Desk::new(size);
    desk.press(": \"n0417\" enter");
    answer(&mut desk, own);
    for _ in 0..20 {
        if desk.app.node.key().as_deref() == Some(key) {
            return desk;
        }
        desk.press("j");
    }
    panic!("no field {key}");
}
