//! The control socket: HTTP and JSON over a unix socket, for the console, the verbs and `curl --unix-socket`.

use std::convert::Infallible;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::{Group, Uid, User};
use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::clients::{Clients, Watching, line};
use super::shared::stopped;
use crate::api::{Command, OverlayReply, Refusal, Reply, WATCH};

/// Longest path that fits into a socket address with its closing NUL (unix(7)).
const PATH_MAX: usize = 107;
/// Largest request body: a change of every one of ten thousand nodes, several keys each, or a whole overlay of 64 MiB in base64.
const BODY_MAX: usize = 96 << 20;
/// Clients that may wait to be accepted.
const BACKLOG: i32 = 1024;
/// How long replies that are under way may take at the end.
const FAREWELL: Duration = Duration::from_secs(1);

type Body = Either<Full<Bytes>, Watching>;

/// The bound control socket; its file goes when this does.
#[derive(Debug)]
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// Binds the socket at `path`, replacing one that a dead daemon left (the lock says that it is dead). Its mode is 0600 from the
    /// first moment: what may be asked here is the business of the user that muster runs as, and of root.
    ///
    /// # Errors
    /// The system's refusal; something at `path` that is no socket.
    pub fn bind(path: &Path) -> io::Result<Self> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        fs::create_dir_all(folder)?;
        match fs::symlink_metadata(path) {
            Ok(meta) if !meta.file_type().is_socket() => {
                return Err(io::Error::other("something that is no socket is there"));
            }
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        // Under another name until it listens: who finds the socket is answered, and never takes a moment for "nobody runs here".
        let mut name = name.to_owned();
        name.push(".new");
        let path_new = folder.join(&name);
        match fs::remove_file(&path_new) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        // A socket's own mode becomes that of its file (unix(7)), so that there is no moment in which others may connect.
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        fchmod(socket.as_fd(), Mode::S_IRUSR | Mode::S_IWUSR)?;
        if path_new.as_os_str().len() <= PATH_MAX {
            socket.bind(&SockAddr::unix(&path_new)?)?;
        } else {
            let folder = File::open(folder)?;
            let short = Path::new("/proc/self/fd")
                .join(folder.as_raw_fd().to_string())
                .join(&name);
            socket.bind(&SockAddr::unix(short)?)?;
        }
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        fs::rename(&path_new, path)?;
        Ok(Self {
            listener: UnixListener::from_std(socket.into())?,
            path: path.to_owned(),
        })
    }

    /// Lets the members of `group` use the socket at `path` too; none = only the user that muster runs as, and root.
    ///
    /// # Errors
    /// A sentence: there is no such group, or the socket may not be given to it.
    pub fn share(path: &Path, group: Option<&str>) -> Result<(), String> {
        let Some(name) = group else {
            return fs::set_permissions(path, Permissions::from_mode(0o600))
                .map_err(|e| format!("the control socket cannot be kept to its user: {e}"));
        };
        let group = Group::from_name(name).ok().flatten();
        let group = group.ok_or_else(|| format!("there is no group {name}"))?;
        let give = |path: &Path, more: u32| {
            let mode = fs::metadata(path)?.permissions().mode();
            chown(path, None, Some(group.gid.as_raw()))?;
            fs::set_permissions(path, Permissions::from_mode(mode | more))
        };
        let folder = path.parent().unwrap_or(path);
        // Whoever may not pass the folder does not reach the socket.
        let passable = |mode: u32| mode & 0o001 != 0;
        let open = fs::metadata(folder).is_ok_and(|meta| passable(meta.permissions().mode()));
        let folder = if open { Ok(()) } else { give(folder, 0o010) };
        folder
            .and_then(|()| give(path, 0o060))
            .map_err(|e| format!("the control socket cannot be given to the group {name}: {e}"))
    }

    /// Serves clients until `stop`. Then whoever waits is told that muster stops, and streams end.
    pub async fn serve(self, clients: Arc<Clients>, stop: watch::Receiver<bool>) {
        let mut conversations = JoinSet::new();
        let mut stopping = stop.clone();
        loop {
            tokio::select! {
                () = stopped(&mut stopping) => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        conversations.spawn(converse(stream, clients.clone(), stop.clone()));
                    }
                    // Out of descriptors, most likely: others will be freed.
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                },
                Some(_) = conversations.join_next() => {}
            }
        }
        drop(self);
        clients.close();
        let ended = async { while conversations.join_next().await.is_some() {} };
        // Who does not read the farewell is cut off with the set.
        let _ = tokio::time::timeout(FAREWELL, ended).await;
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(&self.path);
    }
}

/// One connection of one client, until it leaves, is cut off because it does not read, or everything ends.
async fn converse(stream: UnixStream, clients: Arc<Clients>, mut stop: watch::Receiver<bool>) {
    let who: Arc<str> = match stream.peer_cred() {
        Ok(cred) => match User::from_uid(Uid::from_raw(cred.uid())) {
            Ok(Some(user)) => user.name.into(),
            _ => format!("uid {}", cred.uid()).into(),
        },
        Err(_) => "somebody".into(),
    };
    let cut = Arc::new(Notify::new());
    let service = service_fn(|request| {
        let (clients, who, cut) = (clients.clone(), who.clone(), cut.clone());
        async move { Ok::<_, Infallible>(respond(request, clients, &who, cut).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // A connection that breaks is the client's business.
        _ = connection.as_mut() => return,
        () = cut.notified() => return,
        () = stopped(&mut stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

async fn respond(
    request: Request<Incoming>,
    clients: Arc<Clients>,
    who: &str,
    cut: Arc<Notify>,
) -> Response<Body> {
    let target = request
        .uri()
        .path_and_query()
        .map_or_else(|| request.uri().path().to_owned(), ToString::to_string);
    let method = request.method().as_str().to_owned();
    if method == "GET" && target == WATCH {
        let stream = Either::Right(clients.watch(cut).await);
        return typed("application/x-ndjson", StatusCode::OK, stream);
    }
    let body = match Limited::new(request.into_body(), BODY_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(e) if e.is::<LengthLimitError>() => {
            let what = format!("the request body is larger than {} kB", BODY_MAX / 1024);
            return answer(&refused(what), StatusCode::PAYLOAD_TOO_LARGE);
        }
        Err(e) => {
            let what = format!("the request body cannot be read: {e}");
            return answer(&refused(what), StatusCode::BAD_REQUEST);
        }
    };
    let reply = match Command::from_request(&method, &target, &body, who) {
        Ok(command) => clients.ask(command).await,
        Err(refusal) => Reply::Refused(refusal),
    };
    let status = match &reply {
        Reply::Refused(refusal) if refusal.is_no_route() => StatusCode::NOT_FOUND,
        Reply::Refused(_) | Reply::Faulty(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Reply::Clash(_) => StatusCode::CONFLICT,
        Reply::Overlay(reply) => match reply.as_ref() {
            OverlayReply::Faulty(_) => StatusCode::UNPROCESSABLE_ENTITY,
            OverlayReply::Clash(_) => StatusCode::CONFLICT,
            _ => StatusCode::OK,
        },
        _ => StatusCode::OK,
    };
    answer(&reply, status)
}

fn refused(what: String) -> Reply {
    Reply::Refused(Refusal {
        what: what.into(),
        fix: None,
    })
}

fn answer(reply: &Reply, status: StatusCode) -> Response<Body> {
    let body = Either::Left(Full::new(line(reply)));
    typed("application/json", status, body)
}

fn typed(what: &'static str, status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(what));
    response
}
