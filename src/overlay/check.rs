//! Whether the files of an overlay can be used, asked without a node.

use std::sync::Arc;

use bytes::Bytes;

use super::layout::{Body, Item};
use super::template;
use super::tree::Tree;
use super::ww;
use crate::model::Fault;

/// Why a file of an overlay at `place` cannot be used: a template that is not rendered, or does not compile. Nothing is wrong with
/// what is no template.
#[must_use]
pub fn check(place: &str, path: &str, text: Bytes) -> Vec<Fault> {
    let name: Arc<str> = "overlay".into();
    let mut tree = Tree {
        name: name.clone(),
        place: place.into(),
        ..Tree::default()
    };
    let item = Item {
        body: Body::File(text),
        mode: 0o644,
        uid: 0,
        gid: 0,
        overlay: name,
    };
    let mut faults = Vec::new();
    tree.add(path.as_bytes().to_vec(), item, &mut faults);
    let go = tree.templates.iter().filter(|(path, _)| ww::is_go(path));
    faults.extend(go.filter_map(|(path, item)| ww::compile(&tree, path, item, false).err()));
    if faults.is_empty()
        && let Err(found) = template::compile(&tree, None)
    {
        faults = found;
    }
    faults
}

/// Whether a file is a template, by its name.
#[must_use]
pub fn is_template(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = |end: &str| name.strip_suffix(end).is_some_and(|stem| !stem.is_empty());
    stem(".ww") || stem(".tera")
}
