//! Opening the sockets of the boot servers, and sentences for when that fails.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

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

/// A listening TCP socket on `addr`:`port`, non-blocking.
///
/// # Errors
/// [`BindError`], as a sentence.
pub fn tcp(addr: IpAddr, port: u16, service: &'static str) -> Result<Socket, BindError> {
    let open = || {
        let addr = SocketAddr::new(addr, port);
        let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&addr.into())?;
        socket.listen(4096)?;
        Ok(socket)
    };
    open().map_err(|error: std::io::Error| BindError {
        service,
        text: format!("TCP port {port} on {addr} cannot be opened: {error}"),
    })
}
