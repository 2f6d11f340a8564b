//! Somebody at the console of a real engine: keys in, `nodes.conf` out.

use muster::api::{Command, Reply, Update};
use muster::console::app::{Effect, Msg};
use muster::engine::Text;
use muster::link::Message;
use muster::model::{Edit, Place, Value};

use super::world::{Desk, start};
use crate::engine::desk::Desk as Engine;
use crate::support::BY_HAND as NODES;

/// The console and the engine that it talks to.
struct Both {
    engine: Engine,
    desk: Desk,
}

impl Both {
    fn new() -> Self {
        let mut both = Self {
            engine: Engine::new(NODES),
            desk: Desk::bare(start((120, 36))),
        };
        both.news();
        both
    }

    /// The console hears how things are.
    fn news(&mut self) {
        let snapshot = self.engine.snapshot();
        self.desk.news(Update::Snapshot(Box::new(snapshot)));
    }

    /// Carries what the console asks for to the engine, and the answers back, until nothing is asked.
    fn talk(&mut self) {
        let mut others = Vec::new();
        for _ in 0..20 {
            let effects = std::mem::take(&mut self.desk.effects);
            let mut quiet = true;
            for effect in effects {
                let Effect::Send(ticket, command) = effect else {
                    others.push(effect);
                    continue;
                };
                quiet = false;
                let reply = self.engine.ask(command);
                self.desk.send(Msg::Link(Message::Reply(ticket, reply)));
            }
            if quiet {
                self.desk.effects = others;
                return;
            }
        }
        panic!("the console asks and asks");
    }

    /// Keys, each with everything that it sets off, but without hearing what is new in between.
    fn press_only(&mut self, script: &str) -> String {
        for key in script.split_whitespace() {
            self.desk.press(key);
            self.talk();
        }
        self.desk.text()
    }

    /// The same, and then the console hears what is new.
    fn press(&mut self, script: &str) -> String {
        self.press_only(script);
        self.news();
        self.talk();
        self.desk.text()
    }

    fn file(&self) -> String {
        match &self.engine.disk {
            Text::Content(text) => text.to_string(),
            other => panic!("{other:?}"),
        }
    }

    /// What is in force for a node.
    fn value(&mut self, node: &str, key: &str) -> Option<String> {
        match self.engine.ask(Command::Node { name: node.into() }) {
            Reply::Node(detail) => {
                let row = detail.fields.iter().find(|row| *row.key == *key);
                row.map(|row| row.value.to_string())
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn two_hundred_nodes_a_profile_and_a_kernel_argument_there_and_back() {
    let mut both = Both::new();
    let before = both.file();
    let seen = both.press("2 i \"n[101-300]\" enter");
    assert!(seen.contains("200 nodes n[101-300]"), "{seen}");
    both.press("enter");
    assert_eq!(both.desk.app.mirror.head.nodes.len(), 203);
    // A profile under the usual one.
    both.press("3 i \"gpu\" enter enter");
    assert_eq!(
        both.press("3")
            .lines()
            .filter(|line| line.contains("└─ gpu"))
            .count(),
        1
    );
    // All the new ones under that.
    let seen = both.press("2 / \"n[101-300]\" enter a e \"profiles\" enter");
    assert!(seen.contains("profiles of 200 nodes n[101-300]"), "{seen}");
    both.press("ctrl-u \"gpu\" enter enter");
    assert_eq!(
        both.value("n300", "kernel.args").as_deref(),
        Some("quiet console=ttyS0")
    );
    // A kernel argument for some of them.
    both.press("esc / ctrl-u \"n[101-132]\" enter a e \"kernel.args\" enter");
    let seen = both.press("\"+nvme.poll=8\" enter");
    assert!(
        seen.contains("+ nvme.poll=8") && seen.contains("32 nodes change"),
        "{seen}"
    );
    let changed = both.press("enter");
    assert!(changed.contains("✓ saved r"), "{changed}");
    assert_eq!(
        both.value("n132", "kernel.args").as_deref(),
        Some("quiet console=ttyS0 nvme.poll=8")
    );
    assert_eq!(
        both.value("n133", "kernel.args").as_deref(),
        Some("quiet console=ttyS0")
    );
    assert!(
        both.file()
            .starts_with(&before[..before.find("nodes:\n").unwrap()])
    );
    assert!(
        both.file()
            .contains("    # in the corner\n    comment: first\n")
    );
    // Everything back, one after the other, and once again.
    for _ in 0..4 {
        both.press("u enter");
    }
    assert_eq!(both.file(), before);
    let none = both.press("u");
    assert!(none.contains("there is nothing to undo"), "{none}");
    both.press("U enter");
    assert!(both.file().contains("n300"));
}

#[test]
fn an_inherited_argument_is_left_out_by_a_tilde_in_the_file() {
    let mut both = Both::new();
    let seen = both.press("2 e \"kernel.args\" enter");
    assert!(seen.contains("· quiet  from default"), "{seen}");
    both.press("up up ctrl-x enter enter");
    assert_eq!(
        both.value("n001", "kernel.args").as_deref(),
        Some("console=ttyS0")
    );
    assert!(both.file().contains("~quiet"), "{}", both.file());
    // Taken in again there is nothing of it left.
    both.press("2 e \"kernel.args\" enter up up ctrl-x enter enter");
    assert_eq!(both.file(), NODES);
}

#[test]
fn somebody_else_was_faster_and_the_second_is_asked() {
    let mut both = Both::new();
    both.press("2 e \"comment\" enter ctrl-u \"ours\"");
    let edit = Edit::Set {
        place: Place::node("n001"),
        key: "comment".into(),
        value: Value::Text("theirs".into()),
    };
    let by_bob = Command::Change {
        edits: vec![edit],
        base: None,
        note: None,
        dry: false,
        by: "bob".into(),
    };
    assert!(matches!(both.engine.ask(by_bob), Reply::Change(_)));
    let seen = both.press_only("enter");
    assert!(
        seen.contains("bob changed it") && seen.contains("theirs: theirs"),
        "{seen}"
    );
    assert_eq!(both.value("n001", "comment").as_deref(), Some("theirs"));
    let seen = both.press_only("o");
    assert!(
        seen.contains("- theirs") && seen.contains("+ ours"),
        "{seen}"
    );
    both.press("enter");
    assert_eq!(both.value("n001", "comment").as_deref(), Some("ours"));
    assert!(
        both.file()
            .contains("    # in the corner\n    comment: ours\n")
    );
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let mut both = Both::new();
    both.press("3 D");
    let seen = both.press("");
    assert!(
        seen.contains("refused") && seen.contains("n[001-003]"),
        "{seen}"
    );
    both.press("enter");
    assert_eq!(both.file(), NODES);
    // The text of an entry that is no YAML, and then mended.
    both.press("esc 2 E");
    let Some(Effect::Editor { text, .. }) = both.desk.effects.pop() else {
        panic!("no editor");
    };
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("# in the corner"));
    both.desk.send(Msg::Edited(Ok(
        format!("{text}image name: [x\n").into_bytes()
    )));
    both.talk();
    assert!(both.desk.text().contains("refused"), "{}", both.desk.text());
    both.press_only("E");
    assert!(both.desk.app.layers.is_empty());
    both.desk.send(Msg::Edited(Ok(
        format!("{text}image name: x # mine\n").into_bytes()
    )));
    both.talk();
    both.press("enter");
    assert!(
        both.file().contains("image name: x # mine"),
        "{}",
        both.file()
    );
}
