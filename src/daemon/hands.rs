//! What the daemon's loop holds besides the engine, and how it carries out what the engine wants.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::clients::Clients;
use super::control::Control;
use super::history::Record;
use super::saves::Saves;
use super::shared::Shared;
use super::state::State;
use super::{boots, disk, drift, heap, images, networks, overlays, scripts, servers};
use crate::api::{EventRow, Reply, ServiceRow, ServiceState};
use crate::boot::leases::{LeaseRecord, LeaseState};
use crate::boot::loaders::missing;
use crate::boot::status;
use crate::engine::{Compare, Engine, Input, Output, Revision, SaveError, Text, Ticket};
use crate::fleet::{Event, What, Who};
use crate::kit::Stamp;
use crate::model::{Fault, File, Level, Paths, Settings, View};

/// How long a daemon that a console started stays without a console and without a boot in flight.
const LINGER: Duration = Duration::from_secs(600);

/// Everything that an output of the engine can reach.
pub(super) struct Hands<'a> {
    /// What the boot servers read.
    pub(super) shared: Shared,
    /// Clients of the control socket.
    pub(super) clients: Arc<Clients>,
    /// The way back to the engine for what is done off the loop.
    pub(super) inputs: mpsc::Sender<Input>,
    /// The history.
    pub(super) state: &'a State,
    /// What saves files.
    pub(super) saves: Arc<Saves>,
    /// Where the files are.
    pub(super) paths: &'a Paths,
    /// Tells everything to end.
    pub(super) stop: watch::Sender<bool>,
    /// When the engine wants to be woken.
    pub(super) wake: Option<Stamp>,
    /// `/status` as it was lately.
    pub(super) status: Arc<ArcSwap<Bytes>>,
    /// The settings that the servers run with; none before they were started.
    pub(super) running: Option<Arc<Settings>>,
    /// The settings of the view in force.
    pub(super) settings: Arc<Settings>,
    /// Whether the servers may have to follow other settings.
    pub(super) resettled: bool,
    /// Whether anything was told to the engine since.
    pub(super) stale: bool,
    /// Whether the view was swapped since memory was last given back.
    pub(super) swapped: bool,
}

impl Hands<'_> {
    /// Gives the engine an input and carries out what it wants.
    pub(super) fn feed(&mut self, engine: &mut Engine, input: Input) {
        self.stale |= !matches!(input, Input::Tick | Input::Progress { .. });
        if let Some(first) = overlays::before(&input, &self.paths.state) {
            engine.handle(first, self.shared.clock.now());
        }
        let outputs = engine.handle(input, self.shared.clock.now());
        for output in outputs {
            self.carry_out(engine, output);
        }
    }

    fn carry_out(&mut self, engine: &mut Engine, output: Output) {
        match output {
            Output::Swap(view) => {
                self.shared.archives.retain(&view);
                self.shared.bell.rings(&view);
                self.resettled |= !Arc::ptr_eq(&self.settings, &view.settings);
                self.settings = view.settings.clone();
                self.shared.view.store(self.acted_on(&view));
                self.shared.ledger.ring();
                self.swapped = true;
            }
            Output::Save {
                ticket,
                file,
                old,
                new,
                revisions,
            } => self.save((ticket, file), (old, new), revisions),
            Output::Journal(revision) => self.state.keep(Record::Step(revision)),
            Output::Reread => self.reread(engine),
            Output::Reply(ticket, reply) => self.clients.reply(ticket, *reply),
            Output::Snapshot(client, snapshot) => self.clients.snapshot(client, &snapshot),
            Output::Publish(delta) => self.clients.publish(&delta),
            Output::Record { boots, events } => {
                for row in &events {
                    log(row);
                }
                self.state.keep(Record::Boots(boots));
                self.state.keep(Record::Events(events));
            }
            Output::Keep { name, text } => self.state.keep(Record::Text(name, text)),
            Output::Refresh(ticket, nodes) => {
                let text = self.shared.bell.tell(&nodes);
                self.clients.reply(ticket, Reply::Done(text.into()));
            }
            Output::WakeAt(at) => self.wake = Some(at),
            Output::Look(serial) => self.shared.ledger.look(serial),
            Output::Compare(ticket, asked) => self.compare(ticket, asked),
            Output::Stop => self.halt(),
        }
    }

    /// Makes `/status` anew if anything happened since.
    pub(super) fn refresh_status(&mut self, engine: &Engine) {
        if std::mem::take(&mut self.stale) {
            let document = status::document(engine.status_lines());
            self.status.store(Arc::new(document.into()));
        }
    }

    /// Whether nobody has been attached and nothing has booted for long.
    pub(super) fn idle(&self, engine: &Engine, busy_at: &mut Stamp) -> bool {
        let now = self.shared.clock.now();
        let (booting, attached) = engine.busy();
        if booting || attached > 0 {
            *busy_at = now;
        }
        now.since(*busy_at) > LINGER
    }

    pub(super) fn keep_lease(&self, lease: &LeaseRecord) {
        let record = serde_json::to_string(lease)
            .ok()
            .filter(|_| lease.state != LeaseState::Free);
        self.state
            .keep(Record::Lease(lease.ip.to_string().into(), record));
    }

    pub(super) fn halt(&self) {
        self.stop.send_replace(true);
    }

    pub(super) fn tick(&mut self, engine: &mut Engine) {
        self.wake = None;
        let lost = self.shared.events.take_lost();
        if lost > 0 {
            tracing::warn!(
                "{lost} events came faster than they could be taken in and were left out of the history"
            );
        }
        self.feed(engine, Input::Tick);
    }

    /// What is wrong at `origin` now, in place of what was wrong there before.
    pub(super) fn tell_faults(
        &mut self,
        engine: &mut Engine,
        origin: &'static str,
        faults: Vec<Fault>,
    ) {
        self.feed(engine, Input::Faults { origin, faults });
    }

    pub(super) fn sample(&mut self, engine: &mut Engine) {
        if std::mem::take(&mut self.swapped) {
            // What the old view and the reading of the new one leave behind.
            tokio::task::spawn_blocking(heap::give_back);
        }
        boots::keep(&self.shared, self.state);
        self.keep_given();
        let samples = self.shared.transfers.sample();
        let totals = self.shared.transfers.totals();
        self.feed(engine, Input::Progress { samples, totals });
        self.shared.archives.recheck(&self.shared.view.load_full());
        let faults = self.shared.archives.faults();
        self.tell_faults(engine, "overlays", faults);
        let faults = self.state.faults();
        self.tell_faults(engine, "history", faults);
    }

    /// Hands what nodes were given to the database.
    pub(super) fn keep_given(&self) {
        let kept = self.shared.ledger.take_kept();
        if !kept.is_empty() {
            self.state.keep(Record::Drift(kept));
        }
    }

    /// Compares a file off the loop.
    fn compare(&self, ticket: Ticket, asked: Box<Compare>) {
        let (shared, clients) = (self.shared.clone(), self.clients.clone());
        let (paths, handle) = (self.paths.clone(), Handle::current());
        tokio::task::spawn_blocking(move || {
            let reply = drift::compare(&asked, &shared, &paths, &handle);
            clients.reply(ticket, reply);
        });
    }

    /// Files that overlays are made of changed: clients are told, and what failed is tried again.
    pub(super) fn overlays_changed(&mut self, engine: &mut Engine) {
        self.feed(engine, Input::OverlayFiles);
        self.shared.archives.recheck(&self.shared.view.load_full());
        self.shared.ledger.ring();
    }

    /// Saves off the loop: a slow disk delays the reply, not the boots.
    fn save(
        &self,
        (ticket, file): (Ticket, File),
        (old, new): (Text, Arc<str>),
        revisions: Vec<Revision>,
    ) {
        let (path, inputs) = (self.paths.file(file), self.inputs.clone());
        let saves = self.saves.clone();
        tokio::task::spawn_blocking(move || {
            let result = saves.save(&path, (&old, &new), &revisions);
            if let Err(SaveError::Changed(_)) = result {
                let name = disk::owner(&path);
                let _ = inputs.blocking_send(Input::Owner { file, name });
            }
            // When the engine is gone, so is whoever waits.
            let _ = inputs.blocking_send(Input::Saved { ticket, result });
        });
    }

    /// A view with the settings as the servers can act on them.
    fn acted_on(&self, view: &Arc<View>) -> Arc<View> {
        let pinned = self.running.as_ref();
        let pinned = pinned.map(|running| servers::pinned(&view.settings, running));
        match pinned.filter(|pinned| *pinned != *view.settings) {
            None => view.clone(),
            Some(pinned) => {
                let mut view = View::clone(view);
                view.settings = Arc::new(pinned);
                Arc::new(view)
            }
        }
    }

    /// The servers run with these settings now.
    pub(super) fn runs_with(&mut self, running: Arc<Settings>, view: &Arc<View>) {
        self.running = Some(running);
        self.resettled = false;
        self.shared.view.store(self.acted_on(view));
        self.shared.ledger.ring();
    }

    pub(super) fn reread(&mut self, engine: &mut Engine) {
        // A port that could not be had may be free now.
        self.resettled = true;
        self.feed(engine, Input::Scripts(scripts::scan(&self.paths.conf)));
        for file in File::BOTH {
            let name = disk::owner(&self.paths.file(file));
            self.feed(engine, Input::Owner { file, name });
        }
        let conf = disk::read(&self.paths.muster_conf());
        let nodes = disk::read(&self.paths.nodes_conf());
        self.feed(engine, Input::Files { conf, nodes });
        self.feed(engine, Input::Addresses(networks::addresses()));
        let group = self.shared.view.load().settings.control_group.clone();
        let shared = Control::share(&self.paths.socket(), group.as_deref());
        let faults = shared.err().map(|what| {
            Fault::error(what).hint("`control: group` in muster.conf names it; until then only root and muster's user may")
        });
        self.tell_faults(engine, "control socket", faults.into_iter().collect());
        match images::scan(&self.paths.state) {
            Ok(catalog) if **self.shared.images.load() != catalog => {
                let catalog = Arc::new(catalog);
                self.shared.images.store(catalog.clone());
                self.shared.ledger.ring();
                self.feed(engine, Input::Images(catalog));
            }
            Ok(_) => {}
            Err(error) => {
                let faults = vec![Fault::error(format!(
                    "the images cannot be listed: {error}"
                ))];
                self.tell_faults(engine, "image folder", faults);
            }
        }
        let faults = missing(&self.shared.view.load().settings, &super::loaders::exists);
        self.tell_faults(engine, "loaders", faults);
    }

    /// Tells engine and log how a service is.
    pub(super) fn announce(&mut self, engine: &mut Engine, row: ServiceRow) {
        let level = if row.state == ServiceState::Down {
            Level::Error
        } else {
            Level::Info
        };
        let what = What::Service {
            name: row.name.clone(),
            level,
            text: row.text.clone(),
        };
        let at = self.shared.clock.now();
        self.feed(engine, Input::Service(row));
        let who = Who::Server;
        self.feed(
            engine,
            Input::Event(Event {
                at,
                who,
                boot: None,
                what,
            }),
        );
    }
}

/// The journal gets what happened at its level, one line an event.
fn log(row: &EventRow) {
    let (who, kind, text) = (&row.who, &row.kind, &row.text);
    match row.level {
        Level::Debug => tracing::debug!("{who} {kind} {text}"),
        Level::Info => tracing::info!("{who} {kind} {text}"),
        Level::Warning => tracing::warn!("{who} {kind} {text}"),
        Level::Error => tracing::error!("{who} {kind} {text}"),
    }
}
