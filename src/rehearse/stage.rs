//! The rehearsal: all simulated machines at once, as many loading at a time as is allowed.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::actor::{Actor, Behaviour};
use super::boot::{self, Stage, Went};
use super::dice::Dice;
use super::relay::Relay;

/// Complaints kept.
const COMPLAINTS: usize = 100;
/// How long a machine whose boot failed stays at its error before it starts over.
const REBOOT: (u64, u64) = (40_000, 70_000);

/// What goes on after the first wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encore {
    /// Milliseconds from the beginning until the first machine that is up is started over.
    pub after: u64,
    /// The shortest and the longest time from one such machine to the next, in milliseconds.
    pub every: (u64, u64),
    /// How often a running machine refreshes its runtime overlay, in milliseconds, about.
    pub refresh: u64,
}

/// A rehearsal.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The machines, in the order in which they are switched on.
    pub actors: Vec<Actor>,
    /// The DHCP server.
    pub dhcp: SocketAddrV4,
    /// Address of the simulated relay; it must lie in the boot network, on loopback.
    pub relay: Ipv4Addr,
    /// Port of the TFTP server.
    pub tftp_port: u16,
    /// Milliseconds between the switching on of one machine and the next.
    pub gap: u64,
    /// How many machines load at one time; the others wait to be switched on.
    pub slots: usize,
    /// Bytes a second that each takes at most; none means no limit.
    pub rate: Option<u64>,
    /// How long a machine's own work takes (loader to iPXE, kernel to `/init`), in milliseconds, at most.
    pub pause: u64,
    /// Whether a machine that could not boot starts over.
    pub retries: bool,
    /// What goes on once machines are up; none ends each machine's part there.
    pub encore: Option<Encore>,
    /// Seed of everything that is left to chance.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Boots that came up.
    pub up: usize,
    /// Machines that hang as their behaviour is.
    pub stuck: usize,
    /// Boots that could not get on.
    pub gave: usize,
    /// Why, the first hundred.
    pub complaints: Vec<String>,
}

#[derive(Debug, Default)]
struct Score {
    up: AtomicUsize,
    stuck: AtomicUsize,
    gave: AtomicUsize,
    complaints: Mutex<Vec<String>>,
}

/// Plays until every machine is done, or `stop` becomes true.
///
/// # Errors
/// The relay's socket could not be opened.
pub async fn run(rehearsal: Rehearsal, mut stop: watch::Receiver<bool>) -> io::Result<Outcome> {
    let relay = Relay::open(rehearsal.relay, rehearsal.dhcp).await?;
    let carrier = tokio::spawn({
        let relay = relay.clone();
        async move { relay.carry().await }
    });
    let score = Arc::new(Score::default());
    let slots = Arc::new(Semaphore::new(rehearsal.slots.max(1)));
    let turns = Arc::new(Notify::new());
    let mut tasks = JoinSet::new();
    let director = rehearsal.encore.map(|encore| {
        let dice = Dice::new(rehearsal.seed);
        tokio::spawn(direct(encore, turns.clone(), dice))
    });
    for (at, actor) in rehearsal.actors.iter().cloned().enumerate() {
        let part = Part {
            actor,
            relay: relay.clone(),
            slots: slots.clone(),
            score: score.clone(),
            tftp_port: rehearsal.tftp_port,
            rate: rehearsal.rate,
            pause: rehearsal.pause,
            retries: rehearsal.retries,
            wait: Duration::from_millis(rehearsal.gap.saturating_mul(at as u64)),
            encore: rehearsal.encore,
            turns: turns.clone(),
            dice: Dice::new(rehearsal.seed.wrapping_add(at as u64 * 7919)),
        };
        tasks.spawn(part.play());
    }
    tokio::select! {
        () = async { while tasks.join_next().await.is_some() {} } => {}
        () = async { if stop.wait_for(|stop| *stop).await.is_err() { std::future::pending::<()>().await; } } => {}
    }
    tasks.shutdown().await;
    carrier.abort();
    if let Some(director) = director {
        director.abort();
    }
    let complaints = std::mem::take(
        &mut *score
            .complaints
            .lock()
            .unwrap_or_else(PoisonError::into_inner),
    );
    Ok(Outcome {
        up: score.up.load(Ordering::Relaxed),
        stuck: score.stuck.load(Ordering::Relaxed),
        gave: score.gave.load(Ordering::Relaxed),
        complaints,
    })
}

/// Gives one machine after the other the word to start over.
async fn direct(encore: Encore, turns: Arc<Notify>, mut dice: Dice) {
    sleep(Duration::from_millis(encore.after)).await;
    loop {
        turns.notify_one();
        sleep(dice.span(encore.every.0, encore.every.1)).await;
    }
}

/// One machine's part.
struct Part {
    actor: Actor,
    relay: Arc<Relay>,
    slots: Arc<Semaphore>,
    score: Arc<Score>,
    tftp_port: u16,
    rate: Option<u64>,
    pause: u64,
    retries: bool,
    wait: Duration,
    encore: Option<Encore>,
    turns: Arc<Notify>,
    dice: Dice,
}

impl Part {
    async fn play(mut self) {
        if self.actor.behaviour == Behaviour::Off {
            return;
        }
        sleep(self.wait).await;
        loop {
            let Ok(permit) = self.slots.clone().acquire_owned().await else {
                return;
            };
            // Machines that are switched on together do not ask in the same millisecond.
            sleep(self.dice.span(0, self.pause / 4)).await;
            let stage = Stage {
                relay: &self.relay,
                tftp_port: self.tftp_port,
                rate: self.rate,
                pause: self.pause,
            };
            let freezes = self.actor.behaviour == Behaviour::Freezes;
            let went = if freezes {
                // It will never come back from its download, so it may not keep others waiting.
                drop(permit);
                let Ok(free) = Arc::new(Semaphore::new(1)).acquire_owned().await else {
                    return;
                };
                self.score.stuck.fetch_add(1, Ordering::Relaxed);
                boot::boot(&self.actor, stage, &mut self.dice, free).await
            } else {
                boot::boot(&self.actor, stage, &mut self.dice, permit).await
            };
            match went {
                Went::Up(ip, server) => {
                    self.score.up.fetch_add(1, Ordering::Relaxed);
                    let Some(encore) = self.encore else {
                        return;
                    };
                    self.run(encore, ip, server).await;
                }
                Went::Stuck => {
                    self.score.stuck.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                Went::Gave(why) => {
                    self.complain(why);
                    if !self.retries {
                        return;
                    }
                    sleep(self.dice.span(REBOOT.0, REBOOT.1)).await;
                }
            }
        }
    }

    /// Runs, and refreshes its runtime overlay, until it is its turn to start over.
    async fn run(&mut self, encore: Encore, ip: Ipv4Addr, server: SocketAddrV4) {
        let turns = self.turns.clone();
        let turn = turns.notified();
        tokio::pin!(turn);
        loop {
            let pause = self.dice.span(encore.refresh / 2, encore.refresh * 3 / 2);
            if timeout(pause, turn.as_mut()).await.is_ok() {
                return;
            }
            if let Err(why) = boot::refresh(self.actor.mac, ip, server).await {
                self.complain(why);
            }
        }
    }

    fn complain(&self, why: String) {
        self.score.gave.fetch_add(1, Ordering::Relaxed);
        let mut complaints = self
            .score
            .complaints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if complaints.len() < COMPLAINTS {
            complaints.push(format!("{}: {why}", self.actor.mac));
        }
    }
}
