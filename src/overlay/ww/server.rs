//! The server's settings under Warewulf's names. What muster has no setting for is what Warewulf has when its file says nothing.

use std::sync::Arc;

use ipnet::Ipv4Net;

use super::super::go::{Int, Of, Value};
use super::super::scope::ServerScope;
use super::thing::{Kind, row, tags, texts};
use crate::model::Settings;
use crate::model::field::switch_or;

/// The server as the node's network sees it.
#[derive(Clone)]
pub struct Server {
    /// Its settings.
    pub settings: Arc<Settings>,
    /// Its addresses on that network.
    pub here: Arc<ServerScope>,
}

impl Server {
    /// What the file says of a setting, else `other`.
    fn set(&self, key: &str, other: &str) -> String {
        let found = self
            .settings
            .listing
            .iter()
            .find(|(known, ..)| **known == *key);
        let value = found
            .map(|(_, value, _)| value.clone())
            .filter(|value| !value.is_empty());
        value.unwrap_or_else(|| other.to_owned())
    }

    fn text(&self, key: &str, other: &str) -> Value {
        Value::text(&self.set(key, other))
    }

    fn truth(&self, key: &str, other: bool) -> Value {
        Value::Bool(switch_or(&self.set(key, ""), other))
    }

    fn net(&self) -> Option<Ipv4Net> {
        let (ip, mask) = (
            self.here.ipaddr.parse().ok()?,
            self.here.netmask.parse().ok()?,
        );
        Ipv4Net::with_netmask(ip, mask).ok()
    }

    /// Whether it speaks TLS too.
    pub fn tls(&self) -> bool {
        switch_or(&self.set("server.tls", ""), false)
    }

    /// Address and prefix length, and those of its network.
    pub fn cidr(&self, network: bool) -> Value {
        let net = self
            .net()
            .map(|net| if network { net.trunc() } else { net });
        Value::text(&net.map_or_else(String::new, |net| net.to_string()))
    }

    /// The IPv6 address; with a prefix length where one is set.
    pub fn v6(&self, part: V6) -> Value {
        let written = self.set("ipaddr6", "");
        let (ip, length) = written.split_once('/').unwrap_or((&written, ""));
        let length = if length.is_empty() {
            self.set("prefixlen6", "")
        } else {
            length.to_owned()
        };
        let net: Option<ipnet::Ipv6Net> = format!("{ip}/{length}").parse().ok();
        let text = |text: Option<String>| Value::text(&text.unwrap_or_default());
        match part {
            V6::Address => Value::text(ip),
            V6::Length => Value::text(&length),
            V6::Cidr => text(net.map(|net| net.to_string())),
            V6::Network => text(net.map(|net| net.network().to_string())),
            V6::NetworkCidr => text(net.map(|net| net.trunc().to_string())),
            V6::Is => Value::Bool(net.is_some()),
        }
    }
}

/// What of the server's IPv6 address.
#[derive(Debug, Clone, Copy)]
pub enum V6 {
    /// The address.
    Address,
    /// The prefix length.
    Length,
    /// Both.
    Cidr,
    /// The network.
    Network,
    /// The network and the prefix length.
    NetworkCidr,
    /// Whether there is one.
    Is,
}

fn int(number: u64) -> Value {
    Value::Int(number.into(), Int::Int)
}

/// `.Warewulf`
#[rustfmt::skip]
pub static WAREWULF: Kind<Server> = Kind { name: "config.WarewulfConf", rows: &[
    row("Port", "`server: port`", |s| int(s.settings.server.port.into())),
    row("TLSPort", "`server: tls port`", |s| int(s.set("server.tls_port", "9874").parse().unwrap_or(9874))),
    row("UpdateInterval", "`server: update interval`, seconds", |s| int(s.settings.server.update_interval.as_secs())),
    row("SystemdName", "`server: systemd name`", |s| s.text("server.systemd_name", "")),
    row("Secure", "whether a refresh must come from a privileged port", |s| Value::Bool(s.settings.refresh_from_privileged_port())),
    row("SecureFiles", "`server: secure files`", |s| Value::Bool(s.settings.server.secure_files)),
    row("TLSEnabled", "`server: tls`", |s| s.truth("server.tls", false)),
    row("AutobuildOverlays", "always: overlays are rendered when they are asked for", |_| Value::Bool(true)),
    row("EnableHostOverlay", "`server: host overlay`", |s| s.truth("server.host_overlay", false)),
    row("GrubBoot", "`server: grubboot`", |s| s.truth("server.grubboot", false)),
] };

/// `.Dhcp`
#[rustfmt::skip]
pub static DHCP: Kind<Server> = Kind { name: "config.DHCPConf", rows: &[
    row("Enabled", "`dhcp: enabled`", |s| Value::Bool(s.settings.dhcp.enabled)),
    row("Template", "`dhcp: template`", |s| s.text("dhcp.template", "default")),
    row("RangeStart", "`dhcp: range start`", |s| s.text("dhcp.start", "")),
    row("RangeEnd", "`dhcp: range end`", |s| s.text("dhcp.end", "")),
    row("Range6Start", "`dhcp: range6 start`", |s| s.text("dhcp.start6", "")),
    row("Range6End", "`dhcp: range6 end`", |s| s.text("dhcp.end6", "")),
    row("SystemdName", "`dhcp: systemd name`", |s| s.text("dhcp.systemd_name", "dhcpd")),
] };

/// `.Tftp`
#[rustfmt::skip]
pub static TFTP: Kind<Server> = Kind { name: "config.TFTPConf", rows: &[
    row("Enabled", "`tftp: enabled`", |s| Value::Bool(s.settings.tftp.enabled)),
    row("TftpRoot", "`tftp: tftproot`", |s| s.text("tftp.root", "/var/lib/tftpboot")),
    row("SystemdName", "`tftp: systemd name`", |s| s.text("tftp.systemd_name", "tftp")),
    row("IpxeBinaries", "`tftp: ipxe`: loaders by client architecture, as 00:07", |s| {
        let loaders = s.settings.tftp.ipxe.iter();
        tags(loaders.map(|(arch, file)| (format!("{:02X}:{:02X}", arch >> 8, arch & 255), file)))
    }),
] };

/// `.Nfs`
#[rustfmt::skip]
pub static NFS: Kind<Server> = Kind { name: "config.NFSConf", rows: &[
    row("Enabled", "`nfs: enabled`", |s| s.truth("nfs.enabled", true)),
    row("SystemdName", "`nfs: systemd name`", |s| s.text("nfs.systemd_name", "nfsd")),
    row("ExportsExtended", "`nfs: export paths`: a list, each with .Path and .ExportOptions", exports),
] };

/// One of `.Nfs.ExportsExtended`
#[rustfmt::skip]
pub static EXPORT: Kind<(String, String)> = Kind { name: "config.NFSExportConf", rows: &[
    row("Path", "`path`", |e| Value::text(&e.0)),
    row("ExportOptions", "`export options`", |e| Value::text(&e.1)),
] };

fn exports(server: &Server) -> Value {
    let yaml: serde_yaml::Value =
        serde_yaml::from_str(&server.set("nfs.export_paths", "")).unwrap_or_default();
    let word = |entry: &serde_yaml::Value, key: &str, other: &str| {
        entry
            .get(key)
            .and_then(serde_yaml::Value::as_str)
            .unwrap_or(other)
            .to_owned()
    };
    let one = |entry: &serde_yaml::Value| {
        let options = word(entry, "export options", "rw,sync,no_subtree_check");
        EXPORT.make((word(entry, "path", ""), options))
    };
    let all = yaml
        .as_sequence()
        .map_or_else(Vec::new, |all| all.iter().map(one).collect());
    Value::typed(all, Of::Named("*config.NFSExportConf"))
}

/// `.Ssh`
#[rustfmt::skip]
pub static SSH: Kind<Server> = Kind { name: "config.SSHConf", rows: &[
    row("KeyTypes", "`ssh: key types`, a list", |s| {
        let types = s.set("ssh.key_types", "ed25519 ecdsa rsa");
        texts(&types.split([' ', ',']).filter(|word| !word.is_empty()).collect::<Vec<_>>())
    }),
] };

/// `.Paths`
#[rustfmt::skip]
pub static PATHS: Kind<Server> = Kind { name: "config.BuildConfig", rows: &[
    row("Bindir", "`paths: bindir`", |s| s.text("paths.bindir", "/usr/bin")),
    row("Sysconfdir", "folder above that of nodes.conf, else `paths: sysconfdir`", |s| s.text("paths.sysconfdir", "/etc")),
    row("Localstatedir", "`paths: localstatedir`", |s| s.text("paths.localstatedir", "/var/lib")),
    row("Cachedir", "muster's cache", |s| s.text("paths.cachedir", &s.settings.paths.cache.to_string_lossy())),
    row("Ipxesource", "`paths: ipxesource`", |s| s.text("paths.ipxesource", "/usr/share/ipxe")),
    row("Srvdir", "`paths: srvdir`", |s| s.text("paths.srvdir", "/srv")),
    row("Firewallddir", "`paths: firewallddir`", |s| s.text("paths.firewallddir", "/usr/lib/firewalld/services")),
    row("Systemddir", "`paths: systemddir`", |s| s.text("paths.systemddir", "/usr/lib/systemd/system")),
    row("Datadir", "`paths: datadir`", |s| s.text("paths.datadir", "/usr/share")),
    row("WWOverlaydir", "site overlays of muster", |s| s.text("paths.wwoverlaydir", &below(s, "overlays"))),
    row("WWChrootdir", "images of muster", |s| s.text("paths.wwchrootdir", &below(s, "images"))),
    row("WWProvisiondir", "`paths: wwprovisiondir`", |s| s.text("paths.wwprovisiondir", &below(s, "provision"))),
    row("WWClientdir", "`paths: wwclientdir`", |s| s.text("paths.wwclientdir", "/warewulf")),
    row("WWFilesdir", "served files of muster", |s| s.text("paths.wwfilesdir", &below(s, "files"))),
] };

fn below(server: &Server, name: &str) -> String {
    server
        .settings
        .paths
        .state
        .join(name)
        .to_string_lossy()
        .into_owned()
}
