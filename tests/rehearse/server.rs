//! The least that a boot server is: it answers, and writes down what it heard. Nothing of muster's own servers is used, so
//! that a mistake on one side cannot hide one on the other.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

pub const HOST: Ipv4Addr = Ipv4Addr::new(127, 78, 0, 1);
pub const RELAY: Ipv4Addr = Ipv4Addr::new(127, 78, 0, 2);

#[derive(Debug, Default)]
pub struct Heard {
    /// MAC bytes, message type, architecture, whether iPXE.
    pub dhcp: Vec<(Vec<u8>, u8, u16, bool)>,
    /// Client and file of every read request, with whether it asked for the size.
    pub tftp: Vec<(SocketAddr, String, bool)>,
    /// Client and path.
    pub http: Vec<(SocketAddr, String)>,
}

pub struct Server {
    pub dhcp: u16,
    pub tftp: u16,
    pub heard: Arc<Mutex<Heard>>,
    pub tasks: JoinSet<()>,
}

pub async fn start(image: usize) -> Server {
    let heard = Arc::new(Mutex::new(Heard::default()));
    let dhcp = UdpSocket::bind((HOST, 0)).await.unwrap();
    let tftp = UdpSocket::bind((HOST, 0)).await.unwrap();
    let http = TcpListener::bind((HOST, 0)).await.unwrap();
    let mut tasks = JoinSet::new();
    let server = (
        dhcp.local_addr().unwrap().port(),
        tftp.local_addr().unwrap().port(),
        http.local_addr().unwrap().port(),
    );
    tasks.spawn(serve_dhcp(dhcp, server.2, heard.clone()));
    tasks.spawn(serve_tftp(tftp, heard.clone()));
    tasks.spawn(serve_http(http, image, heard.clone()));
    Server {
        dhcp: server.0,
        tftp: server.1,
        heard,
        tasks,
    }
}

fn option(packet: &[u8], wanted: u8) -> Option<&[u8]> {
    let mut rest = &packet[240..];
    while let [code, len, after @ ..] = rest {
        if *code == 255 {
            break;
        }
        let (value, after) = after.split_at(usize::from(*len));
        if *code == wanted {
            return Some(value);
        }
        rest = after;
    }
    None
}

async fn serve_dhcp(socket: UdpSocket, http: u16, heard: Arc<Mutex<Heard>>) {
    let mut given: HashMap<Vec<u8>, Ipv4Addr> = HashMap::new();
    let mut buffer = [0; 2048];
    loop {
        let (len, from) = socket.recv_from(&mut buffer).await.unwrap();
        let packet = &buffer[..len];
        let mac = packet[28..34].to_vec();
        let kind = option(packet, 53).unwrap()[0];
        let arch = option(packet, 93).unwrap();
        let ipxe = option(packet, 77) == Some(b"iPXE");
        // The relay: its address, and by sub-option 19 its own port (RFC 8357).
        assert_eq!(&packet[24..28], &RELAY.octets());
        assert_eq!(from.ip(), std::net::IpAddr::V4(RELAY));
        assert!(option(packet, 82).unwrap().ends_with(&[19, 0]));
        heard.lock().unwrap().dhcp.push((
            mac.clone(),
            kind,
            u16::from_be_bytes([arch[0], arch[1]]),
            ipxe,
        ));
        let count = given.len() as u8;
        let ip = *given
            .entry(mac.clone())
            .or_insert(Ipv4Addr::new(127, 78, 1, count + 1));
        let mut reply = vec![0; 240];
        reply[0] = 2;
        reply[4..8].copy_from_slice(&packet[4..8]);
        reply[16..20].copy_from_slice(&ip.octets());
        reply[20..24].copy_from_slice(&HOST.octets());
        reply[236..240].copy_from_slice(&[99, 130, 83, 99]);
        let file = if ipxe {
            let hex: Vec<String> = mac.iter().map(|b| format!("{b:02x}")).collect();
            format!(
                "http://{HOST}:{http}/ipxe/{}?assetkey=${{asset}}&uuid=${{uuid}}",
                hex.join("-")
            )
        } else if arch == [0, 16] {
            format!("http://{HOST}:{http}/efiboot/snponly.efi")
        } else {
            "snponly.efi".to_owned()
        };
        reply.extend_from_slice(&[53, 1, if kind == 1 { 2 } else { 5 }, 54, 4]);
        reply.extend_from_slice(&HOST.octets());
        reply.extend_from_slice(&[67, file.len() as u8]);
        reply.extend_from_slice(file.as_bytes());
        reply.push(255);
        socket.send_to(&reply, from).await.unwrap();
    }
}

async fn serve_tftp(socket: UdpSocket, heard: Arc<Mutex<Heard>>) {
    let mut buffer = [0; 2048];
    loop {
        let (len, from) = socket.recv_from(&mut buffer).await.unwrap();
        let words: Vec<String> = buffer[2..len]
            .split(|b| *b == 0)
            .map(|w| String::from_utf8_lossy(w).into_owned())
            .collect();
        let sizes = words.iter().any(|w| w == "tsize");
        heard
            .lock()
            .unwrap()
            .tftp
            .push((from, words[0].clone(), sizes));
        tokio::spawn(send_loader(from, sizes));
    }
}

/// 10 blocks of 1000 bytes and a short one, two to a window.
async fn send_loader(to: SocketAddr, sizes: bool) {
    let socket = UdpSocket::bind((HOST, 0)).await.unwrap();
    let mut buffer = [0; 600];
    socket
        .send_to(b"\x00\x06blksize\x001000\x00windowsize\x002\x00", to)
        .await
        .unwrap();
    let (len, _) = socket.recv_from(&mut buffer).await.unwrap();
    if sizes {
        assert_eq!(
            &buffer[..4],
            [0, 5, 0, 8],
            "a size probe ends with an error"
        );
        return;
    }
    assert_eq!(&buffer[..len], [0, 4, 0, 0]);
    let mut block = 1_u16;
    while block <= 11 {
        for number in block..(block + 2).min(12) {
            let mut data = vec![0, 3];
            data.extend_from_slice(&number.to_be_bytes());
            data.resize(4 + if number == 11 { 17 } else { 1000 }, 7);
            socket.send_to(&data, to).await.unwrap();
        }
        let (len, _) = socket.recv_from(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..2], [0, 4]);
        assert_eq!(len, 4);
        block = u16::from_be_bytes([buffer[2], buffer[3]]) + 1;
    }
}

async fn serve_http(listener: TcpListener, image: usize, heard: Arc<Mutex<Heard>>) {
    loop {
        let (stream, from) = listener.accept().await.unwrap();
        tokio::spawn(answer(stream, from, image, heard.clone()));
    }
}

async fn answer(mut stream: TcpStream, from: SocketAddr, image: usize, heard: Arc<Mutex<Heard>>) {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split_whitespace().nth(1).unwrap().to_owned();
    heard.lock().unwrap().http.push((from, path.clone()));
    let body = match path.split('/').nth(1).unwrap() {
        "ipxe" => b"#!ipxe\nkernel --name kernel ${base}/kernel/${id}\nboot kernel\n".to_vec(),
        "image" => vec![7; image],
        "beacon" => b"ok\n".to_vec(),
        _ => vec![7; 5000],
    };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    // A client that breaks off is part of the story.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body).await;
}
