//! Ports that cannot be opened, and who holds them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};

use muster::daemon::bind::{self, Kind};

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[test]
fn a_port_in_use_names_its_holder() {
    let held = UdpSocket::bind((LOCAL, 0)).unwrap();
    let port = held.local_addr().unwrap().port();
    let error = bind::udp(LOCAL, port, "tftp").unwrap_err();
    let us = format!("(pid {})", std::process::id());
    assert!(
        error
            .text
            .starts_with(&format!("UDP port {port} is in use by ")),
        "{error}"
    );
    assert!(
        error.text.contains(&us) && error.text.contains("`tftp: port`"),
        "{error}"
    );
    drop(held);
    assert_eq!(bind::holder(Kind::Udp, port), None);
    bind::udp(LOCAL, port, "tftp").unwrap();

    let held = TcpListener::bind((LOCAL, 0)).unwrap();
    let port = held.local_addr().unwrap().port();
    let error = bind::tcp(LOCAL, port, "http").unwrap_err();
    assert!(
        error.text.starts_with("TCP port") && error.text.contains(&us),
        "{error}"
    );
    assert_eq!(error.service, "http");
}

#[test]
fn other_errors_say_what_to_do() {
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    let error = bind::explain(Kind::Udp, LOCAL, 67, "dhcp", &denied);
    assert!(
        error.text.contains("CAP_NET_BIND_SERVICE") && error.text.contains("`dhcp: port`"),
        "{error}"
    );
    // 192.0.2.0/24 is for documentation; no machine has it.
    let foreign = bind::udp(Ipv4Addr::new(192, 0, 2, 77).into(), 0, "tftp").unwrap_err();
    assert!(
        foreign.to_string().contains("no address 192.0.2.77"),
        "{foreign}"
    );
}
