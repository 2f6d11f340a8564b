//! Go templates of an overlay, rendered for one node.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::super::files::Files;
use super::super::go::{Error, Of, Template, Value};
use super::super::layout::{Body, Item};
use super::super::ready::GoPlate;
use super::super::shared::Sight;
use super::super::template::{ALLOWED, INCLUDE_LIMIT, Made, Press};
use super::super::tree::Tree;
use super::boot::{BOOT, Boot};
use super::functions::{Caller, library};
use super::node::{NODE, Seen};
use super::root::{Root, Scene};
use super::server::Server;
use crate::model::{Fault, Level, View};

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
            kernel: None,
        })
    };
    Value::typed(
        nodes.into_iter().map(node).collect(),
        Of::Named("node.Node"),
    )
}

impl Press<'_> {
    /// Renders the Go template `path` of `tree`.
    ///
    /// # Errors
    /// The fault that stopped it.
    pub fn render_go(&mut self, tree: &Tree, path: &str, plate: &GoPlate) -> Result<Made, Fault> {
        let template = plate.template.as_ref().map_err(Clone::clone)?;
        let sight = match plate.lists {
            true => Sight::Whole,
            false => Sight::Own,
        };
        self.sight = self.sight.max(sight);
        let mut digest = Sha256::new();
        digest.update(plate.digest);
        digest.update(tree.newest.to_le_bytes());
        let may_share = self.words.is_none() && !plate.ignition;
        let origin = may_share.then(|| self.origin(digest.finalize().into(), sight));
        if let Some(origin) = &origin
            && let Some(made) = self.kept(tree, path, origin)
        {
            return Ok(made);
        }
        let _ = self.files.take();
        let warnings = self.warnings.len();
        let node = self.whole_node();
        let kernel = plate.kernel.then(|| self.default_kernel()).flatten();
        let seen = Seen {
            node,
            copied: true,
            kernel,
        };
        let (data, touched) = self.data(tree, path, seen.clone(), plate.lists);
        let mut caller = Caller::new(self, tree, path, seen);
        template
            .render(&data, &mut caller)
            .map_err(|error| placed(tree, path, template.text().as_bytes(), error))?;
        let outputs = Arc::new(caller.finish());
        // What tells nothing of the node is for all nodes of its network.
        let own = touched.is_none_or(|flag| flag.load(Ordering::Relaxed));
        let origin = origin.filter(|_| !own);
        let made = Made {
            outputs,
            private: false,
            shared: origin.is_some(),
        };
        if let Some(origin) = origin {
            self.keep(tree, path, origin, &made, warnings);
        }
        Ok(made)
    }

    /// Version of the default kernel of the node's image; none if nothing is known of either.
    fn default_kernel(&self) -> Option<Arc<str>> {
        let image = self.node.image.as_deref();
        let find = |path: &str| self.sources.in_image(image, Path::new(path), &self.files);
        let list = |path: &Path| self.files.list(path).unwrap_or_default();
        let names = |path: &str| find(path).map(|at| list(&at)).unwrap_or_default();
        let mut paths: Vec<String> = Vec::new();
        for name in names("boot") {
            paths.push(format!("/boot/{}", name.to_string_lossy()));
        }
        for name in names("lib/modules") {
            let name = name.to_string_lossy();
            for file in ["vmlinuz", "vmlinuz.gz"] {
                let path = format!("/lib/modules/{name}/{file}");
                let at = find(&path).and_then(|at| self.files.kind(&at));
                paths.extend(matches!(at, Ok(Some(_))).then_some(path));
            }
        }
        (self.sources.kernel)(&paths).map(Into::into)
    }

    /// What a template sees, and what tells whether it read anything of the node.
    fn data(
        &self,
        tree: &Tree,
        path: &str,
        seen: Seen,
        lists: bool,
    ) -> (Value, Option<Arc<AtomicBool>>) {
        let server = Server {
            settings: self.view.settings.clone(),
            here: self.server.clone(),
        };
        if let Some(words) = self.words.clone() {
            let boot = Boot {
                seen,
                server,
                words,
            };
            return (BOOT.make(boot), None);
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
                .readable(&tree.name, path, &self.view.settings, &self.files)?;
            let memory = &self.sources.memory;
            memory.text(&real, INCLUDE_LIMIT, &self.files)
        };
        match read() {
            Ok(data) => Ok(Some(data)),
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
        let read = || -> io::Result<Bytes> {
            let real = self
                .sources
                .in_image(Some(image), Path::new(path), &self.files)?;
            let memory = &self.sources.memory;
            memory.text(&real, INCLUDE_LIMIT, &self.files)
        };
        match read() {
            Ok(data) => Ok(data),
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
