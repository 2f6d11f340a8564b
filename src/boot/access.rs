//! Who is served what: one rule table for all access levels.

use std::net::SocketAddr;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::boot::http::Caller;
use crate::boot::open::{OpenBoot, OpenBoots};
use crate::kit::Stamp;
use crate::model::{Access, Node, Secret, Settings};

/// What is asked for, as far as access is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Boot scripts: they name where things are and hold none of them.
    Script,
    /// Kernel, image, initramfs, system overlay.
    Payload,
    /// The runtime overlay.
    Runtime,
    /// Site files.
    Files,
    /// A node's word about itself.
    Beacon,
}

/// What a rule demands of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Nothing.
    Nothing,
    /// A privileged source port if `server: secure` says so.
    PortIfSecure,
    /// A privileged source port if `server: secure files` says so.
    PortIfSecureFiles,
    /// The node's own address, and a privileged port if `server: secure files` says so.
    OwnAddressAndPortIfSecureFiles,
    /// An address that is not another node's.
    NotAnothers,
    /// The node's own address: of its boot, or registered.
    OwnAddress,
    /// The address of the node's open boot.
    OpenBoot,
    /// The address of the node's open boot; after that, the node's own address from a privileged port.
    OpenBootThenPort,
}

/// The rules. Exactly one row for every level and door; a missing one would refuse.
const RULES: [(Access, Door, Need); 10] = [
    (Access::Compatible, Door::Script, Need::Nothing),
    (Access::Compatible, Door::Payload, Need::Nothing),
    (Access::Compatible, Door::Runtime, Need::PortIfSecure),
    (Access::Compatible, Door::Files, Need::PortIfSecureFiles),
    (Access::Compatible, Door::Beacon, Need::NotAnothers),
    (Access::Boot, Door::Script, Need::Nothing),
    (Access::Boot, Door::Payload, Need::OpenBoot),
    (Access::Boot, Door::Runtime, Need::OpenBootThenPort),
    (
        Access::Boot,
        Door::Files,
        Need::OwnAddressAndPortIfSecureFiles,
    ),
    (Access::Boot, Door::Beacon, Need::OwnAddress),
];

/// Why a caller is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// HTTP status: 401 for a missing or wrong proof, 403 for the wrong place or time; a runtime overlay from the wrong port is a 401
    /// and a file a 403, as Warewulf's clients know it.
    pub status: u16,
    /// Why, and what to do, in one sentence.
    pub why: String,
}

impl Denied {
    fn new(status: u16, why: impl Into<String>) -> Self {
        Self {
            status,
            why: why.into(),
        }
    }
}

/// Whether `caller`, which is or claims to be `node`, may pass `door`.
///
/// # Errors
/// [`Denied`] with the rule that stands against it.
pub fn check(
    settings: &Settings,
    boots: &OpenBoots,
    door: Door,
    node: &Node,
    caller: &Caller,
    now: Stamp,
) -> Result<(), Denied> {
    let need = RULES
        .iter()
        .find(|(level, of, _)| *level == settings.access && *of == door)
        .map(|(_, _, need)| *need)
        .ok_or_else(|| Denied::new(403, "no access rule covers this request"))?;
    let port = |wanted: bool, status: u16| {
        if wanted {
            privileged(caller.peer, status)
        } else {
            Ok(())
        }
    };
    match need {
        Need::Nothing => Ok(()),
        Need::PortIfSecure => port(settings.server.secure, 401),
        Need::PortIfSecureFiles => port(settings.server.secure_files, 403),
        Need::NotAnothers => not_anothers(node, caller),
        Need::OwnAddress => own_address(settings, boots, node, caller),
        Need::OwnAddressAndPortIfSecureFiles => {
            own_address(settings, boots, node, caller)?;
            port(settings.server.secure_files, 403)
        }
        Need::OpenBoot => open_boot(settings, boots, node, caller, now),
        Need::OpenBootThenPort => {
            let inside = open_boot(settings, boots, node, caller, now);
            if inside.is_err() && own_address(settings, boots, node, caller).is_ok() {
                return privileged(caller.peer, 403);
            }
            inside
        }
    }
}

/// Whether a boot of `node` is open for the caller's address now.
#[must_use]
pub fn is_open(
    settings: &Settings,
    boots: &OpenBoots,
    node: &Node,
    caller: &Caller,
    now: Stamp,
) -> bool {
    open_boot(settings, boots, node, caller, now).is_ok()
}

/// Whether `given` is the node's asset key. A node without one takes anything. Spaces count as `_`, as wwclient sends them.
///
/// # Errors
/// 401 when the key is missing or wrong; the answer says which, never the key.
pub fn check_asset(key: Option<&Secret>, given: Option<&str>) -> Result<(), Denied> {
    let Some(key) = key else { return Ok(()) };
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return Err(Denied::new(
            401,
            "this node has an asset key and the request brought none (SMBIOS chassis asset tag empty?)",
        ));
    };
    // Digests are compared, so that not even the length of the key shows in the time that it takes.
    let digest = |text: &str| Sha256::digest(text.replace(' ', "_"));
    if bool::from(digest(key.reveal()).ct_eq(&digest(given))) {
        Ok(())
    } else {
        Err(Denied::new(
            401,
            "the asset key of the request is not this node's (compare `asset key` with the machine's chassis asset tag)",
        ))
    }
}

fn privileged(peer: SocketAddr, status: u16) -> Result<(), Denied> {
    if peer.port() < 1024 {
        return Ok(());
    }
    Err(Denied::new(
        status,
        format!(
            "source port {} is not privileged; only root on the node may ask for this, from a port below 1024",
            peer.port()
        ),
    ))
}

/// The caller's address is not known to be another node's.
fn not_anothers(node: &Node, caller: &Caller) -> Result<(), Denied> {
    match &caller.resident {
        Some((id, name)) if *id != node.id => Err(Denied::new(
            403,
            format!(
                "{} is an address of {name}, not of {}",
                caller.peer.ip(),
                node.name
            ),
        )),
        _ => Ok(()),
    }
}

/// The caller's address belongs to the node: its last boot was bound to it, or the registry gives it to the node. What another
/// node's boot is bound to is that node's, whatever the registry says since.
fn own_address(
    settings: &Settings,
    boots: &OpenBoots,
    node: &Node,
    caller: &Caller,
) -> Result<(), Denied> {
    not_anothers(node, caller)?;
    let ip = caller.peer.ip();
    let boot = boots.of_node(node.id);
    if boot.is_some_and(|boot| boot.ip.is_none()) && behind_proxy(settings, caller) {
        return Ok(());
    }
    let before = boot.and_then(|boot| boot.before.map(|before| before.ip));
    let bound = boot.and_then(|boot| boot.ip).or(before);
    let registered = node.net.iter().any(|dev| {
        dev.ipaddr.is_some_and(|own| ip == own) || dev.ipaddr6.is_some_and(|own| ip == own)
    });
    if registered || (bound.is_some() && bound == caller.ipv4()) {
        return Ok(());
    }
    Err(Denied::new(
        403,
        format!("{ip} is not an address of {} (access: boot)", node.name),
    ))
}

fn open_boot(
    settings: &Settings,
    boots: &OpenBoots,
    node: &Node,
    caller: &Caller,
    now: Stamp,
) -> Result<(), Denied> {
    let ip = caller.peer.ip();
    let refuse = |why: String| {
        Err(Denied::new(
            403,
            format!(
                "{why}; kernel, image and overlays are only served between a node's DHCP request and its report `up` (access: boot)"
            ),
        ))
    };
    let Some(boot) = boots.of_node(node.id) else {
        return refuse(format!("no boot is open for {ip}"));
    };
    let before = boot.before.filter(|before| before.open);
    match boot.ip.or(before.map(|before| before.ip)) {
        Some(bound) if Some(bound) == caller.ipv4() => {}
        Some(bound) => {
            return refuse(format!(
                "no boot is open for {ip}: the boot of {} is bound to {bound}",
                node.name
            ));
        }
        None if behind_proxy(settings, caller) => not_anothers(node, caller)?,
        None => {
            return refuse(format!(
                "no boot is open for {ip}: {} has asked for an address and taken none yet",
                node.name
            ));
        }
    }
    still_open(settings, boot, now).map_or(Ok(()), |why| {
        refuse(format!("the boot of {} {why}", node.name))
    })
}

/// With ProxyDHCP another server gives the addresses, so a boot may be open without one; then any address of that network
/// passes that is not another node's.
fn behind_proxy(settings: &Settings, caller: &Caller) -> bool {
    let network = caller.ipv4().and_then(|ip| settings.network_of(ip));
    network.is_some_and(|network| network.proxy)
}

/// Why a boot is over, or nothing while it is open.
fn still_open(settings: &Settings, boot: &OpenBoot, now: Stamp) -> Option<String> {
    if boot.up.is_some() {
        return Some("is over: it reported `up`".into());
    }
    let age = now.since(boot.opened);
    (age >= settings.boot_limit).then(|| {
        format!(
            "was closed after its limit of {} s",
            settings.boot_limit.as_secs()
        )
    })
}
