//! The agent from start to end.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::config::Config;
use super::ear::{Call, Ear};
use super::health;
use super::label;
use super::ledger::Ledger;
use super::pace::Pace;
use super::refresh::{Agent, Turn};
use super::root::Root;
use crate::wire::report::Orders;

/// Between two refreshes that were called for lies at least this.
const BREATH: Duration = Duration::from_secs(1);

/// How an agent is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What is refreshed; `/` on a node.
    pub root: PathBuf,
    /// The node's configuration.
    pub config: PathBuf,
    /// The kernel's command line.
    pub cmdline: PathBuf,
    /// Folder of what the agent remembers until the next boot.
    pub state: PathBuf,
    /// Refresh once and end.
    pub once: bool,
    /// Do not wait before the first refresh.
    pub now: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            root: "/".into(),
            config: "/warewulf/config".into(),
            cmdline: "/proc/cmdline".into(),
            state: "/run/muster/agent".into(),
            once: false,
            now: false,
        }
    }
}

/// Runs until it is told to end; with [`Options::once`], for one refresh. Says what happens to `log`, a line each.
///
/// # Errors
/// A sentence: the node's configuration cannot be used, another agent runs, or, with [`Options::once`], the refresh did not work.
pub fn run(options: &Options, log: &mut dyn Write) -> Result<(), String> {
    let config = read_config(options)?;
    let _alone = alone(&options.state)?;
    let mut ear = Ear::open(config.server.ip()).map_err(|error| error.to_string())?;
    let root = Root::open(&options.root)
        .map_err(|error| format!("{}: {error}", options.root.display()))?;
    let place = options.state.join("ledger");
    let live = options.root == Path::new("/");
    let mut agent = Agent {
        root,
        selinux: live && label::selinux(),
        ledger: Ledger::load(&place),
        place,
        orders: Orders {
            interval: config.interval.filter(|seconds| *seconds > 0).unwrap_or(60),
            remove: true,
        },
        config,
        ear: ear.place(),
        machine: health::machine(),
        fault: None,
        told: None,
    };
    let mut pace = Pace::default();
    let mut wait = match options.once || options.now {
        true => Duration::ZERO,
        false => Pace::first(agent.orders.interval, luck()),
    };
    loop {
        if ear.wait(wait) == Call::End {
            return Ok(());
        }
        let turn = agent.turn(luck());
        say(log, &turn);
        let interval = agent.orders.interval;
        wait = match &turn {
            _ if options.once => return outcome(&agent, turn),
            Ok(_) => pace.answered(interval, luck()),
            Err(_) => pace.failed(interval, luck()),
        };
        if live && matches!(turn, Ok(Turn::Applied(_))) {
            succeed(log);
        }
        // Who calls without end gets one refresh a second.
        if ear.rest(BREATH) == Call::End {
            return Ok(());
        }
    }
}

fn outcome(agent: &Agent, turn: Result<Turn, super::ask::Trouble>) -> Result<(), String> {
    turn.map_err(|trouble| trouble.to_string())?;
    agent.fault.clone().map_or(Ok(()), Err)
}

/// What a person who reads the journal wants to know.
fn say(log: &mut dyn Write, turn: &Result<Turn, super::ask::Trouble>) {
    use crate::wire::cpio::show;
    // Without a place for words the server still hears.
    let mut line = |text: String| {
        let _ = writeln!(log, "muster-agent: {text}");
    };
    match turn {
        Ok(Turn::Same) => {}
        Ok(Turn::Broken(what)) => line(format!("{what}; nothing was changed")),
        Err(trouble) => line(trouble.to_string()),
        Ok(Turn::Applied(out)) => {
            for path in &out.changed {
                line(format!("wrote /{}", show(path)));
            }
            for path in &out.removed {
                line(format!("removed /{}", show(path)));
            }
            out.notes
                .iter()
                .chain(&out.faults)
                .for_each(|text| line(text.clone()));
        }
    }
}

fn read_config(options: &Options) -> Result<Config, String> {
    let config = match fs::read_to_string(&options.config) {
        Ok(text) => text,
        // The command line may say all that is needed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{}: {error}", options.config.display())),
    };
    let cmdline = fs::read_to_string(&options.cmdline).unwrap_or_default();
    Config::read(&config, &cmdline, |name| {
        let plain = !name.contains('/');
        let path = format!("/sys/class/net/{name}/address");
        let text = plain.then(|| fs::read_to_string(path).ok()).flatten()?;
        Some(text.trim().to_owned())
    })
}

/// Makes the folder and holds its lock.
fn alone(state: &Path) -> Result<fs::File, String> {
    let named = |error: io::Error| format!("{}: {error}", state.display());
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(state)
        .map_err(named)?;
    let lock = fs::File::create(state.join("lock")).map_err(named)?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(rustix::io::Errno::WOULDBLOCK) => Err("another muster-agent runs on this node".into()),
        Err(error) => Err(named(error.into())),
    }
}

/// Goes on as the program that has just taken this one's place.
fn succeed(log: &mut dyn Write) {
    let Ok(exe) = fs::read_link("/proc/self/exe") else {
        return;
    };
    let exe = exe.to_string_lossy().into_owned();
    if let Some(path) = exe.strip_suffix(" (deleted)") {
        let error = Command::new(path).args(std::env::args_os().skip(1)).exec();
        // There is none, or it does not run: this one goes on.
        let _ = writeln!(log, "muster-agent: {path} cannot take over: {error}");
    }
}

/// A random number; without a source of luck, one that at least differs between nodes and times.
fn luck() -> u64 {
    let mut bytes = [0; 8];
    let read = fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    match read {
        Ok(()) => u64::from_ne_bytes(bytes),
        Err(_) => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let pid = u64::from(std::process::id());
            now.map_or(0, |now| u64::from(now.subsec_nanos()))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                ^ pid
        }
    }
}
