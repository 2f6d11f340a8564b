//! Ctrl-C during a job: the job ends in good order instead of leaving half of an image.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::daemon::signals;

/// Whether this process has been asked to end since it began to listen.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to listen for SIGINT, SIGTERM and SIGHUP; none of them ends the process by itself from then on.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn listen() -> io::Result<Self> {
        let interrupt = Self::default();
        let asked = interrupt.0.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut signals = {
            let _inside = runtime.enter();
            signals::listen()?
        };
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                // A terminal that is closed is no reason to go on either, so whichever signal it is.
                runtime.block_on(signals.next());
                asked.store(true, Ordering::Relaxed);
            })?;
        Ok(interrupt)
    }

    /// Whether it has.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
