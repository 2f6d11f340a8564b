//! Bad HTTP, a row for each kind: what is asked, and what must come of it; first as plans, then as bytes to the real server.
//!
//! Elsewhere: slow clients in `http_server`, whose name a request may use in `posing`, asset keys that appear nowhere in `http` and
//! `posing`, random requests in `noise`.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use muster::boot::http::{Conditions, Outcome, Plan, Selection, select};
use muster::fleet::Step;
use muster::model::Access;

use crate::boot::http_served::{ID, Served, bytes};
use crate::boot::http_world::{World, node};
use crate::support::http_client::Connection;
use crate::support::noise::{bent, dice, rounds};

/// What comes of a request, in a word: a status of refusal, or what is served.
fn word(outcome: &Outcome) -> String {
    match &outcome.plan {
        Plan::Refused { status, why } => {
            assert!(!why.contains(char::is_control), "{why:?}");
            status.to_string()
        }
        Plan::File { stock, .. } => format!("file {}", stock.path.display()),
        Plan::Archive { node, .. } => format!("overlay of {}", node.name),
        Plan::Loader(name) => format!("loader {name}"),
        Plan::Site(path) => format!("site {}", path.join("|")),
        Plan::Render(_, path) => format!("page {}", path.join("|")),
        Plan::Text(_) | Plan::Held(..) => "script".into(),
        Plan::Status => "status".into(),
        Plan::Beacon(_) => "beacon".into(),
    }
}

/// n1 to n3, and n10, whose hardware address has a letter; n1, n3 and n10 boot.
fn world() -> World {
    let mut world = World::new(Access::Boot);
    world.nodes.push(node(10));
    [1, 3, 10].into_iter().for_each(|number| world.dhcp(number));
    world
}

#[test]
fn paths() {
    let kernel = "file /images/rocky.kernel";
    let long = format!("/files/{}", "a".repeat(5000));
    let deep = format!("/files/{}", "a/".repeat(1500));
    let rows = [
        ("..", "/../etc/passwd", "400"),
        (".. below a route", "/files/../../etc/passwd", "400"),
        (".. at the end", "/files/..", "400"),
        (".. encoded", "/files/%2e%2e/secret", "400"),
        (".. half encoded", "/files/.%2E/secret", "400"),
        (
            ".. encoded twice is a name like any other",
            "/files/%252e%252e/x",
            "site %2e%2e|x",
        ),
        ("... is a name like any other", "/files/.../x", "site ...|x"),
        ("a loader without a name", "//.efi", "404"),
        ("a slash encoded", "/files/a%2fb", "400"),
        ("a slash encoded in capitals", "/files/a%2Fb", "400"),
        ("a backslash", "/files/a\\b", "400"),
        ("a backslash encoded", "/files/a%5cb", "400"),
        ("NUL encoded", "/files/a%00b", "400"),
        ("CR LF encoded", "/files/a%0d%0aX-Evil:%201", "400"),
        ("escape encoded", "/files/a%1b[2J", "400"),
        ("half an escape", "/files/%2", "400"),
        ("no hex", "/files/%zz", "400"),
        ("bytes that are no text", "/files/%ff", "400"),
        ("overlong UTF-8", "/files/%c0%ae%c0%ae/x", "400"),
        ("5,000 letters", &long, "400"),
        (
            "1,500 folders",
            &deep,
            &format!("site {}", vec!["a"; 1500].join("|")),
        ),
        (
            "absolute-URI",
            "http://10.0.0.250/kernel/52:54:00:00:00:01",
            kernel,
        ),
        (
            "absolute-URI of another host",
            "http://elsewhere/kernel/52:54:00:00:00:01",
            kernel,
        ),
        (
            "absolute-URI in capitals",
            "HTTP://BOOT//kernel//52:54:00:00:00:01",
            kernel,
        ),
        ("absolute-URI of another scheme", "ftp://boot/kernel", "400"),
        ("absolute-URI with .. as host", "http://../kernel/..", "400"),
        ("absolute-URI without a path", "http://boot", "404"),
        ("asterisk", "*", "400"),
        ("authority", "boot:443", "400"),
        ("nothing", "", "400"),
        ("slashes doubled", "//kernel//52:54:00:00:00:01//", kernel),
        ("a fragment", "/kernel/52-54-00-00-00-01#part", kernel),
        (
            "CR LF in the query",
            "/beacon/52:54:00:00:00:01?name=note&text=a%0d%0aforged",
            "beacon",
        ),
        (
            "a query of 900 members",
            &format!("/kernel?{}", "a=b&".repeat(900)),
            kernel,
        ),
    ];
    let world = world();
    for (name, target, comes) in rows {
        assert_eq!(word(&world.get(target, "10.0.0.1:40000")), comes, "{name}");
    }
}

#[test]
fn methods() {
    let world = world();
    let rows = [
        ("GET", "file /images/rocky.kernel"),
        ("HEAD", "file /images/rocky.kernel"),
        ("POST", "405"),
        ("PUT", "405"),
        ("DELETE", "405"),
        ("CONNECT", "405"),
        ("TRACE", "405"),
        ("get", "405"),
        ("", "405"),
        ("BREW", "405"),
    ];
    for (method, comes) in rows {
        let outcome = world.ask(method, "/kernel/52:54:00:00:00:01", "10.0.0.1:40000");
        assert_eq!(word(&outcome), comes, "{method}");
        assert_eq!(outcome.mark.is_some(), method == "GET", "{method}");
    }
}

#[test]
fn names_of_others_and_names_in_another_case() {
    let kernel = "file /images/rocky.kernel";
    // What is asked, from whose address, and what comes.
    let rows = [
        ("a MAC in capitals", "/kernel/52:54:00:00:00:0A", 10, kernel),
        (
            "a MAC with hyphens, in capitals",
            "/kernel/52-54-00-00-00-0A",
            10,
            kernel,
        ),
        ("a MAC without joints", "/kernel/52540000000A", 10, kernel),
        (
            "a MAC with both joints",
            "/kernel/52:54-00:00-00:0a",
            10,
            kernel,
        ),
        (
            "a MAC with a digit too few",
            "/kernel/52:54:00:00:00:0",
            10,
            "400",
        ),
        (
            "a MAC with a byte too many",
            "/kernel/52:54:00:00:00:0a:0b",
            10,
            "400",
        ),
        (
            "a MAC of wide digits",
            "/kernel/５2:54:00:00:00:0a",
            10,
            "400",
        ),
        (
            "a UUID in capitals",
            "/kernel/52:54:00:00:00:01?uuid=ABCDEF",
            1,
            kernel,
        ),
        (
            "a UUID of 3 kB",
            &format!("/kernel/52:54:00:00:00:01?uuid={}", "f".repeat(3000)),
            1,
            kernel,
        ),
        (
            "an asset key",
            "/kernel/52:54:00:00:00:03?assetkey=Rack_7_Slot_3",
            3,
            kernel,
        ),
        (
            "an asset key in capitals",
            "/kernel/52:54:00:00:00:03?assetkey=RACK_7_SLOT_3",
            3,
            "401",
        ),
        (
            "an asset key with an end",
            "/kernel/52:54:00:00:00:03?assetkey=Rack_7_Slot_3x",
            3,
            "401",
        ),
        (
            "an asset key without its end",
            "/kernel/52:54:00:00:00:03?assetkey=Rack_7_Slot_",
            3,
            "401",
        ),
        ("no asset key", "/kernel/52:54:00:00:00:03", 3, "401"),
        (
            "the key twice, the first counts",
            "/kernel/52:54:00:00:00:03?assetkey=x&assetkey=Rack_7_Slot_3",
            3,
            "401",
        ),
        ("an unknown node", "/kernel/52:54:00:00:00:63", 1, "404"),
        (
            "an unknown node at an unknown address",
            "/kernel/52:54:00:00:00:63",
            77,
            "404",
        ),
        (
            "another node's kernel",
            "/kernel/52:54:00:00:00:01",
            10,
            "403",
        ),
        (
            "another node's overlay",
            "/system/52:54:00:00:00:01",
            10,
            "403",
        ),
        (
            "another node's runtime overlay",
            "/runtime/52:54:00:00:00:01",
            10,
            "403",
        ),
        (
            "another node by the query",
            "/system/?wwid=52:54:00:00:00:01",
            10,
            "403",
        ),
        (
            "another node's word",
            "/beacon/52:54:00:00:00:01?name=up",
            10,
            "403",
        ),
        ("a node from nowhere", "/image/52:54:00:00:00:01", 77, "403"),
    ];
    let world = world();
    for (name, target, from, comes) in rows {
        let outcome = world.get(target, &format!("10.0.0.{from}:40000"));
        assert_eq!(word(&outcome), comes, "{name}");
        if comes.len() == 3 {
            assert!(outcome.mark.is_none(), "{name}");
        }
    }
}

#[test]
fn ranges() {
    let many = format!(
        "bytes={}",
        (0..20_000)
            .map(|n| format!("{n}-{n}"))
            .collect::<Vec<_>>()
            .join(",")
    );
    let overlapping = format!("bytes={}", vec!["0-"; 1300].join(","));
    let part = |start, len| Selection::Part { start, len };
    // Of 1,000 bytes.
    let rows = [
        ("one byte", "bytes=0-0", part(0, 1)),
        ("to the end", "bytes=500-", part(500, 500)),
        (
            "past the end",
            "bytes=500-99999999999999999999999999",
            part(500, 500),
        ),
        ("the last bytes", "bytes=-5000", part(0, 1000)),
        ("beyond", "bytes=1000-", Selection::Unsatisfiable),
        (
            "beyond all numbers",
            "bytes=99999999999999999999999999-",
            Selection::Unsatisfiable,
        ),
        ("the last none", "bytes=-0", Selection::Unsatisfiable),
        ("back to front", "bytes=5-2", Selection::Whole),
        ("nothing", "bytes=-", Selection::Whole),
        ("negative", "bytes=--5", Selection::Whole),
        ("letters", "bytes=a-b", Selection::Whole),
        ("another unit", "lines=1-2", Selection::Whole),
        ("two", "bytes=0-1,5-6", Selection::Whole),
        ("overlapping, 1,300 times", &overlapping, Selection::Whole),
        ("20,000", &many, Selection::Whole),
    ];
    for (name, range, comes) in rows {
        for if_range in [None, Some("\"it\""), Some("Sun, 06 Nov 1994 08:49:37 GMT")] {
            let asked = Conditions {
                range: Some(range.into()),
                if_range: if_range.map(str::to_owned),
                ..Conditions::default()
            };
            let modified = Some("Sun, 06 Nov 1994 08:49:37 GMT");
            assert_eq!(select(&asked, 1000, "\"it\"", modified), comes, "{name}");
        }
        for stale in ["\"other\"", "W/\"it\"", "yesterday", ""] {
            let asked = Conditions {
                range: Some(range.into()),
                if_range: Some(stale.into()),
                ..Conditions::default()
            };
            assert_eq!(
                select(&asked, 1000, "\"it\"", None),
                Selection::Whole,
                "{name}, If-Range {stale}"
            );
        }
    }
}

/// Sends bytes and gives back what came: the first line, or nothing. Whoever sends half a request has nothing more to say.
fn raw(served: &Served, bytes: &[u8], half: bool) -> String {
    let mut stream = TcpStream::connect(served.at).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes);
    if half {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while !answer.contains(&b'\n')
        && let Ok(got @ 1..) = stream.read(&mut piece)
    {
        answer.extend_from_slice(&piece[..got]);
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn bytes_that_are_no_request() {
    let served = Served::start(4);
    let get =
        |more: &str| format!("GET /kernel/{ID} HTTP/1.1\r\nHost: x\r\n{more}\r\n").into_bytes();
    let huge = get(&format!("X: {}\r\n", "a".repeat(1 << 20)));
    let many = get(&"X: y\r\n".repeat(500));
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(1 << 20)).into_bytes();
    let ranges = get(&format!("Range: bytes={}\r\n", vec!["0-"; 1000].join(",")));
    // What the answer's first line begins with; nothing stands for any answer, or none, as long as the server goes on.
    let (refused, fine) = ("HTTP/1.1 4", "HTTP/1.1 200");
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing at all", vec![], ""),
        ("half a line", b"GET /ker".to_vec(), refused),
        (
            "Content-Length twice, different",
            get("Content-Length: 1\r\nContent-Length: 2\r\n"),
            refused,
        ),
        (
            "Content-Length that is none",
            get("Content-Length: -1\r\n"),
            refused,
        ),
        (
            "Content-Length beyond all numbers",
            get("Content-Length: 99999999999999999999999\r\n"),
            refused,
        ),
        (
            "Content-Length and chunks",
            get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
            "",
        ),
        (
            "chunks without end",
            get("Transfer-Encoding: chunked\r\n"),
            "",
        ),
        ("CR in a header", get("A: x\rB: y\r\n"), refused),
        ("NUL in a header", get("A: x\0y\r\n"), refused),
        ("a header without a name", get(": x\r\n"), refused),
        ("a header that goes on", get("A: x\r\n  y\r\n"), refused),
        ("a header of 1 MB", huge, refused),
        ("500 headers", many, refused),
        ("a path of 1 MB", long, refused),
        (
            "a backslash in the path",
            b"GET /a\\b HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            refused,
        ),
        (
            "another version",
            b"GET / HTTP/9.9\r\n\r\n".to_vec(),
            refused,
        ),
        (
            "the next version",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            refused,
        ),
        (
            "TLS",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
            refused,
        ),
        ("NUL bytes", b"\0\x01\x02\x03\r\n\r\n".to_vec(), refused),
        (
            "no host",
            format!("GET /kernel/{ID} HTTP/1.1\r\n\r\n").into_bytes(),
            fine,
        ),
        ("a host without its port", get(""), fine),
        ("two hosts", get("Host: y\r\n"), ""),
        (
            "HTTP/1.0",
            format!("GET /kernel/{ID} HTTP/1.0\r\n\r\n").into_bytes(),
            "HTTP/1.0 200",
        ),
        ("a thousand ranges get the whole", ranges, fine),
        (
            "an address forwarded by nobody",
            get("X-Forwarded-For: 10.9.9.9\r\nForwarded: for=10.9.9.9\r\nX-Real-IP: 10.9.9.9\r\n"),
            fine,
        ),
    ];
    for (name, bytes, comes) in rows {
        let line = raw(&served, &bytes, !comes.contains("200"));
        let closed = line.is_empty() && !comes.contains("200");
        assert!(closed || line.starts_with(comes), "{name}: {line}");
        assert_eq!(
            served.get(&format!("/kernel/{ID}"), "").status,
            200,
            "after {name}"
        );
    }
}

#[test]
fn bodies_that_are_broken_off_cost_their_connection_only() {
    let mut served = Served::start(8_000_000);
    for read in [0, 1, 4096, 1_000_000] {
        let mut connection = TcpStream::connect(served.at).unwrap();
        let ask = format!("GET /image/{ID} HTTP/1.1\r\nHost: x\r\n\r\n");
        connection.write_all(ask.as_bytes()).unwrap();
        let mut got = vec![0; read.max(1)];
        connection.read_exact(&mut got).unwrap();
        drop(connection);
        match served.step("/image/") {
            Step::Broken { why, .. } => assert!(why.contains("closed"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    let mut whole = bytes(8_000_000);
    whole.resize(8_000_000_usize.next_multiple_of(4), 0);
    assert!(served.get(&format!("/image/{ID}"), "").body == whole);
}

#[test]
fn bent_requests_over_the_wire_leave_the_server_standing() {
    let served = Served::start(4);
    let seeds: Vec<Vec<u8>> = [
        format!("GET /image/{ID} HTTP/1.1\r\nHost: 10.0.0.1\r\nUser-Agent: iPXE/1.0.0+git-2019\r\nConnection: keep-alive\r\nRange: bytes=0-3\r\n\r\n"),
        "HEAD /efiboot/snponly.efi HTTP/1.1\r\nHost: 10.0.0.1\r\nAccept: */*\r\nUser-Agent: UefiHttpBoot/1.0\r\n\r\nGET //snponly.efi HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        format!("GET /system/{ID}?assetkey=&uuid=4c4c4544&compress=gz HTTP/1.1\r\nHost: h:9873\r\nIf-None-Match: \"a\"\r\nIf-Range: \"b\"\r\n\r\n"),
        format!("POST /beacon/{ID}?name=note&text=x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"),
    ]
    .map(String::into_bytes)
    .into();
    let mut dice = dice(0x4874);
    for round in 0..rounds(150) {
        let line = raw(&served, &bent(&mut dice, &seeds), true);
        let known = line.is_empty() || line.starts_with("HTTP/1.");
        assert!(known, "round {round}: {line}");
        assert!(
            !line.starts_with("HTTP/1.1 5") || line.starts_with("HTTP/1.1 501"),
            "round {round}: {line}"
        );
    }
    let mut connection = Connection::open(served.at);
    connection.send(format!("GET /kernel/{ID} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
    assert_eq!(connection.answer(false).unwrap().status, 200);
}
