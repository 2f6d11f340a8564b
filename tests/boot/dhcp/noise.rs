//! Random and bent messages through the whole desk: whatever comes, answers stay small, go to nobody else, and nothing grows.

use std::net::Ipv4Addr;

use muster::boot::dhcp::{Answer, Arrival, Door};
use muster::fleet::What;
use muster::wire::dhcp::{Ask, Heard, parse};

use super::world::{World, ip, lan, network, view};
use crate::support::dhcp_client::{FakeNode, Firmware, every_client};
use crate::support::lossy::Dice;
use crate::support::noise::{bent, dice, rounds};

/// What is bent: each kind of message of each client that was seen on a wire, plain and through a relay.
fn seeds() -> Vec<Vec<u8>> {
    let server = ip("10.0.0.1");
    let mut all = Vec::new();
    for (_, client) in every_client(1) {
        let relayed = client.clone().behind(
            ip("10.4.0.1"),
            Some(&[19, 0, 5, 4, 10, 4, 0, 0, 11, 4, 10, 4, 0, 1]),
        );
        let own = ip("10.0.0.11");
        all.push(client.discover());
        all.push(client.message(3, &[(50, &own.octets()), (54, &server.octets())]));
        all.push(client.init_reboot(ip("10.0.0.203")));
        all.push(client.renew(own));
        all.push(client.decline(own, server));
        all.push(client.release(own, server));
        all.push(client.inform(own));
        all.push(relayed.discover());
        let mut answer = client.message(5, &[(54, &[10, 0, 0, 66]), (51, &[0, 0, 14, 16])]);
        answer[0] = 2;
        all.push(answer);
    }
    all
}

/// A LAN, a network behind relays, and one where another server gives the addresses.
fn world() -> World {
    let base = lan();
    let mut settings = (*base.settings).clone();
    settings.networks.push(network(
        "rack",
        "10.4.0.0/24",
        Some(("10.4.0.200", "10.4.0.209")),
    ));
    let mut foreign = network("foreign", "10.6.0.0/24", None);
    (foreign.proxy, foreign.interface) = (true, Some("eno2".into()));
    settings.networks.push(foreign);
    World::new(view(settings, base.nodes))
}

#[test]
fn whatever_comes_in_the_desk_stands() {
    let seeds = seeds();
    let mut dice = dice(0xd4c9);
    let mut world = world();
    let plain = world.arrival.clone();
    let (mut answered, mut understood, mut events) = (0_u32, 0_u32, 0_usize);
    let rounds = rounds(40_000);
    for round in 0..rounds {
        let bytes = match round % 9 {
            0 => noise(&mut dice, &seeds),
            _ => bent(&mut dice, &seeds),
        };
        world.arrival = way(&mut dice, &plain);
        let before = world.desk.leases.len();
        let answer = world.hear(&bytes);
        events += answer.events.len();
        let heard = parse(&bytes);
        understood += u32::from(heard.is_ok());
        if let Some(reply) = &answer.reply {
            answered += 1;
            let Ok(Heard::Ask(ask)) = heard else {
                panic!("round {round}: an answer to what is no question: {bytes:02x?}")
            };
            sound(round, &ask, &answer, &world.arrival);
            assert_eq!(reply.from, world.arrival.local, "round {round}");
        }
        clean(round, &answer);
        assert!(world.desk.leases.len() <= before + 1, "round {round}");
        if round % 500 == 0 {
            world.pass(30);
        }
    }
    assert!(
        answered > rounds as u32 / 20 && understood > rounds as u32 / 4,
        "{answered} {understood}"
    );
    assert!(events < 3 * rounds, "{events}");
    let most = 10 + 10 + 9;
    assert!(
        world.desk.leases.len() <= most,
        "{}",
        world.desk.leases.len()
    );
    world.arrival = plain;
    world.pass(700);
    let late = world.exchange(&FakeNode::numbered(Firmware::UefiPxe, 7));
    assert_eq!(late.yiaddr, ip("10.0.0.17"));
}

/// A header of somebody, and anything behind it.
fn noise(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = crate::support::noise::pick(dice, seeds)[..240].to_vec();
    let len = dice.below(700) as usize;
    bytes.extend(dice.bytes(len));
    bytes
}

fn way(dice: &mut Dice, plain: &Arrival) -> Arrival {
    let mut arrival = plain.clone();
    match dice.below(8) {
        0 => (arrival.interface, arrival.door) = ("eno2".into(), Door::Proxy),
        1 => arrival.interface = "eno2".into(),
        2 => arrival.interface = "wlan0".into(),
        3 => arrival.peer.set_ip(Ipv4Addr::from(dice.roll() as u32)),
        _ => {}
    }
    arrival
}

/// An answer is a server's, of the size that the client takes, and goes to the wire it came from, to the relay, or to a host of a
/// network that we serve.
fn sound(round: usize, ask: &Ask, answer: &Answer, arrival: &Arrival) {
    let Some(reply) = &answer.reply else { return };
    let bytes = &reply.bytes;
    assert_eq!(
        (bytes[0], &bytes[236..240]),
        (2, &[99, 130, 83, 99][..]),
        "round {round}"
    );
    assert_eq!(bytes[4..8], ask.xid.to_be_bytes(), "round {round}");
    assert_eq!(bytes[2], ask.hlen, "round {round}");
    let relay = ask.relay.as_ref().filter(|_| !ask.giaddr.is_unspecified());
    let relay = relay.map_or(0, |info| {
        info.raw.len() + 2 * info.raw.len().div_ceil(255).max(1)
    });
    let most = usize::from(ask.max_size.unwrap_or(576).clamp(576, 1500)) - 28;
    assert!(
        bytes.len() <= (most + relay).min(1472),
        "round {round}: {} of {most}",
        bytes.len()
    );
    let to = *reply.to.ip();
    let inside = [[10, 0, 0], [10, 4, 0], [10, 6, 0]].contains(&[
        to.octets()[0],
        to.octets()[1],
        to.octets()[2],
    ]);
    let known = if arrival.door == Door::Proxy {
        to == *arrival.peer.ip() || to == ask.giaddr
    } else {
        to.is_broadcast() || inside
    };
    assert!(known, "round {round}: sent to {to}");
    // The options of the answer can be walked to their end.
    let mut rest = &bytes[240..];
    loop {
        match rest {
            [255, pads @ ..] => return assert!(pads.iter().all(|b| *b == 0), "round {round}"),
            [_, len, more @ ..] if more.len() >= usize::from(*len) => {
                rest = &more[usize::from(*len)..]
            }
            _ => panic!("round {round}: an answer without end"),
        }
    }
}

/// What is told is short, and can be shown.
fn clean(round: usize, answer: &Answer) {
    assert!(
        answer.events.len() <= 5,
        "round {round}: {:?}",
        answer.events
    );
    for event in &answer.events {
        let text = event.text();
        assert!(
            !text.contains(char::is_control) && text.len() < 1000,
            "round {round}: {text:?}"
        );
        if let What::Rival { what, .. } = &event.what {
            assert!(what.len() < 200, "round {round}");
        }
    }
}
