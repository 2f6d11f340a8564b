//! The registry: what is in force, and how new text becomes that.

use std::collections::HashMap;
use std::sync::Arc;

use super::difference::{self, Difference};
use super::entry::Entry;
use super::findings::Findings;
use super::given;
use super::held::{self, Held};
use super::intern::Interner;
use super::layers::expand;
use super::settings::{self, Draft};
use crate::model::{Fault, Given, Key, Level, NodeId, Paths, Settings, Spot, Table, View};

/// Settings, and what is wrong with them.
pub(super) type Settled = (Arc<Settings>, Vec<Fault>);

/// The desired state, and the last good form of everything in it.
#[derive(Debug)]
pub struct Registry {
    paths: Paths,
    hostname: Arc<str>,
    pub(super) conf_name: Arc<str>,
    pub(super) nodes_name: Arc<str>,
    pub(super) interner: Interner,
    pub(super) ids: HashMap<Arc<str>, NodeId>,
    /// Whether there ever was a text of `muster.conf`.
    conf_read: bool,
    /// The settings in force, and what is wrong with them; none before the first load.
    pub(super) settled: Option<Settled>,
    pub(super) held: Held,
    pub(super) view: Option<Arc<View>>,
    pub(super) revision: u64,
    /// Counts what was put into force, so that a draft knows whether it is still of what is.
    pub(super) turns: u64,
}

/// What a load came to.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What nodes, profiles and settings say that they did not say before, and the other way round.
    pub differences: Vec<Difference>,
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
            conf_read: false,
            settled: None,
            held: Held::default(),
            view: None,
            revision: 0,
            turns: 0,
            paths,
        }
    }

    /// What is loaded next is `revision`, as an earlier run counted; 0 counts on.
    pub fn resume(&mut self, revision: u64) {
        self.revision = revision.checked_sub(1).unwrap_or(self.revision);
    }

    /// What is in force is `revision`, as an earlier run counted; gives the view of that number.
    pub fn number(&mut self, revision: u64) -> Option<Arc<View>> {
        self.revision = revision;
        let view = self.view.as_mut()?;
        if view.revision != revision {
            Arc::make_mut(view).revision = revision;
        }
        Some(view.clone())
    }

    /// Takes the texts of `muster.conf` and `nodes.conf`; none for a file that is not there or cannot be read. Every fault of both
    /// is found at once. What is faulty keeps its last good form; so does everything when a file is gone, empty or no YAML.
    pub fn load(&mut self, conf: Option<&str>, nodes: Option<&str>) -> Loaded {
        let first = self.held.is_new() && !self.conf_read;
        let (conf, settled) = self.load_conf(conf);
        let held = self
            .held
            .reading(nodes, &self.nodes_name, &mut self.interner)
            .with_conf(conf);
        // The first text is no change of anything; told as one, ten thousand nodes would be a hundred thousand differences.
        let mut differences = match first {
            true => Vec::new(),
            false => difference::between(&self.held, &held, &HashMap::new()),
        };
        if self.held.is_new() {
            differences.retain(|one| one.table == Table::Settings);
        }
        let (view, changed) = self.view_of(&held, settled.clone(), false);
        self.enforce((held, settled), view, (changed, differences))
    }

    /// Puts what was read or drafted into force.
    pub(super) fn enforce(
        &mut self,
        (held, settled): (Held, Settled),
        view: Arc<View>,
        (changed, differences): (bool, Vec<Difference>),
    ) -> Loaded {
        let good = (sound(&settled), held.good);
        self.held = held;
        self.settled = Some(settled);
        self.revision = view.revision;
        self.view = Some(view.clone());
        self.turns += 1;
        self.interner.sweep();
        Loaded {
            differences,
            view,
            changed,
            good,
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
        let entry = self.held.nodes.get(node)?;
        given::given(resolved, entry, &self.held.profiles, key)
    }

    /// What a profile says together with those that it includes: what a node would get from it alone.
    #[must_use]
    pub fn effective(&self, profile: &str) -> Vec<(Key, Given)> {
        given::effective(profile, &self.held.profiles)
    }

    /// Where a value of a node is written in `nodes.conf`; of a list, where that part of it begins which holds `item`.
    #[must_use]
    pub fn place(&self, node: &str, key: &Key, item: Option<&str>) -> Option<Spot> {
        let entry = self.held.nodes.get(node)?;
        let at = given::holder(entry, &self.held.profiles, key, item)?.mark(key);
        Some(Spot {
            file: self.nodes_name.clone(),
            line: at.line,
            column: at.column,
        })
    }

    /// Names of all profiles that apply to a node, lowest first.
    #[must_use]
    pub fn profiles_of(&self, node: &str) -> Vec<Arc<str>> {
        let own = self
            .held
            .nodes
            .get(node)
            .map(|entry| entry.list("profiles"));
        expand(own.unwrap_or_default(), &self.held.profiles).order
    }

    fn load_conf(&mut self, text: Option<&str>) -> (Entry, Settled) {
        let mut findings = Findings::default();
        let last = self.held.conf();
        let conf = match text {
            Some(text) => {
                self.conf_read = true;
                let file = &self.conf_name;
                settings::read(text, file, &last, &mut self.interner, &mut findings)
            }
            None => {
                if self.view.is_some() && !last.values.is_empty() {
                    findings.faults.push(held::gone(&self.conf_name));
                }
                last.as_ref().clone()
            }
        };
        let settled = self.settle(&conf, findings);
        (conf, settled)
    }

    /// The settings that such an entry gives.
    pub(super) fn settle(&self, conf: &Entry, mut findings: Findings) -> Settled {
        let draft = Draft {
            entry: conf,
            file: &self.conf_name,
            findings: &mut findings,
        };
        let settings = settings::settle(draft, &self.paths, &self.hostname);
        (Arc::new(settings), findings.finish())
    }
}

/// Whether every setting that is in force is in the text of its file.
pub(super) fn sound(settled: &Settled) -> bool {
    settled.1.iter().map(|fault| fault.level).max() < Some(Level::Error)
}
