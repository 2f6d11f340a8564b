//! What a verb writes on: how wide it is, whether colours mean anything there, and whose clock the reader looks at.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::fleet::{Condition, Stage, Status};
use crate::kit::Zone;
use crate::model::Level;

/// What a text says at a glance, where colours are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hue {
    /// As it should be.
    Good,
    /// Under way.
    Moving,
    /// Needs a look.
    Doubtful,
    /// Does not work.
    Bad,
    /// Of lesser interest.
    Faint,
}

impl Hue {
    /// That of a node.
    #[must_use]
    pub const fn of(status: &Status) -> Self {
        match (status.condition, status.stage) {
            (Condition::Failed, _) => Self::Bad,
            (Condition::Stalled, _) => Self::Doubtful,
            (Condition::Fine, Stage::Off) => Self::Faint,
            (Condition::Fine, Stage::Up) => Self::Good,
            (Condition::Fine, _) => Self::Moving,
        }
    }

    /// That of a fault or an event; none for plain information.
    #[must_use]
    pub const fn of_level(level: Level) -> Option<Self> {
        match level {
            Level::Debug | Level::Info => None,
            Level::Warning => Some(Self::Doubtful),
            Level::Error => Some(Self::Bad),
        }
    }

    /// Select Graphic Rendition (ECMA-48 section 8.3.117).
    const fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Moving => "36",
            Self::Doubtful => "33",
            Self::Bad => "1;31",
            Self::Faint => "2",
        }
    }
}

/// Where the output goes, and how it is to look there.
pub struct Paper<'a> {
    out: Box<dyn Write + 'a>,
    colour: bool,
    gone: fn() -> bool,
    /// Cells of a line, where lines are to be broken; none when the output is no terminal.
    pub width: Option<usize>,
    /// The reader's time zone.
    pub zone: Zone,
}

impl std::fmt::Debug for Paper<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Paper")
            .field("colour", &self.colour)
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

impl<'a> Paper<'a> {
    /// Plain paper: no colours, no end of a line, times in UTC.
    #[must_use]
    pub fn plain(out: impl Write + 'a) -> Self {
        Self {
            out: Box::new(out),
            colour: false,
            gone: || false,
            width: None,
            zone: Zone::default(),
        }
    }

    /// Paper of that width on which colours show.
    #[must_use]
    pub fn coloured(out: impl Write + 'a, width: usize) -> Self {
        Self {
            colour: true,
            width: Some(width),
            ..Self::plain(out)
        }
    }
}

impl Paper<'static> {
    /// Standard output as it is: colours on a terminal unless `NO_COLOR` is set (no-color.org) or the terminal is `dumb`; times in
    /// the zone of the environment.
    #[must_use]
    pub fn found() -> Self {
        let terminal = io::stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let width = crossterm::terminal::size()
            .ok()
            .filter(|(columns, _)| terminal && *columns > 0);
        Self {
            out: Box::new(io::BufWriter::new(io::stdout())),
            colour: terminal
                && set("NO_COLOR").is_none()
                && set("TERM").is_some_and(|term| term != "dumb"),
            gone: reader_left,
            width: width.map(|(columns, _)| usize::from(columns)),
            zone: jiff::tz::TimeZone::system().into(),
        }
    }
}

impl Paper<'_> {
    /// `text` in its colour, where colours show.
    #[must_use]
    pub fn paint(&self, hue: Option<Hue>, text: &str) -> String {
        match hue.filter(|_| self.colour && !text.is_empty()) {
            Some(hue) => format!("\u{1b}[{}m{text}\u{1b}[0m", hue.code()),
            None => text.to_owned(),
        }
    }

    /// Whether whoever read this has left, as `head` does: nothing that is still written will arrive.
    #[must_use]
    pub fn unread(&self) -> bool {
        (self.gone)()
    }
}

impl Write for Paper<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A pipe without a reader says so without being written to (poll(2), POLLERR).
fn reader_left() -> bool {
    let out = io::stdout();
    let mut asked = [PollFd::new(out.as_fd(), PollFlags::empty())];
    let told = poll(&mut asked, PollTimeout::ZERO).is_ok_and(|found| found > 0);
    told && asked[0]
        .revents()
        .is_some_and(|what| what.intersects(PollFlags::POLLERR | PollFlags::POLLHUP))
}
