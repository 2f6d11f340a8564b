//! The real server on loopback: raw sockets and curl.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;
use std::time::Duration;

use muster::fleet::{Beacon, Step, What};
use muster::model::NodeId;

use super::http_served::{ID, Served, bytes};
use crate::support::http_client::Connection;

#[test]
fn files_arrive_whole_padded_and_counted() {
    let size = 5_000_003;
    let mut served = Served::start(size);
    let image = served.get(&format!("/image/{ID}"), "");
    let mut padded = bytes(size);
    padded.push(0);
    assert_eq!(image.status, 200);
    assert_eq!(image.header("etag"), Some("\"d1ce\""));
    assert!(image.body == padded, "{} bytes", image.body.len());
    match served.step("/image/") {
        Step::Finished { sent, .. } => assert_eq!(sent, padded.len() as u64),
        other => panic!("{other:?}"),
    }
    // A kernel is an executable of exact size.
    let kernel = served.get(&format!("/kernel/{ID}"), "");
    assert!(kernel.body == bytes(10_001));
    assert!(
        served
            .shared
            .boots
            .read()
            .unwrap()
            .of_node(NodeId(1))
            .unwrap()
            .kernel_asked
    );
    assert!(matches!(
        served.step("/kernel/"),
        Step::Finished { sent: 10_001, .. }
    ));
    assert_eq!(served.shared.transfers.sample(), []);
    assert_eq!(
        served.shared.transfers.totals()[1],
        padded.len() as u64 + 10_001
    );
}

#[test]
fn ranges_heads_and_validators_over_one_connection() {
    let size = 3_000_001;
    let served = Served::start(size);
    let mut padded = bytes(size);
    padded.resize(size.next_multiple_of(4), 0);
    let mut connection = Connection::open(served.at);
    let mut ask = |method: &str, headers: &str| {
        let head = format!("{method} /image/{ID} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        connection.send(head.as_bytes());
        connection.answer(method == "HEAD").unwrap()
    };
    let head = ask("HEAD", "");
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("3000004"))
    );
    let modified = head.header("last-modified").unwrap().to_owned();

    let part = ask("GET", "Range: bytes=1000000-1999999\r\n");
    assert_eq!(part.status, 206);
    assert_eq!(
        part.header("content-range"),
        Some("bytes 1000000-1999999/3000004")
    );
    assert!(part.body == padded[1_000_000..2_000_000]);

    let tail = ask("GET", "Range: bytes=-5\r\n");
    assert!(tail.body == padded[size - 2..], "{:?}", tail.body);
    let nuls = ask("GET", "Range: bytes=3000002-\r\n");
    assert_eq!((nuls.status, nuls.body.as_slice()), (206, &[0, 0][..]));
    let outside = ask("GET", "Range: bytes=3000004-\r\n");
    assert_eq!(
        (outside.status, outside.header("content-range")),
        (416, Some("bytes */3000004"))
    );
    assert_eq!(ask("GET", "If-None-Match: \"d1ce\"\r\n").status, 304);
    assert_eq!(
        ask("GET", &format!("If-Modified-Since: {modified}\r\n")).status,
        304
    );
    let whole = ask("GET", "Range: bytes=5-\r\nIf-Range: \"other\"\r\n");
    assert!(whole.status == 200 && whole.body == padded);
}

#[test]
fn pipelined_answers_keep_their_order() {
    let served = Served::start(700_000);
    let mut connection = Connection::open(served.at);
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let paths = [
        format!("/image/{ID}"),
        format!("/kernel/{ID}"),
        format!("/ipxe/{ID}"),
        format!("/image/{ID}"),
    ];
    let all: String = paths.iter().map(|path| ask(path)).collect();
    connection.send(all.as_bytes());
    assert!(connection.answer(false).unwrap().body == bytes(700_000));
    assert!(connection.answer(false).unwrap().body == bytes(10_001));
    assert!(
        connection
            .answer(false)
            .unwrap()
            .text()
            .starts_with("#!ipxe")
    );
    assert!(connection.answer(false).unwrap().body == bytes(700_000));
}

#[test]
fn sites_loaders_status_and_beacons() {
    let mut served = Served::start(4);
    assert_eq!(served.get("/files/sub/motd", "").text(), "hello");
    assert_eq!(served.get("/files/empty", "").status, 200);
    assert_eq!(served.get("/files/sub", "").status, 404);
    assert_eq!(served.get("/files/none", "").status, 404);
    std::os::unix::fs::symlink("/etc", served.folder.path().join("files/out")).unwrap();
    assert_eq!(served.get("/files/out/passwd", "").status, 404);
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(to, served.folder.path().join("files").join(name)).unwrap();
    };
    link("sub/motd", "inside");
    link("../vmlinuz", "outside");
    assert_eq!(served.get("/files/inside", "").text(), "hello");
    assert_eq!(served.get("/files/outside", "").status, 404);
    assert_eq!(served.get("/efiboot/snponly.efi", "").text(), "MZ");
    assert_eq!(served.get("//snponly.efi", "").text(), "MZ");
    assert_eq!(served.get("/efiboot/none.efi", "").status, 404);
    let status = served.get("/status", "");
    assert_eq!(status.header("content-type"), Some("application/json"));
    assert_eq!(served.get(&format!("/system/{ID}"), "").status, 200);
    assert_eq!(
        served
            .get(&format!("/beacon/{ID}?name=up&age_ms=20"), "")
            .text(),
        "ok\n"
    );
    let queued = served.event(|event| match &event.what {
        What::Beacon {
            beacon: Beacon::Up,
            queued_ms,
        } => Some(*queued_ms),
        _ => None,
    });
    assert_eq!(queued, 20);
    // It is up: no more payload, and the refusal is an event with its reason.
    let late = served.get(&format!("/image/{ID}"), "");
    assert_eq!(late.status, 403);
    assert!(late.text().contains("it reported `up`"), "{}", late.text());
    match served.step("/image/") {
        Step::Refused { status: 403, why } => assert!(why.contains("up"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_that_leaves_breaks_its_transfer_only() {
    let mut served = Served::start(40_000_000);
    let mut stream = TcpStream::connect(served.at).unwrap();
    let ask = format!("GET /image/{ID} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(ask.as_bytes()).unwrap();
    stream.read_exact(&mut [0; 4096]).unwrap();
    drop(stream);
    match served.step("/image/") {
        Step::Broken { sent, why } => {
            assert!(sent > 0 && sent < 40_000_000, "{sent}");
            assert!(why.contains("closed"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(served.get(&format!("/kernel/{ID}"), "").status, 200);
}

#[test]
fn a_file_that_shrinks_breaks_off_instead_of_lying() {
    let mut served = Served::start(30_000_000);
    let mut stream = TcpStream::connect(served.at).unwrap();
    let ask = format!("GET /image/{ID} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(ask.as_bytes()).unwrap();
    stream.read_exact(&mut [0; 4096]).unwrap();
    let image = served.folder.path().join("rocky.img");
    let image = std::fs::File::options().write(true).open(image).unwrap();
    image.set_len(100).unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.len() < 30_000_000);
    match served.step("/image/") {
        Step::Broken { why, .. } => assert!(why.contains("shorter"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hostile_heads_end_their_connection_and_nothing_else() {
    let served = Served::start(4);
    let huge = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(1 << 20));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(500));
    let heads: [&[u8]; 8] = [
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /a\\b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\rY\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0\x01\x02\x03\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        huge.as_bytes(),
        many.as_bytes(),
    ];
    for head in heads {
        let mut stream = TcpStream::connect(served.at).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        // The server may close before it has read everything.
        let _ = stream.write_all(head);
        let mut answer = [0; 64];
        let got = stream.read(&mut answer).unwrap_or(0);
        let answer = String::from_utf8_lossy(&answer[..got]).into_owned();
        assert!(got == 0 || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(served.get(&format!("/kernel/{ID}"), "").status, 200);
}

#[test]
fn connections_that_dawdle_cost_no_thread() {
    let served = Served::start(4);
    // Two worker threads, three hundred unfinished heads.
    let slow: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut stream = TcpStream::connect(served.at).unwrap();
            stream.write_all(b"GET /ker").unwrap();
            stream
        })
        .collect();
    assert_eq!(served.get(&format!("/kernel/{ID}"), "").status, 200);
    drop(slow);
}

#[test]
fn forwarded_addresses_are_not_believed() {
    let served = Served::start(4);
    served
        .shared
        .boots
        .write()
        .unwrap()
        .bind(NodeId(1), Ipv4Addr::new(10, 9, 9, 9));
    let headers = "X-Forwarded-For: 10.9.9.9\r\nForwarded: for=10.9.9.9\r\n";
    assert_eq!(served.get(&format!("/image/{ID}"), headers).status, 403);
}

#[test]
fn curl_fetches_and_resumes() {
    if Command::new("curl").arg("--version").output().is_err() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: curl is not installed");
        return;
    }
    let size = 4_000_000;
    let served = Served::start(size);
    let out = served.folder.path().join("out");
    std::fs::write(&out, &bytes(size)[..1_234_567]).unwrap();
    let url = format!("http://{}/image/{ID}", served.at);
    let done = Command::new("curl")
        .args([
            "-sS",
            "--fail",
            "--noproxy",
            "*",
            "--max-time",
            "30",
            "-C",
            "-",
            "-o",
        ])
        .arg(&out)
        .arg(&url)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(std::fs::read(&out).unwrap() == bytes(size));
    let head = Command::new("curl")
        .args(["-sSI", "--noproxy", "*", "--max-time", "30", &url])
        .output()
        .unwrap();
    let head = String::from_utf8_lossy(&head.stdout).to_lowercase();
    assert!(
        head.contains("content-length: 4000000") && head.contains("accept-ranges: bytes"),
        "{head}"
    );
}

#[test]
fn a_stop_lets_running_transfers_end() {
    let size = 30_000_000;
    let mut served = Served::start(size);
    let mut stream = TcpStream::connect(served.at).unwrap();
    let ask = format!("GET /image/{ID} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(ask.as_bytes()).unwrap();
    let mut all = vec![0; 4096];
    stream.read_exact(&mut all).unwrap();
    let idle = TcpStream::connect(served.at).unwrap();
    served.stop.send(true).unwrap();
    stream.read_to_end(&mut all).unwrap();
    let body = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert!(all[body..] == bytes(size));
    let server = served.server.take().unwrap();
    served.runtime.block_on(server).unwrap();
    assert!(TcpStream::connect(served.at).is_err());
    drop(idle);
}
