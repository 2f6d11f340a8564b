//! The receiving end of a session: its socket, and its deadline.

use std::future::{Future, poll_fn};
use std::io;
use std::net::UdpSocket;
use std::pin::Pin;
use std::task::Poll;

use tokio::io::unix::AsyncFd;
use tokio::time::Sleep;

/// What a session waits for.
#[derive(Debug)]
pub enum Heard {
    /// A packet of so many bytes.
    Packet(usize),
    /// An error of the socket, often of an earlier packet.
    Error(io::Error),
    /// The deadline passed.
    Time,
}

/// Waits for packets.
#[derive(Debug)]
pub struct Ear {
    packet: [u8; 600],
    /// One packet is expected for each that is sent.
    lockstep: bool,
    /// Whether packets may be waiting that readiness does not tell of.
    more: bool,
}

impl Ear {
    /// An ear for a transfer in lockstep or one with a window.
    #[must_use]
    pub fn new(lockstep: bool) -> Self {
        Self {
            packet: [0; 600],
            lockstep,
            more: false,
        }
    }

    /// The packet that was heard.
    #[must_use]
    pub fn bytes(&self, len: usize) -> &[u8] {
        self.packet.get(..len).unwrap_or_default()
    }

    /// Whether the packet changed nothing, so that the one that was waited for may be behind it.
    pub fn more(&mut self, more: bool) {
        self.more = more;
    }

    /// The next packet, or the deadline.
    ///
    /// Readiness is told once for all packets that wait, and lasts until the socket is found empty. In lockstep that last,
    /// empty look would cost a system call a block, so one packet counts as all; should there be more, they are found after a
    /// packet that changed nothing, with the next packet, or at the deadline.
    pub async fn listen(
        &mut self,
        socket: &AsyncFd<UdpSocket>,
        mut timer: Pin<&mut Sleep>,
    ) -> Heard {
        poll_fn(|context| {
            if self.more
                && let Some(heard) = self.take(socket)
            {
                return Poll::Ready(heard);
            }
            while let Poll::Ready(ready) = socket.poll_read_ready(context) {
                let mut ready = match ready {
                    Ok(ready) => ready,
                    Err(error) => return Poll::Ready(Heard::Error(error)),
                };
                let heard = self.take(socket);
                if heard.is_none() || self.lockstep {
                    ready.clear_ready();
                }
                if let Some(heard) = heard {
                    return Poll::Ready(heard);
                }
            }
            if timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            Poll::Ready(self.take(socket).unwrap_or(Heard::Time))
        })
        .await
    }

    /// A packet that waits.
    fn take(&mut self, socket: &AsyncFd<UdpSocket>) -> Option<Heard> {
        match socket.get_ref().recv(&mut self.packet) {
            Ok(len) => Some(Heard::Packet(len)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.more = false;
                None
            }
            Err(error) => Some(Heard::Error(error)),
        }
    }
}
