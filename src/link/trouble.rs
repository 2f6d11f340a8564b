//! Why an engine could not be asked.

use std::io;
use std::path::Path;

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
    #[error(
        "{path} belongs to another user; run this as that user or as root, or join the group that `control: group` names in muster.conf"
    )]
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

impl Trouble {
    /// What the system's error means for whoever asks at `path`.
    #[must_use]
    pub fn of(path: &Path, cause: io::Error) -> Self {
        let path = path.display().to_string();
        match cause.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                Self::Absent { path, cause }
            }
            io::ErrorKind::PermissionDenied => Self::Forbidden { path },
            _ => Self::Broken {
                path,
                cause: cause.to_string(),
            },
        }
    }
}
