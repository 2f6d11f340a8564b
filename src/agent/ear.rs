//! What wakes the agent before its time: a word of the server, a signal, or the end.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::file;
use crate::wire::report::POKE;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// The time is over.
    Time,
    /// The server says that something changed, or a person does by SIGHUP.
    Now,
    /// The agent is to end.
    End,
}

/// The socket and the signals.
#[derive(Debug)]
pub struct Ear {
    signals: SignalFd,
    socket: Option<(UdpSocket, u16)>,
    token: String,
    /// Whether there was a call that nobody has heard yet.
    called: bool,
}

impl Ear {
    /// Listens on a port of the system's choice, for datagrams of the family of `server`. From now on SIGHUP, SIGTERM and SIGINT only
    /// come this way.
    ///
    /// # Errors
    /// What the system yields. Without a socket the agent only refreshes at its interval; that is no error.
    pub fn open(server: IpAddr) -> io::Result<Self> {
        let mut set = SigSet::empty();
        for signal in [Signal::SIGHUP, Signal::SIGTERM, Signal::SIGINT] {
            set.add(signal);
        }
        set.thread_block()?;
        let any: IpAddr = match server {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((any, 0)).ok().and_then(|socket| {
            socket.set_nonblocking(true).ok()?;
            let port = socket.local_addr().ok()?.port();
            Some((socket, port))
        });
        Ok(Self {
            signals: SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?,
            socket,
            token: file::token()? + &file::token()?,
            called: false,
        })
    }

    /// Where it listens, and the word that makes a datagram credible.
    #[must_use]
    pub fn place(&self) -> Option<(u16, String)> {
        let (_, port) = self.socket.as_ref()?;
        Some((*port, self.token.clone()))
    }

    /// Waits for a call, up to `time`.
    pub fn wait(&mut self, time: Duration) -> Call {
        let end = Instant::now() + time;
        loop {
            if std::mem::take(&mut self.called) {
                return Call::Now;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Call::Time;
            }
            let mut fds = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
            if let Some((socket, _)) = &self.socket {
                fds.push(PollFd::new(socket.as_fd(), PollFlags::POLLIN));
            }
            // An interrupted wait begins anew, with what is left of the time.
            let _ = poll(&mut fds, timeout(left));
            drop(fds);
            match self.pending() {
                Some(Signal::SIGHUP) => self.called = true,
                Some(_) => return Call::End,
                None => self.called |= self.heard(),
            }
        }
    }

    /// Waits for `time`, and only ends before. A call that comes meanwhile is kept for [`Ear::wait`].
    pub fn rest(&mut self, time: Duration) -> Call {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Call::Time;
            }
            match self.signal(left) {
                Some(Signal::SIGHUP) => self.called = true,
                Some(_) => return Call::End,
                None => {}
            }
        }
    }

    /// The next signal, if one comes in time.
    fn signal(&self, time: Duration) -> Option<Signal> {
        let mut fds = [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        // An interrupted wait is a short one.
        let _ = poll(&mut fds, timeout(time));
        self.pending()
    }

    fn pending(&self) -> Option<Signal> {
        let info = self.signals.read_signal().ok().flatten()?;
        Signal::try_from(info.ssi_signo as i32).ok()
    }

    /// Whether a datagram with our token waits; all that wait are taken.
    fn heard(&self) -> bool {
        let Some((socket, _)) = &self.socket else {
            return false;
        };
        let mut called = false;
        let mut word = [0; 128];
        // Bounded: who floods the port does not keep the agent busy.
        for _ in 0..64 {
            let Ok((length, _)) = socket.recv_from(&mut word) else {
                break;
            };
            called |= credible(&word[..length], &self.token);
        }
        called
    }
}

/// At least a millisecond, so that what is left of a time is not spent in a circle.
fn timeout(time: Duration) -> PollTimeout {
    let millis = u32::try_from(time.as_millis()).unwrap_or(u32::MAX).max(1);
    PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX)
}

/// Whether a datagram is the server's. Compared without telling by the time it takes how much of it was right.
fn credible(word: &[u8], token: &str) -> bool {
    let wanted = [POKE.as_bytes(), b" ", token.as_bytes()].concat();
    let differing = word
        .iter()
        .zip(&wanted)
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    word.len() == wanted.len() && differing == 0
}
