//! The control socket as `curl --unix-socket` and rude clients see it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use arc_swap::ArcSwap;
use muster::api::{Delta, EventRow, Snapshot};
use muster::daemon::clients::Clients;
use muster::daemon::control::Control;
use muster::daemon::overlays::Overlays;
use muster::engine::{ClientId, Engine, Input};
use muster::kit::Stamp;
use muster::model::{Level, Paths};
use muster::registry::Registry;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::world::{World, mac_of, secs, until};

/// One exchange, raw: the status and the body.
pub fn http(world: &World, method: &str, target: &str, body: &[u8]) -> (u16, Value) {
    exchange(world, method, target, body).unwrap()
}

/// The same; none if nobody listens.
pub fn exchange(world: &World, method: &str, target: &str, body: &[u8]) -> Option<(u16, Value)> {
    let mut stream = UnixStream::connect(world.socket()).ok()?;
    stream.set_read_timeout(Some(secs(20))).unwrap();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // Whoever was listening may be killed just now.
    stream.write_all(head.as_bytes()).ok()?;
    // A server that has read enough may close before it has read all.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or("0").parse().unwrap();
    Some((status, serde_json::from_str(body).unwrap_or_default()))
}

/// A stream of deltas, after its head and its snapshot were read.
pub fn watcher(world: &World) -> BufReader<UnixStream> {
    let mut stream = UnixStream::connect(world.socket()).unwrap();
    stream.set_read_timeout(Some(secs(30))).unwrap();
    stream
        .write_all(b"GET /v1/watch HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    assert!(next_line(&mut reader).contains("\"revision\""));
    reader
}

/// The next line of JSON; the sizes of chunks lie between.
pub fn next_line(reader: &mut impl BufRead) -> String {
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the stream ended");
        if line.starts_with('{') {
            return line;
        }
    }
}

/// How many are attached.
pub fn clients(world: &World) -> u64 {
    let (status, reply) = http(world, "GET", "/v1/snapshot", b"");
    assert_eq!(status, 200);
    reply["snapshot"]["clients"].as_u64().unwrap()
}

/// Whoever finds the socket is answered by the daemon, and by then every server listens.
#[test]
fn the_socket_is_there_when_everything_is() {
    for _ in 0..5 {
        let world = World::new(1);
        let mut daemon = world.spawn_serve();
        let mut stream = loop {
            assert!(daemon.running(), "{}", daemon.log());
            match UnixStream::connect(world.socket()) {
                Ok(stream) => break stream,
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}"),
            }
        };
        stream
            .write_all(b"GET /v1/settings HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let http = std::net::TcpStream::connect(("127.0.0.1", world.ports.http));
        assert!(http.is_ok(), "{http:?}");
        assert!(std::net::UdpSocket::bind(("127.0.0.1", world.ports.tftp)).is_err());
        assert!(std::net::UdpSocket::bind(("127.0.0.1", world.ports.dhcp)).is_err());
    }
}

#[test]
fn a_group_may_be_let_in() {
    let world = World::new(1);
    let _daemon = world.serve();
    let mode = || {
        let meta = fs::metadata(world.socket()).unwrap();
        (meta.mode() & 0o777, meta.gid())
    };
    let own = nix::unistd::getegid();
    assert_eq!(mode().0, 0o600);
    // Our own group is one that we may give things to, root or not.
    let group = nix::unistd::Group::from_gid(own).unwrap().unwrap().name;
    world.configure(&format!("control: {{group: {group}}}\n"));
    until(secs(15), "the group may use it", || {
        mode() == (0o660, own.as_raw())
    });
    let folder = fs::metadata(world.socket().parent().unwrap()).unwrap();
    assert_eq!(folder.mode() & 0o010, 0o010, "and pass the folder");
    world.configure("control: {group: no-such-group}\n");
    let faults = || world.status().unwrap_or_default()["faults"].to_string();
    until(secs(15), "it says that there is none", || {
        faults().contains("there is no group no-such-group")
    });
    world.configure("");
    until(secs(15), "it is closed again", || mode().0 == 0o600);
    assert!(!faults().contains("group"), "{}", faults());
}

#[test]
fn bad_requests_get_a_sentence_and_harm_nobody() {
    let world = World::new(2);
    let _daemon = world.serve();
    let refused = |method: &str, target: &str, body: &[u8]| {
        let (status, reply) = http(&world, method, target, body);
        assert!((400..500).contains(&status), "{method} {target}: {status}");
        reply["refused"].to_string()
    };
    assert!(refused("GET", "/v1/nodse", b"").contains("/v1/snapshot"));
    assert_eq!(http(&world, "GET", "/v1/nodse", b"").0, 404);
    assert_eq!(http(&world, "POST", "/v1/events", b"").0, 404);
    assert_eq!(http(&world, "GET", "/v1/nodes/nope", b"").0, 422);
    assert!(refused("GET", "/v1/events?level=loud", b"").contains("debug, info"));
    assert!(refused("DELETE", "/v1/nodes/n1", b"").contains("no route"));
    assert!(refused("POST", "/v1/adopt", b"{\"mac\": 7").contains("not understood"));
    assert!(refused("POST", "/v1/adopt", b"\xff\xfe").contains("not understood"));
    assert!(refused("GET", "/v1/events?limit=many", b"").contains("number"));
    assert!(refused("GET", "/v1/nodes/%00%ff", b"").contains("no node"));
    let (status, reply) = http(&world, "POST", "/v1/adopt", &vec![b' '; 33 << 20]);
    assert_eq!(status, 413, "{reply}");
    // What is no HTTP at all, half a request, and nothing.
    for rude in [&b"\x16\x03\x01\x00\xff"[..], b"GET /v1/sna", b""] {
        let mut stream = UnixStream::connect(world.socket()).unwrap();
        stream.write_all(rude).unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
    }
    let (status, reply) = http(&world, "GET", "/v1/nodes/n2", b"");
    assert_eq!(status, 200);
    assert_eq!(reply["node"]["row"]["name"], "n2");
}

#[test]
fn one_connection_may_ask_many_times() {
    let world = World::new(1);
    let _daemon = world.serve();
    let mut stream = UnixStream::connect(world.socket()).unwrap();
    stream.set_read_timeout(Some(secs(20))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for round in 0..50 {
        stream
            .write_all(b"GET /v1/nodes/n1/why HTTP/1.1\r\nhost: x\r\n\r\n")
            .unwrap();
        let (mut length, mut line) = (0, String::new());
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        assert!(
            String::from_utf8(body).unwrap().contains("\"why\""),
            "{round}"
        );
    }
}

#[test]
fn a_client_that_leaves_is_no_client_any_more() {
    let world = World::new(1);
    let _daemon = world.serve();
    let before = clients(&world);
    let streams: Vec<_> = (0..20).map(|_| watcher(&world)).collect();
    assert_eq!(clients(&world), before + 20);
    drop(streams);
    // Nothing is sent meanwhile: leaving alone is enough.
    until(secs(5), "all have left", || clients(&world) == before);
}

#[test]
fn two_hundred_watch_while_a_thousand_commands_are_asked() {
    let world = World::new(20);
    let _daemon = world.serve();
    let mut streams: Vec<_> = (0..200).map(|_| watcher(&world)).collect();
    assert_eq!(clients(&world), 200);
    thread::scope(|scope| {
        for part in 0..10 {
            let world = &world;
            scope.spawn(move || {
                for ask in 0..100 {
                    let target = format!("/v1/nodes/n{}/why", (part * 100 + ask) % 20 + 1);
                    assert_eq!(http(world, "GET", &target, b"").0, 200, "{target}");
                }
            });
        }
    });
    let body = format!(
        "{{\"mac\": \"{}\", \"name\": \"seen-by-all\"}}",
        mac_of(500)
    );
    let (status, reply) = http(&world, "POST", "/v1/adopt", body.as_bytes());
    assert_eq!(status, 200, "{reply}");
    for stream in &mut streams {
        while !next_line(stream).contains("seen-by-all") {}
    }
    assert_eq!(clients(&world), 200, "nobody was cut off");
}

/// Asks for the stream as a client of the engine that is played here; gives its end of the line and its number.
async fn attach(
    path: &Path,
    clients: &Clients,
    engine: &mut mpsc::Receiver<Input>,
) -> (tokio::net::UnixStream, ClientId) {
    let mut stream = tokio::net::UnixStream::connect(path).await.unwrap();
    let request = b"GET /v1/watch HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let Some(Input::Attach(id)) = engine.recv().await else {
        panic!("it does not attach");
    };
    clients.snapshot(id, &Snapshot::default());
    (stream, id)
}

#[tokio::test]
async fn one_that_does_not_read_is_cut_off_and_the_others_are_not() {
    const DELTAS: usize = 200;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("control.sock");
    let (inputs, mut engine) = mpsc::channel(16);
    let registry = Registry::new(Paths::under(dir.path()), "");
    let view = Arc::new(ArcSwap::new(Engine::new(registry, "0").view().clone()));
    let overlays = Overlays::new(dir.path(), view, Arc::default());
    let clients = Clients::new(inputs, Arc::new(overlays));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let serving = tokio::spawn(
        Control::bind(&path)
            .unwrap()
            .serve(clients.clone(), stopped),
    );
    let (mut deaf, number) = attach(&path, &clients, &mut engine).await;
    let (keen, _) = attach(&path, &clients, &mut engine).await;
    let mut keen = tokio::io::BufReader::new(keen).lines();
    let big = EventRow {
        seq: 1,
        at: Stamp(1),
        who: "server".into(),
        node: None,
        boot: None,
        kind: "dhcp".into(),
        level: Level::Info,
        text: "x".repeat(100_000).into(),
    };
    let delta = Delta {
        events: vec![big],
        ..Delta::default()
    };
    for _ in 0..DELTAS {
        clients.publish(&delta);
        // The keen one has read it before the next one comes.
        while keen.next_line().await.unwrap().unwrap().len() < 100_000 {}
    }
    let left = tokio::time::timeout(secs(10), engine.recv()).await.unwrap();
    assert!(
        matches!(left, Some(Input::Detach(id)) if id == number),
        "{left:?}"
    );
    let mut held = Vec::new();
    // What the socket held can still be read; then the line is dead.
    let _ = tokio::time::timeout(secs(10), deaf.read_to_end(&mut held))
        .await
        .unwrap();
    assert!(
        held.len() < DELTAS * 50_000,
        "{} bytes were kept for it",
        held.len()
    );
    stop.send_replace(true);
    serving.await.unwrap();
    let end = async { while keen.next_line().await.unwrap().is_some() {} };
    tokio::time::timeout(secs(10), end).await.unwrap();
}

#[test]
fn whoever_waits_at_the_end_is_told_and_streams_end() {
    let world = World::new(1);
    let mut daemon = world.serve();
    let mut stream = watcher(&world);
    let (status, reply) = http(&world, "POST", "/v1/stop", b"");
    assert_eq!(status, 200, "{reply}");
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "it ends properly: {rest:?}");
    assert!(daemon.ended(secs(15)).success());
}

#[test]
fn only_its_owner_may_connect_and_what_is_no_socket_stays() {
    let world = World::new(1);
    {
        let _daemon = world.serve();
        let mode = fs::metadata(world.socket()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    }
    fs::remove_file(world.socket()).unwrap();
    fs::write(world.socket(), "a letter").unwrap();
    let mut daemon = world.spawn_serve();
    assert!(!daemon.ended(secs(15)).success());
    assert!(daemon.log().contains("no socket"), "{}", daemon.log());
    assert_eq!(fs::read_to_string(world.socket()).unwrap(), "a letter");
}

#[test]
fn curl_speaks_to_it() {
    let world = World::new(1);
    let _daemon = world.serve();
    let out = std::process::Command::new("curl")
        .args(["-s", "--unix-socket"])
        .arg(world.socket())
        .args(["-d", &format!("{{\"mac\": \"{}\"}}", mac_of(9))])
        .arg("http://muster/v1/adopt")
        .output();
    let Ok(out) = out else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no curl here");
        return;
    };
    let reply: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(reply["adopted"]["name"], "n001");
}
