//! What each of the five messages leads to, on a network where we give the addresses.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Answer, Case, Desk};
use crate::boot::leases::Exhausted;
use crate::boot::open::OpenBoots;
use crate::fleet::{BootId, DhcpStep};
use crate::wire::dhcp::ReplyKind;

/// Longest lease of a machine that is not in the registry: it is soon adopted, or gone.
pub const STRANGER_LEASE: Duration = Duration::from_secs(600);

impl Desk {
    pub(super) fn discover(&mut self, case: &Case<'_>, answer: &mut Answer) {
        case.tell(answer, DhcpStep::Discover, case.ask.requested, None);
        match self.address_for(case) {
            Ok((ip, remark)) => {
                self.leases.offer(ip, case.client.mac, case.now);
                let (reply, note) = case.give(ReplyKind::Offer, Some(ip), Some(case.lease()));
                answer.reply = Some(reply);
                let note = remark.map(Into::into).or(note);
                case.tell(answer, DhcpStep::Offer, Some(ip), note);
            }
            Err(why) => case.tell(answer, DhcpStep::Unanswered, None, Some(why.into())),
        }
    }

    pub(super) fn request(
        &mut self,
        case: &Case<'_>,
        boots: &mut OpenBoots,
        boot: Option<BootId>,
        answer: &mut Answer,
    ) {
        let ask = case.ask;
        let held = Some(ask.ciaddr).filter(|ip| !ip.is_unspecified());
        let wanted = ask.requested.or(held);
        if let Some(other) = ask.server.filter(|id| !case.is_mine(*id)) {
            self.leases.withdraw(&case.client.mac);
            let note = format!("chose the DHCP server {other} instead of us");
            case.tell(answer, DhcpStep::Request, wanted, Some(note.into()));
            let via = case.arrival.via(ask);
            let given = wanted.map_or_else(String::new, |ip| format!(" with {ip}"));
            let what = format!("was chosen by {}{given}", case.client.mac);
            answer.events.extend(self.rival(other, via, what, case.now));
            return;
        }
        case.tell(answer, DhcpStep::Request, wanted, None);
        let Some(ip) = wanted else {
            let why = "the request names no address";
            case.tell(answer, DhcpStep::Unanswered, None, Some(why.into()));
            return;
        };
        if !self.may_have(case, ip) {
            let why = self.why_not(case, ip);
            answer.reply = Some(case.refuse(&why));
            case.tell(answer, DhcpStep::Nak, Some(ip), Some(why.into()));
            return;
        }
        let seconds = case.lease();
        let until = case.now + Duration::from_secs(u64::from(seconds));
        self.leases.bind(ip, case.client.mac, until);
        match (case.client.node, boot) {
            (Some(node), Some(_)) => boots.bind(node.id, ip),
            // Whoever had this address before must not be served in it any more.
            (node, _) => boots.vacate(ip, node.map(|node| node.id)),
        }
        let (reply, note) = case.give(ReplyKind::Ack, Some(ip), Some(seconds));
        answer.reply = Some(reply);
        let note = note.filter(|_| case.has_file());
        case.tell(answer, DhcpStep::Ack, Some(ip), note);
        case.tell_without_loader(Some(ip), answer);
    }

    pub(super) fn decline(&mut self, case: &Case<'_>, answer: &mut Answer) {
        let ip = case.ask.requested;
        let pool = case.place.network.pool;
        let counted =
            ip.is_some_and(|ip| self.leases.decline(ip, &case.client.mac, pool, case.now));
        let note = match ip {
            Some(ip) if counted => {
                format!("another machine answers at {ip}; find it with: arping {ip}")
            }
            _ => "ignored: the machine does not hold that address".to_owned(),
        };
        case.tell(answer, DhcpStep::Decline, ip, Some(note.into()));
    }

    pub(super) fn release(&mut self, case: &Case<'_>, answer: &mut Answer) {
        let ip = case.ask.ciaddr;
        let held = self.leases.release(ip, &case.client.mac, case.now);
        let note = (!held).then(|| "ignored: the machine does not hold that address".into());
        case.tell(answer, DhcpStep::Release, Some(ip), note);
    }

    pub(super) fn inform(&mut self, case: &Case<'_>, answer: &mut Answer) {
        let ip = Some(case.ask.ciaddr).filter(|ip| !ip.is_unspecified());
        case.tell(answer, DhcpStep::Inform, ip, None);
        let here = ip.is_some_and(|ip| case.place.network.subnet.contains(&ip));
        if !here {
            let why = "the address that shall be informed is not in this network";
            case.tell(answer, DhcpStep::Unanswered, ip, Some(why.into()));
            return;
        }
        let (reply, note) = case.give(ReplyKind::Ack, None, None);
        answer.reply = Some(reply);
        case.tell(answer, DhcpStep::Ack, ip, note);
    }

    /// The address to offer, with a remark when it is not the one the registry means.
    fn address_for(&mut self, case: &Case<'_>) -> Result<(Ipv4Addr, Option<String>), String> {
        let own = case.own();
        let cooling = own.filter(|ip| self.leases.cooling(*ip, case.now));
        if let Some(ip) = own.filter(|_| cooling.is_none()) {
            return Ok((ip, self.displaced(case, ip)));
        }
        let from_pool = case
            .place
            .network
            .pool
            .ok_or_else(|| case.no_pool())
            .and_then(|pool| {
                let known = case.client.node.is_some();
                let wanted = case.ask.requested;
                let reserved = |ip| case.is_reserved(ip);
                self.leases
                    .choose(pool, &case.client.mac, wanted, known, case.now, reserved)
                    .map_err(|full| case.pool_is_full(full))
            });
        match (from_pool, cooling) {
            (Ok(ip), Some(own)) => {
                let remark = format!(
                    "its own {own} is in use by another machine, so it gets one of the pool"
                );
                Ok((ip, Some(remark)))
            }
            (Ok(ip), None) => Ok((ip, case.elsewhere())),
            // Nothing else to give: perhaps the other machine has left.
            (Err(_), Some(own)) => Ok((own, None)),
            (Err(why), None) => Err(why),
        }
    }

    fn displaced(&self, case: &Case<'_>, ip: Ipv4Addr) -> Option<String> {
        let holder = self
            .held_by_other(case, ip)
            .then(|| self.leases.of_ip(ip, case.now))??;
        Some(format!("{ip} was leased to {} until now", holder.mac))
    }

    fn why_not(&self, case: &Case<'_>, ip: Ipv4Addr) -> String {
        let network = case.place.network;
        if !network.subnet.contains(&ip) {
            return format!(
                "{ip} is not in network {} ({})",
                network.name, network.subnet
            );
        }
        if let Some(other) = case.view.by_ip(ip.into()) {
            return format!("{ip} belongs to {}", other.name);
        }
        match self.leases.of_ip(ip, case.now) {
            Some(lease) if lease.mac != case.client.mac => {
                format!("{ip} is in use by {}", lease.mac)
            }
            Some(_) => format!("{ip} was declined and is not given out for now"),
            None => format!("{ip} is not an address for this machine"),
        }
    }
}

impl Case<'_> {
    /// How long a lease is, in seconds.
    fn lease(&self) -> u32 {
        let lease = self.view.settings.dhcp.lease;
        let lease = if self.client.node.is_some() {
            lease
        } else {
            lease.min(STRANGER_LEASE)
        };
        u32::try_from(lease.as_secs()).unwrap_or(u32::MAX).max(60)
    }

    /// The remark on a node that asks from a network which does not hold its address.
    fn elsewhere(&self) -> Option<String> {
        let (node, own) = (self.client.node?, self.client.address()?);
        let network = self.place.network;
        Some(format!(
            "{} has the address {own}, but asks from network {} ({}), so it gets one of that pool",
            node.name, network.name, network.subnet
        ))
    }

    fn no_pool(&self) -> String {
        let network = self.place.network;
        match (self.client.node, self.client.address()) {
            (Some(node), Some(own)) => format!(
                "{} has the address {own}, which is not in network {} ({}) that it asks from, and that has no pool",
                node.name, network.name, network.subnet
            ),
            (Some(node), None) => format!(
                "{} has no `ipaddr` on the device with {}, and network {} has no pool",
                node.name, self.client.mac, network.name
            ),
            (None, _) => format!(
                "{} is in no entry of nodes.conf, and network {} has no pool for unknown machines",
                self.client.mac, network.name
            ),
        }
    }

    fn pool_is_full(&self, full: Exhausted) -> String {
        format!(
            "the pool of network {} is used up: of {} addresses {} are leased, {} offered, {} declined, the rest belong to nodes; \
             make the pool larger or the lease shorter",
            self.place.network.name, full.size, full.bound, full.offered, full.declined
        )
    }
}
