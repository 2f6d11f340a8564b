//! The TFTP server: one listening socket, one connected socket for each transfer, all on one thread of their own, so that a
//! herd of booting machines takes nothing from the other servers and these nothing from it.

mod body;
mod ear;
mod road;
mod run;
mod session;
mod table;

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use socket2::Socket;
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::{oneshot, watch};

use super::bind::{self, BindError};
use super::loaders;
use super::shared::Shared;
use super::transfers::Begin;
use crate::boot::loaders as names;
use crate::boot::tftp::{Again, Transfer};
use crate::fleet::{BootId, Event, Proto, What, Who};
use crate::kit::Stamp;
use crate::model::{Level, Settings};
use crate::wire::tftp::{MAX_REQUEST, Malformed, Mode, Packet, Request, code};
use body::Kept;
use road::Road;
use session::Session;
use table::Table;

/// Receive buffer of the listening socket: ten thousand requests that arrive while one file is read from a disk.
const LISTEN_BUFFER: usize = 4 << 20;
/// Refusals that are told to the console in a second; more are answered, not told.
const TOLD_PER_SECOND: u32 = 50;

/// An open socket that nobody serves yet.
#[derive(Debug)]
pub struct Bound {
    socket: Socket,
}

/// Opens the listening socket.
///
/// # Errors
/// [`BindError`], as a sentence.
pub fn bind(settings: &Settings) -> Result<Bound, BindError> {
    let addr = IpAddr::V4(settings.listen);
    let port = settings.tftp.port;
    let socket = bind::udp(addr, port, "tftp")?;
    let prepare = || -> io::Result<()> {
        // The system may grant less; then clients ask again.
        let _ = socket.set_recv_buffer_size(LISTEN_BUFFER);
        setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
        Ok(())
    };
    prepare().map_err(|error| bind::explain(bind::Kind::Udp, addr, port, "tftp", &error))?;
    Ok(Bound { socket })
}

impl Bound {
    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        let addr = self.socket.local_addr().ok();
        addr.and_then(|addr| addr.as_socket())
            .map_or(0, |addr| addr.port())
    }

    /// Serves until `stop` becomes true or its sender is gone.
    pub async fn serve(self, shared: Shared, stop: watch::Receiver<bool>) {
        let (done, ended) = oneshot::channel();
        // Dropped with this future: whoever aborts it stops the thread.
        let (_held, dropped) = oneshot::channel::<()>();
        let (events, clock) = (shared.events.clone(), shared.clock);
        let thread = std::thread::Builder::new()
            .name("tftp".into())
            .spawn(move || {
                let served = on_thread(self.socket, shared, stop, dropped);
                let _ = done.send(served);
            });
        let outcome = match thread {
            Ok(_) => ended
                .await
                .unwrap_or_else(|_| Err(io::Error::other("its thread ended"))),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            events.send(service(
                clock.now(),
                Level::Error,
                &format!("TFTP stopped: {error}"),
            ));
        }
    }
}

fn on_thread(
    socket: Socket,
    shared: Shared,
    mut stop: watch::Receiver<bool>,
    dropped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let socket = UdpSocket::from_std(socket.into())?;
        let server = Arc::new(Server {
            socket,
            shared,
            table: Mutex::default(),
            kept: Mutex::default(),
            told: Mutex::default(),
        });
        tokio::select! {
            () = server.listen() => {}
            _ = stop.wait_for(|stop| *stop) => {}
            _ = dropped => {}
        }
        for session in server.table().drain() {
            session.close("the server stopped");
        }
        Ok(())
    })
}

#[derive(Debug)]
struct Server {
    socket: UdpSocket,
    shared: Shared,
    table: Mutex<Table>,
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

impl Server {
    async fn listen(self: &Arc<Self>) {
        let mut packet = vec![0; MAX_REQUEST + 64];
        loop {
            let got = self.socket.async_io(Interest::READABLE, || {
                road::receive(&self.socket, &mut packet)
            });
            match got.await {
                Ok((len, Some(road))) => self.on_packet(&packet[..len], road),
                Ok((_, None)) => {}
                // Errors of a datagram socket concern single packets. The pause keeps a lasting one from eating a core.
                Err(error) => {
                    tracing::debug!(%error, "tftp: receive");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }

    fn on_packet(self: &Arc<Self>, bytes: &[u8], road: Road) {
        match Packet::parse(bytes) {
            Ok(Packet::Read(request)) => self.on_read(request, road),
            Ok(Packet::Write(request)) => {
                let begin = self.begin(&request.name, road, None);
                self.refuse(
                    &begin,
                    road,
                    code::ACCESS,
                    "this server is read-only",
                    "clients may not write files",
                );
            }
            Err(Malformed::LongRequest | Malformed::Name | Malformed::NoMode) => {
                self.answer(road, code::ILLEGAL, "malformed request");
            }
            // Answering what is no request would let two servers talk to each other for ever.
            Ok(_) | Err(_) => {}
        }
    }

    fn on_read(self: &Arc<Self>, request: Request, road: Road) {
        let running = self.table().get(road.peer.into());
        if let Some(session) = running {
            match session.asked_again(&request) {
                Again::Ignore => return,
                Again::Resend(send) => {
                    tokio::spawn(async move { session.transmit(send).await });
                    return;
                }
                Again::Anew => self.table().remove(&session),
            }
        }
        if let Some(why) = self.table().full(IpAddr::V4(*road.peer.ip())) {
            self.tell_full(&why);
            return;
        }
        let begin = self.begin(&request.name, road, None);
        if request.mode == Mode::Unknown {
            let why = "the transfer mode is neither octet nor netascii";
            self.refuse(&begin, road, code::ILLEGAL, "unknown transfer mode", why);
            return;
        }
        let view = self.shared.view.load_full();
        let loader = match loaders::open(&view.settings, &request.name) {
            Ok(loader) => loader,
            Err(refusal) if names::optional(&request.name) => {
                self.answer(road, refusal.tftp(), refusal.told());
                return;
            }
            Err(refusal) => {
                self.refuse(
                    &begin,
                    road,
                    refusal.tftp(),
                    refusal.told(),
                    &refusal.to_string(),
                );
                return;
            }
        };
        let body = self
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .body(loader, request.mode);
        match body {
            Ok(body) => self.start(request, road, body),
            Err(why) => self.refuse(&begin, road, code::OTHER, "cannot send this file", &why),
        }
    }

    fn start(self: &Arc<Self>, request: Request, road: Road, body: body::Body) {
        let size = body.size();
        let begin = self.begin(&request.name, road, Some(size));
        let now = self.shared.clock.now();
        let hands = (self.shared.transfers.clone(), self.shared.clock);
        let started = road.connect().and_then(|(socket, mtu)| {
            let (transfer, first) = Transfer::new(request, size, mtu, now);
            let peer = road.peer.into();
            Ok((
                Session::new(socket, peer, transfer, body, begin, hands)?,
                first,
            ))
        });
        let (session, first) = match started {
            Ok((session, first)) => (Arc::new(session), first),
            Err(error) => {
                // Out of descriptors or memory: the client asks again in a second.
                let peer = road.peer.ip();
                self.tell_full(&format!("no socket for a transfer to {peer}: {error}"));
                return;
            }
        };
        let (server, driven) = (self.clone(), session.clone());
        let task = tokio::spawn(async move {
            driven.clone().run(first).await;
            server.table().remove(&driven);
        });
        // The task first runs when this one waits: it cannot have ended before it is in the table.
        self.table().insert(session, task.abort_handle());
    }

    fn begin(&self, name: &str, road: Road, size: Option<u64>) -> Begin {
        let (who, boot) = self.whose(IpAddr::V4(*road.peer.ip()));
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
    fn whose(&self, ip: IpAddr) -> (Who, Option<BootId>) {
        if let IpAddr::V4(v4) = ip {
            let boots = self
                .shared
                .boots
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(boot) = boots.of_ip(v4) {
                return (Who::Node(boot.node), Some(boot.id));
            }
        }
        let view = self.shared.view.load();
        (
            view.by_ip(ip)
                .map_or(Who::Server, |node| Who::Node(node.id)),
            None,
        )
    }

    fn refuse(&self, begin: &Begin, road: Road, code: u16, told: &str, why: &str) {
        self.answer(road, code, told);
        let now = self.shared.clock.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(told.since) >= Duration::from_secs(1) {
            told.since = now;
            told.refusals = 0;
        }
        told.refusals += 1;
        if told.refusals <= TOLD_PER_SECOND {
            self.shared.transfers.refused(begin, code, why, now);
        }
    }

    /// Says that a request was left unanswered, at most once in ten seconds.
    fn tell_full(&self, why: &str) {
        let now = self.shared.clock.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told
            .full
            .is_some_and(|last| now.since(last) < Duration::from_secs(10))
        {
            return;
        }
        told.full = Some(now);
        self.shared.events.send(service(now, Level::Warning, why));
    }

    fn answer(&self, road: Road, code: u16, text: &str) {
        if let Err(error) = road.answer(&self.socket, code, text) {
            tracing::debug!(%error, peer = %road.peer, "tftp: answer");
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn service(at: Stamp, level: Level, text: &str) -> Event {
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
