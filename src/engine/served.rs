//! What a change of the server's settings does, and to whom, in sentences.

use std::collections::BTreeSet;
use std::sync::Arc;

use ipnet::Ipv4Net;

use super::engine::Engine;
use super::impact::nodes;
use crate::boot::networks::misfits;
use crate::fleet::Stage;
use crate::kit::{Stamp, suggest, units};
use crate::model::field::{self, Effect};
use crate::model::{Access, Fault, Key, Network, Node, Settings, Table};
use crate::registry::Draft;

impl Engine {
    /// This machine's addresses: the boot networks are looked at anew.
    pub(super) fn addresses(&mut self, addresses: Vec<(String, Ipv4Net)>, now: Stamp) {
        self.addresses = Some(addresses);
        self.check_networks(now);
    }

    /// Whether the boot networks fit this machine.
    pub(super) fn check_networks(&mut self, now: Stamp) {
        if let Some(addresses) = &self.addresses {
            let faults = misfits(&self.view.settings, addresses);
            self.set_faults("networks", faults, now);
        }
    }

    /// What a draft of the settings does.
    pub(super) fn follows(&self, draft: &Draft) -> Vec<Arc<str>> {
        let (old, new) = (&*self.view.settings, &*draft.view.settings);
        let mut says: Vec<String> = Vec::new();
        says.extend(self.cut_off(old, new));
        says.extend(self.moved(old, new));
        says.extend(self.other_port(old, new));
        says.extend(opened(old, new));
        if old.dhcp.lease != new.dhcp.lease {
            says.push(format!(
                "addresses given from now on are lent for {}",
                units::age(new.dhcp.lease)
            ));
        }
        let keys = draft.differences.iter();
        let keys: BTreeSet<&str> = keys
            .filter(|one| one.table == Table::Settings)
            .map(|one| &*one.key)
            .collect();
        says.extend(when(&keys));
        says.into_iter().map(Arc::from).collect()
    }

    /// Nodes that nobody answers any more, and why.
    fn cut_off(&self, old: &Settings, new: &Settings) -> Vec<String> {
        let mut says = Vec::new();
        let all = self.view.nodes.len();
        let (counted, verb) = match all {
            0 => ("nobody".into(), "is"),
            1 => ("no node".into(), "is"),
            many => (format!("none of {}", nodes(many)), "is"),
        };
        if old.dhcp.enabled && !new.dhcp.enabled {
            says.push(format!(
                "{counted} {verb} answered by DHCP any more: without another server for it nothing boots"
            ));
        }
        if old.tftp.enabled && !new.tftp.enabled {
            says.push(
                "firmware that loads its boot file by TFTP, as PXE does, does not boot any more"
                    .into(),
            );
        }
        says
    }

    /// Nodes that come into networks, leave them, or stay in one that changes.
    fn moved(&self, old: &Settings, new: &Settings) -> Vec<String> {
        if old.networks == new.networks {
            return Vec::new();
        }
        let (mut out, mut came, mut other) = (0usize, 0usize, 0usize);
        let mut stay: Vec<(&Network, usize)> = Vec::new();
        for node in &self.view.nodes {
            let Some(ip) = node.ipaddr() else { continue };
            match (old.network_of(ip), new.network_of(ip)) {
                (Some(_), None) => out += 1,
                (None, Some(_)) => came += 1,
                (Some(was), Some(is)) if was.name != is.name => other += 1,
                (Some(was), Some(is)) if was != is => {
                    match stay.iter_mut().find(|(known, _)| known.name == is.name) {
                        Some((_, count)) => *count += 1,
                        None => stay.push((is, 1)),
                    }
                }
                _ => {}
            }
        }
        let verb = |count: usize, one: &'static str, many: &'static str| match count {
            1 => one,
            _ => many,
        };
        let mut says = Vec::new();
        if out > 0 {
            let verb = verb(out, "is", "are");
            says.push(format!(
                "{} {verb} in no boot network any more and will not boot",
                nodes(out)
            ));
        }
        if came > 0 {
            let verb = verb(came, "comes", "come");
            says.push(format!("{} {verb} into a boot network", nodes(came)));
        }
        if other > 0 {
            let verb = verb(other, "comes", "come");
            says.push(format!("{} {verb} into another network", nodes(other)));
        }
        for (network, count) in stay {
            let verb = verb(count, "is", "are");
            says.push(format!(
                "{} {verb} in network {}: what changes reaches them with their next DHCP answer",
                nodes(count),
                network.name
            ));
        }
        says
    }

    /// Nodes that know the HTTP server by its old port.
    fn other_port(&self, old: &Settings, new: &Settings) -> Vec<String> {
        let (was, is) = (old.server.port, new.server.port);
        if was == is {
            return Vec::new();
        }
        let stage = |node: &&Arc<Node>| self.fleet.status(node.id).stage;
        let up = self
            .view
            .nodes
            .iter()
            .filter(|node| stage(node) == Stage::Up);
        let boots = self.view.nodes.iter().filter(|node| {
            let flies = self.fleet.boot(node.id).is_some_and(|b| b.ended.is_none());
            flies && !matches!(stage(node), Stage::Off | Stage::Up)
        });
        let (up, boots) = (up.count(), boots.count());
        let mut says = vec![format!("nodes load by port {is} from their next boot on")];
        if up > 0 {
            let verb = if up == 1 { "asks" } else { "ask" };
            says.push(format!(
                "{} that are up {verb} in vain at port {was} for runtime overlays until then",
                nodes(up)
            ));
        }
        if boots > 0 {
            says.push(format!(
                "{} on the way that know port {was} already will fail",
                nodes(boots)
            ));
        }
        says
    }

    /// What is not as it should be with a draft of the settings and does not speak against it.
    pub(super) fn misfit(&self, draft: &Draft) -> Vec<Fault> {
        let (old, new) = (&*self.view.settings, &*draft.view.settings);
        let mut doubts = Vec::new();
        if let Some(addresses) = &self.addresses {
            let known = misfits(old, addresses);
            let fresh = misfits(new, addresses).into_iter();
            doubts.extend(fresh.filter(|fault| !known.contains(fault)));
        }
        let profiles = &draft.view.profiles;
        let missing = new.adopt_profiles.iter().filter(|name| {
            let named = name.strip_prefix('~').unwrap_or(name);
            !profiles.contains_key(named) && !old.adopt_profiles.contains(name)
        });
        for name in missing {
            let fault = Fault::warning(format!("`adopt.profiles`: there is no profile `{name}`"));
            let near = suggest::hint(name, profiles.keys().map(AsRef::as_ref));
            doubts.push(match near {
                Some(hint) => fault.hint(hint),
                None => fault.hint(format!("`muster profile add {name}` makes it")),
            });
        }
        doubts
    }
}

/// Who may have what from now on.
fn opened(old: &Settings, new: &Settings) -> Option<String> {
    if old.access == new.access {
        return None;
    }
    Some(match new.access {
        Access::Compatible => {
            "whoever names a node's MAC is served from now on: its overlays, and the secrets in them".into()
        }
        Access::Boot => {
            "only machines inside an open boot are served from now on; nodes that booted elsewhere get nothing until they boot here".into()
        }
    })
}

/// When what these keys say takes effect.
fn when(keys: &BTreeSet<&str>) -> Vec<String> {
    let with = |effect: Effect| -> Vec<String> {
        let mine = keys.iter().filter(|key| {
            let key = Key::parse_in(Table::Settings, key).ok();
            let field = key.and_then(|key| field::of_server(key.field));
            field.is_some_and(|field| field.acted_on && field.effect == effect)
        });
        mine.map(|key| format!("`{key}`")).collect()
    };
    let (live, reopen, restart) = (
        with(Effect::Live),
        with(Effect::Reopen),
        with(Effect::Restart),
    );
    let mut says = Vec::new();
    if !reopen.is_empty() {
        says.push(format!(
            "{} at once; a port that cannot be had stays the old one",
            listed(&reopen)
        ));
    }
    if !restart.is_empty() {
        says.push(format!("{} when muster is restarted", listed(&restart)));
    }
    if says.is_empty() && !live.is_empty() {
        says.push("at once".into());
    }
    says
}

fn listed(keys: &[String]) -> String {
    const NAMED: usize = 3;
    match keys.len() {
        0..=NAMED => keys.join(", "),
        many => format!("{} settings", units::count(many)),
    }
}
