//! What simulated machines do.

use std::net::{IpAddr, SocketAddrV4};
use std::time::Duration;

use muster::kit::Mac;
use muster::rehearse::{Actor, Behaviour, Firmware, Outcome, Rehearsal, run};
use tokio::sync::watch;
use tokio::time::timeout;

use super::server::{HOST, Heard, RELAY, Server, start};

fn mac(n: u8) -> Mac {
    Mac::ethernet([0x52, 0x54, 0, 0, 0, n])
}

fn actor(n: u8, firmware: Firmware, behaviour: Behaviour) -> Actor {
    Actor {
        mac: mac(n),
        firmware,
        behaviour,
    }
}

fn rehearsal(server: &Server, actors: Vec<Actor>) -> Rehearsal {
    Rehearsal {
        actors,
        dhcp: SocketAddrV4::new(HOST, server.dhcp),
        relay: RELAY,
        tftp_port: server.tftp,
        gap: 0,
        slots: 8,
        rate: None,
        pause: 10,
        retries: false,
        encore: None,
        seed: 1,
    }
}

fn play(image: usize, actors: Vec<Actor>) -> (Outcome, Heard) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async move {
        let mut server = start(image).await;
        let (_keep, stop) = watch::channel(false);
        let play = run(rehearsal(&server, actors), stop);
        let outcome = timeout(Duration::from_secs(60), play)
            .await
            .unwrap()
            .unwrap();
        server.tasks.shutdown().await;
        let heard = std::mem::take(&mut *server.heard.lock().unwrap());
        (outcome, heard)
    })
}

fn paths(heard: &Heard, n: u8) -> Vec<String> {
    let (colons, hyphens) = (mac(n).to_string(), mac(n).hyphenated());
    heard
        .http
        .iter()
        .filter(|(_, path)| path.contains(&colons) || path.contains(&hyphens))
        .map(|(_, path)| path.replace(&colons, "MAC").replace(&hyphens, "MAC"))
        .map(|path| path.split("&age_ms").next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_pxe_machine_takes_the_whole_road() {
    let (outcome, heard) = play(
        3_000_000,
        vec![actor(1, Firmware::Pxe(7), Behaviour::Healthy)],
    );
    assert_eq!(
        outcome,
        Outcome {
            up: 1,
            ..Outcome::default()
        }
    );
    let spoken: Vec<(u8, u16, bool)> = heard.dhcp.iter().map(|(_, k, a, i)| (*k, *a, *i)).collect();
    assert_eq!(
        spoken,
        [(1, 7, false), (3, 7, false), (1, 7, true), (3, 7, true)]
    );
    // As UEFI firmware does it: the size first, then the file; from the address that was leased.
    let own: IpAddr = "127.78.1.1".parse().unwrap();
    let asked: Vec<(IpAddr, bool)> = heard
        .tftp
        .iter()
        .map(|(from, _, size)| (from.ip(), *size))
        .collect();
    assert_eq!(asked, [(own, true), (own, false)]);
    assert!(heard.http.iter().all(|(from, _)| from.ip() == own));
    assert_eq!(
        paths(&heard, 1),
        [
            "/ipxe/MAC?assetkey=&uuid=",
            "/kernel/MAC",
            "/image/MAC",
            "/system/MAC?compress=gz",
            "/runtime/MAC?compress=gz",
            "/beacon/MAC?name=kernel-start",
            "/beacon/MAC?name=init-started",
            "/beacon/MAC?name=root-ready",
            "/beacon/MAC?name=up",
        ]
    );
}

#[test]
fn each_firmware_has_its_own_road() {
    let (outcome, heard) = play(
        10_000,
        vec![
            actor(1, Firmware::HttpBoot, Behaviour::Healthy),
            actor(2, Firmware::IpxeRom, Behaviour::Healthy),
        ],
    );
    assert_eq!(outcome.up, 2, "{outcome:?}");
    assert!(heard.tftp.is_empty());
    let loaders = heard
        .http
        .iter()
        .filter(|(_, path)| path == "/efiboot/snponly.efi");
    assert_eq!(loaders.count(), 1);
    let rom: Vec<bool> = heard
        .dhcp
        .iter()
        .filter(|(who, ..)| who.as_slice() == mac(2).as_bytes())
        .map(|(.., ipxe)| *ipxe)
        .collect();
    assert_eq!(rom, [true, true]);
}

#[test]
fn troubled_machines_hang_where_they_should() {
    let (outcome, heard) = play(
        20_000_000,
        vec![
            actor(1, Firmware::Pxe(7), Behaviour::NoLoader),
            actor(2, Firmware::IpxeRom, Behaviour::Aborts),
            actor(3, Firmware::IpxeRom, Behaviour::Silent),
            actor(4, Firmware::IpxeRom, Behaviour::NeverUp),
            actor(5, Firmware::IpxeRom, Behaviour::InitFails),
            actor(6, Firmware::IpxeRom, Behaviour::Off),
        ],
    );
    assert_eq!(
        (outcome.up, outcome.stuck, outcome.gave),
        (0, 5, 0),
        "{outcome:?}"
    );
    assert!(heard.tftp.is_empty());
    assert_eq!(
        paths(&heard, 2)
            .iter()
            .filter(|path| *path == "/image/MAC")
            .count(),
        4
    );
    assert_eq!(
        paths(&heard, 3).last().unwrap(),
        "/beacon/MAC?name=kernel-start"
    );
    assert_eq!(
        paths(&heard, 4).last().unwrap(),
        "/beacon/MAC?name=init-started"
    );
    assert_eq!(paths(&heard, 5).last().unwrap(), "/beacon/MAC?name=failed");
    assert!(
        heard
            .dhcp
            .iter()
            .all(|(who, ..)| who.as_slice() != mac(6).as_bytes())
    );
}

#[test]
fn a_slow_machine_slows_nobody_else_and_stopping_stops_all() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let server = start(50_000_000).await;
        let (halt, stop) = watch::channel(false);
        let actors = vec![
            actor(1, Firmware::IpxeRom, Behaviour::Slow(100_000)),
            actor(2, Firmware::IpxeRom, Behaviour::Freezes),
            actor(3, Firmware::IpxeRom, Behaviour::Healthy),
        ];
        let play = tokio::spawn(run(rehearsal(&server, actors), stop));
        let heard = server.heard.clone();
        timeout(Duration::from_secs(60), async {
            while !paths(&heard.lock().unwrap(), 3)
                .iter()
                .any(|path| path.ends_with("name=up"))
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
        .unwrap();
        halt.send(true).unwrap();
        let outcome = timeout(Duration::from_secs(10), play)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(outcome.up, 1);
        let heard = heard.lock().unwrap();
        assert_eq!(paths(&heard, 1).last().unwrap(), "/image/MAC");
        assert_eq!(paths(&heard, 2).last().unwrap(), "/image/MAC");
    });
}
