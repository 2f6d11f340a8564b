//! The registry: what is in force, and how new text becomes that.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::document::{self, Last, Table, Tables};
use super::entry::{Entries, Entry};
use super::findings::Findings;
use super::intern::Interner;
use super::layers::{Base, Merger, expand};
use super::settings::{self, Draft};
use super::{clash, given, typed};
use crate::kit::{natural, suggest};
use crate::model::{Fault, Given, Key, Level, Node, NodeId, Paths, Profile, Settings, Spot, View};

/// The most faults of one load that are kept.
const FAULTS: usize = 10_000;

/// The desired state, and the last good form of everything in it.
#[derive(Debug)]
pub struct Registry {
    paths: Paths,
    hostname: Arc<str>,
    conf_name: Arc<str>,
    nodes_name: Arc<str>,
    interner: Interner,
    ids: HashMap<Arc<str>, NodeId>,
    conf: Entry,
    nodes: Entries,
    profiles: Entries,
    /// Entries of the file that could not be taken and have no last good form.
    broken: BTreeSet<Arc<str>>,
    view: Option<Arc<View>>,
    revision: u64,
}

/// What a load came to.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The view that is in force now; its faults are those of this load.
    pub view: Arc<View>,
    /// Whether nodes, profiles or settings differ from before, and so the revision counted up.
    pub changed: bool,
    /// Of `muster.conf` and of `nodes.conf`: whether everything that is in force of it is in its text, so that this can take the
    /// place of what was good before.
    pub good: (bool, bool),
}

impl Registry {
    /// An empty registry. `paths` and `hostname` are what the settings hold of them.
    #[must_use]
    pub fn new(paths: Paths, hostname: &str) -> Self {
        let name = |file: &str| Arc::from(paths.conf.join(file).to_string_lossy().as_ref());
        Self {
            conf_name: name("muster.conf"),
            nodes_name: name("nodes.conf"),
            hostname: hostname.into(),
            interner: Interner::default(),
            ids: HashMap::new(),
            conf: Entry::default(),
            nodes: Entries::new(),
            profiles: Entries::new(),
            broken: BTreeSet::new(),
            view: None,
            revision: 0,
            paths,
        }
    }

    /// What is loaded next is `revision`, as an earlier run counted; 0 counts on.
    pub fn resume(&mut self, revision: u64) {
        self.revision = revision.checked_sub(1).unwrap_or(self.revision);
    }

    /// Takes the texts of `muster.conf` and `nodes.conf`; none for a file that is not there or cannot be read. Every fault of both
    /// is found at once. What is faulty keeps its last good form; so does everything when a file is gone, empty or no YAML.
    pub fn load(&mut self, conf: Option<&str>, nodes: Option<&str>) -> Loaded {
        let (mut faults, settings) = self.load_conf(conf);
        let conf_good = faults.iter().all(|fault| fault.level < Level::Error);
        let mut findings = Findings::default();
        let nodes_good = self.load_nodes(nodes, &mut findings);
        let nodes = self.resolve(&mut findings);
        faults.extend(findings.finish());
        faults.extend(clash::find(
            &nodes,
            |name| self.nodes.get(name),
            &self.nodes_name,
        ));
        let (view, changed) = self.freeze(settings, nodes, capped(faults));
        self.interner.sweep();
        Loaded {
            view,
            changed,
            good: (conf_good, nodes_good),
        }
    }

    /// The view in force; none before the first load.
    #[must_use]
    pub fn view(&self) -> Option<&Arc<View>> {
        self.view.as_ref()
    }

    /// A value of a node with its source and what that hides.
    #[must_use]
    pub fn given(&self, node: &str, key: &Key) -> Option<Given> {
        let resolved = self.view.as_ref()?.by_name(node)?;
        given::given(resolved, self.nodes.get(node)?, &self.profiles, key)
    }

    /// What a profile says together with those that it includes: what a node would get from it alone.
    #[must_use]
    pub fn effective(&self, profile: &str) -> Vec<(Key, Given)> {
        given::effective(profile, &self.profiles)
    }

    /// Names of all profiles that apply to a node, lowest first.
    #[must_use]
    pub fn profiles_of(&self, node: &str) -> Vec<Arc<str>> {
        let own = self.nodes.get(node).map(|entry| entry.list("profiles"));
        expand(own.unwrap_or_default(), &self.profiles).order
    }

    fn load_conf(&mut self, text: Option<&str>) -> (Vec<Fault>, Arc<Settings>) {
        let mut findings = Findings::default();
        match text {
            Some(text) => {
                let file = &self.conf_name;
                self.conf =
                    settings::read(text, file, &self.conf, &mut self.interner, &mut findings);
            }
            None if self.view.is_some() && !self.conf.values.is_empty() => {
                findings.faults.push(gone(&self.conf_name));
            }
            None => {}
        }
        let draft = Draft {
            entry: &self.conf,
            file: &self.conf_name,
            findings: &mut findings,
        };
        let settled = settings::settle(draft, &self.paths, &self.hostname);
        (findings.finish(), Arc::new(settled))
    }

    /// Whether nothing that was in force before is missed in the text.
    fn load_nodes(&mut self, text: Option<&str>, findings: &mut Findings) -> bool {
        let held = !self.nodes.is_empty() || !self.profiles.is_empty();
        let text = match text {
            None => {
                findings.faults.extend(held.then(|| gone(&self.nodes_name)));
                return false;
            }
            Some(text) if text.trim().is_empty() && held => {
                let fault = Fault::error("the file is empty; what was in force stays");
                let spot = Spot {
                    file: self.nodes_name.clone(),
                    line: 1,
                    column: 1,
                };
                let hint = "write `nodes: {}` to remove every node";
                findings.faults.push(fault.at(spot).hint(hint));
                return false;
            }
            Some(text) => text,
        };
        let last = Last {
            nodes: &self.nodes,
            profiles: &self.profiles,
        };
        let read = document::read(text, &self.nodes_name, last, &mut self.interner, findings);
        let Some(Tables {
            nodes, profiles, ..
        }) = read
        else {
            return false;
        };
        let named: Vec<Arc<str>> = profiles
            .entries
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        let good = whole(&nodes, &self.nodes) && whole(&profiles, &self.profiles);
        self.profiles = renew(profiles, &self.profiles);
        self.broken = named
            .into_iter()
            .filter(|name| !self.profiles.contains_key(name))
            .collect();
        self.nodes = renew(nodes, &self.nodes);
        good
    }

    /// Every node resolved, in order of cluster, then name. A node that is as before is the same in memory.
    fn resolve(&mut self, findings: &mut Findings) -> Vec<Arc<Node>> {
        let mut merger = Merger::default();
        let mut nodes: Vec<Arc<Node>> = Vec::with_capacity(self.nodes.len());
        let mut told = HashSet::new();
        let before = self.view.clone();
        for (name, entry) in &self.nodes {
            let base = merger.base(entry.list("profiles"), &self.profiles, &mut self.interner);
            if told.insert(base)
                && let Some(made) = merger.made(base)
            {
                let missing = made
                    .expansion
                    .missing
                    .iter()
                    .filter(|name| !self.broken.contains(*name));
                findings
                    .faults
                    .extend(missing.map(|m| dangling(m, entry, &self.profiles, &self.nodes_name)));
                let about = format!("node {name}");
                findings.faults.extend(
                    made.clashes
                        .iter()
                        .map(|what| Fault::error(what).about(&about)),
                );
            }
            let old = before.as_ref().and_then(|view| view.by_name(name));
            let merged = match unmet(merger.made(base), &self.broken) {
                Some(why) => Err(why),
                None => merger.merge(base, entry, &mut self.interner),
            };
            let (plan, values) = match merged {
                Ok(merged) => merged,
                Err(what) => {
                    let fault = Fault::error(what).about(format!("node {name}"));
                    findings
                        .faults
                        .push(fault.at(place(&self.nodes_name, entry, "profiles")));
                    nodes.extend(old.cloned());
                    continue;
                }
            };
            let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
            let id = *self.ids.entry(name.clone()).or_insert(NodeId(next));
            let node = typed::node(id, name.clone(), &plan, values, &mut self.interner);
            nodes.push(match old {
                Some(old) if **old == node => old.clone(),
                _ => Arc::new(node),
            });
        }
        cycles(&self.profiles, &self.nodes_name, findings);
        nodes.sort_by(|a, b| {
            a.cluster
                .cmp(&b.cluster)
                .then_with(|| natural::compare(&a.name, &b.name))
        });
        nodes
    }

    fn freeze(
        &mut self,
        settings: Arc<Settings>,
        nodes: Vec<Arc<Node>>,
        faults: Vec<Fault>,
    ) -> (Arc<View>, bool) {
        let profiles: BTreeMap<Arc<str>, Arc<Profile>> = self
            .profiles
            .iter()
            .map(|(name, entry)| (name.clone(), profile(entry)))
            .collect();
        let same_nodes = |view: &View| {
            view.nodes.len() == nodes.len()
                && view
                    .nodes
                    .iter()
                    .zip(&nodes)
                    .all(|(old, new)| Arc::ptr_eq(old, new))
        };
        let same = self.view.as_ref().is_some_and(|view| {
            same_nodes(view) && view.profiles == profiles && *view.settings == *settings
        });
        if !same {
            self.revision += 1;
        }
        let view = Arc::new(View::new(self.revision, settings, nodes, profiles, faults));
        self.view = Some(view.clone());
        (view, !same)
    }
}

/// Whether nothing of a table is left to its last good form.
fn whole(table: &Table, before: &Entries) -> bool {
    let held =
        |(name, entry): &(Arc<str>, Option<Entry>)| entry.is_none() && before.contains_key(name);
    !table.unsure && !table.entries.iter().any(held)
}

/// The new table, with the last good entry where the new one could not be taken.
fn renew(table: Table, before: &Entries) -> Entries {
    let mut entries = if table.unsure {
        before.clone()
    } else {
        Entries::new()
    };
    for (name, entry) in table.entries {
        match entry {
            Some(entry) => {
                entries.insert(name, Arc::new(entry));
            }
            None => {
                if let Some(last) = before.get(&name) {
                    entries.insert(name, last.clone());
                }
            }
        }
    }
    entries
}

fn profile(entry: &Arc<Entry>) -> Arc<Profile> {
    Arc::new(Profile {
        name: entry.name.clone(),
        profiles: entry.list("profiles").to_vec(),
        values: entry.values.clone(),
    })
}

/// Why a node cannot be resolved now: a profile of its own is faulty and was never good.
fn unmet(base: Option<&Base>, broken: &BTreeSet<Arc<str>>) -> Option<String> {
    let missing = base?
        .expansion
        .missing
        .iter()
        .find(|name| broken.contains(*name))?;
    Some(format!(
        "its profile `{missing}` has faults and was never good; the node is left as it was"
    ))
}

fn place(file: &Arc<str>, entry: &Entry, field: &'static str) -> Spot {
    let at = entry.mark(&Key::plain(field));
    Spot {
        file: file.clone(),
        line: at.line,
        column: at.column,
    }
}

fn gone(file: &Arc<str>) -> Fault {
    let spot = Spot {
        file: file.clone(),
        line: 1,
        column: 1,
    };
    Fault::error("the file is gone or cannot be read; what was in force stays").at(spot)
}

fn dangling(missing: &Arc<str>, entry: &Entry, profiles: &Entries, file: &Arc<str>) -> Fault {
    let fault = Fault::warning(format!("there is no profile `{missing}`; it is skipped"))
        .about(format!("node {}", entry.name))
        .at(place(file, entry, "profiles"));
    match suggest::hint(missing, profiles.keys().map(AsRef::as_ref)) {
        Some(hint) => fault.hint(hint),
        None => fault,
    }
}

/// Entries that include themselves by way of others: told at the one where the circle closes.
fn cycles(profiles: &Entries, file: &Arc<str>, findings: &mut Findings) {
    // Whether a profile is on the way from the root (true) or done (false).
    let mut seen: HashMap<&str, bool> = HashMap::new();
    for (root, entry) in profiles {
        if seen.insert(root, true).is_some() {
            continue;
        }
        let mut stack = vec![(entry, entry.list("profiles").iter())];
        while let Some((top, rest)) = stack.last_mut() {
            let Some(name) = rest.next() else {
                seen.insert(&top.name, false);
                stack.pop();
                continue;
            };
            match (profiles.get(name), seen.get(name.as_ref())) {
                (Some(below), None) => {
                    seen.insert(name, true);
                    stack.push((below, below.list("profiles").iter()));
                }
                (Some(below), Some(true)) => {
                    let fault = Fault::warning(
                        "includes itself by way of its profiles; each is taken once",
                    );
                    let fault = fault.about(format!("profile {name}"));
                    findings
                        .faults
                        .push(fault.at(place(file, below, "profiles")));
                }
                _ => {}
            }
        }
    }
}

fn capped(mut faults: Vec<Fault>) -> Vec<Fault> {
    let more = faults.len().saturating_sub(FAULTS);
    if more > 0 {
        faults.truncate(FAULTS);
        faults.push(Fault::warning(format!("{more} more faults are not listed")));
    }
    faults
}
