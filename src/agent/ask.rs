//! One question to the server: HTTP/1.1, one connection, one answer. The server is named by address, so nothing is looked up.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::head::{Answer, Head};

/// How long a connection may take, and how long the server may be silent.
const CONNECT: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(30);
/// How long all of it may take: a server that trickles must not hold the agent for ever.
const ALL: Duration = Duration::from_secs(300);
/// Largest body.
const BODY: u64 = 128 << 20;
/// Largest body of a refusal that is read, for its first line.
const WORDS: u64 = 4096;
/// Ports from which only root asks. The lower half belongs to well-known services.
const PORTS: std::ops::RangeInclusive<u16> = 600..=1023;
/// How many of them are tried.
const TRIES: u16 = 40;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The server.
    pub server: SocketAddr,
    /// Path and query.
    pub target: &'a str,
    /// What we have; the answer is then 304 where the server has the same.
    pub etag: Option<&'a str>,
    /// Whether to ask from a port that only root can have, if we can.
    pub privileged: bool,
    /// What chooses that port.
    pub luck: u64,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Trouble {
    /// The server cannot be reached, or broke off.
    Lost(String),
    /// The server said no: status, and its words.
    Refused(u16, String),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lost(why) => f.write_str(why),
            Self::Refused(status, why) => write!(f, "the server refuses ({status}): {why}"),
        }
    }
}

/// Asks, and waits for the whole answer: 200 with a body, or 304 without.
///
/// # Errors
/// See [`Trouble`].
pub fn ask(question: &Question<'_>) -> Result<Answer, Trouble> {
    let lost = |error: io::Error| Trouble::Lost(format!("{}: {error}", question.server));
    let mut stream = connect(question).map_err(lost)?;
    stream
        .write_all(request(question).as_bytes())
        .map_err(lost)?;
    let answer = receive(&mut stream, &|error: String| {
        Trouble::Lost(format!("{}: {error}", question.server))
    })?;
    match answer.status {
        200 | 304 => Ok(answer),
        status => {
            let text = String::from_utf8_lossy(&answer.body);
            let line = text.lines().next().unwrap_or_default();
            Err(Trouble::Refused(
                status,
                line.chars().filter(|c| !c.is_control()).take(240).collect(),
            ))
        }
    }
}

fn request(question: &Question<'_>) -> String {
    let mut text = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: muster-agent/{}\r\nConnection: close\r\n",
        question.target,
        question.server,
        env!("CARGO_PKG_VERSION")
    );
    if let Some(etag) = question.etag {
        text.push_str(&format!("If-None-Match: {etag}\r\n"));
    }
    text.push_str("\r\n");
    text
}

fn receive(stream: &mut TcpStream, lost: &dyn Fn(String) -> Trouble) -> Result<Answer, Trouble> {
    let began = Instant::now();
    let mut bytes = Vec::new();
    let mut block = vec![0; 32 * 1024];
    let mut more = |bytes: &mut Vec<u8>| {
        if began.elapsed() > ALL {
            return Err(lost("the answer takes too long".into()));
        }
        match stream.read(&mut block) {
            Ok(0) => Err(lost("the server broke off".into())),
            Ok(read) => {
                bytes.extend_from_slice(&block[..read]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(lost(error.to_string())),
        }
    };
    let (head, begin) = loop {
        if let Some(found) = Head::read(&bytes).map_err(lost)? {
            break found;
        }
        more(&mut bytes)?;
    };
    let length = match (head.status, head.length) {
        (304, _) => 0,
        (200, Some(length)) if length <= BODY => length,
        (200, _) => {
            return Err(lost(
                "the answer does not say how long it is, or is too long".into(),
            ));
        }
        (_, length) => length.unwrap_or(0).min(WORDS),
    };
    let end = begin + usize::try_from(length).unwrap_or(usize::MAX - begin);
    while bytes.len() < end {
        match more(&mut bytes) {
            // The words of a refusal may be cut short.
            Err(_) if head.status != 200 => break,
            outcome => outcome?,
        }
    }
    bytes.truncate(end);
    bytes.drain(..begin.min(bytes.len()));
    Ok(Answer {
        status: head.status,
        etag: head.etag,
        orders: head.orders,
        body: bytes,
    })
}

fn connect(question: &Question<'_>) -> io::Result<TcpStream> {
    let mut tries = 0;
    loop {
        let (socket, bound) = open(question, tries)?;
        match socket.connect_timeout(&question.server.into(), CONNECT) {
            // The server still remembers an earlier connection from this port.
            Err(error) if bound && again(&error) && tries < TRIES => tries += 1,
            Err(error) => return Err(error),
            Ok(()) => {
                socket.set_read_timeout(Some(SILENCE))?;
                socket.set_write_timeout(Some(SILENCE))?;
                return Ok(socket.into());
            }
        }
    }
}

/// A socket, and whether it has a port of root's.
fn open(question: &Question<'_>, skip: u16) -> io::Result<(Socket, bool)> {
    let socket = Socket::new(
        Domain::for_address(question.server),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if !question.privileged {
        return Ok((socket, false));
    }
    socket.set_reuse_address(true)?;
    let any: IpAddr = match question.server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let span = PORTS.end() - PORTS.start() + 1;
    let first = u16::try_from(question.luck % u64::from(span)).unwrap_or(0);
    for step in skip..skip + TRIES {
        let port = PORTS.start() + (first + step) % span;
        match socket.bind(&SockAddr::from(SocketAddr::new(any, port))) {
            Ok(()) => return Ok((socket, true)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            // Not root: the server says whether it minds.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Ok((socket, false));
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        "no port below 1024 is free",
    ))
}

fn again(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable
    )
}
