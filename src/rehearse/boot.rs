//! One boot of one simulated machine, from DHCPDISCOVER to `up`.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{sleep, timeout};

use super::actor::{Actor, Behaviour, Firmware};
use super::dhcp::{ACK, Answer, DISCOVER, NAK, OFFER, Question, REQUEST};
use super::dice::Dice;
use super::http::{self, Pace};
use super::relay::Relay;
use super::tftp;
use crate::kit::Mac;

/// How long firmware waits for an answer before it asks again.
const AGAIN: Duration = Duration::from_secs(4);
/// How often it asks before it gives up.
const ASKS: u32 = 4;
/// How long a machine without a kernel to load waits before it asks for its script again, in milliseconds: at first, and at
/// most.
const HELD: (u64, u64) = (5_000, 40_000);

/// What a machine needs to boot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage<'a> {
    pub(super) relay: &'a Relay,
    pub(super) tftp_port: u16,
    /// Bytes a second of a big download; none means no limit.
    pub(super) rate: Option<u64>,
    /// A moment of a machine's own work, in milliseconds: the longest of its kind.
    pub(super) pause: u64,
}

/// How a boot went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Went {
    /// The machine is up, at this address, and loaded from that server.
    Up(Ipv4Addr, SocketAddrV4),
    /// It does what its behaviour is: it hangs there.
    Stuck,
    /// It could not get on; why.
    Gave(String),
}

/// An address, and the answer that gave it.
struct Lease {
    ip: Ipv4Addr,
    answer: Answer,
}

/// Boots once. The permit is given back as soon as the machine loads no more.
pub(super) async fn boot(
    actor: &Actor,
    stage: Stage<'_>,
    dice: &mut Dice,
    permit: OwnedSemaphorePermit,
) -> Went {
    match attempt(actor, stage, dice, permit).await {
        Ok(went) => went,
        Err(why) => Went::Gave(why),
    }
}

async fn attempt(
    actor: &Actor,
    stage: Stage<'_>,
    dice: &mut Dice,
    permit: OwnedSemaphorePermit,
) -> Result<Went, String> {
    let mut permit = Some(permit);
    if actor.firmware != Firmware::IpxeRom {
        let lease = address(actor, stage, dice, false).await?;
        let Some(lease) = lease else {
            return Ok(Went::Stuck);
        };
        if actor.behaviour == Behaviour::NoLoader {
            return Ok(Went::Stuck);
        }
        loader(stage, &lease).await?;
        sleep(dice.span(stage.pause / 8, stage.pause / 3)).await;
    }
    let mut held = HELD.0;
    let mut held_lease: Option<Lease> = None;
    loop {
        let found = match held_lease.take() {
            Some(lease) => lease,
            None => match address(actor, stage, dice, true).await? {
                Some(lease) => lease,
                None => return Ok(Went::Stuck),
            },
        };
        let (server, path) = url(&found.answer.file)?;
        let script = http::get(found.ip, server, &path, Pace::default()).await?;
        if script.status == 200 && script.text.contains("/kernel/") {
            let went = load(actor, stage, dice, &found, server).await?;
            drop(permit.take());
            if went == Some(Went::Stuck) {
                return Ok(Went::Stuck);
            }
            return start(actor, stage, dice, &found, server).await;
        }
        // The script has nothing to load: it waits and asks again, as the one for unknown machines does, and keeps nobody from
        // booting. Who is unknown asks DHCP as well, for it may have been adopted meanwhile.
        drop(permit.take());
        let unknown = script.text.contains("not in the registry");
        held_lease = Some(found).filter(|_| !unknown);
        sleep(dice.span(held, held + 1000)).await;
        held = (held * 2).min(HELD.1);
    }
}

/// DISCOVER, OFFER, REQUEST, ACK. None if it is this machine's part to take no offer.
async fn address(
    actor: &Actor,
    stage: Stage<'_>,
    dice: &mut Dice,
    ipxe: bool,
) -> Result<Option<Lease>, String> {
    let relay = stage.relay;
    let mut question = Question {
        kind: DISCOVER,
        xid: dice.word() as u32,
        mac: actor.mac,
        relay: relay.address(),
        firmware: actor.firmware,
        ipxe,
        taken: None,
    };
    let mut answers = relay.listen(question.xid);
    let refuses = matches!(
        actor.behaviour,
        Behaviour::NoRequest | Behaviour::TakesOther(_)
    );
    let found = talk(relay, &mut question, &mut answers, actor.behaviour).await;
    relay.forget(question.xid);
    match found {
        Some(answer) => Ok(Some(Lease {
            ip: answer.ip,
            answer,
        })),
        None if refuses => Ok(None),
        None => Err(format!("{}: no answer to DHCP", actor.mac)),
    }
}

async fn talk(
    relay: &Relay,
    question: &mut Question,
    answers: &mut mpsc::Receiver<Answer>,
    behaviour: Behaviour,
) -> Option<Answer> {
    for _ in 0..ASKS {
        question.kind = DISCOVER;
        question.taken = None;
        relay.send(&question.encode()).await;
        let Some(offer) = wait(answers, &[OFFER]).await else {
            continue;
        };
        match behaviour {
            Behaviour::NoRequest => {
                sleep(AGAIN).await;
                continue;
            }
            Behaviour::TakesOther(other) => {
                // Sent to everybody, so that we too learn which offer won (RFC 2131 section 3.1).
                question.kind = REQUEST;
                question.taken = Some((offer.ip, other));
                relay.send(&question.encode()).await;
                return None;
            }
            _ => {}
        }
        question.kind = REQUEST;
        question.taken = Some((offer.ip, offer.server));
        relay.send(&question.encode()).await;
        match wait(answers, &[ACK, NAK]).await {
            Some(ack) if ack.kind == ACK => return Some(ack),
            _ => {}
        }
    }
    None
}

async fn wait(answers: &mut mpsc::Receiver<Answer>, kinds: &[u8]) -> Option<Answer> {
    timeout(AGAIN, async {
        loop {
            let answer = answers.recv().await?;
            if kinds.contains(&answer.kind) {
                return Some(answer);
            }
        }
    })
    .await
    .ok()
    .flatten()
}

async fn loader(stage: Stage<'_>, lease: &Lease) -> Result<(), String> {
    let answer = &lease.answer;
    if answer.file.is_empty() {
        return Err("the answer names no boot file".into());
    }
    if answer.file.starts_with("http") {
        let (server, path) = url(&answer.file)?;
        let got = http::get(lease.ip, server, &path, Pace::default()).await?;
        return served(&path, &got);
    }
    let server = answer.next.unwrap_or(answer.server);
    tftp::fetch(
        lease.ip,
        SocketAddrV4::new(server, stage.tftp_port),
        &answer.file,
    )
    .await
    .map(drop)
}

/// Kernel, image, overlays.
async fn load(
    actor: &Actor,
    stage: Stage<'_>,
    dice: &mut Dice,
    lease: &Lease,
    server: SocketAddrV4,
) -> Result<Option<Went>, String> {
    let mac = actor.mac;
    let plain = Pace {
        rate: stage.rate,
        ..Pace::default()
    };
    let path = format!("/kernel/{mac}");
    served(&path, &http::get(lease.ip, server, &path, plain).await?)?;
    let path = format!("/image/{mac}");
    let some = 10 + dice.roll(30);
    let pace = match actor.behaviour {
        Behaviour::Slow(rate) => Pace {
            rate: Some(rate),
            ..plain
        },
        Behaviour::Freezes => Pace {
            freeze_at: Some(some),
            ..plain
        },
        Behaviour::Aborts => Pace {
            abort_at: Some(some),
            ..plain
        },
        _ => plain,
    };
    if actor.behaviour == Behaviour::Aborts {
        for _ in 0..4 {
            http::get(lease.ip, server, &path, pace).await?;
            sleep(dice.span(300, 900)).await;
        }
        return Ok(Some(Went::Stuck));
    }
    served(&path, &http::get(lease.ip, server, &path, pace).await?)?;
    for part in ["system", "runtime"] {
        let path = format!("/{part}/{mac}?compress=gz");
        let got = http::get(lease.ip, server, &path, plain).await?;
        // The script goes on without a runtime overlay.
        if part == "system" {
            served(&path, &got)?;
        }
    }
    Ok(None)
}

/// From the start of the kernel to `up`, told by beacons.
async fn start(
    actor: &Actor,
    stage: Stage<'_>,
    dice: &mut Dice,
    lease: &Lease,
    server: SocketAddrV4,
) -> Result<Went, String> {
    let tell = async |name: &str, age: Duration, text: &str| {
        let path = format!(
            "/beacon/{}?name={name}&age_ms={}{text}",
            actor.mac,
            age.as_millis()
        );
        http::get(lease.ip, server, &path, Pace::default()).await
    };
    tell("kernel-start", Duration::ZERO, "").await?;
    if actor.behaviour == Behaviour::Silent {
        return Ok(Went::Stuck);
    }
    sleep(dice.span(stage.pause / 3, stage.pause)).await;
    tell("init-started", Duration::ZERO, "").await?;
    match actor.behaviour {
        Behaviour::NeverUp => return Ok(Went::Stuck),
        Behaviour::InitFails => {
            sleep(dice.span(stage.pause / 8, stage.pause / 4)).await;
            tell("failed", Duration::ZERO, "&text=no+carrier+on+eth0").await?;
            return Ok(Went::Stuck);
        }
        _ => {}
    }
    // The root is ready before the network is, so this word waits for it.
    let late = dice.span(stage.pause / 20, stage.pause / 8);
    sleep(late).await;
    tell("root-ready", late / 2, "").await?;
    sleep(dice.span(stage.pause / 2, stage.pause * 2)).await;
    tell("up", Duration::ZERO, "").await?;
    Ok(Went::Up(lease.ip, server))
}

/// A running machine fetches its runtime overlay again.
pub(super) async fn refresh(mac: Mac, ip: Ipv4Addr, server: SocketAddrV4) -> Result<(), String> {
    let path = format!("/runtime/{mac}?compress=gz");
    served(&path, &http::get(ip, server, &path, Pace::default()).await?)
}

fn served(path: &str, got: &http::Got) -> Result<(), String> {
    if got.status != 200 {
        return Err(format!("GET {path}: {} {}", got.status, got.text.trim()));
    }
    if !got.whole || got.bytes == 0 {
        return Err(format!("GET {path}: {} bytes, then nothing", got.bytes));
    }
    Ok(())
}

/// Server and path of a URL; what iPXE would fill in (`${asset}`) is left empty.
fn url(text: &str) -> Result<(SocketAddrV4, String), String> {
    let odd = || format!("`{text}` is no URL that this machine can follow");
    let rest = text.strip_prefix("http://").ok_or_else(odd)?;
    let (authority, path) = rest.split_once('/').ok_or_else(odd)?;
    let server = match authority.parse::<SocketAddrV4>() {
        Ok(server) => server,
        Err(_) => SocketAddrV4::new(authority.parse().map_err(|_| odd())?, 80),
    };
    let mut plain = String::with_capacity(path.len() + 1);
    plain.push('/');
    let mut left = path;
    while let Some((before, after)) = left.split_once("${") {
        plain.push_str(before);
        left = after.split_once('}').map_or("", |(_, after)| after);
    }
    plain.push_str(left);
    Ok((server, plain))
}
