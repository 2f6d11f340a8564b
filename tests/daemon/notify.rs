//! What systemd is told: a socket of ours in its place.

use std::os::unix::net::UnixDatagram;
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::world::{World, secs};

struct Service {
    socket: UnixDatagram,
    child: Child,
}

impl Service {
    fn start(world: &World) -> Self {
        let path = world.beside().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(secs(15))).unwrap();
        let child = world
            .muster(&["--serve"])
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "1000000")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { socket, child }
    }

    fn next(&self) -> String {
        let mut buffer = [0; 4096];
        let n = self.socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..n]).into_owned()
    }

    /// The next message that holds `text`.
    fn told(&self, text: &str) -> String {
        for _ in 0..100 {
            let message = self.next();
            if message.contains(text) {
                return message;
            }
        }
        panic!("it never says {text}");
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn ready_reloading_watchdog_and_stopping_are_told() {
    let world = World::new(1);
    let mut service = Service::start(&world);
    service.told("READY=1");
    assert!(world.socket().exists(), "it answers once it says so");
    service.told("WATCHDOG=1");
    service.told("WATCHDOG=1");

    service.signal(Signal::SIGHUP);
    let reloading = service.told("RELOADING=1");
    let usec = reloading
        .lines()
        .find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
    assert!(
        usec.is_some_and(|usec| usec.parse::<u64>().is_ok()),
        "{reloading}"
    );
    service.told("READY=1");

    service.signal(Signal::SIGINT);
    service.told("STOPPING=1");
    assert!(service.child.wait().unwrap().success());
}
