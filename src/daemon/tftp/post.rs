//! How packets reach the thread whose client sent them, and how a thread is woken.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use nix::sys::eventfd::{EfdFlags, EventFd};

use super::road::Road;

/// Requests that wait for a thread; more are lost, and their clients ask again.
const WAITING: usize = 4096;

/// A thread's letter box.
#[derive(Debug)]
pub struct Post {
    bell: EventFd,
    letters: Mutex<Vec<(Vec<u8>, Road)>>,
    closed: AtomicBool,
}

impl Post {
    /// An empty one.
    ///
    /// # Errors
    /// The system is out of descriptors.
    pub fn new() -> io::Result<Self> {
        let flags = EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC;
        Ok(Self {
            bell: EventFd::from_value_and_flags(0, flags)?,
            letters: Mutex::default(),
            closed: AtomicBool::new(false),
        })
    }

    /// What becomes readable when there is something to look at.
    #[must_use]
    pub fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    /// Puts a packet in and wakes the thread.
    pub fn put(&self, bytes: &[u8], road: Road) {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        if letters.len() < WAITING {
            letters.push((bytes.to_vec(), road));
        }
        drop(letters);
        self.ring();
    }

    /// Takes everything out.
    #[must_use]
    pub fn take(&self) -> Vec<(Vec<u8>, Road)> {
        // It may not have been rung; then there is nothing to unring.
        let _ = self.bell.read();
        std::mem::take(&mut *self.letters.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells the thread to end.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.ring();
    }

    /// Whether the thread is to end.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn ring(&self) {
        // Fails only when it was rung 2^64 times and not heard.
        let _ = self.bell.write(1);
    }
}
