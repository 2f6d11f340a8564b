//! What becomes of each overlay: copied, or muster's own in its place, or left out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::found::Tree;
use super::stock;
use crate::api::OverlayRow;
use crate::kit::hostlist;
use crate::model::{Fault, Level, View};

/// How many names a sentence holds.
const NAMES: usize = 4;

/// What was decided.
#[derive(Debug, Default)]
pub struct Decided<'t> {
    /// A row for each overlay that is there.
    pub rows: Vec<OverlayRow>,
    /// Those that are copied.
    pub copied: Vec<&'t Tree>,
    /// What is to be known.
    pub findings: Vec<Fault>,
}

/// The same, while it is being decided.
struct Desk<'a, 't> {
    taken: &'a BTreeSet<Arc<str>>,
    users: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    known: BTreeSet<String>,
    done: Decided<'t>,
    /// Warewulf's own overlays that nodes list and boot without.
    missed: Vec<Arc<str>>,
    /// Those of which nobody can tell whether the site changed them.
    unsure: Vec<String>,
}

/// Decides about the overlays of a site, and about those of Warewulf's that its nodes list. `view` is the registry afterwards; `taken`
/// are copied whatever they are.
pub fn decide<'t>(
    (site, own): (&'t [Tree], &'t [Tree]),
    view: &View,
    taken: &BTreeSet<Arc<str>>,
) -> Decided<'t> {
    let mut desk = Desk {
        taken,
        users: users(view),
        known: BTreeSet::new(),
        done: Decided::default(),
        missed: Vec::new(),
        unsure: Vec::new(),
    };
    for tree in site {
        desk.known.insert(tree.name.clone());
        let theirs = own.iter().find(|other| other.name == tree.name);
        desk.site(tree, theirs, !own.is_empty());
    }
    for tree in own
        .iter()
        .filter(|tree| !site.iter().any(|known| known.name == tree.name))
    {
        desk.known.insert(tree.name.clone());
        desk.stock(tree);
    }
    desk.rest();
    desk.done.rows.sort_by(|a, b| a.name.cmp(&b.name));
    desk.done
}

/// The nodes that list each overlay.
fn users(view: &View) -> BTreeMap<Arc<str>, Vec<Arc<str>>> {
    let mut users: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    for node in &view.nodes {
        let lists = node.system_overlay.iter().chain(&node.runtime_overlay);
        for name in lists.collect::<BTreeSet<_>>() {
            users
                .entry(name.clone())
                .or_default()
                .push(node.name.clone());
        }
    }
    users
}

impl<'t> Desk<'_, 't> {
    fn used(&self, name: &str) -> usize {
        self.users.get(name).map_or(0, Vec::len)
    }

    fn find(&mut self, level: Level, what: String, hint: impl Into<String>) {
        let fault = Fault::error(what).hint(hint);
        self.done.findings.push(Fault { level, ..fault });
    }

    fn row(&mut self, tree: &'t Tree, copied: bool, fate: impl Into<String>) {
        let (templates, unready) = tree.templates();
        if copied {
            self.done.copied.push(tree);
        }
        self.done.rows.push(OverlayRow {
            name: tree.name.as_str().into(),
            place: tree.root.display().to_string(),
            files: tree.files(),
            templates,
            unready,
            nodes: self.used(&tree.name),
            copied,
            fate: fate.into(),
        });
    }

    /// An overlay in the site's folder. Up to 4.5 Warewulf's own were there too.
    fn site(&mut self, tree: &'t Tree, theirs: Option<&Tree>, compared: bool) {
        let name = tree.name.as_str();
        if let Some(why) = &tree.trouble {
            self.find(
                Level::Error,
                format!("overlay {name} {why}"),
                "it is not copied",
            );
            return self.row(tree, false, "cannot be copied");
        }
        if self.taken.contains(name) {
            self.row(tree, true, "copied, as asked");
            return self.unready(tree);
        }
        let changed = theirs.map(|theirs| tree.differing(theirs));
        let same = changed.as_ref().is_some_and(Vec::is_empty);
        let ready = tree.templates().1 == 0;
        if same && (stock::is_musters(name) || stock::machinery(name).is_some()) {
            return self.row(tree, false, "as Warewulf ships it; not needed");
        }
        if same && self.used(name) == 0 {
            return self.row(tree, false, "as Warewulf ships it; no node lists it");
        }
        if stock::machinery(name).is_some() || stock::parts(name).is_some() {
            return self.machinery(tree, changed.as_deref());
        }
        if !stock::is_warewulfs(name) || (ready && (compared || !stock::is_musters(name))) {
            let fate = if stock::is_musters(name) {
                "copied; hides muster's own"
            } else {
                "copied"
            };
            self.row(tree, true, fate);
            return self.unready(tree);
        }
        if !stock::is_musters(name) {
            self.missed.push(name.into());
            return self.row(tree, false, "left out: templates fail");
        }
        self.row(tree, false, "muster's own is used");
        self.shadowed(tree, changed.as_deref());
    }

    /// What Warewulf works with, or what muster has in another cut.
    fn machinery(&mut self, tree: &'t Tree, changed: Option<&[&str]>) {
        let parts = stock::parts(&tree.name).unwrap_or_default();
        let fate = match stock::machinery(&tree.name) {
            Some(why) => why.to_owned(),
            None => format!(
                "{} and others do that",
                parts.first().map_or("hosts", AsRef::as_ref)
            ),
        };
        self.row(tree, false, fate);
        if tree.name != "host" {
            self.shadowed(tree, changed);
        }
    }

    /// Says what of a site's changes is not taken over.
    fn shadowed(&mut self, tree: &Tree, changed: Option<&[&str]>) {
        let name = &tree.name;
        let take = format!(
            "put what is yours into an overlay of its own, or take all of it with --take {name}"
        );
        match changed {
            Some([]) => {}
            Some(paths) => {
                let what = format!(
                    "overlay {name} differs from what Warewulf ships in {}; that is not taken over",
                    some(paths)
                );
                self.find(Level::Warning, what, take);
            }
            // What was divided is on no list any more.
            None if self.used(name) > 0 || stock::parts(name).is_some() => {
                self.unsure.push(name.clone());
            }
            None => {}
        }
    }

    /// Says which templates of a copied overlay stop nodes.
    fn unready(&mut self, tree: &Tree) {
        let bad: Vec<(&String, &Fault)> = tree
            .leaves
            .iter()
            .filter_map(|(path, leaf)| Some((path, leaf.faults.first()?)))
            .collect();
        let Some((_, first)) = bad.first().copied() else {
            return;
        };
        let paths: Vec<&str> = bad.iter().map(|(path, _)| path.as_str()).collect();
        let used = self.used(&tree.name);
        let level = if used > 0 {
            Level::Error
        } else {
            Level::Warning
        };
        let what = format!(
            "overlay {}: {} cannot be used: {}",
            tree.name,
            some(&paths),
            first.what
        );
        let users = match used {
            0 => "no node lists it".to_owned(),
            _ => self.they(
                &tree.name,
                "cannot be served until then",
                "cannot be served until then",
            ),
        };
        let hint = first
            .hint
            .as_deref()
            .map_or(users.clone(), |hint| format!("{hint}; {users}"));
        self.find(level, what, hint);
    }

    /// One of Warewulf's own that the site did not touch: wanted only where muster has none.
    fn stock(&mut self, tree: &'t Tree) {
        let name = tree.name.as_str();
        let wanted = self.used(name) > 0 || self.taken.contains(name);
        if !wanted
            || stock::is_musters(name)
            || stock::machinery(name).is_some() && !self.taken.contains(name)
        {
            return;
        }
        let ready = tree.trouble.is_none() && tree.templates().1 == 0;
        if ready || self.taken.contains(name) {
            return self.row(tree, true, "copied: Warewulf's own, muster has none");
        }
        self.missed.push(name.into());
        self.row(tree, false, "left out: templates fail");
    }

    /// What is listed and was found nowhere, and what nodes boot without.
    fn rest(&mut self) {
        let listed: Vec<Arc<str>> = self.users.keys().cloned().collect();
        for name in listed {
            if self.known.contains(&*name) || stock::is_musters(&name) {
                continue;
            }
            if stock::machinery(&name).is_some() || crate::overlay::FOREIGN.contains(&&*name) {
                self.missed.push(name);
                continue;
            }
            let what = format!(
                "overlay {name} was not found; {}",
                self.they(&name, "lists it", "list it")
            );
            self.find(
                Level::Error,
                what,
                "give its folder with --overlays, or take it off the lists",
            );
        }
        if !self.unsure.is_empty() {
            let (one, them) = match self.unsure.len() {
                1 => (
                    "overlay",
                    "is Warewulf's own; whether you changed it cannot be told, so it is",
                ),
                _ => (
                    "overlays",
                    "are Warewulf's own; whether you changed them cannot be told, so they are",
                ),
            };
            let what = format!("{one} {} {them} not taken over", self.unsure.join(", "));
            let hint = "if you did, put what is yours into an overlay of its own, or take all of one with --take NAME";
            self.find(Level::Warning, what, hint);
        }
        let missed: Vec<Arc<str>> = std::mem::take(&mut self.missed);
        let missed: Vec<&str> = missed
            .iter()
            .map(AsRef::as_ref)
            .filter(|name| self.used(name) > 0)
            .collect();
        let (idle, missed): (Vec<&str>, Vec<&str>) = missed
            .into_iter()
            .partition(|name| stock::machinery(name).is_some());
        if !missed.is_empty() {
            let what = format!(
                "nodes list overlays of Warewulf's that muster has none of, and boot without them: {}",
                missed.join(", ")
            );
            self.find(
                Level::Warning,
                what,
                "write what you need of them as overlays of your own",
            );
        }
        if !idle.is_empty() {
            let what = format!("nodes list {}, which muster does without", idle.join(", "));
            self.find(Level::Info, what, "take them off the lists when you like");
        }
    }

    /// The nodes that list an overlay, and what they do.
    fn they(&self, name: &str, one: &str, many: &str) -> String {
        let nodes = self.users.get(name).map(Vec::as_slice);
        they(nodes.unwrap_or_default(), one, many)
    }
}

/// Nodes in a sentence: `node n1`, `nodes n[1-12]`, `212 nodes`.
fn whom(nodes: &[Arc<str>]) -> String {
    let list = hostlist::compress(nodes);
    match nodes {
        [one] => format!("node {one}"),
        _ if list.len() <= 40 => format!("nodes {list}"),
        _ => format!("{} nodes", nodes.len()),
    }
}

/// The same with what they do, in both numbers.
pub fn they(nodes: &[Arc<str>], one: &str, many: &str) -> String {
    let does = if nodes.len() == 1 { one } else { many };
    format!("{} {does}", whom(nodes))
}

/// Some paths of many.
fn some(paths: &[&str]) -> String {
    let shown = paths
        .iter()
        .take(NAMES)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match paths.len().saturating_sub(NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
