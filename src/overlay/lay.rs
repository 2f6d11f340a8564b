//! All overlays of one context of one node, from their sources to one layout.

use std::sync::Arc;

use super::archive::{Archive, Context};
use super::danger;
use super::files::Files;
use super::ground::Fact;
use super::layout::{Body, Item, Layout};
use super::piece::{self, Piece};
use super::ready::Ready;
use super::sources::Sources;
use super::template::Press;
use super::tree::{LIMIT, Tree};
use super::xattrs;
use crate::model::{Fault, Level, Node, View};

/// Renders the overlays of `node` and lays them over one another in the order of its list.
///
/// # Errors
/// Every fault that was found, warnings among them, when at least one is an error.
pub fn lay(
    view: &View,
    node: &Node,
    context: Context,
    sources: &Sources,
    files: &dyn Files,
) -> Result<Layout, Vec<Fault>> {
    lay_with(view, node, context, sources, files, None)
}

/// The same, with an overlay in place of the one of its name.
///
/// # Errors
/// As [`lay`].
pub fn lay_with(
    view: &View,
    node: &Node,
    context: Context,
    sources: &Sources,
    files: &dyn Files,
    drafted: Option<&Arc<Ready>>,
) -> Result<Layout, Vec<Fault>> {
    let list = match context {
        Context::System => &node.system_overlay,
        Context::Runtime => &node.runtime_overlay,
    };
    let mut press = Press::new(view, node, sources, files);
    let mut layout = Layout::default();
    let mut faults = Vec::new();
    let ground = sources.ground(node, files);
    if let Some(ground) = &ground {
        let links: [&[u8]; 4] = [b"bin", b"sbin", b"lib", b"lib64"];
        let folder = |path: &&[u8]| matches!(ground.fact(path, files), Fact::Folder | Fact::Empty);
        layout.apart = links.into_iter().filter(folder).collect();
    }
    let list = list
        .iter()
        .flat_map(|name| sources.meant(name, files, &mut faults));
    for name in list.collect::<Vec<_>>() {
        let drafted = drafted.filter(|ready| ready.tree.name == name);
        let ready = drafted.cloned();
        let ready = ready.or_else(|| sources.find(&name, files, &mut faults));
        if let Some(ready) = ready {
            one(&ready, &mut press, &mut layout, &mut faults);
        }
    }
    let size: u64 = layout.items.values().map(weight).sum();
    if size > LIMIT {
        faults.push(Fault::error(format!(
            "its overlays hold {size} bytes; the limit is 64 MiB"
        )));
    }
    faults.extend(danger::faults(&layout, context));
    if let Some(ground) = &ground {
        faults.extend(ground.faults(&layout, context, files));
    }
    faults.append(&mut press.warnings);
    for fault in &mut faults {
        let whom = fault.about.take();
        fault.about = Some(whom.unwrap_or_else(|| format!("node {}", node.name)));
    }
    if faults.iter().any(|fault| fault.level == Level::Error) {
        return Err(faults);
    }
    if let Some(file) = xattrs::file(&layout.items) {
        let put = layout.put(xattrs::place(context).as_bytes(), file);
        put.map_err(|what| vec![Fault::error(what).about(format!("node {}", node.name))])?;
    }
    layout.sight = press.sight;
    layout.faults = faults;
    Ok(layout)
}

/// [`lay`], and the archive of it.
///
/// # Errors
/// As [`lay`].
pub fn render(
    view: &View,
    node: &Node,
    context: Context,
    sources: &Sources,
    files: &dyn Files,
) -> Result<Archive, Vec<Fault>> {
    let layout = lay(view, node, context, sources, files)?;
    layout.pack(sources).map_err(|error| {
        let about = format!("node {}", node.name);
        vec![Fault::error(error.to_string()).about(about)]
    })
}

fn one(ready: &Ready, press: &mut Press<'_>, layout: &mut Layout, faults: &mut Vec<Fault>) {
    let mut odd = Vec::new();
    piece::each(ready, press, faults, &|_| true, &mut |piece| {
        if !piece.template {
            odd.extend(odd_folder(&ready.tree, &piece.path, &piece.item));
        }
        put(layout, piece)
    });
    faults.append(&mut odd);
}

/// Lays a piece. What was there is kept beside it if its template wants that, as Warewulf does.
fn put(layout: &mut Layout, piece: Piece) -> Result<(), String> {
    let path = piece.path.as_slice();
    let old = layout.items.get(path).filter(|_| piece.backup).cloned();
    layout.put(path, piece.item)?;
    match old {
        Some(old) => layout.put(&[path, b".wwbackup"].concat(), old),
        None => Ok(()),
    }
}

fn weight(item: &Item) -> u64 {
    match &item.body {
        Body::File(data) => data.len() as u64,
        _ => 0,
    }
}

/// The kernel gives a folder of the image the mode and owner that the overlay's folder has: one made with a strict umask or by
/// an ordinary user would lock everybody out of `/etc`.
fn odd_folder(tree: &Tree, path: &[u8], item: &Item) -> Option<Fault> {
    const SHARED: [&[u8]; 9] = [
        b"etc",
        b"usr",
        b"usr/bin",
        b"usr/lib",
        b"usr/sbin",
        b"var",
        b"opt",
        b"run",
        b"srv",
    ];
    let odd = item.body == Body::Folder
        && SHARED.contains(&path)
        && (item.mode & 0o055 != 0o055 || item.uid != 0);
    odd.then(|| {
        let shown = String::from_utf8_lossy(path);
        let what = format!(
            "gives /{shown} of the node mode {:04o} and owner {}",
            item.mode, item.uid
        );
        let mut fault = tree
            .fault(&shown, what)
            .hint("chown root and chmod 755 it in the overlay");
        fault.level = Level::Warning;
        fault
    })
}
