//! Go templates of an overlay, rendered for one node.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::super::go::{Error, Of, Template, Value};
use super::super::layout::{Body, Item};
use super::super::output::Output;
use super::super::scope;
use super::super::template::{ALLOWED, INCLUDE_LIMIT, Press};
use super::super::tree::Tree;
use super::boot::{BOOT, Boot};
use super::functions::{Caller, library};
use super::node::{NODE, Seen};
use super::root::{Root, Scene};
use super::server::Server;
use crate::model::{Fault, Level, Node, View};

/// Whether a template of this name is Go's.
#[must_use]
pub fn is_go(path: &str) -> bool {
    !path.ends_with(".tera")
}

/// Reads a template. `script` = of a boot script.
///
/// # Errors
/// What is wrong with it.
pub fn compile(tree: &Tree, path: &str, item: &Item, script: bool) -> Result<Template, Fault> {
    let Body::File(data) = &item.body else {
        return Err(tree.fault(path, "a template is a file"));
    };
    let text =
        std::str::from_utf8(data).map_err(|_| tree.fault(path, "a template must be UTF-8"))?;
    Template::parse(text, library(script)).map_err(|error| placed(tree, path, data, error))
}

/// A fault at its line and column.
fn placed(tree: &Tree, path: &str, text: &[u8], error: Error) -> Fault {
    let before = String::from_utf8_lossy(&text[..error.at.min(text.len())]).into_owned();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let column = before.chars().rev().take_while(|c| *c != '\n').count();
    let line = before.matches('\n').count() + 1;
    let fault = tree.fault_at(path, number(line), number(column + 1), error.what);
    match error.hint {
        Some(hint) => fault.hint(hint),
        None => fault,
    }
}

/// All nodes as templates see them, in Warewulf's order.
pub fn all_nodes(view: &View) -> Value {
    let mut nodes: Vec<_> = view.nodes.iter().collect();
    nodes.sort_by(|a, b| (&a.cluster, &a.name).cmp(&(&b.cluster, &b.name)));
    let node = |node: &Arc<_>| {
        NODE.make(Seen {
            node: Arc::clone(node),
            copied: false,
        })
    };
    Value::typed(
        nodes.into_iter().map(node).collect(),
        Of::Named("node.Node"),
    )
}

impl Press<'_> {
    /// Renders a Go template.
    ///
    /// # Errors
    /// The fault that stopped it.
    pub fn render_go(
        &mut self,
        tree: &Tree,
        path: &str,
        item: &Item,
    ) -> Result<Arc<Vec<Output>>, Fault> {
        let Body::File(text) = &item.body else {
            return Ok(Arc::default());
        };
        self.private = false;
        let here = scope::server(self.view, self.node);
        let mut digest = Sha256::new();
        digest.update(text);
        digest.update(tree.newest.to_le_bytes());
        let shelf = (
            tree.name.clone(),
            path.to_owned(),
            here.clone(),
            digest.finalize().into(),
        );
        let lists = contains(text, b"AllNodes");
        self.all_nodes |= lists;
        if let Some(kept) = self.sources.memory.output(self.view, &shelf) {
            return Ok(kept);
        }
        let template = compile(tree, path, item, self.words.is_some())?;
        let node = self.whole_node();
        let seen = Seen { node, copied: true };
        let (data, touched) = self.data(tree, path, here, seen.clone(), lists);
        let mut caller = Caller::new(self, tree, path, seen);
        template
            .render(&data, &mut caller)
            .map_err(|error| placed(tree, path, text, error))?;
        let reads = caller.reads;
        let made = Arc::new(caller.finish());
        // What tells nothing of the node, and of no file that may change, is for all nodes of its network.
        let shared = touched.is_some_and(|flag| !flag.load(Ordering::Relaxed))
            && !reads
            && !contains(text, b"IgnitionJson");
        if shared {
            self.sources.memory.keep(self.view, shelf, made.clone());
        }
        Ok(made)
    }
}

impl Press<'_> {
    /// What a template sees, and what tells whether it read anything of the node.
    fn data(
        &self,
        tree: &Tree,
        path: &str,
        here: scope::ServerScope,
        seen: Seen,
        lists: bool,
    ) -> (Value, Option<Arc<AtomicBool>>) {
        let server = Server {
            settings: self.view.settings.clone(),
            here: Arc::new(here),
        };
        if let Some(words) = self.words.clone() {
            return (
                BOOT.make(Boot {
                    seen,
                    server,
                    words,
                }),
                None,
            );
        }
        let all = match lists {
            true => self.sources.memory.all_nodes(self.view),
            false => Value::Nil,
        };
        let (root, touched) = Root::data(Scene {
            seen,
            server,
            overlay: tree.name.clone(),
            source: format!("{}/{path}", tree.place),
            built: tree.newest,
            all,
        });
        (root, Some(touched))
    }

    /// The node, to be held by values.
    fn whole_node(&self) -> Arc<Node> {
        let held = self
            .view
            .node(self.node.id)
            .filter(|held| std::ptr::eq(Arc::as_ptr(held), self.node));
        held.cloned().unwrap_or_else(|| Arc::new(self.node.clone()))
    }

    /// A file of the server; none if it is not there.
    ///
    /// # Errors
    /// A fault when it may not or cannot be read.
    pub fn bytes(
        &mut self,
        tree: &Tree,
        template: &str,
        path: &Path,
    ) -> Result<Option<Bytes>, Fault> {
        let read = || {
            let real = self
                .sources
                .readable(&tree.name, path, &self.view.settings, self.files)?;
            self.files.read(&real, INCLUDE_LIMIT)
        };
        match read() {
            Ok(data) => Ok(Some(data.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.get_ref().is_some() => {
                Err(tree.fault(template, error.to_string()).hint(ALLOWED))
            }
            Err(error) => Err(tree.fault(
                template,
                format!("{} cannot be read: {error}", path.display()),
            )),
        }
    }

    /// A file of an image; of what is not there nothing, with a warning.
    ///
    /// # Errors
    /// A fault when it cannot be read.
    pub fn bytes_of_image(
        &mut self,
        tree: &Tree,
        template: &str,
        image: &str,
        path: &str,
    ) -> Result<Bytes, Fault> {
        let read = || -> io::Result<Vec<u8>> {
            let real = self
                .sources
                .in_image(Some(image), Path::new(path), self.files)?;
            self.files.read(&real, INCLUDE_LIMIT)
        };
        match read() {
            Ok(data) => Ok(data.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let what = format!("there is no {path} in image `{image}`; nothing stands for it");
                let mut fault = tree.fault(template, what);
                fault.level = Level::Warning;
                self.warnings.push(fault);
                Ok(Bytes::new())
            }
            Err(error) => Err(tree.fault(
                template,
                format!("{path} of image `{image}` cannot be read: {error}"),
            )),
        }
    }
}

fn contains(text: &Bytes, part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
