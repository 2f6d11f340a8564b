//! The templates of overlays, rendered for one node.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::complaint;
use super::files::{Files, Recorded};
use super::functions::{self, Wanted};
use super::output::{self, Output};
use super::plates::Plates;
use super::scope::{self, ServerScope};
use super::shared::{Kept, Origin, Sight};
use super::sources::Sources;
use super::tree::{LIMIT, Tree};
use crate::model::{Fault, Level, Node, View};

/// A template that asks for more server files than this is a loop.
const MOST_INCLUDES: usize = 64;
/// A server file that is included is a text for people, not a disk image.
pub const INCLUDE_LIMIT: u64 = 4 << 20;
/// What templates may include.
pub const ALLOWED: &str = "templates may include files below the folder `files` of the state folder, and what `overlays: read:` of muster.conf lists";

/// What the templates of overlays are rendered with for one node.
pub struct Press<'a> {
    /// The registry.
    pub view: &'a View,
    /// For whom.
    pub node: &'a Node,
    /// For what may be included, and what is shared between renders.
    pub sources: &'a Sources,
    /// The door. It remembers what was looked at since it was asked last.
    pub files: Recorded<'a>,
    /// The server as the node's network sees it.
    pub server: Arc<ServerScope>,
    /// How much of other nodes was looked at so far.
    pub sight: Sight,
    /// Warnings.
    pub warnings: Vec<Fault>,
    /// Words besides the usual ones.
    pub more: Vec<(&'static str, tera::Value)>,
    /// Members of the word `boot`, for boot scripts that are Go templates.
    pub words: Option<BTreeMap<&'static str, String>>,
    /// Whether the template that is rendered now included a file that only its owner may read.
    private: bool,
    /// The word `node`, once a template named it.
    scope: OnceCell<tera::Value>,
    held: OnceCell<Arc<Node>>,
}

/// What one template made.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// Files and links.
    pub outputs: Arc<Vec<Output>>,
    /// Whether they are not for everybody to read.
    pub private: bool,
    /// Whether every node of this network gets the same.
    pub shared: bool,
}

impl From<Kept> for Made {
    fn from(kept: Kept) -> Self {
        Self {
            outputs: kept.outputs,
            private: kept.private,
            shared: true,
        }
    }
}

impl<'a> Press<'a> {
    /// Nothing rendered yet.
    pub fn new(view: &'a View, node: &'a Node, sources: &'a Sources, files: &'a dyn Files) -> Self {
        Self {
            view,
            node,
            sources,
            files: Recorded::new(files),
            server: Arc::new(scope::server(view, node)),
            sight: Sight::Own,
            warnings: Vec::new(),
            more: Vec::new(),
            words: None,
            private: false,
            scope: OnceCell::new(),
            held: OnceCell::new(),
        }
    }

    /// The node, to be held by values.
    pub fn whole_node(&self) -> Arc<Node> {
        let held = self.held.get_or_init(|| {
            let of_view = self.view.node(self.node.id);
            let same = of_view.filter(|held| std::ptr::eq(Arc::as_ptr(held), self.node));
            same.cloned().unwrap_or_else(|| Arc::new(self.node.clone()))
        });
        held.clone()
    }

    /// What a template that does not look at its node is made from. `texts` stands for what is written in it.
    pub fn origin(&self, texts: [u8; 32], sight: Sight) -> Origin {
        Origin {
            server: self.server.clone(),
            settings: self.view.settings.clone(),
            texts,
            nodes: self.sources.memory.digest(self.view, sight),
        }
    }

    /// What such a template made before, if nothing has changed since.
    pub fn kept(&mut self, tree: &Tree, path: &str, origin: &Origin) -> Option<Made> {
        let memory = &self.sources.memory;
        let kept = memory.output(&tree.name, path, origin, &self.files)?;
        self.warnings.extend(kept.warnings.iter().cloned());
        Some(kept.into())
    }

    /// Keeps what such a template made. The door was asked before it was rendered, and `warnings` were there.
    pub fn keep(&self, tree: &Tree, path: &str, origin: Origin, made: &Made, warnings: usize) {
        let kept = Kept {
            origin,
            inputs: self.files.take(),
            outputs: made.outputs.clone(),
            private: made.private,
            warnings: self.warnings[warnings..].to_vec(),
        };
        self.sources.memory.keep(&tree.name, path, kept);
    }

    /// Renders the template `path` of `tree` in Tera. `texts` stands for all templates of the overlay.
    ///
    /// # Errors
    /// The fault that stopped it.
    pub fn render(
        &mut self,
        tree: &Tree,
        plates: &Plates,
        texts: [u8; 32],
        path: &str,
    ) -> Result<Made, Fault> {
        let names = plates.names(path).unwrap_or_default();
        let sight = match names.nodes {
            true => Sight::Brief,
            false => Sight::Own,
        };
        self.sight = self.sight.max(sight);
        let origin = (!names.node && self.more.is_empty()).then(|| self.origin(texts, sight));
        if let Some(origin) = &origin
            && let Some(made) = self.kept(tree, path, origin)
        {
            return Ok(made);
        }
        let mut context = tera::Context::new();
        context.insert("overlay", tree.name.as_ref());
        context.insert("server", &*self.server);
        if names.node {
            let scope = || tera::Value::from_serializable(&scope::node(self.node));
            context.insert_value("node", self.scope.get_or_init(scope).clone());
        }
        if names.nodes {
            context.insert_value("nodes", self.sources.memory.nodes(self.view));
        }
        for (word, value) in &self.more {
            context.insert_value(*word, value.clone());
        }
        (self.private, _) = (false, self.files.take());
        let warnings = self.warnings.len();
        let outputs = Arc::new(self.passes(tree, plates, path, &context)?);
        // A file of an image is another one for the nodes of another image; a program is for those of its architecture.
        let of_image = |wanted: &Wanted| matches!(wanted, Wanted::Image(_));
        let of_image = plates.run.lock().files.keys().any(of_image);
        let of_program = plates.run.lock().agent.is_some();
        let made = Made {
            outputs,
            private: self.private,
            shared: origin.is_some() && !of_image,
        };
        let origin = origin.filter(|_| made.shared && !of_program);
        if let Some(origin) = origin {
            self.keep(tree, path, origin, &made, warnings);
        }
        Ok(made)
    }

    fn complain(&self, tree: &Tree, plates: &Plates, path: &str, error: &tera::Error) -> Fault {
        complaint::fault(tree, path, error, Some(self.node), &plates.seams)
    }

    /// Renders until every included file has been read.
    fn passes(
        &mut self,
        tree: &Tree,
        plates: &Plates,
        path: &str,
        context: &tera::Context,
    ) -> Result<Vec<Output>, Fault> {
        *plates.run.lock() = functions::Inner::default();
        for _ in 0..MOST_INCLUDES {
            plates.run.lock().directives.clear();
            let mut text = Capped::default();
            let result = plates.tera.render_to(path, context, &mut text);
            let wanted = plates.run.lock().wanted.take();
            if let Some((Wanted::Agent, _)) = wanted {
                let program = self.agent(tree, path);
                plates.run.lock().agent = Some(program);
                continue;
            }
            if let Some((wanted, optional)) = wanted {
                let content = self.include(tree, path, &wanted, optional)?;
                plates.run.lock().files.insert(wanted, content);
                continue;
            }
            let inner = plates.run.lock();
            if inner.aborted {
                return Ok(Vec::new());
            }
            if text.full {
                return Err(tree.fault(path, "writes more than 64 MiB"));
            }
            if let Err(error) = result {
                let fault = self.complain(tree, plates, path, &error);
                return Err(if inner.budget.is_exhausted() {
                    fault.hint("a loop over all nodes inside another goes as often as the square of their number")
                } else {
                    fault
                });
            }
            return output::cut(path, &text.bytes, &inner.directives)
                .map_err(|what| tree.fault(path, what));
        }
        Err(tree.fault(path, "includes more than 64 server files"))
    }

    fn include(
        &mut self,
        tree: &Tree,
        template: &str,
        wanted: &Wanted,
        optional: bool,
    ) -> Result<Option<String>, Fault> {
        let path = match wanted {
            Wanted::File(path) | Wanted::Image(path) | Wanted::Link(path) => path,
            Wanted::Agent => return Ok(None),
        };
        match self.look(tree, wanted) {
            Ok(data) => match std::str::from_utf8(&data) {
                Ok(text) if !text.contains('\0') => Ok(Some(text.to_owned())),
                _ => Err(tree.fault(template, format!("{path} is no text in UTF-8"))),
            },
            Err(error) if optional && error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if optional && error.get_ref().is_none() => {
                let what = format!("{path} cannot be read: {error}; it is left out");
                let mut fault = tree.fault(template, what);
                fault.level = Level::Warning;
                self.warnings.push(fault);
                Ok(None)
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                let fault = tree.fault(template, error.to_string());
                Err(match error.get_ref() {
                    Some(_) => fault.hint(ALLOWED),
                    None => fault,
                })
            }
            Err(error) => Err(tree.fault(template, format!("{path} cannot be read: {error}"))),
        }
    }

    /// Reads what a template asked for.
    fn look(&mut self, tree: &Tree, wanted: &Wanted) -> io::Result<Bytes> {
        let settings = &self.view.settings;
        let real = match wanted {
            Wanted::File(path) => {
                let path = Path::new(path);
                self.sources
                    .readable(&tree.name, path, settings, &self.files)?
            }
            Wanted::Image(path) => {
                let image = self.node.image.as_deref();
                self.sources.in_image(image, Path::new(path), &self.files)?
            }
            Wanted::Link(path) => {
                let path = Path::new(path);
                let target = self.sources.link(&tree.name, path, settings, &self.files)?;
                return Ok(target.into_os_string().into_encoded_bytes().into());
            }
            Wanted::Agent => return Err(io::ErrorKind::NotFound.into()),
        };
        let meta = self.files.meta(&real)?;
        self.private |= meta.is_some_and(|meta| meta.mode & 0o077 == 0);
        let memory = &self.sources.memory;
        memory.text(&real, INCLUDE_LIMIT, &self.files)
    }
}

/// A buffer that refuses to grow beyond what an overlay may hold.
#[derive(Default)]
struct Capped {
    bytes: Vec<u8>,
    full: bool,
}

impl Write for Capped {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + data.len()) as u64 > LIMIT {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
