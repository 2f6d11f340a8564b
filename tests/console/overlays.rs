//! The screen of the overlays: browsing, what a template makes for each node, what differs, what fails where.

use std::sync::Arc;

use muster::api::{
    CheckRow, Checked, Command, Content, Delta, FileKind, FileRow, Language, Origin,
    OverlayCommand, OverlayDetail, OverlayFile, OverlayItem, OverlayLogRow, OverlayReply, Refusal,
    Rendered, Rendering, Reply, Standing, Update, User,
};
use muster::console::app::{Effect, Msg, Place};
use muster::console::look::Depth;
use muster::console::screens::overlays::Pane;
use muster::kit::hostlist;
use muster::link::Message;
use muster::model::{Fault, Spot};

use super::world::{Desk, NOW, ago, look, snapshot};
use crate::support::screen::{print, same_as_file};

fn item(name: &str, origin: Origin, (system, runtime): (u32, u32), about: &str) -> OverlayItem {
    OverlayItem {
        name: name.into(),
        origin,
        about: about.into(),
        files: 2,
        templates: 1,
        system,
        runtime,
        behind: None,
        faults: 0,
    }
}

pub fn items() -> Vec<OverlayItem> {
    let mut all = vec![
        item(
            "NetworkManager",
            Origin::Shipped,
            (1_024, 0),
            "Connections of NetworkManager, one for each device of the node",
        ),
        item(
            "chrony",
            Origin::Shipped,
            (0, 0),
            "Time from the servers of the field ntp",
        ),
        item(
            "fstab",
            Origin::Shipped,
            (1_024, 0),
            "File systems and mounts of the node",
        ),
        item(
            "hosts",
            Origin::Copy,
            (1_024, 1_024),
            "Names and addresses of every node of the cluster",
        ),
        item(
            "issue",
            Origin::Shipped,
            (1_024, 0),
            "What is shown before the login",
        ),
        item("munge", Origin::Site, (0, 96), ""),
        item(
            "slurm",
            Origin::Site,
            (0, 96),
            "Slurm: its configuration and the keys that nodes need",
        ),
        item(
            "ssh.host_keys",
            Origin::Shipped,
            (1_024, 0),
            "Host keys of the cluster",
        ),
        item(
            "wwinit",
            Origin::Shipped,
            (1_024, 0),
            "What brings a node up",
        ),
    ];
    all[3].behind = Some((3, 5));
    all[6].faults = 1;
    all[6].files = 5;
    all[6].templates = 2;
    all
}

fn row(path: &str, kind: FileKind, mode: u32, owner: u32) -> FileRow {
    FileRow {
        path: path.into(),
        kind,
        mode,
        uid: owner,
        gid: owner,
        size: 512,
        standing: Standing::Own,
    }
}

fn files(name: &str) -> Vec<FileRow> {
    let tera = || FileKind::Template(Language::Tera);
    match name {
        "slurm" => vec![
            row("etc", FileKind::Folder, 0o755, 0),
            row("etc/slurm", FileKind::Folder, 0o755, 0),
            row("etc/slurm/gres.conf.tera", tera(), 0o600, 0),
            row("etc/slurm/munge.key", FileKind::File, 0o400, 998),
            row("etc/slurm/plugstack.conf", FileKind::File, 0o644, 0),
            row(
                "etc/slurm/slurm.conf",
                FileKind::Symlink("/run/slurm/slurm.conf".into()),
                0o777,
                0,
            ),
            row("etc/slurm/topology.conf.tera", tera(), 0o644, 0),
            row("var", FileKind::Folder, 0o755, 0),
            row("var/spool", FileKind::Folder, 0o755, 0),
            row("var/spool/slurmd", FileKind::Folder, 0o750, 998),
        ],
        "hosts" => {
            let mut changed = row("etc/hosts.tera", tera(), 0o644, 0);
            changed.standing = Standing::Changed;
            let mut added = row("etc/hosts.local", FileKind::File, 0o644, 0);
            added.standing = Standing::Added;
            vec![row("etc", FileKind::Folder, 0o755, 0), changed, added]
        }
        _ => vec![
            row("etc", FileKind::Folder, 0o755, 0),
            row("etc/NetworkManager", FileKind::Folder, 0o755, 0),
            row(
                "etc/NetworkManager/system-connections",
                FileKind::Folder,
                0o700,
                0,
            ),
            row(
                "etc/NetworkManager/system-connections/muster.tera",
                tera(),
                0o600,
                0,
            ),
        ],
    }
}

fn detail(name: &str) -> OverlayDetail {
    let item = items()
        .into_iter()
        .find(|item| *item.name == *name)
        .unwrap();
    let user = |who: &str, system, nodes| User {
        who: who.into(),
        system,
        nodes,
    };
    let (users, nodes) = match name {
        "slurm" | "munge" => (
            vec![user("profile gpu", false, 95), user("node n0001", false, 1)],
            "n0001,n[0193-0287]",
        ),
        "chrony" => (Vec::new(), ""),
        _ => (vec![user("profile base", true, 1_024)], "n[0001-1024]"),
    };
    OverlayDetail {
        folder: format!("/etc/muster/overlays/{name}").into(),
        files: files(name),
        users,
        nodes: nodes.into(),
        faults: if item.faults > 0 {
            vec![fault("n0001")]
        } else {
            Vec::new()
        },
        item,
    }
}

pub const GRES: &str = "\
{#- The devices of each node. -#}
# Made by muster for {{ node.name }}.
AutoDetect=off
{% for gpu in node.tags.gpus | split(pat=\",\") %}
NodeName={{ node.name }} Name=gpu \\
\tType={{ gpu.tpye }} File=/dev/nvidia{{ loop.index0 }}
{% endfor %}
# Whatever else the kernel finds.
NodeName={{ node.name }} Name=mps Count=400
";

pub fn fault(_node: &str) -> Fault {
    let spot = Spot {
        file: "/etc/muster/overlays/slurm/etc/slurm/gres.conf.tera".into(),
        line: 6,
        column: 14,
    };
    Fault::error("unknown name `gpu.tpye`")
        .at(spot)
        .about("overlay slurm")
        .hint("did you mean `gpu.type`?")
}

fn written(name: &str, path: &str) -> OverlayFile {
    let row = files(name)
        .into_iter()
        .find(|row| *row.path == *path)
        .unwrap();
    let text = |text: &str| Some(Content::Text(text.into()));
    let content = match path {
        "etc/slurm/gres.conf.tera" => text(GRES),
        "etc/slurm/munge.key" => Some(Content::of(&[0, 159, 146, 150])),
        "etc/slurm/slurm.conf" => None,
        "etc/hosts.tera" => text(
            "127.0.0.1 localhost\n{% for n in nodes %}{{ n.ip }} {{ n.name }}\n{% endfor %}::1 localhost\n",
        ),
        path if path.ends_with("muster.tera") => text(
            "{% for dev in node.net %}{{- file(path=dev.name) }}\n[connection]\nid={{ dev.name }}\n{% endfor %}",
        ),
        path => text(&format!("# {path}\n")),
    };
    OverlayFile {
        name: name.into(),
        row,
        content,
        digest: "d1".into(),
        shipped: (name == "hosts").then(|| Content::Text("127.0.0.1 localhost\n".into())),
        faults: Vec::new(),
    }
}

fn made(path: &str, content: &str, mode: u32, template: &str) -> Rendered {
    Rendered {
        path: path.into(),
        content: Some(Content::Text(content.into())),
        mode,
        uid: 0,
        gid: 0,
        symlink: None,
        backup: false,
        template: (!template.is_empty()).then(|| template.into()),
    }
}

/// What an overlay makes for a node; with the fault on n0193 and on no other.
fn rendering(name: &str, node: &str, file: Option<&str>) -> Rendering {
    let gres = format!(
        "# Made by muster for {node}.\nAutoDetect=off\n\nNodeName={node} Name=gpu \\\n\tType=h200 File=/dev/nvidia0\n\nNodeName={node} Name=gpu \\\n\tType=h200 File=/dev/nvidia1\n\n# Whatever else the kernel finds.\nNodeName={node} Name=mps Count=400\n"
    );
    let bad = node == "n0193" && name == "slurm";
    let mut all = match name {
        "slurm" => {
            let mut link = made("/etc/slurm/slurm.conf", "", 0o777, "");
            link.content = None;
            link.symlink = Some("/run/slurm/slurm.conf".into());
            let gres = made(
                "/etc/slurm/gres.conf",
                &gres,
                0o600,
                "etc/slurm/gres.conf.tera",
            );
            let plain = made(
                "/etc/slurm/plugstack.conf",
                "# etc/slurm/plugstack.conf\n",
                0o644,
                "",
            );
            if bad {
                vec![plain, link]
            } else {
                vec![gres, plain, link]
            }
        }
        "hosts" => vec![made(
            "/etc/hosts",
            &format!("127.0.0.1 localhost\n10.4.1.1 {node}\n::1 localhost\n"),
            0o644,
            "etc/hosts.tera",
        )],
        _ => {
            let template = "etc/NetworkManager/system-connections/muster.tera";
            let one = |device: &str| {
                let path = format!("/etc/NetworkManager/system-connections/{device}");
                made(
                    &path,
                    &format!("[connection]\nid={device}\n# {node}\n"),
                    0o600,
                    template,
                )
            };
            vec![one("eno1"), one("ib0")]
        }
    };
    if let Some(file) = file {
        let bare = format!("/{}", file.trim_end_matches(".tera"));
        all.retain(|one| one.template.as_deref() == Some(file) || *one.path == *bare);
    }
    let about_it = file.is_none_or(|file| file.contains("gres"));
    Rendering {
        name: name.into(),
        node: node.into(),
        revision: 412,
        files: all,
        faults: if bad && about_it {
            vec![fault(node)]
        } else {
            Vec::new()
        },
    }
}

/// What the engine says to a question about overlays.
pub fn reply(command: &OverlayCommand) -> Option<OverlayReply> {
    Some(match command {
        OverlayCommand::List => OverlayReply::List(items()),
        OverlayCommand::Show { name } => OverlayReply::Show(Box::new(detail(name))),
        OverlayCommand::File { name, path } => OverlayReply::File(Box::new(written(name, path))),
        OverlayCommand::Render {
            name, node, file, ..
        } => OverlayReply::Render(Box::new(rendering(name, node, file.as_deref()))),
        OverlayCommand::Check { nodes, draft, .. } => {
            let nodes = nodes.as_deref().map(hostlist::expand).unwrap().unwrap();
            assert!(draft.is_none());
            OverlayReply::Check(Box::new(Checked {
                rows: vec![CheckRow {
                    fault: fault("n0193"),
                    nodes: "n[0193-0287]".into(),
                    count: 95,
                }],
                nodes: nodes.len() as u32,
                failing: 95,
                templates: 2,
            }))
        }
        OverlayCommand::Log { .. } => OverlayReply::Log(changes()),
        OverlayCommand::Past { path, before, .. } => {
            let mut file = written("slurm", path);
            if *before && path.contains("gres") {
                file.content = Some(Content::Text(
                    GRES.replace("AutoDetect=off", "AutoDetect=nvml").into(),
                ));
                file.row.mode = 0o644;
            }
            OverlayReply::File(Box::new(file))
        }
        _ => return None,
    })
}

fn changes() -> Vec<OverlayLogRow> {
    let row = |number, by: &str, summary: &str, paths: &[&str]| OverlayLogRow {
        number,
        at: ago(4_000 - number * 60),
        by: by.into(),
        name: "slurm".into(),
        summary: summary.into(),
        note: None,
        paths: paths.iter().map(|path| Arc::from(*path)).collect(),
        undoes: None,
        undone_by: None,
    };
    let mut all = vec![
        row(
            14,
            "ana",
            "edit slurm/etc/slurm/gres.conf.tera",
            &["etc/slurm/gres.conf.tera"],
        ),
        row(
            12,
            "ben",
            "edit slurm/etc/slurm/plugstack.conf",
            &["etc/slurm/plugstack.conf"],
        ),
        row(
            9,
            "ana",
            "write slurm/etc/slurm/munge.key",
            &["etc/slurm/munge.key"],
        ),
    ];
    all[1].undone_by = Some(13);
    all[0].note = Some("GPUs of the new rack".into());
    all
}

/// Answers every question that has an answer, and those that follow from the answers; gives what was asked, in order.
pub fn answer(desk: &mut Desk) -> Vec<OverlayCommand> {
    let mut asked = Vec::new();
    loop {
        let effects = std::mem::take(&mut desk.effects);
        let mut any = false;
        for effect in effects {
            let Effect::Send(ticket, Command::Overlay(command)) = effect else {
                continue;
            };
            if let Some(reply) = reply(&command) {
                any = true;
                desk.send(Msg::Link(Message::Reply(
                    ticket,
                    Reply::Overlay(Box::new(reply)),
                )));
            }
            asked.push(*command);
        }
        if !any {
            return asked;
        }
    }
}

pub fn on_overlays(size: (u16, u16)) -> Desk {
    let mut desk = Desk::new(size);
    desk.press("4");
    answer(&mut desk);
    desk
}

/// With the cursor on an overlay, which is open if a path is given, and on that path.
pub fn on(size: (u16, u16), name: &str, path: &str) -> Desk {
    let mut desk = on_overlays(size);
    for _ in 0..20 {
        if desk.app.overlays.overlay.as_deref() == Some(name) {
            break;
        }
        desk.press("j");
        answer(&mut desk);
    }
    assert_eq!(desk.app.overlays.overlay.as_deref(), Some(name));
    if path.is_empty() {
        return desk;
    }
    desk.press("enter");
    answer(&mut desk);
    for _ in 0..20 {
        if desk.app.overlays.file.as_deref() == Some(path) {
            return desk;
        }
        desk.press("j");
        answer(&mut desk);
    }
    panic!("{name} has no {path}: {:?}", desk.app.overlays.file);
}

/// For pictures: a template with what it makes, and one that fails for a node, at its line.
pub fn gallery(fails: bool) -> Desk {
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    if fails {
        desk.press("]");
        answer(&mut desk);
        desk.press("n");
    } else {
        desk.press("tab j j j j");
    }
    desk
}

const GRES_PATH: &str = "etc/slurm/gres.conf.tera";

fn shot(name: &str, desk: &mut Desk) {
    let buf = desk.draw().0;
    same_as_file(&format!("overlays-{name}"), &print(&buf));
}

fn node(desk: &Desk) -> Option<Arc<str>> {
    desk.app.overlays.cast().cloned()
}

#[test]
fn the_overlays_are_listed_with_their_origin_their_nodes_and_their_faults() {
    shot("list-120x36", &mut on((120, 36), "slurm", ""));
    shot("list-80x24", &mut on((80, 24), "slurm", ""));
    shot("overview-80x24", on((80, 24), "slurm", "").press("tab"));
    let mut plain = on((120, 36), "hosts", "etc/hosts.tera");
    plain.app.start.look = look("default", Depth::None, true);
    shot("ascii-120x36", &mut plain);
    assert!(plain.text().is_ascii() && plain.text().contains("! hosts.tera"));
}

#[test]
fn a_template_is_shown_with_what_it_makes() {
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    shot("template-120x36", &mut desk);
    shot("template-200x60", &mut on((200, 60), "slurm", GRES_PATH));
    let mut small = on((80, 24), "slurm", GRES_PATH);
    shot("template-80x24", small.press("tab"));
    shot("made-80x24", small.press("tab"));
    desk.press("]");
    answer(&mut desk);
    assert_eq!(node(&desk).as_deref(), Some("n0193"));
    shot("fault-120x36", &mut desk);
    let mut small = on((80, 24), "slurm", GRES_PATH);
    small.press("] tab");
    answer(&mut small);
    shot("fault-80x24", &mut small);
}

#[test]
fn enter_opens_and_folds_and_goes_to_who_uses_it() {
    let mut desk = on((120, 36), "slurm", "");
    desk.press("enter");
    answer(&mut desk);
    assert!(desk.text().contains("gres.conf.tera"));
    desk.press("j enter");
    assert!(!desk.text().contains("gres.conf.tera"), "folded");
    desk.press("enter k tab");
    assert_eq!(desk.app.overlays.pane, Pane::Template);
    desk.press("j enter");
    assert_eq!(desk.app.place, Place::Profiles);
}

#[test]
fn left_and_right_walk_the_tree_and_the_panes() {
    let mut desk = on((120, 36), "slurm", "etc/slurm/munge.key");
    desk.press("left");
    assert_eq!(desk.app.overlays.file.as_deref(), Some("etc/slurm"), "up");
    desk.press("left");
    assert!(!desk.text().contains("munge.key"), "folded");
    desk.press("left");
    assert_eq!(desk.app.overlays.file, None, "the overlay");
    desk.press("left");
    assert!(!desk.text().contains("etc/slurm  "), "closed");
    desk.press("right");
    answer(&mut desk);
    assert!(desk.text().contains("etc/slurm"), "open again");
    desk.press("right right");
    assert_eq!(desk.app.overlays.pane, Pane::Made);
    desk.press("left left left");
    assert_eq!(desk.app.overlays.pane, Pane::Tree);
}

#[test]
fn nodes_are_stepped_through_and_chosen() {
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    let mut step = |keys: &str| {
        desk.press(keys);
        answer(&mut desk);
        (node(&desk).unwrap().to_string(), desk.text())
    };
    let (first, text) = step("k j");
    assert_eq!(first, "n0001");
    assert!(text.contains("AS n0001  1 of 96"), "{text}");
    assert_eq!(step("[").0, "n0287", "round");
    assert_eq!(step("]").0, "n0001");
    let (chosen, text) = step("t \"n0500\" enter");
    assert_eq!(chosen, "n0500");
    assert!(text.contains("AS n0500  does not get it"), "{text}");
    // Another overlay is rendered for one that gets it.
    desk.press("G");
    answer(&mut desk);
    assert_eq!(node(&desk).as_deref(), Some("n0500"), "that one gets it");
}

#[test]
fn one_question_of_a_kind_is_on_its_way() {
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    desk.effects.clear();
    desk.press("] ] ] ]");
    let asked: Vec<_> = renders(&desk);
    assert_eq!(asked, ["n0193"], "the others wait for the answer");
    answer_next(&mut desk);
    assert_eq!(
        renders(&desk),
        ["n0196"],
        "what lies between nobody wants to see any more"
    );
    answer(&mut desk);
    assert!(desk.text().contains("AS n0196"));
}

fn renders(desk: &Desk) -> Vec<String> {
    let asked = desk.effects.iter().filter_map(|effect| match effect {
        Effect::Send(_, Command::Overlay(command)) => match &**command {
            OverlayCommand::Render { node, .. } => Some(node.to_string()),
            _ => None,
        },
        _ => None,
    });
    asked.collect()
}

/// Answers what is there, and not what follows.
fn answer_next(desk: &mut Desk) {
    for effect in std::mem::take(&mut desk.effects) {
        if let Effect::Send(ticket, Command::Overlay(command)) = effect {
            let reply = Reply::Overlay(Box::new(reply(&command).unwrap()));
            desk.send(Msg::Link(Message::Reply(ticket, reply)));
        }
    }
}

#[test]
fn a_template_that_makes_several_files_shows_them_one_by_one() {
    let path = "etc/NetworkManager/system-connections/muster.tera";
    let mut desk = on((120, 36), "NetworkManager", path);
    shot("outputs-120x36", &mut desk);
    assert!(desk.text().contains("1/2"));
    desk.press("}");
    assert!(desk.text().contains("id=ib0"), "{}", desk.text());
    desk.press("}");
    assert!(desk.text().contains("id=eno1"), "round");
    desk.press("{");
    assert!(desk.text().contains("id=ib0"));
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    desk.press("}");
    assert!(desk.text().contains("it makes no further file"));
}

#[test]
fn what_is_no_text_and_what_is_no_file_is_told_in_words() {
    let mut desk = on((120, 36), "slurm", "etc/slurm/munge.key");
    assert!(
        desk.text().contains("512 B that are no text"),
        "{}",
        desk.text()
    );
    desk.press("j j");
    answer(&mut desk);
    assert!(
        desk.text().contains("points to /run/slurm/slurm.conf"),
        "{}",
        desk.text()
    );
    let mut desk = on((120, 36), "slurm", "etc/slurm");
    assert!(
        desk.text().contains("5 files and 0 folders in it"),
        "{}",
        desk.text()
    );
}

#[test]
fn what_files_hold_cannot_reach_the_terminal() {
    let mut desk = on((120, 36), "slurm", "etc/slurm/plugstack.conf");
    let mut evil = written("slurm", "etc/slurm/plugstack.conf");
    evil.content = Some(Content::Text(
        "\u{1b}[2J\u{1b}]52;c;evil\u{7}safe\tcolumn\r\n\u{202e}x\n".into(),
    ));
    touched(&mut desk, 1);
    for effect in std::mem::take(&mut desk.effects) {
        if let Effect::Send(ticket, Command::Overlay(command)) = effect {
            let reply = match *command {
                OverlayCommand::File { .. } => OverlayReply::File(Box::new(evil.clone())),
                command => reply(&command).unwrap(),
            };
            let reply = Reply::Overlay(Box::new(reply));
            desk.send(Msg::Link(Message::Reply(ticket, reply)));
        }
    }
    let text = desk.text();
    assert!(text.contains("safe    column"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text}");
}

/// Files of overlays changed for the `count`th time, and a moment passed.
fn touched(desk: &mut Desk, count: u64) {
    desk.news(Update::Delta(Box::new(Delta {
        now: NOW,
        overlays: Some(count),
        ..Delta::default()
    })));
    desk.local.0 += 150;
    desk.send(Msg::Tick);
}

#[test]
fn files_that_change_on_the_disk_are_looked_at_again_a_little_later() {
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    desk.effects.clear();
    let delta = |count| {
        Update::Delta(Box::new(Delta {
            now: NOW,
            overlays: Some(count),
            ..Delta::default()
        }))
    };
    desk.news(delta(1));
    desk.local.0 += 100;
    desk.news(delta(2));
    assert!(desk.effects.is_empty(), "many files are saved at once");
    let wake = desk.app.wake().unwrap();
    assert_eq!(wake.0, desk.local.0 + 50, "150 ms after the first");
    desk.local = wake;
    desk.send(Msg::Tick);
    let asked = answer(&mut desk);
    let has = |test: fn(&OverlayCommand) -> bool| asked.iter().any(test);
    assert!(has(|one| matches!(one, OverlayCommand::List)));
    assert!(has(|one| matches!(one, OverlayCommand::Show { .. })));
    assert!(has(|one| matches!(one, OverlayCommand::File { .. })));
    assert!(has(|one| matches!(one, OverlayCommand::Render { .. })));
    // Then there is nothing to wait for but the lock of an idle console.
    assert!(desk.app.wake().unwrap().0 > desk.local.0 + 60_000);
    desk.local.0 += 60_000;
    desk.send(Msg::Tick);
    assert!(answer(&mut desk).is_empty());
    // Elsewhere nobody asks.
    desk.press("2");
    desk.effects.clear();
    touched(&mut desk, 3);
    assert!(answer(&mut desk).is_empty());
    // Back here everything is asked for again.
    desk.press("4");
    assert!(!answer(&mut desk).is_empty());
}

#[test]
fn what_is_written_is_rendered_with_every_key_as_long_as_that_is_fast() {
    use muster::api::Draft;
    let draft = |text: &str| {
        Some(Draft {
            path: GRES_PATH.into(),
            content: Content::Text(text.into()),
        })
    };
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    desk.effects.clear();
    desk.app.overlays.write(draft("a"), desk.local);
    desk.send(Msg::Tick);
    let sent = std::mem::take(&mut desk.effects);
    let [Effect::Send(ticket, Command::Overlay(command))] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    let OverlayCommand::Render {
        draft: Some(sent), ..
    } = &**command
    else {
        panic!("{command:?}");
    };
    assert_eq!(sent.content, Content::Text("a".into()));
    // The answer takes long: the next one waits a little after the key.
    desk.local.0 += 400;
    let reply = Reply::Overlay(Box::new(reply(command).unwrap()));
    desk.send(Msg::Link(Message::Reply(*ticket, reply)));
    desk.app.overlays.write(draft("ab"), desk.local);
    desk.send(Msg::Tick);
    assert!(desk.effects.is_empty());
    desk.local.0 += 150;
    desk.send(Msg::Tick);
    assert_eq!(renders(&desk), ["n0001"]);
}

#[test]
fn a_fault_is_counted_by_the_nodes_that_it_breaks() {
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    assert!(!desk.text().contains("1 error"));
    desk.press("]");
    answer(&mut desk);
    let text = desk.text();
    assert!(
        text.contains("1 error, breaks 95 of 96 nodes: line 6: unknown name `gpu.tpye`"),
        "{text}"
    );
    desk.press("n");
    assert_eq!(desk.app.overlays.line(), 6);
    assert_eq!(desk.app.overlays.pane, Pane::Template);
    shot("at-the-fault-120x36", &mut desk);
    desk.press("[");
    answer(&mut desk);
    assert!(!desk.text().contains("1 error"));
}

#[test]
fn it_is_tried_on_all_that_get_it_or_on_the_marked_ones() {
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    desk.press("T");
    answer(&mut desk);
    shot("tried-120x36", &mut desk);
    assert!(desk.text().contains("fails for 95 of 96 nodes"));
    desk.press("enter");
    answer(&mut desk);
    assert_eq!(desk.app.overlays.line(), 6);
    assert_eq!(
        node(&desk).as_deref(),
        Some("n0193"),
        "the first that it fails for"
    );
    desk.press("2 space space space 4 T");
    let (_, asked) = desk.asked();
    let Command::Overlay(asked) = asked else {
        panic!()
    };
    let OverlayCommand::Check { names, nodes, .. } = *asked else {
        panic!()
    };
    assert_eq!(names, [Arc::from("slurm")]);
    assert_eq!(nodes.as_deref(), Some("n[0001-0003]"));
    assert!(desk.text().contains("tried on 3 marked nodes"));
}

#[test]
fn what_is_made_for_two_nodes_is_compared() {
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    desk.press("d");
    answer(&mut desk);
    shot("against-120x36", &mut desk);
    desk.press("\"n0200\" enter");
    answer(&mut desk);
    shot("contrast-120x36", &mut desk);
    let text = desk.text();
    assert!(text.contains("- n0001   + n0200"), "{text}");
    assert!(text.contains("NodeName=n0200 Name=mps"), "{text}");
    desk.press("y");
    let Some(Effect::Copy(text)) = desk.effects.last() else {
        panic!()
    };
    assert!(text.starts_with("--- n0001\n+++ n0200\n"), "{text}");
    assert!(
        text.contains(
            "\n-# Made by muster for n0001.\n+# Made by muster for n0200.\n AutoDetect=off\n"
        ),
        "{text}"
    );
}

#[test]
fn a_copy_is_compared_with_what_is_shipped() {
    let mut desk = on((120, 36), "hosts", "etc/hosts.tera");
    desk.press("d");
    answer(&mut desk);
    desk.press("enter");
    answer(&mut desk);
    let text = desk.text();
    assert!(text.contains("- as shipped   + your copy"), "{text}");
    assert!(
        text.contains("+ ::1 localhost") || text.contains("+ {% endfor %}::1 localhost"),
        "{text}"
    );
}

#[test]
fn a_file_is_compared_with_what_it_was_before_a_change() {
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    desk.press("d");
    answer(&mut desk);
    assert!(
        desk.text()
            .contains("before edit slurm/etc/slurm/gres.conf.tera by ana")
    );
    assert!(
        !desk.text().contains("plugstack.conf by ben"),
        "of this file only"
    );
    desk.press("\"#14\" enter");
    answer(&mut desk);
    let text = desk.text();
    assert!(
        text.contains("- AutoDetect=nvml") && text.contains("+ AutoDetect=off"),
        "{text}"
    );
    assert!(text.contains("0:0 0644 → 0:0 0600"), "{text}");
}

#[test]
fn the_changes_of_an_overlay_are_listed_and_shown() {
    let mut desk = on((120, 36), "slurm", "");
    desk.press("H");
    answer(&mut desk);
    shot("history-120x36", &mut desk);
    desk.press("enter");
    answer(&mut desk);
    let text = desk.text();
    assert!(
        text.contains("#14 by ana: edit slurm/etc/slurm/gres.conf.tera"),
        "{text}"
    );
    assert!(
        text.contains("- AutoDetect=nvml") && text.contains("+ AutoDetect=off"),
        "{text}"
    );
    desk.press("esc j enter");
    answer(&mut desk);
    assert!(desk.text().contains("nothing differs"), "{}", desk.text());
}

#[test]
fn words_narrow_the_list_to_overlays_and_files() {
    let mut desk = on_overlays((120, 36));
    desk.press("/ \"host\"");
    answer(&mut desk);
    let text = desk.text();
    assert!(
        text.contains("hosts") && text.contains("ssh.host_keys"),
        "{text}"
    );
    assert!(!text.contains("wwinit"), "{text}");
    desk.press("esc");
    assert!(desk.text().contains("wwinit"));
    let mut desk = on((120, 36), "slurm", "etc/slurm");
    desk.press("/ \"gres\" enter");
    answer(&mut desk);
    assert!(
        desk.text().contains("etc/slurm/gres.conf.tera"),
        "{}",
        desk.text()
    );
    // Words for overlays are none for nodes.
    desk.press("2");
    assert!(desk.app.order.filter.is_empty());
    desk.press("4");
    assert_eq!(desk.app.order.filter.to_string(), "gres");
    desk.press("esc");
    assert!(desk.app.order.filter.is_empty());
}

#[test]
fn a_fault_of_an_overlay_leads_to_its_line() {
    let mut snapshot = snapshot(300);
    snapshot.faults = vec![fault("n0193")];
    let mut desk = Desk::with((120, 36), snapshot);
    desk.press("tab G enter");
    let text = desk.text();
    assert_eq!(desk.app.place, Place::Overlays, "{text}");
    answer(&mut desk);
    assert_eq!(desk.app.overlays.overlay.as_deref(), Some("slurm"));
    assert_eq!(desk.app.overlays.file.as_deref(), Some(GRES_PATH));
    assert_eq!(desk.app.overlays.line(), 6);
}

#[test]
fn the_palette_finds_overlays() {
    let mut desk = Desk::new((120, 36));
    desk.press(":");
    answer(&mut desk);
    desk.press("\"host_k\" enter");
    answer(&mut desk);
    assert_eq!(desk.app.place, Place::Overlays);
    assert_eq!(desk.app.overlays.overlay.as_deref(), Some("ssh.host_keys"));
}

#[test]
fn what_is_refused_is_told_where_it_was_asked_for() {
    let mut desk = Desk::new((120, 36));
    desk.press("4");
    desk.answer(Reply::Refused(Refusal {
        what: "the overlays of the site cannot be listed".into(),
        fix: None,
    }));
    assert!(
        desk.text()
            .contains("✗ the overlays of the site cannot be listed")
    );
    // It is not asked for over and over.
    desk.effects.clear();
    desk.local.0 += 60_000;
    desk.send(Msg::Tick);
    assert!(desk.effects.is_empty());
}

#[test]
fn the_path_the_text_and_the_verb_can_be_copied() {
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    for (keys, wanted) in [
        ("y n", "slurm/etc/slurm/gres.conf.tera"),
        ("y v", GRES),
        (
            "y c",
            "muster overlay render n0001 slurm etc/slurm/gres.conf.tera",
        ),
    ] {
        desk.press(keys);
        assert_eq!(desk.effects.last(), Some(&Effect::Copy(wanted.into())));
    }
}

#[test]
fn a_click_does_what_the_keys_do() {
    let mut desk = on((120, 36), "slurm", GRES_PATH);
    let click = |desk: &mut Desk, wanted: &str| {
        let text = desk.text();
        let (y, line) = text
            .lines()
            .enumerate()
            .find(|(_, line)| line.contains(wanted))
            .unwrap();
        let x = muster::kit::text::width(&line[..line.find(wanted).unwrap()]);
        desk.send(Msg::Mouse(muster::console::app::Mouse::Click(
            x as u16, y as u16,
        )));
        answer(desk);
    };
    click(&mut desk, "plugstack.conf");
    assert_eq!(
        desk.app.overlays.file.as_deref(),
        Some("etc/slurm/plugstack.conf")
    );
    click(&mut desk, "gres.conf.tera");
    click(&mut desk, "AutoDetect=off");
    assert_eq!(
        (desk.app.overlays.pane, desk.app.overlays.line()),
        (Pane::Template, 3)
    );
    let mut small = on((80, 24), "slurm", GRES_PATH);
    click(&mut small, "As n0001");
    assert_eq!(small.app.overlays.pane, Pane::Made);
}

#[test]
fn the_overlays_of_a_node_lead_here() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 F enter");
    desk.answer(Reply::Node(Box::new(super::world::detail())));
    desk.press("tab tab j j enter");
    answer(&mut desk);
    assert_eq!(desk.app.place, Place::Overlays);
    assert_eq!(node(&desk).as_deref(), Some("n0244"), "for that node");
}
