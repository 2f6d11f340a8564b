//! Packets of many clients, heard by one system call.

use std::io::{self, IoSliceMut};
use std::net::SocketAddrV4;
use std::os::fd::AsRawFd;

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg};

/// Most packets that are heard at once.
pub const MOST: usize = 64;
/// Bytes of a packet that are kept: an acknowledgement has four, an ERROR is cut.
const LONGEST: usize = 256;

/// The last packets that were heard.
#[derive(Debug)]
pub struct Inbox {
    headers: MultiHeaders<SockaddrIn>,
    packets: Vec<[u8; LONGEST]>,
    heard: Vec<(Option<SocketAddrV4>, usize)>,
}

impl Inbox {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self {
            headers: MultiHeaders::preallocate(MOST, None),
            packets: vec![[0; LONGEST]; MOST],
            heard: Vec::with_capacity(MOST),
        }
    }

    /// Hears at most `most` packets that wait, in the place of those before, and says how many there were.
    ///
    /// # Errors
    /// Nothing is there (`WouldBlock`), or the kernel reports an error of a packet that was sent.
    pub fn hear(&mut self, socket: &impl AsRawFd, most: usize) -> io::Result<usize> {
        self.heard.clear();
        let packets = self.packets.iter_mut().take(most);
        let mut parts: Vec<_> = packets.map(|to| [IoSliceMut::new(to)]).collect();
        let flags = MsgFlags::MSG_DONTWAIT;
        let (fd, headers) = (socket.as_raw_fd(), &mut self.headers);
        for packet in recvmmsg(fd, headers, parts.iter_mut(), flags, None)? {
            let peer = packet.address.map(SocketAddrV4::from);
            // No answer can be sent to port 0.
            self.heard
                .push((peer.filter(|peer| peer.port() != 0), packet.bytes));
        }
        Ok(self.heard.len())
    }

    /// A packet that was heard, and who sent it.
    #[must_use]
    pub fn packet(&self, at: usize) -> Option<(SocketAddrV4, &[u8])> {
        let (peer, len) = *self.heard.get(at)?;
        Some((peer?, self.packets.get(at)?.get(..len)?))
    }
}
