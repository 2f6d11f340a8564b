//! How a verb fails.

use std::io;
use std::process::ExitCode;

/// Why a verb did not do what it was to do.
#[derive(Debug)]
pub enum Failure {
    /// The engine refused, nothing is meant, or faults were found: exit code 1.
    Refused(String),
    /// The arguments make no sense together: exit code 2.
    Usage(String),
    /// No engine was reached, or it was lost: exit code 3.
    Unreached(String),
    /// Everything was said, and it is no failure; scripts get this exit code.
    Told(u8),
    /// What was written did not arrive.
    Unwritten(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Unwritten(error)
    }
}

impl Failure {
    /// The complaint, if there is one, and the exit code. A reader that has seen enough (`| head`) is none.
    pub fn verdict(self) -> (Option<String>, ExitCode) {
        match self {
            Self::Refused(text) => (Some(text), ExitCode::from(1)),
            Self::Usage(text) => (Some(text), ExitCode::from(2)),
            Self::Unreached(text) => (Some(text), ExitCode::from(3)),
            Self::Told(code) => (None, ExitCode::from(code)),
            Self::Unwritten(e) if e.kind() == io::ErrorKind::BrokenPipe => {
                (None, ExitCode::SUCCESS)
            }
            Self::Unwritten(e) => (
                Some(format!("the output cannot be written: {e}")),
                ExitCode::from(1),
            ),
        }
    }
}
