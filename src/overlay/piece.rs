//! What one overlay brings to a node: its files as they are, and what its templates make.

use std::sync::Arc;

use super::layout::{Body, Item};
use super::output::{Made, Output};
use super::template::{self, Press};
use super::tree::Tree;
use super::ww;
use crate::model::Fault;

/// One file, folder or link that an overlay brings to a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The file of the overlay that it comes from, with the suffix of a template, without a leading slash.
    pub source: Vec<u8>,
    /// Whether that is a template.
    pub template: bool,
    /// Path on the node, without a leading slash.
    pub path: Vec<u8>,
    /// What it is.
    pub item: Item,
    /// Whether what an earlier overlay has there is kept beside it, as `PATH.wwbackup`.
    pub backup: bool,
}

impl Piece {
    fn plain(path: &[u8], item: &Item) -> Self {
        Self {
            source: path.to_vec(),
            template: false,
            path: path.to_vec(),
            item: item.clone(),
            backup: false,
        }
    }

    /// What a template made has the template's owner, and its mode unless it said otherwise. What a `private` file went into is
    /// not for others either.
    fn made(source: &str, template: &Item, private: bool, output: &Output) -> Self {
        let usual = if private {
            template.mode & !0o077
        } else {
            template.mode
        };
        let (body, mode) = match &output.body {
            Made::File(data) => (Body::File(data.clone()), output.mode.unwrap_or(usual)),
            Made::Symlink(target) => (Body::Symlink(target.clone().into_bytes().into()), 0o777),
        };
        Self {
            source: source.into(),
            template: true,
            path: output.path.clone().into_bytes(),
            item: Item {
                body,
                mode,
                uid: template.uid,
                gid: template.gid,
                overlay: Arc::clone(&template.overlay),
            },
            backup: output.backup,
        }
    }
}

/// Hands everything that `tree` brings to the press's node to `take`, files before what templates make. Of its files only those
/// that `wanted` names; templates still see all others. A sentence that `take` refuses one with becomes a fault at its source.
pub fn each(
    tree: &Tree,
    press: &mut Press<'_>,
    faults: &mut Vec<Fault>,
    wanted: &dyn Fn(&[u8]) -> bool,
    take: &mut dyn FnMut(Piece) -> Result<(), String>,
) {
    for (path, item) in tree.plain.iter().filter(|(path, _)| wanted(path)) {
        if let Err(what) = take(Piece::plain(path, item)) {
            faults.push(tree.fault(&String::from_utf8_lossy(path), what));
        }
    }
    let (plates, mut broken) = template::compile(tree, None);
    faults.append(&mut broken);
    let templates = tree.templates.iter();
    for (path, item) in templates.filter(|(path, _)| wanted(path.as_bytes())) {
        let outputs = match ww::is_go(path) {
            true => press.render_go(tree, path, item),
            false if plates.has(path) => press.render(&plates, path),
            // Why not is told already.
            false => continue,
        };
        let outputs = match outputs {
            Ok(outputs) => outputs,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        for output in outputs.iter() {
            if let Err(what) = take(Piece::made(path, item, press.private, output)) {
                faults.push(tree.fault(path, what));
            }
        }
    }
}
