//! From whom a packet came, to which of our addresses, and the same way back: a client takes no answer from another address
//! than the one it asked.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::AsRawFd;

use nix::libc::{in_addr, in_pktinfo};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn, getsockopt, recvmsg, sendmsg,
    sockopt,
};
use socket2::{Domain, Protocol, Socket, Type};

use crate::wire::tftp::Packet;

/// Packets on Ethernet, where the kernel does not know the path.
const ETHERNET: u32 = 1500;

/// The two ends of a request.
#[derive(Debug, Clone, Copy)]
pub struct Road {
    /// The client.
    pub peer: SocketAddrV4,
    /// The address of ours that it asked.
    pub local: Ipv4Addr,
}

impl Road {
    /// How large packets to the client may be, as the kernel knows the path.
    #[must_use]
    pub fn mtu(&self) -> u32 {
        self.known_mtu().unwrap_or(ETHERNET)
    }

    /// Only a connected socket tells it.
    fn known_mtu(&self) -> Option<u32> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).ok()?;
        let local = SocketAddr::from((self.local, 0));
        socket.bind(&local.into()).ok()?;
        socket.connect(&self.peer.into()).ok()?;
        let mtu = getsockopt(&socket, sockopt::IpMtu).ok()?;
        u32::try_from(mtu).ok()
    }

    /// Sends an ERROR from the address that was asked.
    ///
    /// # Errors
    /// The kernel cannot send it now; the client will ask again.
    pub fn answer(&self, socket: &impl AsRawFd, code: u16, text: &str) -> io::Result<()> {
        let error = Packet::Error {
            code,
            text: text.into(),
        };
        let source = in_pktinfo {
            ipi_ifindex: 0,
            ipi_spec_dst: in_addr {
                s_addr: u32::from(self.local).to_be(),
            },
            ipi_addr: in_addr { s_addr: 0 },
        };
        sendmsg(
            socket.as_raw_fd(),
            &[IoSlice::new(&error.emit())],
            &[ControlMessage::Ipv4PacketInfo(&source)],
            MsgFlags::MSG_DONTWAIT,
            Some(&SockaddrIn::from(self.peer)),
        )?;
        Ok(())
    }
}

/// One packet and its road; no road for what came to a broadcast or multicast address (RFC 1123 section 4.2.3.4 wants that
/// ignored).
///
/// # Errors
/// Nothing is there (`WouldBlock`), or the kernel reports an error of an earlier packet.
pub fn receive(socket: &impl AsRawFd, into: &mut [u8]) -> io::Result<(usize, Option<Road>)> {
    let mut room = nix::cmsg_space!(in_pktinfo);
    let mut parts = [IoSliceMut::new(into)];
    let got = recvmsg::<SockaddrIn>(
        socket.as_raw_fd(),
        &mut parts,
        Some(&mut room),
        MsgFlags::MSG_DONTWAIT,
    )?;
    let (len, peer) = (got.bytes, got.address.map(SocketAddrV4::from));
    let local = got.cmsgs()?.find_map(|message| match message {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            let here = |addr: in_addr| Ipv4Addr::from(u32::from_be(addr.s_addr));
            let (to, local) = (here(info.ipi_addr), here(info.ipi_spec_dst));
            (to == local).then_some(local)
        }
        _ => None,
    });
    let road = peer
        .filter(|peer| peer.port() != 0)
        .zip(local)
        .map(|(peer, local)| Road { peer, local });
    Ok((len, road))
}
