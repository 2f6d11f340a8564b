//! `muster --demo`: a throw-away root, real servers on loopback, simulated nodes that really boot. Whatever ends it, nothing of it
//! stays behind.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use muster::api::Command;
use muster::cli::Args;
use muster::console::{self, Exit};
use muster::daemon::images::Interrupt;
use muster::model::Paths;
use muster::rehearse::{self, Rehearsal, Scratch};
use muster::{daemon, link};
use tokio::sync::watch;

use super::complain;
use super::screen::{show, start_daemon};

/// Every demo plays the same story.
const SEED: u64 = 7;
/// How long the servers may take to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(15);

/// Plays it.
pub fn play(args: &Args) -> anyhow::Result<ExitCode> {
    if !args.headless {
        console::at_a_terminal()?;
    }
    // From here on no signal ends this process before it has cleaned up.
    let interrupt = Interrupt::listen()?;
    let base = std::env::temp_dir();
    let scratch = Scratch::new(&base)
        .with_context(|| format!("no folder can be made in {}", base.display()))?;
    let stage = Arc::new(Stage::new(interrupt));
    let curtain = Curtain(stage.clone());
    let result = if args.headless {
        headless(args, scratch.path(), &stage)
    } else {
        on_screen(args, scratch.path(), &stage)
    };
    drop(curtain);
    let path = scratch.path().to_owned();
    if let Err(error) = scratch.remove() {
        complain(&format!(
            "muster: {} cannot be removed: {error}",
            path.display()
        ));
    }
    result
}

/// The screen is there at once, and says what is being made.
fn on_screen(args: &Args, root: &Path, stage: &Arc<Stage>) -> anyhow::Result<ExitCode> {
    let (nodes, behind, place) = (args.nodes as usize, stage.clone(), root.to_owned());
    let (link, prepared) = link::later("the simulated cluster".into(), move |tell| {
        behind.prepare(&place, nodes, &|text| tell.say(text))
    })?;
    let exit = show(args, &Paths::under(root), link, None);
    // The thread must be done before the folder goes.
    stage.left.store(true, Ordering::Relaxed);
    let prepared = prepared
        .join()
        .map_err(|_| anyhow!("the thread that makes the cluster has panicked"))?;
    if exit? == Exit::Unreached {
        prepared?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Without a screen it goes on until it is interrupted.
fn headless(args: &Args, root: &Path, stage: &Stage) -> anyhow::Result<ExitCode> {
    complain("muster: making a cluster of simulated nodes …");
    match stage.prepare(root, args.nodes as usize, &|_| {}) {
        Err(_) if stage.ends() => return Ok(ExitCode::SUCCESS),
        prepared => prepared?,
    };
    while !stage.ends() {
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(ExitCode::SUCCESS)
}

/// Everything that runs for a demo, and has to end with it.
struct Stage {
    /// A signal has come.
    interrupt: Interrupt,
    /// The screen was left.
    left: AtomicBool,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    servers: Option<(Child, Paths)>,
    actors: Option<(JoinHandle<()>, watch::Sender<bool>)>,
}

impl Stage {
    fn new(interrupt: Interrupt) -> Self {
        Self {
            interrupt,
            left: AtomicBool::new(false),
            running: Mutex::default(),
        }
    }

    /// Whether nobody wants it any more.
    fn ends(&self) -> bool {
        self.left.load(Ordering::Relaxed) || self.interrupt.asked()
    }

    /// Makes the cluster, starts its servers and its machines; gives the servers' socket. `tell` is told what is being done.
    fn prepare(
        &self,
        root: &Path,
        nodes: usize,
        tell: &(dyn Fn(String) + Sync),
    ) -> anyhow::Result<PathBuf> {
        tell(format!("making a cluster of {nodes} simulated nodes"));
        let demo = rehearse::demo(root, nodes, SEED)?;
        let paths = Paths::under(&demo.root);
        for (name, _) in &demo.images {
            let mut told = None;
            daemon::images::build(name, &paths.state, &mut |at| {
                let percent = at.of.filter(|of| *of > 0).map(|of| at.bytes * 100 / of);
                // A screen over a slow line need not follow every file.
                let tenth = percent.map(|percent| percent / 10);
                if told != Some(tenth) {
                    told = Some(tenth);
                    let done = percent.map_or_else(String::new, |percent| format!(", {percent} %"));
                    tell(format!("packing the image {name}{done}"));
                }
                if self.ends() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?;
        }
        tell("starting its boot servers".into());
        let servers = start_daemon(Some(&demo.root), &paths, true, &|| self.ends())?;
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.servers = Some((servers, paths.clone()));
        running.actors = Some(actors(demo.rehearsal)?);
        Ok(paths.socket())
    }

    /// Ends all of it, and waits for that.
    fn strike(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((thread, stop)) = running.actors.take() {
            stop.send_replace(true);
            // A thread of actors that panicked has nothing more to say.
            let _ = thread.join();
        }
        let Some((mut servers, paths)) = running.servers.take() else {
            return;
        };
        // They may have been told by the end of the thread that started them.
        let _ = link::ask(&paths.socket(), &Command::Stop);
        let began = Instant::now();
        while matches!(servers.try_wait(), Ok(None)) {
            if began.elapsed() > STOP_PATIENCE {
                let _ = servers.kill();
                let _ = servers.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Ends a demo when it is dropped, after a panic too.
struct Curtain(Arc<Stage>);

impl Drop for Curtain {
    fn drop(&mut self) {
        self.0.left.store(true, Ordering::Relaxed);
        self.0.strike();
    }
}

/// The machines, in a thread of their own.
fn actors(rehearsal: Rehearsal) -> anyhow::Result<(JoinHandle<()>, watch::Sender<bool>)> {
    let (stop, stopped) = watch::channel(false);
    let thread = std::thread::Builder::new()
        .name("actors".into())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let played =
                runtime.and_then(|runtime| runtime.block_on(rehearse::run(rehearsal, stopped)));
            if let Err(error) = played {
                complain(&format!(
                    "muster: the simulated nodes cannot ask for addresses: {error}"
                ));
            }
        })
        .context("the simulated nodes cannot be started")?;
    Ok((thread, stop))
}
