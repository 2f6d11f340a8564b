//! An HTTP client that speaks from a node's own address and reads no faster than it is told.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;
use tokio::time::{Instant, sleep_until, timeout};

/// Longest wait for a connection, an answer, or the next bytes.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest text that is kept.
const TEXT: usize = 256 * 1024;

/// How a body is read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    /// Bytes a second; none means as fast as they come.
    pub(super) rate: Option<u64>,
    /// Breaks off after so many hundredths of the file.
    pub(super) abort_at: Option<u64>,
    /// Stops reading after so many hundredths of the file and holds the connection for ever.
    pub(super) freeze_at: Option<u64>,
}

/// What came.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) bytes: u64,
    /// The beginning of the body, for texts.
    pub(super) text: String,
    /// Whether all of it was read.
    pub(super) whole: bool,
}

/// Fetches `path`; keeps no body but the beginning of a text.
pub(super) async fn get(
    from: Ipv4Addr,
    server: SocketAddrV4,
    path: &str,
    pace: Pace,
) -> Result<Got, String> {
    let response = timeout(PATIENCE, ask(from, server, path))
        .await
        .map_err(|_| format!("GET {path}: no answer"))??;
    let status = response.status().as_u16();
    let texts = response
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text"));
    let length = response
        .headers()
        .get("content-length")
        .and_then(|len| len.to_str().ok()?.parse::<u64>().ok());
    let small = length.is_some_and(|len| len <= TEXT as u64);
    let bytes = |share: u64| length.unwrap_or(0).saturating_mul(share) / 100;
    let pace = Pace {
        rate: pace.rate,
        abort_at: pace.abort_at.map(bytes),
        freeze_at: pace.freeze_at.map(bytes),
    };
    let mut got = Got {
        status,
        bytes: 0,
        text: String::new(),
        whole: false,
    };
    read(response, &mut got, pace, texts || small)
        .await
        .map_err(|why| format!("GET {path}: {why}"))?;
    Ok(got)
}

async fn ask(
    from: Ipv4Addr,
    server: SocketAddrV4,
    path: &str,
) -> Result<Response<Incoming>, String> {
    let failed = |why: &dyn std::fmt::Display| format!("GET {path}: {why}");
    let socket = TcpSocket::new_v4().map_err(|why| failed(&why))?;
    // A small window, so that a slow reader slows the sender and not only a buffer.
    let _ = socket.set_recv_buffer_size(256 * 1024);
    socket
        .bind(SocketAddr::V4(SocketAddrV4::new(from, 0)))
        .map_err(|why| failed(&why))?;
    let stream = socket
        .connect(SocketAddr::V4(server))
        .await
        .map_err(|why| failed(&why))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|why| failed(&why))?;
    // The connection lives as long as somebody reads its body.
    tokio::spawn(connection);
    let request = Request::get(path)
        .header("host", server.to_string())
        .header("user-agent", "iPXE/1.21.1+demo")
        .body(Empty::<Bytes>::new())
        .map_err(|why| failed(&why))?;
    sender
        .send_request(request)
        .await
        .map_err(|why| failed(&why))
}

async fn read(
    response: Response<Incoming>,
    got: &mut Got,
    // Its places are bytes here.
    pace: Pace,
    keep: bool,
) -> Result<(), String> {
    let began = Instant::now();
    let mut body = response.into_body();
    let mut text = Vec::new();
    loop {
        let frame = timeout(PATIENCE, body.frame())
            .await
            .map_err(|_| "no more bytes came".to_owned())?;
        let Some(frame) = frame else {
            got.whole = true;
            break;
        };
        let frame = frame.map_err(|why| why.to_string())?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        got.bytes += data.len() as u64;
        if keep && text.len() < TEXT {
            text.extend_from_slice(data);
        }
        if pace.abort_at.is_some_and(|at| got.bytes >= at) {
            break;
        }
        if pace.freeze_at.is_some_and(|at| got.bytes >= at) {
            std::future::pending::<()>().await;
        }
        if let Some(rate) = pace.rate.filter(|rate| *rate > 0) {
            let due = Duration::from_secs_f64(got.bytes as f64 / rate as f64);
            sleep_until(began + due).await;
        }
    }
    text.truncate(TEXT);
    got.text = String::from_utf8_lossy(&text).into_owned();
    Ok(())
}
