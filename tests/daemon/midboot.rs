//! A daemon that ends in the middle of a boot and comes back: the node notices nothing.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream, UdpSocket};
use std::time::Duration;

use dhcproto::v4::MessageType;
use nix::sys::signal::Signal;
use socket2::{Domain, Socket, Type};

use super::world::{World, secs, until};
use crate::dhcp_client::{FakeNode, Firmware, Seen};

pub const LAN: &str = "networks:\n  lan: {subnet: 127.9.0.0/16, pool: 127.9.250.1-127.9.250.254}\n";
pub const RELAY: Ipv4Addr = Ipv4Addr::new(127, 9, 255, 1);

/// Discover, offer, request, acknowledge through a relay.
pub fn takes_address(world: &World, client: &FakeNode) -> Ipv4Addr {
    let relay = UdpSocket::bind((RELAY, 0)).unwrap();
    relay.set_read_timeout(Some(secs(10))).unwrap();
    let ask = |bytes: &[u8]| {
        let mut buffer = [0; 2048];
        let server = (Ipv4Addr::LOCALHOST, world.ports.dhcp);
        relay.send_to(bytes, server).unwrap();
        let (len, _) = relay.recv_from(&mut buffer).unwrap();
        Seen::read(&buffer[..len])
    };
    let offer = ask(&client.discover());
    let ack = ask(&client.select(&offer));
    assert_eq!(ack.kind, MessageType::Ack);
    ack.yiaddr
}

/// Status and body of a GET from `ip`.
pub fn get(world: &World, ip: Ipv4Addr, target: &str) -> (u16, String) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddrV4::new(ip, 0).into()).unwrap();
    let server = SocketAddrV4::new(Ipv4Addr::LOCALHOST, world.ports.http);
    socket.connect_timeout(&server.into(), secs(5)).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(secs(20))).unwrap();
    let head = format!("GET {target} HTTP/1.1\r\nHost: muster\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

#[test]
fn a_boot_under_way_survives_a_restart_and_a_crash() {
    let world = World::new(3);
    world.configure(LAN);
    let mut daemon = world.serve();
    let client = |n| FakeNode::numbered(Firmware::IpxeRom, n).behind(RELAY, Some(&[19, 0]));
    let ip = takes_address(&world, &client(1));
    assert_eq!(ip, Ipv4Addr::new(127, 9, 0, 2));
    let other = takes_address(&world, &client(2));
    let own = "/system/52:54:00:00:00:01";
    assert_eq!(get(&world, ip, own).0, 200);
    assert_eq!(get(&world, other, own).0, 403);

    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        // What changed is written within half a second.
        std::thread::sleep(Duration::from_secs(1));
        daemon.signal(signal);
        daemon.ended(secs(20));
        daemon = world.serve();
        let (status, answer) = get(&world, ip, own);
        assert_eq!(status, 200, "{signal}: {answer}");
        assert_eq!(get(&world, other, own).0, 403, "{signal}");
        // Nobody opened a boot for n3, and no restart does.
        let closed = get(
            &world,
            Ipv4Addr::new(127, 9, 0, 4),
            "/system/52:54:00:00:00:03",
        );
        assert_eq!(closed.0, 403, "{signal}");
    }

    // It comes up under the new daemon; the end of the boot is kept like its beginning.
    assert_eq!(get(&world, ip, "/beacon/52:54:00:00:00:01?name=up").0, 200);
    assert_eq!(get(&world, ip, own).0, 403);
    until(secs(10), "n1 is up", || {
        let status = world.status().unwrap_or_default();
        status["nodes"][0]["stage"] == "up"
    });
    std::thread::sleep(Duration::from_secs(1));
    daemon.signal(Signal::SIGKILL);
    daemon.ended(secs(20));
    let _daemon = world.serve();
    assert_eq!(
        get(&world, ip, own).0,
        403,
        "the boot is over, after a crash too"
    );
}
