//! The server's own settings, as `muster.conf` gives them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

/// Who is served what during a boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Anyone who names a node's MAC is served, as Warewulf does.
    Compatible,
    /// Kernel, image and overlays only inside an open boot, to its address; afterwards the runtime overlay to that address
    /// from a privileged port.
    #[default]
    Boot,
}

/// One boot network.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Its name.
    pub name: Arc<str>,
    /// Its addresses.
    pub subnet: Ipv4Net,
    /// First and last address for machines without one of their own; none means only known nodes are answered.
    pub pool: Option<(Ipv4Addr, Ipv4Addr)>,
    /// Router given to clients (option 3).
    pub gateway: Option<Ipv4Addr>,
    /// Name servers given to clients (option 6).
    pub dns: Vec<Ipv4Addr>,
    /// Domain given to clients (option 15).
    pub domain: Option<Arc<str>>,
    /// Time servers given to clients (option 42).
    pub ntp: Vec<Ipv4Addr>,
    /// Static routes (option 121): destination and gateway.
    pub routes: Vec<(Ipv4Net, Ipv4Addr)>,
    /// Interface it is attached to; none when it is reached through relays or matched by address.
    pub interface: Option<Arc<str>>,
    /// Relay agents that may speak for it besides any inside the subnet.
    pub relay: Vec<Ipv4Addr>,
    /// The server's address that clients of this network use; none = the interface's own.
    pub server: Option<Ipv4Addr>,
    /// Whether another DHCP server gives the addresses here and muster only adds boot information (ProxyDHCP).
    pub proxy: bool,
}

/// DHCP server settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Dhcp {
    /// Whether to answer DHCP at all.
    pub enabled: bool,
    /// UDP port (67).
    pub port: u16,
    /// UDP port of clients (68).
    pub client_port: u16,
    /// UDP port of the ProxyDHCP boot server (4011).
    pub proxy_port: u16,
    /// Lease time.
    pub lease: Duration,
    /// Whether IPv6 router solicitations are answered with an empty advertisement.
    pub router_advertisement: bool,
}

/// TFTP server settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Tftp {
    /// Whether to serve TFTP.
    pub enabled: bool,
    /// UDP port (69).
    pub port: u16,
    /// Loader file name by client architecture (option 93).
    pub ipxe: BTreeMap<u16, Arc<str>>,
    /// Folders searched for loaders, first hit wins.
    pub search: Vec<PathBuf>,
    /// Folder of a site's own files, searched before `search`; Warewulf's `tftproot`.
    pub root: PathBuf,
}

/// HTTP server settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// TCP port (9873).
    pub port: u16,
    /// Whether the runtime overlay needs a privileged source port (access level `compatible`).
    pub secure: bool,
    /// Whether `/files/` needs a privileged source port.
    pub secure_files: bool,
    /// How often running nodes refresh.
    pub update_interval: Duration,
}

/// Settings of the program that refreshes running nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// The program by architecture, as `uname -m` names it; where none is given it is looked for beside muster.
    pub path: BTreeMap<Arc<str>, PathBuf>,
    /// Whether running nodes lose what their runtime overlays stopped providing.
    pub remove: bool,
}

impl Default for Agent {
    fn default() -> Self {
        Self {
            path: BTreeMap::new(),
            remove: true,
        }
    }
}

/// Where things are.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// Folder of `muster.conf` and `nodes.conf`.
    pub conf: PathBuf,
    /// Durable state: overlays, images, `state.db`, `files`.
    pub state: PathBuf,
    /// Run-time files: the control socket.
    pub run: PathBuf,
    /// Things that can be made again.
    pub cache: PathBuf,
}

/// Everything `muster.conf` says, with defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Cluster name shown in the console's header.
    pub cluster: Arc<str>,
    /// Server's host name.
    pub hostname: Arc<str>,
    /// Address all sockets bind to; unspecified = all.
    pub listen: Ipv4Addr,
    /// Server's address for clients where a network does not say.
    pub ipaddr: Option<Ipv4Addr>,
    /// Server's netmask.
    pub netmask: Option<Ipv4Addr>,
    /// Boot networks.
    pub networks: Vec<Network>,
    /// Access level.
    pub access: Access,
    /// DHCP.
    pub dhcp: Dhcp,
    /// TFTP.
    pub tftp: Tftp,
    /// HTTP.
    pub server: Server,
    /// The program on nodes.
    pub agent: Agent,
    /// Types of the SSH host keys that are made for nodes, the preferred one first: `ed25519`, `ecdsa`, `rsa`.
    pub ssh_key_types: Vec<Arc<str>>,
    /// Group whose members may use the control socket besides the user that muster runs as.
    pub control_group: Option<Arc<str>>,
    /// Pattern of names for adopted machines, as `n[001-999]`.
    pub naming: Arc<str>,
    /// Profiles that an adopted machine gets.
    pub adopt_profiles: Vec<Arc<str>>,
    /// How long a boot may take before it is closed.
    pub boot_limit: Duration,
    /// Where things are.
    pub paths: Paths,
    /// Every key as `path` → value text and whether it was set, for listings; in table order.
    pub listing: Vec<(Arc<str>, String, bool)>,
}

impl Settings {
    /// The network whose subnet holds `addr`.
    #[must_use]
    pub fn network_of(&self, addr: Ipv4Addr) -> Option<&Network> {
        self.networks
            .iter()
            .find(|network| network.subnet.contains(&addr))
    }

    /// Whether a running node must ask for its runtime overlay from a privileged port: where `secure` says so, and always where
    /// nodes are told by their addresses.
    #[must_use]
    pub fn refresh_from_privileged_port(&self) -> bool {
        self.server.secure || self.access > Access::Compatible
    }

    /// `host:port` of the HTTP server as clients of `network` reach it, given the address the request came to.
    #[must_use]
    pub fn authority(&self, asked: IpAddr) -> String {
        match asked {
            IpAddr::V4(v4) => format!("{v4}:{}", self.server.port),
            IpAddr::V6(v6) => format!("[{v6}]:{}", self.server.port),
        }
    }
}
