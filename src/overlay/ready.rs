//! One overlay, read and compiled: everything about it that is the same for all nodes.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::files::{Files, Input};
use super::go;
use super::layout::{Body, Item};
use super::plates::{Plates, Rack, compile};
use super::tree::Tree;
use super::ww;
use crate::model::Fault;

/// A Go template of an overlay.
#[derive(Debug)]
pub struct GoPlate {
    /// What was read, or why it cannot be.
    pub template: Result<go::Template, Fault>,
    /// Whether it names the list of all nodes.
    pub lists: bool,
    /// Whether it calls the function that reads a node's disks without naming the node.
    pub ignition: bool,
    /// Whether it may ask for the kernel.
    pub kernel: bool,
    /// Stands for its text.
    pub digest: [u8; 32],
}

impl GoPlate {
    /// Reads the template `path` of `tree`. `script` = of a boot script.
    pub fn new(tree: &Tree, path: &str, item: &Item, script: bool) -> Self {
        let text: &[u8] = match &item.body {
            Body::File(text) => text,
            _ => &[],
        };
        let contains = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
        Self {
            template: ww::compile(tree, path, item, script),
            lists: contains(b"AllNodes"),
            ignition: contains(b"IgnitionJson"),
            kernel: contains(b"Kernel"),
            digest: Sha256::digest(text).into(),
        }
    }
}

/// An overlay that is ready for any node.
#[derive(Debug)]
pub struct Ready {
    /// Its files.
    pub tree: Tree,
    /// What is wrong with it for every node.
    pub faults: Vec<Fault>,
    /// How many of those have to do with reading it, the first ones.
    unread: usize,
    /// Stands for the texts of all its templates, since they may include one another.
    pub digest: [u8; 32],
    go: HashMap<String, GoPlate>,
    rack: Rack,
    /// What it was read from; nothing for a shipped one.
    inputs: Vec<Input>,
}

impl Ready {
    /// Compiles the templates of an overlay that was read from `inputs`, with what was wrong there.
    pub fn new(tree: Tree, mut faults: Vec<Fault>, inputs: Vec<Input>) -> Self {
        let unread = faults.len();
        let mut digest = Sha256::new();
        let mut plates = HashMap::new();
        for (path, item) in &tree.templates {
            let Body::File(text) = &item.body else {
                continue;
            };
            digest.update((path.len() as u64).to_le_bytes());
            digest.update(path.as_bytes());
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text);
            if !ww::is_go(path) {
                continue;
            }
            let plate = GoPlate::new(&tree, path, item, false);
            faults.extend(plate.template.as_ref().err().cloned());
            plates.insert(path.clone(), plate);
        }
        let (tera, mut broken) = compile(&tree, None);
        faults.append(&mut broken);
        Self {
            tree,
            faults,
            unread,
            digest: digest.finalize().into(),
            go: plates,
            rack: Rack::of(tera),
            inputs,
        }
    }

    /// Whether all that it was read from is as it was.
    pub fn holds(&self, files: &dyn Files) -> bool {
        self.inputs.iter().all(|input| input.holds(files))
    }

    /// Its Go template at `path`.
    pub fn go(&self, path: &str) -> Option<&GoPlate> {
        self.go.get(path)
    }

    /// Does something with its templates in Tera.
    pub fn plates<T>(&self, work: impl FnOnce(&Plates) -> T) -> T {
        self.rack.with(&self.tree, work)
    }

    /// The same overlay after `change` of its files.
    pub fn changed(&self, change: impl FnOnce(&mut Tree, &mut Vec<Fault>)) -> Arc<Self> {
        let mut tree = self.tree.clone();
        let mut faults = self.faults[..self.unread].to_vec();
        change(&mut tree, &mut faults);
        Arc::new(Self::new(tree, faults, self.inputs.clone()))
    }
}
