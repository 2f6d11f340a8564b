//! Bad TFTP, a row for each kind: the packet, and what must come of it. Everything goes to the real server on loopback.
//!
//! Elsewhere: block numbers that roll over in `tftp` and `tftp_lossy`, random packets in `wire::noise` and `tftp`.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::symlink;
use std::time::Duration;

use muster::daemon::tftp;
use muster::fleet::{Event, What};
use muster::wire::tftp::{Options, Packet, Request, code};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::support::lossy::Dice;
use crate::support::shared::{settings, shared};

/// Bytes of the file `f`: two blocks of 512 and a bit.
const SIZE: u64 = 1_100;

/// A running server with the file `f`, a longer `long`, a folder, a pipe, and links that lead out.
struct Stand {
    port: u16,
    events: mpsc::Receiver<Event>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    _dir: tempfile::TempDir,
}

impl Stand {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("tftp");
        std::fs::create_dir_all(root.join("sub")).unwrap();
        for (name, size) in [("f", SIZE as usize), ("long", 200_000), (".hidden", 5)] {
            std::fs::write(root.join(name), Dice::new(size as u64).bytes(size)).unwrap();
        }
        std::fs::write(dir.path().join("secret"), "secret").unwrap();
        symlink("/etc/passwd", root.join("out")).unwrap();
        symlink("../secret", root.join("above")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let pipe = std::process::Command::new("mkfifo")
            .arg(root.join("pipe"))
            .status();
        assert!(pipe.unwrap().success());
        let mut settings = settings(dir.path());
        settings.listen = Ipv4Addr::UNSPECIFIED;
        let bound = tftp::bind(&settings).unwrap();
        let port = bound.port();
        let (shared, events) = shared(settings, Vec::new());
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(bound.serve(shared, stopped));
        Self {
            port,
            events,
            stop,
            task,
            _dir: dir,
        }
    }

    async fn say(&self, client: &UdpSocket, bytes: &[u8]) {
        client
            .send_to(bytes, ("127.0.0.1", self.port))
            .await
            .unwrap();
    }

    /// Asks for `f` from a socket and expects its first block as the very next packet: nothing else was on its way.
    async fn is_quiet(&self, name: &str, client: &UdpSocket) {
        self.say(client, &read("f", Options::default())).await;
        let (bytes, from) = hear(name, client).await;
        let Ok(Packet::Data {
            block: 1,
            bytes: data,
        }) = Packet::parse(&bytes)
        else {
            panic!("{name}: {:?} before the block", Packet::parse(&bytes))
        };
        assert_eq!(data.len(), 512, "{name}");
        abort(client, from).await;
    }

    async fn end(mut self) -> Vec<Event> {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }
}

fn read(name: &str, options: Options) -> Vec<u8> {
    Packet::Read(Request::octet(name, options)).emit()
}

/// A client with an address of its own.
async fn client(last: u8) -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::new(127, 0, 7, last), 0))
        .await
        .unwrap()
}

async fn hear(name: &str, client: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut bytes = vec![0; 70_000];
    let got = tokio::time::timeout(Duration::from_secs(20), client.recv_from(&mut bytes)).await;
    let (len, from) = got.unwrap_or_else(|_| panic!("{name}: no answer")).unwrap();
    bytes.truncate(len);
    (bytes, from)
}

async fn abort(client: &UdpSocket, to: SocketAddr) {
    let text = "enough".into();
    client
        .send_to(&Packet::Error { code: 0, text }.emit(), to)
        .await
        .unwrap();
}

/// What must come of a packet.
#[derive(Debug)]
enum Comes {
    /// The first block of `f`, of so many bytes.
    Block(usize),
    /// These options are agreed on.
    Agreed(Options),
    /// ERROR with one of these codes.
    Refused(&'static [u16]),
    /// Nothing at all.
    Silence,
}

use Comes::{Agreed, Block, Refused, Silence};

type Row = (&'static str, Vec<u8>, Comes);

async fn check(rows: Vec<Row>) {
    let stand = Stand::new();
    for (at, (name, bytes, comes)) in rows.into_iter().enumerate() {
        let client = client(1 + at as u8).await;
        stand.say(&client, &bytes).await;
        if let Silence = comes {
            stand.is_quiet(name, &client).await;
            continue;
        }
        let (bytes, from) = hear(name, &client).await;
        match (Packet::parse(&bytes), comes) {
            (Ok(Packet::Data { block: 1, bytes }), Block(len)) => {
                assert_eq!(bytes.len(), len, "{name}")
            }
            (Ok(Packet::OptionAck(said)), Agreed(wanted)) => assert_eq!(said, wanted, "{name}"),
            (Ok(Packet::Error { code, text }), Refused(codes)) => {
                assert!(codes.contains(&code), "{name}: {code} {text}");
                assert!(text.len() < 100 && !text.contains("/tmp"), "{name}: {text}");
            }
            (got, wanted) => panic!("{name}: {got:?} instead of {wanted:?}"),
        }
        abort(&client, from).await;
    }
    for event in stand.end().await {
        let text = event.text();
        assert!(
            text.chars().all(|c| !c.is_control() && c != '\u{202e}'),
            "{text:?}"
        );
    }
}

fn named(name: &[u8]) -> Vec<u8> {
    [b"\0\x01", name, b"\0octet\0"].concat()
}

#[tokio::test]
async fn requests_without_form() {
    let malformed = || Refused(&[code::ILLEGAL]);
    check(vec![
        ("no NUL", b"\0\x01f".to_vec(), malformed()),
        (
            "no NUL behind the mode",
            b"\0\x01f\0octet".to_vec(),
            Block(512),
        ),
        (
            "a NUL too many",
            b"\0\x01f\0octet\0\0\0".to_vec(),
            Block(512),
        ),
        ("no mode", b"\0\x01f\0\0".to_vec(), malformed()),
        ("no name", named(b""), malformed()),
        (
            "a name of 255 bytes",
            named(&[b'a'; 255]),
            Refused(&[code::NOT_FOUND, code::ACCESS]),
        ),
        ("a name of 256 bytes", named(&[b'a'; 256]), malformed()),
        ("a name of 64 KiB", named(&[b'a'; 65_400]), malformed()),
        (
            "64 KiB without a NUL",
            [b"\0\x01".as_slice(), &[b'a'; 65_400]].concat(),
            malformed(),
        ),
        (
            "a mode in capitals",
            b"\0\x01f\0OCTET\0".to_vec(),
            Block(512),
        ),
        (
            "a mode in any case",
            b"\0\x01f\0oCtEt\0".to_vec(),
            Block(512),
        ),
        ("netascii", b"\0\x01f\0NetASCII\0".to_vec(), Block(512)),
        ("the mode mail", b"\0\x01f\0mail\0".to_vec(), malformed()),
        (
            "an unknown mode",
            b"\0\x01f\0quantum\0".to_vec(),
            malformed(),
        ),
        (
            "a mode that is no text",
            b"\0\x01f\0\xff\x1b[2J\0".to_vec(),
            malformed(),
        ),
        (
            "WRQ",
            b"\0\x02f\0octet\0".to_vec(),
            Refused(&[code::ACCESS]),
        ),
        (
            "WRQ of a new file",
            b"\0\x02new\0octet\0blksize\08\0".to_vec(),
            Refused(&[code::ACCESS]),
        ),
        ("no byte", vec![], Silence),
        ("one byte", vec![0], Silence),
        ("DATA out of nothing", b"\0\x03\0\x01abc".to_vec(), Silence),
        ("ACK out of nothing", b"\0\x04\0\x01".to_vec(), Silence),
        (
            "ERROR out of nothing",
            b"\0\x05\0\x00oops\0".to_vec(),
            Silence,
        ),
        (
            "OACK out of nothing",
            b"\0\x06blksize\x00512\0".to_vec(),
            Silence,
        ),
        ("opcode 0", b"\0\x00f\0octet\0".to_vec(), Silence),
        ("opcode 7", b"\0\x07f\0octet\0".to_vec(), Silence),
        ("opcode 0x0101", b"\x01\x01f\0octet\0".to_vec(), Silence),
        (
            "another protocol",
            b"GET / HTTP/1.0\r\n\r\n".to_vec(),
            Silence,
        ),
    ])
    .await;
}

#[tokio::test]
async fn names_that_lead_elsewhere() {
    let refused = || Refused(&[code::ACCESS]);
    let missing = || Refused(&[code::NOT_FOUND]);
    check(vec![
        ("../", named(b"../secret"), refused()),
        ("../ in the middle", named(b"sub/../../secret"), refused()),
        ("../ that stays inside", named(b"sub/../f"), refused()),
        ("..\\", named(b"..\\secret"), refused()),
        ("//", named(b"//f"), Block(512)),
        ("./", named(b"./././f"), Block(512)),
        ("%2e%2e", named(b"%2e%2e/secret"), refused()),
        ("an absolute name of ours", named(b"/f"), Block(512)),
        (
            "an absolute name of the system",
            named(b"/etc/passwd"),
            missing(),
        ),
        ("a device", named(b"/dev/zero"), missing()),
        ("a device of another system", named(b"CON"), missing()),
        ("a drive of another system", named(b"C:\\boot"), refused()),
        (
            "a share of another system",
            named(b"\\\\host\\share\\f"),
            refused(),
        ),
        ("a hidden file", named(b".hidden"), refused()),
        ("a folder", named(b"sub"), refused()),
        ("the folder itself", named(b"/"), refused()),
        (
            "a pipe, which must not be waited for",
            named(b"pipe"),
            refused(),
        ),
        ("a link to a file outside", named(b"out"), refused()),
        ("a link to a file above", named(b"above"), refused()),
        (
            "a link to itself",
            named(b"loop"),
            Refused(&[code::ACCESS, code::NOT_FOUND]),
        ),
        (
            "a file as a folder",
            named(b"f/f"),
            Refused(&[code::ACCESS, code::NOT_FOUND]),
        ),
        ("a line break", named(b"f\nforged line"), refused()),
        ("an escape sequence", named(b"\x1b[2Jf"), refused()),
        ("direction marks", named("f\u{202e}".as_bytes()), refused()),
        ("bytes that are no text", named(b"\xff\xfe"), refused()),
    ])
    .await;
}

#[tokio::test]
async fn options_that_lie() {
    let with = |options: &str| {
        [
            b"\0\x01f\0octet\0",
            options.replace(' ', "\0").as_bytes(),
            b"\0",
        ]
        .concat()
    };
    let none = Options::default();
    let block = |n| {
        Agreed(Options {
            blksize: Some(n),
            ..none
        })
    };
    let window = |n| {
        Agreed(Options {
            windowsize: Some(n),
            ..none
        })
    };
    let size = Agreed(Options {
        tsize: Some(SIZE),
        ..none
    });
    let lie = Agreed(Options {
        tsize: Some(SIZE),
        ..none
    });
    check(vec![
        ("blksize 0", with("blksize 0"), Block(512)),
        ("blksize 7", with("blksize 7"), Block(512)),
        ("blksize 8", with("blksize 8"), block(8)),
        ("blksize 65464", with("blksize 65464"), block(65_464)),
        ("blksize 65465", with("blksize 65465"), block(65_464)),
        ("blksize negative", with("blksize -1"), Block(512)),
        (
            "blksize 10^20",
            with("blksize 100000000000000000000"),
            Block(512),
        ),
        ("blksize no number", with("blksize 512x"), Block(512)),
        ("blksize in hex", with("blksize 0x200"), Block(512)),
        ("blksize without a value", with("blksize"), Block(512)),
        ("blksize twice", with("blksize 1024 blksize 8"), block(1024)),
        ("windowsize 0", with("windowsize 0"), Block(512)),
        ("windowsize 65535", with("windowsize 65535"), window(64)),
        (
            "windowsize 10^20",
            with("windowsize 100000000000000000000"),
            Block(512),
        ),
        ("tsize 0, which asks", with("tsize 0"), size),
        ("tsize that lies", with("tsize 18446744073709551615"), lie),
        ("timeout 0", with("timeout 0"), Block(512)),
        ("timeout 256", with("timeout 256"), Block(512)),
        (
            "timeout 255",
            with("timeout 255"),
            Agreed(Options {
                timeout: Some(255),
                ..none
            }),
        ),
        ("an option nobody knows", with("multicast yes"), Block(512)),
        ("an option of no name", with(" 5"), Block(512)),
        (
            "a hundred options",
            with(&"blksize 9 ".repeat(60)),
            block(9),
        ),
        (
            "more options than a request may hold",
            with(&"blksize 9 ".repeat(300)),
            Refused(&[code::ILLEGAL]),
        ),
    ])
    .await;
}

#[tokio::test]
async fn words_of_strangers_move_no_transfer() {
    // From another host and from another port: neither ends it nor moves it on.
    let stand = Stand::new();
    let own = client(1).await;
    stand.say(&own, &read("long", Options::default())).await;
    let (_, from) = hear("the first block", &own).await;
    let second_port = UdpSocket::bind((Ipv4Addr::new(127, 0, 7, 1), 0))
        .await
        .unwrap();
    for stranger in [&client(2).await, &second_port] {
        abort(stranger, from).await;
        for block in [1, 2, 3, 65_535] {
            stranger
                .send_to(&Packet::Ack(block).emit(), from)
                .await
                .unwrap();
        }
    }
    for block in 1..=3 {
        own.send_to(&Packet::Ack(block).emit(), from).await.unwrap();
        let (bytes, _) = hear("the next block", &own).await;
        assert!(
            matches!(Packet::parse(&bytes), Ok(Packet::Data { block: b, .. }) if b == block + 1)
        );
    }
    abort(&own, from).await;
    stand.is_quiet("afterwards", &own).await;
    stand.end().await;
}

#[tokio::test]
async fn a_doubled_acknowledgement_doubles_nothing() {
    let stand = Stand::new();
    let own = client(1).await;
    stand.say(&own, &read("long", Options::default())).await;
    let (_, from) = hear("the first block", &own).await;
    for _ in 0..50 {
        own.send_to(&Packet::Ack(1).emit(), from).await.unwrap();
    }
    let (bytes, _) = hear("the second block", &own).await;
    assert!(matches!(
        Packet::parse(&bytes),
        Ok(Packet::Data { block: 2, .. })
    ));
    abort(&own, from).await;
    stand.is_quiet("block 2 came once", &own).await;
    stand.end().await;
}

#[tokio::test]
async fn clients_that_leave_in_the_middle_make_room_for_others() {
    let stand = Stand::new();
    let options = Options {
        windowsize: Some(64),
        ..Options::default()
    };
    // As many as one address may have; their ports close while a window is on its way.
    let mut leaving = Vec::new();
    for _ in 0..64 {
        let socket = client(9).await;
        stand.say(&socket, &read("long", options)).await;
        let (_, from) = hear("terms", &socket).await;
        socket.send_to(&Packet::Ack(0).emit(), from).await.unwrap();
        leaving.push(socket);
    }
    drop(leaving);
    // The kernel reports the closed ports when the next packets reach them, so the same address is soon served again.
    let again = client(9).await;
    let mut bytes = [0; 600];
    for _ in 0..80 {
        stand.say(&again, &read("f", Options::default())).await;
        let wait = Duration::from_millis(250);
        if tokio::time::timeout(wait, again.recv_from(&mut bytes))
            .await
            .is_ok()
        {
            stand.is_quiet("somebody else", &client(3).await).await;
            stand.end().await;
            return;
        }
    }
    panic!("64 clients that left are waited for");
}

#[tokio::test]
async fn ten_thousand_requests_in_anothers_name_are_a_handful_of_packets() {
    let stand = Stand::new();
    let mut victims = Vec::new();
    for _ in 0..200 {
        victims.push(client(66).await);
    }
    for round in 0..50 {
        for victim in &victims {
            stand.say(victim, &read("f", Options::default())).await;
        }
        if round % 10 == 0 {
            // Others are served meanwhile.
            stand
                .is_quiet("somebody else", &client(100 + round as u8).await)
                .await;
        }
    }
    let mut bytes = [0; 600];
    let (mut packets, mut ports) = (0, 0);
    for victim in &victims {
        let before = packets;
        while victim.try_recv(&mut bytes).is_ok() {
            packets += 1;
        }
        ports += usize::from(packets > before);
    }
    assert!(ports <= 64, "{ports} ports");
    assert!(packets <= 64 * 8, "{packets} packets for 10,000");
    let told = stand.end().await;
    let lines = told
        .iter()
        .filter(|event| matches!(event.what, What::Service { .. }))
        .count();
    assert!((1..4).contains(&lines), "{lines} lines tell of it");
}
