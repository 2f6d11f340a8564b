//! How a daemon ends: what is under way is finished, nothing is left behind.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::world::{World, mac_of, secs};

/// An image whose kernel is large enough to be on its way for a while.
const KERNEL: usize = 64 << 20;

fn world_with_image() -> World {
    let world = World::new(1);
    let tree = world.beside().join("tree");
    for (folder, program) in [("bin", "sh"), ("sbin", "init")] {
        fs::create_dir_all(tree.join(folder)).unwrap();
        fs::write(tree.join(folder).join(program), "#!/bin/sh\n").unwrap();
    }
    fs::create_dir_all(tree.join("boot")).unwrap();
    fs::write(tree.join("boot/vmlinuz-6.1.0-1-test"), vec![7; KERNEL]).unwrap();
    world.configure("access: compatible\n");
    let tree = tree.to_string_lossy().into_owned();
    let out = world.run(&["image", "import", &tree, "small"]);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    world
}

#[test]
fn sigterm_ends_it_well_and_takes_the_socket_away() {
    let world = World::new(1);
    let mut daemon = world.serve();
    daemon.signal(Signal::SIGTERM);
    let status = daemon.ended(secs(15));
    assert!(status.success(), "{status}: {}", daemon.log());
    assert!(!world.socket().exists());
}

#[test]
fn muster_stop_does_the_same() {
    let world = World::new(1);
    let mut daemon = world.serve();
    assert!(world.run(&["stop"]).status.success());
    assert!(daemon.ended(secs(15)).success());
}

#[test]
fn a_transfer_under_way_is_finished_first() {
    let world = world_with_image();
    let mut daemon = world.serve();
    let mut stream = TcpStream::connect(("127.0.0.1", world.ports.http)).unwrap();
    stream.set_read_timeout(Some(secs(30))).unwrap();
    let mac = mac_of(1);
    write!(
        stream,
        "GET /kernel/{mac} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut got = vec![0; 1 << 20];
    stream.read_exact(&mut got).unwrap();
    daemon.signal(Signal::SIGTERM);
    sleep(Duration::from_millis(500));
    assert!(
        daemon.running(),
        "it left a transfer alone: {}",
        daemon.log()
    );
    stream.read_to_end(&mut got).unwrap();
    let head = got.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let text = String::from_utf8_lossy(&got[..head]).into_owned();
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert_eq!(got.len() - head - 4, KERNEL, "bytes of the kernel");
    assert!(daemon.ended(secs(15)).success());
}

#[test]
fn two_signals_end_it_at_once() {
    let world = world_with_image();
    let mut daemon = world.serve();
    let mut stream = TcpStream::connect(("127.0.0.1", world.ports.http)).unwrap();
    let mac = mac_of(1);
    write!(
        stream,
        "GET /kernel/{mac} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    )
    .unwrap();
    stream.read_exact(&mut [0; 1024]).unwrap();
    daemon.signal(Signal::SIGTERM);
    sleep(Duration::from_millis(300));
    assert!(daemon.running(), "the first one waits: {}", daemon.log());
    daemon.signal(Signal::SIGTERM);
    // Less than what the way down may take with a transfer under way.
    daemon.ended(secs(6));
    assert!(daemon.log().contains("twice"), "{}", daemon.log());
    assert!(!world.socket().exists());
}
