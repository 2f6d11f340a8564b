//! The HTTP boot server: sockets, files and bodies for the plans of [`crate::boot::http`].
//!
//! hyper reads requests and frames answers. Bytes of files never pass through the process: see [`lane`].

mod agent;
mod answer;
mod body;
mod disk;
mod head;
mod kept;
mod lane;
mod news;
mod page;
mod shelf;
mod warm;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use self::answer::Desk;
use self::lane::Lane;
use super::bind::{self, BindError};
use super::shared::{Shared, stopped};
use crate::boot::status;
use crate::fleet::{Event, What, Who};
use crate::model::{Level, Settings};

/// Connections at once; more wait in the kernel's backlog.
const CONNECTIONS: usize = 16_384;
/// How long a client may take to send a request's head, and how long a connection may idle between requests.
const HEAD: Duration = Duration::from_secs(30);
/// Most bytes of a request's head.
const HEAD_SIZE: usize = 16 * 1024;
/// Most header lines of a request.
const HEADERS: usize = 64;
/// How long running transfers may go on after a stop.
const DRAIN: Duration = Duration::from_secs(10);
/// Pause after an accept that failed for want of descriptors or memory.
const BREATH: Duration = Duration::from_millis(50);

/// Makes the `/status` document, in the form of [`crate::boot::status::document`].
pub type StatusSource = Arc<dyn Fn() -> Bytes + Send + Sync>;

/// The server with its socket open and nothing running.
#[derive(Debug)]
pub struct Bound {
    listener: std::net::TcpListener,
    next: Option<mpsc::Receiver<Self>>,
}

/// Opens the server's socket.
///
/// # Errors
/// A sentence when the port cannot be had.
pub fn bind(settings: &Settings) -> Result<Bound, BindError> {
    let socket = bind::tcp(settings.listen.into(), settings.server.port, "http")?;
    Ok(Bound {
        listener: socket.into(),
        next: None,
    })
}

impl Bound {
    /// Where it listens; tells the port when the settings said 0.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Goes on with the socket of whatever comes this way in place of its own; connections that there are end as they would.
    #[must_use]
    pub fn followed_by(mut self, next: mpsc::Receiver<Self>) -> Self {
        self.next = Some(next);
        self
    }

    /// Serves until `stop` becomes true, with an empty `/status`. See [`Bound::serve_with`].
    pub async fn serve(self, shared: Shared, stop: watch::Receiver<bool>) {
        let empty = Bytes::from(status::document([]));
        self.serve_with(shared, Arc::new(move || empty.clone()), stop)
            .await;
    }

    /// Serves until `stop` becomes true, then lets running transfers end for up to ten seconds.
    pub async fn serve_with(
        self,
        shared: Shared,
        status: StatusSource,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut next = self.next;
        let mut listener = match TcpListener::from_std(self.listener) {
            Ok(listener) => listener,
            Err(error) => return complain(&shared, Level::Error, &error),
        };
        let desk = Arc::new(Desk::new(shared.clone(), status));
        let told = stop.clone();
        let mut running = JoinSet::new();
        let mut starved = false;
        loop {
            let full = running.len() >= CONNECTIONS;
            tokio::select! {
                () = stopped(&mut stop) => break,
                Some(_) = running.join_next(), if !running.is_empty() => {}
                Some(other) = following(&mut next) => match TcpListener::from_std(other.listener) {
                    Ok(other) => listener = other,
                    Err(error) => complain(&shared, Level::Error, &error),
                },
                accepted = listener.accept(), if !full => match accepted {
                    Ok((stream, peer)) => {
                        starved = false;
                        running.spawn(converse(stream, peer, desk.clone(), told.clone()));
                    }
                    Err(error) => {
                        // One bad connection is nothing; without descriptors the loop must not spin.
                        if error.raw_os_error().is_some_and(lacks_resources) {
                            if !std::mem::replace(&mut starved, true) {
                                complain(&shared, Level::Warning, &error);
                            }
                            tokio::time::sleep(BREATH).await;
                        }
                    }
                },
            }
        }
        drop(listener);
        let drained = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            running.shutdown().await;
        }
        desk.end();
    }
}

/// What is to be gone on with; nothing ever where nobody can send it.
async fn following(next: &mut Option<mpsc::Receiver<Bound>>) -> Option<Bound> {
    match next {
        Some(next) => next.recv().await,
        None => std::future::pending().await,
    }
}

/// One connection, from its first request to its end.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    desk: Arc<Desk>,
    mut stop: watch::Receiver<bool>,
) {
    let Ok(local) = stream.local_addr() else {
        return;
    };
    // A head must not wait for the acknowledgement of the body before it.
    let _ = stream.set_nodelay(true);
    let lane = Lane::new(stream, desk.clock());
    let line = lane.line();
    let service = service_fn(move |request| {
        let (desk, line) = (desk.clone(), line.clone());
        async move { Ok::<_, std::convert::Infallible>(desk.answer(request, peer, local, line).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_SIZE)
        .max_headers(HEADERS)
        .writev(true)
        // GRUB 2.06 knows `Content-Length`, and no other spelling of it.
        .title_case_headers(true)
        .serve_connection(lane, service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stopped(&mut stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// ENFILE, EMFILE, ENOBUFS, ENOMEM.
fn lacks_resources(code: i32) -> bool {
    use nix::errno::Errno;
    [Errno::ENFILE, Errno::EMFILE, Errno::ENOBUFS, Errno::ENOMEM]
        .iter()
        .any(|errno| *errno as i32 == code)
}

fn complain(shared: &Shared, level: Level, error: &std::io::Error) {
    shared.events.send(Event {
        at: shared.clock.now(),
        who: Who::Server,
        boot: None,
        what: What::Service {
            name: "http".into(),
            level,
            text: format!("no new connection can be taken: {error}").into(),
        },
    });
}
