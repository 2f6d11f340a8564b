//! The interfaces of this machine and their IPv4 addresses.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::if_nametoindex;

use crate::kit::Stamp;

/// How long a reading stands. Addresses come and go while the daemon runs.
const STANDS: Duration = Duration::from_secs(10);
/// How soon an interface that is not in the reading makes a new one: packets must not turn into system calls.
const AGAIN: Duration = Duration::from_secs(1);

/// One interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: Arc<str>,
    /// Its number.
    pub index: u32,
    /// Its IPv4 addresses.
    pub addresses: Arc<[Ipv4Addr]>,
}

/// A reading of all interfaces.
#[derive(Debug)]
pub struct Interfaces {
    by_index: HashMap<u32, Interface>,
    ours: Arc<[Ipv4Addr]>,
    read: Option<Stamp>,
}

impl Default for Interfaces {
    fn default() -> Self {
        Self {
            by_index: HashMap::new(),
            ours: Arc::from([]),
            read: None,
        }
    }
}

impl Interfaces {
    /// Reads them again if the last reading is old.
    pub fn refresh(&mut self, now: Stamp) {
        if self.read.is_none_or(|then| now.since(then) >= STANDS) {
            self.read(now);
        }
    }

    /// The interface with a number, and every address of this machine.
    pub fn get(&mut self, index: u32, now: Stamp) -> (Option<&Interface>, Arc<[Ipv4Addr]>) {
        let young = self.read.is_some_and(|then| now.since(then) < AGAIN);
        if !self.by_index.contains_key(&index) && !young {
            self.read(now);
        }
        (self.by_index.get(&index), self.ours.clone())
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Interface> {
        self.by_index.values()
    }

    fn read(&mut self, now: Stamp) {
        self.read = Some(now);
        // A failed reading leaves the last one in force.
        let Ok(all) = getifaddrs() else { return };
        let mut found: BTreeMap<String, Vec<Ipv4Addr>> = BTreeMap::new();
        for entry in all {
            // A label as `eth0:1` is another name of `eth0`.
            let name = entry.interface_name.split(':').next().unwrap_or_default();
            let addresses = found.entry(name.to_owned()).or_default();
            if let Some(ip) = entry.address.as_ref().and_then(|a| a.as_sockaddr_in()) {
                addresses.push(ip.ip());
            }
        }
        self.ours = found.values().flatten().copied().collect();
        self.by_index = found
            .into_iter()
            .filter_map(|(name, addresses)| {
                let index = if_nametoindex(name.as_str()).ok()?;
                let interface = Interface {
                    name: name.into(),
                    index,
                    addresses: addresses.into(),
                };
                Some((index, interface))
            })
            .collect();
    }
}
