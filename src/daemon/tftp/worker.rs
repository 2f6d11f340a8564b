//! One thread: waits for its sockets, and lets the transfers behind them act.

use std::io;
use std::net::{IpAddr, SocketAddrV4};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::epoll::{EpollEvent, EpollFlags, EpollTimeout};

use super::desk::lock;
use super::hall::{BELL, Hall, LISTENER};
use super::inbox::{self, Inbox};
use super::outbox::{Outbox, Sender};
use super::session::Session;
use super::table::Seated;
use crate::kit::Stamp;
use crate::wire::tftp::{Packet, code};

/// Sockets that are looked at before the clock is read again.
const AT_ONCE: usize = 64;
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

/// One of the threads that serve.
#[derive(Debug)]
pub struct Worker {
    pub(super) hall: Arc<Hall>,
    seat: usize,
    inbox: Inbox,
    /// Whose the packets in the inbox are.
    found: Vec<Option<(usize, Seated)>>,
    pub(super) outbox: Outbox,
    /// Transfers whose packets the kernel had no room for.
    owing: Vec<usize>,
    looked: Stamp,
    tidied: Stamp,
    /// The second that runs, and strays answered in it.
    strays: (Stamp, u32),
}

impl Worker {
    /// The thread of a seat.
    #[must_use]
    pub fn new(hall: Arc<Hall>, seat: usize) -> Self {
        Self {
            hall,
            seat,
            inbox: Inbox::new(),
            found: Vec::with_capacity(inbox::MOST),
            outbox: Outbox::new(),
            owing: Vec::new(),
            looked: Stamp::default(),
            tidied: Stamp::default(),
            strays: Default::default(),
        }
    }

    /// Serves until the hall is closed.
    ///
    /// # Errors
    /// The system does not let it wait any more.
    pub fn run(mut self) -> io::Result<()> {
        let hall = self.hall.clone();
        let Some(seat) = hall.seats.get(self.seat) else {
            return Ok(());
        };
        seat.take();
        let mut ready = [EpollEvent::empty(); AT_ONCE];
        loop {
            let count = match seat.epoll.wait(&mut ready, self.patience()) {
                Ok(count) => count,
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            let now = hall.desk.shared.clock.now();
            for event in ready.iter().take(count) {
                match event.data() {
                    BELL => {}
                    LISTENER => self.listen(now),
                    line => {
                        if event.events().contains(EpollFlags::EPOLLERR) {
                            self.read_reports(line as usize, now);
                        }
                        self.hear(line as usize, self.seat, 1, now);
                    }
                }
            }
            if hall.is_closed() {
                self.close(now);
                return Ok(());
            }
            for number in std::mem::take(&mut self.owing) {
                self.act(number, |session, out| session.push_on(now, out), now);
            }
            self.flush(now);
            if self.keeps_time() {
                self.look_at_time(now);
            }
        }
    }

    /// Whether it is the one that looks at deadlines.
    fn keeps_time(&self) -> bool {
        self.seat == 0
    }

    fn patience(&self) -> EpollTimeout {
        if !self.owing.is_empty() {
            FULL_WAIT.into()
        } else if !self.keeps_time() {
            EpollTimeout::NONE
        } else if !lock(&self.hall.table).is_empty() {
            TICK_WAIT.into()
        } else if self.hall.lines.end() > 0 {
            TIDY_WAIT.into()
        } else {
            EpollTimeout::NONE
        }
    }

    /// Hears what came to a line at a seat, as many packets as it has transfers, at most `turns` times; lets the transfers act,
    /// and sends what they say.
    fn hear(&mut self, line: usize, seat: usize, turns: usize, now: Stamp) {
        let hall = self.hall.clone();
        let (Some(open), Some(place)) = (hall.lines.get(line), hall.seats.get(seat)) else {
            return;
        };
        let Some(socket) = open.socket(seat) else {
            return;
        };
        for _ in 0..turns {
            let hearing = lock(&place.hearing);
            let most = open.transfers().clamp(1, inbox::MOST);
            match self.inbox.hear(socket, most) {
                Ok(count) => self.deliver(line, count, now),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.read_reports(line, now),
            }
            drop(hearing);
            self.flush(now);
        }
    }

    /// Hears everything that came to a line.
    pub(super) fn hear_all(&mut self, line: usize, now: Stamp) {
        for seat in 0..self.hall.seats.len() {
            self.hear(line, seat, TURNS, now);
        }
    }

    /// Gives the packets in the inbox to their transfers.
    fn deliver(&mut self, line: usize, count: usize, now: Stamp) {
        let mut found = std::mem::take(&mut self.found);
        let table = lock(&self.hall.table);
        let whose = |at| table.of(self.inbox.packet(at)?.0);
        found.extend((0..count).map(whose));
        drop(table);
        for (at, whose) in found.drain(..).enumerate() {
            let Some((peer, packet)) = self.inbox.packet(at) else {
                continue;
            };
            if let Some((number, seated)) = whose {
                let mut session = lock(&seated);
                if session.line() == line {
                    session.hear(packet, now, &mut self.outbox);
                    self.look_after(number, &seated, session, now);
                    continue;
                }
            }
            if is_answered(packet) {
                self.on_stray(line, peer, now);
            }
        }
        self.found = found;
    }

    /// A packet from a client that has no transfer on the line gets an ERROR and changes nothing (RFC 1350 section 4). The last
    /// packets of a transfer that is over are no strays: an ERROR might end what the client does now.
    fn on_stray(&mut self, line: usize, peer: SocketAddrV4, now: Stamp) {
        let knew = self.hall.lines.get(line).map(|line| line.knew(peer));
        if knew != Some(false) {
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
        let Some(open) = self.hall.lines.get(line) else {
            return;
        };
        for _ in 0..AT_ONCE {
            let Ok(report) = open.take_report(self.seat) else {
                return;
            };
            let Some((number, seated)) = report.and_then(|peer| lock(&self.hall.table).of(peer))
            else {
                continue;
            };
            let mut session = lock(&seated);
            if session.line() == line {
                session.unreachable(now);
                self.look_after(number, &seated, session, now);
            }
        }
    }

    /// Sends what waits in the outbox.
    pub(super) fn flush(&mut self, now: Stamp) {
        for returned in self.outbox.flush(&self.hall.lines, self.seat) {
            let Some(seated) = lock(&self.hall.table).get(returned.transfer) else {
                continue;
            };
            let mut session = lock(&seated);
            match returned.error {
                None => session.owe(returned.send, now),
                Some(error) => session.failed(&error, now),
            }
            self.look_after(returned.transfer, &seated, session, now);
        }
    }

    fn look_at_time(&mut self, now: Stamp) {
        if now.since(self.looked) >= TICK {
            self.looked = now;
            // An acknowledgement that waits unheard is not overdue.
            for line in 0..self.hall.lines.end() {
                self.hear_all(line, now);
            }
            let all = lock(&self.hall.table).all();
            for (number, seated) in all {
                let mut session = lock(&seated);
                session.look_at_time(now, &mut self.outbox);
                self.look_after(number, &seated, session, now);
            }
            self.flush(now);
        }
        if now.since(self.tidied) >= TIDY {
            self.tidied = now;
            self.hall.lines.tidy(now);
        }
    }

    fn close(&mut self, now: Stamp) {
        let all = lock(&self.hall.table).all();
        for (number, seated) in all {
            let mut session = lock(&seated);
            session.close("the server stopped", now);
            self.look_after(number, &seated, session, now);
        }
    }

    /// Lets a transfer act, and looks at what became of it.
    pub(super) fn act(
        &mut self,
        number: usize,
        act: impl FnOnce(&mut Session, &mut Outbox),
        now: Stamp,
    ) {
        let Some(seated) = lock(&self.hall.table).get(number) else {
            return;
        };
        let mut session = lock(&seated);
        act(&mut session, &mut self.outbox);
        self.look_after(number, &seated, session, now);
    }

    /// Looks at what became of a transfer that acted, and lets go of it.
    pub(super) fn look_after(
        &mut self,
        number: usize,
        seated: &Seated,
        session: MutexGuard<'_, Session>,
        now: Stamp,
    ) {
        let (peer, line) = (session.peer(), session.line());
        let (over, owes) = (session.is_over(), session.owes());
        drop(session);
        if over {
            if lock(&self.hall.table).remove(number, peer, seated) {
                self.hall.desk.leave(IpAddr::V4(*peer.ip()));
                self.hall.lines.leave(line, peer, now);
            }
        } else if owes && !self.owing.contains(&number) {
            self.owing.push(number);
        }
        if self.outbox.is_heavy() {
            self.flush(now);
        }
    }
}

/// Whether a packet without a transfer gets an answer: not if it is noise, and never if it is an ERROR.
fn is_answered(packet: &[u8]) -> bool {
    !matches!(Packet::parse(packet), Err(_) | Ok(Packet::Error { .. }))
}
