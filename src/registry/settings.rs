//! `muster.conf` to settings: defaults from the field table, the rest from the file, and what a bad value falls back to.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::Ipv4Net;

use super::document::{root, unreadable};
use super::entry::Entry;
use super::findings::{Findings, quoted};
use super::intern::Interner;
use super::networks;
use super::schema::Walk;
use super::steps::Whose;
use super::tree::{Mark, Reader};
use crate::model::field::{self, SERVER};
use crate::model::{Access, Agent, Dhcp, Fault, Key, Paths, Server, Settings, Spot, Tftp, Value};

/// Loaders of the usual distributions' iPXE by client architecture (DHCP option 93): BIOS, UEFI x64 twice, UEFI arm64, and
/// UEFI HTTP boot of both.
const LOADERS: [(u16, &str); 6] = [
    (0, "undionly.kpxe"),
    (7, "snponly.efi"),
    (9, "snponly.efi"),
    (11, "arm64-efi/snponly.efi"),
    (16, "snponly.efi"),
    (19, "arm64-efi/snponly.efi"),
];

/// What UEFI machines load instead under `grubboot`.
const SHIMS: [(u16, &str); 5] = [
    (7, "shimx64.efi"),
    (9, "shimx64.efi"),
    (11, "shimaa64.efi"),
    (16, "shimx64.efi"),
    (19, "shimaa64.efi"),
];

/// Where Debian, Red Hat and SUSE put iPXE, shim and GRUB.
const SEARCH: [&str; 13] = [
    "/usr/lib/ipxe",
    "/usr/share/ipxe",
    "/usr/share/ipxe/x86_64",
    "/boot",
    "/usr/lib/shim",
    "/usr/share/shim",
    "/usr/share/efi/x86_64",
    "/usr/share/efi/aarch64",
    "/boot/efi/EFI",
    "/usr/lib/grub/x86_64-efi-signed",
    "/usr/lib/grub/arm64-efi-signed",
    "/usr/share/grub2/x86_64-efi",
    "/usr/share/grub2/arm64-efi",
];

/// Reads the text of `muster.conf`. A value that cannot be taken falls back to what `last` says, and so does the whole file.
pub(super) fn read(
    text: &str,
    file: &Arc<str>,
    last: &Entry,
    interner: &mut Interner,
    findings: &mut Findings,
) -> Entry {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let spot = |at: Mark| Spot {
        file: file.clone(),
        line: at.line.max(1),
        column: at.column.max(1),
    };
    if let Some(why) = unreadable(text) {
        findings
            .faults
            .push(Fault::error(format!("the file {why}")).at(spot(Mark::default())));
        return last.clone();
    }
    let mut reader = Reader::new(text, 0);
    let tree = match root(&mut reader) {
        Ok(None) => return Entry::default(),
        Ok(Some((event, at))) => reader.tree(event, at),
        Err(broken) => Err(broken),
    };
    let tree = match tree {
        Ok(tree) => tree,
        Err(broken) => {
            let fault = Fault::error(format!("the file {}", broken.what)).at(spot(broken.at));
            findings
                .faults
                .push(fault.hint("the settings in force stay"));
            return last.clone();
        }
    };
    let mut walk = Walk {
        file,
        about: String::new(),
        whose: Whose::Server,
        interner,
        findings,
        read: Vec::new(),
        bad: Vec::new(),
        failed: false,
        names: Vec::new(),
    };
    walk.entry(&tree);
    let (mut read, bad) = (walk.read, walk.bad);
    for key in bad {
        if let Some(value) = last.values.get(&key) {
            let at = last.mark(&key);
            read.push((key, value.clone(), at));
        }
    }
    Entry::new(Arc::default(), Mark { line: 1, column: 1 }, read, interner)
}

/// What one reading of the settings draws on.
pub(super) struct Draft<'a> {
    pub entry: &'a Entry,
    pub file: &'a Arc<str>,
    pub findings: &'a mut Findings,
}

impl Draft<'_> {
    /// The text of a setting without entries, else its default.
    fn text(&self, id: &'static str) -> &str {
        let default = field::of_server(id).map_or("", |row| row.default);
        self.entry.text(id).unwrap_or(default)
    }

    fn parse<T: std::str::FromStr + Default>(&self, id: &'static str) -> T {
        self.text(id).parse().unwrap_or_default()
    }

    fn switch(&self, id: &'static str) -> bool {
        field::switch(self.text(id))
    }

    fn span(&self, id: &'static str) -> Duration {
        field::span(self.text(id)).unwrap_or_default()
    }

    /// The items of a setting that is a list, else of its default.
    fn words(&self, id: &'static str) -> Vec<Arc<str>> {
        match self.entry.values.get(&Key::plain(id)).map(AsRef::as_ref) {
            Some(Value::List(items)) => items.clone(),
            _ => {
                let default = field::of_server(id).map_or("", |row| row.default);
                default.split(", ").map(Arc::from).collect()
            }
        }
    }

    /// The value under `id` of the named entry.
    pub(super) fn of(&self, id: &'static str, name: &Arc<str>) -> Option<&Value> {
        let key = Key {
            field: id,
            names: vec![name.clone()],
        };
        self.entry.values.get(&key).map(AsRef::as_ref)
    }

    /// Reports a fault at the value under `key`.
    pub(super) fn fault(&mut self, fault: Fault, key: &Key) {
        let at = self.entry.mark(key);
        let spot = Spot {
            file: self.file.clone(),
            line: at.line,
            column: at.column,
        };
        self.findings.faults.push(fault.at(spot));
    }

    /// The server's address and its network, from `ipaddr` with a prefix length, or `ipaddr`, `netmask` and `network`.
    pub(super) fn home(&mut self) -> (Option<Ipv4Addr>, Option<Ipv4Net>) {
        let text = self.entry.text("ipaddr");
        let cidr = text.and_then(|text| text.parse::<Ipv4Net>().ok());
        let addr = cidr
            .map(|net| net.addr())
            .or_else(|| text.and_then(|text| text.parse().ok()));
        let netmask: Option<Ipv4Addr> = self
            .entry
            .text("netmask")
            .and_then(|text| text.parse().ok());
        let subnet = match (addr, netmask) {
            (Some(addr), Some(mask)) => Ipv4Net::with_netmask(addr, mask).ok(),
            _ => cidr,
        };
        let subnet = subnet.map(|net| net.trunc());
        let stated: Option<Ipv4Addr> = self
            .entry
            .text("network")
            .and_then(|text| text.parse().ok());
        if let (Some(net), Some(stated)) = (subnet, stated)
            && net.network() != stated
        {
            let what = format!(
                "`network` is {stated}, but `ipaddr` and `netmask` give {}",
                net.network()
            );
            self.fault(Fault::warning(what), &Key::plain("network"));
        }
        (addr, subnet)
    }

    fn dhcp(&self) -> Dhcp {
        Dhcp {
            enabled: self.switch("dhcp.enabled"),
            port: self.parse("dhcp.port"),
            client_port: self.parse("dhcp.client_port"),
            proxy_port: self.parse("dhcp.proxy_port"),
            lease: self.span("dhcp.lease"),
            router_advertisement: self.switch("dhcp.router_advertisement"),
        }
    }

    fn loaders(&mut self) -> BTreeMap<u16, Arc<str>> {
        let mut map = BTreeMap::new();
        let (mut given, grubboot) = (false, self.switch("server.grubboot"));
        let entry = self.entry;
        for (key, value) in entry
            .values
            .iter()
            .filter(|(key, _)| key.field == "tftp.ipxe")
        {
            given = true;
            let name = key.names.first().map(AsRef::as_ref).unwrap_or_default();
            match (architecture(name), value.text()) {
                (Some(arch), Some(file)) => {
                    map.insert(arch, file.into());
                    let shim = SHIMS.iter().find(|(of, _)| *of == arch);
                    if let Some((_, shim)) = shim.filter(|(_, shim)| grubboot && *shim != file) {
                        let what = format!("`grubboot` gives {shim} to these machines, not {file}");
                        let hint = "take this line out, or `grubboot`";
                        self.fault(Fault::warning(what).hint(hint), key);
                    }
                }
                _ => {
                    let fault =
                        Fault::error(format!("`{}` is no client architecture", quoted(name)));
                    self.fault(fault.hint("write it as 00:07"), key);
                }
            }
        }
        if !given {
            map.extend(LOADERS.iter().map(|(arch, file)| (*arch, Arc::from(*file))));
        }
        if grubboot {
            map.extend(SHIMS.iter().map(|(arch, file)| (*arch, Arc::from(*file))));
        }
        map
    }

    fn agent(&self) -> Agent {
        let entries = self.entry.values.iter();
        let of_agent = entries.filter(|(key, _)| key.field == "agent.path");
        let path = |(key, value): (&Key, &Arc<Value>)| {
            Some((key.names.first()?.clone(), PathBuf::from(value.text()?)))
        };
        Agent {
            path: of_agent.filter_map(path).collect(),
            remove: self.switch("agent.remove"),
        }
    }

    fn search(&self) -> Vec<PathBuf> {
        match self.entry.list("tftp.search") {
            [] => SEARCH.iter().map(PathBuf::from).collect(),
            given => given
                .iter()
                .map(|path| PathBuf::from(path.as_ref()))
                .collect(),
        }
    }
}

/// `00:07` or `7` as a number of DHCP option 93.
fn architecture(text: &str) -> Option<u16> {
    match text.split_once(':') {
        Some((high, low)) => {
            let byte = |hex: &str| u8::from_str_radix(hex, 16).ok();
            Some(u16::from_be_bytes([byte(high)?, byte(low)?]))
        }
        None => text.parse().ok(),
    }
}

/// Settings from what the file says. `hostname` names the cluster if the file does not.
pub(super) fn settle(mut draft: Draft<'_>, paths: &Paths, hostname: &Arc<str>) -> Settings {
    let (ipaddr, home) = draft.home();
    let networks = networks::settle(&mut draft, ipaddr, home);
    let ipxe = draft.loaders();
    let secure = draft.switch("server.secure");
    let mut settings = Settings {
        cluster: draft
            .entry
            .text("cluster")
            .map_or_else(|| hostname.clone(), Arc::from),
        hostname: hostname.clone(),
        listen: draft
            .text("listen")
            .parse()
            .unwrap_or(Ipv4Addr::UNSPECIFIED),
        ipaddr,
        netmask: home.map(|net| net.netmask()),
        networks,
        access: if draft.text("access") == "compatible" {
            Access::Compatible
        } else {
            Access::Boot
        },
        dhcp: draft.dhcp(),
        tftp: Tftp {
            enabled: draft.switch("tftp.enabled"),
            port: draft.parse("tftp.port"),
            ipxe,
            search: draft.search(),
            root: draft
                .entry
                .text("tftp.root")
                .map_or_else(|| paths.state.join("tftp"), PathBuf::from),
        },
        server: Server {
            port: draft.parse("server.port"),
            secure,
            secure_files: draft
                .entry
                .text("server.secure_files")
                .map_or(secure, field::switch),
            update_interval: draft.span("server.update_interval"),
        },
        agent: draft.agent(),
        control_group: draft.entry.text("control.group").map(Arc::from),
        naming: draft.text("naming").into(),
        adopt_profiles: draft.words("adopt.profiles"),
        ssh_key_types: draft.words("ssh.key_types"),
        boot_limit: draft.span("boot.limit"),
        paths: paths.clone(),
        listing: Vec::new(),
    };
    settings.listing = listing(draft.entry, &settings);
    settings
}

/// Every setting as key, value and whether the file sets it, in the order of the table; of each network everything.
fn listing(entry: &Entry, settings: &Settings) -> Vec<(Arc<str>, String, bool)> {
    let mut rows = Vec::new();
    let listed = SERVER
        .iter()
        .filter(|field| field.acted_on || entry.text(field.id).is_some());
    for field in listed.filter(|field| field.path.first() != Some(&"networks")) {
        let before = rows.len();
        for (key, value) in entry.values.iter().filter(|(key, _)| key.field == field.id) {
            rows.push((key.to_string().into(), value.to_string(), true));
        }
        if rows.len() > before {
            continue;
        }
        if field.id == "tftp.ipxe" {
            for (arch, file) in &settings.tftp.ipxe {
                rows.push((
                    format!("tftp.ipxe.00:{arch:02X}").into(),
                    file.to_string(),
                    false,
                ));
            }
        } else if field.names() == 0 {
            rows.push((field.id.into(), unset(field.id, settings), false));
        }
    }
    let of_networks = || {
        SERVER
            .iter()
            .filter(|field| field.path.first() == Some(&"networks"))
    };
    for (_, name) in networks::names(entry) {
        for field in of_networks() {
            let key = Key {
                field: field.id,
                names: vec![name.clone()],
            };
            let value = entry.values.get(&key);
            let text = value.map_or(field.default.to_owned(), |value| value.to_string());
            rows.push((key.to_string().into(), text, value.is_some()));
        }
    }
    rows
}

/// The value in force of a setting that the file leaves out.
fn unset(id: &str, settings: &Settings) -> String {
    match id {
        "cluster" => settings.cluster.to_string(),
        "netmask" => settings
            .netmask
            .map(|mask| mask.to_string())
            .unwrap_or_default(),
        "network" => settings
            .ipaddr
            .and_then(|ip| settings.network_of(ip))
            .map(|network| network.subnet.network().to_string())
            .unwrap_or_default(),
        "tftp.root" => settings.tftp.root.display().to_string(),
        "tftp.search" => {
            let paths: Vec<_> = settings
                .tftp
                .search
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            paths.join(" ")
        }
        "server.secure_files" => settings.server.secure_files.to_string(),
        _ => field::of_server(id)
            .map_or("", |row| row.default)
            .to_owned(),
    }
}
