//! The TFTP server: one listening socket, and data sockets that many transfers share, on a few threads of their own, so that a
//! herd of booting machines takes nothing from the other servers and these nothing from it.
//!
//! With one client, a block in lockstep costs one system call to wait, one to hear the acknowledgement and one to send the next
//! block; with many, these three serve all that have something to say ([`inbox`], [`outbox`]). What would come on top with a task,
//! a timer and a lock for each transfer is as much as the deciding itself, so a thread reads the clock once for all of them, and
//! looks at deadlines a few dozen times a second ([`worker`]).

mod body;
mod desk;
mod hall;
mod inbox;
mod line;
mod outbox;
mod parts;
mod requests;
mod road;
mod run;
mod session;
mod table;
mod worker;

use std::io;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use nix::sys::socket::{setsockopt, sockopt};
use socket2::Socket;
use tokio::sync::{mpsc, watch};

use super::bind::{self, BindError};
use super::shared::Shared;
use crate::model::{Level, Settings};
use desk::{Desk, service};
use hall::Hall;
use worker::Worker;

/// Receive buffer of the listening socket: ten thousand requests that arrive while one file is read from a disk.
const LISTEN_BUFFER: usize = 4 << 20;
/// Most threads. One core fills ten gigabit a second with windows; more than a few serve nobody.
const MOST_THREADS: usize = 4;

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
    pub async fn serve(self, shared: Shared, mut stop: watch::Receiver<bool>) {
        let (events, clock) = (shared.events.clone(), shared.clock);
        let (done, mut ended) = mpsc::unbounded_channel();
        let outcome = match start(self.socket, shared, &done) {
            Ok(running) => {
                drop(done);
                let outcome = tokio::select! {
                    _ = stop.wait_for(|stop| *stop) => Ok(()),
                    outcome = ended.recv() => outcome.unwrap_or_else(|| Err(io::Error::other("its threads ended"))),
                };
                drop(running);
                while ended.recv().await.is_some() {}
                outcome
            }
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            let text = format!("TFTP stopped: {error}");
            events.send(service(clock.now(), Level::Error, &text));
        }
    }
}

/// Stops the threads when it is dropped: whoever aborts the future that holds it stops them too.
struct Running(Arc<Hall>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Starts the threads. Each tells `done` how it ended.
fn start(
    socket: Socket,
    shared: Shared,
    done: &mpsc::UnboundedSender<io::Result<()>>,
) -> io::Result<Running> {
    let hall = Arc::new(Hall::new(Desk::new(socket, shared), MOST_THREADS)?);
    let running = Running(hall.clone());
    for seat in 0..hall.seats.len() {
        let (hall, done) = (hall.clone(), done.clone());
        std::thread::Builder::new()
            .name("tftp".into())
            .spawn(move || {
                let serve = || Worker::new(hall, seat).run();
                let outcome = catch_unwind(AssertUnwindSafe(serve));
                let bad = |_| Err(io::Error::other("one of its threads failed"));
                let _ = done.send(outcome.unwrap_or_else(bad));
            })?;
    }
    Ok(running)
}
