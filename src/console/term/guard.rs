//! Takes the terminal and gives it back, whatever happens in between.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Alternate screen, cursor hidden, bracketed paste. Nothing here asks the terminal anything.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// The mirror of `ENTER`, with mouse reports off, an open synchronised update closed and colours reset.
const LEAVE: &[u8] =
    b"\x1b[?2026l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";
/// Clicks, drags and the wheel in SGR form; not every motion (mode 1003), which floods a slow line.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// Whether the terminal is ours now: a panic and the normal end must not both give it back.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Holds the terminal in raw mode on the alternate screen; gives it back when dropped, and on a panic.
#[derive(Debug)]
pub struct Guard {
    mouse: bool,
}

impl Guard {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it refuses raw mode or cannot be written to.
    pub fn take(mouse: bool, crash_dir: Option<&Path>) -> io::Result<Self> {
        hook(crash_dir.map(Path::to_path_buf));
        let mut guard = Self { mouse };
        guard.enter()?;
        Ok(guard)
    }

    /// Raw mode and alternate screen, at the start and after a suspension.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn enter(&mut self) -> io::Result<()> {
        crossterm::terminal::enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let mut out = io::stdout().lock();
        out.write_all(ENTER)?;
        if self.mouse {
            out.write_all(MOUSE_ON)?;
        }
        out.flush()
    }

    /// Gives the terminal back for now; [`Guard::enter`] takes it again.
    pub fn leave(&mut self) {
        give_back();
    }

    /// Switches mouse reports, so that the terminal's own selection works while they are off.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        let mut out = io::stdout().lock();
        out.write_all(if on { MOUSE_ON } else { MOUSE_OFF })?;
        out.flush()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Restores the terminal, once. A dead terminal is not written to: that write could fail, or block for ever.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    if alive() {
        let mut out = io::stdout().lock();
        let _gone = out.write_all(LEAVE).and_then(|()| out.flush());
        let _gone = crossterm::terminal::disable_raw_mode();
    }
}

/// Whether the terminal is still there and takes bytes at once.
pub fn alive() -> bool {
    let out = io::stdout();
    let mut fds = [PollFd::new(out.as_fd(), PollFlags::POLLOUT)];
    match poll(&mut fds, PollTimeout::from(200u8)) {
        Ok(1) => fds[0].revents().is_some_and(|found| {
            found.contains(PollFlags::POLLOUT)
                && !found.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL)
        }),
        _ => false,
    }
}

/// Whether the terminal is ours now. After a panic in another thread it is not, and nothing may be drawn any more.
pub fn taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// On a panic: the terminal first, then a crash file, then the usual message, which is readable again. A console that has lost one
/// of its other threads is deaf or blind: it ends in good order.
fn hook(crash_dir: Option<PathBuf>) {
    let before = std::panic::take_hook();
    let taker = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        give_back();
        if let Some(dir) = &crash_dir {
            let path = dir.join(format!("console-crash-{}.txt", std::process::id()));
            let trace = std::backtrace::Backtrace::force_capture();
            let text = format!("muster {}\n{info}\n{trace}\n", env!("CARGO_PKG_VERSION"));
            if std::fs::write(&path, text).is_ok() {
                let _gone = writeln!(
                    io::stderr(),
                    "what happened is written to {}",
                    path.display()
                );
            }
        }
        before(info);
        if std::thread::current().id() != taker {
            let _unsent = nix::sys::signal::raise(nix::sys::signal::Signal::SIGTERM);
        }
    }));
}
