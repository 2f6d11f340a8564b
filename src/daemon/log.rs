//! The daemon's log: plain lines on standard error, without times where the journal adds them.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging. `MUSTER_LOG` chooses levels as in `warn` or `muster=debug`; the default is `info`.
pub fn start() {
    let filter = EnvFilter::try_from_env("MUSTER_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(!journal && std::io::stderr().is_terminal());
    // A second start in one process changes nothing.
    let _ = if journal {
        lines.without_time().try_init()
    } else {
        lines.try_init()
    };
}
