//! The templates of one overlay, rendered for one node.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tera::{EscapeFn, Tera};

use super::complaint;
use super::files::Files;
use super::fuel::{self, Seams};
use super::functions::{self, Run, Wanted};
use super::layout::Body;
use super::output::{self, Output};
use super::scope;
use super::sources::Sources;
use super::tree::{LIMIT, Tree};
use super::ww;
use crate::model::{Fault, Node, View};

/// A template that asks for more server files than this is a loop.
const MOST_INCLUDES: usize = 64;
/// A server file that is included is a text for people, not a disk image.
pub const INCLUDE_LIMIT: u64 = 4 << 20;
/// What templates may include.
pub const ALLOWED: &str = "templates may include files below the folder `files` of the state folder, and what `overlays: read:` of muster.conf lists";

/// What the templates of an overlay are rendered with.
pub struct Press<'a> {
    /// The registry.
    pub view: &'a View,
    /// For whom.
    pub node: &'a Node,
    /// For what may be included, and what is shared between renders.
    pub sources: &'a Sources,
    /// The door.
    pub files: &'a dyn Files,
    /// Set once a template read the list of all nodes.
    pub all_nodes: bool,
    /// Set once the template that was rendered last included a file that only its owner may read.
    pub private: bool,
    /// Warnings.
    pub warnings: Vec<Fault>,
    /// Words besides the usual ones.
    pub more: Vec<(&'static str, tera::Value)>,
    /// Members of the word `boot`, for boot scripts that are Go templates.
    pub words: Option<BTreeMap<&'static str, String>>,
}

impl<'a> Press<'a> {
    /// Nothing rendered yet.
    pub fn new(view: &'a View, node: &'a Node, sources: &'a Sources, files: &'a dyn Files) -> Self {
        Self {
            view,
            node,
            sources,
            files,
            all_nodes: false,
            private: false,
            warnings: Vec::new(),
            more: Vec::new(),
            words: None,
        }
    }
}

/// The compiled templates of an overlay.
pub struct Plates<'a> {
    tree: &'a Tree,
    tera: Tera,
    run: Arc<Run>,
    digest: [u8; 32],
    compiled: HashSet<String>,
    /// What was put into each template, by path.
    seams: HashMap<String, Seams>,
}

impl Plates<'_> {
    /// Whether that template was compiled.
    pub fn has(&self, path: &str) -> bool {
        self.compiled.contains(path)
    }
}

/// Compiles the templates of `tree`: those that can be, and one fault for each that cannot. What they print of values goes
/// through `escape`, if there is one.
pub fn compile(tree: &Tree, escape: Option<EscapeFn>) -> (Plates<'_>, Vec<Fault>) {
    let mut texts = Vec::new();
    let mut faults = Vec::new();
    let mut digest = Sha256::new();
    for (path, item) in tree.templates.iter().filter(|(path, _)| !ww::is_go(path)) {
        let Body::File(data) = &item.body else {
            continue;
        };
        digest.update(path.as_bytes());
        digest.update((data.len() as u64).to_le_bytes());
        digest.update(data);
        match std::str::from_utf8(data) {
            Ok(text) => texts.push((path.as_str(), text)),
            Err(_) => faults.push(tree.fault(path, "a template must be UTF-8")),
        }
    }
    let run = Arc::new(Run::default());
    let mut left_out: Vec<&str> = Vec::new();
    let (tera, seams) = loop {
        let found = match together(tree, &texts, escape, &run) {
            Ok(made) => break made,
            Err(found) => found,
        };
        // The rest is tried without them. That these are missing then is no news.
        let (bad, good) = texts.iter().partition(|(path, _)| {
            let place = tree.fault(path, "").spot.map(|spot| spot.file);
            found
                .iter()
                .any(|fault| fault.spot.as_ref().map(|spot| &spot.file) == place.as_ref())
        });
        let known = |fault: &Fault| !left_out.iter().any(|path| fault.what.contains(path));
        faults.extend(found.into_iter().filter(known));
        let bad: Vec<(&str, &str)> = bad;
        texts = if bad.is_empty() { Vec::new() } else { good };
        left_out.extend(bad.iter().map(|(path, _)| path));
    };
    let plates = Plates {
        tree,
        tera,
        run,
        digest: digest.finalize().into(),
        compiled: texts.iter().map(|(path, _)| (*path).to_owned()).collect(),
        seams,
    };
    (plates, faults)
}

/// Compiles templates that may include one another.
fn together(
    tree: &Tree,
    texts: &[(&str, &str)],
    escape: Option<EscapeFn>,
    run: &Arc<Run>,
) -> Result<(Tera, HashMap<String, Seams>), Vec<Fault>> {
    let fresh = || {
        let mut tera = Tera::new();
        tera.autoescape_on(escape.map(|_| ".tera"));
        if let Some(escape) = escape {
            tera.set_escape_fn(escape);
        }
        functions::register(&mut tera, run);
        fuel::register(&mut tera, run);
        tera
    };
    let metered: Vec<_> = texts.iter().map(|(_, text)| fuel::meter(text)).collect();
    let paths = texts.iter().map(|(path, _)| *path);
    let mut tera = fresh();
    let all = paths
        .clone()
        .zip(metered.iter().map(|one| one.text.as_str()));
    if tera.add_raw_templates(all).is_ok() {
        let all: Vec<_> = paths.clone().zip(&metered).collect();
        if let Some(path) = fuel::too_deep(&all) {
            let what = "includes templates that include others, too deep";
            return Err(vec![tree.fault(path, what)]);
        }
        let all = paths.zip(metered.into_iter().map(|one| one.seams));
        let seams = all.map(|(path, seams)| (path.to_owned(), seams)).collect();
        return Ok((tera, seams));
    }
    // Faults are told of what was written. What compiles only as it was written is rendered so.
    tera = fresh();
    match tera.add_raw_templates(texts.iter().copied()) {
        Ok(()) => Ok((tera, HashMap::new())),
        Err(error) => Err(complaints(tree, texts, &error, &fresh)),
    }
}

/// What is wrong with templates that do not compile together. Alone, each shows its own error; together only the first one does.
fn complaints(
    tree: &Tree,
    texts: &[(&str, &str)],
    together: &tera::Error,
    fresh: &dyn Fn() -> Tera,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let none = HashMap::new();
    for (path, text) in texts {
        if let Err(error) = fresh().add_raw_template(path, text)
            && matches!(error.kind(), tera::ErrorKind::SyntaxError(_))
        {
            faults.push(complaint::fault(tree, path, &error, None, &none));
        }
    }
    if faults.is_empty() {
        let path = texts.first().map_or("", |(path, _)| path);
        faults.push(complaint::fault(tree, path, together, None, &none));
    }
    faults
}

impl Press<'_> {
    /// Renders the template `path`.
    ///
    /// # Errors
    /// The fault that stopped it.
    pub fn render(&mut self, plates: &Plates<'_>, path: &str) -> Result<Arc<Vec<Output>>, Fault> {
        let words = plates.tera.get_template_variables(path);
        let words = words.map_err(|error| self.complain(plates, path, &error))?;
        let (wants_node, wants_all) = (words.contains("node"), words.contains("nodes"));
        self.all_nodes |= wants_all;
        self.private = false;
        let server = scope::server(self.view, self.node);
        let shelf = (
            plates.tree.name.clone(),
            path.to_owned(),
            server.clone(),
            plates.digest,
        );
        if let Some(kept) = self
            .sources
            .memory
            .output(self.view, &shelf)
            .filter(|_| !wants_node && self.more.is_empty())
        {
            return Ok(kept);
        }
        let mut context = tera::Context::new();
        context.insert("overlay", plates.tree.name.as_ref());
        context.insert("server", &server);
        if wants_node {
            context.insert("node", &scope::node(self.node));
        }
        if wants_all {
            context.insert_value("nodes", self.sources.memory.nodes(self.view));
        }
        for (word, value) in &self.more {
            context.insert_value(*word, value.clone());
        }
        let made = Arc::new(self.passes(plates, path, &context)?);
        // What was included may change without a new view.
        let shared = !wants_node && self.more.is_empty();
        if shared && plates.run.lock().is_shared() {
            self.sources.memory.keep(self.view, shelf, made.clone());
        }
        Ok(made)
    }

    fn complain(&self, plates: &Plates<'_>, path: &str, error: &tera::Error) -> Fault {
        complaint::fault(plates.tree, path, error, Some(self.node), &plates.seams)
    }

    /// Renders until every included file has been read.
    fn passes(
        &mut self,
        plates: &Plates<'_>,
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
                let program = self.agent(plates.tree, path);
                plates.run.lock().agent = Some(program);
                continue;
            }
            if let Some((wanted, optional)) = wanted {
                let content = self.include(plates.tree, path, &wanted, optional)?;
                plates.run.lock().files.insert(wanted, content);
                continue;
            }
            let inner = plates.run.lock();
            if inner.aborted {
                return Ok(Vec::new());
            }
            if text.full {
                return Err(plates.tree.fault(path, "writes more than 64 MiB"));
            }
            if let Err(error) = result {
                let fault = self.complain(plates, path, &error);
                return Err(if inner.budget.is_exhausted() {
                    fault.hint("a loop over all nodes inside another goes as often as the square of their number")
                } else {
                    fault
                });
            }
            return output::cut(path, &text.bytes, &inner.directives)
                .map_err(|what| plates.tree.fault(path, what));
        }
        Err(plates
            .tree
            .fault(path, "includes more than 64 server files"))
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
            Ok(data) => match String::from_utf8(data) {
                Ok(text) if !text.contains('\0') => Ok(Some(text)),
                _ => Err(tree.fault(template, format!("{path} is no text in UTF-8"))),
            },
            Err(error) if optional && error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if optional && error.get_ref().is_none() => {
                let what = format!("{path} cannot be read: {error}; it is left out");
                let mut fault = tree.fault(template, what);
                fault.level = crate::model::Level::Warning;
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
    fn look(&mut self, tree: &Tree, wanted: &Wanted) -> io::Result<Vec<u8>> {
        let real = match wanted {
            Wanted::File(path) => self.sources.readable(
                &tree.name,
                Path::new(path),
                &self.view.settings,
                self.files,
            )?,
            Wanted::Image(path) => {
                let image = self.node.image.as_deref();
                self.sources.in_image(image, Path::new(path), self.files)?
            }
            Wanted::Link(path) => {
                let path = Path::new(path);
                let target =
                    self.sources
                        .link(&tree.name, path, &self.view.settings, self.files)?;
                return Ok(target.into_os_string().into_encoded_bytes());
            }
            Wanted::Agent => return Err(io::ErrorKind::NotFound.into()),
        };
        let meta = self.files.meta(&real)?;
        self.private |= meta.is_some_and(|meta| meta.mode & 0o077 == 0);
        self.files.read(&real, INCLUDE_LIMIT)
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
