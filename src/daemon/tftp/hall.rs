//! What the threads share: the desk, the transfers and the lines; and each thread's own seat.
//!
//! Whoever wakes a process on another core interrupts that core, which costs as much as sending the packet. So each thread sits on
//! one core, and each line has one socket for each thread, all with the same port: the kernel gives a packet to the socket of the
//! core on which it arrived. A card brings the packets of one client to one core; a client on this machine, as in tests and
//! demonstrations, is answered where it runs. Any thread may therefore hear any transfer.

use std::io;
use std::os::fd::AsFd;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::unistd::Pid;

use super::desk::Desk;
use super::line::Lines;
use super::table::Table;

/// What is no line's number.
pub const BELL: u64 = u64::MAX;
/// What is no line's number either.
pub const LISTENER: u64 = u64::MAX - 1;

/// Where the threads meet.
#[derive(Debug)]
pub struct Hall {
    /// Answers requests.
    pub desk: Desk,
    /// The transfers. Locked for a moment only: never while a transfer acts.
    pub table: Mutex<Table>,
    /// Their data sockets.
    pub lines: Lines,
    /// One for each thread. The thread of the first one listens, and looks at deadlines.
    pub seats: Vec<Seat>,
    closed: AtomicBool,
}

/// The place of one thread.
#[derive(Debug)]
pub struct Seat {
    /// The number of its core.
    pub core: usize,
    /// What it waits for.
    pub epoll: Epoll,
    /// Held while packets are taken from its sockets and heard: whoever has it knows that all before were heard.
    pub hearing: Mutex<()>,
    bell: EventFd,
}

impl Hall {
    /// A hall with a seat on each core that this process may use, `most` at the most.
    ///
    /// # Errors
    /// The system is out of descriptors.
    pub fn new(desk: Desk, most: usize) -> io::Result<Self> {
        let seats = cores().into_iter().take(most).map(Seat::new);
        let seats = seats.collect::<io::Result<Vec<_>>>()?;
        if let Some(first) = seats.first() {
            let event = EpollEvent::new(EpollFlags::EPOLLIN, LISTENER);
            first.epoll.add(desk.socket.as_fd(), event)?;
        }
        Ok(Self {
            desk,
            table: Mutex::default(),
            lines: Lines::default(),
            seats,
            closed: AtomicBool::new(false),
        })
    }

    /// Tells the threads to end.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        for seat in &self.seats {
            // Fails only when it was rung 2^64 times and not heard.
            let _ = seat.bell.write(1);
        }
    }

    /// Whether the threads are to end.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

impl Seat {
    fn new(core: usize) -> io::Result<Self> {
        let flags = EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC;
        let seat = Self {
            core,
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            hearing: Mutex::default(),
            bell: EventFd::from_value_and_flags(0, flags)?,
        };
        let event = EpollEvent::new(EpollFlags::EPOLLIN, BELL);
        seat.epoll.add(seat.bell.as_fd(), event)?;
        Ok(seat)
    }

    /// Seats the calling thread. It serves as well from another core, only dearer.
    pub fn take(&self) {
        let mut core = CpuSet::new();
        let taken = core
            .set(self.core)
            .and_then(|()| sched_setaffinity(Pid::from_raw(0), &core));
        if let Err(error) = taken {
            tracing::debug!(%error, core = self.core, "tftp: seat");
        }
    }
}

/// The cores that this process may use; one if the system does not say.
fn cores() -> Vec<usize> {
    let allowed = sched_getaffinity(Pid::from_raw(0)).unwrap_or_default();
    let cores: Vec<usize> = (0..CpuSet::count())
        .filter(|core| allowed.is_set(*core).unwrap_or_default())
        .collect();
    if cores.is_empty() { vec![0] } else { cores }
}
