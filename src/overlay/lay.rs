//! All overlays of one context of one node, from their sources to one layout.

use std::sync::Arc;

use super::archive::{Archive, Context};
use super::files::Files;
use super::layout::{Body, Item, Layout};
use super::output::{Made, Output};
use super::sources::Sources;
use super::template::{self, Press};
use super::tree::{LIMIT, Tree};
use super::ww;
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
    let list = match context {
        Context::System => &node.system_overlay,
        Context::Runtime => &node.runtime_overlay,
    };
    let mut press = Press::new(view, node, sources, files);
    let mut layout = Layout::default();
    let mut faults = Vec::new();
    let list = list
        .iter()
        .flat_map(|name| sources.meant(name, files, &mut faults));
    for name in list.collect::<Vec<_>>() {
        if let Some(tree) = sources.find(&name, files, &mut faults) {
            one(&tree, &mut press, &mut layout, &mut faults);
        }
    }
    let size: u64 = layout.items.values().map(weight).sum();
    if size > LIMIT {
        faults.push(Fault::error(format!(
            "its overlays hold {size} bytes; the limit is 64 MiB"
        )));
    }
    faults.append(&mut press.warnings);
    for fault in &mut faults {
        let whom = fault.about.take();
        fault.about = Some(whom.unwrap_or_else(|| format!("node {}", node.name)));
    }
    if faults.iter().any(|fault| fault.level == Level::Error) {
        return Err(faults);
    }
    layout.all_nodes = press.all_nodes;
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

fn one(tree: &Tree, press: &mut Press<'_>, layout: &mut Layout, faults: &mut Vec<Fault>) {
    for (path, item) in &tree.plain {
        if let Err(what) = layout.put(path, item.clone()) {
            faults.push(tree.fault(&String::from_utf8_lossy(path), what));
        }
        faults.extend(odd_folder(tree, path, item));
    }
    let plates = match template::compile(tree, None) {
        Ok(plates) => plates,
        Err(mut found) => return faults.append(&mut found),
    };
    for (path, item) in &tree.templates {
        let outputs = match ww::is_go(path) {
            true => press.render_go(tree, path, item),
            false => press.render(&plates, path),
        };
        let outputs = match outputs {
            Ok(outputs) => outputs,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        for output in outputs.iter() {
            let made = made(output, item, press.private);
            if let Err(what) = put(layout, output, made) {
                faults.push(tree.fault(path, what));
            }
        }
    }
}

/// Lays what a template made. What was there is kept beside it if the template wants that, as Warewulf does.
fn put(layout: &mut Layout, output: &Output, made: Item) -> Result<(), String> {
    let path = output.path.as_bytes();
    let old = layout.items.get(path).filter(|_| output.backup).cloned();
    layout.put(path, made)?;
    match old {
        Some(old) => layout.put(&[path, b".wwbackup"].concat(), old),
        None => Ok(()),
    }
}

/// What a template made has the template's owner, and its mode unless it said otherwise. What a `private` file went into is
/// not for others either.
fn made(output: &Output, template: &Item, private: bool) -> Item {
    let usual = if private {
        template.mode & !0o077
    } else {
        template.mode
    };
    let (body, mode) = match &output.body {
        Made::File(data) => (Body::File(data.clone()), output.mode.unwrap_or(usual)),
        Made::Symlink(target) => (Body::Symlink(target.clone().into_bytes().into()), 0o777),
    };
    Item {
        body,
        mode,
        uid: template.uid,
        gid: template.gid,
        overlay: Arc::clone(&template.overlay),
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
