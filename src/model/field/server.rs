//! The settings of the server, in the order in which they are listed. Keys that mean the same as in Warewulf's
//! `warewulf.conf` are spelled as there; `server:` and `warewulf:` name one section.

use super::{Effect, Field, Kind, Owner};

const PORT: Kind = Kind::Number(1, 65_535);

/// Acted on, from the next packet on.
const fn row(
    id: &'static str,
    path: &'static [&'static str],
    kind: Kind,
    default: &'static str,
    doc: &'static str,
) -> Field {
    let mut field = Field::row(id, path, kind, id, doc)
        .default(default)
        .effect(Effect::Live);
    field.owner = Owner::Server;
    field.inherited = false;
    field
}

/// Acted on by opening and closing ports.
const fn port(
    id: &'static str,
    path: &'static [&'static str],
    kind: Kind,
    default: &'static str,
    doc: &'static str,
) -> Field {
    row(id, path, kind, default, doc).effect(Effect::Reopen)
}

/// Acted on when the daemon starts again.
const fn start(
    id: &'static str,
    path: &'static [&'static str],
    kind: Kind,
    default: &'static str,
    doc: &'static str,
) -> Field {
    row(id, path, kind, default, doc).effect(Effect::Restart)
}

/// Read, without behaviour yet.
const fn later(
    id: &'static str,
    path: &'static [&'static str],
    kind: Kind,
    doc: &'static str,
) -> Field {
    row(id, path, kind, "", doc).later()
}

/// Under which title a setting is listed.
pub(super) fn group(field: &Field) -> &'static str {
    match field.path.first().copied().unwrap_or_default() {
        "ipaddr" | "netmask" | "network" | "ipaddr6" | "prefixlen6" | "listen" | "fqdn" => {
            "Address"
        }
        "access" | "control" | "api" => "Access",
        "naming" | "adopt" | "boot" | "agent" => "Nodes",
        "server" => "HTTP",
        "dhcp" => "DHCP",
        "tftp" => "TFTP",
        "networks" => "Network",
        "nfs" | "ssh" | "image mounts" | "wwclient" => "Others",
        "paths" => "Paths",
        _ => "General",
    }
}

/// Every setting of the server.
#[rustfmt::skip]
pub static SERVER: &[Field] = &[
    row("cluster", &["cluster"], Kind::Text, "", "Name of the cluster, shown in the console"),
    row("comment", &["comment"], Kind::Note, "", "Free text"),
    later("fqdn", &["fqdn"], Kind::Text, "Full name of the server for its certificate"),
    start("listen", &["listen"], Kind::Ip4, "0.0.0.0", "Address that every server binds to; 0.0.0.0 means all"),
    row("ipaddr", &["ipaddr"], Kind::Ip4Cidr, "", "The server's address for nodes; with a prefix length it gives the network too"),
    row("netmask", &["netmask"], Kind::Netmask, "", "Netmask of that network"),
    row("network", &["network"], Kind::Ip4, "", "Address of that network"),
    later("ipaddr6", &["ipaddr6"], Kind::Ip6Cidr, "The server's IPv6 address"),
    later("prefixlen6", &["prefixlen6"], Kind::Number(0, 128), "IPv6 prefix length"),
    row("access", &["access"], Kind::Choice(&["compatible", "boot"]), "boot",
        "Who is served: `boot` = only inside an open boot; `compatible` = whoever names a MAC"),
    row("control.group", &["control", "group"], Kind::Text, "", "Group whose members may use the control socket too: they may do all that muster can"),
    row("naming", &["naming"], Kind::Hostlist, "n[001-999]", "Names of adopted machines"),
    row("adopt.profiles", &["adopt", "profiles"], Kind::Names, "default", "Profiles of adopted machines"),
    row("boot.limit", &["boot", "limit"], Kind::Span, "1h", "How long a boot may take before it is closed"),
    row("agent.path", &["agent", "path", "*"], Kind::Path, "", "The program that refreshes nodes, by architecture: `x86_64: /usr/lib/muster/muster-agent-x86_64`"),
    row("agent.remove", &["agent", "remove"], Kind::Switch, "true", "Whether running nodes lose what the runtime overlay stopped providing; a tag `agent-remove` wins"),
    port("server.port", &["server", "port"], PORT, "9873", "TCP port of the HTTP server"),
    later("server.tls_port", &["server", "tls port"], PORT, "TCP port of the HTTPS server"),
    later("server.tls", &["server", "tls"], Kind::Switch, "Whether to serve HTTPS too"),
    row("server.secure", &["server", "secure"], Kind::Switch, "true", "Whether the runtime overlay needs a privileged source port"),
    row("server.secure_files", &["server", "secure files"], Kind::Switch, "", "The same for /files/; unset = as `secure`"),
    row("server.update_interval", &["server", "update interval"], Kind::Span, "60", "How often running nodes refresh their runtime overlay"),
    later("server.autobuild", &["server", "autobuild overlays"], Kind::Switch, "Overlays are always rendered when asked for"),
    later("server.host_overlay", &["server", "host overlay"], Kind::Switch, "Whether files of this host may be written"),
    row("server.grubboot", &["server", "grubboot"], Kind::Switch, "false", "Boot UEFI machines by shim and GRUB, for Secure Boot, instead of iPXE"),
    later("server.systemd_name", &["server", "systemd name"], Kind::Text, "Unit of the server"),
    later("api.enabled", &["api", "enabled"], Kind::Switch, "Whether the REST API is open"),
    later("api.tls", &["api", "tls"], Kind::Switch, "Whether it wants TLS"),
    later("api.allowed", &["api", "allowed subnets"], Kind::Words, "From where it may be used"),
    port("dhcp.enabled", &["dhcp", "enabled"], Kind::Switch, "true", "Whether to answer DHCP"),
    later("dhcp.template", &["dhcp", "template"], Kind::Text, "muster answers DHCP itself; no file is written"),
    row("dhcp.start", &["dhcp", "range start"], Kind::Ip4, "", "First address for unknown machines"),
    row("dhcp.end", &["dhcp", "range end"], Kind::Ip4, "", "Last address for unknown machines"),
    later("dhcp.start6", &["dhcp", "range6 start"], Kind::Ip6, "First IPv6 address for unknown machines"),
    later("dhcp.end6", &["dhcp", "range6 end"], Kind::Ip6, "Last IPv6 address for unknown machines"),
    later("dhcp.systemd_name", &["dhcp", "systemd name"], Kind::Text, "muster answers DHCP itself; no unit is restarted"),
    port("dhcp.port", &["dhcp", "port"], PORT, "67", "UDP port of the DHCP server"),
    row("dhcp.client_port", &["dhcp", "client port"], PORT, "68", "UDP port of DHCP clients"),
    port("dhcp.proxy_port", &["dhcp", "proxy port"], PORT, "4011", "UDP port of the ProxyDHCP boot server"),
    row("dhcp.lease", &["dhcp", "lease"], Kind::Span, "12h", "Lease time"),
    port("dhcp.router_advertisement", &["dhcp", "router advertisement"], Kind::Switch, "true",
        "Answer IPv6 router solicitations with an empty advertisement, so that iPXE does not wait"),
    port("tftp.enabled", &["tftp", "enabled"], Kind::Switch, "true", "Whether to serve TFTP"),
    row("tftp.root", &["tftp", "tftproot"], Kind::Path, "", "Folder of the site's own boot files, searched first"),
    later("tftp.systemd_name", &["tftp", "systemd name"], Kind::Text, "muster serves TFTP itself; no unit is restarted"),
    port("tftp.port", &["tftp", "port"], PORT, "69", "UDP port of the TFTP server"),
    row("tftp.ipxe", &["tftp", "ipxe", "*"], Kind::Text, "", "Loader by client architecture, as `00:07: snponly.efi`; given, it replaces the whole map"),
    row("tftp.search", &["tftp", "search"], Kind::Paths, "", "Folders searched for loaders, first hit wins"),
    later("nfs.enabled", &["nfs", "enabled"], Kind::Switch, "Whether this host exports NFS"),
    later("nfs.systemd_name", &["nfs", "systemd name"], Kind::Text, "Unit of the NFS server"),
    later("nfs.export_paths", &["nfs", "export paths"], Kind::Yaml, "What it exports"),
    row("ssh.key_types", &["ssh", "key types"], Kind::Words, "ed25519, ecdsa, rsa", "Types of the SSH host keys that all nodes share"),
    later("image_mounts", &["image mounts"], Kind::Yaml, "Mounts of a shell in an image"),
    later("wwclient.port", &["wwclient", "port"], Kind::Number(0, 65_535), "Source port of the refresh on nodes"),
    row("networks.subnet", &["networks", "*", "subnet"], Kind::Net, "", "Addresses of a boot network"),
    row("networks.pool", &["networks", "*", "pool"], Kind::Pool, "", "Addresses for unknown machines"),
    row("networks.gateway", &["networks", "*", "gateway"], Kind::Ip4, "", "Router given to nodes"),
    row("networks.dns", &["networks", "*", "dns"], Kind::Ip4s, "", "Name servers given to nodes"),
    row("networks.domain", &["networks", "*", "domain"], Kind::Text, "", "Domain given to nodes"),
    row("networks.ntp", &["networks", "*", "ntp"], Kind::Ip4s, "", "Time servers given to nodes"),
    row("networks.routes", &["networks", "*", "routes"], Kind::Routes, "", "Static routes given to nodes"),
    row("networks.interface", &["networks", "*", "interface"], Kind::Text, "", "Interface that it is attached to"),
    row("networks.relay", &["networks", "*", "relay"], Kind::Ip4s, "", "Relay agents outside the subnet that may speak for it"),
    row("networks.server", &["networks", "*", "server"], Kind::Ip4, "", "The server's address there"),
    row("networks.proxy", &["networks", "*", "proxy"], Kind::Switch, "false", "Another DHCP server gives the addresses there"),
    row("overlays.read", &["overlays", "read"], Kind::Paths, "", "Files and folders of this server that templates may include, besides the folder `files`"),
    later("paths.bindir", &["paths", "bindir"], Kind::Path, "Programs"),
    later("paths.sysconfdir", &["paths", "sysconfdir"], Kind::Path, "Configuration"),
    later("paths.localstatedir", &["paths", "localstatedir"], Kind::Path, "State"),
    later("paths.cachedir", &["paths", "cachedir"], Kind::Path, "Cache"),
    later("paths.ipxesource", &["paths", "ipxesource"], Kind::Path, "iPXE's files; see tftp: search"),
    later("paths.srvdir", &["paths", "srvdir"], Kind::Path, "Served data"),
    later("paths.firewallddir", &["paths", "firewallddir"], Kind::Path, "firewalld's services"),
    later("paths.systemddir", &["paths", "systemddir"], Kind::Path, "systemd's units"),
    later("paths.datadir", &["paths", "datadir"], Kind::Path, "Shipped data"),
    later("paths.wwoverlaydir", &["paths", "wwoverlaydir"], Kind::Path, "Site overlays"),
    later("paths.wwchrootdir", &["paths", "wwchrootdir"], Kind::Path, "Image roots"),
    later("paths.wwprovisiondir", &["paths", "wwprovisiondir"], Kind::Path, "Built images"),
    later("paths.wwclientdir", &["paths", "wwclientdir"], Kind::Path, "Folder on the node"),
    later("paths.wwfilesdir", &["paths", "wwfilesdir"], Kind::Path, "Served files"),
];
