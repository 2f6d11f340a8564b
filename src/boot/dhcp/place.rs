//! Where a message belongs: the served network that its client is in, and our address there.

use std::net::Ipv4Addr;

use super::arrival::Arrival;
use crate::model::{Network, Settings};
use crate::wire::dhcp::Ask;

/// The network of a client, and our addresses in it.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The network.
    pub network: &'a Network,
    /// Our address that clients of this network use: next-server, and host of every URL.
    pub server: Ipv4Addr,
    /// What option 54 says: `server`, unless the relay wants something else (RFC 5107).
    pub id: Ipv4Addr,
}

/// Finds the network of a client: by the relay's link selection or address, by the address that the client holds, or by the
/// interface. `own` is the address that the registry gives to the client; it decides when several networks share a wire.
///
/// # Errors
/// A sentence that says why the message is not answered.
pub fn place<'a>(
    settings: &'a Settings,
    ask: &Ask,
    arrival: &Arrival,
    own: Option<Ipv4Addr>,
) -> Result<Place<'a>, String> {
    let network = if !ask.giaddr.is_unspecified() {
        relayed(settings, ask, arrival, own)?
    } else if !ask.ciaddr.is_unspecified() {
        holding(settings, ask, arrival, own)?
    } else {
        attached(settings, arrival, own)?
    };
    let server = server(settings, network, ask, arrival);
    let id = ask
        .relay
        .as_ref()
        // A relay's word counts where there is a relay; a client does not choose what we are called.
        .filter(|_| !ask.giaddr.is_unspecified())
        .and_then(|relay| relay.server)
        .unwrap_or(server);
    Ok(Place {
        network,
        server,
        id,
    })
}

/// The network of a client that has an address: it may ask directly through a router, so it is found by that address. But an
/// interface that serves nothing stays silent, except to a client of a network that is reached through routers only.
fn holding<'a>(
    settings: &'a Settings,
    ask: &Ask,
    arrival: &Arrival,
    own: Option<Ipv4Addr>,
) -> Result<&'a Network, String> {
    let held = settings.network_of(ask.ciaddr);
    match attached(settings, arrival, own) {
        Ok(here) => Ok(held.unwrap_or(here)),
        Err(why) => held
            .filter(|net| arrival.peer.ip() == &ask.ciaddr && is_remote(net, arrival))
            .ok_or(why),
    }
}

/// Whether none of our interfaces is in a network.
fn is_remote(network: &Network, arrival: &Arrival) -> bool {
    network.interface.is_none() && !arrival.ours.iter().any(|ip| network.subnet.contains(ip))
}

fn relayed<'a>(
    settings: &'a Settings,
    ask: &Ask,
    arrival: &Arrival,
    own: Option<Ipv4Addr>,
) -> Result<&'a Network, String> {
    let relay = ask.giaddr;
    if arrival.is_ours(relay) || relay.is_broadcast() || relay.is_multicast() {
        return Err(format!(
            "a message claims to come through the relay {relay}, which can be none"
        ));
    }
    let by_address = settings.network_of(relay).filter(|net| {
        net.subnet.prefix_len() >= 31
            || (relay != net.subnet.broadcast() && relay != net.subnet.network())
    });
    let listed: Vec<&Network> = settings
        .networks
        .iter()
        .filter(|net| net.relay.contains(&relay))
        .collect();
    if by_address.is_none() && listed.is_empty() {
        return Err(format!(
            "the relay {relay} speaks for none of the networks of muster.conf; list it under `relay` of the one it serves"
        ));
    }
    let link = ask.relay.as_ref().and_then(|info| info.link);
    let network = match link {
        Some(link) => settings.network_of(link).ok_or_else(|| {
            format!("the relay {relay} asks for the link of {link}, which is in none of the networks of muster.conf")
        })?,
        None => by_address
            .or_else(|| choose(&listed, own))
            .ok_or_else(|| format!("the relay {relay} speaks for no network"))?,
    };
    if relay.is_loopback() && !network.subnet.network().is_loopback() {
        return Err(format!(
            "a message claims to come through the relay {relay} of this machine"
        ));
    }
    Ok(network)
}

fn attached<'a>(
    settings: &'a Settings,
    arrival: &Arrival,
    own: Option<Ipv4Addr>,
) -> Result<&'a Network, String> {
    let named: Vec<&Network> = settings
        .networks
        .iter()
        .filter(|net| net.interface.as_ref() == Some(&arrival.interface))
        .collect();
    if let Some(network) = choose(&named, own) {
        return Ok(network);
    }
    let around: Vec<&Network> = settings
        .networks
        .iter()
        .filter(|net| {
            net.interface.is_none() && arrival.addresses.iter().any(|ip| net.subnet.contains(ip))
        })
        .collect();
    choose(&around, own).ok_or_else(|| {
        format!(
            "a DHCP message came in on {}, on which no network of muster.conf is served",
            arrival.interface
        )
    })
}

/// Of several networks on one wire, the one that holds the client's own address, else the first.
fn choose<'a>(candidates: &[&'a Network], own: Option<Ipv4Addr>) -> Option<&'a Network> {
    candidates
        .iter()
        .find(|net| own.is_some_and(|ip| net.subnet.contains(&ip)))
        .or_else(|| candidates.first())
        .copied()
}

fn server(settings: &Settings, network: &Network, ask: &Ask, arrival: &Arrival) -> Ipv4Addr {
    let inside = |ip: &Ipv4Addr| network.subnet.contains(ip);
    let usable = |ip: &Ipv4Addr| !ip.is_unspecified() && !ip.is_broadcast() && !ip.is_multicast();
    let local = Some(arrival.local).filter(usable);
    let own = arrival.addresses.iter().copied().find(inside);
    let any = arrival.ours.iter().copied().find(inside);
    if let Some(server) = network.server {
        return server;
    }
    let local_inside = local.filter(inside).or(own).or(any);
    let fallback = if ask.giaddr.is_unspecified() {
        arrival.addresses.first().copied()
    } else {
        None
    };
    local_inside
        .or(settings.ipaddr)
        .or(local)
        .or(fallback)
        .unwrap_or(arrival.local)
}
