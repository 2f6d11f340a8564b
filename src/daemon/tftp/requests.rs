//! What comes to the listening socket: a request begins a transfer, belongs to one, or is refused.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::desk::lock;
use super::outbox::Sender;
use super::road::{self, Road};
use super::session::Session;
use super::worker::Worker;
use crate::boot::tftp::{Again, Transfer};
use crate::kit::Stamp;
use crate::wire::tftp::{MAX_REQUEST, Malformed, Packet, Request, code};

/// Requests that are taken before transfers get their turn.
const REQUESTS: usize = 16;

impl Worker {
    /// Takes requests.
    pub(super) fn listen(&mut self, now: Stamp) {
        let hall = self.hall.clone();
        let mut packet = [0; MAX_REQUEST + 64];
        for _ in 0..REQUESTS {
            let (len, road) = match road::receive(&hall.desk.socket, &mut packet) {
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
            self.on_packet(packet.get(..len).unwrap_or_default(), road, now);
        }
    }

    fn on_packet(&mut self, bytes: &[u8], road: Road, now: Stamp) {
        match Packet::parse(bytes) {
            Ok(Packet::Read(request)) => self.on_read(request, road, now),
            Ok(Packet::Write(request)) => {
                let why = "clients may not write files";
                let told = "this server is read-only";
                self.hall
                    .desk
                    .refuse(&request.name, road, code::ACCESS, told, why);
            }
            Err(Malformed::LongRequest | Malformed::Name | Malformed::NoMode) => {
                self.hall
                    .desk
                    .answer(road, code::ILLEGAL, "malformed request");
            }
            // Answering what is no request would let two servers talk to each other for ever.
            Ok(_) | Err(_) => {}
        }
    }

    fn on_read(&mut self, request: Request, road: Road, now: Stamp) {
        if self.is_known(&request, road, now) {
            return;
        }
        // What the packets returned tell is told of the transfers that sent them, not of one with the same number.
        self.flush(now);
        let hall = self.hall.clone();
        let client = IpAddr::V4(*road.peer.ip());
        if !hall.desk.enter(client) {
            return;
        }
        let Some(body) = hall.desk.body(&request, road) else {
            hall.desk.leave(client);
            return;
        };
        let begin = hall.desk.begin(&request.name, road, Some(body.size()));
        let line = match hall.lines.enter(road, &hall.seats) {
            Ok(line) => line,
            Err(error) => {
                // Out of descriptors or memory: the client asks again in a second.
                hall.desk.leave(client);
                let why = format!("no socket for a transfer to {client}: {error}");
                return hall.desk.tell_full(&why);
            }
        };
        let (transfer, first) = Transfer::new(request, body.size(), road.mtu(), now);
        let transfers = hall.desk.shared.transfers.clone();
        let mut table = lock(&hall.table);
        let number = table.next();
        let sender = Sender {
            line,
            transfer: number,
            peer: road.peer,
        };
        let session = Session::new(sender, transfer, body, (begin, transfers));
        table.insert(road.peer, Arc::new(Mutex::new(session)));
        drop(table);
        self.act(
            number,
            |session, out| session.transmit(first, now, out),
            now,
        );
        self.flush(now);
    }

    /// Whether another request from a client's port belongs to the transfer that it has; if not, that one is over. The request may
    /// have overtaken packets to the transfer, which wait on other sockets: these are heard first.
    fn is_known(&mut self, request: &Request, road: Road, now: Stamp) -> bool {
        let Some((number, seated)) = lock(&self.hall.table).of(road.peer) else {
            return false;
        };
        let line = lock(&seated).line();
        self.hear_all(line, now);
        let mut session = lock(&seated);
        let again = session.asked_again(request, now, &mut self.outbox);
        self.look_after(number, &seated, session, now);
        self.flush(now);
        again != Again::Anew
    }
}
