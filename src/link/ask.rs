//! One command, one reply: what a verb needs.

use std::path::Path;
use std::time::Duration;

use super::socket;
use super::trouble::Trouble;
use crate::api::{Command, Reply};

/// How long a verb waits for its reply.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for what renders overlays for many nodes, and lets every boot go first.
const LONG_PATIENCE: Duration = Duration::from_secs(600);

/// Sends `command` to the engine at `path` and waits for its reply. Blocks; not for use inside a runtime.
///
/// # Errors
/// [`Trouble`], in words for a person.
pub fn ask(path: &Path, command: &Command) -> Result<Reply, Trouble> {
    let broken = |cause: String| Trouble::Broken {
        path: path.display().to_string(),
        cause,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| broken(e.to_string()))?;
    runtime.block_on(async {
        let route = command.route();
        let exchange = socket::exchange(path, &route);
        let patience = patience(command);
        match tokio::time::timeout(patience, exchange).await {
            Err(_) => Err(broken(format!("silence for {} s", patience.as_secs()))),
            Ok(Err(cause)) => Err(Trouble::of(path, cause)),
            Ok(Ok(body)) => serde_json::from_slice(&body)
                .map_err(|e| broken(format!("{e}; is it of the same version?"))),
        }
    })
}

fn patience(command: &Command) -> Duration {
    let long = matches!(command, Command::Overlay(command) if command.takes_long());
    if long { LONG_PATIENCE } else { PATIENCE }
}
