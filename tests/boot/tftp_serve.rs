//! The real TFTP server on loopback, with real clients where they are installed.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use muster::daemon::shared::Shared;
use muster::daemon::tftp;
use muster::fleet::{Event, Form, Step, What, Who};
use muster::kit::Mac;
use muster::model::NodeId;
use muster::wire::tftp::{Options, Packet, Request, code};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};

use crate::support::lossy::Dice;
use crate::support::shared::{settings, shared};

/// A running server on a port that the system chose.
pub struct Stand {
    dir: tempfile::TempDir,
    port: u16,
    shared: Shared,
    pub events: mpsc::Receiver<Event>,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Stand {
    pub fn new(listen: Ipv4Addr) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = settings(dir.path());
        settings.listen = listen;
        std::fs::create_dir_all(dir.path().join("tftp/sub")).unwrap();
        let bound = tftp::bind(&settings).unwrap();
        let port = bound.port();
        let (shared, events) = shared(settings, Vec::new());
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(bound.serve(shared.clone(), stopped));
        Self {
            dir,
            port,
            shared,
            events,
            stop,
            task,
        }
    }

    pub fn file(&self, name: &str, len: usize) -> Vec<u8> {
        let bytes = Dice::new(len as u64).bytes(len);
        std::fs::write(self.dir.path().join("tftp").join(name), &bytes).unwrap();
        bytes
    }

    pub async fn client(&self) -> UdpSocket {
        UdpSocket::bind("127.0.0.1:0").await.unwrap()
    }

    pub async fn ask(&self, client: &UdpSocket, request: &Request) {
        let bytes = Packet::Read(request.clone()).emit();
        client
            .send_to(&bytes, ("127.0.0.1", self.port))
            .await
            .unwrap();
    }

    pub async fn end(mut self) -> Vec<Step> {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
        let mut steps = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let What::Transfer(transfer) = event.what {
                steps.push(transfer.step);
            }
        }
        steps
    }
}

pub async fn hear(client: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut bytes = vec![0; 70_000];
    let got = tokio::time::timeout(Duration::from_secs(20), client.recv_from(&mut bytes));
    let (len, from) = got.await.expect("an answer").unwrap();
    bytes.truncate(len);
    (bytes, from)
}

/// Fetches a file in lockstep.
pub async fn fetch(client: &UdpSocket, stand: &Stand, request: &Request) -> Vec<u8> {
    stand.ask(client, request).await;
    let (mut got, mut block) = (Vec::new(), 512);
    loop {
        let (bytes, from) = hear(client).await;
        let reply = match Packet::parse(&bytes).unwrap() {
            Packet::OptionAck(said) => {
                block = said.blksize.unwrap_or(512) as usize;
                Packet::Ack(0)
            }
            Packet::Data {
                block: at,
                bytes: data,
            } => {
                got.extend_from_slice(data);
                client.send_to(&Packet::Ack(at).emit(), from).await.unwrap();
                if data.len() < block {
                    return got;
                }
                continue;
            }
            other => panic!("{other:?}"),
        };
        client.send_to(&reply.emit(), from).await.unwrap();
    }
}

pub fn options(blksize: u64, tsize: bool) -> Options {
    Options {
        blksize: Some(blksize),
        tsize: tsize.then_some(0),
        ..Options::default()
    }
}

#[tokio::test]
async fn a_file_is_fetched_probed_and_refused() {
    let stand = Stand::new(Ipv4Addr::LOCALHOST);
    let file = stand.file("snponly.efi", 100_000);
    let client = stand.client().await;
    let request = Request::octet("/warewulf/ipxe-snponly-x86_64.efi", options(1468, true));

    // The firmware's probe: size, ERROR 8, and the real request from the same port at once.
    stand.ask(&client, &request).await;
    let (bytes, from) = hear(&client).await;
    assert!(
        matches!(Packet::parse(&bytes), Ok(Packet::OptionAck(said)) if said.tsize == Some(100_000))
    );
    let text = "User aborted the transfer".into();
    let abort = Packet::Error { code: 8, text };
    client.send_to(&abort.emit(), from).await.unwrap();
    let plain = Request::octet("snponly.efi", Options::default());
    assert!(fetch(&client, &stand, &plain).await == file);

    let cases = [
        (
            Packet::Read(Request::octet("nothing.efi", Options::default())),
            code::NOT_FOUND,
        ),
        (
            Packet::Read(Request::octet("autoexec.ipxe", Options::default())),
            code::NOT_FOUND,
        ),
        (
            Packet::Read(Request::octet("../../etc/passwd", Options::default())),
            code::ACCESS,
        ),
        (
            Packet::Read(Request::octet("sub", Options::default())),
            code::ACCESS,
        ),
        (
            Packet::Write(Request::octet("snponly.efi", Options::default())),
            code::ACCESS,
        ),
    ];
    for (packet, wanted) in cases {
        client
            .send_to(&packet.emit(), ("127.0.0.1", stand.port))
            .await
            .unwrap();
        let (bytes, _) = hear(&client).await;
        match Packet::parse(&bytes) {
            Ok(Packet::Error { code, .. }) => assert_eq!(code, wanted, "{packet:?}"),
            other => panic!("{packet:?}: {other:?}"),
        }
    }
    let steps = stand.end().await;
    let finished = |step: &Step| matches!(step, Step::Finished { sent: 100_000, .. });
    assert_eq!(
        steps.iter().filter(|step| finished(step)).count(),
        1,
        "{steps:?}"
    );
    let broken = |step: &Step| matches!(step, Step::Broken { .. });
    assert!(
        !steps.iter().any(broken),
        "a probe is no failure: {steps:?}"
    );
    let refused: Vec<String> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Refused { why, .. } => Some(why.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(refused.len(), 4, "habits are not told: {refused:?}");
    assert!(
        refused[0].contains("nothing.efi") && refused[0].contains("lib/ipxe"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn answers_come_from_the_address_that_was_asked() {
    let stand = Stand::new(Ipv4Addr::UNSPECIFIED);
    stand.file("f", 10);
    let client = stand.client().await;
    for name in ["f", "missing"] {
        let request = Packet::Read(Request::octet(name, Options::default())).emit();
        let asked = Ipv4Addr::new(127, 0, 0, 5);
        client.send_to(&request, (asked, stand.port)).await.unwrap();
        let (_, from) = hear(&client).await;
        assert_eq!(from.ip(), asked, "{name}");
    }
    stand.end().await;
}

#[tokio::test]
async fn transfers_are_told_of_the_boot_they_belong_to() {
    let mut stand = Stand::new(Ipv4Addr::LOCALHOST);
    let file = stand.file("boot.ipxe", 700);
    let mac = Mac::ethernet([2, 0, 0, 0, 0, 1]);
    let boot = {
        let mut boots = stand.shared.boots.write().unwrap();
        let now = stand.shared.clock.now();
        let boot = boots.enter(NodeId(7), mac, Form::Pxe, now, Duration::from_secs(60));
        boots.bind(NodeId(7), Ipv4Addr::LOCALHOST);
        boot
    };
    let client = stand.client().await;
    let request = Request::octet("boot.ipxe", options(1024, true));
    assert!(fetch(&client, &stand, &request).await == file);
    let event = stand.events.recv().await.unwrap();
    assert_eq!((event.who, event.boot), (Who::Node(NodeId(7)), Some(boot)));
    stand.end().await;
}

#[tokio::test]
async fn one_address_does_not_get_more_than_its_share() {
    let stand = Stand::new(Ipv4Addr::LOCALHOST);
    stand.file("f", 5_000);
    let mut clients = Vec::new();
    for _ in 0..100 {
        let client = stand.client().await;
        stand
            .ask(&client, &Request::octet("f", Options::default()))
            .await;
        clients.push(client);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut bytes = [0; 600];
    let answered = clients
        .iter()
        .filter(|client| client.try_recv(&mut bytes).is_ok())
        .count();
    assert_eq!(answered, 64);
    stand.end().await;
}

#[tokio::test]
async fn noise_is_no_end_of_service() {
    let stand = Stand::new(Ipv4Addr::LOCALHOST);
    let file = stand.file("f", 3_000);
    let client = stand.client().await;
    let mut dice = Dice::new(12);
    for _ in 0..3_000 {
        let len = dice.below(1400) as usize;
        let mut noise = dice.bytes(len);
        if let [first, second, ..] = noise.as_mut_slice() {
            // Anything but a request that would be answered.
            (*first, *second) = (0, 3 + dice.below(200) as u8);
        }
        client
            .send_to(&noise, ("127.0.0.1", stand.port))
            .await
            .unwrap();
    }
    let huge = [b"\0\x01".as_slice(), &[b'a'; 60_000]].concat();
    client
        .send_to(&huge, ("127.0.0.1", stand.port))
        .await
        .unwrap();
    let (bytes, _) = hear(&client).await;
    assert!(matches!(
        Packet::parse(&bytes),
        Ok(Packet::Error { code: 4, .. })
    ));
    let request = Request::octet("f", options(512, false));
    assert!(fetch(&client, &stand, &request).await == file);
    stand.end().await;
}

/// Runs a client; false, said aloud, if it is not installed.
#[allow(clippy::print_stderr)]
async fn run(program: &str, args: &[&str], dir: &Path) -> bool {
    let found = Command::new("which")
        .arg(program)
        .stdout(Stdio::null())
        .status();
    if !found.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: {program} is not installed; its part of this test did not run");
        return false;
    }
    let child = tokio::process::Command::new(program)
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(60), child)
        .await
        .expect("in time")
        .unwrap();
    assert!(
        output.status.success(),
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_clients_fetch_files_byte_by_byte() {
    let stand = Stand::new(Ipv4Addr::LOCALHOST);
    // One that is kept whole, one that is read in pieces and rolls the block numbers over at 512.
    let small = stand.file("small.efi", 970_001);
    let large = stand.file("large.img", 34_000_000);
    let out = tempfile::tempdir().unwrap();
    let (dir, port) = (out.path(), stand.port.to_string());
    let check = |name: &str, wanted: &[u8]| {
        let got = std::fs::read(dir.join(name)).unwrap();
        assert!(
            got == wanted,
            "{name}: {} of {} bytes, or other ones",
            got.len(),
            wanted.len()
        );
    };
    for (file, bytes) in [("small.efi", &small), ("large.img", &large)] {
        let url = format!("tftp://127.0.0.1:{port}/{file}");
        for blksize in ["512", "1468", "65464"] {
            if run(
                "curl",
                &["-sS", "--tftp-blksize", blksize, "-o", "curl", &url],
                dir,
            )
            .await
            {
                check("curl", bytes);
            }
        }
        let get = ["127.0.0.1", &port, "-m", "binary", "-c", "get", file];
        if run("tftp", &get, dir).await {
            check(file, bytes);
        }
        for window in ["1", "4", "64"] {
            let window = format!("windowsize {window}");
            let args = [
                "--option",
                "blksize 1468",
                "--option",
                &window,
                "-g",
                "-r",
                file,
                "-l",
                "atftp",
                "127.0.0.1",
                &port,
            ];
            if run("atftp", &args, dir).await {
                check("atftp", bytes);
            }
        }
    }
    for step in stand.end().await {
        assert!(
            matches!(step, Step::Started { .. } | Step::Finished { .. }),
            "{step:?}"
        );
    }
}
