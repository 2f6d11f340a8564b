//! The threads that listen to the terminal: one waits for bytes and reads them, one waits for nothing but the hang-up.

use std::io;
use std::os::fd::AsFd;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::keyboard::Keyboard;
use crate::console::app::Msg;

/// Milliseconds within which the bytes of one key arrive; a lone Esc is a key after them. Over a bad line its parts may come in
/// two packets.
const TOGETHER: u8 = 40;
/// Milliseconds after which the reader looks up, so that it can be parked.
const LOOK_UP: u8 = 250;

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
    let mut keyboard = Keyboard::default();
    let mut buffer = [0; 4_096];
    loop {
        park.rest();
        let patience = if keyboard.waits() { TOGETHER } else { LOOK_UP };
        let mut fds = [PollFd::new(tty.as_fd(), PollFlags::POLLIN)];
        let heard = match poll(&mut fds, PollTimeout::from(patience)) {
            Err(nix::errno::Errno::EINTR) => continue,
            Err(_) => return,
            Ok(0) => keyboard.idle().into_iter().collect(),
            Ok(_) => {
                let found = fds[0].revents().unwrap_or(PollFlags::empty());
                if !found.contains(PollFlags::POLLIN) {
                    // Gone; the watching thread reports it.
                    return;
                }
                match nix::unistd::read(tty.as_fd(), &mut buffer) {
                    Ok(0) => return,
                    Ok(read) => keyboard.feed(&buffer[..read]),
                    Err(nix::errno::Errno::EINTR | nix::errno::Errno::EAGAIN) => continue,
                    Err(_) => return,
                }
            }
        };
        for msg in heard {
            if to.send(wrap(Heard::Msg(msg))).is_err() {
                return;
            }
        }
    }
}
