//! Runs of blocks, handed to the kernel at once.

use std::io::{self, IoSlice};
use std::net::UdpSocket;
use std::os::fd::AsRawFd;

use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

use crate::wire::tftp::data_head;

/// Most blocks and bytes of a run (UDP_MAX_SEGMENTS; the size of one UDP datagram).
const SEGMENTS: usize = 64;
const BATCH: usize = 65_000;

/// Blocks that leave in one system call.
#[derive(Debug)]
pub struct Run {
    /// Number of the first block.
    pub block: u16,
    /// How many.
    pub blocks: usize,
    /// Bytes of a whole block.
    pub size: usize,
    /// Offset of the first byte in the file.
    pub offset: u64,
    /// Bytes of all of them.
    pub len: usize,
}

impl Run {
    /// How many blocks of `size` bytes fit into one run.
    #[must_use]
    pub fn most(size: usize) -> usize {
        (BATCH / (size + 4)).clamp(1, SEGMENTS)
    }

    /// Heads and file bytes interleaved, for the kernel to cut into packets (UDP_SEGMENT); one by one where it cannot.
    ///
    /// # Errors
    /// What the kernel says; `WouldBlock` when the send buffer is full, and the whole run is to be sent again.
    pub fn send(&self, socket: &UdpSocket, bytes: &[u8]) -> io::Result<()> {
        let fd = socket.as_raw_fd();
        if self.blocks == 1 {
            let head = data_head(self.block);
            let parts = [IoSlice::new(&head), IoSlice::new(bytes)];
            sendmsg::<()>(fd, &parts, &[], MsgFlags::MSG_DONTWAIT, None)?;
            return Ok(());
        }
        let heads: Vec<[u8; 4]> = (0..self.blocks)
            .map(|at| data_head(self.block.wrapping_add(at as u16)))
            .collect();
        let mut parts = Vec::with_capacity(2 * self.blocks);
        for (at, head) in heads.iter().enumerate() {
            let from = (at * self.size).min(bytes.len());
            let to = (from + self.size).min(bytes.len());
            parts.push(IoSlice::new(head));
            parts.push(IoSlice::new(&bytes[from..to]));
        }
        let segment = u16::try_from(self.size + 4).unwrap_or(u16::MAX);
        let cut = [ControlMessage::UdpGsoSegments(&segment)];
        match sendmsg::<()>(fd, &parts, &cut, MsgFlags::MSG_DONTWAIT, None) {
            Ok(_) => return Ok(()),
            Err(error) if is_about_cutting(error) => {}
            Err(error) => return Err(error.into()),
        }
        for pair in parts.chunks(2) {
            sendmsg::<()>(fd, pair, &[], MsgFlags::MSG_DONTWAIT, None)?;
        }
        Ok(())
    }
}

/// Whether the device or path cannot cut datagrams.
fn is_about_cutting(error: nix::Error) -> bool {
    use nix::Error;
    matches!(
        error,
        Error::EINVAL | Error::EIO | Error::EMSGSIZE | Error::EOPNOTSUPP | Error::ENOPROTOOPT
    )
}
