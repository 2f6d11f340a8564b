//! One thread: waits for its lines, and lets the transfers behind them act.

use std::io;
use std::net::{IpAddr, SocketAddrV4};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use super::desk::Desk;
use super::inbox::{self, Inbox};
use super::line::{Line, Lines};
use super::outbox::{Outbox, Sender};
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
/// Times that a line is heard, [`inbox::MOST`] packets each, where all that waits is to be heard.
const TURNS: usize = 64;
/// How often deadlines are looked at, far below the shortest of them.
const TICK: Duration = Duration::from_millis(25);
const TICK_WAIT: u16 = 25;
/// How often lines that carry nothing are looked at.
const TIDY: Duration = Duration::from_secs(1);
const TIDY_WAIT: u16 = 1_000;
/// How long a full send buffer is waited for, in milliseconds.
const FULL_WAIT: u16 = 1;
/// Packets without a transfer that are answered in a second: more are not worth the traffic, and may be forged.
const STRAYS_PER_SECOND: u32 = 50;
/// What is no line's number.
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
    lines: Lines,
    table: Table,
    inbox: Inbox,
    outbox: Outbox,
    /// Transfers whose packets the kernel had no room for.
    owing: Vec<usize>,
    looked: Stamp,
    tidied: Stamp,
    /// The second that runs, and strays answered in it.
    strays: (Stamp, u32),
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
            lines: Lines::default(),
            table: Table::default(),
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            owing: Vec::new(),
            looked: Stamp::default(),
            tidied: Stamp::default(),
            strays: Default::default(),
        })
    }

    /// Serves until its post is closed.
    ///
    /// # Errors
    /// The system does not let it wait any more.
    pub fn run(mut self) -> io::Result<()> {
        let mut ready = [EpollEvent::empty(); AT_ONCE];
        loop {
            let count = match self.epoll.wait(&mut ready, self.patience()) {
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
                    line => {
                        if event.events().contains(EpollFlags::EPOLLERR) {
                            self.read_reports(line as usize, now);
                        }
                        self.hear(line as usize, 1, now);
                    }
                }
            }
            for number in std::mem::take(&mut self.owing) {
                self.act(number, |session, out| session.push_on(now, out), now);
            }
            self.flush(now);
            self.look_at_time(now);
        }
    }

    fn patience(&self) -> EpollTimeout {
        match (self.owing.is_empty(), self.table.is_empty()) {
            (false, _) => FULL_WAIT.into(),
            (true, false) => TICK_WAIT.into(),
            (true, true) if !self.lines.is_empty() => TIDY_WAIT.into(),
            (true, true) => EpollTimeout::NONE,
        }
    }

    /// Hears a line, as many packets as it has transfers, at most `turns` times; lets the transfers act, and sends what they say.
    fn hear(&mut self, line: usize, turns: usize, now: Stamp) {
        for _ in 0..turns {
            let Some(open) = self.lines.get(line) else {
                return;
            };
            let most = open.transfers().clamp(1, inbox::MOST);
            let count = match self.inbox.hear(open.socket(), most) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.read_reports(line, now);
                    continue;
                }
            };
            for at in 0..count {
                let Some((peer, packet)) = self.inbox.packet(at) else {
                    continue;
                };
                let number = self.table.of(peer);
                let session = number.and_then(|number| self.table.get(number));
                match (number, session.filter(|session| session.line() == line)) {
                    (Some(number), Some(session)) => {
                        session.hear(packet, now, &mut self.outbox);
                        self.look_after(number, now);
                    }
                    _ => {
                        if is_answered(packet) {
                            self.on_stray(line, peer, now);
                        }
                    }
                }
            }
            self.flush(now);
        }
    }

    /// A packet from a client that has no transfer on the line gets an ERROR and changes nothing (RFC 1350 section 4). The last
    /// packets of a transfer that is over are no strays: an ERROR might end what the client does now.
    fn on_stray(&mut self, line: usize, peer: SocketAddrV4, now: Stamp) {
        if self.lines.get(line).is_none_or(|line| line.knew(peer)) {
            return;
        }
        let (since, count) = &mut self.strays;
        if now.since(*since) >= Duration::from_secs(1) {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        if *count <= STRAYS_PER_SECOND {
            let error = Packet::Error {
                code: code::UNKNOWN_ID,
                text: "there is no such transfer".into(),
            };
            let sender = Sender {
                line,
                transfer: usize::MAX,
                peer,
            };
            self.outbox.put(sender, &error.emit(), None);
        }
    }

    /// Takes the kernel's reports of packets that did not arrive: a closed port ends its transfer.
    fn read_reports(&mut self, line: usize, now: Stamp) {
        for _ in 0..AT_ONCE {
            let Some(Ok(report)) = self.lines.get(line).map(Line::take_report) else {
                return;
            };
            let number = report.and_then(|peer| self.table.of(peer));
            let Some(number) = number else { continue };
            if let Some(session) = self.table.get(number)
                && session.line() == line
            {
                session.unreachable(now);
                self.look_after(number, now);
            }
        }
    }

    /// Sends what waits in the outbox.
    fn flush(&mut self, now: Stamp) {
        for returned in self.outbox.flush(&self.lines) {
            let Some(session) = self.table.get(returned.transfer) else {
                continue;
            };
            match returned.error {
                None => session.owe(returned.send, now),
                Some(error) => session.failed(&error, now),
            }
            self.look_after(returned.transfer, now);
        }
    }

    fn look_at_time(&mut self, now: Stamp) {
        if now.since(self.looked) >= TICK {
            self.looked = now;
            // An acknowledgement that waits unheard is not overdue.
            for line in 0..self.lines.end() {
                self.hear(line, TURNS, now);
            }
            for number in 0..self.table.end() {
                self.act(number, |session, out| session.look_at_time(now, out), now);
            }
            self.flush(now);
        }
        if now.since(self.tidied) >= TIDY {
            self.tidied = now;
            self.lines.tidy(now);
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
            if self.is_known(number, &request, now) {
                return;
            }
            self.end(number, now);
        }
        // What the packets returned tell is told of the transfers that sent them, not of one with the same number.
        self.flush(now);
        let client = IpAddr::V4(*road.peer.ip());
        if !self.desk.enter(client) {
            return;
        }
        let Some(body) = self.desk.body(&request, road) else {
            self.desk.leave(client);
            return;
        };
        let begin = self.desk.begin(&request.name, road, Some(body.size()));
        match self.lines.enter(road, &self.epoll) {
            Ok(line) => {
                let sender = Sender {
                    line,
                    transfer: self.table.next(),
                    peer: road.peer,
                };
                let (transfer, first) = Transfer::new(request, body.size(), road.mtu(), now);
                let transfers = self.desk.shared.transfers.clone();
                let session = Session::new(sender, transfer, body, (begin, transfers));
                let number = self.table.insert(session);
                self.act(
                    number,
                    |session, out| session.transmit(first, now, out),
                    now,
                );
                self.flush(now);
            }
            Err(error) => {
                // Out of descriptors or memory: the client asks again in a second.
                self.desk.leave(client);
                let why = format!("no socket for a transfer to {client}: {error}");
                self.desk.tell_full(&why);
            }
        }
    }

    /// Whether another request from a client's port belongs to the transfer that it has. The request may have overtaken packets
    /// to the transfer, which wait on another socket: these are heard first.
    fn is_known(&mut self, number: usize, request: &Request, now: Stamp) -> bool {
        let Some(line) = self.table.get(number).map(|session| session.line()) else {
            return false;
        };
        self.hear(line, TURNS, now);
        let mut again = Again::Anew;
        let ask = |session: &mut Session, out: &mut Outbox| {
            again = session.asked_again(request, now, out);
        };
        self.act(number, ask, now);
        self.flush(now);
        again != Again::Anew
    }

    /// Lets a transfer act, and looks at what became of it.
    fn act(&mut self, number: usize, act: impl FnOnce(&mut Session, &mut Outbox), now: Stamp) {
        if let Some(session) = self.table.get(number) {
            act(session, &mut self.outbox);
            self.look_after(number, now);
        }
    }

    /// Looks at what became of a transfer that acted.
    fn look_after(&mut self, number: usize, now: Stamp) {
        let Some(session) = self.table.get(number) else {
            return;
        };
        if session.is_over() {
            self.end(number, now);
        } else if session.owes() && !self.owing.contains(&number) {
            self.owing.push(number);
        }
        if self.outbox.is_heavy() {
            self.flush(now);
        }
    }

    fn end(&mut self, number: usize, now: Stamp) {
        if let Some(session) = self.table.remove(number) {
            self.desk.leave(IpAddr::V4(*session.peer().ip()));
            self.lines.leave(session.line(), session.peer(), now);
        }
    }
}

/// Whether a packet without a transfer gets an answer: not if it is noise, and never if it is an ERROR.
fn is_answered(packet: &[u8]) -> bool {
    !matches!(Packet::parse(packet), Err(_) | Ok(Packet::Error { .. }))
}
