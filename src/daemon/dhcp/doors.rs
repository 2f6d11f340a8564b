//! The sockets of the DHCP server, and others in their place.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use nix::sys::socket::{setsockopt, sockopt};
use socket2::Socket;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::service;
use crate::daemon::bind::{self, BindError};
use crate::daemon::shared::Shared;
use crate::model::{Level, Settings};

/// Room for packets that wait: 10,000 nodes that ask within the same second.
const RECEIVE_BUFFER: usize = 8 << 20;
/// Room for answers that wait for the card.
const SEND_BUFFER: usize = 4 << 20;

/// The ports that settings want open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// That of the DHCP server.
    pub server: u16,
    /// That of the ProxyDHCP boot server, if a network needs it.
    pub proxy: Option<u16>,
}

impl Ports {
    /// None when DHCP is switched off.
    #[must_use]
    pub fn of(settings: &Settings) -> Option<Self> {
        let dhcp = &settings.dhcp;
        let proxied = settings.networks.iter().any(|network| network.proxy);
        dhcp.enabled.then_some(Self {
            server: dhcp.port,
            proxy: proxied.then_some(dhcp.proxy_port),
        })
    }
}

/// Sockets that a running server is to go on with.
#[derive(Debug)]
pub enum Next {
    /// That of the server, and that of the boot server, which may be none; what is not given stays as it is.
    Open(Option<Socket>, Option<Option<Socket>>),
    /// None at all: nothing is heard any more.
    Closed,
}

/// Opens what `new` has and `old` has not.
///
/// # Errors
/// [`BindError`], as a sentence; nothing is open then that was not before.
pub fn reopened(listen: Ipv4Addr, old: Option<Ports>, new: Ports) -> Result<Next, BindError> {
    let server = old.is_none_or(|old| old.server != new.server);
    let server = server.then(|| open(listen, new.server)).transpose()?;
    let proxy = match old {
        Some(old) if old.proxy == new.proxy => None,
        _ => Some(new.proxy.map(|port| open(listen, port)).transpose()?),
    };
    Ok(Next::Open(server, proxy))
}

/// Opens one of them.
///
/// # Errors
/// [`BindError`], as a sentence.
pub(super) fn open(listen: Ipv4Addr, port: u16) -> Result<Socket, BindError> {
    let socket = bind::udp(IpAddr::V4(listen), port, "dhcp")?;
    let prepare = || -> io::Result<()> {
        socket.set_broadcast(true)?;
        setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
        // Past the limit of ordinary users only with CAP_NET_ADMIN; without it the kernel's limit has to do.
        if setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_BUFFER).is_err() {
            socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        }
        // A slow card with a full queue must not cost answers: what finds no room here is lost.
        if setsockopt(&socket, sockopt::SndBufForce, &SEND_BUFFER).is_err() {
            socket.set_send_buffer_size(SEND_BUFFER)?;
        }
        Ok(())
    };
    prepare().map_err(|error| BindError {
        service: "dhcp",
        text: format!("UDP port {port} cannot be prepared for DHCP: {error}"),
    })?;
    Ok(socket)
}

/// What is to be gone on with; nothing ever where nobody can send it.
pub(super) async fn following(next: &mut Option<mpsc::Receiver<Next>>) -> Option<Next> {
    match next {
        Some(next) => next.recv().await,
        None => std::future::pending().await,
    }
}

/// Waits until something can be read; for ever where there is no socket.
pub(super) async fn readable(socket: Option<&UdpSocket>) {
    match socket {
        Some(socket) if socket.readable().await.is_ok() => {}
        _ => std::future::pending().await,
    }
}

/// The sockets as the runtime waits for them.
#[derive(Debug, Default)]
pub(super) struct Doors {
    pub server: Option<UdpSocket>,
    pub proxy: Option<UdpSocket>,
}

impl Doors {
    /// Goes on with others. What the runtime refuses is told, and is not there then.
    pub(super) fn change(&mut self, next: Next, shared: &Shared) {
        let waiting = |socket: Socket| match UdpSocket::from_std(socket.into()) {
            Ok(socket) => Some(socket),
            Err(error) => {
                let text = format!("DHCP cannot wait for packets: {error}");
                let now = shared.clock.now();
                shared.events.send(service(Level::Error, text, now));
                None
            }
        };
        match next {
            Next::Closed => *self = Self::default(),
            Next::Open(server, proxy) => {
                if let Some(server) = server {
                    self.server = waiting(server);
                }
                if let Some(proxy) = proxy {
                    self.proxy = proxy.and_then(waiting);
                }
            }
        }
    }
}
