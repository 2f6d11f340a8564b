//! Nodes that a change reaches at their next boot: how many, what those that are up go on with, and which are on their way just now.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::engine::Engine;
use super::impact::nodes;
use crate::fleet::Stage;
use crate::kit::units;
use crate::model::Node;

/// How those that a change reaches do just now.
#[derive(Default)]
struct Now<'n> {
    /// They are up.
    up: Vec<&'n Arc<Node>>,
    /// They are on their way.
    boot: Vec<&'n Arc<Node>>,
}

impl Engine {
    /// What becomes of `reached`, as they would be then, of which so many more override the change.
    pub(super) fn at_next_boot(&self, reached: &[Arc<Node>], override_it: usize) -> Vec<Arc<str>> {
        let mut now = Now::default();
        for node in reached {
            let flies = self.fleet.boot(node.id).is_some_and(|b| b.ended.is_none());
            match self.fleet.status(node.id).stage {
                Stage::Off => {}
                Stage::Up => now.up.push(node),
                _ if flies => now.boot.push(node),
                _ => {}
            }
        }
        let verb = if reached.len() == 1 {
            "changes"
        } else {
            "change"
        };
        let mut text = format!("{} {verb} at next boot", nodes(reached.len()));
        if override_it > 0 {
            text.push_str(&format!(", {} override it", units::count(override_it)));
        }
        let mut says: Vec<Arc<str>> = vec![text.into()];
        if !now.up.is_empty() {
            says.push(self.go_on(&now.up, reached.len()).into());
        }
        if !now.boot.is_empty() {
            says.push(self.on_their_way(&now.boot, reached.len()).into());
        }
        says
    }

    /// What nodes that are up run until they boot again.
    fn go_on(&self, up: &[&Arc<Node>], all: usize) -> String {
        let (one, who) = (up.len() == 1, among(up.len(), all));
        match self.leaves(up) {
            Some(image) => {
                let (run, they) = if one {
                    ("runs", "it reboots")
                } else {
                    ("run", "they reboot")
                };
                format!("{who} {run} {image} until {they}")
            }
            None => {
                let go = if one {
                    "is up and goes"
                } else {
                    "are up and go"
                };
                format!("{who} {go} on as before until then")
            }
        }
    }

    /// What happens to nodes that are in the middle of a boot: files are chosen when they are asked for.
    fn on_their_way(&self, boot: &[&Arc<Node>], all: usize) -> String {
        let (one, who) = (boot.len() == 1, among(boot.len(), all));
        let (verb, they, have) = if one {
            ("boots", "it", "has")
        } else {
            ("boot", "they", "have")
        };
        let from = match self.leaves(boot) {
            Some(image) => format!(" from {image}"),
            None => String::new(),
        };
        format!("{who} {verb}{from} right now: what {they} {have} not fetched yet comes as changed")
    }

    /// The image that all of them leave with this change; none if any of them keeps its image.
    fn leaves(&self, among: &[&Arc<Node>]) -> Option<String> {
        let mut images: BTreeSet<&str> = BTreeSet::new();
        for node in among {
            let before = self.view.by_name(&node.name)?;
            let ran = self
                .fleet
                .boot(node.id)
                .and_then(|boot| boot.image.as_deref());
            let image = ran.or(before.image.as_deref())?;
            if before.image == node.image {
                return None;
            }
            images.insert(image);
        }
        match images.len() {
            0 => None,
            1 => images.first().map(|image| format!("image {image}")),
            _ => Some("the old image".into()),
        }
    }
}

/// So many of all of them, in words.
fn among(count: usize, all: usize) -> String {
    match count {
        1 if all == 1 => "it".into(),
        many if many == all => "all of them".into(),
        some => format!("{} of them", units::count(some)),
    }
}
