//! A line: one data socket from one of our addresses, shared by many transfers.
//!
//! With a socket for each transfer the kernel would sort the packets, but every block would cost one system call to wait, one to
//! hear and one to send. Through a shared one, one call hears many clients and one answers them all; who sent a packet tells
//! whose it is. Its port is the server's transfer identifier (RFC 1350 section 4), so two transfers to one port of a client are
//! never on one line: what is late from the first must not pass for the second.

use std::collections::HashMap;
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::AsFd;
use std::time::Duration;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc::{sock_extended_err, sockaddr_in};
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg, setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

use super::road::Road;
use crate::kit::Stamp;

/// Buffers of a line: five thousand acknowledgements, as the kernel accounts them, or some dozens of windows.
const BUFFER: usize = 4 << 20;
/// How long packets of a transfer that is over may still arrive.
const LATE: Duration = Duration::from_secs(10);
/// Most clients that are remembered for so long.
const MOST_LATE: usize = 16 << 10;
/// Most lines from one address. A client that asks anew more often in [`LATE`] gets the line it had longest ago.
const MOST_PER_ADDRESS: usize = 8;
/// Most lines of one thread.
const MOST: usize = 256;

/// One data socket.
#[derive(Debug)]
pub struct Line {
    socket: Socket,
    local: Ipv4Addr,
    transfers: usize,
    /// Clients whose transfers here are over, since when, and the how many-th that was.
    late: HashMap<SocketAddrV4, (Stamp, u64)>,
}

impl Line {
    fn open(local: Ipv4Addr) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        socket.bind(&SocketAddr::from((local, 0)).into())?;
        // The system may grant less, above all to an unprivileged server: then clients ask again, and the kernel makes us wait.
        if setsockopt(&socket, sockopt::RcvBufForce, &BUFFER).is_err() {
            let _ = socket.set_recv_buffer_size(BUFFER);
        }
        if setsockopt(&socket, sockopt::SndBufForce, &BUFFER).is_err() {
            let _ = socket.set_send_buffer_size(BUFFER);
        }
        // Only so does a socket that is not connected hear which client's port is closed.
        setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?;
        Ok(Self {
            socket,
            local,
            transfers: 0,
            late: HashMap::new(),
        })
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// How many transfers it carries.
    #[must_use]
    pub fn transfers(&self) -> usize {
        self.transfers
    }

    /// Whether a transfer to that client was over a moment ago.
    #[must_use]
    pub fn knew(&self, peer: SocketAddrV4) -> bool {
        self.late.contains_key(&peer)
    }

    /// Takes one report of a packet that did not arrive: the client that it was for, if the client's machine said that nobody
    /// listens there. Other reports pass: routes and neighbours come and go while machines boot.
    ///
    /// # Errors
    /// There is none (`WouldBlock`).
    pub fn take_report(&self) -> io::Result<Option<SocketAddrV4>> {
        use std::os::fd::AsRawFd;
        let mut room = cmsg_space!(sock_extended_err, sockaddr_in);
        let mut packet = [0; 8];
        let mut parts = [IoSliceMut::new(&mut packet)];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let fd = self.socket.as_raw_fd();
        let got = recvmsg::<SockaddrIn>(fd, &mut parts, Some(&mut room), flags)?;
        let refused = got.cmsgs()?.any(|message| {
            let code = Errno::ECONNREFUSED as u32;
            matches!(message, ControlMessageOwned::Ipv4RecvErr(error, _) if error.ee_errno == code)
        });
        Ok(got.address.map(SocketAddrV4::from).filter(|_| refused))
    }
}

/// The lines of one thread, by number.
#[derive(Debug, Default)]
pub struct Lines {
    lines: Vec<Option<Line>>,
    /// Transfers that are over.
    ended: u64,
}

impl Lines {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(Option::is_none)
    }

    /// One past the highest number in use.
    #[must_use]
    pub fn end(&self) -> usize {
        self.lines.len()
    }

    /// The line with a number.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&Line> {
        self.lines.get(number)?.as_ref()
    }

    /// The line for a transfer that begins: from the address that was asked, and one that had none to that client lately. The
    /// transfer counts as begun. `epoll` tells of the line by its number.
    ///
    /// # Errors
    /// The system is out of descriptors or memory, or the address is gone.
    pub fn enter(&mut self, road: Road, epoll: &Epoll) -> io::Result<usize> {
        let here = || {
            let open = |(at, line): (usize, &'_ Option<Line>)| {
                let line = line.as_ref().filter(|line| line.local == road.local)?;
                Some((line.late.get(&road.peer).map(|late| late.1), at))
            };
            self.lines.iter().enumerate().filter_map(open)
        };
        let number = match here().min() {
            Some((ended, at)) if ended.is_none() || here().count() >= MOST_PER_ADDRESS => at,
            _ => self.open(road.local, epoll)?,
        };
        if let Some(line) = self.lines.get_mut(number).and_then(Option::as_mut) {
            line.transfers += 1;
        }
        Ok(number)
    }

    fn open(&mut self, local: Ipv4Addr, epoll: &Epoll) -> io::Result<usize> {
        let free = self.lines.iter().position(Option::is_none);
        let number = free.unwrap_or(self.lines.len());
        if number >= MOST {
            return Err(io::Error::other("too many addresses are in use"));
        }
        let line = Line::open(local)?;
        let event = EpollEvent::new(EpollFlags::EPOLLIN, number as u64);
        epoll.add(line.socket.as_fd(), event)?;
        match self.lines.get_mut(number) {
            Some(place) => *place = Some(line),
            None => self.lines.push(Some(line)),
        }
        Ok(number)
    }

    /// A transfer to `peer` is over.
    pub fn leave(&mut self, number: usize, peer: SocketAddrV4, now: Stamp) {
        self.ended += 1;
        if let Some(line) = self.lines.get_mut(number).and_then(Option::as_mut) {
            line.transfers = line.transfers.saturating_sub(1);
            if line.late.len() < MOST_LATE {
                line.late.insert(peer, (now, self.ended));
            }
        }
    }

    /// Forgets what is long over, and closes the lines that carry nothing: what still comes for them, the kernel refuses.
    pub fn tidy(&mut self, now: Stamp) {
        for place in &mut self.lines {
            let Some(line) = place else { continue };
            line.late.retain(|_, (since, _)| now.since(*since) < LATE);
            if line.transfers == 0 && line.late.is_empty() {
                *place = None;
            }
        }
    }
}
