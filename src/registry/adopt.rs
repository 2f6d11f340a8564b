//! A machine becomes a node: the change to the text of `nodes.conf`, which leaves every other byte as it is.

use std::collections::{BTreeMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::document::{self, Last, Tables};
use super::entry::Entries;
use super::findings::Findings;
use super::intern::Interner;
use super::lines::{End, Lines, scalar};
use super::pieces;
use super::tree::{Reader, Tree, What};
use crate::kit::{Mac, hostlist};
use crate::model::{Fault, Key, Network, Node, Values, View, field};

/// The most addresses of a network that are looked at for a free one.
const TRIES: usize = 1 << 16;

/// What adopting a machine changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption {
    /// The new text of `nodes.conf`.
    pub text: String,
    /// The node's name.
    pub name: Arc<str>,
    /// The address it gets, if one was given.
    pub ip: Option<Ipv4Addr>,
    /// One line for people.
    pub summary: String,
}

/// The first name of a hostlist pattern that is free.
#[must_use]
pub fn next_name(pattern: &str, taken: impl Fn(&str) -> bool) -> Option<String> {
    hostlist::expand(pattern)
        .ok()?
        .into_iter()
        .find(|name| !taken(name))
}

/// The first `limit` names of a hostlist pattern that are free.
#[must_use]
pub fn free_names(pattern: &str, taken: impl Fn(&str) -> bool, limit: usize) -> Vec<Arc<str>> {
    let names = hostlist::expand(pattern).unwrap_or_default();
    let free = names.into_iter().filter(|name| !taken(name));
    free.take(limit).map(Into::into).collect()
}

/// The lowest address of a network that is neither taken, nor in the pool, nor the gateway's, the server's or a name server's.
#[must_use]
pub fn next_ip(network: &Network, taken: impl Fn(Ipv4Addr) -> bool) -> Option<Ipv4Addr> {
    let pooled = |ip: Ipv4Addr| {
        network
            .pool
            .is_some_and(|(first, last)| (first..=last).contains(&ip))
    };
    let reserved =
        |ip| network.gateway == Some(ip) || network.server == Some(ip) || network.dns.contains(&ip);
    let free = |ip: &Ipv4Addr| !pooled(*ip) && !reserved(*ip) && !taken(*ip);
    network.subnet.hosts().take(TRIES).find(free)
}

/// The node that the next unknown machine becomes: the first listed one that is discoverable and has a network device.
#[must_use]
pub fn first_discoverable(view: &View) -> Option<&Arc<Node>> {
    view.nodes
        .iter()
        .find(|node| node.discoverable && !node.net.is_empty())
}

/// Makes the machine with hardware address `mac` a node. `name` may be that of a discoverable node, which then gets the address
/// and is discoverable no more, or a new one; none takes the next of the naming pattern. A new node gets the settings' profiles
/// and a free address of the network that holds `near`, else of the first one.
///
/// # Errors
/// When the address or the name is taken, no name is free, or the text is written in a way that cannot be edited; nothing is
/// changed then.
pub fn adopt(
    text: &str,
    view: &View,
    mac: Mac,
    name: Option<&str>,
    near: Option<Ipv4Addr>,
) -> Result<Adoption, Fault> {
    if let Some(node) = view.by_mac(&mac) {
        return Err(Fault::error(format!("{mac} is {} already", node.name)));
    }
    let before = tables(text)?;
    if let Some(node) = name.and_then(|name| view.by_name(name)) {
        return take(text, &before, node, mac);
    }
    let known: HashSet<&str> = before
        .nodes
        .entries
        .iter()
        .map(|(name, _)| name.as_ref())
        .collect();
    let taken = |name: &str| known.contains(name) || view.by_name(name).is_some();
    let name = match name {
        Some(name) => name.to_owned(),
        None => next_name(&view.settings.naming, taken).ok_or_else(|| {
            let what = format!(
                "every name of the pattern {} is taken",
                view.settings.naming
            );
            Fault::error(what).hint("widen `naming` in muster.conf, or give a name")
        })?,
    };
    if let Some(why) = field::bad_name(&name).or_else(|| {
        name.contains(char::is_whitespace)
            .then(|| "contains a blank".into())
    }) {
        return Err(Fault::error(format!("the name {name:?} {why}")));
    }
    if taken(&name) {
        let fault = Fault::error(format!("there is a node {name} already"));
        return Err(fault.hint("give another name, or make that node discoverable"));
    }
    append(text, &before, view, mac, name, near)
}

fn append(
    text: &str,
    before: &Tables,
    view: &View,
    mac: Mac,
    name: String,
    near: Option<Ipv4Addr>,
) -> Result<Adoption, Fault> {
    let usable = |network: &&Network| !network.proxy;
    let of_near = near.and_then(|ip| view.settings.network_of(ip));
    let network = of_near
        .or_else(|| view.settings.networks.first())
        .filter(usable);
    let in_use = |ip: Ipv4Addr| view.by_ip(IpAddr::V4(ip)).is_some();
    let ip = network.and_then(|network| next_ip(network, in_use));
    let profiles: Vec<&Arc<str>> = view
        .settings
        .adopt_profiles
        .iter()
        .filter(|name| view.profiles.contains_key(*name))
        .collect();
    let mut body = vec![format!("{}:", scalar(&name))];
    if !profiles.is_empty() {
        body.push("  profiles:".into());
        body.extend(
            profiles
                .iter()
                .map(|name| format!("    - {}", scalar(name))),
        );
    }
    body.push("  network devices:".into());
    body.push(format!("    {}:", scalar(&device(view, &profiles))));
    body.push(format!("      hwaddr: {}", scalar(&mac.to_string())));
    if let (Some(ip), Some(network)) = (ip, network) {
        body.push(format!("      ipaddr: {ip}"));
        body.push(format!("      netmask: {}", network.subnet.netmask()));
    }
    let text = inserted(text, &body)?;
    verify(before, &text, &name, mac)?;
    let with = ip.map_or(String::new(), |ip| format!(" with address {ip}"));
    let summary = format!("{mac} becomes {name}{with}");
    Ok(Adoption {
        text,
        name: name.into(),
        ip,
        summary,
    })
}

/// The text with an entry at the end of the nodes.
fn inserted(text: &str, body: &[String]) -> Result<String, Fault> {
    let mut lines = Lines::new(text);
    match lines.end_of("nodes") {
        End::After(at, indent) => lines.before(at + 1, indent, body),
        End::Empty(at) => {
            let head = lines.line(at);
            let comment = head
                .split_once(" #")
                .map_or(String::new(), |(_, note)| format!(" #{note}"));
            lines.replace(at, 0, &[format!("nodes:{comment}")]);
            lines.before(at + 1, 2, body);
        }
        End::Absent => {
            let end = lines.len();
            lines.before(end, 0, &["nodes:".into()]);
            lines.before(end, 2, body);
        }
        End::Flow(at) => return Err(uneditable("`nodes` is written in braces", Some(at))),
    }
    Ok(lines.finish())
}

/// Name of the device that gets the hardware address: the first that the profiles speak of, as the primary one will be.
fn device(view: &View, profiles: &[&Arc<str>]) -> String {
    let mut devices: Vec<&Arc<str>> = Vec::new();
    for name in profiles {
        let values = view.profiles.get(*name).map(|profile| &profile.values);
        let keys = values.into_iter().flat_map(|values| values.keys().iter());
        devices.extend(
            keys.filter(|key| key.field.starts_with("net."))
                .filter_map(|key| key.names.first()),
        );
    }
    devices.sort();
    devices
        .first()
        .map_or_else(|| "default".to_owned(), ToString::to_string)
}

/// A discoverable node takes the machine.
fn take(text: &str, before: &Tables, node: &Node, mac: Mac) -> Result<Adoption, Fault> {
    if !node.discoverable {
        let fault = Fault::error(format!(
            "there is a node {} already, and it is not discoverable",
            node.name
        ));
        return Err(fault.hint("give another name, or set `discoverable: yes` on it"));
    }
    let pieces = pieces::cut(text, &["nodes"]);
    let found = pieces.iter().find(|piece| piece.name == node.name.as_ref());
    let tree = found.and_then(|piece| {
        let mut reader = Reader::new(piece.text, piece.skipped);
        let (event, at) = document::root(&mut reader).ok()??;
        reader.tree(event, at).ok()
    });
    let entry = tree
        .as_ref()
        .and_then(|tree| tree.pair(&node.name))
        .map(|(_, entry)| entry);
    let Some(entry) = entry else {
        return Err(uneditable(
            &format!(
                "the entry of {} is not found on lines of its own",
                node.name
            ),
            None,
        ));
    };
    let device = node
        .primary_dev()
        .map_or("default", |dev| dev.name.as_ref());
    let mut lines = Lines::new(text);
    rewrite(&mut lines, entry, device, mac)?;
    let text = lines.finish();
    verify(before, &text, &node.name, mac)?;
    let summary = format!("{mac} becomes {}, which was discoverable", node.name);
    Ok(Adoption {
        text,
        name: node.name.clone(),
        ip: node.ipaddr(),
        summary,
    })
}

/// Puts the address into the entry's lines and takes `discoverable` out of them.
fn rewrite(lines: &mut Lines<'_>, entry: &Tree<'_>, device: &str, mac: Mac) -> Result<(), Fault> {
    let mac = scalar(&mac.to_string());
    let Some((flag, _)) = entry.pair("discoverable") else {
        return Err(Fault::error(
            "`discoverable` is not written in the node's own entry",
        ));
    };
    let flag_line = own_line(lines, flag)?;
    let indent = flag.at.column as usize - 1;
    let devices = entry.pair("network devices").map(|(_, devices)| devices);
    let dev = devices
        .and_then(|devices| devices.pair(device))
        .map(|(_, dev)| dev);
    if let Some((_, old)) = dev.and_then(|dev| dev.pair("hwaddr")) {
        let at = old.at.line as usize - 1;
        let line = swap(lines.line(at), old, &mac);
        let line =
            line.ok_or_else(|| uneditable("the hardware address cannot be replaced", Some(at)))?;
        lines.replace(at, 0, &[line]);
        lines.replace(flag_line, 0, &[]);
    } else if let Some(first) = dev.or(devices).and_then(first_key) {
        let at = own_line(lines, first)?;
        let indent = first.at.column as usize - 1;
        let new = if dev.is_some() {
            vec![format!("hwaddr: {mac}")]
        } else {
            vec![format!("{}:", scalar(device)), format!("  hwaddr: {mac}")]
        };
        lines.before(at, indent, &new);
        lines.replace(flag_line, 0, &[]);
    } else {
        let new = [
            "network devices:".to_owned(),
            format!("  {}:", scalar(device)),
            format!("    hwaddr: {mac}"),
        ];
        lines.replace(flag_line, indent, &new);
    }
    Ok(())
}

fn first_key<'a, 't>(tree: &'a Tree<'t>) -> Option<&'a Tree<'t>> {
    match &tree.what {
        What::Map(pairs) => pairs.first().map(|(key, _)| key),
        What::Scalar(..) | What::Seq(_) => None,
    }
}

/// Index of the line on which `key` is the first thing.
fn own_line(lines: &Lines<'_>, key: &Tree<'_>) -> Result<usize, Fault> {
    let at = key.at.line as usize - 1;
    let column = key.at.column as usize - 1;
    if lines.line(at).chars().take(column).all(|c| c == ' ') {
        return Ok(at);
    }
    Err(uneditable("the entry is written in braces", Some(at)))
}

/// The line with the scalar `old` replaced.
fn swap(line: &str, old: &Tree<'_>, new: &str) -> Option<String> {
    let start = line.char_indices().nth(old.at.column as usize - 1)?.0;
    let rest = &line[start..];
    let end = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].find(quote)? + 2,
        _ => old.text()?.len(),
    };
    Some(format!("{}{new}{}", &line[..start], rest.get(end..)?))
}

/// `line` is an index from 0.
fn uneditable(why: &str, line: Option<usize>) -> Fault {
    let at = line.map_or(String::new(), |line| format!(" (line {})", line + 1));
    Fault::error(format!("nodes.conf cannot be changed for you: {why}{at}"))
        .hint("write it in lines, or add the node by hand")
}

fn tables(text: &str) -> Result<Tables, Fault> {
    let mut findings = Findings::default();
    let file: Arc<str> = "nodes.conf".into();
    let none = Entries::new();
    let last = Last {
        nodes: &none,
        profiles: &none,
    };
    let found = document::read(text, &file, last, &mut Interner::default(), &mut findings);
    found.ok_or_else(|| {
        let first = findings.finish().into_iter().next();
        first
            .unwrap_or_else(|| Fault::error("nodes.conf cannot be read"))
            .hint("mend the file first")
    })
}

/// Reads the new text again: everything else says what it said, and the node has the address.
fn verify(before: &Tables, text: &str, name: &str, mac: Mac) -> Result<(), Fault> {
    let after = tables(text)?;
    let index = |tables: &Tables| -> BTreeMap<(bool, Arc<str>), Option<Values>> {
        let of = |node: bool, table: &document::Table| {
            let pairs = table.entries.iter();
            pairs
                .map(move |(name, entry)| {
                    (
                        (node, name.clone()),
                        entry.as_ref().map(|e| e.values.clone()),
                    )
                })
                .collect::<Vec<_>>()
        };
        of(true, &tables.nodes)
            .into_iter()
            .chain(of(false, &tables.profiles))
            .collect()
    };
    let (mut old, mut new) = (index(before), index(&after));
    let key = (true, Arc::from(name));
    old.remove(&key);
    let node = new.remove(&key).flatten();
    let has = node.is_some_and(|values| {
        let addresses = values.iter().filter(|(key, _)| key.field == "net.hwaddr");
        let found = addresses
            .filter_map(|(_, value)| value.text()?.parse::<Mac>().ok())
            .any(|m| m == mac);
        found && !values.contains_key(&Key::plain("discoverable"))
    });
    if old == new && has && after.cut <= before.cut {
        return Ok(());
    }
    Err(uneditable(
        "the change would not read back as it was meant",
        None,
    ))
}
