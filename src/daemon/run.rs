//! The daemon from start to end: the order in which things are opened, the one loop that feeds the engine and carries out
//! what it wants, and the way down.

use std::io;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::archives::Archives;
use super::bind::BindError;
use super::clients::Clients;
use super::clock::Clock;
use super::control::Control;
use super::history::{History, Record};
use super::lock::Holder;
use super::shared::{Events, Shared};
use super::state::State;
use super::transfers::Transfers;
use super::watcher::Watcher;
use super::{dhcp, disk, http, images, lock, ra, signals, systemd, tftp};
use crate::api::{ServiceRow, ServiceState};
use crate::boot::leases::{LeaseRecord, LeaseState, Leases};
use crate::boot::loaders::missing;
use crate::boot::open::OpenBoots;
use crate::engine::{Engine, Input, Output, Text, Ticket};
use crate::kit::Stamp;
use crate::model::{Fault, Level, Paths};
use crate::registry::Registry;

/// Inputs that may wait for the engine.
const INPUTS: usize = 1024;
/// Events from the servers that may wait; a storm of 10,000 nodes fits.
const EVENTS: usize = 65_536;
/// How often running transfers are sampled.
const SAMPLE: Duration = Duration::from_millis(250);
/// How long the way down may take.
const DRAIN: Duration = Duration::from_secs(10);
/// How long a daemon that a console started stays without a console and without a boot in flight.
const LINGER: Duration = Duration::from_secs(600);

/// How a daemon is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where its files are.
    pub paths: Paths,
    /// Whether it ends by itself once nobody is attached and nothing boots.
    pub linger: bool,
}

/// Why a daemon did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another one runs on this root.
    #[error(transparent)]
    Lock(#[from] lock::LockError),
    /// The control socket cannot be bound.
    #[error("the control socket {path} cannot be bound: {cause}")]
    Control {
        /// Its path.
        path: String,
        /// The system's words.
        cause: io::Error,
    },
    /// The runtime cannot be started.
    #[error("the runtime cannot be started: {0}")]
    Runtime(#[from] io::Error),
}

/// Runs a daemon until it is told to stop. Blocks.
///
/// # Errors
/// [`StartError`], in words for a person. A port that is taken is no error: the console says so, and the rest works.
pub fn run(options: &Options) -> Result<(), StartError> {
    let held = lock::take(&options.paths.state, Holder::Daemon)?;
    disk::tidy(&options.paths.nodes_conf());
    let (state, history) = State::open(&options.paths.state.join("state.db"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("muster")
        .build()?;
    let result = runtime.block_on(serve(options, &state, history));
    runtime.shutdown_timeout(Duration::from_secs(1));
    drop(state);
    drop(held);
    result
}

/// An engine over the files of `paths`, with nothing read yet.
pub(super) fn engine(paths: &Paths) -> Engine {
    let hostname = nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok());
    Engine::new(
        Registry::new(paths.clone(), &hostname.unwrap_or_default()),
        env!("CARGO_PKG_VERSION"),
    )
}

/// What the loop holds besides the engine.
struct Hands<'a> {
    shared: Shared,
    clients: Arc<Clients>,
    inputs: mpsc::Sender<Input>,
    state: &'a State,
    paths: &'a Paths,
    stop: watch::Sender<bool>,
    wake: Option<Stamp>,
}

async fn serve(options: &Options, state: &State, history: History) -> Result<(), StartError> {
    let paths = &options.paths;
    let clock = Clock::start();
    let (inputs, mut from_inputs) = mpsc::channel(INPUTS);
    let (events, mut from_servers) = Events::channel(EVENTS);
    let mut engine = engine(paths);
    let shared = Shared {
        view: Arc::new(ArcSwap::new(engine.view().clone())),
        boots: Arc::new(RwLock::new(OpenBoots::starting_at(history.next_boot))),
        transfers: Transfers::new(events.clone()),
        events,
        archives: Arc::new(Archives::new(paths.state.clone(), [])),
        images: Arc::default(),
        clock,
    };
    let clients = Clients::new(inputs.clone());
    let socket = paths.socket();
    let control = Control::bind(&socket).map_err(|cause| StartError::Control {
        path: socket.display().to_string(),
        cause,
    })?;
    let (stop, stopped) = watch::channel(false);
    let mut hands = Hands {
        shared,
        clients: clients.clone(),
        inputs: inputs.clone(),
        state,
        paths,
        stop,
        wake: None,
    };

    // The files first, so that the servers start with a registry; the history after them, because it speaks of nodes.
    hands.last_good(&mut engine, &history.texts);
    hands.reread(&mut engine);
    hands.feed(
        &mut engine,
        Input::History {
            boots: history.boots,
            events: history.events,
        },
    );
    let mut tasks = JoinSet::new();
    tasks.spawn(control.serve(clients, stopped.clone()));
    let (keeper, mut leases) = mpsc::channel(INPUTS);
    hands.start_servers(&mut engine, &mut tasks, &stopped, &history.leases, keeper);
    let mut watcher = Watcher::start(&paths.conf, &paths.state);
    let mut signals = signals::listen()?;
    systemd::ready();
    let mut watchdog = systemd::Watchdog::found();

    let mut sample = tokio::time::interval(SAMPLE);
    sample.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut busy_at = clock.now();
    while !*stopped.borrow() {
        let wake = clock.until(hands.wake.unwrap_or(clock.now() + Duration::from_secs(5)));
        tokio::select! {
            Some(input) = from_inputs.recv() => hands.feed(&mut engine, input),
            Some(event) = from_servers.recv() => {
                hands.feed(&mut engine, Input::Event(event));
                // A storm is taken in batches, so that the other branches get their turn.
                for _ in 0..256 {
                    let Ok(event) = from_servers.try_recv() else { break };
                    hands.feed(&mut engine, Input::Event(event));
                }
            }
            Some(lease) = leases.recv() => hands.keep_lease(&lease),
            () = tokio::time::sleep(wake) => hands.tick(&mut engine),
            _ = sample.tick() => {
                watchdog.beat(clock.now());
                hands.sample(&mut engine);
                if options.linger && hands.idle(&engine, &mut busy_at) {
                    tracing::info!("no console is attached and nothing boots: muster ends");
                    hands.halt();
                }
            }
            () = watcher.changed() => hands.reread(&mut engine),
            signal = signals.next() => match signal {
                signals::Signal::Reload => {
                    systemd::reloading();
                    hands.reread(&mut engine);
                    systemd::ready();
                }
                signals::Signal::Stop => hands.halt(),
            },
        }
    }
    systemd::stopping();
    drop(watcher);
    let drained = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!(
            "transfers were still under way after {} s and were cut",
            DRAIN.as_secs()
        );
    }
    while let Ok(event) = from_servers.try_recv() {
        hands.feed(&mut engine, Input::Event(event));
    }
    Ok(())
}

impl Hands<'_> {
    /// Gives the engine an input and carries out what it wants.
    fn feed(&mut self, engine: &mut Engine, input: Input) {
        let outputs = engine.handle(input, self.shared.clock.now());
        for output in outputs {
            self.carry_out(engine, output);
        }
    }

    fn carry_out(&mut self, engine: &mut Engine, output: Output) {
        match output {
            Output::Swap(view) => self.shared.view.store(view),
            Output::Save { ticket, old, new } => self.save(ticket, old, new),
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
            Output::WakeAt(at) => self.wake = Some(at),
            Output::Stop => self.halt(),
        }
    }

    /// Whether nobody has been attached and nothing has booted for long.
    fn idle(&self, engine: &Engine, busy_at: &mut Stamp) -> bool {
        let now = self.shared.clock.now();
        let (booting, attached) = engine.busy();
        if booting || attached > 0 {
            *busy_at = now;
        }
        now.since(*busy_at) > LINGER
    }

    fn keep_lease(&self, lease: &LeaseRecord) {
        let record = serde_json::to_string(lease)
            .ok()
            .filter(|_| lease.state != LeaseState::Free);
        self.state
            .keep(Record::Lease(lease.ip.to_string().into(), record));
    }

    fn halt(&self) {
        self.stop.send_replace(true);
    }

    fn tick(&mut self, engine: &mut Engine) {
        self.wake = None;
        let lost = self.shared.events.take_lost();
        if lost > 0 {
            tracing::warn!(
                "{lost} events came faster than they could be taken in and were left out of the history"
            );
        }
        self.feed(engine, Input::Tick);
    }

    fn sample(&mut self, engine: &mut Engine) {
        let samples = self.shared.transfers.sample();
        let totals = self.shared.transfers.totals();
        self.feed(engine, Input::Progress { samples, totals });
        let faults = self.shared.archives.faults();
        self.feed(
            engine,
            Input::Faults {
                origin: "overlays",
                faults,
            },
        );
        let faults = self.state.faults();
        self.feed(
            engine,
            Input::Faults {
                origin: "history",
                faults,
            },
        );
    }

    /// Saves off the loop: a slow disk delays the reply, not the boots.
    fn save(&self, ticket: Ticket, old: Text, new: Arc<str>) {
        let (path, inputs) = (self.paths.nodes_conf(), self.inputs.clone());
        tokio::task::spawn_blocking(move || {
            let result = disk::save(&path, &old, &new);
            // When the engine is gone, so is whoever waits.
            let _ = inputs.blocking_send(Input::Saved { ticket, result });
        });
    }

    /// What was last good of both files, for the case that what is there now is no YAML at all.
    fn last_good(&mut self, engine: &mut Engine, texts: &[(String, String)]) {
        let find = |name: &str| {
            texts
                .iter()
                .find(|(of, _)| of == name)
                .map(|(_, text)| text.as_str())
        };
        let text = |name| find(name).map_or(Text::Absent, |text| Text::Content(text.into()));
        self.feed(
            engine,
            Input::Files {
                conf: text("muster.conf"),
                nodes: text("nodes.conf"),
            },
        );
    }

    fn reread(&mut self, engine: &mut Engine) {
        let conf = disk::read(&self.paths.muster_conf());
        let nodes = disk::read(&self.paths.nodes_conf());
        self.feed(engine, Input::Files { conf, nodes });
        match images::scan(&self.paths.state) {
            Ok(catalog) if **self.shared.images.load() != catalog => {
                let catalog = Arc::new(catalog);
                self.shared.images.store(catalog.clone());
                self.feed(engine, Input::Images(catalog));
            }
            Ok(_) => {}
            Err(error) => {
                let faults = vec![Fault::error(format!(
                    "the images cannot be listed: {error}"
                ))];
                self.feed(
                    engine,
                    Input::Faults {
                        origin: "image folder",
                        faults,
                    },
                );
            }
        }
        let faults = missing(&self.shared.view.load().settings, &super::loaders::exists);
        self.feed(
            engine,
            Input::Faults {
                origin: "loaders",
                faults,
            },
        );
    }

    /// Binds and starts the boot servers. One that cannot be bound is down, and says so; the others work.
    fn start_servers(
        &mut self,
        engine: &mut Engine,
        tasks: &mut JoinSet<()>,
        stop: &watch::Receiver<bool>,
        leases: &[String],
        keeper: mpsc::Sender<LeaseRecord>,
    ) {
        let settings = self.shared.view.load().settings.clone();
        let disabled = |name: &str, key: &str| ServiceRow {
            name: name.into(),
            state: ServiceState::Disabled,
            text: format!("switched off by `{key}`").into(),
        };
        let place = if settings.listen.is_unspecified() {
            "all addresses".into()
        } else {
            settings.listen.to_string()
        };
        let on = |port: u16| format!("port {port} on {place}");
        let row = if settings.dhcp.enabled {
            let bound = dhcp::bind(&settings);
            service("dhcp", on(settings.dhcp.port), bound, |bound| {
                let records = leases
                    .iter()
                    .filter_map(|record| serde_json::from_str(record).ok());
                let leases = Leases::restore(records, self.shared.clock.now());
                let bound = bound.with_leases(leases).kept_by(keeper);
                tasks.spawn(bound.serve(self.shared.clone(), stop.clone()));
            })
        } else {
            disabled("dhcp", "dhcp: enabled")
        };
        self.announce(engine, row);
        let row = if settings.tftp.enabled {
            let bound = tftp::bind(&settings);
            service("tftp", on(settings.tftp.port), bound, |bound| {
                tasks.spawn(bound.serve(self.shared.clone(), stop.clone()));
            })
        } else {
            disabled("tftp", "tftp: enabled")
        };
        self.announce(engine, row);
        let bound = http::bind(&settings);
        let row = service("http", on(settings.server.port), bound, |bound| {
            tasks.spawn(bound.serve(self.shared.clone(), stop.clone()));
        });
        self.announce(engine, row);
        if settings.dhcp.enabled && settings.dhcp.router_advertisement {
            tasks.spawn(ra::serve(self.shared.clone(), stop.clone()));
        }
    }

    /// Tells engine and log how a service is.
    fn announce(&mut self, engine: &mut Engine, row: ServiceRow) {
        let level = if row.state == ServiceState::Down {
            Level::Error
        } else {
            Level::Info
        };
        let what = crate::fleet::What::Service {
            name: row.name.clone(),
            level,
            text: row.text.clone(),
        };
        let at = self.shared.clock.now();
        self.feed(engine, Input::Service(row));
        let who = crate::fleet::Who::Server;
        self.feed(
            engine,
            Input::Event(crate::fleet::Event {
                at,
                who,
                boot: None,
                what,
            }),
        );
    }
}

/// Starts a bound service; either way its row says how it is.
fn service<B>(
    name: &str,
    place: String,
    bound: Result<B, BindError>,
    start: impl FnOnce(B),
) -> ServiceRow {
    match bound {
        Ok(bound) => {
            start(bound);
            ServiceRow {
                name: name.into(),
                state: ServiceState::Up,
                text: place.into(),
            }
        }
        Err(error) => ServiceRow {
            name: name.into(),
            state: ServiceState::Down,
            text: error.text.into(),
        },
    }
}

/// The journal gets what happened at its level, one line an event.
fn log(row: &crate::api::EventRow) {
    let (who, kind, text) = (&row.who, &row.kind, &row.text);
    match row.level {
        Level::Info => tracing::info!("{who} {kind} {text}"),
        Level::Warning => tracing::warn!("{who} {kind} {text}"),
        Level::Error => tracing::error!("{who} {kind} {text}"),
    }
}
