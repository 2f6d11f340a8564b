//! How verbs reach an engine: the daemon if one runs, else the files.

use std::cell::Cell;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use muster::api::{Command, Reply};
use muster::cli::{Ask, Quiet};
use muster::daemon;
use muster::link::{self, Link, Trouble};
use muster::model::Paths;

/// How long a daemon that was told to stop may take; transfers under way are finished first.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// One verb's way.
pub struct Reach<'a> {
    paths: &'a Paths,
    /// Whether it was said that no daemon answers, or is better left unsaid.
    said: Cell<bool>,
}

impl<'a> Reach<'a> {
    /// The way to the engine of this root; `quiet` leaves unsaid that no daemon runs.
    pub const fn new(paths: &'a Paths, quiet: bool) -> Self {
        Self {
            paths,
            said: Cell::new(quiet),
        }
    }
}

/// The engine for a shell that completes words: it complains of nothing.
pub fn quiet(root: Option<OsString>) -> Quiet {
    let paths = super::paths(root.as_deref().map(Path::new), false);
    Arc::new(move |command| match link::ask(&paths.socket(), &command) {
        Ok(reply) => Some(reply),
        Err(Trouble::Absent { .. }) => daemon::offline::ask(&paths, command).ok(),
        Err(_) => None,
    })
}

impl Ask for Reach<'_> {
    fn ask(&self, command: Command) -> Result<Reply, String> {
        match link::ask(&self.paths.socket(), &command) {
            Ok(reply) => Ok(reply),
            Err(absent @ Trouble::Absent { .. }) => match command {
                Command::Reload | Command::Stop | Command::Refresh { .. } => {
                    Err(absent.to_string())
                }
                command => {
                    let tells = matches!(
                        command,
                        Command::Snapshot | Command::Why { .. } | Command::Node { .. }
                    );
                    if tells && !self.said.replace(true) {
                        super::complain("muster: no daemon runs here; this is what the files say");
                    }
                    daemon::offline::ask(self.paths, command)
                }
            },
            Err(trouble) => Err(trouble.to_string()),
        }
    }

    fn attach(&self) -> Result<Link, String> {
        link::attach(self.paths.socket()).map_err(|e| e.to_string())
    }

    fn stop(&self) -> Result<(), String> {
        let process = daemon::lock::holder(&self.paths.state);
        self.ask(Command::Stop)?;
        let began = Instant::now();
        while process.is_some_and(daemon::lock::lives) {
            if began.elapsed() > STOP_PATIENCE {
                return Err(
                    "muster was told to stop and has not stopped yet; its log says why".into(),
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}
