//! The daemon from start to end: the order in which things are opened, the one loop that feeds the engine and carries out
//! what it wants, and the way down.

use std::io;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::stat::{Mode, umask};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::archives::Archives;
use super::bell;
use super::boots;
use super::clients::Clients;
use super::clock::Clock;
use super::control::Control;
use super::disk;
use super::drift::Lookout;
use super::hands::Hands;
use super::heap;
use super::history::History;
use super::lock::{self, Holder};
use super::overlays::{self, Overlays};
use super::saves::Saves;
use super::servers::Servers;
use super::shared::{Events, Shared};
use super::signals::{self, Signal, Signals};
use super::state::State;
use super::systemd::{self, Watchdog};
use super::transfers::Transfers;
use super::trees::Trees;
use super::watcher::Watcher;
use crate::boot::leases::LeaseRecord;
use crate::boot::open::OpenBoots;
use crate::engine::{Engine, Input};
use crate::fleet::Event;
use crate::model::{File, Paths};
use crate::registry::Registry;

/// Inputs that may wait for the engine.
const INPUTS: usize = 1024;
/// Events from the servers that may wait; a storm of 10,000 nodes fits.
const EVENTS: usize = 65_536;
/// How often running transfers are sampled.
const SAMPLE: Duration = Duration::from_millis(250);
/// How long the way down may take.
const DRAIN: Duration = Duration::from_secs(10);
/// Every how many samples `/status` is made anew and systemd is told that we live.
const STATUS_EVERY: u32 = 8;

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
    heap::steady();
    raise_descriptors();
    // What the daemon makes is its own business: the history holds a copy of the registry, and that holds secrets.
    umask(Mode::from_bits_truncate(0o077));
    let held = lock::take(&options.paths.state, Holder::Daemon)?;
    File::BOTH
        .iter()
        .for_each(|file| disk::tidy(&options.paths.file(*file)));
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

/// Where everything comes in that the engine is told.
struct Roads {
    inputs: mpsc::Receiver<Input>,
    events: mpsc::Receiver<Event>,
    leases: mpsc::Receiver<LeaseRecord>,
    watcher: Watcher,
    trees: Trees,
    signals: Signals,
    stopped: watch::Receiver<bool>,
}

impl Roads {
    /// Takes in what came while everything ended.
    fn empty(&mut self, hands: &mut Hands<'_>, engine: &mut Engine) {
        while let Ok(event) = self.events.try_recv() {
            hands.feed(engine, Input::Event(event));
        }
        while let Ok(lease) = self.leases.try_recv() {
            hands.keep_lease(&lease);
        }
    }
}

async fn serve(options: &Options, state: &State, history: History) -> Result<(), StartError> {
    let paths = &options.paths;
    let (inputs, from_clients) = mpsc::channel(INPUTS);
    let (events, from_servers) = Events::channel(EVENTS);
    let (keeper, leases) = mpsc::channel(INPUTS);
    let (stop, stopped) = watch::channel(false);
    let mut engine = engine(paths);
    let shared = shared(paths, &engine, events, history.next_boot);
    let (view, archives) = (shared.view.clone(), shared.archives.clone());
    let boots = shared.boots.clone();
    let overlays = Overlays::new(&paths.state, view, archives).knowing(boots);
    let unsettled = overlays.reconcile();
    let clients = Clients::new(inputs.clone(), Arc::new(overlays));
    let control = control(paths)?;
    let mut hands = Hands {
        shared,
        clients: clients.clone(),
        inputs,
        state,
        saves: Arc::new(Saves::into(paths.state.join("state.db"))),
        paths,
        stop,
        wake: None,
        status: Arc::default(),
        running: None,
        settings: engine.view().settings.clone(),
        resettled: false,
        stale: true,
        swapped: false,
    };
    let (kept, mut lookout) = recall(&mut hands, &mut engine, history);
    hands.tell_faults(&mut engine, "overlay changes", unsettled);
    let mut servers = Servers::new(stopped.clone(), kept, keeper);
    servers.tasks.spawn(control.serve(clients, stopped.clone()));
    servers.follow(&mut hands, &mut engine).await;
    (servers.tasks).spawn(bell::serve(hands.shared.clone(), stopped.clone()));
    let watcher = Watcher::start(&paths.conf, &paths.state);
    let signals = signals::listen()?;
    let mut roads = Roads {
        inputs: from_clients,
        events: from_servers,
        leases,
        watcher,
        trees: Trees::start(overlays::roots(&paths.state)),
        signals,
        stopped,
    };
    systemd::ready();
    work(options, (&mut hands, &mut servers), &mut engine, &mut roads).await;
    systemd::stopping();
    drain(&mut servers.tasks, &mut roads.signals).await;
    // The thread may wait for room to tell of what it found.
    roads.inputs.close();
    lookout.end();
    roads.empty(&mut hands, &mut engine);
    boots::keep(&hands.shared, state);
    hands.keep_given();
    Ok(())
}

fn control(paths: &Paths) -> Result<Control, StartError> {
    let socket = paths.socket();
    Control::bind(&socket).map_err(|cause| StartError::Control {
        path: socket.display().to_string(),
        cause,
    })
}

/// The files first, so that the servers start with a registry; the history after them, because it speaks of nodes. Gives back
/// the leases, and who looks what nodes would boot.
fn recall(
    hands: &mut Hands<'_>,
    engine: &mut Engine,
    mut history: History,
) -> (Vec<String>, Lookout) {
    let [conf, nodes] = File::BOTH.map(|file| disk::read(&hands.paths.file(file)));
    let steps = history.revisions(&[(File::Conf, &conf), (File::Nodes, &nodes)]);
    let History {
        boots,
        events,
        texts,
        leases,
        open_boots,
        next_boot,
        drifts,
        ..
    } = history;
    hands.feed(engine, disk::last_good(texts, &steps, &nodes));
    hands.feed(engine, Input::Journal(steps));
    hands.reread(engine);
    boots::take_back(&hands.shared, &open_boots, next_boot);
    hands.feed(engine, Input::History { boots, events });
    let (begun, lookout) = Lookout::start(drifts, &hands.shared, hands.inputs.clone());
    hands.feed(engine, begun);
    hands.refresh_status(engine);
    (leases, lookout)
}

fn shared(paths: &Paths, engine: &Engine, events: Events, next_boot: u64) -> Shared {
    Shared {
        view: Arc::new(ArcSwap::new(engine.view().clone())),
        boots: Arc::new(RwLock::new(OpenBoots::starting_at(next_boot))),
        transfers: Transfers::new(events.clone()),
        events,
        archives: Arc::new(Archives::new(paths.state.clone(), [])),
        bell: Arc::default(),
        ledger: Arc::default(),
        images: Arc::default(),
        clock: Clock::start(),
    }
}

/// The loop: one thing at a time goes into the engine, and what it wants is done before the next.
async fn work(
    options: &Options,
    (hands, servers): (&mut Hands<'_>, &mut Servers),
    engine: &mut Engine,
    roads: &mut Roads,
) {
    let clock = hands.shared.clock;
    let mut sample = tokio::time::interval(SAMPLE);
    sample.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut samples = 0u32;
    let mut watchdog = Watchdog::found();
    let mut busy_at = clock.now();
    while !*roads.stopped.borrow() {
        let wake = clock.until(hands.wake.unwrap_or(clock.now() + Duration::from_secs(5)));
        tokio::select! {
            Some(input) = roads.inputs.recv() => hands.feed(engine, input),
            Some(event) = roads.events.recv() => {
                hands.feed(engine, Input::Event(event));
                // A storm is taken in batches, so that the other branches get their turn.
                for _ in 0..256 {
                    let Ok(event) = roads.events.try_recv() else { break };
                    hands.feed(engine, Input::Event(event));
                }
            }
            Some(lease) = roads.leases.recv() => hands.keep_lease(&lease),
            () = tokio::time::sleep(wake) => hands.tick(engine),
            _ = sample.tick() => {
                watchdog.beat(clock.now());
                samples = samples.wrapping_add(1);
                hands.sample(engine);
                if samples.is_multiple_of(STATUS_EVERY) {
                    hands.refresh_status(engine);
                }
                if options.linger && hands.idle(engine, &mut busy_at) {
                    tracing::info!("no console is attached and nothing boots: muster ends");
                    hands.halt();
                }
            }
            () = roads.watcher.changed() => hands.reread(engine),
            () = roads.trees.changed() => hands.overlays_changed(engine),
            signal = roads.signals.next() => match signal {
                Signal::Reload => {
                    systemd::reloading();
                    hands.reread(engine);
                    systemd::ready();
                }
                Signal::Stop => hands.halt(),
            },
        }
        if hands.resettled {
            servers.follow(hands, engine).await;
        }
    }
}

/// Lets running transfers end, for a while; a second signal cuts them.
async fn drain(tasks: &mut JoinSet<()>, signals: &mut Signals) {
    let drained = async { while tasks.join_next().await.is_some() {} };
    let again = async { while signals.next().await != Signal::Stop {} };
    tokio::select! {
        () = drained => {}
        () = again => tracing::warn!("asked twice to stop: transfers under way are cut"),
        () = tokio::time::sleep(DRAIN) => {
            tracing::warn!("transfers were still under way after {} s and were cut", DRAIN.as_secs());
        }
    }
}

/// Thousands of transfers need a descriptor each: the soft limit is raised to the hard one.
fn raise_descriptors() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        // With fewer descriptors fewer nodes are served at once; the rest wait and ask again.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}
