//! Overlays changed by keys: written, rendered while they are written, saved, taken back; and nothing that was typed is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use muster::api::{
    Command, Content, FileKind, FileRow, Language, OverlayChanged, OverlayClash, OverlayCommand,
    OverlayFile, OverlayLogRow, OverlayOutcome, OverlayReply, OverlayStep, Rendering, Reply,
    Standing, Update, VarRow,
};
use muster::console::app::{Effect, Msg};
use muster::console::look::Depth;
use muster::console::writing::Kept;
use muster::kit::Stamp;
use muster::link::Message;
use muster::model::{Fault, Spot, Turn};

use super::overlays;
use super::world::{Desk, look, snapshot, start};
use crate::support::screen::{print, same_as_file};

const PATH: &str = "etc/slurm/gres.conf.tera";

/// A console over files that it can change.
struct Site {
    desk: Desk,
    files: BTreeMap<String, String>,
    /// Commands that changed something, or would have.
    changes: Vec<OverlayCommand>,
    log: Vec<OverlayLogRow>,
    /// Whether templates that fail keep a change from being made.
    strict: bool,
}

fn digest(text: Option<&String>) -> String {
    text.map_or_else(String::new, |text| format!("digest of {text}"))
}

impl Site {
    fn new(size: (u16, u16)) -> Self {
        Self::with(Desk::with(size, snapshot(96)))
    }

    fn with(desk: Desk) -> Self {
        let mut site = Self {
            desk,
            files: BTreeMap::from([(PATH.to_owned(), "one {{ node.name }}\ntwo\n".to_owned())]),
            changes: Vec::new(),
            log: Vec::new(),
            strict: false,
        };
        site.press("4");
        site.desk.app.overlays.go_line(
            &"slurm".into(),
            &Spot {
                file: PATH.into(),
                line: 1,
                column: 1,
            },
        );
        site.press("");
        site
    }

    fn press(&mut self, script: &str) -> String {
        for key in script.split_whitespace() {
            self.desk.press(key);
            self.talk();
        }
        self.desk.send(Msg::Tick);
        self.talk();
        self.desk.text()
    }

    /// Time passes.
    fn wait(&mut self, ms: u64) {
        self.desk.local = self.desk.local + Duration::from_millis(ms);
        self.desk.send(Msg::Tick);
        self.talk();
    }

    fn talk(&mut self) {
        let mut kept = Vec::new();
        loop {
            let mut any = false;
            for effect in std::mem::take(&mut self.desk.effects) {
                let Effect::Send(ticket, command) = effect else {
                    kept.push(effect);
                    continue;
                };
                any = true;
                let reply = match command {
                    Command::Overlay(command) => Reply::Overlay(Box::new(self.answer(*command))),
                    Command::Vars { .. } => Reply::Vars(vars()),
                    _ => continue,
                };
                self.desk.send(Msg::Link(Message::Reply(ticket, reply)));
            }
            if !any {
                break;
            }
        }
        self.desk.effects = kept;
    }

    fn faults(path: &str, text: &str) -> Vec<Fault> {
        let lines = text.lines().enumerate();
        let bad = lines.filter_map(|(at, line)| Some((at, line.find("cuont")?)));
        bad.map(|(at, column)| {
            Fault::error("unknown name `cuont`")
                .at(Spot {
                    file: path.into(),
                    line: at as u32 + 1,
                    column: column as u32 + 1,
                })
                .hint("did you mean `count`?")
        })
        .collect()
    }

    fn answer(&mut self, command: OverlayCommand) -> OverlayReply {
        match &command {
            OverlayCommand::File { path, .. } => {
                let text = self.files.get(&**path);
                OverlayReply::File(Box::new(file(path, text)))
            }
            OverlayCommand::Render {
                name,
                node,
                file,
                draft,
            } => {
                let path = file.as_deref().unwrap_or(PATH);
                let draft = draft.as_ref().and_then(|draft| draft.content.text());
                let text = draft
                    .map(|text| text.to_string())
                    .or(self.files.get(path).cloned());
                let faults = Self::faults(path, &text.unwrap_or_default());
                OverlayReply::Render(Box::new(Rendering {
                    name: name.clone(),
                    node: node.clone(),
                    revision: 412,
                    files: Vec::new(),
                    faults,
                }))
            }
            OverlayCommand::Change { .. } => {
                self.changes.push(command.clone());
                self.change(&command)
            }
            OverlayCommand::Undo { number, dry, .. } => {
                self.changes.push(command.clone());
                self.undo(number.unwrap(), *dry)
            }
            OverlayCommand::Log { .. } => OverlayReply::Log(self.log.clone()),
            OverlayCommand::Past { path, before, .. } => {
                let text = if *before { "old\n" } else { "new\n" };
                OverlayReply::File(Box::new(file(path, Some(&text.to_owned()))))
            }
            other => overlays::reply(other).unwrap(),
        }
    }

    fn change(&mut self, command: &OverlayCommand) -> OverlayReply {
        let OverlayCommand::Change {
            name,
            steps,
            base,
            dry,
            force,
            by,
            ..
        } = command
        else {
            unreachable!()
        };
        let mut outcome = outcome("change");
        for step in steps {
            let OverlayStep::Write { path, content, .. } = step else {
                outcome.changed.push(changed("etc", None, None));
                continue;
            };
            let before = self.files.get(&**path).cloned();
            if let Some(base) = base
                && **base != *digest(before.as_ref())
            {
                return OverlayReply::Clash(Box::new(OverlayClash {
                    name: name.clone(),
                    path: path.clone(),
                    digest: digest(before.as_ref()).into(),
                    theirs: before.map(|text| Content::Text(text.into())),
                    by: Some("bob".into()),
                    at: Some(super::world::ago(60)),
                }));
            }
            let text = String::from_utf8_lossy(&content.bytes().unwrap()).into_owned();
            let faults = Self::faults(path, &text);
            if self.strict && !force && !faults.is_empty() {
                return OverlayReply::Faulty(faults);
            }
            outcome.warnings = faults;
            outcome.summary = format!("edit {name}/{path}").into();
            if before.as_ref() != Some(&text) {
                outcome
                    .changed
                    .push(changed(path, before.clone(), Some(text.clone())));
            }
            if !dry && before.as_ref() != Some(&text) {
                self.files.insert(path.to_string(), text);
                let number = self.log.len() as u64 + 1;
                self.log.insert(0, row(number, &outcome.summary, by, path));
                outcome.number = Some(number);
            }
        }
        if !dry && outcome.number.is_none() && !outcome.changed.is_empty() {
            outcome.number = Some(90);
        }
        OverlayReply::Change(Box::new(outcome))
    }

    fn undo(&mut self, undone: u64, dry: bool) -> OverlayReply {
        let mut outcome = outcome("undo");
        outcome
            .changed
            .push(changed(PATH, Some("now\n".into()), Some("then\n".into())));
        if !dry {
            let number = self.log.len() as u64 + 1;
            for old in &mut self.log {
                if old.number == undone {
                    old.undone_by = Some(number);
                }
            }
            let mut new = row(number, "undo", "ana", PATH);
            new.undoes = Some(undone);
            self.log.insert(0, new);
            outcome.number = Some(number);
        }
        OverlayReply::Change(Box::new(outcome))
    }

    fn text(&self) -> &str {
        &self.files[PATH]
    }

    fn effect(&mut self, wanted: impl Fn(&Effect) -> bool) -> Option<Effect> {
        let at = self.desk.effects.iter().position(wanted)?;
        Some(self.desk.effects.remove(at))
    }
}

fn outcome(summary: &str) -> OverlayOutcome {
    OverlayOutcome {
        number: None,
        summary: summary.into(),
        copied: false,
        changed: Vec::new(),
        impact: vec!["96 nodes get it within a minute".into()],
        warnings: Vec::new(),
    }
}

fn changed(path: &str, before: Option<String>, after: Option<String>) -> OverlayChanged {
    OverlayChanged {
        path: path.into(),
        turn: Turn::Changed,
        what: "1 line".into(),
        before: before.map(Into::into),
        after: after.map(Into::into),
    }
}

fn row(number: u64, summary: &str, by: &str, path: &str) -> OverlayLogRow {
    OverlayLogRow {
        number,
        at: super::world::ago(600),
        by: by.into(),
        name: "slurm".into(),
        summary: summary.into(),
        note: None,
        paths: vec![path.into()],
        undoes: None,
        undone_by: None,
    }
}

fn file(path: &str, text: Option<&String>) -> OverlayFile {
    let kind = if path.ends_with(".tera") {
        FileKind::Template(Language::Tera)
    } else {
        FileKind::File
    };
    OverlayFile {
        name: "slurm".into(),
        row: FileRow {
            path: path.into(),
            kind,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: 12,
            standing: Standing::Own,
        },
        content: text.map(|text| Content::Text(text.as_str().into())),
        digest: digest(text).into(),
        shipped: None,
        faults: Vec::new(),
    }
}

fn vars() -> Vec<VarRow> {
    let row = |name: &str, function, doc: &str| VarRow {
        name: name.into(),
        function,
        doc: doc.into(),
    };
    vec![
        row("node", false, "the node that this is rendered for"),
        row("node.name", false, "its name"),
        row(
            "node.net.NAME.hwaddr",
            false,
            "hardware address of a device",
        ),
        row("node.net.NAME.ipaddr", false, "address of a device"),
        row("nodes", false, "all nodes"),
        row("include_file", true, "the text of a file of the server"),
    ]
}

#[test]
fn a_file_is_written_rendered_shown_as_a_difference_and_saved() {
    let mut site = Site::new((120, 36));
    let seen = site.press("e");
    assert!(
        seen.contains("WRITING slurm/etc/slurm/gres.conf.tera"),
        "{seen}"
    );
    // A name that does not exist is told at its line while one types.
    site.press("down end space \"{{\" space \"cuont\" space \"}}\"");
    site.wait(400);
    let seen = site.press("");
    assert!(seen.contains("● WRITING"), "{seen}");
    assert!(seen.contains("2✗ two {{ cuont }}"), "{seen}");
    assert!(
        seen.contains("unknown name `cuont`: did you mean `count`?"),
        "{seen}"
    );
    same_as_file("writing-fault-120x36", &print(&site.desk.draw().0));
    assert!(site.changes.is_empty(), "nothing is saved while one types");
    // From elsewhere ctrl-g goes to it, and it is mended.
    site.press("ctrl-home ctrl-g");
    for _ in 0..5 {
        site.press("delete");
    }
    site.press("\"count\"");
    site.wait(400);
    let seen = site.press("ctrl-o");
    assert!(
        seen.contains("edit slurm/etc/slurm/gres.conf.tera"),
        "{seen}"
    );
    assert!(
        seen.contains("- two") && seen.contains("+ two {{ count }}"),
        "{seen}"
    );
    assert!(seen.contains("96 nodes get it within a minute"), "{seen}");
    same_as_file("writing-save-120x36", &print(&site.desk.draw().0));
    assert_eq!(
        site.text(),
        "one {{ node.name }}\ntwo\n",
        "only shown so far"
    );
    let seen = site.press("enter");
    assert_eq!(site.text(), "one {{ node.name }}\ntwo {{ count }}\n");
    assert!(
        seen.contains("✓ change 1") && seen.contains("u undo"),
        "{seen}"
    );
    assert!(site.desk.app.layers.is_empty());
    // And it is taken back, and done again.
    let seen = site.press("u");
    assert!(seen.contains("take back: edit slurm"), "{seen}");
    site.press("enter U");
    let seen = site.desk.text();
    assert!(seen.contains("do again what this took back"), "{seen}");
    site.press("enter u");
    assert!(matches!(
        site.changes.last(),
        Some(OverlayCommand::Undo {
            number: Some(3),
            dry: true,
            ..
        })
    ));
}

#[test]
fn a_clash_loses_nothing() {
    let mut site = Site::new((120, 36));
    site.press("e \"mine\"");
    site.files.insert(PATH.into(), "theirs\n".into());
    let seen = site.press("ctrl-o");
    assert!(seen.contains("bob changed it"), "{seen}");
    assert!(
        seen.contains("- theirs") && seen.contains("+ mineone"),
        "{seen}"
    );
    same_as_file("writing-clash-120x36", &print(&site.desk.draw().0));
    // Back to the editor: the next save shows what it does to theirs.
    let seen = site.press("e ctrl-o");
    assert!(
        seen.contains("- theirs") && !seen.contains("bob changed"),
        "{seen}"
    );
    site.press("esc");
    site.files.insert(PATH.into(), "theirs again\n".into());
    // Theirs is taken into the editor, and ours can be had back.
    let seen = site.press("ctrl-o t");
    assert!(seen.contains("theirs again"), "{seen}");
    let seen = site.press("ctrl-u");
    assert!(seen.contains("mineone"), "{seen}");
    site.files.insert(PATH.into(), "theirs once more\n".into());
    let seen = site.press("ctrl-o o");
    assert!(
        seen.contains("- theirs once more"),
        "insisting shows it first: {seen}"
    );
    site.press("enter");
    assert!(site.text().starts_with("mineone"));
}

#[test]
fn what_templates_fail_with_can_be_saved_all_the_same() {
    let mut site = Site::new((80, 24));
    site.strict = true;
    site.press("e \"{{cuont}}\"");
    let seen = site.press("ctrl-o");
    assert!(
        seen.contains("refused") && seen.contains("do it all the same"),
        "{seen}"
    );
    same_as_file("writing-refused-80x24", &print(&site.desk.draw().0));
    site.press("enter");
    assert!(
        !site.text().contains("cuont"),
        "Enter does nothing to what is refused"
    );
    let seen = site.press("o");
    assert!(
        seen.contains("! gres") || seen.contains("! etc") || seen.contains("unknown name"),
        "{seen}"
    );
    site.press("enter");
    assert!(site.text().contains("cuont"));
}

#[test]
fn esc_asks_before_anything_is_lost() {
    let mut site = Site::new((80, 24));
    site.press("e esc");
    assert!(site.desk.app.layers.is_empty(), "nothing was written");
    site.press("e \"x\"");
    let seen = site.press("esc");
    assert!(
        seen.contains("not saved") && seen.contains("write on"),
        "{seen}"
    );
    same_as_file("writing-leave-80x24", &print(&site.desk.draw().0));
    // Enter and Esc write on; letters that stand for other things elsewhere do nothing.
    site.press("s enter");
    assert!(site.press("").contains("xone"));
    site.press("esc esc");
    assert!(site.press("").contains("xone"));
    // Put aside it is kept, and taken up again where it was left.
    site.press("esc a");
    assert!(site.desk.app.layers.is_empty());
    assert!(
        site.effect(|effect| matches!(effect, Effect::Keep(_)))
            .is_some()
    );
    let seen = site.press("e");
    assert!(seen.contains("xone") && seen.contains("is back"), "{seen}");
    let seen = site.press("ctrl-u");
    assert!(seen.contains("one {{") && !seen.contains("xone"), "{seen}");
    site.press("ctrl-r esc y");
    assert!(
        site.effect(|effect| matches!(effect, Effect::Forget(..)))
            .is_some()
    );
    assert!(!site.press("e").contains("xone"));
}

#[test]
fn a_draft_outlives_a_lost_link_and_the_console() {
    let mut site = Site::new((120, 36));
    site.press("e \"mine\"");
    assert!(
        site.desk.app.unkept().is_some(),
        "the loop keeps it however it ends"
    );
    site.wait(1_100);
    let Some(Effect::Keep(kept)) = site.effect(|effect| matches!(effect, Effect::Keep(_))) else {
        panic!("it was not kept");
    };
    assert_eq!(
        kept.content.text().unwrap().as_ref(),
        "mineone {{ node.name }}\ntwo\n"
    );
    site.desk.news(Update::Lost("gone".into()));
    let seen = site.press("\"more\"");
    assert!(seen.contains("minemoreone"), "{seen}");
    let seen = site.press("ctrl-o");
    assert!(site.changes.is_empty() && seen.contains("✗ lost"), "{seen}");
    site.desk.news(Update::Snapshot(Box::new(snapshot(96))));
    let seen = site.press("ctrl-o");
    assert!(seen.contains("+ minemoreone"), "{seen}");
    // Another console begins with what this one kept.
    let mut next = start((120, 36));
    next.kept = vec![*kept];
    let mut desk = Desk::bare(next);
    desk.news(Update::Snapshot(Box::new(snapshot(96))));
    let mut site = Site::with(desk);
    assert!(site.press("e").contains("mineone"));
    // ctrl-c leaves at once, and keeps it.
    site.press("\"z\" ctrl-c");
    assert!(site.desk.effects.contains(&Effect::Quit));
    assert!(
        site.effect(|effect| matches!(effect, Effect::Keep(_)))
            .is_some()
    );
}

#[test]
fn an_old_draft_does_not_overwrite_what_was_saved_since() {
    let mut next = start((120, 36));
    next.kept = vec![Kept {
        name: "slurm".into(),
        path: PATH.into(),
        base: "digest of something older".into(),
        content: Content::Text("draft\n".into()),
        at: Stamp(1),
    }];
    let mut desk = Desk::bare(next);
    desk.news(Update::Snapshot(Box::new(snapshot(96))));
    let mut site = Site::with(desk);
    let seen = site.press("e ctrl-o");
    assert!(seen.contains("bob changed it"), "{seen}");
}

#[test]
fn names_are_completed_with_what_they_are() {
    let mut site = Site::new((120, 36));
    site.press("e down end space \"{{no\"");
    let seen = site.desk.text();
    assert!(
        seen.contains("▸node") && seen.contains("the node that this is rendered for"),
        "{seen}"
    );
    same_as_file("writing-offers-120x36", &print(&site.desk.draw().0));
    site.press("tab . n");
    assert!(site.desk.text().contains("its name"));
    // Down to the next; Esc closes the list and nothing else.
    site.press("down tab");
    assert!(
        site.press("esc").contains("{{node.net"),
        "{}",
        site.desk.text()
    );
    // Where it is in full Enter ends the line.
    site.press("ctrl-u ctrl-u ctrl-u ctrl-u \"{{node\" enter");
    assert!(site.desk.text().contains("WRITING"));
    // The variable of a loop has what its elements have.
    let mut site = Site::new((120, 36));
    site.press("e down end space \"{%\" space \"for\" space \"dev\" space \"in\" space \"node.net\" space \"%}{{\" space \"dev.\"");
    let seen = site.desk.text();
    assert!(
        seen.contains("hwaddr") && seen.contains("address of a device"),
        "{seen}"
    );
    // Text outside of the language is left alone, and Tab is a blank there.
    let mut site = Site::new((120, 36));
    let seen = site.press("e \"no\"");
    assert!(!seen.contains("▸node"), "{seen}");
}

#[test]
fn the_text_is_searched_cut_and_put_in() {
    let mut site = Site::new((120, 36));
    site.press("e ctrl-f \"two\" enter");
    let seen = site.press("ctrl-x ctrl-home ctrl-v ctrl-v");
    assert!(seen.contains("twotwoone"), "{seen}");
    assert!(
        site.effect(|effect| matches!(effect, Effect::Copy(text) if text == "two"))
            .is_some()
    );
    let seen = site.press("ctrl-f \":2\" enter \"Z\" ctrl-n");
    assert!(seen.contains("Z"), "{seen}");
    site.desk.send(Msg::Paste("pasted\r\nlines\n".into()));
    let seen = site.press("");
    assert!(seen.contains("pasted") && seen.contains("lines"), "{seen}");
    assert!(
        site.press("ctrl-f \"nothing\" esc ctrl-p")
            .contains("WRITING")
    );
}

#[test]
fn a_small_screen_shows_what_it_makes_for_a_moment() {
    let mut site = Site::new((80, 24));
    let seen = site.press("e \"x\"");
    assert!(seen.contains("● WRITING"), "{seen}");
    same_as_file("writing-80x24", &print(&site.desk.draw().0));
    let seen = site.press("ctrl-d");
    assert!(!seen.contains("WRITING"), "{seen}");
    let seen = site.press("y");
    assert!(
        seen.contains("● WRITING") && !seen.contains("xyone"),
        "the key only goes back: {seen}"
    );
    let mut wide = Site::new((200, 60));
    wide.press("e \"x\"");
    same_as_file("writing-200x60", &print(&wide.desk.draw().0));
    let mut plain = start((80, 24));
    plain.look = look("default", Depth::None, true);
    let mut desk = Desk::bare(plain);
    desk.news(Update::Snapshot(Box::new(snapshot(96))));
    let mut site = Site::with(desk);
    site.press("e \"{{cuont\" shift-down");
    site.wait(400);
    site.press("");
    same_as_file("writing-no-colour", &print(&site.desk.draw().0));
}

#[test]
fn safe_changes_nothing() {
    let mut site = Site::new((120, 36));
    site.press("e \"mine\" esc a L");
    for key in ["e", "E", "i", "D", "R", "P", "W", "r", "Y", "u", "U"] {
        let seen = site.press(key);
        assert!(seen.contains("SAFE"), "{key}: {seen}");
        assert!(site.desk.app.layers.is_empty(), "{key}");
    }
    // It falls in while somebody writes: that is not lost, and saved once it is unlocked.
    site.press("L e");
    site.wait(16 * 60 * 1_000);
    let seen = site.press("ctrl-o enter");
    assert!(
        seen.contains("SAFE")
            && site
                .changes
                .iter()
                .all(|change| matches!(change, OverlayCommand::Change { dry: true, .. }))
    );
    site.press("L enter");
    assert!(site.text().starts_with("mine"));
}

fn steps(site: &Site) -> Vec<OverlayStep> {
    match site.changes.last() {
        Some(OverlayCommand::Change {
            steps, dry: true, ..
        }) => steps.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_are_made_moved_and_given_rights_by_keys() {
    let mut site = Site::new((120, 36));
    let seen = site.press("i");
    assert!(seen.contains("make what in slurm?"), "{seen}");
    let seen = site.press("d");
    assert!(seen.contains("etc/slurm/"), "{seen}");
    site.press("\"spool\" tab ctrl-u \"700\"");
    assert!(
        site.desk.text().contains("rwx------"),
        "{}",
        site.desk.text()
    );
    same_as_file("ask-folder-120x36", &print(&site.desk.draw().0));
    site.press("enter");
    let made = OverlayStep::Mkdir {
        path: "etc/slurm/spool".into(),
        mode: Some(0o700),
    };
    assert_eq!(steps(&site), [made]);
    site.press("enter");
    assert!(site.desk.app.layers.is_empty());
    let mut site = Site::new((120, 36));
    let seen = site.press("P ctrl-u \"+x\"");
    assert!(seen.contains("rw------- → rwx--x--x (0711)"), "{seen}");
    site.press("enter");
    let (path, mode) = (PATH.into(), 0o711);
    assert_eq!(steps(&site), [OverlayStep::Mode { path, mode }]);
    site.press("enter W ctrl-u \"munge\" enter");
    let owner = OverlayStep::Owner {
        path: PATH.into(),
        uid: Some(998),
        gid: None,
    };
    assert_eq!(steps(&site), [owner]);
    let seen = site.press("esc ctrl-u \"nobody\"");
    assert!(seen.contains("knows no user `nobody`"), "{seen}");
    site.press("enter");
    assert!(
        site.desk.text().contains("owner of"),
        "what is wrong is not sent"
    );
    site.press("esc R ctrl-u \"etc/gres.tera\" enter");
    let moved = OverlayStep::Move {
        path: PATH.into(),
        to: "etc/gres.tera".into(),
    };
    assert_eq!(steps(&site), [moved]);
    site.press("esc esc i l \"link\" enter \"/etc/x\" enter");
    let link = OverlayStep::Symlink {
        path: "etc/slurm/link".into(),
        target: "/etc/x".into(),
    };
    assert_eq!(steps(&site), [link]);
    site.press("esc esc D");
    assert_eq!(steps(&site), [OverlayStep::Remove { path: PATH.into() }]);
}

#[test]
fn a_new_file_is_written_and_saved() {
    let mut site = Site::new((120, 36));
    let seen = site.press("i f \"new.conf.tera\"");
    assert!(seen.contains("a template of muster's own kind"), "{seen}");
    let seen = site.press("enter");
    assert!(seen.contains("NEW slurm/etc/slurm/new.conf.tera"), "{seen}");
    site.press("\"hello\" ctrl-o");
    let OverlayCommand::Change { base, .. } = site.changes.last().unwrap() else {
        panic!("nothing was proposed")
    };
    assert_eq!(base.as_deref(), Some(""), "there must be none");
    site.press("enter");
    assert_eq!(site.files["etc/slurm/new.conf.tera"], "hello");
    // One that is there is not overwritten by way of that.
    let seen = site.press("esc 4 i f ctrl-u \"etc/slurm/gres.conf.tera\" enter");
    assert!(seen.contains("there is a file"), "{seen}");
}

#[test]
fn a_file_of_this_machine_is_taken_in() {
    let mut site = Site::new((120, 36));
    site.press("i i \"/etc/motd\" enter enter");
    assert!(
        site.effect(|effect| *effect == Effect::Read("/etc/motd".into()))
            .is_some()
    );
    site.desk
        .send(Msg::Read(Err("/etc/motd cannot be read: no".into())));
    assert!(site.press("").contains("cannot be read"));
    site.press("enter");
    site.desk.send(Msg::Read(Ok((b"hi\n".to_vec(), 0o755))));
    site.talk();
    let step = OverlayStep::Write {
        path: "etc/slurm/motd".into(),
        content: Content::Text("hi\n".into()),
        mode: Some(0o755),
    };
    assert_eq!(steps(&site), [step]);
}

#[test]
fn an_overlay_is_deleted_only_by_its_name() {
    let mut site = Site::new((120, 36));
    site.desk.app.overlays.go(&"slurm".into(), None);
    site.press("");
    let seen = site.press("D");
    assert!(seen.contains("type slurm to do it"), "{seen}");
    site.press("enter");
    assert!(matches!(
        site.changes.last(),
        Some(OverlayCommand::Change { dry: true, .. })
    ));
    site.press("\"slurm\" enter");
    assert!(
        matches!(site.changes.last(), Some(OverlayCommand::Change { dry: false, steps, .. }) if *steps == [OverlayStep::Delete])
    );
    // What is shipped stays; a copy of it is made.
    site.desk.app.overlays.go(&"issue".into(), None);
    site.press("");
    assert!(site.press("D").contains("issue is shipped and stays"));
    site.press("Y");
    assert_eq!(steps(&site), [OverlayStep::Copy]);
}

#[test]
fn a_change_in_the_list_is_taken_back() {
    let mut site = Site::new((120, 36));
    site.log = vec![
        row(2, "edit slurm/b", "bob", "b"),
        row(1, "edit slurm/a", "ana", "a"),
    ];
    let seen = site.press("H");
    assert!(
        seen.contains("changes of slurm") && seen.contains("#2"),
        "{seen}"
    );
    site.press("j u");
    assert!(matches!(
        site.changes.last(),
        Some(OverlayCommand::Undo {
            number: Some(1),
            dry: true,
            ..
        })
    ));
}

#[test]
fn the_persons_editor_goes_the_same_way() {
    let mut site = Site::new((120, 36));
    site.press("E");
    let Some(Effect::Editor { name, text, line }) =
        site.effect(|effect| matches!(effect, Effect::Editor { .. }))
    else {
        panic!("no editor");
    };
    assert_eq!((&*name, line), ("gres.conf.tera", 1));
    assert_eq!(text, b"one {{ node.name }}\ntwo\n");
    site.desk.send(Msg::Edited(Ok(b"one\n".to_vec())));
    site.talk();
    let seen = site.press("");
    assert!(seen.contains("- two") && seen.contains("do it"), "{seen}");
    // Back from the difference it is in the editor here; and out again.
    site.press("esc");
    assert!(site.press("").contains("● WRITING"));
    site.press("ctrl-e");
    assert!(
        site.effect(|effect| matches!(effect, Effect::Editor { .. }))
            .is_some()
    );
    site.desk
        .send(Msg::Edited(Err("the editor ended with 1".into())));
    assert!(site.press("").contains("ended with 1"));
    site.desk.send(Msg::Edited(Ok(vec![0xff, 0xfe])));
    let seen = site.press("");
    assert!(seen.contains("not UTF-8"), "{seen}");
    let seen = site.press("ctrl-o enter");
    assert!(!seen.contains("WRITING"), "{seen}");
    // Unchanged it is nothing.
    let mut site = Site::new((120, 36));
    site.press("E");
    site.desk
        .send(Msg::Edited(Ok(b"one {{ node.name }}\ntwo\n".to_vec())));
    let seen = site.press("");
    assert!(
        seen.contains("nothing was changed") && site.desk.app.layers.is_empty(),
        "{seen}"
    );
}
