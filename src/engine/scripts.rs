//! iPXE scripts that the site has, and nodes that want one which nobody has.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::engine::Engine;
use crate::boot::ipxe::NAMES;
use crate::boot::ipxe::site::Known;
use crate::kit::{Stamp, suggest};
use crate::model::{Fault, Key};

impl Engine {
    /// Takes in the site's scripts.
    pub(super) fn site_scripts(&mut self, scripts: Vec<Known>, now: Stamp) {
        self.scripts = scripts;
        self.check_scripts(now);
    }

    /// Tells of scripts that cannot be used, and of names that no script has, each once.
    pub(super) fn check_scripts(&mut self, now: Stamp) {
        let own = self.scripts.iter().map(|script| &*script.name);
        let known: Vec<&str> = NAMES.into_iter().chain(own).collect();
        let mut unknown: BTreeMap<&str, (usize, &Arc<str>)> = BTreeMap::new();
        for node in &self.view.nodes {
            if let Some(name) = node.ipxe.as_deref().filter(|name| !known.contains(name)) {
                unknown.entry(name).or_insert((0, &node.name)).0 += 1;
            }
        }
        let folder = self.view.settings.paths.conf.join("ipxe");
        let mut faults: Vec<Fault> = self
            .scripts
            .iter()
            .flat_map(|script| script.faults.iter().cloned())
            .collect();
        for (name, (count, node)) in unknown {
            let others = match count {
                1 => String::new(),
                more => format!("; so for {} more nodes", more - 1),
            };
            let what = format!("there is no iPXE script `{name}`, `default` is used{others}");
            let hint = suggest::hint(name, known.iter().copied()).unwrap_or_else(|| {
                let known = known.join(", ");
                format!(
                    "known: {known}; the site's own are {}/NAME.ipxe or NAME.ipxe.tera",
                    folder.display()
                )
            });
            let fault = Fault::warning(what)
                .about(format!("node {node}"))
                .hint(hint);
            let spot = self.registry.place(node, &Key::plain("ipxe"), None);
            faults.push(match spot {
                Some(spot) => fault.at(spot),
                None => fault,
            });
        }
        self.set_faults("iPXE scripts", faults, now);
    }
}
