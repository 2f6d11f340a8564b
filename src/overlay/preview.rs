//! What one overlay, or one file of it, makes for one node, with a text that is not saved yet.

use std::sync::Arc;

use bytes::Bytes;

use super::complaint::nearest;
use super::files::Files;
use super::layout::{Body, Item, Layout};
use super::piece::{self, Piece};
use super::ready::Ready;
use super::sources::Sources;
use super::template::Press;
use super::tree::Tree;
use super::xattrs::Xattrs;
use crate::model::{Fault, Level, Node, View};

/// A file of an overlay as somebody is writing it, before it is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The file's path in its overlay, with the suffix of a template, without a leading slash. It need not be there yet.
    pub path: String,
    /// What is to be in it; none = it is to be gone, with everything below it.
    pub text: Option<Bytes>,
}

impl Draft {
    /// Puts it into an overlay that was read. A new file belongs to root and is for all to read.
    pub(super) fn put(&self, tree: &mut Tree, faults: &mut Vec<Fault>) {
        let path = self.path.trim_start_matches('/').as_bytes();
        let Some(text) = &self.text else {
            let stays = |known: &[u8]| {
                let rest = known.strip_prefix(path);
                rest.is_none_or(|rest| !matches!(rest.first(), None | Some(b'/')))
            };
            tree.templates.retain(|(known, _)| stays(known.as_bytes()));
            return tree.plain.retain(|(known, _)| stays(known));
        };
        let body = Body::File(text.clone());
        let templates = tree.templates.iter_mut();
        let known = templates.map(|(known, item)| (known.as_bytes(), item));
        let plain = tree.plain.iter_mut();
        let mut all = known.chain(plain.map(|(known, item)| (known.as_slice(), item)));
        if let Some((_, item)) = all.find(|(known, _)| *known == path) {
            item.body = body;
            return;
        }
        let item = Item {
            body,
            mode: 0o644,
            uid: 0,
            gid: 0,
            overlay: tree.name.clone(),
            shared: true,
            xattrs: Xattrs::default(),
        };
        tree.add(path.into(), item, faults);
    }
}

/// What an overlay makes for a node, laid on nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    /// Its files in order of path, then what its templates make. What cannot be made is in `faults` instead.
    pub outputs: Vec<Piece>,
    /// Everything that is wrong, warnings among it; with file, line and column where it is in a file.
    pub faults: Vec<Fault>,
}

/// Renders the overlay `name` for `node`, whether or not the node lists it, without laying any other.
///
/// `file` asks for one file only: its path in the overlay with or without the suffix of a template, else a path on the node that
/// a template makes. `drafts` are files of it as they are not saved yet. Nothing fails as a whole: an overlay that is not there, too, is a fault in the result.
#[must_use]
pub fn preview(
    view: &View,
    node: &Node,
    sources: &Sources,
    files: &dyn Files,
    name: &str,
    file: Option<&str>,
    drafts: &[Draft],
) -> Preview {
    let mut made = Preview::default();
    let Some(ready) = sources.find(&name.into(), files, &mut made.faults) else {
        return made.about(node);
    };
    let ready = with(ready, drafts);
    let tree = &ready.tree;
    let file = file.map(|file| file.trim_start_matches('/'));
    let source = file.filter(|file| sources_of(tree).any(|source| is(&source, file)));
    let mut press = Press::new(view, node, sources, files);
    let mut layout = Layout::default();
    let Preview { outputs, faults } = &mut made;
    let wanted = |path: &[u8]| {
        let path = String::from_utf8_lossy(path);
        source.is_none_or(|file| is(&path, file))
    };
    let mut take = |piece: Piece| {
        layout.put(&piece.path, piece.item.clone())?;
        outputs.push(piece);
        Ok(())
    };
    piece::each(&ready, &mut press, faults, &wanted, &mut take);
    faults.append(&mut press.warnings);
    if let Some(file) = file.filter(|_| source.is_none()) {
        outputs.retain(|piece| piece.path == file.as_bytes());
        if outputs.is_empty() && !faults.iter().any(|fault| fault.level == Level::Error) {
            faults.push(absent(tree, file));
        }
    }
    made.about(node)
}

/// The overlay with files of it as they are not saved yet.
pub fn with(ready: Arc<Ready>, drafts: &[Draft]) -> Arc<Ready> {
    if drafts.is_empty() {
        return ready;
    }
    ready.changed(|tree, faults| drafts.iter().for_each(|draft| draft.put(tree, faults)))
}

impl Preview {
    fn about(mut self, node: &Node) -> Self {
        for fault in &mut self.faults {
            let whom = fault.about.take();
            fault.about = Some(whom.unwrap_or_else(|| format!("node {}", node.name)));
        }
        self
    }
}

fn sources_of(tree: &Tree) -> impl Iterator<Item = String> {
    let templates = tree.templates.iter().map(|(path, _)| path.clone());
    let plain = tree.plain.iter();
    templates.chain(plain.map(|(path, _)| String::from_utf8_lossy(path).into_owned()))
}

/// Whether `file` names the file `source` of an overlay, with the suffix of a template or without it.
fn is(source: &str, file: &str) -> bool {
    let rest = source.strip_prefix(file);
    rest.is_some_and(|rest| matches!(rest, "" | ".tera" | ".ww"))
}

fn absent(tree: &Tree, file: &str) -> Fault {
    let what = format!("overlay {} neither has nor makes a file {file}", tree.name);
    let known: Vec<String> = sources_of(tree).collect();
    let fault = Fault::error(what);
    match nearest(file, known.iter().map(String::as_str)) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault,
    }
}
