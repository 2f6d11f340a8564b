//! The engine itself: its state, and what each input does to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::adopt::{Edit, Saving};
use super::boots::Boots;
use super::input::{ClientId, Input, Output, Text, Ticket};
use super::publish::Untold;
use super::timeline::Timeline;
use crate::api::{EventRow, ServiceRow, Snapshot};
use crate::fleet::{Event, Fleet, What, Who};
use crate::image::Catalog;
use crate::kit::Stamp;
use crate::model::{Fault, View};
use crate::registry::Registry;

/// How many events a snapshot carries.
const SNAPSHOT_EVENTS: usize = 500;

/// The single owner of what is desired and what is happening.
#[derive(Debug)]
pub struct Engine {
    pub(super) registry: Registry,
    pub(super) view: Arc<View>,
    pub(super) conf: Text,
    pub(super) nodes: Text,
    pub(super) fleet: Fleet,
    pub(super) timeline: Timeline,
    pub(super) boots: Boots,
    pub(super) images: Arc<Catalog>,
    pub(super) services: BTreeMap<Arc<str>, ServiceRow>,
    pub(super) faults: BTreeMap<&'static str, Vec<Fault>>,
    pub(super) known_faults: BTreeSet<Fault>,
    pub(super) clients: BTreeSet<ClientId>,
    pub(super) untold: Untold,
    pub(super) edits: VecDeque<Edit>,
    pub(super) saving: Option<Saving>,
    pub(super) next_save: u64,
    pub(super) records: Vec<EventRow>,
    pub(super) version: Arc<str>,
    /// Whether the history was taken in: what is read before that is the state of the start, not a change.
    pub(super) started: bool,
}

impl Engine {
    /// An engine over an empty registry. `version` is that of the program, for clients.
    #[must_use]
    pub fn new(mut registry: Registry, version: &str) -> Self {
        let loaded = registry.load(None, None);
        Self {
            view: loaded.view,
            started: false,
            registry,
            conf: Text::Absent,
            nodes: Text::Absent,
            fleet: Fleet::new(),
            timeline: Timeline::new(),
            boots: Boots::default(),
            images: Arc::default(),
            services: BTreeMap::new(),
            faults: BTreeMap::new(),
            known_faults: BTreeSet::new(),
            clients: BTreeSet::new(),
            untold: Untold::default(),
            edits: VecDeque::new(),
            saving: None,
            next_save: 1,
            records: Vec::new(),
            version: version.into(),
        }
    }

    /// The view in force.
    #[must_use]
    pub fn view(&self) -> &Arc<View> {
        &self.view
    }

    /// Whether a boot is in flight, and how many clients are attached: what a server that a console started asks before it
    /// ends by itself.
    #[must_use]
    pub fn busy(&self) -> (bool, usize) {
        (self.fleet.booting(), self.clients.len())
    }

    /// Takes one input in. The outputs are to be carried out in their order.
    pub fn handle(&mut self, input: Input, now: Stamp) -> Vec<Output> {
        let mut out = Vec::new();
        match input {
            Input::Event(event) => self.happened(&event, &mut out, now),
            Input::Progress { samples, totals } => self.fleet.progress(&samples, totals, now),
            Input::Files { conf, nodes } => self.files(conf, nodes, "disk", now, &mut out),
            Input::Images(catalog) => self.catalog(catalog, now),
            Input::Faults { origin, faults } => self.set_faults(origin, faults, now),
            Input::Service(row) => self.service(row),
            Input::Command { ticket, command } => self.command(ticket, command, now, &mut out),
            Input::Attach(client) => self.attach(client, now, &mut out),
            Input::Detach(client) => {
                self.clients.remove(&client);
                self.untold.clients = true;
            }
            Input::Saved { ticket, result } => self.saved(ticket, result, now, &mut out),
            Input::History { boots, events } => {
                self.started = true;
                self.timeline.restore(events, &self.view);
                // Newest first as they come; the fleet learns in the order in which they happened.
                for boot in boots.into_iter().rev() {
                    self.fleet.seed(&boot, &self.view, now);
                    self.boots.keep(boot);
                }
            }
            Input::Tick => self.fleet.tick(now),
        }
        self.settle(now, &mut out);
        out
    }

    /// An event from the wire, or one of our own making.
    pub(super) fn happened(&mut self, event: &Event, out: &mut Vec<Output>, now: Stamp) {
        self.fleet.absorb(event, &self.view);
        let row = self.timeline.add(event, self.fleet.line(event), &self.view);
        self.records.push(row.clone());
        self.untold.event(row);
        if let (Who::Stranger(mac), What::Transfer(_)) = (&event.who, &event.what) {
            self.discovered(*mac, now, out);
        }
    }

    /// An event of the server itself.
    pub(super) fn note(&mut self, what: What, now: Stamp) {
        let event = Event {
            at: now,
            who: Who::Server,
            boot: None,
            what,
        };
        let row = self.timeline.add(&event, event.text(), &self.view);
        self.records.push(row.clone());
        self.untold.event(row);
    }

    /// Both files as they are now. What is wrong in them stays out; everything else is in force at once.
    pub(super) fn files(
        &mut self,
        conf: Text,
        nodes: Text,
        by: &str,
        now: Stamp,
        out: &mut Vec<Output>,
    ) {
        let before = self.view.clone();
        let mut unreadable = Vec::new();
        for (name, text, kept) in [
            ("muster.conf", conf, &mut self.conf),
            ("nodes.conf", nodes, &mut self.nodes),
        ] {
            if let Text::Unreadable(why) = &text {
                let hint = "what was last read of it stays in force";
                unreadable.push(Fault::error(format!("{name} cannot be read: {why}")).hint(hint));
            } else {
                *kept = text;
            }
        }
        let loaded = self
            .registry
            .load(self.conf.content(), self.nodes.content());
        self.view = loaded.view;
        if loaded.changed {
            self.keep_texts(out);
        }
        self.set_faults("files", unreadable, now);
        self.refresh_faults(now);
        if self.view.revision != before.revision {
            self.fleet.registry(&self.view);
            self.untold.registry = true;
            if self.started {
                let text = format!(
                    "{} nodes, {} profiles",
                    self.view.nodes.len(),
                    self.view.profiles.len()
                );
                self.note(
                    What::Change {
                        revision: self.view.revision,
                        by: by.into(),
                        text: text.into(),
                    },
                    now,
                );
            }
        }
        if !Arc::ptr_eq(&self.view, &before) {
            out.push(Output::Swap(self.view.clone()));
        }
    }

    /// What is in force now is the last good state of the files, for the next start.
    pub(super) fn keep_texts(&self, out: &mut Vec<Output>) {
        for (name, text) in [("muster.conf", &self.conf), ("nodes.conf", &self.nodes)] {
            if let Text::Content(text) = text {
                out.push(Output::Keep {
                    name,
                    text: text.clone(),
                });
            }
        }
    }

    fn catalog(&mut self, catalog: Arc<Catalog>, now: Stamp) {
        let faults = catalog
            .images
            .values()
            .flat_map(|image| image.faults.iter().cloned())
            .collect();
        self.images = catalog;
        self.set_faults("images", faults, now);
    }

    pub(super) fn set_faults(&mut self, origin: &'static str, faults: Vec<Fault>, now: Stamp) {
        let old = self.faults.insert(origin, faults);
        if old.as_ref() != self.faults.get(origin) {
            self.refresh_faults(now);
        }
    }

    /// All faults in force, worst first.
    pub(super) fn all_faults(&self) -> Vec<Fault> {
        let mut all: Vec<Fault> = self
            .view
            .faults
            .iter()
            .chain(self.faults.values().flatten())
            .cloned()
            .collect();
        all.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.cmp(b)));
        all.dedup();
        all
    }

    /// Tells the timeline of faults that are new.
    fn refresh_faults(&mut self, now: Stamp) {
        let all: BTreeSet<Fault> = self.all_faults().into_iter().collect();
        if all == self.known_faults {
            return;
        }
        let new: Vec<Fault> = all.difference(&self.known_faults).cloned().collect();
        self.known_faults = all;
        self.untold.faults = true;
        for fault in new {
            self.note(What::Fault(fault), now);
        }
    }

    fn service(&mut self, row: ServiceRow) {
        if self.services.get(&row.name) != Some(&row) {
            self.services.insert(row.name.clone(), row);
            self.untold.services = true;
        }
    }

    fn attach(&mut self, client: ClientId, now: Stamp, out: &mut Vec<Output>) {
        // Deltas speak to everybody: what is untold goes to those who are here already, before the newcomer's snapshot.
        self.publish(now, out);
        self.clients.insert(client);
        self.untold.clients = true;
        out.push(Output::Snapshot(client, Box::new(self.snapshot(now))));
    }

    /// The state of everything.
    pub(super) fn snapshot(&self, now: Stamp) -> Snapshot {
        Snapshot {
            now,
            revision: self.view.revision,
            cluster: self.view.settings.cluster.clone(),
            version: self.version.clone(),
            nodes: self.rows(),
            status: self
                .view
                .nodes
                .iter()
                .map(|node| (node.id, self.fleet.status(node.id).clone()))
                .collect(),
            strangers: self.strangers(),
            events: self.timeline.tail(SNAPSHOT_EVENTS),
            services: self.services.values().cloned().collect(),
            faults: self.all_faults(),
            traffic: self.fleet.traffic(),
            clients: u32::try_from(self.clients.len()).unwrap_or(u32::MAX),
        }
    }

    /// After every input: collect what the fleet touched, publish if it is time, keep what is to be kept, say when to wake.
    fn settle(&mut self, now: Stamp, out: &mut Vec<Output>) {
        let touched = self.fleet.take_touched();
        self.untold.nodes.extend(touched.nodes);
        self.untold.strangers |= touched.strangers;
        let boots: Vec<_> = touched
            .boots_began
            .into_iter()
            .chain(touched.boots_ended)
            .collect();
        for boot in &boots {
            self.boots.keep(boot.clone());
        }
        let events = std::mem::take(&mut self.records);
        if !boots.is_empty() || !events.is_empty() {
            out.push(Output::Record { boots, events });
        }
        if self.clients.is_empty() {
            self.untold.clear();
        } else if self.untold.due() <= now {
            self.publish(now, out);
        }
        let untold = !self.clients.is_empty() && self.untold.any(self.fleet.traffic());
        let publish = untold.then(|| self.untold.due());
        if let Some(wake) = [publish, self.fleet.next_deadline()]
            .into_iter()
            .flatten()
            .min()
        {
            out.push(Output::WakeAt(wake));
        }
    }

    fn publish(&mut self, now: Stamp, out: &mut Vec<Output>) {
        let traffic = self.fleet.traffic();
        if self.clients.is_empty() || !self.untold.any(traffic) {
            return;
        }
        let (untold, mut delta) = self.untold.take(now, traffic);
        delta.registry = untold.registry.then(|| (self.view.revision, self.rows()));
        delta.status = untold
            .nodes
            .iter()
            .map(|id| (*id, self.fleet.status(*id).clone()))
            .collect();
        delta.strangers = untold.strangers.then(|| self.strangers());
        delta.services = untold
            .services
            .then(|| self.services.values().cloned().collect());
        delta.faults = untold.faults.then(|| self.all_faults());
        delta.clients = untold
            .clients
            .then(|| u32::try_from(self.clients.len()).unwrap_or(u32::MAX));
        out.push(Output::Publish(Arc::new(delta)));
    }

    /// A ticket for the next save.
    pub(super) fn save_ticket(&mut self) -> Ticket {
        self.next_save += 1;
        Ticket(self.next_save)
    }
}
