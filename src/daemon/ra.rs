//! Answers IPv6 router solicitations on served networks with an empty advertisement, so that iPXE does not wait for a router
//! that never speaks. A convenience: whatever stands in its way is a warning, and nothing else fails for it.

use std::collections::BTreeSet;
use std::io;
use std::net::Ipv6Addr;
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::interfaces::Interfaces;
use super::pktinfo;
use super::shared::Shared;
use crate::boot::ra::{EMPTY, is_solicitation, serves};
use crate::fleet::{Event, What, Who};
use crate::model::Level;

/// All routers of a link.
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
/// All nodes of a link.
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// How often the interfaces and settings are looked at again.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How many packets are answered before other tasks of this thread get their turn.
const AT_ONCE: usize = 32;

/// Answers until `stop` becomes true, or its sender is gone. Does nothing while `dhcp: router advertisement` is off.
pub async fn serve(shared: Shared, mut stop: watch::Receiver<bool>) {
    // A raw socket is waited for and read like any other for datagrams.
    let socket = match open().and_then(|raw| UdpSocket::from_std(raw.into())) {
        Ok(socket) => socket,
        Err(error) => {
            warn(
                &shared,
                format!(
                    "IPv6 router solicitations are not answered: {error}; without the capability CAP_NET_RAW each iPXE boot waits about 13 s longer"
                ),
            );
            return;
        }
    };
    let mut links = Links::default();
    let mut look = tokio::time::interval(LOOK_EVERY);
    while !*stop.borrow() {
        tokio::select! {
            gone = stop.changed() => if gone.is_err() { break },
            _ = look.tick() => links.join(&shared, &SockRef::from(&socket)),
            ready = socket.readable() => if ready.is_ok() {
                links.drain(&socket);
                tokio::task::yield_now().await;
            },
        }
    }
}

fn open() -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6))?;
    socket.set_nonblocking(true)?;
    socket.set_unicast_hops_v6(255)?;
    socket.set_multicast_hops_v6(255)?;
    socket.set_multicast_loop_v6(false)?;
    setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
    setsockopt(&socket, sockopt::Ipv6RecvHopLimit, &true)?;
    Ok(socket)
}

/// The links whose solicitations we hear.
#[derive(Default)]
struct Links {
    interfaces: Interfaces,
    joined: BTreeSet<u32>,
    spared: BTreeSet<u32>,
}

impl Links {
    /// Answers what waits at the socket, up to [`AT_ONCE`].
    fn drain(&self, socket: &UdpSocket) {
        let fd = pktinfo::number(socket);
        let mut buffer = [0; 512];
        for _ in 0..AT_ONCE {
            let packet =
                match socket.try_io(Interest::READABLE, || pktinfo::receive6(fd, &mut buffer)) {
                    Ok(packet) => packet,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                    Err(_) => continue,
                };
            let bytes = &buffer[..packet.len.min(buffer.len())];
            if self.joined.contains(&packet.index) && is_solicitation(bytes, packet.hop_limit) {
                let peer = *packet.peer.ip();
                let to = if peer.is_unspecified() {
                    ALL_NODES
                } else {
                    peer
                };
                // A link without IPv6 address of ours cannot answer; iPXE then waits, nothing worse.
                let _ = pktinfo::send6(fd, &EMPTY, to, packet.index);
            }
        }
    }

    /// Joins the group of routers on every interface of a served network, and leaves those that are served no more.
    fn join(&mut self, shared: &Shared, socket: &Socket) {
        let view = shared.view.load_full();
        let settings = &view.settings;
        self.interfaces.refresh(shared.clock.now());
        let wanted: BTreeSet<u32> = self
            .interfaces
            .iter()
            .filter(|interface| serves(settings, &interface.name, &interface.addresses))
            .filter(|interface| {
                // An empty advertisement from a machine that is a router would cancel its own real ones.
                let routes = is_router(&interface.name);
                if routes && self.spared.insert(interface.index) {
                    let text = format!(
                        "IPv6 router solicitations on {} are left to this machine's own router daemon, since IPv6 forwarding is on there",
                        interface.name
                    );
                    warn(shared, text);
                }
                !routes
            })
            .map(|interface| interface.index)
            .collect();
        for index in self.joined.difference(&wanted) {
            let _ = socket.leave_multicast_v6(&ALL_ROUTERS, *index);
        }
        self.joined.retain(|index| wanted.contains(index));
        for index in wanted {
            if !self.joined.contains(&index)
                && socket.join_multicast_v6(&ALL_ROUTERS, index).is_ok()
            {
                self.joined.insert(index);
            }
        }
    }
}

fn is_router(interface: &str) -> bool {
    std::fs::read_to_string(format!("/proc/sys/net/ipv6/conf/{interface}/forwarding"))
        .is_ok_and(|text| text.trim() != "0")
}

fn warn(shared: &Shared, text: String) {
    shared.events.send(Event {
        at: shared.clock.now(),
        who: Who::Server,
        boot: None,
        what: What::Service {
            name: "dhcp".into(),
            level: Level::Warning,
            text: text.into(),
        },
    });
}
