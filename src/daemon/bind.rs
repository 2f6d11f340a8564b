//! Opening the sockets of the boot servers, and sentences for when that fails.

use std::fmt;
use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use socket2::{Domain, Protocol, Socket, Type};

/// Why a server's socket could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindError {
    /// Which server: `dhcp`, `tftp`, `http`.
    pub service: &'static str,
    /// A sentence with the port, who holds it, and what to do.
    pub text: String,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.service, self.text)
    }
}

impl std::error::Error for BindError {}

/// Which kind of port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UDP.
    Udp,
    /// TCP, listening.
    Tcp,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        })
    }
}

/// A UDP socket on `addr`:`port`, non-blocking. Nothing is shared: a port that somebody else holds is an error.
///
/// # Errors
/// [`BindError`], as a sentence.
pub fn udp(addr: IpAddr, port: u16, service: &'static str) -> Result<Socket, BindError> {
    open(Kind::Udp, SocketAddr::new(addr, port))
        .map_err(|error| explain(Kind::Udp, addr, port, service, &error))
}

/// A listening TCP socket on `addr`:`port`, non-blocking, with a backlog of 1,024. Connections of an earlier run that still
/// linger do not stand in the way.
///
/// # Errors
/// [`BindError`], as a sentence.
pub fn tcp(addr: IpAddr, port: u16, service: &'static str) -> Result<Socket, BindError> {
    open(Kind::Tcp, SocketAddr::new(addr, port))
        .map_err(|error| explain(Kind::Tcp, addr, port, service, &error))
}

/// The sentence for an error of opening a socket.
#[must_use]
pub fn explain(
    kind: Kind,
    addr: IpAddr,
    port: u16,
    service: &'static str,
    error: &io::Error,
) -> BindError {
    let key = match service {
        "http" => "server: port",
        "dhcp" => "dhcp: port",
        _ => "tftp: port",
    };
    let text = match error.kind() {
        io::ErrorKind::AddrInUse => match holder(kind, port) {
            Some(who) => format!(
                "{kind} port {port} is in use by {who}; stop it or set `{key}` in muster.conf"
            ),
            None => format!(
                "{kind} port {port} is in use by another process; find it with `ss -lpn` as root, stop it or set `{key}` in muster.conf"
            ),
        },
        io::ErrorKind::PermissionDenied => format!(
            "{kind} port {port} may not be opened: ports below 1024 need root or the capability CAP_NET_BIND_SERVICE (the systemd unit grants it), or set `{key}` in muster.conf"
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "this machine has no address {addr}; mend `listen` in muster.conf or bring the interface up"
        ),
        _ => format!("{kind} port {port} on {addr} cannot be opened: {error}"),
    };
    BindError { service, text }
}

/// Which process holds a port, as `dnsmasq (pid 812)`; none if nobody does or other users' processes cannot be looked into.
#[must_use]
pub fn holder(kind: Kind, port: u16) -> Option<String> {
    let tables = match kind {
        Kind::Udp => ["/proc/net/udp", "/proc/net/udp6"],
        Kind::Tcp => ["/proc/net/tcp", "/proc/net/tcp6"],
    };
    let inodes: Vec<String> = tables
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| inodes(kind, port, &table))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    if inodes.is_empty() {
        return None;
    }
    let numeric = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(numeric))
        .find(|entry| holds(&entry.path(), &inodes))
        .map(|entry| {
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            let pid = entry.file_name().to_string_lossy().into_owned();
            format!("{} (pid {pid})", name.trim())
        })
}

/// Inodes of the sockets on `port` in a table of proc(5): `sl local_address rem_address st … inode`, numbers in hex.
fn inodes(kind: Kind, port: u16, table: &str) -> Vec<u64> {
    const LISTENING: &str = "0A";
    let of_line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, hex) = fields.get(1)?.rsplit_once(':')?;
        let ours = u16::from_str_radix(hex, 16) == Ok(port);
        let listens = kind == Kind::Udp || fields.get(3) == Some(&LISTENING);
        fields.get(9).filter(|_| ours && listens)?.parse().ok()
    };
    table.lines().skip(1).filter_map(of_line).collect()
}

fn holds(process: &Path, inodes: &[String]) -> bool {
    let Ok(open) = fs::read_dir(process.join("fd")) else {
        return false;
    };
    open.flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|link| {
            inodes
                .iter()
                .any(|inode| link.as_os_str() == inode.as_str())
        })
}

fn open(kind: Kind, at: SocketAddr) -> io::Result<Socket> {
    let domain = Domain::for_address(at);
    let socket = match kind {
        Kind::Udp => Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?,
        Kind::Tcp => Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?,
    };
    socket.set_nonblocking(true)?;
    if kind == Kind::Tcp {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&at.into())?;
    if kind == Kind::Tcp {
        socket.listen(1024)?;
    }
    Ok(socket)
}
