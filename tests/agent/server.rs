//! One refresh against a server of the test's own, on loopback: what is asked, and what is made of the answer.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use muster::agent::{Agent, Config, Ledger, Root, Trouble, Turn};
use muster::wire::report::Orders;
use sha2::{Digest, Sha256};

use super::world::{FILE, Node, archive, gzip};

/// Answers connections with `answers`, one each, and tells what was asked.
fn server(answers: Vec<Vec<u8>>) -> (std::net::SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    let (to, asked) = channel();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            to.send(String::from_utf8(head).unwrap()).unwrap();
            // A client that has heard enough may be gone.
            let _ = stream.write_all(&answer);
        }
    });
    (place, asked)
}

fn ok(plain: &[u8], orders: &str) -> Vec<u8> {
    let body = gzip(plain);
    let digest: String = Sha256::digest(plain)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: \"{digest}-gz\"\r\n{orders}\r\n",
        body.len()
    );
    [head.as_bytes(), &body].concat()
}

const SAME: &[u8] = b"HTTP/1.1 304 Not Modified\r\n\r\n";
const HEARD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";

fn agent(node: &Node, server: std::net::SocketAddr) -> Agent {
    Agent {
        config: Config {
            server,
            wwid: "52:54:00:00:00:01".into(),
            interval: None,
        },
        root: Root::open(&node.root()).unwrap(),
        selinux: false,
        place: node.beside().join("ledger"),
        ledger: Ledger::load(&node.beside().join("ledger")),
        orders: Orders::default(),
        ear: Some((4000, "0123456789abcdef".into())),
        machine: ("rack 7".into(), "u-u".into()),
        fault: None,
        told: None,
    }
}

#[test]
fn an_archive_is_fetched_once_and_again_when_the_node_differs() {
    let node = Node::new();
    let first = archive(&[("motd", FILE, b"one")]);
    let (place, asked) = server(vec![
        ok(&first, "Muster-Agent: interval=7 remove=no\r\n"),
        HEARD.to_vec(),
        SAME.to_vec(),
        ok(&first, ""),
        HEARD.to_vec(),
    ]);
    let mut one = agent(&node, place);
    let Turn::Applied(out) = one.turn(1).unwrap() else {
        panic!("nothing was applied");
    };
    assert_eq!(out.changed, [b"motd"]);
    assert_eq!((one.orders.interval, one.orders.remove), (7, false));
    let question = asked.recv().unwrap();
    assert!(
        question.starts_with(
            "GET /runtime/52:54:00:00:00:01?assetkey=rack%207&uuid=u-u&compress=gz&agent="
        ),
        "{question}"
    );
    assert!(
        question.contains("&ear=4000&token=0123456789abcdef")
            && !question.contains("If-None-Match")
    );
    let beacon = asked.recv().unwrap();
    assert!(
        beacon.starts_with("GET /beacon/52:54:00:00:00:01?name=refreshed&agent="),
        "{beacon}"
    );
    assert!(
        beacon.contains("&digest=") && beacon.contains("&changed=1&removed=0"),
        "{beacon}"
    );

    // A second agent, as after a restart, goes on where the first was.
    let mut two = agent(&node, place);
    two.orders = one.orders;
    assert_eq!(two.turn(2).unwrap(), Turn::Same);
    let question = asked.recv().unwrap();
    assert!(
        question.contains("If-None-Match: \"") && question.contains("&digest="),
        "{question}"
    );

    node.write("motd", "changed by hand");
    let Turn::Applied(out) = two.turn(3).unwrap() else {
        panic!("nothing was applied");
    };
    assert_eq!((out.changed.len(), node.text("motd").as_str()), (1, "one"));
    let question = asked.recv().unwrap();
    assert!(
        !question.contains("If-None-Match") && question.contains("&again=1"),
        "{question}"
    );
}

#[test]
fn a_broken_answer_changes_nothing_and_is_told() {
    let whole = archive(&[("motd", FILE, b"one")]);
    let mut bent = ok(&whole, "");
    let named = bent.windows(5).position(|five| five == b"ETag:").unwrap();
    // Another digest than that of what comes.
    bent[named + 7] = if bent[named + 7] == b'0' { b'1' } else { b'0' };
    let mut short = ok(&whole, "");
    short.truncate(short.len() - 4);
    let evil = archive(&[("fine", FILE, b"1"), ("../out", FILE, b"2")]);
    let node = Node::new();
    let (place, asked) = server(vec![
        bent,
        HEARD.to_vec(),
        short,
        ok(&evil, ""),
        HEARD.to_vec(),
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nsource port 4000\x1b is not privileged\n".to_vec(),
        ok(&whole, ""),
        HEARD.to_vec(),
    ]);
    let mut agent = agent(&node, place);
    let turn = agent.turn(1).unwrap();
    assert!(
        matches!(&turn, Turn::Broken(why) if why.contains("broke on the way")),
        "{turn:?}"
    );
    asked.recv().unwrap();
    let told = asked.recv().unwrap();
    assert!(told.contains("&fault=the%20archive"), "{told}");
    assert!(matches!(agent.turn(2), Err(Trouble::Lost(_))));
    let turn = agent.turn(3).unwrap();
    assert!(
        matches!(&turn, Turn::Broken(why) if why.contains("leads out")),
        "{turn:?}"
    );
    assert!(!node.has("fine") && !node.beside().join("out").exists());
    let Err(Trouble::Refused(403, why)) = agent.turn(4) else {
        panic!("it was not refused");
    };
    assert_eq!(why, "source port 4000 is not privileged");
    // And then all is well, and that is told too.
    assert!(matches!(agent.turn(5).unwrap(), Turn::Applied(_)));
    let told: Vec<String> = asked.iter().collect();
    assert!(!told.last().unwrap().contains("&fault="), "{told:?}");
    assert_eq!(node.text("motd"), "one");
}

#[test]
fn a_server_that_is_gone_is_no_more_than_that() {
    let node = Node::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    drop(listener);
    let trouble = agent(&node, place).turn(9).unwrap_err();
    assert!(
        matches!(&trouble, Trouble::Lost(why) if why.contains("refused")),
        "{trouble}"
    );
}
