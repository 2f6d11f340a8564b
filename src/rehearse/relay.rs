//! The relay agent through which simulated nodes speak DHCP: one socket, answers given out by transaction.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::dhcp::Answer;

/// A relay agent on a loopback address.
#[derive(Debug)]
pub(super) struct Relay {
    socket: UdpSocket,
    server: SocketAddrV4,
    address: Ipv4Addr,
    waiting: Mutex<HashMap<u32, mpsc::Sender<Answer>>>,
}

impl Relay {
    /// Opens the relay's socket on `address`.
    pub(super) async fn open(address: Ipv4Addr, server: SocketAddrV4) -> io::Result<Arc<Self>> {
        let socket = UdpSocket::bind(SocketAddrV4::new(address, 0)).await?;
        Ok(Arc::new(Self {
            socket,
            server,
            address,
            waiting: Mutex::default(),
        }))
    }

    /// Its address, which goes into `giaddr`.
    pub(super) fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// Passes a message on to the server.
    pub(super) async fn send(&self, bytes: &[u8]) {
        // A server that is not there yet answers with a port error; the client asks again anyway.
        let _ = self.socket.send_to(bytes, self.server).await;
    }

    /// Answers of one transaction, until [`Relay::forget`].
    pub(super) fn listen(&self, xid: u32) -> mpsc::Receiver<Answer> {
        let (to, from) = mpsc::channel(8);
        self.table().insert(xid, to);
        from
    }

    /// Ends a transaction.
    pub(super) fn forget(&self, xid: u32) {
        self.table().remove(&xid);
    }

    /// Gives out answers for ever.
    pub(super) async fn carry(&self) {
        let mut buffer = [0; 2048];
        loop {
            let Ok((len, from)) = self.socket.recv_from(&mut buffer).await else {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                continue;
            };
            if from.port() != self.server.port() {
                continue;
            }
            if let Some(answer) = Answer::parse(&buffer[..len]) {
                let to = self.table().get(&answer.xid).cloned();
                if let Some(to) = to {
                    // A client that does not listen has no use for it.
                    let _ = to.try_send(answer);
                }
            }
        }
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<u32, mpsc::Sender<Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
