//! Whether a reboot would change a node: what it was given is noted while it boots, what it would be given is found out in the
//! background, and the engine compares. Lives here: the notes, the book of what was given, and the thread that looks. May not:
//! decide what differs, or delay a boot: while something boots, the thread waits.

mod book;
mod foresee;
mod ledger;
mod prints;
mod texts;
mod worker;

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

pub use ledger::{Given, Ledger, Note};
pub use prints::{Mark, Prints, mark};
pub(super) use texts::compare;

use super::history::Drifts;
use super::shared::Shared;
use crate::engine::{Input, Seen};
use book::Book;
use worker::Worker;

/// The thread that looks.
#[derive(Debug)]
pub(super) struct Lookout {
    ledger: Arc<Ledger>,
    thread: Option<JoinHandle<()>>,
}

impl Lookout {
    /// What earlier runs kept, for the engine, and the thread that goes on from there. To be called within the runtime, after the
    /// registry was loaded.
    pub(super) fn start(
        kept: Drifts,
        shared: &Shared,
        inputs: mpsc::Sender<Input>,
    ) -> (Input, Self) {
        let book = Book::restore(kept);
        let worker = Worker::new(book, shared.clone(), inputs, Handle::current());
        let begun = Input::Drift(Seen::Begun(worker.all_given()));
        let ledger = shared.ledger.clone();
        let spawned = std::thread::Builder::new()
            .name("drift".into())
            .spawn(move || worker.run());
        if let Err(error) = &spawned {
            tracing::warn!("nobody looks whether reboots would change nodes: {error}");
        }
        let thread = spawned.ok();
        (begun, Self { ledger, thread })
    }

    /// Ends the thread, once it has taken in what was noted.
    pub(super) fn end(&mut self) {
        self.ledger.end();
        if let Some(thread) = self.thread.take() {
            // One that panicked has noted what it could.
            let _ = thread.join();
        }
    }
}
