//! Which machine holds which address. A node's own address comes from the registry and is only noted here; everybody else
//! gets one of the network's pool. An address is reserved when it is offered, so that a client which asks for what it was
//! offered always gets it.
//!
//! Bounded: there is at most one lease for each address of a pool and each address of a node, whoever asks how often.

use std::collections::{BTreeSet, HashMap};
use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::kit::{Mac, Stamp};

/// How long an offered address is kept for its client. Firmware takes seconds between offer and request, a storm more.
pub const OFFER_HELD: Duration = Duration::from_secs(120);
/// How long an address that a client declined is not given to anyone.
pub const DECLINE_COOLS: Duration = Duration::from_secs(600);
/// How many addresses of a pool one look-up visits at most.
const PROBES: u32 = 1024;
/// How long a count of a full pool stands: under a flood, counting costs more than answering.
const COUNT_STANDS: Duration = Duration::from_secs(1);

/// What holds an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LeaseState {
    /// Offered, not yet taken.
    Offered,
    /// Given.
    Bound,
    /// Declined: something else on the network uses it.
    Declined,
    /// Nobody.
    Free,
}

/// One address and its holder: what is kept over a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRecord {
    /// The address.
    pub ip: Ipv4Addr,
    /// Who holds it, or declined it, or held it last.
    pub mac: Mac,
    /// How it is held.
    pub state: LeaseState,
    /// Until when.
    pub until: Stamp,
}

/// A range of addresses for machines without one of their own: first and last.
pub type Pool = (Ipv4Addr, Ipv4Addr);

/// Why no address of a pool could be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exhausted {
    /// Addresses in the pool.
    pub size: u32,
    /// Of these, given to machines.
    pub bound: u32,
    /// Reserved for machines that were offered one.
    pub offered: u32,
    /// Declined by machines and cooling down.
    pub declined: u32,
}

/// What is remembered of a pool in which no free address was found.
#[derive(Debug, Clone, Copy, Default)]
struct Full {
    /// Where the next search goes on.
    resume: u32,
    counted: Option<Stamp>,
    count: Exhausted,
}

/// All leases.
#[derive(Debug, Default)]
pub struct Leases {
    by_ip: HashMap<Ipv4Addr, LeaseRecord>,
    /// What each machine holds; nearly always one address.
    by_mac: HashMap<Mac, Vec<Ipv4Addr>>,
    expiry: BTreeSet<(Stamp, Ipv4Addr)>,
    full: HashMap<Pool, Full>,
    changed: Vec<LeaseRecord>,
}

impl Leases {
    /// Takes back what was kept. What has expired by `now`, was merely offered or is free is left out; of two records of one address the
    /// last counts.
    #[must_use]
    pub fn restore(records: impl IntoIterator<Item = LeaseRecord>, now: Stamp) -> Self {
        let mut leases = Self::default();
        for record in records {
            let held = matches!(record.state, LeaseState::Bound | LeaseState::Declined);
            leases.remove(record.ip);
            if held && record.until > now {
                leases.insert(record);
            }
        }
        leases
    }

    /// Everything held now, in no order.
    pub fn records(&self) -> impl Iterator<Item = &LeaseRecord> {
        self.by_ip.values()
    }

    /// How many addresses are held, reserved or cooling.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_ip.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_ip.is_empty()
    }

    /// What changed since the last call, in order: bound, declined and freed addresses. Offers are not kept.
    #[must_use]
    pub fn take_changed(&mut self) -> Vec<LeaseRecord> {
        std::mem::take(&mut self.changed)
    }

    /// The lease of an address, if it is in force.
    #[must_use]
    pub fn of_ip(&self, ip: Ipv4Addr, now: Stamp) -> Option<&LeaseRecord> {
        self.by_ip.get(&ip).filter(|lease| lease.until > now)
    }

    /// An address within `pool` that `mac` holds or is offered.
    #[must_use]
    pub fn of_mac(&self, mac: &Mac, pool: Pool, now: Stamp) -> Option<Ipv4Addr> {
        let held = self.by_mac.get(mac)?;
        held.iter()
            .copied()
            .find(|ip| inside(pool, *ip) && self.holds(mac, *ip, now))
    }

    /// Whether `mac` holds `ip`, or was offered it.
    #[must_use]
    pub fn holds(&self, mac: &Mac, ip: Ipv4Addr, now: Stamp) -> bool {
        self.of_ip(ip, now).is_some_and(|lease| {
            lease.mac == *mac && matches!(lease.state, LeaseState::Offered | LeaseState::Bound)
        })
    }

    /// Whether `mac` may have `ip`: it is free, or its own.
    #[must_use]
    pub fn open_to(&self, mac: &Mac, ip: Ipv4Addr, now: Stamp) -> bool {
        self.of_ip(ip, now).is_none() || self.holds(mac, ip, now)
    }

    /// Whether `ip` was declined and still cools down.
    #[must_use]
    pub fn cooling(&self, ip: Ipv4Addr, now: Stamp) -> bool {
        self.of_ip(ip, now)
            .is_some_and(|lease| lease.state == LeaseState::Declined)
    }

    /// An address of `pool` for `mac`: the one that it holds, else `wanted` if that is free, else one chosen by the hardware
    /// address, so that a machine which comes back finds its own. `reserved` says which addresses belong to somebody else.
    /// A `known` machine may take an address that was merely offered to another.
    ///
    /// # Errors
    /// [`Exhausted`] counts who holds the pool.
    pub fn choose(
        &mut self,
        pool: Pool,
        mac: &Mac,
        wanted: Option<Ipv4Addr>,
        known: bool,
        now: Stamp,
        reserved: impl Fn(Ipv4Addr) -> bool,
    ) -> Result<Ipv4Addr, Exhausted> {
        self.sweep(now);
        if let Some(ip) = self.of_mac(mac, pool, now).filter(|ip| !reserved(*ip)) {
            return Ok(ip);
        }
        let free = |leases: &Self, ip| !leases.by_ip.contains_key(&ip) && !reserved(ip);
        if let Some(ip) = wanted.filter(|ip| inside(pool, *ip) && free(self, *ip)) {
            return Ok(ip);
        }
        let resume = self.full.get(&pool).map_or(0, |full| full.resume);
        for from in [hashed(mac), resume] {
            if let Some(ip) = visit(pool, from).find(|ip| free(self, *ip)) {
                return Ok(ip);
            }
        }
        let exhausted = self.exhausted(pool, now);
        if known && exhausted.offered > 0 {
            let oldest = self.expiry.iter().map(|(_, ip)| *ip).find(|ip| {
                let offered = |l: &LeaseRecord| l.state == LeaseState::Offered;
                inside(pool, *ip) && !reserved(*ip) && self.by_ip.get(ip).is_some_and(offered)
            });
            return oldest.ok_or(exhausted);
        }
        Err(exhausted)
    }

    /// Reserves an address for the client that it is offered to. A lease that the client has already is left as it is.
    pub fn offer(&mut self, ip: Ipv4Addr, mac: Mac, now: Stamp) {
        let bound = self
            .of_ip(ip, now)
            .is_some_and(|lease| lease.mac == mac && lease.state == LeaseState::Bound);
        if !bound {
            self.put(ip, mac, LeaseState::Offered, now + OFFER_HELD);
        }
    }

    /// Gives an address until `until`.
    pub fn bind(&mut self, ip: Ipv4Addr, mac: Mac, until: Stamp) {
        self.put(ip, mac, LeaseState::Bound, until);
    }

    /// `mac` says that `ip` is in use by something else. It counts only if `mac` holds it, or was offered it. At most a
    /// quarter of `pool` cools at once, or one machine could take it out of service; the one that cooled longest is freed.
    /// Returns whether it counted.
    pub fn decline(&mut self, ip: Ipv4Addr, mac: &Mac, pool: Option<Pool>, now: Stamp) -> bool {
        if !self.holds(mac, ip, now) {
            return false;
        }
        self.put(ip, *mac, LeaseState::Declined, now + DECLINE_COOLS);
        if let Some(pool) = pool.filter(|pool| inside(*pool, ip)) {
            let declined = |leases: &Self, ip: &Ipv4Addr| {
                let lease = leases.by_ip.get(ip);
                inside(pool, *ip) && lease.is_some_and(|l| l.state == LeaseState::Declined)
            };
            let cooling: Vec<Ipv4Addr> = self
                .expiry
                .iter()
                .map(|(_, ip)| *ip)
                .filter(|ip| declined(self, ip))
                .collect();
            let most = (size(pool) / 4).max(1) as usize;
            for ip in &cooling[..cooling.len().saturating_sub(most)] {
                self.free(*ip);
            }
        }
        true
    }

    /// `mac` gives `ip` back. Returns whether it held it.
    pub fn release(&mut self, ip: Ipv4Addr, mac: &Mac, now: Stamp) -> bool {
        let held = self.holds(mac, ip, now);
        if held {
            self.free(ip);
        }
        held
    }

    /// Forgets what was offered to `mac` and not taken: it chose another server.
    pub fn withdraw(&mut self, mac: &Mac) {
        let held = self.by_mac.get(mac).cloned().unwrap_or_default();
        for ip in held {
            let offered = |lease: &LeaseRecord| lease.state == LeaseState::Offered;
            if self.by_ip.get(&ip).is_some_and(offered) {
                self.remove(ip);
            }
        }
    }

    /// Notes that `pool` is full; who holds it.
    fn exhausted(&mut self, pool: Pool, now: Stamp) -> Exhausted {
        let mut full = self.full.get(&pool).copied().unwrap_or_default();
        full.resume = full.resume.wrapping_add(PROBES);
        if full
            .counted
            .is_none_or(|then| now.since(then) >= COUNT_STANDS)
        {
            full.counted = Some(now);
            full.count = self.count(pool);
        }
        self.full.insert(pool, full);
        full.count
    }

    fn count(&self, pool: Pool) -> Exhausted {
        let mut count = Exhausted {
            size: size(pool),
            ..Exhausted::default()
        };
        for lease in self.by_ip.values().filter(|lease| inside(pool, lease.ip)) {
            match lease.state {
                LeaseState::Bound => count.bound += 1,
                LeaseState::Offered => count.offered += 1,
                LeaseState::Declined => count.declined += 1,
                LeaseState::Free => {}
            }
        }
        count
    }

    /// Drops what has expired.
    fn sweep(&mut self, now: Stamp) {
        while let Some((until, ip)) = self.expiry.first().copied()
            && until <= now
        {
            self.remove(ip);
        }
    }

    fn put(&mut self, ip: Ipv4Addr, mac: Mac, state: LeaseState, until: Stamp) {
        self.remove(ip);
        let record = LeaseRecord {
            ip,
            mac,
            state,
            until,
        };
        if state != LeaseState::Offered {
            self.changed.push(record.clone());
        }
        self.insert(record);
    }

    fn free(&mut self, ip: Ipv4Addr) {
        if let Some(mut record) = self.remove(ip) {
            record.state = LeaseState::Free;
            self.changed.push(record);
        }
    }

    fn insert(&mut self, record: LeaseRecord) {
        self.expiry.insert((record.until, record.ip));
        self.by_mac.entry(record.mac).or_default().push(record.ip);
        self.by_ip.insert(record.ip, record);
    }

    fn remove(&mut self, ip: Ipv4Addr) -> Option<LeaseRecord> {
        let record = self.by_ip.remove(&ip)?;
        self.expiry.remove(&(record.until, ip));
        if let Some(held) = self.by_mac.get_mut(&record.mac) {
            held.retain(|other| *other != ip);
            if held.is_empty() {
                self.by_mac.remove(&record.mac);
            }
        }
        Some(record)
    }
}

/// Whether a pool holds an address.
#[must_use]
pub fn inside(pool: Pool, ip: Ipv4Addr) -> bool {
    (pool.0..=pool.1).contains(&ip)
}

/// Addresses in a pool; none if its ends are the wrong way round.
fn size(pool: Pool) -> u32 {
    match u32::from(pool.1).checked_sub(u32::from(pool.0)) {
        Some(span) => span.saturating_add(1),
        None => 0,
    }
}

/// Up to [`PROBES`] addresses of a pool, in order from the one that `from` falls on.
fn visit(pool: Pool, from: u32) -> impl Iterator<Item = Ipv4Addr> {
    let size = size(pool);
    let (first, start) = (u32::from(pool.0), from % size.max(1));
    (0..size.min(PROBES)).map(move |step| {
        let at = (u64::from(start) + u64::from(step)) % u64::from(size);
        Ipv4Addr::from(first.saturating_add(at as u32))
    })
}

/// FNV-1a of a hardware address: the same choice in every run and on every machine, which the standard hasher does not
/// promise.
fn hashed(mac: &Mac) -> u32 {
    mac.as_bytes().iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}
