//! This machine's IPv4 addresses.

use ipnet::Ipv4Net;
use nix::ifaddrs::getifaddrs;

/// Every IPv4 address with its interface's name; none when the system does not tell.
#[must_use]
pub fn addresses() -> Vec<(String, Ipv4Net)> {
    let Ok(all) = getifaddrs() else {
        return Vec::new();
    };
    all.filter_map(|interface| {
        let address = interface.address.as_ref()?.as_sockaddr_in()?.ip();
        let mask = interface.netmask.as_ref()?.as_sockaddr_in()?.ip();
        Some((
            interface.interface_name,
            Ipv4Net::with_netmask(address, mask).ok()?,
        ))
    })
    .collect()
}
