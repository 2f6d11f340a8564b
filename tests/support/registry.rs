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

/// A file as a person keeps it: remarks, both styles, a node with a mind of its own, a secret.
pub const BY_HAND: &str = "\
# kept by hand
nodeprofiles:
  default:
    image name: rocky9   # what everybody runs
    kernel:
      args:
        - quiet
        - console=ttyS0
nodes:
  n001:
    profiles:
      - default
    # in the corner
    comment: first
    network devices:
      default:
        hwaddr: 52:54:00:00:00:01
        ipaddr: 10.7.0.11
  n002: {profiles: [default], kernel: {version: 6.1}}
  n003:
    profiles:
      - default
    image name: own
    asset key: hush
";
