//! The overlays inside the binary. Embedding keeps neither modes nor links, so both follow from the rules and tables here.

use bytes::Bytes;
use include_dir::{Dir, DirEntry, include_dir};

use super::layout::{Body, Item};
use super::tree::Tree;
use super::xattrs::Xattrs;
use crate::model::Fault;

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/overlays");

/// Paths whose mode is not what [`mode`] says otherwise: what holds secrets, and what programs refuse when others may read it.
const MODES: [(&str, u32); 8] = [
    ("warewulf/muster-agent.tera", 0o755),
    ("root", 0o700),
    ("root/.ssh", 0o700),
    ("root/.ssh/authorized_keys.tera", 0o600),
    ("warewulf/config.tera", 0o600),
    ("etc/NetworkManager/system-connections", 0o700),
    ("etc/NetworkManager/system-connections/muster.tera", 0o600),
    ("etc/netplan/muster.yaml.tera", 0o600),
];

/// Symbolic links: overlay, path, target.
const LINKS: [(&str, &str, &str); 5] = [
    (
        "wwinit",
        "etc/systemd/system/multi-user.target.wants/muster-up.service",
        "../muster-up.service",
    ),
    (
        "wwclient",
        "etc/systemd/system/multi-user.target.wants/wwclient.service",
        "../wwclient.service",
    ),
    (
        "wwclient",
        "etc/systemd/system/multi-user.target.wants/muster-agent.service",
        "../muster-agent.service",
    ),
    (
        "mig",
        "etc/systemd/system/multi-user.target.wants/ww-nvidia-mig.service",
        "../ww-nvidia-mig.service",
    ),
    (
        "systemd.networkd",
        "etc/systemd/system/multi-user.target.wants/systemd-networkd.service",
        "/lib/systemd/system/systemd-networkd.service",
    ),
];

/// Warewulf's other names of overlays.
const ALIASES: [(&str, &str); 3] = [
    ("debian.interfaces", "ifupdown"),
    ("wwclient.aarch64", "wwclient"),
    ("wwclient.x86_64", "wwclient"),
];

/// Names of the shipped overlays.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED
        .dirs()
        .filter_map(|dir| dir.path().file_name().and_then(|name| name.to_str()))
}

/// What the shipped overlay of that name is for, in one line: the first of its `README`.
pub fn about(name: &str) -> Option<&'static str> {
    let readme = SHIPPED.get_file(format!("{}/README", folder_of(name)))?;
    readme.contents_utf8()?.lines().next()
}

/// Whether there is a shipped overlay of that name, or one that the name stands for.
#[must_use]
pub fn has(name: &str) -> bool {
    let folder = folder_of(name);
    names().any(|name| name == folder)
}

fn folder_of(name: &str) -> &str {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    alias.map_or(name, |(_, folder)| folder)
}

/// Where the files of the shipped overlay of that name are, for messages.
pub fn place(name: &str) -> String {
    format!("overlays/{}/rootfs", folder_of(name))
}

/// The shipped overlay of that name.
pub fn tree(name: &str, faults: &mut Vec<Fault>) -> Option<Tree> {
    let folder_of = folder_of(name);
    let root = SHIPPED.get_dir(format!("{folder_of}/rootfs"))?;
    let mut tree = Tree {
        name: name.into(),
        place: place(name).into(),
        ..Tree::default()
    };
    folder(root, root, &mut tree, faults);
    for (_, path, target) in LINKS.iter().filter(|(overlay, ..)| *overlay == folder_of) {
        let body = Body::Symlink(Bytes::from_static(target.as_bytes()));
        add(path, 0o777, body, &mut tree, faults);
    }
    Some(tree)
}

fn folder(at: &Dir<'static>, root: &Dir<'static>, tree: &mut Tree, faults: &mut Vec<Fault>) {
    for entry in at.entries() {
        let path = entry.path().strip_prefix(root.path()).ok();
        let Some(path) = path.and_then(|path| path.to_str()) else {
            continue;
        };
        match entry {
            DirEntry::Dir(dir) => {
                add(path, mode(path, None), Body::Folder, tree, faults);
                folder(dir, root, tree, faults);
            }
            // Keeps an empty folder in the repository; the node gets the folder alone.
            DirEntry::File(_) if path.ends_with("/.keep") => {}
            DirEntry::File(file) => {
                // The embedded bytes live as long as the program.
                let data: &'static [u8] = file.contents();
                let body = Body::File(Bytes::from_static(data));
                add(path, mode(path, Some(data)), body, tree, faults);
            }
        }
    }
}

fn add(path: &str, mode: u32, body: Body, tree: &mut Tree, faults: &mut Vec<Fault>) {
    let item = Item {
        body,
        mode,
        uid: 0,
        gid: 0,
        overlay: tree.name.clone(),
        shared: true,
        xattrs: Xattrs::default(),
    };
    tree.add(path.as_bytes().to_vec(), item, faults);
}

/// As the table says, else 0755 for folders and scripts, 0644 for the rest.
fn mode(path: &str, file: Option<&[u8]>) -> u32 {
    let known = MODES.iter().find(|(known, _)| *known == path);
    known.map_or_else(
        || match file {
            Some(data) if !data.starts_with(b"#!") => 0o644,
            _ => 0o755,
        },
        |(_, mode)| *mode,
    )
}
