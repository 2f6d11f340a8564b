//! A client that throws away what it receives without copying it (MSG_TRUNC), over many connections on one thread.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::socket::{MsgFlags, recv};
use nix::unistd::Pid;

/// Keeps this process on one core.
pub fn pin(core: usize) {
    let mut set = CpuSet::new();
    set.set(core).unwrap();
    let _ = sched_setaffinity(Pid::from_raw(0), &set);
}

struct Link {
    stream: TcpStream,
    left: u64,
}

/// Connections that fetch one path again and again.
pub struct Load {
    links: Vec<Link>,
    request: Vec<u8>,
    /// Bytes of one answer: head and body.
    whole: u64,
}

impl Load {
    pub fn new(at: SocketAddr, path: &str, connections: usize) -> Self {
        let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes();
        let whole = measure(at, path);
        let links = (0..connections).map(|_| Link {
            stream: TcpStream::connect(at).unwrap(),
            left: 0,
        });
        Self {
            links: links.collect(),
            request,
            whole,
        }
    }

    /// Fetches for so many seconds; the bytes received.
    pub fn run(mut self, seconds: u64) -> u64 {
        let until = Instant::now() + Duration::from_secs(seconds);
        let mut scrap = vec![0; 8 << 20];
        let mut total = 0;
        for link in &mut self.links {
            link.stream.set_nonblocking(true).unwrap();
        }
        while Instant::now() < until {
            for link in self.links.iter_mut().filter(|link| link.left == 0) {
                link.stream.write_all(&self.request).unwrap();
                link.left = self.whole;
            }
            let mut fds: Vec<PollFd<'_>> = self
                .links
                .iter()
                .map(|link| PollFd::new(link.stream.as_fd(), PollFlags::POLLIN))
                .collect();
            poll(&mut fds, PollTimeout::from(1000_u16)).unwrap();
            let ready: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(false)).collect();
            for (link, _) in self.links.iter_mut().zip(ready).filter(|(_, ready)| *ready) {
                let most = usize::try_from(link.left).unwrap().min(scrap.len());
                match recv(
                    link.stream.as_raw_fd(),
                    &mut scrap[..most],
                    MsgFlags::MSG_TRUNC,
                ) {
                    Ok(0) => panic!("the server closed a connection"),
                    Ok(got) => {
                        link.left -= got as u64;
                        total += got as u64;
                    }
                    Err(nix::errno::Errno::EAGAIN) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
        total
    }
}

/// Head and body length of one answer, by HEAD.
fn measure(at: SocketAddr, path: &str) -> u64 {
    let mut stream = TcpStream::connect(at).unwrap();
    let ask = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n");
    stream.write_all(ask.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let text = String::from_utf8(head.clone()).unwrap().to_lowercase();
    assert!(text.starts_with("http/1.1 200"), "{text}");
    let length = text.split("content-length: ").nth(1).unwrap();
    let length: u64 = length.split("\r\n").next().unwrap().parse().unwrap();
    head.len() as u64 + length
}
