//! A template that stands alone: a served file, an iPXE script.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::files::Files;
use super::layout::{Body, Item};
use super::output::Made;
use super::plates;
use super::ready::GoPlate;
use super::sources::Sources;
use super::template::Press;
use super::tree::Tree;
use super::ww;
use super::xattrs::Xattrs;
use crate::model::{Fault, Node, View};

/// What makes a value harmless in the language of a page.
pub type Escape = fn(&str, &mut dyn Write) -> io::Result<()>;

/// A template on its own. With the suffix `.tera` it is one of Tera, else one of Go.
#[derive(Debug, Clone)]
pub struct Page {
    /// The folder that it is in, for messages.
    pub folder: Arc<str>,
    /// Its path below that folder.
    pub path: String,
    /// What is written in it.
    pub text: Bytes,
    /// When that was changed: seconds of Unix.
    pub newest: i64,
    /// What the values that it prints go through.
    pub escape: Option<Escape>,
    /// Words besides those of overlays: a name, and its members, which are printed as they are.
    pub words: Option<(&'static str, BTreeMap<&'static str, String>)>,
}

impl Page {
    /// Whether it can be compiled.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), Vec<Fault>> {
        let tree = self.tree();
        if !ww::is_go(&self.path) {
            let (_, faults) = plates::compile(&tree, self.escape);
            return if faults.is_empty() {
                Ok(())
            } else {
                Err(faults)
            };
        }
        let script = self.words.is_some();
        let checked = tree
            .templates
            .iter()
            .map(|(path, item)| ww::compile(&tree, path, item, script));
        let faults: Vec<Fault> = checked.filter_map(Result::err).collect();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults)
        }
    }

    /// Its text for `node`; nothing if it called `abort`. May include what templates of every overlay may.
    ///
    /// # Errors
    /// What stopped it. A page is one text: one that makes several files, or a link, is a fault too.
    pub fn render(
        &self,
        view: &View,
        node: &Node,
        sources: &Sources,
        files: &dyn Files,
    ) -> Result<Option<Bytes>, Vec<Fault>> {
        let tree = self.tree();
        let mut press = Press::new(view, node, sources, files);
        let made = if ww::is_go(&self.path) {
            press.words = self.words.as_ref().map(|(_, members)| members.clone());
            let [(path, item)] = tree.templates.as_slice() else {
                return Ok(None);
            };
            let script = self.words.is_some();
            let plate = GoPlate::new(&tree, path, item, script);
            press.render_go(&tree, path, &plate)
        } else {
            let (plates, faults) = plates::compile(&tree, self.escape);
            if !faults.is_empty() {
                return Err(faults);
            }
            let word = self.words.iter().map(|(name, members)| {
                let members: BTreeMap<_, _> = members
                    .iter()
                    .map(|(member, text)| (*member, tera::Value::safe_string(text)))
                    .collect();
                (*name, tera::Value::from(members))
            });
            press.more = word.collect();
            press.render(&tree, &plates, self.digest(), &self.path)
        };
        let outputs = made.map_err(|fault| vec![fault])?.outputs;
        match outputs.as_slice() {
            [] => Ok(None),
            [one] => match &one.body {
                Made::File(text) => Ok(Some(text.clone())),
                Made::Symlink(_) => Err(vec![tree.fault(&self.path, "makes a link, not a text")]),
            },
            _ => Err(vec![
                tree.fault(&self.path, "makes several files, not one text"),
            ]),
        }
    }

    /// Stands for its text, and for how values are printed in it.
    fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new_with_prefix(b"page");
        digest.update([u8::from(self.escape.is_some())]);
        digest.update(&self.text);
        digest.finalize().into()
    }

    fn tree(&self) -> Tree {
        let name: Arc<str> = "files".into();
        let item = Item {
            body: Body::File(self.text.clone()),
            mode: 0o600,
            uid: 0,
            gid: 0,
            overlay: name.clone(),
            shared: false,
            xattrs: Xattrs::default(),
        };
        Tree {
            name,
            place: self.folder.clone(),
            plain: Vec::new(),
            templates: vec![(self.path.clone(), item)],
            newest: self.newest,
        }
    }
}
