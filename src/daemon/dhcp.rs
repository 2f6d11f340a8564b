//! The DHCP server's sockets. Every packet goes to [`Desk`]; what that decides is sent. The task that serves is the only owner
//! of the leases, and the only writer of new boots.

mod doors;

use std::collections::VecDeque;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::RawFd;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use socket2::Socket;
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};

use super::bind::BindError;
use super::interfaces::Interfaces;
use super::pktinfo::{self, Datagram};
use super::shared::Shared;
use crate::boot::dhcp::{Answer, Arrival, Desk, Door, Outgoing};
use crate::boot::leases::{LeaseRecord, Leases};
use crate::fleet::{Event, What, Who};
use crate::kit::Stamp;
use crate::model::{Level, Settings};
use crate::wire::dhcp::{Heard, parse};

/// Largest datagram that is looked at; what is longer is cut off, and judged by what is left.
const LARGEST: usize = 4096;
use doors::Doors;
pub use doors::{Next, Ports, reopened};

/// How many packets are answered before other tasks of this thread get their turn.
const AT_ONCE: usize = 64;
/// How soon leases that the keeper had no room for are handed over again.
const HAND_OVER: Duration = Duration::from_millis(200);
/// How many lease records wait for the keeper before all are put together anew.
const WAITING: usize = 65_536;
/// How often a failure to send is told.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// The opened sockets; nothing runs yet.
#[derive(Debug)]
pub struct Bound {
    server: Socket,
    proxy: Option<Socket>,
    leases: Leases,
    keeper: Option<mpsc::Sender<LeaseRecord>>,
    next: Option<mpsc::Receiver<Next>>,
}

/// Opens the DHCP port, and the ProxyDHCP boot server port if a network needs it, on `settings.listen`. A socket on one
/// address hears no broadcasts: then clients are served through relays only.
///
/// # Errors
/// [`BindError`], as a sentence.
pub fn bind(settings: &Settings) -> Result<Bound, BindError> {
    let server = doors::open(settings.listen, settings.dhcp.port)?;
    let proxy = Ports::of(settings).and_then(|ports| ports.proxy);
    let proxy = proxy.map(|port| doors::open(settings.listen, port));
    let proxy = proxy.transpose()?;
    Ok(Bound {
        server,
        proxy,
        leases: Leases::default(),
        keeper: None,
        next: None,
    })
}

impl Bound {
    /// The UDP port of the DHCP socket: the one of the settings, or what the kernel chose for 0.
    #[must_use]
    pub fn port(&self) -> u16 {
        let address = self
            .server
            .local_addr()
            .ok()
            .and_then(|a| a.as_socket_ipv4());
        address.map_or(0, |address| address.port())
    }

    /// Starts with these leases instead of none.
    #[must_use]
    pub fn with_leases(mut self, leases: Leases) -> Self {
        self.leases = leases;
        self
    }

    /// Hands every lease that changes to `keeper`, which is never waited for: what does not fit is handed over later.
    #[must_use]
    pub fn kept_by(mut self, keeper: mpsc::Sender<LeaseRecord>) -> Self {
        self.keeper = Some(keeper);
        self
    }

    /// Goes on with the sockets that come this way; the leases stay.
    #[must_use]
    pub fn followed_by(mut self, next: mpsc::Receiver<Next>) -> Self {
        self.next = Some(next);
        self
    }

    /// Answers until `stop` becomes true, or its sender is gone.
    pub async fn serve(self, shared: Shared, mut stop: watch::Receiver<bool>) {
        let mut next = self.next;
        let mut doors = Doors::default();
        doors.change(Next::Open(Some(self.server), Some(self.proxy)), &shared);
        if let Some(text) = deaf(&shared.view.load().settings) {
            shared
                .events
                .send(service(Level::Warning, text, shared.clock.now()));
        }
        let mut counter = Counter {
            shared,
            desk: Desk::new(self.leases),
            interfaces: Interfaces::default(),
            keeper: self.keeper,
            waiting: VecDeque::new(),
            told: None,
        };
        while !*stop.borrow() {
            let retry = !counter.waiting.is_empty();
            tokio::select! {
                gone = stop.changed() => if gone.is_err() { break },
                () = doors::readable(doors.server.as_ref()) => if let Some(server) = &doors.server { counter.drain(server, Door::Server) },
                () = doors::readable(doors.proxy.as_ref()) => if let Some(proxy) = &doors.proxy { counter.drain(proxy, Door::Proxy) },
                Some(next) = doors::following(&mut next) => doors.change(next, &counter.shared),
                () = tokio::time::sleep(HAND_OVER), if retry => {}
            }
            counter.hand_over();
            // Other tasks of this thread get their turn even in a storm.
            tokio::task::yield_now().await;
        }
        counter.hand_over();
    }
}

/// The complaint about a socket on one address that shall serve the machines of a wire.
fn deaf(settings: &Settings) -> Option<String> {
    let wire = settings
        .networks
        .iter()
        .find(|network| network.interface.is_some())?;
    (!settings.listen.is_unspecified()).then(|| {
        format!(
            "with `listen: {}` no broadcast is heard, so machines of network {} are served through relays only; remove `listen` from muster.conf",
            settings.listen, wire.name
        )
    })
}

/// Where packets come in and answers go out.
struct Counter {
    shared: Shared,
    desk: Desk,
    interfaces: Interfaces,
    keeper: Option<mpsc::Sender<LeaseRecord>>,
    waiting: VecDeque<LeaseRecord>,
    told: Option<Stamp>,
}

impl Counter {
    /// Answers what waits at a socket, up to [`AT_ONCE`].
    fn drain(&mut self, socket: &UdpSocket, door: Door) {
        let fd = pktinfo::number(socket);
        let mut buffer = [0; LARGEST];
        for _ in 0..AT_ONCE {
            match socket.try_io(Interest::READABLE, || pktinfo::receive(fd, &mut buffer)) {
                Ok(datagram) => {
                    self.take(fd, door, &datagram, &buffer[..datagram.len.min(LARGEST)]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP error of an earlier answer; the next call has the next packet.
                Err(_) => {}
            }
        }
    }

    fn take(&mut self, socket: RawFd, door: Door, datagram: &Datagram, bytes: &[u8]) {
        let now = self.shared.clock.now();
        let view = self.shared.view.load_full();
        if !view.settings.dhcp.enabled {
            return;
        }
        let arrival = self.arrival(datagram, door, now);
        let answer = match parse(bytes) {
            Ok(Heard::Ask(ask)) => {
                let mut boots = self
                    .shared
                    .boots
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                self.desk.answer(&view, &mut boots, &ask, &arrival, now)
            }
            Ok(Heard::Answer(heard)) => {
                let event = self.desk.overheard(&view.settings, &heard, &arrival, now);
                Answer {
                    reply: None,
                    events: event.into_iter().collect(),
                }
            }
            Err(why) => {
                let event = self.desk.malformed(why, &arrival, now);
                Answer {
                    reply: None,
                    events: event.into_iter().collect(),
                }
            }
        };
        if let Some(reply) = &answer.reply {
            self.send(socket, reply, &arrival, now);
        }
        for event in answer.events {
            self.shared.events.send(event);
        }
    }

    fn arrival(&mut self, datagram: &Datagram, door: Door, now: Stamp) -> Arrival {
        self.interfaces.refresh(now);
        let (interface, ours) = self.interfaces.get(datagram.index, now);
        let (name, addresses) = match interface {
            Some(found) => (found.name.clone(), found.addresses.clone()),
            None => (
                format!("interface {}", datagram.index).into(),
                Arc::from([]),
            ),
        };
        Arrival {
            interface: name,
            index: datagram.index,
            addresses,
            ours,
            local: datagram.local,
            peer: datagram.peer,
            door,
        }
    }

    fn send(&mut self, socket: RawFd, reply: &Outgoing, arrival: &Arrival, now: Stamp) {
        let sent = pktinfo::send(socket, &reply.bytes, reply.to, reply.from, reply.interface)
            // The address in the settings may be on no interface yet; any other of ours is better than silence.
            .or_else(|_| {
                let any = Ipv4Addr::UNSPECIFIED;
                pktinfo::send(socket, &reply.bytes, reply.to, any, reply.interface)
            });
        let Err(error) = sent else { return };
        if self.told.is_none_or(|then| now.since(then) >= TOLD_EVERY) {
            self.told = Some(now);
            let text = format!(
                "an answer to {} could not be sent by {}: {error}",
                reply.to, arrival.interface
            );
            self.shared.events.send(service(Level::Warning, text, now));
        }
    }

    /// Gives changed leases to the keeper, as many as it takes now.
    fn hand_over(&mut self) {
        let changed = self.desk.leases.take_changed();
        let Some(keeper) = &self.keeper else { return };
        self.waiting.extend(changed);
        if self.waiting.len() > WAITING {
            self.waiting = self.desk.leases.records().cloned().collect();
        }
        while let Some(record) = self.waiting.pop_front() {
            if let Err(mpsc::error::TrySendError::Full(record)) = keeper.try_send(record) {
                self.waiting.push_front(record);
                return;
            }
        }
    }
}

fn service(level: Level, text: String, now: Stamp) -> Event {
    let what = What::Service {
        name: "dhcp".into(),
        level,
        text: text.into(),
    };
    Event {
        at: now,
        who: Who::Server,
        boot: None,
        what,
    }
}
