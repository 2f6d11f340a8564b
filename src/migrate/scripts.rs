//! What becomes of the site's boot scripts, and of the rest of Warewulf's configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::found::{HostKey, Script};
use super::overlays::they;
use super::stock;
use crate::boot::ipxe::NAMES;
use crate::boot::ipxe::site::{Source, is_name};
use crate::model::{Fault, Level, View};

/// How the file of a script ends.
const END: &str = ".ipxe";
/// A script of Warewulf's own, besides those that muster has too.
const THEIRS: &str = "dracut";

/// The scripts that muster takes as they are, and what is to be known of the others.
pub fn decide<'s>(scripts: &'s [Script], view: &View) -> (Vec<&'s Script>, Vec<Fault>) {
    let mut taken = Vec::new();
    let mut findings = Vec::new();
    let mut users: BTreeMap<&str, Vec<Arc<str>>> = BTreeMap::new();
    for node in &view.nodes {
        users
            .entry(node.ipxe.as_deref().unwrap_or("default"))
            .or_default()
            .push(node.name.clone());
    }
    for script in scripts {
        let Some(name) = script.file.strip_suffix(END).filter(|name| is_name(name)) else {
            continue;
        };
        let nodes = users.remove(name).unwrap_or_default();
        if NAMES.contains(&name) || name == THEIRS {
            findings.extend(shipped(script, name, &nodes));
            continue;
        }
        let source = Source {
            file: script.file.clone(),
            folder: script.folder.clone(),
            text: script.text.clone(),
        };
        match source.read(BTreeMap::new()) {
            Ok(_) => taken.push(script),
            Err(faults) => findings.extend(
                faults
                    .into_iter()
                    .take(1)
                    .map(|fault| told(fault, name, &nodes)),
            ),
        }
    }
    for (name, nodes) in users {
        if !NAMES.contains(&name)
            && name != THEIRS
            && !scripts.iter().any(|s| s.file == format!("{name}{END}"))
        {
            let what = format!(
                "iPXE template {name} was not found; {}",
                they(&nodes, "wants it, and waits", "want it, and wait")
            );
            findings.push(
                Fault::error(what)
                    .hint("write it into the folder `ipxe` beside nodes.conf, or unset `ipxe`"),
            );
        }
    }
    (taken, findings)
}

/// One that Warewulf ships, and that a site may have changed.
fn shipped(script: &Script, name: &str, nodes: &[Arc<str>]) -> Option<Fault> {
    if nodes.is_empty() {
        return None;
    }
    let file = format!("ipxe/{}", script.file);
    let fault = match name {
        THEIRS => {
            let what = format!(
                "{} by {file}; muster boots that way by a tag",
                they(nodes, "boots", "boot")
            );
            Fault::warning(what).hint("set tags.IPXEMenuEntry=dracut on them, and unset `ipxe`")
        }
        _ => Fault {
            level: Level::Info,
            ..Fault::warning(format!(
                "{file} is not taken over; muster's own script of that name boots nodes"
            ))
            .hint("if you changed it, write those changes into a script with a name of its own")
        },
    };
    Some(fault)
}

fn told(fault: Fault, name: &str, nodes: &[Arc<str>]) -> Fault {
    let level = if nodes.is_empty() {
        Level::Warning
    } else {
        Level::Error
    };
    let users = match nodes {
        [] => "no node wants it".to_owned(),
        nodes => they(nodes, "waits until then", "wait until then"),
    };
    let hint = fault
        .hint
        .as_deref()
        .map_or(users.clone(), |hint| format!("{hint}; {users}"));
    let fault = Fault { level, ..fault };
    fault.about(format!("iPXE template {name}")).hint(hint)
}

/// The SSH host keys that muster gives to nodes as they are.
pub fn keys(found: &[HostKey]) -> Vec<HostKey> {
    const TYPES: [&str; 3] = ["ed25519", "ecdsa", "rsa"];
    let taken = |key: &&HostKey| {
        let name = key.file.strip_suffix(".pub").unwrap_or(&key.file);
        TYPES
            .iter()
            .any(|kind| name == format!("ssh_host_{kind}_key"))
    };
    let musters = stock::is_musters("ssh.host_keys");
    found
        .iter()
        .filter(|key| musters && taken(key))
        .cloned()
        .collect()
}

/// What is said of other files of the configuration, by their path below its folder.
pub fn others(files: &[String], keys: &[HostKey]) -> Vec<Fault> {
    let has = |start: &str| files.iter().any(|file| file.starts_with(start));
    let mut out = Vec::new();
    let mut note = |what: &str, hint: &str| {
        let fault = Fault::warning(what).hint(hint);
        out.push(Fault {
            level: Level::Info,
            ..fault
        });
    };
    if has("auth.conf") {
        note(
            "auth.conf is not taken over: muster has no users of a REST API",
            "its control socket obeys root, and the group of `control: group`",
        );
    }
    let taken = self::keys(keys);
    let left = keys.iter().filter(|key| !taken.contains(key));
    let left: Vec<&str> = left.map(|key| key.file.as_str()).collect();
    if !left.is_empty() {
        let what = format!("keys/ is not taken over: {}", left.join(", "));
        note(&what, "nodes make SSH host keys of that kind of their own");
    }
    if has("tls/") {
        note(
            "tls/ is not taken over: muster serves plain HTTP to nodes",
            "see `access` in muster.conf for what guards them",
        );
    }
    if has("grub/") {
        note(
            "grub/ is not taken over: muster writes GRUB's configuration itself",
            "`warewulf: {grubboot: true}` turns it on",
        );
    }
    out
}
