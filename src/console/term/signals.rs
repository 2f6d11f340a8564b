//! Signals that concern a terminal program.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;

use tokio::signal::unix::{SignalKind, signal};

/// A signal that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The terminal went away (SIGHUP).
    HangUp,
    /// We are asked to end (SIGTERM, SIGINT).
    End,
    /// The terminal has another size (SIGWINCH).
    Size,
    /// We go on after a stop (SIGCONT).
    Continue,
}

/// Whether an interrupt is meant for somebody else: for a program of ours that has the terminal.
static DEAF: AtomicBool = AtomicBool::new(false);

/// Passes interrupts over, or hears them again.
pub fn deafen(on: bool) {
    DEAF.store(on, Ordering::SeqCst);
}

/// Listens in a thread of its own; what comes goes through `wrap` into `to`.
///
/// # Errors
/// When a handler cannot be installed.
pub fn listen<T: Send + 'static>(to: SyncSender<T>, wrap: fn(Sign) -> T) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let mut signals = {
        let _inside = runtime.enter();
        [
            (signal(SignalKind::hangup())?, Sign::HangUp),
            (signal(SignalKind::terminate())?, Sign::End),
            (signal(SignalKind::interrupt())?, Sign::End),
            (signal(SignalKind::window_change())?, Sign::Size),
            (
                signal(SignalKind::from_raw(nix::libc::SIGCONT))?,
                Sign::Continue,
            ),
        ]
    };
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            runtime.block_on(async move {
                let [hangup, end, interrupt, size, cont] = &mut signals;
                loop {
                    let sign = tokio::select! {
                        _ = hangup.0.recv() => hangup.1,
                        _ = end.0.recv() => end.1,
                        _ = interrupt.0.recv() => {
                            if DEAF.load(Ordering::SeqCst) {
                                continue;
                            }
                            interrupt.1
                        }
                        _ = size.0.recv() => size.1,
                        _ = cont.0.recv() => cont.1,
                    };
                    if to.send(wrap(sign)).is_err() {
                        return;
                    }
                }
            });
        })?;
    Ok(())
}
