//! One command, one reply: what a verb needs.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::socket;
use crate::api::{Command, Reply};

/// How long a verb waits for its reply.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Nobody listens at the socket.
    #[error("no muster is running here: nobody answers at {path} ({cause})")]
    Absent {
        /// The socket.
        path: String,
        /// What the system says.
        cause: io::Error,
    },
    /// The socket may not be used by this user.
    #[error("{path} may not be opened by this user; ask root, or join the group that owns it")]
    Forbidden {
        /// The socket.
        path: String,
    },
    /// The engine was reached, and the exchange failed.
    #[error("the muster at {path} did not answer properly: {cause}")]
    Broken {
        /// The socket.
        path: String,
        /// What went wrong.
        cause: String,
    },
}

/// Sends `command` to the engine at `path` and waits for its reply. Blocks; not for use inside a runtime.
///
/// # Errors
/// [`Trouble`], in words for a person.
pub fn ask(path: &Path, command: &Command) -> Result<Reply, Trouble> {
    let shown = path.display().to_string();
    let broken = |cause: String| Trouble::Broken {
        path: shown.clone(),
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
            Ok(Err(cause)) => Err(match cause.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Trouble::Absent {
                    path: shown.clone(),
                    cause,
                },
                io::ErrorKind::PermissionDenied => Trouble::Forbidden {
                    path: shown.clone(),
                },
                _ => broken(cause.to_string()),
            }),
            Ok(Ok(body)) => serde_json::from_slice(&body).map_err(|e| broken(e.to_string())),
        }
    })
}
