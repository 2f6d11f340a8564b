//! Spellings of earlier releases of the format that are still read, each with a warning that names today's.

/// In whose file an older spelling occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// In nodes and profiles.
    Node,
    /// In the server's settings.
    Server,
}

/// One older spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Older {
    /// Where it occurs.
    pub owner: Owner,
    /// Its way through the YAML; `*` stands for the name of an entry.
    pub path: &'static [&'static str],
    /// Path of today's spelling, with as many `*`; empty when nothing reads it any more.
    pub now: &'static [&'static str],
}

const fn node(path: &'static [&'static str], now: &'static [&'static str]) -> Older {
    Older {
        owner: Owner::Node,
        path,
        now,
    }
}

const fn server(path: &'static [&'static str], now: &'static [&'static str]) -> Older {
    Older {
        owner: Owner::Server,
        path,
        now,
    }
}

/// Every older spelling that is read.
#[rustfmt::skip]
pub static OLDER: &[Older] = &[
    node(&["container name"], &["image name"]),
    node(&["keys", "*"], &["tags", "*"]),
    node(&["kernel args"], &["kernel", "args"]),
    node(&["kernel version"], &["kernel", "version"]),
    node(&["kernel override"], &["kernel", "version"]),
    node(&["kernel", "override"], &["kernel", "version"]),
    node(&["ipmi username"], &["ipmi", "username"]),
    node(&["ipmi password"], &["ipmi", "password"]),
    node(&["ipmi ipaddr"], &["ipmi", "ipaddr"]),
    node(&["ipmi gateway"], &["ipmi", "gateway"]),
    node(&["ipmi netmask"], &["ipmi", "netmask"]),
    node(&["ipmi port"], &["ipmi", "port"]),
    node(&["ipmi interface"], &["ipmi", "interface"]),
    node(&["ipmi escapechar"], &["ipmi", "escapechar"]),
    node(&["ipmi write"], &["ipmi", "write"]),
    node(&["ipmi template"], &["ipmi", "template"]),
    node(&["network devices", "*", "ip6addr"], &["network devices", "*", "ipaddr6"]),
    node(&["network devices", "*", "ipcidr"], &["network devices", "*", "ipaddr"]),
    node(&["network devices", "*", "default"], &["primary network"]),
    node(&["network devices", "*", "primary"], &["primary network"]),
    node(&["network devices", "*", "prefix"], &[]),
    node(&["network devices", "*", "tagsdel"], &[]),
    node(&["ipmi", "tagsdel"], &[]),
    node(&["tagsdel"], &[]),
    server(&["syslog"], &[]),
    server(&["server", "syslog"], &[]),
    server(&["server", "datastore"], &["paths", "datadir"]),
    server(&["WW_INTERNAL"], &[]),
    server(&["ipv6net"], &["ipaddr6"]),
    server(&["nfs", "exports"], &["nfs", "export paths"]),
    server(&["container mounts"], &["image mounts"]),
];
