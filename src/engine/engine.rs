//! The engine itself: its state, and what each input does to it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use ipnet::Ipv4Net;

use super::boots::Boots;
use super::change::Change;
use super::drift::Drifts;
use super::files::{BY_HAND, Kept};
use super::input::{ClientId, Input, Output, Text, Ticket};
use super::journal::Journal;
use super::publish::Untold;
use super::ran::Ran;
use super::saving::Saving;
use super::strangers::Proposals;
use super::timeline::Timeline;
use crate::api::{BootRow, EventRow, ServiceRow, Snapshot};
use crate::boot::ipxe::site::Known;
use crate::fleet::{Ended, Event, Fleet, Part, Step, What, Who};
use crate::image::Catalog;
use crate::kit::Stamp;
use crate::model::{Fault, File, Settings, View};
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
    pub(super) kept: Kept,
    /// Who owns the files, where that says something.
    pub(super) owners: BTreeMap<File, Arc<str>>,
    pub(super) fleet: Fleet,
    pub(super) ran: Ran,
    pub(super) drifts: Drifts,
    pub(super) timeline: Timeline,
    pub(super) boots: Boots,
    pub(super) images: Arc<Catalog>,
    /// Names of the overlays; none as long as nobody has told.
    pub(super) overlays: Option<Vec<Arc<str>>>,
    /// How often files of overlays were seen to change.
    pub(super) overlay_changes: u64,
    pub(super) scripts: Vec<Known>,
    pub(super) services: BTreeMap<Arc<str>, ServiceRow>,
    pub(super) faults: BTreeMap<&'static str, Vec<Fault>>,
    pub(super) known_faults: Vec<Fault>,
    pub(super) clients: BTreeSet<ClientId>,
    pub(super) untold: Untold,
    /// What clients were told of the registry; none when nobody is attached.
    pub(super) told: Option<Arc<View>>,
    pub(super) proposals: Proposals,
    pub(super) changes: VecDeque<Change>,
    /// Every revision, and of each file the text that the last one led to; none before anything was read.
    pub(super) journal: Journal,
    pub(super) heads: BTreeMap<File, Arc<str>>,
    pub(super) saving: Option<Saving>,
    /// What the change that was just saved is, in words.
    pub(super) saving_summary: Option<Arc<str>>,
    /// No machine discovers itself before this: the last one could not be saved.
    pub(super) discover_after: Stamp,
    pub(super) next_save: u64,
    pub(super) records: Vec<EventRow>,
    pub(super) version: Arc<str>,
    /// Whether the history was taken in: what is read before that is the state of the start, not a change.
    pub(super) started: bool,
    /// This machine's addresses by the names of its interfaces; none when nobody told.
    pub(super) addresses: Option<Vec<(String, Ipv4Net)>>,
    /// The settings that the servers run with; none when there are none.
    pub(super) running: Option<Arc<Settings>>,
    /// The revision that the last run ended with.
    pub(super) resumed: Option<u64>,
}

impl Engine {
    /// An engine over an empty registry. `version` is that of the program, for clients.
    #[must_use]
    pub fn new(mut registry: Registry, version: &str) -> Self {
        let loaded = registry.load(None, None);
        Self {
            view: loaded.view,
            started: false,
            addresses: None,
            running: None,
            resumed: None,
            registry,
            conf: Text::Absent,
            nodes: Text::Absent,
            kept: Kept::default(),
            owners: BTreeMap::new(),
            fleet: Fleet::new(),
            ran: Ran::default(),
            drifts: Drifts::default(),
            timeline: Timeline::new(),
            boots: Boots::default(),
            images: Arc::default(),
            overlays: None,
            overlay_changes: 0,
            scripts: Vec::new(),
            services: BTreeMap::new(),
            faults: BTreeMap::new(),
            known_faults: Vec::new(),
            clients: BTreeSet::new(),
            untold: Untold::default(),
            told: None,
            proposals: Proposals::default(),
            changes: VecDeque::new(),
            journal: Journal::default(),
            heads: BTreeMap::new(),
            saving: None,
            saving_summary: None,
            discover_after: Stamp(0),
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
            Input::LastGood {
                conf,
                nodes,
                revision,
            } => self.last_good((conf, nodes), revision, now, &mut out),
            Input::Journal(steps) => self.recalled(steps, now, &mut out),
            Input::Owner { file, name } => self.owner(file, name),
            Input::Files { conf, nodes } => self.files(conf, nodes, now, &mut out),
            Input::Images(catalog) => self.catalog(catalog, now),
            Input::Overlays(names) => self.overlays = Some(names),
            Input::OverlayFiles => {
                self.overlay_changes += 1;
                self.untold.overlays = true;
            }
            Input::Scripts(known) => self.site_scripts(known, now),
            Input::Faults { origin, faults } => self.set_faults(origin, faults, now),
            Input::Service(row) => self.service(row),
            Input::Addresses(addresses) => self.addresses(addresses, now),
            Input::Running(settings) => self.running = Some(settings),
            Input::Command { ticket, command } => self.command(ticket, command, now, &mut out),
            Input::Attach(client) => self.attach(client, now, &mut out),
            Input::Detach(client) => {
                self.clients.remove(&client);
                self.untold.clients = true;
            }
            Input::Saved { ticket, result } => self.saved(ticket, result, now, &mut out),
            Input::History { boots, events } => self.history(boots, events, now, &mut out),
            Input::Drift(seen) => self.seen(seen, now, &mut out),
            Input::Tick => {
                self.fleet.tick(now);
                self.hurry_drifts(now, &mut out);
            }
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
        if let (Who::Stranger(mac), What::Transfer(transfer)) = (&event.who, &event.what)
            && transfer.part == Part::Script
            && matches!(transfer.step, Step::Started { .. })
        {
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

    fn catalog(&mut self, catalog: Arc<Catalog>, now: Stamp) {
        let faults = catalog
            .images
            .values()
            .flat_map(|image| image.faults.iter().cloned())
            .collect();
        self.images = catalog;
        self.set_faults("images", faults, now);
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
        self.untold.told_traffic(self.fleet.traffic());
        self.told = Some(self.view.clone());
        out.push(Output::Snapshot(client, Box::new(self.snapshot(now))));
    }

    /// What earlier runs left. A boot that was under way is awaited again, unless its node is gone or has begun another.
    fn history(
        &mut self,
        mut boots: Vec<BootRow>,
        events: Vec<EventRow>,
        now: Stamp,
        out: &mut Vec<Output>,
    ) {
        self.started = true;
        let told: HashSet<Arc<str>> = events
            .iter()
            .filter(|row| &*row.kind == "fault")
            .map(|row| row.text.clone())
            .collect();
        self.timeline.restore(events, &self.view);
        let mut closed = Vec::new();
        let mut later: HashMap<Arc<str>, Stamp> = HashMap::new();
        // Newest first as they come.
        for boot in &mut boots {
            let next = later.insert(boot.node.clone(), boot.began);
            let known = self.view.by_name(&boot.node).is_some();
            if boot.ended.is_none() && (next.is_some() || !known) {
                boot.ended = Some((next.unwrap_or(now), Ended::Superseded));
                closed.push(boot.clone());
            }
        }
        if !closed.is_empty() {
            out.push(Output::Record {
                boots: closed,
                events: Vec::new(),
            });
        }
        // The fleet learns in the order in which they happened.
        for boot in boots.into_iter().rev() {
            self.fleet.seed(&boot, &self.view, now);
            self.boots.keep(boot);
        }
        self.began_before();
        self.tell_first_faults(&told, now);
        if self
            .resumed
            .is_some_and(|revision| revision < self.view.revision)
        {
            let text = format!("{}, changed while muster was not running", self.size());
            self.changed(&BY_HAND.into(), text, now);
        }
    }

    /// The state of everything.
    pub(super) fn snapshot(&self, now: Stamp) -> Snapshot {
        Snapshot {
            now,
            revision: self.view.revision,
            cluster: self.view.settings.cluster.clone(),
            version: self.version.clone(),
            nodes: self.rows(),
            status: self.statuses(),
            strangers: self.strangers(),
            events: self.timeline.tail(SNAPSHOT_EVENTS),
            services: self.services.values().cloned().collect(),
            faults: self.all_faults(),
            traffic: self.fleet.traffic(),
            clients: u32::try_from(self.clients.len()).unwrap_or(u32::MAX),
            overlays: self.overlay_changes,
        }
    }

    /// After every input: collect what the fleet touched, publish if it is time, keep what is to be kept, say when to wake.
    fn settle(&mut self, now: Stamp, out: &mut Vec<Output>) {
        let touched = self.fleet.take_touched();
        self.judged(&touched.nodes);
        self.untold.nodes.extend(touched.nodes);
        self.untold.strangers |= touched.strangers;
        self.propose(touched.strangers);
        for boot in &touched.boots_began {
            self.began(boot);
        }
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
            self.told = None;
        } else if self.untold.due() <= now {
            self.publish(now, out);
        }
        let untold = !self.clients.is_empty() && self.untold.any(self.fleet.traffic());
        let publish = untold.then(|| self.untold.due());
        if let Some(wake) = [publish, self.fleet.next_deadline(), self.drifts_due()]
            .into_iter()
            .flatten()
            .min()
        {
            out.push(Output::WakeAt(wake));
        }
    }

    /// A ticket for the next save.
    pub(super) fn save_ticket(&mut self) -> Ticket {
        self.next_save += 1;
        Ticket(self.next_save)
    }
}
