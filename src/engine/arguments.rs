//! Kernel arguments that cannot be handed to a kernel.

use std::collections::HashMap;
use std::sync::Arc;

use super::engine::Engine;
use crate::boot::ipxe::arguments;
use crate::kit::Stamp;
use crate::model::Fault;

impl Engine {
    /// Looks through the kernel arguments of all nodes; each list is told once, at its first node.
    pub(super) fn check_arguments(&mut self, now: Stamp) {
        let mut users: HashMap<&[Arc<str>], (usize, &Arc<str>)> = HashMap::new();
        for node in &self.view.nodes {
            users.entry(&node.kernel_args).or_insert((0, &node.name)).0 += 1;
        }
        let mut faults = Vec::new();
        for (list, (count, name)) in users {
            for (number, why) in arguments(list).left {
                let others = match count {
                    1 => String::new(),
                    more => format!("; so for {} more nodes", more - 1),
                };
                let text = list.get(number - 1).map_or("", AsRef::as_ref);
                let text: String = text.chars().take(60).collect();
                let what =
                    format!("the kernel argument {text:?} is left out, it holds {why}{others}");
                faults.push(Fault::warning(what).about(format!("node {name}")));
            }
        }
        faults.sort();
        self.set_faults("kernel arguments", faults, now);
    }
}
