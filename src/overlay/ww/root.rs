//! What a template sees as `.`: the server, the build, and a copy of the node.

use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::go::{Object, Value, Yield};
use super::node::{ROWS, Seen};
use super::server::{DHCP, NFS, PATHS, SSH, Server, TFTP, V6, WAREWULF};
use super::thing::{Row, row};

/// For what a template is rendered.
pub struct Scene {
    /// The node.
    pub seen: Seen,
    /// The server as the node's network sees it.
    pub server: Server,
    /// The overlay.
    pub overlay: Arc<str>,
    /// The template's file.
    pub source: String,
    /// When the newest file of the overlay was changed: seconds of Unix.
    pub built: i64,
    /// All nodes, if the template names them.
    pub all: Value,
}

/// What is around a node.
#[rustfmt::skip]
pub static AROUND: [Row<Scene>; 25] = [
    row("BuildHost", "host name of the server", |s| Value::text(&s.server.settings.hostname)),
    row("BuildTime", "time of the overlay's newest file, MM-DD-YYYY HH:MM:SS UTC", built),
    row("BuildTimeUnix", "the same in seconds of Unix, a text", |s| Value::text(&s.built.to_string())),
    row("BuildSource", "path of the template", |s| Value::text(&s.source)),
    row("Overlay", "name of the overlay", |s| Value::text(&s.overlay)),
    row("Ipaddr", "the server's address", |s| Value::text(&s.server.here.ipaddr)),
    row("Netmask", "the server's netmask", |s| Value::text(&s.server.here.netmask)),
    row("Network", "the server's network", |s| Value::text(&s.server.here.network)),
    row("IpCIDR", "the server's address and prefix length", |s| s.server.cidr(false)),
    row("NetworkCIDR", "the server's network and prefix length", |s| s.server.cidr(true)),
    row("Ipaddr6", "the server's IPv6 address", |s| s.server.v6(V6::Address)),
    row("PrefixLen6", "its prefix length", |s| s.server.v6(V6::Length)),
    row("IpCIDR6", "both", |s| s.server.v6(V6::Cidr)),
    row("Network6", "its network", |s| s.server.v6(V6::Network)),
    row("NetworkCIDR6", "its network and prefix length", |s| s.server.v6(V6::NetworkCidr)),
    row("Ipv6", "whether the server has IPv6", |s| s.server.v6(V6::Is)),
    row("Warewulf", "the server: Port, Secure, UpdateInterval, …", |s| WAREWULF.make(s.server.clone())),
    row("Dhcp", "DHCP: Enabled, Template, RangeStart, …", |s| DHCP.make(s.server.clone())),
    row("Tftp", "TFTP: Enabled, TftpRoot, IpxeBinaries", |s| TFTP.make(s.server.clone())),
    row("Nfs", "NFS: Enabled, ExportsExtended", |s| NFS.make(s.server.clone())),
    row("Ssh", "SSH: KeyTypes", |s| SSH.make(s.server.clone())),
    row("Paths", "folders: Sysconfdir, WWClientdir, …", |s| PATHS.make(s.server.clone())),
    row("AllNodes", "all nodes, in order of cluster and name", |s| s.all.clone()),
    row("ThisNode", "the node with all that is known of it", |s| s.seen.whole()),
    row("Hostname", "the node's name", |s| Value::text(&s.seen.node.name)),
];

/// Rows of [`AROUND`] that tell nothing of the node.
const OF_NODE: [&str; 2] = ["ThisNode", "Hostname"];

fn built(scene: &Scene) -> Value {
    let time = Timestamp::from_second(scene.built).unwrap_or_default();
    Value::text(
        &time
            .to_zoned(TimeZone::UTC)
            .strftime("%m-%d-%Y %H:%M:%S %Z")
            .to_string(),
    )
}

/// The data of one rendering.
pub struct Root {
    scene: Scene,
    /// What was asked for, so that a map that a template changes stays changed.
    kept: Mutex<HashMap<String, Value>>,
    /// Whether anything of the node was asked for.
    touched: Arc<AtomicBool>,
}

impl Root {
    /// The data, and what tells whether anything of the node was read from it.
    pub fn data(scene: Scene) -> (Value, Arc<AtomicBool>) {
        let touched = Arc::new(AtomicBool::new(false));
        let kept = Mutex::default();
        let root = Self {
            scene,
            kept,
            touched: touched.clone(),
        };
        (Value::object(root), touched)
    }

    fn fresh(&self, name: &str) -> Option<Value> {
        if let Some(row) = AROUND.iter().find(|row| row.name == name) {
            if OF_NODE.contains(&name) {
                self.touched.store(true, Ordering::Relaxed);
            }
            return Some((row.get)(&self.scene));
        }
        // As in Warewulf, methods are only those of the whole node.
        let row = ROWS
            .iter()
            .find(|row| row.name == name && !name.ends_with("List"))?;
        self.touched.store(true, Ordering::Relaxed);
        Some((row.get)(&self.scene.seen))
    }
}

impl Object for Root {
    fn type_name(&self) -> &'static str {
        "overlay.TemplateStruct"
    }

    fn member(&self, name: &str, _: &[Value]) -> Option<Yield> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = kept.get(name) {
            return Some(Ok(value.clone()));
        }
        let value = self.fresh(name)?;
        kept.insert(name.to_owned(), value.clone());
        Some(Ok(value))
    }

    fn names(&self) -> Vec<&'static str> {
        let own = ROWS
            .iter()
            .map(|row| row.name)
            .filter(|name| !name.ends_with("List"));
        own.chain(AROUND.iter().map(|row| row.name)).collect()
    }

    fn fields(&self) -> Vec<&'static str> {
        self.names()
    }

    fn any(&self) -> &dyn Any {
        self
    }
}
