//! Transfers that share a data socket: none hears another's packets, and what belongs to none disturbs none.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use muster::fleet::{Step, What};
use muster::wire::tftp::{Options, Packet, Request, code};
use tokio::net::UdpSocket;

use super::tftp_serve::{Stand, fetch, hear, options};

/// A client that asked for a file in plain blocks of 512, and where its first block came from.
async fn begun(stand: &Stand, file: &str, wanted: &[u8]) -> (UdpSocket, SocketAddr) {
    let client = stand.client().await;
    stand
        .ask(&client, &Request::octet(file, Options::default()))
        .await;
    let from = next(&client, 1, wanted).await;
    (client, from)
}

/// Two of those whose blocks come from one socket.
async fn pair(stand: &Stand, files: [(&str, &[u8]); 2]) -> ([UdpSocket; 2], SocketAddr) {
    let (first, line) = begun(stand, files[0].0, files[0].1).await;
    // Which thread serves a client depends on its port.
    for _ in 0..50 {
        let (second, from) = begun(stand, files[1].0, files[1].1).await;
        if from == line {
            return ([first, second], line);
        }
        say(&second, from, &abort()).await;
    }
    panic!("50 clients, and none shares a socket with the first one");
}

fn abort() -> Packet<'static> {
    let text = "User aborted the transfer".into();
    Packet::Error { code: 0, text }
}

async fn say(client: &UdpSocket, to: SocketAddr, packet: &Packet<'_>) {
    client.send_to(&packet.emit(), to).await.unwrap();
}

/// Hears block `wanted` of a file, and says where it came from. Blocks before it may come again: a busy machine is slow to answer.
async fn next(client: &UdpSocket, wanted: u16, file: &[u8]) -> SocketAddr {
    loop {
        let (bytes, from) = hear(client).await;
        match Packet::parse(&bytes).unwrap() {
            Packet::Data { block, .. } if block < wanted => {}
            Packet::Data { block, bytes } => {
                assert_eq!(block, wanted);
                let start = usize::from(wanted - 1) * 512;
                let content = &file[start..file.len().min(start + 512)];
                assert!(bytes == content, "other bytes in block {block}");
                return from;
            }
            other => panic!("{other:?} instead of block {wanted}"),
        }
    }
}

/// What a client hears until nothing has come for a tenth of a second, and from where.
async fn rest(client: &UdpSocket) -> Vec<(Vec<u8>, SocketAddr)> {
    let mut heard = Vec::new();
    let mut bytes = [0; 600];
    let wait = Duration::from_millis(100);
    while let Ok(got) = tokio::time::timeout(wait, client.recv_from(&mut bytes)).await {
        let (len, from) = got.unwrap();
        heard.push((bytes[..len].to_vec(), from));
    }
    heard
}

/// Whether these are blocks up to `last` from one socket, sent again.
fn are_old(heard: &[(Vec<u8>, SocketAddr)], last: u16, line: SocketAddr) -> bool {
    let old = |bytes: &[u8]| matches!(Packet::parse(bytes), Ok(Packet::Data { block, .. }) if block <= last);
    heard
        .iter()
        .all(|(bytes, from)| old(bytes) && *from == line)
}

#[tokio::test]
async fn two_clients_on_one_socket_do_not_mix() {
    let stand = Stand::new(Ipv4Addr::LOCALHOST);
    let (a, b) = (stand.file("a", 3_000), stand.file("b", 3_001));
    let ([one, two], line) = pair(&stand, [("a", &a), ("b", &b)]).await;
    for block in 1..=3 {
        say(&two, line, &Packet::Ack(block)).await;
        assert_eq!(next(&two, block + 1, &b).await, line);
        say(&one, line, &Packet::Ack(block)).await;
        assert_eq!(next(&one, block + 1, &a).await, line);
    }
    // The end of one is not the end of the other.
    say(&one, line, &abort()).await;
    say(&one, line, &Packet::Ack(4)).await;
    for block in 4..=5 {
        say(&two, line, &Packet::Ack(block)).await;
        assert_eq!(next(&two, block + 1, &b).await, line);
    }
    say(&two, line, &Packet::Ack(6)).await;
    assert!(are_old(&rest(&one).await, 4, line), "after its ERROR");
    assert!(are_old(&rest(&two).await, 6, line), "after its last block");
    let steps = stand.end().await;
    let aborted = |step: &&Step| matches!(step, Step::Broken { why, .. } if why.contains("client aborted: User aborted"));
    let finished = |step: &&Step| matches!(step, Step::Finished { sent: 3_001, .. });
    assert!(steps.iter().any(|step| aborted(&step)), "{steps:?}");
    assert_eq!(steps.iter().filter(finished).count(), 1, "{steps:?}");
}

#[tokio::test]
async fn strangers_on_a_data_socket_are_told_so_and_disturb_nobody() {
    let stand = Stand::new(Ipv4Addr::LOCALHOST);
    let file = stand.file("a", 3_000);
    let (client, line) = begun(&stand, "a", &file).await;
    let stranger = stand.client().await;
    for packet in [Packet::Ack(1), Packet::Ack(7)] {
        say(&stranger, line, &packet).await;
        let (bytes, from) = hear(&stranger).await;
        let told = Packet::parse(&bytes).unwrap();
        assert!(
            matches!(told, Packet::Error { code, .. } if code == code::UNKNOWN_ID),
            "{told:?}"
        );
        assert_eq!(from, line);
    }
    // Two servers that answered ERRORs or noise would talk for ever.
    say(&stranger, line, &abort()).await;
    stranger.send_to(b"noise", line).await.unwrap();
    stranger.send_to(b"", line).await.unwrap();
    assert!(rest(&stranger).await.is_empty());
    let mut answers = 0;
    for _ in 0..20 {
        for _ in 0..50 {
            say(&stranger, line, &Packet::Ack(1)).await;
        }
        let mut bytes = [0; 600];
        while stranger.try_recv_from(&mut bytes).is_ok() {
            answers += 1;
        }
    }
    answers += rest(&stranger).await.len();
    assert!(answers < 1_000, "as many answers as questions");
    for block in 1..=5 {
        say(&client, line, &Packet::Ack(block)).await;
        assert_eq!(next(&client, block + 1, &file).await, line);
    }
    stand.end().await;
}

#[tokio::test]
async fn a_client_that_starts_over_is_not_hit_by_its_own_late_packets() {
    let stand = Stand::new(Ipv4Addr::LOCALHOST);
    let (a, b) = (stand.file("a", 3_000), stand.file("b", 2_000));
    let (client, first) = begun(&stand, "a", &a).await;
    say(&client, first, &Packet::Ack(1)).await;
    next(&client, 2, &a).await;
    stand
        .ask(&client, &Request::octet("b", Options::default()))
        .await;
    let second = next(&client, 1, &b).await;
    assert_ne!(first, second, "the identifier tells the transfers apart");
    // Late packets of the first one neither move nor end the second, and get no answer that might be taken for one.
    for late in [Packet::Ack(1), Packet::Ack(2), abort()] {
        say(&client, first, &late).await;
    }
    assert!(are_old(&rest(&client).await, 1, second));
    for block in 1..=3 {
        say(&client, second, &Packet::Ack(block)).await;
        assert_eq!(next(&client, block + 1, &b).await, second);
    }
    say(&client, second, &Packet::Ack(4)).await;
    // Nor is it the socket of the third, however often it begins anew.
    let mut before = second;
    for _ in 0..20 {
        stand
            .ask(&client, &Request::octet("a", Options::default()))
            .await;
        let from = next(&client, 1, &a).await;
        assert_ne!(from, before);
        before = from;
        say(&client, from, &abort()).await;
    }
    let steps = stand.end().await;
    let finished = |step: &&Step| matches!(step, Step::Finished { sent: 2_000, .. });
    assert_eq!(steps.iter().filter(finished).count(), 1, "{steps:?}");
}

#[tokio::test]
async fn a_closed_port_ends_its_transfer_and_no_other() {
    let mut stand = Stand::new(Ipv4Addr::LOCALHOST);
    let (a, b) = (stand.file("a", 3_000), stand.file("b", 3_001));
    let ([gone, stays], line) = pair(&stand, [("a", &a), ("b", &b)]).await;
    say(&gone, line, &Packet::Ack(1)).await;
    next(&gone, 2, &a).await;
    let mut block = 1;
    drop(gone);
    // The block that is sent again finds the port closed.
    let why = loop {
        if block < 3 {
            say(&stays, line, &Packet::Ack(block)).await;
            next(&stays, block + 1, &b).await;
            block += 1;
        }
        let event = tokio::time::timeout(Duration::from_secs(20), stand.events.recv());
        let event = event.await.expect("an end").expect("an event");
        if let What::Transfer(transfer) = event.what
            && let Step::Broken { why, .. } = transfer.step
            && !why.contains("aborted")
        {
            break why;
        }
    };
    assert_eq!(&*why, "the client closed its port");
    for block in block..=5 {
        say(&stays, line, &Packet::Ack(block)).await;
        assert_eq!(next(&stays, block + 1, &b).await, line);
    }
    stand.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_clients_at_once_get_their_own_bytes() {
    let stand = std::sync::Arc::new(Stand::new(Ipv4Addr::LOCALHOST));
    let mut clients = Vec::new();
    for at in 0..32 {
        let (stand, name) = (stand.clone(), format!("file{at}"));
        let file = stand.file(&name, 200_000 + 7 * at);
        let blksize = [512, 1024, 1468, 8192][at % 4];
        clients.push(tokio::spawn(async move {
            let client = stand.client().await;
            let request = Request::octet(&name, options(blksize, true));
            let got = fetch(&client, &stand, &request).await;
            assert!(got == file, "{name}: other bytes");
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    let steps = std::sync::Arc::into_inner(stand).unwrap().end().await;
    let finished = |step: &&Step| matches!(step, Step::Finished { .. });
    assert_eq!(steps.iter().filter(finished).count(), 32, "{steps:?}");
}
