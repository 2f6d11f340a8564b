//! What one overlay brings to a node: its files as they are, and what its templates make.

use std::sync::Arc;

use super::layout::{Body, Item};
use super::output::{Made, Output};
use super::ready::Ready;
use super::template::{self, Press};
use super::xattrs::Xattrs;
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

    /// What a template made has the template's owner, and its mode unless it said otherwise. What a private file went into is not
    /// for others either.
    fn made(source: &str, template: &Item, by: &template::Made, output: &Output) -> Self {
        let usual = if by.private {
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
                shared: by.shared,
                xattrs: match output.body {
                    Made::File(_) => template.xattrs.clone(),
                    Made::Symlink(_) => Xattrs::default(),
                },
            },
            backup: output.backup,
        }
    }
}

/// Hands everything that an overlay brings to the press's node to `take`, files before what templates make. Of its files only
/// those that `wanted` names; templates still see all others. A sentence that `take` refuses one with becomes a fault at its
/// source.
pub fn each(
    ready: &Ready,
    press: &mut Press<'_>,
    faults: &mut Vec<Fault>,
    wanted: &dyn Fn(&[u8]) -> bool,
    take: &mut dyn FnMut(Piece) -> Result<(), String>,
) {
    let tree = &ready.tree;
    faults.extend(ready.faults.iter().cloned());
    for (path, item) in tree.plain.iter().filter(|(path, _)| wanted(path)) {
        if let Err(what) = take(Piece::plain(path, item)) {
            faults.push(tree.fault(&String::from_utf8_lossy(path), what));
        }
    }
    let templates = tree.templates.iter();
    for (path, item) in templates.filter(|(path, _)| wanted(path.as_bytes())) {
        let made = match one(ready, press, path) {
            Some(Ok(made)) => made,
            Some(Err(fault)) => {
                faults.push(fault);
                continue;
            }
            None => continue,
        };
        for output in made.outputs.iter() {
            if let Err(what) = take(Piece::made(path, item, &made, output)) {
                faults.push(tree.fault(path, what));
            }
        }
    }
}

/// Renders one template; none for one that could not be compiled, which is among the faults of the overlay already.
fn one(ready: &Ready, press: &mut Press<'_>, path: &str) -> Option<Result<template::Made, Fault>> {
    if let Some(plate) = ready.go(path) {
        let sound = plate.template.is_ok();
        return sound.then(|| press.render_go(&ready.tree, path, plate));
    }
    ready.plates(|plates| {
        plates.names(path)?;
        Some(press.render(&ready.tree, plates, ready.digest, path))
    })
}
