//! What comes from the keyboard and the mouse.
//!
//! crossterm's reader spins for ever once the terminal has hung up, and its `poll` then never returns. So a thread of ours waits
//! for the descriptor itself and lets crossterm read only when bytes are there and the line is up; a second thread watches for
//! nothing but the hang-up, for the moment between those two.

use std::io;
use std::os::fd::AsFd;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossterm::event::{
    Event, KeyEventKind, MouseButton, MouseEvent, MouseEventKind, poll as ready, read,
};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::console::app::{Mouse, Msg};
use crate::console::keys::Chord;

/// What the reader found.
#[derive(Debug)]
pub enum Heard {
    /// For the application.
    Msg(Msg),
    /// The terminal is gone.
    Gone,
}

/// The reading thread. It can be parked, so that a program started by us has the keyboard to itself.
#[derive(Debug)]
pub struct Reader {
    park: Arc<Park>,
}

#[derive(Debug, Default)]
struct Park {
    state: Mutex<ParkState>,
    changed: Condvar,
}

#[derive(Debug, Default, Clone, Copy)]
struct ParkState {
    wanted: bool,
    reached: bool,
}

impl Park {
    fn lock(&self) -> MutexGuard<'_, ParkState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called by the reader between two waits: stays here while parking is wanted.
    fn rest(&self) {
        let mut state = self.lock();
        while state.wanted {
            state.reached = true;
            self.changed.notify_all();
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.reached = false;
    }
}

impl Reader {
    /// Starts reading; what is heard goes through `wrap` into `to`.
    ///
    /// # Errors
    /// When no thread can be made.
    pub fn start<T: Send + 'static>(to: SyncSender<T>, wrap: fn(Heard) -> T) -> io::Result<Self> {
        let park = Arc::new(Park::default());
        let parked = park.clone();
        let gone = to.clone();
        std::thread::Builder::new()
            .name("keys".into())
            .spawn(move || read_all(&parked, &to, wrap))?;
        std::thread::Builder::new()
            .name("hang-up".into())
            .spawn(move || {
                watch();
                let _closed = gone.send(wrap(Heard::Gone));
            })?;
        Ok(Self { park })
    }

    /// Stops reading and returns once the thread has let go of the keyboard (it looks up a few times a second).
    pub fn park(&self) {
        let mut state = self.park.lock();
        state.wanted = true;
        while !state.reached {
            let (next, late) = self
                .park
                .changed
                .wait_timeout(state, Duration::from_secs(1))
                .unwrap_or_else(PoisonError::into_inner);
            state = next;
            if late.timed_out() {
                break;
            }
        }
    }

    /// Reads on.
    pub fn resume(&self) {
        self.park.lock().wanted = false;
        self.park.changed.notify_all();
    }
}

/// Waits until the terminal has hung up. No events are asked for: a hang-up is always told.
fn watch() {
    let tty = io::stdin();
    loop {
        let mut fds = [PollFd::new(tty.as_fd(), PollFlags::empty())];
        match poll(&mut fds, PollTimeout::NONE) {
            Err(nix::errno::Errno::EINTR) => {}
            Ok(_) if fds[0].revents().is_some_and(|found| found.is_empty()) => {}
            _ => return,
        }
    }
}

fn read_all<T>(park: &Park, to: &SyncSender<T>, wrap: fn(Heard) -> T) {
    let tty = io::stdin();
    loop {
        park.rest();
        let mut fds = [PollFd::new(tty.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::from(250u8)) {
            Ok(0) | Err(nix::errno::Errno::EINTR) => continue,
            Ok(_) => {}
            Err(_) => return,
        }
        let found = fds[0].revents().unwrap_or(PollFlags::empty());
        if found.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL) {
            // The watching thread reports it.
            return;
        }
        while ready(Duration::ZERO).unwrap_or(false) {
            let Ok(event) = read() else { return };
            if let Some(msg) = heard(event)
                && to.send(wrap(Heard::Msg(msg))).is_err()
            {
                return;
            }
        }
    }
}

/// A terminal event as the application's message; none for what it does not want (key releases, motion, focus, answers to
/// questions that we never ask).
#[must_use]
pub fn heard(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            Some(Msg::Key(Chord::of(key.code, key.modifiers)?))
        }
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize(width, height)),
        Event::Mouse(MouseEvent {
            kind, column, row, ..
        }) => match kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Msg::Mouse(Mouse::Click(column, row))),
            MouseEventKind::ScrollUp => Some(Msg::Mouse(Mouse::Wheel(column, row, -3))),
            MouseEventKind::ScrollDown => Some(Msg::Mouse(Mouse::Wheel(column, row, 3))),
            _ => None,
        },
        _ => None,
    }
}
