//! The control socket: HTTP and JSON over a unix socket, for the console, the verbs and `curl --unix-socket`.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Channel, Either, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use nix::unistd::{Uid, User};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot, watch};

use crate::api::{Command, Delta, Refusal, Reply, Snapshot, WATCH};
use crate::engine::{ClientId, Input, Ticket};

/// Longest path that fits into a socket address with its closing NUL (unix(7)).
const PATH_MAX: usize = 107;
/// Largest request body.
const BODY_MAX: usize = 1 << 20;
/// Deltas that may wait for a slow client before it is told to begin anew.
const BACKLOG: usize = 64;
/// How often an idle stream is touched, so that a client that is gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

type Body = Either<Full<Bytes>, Channel<Bytes, Infallible>>;

/// Clients of the socket: who waits for a reply, who watches.
#[derive(Debug)]
pub struct Clients {
    inputs: mpsc::Sender<Input>,
    next: AtomicU64,
    waiting: Mutex<HashMap<Ticket, oneshot::Sender<Reply>>>,
    watching: Mutex<HashMap<ClientId, mpsc::Sender<Bytes>>>,
}

impl Clients {
    /// Nobody yet; what clients ask goes into `inputs`.
    #[must_use]
    pub fn new(inputs: mpsc::Sender<Input>) -> Arc<Self> {
        Arc::new(Self {
            inputs,
            next: AtomicU64::new(1),
            waiting: Mutex::default(),
            watching: Mutex::default(),
        })
    }

    /// Gives a reply to whoever waits for it.
    pub fn reply(&self, ticket: Ticket, reply: Reply) {
        let waiting = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&ticket);
        if let Some(to) = waiting {
            // Whoever asked may have left.
            let _ = to.send(reply);
        }
    }

    /// Gives a new client its beginning.
    pub fn snapshot(&self, client: ClientId, snapshot: &Snapshot) {
        self.push(Some(client), line(snapshot));
    }

    /// Gives all watching clients a delta.
    pub fn publish(&self, delta: &Delta) {
        self.push(None, line(delta));
    }

    /// Hands a line to one client or to all. One that does not keep up is cut off: it attaches again and gets a snapshot.
    fn push(&self, to: Option<ClientId>, line: Bytes) {
        let mut watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner);
        watching.retain(|id, client| {
            to.is_some_and(|to| to != *id) || client.try_send(line.clone()).is_ok()
        });
    }

    async fn ask(&self, command: Command) -> Reply {
        let ticket = Ticket(self.next.fetch_add(1, Ordering::Relaxed));
        let (to, from) = oneshot::channel();
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(ticket, to);
        if self
            .inputs
            .send(Input::Command { ticket, command })
            .await
            .is_err()
        {
            self.waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&ticket);
            return Reply::Refused(Refusal {
                what: "muster is stopping".into(),
                fix: None,
            });
        }
        from.await.unwrap_or_else(|_| {
            Reply::Refused(Refusal {
                what: "muster is stopping".into(),
                fix: None,
            })
        })
    }

    /// A new stream of lines. The engine sends the snapshot first.
    async fn watch(self: Arc<Self>) -> Body {
        let id = ClientId(self.next.fetch_add(1, Ordering::Relaxed));
        let (to, mut lines) = mpsc::channel::<Bytes>(BACKLOG);
        self.watching
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, to);
        let (mut sender, body) = Channel::new(1);
        // When the engine is gone the stream just ends.
        let _ = self.inputs.send(Input::Attach(id)).await;
        tokio::spawn(async move {
            loop {
                let line = match tokio::time::timeout(KEEP_ALIVE, lines.recv()).await {
                    Ok(Some(line)) => line,
                    Ok(None) => break,
                    Err(_) => Bytes::from_static(b"\n"),
                };
                if sender.send_data(line).await.is_err() {
                    break;
                }
            }
            self.watching
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id);
            let _ = self.inputs.send(Input::Detach(id)).await;
        });
        Either::Right(body)
    }
}

fn line<T: serde::Serialize>(value: &T) -> Bytes {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line.into()
}

/// The bound control socket; its file goes when this does.
#[derive(Debug)]
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// Binds the socket at `path`, replacing one that a dead daemon left (the lock says that it is dead). Mode 0600: what may
    /// be asked here is root's or the muster user's business until a group is set.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn bind(path: &Path) -> io::Result<Self> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        fs::create_dir_all(folder)?;
        match fs::remove_file(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let listener = if path.as_os_str().len() <= PATH_MAX {
            UnixListener::bind(path)?
        } else {
            let folder = File::open(folder)?;
            UnixListener::bind(
                Path::new("/proc/self/fd")
                    .join(folder.as_raw_fd().to_string())
                    .join(name),
            )?
        };
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        Ok(Self {
            listener,
            path: path.to_owned(),
        })
    }

    /// Serves clients until `stop`.
    pub async fn serve(self, clients: Arc<Clients>, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = stopped(&mut stop) => return,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => drop(tokio::spawn(converse(stream, clients.clone()))),
                    // Out of descriptors, most likely: others will be freed.
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                },
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(&self.path);
    }
}

/// Waits for the stop; a sender that is gone is one too.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    while !*stop.borrow_and_update() {
        if stop.changed().await.is_err() {
            return;
        }
    }
}

/// One connection of one client.
async fn converse(stream: UnixStream, clients: Arc<Clients>) {
    let who: Arc<str> = match stream.peer_cred() {
        Ok(cred) => match User::from_uid(Uid::from_raw(cred.uid())) {
            Ok(Some(user)) => user.name.into(),
            _ => format!("uid {}", cred.uid()).into(),
        },
        Err(_) => "somebody".into(),
    };
    let service = service_fn(move |request| {
        let (clients, who) = (clients.clone(), who.clone());
        async move { Ok::<_, Infallible>(respond(request, clients, &who).await) }
    });
    // A connection that breaks is the client's business.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(request: Request<Incoming>, clients: Arc<Clients>, who: &str) -> Response<Body> {
    let target = request
        .uri()
        .path_and_query()
        .map_or_else(|| request.uri().path().to_owned(), ToString::to_string);
    let method = request.method().as_str().to_owned();
    if method == "GET" && target == WATCH {
        let mut response = Response::new(clients.watch().await);
        response.headers_mut().insert(
            "content-type",
            hyper::header::HeaderValue::from_static("application/x-ndjson"),
        );
        return response;
    }
    let body = match Limited::new(request.into_body(), BODY_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(e) => return answer(&refused(format!("the request body cannot be read: {e}"))),
    };
    match Command::from_request(&method, &target, &body, who) {
        Ok(command) => answer(&clients.ask(command).await),
        Err(refusal) => answer(&Reply::Refused(refusal)),
    }
}

fn refused(what: String) -> Reply {
    Reply::Refused(Refusal {
        what: what.into(),
        fix: None,
    })
}

fn answer(reply: &Reply) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(line(reply))));
    if matches!(reply, Reply::Refused(_)) {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response.headers_mut().insert(
        "content-type",
        hyper::header::HeaderValue::from_static("application/json"),
    );
    response
}
