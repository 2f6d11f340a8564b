//! Everything that was found, put together: what is written, and what a person is told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::found::{HostKey, Shelf};
use super::{images, overlays, scripts, stock};
use crate::api::{ChangeRow, Migration, RegistryRow, SettingsRow};
use crate::model::{Fault, Level, Network, Paths, View, field};
use crate::registry::Registry;
use crate::registry::upgrade::{self, Change, Configured, Registered};

/// The settings of Warewulf.
const FILE: &str = "warewulf.conf";

/// A file and its text.
pub type Source<'t> = Option<(&'t Path, &'t str)>;

/// What a person asked for.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// The tree, as it was given.
    pub given: String,
    /// How images are brought over: `copy`, `link` or `none`.
    pub images: &'static str,
    /// Overlays that are copied whatever they are.
    pub taken: BTreeSet<Arc<str>>,
    /// Where muster's own files are.
    pub paths: Paths,
}

/// Both files, read and made today's.
#[derive(Debug)]
pub struct Texts {
    /// `warewulf.conf`.
    pub conf: Option<(String, Configured)>,
    /// `nodes.conf`.
    pub nodes: Option<(String, Registered)>,
    release: &'static str,
}

/// What is to be written, and what is told of it.
#[derive(Debug, Clone)]
pub struct Made {
    /// For the person.
    pub report: Migration,
    /// The text of `muster.conf`.
    pub conf: Option<String>,
    /// The text of `nodes.conf`.
    pub nodes: Option<String>,
    /// Overlays: name, and the folder that is laid onto the root of a node.
    pub overlays: Vec<(String, PathBuf)>,
    /// Boot scripts: name of the file, and what is in it.
    pub scripts: Vec<(String, Bytes)>,
    /// SSH host keys of nodes.
    pub keys: Vec<HostKey>,
    /// Images that are brought over: name and root.
    pub images: Vec<(String, PathBuf)>,
}

impl Texts {
    /// Reads both files.
    ///
    /// # Errors
    /// Why one of them cannot be taken at all.
    pub fn read(conf: Source<'_>, nodes: Source<'_>, wishes: &Wishes) -> Result<Self, Vec<Fault>> {
        let mut refused = Vec::new();
        let mut keep = |faults: Vec<Fault>| refused.extend(faults);
        let made = conf.and_then(|(file, text)| {
            let done = upgrade::settings(text, file).map_err(&mut keep).ok()?;
            Some((file.display().to_string(), done))
        });
        let listed = nodes.and_then(|(file, text)| {
            let done = registry(file, text, wishes).map_err(&mut keep).ok()?;
            Some((file.display().to_string(), done))
        });
        if !refused.is_empty() {
            return Err(refused);
        }
        let text = |source: Source<'_>| source.map(|(_, text)| text.to_owned()).unwrap_or_default();
        Ok(Self {
            release: release(&text(conf), &text(nodes)),
            conf: made,
            nodes: listed,
        })
    }
}

/// The registry with today's spellings, and with the overlays that were divided.
fn registry(file: &Path, text: &str, wishes: &Wishes) -> Result<Registered, Vec<Fault>> {
    let plain = upgrade::nodes(text, file, &[])?;
    let splits = stock::splits(&plain.view, &wishes.taken);
    match splits.is_empty() {
        true => Ok(plain),
        false => upgrade::nodes(text, file, &splits),
    }
}

/// Which releases write such files.
fn release(conf: &str, nodes: &str) -> &'static str {
    let has = |text: &str, words: &[&str]| {
        let mut lines = text.lines().map(str::trim_start);
        lines.any(|line| words.iter().any(|word| line.starts_with(word)))
    };
    if has(
        nodes,
        &[
            "kernel args:",
            "kernel override:",
            "kernel version:",
            "ipmi ",
        ],
    ) {
        "4.2 or older"
    } else if has(nodes, &["WW_INTERNAL", "container name:", "keys:"])
        || has(conf, &["WW_INTERNAL", "container mounts:", "syslog:"])
    {
        "4.3 to 4.5"
    } else {
        "4.6 or newer"
    }
}

/// Decides about everything.
#[must_use]
pub fn make(texts: &Texts, shelf: &Shelf, wishes: &Wishes) -> Made {
    let conf = texts.conf.as_ref().map(|(_, done)| done.text.clone());
    let nodes = texts.nodes.as_ref().map(|(_, done)| done.text.clone());
    let mut registry = Registry::new(wishes.paths.clone(), "");
    let view = registry.load(conf.as_deref(), nodes.as_deref()).view;
    let mut findings = said(texts, &view);
    findings.extend(shelf.troubles.iter().cloned());
    let chosen = overlays::decide((&shelf.site, &shelf.stock), &view, &wishes.taken);
    let (images, found) = images::decide(&shelf.images, &view, wishes.images);
    let (taken, told) = scripts::decide(&shelf.scripts, &view);
    findings.extend(chosen.findings.into_iter().chain(found).chain(told));
    findings.extend(scripts::others(&shelf.others, &shelf.keys));
    findings.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.spot.cmp(&b.spot)));
    let fresh = |name: &str| {
        images
            .iter()
            .any(|row| *row.name == *name && (row.fate == "copied" || row.fate == "linked"))
    };
    let bring = shelf.images.iter().filter(|image| fresh(&image.name));
    let bring = bring
        .map(|image| (image.name.clone(), image.root.clone()))
        .collect();
    let report = Migration {
        from: wishes.given.clone(),
        release: texts.release.into(),
        settings: texts
            .conf
            .as_ref()
            .map(|(file, done)| settings(file, done, &view)),
        registry: texts
            .nodes
            .as_ref()
            .map(|(file, done)| counted(file, done, &view, &registry)),
        overlays: chosen.rows,
        images,
        changes: changes(texts),
        findings,
        writes: Vec::new(),
        units: units(texts.conf.as_ref().map(|(_, done)| done)),
    };
    Made {
        report,
        conf,
        nodes,
        overlays: chosen
            .copied
            .iter()
            .map(|tree| (tree.name.clone(), tree.root.clone()))
            .collect(),
        scripts: taken
            .iter()
            .map(|script| (script.file.clone(), script.text.clone()))
            .collect(),
        keys: scripts::keys(&shelf.keys),
        images: bring,
    }
}

/// Every line that becomes another one.
fn changes(texts: &Texts) -> Vec<ChangeRow> {
    let mut rows = Vec::new();
    let mut add = |file: &str, changes: &[Change]| {
        let file: Arc<str> = file.into();
        rows.extend(changes.iter().map(|change| ChangeRow {
            file: file.clone(),
            line: change.line,
            old: change.old.clone(),
            new: change.new.clone(),
            why: change.why.clone(),
        }));
    };
    if let Some((file, done)) = &texts.conf {
        add(file, &done.changes);
    }
    if let Some((file, done)) = &texts.nodes {
        add(file, &done.changes);
    }
    rows
}

/// What is to be known of both files.
fn said(texts: &Texts, view: &View) -> Vec<Fault> {
    let mut out = Vec::new();
    match &texts.conf {
        Some((file, done)) => {
            out.extend(done.faults.iter().cloned());
            out.extend(lost(file, &done.changes));
            out.extend(idle(done));
            out.extend(conduct(done));
        }
        None => out.push(
            Fault::warning("there is no warewulf.conf, so muster.conf is not written")
                .hint("write `ipaddr` and `netmask` into it, at least"),
        ),
    }
    match &texts.nodes {
        Some((file, done)) => {
            out.extend(done.faults.iter().cloned());
            out.extend(lost(file, &done.changes));
        }
        None => out.push(Fault::warning(
            "there is no nodes.conf, so no node is taken over",
        )),
    }
    // What only both files together tell; their lines are those of muster's files.
    let known: BTreeSet<String> = out.iter().map(|fault| fault.what.clone()).collect();
    out.extend(
        view.faults
            .iter()
            .filter(|fault| !known.contains(&fault.what))
            .cloned(),
    );
    let (later, mut out): (Vec<Fault>, Vec<Fault>) = out
        .into_iter()
        .partition(|fault| fault.what.ends_with(LATER));
    out.extend(not_yet(&later));
    out
}

/// How a fault ends that is about a key without behaviour.
const LATER: &str = " is not acted on yet";

/// One note for all keys of the registry that have no behaviour.
fn not_yet(faults: &[Fault]) -> Option<Fault> {
    let key = |fault: &Fault| {
        fault
            .what
            .strip_suffix(LATER)
            .map(|key| key.replace('`', ""))
    };
    let keys: Vec<String> = faults.iter().filter_map(key).collect();
    if keys.is_empty() {
        return None;
    }
    let fault = Fault::warning(format!("nodes.conf: not acted on yet: {}", keys.join(", ")));
    let fault = fault.hint("they stay in nodes.conf, and do no harm");
    Some(Fault {
        level: Level::Info,
        ..fault
    })
}

/// What is left out and may have been meant.
fn lost(file: &str, changes: &[Change]) -> Vec<Fault> {
    let fault = |change: &Change| {
        let spot = crate::model::Spot {
            file: file.into(),
            line: change.line,
            column: 1,
        };
        let hint = match change.why.starts_with("unknown key") {
            true => "it became a comment; Warewulf did not read it either",
            false => "see that the right one stays",
        };
        Fault::warning(change.why.clone()).at(spot).hint(hint)
    };
    changes
        .iter()
        .filter(|change| change.loses)
        .map(fault)
        .collect()
}

/// Keys of the settings that muster knows and does not act on.
fn idle(done: &Configured) -> Option<Fault> {
    let idle =
        |(key, _): &(Arc<str>, String)| field::of_server(key).filter(|field| !field.acted_on);
    let place = |field: &field::Field| match field.path {
        ["server", rest @ ..] => format!("warewulf: {}", rest.join(": ")),
        path => path.join(": "),
    };
    let keys: Vec<String> = done.stated.iter().filter_map(idle).map(place).collect();
    if keys.is_empty() {
        return None;
    }
    let what = format!("{FILE}: not acted on: {}", keys.join(", "));
    let fault = Fault::warning(what).hint("they are comments in muster.conf");
    Some(Fault {
        level: Level::Info,
        ..fault
    })
}

/// Where muster behaves otherwise under the same settings.
fn conduct(done: &Configured) -> Vec<Fault> {
    let mut out = Vec::new();
    if done.settings.ipaddr.is_none() {
        let what = format!("{FILE}: there is no `ipaddr`, which Warewulf finds out by itself");
        out.push(Fault::warning(what).hint("write it into muster.conf, with `netmask`"));
    }
    if !done.settings.dhcp.enabled {
        let what = format!(
            "{FILE}: `dhcp: enabled` is off; muster serves nodes only in boots that it saw begin"
        );
        out.push(Fault::warning(what).hint("give the network `proxy: true`, so that it answers beside the other server, or set `access: compatible`"));
    }
    if !done.settings.server.secure && done.stated("access").is_none() {
        let what = format!(
            "{FILE}: `secure` is off; muster wants a privileged port for runtime overlays all the same"
        );
        let fault = Fault::warning(what)
            .hint("images with a wwclient that knows nothing of that need `access: compatible`");
        out.push(Fault {
            level: Level::Info,
            ..fault
        });
    }
    out
}

fn settings(file: &str, done: &Configured, view: &View) -> SettingsRow {
    let idle = |key: &Arc<str>| field::of_server(key).is_some_and(|field| !field.acted_on);
    let idle = done.stated.iter().filter(|(key, _)| idle(key)).count();
    let dropped = done
        .changes
        .iter()
        .filter(|c| c.loses || c.why.ends_with("no longer read"))
        .count();
    let now = &view.settings;
    let address = now
        .ipaddr
        .map_or_else(|| "no address".to_owned(), |ip| ip.to_string());
    SettingsRow {
        file: file.to_owned(),
        kept: done.stated.len() - idle,
        idle,
        dropped,
        networks: now.networks.iter().map(in_words).collect(),
        server: format!("{address}, HTTP port {}", now.server.port),
    }
}

fn in_words(network: &Network) -> String {
    let pool = network.pool.map_or_else(
        || "no addresses for unknown machines".to_owned(),
        |(first, last)| format!("{first} to {last} for unknown machines"),
    );
    format!("{}, {pool}", network.subnet)
}

fn counted(file: &str, done: &Registered, view: &View, registry: &Registry) -> RegistryRow {
    let mut users: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for name in view
        .nodes
        .iter()
        .flat_map(|node| registry.profiles_of(&node.name))
    {
        *users.entry(name).or_default() += 1;
    }
    let mut clusters: BTreeMap<String, usize> = BTreeMap::new();
    for node in &view.nodes {
        *clusters
            .entry(node.cluster.as_deref().unwrap_or_default().to_owned())
            .or_default() += 1;
    }
    let with = |has: &dyn Fn(&crate::model::Node) -> bool| {
        view.nodes.iter().filter(|node| has(node)).count()
    };
    let profile = |name: &Arc<str>| {
        let own = view
            .profiles
            .get(name)
            .map_or(0, |profile| profile.values.iter().count());
        (
            name.clone(),
            own,
            users.get(name).copied().unwrap_or_default(),
        )
    };
    let about = |fault: &&Fault| {
        let node = fault
            .about
            .as_deref()
            .is_some_and(|about| about.starts_with("node "));
        fault.level == Level::Error && node
    };
    let lost: BTreeSet<_> = done
        .faults
        .iter()
        .filter(about)
        .map(|fault| fault.about.clone())
        .collect();
    RegistryRow {
        file: file.to_owned(),
        nodes: view.nodes.len(),
        clusters: clusters.into_iter().collect(),
        with: (
            with(&|node| node.mac().is_some()),
            with(&|node| node.ipaddr().is_some()),
            with(&|node| node.ipmi.ipaddr.is_some()),
        ),
        profiles: view.profiles.keys().map(profile).collect(),
        lost: lost.len(),
    }
}

/// Units that hold ports which muster wants.
fn units(conf: Option<&Configured>) -> Vec<String> {
    let said = |key: &str, otherwise: &str| {
        let value = conf
            .and_then(|conf| conf.stated(key))
            .filter(|value| !value.is_empty());
        value.unwrap_or(otherwise).to_owned()
    };
    let mut units = vec![
        said("server.systemd_name", "warewulfd"),
        said("dhcp.systemd_name", "dhcpd"),
        said("tftp.systemd_name", "tftp"),
    ];
    units.dedup();
    units
}
