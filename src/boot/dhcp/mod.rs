//! What is answered to a DHCP message. One message, the [`View`], the leases, the open boots and a time go in; a reply and
//! events come out. The daemon alone owns a [`Desk`]; no socket, file or clock is known here.
//!
//! Firmware decides the rules: an address is reserved when it is offered, a client that selects us gets what it was offered,
//! and only networks that the settings name are answered.

mod arrival;
mod boot_file;
mod client;
mod give;
mod place;
mod proxy;
mod rare;
mod verdict;

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

pub use arrival::{Answer, Arrival, Door, Outgoing};
pub use client::Client;
pub use place::{Place, place};
pub use verdict::STRANGER_LEASE;

use super::leases::{LeaseState, Leases};
use super::open::OpenBoots;
use crate::fleet::{BootId, DhcpEvent, DhcpStep, Event, Form, What, Who};
use crate::kit::{Bucket, Stamp};
use crate::model::{Level, NodeId, Settings, View};
use crate::wire::dhcp::{Ask, Kind, Malformed, Overheard};
use rare::Rare;

/// How often the same complaint about the network is told.
const TOLD_EVERY: Duration = Duration::from_secs(60);
/// How many events strangers may cause at once, and in a second after that. A flood of made-up machines must not push the
/// events of nodes out of the queue.
const STRANGER_EVENTS: (u32, u32) = (1024, 200);
/// The same for each node: a boot has a dozen. Somebody who asks in a node's name without end shall not drown the others.
const NODE_EVENTS: (u32, u32) = (128, 16);

/// Everything that answering DHCP keeps between messages.
#[derive(Debug)]
pub struct Desk {
    /// Who holds which address.
    pub leases: Leases,
    rivals: Rare<Ipv4Addr>,
    unserved: Rare<Arc<str>>,
    malformed: Rare<()>,
    twins: Rare<NodeId>,
    strangers: Bucket,
    /// At most one for each node of the registry.
    nodes: HashMap<NodeId, Bucket>,
}

/// One message with all that is known of it.
pub(crate) struct Case<'a> {
    view: &'a View,
    ask: &'a Ask,
    arrival: &'a Arrival,
    place: Place<'a>,
    client: Client<'a>,
    now: Stamp,
}

impl Desk {
    /// A desk that starts with these leases.
    #[must_use]
    pub fn new(leases: Leases) -> Self {
        Self {
            leases,
            rivals: Rare::new(TOLD_EVERY),
            unserved: Rare::new(TOLD_EVERY),
            malformed: Rare::new(TOLD_EVERY),
            twins: Rare::new(TOLD_EVERY),
            strangers: Bucket::new(STRANGER_EVENTS.0, STRANGER_EVENTS.1),
            nodes: HashMap::new(),
        }
    }

    /// Answers a client's message. A boot is opened, and bound to its address, before this returns, so that the reply may be
    /// sent at once.
    pub fn answer(
        &mut self,
        view: &View,
        boots: &mut OpenBoots,
        ask: &Ask,
        arrival: &Arrival,
        now: Stamp,
    ) -> Answer {
        let mut answer = Answer::default();
        let via = arrival.via(ask);
        let Some(client) = Client::of(view, ask) else {
            let what = "a DHCP message without a usable hardware address was not answered";
            self.complain(&mut answer, via, what.into(), now);
            return answer;
        };
        match place(&view.settings, ask, arrival, client.address()) {
            Ok(place) => {
                let case = Case {
                    view,
                    ask,
                    arrival,
                    place,
                    client,
                    now,
                };
                let boot = self.enter(&case, boots);
                if boot.is_some() {
                    self.compare(&case, boots, &mut answer);
                }
                self.settle(&case, boots, boot, &mut answer);
                for event in &mut answer.events {
                    if matches!(event.who, Who::Node(_)) {
                        event.boot = boot;
                    }
                }
            }
            Err(why) => {
                if client.node.is_some() {
                    let note = Some(why.into());
                    let event = event(DhcpStep::Unanswered, ask, client.form, via, None, note);
                    answer.tell(now, client.who(), None, event);
                } else {
                    self.complain(&mut answer, via, why, now);
                }
            }
        }
        self.hold_back(&client, &mut answer, now);
        answer
    }

    /// Another server's message that reached us.
    pub fn overheard(
        &mut self,
        settings: &Settings,
        heard: &Overheard,
        arrival: &Arrival,
        now: Stamp,
    ) -> Option<Event> {
        let server = heard.server.unwrap_or(*arrival.peer.ip());
        let to = heard
            .mac
            .map_or_else(String::new, |mac| format!(" to {mac}"));
        let what = format!("{} {}{to}", heard.kind, heard.yiaddr);
        let proxied = settings.network_of(server).is_some_and(|net| net.proxy);
        if proxied || arrival.is_ours(server) {
            return None;
        }
        self.rival(server, arrival.interface.clone(), what, now)
    }

    /// Bytes that are no DHCP message came in.
    pub fn malformed(&mut self, why: Malformed, arrival: &Arrival, now: Stamp) -> Option<Event> {
        let before = self.malformed.tell((), now)?;
        let others = match before {
            0 => String::new(),
            n => format!(", after {n} more in the last minutes"),
        };
        let text = format!(
            "a packet from {} was dropped: {why}{others}",
            arrival.peer.ip()
        );
        Some(warning(text, now))
    }

    fn rival(
        &mut self,
        server: Ipv4Addr,
        via: Arc<str>,
        what: String,
        now: Stamp,
    ) -> Option<Event> {
        self.rivals.tell(server, now)?;
        let what = What::Rival {
            server,
            via,
            what: what.into(),
        };
        Some(Event {
            at: now,
            who: Who::Server,
            boot: None,
            what,
        })
    }

    fn complain(&mut self, answer: &mut Answer, via: Arc<str>, what: String, now: Stamp) {
        if self.unserved.tell(via.clone(), now).is_some() {
            answer
                .events
                .push(warning(format!("{what} (heard on {via})"), now));
        }
    }

    /// Opens the boot that a message of boot form belongs to.
    fn enter(&self, case: &Case<'_>, boots: &mut OpenBoots) -> Option<BootId> {
        let opens = matches!(case.ask.kind, Kind::Discover | Kind::Request | Kind::Inform);
        let form = case.client.form;
        // A client that chose another server does not boot from us, unless that is how the network is meant.
        let elsewhere = case.ask.server.is_some_and(|id| !case.is_mine(id));
        if !opens || form == Form::Os || (elsewhere && !case.place.network.proxy) {
            return None;
        }
        let node = case.client.node?;
        let limit = case.view.settings.boot_limit;
        Some(boots.enter(node.id, case.client.mac, form, case.now, limit))
    }

    /// Tells when a boot is asked for by another machine than the last one that used the node's hardware address.
    fn compare(&mut self, case: &Case<'_>, boots: &mut OpenBoots, answer: &mut Answer) {
        let (Some(node), Some(uuid)) = (case.client.node, &case.ask.uuid) else {
            return;
        };
        let Some(other) = boots.identify(node.id, uuid) else {
            return;
        };
        if self.twins.tell(node.id, case.now).is_some() {
            let mac = case.client.mac;
            let text = format!(
                "the machine that asks as {mac} has the identifier {uuid}, the one before had {other}: its board was changed, or two \
                 machines use one hardware address, or one poses as this node"
            );
            let mut event = warning(text, case.now);
            event.who = case.client.who();
            answer.events.push(event);
        }
    }

    fn settle(
        &mut self,
        case: &Case<'_>,
        boots: &mut OpenBoots,
        boot: Option<BootId>,
        answer: &mut Answer,
    ) {
        if case.place.network.proxy {
            self.beside(case, boots, boot, answer);
            return;
        }
        if case.arrival.door == Door::Proxy {
            return;
        }
        match case.ask.kind {
            Kind::Discover => self.discover(case, answer),
            Kind::Request => self.request(case, boots, boot, answer),
            Kind::Decline => self.decline(case, answer),
            Kind::Release => self.release(case, answer),
            Kind::Inform => self.inform(case, answer),
        }
    }

    /// Holds back what was told of one machine, or of all strangers, when it is too much at once.
    fn hold_back(&mut self, client: &Client<'_>, answer: &mut Answer, now: Stamp) {
        let fresh = || Bucket::new(NODE_EVENTS.0, NODE_EVENTS.1);
        let bucket = match client.node {
            Some(node) => self.nodes.entry(node.id).or_insert_with(fresh),
            None => &mut self.strangers,
        };
        answer
            .events
            .retain(|event| !matches!(event.what, What::Dhcp(_)) || bucket.take(now));
        if let Some(lost) = bucket.report(now, TOLD_EVERY) {
            let of = client.node.map_or_else(
                || "unknown machines".to_owned(),
                |node| node.name.to_string(),
            );
            let text =
                format!("{lost} lines about {of} were not listed: too many messages at once");
            answer.events.push(warning(text, now));
        }
    }

    /// Whether a client may have `ip` here: its own, one that it holds, or a free one of the pool.
    fn may_have(&self, case: &Case<'_>, ip: Ipv4Addr) -> bool {
        if case.own() == Some(ip) {
            return true;
        }
        if !case.place.network.subnet.contains(&ip) || case.is_reserved(ip) {
            return false;
        }
        let pool = case.place.network.pool;
        let in_pool = pool.is_some_and(|pool| super::leases::inside(pool, ip));
        self.leases.holds(&case.client.mac, ip, case.now)
            || (in_pool && self.leases.open_to(&case.client.mac, ip, case.now))
    }

    /// Whether `ip` is held by a machine other than the client.
    fn held_by_other(&self, case: &Case<'_>, ip: Ipv4Addr) -> bool {
        self.leases
            .of_ip(ip, case.now)
            .is_some_and(|l| l.mac != case.client.mac && l.state == LeaseState::Bound)
    }
}

impl Case<'_> {
    /// The client's own address, if that lies in this network.
    fn own(&self) -> Option<Ipv4Addr> {
        self.client
            .address()
            .filter(|ip| self.place.network.subnet.contains(ip))
    }

    /// Whether option 54 names us.
    fn is_mine(&self, id: Ipv4Addr) -> bool {
        let settings = &self.view.settings;
        id == self.place.server
            || id == self.place.id
            || settings.ipaddr == Some(id)
            || self.arrival.is_ours(id)
    }

    /// Whether `ip` belongs to a node, to us or to the network itself, and so to no machine of the pool.
    fn is_reserved(&self, ip: Ipv4Addr) -> bool {
        let network = self.place.network;
        self.view.by_ip(ip.into()).is_some()
            || network.gateway == Some(ip)
            || ip == self.place.server
            || self.arrival.is_ours(ip)
            || self.ask.giaddr == ip
            || network.relay.contains(&ip)
            || (network.subnet.prefix_len() < 31
                && (ip == network.subnet.network() || ip == network.subnet.broadcast()))
    }

    /// An event of this message.
    fn event(&self, step: DhcpStep, ip: Option<Ipv4Addr>, note: Option<Arc<str>>) -> DhcpEvent {
        let via = self.arrival.via(self.ask);
        event(step, self.ask, self.client.form, via, ip, note)
    }

    fn tell(&self, to: &mut Answer, step: DhcpStep, ip: Option<Ipv4Addr>, note: Option<Arc<str>>) {
        to.tell(
            self.now,
            self.client.who(),
            None,
            self.event(step, ip, note),
        );
    }
}

fn event(
    step: DhcpStep,
    ask: &Ask,
    form: Form,
    via: Arc<str>,
    ip: Option<Ipv4Addr>,
    note: Option<Arc<str>>,
) -> DhcpEvent {
    let arch = client::arch(ask);
    DhcpEvent {
        step,
        form,
        arch,
        ip,
        via,
        uuid: ask.uuid.clone(),
        note,
    }
}

fn warning(text: String, now: Stamp) -> Event {
    let what = What::Service {
        name: "dhcp".into(),
        level: Level::Warning,
        text: text.into(),
    };
    Event {
        at: now,
        who: Who::Server,
        boot: None,
        what,
    }
}
