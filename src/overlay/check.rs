//! Whether the files of an overlay can be used, asked without a node.

use bytes::Bytes;

use super::page::Page;
use crate::model::Fault;

/// Why a file of an overlay at `place` cannot be used: a template that does not compile. Nothing is wrong with what is no template.
#[must_use]
pub fn check(place: &str, path: &str, text: Bytes) -> Vec<Fault> {
    if !is_template(path) {
        return Vec::new();
    }
    let page = Page {
        folder: place.into(),
        path: path.to_owned(),
        text,
        newest: 0,
        escape: None,
        words: None,
    };
    page.check().err().unwrap_or_default()
}

/// Whether a file is a template, by its name.
#[must_use]
pub fn is_template(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = |end: &str| name.strip_suffix(end).is_some_and(|stem| !stem.is_empty());
    stem(".ww") || stem(".tera")
}
