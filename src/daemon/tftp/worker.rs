//! One thread: waits for its sockets, and lets the transfers behind them act.

use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use super::desk::Desk;
use super::post::Post;
use super::road::{self, Road};
use super::session::Session;
use super::table::Table;
use crate::boot::tftp::{Again, Transfer};
use crate::kit::Stamp;
use crate::wire::tftp::{MAX_REQUEST, Malformed, Packet, Request, code};

/// Sockets that are looked at before the clock is read again.
const AT_ONCE: usize = 64;
/// Requests that are taken before transfers get their turn.
const REQUESTS: usize = 16;
/// How often deadlines are looked at, far below the shortest of them.
const TICK: Duration = Duration::from_millis(25);
const TICK_WAIT: u8 = 25;
/// How long a full send buffer is waited for, in milliseconds.
const FULL_WAIT: u8 = 1;
/// What is no transfer's number.
const BELL: u64 = u64::MAX;
const LISTENER: u64 = u64::MAX - 1;

/// One of the threads that serve. The first one listens; who sent a request decides which one answers it, so that what comes
/// from one port stays in order.
#[derive(Debug)]
pub struct Worker {
    desk: Arc<Desk>,
    posts: Vec<Arc<Post>>,
    at: usize,
    epoll: Epoll,
    table: Table,
    /// Transfers whose packets the kernel had no room for.
    owing: Vec<usize>,
    looked: Stamp,
}

impl Worker {
    /// The thread number `at` of those that have `posts`.
    ///
    /// # Errors
    /// The system is out of descriptors.
    pub fn new(desk: Arc<Desk>, posts: Vec<Arc<Post>>, at: usize) -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        if let Some(post) = posts.get(at) {
            epoll.add(post.bell(), EpollEvent::new(EpollFlags::EPOLLIN, BELL))?;
        }
        if at == 0 {
            let event = EpollEvent::new(EpollFlags::EPOLLIN, LISTENER);
            epoll.add(desk.socket.as_fd(), event)?;
        }
        Ok(Self {
            desk,
            posts,
            at,
            epoll,
            table: Table::default(),
            owing: Vec::new(),
            looked: Stamp::default(),
        })
    }

    /// Serves until its post is closed.
    ///
    /// # Errors
    /// The system does not let it wait any more.
    pub fn run(mut self) -> io::Result<()> {
        let mut ready = [EpollEvent::empty(); AT_ONCE];
        loop {
            let wait = match (self.owing.is_empty(), self.table.is_empty()) {
                (false, _) => EpollTimeout::from(FULL_WAIT),
                (true, false) => EpollTimeout::from(TICK_WAIT),
                (true, true) => EpollTimeout::NONE,
            };
            let count = match self.epoll.wait(&mut ready, wait) {
                Ok(count) => count,
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            let now = self.desk.shared.clock.now();
            for event in ready.iter().take(count) {
                match event.data() {
                    BELL => {
                        if self.read_post(now) {
                            return Ok(());
                        }
                    }
                    LISTENER => self.listen(now),
                    number => self.act(number as usize, now, Session::hear),
                }
            }
            for number in std::mem::take(&mut self.owing) {
                self.act(number, now, Session::push_on);
            }
            if now.since(self.looked) >= TICK {
                self.looked = now;
                for number in 0..self.table.end() {
                    self.act(number, now, Session::look_at_time);
                }
            }
        }
    }

    /// Takes what other threads brought; true when this one is to end.
    fn read_post(&mut self, now: Stamp) -> bool {
        let Some(post) = self.posts.get(self.at).cloned() else {
            return true;
        };
        for (bytes, road) in post.take() {
            self.on_packet(&bytes, road, now);
        }
        if !post.is_closed() {
            return false;
        }
        for number in 0..self.table.end() {
            if let Some(mut session) = self.table.remove(number) {
                session.close("the server stopped", now);
            }
        }
        true
    }

    /// Takes requests, and brings them to the threads that answer them.
    fn listen(&mut self, now: Stamp) {
        let mut packet = [0; MAX_REQUEST + 64];
        for _ in 0..REQUESTS {
            let (len, road) = match road::receive(&self.desk.socket, &mut packet) {
                Ok((len, Some(road))) => (len, road),
                Ok((_, None)) => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // Errors of a datagram socket concern single packets. The pause keeps a lasting one from eating a core.
                Err(error) => {
                    tracing::debug!(%error, "tftp: receive");
                    std::thread::sleep(Duration::from_millis(1));
                    return;
                }
            };
            let bytes = packet.get(..len).unwrap_or_default();
            let (ip, port) = (u32::from(*road.peer.ip()), u32::from(road.peer.port()));
            let whose = ip.wrapping_add(port) as usize % self.posts.len().max(1);
            match self.posts.get(whose) {
                Some(post) if whose != self.at => post.put(bytes, road),
                _ => self.on_packet(bytes, road, now),
            }
        }
    }

    fn on_packet(&mut self, bytes: &[u8], road: Road, now: Stamp) {
        match Packet::parse(bytes) {
            Ok(Packet::Read(request)) => self.on_read(request, road, now),
            Ok(Packet::Write(request)) => {
                let why = "clients may not write files";
                let told = "this server is read-only";
                self.desk
                    .refuse(&request.name, road, code::ACCESS, told, why);
            }
            Err(Malformed::LongRequest | Malformed::Name | Malformed::NoMode) => {
                self.desk.answer(road, code::ILLEGAL, "malformed request");
            }
            // Answering what is no request would let two servers talk to each other for ever.
            Ok(_) | Err(_) => {}
        }
    }

    fn on_read(&mut self, request: Request, road: Road, now: Stamp) {
        if let Some(number) = self.table.of(road.peer) {
            let mut again = Again::Anew;
            self.act(number, now, |session, now| {
                again = session.asked_again(&request, now);
            });
            if again != Again::Anew {
                return;
            }
            self.end(number);
        }
        let client = IpAddr::V4(*road.peer.ip());
        if !self.desk.enter(client) {
            return;
        }
        let Some(body) = self.desk.body(&request, road) else {
            self.desk.leave(client);
            return;
        };
        let begin = self.desk.begin(&request.name, road, Some(body.size()));
        let started = road.connect().and_then(|(socket, mtu)| {
            let flags = EpollFlags::EPOLLIN | EpollFlags::EPOLLET;
            let event = EpollEvent::new(flags, self.table.next() as u64);
            self.epoll.add(socket.as_fd(), event)?;
            let (transfer, first) = Transfer::new(request, body.size(), mtu, now);
            let transfers = self.desk.shared.transfers.clone();
            let session = Session::new(socket, road.peer, transfer, body, (begin, transfers));
            Ok((session, first))
        });
        match started {
            Ok((session, first)) => {
                let number = self.table.insert(session);
                self.act(number, now, |session, now| session.transmit(first, now));
            }
            Err(error) => {
                // Out of descriptors or memory: the client asks again in a second.
                self.desk.leave(client);
                let why = format!("no socket for a transfer to {client}: {error}");
                self.desk.tell_full(&why);
            }
        }
    }

    /// Lets a transfer act, and looks at what became of it.
    fn act(&mut self, number: usize, now: Stamp, act: impl FnOnce(&mut Session, Stamp)) {
        let Some(session) = self.table.get(number) else {
            return;
        };
        act(session, now);
        if session.is_over() {
            self.end(number);
        } else if session.owes() && !self.owing.contains(&number) {
            self.owing.push(number);
        }
    }

    fn end(&mut self, number: usize) {
        if let Some(session) = self.table.remove(number) {
            self.desk.leave(IpAddr::V4(*session.peer().ip()));
        }
    }
}
