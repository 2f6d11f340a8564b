//! The screen of the overlays: browsing, what a template makes for each node, what differs, what fails where.

use std::sync::Arc;

use muster::api::{
    Command, Content, FileKind, FileRow, Language, Origin, OverlayCommand, OverlayDetail,
    OverlayFile, OverlayItem, OverlayReply, Rendered, Rendering, Reply, Standing, User,
};
use muster::console::app::{Effect, Msg, Place};
use muster::console::look::Depth;
use muster::console::screens::overlays::Pane;
use muster::link::Message;
use muster::model::{Fault, Spot};

use super::world::{Desk, look};
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
        _ => return None,
    })
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
