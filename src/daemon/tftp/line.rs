//! A line: one data port of one of our addresses, shared by many transfers.
//!
//! With a socket for each transfer the kernel would sort the packets, but every block would cost one system call to wait, one to
//! hear and one to send. Through a shared one, one call hears many clients and one answers them all; who sent a packet tells
//! whose it is. Its port is the server's transfer identifier (RFC 1350 section 4), so two transfers to one port of a client are
//! never on one line: what is late from the first must not pass for the second.

use std::collections::HashMap;
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc::{sock_extended_err, sockaddr_in};
use nix::sys::epoll::{EpollEvent, EpollFlags};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg, setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

use super::desk::lock;
use super::hall::Seat;
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
/// Most lines.
const MOST: usize = 256;

/// One data socket: to clients, that is; to the kernel, one for each thread.
#[derive(Debug)]
pub struct Line {
    local: Ipv4Addr,
    sockets: Vec<Socket>,
    transfers: AtomicUsize,
    /// Clients whose transfers here are over, since when, and the how many-th that was.
    late: Mutex<HashMap<SocketAddrV4, (Stamp, u64)>>,
}

impl Line {
    fn open(local: Ipv4Addr, seats: &[Seat]) -> io::Result<Self> {
        let mut sockets: Vec<Socket> = Vec::with_capacity(seats.len());
        for seat in seats {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
            match sockets.first() {
                // Sharing is allowed once there is a port: the kernel might choose that of another line otherwise.
                None => {
                    socket.bind(&SocketAddr::from((local, 0)).into())?;
                    socket.set_reuse_port(true)?;
                }
                Some(first) => {
                    socket.set_reuse_port(true)?;
                    socket.bind(&first.local_addr()?)?;
                }
            }
            prepare(&socket, seat.core)?;
            sockets.push(socket);
        }
        Ok(Self {
            local,
            sockets,
            transfers: AtomicUsize::new(0),
            late: Mutex::default(),
        })
    }

    /// The socket of a seat.
    #[must_use]
    pub fn socket(&self, seat: usize) -> Option<&Socket> {
        self.sockets.get(seat)
    }

    /// How many transfers it carries.
    #[must_use]
    pub fn transfers(&self) -> usize {
        self.transfers.load(Ordering::Relaxed)
    }

    /// Whether a transfer to that client was over a moment ago.
    #[must_use]
    pub fn knew(&self, peer: SocketAddrV4) -> bool {
        lock(&self.late).contains_key(&peer)
    }

    /// Takes one report of a packet that did not arrive: the client that it was for, if the client's machine said that nobody
    /// listens there. Other reports pass: routes and neighbours come and go while machines boot.
    ///
    /// # Errors
    /// There is none (`WouldBlock`).
    pub fn take_report(&self, seat: usize) -> io::Result<Option<SocketAddrV4>> {
        let socket = self.sockets.get(seat).ok_or(io::ErrorKind::WouldBlock)?;
        let mut room = cmsg_space!(sock_extended_err, sockaddr_in);
        let mut packet = [0; 8];
        let mut parts = [IoSliceMut::new(&mut packet)];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let fd = socket.as_raw_fd();
        let got = recvmsg::<SockaddrIn>(fd, &mut parts, Some(&mut room), flags)?;
        let refused = got.cmsgs()?.any(|message| {
            let code = Errno::ECONNREFUSED as u32;
            matches!(message, ControlMessageOwned::Ipv4RecvErr(error, _) if error.ee_errno == code)
        });
        Ok(got.address.map(SocketAddrV4::from).filter(|_| refused))
    }
}

fn prepare(socket: &Socket, core: usize) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    // The system may grant less, above all to an unprivileged server: then clients ask again, and the kernel makes us wait.
    if setsockopt(socket, sockopt::RcvBufForce, &BUFFER).is_err() {
        let _ = socket.set_recv_buffer_size(BUFFER);
    }
    if setsockopt(socket, sockopt::SndBufForce, &BUFFER).is_err() {
        let _ = socket.set_send_buffer_size(BUFFER);
    }
    // Before Linux 6.2 it may not count; then a client's address and port decide which thread hears it.
    let _ = socket.set_cpu_affinity(core);
    // Only so does a socket that is not connected hear which client's port is closed.
    setsockopt(socket, sockopt::Ipv4RecvErr, &true)?;
    Ok(())
}

/// The lines, by number.
#[derive(Debug, Default)]
pub struct Lines(Mutex<Rows>);

#[derive(Debug, Default)]
struct Rows {
    lines: Vec<Option<Arc<Line>>>,
    /// Transfers that are over.
    ended: u64,
}

impl Lines {
    /// One past the highest number in use; 0 if there is none.
    #[must_use]
    pub fn end(&self) -> usize {
        let rows = lock(&self.0);
        let last = rows.lines.iter().rposition(Option::is_some);
        last.map_or(0, |last| last + 1)
    }

    /// The line with a number.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<Arc<Line>> {
        lock(&self.0).lines.get(number)?.clone()
    }

    /// The line for a transfer that begins: from the address that was asked, and one that had none to that client lately. The
    /// transfer counts as begun. The seats are told of the line by its number.
    ///
    /// # Errors
    /// The system is out of descriptors or memory, or the address is gone.
    pub fn enter(&self, road: Road, seats: &[Seat]) -> io::Result<usize> {
        let mut rows = lock(&self.0);
        let open = rows.lines.iter().enumerate();
        let here: Vec<_> = open
            .filter_map(|(at, line)| {
                let line = line.as_ref().filter(|line| line.local == road.local)?;
                let late = lock(&line.late).get(&road.peer).map(|late| late.1);
                Some((late, at))
            })
            .collect();
        let number = match here.iter().min() {
            Some((late, at)) if late.is_none() || here.len() >= MOST_PER_ADDRESS => *at,
            _ => rows.open(road.local, seats)?,
        };
        if let Some(Some(line)) = rows.lines.get(number) {
            line.transfers.fetch_add(1, Ordering::Relaxed);
        }
        Ok(number)
    }

    /// A transfer to `peer` is over.
    pub fn leave(&self, number: usize, peer: SocketAddrV4, now: Stamp) {
        let mut rows = lock(&self.0);
        rows.ended += 1;
        if let Some(Some(line)) = rows.lines.get(number) {
            line.transfers.fetch_sub(1, Ordering::Relaxed);
            let mut late = lock(&line.late);
            if late.len() < MOST_LATE {
                late.insert(peer, (now, rows.ended));
            }
        }
    }

    /// Forgets what is long over, and closes the lines that carry nothing: what still comes for them, the kernel refuses.
    pub fn tidy(&self, now: Stamp) {
        for place in &mut lock(&self.0).lines {
            let Some(line) = place else { continue };
            let mut late = lock(&line.late);
            late.retain(|_, (since, _)| now.since(*since) < LATE);
            let idle = line.transfers() == 0 && late.is_empty();
            drop(late);
            if idle {
                *place = None;
            }
        }
    }
}

impl Rows {
    fn open(&mut self, local: Ipv4Addr, seats: &[Seat]) -> io::Result<usize> {
        let free = self.lines.iter().position(Option::is_none);
        let number = free.unwrap_or(self.lines.len());
        if number >= MOST {
            return Err(io::Error::other("too many addresses are in use"));
        }
        let line = Line::open(local, seats)?;
        for (seat, socket) in seats.iter().zip(&line.sockets) {
            let event = EpollEvent::new(EpollFlags::EPOLLIN, number as u64);
            seat.epoll.add(socket.as_fd(), event)?;
        }
        let line = Some(Arc::new(line));
        match self.lines.get_mut(number) {
            Some(place) => *place = line,
            None => self.lines.push(line),
        }
        Ok(number)
    }
}
