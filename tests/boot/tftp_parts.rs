//! A node's parts by TFTP, as a GRUB without HTTP fetches them, from the real server.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use muster::daemon::shared::Events;
use muster::daemon::tftp;
use muster::daemon::transfers::{Begin, Transfers};
use muster::fleet::{Event, Form, Part, Proto, Step, What, Who};
use muster::image::{BootArchive, Catalog, Image, Kernel};
use muster::kit::Stamp;
use muster::model::NodeId;
use muster::wire::tftp::{Options, Packet, Request, code};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};

use super::http_world::{mac, node};
use crate::support::lossy::Dice;
use crate::support::shared::{settings, shared};

const ID: &str = "52-54-00-00-00-01";

/// What came: a file, or the code of a refusal.
async fn fetch(port: u16, from: Ipv4Addr, name: &str) -> Result<Vec<u8>, u16> {
    let client = UdpSocket::bind((from, 0)).await.unwrap();
    let options = Options {
        blksize: Some(1024),
        tsize: Some(0),
        ..Options::default()
    };
    let ask = Packet::Read(Request::octet(name, options)).emit();
    client.send_to(&ask, ("127.0.0.1", port)).await.unwrap();
    let mut got = Vec::new();
    loop {
        let mut bytes = vec![0; 2048];
        let heard = tokio::time::timeout(Duration::from_secs(20), client.recv_from(&mut bytes));
        let (len, from): (usize, SocketAddr) = heard.await.expect("an answer").unwrap();
        let (at, last) = match Packet::parse(&bytes[..len]).unwrap() {
            Packet::OptionAck(_) => (0, false),
            Packet::Data { block, bytes } => {
                got.extend_from_slice(bytes);
                (block, bytes.len() < 1024)
            }
            Packet::Error { code, .. } => return Err(code),
            other => panic!("{other:?}"),
        };
        client.send_to(&Packet::Ack(at).emit(), from).await.unwrap();
        if last {
            return Ok(got);
        }
    }
}

fn file(number: u64) -> Vec<u8> {
    Dice::new(number).bytes(300_000 + number as usize)
}

/// An image `rocky` whose kernel and archive are these files.
fn catalog(dir: &std::path::Path) -> Catalog {
    let (kernel, archive) = (dir.join("vmlinuz"), dir.join("rocky.img.gz"));
    std::fs::write(&kernel, file(1)).unwrap();
    std::fs::write(&archive, file(2)).unwrap();
    let image = Image {
        name: "rocky".into(),
        root: dir.into(),
        kernels: vec![Kernel {
            version: "6.1.0".into(),
            path: kernel,
        }],
        initramfs: Vec::new(),
        archive: Some(BootArchive {
            path: archive,
            digest: "0".repeat(64).into(),
            size: file(2).len() as u64,
            unpacked: 0,
            built: Stamp::default(),
        }),
        faults: Vec::new(),
    };
    let images = [(image.name.clone(), Arc::new(image))].into();
    Catalog { images }
}

async fn finished(events: &mut mpsc::Receiver<Event>) -> (Who, Part) {
    loop {
        let event = events.recv().await.unwrap();
        if let What::Transfer(transfer) = event.what
            && matches!(transfer.step, Step::Finished { .. })
        {
            assert_eq!(transfer.proto, Proto::Tftp);
            return (event.who, transfer.part);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booting_node_gets_its_parts_and_nobody_else_does() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(dir.path());
    let bound = tftp::bind(&settings).unwrap();
    let port = bound.port();
    let mut own = node(1);
    own.net[0].ipaddr = Some(Ipv4Addr::new(127, 0, 0, 11));
    let (shared, mut events) = shared(settings, vec![Arc::new(own)]);
    shared.images.store(Arc::new(catalog(dir.path())));
    {
        let mut boots = shared.boots.write().unwrap();
        let now = shared.clock.now();
        boots.enter(NodeId(1), mac(1), Form::Pxe, now, Duration::from_secs(600));
        boots.bind(NodeId(1), Ipv4Addr::new(127, 0, 0, 11));
    }
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(bound.serve(shared.clone(), stopped));
    let (home, elsewhere) = (Ipv4Addr::new(127, 0, 0, 11), Ipv4Addr::new(127, 0, 0, 12));

    let config = fetch(port, home, "/grub/grub.cfg").await.unwrap();
    let config = String::from_utf8(config).unwrap();
    assert!(config.contains(&format!("/kernel/{ID}")), "{config}");
    assert_eq!(
        finished(&mut events).await,
        (Who::Node(NodeId(1)), Part::Script)
    );
    for (name, number, part) in [("kernel", 1, Part::Kernel), ("image", 2, Part::Image)] {
        let got = fetch(port, home, &format!("/{name}/{ID}")).await.unwrap();
        assert!(got == file(number), "{name}");
        assert_eq!(finished(&mut events).await, (Who::Node(NodeId(1)), part));
    }
    assert!(
        shared
            .boots
            .read()
            .unwrap()
            .of_node(NodeId(1))
            .unwrap()
            .kernel_asked
    );
    // A node without overlays has empty archives: each is a trailer, compressed when asked for.
    let plain = fetch(port, home, &format!("/system/{ID}")).await.unwrap();
    assert!(plain.starts_with(b"070701"));
    let packed = fetch(port, home, &format!("/runtime/{ID}?compress=gz"))
        .await
        .unwrap();
    assert!(packed.starts_with(&[0x1f, 0x8b]));

    for name in ["kernel", "image", "system", "runtime"] {
        let refused = fetch(port, elsewhere, &format!("/{name}/{ID}")).await;
        assert_eq!(refused, Err(code::ACCESS), "{name}");
    }
    for name in [
        "/kernel/52-54-00-00-00-99",
        "/status",
        "/beacon/x",
        "/ipxe/x",
        "none.efi",
    ] {
        let refused = fetch(port, home, name).await;
        assert_eq!(refused, Err(code::NOT_FOUND), "{name}");
    }
    // A site's own configuration comes first.
    std::fs::create_dir_all(dir.path().join("tftp/grub")).unwrap();
    std::fs::write(dir.path().join("tftp/grub/grub.cfg"), "own\n").unwrap();
    assert_eq!(fetch(port, home, "/grub/grub.cfg").await.unwrap(), b"own\n");
    stop.send(true).unwrap();
    task.await.unwrap();
}

#[test]
fn the_double_of_an_answered_request_is_known() {
    let (events, _far) = Events::channel(16);
    let transfers = Transfers::new(events);
    let begin = |peer: &str, path: &str| Begin {
        who: Who::Server,
        boot: None,
        proto: Proto::Tftp,
        part: Part::System,
        path: path.into(),
        peer: peer.parse().unwrap(),
        size: None,
        offset: 0,
    };
    let (at, later) = (Stamp(1_000), |seconds: u64| Stamp(1_000 + seconds * 1000));
    let one = begin("10.0.0.1", "/system/x");
    transfers.begin(one.clone(), at).broken("no", at);
    assert!(!transfers.lately(&one, later(1)));
    transfers.begin(one.clone(), at).finish(at);
    assert!(transfers.lately(&one, later(15)));
    assert!(!transfers.lately(&one, later(31)));
    assert!(!transfers.lately(&begin("10.0.0.2", "/system/x"), later(1)));
    assert!(!transfers.lately(&begin("10.0.0.1", "/kernel/x"), later(1)));
    // Ten thousand others push it out, and take no more room for that.
    for other in 0..10_000_u32 {
        let peer = Ipv4Addr::from(0x0b00_0000 + other).to_string();
        transfers.begin(begin(&peer, "/system/x"), at).finish(at);
    }
    assert!(!transfers.lately(&one, later(1)));
}
