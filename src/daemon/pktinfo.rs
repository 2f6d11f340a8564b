//! Datagrams together with the interface and address they came to, and the ones they shall leave by.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, RawFd};

use nix::cmsg_space;
use nix::libc::{c_int, in_addr, in_pktinfo, in6_addr, in6_pktinfo};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrIn6, recvmsg, sendmsg,
};

/// One IPv4 datagram; its bytes are at the front of the buffer given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Datagram {
    /// How many bytes.
    pub len: usize,
    /// Who sent it.
    pub peer: SocketAddrV4,
    /// Number of the interface.
    pub index: u32,
    /// Our address that answers should carry.
    pub local: Ipv4Addr,
}

/// One IPv6 packet; its bytes are at the front of the buffer given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// How many bytes.
    pub len: usize,
    /// Who sent it.
    pub peer: SocketAddrV6,
    /// Number of the interface.
    pub index: u32,
    /// Hop limit that it arrived with.
    pub hop_limit: Option<i32>,
}

/// Takes a datagram from a socket with `IP_PKTINFO`.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] when there is none; anything else the kernel says.
pub fn receive(socket: RawFd, buffer: &mut [u8]) -> io::Result<Datagram> {
    let mut space = cmsg_space!(in_pktinfo);
    let mut into = [IoSliceMut::new(buffer)];
    let got = recvmsg::<SockaddrIn>(socket, &mut into, Some(&mut space), MsgFlags::MSG_DONTWAIT)?;
    let mut datagram = Datagram {
        len: got.bytes,
        peer: got.address.map_or(unspecified(), SocketAddrV4::from),
        index: 0,
        local: Ipv4Addr::UNSPECIFIED,
    };
    for message in got.cmsgs()? {
        if let ControlMessageOwned::Ipv4PacketInfo(info) = message {
            datagram.index = u32::try_from(info.ipi_ifindex).unwrap_or(0);
            datagram.local = Ipv4Addr::from(u32::from_be(info.ipi_spec_dst.s_addr));
        }
    }
    Ok(datagram)
}

/// Sends a datagram with `from` as its source, by the interface `index` (none = as routed).
///
/// # Errors
/// What the kernel says.
pub fn send(
    socket: RawFd,
    bytes: &[u8],
    to: SocketAddrV4,
    from: Ipv4Addr,
    index: Option<u32>,
) -> io::Result<()> {
    let info = in_pktinfo {
        ipi_ifindex: index.and_then(|n| c_int::try_from(n).ok()).unwrap_or(0),
        ipi_spec_dst: in_addr {
            s_addr: u32::from(from).to_be(),
        },
        ipi_addr: in_addr { s_addr: 0 },
    };
    sendmsg(
        socket,
        &[IoSlice::new(bytes)],
        &[ControlMessage::Ipv4PacketInfo(&info)],
        MsgFlags::MSG_DONTWAIT,
        Some(&SockaddrIn::from(to)),
    )?;
    Ok(())
}

/// Takes a packet from a raw ICMPv6 socket that tells interface and hop limit.
///
/// # Errors
/// As [`receive`].
pub fn receive6(socket: RawFd, buffer: &mut [u8]) -> io::Result<Packet> {
    let mut space = cmsg_space!(in6_pktinfo, c_int);
    let mut into = [IoSliceMut::new(buffer)];
    let got = recvmsg::<SockaddrIn6>(socket, &mut into, Some(&mut space), MsgFlags::MSG_DONTWAIT)?;
    let nobody = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0);
    let mut packet = Packet {
        len: got.bytes,
        peer: got.address.map_or(nobody, SocketAddrV6::from),
        index: 0,
        hop_limit: None,
    };
    for message in got.cmsgs()? {
        match message {
            ControlMessageOwned::Ipv6PacketInfo(info) => packet.index = info.ipi6_ifindex,
            ControlMessageOwned::Ipv6HopLimit(limit) => packet.hop_limit = Some(limit),
            _ => {}
        }
    }
    Ok(packet)
}

/// Sends a packet by the interface `index`; the kernel chooses the source address.
///
/// # Errors
/// What the kernel says.
pub fn send6(socket: RawFd, bytes: &[u8], to: Ipv6Addr, index: u32) -> io::Result<()> {
    let info = in6_pktinfo {
        ipi6_addr: in6_addr { s6_addr: [0; 16] },
        ipi6_ifindex: index,
    };
    sendmsg(
        socket,
        &[IoSlice::new(bytes)],
        &[ControlMessage::Ipv6PacketInfo(&info)],
        MsgFlags::MSG_DONTWAIT,
        Some(&SockaddrIn6::from(SocketAddrV6::new(to, 0, 0, index))),
    )?;
    Ok(())
}

/// The number by which the calls here know a socket.
#[must_use]
pub fn number(socket: &impl AsRawFd) -> RawFd {
    socket.as_raw_fd()
}

fn unspecified() -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0)
}
