//! What becomes of the site's boot scripts, and of the rest of Warewulf's configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::found::Script;
use super::overlays::whom;
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
                "iPXE template {name} was not found; {} want it, and wait",
                whom(&nodes)
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
                "{} boot by {file}; muster boots that way by a tag",
                whom(nodes)
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
        nodes => format!("{} wait until then", whom(nodes)),
    };
    let hint = fault
        .hint
        .as_deref()
        .map_or(users.clone(), |hint| format!("{hint}; {users}"));
    let fault = Fault { level, ..fault };
    fault.about(format!("iPXE template {name}")).hint(hint)
}

/// What is said of other files of the configuration, by their path below its folder.
pub fn others(files: &[String]) -> Vec<Fault> {
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
    if has("keys/") {
        note(
            "keys/ is not taken over: muster makes SSH host keys of its own for the nodes",
            "put them into the folder `keys` of the state folder, readable by root alone, to keep them",
        );
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
