//! A site's own scripts, in the folder `ipxe` beside `nodes.conf`: `NAME.ipxe.tera` is rendered by Tera, `NAME.ipxe.ww` as a Go
//! template, `NAME.ipxe` is sent as it is. Warewulf's scripts are Go templates named `NAME.ipxe`; they are known by their braces.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use super::args::{self, Left, arguments};
use super::normal::query;
use super::special::tail;
use crate::kit::Mac;
use crate::model::{Fault, Node, Spot};
use crate::overlay::Page;

/// How the file of a script may end; of several files with one name the first is taken.
pub const SUFFIXES: [&str; 3] = [".ipxe.tera", ".ipxe.ww", ".ipxe"];
/// A script is read up to this size; iPXE keeps it in memory.
pub const LARGEST: u64 = 256 << 10;
/// What iPXE knows a script by.
const MAGIC: [&str; 2] = ["#!ipxe", "#!gpxe"];

/// A script of the site as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name of the file, without its folder.
    pub file: String,
    /// The folder, for messages.
    pub folder: Arc<str>,
    /// What is in it.
    pub text: Bytes,
}

/// How a script becomes what is sent.
#[derive(Debug, Clone)]
pub enum Script {
    /// As it is.
    Plain(String),
    /// To be rendered.
    Template(Page),
}

/// A script that the site has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: Arc<str>,
    /// Why it cannot be used.
    pub faults: Vec<Fault>,
}

/// A request for a script that a site may have written.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Who asks.
    pub node: Arc<Node>,
    /// The name of the script.
    pub name: Arc<str>,
    /// The hardware address that asked.
    pub mac: Mac,
    /// Our address and port as the client reached them.
    pub base: SocketAddr,
}

/// The name of the script that is in a file of this name; none if it cannot be one.
#[must_use]
pub fn name_of(file: &str) -> Option<&str> {
    let name = SUFFIXES.iter().find_map(|end| file.strip_suffix(end))?;
    is_name(name).then_some(name)
}

/// Whether a file may have this name: letters, digits and `. _ -`, not beginning with a dot.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=128).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.')
}

impl Source {
    /// Looks at what is in the file. `words` are what a template may name besides the words of overlays.
    ///
    /// # Errors
    /// Why it cannot be sent to anybody.
    pub fn read(self, words: BTreeMap<&'static str, String>) -> Result<Script, Vec<Fault>> {
        let braces = || self.text.windows(2).any(|pair| pair == b"{{");
        if self.file.ends_with(".tera") || self.file.ends_with(".ww") || braces() {
            let page = Page {
                folder: self.folder,
                path: self.file,
                text: self.text,
                // Boot scripts are told nothing of it.
                newest: 0,
                escape: Some(escape),
                words: Some(("boot", words)),
            };
            page.check()?;
            return Ok(Script::Template(page));
        }
        let Ok(text) = std::str::from_utf8(&self.text) else {
            return Err(vec![self.fault("a script must be UTF-8")]);
        };
        runs(text).map_err(|what| vec![self.fault(&what)])?;
        Ok(Script::Plain(text.to_owned()))
    }

    fn fault(&self, what: &str) -> Fault {
        Fault::error(what).at(Spot {
            file: format!("{}/{}", self.folder, self.file).into(),
            line: 1,
            column: 1,
        })
    }
}

impl Wanted {
    /// The members of the word `boot`.
    #[must_use]
    pub fn words(&self) -> BTreeMap<&'static str, String> {
        words(&self.node, self.mac, self.base)
    }
}

/// The members of the word `boot`: `url` (`http://address:port` as the machine reached us), `authority` (without `http://`), `mac`,
/// `id` (the same with hyphens, as paths want it), `query` (what every path needs behind it, empty without an asset key), `args`
/// (the kernel arguments), `tail` (the labels `failed`, `retry`, `menu`, `shell` and `disk`, to jump to).
#[must_use]
pub fn words(node: &Node, mac: Mac, base: SocketAddr) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("url", format!("http://{base}")),
        ("authority", base.to_string()),
        ("mac", mac.to_string()),
        ("id", mac.hyphenated()),
        ("query", query(node).to_owned()),
        ("args", arguments(&node.kernel_args).line),
        ("tail", tail(base, mac)),
    ])
}

/// Whether iPXE would take a text for a script.
///
/// # Errors
/// A sentence.
pub fn runs(text: &str) -> Result<(), String> {
    if MAGIC.iter().any(|magic| text.starts_with(magic)) {
        return Ok(());
    }
    Err("does not begin with #!ipxe, so iPXE would not run it".into())
}

/// Values as words of a script: what iPXE would take for more than text is left out.
fn escape(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let text: String = text
        .chars()
        .map(|c| if c.is_ascii_graphic() { c } else { ' ' })
        .collect();
    let harmless = |word: &&str| matches!(args::flaw(word), None | Some(Left::Quote));
    let words: Vec<&str> = text
        .split(' ')
        .filter(|w| w.is_empty() || harmless(w))
        .collect();
    out.write_all(words.join(" ").as_bytes())
}
