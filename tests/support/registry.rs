//! Views from YAML text.

use std::path::PathBuf;
use std::sync::Arc;

use muster::model::{Paths, View};
use muster::registry::Registry;

/// Folders that nothing is read from.
pub fn paths() -> Paths {
    Paths {
        conf: PathBuf::from("/etc/muster"),
        state: PathBuf::from("/var/lib/muster"),
        run: PathBuf::from("/run/muster"),
        cache: PathBuf::from("/var/cache/muster"),
    }
}

/// A registry that holds nothing yet, of a server named `control`.
pub fn registry() -> Registry {
    Registry::new(paths(), "control")
}

/// The view of the given texts; its faults are in it.
pub fn loose_view(nodes: &str, conf: &str) -> Arc<View> {
    registry().load(Some(conf), Some(nodes)).view
}

/// The view of the given texts, which must have no faults at all.
pub fn view(nodes: &str, conf: &str) -> Arc<View> {
    let view = loose_view(nodes, conf);
    let faults: Vec<String> = view.faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    view
}
