//! Extended attributes of files, which a cpio archive cannot hold: capabilities, access lists and what a site sets. They travel as a
//! text beside the files, in the form that `getfattr --dump` writes and `setfattr --restore` reads.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;

use super::archive::Context;
use super::layout::{Body, Item};

/// Attributes by name.
pub type Xattrs = Arc<[(String, Vec<u8>)]>;

/// Where the text lies, by what it belongs to: both archives are unpacked over one another when a node boots.
#[must_use]
pub const fn place(context: Context) -> &'static str {
    match context {
        Context::System => "warewulf/xattrs",
        Context::Runtime => "warewulf/xattrs.runtime",
    }
}

/// Whether an attribute means anything on another machine. The seal of the server's own kernel and what its file systems keep for
/// themselves do not.
pub fn travels(name: &str) -> bool {
    let own = ["security.evm", "system.nfs4_acl", "trusted.overlay."];
    !own.iter().any(|own| name.starts_with(own))
}

/// The file that tells the attributes of `items`; none if there are none. Paths are relative to the root.
pub fn file(items: &BTreeMap<Vec<u8>, Item>) -> Option<Item> {
    let mut text = String::new();
    let mut first = None;
    for (path, item) in items.iter().filter(|(_, item)| !item.xattrs.is_empty()) {
        first = first.or(Some(&item.overlay));
        // Writing into a text cannot fail.
        let _ = writeln!(text, "# file: {}", escaped(path, b""));
        for (name, value) in item.xattrs.iter() {
            let _ = write!(text, "{}=0x", escaped(name.as_bytes(), b"="));
            for byte in value {
                let _ = write!(text, "{byte:02x}");
            }
            text.push('\n');
        }
        text.push('\n');
    }
    first.map(|first| Item {
        body: Body::File(Bytes::from(text)),
        mode: 0o600,
        uid: 0,
        gid: 0,
        overlay: first.clone(),
        shared: false,
        xattrs: Xattrs::default(),
    })
}

/// With a backslash and three octal digits for what would not be read back as it is.
fn escaped(text: &[u8], also: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text {
        if !(b' '..0x7f).contains(byte) || *byte == b'\\' || also.contains(byte) {
            let _ = write!(out, "\\{byte:03o}");
        } else {
            out.push(char::from(*byte));
        }
    }
    out
}
