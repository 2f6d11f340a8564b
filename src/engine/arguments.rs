//! Kernel arguments that cannot be handed to a kernel, with the place where they are written.

use std::collections::HashMap;
use std::sync::Arc;

use super::engine::Engine;
use crate::boot::ipxe::arguments;
use crate::kit::Stamp;
use crate::model::{Fault, Key, Spot};

/// How many lines behind the beginning of a list an argument is looked for.
const FAR: usize = 200;

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
                let fault = Fault::warning(what).about(format!("node {name}"));
                faults.push(match self.place_of(name, list.get(number - 1)) {
                    Some(spot) => fault.at(spot),
                    None => fault,
                });
            }
        }
        faults.sort();
        self.set_faults("kernel arguments", faults, now);
    }

    /// Where an argument of a node is written. Lists are kept with the place where they begin; from there on the text shows it.
    fn place_of(&self, node: &str, argument: Option<&Arc<str>>) -> Option<Spot> {
        let argument = argument?;
        let mut spot = self
            .registry
            .place(node, &Key::plain("kernel.args"), Some(argument))?;
        let first = (spot.line as usize).saturating_sub(1);
        let lines = self.nodes.content()?.lines().enumerate().skip(first);
        let found = lines
            .take(FAR)
            .find_map(|(at, line)| Some((at, line, line.find(&**argument)?)));
        if let Some((at, line, byte)) = found {
            let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
            spot.line = number(at);
            spot.column = number(line[..byte].chars().count());
        }
        Some(spot)
    }
}
