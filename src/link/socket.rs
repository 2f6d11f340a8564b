//! One HTTP exchange over the unix socket of an engine.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use crate::api::Route;

/// Longest path that fits into a socket address with its closing NUL (unix(7)).
const PATH_MAX: usize = 107;

/// Connects to the socket at `path`, however long that is: a long one is reached through its folder's descriptor.
async fn connect(path: &Path) -> io::Result<UnixStream> {
    if path.as_os_str().len() <= PATH_MAX {
        return UnixStream::connect(path).await;
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let folder = File::open(folder)?;
    let short = Path::new("/proc/self/fd")
        .join(folder.as_raw_fd().to_string())
        .join(name);
    UnixStream::connect(short).await
}

/// A connection that is ready for requests; its driver runs as a task of the current runtime.
async fn open(path: &Path) -> io::Result<SendRequest<Full<Bytes>>> {
    let stream = connect(path).await?;
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    tokio::spawn(async move {
        // An error here also reaches whoever waits for the response.
        let _ = connection.await;
    });
    Ok(sender)
}

/// Sends a request and gives the response as soon as its head is there.
///
/// # Errors
/// Whatever keeps the socket from being reached, or breaks the exchange.
pub async fn send(path: &Path, route: &Route) -> io::Result<Response<Incoming>> {
    let mut sender = open(path).await?;
    let body = route.body.clone().unwrap_or_default();
    let request = Request::builder()
        .method(route.method)
        .uri(&route.target)
        .header("host", "muster")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(io::Error::other)?;
    sender.send_request(request).await.map_err(io::Error::other)
}

/// Sends a request and reads the whole response body.
///
/// # Errors
/// As [`send`].
pub async fn exchange(path: &Path, route: &Route) -> io::Result<Bytes> {
    let response = send(path, route).await?;
    Ok(response
        .into_body()
        .collect()
        .await
        .map_err(io::Error::other)?
        .to_bytes())
}
