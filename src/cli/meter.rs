//! How far a long job is, in one line of a terminal that is written over and over.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::kit::units;

/// Time between two lines: a slow link has other things to carry.
const PAUSE: Duration = Duration::from_millis(200);

/// The line. Where there is no terminal nothing is ever written.
#[derive(Debug)]
pub struct Meter<W> {
    to: Option<W>,
    shown: Option<Instant>,
    width: usize,
}

impl<W: Write + IsTerminal> Meter<W> {
    /// A line on `to`, if that is a terminal.
    pub fn new(to: W) -> Self {
        Self::on(to.is_terminal().then_some(to))
    }
}

impl<W: Write> Meter<W> {
    /// A line on `to`, whatever that is.
    pub fn on(to: Option<W>) -> Self {
        Self {
            to,
            shown: None,
            width: 0,
        }
    }

    /// Shows `word`, how many files and bytes are done, and of how many bytes.
    pub fn show(&mut self, word: &str, files: u64, bytes: u64, of: Option<u64>) {
        if self.to.is_none() || self.shown.is_some_and(|at| at.elapsed() < PAUSE) {
            return;
        }
        self.shown = Some(Instant::now());
        let done = units::size(bytes);
        let text = match of {
            Some(of) if of > 0 => {
                let percent = bytes.min(of) * 100 / of;
                format!(
                    "{word} {percent} %, {done} of {}, {files} files",
                    units::size(of)
                )
            }
            _ => format!("{word} {done}, {files} files"),
        };
        self.write(&text);
    }

    /// Shows a text, however lately another one was shown.
    pub fn tell(&mut self, text: &str) {
        self.write(text);
    }

    /// Takes the line away, so that what follows stands alone.
    pub fn clear(&mut self) {
        if self.width > 0 {
            self.write("");
            if let Some(to) = &mut self.to {
                let _ = to.write_all(b"\r");
            }
        }
    }

    fn write(&mut self, text: &str) {
        let width = self.width;
        if let Some(to) = &mut self.to {
            // A terminal that is gone is no reason to stop the job.
            let _ = write!(to, "\r{text:<width$}").and_then(|()| to.flush());
        }
        self.width = text.len();
    }
}
