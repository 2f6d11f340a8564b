//! What a request gets: a file's bytes, a refusal, or no answer. Shared by the threads that serve.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use socket2::Socket;
use tokio::runtime::Handle;

use super::body::{Body, Kept};
use super::parts::{Found, Stock};
use super::road::Road;
use super::table::Census;
use crate::boot::loaders::{self as names, Refusal};
use crate::daemon::loaders;
use crate::daemon::shared::Shared;
use crate::daemon::transfers::Begin;
use crate::fleet::{BootId, Event, Proto, What, Who};
use crate::kit::Stamp;
use crate::model::{Level, View};
use crate::wire::tftp::{Mode, Request, code};

/// Refusals that are told to the console in a second; more are answered, not told.
const TOLD_PER_SECOND: u32 = 50;

/// What the threads share.
#[derive(Debug)]
pub struct Desk {
    /// The listening socket: requests come from it, refusals leave by it.
    pub socket: Socket,
    /// What all servers share.
    pub shared: Shared,
    /// Where overlays are rendered.
    handle: Handle,
    census: Mutex<Census>,
    kept: Mutex<Kept>,
    told: Mutex<Told>,
}

/// How much was told in the second that runs.
#[derive(Debug, Default)]
struct Told {
    since: Stamp,
    refusals: u32,
    full: Option<Stamp>,
}

impl Desk {
    /// A desk at a listening socket. To be made within the runtime.
    #[must_use]
    pub fn new(socket: Socket, shared: Shared) -> Self {
        Self {
            socket,
            shared,
            handle: Handle::current(),
            census: Mutex::default(),
            kept: Mutex::default(),
            told: Mutex::default(),
        }
    }

    /// Counts one more transfer to a client; false, and said, if there is no room for it.
    pub fn enter(&self, client: IpAddr) -> bool {
        let entered = lock(&self.census).enter(client);
        if let Err(why) = &entered {
            self.tell_full(why);
        }
        entered.is_ok()
    }

    /// A transfer to a client is over.
    pub fn leave(&self, client: IpAddr) {
        lock(&self.census).leave(client);
    }

    /// The bytes that are asked for. None after a refusal, which was sent.
    pub fn body(&self, request: &Request, road: Road) -> Option<Body> {
        if request.mode == Mode::Unknown {
            let why = "the transfer mode is neither octet nor netascii";
            self.refuse(
                &request.name,
                road,
                code::ILLEGAL,
                "unknown transfer mode",
                why,
            );
            return None;
        }
        let view = self.shared.view.load_full();
        let loader = match loaders::open(&view.settings, &request.name) {
            Ok(loader) => loader,
            Err(refusal @ Refusal::Missing { .. }) => {
                return self.part(request, road, &view, &refusal);
            }
            Err(refusal) if names::optional(&request.name) => {
                self.answer(road, refusal.tftp(), refusal.told());
                return None;
            }
            Err(refusal) => {
                let (code, told) = (refusal.tftp(), refusal.told());
                self.refuse(&request.name, road, code, told, &refusal.to_string());
                return None;
            }
        };
        let body = lock(&self.kept).body(loader, request.mode);
        body.inspect_err(|why| {
            self.refuse(
                &request.name,
                road,
                code::OTHER,
                "cannot send this file",
                why,
            );
        })
        .ok()
    }

    /// A part of a node, where there is no loader of that name.
    fn part(
        &self,
        request: &Request,
        road: Road,
        view: &Arc<View>,
        missing: &Refusal,
    ) -> Option<Body> {
        let name = &request.name;
        let stock = Stock {
            shared: &self.shared,
            view,
            handle: &self.handle,
        };
        match stock.find(name, road) {
            Found::Body(body) => return Some(body),
            Found::Later => {}
            Found::Refused(code, why) => self.refuse(name, road, code, "file not served", &why),
            Found::Nothing if names::optional(name) => {
                self.answer(road, missing.tftp(), missing.told());
            }
            Found::Nothing => {
                let (code, told) = (missing.tftp(), missing.told());
                self.refuse(name, road, code, told, &missing.to_string());
            }
        }
        None
    }

    /// A transfer that may begin.
    #[must_use]
    pub fn begin(&self, name: &str, road: Road, size: Option<u64>) -> Begin {
        let (who, boot) = self.whose(*road.peer.ip());
        Begin {
            who,
            boot,
            proto: Proto::Tftp,
            part: names::part(name),
            path: name.into(),
            peer: IpAddr::V4(*road.peer.ip()),
            size,
            offset: 0,
        }
    }

    /// Whose address it is: that of an open boot, else the one a node is configured with.
    fn whose(&self, ip: Ipv4Addr) -> (Who, Option<BootId>) {
        let boots = self.shared.boots.read();
        if let Some(boot) = boots.unwrap_or_else(PoisonError::into_inner).of_ip(ip) {
            return (Who::Node(boot.node), Some(boot.id));
        }
        let view = self.shared.view.load();
        let node = view.by_ip(ip.into());
        (node.map_or(Who::Server, |node| Who::Node(node.id)), None)
    }

    /// Says no, to the client and to the console.
    pub fn refuse(&self, name: &str, road: Road, code: u16, told: &str, why: &str) {
        self.answer(road, code, told);
        let now = self.shared.clock.now();
        let mut told = lock(&self.told);
        if now.since(told.since) >= Duration::from_secs(1) {
            told.since = now;
            told.refusals = 0;
        }
        told.refusals += 1;
        if told.refusals <= TOLD_PER_SECOND {
            let begin = self.begin(name, road, None);
            self.shared.transfers.refused(&begin, code, why, now);
        }
    }

    /// Says that a request was left unanswered, at most once in ten seconds.
    pub fn tell_full(&self, why: &str) {
        let now = self.shared.clock.now();
        let mut told = lock(&self.told);
        let lately = |last: Stamp| now.since(last) < Duration::from_secs(10);
        if told.full.is_some_and(lately) {
            return;
        }
        told.full = Some(now);
        self.shared.events.send(service(now, Level::Warning, why));
    }

    /// Says no to the client alone.
    pub fn answer(&self, road: Road, code: u16, text: &str) {
        if let Err(error) = road.answer(&self.socket, code, text) {
            tracing::debug!(%error, peer = %road.peer, "tftp: answer");
        }
    }
}

/// An event of the service itself.
pub fn service(at: Stamp, level: Level, text: &str) -> Event {
    Event {
        at,
        who: Who::Server,
        boot: None,
        what: What::Service {
            name: "tftp".into(),
            level,
            text: text.into(),
        },
    }
}

/// What a lock holds: after a thread failed with it too, since the server ends then.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
