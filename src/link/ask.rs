//! One command, one reply: what a verb needs.

use std::path::Path;
use std::time::Duration;

use super::socket;
use super::trouble::Trouble;
use crate::api::{Command, Reply};

/// How long a verb waits for its reply.
const PATIENCE: Duration = Duration::from_secs(30);

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
        match tokio::time::timeout(PATIENCE, exchange).await {
            Err(_) => Err(broken(format!("silence for {} s", PATIENCE.as_secs()))),
            Ok(Err(cause)) => Err(Trouble::of(path, cause)),
            Ok(Ok(body)) => serde_json::from_slice(&body)
                .map_err(|e| broken(format!("{e}; is it of the same version?"))),
        }
    })
}
