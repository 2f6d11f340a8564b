//! What a boot script sees as `.`: fewer names, and others.

use std::collections::BTreeMap;

use super::super::go::Value;
use super::node::{ROWS, Seen};
use super::server::Server;
use super::thing::{Kind, row};

/// A boot of a node.
pub struct Boot {
    /// The node.
    pub seen: Seen,
    /// The server.
    pub server: Server,
    /// Members of the word `boot`.
    pub words: BTreeMap<&'static str, String>,
}

impl Boot {
    fn word(&self, word: &str) -> Value {
        Value::text(self.words.get(word).map_or("", String::as_str))
    }

    fn of_node(&self, name: &str) -> Value {
        let row = ROWS.iter().find(|row| row.name == name);
        row.map_or(Value::Nil, |row| (row.get)(&self.seen))
    }
}

/// The names.
#[rustfmt::skip]
pub static BOOT: Kind<Boot> = Kind { name: "warewulfd.templateVars", rows: &[
    row("Id", "the node's name", |b| b.of_node("Id")),
    row("Hostname", "the same", |b| b.of_node("Id")),
    row("Fqdn", "the same", |b| b.of_node("Id")),
    row("Cluster", "`cluster name`", |b| b.of_node("ClusterName")),
    row("ImageName", "`image name`", |b| b.of_node("ImageName")),
    row("ContainerName", "the same, in older templates", |b| b.of_node("ImageName")),
    row("Ipxe", "`ipxe template`", |b| b.of_node("Ipxe")),
    row("Hwaddr", "the hardware address that asked", |b| b.word("mac")),
    row("Ipaddr", "the server's address", |b| Value::text(&b.server.here.ipaddr)),
    row("Ipaddr6", "the server's IPv6 address", |b| b.server.v6(super::server::V6::Address)),
    row("Port", "the server's port, a text", |b| Value::text(&b.server.settings.server.port.to_string())),
    row("Authority", "address and port of the server as the node reached it", |b| b.word("authority")),
    row("KernelArgs", "kernel arguments, a text", |b| b.word("args")),
    row("KernelVersion", "`kernel: version`", |b| Value::text(b.seen.set("kernel.version", &[]))),
    row("Root", "`root`", |b| b.of_node("Root")),
    row("TLS", "whether the server speaks TLS too", |b| Value::Bool(b.server.tls())),
    row("Tags", "`tags` by name", |b| b.of_node("Tags")),
    row("NetDevs", "`network devices` by name", |b| b.of_node("NetDevs")),
    row("Message", "empty", |_| Value::text("")),
    row("WaitTime", "empty", |_| Value::text("")),
] };
